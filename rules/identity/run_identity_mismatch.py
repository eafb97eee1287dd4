"""Reports a run whose name contradicts its group or its job type.

Why it matters: the group puts training and evaluation of one experiment together, and the job type tells
them apart. A run named `exp-003-train` in the group `exp-004` is missing where it is looked for, and is
counted where it does not belong (the guide, Run Names and Groups).

When to ignore: where an experiment's run is put into another one's group to be compared with it.
"""

import re
from collections.abc import Iterator
from itertools import islice

from wbcheck.rule import (
    Bad,
    File,
    Finding,
    Good,
    Label,
    Piece,
    Preset,
    Rule,
    Span,
    Text,
    options,
    shown,
    texts,
)

from ._named import DATA_OPERATIONS, EXPERIMENTS, Named, named

RULE = Rule(
    code="WB114",
    name="run-identity-mismatch",
    preset=Preset.RECOMMENDED,
    since="0.1.0",
    why="The run is missing where its name says that it is, and counted where it does not belong.",
    how="Make the name, the group and the job type say the same.",
)


def check(file: File) -> Iterator[Finding]:
    for name in named(file.model):
        span = next((piece.span for piece in name.text.constants if piece.span), name.span)
        for what, said, at in islice(_contradictions(name), 1):
            related = (Label(at, f"the {what}"),) if at is not None else ()
            yield Finding(
                span, f"run name {shown(name.text, 30)} contradicts {what} {shown(said, 15)}", related=related
            )


def _contradictions(name: Named) -> Iterator[tuple[str, str, Span | None]]:
    """What the name contradicts: the kind of thing, its text, and where it is written."""
    groups = options(name.start.get("group"))
    numbers = {_experiment(group) if isinstance(group, Text) else None for group in groups}
    own = _experiment(name.text)
    if own is not None and numbers and None not in numbers and own not in numbers:
        group = next(texts(name.start.get("group")))
        yield "group", group.skeleton, group.span
    word = _said_by(name)
    if word and not any(_agree(word, job_type) for job_type in name.job_types):
        job = next(texts(name.start.get("job_type")))
        yield "job type", job.skeleton, job.span


_EXPERIMENT = re.compile(r"exp-(\d+)(?=-|$)")


def _known(text: Text) -> str:
    """The text with underscores read as dashes; a hole is a letter that no word has."""
    return "".join(p.text.replace("_", "-") if isinstance(p, Piece) else "\0" for p in text.pieces).rstrip()


def _experiment(text: Text) -> int | None:
    """The number of the experiment that a name or a group begins with, if it is all known."""
    found = _EXPERIMENT.match(_known(text))
    return int(found[1]) if found else None


def _said_by(name: Named) -> str:
    """The word of the vocabulary at the job type's place in the name, where nothing else in it agrees."""
    text = _known(name.text)
    found = _EXPERIMENT.match(text)
    kind = EXPERIMENTS | DATA_OPERATIONS if found else DATA_OPERATIONS
    if not name.job_types or not (found or name.job_types <= DATA_OPERATIONS):
        return ""
    if any(_has_word(text, word) for word in name.job_types | name.said):
        return ""
    rest = text[found.end() :].removeprefix("-") if found else text
    return next((word for word in sorted(kind) if re.match(rf"{re.escape(word)}(?=-|$)", rest)), "")


def _has_word(text: str, word: str) -> bool:
    return f"-{word.replace('_', '-')}-" in f"-{text}-"


# A word that stands for others, too: fine-tuning is training, a test is an evaluation.
_WIDER = {"train": {"pre-train", "fine-tune"}, "eval": {"test", "inference"}}


def _agree(one: str, other: str) -> bool:
    return one == other or other in _WIDER.get(one, ()) or one in _WIDER.get(other, ())


EXAMPLES = (
    Bad(
        """
        import time
        import wandb

        with wandb.init(name=f"exp-003-train-{int(time.time())}", group="exp-004", job_type="train") as run:
                               ^^^^^^^^^^^^^^
            run.log({"train/loss": 0.1})
        """,
        message="run name `exp-003-train-{}` contradicts group `exp-004`",
    ),
    Bad(
        """
        import wandb

        NAME = "exp-003-train-20241217T1430Z"
                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        run = wandb.init(name=NAME, group="exp-003", job_type="eval")
        """,
        message="run name `exp-003-train-20241217T1430Z` contradicts job type `eval`",
    ),
    Bad(
        """
        import wandb

        run = wandb.init(job_type="split")
        run.name = "encode-phishing-texts"
                    ^^^^^^^^^^^^^^^^^^^^^
        """,
        message="run name `encode-phishing-texts` contradicts job type `split`",
    ),
    Good(
        """
        import time
        import wandb as wb

        wb.init(name=f"exp-003-train-{int(time.time())}", group="exp_003", job_type="training")
        wb.init(name="exp-001-run-1734445800", group="exp-001", job_type="train")
        wb.init(name="exp-003-fine-tune-1734445800", group="bert-runs", job_type="train")
        wb.init(name="exp-003-bert-1734445800", group="exp-003-bert", job_type="eval")
        """
    ),
    Good(
        """
        import wandb

        wandb.init(name="train-test-split-texts", job_type="split")
        wandb.init(name="split-mnist-resnet", job_type="train")
        wandb.init(name="trained-texts", job_type="encode")
        wandb.init(name="exp-003-evaluation-of-train", job_type="eval")
        """
    ),
    Good(
        """
        import wandb

        def start(number, kind, group):
            wandb.init(name=f"exp-00{number}-train", group="exp-004", job_type=kind)
            wandb.init(name="exp-003-train", group=group)
            wandb.init(name="exp-003-train", group=f"exp-0{number}")
        """
    ),
)
