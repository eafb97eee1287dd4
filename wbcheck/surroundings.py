"""What stands beside the code and says how it is run: ``.env``, shell, Docker and CI files, sweeps.

They are looked for in the folders of the checked files and in those above them, as far up as the repository
goes, with the few others in which such files usually lie: also where they are not among what is checked, or
where git ignores them. What they set is read from their models; here they are only found.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator

import msgspec

from wbcheck.model.values import Tri

_FOLDERS = (".github/workflows", "scripts", "sweeps", "config", "configs", "docker", ".devcontainer")
_NAME = re.compile(
    r"\.env(\..+)?|.+\.env|.+\.(ya?ml|sh|bash|zsh|sbatch|slurm|mk)|(docker|container)file.*|.+\.dockerfile"
    r"|makefile|justfile|mlproject",
    re.IGNORECASE,
)
_SETTING = re.compile(
    rb"WANDB_|wandb_|wandb artifact|rtifacts?(?:_\w+)?[\"']?[ \t]*:[\s-]*[\"']?[\w./-]+:(?:latest|v\d)"
)
_COMMENT = re.compile(rb"^[ \t]*#.*$", re.MULTILINE)
_PROGRAM = re.compile(rb"""^program:[ \t]*["']?([^\s"'#]+)""", re.MULTILINE)
MOST_BYTES = 64 * 1024
MOST_DEPENDENCIES = 8 * 1024 * 1024
MOST_FILES = 200
MOST_LEVELS = 8


class Given(msgspec.Struct, frozen=True):
    """A variable that a file sets: its constant value, or ``None`` where it is not known."""

    name: str
    value: str | None
    file: str


class Beside(msgspec.Struct, frozen=True):
    """A file beside the code that may set something, and its bytes."""

    path: str
    data: bytes


class Surroundings(msgspec.Struct, frozen=True):
    """What the files beside the code say. ``sweeps`` are YAML files, each with the program that it names.
    ``yaml`` are all YAML files, each with whether it is certainly not in the form of W&B's configs.
    ``setting`` are the files that name a ``WANDB_*`` variable, or an artifact. ``trains`` says whether a
    library that has transformers' Trainer is among the project's dependencies; it is looked for where a
    variable is set that old ones read.

    Files are called as the checked ones are.
    """

    sweeps: tuple[tuple[str, str], ...] = ()
    yaml: tuple[tuple[str, bool], ...] = ()
    setting: tuple[Beside, ...] = ()
    trains: Tri = Tri.UNKNOWN


def around(files: Iterable[tuple[str, str]]) -> Surroundings:
    """What stands around files, each given as shown and as an absolute path.

    Never raises: what cannot be read says nothing, and what is no file on disk has no surroundings.
    """
    sweeps: list[tuple[str, str]] = []
    yaml: list[tuple[str, bool]] = []
    setting: dict[str, Beside] = {}
    folders = _folders(files)
    for shown, path in _beside(folders):
        data = _read(path, MOST_BYTES) or b""
        if _SETTING.search(data):
            setting[shown] = Beside(shown, data)
        if path.lower().endswith((".yaml", ".yml")):
            sweeps.extend((shown, match[1].decode(errors="replace")) for match in _PROGRAM.finditer(data))
            yaml.append((shown, _is_plain(data)))
    return Surroundings(
        tuple(sorted(set(sweeps))),
        tuple(sorted(set(yaml))),
        tuple(each for _, each in sorted(setting.items())),
        _trains(folders) if any(b"WANDB_DISABLE" in each.data for each in setting.values()) else Tri.UNKNOWN,
    )


_DEPENDENCIES = re.compile(
    r"[\w.-]*requirements[\w.-]*\.(txt|in)|pyproject\.toml|(uv|poetry|pdm)\.lock|Pipfile(\.lock)?"
    r"|setup\.(cfg|py)|(environment|conda)[\w.-]*\.ya?ml"
)
_TRAINING = re.compile(
    rb"\b(?:transformers|trl|sentence[-_]transformers|unsloth|simpletransformers|setfit|adapters|axolotl"
    rb"|llama[-_]?factory)\b",
    re.IGNORECASE,
)


def _trains(folders: dict[str, str]) -> Tri:
    """Whether the dependencies name a library with a Trainer: unknown where none of them names wandb."""
    named = Tri.UNKNOWN
    for folder in folders:
        try:
            entries = sorted(os.listdir(folder))
        except OSError:
            continue
        for entry in entries:
            if _DEPENDENCIES.fullmatch(entry):
                data = _read(os.path.join(folder, entry), MOST_DEPENDENCIES)
                if data is None or _TRAINING.search(data):
                    return Tri.YES
                named = Tri.NO if b"wandb" in data else named
    return named


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


def _read(path: str, most: int) -> bytes | None:
    """A file's bytes; ``None`` where there are more than ``most``, or where it cannot be read."""
    try:
        if not os.path.isfile(path) or os.path.getsize(path) > most:
            return None
        with open(path, "rb") as file:
            return file.read(most)
    except OSError:
        return None
