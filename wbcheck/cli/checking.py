"""What `wbcheck check` does, once its options are read."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, TextIO

import click
import msgspec

from wbcheck import settings
from wbcheck.cli.options import (
    emit,
    emit_bytes,
    output_to,
    say,
    say_traces,
    standard_input,
    working_directory,
)
from wbcheck.cli.progress import progress_on
from wbcheck.cli.sieve import Baseline, Sieve, baseline_file, home, read_baseline
from wbcheck.diagnostic import Applicability, Diagnostic
from wbcheck.engine import STDIN, Outcome, Request, Session
from wbcheck.files import Discovery, FoundFile, discover, is_inside, role_of
from wbcheck.ruleset import Ruleset, Rulesets, Wish
from wbcheck.selection import Layer
from wbcheck.words import counted

if TYPE_CHECKING:
    from wbcheck.baseline import Entry
    from wbcheck.fixes import FixOutcome
    from wbcheck.report.context import Context
    from wbcheck.rule import LoadedRule

STALE_SHOWN = 5


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The options of `wbcheck check` as they were typed; ``None`` where they were not."""

    paths: tuple[str, ...]
    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] | None = None
    preview: bool = False
    fix: bool | None = None
    unsafe_fixes: bool | None = None
    fix_only: bool = False
    diff: bool = False
    baseline: str | None = None
    no_baseline: bool = False
    diff_from: str | None = None
    add_ignore: str | None = None
    fixable: tuple[str, ...] | None = None
    unfixable: tuple[str, ...] | None = None
    reports: tuple[tuple[str, str | None], ...] = ()
    output_file: str | None = None
    statistics: bool = False
    color: str = "auto"
    quiet: bool = False
    verbose: bool = False
    stdin_filename: str | None = None
    force_exclude: bool = False
    show_files: bool = False
    show_settings: bool = False
    config: str | None = None
    isolated: bool = False
    wandb_version: str | None = None
    jobs: int = 0
    exit_zero: bool = False
    exit_non_zero_on_fix: bool = False
    no_project: bool = False
    no_cache: bool = False


class Checking:
    """One run of the command."""

    def __init__(self, options: Options, resolver: settings.Resolver | None = None) -> None:
        self.options = options
        self.paths = options.paths or (".",)
        self.is_stdin = self.paths == (STDIN,)
        self.cwd = working_directory()
        self._given: dict[str, bytes] = {}
        self._found: dict[str, str] = {}
        self._refuse_nonsense()
        self.resolver = resolver or settings.load(options.config, options.isolated)

    def run(self) -> int:
        """Do it; what to exit with."""
        if self.options.show_files:
            emit("".join(f"{file.path}\n" for file in self._discover().files), sys.stdout)
            return 0
        if self.options.show_settings:
            emit(self._told(), sys.stdout)
            return 0
        session, outcome, fixed = self.check()
        self._report(outcome, fixed)
        self._remark(outcome, session, fixed)
        return self._status(outcome, fixed)

    def _told(self) -> str:
        """What holds for each path that was named."""
        from wbcheck.cli.config import Told

        rulesets = Rulesets(self._wish)
        names = [self.options.stdin_filename or STDIN] if self.is_stdin else self.paths
        parts = []
        for name in names:
            is_folder = os.path.isdir(name)
            held = self.resolver.for_directory(name) if is_folder else self.resolver.for_file(name)
            parts.append(Told(held, rulesets.of(held), None if is_folder else name).as_text())
        return "\n".join(parts)

    def check(self) -> tuple[Session, Outcome, FixOutcome | None]:
        """Check, and mend if that is wanted: what is left in the end, and what was mended.

        Fixed files are written by then, or their diff is printed.
        """
        session, before = self.examine()
        fixed = self._changed(session, before)
        if fixed is None:
            return session, before, None
        outcome = self._sieve(session.outcome)
        # Of a file that could not be written, no comment silences more than it did.
        left = {each.path for each in fixed.left_alone}
        suppressed = [each for each in before.suppressed if each.diagnostic.path in left]
        suppressed += [each for each in outcome.suppressed if each.diagnostic.path not in left]
        suppressed.sort(key=lambda each: each.diagnostic.order)
        outcome = msgspec.structs.replace(outcome, diagnostics=fixed.remaining, suppressed=tuple(suppressed))
        return session, outcome, fixed

    def examine(self, fixes: bool = True) -> tuple[Session, Outcome]:
        """Check, and neither mend nor report; findings come with their ``fixes`` or without."""
        found = self._discover()
        self._found = {file.path: file.absolute for file in found.files}
        session = Session(msgspec.structs.replace(self._request(found), fixes=fixes))
        return session, self._sieve(session.run())

    def _refuse_nonsense(self) -> None:
        if STDIN in self.paths and not self.is_stdin:
            raise click.UsageError("`-` is standard input and stands alone")
        reason = self.options.add_ignore
        if reason is not None and (self.options.fix or self.options.fix_only):
            raise click.UsageError("--add-ignore writes comments and --fix mends: one at a time")
        if reason and not reason.isprintable():
            raise click.UsageError("--add-ignore: a reason is one line of text")
        if self.options.stdin_filename is not None and not self.is_stdin:
            raise click.UsageError("--stdin-filename is for the path `-`")
        if self.options.wandb_version is not None:
            from wbcheck.sdk import known_versions

            try:
                known_versions(self.options.wandb_version, "--wandb-version")
            except ValueError as error:
                raise click.UsageError(f"--wandb-version: {error}") from None
        for path in self.paths:
            if path != STDIN and not os.path.lexists(path):
                hint = _command_like(path)
                if reason == "" and not hint:
                    hint = f"; a reason is written --add-ignore={shlex.quote(path)}"
                raise click.UsageError(f"there is no file or folder `{path}`{hint}")

    # What to check

    @cached_property
    def settings(self) -> settings.Settings:
        """What holds for the run as a whole: the settings nearest to the first path."""
        first = self.paths[0]
        if self.is_stdin:
            return self.resolver.for_file(self.options.stdin_filename or "stdin.py")
        return self.resolver.for_directory(first) if os.path.isdir(first) else self.resolver.for_file(first)

    def _discover(self) -> Discovery:
        if not self.is_stdin:
            return discover(self.paths, self.resolver.for_file, self.options.force_exclude)
        name = self.options.stdin_filename or STDIN
        if name != STDIN and self.options.force_exclude:
            absolute = os.path.abspath(name)
            if settings.matches(self.resolver.for_file(absolute).exclude, absolute):
                return Discovery((), ())
        self._given = {name: standard_input()}
        return Discovery((FoundFile(name, os.path.abspath(name), role_of(name), True),), ())

    def _request(self, found: Discovery) -> Request:
        options = self.options
        return Request(
            files=found.files,
            settings_for=self.resolver.for_file,
            wish=self._wish,
            problems=found.problems,
            overlay=self._given,
            jobs=options.jobs,
            cache="" if options.no_cache else self.settings.cache_dir,
            project=not options.no_project,
            progress=None if options.quiet else progress_on(sys.stderr),
        )

    @cached_property
    def _wish(self) -> Wish:
        options = self.options
        return Wish(
            layer=Layer(options.select, options.extend_select or (), options.ignore or (), options.preview),
            fixable=options.fixable,
            unfixable=options.unfixable or (),
            wandb_version=options.wandb_version or "",
        )

    # What is held back

    @cached_property
    def baseline_file(self) -> str:
        """Where the baseline is: as named, as configured, or beside the configuration (else in the root)."""
        if self.options.baseline is not None:
            return os.path.abspath(self.options.baseline)
        return baseline_file(self.settings, self._folder)

    def baseline(self, file: str, entries: Mapping[Entry, int]) -> Baseline:
        """A baseline with what this run can say about it, once it has found its files."""
        return Baseline(
            file=file,
            entries=entries,
            checked=frozenset(self._found.values()),
            known=self.ruleset.catalogue.keys(),
            ran=self.ruleset.among,
        )

    @cached_property
    def _sieve(self) -> Sieve:
        options = self.options
        revision = None
        if options.diff_from is not None:
            from wbcheck.changes import ChangesError, Revision

            try:
                revision = Revision(options.diff_from, self._folder)
            except ChangesError as error:
                raise click.ClickException(f"--diff-from: {error}") from None
        baseline = None
        if self._wants_baseline:
            baseline = self.baseline(self.baseline_file, read_baseline(self.baseline_file))
        return Sieve(baseline, revision, lambda path: self._found.get(path) or os.path.abspath(path))

    @property
    def _wants_baseline(self) -> bool:
        """Whether there is one: what nobody named need not be there, and means nothing to `--isolated`."""
        options = self.options
        if options.no_baseline or options.baseline is not None:
            return not options.no_baseline
        if self.settings.baseline and not os.path.exists(self.settings.baseline):
            message = "there is no such baseline; `wbcheck baseline` writes it"
            raise self.settings.error(("baseline",), message)
        return not options.isolated and os.path.exists(self.baseline_file)

    @property
    def _folder(self) -> str:
        """The folder that the first path is, or lies in."""
        first = os.path.abspath((self.options.stdin_filename or ".") if self.is_stdin else self.paths[0])
        return first if os.path.isdir(first) else os.path.dirname(first)

    @property
    def _home(self) -> str:
        """The folder of the configuration, else of the repository, else where we are."""
        return home(self.settings, self._folder)

    # Mending

    @property
    def _fixes(self) -> bool:
        options = self.options
        wanted = self.settings.fix if options.fix is None else options.fix
        return wanted or options.fix_only or options.diff

    def _changed(self, session: Session, outcome: Outcome) -> FixOutcome | None:
        """What is mended, or silenced by comments: written, shown, or handed on."""
        reason = self.options.add_ignore
        if reason is not None:
            from wbcheck.cli.silencing import silence

            refusal = None if self.is_stdin else self._refusal
            return self._put(silence(session, outcome, reason, self._sieve, refusal), session)
        return self._put(self._mend(session), session) if self._fixes else None

    def _mend(self, session: Session) -> FixOutcome:
        options = self.options
        unsafe = self.settings.unsafe_fixes if options.unsafe_fixes is None else options.unsafe_fixes

        def allowed(diagnostic: Diagnostic) -> bool:
            fix = diagnostic.fix
            return fix is not None and (unsafe or fix.applicability is Applicability.SAFE)

        if self.is_stdin:
            return session.mend(allowed, sieve=self._sieve)
        return session.mend(allowed, self._refusal, self._sieve)

    def _put(self, mended: FixOutcome, session: Session) -> FixOutcome:
        """Changed files onto the disk, to standard output, or as a diff; what really came of it."""
        from wbcheck import fixes

        if self.options.diff:
            changed = mended.files.values()
            emit_bytes(fixes.diff(self._in_patch(file.path), file.old, file.new) for file in changed)
        elif self.is_stdin:
            emit_bytes(
                mended.files[path].new if path in mended.files else data for path, data in self._given.items()
            )
        else:
            written = fixes.write(mended, self._root)
            for path in mended.files.keys() - written.files.keys():
                session.sources.keep(path, mended.files[path].old)
            return written
        return mended

    def _in_patch(self, path: str) -> str:
        """What a patch calls a file: of one outside of where we are, its path in its repository or tree."""
        from wbcheck.report.context import repository

        absolute = os.path.abspath(path)
        if path == STDIN or is_inside(absolute, self.cwd):
            return path if path == STDIN else os.path.relpath(absolute, self.cwd)
        root = repository(os.path.dirname(absolute))
        home = root or (self._root if is_inside(absolute, self._root) else os.path.dirname(absolute))
        return os.path.relpath(absolute, home)

    def _refusal(self, path: str, expected: bytes) -> str | None:
        """Why a file must not be changed; one that only a fix names may be any of the project."""
        from wbcheck import fixes

        absolute = os.path.abspath(path)
        if path not in self._found and settings.matches(self.resolver.for_file(absolute).exclude, absolute):
            return "the configuration excludes it"
        return fixes.refusal(path, expected, self._root)

    @cached_property
    def _root(self) -> str:
        """The tree that fixes must not leave through a link: what was named, or where we are."""
        folders = [
            os.path.abspath(path if os.path.isdir(path) else os.path.dirname(path)) for path in self.paths
        ]
        inside = all(is_inside(folder, self.cwd) for folder in folders)
        return self.cwd if inside else os.path.commonpath(folders)

    # Saying what came of it

    def _report(self, outcome: Outcome, fixed: FixOutcome | None) -> None:
        options = self.options
        if options.diff or options.fix_only:
            return
        if self.is_stdin and fixed is not None and options.output_file is None:
            # Standard output has the fixed text.
            self._render([name for name, _ in self._reports], outcome, fixed, sys.stderr)
            return
        files: dict[str | None, list[str | None]] = {}
        for name, file in self._reports:
            files.setdefault(file, []).append(name)
        for file, names in files.items():
            with output_to(file) as stream:
                self._render(names, outcome, fixed, stream)

    @property
    def _reports(self) -> tuple[tuple[str | None, str | None], ...]:
        """Each report's format (``None`` for the one that suits) and file (``None`` for standard output)."""
        from wbcheck.report import STATISTICS

        options, configured = self.options, self.settings.output_format
        given: tuple[tuple[str | None, str | None], ...] = options.reports
        if not given:
            given = ((configured and str(configured), None),)
        if options.statistics:
            given = ((STATISTICS, None), *((name, file) for name, file in given if file))
        return tuple((name, file or options.output_file) for name, file in given)

    def _render(
        self, names: list[str | None], outcome: Outcome, fixed: FixOutcome | None, stream: TextIO
    ) -> None:
        from wbcheck import report

        mended = 0 if fixed is None or self.options.add_ignore is not None else fixed.mended
        context = self.context(outcome, stream, mended)
        for name in names:
            chosen = name or report.default_format(len(outcome.diagnostics), context)
            emit(report.render(chosen, outcome.diagnostics, context), stream)

    def context(self, outcome: Outcome, stream: TextIO, mended: int = 0) -> Context:
        """What a report on a stream needs to know; ``mended`` findings are no more."""
        from wbcheck.report.context import Context, repository, terminal

        options = self.options
        return Context(
            sources=outcome.sources,
            root=repository(self._folder) or self._home,
            cwd=self.cwd,
            checked=outcome.checked,
            silenced=outcome.suppressed,
            fixed=mended,
            rules=lambda: self._rules(outcome),
            address=self.ruleset.address,
            page=self._page,
            command=self._command,
            terminal=terminal(stream, os.environ, options.color),
            summary=not options.quiet,
        )

    def _rules(self, outcome: Outcome) -> list[LoadedRule]:
        """The rules that were checked: those of the run as a whole, and what other settings brought in."""
        from wbcheck.registry import load_rule

        every = (*outcome.diagnostics, *(each.diagnostic for each in outcome.suppressed))
        codes = self.ruleset.every.union(each.code for each in every) & self.ruleset.catalogue.keys()
        return [load_rule(self.ruleset.catalogue[code]) for code in sorted(codes)]

    def _page(self, code: str) -> str:
        """The address of a rule's own file, which is its documentation."""
        from pathlib import Path

        info = self.ruleset.catalogue.get(code)
        return "" if info is None else Path(info.path).as_uri()

    @cached_property
    def ruleset(self) -> Ruleset:
        """The rules that hold for the run as a whole."""
        return Ruleset(self.settings, self._wish)

    @property
    def _command(self) -> tuple[str, ...]:
        """What to type to check the same again; whether to fix, and how to report, is not said."""
        options = self.options
        lists = (
            ("--select", options.select),
            ("--extend-select", options.extend_select),
            ("--ignore", options.ignore),
            ("--fixable", options.fixable),
            ("--unfixable", options.unfixable),
        )
        paths = (f"./{each}" if each[:1] == "-" != each else each for each in options.paths)
        words = ["wbcheck", "check", *paths]
        for name, selectors in lists:
            words += [name, ",".join(selectors)] if selectors else []
        words += ["--stdin-filename", options.stdin_filename] if options.stdin_filename else []
        words += ["--force-exclude"] if options.force_exclude else []
        words += ["--preview"] if options.preview else []
        words += ["--baseline", options.baseline] if options.baseline else []
        words += ["--no-baseline"] if options.no_baseline else []
        words += ["--diff-from", options.diff_from] if options.diff_from else []
        words += ["--config", options.config] if options.config else []
        words += ["--isolated"] if options.isolated else []
        words += ["--no-project"] if options.no_project else []
        words += ["--no-cache"] if options.no_cache else []
        words += ["--wandb-version", options.wandb_version] if options.wandb_version else []
        return tuple(words)

    def _remark(self, outcome: Outcome, session: Session, fixed: FixOutcome | None) -> None:
        """What is not a finding, on standard error."""
        for path, problem in trouble(fixed):
            say(f"{path}: {problem}")
        if self.options.verbose:
            for source in self.settings.sources:
                say(f"configuration from {source.file}")
            say(f"{counted(outcome.checked, 'file')}, {outcome.with_wandb} of them with W&B in it")
            say_traces(session.traces)
        if self.options.quiet:
            return
        if not outcome.checked and not outcome.diagnostics:
            say("there is no file to check here")
        if fixed is not None:
            self._remark_on_fixes(fixed)
        self._remark_on_baseline()
        if outcome.noqa:
            from wbcheck.suppressions import ruff_notice

            notice = ruff_notice(outcome.noqa, self.settings.root)
            if notice is not None:
                say(notice)

    def _remark_on_baseline(self) -> None:
        stale = self._sieve.stale
        if not stale:
            return
        places = [f"{entry.path} {entry.code}" for entry in sorted(stale)]
        named = ", ".join(dict.fromkeys(places[:STALE_SHOWN])) + (", …" if len(places) > STALE_SHOWN else "")
        count = counted(sum(stale.values()), "finding")
        say(f"{count} of the baseline no longer there ({named}); to take out: wbcheck baseline --prune")

    def done(self, fixed: FixOutcome) -> Iterator[str]:
        """What became of each file, a line for each: how many findings of which rules were mended."""
        verb, names = "would fix" if self.options.diff else "fixed", self.ruleset.catalogue
        for path, file in fixed.files.items():
            counts = sorted(file.counts.items(), key=lambda item: (-item[1], item[0]))
            # A folder's own configuration may have rules that are not known here.
            parts = [f"{count} {names[code].name if code in names else code}" for code, count in counts]
            yield f"{path}: {verb} {', '.join(parts)}" if parts else f"{path}: goes with the others"

    def _remark_on_fixes(self, fixed: FixOutcome) -> None:
        files = counted(len(fixed.files), "file")
        if self.options.add_ignore is not None:
            would = "would be" if self.options.diff else "now"
            say(f"{counted(fixed.mended, 'finding')} in {files} {would} silenced by comments")
            return
        for line in self.done(fixed):
            say(line)
        what = f"{counted(fixed.mended, 'fix', 'es')} in {files}"
        if self.options.diff:
            say(f"{what} would be made" if fixed.files else "nothing would be fixed")
        elif self.options.fix_only:
            say(f"{what} made" if fixed.files else "nothing was fixed")

    def _status(self, outcome: Outcome, fixed: FixOutcome | None) -> int:
        options = self.options
        if outcome.faults or (fixed is not None and fixed.faults):
            return 2
        if options.exit_zero:
            return 0
        changed = fixed is not None and bool(fixed.files)
        if options.diff:
            return int(changed)
        if changed and options.exit_non_zero_on_fix:
            return 1
        return int(bool(outcome.diagnostics) and not options.fix_only)


def trouble(fixed: FixOutcome | None) -> list[tuple[str, str]]:
    """Files in which fixing failed or that were left alone, each with why."""
    if fixed is None:
        return []
    faults = [(fault.path, f"{fault.message} (a bug in {', '.join(fault.codes)})") for fault in fixed.faults]
    return faults + [(left.path, f"left alone: {left.reason}") for left in fixed.left_alone]


def _command_like(word: str) -> str:
    """A suggestion, where a command, or a mistyped one, was taken for a path."""
    from wbcheck.cli import COMMANDS
    from wbcheck.words import suggestion

    if word in COMMANDS:
        return f"; the command of this name is `wbcheck {word}`"
    return suggestion(word, COMMANDS)
