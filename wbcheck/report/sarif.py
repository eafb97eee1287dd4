"""SARIF 2.1.0 (docs.oasis-open.org/sarif/sarif/v2.1.0), with what GitHub's code scanning reads of it.

Addresses are relative to the repository, columns count characters, every rule that was checked is listed
with its page, and what a comment or the baseline silences is there as a suppressed result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

from wbcheck import __version__
from wbcheck.diagnostic import Diagnostic, Silenced, Silencer
from wbcheck.report.context import Context
from wbcheck.report.machine import Entry, Place, as_json, chosen, entries
from wbcheck.report.page import page
from wbcheck.rule import LoadedRule, Preset

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = ("error", "warning", "note")
_KINDS = {Silencer.COMMENT: "inSource", Silencer.BASELINE: "external"}


def render(diagnostics: Sequence[Diagnostic], context: Context) -> str:
    """One log with one run; failures of our own are notifications, not results."""
    silenced = {id(each.diagnostic): each for each in context.silenced}
    every = sorted(
        (*diagnostics, *(each.diagnostic for each in context.silenced)), key=lambda each: each.order
    )
    found = entries(every, context)
    mask = context.masker(diagnostics)
    results = [each for each in found if not each.diagnostic.fault]
    faults = [each for each in found if each.diagnostic.fault]
    rules = sorted(context.rules(), key=lambda each: each.rule.code)
    index = {each.rule.code: number for number, each in enumerate(rules)}
    run = {
        "tool": {
            "driver": {
                "name": "wbcheck",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [_rule(each, context.address(each.rule.code)) for each in rules],
            }
        },
        "invocations": [
            {
                "executionSuccessful": not faults,
                "toolExecutionNotifications": [_notification(each) for each in faults],
            }
        ],
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The root of the repository."}}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(each, index, silenced.get(id(each.diagnostic)), mask) for each in results],
    }
    return as_json({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, context.terminal)


def _rule(loaded: LoadedRule, address: str) -> dict[str, Any]:
    rule = loaded.rule
    words = (" ".join(loaded.page.summary.split()), loaded.page.why, rule.how)
    found: dict[str, Any] = {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": " ".join(loaded.page.summary.split()) or rule.name},
        "fullDescription": {"text": f"{rule.why} {rule.how}".strip() or rule.name},
        "help": {"text": "\n\n".join(filter(None, words)), "markdown": page(loaded)},
        "defaultConfiguration": {"level": chosen(_LEVELS, rule.preset.severity)},
        "properties": {
            "tags": ["wandb", loaded.category, rule.preset.value],
            "precision": "very-high" if rule.preset is Preset.ESSENTIAL else "high",
            "problem.severity": chosen(("error", "warning", "recommendation"), rule.preset.severity),
        },
    }
    if address:
        found["helpUri"] = address
    if rule.aliases:
        found["deprecatedNames"] = list(rule.aliases)
    return found


def _result(
    entry: Entry, index: dict[str, int], silenced: Silenced | None, mask: Callable[[str], str]
) -> dict[str, Any]:
    diagnostic, mark = entry.diagnostic, entry.fingerprint
    found: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "level": chosen(_LEVELS, diagnostic.severity),
        "message": {"text": f"{entry.message}. {entry.how}".removesuffix(". ")},
        "locations": [{"physicalLocation": _place(entry.place)}],
        "partialFingerprints": {
            "primaryLocationLineHash": f"{mark.content}:{mark.rank + 1}",
            "wbcheck/v1": mark.whole,
        },
        # Either all results of a run say this, or none (3.27.23).
        "suppressions": [] if silenced is None else [_suppression(silenced, mask)],
    }
    if diagnostic.code in index:
        found["ruleIndex"] = index[diagnostic.code]
    if entry.related:
        found["relatedLocations"] = [
            {"id": number, "message": {"text": message}, "physicalLocation": _place(place)}
            for number, (place, message) in enumerate(entry.related, 1)
        ]
    if entry.fix is not None:
        found["fixes"] = [{"description": {"text": entry.fix.message}, "artifactChanges": _changes(entry)}]
    where = diagnostic.range.start
    if where.cell:
        found["properties"] = {"cell": where.cell, "row": where.row, "column": where.column}
    return found


def _suppression(silenced: Silenced, mask: Callable[[str], str]) -> dict[str, str]:
    found = {"kind": _KINDS[silenced.by], "status": "accepted"}
    return {**found, "justification": mask(silenced.reason)} if silenced.reason else found


def _changes(entry: Entry) -> list[dict[str, Any]]:
    changes: dict[str, dict[str, Any]] = {}
    for edit in entry.edits:
        artifact = {"artifactLocation": _artifact(edit.place.path), "replacements": []}
        own = changes.setdefault(edit.place.path, artifact)
        replacement = {"deletedRegion": _region(edit.place), "insertedContent": {"text": edit.content}}
        own["replacements"].append(replacement)
    return list(changes.values())


def _notification(entry: Entry) -> dict[str, Any]:
    return {
        "level": "error",
        "message": {"text": f"{entry.diagnostic.name}: {entry.message}"},
        "locations": [{"physicalLocation": _place(entry.place)}],
    }


def _place(place: Place) -> dict[str, Any]:
    return {"artifactLocation": _artifact(place.path), "region": _region(place)}


def _artifact(path: str) -> dict[str, str]:
    written = quote(path.encode("utf-8", "surrogateescape"), safe="/")
    if path.startswith("/"):
        return {"uri": f"file://{written}"}
    return {"uri": written, "uriBaseId": "%SRCROOT%"}


def _region(place: Place) -> dict[str, int]:
    return {
        "startLine": place.start.row,
        "startColumn": place.start.column,
        "endLine": place.end.row,
        "endColumn": place.end.column,
    }
