"""The graph as one page that needs no network: to zoom, to pan, to click."""

from __future__ import annotations

from wbcheck.report.context import Terminal
from wbcheck.report.lineage.json import plain
from wbcheck.report.lineage.picture import Picture
from wbcheck.report.standalone import graph_parts, page


def render(picture: Picture, terminal: Terminal) -> str:
    """The page, with all scripts and styles in it; what it loads is nothing."""
    return page("lineage.html", title="Lineage", summary=picture.counted, **graph_parts(plain(picture)))
