"""What every maker of edits builds on: putting edits together, and small questions about tokens and lines."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator

from wbcheck.diagnostic import Edit, Span
from wbcheck.lexer import line_end, significant, tokens, tokens_around

Edits = tuple[Edit, ...]


def source_of(text: str, span: Span) -> str:
    """The source at a span."""
    return text[span.start : span.end]


def together(*parts: Edits | None) -> Edits | None:
    """All edits of several makers, each once, or ``None`` as soon as one refuses."""
    found: dict[Edit, None] = {}
    for part in parts:
        if part is None:
            return None
        found.update(dict.fromkeys(part))
    return tuple(found)


def assigned_name(text: str, statement: Span) -> str:
    """The one name that a statement gives a value to; empty where it does anything else."""
    found = re.match(r"([^\W\d]\w*)[ \t]*(?::[^=\n]+)?=(?!=)", source_of(text, statement))
    return "" if found is None else found[1]


def elsewhere(path: str, edits: Edits | None) -> Edits | None:
    """Edits that were made from the text of another file, so that they are applied there.

    ``path`` is as that file's model has it. A fix over several files is applied to all of them or to none.
    """
    return None if edits is None else tuple(Edit(each.span, each.content, path) for each in edits)


def keep(text: str, span: Span) -> Edits:
    """A place that the other edits of a maker take for granted: a fix that changes it has to wait."""
    return (Edit(span, source_of(text, span)),) if span.start < span.end else ()


def replace(text: str, span: Span, content: str) -> Edits:
    """Put ``content`` in the place of a span."""
    return () if source_of(text, span) == content else (Edit(span, content),)


def wrap(text: str, span: Span, before: str, after: str) -> Edits | None:
    """Put text around an expression: ``x`` to ``dict(x)``. Refuses a span with unequal brackets.

    Brackets that the expression has serve for those of a call, and become those of a list.
    """
    depth = 0
    for token in tokens(text, span.start, span.end):
        depth += (token.kind == "open") - (token.kind == "close")
        if depth < 0:
            return None
    if depth:
        return None
    around = (Edit(Span(span.start, span.start), before), Edit(Span(span.end, span.end), after))
    if before[-1:] + after in ("()", "[]") and is_bracketed(text, span):
        if after == ")":
            return (Edit(Span(span.start, span.start), before[:-1]),)
        if "for" in re.findall(r"\w+", source_of(text, span)):
            return around
        return (Edit(Span(span.start, span.start + 1), before), Edit(Span(span.end - 1, span.end), after))
    return around


def is_bracketed(text: str, span: Span) -> bool:
    """Whether an expression stands in brackets that a call could take for its own: ``(a or b)``."""
    inner = list(significant(text, span.start, span.end))
    if len(inner) < 3 or text[inner[0].start] != "(" or any(token.depth == 0 for token in inner[1:-1]):
        return False
    words = [text[token.start : token.end] for token in inner if token.depth == 1]
    return "," not in words and words[0] not in ("yield", "*")


def is_name(word: str) -> bool:
    return word.isidentifier() and not keyword.iskeyword(word)


def skip_blanks(text: str, at: int) -> int:
    while text[at : at + 1] in (" ", "\t"):
        at += 1
    return at


def ends_line(text: str, at: int) -> bool:
    """Whether nothing but a comment follows on the line."""
    return next(significant(text, at, line_end(text, at)), None) is None


def has_comment(text: str, start: int, end: int) -> bool:
    return any(token.kind == "comment" for token in tokens(text, start, end))


def token_before(text: str, start: int) -> int:
    """The end of the last token before ``start``; 0 where there is none."""
    end = 0
    for token in significant(text, 0, start):
        end = token.end
    return end


def first_word(text: str, at: int) -> str:
    token = next(significant(text, at), None)
    return "" if token is None else text[token.start : token.end]


def items_of(text: str, inside: Span) -> Iterator[Span]:
    """What commas part between two brackets."""
    start = end = inside.start
    for token in significant(text, inside.start, inside.end):
        if token.depth == 0 and text[token.start] == ",":
            yield Span(start, end)
            start = end = token.end
        elif start == end:
            start, end = token.start, token.end
        else:
            end = token.end
    if start < end:
        yield Span(start, end)


def opening_of(text: str, close: int) -> int:
    """The offset behind the bracket that the one at ``close`` closes, or ``close`` where there is none."""
    depth = None
    for token in reversed(tokens_around(text, close)):
        if token.start == close:
            depth = token.depth
        elif depth is not None and token.kind == "open" and token.depth == depth:
            return token.end
    return close
