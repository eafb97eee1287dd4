"""What the definitions of functions and classes bind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import libcst as cst

from wbcheck.diagnostic import Span
from wbcheck.model.blocks import BlockKind
from wbcheck.model.values import ObjectKind, Ref, Unknown
from wbcheck.syntax import drafts, expressions, meaning, symbols, vocabulary
from wbcheck.syntax.state import Scope, State, single

if TYPE_CHECKING:
    from wbcheck.syntax.walker import Walker


def function_definition(walker: Walker, node: cst.FunctionDef) -> None:
    decorators = tuple(_dotted(walker, walker.evaluate(d.decorator), d.decorator) for d in node.decorators)
    defaults = {
        param.name.value: walker.evaluate(param.default)
        for param in (*node.params.posonly_params, *node.params.params, *node.params.kwonly_params)
        if param.default is not None
    }
    known = walker._function_ids.get(id(node))
    if known is None:
        known = walker._function_ids[id(node)] = len(walker.functions)
        class_id = (
            walker._class_stack[-1] if walker._class_stack and walker.scope.kind is BlockKind.CLASS else None
        )
        prefix = f"{walker.classes[class_id].name}." if class_id is not None else ""
        draft = drafts.FunctionDraft(
            known,
            node,
            prefix + node.name.value,
            -1,
            decorators,
            class_id,
            walker.scope,
            walker.frame,
            defaults,
        )
        walker.functions.append(draft)
        draft.block = walker._block(node, "body", BlockKind.FUNCTION, owner=known).id
    draft = walker.functions[known]
    draft.closure, draft.frame, draft.defaults = walker.scope, walker.frame, defaults
    if any(name not in _PLAIN_DECORATORS and name not in vocabulary.ENTRY_DECORATORS for name in decorators):
        draft.escapes = True
    walker.bind(node.name.value, Ref(None, ObjectKind.FUNCTION, known, node.name.value))


def _dotted(walker: Walker, value: Any, node: cst.BaseExpression) -> str:
    if type(node) is cst.Call:
        if type(node.func) is cst.Attribute and node.func.attr.value == "command":
            group = single(expressions.evaluate_quietly(walker, node.func.value))
            if _is_command_group(walker, group):
                return "click.command"
        return _dotted(walker, expressions.evaluate_quietly(walker, node.func), node.func)
    known = single(value)
    return known.name if isinstance(known, Ref) and known.kind is ObjectKind.SYMBOL else walker.code(node)


def _is_command_group(walker: Walker, value: Any) -> bool:
    """Whether it is what commands of a command line are added to: ``@cli.command()``."""
    if isinstance(value, Ref) and value.kind is ObjectKind.FUNCTION and value.id is not None:
        return "click.group" in walker.functions[value.id].decorators
    return isinstance(value, Unknown) and value.name in ("typer.Typer", "click.Group")


def class_definition(walker: Walker, node: cst.ClassDef) -> None:
    bases = tuple(
        _dotted(walker, expressions.evaluate_quietly(walker, base.value), base.value)
        for base in node.bases
        if not base.star
    )
    decorators = tuple(
        _dotted(walker, expressions.evaluate_quietly(walker, d.decorator), d.decorator)
        for d in node.decorators
    )
    for base in node.bases:
        if type(base.value) is cst.Attribute:
            before, walker.anchor = walker.anchor, base.value
            meaning.note_symbol(walker, base.value, expressions.evaluate_quietly(walker, base.value))
            walker.anchor = before
    block = walker._block(node, "body", BlockKind.CLASS)
    known = walker._class_ids.get(id(node))
    if known is None:
        known = walker._class_ids[id(node)] = len(walker.classes)
        changing = _changing(walker.unit.code, walker.positions.body(node))
        walker.classes.append(
            drafts.ClassDraft(known, node.name.value, block.id, bases, decorators, {}, changing=changing)
        )
        walker.classes[known].derives = symbols.derived(bases)
    draft = walker.classes[known]
    block.owner = known
    outer, names = walker.scope, walker.state
    walker.scope = Scope(BlockKind.CLASS, outer)
    walker.state = State(walker.scope.names, names.run, names.lives)
    walker._class_stack.append(known)
    walker.inside(block, False, lambda: walker._suite(node.body))
    walker._class_stack.pop()
    for base in node.bases:
        parent = single(expressions.evaluate_quietly_in(walker, outer, base.value))
        if isinstance(parent, Ref) and parent.kind is ObjectKind.CLASS and parent.id is not None:
            if parent.id not in draft.parents and parent.id != known:
                draft.parents.append(parent.id)
            for name, value in walker.classes[parent.id].names.items():
                draft.names.setdefault(name, value)
            draft.fields.update(walker.classes[parent.id].fields)
            draft.derives = draft.derives or walker.classes[parent.id].derives
    draft.names.update(walker.scope.names)
    for statement in node.body.body:
        if type(statement) is cst.SimpleStatementLine:
            for small in statement.body:
                if type(small) is cst.AnnAssign and type(small.target) is cst.Name:
                    name = small.target.value
                    draft.fields[name] = walker.scope.names.get(name)
    walker.scope, walker.state = outer, names
    walker.bind(node.name.value, Ref(None, ObjectKind.CLASS, known, node.name.value))


# That it begins with a plain word makes it ten times as fast.
_SELF_WRITE = re.compile(
    r"self\.(?<!\wself\.)(\w++)\s*+(?:(?:[-+*%|&^]|//?|\*\*|<<|>>)=|(?::[^=\n]+)?=(?!=))"
)


def _changing(code: str, span: Span) -> frozenset[str]:
    """The attributes of ``self`` that a class's code writes more than once, or counts."""
    seen: set[str] = set()
    changing: set[str] = set()
    for match in _SELF_WRITE.finditer(code, span.start, span.end):
        name = match.group(1)
        if name in seen or match.group()[-2] not in " \t" + name[-1]:
            changing.add(name)
        seen.add(name)
    return frozenset(changing)


_PLAIN_DECORATORS = frozenset(
    "property staticmethod classmethod builtins.property builtins.staticmethod builtins.classmethod "
    "contextlib.contextmanager functools.wraps functools.cache functools.lru_cache torch.no_grad "
    "torch.inference_mode dataclasses.dataclass".split()
)
