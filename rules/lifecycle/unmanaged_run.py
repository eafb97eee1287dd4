"""Reports a run that is neither a `with` block nor finished on every path.

Why it matters: `with wandb.init(...) as run:` ends the run where its work ends, even where an exception
leaves the block and is caught outside (the guide's Basic Usage). A run left open takes what later code logs;
in a notebook it stays "running" until the kernel stops.

When to ignore: in a short script, whose only run ends with the program.
"""

from __future__ import annotations

from collections.abc import Iterator

from wbcheck.rule import (
    Applicability,
    Bad,
    Block,
    BlockKind,
    End,
    EscapeKind,
    Event,
    File,
    Finding,
    Finish,
    Good,
    Model,
    ObjectKind,
    Preset,
    Rule,
    RunStart,
    Starter,
    is_reached,
    partings,
    surely_runs,
)

from ..identity._setup import is_trial
from ._active import gives_active_run, is_disabled, may_end_unseen
from ._with import with_run

RULE = Rule(
    code="WB601",
    name="unmanaged-run",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="The run stays open, and whatever comes later writes into it.",
    how="Write `with wandb.init(...) as run:` around what belongs to the run.",
    fix=Applicability.UNSAFE,
)


def check(file: File) -> Iterator[Finding]:
    model = file.model
    for start in model.each(RunStart):
        if start.starter is not Starter.INIT or start.forwards or is_disabled(start) or is_trial(file, start):
            continue
        if is_told_otherwise(file, start) or not is_ours(model, start):
            continue
        run = model.runs[start.run]
        if run.with_block is not None or may_end_unseen(model, start.run):
            continue
        ends = [model.events[index] for index in run.finishes]
        if not ends:
            message = f"nothing finishes the run that `{start.callee_text}` starts"
            yield Finding(start.callee, message, fix=with_run(file, start))
        elif not any(surely_ends(model, start, end) and not is_left(model, start, end) for end in ends):
            message = f"not every path finishes the run of `{start.callee_text}`"
            yield Finding(start.callee, message, fix=with_run(file, start))


def is_told_otherwise(file: File, start: RunStart) -> bool:
    """Whether the run is started again and again, or is one that was active already, as other rules tell."""
    if start.again is not None:
        return gives_active_run(file, start) or file.model.notebook
    return start.previous is not None and gives_active_run(file, start)


def is_ours(model: Model, start: RunStart) -> bool:
    """Whether the file itself runs what starts the run, keeps the run to itself, and starts none after it."""
    if any(block.kind is BlockKind.COMPREHENSION for block in model.enclosing(start.block)):
        return False
    if not is_reached(model, start) or any("." in name for name in model.runs[start.run].names):
        return False
    if model.notebook and any(other.previous == start.run for other in model.each(RunStart)):
        return False
    kept = (EscapeKind.STORE, EscapeKind.CLOSURE, EscapeKind.YIELD)
    return not any(model.escapes_of(start.run, ObjectKind.RUN, how=kept))


def surely_ends(model: Model, start: RunStart, end: Event) -> bool:
    """Whether control that has started the run comes to this end of it."""
    if isinstance(end, Finish) and end.with_exit:
        return True
    held = {*model.runs[start.run].names, "wandb.run"}
    asked = held | {f"{name} is not None" for name in held}
    return any(
        surely_runs(tuple(block for block in parting.second if not asks_for(block, asked)), parting.first)
        for parting in partings(model, start, end)
        if parting.ordered
    )


def is_left(model: Model, start: RunStart, end: Event) -> bool:
    """Whether a function that starts a run may return, without an end of it, before it comes to this one."""
    around = list(model.enclosing(end.block))
    if (isinstance(end, Finish) and end.with_exit) or any(each.kind is BlockKind.FINALLY for each in around):
        return False
    arms = {each.group: each.id for each in model.enclosing(start.block)}
    ends = [model.events[index].span for index in model.runs[start.run].finishes]
    return any(
        block.end is End.RETURNS
        and block.kind in (BlockKind.BRANCH, BlockKind.EXCEPT)
        and block.function == model.blocks[start.block].function == model.blocks[end.block].function
        and start.span.end < block.span.start
        and block.span.end < end.span.start
        and not any(block.span.contains(span) for span in ends)
        and all(arms.get(each.group, each.id) == each.id for each in model.enclosing(block.id))
        for block in model.blocks
    )


def asks_for(block: Block, asked: set[str]) -> bool:
    """Whether a branch is taken exactly where there is a run."""
    return block.condition is not None and not block.condition.negated and block.condition.text in asked


EXAMPLES = (
    Bad(
        """
        import wandb

        run = wandb.init(project="texts", name="exp-003-train")
              ^^^^^^^^^^
        run.log({"train/loss": 0.3})
        """,
        message="nothing finishes the run that `wandb.init` starts",
        fixed="""
        import wandb

        with wandb.init(project="texts", name="exp-003-train") as run:
            run.log({"train/loss": 0.3})
        """,
    ),
    Bad(
        """
        import wandb
        from shop import is_open

        def main():
            wandb.init(project="texts")
            ^^^^^^^^^^
            if is_open():
                wandb.log({"eval/f1": 0.9})
                wandb.finish()

        if __name__ == "__main__":
            main()
        """,
        message="not every path finishes the run of `wandb.init`",
        fixed="""
        import wandb
        from shop import is_open

        def main():
            with wandb.init(project="texts"):
                if is_open():
                    wandb.log({"eval/f1": 0.9})

        if __name__ == "__main__":
            main()
        """,
    ),
    Bad(
        """
        import wandb

        def main(path):
            run = wandb.init(project="texts",
                  ^^^^^^^^^^
                             notes=\"\"\"
        A long
          story.
        \"\"\")

            # One row for each line.
            @run.watch
            def report(line):
                run.log({"data/length": len(line)})

            for line in open(path):
                if not line:
                    return
                report(line)

            # Finish the run.
            run.finish()
            print("done")

        main("texts.csv")
        """,
        message="not every path finishes the run of `wandb.init`",
        fixed="""
        import wandb

        def main(path):
            with wandb.init(project="texts",
                            notes=\"\"\"
        A long
          story.
        \"\"\") as run:
                # One row for each line.
                @run.watch
                def report(line):
                    run.log({"data/length": len(line)})

                for line in open(path):
                    if not line:
                        return
                    report(line)

                # Finish the run.
            print("done")

        main("texts.csv")
        """,
    ),
    Bad(
        """
        import wandb

        def start(config):
            run = wandb.init(project="texts", config=config)
                  ^^^^^^^^^^
            run.define_metric("train/*", step_metric="epoch")

        start({"params": {"lr": 0.1}})
        wandb.log({"train/loss": 0.3, "epoch": 1})
        """,
        message="nothing finishes the run that `wandb.init` starts",
    ),
    Bad(
        """
        # %%
        import wandb

        # %%
        run = wandb.init(project="texts")
              ^^^^^^^^^^

        # %%
        run.log({"eval/f1": 0.9})
        """,
        notebook=True,
        message="nothing finishes the run that `wandb.init` starts",
    ),
    Bad(
        """
        # %%
        import wandb

        # %%
        wandb.init(project="texts")
        ^^^^^^^^^^
        !ls
        wandb.log({"eval/f1": 0.9})
        # That was it.

        # %%
        print("done")
        """,
        notebook=True,
        message="nothing finishes the run that `wandb.init` starts",
        fixed="""
        # %%
        import wandb

        # %%
        with wandb.init(project="texts"):
            !ls
            wandb.log({"eval/f1": 0.9})
            # That was it.

        # %%
        print("done")
        """,
    ),
    Bad(
        """
        import atexit
        import wandb

        def start():
            run = wandb.init(project="texts")
                  ^^^^^^^^^^
            run.log({"train/loss": 0.3})
            return run

        def late():
            run = wandb.init(project="texts", reinit="create_new")
                  ^^^^^^^^^^
            run.log({"train/loss": 0.3})
            atexit.register(lambda: run.log({"train/loss": 0.2}))

        def keep(kept):
            run = wandb.init(project="texts", reinit="create_new")
                  ^^^^^^^^^^

            def report(loss):
                run.log({"train/loss": loss})

            report(0.3)
            return report

        start()
        late()
        keep([])
        """,
        message="nothing finishes the run that `wandb.init` starts",
    ),
    Bad(
        """
        import wandb
        from training import fit

        def prepare():
            wandb.init(project="texts")
            ^^^^^^^^^^
            print("prepared")

        prepare()
        fit()
        """,
        message="nothing finishes the run that `wandb.init` starts",
        beside={
            "training.py": """
        import wandb

        def fit():
            wandb.log({"train/loss": 0.3})
        """
        },
    ),
    Bad(
        """
        import typer
        import wandb

        def train(lr: float = 0.1):
            run = wandb.init(project="texts", config={"params": {"lr": lr}})
                  ^^^^^^^^^^
            run.log({"train/loss": 0.3})

        if __name__ == "__main__":
            typer.run(train)
        """,
        message="nothing finishes the run that `wandb.init` starts",
        fixed="""
        import typer
        import wandb

        def train(lr: float = 0.1):
            with wandb.init(project="texts", config={"params": {"lr": lr}}) as run:
                run.log({"train/loss": 0.3})

        if __name__ == "__main__":
            typer.run(train)
        """,
    ),
    Bad(
        """
        import wandb

        run = wandb.init(project="texts")
              ^^^^^^^^^^
        run.config.update({"params": {"lr": 0.1}})
        """,
        message="nothing finishes the run that `wandb.init` starts",
        beside={
            "train.py": """
            import wandb
            from example import run

            run.log({"train/loss": 0.3})
            """
        },
    ),
    Good(
        """
        import wandb as wb

        with wb.init(project="texts") as run:
            run.log({"train/loss": 0.3})

        run = wb.init(project="texts", job_type="eval")
        with run:
            run.log({"eval/f1": 0.9})
        """
    ),
    Good(
        """
        import argparse
        import wandb

        args = argparse.ArgumentParser().parse_args()
        if args.track:
            wandb.init(project="texts")
        try:
            if args.track:
                wandb.log({"train/loss": 0.3})
        finally:
            if args.track:
                wandb.finish()

        run = wandb.init(project="texts") if args.track else None
        if run is not None:
            run.finish()
        """
    ),
    Good(
        """
        import wandb
        from tracking import close

        def start(project):
            return wandb.init(project=project)

        class Tracker:
            def __init__(self):
                self.run = wandb.init(project="texts")

        run = wandb.init(project="texts")
        close(run)
        """
    ),
    Good(
        """
        # %%
        import wandb

        # %%
        run = wandb.init(project="texts", job_type="train")

        # %%
        run = wandb.init(project="texts", job_type="eval")
        run.finish()
        """,
        notebook=True,
    ),
)
