"""What may still use a run when the block that starts it has been left.

A ``with`` ends a run where its block ends. Whatever runs after that, in the blocks and functions around, must
not need the run any more; what is called there tells whether it may.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterator

import msgspec

from wbcheck.diagnostic import Span
from wbcheck.lexer import significant
from wbcheck.model.blocks import BlockKind
from wbcheck.model.events import Call, LocalCall, RunStart
from wbcheck.model.flow import Path, paths
from wbcheck.model.model import Model

_BUILTINS = frozenset(dir(builtins))
# What is called on a logger of Python's own, and of texts, lists and files.
_HARMLESS = frozenset(
    """
    debug info warning warn error exception critical append extend format join strip split lower upper items
    keys values close write flush exists mkdir
    """.split()
)
# What a bracket follows although it is no call.
_KEYWORDS = frozenset(
    "and as assert await def del elif else for if in is lambda not or return while with yield".split()
)
# These arms of a statement run although another arm of it has begun.
_LATER_ARMS = (BlockKind.TRY, BlockKind.EXCEPT, BlockKind.TRY_ELSE)


def with_beyond(model: Model, code: str) -> Model:
    """The model, its runs told what is called beyond the blocks that start them."""
    starts = [start for start in model.each(RunStart) if model.runs[start.run].with_block is None]
    if not starts:
        return model
    search = _Search(model, code)
    beyond = {
        start.run: tuple(
            sorted({name for way in paths(model, start) for name in _after(search, start.run, way)})
        )
        for start in starts
    }
    runs = tuple(msgspec.structs.replace(run, beyond=beyond.get(run.id, ())) for run in model.runs)
    return msgspec.structs.replace(model, runs=runs)


def _after(search: _Search, run: int, way: Path) -> Iterator[str]:
    """What is called after the last block of a way has been left, on the way back to where it begins."""
    model = search.model
    within = {model.blocks[place.block].owner for place in way}
    stretches = [
        Span(_left(model, way, index), model.blocks[place.block].span.end)
        for index, place in enumerate(way[:-1])
    ]
    yield from search.names(stretches, {owner for owner in within if owner is not None})
    held = model.runs[run].names
    yield from (f"global {name}" for name in _globals(model, search.code, way) if name in held)


def _left(model: Model, way: Path, index: int) -> int:
    """Where a block of a way goes on after the next one of it has been left."""
    inner = model.blocks[way[index + 1].block]
    if inner.kind in (BlockKind.FUNCTION, BlockKind.LAMBDA):
        at = way[index].at
        statement = model.statement_at(Span(at, at))
        return at if statement is None else statement.end
    if inner.kind in _LATER_ARMS:
        return inner.span.end
    return max(block.span.end for block in model.blocks if block.group == inner.group)


def _globals(model: Model, code: str, way: Path) -> Iterator[str]:
    function = model.blocks[way[-1].block].function
    span = None if function is None else model.functions[function].span
    if span is None or "global" not in code[span.start : span.end]:
        return
    words = [code[token.start : token.end] for token in significant(code, span.start, span.end)]
    for index, word in enumerate(words):
        if word == "global":
            yield words[index + 1]


class _Search:
    """The calls in stretches of a text, and in the file's own functions that are called there."""

    def __init__(self, model: Model, code: str) -> None:
        self.model = model
        self.code = code
        # Of what a plain call does to runs the model says nothing, and a local function is gone through.
        self.told = {event.callee.start for event in model.each(Call) if type(event) not in (Call, LocalCall)}
        self.imports = {entry.name: entry for entry in model.imports}
        self.functions: dict[str, list[int]] = {}
        for function in model.functions:
            self.functions.setdefault(function.name, []).append(function.id)
        self._known: dict[Span, tuple[str, ...]] = {}

    def names(self, stretches: list[Span], seen: set[int]) -> Iterator[str]:
        """The dotted paths of what is imported, ``?`` and what is written of anything else.

        Functions that were ``seen`` are not gone through.
        """
        classes: set[int] = set()
        while stretches:
            stretch = stretches.pop()
            if stretch not in self._known:
                self._known[stretch] = tuple(dict.fromkeys(self._called(stretch)))
            for name in self._known[stretch]:
                first, _, rest = name.partition(".")
                last = name.rpartition(".")[2]
                own = self.functions.get(last, [])
                entry = self.imports.get(first)
                if entry is not None:
                    path = f"{entry.target}.{rest}" if rest else entry.target
                    if path.partition(".")[0] not in sys.stdlib_module_names or entry.level:
                        yield path
                elif own:
                    stretches.extend(self.model.functions[one].span for one in own if one not in seen)
                    seen.update(own)
                elif not rest and (made := [each for each in self.model.classes if each.name == name]):
                    fresh = [each for each in made if each.id not in classes]
                    stretches.extend(self.model.blocks[each.block].span for each in fresh)
                    classes.update(each.id for each in fresh)
                elif not (rest and last in _HARMLESS) and name not in _BUILTINS:
                    yield f"?{name}"

    def _called(self, stretch: Span) -> Iterator[str]:
        """Every name or chain of names that a bracket follows, but for calls that the model tells of.

        Of what else is called it is the last name, after a full stop.
        """
        parts: list[str] = []
        start, word = -1, ""
        for token in significant(self.code, stretch.start, max(stretch.start, stretch.end)):
            source = self.code[token.start : token.end]
            if token.kind == "name":
                start = start if word == "." else token.start
                parts = [*parts, source] if word == "." else [source]
            elif source == ".":
                parts = parts or [""]
            else:
                if source == "(" and parts and parts[0] not in _KEYWORDS and start not in self.told:
                    yield ".".join(parts)
                parts, start = [], -1
            word = source
