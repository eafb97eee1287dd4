"""Paths are judged as the SDK's own parsers read them."""

from __future__ import annotations

import importlib
from itertools import product
from typing import Any

import pytest

paths: Any = importlib.import_module("wbcheck_rules.access._paths")

PIECES = ("me", "texts", "runs", "sweeps", "", " ", ":", "texts:1x2y", "mails:v3", "a b")
PATHS = tuple(
    "/".join(pieces) for length in range(1, 6) for pieces in product(PIECES[: 12 - length], repeat=length)
)
SHORT_OF_WHAT = (paths.Fault.PROJECT, paths.Fault.RUN, paths.Fault.SWEEP, paths.Fault.MARK)


@pytest.fixture(scope="module")
def api() -> Any:
    """The SDK's public API as far as it reads paths, without a session."""
    import wandb

    api = wandb.Api.__new__(wandb.Api)
    api.settings = {"entity": "us", "project": "ours"}
    return api


def accepts(parse: Any, path: str) -> bool:
    try:
        return all(parse(path))
    except ValueError:
        return False


def test_runs_and_sweeps(api: Any) -> None:
    for parse in (paths.of_run, paths.of_sweep):
        judged = [(path, found) for path in PATHS if (found := parse(path)) not in SHORT_OF_WHAT]
        wrong = [path for path, found in judged if (found is None) is not accepts(api._parse_path, path)]
        assert judged
        assert wrong == []


def test_projects(api: Any) -> None:
    def is_read(path: str) -> bool:
        entity, project = api._parse_project_path(path)
        return bool(entity.strip()) and bool(project.strip()) and "/" not in project

    assert [path for path in PATHS if (paths.of_project(path) is None) is not is_read(path)] == []


def test_artifacts(api: Any) -> None:
    judged = [(path, found) for path in PATHS if (found := paths.of_artifact(path)) is not paths.Fault.EMPTY]
    wrong = [path for path, found in judged if (found is None) is not accepts(api._parse_artifact_path, path)]
    assert wrong == []


def test_sweeps_of_agents() -> None:
    from wandb.sdk.launch.sweeps.utils import parse_sweep_id

    refused = [path for path in PATHS if parse_sweep_id({"name": path}) is not None]
    assert refused == [path for path in PATHS if paths.of_trials(path) is paths.Fault.MANY]
