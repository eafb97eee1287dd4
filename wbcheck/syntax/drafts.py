"""Blocks, functions, classes and runs while they are being found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import libcst as cst

from wbcheck.model.blocks import BlockKind, End, Guard, Loop
from wbcheck.syntax.state import (
    Frame,
    Scope,
    State,
)


@dataclass(slots=True, eq=False)
class BlockDraft:
    """A block while it is being found; see ``model.blocks.Block``."""

    id: int
    kind: BlockKind
    parent: int | None
    node: cst.CSTNode | None
    group: int
    function: int | None
    owner: int | None
    test: cst.BaseExpression | None = None
    negated: bool = False
    guard: Guard = Guard.OTHER
    loop: Loop | None = None
    end: End = End.FALLS
    cell: int = 0


@dataclass(slots=True, eq=False)
class FunctionDraft:
    """A function while it is being found; ``closure`` is the scope it was last defined in.

    ``trial`` when a sweep's agent calls it, each time without a run. ``spares`` are the dicts that a walk
    of it was given and has left as they were.
    """

    id: int
    node: cst.FunctionDef
    qualname: str
    block: int
    decorators: tuple[str, ...]
    class_id: int | None
    closure: Scope
    frame: Frame
    defaults: dict[str, Any]
    callers: list[int] = field(default_factory=list)
    calls: int = 0
    escapes: bool = False
    is_generator: bool = False
    trial: bool = False
    spares: set[int] = field(default_factory=set)


@dataclass(slots=True, eq=False)
class ClassDraft:
    """A class while it is being found.

    ``attributes`` are those of its instances, joined over all writes; ``changing`` those that are written in
    several places, so that what one method has seen says nothing of the next. ``derives`` is the family of
    trainers that it belongs to, or ``arguments`` for training arguments. ``parents`` are the classes of this
    file that it derives from.
    """

    id: int
    name: str
    block: int
    bases: tuple[str, ...]
    decorators: tuple[str, ...]
    names: dict[str, Any]
    attributes: dict[str, Any] = field(default_factory=dict)
    fields: dict[str, Any] = field(default_factory=dict)
    changing: frozenset[str] = frozenset()
    derives: str = ""
    parents: list[int] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class RunDraft:
    """A run while it is being found; ``holders`` are the names that hold what it was given as its config.

    ``elsewhere`` is the function of another file that starts it.
    """

    id: int
    start: int
    with_block: int | None = None
    names: list[str] = field(default_factory=list)
    finishes: list[int] = field(default_factory=list)
    config: Any = None
    holders: list[Any] = field(default_factory=list)
    elsewhere: str = ""


@dataclass(slots=True, eq=False)
class ParserDraft:
    """An ``argparse`` parser: its arguments' names with their defaults; ``open`` when more may be added.

    ``flags`` are its options, each with whether it takes a value, ``added`` the calls that have added any.
    """

    id: int
    defaults: dict[str, Any] = field(default_factory=dict)
    open: bool = False
    flags: dict[str, bool] = field(default_factory=dict)
    added: set[int] = field(default_factory=set)


@dataclass(slots=True)
class LoopExits:
    """How the pass of a loop is left, and the runs that it starts where it has ended none before.

    What it ends first may be the run of the pass before.
    """

    breaks: list[State] = field(default_factory=list)
    continues: list[State] = field(default_factory=list)
    started: list[int] = field(default_factory=list)
    ended: bool = False

    def start(self, runs: list[int]) -> None:
        if not self.ended:
            self.started.extend(runs)

    def take(self, inner: LoopExits) -> None:
        """What a loop or a function inside of the pass has done."""
        self.start(inner.started)
        self.ended = self.ended or inner.ended


@dataclass(slots=True)
class Activation:
    """One function call being walked, with its names: what it has returned and yielded so far."""

    function: int | None
    scope: Scope | None = None
    returns: list[tuple[Any, State]] = field(default_factory=list)
    yields: list[Any] = field(default_factory=list)
