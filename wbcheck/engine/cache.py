"""What is kept between runs: which files have nothing to do with W&B, and what those say that do.

A file without W&B is known again by its size and times, and is not even read. An analysis is known by all
that it was made from: the file's bytes, its path as shown, the settings that reach the model, and what the
file imports from others. Rules always run fresh. Nothing here is ever needed: what cannot be read, is damaged
or was written by another wbcheck counts as not there, and what cannot be written is not kept.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
import time
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from typing import TypeVar

import msgspec

from wbcheck.linking import Outline
from wbcheck.model.exports import Context

_PACKAGE = os.path.dirname(os.path.dirname(__file__))
SETTLED = 2_000_000_000
"""Nanoseconds since a file's last change before it is trusted: its clock may tick slowly."""
OUTLIVED = 30 * 24 * 3600
"""Seconds after which what another wbcheck left here is deleted."""
_MARKS = {
    "CACHEDIR.TAG": b"Signature: 8a477f597d28d172789f06886806bc55\n"
    b"# Made by wbcheck; see https://bford.info/cachedir/\n",
    ".gitignore": b"*\n",
}
"""What is written into a folder of our own, by the files' names."""
_MAKER = re.compile(r"[0-9a-f]{32}")
_UNORDERED = msgspec.msgpack.Encoder(order="sorted")

T = TypeVar("T")
Times = tuple[int, int, int]


class _Quiet(msgspec.Struct, array_like=True):
    """The size and times of a file, and which lists of words it was searched for in vain."""

    times: Times
    words: set[tuple[bytes, ...]]


class Cache:
    """The folder ``directory``, made when there is something to keep in it.

    It may be one that holds other things, too: these are left alone.
    """

    def __init__(self, directory: str) -> None:
        self._top = directory
        self._directory = os.path.join(directory, _maker())
        # By paths as the system spells them: not every one is a text.
        self._quiet: dict[bytes, _Quiet] = _decoded(self._index, dict[bytes, _Quiet]) or {}
        self._is_changed = False
        self._outlines, self._seen = (
            _decoded(self._glances, dict[str, Outline]) or {},
            dict[str, Outline](),
        )
        self._found: dict[str, dict[bytes, bytes]] = {}
        self._made: dict[str, dict[bytes, bytes]] = {}
        self._began = time.time_ns()

    @property
    def _index(self) -> str:
        return os.path.join(self._directory, "quiet")

    @property
    def _glances(self) -> str:
        return os.path.join(self._directory, "outlines")

    def outline(self, path: str, data: bytes) -> Outline:
        """The outline of a file with these bytes, as far as it was filled in; what is added now is kept."""
        key = digest(data, os.path.splitext(path)[1].encode("utf-8", "surrogateescape")).hex()
        if key not in self._seen:
            self._seen[key] = self._outlines.get(key) or Outline()
        return self._seen[key]

    def lacks(self, path: str, times: Times, words: tuple[bytes, ...]) -> bool:
        """Whether the file at the absolute ``path`` is known to have nothing of W&B and none of ``words``."""
        known = self._quiet.get(os.fsencode(path))
        return known is not None and known.times == times and words in known.words

    def note_lack(self, path: str, times: Times, words: tuple[bytes, ...]) -> None:
        """Remember that a file has nothing of W&B and no ``words``; ``times`` are from before it was read."""
        if max(times[1:]) > self._began - SETTLED:
            return
        name = os.fsencode(path)
        known = self._quiet.get(name)
        if known is None or known.times != times:
            known = self._quiet[name] = _Quiet(times, set())
        known.words.add(words)
        self._is_changed = True

    def analysis(self, path: str, key: bytes) -> bytes | None:
        """What was kept of a file under ``key``."""
        if path not in self._found:
            self._found[path] = _decoded(self._file(path), dict[bytes, bytes]) or {}
        data = self._found[path].get(key)
        if data is not None:
            self._made.setdefault(path, {})[key] = data
        return data

    def knows(self, path: str) -> bool:
        """Whether anything at all was kept of a file."""
        return bool(self._found.get(path)) or os.path.exists(self._file(path))

    def keep(self, path: str, key: bytes, data: bytes) -> None:
        """Keep what a file says. Only what one run asks of a file stays."""
        self._made.setdefault(path, {})[key] = data

    def forget(self, path: str) -> None:
        """Keep nothing of what a file says in this run."""
        self._made.pop(path, None)

    def save(self) -> None:
        """Write what is new; that it cannot be written is nobody's loss."""
        new = {
            path: made
            for path, made in self._made.items()
            if not made.keys() <= self._found.get(path, {}).keys()
        }
        outlines = _UNORDERED.encode(self._seen)
        seen_more = bool(self._seen) and outlines != _bytes(self._glances)
        try:
            if new or seen_more or self._is_changed:
                self._prepare()
            if seen_more:
                _write(self._glances, outlines)
            if self._is_changed:
                _write(self._index, msgspec.msgpack.encode(self._quiet))
            for path, made in new.items():
                _write(self._file(path), msgspec.msgpack.encode(made))
        except OSError:
            pass

    def _prepare(self) -> None:
        folder = os.path.join(self._directory, "analyses")
        if os.path.isdir(folder):
            return
        if not os.path.isdir(self._top) or not os.listdir(self._top):
            os.makedirs(self._top, exist_ok=True)
            for name, data in _MARKS.items():
                _write(os.path.join(self._top, name), data)
        os.makedirs(folder, exist_ok=True)
        for path in _made_in(self._top):
            if os.stat(path).st_mtime < time.time() - OUTLIVED:
                _remove(path)

    def _file(self, path: str) -> str:
        return os.path.join(
            self._directory, "analyses", hashlib.blake2b(os.fsencode(path), digest_size=16).hexdigest()
        )


def times_of(status: os.stat_result) -> Times:
    """The size of a file in bytes, and when it and its entry were changed, in nanoseconds."""
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


def digest(*parts: bytes) -> bytes:
    """Sixteen bytes that stand for these texts in this order."""
    made = hashlib.blake2b(digest_size=16)
    for part in parts:
        made.update(len(part).to_bytes(8, "little") + part)
    return made.digest()


def key_of(
    path: str, data: bytes, extra: Iterable[str], houses: dict[str, str], context: Context | None
) -> bytes | None:
    """What an analysis is known by; ``None`` where it cannot be spelled."""
    try:
        return digest(data, _UNORDERED.encode((path, tuple(extra), houses, context)))
    except UnicodeEncodeError:
        return None


def clean(directory: str) -> bool:
    """Delete what was kept in a folder, and the folder if it holds nothing else; whether there was anything.

    Raises ``OSError``.
    """
    made = _made_in(directory)
    for path in made:
        _remove(path, strict=True)
    marks = [os.path.join(directory, name) for name in _MARKS]
    are_ours = all(_bytes(path) == data for path, data in zip(marks, _MARKS.values(), strict=True))
    if are_ours:
        for path in marks:
            os.unlink(path)
        if not os.listdir(directory):
            os.rmdir(directory)
    return bool(made) or are_ours


def _made_in(directory: str) -> list[str]:
    """The folders in a folder in which some wbcheck keeps things. Raises ``OSError``."""
    if not os.path.isdir(directory):
        return []
    with os.scandir(directory) as scan:
        return [
            entry.path
            for entry in scan
            if _MAKER.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)
            if os.path.isdir(os.path.join(entry.path, "analyses"))
        ]


def _maker() -> str:
    """A name for what makes analyses: this Python, this LibCST, these very sources of ours."""
    libcst = find_spec("libcst")
    parts = [sys.version, str(libcst and libcst.origin and times_of(os.stat(libcst.origin)))]
    parts += (f"{name} {times_of(status)}" for name, status in _sources(_PACKAGE))
    return digest(*(part.encode("utf-8", "surrogateescape") for part in parts)).hex()


def _sources(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.is_dir():
            if entry.name != "__pycache__":
                yield from _sources(entry.path)
        elif entry.name.endswith(".py"):
            yield entry.path, entry.stat()


def _decoded(file: str, form: type[T]) -> T | None:
    try:
        return msgspec.msgpack.decode(_bytes(file), type=form)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _bytes(file: str) -> bytes:
    """What a file holds, nothing if it cannot be read."""
    try:
        with open(file, "rb") as stream:
            return stream.read()
    except OSError:
        return b""


def _write(file: str, data: bytes) -> None:
    """Replace a file at once, so that two runs at a time never see half of one."""
    temporary = f"{file}.{os.getpid()}.tmp"
    try:
        with open(temporary, "wb") as stream:
            stream.write(data)
        os.replace(temporary, file)
    except OSError:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise


def _remove(folder: str, strict: bool = False) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=not strict)
