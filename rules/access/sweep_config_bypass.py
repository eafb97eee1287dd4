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
    Dict,
    File,
    Finding,
    Flag,
    GivenRead,
    Good,
    Items,
    Label,
    Number,
    Preset,
    Proof,
    Rule,
    RunStart,
    Shows,
    constant,
    shown,
)

from ..config._configs import handle_at, is_rebound, is_running
from ..config.config_bypass import from_config, is_held, is_setting, way_of
from ._trials import Trial, is_swept, passes_arguments, reads_arguments, trials_of

RULE = Rule(
    code="WB807",
    name="sweep-config-bypass",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="The sweep's value is in the run's config alone, so every trial runs with the same one.",
    how="Read it from `run.config`.",
    fix=Applicability.UNSAFE,
    changes=("history", "summary"),
)


def check(file: File) -> Iterator[Finding]:
    for start in file.model.each(RunStart):
        if is_rebound(file.model):
            return
        reads = [read for read in file.model.each(GivenRead) if read.run == start.run]
        found = trials_of(file, start) if reads else []
        reads = [read for read in reads if any(_is_bypass(trial, start, read) for trial in found)]
        if reads:
            first, *others = reads
            more = f" and {len(others)} more" if others else ""
            fix = file.fix_across(from_config, start, handle_at(file.model, start, reads), reads)
            verb = "are" if others else "is"
            related = [Label(read.span, "nor is this") for read in others[:20]]
            made, path = found[0].made, found[0].path
            if path != file.path:
                related.append(Label(made.callee, "the sweep", path))
            message = f"{shown(way_of(first), 34)}{more} {verb} not what the sweep proposes"
            yield Finding(first.span, message, related=tuple(related), fix=fix)


def _is_bypass(trial: Trial, start: RunStart, read: GivenRead) -> bool:
    """Whether a swept value that the run's config has is read elsewhere while the run goes on."""
    if not is_swept(trial, read) or (read.path and not is_setting(read)):
        return False
    if start.span.start <= read.span.start < start.span.end or not is_held(start, read):
        return False
    # What the agent hands over on the command line may be what is read.
    if passes_arguments(trial) and (reads_arguments(trial.file) or not _is_literal(start, read)):
        return False
    return is_running(trial.file.model, start, read)


def _is_literal(start: RunStart, read: GivenRead) -> bool:
    """Whether the run was given a value that is written in the code."""
    value = start.get("config")
    for key in read.path:
        entry = value.find(key) if isinstance(value, Dict) else None
        value = None if entry is None else entry.value
    return isinstance(value, Number | Flag | Items) or constant(value) is not None


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
    Bad(
        """
        import wandb

        config = {"params": {"lr": 0.1, "epochs": 3}}
        with wandb.init(config=config) as run:
            for epoch in range(config["params"]["epochs"]):
                run.log({"train/loss": config["params"]["lr"]})
                                       ^^^^^^^^^^^^^^^^^^^^^^
        """,
        message='`config[…"lr"]` is not what the sweep proposes',
        fixed="""
        import wandb

        config = {"params": {"lr": 0.1, "epochs": 3}}
        with wandb.init(config=config) as run:
            for epoch in range(config["params"]["epochs"]):
                run.log({"train/loss": run.config["params"]["lr"]})
        """,
        beside={
            "sweep.yaml": """
            program: example.py
            method: random
            parameters:
              params:
                parameters:
                  lr: {min: 0.001, max: 0.1}
            """
        },
    ),
    Bad(
        """
        import wandb

        CONFIG = {"lr": 0.1}

        def trial():
            with wandb.init(config=CONFIG) as run:
                run.log({"train/loss": CONFIG["lr"]})
                                       ^^^^^^^^^^^^
        """,
        message='`CONFIG["lr"]` is not what the sweep proposes',
        fixed="""
        import wandb

        CONFIG = {"lr": 0.1}

        def trial():
            with wandb.init(config=CONFIG) as run:
                run.log({"train/loss": run.config["lr"]})
        """,
        beside={
            "search.py": """
            import wandb
            from example import trial

            space = {"lr": {"min": 0.001, "max": 0.1}}
            wandb.agent(wandb.sweep({"method": "random", "parameters": space}), function=trial)
            """
        },
    ),
    Bad(
        """
        import wandb

        CONFIG = {"lr": 0.1}

        def trial():
            with wandb.init(config=CONFIG) as run:
                run.log({"train/rate": CONFIG["lr"]})
                                       ^^^^^^^^^^^^

        sweep_id = wandb.sweep({"method": "grid", "parameters": {"lr": {"values": [0.01, 0.001]}}})
        wandb.agent(sweep_id, function=trial)
        """,
        message='`CONFIG["lr"]` is not what the sweep proposes',
        fixed="""
        import wandb

        CONFIG = {"lr": 0.1}

        def trial():
            with wandb.init(config=CONFIG) as run:
                run.log({"train/rate": run.config["lr"]})

        sweep_id = wandb.sweep({"method": "grid", "parameters": {"lr": {"values": [0.01, 0.001]}}})
        wandb.agent(sweep_id, function=trial)
        """,
    ),
    Good(
        """
        import argparse
        import wandb

        parser = argparse.ArgumentParser()
        parser.add_argument("--lr", type=float, default=0.1)
        args = parser.parse_args()
        with wandb.init(config=vars(args)) as run:
            run.log({"train/loss": args.lr})
        """,
        beside={
            "sweep.yaml": """
            program: example.py
            method: random
            parameters:
              lr: {min: 0.001, max: 0.1}
            """
        },
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

_SWEPT = """
import os
import wandb

with open("swept.yaml", "w") as file:
    file.write("wandb_version: 1\\nlr:\\n  value: 0.5\\n")
os.environ["WANDB_SWEEP_ID"] = "s1"
os.environ["WANDB_SWEEP_PARAM_PATH"] = os.path.abspath("swept.yaml")
config = {"lr": 0.1}
with wandb.init(config=config) as run:
    run.log({"train/rate": READ})
"""


def _logged(rate: float) -> Shows:
    return Shows(f"the trial uses {rate}", lambda ran: ran.run.history[0]["train/rate"] == rate)


PROOF = Proof(
    bad=_logged(0.1),
    good=_logged(0.5),
    bad_script=_SWEPT.replace("READ", 'config["lr"]'),
    good_script=_SWEPT.replace("READ", 'run.config["lr"]'),
)
