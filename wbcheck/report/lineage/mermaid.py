"""The graph as a Mermaid flowchart, which READMEs and pull requests draw.

Mermaid, as GitHub has it, draws so many arrows and characters (its ``maxEdges`` and ``maxTextSize``); a graph
that is larger says so in a comment.
"""

from __future__ import annotations

from wbcheck.report.context import Terminal
from wbcheck.report.lineage.picture import Arrow, Node, Picture

MOST_ARROWS = 500
MOST_CHARACTERS = 50_000
_TOO_LARGE = f"GitHub draws up to {MOST_ARROWS} and {MOST_CHARACTERS}, --format html draws all"

_SHAPES = {"run": ("[", "]"), "reader": ("[/", "/]")}
_ARTIFACT = ("([", "])")
# Colours that can be read on a light and on a dark page.
_CLASSES = {
    "run": "fill:#1f6feb,stroke:#1f6feb,color:#ffffff",
    "reader": "fill:#6e7781,stroke:#6e7781,color:#ffffff",
    "artifact": "fill:#1a7f37,stroke:#1a7f37,color:#ffffff",
    "unknown": "fill:#6e7781,stroke:#6e7781,color:#ffffff,stroke-dasharray:4",
    "external": "fill:#8250df,stroke:#8250df,color:#ffffff",
    "unlogged": "fill:#9a6700,stroke:#9a6700,color:#ffffff",
    "found": "stroke:#cf222e,stroke-width:3px",
}


def render(picture: Picture, terminal: Terminal) -> str:
    """A flowchart from left to right, with a class for each kind of node."""
    lines = ["flowchart LR"]
    lines += [_node(node) for node in picture.nodes]
    lines += [_arrow(arrow) for arrow in picture.arrows]
    used = {node.tag for node in picture.nodes} | {"found" for node in picture.nodes if node.marks}
    lines += [f"  classDef {name} {style}" for name, style in _CLASSES.items() if name in used]
    found = [node.id for node in picture.nodes if node.marks]
    lines += [f"  class {','.join(found)} found"] if found else []
    size = sum(map(len, lines)) + len(lines)
    if len(picture.arrows) > MOST_ARROWS or size > MOST_CHARACTERS:
        lines.insert(1, f"  %% {len(picture.arrows)} arrows, {size} characters: {_TOO_LARGE}")
    return "\n".join(lines) + "\n"


def _node(node: Node) -> str:
    opens, closes = _SHAPES.get(node.tag, _ARTIFACT)
    words = [word for word in (node.title, node.note) if word]
    codes = " ".join(dict.fromkeys(mark.code for mark in node.marks))
    words += [codes] if codes else []
    return f'  {node.id}{opens}"{"<br>".join(map(_escaped, words))}"{closes}:::{node.tag}'


def _arrow(arrow: Arrow) -> str:
    words = ", ".join(arrow.versions)
    line = "-->" if arrow.is_recorded and arrow.is_certain else "-.->"
    label = f'|"{_escaped(words)}"|' if words else ""
    return f"  {arrow.source} {line}{label} {arrow.target}"


def _escaped(text: str) -> str:
    """Text as Mermaid shows it: everything that it, Markdown or HTML could read is a numbered entity."""
    return "".join(each if each.isalnum() or each in " -_./:," else f"#{ord(each)};" for each in text)
