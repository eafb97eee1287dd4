"""What the files of a folder say that nobody has open, found out by a process of its own.

They are taken as they are on the disk. So typing is never held up by it, and it can be ended at any time.
"""

from __future__ import annotations

import asyncio
import json
import sys
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
        "wbcheck.cli.elsewhere",
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
