"""Reports an agent's function that reads a swept parameter from `args` or from its own dict.

Why it matters: a sweep writes the values that it proposes into the run's config and nowhere else. A trial
that goes on reading what it gave to `wandb.init` trains with the same value every time, while each record
says another one: the sweep compares noise (Quick Reference: a reminder for sweep safety). To give the
defaults as `config=vars(args)` in the trial's own `wandb.init` is right.

When to ignore: never.
"""

from collections.abc import Iterator

from wbcheck.rule import (
    Applicability,
    Bad,
    File,
    Finding,
    GivenRead,
    Good,
    Label,
    Preset,
    Rule,
    RunStart,
    Unproven,
    shown,
)

from ..config._configs import handle_at, is_rebound, is_running
from ..config.config_bypass import from_config, is_held, is_setting, way_of
from ._trials import swept_by, trials

RULE = Rule(
    code="WB807",
    name="sweep-config-bypass",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="The sweep's value is in the run's config alone, so every trial runs with the same one.",
    how="Read it from `run.config`.",
    fix=Applicability.UNSAFE,
)


def check(file: File) -> Iterator[Finding]:
    if is_rebound(file.model):
        return
    for trial in trials(file):
        ways = [swept.way for swept in swept_by(trial.sweep)] if trial.by_function else []
        for start in trial.starts:
            reads = [read for read in file.model.each(GivenRead) if _is_bypass(file, start, read, ways)]
            if reads:
                first, *others = reads
                more = f" and {len(others)} more" if others else ""
                fix = file.fix(
                    "Read from the run's config", from_config, handle_at(file.model, start, reads), reads
                )
                verb = "are" if others else "is"
                yield Finding(
                    first.span,
                    f"{shown(way_of(first), 34)}{more} {verb} not what the sweep proposes",
                    related=tuple(Label(read.span, "nor is this") for read in others[:20]),
                    fix=fix,
                )


def _is_bypass(file: File, start: RunStart, read: GivenRead, ways: list[tuple[str, ...]]) -> bool:
    """Whether a swept value that the run's config has is read elsewhere while the run goes on."""
    is_swept = any(read.path[: len(way)] == way or way[: len(read.path)] == read.path for way in ways)
    if read.run != start.run or not is_swept or (read.path and not is_setting(read)):
        return False
    if start.span.start <= read.span.start < start.span.end or not is_held(start, read):
        return False
    return is_running(file.model, start, read)


EXAMPLES = (
    Bad(
        """
        import argparse
        import wandb
        from training import fit

        parser = argparse.ArgumentParser()
        parser.add_argument("--lr", type=float, default=1e-4)
        parser.add_argument("--epochs", type=int, default=3)
        args = parser.parse_args()

        def trial():
            with wandb.init(config=vars(args)) as run:
                fit(lr=args.lr, epochs=args.epochs)
                       ^^^^^^^

        space = {"lr": {"min": 0.0001, "max": 0.01}}
        sweep_id = wandb.sweep({"method": "random", "parameters": space}, project="texts")
        wandb.agent(sweep_id, function=trial, count=10)
        """,
        message="`args.lr` is not what the sweep proposes",
        fixed="""
        import argparse
        import wandb
        from training import fit

        parser = argparse.ArgumentParser()
        parser.add_argument("--lr", type=float, default=1e-4)
        parser.add_argument("--epochs", type=int, default=3)
        args = parser.parse_args()

        def trial():
            with wandb.init(config=vars(args)) as run:
                fit(lr=run.config["lr"], epochs=args.epochs)

        space = {"lr": {"min": 0.0001, "max": 0.01}}
        sweep_id = wandb.sweep({"method": "random", "parameters": space}, project="texts")
        wandb.agent(sweep_id, function=trial, count=10)
        """,
    ),
    Bad(
        """
        import wandb
        from training import fit

        params = {"lr": 1e-4, "epochs": 3}

        def trial():
            run = wandb.init(config={"params": params})
            fit(**params)
                  ^^^^^^
            run.finish()

        space = {"params": {"parameters": {"lr": {"min": 0.0001, "max": 0.01}}}}
        wandb.agent(wandb.sweep({"method": "random", "parameters": space}), function=trial)
        """,
        message="`**params` is not what the sweep proposes",
        fixed="""
        import wandb
        from training import fit

        params = {"lr": 1e-4, "epochs": 3}

        def trial():
            run = wandb.init(config={"params": params})
            fit(**run.config["params"])
            run.finish()

        space = {"params": {"parameters": {"lr": {"min": 0.0001, "max": 0.01}}}}
        wandb.agent(wandb.sweep({"method": "random", "parameters": space}), function=trial)
        """,
    ),
    Good(
        """
        import argparse
        import wandb
        from training import fit

        parser = argparse.ArgumentParser()
        parser.add_argument("--lr", type=float, default=1e-4)
        args = parser.parse_args()

        def trial():
            with wandb.init(config=vars(args)) as run:
                fit(lr=run.config["lr"])

        space = {"lr": {"min": 0.0001, "max": 0.01}}
        wandb.agent(wandb.sweep({"method": "random", "parameters": space}), function=trial)
        """
    ),
    Good(
        """
        import wandb
        from training import fit

        config = {"lr": 1e-4, "output_dir": "out"}

        def trial():
            with wandb.init(config=config) as run:
                fit(lr=run.config["lr"], folder=config["output_dir"])

        space = {"lr": {"min": 0.0001, "max": 0.01}}
        wandb.agent(wandb.sweep({"method": "random", "parameters": space}), function=trial)
        """
    ),
    Good(
        """
        # What this sweep varies is not in sight.
        import wandb
        from training import fit

        config = {"lr": 1e-4}

        def trial():
            with wandb.init(config=config) as run:
                fit(lr=config["lr"])

        wandb.agent("1a2b3c4d", function=trial)
        """
    ),
)

PROOF = Unproven(
    "an agent asks the server for each trial; that raw dicts keep their values is in facts, section 2.4"
)
