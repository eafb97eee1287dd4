"""``--add-ignore``: where the comments go, and that they silence."""

from __future__ import annotations

import ast
import io
import json
import subprocess
from pathlib import Path

import pytest
from commandline import Run, Write
from reporting import notebook

ALL = ("--select", "WB101,WB102,WB301,WB901,WB704,WB003,WB004,WB002")
HEAD = "import wandb\n\n"


def silenced(wbcheck: Run, file: Path, *arguments: str) -> str:
    """The file after the comments were added; a second run finds nothing and changes nothing."""
    before = file.read_bytes()
    said = wbcheck("check", *ALL, str(file), "--add-ignore", *arguments)
    assert said.status == 0, said.out + said.err
    after = file.read_bytes()
    assert before != after
    assert wbcheck("check", *ALL, str(file)).status == 0
    assert wbcheck("check", *ALL, str(file), "--add-ignore").status == 0
    assert file.read_bytes() == after
    return after.decode()


CASES = {
    "the line of the finding": (
        'wandb.log({"a": 1})\n',
        'wandb.log({"a": 1})  # wbcheck: ignore[WB301]\n',
    ),
    "several rules": (
        'wandb.init(name="a_b")\n',
        'wandb.init(name="a_b")  # wbcheck: ignore[WB101, WB102]\n',
    ),
    "a comment of another tool": (
        'wandb.log({"a": 1})  # type: ignore\n',
        'wandb.log({"a": 1})  # type: ignore  # wbcheck: ignore[WB301]\n',
    ),
    "a list that is there": (
        'wandb.init(name="a_b")  # wbcheck: ignore[WB102] as in the paper\n',
        'wandb.init(name="a_b")  # wbcheck: ignore[WB102, WB101] as in the paper\n',
    ),
    "a list above": (
        '# wbcheck: ignore[WB102]\nwandb.init(name="a_b")\n',
        '# wbcheck: ignore[WB102, WB101]\nwandb.init(name="a_b")\n',
    ),
    "a noqa": (
        'wandb.init(name="a_b")  # noqa: WB102\n',
        'wandb.init(name="a_b")  # noqa: WB102  # wbcheck: ignore[WB101]\n',
    ),
    "a call over several lines": (
        'wandb.init(\n    project="p",\n    name="a_b",\n    **given,\n)\n',
        'wandb.init(\n    project="p",\n    name="a_b",  # wbcheck: ignore[WB101]\n    **given,\n)\n',
    ),
    "two lines of one statement": (
        'wandb.init(\n    project="p",\n    name="a_b",\n)\n',
        'wandb.init(  # wbcheck: ignore[WB101, WB102]\n    project="p",\n    name="a_b",\n)\n',
    ),
    "a string over several lines": (
        'wandb.log({"a": len("""\n  x\n""")})\n',
        'wandb.log({"a": len("""\n  x\n""")})  # wbcheck: ignore[WB301]\n',
    ),
    "a joined line": (
        'x = \\\n    wandb.log({"a": 1}) or \\\n    2\n',
        'x = \\\n    wandb.log({"a": 1}) or \\\n    2  # wbcheck: ignore[WB301]\n',
    ),
    "a compound statement": (
        'with wandb.init(name="a"):\n    pass\n',
        'with wandb.init(name="a"):  # wbcheck: ignore[WB102]\n    pass\n',
    ),
    "blanks at the end of the line": (
        'wandb.log({"a": 1})   \n',
        'wandb.log({"a": 1})  # wbcheck: ignore[WB301]   \n',
    ),
    "a form's field": (
        'if x:\n    wandb.log({"a": 1})  #@param {type: "raw"}\n',
        'if x:\n    # wbcheck: ignore[WB301]\n    wandb.log({"a": 1})  #@param {type: "raw"}\n',
    ),
    "no line feed at the end": ('wandb.log({"a": 1})', 'wandb.log({"a": 1})  # wbcheck: ignore[WB301]'),
    "other line ends": (
        'wandb.log({"a": 1})\r\nx = 1\r\n',
        'wandb.log({"a": 1})  # wbcheck: ignore[WB301]\r\nx = 1\r\n',
    ),
    "a blanket": (
        "wandb.log({})  # wbcheck: ignore\n",
        "wandb.log({})  # wbcheck: ignore  # wbcheck: ignore[WB004]\n",
    ),
    "an unknown rule": (
        "wandb.log({})  # wbcheck: ignore[nil]\n",
        "wandb.log({})  # wbcheck: ignore[nil, WB003]\n",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_where_comments_go(case: str, wbcheck: Run, project: Path) -> None:
    before, after = CASES[case]
    file = project / "a.py"
    file.write_bytes((HEAD + before).encode())
    assert silenced(wbcheck, file) == HEAD + after
    assert ast.dump(ast.parse(HEAD + before)) == ast.dump(ast.parse(HEAD + after))


def test_a_reason_stands_behind_the_list(write: Write, wbcheck: Run) -> None:
    file = write("a.py", f'{HEAD}wandb.log({{"a": 1}})\n')
    wbcheck("check", *ALL, "--add-ignore=known, see #12 (it's old)")
    assert file.read_text().endswith("  # wbcheck: ignore[WB301] known, see #12 (it's old)\n")
    (run,) = json.loads(wbcheck("check", *ALL, "--output-format", "sarif").out)["runs"]
    (result,) = run["results"]
    assert result["suppressions"][0]["justification"] == "known, see #12 (it's old)"


def test_what_follows_the_option_is_a_path(write: Write, wbcheck: Run, project: Path) -> None:
    file, other = (write(name, f'{HEAD}wandb.log({{"a": 1}})\n') for name in ("a.py", "b.py"))
    wbcheck("check", *ALL, "--add-ignore", "a.py")
    assert "ignore" in file.read_text()
    assert "ignore" not in other.read_text()
    said = wbcheck("check", *ALL, "--add-ignore", "known already")
    assert said.status == 2
    assert "a reason is written --add-ignore='known already'" in said.err


@pytest.mark.parametrize("reason", ["two\nlines", "bell\x07"])
def test_a_reason_is_one_line(reason: str, wbcheck: Run, project: Path) -> None:
    assert "a reason is one line of text" in wbcheck("check", f"--add-ignore={reason}").err


def test_notebooks_keep_all_but_the_lines(wbcheck: Run, project: Path) -> None:
    file = project / "n.ipynb"
    file.write_bytes(
        notebook("import wandb", "%env WANDB_LOG_MODEL=true\n%%time", 'wandb.log({"a": 1})\nx = 1')
    )
    document = json.loads(file.read_text())
    silenced(wbcheck, file)
    after = json.loads(file.read_text())
    changed = [
        (one.pop("source"), other.pop("source"))
        for one, other in zip(document["cells"], after["cells"], strict=True)
    ]
    assert document == after
    assert changed[5][1] == 'wandb.log({"a": 1})  # wbcheck: ignore[WB301]\nx = 1'


def test_a_magic_gets_its_comment_above(wbcheck: Run, project: Path) -> None:
    file = project / "n.ipynb"
    key = "%env WANDB_API_KEY=" + "0123456789abcdef" * 2 + "01234567"
    file.write_bytes(notebook("import wandb", f"x = 1\n{key}"))
    silenced(wbcheck, file)
    cell = json.loads(file.read_text())["cells"][3]["source"]
    assert cell == f"x = 1\n# wbcheck: ignore[WB901]\n{key}"


def test_a_sweep_gets_comments_of_yaml(write: Write, wbcheck: Run) -> None:
    file = write("sweep.yaml", "program: train.py\nmethod: gird\nparameters:\n  lr:\n    values: [1, 2]\n")
    assert wbcheck("check", "--select", "WB8", "sweep.yaml").status == 1
    assert wbcheck("check", "--select", "WB8", "sweep.yaml", "--add-ignore").status == 0
    assert "method: gird  # wbcheck: ignore[WB8" in file.read_text()
    assert wbcheck("check", "--select", "WB8", "sweep.yaml").status == 0


def test_what_cannot_be_silenced_is_still_reported(write: Write, wbcheck: Run) -> None:
    file = write("a.py", f"{HEAD}wandb.log({{)\n")
    before = file.read_text()
    said = wbcheck("check", "--select", "WB001,WB301", "--add-ignore")
    assert said.status == 1
    assert "WB001" in said.out
    assert file.read_text() == before


def test_a_diff_shows_what_would_be_written(write: Write, wbcheck: Run, project: Path) -> None:
    file = write("a.py", f'{HEAD}wandb.log({{"a": 1}})\n')
    before = file.read_text()
    said = wbcheck("check", *ALL, "--add-ignore", "--diff")
    assert (said.status, file.read_text()) == (1, before)
    assert said.err == "wbcheck: 1 finding in 1 file would be silenced by comments\n"
    subprocess.run(["git", "apply", "-"], cwd=project, input=said.out.encode(), check=True)
    assert wbcheck("check", *ALL).status == 0


def test_standard_input_comes_back_with_comments(
    wbcheck: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f'{HEAD}wandb.log({{"a": 1}})\n'
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    said = wbcheck("check", *ALL, "-", "--add-ignore")
    assert said.out == text.rstrip("\n") + "  # wbcheck: ignore[WB301]\n"


def test_files_that_may_not_be_changed_are_left_alone(write: Write, wbcheck: Run) -> None:
    file = write("a.py", f'{HEAD}wandb.log({{"a": 1}})\n')
    file.chmod(0o444)
    said = wbcheck("check", *ALL, "--add-ignore", "--diff")
    assert (said.status, said.out) == (0, "")
    assert "a.py: left alone: it is read-only" in said.err
    said = wbcheck("check", *ALL, "--add-ignore")
    assert said.status == 1
    assert "suppressed" not in said.out
    assert "a.py: left alone: it is read-only" in said.err
    assert "WB301" in said.out
    assert "suppressed" not in said.out


def test_a_line_end_in_a_name_breaks_no_line(write: Write, wbcheck: Run) -> None:
    write("a\nb\x1b[2J.py", f'{HEAD}wandb.init(name="a_b")\n')
    said = wbcheck("check", "--select", "WB101", "--fix")
    assert said.err == "wbcheck: a\\nb\\x1b[2J.py: fixed 1 run-name-underscore\n"


def test_mending_and_silencing_are_two_things(wbcheck: Run, project: Path) -> None:
    assert "one at a time" in wbcheck("check", "--fix", "--add-ignore").err
