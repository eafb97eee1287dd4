"""What the commands share: options in groups, lists of rules, where output goes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


class GroupedOption(click.Option):
    """An option that knows under which heading it helps."""

    def __init__(self, *args: Any, heading: str = "Options", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.heading = heading


class GroupedCommand(click.Command):
    """A command whose help has its options under headings."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options, heading by heading in the order of their first option."""
        headings: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and isinstance(parameter, GroupedOption):
                headings.setdefault(parameter.heading, []).append(record)
        for heading, records in headings.items():
            with formatter.section(heading):
                formatter.write_dl(records)


def option(heading: str, *names: str, **settings: Any) -> Callable[[F], F]:
    """An option under ``heading``; the rest as in ``click.option``."""
    return click.option(*names, cls=GroupedOption, heading=heading, **settings)


def rule_list(heading: str, name: str, words: str) -> Callable[[F], F]:
    """An option that takes selectors, with commas between them or given again and again."""
    return option(heading, name, multiple=True, metavar="RULES", callback=_split, help=words)


def _split(ctx: click.Context, parameter: click.Parameter, value: Iterable[str]) -> tuple[str, ...] | None:
    given = list(value)
    if not given:
        return None
    return tuple(word.strip() for part in given for word in part.split(",") if word.strip())


def configuration(command: F) -> F:
    """`--config` and `--isolated`."""
    heading = "Configuration"
    command = option(heading, "--isolated", is_flag=True, help="Read no configuration file.")(command)
    return option(
        heading,
        "--config",
        metavar="FILE",
        help="Take the configuration from this file, for every path.",
    )(command)


@contextmanager
def output_to(path: str | None) -> Iterator[TextIO]:
    """Standard output, or the file at ``path``, which is replaced when all of it is there."""
    if path is None:
        yield sys.stdout
        return
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        with open(temporary, "w", encoding="utf-8", newline="") as stream:
            yield stream
        os.replace(temporary, path)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise click.ClickException(f"cannot write {path}: {reason}") from None
    finally:
        if os.path.exists(temporary):
            os.unlink(temporary)


def emit(text: str, stream: TextIO) -> None:
    """Write a text; that nobody reads it any more is no failure."""
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def say(message: str) -> None:
    """A remark on standard error."""
    print(f"wbcheck: {message}", file=sys.stderr)
