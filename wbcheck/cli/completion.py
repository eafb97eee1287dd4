"""`wbcheck completion`: what a shell needs to complete commands, options, rules and formats."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
)

from wbcheck.cli.options import GroupedCommand, emit

VARIABLE = "_WBCHECK_COMPLETE"


class _Implied(ShellComplete):
    """Completes `wbcheck PATH --…` as what it is short for, and a first word as a command or a path."""

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        """What the word may become after these arguments."""
        from wbcheck.cli import COMMANDS

        if args and args[0] not in COMMANDS:
            return super().get_completions(["check", *args], incomplete)
        found = super().get_completions(args, incomplete)
        if args or incomplete.startswith("-"):
            return found
        # In this order: bash forgets what comes before a file, and falls back on files where nothing follows.
        return [CompletionItem(incomplete, type="file"), *found]


class _Bash(_Implied, BashComplete):
    """Bash, from 4.4 on."""

    def source(self) -> str:
        """The script; whether this machine's bash is new enough is asked where it runs."""
        return ShellComplete.source(self)


class _Zsh(_Implied, ZshComplete):
    """Zsh."""


class _Fish(_Implied, FishComplete):
    """Fish."""


SHELLS: dict[str, type[ShellComplete]] = {"bash": _Bash, "zsh": _Zsh, "fish": _Fish}


def register() -> None:
    """Have click answer shells with these classes."""
    for name, kind in SHELLS.items():
        add_completion_class(kind, name)


@click.command("completion", cls=GroupedCommand)
@click.argument("shell", type=click.Choice(list(SHELLS)), required=False, metavar="[bash|zsh|fish]")
def command(shell: str | None) -> int:
    """Print the script that completes `wbcheck` in a shell (by default the one that is used).

    \b
    bash: wbcheck completion bash > ~/.local/share/bash-completion/completions/wbcheck
    zsh:  wbcheck completion zsh > DIRECTORY/_wbcheck, for a directory in $fpath
    fish: wbcheck completion fish > ~/.config/fish/completions/wbcheck.fish
    """
    from wbcheck.cli import commands

    name = shell or os.path.basename(os.environ.get("SHELL", ""))
    if name not in SHELLS:
        raise click.UsageError(f"say for which shell: {_listed(list(SHELLS))}")
    emit(SHELLS[name](commands, {}, "wbcheck", VARIABLE).source() + "\n", sys.stdout)
    return 0


def _listed(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"
