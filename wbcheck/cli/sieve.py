"""What of a check's findings is reported: not what the baseline knows, not what lies on old lines."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING

import click
import msgspec

from wbcheck.diagnostic import Diagnostic, Silenced, Silencer
from wbcheck.engine import Outcome
from wbcheck.settings import BASELINE, Settings

if TYPE_CHECKING:
    from wbcheck.baseline import Entry, Matched
    from wbcheck.changes import Revision


class Baseline(msgspec.Struct, frozen=True, kw_only=True):
    """A baseline in its file, and what the run can say about its entries.

    ``checked`` are the absolute paths of the files of this run, ``known`` the codes of all rules, and
    ``ran`` gives those that were asked about a file (by its absolute path), be it still there or not.
    """

    file: str
    entries: Mapping[Entry, int]
    checked: Collection[str]
    known: Collection[str]
    ran: Callable[[str], Collection[str]]

    def found(self, outcome: Outcome) -> list[tuple[Diagnostic, Entry]]:
        """The findings of a check with the entries that hold them back."""
        from wbcheck.baseline import entry_of

        return [(each, entry_of(each, outcome.sources, self._relative)) for each in outcome.diagnostics]

    def match(self, outcome: Outcome) -> Matched:
        """The findings of a check held against the entries."""
        from wbcheck.baseline import match

        return match(self.entries, self.found(outcome), self._judged)

    def after(self, outcome: Outcome, prune: bool) -> Counter[Entry]:
        """The entries that there should be: for all findings, or only for those that had one (``prune``).

        Those that this run cannot judge stay.
        """
        matched = self.match(outcome)
        kept = {id(each) for each in (matched.held if prune else outcome.diagnostics) if not each.fault}
        own = Counter(entry for each, entry in self.found(outcome) if id(each) in kept)
        return own + Counter(matched.left)

    def _relative(self, path: str) -> str:
        return os.path.relpath(path, os.path.dirname(self.file)).replace(os.sep, "/")

    def _judged(self, entry: Entry) -> bool:
        from wbcheck.baseline import named

        file = os.path.normpath(os.path.join(os.path.dirname(self.file), named(entry.path)))
        if entry.code in self.known and entry.code not in self.ran(file):
            return False
        return file in self.checked or not os.path.lexists(file)


class Sieve(msgspec.Struct):
    """Takes out of an outcome what is not to be reported; ``matched`` is the baseline's last answer."""

    baseline: Baseline | None
    revision: Revision | None
    absolute: Callable[[str], str]
    matched: Matched | None = None

    def __call__(self, outcome: Outcome) -> Outcome:
        """The outcome with the findings that count; what the baseline holds back is suppressed."""
        diagnostics = outcome.diagnostics
        if self.baseline is not None:
            self.matched = self.baseline.match(outcome)
            held = [Silenced(each, Silencer.BASELINE) for each in self.matched.held]
            suppressed = sorted((*outcome.suppressed, *held), key=lambda each: each.diagnostic.order)
            diagnostics = self.matched.new
            outcome = msgspec.structs.replace(outcome, suppressed=tuple(suppressed))
        if self.revision is not None:
            diagnostics = tuple(
                each
                for each in diagnostics
                if self.revision.keeps(each, outcome.sources(each.path), self.absolute(each.path))
            )
        return msgspec.structs.replace(outcome, diagnostics=diagnostics)

    @property
    def stale(self) -> Mapping[Entry, int]:
        """The entries of the baseline that nothing answers to any more."""
        return {} if self.matched is None else self.matched.stale


def baseline_file(settings: Settings, folder: str) -> str:
    """Where the baseline of the files in a folder is: as configured, or at their ``home``."""
    return settings.baseline or os.path.join(home(settings, folder), BASELINE)


def home(settings: Settings, folder: str) -> str:
    """The folder of the configuration, else of the repository around ``folder``, else where we are."""
    from wbcheck.report.context import repository

    return settings.root if settings.sources else repository(folder) or os.getcwd()


def read_baseline(file: str) -> Mapping[Entry, int]:
    """The entries of a baseline. Raises ``click.ClickException`` where it cannot be used."""
    from wbcheck.baseline import BaselineError, read

    shown = os.path.relpath(file)
    try:
        return read(file)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise click.ClickException(
            f"{shown}: the baseline cannot be read: {reason}; `wbcheck baseline` writes one"
        ) from None
    except BaselineError as error:
        raise click.ClickException(f"{shown}: {error}; `wbcheck baseline` writes it anew") from None
