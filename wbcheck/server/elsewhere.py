"""What the files of a folder say that nobody has open, found out by a process of its own.

They are taken as they are on the disk. So typing is never held up by it, and it can be ended at any time. It
prints a line of JSON for each file that has findings, or one that says why nothing could be found out.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from typing import Any

import msgspec

SAFE_PATH = "-P"
"""Python's option that keeps it from importing what lies in the folder."""


class FailedError(Exception):
    """Nothing could be found out; ``str()`` says why."""


class Published(msgspec.Struct, frozen=True):
    """The findings of one file, in LSP's words."""

    uri: str
    diagnostics: tuple[dict[str, Any], ...] = ()


async def look(folder: str, encoding: str, trusted: bool) -> tuple[Published, ...]:
    """The findings in a folder, columns counted in units of ``encoding``. Raises ``FailedError``.

    Cancelling it ends the process.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        SAFE_PATH,
        "-m",
        __name__,
        folder,
        encoding,
        *([] if trusted else ["--untrusted"]),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=folder,
    )
    try:
        printed, _ = await process.communicate()
    except asyncio.CancelledError:
        if process.returncode is None:
            process.kill()
        raise
    lines = [json.loads(line) for line in printed.splitlines()]
    for line in lines:
        if "error" in line:
            raise FailedError(line["error"])
    if process.returncode:
        raise FailedError(f"the files that are not open could not be checked ({process.returncode})")
    return tuple(Published(line["uri"], tuple(line["diagnostics"])) for line in lines)


def main(arguments: Sequence[str]) -> int:
    """Check the folder that the process was started in."""
    from click import ClickException

    from wbcheck.cli.checking import Checking, Options
    from wbcheck.registry import RegistryError
    from wbcheck.report.lsp import published
    from wbcheck.ruleset import restricted
    from wbcheck.selection import SelectorError
    from wbcheck.server.places import columns_in
    from wbcheck.settings import load
    from wbcheck.settings_file import SettingsError

    _, encoding, *untrusted = arguments
    if hasattr(os, "nice"):
        os.nice(10)
    jobs = max(1, (os.cpu_count() or 1) // 2)
    try:
        checking = Checking(
            Options(paths=(".",), quiet=True, jobs=jobs), load(adapt=restricted if untrusted else None)
        )
        _, outcome = checking.examine()
    except ClickException as error:
        print(json.dumps({"error": error.format_message()}))
        return 0
    except (SettingsError, SelectorError, RegistryError) as error:
        print(json.dumps({"error": str(error)}))
        return 0
    context = checking.context(outcome, sys.stdout)
    width = columns_in(encoding)
    for each in published(outcome.diagnostics, context, lambda point: width(point.before) + 1):
        for row in each["diagnostics"]:
            del row["data"]
        print(json.dumps(each))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
