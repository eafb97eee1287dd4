"""Pages that stand alone: templates filled with text, with scripts and styles inside of them."""

from __future__ import annotations

import html
import json
import re
from importlib import resources
from typing import Any

from wbcheck import __version__

_HOLE = re.compile(r"\{\{(\w+)\}\}")


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def template(name: str) -> str:
    """A file of ``wbcheck/report/templates``."""
    return resources.files("wbcheck.report").joinpath("templates", name).read_text(encoding="utf-8")


def page(name: str, **parts: str) -> str:
    """A template with its holes filled: text is escaped, ``Markup`` stands as it is. Raises ``KeyError``."""
    known = {"version": __version__, "style": Markup(template("page.css")), **parts}
    return filled(template(name), known)


def filled(text: str, parts: dict[str, str]) -> Markup:
    """What stands in ``{{name}}`` by its name; what is put in is not looked at again."""

    def part(match: re.Match[str]) -> str:
        words = parts[match[1]]
        return words if isinstance(words, Markup) else html.escape(_writable(words))

    return Markup(_HOLE.sub(part, text))


def graph_parts(graph: dict[str, Any]) -> dict[str, Markup]:
    """What a page needs to draw a graph: the place for it, its controls, and the scripts with the data."""
    # As ASCII nothing in it can end the element that it stands in, or be no character at all.
    data = json.dumps(graph, separators=(",", ":")).replace("<", "\\u003c").replace(">", "\\u003e")
    scripts = (
        f'<script type="application/json" id="graph">{data}</script>\n'
        f"<script>{template('graph.js')}</script>\n<script>\n{template('graph-view.js')}</script>"
    )
    return {
        "graph": Markup(template("graph.html")),
        "controls": Markup(template("controls.html")),
        "scripts": Markup(scripts),
    }


def _writable(text: str) -> str:
    """Text with escapes for halves of surrogate pairs, which no file can hold."""
    return text.encode("utf-8", "backslashreplace").decode()
