"""Text to units and positions back: Python files and notebooks.

Only this package turns character offsets into rows, columns, cells and bytes.
"""

from __future__ import annotations

from wbcheck.source.bound import bound
from wbcheck.source.prefilter import mentions_wandb
from wbcheck.source.unit import Cell, Language, Magic, SourceError, Unit, blank

__all__ = [
    "Cell",
    "Language",
    "Magic",
    "SourceError",
    "Unit",
    "blank",
    "bound",
    "mentions_wandb",
    "read_unit",
]


def read_unit(path: str, data: bytes) -> Unit:
    """The unit of a file's bytes: a notebook by the suffix ``.ipynb``, else Python.

    Raises ``SourceError`` for bytes in an unknown encoding and for broken notebooks.
    """
    if path.lower().endswith(".ipynb"):
        from wbcheck.source.notebook import read_notebook

        return read_notebook(path, data)
    from wbcheck.source.python import read_python

    return read_python(path, data)
