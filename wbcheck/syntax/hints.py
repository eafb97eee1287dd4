"""What annotations promise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import libcst as cst

from wbcheck.model.values import Kind, ObjectKind, Ref
from wbcheck.syntax import expressions, vocabulary
from wbcheck.syntax.state import single

if TYPE_CHECKING:
    from wbcheck.syntax.walker import Walker


def annotated(walker: Walker, annotation: cst.Annotation | None) -> Any:
    """The object that an annotation promises: ``wandb.Run``, ``Optional["wandb.Artifact"]``."""
    if annotation is None:
        return None
    kind = _annotated_kind(walker, annotation.annotation)
    return None if kind is None else Ref(None, kind)


def annotated_sort(walker: Walker, annotation: cst.Annotation | None) -> Kind:
    """What sort of thing an annotation promises: a frame, for ``pandas.DataFrame``."""
    if annotation is None:
        return Kind.ANY
    node = annotation.annotation
    last = node.attr if type(node) is cst.Attribute else node
    if type(last) is not cst.Name or last.value != "DataFrame":
        return Kind.ANY
    known = single(expressions.evaluate_quietly(walker, node))
    is_frame = isinstance(known, Ref) and known.name == "pandas.DataFrame"
    return Kind.FRAME if is_frame else Kind.ANY


def annotated_instance(walker: Walker, annotation: cst.Annotation | None) -> Any:
    """The instance of a class of this file, with fields, that an annotation names."""
    if annotation is None or not isinstance(annotation.annotation, cst.Name):
        return None
    known = single(expressions.evaluate_quietly(walker, annotation.annotation))
    if not isinstance(known, Ref) or known.kind is not ObjectKind.CLASS or known.id is None:
        return None
    return Ref(None, ObjectKind.INSTANCE, known.id) if walker.classes[known.id].fields else None


_ANNOTATIONS = {
    "wandb.Run": ObjectKind.RUN,
    "wandb.Artifact": ObjectKind.ARTIFACT,
    "wandb.Table": ObjectKind.TABLE,
}


def _annotated_kind(walker: Walker, node: cst.BaseExpression) -> ObjectKind | None:
    if isinstance(node, cst.Name | cst.Attribute):
        known = single(expressions.evaluate_quietly(walker, node))
        return _ANNOTATIONS.get(known.name) if isinstance(known, Ref) else None
    if type(node) is cst.SimpleString:
        text = node.raw_value
        root, _, rest = text.partition(".")
        known = single(walker.lookup(root)) if root.isidentifier() else None
        if isinstance(known, Ref) and known.kind is ObjectKind.SYMBOL:
            path = f"{known.name}.{rest}" if rest else known.name
            return _ANNOTATIONS.get(vocabulary.ALIASES.get(path, path))
        return None
    if type(node) is cst.Subscript:
        outer = walker.code(node.value).rsplit(".", 1)[-1]
        if outer in ("Optional", "Union", "Annotated"):
            for element in node.slice:
                if type(element.slice) is cst.Index:
                    kind = _annotated_kind(walker, element.slice.value)
                    if kind is not None:
                        return kind
        return None
    if type(node) is cst.BinaryOperation and type(node.operator) is cst.BitOr:
        return _annotated_kind(walker, node.left) or _annotated_kind(walker, node.right)
    return None
