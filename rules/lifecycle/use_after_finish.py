"""Reports a run that is used after `finish()`, or after its `with` block.

Why it matters: a run that has ended takes nothing more: `log`, a summary or config write, an
artifact or a new name raises `UsageError`, and what the program would have done after it is not
done. Reading its id, name and config stays possible.

When to ignore: never; start another run, or end this one later.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from wbcheck.rule import (
    Bad,
    ConfigWrite,
    Event,
    File,
    Finding,
    Finish,
    Good,
    Label,
    Model,
    Preset,
    Proof,
    Raises,
    Rule,
    RunAttribute,
    RunCall,
    Span,
    SummaryWrite,
    Tri,
    shown,
)

from ._active import is_disabled

RULE = Rule(
    code="WB605",
    name="use-after-finish",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="A run that has ended takes nothing more: the call raises.",
    how="Move it before the end of the run, or start another run for it.",
)

# What raises on a run that has ended; `finish`, `display`, `unwatch` and all reading do not.
_CALLS = frozenset(
    "log log_artifact upsert_artifact finish_artifact use_artifact log_model use_model link_model "
    "link_artifact log_code save alert define_metric status mark_preempting".split()
)
_ATTRIBUTES = frozenset({"name", "tags", "notes"})


class Use(NamedTuple):
    """A use that a run must be active for: where, in what words, and what is known of the run by then."""

    span: Span
    what: str
    finished: Tri
    finish: int | None
    runs: tuple[int, ...]


def check(file: File) -> Iterator[Finding]:
    model = file.model
    ended: set[int | None] = set()
    for use in uses(model):
        if use.finished is not Tri.YES or use.finish in ended:
            continue
        # The first use raises, so those after it are not reached.
        ended.add(use.finish)
        if not any(is_disabled(model.start_of(run)) for run in use.runs or ended_by(model, use.finish)):
            message = f"{use.what} after the end of the run"
            yield Finding(use.span, message, related=end_of(model, use.finish))


def uses(model: Model) -> Iterator[Use]:
    """All that raises where the run has ended."""
    for event in model.done(Event):
        match event:
            case RunCall() if event.method in _CALLS:
                span, what = event.callee, f"{shown(event.callee_text)} is called"
            case RunAttribute() if event.write and event.attribute in _ATTRIBUTES:
                span, what = event.span, f"the run's {event.attribute} is set"
            case ConfigWrite() if len(event.path) < 2 and event.how != "rebind":
                span, what = event.span, "the run's config is written"
            case SummaryWrite() if len(event.path) < 2:
                span, what = event.span, "the run's summary is written"
            case _:
                continue
        yield Use(span, what, event.finished, event.finish, event.runs)


def ended_by(model: Model, finish: int | None) -> tuple[int, ...]:
    end = None if finish is None else model.events[finish]
    return end.runs if isinstance(end, Finish) else ()


def end_of(model: Model, finish: int | None) -> tuple[Label, ...]:
    end = None if finish is None else model.events[finish]
    if not isinstance(end, Finish):
        return ()
    return (Label(end.span, "it ends with this block" if end.with_exit else "it ends here"),)


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts") as run:
            run.log({"train/loss": 0.3})
        run.summary["best_loss"] = 0.3
        ^^^^^^^^^^^^^^^^^^^^^^^^
        run.log({"eval/f1": 0.9})
        """,
        message="the run's summary is written after the end of the run",
    ),
    Bad(
        """
        import wandb

        class Training:
            def __init__(self):
                self.run = wandb.init(project="texts")

            def close(self):
                self.run.finish()

        training = Training()
        training.close()
        training.run.log({"train/loss": 0.3})
        ^^^^^^^^^^^^^^^^
        """,
        message="`training.run.log` is called after the end of the run",
    ),
    Bad(
        """
        import wandb

        def name(run):
            run.name = "exp-003-train"
            ^^^^^^^^

        run = wandb.init(project="texts")
        wandb.finish()
        name(run)
        """,
        message="the run's name is set after the end of the run",
    ),
    Bad(
        """
        import numpy as np
        import wandb

        with wandb.init(project="texts"):
            wandb.log({"train/loss": 0.3})
        wandb.log({"eval/f1": np.mean([0.8, 0.9])})
        ^^^^^^^^^
        """,
        message="`wandb.log` is called after the end of the run",
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts", config={"params": {"lr": 0.1}}) as run:
            run.log({"train/loss": 0.3})
        print(run.id, run.name, run.url, run.config["params"]["lr"])
        run.finish()
        """
    ),
    Good(
        """
        import wandb as wb

        def train(stop_early, fold):
            run = wb.init(project="texts")
            if stop_early:
                run.finish()
                return
            run.log({"train/loss": 0.3})
            run.finish()
            run = wb.init(project="texts", name=f"exp-003-fold-{fold}")
            run.log({"train/loss": 0.2})
            run.finish()
            dry = wb.init(mode="disabled")
            dry.finish()
            dry.log({"train/loss": 0.2})
        """
    ),
    Good(
        """
        import wandb
        from shop import till

        run = wandb.init(project="texts")
        till.finish()
        try:
            run.log({"train/loss": 0.3})
        finally:
            run.finish()
        till.log("closed")
        """
    ),
    Good(
        """
        import wandb
        from tracking import start

        wandb.init(project="texts", job_type="clean")
        wandb.finish()
        start(job_type="train")
        wandb.log({"train/loss": 0.3})
        wandb.finish()
        if wandb.run is not None:
            wandb.log({"eval/f1": 0.9})
        """
    ),
)

PROOF = Proof(bad=Raises("UsageError", "is finished"))
