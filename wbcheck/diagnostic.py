"""What is reported: spans, edits, fixes and diagnostics.

This is the bottom of the house: it imports nothing of ours. A span is a pair of
character offsets into a source unit's text; rows, columns, bytes and notebook
cells exist only in ``wbcheck.source``, which turns a span into a ``Range``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum

import msgspec


class Span(msgspec.Struct, frozen=True, order=True, array_like=True, gc=False):
    """A half-open stretch ``[start, end)`` of character offsets into a unit's text."""

    start: int
    end: int

    def contains(self, other: Span) -> bool:
        """Whether ``other`` lies wholly inside this span."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: Span) -> bool:
        """Whether the two share a character, or one is an insertion inside the other."""
        if self.start == self.end or other.start == other.end:
            return self.start <= other.start <= self.end or other.start <= self.start <= other.end
        return self.start < other.end and other.start < self.end


def within(statements: Sequence[Span], span: Span) -> Span | None:
    """That of sorted statements (headers, for compound ones) in which a span starts."""
    number = bisect_right(statements, span.start, key=lambda statement: statement.start)
    return statements[number - 1] if number and statements[number - 1].end >= span.start else None


class Position(msgspec.Struct, frozen=True, order=True):
    """A place as people count: 1-based row and 1-based column in characters.

    In a notebook ``cell`` is the 1-based number of the code cell and ``row`` counts
    within that cell; everywhere else ``cell`` is ``None`` (kept as 0 for ordering).
    """

    cell: int
    row: int
    column: int


class Range(msgspec.Struct, frozen=True, order=True):
    """Where a span starts and where it ends (exclusive), as people count."""

    start: Position
    end: Position


class Severity(StrEnum):
    """How bad it is: ``essential`` rules are errors, opinions are information."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Applicability(StrEnum):
    """Whether a fix may run unasked.

    ``SAFE`` keeps what the program does and mends only what is recorded wrongly or is
    certain to raise; ``UNSAFE`` may change what other code or dashboards rely on.
    """

    SAFE = "safe"
    UNSAFE = "unsafe"


class Edit(msgspec.Struct, frozen=True):
    """Replace the text at ``span`` by ``content``; an empty span inserts.

    ``path`` is ``None`` for the file that is diagnosed, else the other file's path.
    """

    span: Span
    content: str
    path: str | None = None


class Fix(msgspec.Struct, frozen=True):
    """One way to mend a finding: all of its edits are applied, or none.

    ``kept`` are places of the diagnosed file that it takes for granted as they are: a fix that changes one of
    them is not applied together with this one.
    """

    message: str
    applicability: Applicability
    edits: tuple[Edit, ...]
    kept: tuple[Span, ...] = ()


class Refusal(msgspec.Struct, frozen=True):
    """Why a finding that is mostly mended is not: ``why`` goes on from "not mended:", without a full stop.

    ``span`` is the place that stands in the way, in the file ``path`` (``None``: the one that is diagnosed).
    """

    why: str
    span: Span | None = None
    path: str | None = None


class Label(msgspec.Struct, frozen=True):
    """A second place that explains a finding, with a few words about it."""

    span: Span
    message: str
    path: str | None = None


class Finding(msgspec.Struct, frozen=True):
    """What a rule reports: a place, a headline, and how to mend it.

    ``message`` is one line of at most 80 characters with the user's names in backticks.
    ``label`` is the few words shown under the underlined place. ``why`` and ``how``
    default to the rule's own. ``fix`` is built only when it is shown, written or applied; where it gives
    a ``Refusal``, the diagnostic says what stands in the way.
    """

    span: Span
    message: str
    label: str = ""
    why: str = ""
    how: str = ""
    related: tuple[Label, ...] = ()
    fix: Callable[[], Fix | Refusal | None] | None = None


class Diagnostic(msgspec.Struct, frozen=True):
    """A finding, placed and named: what suppressions filter and reports print.

    ``path`` is the file as the user would write it (relative to the working directory
    where that is possible). ``lines`` holds the spans of the statement it belongs to, for
    suppression comments. ``fault`` marks a failure of our own, not of the user's code.
    ``refused`` is why a fix that is mostly there is not here.
    """

    path: str
    span: Span
    range: Range
    code: str
    name: str
    severity: Severity
    message: str
    label: str = ""
    why: str = ""
    how: str = ""
    url: str = ""
    related: tuple[Label, ...] = ()
    fix: Fix | None = None
    statement: Span | None = None
    fault: bool = False
    refused: str = ""

    @property
    def order(self) -> tuple[str, Span, str, str]:
        """The sort key of every listing: path, then position, then code."""
        return (self.path, self.span, self.code, self.message)


class Silencer(StrEnum):
    """What keeps a finding from being reported."""

    COMMENT = "comment"
    BASELINE = "baseline"


class Silenced(msgspec.Struct, frozen=True):
    """A finding that is not reported, what silences it, and the reason that was given (often empty)."""

    diagnostic: Diagnostic
    by: Silencer
    reason: str = ""


def by_file(diagnostics: Iterable[Diagnostic]) -> dict[str, tuple[Diagnostic, ...]]:
    """Findings by their files, in the order given."""
    found: dict[str, list[Diagnostic]] = {}
    for each in diagnostics:
        found.setdefault(each.path, []).append(each)
    return {path: tuple(each) for path, each in found.items()}
