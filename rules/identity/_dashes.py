"""Underscores where the guide wants dashes: in names, groups and tags."""

from wbcheck.rule import (
    Applicability,
    Edits,
    File,
    Finding,
    Piece,
    Span,
    Text,
    replace_in_text,
    shown,
    together,
)


def underscores(file: File, text: Text, within: Span, what: str, here: Applicability) -> Finding | None:
    """The finding for a text whose constant parts have underscores, or ``None``.

    ``within`` is the span of what gives the text: a literal that stands elsewhere may serve for more than
    this, so that its fix is unsafe; else its applicability is ``here``.
    """
    pieces = [piece for piece in text.constants if "_" in piece.text]
    if not pieces:
        return None
    is_here = all(piece.span and within.contains(piece.span) for piece in pieces)
    return Finding(
        pieces[0].span or within,
        f"{what} {shown(text)} has underscores",
        fix=file.fix_as(
            here if is_here else Applicability.UNSAFE, f"Write `-` for `_` in the {what}", dashed, pieces
        ),
    )


def dashed(text: str, pieces: list[Piece]) -> Edits | None:
    """Dashes for the underscores of all these pieces, or nothing."""
    return together(*(replace_in_text(text, piece, "_", "-") for piece in pieces))
