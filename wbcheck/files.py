"""Which files are checked, and in which role.

Folders are searched for what ``include`` names, less what ``exclude`` and git ignore; a file that was
named is checked whatever it is called. Of files outside Python (YAML, shell scripts, `.env`, Docker and
make files) only those are found that hold a sweep or give W&B something; `.env` files only where git keeps
them, as elsewhere they are where a key belongs.
Folders behind symbolic links are not entered: what they hold inside the tree is found anyway, and what
lies outside was not asked for.
"""

from __future__ import annotations

import errno
import math
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from functools import cache
from itertools import pairwise
from typing import Any

import msgspec

from wbcheck.settings import DEFAULT_INCLUDE, Pattern, Settings, matches
from wbcheck.source.prefilter import CODE, MOST_BYTES, is_environment, language_of, may_matter
from wbcheck.source.unit import Language

TEST_FOLDERS = frozenset({"test", "tests"})
MOST_BESIDE = 10_000
ROOT_MARKS = (".git", ".hg", "pyproject.toml", "setup.py", "setup.cfg")


class Role(StrEnum):
    """What a file is for: rules that are not ``essential`` are silent in tests.

    ``settings`` say how programs are run: sweeps, YAML, scripts of a shell.
    """

    SCRIPT = "script"
    NOTEBOOK = "notebook"
    TEST = "test"
    SETTINGS = "settings"


class FoundFile(msgspec.Struct, frozen=True):
    """A file to check.

    ``path`` is how it is shown: relative to the working directory where it lies below it. ``explicit`` when
    it was named and not found.
    """

    path: str
    absolute: str
    role: Role
    explicit: bool


class Discovery(msgspec.Struct, frozen=True):
    """The files to check, in the order of their paths, and what could not be searched: path and reason."""

    files: tuple[FoundFile, ...]
    problems: tuple[tuple[str, str], ...]


def discover(
    paths: Sequence[str], settings_for: Callable[[str], Settings], force_exclude: bool = False
) -> Discovery:
    """The files that ``paths`` (files and folders) stand for, each once.

    ``settings_for`` gives the settings of an absolute path. A named file is kept even where it is
    excluded, unless ``force_exclude``. Raises what ``settings_for`` raises, and nothing of its own: a
    path that is missing or unreadable is a problem, and the search goes on.
    """
    search = _Search(settings_for, force_exclude)
    for path in paths:
        search.add(path)
    files = sorted(search.files.values(), key=lambda file: file.path)
    return Discovery(tuple(files), tuple(sorted(search.problems.items())))


def beside(
    given: Sequence[str],
    roots: Iterable[str],
    settings_for: Callable[[str], Settings],
    most: int = MOST_BESIDE,
) -> tuple[list[FoundFile], bool]:
    """The files below some folders beside the ``given`` ones, the nearest first; whether these are all.

    All paths are absolute. Where there are more than ``most``, some are found.
    """
    search = _Search(settings_for, False, most)
    for root in sorted(roots):
        search.add(root)
    known = set(given)
    found = [file for path, file in search.files.items() if path not in known]
    distances = _distances({os.path.dirname(path) for path in given})
    found.sort(key=lambda file: (distances(os.path.dirname(file.absolute)), file.path))
    return found, len(search.files) < most


def _distances(folders: Iterable[str]) -> Callable[[str], int]:
    """How many steps up and down lie between a folder and the nearest of some others; all are absolute."""
    # By way of which folder above both does not matter: the lowest one is the shortest.
    up: dict[str, int] = {}
    for folder in folders:
        for steps, above in enumerate(_upwards(folder)):
            up[above] = min(steps, up.get(above, steps))

    @cache
    def distance(folder: str) -> int:
        ways = (steps + up[above] for steps, above in enumerate(_upwards(folder)) if above in up)
        return min(ways, default=0)  # none between two drives

    return distance


def _upwards(folder: str) -> Iterator[str]:
    """A folder, and those that it lies in."""
    yield folder
    while (parent := os.path.dirname(folder)) != folder:
        folder = parent
        yield folder


def role_of(path: str, root: str | None = None) -> Role:
    """The role of a file by its path below ``root`` (by default its project's, as far as that can be told).

    A folder called ``test_something`` is a step of a pipeline, not a test.
    """
    absolute = os.path.abspath(path)
    below = os.path.relpath(absolute, root or project_root(os.path.dirname(absolute)))
    *folders, name = below.split(os.sep)
    return Role.TEST if TEST_FOLDERS.intersection(folders) else _role_by_name(name)


def _role_by_name(name: str) -> Role:
    stem = name.partition(".")[0]
    if stem.startswith("test_") or stem.endswith("_test") or stem == "conftest":
        return Role.TEST
    language = language_of(name)
    if language not in CODE:
        return Role.SETTINGS
    return Role.NOTEBOOK if language is Language.NOTEBOOK else Role.SCRIPT


def project_root(directory: str) -> str:
    """The nearest folder from ``directory`` upwards that looks like a project's, else ``directory``."""
    current = directory
    while True:
        if any(os.path.lexists(os.path.join(current, mark)) for mark in ROOT_MARKS):
            return current
        parent = os.path.dirname(current)
        if parent == current:
            return directory
        current = parent


class _Search:
    def __init__(
        self, settings_for: Callable[[str], Settings], force_exclude: bool, most: float = math.inf
    ) -> None:
        self.settings_for = settings_for
        self.force_exclude = force_exclude
        self.most = most
        self.files: dict[str, FoundFile] = {}
        self.problems: dict[str, str] = {}
        self._cwd = os.getcwd()
        self._sieves: dict[int, _Sieve] = {}

    def add(self, path: str) -> None:
        absolute = os.path.abspath(path)
        try:
            status = os.stat(path)
        except OSError as error:
            self.problems[self._shown(absolute)] = _why_not(path, error)
            return
        if self.force_exclude:
            shown = absolute + os.sep if stat.S_ISDIR(status.st_mode) else absolute
            if matches(self.settings_for(absolute).exclude, shown):
                return
        if stat.S_ISDIR(status.st_mode):
            self._walk(absolute)
        elif stat.S_ISREG(status.st_mode):
            self._keep(absolute, role_of(absolute), explicit=True)
        else:
            self.problems[self._shown(absolute)] = "is not a regular file"

    def _keep(self, absolute: str, role: Role, explicit: bool) -> None:
        known = self.files.get(absolute)
        if known is None or (explicit and not known.explicit):
            self.files[absolute] = FoundFile(self._shown(absolute), absolute, role, explicit)

    def _shown(self, absolute: str) -> str:
        inside = self._cwd.rstrip(os.sep) + os.sep
        return absolute.removeprefix(inside)

    def _sieve(self, directory: str) -> _Sieve:
        settings = self.settings_for(os.path.join(directory, "any.py"))
        sieve = self._sieves.get(id(settings))
        if sieve is None:
            sieve = self._sieves[id(settings)] = _Sieve(settings)
        return sieve

    def _walk(self, base: str) -> None:
        root = project_root(base)
        waiting: list[tuple[str, _Ignored, Role | None, bool]] = [
            (base, _Ignored.above(base), _folder_role(base, root), _is_kept(base))
        ]
        while waiting and len(self.files) < self.most:
            directory, ignored, role, kept = waiting.pop()
            try:
                with os.scandir(directory) as scan:
                    entries = list(scan)
            except OSError as error:
                self.problems[self._shown(directory)] = _why_not(directory, error)
                continue
            kept = kept or any(entry.name == ".git" for entry in entries)
            if any(entry.name == ".gitignore" for entry in entries):
                ignored = ignored.below(directory, ".gitignore")
            sieve = self._sieve(directory)
            for entry in entries:
                path = os.path.join(directory, entry.name)
                is_folder = entry.is_dir(follow_symlinks=False)
                if not is_folder and not sieve.includes(path, entry.name):
                    continue
                if sieve.excludes(path, entry.name, is_folder) or ignored.ignores(path, is_folder):
                    continue
                if is_folder:
                    inner = Role.TEST if role is Role.TEST or entry.name in TEST_FOLDERS else None
                    waiting.append((path, ignored, inner, kept))
                elif kept or not is_environment(entry.name):
                    self._found(path, entry, role)

    def _found(self, path: str, entry: os.DirEntry[str], role: Role | None) -> None:
        try:
            if language_of(entry.name) not in CODE and not _gives(path):
                return
            if entry.is_file():
                self._keep(path, role or _role_by_name(entry.name), explicit=False)
            elif not entry.is_dir():
                os.stat(path)
                self.problems[self._shown(path)] = "is not a regular file"
        except OSError as error:
            self.problems[self._shown(path)] = _why_not(path, error)


def _is_kept(folder: str) -> bool:
    """Whether a folder lies below one that git keeps: elsewhere an `.env` file is nobody else's to read."""
    while not os.path.lexists(os.path.join(folder, ".git")):
        if folder == os.path.dirname(folder):
            return False
        folder = os.path.dirname(folder)
    return True


def _gives(path: str) -> bool:
    """Whether a file outside Python gives W&B something. What cannot be read is none of which we know."""
    if not os.path.isfile(path):
        return False
    try:
        with open(path, "rb") as file:
            return may_matter(path, file.read(MOST_BYTES + 1))
    except OSError:
        return False


def _folder_role(base: str, root: str) -> Role | None:
    below = os.path.relpath(base, root).split(os.sep)
    return Role.TEST if TEST_FOLDERS.intersection(below) else None


def _why_not(path: str, error: OSError) -> str:
    if error.errno == errno.ELOOP:
        return "is a symbolic link that leads to itself"
    if os.path.islink(path):
        return "is a symbolic link that leads nowhere"
    if error.errno == errno.ENOENT:
        return "does not exist"
    return f"cannot be read: {(error.strerror or str(error)).lower()}"


class _Sieve:
    """The ``include`` and ``exclude`` of some settings; names and suffixes are told without a pattern."""

    def __init__(self, settings: Settings) -> None:
        self._endings, others = _split(settings.include, "*.")
        # The default's names of files; in anyone else's patterns they may be those of folders, too.
        usual = [pattern.glob for pattern in others if pattern.glob in DEFAULT_INCLUDE]
        self._whole = frozenset(usual)
        self._beginnings = tuple(glob[:-1] for glob in usual if glob.endswith("*"))
        self._more_included = tuple(pattern for pattern in others if pattern.glob not in DEFAULT_INCLUDE)
        self._names, self._more_excluded = _split(settings.exclude, "")
        # What a path must have in it to be matched at all, so that most are told without pathspec.
        self._parts = {_first_folder(pattern.glob) for pattern in self._more_excluded}

    def includes(self, path: str, name: str) -> bool:
        return (
            name.endswith(self._endings)
            or name in self._whole
            or (bool(self._beginnings) and name.startswith(self._beginnings))
            or (bool(self._more_included) and matches(self._more_included, path))
        )

    def excludes(self, path: str, name: str, is_folder: bool) -> bool:
        if name in self._names:
            return True
        shown = path + os.sep if is_folder else path
        return any(part in shown for part in self._parts) and matches(self._more_excluded, shown)


def _first_folder(glob: str) -> str:
    """The folder that a glob begins with, between separators; empty if it is none of one name alone."""
    first, slash, _ = glob.removeprefix("/").partition("/")
    return os.sep + first + os.sep if slash and not set(first) & set("*?[]!\\ #") else ""


def _split(patterns: Sequence[Pattern], prefix: str) -> tuple[tuple[str, ...], tuple[Pattern, ...]]:
    """The patterns that are a plain name (after ``prefix``), as what a name is or ends in, and the others."""
    plain: list[str] = []
    others: list[Pattern] = []
    for pattern in patterns:
        rest = pattern.glob[len(prefix) :]
        if pattern.glob.startswith(prefix) and rest and not set(rest) & set("*?[]!/\\ #"):
            plain.append(prefix[1:] + rest)
        else:
            others.append(pattern)
    # A pattern that takes something back counts for all that went before it.
    if any(pattern.glob.startswith("!") for pattern in others):
        return (), tuple(patterns)
    return tuple(plain), tuple(others)


class _Rules:
    """One file of git's rules: of those that speak of a path itself, the last one decides.

    pathspec reads the patterns; it also lets a pattern that matches a folder decide for what is inside,
    which a search that never enters an ignored folder must not (a rule nearer to the file may differ).
    """

    def __init__(self, patterns: Sequence[Any]) -> None:
        texts = [(_itself(pattern.regex.pattern), bool(pattern.include)) for pattern in patterns]
        self._last_first = [(re.compile(text), include) for text, include in reversed(texts)]
        self._any = re.compile("|".join(f"(?:{text})" for text, _ in texts))

    def decide(self, path: str) -> bool | None:
        """Whether a path (a folder's ends in a slash) is ignored; ``None`` if nothing is said of it."""
        if self._any.search(path) is None:
            return None
        return next(include for regex, include in self._last_first if regex.search(path))


def _itself(pattern: str) -> str:
    """A pattern of pathspec's without what makes it match inside of a folder that it matches."""
    if pattern.endswith("/"):  # `a/**`: all in it, not the folder
        return pattern + "."
    return pattern.replace("(?P<ps_d>/)", r"/\Z")


class _Ignored(msgspec.Struct, frozen=True):
    """What git ignores in a folder: the folder's own rules first, then those of the folders above."""

    rules: tuple[tuple[str, _Rules], ...] = ()

    @staticmethod
    def above(base: str) -> _Ignored:
        """The rules of the folders above ``base``, up to the top of its git work tree.

        None, if they ignore ``base`` itself: who names an ignored folder wants it searched.
        """
        above: list[str] = []
        current = base
        while not os.path.lexists(os.path.join(current, ".git")):
            parent = os.path.dirname(current)
            if parent == current:
                return _Ignored()
            above.append(parent)
            current = parent
        ignored = _Ignored().below(current, os.path.join(".git", "info", "exclude"))
        for directory, inner in pairwise([*reversed(above), base]):
            ignored = ignored.below(directory, ".gitignore")
            if ignored.ignores(inner, is_folder=True):
                return _Ignored()
        return ignored

    def below(self, directory: str, name: str) -> _Ignored:
        """These rules with those of one more file."""
        path = os.path.join(directory, name)
        if not os.path.isfile(path):
            return self
        try:
            with open(path, encoding="utf-8-sig", errors="replace") as file:
                lines = [
                    line for line in file.read().splitlines() if line.strip() and not line.startswith("#")
                ]
        except OSError:
            return self
        if not lines:
            return self
        from pathspec import GitIgnoreSpec

        try:
            spec = GitIgnoreSpec.from_lines(lines)
        except ValueError:
            return self
        patterns = [pattern for pattern in spec.patterns if pattern.include is not None]
        if not patterns:
            return self
        return _Ignored(((directory.rstrip(os.sep) + os.sep, _Rules(patterns)), *self.rules))

    def ignores(self, path: str, is_folder: bool) -> bool:
        """Whether git would ignore a path in a folder that it does not; the nearest rules decide."""
        for prefix, rules in self.rules:
            decided = rules.decide(path[len(prefix) :].replace(os.sep, "/") + ("/" if is_folder else ""))
            if decided is not None:
                return decided
        return False


def is_inside(path: str, folder: str) -> bool:
    """Whether a path is a folder, or lies in it; both are absolute, or both are not."""
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)
