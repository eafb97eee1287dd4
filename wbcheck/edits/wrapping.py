"""A statement made the header of a block, and what follows put under it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from wbcheck.diagnostic import Edit, Span
from wbcheck.edits.base import Edits, first_word
from wbcheck.edits.layout import inner_lines, is_blank, realigned, usual_indent
from wbcheck.edits.statements import is_header, line_above, logical_line
from wbcheck.lexer import Line, line_end, line_start, logical_lines, next_line

# A remark on the end of a run: it goes with the call that it stands above.
_ON_THE_END = re.compile(r"#.*\b(?:finish|clos|end|stop|shut)\w*\b", re.IGNORECASE)
_ARMS = ("elif", "else", "case")


def wrap_rest_of_block(
    text: str,
    statement: Span,
    expression: Span,
    before: str,
    after: str,
    *,
    end: int | None = None,
    last: Span | None = None,
    needless: Sequence[Span] = (),
) -> Edits | None:
    """Make a header of a statement, and put the rest of its block under it.

    Of the statement only ``expression`` stays, between ``before`` and ``after``: ``run = start()`` becomes
    ``with start() as run:``. The rest is indented by what the file indents by; lines within texts stay as
    they are, arguments that are aligned with their bracket stay so, and blank lines right after the header
    go. Everything ends at the offset ``end`` (a notebook's cell), or before the statement ``last``, if the
    block does not end before. ``last`` goes away, and so does each of ``needless`` after which the block
    would only end.

    Refuses where nothing follows, and where the statement or ``last`` is not alone on its line.
    """
    line = logical_line(text, statement)
    if line is None or is_header(text, statement) or Span(line.start, line.end) != statement:
        return None
    rest = _rest(text, line, len(text) if end is None else end)
    closing: Line | None = None
    if last is not None:
        closing = next((one for one in rest if Span(one.start, one.end) == last), None)
        if closing is None or closing.indent != line.indent:
            return None
        rest = rest[: rest.index(closing)]
    gone = [found for one in needless if (found := _needless(text, rest, one)) is not None]
    if not any(not _within(gone, one.start) for one in rest):
        return None
    if closing is not None:
        gone.append(_with_blanks_above(text, closing))
    stop = gone[-1].start if closing is not None else _with_comments_below(text, line, rest[-1], end)
    body = Span(next_line(text, line.end), stop)
    return (
        *_header(text, statement, expression, before, after),
        *_indented(text, body, line.indent, gone),
        *(Edit(one, "") for one in gone),
    )


def _rest(text: str, line: Line, end: int) -> list[Line]:
    """The logical lines of the block after one of them."""
    found: list[Line] = []
    for other in logical_lines(text):
        if other.start >= end:
            break
        if other.start > line.start:
            if _width(other.indent) < _width(line.indent):
                break
            found.append(other)
    return found


def _width(indent: str) -> int:
    return len(indent.expandtabs())


def _within(spans: Sequence[Span], at: int) -> bool:
    return any(span.start <= at < span.end for span in spans)


# The header


def _header(text: str, statement: Span, expression: Span, before: str, after: str) -> Iterator[Edit]:
    start = Span(statement.start, expression.start)
    yield Edit(start, before)
    yield from realigned(text, expression, len(before) - (start.end - start.start))
    yield Edit(Span(expression.end, statement.end), after)


# What goes under it


def _indented(text: str, body: Span, indent: str, gone: Sequence[Span]) -> Iterator[Edit]:
    unit = usual_indent(text, indent)
    begun = False
    for at in inner_lines(text, body):
        if _within(gone, at):
            continue
        if is_blank(text, at):
            if not begun:
                yield Edit(Span(at, next_line(text, at)), "")
            continue
        begun = True
        start = at + len(indent) if text.startswith(indent, at) else at
        yield Edit(Span(start, start), unit)


def _with_comments_below(text: str, line: Line, last: Line, limit: int | None) -> int:
    """The end of a block, with the comments that still belong to it: not those on what comes next."""
    found = end = next_line(text, last.end)
    at = end
    while at < (len(text) if limit is None else limit):
        source = text[at : line_end(text, at)]
        if not source.strip():
            if not line.indent:
                return end  # of a module, only what stands right below
        elif not source.lstrip().startswith("#"):
            stands = source[: len(source) - len(source.lstrip())]
            return end if _width(stands) < _width(line.indent) else found
        elif not source.startswith(line.indent):
            return end
        else:
            end = next_line(text, at)
        at = next_line(text, at)
    return found if at == limit and not is_blank(text, at) else end


# What goes away


def _needless(text: str, rest: Sequence[Line], statement: Span) -> Span | None:
    """The lines to leave out for a statement after which the block only ends.

    A branch that holds nothing else goes with it.
    """
    place = next((n for n, one in enumerate(rest) if Span(one.start, one.end) == statement), None)
    if place is None or not _ends(text, rest, place):
        return None
    line = rest[place]
    while place and _is_only(text, rest, place):
        place -= 1
        line = Line(rest[place].start, line.end, rest[place].indent)
        is_plain = first_word(text, line.start) == "if" and "(" not in text[line.start : rest[place].end]
        if not is_plain and text[line.start : rest[place].end] != "else:":
            return None
        if not _ends(text, rest, place, line.end):
            return None
    return _with_blanks_above(text, line)


def _ends(text: str, rest: Sequence[Line], place: int, end: int = 0) -> bool:
    """Whether the block ends after a line: only other arms of the branches around it follow."""
    indent = _width(rest[place].indent)
    for other in rest[place + 1 :]:
        if other.start < end:
            continue
        if _width(other.indent) < indent and first_word(text, other.start) in _ARMS:
            indent = _width(other.indent)
        elif _width(other.indent) <= indent:
            return False
    return True


def _is_only(text: str, rest: Sequence[Line], place: int) -> bool:
    """Whether a line is all that the block of the line above it has."""
    above, line = rest[place - 1], rest[place]
    if text[above.end - 1] != ":" or _width(above.indent) >= _width(line.indent):
        return False
    return all(_width(other.indent) < _width(line.indent) for other in rest[place + 1 : place + 2])


def _with_blanks_above(text: str, line: Line) -> Span:
    """A logical line as whole lines.

    With a remark on it above, and the blank lines that set it apart, where nothing follows right below.
    """
    start, end = line_start(text, line.start), next_line(text, line.end)
    below = text[end : line_end(text, end)]
    stands = below[: len(below) - len(below.lstrip())]
    if below.strip() and _width(stands) >= _width(line.indent):
        return Span(start, end)
    while start and _ON_THE_END.match(text[line_above(text, start) : start].strip()):
        start = line_above(text, start)
    while start and not text[line_above(text, start) : start].strip():
        start = line_above(text, start)
    return Span(start, end)
