"""What fixing would change, as a patch that ``git apply`` takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from difflib import unified_diff

from wbcheck.masking import mask_keys

_NO_END = "\n\\ No newline at end of file\n"


def diff(path: str, old: bytes, new: bytes, mask: Callable[[str], str] = mask_keys) -> bytes:
    """A unified diff of a file's bytes, empty where they are equal.

    Line ends are kept as they are, a missing last one is marked. A notebook's is by its JSON's
    lines. What ``mask`` hides (keys, by default) stands there as asterisks; git then refuses that
    hunk, which is better than a key in a log.
    """
    before, after = _lines(old), _lines(new)
    head = unified_diff(before, after, _name("a", path), _name("b", path))
    return "".join(_written(head, mask)).encode("utf-8", "surrogateescape")


def _lines(data: bytes) -> list[str]:
    """Lines as git counts them; bytes that are no UTF-8 come back as they were."""
    text = data.decode("utf-8", "surrogateescape")
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _written(lines: Iterator[str], mask: Callable[[str], str]) -> Iterator[str]:
    for index, line in enumerate(lines):
        if index < 2:
            yield line
        else:
            yield mask(line) if line.endswith("\n") else mask(line) + _NO_END


def _name(side: str, path: str) -> str:
    """A file's name in a patch's heading, as git reads it: quoted where need be, blanks closed by a tab."""
    name = f"{side}/{path.removeprefix('./').lstrip('/')}".replace("\\", "\\\\")
    if re.search(r'[\x00-\x1f\x7f"\\]', name):
        quoted = re.sub(
            r'[\x00-\x1f\x7f"]', lambda found: _ESCAPES.get(found[0], f"\\{ord(found[0]):03o}"), name
        )
        return f'"{quoted}"'
    return f"{name}\t" if " " in name else name


_ESCAPES = {'"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
