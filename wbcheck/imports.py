"""Which file of the project an import is of, found as Python would find it; nothing is imported.

An import's text is enough: a statement that stands in a string only costs a look at the disk. What is not
found below the project's root (or is of the standard library, or of W&B) is not of the project.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping

import msgspec

ROOT_MARKS = (".git", ".hg", "pyproject.toml", "setup.py", "setup.cfg")
"""What the root of a project has in it."""

MOST_LEVELS = 12
_SOURCES = "src"
_FOREIGN = sys.stdlib_module_names | {"wandb", "__future__"}
_STATEMENT = re.compile(
    r"\n[ \t]*+(?:from(?!\w)(?P<module>[ \t.]*+(?:(?!import\b)\w[\w.]*+)?)[ \t]*+import\b[ \t]*+"
    r"(?:\((?P<several>(?>(?:[^()#]++|#[^\n]*+)*))\)|(?P<names>(?>(?:[^\n(\\]|\\\r?\n)+)))"
    r"|import[ \t]++(?P<modules>[\w.]++(?:[ \t]+as[ \t]+\w+)?(?:[ \t]*,[^\n#;]+)?))"
)
_COMMENT = re.compile(r"#[^\n]*")
_NAME = re.compile(r"(?P<name>\*|[\w.]+)(?:\s+as\s+(?P<bound>\w+))?")


def module_of(path: str) -> str:
    """A file's dotted path, seen from where its own path is; a package's is its folder's."""
    stem = path.rpartition(".")[0].replace("\\", "/")
    return stem.removesuffix("/__init__").strip("./").replace("/", ".")


class Import(msgspec.Struct, frozen=True):
    """An import as written: the module (with its dots), and what is imported from it.

    ``names`` are pairs of what is imported and what it is called here; none of ``import module``.
    """

    module: str
    names: tuple[tuple[str, str], ...] = ()


def imports_of(text: str) -> tuple[Import, ...]:
    """The imports that a text spells out, wherever they stand in it."""
    found: dict[Import, None] = {}
    if "import" in text:
        for match in _STATEMENT.finditer(f"\n{text}"):
            if match["modules"] is not None:
                for name, _ in _names(match["modules"]):
                    found[Import(name)] = None
            elif match["module"].strip():
                module = match["module"].replace(" ", "").replace("\t", "")
                found[Import(module, tuple(_names(match["several"] or match["names"] or "")))] = None
    return tuple(found)


def _names(listed: str) -> Iterator[tuple[str, str]]:
    plain = _COMMENT.sub("", listed).replace("\\", " ").partition(";")[0]
    for part in plain.split(","):
        match = _NAME.match(part.strip())
        if match is not None:
            yield match["name"], match["bound"] or match["name"]


def joined(module: str, name: str) -> str:
    """The dotted path of a name of a module, both as written: ``.`` and ``a`` are ``.a``."""
    return f"{module}{'' if module.endswith('.') else '.'}{name}"


class Resolver:
    """Finds the files of modules. What was looked at once is not looked at again."""

    def __init__(self) -> None:
        self._folders: dict[str, frozenset[str]] = {}
        self._roots: dict[str, tuple[str, ...]] = {}
        self._tops: dict[str, str] = {}
        self._found: dict[tuple[str, str], str | None] = {}
        self._parents: dict[str, str] = {}

    def file_of(self, importer: str, module: str) -> str | None:
        """The file of a module as a file (both absolute) imports it; a package's is its ``__init__.py``.

        ``None`` for what is not of the project, and for a folder that has no file of its own.
        """
        folder = self._parents.get(importer)
        if folder is None:
            folder = self._parents[importer] = os.path.dirname(importer)
        key = (folder, module)
        if key not in self._found:
            self._found[key] = self._search(folder, module)
        return self._found[key]

    def top_of(self, folder: str) -> str:
        """The root of the project that a folder lies in: the farthest mark up to the repository's top."""
        if folder not in self._tops:
            current = top = folder
            for _ in range(MOST_LEVELS):
                entries = self._entries(current)
                if any(mark in entries for mark in ROOT_MARKS):
                    top = current
                if ".git" in entries or os.path.dirname(current) == current:
                    break
                current = os.path.dirname(current)
            self._tops[folder] = top
        return self._tops[folder]

    def project_of(self, path: str) -> str:
        """The root of the project that a file (absolute) is of, or ``""`` if nothing says where that is."""
        top = self.top_of(os.path.dirname(path))
        return top if any(mark in self._entries(top) for mark in ROOT_MARKS) else ""

    def projects_of(self, files: Mapping[str, str]) -> dict[str, str]:
        """The roots of the projects of some files, each by whatever it is called by.

        What lies below files of no project belongs to them, whatever it says: the folder of a step may have
        a ``setup.py``, and that of the pipeline none.
        """
        roots = {name: self.project_of(path) for name, path in files.items()}
        loose = {os.path.dirname(path) for name, path in files.items() if not roots[name]}
        found: dict[str, str] = {}
        for root in set(roots.values()) - {""}:
            found[root] = (
                "" if any(root.startswith(f"{folder.rstrip(os.sep)}{os.sep}") for folder in loose) else root
            )
        return {name: found.get(root, "") for name, root in roots.items()}

    def _search(self, folder: str, module: str) -> str | None:
        level = len(module) - len(module.lstrip("."))
        parts = [part for part in module[level:].split(".") if part]
        if level:
            top = self.top_of(folder)
            for _ in range(level - 1):
                if folder == top:
                    return None
                folder = os.path.dirname(folder)
            return self._below(folder, parts)
        if not parts or parts[0] in _FOREIGN:
            return None
        for root in self._roots_of(folder):
            entries = self._entries(root)
            if f"{parts[0]}.py" in entries or "__init__.py" in self._inside(root, parts[0]):
                return self._below(root, parts)
        # Only now folders without a file of their own count: any of them may have the rest.
        for root in self._roots_of(folder):
            if parts[0] in self._entries(root):
                found = self._below(root, parts)
                if found is not None:
                    return found
        return None

    def _below(self, folder: str, parts: list[str]) -> str | None:
        for number, part in enumerate(parts):
            entries = self._entries(folder)
            inside = os.path.join(folder, part)
            if part in entries and (number < len(parts) - 1 or "__init__.py" in self._entries(inside)):
                if "__init__.py" in self._entries(inside) or f"{part}.py" not in entries:
                    folder = inside
                    continue
            is_last = number == len(parts) - 1
            return f"{inside}.py" if is_last and f"{part}.py" in entries else None
        return os.path.join(folder, "__init__.py") if "__init__.py" in self._entries(folder) else None

    def _roots_of(self, folder: str) -> tuple[str, ...]:
        """Where absolute imports of a folder's files may begin, the most likely first.

        That is the folder of a script, or the one around the outermost package of a module; then those above,
        up to the project's root, each with its ``src``.
        """
        if folder not in self._roots:
            top = self.top_of(folder)
            outside = folder
            while "__init__.py" in self._entries(outside) and outside != top:
                outside = os.path.dirname(outside)
            found: dict[str, None] = {}
            current = outside
            while True:
                found[current] = None
                if _SOURCES in self._entries(current):
                    found[os.path.join(current, _SOURCES)] = None
                if current == top or os.path.dirname(current) == current:
                    break
                current = os.path.dirname(current)
            found[folder] = None  # a file of a package that is run as a script
            self._roots[folder] = tuple(found)
        return self._roots[folder]

    def _inside(self, root: str, name: str) -> frozenset[str]:
        return self._entries(os.path.join(root, name)) if name in self._entries(root) else frozenset()

    def _entries(self, folder: str) -> frozenset[str]:
        if folder not in self._folders:
            try:
                self._folders[folder] = frozenset(os.listdir(folder))
            except OSError:
                self._folders[folder] = frozenset()
        return self._folders[folder]
