"""Runs scripts under the real SDK, each in a process of its own: ``python -m wbcheck.proofs.runner``.

The jobs come as JSON on standard input. ``import wandb`` takes most of a second, so where the
platform can fork it is imported once and every script starts from there; nothing of one script's
session reaches the next. Each leaves ``outcome.json`` in its folder if it raises, and all that it
printed in ``output.txt``.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from typing import Any

AT_ONCE = 2
SCRIPT, OUTCOME, OUTPUT = "script.py", "outcome.json", "output.txt"


def main() -> None:
    """Run the jobs of standard input, at most ``AT_ONCE`` at a time."""
    jobs = json.load(sys.stdin)
    if not hasattr(os, "fork"):
        for job in jobs:
            _spawn(job)
        return
    if len(jobs) > 1:
        importlib.import_module("wandb")
        with suppress(ImportError):
            importlib.import_module("wandb.sdk.launch")  # what a run's start imports
    running = 0
    for job in jobs:
        if running == AT_ONCE:
            os.wait()
            running -= 1
        running += 1
        if os.fork() == 0:
            if len(jobs) > 1:
                _take_own_media_folder(job["folder"])
            # Leaving by the ordinary way: W&B ends its runs when the interpreter exits.
            _run(job)
            return
    while running:
        os.wait()
        running -= 1


def _take_own_media_folder(folder: str) -> None:
    """Give this process its own folder for media: W&B makes one on import and removes it at exit."""
    media: Any = importlib.import_module("wandb.sdk.data_types._private")
    media.MEDIA_TMP.name = tempfile.mkdtemp(dir=folder)


def _spawn(job: dict[str, Any]) -> None:
    import subprocess

    command = "import json, sys; from wbcheck.proofs.runner import _run; _run(json.load(sys.stdin))"
    subprocess.run([sys.executable, "-c", command], input=json.dumps(job), text=True, check=False)


def _run(job: dict[str, Any]) -> None:
    os.chdir(job["folder"])
    os.environ.update(job["environment"])
    output = os.open(OUTPUT, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.argv = [SCRIPT]
    with open(SCRIPT, encoding="utf-8") as file:
        text = file.read()
    names: dict[str, Any] = {"__name__": "__main__", "__file__": SCRIPT}
    call_rest: Callable[[str, dict[str, Any]], None] | None = None
    if job["aided"]:
        from wbcheck.proofs import double
        from wbcheck.proofs.standins import call_rest, supply

        double.install(os.path.abspath("store"), always=True)
        names |= supply(text)
    try:
        exec(compile(text, SCRIPT, "exec"), names)  # noqa: S102 - a rule's own example
        if call_rest is not None:
            call_rest(text, names)
    except BaseException as error:
        if not isinstance(error, SystemExit) or error.code not in (None, 0):
            kinds = [kind.__name__ for kind in type(error).__mro__]
            with open(OUTCOME, "w", encoding="utf-8") as file:
                json.dump({"errors": kinds, "text": str(error)}, file)
        raise


if __name__ == "__main__":
    main()
