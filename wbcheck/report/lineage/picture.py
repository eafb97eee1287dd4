"""What every drawing of a lineage graph shows: nodes and arrows in words, with secrets masked."""

from __future__ import annotations

import posixpath
from collections.abc import Callable

import msgspec

from wbcheck.diagnostic import Diagnostic, Span
from wbcheck.lineage import Artifact, Edge, EdgeKind, Lineage, Marks, Run, Site
from wbcheck.masking import masker
from wbcheck.report.context import Context, within
from wbcheck.words import counted


class Place(msgspec.Struct, frozen=True, order=True):
    """A place as people count: ``cell`` is 0 outside of notebooks, rows and columns begin with 1."""

    path: str
    cell: int
    row: int
    column: int

    def __str__(self) -> str:
        return f"{self.path}:{within(self.cell, self.row, self.column)}"


class Mark(msgspec.Struct, frozen=True):
    """A finding on a node."""

    code: str
    name: str
    severity: str
    message: str
    place: Place


class Node(msgspec.Struct, frozen=True):
    """A run or an artifact. ``title`` is what it is called, ``note`` what is said under that.

    ``tag`` is ``run``, ``reader`` (something that does something with artifacts, and no run is known),
    ``artifact``, ``unknown`` (an artifact whose name varies, or is not known), ``external`` (one of another
    project) or ``unlogged`` (one that nothing here logs). ``facts`` are more words about it, in pairs.
    """

    id: str
    tag: str
    title: str
    note: str
    facts: tuple[tuple[str, str], ...]
    metadata: tuple[str, ...]
    places: tuple[Place, ...]
    marks: tuple[Mark, ...]

    @property
    def is_run(self) -> bool:
        """Whether it is a run, or stands for one."""
        return self.tag in ("run", "reader")


class Arrow(msgspec.Struct, frozen=True):
    """From an artifact to the run that uses it, or from a run to the artifact that it logs.

    ``kind`` is that of ``EdgeKind``, ``versions`` what it is used or logged as.
    """

    source: str
    target: str
    kind: str
    versions: tuple[str, ...]
    is_certain: bool
    places: tuple[Place, ...]

    @property
    def is_recorded(self) -> bool:
        """Whether W&B's own lineage graph will have it."""
        return self.kind != EdgeKind.READ.value


class Picture(msgspec.Struct, frozen=True):
    """All that is drawn: runs, then artifacts, and what is found in files but on no node."""

    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]
    others: tuple[Mark, ...] = ()

    @property
    def counted(self) -> str:
        """How much there is: ``3 runs, 2 artifacts, 4 edges; 1 finding``."""
        runs = sum(node.is_run for node in self.nodes)
        found = sum(len(node.marks) for node in self.nodes) + len(self.others)
        words = (
            counted(runs, "run"),
            counted(len(self.nodes) - runs, "artifact"),
            counted(len(self.arrows), "edge"),
        )
        return f"{', '.join(words)}; {counted(found, 'finding')}"


def place_of(finding: Diagnostic) -> Place:
    """Where a finding is."""
    start = finding.range.start
    return Place(finding.path, start.cell, start.row, start.column)


def picture_of(lineage: Lineage, marks: Marks, context: Context) -> Picture:
    """A graph in words. Findings' own secrets are masked wherever they stand."""
    return _Pen(lineage, marks, context).picture()


class _Pen:
    def __init__(self, lineage: Lineage, marks: Marks, context: Context) -> None:
        self.lineage = lineage
        self.marks = marks
        self.context = context
        known = [*marks.others]
        for found in (*marks.runs.values(), *marks.artifacts.values()):
            known += found
        self.mask: Callable[[str], str] = masker(known, context.sources)
        folders = {posixpath.dirname(run.site.path.replace("\\", "/")) for run in lineage.runs}
        is_one_tree = len({folder.startswith("/") for folder in folders}) == 1
        self.folder = posixpath.commonpath(folders) if is_one_tree else ""

    def picture(self) -> Picture:
        """All of it."""
        lineage = self.lineage
        logged = {edge.artifact for edge in lineage.edges if edge.kind is EdgeKind.LOG}
        nodes = [self._run(number, run) for number, run in enumerate(lineage.runs)]
        nodes += [
            self._artifact(number, artifact, number in logged)
            for number, artifact in enumerate(lineage.artifacts)
        ]
        return Picture(
            tuple(nodes),
            tuple(self._arrow(edge) for edge in lineage.edges),
            tuple(self._mark(each) for each in self.marks.others),
        )

    def _run(self, number: int, run: Run) -> Node:
        place = self._place(run.site)
        facts = [
            ("job type", run.job_type),
            ("name", run.name),
            ("project", run.project),
            ("started by", run.starter),
        ]
        if run.starter:
            known = [word for word in (run.job_type, run.name) if word and word != "?"]
            title = known[0] if known else "run"
        else:
            title = (
                f"{run.function}()" if run.function else run.site.path.replace("\\", "/").rpartition("/")[2]
            )
            facts.append(("run", "not known" if run.function else "none"))
        return Node(
            id=f"r{number}",
            tag="run" if run.starter else "reader",
            title=self.mask(title),
            note=self._short(place),
            facts=self._told(facts),
            metadata=(),
            places=(place,),
            marks=tuple(map(self._mark, self.marks.runs.get(number, ()))),
        )

    def _short(self, place: Place) -> str:
        """Where a run is, as seen from the folder that all of them are in."""
        path = place.path.replace("\\", "/")
        inside = path.removeprefix(f"{self.folder}/") if self.folder else path
        return f"{inside}:{f'cell {place.cell}:' if place.cell else ''}{place.row}"

    def _artifact(self, number: int, artifact: Artifact, is_logged: bool) -> Node:
        tag = "unknown" if not artifact.is_known else "artifact" if is_logged else "unlogged"
        if artifact.is_external:
            tag = "external"
        title = f"{artifact.home}/{artifact.name}".lstrip("/") if artifact.is_external else artifact.name
        facts = [
            ("name", title),
            ("from", artifact.hint),
            ("type", artifact.kind),
            ("description", "given" if artifact.is_described else ""),
            ("metadata keys", "perhaps more than these" if artifact.is_open else ""),
        ]
        hint = f" {artifact.hint}" if artifact.hint else ""
        return Node(
            id=f"a{number}",
            tag=tag,
            title=self.mask(f"{title}{hint}"),
            note=self.mask(artifact.kind),
            facts=self._told(facts),
            metadata=tuple(map(self.mask, artifact.metadata)),
            places=tuple(sorted(map(self._place, artifact.sites))),
            marks=tuple(map(self._mark, self.marks.artifacts.get(number, ()))),
        )

    def _arrow(self, edge: Edge) -> Arrow:
        run, artifact = f"r{edge.run}", f"a{edge.artifact}"
        source, target = (artifact, run) if edge.is_input else (run, artifact)
        places = tuple(sorted(map(self._place, edge.sites)))
        versions = tuple(map(self.mask, edge.versions))
        return Arrow(source, target, edge.kind.value, versions, edge.is_certain, places)

    def _told(self, facts: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        return tuple((name, self.mask(words)) for name, words in facts if words)

    def _mark(self, each: Diagnostic) -> Mark:
        return Mark(each.code, each.name, each.severity.value, self.mask(each.message), place_of(each))

    def _place(self, site: Site) -> Place:
        unit = self.context.sources(site.path)
        if unit is None:
            return Place(site.path, 0, 1, 1)
        start = unit.locate(Span(site.span.start, site.span.start)).start
        return Place(site.path, start.cell, start.row, start.column)
