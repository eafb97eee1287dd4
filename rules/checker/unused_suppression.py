"""Reports a suppression comment of ours that silences nothing.

Why it matters: a comment that outlived its reason hides the next finding that comes to its place.
Only what can be known is judged: a comment that names a rule which did not run is left alone, and so
is a bare `# noqa`, which may be meant for another tool.

When to ignore: in code that is checked under several configurations, where a rule runs in only one.
"""

from wbcheck.rule import Applicability, Bad, Good, Preset, Rule

RULE = Rule(
    code="WB002",
    name="unused-suppression",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="A comment that silences nothing will one day silence what it was not meant for.",
    how="Remove the comment.",
    fix=Applicability.SAFE,
    made_by_engine=True,
)

EXAMPLES = (
    Bad(
        """
        import wandb

        run = wandb.init(name="exp-003-train")  # wbcheck: ignore[WB101] an old dashboard asks for it
                                                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
        message="this comment silences `WB101` where nothing is reported",
        fixed="""
        import wandb

        run = wandb.init(name="exp-003-train")
        """,
    ),
    Bad(
        """
        import wandb

        run = wandb.init(name="exp_003_train")  # wbcheck: ignore[WB101, config-flat]
                                                                         ^^^^^^^^^^^
        """,
        message="this comment silences `config-flat` where nothing is reported",
        fixed="""
        import wandb

        run = wandb.init(name="exp_003_train")  # wbcheck: ignore[WB101]
        """,
    ),
    Good(
        """
        import wandb

        run = wandb.init(name="exp_003_train")  # wbcheck: ignore[run-name-underscore] an old dashboard
        """
    ),
    Good(
        """
        import wandb

        run = wandb.init(name="exp-003-train")  # noqa
        log = "# wbcheck: ignore[WB101]"
        """
    ),
)
