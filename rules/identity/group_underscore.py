"""Reports underscores in the constant parts of a run's group.

Why it matters: the group is what the dashboard folds runs by, and `exp_003` beside `exp-003` is two
groups of what was meant as one. The guide asks for dashes in every name but those of metrics (Naming
Conventions, General Rule and Groups).

When to ignore: while runs that are still to come must join a group that has its underscores already.
"""

from collections.abc import Iterator

from wbcheck.rule import Applicability, Bad, File, Finding, Good, Preset, Rule

from ._dashes import in_setup

RULE = Rule(
    code="WB107",
    name="group-underscore",
    preset=Preset.RECOMMENDED,
    since="0.1.0",
    why="Runs are folded by their exact group: one that is spelt in two ways is two groups.",
    how="Write `-` for `_`, in all runs of the group.",
    fix=Applicability.UNSAFE,
)


def check(file: File) -> Iterator[Finding]:
    return in_setup(file, "group")


EXAMPLES = (
    Bad(
        """
        import wandb

        wandb.init(project="texts", group="exp_003", job_type="train")
                                           ^^^^^^^
        """,
        message="group `exp_003` has underscores",
        fixed="""
        import wandb

        wandb.init(project="texts", group="exp-003", job_type="train")
        """,
    ),
    Bad(
        """
        import wandb
        from lightning.pytorch.loggers import WandbLogger

        number = load_number()
        logger = WandbLogger(group=f"pipeline_v{number}")
                                     ^^^^^^^^^^
        """,
        message="group `pipeline_v{}` has underscores",
        fixed="""
        import wandb
        from lightning.pytorch.loggers import WandbLogger

        number = load_number()
        logger = WandbLogger(group=f"pipeline-v{number}")
        """,
    ),
    Good(
        """
        import wandb as wb

        wb.init(name="exp_003", group="exp-003")
        """
    ),
    Good(
        """
        import wandb

        def start(group_name):
            return wandb.init(group=group_name)
        """
    ),
)
