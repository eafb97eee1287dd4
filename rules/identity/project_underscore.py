"""Reports underscores in the constant parts of a project's name.

Why it matters: the project is a piece of every address of its runs and artifacts. The guide asks for dashes
in every name but those of metrics (Naming Conventions, General Rule), so that nobody has to remember which
project is written in which way: `texts_v2` beside `texts-v2` is a second project.

When to ignore: for a project that exists already, as it cannot be renamed without breaking references to it.
"""

from collections.abc import Iterator

from wbcheck.rule import Applicability, Bad, File, Finding, Good, Preset, Rule

from ._dashes import in_setup

RULE = Rule(
    code="WB113",
    name="project-underscore",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="A project that is spelt in two ways is two projects, and half of the runs are missing in each.",
    how="Write `-` for `_`, in all programs that use the project.",
    fix=Applicability.UNSAFE,
)


def check(file: File) -> Iterator[Finding]:
    return in_setup(file, "project")


EXAMPLES = (
    Bad(
        """
        import wandb

        wandb.init(project="phishing_texts", job_type="train")
                            ^^^^^^^^^^^^^^
        """,
        message="project `phishing_texts` has underscores",
        fixed="""
        import wandb

        wandb.init(project="phishing-texts", job_type="train")
        """,
    ),
    Bad(
        """
        import os
        from lightning.pytorch.loggers import WandbLogger

        user = os.environ["USER"]
        logger = WandbLogger(project=f"{user}_texts")
                                             ^^^^^^
        """,
        message="project `{}_texts` has underscores",
        fixed="""
        import os
        from lightning.pytorch.loggers import WandbLogger

        user = os.environ["USER"]
        logger = WandbLogger(project=f"{user}-texts")
        """,
    ),
    Bad(
        """
        from accelerate import Accelerator

        accelerator = Accelerator(log_with="wandb")
        accelerator.init_trackers("phishing_texts")
                                   ^^^^^^^^^^^^^^
        """,
        message="project `phishing_texts` has underscores",
        fixed="""
        from accelerate import Accelerator

        accelerator = Accelerator(log_with="wandb")
        accelerator.init_trackers("phishing-texts")
        """,
    ),
    Bad(
        """
        import os
        import wandb

        os.environ["WANDB_PROJECT"] = "phishing_texts"
                                       ^^^^^^^^^^^^^^
        run = wandb.init(job_type="train")
        """,
        message="project `phishing_texts` has underscores",
        fixed="""
        import os
        import wandb

        os.environ["WANDB_PROJECT"] = "phishing-texts"
        run = wandb.init(job_type="train")
        """,
    ),
    Good(
        """
        import wandb as wb

        wb.init(project="phishing-texts", entity="data_team", dir="my_runs")
        """
    ),
    Good(
        """
        import wandb

        def start(project_name):
            return wandb.init(project=project_name)
        """
    ),
    Good(
        """
        from accelerate import Accelerator

        accelerator = Accelerator(log_with="tensorboard")
        accelerator.init_trackers("phishing_texts")
        """
    ),
)
