"""The comparison of two commits over real code, on a repository made here whose linter is a few lines."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"

LINTER = """
import json, os, pathlib, sys
import wbcheck_rules

found = []
for path in sorted(pathlib.Path(sys.argv[-1]).rglob("*.py")):
    for row, line in enumerate(path.read_text().splitlines(), 1):
        if "crash" in line and wbcheck_rules.CRASHES:
            sys.exit("Boom: " + path.name)
        for code, word, message in wbcheck_rules.RULES:
            if word in line:
                column = line.index(word) + 1
                found.append(dict(
                    code=code, name=word + "-rule", message=message, severity="warning", cell=None, fix=None,
                    filename=os.path.abspath(path), location=dict(row=row, column=column),
                    end_location=dict(row=row, column=column + len(word)),
                ))
print(json.dumps(found))
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A checkout with the tool and a linter, one commit deep."""
    root = tmp_path / "checkout"
    shutil.copytree(BENCHMARKS, root / "benchmarks", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "wbcheck").mkdir()
    (root / "wbcheck" / "__init__.py").touch()
    (root / "wbcheck" / "__main__.py").write_text(LINTER)
    set_rules(root, [("WB1", "alpha", "an alpha"), ("WB2", "beta", "a beta")])
    git(root, "init", "--quiet")
    git(root, "add", ".")
    git(root, "-c", "user.name=n", "-c", "user.email=e@x", "commit", "--quiet", "-m", "The first linter")
    return root


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder of code to lint."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "code.py").write_text("one = 1\nalpha = 2\nbeta = 3\ngamma = 4\n")
    return folder


def set_rules(root: Path, rules: list[tuple[str, str, str]], *, crashes: bool = False) -> None:
    """Give the checkout's linter these rules."""
    (root / "rules").mkdir(exist_ok=True)
    (root / "rules" / "__init__.py").write_text(f"RULES = {rules!r}\nCRASHES = {crashes}\n")


def git(root: Path, *arguments: str) -> None:
    """Run git in ``root``."""
    subprocess.run(["git", "-C", str(root), *arguments], check=True)


def ecosystem(root: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the tool of the checkout."""
    command = [sys.executable, str(root / "benchmarks" / "ecosystem.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8")


def test_what_came_went_and_changed_is_told_apart(repository: Path, project: Path) -> None:
    set_rules(repository, [("WB1", "alpha", "another alpha"), ("WB3", "gamma", "a gamma")])
    shown = ecosystem(repository, "--base", "HEAD", project)
    assert shown.returncode == 0, shown.stderr
    lines = [line.strip() for line in shown.stdout.splitlines()]
    assert "~ code.py:2:1  another alpha" in lines
    assert "message: an alpha → another alpha" in lines
    assert "- code.py:3:1  a beta" in lines
    assert "+ code.py:4:1  a gamma" in lines
    assert "The first linter → working tree" in shown.stdout


def test_equal_commits_differ_in_nothing(repository: Path, project: Path) -> None:
    shown = ecosystem(repository, "--base", "HEAD", "--head", "HEAD", "--markdown", project)
    assert shown.returncode == 0, shown.stderr
    assert "no change: 2 findings, now 2" in shown.stdout


def test_a_crash_of_the_head_is_shown_and_hides_no_other_folder(repository: Path, project: Path) -> None:
    set_rules(repository, [("WB3", "gamma", "a gamma")], crashes=True)
    broken = project.parent / "broken"
    broken.mkdir()
    (broken / "bad.py").write_text("crash = 1\nalpha = 2\n")
    shown = ecosystem(repository, "--base", "HEAD", project, broken)
    assert shown.returncode == 1
    assert "head failed  on 1 of 2 folders" in shown.stdout
    assert "Boom: bad.py" in shown.stdout
    assert "a gamma" in shown.stdout
    assert "bad.py:2:1" not in shown.stdout


def test_a_sample_shows_the_source_and_is_stable(repository: Path, project: Path) -> None:
    first = ecosystem(repository, "--sample", "1", "--seed", "7", project)
    again = ecosystem(repository, "--sample", "1", "--seed", "7", project)
    assert first.returncode == 0, first.stderr
    assert first.stdout == again.stdout
    assert "1 of 2 findings" in first.stdout
    assert any(line.lstrip().startswith("> ") for line in first.stdout.splitlines())
    assert "gamma = 4" in first.stdout


def test_a_finding_in_a_notebook_shows_its_cell(repository: Path, tmp_path: Path) -> None:
    folder = tmp_path / "notebooks"
    folder.mkdir()
    cells = [
        {"cell_type": "markdown", "source": ["words"]},
        {"cell_type": "code", "source": ["first = 1\n"]},
        {"cell_type": "code", "source": ["import wandb\n", "second = 2\n"]},
    ]
    (folder / "note.ipynb").write_text(json.dumps({"cells": cells}))
    (repository / "wbcheck" / "__main__.py").write_text(
        "import json, os\n"
        "place = dict(code='WB1', name='n', message='m', severity='error', fix=None, cell=2)\n"
        "print(json.dumps([dict(place, filename=os.path.abspath('note.ipynb'),"
        " location=dict(row=2, column=1), end_location=dict(row=2, column=7))]))\n"
    )
    shown = ecosystem(repository, "--sample", "1", folder)
    assert "note.ipynb:cell 2:2:1" in shown.stdout
    assert "> 2 │ second = 2" in shown.stdout
    assert "│ ^^^^^^\n" in shown.stdout


def test_an_unknown_revision_is_a_usage_error(repository: Path, project: Path) -> None:
    shown = ecosystem(repository, "--base", "no-such-branch", project)
    assert shown.returncode == 2
    assert "no revision `no-such-branch`" in shown.stderr
    assert "Traceback" not in shown.stderr
