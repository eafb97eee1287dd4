"""Whole projects and files, held against what people wrote down as expected before there was a tool."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from wbcheck.diagnostic import Diagnostic
from wbcheck.engine import Request, analysis, check
from wbcheck.engine.analysis import Analysis, pack, unpack
from wbcheck.files import discover
from wbcheck.registry import codes
from wbcheck.ruleset import Wish
from wbcheck.selection import Layer
from wbcheck.settings import load

FIXTURES = Path(__file__).parent.parent / "fixtures"
KNOWN = codes()
MESSY = ("guide", "WB004")
NOTED = re.compile(r"(WB\d{3})(\??)")


def entries(name: str) -> list[str]:
    """The files and folders of a fixture that are each a project of their own."""
    found = (path for path in (FIXTURES / name).iterdir() if path.suffix in ("", ".py", ".ipynb"))
    return sorted(path.name for path in found if not path.name.startswith((".", "__")))


def expectation(path: str) -> Any:
    return json.loads((FIXTURES / path).read_text(encoding="utf-8"))


def findings(*paths: str, select: Sequence[str]) -> tuple[Diagnostic, ...]:
    """What is found below paths of the working directory, which are a project of their own."""
    settings_for = load(isolated=True).for_file
    found = discover(paths, settings_for, force_exclude=False)
    assert found.files
    files = tuple(msgspec.structs.replace(file, explicit=False) for file in found.files)
    wish = Wish(layer=Layer(select=tuple(select)))
    outcome = check(Request(files=files, settings_for=settings_for, wish=wish, jobs=1))
    assert not outcome.faults
    return outcome.diagnostics


def told(diagnostics: Sequence[Diagnostic]) -> list[str]:
    """Findings with their whole text, for a test that fails."""
    return [f"{one.path}:{one.range.start}: {one.code} {one.message}" for one in diagnostics]


def by_row(diagnostics: Sequence[Diagnostic]) -> Counter[tuple[str, int, str]]:
    return Counter((one.path.replace(os.sep, "/"), one.range.start.row, one.code) for one in diagnostics)


# --- what must be silent --------------------------------------------------------------------------------


@pytest.mark.parametrize("preset", ["essential", "recommended", "guide", "all"])
def test_a_project_that_follows_the_guide_is_silent(preset: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FIXTURES / "phishing-pipeline")
    found = findings(".", select=[preset])
    assert told([one for one in found if KNOWN[one.code].preset != "all"]) == []


# --- what people write ----------------------------------------------------------------------------------


def test_the_messy_project_is_reported_as_it_was_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FIXTURES / "messy-project")
    expected = Counter(
        (one["path"], one["cell"], one["row"], one["column"], one["code"])
        for one in expectation("messy-project.expected.json")
        if one["code"] in KNOWN
    )
    found = findings(".", select=MESSY)
    starts = [(one.path.replace(os.sep, "/"), one.range.start, one.code) for one in found]
    assert Counter((path, at.cell, at.row, at.column, code) for path, at, code in starts) == expected


def test_the_messy_project_is_reported_alike_by_one_worker_and_by_two() -> None:
    def output(*options: str) -> str:
        command = [sys.executable, "-m", "wbcheck", "check", "--isolated", "--color=never", *options, "."]
        ran = subprocess.run(
            [*command, "--output-format=full", f"--select={','.join(MESSY)}"],
            cwd=FIXTURES / "messy-project",
            capture_output=True,
            check=False,
            encoding="utf-8",
        )
        assert ran.returncode == 1, ran.stderr
        return ran.stdout

    assert output("-j1") == output("-j2")


def test_a_project_that_is_run_from_outside_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FIXTURES / "orchestrated")
    expected = {
        (one["path"], one["row"], one["column"], one["code"])
        for one in expectation("orchestrated.expected.json")
        if one["code"] in KNOWN
    }
    found = findings(".", select=["guide"])
    starts = [(one.path.replace(os.sep, "/"), one.range.start, one.code) for one in found]
    assert {(path, at.row, at.column, code) for path, at, code in starts} == expected, told(found)


# --- the guide's own snippets ---------------------------------------------------------------------------


def test_every_snippet_of_the_guide_has_its_expectation() -> None:
    assert sorted(expectation("guide/expected.json")) == entries("guide")


@pytest.mark.parametrize("preset", ["recommended", "guide"])
@pytest.mark.parametrize("name", entries("guide"))
def test_the_guide_s_snippets(name: str, preset: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FIXTURES / "guide")
    expected = expectation("guide/expected.json")[name][preset]
    found = findings(name, select=[preset])
    assert by_row(found) == Counter(
        (name, one["row"], one["code"]) for one in expected if one["code"] in KNOWN
    )


# --- what makes naive rules wrong -----------------------------------------------------------------------


def idiom(entry: str) -> dict[str, list[dict[str, Any]]]:
    """What is expected of the files of an entry, by their paths."""
    expected = expectation("idioms/expected.json")
    return {path: found for path, found in expected.items() if path.split("/")[0] == entry}


@pytest.mark.parametrize("entry", entries("idioms"))
def test_idioms_are_silent_or_right(entry: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FIXTURES / "idioms")
    expected = [(path, one) for path, found in idiom(entry).items() for one in found if one["code"] in KNOWN]
    must = Counter((path, one["row"], one["code"]) for path, one in expected if not one.get("open"))
    may = Counter((path, one["row"], one["code"]) for path, one in expected if one.get("open"))
    found = findings(entry, select=["recommended"])
    assert by_row(found) - may == must, told(found)


@pytest.mark.parametrize("entry", entries("idioms"))
def test_idioms_say_in_a_comment_what_is_expected(entry: str) -> None:
    root = FIXTURES / "idioms" / entry
    files = sorted(root.rglob("*.py")) if root.is_dir() else [root]
    noted = {
        file.relative_to(FIXTURES / "idioms").as_posix(): sorted(
            (row, *found)
            for row, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
            for found in NOTED.findall(line.partition("# ->")[2])
        )
        for file in files
        if file.stat().st_size
    }
    assert noted == {
        path: sorted((one["row"], one["code"], "?" if one.get("open") else "") for one in found)
        for path, found in idiom(entry).items()
    }


# --- the way between processes --------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["phishing-pipeline", "messy-project", "orchestrated", "guide", "idioms"])
def test_findings_are_the_same_from_models_that_came_from_workers(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(FIXTURES / name)
    here = findings(".", select=["all"])
    packed: list[bytes] = []

    def through_bytes(path: str, *given: Any) -> Analysis:
        packed.append(pack(analyse(path, *given)))
        return unpack(packed[-1])

    analyse = analysis.analyse
    monkeypatch.setattr(analysis, "analyse", through_bytes)
    assert findings(".", select=["all"]) == here
    assert packed
