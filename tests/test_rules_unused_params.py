"""A parameter that nothing reads is told only where nothing can have read it unseen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from projects import found

from wbcheck.engine import search

Write = Callable[[str, str], Path]
START = "import wandb\n\nrate = 0.1\n"
GIVEN = 'run = wandb.init(project="texts", config={"params": {"lr": rate, "warmup": 100}})\n'
NAMED = 'config = {"params": {"lr": rate, "warmup": 100}}\nrun = wandb.init(project="texts", config=config)\n'


@pytest.fixture(autouse=True)
def root(write: Write, project: Path) -> Path:
    write("pyproject.toml", "")
    return project


def unused(*paths: str) -> list[str]:
    return found(*paths, select="WB208")


@pytest.mark.parametrize("given", [GIVEN, NAMED])
@pytest.mark.parametrize(
    "use",
    [
        "",
        'print(run.config["params"]["lr"])\n',
        'params = run.config["params"]\nprint(params["lr"], params.get("lr"))\n',
        'rate = lambda: run.config["params"]["lr"]\n',
        'def train(run):\n    print(run.config["params"]["lr"])\n\ntrain(run)\n',
        'cfg = run.config\nprint(cfg["params"]["lr"])\n',
        "print(run.config)\n",
    ],
)
def test_one_that_nothing_reads_is_told(write: Write, given: str, use: str) -> None:
    write("train.py", START + given + use)
    codes = [line.rpartition(" ")[2] for line in unused()]
    assert codes == ["WB208"]


@pytest.mark.parametrize(
    "use",
    [
        "match run.config:\n    case {'params': params}:\n        fit(params)\n",
        "match run:\n    case Run(config=config):\n        fit(config)\n",
        "fit(*run.config.values())\n",
        "for key, value in run.config['params'].items():\n    fit(key, value)\n",
        "fit(**run.config['params'])\n",
        "fit(run.config['params'])\n",
        "params = run.config['params']\nfit(params)\n",
        "params = run.config['params']\nfit(**params)\n",
        "fit({**run.config, 'device': 'cpu'})\n",
        "fit([run])\n",
        "runs = [run]\nfor each in runs:\n    fit(**each.config)\n",
        "fit(getattr(run, 'config'))\n",
        "fit(wandb)\n",
        "fit(getattr(wandb, 'config'))\n",
        "fit(vars(run))\n",
        "class Settings:\n    params = run.config['params']\n\nfit(Settings)\n",
        "class Settings:\n    def __init__(self):\n        self.params = wandb.config['params']\n",
        "fit(lambda: wandb.config)\n",
        "fit(lambda: fit(**wandb.run.config))\n",
        "def later():\n    return run\n",
        "def later():\n    yield run.config\n",
        "config = run.config\nfit(config)\n",
        "from wandb import config\nfit(config)\n",
        "key = input()\nfit(run.config['params'][key])\n",
        "fit(getattr(run.config, key))\n",
        "wandb.config = settings\n",
        "def train(run):\n    fit(**run.config['params'])\n\ntrain(run)\n",
        "# the warmup is for later\n",
        "def fit(warmup=3):\n    return warmup\n",
        "fit(warmup_steps=3, steps='warmup')\n",
        "wandb.agent('abc', function=fit)\n",
    ],
)
def test_one_that_may_be_read_is_not(write: Write, use: str) -> None:
    write("train.py", START + "from training import *\n" + GIVEN + use)
    assert unused() == []


@pytest.mark.parametrize(
    "use",
    [
        "fit(**config)\n",
        "fit(config)\n",
        "fit(*config['params'].values())\n",
        "fit(config['params'])\n",
        "for part in config.values():\n    fit(part)\n",
        "settings = config\nfit(settings)\n",
        "fit({**config})\n",
        "fit(lambda: config)\n",
    ],
)
def test_the_dict_may_be_read_by_its_own_name(write: Write, use: str) -> None:
    write("train.py", START + "from training import fit\n" + NAMED + use)
    assert unused() == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("loop.py", "def fit(settings):\n    return settings.warmup\n"),
        ("loop.py", "import wandb\n\ndef fit(train):\n    train(**wandb.config['params'])\n"),
        ("loop.py", "import wandb\n\ndef fit(train):\n    train(wandb.run)\n"),
        ("loop.py", "import wandb\n\ndef fit(train):\n    train(wandb)\n"),
        ("loop.py", "from train import run\n\ndef fit(train):\n    train(**run.config)\n"),
        ("notes.ipynb", '{"cells": [{"cell_type": "code", "source": ["a.warmup\\n"]}], "nbformat": 4}'),
        ("broken.py", "def (:\n    warmup\n"),
    ],
)
def test_another_file_may_read_it(write: Write, name: str, text: str) -> None:
    write("train.py", START + GIVEN)
    assert unused() == ["train.py:4 WB208"]
    write(name, text)
    assert unused() == []


def test_what_lies_beside_the_folder_that_is_checked_is_looked_at(write: Write) -> None:
    write("src/train.py", START + GIVEN)
    assert unused("src") == ["src/train.py:4 WB208"]
    assert unused("src/train.py") == ["src/train.py:4 WB208"]
    write("lib/loop.py", "def fit(settings):\n    return settings.warmup\n")
    assert unused("src") == unused("src/train.py") == []


def test_nobody_knows_what_is_beside_a_file_of_no_project(write: Write, root: Path) -> None:
    (root / "pyproject.toml").unlink()
    write("train.py", START + GIVEN)
    assert unused("train.py") == []


def test_a_config_that_two_runs_share_is_told_once(write: Write) -> None:
    code = START + NAMED + "run.finish()\nother = wandb.init(project='texts', config=config)\n"
    write("train.py", code)
    assert unused() == ["train.py:4 WB208"]
    write("train.py", START + "from training import fit\n" + code + "fit(**other.config)\n")
    assert unused() == []


def test_more_code_than_is_searched_may_read_it(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write("train.py", START + GIVEN)
    assert unused() == ["train.py:4 WB208"]
    monkeypatch.setattr(search, "MOST_SPELLED", 10)
    assert unused() == []
