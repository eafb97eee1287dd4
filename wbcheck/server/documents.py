"""The documents that are open in the editor, and what they hold as files would.

A notebook is open as its cells, each a document of its own; its bytes are those of a file with these cells.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import msgspec


class Document(msgspec.Struct, frozen=True):
    """An open document: its address, the absolute path that it stands for, and what it holds now.

    ``cells`` are the addresses of a notebook's code cells, in order. ``version`` is the editor's count.
    """

    uri: str
    path: str
    version: int
    data: bytes
    cells: tuple[str, ...] = ()

    def address(self, cell: int) -> str:
        """The address of the document that a place lies in: the cell's, or its own."""
        return self.cells[cell - 1] if 0 < cell <= len(self.cells) else self.uri


def path_of(uri: str) -> str | None:
    """The absolute path of a ``file:`` address; ``None`` for other ones, such as those of new buffers."""
    parts = urlsplit(uri)
    if parts.scheme != "file":
        return None
    path = unquote(parts.path)
    if os.name == "nt" and path[2:3] == ":":
        path = path[1:]
    return os.path.normpath(path)


def uri_of(path: str) -> str:
    """The ``file:`` address of an absolute path."""
    written = quote(path.replace("\\", "/").encode("utf-8", "surrogateescape"), safe="/:")
    return "file://" + ("" if written.startswith("/") else "/") + written


def text_bytes(text: str) -> bytes:
    """A text as the file would be: in the encoding that it declares if that can spell it, else UTF-8."""
    import io
    from tokenize import detect_encoding

    data = text.encode("utf-8", "surrogatepass")
    try:
        encoding, _ = detect_encoding(io.BytesIO(data).readline)
        return text.encode(encoding)
    except (SyntaxError, UnicodeError):
        return data


def notebook_bytes(cells: Sequence[tuple[bool, str]]) -> bytes:
    """A notebook file with these cells, each with whether it is code, and its text."""
    made: list[dict[str, Any]] = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": text}
        if is_code
        else {"cell_type": "markdown", "metadata": {}, "source": text}
        for is_code, text in cells
    ]
    whole = {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=1).encode("utf-8", "surrogatepass")
