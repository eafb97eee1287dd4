"""What the files of a project do with the same names: artifacts, the namespaces of metrics, config keys.

Names mean the same only within one project of W&B's. Each fact has the ``home`` of the run that it belongs
to: two facts with one home are of one project, and an empty home says that nobody knows which.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import takewhile
from typing import Any, NamedTuple, TypeVar

import msgspec

from wbcheck.circles import circles, knots
from wbcheck.diagnostic import Span
from wbcheck.model.events import (
    ArtifactLinked,
    ArtifactLogged,
    ArtifactMade,
    ArtifactUsed,
    Escape,
    EscapeKind,
    Log,
    ReferenceGiven,
    RunStart,
    TrainerMade,
    TrainingArguments,
)
from wbcheck.model.model import Model
from wbcheck.model.values import (
    AnyValue,
    ObjectKind,
    Piece,
    Ref,
    Text,
    Tri,
    constant,
    is_written,
    options,
    texts,
)
from wbcheck.model.values import (
    Mapping as Dict,
)

T = TypeVar("T")
Pieces = tuple[str, ...]
"""A name with holes: the constant texts between them, in order; one text stands for itself alone."""

ANYTHING: Pieces = ("", "")
# What W&B's own callbacks and tables name artifacts.
_OWN: tuple[Pieces, ...] = tuple(
    (beginning, "") for beginning in ("run-", "run_", "model-", "checkpoint-", "job-", "source-")
)
_AUTOMATIC = re.compile(r"(?:run|model|checkpoint)[-_][a-z0-9]{8}(?:[-_]|$)|(?:job|source)-")
# How a home begins that is known only as the place where its runs are started.
_GUESSED = "?"


class Output(msgspec.Struct, frozen=True):
    """An artifact that is made or logged.

    ``name`` and ``kind`` (its type) are ``None`` where they are not constant, ``pieces`` tell the names that
    it may have. ``runs`` are the runs of its file that certainly log it.
    """

    path: str
    span: Span
    name: str | None
    pieces: Pieces
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


class Step(NamedTuple):
    """A run makes one artifact from another."""

    used: Input
    logged: Output


class Facts(msgspec.Struct, frozen=True, dict=True):
    """The facts of all files, in the order of their paths and places.

    ``handed`` is what takes runs, by its dotted path. ``homes`` are those of each file's runs, in their
    order, and ``own`` is the one of what a file does without a run, where there can be only one.
    """

    outputs: tuple[Output, ...] = ()
    inputs: tuple[Input, ...] = ()
    namespaces: tuple[Namespace, ...] = ()
    handed: frozenset[str] = frozenset()
    homes: dict[str, tuple[str, ...]] = {}
    own: dict[str, str] = {}

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
            {file.model.path: tuple(file.homes.get(run.id, "") for run in file.model.runs) for file in files},
            {file.model.path: file.only for file in files},
        )

    def outputs_of(self, path: str) -> list[Output]:
        """The artifacts that a file makes or logs."""
        return self._outputs.get(path, [])

    def inputs_of(self, path: str) -> list[Input]:
        """The artifacts that the runs of a file declare."""
        return self._inputs.get(path, [])

    def namespaces_of(self, path: str) -> list[Namespace]:
        """The namespaces that a file writes."""
        return self._namespaces.get(path, [])

    def written(self, home: str) -> dict[str, list[Namespace]]:
        """The namespaces of one project, by how they are written."""
        return self._written.get(home, {})

    def usual(self, name: str, home: str) -> Output | None:
        """Of the artifacts of one project that have a name, the first with the type that most have.

        On a tie, with the type that comes first.
        """
        return self._usual.get((name, home))

    def home_of(self, path: str, runs: Iterable[int]) -> str:
        """The project of what a file does for one of these of its runs, or for none of its own."""
        known = self.homes.get(path, ())
        found = {known[run] if run < len(known) else "" for run in runs}
        return next(iter(found)) if len(found) == 1 else "" if found else self.own.get(path, "")

    def may_log(self, used: Input) -> bool:
        """Whether something logs the artifact that is used, or may: also W&B itself, under a run's id."""
        return _AUTOMATIC.match(used.name) is not None or any(
            not are_apart(home, used.home) for home in self._logged.homes(used.name)
        )

    def called(self, name: str, home: str) -> list[Output]:
        """The artifacts of one project that certainly have a name."""
        return self._called.get((name, home), [])

    @cached_property
    def _called(self) -> dict[tuple[str | None, str], list[Output]]:
        return _grouped(self.outputs, lambda each: (each.name, each.home))

    @cached_property
    def _outputs(self) -> dict[str, list[Output]]:
        return _grouped(self.outputs, lambda each: each.path)

    @cached_property
    def _inputs(self) -> dict[str, list[Input]]:
        return _grouped(self.inputs, lambda each: each.path)

    @cached_property
    def _namespaces(self) -> dict[str, list[Namespace]]:
        return _grouped(self.namespaces, lambda each: each.path)

    @cached_property
    def _usual(self) -> dict[tuple[str | None, str], Output]:
        found = {}
        for key, same in self._called.items():
            count = Counter(each.kind for each in same if each.kind is not None)
            for kind, _ in count.most_common(1):
                found[key] = next(each for each in same if each.kind == kind)
        return found

    @cached_property
    def _written(self) -> dict[str, dict[str, list[Namespace]]]:
        homes = _grouped(self.namespaces, lambda each: each.home)
        return {home: _grouped(found, lambda each: each.name) for home, found in homes.items()}

    @cached_property
    def _logged(self) -> _Shelf:
        return _Shelf((each.pieces, each.home) for each in self.outputs)

    @cached_property
    def circles(self) -> dict[str, list[list[Step]]]:
        """Ways from an artifact back to itself, by the file of the step that closes each: its last one."""
        steps = list(_steps(self))
        edges = [((s.used.home, s.used.name), (s.used.home, s.logged.name or "")) for s in steps]
        ways = ([steps[number] for number in way] for way in circles(edges))
        return _grouped(ways, lambda way: way[-1].used.path)

    @cached_property
    def spellings(self) -> dict[str, str]:
        """The names of artifacts that are constant, each under what is left of it without case and dashes."""
        return {folded(each.name): each.name for each in self.outputs if each.name}


_PINNED = re.compile(r"v\d+")


def _steps(facts: Facts) -> Iterator[Step]:
    """Which artifact is made from which, by one run and by names that are known, where a circle may be.

    A run that uses many artifacts and logs many makes each from each: so they are first held together by
    their runs, and only what lies in one knot is told step by step.
    """
    made: dict[tuple[str, int], dict[str, list[Output]]] = {}
    for logged in facts.outputs:
        if len(logged.runs) == 1 and logged.name:
            made.setdefault((logged.path, logged.runs[0]), {}).setdefault(logged.name, []).append(logged)
    sources: dict[tuple[str, str, int], list[Input]] = {}
    for used in facts.inputs:
        if used.run is None or not used.relative or not used.home or _PINNED.fullmatch(used.version):
            continue
        # What a run has logged itself is no source of it, and a new version is no circle.
        if used.name not in made.get((used.path, used.run), {}):
            sources.setdefault((used.home, used.path, used.run), []).append(used)
    knot = knots(_threads(made, sources))
    near = {
        (home, path, run): [
            logged
            for name, found in made.get((path, run), {}).items()
            for logged in found
            if knot[home, name] == knot[home, path, run]
        ]
        for home, path, run in sources
    }
    for used in (used for inputs in sources.values() for used in inputs):
        node = (used.home, used.path, used.run or 0)
        if knot[used.home, used.name] == knot[node]:
            yield from (Step(used, logged) for logged in near[node])


Thread = tuple[str, ...] | tuple[str, str, int]


def _threads(
    made: Mapping[tuple[str, int], Mapping[str, list[Output]]],
    sources: Mapping[tuple[str, str, int], Sequence[Input]],
) -> Iterator[tuple[Thread, Thread]]:
    """From each artifact to the runs that use it, and from these to what they log."""
    for (home, path, run), inputs in sources.items():
        node = (home, path, run)
        yield from (((home, used.name), node) for used in inputs)
        yield from ((node, (home, name)) for name in made.get((path, run), {}))


def _grouped(facts: Iterable[T], key: Callable[[T], object]) -> dict[Any, list[T]]:
    found: dict[Any, list[T]] = {}
    for each in facts:
        found.setdefault(key(each), []).append(each)
    return found


class _Shelf:
    """Names with holes, found by how they begin or end: asking for a name does not go through all of them."""

    def __init__(self, names: Iterable[tuple[Pieces, str]]) -> None:
        self._whole: dict[str, set[str]] = {}
        self._by_start: dict[str, set[tuple[Pieces, str]]] = {}
        self._by_end: dict[str, set[tuple[Pieces, str]]] = {}
        for pieces, home in names:
            if len(pieces) == 1:
                self._whole.setdefault(pieces[0], set()).add(home)
            elif pieces[0]:
                self._by_start.setdefault(pieces[0], set()).add((pieces, home))
            else:
                self._by_end.setdefault(pieces[-1], set()).add((pieces, home))

    def homes(self, name: str) -> Iterator[str]:
        """The homes of all that a name fits."""
        yield from self._whole.get(name, ())
        for length in range(len(name) + 1):
            near = (self._by_start.get(name[:length], ()), self._by_end.get(name[length:], ()))
            yield from (home for found in near for pieces, home in found if fits(pieces, name))


def fits(pieces: Pieces, name: str) -> bool:
    """Whether a name may be what a name with holes becomes."""
    first, last = pieces[0], pieces[-1]
    if len(pieces) == 1:
        return name == first
    if not name.startswith(first):
        return False
    reached = len(first)
    for piece in pieces[1:-1]:
        found = name.find(piece, reached)
        if found < 0:
            return False
        reached = found + len(piece)
    return len(name) - len(last) >= reached and name.endswith(last)


def folded(name: str) -> str:
    """What is left of a name that is spelt in one way or another: ``Clean_data`` is ``cleandata``."""
    return "".join(letter for letter in name.lower() if letter.isalnum())


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
    yield from _made_elsewhere(file)
    for event in model.events:
        if isinstance(event, ArtifactMade):
            by = tuple(sorted(runs.get(event.artifact, ())))
            yield from _named(file, event, by)
        elif isinstance(event, ArtifactLogged):
            yield from _logged(file, event)
        elif isinstance(event, ArtifactLinked):
            for option in options(event.get("target_path")) or (None,):
                yield Output(model.path, event.span, None, _collection(pieces_of(option)), home=file.only)
        elif isinstance(event, TrainerMade | TrainingArguments):
            yield from (Output(model.path, event.span, None, pieces) for pieces in _OWN)
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
            yield from (Output(file.model.path, event.span, None, pieces) for pieces in _OWN)
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
            pieces_of(option),
            known,
            (kind.value.span or kind.span) if kind is not None else None,
            runs,
            file.home(runs),
        )


def pieces_of(value: AnyValue | None) -> Pieces:
    """A text as a name with holes; what is no text may be any name."""
    if not isinstance(value, Text):
        return ANYTHING
    parts = [""]
    for piece in value.pieces:
        if isinstance(piece, Piece):
            parts[-1] += piece.text
        else:
            parts.append("")
    return tuple(parts)


def _collection(pieces: Pieces) -> Pieces:
    """The last piece of a path: a hole in it may hold further slashes."""
    number = max((number for number, piece in enumerate(pieces) if "/" in piece), default=0)
    return (pieces[number].rpartition("/")[2], *pieces[number + 1 :])


def _handed(model: Model) -> Iterator[str]:
    for event in model.each(Escape):
        thing = event.object
        if event.how is EscapeKind.CALL and isinstance(thing, Ref) and thing.kind is ObjectKind.RUN:
            if not event.to_builtin:
                yield event.to


def _made_elsewhere(file: _File) -> Iterator[Output]:
    """What functions of other files make where this one tells them the name."""
    for made in file.model.done(ArtifactMade):
        if made.id < 0 and any(map(is_written, texts(made.get("name")))):
            yield from _named(file, made, ())


def _inputs(file: _File) -> Iterator[Input]:
    for given in file.model.each(ReferenceGiven):
        yield from _input(file, constant(given.value), given.span, None, "")
    for event in file.model.done(ArtifactUsed):
        argument = event.arguments.find("artifact_or_name") or event.arguments.find("name")
        for text in texts(argument.value) if argument is not None else ():
            if argument is not None and (event.id >= 0 or is_written(text)):
                own = file.home(event.runs if event.sure else ())
                yield from _input(file, text.constant, text.span or argument.span, event.run, own)


def _input(file: _File, told: str | None, place: Span, run: int | None, own: str) -> Iterator[Input]:
    """What is asked for by a reference, as far as that is known."""
    home, _, rest = (told or "").removeprefix("wandb-artifact://").rpartition("/")
    name, _, version = rest.partition(":")
    if name:
        yield Input(file.model.path, place, name, version, home in ("", own), run, own)


def _namespaces(file: _File) -> Iterator[Namespace]:
    seen: set[Span] = set()
    for log in file.model.done(Log):
        for data in options(log.data):
            for entry in data.entries if isinstance(data, Dict) else ():
                for key in texts(entry.key):
                    known = "".join(
                        piece.text
                        for piece in takewhile(lambda piece: isinstance(piece, Piece), key.pieces)
                        if isinstance(piece, Piece)
                    )
                    name, slash, _ = known.partition("/")
                    if not name or not slash or (log.id < 0 and key.pieces[0].span is None):
                        continue
                    place = key.pieces[0].span or key.span or entry.span or log.callee
                    if place not in seen:
                        seen.add(place)
                        home = file.home(log.runs if log.sure else ())
                        yield Namespace(file.model.path, place, name, key.skeleton, home)
