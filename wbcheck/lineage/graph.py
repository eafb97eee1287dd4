"""What a lineage graph is made of: plain data.

Runs and artifacts are named by their indices in the graph's own tuples, which are in the order of paths
and places.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from wbcheck.diagnostic import Span

UNKNOWN = "?"
"""What stands for a name that is not known at all."""


class Site(msgspec.Struct, frozen=True, order=True):
    """A place in the code: a file as it was shown to the user, and a span of its text."""

    path: str
    span: Span


class Run(msgspec.Struct, frozen=True):
    """A place that starts a run, or what does something with artifacts for a run that is not known, or for
    none.

    ``name`` and ``job_type`` are skeletons: ``{}`` stands for each part that varies, ``?`` for what is not
    known, and nothing for what is not given. ``starter`` is what starts it (``wandb.init``); where that is
    empty no start is known: it is the ``function`` that a run is handed to, or the file, if there is none.
    ``home`` tells which project of W&B's it belongs to: two runs with one home are of one project.
    ``project`` is its name, where that is constant. ``start`` is the number of the run in its file's model.
    ``origin`` is where it is started, if that is known: in a helper of another file, where that starts it.
    """

    site: Site
    name: str
    job_type: str
    starter: str
    function: str = ""
    home: str = ""
    project: str = ""
    start: int | None = None
    origin: Site | None = None


class Artifact(msgspec.Struct, frozen=True):
    """An artifact: one for each name and type in a project, or for each place with a name that varies.

    ``name`` is a skeleton as that of a run, ``hint`` the variable that a name comes from which is not known
    (``args.input_artifact``), ``kind`` the artifact's type where it is constant. ``is_known`` where the whole
    name is constant: only those are one node for several places. ``is_external`` where it is of another
    project than all runs (a registry's, for one). ``metadata`` are its top-level keys in order, and
    ``is_open`` says that there may be more. It ``is_automatic`` where a framework
    logs it by itself. ``sites`` are where it is made, logged and used.
    """

    name: str
    kind: str
    home: str
    is_known: bool
    is_external: bool = False
    hint: str = ""
    metadata: tuple[str, ...] = ()
    is_open: bool = False
    is_described: bool = False
    is_automatic: bool = False
    sites: tuple[Site, ...] = ()


class EdgeKind(StrEnum):
    """What a run does with an artifact."""

    USE = "use"  # use_artifact, use_model: recorded as an input
    LOG = "log"  # log_artifact, log_model, a framework's checkpoints
    READ = "read"  # Api().artifact(): downloaded, and not recorded
    LINK = "link"  # link_artifact, link_model: into a collection of a registry


class Edge(msgspec.Struct, frozen=True):
    """A run does something with an artifact, at one place or several.

    ``versions`` are the versions or aliases by which it is used, or the aliases under which it is logged.
    ``is_certain`` is false where it may be another run, or another of several names.
    """

    run: int
    artifact: int
    kind: EdgeKind
    versions: tuple[str, ...] = ()
    sites: tuple[Site, ...] = ()
    is_certain: bool = True

    @property
    def is_input(self) -> bool:
        """Whether the artifact goes into the run."""
        return self.kind in (EdgeKind.USE, EdgeKind.READ)


class Lineage(msgspec.Struct, frozen=True):
    """The graph."""

    runs: tuple[Run, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    edges: tuple[Edge, ...] = ()


def together(parts: Iterable[Lineage]) -> Lineage:
    """Several graphs side by side as one: those of projects that have nothing to do with each other."""
    runs: list[Run] = []
    artifacts: list[Artifact] = []
    edges: list[Edge] = []
    for part in parts:
        edges += (
            msgspec.structs.replace(edge, run=edge.run + len(runs), artifact=edge.artifact + len(artifacts))
            for edge in part.edges
        )
        runs += part.runs
        artifacts += part.artifacts
    return Lineage(tuple(runs), tuple(artifacts), tuple(edges))
