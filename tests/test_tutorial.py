"""The project that the tutorial ends with is one that runs."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from demo_fix import STEPS, run_steps
from walkthrough import PAGE, played


def test_the_scripts_of_the_tutorial_run_in_the_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    played(PAGE.read_text(encoding="utf-8"), tmp_path)
    project = tmp_path / "phishing"
    left_out = tomllib.loads((project / "wbcheck.toml").read_text(encoding="utf-8"))["extend-exclude"]
    steps = [step for step in STEPS if step[0] not in left_out]
    assert len(steps) > 4
    assert run_steps(str(project), steps) == 0
    assert "uses clean-data:v0" in capsys.readouterr().out
