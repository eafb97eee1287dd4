"""A Jupyter notebook as a source unit: its code cells as one flow, edits back into its JSON.

Reading takes the standard library's C parser and nothing else, however large the outputs are. Only
``apply`` looks for the places of the source lines in the raw JSON (``jsontext``).
"""

from __future__ import annotations

import codecs
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any

from wbcheck.diagnostic import Position, Span
from wbcheck.source.mask import mask
from wbcheck.source.unit import Cell, Language, Magic, SourceError, Unit, blanked, native_ends, ordered

if TYPE_CHECKING:
    from wbcheck.source.jsontext import Source

_BOM = codecs.BOM_UTF8
_SURROGATE = re.compile("[\ud800-\udfff]")


class NotebookUnit(Unit):
    """The code cells of a notebook."""

    def __init__(
        self, path: str, text: str, code: str, cells: tuple[Cell, ...], magics: tuple[Magic, ...], data: bytes
    ) -> None:
        super().__init__(path, Language.NOTEBOOK, text, code, cells, magics)
        self._data = data
        self._letters: dict[int, list[Span]] = {}

    @cached_property
    def file_text(self) -> str:
        """The notebook's JSON, without a byte order mark."""
        return self._data.removeprefix(_BOM).decode()

    def file_span(self, span: Span) -> Span:
        """Where the characters of ``span`` are written in the JSON, from the first to the last one's end."""
        start, end = self._written(span.start), self._written(max(span.start, span.end - 1))
        return Span(start.start, end.end if span.end > span.start else start.start)

    def _written(self, offset: int) -> Span:
        """The place in the JSON of one character; of a cell's last line feed, the end of its source."""
        cell = self._cell_at(offset)
        if cell is None:
            return Span(0, 0)
        if cell.number not in self._letters:
            from wbcheck.source.jsontext import letter_places

            source = self._sources[cell.number - 1]
            self._letters[cell.number] = letter_places(self.file_text, source)
        places = self._letters[cell.number]
        return places[min(offset - cell.span.start, len(places) - 1)]

    @cached_property
    def _sources(self) -> list[Source]:
        from wbcheck.source.jsontext import code_sources

        return list(code_sources(self.file_text))

    def apply(self, edits: tuple[tuple[Span, str], ...]) -> bytes:
        """The notebook's bytes after the edits; see ``Unit.apply``.

        The JSON outside the replaced characters stays as it is. An insertion between two cells goes
        to the start of the second one. Raises ``SourceError`` for an edit that crosses cells.
        """
        if not edits:
            return self._data
        from wbcheck.source.jsontext import rewrite

        changes: dict[int, list[tuple[Span, str]]] = {}
        for span, content in ordered(edits, len(self.text)):
            cell = self._cell_at(span.start)
            if cell is None or span.end > cell.span.end:
                raise SourceError("an edit crosses the end of a notebook cell", span.start)
            written = self.text[cell.span.start : cell.span.end - 1]
            base = cell.span.start
            changes.setdefault(cell.number, []).append(
                (Span(span.start - base, span.end - base), native_ends(content, written))
            )
        body = self._data.removeprefix(_BOM)
        return self._data[: len(self._data) - len(body)] + rewrite(body.decode(), changes).encode()


def read_notebook(path: str, data: bytes) -> NotebookUnit:
    """The unit of a notebook's bytes (nbformat 3 and 4; 2 has the shape of 3).

    A notebook in another language than Python has no cells. Raises ``SourceError`` for what is not
    a notebook, with the place in the file where it is known.
    """
    document = _load(data)
    metadata = document.get("metadata")
    python = _is_python(metadata if isinstance(metadata, dict) else {})
    texts: list[str] = []
    codes: list[str] = []
    cells: list[Cell] = []
    magics: list[Magic] = []
    base = 0
    for number, (source, foreign) in enumerate(_code_cells(document) if python else (), 1):
        text = _SURROGATE.sub("\ufffd", source) + "\n"
        code, found = (blanked(text), ()) if foreign else mask(text, number, base)
        texts.append(text)
        codes.append(code)
        cells.append(Cell(number, Span(base, base + len(text))))
        magics.extend(found)
        base += len(text)
    return NotebookUnit(path, "".join(texts), "".join(codes), tuple(cells), tuple(magics), data)


def _load(data: bytes) -> dict[str, Any]:
    import json

    body = data.removeprefix(_BOM)
    try:
        document = json.loads(body.decode())
    except UnicodeDecodeError as error:
        row = body.count(b"\n", 0, error.start) + 1
        raise SourceError("not a notebook: the file is not UTF-8", 0, Position(0, row, 1)) from None
    except json.JSONDecodeError as error:
        place = Position(0, error.lineno, error.colno)
        what = error.msg[0].lower() + error.msg[1:].removesuffix(" starting at")
        raise SourceError(f"not a notebook: invalid JSON, {what}", error.pos, place) from None
    except RecursionError:
        raise SourceError("not a notebook: its JSON is nested too deeply", 0, Position(0, 1, 1)) from None
    except ValueError:
        raise _broken("a number in it is too long") from None
    if not isinstance(document, dict):
        raise _broken("the file holds no JSON object")
    return document


def _broken(why: str) -> SourceError:
    return SourceError(f"not a notebook: {why}", 0, Position(0, 1, 1))


def _is_python(metadata: dict[str, Any]) -> bool:
    kernel, info = metadata.get("kernelspec"), metadata.get("language_info")
    kernel = kernel if isinstance(kernel, dict) else {}
    info = info if isinstance(info, dict) else {}
    language = kernel.get("language") or info.get("name")
    if isinstance(language, str):
        return language.lower().startswith(("python", "ipython"))
    name = kernel.get("name")
    return not (isinstance(name, str) and (name == "ir" or name.startswith("julia")))


def _code_cells(document: dict[str, Any]) -> list[tuple[str, bool]]:
    """Each code cell's source, and whether it is in another language."""
    found = []
    for number, cell in enumerate(raw_cells(document), 1):
        if not isinstance(cell, dict):
            raise _broken(f"cell {number} is no object")
        if cell.get("cell_type") != "code":
            continue
        source = cell["source"] if "source" in cell else cell.get("input")
        if isinstance(source, list) and all(isinstance(line, str) for line in source):
            source = "".join(source)
        if not isinstance(source, str):
            raise _broken(f"cell {number} has no source text")
        found.append((source, _foreign(cell)))
    return found


def raw_cells(document: dict[str, Any]) -> list[Any]:
    """All cells of a parsed notebook, in order (nbformat 4: ``cells``; before: ``worksheets``)."""
    if "cells" in document:
        lists = [document["cells"]]
    elif isinstance(sheets := document.get("worksheets"), list):
        lists = [sheet.get("cells") if isinstance(sheet, dict) else None for sheet in sheets]
    else:
        raise _broken("it has no `cells`")
    if not all(isinstance(cells, list) for cells in lists):
        raise _broken("its `cells` are no list")
    return [cell for cells in lists for cell in cells]


def _foreign(cell: dict[str, Any]) -> bool:
    language = cell.get("language")
    if language is None:
        metadata = cell.get("metadata")
        editor = metadata.get("vscode") if isinstance(metadata, dict) else None
        language = editor.get("languageId") if isinstance(editor, dict) else None
    return isinstance(language, str) and not language.lower().startswith(("python", "ipython"))
