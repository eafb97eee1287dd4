"""Where settings come from: each with what it is set to, and the file and line that say so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from wbcheck.registry import load_rule
from wbcheck.ruleset import Ground, Ruleset
from wbcheck.schema import DEFAULTS
from wbcheck.settings import Settings
from wbcheck.settings_file import Source, Table
from wbcheck.toml_values import Path


class Origin(msgspec.Struct, frozen=True):
    """A line of a configuration file: its absolute path, and the 1-based row."""

    file: str
    row: int


class Setting(msgspec.Struct, frozen=True):
    """A setting: its key (of a table: that of the table, then the entry's), and what holds.

    ``value`` is ``None`` where nothing is set and there is no default. ``origins`` is empty for a default;
    a list that several files make up has one for each item, in their order.
    """

    key: tuple[str, ...]
    value: Any
    origins: tuple[Origin, ...] = ()

    @property
    def is_joined(self) -> bool:
        """Whether several lines make up the value."""
        return len(self.origins) > 1


def settings_with_origins(settings: Settings) -> Iterator[Setting]:
    """All keys but ``rules`` in their order, those of tables entry by entry."""
    for field in msgspec.structs.fields(Table):
        key = field.encode_name
        saying = [source for source in settings.sources if source.at((key,)) is not None]
        if key == "rules":
            continue
        if not saying:
            yield Setting((key,), DEFAULTS.get(key))
        elif isinstance(saying[0].at((key,)), dict):
            for source in reversed(saying) if _is_joined(key) else saying[:1]:
                for name, value in source.at((key,)).items():
                    yield Setting((key, name), value, (origin(source, (key, name)),))
        elif _is_joined(key):
            yield _joined(key, saying)
        else:
            yield Setting((key,), saying[0].at((key,)), (origin(saying[0], (key,)),))


def options_with_origins(ruleset: Ruleset, code: str) -> Iterator[Setting]:
    """The options of a rule."""
    info = ruleset.catalogue[code]
    kind = load_rule(info).rule.options
    if kind is None:
        return
    for name, default in msgspec.to_builtins(kind()).items():
        places = [("rules", table, name) for table in reversed(ruleset.tables.get(code, ()))]
        found = next((each for each in places if ruleset.settings.source_of(each)), None)
        key = ("rules", info.name, name)
        if found is None:
            yield Setting(key, default)
        else:
            source = ruleset.settings.source_of(found)
            assert source is not None
            yield Setting(key, source.at(found), (origin(source, found),))


def ground_origin(ground: Ground) -> Origin | None:
    """The line that decided about a rule, if one did."""
    return None if ground.place is None else origin(*ground.place)


def origin(source: Source, path: Path) -> Origin:
    """The line at which a file has the key (or the item of a list) ``path``."""
    return Origin(source.file, source.row(path))


def _is_joined(key: str) -> bool:
    """Whether all files together say what holds, and not the nearest alone."""
    return key.startswith("extend-")


def _joined(key: str, saying: list[Source]) -> Setting:
    found: dict[Any, Origin] = {}
    for source in reversed(saying):
        for index, item in enumerate(source.at((key,))):
            found.setdefault(item, origin(source, (key, index)))
    return Setting((key,), list(found), tuple(found.values()))
