"""Reports a value of the run's config that is logged, or copied into the summary.

Why it matters: a hyperparameter belongs into the config, where every column and filter of the runs table
looks for it, and it is there already. Logged, it is a flat curve among the metrics; in the summary it is a
second column of the same value, which a resumed run may contradict (When to Use Summary vs. Logged
Metrics).

When to ignore: where a chart needs the value as its axis.
"""

from collections.abc import Iterator

from wbcheck.rule import (
    AnyValue,
    Bad,
    Dict,
    Entry,
    File,
    Finding,
    Flag,
    Good,
    Log,
    Number,
    ObjectKind,
    Part,
    Preset,
    Rule,
    RunStart,
    SummaryWrite,
    Text,
    Unknown,
    Why,
    constant,
)

from ._configs import holdings, is_rebound, names_of

RULE = Rule(
    code="WB213",
    name="hyperparameter-logged",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="The value is in the config already, and never changes: it makes a flat curve or a second column.",
    how="Leave it to the config.",
)


# A point of a curve needs to say where it lies.
_AXES = ("epoch", "step", "global_step", "iteration", "iter")


def check(file: File) -> Iterator[Finding]:
    model = file.model
    if is_rebound(model):
        return
    given = {start.run: list(values(holdings(model, start))) for start in model.each(RunStart)}
    for event in model.events:
        if not isinstance(event, Log | SummaryWrite):
            continue
        known = given.get(event.run, []) if event.run is not None else []
        named = (entry for entry in entries(event) if constant(entry.key) not in _AXES)
        found = [entry for entry in named if is_of_config(entry.value, known)]
        if found:
            word, verb = ("value", "is") if len(found) == 1 else ("values", "are")
            done = "logged" if isinstance(event, Log) else "copied into the summary"
            place = found[0].span or event.span
            yield Finding(place, f"config {word} {verb} {done} as {names_of(found, 32)}")


def entries(event: Log | SummaryWrite) -> list[Entry]:
    """What is logged or written, key by key."""
    value = event.data if isinstance(event, Log) else event.value
    if isinstance(value, Dict):
        return [entry for entry in value.entries if constant(entry.key) is not None]
    if isinstance(event, SummaryWrite) and len(event.path) == 1 and value is not None:
        return [Entry(event.path[0].key, value, event.span)]
    return []


def values(configs: Iterator[Dict]) -> Iterator[AnyValue]:
    """Every single value of these dicts."""
    for config in configs:
        for entry in config.entries:
            if isinstance(entry.value, Dict):
                yield from values(iter((entry.value,)))
            elif entry.certain:
                yield entry.value


def is_of_config(value: AnyValue, known: list[AnyValue]) -> bool:
    """Whether a value was read from a config, or is the very one that the config was given."""
    if isinstance(value, Part):
        return value.of.kind is ObjectKind.CONFIG and bool(value.path)
    if isinstance(value, Text | Number | Flag):
        return any(value.span is not None and value.span == one.span for one in known)
    if isinstance(value, Unknown) and value.why is Why.ARGUMENT and value.default is not None:
        # What is computed from an argument has its name, but not its default.
        return any(isinstance(one, Unknown) and one.name == value.name for one in known)
    return False


EXAMPLES = (
    Bad(
        """
        import wandb
        from training import evaluate, train

        with wandb.init(config={"params": {"lr": 0.1, "batch_size": 32}}) as run:
            params = run.config["params"]
            for epoch in range(3):
                run.log({"train/loss": train(params), "lr": params["lr"], "epoch": epoch})
                                                      ^^^^^^^^^^^^^^^^^^
            run.summary["batch_size"] = run.config["params"]["batch_size"]
            ^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
        message=(
            "config value is logged as `lr`",
            "config value is copied into the summary as `batch_size`",
        ),
    ),
    Bad(
        """
        import argparse
        import wandb

        SEED = 42
        parser = argparse.ArgumentParser()
        parser.add_argument("--lr", type=float, default=0.1)
        args = parser.parse_args()
        run = wandb.init(config={"params": vars(args), "meta": {"seed": SEED}})
        run.summary.update({"lr": args.lr, "seed": SEED})
                            ^^^^^^^^^^^^^
        """,
        message="config values are copied into the summary as `lr`, `seed`",
    ),
    Good(
        """
        import wandb as wb
        from training import scheduler, train

        with wb.init(config={"params": {"lr": 0.1, "epochs": 3}}) as run:
            for epoch in range(run.config["params"]["epochs"]):
                run.log({"train/loss": train(), "train/lr": scheduler.get_last_lr()[0], "epoch": epoch})
            run.summary["num_samples"] = 12
        """
    ),
    Good(
        """
        from argparse import ArgumentParser
        import wandb

        best = 0.1
        args = ArgumentParser().parse_args()
        run = wandb.init(config={"params": {"lr": 0.1, "start": best, "warmup": args.warmup}})
        lr = run.config["params"]["lr"]
        for step in range(100):
            lr *= 0.99
            best = max(best, step)
            run.log({"epoch": args.epoch, "train/lr": lr, "best": best, "left": args.warmup - step})
        """
    ),
    Good(
        """
        import wandb

        def report(run, config):
            run.log({"lr": config["lr"], "loss": config.loss})
            run.summary.update(config)
        """
    ),
)
