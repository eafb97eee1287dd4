"""Paths of runs, projects and artifacts, as the SDK's own parsers take them apart.

Read in 0.31: ``_parse_path``, ``_parse_project_path`` and ``from_path`` of ``Api`` (apis/public/api.py),
``ArtifactPath.from_str`` (sdk/artifacts/_validators.py), ``parse_sweep_id`` (sdk/launch/sweeps/utils.py).
Each function here takes a path and says what is wrong with it, or nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from enum import StrEnum
from itertools import product

from wbcheck.rule import Piece, Text


class Fault(StrEnum):
    """What may be wrong with a path, for a headline: what it is, and what it should be."""

    PAGE = "{} is the address of a page, not the path of {}"
    MANY = "{} has too many pieces for the path of {}"
    EMPTY = "{} has an empty piece, and is no path of {}"
    PROJECT = "{} is the path of a project's runs, not of {}"
    SWEEP = "{} is the path of a sweep, not of {}"
    RUN = "{} is the path of a run, not of {}"
    MARK = "{} holds a `?` or `#`, which no path of {} does"


Parser = Callable[[str], Fault | None]

_PAGE = re.compile(r"\s*/*(?:[\w+.-]+://|(?:[\w-]+\.)*wandb\.(?:ai|io)/)")


def of_run(path: str) -> Fault | None:
    """A run's path, as ``Api.run`` takes it."""
    return Fault.SWEEP if "/sweeps/" in path else _of_id(path)


def of_sweep(path: str) -> Fault | None:
    """A sweep's path, as ``Api.sweep`` takes it."""
    return Fault.RUN if "/runs/" in path else _of_id(path)


def _of_id(path: str) -> Fault | None:
    """``entity/project/id`` and what is short for it: ``runs`` and ``sweeps`` in the middle do not count."""
    whole = path.strip("/ ")
    parts = path.replace("/runs/", "/").replace("/sweeps/", "/").strip("/ ").split("/")
    if len(parts) == 4 and parts[2] == "runs":
        del parts[2]
    if len(parts) < 3 and ":" in parts[-1]:
        parts = [*parts[:-1], *parts[-1].split(":", 1)]
    if not all(part.strip() for part in parts):
        return Fault.EMPTY
    if len(parts) > 3:
        return Fault.MANY
    if whole.endswith(("/runs", "/sweeps")):
        return Fault.PROJECT
    # No run, project or entity can have these in its name: what follows them is read as part of it.
    return Fault.MARK if any(mark in part for part in parts for mark in "?#") else None


def of_project(path: str) -> Fault | None:
    """A project's path, as ``Api.runs`` takes it: cut at the first slash alone."""
    parts = path.split("/")
    if not all(part.strip() for part in parts):
        return Fault.EMPTY
    return Fault.MANY if len(parts) > 2 else None


def of_reports(path: str) -> Fault | None:
    """A project's path, as ``Api.reports`` takes it."""
    return _of_id(f"{path}/reports")


def of_anything(path: str) -> Fault | None:
    """A path of any kind, as ``Api.from_path`` takes it."""
    parts = path.strip("/ ").split("/")
    if len(parts) == 3 or (len(parts) == 4 and parts[2].startswith("run")):
        return of_run(path)
    if len(parts) == 4 and parts[2].startswith("sweep"):
        return of_sweep(path)
    if not all(part.strip() for part in parts):
        return Fault.EMPTY
    return Fault.MANY if len(parts) > 4 or (len(parts) == 4 and not parts[2].startswith("report")) else None


def of_artifact(path: str) -> Fault | None:
    """An artifact's path: up to its version or alias ``entity/project/name``.

    An entity or a project that is left empty at the front is the run's own.
    """
    parts = path.partition(":")[0].split("/")
    if len(parts) > 3:
        return Fault.MANY
    return Fault.EMPTY if not all(part.strip() for part in parts[1:]) or not parts[-1] else None


def of_trials(path: str) -> Fault | None:
    """A sweep's path, as ``wandb.agent`` takes it: empty pieces are its own entity and project."""
    parts = path.split("/")
    return Fault.MANY if len(parts) > 3 else Fault.EMPTY if not parts[-1].strip() else None


def fault(parse: Parser, text: Text) -> Fault | None:
    """What is wrong with a path whatever its holes stand for."""
    if _PAGE.match(_filled(text, ())):
        return Fault.PAGE
    found = [parse(path) for path in _readings(text)]
    return found[0] if all(found) else None


# What a hole may stand for: one piece or several, a kind of object, or nothing.
_FILLINGS = ("x", "x/y", "runs", "")
_MOST_HOLES = 4


def _readings(text: Text) -> Iterator[str]:
    holes = min(sum(1 for _ in text.holes), _MOST_HOLES)
    for fillings in product(_FILLINGS, repeat=holes):
        yield _filled(text, fillings)


def _filled(text: Text, fillings: tuple[str, ...]) -> str:
    """A text with its holes filled in order, those that are left over with a word."""
    rest = iter(fillings)
    return "".join(
        piece.text if isinstance(piece, Piece) else next(rest, _FILLINGS[0]) for piece in text.pieces
    )
