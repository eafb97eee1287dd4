"""What tasks come to: remembered, kept by an earlier run, or worked out now, in workers where that pays."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec

from wbcheck.engine.tasks import Subject, Task
from wbcheck.masking import may_hold_secret
from wbcheck.source import CODE, language_of

if TYPE_CHECKING:
    from wbcheck.engine.analysis import Analysis
    from wbcheck.engine.cache import Cache
    from wbcheck.engine.workers import Pool

PARALLEL_FROM = 8
PARALLEL_BYTES = 48 * 1024
"""With fewer files than this, and fewer bytes beside the largest, workers cost more than they save."""
AHEAD_BYTES = 16 * 1024
"""Files of fewer bytes are not begun with before it is known what others have to do with them."""
AHEAD_FILES = 8
"""With how many files a worker may begin: where there are more, most of them wait for nothing."""
REMEMBERED = 8
"""How many analyses of one file are remembered."""


class Analyses:
    """The analyses of tasks. As a task is all that an analysis depends on, none is done twice in a row.

    Of each file the last few are remembered: whoever types sends a new text for every character.
    ``jobs`` and ``progress`` are as in ``Request``; ``meanwhile`` is done once all workers have something to
    do. They stay until ``rest``.
    """

    def __init__(
        self,
        cache: Cache | None,
        jobs: int,
        progress: Callable[[int, int], None] | None,
        meanwhile: Callable[[], object],
    ) -> None:
        self._cache = cache
        self._jobs = jobs or _cores()
        self._progress = progress or (lambda done, total: None)
        self._meanwhile = meanwhile
        self._memory: dict[str, list[tuple[Task, Analysis]]] = {}
        self._pool: Pool | None = None
        self._ahead: list[Task] = []
        self._are_many = False

    def of(self, tasks: Sequence[Task]) -> list[Analysis]:
        """Analyses in the order of the tasks."""
        known = [self._remembered(task) for task in tasks]
        keys = [None if each else self._key(task) for task, each in zip(tasks, known, strict=True)]
        known = [each or self._kept(task, key) for task, key, each in zip(tasks, keys, known, strict=True)]
        missing = [index for index, each in enumerate(known) if each is None]
        fresh = dict(zip(missing, self._fresh([tasks[index] for index in missing]), strict=True))
        for index, (analysis, packed) in fresh.items():
            self._keep(tasks[index], keys[index], analysis, packed)
        found = [each or fresh[index][0] for index, each in enumerate(known)]
        for task, analysis in zip(tasks, found, strict=True):
            self._remember(task, analysis)
        return found

    def _remember(self, task: Task, analysis: Analysis) -> None:
        entries = self._memory.setdefault(task.subject.found.path, [])
        if all(old is not analysis for _, old in entries):
            entries.append((task, analysis))
            del entries[:-REMEMBERED]

    def _remembered(self, task: Task) -> Analysis | None:
        entries = self._memory.get(task.subject.found.path, ())
        wanted = (task.subject.data, task.context)
        return next((each for old, each in entries if (old.subject.data, old.context) == wanted), None)

    def _kept(self, task: Task, key: bytes | None) -> Analysis | None:
        """What an earlier run kept of the same file in the same surroundings."""
        data = self._cache.analysis(task.subject.found.path, key) if self._cache and key else None
        if data is None:
            return None
        from wbcheck.engine.analysis import unpack

        try:
            return unpack(data)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None

    def _keep(self, task: Task, key: bytes | None, analysis: Analysis, packed: bytes) -> None:
        is_whole = not any(problem.trace for problem in analysis.problems)
        if self._cache and key and packed and is_whole and not may_hold_secret(task.subject.data):
            self._cache.keep(task.subject.found.path, key, packed)

    def _key(self, task: Task) -> bytes | None:
        """What the cache knows a task by, if it can."""
        if self._cache is None:
            return None
        from wbcheck.engine.cache import key_of

        subject, settings = task.subject, task.subject.settings
        context = task.context or None
        return key_of(subject.found.path, subject.data, settings.extra_modules, settings.houses, context)

    def expect(self, subjects: Iterable[Subject]) -> None:
        """These files are going to be asked about: whoever has nothing to do may begin with them."""
        cold = [each for each in subjects if not self._knows(each.found.path)]
        sizes = [len(each.data) for each in cold]
        self._are_many = self._are_many or _are_many(sizes)
        cold = [
            each for each in cold if len(each.data) >= AHEAD_BYTES and language_of(each.found.path) in CODE
        ]
        cold.sort(key=lambda each: -len(each.data))
        self._ahead = [Task(each) for each in cold[: AHEAD_FILES * self._jobs]]

    def rest(self) -> None:
        """Let go of all workers: what is asked for next begins with new ones."""
        if self._pool is not None:
            self._pool.close()
        self._pool = None
        self._are_many = False

    def _knows(self, path: str) -> bool:
        return path in self._memory or (self._cache is not None and self._cache.knows(path))

    def _fresh(self, tasks: Sequence[Task]) -> list[tuple[Analysis, bytes]]:
        """Analyses worked out now, each with its packed form where there is one already or a use for it."""
        from wbcheck.engine.analysis import pack

        found: dict[int, tuple[Analysis, bytes]] = {}
        if tasks and self._may_fork(tasks):
            for index, analysis, packed in self._forked(tasks):
                found[index] = analysis, packed
                self._progress(len(found), len(tasks))
        for index, task in enumerate(tasks):
            if index not in found:
                analysis = analyse_task(task)
                found[index] = analysis, pack(analysis) if self._cache else b""
                self._progress(len(found), len(tasks))
        return [found[index] for index in range(len(tasks))]

    def _may_fork(self, tasks: Sequence[Task]) -> bool:
        from wbcheck.engine.workers import can_fork

        if self._pool is not None:
            return True
        many = self._are_many or _are_many([len(task.subject.data) for task in tasks])
        return self._jobs > 1 and many and can_fork()

    def _forked(self, tasks: Sequence[Task]) -> Iterable[tuple[int, Analysis, bytes]]:
        """What workers find, as far as the system has processes and pipes for them."""
        from wbcheck.engine.analysis import Analysis, Problem, unpack
        from wbcheck.engine.desk import order

        try:
            if self._pool is None:
                self._pool = self._new_pool(tasks)
            for index, packed in self._pool.answers([order(task) for task in tasks], self._meanwhile):
                if packed is None:
                    yield index, Analysis(None, (Problem("the parser crashed on this file"),)), b""
                else:
                    yield index, unpack(packed), packed
        except (OSError, UnicodeEncodeError):
            self.rest()

    def _new_pool(self, tasks: Sequence[Task]) -> Pool:
        from wbcheck.engine.desk import Desk, order
        from wbcheck.engine.workers import Pool

        if any(language_of(task.subject.found.path) in CODE for task in tasks):
            from wbcheck.syntax import build  # noqa: F401 - once, here, and not in every worker
        ahead, self._ahead = [order(task, ahead=True) for task in self._ahead], []
        return Pool(Desk().work, self._jobs, ahead)


def _are_many(sizes: Sequence[int]) -> bool:
    """Whether files of these sizes are worth workers."""
    return len(sizes) >= PARALLEL_FROM or sum(sizes) - max(sizes, default=0) >= PARALLEL_BYTES


def analyse_task(task: Task) -> Analysis:
    """What a task comes to. Never raises."""
    from wbcheck.engine.analysis import analyse
    from wbcheck.model.exports import Context

    subject, settings = task.subject, task.subject.settings
    known = (settings.extra_modules, settings.houses)
    return analyse(subject.found.path, subject.data, *known, task.context or Context())


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
