"""Statements: taken away, put beside others, put under a header."""

from __future__ import annotations

import re

from wbcheck.diagnostic import Edit, Span
from wbcheck.edits.base import Edits, first_word, skip_blanks
from wbcheck.lexer import Line, line_end, line_start, logical_lines, next_line

_HEADERS = ("elif", "else", "except", "finally", "case")


def remove_statement(
    text: str, statement: Span, remark: str = "", within: Span | None = None
) -> Edits | None:
    """Take a simple statement away, with its line where it has one to itself.

    Comments on the lines above go, too, where the regular expression ``remark`` says that they are about
    nothing else, and so do blank lines above where everything ends after it (the text, or the notebook's cell
    that it is ``within``), and blank lines below where it comes first in its block. ``pass`` takes its place
    where its block would be empty. Refuses the header of a compound statement.
    """
    line = logical_line(text, statement)
    if line is None or is_header(text, statement):
        return None
    before, after = text[line.start : statement.start].rstrip(), text[statement.end : line.end]
    if after.strip("; \t"):
        end = skip_blanks(text, text.index(";", statement.end) + 1)
        return (Edit(Span(statement.start, end), ""),)
    if before.endswith(";"):
        return (Edit(Span(line.start + len(before) - 1, statement.end), ""),)
    if before or _is_alone(text, line):
        return (Edit(statement, "pass"),)
    start, below = line_start(text, statement.start), next_line(text, line.end)
    while remark and re.fullmatch(
        rf"#\s*{remark}", text[line_above(text, start) : start].strip(), re.IGNORECASE
    ):
        start = line_above(text, start)
    header = _line_before(text, line)
    if header is not None and text[header.end - 1] == ":" and next_line(text, header.end) == start:
        while below < len(text) and not text[below : line_end(text, below)].strip():
            below = next_line(text, below)
    whole = within or Span(0, len(text))
    if not text[below : whole.end].strip():
        while start > whole.start and not text[line_above(text, start) : start].strip():
            start = line_above(text, start)
    return (Edit(Span(start, below), ""),)


def line_above(text: str, start: int) -> int:
    """Where the line above the one that starts here starts."""
    return line_start(text, start - (2 if text.endswith("\r\n", 0, start) else 1)) if start else 0


def insert_before(text: str, statement: Span, source: str) -> Edits | None:
    """Put lines before a statement, indented as it is; those of ``source`` are indented relatively.

    Refuses where something other than a simple statement cannot stand: in ``if x: here``, before
    ``elif``, ``else`` and the like, between a decorator and what it decorates.
    """
    line = logical_line(text, statement)
    if line is None or first_word(text, statement.start) in _HEADERS:
        return None
    if line.start != statement.start:
        simple = "\n" not in source.strip("\n") and not is_header(text, statement)
        return (Edit(Span(statement.start, statement.start), f"{source.strip()}; "),) if simple else None
    above = _line_before(text, line)
    if above is not None and text[above.start] == "@":
        return None
    start = line_start(text, line.start)
    return (Edit(Span(start, start), _indented(source, line.indent)),)


def insert_after(text: str, statement: Span, source: str) -> Edits | None:
    """Put lines after a simple statement, indented as it is. Refuses the header of a compound one."""
    line = logical_line(text, statement)
    if line is None or is_header(text, statement):
        return None
    rest = text[statement.end : line.end].strip()
    if line.start != statement.start or rest:
        simple = "\n" not in source.strip("\n")
        return (Edit(Span(statement.end, statement.end), f"; {source.strip()}"),) if simple else None
    return below(text, line, _indented(source, line.indent))


def insert_after_block(text: str, beside: Span, within: Span, source: str) -> Edits | None:
    """Put lines after the compound statement that ``within`` lies in and that follows ``beside``.

    They are indented as the line of ``beside`` is.
    """
    home = logical_line(text, beside)
    last = logical_line(text, within)
    if home is None or last is None:
        return None
    for line in logical_lines(text):
        if line.start > last.start:
            is_inside = len(line.indent.expandtabs()) > len(home.indent.expandtabs())
            if not is_inside and first_word(text, line.start) not in _HEADERS:
                break
            last = line
    return below(text, last, _indented(source, home.indent))


def below(text: str, line: Line, source: str) -> Edits:
    """Lines right below a line: put at its end, for the next one may be in another notebook cell."""
    at = line_end(text, line.end)
    return (Edit(Span(at, at), "\n" + source.removesuffix("\n")),)


def logical_line(text: str, span: Span) -> Line | None:
    """The logical line that holds a span."""
    for line in logical_lines(text):
        if line.start <= span.start and span.end <= line.end:
            return line
    return None


def _line_before(text: str, line: Line) -> Line | None:
    above = None
    for other in logical_lines(text):
        if other.start >= line.start:
            break
        above = other
    return above


def is_header(text: str, statement: Span) -> bool:
    return text[statement.end - 1 : statement.end] == ":" or first_word(text, statement.start) == "@"


def _indented(source: str, indent: str) -> str:
    lines = source.strip("\n").split("\n")
    return "".join(f"{indent}{line}\n" if line.strip() else "\n" for line in lines)


def _is_alone(text: str, line: Line) -> bool:
    """Whether a line is all that its block has."""
    above, below = None, None
    for other in logical_lines(text):
        if other.start < line.start:
            above = other
        elif other.start > line.start:
            below = other
            break
    opens = above is not None and text[above.end - 1] == ":" and above.indent != line.indent
    return opens and (below is None or len(below.indent.expandtabs()) < len(line.indent.expandtabs()))
