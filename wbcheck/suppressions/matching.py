"""Which comment silences which diagnostic."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from wbcheck.diagnostic import Diagnostic, Silenced, Silencer
from wbcheck.selection import PRESETS, Listed, SelectorError, find
from wbcheck.source.unit import Unit
from wbcheck.suppressions.comments import scan
from wbcheck.suppressions.parse import Selector, Suppression, Verb, cells_of, line_starts, reason_of

UNUSED, UNKNOWN, BLANKET = "WB002", "WB003", "WB004"
ABOUT_COMMENTS = frozenset((UNUSED, UNKNOWN, BLANKET))
_FIRST = re.compile(r"[ \t\f]*([^\r\n])")


class Use(msgspec.Struct, frozen=True):
    """What a suppression did: the selectors that silenced something, and whether it silenced at all."""

    suppression: Suppression
    used: frozenset[Selector]
    silenced: bool


class Filtered(msgspec.Struct, frozen=True):
    """What is left of a file's diagnostics, what was silenced, and what each comment did."""

    kept: tuple[Diagnostic, ...]
    suppressed: tuple[Silenced, ...]
    uses: tuple[Use, ...]


def apply(
    found: Sequence[Suppression],
    unit: Unit,
    diagnostics: Iterable[Diagnostic],
    catalogue: Mapping[str, Listed],
) -> Filtered:
    """Part a file's diagnostics into kept and silenced, and say what each comment did.

    ``catalogue`` is every rule there is, by its code. A finding that several comments would silence
    counts for the nearest one alone: a list on the line before a list for the file before blankets,
    so that every other one shows as idle. Failures of our own are never silenced, and findings about
    suppressions only by a comment that names exactly that rule.
    """
    if not found:
        return Filtered(tuple(diagnostics), (), ())
    wanted = tuple(diagnostics)
    if not wanted:
        return Filtered((), (), tuple(Use(each, frozenset(), False) for each in found))
    used: dict[int, set[Selector]] = {}
    kept, silenced = [], []
    places, codes, nearby = Places(unit), Codes(catalogue), _Nearby(found)
    for diagnostic in wanted:
        for index in nearby.to(*places.rows(diagnostic)):
            matched = _silences(found[index], diagnostic, codes)
            if matched is not None:
                used.setdefault(index, set()).update(matched)
                silenced.append(Silenced(diagnostic, Silencer.COMMENT, reason_of(found[index], unit)))
                break
        else:
            kept.append(diagnostic)
    uses = tuple(Use(each, frozenset(used.get(index, ())), index in used) for index, each in enumerate(found))
    return Filtered(tuple(kept), tuple(silenced), uses)


class Codes:
    """What selectors name, looked up once each."""

    def __init__(self, catalogue: Mapping[str, Listed]) -> None:
        self._catalogue = catalogue
        self._known: dict[str, frozenset[str]] = {}

    def of(self, selector: str) -> frozenset[str]:
        """The codes that a code, prefix, name, alias or category stands for; empty if unknown."""
        if selector not in self._known:
            self._known[selector] = self._look_up(selector)
        return self._known[selector]

    def _look_up(self, selector: str) -> frozenset[str]:
        # A preset in a comment would silence whatever some later release puts into it.
        if selector.lower() in PRESETS:
            return frozenset()
        try:
            return find(self._catalogue, selector).codes
        except SelectorError:
            return frozenset()

    def all(self) -> frozenset[str]:
        """Every code there is."""
        return frozenset(self._catalogue)

    def hint(self, selector: str) -> str:
        """A sentence with the rule that was meant, as far as one is near."""
        from wbcheck.words import suggestion

        names = {rule.name for rule in self._catalogue.values()}
        near = suggestion(selector.lower(), names) or suggestion(selector.upper(), self._catalogue)
        return near[2:3].upper() + near[3:]


def _distance(suppression: Suppression) -> int:
    """How near a comment is to what it silences: the nearest is the one that counts as used."""
    if suppression.verb is Verb.IGNORE:
        return 0 if suppression.listed else 2
    if suppression.verb is Verb.NOQA:
        return 1 if suppression.listed else 5
    return 3 if suppression.listed else 4


class _Nearby:
    """The comments that hold for some lines, without a look at all the others."""

    def __init__(self, found: Sequence[Suppression]) -> None:
        self._found = found
        # In the order of the text, which is that of the rows.
        self._lines = [index for index, each in enumerate(found) if each.verb is not Verb.IGNORE_FILE]
        self._files = [index for index, each in enumerate(found) if each.verb is Verb.IGNORE_FILE]
        self._above: dict[int, list[int]] = {}
        for index in self._lines:
            if (target := found[index].target) is not None:
                self._above.setdefault(target, []).append(index)

    def to(self, first: int, last: int) -> list[int]:
        """The comments for the statement on these rows, nearest first, as indices."""
        low = bisect_left(self._lines, first, key=lambda index: self._found[index].row)
        high = bisect_right(self._lines, last, key=lambda index: self._found[index].row)
        here = {*self._lines[low:high], *self._above.get(first, ()), *self._files}
        return sorted(here, key=lambda index: (_distance(self._found[index]), index))


class Places:
    """Which lines belong together: logical lines, and a definition's decorators with its header."""

    def __init__(self, unit: Unit) -> None:
        self._rows = line_starts(unit.text)
        self._starts: list[int] = []
        for cell in cells_of(unit):
            code = unit.code[cell.start : cell.end]
            decorated = False
            for line in scan(code).lines:
                if not decorated:
                    self._starts.append(cell.start + line)
                first = _FIRST.match(code, line)
                if first is not None and first[1] != "#":
                    decorated = first[1] == "@"
        self._starts.append(len(unit.text) + 1)

    def rows(self, diagnostic: Diagnostic) -> tuple[int, int]:
        """The first and the last row (from 0) of the statement that a diagnostic belongs to."""
        span = diagnostic.statement or diagnostic.span
        line = bisect_right(self._starts, min(span.start, diagnostic.span.start))
        last = max(self._starts[line] - 1, span.end)
        return self._row(self._starts[line - 1]), self._row(max(self._starts[line - 1], last - 1))

    def _row(self, offset: int) -> int:
        return bisect_right(self._rows, offset) - 1


def _silences(suppression: Suppression, diagnostic: Diagnostic, codes: Codes) -> frozenset[Selector] | None:
    """The selectors by which a comment silences a diagnostic (none for a blanket), or ``None``."""
    if diagnostic.fault or suppression.verb is Verb.MISTAKEN or not suppression.closed:
        return None
    about_comments = diagnostic.code in ABOUT_COMMENTS
    if not suppression.listed:
        return None if about_comments else frozenset()
    matched = frozenset(
        selector
        for selector in suppression.selectors
        if diagnostic.code in (named := codes.of(selector.text)) and not (about_comments and len(named) > 1)
    )
    return matched or None
