"""What baselines hold back of what open documents say: editors show what `wbcheck check` would report."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING

import msgspec

from wbcheck.baseline import BaselineError, read
from wbcheck.cli.sieve import Baseline, baseline_file
from wbcheck.diagnostic import Diagnostic
from wbcheck.engine import Outcome
from wbcheck.ruleset import Rulesets, Wish
from wbcheck.settings import Settings
from wbcheck.settings_file import SettingsError

if TYPE_CHECKING:
    from wbcheck.baseline import Entry


class Held:
    """The baselines of some files' projects, each read once."""

    def __init__(self, settings_for: Callable[[str], Settings]) -> None:
        self._settings_for = settings_for
        self._rulesets = Rulesets(Wish())
        self._files: dict[str, str] = {}
        self._read: dict[str, Mapping[Entry, int]] = {}

    def new(self, outcome: Outcome, checked: Collection[str]) -> tuple[Diagnostic, ...]:
        """The findings that no baseline knows; ``checked`` are the absolute paths of the files.

        Raises ``SettingsError`` for a baseline that cannot be used.
        """
        by_file: dict[str, list[Diagnostic]] = {}
        for each in outcome.diagnostics:
            by_file.setdefault(self._file_for(os.path.abspath(each.path)), []).append(each)
        return tuple(
            new
            for file, found in by_file.items()
            for new in (self._sifted(file, found, outcome, checked) if file else found)
        )

    def _sifted(
        self, file: str, found: list[Diagnostic], outcome: Outcome, checked: Collection[str]
    ) -> tuple[Diagnostic, ...]:
        rules = self._rulesets.of(self._settings_for(os.path.abspath(found[0].path)))
        baseline = Baseline(
            file=file,
            entries=self._entries(file),
            checked=checked,
            known=rules.catalogue.keys(),
            ran=rules.among,
        )
        return baseline.match(msgspec.structs.replace(outcome, diagnostics=tuple(found))).new

    def _file_for(self, path: str) -> str:
        """The baseline that counts for a file, empty for none."""
        folder = os.path.dirname(path)
        if folder not in self._files:
            settings = self._settings_for(path)
            file = baseline_file(settings, folder)
            self._files[folder] = file if settings.baseline or os.path.exists(file) else ""
        return self._files[folder]

    def _entries(self, file: str) -> Mapping[Entry, int]:
        if file not in self._read:
            try:
                self._read[file] = read(file)
            except OSError as error:
                why = (error.strerror or str(error)).lower()
                raise SettingsError(f"{file}: the baseline cannot be read: {why}") from None
            except BaselineError as error:
                raise SettingsError(f"{file}: {error}") from None
        return self._read[file]
