"""YAML files that a run is given as its config: only those in W&B's own form are taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from wbcheck.engine import Request, check
from wbcheck.files import discover
from wbcheck.ruleset import Wish
from wbcheck.selection import Layer
from wbcheck.settings import load
from wbcheck.surroundings import around

SCRIPT = 'import wandb\n\nrun = wandb.init(project="texts", config="train.yaml")\n'


def messages(script: str = "example.py") -> list[str]:
    settings_for = load(isolated=True).for_file
    found = discover([script], settings_for, force_exclude=False)
    wish = Wish(layer=Layer(select=("WB210",)))
    outcome = check(Request(files=found.files, settings_for=settings_for, wish=wish, jobs=1))
    assert not outcome.faults
    return [one.message for one in outcome.diagnostics]


@pytest.mark.parametrize(
    ("yaml", "plain"),
    [
        ("lr: 0.1\n", True),
        ("params:\n  lr: 0.1\n", True),
        ("lr:\n  value: 0.1\nepochs: 3\n", True),
        ("wandb_version: 1\n\nlr:\n  desc: null\n  value: 0.1\n", False),
        ("# settings\n---\nlr:\n  value: 0.1  # small\nlayers:\n  value:\n    - 1\n", False),
        ("lr: {value: 0.1}\n", False),
        ("- lr\n- epochs\n", False),
        ("defaults: &d\n  lr: 0.1\n", False),
        ("", False),
    ],
)
def test_a_yaml_file_is_plain_only_where_that_is_certain(
    yaml: str, plain: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("example.py").write_text(SCRIPT)
    Path("train.yaml").write_text(yaml)
    assert around([("example.py", str(tmp_path / "example.py"))]).yaml == (("train.yaml", plain),)
    assert messages() == (["`train.yaml` lacks the `value` that W&B wants below each key"] if plain else [])


def test_a_file_that_is_not_there_is_not_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("example.py").write_text(SCRIPT)
    assert messages() == []


def test_two_files_of_that_name_are_not_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("src").mkdir()
    Path("src/example.py").write_text(SCRIPT)
    Path("train.yaml").write_text("lr: 0.1\n")
    assert messages("src/example.py") == ["`train.yaml` lacks the `value` that W&B wants below each key"]
    Path("src/train.yaml").write_text("lr:\n  value: 0.1\n")
    assert messages("src/example.py") == []
