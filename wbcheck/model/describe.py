"""A model as text that a person can hold against the code: for ``wbcheck debug model``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from wbcheck.diagnostic import Span
from wbcheck.model.blocks import Block, BlockKind
from wbcheck.model.events import Arguments, Event
from wbcheck.model.model import Model, Runless
from wbcheck.model.values import (
    Flag,
    Hole,
    Items,
    Mapping,
    Nothing,
    Number,
    OneOf,
    Part,
    Ref,
    Step,
    Text,
    Tri,
    Unknown,
)

_SKIPPED = frozenset({"id", "block", "span", "callee", "callee_text", "name", "result", "receiver"})


def describe(model: Model, place: Callable[[Span], str]) -> str:
    """One line an event, indented as its block is; ``place`` turns a span into text such as ``12:5``."""
    lines = [f"{model.path}: {'binds W&B' if model.binds_wandb else 'does not bind W&B'}"]
    for run in model.runs:
        start = place(model.events[run.start].span) if run.start >= 0 else run.elsewhere or "?"
        ends = "with" if run.with_block is not None else f"{len(run.finishes)} finish"
        beyond = f", beyond its block: {', '.join(run.beyond)}" if run.beyond else ""
        held = ", ".join(run.names) or "nothing"
        lines.append(f"run #{run.id}: starts at {start}, held by {held}, ends: {ends}{beyond}")
    shown: set[int] = set()
    runless = {each.event: each for each in model.runless}
    for event in model.events:
        chain = list(reversed(list(model.enclosing(event.block))))
        for depth, block in enumerate(chain):
            if block.id not in shown and block.kind is not BlockKind.MODULE:
                shown.add(block.id)
                lines.append(f"{'  ' * depth}{_block(model, block)}")
        lines.append(f"{'  ' * len(chain)}{place(event.span)} {_event(event)}{_lack(runless.get(event.id))}")
    return "\n".join(lines) + "\n"


def _block(model: Model, block: Block) -> str:
    text = block.kind.value
    if block.kind is BlockKind.FUNCTION and block.owner is not None:
        function = model.functions[block.owner]
        text = f"def {function.qualname}({', '.join(p.star + p.name for p in function.parameters)})"
        text += f" called {len(function.callers)}x" + (", escapes" if function.escapes else "")
    if block.kind is BlockKind.CELL:
        text = f"cell {block.cell}"
    if block.condition is not None:
        text += (
            f" {'not ' if block.condition.negated else ''}[{block.condition.text}] ({block.condition.guard})"
        )
    if block.loop is not None:
        text += f" {block.loop.form} {','.join(block.loop.targets)}"
    if block.end != "falls":
        text += f" … {block.end}"
    return text + ":"


def _lack(runless: Runless | None) -> str:
    if runless is None:
        return ""
    if runless.start is not None:
        return f" run unknown to wandb ({runless.at_hand})" if runless.at_hand else " run unknown to wandb"
    return " before any run of the function" if runless.own else " before any run"


def _event(event: Event) -> str:
    kind = type(event).__name__
    called = getattr(event, "callee_text", "") or getattr(event, "name", "")
    parts = [f"{kind} {called if isinstance(called, str) else show(called)}".rstrip()]
    for name in event.__struct_fields__:
        value = getattr(event, name)
        if name in _SKIPPED or value in (None, "", (), -1) or value is False:
            continue
        if name == "arguments":
            parts.append(f"({_arguments(value)})")
        elif name == "does":
            parts.append(f"does [{'; '.join(map(_event, value))}]")
        elif isinstance(value, Tri):
            parts.append(f"{name}={value.value}")
        else:
            parts.append(f"{name}={show(value)}")
    return " ".join(parts)


def _arguments(arguments: Arguments) -> str:
    items = [f"{a.name or '?'}={show(a.value)}" for a in arguments.items]
    items += [f"**{show(a.value)}" for a in arguments.splats]
    return ", ".join(items)


def show(value: Any) -> str:
    """A value in short: ``'exp-{clock}'``, ``{'lr': ?argument args.lr}``, ``run#0``."""
    shower = _SHOWERS.get(type(value))
    if shower is not None:
        return shower(value)
    if isinstance(value, tuple | list):
        return " ".join(map(show, value))
    return type(value).__name__ if isinstance(value, msgspec.Struct) else str(getattr(value, "value", value))


def _text(value: Text) -> str:
    return (
        "'" + "".join(f"{{{show(p.value)}}}" if isinstance(p, Hole) else p.text for p in value.pieces) + "'"
    )


def _items(value: Items) -> str:
    return f"[{', '.join([*map(show, value.items), *(['…'] if value.open else [])])}]"


def _mapping(value: Mapping) -> str:
    items = [f"{show(e.key)}{'' if e.certain else '?'}: {show(e.value)}" for e in value.entries]
    return f"{{{', '.join([*items, *(['…'] if value.open else [])])}}}"


def _ref(value: Ref) -> str:
    which = f"{value.kind.value}#{value.id}" if value.id is not None else f"some {value.kind.value}"
    return value.name or which


_SHOWERS: dict[type, Callable[[Any], str]] = {
    Text: _text,
    Number: lambda value: str(value.value),
    Flag: lambda value: str(value.value),
    Nothing: lambda value: "None",
    Items: _items,
    Mapping: _mapping,
    Ref: _ref,
    Step: lambda value: f".{value.name}" if value.attribute else f"[{show(value.key)}]",
    Part: lambda value: show(value.of) + "".join(map(show, value.path)),
    OneOf: lambda value: " | ".join(map(show, value.options)),
    Unknown: lambda value: f"?{value.why.value}" + (f" {value.name}" if value.name else ""),
}
