"""Suppression comments: where they hold, what they name, and what is said about idle and odd ones."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tokenize
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wbcheck.diagnostic import Applicability, Diagnostic, Finding, Fix, Severity, Span
from wbcheck.source import Unit, read_unit
from wbcheck.suppressions import (
    BLANKET,
    UNKNOWN,
    UNUSED,
    Filtered,
    Verb,
    apply,
    judge,
    noqa_codes,
    ruff_notice,
    suppressions,
)
from wbcheck.suppressions.comments import scan


class Info(NamedTuple):
    code: str
    name: str
    preset: str
    category: str
    aliases: tuple[str, ...] = ()
    preview: bool = False


CATALOGUE = {
    info.code: info
    for info in (
        Info("WB001", "unparsable-file", "essential", "checker"),
        Info("WB002", "unused-suppression", "guide", "checker"),
        Info("WB003", "unknown-suppression-code", "recommended", "checker"),
        Info("WB004", "blanket-suppression", "all", "checker"),
        Info("WB101", "run-name-underscore", "recommended", "identity", ("run-name-dash",)),
        Info("WB102", "missing-group", "guide", "identity"),
        Info("WB301", "metric-not-namespaced", "guide", "metrics"),
        Info("ACME1", "house-rule", "recommended", "acme"),
    )
}
EVERYTHING = frozenset(CATALOGUE)


def notebook(*cells: str) -> bytes:
    """A notebook of these code cells."""
    return json.dumps(
        {
            "cells": [
                {
                    "cell_type": "code",
                    "execution_count": None,
                    "metadata": {},
                    "outputs": [],
                    "source": cell.splitlines(keepends=True),
                }
                for cell in cells
            ],
            "metadata": {},
            "nbformat": 4,
            "nbformat_minor": 5,
        },
        indent=1,
    ).encode()


def diagnostic(unit: Unit, span: Span, code: str = "WB101", statement: Span | None = None) -> Diagnostic:
    info = CATALOGUE[code]
    return Diagnostic(
        path=unit.path,
        span=span,
        range=unit.locate(span),
        code=code,
        name=info.name,
        severity=Severity.WARNING,
        message="a message",
        statement=statement,
    )


def marked(source: str) -> tuple[Unit, Diagnostic]:
    """The unit of a source in which « and » stand around a statement and `BAD` is what is reported."""
    start, end = source.index("«"), source.index("»") - 1
    plain = source.replace("«", "").replace("»", "")
    unit = read_unit("a.py", plain.encode())
    bad = plain.index("BAD")
    return unit, diagnostic(unit, Span(bad, bad + 3), statement=Span(start, end))


def filtered(unit: Unit, *found: Diagnostic) -> Filtered:
    return apply(suppressions(unit), unit, found, CATALOGUE)


IGNORE = "# wbcheck: ignore[WB101]"
POSITIONS = {
    "at the end of a one-line statement": (f"«x = BAD()»  {IGNORE}\n", True),
    "without blanks": ("«x = BAD()»#wbcheck:ignore[WB101]\n", True),
    "on the first line of several": (f"«x = f(  {IGNORE}\n    BAD,\n)»\n", True),
    "on the reported line": (f"«x = f(\n    BAD,  {IGNORE}\n    1,\n)»\n", True),
    "on another line in the middle": (f"«x = f(\n    BAD,\n    1,  {IGNORE}\n)»\n", True),
    "on the last line": (f"«x = f(\n    BAD,\n)»  {IGNORE}\n", True),
    "alone on a line within the statement": (f"«x = f(\n    {IGNORE}\n    BAD,\n)»\n", True),
    "alone above": (f"{IGNORE}\n«x = BAD()»\n", True),
    "alone above, indented": (f"if x:\n    {IGNORE}\n    «x = BAD()»\n", True),
    "alone above, indented otherwise": (f"if x:\n{IGNORE}\n    «x = BAD()»\n", True),
    "alone above a statement of several lines": (f"{IGNORE}\n«x = f(\n    1,\n    BAD,\n)»\n", True),
    "above another comment": (f"{IGNORE}\n# more about it\n«x = BAD()»\n", True),
    "two lines above": (f"{IGNORE}\n\n«x = BAD()»\n", False),
    "alone below": (f"«x = BAD()»\n{IGNORE}\n", False),
    "on the line before, behind code": (f"y = 1  {IGNORE}\n«x = BAD()»\n", False),
    "on the line after, behind code": (f"«x = BAD()»\ny = 1  {IGNORE}\n", False),
    "on a with header": (f"«with BAD as run:»  {IGNORE}\n    pass\n", True),
    "on the first line of a with header": (f"«with (  {IGNORE}\n    BAD as run,\n):»\n    pass\n", True),
    "on the last line of a with header": (f"«with (\n    BAD as run,\n):»  {IGNORE}\n    pass\n", True),
    "in the body of a with": (f"«with BAD as run:»\n    pass  {IGNORE}\n", False),
    "alone as the body's first line": (f"«with BAD as run:»\n    {IGNORE}\n    pass\n", False),
    "on a decorator": (f"«@BAD  {IGNORE}\ndef f():»\n    pass\n", True),
    "on the def line below the decorator": (f"«@BAD\ndef f():»  {IGNORE}\n    pass\n", True),
    "above the decorator": (f"{IGNORE}\n«@BAD\ndef f():»\n    pass\n", True),
    "between decorator and def": (f"«@BAD\n\n{IGNORE}\ndef f():»\n    pass\n", True),
    "on the line after the def": (f"«@BAD\ndef f():»\n    pass  {IGNORE}\n", False),
    "on the second decorator": (f"«@BAD\n@other  {IGNORE}\nasync def f():»\n    pass\n", True),
    "on the first line of a def's several": (f"«def f(  {IGNORE}\n    x=BAD,\n):»\n    pass\n", True),
    "on an elif": (f"if x:\n    pass\n«elif (\n    BAD\n):»  {IGNORE}\n    pass\n", True),
    "after a one-line compound statement": (f"if x: «BAD()»  {IGNORE}\n", True),
    "behind a matrix product": (f"«x = (y\n@ BAD)»  {IGNORE}\nz = 1\n", True),
    "nested deeply": (f"def f():\n    for i in x:\n        if i:\n            «BAD()»  {IGNORE}\n", True),
    "on the def around it": (f"def f():  {IGNORE}\n    «BAD()»\n", False),
    "behind a semicolon": (f"y = 1; «BAD()»  {IGNORE}\n", True),
    "behind a backslash continuation": (f"«x = 1 + \\\n    BAD»  {IGNORE}\n", True),
    "in a string": (f'«x = BAD("{IGNORE}")»\n', False),
    "in a triple-quoted string": (f'«x = BAD("""\n{IGNORE}\n""")»\n', False),
    "behind a triple-quoted string": (f'«x = BAD("""\n\n""")»  {IGNORE}\n', True),
    "in an f-string": (f"«x = BAD(f'{{y}} {IGNORE}')»\n", False),
    "in a docstring above": (f'"""\n{IGNORE}"""\n«x = BAD()»\n', False),
    "first line of the file": (f"{IGNORE}\n«x = BAD()»", True),
    "last line without a line end": (f"«x = BAD()»  {IGNORE}", True),
    "with CRLF": (f"y = 1\r\n«x = f(\r\n    BAD,  {IGNORE}\r\n)»\r\n", True),
    "alone above with CRLF": (f"y = 1\r\n{IGNORE}\r\n«x = BAD()»\r\n", True),
    "with CR alone": (f"y = 1\r{IGNORE}\r«x = BAD()»\r", True),
    "with tabs": (f"if x:\n\t«x = BAD()»\t{IGNORE}\n", True),
    "alone above with tabs": (f"if x:\n\t{IGNORE}\n\t«x = BAD()»\n", True),
    "behind a form feed": (f"\f{IGNORE}\n«x = BAD()»\n", True),
    "behind wide characters": (f'«x = BAD("漢字🔥")»  {IGNORE}\n', True),
    "behind broken code": (f"x = (\n'unterminated\n«BAD()»  {IGNORE}\n", True),
    "behind another comment": (f"«x = BAD()»  # type: ignore  {IGNORE}\n", True),
    "before another comment": (f"«x = BAD()»  {IGNORE}  # pylint: disable=all\n", True),
    "with a reason": (f"«x = BAD()»  {IGNORE} the name is set by hand, see #12\n", True),
    "a whole file, far below": ("«x = BAD()»\n\n\n# wbcheck: ignore-file[WB101]\n", True),
    "a whole file, behind code": ("«x = BAD()»\ny = 1  # wbcheck: ignore-file[WB101] why\n", True),
    "noqa at the end": ("«x = BAD()»  # noqa: WB101\n", True),
    "noqa inside the statement": ("«x = f(\n    BAD,\n)»  # noqa: WB101\n", True),
    "noqa alone above": ("# noqa: WB101\n«x = BAD()»\n", False),
    "bare noqa": ("«x = BAD()»  # noqa\n", True),
    "ruff's own": ("# ruff: noqa\n# ruff: noqa: WB101\n«x = BAD()»  # ruff: noqa\n", False),
    "flake8's own": ("# flake8: noqa\n«x = BAD()»  # flake8: noqa: WB101\n", False),
}


@pytest.mark.parametrize("statement", [True, False], ids=["known", "unknown"])
@pytest.mark.parametrize(("source", "silenced"), POSITIONS.values(), ids=POSITIONS.keys())
def test_position(source: str, silenced: bool, statement: bool) -> None:
    unit, found = marked(source)
    if not statement:
        found = diagnostic(unit, found.span)
    result = filtered(unit, found)
    suppressed = tuple(each.diagnostic for each in result.suppressed)
    assert (suppressed, result.kept) == (((found,), ()) if silenced else ((), (found,)))


NOTEBOOKS = {
    "in the same cell": (f"y = 1\n<cell>\n«x = BAD()»  {IGNORE}\n", True),
    "alone above in the same cell": (f"y = 1\n<cell>\n{IGNORE}\n«x = BAD()»\n", True),
    "at the end of the cell before": (f"y = 1\n{IGNORE}\n<cell>\n«x = BAD()»\n", False),
    "a file's, in another cell": ("# wbcheck: ignore-file[WB101]\n<cell>\n«x = BAD()»\n", True),
    "behind a magic": (f"%matplotlib inline  {IGNORE}\n«x = BAD()»\n", False),
    "an open string does not swallow the next cell": (f"y = '''\n<cell>\n«x = BAD()»  {IGNORE}\n", True),
}


@pytest.mark.parametrize(("source", "silenced"), NOTEBOOKS.values(), ids=NOTEBOOKS.keys())
def test_position_in_a_notebook(source: str, silenced: bool) -> None:
    cells = source.replace("«", "").replace("»", "").split("<cell>\n")
    unit = read_unit("n.ipynb", notebook(*cells))
    statement = source[source.index("«") + 1 : source.index("»")]
    start, bad = unit.text.index(statement), unit.text.index("BAD")
    found = diagnostic(unit, Span(bad, bad + 3), statement=Span(start, start + len(statement)))
    assert bool(filtered(unit, found).suppressed) is silenced


@pytest.mark.parametrize(
    ("comment", "silenced"),
    [
        ("# wbcheck: ignore[run-name-underscore]", True),
        ("# wbcheck: ignore[run-name-dash]", True),
        ("# wbcheck: ignore[RUN-NAME-UNDERSCORE]", True),
        ("# wbcheck: ignore[wb101]", True),
        ("# wbcheck: ignore[WB1]", True),
        ("# wbcheck: ignore[WB]", True),
        ("# wbcheck: ignore[WB102, metric-not-namespaced,WB101]", True),
        ("# wbcheck: ignore [ WB101 ]", True),
        ("# wbcheck: ignore", True),
        ("# wbcheck: ignore because it is late", True),
        ("# wbcheck: Ignore[WB101]", True),
        ("# wbcheck: ignore[WB102]", False),
        ("# wbcheck: ignore[WB10]", True),
        ("# wbcheck: ignore[W]", False),
        ("# wbcheck: ignore[]", False),
        ("# wbcheck: ignore[WB101", False),
        ("# wbcheck: ignore[essential]", False),
        ("# wbcheck: ignore[all]", False),
        ("# wbcheck: disable[WB101]", False),
        ("# wbcheck: says that this is wrong", False),
        ("# noqa:WB101", True),
        ("# NOQA: wb101", True),
        ("#noqa : WB101", True),
        ("# noqa: E501, WB101", True),
        ("# noqa: E501 WB101 and a reason", True),
        ("# noqa: WB1", True),
        ("# noqa: E501", False),
        ("# noqa: run-name-underscore", False),
        ("# noqa:", False),
        ("# noqa because", True),
        ("# noqax", False),
        ("# please no noqa here", False),
        ("# nosec  # noqa: WB101", True),
    ],
)
def test_what_a_comment_names(comment: str, silenced: bool) -> None:
    unit, found = marked(f"«x = BAD()»  {comment}\n")
    assert bool(filtered(unit, found).suppressed) is silenced


def test_a_finding_without_a_statement_is_silenced_on_its_own_lines() -> None:
    unit = read_unit("a.py", b"y = 1\nx = BAD(\n)  # wbcheck: ignore[WB101]\n")
    assert filtered(unit, diagnostic(unit, Span(10, 16))).suppressed
    assert not filtered(unit, diagnostic(unit, Span(0, 1))).suppressed


def test_our_own_failures_are_never_silenced() -> None:
    unit, found = marked("«x = BAD()»  # wbcheck: ignore\n")
    failure = Diagnostic(**{key: getattr(found, key) for key in found.__struct_fields__} | {"fault": True})
    assert filtered(unit, failure).kept == (failure,)


def test_the_nearest_comment_is_the_one_that_counts() -> None:
    source = "# wbcheck: ignore-file[WB101]\n«x = BAD()»  # noqa  # noqa: WB101  # wbcheck: ignore[WB101]\n"
    unit, found = marked(source)
    silenced = [use.suppression.verb for use in filtered(unit, found).uses if use.silenced]
    assert silenced == [Verb.IGNORE]


def judged(
    source: str, *codes: str, ran: frozenset[str] = EVERYTHING
) -> tuple[Unit, list[tuple[str, Finding]]]:
    """What is said about the comments of a source in which each code is reported at `BAD`."""
    unit = read_unit("a.py", source.encode())
    bad = max(0, source.find("BAD"))
    span = Span(bad, bad + 3)
    result = filtered(unit, *(diagnostic(unit, span, code) for code in codes))
    return unit, list(judge(result.uses, unit, ran, CATALOGUE))


def fixed(unit: Unit, finding: Finding) -> bytes:
    assert finding.fix is not None
    fix = finding.fix()
    assert isinstance(fix, Fix)
    assert fix.applicability is Applicability.SAFE
    return unit.apply(tuple((edit.span, edit.content) for edit in fix.edits))


REMOVALS = {
    "whole": ("x = 1  # wbcheck: ignore[WB101]\n", (), "x = 1\n"),
    "with its reason": ("x = 1  # wbcheck: ignore[WB101] long story, see #12\n", (), "x = 1\n"),
    "trailing blanks go too": ("x = 1\t# wbcheck: ignore[WB101]  \t\ny = 2\n", (), "x = 1\ny = 2\n"),
    "CRLF stays": ("x = 1  # wbcheck: ignore[WB101]\r\ny = 2\r\n", (), "x = 1\r\ny = 2\r\n"),
    "its own line goes": ("if x:\n    # wbcheck: ignore[WB101]\n    y = 2\n", (), "if x:\n    y = 2\n"),
    "its own CRLF line goes": ("a = 1\r\n# wbcheck: ignore[WB101]\r\ny\r\n", (), "a = 1\r\ny\r\n"),
    "at the end of the file": ("x = 1\n# wbcheck: ignore[WB101]", (), "x = 1\n"),
    "nothing but it": ("# wbcheck: ignore[WB101]\n", (), ""),
    "first of two codes": (
        "BAD  # wbcheck: ignore[WB101, WB102]\n",
        ("WB102",),
        "BAD  # wbcheck: ignore[WB102]\n",
    ),
    "last of two codes": (
        "BAD  # wbcheck: ignore[WB101,WB102] r\n",
        ("WB101",),
        "BAD  # wbcheck: ignore[WB101] r\n",
    ),
    "outer two of three": (
        "BAD  # wbcheck: ignore[ WB101, WB102 , WB301 ] why\n",
        ("WB102",),
        "BAD  # wbcheck: ignore[ WB102 ] why\n",
    ),
    "the first two of three": (
        "BAD  # wbcheck: ignore[WB101, WB102, WB301]\n",
        ("WB301",),
        "BAD  # wbcheck: ignore[WB301]\n",
    ),
    "the last two of three": (
        "BAD  # wbcheck: ignore[WB101, WB102, WB301]\n",
        ("WB101",),
        "BAD  # wbcheck: ignore[WB101]\n",
    ),
    "by name": (
        "BAD  # wbcheck: ignore[missing-group, WB101]\n",
        ("WB101",),
        "BAD  # wbcheck: ignore[WB101]\n",
    ),
    "ours in a shared noqa": ("x = 1  # noqa: E501, WB101\n", (), "x = 1  # noqa: E501\n"),
    "ours first in a shared noqa": ("x = 1  # noqa: WB101, E501 why\n", (), "x = 1  # noqa: E501 why\n"),
    "ours between others": ("x = 1  # noqa: F401,WB101,E501\n", (), "x = 1  # noqa: F401,E501\n"),
    "a noqa of ours alone": ("x = 1  # noqa: WB101\n", (), "x = 1\n"),
    "behind another comment": (
        "x = 1  # type: ignore  # wbcheck: ignore[WB101]\n",
        (),
        "x = 1  # type: ignore\n",
    ),
    "before another comment": (
        "x = 1  # wbcheck: ignore[WB101]  # type: ignore\n",
        (),
        "x = 1  # type: ignore\n",
    ),
    "between other comments": (
        "x = 1  # fmt: skip # wbcheck: ignore[WB101] # type: ignore\n",
        (),
        "x = 1  # fmt: skip # type: ignore\n",
    ),
    "a whole file's": ("# wbcheck: ignore-file[WB101]\nx = 1\n", (), "x = 1\n"),
    "a blanket": ("x = 1  # wbcheck: ignore\n", (), "x = 1\n"),
}


@pytest.mark.parametrize(("source", "codes", "after"), REMOVALS.values(), ids=REMOVALS.keys())
def test_an_idle_suppression_is_removed(source: str, codes: tuple[str, ...], after: str) -> None:
    unit, found = judged(source, *codes)
    (idle,) = [finding for code, finding in found if code == UNUSED]
    assert fixed(unit, idle) == after.encode()
    _, left = judged(after, *codes)
    assert [code for code, _ in left if code == UNUSED] == []


@pytest.mark.parametrize(
    ("cells", "after"),
    [
        (("x = 1\n# wbcheck: ignore[WB101]", "y = 2"), ("x = 1", "y = 2")),
        (("# wbcheck: ignore[WB101]\nx = 1", "y = 2"), ("x = 1", "y = 2")),
        (("# wbcheck: ignore[WB101]", "y = 2"), ("", "y = 2")),
        (("x = 1  # wbcheck: ignore[WB101]", "y = 2"), ("x = 1", "y = 2")),
    ],
)
def test_an_idle_suppression_is_removed_from_its_cell(cells: tuple[str, ...], after: tuple[str, ...]) -> None:
    unit = read_unit("n.ipynb", notebook(*cells))
    ((_, idle),) = judge(filtered(unit).uses, unit, EVERYTHING, CATALOGUE)
    document = json.loads(fixed(unit, idle))
    assert tuple("".join(cell["source"]) for cell in document["cells"]) == after


@pytest.mark.parametrize(
    ("source", "codes", "ran"),
    [
        ("BAD  # wbcheck: ignore[WB101]\n", ("WB101",), EVERYTHING),
        ("x = 1  # wbcheck: ignore[WB101]\n", (), EVERYTHING - {"WB101"}),
        ("x = 1  # wbcheck: ignore[WB1]\n", (), EVERYTHING - {"WB102"}),
        ("x = 1  # wbcheck: ignore[WB002]\n", (), EVERYTHING),
        ("x = 1  # wbcheck: ignore\n", (), EVERYTHING - {"WB301", BLANKET}),
        ("x = 1  # wbcheck: ignore[WB101]\n", (), EVERYTHING - {UNUSED}),
        ("x = 1  # noqa\n", (), EVERYTHING),
        ("x = 1  # noqa: E501, ACME1\n", (), EVERYTHING),
        ("x = 1  # ruff: noqa: WB101\n", (), EVERYTHING),
        ("x = '# wbcheck: ignore[WB101]'\n", (), EVERYTHING),
    ],
)
def test_what_is_not_called_idle(source: str, codes: tuple[str, ...], ran: frozenset[str]) -> None:
    assert judged(source, *codes, ran=ran)[1] == []


def test_a_prefix_is_idle_when_all_that_it_names_ran_in_vain() -> None:
    unit, found = judged("x = 1  # wbcheck: ignore[WB1]\n")
    assert [code for code, _ in found] == [UNUSED]
    assert fixed(unit, found[0][1]) == b"x = 1\n"


@pytest.mark.parametrize(
    ("comment", "place", "words"),
    [
        ("# wbcheck: ignore[WB999]", "WB999", "`WB999`"),
        ("# wbcheck: ignore[run-name-underscores]", "run-name-underscores", "`run-name-underscores`"),
        ("# wbcheck: ignore[E501]", "E501", "`E501`"),
        ("# wbcheck: ignore-file[recommended]", "recommended", "`recommended`"),
        ("# noqa: E501, WB999", "WB999", "`WB999`"),
        ("# wbcheck: ignore[]", "# wbcheck: ignore[]", "empty"),
        ("# wbcheck: ignore[WB101", "# wbcheck: ignore[WB101", "closed"),
        ("# wbcheck: disable=WB101", "# wbcheck: disable=WB101", "`ignore`"),
    ],
)
def test_an_unknown_suppression(comment: str, place: str, words: str) -> None:
    unit, found = judged(f"x = 1  {comment}\n")
    ((code, finding),) = found
    assert code == UNKNOWN
    assert unit.text[finding.span.start : finding.span.end] == place
    assert words in finding.message
    assert len(finding.message) <= 80


def test_an_unknown_name_is_told_what_was_meant() -> None:
    _, found = judged("x = 1  # wbcheck: ignore[run-name-underscores]\n")
    assert "`run-name-underscore`" in found[0][1].how


@pytest.mark.parametrize("comment", ["# noqa: E501", "# noqa: ABC123", "# noqa: some-name", "# noqa"])
def test_other_tools_comments_are_not_ours_to_judge(comment: str) -> None:
    assert judged(f"x = 1  {comment}\n")[1] == []


def test_a_blanket_is_told() -> None:
    unit, found = judged("BAD  # wbcheck: ignore it is late\n", "WB101")
    ((code, finding),) = found
    assert code == BLANKET
    assert unit.text[finding.span.start : finding.span.end] == "# wbcheck: ignore it is late"


def test_a_comment_that_is_idle_can_be_silenced_by_its_own_name() -> None:
    unit, found = judged("x = 1  # wbcheck: ignore[WB101, unused-suppression]\n")
    ((_, idle),) = found
    again = diagnostic(unit, idle.span, UNUSED)
    (silenced,) = apply(suppressions(unit), unit, (again,), CATALOGUE).suppressed
    assert silenced.diagnostic == again


def test_a_blanket_does_not_silence_what_is_said_about_it() -> None:
    unit, found = judged("BAD  # wbcheck: ignore\n", "WB101")
    about = diagnostic(unit, found[0][1].span, BLANKET)
    assert apply(suppressions(unit), unit, (about,), CATALOGUE).kept == (about,)


# ruff's notice


def test_ruff_is_told_of_only_where_it_would_delete_our_codes(tmp_path: Path) -> None:
    inner = tmp_path / "src"
    inner.mkdir()
    assert ruff_notice(["WB101"], str(inner)) is None
    settings = tmp_path / "pyproject.toml"
    settings.write_text("[tool.ruff.lint]\nselect = ['E']\n")
    notice = ruff_notice(["wb101"], str(inner))
    assert notice is not None
    assert "WB101" in notice
    assert str(settings) in notice
    assert ruff_notice([], str(inner)) is None
    settings.write_text("[tool.ruff.lint]\nexternal = ['WB']\n")
    assert ruff_notice(["WB101"], str(inner)) is None
    settings.write_text("[tool.ruff.lint]\nexternal = ['WB3', 'V']\n")
    assert ruff_notice(["WB301"], str(inner)) is None
    assert ruff_notice(["WB301", "WB101"], str(inner)) is not None
    settings.write_text("[tool.black]\n")
    assert ruff_notice(["WB101"], str(inner)) is None


def test_ruffs_own_files_come_first_and_extend_is_followed(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.ruff]\nexternal = ['WB']\n")
    assert ruff_notice(["WB101"], str(tmp_path)) is None
    (tmp_path / "ruff.toml").write_text("line-length = 100\n")
    assert ruff_notice(["WB101"], str(tmp_path)) is not None
    (tmp_path / "base.toml").write_text("[lint]\nexternal = ['WB']\n")
    (tmp_path / "ruff.toml").write_text("extend = 'base.toml'\n")
    assert ruff_notice(["WB101"], str(tmp_path)) is None
    (tmp_path / "ruff.toml").write_text("extend = 'ruff.toml'\n")
    assert ruff_notice(["WB101"], str(tmp_path)) is not None
    (tmp_path / "ruff.toml").write_text("not [ toml")
    assert ruff_notice(["WB101"], str(tmp_path)) is None


@pytest.mark.parametrize(
    ("comment", "kept"), [("# wbcheck: ignore[WB101] why", True), ("# noqa: WB101", False)]
)
def test_what_ruffs_fixes_do_to_our_comments(tmp_path: Path, comment: str, kept: bool) -> None:
    """The claim that the notice rests on, and the reason for a dialect of our own."""
    script = tmp_path / "a.py"
    script.write_text(f"x = 1  {comment}\n")
    command = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--isolated",
        "--no-cache",
        "--select",
        "RUF100,RUF102",
        "--fix",
    ]
    subprocess.run([*command, str(script)], check=True, capture_output=True)
    assert (comment in script.read_text()) is kept


def test_the_codes_of_ours_in_noqa_comments() -> None:
    unit = read_unit("a.py", b"a  # noqa: wb101, E501\nb  # wbcheck: ignore[WB102]\nc  # noqa\n")
    assert noqa_codes(suppressions(unit)) == {"WB101"}


# The scan for comments


def texts(code: str) -> list[str]:
    return [code[span.start : span.end] for span in scan(code).comments]


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("x = 1 # a\ny = '# no' # b", ["# a", "# b"]),
        ('f"{x["#a"]} # no" # c', ["# c"]),
        ("f'''{\n x # in a field\n} # no''' # d", ["# in a field", "# d"]),
        ('f"{x:#x}" # e', ["# e"]),
        ('rb"\\" # no" # f', ["# f"]),
        ('f"{{# no}}" # g', ["# g"]),
        ('"""a\n# no\n""" # h', ["# h"]),
        ('f"{x!r:{w}#>{n}}" # i', ["# i"]),
        ('"unterminated # no\n# j', ["# j"]),
        ('f"\\N{NUMBER SIGN}#" # l', ["# l"]),
        ('x = {"a": f"{d["k"]:>{w}}"} # m', ["# m"]),
        ('t"{a}#" # n', ["# n"]),
        ("'a\\\n# no' # q", ["# q"]),
        ("'a\\\r\n# no' # q", ["# q"]),
        ('f"{(lambda x: {1: "#"})}" # r', ["# r"]),
        ("x = ''#a", ["#a"]),
        ("'''", []),
        ('"""\\', []),
        ("f'{", []),
        ("f'\\", []),
    ],
)
def test_comments_are_found_outside_of_strings(code: str, found: list[str]) -> None:
    assert texts(code) == found


def test_the_scan_agrees_with_pythons_tokenizer() -> None:
    library = sorted(Path(tokenize.__file__).parent.glob("*.py"))[::4]
    assert library
    for path in library:
        with tokenize.open(path) as file:
            code = file.read()
        tokens = list(tokenize.generate_tokens(io.StringIO(code).readline))
        assert texts(code) == [token.string for token in tokens if token.type == tokenize.COMMENT]
        rows, depth = {1}, 0
        for token in tokens:
            if token.type == tokenize.OP:
                depth += (token.string in "([{") - (token.string in ")]}")
            elif token.type in (tokenize.NEWLINE, tokenize.NL) and not depth and token.string:
                rows.add(token.start[0] + 1)
        assert {code.count("\n", 0, line) + 1 for line in scan(code).lines} == rows


@given(st.text(alphabet="#'\"{}f:\\\n\r ()N[a!", max_size=60))
@example('f"{' * 30)
@example("f'''{f\"{#\n}")
def test_the_scan_takes_anything(code: str) -> None:
    found = scan(code)
    spans = list(found.comments)
    assert list(found.lines) == sorted(set(found.lines))
    assert spans == sorted(spans)
    for before, after in pairwise(spans):
        assert before.end <= after.start
    assert all(
        code[span.start] == "#" and not set(code[span.start : span.end]) & set("\r\n") for span in spans
    )


@given(st.text(alphabet="#wbcheck: ignore[]noqa,WB101 -\n\t'fileE5", max_size=80))
def test_any_comment_is_read_and_its_removal_leaves_no_trailing_blanks(text: str) -> None:
    unit = read_unit("a.py", ("x = 1  # wbcheck: " + text + "\n# noqa: " + text).encode())
    uses = apply(suppressions(unit), unit, (), CATALOGUE).uses
    for code, finding in judge(uses, unit, EVERYTHING, CATALOGUE):
        if code == UNUSED:
            after = fixed(unit, finding).decode()
            assert len(after) < len(unit.text)
            assert ragged(after) <= ragged(unit.text)


def ragged(text: str) -> int:
    """How many lines end in blanks."""
    return sum(line != line.rstrip() for line in text.splitlines())
