"""WB307 and WB308 against the counter itself: random programs, run with a run that counts as W&B's does.

What is reported must lose something. (That a run counts so is what the proofs of the two rules show.)
"""

from __future__ import annotations

import random
import re
import sys
import types
from collections import Counter

import pytest

from wbcheck.engine.analysis import analyse
from wbcheck.registry import codes, load_rule

RULES = tuple(load_rule(codes(())[code]) for code in ("WB307", "WB308"))
LOOPS = (
    "range(3)",
    "range(2, 5)",
    "enumerate('abc')",
    "range(n)",
    "range(1)",
    "'abcd'",
    "range(base, base + 3)",
)
HEADER = "def {}(run, n, flag, base, p):"


class Run:
    """Counts as a run does: ``lost`` are the rows of a site that were dropped or overwritten."""

    def __init__(self) -> None:
        self.step = 0
        self.rows: set[tuple[int, str]] = set()
        self.reached: set[str] = set()
        self.lost: Counter[str] = Counter()

    def log(self, data: dict[str, int], step: int | None = None, commit: bool = True) -> None:
        site = next(iter(data))
        self.reached.add(site)
        if step is None:
            self.step += commit
        elif step < self.step or (step, site) in self.rows:
            self.lost[site] += 1
        else:
            self.step = step
            self.rows.add((step, site))


class Programs:
    """Makes programs of loops, branches and helpers that log; each log call has a key of its own."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.sites = 0
        self.helpers: dict[str, list[str]] = {}

    def program(self) -> str:
        body = self.block("    ", [], 0, inside=False)
        lines = ["import wandb", ""]
        for name, helper in self.helpers.items():
            lines += [HEADER.format(name), *helper, ""]
        lines += ["def main(n, flag, base):", "    run = wandb.init()", *body]
        return "\n".join([*lines, ""])

    def block(self, indent: str, counters: list[str], depth: int, inside: bool) -> list[str]:
        lines: list[str] = []
        for _ in range(self.random.choice((1, 1, 2, 2, 3))):
            kind = self.random.random()
            if kind < 0.45 or depth >= 4:
                lines.append(self.log(indent, counters))
            elif kind < 0.75:
                lines += self.loop(indent, counters, depth, inside)
            elif kind < 0.88:
                lines += self.branch(indent, counters, depth, inside)
            elif not inside:
                lines.append(self.call(indent, counters))
        return lines or [f"{indent}pass"]

    def log(self, indent: str, counters: list[str]) -> str:
        self.sites += 1
        kind = self.random.random()
        step = ""
        if counters and kind < 0.5:
            counter = self.random.choice(counters)
            step = ", step=" + self.random.choice((counter, counter, f"{counter} + 1", " + ".join(counters)))
        elif kind < 0.6:
            step = f", step={self.random.choice((0, 1, 3))}"
        elif kind < 0.68:
            step = ", commit=False"
        return f'{indent}run.log({{"s{self.sites}": 1}}{step})'

    def loop(self, indent: str, counters: list[str], depth: int, inside: bool) -> list[str]:
        name, over = f"{self.random.choice('ij')}{depth}", self.random.choice(LOOPS)
        own = [] if over == "'abcd'" else [name]
        target = f"{name}, x" if over.startswith("enumerate") else name
        body = self.block(f"{indent}    ", counters + own, depth + 1, inside)
        if self.random.random() < 0.12:
            body.append(f"{indent}    break")
        return [f"{indent}for {target} in {over}:", *body]

    def branch(self, indent: str, counters: list[str], depth: int, inside: bool) -> list[str]:
        tests = [f"{name} {test}" for name in counters for test in ("% 2 == 0", "== 0")]
        test = self.random.choice([*tests, "flag", "not flag"])
        lines = [f"{indent}if {test}:", *self.block(f"{indent}    ", counters, depth + 1, inside)]
        kind = self.random.random()
        if kind < 0.3 and counters and not inside:
            return [*lines, f"{indent}    continue"]
        return lines if kind < 0.6 else [*lines, f"{indent}else:", self.log(f"{indent}    ", counters)]

    def call(self, indent: str, counters: list[str]) -> str:
        name = f"helper{self.random.randrange(3)}"
        if name not in self.helpers:
            self.helpers[name] = self.block("    ", ["p"], 1, inside=True)
        return f"{indent}{name}(run, n, flag, base, {self.random.choice([*counters, '0'])})"


def ran(source: str, flag: bool, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The run that a program logs to."""
    run = Run()
    wandb = types.ModuleType("wandb")
    wandb.init = lambda: run  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "wandb", wandb)
    names: dict[str, object] = {}
    exec(compile(source, "program.py", "exec"), names)  # noqa: S102 - our own program
    names["main"](3, flag, 0)  # type: ignore[operator]
    return run


def reported(source: str) -> set[str]:
    """The sites that the two rules report."""
    model = analyse("program.py", source.encode(), (), {}).model
    assert model is not None
    lines = [source.count("\n", 0, found.span.start) for rule in RULES for found in rule.findings(model)]
    sites = [re.search(r"s\d+", source.splitlines()[line]) for line in lines]
    return {site.group() for site in sites if site}


def test_what_is_reported_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    found = lost = 0
    for seed in range(250):
        source = Programs(seed).program()
        runs = [ran(source, flag, monkeypatch) for flag in (True, False)]
        for site in reported(source):
            reached = [run for run in runs if site in run.reached]
            # Under `flag and not flag` nothing happens, and nothing can be lost.
            assert not reached or any(run.lost[site] for run in reached), f"{site} in\n{source}"
            found += 1
        lost += len({site for run in runs for site in run.lost})
    assert found > lost / 3, "of what is lost, much is reported"
