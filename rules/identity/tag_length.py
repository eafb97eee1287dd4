"""Reports an empty tag, or one of more than 64 characters.

Why it matters: the SDK refuses the run: `wandb.init` raises, and a later `run.tags = …` is ignored with no
more than a warning. A tag has from 1 to 64 characters.

When to ignore: never; put what is longer into the notes or the config.
"""

from collections.abc import Iterator

from wbcheck.rule import Bad, File, Finding, Good, Preset, Proof, Raises, Rule, setup, shown

MOST = 64

RULE = Rule(
    code="WB116",
    name="tag-length",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="A tag has from 1 to 64 characters: `wandb.init` raises on any other.",
    how="Shorten the tag, and put what is longer into the run's notes or config.",
    wandb=">=0.21",
)


def check(file: File) -> Iterator[Finding]:
    for tag in setup.tags(file.model):
        if not tag.certain:
            continue
        if tag.text.known_length > MOST:
            yield Finding(tag.span, f"tag {shown(tag.text, 30)} has more than {MOST} characters")
        elif tag.text.constant == "":
            yield Finding(tag.span, "a tag is empty", how="Leave it out.")


EXAMPLES = (
    Bad(
        """
        import wandb

        wandb.init(tags=["nlp", "", "trained-on-the-full-dataset-of-the-second-quarter-with-augmentations"])
                                ^^  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
        message=("a tag is empty", "tag `trained-on-the…-augmentations` has more than 64 characters"),
    ),
    Good(
        """
        import wandb as wb

        wb.init(tags=["x" * 3, "trained-on-the-full-dataset-of-the-second-quarter"])
        """
    ),
    Good(
        """
        import wandb

        note = ""
        wandb.init(notes="", tags=[tag for tag in (note, "nlp") if tag])
        """
    ),
)

PROOF = Proof(bad=Raises("ValidationError", "between 1 and 64 characters"))
