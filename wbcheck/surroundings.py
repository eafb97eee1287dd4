"""What stands beside the code and says how it is run: ``.env``, shell, Docker and CI files, sweeps.

Read line by line and only for two things: which ``WANDB_*`` variables are set, and which program a sweep's
YAML names. The folders of the checked files and those above them are looked at, as far up as the
repository goes, with the few others in which such files usually lie.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator

import msgspec

_FOLDERS = (".github/workflows", "scripts", "sweeps", "config", "configs", "docker", ".devcontainer")
_NAME = re.compile(
    r"\.env(\..+)?|.+\.env|.+\.(ya?ml|sh|bash|sbatch|slurm)|Dockerfile.*|.+\.dockerfile|Makefile|justfile",
    re.IGNORECASE,
)
_VARIABLE = re.compile(
    rb"""(?<![\w$\{-])(WANDB_[A-Z0-9_]+)\s*(?:=|:\s)[ \t]*(?:["']?([\w./-]+)(?=["'\s;,]|$))?""", re.MULTILINE
)
_COMMENT = re.compile(rb"^[ \t]*#.*$", re.MULTILINE)
_PROGRAM = re.compile(rb"""^program:[ \t]*["']?([^\s"'#]+)""", re.MULTILINE)
_SECRET = "WANDB_API_KEY"
MOST_BYTES = 64 * 1024
MOST_FILES = 200
MOST_LEVELS = 8


class Given(msgspec.Struct, frozen=True):
    """A variable that a file sets: its constant value, or ``None`` where it is not known or secret."""

    name: str
    value: str | None
    file: str


class Surroundings(msgspec.Struct, frozen=True):
    """What the files beside the code say. ``sweeps`` are YAML files, each with the program that it names.
    ``yaml`` are all YAML files, each with whether it is certainly not in the form of W&B's configs.

    Files are called as the checked ones are.
    """

    variables: tuple[Given, ...] = ()
    sweeps: tuple[tuple[str, str], ...] = ()
    yaml: tuple[tuple[str, bool], ...] = ()


def around(files: Iterable[tuple[str, str]]) -> Surroundings:
    """What stands around files, each given as shown and as an absolute path.

    Never raises: what cannot be read says nothing, and what is no file on disk has no surroundings.
    """
    variables: list[Given] = []
    sweeps: list[tuple[str, str]] = []
    yaml: list[tuple[str, bool]] = []
    for shown, path in _beside(_folders(files)):
        data = _read(path)
        if b"WANDB_" in data:
            variables.extend(_variables(data, shown))
        if path.lower().endswith((".yaml", ".yml")):
            sweeps.extend((shown, match[1].decode(errors="replace")) for match in _PROGRAM.finditer(data))
            yaml.append((shown, _is_plain(data)))
    return Surroundings(
        tuple(sorted(set(variables), key=lambda each: (each.name, each.file, each.value or ""))),
        tuple(sorted(set(sweeps))),
        tuple(sorted(set(yaml))),
    )


_KEY = re.compile(rb"""["']?[\w.-]+["']?[ \t]*:(?:[ \t]+(?P<inline>[^\s#].*))?""")
_ODD = (b"-", b"{", b"[", b"<", b"?", b"*", b"&", b"!", b"%", b"|", b">")


def _is_plain(data: bytes) -> bool:
    """Whether a YAML file is certainly none that W&B takes as a config: some key has no ``value`` below it.

    Read line by line; what is not written in the plainest way is not judged.
    """
    lines = [line for line in _COMMENT.sub(b"", data).splitlines() if line.strip() and line != b"---"]
    plain = waits = False
    for line in lines:
        if line[:1] not in (b" ", b"\t"):
            key = _KEY.fullmatch(line.rstrip())
            if key is None:
                return False
            plain, inline = plain or waits, key["inline"]
            if inline is not None and inline.startswith(_ODD):
                return False
            named = line.split(b":")[0].strip(b"\"' \t")
            plain = plain or (inline is not None and named != b"wandb_version")
            waits = inline is None
        elif line.strip().startswith(b"value:"):
            waits = False
    return plain or waits


def _folders(files: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The folders of these files and those above them: absolute path to shown one.

    Up to the repository's; where there is none, up to the folder that the shown paths start from.
    """
    found: dict[str, str] = {}
    for shown, path in files:
        folder, name = os.path.dirname(path), os.path.dirname(shown)
        if folder in found or not os.path.isfile(path):
            continue
        way = [(folder, name)]
        certain = 1
        while not os.path.lexists(os.path.join(folder, ".git")) and len(way) < MOST_LEVELS:
            is_inside = bool(name) and not os.path.isabs(name)
            folder, name = os.path.dirname(folder), os.path.dirname(name)
            way.append((folder, name))
            certain += is_inside
        is_repository = os.path.lexists(os.path.join(folder, ".git"))
        found.update(way if is_repository else way[:certain])
    return found


def _beside(folders: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The files in these folders that may say something: shown and absolute path."""
    left = MOST_FILES
    for folder, name in sorted(folders.items()):
        for inside in ("", *_FOLDERS):
            place = os.path.join(folder, inside) if inside else folder
            try:
                entries = sorted(os.listdir(place))
            except OSError:
                continue
            for entry in entries:
                if _NAME.fullmatch(entry) and left:
                    left -= 1
                    yield os.path.join(name, inside, entry), os.path.join(place, entry)


def _read(path: str) -> bytes:
    try:
        if not os.path.isfile(path) or os.path.getsize(path) > MOST_BYTES:
            return b""
        with open(path, "rb") as file:
            return file.read(MOST_BYTES)
    except OSError:
        return b""


def _variables(data: bytes, shown: str) -> Iterator[Given]:
    for match in _VARIABLE.finditer(_COMMENT.sub(b"", data)):
        name, value = match[1].decode(), match[2]
        yield Given(name, None if value is None or name == _SECRET else value.decode(), shown)
