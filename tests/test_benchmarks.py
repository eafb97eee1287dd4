"""The measuring harness: what it accounts, what it refuses, and the programs that it generates."""

from __future__ import annotations

import ast
import importlib
import signal
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


@pytest.fixture(autouse=True)
def _scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the folder's scripts importable, as they are when one of them is run."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))


@pytest.mark.parametrize(
    ("source", "binds"),
    [
        (b"import wandb", True),
        (b"import wandb.sdk as s", True),
        (b"def f():\n    from wandb.plot import bar", True),
        (b"try:\n    import wandb as wb\nexcept ImportError:\n    wandb = None", True),
        (b"import wandbox  # not wandb", False),
        (b"from .wandb import log", False),
        (b"text = 'import wandb'", False),
        (b"import wandb\nthis is no Python", False),
        (b"import torch", False),
    ],
)
def test_corpus_b_takes_what_imports_wandb(source: bytes, binds: bool) -> None:
    assert importlib.import_module("corpora").binds_wandb(source) is binds


def test_generated_programs_are_python_that_uses_wandb_and_never_vary() -> None:
    dense, corpora = importlib.import_module("dense"), importlib.import_module("corpora")
    programs = list(dense.programs(20))
    assert programs == list(dense.programs(20))
    assert len({text for _, text in programs}) == 20
    for _, text in programs:
        assert corpora.binds_wandb(text.encode())
        calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
        assert sum("wandb" in ast.unparse(call.func) for call in calls) >= 3


def test_a_process_is_accounted_with_its_children(tmp_path: Path) -> None:
    measure = importlib.import_module("measure")
    child = "b = bytearray(200 << 20)"
    parent = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {child!r}])\nprint('done')"
    out, errors = tmp_path / "out", tmp_path / "errors"
    cost = measure.run([sys.executable, "-c", parent], cwd=tmp_path, stdout=out, stderr=errors)
    assert cost.status == 0
    assert out.read_text() == "done\n"
    assert cost.rss > 200
    assert cost.cpu > 0


def test_a_process_that_does_not_end_is_killed(tmp_path: Path) -> None:
    measure = importlib.import_module("measure")
    out, errors = tmp_path / "out", tmp_path / "errors"
    asleep = [sys.executable, "-c", "import time; time.sleep(3600)"]
    cost = measure.run(asleep, cwd=tmp_path, stdout=out, stderr=errors, seconds=0.2)
    assert cost.status == -signal.SIGKILL


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """Two corpora of one file each."""
    for corpus in ("corpus-a", "corpus-b"):
        (tmp_path / corpus).mkdir()
        (tmp_path / corpus / "code.py").write_text("import wandb\nwandb.init()\n")
    return tmp_path


def bench(cache: Path, linter: str) -> subprocess.CompletedProcess[str]:
    """One round with a stand-in for wbcheck."""
    (cache / "linter.py").write_text(linter)
    command = [sys.executable, str(BENCHMARKS / "run.py"), "-n", "1", "--keep", "--cache", str(cache)]
    command += ["--wbcheck", f"{sys.executable} {cache / 'linter.py'}"]
    return subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8")


def test_a_missed_budget_is_said_and_is_the_exit_status(cache: Path) -> None:
    shown = bench(cache, "hog = bytearray(300 << 20)\nprint('x')\n")
    assert shown.returncode == 1, shown.stderr
    memory = next(line for line in shown.stdout.splitlines() if line.startswith("A: peak memory"))
    assert memory.endswith("**missed**")
    assert "corpus B: 1 files" in shown.stdout


def test_a_command_that_fails_is_not_measured(cache: Path) -> None:
    shown = bench(cache, "import sys\nsys.exit('no such option')\n")
    assert shown.returncode == 2
    assert "ended with 1" in shown.stderr
    assert "no such option" in shown.stderr
    assert not shown.stdout
