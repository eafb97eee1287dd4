"""Reports an artifact's name that is given two types in one project.

Why it matters: an artifact has one type for good. The first run that logs it decides; what logs it with
another type later, perhaps another script hours into its work, does not add a version to it (guide,
Artifacts).

When to ignore: where the scripts log to different projects of W&B's and wbcheck cannot see that.
"""

from __future__ import annotations

from collections.abc import Iterator

from wbcheck.rule import Bad, File, Finding, Good, Label, Preset, Rule, shown

RULE = Rule(
    code="WB412",
    name="artifact-type-conflict",
    preset=Preset.RECOMMENDED,
    since="0.1.0",
    why="An artifact has one type: what is logged under its name with another type is no version of it.",
    how="Give it the same type everywhere, or another name.",
)


def check(file: File) -> Iterator[Finding]:
    for output in file.project.facts.outputs_of(file.path):
        if output.kind is None or not output.name or not output.home:
            continue
        usual = file.project.facts.usual(output.name, output.home)
        if usual is not None and usual.kind is not None and usual.kind != output.kind:
            message = f"artifact {shown(output.name, 22)} has type {shown(output.kind, 12)} here"
            message += f", {shown(usual.kind, 12)} elsewhere"
            related = (Label(usual.kind_span or usual.span, "the other type", usual.path),)
            yield Finding(output.kind_span or output.span, message, related=related)


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts", job_type="clean") as run:
            mails = wandb.Artifact("mails", type="data")
                                                 ^^^^^^
            mails.add_file("mails.parquet")
            run.log_artifact(mails)
        """,
        message="artifact `mails` has type `data` here, `dataset` elsewhere",
        beside={
            "append.py": """
                import wandb

                with wandb.init(project="texts", job_type="ingest") as run:
                    run.log_artifact("mails.parquet", name="mails", type="dataset")
                """,
            "again.py": """
                import wandb as wb

                run = wb.init(project="texts", job_type="ingest")
                mails = wb.Artifact(name="mails", type="dataset")
                mails.add_file("more.parquet")
                run.log_artifact(mails)
                run.finish()
                """,
        },
    ),
    Bad(
        """
        import wandb

        run = wandb.init(project="texts", job_type="train")
        head = wandb.Artifact("head", type="model")
        head.add_file("head.pt")
        run.log_artifact(head)
        scores = wandb.Artifact("head", type="predictions")
                                             ^^^^^^^^^^^^^
        scores.add_file("scores.csv")
        run.log_artifact(scores)
        run.finish()
        """,
        message="artifact `head` has type `predictions` here, `model` elsewhere",
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts", job_type="clean") as run:
            run.log_artifact("mails.parquet", name="mails", type="dataset")
        """,
        beside={
            "other.py": """
                import wandb

                with wandb.init(project="images", job_type="clean") as run:
                    run.log_artifact("mails.parquet", name="mails", type="data")
                """,
        },
    ),
    Good(
        """
        import wandb

        def publish(path, name, kind, split):
            run = wandb.init(project="texts", job_type="split")
            run.log_artifact(path, name=f"mails-{split}", type="dataset")
            run.log_artifact(path, name=f"mails-{split}", type=kind)
            run.log_artifact(path, name=name, type="model")
            run.finish()
        """
    ),
    Good(
        """
        import argparse
        import wandb

        parser = argparse.ArgumentParser()
        parser.add_argument("--project")
        args = parser.parse_args()
        with wandb.init(project=args.project, job_type="train") as run:
            run.log_artifact("head.pt", name="head", type="model")
        """,
        beside={
            "another/train.py": """
                import argparse
                import wandb

                parser = argparse.ArgumentParser()
                parser.add_argument("--project")
                args = parser.parse_args()
                with wandb.init(project=args.project, job_type="train") as run:
                    run.log_artifact("head.pt", name="head", type="weights")
                """,
        },
    ),
)
