"""Reports an artifact that is asked for without a version or an alias.

Why it matters: W&B takes the newest version then, and nobody who reads the code knows whether that was
meant. The guide writes a version with every reference (`phishing-texts-encoded:v3`), so that a run can be
repeated with the same input; where the newest is meant, `:latest` says so (guide, Lineage and Traceability).

When to ignore: never; `:latest` means the same and says it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wbcheck.rule import Bad, File, Finding, Good, Piece, Preset, Rule, Text, shown

from ._references import references

RULE = Rule(
    code="WB409",
    name="artifact-reference-unversioned",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="W&B takes the version that is newest by then, and nobody can tell whether that was meant.",
    how="Write the version (`:v3`), or `:latest` where the newest is meant.",
)


def check(file: File) -> Iterator[Finding]:
    for reference in references(file.model):
        name = bare(reference.text)
        if name:
            span = reference.text.span or reference.place
            yield Finding(span, f"artifact {shown(name, 40)} is used without a version")


_NAME = re.compile(r"[\w.-]+")


def bare(text: Text) -> str:
    """The name at the end of a reference, if it certainly has neither version nor alias."""
    last = text.pieces[-1] if text.pieces else None
    if not isinstance(last, Piece) or "://" in text.skeleton:
        return ""
    known = text.constant if text.constant is not None else last.text
    name = known.rpartition("/")[2]
    is_whole = text.constant is not None or "/" in known
    return name if is_whole and _NAME.fullmatch(name) else ""


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts", job_type="train") as run:
            mails = run.use_artifact("phishing-texts-encoded").download()
                                     ^^^^^^^^^^^^^^^^^^^^^^^^
        """,
        message="artifact `phishing-texts-encoded` is used without a version",
    ),
    Bad(
        """
        import wandb

        PROJECT = "acme/texts"

        def fetch(run: wandb.Run, split):
            model = wandb.Api().artifact(f"{PROJECT}/head", type="model")
                                         ^^^^^^^^^^^^^^^^^
            mails = run.use_artifact(f"{run.entity}/texts/mails")
                                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^
            return model, mails

        fetch(wandb.init(project="texts"), "train")
        """,
        message=(
            "artifact `head` is used without a version",
            "artifact `mails` is used without a version",
        ),
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts", job_type="train") as run:
            mails = run.use_artifact("phishing-texts-encoded:v3").download()
            head = run.use_model("head:latest")
        """
    ),
    Good(
        """
        import wandb as wb
        from shop import Shelf

        def fetch(run: wb.Run, name, version):
            run.use_artifact(name)
            run.use_artifact(f"mails:{version}")
            run.use_artifact(f"mails-{name}")
            run.use_artifact("<entity>/<project>/<name>")
            run.use_artifact(f"acme/texts/{name}")
            run.use_artifact(wb.Artifact("mails", type="dataset"))
            Shelf().use_artifact("mails")
        """
    ),
)
