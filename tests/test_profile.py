"""A team's configuration in an installed package, which projects extend."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commandline import Write
from sites import Command, command_beside, installed

HERE = Path(__file__).parent
TRAIN = """
import sys

import wandb

with wandb.init(
    project="text",
    name=f"exp-{sys.argv[1]}",
    job_type="label",
    group="exp",
    tags=["a"],
    config={"params": {}},
) as run:
    run.log({"train/loss": 1.0})
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site directory with the profile and the pack of rules that it names, as pip installs them."""
    return installed((HERE / "profile", HERE / "pack"), tmp_path_factory.mktemp("installed"))


@pytest.fixture
def wbcheck(project: Path, site: Path) -> Command:
    """Runs the command in the project, with the site directory on the path."""
    return command_beside(site, project)


def found(wbcheck: Command, *arguments: str) -> list[str]:
    """The codes of the findings of a check."""
    said = wbcheck("check", "--output-format", "json", *arguments)
    assert said.returncode in (0, 1), said.stderr
    return [each["code"] for each in json.loads(said.stdout)]


def test_a_project_extends_it(project: Path, wbcheck: Command, write: Write) -> None:
    write("pyproject.toml", '[tool.wbcheck]\nextend = "acme_standards:wbcheck.toml"\n')
    write("train.py", TRAIN)
    write("generated/train.py", TRAIN)
    # The team's own rule speaks, with the team's options; the job type is one of the team's.
    assert found(wbcheck) == ["AC101"]
    write(
        "pyproject.toml",
        """
        [tool.wbcheck]
        extend = "acme_standards:wbcheck.toml"
        ignore = ["WB004"]

        [tool.wbcheck.rules.project-known]
        known-projects = ["text"]
        """,
    )
    assert found(wbcheck) == []


def test_what_comes_from_it_is_told(project: Path, site: Path, wbcheck: Command, write: Write) -> None:
    write(
        "pyproject.toml",
        '[tool.wbcheck]\nextend = "acme_standards:wbcheck.toml"\nextend-exclude = ["old/"]\n',
    )
    file = site / "acme_standards" / "wbcheck.toml"
    said = wbcheck("config")
    assert said.returncode == 0, said.stderr
    assert f"# Read from: pyproject.toml, which extends {file}.\n" in said.stdout
    assert f'select = ["guide", "AC"]  # {file}:1\n' in said.stdout
    assert (
        f'extend-exclude = [\n    "generated/",  # {file}:4\n    "old/",  # pyproject.toml:3\n]\n'
        in said.stdout
    )
    assert f'known-projects = ["mails"]  # {file}:10\n' in said.stdout
    assert f"#   `AC` in `select`, {file}:1:\n#     AC101  project-known\n" in said.stdout


def test_a_profile_may_be_extended_by_another_file(project: Path, wbcheck: Command, write: Write) -> None:
    write("team/base.toml", 'extend = "acme_standards:wbcheck.toml"\nignore = ["AC"]\n')
    write("wbcheck.toml", 'extend = "team/base.toml"\n')
    write("train.py", TRAIN)
    assert found(wbcheck) == []


def test_init_writes_one_that_extends_it(project: Path, wbcheck: Command, write: Write) -> None:
    write("train.py", TRAIN)
    assert wbcheck("init").returncode == 0
    text = (project / "wbcheck.toml").read_text()
    (project / "wbcheck.toml").write_text(f'extend = "acme_standards:wbcheck.toml"\n{text}')
    assert found(wbcheck, "--select", "AC") == ["AC101"]
