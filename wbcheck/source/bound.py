"""Bounds on text before LibCST sees it."""

from __future__ import annotations

from wbcheck.source.unit import SourceError

MOST_CHARACTERS = 5_000_000


def bound(code: str) -> None:
    """Refuse text that LibCST cannot take: raises ``SourceError`` with the place and the reason."""
    if len(code) >= MOST_CHARACTERS:
        raise SourceError("the file is larger than 5 MB")
    nul = code.find("\0")
    if nul >= 0:
        raise SourceError("source text cannot hold a NUL character", nul)
