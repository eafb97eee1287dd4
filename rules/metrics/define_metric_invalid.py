"""Reports calls of `define_metric` that raise.

Why it matters: a `*` stands for anything only at the end of a name; `"*/loss"` raises. So does a summary that
W&B does not know, or a blank between two of them: `summary="min, max"`. The definitions come first in a run,
so it ends before the training begins (Quick Reference).

When to ignore: never.
"""

from collections.abc import Callable, Iterator

from wbcheck.rule import (
    AnyValue,
    Applicability,
    Argument,
    Bad,
    DefineMetric,
    Edits,
    File,
    Finding,
    Fix,
    Flag,
    Good,
    Items,
    Kind,
    Number,
    Preset,
    Proof,
    Raises,
    Rule,
    Runs,
    Span,
    Text,
    Unknown,
    constant,
    options,
    quote,
    replace,
    set_text,
    shown,
    texts,
)

from ._tables import value_of

RULE = Rule(
    code="WB316",
    name="define-metric-invalid",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="`define_metric` raises: a `*` may only end a name, and `summary=` takes seven words.",
    how='Write `define_metric("val/*", step_metric="epoch", summary="min,max")`.',
    fix=Applicability.SAFE,
)

# `best` was one until 0.29 (WB607), `copy` is going to (WB608).
_SUMMARIES = frozenset({"min", "max", "mean", "last", "first", "none", "copy", "best"})
_MEANT = {
    "average": "mean",
    "avg": "mean",
    "final": "last",
    "highest": "max",
    "latest": "last",
    "lowest": "min",
    "maximum": "max",
    "minimum": "min",
}
_TEXTS = ("name", "step_metric", "summary")
_FLAGS = ("step_sync", "hidden", "overwrite")


def check(file: File) -> Iterator[Finding]:
    seen: set[Span] = set()
    for event in file.model.each(DefineMetric):
        for argument in event.arguments.items:
            place = value_of(argument)
            told = fault(argument)
            if told and place not in seen:
                seen.add(place)
                yield Finding(place, told, fix=_fix(file, argument))


def fault(argument: Argument) -> str:
    """What is wrong with an argument; empty where nothing certainly is."""
    name = argument.name
    kinds = [_kind(value) for value in options(argument.value)]
    if name in (*_TEXTS, *_FLAGS) and kinds and all(kinds):
        wanted = "string" if name in _TEXTS else "flag"
        if wanted not in kinds:
            return f"`{name}=` of a metric takes a {wanted}, and is given a {kinds[0]}"
    for text in texts(argument.value):
        if name == "name" and has_inner_star(text):
            return f"glob {shown(text, 36)} has a `*` elsewhere than at its end"
        if name == "name" and not text.pieces:
            return "a metric is defined without a name"
        unknown = next(iter(unknown_summaries(text)), None) if name == "summary" else None
        if unknown is not None:
            return f"summary {shown(text, 24)} has {_told(unknown)}"
    return ""


def _kind(value: AnyValue) -> str:
    """What a value certainly is, in a word; empty where it is not known."""
    if isinstance(value, Number):
        return "number"
    if isinstance(value, Flag):
        return "flag"
    if isinstance(value, Text):
        return "string"
    if isinstance(value, Items):
        return value.kind
    kinds = {Kind.NUMBER: "number", Kind.FLAG: "flag", Kind.TEXT: "string", Kind.SEQUENCE: "list"}
    return kinds.get(value.kind, "") if isinstance(value, Unknown) else ""


def has_inner_star(name: Text) -> bool:
    """Whether a name has a star that is not its last letter."""
    before_last = name.skeleton.removesuffix("*")
    return "*" in before_last


def unknown_summaries(text: Text) -> list[str]:
    """The summaries that W&B does not know, as they are written between the commas."""
    if not text.constant:
        return []
    return [word for word in text.constant.split(",") if word.lower() not in _SUMMARIES]


def _told(word: str) -> str:
    if word.strip().lower() in _SUMMARIES:
        return "a blank in it"
    return f"{shown(word.strip(), 14)}, which W&B does not know" if word.strip() else "an empty word in it"


def _fix(file: File, argument: Argument) -> Callable[[], Fix | None] | None:
    wanted = meant(argument)
    if not wanted or argument.spread:
        return None
    return file.fix(f"Write it as `{wanted}`", rewrite, argument, wanted)


def meant(argument: Argument) -> str:
    """What is meant by an argument, where that is clear."""
    value = argument.value
    if argument.name == "name" and isinstance(value, Text):
        name = (value.constant or "").rstrip("*")
        return f"{name}*" if name and "*" not in name else ""
    if argument.name != "summary":
        return ""
    if isinstance(value, Items):
        words = [constant(item) or "" for item in value.items if not value.open]
    else:
        words = (constant(value) or "").split(",")
    plain = [word.strip().lower() for word in words if word.strip()]
    known = [_MEANT.get(word, word) for word in plain]
    return ",".join(known) if known and set(known) <= _SUMMARIES - {"best"} else ""


def rewrite(text: str, argument: Argument, wanted: str) -> Edits | None:
    """Put what is meant in the place of what is given."""
    value = argument.value
    if isinstance(value, Text):
        pieces = tuple(value.constants)
        return set_text(text, pieces[0], wanted) if len(pieces) == 1 else None
    literal = quote(text, wanted, value_of(argument).start)
    inside = value.span is not None and argument.span.contains(value.span)
    return replace(text, value_of(argument), literal) if inside and literal else None


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts") as run:
            run.define_metric("epoch")
            run.define_metric("*/loss", step_metric="epoch")
                              ^^^^^^^^
            run.log({"train/loss": 0.1, "epoch": 0})
        """,
        message="glob `*/loss` has a `*` elsewhere than at its end",
    ),
    Bad(
        """
        import wandb

        wandb.init(project="texts")
        wandb.define_metric("val/loss", summary="min, max")
                                                ^^^^^^^^^^
        wandb.define_metric("val/f1", summary="average")
                                              ^^^^^^^^^
        wandb.define_metric("val/acc", summary=["min", "max"])
                                               ^^^^^^^^^^^^^^
        wandb.define_metric("test/**", step_metric="epoch")
                            ^^^^^^^^^
        """,
        message=(
            "summary `min, max` has a blank in it",
            "summary `average` has `average`, which W&B does not know",
            "`summary=` of a metric takes a string, and is given a list",
            "glob `test/**` has a `*` elsewhere than at its end",
        ),
        fixed="""
        import wandb

        wandb.init(project="texts")
        wandb.define_metric("val/loss", summary="min,max")
        wandb.define_metric("val/f1", summary="mean")
        wandb.define_metric("val/acc", summary="min,max")
        wandb.define_metric("test/*", step_metric="epoch")
        """,
    ),
    Bad(
        """
        import wandb

        def define(run: wandb.Run, split):
            run.define_metric(f"{split}/*/loss")
                              ^^^^^^^^^^^^^^^^^
            run.define_metric(["train/loss", "val/loss"], step_metric="epoch")
                              ^^^^^^^^^^^^^^^^^^^^^^^^^^
            run.define_metric("train/loss", hidden="yes")
                                                   ^^^^^
            run.define_metric("val/loss", summary="median,last")
                                                  ^^^^^^^^^^^^^
        """,
        message=(
            "glob `{}/*/loss` has a `*` elsewhere than at its end",
            "`name=` of a metric takes a string, and is given a list",
            "`hidden=` of a metric takes a flag, and is given a string",
            "summary `median,last` has `median`, which W&B does not know",
        ),
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts") as run:
            epoch = run.define_metric("epoch", hidden=True)
            run.define_metric("*", step_metric=epoch)
            run.define_metric("val/*", step_metric="epoch", step_sync=False)
            run.define_metric("val/loss", summary="min,Max")
            run.log({"val/loss": 0.1, "epoch": 0})
        """
    ),
    Good(
        """
        import wandb

        def define(run: wandb.Run, names, summary, quietly):
            for name in names:
                run.define_metric(name, summary=summary, hidden=quietly)
                run.define_metric(f"{name}/*", step_metric=None)
                run.define_metric(name, summary=f"{summary},last")
        """
    ),
    Good(
        """
        import mlflow
        import wandb

        def define(run: wandb.Run, **options):
            mlflow.define_metric("*/loss", summary="min, max")
            run.define_metric(**options)
            run.define_metric("val/loss", summary="best", goal="minimize")
        """
    ),
)

PROOF = (
    Proof(bad=Raises("Error", saying="glob suffixes only"), good=Runs()),
    Proof(
        bad=Raises("Error", saying="summary op:  max"),
        bad_script="import wandb\nwandb.init().define_metric('loss', summary='min, max')",
    ),
    Proof(
        bad=Raises("Error", saying="summary type: list"),
        bad_script="import wandb\nwandb.init().define_metric('loss', summary=['min'])",
    ),
)
