"""Migrations: `wbcheck migrate`, and the same ones as commands of LibCST."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from wbcheck import cli, registry
from wbcheck.recipes import RECIPES

Write = Callable[[str, str], Path]
MIXED = """
    import wandb

    run = wandb.init(project="p", config={"lr": 0.1})
    for step in range(3):
        wandb.log({"train/loss": run.config.lr * step})
    run.finish()
"""
NESTED = MIXED.replace('{"lr": 0.1}', '{"params": {"lr": 0.1}}').replace(
    "config.lr", 'config["params"]["lr"]'
)
HANDLED = MIXED.replace("wandb.log", "run.log")
BARE = """
    import wandb

    with wandb.init(project="p", job_type="train") as run:
        for epoch in range(3):
            run.log({"epoch": epoch, "loss": 0.1, "train/lr": 0.1})
"""
NAMESPACED = BARE.replace('"loss"', '"train/loss"')
OPEN = """
    import wandb

    run = wandb.init(project="p", name="exp-003-train")
    for step in range(3):
        run.log({"train/loss": step})
"""
MANAGED = """
    import wandb

    with wandb.init(project="p", name="exp-003-train") as run:
        for step in range(3):
            run.log({"train/loss": step})
"""
STEPS = {
    "nest-config": (MIXED, NESTED, "NestConfig"),
    "namespace-metrics": (BARE, NAMESPACED, "NamespaceMetrics"),
    "run-handle": (MIXED, HANDLED, "RunHandle"),
    "context-manager": (OPEN, MANAGED, "ContextManager"),
}


@pytest.fixture
def migrate(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Runs `wbcheck migrate` here: status, standard output, standard error."""

    def run(*arguments: str) -> tuple[int, str, str]:
        status = cli.run(("migrate", *arguments))
        sys.stdout.flush()
        return status, *capfd.readouterr()

    return run


Run = Callable[..., tuple[int, str, str]]


def codemod(name: str, *paths: str) -> subprocess.CompletedProcess[str]:
    """LibCST's own tool, as a person runs it."""
    arguments = ("-j", "1", "--no-format", *paths)
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "libcst.tool",
            "codemod",
            "-x",
            f"wbcheck.codemods.{name}",
            "-j",
            "1",
            *arguments,
        ],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def text_of(source: str, write: Write) -> str:
    return write("wanted.txt", source).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", RECIPES)
def test_a_migration_is_made_of_rules_with_fixes(name: str) -> None:
    assert all(registry.load(code).rule.fix for code in RECIPES[name].codes)


@pytest.mark.parametrize("name", STEPS)
def test_a_migration_rewrites(name: str, write: Write, migrate: Run) -> None:
    before, after, _ = STEPS[name]
    file = write("src/a.py", before)
    wanted = text_of(after, write)
    status, out, err = migrate(name, "src", "--isolated")
    assert file.read_text(encoding="utf-8") == wanted
    assert (status, err) == (0, f"wbcheck: {name}: 1 file changed, 0 left to do by hand\n")
    assert out.startswith("src/a.py: fixed 1 ")
    assert migrate(name, "src", "--isolated")[:2] == (0, "")


@pytest.mark.parametrize("name", STEPS)
def test_libcst_runs_the_same_ones(name: str, write: Write) -> None:
    before, after, command = STEPS[name]
    file = write("src/a.py", before)
    wanted = text_of(after, write)
    done = codemod(command, "src")
    assert done.returncode == 0, done.stderr
    assert file.read_text(encoding="utf-8") == wanted
    assert "Transformed 1 files successfully" in done.stderr


def test_what_is_refused_is_told_with_the_reason(write: Write, migrate: Run) -> None:
    write("a.py", MIXED)
    file = write(
        "b.py",
        """
        import wandb

        run = wandb.init(project="p", config={"lr": 0.1})
        print(dict(run.config))
        run.finish()
        """,
    )
    before = file.read_bytes()
    status, out, err = migrate("nest-config", ".", "--isolated")
    assert file.read_bytes() == before
    assert status == 1
    changed, refused = out.splitlines()
    assert changed == "a.py: fixed 1 config-flat"
    assert refused.startswith("b.py:3:38: by hand: config key `lr` is not under `params` (WB202): ")
    assert refused.endswith("(b.py:4)")
    assert err == "wbcheck: nest-config: 1 file changed, 1 left to do by hand\n"
    done = codemod("NestConfig", "b.py")
    assert file.read_bytes() == before
    assert "config key `lr` is not under `params` (WB202): " in done.stderr


def test_a_diff_changes_nothing(write: Write, migrate: Run, project: Path) -> None:
    file = write("a.py", MIXED)
    before, wanted = file.read_text(), text_of(HANDLED, write)
    status, out, err = migrate("run-handle", "a.py", "--isolated", "--diff")
    assert (status, file.read_text()) == (1, before)
    assert err == (
        "a.py: would fix 1 global-log\nwbcheck: run-handle: 1 file would be changed, 0 left to do by hand\n"
    )
    (project / "a.patch").write_text(out)
    subprocess.run(["git", "apply", "a.patch"], check=True)
    assert file.read_text() == wanted
    assert migrate("run-handle", "a.py", "--isolated", "--diff")[0] == 0


def test_several_files_are_migrated_at_once_but_not_by_libcst(write: Write, migrate: Run) -> None:
    files = {
        "train.py": write(
            "train.py",
            """
            import wandb
            from fit import fit

            with wandb.init(project="p", config={"lr": 0.1}) as run:
                fit()
            """,
        ),
        "fit.py": write(
            "fit.py",
            """
            import wandb

            def fit():
                print(wandb.config["lr"])
            """,
        ),
    }
    before = {path: file.read_text() for path, file in files.items()}
    done = codemod("NestConfig", "train.py", "fit.py")
    assert {path: file.read_text() for path, file in files.items()} == before
    assert "WB202" in done.stderr
    status, out, _ = migrate("nest-config", ".", "--isolated")
    assert (status, out) == (0, "fit.py: goes with the others\ntrain.py: fixed 1 config-flat\n")
    assert 'wandb.config["params"]["lr"]' in files["fit.py"].read_text()
    assert all(ast.parse(file.read_text()) for file in files.values())


def test_a_migration_has_a_name(migrate: Run, project: Path) -> None:
    status, _, err = migrate("nest", ".")
    assert status == 2
    assert "nest-config" in err
