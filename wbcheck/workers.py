"""Work spread over forked processes, each result sent back as soon as it is there.

A worker may die (a parser written in C can take its process along). Then only the task it
was at is lost: the tasks it had not begun go to a new worker.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn

_HEADER = 8


def can_fork() -> bool:
    """Whether forking is possible and safe here: not on Windows, not beside other threads."""
    return hasattr(os, "fork") and sys.platform != "win32" and threading.active_count() == 1


def forked(
    sizes: Sequence[int], work: Callable[[int], bytes], jobs: int
) -> Iterator[tuple[int, bytes | None]]:
    """``(task, work(task))`` for each task ``0..len(sizes)``, in the order of completion.

    ``None`` stands for a task whose worker died. ``sizes`` are the tasks' relative costs; the
    most costly begin first. ``work`` runs in a fork of this process and must not raise.
    """
    import selectors

    with selectors.DefaultSelector() as selector:
        workers: set[_Worker] = set()

        def start(tasks: list[int]) -> None:
            with _undisturbed():
                worker = _Worker(tasks, work, [other.pipe for other in workers])
                workers.add(worker)
                selector.register(worker.pipe, selectors.EVENT_READ, worker)

        try:
            for share in _shares(sizes, jobs):
                start(share)
            while workers:
                for key, _ in selector.select():
                    worker: _Worker = key.data
                    is_open = worker.receive()
                    yield from worker.results()
                    if is_open:
                        continue
                    selector.unregister(worker.pipe)
                    workers.discard(worker)
                    worker.close()
                    if worker.tasks:
                        lost, *rest = worker.tasks
                        yield lost, None
                        if rest:
                            start(rest)
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


def _shares(sizes: Sequence[int], jobs: int) -> list[list[int]]:
    """The tasks, the most costly first, each given to whoever has least to do."""
    shares: list[list[int]] = [[] for _ in range(max(1, min(jobs, len(sizes))))]
    loads = [0] * len(shares)
    for task in sorted(range(len(sizes)), key=lambda task: (-sizes[task], task)):
        least = loads.index(min(loads))
        shares[least].append(task)
        loads[least] += sizes[task] + 1
    return [share for share in shares if share]


class _Worker:
    def __init__(self, tasks: list[int], work: Callable[[int], bytes], others: list[int]) -> None:
        self.tasks = list(tasks)
        self.pipe, writing = os.pipe()
        self._received = bytearray()
        self.process = os.fork()
        if self.process == 0:
            for pipe in (self.pipe, *others):
                os.close(pipe)
            _serve(tasks, work, writing)
        os.close(writing)

    def receive(self) -> bool:
        """Take what has come; whether more may come."""
        data = os.read(self.pipe, 1 << 18)
        self._received += data
        return bool(data)

    def results(self) -> Iterator[tuple[int, bytes]]:
        """The results that have come whole."""
        while len(self._received) >= _HEADER:
            end = _HEADER + int.from_bytes(self._received[:_HEADER], "little")
            if len(self._received) < end:
                return
            result = bytes(self._received[_HEADER:end])
            del self._received[:end]
            yield self.tasks.pop(0), result

    def close(self) -> None:
        os.close(self.pipe)
        os.waitpid(self.process, 0)

    def kill(self) -> None:
        os.kill(self.process, signal.SIGKILL)
        self.close()


def _serve(tasks: list[int], work: Callable[[int], bytes], writing: int) -> NoReturn:
    """The child's life. It leaves without running what the parent has registered for its own end."""
    status = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        for task in tasks:
            result = work(task)
            rest = memoryview(len(result).to_bytes(_HEADER, "little") + result)
            while rest:
                rest = rest[os.write(writing, rest) :]
        status = 0
    finally:
        os._exit(status)
