"""Forked processes that work on what they are sent, each result sent back as soon as it is there.

A worker may die (a parser written in C can take its process along). Then only what it was at is lost: a new
worker takes its place.
"""

from __future__ import annotations

import os
import selectors
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import NamedTuple, NoReturn

_HEADER = 8


class Order(NamedTuple):
    """Something to work on: what is sent, what it costs beside others, and what it is about.

    Who has prepared something about ``subject`` is the one who gets the order about it.
    """

    data: bytes
    size: int
    subject: str = ""


def can_fork() -> bool:
    """Whether forking is possible and safe here: not on Windows, not beside other threads."""
    return hasattr(os, "fork") and sys.platform != "win32" and threading.active_count() == 1


class Pool:
    """Up to ``jobs`` processes, forked when they are needed, until it is closed.

    ``work`` runs in them: it gets what is sent, gives what is sent back, and must not raise. ``ahead`` are
    orders to prepare for others that are still to come, the first first: whoever has nothing else to do takes
    one, and what comes of it is not sent back.
    """

    def __init__(self, work: Callable[[bytes], bytes], jobs: int, ahead: Iterable[Order] = ()) -> None:
        self._ahead = list(ahead)
        self._work = work
        self._jobs = jobs
        self._workers: list[_Worker] = []
        self._selector = selectors.DefaultSelector()

    def answers(
        self, orders: Sequence[Order], meanwhile: Callable[[], object] = lambda: None
    ) -> Iterator[tuple[int, bytes | None]]:
        """``(index, work(order.data))`` for each order, in the order of completion.

        ``None`` stands for one whose worker died. The most costly begin first, and whoever is done takes the
        next, since a size only hints at what an order costs. ``meanwhile`` is called here once all workers
        have something to do. Raises ``OSError`` where the system has no more processes or pipes.
        """
        subjects = {order.subject for order in orders}
        self._ahead = [each for each in self._ahead if each.subject not in subjects]
        waiting = sorted(range(len(orders)), key=lambda index: (orders[index].size, -index))
        open_ = set(waiting)
        self._bury()
        self._deal(orders, waiting)
        meanwhile()
        while open_:
            for key, _ in self._selector.select():
                worker: _Worker = key.data
                index, result = worker.at, worker.receive()
                if result is None and not worker.is_dead:
                    continue
                if worker.is_dead:
                    self._dismiss(worker)
                if index is not None:
                    open_.discard(index)
                    yield index, result
            self._deal(orders, waiting)

    def close(self) -> None:
        """End all workers, whatever they are at."""
        while self._workers:
            worker = self._workers[-1]
            worker.kill()
            self._dismiss(worker)

    def _deal(self, orders: Sequence[Order], waiting: list[int]) -> None:
        """Give everybody something to do who has nothing."""
        while len(self._workers) < self._jobs and len(self._idle()) < len(waiting) + len(self._ahead):
            with _undisturbed():
                worker = _Worker(self._work, self._workers)
                self._workers.append(worker)
                self._selector.register(worker.results, selectors.EVENT_READ, worker)
        for worker in self._idle():
            place = self._place_for(worker, orders, waiting)
            if place is not None:
                index = waiting.pop(place)
                worker.prepared.discard(orders[index].subject)
                worker.begin(orders[index].data, index)
            elif self._ahead and not worker.prepared:
                order = self._ahead.pop(0)
                worker.prepared.add(order.subject)
                worker.begin(order.data, None)

    def _place_for(self, worker: _Worker, orders: Sequence[Order], waiting: list[int]) -> int | None:
        """Where among the orders that wait a worker's next one stands: its own, else the most costly one."""
        others = {subject for each in self._workers if each is not worker for subject in each.prepared}
        places = range(len(waiting) - 1, -1, -1)

        def last(fits: Callable[[str], bool]) -> int | None:
            return next((place for place in places if fits(orders[waiting[place]].subject)), None)

        own = last(lambda subject: subject in worker.prepared) if worker.prepared else None
        return last(lambda subject: subject not in others) if own is None else own

    def _bury(self) -> None:
        """Let go of the workers that have died while they had nothing to do."""
        for key, _ in self._selector.select(0):
            if not key.data.is_busy:
                self._dismiss(key.data)

    def _idle(self) -> list[_Worker]:
        return [worker for worker in self._workers if not worker.is_busy]

    def _dismiss(self, worker: _Worker) -> None:
        self._selector.unregister(worker.results)
        self._workers.remove(worker)
        worker.close()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Ctrl-C waits: a process that is interrupted while it comes to be says so in its own way, or is lost."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Worker:
    """A child, what it is at and has prepared, and two pipes between us: orders go in, results come out."""

    def __init__(self, work: Callable[[bytes], bytes], others: Iterable[_Worker]) -> None:
        self.at: int | None = None
        self.is_busy = False
        self.is_dead = False
        self.prepared: set[str] = set()
        self._received = bytearray()
        pipes: list[int] = []
        try:
            for _ in range(2):
                pipes += os.pipe()
            self.process = os.fork()
        except OSError:
            for end in pipes:
                os.close(end)
            raise
        orders, self._orders, self.results, results = pipes
        if self.process == 0:
            for worker in (self, *others):
                worker.leave()
            _serve(work, orders, results)
        os.close(orders)
        os.close(results)

    def begin(self, data: bytes, index: int | None) -> None:
        """Hand over an order; ``index`` is what its result is for, if anything."""
        self.at, self.is_busy = index, True
        # One that has died since is noticed when its results end.
        with suppress(BrokenPipeError):
            _write(self._orders, data)

    def receive(self) -> bytes | None:
        """Take what has come: the result of the order, once it is there as a whole. It may also have died."""
        data = os.read(self.results, 1 << 18)
        self.is_dead = not data
        self._received += data
        end = _HEADER + int.from_bytes(self._received[:_HEADER], "little")
        if len(self._received) < max(end, _HEADER):
            return None
        result = bytes(self._received[_HEADER:end])
        self._received.clear()
        self.at, self.is_busy = None, False
        return result

    def leave(self) -> None:
        """Let go of the pipes."""
        os.close(self.results)
        os.close(self._orders)

    # Where the system keeps no account of ended processes (SIGCHLD is ignored), it may know of none.

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.process, signal.SIGKILL)

    def close(self) -> None:
        self.leave()
        with suppress(ChildProcessError):
            os.waitpid(self.process, 0)


def _write(file: int, data: bytes) -> None:
    rest = memoryview(len(data).to_bytes(_HEADER, "little") + data)
    while rest:
        rest = rest[os.write(file, rest) :]


def _serve(work: Callable[[bytes], bytes], orders: int, results: int) -> NoReturn:
    """The child's life. It leaves without running what the parent has registered for its own end."""
    status = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        with open(orders, "rb") as stream:
            while header := stream.read(_HEADER):
                _write(results, work(stream.read(int.from_bytes(header, "little"))))
        status = 0
    finally:
        os._exit(status)
