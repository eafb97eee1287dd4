"""Whether all that is read from a run's config is known: what is handed on may be read anywhere."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from functools import cached_property

from wbcheck.rule import (
    Argument,
    BlockKind,
    ConfigRead,
    ConfigWrite,
    Dict,
    Escape,
    EscapeKind,
    File,
    LocalCall,
    Model,
    Project,
    Ref,
    RunAttribute,
    RunStart,
    Span,
    bound_to,
    constant,
    mentions,
    options,
    source_of,
)

from ._declared import HOLDERS
from ._followed import Cover, aliases, in_metadata, unfollowed

_CONFIG = re.compile(r"\.\s*config\b")
_KEY = re.compile(
    r"""\s*(?:\[\s*(["'])(?P<item>[^"'\\\n]+)\1\s*\]|\.get\(\s*(["'])(?P<got>[^"'\\\n]+)\3\s*\))"""
)
_LINK = re.compile(r"\s*\.\s*(\w+)")
_BINDS = re.compile(r"[ \t]*(?::[ \t]*\w+[ \t]*)?=(?!=)")
_ASKED = re.compile(r"\s*(?:is\b|and\b|or\b|:|[!=]=)")
_NAMED = re.compile(r"\b(?:as|import)\s+(?:\w+\s*,\s*)*$")


class Handed:
    """What is read from the configs of a file's runs, and where they go."""

    def __init__(self, file: File) -> None:
        self.file, self.model, self.text = file, file.model, file.text
        self._aliases = list(aliases(self.text, self.model))
        self._metadata = in_metadata(self.model)
        self._takers: dict[int | None, list[ConfigRead]] = {}
        for read in self.model.each(ConfigRead):
            for run in read.runs if read.sure else (None,):
                self._takers.setdefault(run, []).append(read)
        self._escaped = {
            each.object.id
            for each in self.model.each(Escape)
            if isinstance(each.object, Ref)
            and each.object.kind in HOLDERS
            and each.how is not EscapeKind.CLOSURE
        }

    def may_be_read(self, start: RunStart) -> bool:
        """Whether code may read the config of a run without naming what it reads: all of it at once, by a
        name that the program makes, or where the run goes to code that is not known.
        """
        if self._is_open or self._escaped & {None, start.run}:
            return True
        reads = (*self._takers.get(None, ()), *self._takers.get(start.run, ()))
        return any(self._takes_all(read, start) for read in reads) or any(
            map(self._is_loose, self.model.runs[start.run].names)
        )

    def _takes_all(self, read: ConfigRead, start: RunStart) -> bool:
        """Whether a read gives more than one value of which the name is written."""
        if read.how == "whole":
            return read.form not in ("followed", "shown") and read.span not in self._metadata
        names = [step.name for step in read.path]
        if read.how not in ("chain", "get") or not names or None in names:
            return True
        if not _is_dict(start, names):
            return False
        return not read.bound or any(
            not name.isidentifier()
            or _is_in_class(self.model, read.span)
            or any(
                not _BINDS.match(self.text, place.end) and _takes_dict(self.text, place.end, start, names)
                for place in mentions(self.text, name)
            )
            for name in read.bound
        )

    @cached_property
    def _is_open(self) -> bool:
        """Whether the file, or another one, takes configs where no event tells what for."""
        known = self.file.project.once(_answers)
        models = (self.model, *self.file.project.others(self.file.path))
        if _is_imported(self.file) or self._has_untold() or any(map(self._is_loose, self._parameters)):
            return True
        for model in models:
            if model.path not in known:
                known[model.path] = bool(model.refusals) or _is_open(self.file, model)
        return any(known[model.path] for model in models)

    def _has_untold(self) -> bool:
        told = Cover(e.span for e in self.model.events if isinstance(e, ConfigRead | ConfigWrite))
        bound = {place.end for _, place in self._aliases}
        if any(not name.isidentifier() or _is_in_class(self.model, place) for name, place in self._aliases):
            return True
        return any(
            match.end() not in bound and Span(*match.span()) not in told
            for match in _CONFIG.finditer(self.text)
        ) or any(True for _ in unfollowed(self.model, self.text))

    @cached_property
    def _given(self) -> list[Argument]:
        """Runs and their configs, as functions of the file are given them."""
        return [
            argument
            for call in self.model.each(LocalCall)
            for argument in call.arguments.items
            if any(isinstance(value, Ref) and value.kind in HOLDERS for value in options(argument.value))
        ]

    @cached_property
    def _parameters(self) -> set[str]:
        return {argument.name for argument in self._given}

    @cached_property
    def _followed(self) -> Cover:
        parameters = [each.span for function in self.model.functions for each in function.parameters]
        return Cover([*(argument.span for argument in self._given), *parameters])

    def _is_loose(self, name: str) -> bool:
        """Whether a name that holds a run stands somewhere by itself, and no event says what for."""
        return any(
            not (_LINK.match(self.text, place.end) or _BINDS.match(self.text, place.end))
            and place not in self._followed
            and not _is_named(self.text, place)
            for place in (mentions(self.text, name) if name else ())
        )


def _answers(project: Project) -> dict[str, bool]:
    """Of each file, whether it may take all of the config of another one's run: filled in when asked."""
    return {}


def _is_named(text: str, place: Span) -> bool:
    """Whether a name is given what it stands for here: ``as run``, ``import wandb``."""
    line = text[text.rfind("\n", 0, place.start) + 1 : place.start]
    return _NAMED.search(line) is not None


def is_shared(file: File, start: RunStart) -> bool:
    """Whether the dict that a run is given may be read as a whole by the code that made it."""
    argument, config, text = start.arguments.find("config"), start.get("config"), file.text
    if argument is None or not isinstance(config, Dict) or config.span is None:
        return True
    if argument.span.contains(config.span):
        return False
    name = bound_to(text, config.span)
    if not name.isidentifier() or not source_of(text, argument.span).endswith(name):
        return True
    given = [each.arguments.find("config") for each in file.model.each(RunStart)]
    seen = Cover(each.span for each in given if each is not None)
    return any(
        place not in seen and not _BINDS.match(text, place.end) and _takes_dict(text, place.end, start)
        for place in mentions(text, name)
    )


def _takes_dict(text: str, end: int, start: RunStart, way: Sequence[str | None] = ()) -> bool:
    """Whether what is taken of a config, or of a part of it, behind its name may be a dict."""
    names: list[str | None] = [*way]
    while (key := _KEY.match(text, end)) is not None:
        names.append(key["item"] or key["got"])
        end = key.end()
    after = _LINK.match(text, end)
    if len(names) == len(way) and after is not None:
        return after[1] in dir(dict)
    return len(names) == len(way) or _is_dict(start, names)


def _is_in_class(model: Model, place: Span) -> bool:
    """Whether a name that is bound here is an attribute of a class."""
    around = [block for block in model.blocks if block.span.contains(place)]
    return max(around, key=lambda block: block.span.start).kind is BlockKind.CLASS


def _is_imported(file: File) -> bool:
    """Whether other code of the project may take names from the file."""
    stem = posixpath.basename(file.path.replace("\\", "/")).rpartition(".")[0]
    name = re.escape(stem if stem != "__init__" else posixpath.basename(posixpath.dirname(file.path)))
    taken = re.compile(rf"\b(?:from|\w*import\w*)\b(?:[^\n(]|\([^)]*\))*?\b{name}\b")
    return any(
        path != file.path and taken.search(file.text_of(path) or "")
        for path in file.project.spelled(name) or ()
    )


def _is_dict(start: RunStart, way: list[str | None]) -> bool:
    """Whether a dict may lie at the end of a way into a config."""
    found = options(start.get("config"))
    for name in way:
        entries = [entry for value in found if isinstance(value, Dict) for entry in value.entries]
        found = tuple(
            value for entry in entries if constant(entry.key) == name for value in options(entry.value)
        )
    return any(isinstance(value, Dict) for value in found)


def _is_open(file: File, model: Model) -> bool:
    """Whether a file may take the config of another one's run as a whole, by way of the module."""
    text = file.text_of(model.path) if model.binds_wandb and model.imports else ""
    if text is None or any(entry.target in ("wandb.config", "wandb.run") for entry in model.imports):
        return True
    for read in model.each(ConfigRead):
        names = [step.name for step in read.path]
        takes_all = read.how not in ("chain", "get") or not names or None in names or names[-1] == "params"
        if takes_all and not (read.sure and read.runs):
            return True
    told = Cover(
        [
            *(e.span for e in model.events if isinstance(e, ConfigRead | ConfigWrite | RunAttribute)),
            *(place for _, place in aliases(text, model)),
        ]
    )
    for module in {entry.name for entry in model.imports if entry.target == "wandb"}:
        for place in mentions(text, module):
            if _LINK.match(text, place.end) is None and not _is_named(text, place):
                return True
        for way in (f"{module}.config", f"{module}.run"):
            if any(not _is_plain(text, place) and place not in told for place in mentions(text, way)):
                return True
    return False


def _is_plain(text: str, place: Span) -> bool:
    """Whether a run is only asked for, or used for something else than its config."""
    after = _LINK.match(text, place.end)
    return after[1] != "config" if after is not None else _ASKED.match(text, place.end) is not None
