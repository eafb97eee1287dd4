"""The source lines around a finding."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path

from revisions import Finding

LINE_END = re.compile(r"\r\n|\r|\n")


@lru_cache(maxsize=64)
def lines(path: Path, cell: int) -> tuple[str, ...]:
    """The lines of a file, or of the ``cell``-th code cell of a notebook; none when it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
        if cell:
            cells = [entry for entry in json.loads(text)["cells"] if entry["cell_type"] == "code"]
            text = "".join(cells[cell - 1]["source"])
    except (OSError, ValueError, KeyError, IndexError, TypeError):
        return ()
    return tuple(LINE_END.split(text))


def around(finding: Finding, folder: Path, context: int) -> list[tuple[int, str]]:
    """The finding's first line with ``context`` lines on each side: (row, text), rows from 1."""
    text = lines(folder / finding.path, finding.cell)
    first, last = max(1, finding.row - context), min(len(text), finding.row + context)
    return [(row, text[row - 1].replace("\t", " ")) for row in range(first, last + 1)]


def underline(finding: Finding, text: str) -> str:
    """Carets under what the finding spans of its first line, one character a column."""
    end = finding.end_column if finding.end_row == finding.row else len(text) + 1
    return " " * (finding.column - 1) + "^" * max(1, end - finding.column)
