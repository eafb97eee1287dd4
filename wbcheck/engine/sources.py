"""The bytes of files, and the units made of them."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping

from wbcheck.source import SourceError, Unit, read_unit

MOST_BYTES = 256 * 1024 * 1024


class Sources:
    """The bytes and units of files by shown path; a unit is made when it is asked for."""

    def __init__(self, overlay: Mapping[str, bytes]) -> None:
        self._overlay = overlay
        self._kept: dict[str, bytes] = {}
        self._units: dict[str, Unit | None] = {}

    def __call__(self, path: str) -> Unit | None:
        """The unit of a file as it was checked, or ``None`` where it cannot be read."""
        if path not in self._units:
            try:
                self._units[path] = unit_of(path, self.read(path, path))
            except OSError:
                self._units[path] = None
        return self._units[path]

    def read(self, path: str, absolute: str) -> bytes:
        """The bytes that stand for a file, those kept first. Raises ``OSError``."""
        data = self._kept.get(path, self._overlay.get(path))
        return read_bytes(absolute) if data is None else data

    def keep(self, path: str, data: bytes) -> None:
        """Remember what was read, so that reports show what was checked."""
        self._kept[path] = data
        self._units.pop(path, None)

    def stands_for(self, path: str) -> bool:
        """Whether other bytes stand for a file than those on the disk."""
        return path in self._overlay


def unit_of(path: str, data: bytes) -> Unit | None:
    """The unit that a file's bytes make, or ``None`` where they make none."""
    try:
        return read_unit(path, data)
    except SourceError:
        return None


def read_bytes(path: str) -> bytes:
    """A regular file's bytes. Never waits, whatever kind of file it is. Raises ``OSError``."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(0, "not a regular file")
        if status.st_size > MOST_BYTES:
            raise OSError(0, f"larger than {MOST_BYTES // 1024**2} MB")
        data = os.read(descriptor, status.st_size + 1)
        # A short read is the end of the file; a long one says that it has grown since.
        while len(data) > status.st_size and (more := os.read(descriptor, 1 << 20)):
            data += more
            if len(data) > MOST_BYTES:
                raise OSError(0, f"larger than {MOST_BYTES // 1024**2} MB")
        return data
    finally:
        os.close(descriptor)
