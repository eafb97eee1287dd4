"""What files beside the code say of the environment, of sweeps and of what a project builds on."""

from __future__ import annotations

from pathlib import Path

import pytest

from wbcheck.engine.analysis import analyse
from wbcheck.model.values import Tri
from wbcheck.project import Project, Variable
from wbcheck.surroundings import around


def lay(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def seen_from(root: Path, *shown: str) -> Project:
    found = around((name, str(root / name)) for name in shown)
    models = [analyse(each.path, each.data, (), {}).model for each in found.setting]
    return Project.of((), found, [model for model in models if model is not None])


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        (".env", "WANDB_PROJECT=texts\n", "texts"),
        (".env", 'export WANDB_PROJECT="texts"\n', "texts"),
        ("run.sh", "WANDB_PROJECT=texts python train.py\n", "texts"),
        ("run.sh", "export WANDB_PROJECT=$1\n", None),
        ("Dockerfile", "ENV WANDB_PROJECT=texts LANG=C\n", "texts"),
        ("Makefile", "export WANDB_PROJECT = texts\n", "texts"),
        (".github/workflows/train.yml", "    env:\n      WANDB_PROJECT: texts\n", "texts"),
        ("docker-compose.yaml", "      - WANDB_PROJECT=${PROJECT}\n", None),
    ],
)
def test_variables(tmp_path: Path, name: str, text: str, value: str | None) -> None:
    lay(tmp_path, {"src/train.py": "", ".git/HEAD": "", name: text})
    variable = seen_from(tmp_path, "src/train.py").variables["WANDB_PROJECT"]
    assert variable == Variable(() if value is None else (value,), value is None, (name,))


@pytest.mark.parametrize(
    "text", ["# WANDB_PROJECT=texts\n", "echo $WANDB_PROJECT\n", "if [ ${WANDB_PROJECT:-} ]\n"]
)
def test_what_is_only_mentioned_is_not_set(tmp_path: Path, text: str) -> None:
    lay(tmp_path, {"train.py": "", ".env": text})
    assert seen_from(tmp_path, "train.py").sets("WANDB_PROJECT") is Tri.NO


def test_a_key_is_never_kept(tmp_path: Path) -> None:
    lay(tmp_path, {"train.py": "", ".env": "WANDB_API_KEY=5f1e94b0a25d3f6e8b17c4d9025ea6f3b8d01c72\n"})
    variable = seen_from(tmp_path, "train.py").variables["WANDB_API_KEY"]
    assert variable == Variable((), True, (".env",))


def test_a_sweeps_program_is_looked_for_from_every_folder_above(tmp_path: Path) -> None:
    lay(
        tmp_path,
        {
            "training/sweep.yaml": "program: training/run.py\nmethod: grid\n",
            "training/near.yml": "program: 'near.py'  # a comment\n",
            "training/run.py": "",
            "training/near.py": "",
            "other/near.py": "",
        },
    )
    project = seen_from(tmp_path, "training/run.py", "training/near.py", "other/near.py")
    assert project.is_trial("training/run.py", set())
    assert project.is_trial("training/near.py", set())
    assert not project.is_trial("other/near.py", set())


def test_without_a_repository_nothing_above_what_was_asked_for_counts(tmp_path: Path) -> None:
    lay(tmp_path, {".env": "WANDB_PROJECT=texts\n", "inside/src/train.py": ""})
    path = str(tmp_path / "inside/src/train.py")
    assert around([("src/train.py", path)]).setting == ()
    assert around([(path, path)]).setting == ()


def test_files_that_are_not_there_have_no_surroundings(tmp_path: Path) -> None:
    lay(tmp_path, {".env": "WANDB_PROJECT=texts\n"})
    assert around([("train.py", str(tmp_path / "train.py"))]).setting == ()
