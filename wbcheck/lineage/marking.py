"""Which findings belong to which part of the graph."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from wbcheck.diagnostic import Diagnostic, Span
from wbcheck.lineage.graph import Lineage
from wbcheck.model.events import Event
from wbcheck.model.model import Model


class Marks(msgspec.Struct, frozen=True):
    """Findings by the indices of runs and of artifacts, and those that belong to none, each in its order."""

    runs: dict[int, tuple[Diagnostic, ...]] = {}
    artifacts: dict[int, tuple[Diagnostic, ...]] = {}
    others: tuple[Diagnostic, ...] = ()


def marks_of(lineage: Lineage, models: Iterable[Model], findings: Iterable[Diagnostic]) -> Marks:
    """Each finding where it belongs: to the artifact that is made, logged or used there, else to the run."""
    finder = _Finder(lineage, {model.path: model for model in models})
    runs: dict[int, list[Diagnostic]] = {}
    artifacts: dict[int, list[Diagnostic]] = {}
    others: list[Diagnostic] = []
    for finding in findings:
        artifact = finder.artifact(finding)
        run = finder.run(finding) if artifact is None else None
        if artifact is not None:
            artifacts.setdefault(artifact, []).append(finding)
        elif run is not None:
            runs.setdefault(run, []).append(finding)
        else:
            others.append(finding)
    return Marks(
        {number: tuple(found) for number, found in runs.items()},
        {number: tuple(found) for number, found in artifacts.items()},
        tuple(others),
    )


class _Finder:
    def __init__(self, lineage: Lineage, models: dict[str, Model]) -> None:
        self.models = models
        self.sites: dict[str, list[tuple[Span, int]]] = {}
        for number, artifact in enumerate(lineage.artifacts):
            for site in artifact.sites:
                self.sites.setdefault(site.path, []).append((site.span, number))
        self.starts: dict[tuple[str, int], int] = {}
        self.of_file: dict[str, list[int]] = {}
        self.handed: dict[tuple[str, str], int] = {}
        for number, run in enumerate(lineage.runs):
            if run.start is not None:
                self.starts[run.site.path, run.start] = number
            if run.starter:
                self.of_file.setdefault(run.site.path, []).append(number)
            else:
                self.handed[run.site.path, run.function] = number

    def artifact(self, finding: Diagnostic) -> int | None:
        """The artifact that is spoken of at a place: the one with the narrowest site around it."""
        around = [
            (span.end - span.start, number)
            for span, number in self.sites.get(finding.path, ())
            if span.contains(finding.span)
        ]
        return min(around)[1] if around else None

    def run(self, finding: Diagnostic) -> int | None:
        """The run that does what a finding is about, or the only one of its file."""
        model = self.models.get(finding.path)
        if model is None:
            return None
        around = [event for event in model.events if event.span.contains(finding.span)]
        for event in sorted(around, key=lambda event: event.span.end - event.span.start):
            for run in _runs(event):
                if (finding.path, run) in self.starts:
                    return self.starts[finding.path, run]
            function = model.function_of(event)
            if function is not None and (finding.path, function.qualname) in self.handed:
                return self.handed[finding.path, function.qualname]
        only = self.of_file.get(finding.path, [])
        return only[0] if len(only) == 1 else None


def _runs(event: Event) -> tuple[int, ...]:
    runs: tuple[int, ...] = getattr(event, "runs", ())
    run: int | None = getattr(event, "run", None)
    return runs if run is None else (run,)
