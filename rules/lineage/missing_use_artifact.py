"""Reports a run that logs an artifact and declares no input.

Why it matters: W&B draws the lineage of a project from `use_artifact` and `log_artifact` alone. An
artifact whose run used nothing begins its lineage anew: nobody can tell from which data the model
came, and nothing downstream of that data leads to it (guide, Lineage and Traceability).

When to ignore: for a run whose inputs lie outside of W&B, if logging them as artifacts is not
wanted.
"""

from collections.abc import Iterator

from wbcheck.rule import (
    ApiCall,
    ArtifactLogged,
    Bad,
    File,
    Finding,
    Good,
    Preset,
    Rule,
    Tri,
)

from ._run import InputOptions, is_output, lacks_inputs, only_uploads, output_name
from .api_artifact_in_run import is_read

RULE = Rule(
    code="WB501",
    name="missing-use-artifact",
    preset=Preset.RECOMMENDED,
    since="0.1.0",
    why="The lineage graph has no edge into this run: what its output was made from is lost.",
    how='Declare the input with `run.use_artifact`; runs that only bring data in take `job_type="ingest"`.',
    options=InputOptions,
)


def check(file: File) -> Iterator[Finding]:
    model = file.model
    # An input that is fetched past the run is WB504's.
    judged = {call.run for call in model.each(ApiCall) if call.active is Tri.YES and is_read(model, call)}
    for event in model.each(ArtifactLogged):
        run = event.run
        if run is None or run in judged or not is_output(model, event):
            continue
        judged.add(run)
        start = model.start_of(run)
        if start is not None and lacks_inputs(file, run) and not only_uploads(model, start):
            yield Finding(event.callee, f"run logs {output_name(model, event)} and declares no input")


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts", job_type="train", resume=False) as run:
            model = wandb.Artifact("head", type="model", metadata={"framework": "torch"})
            model.add_file("head.pt")
            run.log_artifact(model)
            ^^^^^^^^^^^^^^^^
            run.log_artifact("notes.txt", type="notes")
        """,
        message="run logs artifact `head` and declares no input",
    ),
    Bad(
        """
        import wandb

        class Step:
            def __init__(self):
                self.run = wandb.init(project="texts", job_type="clean")

            def publish(self, path):
                artifact = wandb.Artifact("raw-data", type="dataset")
                artifact.add_file(path)
                self.run.log_artifact(artifact)
                ^^^^^^^^^^^^^^^^^^^^^
        """,
        message="run logs artifact `raw-data` and declares no input",
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts", job_type="ingest") as run:
            artifact = wandb.Artifact("raw-data", type="dataset")
            artifact.add_dir("./data/raw")
            run.log_artifact(artifact)

        with wandb.init(project="texts", job_type="train") as run:
            data = run.use_artifact("raw-data:latest").download()
            run.log_model("head.pt", name="head")
        """
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts", job_type="eval") as run:
            head = wandb.Api().artifact("me/texts/head:v3").file()
            run.log_artifact("scores.csv", name="scores", type="predictions")
        """
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts", job_type="sense") as run:
            run.log_artifact("raw.csv", name="raw-data", type="dataset")
        """,
        options={"source-job-types": ["sense"]},
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts", job_type="upload_raw_mails") as run:
            mails = wandb.Artifact("mails", type="dataset", metadata={"num_samples": 20300})
            mails.add_dir("data/mails")
            run.log_artifact(mails)
        """
    ),
    Good(
        """
        import torch
        import wandb

        run = wandb.init(project="texts")
        run.log_artifact("mails.csv", name="mails", type="raw_data")
        run.finish()

        with wandb.init(project="texts", job_type="train") as run:
            with torch.profiler.profile() as profiler:
                torch.ones(3).sum()
            profiler.export_chrome_trace("trace.json")
            trace = wandb.Artifact("trace", type="profile")
            trace.add_file("trace.json")
            run.log_artifact(trace)
        """
    ),
    Bad(
        """
        import pandas as pd
        import wandb

        with wandb.init(project="texts") as run:
            mails = pd.read_csv("mails.csv").dropna()
            mails.to_csv("clean.csv")
            run.log_artifact("clean.csv", name="clean-mails", type="dataset")
            ^^^^^^^^^^^^^^^^
        """,
        message="run logs artifact `clean-mails` and declares no input",
    ),
    Bad(
        """
        import wandb

        with wandb.init(project="texts", job_type="upload-model") as run:
            run.log_model("head.pt", name="head")
            ^^^^^^^^^^^^^
        """,
        message="run logs artifact `head` and declares no input",
    ),
    Bad(
        """
        import wandb
        from tracking import confusion

        with wandb.init(project="texts", job_type="train") as run:
            confusion(run, [[3, 0], [1, 2]])
            run.log_model("head.pt", name="head")
            ^^^^^^^^^^^^^
        """,
        message="run logs artifact `head` and declares no input",
        beside={
            "tracking.py": """
            import wandb

            def confusion(run: wandb.Run, counts):
                run.log({"eval/tp": counts[0][0]})
            """
        },
    ),
    Good(
        """
        import wandb
        from steps.inputs import load_inputs

        with wandb.init(project="texts", job_type="train") as run:
            mails = load_inputs("mails:latest")
            run.log_model("head.pt", name="head")
        """,
        beside={
            "steps/inputs.py": """
            import wandb

            def load_inputs(name):
                return wandb.use_artifact(name).download()
            """
        },
    ),
    Good(
        """
        import wandb
        from tracking import load_inputs

        with wandb.init(project="texts", job_type="train") as run:
            mails = load_inputs(run, "mails:latest")
            run.log_model("head.pt", name="head")
        """,
        beside={
            "tracking.py": """
            import wandb

            def start(job_type):
                return wandb.init(project="texts", job_type=job_type)

            def load_inputs(run, name):
                return run.use_artifact(name).download()
            """
        },
    ),
    Good(
        """
        import wandb as wb
        from steps import load_inputs

        def evaluate(run: wb.Run):
            run.log_artifact("scores.csv", name="scores", type="predictions")

        run = wb.init(project="texts", job_type="train")
        load_inputs(run)
        run.log_model("head.pt", name="head")
        run.finish()

        run = wb.init(project="texts", job_type="eval")
        predictions = wb.Artifact("predictions", type="predictions")
        predictions.add(wb.Table(columns=["text", "score"]), "scores")
        run.log_artifact(predictions)
        code = wb.Artifact("evaluation-code", type="code")
        run.log_artifact(code)
        """
    ),
)
