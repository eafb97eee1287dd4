"""Draws `docs/picture.svg`, the terminal in the README, from a true run: `make picture`."""

from __future__ import annotations

import os
from pathlib import Path

from wbcheck.engine import Request, check
from wbcheck.files import discover
from wbcheck.report.context import Context, Terminal
from wbcheck.report.full import export_svg
from wbcheck.ruleset import Wish
from wbcheck.selection import Layer
from wbcheck.settings import load

DOCS = Path(__file__).resolve().parent
FOLDER = DOCS.parent / "fixtures" / "messy-project"
FILES = ("clean_data.py", "train.py", "train_seeds.py")
SELECT = "essential"
COMMAND = ("wbcheck", "check", *FILES, "--select", SELECT)
WIDTH = 112
# What rich asks for is installed nowhere; these are, one of them on every system.
FONTS = ("Fira Code, monospace", "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace")


def picture() -> str:
    """The SVG of `COMMAND` as typed in the fixture's folder; changes the working directory."""
    os.chdir(FOLDER)
    resolver = load(isolated=True)
    outcome = check(
        Request(
            files=discover(FILES, resolver.for_file).files,
            settings_for=resolver.for_file,
            wish=Wish(layer=Layer(select=(SELECT,))),
        )
    )
    context = Context(
        sources=outcome.sources,
        root=str(FOLDER),
        cwd=str(FOLDER),
        checked=outcome.checked,
        silenced=outcome.suppressed,
        command=COMMAND,
        terminal=Terminal(width=WIDTH, color=True),
    )
    return export_svg(outcome.diagnostics, context, title=" ".join(COMMAND)).replace(*FONTS)


if __name__ == "__main__":
    (DOCS / "picture.svg").write_text(picture(), encoding="utf-8")
