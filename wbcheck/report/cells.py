"""Text measured in terminal cells, and the pieces that a picture is made of.

Rich knows how wide a character is; nothing here prints.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from rich.cells import cell_len

_TAB = 4


class Run(msgspec.Struct, frozen=True):
    """A stretch of text in one style; ``link`` is where a click on it leads."""

    text: str
    style: str = ""
    link: str = ""


Line = list[Run]


class Charset(msgspec.Struct, frozen=True):
    """The line-drawing characters, or what stands in for them."""

    bar: str
    top: str
    tee: str
    open: str
    close: str
    gap: str

    @classmethod
    def box(cls) -> Charset:
        """For terminals whose encoding has box drawing."""
        return cls(bar="│", top="╭─", tee="├─", open="╭", close="╰─", gap="…")

    @classmethod
    def ascii(cls) -> Charset:
        """For all others."""
        return cls(bar="|", top="-->", tee="-->", open=".", close="'-", gap="...")


class Look(msgspec.Struct, frozen=True):
    """What all pictures of one report share.

    ``width`` is the terminal's, in cells. ``show`` escapes what would not be seen, ``mask`` hides
    secrets.
    """

    width: int
    chars: Charset
    show: Callable[[str], str]
    mask: Callable[[str], str]


def wrapped(text: str, first: int, rest: int) -> list[str]:
    """``text`` in lines of at most ``first``, then ``rest`` cells, broken at blanks.

    A word that is longer than a line stands alone and sticks out: a path or a URL must stay whole.
    """
    lines = [""]
    for word in text.split(" "):
        room = rest if len(lines) > 1 else first
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if lines[-1] and cell_len(longer) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def units_of(source: str, show: Callable[[str], str]) -> list[str]:
    """What each character of a source line is shown as: tabs as spaces, the invisible as escapes."""
    if source.isascii() and source.isprintable():
        return list(source)
    units: list[str] = []
    column = 0
    for each in source:
        shown = " " * (_TAB - column % _TAB) if each == "\t" else show(each)
        column += cell_len(shown)
        units.append(shown)
    return units


def shortened(source: str, low: int, room: int, look: Look) -> str:
    """A source line as shown, in at most ``room`` cells, cut so that its character ``low`` is seen."""
    units, gap = units_of(source, look.show), look.chars.gap
    if cell_len("".join(units)) <= room:
        return "".join(units)
    start, stop = window(units, low, min(low + 20, len(units)), room - 2 * cell_len(gap))
    return (gap if start else "") + "".join(units[start:stop]) + (gap if stop < len(units) else "")


def window(units: list[str], low: int, high: int, room: int) -> tuple[int, int]:
    """Which characters to keep so that ``low`` to ``high`` is seen, with some of what comes before."""
    widths = [cell_len(unit) for unit in units]
    if sum(widths[:high]) <= room:
        start = 0
    else:
        start, spare = low, max(room // 4, room - sum(widths[low:high]) - room // 4)
        while start and spare >= widths[start - 1]:
            start -= 1
            spare -= widths[start]
    stop, spare = start, room
    while stop < len(units) and spare >= widths[stop]:
        spare -= widths[stop]
        stop += 1
    return start, stop
