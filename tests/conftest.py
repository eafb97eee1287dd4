"""What several tests need: a folder to work in, and a pack of rules that misbehave."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from checked import Tree
from commandline import Git, Run, Said
from hypothesis import HealthCheck, settings

from wbcheck import cli

# A busy machine is no failure.
settings.register_profile("wbcheck", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("wbcheck")

RULE = '''
"""Reports {name}.

Why it matters: it does not.
"""

from wbcheck.rule import Applicability, Edit, File, Finding, Fix, Options, Preset, Rule, RunStart, Span


class Settings(Options):
    word: str = "run"


RULE = Rule(
    code="{code}",
    name="{name}",
    preset=Preset.{preset},
    since="0.1.0",
    why="Because.",
    how="Do it.",
    fix=Applicability.UNSAFE,
    options=Settings,
)


def check(file):
    for event in file.model.each(RunStart):
        {body}


EXAMPLES = ()
'''


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which is the working directory."""
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def wbcheck(capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Runs the command line here."""

    def run(*arguments: str) -> Said:
        status = cli.run(arguments)
        sys.stdout.flush()
        out, err = capfdbinary.readouterr()
        return Said(status, out.decode(), err.decode())

    return run


@pytest.fixture
def write(project: Path) -> Callable[[str, str], Path]:
    """Writes a dedented text to a path within the project."""

    def write(path: str, text: str) -> Path:
        file = project / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
        return file

    return write


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    """Writes files into a repository's folder, which is the working directory from then on."""

    def write(files: dict[str, str]) -> Path:
        for name, text in {".git/HEAD": "", **files}.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(text.encode())
        monkeypatch.chdir(tmp_path)
        return tmp_path

    return write


@pytest.fixture
def git(project: Path, monkeypatch: pytest.MonkeyPatch) -> Git:
    """Runs git in a new repository; nobody's own configuration counts."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")

    def run(*arguments: str) -> None:
        who = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main")
        subprocess.run(["git", *who, *arguments], cwd=project, check=True, capture_output=True)

    run("init")
    return run


@pytest.fixture
def house_rule(project: Path) -> Callable[..., Path]:
    """Puts a rule into the pack `house/` of the project: a body that is run for each start of a run."""

    def put(code: str, name: str, body: str, preset: str = "RECOMMENDED") -> Path:
        file = project / "house" / "things" / f"{name.replace('-', '_')}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        (project / "house" / "__init__.py").touch()
        (project / "house" / "things" / "__init__.py").touch()
        file.write_text(RULE.format(code=code, name=name, body=body, preset=preset), encoding="utf-8")
        return file

    return put
