"""An example on its way through the engine, as a user's file would go."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import lru_cache

import msgspec

from wbcheck.diagnostic import Diagnostic, Span
from wbcheck.engine import Outcome, Request, Session
from wbcheck.examples import Bad, Good, cells, clean, mark
from wbcheck.fixes import FixOutcome
from wbcheck.registry import RegistryError, codes, load_rule
from wbcheck.rule import LoadedRule
from wbcheck.ruleset import Wish
from wbcheck.selection import Layer
from wbcheck.settings import Settings, default_settings
from wbcheck.source import CODE, Language, language_of


class Found(msgspec.Struct, frozen=True):
    """A file of an example."""

    path: str
    absolute: str
    role: str


class Trial:
    """An example on its way through the engine, with the rule's own findings alone.

    ``texts`` are the files as people write them (a notebook's cells parted by ``# %%``), ``data`` their
    bytes; ``marks`` the marked places in the unit's text.
    """

    def __init__(self, loaded: LoadedRule, example: Bad | Good, plugins: tuple[str, ...]) -> None:
        self.loaded = loaded
        self.path = example.path or ("example.ipynb" if example.notebook else "example.py")
        self.marks: tuple[Span, ...] = example.marked.spans if isinstance(example, Bad) else ()
        self.texts = {self.path: example.code, **{path: clean(text) for path, text in example.beside.items()}}
        self.data = {path: _bytes(path, text) for path, text in self.texts.items()}
        self.options = loaded.options_of(example.options)
        options = {loaded.rule.name: dict(example.options)} if example.options else {}
        root = os.path.abspath(os.sep)
        self._settings = msgspec.structs.replace(
            default_settings(root), rules=options, plugins=plugins, wandb_version=example.wandb
        )
        # Comments can only be judged where all rules have run.
        selected = sound(plugins) if loaded.rule.made_by_engine else (loaded.rule.code,)
        self._session = self._session_of(selected, self.data)
        self.outcome: Outcome = self._session.run()

    @property
    def findings(self) -> list[Diagnostic]:
        """What the rule says, in all files."""
        return [each for each in self.outcome.diagnostics if each.code == self.loaded.rule.code]

    def fix(self) -> FixOutcome:
        """The outcome of all the rule's fixes, the unsafe ones too."""
        return self._session.mend(lambda each: each.code == self.loaded.rule.code)

    def mended(self, fixed: FixOutcome) -> dict[str, str]:
        """Every file's text after the fixes, as people write it."""
        new = self.data | {path: file.new for path, file in fixed.files.items()}
        return {path: _text(path, data) for path, data in new.items()}

    def brought_about(self, fixed: FixOutcome) -> list[str]:
        """The codes of which there are more findings after the fixes than before, over all rules."""
        after = self.data | {path: file.new for path, file in fixed.files.items()}
        return sorted((self._all(after) - self._all(self.data)).elements())

    def shown(self, found: Iterable[Diagnostic]) -> str:
        """The example with carets where it is reported."""
        unit = self.outcome.sources(self.path)
        return mark(unit.text if unit else self.texts[self.path], [each.span for each in found])

    def _all(self, data: Mapping[str, bytes]) -> Counter[str]:
        diagnostics = self._session_of(sound(self._settings.plugins), data).run().diagnostics
        return Counter(each.code for each in diagnostics if not each.fault)

    def _session_of(self, selected: tuple[str, ...], data: Mapping[str, bytes]) -> Session:
        return Session(
            Request(
                files=tuple(
                    Found(path, os.path.join(self._settings.root, path), _role(path)) for path in sorted(data)
                ),
                settings_for=self._settings_for,
                wish=Wish(layer=Layer(select=selected)),
                overlay=dict(data),
                jobs=1,
            )
        )

    def _settings_for(self, path: str) -> Settings:
        return self._settings


@lru_cache(maxsize=4)
def sound(plugins: tuple[str, ...]) -> tuple[str, ...]:
    """The codes of all rules that can be loaded; one that cannot is a breach of its own alone."""
    found = []
    for info in codes(plugins).values():
        with suppress(RegistryError):
            found.append(load_rule(info).rule.code)
    return tuple(found)


def _role(path: str) -> str:
    language = language_of(path)
    if language not in CODE:
        return "settings"
    return "notebook" if language is Language.NOTEBOOK else "script"


def _bytes(path: str, text: str) -> bytes:
    """A file's bytes; a notebook's cells are those between ``# %%`` lines."""
    if not path.endswith(".ipynb"):
        return text.encode()
    made: list[dict[str, object]] = [
        {
            "cell_type": "code",
            "execution_count": None,
            "metadata": {},
            "outputs": [],
            "source": cell.removesuffix("\n").splitlines(keepends=True),
        }
        for cell in cells(text)
    ]
    book = {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    return json.dumps(book, indent=1).encode()


def _text(path: str, data: bytes) -> str:
    if not path.endswith(".ipynb"):
        return data.decode()
    written = ["".join(cell["source"]) + "\n" for cell in json.loads(data)["cells"]]
    return "".join(f"# %%\n{cell}" for cell in written)
