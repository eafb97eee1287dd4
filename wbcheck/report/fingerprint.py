"""The one fingerprint of a finding, for the baseline and every machine format.

It does not depend on row numbers: a finding keeps it while code above and below moves, and
loses it when its own line, its rule or its file's place changes.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Sequence

from wbcheck.diagnostic import Diagnostic
from wbcheck.source.unit import Unit


def fingerprints(
    diagnostics: Sequence[Diagnostic], sources: Callable[[str], Unit | None], relative: Callable[[str], str]
) -> list[str]:
    """One fingerprint (32 hex digits) a diagnostic, in the same order.

    It hashes the rule's code, the path that ``relative`` gives, the text of the line where the
    finding starts with its blanks normalised, and how many findings alike came before. The line's
    text is only ever hashed, so a secret on it is not shown.
    """
    rank = dict.fromkeys(range(len(diagnostics)), 0)
    keys = [
        (each.code, relative(each.path).replace(os.sep, "/"), _line(each, sources)) for each in diagnostics
    ]
    seen: Counter[tuple[str, str, str]] = Counter()
    for index in sorted(rank, key=lambda at: diagnostics[at].order):
        rank[index] = seen[keys[index]]
        seen[keys[index]] += 1
    return [_digest((*key, str(rank[index]))) for index, key in enumerate(keys)]


def _line(diagnostic: Diagnostic, sources: Callable[[str], Unit | None]) -> str:
    unit = sources(diagnostic.path)
    start = diagnostic.range.start
    if unit is None or not 1 <= start.row <= unit.row_count(start.cell):
        return ""
    span = unit.line_span(start.row, start.cell)
    return " ".join(unit.text[span.start : span.end].split())


def _digest(parts: tuple[str, ...]) -> str:
    data = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(data, digest_size=16).hexdigest()
