"""Reports blanks in run names, groups, job types, tags and artifact types.

Why it matters: these are what people type into filters, reports and programs, where a blank has to be
quoted and one at an end is not to be seen at all. The guide asks for dashes as delimiters everywhere but in
metrics (Naming Conventions, General Rule).

When to ignore: where the dashboard's readers are used to names with blanks, and no program reads them.
"""

import re
from collections.abc import Iterator

from wbcheck.rule import (
    Applicability,
    ArtifactMade,
    Bad,
    File,
    Finding,
    Good,
    Mended,
    Piece,
    Preset,
    Rule,
    Text,
    set_text,
    setup,
    shown,
    texts,
    together,
)

from ._left import left, told

RULE = Rule(
    code="WB120",
    name="identity-blank",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="Filters, reports and programs have to quote a blank, and one at an end cannot be seen.",
    how="Write `-` between words, and nothing at the ends.",
    fix=Applicability.UNSAFE,
)


def check(file: File) -> Iterator[Finding]:
    seen = set()
    for what, text in _told(file):
        blank = next((piece for piece in text.constants if _BLANK & set(piece.text)), None)
        if blank is None or blank.span is None or blank.span in seen or not text.skeleton.strip():
            continue
        seen.add(blank.span)
        at_end = text.skeleton != text.skeleton.strip()
        fix = file.fix_across(_dashed, text, what)
        where = "at an end" if at_end else "in it"
        yield Finding(blank.span, f"{what} {shown(text, 36)} has a blank {where}", fix=fix)


_BLANK = {" ", "\t", "\n"}


def _told(file: File) -> Iterator[tuple[str, Text]]:
    """What is told by name, with the word for it."""
    for word in ("name", "group", "job_type"):
        for place in setup.given(file.model, word):
            yield from ((_WORDS[word], text) for text in texts(place.value) if not _is_judged(word, text))
    yield from (("tag", tag.text) for tag in setup.tags(file.model))
    for made in file.model.each(ArtifactMade):
        found = (text for text in texts(made.get("type")) if not _is_judged("type", text))
        yield from (("artifact type", text) for text in found)


def _is_judged(word: str, text: Text) -> bool:
    """Whether a vocabulary says what is wrong: that of job types, or that of artifacts' types."""
    return word in ("job_type", "type") and text.constant is not None


_WORDS = {"name": "run name", "group": "group", "job_type": "job type"}


def _dashed(file: File, value: Text, what: str) -> Mended | None:
    """Nothing for blanks at the ends, and one dash for those between words."""
    edits = []
    last = len(value.pieces) - 1
    for index, piece in enumerate(value.pieces):
        if not isinstance(piece, Piece) or not _BLANK & set(piece.text):
            continue
        wanted = piece.text.lstrip() if index == 0 else piece.text
        wanted = wanted.rstrip() if index == last else wanted
        edits.append(set_text(file.text, piece, _BETWEEN.sub("-", wanted)))
    made = together(*edits)
    message = f"Write `-` for the blanks in the {what}"
    return Mended(told(message, left(file, what, value)), made) if made else None


_BETWEEN = re.compile(r"\s*[-,:;]\s+|\s+-\s*|\s+")

EXAMPLES = (
    Bad(
        """
        import time
        import wandb

        wandb.init(
            project="phishing texts",
            name=f"exp-003 train - {int(time.time())} ",
                   ^^^^^^^^^^^^^^^^
            group="exp-003 ",
                   ^^^^^^^^
            tags=["nlp", "head: tail"],
                          ^^^^^^^^^^
        )
        """,
        message=(
            "run name `exp-003 train - {} ` has a blank at an end",
            "group `exp-003 ` has a blank at an end",
            "tag `head: tail` has a blank in it",
        ),
        fixed="""
        import time
        import wandb

        wandb.init(
            project="phishing texts",
            name=f"exp-003-train-{int(time.time())}",
            group="exp-003",
            tags=["nlp", "head-tail"],
        )
        """,
    ),
    Bad(
        """
        import wandb

        def publish(folder, split):
            run = wandb.init(project="texts")
            run.name = f"{split} of texts"
                                ^^^^^^^^^
            artifact = wandb.Artifact("texts", type=f"data {split}")
                                                      ^^^^^
            artifact.add_dir(folder)
            run.log_artifact(artifact)
        """,
        message=(
            "run name `{} of texts` has a blank in it",
            "artifact type `data {}` has a blank in it",
        ),
        fixed="""
        import wandb

        def publish(folder, split):
            run = wandb.init(project="texts")
            run.name = f"{split}-of-texts"
            artifact = wandb.Artifact("texts", type=f"data-{split}")
            artifact.add_dir(folder)
            run.log_artifact(artifact)
        """,
    ),
    Bad(
        """
        import wandb
        from settings import model

        wandb.init(job_type=f"train {model}", notes="a first trial")
                              ^^^^^^
        """,
        message="job type `train {}` has a blank in it",
        fixed="""
        import wandb
        from settings import model

        wandb.init(job_type=f"train-{model}", notes="a first trial")
        """,
    ),
    Good(
        """
        import wandb as wb

        run = wb.init(project="phishing texts", name="exp-003-train", notes="with head and tail")
        artifact = wb.Artifact("texts", type="dataset", description="Texts of phishing mails")
        """
    ),
    Good(
        """
        import wandb

        def start(name, tags):
            run = wandb.init(name=name, tags=[*tags, ""], group=f"{name}-runs")
            run.log({"train loss": 0.1})
            run.alert(title="the end of it", text="all is well")
        """
    ),
    Good(
        """
        import mlflow
        import wandb

        mlflow.start_run(run_name="my first run")
        wandb.init(job_type="data cleaning")
        """
    ),
)
