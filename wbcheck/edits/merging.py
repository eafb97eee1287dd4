"""Two calls that are given a dict each made into one."""

from __future__ import annotations

from collections.abc import Sequence

from wbcheck.diagnostic import Edit, Span
from wbcheck.edits.base import Edits, has_comment, source_of, together
from wbcheck.edits.layout import too_long
from wbcheck.edits.statements import remove_statement
from wbcheck.lexer import line_end, line_start, significant, tokens
from wbcheck.model.values import Mapping


def merge_calls(text: str, first: Span, given: Mapping, second: Span, more: Mapping) -> Edits | None:
    """Give a call the entries of the dict that the call right after it is given, and take that one away.

    ``first`` and ``second`` are the statements, ``given`` and ``more`` the dicts, written out in them. An
    entry that both have in the same words is kept once. A dict with an entry on each line stays one,
    whichever of the two it is; so is one whose line would become longer than the file's lines are.

    Refuses where anything, also a comment, stands between the two, among the entries that move, or behind the
    call that goes.
    """
    if text[first.end : second.start].strip(" \t\r\n;") or given.span is None or more.span is None:
        return None
    entries, others = _entries(given), _entries(more)
    known = {source_of(text, each) for each in entries}
    others = [each for each in others if source_of(text, each) not in known]
    if not entries or not others:
        return None
    if not _has_lines(text, entries) and _has_lines(text, others):
        lines = _lines(text, entries, given.span, others[0])
        if lines is None:
            return None
        start = line_start(text, others[0].start)
        return together((Edit(Span(start, start), lines),), remove_statement(text, first))
    if has_comment(text, second.end, line_end(text, second.end)):
        return None
    added = _appended(text, first, given.span, entries, more.span, others)
    return together(added, remove_statement(text, second))


def _appended(
    text: str, first: Span, given: Span, entries: Sequence[Span], more: Span, others: Sequence[Span]
) -> Edits | None:
    last, close = entries[-1], given.end - 1
    if _has_lines(text, entries):
        lines = _lines(text, others, more, last)
        end = line_end(text, last.end)
        if lines is None or end > close:
            return None
        comma = "" if "," in _code(text, last.end, close) else ","
        behind = text[last.end : end]
        return (Edit(Span(last.end, end), f"{comma}{behind}\n{lines[:-1]}"),)
    if _comments(text, more, others) or "\n" in text[given.start : given.end]:
        return None
    sources = [source_of(text, each) for each in others]
    if any("\n" in source for source in sources):
        return None
    added = ", ".join(sources)
    if not too_long(text, last.end, f", {added}"):
        return (Edit(Span(last.end, last.end), f", {added}"),)
    return _spread(text, first, given, [source_of(text, each) for each in entries] + sources)


def _spread(text: str, first: Span, given: Span, sources: Sequence[str]) -> Edits | None:
    """A dict that is all that a call on one line is given, with an entry on each line."""
    if text[given.end : first.end] != ")" or text[given.start - 1] != "(":
        return None
    indent = text[line_start(text, first.start) : first.start]
    if indent.strip():
        return None
    unit = "\t" if "\t" in indent else "    "
    rows = "".join(f"{indent}{unit}{unit}{source},\n" for source in sources)
    return (Edit(Span(given.start, given.end), f"\n{indent}{unit}{{\n{rows}{indent}{unit}}}\n{indent}"),)


def _entries(given: Mapping) -> list[Span]:
    return [entry.span for entry in given.entries if entry.span is not None]


def _has_lines(text: str, entries: Sequence[Span]) -> bool:
    """Whether each entry begins a line of its own."""
    return all(not text[line_start(text, each.start) : each.start].strip() for each in entries)


def _lines(text: str, entries: Sequence[Span], within: Span, model: Span) -> str | None:
    """Entries as lines, indented as the one that is their model; comments right behind them come along."""
    indent = text[line_start(text, model.start) : model.start]
    found = []
    behind = 0
    for number, entry in enumerate(entries):
        source = source_of(text, entry)
        own = text[line_start(text, entry.start) : entry.start]
        if "\n" in source and own != indent:
            return None
        stop = entries[number + 1].start if number + 1 < len(entries) else within.end - 1
        end = min(stop, line_end(text, entry.end))
        remarks = [one for one in tokens(text, entry.end, end) if one.kind == "comment"]
        behind += len(remarks)
        comment = "".join(f"  {text[one.start : one.end]}" for one in remarks)
        found.append(f"{indent}{source},{comment}\n")
    return "".join(found) if _comments(text, within, entries) == behind else None


def _comments(text: str, within: Span, entries: Sequence[Span]) -> int:
    """How many comments stand in a dict beside its entries."""
    return sum(
        one.kind == "comment" and not any(each.start <= one.start < each.end for each in entries)
        for one in tokens(text, within.start, within.end)
    )


def _code(text: str, start: int, end: int) -> str:
    return "".join(text[one.start : one.end] for one in significant(text, start, end))
