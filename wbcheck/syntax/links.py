"""Names of other files of the project: what they stand for in this one, and what their calls do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as Linked
from typing import TYPE_CHECKING, Any

import libcst as cst
import msgspec

from wbcheck.diagnostic import Span
from wbcheck.model.events import AnyEvent, Argument, Arguments, Call, Escape, HelperCall, RunCall, RunStart
from wbcheck.model.exports import Constant, Export, Fields, Helper
from wbcheck.model.values import (
    AnyValue,
    Flag,
    Hole,
    Items,
    Mapping,
    Nothing,
    Number,
    ObjectKind,
    OneOf,
    Origin,
    Piece,
    Ref,
    Text,
    Tri,
    Unknown,
    Why,
)
from wbcheck.syntax import calls, drafts, texts
from wbcheck.syntax import runs as lives
from wbcheck.syntax.state import DictObject, Frame, ListObject, candidates, join, refs, single

if TYPE_CHECKING:
    from wbcheck.syntax.walker import Walker


def of_ours(linked: Linked[str, Export]) -> list[str]:
    """The paths of linked names that hold something of W&B's or give it."""
    return [path for path, export in linked.items() if _is_of_ours(export)]


def words_of_ours(linked: Linked[str, Export]) -> set[str]:
    """How these names end."""
    return {path.rpartition(".")[2] for path in of_ours(linked)}


def _is_of_ours(export: Export) -> bool:
    if isinstance(export, Helper):
        starts = bool(export.runs) or export.active is not None
        return export.acts or bool(export.does) or starts or _holds(export.result)
    return isinstance(export, Constant) and _holds(export.value)


def _holds(value: AnyValue) -> bool:
    if isinstance(value, OneOf):
        return any(map(_holds, value.options))
    return isinstance(value, Ref) and value.kind is not ObjectKind.ENVIRONMENT


def value_of(walker: Walker, path: str) -> Any:
    """What a linked name holds; ``None`` for a function, and for what is not linked."""
    if path in walker.linked_values:
        return walker.linked_values[path]
    export = walker.linked.get(path)
    value: Any = None
    if isinstance(export, Constant):
        value = _Thaw(walker, {}, {}, walker.root).of(export.value)
    elif isinstance(export, Fields):
        value = _class(walker, export)
    walker.linked_values[path] = value
    return value


def bind_all(walker: Walker, module: str) -> None:
    """``from module import *``: the linked names of the module are bound."""
    start = module if module.endswith(".") else f"{module}."
    for path in walker.linked:
        name = path.removeprefix(start)
        if name.isidentifier() and path == start + name and not name.startswith("_"):
            walker.bind(name, Ref(None, ObjectKind.SYMBOL, None, path))


def here(walker: Walker, node: cst.BaseExpression, value: Any) -> Any:
    """A value of another file as it is used here: where that is."""
    if isinstance(value, Text | Number | Flag) and value.span is None:
        return msgspec.structs.replace(value, span=walker.at(node))
    return value


def _class(walker: Walker, export: Fields) -> Ref:
    thaw = _Thaw(walker, {}, {}, walker.root)
    fields = {name: None if default is None else thaw.of(default) for name, default in export.fields}
    names = {name: value for name, value in fields.items() if value is not None}
    draft = drafts.ClassDraft(len(walker.classes), export.name, 0, (), (), names, {}, fields)
    walker.classes.append(draft)
    return Ref(None, ObjectKind.CLASS, draft.id, export.name)


def _given_back(helper: Helper, started: Sequence[int]) -> Ref | None:
    """The run that a helper starts, where it certainly gives that."""
    given = helper.result
    if not isinstance(given, Ref) or given.kind is not ObjectKind.RUN:
        return None
    own = given.id is not None and given.id in range(len(started))
    return Ref(None, ObjectKind.RUN, started[given.id]) if own and given.id is not None else None


def call(site: calls.Site, path: str) -> Any:
    """A call of a function of another file: its result with these arguments, and what it leaves behind."""
    walker = site.walker
    helper = walker.linked[path]
    assert isinstance(helper, Helper)
    site.hand_over(path)
    active, standing = lives.activity(walker)
    given = _bound(site, helper)
    runs = {-1 - number: _given_run(given.get(each.name)) for number, each in enumerate(helper.takes)}
    for number, over in enumerate(helper.runs):
        run = _run(site, path, number)
        runs[number] = ((run,), True)
        walker.set_life(ObjectKind.RUN, run, Tri(over))
    thaw = _Thaw(walker, given, {number: each for number, each in runs.items() if each}, walker.frame, site)
    event = -1
    if helper.runs or helper.acts or helper.does:
        started = tuple(thaw.runs[number][0][0] for number in range(len(helper.runs)))
        does = tuple(thaw.deeds(helper.does))
        event = site.note(
            "helper-call",
            HelperCall,
            path,
            runs=started,
            active=active,
            run=standing,
            does=does,
            result=_given_back(helper, started),
        )
    for number, each in enumerate(helper.takes):
        ids, sure = thaw.runs.get(-1 - number, ((), False))
        if each.over == Tri.YES and ids:
            lives.end_run(walker, ids, sure, event)
        elif each.over == Tri.UNKNOWN:
            for run in ids:
                walker.set_life(ObjectKind.RUN, run, Tri.UNKNOWN)
    if helper.active is not None:
        ids, _ = refs(walker.state.run, ObjectKind.RUN)
        own = {run for number, (found, _) in thaw.runs.items() if number >= 0 for run in found}
        for number in set(ids) - own:
            walker.set_life(ObjectKind.RUN, number, Tri.UNKNOWN)
        walker.state.run = thaw.of(helper.active)
        walker.state.aside = None
    walker.state.ended = None
    return thaw.of(helper.result)


def _given_run(value: Any) -> tuple[tuple[int, ...], bool] | None:
    """The runs that a value may be, and whether it is certainly one of them; ``None`` if it is no run."""
    if any(isinstance(each, Ref) and each.kind is ObjectKind.RUN for each in candidates(value)):
        return refs(value, ObjectKind.RUN)
    return None


def _run(site: calls.Site, path: str, number: int) -> int:
    walker = site.walker

    def make() -> int:
        walker.runs.append(drafts.RunDraft(len(walker.runs), -1, elsewhere=path))
        return len(walker.runs) - 1

    return walker.new_object(site.node, f"run-{path}-{number}", make)


def _bound(site: calls.Site, helper: Helper) -> dict[str, Any]:
    """The values that a helper's parameters have: given, or their defaults."""
    thaw = _Thaw(site.walker, {}, {}, site.walker.frame, site)
    plain = [each.name for each in helper.parameters if not each.star and not each.keyword]
    known = {each.name for each in helper.parameters if not each.star}
    values: dict[str, Any] = {}
    loose = False
    position = 0
    for given in site.given:
        inner = single(given.value)
        if given.star == "**" and isinstance(inner, DictObject) and not inner.open_in:
            for name in known:
                found = inner.get(name, site.walker.frame)
                if found is not None:
                    values[name] = found
        elif given.star:
            loose = True
        elif given.keyword:
            values[given.keyword] = given.value
        elif position < len(plain) and not loose:
            values[plain[position]] = given.value
            position += 1
    for each in helper.parameters:
        if each.name not in values and not each.star and not loose and each.default is not None:
            values[each.name] = thaw.of(each.default)
    return values


class _Thaw:
    """Values of another file as values of this walk.

    ``runs`` are the runs that its numbers may stand for, and whether it is certainly one of them.
    """

    def __init__(
        self,
        walker: Walker,
        given: dict[str, Any],
        runs: dict[int, tuple[tuple[int, ...], bool]],
        frame: Frame,
        site: calls.Site | None = None,
    ) -> None:
        self.walker = walker
        self.given = given
        self.runs = runs
        self.frame = frame
        self.site = site
        self.span = None if site is None else walker.at(site.node)

    def of(self, value: AnyValue) -> Any:
        """One value."""
        if isinstance(value, Unknown):
            if value.why is Why.PARAMETER:
                found = self.given.get(value.name)
                return Unknown(self.span, Why.CALL, kind=value.kind) if found is None else found
            return Unknown(self.span, value.why, value.name, value.kind, fraction=value.fraction)
        if isinstance(value, Text):
            pieces: list[Piece | Hole] = []
            for piece in value.pieces:
                if isinstance(piece, Piece) or self.site is None:
                    pieces.append(piece)
                else:
                    inner = self.of(piece.value)
                    pieces.extend(texts.in_text(self.walker, inner, self.site.node.func, piece.format))
            return Text(self.span, tuple(pieces))
        if isinstance(value, Mapping):
            return self._dict(value)
        if isinstance(value, Items):
            items = [self.of(item) for item in value.items]
            return ListObject(self.span, value.kind, items, self.frame, value.open, value.count)
        if isinstance(value, OneOf):
            joined: Any = None
            for option in value.options:
                inner = self.of(option)
                joined = inner if joined is None else join(joined, inner)
            return joined
        if isinstance(value, Ref) and value.kind is ObjectKind.RUN and value.id is not None:
            ids, _ = self.runs.get(value.id, ((None,), False))
            return Ref(None, ObjectKind.RUN, ids[0])
        if isinstance(value, Nothing):
            return Nothing(self.span)
        return value

    def deeds(self, events: Iterable[AnyEvent]) -> Iterator[AnyEvent]:
        """What a helper does, in the place of its call; nothing of what it does to what is no run."""
        for event in events:
            if isinstance(event, Escape) and isinstance(event.object, Ref) and event.object.id in self.runs:
                yield self._escape(event, *self.runs[event.object.id])
            elif isinstance(event, Call) and all(run in self.runs for run in getattr(event, "runs", ())):
                yield self._deed(event)

    def _escape(self, event: Escape, ids: tuple[int, ...], sure: bool) -> Escape:
        kept = Ref(None, ObjectKind.RUN, ids[0] if sure and len(ids) == 1 else None)
        return msgspec.structs.replace(event, span=self.span, block=self.walker.frame.block, object=kept)

    def _deed(self, event: Call) -> Any:
        assert self.site is not None
        assert self.span is not None
        span = self.span
        arguments = Arguments(
            tuple(self._argument(each, span) for each in event.arguments.items),
            tuple(self._argument(each, span) for each in event.arguments.splats),
            span,
        )
        changes: dict[str, Any] = {
            "block": self.walker.frame.block,
            "span": span,
            "callee": self.walker.at(self.site.node.func, "outer"),
            "callee_text": self.site.callee_text,
            "arguments": arguments,
        }
        if isinstance(event, RunStart):
            changes |= {"run": self.runs[event.run][0][0]}
        elif isinstance(event, RunCall):
            ids, sure = self._runs_of(event)
            over, by = self.walker.life(ObjectKind.RUN, ids, sure)
            changes |= {"runs": ids, "sure": sure, "finished": over, "finish": by}
        return msgspec.structs.replace(event, **changes)

    def _runs_of(self, event: RunCall) -> tuple[tuple[int, ...], bool]:
        if not event.runs:
            return refs(self.walker.state.run, ObjectKind.RUN)
        found = [self.runs[number] for number in event.runs]
        ids = dict.fromkeys(run for each, _ in found for run in each)
        return tuple(ids), event.sure and all(sure for _, sure in found)

    def _argument(self, argument: Argument, span: Span) -> Argument:
        value = self.walker.frozen(self.of(argument.value))
        return msgspec.structs.replace(argument, value=value, span=getattr(value, "span", None) or span)

    def _dict(self, value: Mapping) -> DictObject:
        result = self.walker.dict_object(self.span, Origin(value.origin))
        result.home = self.frame
        for entry in value.entries:
            frame = self.frame
            if not entry.certain:
                frame = Frame(frame.block, frame.kind, frame, frame.depth + 1, -1, True)
            result.writes.append((self.of(entry.key), self.of(entry.value), None, frame))
        if value.open:
            result.open_in.append(self.frame)
        return result
