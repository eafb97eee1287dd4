"""Imports at the top of a file."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence

from wbcheck.diagnostic import Edit, Span
from wbcheck.edits.base import Edits, first_word
from wbcheck.edits.nesting import mentions
from wbcheck.edits.statements import below, remove_statement
from wbcheck.lexer import Line, line_end, line_start, logical_lines, next_line, significant, strings

# Lines that begin so bind what they name (parameters, imported names), and words that bind the next one.
_BINDING = ("def", "async", "class", "from", "import", "global", "nonlocal", "for")
_BEFORE_BOUND = ("as", "for", "lambda")


def ensure_import(text: str, module: str) -> Edits | None:
    """Make sure that ``import module`` stands at the top: nothing to do where it does.

    It goes among the imports of its kind (the standard library's, or others), in its alphabetical place,
    after the docstring and ``__future__``; where there are none of its kind, into a block of its own. Refuses
    where the name is bound to anything else in the file.
    """
    lines = [line for line in logical_lines(text) if not line.indent]
    if any(_imports(text, line, module) for line in lines):
        return ()
    if _is_bound(text, module.partition(".")[0]):
        return None
    blocks = _blocks(text, lines)
    if not blocks:
        return _first_import(text, lines, module)
    kind = _is_standard(module)
    own = next((block for block in blocks if any(_kind(text, line) is kind for line in block)), None)
    if own is None and not kind:
        return below(text, blocks[-1][-1], f"\nimport {module}")
    # A block may have both kinds in it.
    block = [line for line in own if _kind(text, line) is kind] if own else blocks[0]
    above = _sorted_above(text, block, module)
    if above is not None:
        return below(text, above, f"import {module}")
    at = line_start(text, block[0].start)
    return (Edit(Span(at, at), f"import {module}\n" if own else f"import {module}\n\n"),)


def import_beside(text: str, module: str, name: str) -> Edits | None:
    """Make sure that ``from module import name`` stands at the top, beside other names of the module.

    Refuses where nothing else is imported from it so, and where the name is bound to anything else.
    """
    lines = [line for line in logical_lines(text) if not line.indent]
    beside = re.compile(rf"from\s+{re.escape(module)}\s+import\s+(\w+(?:,\s*\w+)*)")
    for line in lines:
        names = beside.fullmatch(text[line.start : line.end])
        if names is None:
            continue
        known = re.split(r",\s*", names[1])
        if name in known:
            return ()
        if _is_bound(text, name):
            return None
        after = next((each for each in known if each.lower() > name.lower()), None)
        if after is None or known != sorted(known, key=str.lower):
            return (Edit(Span(line.end, line.end), f", {name}"),)
        at = line.start + names.start(1) + names[1].index(after)
        return (Edit(Span(at, at), f"{name}, "),)
    return None


def drop_import(text: str, name: str, gone: Sequence[Span] = ()) -> Edits | None:
    """Take away the import that binds ``name``, if nothing mentions it but what is ``gone`` by other edits.

    Nothing to do where it is still used, also by a string that may be an annotation, where several imports
    bind it, or where it is imported on purpose for others: in a ``try``, with a comment, in a list of names.
    """
    imports = [line for line in logical_lines(text) if first_word(text, line.start) in ("import", "from")]
    bound = [line for line in imports if name in _names(text, line)]
    within = [*gone, *(Span(line.start, line.end) for line in imports)]
    used = [place for place in mentions(text, name) if not any(span.contains(place) for span in within)]
    spelt = re.compile(rf"{name}(?:\.[\w.]+)?")
    quoted = any(spelt.fullmatch(text[one.start : one.end].strip("\"'")) for one in strings(text))
    if used or quoted or len(bound) != 1 or bound[0].indent or _has_remark(text, bound[0]):
        return ()
    line, names = bound[0], _names(text, bound[0])
    if len(names) == 1:
        return remove_statement(text, Span(line.start, line.end))
    return _without(text, line, name)


def _without(text: str, line: Line, name: str) -> Edits | None:
    """One of several names out of an import's list."""
    source = text[line.start : line.end]
    head = re.match(r"(?:from\b.*?\bimport\b|import\b)\s*\(?\s*", source, re.DOTALL)
    if head is None or "#" in source or "\\" in source or ";" in source:
        return None
    items = list(re.finditer(r"[\w.]+(?:\s+as\s+\w+)?", source[head.end() :]))
    index = next(n for n, item in enumerate(items) if re.split(r"\s+as\s+", item[0])[-1] == name)
    start, end = items[index].start(), items[index].end()
    if index + 1 < len(items):
        end = items[index + 1].start()
    elif index:
        start = items[index - 1].end()
    offset = line.start + head.end()
    return (Edit(Span(offset + start, offset + end), ""),)


def _names(text: str, line: Line) -> list[str]:
    """The names that an import statement binds, none for other lines and for several statements."""
    source = text[line.start : line.end]
    found = re.match(r"(?:from\b.*?\bimport\b|import\b)", source, re.DOTALL)
    if found is None or ";" in source:
        return []
    listed = re.sub(r"#[^\n]*", "", source[found.end() :])
    names = [re.split(r"\s+as\s+", each.strip(" \t\r\n()\\"))[-1] for each in listed.split(",")]
    return [each.partition(".")[0] for each in names if each]


def _has_remark(text: str, line: Line) -> bool:
    return "#" in text[line.end : next_line(text, line.end)]


def _blocks(text: str, lines: list[Line]) -> list[list[Line]]:
    """The imports at the top of a file, in blocks: those before its first other statement, else the first."""
    found: list[list[Line]] = []
    for line in lines:
        if first_word(text, line.start) not in ("import", "from"):
            if found:
                break
            continue
        if _is_future(text, line):
            continue
        if found and next_line(text, found[-1][-1].end) == line_start(text, line.start):
            found[-1].append(line)
        else:
            found.append([line])
    return found


def _is_future(text: str, line: Line) -> bool:
    return re.match(r"from\s+__future__\b", text[line.start : line.end]) is not None


def _kind(text: str, line: Line) -> bool | None:
    """Whether an import is of the standard library; ``None`` for a relative one."""
    module = re.match(r"(?:from|import)\s+([\w.]+)", text[line.start : line.end])
    return None if module is None or module[1].startswith(".") else _is_standard(module[1])


def _is_standard(module: str) -> bool:
    return module.partition(".")[0] in sys.stdlib_module_names


def _first_import(text: str, lines: list[Line], module: str) -> Edits:
    """The first import of a file: after what must come before it, a blank line on either side."""
    future = [line for line in lines if _is_future(text, line)]
    above = future[-1] if future else lines[0] if lines and _is_docstring(text, lines[0]) else None
    if above is None:
        at = lines[0].start if lines else len(text)
        return (Edit(Span(at, at), f"import {module}\n\n"),)
    after = next_line(text, above.end)
    is_close = after < len(text) and text[after : line_end(text, after)].strip() != ""
    return below(text, above, f"\nimport {module}" + ("\n\n" if is_close else ""))


def _sorted_above(text: str, block: list[Line], module: str) -> Line | None:
    """The last plain import of a block's first ones that sorts before ``module``, if its first one does."""
    above: Line | None = None
    for line in block:
        word, _, name = text[line.start : line.end].partition(" ")
        if word != "import" or name.strip() > module or _kind(text, line) is not _is_standard(module):
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
