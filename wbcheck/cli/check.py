"""`wbcheck check`: check files and folders, and mend what can be mended."""

from __future__ import annotations

from typing import Any

import click

from wbcheck.cli.options import GroupedCommand, configuration, option, report_list, rule_list
from wbcheck.settings_file import OutputFormat

RULES, FIXES, OUTPUT, FILES, RUNNING = "Rules", "Fixes", "Output", "Files", "Running"


@click.command(
    "check",
    cls=GroupedCommand,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="RULES are codes, prefixes (WB1), names, categories or presets (essential, recommended, "
    "guide, all), with commas between them; the most specific one decides.",
)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@rule_list(RULES, "--select", "Check these rules in place of the preset or the configuration.")
@rule_list(RULES, "--extend-select", "Check these rules, too.")
@rule_list(RULES, "--ignore", "Do not check these rules.")
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
@report_list(
    OUTPUT,
    "--output-format",
    "reports",
    words=f"How to report findings: {', '.join(OutputFormat)}. Several with commas between them.",
)
@option(OUTPUT, "-o", "--output-file", metavar="FILE", help="Write the report to a file.")
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
@option(
    FILES,
    "--no-project",
    is_flag=True,
    help="Take each file by itself: read no other file of the project for it.",
)
@configuration
@option(
    "Configuration",
    "--wandb-version",
    metavar="VERSION",
    help="The version of wandb to check for, or a range (`>=0.19,<0.22`), in place of the project's own.",
)
@option(
    RUNNING, "-j", "--jobs", type=click.IntRange(0), default=0, help="Workers; 0, the default: one a core."
)
@option(RUNNING, "--no-cache", is_flag=True, help="Neither read nor write what is kept between runs.")
@option(RUNNING, "--exit-zero", is_flag=True, help="Exit with 0 even if something is found.")
@option(RUNNING, "--exit-non-zero-on-fix", is_flag=True, help="Exit with 1 if something was fixed.")
def command(**given: Any) -> int:
    """Check files and folders (the current one if none is given); `-` is standard input.

    Exits with 0 if there is nothing to report, with 1 if there is, and with 2 if wbcheck was used or
    configured wrongly or failed itself.
    """
    from wbcheck.cli.checking import Checking, Options

    return Checking(Options(**given)).run()
