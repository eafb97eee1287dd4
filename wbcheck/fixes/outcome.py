"""What fixing came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import msgspec

from wbcheck.diagnostic import Diagnostic


class FileOutcome(msgspec.Struct, frozen=True):
    """One changed file: its bytes before and after, and how many findings of each rule were mended."""

    path: str
    old: bytes
    new: bytes
    counts: Mapping[str, int]


class Fault(msgspec.Struct, frozen=True):
    """A failure of our own: the file it happened in, the rules whose fixes took part, what happened."""

    path: str
    codes: tuple[str, ...]
    message: str


class LeftAlone(msgspec.Struct, frozen=True):
    """A file that was not touched, and the reason in a few words."""

    path: str
    reason: str


class FixOutcome(msgspec.Struct, frozen=True):
    """What became of the files, in memory until ``write`` puts it on disk.

    ``files`` holds those that change, by path. ``before`` and ``after`` are the diagnostics of every
    file. ``together`` names the groups of files that one fix changed at once: they are written all
    or none. ``rounds`` counts those in which something was changed.
    """

    files: Mapping[str, FileOutcome]
    faults: tuple[Fault, ...]
    left_alone: tuple[LeftAlone, ...]
    before: Mapping[str, tuple[Diagnostic, ...]]
    after: Mapping[str, tuple[Diagnostic, ...]]
    together: tuple[frozenset[str], ...]
    rounds: int

    @property
    def remaining(self) -> tuple[Diagnostic, ...]:
        """What is still to be reported, in its order."""
        return tuple(
            sorted((each for found in self.after.values() for each in found), key=lambda one: one.order)
        )

    @property
    def counts(self) -> dict[str, int]:
        """How many findings of each rule were mended, over all files, the most frequent first."""
        total: Counter[str] = Counter()
        for file in self.files.values():
            total.update(file.counts)
        return dict(sorted(total.items(), key=lambda item: (-item[1], item[0])))

    @property
    def mended(self) -> int:
        """How many findings were mended."""
        return sum(sum(file.counts.values()) for file in self.files.values())
