"""Reports a leading, trailing or doubled slash in a metric's name.

Why it matters: what stands before the slash is the group that a chart is shown in. With `/loss`, `train/`
or `train//loss` that group, or the metric in it, has no name, and the curve stands apart from the ones it
belongs to (Metric Names).

When to ignore: where dashboards of a running project read the metric by its old name.
"""

from collections.abc import Callable, Iterator

from wbcheck.rule import (
    AnyValue,
    Applicability,
    Bad,
    Dict,
    Entry,
    File,
    Finding,
    Fix,
    Good,
    Kind,
    Piece,
    Preset,
    Refusal,
    Rule,
    Span,
    Text,
    Unknown,
    constant,
    options,
    shown,
)

from ._logged import keys, place_of, rows
from ._renaming import rename

RULE = Rule(
    code="WB303",
    name="metric-namespace-malformed",
    preset=Preset.RECOMMENDED,
    since="0.1.0",
    why="W&B groups charts by what stands before the slash, and here that, or what follows it, is empty.",
    how="Write it with one slash between names, as in `train/loss`.",
    fix=Applicability.UNSAFE,
    changes=("history", "summary", "metrics"),
)


def check(file: File) -> Iterator[Finding]:
    seen: set[Span] = set()
    for row in rows(file.model):
        for entry in row.data.entries:
            may_nest = any(_may_nest(value) for value in options(entry.value))
            place = place_of(entry, row)
            for key in keys(entry):
                what = fault(key, may_nest)
                if what and place not in seen:
                    seen.add(place)
                    told = f"metric name {shown(key)} has a {what} slash"
                    yield Finding(place, told, fix=_fix(file, entry))


def _fix(file: File, entry: Entry) -> Callable[[], Fix | Refusal | None] | None:
    name = constant(entry.key) or ""
    new = "/".join(part for part in name.split("/") if part)
    if not new:
        return None
    return file.fix_across(rename, {name: new})


def fault(name: Text, may_nest: bool) -> str:
    """Which slash is wrong, if one is. Above a nested dict a trailing one is fine."""
    if not name.pieces:
        return ""
    first, last = name.pieces[0], name.pieces[-1]
    if isinstance(first, Piece) and first.text.startswith("/"):
        return "leading"
    if isinstance(last, Piece) and last.text.endswith("/") and not may_nest:
        return "trailing"
    return "doubled" if any("//" in piece.text for piece in name.constants) else ""


def _may_nest(value: AnyValue) -> bool:
    return isinstance(value, Dict) or (isinstance(value, Unknown) and value.kind in (Kind.ANY, Kind.MAPPING))


EXAMPLES = (
    Bad(
        """
        import wandb

        run = wandb.init(project="texts")
        run.log({"/loss": 0.1, "train/": 0.2, "train//acc": 0.3, "train/f1": 0.4})
                 ^^^^^^^
                               ^^^^^^^^
                                              ^^^^^^^^^^^^
        """,
        message=(
            "metric name `/loss` has a leading slash",
            "metric name `train/` has a trailing slash",
            "metric name `train//acc` has a doubled slash",
        ),
        fixed="""
        import wandb

        run = wandb.init(project="texts")
        run.log({"loss": 0.1, "train": 0.2, "train/acc": 0.3, "train/f1": 0.4})
        """,
    ),
    Bad(
        """
        import wandb

        def report(name, value):
            wandb.log({f"/{name}": value})
                       ^^^^^^^^^^
        """,
        message="metric name `/{}` has a leading slash",
    ),
    Good(
        """
        import wandb

        run = wandb.init(project="texts")
        run.log({"train/loss": 0.1, "train/": {"acc": 0.2}, "loss": 0.3, "": 0.4})
        """
    ),
    Good(
        """
        import wandb

        def report(prefix, name, value, values):
            wandb.log({f"{prefix}/{name}": value, f"{prefix}/": values, "see http:": 1, **values})
            print({"/loss": 1})
        """
    ),
)
