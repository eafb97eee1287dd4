"""Dicts and lists that a program builds step by step."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from wbcheck.model.blocks import BlockKind
from wbcheck.model.values import (
    Flag,
    Kind,
    Mapping,
    Nothing,
    Number,
    Origin,
    Piece,
    Text,
    Unknown,
    Why,
    constant,
)
from wbcheck.syntax import calls
from wbcheck.syntax.state import (
    DictObject,
    Frame,
    ListObject,
    join,
    single,
)

if TYPE_CHECKING:
    from wbcheck.syntax.walker import Walker


def dict_of_keywords(site: calls.Site) -> DictObject:
    walker = site.walker
    result = walker.dict_object(walker.at(site.node), Origin.CALL)
    for given in site.given:
        if given.keyword:
            key = Text(given.at(walker, given.node.keyword), (Piece(given.keyword, None),))
            result.writes.append((key, given.value, given.at(walker), walker.frame))
        elif given.star == "**":
            spread(walker, result, given.value)
    return result


def dict_method(site: calls.Site, target: DictObject, name: str) -> Any:
    walker = site.walker
    values = site.values
    if name == "update":
        for value in values:
            spread(walker, target, value)
        spread(walker, target, dict_of_keywords(site))
        return Nothing(None)
    if name == "setdefault" and values:
        key = single(values[0])
        if constant(key) is None or target.get(constant(key) or "", walker.frame) is None:
            value = values[1] if len(values) > 1 else Nothing(None)
            target.writes.append((key or values[0], value, walker.at(site.node), walker.frame))
        return site.unknown()
    if name in ("get", "pop") and values:
        key_text = constant(single(values[0]))
        found = None if key_text is None else target.get(key_text, walker.frame)
        if name == "pop":
            target.remove(key_text, walker.frame)
        if found is not None:
            return found
        missing = site.unknown(name=site.callee_text)
        return join(missing, values[1]) if len(values) > 1 else missing
    if name == "copy":
        copied = walker.dict_object(walker.at(site.node), Origin.COPY)
        spread(walker, copied, target)
        return copied
    if name in ("clear", "popitem"):
        target.remove(None, walker.frame)
        return site.unknown()
    if name in ("items", "keys", "values"):
        return _dict_view(walker, target, name)
    return site.unknown(Why.OPERATION)


def _dict_view(walker: Walker, target: DictObject, name: str) -> ListObject:
    """What iterating a dict gives: its keys, its values, or pairs of both."""
    items: list[Any] = []
    for key, value, _, _ in target.writes:
        pair = ListObject(None, "tuple", [key, value], walker.frame)
        items.append(pair if name == "items" else key if name == "keys" else value)
    known = not target.open_in and not target.removed
    return ListObject(None, name, items, walker.frame, not known)


def list_method(site: calls.Site, target: ListObject, name: str) -> Any:
    values = site.values
    if name in ("append", "add") and values:
        append(site.walker, target, values[0])
        calls.store_in(site)
    elif name == "extend" and values:
        known = single(values[0])
        if isinstance(known, ListObject) and not known.open:
            for item in known.items:
                append(site.walker, target, item)
        else:
            target.open, target.count = True, None
    elif name == "copy":
        return ListObject(target.span, target.kind, list(target.items), site.walker.frame, target.open)
    elif name in ("insert", "remove", "pop", "clear", "update", "discard"):
        target.open, target.count = True, None
    return site.unknown(Why.OPERATION)


def size_of(site: calls.Site, maker: str) -> int | None:
    """How many elements the array has that ``numpy.zeros`` or its like makes, where that is known."""
    values = [single(value) for value in site.values]
    if not values:
        return None
    name = maker.rpartition(".")[2]
    if name in ("array", "asarray", "tensor"):
        return _count(values[0])
    if name in ("zeros", "ones", "full"):
        given = values if maker.startswith("torch.") and name != "full" else values[:1]
        if isinstance(values[0], ListObject) and not values[0].open:
            given = [single(length) for length in values[0].items]
        lengths = [length.value for length in given if isinstance(length, Number)]
        return math.prod(map(int, lengths)) if len(lengths) == len(given) else None
    if name == "arange" and len(values) == 1 and isinstance(values[0], Number):
        return values[0].value if isinstance(values[0].value, int) else None
    return None


def _count(value: Any, inner: bool = False) -> int | None:
    """How many numbers there are in nested lists; in a list, what is not known is taken for one number."""
    known = single(value)
    if isinstance(known, ListObject):
        counts = [_count(item, True) for item in known.items]
        return None if known.open or None in counts else sum(count for count in counts if count is not None)
    if isinstance(known, Unknown):
        return 1 if known.kind is Kind.NUMBER or (inner and known.kind is Kind.ANY) else None
    return 1 if isinstance(known, Number | Flag) else None


def list_of_records(site: calls.Site) -> ListObject:
    """What a frame's ``to_dict("records")`` gives: a list of dicts, of which nothing more is known."""
    walker = site.walker
    record = walker.dict_object(None, Origin.CALL)
    record.open_in.append(walker.frame)
    return ListObject(walker.at(site.node), "list", [record], walker.frame, open=True)


def as_key(value: Any) -> Any:
    known = single(value)
    return value if known is None else known


def spread(walker: Walker, target: DictObject, value: Any) -> None:
    """Write everything that ``value`` holds into a dict."""
    known = single(value)
    if isinstance(known, DictObject) and known is not target:
        for key, inner, span, frame in known.writes:
            # What the other dict got for certain by now, this one gets here.
            from_here = frame.certain_from(walker.frame, known.home)
            if from_here != "no":
                target.writes.append(
                    (key, inner, span, walker.frame if from_here == "yes" else _maybe(walker))
                )
        if known.open_in or known.removed:
            target.open_in.append(walker.frame)
    elif isinstance(known, ListObject) and known.items and all(map(_is_pair, known.items)):
        frame = _maybe(walker) if known.open else walker.frame
        for pair in known.items:
            key, inner = pair.items
            target.writes.append((as_key(key), inner, getattr(key, "span", None), frame))
        if known.open:
            target.open_in.append(walker.frame)
    elif isinstance(known, ListObject) or known is None or not isinstance(known, Mapping):
        if not isinstance(known, Nothing):
            target.open_in.append(walker.frame)


def _is_pair(value: Any) -> bool:
    return (
        isinstance(value, ListObject) and value.kind == "tuple" and len(value.items) == 2 and not value.open
    )


def _maybe(walker: Walker) -> Frame:
    here = walker.frame
    return Frame(here.block, BlockKind.COMPREHENSION, here, here.depth + 1, -1, True)


def extend(walker: Walker, target: ListObject, value: Any) -> None:
    known = single(value)
    target.count = None
    if isinstance(known, ListObject):
        target.items.extend(known.items)
        target.open = target.open or known.open or not _straight(walker, target)
    else:
        target.open = True


def _straight(walker: Walker, target: ListObject) -> bool:
    """Whether this point certainly runs, once, after the list was made."""
    return walker.frame.certain_from(target.frame) == "yes"


def append(walker: Walker, target: ListObject, value: Any) -> None:
    """``list.append``: in a loop or branch the list may hold more, or less, than is listed."""
    target.count = None
    if len(target.items) < 200:
        target.items.append(value)
    if not _straight(walker, target):
        target.open = True
