"""Draws the lineage page and the report of a fixture in a real browser: run by `make screenshot`.

They are `docs/lineage.png` and `docs/report.png`.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))


def main() -> None:
    """Write the pictures; in the graph one node has been clicked."""
    from browser import opened

    from wbcheck import cli

    with tempfile.TemporaryDirectory() as folder:
        pages = {command: Path(folder) / f"{command}.html" for command in ("lineage", "report")}
        for command, page in pages.items():
            words = [command, "fixtures/phishing-pipeline", "--isolated", "--no-cache", "--quiet"]
            cli.run([*words, "--format", "html", "-o", str(page)])
        with opened(pages["report"], 1240, 560) as browsing:
            browsing.page.screenshot(path=str(ROOT / "docs" / "report.png"))
        with opened(pages["lineage"], 1240, 520) as browsing:
            node = "graph.nodes().filter((node) => node.data('label').startsWith('phishing-texts-head'))"
            browsing.page.evaluate(f"{node}.emit('tap')")
            browsing.page.screenshot(path=str(ROOT / "docs" / "lineage.png"))


if __name__ == "__main__":
    main()
