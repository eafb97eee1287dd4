"""A rule's page: its examples with their fixes, its options, its proofs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal

import pytest

from wbcheck.examples import Bad, Good, Proof, Raises, Runs, Shows, Unproven
from wbcheck.registry import RuleInfo, codes, load_rule
from wbcheck.report.page import page
from wbcheck.rule import LoadedRule, Options, Page, Preset, Rule, doc


class Every(Options, frozen=True):
    words: Annotated[tuple[str, ...], doc("Words.")] = ("a", "b")
    groups: tuple[tuple[str, ...], ...] = ()
    required: tuple[Literal["name", "tags"], ...] = ("name",)
    most: Annotated[int, doc("How many.")] = 3
    share: float = 0.5
    strict: bool = False
    mode: Literal["x", "y"] = "x"
    limit: int | str = 3
    by_type: Mapping[str, tuple[str, ...]] = {}


def page_of(
    *examples: Bad | Good, proofs: tuple[Proof | Unproven, ...] = (), options: type[Options] | None = None
) -> str:
    rule = Rule(code="AC101", name="house", preset=Preset.ALL, since="1", why="W.", how="H.", options=options)
    return page(
        LoadedRule(
            rule=rule,
            check=None,
            examples=examples,
            proofs=proofs,
            page=Page("Reports a house.", "it matters.", "never.", ""),
            module="",
            path="",
            category="houses",
        )
    )


def test_options_have_types_and_defaults() -> None:
    lines = [line for line in page_of(options=Every).splitlines() if line.startswith("- ")]
    assert lines == [
        '- `words` (list of texts): Words. Default: `["a", "b"]`',
        "- `groups` (list of lists of texts) Default: `[]`",
        '- `required` (list of some of `name`, `tags`) Default: `["name"]`',
        "- `most` (whole number): How many. Default: `3`",
        "- `share` (number) Default: `0.5`",
        "- `strict` (true or false) Default: `false`",
        '- `mode` (`x`, `y`) Default: `"x"`',
        "- `limit` (whole number or text) Default: `3`",
        "- `by-type` (table of lists of texts) Default: `{}`",
    ]


def test_a_bad_example_shows_where_and_what_it_becomes() -> None:
    text = page_of(
        Bad("import a\n\nb = 'c_d'\n     ^^^\ne = 'f_g'\n     ^^^\n", message="bad", fixed="b = 'c-d'\n")
    )
    assert (
        "```python\nimport a\n\nb = 'c_d'\ne = 'f_g'\n```\n\n> line 3, 4: bad\n\nFixed:\n\n```diff\n" in text
    )
    assert "\n-e = 'f_g'\n" in text
    assert "\n+b = 'c-d'\n" in text
    assert "@@" not in text


def test_each_message_has_its_line() -> None:
    source = "a = 1\n^\nb = 2\n^\n"
    assert "> line 1: one\n\n> line 2: two\n" in page_of(Bad(source, message=("one", "two")))
    # What is a line of a notebook depends on the cell.
    assert "> one\n\n> two\n" in page_of(Bad(f"# %%\n{source}", message=("one", "two"), notebook=True))


def test_other_files_are_shown_with_what_they_become() -> None:
    bad = Bad(
        "a: 1\n^\n",
        path="sweep.yaml",
        message="bad",
        beside={"late.py": "b = 1\n"},
        fixed="a: 2\n",
        fixed_beside={"late.py": "b = 2\n"},
    )
    text = page_of(bad, Good("c", options={"most": 1}, wandb=">=0.20"))
    assert "In `sweep.yaml`:\n\n```yaml\na: 1\n```\n\nbeside `late.py`:\n\n```python\nb = 1\n```" in text
    assert "and in `late.py`:\n\n```diff\n-b = 1\n+b = 2\n```" in text
    assert "With `most = 1`, wandb >=0.20:\n\n```python\nc\n```" in text


def test_a_proof_says_what_came_of_which_script() -> None:
    text = page_of(
        Bad("a\n^\n", message="bad"),
        Good("b"),
        proofs=(
            Proof(bad=Shows("nothing is recorded", lambda ran: True), good=Runs()),
            Proof(bad=Raises("UsageError", "no such name"), bad_script="c\n", setup="import wandb"),
            Unproven("needs a server"),
        ),
    ).partition("## Proof")[2]
    assert "The first script above that is reported: nothing is recorded." in text
    assert text.count("The first script above that is not reported: it runs to its end.") == 1
    assert "```python\nimport wandb\nc\n```\n\nIt raises `UsageError` (“… no such name …”)." in text
    assert "Not shown: needs a server." in text


HEADINGS = (
    "Why it matters",
    "How to mend it",
    "When to ignore",
    "Options",
    "Reported",
    "Not reported",
    "Proof",
)


@pytest.mark.parametrize("info", codes().values(), ids=lambda info: info.code)
def test_every_page_has_its_parts_in_order(info: RuleInfo) -> None:
    text = page(load_rule(info))
    assert text.count("```") % 2 == 0
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^## (.+)$", prose, re.MULTILINE)
    assert headings == [heading for heading in HEADINGS if heading in headings]
    assert {"Why it matters", "How to mend it", "Reported", "Not reported"} <= set(headings)
