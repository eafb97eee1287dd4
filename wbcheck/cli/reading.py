"""What `wbcheck lineage` and `wbcheck report` share: files are checked for what they say together."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from functools import cached_property
from typing import TextIO

import click
import msgspec

from wbcheck import settings
from wbcheck.cli.options import say, say_traces, working_directory
from wbcheck.cli.progress import progress_on
from wbcheck.diagnostic import Diagnostic
from wbcheck.engine import Part, Request, Session
from wbcheck.files import discover
from wbcheck.lineage import Lineage, Marks, lineage_of, marks_of, together
from wbcheck.report.context import Context, terminal
from wbcheck.ruleset import Wish
from wbcheck.selection import Layer


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The options of such a command as they were typed."""

    paths: tuple[str, ...]
    output_format: str
    output_file: str | None = None
    check: bool = False
    color: str = "auto"
    quiet: bool = False
    verbose: bool = False
    config: str | None = None
    isolated: bool = False
    jobs: int = 0
    no_cache: bool = False


class Reading:
    """Files that have been checked, also by the rules ``asked`` for beside those that are configured.

    Raises ``click.UsageError`` for a path that is not there.
    """

    def __init__(self, options: Options, asked: Iterable[str]) -> None:
        self.options = options
        self.cwd = working_directory()
        paths = options.paths or (".",)
        for path in paths:
            if not os.path.lexists(path):
                raise click.UsageError(f"there is no file or folder `{path}`")
        resolver = settings.load(options.config, options.isolated)
        found = discover(paths, resolver.for_file, False)
        first = paths[0]
        self.settings = resolver.for_directory(first) if os.path.isdir(first) else resolver.for_file(first)
        self.session = Session(
            Request(
                files=found.files,
                settings_for=resolver.for_file,
                wish=Wish(layer=Layer(None, tuple(asked), ())),
                problems=found.problems,
                jobs=options.jobs,
                cache="" if options.no_cache else self.settings.cache_dir,
                fixes=False,
                progress=None if options.quiet else progress_on(sys.stderr),
            )
        )
        self.outcome = self.session.run()

    @property
    def findings(self) -> tuple[Diagnostic, ...]:
        """What was found, in its order."""
        return self.outcome.diagnostics

    @cached_property
    def parts(self) -> list[Part]:
        """The projects that the files are of."""
        return self.session.parts()

    @cached_property
    def lineage(self) -> Lineage:
        """The graph of these files."""
        return together(lineage_of(each.models, each.project, each.beside) for each in self.parts)

    @cached_property
    def marks(self) -> Marks:
        """The findings on the graph."""
        models = [model for each in self.parts for model in each.models]
        return marks_of(self.lineage, models, self.findings)

    def context(self, stream: TextIO) -> Context:
        """What a report that is written to ``stream`` has to know."""
        return Context(
            sources=self.outcome.sources,
            root=self.settings.root if self.settings.sources else self.cwd,
            cwd=self.cwd,
            checked=self.outcome.checked,
            terminal=terminal(stream, os.environ, self.options.color),
        )

    def remark(self) -> None:
        """What is not part of the report, on standard error."""
        if self.options.verbose:
            say_traces(self.session.traces)
        if self.outcome.faults:
            say(f"wbcheck failed on some files; --verbose shows where: {self._faulty()}")
        if not self.outcome.checked and not self.options.quiet:
            say("there is no file to check here")

    def _faulty(self) -> str:
        return ", ".join(dict.fromkeys(each.path for each in self.findings if each.fault))
