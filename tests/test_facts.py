"""What files say together about names: homes, what may be logged, what counts as a whole project."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wbcheck.circles import circles
from wbcheck.diagnostic import Diagnostic, Span
from wbcheck.engine import Request, check
from wbcheck.facts import Facts, Input, Output, are_apart, fits
from wbcheck.files import discover
from wbcheck.ruleset import Wish
from wbcheck.selection import Layer
from wbcheck.settings import load

Write = Callable[[str, str], Path]
LOGS = """
import wandb

with wandb.init(project="{project}") as run:
    run.log_artifact("a.csv", name="{name}", type="{kind}")
"""
USES = """
import wandb

with wandb.init(project="texts") as run:
    run.use_artifact("mails:v1")
"""


def found(code: str, *paths: str) -> tuple[Diagnostic, ...]:
    settings_for = load(isolated=True).for_file
    files = discover(paths, settings_for).files
    wish = Wish(layer=Layer(select=(code,)))
    return check(Request(files=files, settings_for=settings_for, wish=wish, jobs=1)).diagnostics


def test_another_file_is_a_related_place(write: Write) -> None:
    write("a.py", LOGS.format(project="texts", name="mails", kind="dataset"))
    write("b.py", LOGS.format(project="texts", name="mails", kind="data"))
    (one,) = found("WB412", ".")
    assert one.path == "b.py"
    assert [label.path for label in one.related] == ["a.py"]


def test_tests_take_no_part(write: Write) -> None:
    write("a.py", LOGS.format(project="texts", name="mails", kind="dataset"))
    write("tests/test_b.py", LOGS.format(project="texts", name="mails", kind="data"))
    assert found("WB412", ".") == ()


@pytest.mark.parametrize(("home", "count"), [("texts", 0), ("images", 1)])
def test_only_what_the_same_project_may_log_counts(write: Write, home: str, count: int) -> None:
    write("a.py", LOGS.format(project=home, name="mails", kind="dataset"))
    write("b.py", USES)
    assert len(found("WB507", ".")) == count


def test_what_nothing_does_is_not_told_of_files_that_were_named(write: Write) -> None:
    write("b.py", USES)
    assert len(found("WB507", ".")) == 1
    assert found("WB507", "b.py") == ()


def test_homes_are_apart_only_where_both_are_known() -> None:
    assert are_apart("/texts", "/images")
    assert are_apart("acme/texts", "umbra/texts")
    assert not are_apart("acme/texts", "/texts")
    assert not are_apart("?steps", "/texts")
    assert not are_apart("", "/texts")


PIECES = st.lists(st.text("ab-", max_size=3), min_size=1, max_size=4).map(tuple)
NAME = st.text("ab-", max_size=8)


@given(PIECES, NAME)
def test_a_name_with_holes_fits_what_its_pattern_does(pieces: tuple[str, ...], name: str) -> None:
    assert fits(pieces, name) == bool(re.fullmatch(".*".join(map(re.escape, pieces)), name))


@given(st.lists(PIECES, max_size=6), NAME)
def test_all_names_that_fit_are_found(names: list[tuple[str, ...]], name: str) -> None:
    outputs = tuple(Output(f"{n}.py", Span(0, 0), None, pieces) for n, pieces in enumerate(names))
    used = Input("x.py", Span(0, 0), name, "v1", True)
    assert Facts(outputs=outputs).may_log(used) == any(fits(pieces, name) for pieces in names)


EDGES = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12)


@given(EDGES)
def test_circles_are_ways_back_and_without_their_last_edges_there_are_none(
    edges: list[tuple[int, int]],
) -> None:
    found = list(circles(edges))
    for way in found:
        steps = [edges[number] for number in way]
        assert all(one[1] == next_[0] for one, next_ in zip(steps, steps[1:] + steps[:1], strict=True))
        assert way[-1] == max(way)
    closing = {way[-1] for way in found}
    assert list(circles([edge for number, edge in enumerate(edges) if number not in closing])) == []


def test_a_long_way_is_no_circle_and_costs_no_search() -> None:
    chain = [(number, number + 1) for number in range(10_000)]
    assert list(circles(chain)) == []
    assert [len(way) for way in circles([*chain, (10_000, 0)])] == [10_001]


def test_where_other_files_use_an_artifact_is_told(write: Write) -> None:
    write("a.py", LOGS.format(project="texts", name="all_mails", kind="dataset"))
    write("b.py", USES.replace("mails:v1", "all_mails:v1"))
    write("c.py", USES.replace("mails:v1", "all_mails:v1").replace("texts", "images"))
    write("d.py", 'import wandb\n\nwandb.Api().artifact("acme/texts/all_mails:v2")\n')
    (one,) = found("WB401", ".")
    assert [label.path for label in one.related] == ["b.py", "d.py"]
