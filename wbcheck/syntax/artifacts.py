"""Artifacts, tables and the public API: made, filled, logged, used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import libcst as cst

from wbcheck.model.events import (
    ApiCall,
    ApiItem,
    Argument,
    Arguments,
    ArtifactCall,
    ArtifactChanged,
    ArtifactLogged,
    ArtifactMade,
    ArtifactUsed,
    EscapeKind,
    TableCall,
    TableMade,
)
from wbcheck.model.values import (
    Kind,
    Nothing,
    ObjectKind,
    Ref,
    Step,
    Tri,
    Why,
)
from wbcheck.syntax import calls, containers, runs
from wbcheck.syntax.state import (
    refs,
)

if TYPE_CHECKING:
    from wbcheck.syntax.walker import Walker


def mark_logged(walker: Walker, ids: tuple[int, ...], sure: bool, event: int) -> None:
    for number in ids:
        certain = sure and len(ids) == 1
        walker.set_life(ObjectKind.ARTIFACT, number, Tri.YES if certain else Tri.UNKNOWN, event)


def log_artifact(site: calls.Site, full: str, fields: dict[str, Any]) -> Any:
    value = site.value("artifact_or_path", 0)
    ids, sure = refs(Nothing(None) if value is None else value, ObjectKind.ARTIFACT)
    event = site.note(
        "artifact-logged", ArtifactLogged, full, result=value, **fields, artifacts=ids, sure_artifact=sure
    )
    mark_logged(site.walker, ids, sure, event)
    return value if ids else Ref(None, ObjectKind.ARTIFACT)


def use_artifact(site: calls.Site, full: str, fields: dict[str, Any]) -> Any:
    value = site.value("artifact_or_name", 0)
    ids, sure = refs(Nothing(None) if value is None else value, ObjectKind.ARTIFACT)
    if ids and sure:
        site.note("artifact-used", ArtifactUsed, full, result=value, **fields, artifact=ids[0])
        return value
    number, result = _new_artifact(site, used=True)
    event = site.note("artifact-used", ArtifactUsed, full, result=result, **fields, artifact=number)
    _made(site.walker, number, event)
    if full == "Run.use_model":
        return site.unknown(Why.DOWNLOAD)
    return result


def _new_artifact(site: calls.Site, used: bool) -> tuple[int, Ref]:
    walker = site.walker

    def make() -> int:
        walker.artifacts.append((-1, used))
        return len(walker.artifacts) - 1

    number, held = walker.made_object(site.node, ObjectKind.ARTIFACT, make)
    if not used:
        walker.set_life(ObjectKind.ARTIFACT, number, Tri.NO)
    return number, held


def _made(walker: Walker, number: int, event: int) -> None:
    if event >= 0:
        walker.artifacts[number] = (event, walker.artifacts[number][1])


def add_item(walker: Walker, node: cst.Subscript, artifact: Ref, key: Any, value: Any) -> None:
    """``artifact[key] = value``, which is ``artifact.add(value, key)``."""
    ids, sure = refs(artifact, ObjectKind.ARTIFACT)
    over, by = walker.life(ObjectKind.ARTIFACT, ids, sure)
    place, text, receiver = walker.at(node), walker.code(node), walker.frozen(artifact)
    given = (("obj", value), ("name", key))
    items = tuple(
        Argument(name, walker.frozen(each), place, position=n) for n, (name, each) in enumerate(given)
    )
    arguments, bound = Arguments(items, (), place), walker.bound

    def make(number: int, block: int, span: Any) -> ArtifactCall:
        told = (number, block, span, "Artifact.add", place, text, arguments, receiver, None, bound)
        return ArtifactCall(*told, method="add", artifacts=ids, sure=sure, logged=over, logged_by=by)

    walker.emit(node, "artifact-call", make)


def artifact_method(site: calls.Site, receiver: Ref, name: str) -> Any:
    walker = site.walker
    ids, sure = refs(receiver if site.receiver is None else site.receiver, ObjectKind.ARTIFACT)
    over, by = walker.life(ObjectKind.ARTIFACT, ids, sure)
    full = f"Artifact.{name}"
    site.note(
        "artifact-call", ArtifactCall, full, method=name, artifacts=ids, sure=sure, logged=over, logged_by=by
    )
    if name in ("download", "checkout", "file"):
        return site.unknown(Why.DOWNLOAD, kind=Kind.TEXT)
    if name in ("get_path", "get_entry", "files", "get"):
        return site.unknown(Why.DOWNLOAD)
    if name == "save":
        event = walker._by_place.get((id(site.node), "artifact-call"), -1)
        mark_logged(walker, ids, sure, event)
    if name == "wait":
        return site.receiver
    if name == "new_draft":
        # Another artifact, which may be changed and logged again.
        return Ref(None, ObjectKind.ARTIFACT)
    if name in ("add", "new_file"):
        calls.store_in(site)
    return site.unknown()


def metadata_method(site: calls.Site, receiver: Ref, name: str) -> Any:
    if name in ("update", "setdefault", "pop", "clear"):
        value = site.value("m", 0)
        if value is None:
            value = containers.dict_of_keywords(site)
        change_metadata(site.walker, site.node, receiver, name, value)
        return Nothing(None)
    if name in ("copy", "items"):
        site.walker.escape(site.node, receiver, EscapeKind.STORE)
    return site.unknown(Why.ATTRIBUTE)


def table_method(site: calls.Site, receiver: Ref, name: str) -> Any:
    walker = site.walker
    ids, sure = refs(receiver if site.receiver is None else site.receiver, ObjectKind.TABLE)
    over, by = walker.life(ObjectKind.TABLE, ids, sure)
    site.note(
        "table-call",
        TableCall,
        f"Table.{name}",
        method=name,
        tables=ids,
        sure=sure,
        logged=over,
        logged_by=by,
    )
    return site.unknown()


def api_method(site: calls.Site, receiver: Ref, name: str) -> Any:
    walker = site.walker
    active, run = runs.activity(walker)
    full = f"Api.{name}" if receiver.kind is ObjectKind.API else f"Api.{receiver.name}.{name}"
    known = walker.new_object(site.node, "api-object", lambda: len(walker._object_ids))
    result: Any = Ref(None, ObjectKind.API_OBJECT, known, name)
    if name in ("artifact", "use_artifact"):
        number, result = _new_artifact(site, used=True)
        _made(
            walker,
            number,
            site.note("api-call", ApiCall, full, result=result, method=name, active=active, run=run),
        )
        return result
    site.note("api-call", ApiCall, full, result=result, method=name, active=active, run=run)
    return result


def api_item(walker: Walker, node: cst.CSTNode, of: Ref, key: Any) -> Any:
    """``runs[0]``: one of several things that the public API gave."""
    index = walker.frozen(key)
    walker.emit(node, "api-item", lambda i, b, s: ApiItem(i, b, s, of, index))
    return Ref(walker.at(node), ObjectKind.API_OBJECT, of.id, of.name.rstrip("s"))


def make_artifact(site: calls.Site) -> Any:
    number, result = _new_artifact(site, used=False)
    event = site.note("artifact-made", ArtifactMade, "wandb.Artifact", result=result, artifact=number)
    _made(site.walker, number, event)
    return result


def make_table(site: calls.Site) -> Any:
    walker = site.walker

    def make() -> int:
        walker.tables.append(-1)
        return len(walker.tables) - 1

    number, result = walker.made_object(site.node, ObjectKind.TABLE, make)
    walker.set_life(ObjectKind.TABLE, number, Tri.NO)
    event = site.note("table-made", TableMade, "wandb.Table", result=result, table=number)
    if event >= 0:
        walker.tables[number] = event
    return result


def make_api(site: calls.Site) -> Any:
    active, run = runs.activity(site.walker)
    result = Ref(None, ObjectKind.API)
    site.note("api-call", ApiCall, "wandb.Api", result=result, active=active, run=run)
    return result


def change_metadata(walker: Walker, node: cst.CSTNode, metadata: Ref, how: str, value: Any) -> None:
    """``artifact.metadata.update(value)``."""
    change_artifact(walker, node, Ref(None, ObjectKind.ARTIFACT, metadata.id), "metadata", (), how, value)


def change_artifact(
    walker: Walker, node: cst.CSTNode, artifact: Ref, name: str, path: tuple[Step, ...], how: str, value: Any
) -> None:
    ids, sure = refs(artifact, ObjectKind.ARTIFACT)
    over, by = walker.life(ObjectKind.ARTIFACT, ids, sure)
    kept = walker.frozen(value)
    walker.emit(
        node,
        f"artifact-changed-{artifact.id}",
        lambda i, b, s: ArtifactChanged(i, b, s, name, path, how, kept, ids, sure, over, by),
    )
