"""What of a project goes by a name that a fix changes, and is named in its message."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wbcheck.rule import (
    AnyValue,
    ArtifactUsed,
    File,
    Items,
    Model,
    Piece,
    RunStart,
    Span,
    Text,
    assigned_name,
    constant,
    counted,
    mentions,
    options,
    setup,
    spelled,
    texts,
)

from ..access._asked import asked, dependents, first


def left(file: File, what: str, text: Text) -> list[str]:
    """What goes on to ask for the old group, tag, project and so on (``what``), each with its file."""
    old = text.constant
    if not old:
        return []
    if what != "project":
        return dependents(file, {old: (old,)})
    return first(f"`{said}` in {path}" for path, said in _of_project(file, old))


def missed(file: File, text: Text) -> list[str]:
    """What runs of a project ask it for by a relative name: a project of a new name has none of that yet."""
    old = text.constant
    return first(
        f"`{name.constant}` in {model.path}"
        for model in file.project.models.values()
        for used in model.each(ArtifactUsed)
        if old and (start := model.start_of(used.run)) is not None and constant(start.get("project")) == old
        for name in texts(used.get("artifact_or_name") or used.get("name"))
        if name.constant and "/" not in name.constant
    )


def alike(file: File, text: Text) -> list[str]:
    """The other files that give runs the same project: each has a finding of its own, where it is checked."""
    old, project = text.constant, file.project
    starts = (
        model.path
        for model in project.models.values()
        for start in model.each(RunStart)
        if old and constant(start.get("project")) == old
    )
    variables = (path for each in project.variables.values() if old in each.values for path in each.files)
    return first(path for path in (*starts, *variables) if path != file.path)


def _of_project(file: File, old: str) -> Iterator[tuple[str, str]]:
    """Where a project is named in a path, or as a default."""
    for path, said in asked(file):
        if old in said.split("/"):
            yield path, said
    for model in file.project.models.values():
        for used in model.each(ArtifactUsed):
            for text in texts(used.get("artifact_or_name") or used.get("name")):
                if old in text.skeleton.split("/")[:-1]:
                    yield model.path, text.skeleton
    for name, variable in file.project.variables.items():
        set_to = [f"{name}={value}" for value in variable.values if old in value.split("/") and old != value]
        yield from ((path, each) for path in variable.files if path != file.path for each in set_to)
    for path, model in file.project.models.items():
        yield from ((path, old) for _ in _literals(file.text_of(path) or "", model, old))


def _literals(text: str, model: Model, old: str) -> Iterator[Span]:
    """Where a file names a project beside the places at which it gives it to a run."""
    quoted = rf"(?<=['\"]){re.escape(old)}(?=['\"])"
    # Most files do not, and finding all literals of a file is much work.
    if re.search(quoted, text) is None:
        return
    places = list(setup.given(model, "project"))
    own = [place.span for place in places]
    given = (text for place in places for text in texts(place.value))
    own += [piece.span for each in given for piece in each.constants if piece.span]
    for literal in spelled(text, quoted):
        before = text[max(0, literal.start - 200) : literal.start]
        if _FOR_PROJECT.search(before) and not any(each.overlaps(literal) for each in own):
            yield literal


# What a literal stands behind that is a project's: a keyword, a default, an entry of a dict, an option.
_FOR_PROJECT = re.compile(
    r"""
    (?:
        \b\w*project\w*['"]? \s* (?: : [^=,()\n]+ )? [=:] \s*
      | project\w*['"] [^()\n]* \b default \s* = \s*
    )
    ['"]\Z
    """,
    re.VERBOSE | re.IGNORECASE,
)


def told(message: str, names: list[str]) -> str:
    """A fix's message, with what is left to ask for the old form."""
    return f"{message}; left to ask for the old one: {', '.join(names)}" if names else message


# How the parts of a run's identity are called by what gives them.
_PARTS = {"run name": "name", "group": "group", "tag": "tags", "project": "project"}


def spelt_elsewhere(file: File, what: str, text: Text) -> str:
    """Where else a file has the same text, in words: what is compared with it goes by the old form."""
    if not text.constant or what not in _PARTS:
        return ""
    given = (value for place in setup.given(file.model, _PARTS[what]) for value in _within(place.value))
    own = [piece.span for value in given for piece in value.constants if piece.span]
    quoted = rf"(?<=['\"]){re.escape(text.constant)}(?=['\"])"
    places = [each for each in spelled(file.text, quoted) if not any(one.overlaps(each) for one in own)]
    return f"`{text.constant}` stands in {counted(len(places), 'other place')}, too" if places else ""


def _within(value: AnyValue) -> Iterator[Text]:
    """The texts that a value is, or has as items."""
    for option in options(value):
        if isinstance(option, Items):
            for item in option.items:
                yield from _within(item)
        else:
            yield from texts(option)


def other_reads(file: File, pieces: list[Piece], within: Span) -> str:
    """Where else a literal is read that stands in a statement of its own, in words; empty where nowhere.

    ``within`` is what reads it as a part of the run's identity.
    """
    for piece in pieces:
        if piece.span is None or within.contains(piece.span):
            continue
        statement = file.model.statement_at(piece.span)
        name = "" if statement is None else assigned_name(file.text, statement)
        if statement is None or not name:
            return "what it is written for may be used for more"
        places = [
            place
            for place in mentions(file.text, name)
            if not within.contains(place) and not statement.contains(place)
        ]
        if places:
            return f"`{name}` is read in {counted(len(places), 'other place')}, too"
    return ""
