"""The page on the guide says what is true: its rules exist, its messages are those of their examples."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from wbcheck.examples import Bad
from wbcheck.registry import codes, load

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "guide-coverage.md"
HEADER = "| what the guide says | rule | its word, or why there is none |"
NONE = "—"


class Row(NamedTuple):
    """A statement of the guide in its section, the rule that holds it, and what that rule says."""

    section: str
    statement: str
    rule: str
    word: str


def read() -> Iterator[Row]:
    section = ""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            section = line.lstrip("#").strip()
        elif line.startswith("|") and line != HEADER and not line.startswith("| ---"):
            yield Row(section, *line.removeprefix("| ").removesuffix(" |").split(" | "))


ROWS = list(read())
HELD = [row for row in ROWS if row.rule != NONE]


def messages(code: str) -> set[str]:
    """What a rule says about its own bad examples."""
    return {each for example in load(code).examples if isinstance(example, Bad) for each in example.messages}


def test_every_table_is_read() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text.count(HEADER) == len({row.section for row in ROWS})
    assert len(ROWS) == len(set(ROWS)) > 100


@pytest.mark.parametrize("row", HELD, ids=lambda row: f"{row.section}-{row.statement}")
def test_a_statement_is_held_by_an_example_of_its_rule(row: Row) -> None:
    assert row.rule in codes(), "no such rule"
    assert row.word in messages(row.rule), "none of the rule's examples says this"


def test_what_no_rule_holds_says_why() -> None:
    reasons = [row.word for row in ROWS if row.rule == NONE]
    assert all(reasons)
    assert {code for reason in reasons for code in re.findall(r"\bWB\d{3}\b", reason)} <= set(codes())


def cites_the_guide(why: str) -> bool:
    """Whether a rule says that it comes from the guide: by that word, or by a section in parentheses."""
    asides = "; ".join(re.findall(r"\(([^()]*)\)", why))
    sections = re.findall(r"^##+ (.+)", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    named = any(re.search(rf"(^|[;,:] |\band ){re.escape(section)}\b", asides) for section in sections)
    return named or re.search(r"\bguide\b", why) is not None


def test_every_rule_that_cites_the_guide_is_on_the_page() -> None:
    citing = {code for code in codes() if cites_the_guide(" ".join(load(code).page.why.split()))}
    assert len(citing) > 60
    assert sorted(citing - {row.rule for row in ROWS}) == []
