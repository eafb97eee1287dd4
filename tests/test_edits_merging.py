"""Two calls given a dict each made one: the layout of either is kept, and nothing is lost on the way."""

from __future__ import annotations

import ast

import pytest

from wbcheck import edits
from wbcheck.diagnostic import Span
from wbcheck.model.values import Entry, Mapping, Nothing, Text


def merged(text: str) -> str | None:
    """The text with its first two calls made one."""
    rows = [0]
    for line in text.splitlines(keepends=True):
        rows.append(rows[-1] + len(line))

    def span(start: ast.expr, end: ast.expr) -> Span:
        assert end.end_lineno is not None
        assert end.end_col_offset is not None
        return Span(rows[start.lineno - 1] + start.col_offset, rows[end.end_lineno - 1] + end.end_col_offset)

    calls = sorted(
        (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)), key=lambda one: one.lineno
    )
    given: list[Mapping] = []
    for call in calls[:2]:
        value = call.args[0]
        assert isinstance(value, ast.Dict)
        pairs = [(key, item) for key, item in zip(value.keys, value.values, strict=True) if key is not None]
        entries = tuple(Entry(Text(None, ()), Nothing(None), span(key, item)) for key, item in pairs)
        given.append(Mapping(span(value, value), len(given), entries, False))
    made = edits.merge_calls(text, span(calls[0], calls[0]), given[0], span(calls[1], calls[1]), given[1])
    if made is None:
        return None
    for edit in sorted(made, key=lambda edit: edit.span, reverse=True):
        text = text[: edit.span.start] + edit.content + text[edit.span.end :]
    ast.parse(text)
    return text


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("f({'a': 1})\nf({'b': 2})\n", "f({'a': 1, 'b': 2})\n"),
        ("f({'a': 1,})\n\nf({'b': 2,}, )\ng\n", "f({'a': 1, 'b': 2,})\n\ng\n"),
        ("f({'a': 1, 'e': e})\nf({'b': 2, 'e': e})\n", "f({'a': 1, 'e': e, 'b': 2})\n"),
        ("if x:\n\tf({'a': 1})\n\tf({'b': 2})\n", "if x:\n\tf({'a': 1, 'b': 2})\n"),
        ("f({'a': 1})\r\nf({'b': 2})\r\n", "f({'a': 1, 'b': 2})\r\n"),
        ("f({'a': 1}); f({'b': 2})\n", "f({'a': 1, 'b': 2})\n"),
        # An entry on each line, in the first, in the second, in both.
        ("f({\n    'a': 1\n})\nf({'b': 2})\n", "f({\n    'a': 1,\n    'b': 2,\n})\n"),
        (
            "f({\n    'a': 1,  # one\n})\nf({'b': 2})\n",
            "f({\n    'a': 1,  # one\n    'b': 2,\n})\n",
        ),
        ("f({'a': 1})\nf({\n    'b': 2\n})\n", "f({\n    'a': 1,\n    'b': 2\n})\n"),
        (
            "f({\n  'a': 1,\n})\nf({\n      'b': 2,  # two\n      'c': 3\n})\n",
            "f({\n  'a': 1,\n  'b': 2,  # two\n  'c': 3,\n})\n",
        ),
        # Too long for a line.
        (
            f"f({{'a': {'x' * 50}}})\nf({{'b': {'y' * 50}}})\n",
            f"f(\n    {{\n        'a': {'x' * 50},\n        'b': {'y' * 50},\n    }}\n)\n",
        ),
        # Comments that would be lost, or that would stand with something else.
        ("f({'a': 1})  # one\nf({'b': 2})\n", None),
        ("f({'a': 1})\n# two\nf({'b': 2})\n", None),
        ("f({\n    'a': 1,\n})\nf({  # two\n'b': 2})\n", None),
        ("f({'a': 1})\ng\nf({'b': 2})\n", None),
        ("f({'a': 1})\nf({'b': 2})  # two\n", None),
        ("f({\n    'a': 1,\n})\nf({\n  'b': [\n    1,\n  ],\n})\n", None),
    ],
)
def test_the_entries_of_one_come_behind_those_of_the_other(text: str, wanted: str | None) -> None:
    assert merged(text) == wanted
