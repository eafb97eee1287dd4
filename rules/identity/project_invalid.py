"""Reports a project name that W&B refuses.

Why it matters: a project name takes neither `/`, `\\`, `#`, `?`, `%` nor `:`, and at most 128 characters:
`wandb.init` raises. An entity is not written into the project, it has an argument of its own.

When to ignore: never.
"""

from collections.abc import Iterator

from wbcheck.rule import Bad, File, Finding, Good, Preset, Proof, Raises, Rule, Text, setup, shown, texts

MOST = 128
FORBIDDEN = "/\\#?%:"

RULE = Rule(
    code="WB117",
    name="project-invalid",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="`wandb.init` raises on a project name with one of `/ \\ # ? % :` in it, or over 128 characters.",
    how="Use other characters, and no more than 128; an entity is given by `entity=`.",
)


def check(file: File) -> Iterator[Finding]:
    for place in setup.given(file.model, "project"):
        for text in texts(place.value):
            wrong = problem(text)
            if wrong:
                yield Finding(text.span or place.span, f"project {shown(text, 30)} {wrong}")


def problem(text: Text) -> str:
    """What is wrong with a project name, or nothing."""
    found = next((letter for piece in text.constants for letter in piece.text if letter in FORBIDDEN), "")
    if found:
        return f"has a `{found}` in it"
    return f"has more than {MOST} characters" if text.known_length > MOST else ""


EXAMPLES = (
    Bad(
        """
        import wandb

        wandb.init(project="acme/texts")
                           ^^^^^^^^^^^^
        """,
        message="project `acme/texts` has a `/` in it",
    ),
    Bad(
        """
        import wandb

        PROJECT = "acme/texts"
                  ^^^^^^^^^^^^
        run = wandb.init(project=PROJECT)
        """,
        message="project `acme/texts` has a `/` in it",
    ),
    Bad(
        """
        import wandb
        from settings import kind

        wandb.init(project=f"texts: {kind}")
                           ^^^^^^^^^^^^^^^^
        """,
        message="project `texts: {}` has a `:` in it",
    ),
    Bad(
        """
        import os
        import wandb

        os.environ["WANDB_PROJECT"] = "acme/texts"
                                      ^^^^^^^^^^^^
        run = wandb.init()
        """,
        message="project `acme/texts` has a `/` in it",
    ),
    Bad(
        """
        import wandb

        wandb.init(
            project="phishing-texts-of-all-customers-of-the-last-ten-years-"
                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            "without-those-that-were-reported-by-mistake-or-by-people-who-have-left-the-company"
            ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
        )
        """,
        message="project `phishing-texts…ft-the-company` has more than 128 characters",
    ),
    Good(
        """
        import wandb as wb

        wb.init(entity="acme", project="texts of 2026", name="a/b")
        """
    ),
    Good(
        """
        import wandb
        from mlflow import init

        init(project="a/b")
        wandb.init(project=load("a/b"))
        """
    ),
)

PROOF = (
    Proof(bad=Raises("UsageError", "Invalid project name")),
    Proof(
        bad=Raises("UsageError", "Invalid project name"),
        bad_script="import os\nos.environ['WANDB_PROJECT'] = 'a/b'\nimport wandb\nwandb.init()",
    ),
)
