"""One event for two walks of the same place."""

from __future__ import annotations

from typing import Any

import msgspec

from wbcheck.model.events import Arguments, Event
from wbcheck.model.values import (
    Tri,
)
from wbcheck.syntax.state import (
    join,
)

MOST_DEEDS = 40


def joined(old: Event, new: Event) -> Event:
    """One event for two walks of the same place."""
    if type(old) is not type(new):
        return old
    changes: dict[str, Any] = {}
    for name in type(old).__struct_fields__:
        before, after = getattr(old, name), getattr(new, name)
        if name in ("id", "block", "span", "callee", "path") or before is after:
            continue
        if isinstance(before, Arguments) and isinstance(after, Arguments):
            changes[name] = _joined_arguments(before, after)
        elif isinstance(before, Tri):
            changes[name] = before if before is after else Tri.UNKNOWN
        elif name in ("runs", "artifacts", "tables"):
            changes[name] = tuple(dict.fromkeys((*before, *after)))
        elif name == "does":
            more = (each for each in after if each not in before)
            changes[name] = (*before, *more)[:MOST_DEEDS]
        elif name.startswith("sure"):
            changes[name] = before and after
        elif name in ("value", "receiver", "result", "data", "name") and not isinstance(before, str):
            changes[name] = after if before is None else before if after is None else join(before, after)
        elif name in ("finish", "logged_by", "again", "previous"):
            changes[name] = after if before is None else before
        elif name == "run":
            changes[name] = before if before == after else None
        elif name == "at_hand":
            changes[name] = before if before == after else ""
    return msgspec.structs.replace(old, **changes) if changes else old


def _joined_arguments(old: Arguments, new: Arguments) -> Arguments:
    if len(old.items) != len(new.items):
        return old
    items = tuple(
        msgspec.structs.replace(before, value=join(before.value, after.value))
        for before, after in zip(old.items, new.items, strict=True)
    )
    splats = tuple({id(splat.value): splat for splat in (*old.splats, *new.splats)}.values())
    return Arguments(items, splats if len(old.splats) == len(new.splats) else old.splats, old.close)
