"""In which order things happen: the three-valued questions that rules ask of a model.

A *path* leads from an entry (the module, or a function nobody in the file calls) to an event,
through blocks and the calls of local functions. Two events are compared along every pair of
their paths; where that cannot be decided the answer is ``UNKNOWN``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from wbcheck.model.blocks import Block, BlockKind, Condition, End, Guard
from wbcheck.model.events import Event, Finish, LocalCall
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
    return tuple(_paths(model, event.block, _offset(model, event), 0, frozenset()))[:MAX_PATHS]


def is_reached(model: Model, event: Event) -> bool:
    """Whether running the file leads to an event."""
    return any(model.blocks[way[0].block].kind is BlockKind.MODULE for way in paths(model, event))


def _offset(model: Model, event: Event) -> int:
    """Where in its block an event happens: a run that a ``with`` ends is ended behind the ``with``."""
    if isinstance(event, Finish) and event.with_exit:
        for run in model.runs:
            if event.id in run.finishes and run.with_block is not None:
                return model.blocks[run.with_block].span.end
    return event.span.start


def _paths(model: Model, block: int, at: int, depth: int, seen: frozenset[int]) -> list[Path]:
    inner: list[Place] = []
    current: int | None = block
    while current is not None:
        here = model.blocks[current]
        inner.append(Place(here.id, at))
        at = here.begins
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


class Stretch(msgspec.Struct, frozen=True):
    """A part of a block, from one offset to another: what a ``with`` might be put around."""

    block: int
    start: int
    end: int


def lies_in(model: Model, event: Event, stretch: Stretch) -> Tri:
    """Whether an event is reached through a stretch of a block: on every way to it, on none, or on some."""
    found = {
        any(place.block == stretch.block and stretch.start <= place.at < stretch.end for place in way)
        for way in paths(model, event)
    }
    return Tri.UNKNOWN if len(found) > 1 else Tri.YES if found == {True} else Tri.NO


def exclusive(model: Model, first: Event, second: Event) -> bool:
    """Whether two events cannot both happen at one time.

    They lie in different arms of one ``if``, ``match`` or ``try``/``except``, or under conditions that
    contradict each other (``x`` and ``not x``, ``x == 1`` and ``x == 2``).
    """
    return _exclude(list(model.enclosing(first.block)), list(model.enclosing(second.block)))


def _exclude(first: list[Block], second: list[Block]) -> bool:
    arms = {block.group: block for block in first if block.kind in _ARMS}
    for block in second:
        other = arms.get(block.group) if block.kind in _ARMS else None
        if other is not None and other.id != block.id:
            return not _sequential(other, block)
    shared = {block.id for block in first} & {block.id for block in second}
    asked, others = _asked(first, shared), _asked(second, shared)
    return any(contradict(one, two) for one in asked for two in others)


def _asked(blocks: list[Block], shared: set[int]) -> list[Condition]:
    branches = (block for block in blocks if block.kind is BlockKind.BRANCH and block.id not in shared)
    return [block.condition for block in branches if block.condition is not None]


def contradict(first: Condition, second: Condition) -> bool:
    """Whether two conditions cannot both hold, as long as nothing changes what they ask."""
    return any(_contradict(one, two) for one in _parts(first) for two in _parts(second))


def _parts(condition: Condition) -> list[tuple[str, bool]]:
    """What certainly holds under a condition: each test, and whether it is true."""
    text = condition.text
    if condition.negated:
        found = [] if " and " in text else [(part, False) for part in text.split(" or ")]
    else:
        found = [] if " or " in text else [(part, True) for part in text.split(" and ")]
    return [(text[4:], not holds) if text.startswith("not ") else (text, holds) for text, holds in found]


_EQUALS = re.compile(r"(.+?) (==|!=|is|is not) (None|True|False|[-\d.]+|\"[^\"]*\"|'[^']*')")


def _contradict(first: tuple[str, bool], second: tuple[str, bool]) -> bool:
    if first[0] == second[0]:
        return first[1] is not second[1]
    one, two = _EQUALS.fullmatch(first[0]), _EQUALS.fullmatch(second[0])
    if one is None or two is None or one.group(1) != two.group(1):
        return False
    same = one.group(3).strip("\"'") == two.group(3).strip("\"'")
    is_equal = (one.group(2) in ("==", "is")) is first[1]
    is_other = (two.group(2) in ("==", "is")) is second[1]
    return is_equal is not is_other if same else is_equal and is_other


_ARMS = (BlockKind.BRANCH, BlockKind.TRY, BlockKind.EXCEPT, BlockKind.TRY_ELSE, BlockKind.FINALLY)


def _sequential(first: Block, second: Block) -> bool:
    """Arms of one ``try`` that can run one after the other: not two handlers, nor a handler and the else."""
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
    shared = _shared(first, second)
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


def of_one_start(model: Model, run: int, *events: Event) -> bool:
    """Whether events of a run certainly belong to the same start of it.

    A helper may start it for several callers. Then they do where all lie in what one caller does, which calls
    the helper in one way.
    """
    start = model.start_of(run)
    ways = paths(model, start) if start is not None else ()
    if len(ways) < 2:
        return True
    blocks = [{place.block for place in way} for event in events for way in paths(model, event)]
    for block in set.intersection(*blocks):
        tails = {way[n:] for way in ways for n, place in enumerate(way) if place.block == block}
        if len(tails) == 1:
            return True
    return False


class Parting(msgspec.Struct, frozen=True):
    """Where a way to one event and a way to another part, blocks outermost first.

    ``shared`` are the blocks that both go through, ``first`` and ``second`` those that only the one or the
    other does. ``ordered`` when the first is left for before the second is, within the last shared block.
    ``ways`` are both as a whole.
    """

    shared: tuple[Block, ...]
    first: tuple[Block, ...]
    second: tuple[Block, ...]
    ordered: bool
    ways: tuple[Path, Path]


def partings(model: Model, first: Event, second: Event) -> Iterator[Parting]:
    """Every pair of ways to two events that begin at the same entry and do not exclude each other.

    An event has a parting from itself where it is reached in several ways.
    """
    for one in paths(model, first):
        for two in paths(model, second):
            shared = _shared(one, two)
            if one == two or not shared:
                continue
            parts = [tuple(model.blocks[place.block] for place in way) for way in (one, two)]
            tails = parts[0][shared:], parts[1][shared:]
            if not _exclude(list(tails[0]), list(tails[1])):
                ordered = one[shared - 1].at < two[shared - 1].at
                yield Parting(parts[0][:shared], tails[0], tails[1], ordered, (one, two))


def _shared(first: Path, second: Path) -> int:
    """How many blocks two ways have in common: up to the one in which they are left at different places."""
    shared = 0
    while shared < min(len(first), len(second)) and first[shared].block == second[shared].block:
        shared += 1
        if first[shared - 1].at != second[shared - 1].at:
            break
    return shared


def may_leave(model: Model, way: Path) -> bool:
    """Whether control may leave some block of a way before it has gone all of it: ``if done: continue``."""
    leaving = [b for b in model.blocks if b.kind in (BlockKind.BRANCH, BlockKind.EXCEPT) and b.end in _LEAVES]
    gone = {place.block for place in way}
    return any(
        block.span.start < place.at
        and block.id not in gone
        and _is_within(model, block, place.block)
        and _leaves(model, block, place.block)
        for place in way
        for block in leaving
    )


_LEAVES = (End.RETURNS, End.BREAKS, End.CONTINUES)


def _leaves(model: Model, block: Block, outer: int) -> bool:
    """Whether what leaves a block leaves the one around it too, and not just a loop in between."""
    if block.end is End.RETURNS:
        return True
    for around in model.enclosing(block.parent):
        if around.id == outer:
            return True
        if around.kind is BlockKind.LOOP:
            return False
    return True


def _is_within(model: Model, block: Block, outer: int) -> bool:
    """Whether a block lies within another one of the same function."""
    same = model.blocks[outer].function == block.function
    return same and any(around.id == outer for around in model.enclosing(block.parent))


def surely_runs(blocks: tuple[Block, ...], beside: tuple[Block, ...] = ()) -> bool:
    """Whether control that comes by goes through all of these blocks, and on afterwards.

    Loops are taken to have a pass. A branch counts only where its condition is that of a branch in
    ``beside``, or asks for the rank or for whether W&B is wanted, or where it comes round within a loop
    (``i % 100 == 0``).
    """
    known = {(block.condition.text, block.condition.negated) for block in beside if block.condition}
    looped = False
    for block in blocks:
        if block.kind is BlockKind.LOOP:
            looped = True
            continue
        if block.kind in _SKIPPABLE and block.kind is not BlockKind.FUNCTION:
            asked = block.condition
            if asked is None or block.kind is not BlockKind.BRANCH:
                return False
            if (asked.text, asked.negated) not in known and not comes_true(asked, looped):
                return False
        falls = (End.FALLS, End.BREAKS, End.CONTINUES) if looped else (End.FALLS,)
        if block.kind is not BlockKind.FUNCTION and block.end not in falls:
            return False
    return True


_WANTED = re.compile(
    r"\w*(wandb|WANDB)[\w.]*( is not None)?|(args|cfg|config|opt|FLAGS)\.(track|\w*(wandb|log)\w*)"
)
_COMES_ROUND = re.compile(r"[^%]+ % [\w.]+ == \S+")


def comes_true(condition: Condition, looped: bool) -> bool:
    """Whether a condition holds in any run that logs at all: it asks for the rank, or whether W&B is wanted.

    In a loop (``looped``) also one that comes round.
    """
    if condition.guard in (Guard.RANK, Guard.MAIN):
        return True
    parts = _parts(condition)
    return bool(parts) and all(
        holds and (_WANTED.fullmatch(text) or (looped and _COMES_ROUND.fullmatch(text)))
        for text, holds in parts
    )


def repeats_more(model: Model, first: Event, second: Event) -> bool:
    """Whether ``first`` runs several times for each time that ``second`` does: in a loop around it alone.

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
