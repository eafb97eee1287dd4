"""Fixes over several places and files: a config nested with all that reads it, names changed everywhere."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from checked import findings

from wbcheck import cli

Write = Callable[[str, str], Path]


def fixed(project: Path, code: str) -> dict[str, str]:
    """The files that the unsafe fixes of a rule change; a second run changes nothing."""
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    assert cli.run(["check", "--no-cache", "--select", code, "--fix", "--unsafe-fixes", "."]) in (0, 1)
    after = {path: path.read_bytes() for path in before}
    cli.run(["check", "--no-cache", "--select", code, "--fix", "--unsafe-fixes", "."])
    assert {path: path.read_bytes() for path in before} == after
    for path, data in after.items():
        if path.suffix == ".py":
            ast.parse(data)
    return {
        path.relative_to(project).as_posix(): data.decode()
        for path, data in after.items()
        if data != before[path]
    }


def said(code: str) -> str:
    """What the fix of the only finding of a rule says that it does."""
    (found,) = findings(code)
    message: str = found["fix"]["message"]
    return message


def refusal(code: str) -> str:
    """Why the only finding of a rule is not mended, and where."""
    (found,) = findings(code)
    assert found["fix"] is None
    last = found["related"][-1]
    return f"{last['message']} ({Path(last['filename']).name}:{last['location']['row']})"


# A config that is nested

TRAIN = """
    import wandb
    from helpers import report

    config = {"lr": 0.1, "epochs": 3}
    run = wandb.init(project="texts", config=config)
    for epoch in range(config["epochs"]):
        report(epoch * run.config["lr"])
"""
SWEEP = """\
# the big one
program: train.py
method: bayes
metric: {name: val/loss, goal: minimize}
parameters:
  # as in the paper
  lr:
    min: 0.001  # not lower
    max: 0.1

  epochs:
    values: [1, 2]
early_terminate:
  type: hyperband
"""


def test_sweeps_and_other_files_go_with_a_config(project: Path, write: Write) -> None:
    write("train.py", TRAIN)
    write(
        "helpers.py",
        """
        import wandb

        def report(value):
            wandb.log({"train/x": value, "train/rate": wandb.config.get("lr", 0)})
            print(f"{wandb.config['epochs']} epochs")
        """,
    )
    write("sweep.yaml", SWEEP)
    write("late.py", "import wandb\n\napi = wandb.Api()\nruns = api.runs('a/b', filters={'config.lr': 1})\n")
    assert said("WB202") == (
        "Nest it under `params`, and read it there (3 places), also in sweep.yaml, helpers.py; "
        "left to ask for the old keys: `config.lr` in late.py"
    )
    changed = fixed(project, "WB202")
    assert sorted(changed) == ["helpers.py", "sweep.yaml", "train.py"]
    assert 'config={"params": config})' in changed["train.py"]
    assert 'range(config["epochs"])' in changed["train.py"]
    assert 'run.config["params"]["lr"]' in changed["train.py"]
    assert 'wandb.config["params"].get("lr", 0)' in changed["helpers.py"]
    assert "{wandb.config['params']['epochs']} epochs" in changed["helpers.py"]
    assert (
        changed["sweep.yaml"]
        == SWEEP.partition("  # as")[0]
        + (
            "  params:\n"
            "    parameters:\n"
            "      # as in the paper\n"
            "      lr:\n"
            "        min: 0.001  # not lower\n"
            "        max: 0.1\n"
            "\n"
            "      epochs:\n"
            "        values: [1, 2]\n"
        )
        + SWEEP[SWEEP.index("early") :]
    )
    assert findings("WB804") == []


def test_a_sweep_in_code_is_nested(project: Path, write: Write) -> None:
    write(
        "train.py",
        """
        import wandb

        SWEEP = {
            "method": "random",
            "parameters": {
                "lr": {"values": [0.1, 0.2]},  # two
            },
        }

        def train():
            with wandb.init(config={"lr": 0.1}) as run:
                run.log({"train/rate": run.config.lr})

        wandb.agent(wandb.sweep(SWEEP, project="texts"), function=train)
        """,
    )
    changed = fixed(project, "WB202")["train.py"]
    assert '    "parameters": {\n        "params": {\n            "parameters": {\n' in changed
    assert (
        '                "lr": {"values": [0.1, 0.2]},  # two\n            },\n        },\n    },\n'
        in changed
    )
    assert 'config={"params": {"lr": 0.1}}' in changed
    assert 'run.config["params"]["lr"]' in changed


def test_a_notebook_is_nested(project: Path) -> None:
    cells = [["import wandb\n", "run = wandb.init(config={'lr': 1})"], ["%time print(1)\n", "run.config.lr"]]
    book = {
        "cells": [
            {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": source}
            for source in cells
        ],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 4,
    }
    (project / "a.ipynb").write_text(json.dumps(book, indent=1))
    changed = json.loads(fixed(project, "WB202")["a.ipynb"])
    assert [cell["source"][-1] for cell in changed["cells"]] == [
        "run = wandb.init(config={'params': {'lr': 1}})",
        "run.config['params']['lr']",
    ]


READS = {
    "for key in run.config: print(key)": "what becomes of `run.config` cannot be followed (a.py:4)",
    "print('lr' in run.config)": "what becomes of `run.config` cannot be followed (a.py:4)",
    "cfg = run.config; fit(cfg)": "all of the config is read (a.py:4)",
    "fit(run.config)": "all of the config is read (a.py:4)",
    "fit(run)": "what the run is handed to may read its config (a.py:4)",
    "run.config.update({'lr': 2})": "the config is written here, too (a.py:4)",
    "run.config[fit()]": "the key that is read is not known (a.py:4)",
    "fit(dict(run.config))": "all of the config is read (a.py:4)",
    "run.config.items()": "all of the config is read (a.py:4)",
    "wandb.config = {'lr': 1}": "`wandb.config` is another object from here on (a.py:4)",
}


@pytest.mark.parametrize("line", READS)
def test_what_cannot_be_followed_is_named(line: str, project: Path, write: Write) -> None:
    start = "import wandb\nfrom training import fit\nrun = wandb.init(config={'lr': 0.1})\n"
    write("a.py", f"{start}{line}\nprint(run.config['lr'])\n")
    assert refusal("WB202") == f"not mended: {READS[line]}"
    assert fixed(project, "WB202") == {}


def test_a_read_in_another_file_that_may_be_of_another_run_is_named(project: Path, write: Write) -> None:
    write("train.py", TRAIN)
    write("other.py", "import wandb\nwandb.init(config={'params': {}})\n")
    write("helpers.py", "import wandb\ndef report(value):\n    print(wandb.config.lr)\n")
    assert refusal("WB202") == "not mended: what is read here may be of another run (helpers.py:3)"
    assert fixed(project, "WB202") == {}


PARSED = """
    import argparse
    import wandb

    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, default=0.1)
    run = wandb.init(project="texts", config=parser.parse_args())
    print(run.config.lr)
"""


def test_a_config_is_followed_under_other_names(project: Path, write: Write) -> None:
    write(
        "a.py",
        """
        import wandb

        class Trainer:
            def __init__(self, lr):
                self.run = wandb.init(project="texts", config={"lr": lr, "epochs": 3})
                self.config = self.run.config

            def fit(self):
                for epoch in range(self.config.epochs):
                    self.run.log({"train/x": self.run.config["lr"] * epoch})

        Trainer(1).fit()
        """,
    )
    write(
        "b.py",
        """
        import wandb

        def train():
            return config.lr

        config = {"lr": 1}
        wandb.init(project="texts", config=config)
        config = wandb.config
        train()
        """,
    )
    changed = fixed(project, "WB202")
    assert 'range(self.config["params"]["epochs"])' in changed["a.py"]
    assert 'self.run.config["params"]["lr"] * epoch' in changed["a.py"]
    assert 'return config["params"]["lr"]' in changed["b.py"]
    assert 'config = {"lr": 1}\nwandb.init(project="texts", config={"params": config})' in changed["b.py"]


def test_an_attribute_that_holds_the_config_is_read_elsewhere(project: Path, write: Write) -> None:
    write(
        "a.py",
        """
        import wandb

        class Trainer:
            def __init__(self, lr):
                self.run = wandb.init(project="texts", config={"lr": lr})
                self.config = self.run.config

            def told(self):
                return [key for key in self.config]
        """,
    )
    assert refusal("WB202") == "not mended: what becomes of `self.config` cannot be followed (a.py:9)"


def test_a_namespace_becomes_a_dict(project: Path, write: Write) -> None:
    write("train.py", PARSED)
    assert 'config={"params": vars(parser.parse_args())})' in fixed(project, "WB202")["train.py"]


def test_a_sweep_that_fills_the_command_line_is_named(project: Path, write: Write) -> None:
    write("train.py", PARSED)
    write("sweep.yaml", SWEEP)
    assert refusal("WB202") == (
        "not mended: its sweep gives parameters on the command line, by their names (sweep.yaml:5)"
    )
    assert fixed(project, "WB202") == {}
    write("sweep.yaml", SWEEP + "command: [python, train.py]\n")
    assert sorted(fixed(project, "WB202")) == ["sweep.yaml", "train.py"]


def test_metadata_that_is_read_stands_in_the_way(project: Path, write: Write) -> None:
    write(
        "a.py",
        """
        import wandb

        run = wandb.init(config={"lr": 0.1})
        artifact = wandb.Artifact("head", type="model", metadata=dict(run.config))
        artifact.metadata["more"] = 1
        run.log_artifact(artifact)
        """,
    )
    write("b.py", "import wandb\nrun = wandb.init()\nprint(run.use_artifact('head:latest').metadata['lr'])\n")
    assert refusal("WB202") == "not mended: what is read from metadata here may be a config (b.py:3)"
    write("b.py", "import wandb\n")
    assert "metadata=dict(run.config)" in fixed(project, "WB202")["a.py"]


def test_a_sweep_in_flow_style_is_named(project: Path, write: Write) -> None:
    write("train.py", TRAIN.replace("report(", "print("))
    write("sweep.yaml", "program: train.py\nmethod: random\nparameters: {lr: {values: [1, 2]}}\n")
    assert refusal("WB202") == "not mended: the parameters of its sweep cannot be nested (sweep.yaml:3)"
    assert fixed(project, "WB202") == {}


def test_strays_are_not_moved_past_a_read_of_the_dict(project: Path, write: Write) -> None:
    write(
        "a.py",
        """
        import wandb
        from training import fit

        raw = {"params": {"lr": 0.1}, "seed": 1}
        run = wandb.init(config=raw)
        fit(raw)
        """,
    )
    assert refusal("WB203") == "not mended: what becomes of `raw` cannot be followed (a.py:6)"


def test_strays_are_moved_with_their_lines(project: Path, write: Write) -> None:
    write(
        "a.py",
        """
        import wandb

        raw = {
            "params": {
                "lr": 0.1
            },
            # what the dice begin with
            "seed": 1,  # always
        }
        seed = raw["seed"]
        run = wandb.init(config=raw)
        print(run.config["seed"])
        """,
    )
    changed = fixed(project, "WB203")["a.py"]
    assert changed == (
        "import wandb\n\n"
        "raw = {\n"
        '    "params": {\n'
        '        "lr": 0.1,\n'
        "        # what the dice begin with\n"
        '        "seed": 1,  # always\n'
        "    },\n"
        "}\n"
        'seed = raw["params"]["seed"]\n'
        "run = wandb.init(config=raw)\n"
        'print(run.config["params"]["seed"])\n'
    )


# A name that is changed everywhere


def test_an_artifact_is_renamed_wherever_it_is_asked_for(project: Path, write: Write) -> None:
    write(
        "clean.py",
        """
        import wandb

        with wandb.init(project="texts", job_type="clean") as run:
            artifact = wandb.Artifact("clean_data", type="dataset")
            artifact.add_file("clean_data.csv")
            run.log_artifact(artifact)
        """,
    )
    write(
        "train.py",
        """
        import argparse
        import wandb

        parser = argparse.ArgumentParser()
        parser.add_argument("--data", default="clean_data:latest")  # clean_data:latest is the newest
        args = parser.parse_args()
        with wandb.init(project="texts", job_type="train") as run:
            path = run.use_artifact(args.data).download()
            old = run.use_artifact("team/texts/clean_data:v3")
        """,
    )
    write("conf/data.yaml", "text: 1\n")
    write("data.yaml", "# clean_data:v1 was bad\ndata: 'clean_data:latest'\npath: clean_data.csv\n")
    assert said("WB401") == (
        "Call it `clean-data`, in all 4 places, also in train.py, data.yaml; "
        "`:v3` must be logged anew under this name"
    )
    changed = fixed(project, "WB401")
    assert sorted(changed) == ["clean.py", "data.yaml", "train.py"]
    assert 'wandb.Artifact("clean-data", type' in changed["clean.py"]
    assert 'add_file("clean_data.csv")' in changed["clean.py"]
    assert 'default="clean-data:latest")  # clean_data:latest is the newest' in changed["train.py"]
    assert 'use_artifact("team/texts/clean-data:v3")' in changed["train.py"]
    assert changed["data.yaml"] == (
        "# clean_data:v1 was bad\ndata: 'clean-data:latest'\npath: clean_data.csv\n"
    )


def test_a_text_that_may_be_an_artifact_s_name_stands_in_the_way(project: Path, write: Write) -> None:
    start = 'import wandb\nrun = wandb.init(project="texts")\n'
    write("a.py", start + 'run.log_artifact(wandb.Artifact("clean_data", type="dataset"))\n')
    write("b.py", start + 'FOLDERS = ["clean_data"]\n')
    assert refusal("WB401") == "not mended: `clean_data` may mean the artifact here, or not (b.py:3)"
    assert fixed(project, "WB401") == {}


def test_two_artifacts_do_not_become_one(project: Path, write: Write) -> None:
    start = 'import wandb\nrun = wandb.init(project="texts")\n'
    write("a.py", start + 'run.log_artifact(wandb.Artifact("clean_data", type="dataset"))\n')
    write("b.py", start + 'run.log_artifact(wandb.Artifact("clean-data", type="dataset"))\n')
    assert refusal("WB401") == "not mended: another artifact is called `clean-data` (b.py:3)"


def test_a_notebook_s_artifact_is_renamed_with_a_script_s_reference(project: Path, write: Write) -> None:
    source = [
        "import wandb\n",
        "run = wandb.init()\n",
        "run.log_artifact('a.csv', name='my_data', type='dataset')",
    ]
    cell: dict[str, Any] = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
    cell["source"] = source
    book = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    (project / "a.ipynb").write_text(json.dumps(book, indent=1))
    write("b.py", "import wandb\nrun = wandb.init()\nrun.use_artifact('my_data:latest')\n")
    changed = fixed(project, "WB401")
    assert "name='my-data', type" in changed["a.ipynb"]
    assert "run.use_artifact('my-data:latest')" in changed["b.py"]


# A metric that is renamed


def test_a_metric_is_renamed_in_sweeps_summaries_and_definitions(project: Path, write: Write) -> None:
    write(
        "train.py",
        """
        import wandb
        from helpers import best

        with wandb.init(project="texts", job_type="train") as run:
            run.define_metric("val_loss", summary="min")
            for epoch in range(3):
                run.log({"epoch": epoch, "val_loss": 0.1})
            best()
        """,
    )
    write("helpers.py", "import wandb\n\ndef best():\n    print(wandb.run.summary['val_loss'])\n")
    sweep = SWEEP.replace(
        "{name: val/loss, goal: minimize}", "\n  goal: minimize\n  name: val_loss  # the best"
    )
    write("sweep.yaml", sweep)
    write("late.py", "import wandb\nwandb.Api().runs('a/b', order='-summary_metrics.val_loss')\n")
    assert said("WB301") == (
        "Log it as `val/loss`, also in helpers.py, sweep.yaml; "
        "left to ask for the old name: `-summary_metrics.val_loss` in late.py"
    )
    changed = fixed(project, "WB301")
    assert sorted(changed) == ["helpers.py", "sweep.yaml", "train.py"]
    assert changed["sweep.yaml"] == sweep.replace("val_loss", "val/loss")
    assert "wandb.run.summary['val/loss']" in changed["helpers.py"]
    assert changed["train.py"].count('"val/loss"') == 2
    assert "val_loss" not in changed["train.py"]


def test_a_goal_in_quotes_keeps_them(project: Path, write: Write) -> None:
    write("train.py", "import wandb\nrun = wandb.init(job_type='train')\nrun.log({'loss': 1})\n")
    write("sweep.yaml", SWEEP.replace("{name: val/loss, goal: minimize}", "{'name': 'loss', goal: minimize}"))
    assert "metric: {'name': 'train/loss', goal: minimize}\n" in fixed(project, "WB301")["sweep.yaml"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (
            "wandb.Api().run('a/b/c').history(keys=['val_loss'])",
            "what is asked for here goes by the old name",
        ),
        ("data = {'val_loss': 1}; run.log(data); print(data['val_loss'])", "`val_loss` is read here, too"),
    ],
)
def test_a_metric_that_is_asked_for_keeps_its_name(line: str, why: str, project: Path, write: Write) -> None:
    write("a.py", f"import wandb\nrun = wandb.init()\nrun.log({{'val_loss': 1}})\n{line}\n")
    found = findings("WB301")
    assert [each["fix"] for each in found] == [None] * len(found)
    assert f"not mended: {why}" in {each["message"] for one in found for each in one["related"]}
    assert fixed(project, "WB301") == {}


def test_a_report_that_names_a_metric_is_told(project: Path, write: Write) -> None:
    write("a.py", "import wandb\nrun = wandb.init()\nrun.log({'val_loss': 1})\n")
    write(
        "report.py",
        "import wandb\nimport wandb_workspaces.reports.v2 as wr\n\nwr.LinePlot(x='Step', y=['val_loss'])\n",
    )
    assert said("WB301") == ("Log it as `val/loss`; left to ask for the old name: `val_loss` in report.py")


def test_a_helper_s_definition_may_be_of_another_run(project: Path, write: Write) -> None:
    for name in ("a.py", "b.py"):
        write(name, f"import wandb\nrun = wandb.init(name={name!r})\nrun.log({{'val_loss': 1}})\n")
    write("helpers.py", "import wandb\ndef define():\n    wandb.define_metric('val_loss', summary='min')\n")
    found = findings("WB301")
    assert [each["fix"] for each in found] == [None, None]
    assert found[0]["related"][-1]["message"] == "not mended: the metric may be another run's here"


def test_a_nested_dict_s_metrics_are_named_alike(project: Path, write: Write) -> None:
    write(
        "a.py",
        """
        import wandb

        run = wandb.init(project="texts")
        run.define_metric("train.loss", summary="min")
        run.log({"train": {"loss": 0.1}})
        """,
    )
    changed = fixed(project, "WB311")["a.py"]
    assert 'define_metric("train/loss", summary="min")' in changed
    assert 'run.log({"train/loss": 0.1})' in changed


# Fixes that depend on one another


def test_what_is_read_from_the_config_is_read_where_it_has_been_moved(project: Path, write: Write) -> None:
    write(
        "a.py",
        """
        import wandb
        from training import AdamW

        config = {"lr": 0.1, "epochs": 3}
        run = wandb.init(project="texts", config=config)
        for epoch in range(config["epochs"]):
            AdamW(lr=0.1)
        """,
    )
    changed = fixed(project, "WB202,WB206,WB216")["a.py"]
    assert 'config={"params": config})' in changed
    assert 'range(run.config["params"]["epochs"])' in changed
    assert 'AdamW(lr=run.config["params"]["lr"])' in changed


def test_a_metric_is_declared_as_it_is_called_in_the_end(project: Path, write: Write) -> None:
    write(
        "a.py",
        """
        import wandb

        with wandb.init(project="texts", job_type="train") as run:
            for epoch in range(3):
                run.log({"epoch": epoch, "val_loss": 0.1})
        """,
    )
    changed = fixed(project, "WB301,WB318")["a.py"]
    assert 'run.log({"epoch": epoch, "val/loss": 0.1})' in changed
    assert "val_loss" not in changed
    assert 'run.define_metric("val/' in changed


def test_a_helper_of_the_project_that_reads_no_config_may_be_handed_the_run(
    project: Path, write: Write
) -> None:
    write("helpers.py", "import wandb\ndef report(run: wandb.Run):\n    run.log({'train/x': 1})\n")
    write(
        "a.py",
        "import wandb\nfrom helpers import report\nrun = wandb.init(config={'lr': 0.1})\nreport(run)\n",
    )
    assert "config={'params': {'lr': 0.1}}" in fixed(project, "WB202")["a.py"]


# Words that others ask for


def test_an_alias_and_a_type_are_asked_for_by_their_new_names(project: Path, write: Write) -> None:
    write(
        "a.py",
        """
        import wandb

        with wandb.init(project="texts", job_type="clean") as run:
            mails = wandb.Artifact("mails", type="raw_data")
            run.log_artifact(mails, aliases=["hand_checked"])
        """,
    )
    write(
        "b.py",
        """
        import wandb

        with wandb.init(project="texts", job_type="train") as run:
            run.use_artifact("mails:hand_checked", type="raw_data")
            run.use_artifact("team/sounds/birds:hand_checked")
        wandb.Api().artifacts("raw_data", "mails")
        """,
    )
    told = [each["fix"]["message"] for each in findings("WB417")]
    assert told == [
        (
            "Write `-` for `_`, also in b.py; what is logged already keeps the old type; "
            "left to ask for the old word: `raw_data` in b.py"
        ),
        "Write `-` for `_`, also in b.py",
    ]
    changed = fixed(project, "WB417")
    assert 'type="raw-data"' in changed["a.py"]
    assert 'aliases=["hand-checked"]' in changed["a.py"]
    assert 'use_artifact("mails:hand-checked", type="raw-data")' in changed["b.py"]
    assert 'use_artifact("team/sounds/birds:hand_checked")' in changed["b.py"]


def test_keys_that_are_looked_up_as_numbers_stay_numbers(project: Path, write: Write) -> None:
    write(
        "a.py",
        """
        import wandb

        run = wandb.init(config={"params": {}, "names": {0: "ham"}})
        print(run.config["names"][0])
        """,
    )
    assert refusal("WB214") == "not mended: a value is looked up here by a key that may be a number (a.py:4)"
    assert fixed(project, "WB214") == {}


def test_who_asks_for_the_history_of_a_single_value_is_told(project: Path, write: Write) -> None:
    write(
        "a.py",
        """
        import wandb

        with wandb.init(project="texts", job_type="clean") as run:
            run.log({"clean/rows": 5})
        """,
    )
    write("b.py", "import wandb\nwandb.Api().run('a/b/c').history(keys=['clean/rows'])\n")
    assert said("WB321") == ("Write it into the summary; left to ask for its history: `clean/rows` in b.py")
    assert 'run.summary.update({"clean/rows": 5})' in fixed(project, "WB321")["a.py"]


def test_another_project_s_type_stays(project: Path, write: Write) -> None:
    start = "import wandb\nrun = wandb.init(project='texts')\n"
    write("a.py", start + "run.log_artifact(wandb.Artifact('mails', type='raw_data'))\n")
    write("b.py", start + "run.use_artifact('team/birds/songs:v0', type='raw_data')\n")
    assert sorted(fixed(project, "WB417")) == ["a.py"]


@pytest.mark.parametrize(
    ("made", "asked", "why"),
    [
        ("aliases=[f'epoch_{run.id}']", "run.use_artifact('mails:epoch_3')", "this may ask for it"),
        ("aliases=['big_one']", "run.use_artifact('birds:big_one')", ""),
    ],
)
def test_aliases_that_may_be_meant(made: str, asked: str, why: str, project: Path, write: Write) -> None:
    start = "import wandb\nrun = wandb.init(project='texts')\n"
    write("a.py", f"{start}run.log_artifact(wandb.Artifact('mails', type='dataset'), {made})\n")
    write("b.py", f"{start}{asked}\n")
    if why:
        assert refusal("WB417") == f"not mended: {why} (b.py:3)"
    else:
        assert sorted(fixed(project, "WB417")) == ["a.py"]


def test_a_collection_that_is_named_elsewhere_stays(project: Path, write: Write) -> None:
    start = "import wandb\nrun = wandb.init(project='texts')\n"
    write(
        "a.py",
        start
        + "model = run.use_artifact('head:v1')\nrun.link_artifact(model, 'wandb-registry-model/big_head')\n",
    )
    write("b.py", start + "run.use_artifact('wandb-registry-model/big_head:v1')\n")
    assert refusal("WB417") == "not mended: this may be the collection (b.py:3)"
    write("b.py", start)
    assert "'wandb-registry-model/big-head'" in fixed(project, "WB417")["a.py"]


# What must not be lost


def test_what_is_spread_beside_strays_stands_in_the_way(project: Path, write: Write) -> None:
    write(
        "train.py",
        """
        import wandb
        from base import BASE

        wandb.init(config={"params": {"lr": 0.1}, "seed": 3, **BASE})
        """,
    )
    assert fixed(project, "WB203") == {}
    assert refusal("WB203").startswith(
        "not mended: its entries cannot be moved apart from what stands beside them"
    )


@pytest.mark.parametrize(
    ("code", "row", "name"),
    [
        ("WB303", '{"/x": 1, "x/": 2}', "x"),
        ("WB303", '{"train//loss": 1, "train_loss": 2}', "train/loss"),
        ("WB301", '{"train_loss": 1, "train-loss/": 2}', "train/loss"),
        ("WB302", '{"val/f1 score": 1, "val/f1.score": 2}', ""),
        ("WB311", '{"train": {"loss": 1}, "train_loss": 2}', "train/loss"),
    ],
)
def test_two_metrics_do_not_become_one(code: str, row: str, name: str, project: Path, write: Write) -> None:
    write("train.py", f"import wandb\n\nrun = wandb.init()\nrun.log({row})\n")
    assert fixed(project, code) == {}
    for found in findings(code) if name else ():
        assert [each["message"] for each in found["related"]] == [
            f"not mended: two metrics would be called `{name}`"
        ]


@pytest.mark.parametrize(
    ("calls", "why"),
    [
        ('run.log({"a/b": 1})\n    x()\n    run.log({"a/b": 2})', "both calls log `a/b`"),
        (
            'run.log({"a/b": 1}, commit=True)\n    run.log({"a/c": 2})',
            "a row of its own is asked for by `commit=`",
        ),
    ],
)
def test_a_row_is_not_held_open_for_what_would_replace_it(
    calls: str, why: str, project: Path, write: Write
) -> None:
    write("train.py", f"import wandb\n\nrun = wandb.init()\nfor i in range(3):\n    {calls}\n")
    assert fixed(project, "WB306") == {}
    assert refusal("WB306").startswith(f"not mended: {why}")


def test_a_row_that_is_held_open_counts_with_the_next_ones(project: Path, write: Write) -> None:
    write(
        "train.py",
        """
        import wandb

        run = wandb.init()
        for i in range(3):
            run.log({"a/b": 1})
            x()
            run.log({"a/c": 2})
            run.log({"a/b": 3})
        """,
    )
    assert fixed(project, "WB306")["train.py"].count("commit=False") == 1
    assert refusal("WB306").startswith("not mended: both calls log `a/b`")


def test_a_comment_behind_a_change_of_the_config_stays(project: Path, write: Write) -> None:
    write("train.py", 'import wandb\n\nrun = wandb.init()\nrun.config.update({"lr": 1})  # tuned\n')
    assert fixed(project, "WB204")["train.py"].endswith('run = wandb.init(config={"lr": 1})  # tuned\n')


def test_a_sweep_s_parameter_keeps_the_comment_above_it(project: Path, write: Write) -> None:
    write(
        "train.py",
        """
        import wandb

        run = wandb.init(config={"params": {"lr": 1, "bs": 2}})
        print(run.config["params"]["lr"], run.config["params"]["bs"])
        """,
    )
    write(
        "sweep.yaml",
        """
        program: train.py
        method: bayes
        metric: {name: val/loss, goal: minimize}
        parameters:
          # how fast
          lr: {values: [1, 2]}  # or less

          bs: {values: [1, 2]}
        """,
    )
    assert fixed(project, "WB804")["sweep.yaml"].endswith(
        "parameters:\n  params:\n    parameters:\n      # how fast\n      lr: {values: [1, 2]}  # or less\n\n"
        "      bs: {values: [1, 2]}\n"
    )


def test_kwargs_that_have_a_name_are_put_under_the_tracker_in_the_call(project: Path, write: Write) -> None:
    write(
        "train.py",
        """
        from accelerate import Accelerator

        accelerator = Accelerator(log_with="wandb")
        KWARGS = {"name": "x"}
        accelerator.init_trackers("texts", init_kwargs=KWARGS)
        accelerator.init_trackers("texts", init_kwargs={"name": "x", **more})
        """,
    )
    assert 'init_kwargs={"wandb": KWARGS}' in fixed(project, "WB709")["train.py"]
    assert [each["fix"] for each in findings("WB709")] == [None]


def test_a_metric_is_asked_of_the_summary_by_its_new_name(project: Path, write: Write) -> None:
    write(
        "train.py",
        """
        import wandb

        run = wandb.init()
        run.log({"val-acc": 2})
        print(run.summary.get("val-acc"), wandb.summary.get("val-acc", 0), run.summary["val-acc"])
        """,
    )
    assert fixed(project, "WB301")["train.py"].count("val/acc") == 4
    write(
        "train.py", 'import wandb\n\nrun = wandb.init()\nrun.log({"val-acc": 2})\n"val-acc" in run.summary\n'
    )
    assert fixed(project, "WB301") == {}
    assert refusal("WB301") == "not mended: `val-acc` is read here, too (train.py:5)"


def test_who_reads_the_old_key_of_runs_on_record_is_told(project: Path, write: Write) -> None:
    write("train.py", 'import wandb\n\nwandb.init(config={"lr": 1})\n')
    write(
        "query.py",
        """
        import wandb

        for run in wandb.Api().runs("me/texts"):
            print(run.config["lr"])
        """,
    )
    assert said("WB202") == "Nest it under `params`; left to ask for the old keys: `config.lr` in query.py"


@pytest.mark.parametrize("change", ['config["params"]["lr"] = 2', 'config["params"].update(lr=2)'])
def test_what_is_changed_after_the_start_is_not_read_from_the_run(
    change: str, project: Path, write: Write
) -> None:
    code = 'import wandb\n\nconfig = {"params": {"lr": 1}}\nrun = wandb.init(config=config)\n'
    code += 'print(config["params"]["lr"])\n'
    write("train.py", code)
    assert "run.config" in fixed(project, "WB206")["train.py"]
    write("train.py", code.replace("print", f"{change}\nprint"))
    assert fixed(project, "WB206") == {}
    assert refusal("WB206") == "not mended: `config` is changed here (train.py:5)"
