"""Reports a second `wandb.init` while a run is active.

Why it matters: the second `wandb.init` gives back the active run, and does not look at the new
project, name and config: what belongs to the second goes into the first. Where both are `with`
blocks, the end of the inner one ends the outer run too, and the next `log` raises. In a notebook a
second `wandb.init` ends the first run instead.

When to ignore: where the second `wandb.init` is only there to get at the active run; `wandb.run`
says that.
"""

from collections.abc import Iterator

from wbcheck.rule import (
    Bad,
    File,
    Finding,
    Good,
    Label,
    Preset,
    Proof,
    Rule,
    RunStart,
    Shows,
    Tri,
)

from ._active import gives_active_run, is_disabled, may_end_unseen

RULE = Rule(
    code="WB603",
    name="nested-init",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="What belongs to the second run goes into the first, under the first one's name and config.",
    how='Finish the first run before, or start the second with `reinit="create_new"`.',
)


def check(file: File) -> Iterator[Finding]:
    model = file.model
    for start in model.each(RunStart):
        first = model.start_of(start.previous)
        if first is None or start.active is not Tri.YES or start.again is not None or is_disabled(first):
            continue
        if gives_active_run(file, start) and not may_end_unseen(model, first.run):
            yield Finding(
                start.callee,
                f"`{start.callee_text}` returns the run that is already active",
                related=(Label(first.callee, "the active run starts here"),),
            )


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts", name="exp-003-train") as run:
            run.log({"train/loss": 0.3})
            with wandb.init(project="texts", name="exp-003-eval") as inner:
                 ^^^^^^^^^^
                inner.log({"eval/loss": 0.3})
        """,
        message="`wandb.init` returns the run that is already active",
    ),
    Bad(
        """
        import wandb

        def evaluate():
            run = wandb.init(project="texts", job_type="eval")
                  ^^^^^^^^^^
            run.log({"eval/f1": 0.9})
            run.finish()

        wandb.init(project="texts", job_type="train")
        wandb.log({"train/loss": 0.3})
        evaluate()
        """,
        message="`wandb.init` returns the run that is already active",
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts", job_type="train") as run:
            run.log({"train/loss": 0.3})

        with wandb.init(project="texts", job_type="eval") as run:
            run.log({"eval/loss": 0.3})
        """
    ),
    Good(
        """
        import wandb as wb
        from shop import open_till

        run = wb.init(project="texts", job_type="train")
        side = wb.init(project="texts", job_type="eval", reinit="create_new")
        run.finish()

        def resume(settings):
            if settings.fresh:
                wb.init(project="texts")
            else:
                wb.init(project="texts", id=settings.id, resume="must")

        def get_run():
            return wb.run or wb.init(project="texts")
        """
    ),
    Good(
        """
        # %%
        import wandb
        run = wandb.init(project="texts", job_type="train")

        # %%
        run = wandb.init(project="texts", job_type="eval")
        """,
        notebook=True,
    ),
)

PROOF = Proof(
    bad=Shows(
        "there is one run, and it holds what both logged",
        lambda ran: (
            [run.name for run in ran.runs] == ["exp-003-train"]
            and set(ran.run.summary) >= {"train/loss", "eval/loss"}
        ),
    ),
    good=Shows("there are two runs", lambda ran: [run.job_type for run in ran.runs] == ["train", "eval"]),
)
