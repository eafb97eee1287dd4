"""What `wbcheck check --watch` does: check, and check again whenever a file changes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import click

from wbcheck.cli import INTERRUPTED
from wbcheck.cli.options import say
from wbcheck.source import Language, language_of
from wbcheck.words import counted

_SUFFIXES = (".py", ".pyi", ".toml", ".ignore", ".gitignore")
_OURS = frozenset({"wandb", ".ipynb_checkpoints", ".wbcheck_cache"})


def watch(paths: tuple[str, ...], check: Callable[[], int]) -> int:
    """Run ``check`` now and after every change below ``paths``, until Ctrl-C; then 0.

    ``check`` is not to raise. Raises ``click.ClickException`` where the package for it is not there.
    """
    try:
        import watchfiles
    except ImportError:
        raise click.ClickException("--watch needs a package more: pip install 'wbcheck[watch]'") from None

    class Sources(watchfiles.DefaultFilter):
        """Files that a check may read, and no folder that others write into all the time."""

        def __call__(self, change: watchfiles.Change, path: str) -> bool:
            is_read = path.endswith(_SUFFIXES) or language_of(path) is not Language.PYTHON
            kept = is_read and not _OURS & set(path.split(os.sep))
            return kept and super().__call__(change, path)

    if _again(check) == INTERRUPTED:
        return 0
    try:
        for changed in watchfiles.watch(*paths, watch_filter=Sources()):
            if sys.stdout.isatty():
                click.clear()
            say(f"{counted(len({path for _, path in changed}), 'file')} changed")
            if _again(check) == INTERRUPTED:
                break
    except KeyboardInterrupt:
        pass
    return 0


def _again(check: Callable[[], int]) -> int:
    status = check()
    sys.stdout.flush()
    if status != INTERRUPTED:
        say("waiting for changes; Ctrl-C ends")
    return status
