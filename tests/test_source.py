"""Python files as source units: decoding, places, and edits that touch nothing else."""

from __future__ import annotations

import io
import re
import tokenize

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wbcheck.diagnostic import Position, Span
from wbcheck.source import Language, SourceError, blank, may_matter, read_unit
from wbcheck.source.unit import Unit

BOM = b"\xef\xbb\xbf"
# Whatever some language takes for a line end; to Python only the first three are.
letters = [*"ab= é😀\t\f\v\x1c\x85\u2028", "\n", "\r", "\r\n"]
texts = st.lists(st.sampled_from(letters), max_size=40).map("".join)


def unit_of(text: str) -> Unit:
    return read_unit("a.py", text.encode())


def slow_position(text: str, offset: int) -> Position:
    """Row and column by walking over every character."""
    row = column = 1
    for at in range(offset):
        inside_pair = text[at] == "\r" and text[at + 1 : at + 2] == "\n"
        if text[at] in "\r\n" and not inside_pair:
            row, column = row + 1, 1
        else:
            column += 1
    return Position(0, row, column)


@st.composite
def edited(draw: st.DrawFn, source: st.SearchStrategy[str] = texts) -> tuple[str, list[tuple[Span, str]]]:
    """A text and non-overlapping edits of it, in order."""
    text = draw(source)
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    spans = [Span(start, end) for start, end in zip(cuts[::2], cuts[1::2], strict=False)]
    return text, [(span, draw(st.text("xyz é", max_size=4))) for span in spans]


def spliced(text: str, edits: list[tuple[Span, str]]) -> str:
    for span, content in reversed(edits):
        text = text[: span.start] + content + text[span.end :]
    return text


@given(texts)
@example("a\r\n\rb\n\r")
@example("")
def test_every_character_is_there_and_comes_back(text: str) -> None:
    for data in (text.encode(), BOM + text.encode()):
        unit = read_unit("a.py", data)
        assert unit.text == text
        assert unit.code == re.sub(r"\r(?!\n)", "\n", text)
        assert unit.apply(()) == data


@given(texts, st.data())
def test_positions_agree_with_a_walk_over_the_text(text: str, data: st.DataObject) -> None:
    unit = unit_of(text)
    start, end = sorted((data.draw(st.integers(0, len(text))), data.draw(st.integers(0, len(text)))))
    found = unit.locate(Span(start, end))
    assert found.start == slow_position(text, start)
    assert found.end == slow_position(text, end)
    assert unit.offset(found.start.row, found.start.column) <= start


@given(texts)
def test_lines_and_their_ends_make_up_the_text(text: str) -> None:
    unit = unit_of(text)
    lines = [unit.line_span(row) for row in range(1, unit.row_count() + 1)]
    afters = [*[line.start for line in lines[1:]], len(text)]
    assert "".join(text[line.start : after] for line, after in zip(lines, afters, strict=False)) == text
    assert not any(set("\r\n") & set(text[line.start : line.end]) for line in lines)
    assert all(set(text[line.end : after]) <= set("\r\n") for line, after in zip(lines, afters, strict=False))


@given(texts)
def test_rows_are_counted_as_python_counts_lines(text: str) -> None:
    lines = list(io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8", newline=None))
    assert unit_of(text).row_count() == len(lines)


def test_rows_outside_the_text_are_refused() -> None:
    unit = unit_of("a\nb\n")
    assert unit.row_count() == 2
    assert unit.line_span(2) == Span(2, 3)
    assert unit.line_span(3) == Span(4, 4)
    assert unit.offset(1, 99) == 1
    for row in (0, 4):
        with pytest.raises(IndexError):
            unit.line_span(row)
    with pytest.raises(IndexError):
        unit.line_span(1, cell=1)


@given(edited())
def test_edits_change_their_own_ranges_and_nothing_else(case: tuple[str, list[tuple[Span, str]]]) -> None:
    text, edits = case
    wanted = spliced(text, edits)
    for bom in (b"", BOM):
        unit = read_unit("a.py", bom + text.encode())
        assert unit.apply(tuple(edits)) == bom + wanted.encode()


@given(edited(st.text("aé=ü", max_size=20)))
def test_edits_keep_the_declared_encoding(case: tuple[str, list[tuple[Span, str]]]) -> None:
    text, edits = case
    head = "# -*- coding: latin-1 -*-\r\n"
    unit = read_unit("a.py", (head + text).encode("latin-1"))
    moved = tuple((Span(span.start + len(head), span.end + len(head)), new) for span, new in edits)
    assert unit.apply(moved) == (head + spliced(text, edits)).encode("latin-1")


def test_insertions_at_one_place_keep_their_order() -> None:
    unit = unit_of("ab")
    assert unit.apply(((Span(1, 1), "1"), (Span(1, 1), "2"), (Span(1, 2), "B"))) == b"a12B"


@pytest.mark.parametrize(
    "edits", [((Span(0, 2), ""), (Span(1, 3), "")), ((Span(2, 9), ""),), ((Span(-1, 1), ""),)]
)
def test_edits_that_overlap_or_lie_outside_are_refused(edits: tuple[tuple[Span, str], ...]) -> None:
    with pytest.raises(SourceError):
        unit_of("abcd").apply(edits)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a\r\nb\r\n", "a\r\nx\r\ny\r\nb\r\n"),
        ("a\rb\r", "a\rx\ry\rb\r"),
        ("a\nb\n", "a\nx\ny\nb\n"),
        ("a\r\nb\n", "a\r\nx\ny\nb\n"),
    ],
)
def test_new_lines_end_as_the_files_own(text: str, wanted: str) -> None:
    unit = unit_of(text)
    start = unit.line_span(2).start
    assert unit.apply(((Span(start, start), "x\ny\n"),)).decode() == wanted


def test_newline_is_the_first_line_end() -> None:
    assert [unit_of(text).newline for text in ("a", "a\n", "a\r\nb\n", "a\rb")] == ["\n", "\n", "\r\n", "\r"]


COOKIES = [
    b"# coding: latin-1\nx = '\xe9'\n",
    b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\nx = '\x80'\n",
    b"\n# coding=iso-8859-15\nx = '\xa4'\n",
    b" \t\x0c# -*- coding: utf8 -*-\nx = '\xc3\xa9'\n",
    b"#!a\r# coding: latin-1\rx = '\xe9'\r",
    BOM + b"# coding: utf-8\nx = '\xc3\xa9'\n",
    b"# coding: utf-8-sig\nx = 1\n",
    b"x = 1\n# coding: latin-1\ny = '\xc3\xa9'\n",
    b"\n\n# coding: latin-1\ny = '\xc3\xa9'\n",
    b"'''\n# coding: latin-1\n'''\n",
    b"# coding: shift_jis\nx = '\x93\xfa\x96{'\n",
    b"# coding: mac-roman\nx = '\x8e'\n",
]


@pytest.mark.parametrize("data", COOKIES)
def test_text_is_decoded_as_python_decodes_it(data: bytes) -> None:
    unit = read_unit("a.py", data)
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data.replace(b"\r", b"\n")).readline)
    assert unit.text == data.decode(encoding).removeprefix("\ufeff")
    scope: dict[str, object] = {}
    exec(compile(data, "a.py", "exec"), scope)  # noqa: S102 - these few lines are ours
    seen: dict[str, object] = {}
    exec(compile(unit.text, "a.py", "exec"), seen)  # noqa: S102
    assert {name: scope.get(name) for name in "xy"} == {name: seen.get(name) for name in "xy"}
    assert unit.apply(()) == data


@pytest.mark.parametrize(
    ("data", "message", "position"),
    [
        (b"a = 1\nb = '\xe9'\n", "not utf-8: byte 0xe9", Position(0, 2, 6)),
        ("é = '".encode() + b"\xff'", "not utf-8: byte 0xff", Position(0, 1, 6)),
        (b"# coding: klingon\n", "unknown encoding in the file's first lines: klingon", Position(0, 1, 1)),
        (b"\n# coding: rot13\n", "unknown encoding.*: rot13", Position(0, 2, 1)),
        (BOM + b"# coding: latin-1\n", "byte order mark but declares latin-1", Position(0, 1, 1)),
        ("a = 1\n".encode("utf-16"), "UTF-16", Position(0, 1, 1)),
        (b"# coding: ascii\nx = '\xe9'", "not ascii: byte 0xe9", Position(0, 2, 6)),
        (b"# coding: punycode\n" + b"9a" * 9, "unknown encoding.*: punycode", Position(0, 1, 1)),
        (b"# coding: undefined\n", "unknown encoding.*: undefined", Position(0, 1, 1)),
    ],
)
def test_undecodable_files_say_why_and_where(data: bytes, message: str, position: Position) -> None:
    with pytest.raises(SourceError, match=message) as caught:
        read_unit("a.py", data)
    assert "\n" not in caught.value.message
    assert caught.value.position == position


def test_what_the_encoding_lacks_is_refused_and_named() -> None:
    unit = read_unit("a.py", b"# coding: latin-1\nx = 1\n")
    with pytest.raises(SourceError, match=r"'😀' \(U\+1F600\) cannot be written in .* iso8859-1") as caught:
        unit.apply(((Span(22, 23), "'😀'"),))
    assert caught.value.offset == 22
    with pytest.raises(SourceError, match="cannot be written"):
        unit_of("x = 1\n").apply(((Span(4, 5), "'\ud800'"),))


def test_an_edit_that_moves_the_cookie_away_is_refused() -> None:
    unit = read_unit("a.py", b"#!a\n# coding: latin-1\nx = '\xe9'\n")
    with pytest.raises(SourceError, match="encoding"):
        unit.apply(((Span(0, 0), "import wandb\n"),))
    assert unit.apply(((Span(0, 0), "#"),)).startswith(b"##!a")


def test_blank_masks_code_and_nothing_else() -> None:
    unit = unit_of("ab\r\ncd\nef\n")
    masked = blank(unit, [Span(1, 5), Span(7, 8)])
    assert masked.code == "a \r\n d\n f\n"
    assert masked.text == unit.text == unit.code
    assert masked.locate(Span(5, 6)) == unit.locate(Span(5, 6))


def test_kind_of_unit_goes_by_the_suffix() -> None:
    assert read_unit("a.pyi", b"").language is Language.PYTHON
    assert read_unit("A.IPYNB", b'{"cells": []}').language is Language.NOTEBOOK
    assert not unit_of("x").cells
    assert not unit_of("x").magics


@pytest.mark.parametrize("data", [b"import wandb", b"WANDB_MODE", b"WandbLogger", b"from WandB import x"])
def test_wandb_is_seen_in_any_case(data: bytes) -> None:
    assert may_matter("a.py", b"x = 1\n" + data)


def test_other_words_are_seen_where_they_are_configured() -> None:
    assert not may_matter("a.py", b"import acme  # w and b", ())
    assert may_matter("a.py", b"import acme", (b"house", b"acme"))
    assert not may_matter("a.py", b"import ACME", (b"acme",))
