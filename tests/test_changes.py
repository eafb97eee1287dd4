"""``--diff-from``: findings on lines that are new since a git revision."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commandline import Git, Run, Write, commit
from hypothesis import given
from hypothesis import strategies as st
from reporting import notebook

from wbcheck.changes import ChangesError, Revision, changed_lines
from wbcheck.diagnostic import Diagnostic, Position, Range, Severity, Span

ONLY = ("--select", "WB101,WB102,WB301")
TRAIN = """
import wandb

run = wandb.init(
    project="p",
    name="a",
    job_type="train",
)
run.log({"loss": 1.0})
run.log({"acc": 1.0})
run.finish()
"""


def reported(wbcheck: Run, *arguments: str) -> list[tuple[str, int, str]]:
    said = wbcheck("check", *ONLY, "--output-format", "json", "--diff-from", *arguments)
    assert said.status in (0, 1), said.err
    rows = json.loads(said.out)
    assert said.status == bool(rows)
    return [(Path(row["filename"]).name, row["location"]["row"], row["code"]) for row in rows]


def test_only_new_lines_count(git: Git, write: Write, wbcheck: Run) -> None:
    file = write("train.py", TRAIN)
    commit(git)
    assert reported(wbcheck, "HEAD") == []
    file.write_text("# first\n" + file.read_text().replace("run.finish", 'run.log({"new": 1})\nrun.finish'))
    assert reported(wbcheck, "HEAD") == [("train.py", 11, "WB301")]
    commit(git)
    assert reported(wbcheck, "HEAD") == []
    assert reported(wbcheck, "HEAD~1") == [("train.py", 11, "WB301")]


def test_a_line_that_was_taken_out_of_a_statement_counts(git: Git, write: Write, wbcheck: Run) -> None:
    file = write("train.py", TRAIN)
    commit(git)
    file.write_text(file.read_text().replace('    job_type="train",\n', ""))
    assert reported(wbcheck, "HEAD") == [("train.py", 3, "WB102")]


def test_a_line_that_was_taken_out_beside_a_statement_does_not(git: Git, write: Write, wbcheck: Run) -> None:
    file = write("train.py", TRAIN.replace("run.log", "print()\nrun.log"))
    commit(git)
    file.write_text(file.read_text().replace("print()\n", ""))
    assert reported(wbcheck, "HEAD") == []


def test_files_that_git_does_not_know_are_new(git: Git, write: Write, wbcheck: Run) -> None:
    write("old.py", TRAIN)
    commit(git)
    write("untracked.py", TRAIN)
    write("staged.py", TRAIN)
    git("add", "staged.py")
    write(".gitignore", "ignored.py\n")
    write("ignored.py", TRAIN)
    assert {file for file, _, _ in reported(wbcheck, "HEAD")} == {"untracked.py", "staged.py"}
    assert {file for file, _, _ in reported(wbcheck, "HEAD", "ignored.py")} == {"ignored.py"}


def test_a_renamed_file_is_compared_with_what_it_was(git: Git, write: Write, wbcheck: Run) -> None:
    file = write("train.py", TRAIN)
    commit(git)
    git("mv", "train.py", "ü b.py")
    file = file.with_name("ü b.py")
    assert reported(wbcheck, "HEAD") == []
    file.write_text(file.read_text().replace('"acc"', '"accuracy"'))
    assert reported(wbcheck, "HEAD") == [("ü b.py", 9, "WB301")]


def test_a_notebooks_lines_are_those_of_its_cells(git: Git, wbcheck: Run, project: Path) -> None:
    file = project / "n.ipynb"
    cells = ["import wandb\nrun = wandb.init()", 'run.log({"a": 1})\nx = 1']
    file.write_bytes(notebook(*cells))
    commit(git)
    document = json.loads(notebook("y = 1", *cells, 'run.log({"b": 1})'))
    document["cells"][1]["outputs"] = [{"output_type": "stream", "text": "loss"}]
    file.write_text(json.dumps(document, indent=1))
    said = wbcheck("check", *ONLY, "--output-format", "json", "--diff-from", "HEAD")
    assert [(row["cell"], row["location"]["row"]) for row in json.loads(said.out)] == [(4, 1)]


def test_a_branch_is_compared_with_where_it_began(git: Git, write: Write, wbcheck: Run) -> None:
    file = write("train.py", TRAIN)
    commit(git)
    git("checkout", "-b", "feature")
    write("feature.py", TRAIN)
    commit(git)
    git("checkout", "main")
    file.write_text(file.read_text().replace("loss", "train/loss"))
    commit(git)
    git("checkout", "feature")
    assert {file for file, _, _ in reported(wbcheck, "main")} == {"feature.py"}


def test_line_ends_do_not_count(git: Git, write: Write, wbcheck: Run) -> None:
    file = write("train.py", TRAIN)
    commit(git)
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert reported(wbcheck, "HEAD") == []


def test_fixes_are_made_on_new_lines_alone(git: Git, write: Write, wbcheck: Run) -> None:
    text = 'import wandb\nwandb.init(name="a_b")\nwandb.init(name="c_d")\n'
    file = write("train.py", text)
    commit(git)
    file.write_text(text.replace("c_d", "e_f"))
    wbcheck("check", "--select", "WB101", "--fix", "--diff-from", "HEAD")
    assert file.read_text() == text.replace("c_d", "e-f")


def test_standard_input_is_compared_with_the_file_it_stands_for(
    git: Git, write: Write, wbcheck: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    text = write("src/train.py", TRAIN).read_text()
    commit(git)
    for buffer, findings in ((text, 0), (text.replace('"acc"', '"accuracy"'), 1)):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(buffer.encode())))
        assert len(reported(wbcheck, "HEAD", "-", "--stdin-filename", "src/train.py")) == findings


def test_it_works_from_a_folder_below(
    git: Git, write: Write, wbcheck: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write("src/train.py", TRAIN)
    commit(git)
    file.write_text(file.read_text().replace('"acc"', '"accuracy"'))
    monkeypatch.chdir(project / "src")
    assert len(reported(wbcheck, "HEAD")) == 1


@pytest.mark.parametrize(
    ("revision", "words"),
    [("nowhere", "git knows no revision `nowhere`"), ("--output=x", "`--output=x` is no git revision")],
)
def test_a_wrong_revision_is_told(git: Git, write: Write, wbcheck: Run, revision: str, words: str) -> None:
    write("train.py", TRAIN)
    commit(git)
    said = wbcheck("check", f"--diff-from={revision}")
    assert (said.status, said.out) == (2, "")
    assert said.err == f"wbcheck: --diff-from: {words}\n"


def test_outside_of_a_repository_that_is_told(
    write: Write, wbcheck: Run, monkeypatch: pytest.MonkeyPatch, project: Path
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(project.parent))
    write("train.py", TRAIN)
    said = wbcheck("check", "--diff-from", "HEAD")
    assert said.status == 2
    assert said.err.startswith("wbcheck: --diff-from: git says: not a git repository")


def test_without_git_that_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ChangesError, match="git cannot be run: no such file or directory"):
        Revision("HEAD", str(tmp_path))


# Lines


def finding(start: int, end: int, statement: Span | None = None) -> Diagnostic:
    top = Range(Position(0, 1, 1), Position(0, 1, 1))
    return Diagnostic(
        "a.py", Span(start, end), top, "WB101", "name", Severity.WARNING, "m", statement=statement
    )


LINES = st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=8)


@given(LINES, LINES)
def test_new_lines_are_those_that_the_old_text_has_not(before: list[str], after: list[str]) -> None:
    old, new = "\n".join(before), "\n".join(after)
    changed = changed_lines(old, new)
    at = 0
    kept = []
    for line in new.split("\n"):
        if line and not changed.touches(finding(at, at + len(line)), new):
            kept.append(line)
        at += len(line) + 1
    # What is kept is there in the old text, in the same order.
    rest = iter(old.split("\n"))
    assert all(line in rest for line in kept)
    assert (not changed.spans and not changed.cuts) == (old == new)


def test_a_statement_is_touched_by_any_of_its_lines() -> None:
    old, new = "f(\n  1,\n)\ng()\n", "f(\n  2,\n)\ng()\n"
    changed = changed_lines(old, new)
    assert changed.touches(finding(0, 1, Span(0, 9)), new)
    assert not changed.touches(finding(0, 1), new)
    assert not changed.touches(finding(10, 13), new)
