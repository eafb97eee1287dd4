"""The rules that hold under some settings: chosen, configured, and loaded when the first file needs them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec

from wbcheck.diagnostic import Applicability, Severity
from wbcheck.registry import RegistryError, RuleInfo, codes, load_rule
from wbcheck.selection import Decision, Layer, Match, SelectorError, codes_of, decide, find
from wbcheck.settings import Settings, matches
from wbcheck.settings_file import Source
from wbcheck.toml_values import Path, convert_table
from wbcheck.words import suggestion

if TYPE_CHECKING:
    from wbcheck.changes import Revision
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


class Ground(msgspec.Struct, frozen=True):
    """Why a rule is asked about a file, or is not.

    ``key`` is the setting (or option) that decided, with what it says in ``word``, and ``place`` the
    configuration file and path where it does. Where a file's role or pattern silences the rule, that is
    what counts. ``key`` is empty for a rule that nothing selects, and for the preset that holds by default;
    it is ``tests`` for a rule that is silent there.
    """

    on: bool
    key: str = ""
    word: str = ""
    place: tuple[Source, Path] | None = None


TESTS = "tests"
# The layers of selection: by default, in the configuration, in it for new files, on the command line.
_DEFAULT, _, _NEW, _ASKED = range(4)


class Ruleset:
    """The rules under one ``Settings``.

    ``codes`` are those that judge any file, ``every`` those that judge some. Making one checks every selector
    and every rule option: raises ``SettingsError`` for what the configuration says, ``SelectorError`` for
    the command line, ``RegistryError`` for plug-ins.
    """

    def __init__(self, settings: Settings, wish: Wish) -> None:
        self.settings = settings
        self.catalogue = catalogue(settings)
        self._check_selectors()
        own = Layer(settings.select, settings.extend_select, settings.ignore)
        self._decided = self._decided_anew = decide(self.catalogue, (own, Layer(), wish.layer))
        if settings.new_files is not None:
            more = Layer(extend_select=settings.new_files.extend_select)
            self._decided_anew = decide(self.catalogue, (own, more, wish.layer))
        self.codes = _on(self._decided)
        self._codes_anew = _on(self._decided_anew)
        self.every = self.codes | self._codes_anew
        fixable = None if wish.fixable is None else codes_of(self.catalogue, wish.fixable)
        unfixable = codes_of(self.catalogue, wish.unfixable)
        self._fixable = (self.every if fixable is None else fixable) - unfixable
        self._made_safe = codes_of(self.catalogue, settings.extend_safe_fixes)
        self._made_unsafe = codes_of(self.catalogue, settings.extend_unsafe_fixes)
        self._options = dict(self._read_options())

    @cached_property
    def active(self) -> tuple[Active, ...]:
        """The chosen rules in the order of their codes, imported now."""
        chosen = [self.catalogue[code] for code in sorted(self.every)]
        return tuple(Active(info, load_rule(info), self._options.get(info.code)) for info in chosen)

    def in_file(self, absolute: str, role: str) -> frozenset[str]:
        """The codes that judge one file: less what its role and ``per-file-ignores`` silence."""
        kept = self.asked(absolute)
        if role == "test":
            kept = frozenset(code for code in kept if self.catalogue[code].preset == "essential")
        for silence in self.settings.per_file_ignores:
            if matches((silence.pattern,), absolute):
                kept -= codes_of(self.catalogue, silence.selectors)
        return kept

    def asked(self, absolute: str) -> frozenset[str]:
        """The codes that are selected for one file: more of them where it is new."""
        return self._codes_anew if self._is_new(absolute) else self.codes

    def among(self, absolute: str) -> frozenset[str]:
        """The codes that were selected for one file; of one that is gone, those that might have been."""
        return self.asked(absolute) if os.path.lexists(absolute) else self.every

    def grounds(self, absolute: str | None = None, role: str = "script") -> dict[str, Ground]:
        """Why each rule is asked about a file (by default: about any), or is not, by its code."""
        is_new = absolute is not None and self._is_new(absolute)
        decided = self._decided_anew if is_new else self._decided
        found = {code: self._ground(decided.get(code)) for code in self.catalogue}
        if absolute is None:
            return found
        for code, ground in found.items():
            if ground.on and role == "test" and self.catalogue[code].preset != "essential":
                found[code] = Ground(False, TESTS)
        for silence in self.settings.per_file_ignores:
            if not matches((silence.pattern,), absolute):
                continue
            for word in silence.selectors:
                glob = silence.pattern.glob
                place = self._silenced_at(glob, word)
                for code in codes_of(self.catalogue, (word,)):
                    if found[code].on:
                        found[code] = Ground(False, str(place[1][0]) if place else "", glob, place)
        return found

    def _ground(self, decision: Decision | None) -> Ground:
        if decision is None:
            return Ground(False)
        key, word = decision.key, decision.selector
        if decision.layer == _DEFAULT:
            return Ground(decision.on, word=word)
        if decision.layer == _ASKED:
            return Ground(decision.on, f"--{key}", word)
        if decision.layer == _NEW:
            return Ground(decision.on, "new-files", word, self.settings.find(("new-files", key), word))
        return Ground(decision.on, key, word, self.settings.find((key,), word))

    def _silenced_at(self, glob: str, word: str) -> tuple[Source, Path] | None:
        found = self.settings.find(("extend-per-file-ignores", glob), word)
        return found or self.settings.find(("per-file-ignores", glob), word)

    def _is_new(self, absolute: str) -> bool:
        return self._revision is not None and self._revision.is_new(absolute)

    @cached_property
    def _revision(self) -> Revision | None:
        new = self.settings.new_files
        if new is None:
            return None
        from wbcheck.changes import ChangesError, Revision

        try:
            return Revision(new.since, self.settings.root)
        except ChangesError as error:
            raise self.settings.error(("new-files", "since"), str(error)) from None

    def severity(self, code: str) -> Severity:
        """How bad a finding of a rule is."""
        info = self.catalogue.get(code)
        return Severity.ERROR if info is None else _SEVERITIES.get(info.preset, Severity.WARNING)

    def address(self, code: str) -> str:
        """Where a rule's page is served; empty where the settings name no place, or the rule has no page."""
        base, info = self.settings.docs_url, self.catalogue.get(code)
        return f"{base.rstrip('/')}/{info.page}" if base and info is not None and info.page else ""

    def applicability(self, code: str, stated: Applicability) -> Applicability | None:
        """How a fix of a rule may be applied here; ``None`` for not at all."""
        if code not in self._fixable:
            return None
        if code in self._made_unsafe:
            return Applicability.UNSAFE
        return Applicability.SAFE if code in self._made_safe else stated

    def _check_selectors(self) -> None:
        settings = self.settings
        silenced = tuple(word for silence in settings.per_file_ignores for word in silence.selectors)
        anew = () if settings.new_files is None else settings.new_files.extend_select
        lists: list[tuple[Path, tuple[str, ...]]] = [
            (("select",), settings.select or ()),
            (("ignore",), settings.ignore),
            (("extend-select",), settings.extend_select),
            (("new-files", "extend-select"), anew),
            (("extend-safe-fixes",), settings.extend_safe_fixes),
            (("extend-unsafe-fixes",), settings.extend_unsafe_fixes),
            (("per-file-ignores",), silenced),
            (("extend-per-file-ignores",), silenced),
        ]
        for where, words in lists:
            for word in words:
                try:
                    find(self.catalogue, word)
                except SelectorError as error:
                    found = settings.find(where, word)
                    if found is not None:
                        source, path = found
                        raise source.error(path, str(error)) from None

    def _read_options(self) -> Iterator[tuple[str, Options]]:
        for code, names in self.tables.items():
            rule = load_rule(self.catalogue[code]).rule
            if rule.options is None:
                raise self.settings.error(("rules", names[0]), f"`{names[0]}` has no options", True)
            table = {key: value for name in names for key, value in self.settings.rules[name].items()}

            def fail(path: Path, message: str, key: bool, names: tuple[str, ...] = names) -> Exception:
                places = [("rules", name, *path) for name in names]
                place = next((each for each in places if self.settings.source_of(each)), places[0])
                return self.settings.error(place, message, key)

            yield code, convert_table(table, rule.options, fail, "option")

    @cached_property
    def tables(self) -> dict[str, tuple[str, ...]]:
        """The rules whose options are configured, by their codes, and what their tables are called."""
        found: dict[str, tuple[str, ...]] = {}
        for name in self.settings.rules:
            code = self._code_of(name)
            found[code] = (*found.get(code, ()), name)
        return found

    def _code_of(self, name: str) -> str:
        try:
            match = find(self.catalogue, name)
        except SelectorError:
            match = Match((0, 0), frozenset())
        if match.rank[0] == 4:
            return next(iter(match.codes))
        words = [word for info in self.catalogue.values() for word in (info.name, *info.aliases)]
        hint = suggestion(name.lower(), words) or suggestion(name.upper(), self.catalogue)
        what = "options belong to one rule, and" if match.codes else "no rule"
        message = f"{what} `{name}` names several" if match.codes else f"{what} is called `{name}`{hint}"
        raise self.settings.error(("rules", name), message, True)


def _on(decided: Mapping[str, Decision]) -> frozenset[str]:
    return frozenset(code for code, decision in decided.items() if decision.on)


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


def restricted(settings: Settings) -> Settings:
    """What of the settings holds where nobody is trusted: no plug-ins are imported, and git is not run.

    What names rules of plug-ins is left out, as nobody knows them then.
    """
    from wbcheck.suppressions import UNKNOWN

    settings = msgspec.structs.replace(settings, new_files=None)
    if not settings.plugins:
        return settings
    known = codes(())

    def is_known(word: str) -> bool:
        try:
            return bool(find(known, word).codes)
        except SelectorError:
            return False

    def kept(words: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(word for word in words if is_known(word))

    silences = (
        msgspec.structs.replace(each, selectors=kept(each.selectors)) for each in settings.per_file_ignores
    )
    return msgspec.structs.replace(
        settings,
        plugins=(),
        select=None if settings.select is None else kept(settings.select),
        extend_select=kept(settings.extend_select),
        # That a comment names a rule that is not there is no mistake here.
        ignore=(*kept(settings.ignore), UNKNOWN),
        per_file_ignores=tuple(silences),
        extend_safe_fixes=kept(settings.extend_safe_fixes),
        extend_unsafe_fixes=kept(settings.extend_unsafe_fixes),
        rules={name: table for name, table in settings.rules.items() if is_known(name)},
    )


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
