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
from typing import TYPE_CHECKING

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
from wbcheck.imports import Resolver
from wbcheck.masking import SECRETS, may_hold_secret
from wbcheck.registry import load_rule
from wbcheck.ruleset import Active, Ruleset, Rulesets, Wish, says_which
from wbcheck.settings import Settings
from wbcheck.settings_file import SettingsError
from wbcheck.source import CODE, SourceError, Unit, language_of, may_matter, read_unit
from wbcheck.tasks import Found, Subject, Task

if TYPE_CHECKING:
    from wbcheck.analysis import Analysis, Problem
    from wbcheck.cache import Cache, Times
    from wbcheck.fixes import FixOutcome
    from wbcheck.linking import Outline
    from wbcheck.model.model import Model
    from wbcheck.pins import Pins
    from wbcheck.project import Project
    from wbcheck.sdk import Versions
    from wbcheck.syntax.tree import Tree

UNPARSABLE = ("WB001", "unparsable-file")
PARALLEL_FROM = 8
PARALLEL_BYTES = 48 * 1024
"""With fewer files than this, and fewer bytes beside the largest, workers cost more than they save."""
MOST_BYTES = 256 * 1024 * 1024
_OUR_NOQA = re.compile(rb"noqa[ \t]*:[^\r\n]*(?:\bWB\d|[a-z]-[a-z])", re.IGNORECASE)
MOST_AROUND = 1024 * 1024
"""How much of a project is read where only some files are given, in bytes of those that mention W&B."""
STDIN = "-"
TOP = Range(Position(0, 1, 1), Position(0, 1, 1))


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What to check and how.

    ``problems`` are paths that could not be searched, with why. ``overlay`` holds the bytes that
    stand for a file's own (standard input, an editor's buffer, a round of fixes), by shown path.
    ``cache`` is the folder of what is kept between runs, empty for none.
    ``project`` is whether files are read together with those of their project that they import, and, where
    all were named one by one, with what else of it mentions W&B.
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


def check(request: Request) -> Outcome:
    """Check files.

    Raises ``SettingsError``, ``SelectorError`` and ``RegistryError`` for what cannot be used as it is
    written, never anything because of what a file holds.
    """
    return Session(request).run()


class Part(msgspec.Struct, frozen=True):
    """One of the projects that were checked: what it says, and the models of its files.

    ``beside`` are those of files that were only read for the others.
    """

    project: Project
    models: tuple[Model, ...]
    beside: tuple[Model, ...]


class Session:
    """A check that can be asked again, with new bytes for some of its files, and can mend what it finds.

    ``outcome`` is what came of it last.
    """

    outcome: Outcome

    def __init__(self, request: Request) -> None:
        self.request = request
        self.sources = Sources(request.overlay)
        self.traces: list[str] = []
        self._rulesets = Rulesets(request.wish)
        self._unread: list[Diagnostic] = []
        self._subjects: dict[str, Subject] = {}
        self._others: list[Found] = []
        self._holders: dict[frozenset[str], list[str]] = {}
        self._around: list[Subject] = []
        # Of files that were named one by one, the others are not here.
        self._whole = any(not getattr(found, "explicit", False) for found in request.files)
        self._read: dict[str, tuple[Task, Analysis]] = {}
        self._memory: dict[str, list[tuple[Task, Analysis]]] = {}
        self._projects: dict[str, Project] = {}
        self._roots: dict[str, str] = {}
        self._resolver = Resolver()
        self._wandb: dict[tuple[str, str], Versions] = {}

    def run(self) -> Outcome:
        """Check all files. Raises as ``check`` does."""
        for path, message in self.request.problems:
            self._report_unread(path, os.path.abspath(path), message)
        for subject in self._sift():
            self._subjects[subject.found.path] = subject
        if self.request.project and not self._whole:
            self._around, self._whole = self._look_around()
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
                if found.path in self._subjects or may_matter(found.path, data, _needles(settings)):
                    self._subjects[found.path] = Subject(found, settings, data)
        self._around = [
            msgspec.structs.replace(each, data=changed.get(each.found.path, each.data))
            for each in self._around
        ]
        with _collector_off():
            return self._judged()

    def model(self, path: str) -> Model | None:
        """What is understood of a file that was checked, by its shown path."""
        return self._read[path][1].model if path in self._read else None

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

    def project(self, path: str) -> Project:
        """What the project says that a file of this check (its path as shown) belongs to."""
        return self._project_of(self._read[path][0].subject) if path in self._read else Project()

    def parses(self, path: str, data: bytes) -> bool:
        """Whether ``data`` can still be read, compiled and analysed as far as the file could before.

        The file may be any, whether it is checked or not.
        """
        before, after = self.sources(path), _unit(path, data)
        if before is None or after is None or before.is_sound() > after.is_sound():
            return False
        if path not in self._read:
            return True
        task, old = self._read[path]
        new = self._result(task._replace(subject=msgspec.structs.replace(task.subject, data=data)))
        return len(new.problems) <= len(old.problems) and (new.model is None) <= (old.model is None)

    def _judged(self) -> Outcome:
        self._read = {task.subject.found.path: (task, analysis) for task, analysis in self._analysed()}
        self._projects = {}
        self._roots = self._resolver.projects_of(
            {path: task.subject.found.absolute for path, (task, _) in self._read.items()}
        )
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
            return zip(tasks, self._analyse(tasks), strict=True)
        from wbcheck.linked import Reading

        reading = Reading(
            subjects,
            beside=self._beside,
            is_ours=lambda subject: may_matter(subject.found.path, subject.data, _needles(subject.settings)),
            holding=self._holding,
            outline=self._outline,
            analyse=self._analyse,
        )
        reading.run()
        return [
            (task, reading.results[path])
            for path, task in reading.tasks.items()
            if not (task.context and task.context.anyway)
        ]

    def _result(self, task: Task) -> Analysis:
        from wbcheck.analysis import analyse

        subject, settings = task.subject, task.subject.settings
        known = (settings.extra_modules, settings.houses)
        return analyse(subject.found.path, subject.data, *known, *((task.context,) if task.context else ()))

    def _analyse(self, tasks: Sequence[Task]) -> list[Analysis]:
        """Analyses in the order of the tasks; none is done again."""
        known = [self._remembered(task) or self._kept(task) for task in tasks]
        fresh = iter(
            self._analyse_fresh([task for task, each in zip(tasks, known, strict=True) if each is None])
        )
        results = [each or next(fresh) for each in known]
        for task, before, each in zip(tasks, known, results, strict=True):
            if before is None:
                self._memory.setdefault(task.subject.found.path, []).append((task, each))
        return results

    def _remembered(self, task: Task) -> Analysis | None:
        entries = self._memory.get(task.subject.found.path, ())
        wanted = (task.subject.data, task.context)
        return next((each for old, each in entries if (old.subject.data, old.context) == wanted), None)

    def _kept(self, task: Task) -> Analysis | None:
        """What an earlier run kept of the same file in the same surroundings."""
        key = self._key(task)
        if self._cache is None or key is None:
            return None
        from wbcheck.analysis import unpack

        data = self._cache.analysis(task.subject.found.path, key)
        try:
            return None if data is None else unpack(data)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None

    def _keep(self, task: Task, analysis: Analysis, packed: bytes) -> None:
        key = self._key(task)
        if self._cache is None or key is None or any(problem.trace for problem in analysis.problems):
            return
        if not may_hold_secret(task.subject.data):
            self._cache.keep(task.subject.found.path, key, packed)

    def _key(self, task: Task) -> bytes | None:
        if self._cache is None:
            return None
        from wbcheck.cache import key_of

        subject, settings = task.subject, task.subject.settings
        context = task.context or None
        return key_of(subject.found.path, subject.data, settings.extra_modules, settings.houses, context)

    @cached_property
    def _cache(self) -> Cache | None:
        from wbcheck.cache import Cache

        return Cache(self.request.cache) if self.request.cache else None

    def _look_around(self) -> tuple[list[Subject], bool]:
        """The files of the project about those given that mention W&B; whether these are all.

        They tell what the project does. Nothing is reported on them.
        """
        from wbcheck.files import beside

        given = [found.absolute for found in self.request.files if found.path != STDIN]
        roots = {self._resolver.project_of(path) for path in given}
        files, whole = beside(given, roots - {""}, self._settings_beside)
        found: list[Subject] = []
        left = MOST_AROUND
        for each in files:
            subject = self._beside(each.absolute)
            if subject is None or not may_matter(each.path, subject.data, _needles(subject.settings)):
                continue
            left -= len(subject.data)
            if left < 0:
                return found, False
            found.append(msgspec.structs.replace(subject, found=each))
        return found, whole and bool(roots) and "" not in roots

    def _holding(self, words: frozenset[str]) -> list[Subject]:
        """Those of the files given that do not mention W&B, but have one of these words in them."""
        if words not in self._holders:
            self._holders[words] = list(self._search(words))
        found = [self._beside(path) for path in self._holders[words]]
        return [subject for subject in found if subject is not None]

    def _search(self, words: frozenset[str]) -> Iterator[str]:
        from wbcheck.cache import digest

        needles = tuple(sorted(word.encode() for word in words))
        known = (digest(*needles),)
        cache = self._cache
        for found in self._others:
            if found.path in self._subjects or language_of(found.path) not in CODE:
                continue
            try:
                times = None if cache is None else self._times(found)
                if cache is not None and times is not None and cache.lacks(found.absolute, times, known):
                    continue
                data = self.sources.read(found.path, found.absolute)
            except OSError:
                continue
            if any(needle in data for needle in needles):
                yield found.absolute
            elif cache is not None and times is not None:
                cache.note_lack(found.absolute, times, known)

    def _beside(self, path: str) -> Subject | None:
        """A file of the project (absolute) that need not be among those given."""
        shown = os.path.relpath(path) if path.startswith(os.getcwd().rstrip(os.sep) + os.sep) else path
        try:
            data = self.sources.read(shown, path)
        except (OSError, ValueError):
            return None
        known = self._others_by_path.get(path)
        return Subject(known or _Beside(shown, path), self._settings_beside(path), data)

    @cached_property
    def _others_by_path(self) -> dict[str, Found]:
        return {found.absolute: found for found in self._others}

    def _outline(self, path: str, data: bytes) -> Outline:
        from wbcheck.linking import Outline

        return Outline() if self._cache is None else self._cache.outline(path, data)

    def _settings_beside(self, path: str) -> Settings:
        """The settings of a file that is not checked: a configuration that is wrong there is none of ours."""
        try:
            return self.request.settings_for(path)
        except SettingsError:
            return next(iter(self._subjects.values())).settings

    def parts(self) -> list[Part]:
        """What was read for the last answer, project by project, in the order of their roots."""
        given = {found.path for found in self.request.files}
        parts = []
        for root in sorted(set(self._roots.values())):
            models = [
                (path, analysis.model)
                for path, (_, analysis) in self._read.items()
                if self._roots[path] == root and analysis.model is not None
            ]
            if root not in self._projects:
                self._projects[root] = self._facts_of(root)
            parts.append(
                Part(
                    self._projects[root],
                    tuple(model for path, model in models if path in given),
                    tuple(model for path, model in models if path not in given),
                )
            )
        return parts

    def _project_of(self, subject: Subject) -> Project:
        """What the project that a file belongs to says: facts of one are none of another."""
        root = self._roots[subject.found.path]
        if root not in self._projects:
            self._projects[root] = self._facts_of(root)
        return self._projects[root]

    def _facts_of(self, root: str) -> Project:
        from wbcheck.analysis import analyse
        from wbcheck.project import Project
        from wbcheck.surroundings import around

        models: list[Model] = []
        setting: dict[str, Model] = {}
        binding: list[tuple[str, str]] = []
        tests: set[str] = set()
        for path, (task, analysis) in self._read.items():
            found, model = task.subject.found, analysis.model
            if model is None or self._roots[path] != root:
                continue
            if language_of(path) not in CODE:
                setting[path] = model
                continue
            models.append(model)
            binding += [(path, found.absolute)] if model.binds_wandb else []
            tests |= {path} if str(found.role) == "test" else set()
        beside = around(binding)
        for each in beside.setting:
            read = None if each.path in setting else analyse(each.path, each.data, (), {}).model
            setting |= {} if read is None else {each.path: read}
        return Project.of(models, beside, setting.values(), tests=frozenset(tests), whole=self._whole)

    @cached_property
    def _pins(self) -> Pins:
        from wbcheck.pins import Pins

        return Pins()

    def _versions(self, subject: Subject) -> Versions:
        """The releases of wandb that count for a file: those asked for, configured or pinned."""
        asked, configured = self.request.wish.wandb_version, subject.settings.wandb_version
        wanted, source = (asked, "--wandb-version") if asked else (configured, "wandb-version")
        if not wanted:
            return self._pins.of(subject.found.absolute)
        if (wanted, source) not in self._wandb:
            from wbcheck.sdk import known_versions

            self._wandb[wanted, source] = known_versions(wanted, source)
        return self._wandb[wanted, source]

    def _judge(self, task: Task, analysis: Analysis) -> _File:
        subject = task.subject
        file = _File(
            subject, self.sources, self._rulesets.of(subject.settings), lambda: self._versions(subject)
        )
        for problem in analysis.problems:
            file.refuse(problem)
        if analysis.model is not None:
            file.judge(analysis.model, self._project_of(subject))
        file.finish()
        return file

    def _sift(self) -> Iterator[Subject]:
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
                    self._others.append(found)
                    continue
                data = self.sources.read(found.path, found.absolute)
            except OSError as error:
                message = f"cannot be read: {(error.strerror or str(error)).lower()}"
                self._report_unread(found.path, found.absolute, message)
                continue
            if may_matter(found.path, data, words):
                self.sources.keep(found.path, data)
                yield Subject(found, settings, data)
                continue
            self._others.append(found)
            if cache is not None and times is not None:
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

    def _analyse_fresh(self, tasks: Sequence[Task]) -> list[Analysis]:
        if not tasks:
            return []
        from wbcheck.analysis import Analysis, Problem, pack, unpack
        from wbcheck.workers import can_fork, forked

        total = len(tasks)
        progress = self.request.progress or (lambda done, total: None)

        jobs = self.request.jobs or _cores()
        sizes = [len(task.subject.data) for task in tasks]
        few = total < PARALLEL_FROM and sum(sizes) - max(sizes) < PARALLEL_BYTES
        if jobs < 2 or few or not can_fork():
            results = []
            for task in tasks:
                results.append(self._result(task))
                if self._cache is not None:
                    self._keep(task, results[-1], pack(results[-1]))
                progress(len(results), total)
            return results
        if any(language_of(task.subject.found.path) in CODE for task in tasks):
            from wbcheck.syntax import build  # noqa: F401 - once, here, and not in every worker

        answers: dict[int, Analysis] = {}
        try:
            for index, data in forked(
                sizes, lambda index: pack(self._result(tasks[index])), jobs, meanwhile=self._load_rules
            ):
                if data is None:
                    answers[index] = Analysis(None, (Problem("the parser crashed on this file"),))
                else:
                    answers[index] = unpack(data)
                    self._keep(tasks[index], answers[index], data)
                progress(len(answers), total)
        except OSError:
            # No more processes or pipes are to be had: what is left is done here.
            pass
        return [answers.get(index) or self._result(tasks[index]) for index in range(total)]

    def _load_rules(self) -> None:
        for subject in self._subjects.values():
            _ = self._rulesets.of(subject.settings).active


class _File:
    """One file's findings on their way to diagnostics."""

    def __init__(
        self, subject: Subject, sources: Sources, ruleset: Ruleset, versions: Callable[[], Versions]
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
        if unit is None:
            return None
        # Outside Python, the code is made for finding comments.
        return unit.code if unit.language in CODE else unit.text

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
            how = f"{diagnostic.how} Not mended: {refusal.why}."
            return msgspec.structs.replace(diagnostic, how=how, refused=refusal.why)
        start = unit.locate(refusal.span).start
        cell = f"cell {start.cell}:" if start.cell else ""
        refused = f"{refusal.why} ({place}:{cell}{start.row})"
        return msgspec.structs.replace(
            diagnostic,
            how=f"{diagnostic.how} Not mended: {refused}.",
            refused=refused,
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
