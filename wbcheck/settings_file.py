"""One configuration file, read and checked: the keys there are, and errors that point into it.

Every error says file, line and column, shows the line of TOML with the place underlined,
and suggests what was probably meant.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import UNSET, UnsetType

from wbcheck import __version__

Path = tuple[str | int, ...]
Kind = TypeVar("Kind", bound=msgspec.Struct)


_FEW = 4
"""Up to as many keys are all named where none is near to what was written."""


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


def suggestion(word: str, known: Iterable[str]) -> str:
    """`` did you mean …?`` with the word of ``known`` nearest to ``word``, or nothing."""
    from difflib import get_close_matches

    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean `{near[0]}`?" if near else ""


def convert_table(
    raw: Mapping[str, Any],
    kind: type[Kind],
    fail: Callable[[Path, str, bool], Exception],
    known: str = "key",
) -> Kind:
    """``raw`` as a ``kind``, each key spelled with hyphens or as the field is.

    ``fail`` makes the exception that is raised for a path within ``raw``, a message, and
    whether the key (rather than the value) is at fault.
    """
    fields = {name: item for item in msgspec.structs.fields(kind) for name in _spellings(item)}
    values: dict[str, Any] = {}
    for key, value in raw.items():
        item = fields.get(key)
        if item is None:
            names = dict.fromkeys(_hyphened(item.name) for item in fields.values())
            hint = suggestion(key, names)
            if not hint and len(names) <= _FEW:
                hint = f"; there is {', '.join(f'`{name}`' for name in names)}"
            raise fail((key,), f"unknown {known} `{key}`{hint}", True)
        if item.name in values:
            raise fail((key,), _given_twice(key), True)
        inner = _plain(item.type)
        if isinstance(value, dict) and isinstance(inner, type) and issubclass(inner, msgspec.Struct):

            def deeper(path: Path, message: str, is_key: bool, key: str = key) -> Exception:
                return fail((key, *path), message, is_key)

            values[item.name] = convert_table(value, inner, deeper, known)
            continue
        try:
            values[item.name] = msgspec.convert(value, item.type)
        except msgspec.ValidationError as error:
            raise fail(*_blame(value, item.type, (key,), error), False) from None
    for item in msgspec.structs.fields(kind):
        if item.required and item.name not in values:
            raise fail((), f"`{_hyphened(item.name)}` is missing", True)
    return kind(**values)


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
                raise source.error(("rules", name, option), _given_twice(option), True)


def _given_twice(key: str) -> str:
    return f"`{key}` is given twice, with `-` and with `_`"


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


def _blame(value: Any, kind: Any, path: Path, error: msgspec.ValidationError) -> tuple[Path, str]:
    """The innermost place that does not fit, and what is wrong there."""
    kind = _plain(kind)
    inner: list[tuple[str | int, Any, Any]] = []
    if _is_table(kind) and isinstance(value, dict):
        inner = [(key, item, get_args(kind)[1]) for key, item in value.items()]
    elif get_origin(kind) in _LISTS and isinstance(value, list):
        inner = [(index, item, get_args(kind)[0]) for index, item in enumerate(value)]
    for key, item, inner_kind in inner:
        try:
            msgspec.convert(item, inner_kind)
        except msgspec.ValidationError as deeper:
            return _blame(item, inner_kind, (*path, key), deeper)
    name = ".".join(str(part) for part in path if isinstance(part, str))
    where = f"an item of `{name}`" if isinstance(path[-1], int) else f"`{name}`"
    choices = _choices(kind)
    if choices and isinstance(value, str):
        listing = ", ".join(f"`{choice}`" for choice in choices)
        return path, f"{where} must be one of {listing}, not `{value}`{suggestion(value, choices)}"
    expected = _kind_words(kind)
    if expected is None:
        return path, f"{where}: {error}"
    return path, f"{where} must be {expected}, not {_value_words(value)}"


_LISTS = (list, tuple, set, frozenset)


def _plain(kind: Any) -> Any:
    """A type without what is said about it, and without its being left out."""
    while True:
        if get_origin(kind) is Annotated:
            kind = get_args(kind)[0]
            continue
        options = [one for one in get_args(kind) if one not in (UnsetType, type(None))]
        if get_origin(kind) not in (Union, UnionType) or len(options) != 1:
            return kind
        kind = options[0]


def _is_table(kind: Any) -> bool:
    origin = get_origin(kind)
    return isinstance(origin, type) and issubclass(origin, Mapping)


def _choices(kind: Any) -> tuple[str, ...]:
    """The words of a type that is a choice of some."""
    if get_origin(kind) is Literal:
        return tuple(str(choice) for choice in get_args(kind))
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return tuple(str(member) for member in kind)
    return ()


def _kind_words(kind: Any) -> str | None:
    kind = _plain(kind)
    words = {str: "a string", bool: "true or false", int: "a whole number", float: "a number"}
    if kind in words:
        return words[kind]
    if get_origin(kind) in _LISTS:
        item = _plain(get_args(kind)[0])
        inner = {str: "strings", int: "whole numbers", float: "numbers"}.get(item)
        inner = "strings" if _choices(item) else "lists" if get_origin(item) in _LISTS else inner
        return f"a list of {inner}" if inner else "a list"
    if _is_table(kind) or (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        return "a table"
    if _choices(kind):
        return "one of " + ", ".join(f"`{choice}`" for choice in _choices(kind))
    return None


def _value_words(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    for kind, words in ((str, "a string"), (int, "a whole number"), (float, "a number"), (list, "a list")):
        if isinstance(value, kind):
            return words
    return "a table" if isinstance(value, dict) else "a date or time"


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


def _hyphened(name: str) -> str:
    return name.replace("_", "-")


def _spellings(item: msgspec.structs.FieldInfo) -> tuple[str, ...]:
    return (_hyphened(item.name), item.encode_name, item.name)
