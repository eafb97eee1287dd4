"""One revision of wbcheck, made ready to run beside others, and what it says of a folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import measure

ROOT = Path(__file__).resolve().parent.parent
WORKING_TREE = "worktree"


class UnknownRevisionError(Exception):
    """Git knows no such commit; the text is what to print."""


@dataclass(frozen=True)
class Revision:
    """A commit (or the working tree) whose packages lie in ``packages``; ``label`` says which it is."""

    label: str
    packages: Path

    def environment(self) -> dict[str, str]:
        """The environment in which ``python -P -m wbcheck`` is this revision's."""
        return {**os.environ, "PYTHONPATH": str(self.packages)}

    @cached_property
    def flags(self) -> tuple[str, ...]:
        """The options wanted that this revision has; commits from before the cache lack ``--no-cache``."""
        command = [sys.executable, "-P", "-m", "wbcheck", "check", "--help"]
        shown = subprocess.run(command, capture_output=True, check=False, env=self.environment())
        return ("--isolated", "--no-cache") if b"--no-cache" in shown.stdout else ("--isolated",)


@dataclass(frozen=True, order=True)
class Finding:
    """One finding: ``path`` is relative to its folder, called ``folder``; rows and columns count from 1.

    ``cell`` is 0 outside notebooks. ``fix`` is empty, or its applicability and message; ``edits`` is what it
    would do, as text that is only compared.
    """

    code: str
    folder: str
    path: str
    cell: int
    row: int
    column: int
    end_row: int
    end_column: int
    name: str
    severity: str
    message: str
    fix: str
    edits: str

    @property
    def place(self) -> tuple[str, str, str, int, int]:
        """What a reworded or resized finding keeps: the rule, the file and the line."""
        return (self.code, self.folder, self.path, self.cell, self.row)

    @property
    def where(self) -> str:
        """``path:row:column``, with the cell for a notebook."""
        cell = f":cell {self.cell}" if self.cell else ""
        return f"{self.path}{cell}:{self.row}:{self.column}"


@dataclass(frozen=True)
class Result:
    """What one revision says of one folder. ``trouble`` is empty when it ran well, else why not."""

    findings: tuple[Finding, ...]
    cpu: float
    wall: float
    rss: float
    trouble: str


def materialise(revision: str, into: Path) -> Revision:
    """Put the packages of a commit, or of the working tree, under ``into`` as an install would.

    A copy, so that edits made meanwhile do not change what runs. Raises ``UnknownRevisionError``.
    """
    into.mkdir(parents=True)
    if revision == WORKING_TREE:
        skip = shutil.ignore_patterns("__pycache__")
        for folder in ("wbcheck", "rules"):
            shutil.copytree(ROOT / folder, into / folder, ignore=skip)
        label = "working tree"
    else:
        label = describe(revision)
        unpack(revision, into)
    (into / "rules").rename(into / "wbcheck_rules")
    return Revision(label, into)


def describe(revision: str) -> str:
    """A commit's short hash and subject. Raises ``UnknownRevisionError``."""
    command = ["git", "-C", str(ROOT), "log", "-1", "--format=%h %s", revision, "--"]
    shown = subprocess.run(command, capture_output=True, text=True, check=False)
    if shown.returncode:
        raise UnknownRevisionError(f"no revision `{revision}` here: {shown.stderr.strip()}")
    return shown.stdout.strip()


def unpack(revision: str, into: Path) -> None:
    """The files of a commit. Unlike `git worktree` this leaves no trace in the repository when killed."""
    command = ["git", "-C", str(ROOT), "archive", "--format=tar", revision]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as git:
        assert git.stdout is not None
        with tarfile.open(fileobj=git.stdout, mode="r|") as archive:
            archive.extractall(into, filter="data")


def check(revision: Revision, folder: Path, label: str, options: Sequence[str], seconds: float) -> Result:
    """What ``revision`` says of ``folder`` without configuration or cache; killed after ``seconds``.

    Never raises for what wbcheck does: a crash, a wrong exit code and an answer that is no JSON are trouble.
    """
    command = [sys.executable, "-P", "-m", "wbcheck", "check", *revision.flags]
    command += ["--output-format", "json", "--exit-zero", *options, "."]
    with tempfile.TemporaryDirectory() as work:
        out, errors = Path(work, "stdout"), Path(work, "stderr")
        environment = revision.environment()
        cost = measure.run(command, cwd=folder, stdout=out, stderr=errors, env=environment, seconds=seconds)
        text = out.read_text(encoding="utf-8", errors="replace")
        said = errors.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-12:]
    trouble = [] if cost.status == 0 else [verdict(cost, seconds), *said]
    try:
        findings = tuple(sorted(parse(entry, folder, label) for entry in json.loads(text)))
    except (ValueError, KeyError, TypeError) as error:
        findings = ()
        trouble = trouble or [f"its answer cannot be read: {error!r}", *said]
    return Result(findings, cost.cpu, cost.wall, cost.rss, "\n".join(trouble))


def verdict(cost: measure.Cost, seconds: float) -> str:
    """How a process ended that did not end well."""
    if cost.status >= 0:
        return f"exit {cost.status}"
    late = f", after its {seconds:g} s were over" if cost.wall >= seconds else ""
    return f"killed by signal {-cost.status}{late}"


def parse(entry: dict[str, Any], folder: Path, label: str) -> Finding:
    """One object of the JSON report. Raises ``KeyError`` or ``TypeError`` when it is not one."""
    fix = entry.get("fix") or {}
    return Finding(
        code=entry["code"] or "",
        folder=label,
        path=os.path.relpath(entry["filename"], folder),
        cell=entry.get("cell") or 0,
        row=entry["location"]["row"],
        column=entry["location"]["column"],
        end_row=entry["end_location"]["row"],
        end_column=entry["end_location"]["column"],
        name=entry["name"],
        severity=entry["severity"],
        message=entry["message"],
        fix=f"{fix['applicability']}: {fix['message']}" if fix else "",
        edits=json.dumps(fix.get("edits"), sort_keys=True) if fix else "",
    )
