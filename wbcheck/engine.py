"""Files in, diagnostics out: read, sift, analyse (in workers), link, judge, silence, order.

The order and content of the answer do not depend on how many workers there were. Whatever
goes wrong with one file is a diagnostic for that file; all others are checked.
"""

from __future__ import annotations

import gc
import os
import re
import stat
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Protocol

import msgspec

from wbcheck.diagnostic import (
    Diagnostic,
    Finding,
    Fix,
    Label,
    Position,
    Range,
    Refusal,
    Severity,
    Silenced,
    Span,
    within,
)
from wbcheck.masking import SECRETS, may_hold_secret
from wbcheck.registry import load_rule
from wbcheck.ruleset import Active, Ruleset, Rulesets, Wish, says_which
from wbcheck.settings import Settings
from wbcheck.settings_file import SettingsError
from wbcheck.source import YAML, SourceError, Unit, may_be_sweep, mentions_wandb, read_unit

if TYPE_CHECKING:
    from wbcheck.analysis import Analysis, Problem
    from wbcheck.cache import Cache, Times
    from wbcheck.linking import Link, Linking
    from wbcheck.model.exports import Context
    from wbcheck.model.model import Model
    from wbcheck.pins import Pins
    from wbcheck.project import Project
    from wbcheck.sdk import Versions
    from wbcheck.syntax.tree import Tree

UNPARSABLE = ("WB001", "unparsable-file")
PARALLEL_FROM = 8
"""Fewer files than this are analysed here: starting workers would cost more than they save."""
MOST_STEPS = 2
"""How far names are followed through files that do not mention W&B."""
MOST_BYTES = 256 * 1024 * 1024
_OUR_NOQA = re.compile(rb"noqa[ \t]*:[^\r\n]*(?:\bWB\d|[a-z]-[a-z])", re.IGNORECASE)
TOP = Range(Position(0, 1, 1), Position(0, 1, 1))


class Found(Protocol):
    """A file to check: as shown to the user, where it is, and its role."""

    @property
    def path(self) -> str: ...
    @property
    def absolute(self) -> str: ...
    @property
    def role(self) -> str: ...


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What to check and how.

    ``problems`` are paths that could not be searched, with why. ``overlay`` holds the bytes that
    stand for a file's own (standard input, an editor's buffer, a round of fixes), by shown path.
    ``cache`` is the folder of what is kept between runs, empty for none.
    ``project`` is whether files of the project that are imported are read for those that import them.
    ``jobs`` is the number of workers, 0 for as many as there are cores. ``progress`` is told
    how many files of how many have been analysed.
    """

    files: tuple[Found, ...]
    settings_for: Callable[[str], Settings]
    wish: Wish = Wish()
    problems: tuple[tuple[str, str], ...] = ()
    overlay: Mapping[str, bytes] = {}
    jobs: int = 0
    cache: str = ""
    project: bool = True
    progress: Callable[[int, int], None] | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a check.

    ``checked`` counts files, ``with_wandb`` those that mention W&B. ``suppressed`` are the findings
    that a comment silenced, in their order; ``noqa`` are the codes named in ``noqa`` comments.
    ``sources`` gives a shown path's unit.
    """

    diagnostics: tuple[Diagnostic, ...]
    checked: int
    with_wandb: int
    suppressed: tuple[Silenced, ...]
    noqa: frozenset[str]
    sources: Sources

    @property
    def faults(self) -> int:
        """How many failures of our own there were."""
        return sum(diagnostic.fault for diagnostic in self.diagnostics)


class Sources:
    """The bytes and units of files by shown path; a unit is made when it is asked for."""

    def __init__(self, overlay: Mapping[str, bytes]) -> None:
        self._overlay = overlay
        self._kept: dict[str, bytes] = {}
        self._units: dict[str, Unit | None] = {}

    def __call__(self, path: str) -> Unit | None:
        """The unit of a file as it was checked, or ``None`` where it cannot be read."""
        if path not in self._units:
            try:
                self._units[path] = _unit(path, self.read(path, path))
            except OSError:
                self._units[path] = None
        return self._units[path]

    def read(self, path: str, absolute: str) -> bytes:
        """The bytes that stand for a file, those kept first. Raises ``OSError``."""
        data = self._kept.get(path, self._overlay.get(path))
        return _read(absolute) if data is None else data

    def keep(self, path: str, data: bytes) -> None:
        """Remember what was read, so that reports show what was checked."""
        self._kept[path] = data
        self._units.pop(path, None)


class _Beside(msgspec.Struct, frozen=True):
    """A file that is read for others."""

    path: str
    absolute: str
    role: str = "script"


class _Subject(msgspec.Struct, frozen=True):
    """A file that mentions W&B."""

    found: Found
    settings: Settings
    data: bytes


def check(request: Request) -> Outcome:
    """Check files.

    Raises ``SettingsError``, ``SelectorError`` and ``RegistryError`` for what cannot be used as it is
    written, never anything because of what a file holds.
    """
    return Session(request).run()


class Session:
    """A check that can be asked again, with new bytes for some of its files: what fixing needs."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.sources = Sources(request.overlay)
        self.traces: list[str] = []
        self._rulesets = Rulesets(request.wish)
        self._unread: list[Diagnostic] = []
        self._subjects: dict[str, _Subject] = {}
        self._results: dict[str, Analysis] = {}
        self._wandb: dict[tuple[str, str], Versions] = {}
        self._contexts: dict[str, Context] = {}
        self._memory: dict[str, list[tuple[bytes, Context | None, Analysis]]] = {}
        self._beside_models: list[Model] = []

    def run(self) -> Outcome:
        """Check all files. Raises as ``check`` does."""
        for path, message in self.request.problems:
            self._report_unread(path, os.path.abspath(path), message)
        for subject in self._sift():
            self._subjects[subject.found.path] = subject
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
                settings, data = self.request.settings_for(found.absolute), changed[found.path]
                if found.path in self._subjects or _concerns_wandb(found, data, _needles(settings)):
                    self._subjects[found.path] = _Subject(found, settings, data)
        with _collector_off():
            return self._judged()

    def parses(self, path: str, data: bytes) -> bool:
        """Whether ``data`` can still be read, compiled and analysed as far as the file could before.

        The file may be any, whether it is checked or not.
        """
        before, after = self.sources(path), _unit(path, data)
        if before is None or after is None or before.is_sound() > after.is_sound():
            return False
        subject = self._subjects.get(path)
        if subject is None:
            return True
        old, new = self._results[path], self._result(msgspec.structs.replace(subject, data=data))
        return len(new.problems) <= len(old.problems) and (new.model is None) <= (old.model is None)

    def _judged(self) -> Outcome:
        self._contexts.clear()
        self._results = self._linked() if self.request.project else self._alone(list(self._subjects.values()))
        self.__dict__.pop("_project", None)
        files = [self._judge(subject) for subject in self._subjects.values()]
        found = [*self._unread, *(diagnostic for file in files for diagnostic in file.done)]
        suppressed = [each for file in files for each in file.suppressed]
        self.traces += [trace for file in files for trace in file.traces if trace not in self.traces]
        return Outcome(
            diagnostics=tuple(sorted(found, key=lambda diagnostic: diagnostic.order)),
            checked=len(self.request.files),
            with_wandb=len(files),
            suppressed=tuple(sorted(suppressed, key=lambda each: each.diagnostic.order)),
            noqa=frozenset[str]().union(*(file.noqa for file in files)),
            sources=self.sources,
        )

    def _result(self, subject: _Subject) -> Analysis:
        from wbcheck.analysis import analyse

        settings = subject.settings
        context = self._contexts.get(subject.found.path)
        known = (settings.extra_modules, settings.houses)
        if context is None or not (context.linked or context.wanted):
            return analyse(subject.found.path, subject.data, *known)
        return analyse(subject.found.path, subject.data, *known, context)

    def _alone(self, subjects: Sequence[_Subject]) -> dict[str, Analysis]:
        """Each file by itself; not again where neither it nor what it knows of others has changed."""
        known = {subject.found.path: self._remembered(subject) or self._kept(subject) for subject in subjects}
        fresh = [subject for subject in subjects if known[subject.found.path] is None]
        for subject, analysis in zip(fresh, self._analyse(fresh), strict=True):
            path = subject.found.path
            self._memory.setdefault(path, []).append((subject.data, self._contexts.get(path), analysis))
            known[path] = analysis
        return {path: analysis for path, analysis in known.items() if analysis is not None}

    def _remembered(self, subject: _Subject) -> Analysis | None:
        path, data = subject.found.path, subject.data
        context = self._contexts.get(path)
        entries = self._memory.get(path, ())
        return next((each for old, about, each in entries if (old, about) == (data, context)), None)

    def _kept(self, subject: _Subject) -> Analysis | None:
        """What an earlier run kept of the same file in the same surroundings."""
        key = self._key(subject)
        if self._cache is None or key is None:
            return None
        from wbcheck.analysis import unpack

        data = self._cache.analysis(subject.found.path, key)
        try:
            return None if data is None else unpack(data)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None

    def _keep(self, subject: _Subject, analysis: Analysis, packed: bytes) -> None:
        key = self._key(subject)
        if self._cache is None or key is None or any(problem.trace for problem in analysis.problems):
            return
        if not may_hold_secret(subject.data):
            self._cache.keep(subject.found.path, key, packed)

    def _key(self, subject: _Subject) -> bytes | None:
        if self._cache is None:
            return None
        from wbcheck.cache import key_of

        path, settings = subject.found.path, subject.settings
        return key_of(path, subject.data, settings.extra_modules, settings.houses, self._contexts.get(path))

    @cached_property
    def _cache(self) -> Cache | None:
        from wbcheck.cache import Cache

        return Cache(self.request.cache) if self.request.cache else None

    def _linked(self) -> dict[str, Analysis]:
        """Each file with what it imports from others of the project: those first that are imported."""
        if not any(b"import" in subject.data for subject in self._subjects.values()):
            return self._alone(list(self._subjects.values()))
        from wbcheck.linking import Linking

        checked = {subject.found.absolute: subject for subject in self._subjects.values()}
        linking = Linking(self._context_bytes, self._is_ours)
        for path, subject in checked.items():
            linking.add(path, subject.data)
        results: dict[str, Analysis] = {}
        for level in linking.order():
            subjects = [checked.get(path) or self._beside(path) for path in level]
            self._understand(linking, subjects, results)
            again = [subject for subject in subjects if self._ask(linking, subject, results)]
            self._understand(linking, again, results)
        self._beside_models = [
            model
            for path in sorted(results.keys() - self._subjects.keys())
            if (model := results[path].model) is not None
        ]
        return {path: results[path] for path in self._subjects}

    def _understand(
        self, linking: Linking, subjects: Sequence[_Subject], results: dict[str, Analysis]
    ) -> None:
        """Analyse files with what is known of others by now, and note what they hold for those to come."""
        for subject in subjects:
            self._contexts[subject.found.path] = linking.context(subject.found.absolute)
        results.update(self._alone(subjects))
        for subject in subjects:
            linking.exports[subject.found.absolute] = results[subject.found.path].exports

    def _ask(self, linking: Linking, subject: _Subject, results: dict[str, Analysis]) -> bool:
        """Read the files of the project that a model holds names of; whether that told anything new."""
        from wbcheck.model.exports import named_in

        path, model = subject.found.absolute, results[subject.found.path].model
        if model is None or not linking.links_of(path):
            return False
        asked = linking.asked(path, named_in(model))
        self._explore(linking, asked, 0)
        linked = linking.context(path).linked
        return any(link.path in linked for link in asked)

    def _explore(self, linking: Linking, asked: Sequence[Link], depth: int) -> None:
        """Read files that are none of W&B's for what is asked of them, and what they take that from."""
        from wbcheck.model.exports import named_by

        for path in sorted({link.file for link in asked}):
            names = {link.name for link in asked if link.file == path}
            subject = self._beside(path)
            for _ in range(2):
                self._contexts[subject.found.path] = linking.explored(path, names)
                (analysis,) = self._alone([subject]).values()
                found = linking.exports[path] = analysis.exports
                more = linking.asked(path, named_by(found)) if depth < MOST_STEPS else []
                self._explore(linking, more, depth + 1)
                if not any(link.path in linking.context(path).linked for link in more):
                    break

    def _beside(self, path: str) -> _Subject:
        """A file of the project that is not checked itself."""
        found = _Beside(os.path.relpath(path), path)
        return _Subject(found, self._settings_beside(path), self._context_bytes(path) or b"")

    def _settings_beside(self, path: str) -> Settings:
        """The settings of a file that is not checked: a configuration that is wrong there is none of ours."""
        try:
            return self.request.settings_for(path)
        except SettingsError:
            return next(iter(self._subjects.values())).settings

    def _context_bytes(self, path: str) -> bytes | None:
        try:
            return self.sources.read(os.path.relpath(path), path)
        except (OSError, ValueError):
            return None

    def _is_ours(self, path: str, data: bytes) -> bool:
        return mentions_wandb(data, _needles(self._settings_beside(path)))

    @cached_property
    def _project(self) -> Project:
        from wbcheck.project import Project
        from wbcheck.surroundings import around

        known = {path: each.model for path, each in self._results.items() if each.model is not None}
        binding = [path for path, model in known.items() if model.binds_wandb]
        beside = around((path, self._subjects[path].found.absolute) for path in binding)
        tests = frozenset(path for path in known if str(self._subjects[path].found.role) == "test")
        # Of files that were named one by one, the others are not here.
        whole = any(not getattr(found, "explicit", False) for found in self.request.files)
        return Project.of([*known.values(), *self._beside_models], beside, tests=tests, whole=whole)

    @cached_property
    def _pins(self) -> Pins:
        from wbcheck.pins import Pins

        return Pins()

    def _versions(self, subject: _Subject) -> Versions:
        """The releases of wandb that count for a file: those asked for, configured or pinned."""
        asked, configured = self.request.wish.wandb_version, subject.settings.wandb_version
        wanted, source = (asked, "--wandb-version") if asked else (configured, "wandb-version")
        if not wanted:
            return self._pins.of(subject.found.absolute)
        if (wanted, source) not in self._wandb:
            from wbcheck.sdk import known_versions

            self._wandb[wanted, source] = known_versions(wanted, source)
        return self._wandb[wanted, source]

    def _judge(self, subject: _Subject) -> _File:
        file = _File(
            subject, self.sources, self._rulesets.of(subject.settings), lambda: self._versions(subject)
        )
        analysis = self._results[subject.found.path]
        for problem in analysis.problems:
            file.refuse(problem)
        if analysis.model is not None:
            file.judge(analysis.model, self._project)
        file.finish()
        return file

    def _sift(self) -> Iterator[_Subject]:
        """The files that mention W&B; what cannot be read is noted."""
        needles: dict[int, tuple[bytes, ...]] = {}
        cache = self._cache
        for found in self.request.files:
            settings = self.request.settings_for(found.absolute)
            words = needles.get(id(settings))
            if words is None:
                words = needles[id(settings)] = _needles(settings)
                if says_which(settings, self.request.wish):
                    self._rulesets.of(settings)
            try:
                times = None if cache is None else self._times(found)
                if cache is not None and times is not None and cache.lacks(found.absolute, times, words):
                    continue
                data = self.sources.read(found.path, found.absolute)
            except OSError as error:
                message = f"cannot be read: {(error.strerror or str(error)).lower()}"
                self._report_unread(found.path, found.absolute, message)
                continue
            if _concerns_wandb(found, data, words):
                self.sources.keep(found.path, data)
                yield _Subject(found, settings, data)
            elif cache is not None and times is not None:
                cache.note_lack(found.absolute, times, words)

    def _times(self, found: Found) -> Times | None:
        """The size and times of a file that is read from the disk. Raises ``OSError``."""
        if found.path in self.request.overlay:
            return None
        from wbcheck.cache import times_of

        return times_of(os.stat(found.absolute))

    def _report_unread(self, path: str, absolute: str, message: str) -> None:
        if UNPARSABLE[0] in self._rulesets.of(self.request.settings_for(absolute)).codes:
            self._unread.append(_failure(path, UNPARSABLE, message))

    def _analyse(self, subjects: Sequence[_Subject]) -> list[Analysis]:
        if not subjects:
            return []
        from wbcheck.analysis import Analysis, Problem, pack, unpack
        from wbcheck.syntax import build  # noqa: F401 - once, here, and not in every worker
        from wbcheck.workers import can_fork, forked

        total = len(subjects)
        progress = self.request.progress or (lambda done, total: None)

        jobs = self.request.jobs or _cores()
        if jobs < 2 or total < PARALLEL_FROM or not can_fork():
            results = []
            for subject in subjects:
                results.append(self._result(subject))
                if self._cache is not None:
                    self._keep(subject, results[-1], pack(results[-1]))
                progress(len(results), total)
            return results
        answers: dict[int, Analysis] = {}
        sizes = [len(subject.data) for subject in subjects]
        try:
            for index, data in forked(
                sizes, lambda index: pack(self._result(subjects[index])), jobs, meanwhile=self._load_rules
            ):
                if data is None:
                    answers[index] = Analysis(None, (Problem("the parser crashed on this file"),))
                else:
                    answers[index] = unpack(data)
                    self._keep(subjects[index], answers[index], data)
                progress(len(answers), total)
        except OSError:
            # No more processes or pipes are to be had: what is left is done here.
            pass
        return [answers.get(index) or self._result(subjects[index]) for index in range(total)]

    def _load_rules(self) -> None:
        for subject in self._subjects.values():
            _ = self._rulesets.of(subject.settings).active


class _File:
    """One file's findings on their way to diagnostics."""

    def __init__(
        self, subject: _Subject, sources: Sources, ruleset: Ruleset, versions: Callable[[], Versions]
    ) -> None:
        self.versions = versions
        self.path = subject.found.path
        self.role = str(subject.found.role)
        self.data = subject.data
        self.sources = sources
        self.ruleset = ruleset
        self.codes = ruleset.in_file(subject.found.absolute, self.role)
        self.model: Model | None = None
        self.placed: list[Diagnostic] = []
        self.statements: tuple[Span, ...] = ()
        self.spoken: set[tuple[str, Span]] = set()
        self.fixes: dict[int, Callable[[], Fix | Refusal | None]] = {}
        self.done: list[Diagnostic] = []
        self.suppressed: list[Silenced] = []
        self.noqa: frozenset[str] = frozenset()
        self.traces: list[str] = []

    @property
    def unit(self) -> Unit:
        unit = self.sources(self.path)
        assert unit is not None, "a file with findings has been read"
        return unit

    def refuse(self, problem: Problem) -> None:
        """The file, or a cell of it, cannot be judged: say why."""
        if problem.trace:
            self.fault(UNPARSABLE, f"wbcheck failed on this file: {problem.message}", problem.trace)
        elif UNPARSABLE[0] in self.codes:
            failure = _failure(self.path, UNPARSABLE, problem.message, problem.span, problem.range)
            why, how = self._words(UNPARSABLE[0])
            self.placed.append(msgspec.structs.replace(failure, why=why, how=how))

    def judge(self, model: Model, project: Project) -> None:
        """Run the rules."""
        self.model = model
        # One tree for all rules that ask for it, gone when they are done.
        tree = lru_cache(maxsize=1)(self._parsed)
        for active in self.ruleset.active:
            if active.info.code in self.codes and not active.info.made_by_engine:
                self._run(active, model, project, tree)

    def _parsed(self) -> Tree:
        """The file's tree, which only packs of a team's own ask for. Raises ``SourceError``."""
        from wbcheck.syntax.tree import Tree

        tree = Tree(self.unit)
        self.statements = tree.statements()
        return tree

    def _run(self, active: Active, model: Model, project: Project, tree: Callable[[], Tree]) -> None:
        names = (active.info.code, active.info.name)
        try:
            findings = active.rule.findings(
                model,
                project=project,
                options=active.options,
                role=self.role,
                versions=self.versions,
                read=self._code_of,
                tree=tree,
            )
            for finding in findings:
                self.place(finding, *names, active.rule.rule.why, active.rule.rule.how)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - one rule's failure must not end the run
            self.fault(names, f"rule {names[1]} failed: {_said(error)}", traceback.format_exc())

    def _code_of(self, path: str) -> str | None:
        unit = self.sources(path)
        return None if unit is None else unit.code

    def place(self, finding: Finding, code: str, name: str, why: str = "", how: str = "") -> None:
        """Give a finding its place and its name."""
        if not 0 <= finding.span.start <= finding.span.end <= len(self.unit.text):
            raise ValueError("a finding outside of the file")
        if (code, finding.span) in self.spoken:
            # One place may have several values: it is told once.
            return
        self.spoken.add((code, finding.span))
        statement = None if self.model is None else self.model.statement_at(finding.span)
        if statement is None and self.statements:
            statement = within(self.statements, finding.span)
        diagnostic = Diagnostic(
            path=self.path,
            span=finding.span,
            range=self.unit.locate(finding.span),
            code=code,
            name=name,
            severity=self.ruleset.severity(code),
            message=finding.message,
            label=finding.label,
            why=finding.why or why,
            how=finding.how or how,
            related=finding.related,
            statement=statement,
        )
        self.placed.append(diagnostic)
        if finding.fix is not None:
            self.fixes[id(diagnostic)] = finding.fix

    def _words(self, code: str) -> tuple[str, str]:
        """Why a rule matters and how to mend what it finds, in its own words."""
        info = self.ruleset.catalogue.get(code)
        if info is None:
            return "", ""
        rule = load_rule(info).rule
        return rule.why, rule.how

    def fault(self, names: tuple[str, str], message: str, trace: str) -> None:
        """A failure of our own."""
        self.placed.append(msgspec.structs.replace(_failure(self.path, names, message), fault=True))
        self.traces.append(f"{self.path}: {message}\n{trace}")

    def finish(self) -> None:
        """Silence what comments silence, judge the comments, build the fixes of what is left."""
        kept = tuple(self._filtered())
        # A fix that fails adds to what is kept, and has no fix itself.
        before = len(self.placed)
        self.done = [self._with_fix(diagnostic) for diagnostic in kept]
        self.done += self.placed[before:]

    def _filtered(self) -> Iterable[Diagnostic]:
        if not self.placed and b"wbcheck:" not in self.data and not self._names_ours():
            return ()
        unit = self.sources(self.path)
        if unit is None:
            return self.placed
        from wbcheck import suppressions

        comments = suppressions.suppressions(unit)
        if not comments:
            return self.placed
        catalogue = self.ruleset.catalogue
        first = suppressions.apply(comments, unit, self.placed, catalogue)
        self.noqa = suppressions.noqa_codes(comments)
        self.suppressed += first.suppressed
        before = len(self.placed)
        # Comments are idle only where the rules have run: not in a file without a model.
        ran = self.codes if self.model is not None else self.codes - {suppressions.UNUSED}
        for code, finding in suppressions.judge(first.uses, unit, ran, catalogue):
            self.place(finding, code, catalogue[code].name, *self._words(code))
        if len(self.placed) == before:
            return first.kept
        second = suppressions.apply(comments, unit, self.placed[before:], catalogue)
        self.suppressed += second.suppressed
        return (*first.kept, *second.kept)

    def _names_ours(self) -> bool:
        """Whether a ``noqa`` may name a rule of ours, so that it counts even where nothing is found."""
        if self.ruleset.settings.plugins:
            return b"noqa" in self.data.lower()
        return _OUR_NOQA.search(self.data) is not None

    def _with_fix(self, diagnostic: Diagnostic) -> Diagnostic:
        make = self.fixes.get(id(diagnostic))
        if make is None:
            return diagnostic
        try:
            fix = make()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - one fix's failure must not end the run
            names = (diagnostic.code, diagnostic.name)
            self.fault(names, f"the fix of {names[1]} failed: {_said(error)}", traceback.format_exc())
            return diagnostic
        if fix is None:
            return diagnostic
        if isinstance(fix, Refusal):
            return self._refused(diagnostic, fix)
        applicability = self.ruleset.applicability(diagnostic.code, fix.applicability)
        if applicability is None:
            return diagnostic
        fix = msgspec.structs.replace(fix, applicability=applicability)
        return msgspec.structs.replace(diagnostic, fix=fix)

    def _refused(self, diagnostic: Diagnostic, refusal: Refusal) -> Diagnostic:
        """The same finding, saying what stands in the way of mending it, and where."""
        place = refusal.path or self.path
        unit = None if refusal.span is None else self.sources(place)
        if unit is None or refusal.span is None:
            return msgspec.structs.replace(diagnostic, how=f"{diagnostic.how} Not mended: {refusal.why}.")
        start = unit.locate(refusal.span).start
        cell = f"cell {start.cell}:" if start.cell else ""
        return msgspec.structs.replace(
            diagnostic,
            how=f"{diagnostic.how} Not mended: {refusal.why} ({place}:{cell}{start.row}).",
            related=(*diagnostic.related, Label(refusal.span, f"not mended: {refusal.why}", refusal.path)),
        )


def _failure(
    path: str,
    names: tuple[str, str],
    message: str,
    span: Span = Span(0, 0),  # noqa: B008 - it is frozen
    place: Range = TOP,
) -> Diagnostic:
    return Diagnostic(path, span, place, *names, Severity.ERROR, message)


def _said(error: BaseException) -> str:
    text = str(error).partition("\n")[0]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _needles(settings: Settings) -> tuple[bytes, ...]:
    """The last word of every name that stands for W&B: whoever uses it has to write it."""
    names = (*settings.extra_modules, *settings.wrappers)
    return tuple(dict.fromkeys(name.rpartition(".")[2].encode() for name in names))


def _concerns_wandb(found: Found, data: bytes, needles: tuple[bytes, ...]) -> bool:
    """Whether a file's bytes may have to do with W&B."""
    return may_be_sweep(data) if found.path.lower().endswith(YAML) else mentions_wandb(data, needles)


def _unit(path: str, data: bytes) -> Unit | None:
    try:
        return read_unit(path, data)
    except SourceError:
        return None


def _read(path: str) -> bytes:
    """A regular file's bytes. Never waits, whatever kind of file it is. Raises ``OSError``."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(0, "not a regular file")
        if status.st_size > MOST_BYTES:
            raise OSError(0, f"larger than {MOST_BYTES // 1024**2} MB")
        data = os.read(descriptor, status.st_size + 1)
        # A short read is the end of the file; a long one says that it has grown since.
        while len(data) > status.st_size and (more := os.read(descriptor, 1 << 20)):
            data += more
            if len(data) > MOST_BYTES:
                raise OSError(0, f"larger than {MOST_BYTES // 1024**2} MB")
        return data
    finally:
        os.close(descriptor)


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


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
