"""Fixing in memory: rounds of non-competing fixes, each checked, until nothing changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from wbcheck.diagnostic import Diagnostic, by_file
from wbcheck.fixes.outcome import Fault, FileOutcome, FixOutcome, LeftAlone
from wbcheck.fixes.plan import Change, Plan, plan, targets
from wbcheck.source.unit import SourceError, Unit

ROUNDS = 20
"""After so many rounds that leave as much to mend as there was, fixes are taken to chase each other: our
mistake. Fixes that only wait for each other become fewer with every round.
"""


def mend(
    diagnostics: Iterable[Diagnostic],
    *,
    units: Callable[[str], Unit | None],
    allowed: Callable[[Diagnostic], bool],
    recheck: Callable[[Mapping[str, bytes]], Iterable[Diagnostic]],
    parses: Callable[[str, bytes], bool],
    read: Callable[[str, bytes], Unit],
    refusal: Callable[[str, bytes], str | None] = lambda path, data: None,
    limit: int = ROUNDS,
) -> FixOutcome:
    """Apply what ``allowed`` lets through, again and again, and say what came of it; nothing is written.

    ``diagnostics`` are all findings of the text as ``units`` holds it (by path). ``recheck`` takes the new
    bytes of the files that a round changed and gives all findings of all files: what is said of one
    may hang on another. ``parses`` says whether new bytes still are what they were, ``read`` makes the
    new unit of them. ``refusal`` says why a file must be left alone, given the bytes it had when
    it was read. A file that a fix breaks goes back to where it was before that round, and the rule
    whose fix it was mends nothing in it any more. One in which fixes go on for ``limit`` rounds without
    becoming fewer goes back to where it was at the start and is done with. With it go the files
    that the same fixes changed. Either is a fault of ours.
    """
    work = _Work(diagnostics, units, recheck, read, refusal)
    rounds = stale = 0
    fewest: int | None = None
    while True:
        work.inspect(diagnostic for diagnostic in work.all() if allowed(diagnostic))
        chosen = plan(work.all(), lambda each: allowed(each) and work.is_open(each))
        if not chosen.edits:
            break
        left = len(chosen.mended) + len(chosen.waiting)
        if fewest is None or left < fewest:
            fewest, stale = left, 0
        if stale == limit:
            work.give_up(chosen, limit)
            fewest = None
            continue
        changed = _round(chosen, work, parses)
        rounds += changed
        stale += changed
    return work.outcome(rounds)


def _round(chosen: Plan, work: _Work, parses: Callable[[str, bytes], bool]) -> bool:
    """Apply one plan, each group of files that hang together on its own; whether anything changed."""
    changed: list[str] = []
    mended_in: dict[str, list[Diagnostic]] = {}
    for each in chosen.mended:
        mended_in.setdefault(min(targets(each)), []).append(each)
    for group in _groups(targets(each) for each in chosen.mended):
        mended = [each for path in sorted(group) for each in mended_in.get(path, ())]
        try:
            new = _applied({path: chosen.edits[path] for path in group}, work, parses)
        except _FailedFix as failure:
            work.bar(group, mended, _culprits(mended, work, parses), str(failure))
        else:
            work.take(new, mended)
            changed += new
    work.refresh(changed)
    return bool(changed)


class _FailedFix(Exception):
    """Why a set of edits cannot be kept."""


def _applied(
    edits: dict[str, tuple[Change, ...]], work: _Work, parses: Callable[[str, bytes], bool]
) -> dict[str, bytes]:
    """The new bytes of each file.

    Raises ``_FailedFix`` where they cannot be had, do not parse or are the old ones.
    """
    try:
        new = {path: work.units[path].apply(changes) for path, changes in sorted(edits.items())}
    except SourceError as error:
        raise _FailedFix(f"a fix cannot be written: {error.message}") from None
    if all(data == work.data[path] for path, data in new.items()):
        raise _FailedFix("a fix changed nothing")
    for path, data in new.items():
        if not parses(path, data):
            raise _FailedFix(f"a fix left {path} unreadable and was undone")
    return new


def _culprits(
    mended: Sequence[Diagnostic], work: _Work, parses: Callable[[str, bytes], bool]
) -> frozenset[str]:
    """The rules whose fixes fail by themselves."""
    guilty = set()
    for each in mended:
        try:
            _applied(plan([each], lambda _: True).edits, work, parses)
        except _FailedFix:
            guilty.add(each.code)
    return frozenset(guilty)


def _groups(sets: Iterable[frozenset[str]]) -> list[frozenset[str]]:
    """Sets of paths, joined where they share one, in the order of their first paths."""
    home: dict[str, frozenset[str]] = {}
    for each in dict.fromkeys(sets):
        joined = each.union(*(home[path] for path in each if path in home))
        home.update(dict.fromkeys(joined, joined))
    return sorted(set(home.values()), key=min)


class _Work:
    """The files as they are after the rounds so far."""

    def __init__(
        self,
        diagnostics: Iterable[Diagnostic],
        units: Callable[[str], Unit | None],
        recheck: Callable[[Mapping[str, bytes]], Iterable[Diagnostic]],
        read: Callable[[str, bytes], Unit],
        refusal: Callable[[str, bytes], str | None],
    ) -> None:
        self.units: dict[str, Unit] = {}
        self.data: dict[str, bytes] = {}
        self._closed: set[str] = set()
        self._barred: set[tuple[str, str]] = set()
        self._original: dict[str, bytes] = {}
        self._sources, self._recheck, self._read, self._refusal = units, recheck, read, refusal
        self._counts: dict[str, Counter[str]] = {}
        self._together: list[frozenset[str]] = []
        self._faults: list[Fault] = []
        self._left: dict[str, str] = {}
        self._before = self._found = by_file(diagnostics)

    def all(self) -> list[Diagnostic]:
        """Every finding of the text as it is now."""
        return [each for found in self._found.values() for each in found]

    def is_open(self, diagnostic: Diagnostic) -> bool:
        """Whether nothing that has come up forbids to apply a finding's fix."""
        barred = (diagnostic.path, diagnostic.code) in self._barred
        return not barred and not targets(diagnostic) & self._closed

    def inspect(self, wanted: Iterable[Diagnostic]) -> None:
        """Look once at each file that a fix would change, and close those that must be left alone."""
        paths = {path for each in wanted for path in targets(each)}
        for path in sorted(paths - self.units.keys() - self._closed):
            unit = self._sources(path)
            if unit is None:
                reason: str | None = "cannot be read"
            else:
                self.units[path] = unit
                self.data[path] = self._original[path] = unit.apply(())
                reason = self._refusal(path, self._original[path])
            if reason is not None:
                self._left[path] = reason
                self._closed.add(path)

    def take(self, new: dict[str, bytes], mended: list[Diagnostic]) -> None:
        """Put new bytes in place of the old."""
        if len(new) > 1:
            self._together.append(frozenset(new))
        for path, data in new.items():
            self.data[path] = data
        for each in mended:
            home = each.path if each.path in new else min(targets(each))
            self._counts.setdefault(home, Counter())[each.code] += 1

    def refresh(self, changed: Sequence[str]) -> None:
        """Read changed files again, and check all of them anew."""
        for path in changed:
            self.units[path] = self._read(path, self.data[path])
        if changed:
            self._found = by_file(self._recheck({path: self.data[path] for path in changed}))

    def bar(
        self, group: frozenset[str], mended: Sequence[Diagnostic], guilty: frozenset[str], message: str
    ) -> None:
        """Apply no more fixes of the ``guilty`` rules here; where only several together fail, none at all."""
        codes = guilty or frozenset(each.code for each in mended)
        self._faults += (Fault(path, tuple(sorted(codes)), message) for path in sorted(group))
        if guilty:
            self._barred.update((each.path, each.code) for each in mended if each.code in guilty)
        else:
            self._closed.update(group)

    def give_up(self, chosen: Plan, limit: int) -> None:
        """Put files whose fixes do not come to rest back to where they were, with all that hangs on them."""
        moving = frozenset(chosen.edits)
        for group in _groups([*self._together, *(targets(each) for each in chosen.mended)]):
            if group & moving:
                mended = [each for each in chosen.mended if targets(each) & group]
                message = f"fixes chased each other for {limit} rounds and were undone"
                self.bar(group, mended, frozenset(), message)
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
