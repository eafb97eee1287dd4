"""The recorded session in the documentation: drawn from its recording, true today, and to be made anew."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from browser import opened

from wbcheck import cli

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def recording() -> Any:
    spec = importlib.util.spec_from_file_location("recording", ROOT / "docs" / "recording.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def project(tmp_path: Path, recording: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the project that the session is about, with the file that is opened."""
    copy = Path(shutil.copytree(recording.PROJECT, tmp_path / "phishing"))
    monkeypatch.chdir(copy)
    return copy / str(recording.FILE)


def shown(recording: Any, cast: str) -> list[str]:
    """The text of the last screen of each step."""
    frames = recording.frames(cast)
    last = {frame.words: frame for frame in frames}
    assert list(last) == [step.words for step in recording.STEPS]
    return ["\n".join(text_of(line) for line in frame.lines) for frame in last.values()]


def text_of(line: tuple[Any, ...]) -> str:
    text = ""
    for run in line:
        text = text.ljust(run.column) + run.text
    return text.rstrip()


def holds(recording: Any, cast: str, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The screens show what wbcheck finds in the file, says of it and makes of it."""
    opening, finding, offer, fixed, _ = shown(recording, cast)
    cli.run(["check", project.name, "--no-cache", "--output-format", "json"])
    found = {one["name"]: one for one in json.loads(capsys.readouterr().out)}
    told = found["init-in-loop"]
    assert told["message"] in opening
    assert f"init-in-loop: {told['message']}" in finding
    assert f"run-setup-incomplete: {found['run-setup-incomplete']['message']}" in finding
    assert told["fix"]["message"] in offer
    cli.run(["check", project.name, "--no-cache", "--select", "init-in-loop", "--fix", "--unsafe-fixes"])
    capsys.readouterr()
    lines = [line.rstrip() for line in project.read_text(encoding="utf-8").splitlines()]
    # Beside two columns of signs, as much of each line as there is room for, and what is said of it.
    room = recording.COLUMNS - 2
    for line, there in zip(lines, fixed.splitlines(), strict=False):
        assert there[2:].startswith(line[:room].rstrip())


def test_the_recording_shows_what_is_true_today(
    recording: Any, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    holds(recording, recording.CAST.read_text(encoding="utf-8"), project, capsys)


def test_the_picture_is_drawn_from_the_recording(recording: Any) -> None:
    drawn = recording.picture(recording.CAST.read_text(encoding="utf-8"))
    assert drawn == recording.PICTURE.read_text(encoding="utf-8"), "`make recording` makes both anew"


def test_the_session_can_be_recorded_anew(
    recording: Any, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if shutil.which("nvim") is None:
        pytest.fail("this test needs Neovim: `apt-get install neovim`")
    cast, text = recording.record()
    holds(recording, cast, project, capsys)
    assert text == project.read_text(encoding="utf-8")  # mended by the command line, and in the editor


def test_the_picture_plays(recording: Any) -> None:
    frames = recording.frames(recording.CAST.read_text(encoding="utf-8"))
    ElementTree.fromstring(recording.PICTURE.read_text(encoding="utf-8"))
    with opened(recording.PICTURE, ready="svg") as browsing:
        page = browsing.page

        def top_at(seconds: float) -> float:
            page.evaluate(
                "at => document.getAnimations().forEach(each => { each.pause(); each.currentTime = at })",
                seconds * 1000,
            )
            return float(
                page.evaluate("new DOMMatrix(getComputedStyle(document.querySelector('.f')).transform).f")
            )

        passed, tops = 0.0, []
        for frame in frames:
            tops.append(top_at(passed + frame.seconds / 2))
            passed += frame.seconds
        height = -tops[1]
        assert tops == pytest.approx([-height * number for number in range(len(frames))])
        page.emulate_media(reduced_motion="reduce")
        assert top_at(0) == pytest.approx(tops[-1])
        assert browsing.requests == [recording.PICTURE.as_uri()]
