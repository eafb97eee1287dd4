"""A check from its files to its outcome, which can be asked again."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from wbcheck.diagnostic import Diagnostic
from wbcheck.engine.analysing import Analyses, analyse_task
from wbcheck.engine.judging import UNPARSABLE, Judged, failure
from wbcheck.engine.projects import Part, Projects
from wbcheck.engine.request import Outcome, Request
from wbcheck.engine.search import Search
from wbcheck.engine.sources import Sources, unit_of
from wbcheck.engine.tasks import Found, Subject, Task
from wbcheck.imports import Resolver
from wbcheck.masking import SECRETS
from wbcheck.ruleset import Rulesets, says_which
from wbcheck.settings import Settings
from wbcheck.source import read_unit

if TYPE_CHECKING:
    from wbcheck.engine.analysis import Analysis
    from wbcheck.engine.cache import Cache
    from wbcheck.fixes import FixOutcome
    from wbcheck.linking import Outline
    from wbcheck.model.model import Model
    from wbcheck.project import Project


def check(request: Request) -> Outcome:
    """Check files.

    Raises ``SettingsError``, ``SelectorError`` and ``RegistryError`` for what cannot be used as it is
    written, never anything because of what a file holds.
    """
    return Session(request).run()


class Session:
    """A check that can be asked again, with new bytes for some of its files, and can mend what it finds.

    ``outcome`` is what came of it last.
    """

    outcome: Outcome

    def __init__(self, request: Request) -> None:
        self.request = request
        self.sources = Sources(request.overlay)
        self.traces: list[str] = []
        self._cache = _cache_in(request.cache)
        self._rulesets = Rulesets(request.wish)
        self._search = Search(request, self.sources, self._cache, self._note_settings, self._note_unread)
        self._analyses = Analyses(self._cache, request.jobs, request.progress, self._load_rules)
        self._resolver = Resolver()
        self._projects = Projects(self._resolver, request.wish.wandb_version, self._search.words_below)
        self._unread: list[Diagnostic] = []
        self._subjects: dict[str, Subject] = {}
        self._around: list[Subject] = []
        # Of files that were named one by one, the others are not here.
        self._whole = any(not getattr(found, "explicit", False) for found in request.files)
        self._read: dict[str, tuple[Task, Analysis]] = {}

    def run(self) -> Outcome:
        """Check all files. Raises as ``check`` does."""
        for path, message in self.request.problems:
            self._report_unread(path, os.path.abspath(path), message)
        for subject in self._search.mentioning():
            self._subjects[subject.found.path] = subject
        if self.request.project and not self._whole:
            self._around, self._whole = self._search.around(self._resolver)
        with _collector_off():
            outcome = self._judged()
        if self._cache is not None:
            for diagnostic in outcome.diagnostics:
                if diagnostic.code in SECRETS:
                    self._cache.forget(diagnostic.path)
            self._cache.save()
        return outcome

    def recheck(self, changed: Mapping[str, bytes]) -> Outcome:
        """The outcome if files held these bytes (by shown path), which from now on they do.

        It is what a check from the start would give: what one file says may hang on any other one, so
        all are judged anew. Analysed are those that changed, and those that know them by their imports.
        """
        for path, data in changed.items():
            self.sources.keep(path, data)
        for found in self.request.files:
            if found.path in changed:
                subject = self._search.changed(found, changed[found.path])
                if subject is not None:
                    self._subjects[found.path] = subject
        self._around = [
            msgspec.structs.replace(each, data=changed.get(each.found.path, each.data))
            for each in self._around
        ]
        with _collector_off():
            return self._judged()

    def model(self, path: str) -> Model | None:
        """What is understood of a file that was checked, by its shown path."""
        return self._read[path][1].model if path in self._read else None

    def project(self, path: str) -> Project:
        """What the project says that a file of this check (its path as shown) belongs to."""
        from wbcheck.project import Project

        return self._projects.of(path) if path in self._read else Project()

    def parts(self) -> list[Part]:
        """What was read for the last answer, project by project, in the order of their roots."""
        return self._projects.parts({found.path for found in self.request.files})

    def mend(
        self,
        allowed: Callable[[Diagnostic], bool],
        refusal: Callable[[str, bytes], str | None] = lambda path, data: None,
        sieve: Callable[[Outcome], Outcome] = lambda outcome: outcome,
    ) -> FixOutcome:
        """Apply the fixes that ``allowed`` lets through, in memory; see ``wbcheck.fixes.mend``.

        ``sieve`` takes out of each outcome what is held back.
        """
        from wbcheck.fixes import mend

        return mend(
            sieve(self.outcome).diagnostics,
            units=self.sources,
            allowed=allowed,
            recheck=lambda changed: sieve(self.recheck(changed)).diagnostics,
            parses=self.parses,
            read=read_unit,
            refusal=refusal,
        )

    def parses(self, path: str, data: bytes) -> bool:
        """Whether ``data`` can still be read, compiled and analysed as far as the file could before.

        The file may be any, whether it is checked or not.
        """
        before, after = self.sources(path), unit_of(path, data)
        if before is None or after is None or before.is_sound() > after.is_sound():
            return False
        if path not in self._read:
            return True
        task, old = self._read[path]
        new = analyse_task(task._replace(subject=msgspec.structs.replace(task.subject, data=data)))
        return len(new.problems) <= len(old.problems) and (new.model is None) <= (old.model is None)

    def _judged(self) -> Outcome:
        try:
            read = list(self._analysed())
        finally:
            self._analyses.rest()
        self._read = {task.subject.found.path: (task, analysis) for task, analysis in read}
        self._projects.put(self._read, self._whole)
        given = [found.path for found in self.request.files if found.path in self._read]
        files = [self._judge(*self._read[path]) for path in given]
        found = [*self._unread, *(diagnostic for file in files for diagnostic in file.done)]
        suppressed = [each for file in files for each in file.suppressed]
        self.traces += [trace for file in files for trace in file.traces if trace not in self.traces]
        self.outcome = Outcome(
            diagnostics=tuple(sorted(found, key=lambda diagnostic: diagnostic.order)),
            checked=len(self.request.files),
            with_wandb=len(files),
            suppressed=tuple(sorted(suppressed, key=lambda each: each.diagnostic.order)),
            noqa=frozenset[str]().union(*(file.noqa for file in files)),
            sources=self.sources,
        )
        return self.outcome

    def _analysed(self) -> Iterable[tuple[Task, Analysis]]:
        """The files that say something of W&B: those given, and those of the project they are read with."""
        subjects = [*self._subjects.values(), *self._around]
        if not self.request.project or not any(b"import" in subject.data for subject in subjects):
            tasks = [Task(subject) for subject in subjects]
            return zip(tasks, self._analyses.of(tasks), strict=True)
        from wbcheck.engine.linked import Reading

        self._analyses.expect(subjects)
        reading = Reading(
            subjects,
            beside=self._search.beside,
            is_ours=self._search.is_ours,
            holding=self._search.holding,
            outline=self._outline,
            analyse=self._analyses.of,
        )
        reading.run()
        return [
            (task, reading.results[path])
            for path, task in reading.tasks.items()
            if not (task.context and task.context.anyway)
        ]

    def _judge(self, task: Task, analysis: Analysis) -> Judged:
        subject = task.subject
        ruleset = self._rulesets.of(subject.settings)
        file = Judged(subject, self.sources, ruleset, lambda: self._projects.versions(subject))
        for problem in analysis.problems:
            file.refuse(problem)
        if analysis.model is not None:
            file.judge(analysis.model, self._projects.of(subject.found.path))
        file.finish(self.request.fixes)
        return file

    def _outline(self, path: str, data: bytes) -> Outline:
        from wbcheck.linking import Outline

        return Outline() if self._cache is None else self._cache.outline(path, data)

    def _load_rules(self) -> None:
        for subject in self._subjects.values():
            _ = self._rulesets.of(subject.settings).active

    def _note_settings(self, settings: Settings) -> None:
        """Settings that name rules are looked at even if no file uses W&B: they may name one that is not."""
        if says_which(settings, self.request.wish):
            self._rulesets.of(settings)

    def _note_unread(self, found: Found, message: str) -> None:
        self._report_unread(found.path, found.absolute, message)

    def _report_unread(self, path: str, absolute: str, message: str) -> None:
        if UNPARSABLE[0] in self._rulesets.of(self.request.settings_for(absolute)).codes:
            self._unread.append(failure(path, UNPARSABLE, message))


def _cache_in(directory: str) -> Cache | None:
    if not directory:
        return None
    from wbcheck.engine.cache import Cache

    return Cache(directory)


@contextmanager
def _collector_off() -> Iterator[None]:
    """Trees have no cycles; looking for some while they are made costs a tenth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
