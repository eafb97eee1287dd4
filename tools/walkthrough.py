"""Plays the tutorial (`docs/tutorial.md`) on a copy of the messy project, and writes down what is printed.

The tutorial is its own script. In the order in which they stand, ``console`` blocks are run, with what the
commands print below them; ``diff`` blocks change the file that they name; other blocks that name a file are
written to it. ``python tools/walkthrough.py`` (``make tutorial``) puts what is printed today into the page; a
test holds that nothing would change.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from io import BytesIO, TextIOWrapper
from pathlib import Path

from wbcheck import cli

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "tutorial.md"
PROJECT = ROOT / "fixtures" / "messy-project"
WIDTH = "92"

_FENCE = re.compile(r"^```(\w+) ?([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def played(page: str, folder: Path) -> str:
    """The page with what its commands print now; ``folder`` gets the project, as the page leaves it.

    Raises ``ValueError`` for a change that does not fit.
    """
    project = Path(shutil.copytree(PROJECT, folder / "phishing"))
    return _FENCE.sub(lambda match: _play(match, project), page)


def _play(match: re.Match[str], project: Path) -> str:
    language, file, text = match.groups()
    if language == "console":
        commands = [line for line in text.splitlines() if line.startswith("$ ")]
        told = "".join(f"{line}\n{_printed(line[2:], project)}" for line in commands)
        return f"```console\n{told}```"
    if file:
        path = project / file
        made = changed(path.read_text(encoding="utf-8"), text) if language == "diff" else text
        path.write_text(made, encoding="utf-8")
    return match[0]


def _printed(command: str, project: Path) -> str:
    """What a command of wbcheck prints in the project's folder, on standard output and error."""
    program, *arguments = shlex.split(command)
    if program != "wbcheck":
        raise ValueError(f"only wbcheck is run: {command}")
    here, stream = os.getcwd(), TextIOWrapper(BytesIO(), encoding="utf-8", newline="\n", write_through=True)
    os.chdir(project)
    try:
        with redirect_stdout(stream), redirect_stderr(stream):
            cli.run(arguments)
    finally:
        os.chdir(here)
    stream.seek(0)
    return stream.read()


def changed(text: str, diff: str) -> str:
    """A text after the changes of a diff whose hunks have no numbers, parted by ``@@``.

    Raises ``ValueError`` where what a hunk changes is not there, or there twice.
    """
    for hunk in re.split(r"^@@\n", diff, flags=re.MULTILINE):
        lines = hunk.splitlines(keepends=True)
        old, new = ("".join(line[1:] for line in lines if line[0] in signs) for signs in (" -", " +"))
        if text.count(old) != 1:
            raise ValueError(f"this is there {text.count(old)} times:\n{old}")
        text = text.replace(old, new)
    return text


if __name__ == "__main__":
    os.environ |= {"COLUMNS": WIDTH, "NO_COLOR": "1"}
    with tempfile.TemporaryDirectory() as temporary:
        told = played(PAGE.read_text(encoding="utf-8"), Path(temporary))
    PAGE.write_text(told, encoding="utf-8")
