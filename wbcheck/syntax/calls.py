"""What calls mean: of W&B's own functions and methods, of what matters beside it, of the file's own.

``call`` evaluates the callee and the arguments, then asks, in this order: is it a method of a known object, an imported
name that has a meaning, a function or class of this file, or something unknown, to which
its arguments escape.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import libcst as cst

from wbcheck.diagnostic import Span
from wbcheck.model.events import (
    AgentStarted,
    ApiCall,
    Argument,
    Arguments,
    ArtifactCall,
    ArtifactLinked,
    ArtifactLogged,
    ArtifactMade,
    ArtifactUsed,
    Call,
    ConfigRead,
    DataRead,
    DataWritten,
    DefineMetric,
    EscapeKind,
    Event,
    Finish,
    LocalCall,
    Log,
    Login,
    MediaMade,
    RunCall,
    RunStart,
    Starter,
    SweepMade,
    TableCall,
    TableMade,
    TrainerCall,
    TrainerMade,
    TrainingArguments,
    Via,
)
from wbcheck.model.values import (
    Flag,
    Hole,
    Kind,
    Nothing,
    Number,
    ObjectKind,
    Origin,
    Part,
    Piece,
    Ref,
    Text,
    Tri,
    Unknown,
    Why,
    constant,
)
from wbcheck.syntax import expressions, meaning, vocabulary
from wbcheck.syntax.state import (
    DictObject,
    ListObject,
    Method,
    Partial,
    Scope,
    candidates,
    join,
    refs,
    single,
)

if TYPE_CHECKING:
    from wbcheck.syntax.walker import FunctionDraft, Walker


@dataclass(slots=True, eq=False)
class Given:
    """One argument as evaluated. ``star`` is ``*`` or ``**`` for a splat."""

    keyword: str
    star: str
    value: Any
    node: cst.Arg
    anchor: cst.CSTNode

    def at(self, walker: Walker, node: cst.CSTNode | None = None) -> Span:
        """The span of the argument (or a node in it), wherever its call is made: a partial's stand elsewhere."""
        before, walker.anchor = walker.anchor, self.anchor
        span = walker.at(node or self.node)
        walker.anchor = before
        return span


@dataclass(slots=True, eq=False)
class Site:
    """A call being looked at. ``via`` says how its run is reached, where it has one."""

    walker: Walker
    node: cst.Call
    given: list[Given]
    receiver: Any = None
    via: Via = Via.HANDLE

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

        return walker.emit(self.node, word, make)

    def unknown(self, why: Why = Why.CALL, name: str = "", kind: Kind = Kind.ANY) -> Unknown:
        """The result of a call that is not known."""
        return Unknown(self.walker.at(self.node), why, name, kind)

    def hand_over(self, to: str = "") -> None:
        """The arguments go to code that is not known."""
        for given in self.given:
            self.walker.escape(given.node, given.value, EscapeKind.CALL, to or self.callee_text)


def call(walker: Walker, node: cst.Call) -> Any:
    """The value of a call."""
    func = node.func
    receiver: Any = None
    method = ""
    via = Via.HANDLE
    if type(func) is cst.Attribute:
        receiver = expressions.evaluate_link(walker, func.value)
        method = func.attr.value
        via = meaning.via_of(walker, func)
    bound, walker.bound = walker.bound, ()
    callee = None if method else expressions.evaluate(walker, func)
    if walker.state.ended is not None and _may_start_run(receiver if method else callee):
        walker.state.ended = None
    if not walker.hot and _means_nothing(receiver, method, callee):
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
    site = Site(walker, node, given, receiver, via)
    for argument in given:
        _note_whole_config(walker, argument)
    if method:
        return expressions.each(receiver, lambda option: _method(site, option, method))
    return expressions.each(callee, lambda option: _callee(site, option))


def _may_start_run(target: Any) -> bool:
    """Whether a call of this, or of a method of it, may start a run out of sight."""
    for option in candidates(target):
        if isinstance(option, Unknown) and option.kind not in _PLAIN_KINDS:
            return True
        if isinstance(option, Ref) and option.kind is ObjectKind.SYMBOL:
            if option.name.split(".", 1)[0] not in vocabulary.NO_TRACKERS:
                return True
        elif isinstance(option, Ref) and option.kind not in _IN_SIGHT:
            return True
    return False


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
        ObjectKind.ENVIRONMENT,
    }
)


def _means_nothing(receiver: Any, method: str, callee: Any) -> bool:
    """Whether a call, in a statement that touches nothing of W&B's, is of something that no table knows."""
    if not method:
        return type(callee) is Unknown
    if method in _TOLD_METHODS:
        return False
    if type(receiver) is Unknown:
        return True
    return (
        type(receiver) is Ref
        and receiver.kind is ObjectKind.SYMBOL
        and not _is_told(f"{receiver.name}.{method}")
    )


_TOLD_METHODS = frozenset(
    {"strftime", "isoformat", "item", "tolist", *vocabulary.DATA_READ_METHODS, *vocabulary.DATA_WRITE_METHODS}
)


def _is_told(path: str) -> bool:
    return (
        path in _SYMBOLS
        or path in vocabulary.RESULTS
        or path in vocabulary.DATA_READS
        or path in vocabulary.DATA_WRITES
        or path in vocabulary.ARGUMENT_PARSERS
        or path in vocabulary.ALIASES
        or path.startswith(("builtins.", "matplotlib.", "plotly."))
    )


def _passed_over(walker: Walker, node: cst.Call, receiver: Any, callee: Any) -> Any:
    """The result of such a call. It may still change the dicts and lists that it is handed by name."""
    for arg in node.args:
        if type(arg.value) is cst.Name:
            value = walker.lookup(arg.value.value)
            if isinstance(value, DictObject | ListObject):
                walker.escape(arg, value, EscapeKind.CALL)
    known = receiver if callee is None else callee
    name = known.name
    if callee is None and name and type(node.func) is cst.Attribute:
        name = f"{name}.{node.func.attr.value}"
    why = _call_why(known) if isinstance(known, Unknown) else Why.CALL
    return Unknown(walker.at(node), why, name)


def _note_whole_config(walker: Walker, given: Given) -> None:
    """A config handed on whole, or spread."""
    for option in candidates(given.value):
        if isinstance(option, Ref) and option.kind is ObjectKind.CONFIG:
            ids, sure = refs(given.value, ObjectKind.CONFIG)
            via = meaning.via_of(walker, given.node.value)
            walker.emit(
                given.node, "config-read", lambda i, b, s: ConfigRead(i, b, s, (), "whole", via, ids, sure)
            )  # noqa: B023
            return


def _callee(site: Site, callee: Any) -> Any:
    if isinstance(callee, Ref):
        if callee.kind is ObjectKind.SYMBOL:
            return _symbol(site, callee.name)
        if callee.kind is ObjectKind.FUNCTION and callee.id is not None:
            return _local(site, site.walker.functions[callee.id], None)
        if callee.kind is ObjectKind.CLASS and callee.id is not None:
            return _instance(site, callee.id)
        if callee.kind is ObjectKind.INSTANCE:
            return _method(site, callee, "__call__")
    if isinstance(callee, Method):
        site.receiver = callee.receiver
        return _method(site, callee.receiver, callee.name)
    if isinstance(callee, Partial):
        site.given = [*callee.arguments, *site.given]
        return _callee(site, callee.function)
    site.hand_over()
    if isinstance(callee, Unknown):
        return site.unknown(_call_why(callee), callee.name)
    return site.unknown()


def _call_why(value: Unknown) -> Why:
    keep = (Why.CLOCK, Why.RANDOM, Why.ENVIRONMENT, Why.ARGUMENT, Why.DOWNLOAD, Why.CONFIG, Why.INPUT)
    return value.why if value.why in keep else Why.CALL


# --- methods --------------------------------------------------------------------------------------


def _method(site: Site, receiver: Any, name: str) -> Any:
    if isinstance(receiver, Ref):
        if receiver.kind is ObjectKind.SYMBOL:
            resolved = meaning.symbol(site.walker, f"{receiver.name}.{name}")
            site.receiver = None
            if isinstance(resolved, Ref) and resolved.kind is ObjectKind.SYMBOL:
                return _symbol(site, resolved.name)
            site.hand_over()
            return site.unknown()
        handler = _METHODS.get(receiver.kind)
        if handler is not None:
            return handler(site, receiver, name)
    elif isinstance(receiver, Part):
        site.hand_over()
        return meaning.method_on_part(site.walker, site.node, receiver, name, site.values)
    elif isinstance(receiver, DictObject):
        return _dict_method(site, receiver, name)
    elif isinstance(receiver, ListObject):
        return _list_method(site, receiver, name)
    elif isinstance(receiver, Text):
        return _text_method(site, receiver, name)
    return _unknown_method(site, receiver, name)


def _unknown_method(site: Site, receiver: Any, name: str) -> Any:
    if name in vocabulary.DATA_READ_METHODS:
        return _data_read(site, name, vocabulary.DATA_READ_METHODS[name], site.value("path", 0))
    if name in vocabulary.DATA_WRITE_METHODS:
        return _data_written(site, name, vocabulary.DATA_WRITE_METHODS[name], site.value("path", 0))
    if isinstance(receiver, Unknown):
        if name == "strftime" and receiver.why in (Why.CLOCK, Why.CALL):
            return _strftime(site, 0)
        if name == "isoformat":
            # With arguments it may leave the time, and so the colons, out.
            dotted = "isoformat" if site.given else f"{receiver.name}.isoformat"
            return site.unknown(receiver.why, dotted, Kind.TEXT)
        if name in ("item", "mean_value"):
            return site.unknown(kind=Kind.NUMBER)
        if name == "tolist":
            return site.unknown(kind=Kind.SEQUENCE)
        if name not in vocabulary.HARMLESS_METHODS:
            site.hand_over()
        else:
            _store_in(site)
        dotted = f"{receiver.name}.{name}" if receiver.name else ""
        return site.unknown(_call_why(receiver), dotted)
    site.hand_over()
    return site.unknown()


def _store_in(site: Site) -> None:
    for given in site.given:
        for option in candidates(given.value):
            if isinstance(option, Ref):
                site.walker.escape(given.node, option, EscapeKind.STORE, site.callee_text)


def _run_method(site: Site, receiver: Ref, name: str) -> Any:
    return _run_call(site, receiver, name)


def _run_call(site: Site, run: Any, name: str) -> Any:
    """A call of a run's method, through a handle, the module or ``wandb.run``."""
    walker = site.walker
    whole = meaning.active_run(walker) if site.via in (Via.MODULE, Via.GLOBAL) else site.receiver
    ids, sure = refs(run if whole is None else whole, ObjectKind.RUN)
    over, by = walker.life(ObjectKind.RUN, ids, sure)
    if not ids and site.via is not Via.HANDLE and walker.state.ended is not None:
        over, by = Tri.YES, walker.state.ended
    fields: dict[str, Any] = {
        "method": name,
        "via": site.via,
        "runs": ids,
        "sure": sure,
        "finished": over,
        "finish": by,
        "at_hand": _at_hand(walker, ids) if sure and site.via is not Via.HANDLE else "",
    }
    full = f"Run.{name}"
    if name == "log":
        event = site.note("log", Log, full, **fields)
        _mark_tables(walker, site.value("data", 0), event)
        return Nothing(None)
    if name == "define_metric":
        site.note("define-metric", DefineMetric, full, **fields)
        return site.unknown()
    if name in ("finish", "join"):
        event = site.note("finish", Finish, full, **fields)
        meaning.end_run(walker, ids, sure, event)
        return Nothing(None)
    if name in vocabulary.LOGGING:
        return _log_artifact(site, full, fields)
    if name in vocabulary.USING:
        return _use_artifact(site, full, fields)
    if name in vocabulary.LINKING:
        artifacts, _ = refs(site.value("artifact", 0) or Nothing(None), ObjectKind.ARTIFACT)
        event = site.note("artifact-linked", ArtifactLinked, full, **fields, artifacts=artifacts)
        _mark_logged(walker, artifacts, True, event)
        return site.unknown()
    site.note("run-call", RunCall, full, **fields)
    _store_in(site)
    return site.unknown(Why.RUN_ID if name in vocabulary.RUN_IDENTITY else Why.CALL)


def _at_hand(walker: Walker, ids: tuple[int, ...]) -> str:
    """A name in reach that certainly holds the one run."""
    if len(ids) != 1:
        return ""
    scope: Scope | None = walker.scope
    while scope is not None:
        for name, value in scope.names.items():
            if walker.lookup(name) is not value:
                continue  # an inner name hides it
            if isinstance(value, Ref) and value.kind is ObjectKind.RUN and value.id == ids[0]:
                return name
            if (
                isinstance(value, Ref)
                and value.kind is ObjectKind.INSTANCE
                and name == "self"
                and value.id is not None
            ):
                for attribute, inner in walker.classes[value.id].attributes.items():
                    if isinstance(inner, Ref) and inner.kind is ObjectKind.RUN and inner.id == ids[0]:
                        return f"self.{attribute}"
        scope = scope.parent
    return ""


def _mark_tables(walker: Walker, data: Any, event: int) -> None:
    for option in candidates(data) if data is not None else ():
        if isinstance(option, DictObject):
            for _, value, _, _ in option.writes:
                ids, sure = refs(value, ObjectKind.TABLE)
                for number in ids:
                    walker.set_life(
                        ObjectKind.TABLE, number, Tri.YES if sure and len(ids) == 1 else Tri.UNKNOWN, event
                    )


def _mark_logged(walker: Walker, ids: tuple[int, ...], sure: bool, event: int) -> None:
    for number in ids:
        certain = sure and len(ids) == 1
        walker.set_life(ObjectKind.ARTIFACT, number, Tri.YES if certain else Tri.UNKNOWN, event)


def _log_artifact(site: Site, full: str, fields: dict[str, Any]) -> Any:
    value = site.value("artifact_or_path", 0)
    ids, sure = refs(Nothing(None) if value is None else value, ObjectKind.ARTIFACT)
    event = site.note(
        "artifact-logged", ArtifactLogged, full, result=value, **fields, artifacts=ids, sure_artifact=sure
    )
    _mark_logged(site.walker, ids, sure, event)
    return value if ids else Ref(None, ObjectKind.ARTIFACT)


def _use_artifact(site: Site, full: str, fields: dict[str, Any]) -> Any:
    value = site.value("artifact_or_name", 0)
    ids, sure = refs(Nothing(None) if value is None else value, ObjectKind.ARTIFACT)
    if ids and sure:
        site.note("artifact-used", ArtifactUsed, full, result=value, **fields, artifact=ids[0])
        return value
    number = _new_artifact(site, used=True)
    result = Ref(None, ObjectKind.ARTIFACT, number)
    event = site.note("artifact-used", ArtifactUsed, full, result=result, **fields, artifact=number)
    _made(site.walker, number, event)
    if full == "Run.use_model":
        return site.unknown(Why.DOWNLOAD)
    return result


def _new_artifact(site: Site, used: bool) -> int:
    walker = site.walker

    def make() -> int:
        walker.artifacts.append((-1, used))
        return len(walker.artifacts) - 1

    number = walker.new_object(site.node, "artifact", make)
    if not used:
        walker.set_life(ObjectKind.ARTIFACT, number, Tri.NO)
    return number


def _made(walker: Walker, number: int, event: int) -> None:
    if event >= 0:
        walker.artifacts[number] = (event, walker.artifacts[number][1])


def _artifact_method(site: Site, receiver: Ref, name: str) -> Any:
    walker = site.walker
    ids, sure = refs(receiver if site.receiver is None else site.receiver, ObjectKind.ARTIFACT)
    over, by = walker.life(ObjectKind.ARTIFACT, ids, sure)
    full = f"Artifact.{name}"
    site.note(
        "artifact-call", ArtifactCall, full, method=name, artifacts=ids, sure=sure, logged=over, logged_by=by
    )
    if name in ("download", "checkout", "file"):
        return site.unknown(Why.DOWNLOAD, kind=Kind.TEXT)
    if name in ("get_path", "get_entry", "files", "get"):
        return site.unknown(Why.DOWNLOAD)
    if name == "save":
        event = walker._by_place.get((id(site.node), "artifact-call"), -1)
        _mark_logged(walker, ids, sure, event)
    if name == "wait":
        return site.receiver
    if name == "new_draft":
        # Another artifact, which may be changed and logged again.
        return Ref(None, ObjectKind.ARTIFACT)
    if name in ("add", "new_file"):
        _store_in(site)
    return site.unknown()


def _config_method(site: Site, receiver: Ref, name: str) -> Any:
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
        value = as_config(walker, value, site.given[0].node.value if site.given else node)
        meaning.write_config(walker, node, config, name, value, site.arguments(f"Config.{name}"))
        return Nothing(None)
    if name in ("get", "pop", "__getitem__") and site.values:
        return meaning.method_on_part(walker, node, Part(None, receiver, ()), name, site.values)
    ids, sure = refs(config, ObjectKind.CONFIG)
    via = site.via
    how = {"items": "iterate", "keys": "iterate", "values": "iterate", "as_dict": "whole"}.get(name, name)
    walker.emit(node, "config-read", lambda i, b, s: ConfigRead(i, b, s, (), how, via, ids, sure))
    site.hand_over()
    return site.unknown(Why.CONFIG)


def _summary_method(site: Site, receiver: Ref, name: str) -> Any:
    summary = receiver if site.receiver is None else site.receiver
    if name == "update":
        meaning.write_summary(
            site.walker, site.node, summary, (), "update", site.value("d", 0) or Nothing(None)
        )
        return Nothing(None)
    if name == "get" and site.values:
        meaning.note_read(site.walker, site.node, Part(None, receiver, ()), "get")
    return site.unknown()


def _metadata_method(site: Site, receiver: Ref, name: str) -> Any:
    if name in ("update", "setdefault", "pop", "clear"):
        value = site.value("m", 0)
        if value is None:
            value = _dict_of_keywords(site)
        meaning.change_metadata(site.walker, site.node, receiver, name, value)
        return Nothing(None)
    return site.unknown(Why.ATTRIBUTE)


def _table_method(site: Site, receiver: Ref, name: str) -> Any:
    walker = site.walker
    ids, sure = refs(receiver if site.receiver is None else site.receiver, ObjectKind.TABLE)
    over, by = walker.life(ObjectKind.TABLE, ids, sure)
    site.note(
        "table-call",
        TableCall,
        f"Table.{name}",
        method=name,
        tables=ids,
        sure=sure,
        logged=over,
        logged_by=by,
    )
    return site.unknown()


def _api_method(site: Site, receiver: Ref, name: str) -> Any:
    walker = site.walker
    active, run = _active(walker)
    full = f"Api.{name}" if receiver.kind is ObjectKind.API else f"Api.{receiver.name}.{name}"
    result: Any = Ref(None, ObjectKind.API_OBJECT, None, name)
    if name in ("artifact", "use_artifact"):
        number = _new_artifact(site, used=True)
        result = Ref(None, ObjectKind.ARTIFACT, number)
        _made(
            walker,
            number,
            site.note("api-call", ApiCall, full, result=result, method=name, active=active, run=run),
        )
        return result
    site.note("api-call", ApiCall, full, result=result, method=name, active=active, run=run)
    return result


def _active(walker: Walker) -> tuple[Tri, int | None]:
    """Whether a run is active here, and which."""
    run = walker.state.run
    if isinstance(run, Nothing):
        return Tri.NO, None
    if isinstance(run, Ref) and run.id is not None:
        life = walker.state.lives.get((ObjectKind.RUN, run.id))
        if life is None or life.over is Tri.UNKNOWN:
            return Tri.UNKNOWN, run.id
        return (Tri.YES, run.id) if life.over is Tri.NO else (Tri.NO, None)
    return Tri.UNKNOWN, None


def _logger_method(site: Site, receiver: Ref, name: str) -> Any:
    site.note("call", Call, f"WandbLogger.{name}")
    return site.unknown()


def _accelerator_method(site: Site, receiver: Ref, name: str) -> Any:
    if name == "init_trackers":
        return _init_trackers(site, receiver)
    if name == "get_tracker" and constant(single(site.value("name", 0) or Nothing(None))) == "wandb":
        return Ref(None, ObjectKind.RUN)
    site.hand_over()
    return site.unknown()


def _trainer_method(site: Site, receiver: Ref, name: str) -> Any:
    if name in vocabulary.TRAINER_METHODS:
        site.note("trainer-call", TrainerCall, f"Trainer.{name}", method=name)
    else:
        site.hand_over()
    if name == "save_model":
        return _data_written(site, name, "model", site.value("output_dir", 0))
    return site.unknown()


def _parser_method(site: Site, receiver: Ref, name: str) -> Any:
    walker = site.walker
    if receiver.id is None:
        return site.unknown()
    parser = walker.parsers[receiver.id]
    if name == "add_argument":
        flags = [text for text in (constant(single(value)) for value in site.values) if text]
        dest = constant(single(site.value("dest") or Nothing(None)))
        longest = next((flag for flag in flags if flag.startswith("--")), flags[0] if flags else "")
        key = dest or longest.lstrip("-").replace("-", "_")
        if key:
            parser.defaults[key] = site.value("default") or Nothing(None)
        return site.unknown()
    if name in ("add_argument_group", "add_mutually_exclusive_group"):
        return receiver
    if name == "parse_args":
        return Ref(walker.at(site.node), ObjectKind.ARGUMENTS, receiver.id)
    if name == "parse_known_args":
        arguments = Ref(walker.at(site.node), ObjectKind.ARGUMENTS, receiver.id)
        return ListObject(None, "tuple", [arguments, site.unknown()], walker.frame)
    parser.open = True
    return site.unknown()


def _environment_method(site: Site, receiver: Ref, name: str) -> Any:
    walker, node = site.walker, site.node
    values = site.values
    if name in ("get", "pop") and values:
        default = values[1] if len(values) > 1 else None
        if name == "pop":
            meaning.environment_set(walker, node, values[0], Nothing(None), "delete")
        return meaning.environment_read(walker, node, values[0], default)
    if name == "setdefault" and len(values) > 1:
        meaning.environment_set(walker, node, values[0], values[1], "setdefault")
        return site.unknown(Why.ENVIRONMENT, kind=Kind.TEXT)
    if name == "update":
        source = single(values[0]) if values else _dict_of_keywords(site)
        if isinstance(source, DictObject):
            for key, value, _, _ in source.writes:
                meaning.environment_set(walker, node, key, value, "update")
            if source.open_in:
                meaning.environment_set(
                    walker, node, Unknown(None, Why.CALL), Unknown(None, Why.CALL), "update"
                )
        elif source is not None:
            meaning.environment_set(walker, node, Unknown(None, Why.CALL), Unknown(None, Why.CALL), "update")
    if name in ("copy", "items", "keys"):
        return site.unknown(Why.ENVIRONMENT)
    return site.unknown(Why.ENVIRONMENT)


def _instance_method(site: Site, receiver: Ref, name: str) -> Any:
    if receiver.id is None:
        return _unknown_method(site, Unknown(None, Why.ATTRIBUTE), name)
    draft = site.walker.classes[receiver.id]
    own = draft.attributes.get(name)
    if own is not None:
        site.receiver = None
        return expressions.each(own, lambda option: _callee(site, option))
    found = single(draft.names.get(name) or Nothing(None))
    if isinstance(found, Ref) and found.kind is ObjectKind.FUNCTION and found.id is not None:
        function = site.walker.functions[found.id]
        bound = None if "staticmethod" in "".join(function.decorators) else receiver
        if receiver.kind is ObjectKind.CLASS and not any(
            d.endswith("classmethod") for d in function.decorators
        ):
            bound = None
        return _local(site, function, bound)
    if _is_trainer(draft.bases) and name in vocabulary.TRAINER_METHODS:
        return _trainer_method(site, receiver, name)
    return _unknown_method(site, Unknown(None, Why.ATTRIBUTE), name)


def _is_trainer(bases: tuple[str, ...]) -> bool:
    return any(_trainer_family(base) == "transformers" for base in bases)


_METHODS: dict[ObjectKind, Callable[[Site, Ref, str], Any]] = {
    ObjectKind.RUN: _run_method,
    ObjectKind.CONFIG: _config_method,
    ObjectKind.SUMMARY: _summary_method,
    ObjectKind.ARTIFACT: _artifact_method,
    ObjectKind.METADATA: _metadata_method,
    ObjectKind.TABLE: _table_method,
    ObjectKind.API: _api_method,
    ObjectKind.API_OBJECT: _api_method,
    ObjectKind.LOGGER: _logger_method,
    ObjectKind.ACCELERATOR: _accelerator_method,
    ObjectKind.TRAINER: _trainer_method,
    ObjectKind.PARSER: _parser_method,
    ObjectKind.ENVIRONMENT: _environment_method,
    ObjectKind.INSTANCE: _instance_method,
    ObjectKind.CLASS: _instance_method,
}


# --- dicts, lists, texts --------------------------------------------------------------------------


def _dict_of_keywords(site: Site) -> DictObject:
    walker = site.walker
    result = walker.dict_object(walker.at(site.node), Origin.CALL)
    for given in site.given:
        if given.keyword:
            key = Text(given.at(walker, given.node.keyword), (Piece(given.keyword, None),))
            result.writes.append((key, given.value, given.at(walker), walker.frame))
        elif given.star == "**":
            expressions.spread(walker, result, given.value)
    return result


def _dict_method(site: Site, target: DictObject, name: str) -> Any:
    walker = site.walker
    values = site.values
    if name == "update":
        for value in values:
            expressions.spread(walker, target, value)
        expressions.spread(walker, target, _dict_of_keywords(site))
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
            target.removed.append((key_text, walker.frame))
        if found is not None:
            return found
        missing = site.unknown(name=site.callee_text)
        return join(missing, values[1]) if len(values) > 1 else missing
    if name == "copy":
        copied = walker.dict_object(walker.at(site.node), Origin.COPY)
        expressions.spread(walker, copied, target)
        return copied
    if name in ("clear", "popitem"):
        target.removed.append((None, walker.frame))
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
    return ListObject(None, "list", items, walker.frame, not known)


def _list_method(site: Site, target: ListObject, name: str) -> Any:
    values = site.values
    if name in ("append", "add") and values:
        expressions.append(site.walker, target, values[0])
        _store_in(site)
    elif name == "extend" and values:
        known = single(values[0])
        if isinstance(known, ListObject) and not known.open:
            for item in known.items:
                expressions.append(site.walker, target, item)
        else:
            target.open = True
    elif name == "copy":
        return ListObject(target.span, target.kind, list(target.items), site.walker.frame, target.open)
    elif name in ("insert", "remove", "pop", "clear", "update", "discard"):
        target.open = True
    return site.unknown(Why.OPERATION)


def _text_method(site: Site, text: Text, name: str) -> Any:
    walker, node = site.walker, site.node
    if name == "format":
        named = {given.keyword: given.value for given in site.given if given.keyword}
        return expressions.format_text(walker, node, text, site.values, named)
    if name == "join" and site.values:
        return expressions.join_text(walker, node, text, site.values[0])
    if name in ("replace", "lower", "upper", "strip", "lstrip", "rstrip", "title", "capitalize"):
        return _transformed(site, text, name)
    kind = Kind.FLAG if name in ("startswith", "endswith", "isdigit") else Kind.ANY
    return site.unknown(Why.OPERATION, kind=kind)


def _transformed(site: Site, text: Text, name: str) -> Any:
    """A text through ``replace``, ``lower`` and their kin: each constant piece; holes stay holes."""
    given = [constant(single(value)) for value in site.values]
    if any(value is None for value in given):
        return site.unknown(Why.OPERATION, kind=Kind.TEXT)
    pieces: list[Piece | Hole] = []
    for piece in text.pieces:
        if isinstance(piece, Hole):
            pieces.append(_through(piece, name))
            continue
        changed = getattr(piece.text, name)(*given[:2]) if name == "replace" or not given else piece.text
        pieces.append(piece if changed == piece.text else Piece(changed, None))
    return Text(site.walker.at(site.node), tuple(pieces))


def _through(hole: Hole, method: str) -> Hole:
    """A hole after a text method: a moment as text is no longer written as the clock writes it."""
    value = hole.value
    if isinstance(value, Unknown) and value.why is Why.CLOCK and not value.name.startswith("%"):
        return Hole(
            Unknown(value.span, value.why, f"{value.name}.{method}", Kind.TEXT), hole.span, hole.format
        )
    return hole


def _strftime(site: Site, position: int) -> Any:
    template = single(site.value("format", position) or Nothing(None))
    if not isinstance(template, Text) or template.constant is None:
        return site.unknown(Why.CLOCK, kind=Kind.TEXT)
    pieces: list[Piece | Hole] = []
    for piece in template.constants:
        pieces.extend(expressions._moment(piece.text, piece, None))
    return Text(site.walker.at(site.node), tuple(pieces))


# --- imported names -------------------------------------------------------------------------------


def _symbol(site: Site, name: str) -> Any:
    walker = site.walker
    name = vocabulary.ALIASES.get(name, name)
    handler = _SYMBOLS.get(name)
    if handler is not None:
        return handler(site)
    if name.startswith("wandb."):
        return _wandb(site, name)
    if name.startswith("builtins."):
        return _builtin(site, name[9:])
    if name in vocabulary.RESULTS:
        why, kind = vocabulary.RESULTS[name]
        return site.unknown(why, name, kind)
    if name in vocabulary.DATA_READS:
        what, parameter = vocabulary.DATA_READS[name]
        return _data_read(site, name, what, site.value(parameter, 0))
    if name in vocabulary.DATA_WRITES:
        what, parameter = vocabulary.DATA_WRITES[name]
        return _data_written(site, name, what, site.value("f" if name == "torch.save" else parameter, 1))
    if name in vocabulary.ARGUMENT_PARSERS:
        return _parsed_class(site)
    last = name.rsplit(".", 1)[-1]
    family = _trainer_family(name)
    if family:
        site.note("trainer", TrainerMade, name, family=family)
        return Ref(None, ObjectKind.TRAINER)
    if last in vocabulary.TRAINING_ARGUMENTS and name.split(".")[0] in vocabulary.TRAINER_ROOTS:
        site.note("training-arguments", TrainingArguments, name)
        return Ref(None, ObjectKind.TRAINING_ARGUMENTS)
    if last in vocabulary.DATA_READ_METHODS:
        return _data_read(site, name, vocabulary.DATA_READ_METHODS[last], site.value("path", 0))
    if name not in vocabulary.HARMLESS_PATHS and not name.startswith(("math.", "os.path.")):
        site.hand_over(name)
    kind = Kind.PLOT if name.startswith(("matplotlib.", "plotly.")) else Kind.ANY
    return site.unknown(Why.CALL, name, kind)


def _trainer_family(name: str) -> str:
    root, last = name.split(".")[0], name.rsplit(".", 1)[-1]
    if last in vocabulary.TRAINERS and root in vocabulary.TRAINER_ROOTS:
        return "transformers"
    return "lightning" if last == "Trainer" and root in vocabulary.LIGHTNING_ROOTS else ""


def _data_read(site: Site, name: str, what: str, source: Any) -> Any:
    kept = None if source is None else site.walker.frozen(source)
    site.note("data-read", DataRead, name, what=what, source=kept)
    kind = Kind.FRAME if name.startswith(("pandas.", "polars.")) else Kind.ANY
    return site.unknown(Why.INPUT, name, kind)


def _data_written(site: Site, name: str, what: str, target: Any) -> Any:
    kept = None if target is None else site.walker.frozen(target)
    site.note("data-written", DataWritten, name, what=what, target=kept)
    return site.unknown(Why.CALL, name)


def _wandb(site: Site, name: str) -> Any:
    """Any other call of the ``wandb`` package."""
    walker = site.walker
    head, _, last = name[6:].rpartition(".")
    if not head and last in vocabulary.RUN_FUNCTIONS:
        site.via = Via.MODULE
        return _run_call(site, meaning.active_run(walker), last)
    if not head and last in vocabulary.MEDIA:
        site.note("media", MediaMade, name, media=last.lower())
        return site.unknown(Why.CALL, name, Kind.MEDIA)
    if head in ("plot", "plots", "sklearn", "visualize") or name in ("wandb.plot_table", "wandb.visualize"):
        site.note("media", MediaMade, name, media="plot")
        return site.unknown(Why.CALL, name, Kind.PLOT)
    site.note("call", Call, name)
    _store_in(site)
    return site.unknown(Why.CALL, name)


def _builtin(site: Site, name: str) -> Any:
    walker, values = site.walker, site.values
    first = single(values[0]) if values else None
    if name == "dict":
        result = walker.dict_object(walker.at(site.node), Origin.CALL)
        if values:
            if isinstance(first, Ref) and first.kind is ObjectKind.CONFIG:
                result.open_in.append(walker.frame)
            else:
                expressions.spread(walker, result, values[0])
        expressions.spread(walker, result, _dict_of_keywords(site))
        return result
    if name in ("list", "tuple", "set") and isinstance(first, ListObject):
        return ListObject(first.span, name, list(first.items), walker.frame, first.open)
    if name in ("list", "tuple", "set"):
        return ListObject(walker.at(site.node), name, [], walker.frame, bool(values))
    if name == "str" and values:
        return Text(walker.at(site.node), tuple(expressions._in_text(walker, values[0], site.node)))
    if name == "vars" and values:
        if isinstance(first, Ref) and first.kind is ObjectKind.ARGUMENTS and first.id is not None:
            return arguments_dict(walker, first.id, site.node)
        if isinstance(first, Ref) and first.kind is ObjectKind.INSTANCE:
            return instance_dict(walker, first, site.node)
        return site.unknown(Why.CALL, "vars", Kind.MAPPING)
    if name in ("int", "float", "round", "abs") and isinstance(first, Number) and len(values) == 1:
        return Number(walker.at(site.node), int(first.value) if name == "int" else first.value)
    if name in ("int", "float", "round") and isinstance(first, Unknown):
        return site.unknown(_call_why(first), first.name, Kind.NUMBER)
    if name == "range":
        return site.unknown(Why.COUNTER, "range", Kind.SEQUENCE)
    if name in ("sorted", "reversed", "list") and isinstance(first, ListObject):
        return first
    if name in ("enumerate", "zip", "iter", "map", "filter"):
        return values[0] if name == "enumerate" and values else site.unknown(Why.BRANCH)
    path = f"builtins.{name}"
    if path in vocabulary.RESULTS:
        why, kind = vocabulary.RESULTS[path]
        return site.unknown(why, path, kind)
    if name == "exec":
        _forget_constants(walker)
    if name not in vocabulary.HARMLESS:
        site.hand_over(name)
    return site.unknown(Why.CALL, path)


def _forget_constants(walker: Walker) -> None:
    """``exec`` may have set any name of the scope anew: what was constant is a default at best."""
    for name, value in walker.state.names.items():
        if isinstance(value, Text | Number | Flag):
            walker.state.names[name] = Unknown(None, Why.ARGUMENT, name, default=walker.frozen(value))


def _init(site: Site) -> Any:
    """``wandb.init``."""
    walker = site.walker
    config = site.value("config", vocabulary.SIGNATURES["wandb.init"].index("config"))
    replaced: dict[str, Any] = {}
    for given in site.given:
        if given.keyword == "config":
            replaced["config"] = as_config(walker, given.value, given.node.value)
            config = replaced["config"]
    arguments = site.arguments("wandb.init", replaced)
    detached = constant(single(site.value("reinit") or Nothing(None))) == "create_new"
    return start_run(site, Starter.INIT, "wandb.init", arguments, config, detached)


def start_run(
    site: Site, starter: Starter, name: str, arguments: Arguments, config: Any, detached: bool = False
) -> Any:
    """Note that a run starts, and make it the active one."""
    from wbcheck.syntax.walker import RunDraft

    walker = site.walker
    active, previous = _active(walker)

    def make() -> int:
        walker.runs.append(RunDraft(len(walker.runs), -1))
        return len(walker.runs) - 1

    number = walker.new_object(site.node, "run", make)
    draft = walker.runs[number]
    again = None
    if previous == number and active is Tri.YES and starter is Starter.INIT:
        again = walker.blocks[walker.frame.block].id
    event = site.note(
        "run-start",
        RunStart,
        name,
        result=Ref(None, ObjectKind.RUN, number),
        arguments=arguments,
        run=number,
        starter=starter,
        forwards=_forwards(arguments),
        active=active,
        previous=previous if previous != number else None,
        again=again,
    )
    if event >= 0:
        draft.start = event
    draft.config = config
    lazily = starter is not Starter.INIT
    walker.set_life(ObjectKind.RUN, number, Tri.UNKNOWN if lazily else Tri.NO)
    run = Ref(None, ObjectKind.RUN, number)
    walker.state.ended = None
    if not detached:
        walker.state.run = run
    if walker._loops:
        walker._loops[-1].started.append(number)
    return run


_IDENTITY = ("project", "name", "group", "job_type", "tags", "config", "id", "entity")


def _forwards(arguments: Arguments) -> bool:
    """Whether a run start only hands on what its function was given."""
    if any(_is_handed(splat.value) for splat in arguments.splats):
        return True
    return any(_is_handed(value) for name in _IDENTITY if (value := arguments.get(name)) is not None)


def _is_handed(value: Any) -> bool:
    if isinstance(value, Text):
        return any(_is_handed(hole.value) for hole in value.holes)
    for option in candidates(value):
        if isinstance(option, Unknown):
            if option.why is Why.PARAMETER:
                return True
            if option.why is Why.ATTRIBUTE and option.name.split(".")[0] in ("self", "cls"):
                return True
    return False


def _artifact(site: Site) -> Any:
    number = _new_artifact(site, used=False)
    result = Ref(None, ObjectKind.ARTIFACT, number)
    event = site.note("artifact-made", ArtifactMade, "wandb.Artifact", result=result, artifact=number)
    _made(site.walker, number, event)
    return result


def _table(site: Site) -> Any:
    walker = site.walker

    def make() -> int:
        walker.tables.append(-1)
        return len(walker.tables) - 1

    number = walker.new_object(site.node, "table", make)
    result = Ref(None, ObjectKind.TABLE, number)
    walker.set_life(ObjectKind.TABLE, number, Tri.NO)
    event = site.note("table-made", TableMade, "wandb.Table", result=result, table=number)
    if event >= 0:
        walker.tables[number] = event
    return result


def _api(site: Site) -> Any:
    active, run = _active(site.walker)
    result = Ref(None, ObjectKind.API)
    site.note("api-call", ApiCall, "wandb.Api", result=result, active=active, run=run)
    return result


def _login(site: Site) -> Any:
    site.note("login", Login, "wandb.login")
    return site.unknown()


def _sweep(site: Site) -> Any:
    site.note("sweep", SweepMade, "wandb.sweep")
    return site.unknown(Why.CALL, "wandb.sweep", Kind.TEXT)


def _agent(site: Site) -> Any:
    function = single(site.value("function", 1) or Nothing(None))
    number = function.id if isinstance(function, Ref) and function.kind is ObjectKind.FUNCTION else None
    site.note("agent", AgentStarted, "wandb.agent", function=number)
    if number is not None:
        site.walker.functions[number].escapes = True
    return Nothing(None)


def _wandb_logger(site: Site) -> Any:
    experiment = single(site.value("experiment") or Nothing(None))
    if isinstance(experiment, Ref) and experiment.kind is ObjectKind.RUN:
        site.note("call", Call, "WandbLogger")
        return Ref(None, ObjectKind.LOGGER, experiment.id)
    run = start_run(
        site,
        Starter.LIGHTNING,
        "WandbLogger",
        site.arguments("WandbLogger"),
        site.value("config"),
        detached=True,
    )
    if isinstance(site.walker.state.run, Nothing):
        site.walker.state.run = run
    return Ref(None, ObjectKind.LOGGER, run.id)


def _accelerator(site: Site) -> Any:
    wanted = site.value("log_with")
    names = [wanted] if wanted is not None else []
    known = single(wanted) if wanted is not None else None
    if isinstance(known, ListObject):
        names = known.items
    reports = any(constant(single(name)) in ("wandb", "all") for name in names)
    return Ref(None, ObjectKind.ACCELERATOR, None, "wandb" if reports else "")


def _init_trackers(site: Site, accelerator: Ref) -> Any:
    walker = site.walker
    extra = single(site.value("init_kwargs", 2) or Nothing(None))
    own = extra.get("wandb", walker.frame) if isinstance(extra, DictObject) else None
    if accelerator.name != "wandb" and own is None:
        site.hand_over()
        return site.unknown()
    whole = site.arguments("Accelerator.init_trackers")
    items = [
        Argument("project" if a.name == "project_name" else a.name, a.value, a.span, a.keyword, a.position)
        for a in whole.items
        if a.name in ("project_name", "config")
    ]
    splats = list(whole.splats)
    inner = single(own) if own is not None else None
    if isinstance(inner, DictObject):
        snapshot = walker.frozen(inner)
        for entry in getattr(snapshot, "entries", ()):
            name = constant(entry.key)
            if name is not None and entry.span is not None:
                items.append(Argument(name, entry.value, entry.span, entry.key.span, None, True))
    elif own is not None or (extra is not None and not isinstance(extra, DictObject)):
        splats.append(Argument("", walker.frozen(own if own is not None else extra), walker.at(site.node)))
    arguments = Arguments(tuple(items), tuple(splats), whole.close)
    start_run(site, Starter.ACCELERATE, "Accelerator.init_trackers", arguments, site.value("config", 1), True)
    return Nothing(None)


def _argument_parser(site: Site) -> Any:
    from wbcheck.syntax.walker import ParserDraft

    walker = site.walker

    def make() -> int:
        inherits = site.value("parents") is not None
        walker.parsers.append(ParserDraft(len(walker.parsers), open=inherits))
        return len(walker.parsers) - 1

    return Ref(None, ObjectKind.PARSER, walker.new_object(site.node, "parser", make))


def _getenv(site: Site) -> Any:
    values = site.values
    if not values:
        return site.unknown(Why.ENVIRONMENT)
    default = values[1] if len(values) > 1 else site.value("default")
    return meaning.environment_read(site.walker, site.node, values[0], default)


def _putenv(site: Site) -> Any:
    values = site.values
    if len(values) > 1:
        meaning.environment_set(site.walker, site.node, values[0], values[1], "putenv")
    return Nothing(None)


def _load_dotenv(site: Site) -> Any:
    unknown = Unknown(None, Why.ENVIRONMENT)
    meaning.environment_set(site.walker, site.node, unknown, unknown, "load")
    return site.unknown()


def _partial(site: Site) -> Any:
    if not site.given:
        return site.unknown()
    return Partial(site.given[0].value, site.given[1:])


def _asdict(site: Site) -> Any:
    first = single(site.values[0]) if site.values else None
    if isinstance(first, Ref) and first.kind is ObjectKind.INSTANCE:
        return instance_dict(site.walker, first, site.node)
    return site.unknown(Why.CALL, "dataclasses.asdict", Kind.MAPPING)


def _copy(site: Site) -> Any:
    walker = site.walker
    first = single(site.values[0]) if site.values else None
    if isinstance(first, DictObject):
        copied = walker.dict_object(walker.at(site.node), Origin.COPY)
        expressions.spread(walker, copied, first)
        return copied
    return site.values[0] if site.values else site.unknown()


def _time_strftime(site: Site) -> Any:
    return _strftime(site, 0)


def _parsed_class(site: Site) -> Any:
    """``tyro.cli(Args)``: an instance whose fields come from the command line."""
    first = single(site.values[0]) if site.values else None
    if isinstance(first, Ref) and first.kind is ObjectKind.CLASS:
        return Ref(site.walker.at(site.node), ObjectKind.INSTANCE, first.id)
    return site.unknown(Why.ARGUMENT)


_SYMBOLS: dict[str, Callable[[Site], Any]] = {
    "wandb.init": _init,
    "wandb.login": _login,
    "wandb.sweep": _sweep,
    "wandb.agent": _agent,
    "wandb.Artifact": _artifact,
    "wandb.Table": _table,
    "wandb.Api": _api,
    "WandbLogger": _wandb_logger,
    "Accelerator": _accelerator,
    "argparse.ArgumentParser": _argument_parser,
    "os.getenv": _getenv,
    "os.environ.get": _getenv,
    "os.putenv": _putenv,
    "dotenv.load_dotenv": _load_dotenv,
    "functools.partial": _partial,
    "dataclasses.asdict": _asdict,
    "copy.copy": _copy,
    "copy.deepcopy": _copy,
    "time.strftime": _time_strftime,
}


# --- the file's own functions and classes ---------------------------------------------------------


def first_parameter(function: FunctionDraft) -> str:
    """The name of a function's first parameter."""
    params = [*function.node.params.posonly_params, *function.node.params.params]
    return params[0].name.value if params else ""


def _local(site: Site, function: FunctionDraft, bound: Any) -> Any:
    walker = site.walker
    params = function.node.params
    names = tuple(param.name.value for param in (*params.posonly_params, *params.params))
    arguments = site.arguments("", names=names[1:] if bound is not None else names)
    event = site.note("local-call", LocalCall, function.qualname, arguments=arguments, function=function.id)
    if event >= 0 and event not in function.callers:
        function.callers.append(event)
    if not walker.can_enter(function):
        site.hand_over(function.qualname)
        return site.unknown(Why.CALL, function.qualname)
    given = _bound_parameters(site, function, bound)
    return walker.call_function(function, given)


def _bound_parameters(site: Site, function: FunctionDraft, bound: Any) -> dict[str, Any]:
    walker = site.walker
    params = function.node.params
    names = [param.name.value for param in (*params.posonly_params, *params.params)]
    known = {*names, *(param.name.value for param in params.kwonly_params)}
    values: dict[str, Any] = {}
    position = 0
    if bound is not None and names:
        values[names[0]] = bound
        position = 1
    rest: list[Any] = []
    loose = False
    extra = walker.dict_object(None, Origin.CALL)
    for given in site.given:
        option = single(given.value)
        if given.star == "*":
            items = option.items if isinstance(option, ListObject) and not option.open else None
            if items is None:
                loose = True
                continue
            for value in items:
                if position < len(names):
                    values[names[position]] = value
                    position += 1
        elif given.star == "**":
            if isinstance(option, DictObject):
                for name in known:
                    found = option.get(name, walker.frame)
                    if found is not None:
                        values[name] = found
                if option.open_in:
                    loose = True
                expressions.spread(walker, extra, option)
            else:
                loose = True
                extra.open_in.append(walker.frame)
        elif given.keyword:
            if given.keyword in known:
                values[given.keyword] = given.value
            else:
                key = Text(given.at(walker), (Piece(given.keyword, None),))
                extra.writes.append((key, given.value, given.at(walker), walker.frame))
        elif position < len(names) and not loose:
            values[names[position]] = given.value
            position += 1
        else:
            rest.append(given.value)
    if loose:
        for name in known - values.keys():
            values[name] = Unknown(None, Why.PARAMETER, name)
    if type(params.star_arg) is cst.Param:
        values[params.star_arg.name.value] = ListObject(None, "tuple", rest, walker.frame, loose)
    if params.star_kwarg is not None:
        values[params.star_kwarg.name.value] = extra
    return values


def _instance(site: Site, class_id: int) -> Any:
    walker = site.walker
    draft = walker.classes[class_id]
    result = Ref(walker.at(site.node), ObjectKind.INSTANCE, class_id)
    init = single(draft.names.get("__init__") or Nothing(None))
    if isinstance(init, Ref) and init.kind is ObjectKind.FUNCTION and init.id is not None:
        function = walker.functions[init.id]
        if walker.can_enter(function) and function.class_id is not None:
            _local(site, function, result)
            return result
        site.hand_over(draft.name)
        return result
    for base in draft.bases:
        family = _trainer_family(base)
        if family:
            site.note("trainer", TrainerMade, base, family=family)
            return Ref(None, ObjectKind.TRAINER)
    names = list(draft.fields)
    for number, given in enumerate(site.given):
        name = given.keyword or (names[number] if number < len(names) and not given.star else "")
        if name and name in draft.fields:
            old = draft.attributes.get(name)
            draft.attributes[name] = given.value if old is None else join(old, given.value)
    if not draft.fields:
        site.hand_over(draft.name)
    return result


def arguments_dict(walker: Walker, parser: int, node: cst.CSTNode) -> DictObject:
    """``vars(args)``: the parser's arguments as a dict; their values vary."""
    draft = walker.parsers[parser]
    result = walker.dict_object(walker.at(node), Origin.ARGUMENTS)
    for name, default in draft.defaults.items():
        key = Text(None, (Piece(name, None),))
        value = Unknown(None, Why.ARGUMENT, f"args.{name}", default=walker.frozen(default))
        result.writes.append((key, value, None, walker.frame))
    if draft.open:
        result.open_in.append(walker.frame)
    return result


def instance_dict(walker: Walker, instance: Ref, node: cst.CSTNode) -> Any:
    """``asdict(config)``, ``vars(config)``, ``config.__dict__`` of a dataclass of this file."""
    if instance.id is None:
        return Unknown(walker.at(node), Why.CALL, kind=Kind.MAPPING)
    draft = walker.classes[instance.id]
    if not draft.fields:
        return Unknown(walker.at(node), Why.CALL, draft.name, Kind.MAPPING)
    result = walker.dict_object(walker.at(node), Origin.DATACLASS)
    for name, default in draft.fields.items():
        key = Text(None, (Piece(name, None),))
        hint = None if default is None else walker.frozen(default)
        nested = single(draft.attributes.get(name, default))
        value: Any = Unknown(None, Why.ARGUMENT, name, default=hint)
        if isinstance(nested, Ref) and nested.kind is ObjectKind.INSTANCE:
            value = Unknown(None, Why.ARGUMENT, name, Kind.MAPPING, hint)
        result.writes.append((key, value, None, walker.frame))
    return result


def as_config(walker: Walker, value: Any, node: cst.CSTNode) -> Any:
    """What a value becomes as a run's config: a namespace and a dataclass instance are taken apart."""
    known = single(value) if value is not None else None
    if isinstance(known, Ref) and known.kind is ObjectKind.ARGUMENTS and known.id is not None:
        return arguments_dict(walker, known.id, node)
    if isinstance(known, Ref) and known.kind is ObjectKind.INSTANCE:
        return instance_dict(walker, known, node)
    return value
