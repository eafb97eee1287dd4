"""How releases of wandb are read, on sources that are written here."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parent.parent / "tools"
sys.path.insert(0, str(TOOLS))

import generate_sdk  # noqa: E402
from release import Release  # noqa: E402

FILES = {
    "wandb/__init__.py": """
from wandb import sdk as wandb_sdk
from wandb.sdk import Artifact
import wandb
import os

wandb.wandb_lib = wandb_sdk.lib
init = wandb_sdk.init
log = _preinit.PreInitCallable("wandb.log", wandb_sdk.run.Run.log)
keras = _lazyloader.LazyLoader("wandb.keras", globals(), "wandb.integration.keras")
try:
    from wandb import plot
except ImportError:
    pass

def __getattr__(name):
    if name in ("Api", "public"):
        return 1
    raise AttributeError(name)
""",
    "wandb/plot.py": "def bar(table, *, title=''): ...\n",
    "wandb/integration/__init__.py": "",
    "wandb/integration/keras.py": "class WandbCallback:\n    def __init__(self, monitor='loss'): ...\n",
    "wandb/sdk/__init__.py": "from .run import init\nfrom . import lib\nfrom .run import Artifact\n",
    "wandb/sdk/lib.py": "",
    "wandb/sdk/run.py": """
from typing import Literal, Optional
from .base import Base
Policy = Literal["live", "end"]

def init(project: Optional[str] = None, mode: "Literal['online', 'offline'] | None" = None, **kwargs):
    \"\"\"Start.

    Args:
        project: The project.
        mode: Deprecated. Set it
            elsewhere.
    \"\"\"

class Run(Base):
    url: str
    def log(self, data, step=None): ...
    def save(self, policy: Policy = "live", name: Literal["a"] | str = "a"): ...
    @property
    def id(self) -> str: ...
    @id.setter
    def id(self, value): ...
    join = log
    @staticmethod
    def helper(x): ...

class Artifact(Generic[T]):
    __slots__ = ("kept",)
    def __init__(self, name, /, type): self.made = 1
    def old(self):
        \"\"\"Deprecated, use ``new``.\"\"\"

class Loose(dict): ...
class Dynamic:
    def __getattr__(self, name): ...
""",
    "wandb/sdk/base.py": "class Base:\n    def inherited(self): ...\n",
}


@pytest.fixture
def release() -> Release:
    return Release(FILES)


def names(release: Release, path: str) -> list[tuple[str, str, str | None]]:
    thing = release.find(path)
    assert thing is not None
    made = thing if thing.kind == "function" else release.constructor(thing)
    assert made is not None
    found = release.parameters(made.module, made.node, thing.kind == "class")
    return [(one.name, one.kind, one.default) for one in found]


def test_names_lead_to_what_they_stand_for(release: Release) -> None:
    kinds = {
        path: None if (thing := release.find(path)) is None else thing.kind
        for path in (
            "wandb.init",
            "wandb.log",
            "wandb.plot",
            "wandb.plot.bar",
            "wandb.keras.WandbCallback",
            "wandb.wandb_lib",
            "wandb.Api",
            "wandb.Artifact",
            "wandb.nothing",
            "wandb.keras.Nothing",
        )
    }
    assert kinds == {
        "wandb.init": "function",
        "wandb.log": "function",
        "wandb.plot": "module",
        "wandb.plot.bar": "function",
        "wandb.keras.WandbCallback": "class",
        "wandb.wandb_lib": "module",
        "wandb.Api": "value",
        "wandb.Artifact": "class",
        "wandb.nothing": None,
        "wandb.keras.Nothing": None,
    }


def test_parameters(release: Release) -> None:
    assert names(release, "wandb.init") == [
        ("project", "", "None"),
        ("mode", "", "None"),
        ("kwargs", "**", None),
    ]
    assert names(release, "wandb.Artifact") == [("name", "/", None), ("type", "", None)]
    assert names(release, "wandb.keras.WandbCallback") == [("monitor", "", "'loss'")]


def test_choices_and_documents(release: Release) -> None:
    thing = release.find("wandb.init")
    assert thing is not None
    project, mode, _ = release.parameters(thing.module, thing.node, False)
    assert project.choices is None
    assert mode.choices == ("online", "offline")
    assert mode.doc == "Deprecated. Set it elsewhere."
    run = release.find("wandb.sdk.run.Run")
    assert run is not None
    save = release.members(run)["save"]
    policy, name = release.parameters(save.module, save.node, True)
    assert policy.choices == ("live", "end")
    assert name.choices is None


def test_members(release: Release) -> None:
    run = release.find("wandb.sdk.run.Run")
    assert run is not None
    assert {name: member.kind for name, member in release.members(run).items()} == {
        "url": "v",
        "log": "m",
        "save": "m",
        "id": "s",
        "join": "m",
        "helper": "m",
        "inherited": "m",
    }
    artifact = release.find("wandb.Artifact")
    assert artifact is not None
    assert {"kept", "made", "old"} <= set(release.members(artifact))
    assert not release.is_open(run)
    assert not release.is_open(artifact)


@pytest.mark.parametrize("name", ["Loose", "Dynamic"])
def test_what_may_have_more_than_is_seen_is_open(name: str, release: Release) -> None:
    thing = release.find(f"wandb.sdk.run.{name}")
    assert thing is not None
    assert release.is_open(thing)


def test_releases_are_folded_into_stretches() -> None:
    spans = generate_sdk.Spans()
    for number, value in enumerate(["a", "a", "b", None, "b"]):
        if value is not None:
            spans.add("key", number, value)
    assert spans.told(5) == {"key": [[0, 2, "a"], [2, 3, "b"], [4, -1, "b"]]}
