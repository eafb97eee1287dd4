"""Keys of mappings, and attributes."""

from __future__ import annotations

import re

from wbcheck.diagnostic import Edit, Span
from wbcheck.edits.base import Edits, is_name, items_of, replace, source_of
from wbcheck.edits.layout import aligned_lines, column, spread, too_long
from wbcheck.edits.texts import quote, set_text
from wbcheck.model.values import Entry, Piece, Step, Text


def attribute_to_subscript(text: str, step: Step) -> Edits | None:
    """``.lr`` to ``["lr"]``. Refuses a step that is no attribute, or has white space or a comment in it."""
    name = step.name
    if not step.attribute or name is None or source_of(text, step.span) != f".{name}":
        return None
    key = quote(text, name, step.span.start)
    return None if key is None else replace(text, step.span, f"[{key}]")


def rename_key(text: str, entry: Entry, new: str) -> Edits | None:
    """Give a mapping's key another name: ``"a": 1``, ``a=1`` or ``d["a"] = 1``.

    Refuses a key that is not one plain literal, and a keyword that could not be written so.
    """
    key = entry.key
    if not isinstance(key, Text) or len(key.pieces) != 1:
        return None
    piece = key.pieces[0]
    if not isinstance(piece, Piece) or piece.span is None or entry.span is None:
        return None
    if not entry.span.contains(piece.span):
        return None
    if piece.span.start == entry.span.start and source_of(text, piece.span) == piece.text:
        return replace(text, piece.span, new) if is_name(new) else None
    return set_text(text, piece, new)


def prepend_entry(text: str, span: Span, entry: str) -> Edits | None:
    """Put an entry (its source) in front of a dict display's others.

    A display on one line that would get too long gets a line for each entry. Refuses what is no display.
    """
    if text[span.start : span.start + 1] != "{" or text[span.end - 1 : span.end] != "}":
        return None
    inside = Span(span.start + 1, span.end - 1)
    first = Span(inside.start, inside.start)
    break_ = re.compile(r"[ \t]*(?:#[^\n]*)?(\n[ \t]*)").match(text, inside.start, inside.end)
    others = list(items_of(text, inside))
    if break_ is not None and others:
        return (Edit(Span(break_.start(1), break_.start(1)), f"{break_[1]}{entry},"),)
    if others and "\n" in source_of(text, inside):
        aligned = column(text, others[0].start) if aligned_lines(text, span) else 0
        between = "\n" + " " * aligned if aligned else " "
        return (Edit(first, f"{entry},{between}"),)
    added = f"{entry}, " if others else entry
    lines = spread(text, inside, [entry, *others]) if too_long(text, span.start, added) else None
    return (Edit(first, added),) if lines is None else lines
