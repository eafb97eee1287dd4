"""Paths are judged as the SDK's own parsers read them."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

paths: Any = importlib.import_module("wbcheck_rules.access._paths")

PIECES = st.lists(
    st.sampled_from(["me", "texts", "1x2y", "runs", "sweeps", "", " ", ":", "texts:1x2y", "mails:v3", "a b"]),
    max_size=6,
).map("/".join)
SHORT_OF_WHAT = (paths.Fault.PROJECT, paths.Fault.RUN, paths.Fault.SWEEP, paths.Fault.MARK)


@pytest.fixture(scope="module")
def api() -> Any:
    """The SDK's public API as far as it reads paths, without a session."""
    import wandb

    api = wandb.Api.__new__(wandb.Api)
    api.settings = {"entity": "us", "project": "ours"}
    return api


def _accepts(parse: Any, path: str) -> bool:
    try:
        return all(parse(path))
    except ValueError:
        return False


@given(path=PIECES)
def test_runs_and_sweeps(api: Any, path: str) -> None:
    accepts = _accepts(api._parse_path, path)
    for parse in (paths.of_run, paths.of_sweep):
        found = parse(path)
        if found not in SHORT_OF_WHAT:
            assert (found is None) is accepts
    if paths.of_run(path) is None:
        assert paths.of_reports("me/texts") is None


@given(path=PIECES)
def test_projects(api: Any, path: str) -> None:
    entity, project = api._parse_project_path(path)
    is_read = bool(entity.strip()) and bool(project.strip()) and "/" not in project
    assert (paths.of_project(path) is None) is is_read


@given(path=PIECES)
def test_artifacts(api: Any, path: str) -> None:
    found = paths.of_artifact(path)
    if found is not paths.Fault.EMPTY:
        assert (found is None) is _accepts(api._parse_artifact_path, path)


@given(path=PIECES)
def test_sweeps_of_agents(path: str) -> None:
    from wandb.sdk.launch.sweeps.utils import parse_sweep_id

    refused = parse_sweep_id({"name": path}) is not None
    assert (paths.of_trials(path) is paths.Fault.MANY) is refused
