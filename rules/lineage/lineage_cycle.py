"""Reports artifacts that are made from each other in a circle.

Why it matters: lineage is a graph of steps that leads from a result back to its sources. Where one script
makes `clean` from `raw`, and another `raw` from `clean`, each run reads what the last one wrote: what a model
was trained on depends on how often the scripts have run (guide, Establishing lineage).

When to ignore: where the circle is meant, such as labels that a model proposes for its next training. A new
version that is made from an older one of the same artifact, or from one that is pinned (`:v3`), is no circle.
"""

from __future__ import annotations

from collections.abc import Iterator

from wbcheck.rule import Bad, File, Finding, Good, Label, Preset, Rule, shown

RULE = Rule(
    code="WB510",
    name="lineage-cycle",
    preset=Preset.RECOMMENDED,
    since="0.1.0",
    why="Each run reads what the other wrote last, so no version leads back to its sources.",
    how="Log the result under a name of its own, or use the artifact that was meant.",
)


def check(file: File) -> Iterator[Finding]:
    for way in file.project.facts.circles.get(file.path, ()):
        closing = way[-1].used
        made = shown(way[-1].logged.name or "", 26)
        message = f"{made} is made from {shown(closing.name, 26)}, and that from it"
        related = tuple(
            Label(step.logged.span, f"made from {shown(step.used.name, 26)} here", step.logged.path)
            for step in way[:20]
        )
        yield Finding(closing.span, message, related=related)


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
