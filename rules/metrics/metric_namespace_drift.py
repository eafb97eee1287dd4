"""Reports a metric's namespace that the project mostly writes in another way.

Why it matters: what stands before the slash is the group that a chart is shown in. Where one script logs
`val/loss` and the next one `valid/loss`, their curves lie in two groups, and no chart compares the two runs
(guide, Metric Names). `eval`, `test` and `val` are different things, and are not mixed up.

When to ignore: where both ways are read by dashboards already.
"""

from __future__ import annotations

from collections import Counter
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
    told: set[tuple[str, str]] = set()
    for space, same in groups(file):
        usual = usual_way(same)
        if usual is None or usual.name == space.name or (space.home, space.name) in told:
            continue
        told.add((space.home, space.name))
        message = f"namespace {shown(space.name, 20)} is mostly written {shown(usual.name, 20)}"
        others = [each for each in same if each.path == file.path and each.name == space.name]
        related = tuple(Label(each.span, "here, too") for each in others[1:8])
        usually = Label(usual.span, f"written {shown(usual.name, 20)} here", usual.path)
        yield Finding(space.span, message, related=(usually, *related))


def groups(file: File) -> Iterator[tuple[Namespace, list[Namespace]]]:
    """Each namespace of a file, with all of the same W&B project that mean the same."""
    spaces = file.project.facts.namespaces
    own = [space for space in spaces if space.path == file.path and space.home]
    homes = {space.home for space in own}
    found: dict[tuple[str, str], list[Namespace]] = {}
    for space in spaces if own else ():
        if space.home in homes:
            key = (space.home, meaning(space.name, file.options.synonyms))
            found.setdefault(key, []).append(space)
    for space in own:
        yield space, found[space.home, meaning(space.name, file.options.synonyms)]


def meaning(name: str, synonyms: tuple[tuple[str, ...], ...]) -> str:
    """A namespace as it is compared: in lower case, with dashes, the first of its synonyms."""
    plain = name.strip().lower().replace("_", "-").replace(" ", "-")
    return next((words[0] for words in synonyms if plain in words), plain)


def usual_way(spaces: list[Namespace]) -> Namespace | None:
    """The first that is written in the way that is commonest; none on a tie."""
    counts = Counter(space.name for space in spaces).most_common(2)
    if len(counts) < 2 or counts[0][1] == counts[1][1]:
        return None
    return next(space for space in spaces if space.name == counts[0][0])


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
