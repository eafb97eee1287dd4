"""The lexer against the interpreter's own, on real files, and on text that is no Python at all."""

from __future__ import annotations

import ast
import io
import tokenize
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wbcheck import lexer

STDLIB = Path(ast.__file__).parent
FILES = [STDLIB / name for name in ("argparse.py", "dataclasses.py", "tokenize.py", "string.py", "typing.py")]


def offsets(text: str) -> list[int]:
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return starts


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_agrees_with_tokenize_on_comments_and_logical_lines(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    starts = offsets(text)
    theirs = list(tokenize.generate_tokens(io.StringIO(text).readline))
    comments = [
        starts[token.start[0] - 1] + token.start[1] for token in theirs if token.type == tokenize.COMMENT
    ]
    ends = sum(token.type == tokenize.NEWLINE for token in theirs)
    assert [token.start for token in lexer.tokens(text) if token.kind == "comment"] == comments
    assert len(list(lexer.logical_lines(text))) == ends


@given(st.text(alphabet="abfrtuRN{}[]()'\"\\\n\r #:=!,.1é", max_size=60))
def test_any_text_is_cut_into_tokens_without_gaps(text: str) -> None:
    reached = 0
    for token in lexer.tokens(text):
        assert token.start == reached
        assert token.end > token.start
        reached = token.end
    assert reached >= len(text)


@pytest.mark.parametrize(
    ("text", "string"),
    [
        ("x = f'{a!r:>{width}}' # c", "f'{a!r:>{width}}'"),
        ("x = f'{{{a}}}'", "f'{{{a}}}'"),
        ('x = f"{d["k"]}" + y', 'f"{d["k"]}"'),
        ('x = f"{a:\'>10}"', 'f"{a:\'>10}"'),
        (r"x = 'it\'s'", r"'it\'s'"),
        (r"x = r'\'' + y", r"r'\''"),
        (r"x = f'\N{DASH}{a}'", r"f'\N{DASH}{a}'"),
        (r"x = f'\{a}'", r"f'\{a}'"),
        ("x = '''a\n'b' ''' # c", "'''a\n'b' '''"),
        ("x = 'open\ny = 1", "'open"),
        ("x = rb'a'", "rb'a'"),
        ("x = t'{a}'", "t'{a}'"),
    ],
)
def test_a_string_ends_where_python_ends_it(text: str, string: str) -> None:
    found = [text[token.start : token.end] for token in lexer.tokens(text) if token.kind == "string"]
    assert found == [string]


@pytest.mark.parametrize("opening", ['f"{', "f'{a:{", "f'''{(", "f'{[\"", "rf'{", "f'{f\"{"])
def test_deep_nesting_ends_the_text_and_not_the_process(opening: str) -> None:
    text = opening * 5000
    found = list(lexer.tokens(text))
    assert found[-1].end == len(text)
    assert [token.start for token in found[1:]] == [token.end for token in found[:-1]]
    assert lexer.quotes_around(opening * 50, len(opening * 50) - 1)


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("f'{a}{b!r}'", ["a", "b!r"]),
        ("f'{a:>{w}.{p}}'", ["w", "p", "a:>{w}.{p}"]),
        ("f'{d[f\"{k}\"]} {{x}}'", ['d[f"{k}"]']),
        ("f'{a", ["a"]),
        ("f'{a:' + b", ["a:"]),
        ("f'{ {1: 2}[1] }'", [" {1: 2}[1] "]),
    ],
)
def test_fields_of_a_string(text: str, fields: list[str]) -> None:
    found: list[tuple[int, int]] = []
    lexer._string_end(text, 2, "f'", found)
    assert [text[start:end] for start, end in found] == fields


def test_quotes_around_a_place_in_an_f_string() -> None:
    text = "x = f\"a{b['c']:{d}}\" + f'''{e}''' + 'f'"
    assert lexer.quotes_around(text, text.index("b[")) == '"'
    assert lexer.quotes_around(text, text.index("d}")) == '"'
    assert lexer.quotes_around(text, text.index("e}")) == "'"
    assert lexer.quotes_around(text, text.index("a{")) == ""
    assert lexer.quotes_around(text, text.index("x")) == ""


def test_a_nested_f_string_has_both_quotes_around_it() -> None:
    text = "f\"{f'{inner}'}\""
    assert lexer.quotes_around(text, text.index("inner")) == "\"'"


def test_lines_of_all_three_kinds_of_line_end() -> None:
    text = "a = 1\r\nb = (2,\r\n  3)\rc = 4\n\n# d\n  e = 5"
    lines = [(text[line.start : line.end], line.indent) for line in lexer.logical_lines(text)]
    assert lines == [("a = 1", ""), ("b = (2,\r\n  3)", ""), ("c = 4", ""), ("e = 5", "  ")]
    assert lexer.next_line(text, 0) == text.index("b")
    assert lexer.line_start(text, text.index("3)")) == text.index("  3)")
