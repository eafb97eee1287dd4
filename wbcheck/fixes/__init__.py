"""Mending what was found: plan a round, repeat in memory until nothing changes, write, or show a diff.

``mend`` changes bytes in memory, ``write`` puts them on disk, ``diff`` shows them; the command
line calls the first and then one of the others.
"""

from __future__ import annotations

from wbcheck.fixes.diff import diff
from wbcheck.fixes.outcome import Fault, FileOutcome, FixOutcome, LeftAlone
from wbcheck.fixes.plan import Plan, plan, targets
from wbcheck.fixes.rounds import ROUNDS, mend
from wbcheck.fixes.write import refusal, write

__all__ = [
    "ROUNDS",
    "Fault",
    "FileOutcome",
    "FixOutcome",
    "LeftAlone",
    "Plan",
    "diff",
    "mend",
    "plan",
    "refusal",
    "targets",
    "write",
]
