"""Comments that silence findings: which there are, what they silence, and which are idle.

``# wbcheck: ignore[WB101, metric-not-namespaced] reason`` on any line of a statement (of a
compound one: its header) or alone above it; ``# wbcheck: ignore-file[...]`` anywhere;
``# noqa: WB101`` and a bare ``# noqa`` on any line of the statement. ``# ruff: noqa`` and
``# flake8: noqa`` are not ours. It is a filter over finished diagnostics.
"""

from __future__ import annotations

from wbcheck.suppressions.adding import Additions, additions, written
from wbcheck.suppressions.judging import judge, removal
from wbcheck.suppressions.matching import BLANKET, UNKNOWN, UNUSED, Filtered, Use, apply
from wbcheck.suppressions.parse import Selector, Suppression, Verb, noqa_codes, suppressions
from wbcheck.suppressions.ruff import ruff_notice

__all__ = [
    "BLANKET",
    "UNKNOWN",
    "UNUSED",
    "Additions",
    "Filtered",
    "Selector",
    "Suppression",
    "Use",
    "Verb",
    "additions",
    "apply",
    "judge",
    "noqa_codes",
    "removal",
    "ruff_notice",
    "suppressions",
    "written",
]
