"""Reports artifacts that are made from each other in a circle.

Why it matters: lineage is a graph of steps that leads from a result back to its sources. Where one script
makes `clean` from `raw`, and another `raw` from `clean`, each run reads what the last one wrote: what a model
was trained on depends on how often the scripts have run (guide, Establishing lineage).

When to ignore: where the circle is meant, such as labels that a model proposes for its next training. A new
version that is made from an older one of the same artifact, or from one that is pinned (`:v3`), is no circle.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from wbcheck.rule import Bad, Facts, File, Finding, Good, Input, Label, Output, Preset, Rule, shown

RULE = Rule(
    code="WB510",
    name="lineage-cycle",
    preset=Preset.RECOMMENDED,
    since="0.1.0",
    why="Each run reads what the other wrote last, so no version leads back to its sources.",
    how="Log the result under a name of its own, or use the artifact that was meant.",
)

_PINNED = re.compile(r"v\d+")


class Step(NamedTuple):
    """A run makes one artifact from another."""

    used: Input
    logged: Output


def check(file: File) -> Iterator[Finding]:
    if not any(used.path == file.path for used in file.project.facts.inputs):
        return
    for way in circles(steps(file.project.facts)):
        closing = way[-1].used
        if closing.path == file.path:
            made = shown(way[-1].logged.name or "", 26)
            message = f"{made} is made from {shown(closing.name, 26)}, and that from it"
            related = tuple(
                Label(step.logged.span, f"made from {shown(step.used.name, 26)} here", step.logged.path)
                for step in way
            )
            yield Finding(closing.span, message, related=related)


def steps(facts: Facts) -> list[Step]:
    """Which artifact is made from which, by one run and by names that are known."""
    made: dict[tuple[str, int], list[Output]] = {}
    for logged in facts.outputs:
        if len(logged.runs) == 1:
            made.setdefault((logged.path, logged.runs[0]), []).append(logged)
    found = []
    for used in facts.inputs:
        if used.run is None or not used.relative or not used.home or _PINNED.fullmatch(used.version):
            continue
        results = made.get((used.path, used.run), [])
        # What a run has logged itself is no source of it, and a new version is no circle.
        if used.name not in {logged.name for logged in results}:
            found += [Step(used, logged) for logged in results if logged.name]
    return found


def circles(found: list[Step]) -> Iterator[list[Step]]:
    """The ways through steps that end where they began, each once, with the step that closes it last."""
    known: dict[tuple[str, str], list[Step]] = {}
    for step in found:
        home, start = step.used.home, step.logged.name or ""
        way = _way(known, home, start, step.used.name)
        if way is not None:
            yield [*way, step]
        else:
            known.setdefault((home, step.used.name), []).append(step)


def _way(known: dict[tuple[str, str], list[Step]], home: str, start: str, end: str) -> list[Step] | None:
    """The steps by which one artifact is made from another, if there are any."""
    ways: list[tuple[str, list[Step]]] = [(start, [])]
    seen = {start}
    for name, way in ways:
        if name == end:
            return way
        for step in known.get((home, name), ()):
            if step.logged.name and step.logged.name not in seen:
                seen.add(step.logged.name)
                ways.append((step.logged.name, [*way, step]))
    return None


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts", job_type="ingest") as run:
            mails = run.use_artifact("cleaned-data:latest")
                                     ^^^^^^^^^^^^^^^^^^^^^
            raw = wandb.Artifact("raw-data", type="dataset")
            raw.add_dir(mails.download())
            run.log_artifact(raw)
        """,
        message="`raw-data` is made from `cleaned-data`, and that from it",
        beside={
            "clean.py": """
                import wandb

                with wandb.init(project="texts", job_type="clean") as run:
                    folder = run.use_artifact("raw-data:latest").download()
                    run.log_artifact(folder, name="cleaned-data", type="dataset")
                """,
        },
    ),
    Bad(
        """
        import wandb

        with wandb.init(project="texts", job_type="clean") as run:
            folder = run.use_artifact("raw:latest").download()
            run.log_artifact(folder, name="clean", type="dataset")

        with wandb.init(project="texts", job_type="encode") as run:
            folder = run.use_artifact("clean:latest").download()
            run.log_artifact(folder, name="encoded", type="dataset")

        with wandb.init(project="texts", job_type="split") as run:
            folder = run.use_artifact("encoded").download()
                                      ^^^^^^^^^
            run.log_artifact(folder, name="raw", type="dataset")
        """,
        message="`raw` is made from `encoded`, and that from it",
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts", job_type="clean") as run:
            folder = run.use_artifact("raw:latest").download()
            run.log_artifact(folder, name="clean", type="dataset")

        with wandb.init(project="texts", job_type="ingest") as run:
            folder = run.use_artifact("raw:latest").download()
            run.log_artifact(folder, name="raw", type="dataset")
        """
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts", job_type="clean") as run:
            folder = run.use_artifact("raw:latest").download()
            run.log_artifact(folder, name="clean", type="dataset")

        with wandb.init(project="texts", job_type="ingest") as run:
            folder = run.use_artifact("clean:v3").download()
            run.log_artifact(folder, name="raw", type="dataset")
        """
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts", job_type="ingest") as run:
            folder = run.use_artifact("clean:latest").download()
            run.log_artifact(folder, name="raw", type="dataset")
        """,
        beside={
            "clean.py": """
                import wandb

                with wandb.init(project="images", job_type="clean") as run:
                    folder = run.use_artifact("raw:latest").download()
                    run.log_artifact(folder, name="clean", type="dataset")
                """,
        },
    ),
    Good(
        """
        import wandb

        def step(source, result):
            with wandb.init(project="texts") as run:
                folder = run.use_artifact(source).download()
                run.log_artifact(folder, name=result, type="dataset")
            with wandb.init(project="texts") as run:
                run.log_artifact("raw.csv", name="raw", type="dataset")
                run.use_artifact("raw:latest").wait()
                run.log_artifact("clean.csv", name="clean", type="dataset")
        """
    ),
)
