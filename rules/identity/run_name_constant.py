"""Reports an experiment's name that is the same on every run.

Why it matters: training is run again and again, if only to mend a bug, and then several rows of the runs
table bear one name; which is which has to be told from the clock beside them. The guide puts a timestamp
into the name, or anything else that differs from run to run (Run Names).

When to ignore: where the script is known to run once.
"""

from collections.abc import Iterator

from wbcheck.rule import (
    Applicability,
    Bad,
    Edits,
    File,
    Finding,
    Good,
    Mended,
    Preset,
    Rule,
    RunStart,
    Stuck,
    Tri,
    append_to_text,
    ensure_import,
    shown,
    together,
    value_span,
    varies,
)

from ._left import left, told
from ._named import EXPERIMENTS, Named, has_typed_moment, named
from ._setup import is_trial, needs_nothing

RULE = Rule(
    code="WB104",
    name="run-name-constant",
    preset=Preset.RECOMMENDED,
    since="0.1.0",
    why="When the script runs again, two rows of the runs table have one name.",
    how="Append what differs from run to run, such as `int(time.time())`.",
    fix=Applicability.UNSAFE,
)


def check(file: File) -> Iterator[Finding]:
    for name in named(file.model):
        is_experiment = bool(name.job_types) and name.job_types <= EXPERIMENTS
        if not is_experiment or not _is_constant(name):
            continue
        if _is_resumed(name.start) or needs_nothing(name.start) or is_trial(file, name.start):
            continue
        *_, last = (name.span, *(piece.span for piece in name.text.constants if piece.span))
        yield Finding(
            last,
            f"run name {shown(name.text)} is the same on every run",
            fix=file.fix_across(mended, name),
        )


def _is_constant(name: Named) -> bool:
    """Whether the name is one text, never another, in which nothing differs and no timestamp is typed."""
    return (
        name.alone
        and name.text.known_length > 0
        and not varies(name.text)
        and not has_typed_moment(name.text)
    )


def _is_resumed(start: RunStart) -> bool:
    """Whether the run has an id of its own, by which it goes on under the name that it has."""
    return any(start.arguments.given(name) is not Tri.NO for name in ("id", "version", "resume"))


def mended(file: File, name: Named) -> Mended | None:
    edits = stamped(file.text, name)
    message = told("Append the time in seconds to the run name", left(file, "run name", name.text))
    return Mended(message, edits) if edits else None


def stamped(text: str, name: Named) -> Edits | None:
    """A timestamp at the end of the text that stands in the call, or after a constant handed to it."""
    argument = name.start.arguments.find("name")
    if name.event is name.start and argument is not None:
        span = value_span(text, argument)
    else:
        span = name.text.span if name.text.span and name.event.span.contains(name.text.span) else None
    stamp = None if span is None else append_to_text(text, span, "-{int(time.time())}")
    imported = ensure_import(text, "time")
    if imported is None:
        raise Stuck("`time` is the name of something else here", span)
    return together(stamp, imported)


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts", name="exp-003-train", job_type="train") as run:
                                               ^^^^^^^^^^^^^
            run.log({"train/loss": 0.1})
        """,
        message="run name `exp-003-train` is the same on every run",
        fixed="""
        import time

        import wandb

        with wandb.init(project="texts", name=f"exp-003-train-{int(time.time())}", job_type="train") as run:
            run.log({"train/loss": 0.1})
        """,
    ),
    Bad(
        """
        import wandb

        GROUP = "exp-003"
        NAME = f"{GROUP}-eval"
                        ^^^^^
        run = wandb.init(project="texts", name=NAME, job_type="eval")
        """,
        message="run name `exp-003-eval` is the same on every run",
        fixed="""
        import time

        import wandb

        GROUP = "exp-003"
        NAME = f"{GROUP}-eval"
        run = wandb.init(project="texts", name=f"{NAME}-{int(time.time())}", job_type="eval")
        """,
    ),
    Good(
        """
        import uuid
        from datetime import datetime
        import wandb as wb

        for seed in range(3):
            wb.init(name=f"exp-003-train-{datetime.now():%Y%m%dT%H%M}", job_type="train")
            wb.init(name="exp-003-eval-" + str(uuid.uuid4()), job_type="eval")
            wb.init(name=f"exp-003-train-{seed}", job_type="train")
        """
    ),
    Good(
        """
        import argparse
        import wandb

        parser = argparse.ArgumentParser()
        parser.add_argument("--name", default="exp-003-train")
        args = parser.parse_args()
        run = wandb.init(name=args.name, job_type="train")
        run.finish()
        run = wandb.init(name="exp-004-train" if args.name else "exp-005-train", job_type="train")
        """
    ),
    Good(
        """
        import wandb

        wandb.init(name="exp-003-train-2025-12-13T07-30-22Z", job_type="train")
        wandb.init(name="encode-head-tail-phishing-texts", job_type="encode")
        wandb.init(name="exp-003-train", job_type="train", id="f00ba4", resume="allow")
        wandb.init(name="bert")
        wandb.init(name="", job_type="train")
        """
    ),
    Good(
        """
        import time
        import wandb

        run = wandb.init(name="exp-003-train", job_type="train")
        run.name = f"{run.name}-{int(time.time())}"
        """
    ),
    Good(
        """
        import wandb

        def trial():
            with wandb.init(name="exp-003-train", job_type="train") as run:
                run.log({"train/loss": run.config["params"]["lr"]})

        wandb.agent("team/texts/abc123", function=trial)
        """
    ),
)
