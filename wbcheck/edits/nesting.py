"""Edits that move values of a dict deeper into it, and those of what reads them.

``mentions`` says where else a name stands, so that nothing that reads it is missed.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

import msgspec

from wbcheck.diagnostic import Edit, Span
from wbcheck.edits.base import Edits, items_of, source_of
from wbcheck.edits.layout import deeper_indent, indent_at, realigned, too_long
from wbcheck.edits.texts import quote
from wbcheck.lexer import (
    Token,
    fields,
    line_end,
    line_start,
    logical_lines,
    next_line,
    significant,
    strings,
    tokens,
)
from wbcheck.model.values import Entry, Step
from wbcheck.model.values import Mapping as Dict


def mentions(text: str, name: str) -> tuple[Span, ...]:
    """Where a dotted name stands by itself in code: not in a comment or a text, as an attribute of something
    else, or as the keyword of an argument. Fields of f-strings are code.
    """
    kept = _kept(text)
    if name not in kept:
        kept[name] = tuple(_mentions(text, name))
    return kept[name]


@lru_cache(maxsize=4)
def _kept(text: str) -> dict[str, tuple[Span, ...]]:
    """What has been asked of a text: the fixes of a file ask for the same few names."""
    return {}


def _mentions(text: str, name: str) -> Iterator[Span]:
    for start in _words(text).get(name.partition(".")[0], ()):
        place = Span(start, start + len(name))
        if not text.startswith(name, start) or _PART.match(text, place.end):
            continue
        token = _name_at(text, start)
        if token is not None and not (token.depth and _ASSIGNS.match(text, place.end)):
            yield place


@lru_cache(maxsize=4)
def _words(text: str) -> dict[str, list[int]]:
    """Where each word stands that is no attribute: a file is asked for many names."""
    found: dict[str, list[int]] = {}
    for match in re.finditer(r"(?<![\w.])\w+", text):
        found.setdefault(match.group(), []).append(match.start())
    return found


def bound_to(text: str, span: Span) -> str:
    """The dotted name that an expression is assigned to by a statement of its own; else empty."""
    lines = logical_lines(text)
    at = bisect_right(lines, span.start, key=lambda each: each.start) - 1
    if at < 0 or lines[at].end != span.end:
        return ""
    line = lines[at]
    target = re.fullmatch(r"([^\W\d][\w.]*)\s*(?::[^=\n]+)?=\s*", text[line.start : span.start])
    return "" if target is None else target.group(1)


_ASSIGNS = re.compile(r"\s*=(?!=)")
_PART = re.compile(r"\w")


def _name_at(text: str, offset: int) -> Token | None:
    """The name that begins here in code, fields of f-strings among it."""
    known = _tokens(text)
    token = known[bisect_right(known, offset, key=lambda each: each.end)]
    while token.kind == "string":
        field = next((span for span in fields(text, token) if span.start <= offset < span.end), None)
        if field is None:
            return None
        token = next(inner for inner in tokens(text, field.start, field.end) if inner.end > offset)
    return token if token.kind == "name" and token.start == offset else None


@lru_cache(maxsize=4)
def _tokens(text: str) -> tuple[Token, ...]:
    return tuple(tokens(text))


# What reads a value


def step_into(text: str, step: Step, key: str) -> Edits | None:
    """A step that goes through ``key`` first: ``["lr"]`` to ``["params"]["lr"]``, ``.lr`` likewise."""
    outer = quote(text, key, step.span.start)
    if outer is None:
        return None
    if not step.attribute:
        # In the quotes of the step that follows.
        mark = re.match(r"\[\s*(['\"])", source_of(text, step.span))
        outer = f"{mark[1]}{key}{mark[1]}" if mark and outer == f"{outer[0]}{key}{outer[0]}" else outer
        return (Edit(Span(step.span.start, step.span.start), f"[{outer}]"),)
    inner = None if step.name is None else quote(text, step.name, step.span.start)
    if inner is None or source_of(text, step.span) != f".{step.name}":
        return None
    return (Edit(step.span, f"[{outer}][{inner}]"),)


def append_step(text: str, span: Span, key: str) -> Edits | None:
    """An item of what an expression is: ``config`` to ``config["params"]``."""
    outer = quote(text, key, span.start)
    return None if outer is None else (Edit(Span(span.end, span.end), f"[{outer}]"),)


def step_in_target(text: str, target: Span, key: Span, outer: str) -> Edits | None:
    """A key of an assignment's target behind another one: ``d["k"] = 1`` to ``d["a"]["k"] = 1``."""
    opening = text.rfind("[", target.start, key.start)
    quoted = quote(text, outer, target.start)
    if opening <= target.start or quoted is None or text[opening + 1 : key.start].strip():
        return None
    return (Edit(Span(opening, opening), f"[{quoted}]"),)


# What holds it


def nest_value(text: str, span: Span, keys: Sequence[str], convert: str = "") -> Edits | None:
    """An expression under keys of a new dict: ``x`` to ``{"params": x}``.

    The lines of a dict that is written over several are indented by one step for each key. ``convert`` is
    what makes a dict of the expression: ``vars``.
    """
    quoted = [quote(text, key, span.start) for key in keys]
    if any(key is None for key in quoted):
        return None
    lines = _block_of(text, span)
    if lines is None or convert:
        before = "".join(f"{{{key}: " for key in quoted) + (f"{convert}(" if convert else "")
        after = (")" if convert else "") + "}" * len(keys)
        if _gets_too_long(text, span, before + after):
            deeper = deeper_indent(text, span.start)
            before = f"{{\n{deeper}{before[1:]}"
            after = f"{after[:-1]},\n{indent_at(text, span.start)}}}"
        around = (Edit(Span(span.start, span.start), before), Edit(Span(span.end, span.end), after))
        return (*around, *(() if "\n" in before else realigned(text, span, len(before))))
    outer, first, last, unit = lines
    opened = "".join(f"\n{outer}{unit * (depth + 1)}{key}: {{" for depth, key in enumerate(quoted))
    closed = "".join(f"{outer}{unit * depth}}},\n" for depth in range(len(keys), 0, -1))
    edits = [Edit(Span(span.start + 1, span.start + 1), opened)]
    edits += _shifted(text, Span(first, last), unit * len(keys))
    if not _ends_with_comma(text, span):
        end = _last_end(text, span)
        edits.append(Edit(Span(end, end), ","))
    edits.append(Edit(Span(last, last), closed))
    return tuple(edits)


def _gets_too_long(text: str, span: Span, added: str) -> bool:
    """Whether an argument's own line gets too long by what is put around its value."""
    line = text[line_start(text, span.start) : line_end(text, span.end)]
    argument = line.strip().removesuffix(",").removesuffix(source_of(text, span))
    is_alone = re.fullmatch(r"[^\W\d]\w*[ \t]*=[ \t]*", argument) is not None and line[:1] in " \t"
    return is_alone and too_long(text, span.start, added) and not too_long(text, span.start, "")


def _block_of(text: str, span: Span) -> tuple[str, int, int, str] | None:
    """Of a dict display written over several lines, its brackets at the ends of theirs: the indentation of
    the line that closes it, where its inner lines begin and end, and by how much they are indented.
    """
    if text[span.start : span.start + 1] != "{" or text[span.end - 1 : span.end] != "}":
        return None
    first, last = next_line(text, span.start), line_start(text, span.end - 1)
    outer = text[last : span.end - 1]
    inner = next(significant(text, span.start + 1, span.end - 1), None)
    if last <= first or outer.strip() or inner is None or inner.start < first:
        return None
    indent = text[line_start(text, inner.start) : inner.start]
    unit = indent.removeprefix(outer) if indent.startswith(outer) else ""
    return (outer, first, last, unit) if unit and not unit.strip() else None


def _shifted(text: str, lines: Span, by: str) -> Iterator[Edit]:
    """Every line that is not empty, and does not begin within a text, indented by more."""
    inside = [span for span in strings(text) if "\n" in source_of(text, span)]
    at = lines.start
    while at < lines.end:
        within_text = any(span.start < at < span.end for span in inside)
        if not within_text and text[at : line_end(text, at)].strip():
            yield Edit(Span(at, at), by)
        at = next_line(text, at)


def _last_end(text: str, span: Span) -> int:
    """The end of the last token inside the brackets of an expression."""
    end = span.start + 1
    for token in significant(text, span.start + 1, span.end - 1):
        end = token.end
    return end


def _ends_with_comma(text: str, span: Span) -> bool:
    return text[_last_end(text, span) - 1] == ","


class _Chunk(msgspec.Struct):
    """One entry of a display with its lines, comments above and beside it among them."""

    entry: Entry
    lines: str
    has_comment: bool


def gather(text: str, whole: Dict, groups: Mapping[str, Sequence[Entry]]) -> Edits | None:
    """Entries of a dict display moved under keys of it, in their order, with their comments.

    A key that the display has takes them after its own entries, or beside what is spread into it; another one
    stands where its first entry stood. Refuses what is no display, entries that share lines, and a display
    into which something is spread: what that holds may have to stand where it does.
    """
    span = whole.span
    if span is None or text[span.start : span.start + 1] != "{" or text[span.end - 1 : span.end] != "}":
        return None
    if any(text.startswith("**", item.start) for item in items_of(text, Span(span.start + 1, span.end - 1))):
        return None
    entries = [entry for entry in whole.entries if entry.span is not None and span.contains(entry.span)]
    moved = [entry for found in groups.values() for entry in found]
    if len(entries) != len(whole.entries) or any(entry not in entries for entry in moved):
        return None
    entries.sort(key=lambda entry: entry.span or span)
    block = _block_of(text, span)
    if block is None:
        return _gathered_in_line(text, span, entries, groups) if "\n" not in source_of(text, span) else None
    return _gathered_in_lines(text, span, block, entries, groups)


def _key_of(entry: Entry) -> str | None:
    return getattr(entry.key, "constant", None)


def _gathered_in_line(
    text: str, span: Span, entries: Sequence[Entry], groups: Mapping[str, Sequence[Entry]]
) -> Edits | None:
    parts: list[str] = []
    placed: set[str] = set()
    present = {_key_of(entry) for entry in entries}
    for entry in entries:
        group = next((key for key, found in groups.items() if entry in found), None)
        own = _key_of(entry)
        if group is None and own in groups:
            added = [_source(text, each) for each in groups[own or ""]]
            part = _with_added(text, entry, added)
            if part is None:
                return None
            parts.append(part)
        elif group is None:
            parts.append(_source(text, entry))
        elif group not in present and group not in placed:
            placed.add(group)
            key = quote(text, group, span.start)
            parts.append(f"{key}: {{{', '.join(_source(text, each) for each in groups[group])}}}")
    comma = "," if _ends_with_comma(text, span) else ""
    return (Edit(Span(span.start + 1, span.end - 1), ", ".join(parts) + comma),)


def _source(text: str, entry: Entry) -> str:
    assert entry.span is not None
    return source_of(text, entry.span)


def _value_in(text: str, entry: Entry) -> Span | None:
    """The value of a display's entry, as written."""
    if entry.span is None or entry.key.span is None:
        return None
    colon = next(significant(text, entry.key.span.end, entry.span.end), None)
    if colon is None or text[colon.start] != ":":
        return None
    first = next(significant(text, colon.end, entry.span.end), None)
    return None if first is None else Span(first.start, entry.span.end)


def _with_added(text: str, entry: Entry, added: Sequence[str]) -> str | None:
    """An entry whose dict has some more entries: in its display, or beside what is spread into one."""
    value = _value_in(text, entry)
    if value is None or entry.span is None:
        return None
    head, source = text[entry.span.start : value.start], source_of(text, value)
    if not (source.startswith("{") and source.endswith("}")):
        return f"{head}{{**{source}, {', '.join(added)}}}"
    inner = source[1:-1].rstrip().rstrip(",")
    return f"{head}{{{', '.join([*([inner] if inner.strip() else []), *added])}}}"


def _gathered_in_lines(
    text: str,
    span: Span,
    block: tuple[str, int, int, str],
    entries: Sequence[Entry],
    groups: Mapping[str, Sequence[Entry]],
) -> Edits | None:
    outer, first, last, unit = block
    chunks = _chunks(text, entries, first, last)
    if chunks is None:
        return None
    present = {_key_of(entry) for entry in entries}
    taken = {key: [chunk for chunk in chunks if chunk.entry in found] for key, found in groups.items()}
    lines: list[str] = []
    placed: set[str] = set()
    for chunk in chunks:
        group = next((key for key, found in taken.items() if chunk in found), None)
        own = _key_of(chunk.entry)
        if group is None and own in taken:
            grown = _grown(text, chunk, taken[own or ""], unit)
            if grown is None:
                return None
            lines.append(grown)
        elif group is None:
            lines.append(chunk.lines)
        elif group not in present and group not in placed:
            placed.add(group)
            key = quote(text, group, span.start)
            inner = "".join(_indented(each.lines, unit) for each in taken[group])
            lines.append(f"{outer}{unit}{key}: {{\n{inner}{outer}{unit}}},\n")
    return (Edit(Span(first, last), "".join(lines)),)


def _chunks(text: str, entries: Sequence[Entry], first: int, last: int) -> list[_Chunk] | None:
    """The lines of each entry: comments above an entry are its own, as what stands behind it is."""
    found: list[_Chunk] = []
    at = first
    for entry in entries:
        assert entry.span is not None
        start, end = entry.span.start, entry.span.end
        if text[line_start(text, start) : start].strip() or any(
            span.start < at < span.end for span in strings(text)
        ):
            return None
        comma = next(significant(text, end, last), None)
        stop = next_line(text, end if comma is None else comma.end)
        if comma is not None and text[comma.start] != ",":
            return None
        if next(significant(text, end if comma is None else comma.end, stop), None) is not None:
            return None
        source = text[at:stop]
        if comma is None:
            source = f"{text[at:end]},{text[end:stop]}"
        if any("\n" in source_of(text, string) for string in strings(text) if entry.span.contains(string)):
            return None
        found.append(_Chunk(entry, source, "#" in source))
        at = stop
    rest = text[at:last]
    if rest and found:
        found[-1].lines += rest
    return found


def _grown(text: str, chunk: _Chunk, added: Sequence[_Chunk], unit: str) -> str | None:
    """The lines of an entry whose dict has some more entries."""
    entry = chunk.entry
    value = _value_in(text, entry)
    assert entry.span is not None
    if value is None:
        return None
    block = _block_of(text, value)
    if block is None:
        if any(each.has_comment for each in added) or "\n" in source_of(text, entry.span):
            return None
        part = _with_added(text, entry, [_source(text, each.entry) for each in added])
        return None if part is None else chunk.lines.replace(_source(text, entry), part, 1)
    closing = text[block[2] : entry.span.end]
    head, found, tail = chunk.lines.partition(text[value.start : block[2]])
    if not found or not tail.startswith(closing):
        return None
    inner = found
    if not _ends_with_comma(text, value):
        end = _last_end(text, value) - value.start
        inner = f"{found[:end]},{found[end:]}"
    return head + inner + "".join(_indented(each.lines, unit) for each in added) + tail


def _indented(lines: str, by: str) -> str:
    return "".join(f"{by}{line}" if line.strip() else line for line in re.findall(r"[^\n]*\n|[^\n]+", lines))


# Sweeps


def nest_parameters(text: str, parameters: Dict, key: str, is_yaml: bool) -> Edits | None:
    """The parameters of a sweep under one that has parameters itself: ``lr`` to ``params.lr``.

    In YAML, of a mapping in block style: the lines keep their order and their comments.
    """
    span = parameters.span
    if span is None or not parameters.entries:
        return None
    if not is_yaml:
        return nest_value(text, span, (key, "parameters"))
    first = parameters.entries[0].span
    if first is None or span.start != first.start:
        return None
    start = line_start(text, span.start)
    indent = text[start : span.start]
    if indent.strip() or any(
        entry.span is None or text[line_start(text, entry.span.start) : entry.span.start] != indent
        for entry in parameters.entries
    ):
        return None
    unit = "  " if not indent else indent if len(indent) in (2, 4) else "  "
    above = _comments_above(text, start, indent)
    stop = line_end(text, span.end)
    edits = [Edit(Span(above, above), f"{indent}{key}:\n{indent}{unit}parameters:\n")]
    at = above
    while at < stop:
        if text[at : line_end(text, at)].strip():
            edits.append(Edit(Span(at, at), unit * 2))
        at = next_line(text, at)
    return tuple(edits)


def _comments_above(text: str, start: int, indent: str) -> int:
    """Where the comment lines begin that stand right above a line, indented as it is."""
    while start > 0:
        above = line_start(text, start - 1)
        line = text[above : line_end(text, above)]
        if not line.startswith(f"{indent}#"):
            break
        start = above
    return start
