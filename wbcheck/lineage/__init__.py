"""The artifact graph that code declares: runs, artifacts, and what uses and logs what.

A pure function of the models of a project; nothing is run, and nobody is asked.
"""

from wbcheck.lineage.build import lineage_of
from wbcheck.lineage.graph import Artifact, Edge, EdgeKind, Lineage, Run, Site, together
from wbcheck.lineage.marking import Marks, marks_of

__all__ = [
    "Artifact",
    "Edge",
    "EdgeKind",
    "Lineage",
    "Marks",
    "Run",
    "Site",
    "lineage_of",
    "marks_of",
    "together",
]
