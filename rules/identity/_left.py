"""What of a project goes by a name that a fix changes, and is named in its message."""

from __future__ import annotations

from collections.abc import Iterator

from wbcheck.rule import (
    ArtifactUsed,
    File,
    Piece,
    RunStart,
    Span,
    Text,
    assigned_name,
    constant,
    mentions,
    texts,
)

from ..access._asked import asked, dependents


def left(file: File, what: str, text: Text) -> list[str]:
    """What goes on to ask for the old group, tag, project and so on (``what``), each with its file."""
    old = text.constant
    if not old:
        return []
    if what != "project":
        return dependents(file, {old: (old,)})
    found = sorted({f"`{said}` in {path}" for path, said in _of_project(file, old)})
    return found[:3] + ([f"{len(found) - 3} more"] if found[3:] else [])


def _of_project(file: File, old: str) -> Iterator[tuple[str, str]]:
    """Where a project is named in a path, or in another file."""
    for path, said in asked(file):
        if old in said.split("/"):
            yield path, said
    for model in file.project.models.values():
        for used in model.each(ArtifactUsed):
            for text in texts(used.get("artifact_or_name") or used.get("name")):
                if old in text.skeleton.split("/")[:-1]:
                    yield model.path, text.skeleton
        for start in model.each(RunStart):
            if model.path != file.path and constant(start.get("project")) == old:
                yield model.path, old
    variable = file.project.variables.get("WANDB_PROJECT")
    if variable is not None and old in variable.values:
        yield from ((path, f"WANDB_PROJECT={old}") for path in variable.files if path != file.path)


def told(message: str, names: list[str]) -> str:
    """A fix's message, with what is left to ask for the old form."""
    return f"{message}; left to ask for the old one: {', '.join(names)}" if names else message


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
            count = len(places)
            return f"`{name}` is read in {count} other place{'s' if count > 1 else ''}, too"
    return ""
