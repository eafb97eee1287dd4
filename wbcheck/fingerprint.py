"""The one fingerprint of a finding, for the baseline and every machine format.

It does not depend on row numbers: a finding keeps it while code above and below moves, and
loses it when its own line or its rule changes.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence

import msgspec

from wbcheck.diagnostic import Diagnostic
from wbcheck.source.unit import Unit


class Fingerprint(msgspec.Struct, frozen=True):
    """What a finding is known by.

    ``content`` (16 hex digits) hashes its rule's code and the text of the line where it starts, blanks
    normalised: it is the same in another file, and for findings that are alike. ``rank`` counts from 0
    those of the same content that come before it in its file. ``whole`` (32 hex digits) hashes
    content, rank and the file's path, and is unique in a report.
    """

    content: str
    rank: int
    whole: str


def fingerprints(
    diagnostics: Sequence[Diagnostic], sources: Callable[[str], Unit | None], relative: Callable[[str], str]
) -> list[Fingerprint]:
    """One fingerprint a diagnostic, in the same order. ``relative`` gives the path that is hashed.

    The line's text is only ever hashed, so a secret on it is not shown.
    """
    contents = [content(each, sources) for each in diagnostics]
    keys = [(relative(each.path), mark) for each, mark in zip(diagnostics, contents, strict=True)]
    ranks = [0] * len(keys)
    seen: Counter[tuple[str, str]] = Counter()
    for index in sorted(range(len(keys)), key=lambda at: diagnostics[at].order):
        ranks[index] = seen[keys[index]]
        seen[keys[index]] += 1
    return [
        Fingerprint(mark, rank, _digest((path, mark, str(rank)), 16))
        for (path, mark), rank in zip(keys, ranks, strict=True)
    ]


def content(diagnostic: Diagnostic, sources: Callable[[str], Unit | None]) -> str:
    """The part of a fingerprint that does not depend on where the line stands."""
    return _digest((diagnostic.code, _line(diagnostic, sources)), 8)


def _line(diagnostic: Diagnostic, sources: Callable[[str], Unit | None]) -> str:
    unit = sources(diagnostic.path)
    start = diagnostic.range.start
    if unit is None or not 1 <= start.row <= unit.row_count(start.cell):
        return ""
    span = unit.line_span(start.row, start.cell)
    return " ".join(unit.text[span.start : span.end].split())


def _digest(parts: tuple[str, ...], size: int) -> str:
    data = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(data, digest_size=size).hexdigest()
