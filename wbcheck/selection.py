"""Which rules run: selectors (code, prefix, name, category, preset) against the catalogue.

The most specific selector that names a rule decides about it, wherever it was written;
among equals the later layer (the command line over the file), and then ignoring, wins.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

import msgspec

PRESETS = ("essential", "recommended", "guide", "all")
DEFAULT_PRESET = "recommended"


EXACT = (4, 0)
"""The rank of a selector that is one rule's own code or name."""
_DIGITS = str.maketrans("OIL", "011")


class Listed(Protocol):
    """What selection needs to know about a rule."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def preset(self) -> str: ...
    @property
    def category(self) -> str: ...
    @property
    def aliases(self) -> Sequence[str]: ...
    @property
    def preview(self) -> bool: ...


class SelectorError(Exception):
    """A selector that names no rule: the ``selector`` as written, and a message with a suggestion."""

    def __init__(self, selector: str, message: str) -> None:
        super().__init__(message)
        self.selector = selector


class Layer(msgspec.Struct, frozen=True):
    """What one place (a file, the command line) asks for; ``select`` replaces what was selected before.

    Rules in preview are only among what is asked for where they are named themselves, or with ``preview``.
    """

    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    preview: bool = False


class Match(msgspec.Struct, frozen=True):
    """The codes that a selector names, and how specific it is."""

    rank: tuple[int, int]
    codes: frozenset[str]


class Decision(msgspec.Struct, frozen=True):
    """Why a rule is on or off: the selector that decided, the list it stands in, and whose list that is.

    ``layer`` counts the layers from 1; 0 is the preset that holds where nothing is selected.
    """

    on: bool
    selector: str
    key: str
    layer: int


def choose(catalogue: Mapping[str, Listed], layers: Iterable[Layer]) -> frozenset[str]:
    """The codes of the rules that ``layers``, from the weakest to the strongest, ask for.

    Raises ``SelectorError`` for a selector that names nothing.
    """
    return frozenset(code for code, decision in decide(catalogue, layers).items() if decision.on)


def decide(catalogue: Mapping[str, Listed], layers: Iterable[Layer]) -> dict[str, Decision]:
    """What decides about each rule that a selector of ``layers`` names. Raises as ``choose`` does."""
    layers = tuple(layers)
    hidden = {code for code, rule in catalogue.items() if rule.preview}
    hidden -= hidden if any(layer.preview for layer in layers) else set()
    selected: list[tuple[str, tuple[str, ...], int]] = [("select", (DEFAULT_PRESET,), 0)]
    ignored: list[tuple[str, tuple[str, ...], int]] = []
    for number, layer in enumerate(layers, start=1):
        if layer.select is not None:
            selected = [("select", layer.select, number)]
        selected.append(("extend-select", layer.extend_select, number))
        ignored.append(("ignore", layer.ignore, number))
    best: dict[str, tuple[tuple[tuple[int, int], int, bool], Decision]] = {}
    for is_wanted, entries in ((True, selected), (False, ignored)):
        for key, selectors, number in entries:
            for selector in selectors:
                match = find(catalogue, selector)
                # Not to be wanted comes last: among equals, ignoring wins.
                strength = (match.rank, number, not is_wanted)
                for code in match.codes - (hidden if is_wanted and match.rank < EXACT else set()):
                    if code not in best or best[code][0] < strength:
                        best[code] = (strength, Decision(is_wanted, selector, key, number))
    return {code: decision for code, (_, decision) in best.items()}


def codes_of(catalogue: Mapping[str, Listed], selectors: Iterable[str]) -> frozenset[str]:
    """Every code that one of ``selectors`` names. Raises ``SelectorError``."""
    return frozenset(code for selector in selectors for code in find(catalogue, selector).codes)


def find(catalogue: Mapping[str, Listed], selector: str) -> Match:
    """What ``selector`` names. Raises ``SelectorError`` where that is nothing."""
    lower, upper = selector.strip().lower(), selector.strip().upper()
    if lower in PRESETS:
        level = PRESETS.index(lower)
        return _match((0, len(PRESETS) - level), catalogue, lambda rule: PRESETS.index(rule.preset) <= level)
    by_category = _match((2, 0), catalogue, lambda rule: rule.category == lower)
    if by_category.codes:
        return by_category
    exact = _match(
        EXACT,
        catalogue,
        lambda rule: upper == rule.code or lower == rule.name or lower in _lowered(rule.aliases),
    )
    if exact.codes:
        return exact
    prefix = re.fullmatch(r"([A-Z]+)(\d*)", upper)
    if prefix is not None:
        rank = (3, len(upper)) if prefix.group(2) else (1, len(upper))
        by_prefix = _match(rank, catalogue, lambda rule: _has_prefix(rule.code, *prefix.groups()))
        if by_prefix.codes:
            return by_prefix
    raise SelectorError(
        selector, f"no rule, category or preset is called `{selector}`{_hint(catalogue, selector)}"
    )


def _match(rank: tuple[int, int], catalogue: Mapping[str, Listed], test: Callable[[Listed], bool]) -> Match:
    return Match(rank, frozenset(code for code, rule in catalogue.items() if test(rule)))


def _has_prefix(code: str, letters: str, digits: str) -> bool:
    """Whole letters: `W` is no prefix of `WB101`, `WB` and `WB1` are."""
    rest = code.removeprefix(letters)
    return rest != code and rest[:1].isdigit() and rest.startswith(digits)


def _lowered(words: Iterable[str]) -> set[str]:
    return {word.lower() for word in words}


def _hint(catalogue: Mapping[str, Listed], selector: str) -> str:
    from wbcheck.words import suggestion

    words: dict[str, None] = dict.fromkeys(PRESETS)
    for rule in catalogue.values():
        words.update(dict.fromkeys((rule.category, rule.name, *rule.aliases)))
    # A letter for the digit that it looks like.
    code = re.sub(r"(?<=[A-Z])[OIL\d]+$", lambda found: found[0].translate(_DIGITS), selector.strip().upper())
    if code in catalogue:
        return f"; did you mean `{code}`?"
    return suggestion(selector.lower(), words) or suggestion(selector.upper(), catalogue)
