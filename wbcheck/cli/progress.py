"""A line on a terminal that says how far the work is."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TextIO

PATIENCE = 1.0
"""Work that takes less than these seconds shows nothing."""
_WIDTH = 30


def progress_on(stream: TextIO) -> Callable[[int, int], None] | None:
    """A function that is told how many files of how many are done; ``None`` where nobody looks."""
    if not stream.isatty():
        return None
    start = time.monotonic()
    is_shown = False

    def show(done: int, total: int) -> None:
        nonlocal is_shown
        if done < total and time.monotonic() - start >= PATIENCE:
            filled = _WIDTH * done // total
            stream.write(f"\r[{'#' * filled}{' ' * (_WIDTH - filled)}] {done}/{total} files")
            is_shown = True
        elif is_shown:
            stream.write("\r\x1b[K")
            is_shown = False
        stream.flush()

    return show
