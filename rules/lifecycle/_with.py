"""A run started in a `with`: the fix that several rules offer."""

from __future__ import annotations

import re
from collections.abc import Callable

from wbcheck.rule import (
    Applicability,
    BlockKind,
    ConfigRead,
    Edits,
    Escape,
    EscapeKind,
    Event,
    File,
    Finish,
    Fix,
    GivenRead,
    LiteralArgument,
    Model,
    ObjectKind,
    Ref,
    RunAttribute,
    RunStart,
    Span,
    Stretch,
    Tri,
    Via,
    lies_in,
    wrap_rest_of_block,
)

_ASSIGNED = re.compile(r"(?:([^\W\d]\w*)\s*=\s*)?")


def with_run(file: File, start: RunStart) -> Callable[[], Fix | None] | None:
    """A fix that puts `with ... as run:` around the rest of the block in which a run is started.

    It ends where the block does, or the notebook's cell, or at the run's own `finish()`, which goes, or
    before the next run is started. None where the run may be needed outside of that.
    """
    model = file.model
    statement = model.statement_at(start.span)
    if statement is None:
        return None
    end = ending(model, start)
    stop = next_start(model, start) if end is None else None
    until = end.end if end is not None else stop or model.blocks[start.block].span.end
    if is_needed_outside(file, start, Stretch(start.block, start.span.end, until)):
        return None
    finishes = [model.events[each] for each in model.runs[start.run].finishes]
    needless = tuple(each.span for each in finishes if each.span != end and only_branches(model, each, start))
    cell = next((each.span.end for each in model.enclosing(start.block) if each.kind is BlockKind.CELL), None)
    what = "around the rest of the block" if end is None else "up to `finish()`, which goes"
    return file.fix_as(
        Applicability.UNSAFE,
        f"Write `with ...:` {what}",
        put_with,
        statement,
        start.span,
        cell if stop is None else stop,
        end,
        needless,
    )


def ending(model: Model, start: RunStart) -> Span | None:
    """The `finish()` in the very block that starts the run, if there is one."""
    for index in model.runs[start.run].finishes:
        event = model.events[index]
        if event.block == start.block and start.span.end < event.span.start and isinstance(event, Finish):
            if event.sure and event.run == start.run and model.statement_at(event.span) == event.span:
                return event.span
    return None


def next_start(model: Model, start: RunStart) -> int | None:
    """Where the next run of the same block is started."""
    for other in model.each(RunStart):
        statement = model.statement_at(other.span)
        if other.block == start.block and start.span.end < other.span.start and statement is not None:
            return statement.start
    return None


def only_branches(model: Model, event: Event, start: RunStart) -> bool:
    """Whether only branches lie between the block that starts a run and an event."""
    for block in model.enclosing(event.block):
        if block.id == start.block:
            return True
        if block.kind not in (BlockKind.BRANCH, BlockKind.WITH):
            return False
    return False


def is_needed_outside(file: File, start: RunStart, inside: Stretch) -> bool:
    """Whether something may do more than read of the run where it is no longer active."""
    model = file.model
    function = model.function_of(start)
    if function is not None and function.is_generator:
        return True
    if any(may_use_run(file, name) for name in model.runs[start.run].beyond):
        return True
    return any(needs(model, event, start, inside) for event in model.events)


def needs(model: Model, event: Event, start: RunStart, inside: Stretch) -> bool:
    """Whether an event needs the run to be active, and may come when the stretch has been left."""
    if isinstance(event, Escape):
        return hands_on(model, event, start, inside)
    if isinstance(event, Finish | GivenRead | LiteralArgument) or event.id == start.id:
        return False
    if isinstance(event, RunStart):
        return lies_in(model, event, inside) is not Tri.NO
    if isinstance(event, ConfigRead | RunAttribute) and event.via is Via.HANDLE:
        return (
            isinstance(event, RunAttribute) and event.write and lies_in(model, event, inside) is not Tri.YES
        )
    runs = getattr(event, "runs", None)
    if runs is None:
        return getattr(event, "run", None) == start.run and lies_in(model, event, inside) is not Tri.YES
    return (not runs or start.run in runs) and lies_in(model, event, inside) is not Tri.YES


def hands_on(model: Model, event: Escape, start: RunStart, inside: Stretch) -> bool:
    """Whether the run, or a function that uses it, goes where it outlives the stretch."""
    what = event.object
    if isinstance(what, Ref) and what.kind is ObjectKind.RUN:
        if what.id != start.run or (event.block == inside.block and event.span.start >= inside.end):
            return False
        return event.how is not EscapeKind.CALL or lies_in(model, event, inside) is not Tri.YES
    if isinstance(what, Ref):
        if what.kind is not ObjectKind.FUNCTION or what.id is None:
            return False
        span = model.functions[what.id].span
    else:
        span = what.span or event.span
    return any(
        span.contains(each.span) and start.run in getattr(each, "runs", ()) and not span.contains(start.span)
        for each in model.events
    )


def may_use_run(file: File, name: str) -> bool:
    """Whether what is called, by its dotted path, may use the run that is active."""
    is_ours = name[0] == "?" or name.startswith("global ") or "wandb" in name.lower()
    return is_ours or file.project.others_log(file.path)


def put_with(
    text: str, statement: Span, call: Span, end: int | None, last: Span | None, needless: tuple[Span, ...]
) -> Edits | None:
    """The edits for it. Refuses where the statement does more than start the run and give it a name."""
    found = _ASSIGNED.fullmatch(text[statement.start : call.start])
    if found is None or statement.end != call.end:
        return None
    name = f" as {found.group(1)}" if found.group(1) not in (None, "_") else ""
    return wrap_rest_of_block(
        text, statement, call, "with ", f"{name}:", end=end, last=last, needless=needless
    )
