"""Renaming metrics: what a metric should be called, and every place of the file that names it."""

import re
from collections.abc import Iterator

from wbcheck.rule import (
    AnyValue,
    ApiCall,
    DefineMetric,
    Dict,
    Edits,
    Entry,
    Event,
    File,
    Items,
    Log,
    Model,
    Piece,
    SummaryRead,
    SummaryWrite,
    SweepMade,
    constant,
    options,
    rename_key,
    set_text,
    texts,
    together,
)

from ._logged import Row, rows

_SPLIT = re.compile(
    r"(train|training|val|valid|validation|eval|evaluation|test|testing|dev)[ _.\-:]+(.+)", re.IGNORECASE
)
_BAD = re.compile(r"[^A-Za-z0-9_]+")
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
# Both train a model, and their curves are compared with those of any other training.
_NAMESPACES = {"pre-train": "train", "fine-tune": "train", "training": "train", "evaluation": "eval"}


def namespaced(name: str, job_type: str | None) -> str | None:
    """What a metric is called in a namespace, ``None`` where that cannot be told.

    ``train_loss`` is ``train/loss``; a name without a split takes the namespace of the run's job type.
    """
    split = _SPLIT.fullmatch(name)
    if split is not None:
        namespace, leaf = split.group(1).lower(), split.group(2)
    elif job_type:
        plain = job_type.lower().replace("_", "-")
        namespace, leaf = _NAMESPACES.get(plain, plain), name
    else:
        return None
    parts = [_BAD.sub("_", part).strip("_") for part in (namespace, leaf)]
    return "/".join(parts) if all(_NAME.fullmatch(part) for part in parts) else None


def job_type_of(model: Model, log: Log) -> str | None:
    """The job type of the run that is logged to, where it is known."""
    start = model.start_of(log.run)
    return None if start is None else constant(start.get("job_type"))


def renames(model: Model, row: Row, names: list[str]) -> dict[str, str] | None:
    """What each metric of a row is to be called, or ``None`` where that is not certain for all of them.

    Certain is: every run that logs it agrees, and no other metric of the file is called so.
    """
    found: dict[str, str] = {}
    logged = {constant(entry.key) for other in rows(model) for entry in other.data.entries}
    for name in names:
        wanted = {
            namespaced(name, job_type_of(model, other.log))
            for other in (row, *rows(model))
            if other.data.find(name) is not None
        }
        new = wanted.pop() if len(wanted) == 1 else None
        if new is None or new in logged or new in found.values():
            return None
        found[name] = new
    return found


def is_swept_elsewhere(file: File) -> bool:
    """Whether a sweep of another file runs this one: what it optimises is named there."""
    return file.project.is_trial(file.path, {function.name for function in file.model.functions})


def is_free(model: Model, name: str) -> bool:
    """Whether no metric of the file is called so."""
    return all(constant(entry.key) != name for row in rows(model) for entry in row.data.entries)


def rename(text: str, model: Model, new: dict[str, str]) -> Edits | None:
    """Rename metrics at every place of the file that names them, or at none."""
    return together(*(_rename(text, model, old, wanted) for old, wanted in new.items()))


def _rename(text: str, model: Model, old: str, new: str) -> Edits | None:
    entries, pieces = _entries(model, old), list(_pieces(model, old))
    if any(_is_told_otherwise(event, old) for event in model.events):
        return None
    edits = together(
        *(rename_key(text, entry, new) for entry in entries),
        *(set_text(text, piece, new) for piece in pieces),
    )
    if edits is None or all(_is_inline(model, entry) for entry in entries):
        return edits
    # A dict that has a name may be read elsewhere under the old key.
    written = len(re.findall(rf"(['\"]){re.escape(old)}\1", text))
    return edits if written == len(edits) else None


def _entries(model: Model, name: str) -> list[Entry]:
    """The entries of logged dicts, and of dicts that go into a summary, under this key."""
    dicts = [row.data for row in rows(model)]
    for write in model.each(SummaryWrite):
        dicts.extend(value for value in options(write.value) if isinstance(value, Dict) and not write.path)
    found = [entry for data in dicts for entry in data.entries if constant(entry.key) == name]
    return list({entry.span: entry for entry in found}.values())


def _is_inline(model: Model, entry: Entry) -> bool:
    """Whether an entry is written within the very call that logs it."""
    return entry.span is not None and any(log.span.contains(entry.span) for log in model.each(Log))


def _pieces(model: Model, name: str) -> Iterator[Piece]:
    """The other places where a metric is named: its definition, its summary, a sweep's goal."""
    for event in model.events:
        named: list[AnyValue | None] = []
        if isinstance(event, DefineMetric):
            named = [event.get("name"), event.get("step_metric")]
        elif isinstance(event, SummaryRead | SummaryWrite):
            named = [step.key for step in event.path[:1]]
        elif isinstance(event, SweepMade):
            named = [_under(_under(event.get("sweep"), "metric"), "name")]
        for value in named:
            yield from (piece for text in texts(value) if text.constant == name for piece in text.constants)


def _under(value: AnyValue | None, key: str) -> AnyValue | None:
    entry = value.find(key) if isinstance(value, Dict) else None
    return None if entry is None else entry.value


def _is_told_otherwise(event: Event, name: str) -> bool:
    """Whether something names the metric in a way that cannot be changed with it: a glob, an API query."""
    if isinstance(event, DefineMetric):
        glob = constant(event.get("name")) or ""
        return len(glob) > 1 and glob.endswith("*") and name.startswith(glob[:-1])
    return isinstance(event, ApiCall) and any(_mentions(a.value, name) for a in event.arguments.items)


def _mentions(value: AnyValue, name: str) -> bool:
    if isinstance(value, Items):
        return any(_mentions(item, name) for item in value.items)
    if isinstance(value, Dict):
        return any(_mentions(entry.key, name) or _mentions(entry.value, name) for entry in value.entries)
    return any(name in (text.constant or "") for text in texts(value))
