"""What a run left in its ``.wandb`` file, read with the standard library alone.

The file is a log in LevelDB's form (blocks of 32 KiB; records that may be split into a first,
middle and last part) whose entries are protobuf messages. The field numbers are those of wandb's
``wandb_internal.proto``; they have been the same in all versions since 0.13.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from typing import Any

from wbcheck.examples import Recorded

_BLOCK = 32 * 1024
_HEADER = struct.Struct("<4sHB")
_PART = struct.Struct("<IHB")
_FULL, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4

# Fields of `Record`, and the texts within two of them.
_HISTORY, _SUMMARY, _CONFIG, _ARTIFACT, _METRIC, _RUN, _EXIT, _USED = 2, 3, 5, 8, 12, 17, 18, 25
_RUN_WORDS = {1: "id", 2: "entity", 3: "project", 6: "group", 7: "job_type", 8: "name"}
_METRIC_WORDS = {1: "name", 2: "glob_name", 4: "step_metric"}

Message = dict[int, list[Any]]


class RecordError(ValueError):
    """A file that is no record of a run."""


def read(path: str) -> Recorded:
    """The record of one run. A file that ends in the middle of an entry is read up to there.

    Raises ``RecordError`` for a file of another kind, ``OSError`` where it cannot be read.
    """
    with open(path, "rb") as file:
        data = file.read()
    bodies: Message = {}
    for entry in entries(data):
        for field, found in message(entry).items():
            bodies.setdefault(field, []).extend(found)
    runs = [message(body) for body in bodies.get(_RUN, ())]
    # The first record of the run holds its config at the start; each one what it is called by then.
    config = _held([config for run in runs for config in run.get(4, ())] + bodies.get(_CONFIG, []))
    config.pop("_wandb", None)
    rows = [map(_item, message(body).get(1, ())) for body in bodies.get(_HISTORY, ())]
    identity: dict[str, Any] = {}
    for run in runs:
        identity |= {key: value for key, value in _identity(run).items() if value or key not in identity}
    return Recorded(
        **identity,
        config=config,
        summary=_users(_held(bodies.get(_SUMMARY, []))),
        history=tuple(_users(dict(row)) for row in rows),
        metrics=tuple(_words(message(body), _METRIC_WORDS) for body in bodies.get(_METRIC, ())),
        artifacts=tuple(_artifact(message(body)) for body in bodies.get(_ARTIFACT, ())),
        inputs=tuple(_words(message(body), {2: "type", 3: "name"}) for body in bodies.get(_USED, ())),
        exit_code=next((_number(message(body), 1) for body in bodies.get(_EXIT, ())), None),
    )


def entries(data: bytes) -> Iterator[bytes]:
    """The entries of a log. Raises ``RecordError`` where it does not begin like one."""
    if len(data) < _HEADER.size or _HEADER.unpack_from(data)[:2] != (b":W&B", 0xBEE1):
        raise RecordError("this is no .wandb file")
    at, parts = _HEADER.size, b""
    while at + _PART.size <= len(data):
        left = _BLOCK - at % _BLOCK
        if left < _PART.size:
            at += left
            continue
        _, length, kind = _PART.unpack_from(data, at)
        at += _PART.size
        part = data[at : at + length]
        at += length
        if len(part) < length:
            return
        parts = part if kind in (_FULL, _FIRST) else parts + part
        if kind in (_FULL, _LAST):
            yield parts


def message(data: bytes) -> Message:
    """A protobuf message without its schema: numbers, or bytes for all that has a length, by field."""
    fields: Message = {}
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        kind = key & 7
        value: Any
        if kind == 0:
            value, at = _varint(data, at)
        elif kind == 2:
            length, at = _varint(data, at)
            value, at = data[at : at + length], at + length
        elif kind in (1, 5):
            width = 8 if kind == 1 else 4
            value, at = data[at : at + width], at + width
        else:
            raise RecordError(f"a field of the unknown kind {kind}")
        fields.setdefault(key >> 3, []).append(value)
    return fields


def _varint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        if at >= len(data):
            raise RecordError("a number is cut off")
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return number, at


def _item(data: bytes) -> tuple[str, Any]:
    """A key (a nested one with its parts joined by dots) and its value, decoded from JSON."""
    item = message(data)
    key = b".".join(item.get(2) or item.get(1) or [b""])
    value = next(iter(item.get(16, ())), b"null")
    return key.decode(), json.loads(value)


def _held(updates: list[bytes]) -> dict[str, Any]:
    """What is in the end in a mapping that these updates and removals were made to."""
    values: dict[str, Any] = {}
    for update in updates:
        body = message(update)
        values.update(map(_item, body.get(1, ())))
        for key in body.get(2, ()):
            values.pop(_item(key)[0], None)
    return values


def _users(values: dict[str, Any]) -> dict[str, Any]:
    """What the user logged, and the step: W&B's own keys begin with an underscore."""
    return {key: value for key, value in values.items() if key == "_step" or not key.startswith("_")}


def _identity(body: Message) -> dict[str, Any]:
    moment = message(next(iter(body.get(17, ())), b""))
    return {
        **_words(body, _RUN_WORDS),
        "tags": tuple(tag.decode() for tag in body.get(10, ())),
        "started": _number(moment, 1) + _number(moment, 2) / 1e9,
    }


def _artifact(body: Message) -> dict[str, Any]:
    words = _words(body, {4: "type", 5: "name", 7: "description"})
    metadata = next(iter(body.get(8, ())), b"") or b"{}"
    aliases = [alias.decode() for alias in body.get(11, ())]
    return {**words, "metadata": json.loads(metadata), "aliases": aliases}


def _number(body: Message, field: int) -> int:
    return int(next(iter(body.get(field, ())), 0))


def _words(body: Message, names: dict[int, str]) -> dict[str, str]:
    return {name: next(iter(body.get(field, ())), b"").decode() for field, name in names.items()}
