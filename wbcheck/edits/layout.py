"""How code is laid out: how wide lines are, by how much blocks are indented, what is moved or spread out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from wbcheck.diagnostic import Edit, Span
from wbcheck.edits.base import Edits, has_comment, source_of
from wbcheck.lexer import line_end, line_start, logical_lines, next_line, significant, strings


@lru_cache(maxsize=4)
def usual_width(text: str) -> int:
    """How long a line may get, in characters: as long as the file's longest, from 88 up to 120."""
    return min(max(88, *(len(line) for line in text.split("\n"))), 120)


def usual_indent(text: str, indent: str) -> str:
    """What a block is indented by, as the file mostly does it; ``indent`` is that of the lines around."""
    if "\t" in indent:
        return "\t"
    found: Counter[str] = Counter()
    for header, below in pairwise(logical_lines(text)):
        if text[header.end - 1] == ":" and below.indent.startswith(header.indent):
            found[below.indent.removeprefix(header.indent)] += 1
    del found[""]
    return found.most_common(1)[0][0] if found else "    "


def indent_at(text: str, at: int) -> str:
    """The white space that the line of an offset begins with."""
    start = line_start(text, at)
    source = text[start : line_end(text, start)]
    return source[: len(source) - len(source.lstrip(" \t"))]


def deeper_indent(text: str, at: int) -> str:
    """What lines are indented by that stand within brackets of the line of an offset."""
    indent = indent_at(text, at)
    return indent + usual_indent(text, indent)


def column(text: str, at: int) -> int:
    """How many characters stand before an offset on its line."""
    return at - line_start(text, at)


def inner_lines(text: str, span: Span) -> Iterator[int]:
    """Where the physical lines begin that begin in a span, and in no text of several lines."""
    inside = [one for one in strings(text) if span.start < one.end and one.start < span.end]
    inside = [one for one in inside if "\n" in source_of(text, one) or "\r" in source_of(text, one)]
    at = span.start
    while at < span.end:
        if not any(one.start < at < one.end for one in inside):
            yield at
        at = next_line(text, at)


def is_blank(text: str, at: int) -> bool:
    """Whether the line that begins at an offset has nothing but white space."""
    return not text[at : line_end(text, at)].strip()


def aligned_lines(text: str, span: Span) -> tuple[int, ...]:
    """The further lines of an expression that are aligned with what follows a bracket on its first line."""
    first = significant(text, span.start, min(span.end, line_end(text, span.start)))
    brackets = {column(text, one.end) for one in first if one.kind == "open" and not is_blank(text, one.end)}
    further = Span(next_line(text, span.start), span.end)
    lines = [at for at in inner_lines(text, further) if not is_blank(text, at)]
    aligned = len(indent_at(text, lines[0])) if lines else 0
    if aligned not in brackets:
        return ()
    return tuple(at for at in lines if len(indent_at(text, at)) >= aligned)


def realigned(text: str, span: Span, shift: int) -> Edits:
    """Keep the further lines of a call aligned with its bracket, which moves by ``shift`` columns."""
    indent = len(indent_at(text, span.start))
    edits = []
    for at in aligned_lines(text, span):
        start = at + indent  # behind tabs, if the block has any
        if shift > 0:
            edits.append(Edit(Span(start, start), " " * shift))
        elif shift and text.startswith(" " * -shift, start):
            edits.append(Edit(Span(start, start - shift), ""))
    return tuple(edits)


def moved(text: str, span: Span, to: int, indent: str) -> str:
    """The source of an expression for another place: the column ``to`` of a line indented by ``indent``.

    Lines that are aligned with a bracket stay so, others keep their depth below the line that it begins on.
    """
    own = indent_at(text, span.start)
    aligned = aligned_lines(text, span)
    found, reached = [], span.start
    for at in inner_lines(text, Span(next_line(text, span.start), span.end)):
        if is_blank(text, at):
            continue
        blanks = indent_at(text, at)
        if at in aligned:
            wanted = " " * (len(blanks) + to - column(text, span.start))
        else:
            wanted = indent + blanks.removeprefix(own) if blanks.startswith(own) else blanks
        found += [text[reached:at], wanted]
        reached = at + len(blanks)
    return _LINE_END.sub("\n", "".join((*found, text[reached : span.end])))


_LINE_END = re.compile(r"\r\n?")


def too_long(text: str, at: int, added: str) -> bool:
    """Whether a line gets longer than the file's lines are, or becomes several, by what is put into it."""
    length = line_end(text, at) - line_start(text, at) + len(added)
    return "\n" in added or length > usual_width(text)


def spread(text: str, inside: Span, items: Sequence[str | Span]) -> Edits | None:
    """What stands between two brackets on one line, with a line for each item and a comma behind it.

    ``items`` are all that shall stand there, as source or as the span of an expression. Refuses where the
    brackets hold a comment or are on several lines, and an item that is.
    """
    if re.search(r"[\r\n]", source_of(text, inside)) or has_comment(text, inside.start, inside.end):
        return None
    deeper = deeper_indent(text, inside.start)
    sources = (item if isinstance(item, str) else source_of(text, item) for item in items)
    lines = "".join(f"{deeper}{source},\n" for source in sources)
    return (Edit(inside, f"\n{lines}{indent_at(text, inside.start)}"),)
