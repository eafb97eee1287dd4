"""What fixes of a run's identity and life say: who asks for the old form, what else reads a text, why not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest
from checked import findings

Write = Callable[[str, str], Path]


def fixes(code: str) -> list[tuple[str, str]]:
    """Of each finding of a rule what its fix says, and how safe it is."""
    return [(each["fix"]["message"], each["fix"]["applicability"]) for each in findings(code)]


QUERY = """
    import wandb

    api = wandb.Api()
    runs = api.runs("me/my_texts", filters={"group": "exp_003", "tags": {"$in": ["bug_fix"]}})
    more = api.runs("me/my_texts", filters={"jobType": "training", "display_name": "exp_003_train"})
    last = api.runs("me/texts", filters={"group": "the first"})
"""
LEFT = "; left to ask for the old one: "


@pytest.mark.parametrize(
    ("code", "argument", "told", "asked"),
    [
        ("WB107", 'group="exp_003"', "Write `-` for `_` in the group", "exp_003"),
        ("WB111", 'tags=["bug_fix"]', "Write `-` for `_` in the tag", "bug_fix"),
        ("WB109", 'job_type="training"', "Write `train`", "training"),
        ("WB113", 'project="my_texts"', "Write `-` for `_` in the project", "me/my_texts"),
        ("WB101", 'name="exp_003_train"', "Write `-` for `_` in the run name", "exp_003_train"),
        ("WB120", 'group="the first"', "Write `-` for the blanks in the group", "the first"),
    ],
)
def test_queries_that_ask_for_the_old_form_are_named(
    write: Write, code: str, argument: str, told: str, asked: str
) -> None:
    write("train.py", f"import wandb\n\nwandb.init({argument})\n")
    assert [message for message, _ in fixes(code)] == [told]
    write("query.py", QUERY)
    assert fixes(code) == [(f"{told}{LEFT}`{asked}` in query.py", "unsafe")]


def test_a_name_that_nothing_asks_for_is_safe(write: Write) -> None:
    write("train.py", "import wandb\n\nwandb.init(name='exp_004')\n")
    write("query.py", QUERY)
    assert fixes("WB101") == [("Write `-` for `_` in the run name", "safe")]


def test_other_places_of_a_project_are_named(write: Write) -> None:
    write("train.py", "import wandb\n\nwandb.init(project='my_texts')\n")
    write(
        "eval.py",
        """
        import wandb

        with wandb.init(project="other") as run:
            run.use_artifact("me/my_texts/m:v1")
        """,
    )
    write("split.py", "import wandb\n\nwandb.init(project='my_texts')\n")
    told = (
        "Write `-` for `_` in the project; to mend together with {}" + f"{LEFT}`me/my_texts/m:v1` in eval.py"
    )
    assert [message for message, _ in fixes("WB113")] == [told.format("train.py"), told.format("split.py")]


def test_defaults_and_variables_that_name_a_project_are_named(write: Write) -> None:
    write("a.py", "import wandb\n\nwandb.init(project='my_texts')\n")
    write(
        "b.py",
        """
        import argparse
        import wandb

        SETTINGS = {"entity": "me", "project": "my_texts", "folder": "my_texts"}
        parser = argparse.ArgumentParser()
        parser.add_argument("--project", type=str, default="my_texts")

        def compare(entity: str, wandb_project: str = "my_texts", title="my_texts"):
            wandb.Api().runs(f"{entity}/{wandb_project}", order="-created_at")
        """,
    )
    write("run.sh", "export WANDB_RUN_PATH=me/my_texts/x1\n")
    (message, _), *_ = fixes("WB113")
    assert message == (
        f"Write `-` for `_` in the project{LEFT}`WANDB_RUN_PATH=me/my_texts/x1` in run.sh, `my_texts` in b.py"
    )


def test_what_is_mended_is_not_named_as_left(write: Write) -> None:
    write("a.py", "import wandb\n\nPROJECT = 'my_texts'\nwandb.init(project=PROJECT)\n")
    assert fixes("WB113") == [("Write `-` for `_` in the project", "unsafe")]


def test_what_a_project_of_a_new_name_lacks_is_named(write: Write) -> None:
    write(
        "train.py",
        """
        import wandb

        with wandb.init(project="my_texts") as run:
            run.use_artifact("mails:v3")
            run.use_artifact("me/other/words:v1")
        """,
    )
    told = "; a new project has no `mails:v3` in train.py until it is logged there"
    assert fixes("WB113") == [(f"Write `-` for `_` in the project{told}", "unsafe")]


def test_a_run_that_is_named_like_something_else_in_its_settings_keeps_its_name(write: Write) -> None:
    write("a.yaml", "wandb:\n  run_name: house/model-1_6b\nmodel:\n  path: house/model-1_6b  # ours\n")
    (found,) = findings("WB101")
    assert found["fix"] is None
    assert found["related"][-1]["message"] == (
        "not mended: the same text stands here, and is no name of W&B's"
    )


def test_what_else_reads_a_text_is_told(write: Write) -> None:
    write(
        "train.py",
        """
        import wandb
        from training import writer

        name = "exp_003"
        run = wandb.init(name=name)
        writer(f"runs/{name}")
        """,
    )
    told = "Write `-` for `_` in the run name; `name` is read in 1 other place, too"
    assert fixes("WB101") == [(told, "unsafe")]


@pytest.mark.parametrize(
    ("code", "files", "said"),
    [
        (
            "WB118",
            {
                "a.py": "wandb.init('texts')\n",
                "b.py": "wandb.Api().run('texts/uncategorized/x1')\n",
            },
            f"Give it as the project{LEFT}`texts/uncategorized/x1` in b.py",
        ),
        (
            "WB613",
            {
                "a.py": "import os\nos.environ['WANDB_DISABLED'] = 'true'\nwandb.init()\n",
                "b.py": "import os\ndel os.environ['WANDB_DISABLED']\n",
            },
            "Set `WANDB_MODE`; `WANDB_DISABLED` is taken back in b.py",
        ),
        (
            "WB704",
            {
                "a.py": "import os\nos.environ['WANDB_LOG_MODEL'] = 'true'\n",
                "b.py": "import os\nprint(os.environ['WANDB_LOG_MODEL'])\n",
            },
            "Set it to `end`; `WANDB_LOG_MODEL` is read in b.py",
        ),
        (
            "WB804",
            {
                "a.py": """
                def trial():
                    with wandb.init(config={"params": {"lr": 0.1}}) as run:
                        run.log({"train/rate": run.config["params"]["lr"]})
                sweep = {"method": "random", "parameters": {"lr": {"values": [1, 2]}}}
                wandb.agent(wandb.sweep(sweep), function=trial)
                """,
                "b.py": "wandb.Api().runs('a/b', filters={'config.lr': 1}, order='-config.lr')\n",
            },
            "Nest them in `params`; left to ask for the old keys: `-config.lr` in b.py, `config.lr` in b.py",
        ),
        (
            "WB808",
            {
                "a.py": """
                runs = wandb.Api().runs("me/texts")
                print(runs[0].name, len(runs))
                for run in runs:
                    print(run.name)
                """
            },
            "Begin with the newest; `runs` is in that order wherever it is used (1 more)",
        ),
    ],
)
def test_an_unsafe_fix_names_what_depends_on_the_old_form(
    write: Write, code: str, files: dict[str, str], said: str
) -> None:
    for name, text in files.items():
        write(name, f"import wandb\n{dedent(text)}")
    assert fixes(code) == [(said, "unsafe")]


AROUND = "Write `with ...:` around the rest of the block"


@pytest.mark.parametrize(
    ("rest", "why"),
    [
        ("run.log({})\n    do()", AROUND),
        ("run.log({})\n    wandb.init(project='more')\n    do()", AROUND),
        ("run.log({})\n    return run", "the run is returned here"),
        ("run.log({})\n    return lambda: run.log({})", "a function that uses the run is returned here"),
    ],
)
def test_a_with_that_is_refused_says_why(write: Write, rest: str, why: str) -> None:
    start = "import wandb\nfrom other import do\n\ndef main():\n    run = wandb.init(project='texts')\n"
    write("train.py", f"{start}    {rest}\n\nmain()\n")
    first, *_ = findings("WB601")
    last = first["related"][-1]["message"] if first["related"] else ""
    assert (first["fix"]["message"] if first["fix"] else last.removeprefix("not mended: ")) == why


@pytest.mark.parametrize(
    ("code", "argument", "compared"),
    [
        ("WB101", 'name="exp_3"', 'run.name == "exp_3"'),
        ("WB107", 'group="exp_3"', 'run.group == "exp_3"'),
        ("WB111", 'tags=["exp_3"]', '"exp_3" in run.tags'),
    ],
)
def test_a_text_that_the_same_file_compares_with_is_told(
    write: Write, code: str, argument: str, compared: str
) -> None:
    write("a.py", f"import wandb\n\nrun = wandb.init({argument})\nprint({compared})\n")
    ((message, applicability),) = fixes(code)
    assert message.endswith("; `exp_3` stands in 1 other place, too")
    assert applicability == "unsafe"
    write("a.py", f"import wandb\n\nrun = wandb.init({argument})\nrun = wandb.init({argument})\n")
    assert not any("stands" in message for message, _ in fixes(code))
