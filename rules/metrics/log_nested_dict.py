"""Reports a dict that is logged within the dict of metrics.

Why it matters: `run.log({"train": {"loss": x}})` is recorded as `train.loss`. That is another metric than the
`train/loss` of other runs, lies in no section of its own, and has to be escaped wherever it is named (Metric
Names).

When to ignore: where dashboards of a running project read the metrics by these names.
"""

from collections.abc import Iterator

from wbcheck.rule import (
    AnyValue,
    Applicability,
    Bad,
    Dict,
    Edits,
    Entry,
    File,
    Finding,
    Good,
    Kind,
    Mended,
    Piece,
    Preset,
    Rule,
    Span,
    Text,
    Unknown,
    constant,
    options,
    replace,
    set_text,
    shown,
    source_of,
    together,
)

from ._logged import keys, place_of, rows
from ._renaming import across, pieces

RULE = Rule(
    code="WB311",
    name="log-nested-dict",
    preset=Preset.RECOMMENDED,
    since="0.1.0",
    why="Nested keys are joined by dots, and W&B sorts charts into sections by what stands before a slash.",
    how='Log one flat dict, as in `run.log({"train/loss": loss})`.',
    fix=Applicability.UNSAFE,
    changes=("history", "summary", "metrics"),
)


def check(file: File) -> Iterator[Finding]:
    seen: set[Span] = set()
    for row in rows(file.model):
        for entry in row.data.entries:
            place, named = place_of(entry, row), keys(entry)
            nested = [value for value in options(entry.value) if is_nested(value)]
            if not named or place in seen or len(nested) < len(options(entry.value)):
                continue
            seen.add(place)
            written = flat_name(named[0], nested[0], ".")
            yield Finding(
                place,
                f"dict {shown(named[0], 20)} is recorded as metrics like {shown(written, 21)}",
                fix=file.fix_across(flattened, entry),
            )


def is_nested(value: AnyValue) -> bool:
    """Whether a value is certainly a dict of metrics: not an empty one, nor W&B's own form of media."""
    if isinstance(value, Dict):
        return (bool(value.entries) or value.open) and value.find("_type") is None
    return isinstance(value, Unknown) and value.kind is Kind.MAPPING


def flat_name(outer: Text, nested: AnyValue, joint: str) -> str:
    """What the first metric of a nested dict is called."""
    entries = nested.entries if isinstance(nested, Dict) else ()
    first = next((key for entry in entries if (key := constant(entry.key))), "…")
    return f"{outer.skeleton}{joint}{first}"


def flattened(file: File, entry: Entry) -> Mended | None:
    """An entry as several, and its metrics named so wherever the project speaks of them."""
    new = {way: way.replace(".", "/") for way in _ways(entry, "")}
    others = [
        set_text(file.text, piece, wanted) for old, wanted in new.items() for piece in pieces(file.model, old)
    ]
    return across(file, new, together(flatten(file.text, entry), *others))


def _ways(entry: Entry, above: str) -> Iterator[str]:
    """What the metrics of a nested dict are called in the record."""
    way = f"{above}{constant(entry.key) or ''}"
    if isinstance(entry.value, Dict):
        for inner in entry.value.entries:
            yield from _ways(inner, f"{way}.")
    else:
        yield way


def flatten(text: str, entry: Entry) -> Edits | None:
    """``"train": {"loss": x}`` to ``"train/loss": x``. Refuses all but plain literals within each other."""
    parts = _flat(text, entry, "")
    if parts is None or entry.span is None:
        return None
    start = entry.span.start
    indent = text[text.rfind("\n", 0, start) + 1 : start]
    has_lines = "\n" in source_of(text, entry.span) and not indent.strip()
    return replace(text, entry.span, (f",\n{indent}" if has_lines else ", ").join(parts))


def _flat(text: str, entry: Entry, above: str) -> list[str] | None:
    """The lines of a dict that say, each by itself, what an entry says; ``None`` where they cannot."""
    key, value = entry.key, entry.value
    piece = key.pieces[0] if isinstance(key, Text) and len(key.pieces) == 1 else None
    if not isinstance(piece, Piece) or piece.span is None or entry.span is None or not piece.text.strip("/"):
        return None
    source = source_of(text, entry.span)
    is_plain = entry.span.contains(piece.span) and source_of(text, piece.span) == piece.text
    if not is_plain or piece.span.start == entry.span.start or "#" in source:
        return None
    if isinstance(value, Dict) and value.span is not None and entry.span.contains(value.span):
        if value.open or not value.entries:
            return None
        inner = [_flat(text, other, f"{above}{piece.text.strip('/')}/") for other in value.entries]
        return [part for parts in inner for part in parts or ()] if all(inner) else None
    if not above or any(is_nested(option) for option in options(value)):
        return None
    at = piece.span.start - entry.span.start
    return [f"{source[:at]}{above}{source[at:]}"]


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts") as run:
            for epoch in range(3):
                run.log({"train": {"loss": 0.1, "acc": 0.9}, "epoch": epoch})
                         ^^^^^^^
                run.log({"val": {"f1": {"micro": 0.8, "macro": 0.7}}}, step=epoch)
                         ^^^^^
        """,
        message=(
            "dict `train` is recorded as metrics like `train.loss`",
            "dict `val` is recorded as metrics like `val.f1`",
        ),
        fixed="""
        import wandb

        with wandb.init(project="texts") as run:
            for epoch in range(3):
                run.log({"train/loss": 0.1, "train/acc": 0.9, "epoch": epoch})
                run.log({"val/f1/micro": 0.8, "val/f1/macro": 0.7}, step=epoch)
        """,
    ),
    Bad(
        """
        import wandb

        def report(loss, acc, epoch):
            wandb.log(
                {
                    "train": {
                    ^^^^^^^
                        "loss": loss,
                        "acc": acc,
                    },
                    "epoch": epoch,
                }
            )
        """,
        message="dict `train` is recorded as metrics like `train.loss`",
        fixed="""
        import wandb

        def report(loss, acc, epoch):
            wandb.log(
                {
                    "train/loss": loss,
                    "train/acc": acc,
                    "epoch": epoch,
                }
            )
        """,
    ),
    Bad(
        """
        import wandb

        def evaluate(run: wandb.Run, measure, splits):
            metrics = {"loss": measure()}
            metrics["f1"] = measure()
            run.log({"eval": metrics})
                     ^^^^^^
            run.log({split: {"loss": measure()} for split in splits})
            for split in splits:
                run.log({f"by_split/{split}": dict(loss=measure(), **metrics)})
                         ^^^^^^^^^^^^^^^^^^^
        """,
        message=(
            "dict `eval` is recorded as metrics like `eval.loss`",
            "dict `by_split/{}` is recorded as metrics like `by_split/{}.loss`",
        ),
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts", config={"params": {"lr": 0.1}}) as run:
            for epoch in range(3):
                run.log({"train/loss": 0.1, "train/acc": 0.9, "epoch": epoch})
        """
    ),
    Good(
        """
        import wandb

        def evaluate(run: wandb.Run, metrics, measure, picture):
            run.log({"eval": metrics, "test": measure(), "none": {}})
            run.log({f"eval/{key}": value for key, value in {"loss": 0.1}.items()})
            boxes = {"boxes": {"box_data": [], "class_labels": {1: "cat"}}}
            run.log({"picture": wandb.Image(picture, boxes=boxes)})
            run.log({"eval/loss": {"loss": 0.1}["loss"]})
            run.log({"file": {"_type": "html-file", "path": "page.html"}})
        """
    ),
    Good(
        """
        import wandb

        def flat(metrics, above=""):
            found = {}
            for key, value in metrics.items():
                if isinstance(value, dict):
                    found.update(flat(value, f"{above}{key}/"))
                else:
                    found[f"{above}{key}"] = value
            return found

        def evaluate(run: wandb.Run, loss):
            run.log(flat({"train": {"loss": loss}}))
            run.log(flat({"val": {"loss": loss, "f1": {"micro": 0.8}}, "epoch": 3}))
        """
    ),
    Good(
        """
        import wandb
        from tracking import board

        def evaluate(nested, loss):
            board.log({"train": {"loss": loss}})
            wandb.log({"train": {"loss": loss} if nested else loss})
        """
    ),
)
