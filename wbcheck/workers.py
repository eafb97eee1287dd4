"""Work spread over forked processes, each result sent back as soon as it is there.

A worker may die (a parser written in C can take its process along). Then only the task it
was at is lost: a new worker takes its place.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import NoReturn

_HEADER = 8


def can_fork() -> bool:
    """Whether forking is possible and safe here: not on Windows, not beside other threads."""
    return hasattr(os, "fork") and sys.platform != "win32" and threading.active_count() == 1


def forked(
    sizes: Sequence[int],
    work: Callable[[int], bytes],
    jobs: int,
    meanwhile: Callable[[], object] = lambda: None,
) -> Iterator[tuple[int, bytes | None]]:
    """``(task, work(task))`` for each task ``0..len(sizes)``, in the order of completion.

    ``None`` stands for a task whose worker died. ``sizes`` are the tasks' relative costs: the most costly
    begin first, and whoever is done takes the next, since a size only hints at what a task costs.
    ``work`` runs in a fork of this process and must not raise; ``meanwhile`` is called here once all workers
    have something to do, and what it raises ends them.
    """
    import selectors

    waiting = sorted(range(len(sizes)), key=lambda task: (sizes[task], -task))
    with selectors.DefaultSelector() as selector:
        workers: set[_Worker] = set()

        def start() -> None:
            with _undisturbed():
                worker = _Worker(waiting.pop(), work, workers)
                workers.add(worker)
                selector.register(worker.results, selectors.EVENT_READ, worker)

        try:
            while waiting and len(workers) < jobs:
                start()
            meanwhile()
            while workers:
                for key, _ in selector.select():
                    worker: _Worker = key.data
                    if worker.receive():
                        result = worker.result()
                        if result is not None:
                            done = worker.task
                            worker.begin(waiting.pop() if waiting else None)
                            yield done, result
                        continue
                    selector.unregister(worker.results)
                    workers.discard(worker)
                    worker.close()
                    if not worker.is_done:
                        yield worker.task, None
                        if waiting:
                            start()
        finally:
            for worker in workers:
                worker.kill()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Ctrl-C waits: a process that is interrupted while it comes to be says so in its own way, or is lost."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Worker:
    """A child, the task that it is at, and the two pipes between us: tasks go in, results come out."""

    def __init__(self, task: int, work: Callable[[int], bytes], others: Iterable[_Worker]) -> None:
        self.is_done = False
        tasks, self._tasks = os.pipe()
        self.results, results = os.pipe()
        self._received = bytearray()
        self.begin(task)
        self.process = os.fork()
        if self.process == 0:
            for worker in (self, *others):
                worker.leave()
            _serve(work, tasks, results)
        os.close(tasks)
        os.close(results)

    def begin(self, task: int | None) -> None:
        """Hand over the next task; ``None`` lets the child end."""
        if task is None:
            self.is_done = True
            os.close(self._tasks)
            return
        self.task = task
        # One that has died since is noticed when its results end.
        with suppress(BrokenPipeError):
            os.write(self._tasks, task.to_bytes(_HEADER, "little"))

    def receive(self) -> bool:
        """Take what has come; whether more may come."""
        data = os.read(self.results, 1 << 18)
        self._received += data
        return bool(data)

    def result(self) -> bytes | None:
        """The result of its task, once it has come whole."""
        end = _HEADER + int.from_bytes(self._received[:_HEADER], "little")
        if len(self._received) < max(end, _HEADER):
            return None
        result = bytes(self._received[_HEADER:end])
        self._received.clear()
        return result

    def leave(self) -> None:
        """Let go of the pipes."""
        os.close(self.results)
        if not self.is_done:
            os.close(self._tasks)

    def close(self) -> None:
        self.leave()
        os.waitpid(self.process, 0)

    def kill(self) -> None:
        os.kill(self.process, signal.SIGKILL)
        self.close()


def _serve(work: Callable[[int], bytes], tasks: int, results: int) -> NoReturn:
    """The child's life. It leaves without running what the parent has registered for its own end."""
    status = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        while task := os.read(tasks, _HEADER):
            result = work(int.from_bytes(task, "little"))
            rest = memoryview(len(result).to_bytes(_HEADER, "little") + result)
            while rest:
                rest = rest[os.write(results, rest) :]
        status = 0
    finally:
        os._exit(status)
