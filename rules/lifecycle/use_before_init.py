"""Reports `wandb.log`, `wandb.config` and their kin before `wandb.init`, and names bound to their stand-ins.

Why it matters: before a run is started they are stand-ins that raise `You must call wandb.init()`, and
`wandb.run` is `None`. What `from wandb import log, config` binds stays such a stand-in for ever, even
after `wandb.init`. A function that nothing in the file calls may be called while a run is active: there,
only what precedes its own `wandb.init` is reported.

When to ignore: where another program has started the run, and runs this file in its own process.
"""

from __future__ import annotations

from collections.abc import Iterator

from wbcheck.rule import (
    Bad,
    BlockKind,
    Event,
    File,
    Finding,
    Finish,
    Good,
    Guard,
    Label,
    Model,
    Preset,
    Proof,
    Raises,
    Rule,
    RunStart,
    Starter,
    Tri,
    is_reached,
    listed,
    paths,
    precedes,
)

from ._runless import Ask, asks, stand_in_of, stand_ins

RULE = Rule(
    code="WB604",
    name="use-before-init",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="Before `wandb.init` there is no run: the call raises, and what comes after it is not reached.",
    how="Start the run first, best as `with wandb.init(...) as run:`, and use `run.log` and `run.config`.",
)


def check(file: File) -> Iterator[Finding]:
    model = file.model
    names = stand_ins(model)
    has_module = any(entry.target == "wandb" for entry in model.imports)
    used: dict[str, None] = {}
    for event in model.events:
        used[stand_in_of(event, names, has_module)] = None
    for span in dict.fromkeys(names[name].span for name in used if name):
        kept = [name for name in used if name and names[name].span == span]
        verb = "raise" if len(kept) > 1 else "raises"
        yield Finding(span, f"imported {listed(kept, 30)} {verb} even after `wandb.init`")
    told: set[int | None] = set()
    for ask in asks(model):
        # The first one raises, so those after it are not reached.
        function = model.blocks[ask.event.block].function
        if stand_in_of(ask.event, names, has_module) or function in told or not is_early(file, ask):
            continue
        told.add(function)
        starts = [start for start in model.each(RunStart) if start.span > ask.span]
        related = tuple(Label(start.callee, "the run is started here") for start in starts[:1])
        yield Finding(ask.span, f"{ask.what} before any run is started", related=related)


def is_early(file: File, ask: Ask) -> bool:
    """Whether it is certain that there is no run: the file itself starts one later, or is what is run."""
    model = file.model
    if ask.runless.start is not None or model.refusals or is_caught(model, ask.event):
        return False
    starts = [start for start in model.each(RunStart) if start.starter is Starter.INIT]
    if ask.runless.own:
        return any(follows(model, ask.event, start) for start in starts)
    if model.notebook or is_trial(model, ask.event):
        return True
    if any(file.project.starts_run(entry.target) for entry in model.imports):
        return False
    ways = paths(model, ask.event)
    if all(any(is_main(model, place.block) for place in way) for way in ways):
        return True
    return any(is_reached(model, start) for start in starts)


def follows(model: Model, event: Event, start: RunStart) -> bool:
    """Whether a run start comes after an event in the same function, and no run has ended in between."""
    function = model.blocks[event.block].function
    if model.blocks[start.block].function != function or precedes(model, event, start) is not Tri.YES:
        return False
    return not any(event.span < end.span < start.span for end in model.each(Finish))


def is_caught(model: Model, event: Event) -> bool:
    """Whether an event lies in a `try` with handlers: somebody counts on what it raises."""
    handled = {block.group for block in model.blocks if block.kind is BlockKind.EXCEPT}
    return any(b.kind is BlockKind.TRY and b.group in handled for b in model.enclosing(event.block))


def is_trial(model: Model, event: Event) -> bool:
    ways = paths(model, event)
    return all(model.blocks[way[0].block].kind is BlockKind.FUNCTION for way in ways)


def is_main(model: Model, block: int) -> bool:
    condition = model.blocks[block].condition
    return condition is not None and condition.guard is Guard.MAIN and not condition.negated


EXAMPLES = (
    Bad(
        """
        import wandb

        wandb.config.update({"params": {"lr": 0.1}})
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        run = wandb.init(project="texts", name="exp-003-train")
        run.log({"train/loss": 0.3})
        """,
        message="`wandb.config` is written before any run is started",
    ),
    Bad(
        """
        from wandb import config, init, log
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

        init(project="texts", config={"params": {"lr": 0.1}})
        log({"train/loss": 1 - config["params"]["lr"]})
        """,
        message="imported `log`, `config` raise even after `wandb.init`",
    ),
    Bad(
        """
        import argparse
        import wandb

        def report(loss):
            wandb.log({"train/loss": loss})
            ^^^^^^^^^

        def main():
            args = argparse.ArgumentParser().parse_args()
            report(0.3)
            wandb.init(project="texts", config={"params": vars(args)})

        if __name__ == "__main__":
            main()
        """,
        message="`wandb.log` is called before any run is started",
    ),
    Bad(
        """
        import wandb

        def trial():
            lr = wandb.config.lr
                 ^^^^^^^^^^^^^^^
            with wandb.init(project="texts") as run:
                run.log({"train/loss": 1 - lr})

        wandb.agent("me/texts/abc123", function=trial)
        """,
        message="`wandb.config` is read before any run is started",
    ),
    Bad(
        """
        # %%
        import wandb

        # %%
        wandb.run.name = "exp-003-train"
        ^^^^^^^^^^^^^^

        # %%
        wandb.init(project="texts")
        """,
        notebook=True,
        message="`wandb.run.name` is set before any run is started",
    ),
    Good(
        """
        import wandb as wb
        from wandb import finish, init

        def report(loss):
            wb.log({"train/loss": loss})

        def update(lr):
            wb.config.update({"params": {"lr": lr}})

        run = init(project="texts")
        report(0.3)
        finish()
        """
    ),
    Good(
        """
        import wandb
        from tracking import start

        start("texts")
        wandb.log({"train/loss": 0.3})
        wandb.finish()
        with wandb.init(project="texts", job_type="eval") as run:
            run.log({"eval/f1": 0.9})
        """
    ),
    Good(
        """
        import wandb
        from train import options

        if wandb.run is not None:
            wandb.log({"train/loss": 0.3})
        try:
            wandb.log({"train/loss": 0.3})
        except wandb.Error:
            wandb.init(project="texts")

        def train(resumed):
            if resumed:
                wandb.log({"train/loss": 0.3})
            else:
                wandb.init(project="texts")

        def restart():
            wandb.log({"train/loss": 0.3})
            wandb.finish()
            wandb.init(project="texts")
        """
    ),
    Good(
        """
        import wandb

        if not __debug__:
            wandb.log = print
        wandb.config = {"params": {"lr": 0.1}}
        wandb.log({"train/loss": wandb.config["params"]["lr"]})
        wandb.init(project="texts", config=wandb.config)
        """
    ),
    Good(
        """
        import wandb

        units = wandb.config.units

        def build():
            return [wandb.config.depth, units]
        """
    ),
)

PROOF = Proof(bad=Raises("Error", "You must call wandb.init()"))
