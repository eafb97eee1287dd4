"""The guide's checklist for new runs, answered for each place that starts one.

An answer comes from what the run is given, from the graph, and from findings: where a rule speaks of a run,
what it asks for does not hold. Nothing is weighed: what holds is counted, and what is not known counts for
neither side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum

import msgspec

from wbcheck import setup
from wbcheck.diagnostic import Diagnostic
from wbcheck.lineage import Artifact, Edge, EdgeKind, Lineage, Marks, Run
from wbcheck.model.events import (
    DataRead,
    DataWritten,
    DefineMetric,
    Log,
    MediaMade,
    RunStart,
    SummaryWrite,
    TableMade,
)
from wbcheck.model.model import Model
from wbcheck.model.values import Mapping, Tri, options
from wbcheck.project import Project


class Answer(StrEnum):
    """Whether something holds for a run. What is not asked of it, such as inputs of a source, is ``-``."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    NOT_ASKED = "-"


class Item(msgspec.Struct, frozen=True):
    """A line of the checklist. ``codes`` are the rules whose findings say that it does not hold."""

    section: str
    name: str
    codes: tuple[str, ...]


ITEMS = (
    Item("set-up", "project", ("WB113", "WB117", "WB118")),
    Item("set-up", "name", ("WB101", "WB103", "WB104", "WB105", "WB114")),
    Item("set-up", "group", ("WB107", "WB119")),
    Item("set-up", "job type", ("WB109",)),
    Item("set-up", "tags", ("WB111", "WB115", "WB116")),
    Item("set-up", "notes", ()),
    Item("config", "given", ("WB210",)),
    Item("config", "params and meta", ("WB202", "WB203")),
    Item("lineage", "inputs declared", ("WB501", "WB502", "WB504")),
    Item("lineage", "outputs logged", ("WB410", "WB503", "WB505")),
    Item("metadata", "type", ("WB412", "WB418")),
    Item("metadata", "metadata", ("WB403", "WB405", "WB406", "WB413")),
    Item("metadata", "description", ("WB404",)),
    Item("logging", "namespaced metrics", ("WB301", "WB302", "WB303", "WB304", "WB311")),
    Item("logging", "x axis", ("WB316", "WB317", "WB318")),
    Item("logging", "summary", ("WB319", "WB320", "WB321", "WB325")),
    Item("logging", "tables or media", ("WB312", "WB313", "WB314", "WB315")),
)
"""The checklist, in the order of the guide (Checklist for new Runs)."""
SECTIONS = tuple(dict.fromkeys(item.section for item in ITEMS))


class Reply(msgspec.Struct, frozen=True):
    """What holds of one item for one run, and the findings that say so."""

    item: Item
    answer: Answer
    findings: tuple[Diagnostic, ...] = ()


class Sheet(msgspec.Struct, frozen=True):
    """The checklist of one run, which is known by its index in the graph."""

    run: int
    replies: tuple[Reply, ...]

    def counted(self, section: str | None = None) -> tuple[int, int]:
        """How many items hold, and how many of those asked are known to hold or not to."""
        known = [
            reply.answer
            for reply in self.replies
            if section in (None, reply.item.section) and reply.answer in (Answer.YES, Answer.NO)
        ]
        return known.count(Answer.YES), len(known)


def checklists(
    parts: Iterable[tuple[Project, Iterable[Model]]], lineage: Lineage, marks: Marks
) -> tuple[Sheet, ...]:
    """A sheet for each run of the graph that is started in the code, in its order.

    ``parts`` are the projects that the graph is of, with the models of their files.
    """
    known = {model.path: (project, model) for project, models in parts for model in models}
    edges: dict[int, list[Edge]] = {}
    for edge in lineage.edges:
        edges.setdefault(edge.run, []).append(edge)
    sheets = []
    for number, run in enumerate(lineage.runs):
        origin = None if run.origin is None else known.get(run.origin.path)
        home = known.get(run.site.path)
        if run.origin is None or run.start is None or origin is None or home is None:
            continue
        starts = (start for start in origin[1].each(RunStart) if start.span == run.origin.span)
        start = next(starts, None)
        if start is not None:
            asked = _Asked(run, start, origin, home[1])
            asked.learn(number, edges.get(number, ()), lineage, marks)
            sheets.append(Sheet(number, tuple(map(asked.reply, ITEMS))))
    return tuple(sheets)


class _Asked:
    """One run, with all that answers are made of: its start, and the model of the file it is used in."""

    def __init__(self, run: Run, start: RunStart, origin: tuple[Project, Model], model: Model) -> None:
        self.run = run
        self.start = start
        self.project, self.origin = origin
        self.model = model
        self.used: list[Edge] = []
        self.logged: list[Artifact] = []
        self.found: list[Diagnostic] = []

    def learn(self, number: int, edges: Iterable[Edge], lineage: Lineage, marks: Marks) -> None:
        """Take what graph and findings say of the run."""
        edges = tuple(edges)
        self.used = [edge for edge in edges if edge.kind is EdgeKind.USE]
        logged = [edge.artifact for edge in edges if edge.kind is EdgeKind.LOG]
        self.logged = [lineage.artifacts[each] for each in logged]
        self.found = [*marks.runs.get(number, ())]
        for each in logged:
            self.found += marks.artifacts.get(each, ())
        # Of what is used, only how it is used is this run's.
        here = {(site.path, site.span) for edge in self.used for site in edge.sites}
        self.found += (
            found
            for edge in self.used
            for found in marks.artifacts.get(edge.artifact, ())
            if any(path == found.path and span.contains(found.span) for path, span in here)
        )

    def reply(self, item: Item) -> Reply:
        """What holds of an item: a finding says no, whatever else is known."""
        findings = tuple(found for found in self.found if found.code in item.codes)
        if findings:
            return Reply(item, Answer.NO, tuple(dict.fromkeys(findings)))
        return Reply(item, _ANSWERS[item.section, item.name](self))

    def given(self, word: str) -> Answer:
        """Whether a part of the set-up is given."""
        return Answer(setup.has(self.origin, self.project, self.start, word).value)

    def notes(self) -> Answer:
        """Whether there are notes. The guide asks for none: they count where they are given."""
        return Answer.YES if self.given("notes") is Answer.YES else Answer.NOT_ASKED

    def nested(self) -> Answer:
        """Whether the config is one of params, and of meta where there is anything else."""
        values = options(self.start.get("config"))
        if not values:
            return Answer.NO if self.given("config") is Answer.NO else Answer.UNKNOWN
        shapes = {value.has("params") if isinstance(value, Mapping) else Tri.UNKNOWN for value in values}
        return Answer(shapes.pop().value) if len(shapes) == 1 else Answer.UNKNOWN

    def inputs(self) -> Answer:
        """Whether inputs are declared; a run that reads nothing and logs nothing is not asked for any."""
        if self.used:
            return Answer.YES
        reads = any(self._is_mine(event) for event in self.model.each(DataRead))
        return Answer.UNKNOWN if reads else Answer.NOT_ASKED

    def outputs(self) -> Answer:
        """Whether what is written is logged."""
        if self.logged:
            return Answer.YES
        writes = any(self._is_mine(event) for event in self.model.each(DataWritten))
        return Answer.UNKNOWN if writes else Answer.NOT_ASKED

    def _is_mine(self, event: DataRead | DataWritten) -> bool:
        """Whether an event lies in a file that starts no run but this one."""
        if len(self.model.runs) == 1:
            return True
        is_here = self.origin is self.model
        return is_here and self.model.function_of(event) == self.model.function_of(self.start)

    def of_artifacts(self, holds: Callable[[Artifact], Answer]) -> Answer:
        """What holds of all artifacts that are logged, but for those that a framework logs by itself."""
        answers = {holds(artifact) for artifact in self.logged if not artifact.is_automatic}
        for answer in (Answer.NO, Answer.UNKNOWN, Answer.YES):
            if answer in answers:
                return answer
        return Answer.NOT_ASKED

    def metrics(self) -> Answer:
        """Whether metrics have namespaces, as far as their names are known."""
        logs = [log for log in self.model.each(Log) if self.run.start in log.runs]
        values = [value for log in logs for value in options(log.data)]
        if not values:
            return Answer.NOT_ASKED
        is_known = all(isinstance(value, Mapping) and not value.open for value in values)
        return Answer.YES if is_known else Answer.UNKNOWN

    def axis(self) -> Answer:
        """Whether an x axis is declared; where nothing is logged beside one, none is asked for."""
        declared = any(self.run.start in each.runs for each in self.model.each(DefineMetric))
        return Answer.YES if declared else Answer.NOT_ASKED

    def summary(self) -> Answer:
        """Whether results end up in the summary, by themselves or as the last values that are logged."""
        written = any(self.run.start in each.runs for each in self.model.each(SummaryWrite))
        logged = any(self.run.start in each.runs for each in self.model.each(Log))
        return Answer.YES if written or logged else Answer.NOT_ASKED

    def shown(self) -> Answer:
        """Whether there are tables or media, which the guide leaves to the run."""
        kinds = (TableMade, MediaMade)
        there = any(any(self.model.each(kind)) for kind in kinds) and len(self.model.runs) == 1
        return Answer.YES if there else Answer.NOT_ASKED


def _typed(artifact: Artifact) -> Answer:
    return Answer.NO if artifact.kind == "unspecified" else Answer.YES if artifact.kind else Answer.UNKNOWN


def _told(artifact: Artifact) -> Answer:
    return Answer.YES if artifact.metadata else Answer.UNKNOWN


def _described(artifact: Artifact) -> Answer:
    return Answer.YES if artifact.is_described else Answer.UNKNOWN


_ANSWERS: dict[tuple[str, str], Callable[[_Asked], Answer]] = {
    ("set-up", "project"): lambda asked: asked.given("project"),
    ("set-up", "name"): lambda asked: asked.given("name"),
    ("set-up", "group"): lambda asked: asked.given("group"),
    ("set-up", "job type"): lambda asked: asked.given("job_type"),
    ("set-up", "tags"): lambda asked: asked.given("tags"),
    ("set-up", "notes"): _Asked.notes,
    ("config", "given"): lambda asked: asked.given("config"),
    ("config", "params and meta"): _Asked.nested,
    ("lineage", "inputs declared"): _Asked.inputs,
    ("lineage", "outputs logged"): _Asked.outputs,
    ("metadata", "type"): lambda asked: asked.of_artifacts(_typed),
    ("metadata", "metadata"): lambda asked: asked.of_artifacts(_told),
    ("metadata", "description"): lambda asked: asked.of_artifacts(_described),
    ("logging", "namespaced metrics"): _Asked.metrics,
    ("logging", "x axis"): _Asked.axis,
    ("logging", "summary"): _Asked.summary,
    ("logging", "tables or media"): _Asked.shown,
}
