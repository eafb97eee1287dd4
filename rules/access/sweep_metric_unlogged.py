"""Reports a sweep's `metric.name` that its program never logs.

Why it matters: `bayes` and `hyperband` look for that very name in the runs. Where no run has it, every
proposal is made at random and no run is stopped early, without a word. A slip in the name is enough, or a
name that has been given a namespace since (Metric Names).

When to ignore: where other code logs it to the same run.
"""

from collections.abc import Iterator
from difflib import get_close_matches

from wbcheck.rule import (
    Bad,
    Entry,
    File,
    Finding,
    Good,
    Label,
    Piece,
    Preset,
    Rule,
    RunStart,
    SummaryWrite,
    Text,
    Unproven,
    folded,
    shown,
)

from ..metrics._axes import is_alone, logged, may_be
from ..metrics._logged import keys
from ._trials import Trial, entry_of, is_plain, text_of, trials, uses_integrations

RULE = Rule(
    code="WB805",
    name="sweep-metric-unlogged",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="The sweep optimises what no run has, so that its proposals are made at random.",
    how="Name the metric as it is logged.",
)


def check(file: File) -> Iterator[Finding]:
    for trial in trials(file):
        name = text_of(trial.sweep, "metric", "name")
        entry = entry_of(trial.sweep, "metric", "name")
        entries = _all_logged(trial) if name and entry is not None else None
        if not entries or name is None or entry is None or _may_log(trial, entries, name):
            continue
        known = sorted({key.constant for each in entries for key in keys(each) if key.constant})
        close = _closest(name, known)
        if not close and not is_plain(trial.file):
            continue
        hint = f", but {shown(close, 24)}" if close else ""
        pieces = [piece for piece in _pieces(entry) if piece.span is not None]
        place = (pieces[0].span if len(pieces) == 1 else None) or entry.value.span or trial.made.callee
        yield Finding(
            place,
            f"the sweep's program never logs {shown(name, 24)}{hint}",
            related=tuple(_label(file, trial, each) for each in entries[:1] if each.key.span),
        )


def _pieces(entry: Entry) -> list[Piece]:
    return list(entry.value.constants) if isinstance(entry.value, Text) else []


def _label(file: File, trial: Trial, entry: Entry) -> Label:
    path = None if trial.file.path == file.path else trial.file.path
    assert entry.key.span is not None
    return Label(entry.key.span, "what is logged", path)


def _all_logged(trial: Trial) -> tuple[Entry, ...] | None:
    """All that the trials log, if nothing of it is hidden."""
    if uses_integrations(trial.file):
        return None
    found: list[Entry] = []
    for start in trial.starts:
        entries = _of_run(trial.file, start)
        if entries is None:
            return None
        found.extend(entries)
    return tuple(found)


def _of_run(file: File, start: RunStart) -> tuple[Entry, ...] | None:
    return logged(file.model, start.run) if is_alone(file, start) else None


def _may_log(trial: Trial, entries: tuple[Entry, ...], name: str) -> bool:
    """Whether a metric is logged, or put into the summary, or may be: `f1.max` is the best of `f1`."""
    if name.startswith("_"):
        return True  # W&B's own
    plain = {key.constant for entry in entries for key in keys(entry)}
    if any(may_be(entry, name) for entry in entries) or name.rpartition(".")[0] in plain:
        return True
    for write in trial.file.model.each(SummaryWrite):
        first = write.path[0].name if write.path else None
        if first is None or first == name or name.startswith(f"{first}."):
            return True
    return False


def _closest(name: str, known: list[str]) -> str:
    """The logged name that is probably meant."""
    plain = {folded(other): other for other in known}
    leaf = name.rpartition("/")[2]
    same = [other for other in known if other.rpartition("/")[2] == leaf]
    return plain.get(folded(name)) or next(iter(same or get_close_matches(name, known, 1, 0.7)), "")


EXAMPLES = (
    Bad(
        """
        program: train.py
        method: bayes
        metric:
          name: val_f1
                ^^^^^^
          goal: maximize
        parameters:
          params:
            parameters:
              learning_rate: {min: 0.0001, max: 0.01}
        """,
        message="the sweep's program never logs `val_f1`, but `val/f1`",
        path="sweep.yaml",
        beside={
            "train.py": """
            import wandb

            with wandb.init(config={"params": {"learning_rate": 0.001}}) as run:
                for epoch in range(3):
                    run.log({"train/loss": 0.1, "val/f1": 0.9, "epoch": epoch})
            """
        },
    ),
    Bad(
        """
        import wandb

        def trial():
            with wandb.init() as run:
                run.log({"val/loss": 0.1 * run.config["learning_rate"]})

        space = {"learning_rate": {"min": 0.0001, "max": 0.01}}
        goal = {"name": "accuracy", "goal": "maximize"}
                         ^^^^^^^^
        sweep_id = wandb.sweep({"method": "bayes", "metric": goal, "parameters": space}, project="texts")
        wandb.agent(sweep_id, function=trial, count=20)
        """,
        message="the sweep's program never logs `accuracy`",
    ),
    Good(
        """
        program: train.py
        method: bayes
        metric: {name: val/f1, goal: maximize}
        parameters:
          learning_rate: {min: 0.0001, max: 0.01}
        """,
        path="sweep.yaml",
        beside={
            "train.py": """
            import wandb

            run = wandb.init()
            for split in ("train", "val"):
                run.log({f"{split}/f1": 0.9})
            """
        },
    ),
    Good(
        """
        # The program is not among the checked files.
        program: elsewhere.py
        method: bayes
        metric: {name: val_f1, goal: maximize}
        parameters:
          learning_rate: {min: 0.0001, max: 0.01}
        """,
        path="sweep.yaml",
        beside={"train.py": "import wandb\n\nwandb.init().log({'val/f1': 0.9})\n"},
    ),
    Good(
        """
        import wandb
        from training import fit

        def trial():
            with wandb.init() as run:
                run.log({"epochs": 3})
                fit(run)

        space = {"learning_rate": {"min": 0.0001, "max": 0.01}}
        sweep = {"method": "bayes", "metric": {"name": "val/f1"}, "parameters": space}
        wandb.agent(wandb.sweep(sweep), function=trial)
        """
    ),
    Good(
        """
        import wandb

        def trial():
            run = wandb.init()
            run.log({"val": {"f1": 0.9}})
            run.summary["test/f1"] = 0.8

        space = {"learning_rate": {"min": 0.0001, "max": 0.01}}
        sweep = {"method": "bayes", "metric": {"name": "test/f1"}, "parameters": space}
        wandb.agent(wandb.sweep(sweep), function=trial)
        """
    ),
)

PROOF = Unproven("which runs a sweep proposes is decided by the server")
