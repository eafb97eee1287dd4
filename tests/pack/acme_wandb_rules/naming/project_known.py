"""Reports a run whose project is none of the team's.

Why it matters: a slip in the project makes a new one, and its runs are missing from every dashboard.

When to ignore: in a throw-away experiment.
"""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Annotated

from wbcheck.rule import (
    Applicability,
    Bad,
    File,
    Finding,
    Good,
    Options,
    Preset,
    Rule,
    RunStart,
    doc,
    set_text,
    shown,
    texts,
)

from ._words import PROJECTS


class Projects(Options, frozen=True):
    known_projects: Annotated[tuple[str, ...], doc("The projects that there are.")] = PROJECTS


RULE = Rule(
    code="AC101",
    name="project-known",
    preset=Preset.RECOMMENDED,
    since="1.0.0",
    why="Runs in a project that nobody knows of are not found.",
    how="Take one of the team's projects.",
    fix=Applicability.UNSAFE,
    options=Projects,
)


def check(file: File) -> Iterator[Finding]:
    known = file.options.known_projects
    for start in file.model.each(RunStart):
        for text in texts(start.get("project")):
            if text.constant is None or text.constant in known:
                continue
            near = get_close_matches(text.constant, known, n=1)
            fix = file.fix(f"Call it `{near[0]}`", set_text, next(text.constants), near[0]) if near else None
            yield Finding(text.span or start.callee, f"{shown(text)} is none of our projects", fix=fix)


EXAMPLES = (
    Bad(
        """
        import wandb

        run = wandb.init(project="text")
                                 ^^^^^^
        """,
        message="`text` is none of our projects",
        fixed="""
        import wandb

        run = wandb.init(project="texts")
        """,
    ),
    Good(
        """
        import wandb as wb

        run = wb.init(project="texts")
        """
    ),
    Good(
        """
        import wandb

        run = wandb.init(project="sounds")
        """,
        options={"known-projects": ["sounds"]},
    ),
)
