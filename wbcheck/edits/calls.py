"""The arguments of calls: named, set, taken out."""

from __future__ import annotations

import re

from wbcheck.diagnostic import Edit, Span
from wbcheck.edits.base import (
    Edits,
    ends_line,
    has_comment,
    is_name,
    items_of,
    opening_of,
    replace,
    skip_blanks,
    source_of,
    token_before,
    wrap,
)
from wbcheck.edits.layout import column, deeper_indent, indent_at, moved, realigned, spread, too_long
from wbcheck.lexer import line_start, next_line, significant
from wbcheck.model.events import Argument, Arguments
from wbcheck.model.values import Tri


def rename_argument(text: str, argument: Argument, name: str) -> Edits | None:
    """Give a keyword argument another name. Refuses a positional or spread one."""
    if argument.keyword is None or argument.spread or not is_name(name):
        return None
    return replace(text, argument.keyword, name)


def name_argument(text: str, arguments: Arguments, argument: Argument, name: str) -> Edits | None:
    """Give a positional argument its keyword: ``init("p")`` to ``init(project="p")``.

    Refuses where a positional argument or ``*splat`` follows.
    """
    if argument.position is None or argument.spread or argument.keyword is not None or not is_name(name):
        return None
    if arguments.given(name) is not Tri.NO and arguments.find(name) is not argument:
        return None
    if source_of(text, argument.span).startswith("*") or _is_generator(text, argument.span):
        return None
    written = _written(arguments)
    if any(_is_positional(text, other) for other in written[written.index(argument) + 1 :]):
        return None
    at = _with_brackets(text, argument.span, arguments.close.start).start
    return (Edit(Span(at, at), f"{name}="),)


def set_argument(text: str, arguments: Arguments, name: str, value: str | Span) -> Edits | None:
    """Give a call ``name=value``: in place of what it has, else as its last argument.

    ``value`` is source, or the span of an expression of which a copy goes there. A call on one line that
    would get too long gets a line for each argument. Refuses where the argument is spread from a dict, or a
    splat may hold it.
    """
    given = arguments.find(name)
    if given is not None:
        span = value_span(text, given)
        return None if span is None else replace(text, span, _source(text, value, span.start))
    if arguments.given(name) is Tri.UNKNOWN or not is_name(name):
        return None
    return _add_argument(text, arguments, name, value)


def replace_callee(text: str, callee: Span, arguments: Arguments, content: str) -> Edits:
    """Call something else with the same arguments; lines that are aligned with the bracket stay so."""
    edits = replace(text, callee, content)
    if not edits or "\n" in source_of(text, callee):
        return edits
    shift = len(content) - (callee.end - callee.start)
    return (*edits, *realigned(text, Span(callee.end, arguments.close.end), shift))


def remove_argument(text: str, arguments: Arguments, argument: Argument) -> Edits | None:
    """Take an argument out of a call, with its comma, and with its line if it has one to itself.

    Refuses a spread argument, and a positional one that others follow.
    """
    written = _written(arguments)
    if argument not in written:
        return None
    index = written.index(argument)
    later = written[index + 1 :]
    if argument.position is not None and any(_is_positional(text, other) for other in later):
        return None
    close = arguments.close.start
    span = _with_brackets(text, argument.span, close)
    before, comma = token_before(text, span.start), _comma_after(text, span.end, close)
    after = span.end if comma is None else comma + 1
    if len(written) == 1 and not has_comment(text, before, close):
        return (Edit(Span(before, close), ""),)
    line = line_start(text, span.start)
    if before < line and ends_line(text, after):
        return (Edit(Span(line, next_line(text, after)), ""),)
    if later:
        return (Edit(Span(span.start, skip_blanks(text, after)), ""),)
    if index == 0 or has_comment(text, before, span.start):
        return (Edit(Span(span.start, after), ""),)
    # The comma between this last argument and the one before goes; a trailing one stays.
    return (Edit(Span(before - 1, span.end), ""),)


def _source(text: str, value: str | Span, at: int, before: str = "") -> str:
    """The source of a value that is put behind ``before`` at an offset."""
    if isinstance(value, str):
        return before + value
    return before + moved(text, value, column(text, at) + len(before), indent_at(text, at))


def _add_argument(text: str, arguments: Arguments, name: str, value: str | Span) -> Edits | None:
    close = arguments.close.start
    opening = opening_of(text, close)
    spans = list(items_of(text, Span(opening, close)))
    if len(spans) == 1 and _is_generator(text, spans[0]):
        return None
    end = spans[-1].end if spans else close
    comma = _comma_after(text, end, close) if spans else None
    indent = text[line_start(text, spans[-1].start) : spans[-1].start] if spans else ""
    if not spans or indent.strip():
        at, before, after = (end, ", " if spans else "", "") if comma is None else (comma + 1, " ", ",")
        source = _source(text, value, at, f"{before}{name}=")
        if too_long(text, at, source + after):
            deeper = deeper_indent(text, at)
            own = value if isinstance(value, str) else moved(text, value, len(f"{deeper}{name}="), deeper)
            lines = spread(text, Span(opening, close), [*spans, f"{name}={own}"])
            if lines is not None:
                return lines
        return (Edit(Span(at, at), source + after),)
    source = _source(text, value, spans[-1].start, f"{name}=")
    closing = line_start(text, close)
    if closing <= end or text[closing:close].strip():
        # The bracket closes on the last argument's line, or on one that holds more.
        if comma is None:
            return (Edit(Span(end, end), f",\n{indent}{source}"),)
        return (Edit(Span(comma + 1, comma + 1), f"\n{indent}{source},"),)
    if comma is None:
        return (Edit(Span(end, end), ","), Edit(Span(closing, closing), f"{indent}{source}\n"))
    return (Edit(Span(closing, closing), f"{indent}{source},\n"),)


def _written(arguments: Arguments) -> list[Argument]:
    """The arguments that stand in the call itself, in the order in which they were written."""
    inside = [argument for argument in (*arguments.items, *arguments.splats) if not argument.spread]
    return sorted(inside, key=lambda argument: argument.span)


def append_to_tuple(text: str, call: Span) -> Edits | None:
    """``x.append(y)`` to ``x += (y,)``: for what is no list. Refuses what has not one plain argument."""
    opening = opening_of(text, call.end - 1)
    items = list(items_of(text, Span(opening, call.end - 1)))
    dot = text.rfind(".", call.start, opening)
    if len(items) != 1 or dot < 0 or text.startswith("*", items[0].start) or _is_generator(text, items[0]):
        return None
    comma = "" if _comma_after(text, items[0].end, call.end) is not None else ","
    end = Edit(Span(items[0].end, items[0].end), comma)
    return (Edit(Span(dot, opening), " += ("), *((end,) if comma else ()))


def as_tuple(text: str, span: Span) -> Edits | None:
    """A list display, or the one that ends an expression, as a tuple; any other value as the only one of it.

    Refuses a comprehension.
    """
    close = span.end - 1
    if text[close] != "]":
        return wrap(text, span, "(", ",)")
    opening = opening_of(text, close)
    items = list(items_of(text, Span(opening, close)))
    if any(_is_generator(text, item) for item in items):
        return None
    comma = "," if len(items) == 1 and _comma_after(text, items[0].end, close) is None else ""
    return (Edit(Span(opening - 1, opening), "("), Edit(Span(close, span.end), f"{comma})"))


def value_span(text: str, argument: Argument) -> Span | None:
    """The value of an argument, without its keyword; ``None`` for one that is spread from a dict."""
    if argument.spread:
        return None
    if argument.keyword is None:
        return argument.span
    assigned = re.compile(r"\s*=\s*").match(text, argument.keyword.end, argument.span.end)
    return None if assigned is None else Span(assigned.end(), argument.span.end)


def _with_brackets(text: str, span: Span, close: int) -> Span:
    """A span widened by the brackets around the expression, up to the call's own."""
    start, end = span.start, span.end
    for token in significant(text, end, close):
        opening = re.search(r"\(\s*$", text[:start])
        if text[token.start] != ")" or opening is None:
            break
        start, end = opening.start(), token.end
    return Span(start, end)


def _is_generator(text: str, argument: Span) -> bool:
    """Whether an argument is a bare ``x for x in y``, which takes no neighbours."""
    inside = significant(text, argument.start, argument.end)
    return any(token.depth == 0 and text[token.start : token.end] == "for" for token in inside)


def _is_positional(text: str, argument: Argument) -> bool:
    source = source_of(text, argument.span)
    return argument.position is not None or (source.startswith("*") and not source.startswith("**"))


def _comma_after(text: str, end: int, close: int) -> int | None:
    """The offset of the comma that follows an argument, if one does."""
    token = next(significant(text, end, close), None)
    return token.start if token is not None and text[token.start] == "," else None
