"""Reports a suppression comment that names no rule, or is written so that it silences nothing.

Why it matters: whoever wrote it believes that a finding is accepted, and it is not; with a slip in a
code it may even silence another rule. In a shared `# noqa` the codes of other tools are theirs to judge.

When to ignore: never; correct the comment.
"""

from wbcheck.rule import Bad, Good, Preset, Rule

RULE = Rule(
    code="WB003",
    name="unknown-suppression-code",
    preset=Preset.RECOMMENDED,
    since="0.1.0",
    why="A comment that names no rule silences nothing, whatever its author believed.",
    how="Name the rule by its code or its name.",
    made_by_engine=True,
)

EXAMPLES = (
    Bad(
        """
        import wandb

        run = wandb.init(name="exp_003")  # wbcheck: ignore[run-name-underscores]
                                                            ^^^^^^^^^^^^^^^^^^^^
        """,
        message="no rule is called `run-name-underscores`",
    ),
    Bad(
        """
        import wandb

        run = wandb.init(name="exp_003")  # wbcheck: disable[WB101]
                                          ^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
        message="this comment silences nothing: the word is `ignore`",
    ),
    Good(
        """
        import wandb

        run = wandb.init(name="exp_003")  # wbcheck: ignore[WB101] an old dashboard asks for it
        """
    ),
    Good(
        """
        import wandb

        run = wandb.init(name="exp_003")  # noqa: E501, WB101
        """
    ),
)
