"""`[tool.wbcheck]` in pyproject.toml, or wbcheck.toml, as one checked value.

The nearest file that has the table counts for a source file; there is no merging up the
tree, only what `extend` names.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET

from wbcheck.settings_file import NewFiles, OutputFormat, SettingsError, Source, is_dotted, read_source, shown
from wbcheck.toml_values import Path
from wbcheck.words import suggestion

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

CACHE = ".wbcheck_cache"
FILE_NAMES = ("wbcheck.toml", "pyproject.toml")
BASELINE = "wbcheck-baseline.toml"

# What a function stands for that reads or writes data: no function of W&B's is called so.
READS, WRITES = "reads", "writes"

DEFAULT_INCLUDE = (
    "*.py",
    "*.pyi",
    "*.ipynb",
    "*.yaml",
    "*.yml",
    # Of these only the ones that give W&B something.
    "*.bash",
    "*.dockerfile",
    "*.env",
    "*.mk",
    "*.sbatch",
    "*.sh",
    "*.slurm",
    ".env.*",
    "Dockerfile*",
    "MLproject",
    "Makefile",
)
DEFAULT_EXCLUDE = (
    ".bzr",
    ".eggs",
    ".git",
    ".hg",
    ".ipynb_checkpoints",
    ".mypy_cache",
    ".nox",
    ".pytest_cache",
    ".ruff_cache",
    ".svn",
    ".tox",
    ".venv",
    CACHE,
    "__pycache__",
    "__pypackages__",
    "_build",
    "build",
    "dist",
    "node_modules",
    "site-packages",
    "venv",
    # What the SDK writes beside the code: copies of files that were logged.
    "wandb/*run-*",
)


class Pattern(msgspec.Struct, frozen=True):
    """A glob in the manner of .gitignore, and the absolute directory that it is relative to."""

    root: str
    glob: str


class PerFileIgnore(msgspec.Struct, frozen=True):
    """Selectors of rules that are silent in the files that ``pattern`` matches."""

    pattern: Pattern
    selectors: tuple[str, ...]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for a file.

    ``root`` is the absolute directory of the file that says so, ``cache_dir`` the absolute one of what is
    kept between runs, ``baseline`` the absolute path of one, empty where none is named. ``docs_url``
    is where the documentation is served, as it is written.
    """

    root: str
    sources: tuple[Source, ...] = ()
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    new_files: NewFiles | None = None
    per_file_ignores: tuple[PerFileIgnore, ...] = ()
    extend_safe_fixes: tuple[str, ...] = ()
    extend_unsafe_fixes: tuple[str, ...] = ()
    include: tuple[Pattern, ...] = ()
    exclude: tuple[Pattern, ...] = ()
    plugins: tuple[str, ...] = ()
    extra_modules: tuple[str, ...] = ()
    wrappers: dict[str, str] = {}
    loaders: tuple[str, ...] = ()
    savers: tuple[str, ...] = ()
    wandb_version: str = ""
    baseline: str = ""
    output_format: OutputFormat | None = None
    cache_dir: str = ""
    docs_url: str = ""
    fix: bool = False
    unsafe_fixes: bool = False
    rules: dict[str, dict[str, Any]] = {}

    @property
    def houses(self) -> dict[str, str]:
        """What each function of the house stands for: one of W&B's, or one that reads or writes data."""
        if not self.loaders and not self.savers:
            return self.wrappers
        return {**dict.fromkeys(self.loaders, READS), **dict.fromkeys(self.savers, WRITES), **self.wrappers}

    def error(self, path: Path, message: str, key: bool = False) -> SettingsError:
        """An error at the key path ``path`` in the nearest source that has it."""
        source = self.source_of(path)
        return SettingsError(message) if source is None else source.error(path, message, key)

    def source_of(self, path: Path) -> Source | None:
        """The nearest configuration file that says something at the key path ``path``."""
        return next((source for source in self.sources if source.at(path) is not None), None)

    def find(self, where: Path, value: str) -> tuple[Source, Path] | None:
        """The first ``value`` in the list (or table of lists) at ``where``: its file, and its path in it."""
        for source in self.sources:
            for path, item in _leaves(source.at(where), where):
                if item == value:
                    return source, path
        return None


class Resolver:
    """Finds the settings of a file, each directory and each configuration file looked at once.

    The same settings are the same object, so that what is made of them can be kept by it. ``adapt`` makes of
    what a configuration file says what holds.
    """

    def __init__(
        self, fixed: Settings | None = None, adapt: Callable[[Settings], Settings] | None = None
    ) -> None:
        self._fixed = fixed
        self._adapt = adapt
        self._directories: dict[str, Settings | None] = {}

    def for_file(self, path: str) -> Settings:
        """The settings of the file at ``path``. Raises ``SettingsError``."""
        return self.for_directory(os.path.dirname(os.path.abspath(path)))

    def for_directory(self, directory: str) -> Settings:
        """The settings of the files in ``directory``. Raises ``SettingsError``."""
        if self._fixed is not None:
            return self._fixed
        known = self._directories.get(directory)
        return known or self._nearest(os.path.abspath(directory)) or self._default

    @cached_property
    def _default(self) -> Settings:
        return default_settings(os.getcwd())

    def _nearest(self, directory: str) -> Settings | None:
        if directory not in self._directories:
            found = _read_directory(directory)
            if found is not None and self._adapt is not None:
                found = self._adapt(found)
            parent = os.path.dirname(directory)
            if found is None and parent != directory:
                found = self._nearest(parent)
            self._directories[directory] = found
        return self._directories[directory]


def load(
    config: str | None = None,
    isolated: bool = False,
    adapt: Callable[[Settings], Settings] | None = None,
) -> Resolver:
    """A resolver: for the file ``config`` alone, for no file at all, or for the nearest of each file.

    ``adapt`` makes of what the nearest file says what holds. Raises ``SettingsError`` where ``config``
    cannot be used.
    """
    if config is not None:
        source = read_source(os.path.abspath(config))
        if source is None:
            raise SettingsError(f"{shown(os.path.abspath(config))}: there is no [tool.wbcheck] in this file")
        return Resolver(_combine(source))
    return Resolver(default_settings(os.getcwd()) if isolated else None, adapt)


def default_settings(root: str) -> Settings:
    """The settings where nothing is configured, with globs relative to ``root``."""
    return Settings(
        root=root,
        cache_dir=os.path.join(root, CACHE),
        include=_patterns(root, DEFAULT_INCLUDE),
        exclude=_patterns(root, DEFAULT_EXCLUDE),
    )


def matches(patterns: Iterable[Pattern], path: str) -> bool:
    """Whether one of ``patterns`` matches the absolute ``path`` or a directory above it.

    A directory's path ends in a separator where the pattern may ask for a directory.
    """
    roots: dict[str, list[str]] = {}
    for pattern in patterns:
        roots.setdefault(pattern.root, []).append(pattern.glob)
    for root, globs in roots.items():
        prefix = root.rstrip(os.sep) + os.sep
        if path.startswith(prefix) and _spec(tuple(globs)).match_file(path[len(prefix) :]):
            return True
    return False


@cache
def _spec(globs: tuple[str, ...]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(globs)


def _read_directory(directory: str) -> Settings | None:
    for name in FILE_NAMES:
        file = os.path.join(directory, name)
        # A link that leads nowhere is told: somebody believes that it counts.
        if os.path.isfile(file) or os.path.islink(file):
            source = read_source(file)
            if source is not None:
                return _combine(source)
    return None


class _Layers:
    """A configuration file and those that it extends, the nearest first."""

    def __init__(self, nearest: Source) -> None:
        self.sources = tuple(_chain(nearest))
        self.root = os.path.dirname(nearest.file)

    def first(self, name: str) -> Source | None:
        """The nearest file that gives a key."""
        return next((one for one in self.sources if getattr(one.table, name) is not UNSET), None)

    def value(self, name: str, default: Any) -> Any:
        """What the nearest file gives for a key."""
        source = self.first(name)
        return default if source is None else getattr(source.table, name)

    def globs(self, name: str, default: tuple[str, ...]) -> tuple[Pattern, ...]:
        """The same for patterns, which are relative to the file that gives them."""
        source = self.first(name)
        if source is None:
            return _patterns(self.root, default)
        return _patterns(source.globs, getattr(source.table, name))

    def each(self, name: str) -> Iterator[tuple[Source, Any]]:
        """What the files give for a key, the nearest last."""
        for source in reversed(self.sources):
            item = getattr(source.table, name)
            if item is not UNSET:
                yield source, item

    def joined(self, name: str) -> tuple[str, ...]:
        """All that the files list under a key."""
        return tuple(dict.fromkeys(word for _, words in self.each(name) for word in words))

    def per_file_ignores(self) -> tuple[PerFileIgnore, ...]:
        silences = self.first("per_file_ignores")
        ignores = [
            *([(silences, silences.table.per_file_ignores)] if silences else []),
            *self.each("extend_per_file_ignores"),
        ]
        return tuple(
            PerFileIgnore(Pattern(source.globs, glob), words)
            for source, table in ignores
            for glob, words in table.items()
        )

    def rules(self) -> dict[str, dict[str, Any]]:
        """The rules' options, key by key, the nearest file's above the others'."""
        rules: dict[str, dict[str, Any]] = {}
        for _, tables in self.each("rules"):
            for name, options in tables.items():
                spelled = {option.replace("_", "-"): value for option, value in options.items()}
                rules[name] = {**rules.get(name, {}), **spelled}
        return rules


def _combine(nearest: Source) -> Settings:
    layers = _Layers(nearest)
    value = layers.value
    plugins, cache = layers.first("plugins"), layers.first("cache_dir")
    return Settings(
        root=layers.root,
        sources=layers.sources,
        select=value("select", None),
        ignore=value("ignore", ()),
        extend_select=layers.joined("extend_select"),
        new_files=value("new_files", None),
        per_file_ignores=layers.per_file_ignores(),
        extend_safe_fixes=layers.joined("extend_safe_fixes"),
        extend_unsafe_fixes=layers.joined("extend_unsafe_fixes"),
        include=layers.globs("include", DEFAULT_INCLUDE),
        exclude=(
            *layers.globs("exclude", DEFAULT_EXCLUDE),
            *(
                one
                for source, words in layers.each("extend_exclude")
                for one in _patterns(source.globs, words)
            ),
        ),
        plugins=()
        if plugins is None
        else tuple(_plugin(plugins, name) for name in plugins.table.plugins or ()),
        extra_modules=value("extra_modules", ()),
        wrappers=value("wrappers", {}),
        loaders=value("loaders", ()),
        savers=value("savers", ()),
        wandb_version=value("wandb_version", ""),
        baseline=_baseline(layers.first("baseline")),
        output_format=value("output_format", None),
        cache_dir=os.path.join(layers.root, CACHE)
        if cache is None
        else _beside(cache, str(cache.table.cache_dir)),
        docs_url=value("docs_url", ""),
        fix=value("fix", False),
        unsafe_fixes=value("unsafe_fixes", False),
        rules=layers.rules(),
    )


def _baseline(source: Source | None) -> str:
    """The absolute path of the baseline that a file names; a shared profile's is the project's own."""
    if source is None or source.table.baseline is UNSET:
        return ""
    return os.path.normpath(os.path.join(source.globs, os.path.expanduser(source.table.baseline)))


def _chain(source: Source) -> Iterator[Source]:
    seen = {os.path.realpath(source.file)}
    globs = source.globs
    while True:
        yield source
        target = source.table.extend
        if target is UNSET:
            return
        file, shared = _extended(source, target)
        if os.path.realpath(file) in seen:
            raise source.error(("extend",), f"`{target}` extends this file again")
        if not os.path.isfile(file):
            hint = _near(os.path.dirname(file), os.path.basename(file))
            raise source.error(("extend",), f"there is no file `{shown(file)}`{hint}")
        seen.add(os.path.realpath(file))
        # A profile inside a package has no files of its own to match: its globs are the extending project's.
        following = read_source(file, globs if shared else None)
        if following is None:
            raise source.error(("extend",), f"there is no [tool.wbcheck] in `{shown(file)}`")
        source = following


def _extended(source: Source, target: str) -> tuple[str, bool]:
    """The file that ``extend`` names, and whether it lies in an installed package."""
    package, colon, inside = target.partition(":")
    if not colon or len(package) < 2 or not is_dotted(package):
        return _beside(source, target), False
    import importlib.util

    top, *rest = package.split(".")
    spec = importlib.util.find_spec(top)
    if spec is None or not spec.submodule_search_locations:
        raise source.error(("extend",), f"no package `{top}` is installed here")
    for folder in spec.submodule_search_locations:
        file = os.path.join(folder, *rest, inside)
        if os.path.isfile(file):
            return os.path.abspath(file), True
    hints = (_near(os.path.join(folder, *rest), inside) for folder in spec.submodule_search_locations)
    hint = next(filter(None, hints), "")
    raise source.error(("extend",), f"the package `{package}` has no file `{inside}`{hint}")


def _near(folder: str, name: str) -> str:
    """A suggestion, where a folder has a configuration file with a name that is near."""
    try:
        return suggestion(name, [each for each in os.listdir(folder) if each.endswith(".toml")])
    except OSError:
        return ""


def _beside(source: Source, path: str) -> str:
    """A path that a configuration file names, absolute."""
    return os.path.normpath(os.path.join(os.path.dirname(source.file), os.path.expanduser(path)))


def _plugin(source: Source, name: str) -> str:
    """A plug-in as an absolute directory, where it names one, else as the package's name."""
    local = os.path.normpath(os.path.join(os.path.dirname(source.file), name))
    if not is_dotted(name) or os.path.isdir(local):
        return local
    return name


def _patterns(root: str, globs: Iterable[str]) -> tuple[Pattern, ...]:
    return tuple(Pattern(root, glob) for glob in globs)


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(item, (*path, index))
    else:
        yield path, value
