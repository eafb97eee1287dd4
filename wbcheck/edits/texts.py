"""Strings: their quotes, and the text between them."""

from __future__ import annotations

import re
from bisect import bisect_left

from wbcheck.diagnostic import Edit, Span
from wbcheck.edits.base import Edits, is_bracketed, is_name, replace, source_of
from wbcheck.lexer import quotes_around, significant, strings
from wbcheck.model.values import Piece

# Inside quotes these would need an escape, end the string, or open a replacement field.
_NOT_PLAIN = re.compile(r"[\\'\"{}\x00-\x1f\x7f]")


def quote(text: str, value: str, at: int | None = None) -> str | None:
    """``value`` as a string literal in the quotes that the text mostly uses.

    ``at`` is where it will stand: within an f-string's braces its quotes are avoided, and a value that
    would need a backslash there is refused (before Python 3.12 neither parses).
    """
    marks = [text[literal.end - 1] for literal in strings(text)]
    usual = "'" if marks.count("'") > marks.count('"') else '"'
    around = "" if at is None else quotes_around(text, at)
    for mark in (usual, "'" if usual == '"' else '"'):
        if mark not in around:
            escaped = _escape(value, mark)
            return None if around and "\\" in escaped else f"{mark}{escaped}{mark}"
    return None


def _escape(value: str, mark: str) -> str:
    plain = value.replace("\\", "\\\\").replace(mark, "\\" + mark)
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in plain
    )


def set_text(text: str, piece: Piece, new: str) -> Edits | None:
    """Make a constant piece of a text say ``new``."""
    if piece.span is None or source_of(text, piece.span) != piece.text or _NOT_PLAIN.search(new):
        return None
    if not (_stays_bare(new) if piece.bare else _is_quoted(text, piece.span)):
        return None
    return replace(text, piece.span, new)


def replace_in_text(text: str, piece: Piece, old: str, new: str) -> Edits | None:
    """Replace every ``old`` in a constant piece of a text by ``new``, each by an edit of its own."""
    if piece.span is None or source_of(text, piece.span) != piece.text or _NOT_PLAIN.search(new):
        return None
    changed = piece.text.replace(old, new) if old else ""
    if not changed or not (_stays_bare(changed) if piece.bare else _is_quoted(text, piece.span)):
        return None
    edits: list[Edit] = []
    at = piece.text.find(old)
    while at >= 0:
        start = piece.span.start + at
        edits.append(Edit(Span(start, start + len(old)), new))
        at = piece.text.find(old, at + len(old))
    return tuple(edits)


def append_to_text(text: str, span: Span, fields: str) -> Edits | None:
    """Put the source of f-string fields at the end of an expression that is a text: ``"a"`` to ``f"a{b}"``.

    It goes into the last literal of it, or into a new one around a name. Refuses any other expression, and a
    plain literal with braces in it.
    """
    while is_bracketed(text, span):
        span = Span(span.start + 1, span.end - 1)
    source = source_of(text, span)
    if re.fullmatch(r"[^\W\d][\w.]*", source):
        mark = (quote(text, "", span.start) or '"')[0]
        return replace(text, span, f"f{mark}{{{source}}}{fields}{mark}")
    parts = [token for token in significant(text, span.start, span.end) if token.depth == 0]
    others = [text[part.start : part.end] for part in parts if part.kind != "string"]
    last = parts[-1] if parts else None
    if last is None or last.kind != "string" or any(other != "+" for other in others if not is_name(other)):
        return None
    literal = _LITERAL.match(text, last.start)
    if literal is None or literal["prefix"].lower() not in ("", "r", "f", "fr", "rf"):
        return None
    end = last.end - len(literal["quotes"])
    added = Edit(Span(end, end), fields)
    if "f" in literal["prefix"].lower():
        return (added,)
    if re.search(r"[{}]", source_of(text, Span(last.start, last.end))):
        return None
    return (Edit(Span(last.start, last.start), "f"), added)


_LITERAL = re.compile(r"""(?P<prefix>\w*)(?P<quotes>\"{3}|'{3}|"|')""")


def spelled(text: str, pattern: str, is_yaml: bool = False) -> tuple[Span, ...]:
    """Where a regular expression matches within string literals; of YAML, outside of comments."""
    if is_yaml:
        bare = re.sub(r"(?<!\S)#[^\r\n]*", lambda found: " " * len(found.group()), text)
        return tuple(Span(*found.span()) for found in re.finditer(pattern, bare))
    compiled = re.compile(pattern)
    return tuple(
        Span(*found.span())
        for literal in strings(text)
        for found in compiled.finditer(text, literal.start, literal.end)
    )


# What YAML takes for something else than a text, and what no shell takes for itself.
_RESERVED = frozenset("true false yes no on off y n null".split())
_BARE = re.compile(r"(?!\d+[-:.\d]*$)[\w./-][\w./:-]*(?<!:)")


def _stays_bare(new: str) -> bool:
    """Whether a text says the same without quotes, in YAML as in a shell."""
    return _BARE.fullmatch(new) is not None and new.lower() not in _RESERVED


def _is_quoted(text: str, span: Span) -> bool:
    """Whether a span lies wholly between the quotes of one string, or is the literal part of an f-string."""
    literals = strings(text)
    index = bisect_left(literals, span.start, key=lambda literal: literal.start) - 1
    return index >= 0 and literals[index].start < span.start and span.end < literals[index].end
