"""What runs elsewhere: pre-commit's hooks, the action, and the files that the documents show."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from test_docs import ROOT, fences

CI = ROOT / "docs" / "ci.md"
ACTION = ROOT / "action.yml"
BAD = 'import wandb\n\nwandb.init(project="p", name="a_b", job_type="train", config={"params": {"lr": 1}})\n'
SNIPPETS = [fence for fence in fences(CI, "yaml") if fence.info]


def run(
    *command: object, cwd: Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )


def program(name: str) -> Path:
    """A command that is installed beside this Python."""
    return Path(sys.executable).with_name(name)


def repository(folder: Path) -> Path:
    """A folder made into a git repository with one commit."""
    who = ("-c", "user.name=a", "-c", "user.email=a@b.c")
    for words in (("init", "--quiet"), ("add", "--all"), (*who, "commit", "--quiet", "--message", "one")):
        assert run("git", *words, cwd=folder).returncode == 0
    return folder


def yaml(text: str) -> Any:
    return YAML(typ="safe").load(text)


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's own git configuration counts, and no path to this checkout's packages."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.delenv("PYTHONPATH", raising=False)


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    """What others fetch of this repository."""
    copy = tmp_path / "wbcheck"
    unwanted = shutil.ignore_patterns(
        ".*", "__pycache__", "*.egg-info", "build", "dist", "benchmarks", "fixtures", "tests", "corpus"
    )
    shutil.copytree(ROOT, copy, ignore=unwanted)
    shutil.copy(ROOT / ".pre-commit-hooks.yaml", copy)
    return copy


def test_pre_commit_installs_the_hooks_and_runs_them(
    alone: None, shipped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "cache"))
    repository(shipped)
    project = tmp_path / "project"
    project.mkdir()
    (project / "train.py").write_text(BAD)
    (project / "excluded.py").write_text(BAD)
    (project / "wbcheck.toml").write_text('select = ["WB101"]\nextend-exclude = ["excluded.py"]\n')
    repository(project)
    done = run(program("pre-commit"), "try-repo", shipped, "--all-files", "--verbose", cwd=project)
    assert done.returncode == 1, done.stdout + done.stderr
    first, second = done.stdout.split("- hook id: ")[1:]
    assert first.startswith("wbcheck\n")
    assert "train.py:3:31: WB101 run-name-underscore" in first
    assert second.startswith("wbcheck-fix\n")
    assert "files were modified by this hook" in second
    assert (project / "train.py").read_text() == BAD.replace("a_b", "a-b")
    assert (project / "excluded.py").read_text() == BAD


# The action


def steps() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml(ACTION.read_text(encoding="utf-8"))["runs"]["steps"]
    return found


def test_the_action_checks_and_reports(alone: None, shipped: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "my code").mkdir(parents=True)
    (project / "my code" / "train.py").write_text(BAD)
    # A module of the project's must not stand in for one of ours.
    (project / "wbcheck.py").write_text("raise SystemExit(7)\n")
    repository(project)
    output = tmp_path / "output"
    script = tmp_path / "step.sh"
    script.write_text(steps()[0]["run"])
    temporary = tmp_path / "runner"
    temporary.mkdir()
    given = {
        "GITHUB_ACTION_PATH": str(shipped),
        "GITHUB_OUTPUT": str(output),
        "RUNNER_TEMP": str(temporary),
        "WBCHECK_PATHS": "'my code'",
        "WBCHECK_ARGS": "--select 'WB101'",
        "WBCHECK_PYTHON": sys.executable,
        # What wbcheck needs is here already.
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "1",
    }
    done = run("bash", "--noprofile", "--norc", "-eo", "pipefail", script, cwd=project, environment=given)
    assert done.returncode == 1, done.stdout + done.stderr
    assert re.findall("^::(error|warning)", done.stdout, re.MULTILINE) == ["warning"]
    (line,) = output.read_text().splitlines()
    report = json.loads(Path(line.removeprefix("sarif-file=")).read_text())
    results = report["runs"][0]["results"]
    places = [result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in results]
    assert places == ["my%20code/train.py"]


def test_inputs_reach_the_shell_only_through_the_environment() -> None:
    inputs = yaml(ACTION.read_text(encoding="utf-8"))["inputs"]
    rows = fences_table("input")
    assert {name: each["default"] for name, each in inputs.items()} == rows
    for step in steps():
        assert "${{" not in step.get("run", "")
        if "uses" in step:
            assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", step["uses"])


def fences_table(heading: str) -> dict[str, str]:
    """The first and last cells of a table of the page, without backticks."""
    body = CI.read_text(encoding="utf-8").partition(f"| {heading} |")[2].split("\n\n")[0]
    rows = [[cell.strip(" `") for cell in row.strip("|").split("|")] for row in body.splitlines()[2:]]
    return {row[0]: row[-1] for row in rows if len(row) > 1}


def test_the_workflows_give_inputs_that_there_are() -> None:
    inputs = yaml(ACTION.read_text(encoding="utf-8"))["inputs"]
    jobs = [yaml(fence.text)["jobs"]["wbcheck"]["steps"] for fence in SNIPPETS if "workflows" in fence.info]
    used = [step for each in jobs for step in each if step.get("uses", "").startswith("example/wbcheck@")]
    assert len(used) == 1
    assert used[0]["with"].keys() <= inputs.keys()


# Schemas and linters of others

KINDS = {
    ".pre-commit-config.yaml": None,
    ".github/workflows/wbcheck.yml": ("github-workflows",),
    ".github/workflows/plain.yml": ("github-workflows",),
    ".gitlab-ci.yml": ("gitlab-ci", "--data-transform", "gitlab-ci"),
    "azure-pipelines.yml": (
        "azure-pipelines",
        "--data-transform",
        "azure-pipelines",
        "--regex-variant",
        "nonunicode",
    ),
    "action.yml": ("github-actions",),
}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with every file that the page shows, and the action."""
    for fence in SNIPPETS:
        file = tmp_path / fence.info
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(fence.text, encoding="utf-8")
    shutil.copy(ACTION, tmp_path)
    return tmp_path


def test_every_file_that_is_shown_is_held_against_something() -> None:
    assert {fence.info for fence in SNIPPETS} | {"action.yml"} == set(KINDS)


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind])
def test_files_keep_their_schemas(files: Path, name: str) -> None:
    kind = KINDS[name]
    assert kind is not None
    command = (program("check-jsonschema"), "--builtin-schema", f"vendor.{kind[0]}", *kind[1:], name)
    done = run(*command, cwd=files)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_strictest_linter_of_workflows_finds_nothing(files: Path) -> None:
    repository(files)
    done = run(program("zizmor"), "--offline", "--persona=auditor", "--no-progress", ".", cwd=files)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No findings to report" in done.stdout


def test_pre_commit_reads_what_is_shown(tmp_path: Path) -> None:
    shown = [fence for fence in SNIPPETS if fence.info == ".pre-commit-config.yaml"]
    hooks = {hook["id"] for hook in yaml((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}
    assert shown
    for fence in shown:
        file = tmp_path / ".pre-commit-config.yaml"
        file.write_text(fence.text, encoding="utf-8")
        done = run(program("pre-commit"), "validate-config", file, cwd=tmp_path)
        assert done.returncode == 0, done.stdout
        assert {hook["id"] for hook in yaml(fence.text)["repos"][0]["hooks"]} <= hooks
    done = run(program("pre-commit"), "validate-manifest", ROOT / ".pre-commit-hooks.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
