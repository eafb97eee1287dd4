"""`wbcheck explain`, completion in shells, and `--watch`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from commandline import Run, Write
from reporting import notebook

from wbcheck.cli.completion import SHELLS

TRAIN = """
import wandb

run = wandb.init(
    project="p",
    name="my_run",
)
run.log({"loss": 1.0})  # wbcheck: ignore[WB301] as on the dashboard
run.finish()
"""


# Explaining a line


def test_a_line_is_explained(write: Write, wbcheck: Run) -> None:
    write("train.py", TRAIN)
    said = wbcheck("explain", "train.py:5")
    assert (said.status, said.err) == (0, "")
    first, second, third, *_ = said.out.split("More of this rule: ")
    assert "WB102 run-setup-incomplete" in first
    assert first.endswith("It is reported. ")
    assert "run name `my_run` has underscores" in second + third
    assert "What wbcheck understands there:\n  RunStart wandb.init (project='p'" in said.out


def test_what_holds_a_finding_back_is_told(write: Write, wbcheck: Run) -> None:
    write("train.py", TRAIN)
    said = wbcheck("explain", "train.py:7:5")
    assert "It is not reported: a comment silences it (as on the dashboard)." in said.out
    wbcheck("baseline")
    assert "It is not reported: it is in the baseline." in wbcheck("explain", "train.py:3").out
    said = wbcheck("explain", "train.py:3", "--select", "WB1", "--ignore", "WB102")
    assert "WB102 run-setup-incomplete: run starts without" in said.out.partition("would say:")[2]


def test_rules_that_are_silent_in_tests_are_told(write: Write, wbcheck: Run) -> None:
    write("tests/test_train.py", TRAIN)
    said = wbcheck("explain", "tests/test_train.py:3")
    assert "It is reported" not in said.out


def test_a_line_without_findings_is_explained(write: Write, wbcheck: Run) -> None:
    write("train.py", TRAIN)
    assert wbcheck("explain", "train.py:8").out == (
        "No rule finds anything on line 8.\n\n"
        "What wbcheck understands there:\n"
        "  Finish run.finish () method=finish via=handle runs=0 sure=True finished=no\n"
    )
    assert wbcheck("explain", "train.py:2").out == "No rule finds anything on line 2.\n"


def test_a_notebooks_line_is_given_as_reports_print_it(wbcheck: Run, project: Path) -> None:
    (project / "n.ipynb").write_bytes(notebook("import wandb", 'x = 1\nwandb.init(name="a_b")'))
    assert "WB101" in wbcheck("explain", "n.ipynb:cell 2:2:5").out
    assert "WB101" in wbcheck("explain", "n.ipynb:cell", "2:2").out
    assert "No rule finds anything on line 1 of cell 2." in wbcheck("explain", "n.ipynb:cell 2:1").out


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("train.py", "`train.py` is no FILE:LINE"),
        ("nowhere.py:1", "there is no file `nowhere.py`"),
        ("train.py:99", "train.py has no line 99"),
        ("train.py:0", "train.py has no line 0"),
        ("n.ipynb:2", "a notebook's lines are counted in its cells"),
        ("n.ipynb:cell 9:1", "n.ipynb has no line 1 of cell 9"),
    ],
)
def test_a_wrong_place_is_told(place: str, words: str, write: Write, wbcheck: Run, project: Path) -> None:
    write("train.py", TRAIN)
    (project / "n.ipynb").write_bytes(notebook("import wandb"))
    said = wbcheck("explain", place)
    assert (said.status, said.out) == (2, "")
    assert words in said.err


def test_a_file_that_is_no_text_is_told(wbcheck: Run, project: Path) -> None:
    (project / "train.py").write_bytes(b"\xff\xfe\x00")
    assert wbcheck("explain", "train.py:1") == (2, "", "wbcheck: train.py cannot be read as text\n")


def test_no_secret_is_explained(write: Write, wbcheck: Run) -> None:
    key = "0123456789abcdef" * 2 + "01234567"
    write("train.py", f'import wandb\n\nwandb.login(key="{key}")\n')
    said = wbcheck("explain", "train.py:3")
    assert "WB901" in said.out
    assert key not in said.out


# Completion


def completed(shell: str, *words: str) -> list[str]:
    """What a shell is told that the last word may become."""
    line = " ".join(("wbcheck", *words))
    given = {
        "_WBCHECK_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": line,
        # Fish gives the word itself.
        "COMP_CWORD": words[-1] if shell == "fish" else str(len(words)),
    }
    done = subprocess.run(
        [sys.executable, "-m", "wbcheck"],
        env={**os.environ, **given},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.parametrize("shell", SHELLS)
def test_options_rules_and_formats_are_completed(shell: str) -> None:
    def has(answer: list[str], word: str) -> bool:
        return any(word in line.replace("\t", ",").split(",") for line in answer)

    assert has(completed(shell, "check", "--sel"), "--select")
    assert has(completed(shell, "src/", "--sel"), "--select")
    assert has(completed(shell, "bas"), "baseline")
    assert has(completed(shell, "rule", "metric-not"), "metric-not-namespaced")
    assert any("sarif,github" in line for line in completed(shell, "check", "--output-format", "sarif,gith"))
    assert any("WB1,config" in line for line in completed(shell, "check", "--ignore", "WB1,conf"))


def test_bash_completes(tmp_path: Path, wbcheck: Run) -> None:
    script = wbcheck("completion", "bash").out
    program = tmp_path / "wbcheck"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m wbcheck "$@"\n')
    program.chmod(0o755)
    ask = (
        f"{script}\ncompopt() {{ :; }}\n"
        "COMP_WORDS=(wbcheck check --stat); COMP_CWORD=2; _wbcheck_completion wbcheck\n"
        'echo "${COMPREPLY[@]}"\n'
        "COMPREPLY=(); COMP_WORDS=(wbcheck comp); COMP_CWORD=1; _wbcheck_completion wbcheck\n"
        'echo "${COMPREPLY[@]}"\n'
    )
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", ask], env={**os.environ, "PATH": path}, capture_output=True, text=True, check=True
    )
    assert done.stdout == "--statistics\ncompletion\n"


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_is_for_the_shell_that_is_used(
    shell: str, wbcheck: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHELL", f"/usr/bin/{shell}")
    said = wbcheck("completion")
    assert said.out == wbcheck("completion", shell).out
    assert f"_WBCHECK_COMPLETE={shell}_complete" in said.out


def test_a_shell_that_is_not_known_is_told(wbcheck: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELL", "/bin/tcsh")
    assert "say for which shell: bash, zsh or fish" in wbcheck("completion").err


# Watching


def test_files_are_checked_again_when_they_change(write: Write, project: Path) -> None:
    file = write("train.py", TRAIN)
    command = [sys.executable, "-m", "wbcheck", "check", "--isolated", "--select", "WB101", "--watch"]
    process = subprocess.Popen(
        command, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stderr is not None
    done = threading.Event()

    def touch() -> None:
        # The first change may come before the watching begins.
        while not done.wait(0.2):
            file.write_text(TRAIN.replace("my_run", "my-run"))

    first = [process.stdout.readline() for _ in range(3)]
    assert first[0].startswith("train.py:5:11: WB101")
    assert "waiting for changes" in process.stderr.readline()
    thread = threading.Thread(target=touch)
    thread.start()
    assert process.stdout.readline().startswith("No findings in 1 file")
    done.set()
    thread.join()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert process.returncode == 0
    assert "KeyboardInterrupt" not in said


def test_an_error_does_not_end_the_watching(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import watchfiles

    from wbcheck.cli.watching import watch

    calls: list[int] = []

    def check() -> int:
        calls.append(1)
        return 2

    changes = [{(watchfiles.Change.modified, "a.py")}, {(watchfiles.Change.added, "b.py")}]
    monkeypatch.setattr(watchfiles, "watch", lambda *paths, **rest: iter(changes))
    assert watch((".",), check) == 0
    assert len(calls) == 3
    assert capsys.readouterr().err.count("1 file changed") == 2


def test_only_files_that_a_check_reads_count(monkeypatch: pytest.MonkeyPatch) -> None:
    import watchfiles

    from wbcheck.cli.watching import watch

    kept: list[str] = []

    def spy(*paths: str, watch_filter: watchfiles.BaseFilter, **rest: object) -> list[object]:
        names = (
            "a.py",
            "n.ipynb",
            "wbcheck.toml",
            "out.sarif",
            "wandb/run-1/code/a.py",
            ".git/x.py",
            "a.pyc",
        )
        kept.extend(name for name in names if watch_filter(watchfiles.Change.modified, name))
        return []

    monkeypatch.setattr(watchfiles, "watch", spy)
    watch((".",), lambda: 0)
    assert kept == ["a.py", "n.ipynb", "wbcheck.toml"]


def test_without_the_package_that_is_told(
    monkeypatch: pytest.MonkeyPatch, wbcheck: Run, project: Path
) -> None:
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    said = wbcheck("check", "--watch")
    assert (said.status, said.out) == (2, "")
    assert said.err == "wbcheck: --watch needs a package more: pip install 'wbcheck[watch]'\n"


def test_standard_input_cannot_be_watched(wbcheck: Run, project: Path) -> None:
    assert "--watch is for files" in wbcheck("check", "-", "--watch").err
