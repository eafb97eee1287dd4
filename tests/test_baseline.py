"""The baseline: what it holds back, what it lets through, what it says of what is gone."""

from __future__ import annotations

import json
import os
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from commandline import Run, Write
from hypothesis import given
from hypothesis import strategies as st
from reporting import Code, notebook

from wbcheck.baseline import BaselineError, Entry, entry_of, match, read, written

FILE = "wbcheck-baseline.toml"
ONLY = ("--select", "WB101,WB301")
TRAIN = """
import wandb

run = wandb.init(project="p", name="my_run", job_type="train")
run.log({"loss": 1.0})
run.finish()
"""


def reported(wbcheck: Run, *arguments: str) -> list[tuple[str, int, str]]:
    """The findings of a check as path, row and code."""
    said = wbcheck("check", *ONLY, "--output-format", "json", *arguments)
    rows = json.loads(said.out)
    assert said.status == bool(rows)
    return [(Path(row["filename"]).name, row["location"]["row"], row["code"]) for row in rows]


@pytest.fixture
def adopted(write: Write, wbcheck: Run, project: Path) -> Path:
    """A project with a baseline of two findings in `train.py` and two in `other.py`."""
    file = write("train.py", TRAIN)
    write("other.py", TRAIN.replace("loss", "acc"))
    assert len(reported(wbcheck)) == 4
    said = wbcheck("baseline", *ONLY)
    assert said.status == 0
    assert f"{FILE}: 4 findings in 2 files" in said.err
    assert reported(wbcheck) == []
    return file


def test_adopting_takes_two_commands(adopted: Path, wbcheck: Run) -> None:
    said = wbcheck("check", *ONLY)
    assert (said.status, said.err) == (0, "")
    assert said.out == "No findings in 2 files (4 in the baseline).\n"
    assert len(reported(wbcheck, "--no-baseline")) == 4


def test_only_a_new_violation_fails(adopted: Path, wbcheck: Run) -> None:
    text = adopted.read_text()
    adopted.write_text(text.replace("run.finish()", 'run.log({"brand_new": 2})\nrun.finish()'))
    assert reported(wbcheck) == [("train.py", 5, "WB301")]


def test_one_more_of_the_same_is_new(adopted: Path, wbcheck: Run) -> None:
    text = adopted.read_text()
    adopted.write_text(text.replace("run.finish()", 'run.log({"loss": 1.0})\nrun.finish()'))
    assert len(reported(wbcheck)) == 1


def test_moved_lines_match(adopted: Path, wbcheck: Run) -> None:
    text = adopted.read_text().replace("run.log", "if run:\n\trun.log")
    adopted.write_text("# more\n" * 100 + text)
    assert reported(wbcheck) == []


@pytest.mark.parametrize("paths", [(), ("renamed.py",)])
def test_a_renamed_file_matches(adopted: Path, wbcheck: Run, paths: tuple[str, ...]) -> None:
    adopted.rename(adopted.with_name("renamed.py"))
    assert reported(wbcheck, *paths) == []
    assert "no longer" not in wbcheck("check", *ONLY).err


def test_code_that_moves_to_another_file_matches(adopted: Path, wbcheck: Run, write: Write) -> None:
    adopted.write_text("import wandb\n")
    write("new.py", TRAIN)
    assert reported(wbcheck) == []


def test_a_copy_in_another_file_is_new(adopted: Path, wbcheck: Run, write: Write) -> None:
    write("new.py", TRAIN)
    assert {file for file, _, _ in reported(wbcheck)} == {"new.py"}
    # Nor is it held back by what was not looked at.
    assert {file for file, _, _ in reported(wbcheck, "new.py")} == {"new.py"}


def test_what_is_mended_is_reported_and_pruned(adopted: Path, wbcheck: Run, project: Path) -> None:
    adopted.write_text(adopted.read_text().replace('"loss"', '"train/loss"'))
    said = wbcheck("check", *ONLY)
    assert said.status == 0
    assert said.err == (
        "wbcheck: 1 finding of the baseline no longer there (train.py WB301); "
        "to take out: wbcheck baseline --prune\n"
    )
    assert wbcheck("check", *ONLY, "--quiet").err == ""
    said = wbcheck("baseline", "--prune", *ONLY)
    assert (said.status, said.err.partition(";")[0]) == (
        0,
        f"wbcheck: {FILE}: 3 findings in 2 files, 1 less than before",
    )
    assert wbcheck("check", *ONLY).err == ""
    assert "nothing to prune" in wbcheck("baseline", "--prune", *ONLY).err


def test_pruning_adds_nothing_and_follows_renamed_files(adopted: Path, wbcheck: Run, project: Path) -> None:
    adopted.write_text(adopted.read_text().replace("run.finish()", 'run.log({"brand_new": 2})\nrun.finish()'))
    adopted.rename(adopted.with_name("renamed.py"))
    wbcheck("baseline", "--prune", *ONLY)
    assert set(tomllib.loads((project / FILE).read_text())) == {"version", "renamed.py", "other.py"}
    assert [code for _, _, code in reported(wbcheck)] == ["WB301"]


def test_what_a_run_cannot_judge_is_neither_stale_nor_lost(
    adopted: Path, wbcheck: Run, project: Path
) -> None:
    before = (project / FILE).read_text()
    assert wbcheck("check", "--select", "WB205").err == ""
    assert wbcheck("check", "other.py", *ONLY).err == ""
    wbcheck("baseline", "--select", "WB205")
    wbcheck("baseline", "other.py", *ONLY)
    wbcheck("baseline", "--prune", "--select", "WB205", "other.py")
    assert (project / FILE).read_text() == before


def test_a_deleted_file_is_stale_though_it_was_not_checked(adopted: Path, wbcheck: Run) -> None:
    adopted.unlink()
    assert "2 findings of the baseline no longer there" in wbcheck("check", "other.py", *ONLY).err


@pytest.mark.skipif(os.name == "nt" or sys.platform == "darwin", reason="its names are Unicode")
def test_a_file_whose_name_is_no_text_is_there(adopted: Path, wbcheck: Run, project: Path) -> None:
    odd = project / os.fsdecode(b"odd\xff.py")
    odd.write_text(TRAIN)
    wbcheck("baseline", *ONLY)
    assert wbcheck("check", "other.py", *ONLY).err == ""
    odd.unlink()
    assert "(odd\\udcff.py WB101, odd\\udcff.py WB301)" in wbcheck("check", "other.py", *ONLY).err


def test_a_baseline_may_be_of_some_rules(write: Write, wbcheck: Run, project: Path) -> None:
    train = write("train.py", TRAIN)
    wbcheck("baseline", "--select", "WB301")
    assert reported(wbcheck) == [("train.py", 3, "WB101")]
    # Another rule goes beside it; what is new for the first one stays new.
    train.write_text(TRAIN.replace("run.finish()", 'run.log({"acc": 1.0})\nrun.finish()'))
    wbcheck("baseline", "--select", "WB101")
    assert reported(wbcheck) == [("train.py", 6, "WB301")]
    # What is pruned is of the rules that were asked for, too.
    train.write_text(TRAIN.replace('"loss"', '"train/loss"').replace("my_run", "my-run"))
    wbcheck("baseline", "--prune", "--select", "WB101")
    held = tomllib.loads((project / FILE).read_text())["train.py"]
    assert [mark.partition(" ")[0] for mark in held] == ["WB301"]


def test_the_file_is_named_in_the_configuration(write: Write, wbcheck: Run, project: Path) -> None:
    write("pyproject.toml", '[tool.wbcheck]\nbaseline = "ci/known.toml"\n')
    write("src/train.py", TRAIN)
    said = wbcheck("check", *ONLY)
    assert said.status == 2
    assert "pyproject.toml:2:12: there is no such baseline; `wbcheck baseline` writes it" in said.err
    (project / "ci").mkdir()
    assert wbcheck("baseline", *ONLY).status == 0
    assert "../src/train.py" in tomllib.loads((project / "ci" / "known.toml").read_text())
    assert wbcheck("check", *ONLY, "src").status == 0
    assert wbcheck("check", *ONLY, "--no-baseline").status == 1


def test_it_is_found_from_a_folder_below(
    adopted: Path, wbcheck: Run, project: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / ".git").mkdir()
    write("src/more.py", TRAIN)
    wbcheck("baseline", *ONLY)
    monkeypatch.chdir(project / "src")
    assert reported(wbcheck) == []
    assert reported(wbcheck, "--isolated") != []
    assert reported(wbcheck, "--isolated", "--baseline", f"../{FILE}") == []


def test_fixes_leave_alone_what_is_held_back(adopted: Path, wbcheck: Run) -> None:
    text = adopted.read_text() + 'wandb.init(name="also_mine", project="p", job_type="train")\n'
    adopted.write_text(text)
    wbcheck("check", *ONLY, "--fix")
    assert adopted.read_text() == text.replace("also_mine", "also-mine")


def test_what_is_held_back_is_in_sarif(adopted: Path, wbcheck: Run) -> None:
    (run,) = json.loads(wbcheck("check", *ONLY, "--output-format", "sarif").out)["runs"]
    assert [each["suppressions"][0]["kind"] for each in run["results"]] == ["external"] * 4


def test_notebooks_and_repeated_lines_are_counted(write: Write, wbcheck: Run, project: Path) -> None:
    cells = ("import wandb\nrun = wandb.init()", 'run.log({"a": 1})', 'run.log({"a": 1})')
    (project / "n.ipynb").write_bytes(notebook(*cells))
    wbcheck("baseline", *ONLY)
    assert 2 in tomllib.loads((project / FILE).read_text())["n.ipynb"].values()
    (project / "n.ipynb").write_bytes(notebook("# first", *cells))
    assert reported(wbcheck) == []
    (project / "n.ipynb").write_bytes(notebook(*cells, 'run.log({"a": 1})'))
    assert len(reported(wbcheck)) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("version = 1\n<<<<<<< HEAD\n", "not a baseline: "),
        ("version = 2\n", "not a baseline of version 1"),
        ("version = 1\n['a.py']\nWB101 = 1\n", "`WB101` under `a.py` is no entry"),
        ("version = 1\n['a.py']\n'WB101 00' = 0\n", "`WB101 00` under `a.py` is no entry"),
        ("version = 1\na = 1\n", "`a` is no table"),
    ],
)
def test_a_broken_file_is_told_and_can_be_written_anew(
    adopted: Path, wbcheck: Run, project: Path, text: str, words: str
) -> None:
    (project / FILE).write_text(text)
    said = wbcheck("check", *ONLY)
    assert said.status == 2
    assert said.err.startswith(f"wbcheck: {FILE}: ")
    assert words in said.err
    assert wbcheck("baseline", "--prune", *ONLY).status == 2
    assert wbcheck("baseline", *ONLY).status == 0
    assert reported(wbcheck) == []


def test_a_missing_file_that_was_asked_for_is_told(wbcheck: Run, write: Write) -> None:
    write("train.py", TRAIN)
    said = wbcheck("check", "--baseline", "nowhere.toml")
    assert (said.status, said.out) == (2, "")
    assert "nowhere.toml: the baseline cannot be read: no such file" in said.err
    assert wbcheck("baseline", "--prune").status == 2


def test_nothing_is_written_when_a_rule_fails(
    write: Write, wbcheck: Run, project: Path, house_rule: Callable[..., Path]
) -> None:
    write("pyproject.toml", '[tool.wbcheck]\nplugins = ["./house"]\n')
    house_rule("AC101", "breaks", "raise KeyError('no')")
    write("train.py", TRAIN)
    said = wbcheck("baseline")
    assert said.status == 2
    assert "nothing is written: wbcheck itself failed (breaks)" in said.err
    assert not (project / FILE).exists()


# The file


ENTRIES = st.dictionaries(
    st.builds(
        Entry,
        st.text(min_size=1).filter(lambda text: text != "version" and text.isascii()),
        st.sampled_from(["WB101", "AC301"]),
        st.sampled_from(["0" * 16, "f" * 16]),
    ),
    st.integers(1, 9),
)


@given(ENTRIES)
def test_what_is_written_is_read_back(entries: dict[Entry, int]) -> None:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        file = Path(folder) / FILE
        file.write_text(written(entries, lambda code: code), encoding="utf-8", newline="")
        assert read(str(file)) == entries


def test_it_is_sorted_with_an_entry_a_line() -> None:
    entries = {
        Entry("b.py", "WB301", "02"): 1,
        Entry("b.py", "WB101", "01"): 2,
        Entry("a.py", "AC1", "03"): 1,
    }
    body = written(entries, {"WB301": "metric"}.get).partition("version = 1\n")[2]  # type: ignore[arg-type]
    assert body == ('\n["a.py"]\n"AC1 03" = 1\n\n["b.py"]\n"WB101 01" = 2\n"WB301 02" = 1  # metric\n')


def test_a_path_that_is_no_text_can_be_written(tmp_path: Path) -> None:
    code = Code(a_py="x\n")
    entry = entry_of(code.found("x"), code.units.get, lambda path: "bad\udcff.py")
    (tmp_path / FILE).write_text(written({entry: 1}, lambda code: ""), encoding="utf-8")
    assert read(str(tmp_path / FILE)) == {entry: 1}


def test_a_list_is_no_baseline(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"\xff")
    with pytest.raises(BaselineError):
        read(str(tmp_path / FILE))


# Matching


@given(st.lists(st.sampled_from(["a.py", "b.py"])), st.lists(st.sampled_from(["a.py", "b.py"])))
def test_as_many_are_held_as_there_are_entries(before: list[str], after: list[str]) -> None:
    code = Code(a_py="x\n", b_py="x\n")
    entries = {Entry(path, "WB101", "same"): before.count(path) for path in sorted(set(before))}
    found = [(code.found("x", path=path), Entry(path, "WB101", "same")) for path in after]
    matched = match(entries, found, lambda entry: True)
    assert len(matched.held) == min(len(before), len(after))
    assert len(matched.new) == len(after) - len(matched.held)
    assert sum(matched.stale.values()) == len(before) - len(matched.held)
    assert not matched.left
