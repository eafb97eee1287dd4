"""Draws `docs/lineage.png`: the lineage page of a fixture in a real browser; run by `make screenshot`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))


def main() -> None:
    """Write the picture, with one node clicked."""
    from browser import opened

    from wbcheck import cli

    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "lineage.html"
        words = ["lineage", "fixtures/phishing-pipeline", "--isolated", "--no-cache", "--quiet"]
        cli.run([*words, "--format", "html", "-o", str(page)])
        with opened(page, 1240, 520) as browsing:
            node = "graph.nodes().filter((node) => node.data('label').startsWith('phishing-texts-head'))"
            browsing.page.evaluate(f"{node}.emit('tap')")
            browsing.page.screenshot(path=str(ROOT / "docs" / "lineage.png"))


if __name__ == "__main__":
    main()
