"""What the commands share: options in groups, lists of rules, where output goes."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

from wbcheck.settings_file import OutputFormat
from wbcheck.words import suggestion

F = TypeVar("F", bound=Callable[..., Any])


class GroupedOption(click.Option):
    """An option that knows under which heading it helps."""

    def __init__(self, *args: Any, heading: str = "Options", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.heading = heading


class GroupedCommand(click.Command):
    """A command whose help has its options under headings. All of them take ``--verbose``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not any("--verbose" in each.opts for each in self.params):
            # Whoever runs commands looks for it among the words.
            self.params.append(
                GroupedOption(
                    ["-v", "--verbose"],
                    heading="Output",
                    is_flag=True,
                    expose_value=False,
                    help="Show tracebacks.",
                )
            )

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


def report_list(heading: str, *names: str, words: str) -> Callable[[F], F]:
    """An option that takes output formats with commas between them, each perhaps with `=FILE`.

    The command gets pairs of a format's name and the file it goes to (``None`` for none).
    """
    return option(
        heading,
        *names,
        metavar="FORMAT[=FILE],...",
        callback=_reports,
        shell_complete=_complete_format,
        help=words,
    )


def _reports(
    ctx: click.Context, parameter: click.Parameter, value: str | None
) -> tuple[tuple[str, str | None], ...]:
    found = []
    for part in value.split(",") if value is not None else ():
        name, equals, file = part.strip().partition("=")
        if name not in tuple(OutputFormat):
            raise click.BadParameter(f"there is no format `{name}`{suggestion(name, OutputFormat)}")
        if equals and not file:
            raise click.BadParameter(f"`{name}=` names no file")
        found.append((name, file or None))
    return tuple(found)


def _complete_format(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    head, comma, last = incomplete.rpartition(",")
    return [head + comma + name for name in OutputFormat if name.startswith(last)]


def rule_list(heading: str, name: str, words: str) -> Callable[[F], F]:
    """An option that takes selectors, with commas between them or given again and again."""
    return option(
        heading,
        name,
        multiple=True,
        metavar="RULES",
        callback=_split,
        shell_complete=rule_names,
        help=words,
    )


def rule_names(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """What the last selector of a list may become: codes, names, categories, presets."""
    from click.shell_completion import CompletionItem

    from wbcheck.registry import codes
    from wbcheck.selection import PRESETS

    head, comma, last = incomplete.rpartition(",")
    rules = codes().values()
    words = dict.fromkeys(PRESETS, "preset") | dict.fromkeys((rule.category for rule in rules), "category")
    words |= {rule.code: rule.name for rule in rules} | {rule.name: rule.code for rule in rules}
    wanted = last.upper() if last[:2].upper() == "WB" else last
    return [
        CompletionItem(head + comma + word, help=about)
        for word, about in words.items()
        if word.startswith(wanted)
    ]


def file_names(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Files and folders, which the shell itself knows."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")]


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
        shell_complete=file_names,
        help="Take the configuration from this file, for every path.",
    )(command)


def drawn_as(noun: str, formats: Sequence[str], words: str) -> Callable[[F], F]:
    """PATHS, and how and where to write what is made of them; ``words`` are the help of `--format`.

    Elsewhere a format is given by `--output-format`, which is taken here, too.
    """

    def decorate(command: F) -> F:
        command = option(
            "Output", "-o", "--output-file", metavar="FILE", help=f"Write the {noun} to a file."
        )(command)
        command = option(
            "Output",
            "--format",
            "--output-format",
            "output_format",
            type=click.Choice(formats),
            default=formats[0],
            help=words,
        )(command)
        return click.argument("paths", nargs=-1, metavar="[PATH]...")(command)

    return decorate


def read_with(noun: str) -> Callable[[F], F]:
    """How a project is read for what is made of it, and what is said beside that."""

    def decorate(command: F) -> F:
        command = option(
            "Running",
            "-j",
            "--jobs",
            type=click.IntRange(0),
            default=0,
            help="Workers; 0, the default: one a core.",
        )(command)
        command = option(
            "Running", "--no-cache", is_flag=True, help="Neither read nor write what is kept between runs."
        )(command)
        command = configuration(command)
        command = option(
            "Output", "-v", "--verbose", is_flag=True, help="Say more on standard error; show tracebacks."
        )(command)
        command = option("Output", "-q", "--quiet", is_flag=True, help=f"Print the {noun} and nothing else.")(
            command
        )
        return option(
            "Output",
            "--color",
            type=click.Choice(["auto", "always", "never"]),
            default="auto",
            help="When to use colours.",
        )(command)

    return decorate


def rule_choice(command: F) -> F:
    """`--select`, `--extend-select`, `--ignore` and `--preview`."""
    heading = "Rules"
    words = "Also check rules in preview, which else have to be selected one by one."
    command = option(heading, "--preview", is_flag=True, help=words)(command)
    command = rule_list(heading, "--ignore", "Do not check these rules.")(command)
    command = rule_list(heading, "--extend-select", "Check these rules, too.")(command)
    words = "Check these rules in place of the preset or the configuration."
    return rule_list(heading, "--select", words)(command)


def wandb_version(command: F) -> F:
    """`--wandb-version`."""
    return option(
        "Configuration",
        "--wandb-version",
        metavar="VERSION",
        help="The version of wandb to check for, or a range (`>=0.19,<0.22`), in place of the project's own.",
    )(command)


def no_project(command: F) -> F:
    """`--no-project`."""
    words = "Take each file by itself: read no other file of the project for it."
    return option("Files", "--no-project", is_flag=True, help=words)(command)


def jobs(command: F) -> F:
    """`--jobs` and `--no-cache`."""
    words = "Neither read nor write what is kept between runs."
    command = option("Running", "--no-cache", is_flag=True, help=words)(command)
    words = "Workers; 0, the default: one a core."
    return option("Running", "-j", "--jobs", type=click.IntRange(0), default=0, help=words)(command)


def selection(command: F) -> F:
    """All that says which rules judge which files, and how."""
    return rule_choice(no_project(configuration(wandb_version(jobs(command)))))


@contextmanager
def output_to(path: str | None) -> Iterator[TextIO]:
    """Standard output, or the file at ``path``, which is replaced when all of it is there.

    A pipe or a device is written to, never replaced; of a link the target is replaced.
    """
    if path is None:
        yield sys.stdout
        return
    try:
        status = os.stat(path) if os.path.exists(path) else None
        if status is not None and not stat.S_ISREG(status.st_mode):
            with open(path, "w", encoding="utf-8", newline="") as stream:
                yield stream
        else:
            # The mode is looked at: for the superuser every file is writable.
            if status is not None and not status.st_mode & 0o222:
                raise PermissionError(errno.EACCES, "it is read-only")
            with _replacing(os.path.realpath(path), status) as stream:
                yield stream
    except OSError as error:
        raise click.ClickException(f"cannot write {path}: {_reason(error)}") from None


@contextmanager
def _replacing(real: str, status: os.stat_result | None) -> Iterator[TextIO]:
    temporary = f"{real}.{os.getpid()}.tmp"
    try:
        with open(temporary, "w", encoding="utf-8", newline="") as stream:
            yield stream
        if status is not None:
            os.chmod(temporary, stat.S_IMODE(status.st_mode))
        os.replace(temporary, real)
    finally:
        if os.path.exists(temporary):
            os.unlink(temporary)


def emit(text: str, stream: TextIO) -> None:
    """Write a text; that nobody reads it any more is no failure.

    What the stream's encoding cannot spell is escaped. Raises ``OSError`` where ``stream`` is a file,
    else ``click.ClickException``.
    """
    with _heard(stream):
        try:
            stream.write(text)
        except UnicodeEncodeError as error:
            stream.write(text.encode(error.encoding, "backslashreplace").decode(error.encoding))
        stream.flush()


def emit_bytes(pieces: Iterable[bytes]) -> None:
    """Write bytes to standard output, as ``emit`` does."""
    with _heard(sys.stdout):
        for piece in pieces:
            sys.stdout.buffer.write(piece)
        sys.stdout.flush()


@contextmanager
def _heard(stream: TextIO) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        discard(stream)
    except OSError as error:
        if stream is not sys.stdout:
            raise
        discard(stream)
        raise click.ClickException(f"cannot write to standard output: {_reason(error)}") from None


def discard(stream: TextIO) -> None:
    """Let the interpreter end without complaining about what it cannot write."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def standard_input() -> bytes:
    """All of standard input. Raises ``click.ClickException`` where there is none."""
    try:
        # Python has no stream where the descriptor was closed.
        if sys.stdin is None:
            raise OSError(errno.EBADF, "it is closed")
        return sys.stdin.buffer.read()
    except OSError as error:
        raise click.ClickException(f"cannot read standard input: {_reason(error)}") from None


def working_directory() -> str:
    """The current folder. Raises ``click.ClickException`` where it has been deleted."""
    try:
        return os.getcwd()
    except OSError as error:
        raise click.ClickException(f"the current folder cannot be used: {_reason(error)}") from None


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def say(message: str) -> None:
    """A remark of one line on standard error: what a file's name may do to a terminal is escaped."""
    line = "".join(each if each.isprintable() or each == "\u200d" else repr(each)[1:-1] for each in message)
    print(f"wbcheck: {line}", file=sys.stderr)


def say_traces(traces: Iterable[str]) -> None:
    """Where wbcheck itself failed, on standard error."""
    for trace in traces:
        print(f"wbcheck: {trace}", file=sys.stderr)
