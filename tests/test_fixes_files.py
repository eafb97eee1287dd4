"""Fixes over several files, all the way from a rule to the disk: all of them are changed, or none."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from wbcheck import cli
from wbcheck.engine import Request, Session
from wbcheck.files import discover
from wbcheck.ruleset import Wish
from wbcheck.selection import Layer
from wbcheck.settings import load

Write = Callable[[str, str], Path]

RULE = '''
"""Reports key-renamed.

Why it matters: it does not.
"""

import re

from wbcheck.rule import Applicability, Edit, Finding, Preset, Rule, RunStart, Span, elsewhere, together

RULE = Rule(
    code="HSE101",
    name="key-renamed",
    preset=Preset.RECOMMENDED,
    since="0.1.0",
    why="Because.",
    how="Do it.",
    fix=Applicability.SAFE,
)
EVERYWHERE = ("sweep.yaml", "lib.py", "run.sh")


def check(file):
    for event in file.model.each(RunStart):
        yield Finding(event.span, "a key has another name", fix=file.fix("Rename it", everywhere, file))


def everywhere(text, file):
    parts = [renamed(text)]
    for path in EVERYWHERE:
        other = file.text_of(path)
        parts.append(None if other is None else elsewhere(path, renamed(other)))
    return together(*parts)


def renamed(text):
    return tuple(Edit(Span(*word.span()), {new!r}) for word in re.finditer("old_rate", text))


EXAMPLES = ()
'''
TRAIN = 'import wandb\n\nwandb.init(config={"old_rate": 1})\n'
FILES = {
    "train.py": TRAIN,
    "sweep.yaml": "program: train.py\nmethod: grid\nparameters:\n  old_rate: {values: [1, 2]}\n",
    "lib.py": "RATE = 'old_rate'\n",
    "run.sh": 'if true; then python train.py --set "old_rate"; fi\n',
}


class Said(NamedTuple):
    status: int
    out: str
    err: str


@pytest.fixture
def wbcheck(capfdbinary: pytest.CaptureFixture[bytes]) -> Callable[..., Said]:
    """Runs `wbcheck check` with the house rule alone."""

    def run(*arguments: str) -> Said:
        status = cli.run(("check", "--select", "HSE101", *arguments))
        sys.stdout.flush()
        out, err = capfdbinary.readouterr()
        return Said(status, out.decode(), err.decode())

    return run


Run = Callable[..., Said]


@pytest.fixture
def renamed_to(write: Write) -> Callable[[str], dict[str, str]]:
    """A project whose rule writes this word for `old_rate`, wherever it stands; the texts in the end."""

    def make(new: str) -> dict[str, str]:
        write("pyproject.toml", '[tool.wbcheck]\nplugins = ["./house"]\nexclude = ["house"]\n')
        for package in ("house", "house/things"):
            write(f"{package}/__init__.py", "")
        write("house/things/key_renamed.py", RULE.replace("{new!r}", repr(new)))
        for path, text in FILES.items():
            write(path, text)
        return {path: text.replace("old_rate", new) for path, text in FILES.items()}

    return make


def texts(project: Path) -> dict[str, str]:
    return {path: (project / path).read_text(encoding="utf-8") for path in FILES}


Renamed = Callable[[str], dict[str, str]]


@pytest.mark.parametrize("named", [".", "train.py"])
def test_every_file_is_changed(project: Path, renamed_to: Renamed, wbcheck: Run, named: str) -> None:
    wanted = renamed_to("rate")
    said = wbcheck(named, "--fix")
    assert texts(project) == wanted
    assert said.err.splitlines() == [
        *(f"wbcheck: {path}: goes with the others" for path in ("lib.py", "run.sh", "sweep.yaml")),
        "wbcheck: train.py: fixed 1 key-renamed",
    ]
    again = wbcheck(named, "--fix-only")
    assert (texts(project), again.err) == (wanted, "wbcheck: nothing was fixed\n")


@pytest.mark.parametrize("new", ["{", "'"])
def test_one_that_it_breaks_undoes_all(project: Path, renamed_to: Renamed, wbcheck: Run, new: str) -> None:
    renamed_to(new)
    said = wbcheck(".", "--fix")
    assert texts(project) == FILES
    assert said.status == 2
    assert sorted(line.split(": ")[1] for line in said.err.splitlines()) == sorted(FILES)
    assert "unreadable" in said.err
    assert "(a bug in HSE101)" in said.err


def test_one_that_is_read_only_keeps_all(project: Path, renamed_to: Renamed, wbcheck: Run) -> None:
    renamed_to("rate")
    (project / "run.sh").chmod(0o444)
    said = wbcheck(".", "--fix")
    assert texts(project) == FILES
    assert (said.status, said.err) == (1, "wbcheck: run.sh: left alone: it is read-only\n")


def test_one_that_is_excluded_keeps_all(project: Path, renamed_to: Renamed, wbcheck: Run) -> None:
    renamed_to("rate")
    config = (project / "pyproject.toml").read_text().replace('["house"]', '["house", "lib.py"]')
    (project / "pyproject.toml").write_text(config)
    said = wbcheck(".", "--fix")
    assert texts(project) == FILES
    assert (said.status, said.err) == (1, "wbcheck: lib.py: left alone: the configuration excludes it\n")


def test_one_that_cannot_be_replaced_keeps_all(
    project: Path, renamed_to: Renamed, wbcheck: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    renamed_to("rate")
    replace = os.replace

    def failing(source: str, target: str) -> None:
        if target.endswith("sweep.yaml"):
            raise OSError(28, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(os, "replace", failing)
    said = wbcheck(".", "--fix")
    assert texts(project) == FILES
    assert said.status == 1
    assert "sweep.yaml: left alone: it cannot be replaced: no space left on device" in said.err
    assert not list(project.glob(".wbcheck-*"))


def test_git_takes_the_patch_of_all(project: Path, renamed_to: Renamed, wbcheck: Run) -> None:
    wanted = renamed_to("rate")
    said = wbcheck(".", "--diff")
    assert texts(project) == FILES
    (project / "all.patch").write_text(said.out, encoding="utf-8")
    subprocess.run(["git", "apply", "all.patch"], check=True)
    assert texts(project) == wanted


# Checking again


def session(*paths: str) -> Session:
    settings_for = load(isolated=True).for_file
    files = discover(paths or (".",), settings_for).files
    wish = Wish(layer=Layer(select=("all",)))
    return Session(Request(files=files, settings_for=settings_for, wish=wish, jobs=1))


def test_checking_again_is_what_checking_from_the_start_would_be(write: Write) -> None:
    """What one file says hangs on others: a file that is changed changes what is said of the rest."""
    write("log.py", 'import wandb\n\nwith wandb.init(project="p") as run:\n    run.log({"train/loss": 1})\n')
    write("plain.py", "print()\n")
    write("train.py", 'import wandb\n\nwith wandb.init() as run:\n    run.log({"val/loss": 1})\n')
    write("use.py", 'import wandb\n\nrun = wandb.init()\nrun.use_artifact("texts:latest")\nrun.finish()\n')
    write("names.py", 'PROJECT = "q"\n')
    write("linked.py", "import wandb\nfrom names import PROJECT\n\nwandb.init(project=PROJECT).finish()\n")
    first = session()
    before = first.run()
    changes = {
        "log.py": b'import wandb\n\nwith wandb.init(project="p") as run:\n    run.log({"train_loss": 1})\n',
        "names.py": b"PROJECT = None\n",
        "plain.py": b'import os\n\nos.environ["WANDB_PROJECT"] = "p"\n',
    }
    after = first.recheck(changes)
    in_train, now = (
        {each.message for each in outcome.diagnostics if each.path == "train.py"}
        for outcome in (before, after)
    )
    assert in_train != now
    for path, data in changes.items():
        Path(path).write_bytes(data)
    anew = session().run()
    assert after.diagnostics == anew.diagnostics
    assert (after.with_wandb, after.checked) == (anew.with_wandb, anew.checked) == (5, 6)


def test_what_is_changed_in_files_around_counts(write: Write) -> None:
    write("pyproject.toml", "")
    write("train.py", "import wandb\n\nwandb.init().finish()\n")
    write("sets.py", 'import os\nimport wandb\n\nos.environ["WANDB_PROJECT"] = "p"\n')
    first = session("train.py")
    before = first.run()
    after = first.recheck({"sets.py": b"import os\nimport wandb\n"})
    Path("sets.py").write_bytes(b"import os\nimport wandb\n")
    anew = session("train.py").run()
    assert before.diagnostics != after.diagnostics == anew.diagnostics
