"""Text to units and positions back: Python files, notebooks and sweeps.

Only this package turns character offsets into rows, columns, cells and bytes.
"""

from __future__ import annotations

from wbcheck.source.prefilter import YAML, may_be_sweep, mentions_wandb
from wbcheck.source.unit import Cell, Language, Magic, SourceError, Unit, blank

__all__ = [
    "YAML",
    "Cell",
    "Language",
    "Magic",
    "SourceError",
    "Unit",
    "blank",
    "may_be_sweep",
    "mentions_wandb",
    "read_unit",
]


def read_unit(path: str, data: bytes) -> Unit:
    """The unit of a file's bytes: a notebook by the suffix ``.ipynb``, a sweep by that of YAML, else Python.

    Raises ``SourceError`` for bytes in an unknown encoding and for broken notebooks.
    """
    name = path.lower()
    if name.endswith(YAML):
        from wbcheck.source.sweep import read_sweep

        return read_sweep(path, data)
    if name.endswith(".ipynb"):
        from wbcheck.source.notebook import read_notebook

        return read_notebook(path, data)
    from wbcheck.source.python import read_python

    return read_python(path, data)
