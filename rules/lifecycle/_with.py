"""A run started in a `with`: the fix that several rules offer."""

from __future__ import annotations

import re
from collections.abc import Callable

from wbcheck.rule import Applicability, Edits, File, Fix, RunStart, Span, wrap_rest_of_block

_ASSIGNED = re.compile(r"(?:([^\W\d]\w*)\s*=\s*)?")


def with_run(file: File, start: RunStart) -> Callable[[], Fix | None] | None:
    """A fix that puts `with ... as run:` around the rest of the block in which a run is started.

    None in a notebook, whose cells one block cannot span.
    """
    statement = file.model.statement_at(start.span)
    if file.model.notebook or statement is None:
        return None
    return file.fix_as(
        Applicability.UNSAFE,
        "Write `with ...:` around the rest of the block",
        put_with,
        statement,
        start.span,
    )


def put_with(text: str, statement: Span, call: Span) -> Edits | None:
    """The edits for it. Refuses where the statement does more than start the run and give it a name."""
    found = _ASSIGNED.fullmatch(text[statement.start : call.start])
    if found is None or statement.end != call.end:
        return None
    name = f" as {found.group(1)}" if found.group(1) else ""
    return wrap_rest_of_block(text, statement, f"with {text[call.start : call.end]}{name}:")
