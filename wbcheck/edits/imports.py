"""Imports at the top of a file."""

from __future__ import annotations

import re

from wbcheck.diagnostic import Edit, Span
from wbcheck.edits.base import Edits, first_word
from wbcheck.edits.statements import below
from wbcheck.lexer import Line, line_start, logical_lines, next_line, significant

# Lines that begin so bind what they name (parameters, imported names), and words that bind the next one.
_BINDING = ("def", "async", "class", "from", "import", "global", "nonlocal", "for")
_BEFORE_BOUND = ("as", "for", "lambda")


def ensure_import(text: str, module: str) -> Edits | None:
    """Make sure that ``import module`` stands at the top: nothing to do where it does.

    It goes into the first block of imports, in its alphabetical place, after the docstring and
    ``__future__``. Refuses where the name is bound to anything else in the file.
    """
    lines = [line for line in logical_lines(text) if not line.indent]
    if any(_imports(text, line, module) for line in lines):
        return ()
    if _is_bound(text, module.partition(".")[0]):
        return None
    imports = [line for line in lines if first_word(text, line.start) in ("import", "from")]
    future = [line for line in imports if re.match(r"from\s+__future__\b", text[line.start : line.end])]
    imports = [line for line in imports if line not in future]
    if imports:
        above = _sorted_above(text, imports, module)
        if above is not None:
            return below(text, above, f"import {module}")
        at = line_start(text, imports[0].start)
        return (Edit(Span(at, at), f"import {module}\n"),)
    return _first_import(text, lines, future, module)


def _first_import(text: str, lines: list[Line], future: list[Line], module: str) -> Edits:
    """The first import of a file: after what must come before it, a blank line on either side."""
    above = future[-1] if future else lines[0] if lines and _is_docstring(text, lines[0]) else None
    if above is not None:
        return below(text, above, f"\nimport {module}")
    at = lines[0].start if lines else len(text)
    return (Edit(Span(at, at), f"import {module}\n\n"),)


def _sorted_above(text: str, imports: list[Line], module: str) -> Line | None:
    """The last plain import of the first block that sorts before ``module``, if its first one does."""
    above: Line | None = None
    for line in imports:
        word, _, name = text[line.start : line.end].partition(" ")
        is_apart = above is not None and next_line(text, above.end) != line.start
        if word != "import" or name.strip() > module or is_apart:
            break
        above = line
    return above


def _imports(text: str, line: Line, module: str) -> bool:
    """Whether a line binds ``module`` under its own name: ``import os, time``."""
    statements = [part.strip() for part in text[line.start : line.end].split(";")]
    imported = ",".join(part.removeprefix("import ") for part in statements if part.startswith("import "))
    return module in [name.strip() for name in imported.split(",")]


def _is_docstring(text: str, line: Line) -> bool:
    words = [token.kind for token in significant(text, line.start, line.end)]
    return bool(words) and set(words) == {"string"}


def _is_bound(text: str, name: str) -> bool:
    """Whether a name is bound by anything that reads like it: assigned, imported, a parameter, a loop's."""
    for line in logical_lines(text):
        inside = [(text[token.start : token.end], token) for token in significant(text, line.start, line.end)]
        words = ["", *(word for word, _ in inside), "", ""]
        for index, (word, token) in enumerate(inside, start=1):
            if word != name or token.kind != "name" or words[index - 1] == ".":
                continue
            after = words[index + 1 : index + 3]
            if words[1] in _BINDING and (words[1] != "from" or "import" in words[:index]):
                return True
            if words[index - 1] in _BEFORE_BOUND or after == [":", "="]:
                return True
            if token.depth == 0 and after[0] in ("=", ":", ",") and after[1] != "=":
                return True
    return False
