"""Underscores where the guide wants dashes: in names, groups and tags."""

from collections.abc import Callable

from wbcheck.rule import (
    Applicability,
    Edits,
    File,
    Finding,
    Fix,
    Piece,
    Span,
    Text,
    replace_in_text,
    shown,
    together,
)

from ._left import left, missed, other_reads, told


def underscores(file: File, text: Text, within: Span, what: str, here: Applicability) -> Finding | None:
    """The finding for a text whose constant parts have underscores, or ``None``.

    ``within`` is the span of what gives the text: a literal that stands elsewhere may serve for more than
    this, so that its fix is unsafe. Else it is ``here``, unless something asks for the old form.
    """
    pieces = [piece for piece in text.constants if "_" in piece.text]
    if not pieces:
        return None
    return Finding(
        pieces[0].span or within,
        f"{what} {shown(text)} has underscores",
        fix=_mended(file, text, pieces, within, what, here),
    )


def _mended(
    file: File, text: Text, pieces: list[Piece], within: Span, what: str, here: Applicability
) -> Callable[[], Fix | None]:
    def build() -> Fix | None:
        edits = dashed(file.text, pieces)
        is_here = all(piece.span and within.contains(piece.span) for piece in pieces)
        names = left(file, what, text)
        reads = other_reads(file, pieces, within)
        message = f"Write `-` for `_` in the {what}" + (f"; {reads}" if reads else "")
        lost = missed(file, text) if what == "project" else []
        message += f"; a new project has no {', '.join(lost)} until it is logged there" if lost else ""
        applicability = here if is_here and not names else Applicability.UNSAFE
        return Fix(told(message, names), applicability, edits) if edits else None

    return build


def dashed(text: str, pieces: list[Piece]) -> Edits | None:
    """Dashes for the underscores of all these pieces, or nothing."""
    return together(*(replace_in_text(text, piece, "_", "-") for piece in pieces))
