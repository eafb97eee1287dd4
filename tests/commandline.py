"""What the tests of commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple


class Said(NamedTuple):
    """What a run of the command line came to: its exit status, and what it printed where."""

    status: int
    out: str
    err: str


Run = Callable[..., Said]
Write = Callable[[str, str], Path]
Git = Callable[..., None]


def commit(git: Git, words: str = "more") -> None:
    """Commit all that is there."""
    git("add", "-A")
    git("commit", "-m", words)
