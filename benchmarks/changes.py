"""What differs between the findings of two revisions."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from revisions import Finding, Result


@dataclass(frozen=True)
class Change:
    """A finding that came (no ``before``), went (no ``after``), or stayed on its line and reads otherwise."""

    before: Finding | None
    after: Finding | None

    @property
    def finding(self) -> Finding:
        """The finding as it is now, or as it last was."""
        found = self.after or self.before
        assert found is not None
        return found

    @property
    def sign(self) -> str:
        """``+``, ``-`` or ``~``."""
        if self.before is None:
            return "+"
        return "-" if self.after is None else "~"

    def differences(self) -> list[tuple[str, str, str]]:
        """Of one that reads otherwise: (what, was, is) for everything that differs."""
        if self.before is None or self.after is None:
            return []
        old, new = self.before, self.after
        pairs = [
            ("message", old.message, new.message),
            ("severity", old.severity, new.severity),
            ("name", old.name, new.name),
            ("columns", columns(old), columns(new)),
            ("fix", old.fix or "none", new.fix or "none"),
        ]
        found = [pair for pair in pairs if pair[1] != pair[2]]
        if not found:
            found = [("fix's edits", old.edits, new.edits)]
        return found


@dataclass(frozen=True)
class Comparison:
    """All changes in order, how many findings each rule had and has, and the results compared."""

    changes: tuple[Change, ...]
    before: Counter[str]
    after: Counter[str]
    base: Mapping[str, Result]
    head: Mapping[str, Result]

    def by_rule(self) -> dict[str, list[Change]]:
        """The changes of each rule that has any, by code."""
        grouped: dict[str, list[Change]] = defaultdict(list)
        for change in self.changes:
            grouped[change.finding.code].append(change)
        return dict(grouped)


def columns(finding: Finding) -> str:
    """The stretch of a finding within its lines, readable."""
    end = f"{finding.end_row}:" if finding.end_row != finding.row else ""
    return f"{finding.column}–{end}{finding.end_column}"


def compare(base: Mapping[str, Result], head: Mapping[str, Result]) -> Comparison:
    """The changes from ``base`` to ``head`` (results by folder).

    A folder that either revision could not check at all is left out: its findings neither came nor went.
    """
    both = [name for name in head if readable(base[name]) and readable(head[name])]
    old = Counter(finding for name in both for finding in base[name].findings)
    new = Counter(finding for name in both for finding in head[name].findings)
    gone, come = sorted((old - new).elements()), sorted((new - old).elements())
    before = Counter(finding.code for finding in old.elements())
    after = Counter(finding.code for finding in new.elements())
    return Comparison(tuple(pair(gone, come)), before, after, base, head)


def readable(result: Result) -> bool:
    """Whether the revision gave findings, or had none to give."""
    return bool(result.findings) or not result.trouble


def pair(gone: Iterable[Finding], come: Iterable[Finding]) -> list[Change]:
    """Changes, where one that went and one that came at the same place are the same finding."""
    waiting: dict[tuple[str, str, str, int, int], list[Finding]] = defaultdict(list)
    for finding in gone:
        waiting[finding.place].append(finding)
    changes = []
    for finding in come:
        same = waiting[finding.place]
        changes.append(Change(same.pop(0) if same else None, finding))
    changes += [Change(finding, None) for left in waiting.values() for finding in left]
    return sorted(changes, key=lambda change: change.finding)
