"""Reports a summary or history key that the project's runs never log, asked for by the public API.

Why it matters: `run.summary["val_f1"]` raises long after the runs, `run.summary.get("val_f1")` is `None`, and
`run.history(keys=["val_f1"])` is an empty table: a key that no run has looks like a run without results.
Often the metric was given a namespace since, `val/f1` (Programmatic Access).

When to ignore: where runs of other code are in the same project of W&B's. It is told only where a folder is
checked that starts runs in the very project that is asked, and while all that they log is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import NamedTuple

from wbcheck.rule import (
    AnyValue,
    ApiCall,
    ApiRecord,
    Bad,
    Dict,
    File,
    Finding,
    Good,
    Items,
    Preset,
    Rule,
    Span,
    Text,
    constant,
    fits,
    folded,
    options,
    shown,
    texts,
)

from ..config._declared import is_asked
from ._records import Metric, homes_of, is_same, metrics, source_of
from .api_filter_key import is_near

RULE = Rule(
    code="WB802",
    name="api-unknown-key",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="No run of the project has this key, so that there is nothing to be read.",
    how="Ask for the metric by the name that it is logged under.",
)

_PREFIX = "summary_metrics."
_HISTORY = ("Api.run.history", "Api.run.scan_history", "Api.run.beta_scan_history", "Api.runs.histories")


class Asked(NamedTuple):
    """A key that is asked for, where, and the call that gave the runs."""

    name: str
    span: Span
    call: ApiCall


def check(file: File) -> Iterator[Finding]:
    if not file.project.whole:
        return
    for asked in _asked(file):
        known = _known(file, asked.call)
        if known and not any(_may_be(metric, asked.name) for metric in known):
            meant = _meant(asked.name, known)
            message = f"no run logs {shown(asked.name, 28)}"
            if meant:
                message = f"{shown(asked.name, 24)} is never logged, but {shown(meant, 24)} is"
            yield Finding(asked.span, message)


def _asked(file: File) -> Iterator[Asked]:
    model = file.model
    for record in model.each(ApiRecord):
        call = source_of(model, record.of)
        step = record.path[1] if len(record.path) > 1 and record.path[0].name == "summary" else None
        is_read = record.how != "write" and step is not None and not step.attribute
        if call is not None and step is not None and step.name and is_read and not is_asked(model, record):
            yield Asked(step.name, step.key.span or step.span, call)
    for call in model.each(ApiCall):
        source = source_of(model, call.receiver)
        if call.name in _HISTORY and source is not None and call.get("stream") is None:
            for text in _texts(call.get("keys")):
                yield Asked(text.constant or "", text.span or call.callee, source)
        elif call.name == "Api.runs":
            for text in (*texts(call.get("order")), *_filtered(call.get("filters"))):
                name = (text.constant or "").lstrip("+-")
                if name.startswith(_PREFIX):
                    yield Asked(name.removeprefix(_PREFIX), text.span or call.callee, call)


def _texts(value: AnyValue | None) -> Iterator[Text]:
    for option in options(value):
        for item in option.items if isinstance(option, Items) else (option,):
            yield from (text for text in texts(item) if text.constant)


def _filtered(filters: AnyValue | None) -> Iterator[Text]:
    """The keys that a filter names, also below `$and` and `$or`."""
    for option in options(filters):
        for item in option.items if isinstance(option, Items) else ():
            yield from _filtered(item)
        for entry in option.entries if isinstance(option, Dict) else ():
            if (constant(entry.key) or "").startswith("$"):
                yield from _filtered(entry.value)
            yield from texts(entry.key)


def _known(file: File, call: ApiCall) -> list[Metric]:
    """What the runs that a call gives may have logged, if some are known for certain."""
    homes = homes_of(call)
    found = file.project.once(metrics)
    if None in homes or not any(is_same(metric.home, home) for metric in found for home in homes if home):
        return []
    return [metric for metric in found if any(home and is_near(metric.home, home) for home in homes)]


def _may_be(metric: Metric, name: str) -> bool:
    """Whether a key is what is logged, or lies in it, or is W&B's own: `loss.max`, `train.loss`, `_step`."""
    if name.startswith("_") or fits(metric.pieces, name):
        return True
    return any(fits(metric.pieces, name[:end]) for end, letter in enumerate(name) if letter in "./")


def _meant(name: str, known: list[Metric]) -> str:
    """The metric that was probably meant."""
    names = sorted({metric.pieces[0] for metric in known if len(metric.pieces) == 1})
    plain = {folded(each): each for each in names}
    leaf = [each for each in names if each.rpartition("/")[2] == name.rpartition("/")[2]]
    if len(leaf) == 1:
        return leaf[0]
    return plain.get(folded(name)) or next(iter(get_close_matches(name, names, 1, 0.75)), "")


_TRAIN = """
    import wandb

    with wandb.init(entity="acme", project="texts") as run:
        for epoch in range(3):
            run.log({"train/loss": 1 / (epoch + 1), "val/f1": epoch})
        run.summary["best_f1"] = 2
    """

EXAMPLES = (
    Bad(
        """
        import wandb

        api = wandb.Api()
        for run in api.runs("acme/texts", order="-summary_metrics.val/f2"):
                                                ^^^^^^^^^^^^^^^^^^^^^^^^^
            print(run.summary["best_f1"], run.summary.get("val_f1"))
                                                          ^^^^^^^^
            print(run.history(keys=["train/loss", "val/f1"]))
        """,
        message=("`val/f2` is never logged, but `val/f1` is", "`val_f1` is never logged, but `val/f1` is"),
        beside={"train.py": _TRAIN},
    ),
    Bad(
        """
        import wandb

        run = wandb.Api().run("acme/texts/1a2b3c4d")
        rows = run.scan_history(keys=["_step", "train/accuracy"])
                                               ^^^^^^^^^^^^^^^^
        """,
        message="no run logs `train/accuracy`",
        beside={"train.py": _TRAIN},
    ),
    Good(
        """
        import wandb

        run = wandb.Api().run("acme/texts/1a2b3c4d")
        print(run.summary["val/f1"], run.summary["_runtime"], run.summary["train/loss.min"])
        if "val_f1" in run.summary:
            print(run.summary["val_f1"])
        other = wandb.Api().run("acme/images/1a2b3c4d")
        print(other.summary["val_f1"])
        """,
        beside={"train.py": _TRAIN},
    ),
    Good(
        """
        import wandb

        run = wandb.Api().run("acme/texts/1a2b3c4d")
        print(run.summary["val_f1"])
        """,
        beside={
            "train.py": """
            import wandb
            from training import fit

            with wandb.init(entity="acme", project="texts") as run:
                run.log({"train/loss": 1})
                fit(run)
            """
        },
    ),
    Good(
        """
        import wandb

        def best(path, key):
            run = wandb.Api().run(path)
            return run.summary[key], run.summary["val_f1"]
        """,
        beside={"train.py": _TRAIN},
    ),
)
