"""What is known of a `wandb.Table`: its columns, its rows, what is done to it, where it is logged."""

from collections.abc import Iterator

from wbcheck.rule import (
    AnyValue,
    Argument,
    Dict,
    Items,
    Kind,
    Log,
    Model,
    Nothing,
    ObjectKind,
    Ref,
    Span,
    TableCall,
    TableMade,
    Text,
    Tri,
    Unknown,
    constant,
    options,
)

from ._logged import rows

# What a table has where no columns are given.
DEFAULT_COLUMNS = 3
ADDS_ROWS = frozenset({"add_data", "add_row"})
CHANGES = ADDS_ROWS | {"add_column", "add_computed_columns"}


def only(value: AnyValue | None) -> AnyValue | None:
    """The one thing that a value is, ``None`` where it is not given or may be several."""
    found = options(value)
    return found[0] if len(found) == 1 and not isinstance(found[0], Nothing) else None


def kind_of(value: AnyValue | None) -> Kind | None:
    """What sort of thing a value certainly is; ``None`` where it is not given."""
    known = only(value)
    if isinstance(known, Unknown):
        return known.kind
    if isinstance(known, Items):
        return Kind.SEQUENCE
    if isinstance(known, Text):
        return Kind.TEXT
    return Kind.MAPPING if isinstance(known, Dict) else None if value is None else Kind.ANY


def value_of(argument: Argument) -> Span:
    """The place of an argument's value."""
    if argument.keyword is None or argument.spread:
        return argument.span
    return argument.value.span or argument.span


def width(made: TableMade) -> int | None:
    """How many columns a table is made with, where that is certain."""
    if made.arguments.given("dataframe") is not Tri.NO or made.arguments.splats:
        return None
    # A frame brings its own columns, and what is not known may be one.
    if kind_of(made.get("data")) not in (None, Kind.SEQUENCE, Kind.ARRAY):
        return None
    columns = made.get("columns")
    if columns is None:
        return DEFAULT_COLUMNS
    known = only(columns)
    return len(known.items) if isinstance(known, Items) and not known.open and known.kind == "list" else None


def lists_of_rows(made: TableMade) -> Iterator[Items]:
    """The rows that a table is made with, as far as they are known."""
    for name in ("data", "rows"):
        known = only(made.get(name))
        if isinstance(known, Items):
            yield known


def calls_on(model: Model, table: int, methods: frozenset[str]) -> list[TableCall]:
    """The calls of these methods that are certainly done to a table."""
    return [
        call
        for call in model.each(TableCall)
        if call.tables == (table,) and call.sure and call.method in methods
    ]


def made_of(model: Model, table: int) -> TableMade | None:
    """The event that makes a table."""
    index = model.tables[table].made
    event = model.events[index] if index >= 0 else None
    return event if isinstance(event, TableMade) else None


def constant_mode(made: TableMade) -> str | None:
    """The log mode that a table is given, where that is known."""
    return constant(only(made.get("log_mode")))


def logs_of(model: Model, table: int) -> Iterator[tuple[Log, Text | None]]:
    """The calls that certainly log a table, each with the key that it is logged under, if that is a text."""
    for row in rows(model):
        for entry in row.data.entries:
            known = only(entry.value)
            is_it = isinstance(known, Ref) and known.kind is ObjectKind.TABLE and known.id == table
            if is_it and entry.certain:
                yield row.log, entry.key if isinstance(entry.key, Text) else None
