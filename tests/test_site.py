"""The documentation site: it builds, its links hold, every rule has its page where reports say that it is."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from pathlib import Path

import pytest
from browser import opened
from docs_hooks import SHARED, relinked, titled, with_rules

from wbcheck import cli
from wbcheck.registry import codes, load_rule
from wbcheck.rule import Bad

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make docs` builds it: a link that leads nowhere is an error."""
    folder = tmp_path_factory.mktemp("site")
    recipe = re.search(
        r"^docs:.*\n\t.*/mkdocs (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert recipe is not None
    # `--quiet` would silence what `--strict` counts.
    assert recipe[1] == "build --strict"
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", *recipe[1].split(), "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


class Addresses(HTMLParser):
    """What a page asks for by itself, and where its links lead."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.wanted: list[str] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and name in ("href", "src", "srcset", "data"):
                (self.links if tag == "a" else self.wanted).append(value)


def text_of(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def test_every_page_of_the_documents_is_there(site: Path) -> None:
    pages = {path.stem for path in (ROOT / "docs").glob("*.md")} | {name[:-3] for name in SHARED.values()}
    assert [page for page in sorted(pages) if not (site / f"{page}.html").exists()] == []


def test_nothing_but_pages_and_pictures_is_published(site: Path) -> None:
    assert [str(path) for path in site.rglob("*.py")] == []


def test_every_rule_has_its_page(site: Path) -> None:
    index = Addresses(text_of(site / "rules" / "index.html")).links
    for info in codes().values():
        page = text_of(site / info.page)
        assert f"{info.name} ({info.code})" in page
        assert f"{info.name}.html" in index
        # Code is taken apart for its colours.
        plain = re.sub(r"<[^>]+>", "", page)
        for heading in ("Why it matters", "How to mend it", "Reported", "Not reported"):
            assert heading in plain, info.name


def test_a_rules_page_shows_its_fix_and_its_proof(site: Path) -> None:
    for info in codes().values():
        rule, page = load_rule(info), text_of(site / info.page)
        is_fixed = any(isinstance(one, Bad) and one.fixed is not None for one in rule.examples)
        assert ("language-diff" in page) is is_fixed, info.name
        assert ('id="proof"' in page) is bool(rule.proofs), info.name
        assert ('id="options"' in page) is (rule.rule.options is not None), info.name


def test_addresses_in_reports_are_pages_of_the_site(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "wbcheck.toml").write_text(f'docs-url = "{site.as_uri()}/"\n', encoding="utf-8")
    (project / "train.py").write_text(
        "import wandb\n\nrun = wandb.init(name='a_b', tags='x')  # wbcheck: ignore[nothing]\n"
    )
    monkeypatch.chdir(project)
    cli.run(["check", "--no-cache", "--select", "all", "--output-format", "json"])
    found = json.loads(capsys.readouterr().out)
    assert {"run-name-underscore", "tags-string", "unknown-suppression-code"} <= {
        one["name"] for one in found
    }
    for one in found:
        assert one["url"] == (site / "rules" / f"{one['name']}.html").as_uri()
        assert Path(one["url"].removeprefix("file://")).exists()
    cli.run(["check", "--no-cache", "--select", "all", "--output-format", "sarif"])
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    for rule in run["tool"]["driver"]["rules"]:
        assert Path(rule["helpUri"].removeprefix("file://")).exists()


def test_the_site_asks_no_other_server(site: Path) -> None:
    for page in site.rglob("*.html"):
        foreign = [address for address in Addresses(text_of(page)).wanted if re.match(r"\w+://|//", address)]
        assert not foreign, page
    for style in site.rglob("*.css"):
        assert not re.findall(r"url\(\s*['\"]?(?:\w+:)?//", text_of(style)), style


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a folder on a server of this machine."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def test_pages_work_in_a_browser(site: Path) -> None:
    with served(site) as home, opened(f"{home}/index.html", ready="article") as browsing:
        page = browsing.page
        names = ("index", "tutorial", "overview", "rules/index", "rules/artifact-name-underscore", "lineage")
        for width, name in product((1280, 400), names):
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(f"{home}/{name}.html")
            page.wait_for_selector("article")
            # Wide tables and code scroll by themselves; the page does not.
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
        page.goto(f"{home}/rules/index.html")
        page.get_by_role("link", name="mixed-step").first.click()
        page.wait_for_selector("h1#mixed-step-wb307")
        for name in ("lineage", "report"):
            page.goto(f"{home}/lineage.html")
            page.locator(f"a[href='{name}-example.html']").click()
            page.wait_for_selector("[data-ready=true]", state="attached")
        assert browsing.complaints == []
        assert all(address.startswith((home, "data:", "blob:")) for address in browsing.requests)


def test_search_finds_a_rule(site: Path) -> None:
    with served(site) as home, opened(f"{home}/index.html", ready="article") as browsing:
        page = browsing.page
        page.locator("input[name=query]").click()
        page.keyboard.type("WB307")
        # What is found changes with every letter.
        first = ".md-search-result__item:first-child a:first-child"
        page.wait_for_selector(f"{first}[href^='{home}/rules/mixed-step.html']", state="attached")
        assert browsing.complaints == []


@pytest.mark.parametrize(
    ("source", "uri", "text", "expected"),
    [
        ("README.md", "overview.md", "[a](docs/ci.md#pre-commit)", "[a](ci.md#pre-commit)"),
        ("docs/ci.md", "ci.md", "[a](../README.md#hooks-and-ci)", "[a](overview.md#hooks-and-ci)"),
        ("docs/ci.md", "ci.md", "[a](adopting.md) [b](#here)", "[a](adopting.md) [b](#here)"),
        ("README.md", "overview.md", "![a](docs/a.svg)", "![a](a.svg)"),
        (
            "README.md",
            "overview.md",
            "[a](https://example.org/docs/x.md)",
            "[a](https://example.org/docs/x.md)",
        ),
        ("benchmarks/README.md", "speed.md", "[a](../README.md)", "[a](overview.md)"),
    ],
)
def test_links_are_made_to_fit(source: str, uri: str, text: str, expected: str) -> None:
    assert relinked(text, source, uri) == expected


def test_code_blocks_have_titles() -> None:
    assert titled("```yaml .gitlab-ci.yml\na: b\n```") == '```yaml title=".gitlab-ci.yml"\na: b\n```'
    assert titled("```python suppressed\n```\n```python\n```") == "```python\n```\n```python\n```"


def test_codes_lead_to_their_rules() -> None:
    text = "| a | WB307 | `WB307` [WB307](x) WB3\n```\nWB307\n```\n"
    assert with_rules(text) == text.replace("| WB307 |", "| [WB307](rules/mixed-step.md) |")
