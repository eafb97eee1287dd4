"""What every maker of edits builds on: putting edits together, and small questions about tokens and lines."""

from __future__ import annotations

import keyword
import re

from wbcheck.diagnostic import Edit, Span
from wbcheck.lexer import line_end, significant, tokens

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
    """Put text around an expression: ``x`` to ``dict(x)``. Refuses a span with unequal brackets."""
    depth = 0
    for token in tokens(text, span.start, span.end):
        depth += (token.kind == "open") - (token.kind == "close")
        if depth < 0:
            return None
    if depth:
        return None
    return (Edit(Span(span.start, span.start), before), Edit(Span(span.end, span.end), after))


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
