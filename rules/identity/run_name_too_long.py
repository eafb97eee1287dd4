"""Reports a run name of 128 characters or more.

Why it matters: the guide keeps names under 128 characters (Naming Conventions, General Rule). W&B cuts
long names in every table and legend, and a model that is logged under the run's name is refused.

When to ignore: never; what is longer belongs into the config, the tags or the notes.
"""

from collections.abc import Iterator

from wbcheck.rule import Annotated, Bad, File, Finding, Good, Options, Preset, Rule, doc, setup, shown, texts


class Limits(Options, frozen=True):
    """How long a name may be."""

    limit: Annotated[int, doc("The number of characters from which on a name is too long.")] = 128


RULE = Rule(
    code="WB105",
    name="run-name-too-long",
    preset=Preset.RECOMMENDED,
    since="0.1.0",
    why="Tables and legends cut long names, and an artifact named after the run is refused.",
    how="Keep it under 128, and put the rest into the config or the tags.",
    options=Limits,
)


def check(file: File) -> Iterator[Finding]:
    limit = file.options.limit
    for place in setup.given(file.model, "name"):
        for text in texts(place.value):
            if text.known_length >= limit:
                size = f"{'' if text.constant is not None else 'at least '}{text.known_length} characters"
                yield Finding(
                    text.span or place.span,
                    f"run name {shown(text, 30)} has {size}",
                    how=f"Keep it under {limit}, and put the rest into the config or the tags.",
                )


EXAMPLES = (
    Bad(
        """
        import wandb

        wandb.init(
            name="exp-003-train-distilbert-base-uncased-on-phishing-texts-encoded-"
                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            "head-tail-with-a-learning-rate-of-0.0001-and-a-batch-size-of-32-"
            "on-one-machine"
            ~~~~~~~~~~~~~~~~
        )
        """,
        message="run name `exp-003-train-…on-one-machine` has 142 characters",
    ),
    Bad(
        """
        import wandb

        wandb.init(name=f"exp-{number()}-train-on-everything")
                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
        message="run name `exp-{}-train-on-everything` has at least 24 characters",
        options={"limit": 24},
    ),
    Good(
        """
        import wandb as wb

        wb.init(name="exp-003-train-2026-11-22T07-30-22Z")
        """
    ),
    Good(
        """
        import wandb

        def start(name):
            wandb.init(name=name, notes="a note may be as long as it likes")
        """
    ),
)
