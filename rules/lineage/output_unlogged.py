"""Reports a run that writes a model or data and logs no artifact.

Why it matters: what stays on the disk of the machine is lost with it, and the run's page shows metrics of a
model that nobody can fetch (guide, Lineage and Traceability). Functions of your own that write data are named
by the setting `savers`.

When to ignore: for scratch files and caches.
"""

from __future__ import annotations

from collections.abc import Iterator

from wbcheck.rule import (
    Bad,
    DataWritten,
    File,
    Finding,
    Good,
    Preset,
    Rule,
)

from . import _data
from ._run import may_have_outputs

RULE = Rule(
    code="WB503",
    name="output-unlogged",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="It stays on the disk of this machine: W&B knows of the run, and not of what it made.",
    how="Add it to a `wandb.Artifact`, and log that.",
)


def check(file: File) -> Iterator[Finding]:
    judged: set[int] = set()
    for written in file.model.each(DataWritten):
        run = _data.run_of(file.model, written) if _data.is_output(written) else None
        if run is None or run.id in judged:
            continue
        judged.add(run.id)
        start = file.model.start_of(run.id)
        if start is not None and not start.forwards and not may_have_outputs(file, start):
            what = _data.named(written, written.target)
            yield Finding(written.callee, f"run writes {what} and logs no artifact")


EXAMPLES = (
    Bad(
        """
        import torch
        import wandb

        with wandb.init(project="texts", job_type="train") as run:
            model = torch.nn.Linear(8, 2)
            run.log({"train/loss": 0.3})
            torch.save(model.state_dict(), "head.pt")
            ^^^^^^^^^^
            torch.save(model.state_dict(), "last.pt")
        """,
        message="run writes `head.pt` and logs no artifact",
    ),
    Bad(
        """
        import wandb as wb

        class Step:
            def __init__(self, mails):
                self.mails = mails
                self.run = wb.init(project="texts", job_type="clean")

            def write(self, folder):
                self.mails.to_csv(f"{folder}/mails-clean.csv")
                ^^^^^^^^^^^^^^^^^

        def main(mails, folder):
            step = Step(mails)
            step.write(folder)
            step.run.finish()
        """,
        message="run writes `{}/mails-clean.csv` and logs no artifact",
    ),
    Good(
        """
        import torch
        import wandb

        with wandb.init(project="texts", job_type="train") as run:
            torch.save({"epoch": 3}, "head.pt")
            run.log_artifact("head.pt", name="head", type="model")

        torch.save({"epoch": 3}, "copy.pt")

        with wandb.init(project="texts", job_type="train") as run:
            torch.save({"epoch": 4}, "head.pt")
            run.save("head.pt")
        """
    ),
    Good(
        """
        import os
        import torch
        import wandb
        from transformers import Trainer, TrainingArguments

        os.environ["WANDB_LOG_MODEL"] = "end"

        with wandb.init(project="texts", job_type="train") as run:
            trainer = Trainer(model=torch.nn.Linear(8, 2), args=TrainingArguments("out", report_to="wandb"))
            trainer.train()
            trainer.save_model("head")
        """
    ),
    Good(
        """
        import io
        import torch
        import wandb
        from publishing import publish

        def train(model, mails):
            run = wandb.init(project="texts", job_type="train")
            torch.save(model, "head.pt")
            publish(run, "head.pt")
            run.finish()

        def size(model, mails):
            with wandb.init(project="texts", job_type="eval") as run:
                memory = io.BytesIO()
                torch.save(model, memory)
                text = mails.to_csv()
                run.summary["bytes"] = len(memory.getvalue())
        """
    ),
)
