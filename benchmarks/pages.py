"""The pages that ``ecosystem.py`` prints, and the two ways to write them: for a terminal, and as Markdown."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import excerpt
from changes import Change, Comparison
from revisions import Finding, Result

SIGNS = {"+": "\x1b[32m", "-": "\x1b[31m", "~": "\x1b[33m"}
SECRETS = "WB9"
WIDTH = 140


class Page(Protocol):
    """What a page is made of, from the top down."""

    def title(self, text: str) -> None:
        """The page's headline."""

    def line(self, text: str) -> None:
        """One line of plain text."""

    def remark(self, text: str) -> None:
        """A line below what a section lists."""

    def table(self, header: Sequence[str], rows: Sequence[Sequence[str]], sides: str) -> None:
        """A table; ``sides`` has an ``l`` or ``r`` for each column: left for words, right for numbers."""

    def section(self, title: str, note: str) -> None:
        """A heading with a remark."""

    def group(self, title: str, note: str) -> None:
        """A smaller heading."""

    def entry(self, sign: str, where: str, text: str) -> None:
        """One finding: a sign or nothing, its place and its message."""

    def detail(self, label: str, text: str) -> None:
        """One more fact about the last entry."""

    def source(self, rows: Sequence[tuple[int, str]], mark: int, carets: str) -> None:
        """Numbered lines of code, with carets under row ``mark`` where there are others around it."""

    def verdict(self) -> None:
        """Room for the reader's judgement of the last entry."""

    def text(self) -> str:
        """The whole page."""


class Terminal:
    """A page of aligned text, in colour if asked."""

    def __init__(self, *, color: bool) -> None:
        self.color = color
        self.parts: list[str] = []

    def paint(self, text: str, code: str) -> str:
        """The text in an ANSI style, if colours are on."""
        return f"{code}{text}\x1b[0m" if self.color and text else text

    def title(self, text: str) -> None:
        """See ``Page``."""
        self.parts.append(self.paint(text, "\x1b[1m"))

    def line(self, text: str) -> None:
        """See ``Page``."""
        self.parts.append(text)

    def remark(self, text: str) -> None:
        """See ``Page``."""
        self.parts.append(f"  {text}")

    def table(self, header: Sequence[str], rows: Sequence[Sequence[str]], sides: str) -> None:
        """See ``Page``."""
        if not rows:
            return
        widths = [max(len(row[at]) for row in (header, *rows)) for at in range(len(header))]
        for number, row in enumerate((header, *rows)):
            cells = [
                cell.ljust(width) if side == "l" else cell.rjust(width)
                for cell, width, side in zip(row, widths, sides, strict=True)
            ]
            text = "  ".join(cells).rstrip()
            self.parts.append(text if number else "\n" + self.paint(text, "\x1b[2m"))

    def section(self, title: str, note: str) -> None:
        """See ``Page``."""
        self.parts.append(f"\n{self.paint(title, chr(27) + '[1m')}  {note}".rstrip())

    def group(self, title: str, note: str) -> None:
        """See ``Page``."""
        self.parts.append(f"  {self.paint(title, chr(27) + '[36m')}  {note}".rstrip())

    def entry(self, sign: str, where: str, text: str) -> None:
        """See ``Page``."""
        shown = self.paint(sign, SIGNS.get(sign, "")) + " " if sign else ""
        self.parts.append(f"    {shown}{where}  {text}")

    def detail(self, label: str, text: str) -> None:
        """See ``Page``."""
        self.parts.append(f"        {self.paint(label, chr(27) + '[2m')}: {text}")

    def source(self, rows: Sequence[tuple[int, str]], mark: int, carets: str) -> None:
        """See ``Page``."""
        self.parts += [f"        {line}" for line in numbered(rows, mark, carets)]

    def verdict(self) -> None:
        """See ``Page``: a terminal cannot be written on."""
        self.parts.append("")

    def text(self) -> str:
        """See ``Page``."""
        return "\n".join(self.parts).rstrip("\n") + "\n"


class Markdown:
    """A page to paste into a review."""

    def __init__(self) -> None:
        self.parts: list[str] = []

    def title(self, text: str) -> None:
        """See ``Page``."""
        self.parts.append(f"## {text}\n")

    def line(self, text: str) -> None:
        """See ``Page``."""
        self.parts.append(f"{text}\n")

    def remark(self, text: str) -> None:
        """See ``Page``."""
        self.parts.append(f"\n{text}\n")

    def table(self, header: Sequence[str], rows: Sequence[Sequence[str]], sides: str) -> None:
        """See ``Page``."""
        if rows:
            rule = ["---" if side == "l" else "--:" for side in sides]
            self.parts += ["| " + " | ".join(row) + " |" for row in (header, rule, *rows)]
            self.parts.append("")

    def section(self, title: str, note: str) -> None:
        """See ``Page``."""
        self.parts.append(f"\n### {title} {note}".rstrip() + "\n")

    def group(self, title: str, note: str) -> None:
        """See ``Page``."""
        self.parts.append(f"\n**{title}** {note}".rstrip() + "\n")

    def entry(self, sign: str, where: str, text: str) -> None:
        """See ``Page``."""
        shown = f"**{sign}** " if sign else ""
        self.parts.append(f"- {shown}`{where}` {text}")

    def detail(self, label: str, text: str) -> None:
        """See ``Page``."""
        self.parts.append(f"  - {label}: {text}")

    def source(self, rows: Sequence[tuple[int, str]], mark: int, carets: str) -> None:
        """See ``Page``."""
        self.parts += ["", "  ```text", *(f"  {line}" for line in numbered(rows, mark, carets)), "  ```"]

    def verdict(self) -> None:
        """See ``Page``."""
        self.parts.append("  - [ ] right\n")

    def text(self) -> str:
        """See ``Page``."""
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self.parts)).rstrip("\n") + "\n"


def numbered(rows: Sequence[tuple[int, str]], mark: int, carets: str) -> list[str]:
    """The lines behind their numbers; the marked one, if it is not alone, pointed at and underlined."""
    if not rows:
        return []
    width = len(str(rows[-1][0]))
    shown = []
    for row, text in rows:
        pointed = row == mark and len(rows) > 1
        shown.append(f"{'>' if pointed else ' '} {row:>{width}} │ {text[:WIDTH]}".rstrip())
        if pointed:
            shown.append(f"  {'':>{width}} │ {carets[:WIDTH]}")
    return shown


def difference(
    page: Page,
    labels: tuple[str, str],
    comparison: Comparison,
    folders: Mapping[str, Path],
    limit: int,
    context: int,
) -> None:
    """What came, went and changed from one revision to another, rule by rule."""
    signs = Counter(change.sign for change in comparison.changes)
    page.title(f"{labels[0]} → {labels[1]}")
    was, now = sum(comparison.before.values()), sum(comparison.after.values())
    counts = f"{total(signs)}: {was:,} findings, now {now:,}, in {len(comparison.head)} folders"
    page.line(f"{counts}; {spent(comparison.base)} → {spent(comparison.head)}")
    grouped = comparison.by_rule()
    rows = []
    for code, changes in sorted(grouped.items()):
        kinds = Counter(change.sign for change in changes)
        places = len({change.finding.folder for change in changes})
        numbers = [comparison.before[code], comparison.after[code], *(kinds[sign] for sign in "+-~"), places]
        rows.append([code, changes[0].finding.name, *(f"{number:,}" if number else "" for number in numbers)])
    page.table(["code", "rule", "was", "now", "+", "-", "~", "folders"], rows, "llrrrrrr")
    for code, changes in sorted(grouped.items()):
        name = changes[0].finding.name
        page.section(f"{code} {name}", total(Counter(change.sign for change in changes)))
        shown = spread(changes, limit) if limit else changes
        for folder, group in by_folder(shown).items():
            everything = [change for change in changes if change.finding.folder == folder]
            page.group(folder, total(Counter(change.sign for change in everything)))
            for change in group:
                one_change(page, change, folders[folder], context)
        if len(shown) < len(changes):
            page.remark(f"… and {len(changes) - len(shown)} more (--limit 0 shows all)")


def one_change(page: Page, change: Change, folder: Path, context: int) -> None:
    """One change, with what it was and where it is."""
    page.entry(change.sign, change.finding.where, change.finding.message)
    for what, was, now in change.differences():
        page.detail(what, f"{was} → {now}")
    show_source(page, change.finding, folder, context)


def show_source(page: Page, finding: Finding, folder: Path, context: int) -> None:
    """The finding's lines, unless they may hold a secret."""
    if finding.code.startswith(SECRETS):
        page.detail("source", "not shown, it may hold a secret")
        return
    rows = excerpt.around(finding, folder, context)
    text = dict(rows).get(finding.row, "")
    page.source(rows, finding.row, excerpt.underline(finding, text))


def spread(changes: Sequence[Change], limit: int) -> list[Change]:
    """At most ``limit`` of the changes, taken from all folders in turn, in order."""
    queues = [list(group) for group in by_folder(changes).values()]
    taken: list[Change] = []
    while len(taken) < limit and any(queues):
        for queue in queues:
            if queue and len(taken) < limit:
                taken.append(queue.pop(0))
    return sorted(taken, key=lambda change: change.finding)


def by_folder(changes: Sequence[Change]) -> dict[str, list[Change]]:
    """The changes of each folder."""
    grouped: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        grouped[change.finding.folder].append(change)
    return dict(grouped)


def total(signs: Mapping[str, int]) -> str:
    """Counts by sign as ``+3 -1 ~2``, without the zeros."""
    return " ".join(f"{sign}{signs[sign]:,}" for sign in "+-~" if signs.get(sign)) or "no change"


def census(page: Page, label: str, results: Mapping[str, Result]) -> None:
    """How often each rule speaks."""
    found = [finding for result in results.values() for finding in result.findings]
    page.title(label)
    page.line(f"{len(found):,} findings in {len(results)} folders; {spent(results)}")
    grouped: dict[str, list[Finding]] = defaultdict(list)
    for finding in found:
        grouped[finding.code].append(finding)
    rows = []
    for code, group in sorted(grouped.items()):
        files = len({(finding.folder, finding.path) for finding in group})
        places = Counter(finding.folder for finding in group)
        folder, most = places.most_common(1)[0]
        fixes = Counter(finding.fix.split(":")[0] for finding in group)
        numbers = [len(group), files, len(places), fixes["safe"], fixes["unsafe"]]
        shown = (f"{number:,}" if number else "" for number in numbers)
        rows.append([code, group[0].name, group[0].severity, *shown, f"{most:,} in {folder}"])
    header = ["code", "rule", "severity", "findings", "files", "folders", "safe", "unsafe", "most"]
    page.table(header, rows, "lllrrrrrl")


def sample(
    page: Page, label: str, chosen: Sequence[Finding], count: int, folders: Mapping[str, Path], context: int
) -> None:
    """Findings one by one, with their source, to be judged by a reader."""
    page.title(label)
    page.line(f"{len(chosen):,} of {count:,} findings")
    for number, finding in enumerate(chosen, 1):
        page.section(f"{number}. {finding.code} {finding.name}", f"({finding.severity}) in {finding.folder}")
        page.entry("", finding.where, finding.message)
        show_source(page, finding, folders[finding.folder], context)
        if finding.fix:
            applicability, _, message = finding.fix.partition(": ")
            page.detail(f"{applicability} fix", message)
        page.verdict()


def troubles(page: Page, results: Mapping[str, Mapping[str, Result]]) -> None:
    """The folders that a revision failed on, with what it said."""
    for side, by_name in results.items():
        failed = {name: result.trouble for name, result in by_name.items() if result.trouble}
        if failed:
            page.section(f"{side} failed", f"on {len(failed)} of {len(by_name)} folders")
        for name, trouble in failed.items():
            first, *rest = trouble.splitlines()
            page.entry("", name, first)
            page.source(list(enumerate(rest, 1)), 0, "")


def spent(results: Mapping[str, Result]) -> str:
    """The CPU and wall time of a revision, and its largest process."""
    cpu = sum(result.cpu for result in results.values())
    wall = sum(result.wall for result in results.values())
    rss = max((result.rss for result in results.values()), default=0.0)
    return f"{cpu:.1f} s CPU, {wall:.1f} s wall, {rss:.0f} MiB"
