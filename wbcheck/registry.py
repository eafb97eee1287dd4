"""Which rules there are: read from their files without importing them, and loaded by code when needed.

A *pack* is a folder of rules: the built-in one (the package ``wbcheck_rules``) and those that
the setting ``plugins`` names, importable packages or local folders. Every module in it that has a
``RULE`` is a rule; its category is the folder that it lies in.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from functools import lru_cache
from types import ModuleType
from typing import TYPE_CHECKING

import msgspec

from wbcheck.selection import PRESETS

if TYPE_CHECKING:
    from wbcheck.rule import LoadedRule, Page

BUILT_IN = "wbcheck_rules"
OWN = "WB"
"""What the codes of the built-in rules begin with, and no others."""
_PRIVATE = "_wbcheck_pack_"

_RULE = re.compile(r"^RULE\b[^=\n]*=\s*Rule\((.*?)^\)", re.MULTILINE | re.DOTALL)
# One field a line, as all rules are laid out; anything else is left to `ast`.
_FIELD = re.compile(r"^ {4}(\w+)=(.*?),?\s*$", re.MULTILINE)
_WORD = re.compile(r"""(["'])([^"'\\]*)\1""")
# What is plain enough to be read as it stands: one literal, a choice, a tuple of literals.
_PLAIN = re.compile(r"""(["'])[^"'\\]*\1|[\w.]+|\((?:(["'])[^"'\\]*\2,?\s*)*\)""")
_CHOICE = re.compile(r"""(?:[\w.]*\.)?(\w+)|\w+\((["'])(\w+)\2\)""")
_CODE, _NAME, _ANY = re.compile(r"[A-Z]+\d{3}"), re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*"), re.compile(r".*")
_STATIC = ("code", "name", "preset", "fix", "since", "aliases", "preview", "made_by_engine")
_HEADING = re.compile(r"^(Why it matters|When to ignore):", re.MULTILINE)


class RegistryError(Exception):
    """A pack or a rule that cannot be used: ``message`` names it and its file, and says why.

    ``plugin`` is the pack's name where it is the pack as a whole that cannot be used.
    """

    def __init__(self, message: str, plugin: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.plugin = plugin


class RuleInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a rule without importing it.

    ``preset`` and ``fix`` are the words of ``Preset`` and ``Applicability`` (``fix`` empty for none).
    ``module`` is the name under which it is imported, ``pack`` the plugin as the setting names it.
    """

    code: str
    name: str
    preset: str
    category: str
    aliases: tuple[str, ...] = ()
    fix: str = ""
    since: str = ""
    preview: bool = False
    made_by_engine: bool = False
    module: str
    path: str
    pack: str

    @property
    def page(self) -> str:
        """The rule's page on the documentation's site, from its root; empty for other packs' rules."""
        return f"rules/{self.name}.html" if self.pack == BUILT_IN else ""


class Pack(msgspec.Struct, frozen=True):
    """A folder of rules: how the setting calls it, the package it is imported as, and where it lies."""

    name: str
    package: str
    directory: str


@lru_cache(maxsize=16)
def codes(plugins: tuple[str, ...] = ()) -> dict[str, RuleInfo]:
    """Every rule by its code: the built-in ones and those of ``plugins``, in the order of the codes.

    A plugin is an importable package's name, or a folder's path. No rule is imported. Raises
    ``RegistryError`` where a plugin is not there, a rule cannot be read, or two share a code or a name.
    """
    found: dict[str, RuleInfo] = {}
    names: dict[str, RuleInfo] = {}
    packs = {pack.directory: pack for pack in map(find_pack, (BUILT_IN, *plugins))}
    for pack in packs.values():
        infos = list(read_pack(pack))
        if not infos:
            raise RegistryError(f"plugin `{pack.name}`: there are no rules in it", pack.name)
        for info in infos:
            for table, keys in ((found, (info.code,)), (names, (info.name, *info.aliases))):
                for key in keys:
                    other = table.setdefault(key, info)
                    if other is not info:
                        _refuse_copy(info, other, pack)
                        raise RegistryError(f"{key} is defined twice: {other.path} and {info.path}")
            if info.code.startswith(OWN) and pack.name != BUILT_IN:
                raise RegistryError(f"{info.path}: `{info.code}`: the letters {OWN} are the built-in rules'")
    return dict(sorted(found.items()))


def _refuse_copy(info: RuleInfo, other: RuleInfo, pack: Pack) -> None:
    """Say so where a pack is the built-in one of another wbcheck: a checkout beside what is installed."""
    if other.pack == BUILT_IN and (info.code, info.name) == (other.code, other.name):
        own = _package_directory(BUILT_IN)
        raise RegistryError(
            f"`{pack.name}` holds the rules of another wbcheck; this one has those in {own}: "
            "run the wbcheck that they belong to",
            pack.name,
        )


def load(code: str, plugins: tuple[str, ...] = ()) -> LoadedRule:
    """The rule of this code, its module imported now.

    Raises ``RegistryError`` for an unknown code, and for a module that cannot be imported or is no rule.
    """
    info = codes(plugins).get(code)
    if info is None:
        raise RegistryError(f"no rule has the code {code}")
    return load_rule(info)


@lru_cache(maxsize=512)
def load_rule(info: RuleInfo) -> LoadedRule:
    """The rule that ``info`` describes. Raises ``RegistryError`` as ``load`` does."""
    from wbcheck.rule import LoadedRule, Proof, Rule, Unproven

    module = _import(info)
    rule = getattr(module, "RULE", None)
    check = getattr(module, "check", None)
    check_tree = getattr(module, "check_tree", None)
    if not isinstance(rule, Rule):
        raise RegistryError(f"{info.path}: RULE is no Rule")
    if check is None and check_tree is None and not rule.made_by_engine:
        raise RegistryError(f"{info.path}: there is no function `check` or `check_tree`")
    proof = getattr(module, "PROOF", ())
    return LoadedRule(
        rule=rule,
        check=check,
        check_tree=check_tree,
        examples=tuple(getattr(module, "EXAMPLES", ())),
        proofs=(proof,) if isinstance(proof, Proof | Unproven) else tuple(proof),
        page=page_of(module.__doc__ or ""),
        module=info.module,
        path=info.path,
        category=info.category,
    )


def page_of(docstring: str) -> Page:
    """A rule's docstring in its parts. Parts that are not there are empty."""
    from wbcheck.rule import Page

    whole = docstring.strip()
    pieces = _HEADING.split(whole)
    parts = {heading: text.strip() for heading, text in zip(pieces[1::2], pieces[2::2], strict=True)}
    return Page(pieces[0].strip(), parts.get("Why it matters", ""), parts.get("When to ignore", ""), whole)


def find_pack(plugin: str) -> Pack:
    """The pack that a plugin setting, or a path given to ``test-rules``, names.

    A path inside an importable pack's folder is that pack, so that no rule is loaded twice. Raises
    ``RegistryError``.
    """
    if os.sep in plugin or "/" in plugin or plugin.startswith(".") or os.path.isdir(plugin):
        return _folder(plugin)
    try:
        directory = _package_directory(plugin)
    except (Exception, SystemExit) as error:
        raise RegistryError(f"plugin `{plugin}` cannot be imported: {_said(error)}", plugin) from error
    if directory is None:
        raise RegistryError(f"plugin `{plugin}`: there is no package of this name", plugin)
    return Pack(plugin, plugin, directory)


def read_pack(pack: Pack) -> Iterator[RuleInfo]:
    """The rules of a pack, in the order of their paths. Raises ``RegistryError``."""
    for path in _modules(pack.directory):
        try:
            with open(path, encoding="utf-8") as file:
                text = file.read()
        except (OSError, UnicodeDecodeError) as error:
            raise RegistryError(f"{path} cannot be read: {_said(error)}") from None
        found = _RULE.search(text)
        if found is None and not re.search(r"^RULE\b", text, re.MULTILINE):
            continue
        fields = _fields_by_line(found.group(1)) if found else {}
        if not {"code", "name", "preset"} <= fields.keys() or not all(map(_PLAIN.fullmatch, fields.values())):
            fields = _fields_by_ast(text, path)
        inner = os.path.relpath(path, pack.directory).removesuffix(".py").split(os.sep)
        yield RuleInfo(
            code=_word(fields, "code", path, _CODE),
            name=_word(fields, "name", path, _NAME),
            preset=_preset(fields, path),
            category=inner[-2] if len(inner) > 1 else os.path.basename(pack.directory),
            aliases=tuple(match.group(2) for match in _WORD.finditer(fields.get("aliases", ""))),
            fix=_choice(fields, "fix"),
            since=_word(fields, "since", path, _ANY),
            preview=fields.get("preview") == "True",
            made_by_engine=fields.get("made_by_engine") == "True",
            module=".".join([pack.package, *inner]),
            path=path,
            pack=pack.name,
        )


def _modules(directory: str) -> Iterator[str]:
    for folder, folders, files in os.walk(directory):
        folders[:] = sorted(name for name in folders if name != "__pycache__" and not name.startswith("."))
        for name in sorted(files):
            if name.endswith(".py") and name != "__init__.py":
                yield os.path.join(folder, name)


def _fields_by_line(body: str) -> dict[str, str]:
    return {name: value for name, value in _FIELD.findall(body) if name in _STATIC}


def _fields_by_ast(text: str, path: str) -> dict[str, str]:
    """The fields of a ``RULE`` that is laid out in some other way, as source."""
    import ast

    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        raise RegistryError(f"{path}: {error}") from None
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        value = getattr(node, "value", None)
        if isinstance(value, ast.Call) and any(isinstance(t, ast.Name) and t.id == "RULE" for t in targets):
            return {word.arg: ast.unparse(word.value) for word in value.keywords if word.arg in _STATIC}
    return {}


def _word(fields: dict[str, str], name: str, path: str, form: re.Pattern[str]) -> str:
    """A field that must be a literal of this form. Raises ``RegistryError`` where it is not."""
    literal = _WORD.fullmatch(fields.get(name, ""))
    if literal is None:
        raise RegistryError(f"{path}: RULE's `{name}` must be written out")
    if form.fullmatch(literal.group(2)) is None:
        raise RegistryError(f"{path}: {literal.group(2)!r} is no {name}: see `AC101`, `house-name`")
    return literal.group(2)


def _preset(fields: dict[str, str], path: str) -> str:
    preset = _choice(fields, "preset")
    if preset not in PRESETS:
        raise RegistryError(f"{path}: RULE's `preset` must be one of {', '.join(PRESETS)}")
    return preset


def _choice(fields: dict[str, str], name: str) -> str:
    """The word of a choice: of ``Preset.GUIDE`` or ``Preset("guide")``; empty for ``None`` and all else."""
    found = _CHOICE.fullmatch(fields.get(name, ""))
    word = (found.group(1) or found.group(3)).lower() if found else ""
    return "" if word == "none" else word


def _import(info: RuleInfo) -> ModuleType:
    from importlib import import_module

    try:
        return import_module(info.module)
    except (Exception, SystemExit) as error:
        message = f"rule {info.code} of `{info.pack}` ({info.path}) cannot be loaded: {_said(error)}"
        raise RegistryError(message) from error


def _said(error: BaseException) -> str:
    """What an error says, in one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _package_directory(package: str) -> str | None:
    """Where a package lies; only the packages around it are imported, never a rule.

    Raises whatever those packages raise.
    """
    from importlib.util import find_spec

    try:
        spec = find_spec(package)
    except (ModuleNotFoundError, ValueError):
        return None
    places = [] if spec is None else list(spec.submodule_search_locations or ())
    return os.path.realpath(places[0]) if places else None


def _folder(path: str) -> Pack:
    directory = os.path.realpath(path)
    if not os.path.isdir(directory):
        raise RegistryError(f"plugin `{path}`: there is no such folder", path)
    built_in = _package_directory(BUILT_IN)
    if built_in is not None and _is_inside(directory, built_in):
        return Pack(BUILT_IN, BUILT_IN, built_in)
    while os.path.isfile(os.path.join(os.path.dirname(directory), "__init__.py")):
        directory = os.path.dirname(directory)
    package = _PRIVATE + re.sub(r"\W", "_", directory)
    if package not in sys.modules:
        # A package of its own name, so that a folder called `rules` or `json` hides nothing.
        module = ModuleType(package)
        module.__path__ = [directory]
        sys.modules[package] = module
    return Pack(path, package, directory)


def _is_inside(path: str, directory: str) -> bool:
    return path == directory or path.startswith(directory + os.sep)


def lying_under(infos: Sequence[RuleInfo], under: str) -> tuple[RuleInfo, ...]:
    """Those rules whose files lie under a path: what ``test-rules rules/identity`` means."""
    root = os.path.realpath(under)
    return tuple(info for info in infos if _is_inside(os.path.realpath(info.path), root))
