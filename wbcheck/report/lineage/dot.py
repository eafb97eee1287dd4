"""The graph in the language of Graphviz: ``dot -Tsvg``."""

from __future__ import annotations

from wbcheck.report.context import Terminal
from wbcheck.report.lineage.picture import Arrow, Node, Picture

_STYLES = {
    "run": 'shape=box, style="rounded,filled", fillcolor="#ddf4ff", color="#0969da"',
    "reader": 'shape=box, style="dashed,filled", fillcolor="#f6f8fa", color="#6e7781"',
    "artifact": 'shape=cylinder, style=filled, fillcolor="#dafbe1", color="#1a7f37"',
    "unknown": 'shape=cylinder, style="dashed,filled", fillcolor="#f6f8fa", color="#6e7781"',
    "external": 'shape=cylinder, style=filled, fillcolor="#fbefff", color="#8250df"',
    "unlogged": 'shape=cylinder, style=filled, fillcolor="#fff8c5", color="#9a6700"',
}


def render(picture: Picture, terminal: Terminal) -> str:
    """A directed graph in layers from left to right."""
    lines = ["digraph lineage {", "  rankdir=LR;", '  node [fontname="sans-serif"];']
    lines += [_node(node) for node in picture.nodes]
    lines += [_arrow(arrow) for arrow in picture.arrows]
    return "\n".join([*lines, "}"]) + "\n"


def _node(node: Node) -> str:
    codes = " ".join(dict.fromkeys(mark.code for mark in node.marks))
    words = [word for word in (node.title, node.note, codes) if word]
    found = ", penwidth=3" if node.marks else ""
    where = _escaped("\n".join(map(str, node.places)))
    label = _escaped("\n".join(words))
    return f'  {node.id} [label="{label}", tooltip="{where}", {_STYLES[node.tag]}{found}];'


def _arrow(arrow: Arrow) -> str:
    words = _escaped(", ".join(arrow.versions))
    style = "" if arrow.is_recorded and arrow.is_certain else ", style=dashed"
    return f'  {arrow.source} -> {arrow.target} [label="{words}"{style}];'


def _escaped(text: str) -> str:
    """The inside of a quoted text; a line feed is one. Control characters are left out."""
    shown = "".join(each for each in text if each.isprintable() or each == "\n")
    return shown.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
