"""The graph as JSON, for programs."""

from __future__ import annotations

from typing import Any

from wbcheck.report.context import Terminal
from wbcheck.report.lineage.picture import Arrow, Mark, Node, Picture, Place
from wbcheck.report.machine import as_json

VERSION = 1
"""Counts up when a key changes its meaning or goes."""


def render(picture: Picture, terminal: Terminal) -> str:
    """One object: ``version``, ``runs``, ``artifacts``, ``edges``, ``findings`` elsewhere."""
    return as_json(plain(picture), terminal)


def plain(picture: Picture) -> dict[str, Any]:
    """The graph as plain data, in its order."""
    return {
        "version": VERSION,
        "runs": [_node(node) for node in picture.nodes if node.is_run],
        "artifacts": [_node(node) for node in picture.nodes if not node.is_run],
        "edges": [_edge(arrow) for arrow in picture.arrows],
        "findings": [finding(mark) for mark in picture.others],
    }


def _node(node: Node) -> dict[str, Any]:
    return {
        "id": node.id,
        "kind": node.tag,
        "title": node.title,
        "note": node.note,
        **{name.replace(" ", "_"): words for name, words in node.facts},
        **({} if node.is_run else {"metadata": list(node.metadata)}),
        "locations": list(map(_location, node.places)),
        "findings": list(map(finding, node.marks)),
    }


def run_of(node: Node) -> dict[str, Any]:
    """What tells a run, without its findings."""
    return {key: value for key, value in _node(node).items() if key != "findings"}


def _edge(arrow: Arrow) -> dict[str, Any]:
    return {
        "from": arrow.source,
        "to": arrow.target,
        "kind": arrow.kind,
        "versions": list(arrow.versions),
        "certain": arrow.is_certain,
        "recorded": arrow.is_recorded,
        "locations": list(map(_location, arrow.places)),
    }


def finding(mark: Mark) -> dict[str, Any]:
    """A finding on a node."""
    return {
        "code": mark.code,
        "name": mark.name,
        "severity": mark.severity,
        "message": mark.message,
        "location": _location(mark.place),
    }


def _location(place: Place) -> dict[str, Any]:
    cell = {"cell": place.cell} if place.cell else {}
    return {"filename": place.path, **cell, "row": place.row, "column": place.column}
