"""What tasks come to: remembered, kept by an earlier run, or worked out now, in workers where that pays."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec

from wbcheck.masking import may_hold_secret
from wbcheck.source import CODE, language_of
from wbcheck.tasks import Task

if TYPE_CHECKING:
    from wbcheck.analysis import Analysis
    from wbcheck.cache import Cache

PARALLEL_FROM = 8
PARALLEL_BYTES = 48 * 1024
"""With fewer files than this, and fewer bytes beside the largest, workers cost more than they save."""


class Analyses:
    """The analyses of tasks. As a task is all that an analysis depends on, none is done twice.

    ``jobs`` and ``progress`` are as in ``Request``; ``meanwhile`` is done once while workers are at it.
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

    def of(self, tasks: Sequence[Task]) -> list[Analysis]:
        """Analyses in the order of the tasks."""
        keys = [self._key(task) for task in tasks]
        known = [
            self._remembered(task) or self._kept(task, key) for task, key in zip(tasks, keys, strict=True)
        ]
        missing = [index for index, each in enumerate(known) if each is None]
        fresh = dict(zip(missing, self._fresh([tasks[index] for index in missing]), strict=True))
        for index, (analysis, packed) in fresh.items():
            self._keep(tasks[index], keys[index], analysis, packed)
            self._memory.setdefault(tasks[index].subject.found.path, []).append((tasks[index], analysis))
        return [each or fresh[index][0] for index, each in enumerate(known)]

    def _remembered(self, task: Task) -> Analysis | None:
        entries = self._memory.get(task.subject.found.path, ())
        wanted = (task.subject.data, task.context)
        return next((each for old, each in entries if (old.subject.data, old.context) == wanted), None)

    def _kept(self, task: Task, key: bytes | None) -> Analysis | None:
        """What an earlier run kept of the same file in the same surroundings."""
        data = self._cache.analysis(task.subject.found.path, key) if self._cache and key else None
        if data is None:
            return None
        from wbcheck.analysis import unpack

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
        from wbcheck.cache import key_of

        subject, settings = task.subject, task.subject.settings
        context = task.context or None
        return key_of(subject.found.path, subject.data, settings.extra_modules, settings.houses, context)

    def _fresh(self, tasks: Sequence[Task]) -> list[tuple[Analysis, bytes]]:
        """Analyses worked out now, each with its packed form where there is one already or a use for it."""
        if not tasks:
            return []
        from wbcheck.analysis import pack
        from wbcheck.workers import can_fork

        sizes = [len(task.subject.data) for task in tasks]
        few = len(tasks) < PARALLEL_FROM and sum(sizes) - max(sizes) < PARALLEL_BYTES
        found: dict[int, tuple[Analysis, bytes]] = {}
        if self._jobs > 1 and not few and can_fork():
            if any(language_of(task.subject.found.path) in CODE for task in tasks):
                from wbcheck.syntax import build  # noqa: F401 - once, here, and not in every worker
            for index, analysis, packed in self._forked(tasks, sizes):
                found[index] = analysis, packed
                self._progress(len(found), len(tasks))
        for index, task in enumerate(tasks):
            if index not in found:
                analysis = analyse_task(task)
                found[index] = analysis, pack(analysis) if self._cache else b""
                self._progress(len(found), len(tasks))
        return [found[index] for index in range(len(tasks))]

    def _forked(self, tasks: Sequence[Task], sizes: Sequence[int]) -> Iterable[tuple[int, Analysis, bytes]]:
        """What workers find, as far as the system has processes and pipes for them."""
        from wbcheck.analysis import Analysis, Problem, pack, unpack
        from wbcheck.workers import forked

        def work(index: int) -> bytes:
            return pack(analyse_task(tasks[index]))

        try:
            for index, packed in forked(sizes, work, self._jobs, meanwhile=self._meanwhile):
                if packed is None:
                    yield index, Analysis(None, (Problem("the parser crashed on this file"),)), b""
                else:
                    yield index, unpack(packed), packed
        except OSError:
            pass


def analyse_task(task: Task) -> Analysis:
    """What a task comes to. Never raises."""
    from wbcheck.analysis import analyse

    subject, settings = task.subject, task.subject.settings
    known = (settings.extra_modules, settings.houses)
    return analyse(subject.found.path, subject.data, *known, *((task.context,) if task.context else ()))


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
