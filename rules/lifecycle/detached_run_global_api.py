"""Reports `wandb.log`, `wandb.config` and their kin after `wandb.init(reinit="create_new")`.

Why it matters: a run of `create_new` stands beside all others, so the module does not know of it: `wandb.run`
stays what it was. Where no other run is active `wandb.log` raises `You must call wandb.init()`; where one is,
it takes the data, and the new run stays empty.

When to ignore: where the other run is meant; then say so with its own name, `other.log(...)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wbcheck.rule import (
    Applicability,
    Bad,
    Edits,
    File,
    Finding,
    Good,
    Label,
    Preset,
    Proof,
    Raises,
    Rule,
    RunStart,
    Span,
    replace,
    source_of,
)

from ._active import is_disabled
from ._runless import asks

RULE = Rule(
    code="WB615",
    name="detached-run-global-api",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why='The module does not know of a run of `reinit="create_new"`: it raises, or another run takes it.',
    how="Use the run that `wandb.init` gives: `run.log`, `run.config`, `run.summary`.",
    fix=Applicability.SAFE,
)


def check(file: File) -> Iterator[Finding]:
    model = file.model
    for ask in asks(model):
        start = None if ask.runless.start is None else model.events[ask.runless.start]
        if not isinstance(start, RunStart) or is_disabled(start):
            continue
        fix = None
        if ask.runless.at_hand:
            held = ask.runless.at_hand
            modules = frozenset(
                entry.name for entry in model.imports if entry.target.split(".")[0] == "wandb"
            )
            fix = file.fix(f"Use `{held}`", use_the_run, ask.span, held, modules)
        related = (Label(start.callee, "the run of `create_new` is started here"),)
        yield Finding(ask.span, f"{ask.what} and misses the run of `create_new`", related=related, fix=fix)


_ASKED = re.compile(r"\w+(?:\s*\.\s*run)?(?=\s*\.)")


def use_the_run(text: str, span: Span, held: str, modules: frozenset[str]) -> Edits | None:
    """Put the name that holds the run in the place of `wandb` or `wandb.run`, not of a team's own module."""
    found = _ASKED.match(source_of(text, span))
    if found is None or re.split(r"[\s.]", found.group())[0] not in modules:
        return None
    return replace(text, Span(span.start, span.start + found.end()), held)


EXAMPLES = (
    Bad(
        """
        import wandb

        run = wandb.init(project="texts", name="exp-003-eval", reinit="create_new")
        wandb.log({"eval/f1": 0.9})
        ^^^^^^^^^
        wandb.summary["eval/best-f1"] = 0.9
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        run.finish()
        """,
        message=(
            "`wandb.log` is called and misses the run of `create_new`",
            "`wandb.summary` is written and misses the run of `create_new`",
        ),
        fixed="""
        import wandb

        run = wandb.init(project="texts", name="exp-003-eval", reinit="create_new")
        run.log({"eval/f1": 0.9})
        run.summary["eval/best-f1"] = 0.9
        run.finish()
        """,
    ),
    Bad(
        """
        import wandb as wb

        def evaluate(model):
            with wb.init(project="texts", config={"params": {"k": 5}}, reinit="create_new") as side:
                f1 = model.score(wb.config["params"]["k"])
                                 ^^^^^^^^^^^^^^^^^^^^^^^^
                side.log({"eval/f1": f1})
        """,
        message="`wandb.config` is read and misses the run of `create_new`",
        fixed="""
        import wandb as wb

        def evaluate(model):
            with wb.init(project="texts", config={"params": {"k": 5}}, reinit="create_new") as side:
                f1 = model.score(side.config["params"]["k"])
                side.log({"eval/f1": f1})
        """,
    ),
    Good(
        """
        import wandb

        main = wandb.init(project="texts", job_type="train")
        side = wandb.init(project="texts", job_type="eval", reinit="create_new")
        wandb.log({"train/loss": 0.3})
        side.log({"eval/f1": 0.9})
        side.finish()
        main.finish()
        """
    ),
    Good(
        """
        import wandb as wb

        side = wb.init(project="texts", reinit="create_new")
        side.log({"eval/f1": 0.9})
        side.finish()
        run = wb.init(project="texts", reinit="finish_previous")
        wb.log({"train/loss": 0.3})
        run.finish()
        """
    ),
    Good(
        """
        import wandb

        def start(reinit):
            run = wandb.init(project="texts", reinit=reinit)
            wandb.log({"train/loss": 0.3})
            dry = wandb.init(mode="disabled", reinit="create_new")
            dry.log({"train/loss": 0.2})
        """
    ),
)

PROOF = Proof(bad=Raises("Error", "You must call wandb.init()"))
