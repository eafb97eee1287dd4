"""How fast wbcheck is, in ratios to what bounds it: LibCST's own parse, and ruff over the same files.

``python benchmarks/run.py`` makes its corpora (fetched once, kept in ``--cache``), runs every command in
turn for some rounds, and prints each command's medians and the ratios that ``README.md`` beside this
file explains. Exit status: 0 when every budget holds, 1 when one is missed, 2 when a command failed.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import corpora
import measure
from measure import Cost

Round = Mapping[str, Cost]

PARSE = """
import sys
import libcst
for path in open(sys.argv[1], encoding="utf-8").read().splitlines():
    with open(path, "rb") as file:
        libcst.parse_module(file.read())
"""

PEERS = {"fixit": ["fixit", "lint"], "torchfix": ["torchfix"]}


class CommandFailedError(Exception):
    """A measured command did not do its work; the text says which and what it printed."""


@dataclass(frozen=True)
class Subject:
    """One measured command; ``accepted`` are the exit codes with which it has done its work."""

    name: str
    command: tuple[str, ...]
    accepted: tuple[int, ...] = (0,)


@dataclass(frozen=True)
class Budget:
    """A promise: ``value`` of a round stays at or under ``limit``."""

    name: str
    value: Callable[[Round], float]
    limit: float


BUDGETS = (
    Budget(
        "B: (CPU of wbcheck - `import libcst`) / (CPU of bare parse - `import libcst`)",
        lambda r: (r["wbcheck B"].cpu - r["import libcst"].cpu) / (r["parse B"].cpu - r["import libcst"].cpu),
        1.3,
    ),
    Budget("A: wall of wbcheck / wall of ruff", lambda r: r["wbcheck A"].wall / r["ruff A"].wall, 1.0),
    Budget(
        "A, cached: wall of wbcheck / `python -c pass`",
        lambda r: r["wbcheck A cached"].wall / r["pass"].wall,
        8.0,
    ),
    Budget("A: peak memory of wbcheck, MiB", lambda r: r["wbcheck A"].rss, 120.0),
    Budget(
        "C: CPU of wbcheck / CPU with --no-project",
        lambda r: r["wbcheck C"].cpu / r["wbcheck C alone"].cpu,
        1.2,
    ),
    Budget(
        "C: peak memory of wbcheck / peak memory with --no-project",
        lambda r: r["wbcheck C"].rss / r["wbcheck C alone"].rss,
        1.2,
    ),
)


def subjects(wbcheck: Sequence[str], places: corpora.Corpora, listing: Path) -> tuple[Subject, ...]:
    """The commands of one round. ``listing`` is a file that names corpus B's files, one a line."""
    python = sys.executable
    ruff = (
        shutil.which("ruff", path=f"{Path(python).parent}{os.pathsep}{os.environ.get('PATH', '')}") or "ruff"
    )
    kept = (*wbcheck, "check", "--isolated", "--output-format", "concise", "--exit-zero")
    check = (*kept, "--no-cache")
    lint = (
        ruff,
        "check",
        "--isolated",
        "--no-cache",
        "--select",
        "F,E",
        "--output-format",
        "concise",
        "--exit-zero",
    )
    tree, binding, linked = str(places.tree), str(places.binding), str(places.linked)
    return (
        Subject("pass", (python, "-c", "pass")),
        Subject("import libcst", (python, "-c", "import libcst")),
        Subject("parse B", (python, "-c", PARSE, str(listing))),
        Subject("wbcheck B", (*check, "-j", "1", binding)),
        Subject("ruff B", (*lint, binding)),
        Subject("wbcheck A", (*check, tree)),
        Subject("ruff A", (*lint, tree)),
        Subject("wbcheck A cached", (*kept, tree)),
        Subject("wbcheck C", (*check, linked)),
        Subject("wbcheck C alone", (*check, "--no-project", linked)),
        Subject("wbcheck --help", (*wbcheck, "--help")),
    )


def peers(cache: Path, binding: Path) -> tuple[Subject, ...]:
    """Other LibCST linters over corpus B, each in a virtual environment of its own under ``cache``.

    One that does not install is left out, and said so on standard error.
    """
    found = []
    for name, command in PEERS.items():
        scripts = cache / "venvs" / name / "bin"
        if (scripts / name).exists() or install(name, scripts):
            full = (str(scripts / command[0]), *command[1:], str(binding))
            found.append(Subject(f"{name} B", full, accepted=(0, 1)))
        else:
            print(f"{name} does not install here: left out", file=sys.stderr)
    return tuple(found)


def install(name: str, scripts: Path) -> bool:
    """Make a virtual environment with this distribution in it; whether that went well."""
    made = [sys.executable, "-m", "venv", str(scripts.parent)]
    filled = [str(scripts / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", name]
    return all(subprocess.run(command, check=False).returncode == 0 for command in (made, filled))


def play(
    subjects: Sequence[Subject], rounds: int, work: Path
) -> tuple[list[dict[str, Cost]], dict[str, int]]:
    """Run all of ``subjects`` in turn ``rounds`` times after one uncounted round, every other time backwards.

    Gives each round's costs by name, and how many lines each command printed.
    Raises ``CommandFailedError`` on an exit code that is not among the accepted.
    """
    costs: list[dict[str, Cost]] = []
    lines: dict[str, int] = {}
    for number in range(rounds + 1):
        ordered = subjects if number % 2 else tuple(reversed(subjects))
        costs.append({subject.name: once(subject, work) for subject in ordered})
        if not number:
            lines = {subject.name: count_lines(output_of(subject, work)) for subject in subjects}
        print(f"round {number} of {rounds}", file=sys.stderr)
    return costs[1:], lines


def once(subject: Subject, work: Path) -> Cost:
    """Run one command in ``work``; its output is left there. Raises ``CommandFailedError``."""
    errors = work / "stderr"
    cost = measure.run(subject.command, cwd=work, stdout=output_of(subject, work), stderr=errors)
    if cost.status not in subject.accepted:
        tail = errors.read_text(errors="replace").strip().splitlines()[-15:]
        raise CommandFailedError(
            "\n".join([f"{subject.name} ended with {cost.status}: {shlex.join(subject.command)}", *tail])
        )
    return cost


def output_of(subject: Subject, work: Path) -> Path:
    """The file that holds what this command printed last."""
    return work / f"{subject.name.replace(' ', '-')}.out"


def count_lines(path: Path) -> int:
    """How many lines a file has, read in pieces so that this process stays small."""
    with path.open("rb") as file:
        return sum(piece.count(b"\n") for piece in iter(lambda: file.read(1 << 16), b""))


def report(costs: Sequence[Round], lines: Mapping[str, int], about: Sequence[str]) -> tuple[str, bool]:
    """The Markdown to print, and whether every budget holds."""
    text = [*about, "", f"Medians of {len(costs)} rounds; the range is that of CPU.", ""]
    text += ["command | CPU s | range | wall s | peak MiB | lines printed", "---|--:|--:|--:|--:|--:"]
    for name in costs[0]:
        cpu = [entry[name].cpu for entry in costs]
        wall = median(entry[name].wall for entry in costs)
        rss = median(entry[name].rss for entry in costs)
        spread = f"{min(cpu):.3f}–{max(cpu):.3f}"
        text.append(f"{name} | {median(cpu):.3f} | {spread} | {wall:.3f} | {rss:.0f} | {lines[name]}")
    text += ["", "budget | median | range | at most | verdict", "---|--:|--:|--:|---"]
    held = True
    for budget in BUDGETS:
        values = [budget.value(entry) for entry in costs]
        holds = median(values) <= budget.limit
        held &= holds
        spread = f"{min(values):.2f}–{max(values):.2f}"
        verdict = "held" if holds else "**missed**"
        text.append(f"{budget.name} | {median(values):.2f} | {spread} | {budget.limit:g} | {verdict}")
    return "\n".join(text), held


def compare(costs: Sequence[Round], lines: Mapping[str, int], base: str) -> str:
    """The Markdown of a side table: each command's CPU as a multiple of ``base``, round by round."""
    text = [f"command | CPU s | × {base} | peak MiB | lines printed", "---|--:|--:|--:|--:"]
    for name in costs[0]:
        cpu = median(entry[name].cpu for entry in costs)
        times = median(entry[name].cpu / entry[base].cpu for entry in costs)
        rss = median(entry[name].rss for entry in costs)
        text.append(f"{name} | {cpu:.2f} | {times:.1f} | {rss:.0f} | {lines[name]}")
    return "\n".join(text)


def describe(places: corpora.Corpora) -> list[str]:
    """The date, the machine and the corpora, in Markdown lines."""
    today = datetime.datetime.now(datetime.UTC).date()
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}"
    text = [f"- {today}, {machine}, {platform.python_implementation()} {platform.python_version()}"]
    for letter, folder in (("A", places.tree), ("B", places.binding), ("C", places.linked)):
        files = corpora.python_files(folder)
        size = sum(file.stat().st_size for file in files)
        text.append(f"- corpus {letter}: {len(files)} files, {size / 1e6:.1f} MB")
    return text


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """The command line, read."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("-n", "--runs", type=int, default=5, help="counted rounds (5)")
    parser.add_argument(
        "--cache", type=Path, default=corpora.CACHE, help=f"where the corpora are kept ({corpora.CACHE})"
    )
    parser.add_argument(
        "--dense", type=Path, nargs="*", default=[], help="more folders of W&B code, for corpus B"
    )
    parser.add_argument(
        "--wbcheck", default=f"{shlex.quote(sys.executable)} -m wbcheck", help="the command to measure"
    )
    parser.add_argument("--keep", action="store_true", help="take the corpora as they are in --cache")
    parser.add_argument(
        "--peers", action="store_true", help="also measure fixit and torchfix over corpus B (slow)"
    )
    parser.add_argument("--output", type=Path, help="write the report there too")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and return the exit status."""
    options = arguments(argv)
    cache: Path = options.cache.resolve()
    places = corpora.Corpora.under(cache)
    if not options.keep:
        extra = [str(folder.resolve()) for folder in options.dense]
        subprocess.run([sys.executable, str(Path(corpora.__file__)), str(cache), *extra], check=True)
    with tempfile.TemporaryDirectory(prefix="wbcheck-bench-") as folder:
        work = Path(folder)
        listing = work / "files"
        listing.write_text("\n".join(str(path) for path in corpora.python_files(places.binding)))
        chosen = subjects(shlex.split(options.wbcheck), places, listing)
        try:
            text, held = report(*play(chosen, options.runs, work), describe(places))
            if options.peers:
                rivals = (
                    *peers(cache, places.binding),
                    *(s for s in chosen if s.name in {"parse B", "wbcheck B"}),
                )
                text += "\n\n" + compare(*play(rivals, min(options.runs, 3), work), "parse B")
        except CommandFailedError as failure:
            print(failure, file=sys.stderr)
            return 2
    print(text)
    if options.output:
        options.output.write_text(text + "\n")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
