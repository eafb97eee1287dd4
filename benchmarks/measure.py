"""What one process costs: CPU, wall time and memory, as the operating system accounts for it."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

KIB_PER_MAXRSS = 1 / 1024 if os.uname().sysname == "Darwin" else 1.0


@dataclass(frozen=True)
class Cost:
    """What a finished process and the children it waited for took.

    ``cpu`` (user + system) and ``wall`` are seconds; ``rss`` is the peak resident size in MiB of the
    largest single process among them; ``status`` is the exit code, negative for a signal.
    """

    cpu: float
    wall: float
    rss: float
    status: int


def run(
    command: Sequence[str],
    *,
    cwd: Path,
    stdout: Path,
    stderr: Path,
    env: Mapping[str, str] | None = None,
    seconds: float | None = None,
) -> Cost:
    """Run ``command`` to its end, with its output in the two files given; return its cost.

    ``command[0]`` is a path or a name on PATH. Raises ``OSError`` when it cannot be started. After
    ``seconds``, or when this process is interrupted, it is killed with all the processes it started.
    The peak memory of a child starts at that of its parent (Linux hands it on over ``exec``), so
    whoever calls this should stay smaller than what it measures. Compiled modules may be kept, as they are
    wherever something is installed: compiling them is no part of what it costs.
    """
    environment = dict(os.environ if env is None else env)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    here = os.open(".", os.O_RDONLY)
    writing = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(stdout.absolute()), writing, 0o644),
        (os.POSIX_SPAWN_OPEN, 2, str(stderr.absolute()), writing, 0o644),
    ]
    os.chdir(cwd)
    try:
        began = time.perf_counter()
        pid = os.posix_spawnp(command[0], list(command), environment, file_actions=actions, setpgroup=0)
    finally:
        os.fchdir(here)
        os.close(here)
    clock = threading.Timer(seconds or 0, kill, [pid])
    if seconds is not None:
        clock.start()
    try:
        _, status, usage = os.wait4(pid, 0)
        wall = time.perf_counter() - began
    except BaseException:
        kill(pid)
        raise
    finally:
        clock.cancel()
    return Cost(
        cpu=usage.ru_utime + usage.ru_stime,
        wall=wall,
        rss=usage.ru_maxrss * KIB_PER_MAXRSS / 1024,
        status=os.waitstatus_to_exitcode(status),
    )


def kill(group: int) -> None:
    """End every process of a group; nothing when none is left."""
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return
