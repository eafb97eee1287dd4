"""`new-files`: rules that are asked only about files which a git revision does not have."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from commandline import Git, Run, Write, commit

TRAIN = """
import wandb

run = wandb.init(project="p", name="a", job_type="train", config={"params": {}})
run.finish()
"""
SETTINGS = """
select = ["WB101"]
ignore = ["WB104", "WB110"]
[new-files]
since = "main"
extend-select = ["WB106", "identity"]
"""


@pytest.fixture
def old(git: Git, write: Write, project: Path) -> Path:
    """A repository whose `main` has `old.py`, and a branch."""
    write("wbcheck.toml", SETTINGS)
    file = write("old.py", TRAIN)
    commit(git)
    git("checkout", "-b", "work")
    return file


@pytest.fixture
def found(wbcheck: Run) -> Callable[..., set[tuple[str, str]]]:
    """The findings of a check as file and code."""

    def check(*arguments: str) -> set[tuple[str, str]]:
        said = wbcheck("check", "--output-format", "json", *arguments)
        assert said.status in (0, 1), said.err
        return {(Path(each["filename"]).name, each["code"]) for each in json.loads(said.out)}

    return check


Found = Callable[..., set[tuple[str, str]]]


def test_new_files_keep_more_rules(old: Path, write: Write, git: Git, found: Found) -> None:
    assert found() == set()
    write("new.py", TRAIN)
    # Without `--select`, what is ignored by its code stays ignored.
    assert found() == {("new.py", "WB106")}
    commit(git)
    assert found() == {("new.py", "WB106")}
    assert found("--select", "WB101") == set()
    git("checkout", "main")
    git("merge", "work")
    assert found() == set()


def test_a_renamed_and_a_changed_file_are_not_new(old: Path, git: Git, found: Found) -> None:
    old.rename(old.with_name("renamed.py"))
    commit(git)
    assert found() == set()
    renamed = old.with_name("renamed.py")
    renamed.write_text(renamed.read_text() + "\n\nrun = wandb.init()\n")
    assert found() == set()


def test_what_lies_in_a_repository_inside_is_not_new(
    old: Path,
    write: Write,
    git: Git,
    found: Found,
    project: Path,
) -> None:
    write("inner/train.py", TRAIN)
    for words in (
        ("init",),
        ("-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "--allow-empty", "-m", "x"),
    ):
        subprocess.run(["git", *words], cwd=project / "inner", check=True, capture_output=True)
    assert found() == {("train.py", "WB106")}
    git("add", "inner")
    assert found() == set()


def test_config_says_why(old: Path, write: Write, wbcheck: Run) -> None:
    write("new.py", TRAIN)
    text = wbcheck("config", "new.py").out
    assert "#   `WB106` in `new-files`, wbcheck.toml:5:\n#     WB106  group-missing\n" in text
    assert 'since = "main"  # wbcheck.toml:4' in text
    assert "`new-files`" not in wbcheck("config", "old.py").out


def test_the_baseline_knows_who_was_asked(
    old: Path, write: Write, wbcheck: Run, git: Git, found: Found
) -> None:
    new = write("new.py", TRAIN)
    wbcheck("baseline")
    assert found() == set()
    # An entry of a rule that old files are not asked about stays: nobody has looked.
    commit(git)
    git("branch", "-f", "main", "work")
    assert wbcheck("check").err == ""
    git("branch", "-f", "main", "work~1")
    new.unlink()
    assert "1 finding of the baseline no longer there (new.py WB106)" in wbcheck("check").err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[new-files]\nsince = "nowhere"\n', "wbcheck.toml:2:9: git knows no revision `nowhere`\n"),
        (
            '[new-files]\nsince = "mian"\n',
            "wbcheck.toml:2:9: git knows no revision `mian`; did you mean `main`?\n",
        ),
        ('[new-files]\nsince = "--output=x"\n', "wbcheck.toml:2:9: `--output=x` is no git revision"),
        ("new-files = 3\n", "wbcheck.toml:1:13: `new-files` must be a table, not a whole number"),
        ("[new-files]\n", "wbcheck.toml:1:2: `since` is missing"),
        ('[new_files]\nsinc = "main"\n', "wbcheck.toml:2:1: unknown key `sinc`; did you mean `since`?"),
        ("[new-files]\nsince = 1\n", "wbcheck.toml:2:9: `since` must be a string, not a whole number"),
        (
            '[new_files]\nsince = "main"\nextend_select = ["gide"]\n',
            "wbcheck.toml:3:18: no rule, category or preset is called `gide`; did you mean `guide`?",
        ),
    ],
)
def test_errors_say_where(old: Path, write: Write, wbcheck: Run, text: str, message: str) -> None:
    write("wbcheck.toml", text)
    said = wbcheck("check")
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith(message)


def test_without_git_it_is_an_error(project: Path, write: Write, wbcheck: Run) -> None:
    write("wbcheck.toml", SETTINGS)
    write("train.py", TRAIN)
    said = wbcheck("check")
    assert said.status == 2
    assert said.err.startswith("wbcheck.toml:4:9: git says: not a git repository")
