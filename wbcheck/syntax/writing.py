"""What assignments and deletions do to runs, configs, summaries, artifacts and the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import libcst as cst

from wbcheck.model.events import (
    ApiRecord,
    Arguments,
    ConfigWrite,
    EnvironmentSet,
    EscapeKind,
    SummaryWrite,
    TrainingArgumentsSet,
)
from wbcheck.model.values import Kind, Nothing, ObjectKind, Part, Ref, Step, Unknown, Why, constant
from wbcheck.syntax import artifacts, expressions, meaning, runs
from wbcheck.syntax.state import DictObject, ListObject, join, refs, single

if TYPE_CHECKING:
    from wbcheck.syntax.walker import Walker


def set_attribute(
    walker: Walker, node: cst.Attribute, base: Any, name: str, value: Any, operator: str = ""
) -> None:
    """``base.name = value`` (or an augmented assignment, with its operator)."""
    if isinstance(base, Part):
        _write_part(
            walker, node, base, expressions.step_of(walker, node, None), value, operator or "attribute"
        )
        return
    if not isinstance(base, Ref):
        walker.escape(node, value, EscapeKind.STORE, walker.code(node))
        return
    if base.kind is ObjectKind.RUN:
        meaning.note_run_attribute(walker, node, base, name, True, value, operator=operator)
    elif base.kind in (ObjectKind.CONFIG, ObjectKind.SUMMARY):
        part = Part(None, base, ())
        _write_part(
            walker, node, part, expressions.step_of(walker, node, None), value, operator or "attribute"
        )
    elif base.kind is ObjectKind.ARTIFACT:
        artifacts.change_artifact(walker, node, base, name, (), operator or "assign", value)
    elif base.kind is ObjectKind.SYMBOL and base.name == "wandb" and name == "config":
        config = runs.part_of_run(runs.active_run(walker), ObjectKind.CONFIG)
        write_config(walker, node, config, (), "rebind", value)
    elif base.kind is ObjectKind.SYMBOL and base.name.split(".", 1)[0] == "wandb":
        meaning.note_attribute(walker, node, base.name, name, write=True)
        # What the module's functions do now is not for us to know: `wandb.log = print`.
        walker.state.ended = walker.state.aside = None
        walker.escape(node, value, EscapeKind.STORE, walker.code(node))
    elif base.kind in (ObjectKind.INSTANCE, ObjectKind.CLASS) and base.id is not None:
        draft = walker.classes[base.id]
        if operator:
            value = Unknown(None, Why.COUNTER, walker.code(node), Kind.NUMBER)
        runs.named(walker, walker.code(node), value)
        old = draft.attributes.get(name)
        # An instance's attribute outlives the method: its value is what any method has set.
        draft.attributes[name] = value if old is None else join(old, value)
        if isinstance(value, Ref) and value.kind in (ObjectKind.ARTIFACT, ObjectKind.TABLE):
            walker.escape(node, value, EscapeKind.STORE, walker.code(node))
    elif base.kind is ObjectKind.TRAINING_ARGUMENTS:
        kept = walker.frozen(value)
        walker.emit(
            node, "training-arguments-set", lambda i, b, s: TrainingArgumentsSet(i, b, s, name, kept, base)
        )
    elif base.kind is ObjectKind.ARGUMENTS and base.id is not None:
        walker.parsers[base.id].defaults.setdefault(name, value)
    else:
        walker.escape(node, value, EscapeKind.STORE, walker.code(node))


def set_item(
    walker: Walker,
    node: cst.Subscript,
    base: Any,
    key: Any,
    value: Any,
    statement: cst.CSTNode,
    operator: str = "",
) -> None:
    """``base[key] = value``."""
    if isinstance(base, DictObject):
        written = Unknown(walker.at(node), Why.OPERATION, kind=Kind.NUMBER) if operator else value
        known = single(key)
        base.writes.append((key if known is None else known, written, walker.at(statement), walker.frame))
        return
    if isinstance(base, ListObject):
        base.open = True
        return
    if isinstance(base, Part):
        _write_part(walker, node, base, expressions.step_of(walker, node, key), value, operator or "item")
        return
    if isinstance(base, Ref):
        if base.kind in (ObjectKind.CONFIG, ObjectKind.SUMMARY):
            part = Part(None, base, ())
            _write_part(walker, node, part, expressions.step_of(walker, node, key), value, operator or "item")
            return
        if base.kind is ObjectKind.METADATA:
            owner = Ref(None, ObjectKind.ARTIFACT, base.id)
            path = (expressions.step_of(walker, node, key),)
            artifacts.change_artifact(walker, node, owner, "metadata", path, operator or "item", value)
            return
        if base.kind is ObjectKind.ENVIRONMENT:
            environment_set(walker, node, key, value, "item")
            return
        if base.kind is ObjectKind.ARTIFACT:
            artifacts.add_item(walker, node, base, key, value)
    walker.escape(node, value, EscapeKind.STORE, walker.code(node))


def delete_item(walker: Walker, node: cst.Subscript, base: Any, key: Any) -> None:
    """``del base[key]``."""
    if isinstance(base, DictObject):
        base.remove(constant(single(key)), walker.frame)
    elif isinstance(base, Ref) and base.kind is ObjectKind.ENVIRONMENT:
        environment_set(walker, node, key, Nothing(None), "delete")
    elif isinstance(base, Ref) and base.kind is ObjectKind.CONFIG:
        write_config(walker, node, base, (expressions.step_of(walker, node, key),), "delete", None)
    elif isinstance(base, Part) and base.of.kind is ObjectKind.CONFIG:
        path = (*base.path, expressions.step_of(walker, node, key))
        write_config(walker, node, base.of, path, "delete", None)


def environment_set(walker: Walker, node: cst.CSTNode, key: Any, value: Any, how: str) -> None:
    """Note a variable of W&B's (or one whose name is not known) being set."""
    name = constant(single(key))
    if name is not None and not name.startswith("WANDB"):
        return
    frozen_key, frozen_value = walker.frozen(key), walker.frozen(value)
    walker.emit(
        node, f"environment-{name}", lambda i, b, s: EnvironmentSet(i, b, s, frozen_key, frozen_value, how)
    )


def _write_part(walker: Walker, node: cst.CSTNode, part: Part, step: Step, value: Any, how: str) -> None:
    path = (*part.path, step)
    if part.of.kind is ObjectKind.CONFIG:
        write_config(walker, node, part.of, path, how, value)
    elif part.of.kind is ObjectKind.SUMMARY:
        write_summary(walker, node, part.of, path, how, value)
    elif part.of.kind is ObjectKind.API_OBJECT:
        of = part.of
        walker.emit(node, "api-record", lambda i, b, s: ApiRecord(i, b, s, of, path, "write"))
    elif part.of.kind is ObjectKind.RUN:
        meaning.note_run_attribute(walker, node, part.of, path[0].name or "", True, value, calls="[]")


def write_config(
    walker: Walker,
    node: cst.CSTNode,
    config: Any,
    path: tuple[Step, ...],
    how: str,
    value: Any,
    arguments: Arguments | None = None,
) -> None:
    """Note a config write; ``path`` is empty where all of it is meant: ``config.update(value)``."""
    ids, sure = refs(config, ObjectKind.CONFIG)
    over, by = walker.life(ObjectKind.RUN, ids, sure)
    via = meaning.via_of(walker, node)
    kept = None if value is None else walker.frozen(value)
    event = walker.emit(
        node,
        "config-write",
        lambda i, b, s: ConfigWrite(i, b, s, path, how, kept, via, ids, sure, arguments, over, by),
    )
    if how == "rebind":
        # From here on `wandb.config` is what it was set to.
        walker.state.ended = walker.state.aside = None
    else:
        runs.note_runless(walker, event, via)


def write_summary(
    walker: Walker, node: cst.CSTNode, summary: Any, path: tuple[Step, ...], how: str, value: Any
) -> None:
    """Note a summary write."""
    ids, sure = refs(summary, ObjectKind.SUMMARY)
    over, by = walker.life(ObjectKind.RUN, ids, sure)
    via = meaning.via_of(walker, node)
    kept = None if value is None else walker.frozen(value)
    event = walker.emit(
        node,
        "summary-write",
        lambda i, b, s: SummaryWrite(i, b, s, path, how, kept, via, ids, sure, over, by),
    )
    runs.note_runless(walker, event, via)
