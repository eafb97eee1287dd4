"""What is shown when somebody points at a finding, or at a rule in a suppression comment."""

from __future__ import annotations

import re

from wbcheck.diagnostic import Span
from wbcheck.registry import load_rule
from wbcheck.report.page import page
from wbcheck.ruleset import catalogue
from wbcheck.server.checker import Checker, overlapping
from wbcheck.suppressions import suppressions

_WORD = re.compile(r"[\w-]+")


def hover(checker: Checker, path: str, offset: int) -> str | None:
    """The Markdown to show at a character offset of an open document."""
    unit = checker.unit(path)
    if unit is None:
        return None
    known = catalogue(checker.settings_for(path))
    here = Span(offset, offset)
    codes = [each.code for each in overlapping(checker.diagnostics(path), here)]
    for comment in suppressions(unit):
        codes += [
            info.code
            for selector in comment.selectors
            if selector.span.start <= offset <= selector.span.end
            for info in known.values()
            if selector.text.upper() == info.code or selector.text in (info.name, *info.aliases)
        ]
    chosen = [known[code] for code in dict.fromkeys(codes) if code in known]
    return "\n\n---\n\n".join(page(load_rule(info)) for info in chosen) or None
