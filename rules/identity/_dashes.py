"""Underscores where the guide wants dashes: in names, groups and tags."""

import re
from collections.abc import Callable, Iterator

from wbcheck.rule import (
    Applicability,
    Edits,
    File,
    Finding,
    Fix,
    Piece,
    Refusal,
    Span,
    Text,
    replace_in_text,
    setup,
    shown,
    spelled,
    texts,
    together,
)

from ._left import alike, left, missed, other_reads, spelt_elsewhere, told


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


def in_setup(file: File, what: str) -> Iterator[Finding]:
    """The findings for what runs are given as their ``what``, wherever that is said."""
    for place in setup.given(file.model, what):
        for text in texts(place.value):
            found = underscores(file, text, place.event.span, what, Applicability.UNSAFE)
            if found is not None:
                yield found


def _mended(
    file: File, text: Text, pieces: list[Piece], within: Span, what: str, here: Applicability
) -> Callable[[], Fix | Refusal | None]:
    def build() -> Fix | Refusal | None:
        twin = _twin(file, text) if file.role == "settings" else None
        if twin is not None:
            return Refusal("the same text stands here, and is no name of W&B's", twin)
        edits = dashed(file.text, pieces)
        is_here = all(piece.span and within.contains(piece.span) for piece in pieces)
        names = left(file, what, text)
        reads = other_reads(file, pieces, within) or spelt_elsewhere(file, what, text)
        message = f"Write `-` for `_` in the {what}" + (f"; {reads}" if reads else "")
        lost, beside = (missed(file, text), alike(file, text)) if what == "project" else ([], [])
        message += f"; to mend together with {', '.join(beside)}" if beside else ""
        message += f"; a new project has no {', '.join(lost)} until it is logged there" if lost else ""
        applicability = here if is_here and not names and not reads else Applicability.UNSAFE
        return Fix(told(message, names), applicability, edits) if edits else None

    return build


def _twin(file: File, text: Text) -> Span | None:
    """Where else a settings file has the whole text: a name that is taken from a model's, say."""
    if not text.constant or text.span is None:
        return None
    own, alone = text.span, rf"(?<![\w./-]){re.escape(text.constant)}(?![\w./-])"
    return next((each for each in spelled(file.text, alone, True) if not own.overlaps(each)), None)


def dashed(text: str, pieces: list[Piece]) -> Edits | None:
    """Dashes for the underscores of all these pieces, or nothing."""
    return together(*(replace_in_text(text, piece, "_", "-") for piece in pieces))
