"""What a run does with an artifact, as one place in the code says it: the words between models and graph."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from wbcheck.lineage.graph import EdgeKind, Site
from wbcheck.lineage.names import OWN, Name, Scope, names_of
from wbcheck.model.events import (
    ApiCall,
    ArtifactCall,
    ArtifactChanged,
    ArtifactLinked,
    ArtifactLogged,
    ArtifactMade,
    ArtifactUsed,
    Asked,
    Call,
    Event,
)
from wbcheck.model.model import Model
from wbcheck.model.values import AnyValue, Items, ObjectKind, Ref, Text, Tri, Unknown, Why, constant, options
from wbcheck.model.values import Mapping as Dict

RunKey = tuple[str, int | str]
"""A run: the path of its file, and its number there; or some words for one that no number is known of."""

_API = ("Api.artifact", "Api.use_artifact")
_LOGGER = ("WandbLogger.use_artifact", "WandbLogger.download_artifact")
_SCHEME = "wandb-artifact://"


class Named(msgspec.Struct, frozen=True):
    """An artifact as one place names it.

    ``place`` stands for it where its name is not known. ``home`` is the project that the name itself says
    (``entity/project``), empty where it says one that is not known, and ``None`` where it says none. ``made``
    is where the artifact is made, by its file and its number there, if that is known. It ``is_automatic``
    where a framework logs it by itself.
    """

    name: Name
    place: Site
    kind: str = ""
    home: str | None = None
    version: str = ""
    made: tuple[str, int] | None = None
    is_automatic: bool = False


class Act(msgspec.Struct, frozen=True):
    """Something that a run does with an artifact."""

    run: RunKey
    named: Named
    kind: EdgeKind
    versions: tuple[str, ...]
    site: Site
    is_certain: bool


class Deed(msgspec.Struct, frozen=True):
    """Something that is done with one of several artifacts, whoever does it."""

    kind: EdgeKind
    named: tuple[Named, ...]
    versions: tuple[str, ...] = ()
    is_certain: bool = True


def deeds_of(event: Event, scope: Scope) -> Iterator[Deed]:
    """What an event does with artifacts."""
    if isinstance(event, ArtifactLogged | ArtifactUsed | ArtifactLinked):
        yield from _of_method(event, event.method, scope)
    elif isinstance(event, Asked):
        if _is_run(event.receiver, scope):
            yield from _of_method(event, event.method, scope)
    elif isinstance(event, ApiCall):
        if event.name in _API:
            yield _used(event, scope, EdgeKind.READ)
    elif isinstance(event, ArtifactCall):
        if event.method == "save":
            named = tuple(each for number in event.artifacts for each in artifacts_of(scope, number))
            is_own = any(not scope.model.artifacts[number].used for number in event.artifacts)
            if named and is_own:
                yield Deed(EdgeKind.LOG, named, (), is_certain=event.sure)
    elif isinstance(event, Call) and event.name in _LOGGER:
        yield _used(event, scope, EdgeKind.USE)


def _of_method(event: Call, method: str, scope: Scope) -> Iterator[Deed]:
    """What a method of a run does with artifacts."""
    if method.startswith("use_"):
        yield _used(event, scope, EdgeKind.USE)
    elif method.startswith("link_") or method == "link":
        target = names_of(event.get("target_path") or event.get("registered_model_name"), scope)
        place = Site(scope.model.path, event.span)
        collection = tuple(_referred(name, place) for name in target)
        yield Deed(EdgeKind.LINK, collection, _aliases(event.get("aliases"), scope))
    else:
        named, is_certain = _logged(event, method, scope)
        yield Deed(EdgeKind.LOG, named, _aliases(event.get("aliases"), scope), is_certain)


def _is_run(value: AnyValue | None, scope: Scope) -> bool:
    """Whether a parameter is certainly a run, by what the callers give for it."""
    while isinstance(value, Unknown) and value.why is Why.PARAMETER and scope.outer is not None:
        value, scope = scope.given.get(value.name), scope.outer
    return isinstance(value, Ref) and value.kind in (ObjectKind.RUN, ObjectKind.LOGGER)


def _used(event: Call, scope: Scope, kind: EdgeKind) -> Deed:
    place, arguments = Site(scope.model.path, event.span), event.arguments
    words = ("artifact_or_name", "name", "artifact")
    argument = next((found for word in words if (found := arguments.find(word)) is not None), None)
    if argument is None and arguments.items:
        argument = arguments.items[0]
    value = None if argument is None else argument.value
    type_ = constant(arguments.get("type")) or ""
    named = _of_value(value, scope)
    if not named:
        named = tuple(
            msgspec.structs.replace(_referred(name, place), kind=type_) for name in names_of(value, scope)
        )
    versions = tuple(dict.fromkeys(each.version for each in named if each.version))
    return Deed(kind, named, versions, is_certain=len(named) == 1)


def _logged(event: Call, method: str, scope: Scope) -> tuple[tuple[Named, ...], bool]:
    """What is logged, and whether it is certainly that."""
    place = Site(scope.model.path, event.span)
    if isinstance(event, ArtifactLogged):
        named = tuple(each for number in event.artifacts for each in artifacts_of(scope, number))
        if named:
            return named, event.sure_artifact and len(named) == 1
    value = event.get("artifact_or_path") or event.get("path") or event.get("artifact")
    named = _of_value(value, scope)
    if named:
        return named, len(named) == 1
    is_model = method == "log_model"
    kind = "model" if is_model else constant(event.get("type")) or ""
    given = event.arguments.given("name")
    if given is Tri.YES:
        told = names_of(event.get("name"), scope)
        return tuple(Named(name, place, kind) for name in told), len(told) == 1
    if given is Tri.NO and (is_model or any(isinstance(option, Text) for option in options(value))):
        # A file that is given by its path gets a name from the run's id (facts §3).
        files = [name.text.rstrip("/").rpartition("/")[2] for name in names_of(value, scope)]
        names = dict.fromkeys(Name(f"run-{{}}-{file}", is_known=False) for file in files)
        return tuple(Named(name, place, kind or "unspecified") for name in names), len(names) == 1
    hint = value.name if isinstance(value, Unknown) else ""
    return (Named(Name("{}", is_known=False, hint=hint), place, kind),), True


def _of_value(value: AnyValue | None, scope: Scope, depth: int = 0) -> tuple[Named, ...]:
    """The artifacts that a value may be, where it is known to be one: also what a caller has handed in."""
    found: list[Named] = []
    for option in options(value):
        if isinstance(option, Ref) and option.kind is ObjectKind.ARTIFACT and option.id is not None:
            found += artifacts_of(scope, option.id)
        elif isinstance(option, Unknown) and option.why is Why.PARAMETER and scope.outer is not None:
            if option.name in scope.given and depth < len(scope.model.functions) + 1:
                found += _of_value(scope.given[option.name], scope.outer, depth + 1)
    return tuple(dict.fromkeys(found))


def artifacts_of(scope: Scope, number: int) -> tuple[Named, ...]:
    """An artifact of this file, by all the names that it may have."""
    artifact = scope.model.artifacts[number]
    made = scope.model.events[artifact.made] if artifact.made >= 0 else None
    if isinstance(made, ArtifactMade):
        place = Site(scope.model.path, made.span)
        kind = constant(made.get("type")) or ""
        of = (scope.model.path, made.artifact)
        return tuple(Named(name, place, kind, made=of) for name in names_of(made.get("name"), scope))
    if isinstance(made, ArtifactUsed | ApiCall):
        return _used(made, scope, EdgeKind.USE).named
    return ()


def _referred(name: Name, place: Site) -> Named:
    """An artifact by a reference: ``entity/project/name:version``, as much of it as there is."""
    text = name.text.removeprefix(_SCHEME)
    home, slash, rest = text.rpartition("/")
    short, _, version = rest.partition(":")
    if name.hint and text == "{}":
        return Named(name, place)
    known = name.is_known or "{}" not in short
    parts = [part for part in home.split("/") if part != OWN]
    if not slash or not parts:
        return Named(Name(short, known), place, version=version)
    if "{}" in home:
        return Named(Name(text.partition(":")[0], is_known=False), place, home="", version=version)
    return Named(Name(short, known), place, home=home, version=version)


def _aliases(value: AnyValue | None, scope: Scope) -> tuple[str, ...]:
    found: list[str] = []
    for option in options(value):
        for item in option.items if isinstance(option, Items) else (option,):
            found += (name.text for name in names_of(item, scope) if isinstance(item, Text))
    return tuple(dict.fromkeys(found))


class Metadata(msgspec.Struct, frozen=True):
    """What is told about an artifact: the top-level keys of its metadata, and whether it is described."""

    keys: tuple[str, ...]
    is_open: bool
    is_described: bool


def metadata_of(model: Model, number: int) -> Metadata:
    """What a file tells about an artifact that it makes."""
    made = model.events[model.artifacts[number].made]
    keys: dict[str, None] = {}
    is_open, is_described = False, False
    if isinstance(made, ArtifactMade):
        is_open = made.arguments.given("metadata") is Tri.UNKNOWN
        is_described = made.arguments.given("description") is not Tri.NO
        is_open |= _add_keys(made.get("metadata"), keys)
    for changed in model.each(ArtifactChanged):
        if number not in changed.artifacts:
            continue
        if changed.attribute == "description":
            is_described = True
        elif changed.attribute == "metadata" and changed.path:
            name = changed.path[0].name
            is_open |= name is None
            keys.update({} if name is None else {name: None})
        elif changed.attribute == "metadata":
            is_open |= _add_keys(changed.value, keys)
    return Metadata(tuple(keys), is_open, is_described)


def _add_keys(value: AnyValue | None, keys: dict[str, None]) -> bool:
    """Add the keys of a dict; whether there may be others."""
    is_open = False
    for option in options(value):
        if isinstance(option, Dict):
            known = [constant(entry.key) for entry in option.entries]
            keys.update(dict.fromkeys(key for key in known if key is not None))
            is_open |= option.open or None in known
        elif isinstance(option, Unknown | Ref):
            is_open = True
    return is_open
