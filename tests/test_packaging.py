"""The command works from a wheel, from a source distribution and from an editable install alike."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CATEGORIES = " ".join(sorted(init.parent.name for init in (ROOT / "rules").glob("*/__init__.py")))
PROBE = """
import importlib.util, pkgutil, sys
import wbcheck, wbcheck_rules
print(wbcheck.__file__)
print(wbcheck_rules.__file__)
print(" ".join(sorted(part.name for part in pkgutil.iter_modules(wbcheck_rules.__path__) if part.ispkg)))
print(importlib.util.find_spec("rules"))
"""


def run(*command: object, cwd: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what is under version control, so that building leaves nothing behind here."""
    copy = tmp_path_factory.mktemp("checkout") / "src"
    unwanted = shutil.ignore_patterns(
        ".*", "__pycache__", "*.egg-info", "build", "dist", "benchmarks", "fixtures", "node_modules"
    )
    shutil.copytree(ROOT, copy, ignore=unwanted)
    return copy


@pytest.fixture(scope="session")
def built(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the wheel and the source distribution."""
    folder = tmp_path_factory.mktemp("dist")
    run(
        sys.executable,
        "-m",
        "build",
        "--no-isolation",
        "--wheel",
        "--sdist",
        "--outdir",
        folder,
        cwd=checkout,
    )
    return folder


def fresh_environment(folder: Path) -> Path:
    """A new virtual environment that sees our dependencies but no wbcheck: its `python`.

    Our own site-packages go on its path as a plain entry: `.pth` files in there (an
    editable install) are not followed from such an entry.
    """
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    binaries = folder / ("Scripts" if os.name == "nt" else "bin")
    python = binaries / "python"
    purelib = Path(
        run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip()
    )
    (purelib / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return python


def install(python: Path, *what: object, cwd: Path) -> None:
    run(
        python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--ignore-installed",
        "--disable-pip-version-check", "--no-index", *what, cwd=cwd,
    )  # fmt: skip


def check_installed(python: Path, home: Path, elsewhere: Path) -> None:
    """That both packages come from ``home``, and that the command runs from another directory."""
    elsewhere.mkdir()
    engine, rules, categories, shadow = run(python, "-c", PROBE, cwd=elsewhere).splitlines()
    assert Path(engine).is_relative_to(home)
    assert Path(rules).is_relative_to(home)
    assert categories == CATEGORIES
    assert shadow == "None"
    (elsewhere / "train.py").write_text("import wandb\n\nrun = wandb.init(name='my_run')\nrun.finish()\n")
    command = python.parent / ("wbcheck.exe" if os.name == "nt" else "wbcheck")
    assert run(command, "--version", cwd=elsewhere).startswith("wbcheck 0.1.0")
    assert "run-name-underscore" in run(command, "rules", cwd=elsewhere)
    found = run(command, "check", "--output-format", "concise", "--exit-zero", cwd=elsewhere)
    assert "train.py:3:24: WB101 run-name-underscore" in found
    assert found == run(
        python, "-m", "wbcheck", "check", "--output-format", "concise", "--exit-zero", cwd=elsewhere
    )


def test_the_wheel(built: Path, tmp_path: Path) -> None:
    (wheel,) = built.glob("*.whl")
    python = fresh_environment(tmp_path / "env")
    install(python, wheel, cwd=tmp_path)
    check_installed(python, tmp_path / "env", tmp_path / "elsewhere")


def test_the_source_distribution(built: Path, tmp_path: Path) -> None:
    (archive,) = built.glob("*.tar.gz")
    python = fresh_environment(tmp_path / "env")
    install(python, archive, cwd=tmp_path)
    check_installed(python, tmp_path / "env", tmp_path / "elsewhere")


def test_the_editable_install(checkout: Path, tmp_path: Path) -> None:
    python = fresh_environment(tmp_path / "env")
    install(python, "--editable", checkout, cwd=tmp_path)
    check_installed(python, checkout, tmp_path / "elsewhere")


def test_the_wheel_holds_our_packages_and_no_others(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert tops == {"wbcheck", "wbcheck_rules", "wbcheck-0.1.0.dist-info"}
    assert {"wbcheck/py.typed", "wbcheck_rules/py.typed"} <= set(names)
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_every_file_of_ours_is_in_both(built: Path, checkout: Path) -> None:
    (wheel,) = built.glob("*.whl")
    (archive,) = built.glob("*.tar.gz")
    in_wheel = set(zipfile.ZipFile(wheel).namelist())
    with tarfile.open(archive) as tar:
        in_archive = {name.partition("/")[2] for name in tar.getnames()}
    for folder, package in (("wbcheck", "wbcheck"), ("rules", "wbcheck_rules")):
        for file in (checkout / folder).rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                inside = file.relative_to(checkout / folder).as_posix()
                assert f"{folder}/{inside}" in in_archive
                assert f"{package}/{inside}" in in_wheel
