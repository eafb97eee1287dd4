"""Reports a run that reads data or a model and declares no input.

Why it matters: what a run reads without `use_artifact` is not in the lineage graph: nobody can tell from
which version of the data a result came, and nothing leads from the data to the results that are built on it
(guide, Lineage and Traceability). Functions of your own that read data are named by the setting `loaders`.

When to ignore: for files that are part of the code, and where the data is not to be versioned in W&B.
"""

from __future__ import annotations

from collections.abc import Iterator

from wbcheck.rule import (
    ArtifactLogged,
    Bad,
    DataRead,
    File,
    Finding,
    Good,
    Preset,
    Rule,
)

from . import _data
from ._run import InputOptions, is_output, lacks_inputs

RULE = Rule(
    code="WB502",
    name="input-undeclared",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="The lineage graph has no edge into this run: which version of the data it read is lost.",
    how="Log it once as an artifact, and read what `run.use_artifact(...).download()` gives.",
    options=InputOptions,
)


def check(file: File) -> Iterator[Finding]:
    model = file.model
    # A run that logs artifacts and declares no input is WB501's.
    judged = {event.run for event in model.each(ArtifactLogged) if is_output(model, event)}
    for read in model.each(DataRead):
        run = _data.run_of(model, read) if _data.is_input(read) else None
        if run is None or run.id in judged:
            continue
        judged.add(run.id)
        if lacks_inputs(file, run.id):
            yield Finding(read.callee, f"run reads {_data.named(read, read.source)} and declares no input")


EXAMPLES = (
    Bad(
        """
        import pandas as pd
        import wandb

        with wandb.init(project="texts", job_type="train") as run:
            mails = pd.read_csv("data/mails.csv")
                    ^^^^^^^^^^^
            spam = pd.read_csv("data/spam.csv")
            run.log({"train/loss": 0.3})
        """,
        message="run reads `data/mails.csv` and declares no input",
    ),
    Bad(
        """
        import torch
        import wandb as wb
        from datasets import load_dataset
        from transformers import AutoModel

        def load(path):
            return AutoModel.from_pretrained("./head"), torch.load(path)
                   ^^^^^^^^^^^^^^^^^^^^^^^^^

        def evaluate(args):
            if args.track:
                wb.init(project="texts", job_type="eval")
            model, head = load(args.path)
            wb.log({"eval/f1": 0.9})
            wb.finish()
            mails = load_dataset("me/mails")
        """,
        message="run reads `./head` and declares no input",
    ),
    Good(
        """
        import pandas as pd
        import wandb

        with wandb.init(project="texts", job_type="ingest") as run:
            raw = pd.read_csv("data/mails.csv")

        with wandb.init(project="texts", job_type="train") as run:
            folder = run.use_artifact("mails:v3").download()
            mails = pd.read_csv(f"{folder}/mails.csv")

        with wandb.init(project="texts", job_type="clean") as run:
            raw = pd.read_csv("data/mails.csv")
            run.log_artifact("data/clean.csv", name="mails-clean", type="dataset")
        """
    ),
    Good(
        """
        import pandas as pd
        import wandb

        with wandb.init(project="texts", job_type="scrape") as run:
            pages = pd.read_html("pages.html")
            seeds = pd.read_csv("seeds.csv")
        """,
        options={"source-job-types": ["scrape"]},
    ),
    Good(
        """
        import io
        import pandas as pd
        import torch
        import wandb
        from store import Mails
        from transformers import AutoModel

        labels = pd.read_csv("labels.csv")

        def main(args, job, name):
            with wandb.init(project="texts", job_type="eval") as run:
                model = AutoModel.from_pretrained("bert-base-uncased")
                other = AutoModel.from_pretrained(name)
                table = pd.read_csv(io.StringIO("text,label"))
                state = torch.load(args.resume_from)
                mails = Mails.open("data/mails.csv")
            with wandb.init(project="texts", job_type=job):
                mails = pd.read_csv("data/mails.csv")
        """
    ),
)
