"""How log calls move a run's step: by themselves, or to a step that is given."""

from typing import NamedTuple

from wbcheck.rule import (
    Block,
    BlockKind,
    End,
    Finish,
    Flag,
    Log,
    Model,
    Number,
    RunStart,
    Span,
    SummaryWrite,
    Tri,
    Unknown,
    Via,
    Why,
    of_one_start,
    paths,
)


def is_automatic(log: Log) -> bool:
    """Whether a call certainly moves the step on by one: no ``step=``, and no ``commit=False``."""
    commit = log.commit
    commits = commit is None or (isinstance(commit, Flag) and commit.value)
    asked = [log.arguments.given(name) for name in ("step", "commit")]
    return asked[0] is Tri.NO and commits and asked[1] is not Tri.UNKNOWN


class Counter(NamedTuple):
    """A step that is a loop's own counter, ``offset`` added to it; ``bound`` is where the loop binds it."""

    name: str
    bound: Span
    offset: int


def counter_of(log: Log) -> Counter | None:
    """The counter that a call's ``step=`` is, if it is one."""
    step = log.step
    if isinstance(step, Unknown) and step.why is Why.COUNTER and step.span and step.offset is not None:
        return Counter(step.name, step.span, step.offset)
    return None


def literal_of(log: Log) -> int | None:
    """The number that is written as a call's ``step=``, if one is."""
    step = log.step
    if not isinstance(step, Number) or not isinstance(step.value, int) or step.span is None:
        return None
    return step.value if log.span.contains(step.span) else None


def loop_of(blocks: tuple[Block, ...], counter: Counter) -> int | None:
    """Which of the blocks (outermost first) is the loop that counts so."""
    for index in range(len(blocks) - 1, -1, -1):
        loop = blocks[index].loop
        if loop is not None and loop.counter == counter.name and blocks[index].span.contains(counter.bound):
            return index
    return None


def first_of(loop: Block, counter: Counter) -> int | None:
    """The first step that a counter gives in its loop, where that is known."""
    start = None if loop.loop is None else loop.loop.start
    return None if start is None else start + counter.offset


def same_run(model: Model, first: Log, second: Log) -> bool:
    """Whether two calls certainly go to one run.

    Where it cannot be told which, they do if both name it alike and none is started or ended around them.
    """
    if first.run is not None or second.run is not None:
        return first.run == second.run and of_one_start(model, first.run or 0, first, second)
    by_module = Via.HANDLE not in (first.via, second.via)
    if first.runs != second.runs or not (by_module or first.callee_text == second.callee_text):
        return False
    function = model.blocks[first.block].function
    changes = [event for event in model.events if isinstance(event, RunStart | Finish)]
    if function != model.blocks[second.block].function:
        return by_module and not changes
    return all(model.blocks[event.block].function != function for event in changes)


def loops_in_life(model: Model, log: Log | SummaryWrite, blocks: tuple[Block, ...]) -> list[Block]:
    """Those of the blocks that are loops with several passes within the life of the run that is logged to."""
    start = model.start_of(log.run)
    around = {place.block for way in paths(model, start) for place in way} if start is not None else set()
    return [block for block in blocks if block.id not in around and repeats(block)]


def repeats(block: Block) -> bool:
    """Whether a block is a loop that is not known to have but one pass, and does not leave in the first."""
    is_loop = block.kind is BlockKind.LOOP and (block.loop is None or block.loop.count not in (0, 1))
    return is_loop and block.end in (End.FALLS, End.CONTINUES)
