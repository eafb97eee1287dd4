"""Findings, edits and pages in LSP's own types."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from lsprotocol import types

from wbcheck.diagnostic import Applicability, Diagnostic, Fix, Severity, Span
from wbcheck.masking import masker
from wbcheck.server.checker import Checker, overlapping, whole
from wbcheck.server.documents import Document, uri_of
from wbcheck.server.places import Point, offset, points
from wbcheck.source import Unit

SOURCE = "wbcheck"
FIX_ALL = "source.fixAll.wbcheck"
NOTEBOOK_FIX_ALL = f"notebook.{FIX_ALL}"
"""What VS Code asks for when a notebook is saved."""
_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFO: types.DiagnosticSeverity.Information,
}
Changes = dict[str, list[types.TextEdit]]
Edits = Iterable[tuple[str, Span, str]]


class Messages:
    """What is said about documents, in the encoding that the editor wants."""

    def __init__(self, checker: Checker, documents: Mapping[str, Document], encoding: str) -> None:
        self._checker = checker
        self._documents = documents
        self._encoding = encoding

    def diagnostics(self, document: Document) -> dict[str, list[types.Diagnostic]]:
        """The findings of a document by the address that they are shown at: of a notebook its cells'."""
        said: dict[str, list[types.Diagnostic]] = {
            address: [] for address in document.cells or (document.uri,)
        }
        found = self._checker.diagnostics(document.path)
        mask = masker(found, self._checker.unit)
        unit = self._checker.unit(document.path)
        for each in found:
            start, end = (Point(1, 0, 0),) * 2 if unit is None else points(unit, each.span, self._encoding)
            said.setdefault(document.address(start.cell), []).append(
                self._diagnostic(each, _range(start, end), mask)
            )
        return said

    def actions(
        self, document: Document, cell: int, wanted: types.Range, only: Sequence[str] | None
    ) -> list[types.CodeAction]:
        """What can be done at a place of a document: its fixes, silencing it, all safe fixes at once."""
        unit = self._checker.unit(document.path)
        if unit is None:
            return []
        found = self._checker.diagnostics(document.path)
        mask = masker(found, self._checker.unit)
        actions: list[types.CodeAction] = []
        if _is_wanted("quickfix", only):
            start, end = (self.offset(document, cell, each) for each in (wanted.start, wanted.end))
            here = [] if start is None or end is None else overlapping(found, Span(start, end))
            actions += [
                made for each in here if (made := self._quick_fix(document, unit, each, mask)) is not None
            ]
            actions += [
                made for each in here if (made := self._silence(document, unit, each, mask)) is not None
            ]
        if _is_wanted(FIX_ALL, only):
            actions += self._all_fixes(document, FIX_ALL, mask)
        elif _is_wanted(NOTEBOOK_FIX_ALL, only):
            actions += self._all_fixes(document, NOTEBOOK_FIX_ALL, mask)
        return [each for each in actions if each.edit is not None]

    def _all_fixes(
        self, document: Document, kind: str, mask: Callable[[str], str]
    ) -> Iterator[types.CodeAction]:
        edits = self._checker.fixes(document.path)
        if edits:
            flat = ((path, span, text) for path, own in edits.items() for span, text in own)
            title = "wbcheck: make all safe fixes"
            yield types.CodeAction(title=title, kind=kind, edit=self._edit(document, flat, mask))

    def place(self, path: str, span: Span) -> types.Location | None:
        """Where a span of a file is shown; ``path`` is as diagnostics carry it."""
        unit = self._checker.unit(path)
        if unit is None:
            return None
        start, end = points(unit, span, self._encoding)
        document = self._documents.get(whole(path))
        uri = uri_of(whole(path)) if document is None else document.address(start.cell)
        return types.Location(uri, _range(start, end))

    def loggers(self, path: str, at: int) -> list[types.Location]:
        """Where the artifact is made or logged whose reference stands at an offset of a document."""
        places = (self.place(*each) for each in self._checker.loggers(path, at))
        return [place for place in places if place is not None]

    def offset(self, document: Document, cell: int, position: types.Position) -> int | None:
        """The offset of a place in a document's text, ``None`` where it is not in it."""
        unit = self._checker.unit(document.path)
        if unit is None:
            return None
        try:
            return offset(unit, Point(cell, position.line, position.character), self._encoding)
        except IndexError:
            return None

    def _diagnostic(
        self, each: Diagnostic, where: types.Range, mask: Callable[[str], str]
    ) -> types.Diagnostic:
        related = [
            types.DiagnosticRelatedInformation(place, mask(label.message))
            for label in each.related
            if (place := self.place(label.path or each.path, label.span)) is not None
        ]
        words = [f"{each.name}: {each.message}", each.why, each.how]
        return types.Diagnostic(
            range=where,
            message=mask("\n".join(word for word in words if word)),
            severity=_SEVERITIES[each.severity],
            code=each.code,
            code_description=types.CodeDescription(each.url) if each.url else None,
            source=SOURCE,
            related_information=related or None,
        )

    def _quick_fix(
        self, document: Document, unit: Unit, each: Diagnostic, mask: Callable[[str], str]
    ) -> types.CodeAction | None:
        fix = each.fix
        if fix is None:
            return None
        is_safe = fix.applicability is Applicability.SAFE
        start, end = points(unit, each.span, self._encoding)
        return types.CodeAction(
            title=f"{each.code}: {mask(fix.message)}{'' if is_safe else ' (unsafe)'}",
            kind=types.CodeActionKind.QuickFix,
            diagnostics=[self._diagnostic(each, _range(start, end), mask)],
            is_preferred=is_safe,
            edit=self._edit(document, _edits_of(each, fix), mask),
        )

    def _silence(
        self, document: Document, unit: Unit, each: Diagnostic, mask: Callable[[str], str]
    ) -> types.CodeAction | None:
        from wbcheck.suppressions.adding import additions

        added = additions(unit, [each])
        if not added.edits:
            return None
        return types.CodeAction(
            title=f"{each.code}: silence it here",
            kind=types.CodeActionKind.QuickFix,
            is_preferred=False,
            edit=self._edit(document, ((each.path, span, text) for span, text in added.edits), mask),
        )

    def _edit(
        self, document: Document, edits: Edits, mask: Callable[[str], str]
    ) -> types.WorkspaceEdit | None:
        """Edits by document; ``None`` where one of them cannot be placed, or would spell out a secret."""
        changes: Changes = {}
        for path, span, text in edits:
            place = self.place(path, span)
            if place is None or mask(text) != text:
                return None
            changes.setdefault(place.uri, []).append(types.TextEdit(place.range, text))
        return types.WorkspaceEdit(changes=changes)


def _edits_of(each: Diagnostic, fix: Fix) -> Edits:
    return ((edit.path or each.path, edit.span, edit.content) for edit in fix.edits)


def _range(start: Point, end: Point) -> types.Range:
    # A finding's span may end in another cell than it starts in: only the first one is marked.
    last = end if end.cell == start.cell else start
    return types.Range(types.Position(start.row, start.column), types.Position(last.row, last.column))


def _is_wanted(kind: str, only: Sequence[str] | None) -> bool:
    """Whether a kind of action is among those asked for: ``source`` asks for ``source.fixAll``, too."""
    return only is None or any(kind == each or kind.startswith(f"{each}.") for each in only)
