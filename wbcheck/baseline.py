"""The baseline: findings that were there when wbcheck was adopted, so that only new ones are reported.

A finding is known by its rule and the text of its line (``wbcheck.fingerprint``), counted file by file: it
keeps its entry while lines move, while its file is renamed, and while it moves to another file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from wbcheck.diagnostic import Diagnostic
from wbcheck.fingerprint import content
from wbcheck.source.unit import Unit
from wbcheck.toml_text import as_toml

_VERSION = 1
_HEAD = f"""\
# Findings that `wbcheck check` does not report, as they were there before: for each file a rule, the
# fingerprint of a line, and how often. `wbcheck baseline` writes this file, and
# `wbcheck baseline --prune` takes out what is no longer there.

version = {_VERSION}
"""


class BaselineError(Exception):
    """A baseline that cannot be used; ``str()`` says why, without the file's name."""


class Entry(msgspec.Struct, frozen=True, order=True):
    """What a baseline holds back: ``path`` has forward slashes and is relative to the baseline's folder."""

    path: str
    code: str
    content: str

    @property
    def mark(self) -> tuple[str, str]:
        """What it is known by in another file."""
        return self.code, self.content


class Matched(msgspec.Struct, frozen=True):
    """Findings held against a baseline.

    ``new`` and ``held`` are the findings, in the order given. ``stale`` are the entries that nothing
    answers to any more, with how many, and ``left`` those that nobody can judge here.
    """

    new: tuple[Diagnostic, ...]
    held: tuple[Diagnostic, ...]
    stale: Mapping[Entry, int]
    left: Mapping[Entry, int]


def entry_of(
    diagnostic: Diagnostic, sources: Callable[[str], Unit | None], relative: Callable[[str], str]
) -> Entry:
    """The entry that holds a finding back."""
    path = _spelled(relative(diagnostic.path))
    return Entry(path, diagnostic.code, content(diagnostic, sources))


def match(
    entries: Mapping[Entry, int],
    found: Sequence[tuple[Diagnostic, Entry]],
    judged: Callable[[Entry], bool],
) -> Matched:
    """Part findings into held ones and new ones.

    ``found`` are the findings with the entries they would have. ``judged`` says of an entry whether this
    run could have found it again: its file was checked (or is gone), and its rule ran. An entry that its
    own file does not need any more holds back a finding alike elsewhere: code that moved. Failures of our
    own are never held back.
    """
    rest = Counter(entries)
    held = set()
    for index, (diagnostic, entry) in enumerate(found):
        if rest[entry] > 0 and not diagnostic.fault:
            rest[entry] -= 1
            held.add(index)
    moved: dict[tuple[str, str], list[Entry]] = {}
    for entry in sorted(rest):
        if rest[entry] > 0 and judged(entry):
            moved.setdefault(entry.mark, []).append(entry)
    for index, (diagnostic, entry) in enumerate(found):
        spare = moved.get(entry.mark)
        if index not in held and spare and not diagnostic.fault:
            rest[spare[0]] -= 1
            held.add(index)
            if not rest[spare[0]]:
                spare.pop(0)
    over = {entry: count for entry, count in rest.items() if count > 0}
    return Matched(
        new=tuple(diagnostic for index, (diagnostic, _) in enumerate(found) if index not in held),
        held=tuple(diagnostic for index, (diagnostic, _) in enumerate(found) if index in held),
        stale={entry: count for entry, count in over.items() if judged(entry)},
        left={entry: count for entry, count in over.items() if not judged(entry)},
    )


def read(file: str) -> dict[Entry, int]:
    """The entries of a baseline, with how many findings each holds back.

    Raises ``BaselineError`` and ``OSError``.
    """
    import tomllib

    with open(file, "rb") as stream:
        data = stream.read()
    try:
        table = tomllib.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BaselineError(f"not a baseline: {error}") from None
    if table.pop("version", None) != _VERSION:
        raise BaselineError(f"not a baseline of version {_VERSION}, which this wbcheck reads")
    return dict(_entries(table))


def _entries(table: Mapping[str, Any]) -> Iterable[tuple[Entry, int]]:
    for path, marks in table.items():
        if not isinstance(marks, dict):
            raise BaselineError(f"not a baseline: `{path}` is no table")
        for mark, count in marks.items():
            code, blank, digest = mark.partition(" ")
            if not blank or type(count) is not int or count < 1:
                raise BaselineError(f"not a baseline: `{mark}` under `{path}` is no entry")
            yield Entry(path, code, digest), count


def written(entries: Mapping[Entry, int], name_of: Callable[[str], str]) -> str:
    """A baseline's text: sorted, one entry a line, so that versions of it merge.

    ``name_of`` gives the name of a rule by its code (empty if it is not known), for those who read it.
    """
    parts = [_HEAD]
    path = None
    for entry, count in sorted(entries.items()):
        if entry.path != path:
            path = entry.path
            parts.append(f"\n[{as_toml(path)}]\n")
        name = name_of(entry.code)
        comment = f"  # {name}" if name else ""
        parts.append(f"{as_toml(f'{entry.code} {entry.content}')} = {count}{comment}\n")
    return "".join(parts)


def _spelled(path: str) -> str:
    """A path as UTF-8 can spell it; bytes of a file's name that are none are escaped."""
    return path.encode("utf-8", "backslashreplace").decode()


def named(path: str) -> str:
    """The path of a file, from the one of an entry."""
    return re.sub(r"\\(udc[89a-f][0-9a-f])", lambda found: chr(int(found[1][1:], 16)), path)
