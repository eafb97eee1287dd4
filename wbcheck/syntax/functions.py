"""The file's own functions and classes: their calls, and what instances are as dicts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import libcst as cst
from msgspec.structs import replace

from wbcheck.model.events import LocalCall
from wbcheck.model.values import (
    Kind,
    Nothing,
    ObjectKind,
    Origin,
    Piece,
    Ref,
    Text,
    Unknown,
    Why,
)
from wbcheck.syntax import calls, containers, drafts, expressions, symbols, vocabulary
from wbcheck.syntax.state import (
    DictObject,
    ListObject,
    join,
    single,
)

if TYPE_CHECKING:
    from wbcheck.syntax.walker import Walker


def instance_method(site: calls.Site, receiver: Ref, name: str) -> Any:
    if receiver.id is None:
        site.walker.state.ended = None
        return calls.unknown_method(site, Unknown(None, Why.ATTRIBUTE), name)
    draft = site.walker.classes[receiver.id]
    own = draft.attributes.get(name)
    # What stands behind an attribute may be reached by it again: `self.log = partial(self.log, 1)`.
    if own is not None and (receiver.id, name) not in site.followed:
        if calls.may_start_run(own):
            site.walker.state.ended = None
        site.receiver = None
        site.followed = (*site.followed, (receiver.id, name))
        return expressions.each(own, lambda option: calls.call_value(site.again(), option))
    found = single(draft.names.get(name) or Nothing(None))
    if isinstance(found, Ref) and found.kind is ObjectKind.FUNCTION and found.id is not None:
        function = site.walker.functions[found.id]
        bound = None if "staticmethod" in "".join(function.decorators) else receiver
        if receiver.kind is ObjectKind.CLASS and not any(
            d.endswith("classmethod") for d in function.decorators
        ):
            bound = None
        return call_local(site, function, bound)
    if draft.derives == "transformers" and name in vocabulary.TRAINER_METHODS | vocabulary.CALLBACK_METHODS:
        return symbols.trainer_method(site, receiver, name)
    site.walker.state.ended = None
    return calls.unknown_method(site, Unknown(None, Why.ATTRIBUTE), name)


def inherited(walker: Walker, node: cst.Attribute) -> drafts.FunctionDraft | None:
    """The method of a class of this file that ``super().name`` is."""
    value = node.value
    if type(value) is not cst.Call or type(value.func) is not cst.Name or value.func.value != "super":
        return None
    inside = walker.function
    if inside is None or inside.class_id is None:
        return None
    for parent in walker.classes[inside.class_id].parents:
        found = single(walker.classes[parent].names.get(node.attr.value))
        if isinstance(found, Ref) and found.kind is ObjectKind.FUNCTION and found.id is not None:
            return walker.functions[found.id]
    return None


def call_inherited(site: calls.Site, function: drafts.FunctionDraft) -> Any:
    """Call a parent's method on the instance whose method is being walked."""
    inside = site.walker.function
    itself = None if inside is None else site.walker.lookup(first_parameter(inside))
    is_static = any(decorator.endswith("staticmethod") for decorator in function.decorators)
    return call_local(site, function, None if is_static else itself)


def first_parameter(function: drafts.FunctionDraft) -> str:
    """The name of a function's first parameter."""
    params = [*function.node.params.posonly_params, *function.node.params.params]
    return params[0].name.value if params else ""


def call_local(site: calls.Site, function: drafts.FunctionDraft, bound: Any) -> Any:
    walker = site.walker
    params = function.node.params
    names = tuple(param.name.value for param in (*params.posonly_params, *params.params))
    arguments = site.arguments("", names=names[1:] if bound is not None else names)
    event = site.note("local-call", LocalCall, function.qualname, arguments=arguments, function=function.id)
    if event >= 0 and event not in function.callers:
        function.callers.append(event)
    if not walker.can_enter(function):
        walker.state.ended = None
        site.hand_over(function.qualname, function.spares)
        return site.unknown(Why.CALL, function.qualname)
    given = _bound_parameters(site, function, bound)
    dicts = [(value, value.changes) for value in given.values() if isinstance(value, DictObject)]
    result = walker.call_function(function, given, site.node)
    function.spares.update(value.id for value, changes in dicts if value.changes == changes)
    return result


def call_entry(site: calls.Site, function: drafts.FunctionDraft) -> Any:
    """A call of a local function with what the command line says: `typer.run(train)`."""
    walker = site.walker
    site.given = []
    arguments = site.arguments("")
    event = site.note("local-call", LocalCall, function.qualname, arguments=arguments, function=function.id)
    if event >= 0 and event not in function.callers:
        function.callers.append(event)
    if not walker.can_enter(function):
        walker.state.ended = None
        return site.unknown(Why.CALL, function.qualname)
    given = {
        name: replace(value, why=Why.ARGUMENT) if isinstance(value, Unknown) else value
        for name, value in walker._unknown_parameters(function).items()
    }
    walker.call_function(function, given)
    return site.unknown(Why.CALL, function.qualname)


def _bound_parameters(site: calls.Site, function: drafts.FunctionDraft, bound: Any) -> dict[str, Any]:
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
                containers.spread(walker, extra, option)
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


def make_instance(site: calls.Site, class_id: int) -> Any:
    walker = site.walker
    draft = walker.classes[class_id]
    result = Ref(walker.at(site.node), ObjectKind.INSTANCE, class_id)
    init = single(draft.names.get("__init__") or Nothing(None))
    if isinstance(init, Ref) and init.kind is ObjectKind.FUNCTION and init.id is not None:
        function = walker.functions[init.id]
        if draft.derives in ("transformers", "lightning"):
            symbols.make_trainer(site, draft.name, draft.derives, Ref(None, ObjectKind.INSTANCE, class_id))
        if walker.can_enter(function) and function.class_id is not None:
            call_local(site, function, result)
            return result
        walker.state.ended = None
        site.hand_over(draft.name)
        return result
    if not all(map(calls.is_plain, draft.bases)):
        walker.state.ended = None
    if draft.derives == "arguments":
        return symbols.make_training_arguments(site, draft.name, draft)
    if draft.derives:
        return symbols.make_trainer(site, draft.name, draft.derives, result)
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
    result.source = Ref(None, ObjectKind.ARGUMENTS, parser)
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
    result.source = instance
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
        value = arguments_dict(walker, known.id, node)
    elif isinstance(known, Ref) and known.kind is ObjectKind.INSTANCE:
        value = instance_dict(walker, known, node)
    else:
        return value
    if isinstance(value, DictObject):
        value.implied = True
    return value
