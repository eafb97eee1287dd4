"""What the open documents say: one check, asked again as they change.

Everything here runs on one thread, and nothing knows of LSP.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from wbcheck import settings
from wbcheck.diagnostic import Applicability, Diagnostic, Span
from wbcheck.engine import Outcome, Request, Session
from wbcheck.facts import are_apart
from wbcheck.files import FoundFile, role_of
from wbcheck.fixes.plan import Change, plan
from wbcheck.ruleset import restricted
from wbcheck.server.held import Held
from wbcheck.settings import Settings
from wbcheck.source import Language, Unit, language_of

SUFFIXES = (".py", ".pyi")


class Checker:
    """The open documents by absolute path, and the findings in them.

    ``trusted`` is whether plug-ins that a configuration names may be imported: they are code.
    """

    def __init__(self, trusted: bool) -> None:
        self.trusted = trusted
        self._open: dict[str, bytes] = {}
        self._session: Session | None = None
        self._new: tuple[Diagnostic, ...] = ()
        self.forget()

    def put(self, path: str, data: bytes) -> None:
        """A document is open, or has changed: what it holds now."""
        before = self._open.get(path)
        self._open[path] = data
        if before is None or self._session is None:
            self._session = None
        elif data != before:
            self._said(self._session.recheck({shown(path): data}))

    def drop(self, path: str) -> None:
        """A document is no longer open."""
        if self._open.pop(path, None) is not None:
            self._session = None

    def forget(self) -> None:
        """Files on the disk have changed, or how they are to be checked: look at all of them anew."""
        self._resolver = settings.load(adapt=None if self.trusted else restricted)
        self._held = Held(self.settings_for)
        self._session = None

    def diagnostics(self, path: str) -> tuple[Diagnostic, ...]:
        """The findings in an open document that count: not those that a baseline holds back.

        Raises what ``engine.check`` raises of the configuration.
        """
        self._checked()
        name = shown(path)
        return tuple(each for each in self._new if each.path == name)

    def unit(self, path: str) -> Unit | None:
        """The unit of a file, open or not, under the path that diagnostics carry or an absolute one."""
        return self._checked().sources(shown(path))

    def fixes(self, path: str) -> dict[str, tuple[Change, ...]]:
        """The edits of all safe fixes in a document that can be made at once, by shown path."""
        safe = Applicability.SAFE
        return plan(
            self.diagnostics(path), lambda each: each.fix is not None and each.fix.applicability is safe
        ).edits

    def loggers(self, path: str, offset: int) -> list[tuple[str, Span]]:
        """Where the artifact is made or logged whose reference stands at an offset: shown paths and spans."""
        facts = self._checked().project(shown(path)).facts
        return [
            (made.path, made.span)
            for used in facts.inputs_of(shown(path))
            if used.span.start <= offset <= used.span.end
            for made in facts.outputs
            if made.name == used.name and not are_apart(made.home, used.home)
        ]

    def settings_for(self, path: str) -> Settings:
        """The settings of a file; where nobody is trusted, without what runs code."""
        return self._resolver.for_file(path)

    def _checked(self) -> Session:
        if self._session is None:
            session = Session(self._request())
            self._said(session.run())
            self._session = session
        return self._session

    def _said(self, outcome: Outcome) -> None:
        self._new = self._held.new(outcome, self._open)

    def _request(self) -> Request:
        files = tuple(found for path in sorted(self._open) if (found := self._found(path)) is not None)
        first = self.settings_for(files[0].absolute).cache_dir if files else ""
        return Request(
            files=files,
            settings_for=self.settings_for,
            overlay={shown(path): data for path, data in self._open.items()},
            jobs=1,
            cache=first,
        )

    def _found(self, path: str) -> FoundFile | None:
        if language_of(path) is Language.PYTHON and not path.lower().endswith(SUFFIXES):
            return None
        if settings.matches(self.settings_for(path).exclude, path):
            return None
        return FoundFile(shown(path), path, role_of(path), True)


def shown(path: str) -> str:
    """A path as diagnostics carry it: relative to the working directory where it lies below it."""
    here = os.getcwd().rstrip(os.sep) + os.sep
    return path.removeprefix(here)


def whole(path: str) -> str:
    """The absolute path of one that diagnostics carry."""
    return os.path.normpath(os.path.join(os.getcwd(), path))


def overlapping(diagnostics: Iterable[Diagnostic], span: Span) -> list[Diagnostic]:
    """The findings that share a character with a span, or touch it where it is empty."""
    return [each for each in diagnostics if each.span.start <= span.end and span.start <= each.span.end]
