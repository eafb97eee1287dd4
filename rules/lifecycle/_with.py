"""A run started in a `with`: the fix that several rules offer."""

from __future__ import annotations

import re
from collections.abc import Callable

from wbcheck.rule import (
    Applicability,
    Edits,
    File,
    Finish,
    Fix,
    Model,
    RunStart,
    Span,
    paths,
    wrap_rest_of_block,
)

_ASSIGNED = re.compile(r"(?:([^\W\d]\w*)\s*=\s*)?")


def with_run(file: File, start: RunStart) -> Callable[[], Fix | None] | None:
    """A fix that puts `with ... as run:` around the rest of the block in which a run is started.

    None in a notebook, whose cells one block cannot span, and where the run may be used outside of the block.
    """
    statement = file.model.statement_at(start.span)
    if file.model.notebook or statement is None or is_used_outside(file.model, start):
        return None
    return file.fix_as(
        Applicability.UNSAFE,
        "Write `with ...:` around the rest of the block",
        put_with,
        statement,
        start.span,
    )


def is_used_outside(model: Model, start: RunStart) -> bool:
    """Whether anything that may be done to the run is reached past the rest of the block that starts it."""
    for event in model.events:
        runs = getattr(event, "runs", None)
        if runs is None or isinstance(event, Finish) or (runs and start.run not in runs):
            continue
        for way in paths(model, event):
            if not any(place.block == start.block and place.at > start.span.start for place in way):
                return True
    return False


def put_with(text: str, statement: Span, call: Span) -> Edits | None:
    """The edits for it. Refuses where the statement does more than start the run and give it a name."""
    found = _ASSIGNED.fullmatch(text[statement.start : call.start])
    if found is None or statement.end != call.end:
        return None
    name = f" as {found.group(1)}" if found.group(1) else ""
    return wrap_rest_of_block(text, statement, f"with {text[call.start : call.end]}{name}:")
