"""What a worker gets, and what it does with it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec

from wbcheck.engine import analysis
from wbcheck.engine.tasks import Task
from wbcheck.engine.workers import Order
from wbcheck.model.exports import Context

if TYPE_CHECKING:
    from wbcheck.syntax.build import Parsed


class _Letter(msgspec.Struct, array_like=True):
    """A task on its way to a worker. Where it goes ``ahead`` it is only prepared."""

    path: bytes
    data: bytes
    extra: tuple[str, ...]
    houses: dict[str, str]
    context: Context | None
    ahead: bool


def order(task: Task, ahead: bool = False) -> Order:
    """A task as an order, to do it or to prepare it. Raises ``UnicodeEncodeError`` if it cannot be sent."""
    subject, settings = task.subject, task.subject.settings
    path = os.fsencode(subject.found.path)
    letter = _Letter(path, subject.data, settings.extra_modules, settings.houses, task.context, ahead)
    return Order(msgspec.msgpack.encode(letter), len(subject.data), subject.found.path)


class Desk:
    """A worker's place, where it has what it has prepared."""

    def __init__(self) -> None:
        self._parsed: dict[bytes, tuple[bytes, Parsed | None]] = {}

    def work(self, data: bytes) -> bytes:
        """What comes of an order, as ``analysis.pack`` makes it; nothing of a preparation. Never raises."""
        letter = msgspec.msgpack.decode(data, type=_Letter)
        path, known = os.fsdecode(letter.path), (letter.extra, letter.houses)
        if letter.ahead:
            self._parsed[letter.path] = letter.data, analysis.prepared(path, letter.data, *known)
            return b""
        begun, parsed = self._parsed.pop(letter.path, (b"", None))
        context = letter.context or Context()
        return analysis.pack(
            analysis.analyse(path, letter.data, *known, context, parsed if begun == letter.data else None)
        )
