"""Reports `wandb.init` in a loop, or in a function called again, while its first run is still active.

Why it matters: `wandb.init` gives back the run that is active, and does not look at the new name
and config. All passes write into the first run: its curves mix them all, and the other runs do not
exist. In a notebook each `wandb.init` ends the run before it, so this is about scripts.

When to ignore: where one run is meant for all passes; then `wandb.init` belongs before the loop.
"""

from collections.abc import Iterator

from wbcheck.rule import (
    Applicability,
    Bad,
    BlockKind,
    File,
    Finding,
    Good,
    Preset,
    Proof,
    Rule,
    RunStart,
    Shows,
)

from ._active import gives_active_run, may_end_unseen
from ._with import with_run

RULE = Rule(
    code="WB602",
    name="init-in-loop",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="Everything goes into the first run, under its name and config; the other runs do not exist.",
    how="Write `with wandb.init(...) as run:`, or call `run.finish()` at the end of each pass.",
    fix=Applicability.UNSAFE,
    changes=("runs",),
)


def check(file: File) -> Iterator[Finding]:
    for start in file.model.each(RunStart):
        if start.again is None or not gives_active_run(file, start) or may_end_unseen(file.model, start.run):
            continue
        is_loop = file.model.blocks[start.again].kind is BlockKind.LOOP
        where = "in this loop" if is_loop else "called again,"
        message = f"{where} `{start.callee_text}` returns the first run again"
        yield Finding(start.callee, message, fix=with_run(file, start))


EXAMPLES = (
    Bad(
        """
        import wandb

        for lr in [0.1, 0.01, 0.001]:
            run = wandb.init(project="texts", config={"params": {"lr": lr}})
                  ^^^^^^^^^^
            run.log({"train/loss": 1 - lr})
        """,
        message="in this loop `wandb.init` returns the first run again",
        fixed="""
        import wandb

        for lr in [0.1, 0.01, 0.001]:
            with wandb.init(project="texts", config={"params": {"lr": lr}}) as run:
                run.log({"train/loss": 1 - lr})
        """,
    ),
    Bad(
        """
        from wandb import init

        def train(fold):
            run = init(project="texts", name=f"exp-003-train-fold-{fold}")
                  ^^^^
            run.log({"train/loss": 0.1})

        for fold in range(5):
            train(fold)
        """,
        message="in this loop `init` returns the first run again",
        fixed="""
        from wandb import init

        def train(fold):
            with init(project="texts", name=f"exp-003-train-fold-{fold}") as run:
                run.log({"train/loss": 0.1})

        for fold in range(5):
            train(fold)
        """,
    ),
    Bad(
        """
        import wandb

        def train(lr):
            wandb.init(project="texts", config={"params": {"lr": lr}})
            ^^^^^^^^^^
            wandb.log({"train/loss": 1 - lr})

        train(0.1)
        train(0.01)
        """,
        message="called again, `wandb.init` returns the first run again",
        fixed="""
        import wandb

        def train(lr):
            with wandb.init(project="texts", config={"params": {"lr": lr}}):
                wandb.log({"train/loss": 1 - lr})

        train(0.1)
        train(0.01)
        """,
    ),
    Good(
        """
        import wandb

        for lr in [0.1, 0.01, 0.001]:
            with wandb.init(project="texts", config={"params": {"lr": lr}}) as run:
                run.log({"train/loss": 1 - lr})

        for seed in range(3):
            wandb.init(project="texts", config={"params": {"seed": seed}})
            try:
                wandb.log({"train/loss": 1 / (1 + seed)})
            finally:
                wandb.finish()
        """
    ),
    Good(
        """
        import wandb

        run = wandb.init(project="texts", name="stage-0")
        for stage in (1, 2):
            run.log({"train/loss": 0.1})
            run.finish()
            run = wandb.init(project="texts", name=f"stage-{stage}")
        run.finish()
        """
    ),
    Good(
        """
        import wandb

        current = None

        def begin(fold):
            global current
            if current is not None:
                current.finish()
            current = wandb.init(project="texts", name=f"fold-{fold}")

        class Folds:
            run = None

            def begin(self, fold):
                if self.run:
                    self.run.finish()
                self.run = wandb.init(project="texts", name=f"fold-{fold}")

        folds = Folds()
        for fold in range(5):
            begin(fold)
        for fold in range(5):
            folds.begin(fold)
        """
    ),
    Good(
        """
        import wandb as wb
        from tracking import close

        for seed in range(3):
            wb.init(project="texts", reinit="finish_previous", config={"params": {"seed": seed}})
        wb.finish()
        for seed in range(3):
            run = wb.init(project="texts", config={"params": {"seed": seed}})
            close(run)
        """
    ),
    Good(
        """
        import wandb

        def train(seed):
            with wandb.init(project="texts", config={"params": {"seed": seed}}) as run:
                run.log({"train/loss": 0.3})
                return run.id

        class Tracker:
            def __init__(self, seed):
                self.run = wandb.init(project="texts", config={"params": {"seed": seed}})

            def __enter__(self):
                return self

            def __exit__(self, *error):
                self.run.finish()

        for seed in range(3):
            train(seed)
        for seed in range(3):
            with Tracker(seed) as tracker:
                tracker.run.log({"train/loss": 0.3})
        """
    ),
    Good(
        """
        import wandb

        def trial():
            run = wandb.init()
            run.log({"train/loss": run.config["params"]["lr"]})

        wandb.agent("me/texts/abc123", function=trial, count=3)
        for seed in range(3):
            if wandb.run is None:
                wandb.init(project="texts")
        """
    ),
    Good(
        """
        # %%
        import wandb

        # %%
        for lr in [0.1, 0.01]:
            run = wandb.init(project="texts", config={"params": {"lr": lr}})
            run.log({"train/loss": 1 - lr})
        """,
        notebook=True,
    ),
)

PROOF = Proof(
    bad=Shows(
        "one run holds the curves of all three, with the first one's config",
        lambda ran: (
            [len(run.history) for run in ran.runs] == [3] and ran.run.config == {"params": {"lr": 0.1}}
        ),
    ),
    good=Shows(
        "each pass has its own run",
        lambda ran: [len(run.history) for run in ran.runs] == [1] * 6,
    ),
)
