"""Reports a suppression comment of ours that names no rule and so silences all of them.

Why it matters: it hides what was found and all that is found there later, lost data among it. A list
says what was accepted, and goes stale visibly.

When to ignore: in generated code, where `ignore-file` without a list is what is meant.
"""

from wbcheck.rule import Bad, Good, Preset, Rule

RULE = Rule(
    code="WB004",
    name="blanket-suppression",
    preset=Preset.ALL,
    since="0.1.0",
    why="Without a list a comment also silences what nobody has looked at yet.",
    how="Name the rules that are meant: `# wbcheck: ignore[WB101] reason`.",
    made_by_engine=True,
)

EXAMPLES = (
    Bad(
        """
        import wandb

        run = wandb.init(name="exp_003")  # wbcheck: ignore
                                          ^^^^^^^^^^^^^^^^^
        """,
        message="this comment silences every rule here",
    ),
    Bad(
        """
        # wbcheck: ignore-file
        ^^^^^^^^^^^^^^^^^^^^^^
        import wandb

        run = wandb.init(name="exp_003")
        """,
        message="this comment silences every rule in this file",
    ),
    Good(
        """
        import wandb

        run = wandb.init(name="exp_003")  # wbcheck: ignore[WB101]
        """
    ),
    Good(
        """
        import wandb

        run = wandb.init(name="exp_003")  # noqa
        """
    ),
)
