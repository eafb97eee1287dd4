"""In which order things happen: the three-valued questions that rules ask of a model.

A *path* leads from an entry (the module, or a function nobody in the file calls) to an event,
through blocks and the calls of local functions. Two events are compared along every pair of
their paths; where that cannot be decided the answer is ``UNKNOWN``.
"""

from __future__ import annotations

import msgspec

from wbcheck.model.blocks import Block, BlockKind, End
from wbcheck.model.events import Event, LocalCall
from wbcheck.model.model import Model
from wbcheck.model.values import Tri

MAX_PATHS = 8
MAX_DEPTH = 6


class Place(msgspec.Struct, frozen=True):
    """One step of a path: a block, and the offset in the source at which it is left for the next step."""

    block: int
    at: int


Path = tuple[Place, ...]


def paths(model: Model, event: Event) -> tuple[Path, ...]:
    """Every way to an event from an entry of the file, outermost block first.

    Bounded by ``MAX_PATHS`` ways and ``MAX_DEPTH`` calls; recursion ends.
    """
    return tuple(_paths(model, event.block, event.span.start, 0, frozenset()))[:MAX_PATHS]


def _paths(model: Model, block: int, at: int, depth: int, seen: frozenset[int]) -> list[Path]:
    inner: list[Place] = []
    current: int | None = block
    while current is not None:
        here = model.blocks[current]
        inner.append(Place(here.id, at))
        at = here.span.start
        if here.kind is BlockKind.FUNCTION and here.owner is not None:
            function = model.functions[here.owner]
            if function.callers and here.owner not in seen and depth < MAX_DEPTH:
                tail = tuple(reversed(inner))
                found: list[Path] = []
                for caller in function.callers:
                    call = model.events[caller]
                    outer = _paths(model, call.block, call.span.start, depth + 1, seen | {here.owner})
                    found.extend(path + tail for path in outer)
                    if len(found) >= MAX_PATHS:
                        break
                return found
            break
        current = here.parent
    return [tuple(reversed(inner))]


def exclusive(model: Model, first: Event, second: Event) -> bool:
    """Whether two events lie in different arms of one ``if``, ``match`` or ``try``/``except``."""
    arms = {block.group: block for block in model.enclosing(first.block) if block.kind in _ARMS}
    for block in model.enclosing(second.block):
        other = arms.get(block.group) if block.kind in _ARMS else None
        if other is not None and other.id != block.id:
            return not _sequential(other, block)
    return False


_ARMS = (BlockKind.BRANCH, BlockKind.TRY, BlockKind.EXCEPT, BlockKind.TRY_ELSE, BlockKind.FINALLY)


def _sequential(first: Block, second: Block) -> bool:
    """Arms of one ``try`` that can run one after the other: everything but two handlers, or a handler and the else."""
    kinds = {first.kind, second.kind}
    if BlockKind.BRANCH in kinds:
        return False
    return not kinds <= {BlockKind.EXCEPT, BlockKind.TRY_ELSE}


def same_pass(model: Model, first: Event, second: Event) -> bool:
    """Whether two events of one function can run in the same pass of the same innermost loop.

    Both must lie in the same loops, in blocks that are not exclusive, and nothing
    between them may leave the pass for certain.
    """
    if model.loops_of(first) != model.loops_of(second):
        return False
    if model.blocks[first.block].function != model.blocks[second.block].function:
        return False
    return not exclusive(model, first, second) and falls_to(model, first, second)


def falls_to(model: Model, first: Event, second: Event) -> bool:
    """Whether control can fall from ``first`` to a later ``second`` of the same pass.

    Each block around ``first`` that does not also hold ``second`` must not end by leaving
    (return, raise, break, continue).
    """
    around = {block.id for block in model.enclosing(second.block)}
    for block in model.enclosing(first.block):
        if block.id in around:
            return True
        if block.kind is BlockKind.LOOP:
            if block.end in (End.RETURNS, End.RAISES):
                return False
        elif block.end is not End.FALLS:
            return False
    return False


def conditional_between(model: Model, inner: int, outer: int) -> bool:
    """Whether a block inside ``outer`` may be skipped: some branch, loop or handler lies between the two."""
    for block in model.enclosing(inner):
        if block.id == outer:
            return False
        if block.kind in _SKIPPABLE:
            return True
    return True


_SKIPPABLE = (
    BlockKind.BRANCH,
    BlockKind.LOOP,
    BlockKind.LOOP_ELSE,
    BlockKind.EXCEPT,
    BlockKind.TRY_ELSE,
    BlockKind.FUNCTION,
    BlockKind.LAMBDA,
    BlockKind.COMPREHENSION,
)


def precedes(model: Model, first: Event, second: Event) -> Tri:
    """Whether ``first`` has happened when ``second`` does.

    ``YES``: on every path ``first`` lies before ``second`` and cannot be skipped on the way.
    ``NO``: on no path can ``first`` come before ``second`` (later passes of a shared loop count as before).
    """
    answers = {_compare(model, one, two) for one in paths(model, first) for two in paths(model, second)}
    return answers.pop() if len(answers) == 1 else Tri.UNKNOWN


def _compare(model: Model, first: Path, second: Path) -> Tri:
    shared = 0
    while shared < min(len(first), len(second)) and first[shared].block == second[shared].block:
        if first[shared].at != second[shared].at:
            shared += 1
            break
        shared += 1
    if shared == 0:
        return Tri.UNKNOWN
    at_first, at_second = first[shared - 1].at, second[shared - 1].at
    looped = any(model.blocks[place.block].kind is BlockKind.LOOP for place in first[:shared])
    tail = [model.blocks[place.block] for place in first[shared:]]
    heads = [model.blocks[place.block] for place in second[shared:]]
    if tail and heads and tail[0].group == heads[0].group and tail[0].id != heads[0].id:
        if not _sequential(tail[0], heads[0]) and tail[0].kind in _ARMS:
            return Tri.UNKNOWN if looped else Tri.NO
    if at_first >= at_second:
        return Tri.UNKNOWN if looped else Tri.NO
    if any(block.end in (End.RETURNS, End.RAISES) and block.kind is not BlockKind.FUNCTION for block in tail):
        return Tri.UNKNOWN if looped else Tri.NO
    skippable = any(block.kind in _SKIPPABLE and block.kind is not BlockKind.FUNCTION for block in tail)
    return Tri.UNKNOWN if skippable else Tri.YES


def repeats_more(model: Model, first: Event, second: Event) -> bool:
    """Whether ``first`` runs several times for each time that ``second`` does: it lies in a loop that ``second`` is outside of.

    Decided along the only path of each; ``False`` where there are several.
    """
    one, two = paths(model, first), paths(model, second)
    if len(one) != 1 or len(two) != 1:
        return False
    outside = {place.block for place in two[0]}
    return any(
        model.blocks[place.block].kind is BlockKind.LOOP and place.block not in outside for place in one[0]
    )


def calls_of(model: Model, function: int) -> tuple[LocalCall, ...]:
    """The calls of a local function."""
    return tuple(
        event
        for index in model.functions[function].callers
        if isinstance(event := model.events[index], LocalCall)
    )
