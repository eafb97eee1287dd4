"""Whether a project's ruff would delete our codes from its ``noqa`` comments."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping


def ruff_notice(used: Iterable[str], folder: str) -> str | None:
    """One sentence for a project whose ruff would delete our codes from ``noqa`` comments, else ``None``.

    ``used`` are the codes that its ``noqa`` comments name, ``folder`` is where to look for ruff's
    configuration from, upwards. Ruff leaves foreign codes alone only when its setting
    ``lint.external`` names them or a prefix of them; otherwise RUF100 and RUF102 delete them.
    """
    codes = sorted({code.upper() for code in used})
    if not codes:
        return None
    found = _ruff_external(os.path.abspath(folder))
    if found is None:
        return None
    path, external = found
    if all(any(code.startswith(entry) for entry in external) for code in codes):
        return None
    return (
        f'`# noqa: {codes[0]}` is unknown to ruff, whose fixes delete it: set `external = ["WB"]` under '
        f"`lint` in {path}, or write `# wbcheck: ignore[{codes[0]}]`"
    )


def _ruff_external(folder: str) -> tuple[str, tuple[str, ...]] | None:
    """Ruff's nearest configuration file above ``folder`` and the codes that it leaves alone."""
    while True:
        for name in (".ruff.toml", "ruff.toml", "pyproject.toml"):
            path = os.path.join(folder, name)
            table = _ruff_table(path)
            if table is not None:
                return path, _external(table, folder, 5)
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above


def _ruff_table(path: str) -> dict[str, object] | None:
    import tomllib

    if not os.path.isfile(path):
        return None
    try:
        with open(path, "rb") as file:
            table = tomllib.load(file)
    except (OSError, ValueError, RecursionError):
        return None
    if os.path.basename(path) != "pyproject.toml":
        return table
    tool = table.get("tool")
    ruff = tool.get("ruff") if isinstance(tool, dict) else None
    return ruff if isinstance(ruff, dict) else None


def _external(table: Mapping[str, object], folder: str, depth: int) -> tuple[str, ...]:
    """``lint.external`` (or the older top-level one), with what ``extend`` leads to."""
    lint = table.get("lint")
    for place in (lint if isinstance(lint, dict) else {}, table):
        if isinstance(entries := place.get("external"), list):
            return tuple(entry for entry in entries if isinstance(entry, str))
    base = table.get("extend")
    if isinstance(base, str) and depth:
        path = os.path.join(folder, os.path.expanduser(base))
        above = _ruff_table(path)
        if above is not None:
            return _external(above, os.path.dirname(path), depth - 1)
    return ()
