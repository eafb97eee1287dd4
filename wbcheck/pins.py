"""Which versions of wandb a project may run with: what its lock files and requirements say.

The nearest folder with a file that names wandb decides, from a source file's own upwards, as far as the
repository goes. A lock file beats what it was made from. A requirement without a version says nothing of it:
then, as where there is none, the newest release counts.
"""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Iterator
from typing import Any

from wbcheck.sdk import Versions, every, versions_of

MOST_BYTES = 32 * 1024 * 1024
MOST_LEVELS = 8

_LOCKED = re.compile(r"""^name = ["']wandb["']\s*\nversion = ["']([^"']+)["']""", re.MULTILINE)
_PIPFILE = re.compile(r'"wandb":\s*\{[^{}]*?"version":\s*"([^"]+)"')
_REQUIREMENT = re.compile(r"\s*wandb(?![\w.-])(?:\[[^\]]*\])?\s*\(?([^;#@\\)]*)(@)?", re.IGNORECASE)
_QUOTED = re.compile(r"""["'](wandb(?![\w.-])[^"']*)["']""")
_CONDA = re.compile(
    r"""^[ \t]*+-[ \t]*+["']?(?:[\w-]++::)?wandb[ \t]*+([=<>!~][^"'#\n]*)?["']?[ \t]*+(?:#.*)?$""",
    re.MULTILINE,
)
_CONDA_NAME = re.compile(r"(environment|conda)[\w.-]*\.ya?ml")
_REQUIREMENTS_NAME = re.compile(r"[\w.-]*requirements[\w.-]*\.(txt|in)|constraints\.txt")


class Pins:
    """Finds the versions for a file, each folder and each file of it looked at once."""

    def __init__(self) -> None:
        self._known: dict[str, Versions | None] = {}

    def of(self, file: str) -> Versions:
        """The versions that the project around an absolute path may run with; never raises."""
        found = self._nearest(os.path.dirname(file), MOST_LEVELS)
        return every() if found is None else found

    def _nearest(self, folder: str, levels: int) -> Versions | None:
        if folder not in self._known:
            found = _in_folder(folder)
            parent = os.path.dirname(folder)
            is_top = parent == folder or os.path.lexists(os.path.join(folder, ".git"))
            if found is None and not is_top and levels:
                found = self._nearest(parent, levels - 1)
            self._known[folder] = found
        return self._known[folder]


def _in_folder(folder: str) -> Versions | None:
    """What a folder's files say; ``None`` where none of them names wandb."""
    named = False
    for name, wanted in _said(folder):
        named = True
        try:
            if wanted.strip(" *"):
                found = versions_of(wanted, name)
                # What is older than the table is left alone: nothing is known of it.
                return found if found.releases else Versions(("0",), name)
        except ValueError:
            continue
    return every() if named else None


def _said(folder: str) -> Iterator[tuple[str, str]]:
    """Each file of a folder that names wandb, with the specifier given there, those that say most first."""
    entries = _listed(folder)
    fixed = {name: reader for name, reader in _READERS.items() if name in entries}
    others = [name for name in entries if _REQUIREMENTS_NAME.fullmatch(name)]
    if "requirements" in entries:
        others += [f"requirements/{name}" for name in _listed(os.path.join(folder, "requirements"))]
    conda = [name for name in entries if _CONDA_NAME.fullmatch(name)]
    readers = [*fixed.items(), *((name, _lines) for name in others), *((name, _conda) for name in conda)]
    for name, reader in readers:
        text = _read(os.path.join(folder, name))
        if "wandb" in text:
            for wanted in reader(text):
                yield name, wanted


def _listed(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _read(path: str) -> str:
    try:
        if not os.path.isfile(path) or os.path.getsize(path) > MOST_BYTES:
            return ""
        with open(path, "rb") as stream:
            data = stream.read()
    except OSError:
        return ""
    # What PowerShell writes (`pip freeze > requirements.txt`), and pip reads.
    is_wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = data.decode("utf-16" if is_wide else "utf-8-sig", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _lock(text: str) -> Iterator[str]:
    yield from _LOCKED.findall(text)


def _pipfile(text: str) -> Iterator[str]:
    yield from _PIPFILE.findall(text)


def _required(text: str) -> Iterator[str]:
    """A requirement's specifier, if it is of wandb: ``wandb[media]>=0.15; sys_platform == "linux"``."""
    match = _REQUIREMENT.match(text)
    if match is not None:
        yield "" if match.group(2) else match.group(1).split("--")[0].strip()


def _lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        yield from _required(line)


def _quoted(text: str) -> Iterator[str]:
    for requirement in _QUOTED.findall(text):
        yield from _required(requirement)


def _conda(text: str) -> Iterator[str]:
    for wanted in _CONDA.findall(text):
        single = re.fullmatch(r"=\s*(\d+(?:\.\d+)*)(?:\.\*)?\s*", wanted)
        # Conda's single sign: that version, or any that begins so.
        yield f"=={single.group(1)}.*" if single else re.sub(r"(?<==)(\d[\d.]*)=\w+", r"\1", wanted).strip()


def _pyproject(text: str) -> Iterator[str]:
    import tomllib

    try:
        top = tomllib.loads(text)
    except (ValueError, RecursionError):  # ValueError also for a number of thousands of digits
        return
    project, tool = _table(top, "project"), _table(top, "tool")
    groups = (_table(project, "optional-dependencies"), _table(top, "dependency-groups"))
    lists = [project.get("dependencies"), *(found for group in groups for found in group.values())]
    lists += [
        _table(tool, "uv").get("dev-dependencies"),
        *_table(_table(tool, "pdm"), "dev-dependencies").values(),
    ]
    for requirements in lists:
        for requirement in requirements if isinstance(requirements, list) else ():
            if isinstance(requirement, str):
                yield from _required(requirement)
    poetry = _table(tool, "poetry")
    tables = [_table(poetry, "dependencies"), _table(poetry, "dev-dependencies")]
    tables += [_table(_table(poetry, "group"), name, "dependencies") for name in _table(poetry, "group")]
    for table in tables:
        wanted = table.get("wandb")
        wanted = wanted.get("version") if isinstance(wanted, dict) else wanted
        if isinstance(wanted, str):
            yield wanted if not wanted[:1].isdigit() else f"=={wanted}"


def _table(value: Any, *keys: str) -> dict[str, Any]:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


# The first that says something counts.
_READERS = {
    "uv.lock": _lock,
    "poetry.lock": _lock,
    "pdm.lock": _lock,
    "Pipfile.lock": _pipfile,
    "pyproject.toml": _pyproject,
    "setup.cfg": _lines,
    "setup.py": _quoted,
}
