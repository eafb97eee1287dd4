"""Reports a file that mentions W&B and cannot be decoded or parsed: where, and why.

Why it matters: nothing in such a file is judged, so what it does to W&B goes unseen; Python itself
will refuse most of them when they run. In a notebook only the cell that does not parse is left out, and the
other files are all checked.

When to ignore: for templates and fixtures that are not meant to run; `exclude` is better there.
"""

from wbcheck.rule import Bad, Good, Preset, Rule

RULE = Rule(
    code="WB001",
    name="unparsable-file",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="What cannot be parsed cannot be judged, and Python will most likely refuse it, too.",
    how="Mend it at this place, or leave the file out with `exclude`.",
    made_by_engine=True,
)

EXAMPLES = (
    Bad(
        """
        import wandb

        run = wandb.init(project="texts"
                        ^
        run.finish()
        """,
        message="cannot be parsed: …",
    ),
    Bad(
        """
        # %%
        import wandb

        # %%
        run = wandb.init(project=)
                                 ^

        # %%
        run = wandb.init(project="texts")
        """,
        notebook=True,
        message="cannot be parsed: …",
    ),
    Good(
        """
        import wandb

        run = wandb.init(project="texts")
        run.finish()
        """
    ),
    Good(
        """
        # %%
        %pip install wandb

        # %%
        import wandb
        !wandb login
        run = wandb.init(project="texts")
        """,
        notebook=True,
    ),
)
