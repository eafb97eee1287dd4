"""Reports a job type outside of the vocabulary.

Why it matters: job types are what tells training from evaluation when runs are filtered and grouped, and
what the lineage graph shows at each node. That works as long as everybody uses the same few words
(the guide, Job Types).

When to ignore: never; a team that has words of its own gives them by the option.
"""

from collections.abc import Collection, Iterator

from wbcheck.rule import (
    Annotated,
    Applicability,
    Bad,
    File,
    Finding,
    Good,
    Mended,
    Options,
    Piece,
    Preset,
    Rule,
    Text,
    doc,
    set_text,
    setup,
    shown,
    texts,
)

from ._left import left, told

VOCABULARY = (
    "pre-train",
    "train",
    "fine-tune",
    "eval",
    "test",
    "inference",
    "ingest",
    "clean",
    "encode",
    "transform",
    "split",
)


def plain(said: str) -> str:
    """A job type as it is compared: in lower case, with dashes for underscores and blanks."""
    return said.strip().lower().replace("_", "-").replace(" ", "-")


# What people write for the guide's words, as it is compared.
MEANT = {
    "training": "train",
    "trainer": "train",
    "pretrain": "pre-train",
    "pretraining": "pre-train",
    "pre-training": "pre-train",
    "finetune": "fine-tune",
    "finetuning": "fine-tune",
    "fine-tuning": "fine-tune",
    "evaluation": "eval",
    "evaluate": "eval",
    "evaluating": "eval",
    "validate": "eval",
    "validation": "eval",
    "val": "eval",
    "testing": "test",
    "predict": "inference",
    "prediction": "inference",
    "infer": "inference",
    "ingestion": "ingest",
    "cleaning": "clean",
    "encoding": "encode",
    "transformation": "transform",
    "splitting": "split",
    "data-split": "split",
    "train-test-split": "split",
    "split-data": "split",
}


class Words(Options, frozen=True):
    """A team's own words."""

    vocabulary: Annotated[tuple[str, ...], doc("The job types, in place of the guide's.")] = VOCABULARY
    extend_vocabulary: Annotated[tuple[str, ...], doc("Further job types beside those.")] = ()


RULE = Rule(
    code="WB109",
    name="job-type-vocabulary",
    preset=Preset.RECOMMENDED,
    since="0.1.0",
    why="Runs are filtered and grouped by their job type, which works while there are a few fixed words.",
    how="Use a word of the vocabulary, or add yours to it in the configuration.",
    fix=Applicability.UNSAFE,
    options=Words,
)


def check(file: File) -> Iterator[Finding]:
    words = {*file.options.vocabulary, *file.options.extend_vocabulary}
    for place in setup.given(file.model, "job_type"):
        for text in texts(place.value):
            said = text.constant
            if said is None or said in words or not said:
                continue
            word = plain(said)
            meant = word if word in words else MEANT.get(word, "")
            piece = next(text.constants) if len(text.pieces) == 1 and meant in words else None
            yield Finding(
                text.span or place.span,
                f"job type {shown(said, 36)} is not in the vocabulary",
                how=f"Write `{meant}`." if meant in words else f"Choose one of {_listed(words)}.",
                fix=file.fix_across(worded, text, piece, meant) if piece is not None else None,
            )


def _listed(words: Collection[str]) -> str:
    return ", ".join(f"`{word}`" for word in sorted(words))


def worded(file: File, text: Text, piece: Piece, meant: str) -> Mended | None:
    edits = set_text(file.text, piece, meant)
    return Mended(told(f"Write `{meant}`", left(file, "job type", text)), edits) if edits else None


EXAMPLES = (
    Bad(
        """
        import wandb

        wandb.init(project="texts", job_type="training")
                                             ^^^^^^^^^^
        """,
        message="job type `training` is not in the vocabulary",
        fixed="""
        import wandb

        wandb.init(project="texts", job_type="train")
        """,
    ),
    Bad(
        """
        import wandb

        KIND = "fine_tune"
               ^^^^^^^^^^^
        wandb.init(project="texts", job_type=KIND)
        """,
        message="job type `fine_tune` is not in the vocabulary",
        fixed="""
        import wandb

        KIND = "fine-tune"
        wandb.init(project="texts", job_type=KIND)
        """,
    ),
    Bad(
        """
        import wandb

        wandb.init(project="texts", job_type="upload")
                                             ^^^^^^^^
        """,
        message="job type `upload` is not in the vocabulary",
    ),
    Bad(
        """
        import wandb

        wandb.init(job_type="train")
                            ^^^^^^^
        """,
        message="job type `train` is not in the vocabulary",
        options={"vocabulary": ["learn", "judge"]},
    ),
    Good(
        """
        import wandb as wb

        wb.init(job_type="fine-tune")
        """
    ),
    Good(
        """
        import wandb

        wandb.init(job_type="upload")
        """,
        options={"extend-vocabulary": ["upload"]},
    ),
    Good(
        """
        import wandb
        from cluster import init

        def start(kind):
            wandb.init(job_type=f"{kind}-step")

        init(job_type="training")
        """
    ),
)
