"""Imported names that mean something: W&B's functions, builtins, and what matters beside them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from wbcheck.model.events import (
    Argument,
    Arguments,
    Call,
    CommandLine,
    DataRead,
    DataWritten,
    EscapeKind,
    MediaMade,
    TrainerCall,
    TrainerMade,
    TrainingArguments,
    Via,
)
from wbcheck.model.exports import Helper
from wbcheck.model.values import (
    Flag,
    Kind,
    Nothing,
    Number,
    ObjectKind,
    Origin,
    Part,
    Ref,
    Text,
    Unknown,
    Why,
    constant,
    known_number,
)
from wbcheck.settings import READS
from wbcheck.syntax import (
    calls,
    containers,
    drafts,
    functions,
    links,
    meaning,
    runs,
    texts,
    vocabulary,
    writing,
)
from wbcheck.syntax.state import (
    DictObject,
    ListObject,
    Method,
    Partial,
    single,
)

if TYPE_CHECKING:
    from wbcheck.syntax.walker import Walker


_OF_NUMBERS: dict[str, Callable[[int | float], int | float]] = {
    "int": int,
    "float": float,
    "round": round,
    "abs": abs,
}
_COLLECTIONS = ("list", "tuple", "set", "frozenset")
TOLD_METHODS = frozenset(
    {"strftime", "isoformat", "item", "tolist", *vocabulary.DATA_READ_METHODS, *vocabulary.DATA_WRITE_METHODS}
)


def is_told(path: str) -> bool:
    return (
        path in SYMBOLS
        or path in vocabulary.RESULTS
        or path in vocabulary.DATA_READS
        or path in vocabulary.DATA_WRITES
        or path in vocabulary.ARGUMENT_PARSERS
        or path in vocabulary.ENTRY_CALLS
        or path in vocabulary.ALIASES
        or path.startswith(("builtins.", "matplotlib.", "plotly."))
    )


def trainer_method(site: calls.Site, receiver: Ref, name: str) -> Any:
    if name in vocabulary.TRAINER_METHODS or name in vocabulary.CALLBACK_METHODS:
        site.note(
            "trainer-call", TrainerCall, f"Trainer.{name}", method=name, **runs.standing_run(site.walker)
        )
        if name in vocabulary.TRAINER_METHODS:
            runs.may_start(site.walker, may_finish=name == "hyperparameter_search")
    else:
        site.hand_over()
    if name == "save_model":
        return data_written(site, name, "model", site.value("output_dir", 0))
    return site.unknown()


def parser_method(site: calls.Site, receiver: Ref, name: str) -> Any:
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
        if len(flags) == len(site.given) - sum(bool(given.keyword) for given in site.given):
            parser.added.add(id(site.node))
        takes = _takes_value(single(site.value("action") or Nothing(None)))
        parser.flags.update((flag, takes) for flag in flags if flag.startswith("-"))
        return site.unknown()
    if name in ("add_argument_group", "add_mutually_exclusive_group"):
        return receiver
    if name == "parse_args":
        if not site.given:
            # Those that are added where the walk has not come, or by names that vary, are not known.
            is_open = parser.open or len(parser.added) != walker.unit.code.count(".add_argument(")
            taken = tuple(sorted(parser.flags.items()))
            walker.emit(site.node, "command-line", lambda i, b, s: CommandLine(i, b, s, taken, is_open))
        return Ref(walker.at(site.node), ObjectKind.ARGUMENTS, receiver.id)
    if name == "parse_known_args":
        arguments = Ref(walker.at(site.node), ObjectKind.ARGUMENTS, receiver.id)
        return ListObject(None, "tuple", [arguments, site.unknown()], walker.frame)
    parser.open = True
    return site.unknown()


_WITHOUT_VALUE = ("store_true", "store_false", "store_const", "append_const", "count", "help", "version")


def _takes_value(action: Any) -> bool:
    """Whether an option takes a value, for all that its action says."""
    if isinstance(action, Ref):
        return action.name != "argparse.BooleanOptionalAction"
    return constant(action) not in _WITHOUT_VALUE


def environment_method(site: calls.Site, receiver: Ref, name: str) -> Any:
    walker, node = site.walker, site.node
    values = site.values
    if name in ("get", "pop") and values:
        default = values[1] if len(values) > 1 else None
        if name == "pop":
            writing.environment_set(walker, node, values[0], Nothing(None), "delete")
        return meaning.environment_read(walker, node, values[0], default)
    if name == "setdefault" and len(values) > 1:
        writing.environment_set(walker, node, values[0], values[1], "setdefault")
        return site.unknown(Why.ENVIRONMENT, kind=Kind.TEXT)
    if name == "update":
        source = single(values[0]) if values else containers.dict_of_keywords(site)
        if isinstance(source, DictObject):
            for key, value, _, _ in source.writes:
                writing.environment_set(walker, node, key, value, "update")
            if source.open_in:
                writing.environment_set(
                    walker, node, Unknown(None, Why.CALL), Unknown(None, Why.CALL), "update"
                )
        elif source is not None:
            writing.environment_set(walker, node, Unknown(None, Why.CALL), Unknown(None, Why.CALL), "update")
    if name in ("copy", "items", "keys"):
        return site.unknown(Why.ENVIRONMENT)
    return site.unknown(Why.ENVIRONMENT)


def call_symbol(site: calls.Site, name: str) -> Any:
    if isinstance(site.walker.linked.get(name), Helper):
        return links.call(site, name)
    name = vocabulary.ALIASES.get(name, name)
    handler = SYMBOLS.get(name)
    if handler is not None:
        return handler(site)
    if name.startswith("wandb."):
        return call_wandb(site, name)
    if name.startswith("builtins."):
        return call_builtin(site, name[9:])
    if name in vocabulary.RESULTS:
        why, kind = vocabulary.RESULTS[name]
        size = containers.size_of(site, name) if kind is Kind.ARRAY or kind is Kind.TENSOR else None
        fraction = name in vocabulary.FRACTIONS
        return Unknown(site.walker.at(site.node), why, name, kind, fraction=fraction, size=size)
    if site.walker.stores and (stored := house_store(site, name)) is not None:
        return stored
    if name in vocabulary.DATA_READS:
        what, parameter = vocabulary.DATA_READS[name]
        return data_read(site, name, what, site.value(parameter, 0))
    if name in vocabulary.DATA_WRITES:
        what, parameter = vocabulary.DATA_WRITES[name]
        return data_written(site, name, what, site.value("f" if name == "torch.save" else parameter, 1))
    if name in vocabulary.ENTRY_CALLS:
        entry = single(site.value("main", 0))
        if isinstance(entry, Ref) and entry.kind is ObjectKind.FUNCTION and entry.id is not None:
            return functions.call_entry(site, site.walker.functions[entry.id])
    if name in vocabulary.ARGUMENT_PARSERS:
        return _parsed_class(site)
    last = name.rsplit(".", 1)[-1]
    family = trainer_family(name)
    if family:
        return make_trainer(site, name, family, None)
    if are_training_arguments(name):
        return make_training_arguments(site, name, None)
    if last in vocabulary.DATA_READ_METHODS:
        return data_read(site, name, vocabulary.DATA_READ_METHODS[last], site.value("path", 0))
    if name not in vocabulary.HARMLESS_PATHS and not name.startswith(("math.", "os.path.")):
        site.hand_over(name)
    kind = Kind.PLOT if name.startswith(("matplotlib.", "plotly.")) else Kind.ANY
    return site.unknown(Why.CALL, name, kind)


def make_trainer(site: calls.Site, name: str, family: str, made: Ref | None) -> Ref:
    """Note that a trainer is built; ``made`` is the object that it is, if it is of a class of the file."""
    walker = site.walker
    trainer = made or Ref(None, ObjectKind.TRAINER, walker.new_number(site.node, "trainer"))
    standing = runs.standing_run(walker)
    site.note("trainer", TrainerMade, name, result=trainer, family=family, **standing)
    return trainer


def make_training_arguments(site: calls.Site, name: str, draft: drafts.ClassDraft | None) -> Ref:
    """Note training arguments. A class of the file gives its own defaults where the call says nothing."""
    walker = site.walker
    whole = site.arguments(name, names=("output_dir",))
    if draft is not None:
        given = {argument.name for argument in whole.items}
        own = tuple(
            Argument(field, walker.frozen(default), walker.at(site.node.func), None, None, True)
            for field, default in draft.fields.items()
            if default is not None and field not in given
        )
        whole = Arguments(whole.items + own, whole.splats, whole.close)
    result = Ref(None, ObjectKind.TRAINING_ARGUMENTS, walker.new_number(site.node, "training-arguments"))
    site.note("training-arguments", TrainingArguments, name, result=result, arguments=whole)
    return result


def are_training_arguments(name: str) -> bool:
    root, last = name.partition(".")[0], name.rpartition(".")[2]
    return last in vocabulary.TRAINING_ARGUMENTS and root in vocabulary.TRAINER_ROOTS


def derived(bases: tuple[str, ...]) -> str:
    """What a class with these bases is: a family of trainers, ``arguments`` for theirs, or neither."""
    for base in bases:
        family = "arguments" if are_training_arguments(base) else trainer_family(base)
        if family:
            return family
    return ""


def trainer_family(name: str) -> str:
    root, last = name.partition(".")[0], name.rpartition(".")[2]
    if last in vocabulary.TRAINERS and root in vocabulary.TRAINER_ROOTS:
        return "transformers"
    return "lightning" if last == "Trainer" and root in vocabulary.LIGHTNING_ROOTS else ""


def house_store(site: calls.Site, name: str) -> Any:
    """A call of a house's own function or method that reads or writes data; ``None`` for any other.

    Of a relative import the last parts are known, which have to be those of the configured path.
    """
    stores = site.walker.stores
    does = stores.get(name) or stores.get(name.rpartition(".")[2])
    if does is None and name.startswith("."):
        tail = f".{name.lstrip('.')}"
        does = next((each for path, each in stores.items() if path.endswith(tail)), None)
    if does is None:
        return None
    values = [given.value for given in site.given]
    path = next((value for value in values if isinstance(value, Text)), site.unknown())
    return data_read(site, name, "data", path) if does == READS else data_written(site, name, "data", path)


def data_read(site: calls.Site, name: str, what: str, source: Any) -> Any:
    kept = None if source is None else site.walker.frozen(source)
    site.note("data-read", DataRead, name, what=what, source=kept)
    kind = Kind.FRAME if name.startswith(("pandas.", "polars.")) else Kind.ANY
    return site.unknown(Why.INPUT, name, kind)


def data_written(site: calls.Site, name: str, what: str, target: Any) -> Any:
    kept = None if target is None else site.walker.frozen(target)
    site.note("data-written", DataWritten, name, what=what, target=kept)
    return site.unknown(Why.CALL, name)


def call_wandb(site: calls.Site, name: str) -> Any:
    """Any other call of the ``wandb`` package."""
    walker = site.walker
    head, _, last = name[6:].rpartition(".")
    if not head and last in vocabulary.RUN_FUNCTIONS:
        site.given_via = Via.MODULE
        return runs.run_call(site, runs.active_run(walker), last)
    if not head and last in vocabulary.MEDIA:
        site.note("media", MediaMade, name, media=last.lower())
        return site.unknown(Why.CALL, name, Kind.MEDIA)
    if head in ("plot", "plots", "sklearn", "visualize") or name in ("wandb.plot_table", "wandb.visualize"):
        site.note("media", MediaMade, name, media="plot")
        return site.unknown(Why.CALL, name, Kind.PLOT)
    site.note("call", Call, name)
    calls.store_in(site)
    return site.unknown(Why.CALL, name)


def call_builtin(site: calls.Site, name: str) -> Any:
    walker, values = site.walker, site.values
    first = single(values[0]) if values else None
    if name == "dict":
        result = walker.dict_object(walker.at(site.node), Origin.CALL)
        if values:
            if isinstance(first, Ref) and first.kind is ObjectKind.CONFIG:
                result.open_in.append(walker.frame)
            else:
                if isinstance(first, Ref) and first.kind is ObjectKind.METADATA:
                    walker.escape(site.node, first, EscapeKind.STORE)
                containers.spread(walker, result, values[0])
        containers.spread(walker, result, containers.dict_of_keywords(site))
        return result
    if name in _COLLECTIONS and isinstance(first, ListObject):
        return ListObject(first.span, name, list(first.items), walker.frame, first.open)
    if name in _COLLECTIONS:
        return ListObject(walker.at(site.node), name, [], walker.frame, bool(values))
    if name == "getattr" and isinstance(first, Ref) and first.kind is ObjectKind.RUN and len(values) > 1:
        method = constant(single(values[1]))
        return Method(first, method) if method in vocabulary.RUN_FUNCTIONS else site.unknown(Why.ATTRIBUTE)
    if name == "str" and values:
        return Text(walker.at(site.node), tuple(texts.in_text(walker, values[0], site.node)))
    if name == "vars" and values:
        if isinstance(first, Ref) and first.kind is ObjectKind.ARGUMENTS and first.id is not None:
            return functions.arguments_dict(walker, first.id, site.node)
        if isinstance(first, Ref) and first.kind is ObjectKind.INSTANCE:
            return functions.instance_dict(walker, first, site.node)
        return site.unknown(Why.CALL, "vars", Kind.MAPPING)
    if name in _OF_NUMBERS and isinstance(first, Number) and len(values) == 1:
        try:
            return known_number(walker.at(site.node), _OF_NUMBERS[name](first.value))
        except (OverflowError, ValueError):
            return site.unknown(Why.OPERATION, kind=Kind.NUMBER)
    if name in ("int", "float", "round") and isinstance(first, Unknown):
        why = calls.call_why(first)
        return Unknown(walker.at(site.node), why, first.name, Kind.NUMBER, fraction=name == "float")
    if name == "range":
        return site.unknown(Why.COUNTER, "range", Kind.SEQUENCE)
    if name == "sorted" and isinstance(first, ListObject) and first.kind != "list":
        return ListObject(first.span, "list", list(first.items), walker.frame, first.open)
    if name in ("sorted", "reversed") and isinstance(first, ListObject):
        return first
    if name in ("enumerate", "zip", "iter", "map", "filter"):
        if name == "enumerate" and values:
            return values[0]
        if name in ("map", "filter") and site.given:
            walker.escape(site.given[0].node, site.given[0].value, EscapeKind.CALL, name)
        return site.unknown(Why.BRANCH, f"builtins.{name}", Kind.GENERATOR)
    if name == "float" and isinstance(first, Text):
        what = texts.unusual(first) or "builtins.float"
        return Unknown(walker.at(site.node), Why.CALL, what, Kind.NUMBER, fraction=True)
    path = f"builtins.{name}"
    if path in vocabulary.RESULTS:
        why, kind = vocabulary.RESULTS[path]
        return Unknown(walker.at(site.node), why, path, kind, fraction=path in vocabulary.FRACTIONS)
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


def argument_parser(site: calls.Site) -> Any:
    walker = site.walker

    def make() -> int:
        inherits = any(site.value(name) is not None for name in ("parents", "prefix_chars"))
        walker.parsers.append(drafts.ParserDraft(len(walker.parsers), open=inherits))
        return len(walker.parsers) - 1

    return Ref(None, ObjectKind.PARSER, walker.new_object(site.node, "parser", make))


def getenv(site: calls.Site) -> Any:
    values = site.values
    if not values:
        return site.unknown(Why.ENVIRONMENT)
    default = values[1] if len(values) > 1 else site.value("default")
    return meaning.environment_read(site.walker, site.node, values[0], default)


def putenv(site: calls.Site) -> Any:
    values = site.values
    if len(values) > 1:
        writing.environment_set(site.walker, site.node, values[0], values[1], "putenv")
    return Nothing(None)


def load_dotenv(site: calls.Site) -> Any:
    unknown = Unknown(None, Why.ENVIRONMENT)
    writing.environment_set(site.walker, site.node, unknown, unknown, "load")
    return site.unknown()


def make_partial(site: calls.Site) -> Any:
    if not site.given:
        return site.unknown()
    return Partial(site.given[0].value, site.given[1:])


def make_defaultdict(site: calls.Site) -> Any:
    """A dict that gets keys by being read; what they hold then is not followed."""
    walker = site.walker
    result = walker.dict_object(walker.at(site.node), Origin.CALL)
    for value in site.values[1:]:
        containers.spread(walker, result, value)
    containers.spread(walker, result, containers.dict_of_keywords(site))
    result.open_in.append(walker.frame)
    return result


def closing(site: calls.Site) -> Any:
    """A manager that gives, and closes, an object of the file's own class."""
    given = single(site.values[0]) if site.values else None
    if isinstance(given, Ref) and given.kind is ObjectKind.INSTANCE:
        return given
    site.hand_over()
    return site.unknown()


def asdict(site: calls.Site) -> Any:
    first = single(site.values[0]) if site.values else None
    if isinstance(first, Ref) and first.kind is ObjectKind.INSTANCE:
        return functions.instance_dict(site.walker, first, site.node)
    return site.unknown(Why.CALL, "dataclasses.asdict", Kind.MAPPING)


def copied(site: calls.Site) -> Any:
    walker = site.walker
    first = single(site.values[0]) if site.values else None
    if isinstance(first, DictObject):
        copied = walker.dict_object(walker.at(site.node), Origin.COPY)
        containers.spread(walker, copied, first)
        return copied
    if isinstance(first, Ref) and first.kind is ObjectKind.TABLE:
        # Another table, which has not been logged yet.
        return Ref(None, ObjectKind.TABLE)
    if isinstance(first, Part):
        # What is changed in a copy changes nothing of the run's.
        return site.unknown(Why.CONFIG if first.of.kind is ObjectKind.CONFIG else Why.CALL)
    if isinstance(first, Ref) and first.kind is ObjectKind.METADATA:
        walker.escape(site.node, first, EscapeKind.STORE)
        return site.unknown(Why.ATTRIBUTE)
    return site.values[0] if site.values else site.unknown()


def _parsed_class(site: calls.Site) -> Any:
    """``tyro.cli(Args)``: an instance whose fields come from the command line."""
    first = single(site.values[0]) if site.values else None
    if isinstance(first, Ref) and first.kind is ObjectKind.CLASS:
        return Ref(site.walker.at(site.node), ObjectKind.INSTANCE, first.id)
    return site.unknown(Why.ARGUMENT)


SYMBOLS: dict[str, Callable[[Any], Any]] = {}
