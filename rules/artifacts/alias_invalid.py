"""Reports aliases and tags of artifacts that W&B refuses.

Why it matters: `log_artifact` raises `ValueError` for an alias with `/` or `:` in it, and for a tag with
anything but letters, digits, `-`, `_` and spaces between words: `v1.2` is no tag. That happens at the end of
a run, when there is something to log, and the artifact is lost with it. Tags of *runs* may hold anything.

When to ignore: never.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wbcheck.rule import (
    Bad,
    File,
    Finding,
    Good,
    Piece,
    Preset,
    Proof,
    Raises,
    Rule,
    Shows,
    shown,
)

from ._names import Fault, is_moment, letter
from ._words import Word, words

RULE = Rule(
    code="WB415",
    name="alias-invalid",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="It raises `ValueError`, and the artifact is not logged.",
    how="Write `-` instead; an artifact tag takes only letters, digits, `-`, `_` and spaces.",
)

_FOREIGN = {"alias": re.compile(r"[/:]"), "tag": re.compile(r"[^-\w ]")}


def check(file: File) -> Iterator[Finding]:
    for word in words(file.model):
        fault = fault_of(word) if word.checked else None
        if fault is not None:
            name = "alias" if word.kind == "alias" else "artifact tag"
            told = f"{name} {shown(word.text, 30)}" if word.text.skeleton else f"an {name}"
            yield Finding(fault.span or word.place, f"{told} {fault.what}")


def fault_of(word: Word) -> Fault | None:
    """Why W&B refuses an alias or a tag, if it certainly does."""
    for piece in word.text.pieces:
        if isinstance(piece, Piece):
            found = _FOREIGN[word.kind].search(piece.text)
            if found is not None:
                return Fault(piece.span, f"has {letter(found.group())} in it")
        elif is_moment(piece):
            return Fault(word.text.span, "has a time in it that is written with colons")
    known = word.text.constant
    if word.kind == "tag" and known is not None and known != known.strip():
        return Fault(word.text.span, "has a space at an end")
    return Fault(word.text.span, "is empty") if word.kind == "tag" and known == "" else None


EXAMPLES = (
    Bad(
        """
        import wandb

        run = wandb.init(project="texts")
        model = wandb.Artifact("head", type="model", metadata={"framework": "torch"})
        run.log_artifact(model, aliases=["latest", "best/f1"])
                                                    ^^^^^^^
        """,
        message="alias `best/f1` has `/` in it",
    ),
    Bad(
        """
        from datetime import datetime
        import wandb

        VERSION = "v1.2"
                   ^^^^
        run = wandb.init(project="texts")
        run.log_model("head.pt", name="head", aliases=[f"trained:{run.id}", f"at-{datetime.now()}"])
                                                         ^^^^^^^^
                                                                            ^^^^^^^^^^^^^^^^^^^^^^
        run.log_artifact("mails.csv", name="mails", type="dataset", tags=[VERSION, "nlp", ""])
                                                                                          ^^
        run.link_artifact(wandb.Artifact("tail", "model"), "wandb-registry-model/tail", aliases="prod:eu")
                                                                                                 ^^^^^^^
        mails = run.use_artifact("mails:latest")
        mails.tags = ["checked", " twice"]
                                 ^^^^^^^^
        mails.save()
        """,
        message=(
            "artifact tag `v1.2` has `.` in it",
            "alias `trained:{}` has `:` in it",
            "alias `at-{}` has a time in it that is written with colons",
            "an artifact tag is empty",
            "alias `prod:eu` has `:` in it",
            "artifact tag ` twice` has a space at an end",
        ),
    ),
    Good(
        """
        import wandb

        run = wandb.init(project="texts")
        model = wandb.Artifact("head", type="model", metadata={"framework": "torch"})
        run.log_artifact(model, aliases=["latest", "best-f1"])
        """
    ),
    Good(
        """
        import wandb as wb
        from shop import Shelf

        def publish(run: wb.Run, alias, epoch, path):
            run.log_artifact(path, aliases=[alias, f"epoch-{epoch}", "p4d.24xlarge", "v 1.2"])
            run.log_artifact(path, tags=["data-update", "hand labelled", "ümlaut_1"])
            path.aliases.append("a/b")
            Shelf().log_artifact(path, aliases=["a/b"], tags=["c.d"])

        run = wb.init(project="texts", tags=["p4d.24xlarge", "a/b"])
        run.use_artifact("other/project/mails:v3")
        """
    ),
)

PROOF = (
    Proof(
        bad=Raises("ValueError", "Aliases must not contain any of the following characters"),
        good=Shows("it is logged", lambda ran: ran.run.artifacts[0]["name"] == "head"),
    ),
    Proof(
        setup="""
        import wandb

        run = wandb.init(project="texts")
        mails = wandb.Artifact("mails", type="dataset")
        """,
        bad_script='run.log_artifact(mails, tags=["v1.2"])',
        good_script='run.log_artifact(mails, tags=["v1-2", "hand labelled"])',
        bad=Raises("ValueError", "Invalid tag(s)"),
        good=Shows("it is logged", lambda ran: ran.run.artifacts[0]["name"] == "mails"),
    ),
)
