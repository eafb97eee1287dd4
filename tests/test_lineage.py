"""The artifact graph: what code declares, across files, and what stays unknown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from wbcheck.engine import Request, Session
from wbcheck.files import discover
from wbcheck.lineage import EdgeKind, Lineage, lineage_of, marks_of, together
from wbcheck.ruleset import Wish
from wbcheck.selection import Layer
from wbcheck.settings import load

Write = Callable[[str, str], Path]
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def root(write: Write, project: Path) -> Path:
    write("pyproject.toml", "")
    return project


def checked(*paths: str, select: str = "all") -> Session:
    resolver = load(None, isolated=True)
    found = discover(paths or (".",), resolver.for_file)
    wish = Wish(layer=Layer(tuple(select.split(",")), (), ()))
    session = Session(Request(files=found.files, settings_for=resolver.for_file, wish=wish, jobs=1))
    session.run()
    return session


def graph(*paths: str) -> Lineage:
    return graph_of(checked(*paths))


def graph_of(session: Session) -> Lineage:
    return together(lineage_of(part.models, part.project, part.beside) for part in session.parts())


def run_name(lineage: Lineage, number: int) -> str:
    run = lineage.runs[number]
    return run.job_type or run.name or run.function or run.site.path


def edges(lineage: Lineage) -> list[str]:
    """Each edge as `a.py:train use mails:v1`, with what is not certain marked by `?`, in order."""
    told = []
    for edge in lineage.edges:
        artifact = lineage.artifacts[edge.artifact]
        versions = f":{','.join(edge.versions)}" if edge.versions else ""
        sign = "" if edge.is_certain else "?"
        told.append(f"{run_name(lineage, edge.run)} {edge.kind.value}{sign} {artifact.name}{versions}")
    return sorted(told)


def names(lineage: Lineage) -> list[str]:
    return [f"{artifact.name} {artifact.kind}".strip() for artifact in lineage.artifacts]


def one_file(write: Write, code: str) -> list[str]:
    write("a.py", code)
    return edges(graph())


# One file


def test_what_a_run_uses_and_logs(write: Write) -> None:
    assert one_file(
        write,
        """
        import wandb

        with wandb.init(project="texts", job_type="clean") as run:
            folder = run.use_artifact("raw:v2").download()
            clean = wandb.Artifact("clean", type="dataset", metadata={"rows": 3, "source": folder})
            clean.add_dir(folder)
            clean.metadata["columns"] = 2
            run.log_artifact(clean, aliases=["best", "v-1"])
        """,
    ) == ["clean log clean:best,v-1", "clean use raw:v2"]
    (artifact,) = (each for each in graph().artifacts if each.name == "clean")
    assert (artifact.kind, artifact.metadata, artifact.is_open) == (
        "dataset",
        ("rows", "source", "columns"),
        False,
    )


def test_one_name_is_one_artifact_in_a_project(write: Write) -> None:
    for name, job in (("a.py", "clean"), ("b.py", "split")):
        write(
            name,
            f"""
            import wandb

            with wandb.init(project="texts", job_type="{job}") as run:
                run.use_artifact("mails:latest")
            """,
        )
    write(
        "c.py",
        """
        import wandb

        with wandb.init(project="images", job_type="look") as run:
            run.use_artifact("mails:v1")
        """,
    )
    lineage = graph()
    assert names(lineage) == ["mails", "mails"]
    assert edges(lineage) == ["clean use mails:latest", "look use mails:v1", "split use mails:latest"]


def test_one_name_with_two_types_is_two_artifacts(write: Write) -> None:
    one_file(
        write,
        """
        import wandb

        with wandb.init(project="texts") as run:
            run.log_artifact("a", name="x", type="dataset")
            run.log_artifact("b", name="x", type="model")
        """,
    )
    assert names(graph()) == ["x dataset", "x model"]


def test_names_come_from_the_config_that_the_run_is_given(write: Write) -> None:
    assert one_file(
        write,
        """
        import wandb

        CONFIG = {"params": {"source": "raw:v1", "kind": "small"}}
        with wandb.init(project="texts", job_type="train", config=CONFIG) as run:
            params = run.config["params"]
            run.use_artifact(params["source"])
            run.log_artifact("x.pt", name=f"head-{params['kind']}", type="model")
        """,
    ) == ["train log head-small", "train use raw:v1"]


def test_what_is_not_known_is_shown_as_such_and_joined_to_nothing(write: Write) -> None:
    found = one_file(
        write,
        """
        import argparse
        import wandb

        parser = argparse.ArgumentParser()
        parser.add_argument("--source", default="raw:v1")
        args = parser.parse_args()
        with wandb.init(project="texts", job_type="train") as run:
            run.use_artifact(args.source)
            run.use_artifact(args.source)
            run.log_artifact("x", name=f"head-{run.id}", type="model")
        with wandb.init(project="texts", job_type="eval") as run:
            run.use_artifact(f"head-{run.id}:latest")
        """,
    )
    assert found == [
        "eval use head-{}:latest",
        "train log head-{}",
        "train use ?",
        "train use ?",
    ]
    lineage = graph()
    assert sorted(artifact.hint for artifact in lineage.artifacts) == ["", "", "args.source", "args.source"]
    assert not any(artifact.is_known for artifact in lineage.artifacts)


def test_one_of_several_names_is_not_certain(write: Write) -> None:
    assert one_file(
        write,
        """
        import sys
        import wandb

        name = "small" if len(sys.argv) > 1 else "large"
        with wandb.init(project="texts", job_type="train") as run:
            run.use_artifact(f"{name}:v1")
        """,
    ) == ["train use? large:v1", "train use? small:v1"]


def test_a_path_that_is_logged_gets_wandbs_own_name(write: Write) -> None:
    assert one_file(
        write,
        """
        import wandb

        with wandb.init(project="texts", job_type="train") as run:
            run.log_artifact("out/head.pt")
            run.log_model("out/tail.pt", name="tail")
        """,
    ) == ["train log run-{}-head.pt", "train log tail"]
    assert names(graph()) == ["run-{}-head.pt unspecified", "tail model"]


def test_another_projects_artifacts_are_external(write: Write) -> None:
    one_file(
        write,
        """
        import wandb

        with wandb.init(entity="acme", project="texts", job_type="train") as run:
            run.use_artifact("acme/texts/mails:v1")
            run.use_artifact("acme/images/cats:v1")
            run.use_artifact("wandb-registry-model/head:prod")
        """,
    )
    told = {artifact.name: (artifact.home, artifact.is_external) for artifact in graph().artifacts}
    assert told == {
        "mails": ("acme/texts", False),
        "cats": ("acme/images", True),
        "head": ("/wandb-registry-model", True),
    }


def test_what_the_public_api_reads_is_not_recorded(write: Write) -> None:
    found = one_file(
        write,
        """
        import wandb

        api = wandb.Api()
        api.artifact("acme/texts/mails:v1").download()
        with wandb.init(entity="acme", project="texts", job_type="train") as run:
            api.artifact("acme/texts/head:v2").download()
        """,
    )
    assert found == ["a.py read mails:v1", "train read head:v2"]


def test_checkpoints_that_frameworks_log(write: Write) -> None:
    found = one_file(
        write,
        """
        import os

        import wandb
        from lightning.pytorch.loggers import WandbLogger
        from transformers import Trainer, TrainingArguments

        os.environ["WANDB_LOG_MODEL"] = "end"
        logger = WandbLogger(project="texts", job_type="light", log_model="all")
        quiet = WandbLogger(project="texts", job_type="quiet")
        with wandb.init(project="texts", job_type="tune") as run:
            trainer = Trainer(args=TrainingArguments("out", report_to="wandb"))
            trainer.train()
        with wandb.init(project="texts", job_type="eval") as run:
            trainer = Trainer(args=TrainingArguments("out", report_to="none"))
            trainer.evaluate()
        """,
    )
    assert found == ["light log model-{}", "tune log model-{}"]


def test_a_file_that_is_saved_with_the_run_is_no_artifact(write: Write) -> None:
    assert (
        one_file(
            write,
            """
        import wandb

        with wandb.init(project="texts", job_type="train") as run:
            run.save("head.pt")
        """,
        )
        == []
    )


def test_a_link_leads_into_a_collection(write: Write) -> None:
    assert one_file(
        write,
        """
        import wandb

        with wandb.init(project="texts", job_type="train") as run:
            head = run.log_artifact("head.pt", name="head", type="model")
            run.link_artifact(head, "wandb-registry-model/heads", aliases=["prod"])
        """,
    ) == ["train link heads:prod", "train log head"]


def test_an_artifact_that_is_made_and_not_logged_stands_alone(write: Write) -> None:
    one_file(
        write,
        """
        import wandb

        with wandb.init(project="texts", job_type="train") as run:
            made = wandb.Artifact("head", type="model")
            made.add_file("head.pt")
        """,
    )
    lineage = graph()
    assert names(lineage) == ["head model"]
    assert lineage.edges == ()


# Several files

TOOLS = """
    import wandb

    def begin(job):
        return wandb.init(project="texts", job_type=job, name=f"{job}-{wandb.util.generate_id()}")

    def fetch(run, name, version="latest"):
        return run.use_artifact(f"{name}:{version}").download()

    def publish(run: wandb.Run, folder):
        made = wandb.Artifact(run.config["params"]["output"], type="dataset")
        made.add_dir(folder)
        run.log_artifact(made)

    def keep(path):
        wandb.log_artifact(path, name="kept", type="model")

    def record(artifact):
        wandb.run.log_artifact(artifact)

    def both(run, source):
        keep("x.pt")
        return pinned(run, source, version="v7")

    def pinned(run, name, version):
        return run.use_artifact(f"{name}:{version}").download()
    """


def test_a_helper_works_for_the_run_that_it_is_handed(write: Write) -> None:
    write("tools.py", TOOLS)
    write(
        "encode.py",
        """
        import wandb
        from tools import fetch, publish

        CONFIG = {"params": {"source": "clean", "output": "encoded"}}
        with wandb.init(project="texts", job_type="encode", config=CONFIG) as run:
            folder = fetch(run, run.config["params"]["source"], version="v4")
            publish(run, folder)
        """,
    )
    lineage = graph()
    assert edges(lineage) == ["encode log encoded", "encode use clean:v4", "keep log kept", "record log ?"]


def test_a_helpers_run_is_that_of_its_caller(write: Write) -> None:
    write("tools.py", TOOLS)
    write(
        "train.py",
        """
        import wandb
        from tools import begin, both, record

        run = begin("train")
        both(run, "encoded")
        head = wandb.Artifact("head", type="model")
        record(head)
        run.finish()
        """,
    )
    lineage = graph()
    assert edges(lineage)[1:] == ["train log head", "train log kept", "train use encoded:v7"]
    (run,) = (each for each in lineage.runs if each.job_type == "train")
    assert (run.site.path, run.name, run.project) == ("train.py", "train-{}", "texts")
    assert [each.job_type for each in lineage.runs if each.starter] == ["train"]


def test_what_other_callers_give_a_helper_is_not_meant(write: Write) -> None:
    write("tools.py", TOOLS)
    write(
        "train.py",
        """
        import wandb
        from tools import pinned

        with wandb.init(project="texts", job_type="train") as run:
            pinned(run, "clean", "v4")
        """,
    )
    # In its own file it is called with v7 alone.
    assert "train use ?:{}" in edges(graph())


def test_what_is_not_followed_stands_for_itself(write: Write) -> None:
    write(
        "tools.py",
        """
        import wandb

        def keep(run: wandb.Run, name):
            run.log_artifact("x", name=name, type="model")

        def leave(store, name):
            store.log_artifact("x", name=name, type="model")
        """,
    )
    lineage = graph()
    assert edges(lineage) == ["keep log ?"]
    (run,) = lineage.runs
    assert (run.starter, run.function) == ("", "keep")


def test_a_given_file_is_followed_into_others(write: Write) -> None:
    write("tools.py", TOOLS)
    write(
        "encode.py",
        """
        import wandb
        from tools import fetch

        with wandb.init(project="texts", job_type="encode") as run:
            fetch(run, "clean")
        """,
    )
    assert edges(graph("encode.py")) == ["encode use clean:latest"]


def test_a_class_that_is_handed_a_run(write: Write) -> None:
    write(
        "trainers.py",
        """
        import wandb

        class Trainer:
            def __init__(self, run: wandb.Run, name: str):
                self.run = run
                self.name = name

            def save(self, path):
                made = wandb.Artifact("head", type="model")
                made.add_file(path)
                self.run.log_artifact(made)
        """,
    )
    write(
        "train.py",
        """
        import wandb
        from trainers import Trainer

        with wandb.init(project="texts", job_type="train") as run:
            Trainer(run, "head").save("x.pt")
        """,
    )
    assert edges(graph()) == ["train log head"]


def test_helpers_that_call_each_other_end(write: Write) -> None:
    for one, other in (("a", "b"), ("b", "a")):
        write(
            f"{one}.py",
            f"""
            import wandb
            import {other}

            def step(run: wandb.Run):
                run.use_artifact("{one}:v1")
                {other}.step(run)
            """,
        )
    write(
        "main.py",
        """
        import wandb
        import a

        with wandb.init(project="texts", job_type="go") as run:
            a.step(run)
        """,
    )
    assert edges(graph()) == ["go use a:v1", "go use b:v1"]


def test_tests_take_no_part(write: Write) -> None:
    write(
        "tests/test_a.py",
        """
        import wandb

        run = wandb.init(project="texts")
        run.use_artifact("mails:v1")
        """,
    )
    assert graph() == Lineage()


# Findings


def test_findings_are_marked_on_what_they_are_about(write: Write) -> None:
    write(
        "a.py",
        """
        import wandb

        with wandb.init(project="texts", name="my_run", job_type="eval") as run:
            scores = wandb.Artifact("my_scores", type="predictions", metadata={"n": 3})
            scores.add_file("x.csv")
            run.log_artifact(scores)
            run.log({"loss": 0.1})
        """,
    )
    session = checked(select="WB101,WB301,WB401")
    (part,) = session.parts()
    marks = marks_of(graph_of(session), part.models, session.outcome.diagnostics)
    assert [each.code for each in marks.artifacts[0]] == ["WB401"]
    assert [each.code for each in marks.runs[0]] == ["WB101", "WB301"]
    assert marks.others == ()


# The guide's own picture


def test_the_pipeline_of_the_guide() -> None:
    lineage = graph(str(ROOT / "fixtures" / "phishing-pipeline"))
    made: dict[str, set[str]] = {}
    for log in lineage.edges:
        if log.kind is EdgeKind.LOG and lineage.artifacts[log.artifact].is_known:
            used = [each for each in lineage.edges if each.run == log.run and each.kind is EdgeKind.USE]
            made[lineage.artifacts[log.artifact].name] = {
                lineage.artifacts[each.artifact].name for each in used
            }
            assert all(each.is_certain for each in (log, *used))
    # One cleaned dataset, two encodings of it, and a model fine-tuned on each.
    assert made == {
        "phishing-texts-raw": set(),
        "phishing-texts-clean": {"phishing-texts-raw"},
        "phishing-texts-standard": {"phishing-texts-clean"},
        "phishing-texts-head-tail": {"phishing-texts-clean"},
        "phishing-classifier-standard": {"phishing-texts-standard"},
        "phishing-classifier-head-tail": {"phishing-texts-head-tail"},
        "phishing-predictions-head-tail": {"phishing-classifier-head-tail", "phishing-texts-head-tail"},
        "phishing-baseline": {"phishing-texts-clean"},
    }
    assert [run.job_type for run in lineage.runs if not run.home] == []
