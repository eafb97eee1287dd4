"""Reports an artifact that is used and that nothing in the project logs.

Why it matters: an artifact that is named without entity and project is one of the run's own project. Where no
script logs one of that name, the name is misspelt or the step that made it is gone: the run fails at
`use_artifact`, or goes on with a version that nobody can make again (guide, Lineage and Traceability).

When to ignore: where another repository logs it; then name it in `external`. Artifacts of the registry and of
other projects, named with their whole path, are not asked for. It is told only where a folder is checked, and
only while every artifact that the project logs has a name that is known well enough.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Annotated

from wbcheck.rule import Bad, Facts, File, Finding, Good, Options, Preset, Rule, doc, folded, shown


class External(Options, frozen=True):
    external: Annotated[
        tuple[str, ...], doc("Artifacts that come from elsewhere; `*` stands for any text.")
    ] = ()


RULE = Rule(
    code="WB507",
    name="dangling-artifact",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="No step of the project makes this artifact, so the run fails here or its lineage begins nowhere.",
    how="Use a name that the project logs, or list it in the option `external`.",
    options=External,
)


def check(file: File) -> Iterator[Finding]:
    facts = file.project.facts
    used_here = facts.inputs_of(file.path)
    if not used_here or not file.project.whole or file.project.hands_over:
        return
    for used in used_here:
        if not used.relative or facts.may_log(used):
            continue
        if not any(fnmatchcase(used.name, known) for known in file.options.external):
            meant = nearest(used.name, facts)
            message = f"nothing logs an artifact {shown(used.name, 26)}"
            if meant:
                message = f"no artifact {shown(used.name, 22)} is logged, but {shown(meant, 22)} is"
            yield Finding(used.span, message)


_MOST_COMPARED = 500


def nearest(name: str, facts: Facts) -> str:
    """The artifact that was probably meant: it is spelled almost like it."""
    plain, known = folded(name), facts.spellings
    if plain in known or len(known) > _MOST_COMPARED:
        return known.get(plain, "")
    found = get_close_matches(plain, known, n=1, cutoff=0.75)
    return known[found[0]] if found else ""


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts", job_type="encode") as run:
            mails = run.use_artifact("clean-data:latest").download()
                                     ^^^^^^^^^^^^^^^^^^^
            run.log_artifact(mails, name="encoded-data", type="dataset")
        """,
        message="no artifact `clean-data` is logged, but `cleaned-data` is",
        beside={
            "clean.py": """
                import wandb

                with wandb.init(project="texts", job_type="clean") as run:
                    run.log_artifact("mails.parquet", name="cleaned-data", type="dataset")
                """,
        },
    ),
    Bad(
        """
        import wandb

        run = wandb.init(project="texts", job_type="eval")
        head = run.use_artifact("head:v3")
                                ^^^^^^^^^
        words = run.use_artifact("vocabulary-en:v1")
        scores = wandb.Artifact(f"scores-{run.id}", type="predictions")
        scores.add_file(head.file())
        run.log_artifact(scores)
        """,
        message="nothing logs an artifact `head`",
        options={"external": ["vocabulary-*"]},
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts", job_type="encode") as run:
            run.use_artifact("cleaned-data:v2")
            run.use_artifact("acme/vocabularies/english:v1")
            run.use_artifact("wandb-registry-model/head:prod")
            run.use_artifact("run-1a2b3c4d-predictions:v0")
        """,
        beside={
            "clean.py": """
                import wandb

                with wandb.init(project="texts", job_type="clean") as run:
                    run.log_artifact("mails.parquet", name="cleaned-data", type="dataset")
                """,
        },
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts", job_type="encode") as run:
            run.use_artifact("cleaned-data:v2")
        """,
        beside={
            "publish.py": """
                import wandb

                def publish(run, name, path):
                    artifact = wandb.Artifact(name, type="dataset")
                    artifact.add_file(path)
                    run.log_artifact(artifact)
                """,
        },
    ),
    Good(
        """
        import wandb
        from team.steps import clean

        with wandb.init(project="texts", job_type="encode") as run:
            clean(run)
            run.use_artifact("cleaned-data:v2")
        """
    ),
    Good(
        """
        import wandb as wb

        def split(part, name):
            with wb.init(project="texts", job_type="split") as run:
                run.log_artifact("part.parquet", name=f"mails-{part}", type="dataset")
            with wb.init(project="texts", job_type="train") as run:
                run.use_artifact("mails-train:latest")
                run.use_artifact(name)
        """
    ),
)
