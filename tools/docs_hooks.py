"""What MkDocs asks while it builds the documentation (`mkdocs.yml`, `make docs`).

Some pages lie in no file of ``docs/``: every rule's page is made of the rule's own file, and the README, the
changelog and the benchmarks' README are taken as they are, with links that lead to the site's pages. The
lineage page and the report that ``docs/lineage.md`` shows are made anew, to be tried in a browser.
"""

from __future__ import annotations

import os
import posixpath
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wbcheck.registry import codes, load_rule
from wbcheck.report.page import page as page_of_rule
from wbcheck.rule import LoadedRule, Preset

ROOT = Path(__file__).resolve().parent.parent
SHARED = {
    "README.md": "overview.md",
    "CHANGELOG.md": "changelog.md",
    "benchmarks/README.md": "speed.md",
    "editors/vscode/README.md": "vscode.md",
}
"""Pages whose text lies outside of ``docs/``: the file, and the page that it is on the site."""
EXAMPLE = "fixtures/phishing-pipeline"
MARKS = {"": "", "safe": "`[*]`", "unsafe": "`[~]`"}
FINER = {
    Preset.ESSENTIAL: "data is lost, or the program raises",
    Preset.RECOMMENDED: "what makes runs hard to find, compare and trace; with those, the default",
    Preset.GUIDE: "the finer conventions",
    Preset.ALL: "opinions",
}

_LINK = re.compile(r"(\]\()([^)#\s]+)(#[^)\s]*)?(?=\))")
_FENCE = re.compile(r"^```(\w+) +([^\n]+)$", re.MULTILINE)
# What is code or a link already is matched first, and so is no code of a rule.
_CODE = re.compile(
    r"^```.*?^```$|`[^`\n]*`|\[[^\]]*\]\([^)]*\)|(?<![\w#-])WB\d{3}\b", re.MULTILINE | re.DOTALL
)
# Pictures of pages that are there to be tried, and where.
_LIVE = {"lineage.md": {"lineage.png": "lineage-example.html", "report.png": "report-example.html"}}


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that lie in no file of ``docs/``."""
    from mkdocs.structure.files import File

    made = {target: (ROOT / source).read_text(encoding="utf-8") for source, target in SHARED.items()}
    for uri, content in (made | rule_pages() | examples()).items():
        files.append(File.generated(config, uri, content=content))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Write links, and what names a code block, as the site needs them."""
    uri = page.file.src_uri
    source = next((path for path, target in SHARED.items() if target == uri), f"docs/{uri}")
    for picture, live in _LIVE.get(uri, {}).items():
        markdown = re.sub(rf"!\[([^\]]*)\]\({picture}\)", rf"[![\1]({picture})]({live})", markdown)
    # The index and rules' own pages have their links.
    linked = relinked(markdown, source, uri)
    return titled(linked if uri.startswith("rules/") else with_rules(linked))


def with_rules(markdown: str) -> str:
    """A text in which each rule's code in a sentence or a table leads to the rule's page."""

    def lead(match: re.Match[str]) -> str:
        info = codes().get(match[0])
        return match[0] if info is None else f"[{info.code}](rules/{info.name}.md)"

    return _CODE.sub(lead, markdown)


def relinked(markdown: str, source: str, uri: str) -> str:
    """The text of the file ``source`` of the repository as the site's page ``uri``: links made to fit."""

    def fit(match: re.Match[str]) -> str:
        target = match[2]
        if "://" in target:
            return match[0]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
        place = SHARED.get(path) or path.removeprefix("docs/")
        return f"{match[1]}{posixpath.relpath(place, posixpath.dirname(uri) or '.')}{match[3] or ''}"

    return _LINK.sub(fit, markdown)


def titled(markdown: str) -> str:
    """Code blocks with the file that they stand for as a title; other words for tools are left out."""

    def title(match: re.Match[str]) -> str:
        words = match[2]
        if "=" in words:
            return match[0]
        return f'```{match[1]} title="{words}"' if "." in words else f"```{match[1]}"

    return _FENCE.sub(title, markdown)


def rule_pages() -> dict[str, str]:
    """The page of each built-in rule, and their index: Markdown by its place on the site."""
    loaded = [load_rule(info) for info in codes().values()]
    return {"rules/index.md": index(loaded)} | {f"rules/{one.rule.name}.md": rule_page(one) for one in loaded}


def rule_page(loaded: LoadedRule) -> str:
    """A rule's page as `wbcheck rule` prints it, with a title for the search and the way back."""
    rule = loaded.rule
    text = page_of_rule(loaded)
    head = f"---\ntitle: {rule.name} ({rule.code})\nsearch:\n  boost: 2\n---\n\n"
    return f"{head}[All rules](index.md#{loaded.category})\n\n{text}"


def index(loaded: list[LoadedRule]) -> str:
    """All rules by category, then by preset."""
    words = (
        f"There are {len(loaded)} rules. `[*]` marks those with a safe fix, `[~]` with an unsafe one: "
        "[Fixing](../overview.md#fixing) says what that means. Each page is made of the rule's own file, and "
        "is what `wbcheck rule NAME` prints; its examples are tests."
    )
    parts = ["# Rules", words, "## By category"]
    for category in dict.fromkeys(one.category for one in loaded):
        within = [one for one in loaded if one.category == category]
        parts += [f"### {category}", "\n".join(table(within))]
    parts.append("## By preset")
    for preset in Preset:
        within = [one for one in loaded if one.rule.preset is preset]
        listed = ", ".join(f'[{one.rule.code}](<{one.rule.name}.md> "{one.rule.name}")' for one in within)
        parts += [f"### {preset}", f"{len(within)} rules: {FINER[preset]}.", listed]
    return "\n\n".join(parts) + "\n"


def table(loaded: list[LoadedRule]) -> Iterator[str]:
    """A table of rules: code, name, what it reports, preset, fix."""
    yield "| code | rule | reports | preset | fix |"
    yield "| --- | --- | --- | --- | --- |"
    for one in loaded:
        rule = one.rule
        what = (
            " ".join(one.page.summary.split()).removeprefix("Reports ").removesuffix(".").replace("|", r"\|")
        )
        fix = MARKS[rule.fix.value if rule.fix else ""]
        yield f"| {rule.code} | [{rule.name}]({rule.name}.md) | {what} | {rule.preset} | {fix} |"


def examples() -> dict[str, str]:
    """The lineage page and the report of a project, as wbcheck writes them."""
    from wbcheck import cli

    here = os.getcwd()
    os.chdir(ROOT)
    try:
        with tempfile.TemporaryDirectory() as folder:
            found = {}
            for command in ("lineage", "report"):
                file = os.path.join(folder, f"{command}.html")
                words = [command, EXAMPLE, "--isolated", "--no-cache", "--quiet", "--format", "html"]
                cli.run([*words, "--output-file", file])
                found[f"{command}-example.html"] = Path(file).read_text(encoding="utf-8")
            return found
    finally:
        os.chdir(here)
