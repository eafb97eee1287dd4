"""What is written into a run's summary, key by key."""

from collections.abc import Iterator
from typing import NamedTuple

from wbcheck.rule import (
    AnyValue,
    Block,
    Dict,
    Log,
    Model,
    RunCall,
    RunStart,
    Span,
    SummaryWrite,
    Text,
    Via,
    of_one_start,
    options,
    paths,
    surely_runs,
)

from ._stepping import loops_in_life


class Kept(NamedTuple):
    """A value that is written into the summary under a key, and where the key is written."""

    write: SummaryWrite
    key: Text
    value: AnyValue | None
    span: Span


def kept(model: Model) -> Iterator[Kept]:
    """Every top-level key of a summary that is certainly written as a text, known or with holes."""
    for write in model.each(SummaryWrite):
        if len(write.path) == 1 and write.how in ("item", "attribute"):
            key = write.path[0].key
            if isinstance(key, Text):
                yield Kept(write, key, write.value, write.span)
        elif not write.path and write.how == "update":
            for option in options(write.value):
                for entry in option.entries if isinstance(option, Dict) else ():
                    if isinstance(entry.key, Text):
                        yield Kept(write, entry.key, entry.value, entry.key.span or write.span)


def writes_unknown(model: Model, run: int | None) -> bool:
    """Whether something is written into this run's summary that is not known key by key."""
    return any(
        (write.run is None or run is None or write.run == run) and not _is_known(write)
        for write in (model.each(SummaryWrite) if run is None else model.of_run(SummaryWrite, run))
    )


def _is_known(write: SummaryWrite) -> bool:
    if not write.path:
        found = options(write.value)
        return write.how == "update" and all(isinstance(each, Dict) and not each.open for each in found)
    return isinstance(write.path[0].key, Text)


def of_one_run(model: Model, one: SummaryWrite | RunCall, other: SummaryWrite | RunCall) -> bool:
    """Whether a write and a log certainly go to one run.

    Where it cannot be told which, they do if both go through the module and the file starts no run, or if
    both lie in one function that starts none.
    """
    if one.run is not None or other.run is not None:
        return one.run == other.run and of_one_start(model, one.run or 0, one, other)
    by_module = Via.HANDLE not in (one.via, other.via)
    starts = [model.blocks[start.block].function for start in model.each(RunStart)]
    function = model.blocks[one.block].function
    if function != model.blocks[other.block].function:
        return by_module and not starts
    return one.runs == other.runs and one.via == other.via and function not in starts


def logs_of(model: Model, write: SummaryWrite) -> Iterator[Log]:
    """The log calls that certainly go to the run whose summary is written."""
    logs = model.each(Log) if write.run is None else model.of_run(Log, write.run)
    return (log for log in logs if of_one_run(model, write, log))


def is_each_pass(model: Model, event: Log | SummaryWrite) -> bool:
    """Whether an event certainly comes round within the life of its run: in each pass of some loop."""
    ways = [tuple(model.blocks[place.block] for place in way) for way in paths(model, event)]
    return bool(ways) and all(_comes_round(model, event, blocks) for blocks in ways)


def _comes_round(model: Model, event: Log | SummaryWrite, blocks: tuple[Block, ...]) -> bool:
    loops = loops_in_life(model, event, blocks)
    inner = blocks.index(loops[-1]) if loops else 0
    # What is inside of the loop may be asked for the rank or for the number of the pass.
    return bool(loops) and surely_runs(blocks[inner:])


def is_once(model: Model, event: Log | SummaryWrite) -> bool:
    """Whether an event certainly happens at most once in the life of its run."""
    ways = paths(model, event)
    return len(ways) == 1 and not loops_in_life(
        model, event, tuple(model.blocks[place.block] for place in ways[0])
    )
