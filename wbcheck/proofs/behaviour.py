"""Whether a program does to W&B what it did, once a fix has been made.

Bad examples and their fixed texts are run under the real SDK offline. What the two recorded is the same,
but for what the rule says that its fix changes (``Rule.changes``); a program that raised goes on from there.
"""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

from wbcheck.diagnostic import Applicability
from wbcheck.examples import Bad, Proof, Ran, Recorded, clean
from wbcheck.proofs import Script
from wbcheck.rule import LoadedRule, Preset

# What differs from run to run.
_CHANCE = re.compile(r"wandb-client-artifact://\w+|(?<!\d)1[5-9]\d{8}(?:\.\d+)?(?!\d)")
_APART = ("id", "started", "exit_code")


class Pair(msgspec.Struct, frozen=True):
    """A bad example and what its fix makes of it."""

    code: str
    example: int
    before: Script
    after: Script


def pairs(loaded: LoadedRule) -> tuple[Pair, ...]:
    """Every fixed example of a rule that fixes safely, or that is essential; those of scripts."""
    rule = loaded.rule
    if rule.fix is None or not (rule.fix is Applicability.SAFE or rule.preset is Preset.ESSENTIAL):
        return ()
    proof = next((each for each in loaded.proofs if isinstance(each, Proof)), None)
    setup, environment = (clean(proof.setup), proof.environment) if proof else ("", {})
    return tuple(
        Pair(
            rule.code,
            number,
            Script(setup + example.code, environment, True),
            Script(setup + clean(example.fixed), environment, True),
        )
        for number, example in enumerate(loaded.examples, start=1)
        if isinstance(example, Bad) and example.fixed is not None
        if not example.notebook and not example.beside and example.path[-3:] in ("", ".py")
    )


def tells(before: Ran, after: Ran) -> bool:
    """Whether a pair shows anything: the fixed program runs, and starts a run or mends what raised."""
    return not after.errors and bool(before.errors or after.runs)


def differences(before: Ran, after: Ran) -> dict[str, tuple[Any, Any]]:
    """What was recorded before and is not after: each field of the record, old and new.

    ``runs`` stands for their number, ``errors`` for how the programs ended. Where the first program
    raised, the second may record more; where both did, nothing can be told.
    """
    if after.errors:
        return {} if before.errors else {"errors": ("", f"{after.errors[0]}: {after.text}")}
    went_on = bool(before.errors)
    if len(before.runs) != len(after.runs) and not (went_on and len(before.runs) < len(after.runs)):
        return {"runs": (len(before.runs), len(after.runs))}
    found: dict[str, tuple[Any, Any]] = {}
    for old, new in zip(map(_steady, before.runs), map(_steady, after.runs), strict=False):
        for field, value in old.items():
            same = _is_begun(value, new[field]) if went_on else value == new[field]
            if not same:
                found.setdefault(field, (value, new[field]))
    return found


def _steady(run: Recorded) -> dict[str, Any]:
    """A run's record without what chance and the clock make different each time."""
    text = json.dumps(msgspec.to_builtins(run), sort_keys=True)
    text = _CHANCE.sub("0", text.replace(run.id, "0") if run.id else text)
    return {field: value for field, value in json.loads(text).items() if field not in _APART}


def _is_begun(old: Any, new: Any) -> bool:
    """Whether a record that was broken off can have become the other one."""
    if isinstance(old, list):
        return bool(new[: len(old)] == old)
    if isinstance(old, dict):
        return set(old) <= set(new)
    return old in ("", new)
