"""`wbcheck init`: a configuration that fits the code, with why each setting is there."""

from __future__ import annotations

import os
import shlex
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from wbcheck.cli.options import GroupedCommand, emit, emit_bytes, file_names, option, output_to, say
from wbcheck.selection import PRESETS
from wbcheck.words import counted

if TYPE_CHECKING:
    from wbcheck.draft import Plan
    from wbcheck.engine import Session
    from wbcheck.survey import Survey


@click.command(
    "init",
    cls=GroupedCommand,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.argument("paths", nargs=-1, metavar="[PATH]...", shell_complete=file_names)
@option(
    "Looking",
    "--learn",
    is_flag=True,
    help="Look at the checkouts PATH..., and write for the current folder what they have in common.",
)
@option("Writing", "--preset", type=click.Choice(PRESETS), help="The preset to select, whatever is found.")
@option("Writing", "--baseline", is_flag=True, help="Write a baseline, too: only new findings count then.")
@option("Writing", "--diff", is_flag=True, help="Show what would be written, and write nothing.")
@option("Looking", "-j", "--jobs", type=click.IntRange(0), default=0, help="Workers; 0: one a core.")
def command(
    paths: tuple[str, ...], learn: bool, preset: str | None, baseline: bool, diff: bool, jobs: int
) -> int:
    """Look at the code below PATH (the current folder), and write a configuration for it.

    It goes into pyproject.toml where there is one, else into wbcheck.toml. A configuration that is there
    already is never changed. Nothing is asked.
    """
    checkouts = paths or (".",)
    for path in checkouts:
        if not os.path.isdir(path):
            raise click.UsageError(f"there is no folder `{path}`")
    if len(checkouts) > 1 and not learn:
        raise click.UsageError("a configuration is for one folder; to look at several checkouts: --learn")
    folder = "." if learn else checkouts[0]
    Target(folder)
    is_here = all(_lies_in(path, folder) for path in checkouts)
    if baseline and not is_here:
        raise click.UsageError(
            "--baseline is for code that lies below the configuration; in each checkout: wbcheck baseline"
        )
    plan = _plan(checkouts, preset, jobs, keeps=not learn and not diff)
    # It may take a while: what is there is looked at again.
    command = ["wbcheck", "baseline", *([] if folder == "." else [folder])]
    return _write(Target(folder), plan, baseline, diff, shlex.join(command) if is_here else "")


class Target:
    """The file that a folder's configuration goes into: ``old`` is what it holds, ``None`` if it is new.

    Raises ``click.ClickException`` where there is a configuration, and ``SettingsError`` where it is broken.
    """

    def __init__(self, folder: str) -> None:
        from wbcheck import settings
        from wbcheck.settings_file import read_source, shown

        self.folder = os.path.abspath(folder)
        for name in settings.FILE_NAMES:
            file = os.path.join(self.folder, name)
            source = read_source(file) if os.path.lexists(file) else None
            if source is not None:
                raise click.ClickException(f"{shown(file)} configures wbcheck already; it is left as it is")
        self.above = [shown(source.file) for source in settings.load().for_directory(self.folder).sources[:1]]
        self.file = os.path.join(self.folder, "wbcheck.toml")
        self.old: str | None = None
        self.prefix = ""
        shared = os.path.join(self.folder, "pyproject.toml")
        if os.path.isfile(shared):
            text = _read(shared, shown(shared))
            if _takes_a_table(text, shown(shared)):
                self.file, self.old, self.prefix = shared, text, "tool.wbcheck"

    def new(self, text: str) -> str:
        """What the file is to hold: what it holds now, and the configuration behind it."""
        if self.old is None:
            return text
        end = "\r\n" if "\r\n" in self.old else "\n"
        gap = "" if not self.old else end if self.old.endswith("\n") else end * 2
        return self.old + gap + text.replace("\n", end)


def _read(file: str, shown: str) -> str:
    try:
        with open(file, encoding="utf-8", newline="") as stream:
            return stream.read()
    except OSError as error:
        raise click.ClickException(f"{shown}: {(error.strerror or str(error)).lower()}") from None
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{shown}: not UTF-8 (byte {error.start})") from None


def _takes_a_table(text: str, shown: str) -> bool:
    """Whether ``[tool.wbcheck]`` may follow: not where ``tool`` is written in one line."""
    import tomllib

    try:
        tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        raise click.ClickException(f"{shown}: not TOML: {error}") from None
    try:
        tomllib.loads(text.removeprefix("\ufeff") + "\n[tool.wbcheck]\n")
    except tomllib.TOMLDecodeError:
        return False
    return True


def _lies_in(path: str, folder: str) -> bool:
    from wbcheck.files import is_inside

    return is_inside(os.path.realpath(path), os.path.realpath(folder))


# Looking


def _plan(checkouts: Sequence[str], preset: str | None, jobs: int, keeps: bool) -> Plan:
    """What is to be written, after a look at some checkouts: first with our own words, then with theirs.

    ``keeps`` is whether the first check may find what is understood now; else nothing stays.
    """
    from contextlib import nullcontext
    from tempfile import TemporaryDirectory

    from msgspec import to_builtins
    from msgspec.structs import replace

    from wbcheck.draft import VOCABULARIES, Plan, fitting, learn, options
    from wbcheck.masking import masker
    from wbcheck.registry import codes, load_rule
    from wbcheck.settings import default_settings
    from wbcheck.survey import survey

    rules = codes()
    by_name = {info.name: info for info in rules.values()}
    names = _names(checkouts)
    kept = default_settings(os.path.abspath(checkouts[0])).cache_dir
    # What was understood the first time is not read again.
    with nullcontext(kept) if keeps else TemporaryDirectory(prefix="wbcheck-") as cache:
        surveys: dict[str, Survey] = {}
        for path, name in names.items():
            session = _look(path, {}, jobs, cache)
            mask = masker(session.outcome.diagnostics, session.sources)
            surveys[name] = survey((part.project, part.models) for part in session.parts()).masked(mask)
        learned = {}
        for topic, rule in VOCABULARIES.items():
            kind = load_rule(by_name[rule]).rule.options
            assert kind is not None, "it has a vocabulary"
            learned[rule] = learn(surveys, to_builtins(kind())["vocabulary"], topic)
        found = {}
        for path, name in names.items():
            outcome = _look(path, options(learned), jobs, cache).outcome
            found[name] = Counter(each.code for each in outcome.diagnostics if not each.fault)
    plan = Plan(
        surveys=surveys,
        learned=learned,
        found=found,
        rules=rules,
        preset=preset or "recommended",
        version=_version(checkouts),
    )
    if preset is not None:
        return plan
    counts = {each: sum(plan.counts(each).values()) for each in PRESETS}
    return replace(plan, preset=fitting(plan.whole.starts, counts))


def _names(checkouts: Sequence[str]) -> dict[str, str]:
    """What each checkout is called: by its folder where that tells them apart, else by its path."""
    folders = Counter(os.path.basename(os.path.abspath(path)) for path in checkouts)
    found = {}
    for path in checkouts:
        name = os.path.basename(os.path.abspath(path))
        name = name if folders[name] == 1 and name else path
        # It stands in comments.
        found[path] = "".join(letter if letter.isprintable() else "?" for letter in name)
    return found


def _look(path: str, rules: Mapping[str, dict[str, Any]], jobs: int, cache: str) -> Session:
    """A checkout, checked with all rules under no configuration but some options."""
    import msgspec

    from wbcheck.cli.progress import progress_on
    from wbcheck.engine import Request, Session
    from wbcheck.files import discover
    from wbcheck.ruleset import Wish
    from wbcheck.selection import Layer
    from wbcheck.settings import Resolver, default_settings

    usual = default_settings(os.path.abspath(path))
    resolver = Resolver(msgspec.structs.replace(usual, rules=dict(rules)))
    found = discover((path,), resolver.for_file)
    session = Session(
        Request(
            files=found.files,
            settings_for=resolver.for_file,
            wish=Wish(layer=Layer(select=("all",))),
            problems=found.problems,
            jobs=jobs,
            cache=cache,
            fixes=False,
            progress=progress_on(sys.stderr),
        )
    )
    session.run()
    return session


def _version(checkouts: Sequence[str]) -> str:
    """Which version of wandb counts, and who says so; nothing where the checkouts do not agree."""
    from wbcheck.pins import Pins

    pins = Pins()
    pinned = [pins.of(os.path.join(os.path.abspath(path), "any.py")) for path in checkouts]
    said = {f"{each.named(each.releases)}, {each.said}" for each in pinned if each.releases}
    return said.pop() if len(said) == 1 else ""


# Writing


def _write(target: Target, plan: Plan, baseline: bool, diff: bool, hold_back: str) -> int:
    """Write it, or show what would be; ``hold_back`` is the command that takes in what is found, if any."""
    from wbcheck.draft import draft, told
    from wbcheck.settings_file import shown

    new = target.new(draft(plan, target.prefix))
    emit(told(plan), sys.stderr if diff else sys.stdout)
    if diff:
        emit_bytes([_patch(shown(target.file), target.old, new)])
        return 0
    with output_to(target.file) as stream:
        emit(new, stream)
    say(
        f"{shown(target.file)}: written"
        if target.old is None
        else f"{shown(target.file)}: [tool.wbcheck] added"
    )
    for file in target.above:
        say(f"{file} no longer counts here; `extend` takes it in")
    if baseline:
        return _hold_back(target.folder)
    count = plan.by_rule().total()
    if count:
        next_ = f"; so that only new ones count: {hold_back}" if hold_back else ""
        say(f"{counted(count, 'finding')} under it{next_}")
    return 0


def _patch(name: str, old: str | None, new: str) -> bytes:
    """What would be written, as a diff that git takes."""
    from wbcheck import fixes

    made = fixes.diff(name, (old or "").encode(), new.encode())
    return made if old is not None else b"--- /dev/null\n" + made.partition(b"\n")[2]


def _hold_back(folder: str) -> int:
    from wbcheck.cli.baseline import hold_back
    from wbcheck.cli.checking import Options

    shown = os.path.relpath(folder)
    return hold_back(Options(paths=(shown,), no_baseline=True, quiet=True), prune=False)
