"""Site directories with packages of the tests in them, and the command that is run beside these."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

Command = Callable[..., subprocess.CompletedProcess[str]]


def installed(sources: Iterable[Path], home: Path) -> Path:
    """A site directory below `home` into which pip has installed the packages whose folders these are."""
    for each in sources:
        source = shutil.copytree(each, home / each.name, ignore=shutil.ignore_patterns("__pycache__"))
        done = subprocess.run(
            [
                sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation",
                "--no-index", "--disable-pip-version-check", "--target", home / "site", source,
            ],
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    return home / "site"


def command_beside(site: Path, folder: Path) -> Command:
    """Runs `wbcheck` in `folder`, with a site directory on the path."""

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join(filter(None, [str(site), os.environ.get("PYTHONPATH", "")]))
        return subprocess.run(
            [sys.executable, "-m", "wbcheck", *words],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": path, "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
        )

    return run
