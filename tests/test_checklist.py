"""The checklist of runs: its answers, its formats, its page in a real browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from browser import opened

from wbcheck import cli
from wbcheck.checklist import ITEMS, SECTIONS
from wbcheck.registry import codes
from wbcheck.report.checklist import FORMATS

Write = Callable[[str, str], Path]
GOOD = """
    import time

    import wandb

    CONFIG = {"params": {"lr": 0.1, "source": "mails:v3"}, "meta": {"task": "phishing"}}
    with wandb.init(
        project="texts",
        name=f"exp-003-train-{int(time.time())}",
        group="exp-003",
        job_type="train",
        tags=["nlp"],
        notes="The baseline.",
        config=CONFIG,
    ) as run:
        folder = run.use_artifact(run.config["params"]["source"]).download()
        run.define_metric("epoch")
        run.define_metric("train/*", step_metric="epoch")
        for epoch in range(3):
            run.log({"epoch": epoch, "train/loss": 0.1})
        head = wandb.Artifact(
            "head",
            type="model",
            description="The baseline's head",
            metadata={
                "base_model": "none",
                "dataset": "mails:v3",
                "best_metric": 0.9,
                "framework": "sklearn",
                "config": dict(run.config),
            },
        )
        head.add_dir(folder)
        run.log_artifact(head)
        run.log({"train/errors": wandb.Table(columns=["text"], data=[["a"]])})
    """


@pytest.fixture(autouse=True)
def root(write: Write) -> None:
    write("pyproject.toml", "")


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    status = cli.run(["report", "--isolated", "--no-cache", "-q", *words])
    out, err = capsys.readouterr()
    assert (status, err) == (0, "")
    return out


def answers(capsys: pytest.CaptureFixture[str], number: int = 0) -> dict[str, str]:
    """The answers for one run by the names of the items."""
    report = json.loads(printed(capsys, "--format", "json"))
    return {cell["name"]: cell["answer"] for cell in report["runs"][number]["checklist"]}


def test_a_run_as_the_guide_wants_it(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write("train.py", GOOD)
    assert set(answers(capsys).values()) == {"yes"}


def test_a_bare_run(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write(
        "train.py",
        """
        import wandb

        with wandb.init() as run:
            run.log({"loss": 0.1})
        """,
    )
    found = answers(capsys)
    assert [name for name, answer in found.items() if answer == "no"] == [
        "project",
        "name",
        "group",
        "job type",
        "tags",
        "given",
        "params and meta",
        "namespaced metrics",
    ]
    assert [name for name, answer in found.items() if answer == "yes"] == ["summary"]
    assert "unknown" not in found.values()


def test_what_cannot_be_told_is_unknown(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write(
        "train.py",
        """
        import json
        import wandb

        given = json.load(open("run.json"))
        with wandb.init(project="texts", config=given["config"], **given["run"]) as run:
            run.log(given["metrics"])
        """,
    )
    found = answers(capsys)
    assert [name for name, answer in found.items() if answer == "unknown"] == [
        "name",
        "group",
        "job type",
        "tags",
        "params and meta",
        "namespaced metrics",
    ]
    assert found["project"] == found["given"] == "yes"


@pytest.mark.parametrize(
    ("old", "new", "item", "code"),
    [
        ('f"exp-003-train-{int(time.time())}"', '"exp_003"', "name", "WB101"),
        ('job_type="train"', 'job_type="training"', "job type", "WB109"),
        ('"params": {"lr"', '"args": {"lr"', "params and meta", ""),
        ('run.use_artifact(run.config["params"]["source"]).download()', '"x"', "inputs declared", "WB501"),
        ('description="The baseline\'s head",', "", "description", "WB404"),
        ('"train/loss": 0.1', '"loss": 0.1', "namespaced metrics", "WB301"),
    ],
)
def test_a_finding_says_no(
    write: Write, capsys: pytest.CaptureFixture[str], old: str, new: str, item: str, code: str
) -> None:
    assert old in GOOD
    write("train.py", GOOD.replace(old, new))
    report = json.loads(printed(capsys, "--format", "json"))
    (cell,) = (each for each in report["runs"][0]["checklist"] if each["name"] == item)
    assert cell["answer"] == "no"
    assert not code or code in [found["code"] for found in cell["findings"]]


def test_a_rule_that_is_switched_off_is_not_asked(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write("train.py", GOOD.replace('job_type="train"', 'job_type="training"'))
    write("wbcheck.toml", 'ignore = ["WB109", "WB103"]\n')
    assert cli.run(["report", "--no-cache", "--format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    (cell,) = (each for each in report["runs"][0]["checklist"] if each["name"] == "job type")
    assert cell["answer"] == "yes"


def test_a_run_that_a_helper_starts_is_asked_where_it_is_used(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    write(
        "tools.py",
        """
        import wandb

        def begin(job):
            return wandb.init(project="texts", job_type=job)
        """,
    )
    for name in ("clean", "split"):
        write(
            f"{name}.py",
            f"""
            from tools import begin

            with begin("{name}") as run:
                run.log({{"{name}/rows": 3}})
            """,
        )
    report = json.loads(printed(capsys, "--format", "json"))
    assert [(run["title"], run["locations"][0]["filename"]) for run in report["runs"]] == [
        ("clean", "clean.py"),
        ("split", "split.py"),
    ]
    assert answers(capsys)["project"] == "yes"
    assert answers(capsys)["group"] == "no"


def test_nothing_is_asked_of_checkpoints_that_frameworks_log(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    write(
        "train.py",
        """
        from lightning.pytorch.loggers import WandbLogger

        logger = WandbLogger(project="texts", log_model=True)
        """,
    )
    found = answers(capsys)
    assert found["outputs logged"] == "yes"
    assert found["metadata"] == found["description"] == found["type"] == "-"


def test_every_rule_of_the_checklist_exists() -> None:
    assert {code for item in ITEMS for code in item.codes} <= set(codes())
    assert len({(item.section, item.name) for item in ITEMS}) == len(ITEMS)


# Formats


def test_the_table(write: Write, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    write("train.py", GOOD)
    write("bare.py", "import wandb\n\nrun = wandb.init()\nrun.finish()\n")
    lines = [line.split() for line in printed(capsys).splitlines()]
    assert lines[1][: 1 + len(SECTIONS)] == ["run", *SECTIONS]
    rows = [line for line in lines if line]
    assert ["train", "6/6", "2/2", "2/2", "3/3", "4/4"] in rows
    assert ["run", "0/5", "0/2", "-", "-", "-"] in [row[:6] for row in rows]
    assert ["set-up", "group", "1/2", "WB107", "WB119"] in lines


def test_in_a_narrow_terminal_runs_stand_below_each_other(
    write: Write, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "44")
    write("bare.py", "import wandb\n\nrun = wandb.init()\nrun.finish()\n")
    lines = printed(capsys).splitlines()
    assert lines[:6] == [
        "run",
        "bare.py:3",
        "  set-up 0/5, config 0/2, lineage -,",
        "  metadata -, logging -",
        "  does not hold: project, name, group, job",
        "  type, tags, given, params and meta",
    ]
    assert max(map(len, lines)) <= 44


def test_markup_in_names_is_only_text(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write("a.py", 'import wandb\n\nrun = wandb.init(name="[bold]<b>x</b>[/]")\nrun.finish()\n')
    assert "[bold]<b>x</b>[/]" in printed(capsys)
    assert "<b>x" not in printed(capsys, "--format", "html")


def test_a_project_without_runs(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write("a.py", "import wandb\n\nwandb.login()\n")
    assert printed(capsys) == "no run is started here\n"


def test_secrets_are_masked(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    key = "0123456789abcdef" * 2 + "01234567"
    write("a.py", f'import wandb\n\nrun = wandb.init(name="{key}", job_type="{key}")\nrun.finish()\n')
    for output_format in FORMATS:
        assert key not in printed(capsys, "--format", output_format)


def test_the_formats_are_those_of_the_command() -> None:
    from wbcheck.cli.report import FORMATS as OFFERED

    assert tuple(FORMATS) == OFFERED


def test_the_page_in_a_browser(write: Write, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write("train.py", GOOD.replace('job_type="train"', 'job_type="training"'))
    printed(capsys, "--format", "html", "-o", "report.html")
    page = project / "report.html"
    with opened(page) as browsing:
        shown = browsing.page
        assert browsing.requests == [page.as_uri()]
        assert shown.locator("tbody tr").count() == 1
        assert shown.locator("tbody td").count() == len(ITEMS)
        cell: Any = shown.locator("td.no[title*='WB109']")
        assert "training" in cell.get_attribute("title")
        shown.click("tbody button")
        shown.wait_for_selector("[data-selected=r0]")
        assert "WB109" in shown.inner_text(".detail")
        assert browsing.complaints == []
