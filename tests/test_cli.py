"""The command line: what is typed, what is printed where, and the exit codes."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from commandline import Run, Said

from wbcheck import cli
from wbcheck.settings import CACHE

Write = Callable[[str, str], Path]
BAD = (
    "import wandb\n\n"
    'run = wandb.init(project="p", name="my_run", job_type="train", config={"lr": 1})\n'
    "run.finish()\n"
)
GOOD = BAD.replace("my_run", "exp-001-train-1700000000")
LINE = "a.py:3:37: WB101 run-name-underscore [*] run name `my_run` has underscores"
ONLY = ("--select", "WB101,WB001")


def separately(code: str, cwd: Path, *arguments: str, stdin: str = "") -> Said:
    """Runs Python code in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)


# Commands and exit codes


def test_findings_exit_with_1(write: Write, wbcheck: Run) -> None:
    write("a.py", BAD)
    said = wbcheck("check", *ONLY)
    assert said.status == 1
    assert said.out.splitlines()[0] == LINE
    assert said.err == ""


def test_nothing_to_report_exits_with_0(write: Write, wbcheck: Run) -> None:
    write("a.py", GOOD)
    assert wbcheck("check", *ONLY) == (0, "No findings in 1 file.\n", "")


@pytest.mark.parametrize("arguments", [(), (".",), ("a.py",), ("check",), ("check", "a.py")])
def test_check_is_the_command_that_need_not_be_named(
    write: Write, wbcheck: Run, arguments: tuple[str, ...]
) -> None:
    write("a.py", BAD)
    said = wbcheck(*arguments, *ONLY)
    assert said.status == 1
    assert said.out.startswith(LINE)


def test_options_may_come_first(write: Write, wbcheck: Run) -> None:
    write("a.py", BAD)
    assert wbcheck(*ONLY, "a.py").out.startswith(LINE)


def test_a_word_that_is_both_is_a_command(write: Write, wbcheck: Run) -> None:
    write("rules/a.py", BAD)
    said = wbcheck("rules")
    assert said.status == 0
    assert "run-name-underscore" in said.out
    assert "to check the path of this name: wbcheck check rules" in said.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["check", "nowhere"], "there is no file or folder `nowhere`"),
        (["chekc"], "did you mean `check`?"),
        (["check", "rules"], "the command of this name is `wbcheck rules`"),
        (["check", "--fixx"], "no such option `--fixx`; did you mean `--fix`?"),
        (["check", "--select"], "option '--select' requires an argument (see wbcheck check --help)"),
        (["migrate"], "missing argument 'MIGRATION'. Choose from: nest-config, namespace-metrics"),
        (["check", "--output-format", "jsn"], "there is no format `jsn`; did you mean `json`?"),
        (["check", "--select", "WB101,nil"], "no rule, category or preset is called `nil`"),
        (["check", "--config", "nowhere.toml"], "nowhere.toml: no such file"),
        (["check", "--stdin-filename", "x.py"], "--stdin-filename is for the path `-`"),
        (["check", "-", "a.py"], "stands alone"),
        (["check", "-o", "nowhere/out.txt"], "cannot write nowhere/out.txt: no such file"),
        (["rule", "nil"], "no rule, category or preset is called `nil`"),
        (["rule"], "missing argument"),
        (["debug", "model", "nowhere.py"], "nowhere.py: no such file"),
        (["test-rules", "nowhere"], "nowhere"),
    ],
)
def test_wrong_usage_is_one_line_and_2(
    write: Write, wbcheck: Run, arguments: list[str], message: str
) -> None:
    write("a.py", GOOD)
    said = wbcheck(*arguments)
    assert said.status == 2
    assert said.out == ""
    assert message in said.err
    assert said.err.count("\n") == 1


def test_wrong_configuration_is_2_and_shows_the_place(write: Write, wbcheck: Run) -> None:
    write("a.py", GOOD)
    write("pyproject.toml", "[tool.wbcheck]\nselct = []\n")
    said = wbcheck("check")
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith("pyproject.toml:2:1: unknown key `selct`; did you mean `select`?\n")
    assert wbcheck("check", *ONLY, "--isolated").status == 0


def test_a_rule_that_raises_is_2_and_the_rest_is_reported(
    write: Write, wbcheck: Run, house_rule: Callable[..., Path]
) -> None:
    write("a.py", BAD)
    write("pyproject.toml", '[tool.wbcheck]\nplugins = ["./house"]\n')
    house_rule("HSE001", "broken", "1 / 0; yield")
    said = wbcheck("check", "--select", "WB101,HSE")
    assert said.status == 2
    assert "a.py:1:1: HSE001 broken rule broken failed: ZeroDivisionError" in said.out
    assert LINE in said.out
    assert "Traceback" not in said.err
    said = wbcheck("check", "--select", "WB101,HSE", "--verbose", "--exit-zero")
    assert said.status == 2
    assert "Traceback" in said.err


def test_a_bug_is_2_and_one_line(write: Write, wbcheck: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    write("a.py", BAD)
    monkeypatch.setattr("wbcheck.engine.Session.run", lambda self: 1 / 0)
    said = wbcheck("check")
    assert said.status == 2
    assert said.err.count("\n") == 1
    assert "this is a bug in wbcheck: ZeroDivisionError: division by zero" in said.err
    assert "Traceback" in wbcheck("check", "--verbose").err


def test_a_broken_installation_is_no_bug(write: Write, wbcheck: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking(self: object) -> None:
        raise ModuleNotFoundError("No module named 'pathspec.util'", name="pathspec.util")

    write("a.py", BAD)
    monkeypatch.setattr("wbcheck.engine.Session.run", lacking)
    assert wbcheck("check") == (
        2,
        "",
        "wbcheck: wbcheck needs `pathspec.util`, which is not installed here; install wbcheck anew\n",
    )


@pytest.mark.parametrize("name", sorted(cli.COMMANDS.keys() - {"debug"}))
def test_every_command_shows_where_it_failed(name: str, wbcheck: Run) -> None:
    assert "-v, --verbose" in wbcheck(name, "--help").out


def test_a_failure_of_a_command_says_where(
    write: Write, wbcheck: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wbcheck.registry.load_rule", lambda info: 1 / 0)
    assert wbcheck("rules").err.endswith("division by zero; --verbose shows where\n")
    assert "Traceback" in wbcheck("rules", "--verbose").err


def test_an_interrupt_is_quiet(write: Write, wbcheck: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(self: object) -> None:
        raise KeyboardInterrupt

    write("a.py", BAD)
    monkeypatch.setattr("wbcheck.engine.Session.run", interrupted)
    assert wbcheck("check") == (130, "", "")


def test_a_closed_pipe_is_quiet(write: Write, project: Path) -> None:
    write("a.py", BAD)
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "wbcheck", "check", *ONLY],
            stdout=writing,
            stderr=subprocess.PIPE,
            cwd=project,
            check=False,
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")


def test_exit_zero(write: Write, wbcheck: Run) -> None:
    write("a.py", BAD)
    assert wbcheck("check", *ONLY, "--exit-zero").status == 0


# Selecting


def test_selection_of_the_file_and_of_the_command_line(write: Write, wbcheck: Run) -> None:
    write("a.py", BAD)
    write("pyproject.toml", '[tool.wbcheck]\nselect = ["WB101"]\n')
    assert wbcheck("check").status == 1
    assert wbcheck("check", "--ignore", "run-name-underscore").status == 0
    assert wbcheck("check", "--select", "WB001").status == 0
    assert wbcheck("check", "--select", "WB001", "--extend-select", "WB101").status == 1


def test_config_takes_the_place_of_what_lies_near(write: Write, wbcheck: Run) -> None:
    write("a.py", BAD)
    write("pyproject.toml", '[tool.wbcheck]\nselect = ["WB001"]\n')
    write("etc/team.toml", 'select = ["WB101"]\n')
    assert wbcheck("check").status == 0
    assert wbcheck("check", "--config", "etc/team.toml").status == 1


# Fixing


def test_fix_mends_and_exits_with_0(write: Write, wbcheck: Run) -> None:
    file = write("a.py", BAD)
    said = wbcheck("check", *ONLY, "--fix")
    assert (said.status, said.out) == (0, "No findings in 1 file (1 fixed).\n")
    assert file.read_text() == BAD.replace("my_run", "my-run")


def test_hooks_are_told_that_something_was_fixed(write: Write, wbcheck: Run) -> None:
    write("a.py", BAD)
    assert wbcheck("check", *ONLY, "--fix", "--exit-non-zero-on-fix").status == 1
    assert wbcheck("check", *ONLY, "--fix", "--exit-non-zero-on-fix").status == 0


def test_diff_shows_and_leaves_alone(write: Write, wbcheck: Run) -> None:
    file = write("a.py", BAD)
    said = wbcheck("check", *ONLY, "--diff")
    assert said.status == 1
    assert said.out.startswith("--- a/a.py\n+++ b/a.py\n")
    assert '-run = wandb.init(project="p", name="my_run"' in said.out
    assert file.read_text() == BAD
    file.write_text(GOOD)
    assert wbcheck("check", *ONLY, "--diff")[:2] == (0, "")


def test_a_patch_of_files_outside_of_the_folder_is_for_their_repository(
    write: Write, wbcheck: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write("code/sub/a.py", BAD)
    (project / "code" / ".git").mkdir()
    elsewhere = project / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    for path in ("../code", str(file), "../code/sub/a.py"):
        assert wbcheck("check", *ONLY, "--diff", path).out.startswith("--- a/sub/a.py\n+++ b/sub/a.py\n")
    (project / "code" / ".git").rmdir()
    assert wbcheck("check", *ONLY, "--diff", "../code").out.startswith("--- a/sub/a.py\n")
    monkeypatch.chdir(project / "code" / "sub")
    assert wbcheck("check", *ONLY, "--diff", str(file)).out.startswith("--- a/a.py\n")


def test_the_next_command_is_about_the_same_text(
    wbcheck: Run, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(BAD.encode())))
    said = wbcheck("check", *ONLY, "--stdin-filename", "x/y.py", "-")
    assert "wbcheck check --fix - " in said.out
    assert "--stdin-filename x/y.py" in said.out
    write("a.py", BAD)
    assert "--force-exclude" in wbcheck("check", *ONLY, "--force-exclude", "a.py").out


def test_fixes_of_the_configuration(write: Write, wbcheck: Run) -> None:
    file = write("a.py", BAD)
    write(
        "pyproject.toml", '[tool.wbcheck]\nselect = ["WB101"]\nfix = true\nextend-unsafe-fixes = ["WB101"]\n'
    )
    assert wbcheck("check").status == 1
    assert file.read_text() == BAD
    assert wbcheck("check", "--unsafe-fixes", "--no-fix").status == 1
    assert file.read_text() == BAD
    assert wbcheck("check", "--unsafe-fixes").status == 0
    assert "my-run" in file.read_text()


def test_fix_only_reports_nothing(write: Write, wbcheck: Run) -> None:
    write("a.py", BAD)
    write("b.py", "import wandb\n(\n")
    said = wbcheck("check", *ONLY, "--fix-only")
    assert said == (0, "", "wbcheck: a.py: fixed 1 run-name-underscore\nwbcheck: 1 fix in 1 file made\n")


@pytest.mark.parametrize(("option", "rules"), [("--unfixable", "identity"), ("--fixable", "WB001")])
def test_what_may_be_fixed(write: Write, wbcheck: Run, option: str, rules: str) -> None:
    file = write("a.py", BAD)
    said = wbcheck("check", *ONLY, "--fix", option, rules)
    assert said.status == 1
    assert "[*]" not in said.out
    assert file.read_text() == BAD


# Standard input


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts a text on standard input."""

    def put(text: str) -> None:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))

    return put


def test_standard_input(project: Path, wbcheck: Run, typed: Callable[[str], None]) -> None:
    typed(BAD)
    said = wbcheck("check", *ONLY, "-")
    assert (said.status, said.out.splitlines()[0]) == (1, LINE.replace("a.py", "-"))
    typed(BAD)
    said = wbcheck("check", *ONLY, "--stdin-filename", "sub/a.py", "-")
    assert said.out.splitlines()[0] == f"sub/{LINE}"


def test_the_name_given_decides_about_settings(
    write: Write, wbcheck: Run, typed: Callable[[str], None]
) -> None:
    write("sub/wbcheck.toml", 'select = ["WB001"]\nexclude = ["gen"]\n')
    typed(BAD)
    assert wbcheck("check", "--stdin-filename", "sub/a.py", "-").status == 0
    typed("import wandb\n(\n")
    assert wbcheck("check", "--stdin-filename", "sub/gen/a.py", "-").status == 1
    typed("import wandb\n(\n")
    assert wbcheck("check", "--stdin-filename", "sub/gen/a.py", "--force-exclude", "-").status == 0


def test_standard_input_is_fixed_onto_standard_output(
    project: Path, wbcheck: Run, typed: Callable[[str], None]
) -> None:
    typed(BAD)
    said = wbcheck("check", *ONLY, "--fix", "-")
    assert said.status == 0
    assert said.out == BAD.replace("my_run", "my-run")
    typed(GOOD)
    assert wbcheck("check", *ONLY, "--fix", "-").out == GOOD


# Output


def test_json(write: Write, wbcheck: Run, project: Path) -> None:
    write("a.py", BAD)
    said = wbcheck("check", *ONLY, "--output-format", "json")
    (one,) = json.loads(said.out)
    assert (one["code"], one["filename"]) == ("WB101", str(project / "a.py"))
    assert one["location"] == {"row": 3, "column": 37}


def test_the_format_of_the_configuration(write: Write, wbcheck: Run) -> None:
    write("a.py", BAD)
    write("pyproject.toml", '[tool.wbcheck]\nselect = ["WB101"]\noutput-format = "json"\n')
    assert wbcheck("check").out.startswith("[")
    assert wbcheck("check", "--output-format", "concise").out.startswith(LINE)


def test_full_shows_the_source(write: Write, wbcheck: Run) -> None:
    write("a.py", BAD)
    said = wbcheck("check", *ONLY, "--output-format", "full")
    assert "3 │ run = wandb.init" in said.out
    assert "^^^^^^" in said.out


def test_the_report_goes_to_a_file(write: Write, wbcheck: Run, project: Path) -> None:
    write("a.py", BAD)
    said = wbcheck("check", *ONLY, "-o", "out.txt")
    assert said == (1, "", "")
    assert (project / "out.txt").read_text().startswith(LINE)
    assert sorted(path.name for path in project.iterdir()) == [CACHE, "a.py", "out.txt"]


def test_quiet_prints_findings_alone(write: Write, wbcheck: Run) -> None:
    write("a.py", BAD)
    assert wbcheck("check", *ONLY, "-q").out == LINE + "\n"
    assert wbcheck("check", "--select", "WB001", "-q").out == ""


def test_statistics_count(write: Write, wbcheck: Run) -> None:
    write("a.py", BAD + BAD)
    said = wbcheck("check", *ONLY, "--statistics")
    assert said.out.startswith("2  WB101  run-name-underscore")
    assert said.status == 1


def test_colour_is_there_when_asked_for(write: Write, wbcheck: Run) -> None:
    write("a.py", BAD)
    assert "\x1b[" not in wbcheck("check", *ONLY).out
    assert "\x1b[" in wbcheck("check", *ONLY, "--color", "always").out


def test_the_next_command_is_the_one_that_was_typed(write: Write, wbcheck: Run) -> None:
    write("a.py", BAD)
    assert f"wbcheck check --fix a.py --select {ONLY[1]}" in wbcheck("a.py", *ONLY).out
    typed = ("a.py", "--select", "WB101,WB602", "--unfixable", "WB602")
    assert f"wbcheck check --fix {' '.join(typed)}" in wbcheck(*typed).out
    write("-b.py", BAD)
    assert f"wbcheck check --fix ./-b.py --select {ONLY[1]}" in wbcheck("check", *ONLY, "--", "-b.py").out


def test_files_are_listed(write: Write, wbcheck: Run) -> None:
    write("a.py", BAD)
    write("sub/b.py", "import os\n")
    write("venv/c.py", BAD)
    said = wbcheck("check", "--show-files")
    assert said == (0, f"a.py\n{os.path.join('sub', 'b.py')}\n", "")


def test_excluded_files_are_checked_if_named_unless_forced(write: Write, wbcheck: Run) -> None:
    write("venv/c.py", BAD)
    path = os.path.join("venv", "c.py")
    assert wbcheck("check", *ONLY, path).status == 1
    assert wbcheck("check", *ONLY, path, "--force-exclude").status == 0


def test_nothing_to_check_is_said(project: Path, wbcheck: Run) -> None:
    said = wbcheck("check")
    assert said.status == 0
    assert said.err == "wbcheck: there is no file to check here\n"


def test_ruff_would_delete_our_noqa(write: Write, wbcheck: Run) -> None:
    write("a.py", BAD.replace("})\n", "})  # noqa: WB101\n"))
    write("ruff.toml", "line-length = 100\n")
    said = wbcheck("check", *ONLY)
    assert said.status == 0
    assert said.err.count("\n") == 1
    assert "ruff.toml" in said.err
    write("ruff.toml", 'lint.external = ["WB"]\n')
    assert wbcheck("check", *ONLY).err == ""


def test_every_format_can_be_asked_for_everywhere() -> None:
    from wbcheck import report
    from wbcheck.settings_file import OutputFormat

    assert list(report.FORMATS) == list(OutputFormat)


def test_several_formats_in_one_run(write: Write, wbcheck: Run, project: Path) -> None:
    write("a.py", BAD)
    said = wbcheck("check", *ONLY, "--output-format", "sarif=out.sarif,github,concise,junit=out.xml")
    assert said.status == 1
    assert [line[:9] for line in said.out.splitlines()][:2] == ["::warning", LINE[:9]]
    assert json.loads((project / "out.sarif").read_text())["version"] == "2.1.0"
    assert (project / "out.xml").read_text().startswith("<?xml")


def test_the_file_of_a_report_takes_all_that_would_be_printed(
    write: Write, wbcheck: Run, project: Path
) -> None:
    write("a.py", BAD)
    said = wbcheck("check", *ONLY, "--output-format", "json=own.json,concise", "-o", "rest.txt")
    assert (said.status, said.out) == (1, "")
    assert len(json.loads((project / "own.json").read_text())) == 1
    assert (project / "rest.txt").read_text().startswith(LINE)


def test_statistics_take_the_place_of_what_is_printed(write: Write, wbcheck: Run, project: Path) -> None:
    write("a.py", BAD)
    said = wbcheck("check", *ONLY, "--statistics", "--output-format", "json=own.json,concise")
    assert said.out.startswith("1  WB101  run-name-underscore  [*] 1\n")
    assert len(json.loads((project / "own.json").read_text())) == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("sarf", "there is no format `sarf`; did you mean `sarif`?"),
        ("json,", "there is no format ``"),
        ("sarif=", "`sarif=` names no file"),
    ],
)
def test_a_wrong_format_is_told(given: str, words: str, wbcheck: Run, project: Path) -> None:
    said = wbcheck("check", "--output-format", given)
    assert said.status == 2
    assert words in said.err


def test_sarif_lists_the_rules_of_nested_configurations(write: Write, wbcheck: Run) -> None:
    write("wbcheck.toml", 'select = ["WB102"]\n')
    write("inner/wbcheck.toml", 'select = ["WB101"]\n')
    write("inner/a.py", BAD)
    (run,) = json.loads(wbcheck("check", "--output-format", "sarif").out)["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == ["WB101", "WB102"]
    assert [rules[result["ruleIndex"]] for result in run["results"]] == ["WB101"]


def test_sarif_is_about_the_repository_and_lists_the_rules_that_ran(
    write: Write, wbcheck: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        "src/a.py",
        BAD + 'wandb.init(name="b_c")  # wbcheck: ignore[WB101] known\n',
    )
    (project / ".git").mkdir()
    monkeypatch.chdir(project / "src")
    (run,) = json.loads(wbcheck("check", "--select", "WB101,WB102", "--output-format", "sarif").out)["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["WB101", "WB102"]
    found = {
        (
            result["ruleId"],
            result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            *(each["justification"] for each in result["suppressions"]),
        )
        for result in run["results"]
    }
    assert {("WB101", "src/a.py"), ("WB101", "src/a.py", "known")} <= found


def test_the_hooks_of_pre_commit_work(write: Write, wbcheck: Run) -> None:
    from ruamel.yaml import YAML

    hooks = YAML(typ="safe").load(Path(__file__).parent.parent / ".pre-commit-hooks.yaml")
    assert [hook["id"] for hook in hooks] == ["wbcheck", "wbcheck-fix"]
    for hook, status, text in zip(hooks, (1, 1), (BAD, BAD.replace("my_run", "my-run")), strict=True):
        file = write("a.py", BAD)
        program, *arguments = hook["entry"].split()
        assert program == "wbcheck"
        assert wbcheck(*arguments, *ONLY, "a.py").status == status
        assert file.read_text() == text


# The other commands


def test_a_rule_is_explained(project: Path, wbcheck: Run) -> None:
    said = wbcheck("rule", "run-name-underscore")
    assert said.status == 0
    for part in ("# run-name-underscore (WB101)", "## Why it matters", "## Reported", "## Not reported"):
        assert part in said.out
    assert wbcheck("rule", "WB101").out == said.out
    (one,) = json.loads(wbcheck("rule", "WB101", "--output-format", "json").out)
    assert (one["name"], one["fix"]) == ("run-name-underscore", "safe")


def test_examples_are_shown_with_what_is_said_and_when(project: Path, wbcheck: Run) -> None:
    said = wbcheck("rule", "WB105", "WB405", "WB501", "WB601", "WB607").out
    for part in (
        "\n```\n\n> line 3: run name `exp-{}-train-on-everything` has at least 24 characters\n",
        "\nWith `limit = 24`:\n\n```python\n",
        '\nWith `required = { model = ["license", "framework"] }`:\n',
        "- `required` (table of lists of texts): ",
        "\nbeside `tracking.py`:\n\n```python\nimport wandb\n",
        "\nWith a notebook:\n",
        "\nWith wandb >=0.16.5,<0.20:\n",
    ):
        assert part in said


def test_a_house_rule_is_explained_with_its_options(
    write: Write, wbcheck: Run, house_rule: Callable[..., Path]
) -> None:
    write("pyproject.toml", '[tool.wbcheck]\nplugins = ["./house"]\n')
    house_rule("HSE001", "house-thing", "pass; yield")
    said = wbcheck("rule", "HSE001")
    assert "[tool.wbcheck.rules.house-thing]" in said.out
    assert '- `word` (text) Default: `"run"`' in said.out


def test_the_rules_are_listed(project: Path, wbcheck: Run) -> None:
    said = wbcheck("rules", "--select", "WB101")
    assert said.status == 0
    heading, line, blank, legend = said.out.splitlines()
    assert (heading, blank) == ("identity", "")
    assert line.startswith("  WB101  run-name-underscore  recommended  [*]  underscores in")
    assert legend.startswith("1 rule; [*] has a safe fix")
    listed = json.loads(wbcheck("rules", "--output-format", "json").out)
    codes = [one["code"] for one in listed]
    assert "WB101" in codes
    assert codes == sorted(codes)


def test_rules_are_held_to_their_examples(
    write: Write, wbcheck: Run, house_rule: Callable[..., Path]
) -> None:
    house_rule("HSE001", "house-thing", "pass; yield")
    said = wbcheck("test-rules", "house")
    assert said.status == 1
    assert "HSE001" in said.out


def test_the_model_is_shown(write: Write, wbcheck: Run) -> None:
    write("a.py", BAD)
    said = wbcheck("debug", "model", "a.py")
    assert said.status == 0
    assert "run #0: starts at 3:7" in said.out
    write("b.py", "import wandb\n(\n")
    said = wbcheck("debug", "model", "b.py")
    assert said.status == 1
    assert said.out.startswith("b.py:")


def test_the_model_is_shown_without_keys(write: Write, wbcheck: Run) -> None:
    write("a.py", 'import wandb\n\nwandb.login(key="0123456789abcdef0123456789abcdef01234567")\n')
    said = wbcheck("debug", "model", "a.py")
    assert "Login wandb.login" in said.out
    assert "0123456789abcdef" not in said.out


# Start-up and safety

RUN_AND_LIST = """
import sys
from wbcheck.cli import run
status = run(sys.argv[1:])
sys.stdout.flush()
print("IMPORTED", *sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
sys.exit(status)
"""


def imported(said: Said) -> set[str]:
    return set(said.err.rpartition("IMPORTED ")[2].split())


@pytest.mark.parametrize("arguments", [("--help",), ("check", "--help"), ("--version",), ("rules", "--help")])
def test_help_is_readable_and_imports_nothing_heavy(project: Path, arguments: tuple[str, ...]) -> None:
    said = separately(RUN_AND_LIST, project, *arguments)
    assert said.status == 0
    assert not imported(said) & {"libcst", "rich", "wandb", "wbcheck_rules", "multiprocessing", "pathspec"}
    assert max(len(line) for line in said.out.splitlines()) <= 100


def test_help_lists_every_command_and_heading(project: Path, wbcheck: Run) -> None:
    helped = wbcheck("--help").out
    assert all(name in helped for name in cli.COMMANDS)
    helped = wbcheck("check", "--help").out
    headings = [f"\n{name}:\n" for name in ("Rules", "Fixes", "Output", "Files", "Configuration", "Running")]
    assert all(heading in helped for heading in headings)


def test_a_tree_without_wandb_imports_no_parser(write: Write, project: Path) -> None:
    for number in range(10):
        write(f"{number}.py", "import os\n")
    said = separately(RUN_AND_LIST, project)
    assert said.out == "No findings in 10 files.\n"
    assert not imported(said) & {"libcst", "rich", "wandb", "wbcheck_rules", "multiprocessing"}


@pytest.mark.parametrize("output_format", ["concise", "json"])
def test_plain_formats_never_import_rich(write: Write, project: Path, output_format: str) -> None:
    write("a.py", BAD)
    said = separately(RUN_AND_LIST, project, "check", "--output-format", output_format)
    assert said.status == 1
    assert not imported(said) & {"rich", "wandb", "pygments"}


def test_nothing_talks_to_the_network_or_runs_what_it_checks(write: Write, project: Path) -> None:
    write("a.py", BAD + "\nopen('ran', 'w')\n")
    for number in range(10):
        write(f"{number}.py", BAD)
    block = "import socket\ndef no(*given): raise RuntimeError('a socket')\nsocket.socket = no\n"
    block += "import _socket\n_socket.socket = no\n"
    for output_format in ("full", "concise", "json"):
        said = separately(
            block + RUN_AND_LIST, project, "check", "-j", "2", *ONLY, "--output-format", output_format
        )
        assert said.status == 1
        assert "a.py" in said.out
    assert not (project / "ran").exists()


def test_isolated_imports_no_plugin(write: Write, wbcheck: Run, house_rule: Callable[..., Path]) -> None:
    write("a.py", BAD)
    write("pyproject.toml", '[tool.wbcheck]\nplugins = ["./house"]\n')
    house_rule("HSE001", "house-thing", "yield Finding(event.callee, 'ours')").write_text(
        "raise SystemExit\n"
    )
    assert wbcheck("check", *ONLY, "--isolated").status == 1


def test_progress_is_for_terminals_and_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    from wbcheck.cli import progress

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    clock = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    assert progress.progress_on(io.StringIO()) is None
    stream = Terminal()
    show = progress.progress_on(stream)
    assert show is not None
    show(1, 4)
    assert stream.getvalue() == ""
    clock[0] = 2.0
    show(2, 4)
    assert "2/4 files" in stream.getvalue()
    show(4, 4)
    assert stream.getvalue().endswith("\r\x1b[K")


# The version of wandb

GONE = "import wandb\n\nrun = wandb.init()\nprint(run.get_url())\nrun.finish()\n"


@pytest.mark.parametrize(
    ("files", "arguments", "told"),
    [
        ({}, ("--wandb-version", "0.31.0"), "`run.get_url` is gone from wandb 0.31.0"),
        ({}, ("--wandb-version", "==0.28.*"), ""),
        ({}, ("--wandb-version", ">=0.28.2,<0.30"), "`run.get_url` is gone from wandb 0.29.0"),
        ({"wbcheck.toml": 'wandb-version = "0.28.2"\n'}, (), ""),
        ({"uv.lock": '[[package]]\nname = "wandb"\nversion = "0.29.0"\n'}, (), "gone from wandb 0.29.0"),
        ({"requirements.txt": "wandb==0.28.2\n"}, (), ""),
        # A pin is a fact of the project, which no option hides; what is typed beats what is configured.
        ({"requirements.txt": "wandb==0.28.2\n"}, ("--isolated",), ""),
        ({"requirements.txt": "wandb==0.28.2\n", "wbcheck.toml": 'wandb-version = "0.29.0"\n'}, (), "0.29.0"),
        ({"wbcheck.toml": 'wandb-version = "0.28.2"\n'}, ("--wandb-version", "0.29.0"), "wandb 0.29.0"),
        ({"requirements.txt": "wandb<0.13\n"}, (), ""),
    ],
)
def test_the_projects_version_decides(
    files: dict[str, str], arguments: tuple[str, ...], told: str, write: Write, wbcheck: Run
) -> None:
    write("a.py", GONE)
    for name, text in files.items():
        write(name, text)
    said = wbcheck("check", "--select", "WB607", "--output-format", "concise", *arguments)
    assert (said.status, said.err) == (bool(told), "")
    assert told in said.out


def test_where_nothing_names_a_version_the_newest_counts(write: Write, wbcheck: Run) -> None:
    from wbcheck import sdk

    write("a.py", GONE)
    assert f"is gone from wandb {sdk.latest()}\n" in wbcheck("check", "--select", "WB607").out


@pytest.mark.parametrize(
    ("wanted", "told"),
    [("soon", "`soon` is not a version clause"), ("<0.1", "wandb is known from 0.15.0 to")],
)
def test_versions_that_make_no_sense_are_refused(wanted: str, told: str, write: Write, wbcheck: Run) -> None:
    write("a.py", GONE)
    typed = wbcheck("check", "--wandb-version", wanted)
    assert (typed.status, typed.out) == (2, "")
    assert "--wandb-version: " in typed.err
    assert told in typed.err
    write("wbcheck.toml", f'wandb-version = "{wanted}"\n')
    configured = wbcheck("check")
    assert configured.status == 2
    assert configured.err.startswith("wbcheck.toml:1:17: ")
    assert told in configured.err
