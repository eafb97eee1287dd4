"""What calls mean: of W&B's own functions and methods, of what matters beside it, of the file's own.

``call`` evaluates the callee and the arguments, then asks, in this order: is it a method of a known object,
an imported name that has a meaning, a function or class of this file, or something unknown, to which
its arguments escape.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import libcst as cst

from wbcheck.diagnostic import Span
from wbcheck.model.events import (
    Argument,
    Arguments,
    Asked,
    Call,
    ConfigRead,
    EscapeKind,
    Event,
    Via,
)
from wbcheck.model.values import (
    Kind,
    Nothing,
    ObjectKind,
    OneOf,
    Origin,
    Part,
    Piece,
    Ref,
    Step,
    Text,
    Unknown,
    Why,
    constant,
)
from wbcheck.syntax import (
    containers,
    drafts,
    expressions,
    functions,
    meaning,
    runs,
    symbols,
    texts,
    vocabulary,
    writing,
)
from wbcheck.syntax.state import (
    DictObject,
    ListObject,
    Method,
    Partial,
    candidates,
    refs,
    single,
)

if TYPE_CHECKING:
    from wbcheck.syntax.walker import Walker


@dataclass(slots=True, eq=False)
class Given:
    """One argument as evaluated. ``star`` is ``*`` or ``**`` for a splat."""

    keyword: str
    star: str
    value: Any
    node: cst.Arg
    anchor: cst.CSTNode

    def at(self, walker: Walker, node: cst.CSTNode | None = None) -> Span:
        """The span of the argument (or a node in it), where it stands: a partial's stand elsewhere."""
        before, walker.anchor = walker.anchor, self.anchor
        span = walker.at(node or self.node)
        walker.anchor = before
        return span


@dataclass(slots=True, eq=False)
class Site:
    """A call being looked at, of one of the things that may be called there.

    ``given_via`` says how its run is reached where the callee does not show it. ``followed`` are the
    attributes, by class and name, that led to what is called.
    """

    walker: Walker
    node: cst.Call
    given: list[Given]
    receiver: Any = None
    given_via: Via | None = None
    followed: tuple[tuple[int, str], ...] = ()

    def again(self) -> Site:
        """The same call, for another of these things: what is noted of one does not hold for the others."""
        return Site(self.walker, self.node, self.given, self.receiver, self.given_via, self.followed)

    @property
    def via(self) -> Via:
        """How the run at the root of the callee is reached."""
        return self.given_via or meaning.via_of(self.walker, self.node.func)

    def value(self, name: str, position: int | None = None) -> Any:
        """The value given for a parameter, by keyword, by position, or by a known ``**dict``."""
        for given in self.given:
            if given.keyword == name:
                return given.value
        if position is not None and position < len(self.given):
            candidate = self.given[position]
            if not candidate.keyword and not any(g.star for g in self.given[: position + 1]):
                return candidate.value
        for given in self.given:
            known = single(given.value)
            if given.star == "**" and isinstance(known, DictObject):
                found = known.get(name, self.walker.frame)
                if found is not None:
                    return found
        return None

    def takes(self, names: tuple[str, ...]) -> bool:
        """Whether one of these may be given by keyword."""
        return any(given.keyword in names or given.star == "**" for given in self.given)

    @property
    def values(self) -> list[Any]:
        """The values given by position."""
        return [given.value for given in self.given if not given.keyword and not given.star]

    def arguments(
        self, signature: str, replaced: dict[str, Any] | None = None, names: tuple[str, ...] | None = None
    ) -> Arguments:
        """The arguments as plain data, bound to the parameters of a known function (or to ``names``)."""
        walker = self.walker
        if names is None:
            names = vocabulary.SIGNATURES.get(signature, ())
        items: list[Argument] = []
        splats: list[Argument] = []
        position = 0
        for given in self.given:
            value = given.value
            if given.star:
                position = self._splat(given, names, position, items, splats)
                continue
            name = given.keyword or (names[position] if position < len(names) else "")
            if replaced and name in replaced:
                value = replaced[name]
            keyword = given.at(walker, given.node.keyword) if given.node.keyword is not None else None
            where = None if given.keyword else position
            position += 0 if given.keyword else 1
            items.append(Argument(name, walker.frozen(value), given.at(walker), keyword, where))
        return Arguments(tuple(items), tuple(splats), walker.at(self.node, "close"))

    def _splat(
        self,
        given: Given,
        names: tuple[str, ...],
        position: int,
        items: list[Argument],
        splats: list[Argument],
    ) -> int:
        walker = self.walker
        known = single(given.value)
        frozen = walker.frozen(given.value)
        if given.star == "*" and isinstance(known, ListObject) and not known.open:
            for value in known.items:
                name = names[position] if position < len(names) else ""
                items.append(Argument(name, walker.frozen(value), given.at(walker), None, position, True))
                position += 1
            return position
        if given.star == "**" and isinstance(known, DictObject):
            snapshot: Any = frozen
            for entry in snapshot.entries:
                key = constant(entry.key)
                if key is not None and entry.certain:
                    where = entry.span or given.at(walker)
                    key_span = entry.key.span or where
                    items.append(Argument(key, entry.value, where, key_span, None, True))
            uncertain = any(not e.certain or constant(e.key) is None for e in snapshot.entries)
            if not snapshot.open and not uncertain:
                return position
        splats.append(Argument("", frozen, given.at(walker)))
        return position + 50 if given.star == "*" else position

    @property
    def callee_text(self) -> str:
        """The callee as written."""
        return self.walker.code(self.node.func)

    def note(self, word: str, kind: type[Call], name: str, result: Any = None, **fields: Any) -> int:
        """Note this call as an event of a kind; gives the event's id."""
        walker = self.walker
        if walker.muted:
            return -1
        arguments = fields.pop("arguments", None) or self.arguments(name)
        receiver = None if self.receiver is None else walker.frozen(self.receiver)
        bound = walker.bound
        callee, text = walker.at(self.node.func, "outer"), self.callee_text
        kept = None if result is None else walker.frozen(result)

        def make(number: int, block: int, span: Any) -> Event:
            return kind(number, block, span, name, callee, text, arguments, receiver, kept, bound, **fields)

        event = walker.emit(self.node, word, make)
        if "via" in fields:
            runs.note_runless(walker, event, fields["via"])
        return event

    def unknown(self, why: Why = Why.CALL, name: str = "", kind: Kind = Kind.ANY) -> Unknown:
        """The result of a call that is not known."""
        return Unknown(self.walker.at(self.node), why, name, kind)

    def hand_over(self, to: str = "", spared: Container[int] = ()) -> None:
        """The arguments go to code that is not known; ``spared`` are dicts that it leaves as they are."""
        for given in self.given:
            if given.star and may_be_config(given.value):
                continue  # what it holds is copied
            if isinstance(given.value, DictObject) and given.value.id in spared:
                if not any(isinstance(inner, Ref) for _, inner, _, _ in given.value.writes):
                    continue
            taker = to or self.callee_text
            self.walker.escape(given.node, given.value, EscapeKind.CALL, taker, lambda: self.arguments(""))


def call(walker: Walker, node: cst.Call) -> Any:
    """The value of a call."""
    func = node.func
    receiver: Any = None
    method = ""
    inherited: drafts.FunctionDraft | None = None
    if type(func) is cst.Attribute:
        inherited = functions.inherited(walker, func)
        receiver = None if inherited else expressions.evaluate_link(walker, func.value)
        method = func.attr.value
    bound, walker.bound = walker.bound, ()
    callee = None if method else expressions.evaluate(walker, func)
    if walker.state.ended is not None and may_start_run(receiver if method else callee):
        walker.state.ended = None
    if not walker.hot and _means_nothing(walker, receiver, method, callee):
        walker.bound = bound
        return _passed_over(walker, node, receiver, callee)
    given = [
        Given(
            arg.keyword.value if arg.keyword is not None else "",
            arg.star,
            expressions.evaluate(walker, arg.value),
            arg,
            walker.anchor,
        )
        for arg in node.args
    ]
    walker.bound = bound
    site = Site(walker, node, given, receiver)
    for argument in given:
        if may_be_config(argument.value):
            taker, form = _taker(site, callee, argument), _form(site, callee, argument)
            note_whole_config(walker, argument.node.value, argument.value, form, taker)
    if inherited is not None:
        return functions.call_inherited(site, inherited)
    if walker.hot and _may_finish(receiver, method, node):
        runs.may_end(walker)
    if method:
        return expressions.each(receiver, lambda option: call_method(site.again(), option, method))
    return expressions.each(callee, lambda option: call_value(site.again(), option))


def _may_finish(receiver: Any, method: str, node: cst.Call) -> bool:
    """Whether a call may finish a run of which it is not known here that it is one.

    So it is where a name or an attribute holds none yet, as nobody has started one: ``if run: run.finish()``
    at the head of a loop's first pass.
    """
    if method != "finish" and (method != "join" or node.args):
        return False
    return not any(isinstance(option, Ref | Text) for option in candidates(receiver))


def may_start_run(target: Any) -> bool:
    """Whether a call of this, or of a method of it, may start a run out of sight."""
    for option in candidates(target):
        if isinstance(option, Unknown):
            is_given = option.why in (Why.CALL, Why.INPUT)
            if option.kind not in _PLAIN_KINDS and not (is_given and is_plain(option.name)):
                return True
        elif isinstance(option, Ref) and option.kind is ObjectKind.SYMBOL:
            if not is_plain(option.name) or option.name in _RUNS_CODE:
                return True
        elif isinstance(option, Ref) and option.kind not in _IN_SIGHT:
            return True
    return False


def is_plain(name: str) -> bool:
    """Whether something comes from a library none of whose functions starts a run."""
    return name.split(".", 1)[0] in vocabulary.NO_TRACKERS


_RUNS_CODE = frozenset({"builtins.exec", "builtins.eval", "builtins.__import__", "builtins.super"})


_PLAIN_KINDS = frozenset({Kind.ARRAY, Kind.TENSOR, Kind.FRAME, Kind.NUMBER, Kind.TEXT, Kind.PLOT, Kind.MEDIA})


_IN_SIGHT = frozenset(
    {
        ObjectKind.RUN,
        ObjectKind.CONFIG,
        ObjectKind.SUMMARY,
        ObjectKind.ARTIFACT,
        ObjectKind.METADATA,
        ObjectKind.TABLE,
        ObjectKind.API,
        ObjectKind.PARSER,
        ObjectKind.ARGUMENTS,
        ObjectKind.ENVIRONMENT,
        ObjectKind.TRAINER,
        ObjectKind.TRAINING_ARGUMENTS,
        # Those of the file are walked; where one is not, that is told there.
        ObjectKind.FUNCTION,
        ObjectKind.CLASS,
        ObjectKind.INSTANCE,
    }
)


def _means_nothing(walker: Walker, receiver: Any, method: str, callee: Any) -> bool:
    """Whether a call, in a statement that touches nothing of W&B's, is of something that no table knows."""
    if not method:
        return type(callee) is Unknown
    if method in symbols.TOLD_METHODS:
        return False
    if type(receiver) is Unknown:
        return True
    return (
        type(receiver) is Ref
        and receiver.kind is ObjectKind.SYMBOL
        and f"{receiver.name}.{method}" not in walker.linked
        and not symbols.is_told(f"{receiver.name}.{method}")
    )


def _passed_over(walker: Walker, node: cst.Call, receiver: Any, callee: Any) -> Any:
    """The result of such a call. It may still change the dicts and lists that it is handed by name."""
    for arg in node.args:
        if type(arg.value) is cst.Name:
            value = walker.lookup(arg.value.value)
            is_parser = isinstance(value, Ref) and value.kind is ObjectKind.PARSER
            if is_parser or isinstance(value, DictObject | ListObject):
                walker.escape(arg, value, EscapeKind.CALL)
    known = receiver if callee is None else callee
    name = known.name
    if callee is None and name and type(node.func) is cst.Attribute:
        name = f"{name}.{node.func.attr.value}"
    why = call_why(known) if isinstance(known, Unknown) else Why.CALL
    return Unknown(walker.at(node), why, name)


def may_be_config(value: Any) -> bool:
    """Whether a value may be a run's whole config."""
    if type(value) is Ref:
        return value.kind is ObjectKind.CONFIG
    return type(value) is OneOf and any(may_be_config(option) for option in value.options)


def note_whole_config(walker: Walker, node: cst.BaseExpression, value: Any, form: str, to: str = "") -> None:
    """A config taken whole in some form; ``to`` is what takes it, kept where it certainly is one."""
    ids, sure = refs(value, ObjectKind.CONFIG)
    via = meaning.via_of(walker, node)
    taker = to if all(map(may_be_config, candidates(value))) else ""
    walker.emit(
        node,
        "config-read",
        lambda i, b, s: ConfigRead(i, b, s, (), "whole", via, ids, sure, to=taker, form=form),
    )


# What only shows an object, and what makes a dict of it.
_SHOWING = ("builtins.print", "builtins.str", "builtins.repr", "pprint.pprint", "pprint.pformat", "logging.")
_COPYING = ("builtins.dict", "builtins.vars", "copy.copy", "copy.deepcopy")


def _form(site: Site, callee: Any, given: Given) -> str:
    """How a call takes a config that is one of its arguments."""
    known = single(callee if site.receiver is None else site.receiver)
    if given.star:
        is_dict = isinstance(known, Ref) and known.name == "builtins.dict" and site.receiver is None
        return "copy" if is_dict else "splat"
    if not isinstance(known, Ref):
        return "argument"
    if known.kind is ObjectKind.FUNCTION and site.receiver is None:
        return "followed"
    func = site.node.func
    name = f"{known.name}.{func.attr.value}" if type(func) is cst.Attribute else known.name
    if name.startswith(_SHOWING):
        return "shown"
    return "copy" if name in _COPYING else "argument"


def _taker(site: Site, callee: Any, given: Given) -> str:
    """The dotted name of the imported function that is called, for the first of its arguments."""
    if given is not site.given[0] or given.keyword or given.star:
        return ""
    func = site.node.func
    known = single(callee if site.receiver is None else site.receiver)
    if not isinstance(known, Ref) or known.kind is not ObjectKind.SYMBOL:
        return ""
    name = f"{known.name}.{func.attr.value}" if type(func) is cst.Attribute else known.name
    # With a default, or another encoder, json takes anything.
    return "" if name in _ENCODERS and site.takes(_OWN_ENCODING) else name


_ENCODERS = ("json.dump", "json.dumps")
_OWN_ENCODING = ("default", "cls")


def call_value(site: Site, callee: Any) -> Any:
    if isinstance(callee, Ref):
        if callee.kind is ObjectKind.SYMBOL:
            return symbols.call_symbol(site, callee.name)
        if callee.kind is ObjectKind.FUNCTION and callee.id is not None:
            return functions.call_local(site, site.walker.functions[callee.id], None)
        if callee.kind is ObjectKind.CLASS and callee.id is not None:
            return functions.make_instance(site, callee.id)
        if callee.kind is ObjectKind.INSTANCE:
            return call_method(site, callee, "__call__")
    if isinstance(callee, Method):
        site.receiver = callee.receiver
        return call_method(site, callee.receiver, callee.name)
    if isinstance(callee, Partial):
        site.given = [*callee.arguments, *site.given]
        return call_value(site, callee.function)
    site.hand_over()
    if isinstance(callee, Unknown):
        return site.unknown(call_why(callee), callee.name)
    return site.unknown()


def call_why(value: Unknown) -> Why:
    keep = (Why.CLOCK, Why.RANDOM, Why.ENVIRONMENT, Why.ARGUMENT, Why.DOWNLOAD, Why.CONFIG, Why.INPUT)
    return value.why if value.why in keep else Why.CALL


def call_method(site: Site, receiver: Any, name: str) -> Any:
    if isinstance(receiver, Ref):
        if receiver.kind is ObjectKind.SYMBOL:
            resolved = meaning.symbol(site.walker, f"{receiver.name}.{name}")
            site.receiver = None
            if isinstance(resolved, Ref) and resolved.kind is ObjectKind.SYMBOL:
                return symbols.call_symbol(site, resolved.name)
            if isinstance(resolved, Ref) and resolved.kind is ObjectKind.CLASS:
                return call_value(site, resolved)
            site.hand_over()
            return site.unknown()
        handler = METHODS.get(receiver.kind)
        if handler is not None:
            return handler(site, receiver, name)
    elif isinstance(receiver, Part):
        site.hand_over()
        return meaning.method_on_part(site.walker, site.node, receiver, name, site.values)
    elif isinstance(receiver, DictObject):
        return containers.dict_method(site, receiver, name)
    elif isinstance(receiver, ListObject):
        return containers.list_method(site, receiver, name)
    elif isinstance(receiver, Text):
        return texts.text_method(site, receiver, name)
    return unknown_method(site, receiver, name)


def unknown_method(site: Site, receiver: Any, name: str) -> Any:
    if site.walker.stores and (stored := symbols.house_store(site, name)) is not None:
        return stored
    if name in vocabulary.DATA_READ_METHODS:
        return symbols.data_read(site, name, vocabulary.DATA_READ_METHODS[name], site.value("path", 0))
    if name in vocabulary.DATA_WRITE_METHODS:
        return symbols.data_written(site, name, vocabulary.DATA_WRITE_METHODS[name], site.value("path", 0))
    if isinstance(receiver, Unknown):
        if name in vocabulary.ARTIFACT_METHODS and receiver.why is Why.PARAMETER:
            site.note("asked", Asked, f"Run.{name}", method=name)
        if name == "strftime" and receiver.why in (Why.CLOCK, Why.CALL):
            return texts.strftime(site, 0)
        if name == "isoformat":
            # With arguments it may leave the time, and so the colons, out.
            dotted = "isoformat" if site.given else f"{receiver.name}.isoformat"
            return site.unknown(receiver.why, dotted, Kind.TEXT)
        if name in ("item", "mean_value"):
            return site.unknown(kind=Kind.NUMBER)
        if name == "tolist":
            return site.unknown(kind=Kind.SEQUENCE)
        if name == "to_dict" and constant(single(site.value("orient", 0) or Nothing(None))) == "records":
            return containers.list_of_records(site)
        if name not in vocabulary.HARMLESS_METHODS:
            site.hand_over()
        else:
            store_in(site)
        dotted = f"{receiver.name}.{name}" if receiver.name else ""
        is_frame = receiver.kind is Kind.FRAME and name in vocabulary.FRAME_METHODS
        return site.unknown(call_why(receiver), dotted, Kind.FRAME if is_frame else Kind.ANY)
    site.hand_over()
    if isinstance(receiver, Method) and getattr(receiver.receiver, "kind", None) is ObjectKind.TABLE:
        # `table.columns.append(…)`: what a table has is changed out of sight.
        site.walker.escape(site.node, receiver, EscapeKind.CALL, site.callee_text)
    return site.unknown()


def store_in(site: Site) -> None:
    for given in site.given:
        for option in candidates(given.value):
            if isinstance(option, Ref):
                site.walker.escape(given.node, option, EscapeKind.STORE, site.callee_text)


def config_method(site: Site, receiver: Ref, name: str) -> Any:
    walker, node = site.walker, site.node
    config = receiver if site.receiver is None else site.receiver
    if name in ("update", "setdefaults"):
        value = site.value("d", 0)
        if value is None and any(given.keyword for given in site.given):
            value = walker.dict_object(None, Origin.CALL)
            for given in site.given:
                if given.keyword and given.keyword != "allow_val_change":
                    key = Text(given.at(walker), (Piece(given.keyword, None),))
                    value.writes.append((key, given.value, given.at(walker), walker.frame))
        value = functions.as_config(walker, value, site.given[0].node.value if site.given else node)
        writing.write_config(walker, node, config, (), name, value, site.arguments(f"Config.{name}"))
        return Nothing(None)
    if name in ("get", "pop", "__getitem__") and site.values:
        return meaning.method_on_part(walker, node, Part(None, receiver, ()), name, site.values)
    ids, sure = refs(config, ObjectKind.CONFIG)
    via = site.via
    how = {"items": "iterate", "keys": "iterate", "as_dict": "whole"}.get(name, name)
    form = "copy" if name == "as_dict" else ""
    walker.emit(node, "config-read", lambda i, b, s: ConfigRead(i, b, s, (), how, via, ids, sure, form=form))
    site.hand_over()
    return site.unknown(Why.CONFIG)


def summary_method(site: Site, receiver: Ref, name: str) -> Any:
    summary = receiver if site.receiver is None else site.receiver
    if name == "update":
        writing.write_summary(
            site.walker, site.node, summary, (), "update", site.value("d", 0) or Nothing(None)
        )
        return Nothing(None)
    if name == "get" and site.values:
        key = Step(site.walker.frozen(site.values[0]), False, site.walker.at(site.node, "step"))
        meaning.note_read(site.walker, site.node, Part(None, receiver, (key,)), "get")
    return site.unknown()


METHODS: dict[ObjectKind, Callable[[Site, Ref, str], Any]] = {}
