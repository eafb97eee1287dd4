"""The command line: what a person types. Each command is a module, imported when it is run.

Exit codes: 0 nothing to report, 1 findings, 2 wrong usage, wrong configuration or a failure
of our own, 130 interrupted.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from types import FrameType
from typing import NoReturn, TextIO

import click

from wbcheck import __version__

COMMANDS: dict[str, tuple[str, str]] = {
    "check": ("wbcheck.cli.check", "Check files and folders, and mend what can be mended."),
    "init": ("wbcheck.cli.init", "Write a configuration after a look at the code."),
    "baseline": ("wbcheck.cli.baseline", "Take what is found now as known, so that only new findings count."),
    "explain": (
        "wbcheck.cli.explain",
        "Say all about one line: what is found, and what holds it back.",
    ),
    "rule": ("wbcheck.cli.rule", "Explain rules: what they report, why, and with examples."),
    "rules": ("wbcheck.cli.rules", "List the rules."),
    "config": ("wbcheck.cli.config", "Show what is configured, where, and which rules are on and why."),
    "migrate": ("wbcheck.cli.migrate", "Turn one way of writing W&B code into another."),
    "lineage": ("wbcheck.cli.lineage", "Draw the artifact graph that the code declares."),
    "report": ("wbcheck.cli.report", "Answer the guide's checklist for each run."),
    "test-rules": ("wbcheck.cli.test_rules", "Hold rules to their own examples."),
    "server": ("wbcheck.cli.server", "Serve an editor: the language server."),
    "clean": ("wbcheck.cli.clean", "Delete what is kept between runs."),
    "completion": ("wbcheck.cli.completion", "Print the script that completes commands in your shell."),
    "debug": ("wbcheck.cli.debug", "Show what wbcheck understands of a file."),
}
INTERRUPTED = 130


class Interrupted(Exception):
    """Somebody pressed Ctrl-C."""


class Commands(click.Group):
    """The commands by name; helping lists them without importing one."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order in which they help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        command: click.Command = import_module(entry[0]).command
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; click itself would print an empty line for an interrupt."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise Interrupted from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in COMMANDS.items()])


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    options_metavar="",
    subcommand_metavar="[COMMAND | PATH...] [OPTIONS]",
    epilog="`wbcheck PATH...` is short for `wbcheck check PATH...`; its options: wbcheck check --help.",
)
@click.version_option(__version__, "-V", "--version", prog_name="wbcheck", message="%(prog)s %(version)s")
def commands() -> None:
    """Find lost data, broken lineage and odd conventions in code that uses Weights & Biases."""


def with_command(arguments: Sequence[str]) -> list[str]:
    """The arguments with `check` put in where no command is named."""
    first = arguments[0] if arguments else ""
    if first in ("-h", "--help", "-V", "--version"):
        return list(arguments)
    if first in COMMANDS:
        if os.path.lexists(first):
            _say(f"running the command `{first}`; to check the path of this name: wbcheck check {first}")
        return list(arguments)
    return ["check", *arguments]


def run(arguments: Sequence[str]) -> int:
    """Run the command line; what to exit with. Never raises for what a user can do wrong."""
    if "_WBCHECK_COMPLETE" in os.environ:
        from wbcheck.cli.completion import register

        register()

    words = with_command(arguments)

    def work() -> int:
        result = commands.main(words, prog_name="wbcheck", standalone_mode=False)
        return result if isinstance(result, int) else 0

    is_verbose = any(word in ("-v", "--verbose") for word in arguments)
    return told(work, is_verbose, " ".join(["wbcheck", *(word for word in words[:1] if word in COMMANDS)]))


def told(work: Callable[[], int], is_verbose: bool, command: str = "wbcheck") -> int:
    """What ``work`` gives to exit with; where it raises, that is told on standard error in a line.

    ``command`` is whose help is named where click does not know.
    """
    try:
        return work()
    except click.exceptions.NoArgsIsHelpError as help_:
        click.echo(help_.format_message())
        return 0
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx is not None else command
        _say(f"{_in_a_line(error)} (see {where} --help)")
    except click.ClickException as error:
        _say(error.format_message())
    except (Interrupted, KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        _close_output()
    except OSError as error:
        # Help is written by click, which leaves this to us.
        if error.errno not in (errno.ENOSPC, errno.EDQUOT) or error.filename is not None:
            return _explain(error, is_verbose)
        _say(f"cannot write to standard output: {(error.strerror or '').lower()}")
        _close_output()
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] in ("wbcheck", "wbcheck_rules"):
            return _explain(error, is_verbose)
        _say(f"wbcheck needs `{error.name}`, which is not installed here; install wbcheck anew")
    except Exception as error:  # noqa: BLE001 - the last resort
        return _explain(error, is_verbose)
    return 2


def main() -> NoReturn:
    """The console script."""
    # Python has no stream where a descriptor was closed.
    if sys.stdout is None:
        sys.stdout = _nowhere()
    if sys.stderr is None:
        sys.stderr = _nowhere()
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)
    status = run(sys.argv[1:])
    try:
        if not sys.stdout.closed:  # the language server ends with it
            sys.stdout.flush()
    except OSError:
        _close_output()
    sys.exit(status)


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    """Stop once: who presses Ctrl-C twice must not disturb the tidying up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt


def _nowhere() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")


def _explain(error: Exception, is_verbose: bool) -> int:
    from wbcheck.registry import RegistryError
    from wbcheck.selection import SelectorError
    from wbcheck.settings_file import SettingsError

    if isinstance(error, SettingsError):
        # It has its own place at its start, as editors and terminals like it.
        print(error, file=sys.stderr)
        return 2
    if isinstance(error, (SelectorError, RegistryError)):
        _say(str(error))
    else:
        text = str(error).partition("\n")[0]
        more = "" if is_verbose else "; --verbose shows where"
        _say(f"this is a bug in wbcheck: {type(error).__name__}: {text}{more}")
    if is_verbose:
        import traceback

        traceback.print_exception(error)
    return 2


def _say(message: str) -> None:
    print(f"wbcheck: {message}", file=sys.stderr)


def _in_a_line(error: click.UsageError) -> str:
    """What click says, in one line and our style."""
    if isinstance(error, click.NoSuchOption):
        nearest = next(iter(error.possibilities or ()), "")
        return f"no such option `{error.option_name}`" + (f"; did you mean `{nearest}`?" if nearest else "")
    text = " ".join(error.format_message().split()).rstrip(".")
    return text[:1].lower() + text[1:]


def _close_output() -> None:
    """Let the interpreter end without complaining that nobody reads."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
