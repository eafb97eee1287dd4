"""Text to units and positions back: Python files, notebooks, YAML, scripts of a shell.

Only this package turns character offsets into rows, columns, cells and bytes.
"""

from __future__ import annotations

from wbcheck.source.prefilter import CODE, language_of, may_be_sweep, may_matter
from wbcheck.source.unit import Cell, Language, Magic, SourceError, Unit, blank

__all__ = [
    "CODE",
    "Cell",
    "Language",
    "Magic",
    "SourceError",
    "Unit",
    "blank",
    "language_of",
    "may_be_sweep",
    "may_matter",
    "read_unit",
]


def read_unit(path: str, data: bytes) -> Unit:
    """The unit of a file's bytes, in the language that its name says.

    Raises ``SourceError`` for bytes in an unknown encoding and for broken notebooks.
    """
    language = language_of(path)
    if language is Language.YAML:
        from wbcheck.source.yaml import read_yaml

        return read_yaml(path, data)
    if language is Language.SHELL:
        from wbcheck.source.shell import read_shell

        return read_shell(path, data)
    if language is Language.NOTEBOOK:
        from wbcheck.source.notebook import read_notebook

        return read_notebook(path, data)
    from wbcheck.source.python import read_python

    return read_python(path, data)
