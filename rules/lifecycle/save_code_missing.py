"""Reports a run that does not keep the code it ran.

Why it matters: the commit that W&B notes says nothing of what was changed and not committed. With
`save_code=True`, or `run.log_code()`, a result can be traced to the code that made it.

When to ignore: where code saving is switched on in the settings of the team, or code must not leave.
"""

from __future__ import annotations

from collections.abc import Iterator

from wbcheck.rule import (
    Bad,
    File,
    Finding,
    Flag,
    Good,
    Preset,
    Rule,
    RunCall,
    RunStart,
    Starter,
    Tri,
    is_given,
)

from ._active import is_disabled

RULE = Rule(
    code="WB617",
    name="save-code-missing",
    preset=Preset.ALL,
    since="0.1.0",
    why="A result cannot be traced to the code that made it, where that was not committed.",
    how="Give `save_code=True`, or call `run.log_code()`.",
)


def check(file: File) -> Iterator[Finding]:
    for start in file.model.each(RunStart):
        if start.starter is not Starter.INIT or start.forwards or is_disabled(start):
            continue
        given = start.arguments.find("save_code")
        if given is not None and isinstance(given.value, Flag) and not given.value.value:
            yield Finding(given.value.span or start.callee, "`save_code=False` keeps the code out of the run")
        elif given is None or is_given(given.value) is Tri.NO:
            if start.arguments.given("save_code") is Tri.NO and not saves_otherwise(file, start):
                yield Finding(start.callee, f"`{start.callee_text}` does not save the code")


def saves_otherwise(file: File, start: RunStart) -> bool:
    """Whether the code may be kept in another way: settings, the environment, `log_code`."""
    if start.arguments.given("settings") is not Tri.NO or start.arguments.given("resume_from") is not Tri.NO:
        return True
    if any(
        file.project.sets(name, file.path) is not Tri.NO for name in ("WANDB_SAVE_CODE", "WANDB_DISABLE_CODE")
    ):
        return True
    return any(
        call.method == "log_code" and (not call.runs or start.run in call.runs)
        for call in file.model.of_run(RunCall, start.run)
    )


EXAMPLES = (
    Bad(
        """
        import wandb

        run = wandb.init(project="texts", name="exp-003-train")
              ^^^^^^^^^^
        """,
        message="`wandb.init` does not save the code",
    ),
    Bad(
        """
        import wandb

        run = wandb.init(project="texts", save_code=False)
                                                    ^^^^^
        """,
        message="`save_code=False` keeps the code out of the run",
    ),
    Good(
        """
        import wandb as wb

        run = wb.init(project="texts", save_code=True)
        """
    ),
    Good(
        """
        import wandb

        run = wandb.init(project="texts")
        run.log_code("src")

        def start(**settings):
            return wandb.init(project="texts", **settings)
        """
    ),
    Good(
        """
        import os
        import wandb

        os.environ["WANDB_SAVE_CODE"] = "true"
        run = wandb.init(project="texts")
        dry = wandb.init(mode="disabled")
        """
    ),
)
