"""What is asked of the engine, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from wbcheck.diagnostic import Diagnostic, Silenced
from wbcheck.engine.sources import Sources
from wbcheck.engine.tasks import Found
from wbcheck.ruleset import Wish
from wbcheck.settings import Settings

STDIN = "-"


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What to check and how.

    ``problems`` are paths that could not be searched, with why. ``overlay`` holds the bytes that
    stand for a file's own (standard input, an editor's buffer, a round of fixes), by shown path.
    ``cache`` is the folder of what is kept between runs, empty for none.
    ``project`` is whether files are read together with those of their project that they import, and, where
    all were named one by one, with what else of it mentions W&B.
    ``fixes`` is whether findings come with their fixes: in a large project these are much of the work.
    ``jobs`` is the number of workers, 0 for as many as there are cores. ``progress`` is told
    how many files of how many have been analysed.
    """

    files: tuple[Found, ...]
    settings_for: Callable[[str], Settings]
    wish: Wish = Wish()
    problems: tuple[tuple[str, str], ...] = ()
    overlay: Mapping[str, bytes] = {}
    jobs: int = 0
    cache: str = ""
    project: bool = True
    fixes: bool = True
    progress: Callable[[int, int], None] | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a check.

    ``checked`` counts files, ``with_wandb`` those that mention W&B. ``suppressed`` are the findings
    that a comment silenced, in their order; ``noqa`` are the codes named in ``noqa`` comments.
    ``sources`` gives a shown path's unit.
    """

    diagnostics: tuple[Diagnostic, ...]
    checked: int
    with_wandb: int
    suppressed: tuple[Silenced, ...]
    noqa: frozenset[str]
    sources: Sources

    @property
    def faults(self) -> int:
        """How many failures of our own there were."""
        return sum(diagnostic.fault for diagnostic in self.diagnostics)
