"""Of a file that is read for some of its names, only what these hang on is parsed, and they stay the same."""

from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wbcheck.model.exports import Context
from wbcheck.source import read_unit
from wbcheck.syntax.build import build_in
from wbcheck.syntax.needed import narrowed

FILE = dedent('''\
    """Words about it."""
    import os
    from other import *

    BASE = "runs"
    NAME = BASE + "/one"; UNUSED = 1
    CONFIG = {"lr": 0.1}
    CONFIG["seed"] = 3

    @decorate
    def unused(x):
        return NAME + x

    def change():
        global BASE
        BASE = "other"

    if os.environ.get("X"):
        OTHER = 1
    else:
        OTHER = 2

    class Settings:
        lr = OTHER
''')


def kept(*wanted: str, text: str = FILE) -> list[str]:
    """The first lines of what is left of a text for these names."""
    unit = read_unit("a.py", text.encode())
    again = narrowed(unit, frozenset(wanted))
    assert len(again.code) == len(unit.code)
    assert [len(line) for line in again.code.split("\n")] == [len(line) for line in unit.code.split("\n")]
    return [line for line in again.code.split("\n") if line.strip() and not line.startswith(" ")]


@pytest.mark.parametrize(
    ("wanted", "left"),
    [
        ("CONFIG", ["from other import *", "CONFIG = {", "CONFIG["]),
        ("NAME", ["from other import *", "BASE =", "NAME =", "def change"]),
        ("OTHER", ["import os", "from other", "if os", "else:"]),
        ("Settings", ["import os", "from other", "if os", "else:", "class Settings"]),
        ("unused", ["from other", "BASE =", "NAME =", "@decorate", "def unused", "def change"]),
        ("missing", ["from other"]),
    ],
)
def test_a_name_keeps_what_it_hangs_on(wanted: str, left: list[str]) -> None:
    # Two statements on one row stay together.
    lines = [
        line
        for line in kept(wanted)
        if not (line.startswith("NAME") and wanted != "NAME" and wanted != "unused")
    ]
    assert [line[: len(start)] for line, start in zip(lines, left, strict=True)] == left


def test_every_name_keeps_everything_and_so_does_what_python_cannot_read() -> None:
    assert kept("*") == kept("*", "NAME")
    broken = "NAME = (\nOTHER = 1\n"
    assert kept("OTHER", text=broken) == ["NAME = (", "OTHER = 1"]


NAMES = st.sampled_from(["A", "B", "C", "D"])
STATEMENT = st.one_of(
    st.builds("{} = {!r}".format, NAMES, st.sampled_from(["x", "y"])),
    st.builds("{} = {{'k': {}}}".format, NAMES, NAMES),
    st.builds("{} = f'{{{}}}-z'".format, NAMES, NAMES),
    st.builds("{}['k'] = {}".format, NAMES, NAMES),
    st.builds("def {}(x):\n    return {}".format, NAMES, NAMES),
    st.builds("def f(x):\n    global {}\n    {} = 1".format, NAMES, NAMES),
    st.builds("if unknown:\n    {} = {}".format, NAMES, NAMES),
    st.builds("for {} in range(3):\n    pass".format, NAMES),
    st.builds("@dataclass\nclass {}:\n    k: str = {}".format, NAMES, NAMES),
    st.builds("{}.update(k={})".format, NAMES, NAMES),
)


@given(st.lists(STATEMENT, max_size=8), NAMES)
def test_what_a_name_stands_for_is_the_same(statements: list[str], wanted: str) -> None:
    text = "from dataclasses import dataclass\n" + "\n".join(statements) + "\n"
    unit = read_unit("a.py", text.encode())
    context = Context(wanted=frozenset({wanted}), anyway=True)
    whole = Context(wanted=frozenset({wanted, "*"}), anyway=True)
    assert build_in(context, unit)[1].get(wanted) == build_in(whole, unit)[1].get(wanted)
