"""W&B's own command line, arguments of programs, references in YAML: what they are, what is said of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from checked import Tree, session

from wbcheck.engine.analysis import model_of
from wbcheck.lineage import lineage_of
from wbcheck.model.events import (
    ApiCall,
    ArtifactLogged,
    ArtifactMade,
    Event,
    ReferenceGiven,
    RunStart,
    SettingsGiven,
    TrainingArguments,
)
from wbcheck.model.model import Model, decode, encode
from wbcheck.model.values import Items, Text
from wbcheck.source import may_matter, read_unit

USED = """
import wandb

with wandb.init(project="texts", name=f"train-{wandb.util.generate_id()}", job_type="train") as run:
    run.use_artifact("raw_texts:latest").download()
"""


def read(text: str, path: str = "run.sh") -> Model:
    assert may_matter(path, text.encode())
    model = model_of(read_unit(path, text.encode()))[0]
    assert decode(encode(model)) == model
    return model


def given(event: Event, *names: str) -> dict[str, str]:
    """What an event is given by these names, with holes as ``{}``."""
    arguments = event.arguments  # type: ignore[attr-defined]
    return {
        item.name: item.value.skeleton
        for item in arguments.items
        if item.name in names and isinstance(item.value, Text)
    }


def puts(text: str, path: str = "run.sh") -> list[dict[str, str]]:
    model = read(text, path)
    made = list(model.each(ArtifactMade))
    starts = list(model.each(RunStart))
    logged = list(model.each(ArtifactLogged))
    assert [each.artifacts for each in logged] == [(each.artifact,) for each in made]
    assert [each.runs for each in logged] == [(start.run,) for start in starts]
    return [
        given(start, "project", "entity") | given(each, "name", "type", "description")
        for start, each in zip(starts, made, strict=True)
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("wandb artifact put -n texts/raw ./data", {"project": "texts", "name": "raw", "type": "dataset"}),
        (
            'wandb artifact put --name=acme/texts/raw --type "model" -d "all of it" out',
            {
                "entity": "acme",
                "project": "texts",
                "name": "raw",
                "type": "model",
                "description": "all of it",
            },
        ),
        ("wandb artifact put data/raw.csv", {"name": "raw.csv", "type": "dataset"}),
        ("wandb artifact put ./", {"type": "dataset"}),
        ("wandb artifact put -n $NAME -t model x", {"type": "model"}),
        ("wandb artifact put -n raw-$DAY --resume x", {"name": "raw-{}", "type": "dataset"}),
        ("wandb artifact put -n $TEAM/texts/raw x", {"project": "texts", "name": "raw", "type": "dataset"}),
        ("sudo -E WANDB_MODE=online wandb artifact put x", {"name": "x", "type": "dataset"}),
        ("uv run --frozen wandb artifact put x", {"name": "x", "type": "dataset"}),
        ("python3 -m wandb artifact put x", {"name": "x", "type": "dataset"}),
        ("cd y && wandb artifact put \\\n  -t model \\\n  x  # done", {"name": "x", "type": "model"}),
    ],
)
def test_what_is_put(line: str, expected: dict[str, str]) -> None:
    assert puts(f"{line}\n") == [expected]


@pytest.mark.parametrize(
    "line",
    [
        "echo wandb artifact put x",
        'echo "wandb artifact put x"',
        "# wandb artifact put x",
        "grep wandb artifact put x",
        "wandb artifact put $ARGUMENTS",
        "wandb artifact put",
        "wandb artifact put --help",
        "wandb artifact ls x",
        "my-wandb artifact put x",
    ],
)
def test_what_puts_nothing_that_is_known(line: str) -> None:
    model = model_of(read_unit("run.sh", f"{line}\n".encode()))[0]
    assert not any(model.each(ArtifactMade))
    assert not any(model.each(RunStart))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Makefile", "data:\n\t@wandb artifact put -n texts/raw ./data\n"),
        ("Dockerfile", "FROM x\nRUN wandb artifact put -n texts/raw ./data\n"),
        ("job.slurm", "#SBATCH -n 1\nsrun wandb artifact put -n texts/raw ./data\n"),
        (
            ".github/workflows/ci.yml",
            "jobs:\n  a:\n    steps:\n      - run: wandb artifact put -n texts/raw ./data\n",
        ),
        ("ci.yml", "job:\n  script:\n    - |\n      cd x\n      wandb artifact put -n texts/raw ./data\n"),
        ("MLproject", "entry_points:\n  main:\n    command: wandb artifact put -n texts/raw ./data\n"),
    ],
)
def test_wherever_a_shell_reads(path: str, text: str) -> None:
    assert puts(text, path) == [{"project": "texts", "name": "raw", "type": "dataset"}]


def test_the_real_command_line_knows_these_options() -> None:
    help_ = subprocess.run(
        [sys.executable, "-m", "wandb", "artifact", "put", "--help"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for option in (
        "-n, --name",
        "-d, --description",
        "-t, --type",
        "-a, --alias",
        "--id",
        "--resume",
        "--skip_cache",
    ):
        assert option in help_


def test_aliases_of_what_is_put() -> None:
    (logged,) = read("wandb artifact put --alias best -a nightly x\n").each(ArtifactLogged)
    aliases = logged.get("aliases")
    assert isinstance(aliases, Items)
    assert [item.skeleton for item in aliases.items if isinstance(item, Text)] == ["best", "nightly"]


def test_what_is_fetched() -> None:
    text = "wandb artifact get --root=out acme/texts/raw:v3\nwandb artifact get raw\n"
    assert [given(call, "name") for call in read(text).each(ApiCall)] == [
        {"name": "acme/texts/raw:v3"},
        {"name": "raw:latest"},
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("python train.py wandb.project=x +wandb.name=my_run", {"project": "x", "name": "my_run"}),
        ("python -m src.train ++logger.wandb.group=a-b trainer.epochs=3", {"group": "a-b"}),
        ("python train.py wandb.name=$NAME-1 logger=wandb", {"name": "{}-1"}),
        ("torchrun train.py --wandb_project x --wandb-run-name=y", {"project": "x", "name": "y"}),
        ("python wandb_train.py", {}),
        ("python train.py --wandb_log --wandb_group --x", {}),
        ("python train.py wandb.project=a,b -m", {}),
        ("python train.py 'wandb.tags=[a_b]' wandb.name=null", {}),
        ("python train.py model.name=a_b name=c_d", {}),
        ("wandb sync --project texts --sync-all wandb/offline-run-1", {"project": "texts"}),
        ("wandb launch -u uri -p texts --name a-1", {"project": "texts", "name": "a-1"}),
    ],
)
def test_settings_on_a_command_line(line: str, expected: dict[str, str]) -> None:
    model = model_of(read_unit("run.sh", f"{line}\n".encode()))[0]
    found = [given(event, "project", "name", "group", "tags") for event in model.each(SettingsGiven)]
    assert found == ([expected] if expected else [])


def test_arguments_of_a_trainer_that_reports() -> None:
    text = (
        "accelerate launch train.py --report_to wandb --run_name my_run\n"
        "python a.py --report_to none --run_name b\n"
    )
    (arguments,) = read(text).each(TrainingArguments)
    assert given(arguments, "run_name") == {"run_name": "my_run"}


def test_references_in_yaml() -> None:
    text = (
        "data:\n  input_artifact: raw_texts:latest\n  artifacts: ['a:v1', x:y]\n"
        "model_artifact: wandb-artifact://acme/p/head:v2\nimage: python:latest\nartifact: out/model.bin\n"
    )
    found = [event.value for event in read(text, "conf.yaml").each(ReferenceGiven)]
    assert [value.skeleton for value in found if isinstance(value, Text)] == [
        "raw_texts:latest",
        "a:v1",
        "wandb-artifact://acme/p/head:v2",
    ]


# What is said of them


def told(*asked: str) -> list[str]:
    outcome = session(Path(), *asked).run()
    return [f"{each.path}:{each.range.start.row} {each.code}" for each in outcome.diagnostics]


PROJECT = {
    "run.sh": "wandb artifact put -n texts/raw_texts -a my_best ./data\npython train.py wandb.name=my_run\n",
    "conf.yaml": "input_artifact: raw_texts:latest\nother_artifact: raw_textz:v3\n",
    "train.py": USED,
}


def test_findings(tree: Tree) -> None:
    tree(PROJECT)
    assert told("WB101", "WB401", "WB403", "WB417", "WB501", "WB507", "WB601", "WB606") == [
        "conf.yaml:2 WB507",
        "run.sh:1 WB401",
        "run.sh:1 WB417",
        "run.sh:2 WB101",
    ]


def test_a_type_that_another_file_gives(tree: Tree) -> None:
    code = 'import wandb\nwith wandb.init(project="texts") as run:\n'
    code += 2 * '    run.log_artifact("a", name="raw_texts", type="data")\n'
    tree({"run.sh": PROJECT["run.sh"], "make.py": code})
    assert told("WB412") == ["run.sh:1 WB412"]
    tree({"run.sh": PROJECT["run.sh"].replace("texts/", "other/")})
    assert told("WB412") == []


def test_a_name_is_mended_in_all_places(tree: Tree) -> None:
    fixed = session(tree(PROJECT), "WB401")
    fixed.run()
    after = {path: file.new.decode() for path, file in fixed.mend(lambda each: True).files.items()}
    assert after == {path: text.replace("raw_texts", "raw-texts") for path, text in PROJECT.items()}


def test_the_graph_has_them(tree: Tree) -> None:
    asked = session(tree(PROJECT), "WB401")
    asked.run()
    (part,) = asked.parts()
    lineage = lineage_of(part.models, part.project, part.beside)
    (artifact,) = (each for each in lineage.artifacts if each.name == "raw_texts")
    assert artifact.kind == "dataset"
    assert sorted(edge.kind.value for edge in lineage.edges) == ["log", "use"]
