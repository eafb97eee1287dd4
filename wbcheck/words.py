"""Words: those that a name is made of, how many of a thing there are, which one was probably meant."""

from __future__ import annotations

import re
from collections.abc import Iterable

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


def words(name: str) -> list[str]:
    """The words and numbers in a name, in lower case: ``valLoss_2`` has ``val``, ``loss`` and ``2``."""
    return [word.lower() for word in _WORD.findall(name)]


def counted(number: int, word: str, ending: str = "s") -> str:
    """A number and what it counts: ``1 file``, ``2 fixes``; ``ending`` is what makes the word a plural."""
    return f"{number} {word}{'' if number == 1 else ending}"


def suggestion(word: str, known: Iterable[str]) -> str:
    """`` did you mean …?`` with the word of ``known`` nearest to ``word``, or nothing."""
    from difflib import get_close_matches

    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean `{near[0]}`?" if near else ""
