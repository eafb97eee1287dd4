"""From a file that says how programs are run to its model: the variables it sets, and what it gives for runs.

Shell scripts, `.env`, Docker and make files, CI, compose and Kubernetes files, conda environments, MLproject.
All of them set ``WANDB_*`` variables: each is an ``EnvironmentSet``, as if a program had set it before all
that it does. Its span is the name alone: what else the value is used for in the file is not looked into.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator

import msgspec

from wbcheck.diagnostic import Span
from wbcheck.lexer import line_start
from wbcheck.model.blocks import Block, BlockKind
from wbcheck.model.events import (
    AnyEvent,
    ArtifactMade,
    Call,
    EnvironmentRead,
    EnvironmentSet,
    KeySpelled,
    RunStart,
    SettingsGiven,
    ShellRun,
    TrainingArguments,
)
from wbcheck.model.model import Artifact, Model, Run
from wbcheck.model.values import (
    AnyValue,
    Flag,
    Items,
    Mapping,
    Number,
    Piece,
    Text,
    Unknown,
    Why,
    constant,
)
from wbcheck.outside import configs
from wbcheck.outside.commands import events_of
from wbcheck.source.commands import Command, commands
from wbcheck.source.keys import keys_in
from wbcheck.source.plain import PlainUnit
from wbcheck.source.shell import Assignment, Dialect, ShellUnit, assignments, programs, with_holes
from wbcheck.source.unit import SourceError
from wbcheck.source.yaml import YamlUnit

_OURS = re.compile(r"WANDB_[A-Z0-9_]*[A-Z0-9]")
_PAIR = re.compile(r"(?P<name>WANDB_[A-Z0-9_]*[A-Z0-9])(?:=(?P<value>[\s\S]*))?")
_READ = re.compile(
    r"(?:\$\{?|oc\.env:|env\.|vars\.|%|ENV\[['\"])(?P<name>WANDB_[A-Z0-9_]*[A-Z0-9])(?![\w=]|:?=)"
)
# The keys of what a shell reads, in the files of CI, compose, Kubernetes, MLflow and others.
_SCRIPTS = frozenset(
    "run script before_script after_script command commands cmd args entrypoint bash setup".split()
)
# What counts in a template, in which the values are yet to be filled in.
_OF_TEMPLATES = (EnvironmentSet, ShellRun, TrainingArguments)
_LINE = re.compile(r"(?:\\\r?\n|[^\r\n])*")
_TEMPLATE = re.compile(
    r"(?:^|[._-])(?:example|template|sample|dist|defaults?|tpl|tmpl)(?:[._-]|$)", re.IGNORECASE
)


def model_of(unit: PlainUnit) -> Model:
    """The model of such a file; a silent one where it sets nothing, and where it cannot be read."""
    whole = Block(0, BlockKind.MODULE, None, Span(0, len(unit.text)), 0)
    # Those of one command keep their order.
    events = sorted(_events(unit), key=lambda event: event.span)
    numbered = tuple(msgspec.structs.replace(event, id=number) for number, event in enumerate(events))
    return Model(
        path=unit.path,
        notebook=False,
        binds_wandb=bool(events),
        blocks=(whole,),
        functions=(),
        classes=(),
        # A command's run has ended with the command.
        runs=tuple(Run(event.run, event.id, 0, (), ()) for event in numbered if isinstance(event, RunStart)),
        artifacts=tuple(
            Artifact(event.artifact, event.id, False) for event in numbered if isinstance(event, ArtifactMade)
        ),
        tables=(),
        imports=(),
        events=numbered,
        statements=_lines(unit.text, (span for event in events for span in _places(event))),
    )


def _events(unit: PlainUnit) -> Iterator[AnyEvent]:
    found: list[AnyEvent] = []
    started: list[Command] = []
    whole = Span(0, len(unit.text))
    if isinstance(unit, ShellUnit):
        found += map(_set, unit.assignments)
        found += (_started(unit.text, span) for span in unit.programs) if found else ()
        if unit.dialect is not Dialect.DOTENV and "\0" not in unit.text:
            started += commands(unit.text, whole, unit.dialect)
    elif isinstance(unit, YamlUnit):
        try:
            documents = unit.documents
        except SourceError:
            return
        reader = _Yaml(unit.text)
        for value in documents:
            reader.read(value)
        found += reader.found
        found += (_started(unit.text, span) for span in reader.programs)
        found += (event for value in documents for event in configs.events_of(value, unit.text))
        started += reader.commands
    for command in started:
        found += events_of(command, sum(isinstance(event, RunStart) for event in found))
    if _TEMPLATE.search(posixpath.basename(unit.path.replace("\\", "/"))):
        found = [_emptied(event) for event in found if isinstance(event, _OF_TEMPLATES)]
    yield from found
    if found:
        yield from _reads(unit.text, found)
    for place in keys_in(unit.text):
        yield KeySpelled(0, 0, place, Text(place, (Piece(unit.text[place.start : place.end], place),)))


def _places(event: AnyEvent) -> Iterator[Span]:
    """Where an event is, and where each of its values is."""
    yield event.span
    if isinstance(event, SettingsGiven | Call):
        for argument in event.arguments.items:
            values = argument.value.items if isinstance(argument.value, Items) else ()
            yield from (value.span for value in (argument, *values) if value.span is not None)


def _set(assignment: Assignment) -> EnvironmentSet:
    span = assignment.name_span
    name = Text(span, (Piece(assignment.name, span, bare=True),))
    return EnvironmentSet(0, 0, span, name, assignment.value, assignment.how)


def _started(text: str, span: Span) -> ShellRun:
    return ShellRun(0, 0, span, text[span.start : span.end])


def _emptied(event: AnyEvent) -> AnyEvent:
    """What a template says: that something is given, not what."""
    if isinstance(event, EnvironmentSet) and constant(event.name) != "WANDB_API_KEY":
        return msgspec.structs.replace(event, value=Unknown(event.value.span, Why.ENVIRONMENT))
    return event


def _reads(text: str, found: list[AnyEvent]) -> Iterator[EnvironmentRead]:
    """Where the file itself reads what it, or another one, sets."""
    for match in _READ.finditer(text):
        span = Span(*match.span("name"))
        yield EnvironmentRead(0, 0, span, Text(span, (Piece(match["name"], span),)))


def _lines(text: str, spans: Iterable[Span]) -> tuple[Span, ...]:
    """The lines that spans begin in, each with those that a backslash joins to it, in order."""
    found: dict[int, Span] = {}
    for span in spans:
        start = line_start(text, span.start)
        line = None if start in found else _LINE.match(text, start)
        if line is not None:
            found[start] = Span(*line.span())
    return tuple(sorted(found.values()))


class _Yaml:
    """What a YAML file sets, wherever it says so in one of the ways that are known."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.found: list[AnyEvent] = []
        self.programs: list[Span] = []
        self.commands: list[Command] = []
        self._seen: set[Span] = set()

    def read(self, value: AnyValue, is_script: bool = False) -> None:
        """Read a value, of which an alias may be met again."""
        if isinstance(value, Mapping):
            self._named(value)
            for entry in value.entries:
                key = constant(entry.key) or ""
                if _OURS.fullmatch(key):
                    self._add(entry.key, _inner(entry.value))
                else:
                    self.read(entry.value, key in _SCRIPTS)
        elif isinstance(value, Items):
            items = [constant(item) for item in value.items]
            if len(items) == 2 and _OURS.fullmatch(items[0] or ""):
                self._add(value.items[0], value.items[1])
                return
            for item in value.items:
                self.read(item, is_script)
        elif isinstance(value, Text) and value.span is not None:
            self._text(value, value.span, is_script)

    def _named(self, value: Mapping) -> None:
        """``{name: WANDB_MODE, value: offline}``, as in Kubernetes."""
        for word in ("name", "key"):
            entry = value.find(word)
            given = value.find("value") or value.find("valueFrom")
            if entry is not None and given is not None and _OURS.fullmatch(constant(entry.value) or ""):
                self._add(entry.value, given.value)

    def _text(self, value: Text, span: Span, is_script: bool) -> None:
        pair = _PAIR.fullmatch(constant(value) or "")
        if pair is not None and not (is_script and (pair["value"] is None or " " in pair[0].strip())):
            start = span.start + self.text[span.start : span.end].find(pair["name"])
            place = Span(start, start + len(pair["name"]))
            inner: AnyValue = Unknown(None, Why.ENVIRONMENT)
            if pair["value"] is not None and self.text.startswith(pair["value"], place.end + 1):
                at = Span(place.end + 1, place.end + 1 + len(pair["value"]))
                inner = Text(at, (Piece(pair["value"], at, bare=True),))
            self._add(Text(place, (Piece(pair["name"], place, bare=True),)), inner)
        elif is_script and span not in self._seen:
            self._seen.add(span)
            start = span.start
            if self.text[start : start + 1] in ("|", ">"):
                start = self.text.find("\n", start, span.end) + 1
            within = Span(start, span.end)
            if self.text.find("WANDB_", start, span.end) >= 0:
                self.found += map(_set, assignments(self.text, within))
            if self.text.find(".py", start, span.end) >= 0:
                self.programs += programs(self.text, within)
            self.commands += commands(self.text, within)

    def _add(self, name: AnyValue, value: AnyValue) -> None:
        span = name.pieces[0].span if isinstance(name, Text) else None
        if span is not None and span not in self._seen:
            self._seen.add(span)
            self.found.append(EnvironmentSet(0, 0, span, name, self._given(value), "file"))

    def _given(self, value: AnyValue) -> AnyValue:
        """A value as the environment has it: a text, whatever YAML takes it for."""
        if isinstance(value, Text) and value.constant is not None:
            place = value.pieces[0].span if len(value.pieces) == 1 else None
            return with_holes(value.constant, place or value.span or Span(0, 0))
        if isinstance(value, Flag | Number) and value.span is not None:
            written = self.text[value.span.start : value.span.end]
            return Text(value.span, (Piece(written, value.span, bare=True),))
        return Unknown(value.span, Why.ENVIRONMENT)


def _inner(value: AnyValue) -> AnyValue:
    """The value itself, where it is given with more beside it: ``{value: …, description: …}``."""
    entry = value.find("value") if isinstance(value, Mapping) else None
    return value if entry is None else entry.value
