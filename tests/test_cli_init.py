"""`wbcheck init`: what it learns of some code, what it writes, and what it leaves alone."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from commandline import Git, Run, Said, Write, commit
from hypothesis import given
from hypothesis import strategies as st

from wbcheck import settings
from wbcheck.draft import FEW, Plan, differences, draft, fitting, learn
from wbcheck.registry import codes
from wbcheck.ruleset import Ruleset, Wish
from wbcheck.schema import schema
from wbcheck.selection import PRESETS
from wbcheck.survey import Survey, Topic, Words

ROOT = Path(__file__).resolve().parent.parent
TRAIN = """
import wandb

with wandb.init(project="p", job_type="train", group="exp-1", tags=["nlp", "small"]) as run:
    run.log({"train/loss": 1.0})
    model = wandb.Artifact("head", type="checkpoint")
    run.log_artifact(model)
"""
LABEL = """
import wandb

for part in range(3):
    run = wandb.init(project="p", job_type="label")
    run.log({"val/loss": 1.0, "Val/f1": 1.0})
again = wandb.init(project="p", job_type="label")
old = wandb.init(project="p", job_type="training")
"""


@pytest.fixture
def code(write: Write, project: Path) -> Path:
    write("train.py", TRAIN)
    write("label.py", LABEL)
    write("tests/test_train.py", TRAIN.replace("train", "trial"))
    return project


def table_of(file: Path) -> Any:
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    own = table["tool"]["wbcheck"] if file.name == "pyproject.toml" else table
    jsonschema.Draft7Validator(schema(codes())).validate(own)
    return own


def uncommented(text: str) -> str:
    """A configuration with all suggestions in it taken."""
    return re.sub(r"(?m)^( *)# (?=\[|\"|[a-z-]+ = )", r"\1", text)


def reported(wbcheck: Run) -> int:
    return len(json.loads(wbcheck("check", "--output-format", "json").out))


def test_it_writes_what_fits(code: Path, wbcheck: Run) -> None:
    said = wbcheck("init")
    assert said.status == 0
    assert "job types: label 2, train 1, training 1\n" in said.out
    assert "  several ways: train 1, training 1\n" in said.out
    compared = "to compare, as no rule has a list of these:\nnamespaces: Val 1, train 1, val 1\n"
    assert f"{compared}  several ways: Val 1, val 1\n" in said.out
    assert "tags: nlp 1, small 1\n" in said.out
    assert "groups: exp-1 1\n" in said.out
    assert "trial" not in said.out
    table = table_of(code / "wbcheck.toml")
    assert table["rules"] == {
        "job-type-vocabulary": {"extend-vocabulary": ["label"]},
        "artifact-type-vocabulary": {"extend-vocabulary": ["checkpoint"]},
    }
    assert '    # "training",  # 1: `train`?\n' in (code / "wbcheck.toml").read_text()
    held = settings.load().for_directory(str(code))
    assert Ruleset(held, Wish()).codes
    assert held.rules["job-type-vocabulary"] == {"extend-vocabulary": ["label"]}


def test_the_numbers_are_what_check_finds(code: Path, wbcheck: Run) -> None:
    said = wbcheck("init")
    numbers = dict(re.findall(r"(?m)^  (\w+) +(\d+)", said.out))
    for preset in PRESETS:
        rows = json.loads(wbcheck("check", "--select", preset, "--output-format", "json").out)
        assert len(rows) == int(numbers[preset]), preset
    assert (
        f"{reported(wbcheck)} findings under it; so that only new ones count: wbcheck baseline\n" in said.err
    )


def test_its_suggestions_are_valid(code: Path, wbcheck: Run, git: Git) -> None:
    commit(git)
    git("update-ref", "refs/remotes/origin/main", "HEAD")
    wbcheck("init")
    file = code / "wbcheck.toml"
    file.write_text(uncommented(file.read_text()))
    table = table_of(file)
    assert {"ignore", "wandb-version", "new-files", "per-file-ignores"} <= set(table)
    assert table["rules"]["run-setup-incomplete"]["required"] == ["project", "job_type"]
    assert "training" in table["rules"]["job-type-vocabulary"]["extend-vocabulary"]
    assert wbcheck("check").status in (0, 1)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("tail", ["", "name = 'x'"])
def test_it_goes_into_a_pyproject(code: Path, wbcheck: Run, end: str, tail: str) -> None:
    file = code / "pyproject.toml"
    old = f"\ufeff# é{end}[project]{end}{tail}".encode()
    file.write_bytes(old)
    said = wbcheck("init")
    assert "pyproject.toml: [tool.wbcheck] added" in said.err
    new = file.read_bytes()
    assert new.startswith(old)
    assert new.count(b"\r\n") == (new.count(b"\n") if end == "\r\n" else 0)
    table = tomllib.loads(new.decode("utf-8-sig"))
    assert table["tool"]["wbcheck"]["rules"]["job-type-vocabulary"] == {"extend-vocabulary": ["label"]}
    assert not (code / "wbcheck.toml").exists()
    assert wbcheck("check").status == 1


def test_where_no_table_may_follow_it_is_a_file_of_its_own(code: Path, wbcheck: Run) -> None:
    file = code / "pyproject.toml"
    file.write_text("tool = { ruff = { line-length = 100 } }\n")
    assert "wbcheck.toml: written" in wbcheck("init").err
    assert file.read_text() == "tool = { ruff = { line-length = 100 } }\n"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("pyproject.toml", "[tool.wbcheck]\n", "pyproject.toml configures wbcheck already"),
        ("wbcheck.toml", "", "wbcheck.toml configures wbcheck already"),
        ("pyproject.toml", "[project\n", "pyproject.toml: not TOML"),
        ("wbcheck.toml", "selct = 1\n", "wbcheck.toml:1:1: unknown key `selct`"),
    ],
)
def test_what_is_there_is_never_changed(code: Path, wbcheck: Run, name: str, text: str, message: str) -> None:
    (code / name).write_text(text)
    before = sorted(code.iterdir())
    said = wbcheck("init", "--baseline")
    assert (said.status, said.out) == (2, "")
    assert message in said.err
    assert sorted(code.iterdir()) == before
    assert (code / name).read_text() == text


def test_a_dry_run_is_a_patch(code: Path, wbcheck: Run, git: Git) -> None:
    (code / "pyproject.toml").write_text("[project]\n")
    said = wbcheck("init", "--diff")
    assert said.status == 0
    assert (code / "pyproject.toml").read_text() == "[project]\n"
    subprocess.run(["git", "apply"], cwd=code, input=said.out, text=True, check=True)
    by_patch = (code / "pyproject.toml").read_text()
    (code / "pyproject.toml").unlink()
    said = wbcheck("init", "--diff")
    subprocess.run(["git", "apply"], cwd=code, input=said.out, text=True, check=True)
    assert table_of(code / "wbcheck.toml") == tomllib.loads(by_patch)["tool"]["wbcheck"]


def test_adopting_takes_two_commands(code: Path, wbcheck: Run) -> None:
    assert wbcheck("init", "--baseline").status == 0
    said = wbcheck("check")
    assert (said.status, said.err) == (0, "")
    assert re.fullmatch(r"No findings in 3 files \(\d+ in the baseline\)\.\n", said.out)


def test_what_is_written_meanwhile_is_kept(code: Path, wbcheck: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from wbcheck.cli import init

    looked = init._plan

    def slow(*arguments: Any, **named: Any) -> Plan:
        (code / "wbcheck.toml").write_text("# mine\n")
        return looked(*arguments, **named)

    monkeypatch.setattr(init, "_plan", slow)
    said = wbcheck("init")
    assert (said.status, said.out) == (2, "")
    assert (code / "wbcheck.toml").read_text() == "# mine\n"


def test_the_first_check_finds_what_was_understood(
    code: Path, wbcheck: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    wbcheck("init", "--diff")
    (code.parent / "shared").mkdir()
    monkeypatch.chdir(code.parent / "shared")
    assert wbcheck("init", "--learn", str(code)).err.endswith(" findings under it\n")
    assert not list(code.parent.rglob(".wbcheck_cache"))
    monkeypatch.chdir(code)
    wbcheck("init", "--baseline")
    kept = {each: each.stat().st_mtime_ns for each in (code / ".wbcheck_cache").rglob("*") if each.is_file()}
    assert kept
    assert wbcheck("check").status == 0
    assert {each: each.stat().st_mtime_ns for each in kept} == kept


def test_a_type_that_is_kept_is_still_one_with_underscores(write: Write, wbcheck: Run, project: Path) -> None:
    write("a.py", 'import wandb\n\nfor each in "ab":\n    wandb.Artifact(each, type="raw_data")\n' * 2)
    wbcheck("init")
    assert '    "raw_data",  # 2; to WB417 it is `raw-data`\n' in (project / "wbcheck.toml").read_text()


def test_a_preset_can_be_asked_for(code: Path, wbcheck: Run) -> None:
    said = wbcheck("init", "--preset", "essential")
    assert re.search(r"essential +\d+ <- selected", said.out)
    assert table_of(code / "wbcheck.toml")["select"] == ["essential"]


def test_another_folder(code: Path, wbcheck: Run) -> None:
    (code / "pyproject.toml").write_text("[tool.wbcheck]\n")
    (code / "inner").mkdir()
    said = wbcheck("init", "inner")
    assert said.status == 0
    assert "inner/wbcheck.toml: written" in said.err
    assert "pyproject.toml no longer counts here; `extend` takes it in" in said.err
    assert table_of(code / "inner" / "wbcheck.toml") == {"select": ["recommended"]}


def test_an_empty_folder(project: Path, wbcheck: Run) -> None:
    said = wbcheck("init")
    assert said.status == 0
    assert said.out == "nothing starts a run here; the preset `recommended` is selected\n"
    assert table_of(project / "wbcheck.toml") == {"select": ["recommended"]}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("gone",), "there is no folder `gone`"),
        (("train.py",), "there is no folder `train.py`"),
        ((".", ".."), "to look at several checkouts: --learn"),
        (("--learn", "--baseline", ".."), "in each checkout: wbcheck baseline"),
    ],
)
def test_wrong_use(code: Path, wbcheck: Run, arguments: tuple[str, ...], message: str) -> None:
    said = wbcheck("init", *arguments)
    assert (said.status, said.out) == (2, "")
    assert message in said.err
    assert not (code / "wbcheck.toml").exists()


@pytest.mark.parametrize(
    ("starts", "found", "preset"),
    [(1, 0, "guide"), (1, FEW, "guide"), (1, FEW + 1, "recommended"), (0, 0, "recommended")],
)
def test_the_preset_that_is_chosen(starts: int, found: int, preset: str) -> None:
    assert fitting(starts, {"guide": found}) == preset
    assert f"finds up to {FEW} things" in (ROOT / "docs" / "adopting.md").read_text(encoding="utf-8")


# Several checkouts


@pytest.fixture
def learned(write: Write, project: Path, wbcheck: Run) -> Said:
    write("one/train.py", TRAIN)
    write("one/label.py", LABEL)
    write("two/label.py", LABEL.replace('"label"', '"Label"', 1))
    write("two/wbcheck.toml", 'ignore = ["all"]\n')
    return wbcheck("init", "--learn", "one", "two")


def test_checkouts_are_compared(learned: Said, project: Path) -> None:
    assert learned.status == 0
    assert "job types: label 3, training 2, Label 1, train 1\n" in learned.out
    assert "  several ways: label 3 (one 2, two 1), Label 1 (two)\n" in learned.out
    assert "  several ways: training 2 (one 1, two 1), train 1 (one)\n" in learned.out
    assert "artifact types: checkpoint 1\n  only in one: checkpoint\n" in learned.out
    assert re.search(r"recommended +\d+ <- selected \(one \d+, two \d+\)\n", learned.out)
    text = (project / "wbcheck.toml").read_text()
    assert '    "label",  # 3 (one 2, two 1)\n' in text
    assert '    # "Label",  # 1 (two): `label`?\n' in text
    assert table_of(project / "wbcheck.toml")["rules"]["job-type-vocabulary"] == {
        "extend-vocabulary": ["label"]
    }


def test_the_baseline_of_checkouts_below(learned: Said, project: Path, wbcheck: Run) -> None:
    (project / "two" / "wbcheck.toml").unlink()
    (project / "wbcheck.toml").unlink()
    assert wbcheck("init", "--learn", "--baseline", "one", "two").status == 0
    assert wbcheck("check").status == 0


def test_checkouts_of_the_same_name_are_told_apart(write: Write, wbcheck: Run) -> None:
    write("a/code/train.py", TRAIN)
    write("b/code/train.py", TRAIN)
    said = wbcheck("init", "--learn", "a/code", "b/code")
    assert re.search(r"essential +0", said.out)
    assert re.search(r"all +\d+ \(a/code \d+, b/code \d+\)", said.out)


def test_secrets_are_not_learned(write: Write, project: Path, wbcheck: Run) -> None:
    key = "0123456789abcdef" * 2 + "01234567"
    write("train.py", f'import wandb\n\nwandb.init(project="p", job_type="{key}", tags=["{key}"])\n')
    said = wbcheck("init")
    assert said.status == 0
    assert key not in said.out + said.err + (project / "wbcheck.toml").read_text()


# Words


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("training", "train", "train"),
        ("Train", "train", "train"),
        ("evaluation", "eval", "eval"),
        ("validation", "val", "val"),
        ("val", "validation", "validation"),
        ("fine_tune", "fine-tune", "fine-tune"),
        ("finetuning", "fine-tune", "fine-tune"),
        ("encoding", "encode", "encode"),
        ("splitting", "split", "split"),
        ("checkpoints", "checkpoint", "checkpoint"),
        ("prediction", "predictions", "predictions"),
        ("train", "train", ""),
        ("test", "train", ""),
        ("train-data", "train", ""),
        ("ts", "t", ""),
        ("logits", "log", ""),
        ("codebook", "code", ""),
    ],
)
def test_what_a_word_means(word: str, known: str, meant: str) -> None:
    assert Words((known,)).meant(word) == meant


def test_many_words_are_compared_one_by_one_with_none() -> None:
    words = Words(f"tag-{number}" for number in range(50_000))
    assert [words.meant(f"Tag {number}") for number in range(0, 50_000, 9_999)] == [
        f"tag-{number}" for number in range(0, 50_000, 9_999)
    ]


def surveyed(words: dict[str, int]) -> Survey:
    every: dict[Topic, Counter[str]] = {topic: Counter() for topic in Topic}
    every[Topic.JOB_TYPES] = Counter(words)
    return Survey(every, 0, Counter())


def test_a_word_that_is_used_once_among_many_is_no_vocabulary() -> None:
    words = learn({"a": surveyed({"label": 30, "once": 1, "twice": 2})}, ("train",), Topic.JOB_TYPES)
    assert [(word.text, word.is_kept) for word in words] == [
        ("label", True),
        ("twice", True),
        ("once", False),
    ]
    (alone,) = learn({"a": surveyed({"once": 1})}, ("train",), Topic.JOB_TYPES)
    assert alone.is_kept


def test_ways_of_writing_a_word_stand_together() -> None:
    surveys = {"a": surveyed({"train": 3, "training": 2, "Train": 1, "trained": 1, "eval": 1})}
    learned = {"job-type-vocabulary": (), "artifact-type-vocabulary": ()}
    plan = Plan(surveys=surveys, learned=learned, found={}, rules=codes(), preset="guide")
    assert list(differences(plan, Topic.JOB_TYPES)) == [
        "several ways: train 3, training 2, Train 1, trained 1"
    ]


@given(st.dictionaries(st.text(min_size=1), st.integers(1, 3), max_size=4), st.booleans())
def test_any_word_is_written_so_that_it_is_read(words: dict[str, int], shared: bool) -> None:
    words = {word: count for word, count in words.items() if word.isprintable()}
    surveys = {"a": surveyed(words)}
    learned = {
        "job-type-vocabulary": learn(surveys, ("train",), Topic.JOB_TYPES),
        "artifact-type-vocabulary": (),
    }
    plan = Plan(surveys=surveys, learned=learned, found={}, rules=codes(), preset="guide")
    text = draft(plan, "tool.wbcheck" if shared else "")
    table = tomllib.loads(text)
    own = table["tool"]["wbcheck"] if shared else table
    kept = [word.text for word in learned["job-type-vocabulary"] if word.is_kept]
    assert own.get("rules", {}).get("job-type-vocabulary", {}).get("extend-vocabulary", []) == kept
    assert own["select"] == ["guide"]
