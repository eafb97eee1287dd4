"""Renaming metrics: what a metric should be called, and every place of the project that names it."""

import re
from collections.abc import Iterator
from typing import NamedTuple

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
    Mended,
    Model,
    Piece,
    Project,
    Span,
    Stuck,
    SummaryRead,
    SummaryWrite,
    SweepMade,
    constant,
    elsewhere,
    listed,
    options,
    rename_key,
    replace,
    set_text,
    source_of,
    spelled,
    texts,
    together,
)

from ..access._asked import dependents
from ..identity._named import meant
from ..identity.job_type_vocabulary import VOCABULARY
from ._logged import Row, place_of, rows

_SPLIT = re.compile(
    r"(train|training|val|valid|validation|eval|evaluation|test|testing|dev)[ _.\-:]+(.+)", re.IGNORECASE
)
_BAD = re.compile(r"[^A-Za-z0-9_]+")
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_JOINT = re.compile(r"[\W_]+")
# Both train a model, and their curves are compared with those of any other training.
_NAMESPACES = {"pre-train": "train", "fine-tune": "train"}


def namespaced(name: str, job_type: str | None) -> str | None:
    """What a metric is called in a namespace, ``None`` where that cannot be told.

    ``train_loss`` is ``train/loss``; a name without a split takes the namespace of the run's job type, if
    that is one of the guide's.
    """
    split = _SPLIT.fullmatch(name)
    if split is not None:
        namespace, leaf = split.group(1).lower(), split.group(2)
    else:
        kind = meant(job_type or "")
        namespace, leaf = _NAMESPACES.get(kind, kind) if kind in VOCABULARY else "", name
    parts = [_BAD.sub("_", part).strip("_") for part in (namespace, leaf)]
    return "/".join(parts) if all(_NAME.fullmatch(part) for part in parts) else None


def has_split(name: str) -> bool:
    """Whether a name says which split it is of: ``train loss``."""
    return _SPLIT.fullmatch(name) is not None


def job_type_of(model: Model, log: Log) -> str | None:
    """The job type of the run that is logged to, where it is known."""
    start = model.start_of(log.run)
    return None if start is None else constant(start.get("job_type"))


def renames(model: Model, row: Row, names: list[str]) -> dict[str, str] | None:
    """What each metric of a row is to be called, or ``None`` where that is not certain for all of them.

    Certain is: every run that logs it agrees.
    """
    found: dict[str, str] = {}
    logged = model.once(_logged)
    for name in names:
        wanted = {namespaced(name, job_type_of(model, log)) for log in (row.log, *logged.get(name, ()))}
        new = wanted.pop() if len(wanted) == 1 else None
        if new is None or new in found.values():
            return None
        found[name] = new
    return found


def _logged(model: Model) -> dict[str | None, list[Log]]:
    """The calls that log a metric, by its name."""
    found: dict[str | None, list[Log]] = {}
    for row in rows(model):
        for entry in row.data.entries:
            found.setdefault(constant(entry.key), []).append(row.log)
    return found


def _settled(model: Model) -> dict[str, dict[str, Span]]:
    """The metrics that are logged and where, by what the fixes make of their names.

    ``train_loss``, ``train//loss`` and ``Train.loss`` all come to ``train/loss``.
    """
    found: dict[str, dict[str, Span]] = {}
    for row in rows(model):
        for entry in row.data.entries:
            name = constant(entry.key)
            if name is not None:
                found.setdefault(_settle(name), {}).setdefault(name, place_of(entry, row))
    return found


def _settle(name: str) -> str:
    return _JOINT.sub("/", name).strip("/").lower()


def rename(file: File, new: dict[str, str]) -> Mended | None:
    """Rename metrics at every place of the project that names them. Raises ``Stuck`` where one cannot be."""
    return across(file, new, together(*(_rename(file, old, wanted) for old, wanted in new.items())))


def across(file: File, new: dict[str, str], own: Edits | None) -> Mended | None:
    """The edits of a file that log metrics under new names, with those of all other files that name them.

    Raises ``Stuck`` where that cannot be told or two metrics would have one name, and says which queries keep
    the old names.
    """
    for old, wanted in new.items():
        alike = file.model.once(_settled).get(_settle(wanted), {})
        if others := [place for name, place in alike.items() if name != old]:
            raise Stuck(f"two metrics would be called `{wanted}`", others[0])
    edits, files = [own], dict[str, None]()
    for model, piece in _elsewhere(file, new):
        text = file.text_of(model.path)
        wanted = new[piece.text]
        if text is None or piece.span is None or source_of(text, piece.span) != piece.text:
            raise Stuck("the metric is named here, too", piece.span, model.path)
        is_yaml = any(sweep.file for sweep in model.each(SweepMade))
        made = replace(text, piece.span, wanted) if is_yaml else set_text(text, piece, wanted)
        edits.append(elsewhere(model.path, made))
        files[model.path] = None
    done = together(*edits)
    told = f"Log it as {listed(list(new.values()), 60)}"
    told += f", also in {', '.join(files)}" if files else ""
    left = dependents(file, {old: _forms(old) for old in new})
    told += f"; left to ask for the old name: {', '.join(left)}" if left else ""
    return None if done is None else Mended(told, done)


def _forms(name: str) -> tuple[str, ...]:
    """How the public API is asked for a metric."""
    return name, f"summary.{name}", f"summary_metrics.{name}"


def _elsewhere(file: File, new: dict[str, str]) -> Iterator[tuple[Model, Piece]]:
    """Where other files name metrics of this one: goals of sweeps, definitions and summaries of its run."""
    functions = {function.name for function in file.model.functions}
    sweeps = list(file.project.sweeps_of(file.path, functions))
    if not sweeps and file.project.is_trial(file.path, functions):
        raise Stuck("a sweep that is not here may name it")
    goals = {(model.path, sweep.id) for model, sweep in sweeps}
    naming, logging = file.project.once(_naming), file.project.once(_logging)
    for place in sorted(place for name in new for place in naming.get(name, ())):
        model, event, piece = place.named
        if model.path == file.path:
            continue
        if not (isinstance(event, SweepMade) and (model.path, event.id) in goals):
            logged = logging.get(piece.text, frozenset())
            if not _may_be_ours(event) or model.path in logged:
                continue
            # A third file logs a metric of this name.
            if logged - {file.path}:
                raise Stuck("the metric may be another run's here", piece.span, model.path)
        yield model, piece


class _Place(NamedTuple):
    """Where a metric is named beside where it is logged: by which event of which model, in their order."""

    number: int
    named: tuple[Model, Event, Piece]


def _naming(project: Project) -> dict[str, list[_Place]]:
    """The places of a project that name metrics, by the metrics' names."""
    found: dict[str, list[_Place]] = {}
    every = (
        (model, event, piece)
        for model in project.models.values()
        for event in model.events
        for piece in _named_by(event)
    )
    for number, named in enumerate(every):
        found.setdefault(named[2].text, []).append(_Place(number, named))
    return found


def _logging(project: Project) -> dict[str | None, frozenset[str]]:
    """The files that log a metric, by its name."""
    found: dict[str | None, set[str]] = {}
    for model in project.models.values():
        for name in model.once(_logged):
            found.setdefault(name, set()).add(model.path)
    return {name: frozenset(paths) for name, paths in found.items()}


def _may_be_ours(event: Event) -> bool:
    """Whether something names a metric of a run that its file does not start."""
    return isinstance(event, DefineMetric | SummaryRead | SummaryWrite) and not event.runs


def _rename(file: File, old: str, new: str) -> Edits | None:
    text, model = file.text, file.model
    entries, others = _entries(model, old), list(pieces(model, old))
    for event in model.events:
        if _is_told_otherwise(event, old):
            raise Stuck("what is asked for here goes by the old name", event.span)
    edits = together(
        *(rename_key(text, entry, new) for entry in entries),
        *(set_text(text, piece, new) for piece in others),
    )
    if edits is None:
        return None
    # A dict that has a name may be read elsewhere under the old key, as may a copy of the summary.
    is_inline = all(_is_inline(model, entry) for entry in entries)
    for place in spelled(text, rf"(?<=['\"]){re.escape(old)}(?=['\"])"):
        line = text[text.rfind("\n", 0, place.start) + 1 :].partition("\n")[0]
        if (not is_inline or "summary" in line) and not any(edit.span.contains(place) for edit in edits):
            raise Stuck(f"`{old}` is read here, too", place)
    return edits


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


def pieces(model: Model, name: str) -> Iterator[Piece]:
    """The other places where a metric is named: its definition, its summary, a sweep's goal."""
    return (piece for event in model.events for piece in _named_by(event) if piece.text == name)


def _named_by(event: Event) -> Iterator[Piece]:
    """The whole names of metrics that an event speaks of, beside those that are logged."""
    named: list[AnyValue | None] = []
    if isinstance(event, DefineMetric):
        named = [event.get("name"), event.get("step_metric")]
    elif isinstance(event, SummaryRead | SummaryWrite):
        named = [step.key for step in event.path[:1]]
    elif isinstance(event, SweepMade):
        named = [_under(_under(event.get("sweep"), "metric"), "name")]
    for value in named:
        for text in texts(value):
            yield from (piece for piece in text.constants if piece.text == text.constant)


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
