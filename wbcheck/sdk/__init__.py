"""What each release of wandb has, from 0.15.0 on: signatures, choices, names, what was removed and when.

``table.json`` is written by ``tools/generate_sdk.py`` from the wheels of the package index. It is read when a
rule first asks. In it a key has *stretches*, ``[since, until, value]``: from the release with index ``since``
up to, not with, that with index ``until`` (-1: it still holds). Keys are the model's names: ``wandb.init``,
``Run.log``, ``Artifact.add_file``, ``Api.run.history`` (of what ``Api.run`` gives). A test holds the newest
release against the installed package.

Whoever asks for a release that is not in the table gets ``None``: nothing is known of it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import msgspec

from wbcheck.sdk.changes import CHANGES, Change
from wbcheck.sdk.versions import Versions, chosen, fits, release

__all__ = [
    "CHANGES",
    "Change",
    "Parameter",
    "Versions",
    "choices",
    "chosen",
    "deprecated",
    "every",
    "fits",
    "has",
    "kind",
    "known_versions",
    "latest",
    "locate",
    "module_exists",
    "names",
    "parameters",
    "release",
    "releases",
    "since",
    "until",
    "versions_of",
]

Stretches = dict[str, list[tuple[int, int, Any]]]


class Parameter(msgspec.Struct, frozen=True, array_like=True):
    """A parameter as a release has it.

    ``kind`` is ``/`` (by position alone), ``""`` (either way), ``=`` (by keyword alone), ``*`` or ``**``.
    ``default`` is its default as written, ``...`` where that is no short literal, ``None`` if it has none.
    """

    name: str
    kind: str
    default: str | None


class _Table(msgspec.Struct, frozen=True):
    versions: tuple[str, ...]
    signatures: dict[str, list[tuple[int, int, tuple[Parameter, ...]]]]
    names: dict[str, dict[str, list[tuple[int, int, str]]]]
    open: Stretches
    choices: dict[str, list[tuple[int, int, tuple[str, ...]]]]
    modules: Stretches
    deprecated: Stretches


@cache
def _table() -> _Table:
    with open(os.path.join(os.path.dirname(__file__), "table.json"), "rb") as stream:
        return msgspec.json.decode(stream.read(), type=_Table)


@cache
def _numbers() -> dict[str, int]:
    return {version: number for number, version in enumerate(_table().versions)}


def releases() -> tuple[str, ...]:
    """All releases of the table, oldest first."""
    return _table().versions


def latest() -> str:
    """The newest release of the table."""
    return _table().versions[-1]


def every() -> Versions:
    """The newest release, which counts where nothing says which one a project has."""
    return Versions((latest(),))


def versions_of(wanted: str, source: str) -> Versions:
    """The releases that a specifier leaves; see ``versions.chosen``. Raises ``ValueError``."""
    return chosen(releases(), wanted, source)


def known_versions(wanted: str, source: str) -> Versions:
    """The same for what somebody has typed.

    Raises ``ValueError``, its text ready to print, where it makes no sense or leaves no release.
    """
    found = versions_of(wanted, source)
    if not wanted.strip():
        raise ValueError("a version of wandb is wanted, such as `0.19.1` or `>=0.19`")
    if not set(found.releases) & set(releases()):
        raise ValueError(f"`{wanted}` leaves no version: wandb is known from {releases()[0]} to {latest()}")
    return found


def _at(stretches: Iterable[tuple[int, int, Any]] | None, version: str) -> Any:
    number = _numbers().get(version)
    if number is None or stretches is None:
        return None
    for first, end, value in stretches:
        if first <= number and (end < 0 or number < end):
            return value
    return None


def parameters(callable: str, version: str) -> tuple[Parameter, ...] | None:  # noqa: A002 - what it is
    """The parameters of a function, method or class in a release, ``self`` left out.

    ``None`` where the release has no such thing, or nothing is known of it.
    """
    found: tuple[Parameter, ...] | None = _at(_table().signatures.get(callable), version)
    return found


def choices(callable: str, parameter: str, version: str) -> tuple[str, ...]:  # noqa: A002 - what it is
    """The texts that a parameter (or a field of ``wandb.Settings``) takes in a release; empty where any is.

    They come from ``Literal`` annotations and, in old releases, from the functions that check settings.
    """
    return _at(_table().choices.get(f"{callable}:{parameter}"), version) or ()


def has(owner: str, name: str, version: str) -> bool | None:
    """Whether a module, or an object of a class, has a name in a release.

    ``None`` where that cannot be told: nothing is known of the release or the owner, or its class makes
    attributes up.
    """
    if version not in _numbers() or owner not in _table().names:
        return None
    if _at(_table().names[owner].get(name), version) is not None:
        return True
    if _at(_table().open.get(owner), version):
        return None
    return False


def kind(owner: str, name: str, version: str) -> str:
    """What a name is in a release, in one letter; empty where there is none.

    Of a module: ``M`` a module, ``c`` a class, ``f`` a function, ``r`` a method of the run. Of an
    object: ``m`` a method, ``p`` a property, ``s`` one that is plainly not callable. Else ``v``.
    """
    return (_at(_table().names.get(owner, {}).get(name), version) or "")[:1]


def locate(path: str, version: str) -> tuple[str, str]:
    """Where a dotted path into the package leads in a release: the module with its last name, and that name.

    Of a path that breaks off the first part that is missing is given, of a package under another name
    (``wandb.keras``) its own. ``("", "")`` where nothing is known, or the path goes on in a class.
    """
    owner = "wandb"
    parts = path.split(".")[1:]
    for number, name in enumerate(parts):
        if number == len(parts) - 1 or has(owner, name, version) is False:
            return (owner, name) if owner in _table().names else ("", "")
        found = _at(_table().names.get(owner, {}).get(name), version) or ""
        if not found.startswith("M"):
            break
        owner = found[2:] or f"{owner}.{name}"
    return "", ""


def names(owner: str, version: str) -> Iterator[str]:
    """The public names that a module, or an object of a class, has in a release."""
    for name, stretches in _table().names.get(owner, {}).items():
        if not name.startswith("_") and _at(stretches, version) is not None:
            yield name


def module_exists(path: str, version: str) -> bool | None:
    """Whether a dotted path is a module that can be imported in a release; ``None`` where that is not known.

    The SDK's own inner modules are not in the table.
    """
    if version not in _numbers() or path not in _table().modules:
        return None
    return _at(_table().modules[path], version) is not None


def deprecated(key: str) -> str:
    """Since when a name (``Run.get_url``) or parameter (``Run.finish:quiet``) is deprecated; else empty.

    Its own docstring says so, or its own call of the SDK's deprecation functions.
    """
    found = _table().deprecated.get(key)
    return _table().versions[found[0][0]] if found else ""


def _stretches(key: str) -> Iterator[tuple[int, int]]:
    """When something was there: a parameter (``Run.log:sync``), a name (``Run.join``), or a module."""
    table = _table()
    head, colon, parameter = key.partition(":")
    if colon:
        for first, end, found in table.signatures.get(head, ()):
            if any(one.name == parameter for one in found):
                yield first, end
        return
    if key in table.modules:
        yield from ((first, end) for first, end, _ in table.modules[key])
        return
    owner, _, name = key.rpartition(".")
    for first, end, _ in table.names.get(owner, {}).get(name, ()):
        yield first, end


def since(key: str) -> str:
    """The first release that has a name, module or parameter; empty if the table's first or none has it."""
    first = min((first for first, _ in _stretches(key)), default=0)
    return _table().versions[first] if first else ""


def until(key: str) -> str:
    """The release that no longer has a name, module or parameter; empty where the newest or none has it."""
    ends = [len(_table().versions) if end < 0 else end for _, end in _stretches(key)]
    last = max(ends, default=len(_table().versions))
    return _table().versions[last] if last < len(_table().versions) else ""
