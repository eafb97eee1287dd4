"""A fix as the few lines it changes, for people to read (not a patch to apply)."""

from __future__ import annotations

from collections.abc import Callable
from difflib import SequenceMatcher
from itertools import zip_longest

import msgspec

from wbcheck.diagnostic import Edit, Fix, Span
from wbcheck.lexer import line_start
from wbcheck.source.unit import LINE_END, Unit


class Changed(msgspec.Struct, frozen=True):
    """One line of a patch: ``-`` old, ``+`` new, blank for one that stays, ``@`` a heading (another file).

    ``at`` is the first character that differs from the line it replaces or is replaced by.
    """

    sign: str
    text: str
    at: int = 0


def patch(fix: Fix, path: str, sources: Callable[[str], Unit | None]) -> list[Changed]:
    """The lines that a fix changes. Of those that stay only a single one between two changes is given.

    Files whose source is unknown are left out.
    """
    lines: list[Changed] = []
    for name in dict.fromkeys(edit.path or path for edit in fix.edits):
        unit = sources(name)
        if unit is None:
            continue
        edits = [edit for edit in fix.edits if (edit.path or path) == name]
        if name != path:
            lines.append(Changed("@", name))
        for block in _blocks(edits, unit.text):
            lines += _changes(unit.text, block)
    return lines


def _blocks(edits: list[Edit], text: str) -> list[list[Edit]]:
    """Edits put together where they touch the same or neighbouring lines."""
    blocks: list[list[Edit]] = []
    reached = -1
    for edit in sorted(edits, key=lambda each: each.span):
        whole = _whole_lines(edit.span, text)
        if blocks and whole.start <= reached:
            blocks[-1].append(edit)
        else:
            blocks.append([edit])
        reached = max(reached, whole.end)
    return blocks


def _whole_lines(span: Span, text: str) -> Span:
    start = line_start(text, span.start)
    found = LINE_END.search(text, span.end)
    return Span(start, found.end() if found else len(text))


def _changes(text: str, edits: list[Edit]) -> list[Changed]:
    start = _whole_lines(edits[0].span, text).start
    end = max(_whole_lines(edit.span, text).end for edit in edits)
    parts, reached = [], start
    for edit in edits:
        parts += [text[reached : edit.span.start], edit.content]
        reached = edit.span.end
    old, new = _lines(text[start:end]), _lines("".join(parts) + text[reached:end])
    lines: list[Changed] = []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if tag != "equal":
            left, right = old[old_from:old_to], new[new_from:new_to]
            lines += _side("-", left, right)
            lines += _side("+", right, left)
        elif old_to - old_from == 1 and old_from > 0 and old_to < len(old):
            lines.append(Changed(" ", old[old_from]))
    return lines


def _side(sign: str, lines: list[str], others: list[str]) -> list[Changed]:
    return [
        Changed(sign, line, _alike(line, other))
        for line, other in zip_longest(lines, others[: len(lines)], fillvalue="")
    ]


def _alike(one: str, other: str) -> int:
    """How many characters two lines begin with in common."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (left, right) in enumerate(pairs) if left != right), min(len(one), len(other)))


def _lines(text: str) -> list[str]:
    lines = LINE_END.split(text)
    return lines[:-1] if lines[-1] == "" else lines
