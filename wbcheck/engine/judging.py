"""One file's findings on their way to diagnostics: rules run, places found, comments heard, fixes built."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterable
from functools import lru_cache
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
from wbcheck.engine.sources import Sources
from wbcheck.engine.tasks import Subject
from wbcheck.registry import load_rule
from wbcheck.ruleset import Active, Ruleset
from wbcheck.source import CODE, Unit

if TYPE_CHECKING:
    from wbcheck.engine.analysis import Problem
    from wbcheck.model.model import Model
    from wbcheck.project import Project
    from wbcheck.sdk import Versions
    from wbcheck.syntax.tree import Tree

UNPARSABLE = ("WB001", "unparsable-file")
TOP = Range(Position(0, 1, 1), Position(0, 1, 1))
_OUR_NOQA = re.compile(rb"noqa[ \t]*:[^\r\n]*(?:\bWB\d|[a-z]-[a-z])", re.IGNORECASE)


class Judged:
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
            refused = failure(self.path, UNPARSABLE, problem.message, problem.span, problem.range)
            why, how = self._words(UNPARSABLE[0])
            self.placed.append(msgspec.structs.replace(refused, why=why, how=how))

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
            url=self.ruleset.address(code),
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
        self.placed.append(msgspec.structs.replace(failure(self.path, names, message), fault=True))
        self.traces.append(f"{self.path}: {message}\n{trace}")

    def finish(self, fixes: bool) -> None:
        """Silence what comments silence, judge the comments, build the ``fixes`` of what is left."""
        kept = tuple(self._filtered())
        # A fix that fails adds to what is kept, and has no fix itself.
        before = len(self.placed)
        self.done = [self._with_fix(diagnostic) for diagnostic in kept] if fixes else list(kept)
        self.done += self.placed[before:]

    def _filtered(self) -> Iterable[Diagnostic]:
        if not self._may_be_silenced():
            return self.placed
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

    def _may_be_silenced(self) -> bool:
        """Whether a comment may silence something, or be idle: if not, nobody looks for one."""
        if b"wbcheck:" in self.data:
            return True
        if self.placed or self.ruleset.settings.plugins:
            return b"noqa" in self.data.lower()
        # Where nothing is found, only those count that may name a rule of ours.
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


def failure(
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
