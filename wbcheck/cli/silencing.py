"""What `wbcheck check --add-ignore` does: comments that silence what is found, in memory, as fixes are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from wbcheck.diagnostic import by_file
from wbcheck.engine import Outcome, Session
from wbcheck.fixes import FileOutcome, FixOutcome, LeftAlone
from wbcheck.source import SourceError, Unit, read_unit
from wbcheck.suppressions import Additions, additions, written


def silence(
    session: Session,
    outcome: Outcome,
    reason: str,
    sieve: Callable[[Outcome], Outcome],
    refusal: Callable[[str, bytes], str | None] | None = None,
) -> FixOutcome:
    """The files with comments for all findings, and what is found then; nothing is written yet.

    ``sieve`` takes out of an outcome what is held back. ``refusal`` says why a file with these bytes must be
    left alone, if it must.

    A file in which a comment cannot stand where it has to keeps its finding, and one that would not be read
    as it was is left alone.
    """
    files: dict[str, FileOutcome] = {}
    left: list[LeftAlone] = []
    before = by_file(outcome.diagnostics)
    for path, found in before.items():
        unit = session.sources(path)
        added = None if unit is None else additions(unit, found, reason)
        if unit is None or added is None or not added.edits:
            continue
        why = refusal(path, unit.apply(())) if refusal is not None else None
        if why is not None:
            left.append(LeftAlone(path, why))
            continue
        new = _applied(session, unit, added)
        if new is None:
            left.append(LeftAlone(path, "a comment in it would not be read as one"))
            continue
        counts = Counter(each.code for each in added.silenced)
        files[path] = FileOutcome(path, unit.apply(()), new, dict(counts))
    again = session.recheck({path: file.new for path, file in files.items()})
    return FixOutcome(
        files=files,
        faults=(),
        left_alone=tuple(left),
        before=before,
        after=by_file(sieve(again).diagnostics),
        together=(),
        rounds=1,
    )


def _applied(session: Session, unit: Unit, added: Additions) -> bytes | None:
    """The file's bytes with the comments, or ``None`` where they would not be comments."""
    try:
        new = unit.apply(added.edits)
        again = read_unit(unit.path, new)
    except SourceError:
        return None
    return new if written(unit, again, added) and session.parses(unit.path, new) else None
