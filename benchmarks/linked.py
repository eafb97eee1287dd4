"""A project of many files that lean on each other, written by a seeded generator: corpus C.

Of its files one in ten uses W&B. Runs are started, dicts for the log built and configs kept in modules
of their own, some of which do not mention W&B, and the programs import them by way of packages. The others
are plain modules that import each other. Nothing of it is ever run; one seed always gives the same bytes.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import dense

FILES = 3000
WITH_WANDB = 300
TEAMS = 10


def files(count: int = FILES, ours: int = WITH_WANDB, seed: int = 2026) -> Iterator[tuple[str, str]]:
    """``count`` paths and texts, ``ours`` of which use W&B."""
    random_ = random.Random(seed)
    yield "pyproject.toml", "[project]\nname = 'acme'\n"
    shared = list(_shared(random_))
    yield from shared
    mentioning = sum("wandb" in text for _, text in shared)
    for number in range(ours - mentioning):
        yield f"src/acme/team_{number % TEAMS}/train_{number:03}.py", _program(random_, number)
    for number in range(count - (ours - mentioning) - len(shared)):
        yield f"src/acme/lib_{number % (TEAMS * 3)}/module_{number:04}.py", _module(random_, number)


def _shared(random_: random.Random) -> Iterator[tuple[str, str]]:
    yield "src/acme/__init__.py", "from .tracking import start_run\n"
    for team in range(TEAMS):
        folder = f"src/acme/team_{team}"
        yield f"{folder}/__init__.py", ""
        numbers = {"lr": random_.random(), "bs": random_.randint(1, 99)}
        yield f"{folder}/settings.py", SETTINGS.format(team=team, **numbers)
        yield f"{folder}/metrics.py", METRICS
    for lib in range(TEAMS * 3):
        yield f"src/acme/lib_{lib}/__init__.py", f"from .module_{lib:04} import *\n"
    yield "src/acme/tracking/__init__.py", "from .runs import finish, session, start_run\n"
    yield "src/acme/tracking/runs.py", RUNS
    yield "src/acme/tracking/artifacts.py", ARTIFACTS


SETTINGS = '''"""What this team trains with."""

from dataclasses import dataclass

PROJECT = "team-{team}"
TAGS = ["baseline", "team-{team}"]
DEFAULTS = {{"params": {{"lr": {lr:.4f}, "batch_size": {bs}}}, "data": {{"workers": 4}}}}


@dataclass
class Options:
    lr: float = {lr:.4f}
    epochs: int = 10


def build(seed, **more):
    return {{**DEFAULTS, "seed": seed, **more}}
'''

METRICS = '''"""Metrics under the names that everybody knows them by."""


def prefixed(prefix, loss, accuracy):
    return {f"{prefix}/loss": loss, f"{prefix}/accuracy": accuracy}


def averaged(history):
    return sum(history) / max(len(history), 1)
'''

RUNS = '''"""How runs are started here."""

import contextlib

import wandb


def start_run(project, config, job_type="train", **more):
    return wandb.init(project=project, config=config, job_type=job_type, **more)


@contextlib.contextmanager
def session(project, config):
    run = start_run(project, config)
    try:
        yield run
    finally:
        run.finish()


def report(run, prefix, values, step=None):
    run.log({f"{prefix}/{name}": value for name, value in values.items()}, step=step)


def finish(run):
    run.finish()
'''

ARTIFACTS = '''"""What is kept of a run."""

import wandb


def keep(run, name, kind, path):
    artifact = wandb.Artifact(name, type=kind)
    artifact.add_file(path)
    run.log_artifact(artifact)
    return artifact


def fetch(run, reference):
    return run.use_artifact(reference).download()
'''

USES = """
from acme import start_run
from acme.lib_LIB.module_MODULE import layer_0
from acme.tracking.artifacts import fetch, keep
from acme.tracking.runs import report, session
from .metrics import averaged, prefixed
from .settings import DEFAULTS, PROJECT, TAGS, Options, build


def shared_main(seed):
    run = start_run(PROJECT, build(seed, width=WIDTH), tags=TAGS)
    fetch(run, "rows:latest")
    for epoch in range(Options().epochs):
        run.log(prefixed("train", averaged([epoch]), layer_0(epoch)))
        report(run, "val", {"loss": epoch})
    keep(run, "weights", "model", "weights.pt")
    run.finish()


def shared_session(seed):
    with session(PROJECT, DEFAULTS) as run:
        run.log({"train/loss": seed * run.config["params"]["lr"]})
"""


def _program(random_: random.Random, number: int) -> str:
    module = random_.randrange(FILES // 2)
    uses = USES.replace("LIB", str(module % (TEAMS * 3))).replace("MODULE", f"{module:04}")
    return dense.program(random_, 1, 3) + uses.replace("WIDTH", str(random_.randint(1, 512)))


def _module(random_: random.Random, number: int) -> str:
    other = random_.randrange(max(number, 1))
    head = f'"""Module {number}."""\n\nimport numpy as np\n\n'
    head += f"from acme.lib_{other % (TEAMS * 3)}.module_{other:04} import layer_0 as before\n"
    return head + "".join(plain(random_, random_.randint(4, 16)))


def plain(random_: random.Random, count: int) -> Iterator[str]:
    """Functions that have nothing to do with W&B."""
    for index in range(count):
        yield f"""

def layer_{index}(x, scale={random_.random():.4f}, offset={random_.randint(0, 99)}):
    \"\"\"The values of `x`, scaled, moved and bounded.\"\"\"
    rows = [before(value) if index % 7 else value for index, value in enumerate(np.atleast_1d(x))]
    total = sum(value * scale + offset for value in rows if value is not None)
    if total > {random_.randint(100, 999)}:
        raise ValueError(f"layer {index} left its range: {{total:.3f}}")
    return {{"total": total, "mean": total / max(len(rows), 1), "count": len(rows)}}
"""
