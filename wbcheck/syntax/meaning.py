"""What reading and writing an object means: attributes, items and symbols in W&B's words.

``attribute``, ``item``, ``set_attribute`` and ``set_item`` take one option of a value at a time.
A chain like ``run.config["params"]["lr"]`` is followed link by link and noted once, at its end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import libcst as cst

from wbcheck.model.events import (
    ApiRecord,
    AttributeUse,
    ConfigChanged,
    ConfigRead,
    EnvironmentRead,
    EscapeKind,
    RunAttribute,
    SummaryRead,
    Via,
)
from wbcheck.model.values import (
    Flag,
    Kind,
    Nothing,
    Number,
    ObjectKind,
    Origin,
    Part,
    Ref,
    Step,
    Text,
    Unknown,
    Why,
    constant,
)
from wbcheck.syntax import artifacts, expressions, functions, links, runs, vocabulary, writing
from wbcheck.syntax.state import DictObject, ListObject, Method, join, refs, single

if TYPE_CHECKING:
    from wbcheck.syntax.walker import Walker


_RUN_PARTS = {"config": ObjectKind.CONFIG, "summary": ObjectKind.SUMMARY}


_MUTATORS = frozenset(
    "append extend insert remove pop update setdefault clear sort popitem __setitem__".split()
)


def symbol(walker: Walker, path: str) -> Any:
    """What a dotted path of an import is: usually itself, but ``wandb.run`` is the active run."""
    path = vocabulary.ALIASES.get(path, path)
    if walker.houses:
        path = _house(walker.houses, path)
    if walker.linked and (known := links.value_of(walker, path)) is not None:
        is_symbol = isinstance(known, Ref) and known.kind is ObjectKind.SYMBOL and known.name != path
        return symbol(walker, known.name) if is_symbol else known
    if path == "wandb.run":
        return runs.active_run(walker)
    if path in ("wandb.config", "wandb.summary"):
        kind = _RUN_PARTS[path[6:]]
        return runs.part_of_run(runs.active_run(walker), kind)
    if path == "os.environ":
        return Ref(None, ObjectKind.ENVIRONMENT)
    return Ref(None, ObjectKind.SYMBOL, None, path)


def _house(houses: dict[str, str], path: str) -> str:
    """What a house's own name stands for: the longest configured path that leads to it."""
    head, tail = path, ""
    while head:
        if head in houses:
            return houses[head] + tail
        head, _, last = head.rpartition(".")
        tail = f".{last}{tail}"
    return path


def attribute(walker: Walker, node: cst.Attribute, base: Any, name: str) -> Any:
    """``base.name``."""
    if isinstance(base, Ref):
        return _attribute_of_ref(walker, node, base, name)
    if isinstance(base, Part):
        return Part(walker.at(node), base.of, (*base.path, expressions.step_of(walker, node, None)))
    if isinstance(base, DictObject | ListObject | Text):
        return Method(base, name, node)
    if isinstance(base, Unknown):
        dotted = f"{base.name}.{name}" if base.name else ""
        why = base.why if base.why not in (Why.UNDEFINED, Why.OPERATION) else Why.ATTRIBUTE
        is_frame = base.kind is Kind.FRAME and not base.name.startswith("polars.")
        kind = vocabulary.OF_FRAMES.get(name, Kind.ANY) if is_frame else Kind.ANY
        return Unknown(walker.at(node), why, dotted, kind)
    return Unknown(walker.at(node), Why.ATTRIBUTE, walker.code(node))


# Objects whose attributes, read but not called, are noted here.
OWNERS = frozenset({ObjectKind.ARTIFACT, ObjectKind.TABLE, ObjectKind.API, ObjectKind.API_OBJECT})
# What the public API's run has of the record.
RECORDS = frozenset({"config", "summary"})
_OWNERS = {ObjectKind.ARTIFACT: "Artifact", ObjectKind.TABLE: "Table", ObjectKind.API: "Api"}


def owner_of(base: Ref) -> str:
    """The class of an object as calls name it."""
    return _OWNERS.get(base.kind) or f"Api.{base.name}"


def note_attribute(walker: Walker, node: cst.CSTNode, owner: str, name: str, write: bool = False) -> None:
    """Note an attribute that is read but not called, or written."""
    walker.emit(node, f"use-{owner}.{name}", lambda i, b, s: AttributeUse(i, b, s, owner, name, write))


def note_symbol(walker: Walker, node: cst.Attribute, value: Any) -> None:
    """Note that a dotted path into W&B's package is read, if that is what it is."""
    if isinstance(value, Ref) and value.kind is ObjectKind.SYMBOL and value.name.startswith("wandb."):
        owner, _, name = value.name.rpartition(".")
        note_attribute(walker, node, owner, name)


def _attribute_of_ref(walker: Walker, node: cst.Attribute, base: Ref, name: str) -> Any:
    kind = base.kind
    if kind is ObjectKind.SYMBOL:
        known = symbol(walker, f"{base.name}.{name}")
        return links.here(walker, node, known) if walker.linked else known
    if kind is ObjectKind.RUN:
        if name in _RUN_PARTS:
            return Ref(walker.at(node), _RUN_PARTS[name], base.id)
        if f"Run.{name}" in vocabulary.SIGNATURES or name in vocabulary.RUN_FUNCTIONS:
            return Method(base, name, node)
        return Part(walker.at(node), base, (expressions.step_of(walker, node, None),))
    if kind in (ObjectKind.CONFIG, ObjectKind.SUMMARY):
        return Part(walker.at(node), base, (expressions.step_of(walker, node, None),))
    if kind is ObjectKind.ARTIFACT:
        if name == "metadata":
            return Ref(walker.at(node), ObjectKind.METADATA, base.id)
        if f"Artifact.{name}" in vocabulary.SIGNATURES:
            return Method(base, name, node)
        if name in ("aliases", "tags"):
            return Part(walker.at(node), base, (expressions.step_of(walker, node, None),))
        return Unknown(walker.at(node), Why.ATTRIBUTE, walker.code(node))
    if kind is ObjectKind.LOGGER and name in ("experiment", "_experiment", "run", "tracker"):
        return Ref(walker.at(node), ObjectKind.RUN, base.id)
    if kind is ObjectKind.ARGUMENTS and base.id is not None:
        if name == "__dict__":
            return functions.arguments_dict(walker, base.id, node)
        default = walker.parsers[base.id].defaults.get(name)
        hint = None if default is None else walker.frozen(default)
        return Unknown(walker.at(node), Why.ARGUMENT, walker.code(node), default=hint)
    if kind in (ObjectKind.INSTANCE, ObjectKind.CLASS) and base.id is not None:
        return _attribute_of_class(walker, node, base, base.id, name)
    if kind is ObjectKind.API_OBJECT and base.name == "run" and name in RECORDS:
        return Part(walker.at(node), base, (expressions.step_of(walker, node, None),))
    if kind in (
        ObjectKind.API,
        ObjectKind.API_OBJECT,
        ObjectKind.TABLE,
        ObjectKind.METADATA,
        ObjectKind.TRAINER,
    ):
        return Method(base, name, node)
    return Unknown(walker.at(node), Why.ATTRIBUTE, walker.code(node))


def _attribute_of_class(walker: Walker, node: cst.Attribute, base: Ref, class_id: int, name: str) -> Any:
    draft = walker.classes[class_id]
    if name == "__dict__" and base.kind is ObjectKind.INSTANCE:
        return functions.instance_dict(walker, base, node)
    if name in draft.attributes:
        value = draft.attributes[name]
        if name in draft.changing and isinstance(value, Number | Text | Flag):
            return join(value, Unknown(None, Why.COUNTER, walker.code(node)))
        return value
    found = draft.names.get(name)
    known = single(found) if found is not None else None
    if isinstance(known, Ref) and known.kind is ObjectKind.FUNCTION and known.id is not None:
        function = walker.functions[known.id]
        if any(d.endswith("property") for d in function.decorators) and base.kind is ObjectKind.INSTANCE:
            if walker.can_enter(function):
                return walker.call_function(function, {functions.first_parameter(function): base})
            return Unknown(walker.at(node), Why.CALL, walker.code(node))
        return Method(base, name, node)
    if base.kind is ObjectKind.INSTANCE and name in draft.fields:
        # Whoever makes the instance may have given another value than the default.
        hint = None if found is None else walker.frozen(found)
        return Unknown(walker.at(node), Why.ARGUMENT, walker.code(node), default=hint)
    if found is not None:
        return found
    if name == "_wandb" and any(parent.endswith(".WandbCallback") for parent in draft.bases):
        # So the callback of transformers holds the module.
        return Ref(None, ObjectKind.SYMBOL, None, "wandb")
    return Unknown(walker.at(node), Why.ATTRIBUTE, walker.code(node))


def item(walker: Walker, node: cst.Subscript, base: Any, key: Any) -> Any:
    """``base[key]``."""
    if isinstance(base, Part):
        return Part(walker.at(node), base.of, (*base.path, expressions.step_of(walker, node, key)))
    if isinstance(base, DictObject):
        name = constant(single(key))
        found = None if name is None else base.get(name, walker.frame)
        if found is not None:
            return found
        for _, inner, _, _ in base.writes:
            if type(inner) is Ref and inner.kind is ObjectKind.ARTIFACT:
                # It may be any of them that is filled or changed.
                walker.escape(node, inner, EscapeKind.STORE, walker.code(node))
        why = Why.ARGUMENT if base.origin is Origin.ARGUMENTS else Why.OPERATION
        return Unknown(walker.at(node), why, walker.code(node))
    if isinstance(base, ListObject):
        index = single(key)
        if isinstance(index, Number) and isinstance(index.value, int) and not base.open:
            if -len(base.items) <= index.value < len(base.items):
                return base.items[index.value]
        return Unknown(walker.at(node), Why.OPERATION, walker.code(node))
    if isinstance(base, Ref):
        if base.kind in (ObjectKind.CONFIG, ObjectKind.SUMMARY):
            return Part(walker.at(node), base, (expressions.step_of(walker, node, key),))
        if base.kind is ObjectKind.ENVIRONMENT:
            return environment_read(walker, node, key)
        if base.kind is ObjectKind.API_OBJECT:
            return artifacts.api_item(walker, node, base, key)
        if base.kind is ObjectKind.ARGUMENTS:
            return Unknown(walker.at(node), Why.ARGUMENT, walker.code(node))
        if base.kind is ObjectKind.SYMBOL:
            return Unknown(walker.at(node), Why.IMPORT, base.name)
        return Unknown(walker.at(node), Why.ATTRIBUTE, walker.code(node))
    if isinstance(base, Unknown):
        return Unknown(walker.at(node), base.why, base.name, Kind.ANY)
    if isinstance(base, Text):
        return Unknown(walker.at(node), _why_of(base), kind=Kind.TEXT)
    return Unknown(walker.at(node), Why.OPERATION)


def _why_of(text: Text) -> Why:
    return next((h.value.why for h in text.holes if isinstance(h.value, Unknown)), Why.OPERATION)


def environment_read(walker: Walker, node: cst.BaseExpression, key: Any, default: Any = None) -> Any:
    """An environment variable's value; those of W&B are noted."""
    name = constant(single(key))
    if name is None or name.startswith("WANDB"):
        frozen_key = walker.frozen(key)
        walker.emit(node, "environment-read", lambda i, b, s: EnvironmentRead(i, b, s, frozen_key))
    hint = None if default is None else walker.frozen(default)
    return Unknown(walker.at(node), Why.ENVIRONMENT, name or "", default=hint)


def note_read(walker: Walker, node: cst.CSTNode, part: Part, how: str = "chain", default: Any = None) -> None:
    """Note that a chain of reads into a run, its config or its summary ends here."""
    ids, sure = refs(part.of, part.of.kind)
    path = part.path
    if part.of.kind is ObjectKind.CONFIG:
        via, bound = via_of(walker, node), walker.bound
        given = None if default is None else walker.frozen(default)
        event = walker.emit(
            node, "config-read", lambda i, b, s: ConfigRead(i, b, s, path, how, via, ids, sure, given, bound)
        )
        runs.note_runless(walker, event, via)
    elif part.of.kind is ObjectKind.SUMMARY:
        event = walker.emit(node, "summary-read", lambda i, b, s: SummaryRead(i, b, s, path, ids, sure))
        runs.note_runless(walker, event, via_of(walker, node))
    elif part.of.kind is ObjectKind.API_OBJECT:
        of = part.of
        walker.emit(node, "api-record", lambda i, b, s: ApiRecord(i, b, s, of, path, how))
    elif part.of.kind is ObjectKind.RUN:
        calls_method = "" if how == "chain" else how
        note_run_attribute(walker, node, part.of, path[0].name or "", False, None, calls=calls_method)


def note_change(walker: Walker, node: cst.CSTNode, part: Part, name: str) -> None:
    """Note that a program goes on with another value than the one that it has read from a config."""
    if part.of.kind is ObjectKind.CONFIG and part.path:
        ids, sure = refs(part.of, ObjectKind.CONFIG)
        path = part.path
        walker.emit(node, "config-changed", lambda i, b, s: ConfigChanged(i, b, s, path, name, ids, sure))


def note_run_attribute(
    walker: Walker,
    node: cst.CSTNode,
    run: Ref,
    name: str,
    write: bool,
    value: Any,
    calls: str = "",
    operator: str = "",
) -> None:
    ids, sure = refs(run, ObjectKind.RUN)
    over, by = walker.life(ObjectKind.RUN, ids, sure)
    via = via_of(walker, node)
    kept = None if value is None else walker.frozen(value)
    event = walker.emit(
        node,
        f"run-attribute-{name}",
        lambda i, b, s: RunAttribute(i, b, s, name, write, kept, via, ids, sure, over, by, calls, operator),
    )
    runs.note_runless(walker, event, via)


def via_of(walker: Walker, node: cst.CSTNode) -> Via:
    """How the run at the root of a chain is reached: through the module, ``wandb.run``, or a name."""
    links: list[str] = []
    current: Any = node
    while True:
        if type(current) is cst.Attribute:
            links.append(current.attr.value)
            current = current.value
        elif type(current) is cst.Subscript:
            links.append("[]")
            current = current.value
        elif type(current) is cst.Call:
            current = current.func
        else:
            break
    if type(current) is cst.Name:
        root = single(walker.lookup(current.value))
        if isinstance(root, Ref) and root.kind is ObjectKind.INSTANCE and root.id is not None and links:
            # `self.wandb` may be the module.
            held = single(walker.classes[root.id].attributes.get(links[-1], root))
            if isinstance(held, Ref) and held.kind is ObjectKind.SYMBOL:
                root = held
                links.pop()
        if isinstance(root, Ref) and root.kind is ObjectKind.SYMBOL:
            name = root.name
            if walker.houses:
                return _via_house(walker.houses, ".".join((name, *reversed(links))))
            dotted = f"{name}.{links[-1]}" if links else name
            if vocabulary.ALIASES.get(dotted, dotted) == "wandb.run" and links:
                return Via.GLOBAL
            if name == "wandb" or name.startswith("wandb."):
                return Via.MODULE
    return Via.HANDLE


def _via_house(houses: dict[str, str], path: str) -> Via:
    """The same for a chain, given as a dotted path, in code that a house's own names may stand in for W&B."""
    path = _house(houses, path)
    if path.startswith("wandb.run."):
        return Via.GLOBAL
    return Via.MODULE if path.startswith("wandb.") else Via.HANDLE


def method_on_part(walker: Walker, node: cst.Call, part: Part, name: str, values: list[Any]) -> Any:
    """A method called on a value inside a run, its config or its summary."""
    if part.of.kind is ObjectKind.CONFIG and name in _MUTATORS and part.path:
        writing.write_config(walker, node, part.of, part.path, name, values[0] if values else None)
        return Unknown(walker.at(node), Why.CONFIG)
    if name == "get" and part.of.kind in (ObjectKind.CONFIG, ObjectKind.API_OBJECT) and values:
        step = Step(walker.frozen(values[0]), False, walker.at(node, "step"))
        longer = Part(walker.at(node), part.of, (*part.path, step))
        note_read(walker, node, longer, "get", values[1] if len(values) > 1 else Nothing(None))
        return longer
    if part.of.kind is ObjectKind.ARTIFACT and name in _MUTATORS:
        value = values[0] if values else None
        artifacts.change_artifact(walker, node, part.of, part.path[0].name or "", (), name, value)
        return Unknown(walker.at(node), Why.CALL)
    note_read(walker, node, part, name)
    if part.of.kind is ObjectKind.CONFIG:
        return Unknown(walker.at(node), Why.CONFIG, walker.code(node.func))
    return Unknown(walker.at(node), Why.RUN_ID if part.of.kind is ObjectKind.RUN else Why.CALL)
