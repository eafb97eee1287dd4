"""Reports a first argument of `wandb.init` that is given by position.

Why it matters: since wandb 0.19.1 the first parameter is `entity`, before it was `job_type`; it has
never been the project. `wandb.init("texts")` sends the run to an entity called `texts`, into the project
`uncategorized`, and with `entity=` beside it raises.

When to ignore: where the entity is meant; say so by `entity=`.
"""

from collections.abc import Iterator

from wbcheck.rule import (
    Applicability,
    Argument,
    Bad,
    File,
    Finding,
    Good,
    Mended,
    Preset,
    Proof,
    Rule,
    RunStart,
    Shows,
    Starter,
    Text,
    Tri,
    constant,
    name_argument,
    shown,
)

from ..access._asked import of_entity
from ._left import told

RULE = Rule(
    code="WB118",
    name="init-positional",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="The first parameter of `wandb.init` is the entity (before 0.19.1 the job type), not the project.",
    how="Name the argument: `project=`.",
    fix=Applicability.UNSAFE,
    changes=("entity", "project"),
)


def check(file: File) -> Iterator[Finding]:
    for start in file.model.each(RunStart):
        # With a project beside it, the entity is what was meant.
        if start.starter is not Starter.INIT or start.arguments.given("project") is Tri.YES:
            continue
        for argument in start.arguments.positional[:1]:
            if argument.spread:
                continue
            value = argument.value
            what = shown(value) if isinstance(value, Text) else "the first argument"
            fix = file.fix_across(_as_project, start, argument)
            yield Finding(argument.span, f"{what} is given as the entity, not as the project", fix=fix)


def _as_project(file: File, start: RunStart, argument: Argument) -> Mended | None:
    """The argument by its name; says which queries ask for the runs where they went until now."""
    edits = name_argument(file.text, start.arguments, argument, "project")
    entity = constant(argument.value)
    message = told("Give it as the project", of_entity(file, entity) if entity else [])
    return Mended(message, edits) if edits else None


EXAMPLES = (
    Bad(
        """
        import wandb

        wandb.init("texts")
                   ^^^^^^^
        """,
        message="`texts` is given as the entity, not as the project",
        fixed="""
        import wandb

        wandb.init(project="texts")
        """,
    ),
    Bad(
        """
        from wandb import init
        from settings import PROJECT

        with init(PROJECT, job_type="train") as run:
                  ^^^^^^^
            run.log({"train/loss": 0.1})
        """,
        message="the first argument is given as the entity, not as the project",
        fixed="""
        from wandb import init
        from settings import PROJECT

        with init(project=PROJECT, job_type="train") as run:
            run.log({"train/loss": 0.1})
        """,
    ),
    Good(
        """
        import wandb as wb

        wb.init(project="texts", entity="acme")
        """
    ),
    Good(
        """
        import wandb
        from tracker import init

        init("texts")
        wandb.init(*load_arguments())
        wandb.init("acme", project="texts")
        wandb.login("host")
        """
    ),
)

PROOF = Proof(bad=Shows("the project is not the one that was meant", lambda ran: ran.run.project != "texts"))
