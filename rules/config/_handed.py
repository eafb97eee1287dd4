"""Whether all that is read from a run's config is known: what is handed on may be read anywhere."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence

from wbcheck.rule import (
    BlockKind,
    ConfigRead,
    ConfigWrite,
    Dict,
    Escape,
    EscapeKind,
    File,
    LocalCall,
    Model,
    ObjectKind,
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

from ._followed import aliases, goes_into_metadata, is_in, unfollowed

_HOLDERS = (ObjectKind.RUN, ObjectKind.CONFIG, ObjectKind.LOGGER)
_CONFIG = re.compile(r"\.\s*config\b")
_KEY = re.compile(
    r"""\s*(?:\[\s*(["'])(?P<item>[^"'\\\n]+)\1\s*\]|\.get\(\s*(["'])(?P<got>[^"'\\\n]+)\3\s*\))"""
)
_LINK = re.compile(r"\s*\.\s*(\w+)")
_BINDS = re.compile(r"[ \t]*(?::[ \t]*\w+[ \t]*)?=(?!=)")
_ASKED = re.compile(r"\s*(?:is\b|and\b|or\b|:|[!=]=)")
_NAMED = re.compile(r"\b(?:as|import)\s+(?:\w+\s*,\s*)*$")


def is_handed_on(file: File, start: RunStart) -> bool:
    """Whether code may read the config of a run without naming what it reads: all of it at once, by a name
    that the program makes, or where the run goes to code that is not known.
    """
    model, others = file.model, tuple(file.project.others(file.path))
    if any(each.refusals for each in (model, *others)) or any(
        _hands_on(e, start) for e in model.each(Escape)
    ):
        return True
    if _is_imported(file):
        return True
    reads = [read for read in model.each(ConfigRead) if not read.sure or start.run in read.runs]
    text = file.text
    if any(_takes_all(model, text, read, start) for read in reads) or any(unfollowed(model, text)):
        return True
    return _has_other_ways(model, text, start) or any(_is_open(file, each) for each in (model, *others))


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
    seen = [each.span for each in given if each is not None]
    return any(
        not is_in(place, seen) and not _BINDS.match(text, place.end) and _takes_dict(text, place.end, start)
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


def _hands_on(escape: Escape, start: RunStart) -> bool:
    thing = escape.object
    is_held = isinstance(thing, Ref) and thing.kind in _HOLDERS and thing.id in (None, start.run)
    return is_held and escape.how is not EscapeKind.CLOSURE


def _takes_all(model: Model, text: str, read: ConfigRead, start: RunStart) -> bool:
    """Whether a read gives more than one value of which the name is written."""
    if read.how == "whole":
        return read.form not in ("followed", "shown") and not goes_into_metadata(model, read)
    names = [step.name for step in read.path]
    if read.how not in ("chain", "get") or not names or None in names:
        return True
    if not _is_dict(start, names):
        return False
    return not read.bound or any(
        not name.isidentifier()
        or _is_in_class(model, read.span)
        or any(
            not _BINDS.match(text, place.end) and _takes_dict(text, place.end, start, names)
            for place in mentions(text, name)
        )
        for name in read.bound
    )


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


def _has_other_ways(model: Model, text: str, start: RunStart) -> bool:
    """Whether the text takes a config, or a run by its name, where no event tells what for."""
    told = [event.span for event in model.events if isinstance(event, ConfigRead | ConfigWrite)]
    names = list(aliases(text, model))
    if any(not name.isidentifier() or _is_in_class(model, place) for name, place in names):
        return True
    bound = {place.end for _, place in names}
    for match in _CONFIG.finditer(text):
        if match.end() not in bound and not is_in(Span(*match.span()), told):
            return True
    given = [
        argument
        for call in model.each(LocalCall)
        for argument in call.arguments.items
        if any(isinstance(value, Ref) and value.kind in _HOLDERS for value in options(argument.value))
    ]
    seen = [argument.span for argument in given]
    seen += [parameter.span for function in model.functions for parameter in function.parameters]
    for name in {*model.runs[start.run].names, *(argument.name for argument in given)} - {""}:
        for place in mentions(text, name):
            after = _LINK.match(text, place.end) or _BINDS.match(text, place.end)
            if not after and not is_in(place, seen) and not _NAMED.search(text, 0, place.start):
                return True
    return False


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
    told = [
        event.span for event in model.events if isinstance(event, ConfigRead | ConfigWrite | RunAttribute)
    ]
    told += [place for _, place in aliases(text, model)]
    for module in {entry.name for entry in model.imports if entry.target == "wandb"}:
        for place in mentions(text, module):
            if _LINK.match(text, place.end) is None and not _NAMED.search(text, 0, place.start):
                return True
        for way in (f"{module}.config", f"{module}.run"):
            if any(not _is_plain(text, place) and not is_in(place, told) for place in mentions(text, way)):
                return True
    return False


def _is_plain(text: str, place: Span) -> bool:
    """Whether a run is only asked for, or used for something else than its config."""
    after = _LINK.match(text, place.end)
    return after[1] != "config" if after is not None else _ASKED.match(text, place.end) is not None
