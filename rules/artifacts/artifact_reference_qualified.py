"""Reports an artifact of the run's own project that is asked for with entity and project.

Why it matters: within a project an artifact's name and version are enough. With the entity and the project
in front, the same code cannot run in a copy of the project or under another entity: it goes on reading the
old one's artifacts, and the lineage graph of the new project begins nowhere (guide, Artifact Names).

When to ignore: where a run is meant to read from this very project, wherever it runs itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from wbcheck.rule import (
    Applicability,
    ArtifactUsed,
    Bad,
    Edits,
    File,
    Finding,
    Good,
    Piece,
    Preset,
    Rule,
    RunStart,
    constant,
    replace_in_text,
    shown,
)

from ..identity._setup import is_trial
from ._references import references

RULE = Rule(
    code="WB408",
    name="artifact-reference-qualified",
    preset=Preset.RECOMMENDED,
    since="0.1.0",
    why="Within its own project the name is enough; the whole path ties the run to where the project lies.",
    how="Use the relative name, such as `mails:v3`.",
    fix=Applicability.SAFE,
)

_VARIABLES = {"entity": "WANDB_ENTITY", "project": "WANDB_PROJECT"}


def check(file: File) -> Iterator[Finding]:
    for reference in references(file.model):
        event, text = reference.event, reference.text
        start = file.model.start_of(event.run) if isinstance(event, ArtifactUsed) else None
        home = None if start is None else home_of(file, start)
        if start is None or not home or not (text.constant or "").startswith(f"{home}/"):
            continue
        fix = None
        if len(text.pieces) == 1:
            # A sweep may run its trials in another project; a constant may be read by others, too.
            is_here = text.span is not None and reference.place.contains(text.span)
            kind = Applicability.SAFE if is_here and not is_trial(file, start) else Applicability.UNSAFE
            fix = file.fix_as(kind, "Use the relative name", relative, next(text.constants), home)
        message = f"artifact {shown(text, 36)} names the run's own project"
        yield Finding(text.span or reference.place, message, fix=fix)


def relative(text: str, piece: Piece, home: str) -> Edits | None:
    """A path without the entity and the project in front.

    Refuses where the guide wants another name for the project: once it is called so, what was logged is only
    found by the whole path.
    """
    return None if "_" in home.partition("/")[2] else replace_in_text(text, piece, f"{home}/", "")


def home_of(file: File, start: RunStart) -> str:
    """The run's entity and project, parted by a slash, if both are known."""
    parts = [_known(file, start, word) for word in ("entity", "project")]
    return "/".join(parts) if all(parts) else ""


def _known(file: File, start: RunStart, word: str) -> str:
    if start.arguments.find(word) is not None or start.arguments.splats or start.forwards:
        return constant(start.get(word)) or ""
    variable = file.project.variables.get(_VARIABLES[word])
    if variable is None or variable.open or len(variable.values) != 1 or file.project.open:
        return ""
    return variable.values[0]


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(entity="acme", project="texts", job_type="train") as run:
            mails = run.use_artifact("acme/texts/phishing-texts-encoded:v3").download()
                                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
        message="artifact `acme/texts/phishing-texts-encoded:v3` names the run's own project",
        fixed="""
        import wandb

        with wandb.init(entity="acme", project="texts", job_type="train") as run:
            mails = run.use_artifact("phishing-texts-encoded:v3").download()
        """,
    ),
    Bad(
        """
        import os
        import wandb

        os.environ["WANDB_ENTITY"] = "acme"
        HEAD = "acme/texts/head"

        def fetch(name):
            return wandb.use_artifact(name).download()

        wandb.init(project="texts", job_type="eval")
        fetch(f"{HEAD}:latest")
              ^^^^^^^^^^^^^^^^
        """,
        message="artifact `acme/texts/head:latest` names the run's own project",
    ),
    Bad(
        """
        import wandb

        with wandb.init(entity="acme", project="mail_texts", job_type="train") as run:
            mails = run.use_artifact("acme/mail_texts/mails:v3").download()
                                     ^^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
        message="artifact `acme/mail_texts/mails:v3` names the run's own project",
    ),
    Good(
        """
        import wandb

        with wandb.init(entity="acme", project="texts", job_type="train") as run:
            mails = run.use_artifact("phishing-texts-encoded:v3").download()
            words = run.use_artifact("acme/vocabularies/english:v1").download()
            head = run.use_artifact("wandb-registry-model/head:prod").download()
        """
    ),
    Good(
        """
        import wandb as wb

        def fetch(entity, project):
            with wb.init(entity=entity, project="texts") as run:
                run.use_artifact("acme/texts/mails:v3")
            with wb.init(project="texts") as run:
                run.use_artifact("acme/texts/mails:v3")
            with wb.init(entity="acme", project=project) as run:
                run.use_artifact("acme/texts/mails:v3")
            with wb.init(entity="acme", project="texts") as run:
                run.use_artifact(f"acme/{project}/mails:v3")
            return wb.Api().artifact("acme/texts/mails:v3")
        """
    ),
)
