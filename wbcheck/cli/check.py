"""`wbcheck check`: check files and folders, and mend what can be mended."""

from __future__ import annotations

from typing import Any

import click

from wbcheck.cli.options import (
    GroupedCommand,
    configuration,
    file_names,
    jobs,
    no_project,
    option,
    report_list,
    rule_choice,
    rule_list,
    wandb_version,
)
from wbcheck.settings_file import OutputFormat

FIXES, HELD, OUTPUT, FILES, RUNNING = "Fixes", "What is held back", "Output", "Files", "Running"


class CheckCommand(GroupedCommand):
    """The command, whose `--add-ignore` takes its reason only behind `=`: what follows it is a path."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The arguments, read by click."""
        return super().parse_args(ctx, [f"{each}=" if each == "--add-ignore" else each for each in args])


@click.command(
    "check",
    cls=CheckCommand,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="RULES are codes, prefixes (WB1), names, categories or presets (essential, recommended, "
    "guide, all), with commas between them; the most specific one decides.",
)
@click.argument("paths", nargs=-1, metavar="[PATH]...", shell_complete=file_names)
@rule_choice
@option(FIXES, "--fix/--no-fix", default=None, help="Apply the safe fixes.")
@option(
    FIXES,
    "--unsafe-fixes/--no-unsafe-fixes",
    default=None,
    help="Also apply fixes that may break what relies on it.",
)
@option(FIXES, "--fix-only", is_flag=True, help="Apply fixes and report nothing that is left.")
@option(FIXES, "--diff", is_flag=True, help="Show what --fix would change, and change nothing.")
@rule_list(FIXES, "--fixable", "Fix findings of these rules only.")
@rule_list(FIXES, "--unfixable", "Never fix findings of these rules.")
@option(
    HELD,
    "--baseline",
    metavar="FILE",
    help="Leave out what this baseline knows, in place of the configured one or wbcheck-baseline.toml.",
)
@option(HELD, "--no-baseline", is_flag=True, help="Report also what the baseline knows.")
@option(
    HELD,
    "--diff-from",
    metavar="REVISION",
    help="Report only what lies on lines that are new since the current branch left a git revision.",
)
@report_list(
    OUTPUT,
    "--output-format",
    "reports",
    words=f"How to report findings: {', '.join(OutputFormat)}. Several with commas between them.",
)
@option(
    OUTPUT,
    "-o",
    "--output-file",
    metavar="FILE",
    shell_complete=file_names,
    help="Write the report to a file.",
)
@option(
    HELD,
    "--add-ignore",
    is_flag=False,
    flag_value="",
    metavar="[=REASON]",
    help="Write suppression comments for all that is found, with a reason if one is given.",
)
@option(OUTPUT, "--statistics", is_flag=True, help="Count findings rule by rule.")
@option(
    OUTPUT,
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    help="When to use colours.",
)
@option(OUTPUT, "-q", "--quiet", is_flag=True, help="Print findings and nothing else.")
@option(OUTPUT, "-v", "--verbose", is_flag=True, help="Say more on standard error; show tracebacks.")
@option(
    FILES, "--stdin-filename", metavar="NAME", help="The name of what comes from standard input (path `-`)."
)
@option(FILES, "--force-exclude", is_flag=True, help="Leave out excluded files even if they are named.")
@option(FILES, "--show-files", is_flag=True, help="List the files that would be checked.")
@option(FILES, "--show-settings", is_flag=True, help="Show what holds for them, as `wbcheck config` does.")
@no_project
@configuration
@wandb_version
@jobs
@option(RUNNING, "--watch", is_flag=True, help="Check again whenever a file changes, until Ctrl-C.")
@option(RUNNING, "--exit-zero", is_flag=True, help="Exit with 0 even if something is found.")
@option(RUNNING, "--exit-non-zero-on-fix", is_flag=True, help="Exit with 1 if something was fixed.")
def command(watch: bool, **given: Any) -> int:
    """Check files and folders (the current one if none is given); `-` is standard input.

    Exits with 0 if there is nothing to report, with 1 if there is, and with 2 if wbcheck was used or
    configured wrongly or failed itself.
    """
    from wbcheck.cli.checking import Checking, Options

    options = Options(**given)
    if not watch:
        return Checking(options).run()
    from wbcheck.cli import told
    from wbcheck.cli.watching import watch as again

    if options.paths == ("-",):
        raise click.UsageError("--watch is for files; standard input is read once")
    Checking(options)
    return again(options.paths or (".",), lambda: told(lambda: Checking(options).run(), options.verbose))
