"""An artifact's way through a file: how it is made, what is put into it, and how it is logged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wbcheck.rule import (
    AnyValue,
    ArtifactCall,
    ArtifactChanged,
    ArtifactLinked,
    ArtifactLogged,
    ArtifactMade,
    ArtifactUsed,
    Dict,
    Escape,
    EscapeKind,
    Event,
    Model,
    ObjectKind,
    Text,
    Tri,
    Unknown,
    Why,
    calls_of,
    constant,
    options,
    precedes,
    shown,
    texts,
)

FILLS = ("add", "add_file", "add_dir", "add_reference", "new_file")


def named(made: ArtifactMade, limit: int = 40) -> str:
    """The artifact for a headline: with its name, as far as that is known."""
    text: Text | None = next(texts(made.get("name")), None)
    return "an artifact" if text is None else f"artifact {shown(text, limit)}"


_LOGS = ("save", "link")


def logs(model: Model, artifact: int) -> list[Event]:
    """The events by which an artifact of the file is logged, or may be."""
    found: list[Event] = [
        *model.of_artifact(ArtifactLogged, artifact),
        *model.of_artifact(ArtifactLinked, artifact),
        # Using an artifact that was never logged logs it.
        *model.of_artifact(ArtifactUsed, artifact),
        *(call for call in model.of_artifact(ArtifactCall, artifact) if call.method in _LOGS),
    ]
    return sorted(found, key=lambda event: event.id)


def handed(model: Model, artifact: int) -> Iterator[Escape]:
    """Where an artifact, or its metadata, goes."""
    return model.escapes_of(artifact, ObjectKind.ARTIFACT, ObjectKind.METADATA)


def saved_after(model: Model, change: Event, artifact: int) -> bool:
    """Whether an artifact is saved, or may be, at some time after a change: then the change is kept."""
    return any(
        precedes(model, event, change) is not Tri.YES
        for event in model.of_artifact(ArtifactCall, artifact)
        if event.method == "save"
    )


def lacks(model: Model, made: ArtifactMade, field: str) -> bool:
    """Whether an artifact is logged and its ``metadata`` or ``description`` certainly not given in time."""
    logged = tuple(logs(model, made.artifact))
    if not logged or is_passed_on(model, made) or not _is_left_out(made, field):
        return False
    if any(_comes_in_time(model, change) for change in changes(model, made.artifact, field)):
        return False
    return not any(
        escape.how in (EscapeKind.CALL, EscapeKind.CLOSURE) and _may_precede(model, escape, logged)
        for escape in handed(model, made.artifact)
    )


def changes(model: Model, artifact: int, *fields: str) -> Iterator[ArtifactChanged]:
    """The changes of these attributes of an artifact."""
    return (event for event in model.of_artifact(ArtifactChanged, artifact) if event.attribute in fields)


def _is_left_out(made: ArtifactMade, field: str) -> bool:
    value: AnyValue | None = made.get(field)
    if isinstance(value, Dict) and not value.entries and not value.open:
        return True
    return constant(value) == "" or made.arguments.given(field) is Tri.NO


def _comes_in_time(model: Model, change: ArtifactChanged) -> bool:
    return change.logged is not Tri.YES or any(
        saved_after(model, change, artifact) for artifact in change.artifacts
    )


def _may_precede(model: Model, event: Event, others: Iterable[Event]) -> bool:
    return any(precedes(model, event, other) is not Tri.NO for other in others)


def is_passed_on(model: Model, made: ArtifactMade) -> bool:
    """A helper that makes whatever artifact it is asked for cannot know what to say of it."""
    if any(_is_handed(made.get(field)) for field in ("name", "type")):
        return True
    function = model.function_of(made)
    calls = calls_of(model, function.id) if function is not None else ()
    asked = {item.value.span for call in calls for item in call.arguments.items} - {None}
    kinds = [kind.span for kind in options(made.get("type"))]
    return bool(kinds) and all(span in asked for span in kinds)


def _is_handed(value: AnyValue | None) -> bool:
    for option in options(value):
        if isinstance(option, Unknown):
            if option.why is Why.PARAMETER:
                return True
            if option.why is Why.ATTRIBUTE and option.name.split(".")[0] in ("self", "cls"):
                return True
    return False
