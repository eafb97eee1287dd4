"""What the rules about wandb's releases share: calls and names with their keys in the table, and guards."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from functools import lru_cache

from wbcheck.rule import (
    AnyValue,
    Argument,
    AttributeUse,
    BlockKind,
    Call,
    Change,
    Dict,
    Edits,
    Entry,
    Event,
    File,
    Finish,
    Fix,
    Model,
    Nothing,
    ObjectKind,
    Ref,
    RunAttribute,
    RunCall,
    RunStart,
    Span,
    Starter,
    Text,
    Via,
    options,
    replace,
    replace_callee,
    sdk,
    shown,
    source_of,
)

_CATCHES = re.compile(
    r"\b(BaseException|Exception|AttributeError|TypeError|ImportError|ModuleNotFoundError|ValueError|Error)\b"
)
_ASKS = re.compile(r"hasattr\(|__version__|version|signature|VERSION")
_KINDS = {
    "Run": ObjectKind.RUN,
    "Artifact": ObjectKind.ARTIFACT,
    "Table": ObjectKind.TABLE,
    "Api": ObjectKind.API,
}


def broken(file: File, works: Callable[[str], bool | None]) -> tuple[str, ...]:
    """The releases that the project may run with and under which something certainly does not work."""
    return tuple(version for version in file.versions.releases if works(version) is False)


def in_words(file: File, versions: tuple[str, ...]) -> str:
    """Releases for the end of a headline: ``wandb 0.31.0``, ``wandb 0.15.0–0.18.7``."""
    return file.versions.named(versions).replace(" to ", "–")


def because(file: File, versions: tuple[str, ...], what: str) -> str:
    """One sentence: what happens, under which releases, and who says that they count."""
    return f"{what} under {file.versions.named(versions)}, {file.versions.said}."


def is_guarded(model: Model, block: int) -> bool:
    """Whether code asks which release it has: by ``hasattr``, by a version, or by catching what is raised."""
    for around in model.enclosing(block):
        asked = around.condition.text if around.condition is not None else ""
        if around.kind is BlockKind.BRANCH and _ASKS.search(asked):
            return True
        if around.kind is BlockKind.EXCEPT and _catches(asked):
            return True
        if around.kind is BlockKind.TRY:
            handlers = (b for b in model.blocks if b.kind is BlockKind.EXCEPT and b.group == around.group)
            if any(_catches(b.condition.text if b.condition else "") for b in handlers):
                return True
    return False


def _catches(handler: str) -> bool:
    return not handler or _CATCHES.search(handler) is not None


def is_certain(event: Call) -> bool:
    """Whether the object whose method is called is certainly W&B's."""
    kind = _KINDS.get(event.name.partition(".")[0])
    if kind is None or event.receiver is None:
        return True
    wanted = (kind, ObjectKind.API_OBJECT) if kind is ObjectKind.API else (kind,)
    return all(_is(option, wanted) for option in options(event.receiver))


def _is(value: AnyValue, kinds: tuple[ObjectKind, ...]) -> bool:
    return isinstance(value, Nothing) or (isinstance(value, Ref) and value.kind in kinds)


def calls(file: File) -> Iterator[Call]:
    """The calls of W&B's functions, classes and methods that certainly are such, and not guarded."""
    trackers = file.model.imports_module("accelerate")
    mine = written(file.model)
    for event in file.model.each(Call):
        if not event.name.startswith(("wandb.", "Run.", "Artifact.", "Table.", "Api.")):
            continue
        if isinstance(event, Finish) and event.with_exit:
            continue
        if isinstance(event, RunStart) and event.starter is not Starter.INIT:
            continue
        if isinstance(event, RunCall) and trackers and event.run is None and event.via is Via.HANDLE:
            continue  # accelerate's own tracker has methods of its own
        if is_certain(event) and key_of(event) not in mine and not is_guarded(file.model, event.block):
            yield event


def key_of(event: Call) -> str:
    """What is called, as the table has it; a run's method through the module is a name of the module."""
    if isinstance(event, RunCall) and event.via is Via.MODULE:
        return f"wandb.{event.method}"
    # The model has one name for what can be reached in several ways.
    for inner in ("data_types", "apis"):
        if event.name.count(".") == 1 and f".{inner}." in event.callee_text:
            return f"wandb.{inner}.{event.callee_text.rpartition('.')[2]}"
    return "wandb.PublicApi" if event.callee_text.endswith(".PublicApi") else event.name


def written(model: Model) -> set[str]:
    """The names of W&B's modules that the file itself sets: they are what it says."""
    return {f"{use.owner}.{use.attribute}" for use in model.each(AttributeUse) if use.write}


Parameter = sdk.Parameter


class Name:
    """A name that the code takes from W&B: ``owner`` and ``name`` as written, where, and its call if any."""

    def __init__(self, event: Event, span: Span, owner: str, name: str, call: Call | None) -> None:
        self.event, self.span, self.owner, self.name, self.call = event, span, owner, name, call

    @property
    def path(self) -> str:
        """The name with what has it."""
        return f"{self.owner}.{self.name}"

    @property
    def at(self) -> Span:
        """The span of the name alone, where it ends what is written."""
        return Span(self.span.end - len(self.name), self.span.end)

    def place(self, version: str) -> tuple[str, str]:
        """Owner and name in the table."""
        return _place(self.owner, self.name, version)

    def lacking(self, file: File) -> tuple[str, ...]:
        """The releases that the project may run with and that certainly do not have it."""
        return _lacking(self.owner, self.name, self.call is not None, file.versions.releases)


def _place(owner: str, name: str, version: str) -> tuple[str, str]:
    return sdk.locate(f"{owner}.{name}", version) if owner.partition(".")[0] == "wandb" else (owner, name)


@lru_cache(maxsize=4096)
def _lacking(owner: str, name: str, called: bool, releases: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(version for version in releases if _works(owner, name, called, version) is False)


def _works(owner: str, name: str, called: bool, version: str) -> bool | None:
    """Whether a release has a name; of what makes attributes up only calls can be told."""
    owner, name = _place(owner, name, version)
    found = sdk.has(owner, name, version) if owner and not name.startswith("__") else None
    if found is None and owner.startswith("Api.") and called:
        known = set(sdk.names(owner, version))
        return name in known or name.startswith("_") if known else None
    return found


def names(file: File) -> Iterator[Name]:
    """The names that the code reads of W&B's modules and objects, guards and imports that fail left out."""
    model = file.model
    failing = failing_imports(file)
    mine = written(model)
    for call in calls(file):
        owner, _, name = key_of(call).rpartition(".")
        if not any(call.name == path or call.name.startswith(f"{path}.") for path in failing):
            yield Name(call, call.callee, owner, name, call)
    for use in model.each(AttributeUse):
        path = f"{use.owner}.{use.attribute}"
        if use.write or path in mine or path in failing or is_guarded(model, use.block):
            continue
        if not any(path.startswith(f"{one}.") for one in failing):
            yield Name(use, use.span, use.owner, use.attribute, None)
    for read in model.each(RunAttribute):
        if (read.sure or read.via is Via.GLOBAL) and not is_guarded(model, read.block):
            yield Name(read, read.span, "Run", read.attribute, None)


def failing_imports(file: File) -> dict[str, tuple[str, tuple[str, ...], Span, bool]]:
    """The imports that fail: what is imported, as written, with what is missing and under which releases.

    Also where, and whether it is guarded.
    """
    found: dict[str, tuple[str, tuple[str, ...], Span, bool]] = {}
    for entry in file.model.imports:
        if entry.level or not entry.written.startswith("wandb."):
            continue
        for path in prefixes(entry.module):
            versions = broken(file, lambda version, path=path: sdk.module_exists(path, version))  # type: ignore[misc]
            if versions:
                found[entry.written] = (path, versions, entry.span, is_guarded(file.model, entry.block))
                break
        else:
            if entry.written not in (entry.module, f"{entry.module}.*"):
                name = entry.written.rpartition(".")[2]
                versions = broken(file, lambda v, e=entry, n=name: _importable(e.module, n, v))  # type: ignore[misc]
                if versions:
                    guarded = is_guarded(file.model, entry.block)
                    found[entry.written] = (entry.written, versions, entry.span, guarded)
    return found


def _importable(module: str, name: str, version: str) -> bool | None:
    if sdk.module_exists(f"{module}.{name}", version):
        return True
    return None if name.startswith("_") else sdk.has(module, name, version)


def prefixes(path: str) -> Iterator[str]:
    """A dotted path in W&B's package, and those that it goes through: ``wandb.keras``, ``wandb.keras.X``."""
    parts = path.split(".")
    for length in range(2, len(parts) + 1):
        yield ".".join(parts[:length])


def was_removed(key: str, versions: tuple[str, ...]) -> bool:
    """Whether what is missing from these releases was there before the last of them."""
    last = sdk.until(key)
    return bool(last) and sdk.release(versions[-1]) >= sdk.release(last)


def misfits(file: File, call: Call) -> dict[tuple[Argument | None, str], tuple[str, ...]]:
    """The arguments that a call gives and some release does not take, and the parameters that the call lacks.

    An argument with the name that it was given by (empty: by position), or ``None`` with a parameter's name;
    and the project's releases for which that is so.
    """
    found: dict[tuple[Argument | None, str], list[str]] = {}
    known: dict[int, list[tuple[Argument | None, str]]] = {}
    for version in file.versions.releases:
        # Releases with one signature share the very same tuple.
        parameters = sdk.parameters(call.name, version)
        if parameters is not None:
            if id(parameters) not in known:
                known[id(parameters)] = list(_misfits(call, parameters))
            for misfit in known[id(parameters)]:
                found.setdefault(misfit, []).append(version)
    return {misfit: tuple(versions) for misfit, versions in found.items()}


def _misfits(call: Call, parameters: tuple[Parameter, ...]) -> Iterator[tuple[Argument | None, str]]:
    plain = [one for one in parameters if one.kind in ("", "/")]
    collects = {one.kind for one in parameters}
    named = {one.name for one in parameters if one.kind in ("", "=")}
    taken: set[str] = set()
    for argument in call.arguments.items:
        if argument.position is None:
            taken.add(argument.name)
            if "**" not in collects and argument.name not in named:
                yield argument, argument.name
        elif argument.position < len(plain):
            taken.add(plain[argument.position].name)
        elif "*" not in collects and not call.arguments.splats:
            yield argument, ""
    if not call.arguments.splats:
        for one in parameters:
            if one.default is None and one.kind in ("", "/", "=") and one.name not in taken:
                yield None, one.name


def nearest(name: str, known: set[str]) -> str:
    """The known name that was probably meant, or nothing."""
    meant = _MEANT.get(name, "")
    if meant in known:
        return meant
    near = get_close_matches(name.lower(), sorted(known), n=1, cutoff=0.75)
    return near[0] if near else ""


# What people call things elsewhere.
_MEANT = {
    "run_name": "name",
    "run_id": "id",
    "run_group": "group",
    "run_tags": "tags",
    "project_name": "project",
    "group_name": "group",
    "description": "notes",
    "username": "entity",
    "team": "entity",
    "jobtype": "job_type",
    "add_artifact": "log_artifact",
    "save_artifact": "log_artifact",
    "end": "finish",
    "close": "finish",
    "stop": "finish",
}
# Fields of the settings bear the names of a run's parts.
SETTINGS = {name: f"run_{name}" for name in ("name", "id", "group", "tags", "job_type", "notes")}


def put(text: str, name: Name, old: str, new: str) -> Edits | None:
    """Replace a name where it is used; refuses where something else is written there."""
    if source_of(text, name.at) != old:
        return None
    if name.call is None:
        return replace(text, name.at, new)
    return replace_callee(text, name.at, name.call.arguments, new)


def short(name: str) -> str:
    """A user's name for a headline that names another one and releases, too."""
    return shown(name, 17)


def in_place(file: File, name: Name, change: Change | None, last: str) -> Callable[[], Fix | None] | None:
    """The fix that puts a name's replacement in its place, where that is exact."""
    if change is None or name.name != last or not has_replacement(file, name, change):
        return None
    new = change.attribute or change.rename
    if not all(
        _binds_alike(name, name.place(version)[0], new, version) for version in file.versions.releases
    ):
        return None
    if change.attribute and name.call is not None and not name.call.arguments.items:
        whole = Span(name.at.start, name.call.arguments.close.end + 1)
        return file.fix(f"Read `{change.attribute}`", _read_instead, name.at, whole, last, change.attribute)
    if change.rename and "." not in change.rename:
        return file.fix(f"Say `{change.rename}`", put, name, last, change.rename)
    return None


def has_replacement(file: File, name: Name, change: Change) -> bool:
    """Whether every release that the project may run with has a name's replacement, if that is a name."""
    new = change.attribute or change.rename
    owners = {version: name.place(version)[0] for version in file.versions.releases}
    return not new or all(owner and sdk.has(owner, new, v) is not False for v, owner in owners.items())


def _binds_alike(name: Name, owner: str, new: str, version: str) -> bool:
    """Whether what is given by position goes to the same parameters of the replacement."""
    old = sdk.parameters(f"{owner}.{name.name}", version)
    other = sdk.parameters(f"{owner}.{new}", version)
    if name.call is None or old is None or other is None:
        return True
    count = len(name.call.arguments.positional)
    return all(
        one.name == two.name or one.kind == two.kind == "*"
        for one, two in zip(old[:count], other[:count], strict=False)
    )


def _read_instead(text: str, at: Span, whole: Span, old: str, new: str) -> Edits | None:
    is_plain = source_of(text, at) == old and re.fullmatch(r"\w+\s*\(\s*\)", source_of(text, whole))
    return replace(text, whole, new) if is_plain else None


def settings_of(start: RunStart) -> Iterator[tuple[Argument, Dict, Entry, str]]:
    """The fields of a dict that is given for ``settings``: the argument, the dict, the entry, its name."""
    given = start.arguments.find("settings")
    for value in options(given.value) if given is not None else ():
        for entry in value.entries if isinstance(value, Dict) else ():
            name = entry.key.constant if isinstance(entry.key, Text) else None
            if given is not None and isinstance(value, Dict) and name:
                yield given, value, entry, name
