"""What the tests of reports share: files with findings in them, and notebooks."""

from __future__ import annotations

import json
import re
from typing import Any

from wbcheck import report
from wbcheck.diagnostic import Applicability, Diagnostic, Edit, Fix, Label, Severity, Span
from wbcheck.report.context import Context
from wbcheck.source import Unit, read_unit

SAFE, UNSAFE = Applicability.SAFE, Applicability.UNSAFE


class Code:
    """Files to report on, and findings in them given by the text they are about."""

    def __init__(self, **files: str | bytes) -> None:
        self.units: dict[str, Unit] = {}
        for name, text in files.items():
            path = name.replace("__", "/").replace("_", ".")
            self.units[path] = read_unit(path, text.encode() if isinstance(text, str) else text)
        self.path = next(iter(self.units))

    def span(self, text: str, path: str | None = None) -> Span:
        at = self.units[path or self.path].text.index(text)
        return Span(at, at + len(text))

    def label(self, text: str, message: str, path: str | None = None) -> Label:
        return Label(self.span(text, path), message, path)

    def edit(self, text: str, new: str, path: str | None = None) -> Edit:
        return Edit(self.span(text, path), new, path)

    def fix(self, *edits: Edit, safe: bool = True, message: str = "Mend it") -> Fix:
        return Fix(message, SAFE if safe else UNSAFE, edits)

    def found(self, text: str, code: str = "WB101", name: str = "some-rule", **rest: Any) -> Diagnostic:
        path = rest.pop("path", self.path)
        span = self.span(text, path)
        values = {"severity": Severity.WARNING, "message": "something is wrong"} | rest
        where = self.units[path].locate(span)
        return Diagnostic(path=path, span=span, range=where, code=code, name=name, **values)

    def context(self, **rest: Any) -> Context:
        values: dict[str, Any] = {"root": "/project", "cwd": "/project", "checked": 3} | rest
        return Context(sources=self.units.get, **values)

    def render(self, output_format: str, *found: Diagnostic, **rest: Any) -> str:
        return report.render(output_format, found, self.context(**rest))


def notebook(*cells: str) -> bytes:
    """A notebook of these code cells, each behind a Markdown cell."""
    found: list[dict[str, Any]] = []
    for cell in cells:
        found.append({"cell_type": "markdown", "metadata": {}, "source": "text"})
        found.append({"cell_type": "code", "metadata": {}, "outputs": [], "source": cell})
    return json.dumps({"cells": found, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def without_colours(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)
