"""A run started in a `with`: the fix that several rules offer."""

from __future__ import annotations

import re
from collections.abc import Callable

from wbcheck.rule import (
    BlockKind,
    ConfigRead,
    Escape,
    EscapeKind,
    Event,
    File,
    Finish,
    Fix,
    GivenRead,
    Guard,
    LiteralArgument,
    Mended,
    Model,
    ObjectKind,
    Ref,
    Refusal,
    RunAttribute,
    RunStart,
    Span,
    Stretch,
    Stuck,
    Tri,
    Via,
    lies_in,
    shown,
    wrap_rest_of_block,
)

_ASSIGNED = re.compile(r"(?:([^\W\d]\w*)(?:\s*:\s*[\w.\"' |\[\]]*\bRun\b[\w.\"' |\[\]]*)?\s*=\s*)?")


def with_run(file: File, start: RunStart) -> Callable[[], Fix | Refusal | None]:
    """A fix that puts `with ... as run:` around the rest of the block in which a run is started.

    It ends where the block does, or the notebook's cell, or at the run's own `finish()`, which goes, or
    before the next run is started. Refused where the run may be needed outside of that.
    """
    return file.fix_across(put_in_with, start)


def put_in_with(file: File, start: RunStart) -> Mended | None:
    """The edits for it. Raises ``Stuck`` at the place that needs the run later."""
    model = file.model
    statement = model.statement_at(start.span)
    assigned = (
        None if statement is None else _ASSIGNED.fullmatch(file.text[statement.start : start.span.start])
    )
    if statement is None or assigned is None or statement.end != start.span.end:
        raise Stuck("its statement does more than start the run and give it a name", statement)
    end = ending(model, start)
    stop = next_start(model, start) if end is None else None
    until = end.end if end is not None else stop or model.blocks[start.block].span.end
    refuse_what_is_needed_outside(file, start, Stretch(start.block, start.span.end, until))
    finishes = [model.events[each] for each in model.runs[start.run].finishes]
    cells = (each.span.end for each in model.enclosing(start.block) if each.kind is BlockKind.CELL)
    name = assigned.group(1)
    edits = wrap_rest_of_block(
        file.text,
        statement,
        start.span,
        "with ",
        f" as {name}:" if name and name != "_" else ":",
        end=next(cells, None) if stop is None else stop,
        last=end,
        needless=[each.span for each in finishes if each.span != end and only_branches(model, each, start)],
    )
    if edits is None:
        raise Stuck("something else stands on its line, or nothing after it", statement)
    what = "around the rest of the block" if end is None else "up to `finish()`, which goes"
    return Mended(f"Write `with ...:` {what}", edits)


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
        if block.kind not in (BlockKind.BRANCH, BlockKind.WITH, BlockKind.TRY_ELSE):
            return False
    return False


def refuse_what_is_needed_outside(file: File, start: RunStart, inside: Stretch) -> None:
    """Raise ``Stuck`` where something may do more than read of the run when it is no longer active."""
    model = file.model
    function = model.function_of(start)
    if function is not None and function.is_generator:
        raise Stuck("the run is open while its generator waits", function.name_span)
    asked = (each.condition for each in model.enclosing(start.block))
    is_main = any(condition is not None and condition.guard is Guard.MAIN for condition in asked)
    if function is None and not is_main and (other := importer(file)):
        raise Stuck(f"{shown(other)} imports this file, and may use the run")
    for name in model.runs[start.run].beyond:
        if may_use_run(file, name):
            raise Stuck(f"{shown(name.removeprefix('?'))} comes after its block, and may use the run")
    for event in model.events:
        if isinstance(event, Escape):
            if reason := hands_on(model, event, start, inside):
                raise Stuck(reason, event.span)
        elif needs(model, event, start, inside):
            is_start = isinstance(event, RunStart)
            raise Stuck(
                "another run is started here" if is_start else "the run is used here, too", event.span
            )


def importer(file: File) -> str:
    """Another file of the project that imports this one, if one does."""
    own = "." + file.path.replace("\\", "/").rpartition(".")[0].replace("/", ".")
    for model in file.project.models.values():
        modules = (entry.module.strip(".") for entry in model.imports if model.path != file.path)
        if any(module and own.endswith(f".{module}") for module in modules):
            return model.path
    return ""


def needs(model: Model, event: Event, start: RunStart, inside: Stretch) -> bool:
    """Whether an event needs the run to be active, and may come when the stretch has been left."""
    if isinstance(event, Finish | GivenRead | LiteralArgument) or event.id == start.id:
        return False
    if isinstance(event, RunStart):
        return lies_in(model, event, inside) is not Tri.NO
    if isinstance(event, ConfigRead | RunAttribute) and event.via is Via.HANDLE:
        if isinstance(event, ConfigRead) or not event.write:
            return False
    runs = getattr(event, "runs", None)
    if runs is None:
        return getattr(event, "run", None) == start.run and lies_in(model, event, inside) is not Tri.YES
    return (not runs or start.run in runs) and lies_in(model, event, inside) is not Tri.YES


_KEPT = {EscapeKind.RETURN: "returned", EscapeKind.YIELD: "yielded"}


def hands_on(model: Model, event: Escape, start: RunStart, inside: Stretch) -> str:
    """Why the run, or a function that uses it, outlives the stretch; empty where it does not."""
    what = event.object
    how = _KEPT.get(event.how, "kept")
    if isinstance(what, Ref) and what.kind is ObjectKind.RUN:
        if what.id != start.run or (event.block == inside.block and event.span.start >= inside.end):
            return ""
        if event.how is not EscapeKind.CALL:
            return f"the run is {how} here"
        return "" if lies_in(model, event, inside) is Tri.YES else "the run is handed on here"
    if isinstance(what, Ref):
        if what.kind is not ObjectKind.FUNCTION or what.id is None:
            return ""
        span = model.functions[what.id].span
    else:
        span = what.span or event.span
    uses = any(
        span.contains(each.span) and start.run in getattr(each, "runs", ()) and not span.contains(start.span)
        for each in model.events
    )
    return f"a function that uses the run is {how} here" if uses else ""


def may_use_run(file: File, name: str) -> bool:
    """Whether what is called, by its dotted path, may use the run that is active."""
    is_ours = name[0] == "?" or name.startswith("global ") or "wandb" in name.lower()
    return is_ours or file.project.others_log(file.path)
