"""Fixing in memory: rounds of non-competing fixes, each checked, until nothing changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from wbcheck.diagnostic import Diagnostic
from wbcheck.fixes.outcome import Fault, FileOutcome, FixOutcome, LeftAlone
from wbcheck.fixes.plan import Plan, plan, targets
from wbcheck.source.unit import SourceError, Unit

ROUNDS = 20
"""After so many rounds fixes are taken to chase each other, which is our mistake."""


def mend(
    diagnostics: Iterable[Diagnostic],
    *,
    units: Callable[[str], Unit | None],
    allowed: Callable[[Diagnostic], bool],
    recheck: Callable[[str, bytes], Sequence[Diagnostic]],
    parses: Callable[[str, bytes], bool],
    read: Callable[[str, bytes], Unit],
    refusal: Callable[[str, bytes], str | None] = lambda path, data: None,
    limit: int = ROUNDS,
) -> FixOutcome:
    """Apply what ``allowed`` lets through, again and again, and say what came of it; nothing is written.

    ``diagnostics`` are all findings of the text as ``units`` holds it (by path). ``recheck`` gives a
    file's findings for new bytes, ``parses`` whether they still are what they were, ``read`` makes
    the new unit of them. ``refusal`` says why a file must be left alone, given the bytes it had when
    it was read. A file that a fix breaks goes back to where it was before that round, one whose
    fixes do not come to rest within ``limit`` rounds to where it was at the start; with it go the
    files that the same fixes changed. Either is a fault of ours, and the file is done with.
    """
    work = _Work(diagnostics, units, recheck, read, refusal)
    rounds = 0
    while True:
        work.inspect(diagnostic for diagnostic in work.all() if allowed(diagnostic))
        chosen = plan(work.all(), lambda each: allowed(each) and not targets(each) & work.closed)
        if not chosen.edits:
            break
        if rounds == limit:
            work.give_up(chosen, limit)
            continue
        rounds += _round(chosen, work, parses)
    return work.outcome(rounds)


def _round(chosen: Plan, work: _Work, parses: Callable[[str, bytes], bool]) -> bool:
    """Apply one plan, each group of files that hang together on its own; whether anything changed."""
    changed: list[str] = []
    for group in _groups(targets(each) for each in chosen.mended):
        mended = [each for each in chosen.mended if targets(each) & group]
        codes = tuple(sorted({each.code for each in mended}))
        try:
            new = {path: work.units[path].apply(chosen.edits[path]) for path in sorted(group)}
        except SourceError as error:
            work.close(group, codes, f"a fix cannot be written: {error.message}")
            continue
        broken = next((path for path, data in new.items() if not parses(path, data)), None)
        if broken is not None:
            work.close(group, codes, f"a fix left {broken} unreadable and was undone")
        elif all(data == work.data[path] for path, data in new.items()):
            work.close(group, codes, "a fix changed nothing")
        else:
            work.take(new, mended)
            changed += new
    work.refresh(changed)
    return bool(changed)


def _groups(sets: Iterable[frozenset[str]]) -> list[frozenset[str]]:
    """Sets of paths, joined where they share one."""
    groups: list[frozenset[str]] = []
    for each in dict.fromkeys(sets):
        apart = [group for group in groups if not group & each]
        joined = each.union(*(group for group in groups if group & each))
        groups = [*apart, joined]
    return sorted(groups, key=min)


class _Work:
    """The files as they are after the rounds so far."""

    def __init__(
        self,
        diagnostics: Iterable[Diagnostic],
        units: Callable[[str], Unit | None],
        recheck: Callable[[str, bytes], Sequence[Diagnostic]],
        read: Callable[[str, bytes], Unit],
        refusal: Callable[[str, bytes], str | None],
    ) -> None:
        self.units: dict[str, Unit] = {}
        self.data: dict[str, bytes] = {}
        self.closed: set[str] = set()
        self._original: dict[str, bytes] = {}
        self._sources, self._recheck, self._read, self._refusal = units, recheck, read, refusal
        self._found: dict[str, tuple[Diagnostic, ...]] = {}
        self._counts: dict[str, Counter[str]] = {}
        self._together: list[frozenset[str]] = []
        self._faults: list[Fault] = []
        self._left: dict[str, str] = {}
        for each in diagnostics:
            self._found[each.path] = (*self._found.get(each.path, ()), each)
        self._before = dict(self._found)

    def all(self) -> list[Diagnostic]:
        """Every finding of the text as it is now."""
        return [each for found in self._found.values() for each in found]

    def inspect(self, wanted: Iterable[Diagnostic]) -> None:
        """Look once at each file that a fix would change, and close those that must be left alone."""
        paths = {path for each in wanted for path in targets(each)}
        for path in sorted(paths - self.units.keys() - self.closed):
            unit = self._sources(path)
            if unit is None:
                reason: str | None = "cannot be read"
            else:
                self.units[path] = unit
                self.data[path] = self._original[path] = unit.apply(())
                reason = self._refusal(path, self._original[path])
            if reason is not None:
                self._left[path] = reason
                self.closed.add(path)

    def take(self, new: dict[str, bytes], mended: list[Diagnostic]) -> None:
        """Put new bytes in place of the old."""
        if len(new) > 1:
            self._together.append(frozenset(new))
        for path, data in new.items():
            self.data[path] = data
        for each in mended:
            self._counts.setdefault(each.path, Counter())[each.code] += 1

    def refresh(self, changed: Sequence[str]) -> None:
        """Check changed files anew, and those whose fixes point into one: their offsets are void."""
        stale = set(changed)
        for path in changed:
            self.units[path] = self._read(path, self.data[path])
        for path, found in self._found.items():
            if any(targets(each) & stale for each in found):
                stale = stale | {path}
        for path in sorted(stale):
            data = self.data.get(path)
            if data is None:
                unit = self._sources(path)
                data = unit.apply(()) if unit is not None else None
            self._found[path] = () if data is None else tuple(self._recheck(path, data))

    def close(self, group: Iterable[str], codes: tuple[str, ...], message: str) -> None:
        """Be done with some files: our own mistake keeps them from being fixed further."""
        self._faults += (Fault(path, codes, message) for path in sorted(group))
        self.closed.update(group)

    def give_up(self, chosen: Plan, limit: int) -> None:
        """Put files whose fixes do not come to rest back to where they were, with all that hangs on them."""
        moving = frozenset(chosen.edits)
        for group in _groups([*self._together, *(targets(each) for each in chosen.mended)]):
            if group & moving:
                codes = tuple(sorted({each.code for each in chosen.mended if targets(each) & group}))
                self.close(group, codes, f"fixes did not come to rest in {limit} rounds and were undone")
                for path in group & self._original.keys():
                    self.data[path] = self._original[path]
                    self._counts.pop(path, None)
                self.refresh(sorted(group & self._original.keys()))

    def outcome(self, rounds: int) -> FixOutcome:
        """All of it, for the caller."""
        files = {
            path: FileOutcome(path, self._original[path], data, dict(self._counts.get(path, ())))
            for path, data in sorted(self.data.items())
            if data != self._original[path]
        }
        return FixOutcome(
            files=files,
            faults=tuple(self._faults),
            left_alone=tuple(LeftAlone(path, reason) for path, reason in sorted(self._left.items())),
            before=self._before,
            after=self._found,
            together=tuple(group for group in _groups(self._together) if group & files.keys()),
            rounds=rounds,
        )
