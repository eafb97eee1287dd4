"""Which conditions contradict each other, what surely runs, and what may leave before."""

from __future__ import annotations

from itertools import pairwise

import pytest

from wbcheck.engine.analysis import analyse
from wbcheck.model.blocks import Condition, Guard
from wbcheck.model.describe import show
from wbcheck.model.events import Log
from wbcheck.model.flow import (
    comes_true,
    contradict,
    exclusive,
    may_leave,
    of_one_start,
    partings,
    paths,
    precedes,
    surely_runs,
)
from wbcheck.model.model import Model


def condition(text: str) -> Condition:
    """The condition of ``if text``, or of the ``else`` to it where it begins with ``else``."""
    return Condition(text.removeprefix("else "), text.startswith("else "))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("x", "not x"),
        ("x", "else x"),
        ("phase == 'train'", 'phase == "eval"'),
        ("phase == 'train'", "phase != 'train'"),
        ("a and x", "not x and b"),
        ("else a or x", "x"),
        ("run is None", "run is not None"),
        ("step == 1", "step == 2"),
        ("else phase != 'train'", "phase == 'eval'"),
    ],
)
def test_contradicting_conditions(first: str, second: str) -> None:
    assert contradict(condition(first), condition(second))
    assert contradict(condition(second), condition(first))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("x", "x"),
        ("x", "y"),
        ("x or y", "not x"),
        ("else a and x", "x"),
        ("phase == 'train'", "mode == 'eval'"),
        ("phase != 'train'", "phase != 'eval'"),
        ("step % 2 == 0", "step % 3 == 0"),
        ("loss == best", "loss == last"),
    ],
)
def test_conditions_that_may_both_hold(first: str, second: str) -> None:
    assert not contradict(condition(first), condition(second))


@pytest.mark.parametrize(
    ("text", "looped", "expected"),
    [
        ("args.wandb_log", False, True),
        ("wandb.run is not None", False, True),
        ("use_wandb and args.track", False, True),
        ("i % 100 == 0", True, True),
        ("i % 100 == 0", False, False),
        ("use_wandb and i % 10 == 0", True, True),
        ("not args.wandb_log", False, False),
        ("loss < best", True, False),
        ("use_wandb or verbose", False, False),
    ],
)
def test_conditions_that_come_true(text: str, looped: bool, expected: bool) -> None:
    assert comes_true(condition(text), looped) is expected
    assert comes_true(Condition(text, False, Guard.RANK), looped)


def logs(body: str) -> tuple[Model, list[Log]]:
    """The model of a function with this body, and its log calls."""
    lines = "".join(f"    {line}\n" for line in body.strip("\n").splitlines())
    source = f"import wandb\ndef main(run: wandb.Run, n, flag, done):\n{lines}"
    model = analyse("main.py", source.encode(), (), {}).model
    assert model is not None
    return model, list(model.each(Log))


def test_arms_exclude_each_other() -> None:
    model, found = logs("if flag:\n    run.log({})\nelse:\n    run.log({})\nif not flag:\n    run.log({})")
    assert exclusive(model, found[0], found[1])
    assert exclusive(model, found[0], found[2])
    assert not exclusive(model, found[1], found[2])
    assert not list(partings(model, found[0], found[1]))


def test_ways_part_at_the_last_shared_block() -> None:
    model, found = logs("for i in range(n):\n    for x in 'ab':\n        run.log({})\n    run.log({})")
    (parting,) = partings(model, found[0], found[1])
    assert [block.loop.counter for block in parting.shared if block.loop] == ["i"]
    assert [block.loop.targets for block in parting.first if block.loop] == [("x",)]
    assert parting.second == ()
    assert parting.ordered
    assert surely_runs(parting.first)


def test_a_call_is_part_of_the_way() -> None:
    body = "def batch():\n    run.log({})\nfor i in range(n):\n    batch()\n    run.log({})\nbatch()"
    model, found = logs(body)
    ways = list(partings(model, found[0], found[1]))
    assert sorted(parting.ordered for parting in ways) == [False, True]
    assert len(paths(model, found[0])) == 2


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("for x in 'ab':\n    if x == 'a':\n        continue\n    run.log({})", True),
        ("for x in 'ab':\n    for y in x:\n        if done:\n            break\n    run.log({})", False),
        ("for x in 'ab':\n    run.log({})\n    if done:\n        break", False),
        ("if done:\n    return\nrun.log({})", True),
        ("if done:\n    raise ValueError\nrun.log({})", False),
        ("def other():\n    if done:\n        return\nother()\nrun.log({})", False),
    ],
)
def test_what_may_leave_before(body: str, expected: bool) -> None:
    model, found = logs(body)
    (way,) = paths(model, found[0])
    assert may_leave(model, way) is expected


def order(code: str) -> str:
    """The events of a script, each told to come before the next for certain or not."""
    model = analyse("main.py", code.encode(), (), {}).model
    assert model is not None
    words = [type(model.events[0]).__name__]
    for one, two in pairwise(sorted(model.events, key=lambda event: paths(model, event)[0][0].at)):
        words += [precedes(model, one, two).value, type(two).__name__]
    return " ".join(words)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("with wandb.init() as run:\n    run.log({'a': 1})\n", "RunStart yes Log yes Finish"),
        ("with wandb.init() as run: run.log({'a': 1})\n", "RunStart yes Log yes Finish"),
        (
            "with wandb.init() as run:\n    with open('x') as f:\n        run.log({'a': 1})\n",
            "RunStart yes Log yes Finish",
        ),
        (
            "run = wandb.init()\nfor a in run.use_artifact('x:v1'):\n    run.log({'a': 1})\n",
            "RunStart yes ArtifactUsed yes Log",
        ),
    ],
)
def test_what_a_header_does_comes_before_its_body(code: str, expected: str) -> None:
    assert order(f"import wandb\n{code}") == expected


HELPED = """
import wandb
def start(job):
    return wandb.init(project="texts", job_type=job)
def work(run):
    run.log({"a/a": 1})
def train():
    run = start("train")
    run.log({"a/b": 1})
    work(run)
def evaluate():
    run = start("eval")
    run.log({"a/c": 1})
def both():
    run = start("train")
    run.log({"a/d": 1})
    run = start("eval")
    run.log({"a/e": 1})
train()
"""


@pytest.mark.parametrize(
    ("called", "first", "second", "expected"),
    [
        ("", "a/b", "a/a", True),
        ("evaluate()", "a/b", "a/a", True),
        ("evaluate()", "a/c", "a/c", True),
        ("evaluate()", "a/b", "a/c", False),
        ("train()", "a/b", "a/a", True),
        ("both()", "a/d", "a/e", False),
    ],
)
def test_events_of_one_start(called: str, first: str, second: str, expected: bool) -> None:
    found = analyse("main.py", f"{HELPED}{called}\n".encode(), (), {}).model
    assert found is not None
    logs = {show(log.data).split("'")[1]: log for log in found.each(Log)}
    assert of_one_start(found, 0, logs[first], logs[second]) is expected
