"""Reports a metric's namespace that the project mostly writes in another way.

Why it matters: what stands before the slash is the group that a chart is shown in. Where one script logs
`val/loss` and the next one `valid/loss`, their curves lie in two groups, and no chart compares the two runs
(guide, Metric Names). `eval`, `test` and `val` are different things, and are not mixed up.

When to ignore: where both ways are read by dashboards already.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from wbcheck.rule import Bad, File, Finding, Good, Label, Namespace, Options, Preset, Rule, doc, shown


class Synonyms(Options, frozen=True):
    synonyms: Annotated[
        tuple[tuple[str, ...], ...], doc("Lists of namespaces that mean the same, in lower case.")
    ] = (
        ("train", "training"),
        ("val", "valid", "validation", "validate"),
        ("eval", "evaluation", "evaluate"),
        ("test", "testing"),
    )


RULE = Rule(
    code="WB304",
    name="metric-namespace-drift",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="The same metrics lie in two groups of charts, and runs that should be compared are not.",
    how="Write the namespace in one way everywhere.",
    options=Synonyms,
)


def check(file: File) -> Iterator[Finding]:
    facts = file.project.facts
    own: dict[tuple[str, str], list[Namespace]] = {}
    for space in facts.namespaces_of(file.path):
        if space.home:
            own.setdefault((space.home, space.name), []).append(space)
    for (home, name), (first, *others) in own.items():
        usual = usual_way(name, facts.written(home), file.options.synonyms)
        if usual is None or usual.name == name:
            continue
        message = f"namespace {shown(name, 20)} is mostly written {shown(usual.name, 20)}"
        related = tuple(Label(each.span, "here, too") for each in others[:7])
        usually = Label(usual.span, f"written {shown(usual.name, 20)} here", usual.path)
        yield Finding(first.span, message, related=(usually, *related))


def meaning(name: str, synonyms: tuple[tuple[str, ...], ...]) -> str:
    """A namespace as it is compared: in lower case, with dashes, the first of its synonyms."""
    plain = name.strip().lower().replace("_", "-").replace(" ", "-")
    return next((words[0] for words in synonyms if plain in words), plain)


def usual_way(
    name: str, written: dict[str, list[Namespace]], synonyms: tuple[tuple[str, ...], ...]
) -> Namespace | None:
    """Where a namespace is written in the way that is commonest in a project; none on a tie."""
    meant = meaning(name, synonyms)
    same = [spaces for other, spaces in written.items() if meaning(other, synonyms) == meant]
    first, *others = sorted(same, key=len, reverse=True)
    return first[0] if others and len(first) > len(others[0]) else None


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts", job_type="train") as run:
            run.log({"train/loss": 0.3, "valid/loss": 0.4, "valid/f1": 0.8})
                                         ^^^^^^^^^^
        """,
        message="namespace `valid` is mostly written `val`",
        beside={
            "baseline.py": """
                import wandb

                with wandb.init(project="texts", job_type="train") as run:
                    run.log({"train/loss": 0.5, "val/loss": 0.6, "val/f1": 0.7, "val/recall": 0.7})
                """,
        },
    ),
    Bad(
        """
        import wandb

        def report(split, loss):
            wandb.log({f"{split}/loss": loss})

        wandb.init(project="texts")
        report("Train", 0.4)
                ^^^^^
        wandb.log({"train/f1": 0.8, "train/recall": 0.9, "eval/f1": 0.7, "test/f1": 0.7, "val/f1": 0.8})
        """,
        message="namespace `Train` is mostly written `train`",
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts", job_type="train") as run:
            run.log({"valid/loss": 0.4})
        """,
        beside={
            "other.py": """
                import wandb

                with wandb.init(project="texts", job_type="train") as run:
                    run.log({"val/loss": 0.6})
                """,
        },
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts", job_type="train") as run:
            run.log({"valid/loss": 0.4})
        """,
        beside={
            "other.py": """
                import wandb

                with wandb.init(project="images", job_type="train") as run:
                    run.log({"val/loss": 0.6, "val/f1": 0.7})
                """,
        },
    ),
    Good(
        """
        import wandb

        def report(split, name, loss):
            with wandb.init(project="texts") as run:
                run.log({"eval/loss": loss, "eval/f1": 0.7, "test/loss": loss, "val/loss": loss})
                run.log({f"{split}/loss": loss, f"val/{name}": loss, "validation": 3, "loss": loss})
        """
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts", job_type="train") as run:
            run.log({"val/loss": 0.4, "validation/loss": 0.5, "validation/f1": 0.8})
        """,
        options={"synonyms": [["train", "training"]]},
    ),
)
