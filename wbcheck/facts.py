"""What the files of a project do with the same names: artifacts, the namespaces of metrics, config keys.

Names mean the same only within one project of W&B's. Each fact has the ``home`` of the run that it belongs
to: two facts with one home are of one project, and an empty home says that nobody knows which.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile

import msgspec

from wbcheck.diagnostic import Span
from wbcheck.model.events import (
    ArtifactLinked,
    ArtifactLogged,
    ArtifactMade,
    ArtifactUsed,
    Escape,
    EscapeKind,
    Log,
    RunStart,
    TrainerMade,
    TrainingArguments,
)
from wbcheck.model.model import Model
from wbcheck.model.values import (
    AnyValue,
    Hole,
    ObjectKind,
    Piece,
    Ref,
    Text,
    Tri,
    constant,
    options,
    texts,
)
from wbcheck.model.values import (
    Mapping as Dict,
)

ANYTHING = ".*"
# What W&B's own callbacks and tables name artifacts.
_OWN = r"(?:run[-_]|model-|checkpoint-|job-|source-).*"
_AUTOMATIC = re.compile(r"(?:run|model|checkpoint)[-_][a-z0-9]{8}(?:[-_]|$)|(?:job|source)-")
# How a home begins that is known only as the place where its runs are started.
_GUESSED = "?"


class Output(msgspec.Struct, frozen=True):
    """An artifact that is made or logged.

    ``name`` and ``kind`` (its type) are ``None`` where they are not constant, ``pattern`` is a regular
    expression of the names that it may have. ``runs`` are the runs of its file that certainly log it.
    """

    path: str
    span: Span
    name: str | None
    pattern: str
    kind: str | None = None
    kind_span: Span | None = None
    runs: tuple[int, ...] = ()
    home: str = ""


class Input(msgspec.Struct, frozen=True):
    """An artifact that a run declares as its input by a constant reference.

    ``name`` is what it is called, ``version`` what follows the colon. ``relative`` where it is of the run's
    own project, also where it is named with its whole path. ``run`` is the run of its file, if that is known.
    """

    path: str
    span: Span
    name: str
    version: str
    relative: bool
    run: int | None = None
    home: str = ""


class Namespace(msgspec.Struct, frozen=True):
    """What stands before the first slash of a metric's name, and where that name is written."""

    path: str
    span: Span
    name: str
    metric: str
    home: str = ""


class Facts(msgspec.Struct, frozen=True):
    """The facts of all files, in the order of their paths and places.

    ``handed`` is what takes runs, by its dotted path.
    """

    outputs: tuple[Output, ...] = ()
    inputs: tuple[Input, ...] = ()
    namespaces: tuple[Namespace, ...] = ()
    handed: frozenset[str] = frozenset()

    @classmethod
    def of(cls, models: Iterable[Model], setters: Mapping[str, Sequence[str]]) -> Facts:
        """The facts of these files; ``setters`` are those that set the project, each with its values."""
        files = [_File(model, setters) for model in sorted(models, key=lambda model: model.path)]
        known = {home for file in files for home in file.homes.values()}
        for file in files:
            # Helpers without a run of their own are of the one project that there is.
            file.only = next(iter(known)) if len(known) == 1 and not file.homes else file.only
        return cls(
            tuple(each for file in files for each in _outputs(file)),
            tuple(each for file in files for each in _inputs(file)),
            tuple(each for file in files for each in _namespaces(file)),
            frozenset(target for file in files for target in _handed(file.model)),
        )

    def may_log(self, used: Input) -> bool:
        """Whether something logs the artifact that is used, or may: also W&B itself, under a run's id."""
        return _AUTOMATIC.match(used.name) is not None or any(
            not are_apart(each.home, used.home) and re.fullmatch(each.pattern, used.name, re.DOTALL)
            for each in self.outputs
        )


def are_apart(first: str, second: str) -> bool:
    """Whether two homes are certainly two projects: both names are known, and not the same."""
    if not first or not second or _GUESSED in (first[0], second[0]):
        return False
    (team, project), (other_team, other) = first.split("/", 1), second.split("/", 1)
    return project != other or bool(team and other_team and team != other_team)


class _File:
    """A file, and to which projects its runs belong."""

    def __init__(self, model: Model, setters: Mapping[str, Sequence[str]]) -> None:
        self.model = model
        self.homes = {start.run: _home(model, start, setters) for start in model.each(RunStart)}
        homes = set(self.homes.values())
        self.only = next(iter(homes)) if len(homes) == 1 else ""

    def home(self, runs: Iterable[int]) -> str:
        """The project of something that one of these runs does."""
        homes = {self.homes.get(run, "") for run in runs}
        return next(iter(homes)) if len(homes) == 1 else self.only if not homes else ""


def _home(model: Model, start: RunStart, setters: Mapping[str, Sequence[str]]) -> str:
    folder = posixpath.dirname(model.path.replace("\\", "/"))
    value = start.get("project")
    project = constant(value)
    if project:
        return f"{constant(start.get('entity')) or ''}/{project}"
    if start.arguments.given("project") is Tri.NO:
        around = [file for file in setters if _lies_in(folder, posixpath.dirname(file))]
        if around:
            nearest = max(around, key=lambda file: (len(posixpath.dirname(file)), file))
            return f"{_GUESSED}{posixpath.dirname(nearest)}: {', '.join(setters[nearest])}"
    if isinstance(value, Ref) and value.kind is ObjectKind.SYMBOL:
        return f"{_GUESSED}{value.name} for {posixpath.dirname(folder)}"
    return f"{_GUESSED}{model.path if model.notebook else folder}"


def _lies_in(folder: str, around: str) -> bool:
    return not around or folder == around or folder.startswith(f"{around}/")


def _outputs(file: _File) -> Iterator[Output]:
    model = file.model
    runs: dict[int, set[int]] = {}
    for logged in model.each(ArtifactLogged):
        for artifact in logged.artifacts:
            runs.setdefault(artifact, set()).update(logged.runs if logged.sure else ())
    for event in model.events:
        if isinstance(event, ArtifactMade):
            by = tuple(sorted(runs.get(event.artifact, ())))
            yield from _named(file, event, by)
        elif isinstance(event, ArtifactLogged):
            yield from _logged(file, event)
        elif isinstance(event, ArtifactLinked):
            for option in options(event.get("target_path")) or (None,):
                yield Output(model.path, event.span, None, f"(?:.*/)?{_pattern(option)}", home=file.only)
        elif isinstance(event, TrainerMade | TrainingArguments):
            yield Output(model.path, event.span, None, _OWN)
    if model.refusals:
        yield Output(model.path, Span(0, 0), None, ANYTHING, home=file.only)
    if model.imports_module("mlflow"):
        # The steps that it runs may lie in other repositories.
        yield Output(model.path, Span(0, 0), None, ANYTHING)


def _logged(file: _File, event: ArtifactLogged) -> Iterator[Output]:
    """What is logged where it was not made."""
    model = file.model
    if not event.artifacts and event.method != "finish_artifact":
        yield from _named(file, event, event.runs if event.sure else ())
    elif not event.sure_artifact or any(model.artifacts[each].used for each in event.artifacts):
        yield Output(model.path, event.span, None, ANYTHING, home=file.only)


def _named(file: _File, event: ArtifactMade | ArtifactLogged, runs: tuple[int, ...]) -> Iterator[Output]:
    argument, kind = event.arguments.find("name"), event.arguments.find("type")
    value = argument.value if argument is not None else None
    if isinstance(event, ArtifactLogged):
        paths = options(event.get("artifact_or_path") or event.get("path"))
        if any(not isinstance(path, Text) for path in paths) and kind is None:
            value, argument = None, None
        elif argument is None:
            yield Output(file.model.path, event.span, None, _OWN)
            return
    for option in options(value) or (None,):
        name = constant(option)
        if value is not None and len(options(value)) > 1:
            name = None
        place = option.span if isinstance(option, Text) and option.span else event.callee
        known = constant(kind.value) if kind is not None else None
        yield Output(
            file.model.path,
            place,
            name,
            _pattern(option),
            known,
            (kind.value.span or kind.span) if kind is not None else None,
            runs,
            file.home(runs),
        )


def _pattern(value: AnyValue | None) -> str:
    if not isinstance(value, Text):
        return ANYTHING
    return "".join(ANYTHING if isinstance(piece, Hole) else re.escape(piece.text) for piece in value.pieces)


def _handed(model: Model) -> Iterator[str]:
    for event in model.each(Escape):
        thing = event.object
        if event.how is EscapeKind.CALL and isinstance(thing, Ref) and thing.kind is ObjectKind.RUN:
            if not event.to.startswith("builtins.") and event.to != "print":
                yield event.to


def _inputs(file: _File) -> Iterator[Input]:
    for event in file.model.each(ArtifactUsed):
        argument = event.arguments.find("artifact_or_name") or event.arguments.find("name")
        for text in texts(argument.value) if argument is not None else ():
            known = (text.constant or "").removeprefix("wandb-artifact://")
            home, _, rest = known.rpartition("/")
            name, _, version = rest.partition(":")
            if name and argument is not None:
                place = text.span or argument.span
                own = file.home(event.runs if event.sure else ())
                is_own = home in ("", own)
                yield Input(file.model.path, place, name, version, is_own, event.run, own)


def _namespaces(file: _File) -> Iterator[Namespace]:
    seen: set[Span] = set()
    for log in file.model.each(Log):
        for data in options(log.data):
            for entry in data.entries if isinstance(data, Dict) else ():
                for key in texts(entry.key):
                    known = "".join(
                        piece.text
                        for piece in takewhile(lambda piece: isinstance(piece, Piece), key.pieces)
                        if isinstance(piece, Piece)
                    )
                    name, slash, _ = known.partition("/")
                    if not name or not slash:
                        continue
                    place = key.pieces[0].span or key.span or entry.span or log.callee
                    if place not in seen:
                        seen.add(place)
                        home = file.home(log.runs if log.sure else ())
                        yield Namespace(file.model.path, place, name, key.skeleton, home)
