"""Which functions of a project a dotted path means, and what happens in them."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable, Iterator

from wbcheck.diagnostic import Span
from wbcheck.imports import module_of
from wbcheck.model.events import AnyEvent, LocalCall
from wbcheck.model.model import Model

_MOST_STEPS = 4


class Modules:
    """The files of a project by their dotted paths."""

    def __init__(self, models: Iterable[Model]) -> None:
        self._by_last: dict[str, list[tuple[str, Model]]] = {}
        for model in models:
            path = module_of(model.path)
            self._by_last.setdefault(path.rpartition(".")[2], []).append((path, model))

    def functions(self, target: str, importer: str) -> tuple[Model, frozenset[int]] | None:
        """The functions that a dotted path means where the file ``importer`` has it, and their model.

        A class means all of its methods. ``None`` where that is of no file, or may be of several.
        """
        return self._functions(target.strip("."), importer, 0)

    def _functions(self, target: str, importer: str, depth: int) -> tuple[Model, frozenset[int]] | None:
        parts = target.split(".")
        for length in range(len(parts) - 1, 0, -1):
            model = self._nearest(".".join(parts[:length]), importer)
            if model is None:
                continue
            found = frozenset(_named(model, ".".join(parts[length:])))
            if found:
                return model, found
            for entry in model.imports:
                # A package hands on what it imports itself.
                if entry.name == parts[length] and depth < _MOST_STEPS:
                    further = ".".join([entry.target.strip("."), *parts[length + 1 :]])
                    return self._functions(further, model.path, depth + 1)
            return None
        return None

    def _nearest(self, module: str, importer: str) -> Model | None:
        """The file of a module: of several that end in its path, the nearest to its importer."""
        around = [
            (_shared(model.path, importer), model)
            for path, model in self._by_last.get(module.rpartition(".")[2], ())
            if f".{path}".endswith(f".{module}")
        ]
        most = max((shared for shared, _ in around), default=0)
        nearest = [model for shared, model in around if shared == most]
        return nearest[0] if len(nearest) == 1 else None


def _shared(first: str, second: str) -> int:
    """How many folders two paths share from their beginning."""
    folders = [posixpath.dirname(path.replace("\\", "/")).split("/") for path in (first, second)]
    count = 0
    for one, other in zip(*folders, strict=False):
        if one != other:
            break
        count += 1
    return count


def _named(model: Model, name: str) -> Iterator[int]:
    """The functions of a file that a name means: itself, or the methods of the class."""
    for function in model.functions:
        owner = None if function.class_id is None else model.classes[function.class_id].name
        if function.qualname == name or (owner is not None and owner == name):
            yield function.id


class Bodies:
    """What happens in each function of a file, and which others of the file it calls."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.events: dict[int | None, list[AnyEvent]] = {}
        for event in model.events:
            self.events.setdefault(model.blocks[event.block].function, []).append(event)

    def reached(self, functions: Iterable[int]) -> tuple[int, ...]:
        """Functions and those that they call, in this order."""
        found = dict.fromkeys(functions)
        waiting = list(found)
        for number in waiting:
            for event in self.events.get(number, ()):
                if isinstance(event, LocalCall) and event.function not in found:
                    found[event.function] = None
                    waiting.append(event.function)
        return tuple(found)

    def strange(self, functions: Collection[int]) -> tuple[Span, ...]:
        """Where others of this file call these functions, or do other things: what they give is not meant."""
        model = self.model
        if not any(model.functions[number].callers for number in functions):
            return ()
        own = [model.functions[number].span for number in functions]
        others = [each.span for each in model.functions if each.id not in functions]
        others += (
            event.span
            for event in model.each(LocalCall)
            if event.function in functions and model.blocks[event.block].function not in functions
        )
        # A function within one of these is its own business, and one around it holds it.
        return tuple(
            span for span in others if not any(one.contains(span) or span.contains(one) for one in own)
        )
