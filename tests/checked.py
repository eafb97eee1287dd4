"""What tests of whole checks share: a session over a folder, and what the command line finds."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from wbcheck import cli
from wbcheck.engine import Request, Session
from wbcheck.files import discover
from wbcheck.ruleset import Wish
from wbcheck.selection import Layer
from wbcheck.settings import default_settings

Tree = Callable[[dict[str, str]], Path]


def session(folder: Path, *select: str) -> Session:
    """A check of the working directory, not run yet; ``folder`` is where its settings belong."""
    settings = default_settings(str(folder))
    found = discover(["."], lambda path: settings)
    return Session(
        Request(files=found.files, settings_for=lambda path: settings, wish=Wish(layer=Layer(select)), jobs=1)
    )


def findings(code: str) -> list[dict[str, Any]]:
    """What a rule finds in the working directory."""
    told = Path.cwd().parent / "told.json"
    cli.run(["check", "--no-cache", "--select", code, "--output-format=json", f"--output-file={told}", "."])
    found: list[dict[str, Any]] = json.loads(told.read_text(encoding="utf-8"))
    return found
