"""A table of a configuration file as a struct, and what is wrong with values that do not fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import UnsetType

from wbcheck.words import suggestion

Path = tuple[str | int, ...]
Kind = TypeVar("Kind", bound=msgspec.Struct)

_FEW = 4
"""Up to as many keys are all named where none is near to what was written."""


def convert_table(
    raw: Mapping[str, Any],
    kind: type[Kind],
    fail: Callable[[Path, str, bool], Exception],
    known: str = "key",
) -> Kind:
    """``raw`` as a ``kind``, each key spelled with hyphens or as the field is.

    ``fail`` makes the exception that is raised for a path within ``raw``, a message, and
    whether the key (rather than the value) is at fault.
    """
    fields = {name: item for item in msgspec.structs.fields(kind) for name in _spellings(item)}
    values: dict[str, Any] = {}
    for key, value in raw.items():
        item = fields.get(key)
        if item is None:
            names = dict.fromkeys(hyphened(item.name) for item in fields.values())
            hint = suggestion(key, names)
            if not hint and len(names) <= _FEW:
                hint = f"; there is {', '.join(f'`{name}`' for name in names)}"
            raise fail((key,), f"unknown {known} `{key}`{hint}", True)
        if item.name in values:
            raise fail((key,), given_twice(key), True)
        inner = _plain(item.type)
        if isinstance(value, dict) and isinstance(inner, type) and issubclass(inner, msgspec.Struct):

            def deeper(path: Path, message: str, is_key: bool, key: str = key) -> Exception:
                return fail((key, *path), message, is_key)

            values[item.name] = convert_table(value, inner, deeper, known)
            continue
        try:
            values[item.name] = msgspec.convert(value, item.type)
        except msgspec.ValidationError as error:
            raise fail(*_blame(value, item.type, (key,), error), False) from None
    for item in msgspec.structs.fields(kind):
        if item.required and item.name not in values:
            raise fail((), f"`{hyphened(item.name)}` is missing", True)
    return kind(**values)


def given_twice(key: str) -> str:
    return f"`{key}` is given twice, with `-` and with `_`"


def _blame(value: Any, kind: Any, path: Path, error: msgspec.ValidationError) -> tuple[Path, str]:
    """The innermost place that does not fit, and what is wrong there."""
    kind = _plain(kind)
    inner: list[tuple[str | int, Any, Any]] = []
    if _is_table(kind) and isinstance(value, dict):
        inner = [(key, item, get_args(kind)[1]) for key, item in value.items()]
    elif get_origin(kind) in _LISTS and isinstance(value, list):
        inner = [(index, item, get_args(kind)[0]) for index, item in enumerate(value)]
    for key, item, inner_kind in inner:
        try:
            msgspec.convert(item, inner_kind)
        except msgspec.ValidationError as deeper:
            return _blame(item, inner_kind, (*path, key), deeper)
    name = ".".join(str(part) for part in path if isinstance(part, str))
    where = f"an item of `{name}`" if isinstance(path[-1], int) else f"`{name}`"
    choices = _choices(kind)
    if choices and isinstance(value, str):
        listing = ", ".join(f"`{choice}`" for choice in choices)
        return (
            path,
            f"{where} must be one of {listing}, not `{value}`{suggestion(value, choices)}",
        )
    expected = _kind_words(kind)
    if expected is None:
        return path, f"{where}: {error}"
    return path, f"{where} must be {expected}, not {_value_words(value)}"


_LISTS = (list, tuple, set, frozenset)


def _plain(kind: Any) -> Any:
    """A type without what is said about it, and without its being left out."""
    while True:
        if get_origin(kind) is Annotated:
            kind = get_args(kind)[0]
            continue
        options = [one for one in get_args(kind) if one not in (UnsetType, type(None))]
        if get_origin(kind) not in (Union, UnionType) or len(options) != 1:
            return kind
        kind = options[0]


def _is_table(kind: Any) -> bool:
    origin = get_origin(kind)
    return isinstance(origin, type) and issubclass(origin, Mapping)


def _choices(kind: Any) -> tuple[str, ...]:
    """The words of a type that is a choice of some."""
    if get_origin(kind) is Literal:
        return tuple(str(choice) for choice in get_args(kind))
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return tuple(str(member) for member in kind)
    return ()


def _kind_words(kind: Any) -> str | None:
    kind = _plain(kind)
    words = {str: "a string", bool: "true or false", int: "a whole number", float: "a number"}
    if kind in words:
        return words[kind]
    if get_origin(kind) in _LISTS:
        item = _plain(get_args(kind)[0])
        inner = {str: "strings", int: "whole numbers", float: "numbers"}.get(item)
        inner = "strings" if _choices(item) else "lists" if get_origin(item) in _LISTS else inner
        return f"a list of {inner}" if inner else "a list"
    if _is_table(kind) or (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        return "a table"
    if _choices(kind):
        return "one of " + ", ".join(f"`{choice}`" for choice in _choices(kind))
    return None


def _value_words(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    for kind, words in ((str, "a string"), (int, "a whole number"), (float, "a number"), (list, "a list")):
        if isinstance(value, kind):
            return words
    return "a table" if isinstance(value, dict) else "a date or time"


def hyphened(name: str) -> str:
    return name.replace("_", "-")


def _spellings(item: msgspec.structs.FieldInfo) -> tuple[str, ...]:
    return (hyphened(item.name), item.encode_name, item.name)
