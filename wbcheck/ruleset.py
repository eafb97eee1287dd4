"""The rules that hold under some settings: chosen, configured, and loaded when the first file needs them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec

from wbcheck.diagnostic import Applicability, Severity
from wbcheck.registry import RegistryError, RuleInfo, codes, load_rule
from wbcheck.selection import Layer, Match, SelectorError, choose, codes_of, find
from wbcheck.settings import Settings, matches
from wbcheck.settings_file import Path, convert_table, suggestion

if TYPE_CHECKING:
    from wbcheck.rule import LoadedRule, Options

_SEVERITIES = {"essential": Severity.ERROR, "all": Severity.INFO}


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line asks for, on top of the settings.

    ``fixable`` is ``None`` where every fix is welcome. ``wandb_version`` is a specifier or empty.
    """

    layer: Layer = Layer()
    fixable: tuple[str, ...] | None = None
    unfixable: tuple[str, ...] = ()
    wandb_version: str = ""


class Active(msgspec.Struct, frozen=True):
    """A rule that runs, with its options as configured."""

    info: RuleInfo
    rule: LoadedRule
    options: Options | None


class Ruleset:
    """The rules under one ``Settings``.

    Making one checks every selector and every rule option: raises ``SettingsError`` for what the
    configuration says, ``SelectorError`` for the command line, ``RegistryError`` for plug-ins.
    """

    def __init__(self, settings: Settings, wish: Wish) -> None:
        self.settings = settings
        self.catalogue = catalogue(settings)
        self._check_selectors()
        own = Layer(settings.select, settings.extend_select, settings.ignore)
        self.codes = choose(self.catalogue, (own, wish.layer))
        fixable = None if wish.fixable is None else codes_of(self.catalogue, wish.fixable)
        unfixable = codes_of(self.catalogue, wish.unfixable)
        self._fixable = (self.codes if fixable is None else fixable) - unfixable
        self._made_safe = codes_of(self.catalogue, settings.extend_safe_fixes)
        self._made_unsafe = codes_of(self.catalogue, settings.extend_unsafe_fixes)
        self._options = dict(self._read_options())

    @cached_property
    def active(self) -> tuple[Active, ...]:
        """The chosen rules in the order of their codes, imported now."""
        chosen = [self.catalogue[code] for code in sorted(self.codes)]
        return tuple(Active(info, load_rule(info), self._options.get(info.code)) for info in chosen)

    def in_file(self, absolute: str, role: str) -> frozenset[str]:
        """The codes that judge one file: less what its role and ``per-file-ignores`` silence."""
        kept = self.codes
        if role == "test":
            kept = frozenset(code for code in kept if self.catalogue[code].preset == "essential")
        for silence in self.settings.per_file_ignores:
            if matches((silence.pattern,), absolute):
                kept -= codes_of(self.catalogue, silence.selectors)
        return kept

    def severity(self, code: str) -> Severity:
        """How bad a finding of a rule is."""
        info = self.catalogue.get(code)
        return Severity.ERROR if info is None else _SEVERITIES.get(info.preset, Severity.WARNING)

    def applicability(self, code: str, stated: Applicability) -> Applicability | None:
        """How a fix of a rule may be applied here; ``None`` for not at all."""
        if code not in self._fixable:
            return None
        if code in self._made_unsafe:
            return Applicability.UNSAFE
        return Applicability.SAFE if code in self._made_safe else stated

    def _check_selectors(self) -> None:
        settings = self.settings
        lists: list[tuple[str, tuple[str, ...]]] = [
            ("select", settings.select or ()),
            ("ignore", settings.ignore),
            ("extend-select", settings.extend_select),
            ("extend-safe-fixes", settings.extend_safe_fixes),
            ("extend-unsafe-fixes", settings.extend_unsafe_fixes),
        ]
        silenced = tuple(word for silence in settings.per_file_ignores for word in silence.selectors)
        lists += [("per-file-ignores", silenced), ("extend-per-file-ignores", silenced)]
        for key, words in lists:
            for word in words:
                try:
                    find(self.catalogue, word)
                except SelectorError as error:
                    path = settings.find(key, word)
                    if len(path) > 1:
                        raise settings.error(path, str(error)) from None

    def _read_options(self) -> Iterator[tuple[str, Options]]:
        for name, table in self.settings.rules.items():
            code = self._code_of(name)
            rule = load_rule(self.catalogue[code]).rule
            if rule.options is None:
                raise self.settings.error(("rules", name), f"`{name}` has no options", True)

            def fail(path: Path, message: str, key: bool, name: str = name) -> Exception:
                return self.settings.error(("rules", name, *path), message, key)

            yield code, convert_table(table, rule.options, fail, "option")

    def _code_of(self, name: str) -> str:
        try:
            match = find(self.catalogue, name)
        except SelectorError:
            match = Match((0, 0), frozenset())
        if match.rank[0] == 4:
            return next(iter(match.codes))
        hint = suggestion(name, [info.name for info in self.catalogue.values()])
        raise self.settings.error(("rules", name), f"no rule is called `{name}`{hint}", True)


def catalogue(settings: Settings) -> dict[str, RuleInfo]:
    """Every rule by its code, those of the plug-ins too.

    Raises ``SettingsError`` at the plug-in that cannot be used, ``RegistryError`` at a rule of one.
    """
    try:
        return codes(settings.plugins)
    except RegistryError as error:
        if error.plugin not in settings.plugins:
            raise
        path = ("plugins", settings.plugins.index(error.plugin))
        raise settings.error(path, error.message) from None


class Rulesets:
    """A ruleset for each settings, made once."""

    def __init__(self, wish: Wish) -> None:
        self._wish = wish
        self._made: dict[int, Ruleset] = {}

    def of(self, settings: Settings) -> Ruleset:
        """The ruleset under ``settings``. Raises as ``Ruleset`` does."""
        made = self._made.get(id(settings))
        if made is None:
            made = self._made[id(settings)] = Ruleset(settings, self._wish)
        return made


def says_which(settings: Settings, wish: Wish) -> bool:
    """Whether anything names a rule, so that it is worth checking even if no file uses W&B."""
    layer = wish.layer
    named: tuple[Any, ...] = (
        settings.sources,
        layer.select,
        layer.extend_select,
        layer.ignore,
        wish.fixable,
        wish.unfixable,
    )
    return any(named)
