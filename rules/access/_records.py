"""What the runs of a project record: for the rules about what is asked of their record later."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from wbcheck.rule import (
    AnyValue,
    ApiCall,
    ApiRecord,
    Dict,
    Escape,
    EscapeKind,
    File,
    Hole,
    Log,
    Model,
    ObjectKind,
    Pieces,
    Project,
    Ref,
    RunStart,
    Starter,
    SummaryWrite,
    Text,
    TrainerCall,
    TrainerMade,
    TrainingArguments,
    Tri,
    are_apart,
    options,
    pieces_of,
    texts,
)

from ..config._declared import declared
from ..metrics._axes import INTEGRATIONS, is_integration, may_go_on

ANY: Pieces = ("", "")


class Metric(NamedTuple):
    """A name that is logged, or put into a summary; ``home`` is empty where it may be any project's."""

    home: str
    pieces: Pieces


class Config(NamedTuple):
    """The config of a run: ``None`` where not all of its keys are known."""

    home: str
    config: Dict | None


def metrics(project: Project) -> list[Metric]:
    """All that the files of a project log; ``ANY`` stands for what is not known."""
    return list(dict.fromkeys(metric for model in project.models.values() for metric in _of(project, model)))


def configs(project: Project) -> list[Config]:
    """The configs of all runs of a project."""
    found = []
    for model in project.models.values():
        file = File(model=model, project=project)
        for start in model.each(RunStart):
            config = declared(file, start)
            is_known = config is not None and not config.open
            found.append(
                Config(project.facts.home_of(model.path, (start.run,)), config if is_known else None)
            )
        if any(run.elsewhere for run in model.runs) or model.refusals:
            found.append(Config("", None))
    return found


def _of(project: Project, model: Model) -> Iterator[Metric]:
    for start in model.each(RunStart):
        if _is_open(start):
            yield Metric(project.facts.home_of(model.path, (start.run,)), ANY)
    if _logs_by_itself(model) or any(_hands_on(project, model, escape) for escape in model.each(Escape)):
        yield Metric("", ANY)
    for log in model.each(Log):
        home = project.facts.home_of(model.path, log.runs if log.sure else ())
        known = () if log.arguments.splats else options(log.data)
        yield from (Metric(home, pieces) for value in known or (None,) for pieces in _keys(value))
    for write in model.each(SummaryWrite):
        home = project.facts.home_of(model.path, write.runs if write.sure else ())
        values = (write.value,) if not write.path else ()
        yield from (Metric(home, pieces) for value in values for pieces in _keys(value))
        yield from (Metric(home, pieces) for step in write.path[:1] for pieces in _key(step.key))
    for record in model.each(ApiRecord):
        if record.how == "write":
            yield from (Metric("", pieces) for step in record.path[1:2] for pieces in _key(step.key))
        elif record.how == "update":
            yield Metric("", ANY)


def _is_open(start: RunStart) -> bool:
    """Whether more is logged to a run than the code says."""
    return start.starter is not Starter.INIT or start.forwards or may_go_on(start)


def _logs_by_itself(model: Model) -> bool:
    """Whether something that is not the file's own logs to its runs."""
    if any(any(model.each(kind)) for kind in (TrainerMade, TrainingArguments, TrainerCall)) or model.refusals:
        return True
    return model.imports_module(*INTEGRATIONS) or any(is_integration(entry.target) for entry in model.imports)


def _hands_on(project: Project, model: Model, escape: Escape) -> bool:
    """Whether code that is in no file of the project gets hold of a run."""
    thing = escape.object
    if not isinstance(thing, Ref) or thing.kind not in (ObjectKind.RUN, ObjectKind.LOGGER):
        return False
    if escape.how is EscapeKind.CALL:
        return not escape.to_builtin and project.logs_artifacts(escape.to) is Tri.UNKNOWN
    return escape.how in (EscapeKind.STORE, EscapeKind.YIELD)


def _keys(value: AnyValue | None) -> Iterator[Pieces]:
    """The names of what is logged, and of what lies in it."""
    if not isinstance(value, Dict) or value.open:
        yield ANY
    for entry in value.entries if isinstance(value, Dict) else ():
        yield from _key(entry.key)


def _key(key: AnyValue) -> Iterator[Pieces]:
    for option in options(key):
        yield pieces_of(option)


# What is asked of the public API


def home_of_path(path: Text) -> str | None:
    """The project that ``entity/project`` names, without the entity where that is not known."""
    parts: list[list[str | None]] = [[]]
    for piece in path.pieces:
        if isinstance(piece, Hole):
            parts[-1].append(None)
        else:
            first, *others = piece.text.split("/")
            parts[-1].append(first)
            parts.extend([each] for each in others)
    names = [None if None in part else "".join(filter(None, part)) for part in parts]
    if len(names) < 2 or not names[1]:
        return None
    return f"{names[0] or ''}/{names[1]}"


def homes_of(call: ApiCall) -> set[str | None]:
    """The projects whose runs a call gives."""
    return {home_of_path(path) for path in texts(call.get("path"))} or {None}


def source_of(model: Model, thing: AnyValue | None) -> ApiCall | None:
    """The call of the public API that a run, or some runs, came from."""
    if not isinstance(thing, Ref) or thing.id is None:
        return None
    calls = (call for call in model.each(ApiCall) if call.name in ("Api.run", "Api.runs"))
    return next((call for call in calls if isinstance(call.result, Ref) and call.result.id == thing.id), None)


def is_same(home: str, asked: str) -> bool:
    """Whether two homes certainly are one project, as far as the code says whose they are."""
    return not home.startswith("?") and bool(home) and not are_apart(home, asked)
