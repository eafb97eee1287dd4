"""`wbcheck config`: what holds for a file, where it is said, and why each rule is on or off."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from commandline import Run, Write

from wbcheck import settings
from wbcheck.registry import codes
from wbcheck.ruleset import Ruleset, Wish

TRAIN = "import wandb\n"
OWN = """
[project]
name = "texts"

[tool.wbcheck]
extend = "shared/base.toml"
extend_select = ["guide"]
ignore = ["WB102"]
exclude = ["old"]

[tool.wbcheck.per-file-ignores]
"*.ipynb" = ["WB101"]
"scratch/" = ["metrics"]

[tool.wbcheck.rules.job-type-vocabulary]
extend_vocabulary = ["label"]
"""
BASE = """
select = ["essential"]
extend-select = ["WB9"]

[rules.WB109]
vocabulary = ["learn"]
"""


@pytest.fixture
def configured(write: Write, project: Path) -> Path:
    write("pyproject.toml", OWN)
    write("shared/base.toml", BASE)
    write("train.py", TRAIN)
    write("scratch/try.py", TRAIN)
    write("tests/test_train.py", TRAIN)
    return project


def lines(wbcheck: Run, *arguments: str) -> list[str]:
    said = wbcheck("config", *arguments)
    assert (said.status, said.err) == (0, "")
    return said.out.splitlines()


def told(wbcheck: Run, *arguments: str) -> Any:
    return json.loads(wbcheck("config", "--output-format", "json", *arguments).out)


def rule(wbcheck: Run, code: str, *arguments: str) -> tuple[bool, str]:
    (found,) = (each for each in told(wbcheck, *arguments)["rules"] if each["code"] == code)
    return found["on"], found["why"]


def test_each_setting_has_its_place(configured: Path, wbcheck: Run) -> None:
    said = lines(wbcheck, "train.py")
    assert said[:2] == [
        "# What holds for train.py (a script).",
        "# Read from: pyproject.toml, which extends shared/base.toml.",
    ]
    for line in (
        'extend = "shared/base.toml"  # pyproject.toml:5',
        'select = ["essential"]  # shared/base.toml:1',
        'ignore = ["WB102"]  # pyproject.toml:7',
        '    "WB9",  # shared/base.toml:2',
        '    "guide",  # pyproject.toml:6',
        'exclude = ["old"]  # pyproject.toml:8',
        "fix = false  # default",
        '"*.ipynb" = ["WB101"]  # pyproject.toml:11',
        'vocabulary = ["learn"]  # shared/base.toml:5',
        'extend-vocabulary = ["label"]  # pyproject.toml:15',
        "# plugins: not set",
        "limit = 128  # default",
    ):
        assert line in said


def test_what_is_printed_can_be_read_again(configured: Path, wbcheck: Run) -> None:
    text = "\n".join(lines(wbcheck, "train.py"))
    before = settings.load().for_file("train.py")
    (configured / "again.toml").write_text(re.sub(r"(?m)^extend = .*\n", "", text), encoding="utf-8")
    after = settings.load("again.toml").for_file("train.py")
    assert Ruleset(after, Wish()).codes == Ruleset(before, Wish()).codes
    assert set(after.rules["job-type-vocabulary"]["extend-vocabulary"]) == {"label"}
    assert after.per_file_ignores == before.per_file_ignores
    assert after.exclude == before.exclude


def test_json_has_the_same(configured: Path, wbcheck: Run) -> None:
    found = told(wbcheck, "train.py")
    assert found["file"] == str(configured / "train.py")
    assert found["role"] == "script"
    assert found["configuration"] == [
        str(configured / "pyproject.toml"),
        str(configured / "shared" / "base.toml"),
    ]
    by_key = {tuple(each["key"]): each for each in found["settings"]}
    assert by_key["extend-select",]["value"] == ["WB9", "guide"]
    assert [origin["row"] for origin in by_key["extend-select",]["origins"]] == [2, 6]
    assert by_key["fix",] == {"key": ["fix"], "value": False, "origins": []}
    (vocabulary,) = (each for each in found["rules"] if each["code"] == "WB109")
    assert [each["value"] for each in vocabulary["options"]] == [["learn"], ["label"]]


@pytest.mark.parametrize(
    ("code", "arguments", "on", "why"),
    [
        ("WB001", (), True, "`essential` in `select`, shared/base.toml:1"),
        ("WB101", (), True, "`guide` in `extend-select`, pyproject.toml:6"),
        ("WB901", (), True, "`WB9` in `extend-select`, shared/base.toml:2"),
        ("WB102", (), False, "`WB102` in `ignore`, pyproject.toml:7"),
        ("WB004", (), False, "not selected: in the preset `all`"),
        ("WB001", ("--isolated",), True, "in the preset `recommended`, which is the default"),
        ("WB001", ("--select", "WB3"), False, "not selected: in the preset `essential`"),
        ("WB301", ("--select", "WB3"), True, "`--select WB3` on the command line"),
        ("WB101", ("--ignore", "WB101"), False, "`--ignore WB101` on the command line"),
        ("WB301", ("train.py",), True, "`guide` in `extend-select`, pyproject.toml:6"),
        ("WB301", ("scratch/try.py",), False, "`scratch/` in `per-file-ignores`, pyproject.toml:12"),
        ("WB101", ("tests/test_train.py",), False, "silent in tests, being not `essential`"),
        ("WB115", ("tests/test_train.py",), True, "`essential` in `select`, shared/base.toml:1"),
    ],
)
def test_why_a_rule_is_on_or_off(
    configured: Path, wbcheck: Run, code: str, arguments: tuple[str, ...], on: bool, why: str
) -> None:
    assert rule(wbcheck, code, *arguments) == (on, why)


@pytest.mark.parametrize("file", ["train.py", "scratch/try.py", "tests/test_train.py"])
def test_what_is_on_is_what_is_checked(configured: Path, wbcheck: Run, file: str) -> None:
    held = settings.load().for_file(file)
    role = "test" if file.startswith("tests") else "script"
    on = {each["code"] for each in told(wbcheck, file)["rules"] if each["on"]}
    assert on == Ruleset(held, Wish()).in_file(str(configured / file), role)


def test_without_a_configuration_all_is_default(project: Path, wbcheck: Run) -> None:
    said = lines(wbcheck)
    assert said[1] == "# Read from: no configuration file."
    assert [line for line in said if re.search(r"# \S+:\d+$", line)] == []
    assert f"# off: {sum(info.preset in ('guide', 'all') for info in codes().values())} rules" in said


def test_what_is_found_elsewhere_is_told(project: Path, wbcheck: Run, write: Write) -> None:
    write("requirements.txt", "wandb==0.19.1\n")
    write("wbcheck-baseline.toml", "version = 1\n")
    said = lines(wbcheck)
    assert "# wandb-version: not set (wandb 0.19.1, as requirements.txt says)" in said
    assert "# baseline: not set (wbcheck-baseline.toml, which is there)" in said


def test_check_shows_the_same(configured: Path, wbcheck: Run) -> None:
    shown = wbcheck("check", "--show-settings", "--select", "WB3", "train.py")
    assert shown.status == 0
    assert shown.out == wbcheck("config", "--select", "WB3", "train.py").out


def test_a_file_that_is_not_there(project: Path, wbcheck: Run) -> None:
    said = wbcheck("config", "gone.py")
    assert (said.status, said.out) == (2, "")
    assert "there is no file `gone.py`" in said.err


def test_a_wrong_configuration_is_one_error(project: Path, wbcheck: Run, write: Write) -> None:
    write("wbcheck.toml", 'select = ["gide"]\n')
    said = wbcheck("config")
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith("wbcheck.toml:1:11: no rule, category or preset is called `gide`")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '[rules.run-setup-incomplete]\nrequired = ["projct"]\n',
            "2:13: an item of `required` must be one of `project`, `name`, `job_type`, `config`, `group`, ",
        ),
        ("[rules.run-setup-incomplete]\nrequired = 3\n", "2:12: `required` must be a list of strings, not"),
        ("[rules.run-name-too-long]\nlimit = 'x'\n", "2:9: `limit` must be a whole number, not a string"),
        (
            "[rules.multi-stage-run]\nstages = [['a'], 3]\n",
            "2:18: an item of `stages` must be a list of strings",
        ),
        ("[rules.multi-stage-run]\nstages = [['a', 3]]\n", "2:17: an item of `stages` must be a string, not"),
        (
            "[rules.multi-stage-run]\nstages = 3\n",
            "2:10: `stages` must be a list of lists, not a whole number",
        ),
        ("[rules.env-ineffective]\nineffective = 3\n", "2:15: `ineffective` must be a table, not"),
        ("[rules.env-ineffective]\nineffective = {A = 3}\n", "2:20: `ineffective.A` must be a string, not"),
        ("[rules.config-flat]\nmta = []\n", "2:1: unknown option `mta`; did you mean `meta`?"),
        ("[rules.config-flta]\n", "1:8: no rule is called `config-flta`; did you mean `config-flat`?"),
        ("[rules.WB20]\n", "1:8: options belong to one rule, and `WB20` names several"),
        ("[rules.tag-length]\na = 1\n", "1:8: `tag-length` has no options"),
        (
            "[rules.job-type-vocabulary]\nextend_vocabulary = ['a']\nextend-vocabulary = ['b']\n",
            "2:1: `extend_vocabulary` is given twice, with `-` and with `_`",
        ),
        ("cache-dir = 'a'\ncache_dir = 'b'\n", "2:1: `cache_dir` is given twice, with `-` and with `_`"),
        (
            "extend_select = ['gide']\n",
            "1:18: no rule, category or preset is called `gide`; did you mean `guide`?",
        ),
    ],
)
def test_what_is_wrong_is_pointed_at(
    project: Path, wbcheck: Run, write: Write, text: str, message: str
) -> None:
    write("wbcheck.toml", text)
    said = wbcheck("config")
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith(f"wbcheck.toml:{message}")


def test_a_mistake_in_an_extended_file_is_pointed_at_there(project: Path, wbcheck: Run, write: Write) -> None:
    write("base.toml", '# one\n# two\nextend-select = ["gide"]\n')
    write("wbcheck.toml", 'extend = "base.toml"\nextend-select = ["WB9"]\n')
    assert wbcheck("config").err.startswith("base.toml:3:18: no rule, category or preset is called `gide`")
