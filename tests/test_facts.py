"""What files say together about names: homes, what may be logged, what counts as a whole project."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from wbcheck.diagnostic import Diagnostic
from wbcheck.engine import Request, check
from wbcheck.facts import are_apart
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
