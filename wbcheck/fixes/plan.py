"""Which fixes go together in one round.

A fix is taken whole or not at all. Two fixes whose edits meet, or lie inside one another's
reach, never go together: the later one waits for the next round, where its finding is made
afresh from the changed text.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable

import msgspec

from wbcheck.diagnostic import Diagnostic, Span

Change = tuple[Span, str]


class Plan(msgspec.Struct, frozen=True):
    """One round: the edits of each file by place, the findings they mend, those that wait."""

    edits: dict[str, tuple[Change, ...]]
    mended: tuple[Diagnostic, ...]
    waiting: tuple[Diagnostic, ...]


def plan(diagnostics: Iterable[Diagnostic], allowed: Callable[[Diagnostic], bool]) -> Plan:
    """The fixes to apply together, the same whatever the order of ``diagnostics``.

    ``allowed`` says which findings may be mended (safe or unsafe, ``--fixable``, files left alone).
    Of fixes that compete, the one that starts first in its file is taken. Equal whole-line
    insertions at one place (two fixes that add the same import) are made once.
    """
    files: dict[str, _File] = {}
    mended, waiting = [], []
    for diagnostic, changes in sorted(_candidates(diagnostics, allowed), key=_order):
        kept = diagnostic.fix.kept if diagnostic.fix is not None else ()
        home = files.setdefault(diagnostic.path, _File())
        goes_in = all(files.setdefault(path, _File()).takes(own) for path, own in changes.items())
        if goes_in and home.leaves(kept):
            for path, own in changes.items():
                files[path].add(own)
            home.kept += kept
            mended.append(diagnostic)
        else:
            waiting.append(diagnostic)
    edits = {path: _sorted(file.changes) for path, file in sorted(files.items()) if file.changes}
    return Plan(edits, tuple(mended), tuple(waiting))


def targets(diagnostic: Diagnostic) -> frozenset[str]:
    """The paths that a finding's fix would change."""
    fix = diagnostic.fix
    return frozenset() if fix is None else frozenset(edit.path or diagnostic.path for edit in fix.edits)


_Candidate = tuple[Diagnostic, dict[str, tuple[Change, ...]]]


def _candidates(
    diagnostics: Iterable[Diagnostic], allowed: Callable[[Diagnostic], bool]
) -> Iterable[_Candidate]:
    for diagnostic in diagnostics:
        if diagnostic.fix is not None and diagnostic.fix.edits and allowed(diagnostic):
            changes: dict[str, list[Change]] = {}
            for edit in diagnostic.fix.edits:
                changes.setdefault(edit.path or diagnostic.path, []).append((edit.span, edit.content))
            yield diagnostic, {path: _sorted(edits) for path, edits in changes.items()}


def _sorted(changes: Iterable[Change]) -> tuple[Change, ...]:
    """By place; insertions at one place keep their order, for that is the order they are made in."""
    return tuple(sorted(changes, key=lambda change: change[0]))


def _order(candidate: _Candidate) -> tuple[object, ...]:
    diagnostic, changes = candidate
    own = changes.get(diagnostic.path) or next(iter(changes.values()))
    return (diagnostic.path, own[0][0], *diagnostic.order, sorted(changes.items()))


def _shared(change: Change) -> bool:
    """Whether making an insertion once serves all who ask for it: it adds whole lines."""
    span, content = change
    return span.start == span.end and (content.endswith("\n") or content.startswith("\n"))


class _File:
    """The edits taken so far in one file, and the reach of each fix that made them."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self._lines: set[Change] = set()
        self._edits: list[Span] = []
        self._reaches: list[Span] = []
        self.kept: list[Span] = []

    def leaves(self, kept: tuple[Span, ...]) -> bool:
        """Whether nothing that was taken changes a place that a fix takes for granted."""
        return not any(span.overlaps(edit) for span in kept for edit in self._edits)

    def takes(self, edits: tuple[Change, ...]) -> bool:
        """Whether a fix's edits in this file go together with all that was taken."""
        reach = _reach(edits)
        if reach is not None and any(each.overlaps(reach) for each in _near(self._reaches, reach)):
            return False
        new = [edit for edit in edits if edit not in self._lines]
        if any(span.overlaps(edit) for span in self.kept for edit, _ in new):
            return False
        return not any(
            span.overlaps(other)
            for span, _ in new
            for other in (*_near(self._edits, span), *_near(self._reaches, span))
        )

    def add(self, edits: tuple[Change, ...]) -> None:
        """Take a fix's edits; ``takes`` was true for them."""
        for edit in edits:
            if edit not in self._lines:
                self.changes.append(edit)
                insort(self._edits, edit[0])
            if _shared(edit):
                self._lines.add(edit)
        reach = _reach(edits)
        if reach is not None:
            insort(self._reaches, reach)


def _reach(edits: tuple[Change, ...]) -> Span | None:
    """From the first to the last edit of a fix: another fix's edit in between could be torn apart by it.

    Whole lines that a fix inserts elsewhere (an import at the top) do not count.
    """
    spans = [span for span, content in edits if not _shared((span, content))]
    return Span(min(span.start for span in spans), max(span.end for span in spans)) if spans else None


def _near(taken: list[Span], span: Span) -> list[Span]:
    """Those of ``taken`` (disjoint, by place) that could meet ``span``."""
    low = bisect_left(taken, span.start, key=lambda each: each.start)
    high = bisect_right(taken, span.end, key=lambda each: each.start)
    return taken[max(0, low - 1) : high]
