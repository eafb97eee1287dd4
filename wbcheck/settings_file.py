"""One configuration file, read and checked: the keys there are, and errors that point into it.

Every error says file, line and column, shows the line of TOML with the place underlined,
and suggests what was probably meant.
"""

from __future__ import annotations

import os
import re
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from wbcheck import __version__
from wbcheck.toml_values import Path, convert_table, given_twice


class SettingsError(Exception):
    """Wrong configuration; ``str()`` is the whole text to print."""


class OutputFormat(StrEnum):
    """How findings are printed."""

    FULL = "full"
    CONCISE = "concise"
    GROUPED = "grouped"
    JSON = "json"
    JSON_LINES = "json-lines"
    SARIF = "sarif"
    GITHUB = "github"
    GITLAB = "gitlab"
    JUNIT = "junit"
    RDJSON = "rdjson"
    AZURE = "azure"
    LSP = "lsp"
    HTML = "html"


class NewFiles(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """The keys of ``[tool.wbcheck.new-files]``: what more is asked of files that are new since a revision."""

    since: str
    extend_select: tuple[str, ...] = ()


class Table(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """The keys of ``[tool.wbcheck]`` and their types, as they are written."""

    extend: str | UnsetType = UNSET
    required_version: str | UnsetType = UNSET
    wandb_version: str | UnsetType = UNSET
    select: tuple[str, ...] | UnsetType = UNSET
    ignore: tuple[str, ...] | UnsetType = UNSET
    extend_select: tuple[str, ...] | UnsetType = UNSET
    new_files: NewFiles | UnsetType = UNSET
    per_file_ignores: dict[str, tuple[str, ...]] | UnsetType = UNSET
    extend_per_file_ignores: dict[str, tuple[str, ...]] | UnsetType = UNSET
    extend_safe_fixes: tuple[str, ...] | UnsetType = UNSET
    extend_unsafe_fixes: tuple[str, ...] | UnsetType = UNSET
    include: tuple[str, ...] | UnsetType = UNSET
    exclude: tuple[str, ...] | UnsetType = UNSET
    extend_exclude: tuple[str, ...] | UnsetType = UNSET
    plugins: tuple[str, ...] | UnsetType = UNSET
    extra_modules: tuple[str, ...] | UnsetType = UNSET
    wrappers: dict[str, str] | UnsetType = UNSET
    loaders: tuple[str, ...] | UnsetType = UNSET
    savers: tuple[str, ...] | UnsetType = UNSET
    baseline: str | UnsetType = UNSET
    output_format: OutputFormat | UnsetType = UNSET
    cache_dir: str | UnsetType = UNSET
    docs_url: str | UnsetType = UNSET
    fix: bool | UnsetType = UNSET
    unsafe_fixes: bool | UnsetType = UNSET
    rules: dict[str, dict[str, Any]] | UnsetType = UNSET


class Source(msgspec.Struct, frozen=True):
    """One configuration file: what it says, and enough to point into it."""

    file: str
    text: str
    prefix: Path
    table: Table
    raw: dict[str, Any]
    globs: str

    def error(self, path: Path, message: str, key: bool = False) -> SettingsError:
        """An error at the value (or the key) of ``path`` in this file, ready to raise."""
        from wbcheck.toml_places import find_places

        places = find_places(self.text)
        full = (*self.prefix, *self.spelled(path))
        while full and full not in places:
            full = full[:-1]
        place = places.get(full)
        span = (0, 0) if place is None else place.key if key else place.value
        return SettingsError(_point(self.file, self.text, span, message))

    def at(self, path: Path) -> Any:
        """What this file says at ``path``; ``None`` where that is nothing (TOML has no such value)."""
        value: Any = self.raw
        for step in self.spelled(path):
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def row(self, path: Path) -> int:
        """The 1-based line of the key (of a list's item: of the item) at ``path``, which this file has."""
        from wbcheck.toml_places import find_places

        place = find_places(self.text)[(*self.prefix, *self.spelled(path))]
        return self.text.count("\n", 0, place.key[0]) + 1

    def spelled(self, path: Path) -> Path:
        """``path`` as this file writes it: a key may have underscores in the place of hyphens."""
        value: Any = self.raw
        found: Path = ()
        for step in path:
            if isinstance(step, str) and isinstance(value, dict) and step not in value:
                other = step.replace("-", "_")
                step = other if other in value else step
            found = (*found, step)
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                value = None
        return found


def read_source(file: str, globs: str | None = None) -> Source | None:
    """The configuration in ``file``, or ``None`` for a pyproject.toml without our table."""
    is_shared = os.path.basename(file) == "pyproject.toml"
    try:
        with open(file, "rb") as stream:
            data = stream.read()
    except OSError as error:
        raise SettingsError(f"{shown(file)}: {_reason(error)}") from None
    if is_shared and b"wbcheck" not in data:
        return None
    text, top = _parse(file, data)
    values: Any = top
    prefix: Path = ()
    if is_shared:
        tool = top.get("tool")
        if not isinstance(tool, dict) or "wbcheck" not in tool:
            return None
        prefix, values = ("tool", "wbcheck"), tool["wbcheck"]
    directory = globs or os.path.dirname(file)
    source = Source(file, text, prefix, Table(), values if isinstance(values, dict) else {}, directory)
    if not isinstance(values, dict):
        raise source.error((), "`tool.wbcheck` must be a table")
    if not is_shared and "tool" in top:
        raise source.error(("tool",), "in this file the keys stand at the top, without [tool.wbcheck]", True)
    table = convert_table(values, Table, source.error)
    source = msgspec.structs.replace(source, table=table)
    _check(source)
    return source


def _parse(file: str, data: bytes) -> tuple[str, dict[str, Any]]:
    import tomllib

    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingsError(f"{shown(file)}: not UTF-8 (byte {error.start})") from None
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        match = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", message)
        at = len(text.rstrip())
        if match and match.group(1):
            lines = text.split("\n")
            at = sum(len(line) + 1 for line in lines[: int(match.group(1)) - 1]) + int(match.group(2)) - 1
        words = message[: match.start()] if match else message
        raise SettingsError(_point(file, text, (at, at), f"not TOML: {words}")) from None
    except RecursionError:
        raise SettingsError(f"{shown(file)}: nested too deeply") from None
    except ValueError:
        raise SettingsError(f"{shown(file)}: a number in it is too long") from None


def _check(source: Source) -> None:
    """What types cannot say: versions and dotted names."""
    table = source.table
    if table.required_version is not UNSET:
        try:
            fits = version_fits(__version__, table.required_version)
        except ValueError as error:
            raise source.error(("required-version",), str(error)) from None
        if not fits:
            raise source.error(
                ("required-version",),
                f"this project asks for wbcheck {table.required_version}; this is {__version__}",
            )
    if table.wandb_version is not UNSET:
        from wbcheck.sdk import known_versions

        try:
            known_versions(table.wandb_version, "")
        except ValueError as error:
            raise source.error(("wandb-version",), str(error)) from None
    _check_options(source)
    _check_names(source)
    _check_globs(source)


def _check_options(source: Source) -> None:
    """No option is given twice; which there are is known where the rules are."""
    for name, options in (source.table.rules or {}).items():
        for option in options:
            if "_" in option and option.replace("_", "-") in options:
                raise source.error(("rules", name, option), given_twice(option), True)


def _check_names(source: Source) -> None:
    table = source.table
    for index, name in enumerate(table.extra_modules or ()):
        if not is_dotted(name):
            raise source.error(("extra-modules", index), f"`{name}` is not the dotted name of a module")
    for key, names in (("loaders", table.loaders), ("savers", table.savers)):
        for index, name in enumerate(names or ()):
            if not is_dotted(name):
                raise source.error((key, index), f"`{name}` is not the name of a function or method")
    for name, target in (table.wrappers or {}).items():
        if not is_dotted(name) or "." not in name:
            raise source.error(("wrappers", name), f"`{name}` is not the dotted name of a function", True)
        if not is_dotted(target) or not target.startswith("wandb."):
            raise source.error(
                ("wrappers", name), "a wrapper stands for a W&B function, such as `wandb.init`"
            )
        if name == "wandb" or name.startswith("wandb."):
            raise source.error(("wrappers", name), f"`{name}` is W&B's own and stands for itself", True)
        wrong = _no_function(target)
        if wrong:
            raise source.error(("wrappers", name), wrong)


def _no_function(target: str) -> str:
    """Why nothing can be a wrapper of a dotted path of W&B's; empty where it can, or that is not known."""
    from difflib import get_close_matches

    from wbcheck import sdk

    owner, _, name = target.rpartition(".")
    owner = "Run" if owner in ("wandb.Run", "wandb.run") else owner
    latest = sdk.latest()
    if any(sdk.has(owner, name, version) is not False for version in reversed(sdk.releases())):
        if sdk.kind(owner, name, latest) != "M":
            return ""
        return f"`{target}` is a module: what stands for one is named in `extra-modules`"
    spelled = "wandb.Run" if owner == "Run" else owner
    known = {one: f"{spelled}.{one}" for one in sdk.names(owner, latest)}
    if owner == "wandb" and name in sdk.names("Run", latest):
        known = {name: f"wandb.Run.{name}"}
    near = get_close_matches(name, known, n=1)
    return f"W&B has no `{target}`" + (f"; did you mean `{known[near[0]]}`?" if near else "")


def _check_globs(source: Source) -> None:
    table = source.table
    places: list[tuple[Path, str]] = []
    for key, globs in (
        ("include", table.include),
        ("exclude", table.exclude),
        ("extend-exclude", table.extend_exclude),
    ):
        places += [((key, index), glob) for index, glob in enumerate(globs or ())]
    for key, silences in (
        ("per-file-ignores", table.per_file_ignores),
        ("extend-per-file-ignores", table.extend_per_file_ignores),
    ):
        places += [((key, glob), glob) for glob in silences or ()]
    if not places:
        return
    from pathspec import GitIgnoreSpec

    for path, glob in places:
        try:
            usable = any(pattern.include is not None for pattern in GitIgnoreSpec.from_lines([glob]).patterns)
        except ValueError:
            usable = False
        if not usable:
            raise source.error(path, f"`{glob}` is not a pattern that can match a file", True)


def version_fits(version: str, wanted: str) -> bool:
    """Whether ``version`` (``1.2.3``) meets ``wanted`` (``>=1.2,<2``; a bare version is exact).

    Raises ``ValueError`` where ``wanted`` is no such text.
    """
    have = _release(version)
    for clause in wanted.split(","):
        match = re.fullmatch(r"\s*(==|!=|>=|<=|>|<|~=)?\s*(\d+(?:\.\d+)*)\s*", clause)
        if match is None:
            raise ValueError(f"`{clause.strip()}` is not a version clause such as `>=0.1`")
        want = _release(match.group(2))
        operator = match.group(1) or "=="
        length = match.group(2).count(".")
        answer = {
            "==": have == want,
            "!=": have != want,
            ">=": have >= want,
            "<=": have <= want,
            ">": have > want,
            "<": have < want,
            "~=": have >= want and have[:length] == want[:length],
        }[operator]
        if not answer:
            return False
    return True


def _release(version: str) -> tuple[int, ...]:
    numbers = [int(part) for part in re.findall(r"\d+", version)[:4]]
    return tuple(numbers + [0] * (4 - len(numbers)))


# Saying what is wrong


def _point(file: str, text: str, span: tuple[int, int], message: str) -> str:
    start, end = span
    head = text.rfind("\n", 0, start) + 1
    tail = text.find("\n", start)
    line = text[head : len(text) if tail < 0 else tail].rstrip("\r")
    row = text.count("\n", 0, start) + 1
    number = str(row)
    margin = " " * len(number)
    lead = "".join("\t" if one == "\t" else " " for one in line[: start - head])
    marks = "^" * max(1, min(end, head + len(line)) - start)
    line = "".join(one if one.isprintable() or one == "\t" else "\N{REPLACEMENT CHARACTER}" for one in line)
    return (
        f"{shown(file)}:{row}:{start - head + 1}: {message}\n"
        f"{margin} |\n{number} | {line}\n{margin} | {lead}{marks}"
    )


def shown(file: str) -> str:
    try:
        relative = os.path.relpath(file)
    except ValueError:
        return file
    return file if relative.startswith(os.pardir) else relative


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def is_dotted(name: str) -> bool:
    return bool(name) and all(part.isidentifier() for part in name.split("."))
