"""What wbcheck says of real code: how two commits differ, how often each rule speaks, or a sample to read.

    python benchmarks/ecosystem.py --base main~1 FOLDER…      what the working tree adds and takes away
    python benchmarks/ecosystem.py FOLDER…                    how often each rule speaks, and where
    python benchmarks/ecosystem.py --sample 30 FOLDER…        thirty findings with their source, to judge

Each folder is checked as one project. Without folders the pinned wheels of ``benchmarks/run.py`` serve.
Exit status: 0, 1 when a run of ``--head`` failed on some folder, 2 for wrong usage.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import corpora
import pages
from changes import compare
from revisions import WORKING_TREE, Finding, Result, Revision, UnknownRevisionError, check, materialise


def main(argv: Sequence[str] | None = None) -> int:
    """Check, print, and return the exit status."""
    options = arguments(argv)
    try:
        folders = name_folders(options.folders or default_folders())
        with tempfile.TemporaryDirectory(prefix="wbcheck-ecosystem-") as work:
            head = materialise(options.head, Path(work, "head"))
            base = materialise(options.base, Path(work, "base")) if options.base else None
            heads, bases = run(head, base, folders, options)
    except (UnknownRevisionError, NotADirectoryError, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 2
    page = pages.Markdown() if options.markdown else pages.Terminal(color=sys.stdout.isatty())
    if options.sample:
        found = [finding for result in heads.values() for finding in result.findings]
        chosen = sample(found, options.sample, options.seed, options.per_rule)
        pages.sample(page, head.label, chosen, len(found), folders, options.context)
    elif base is None:
        pages.census(page, head.label, heads)
    else:
        comparison = compare(bases, heads)
        pages.difference(page, (base.label, head.label), comparison, folders, options.limit, options.context)
    pages.troubles(page, {"base": bases, "head": heads})
    text = page.text()
    sys.stdout.write(text)
    if options.output:
        options.output.write_text(text, encoding="utf-8")
    return int(any(result.trouble for result in heads.values()))


def run(
    head: Revision, base: Revision | None, folders: Mapping[str, Path], options: argparse.Namespace
) -> tuple[dict[str, Result], dict[str, Result]]:
    """The results of ``head`` and, where there is one, of ``base``, by folder; the two run in turn."""
    heads: dict[str, Result] = {}
    bases: dict[str, Result] = {}
    for number, (label, folder) in enumerate(folders.items(), 1):
        for revision, results in ((base, bases), (head, heads)):
            if revision is not None:
                progress(f"[{number}/{len(folders)}] {label}: {revision.label}")
                results[label] = check(revision, folder, label, options.options, options.seconds)
    progress("")
    return heads, bases


def progress(text: str) -> None:
    """Show what is going on, on one line of a terminal's standard error."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text[:100]}")
        sys.stderr.flush()


def sample(found: Sequence[Finding], count: int, seed: str, per_rule: bool) -> list[Finding]:
    """``count`` of the findings (of each rule, if ``per_rule``), in order.

    Those whose hash with the seed is smallest: while the rules change, whatever of a sample is still found
    stays in it, so that what was judged once need not be judged again.
    """

    def draw(finding: Finding) -> bytes:
        return hashlib.sha256(f"{seed}|{finding.place}|{finding.column}".encode()).digest()

    groups: dict[str, list[Finding]] = defaultdict(list)
    for finding in found:
        groups[finding.code if per_rule else ""].append(finding)
    return sorted(finding for group in groups.values() for finding in sorted(group, key=draw)[:count])


def name_folders(folders: Sequence[Path]) -> dict[str, Path]:
    """The folders by a short name, unique. Raises ``NotADirectoryError``."""
    resolved = list(dict.fromkeys(folder.resolve() for folder in folders))
    for folder in resolved:
        if not folder.is_dir():
            raise NotADirectoryError(f"not a folder: {folder}")
    times = Counter(folder.name for folder in resolved)
    return {folder.name if times[folder.name] == 1 else str(folder): folder for folder in resolved}


def default_folders() -> list[Path]:
    """The distributions of corpus B, fetched when they are not there yet."""
    places = corpora.Corpora.under(corpora.CACHE)
    if not places.binding.is_dir():
        subprocess.run([sys.executable, str(Path(corpora.__file__)), str(corpora.CACHE)], check=True)
    return sorted(folder for folder in places.binding.iterdir() if folder.name != "generated")


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """The command line, read; ``options`` are those handed on to wbcheck."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", type=Path, nargs="*", metavar="FOLDER", help="real code, a project each")
    parser.add_argument("--base", metavar="REV", help="the commit to compare with")
    parser.add_argument(
        "--head", default=WORKING_TREE, metavar="REV", help=f"a commit, or `{WORKING_TREE}` (default)"
    )
    parser.add_argument("--select", help="only these rules: codes, prefixes, names, categories, presets")
    parser.add_argument("--preset", help="the same for a preset: essential, recommended, guide, all")
    parser.add_argument(
        "--sample", type=int, metavar="N", help="print N findings of --head with their source"
    )
    parser.add_argument("--seed", default="0", help="another seed, another sample (0)")
    parser.add_argument("--per-rule", action="store_true", help="sample N findings of each rule")
    parser.add_argument("--context", type=int, help="lines of source on each side (5 in samples, else 0)")
    parser.add_argument("--limit", type=int, default=20, help="changes shown of each rule; 0 for all (20)")
    parser.add_argument("--markdown", action="store_true", help="Markdown instead of text")
    parser.add_argument("--output", type=Path, help="write it there too")
    parser.add_argument("--seconds", type=float, default=600, help="longest run over one folder (600)")
    options = parser.parse_args(argv)
    if options.select and options.preset:
        parser.error("--select and --preset exclude each other")
    if options.sample and options.base:
        parser.error("--sample reads one revision: it takes no --base")
    if options.context is None:
        options.context = 5 if options.sample else 0
    selected = options.select or options.preset
    options.options = ["--select", selected] if selected else []
    return options


if __name__ == "__main__":
    sys.exit(main())
