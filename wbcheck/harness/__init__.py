"""The laws that every rule keeps, the built-in ones and any team's own: ``wbcheck test-rules``.

A rule's examples are its tests. They run through the engine itself, so that what holds here holds
for a user: a bad example fires where it is marked and nowhere else, says what it says, and its fix
gives exactly the text that is stated; a good one is silent.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import msgspec

from wbcheck.harness.laws import of_example, of_rule
from wbcheck.registry import BUILT_IN, RegistryError, RuleInfo, codes, find_pack, load_rule, lying_under
from wbcheck.rule import LoadedRule


class Breach(msgspec.Struct, frozen=True):
    """A law that a rule breaks.

    ``example`` is the number of the example from 1, or 0 where the rule as a whole is meant. ``detail`` may
    have several lines.
    """

    code: str
    path: str
    example: int
    detail: str

    def __str__(self) -> str:
        where = f"{self.code}, example {self.example}" if self.example else self.code
        return f"{self.path}: {where}: {self.detail}"


class Report(msgspec.Struct, frozen=True):
    """The rules that were tried, how many examples they have, and every law that one of them breaks."""

    rules: tuple[str, ...]
    examples: int
    breaches: tuple[Breach, ...]


def test_rules(target: str) -> Report:
    """Try every rule of a pack: an importable package's name, a folder (or one inside a pack), or one file.

    Raises ``RegistryError`` where the pack cannot be read.
    """
    folder = os.path.dirname(target) or "." if os.path.isfile(target) else target
    pack = find_pack(folder)
    plugins = () if pack.package == BUILT_IN else (pack.name,)
    own = [info for info in codes(plugins).values() if info.pack == pack.name]
    chosen = lying_under(own, target) if os.path.exists(target) else tuple(own)
    if not chosen:
        raise RegistryError(f"there are no rules in {target}")
    tried = [_try(info, plugins) for info in chosen]
    return Report(
        rules=tuple(info.code for info in chosen),
        examples=sum(count for count, _ in tried),
        breaches=tuple(breach for _, breaches in tried for breach in breaches),
    )


# A test runner that collects by name must not take this for a test of its own.
test_rules.__test__ = False  # type: ignore[attr-defined]


def _try(info: RuleInfo, plugins: tuple[str, ...]) -> tuple[int, list[Breach]]:
    try:
        loaded = load_rule(info)
    except RegistryError as error:
        return 0, [Breach(info.code, info.path, 0, error.message)]
    return len(loaded.examples), list(breaches(info, loaded, plugins))


def breaches(info: RuleInfo, loaded: LoadedRule, plugins: tuple[str, ...] = ()) -> Iterator[Breach]:
    """Every law that a rule breaks."""
    for detail in of_rule(info, loaded):
        yield Breach(info.code, info.path, 0, detail)
    for number, example in enumerate(loaded.examples, start=1):
        for detail in of_example(loaded, example, plugins):
            yield Breach(info.code, info.path, number, detail)
