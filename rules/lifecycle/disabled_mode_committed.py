"""Reports a mode that keeps runs from W&B, written into the code: `mode="disabled"`, `WANDB_MODE=offline`.

Why it matters: it is set for a quick try and then committed. From then on nobody's runs arrive: `disabled`
records nothing at all, `offline` only on the machine that ran it.

When to ignore: where the program is always run without a network and `wandb sync` is part of the job. A mode
in a shell script, an `.env` or a CI file is for those who run that, and is not reported.
"""

from __future__ import annotations

from collections.abc import Iterator

from wbcheck.rule import (
    AnyValue,
    Bad,
    BlockKind,
    EnvironmentSet,
    Event,
    File,
    Finding,
    Good,
    Guard,
    Model,
    Preset,
    Rule,
    RunStart,
    Text,
    constant,
    options,
    paths,
)

RULE = Rule(
    code="WB616",
    name="disabled-mode-committed",
    preset=Preset.ALL,
    since="0.1.0",
    why="Runs of this code do not arrive in W&B, whoever starts it.",
    how="Leave the mode out, and set `WANDB_MODE` in the shell to try things out.",
)

_SILENT = ("disabled", "offline", "dryrun")


def check(file: File) -> Iterator[Finding]:
    for start in file.model.each(RunStart):
        if is_conditional(file.model, start):
            continue
        for text in committed(start.get("mode")):
            yield Finding(text.span or start.callee, f'`mode="{text.constant}"` is written into the code')
    for event in file.model.each(EnvironmentSet):
        if constant(event.name) != "WANDB_MODE" or event.how in ("setdefault", "file"):
            continue
        if is_conditional(file.model, event):
            continue
        for text in committed(event.value):
            place = event.span if text.span is None or event.how == "magic" else text.span
            yield Finding(place, f"`WANDB_MODE={text.constant}` is written into the code")


def is_conditional(model: Model, event: Event) -> bool:
    """Whether something is only done where somebody asks for it: `if args.debug:`."""
    return all(
        any(
            model.blocks[place.block].kind is BlockKind.BRANCH
            and (asked := model.blocks[place.block].condition) is not None
            and asked.guard is not Guard.MAIN
            for place in way
        )
        for way in paths(model, event)
    )


def committed(value: AnyValue | None) -> tuple[Text, ...]:
    """The modes that keep runs from W&B, where a value can be nothing else."""
    found = tuple(text for text in options(value) if isinstance(text, Text) and text.constant in _SILENT)
    return found if len(found) == len(options(value)) else ()


EXAMPLES = (
    Bad(
        """
        import wandb

        run = wandb.init(project="texts", mode="disabled")
                                               ^^^^^^^^^^
        """,
        message='`mode="disabled"` is written into the code',
    ),
    Bad(
        """
        import os
        import wandb as wb

        os.environ["WANDB_MODE"] = "offline"
                                   ^^^^^^^^^
        run = wb.init(project="texts")
        """,
        message="`WANDB_MODE=offline` is written into the code",
    ),
    Good(
        """
        import argparse
        import wandb

        parser = argparse.ArgumentParser()
        parser.add_argument("--debug", action="store_true")
        args = parser.parse_args()
        run = wandb.init(project="texts", mode="disabled" if args.debug else "online")
        """
    ),
    Good(
        """
        import os
        import sys
        import wandb

        os.environ.setdefault("WANDB_MODE", "offline")
        if "--dry-run" in sys.argv:
            os.environ["WANDB_MODE"] = "dryrun"
        os.environ["MODE"] = "offline"

        def start(mode):
            return wandb.init(project="texts", mode=mode)

        run = wandb.init(project="texts", mode="online")
        """
    ),
)
