"""Reports tables that `wandb.Table` refuses: rows of the wrong length, columns that are no list.

Why it matters: a table is made at the end of a training, when the predictions are there, and that is when
it raises. `columns` is the first parameter and takes a list, so `wandb.Table(df)` and a tuple of names raise
AssertionError; a row needs one value for each column, and `add_data` takes them one by one (Tables).

When to ignore: never.
"""

from collections.abc import Callable, Iterator

from wbcheck.rule import (
    AnyValue,
    Applicability,
    Argument,
    Bad,
    Edits,
    EscapeKind,
    File,
    Finding,
    Fix,
    Flag,
    Good,
    Items,
    Kind,
    Model,
    Number,
    ObjectKind,
    Preset,
    Proof,
    Raises,
    Rule,
    Runs,
    TableCall,
    TableMade,
    Text,
    Tri,
    Unknown,
    counted,
    name_argument,
    options,
    rename_argument,
    shown,
    wrap,
)

from ._tables import ADDS_ROWS, CHANGES, calls_on, kind_of, lists_of_rows, made_of, only, value_of, width

RULE = Rule(
    code="WB312",
    name="table-shape",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="A table takes a list of column names and one value for each in a row, and raises for anything else.",
    how="Give `columns` a list, each row one value for each column, and a data frame as `dataframe=`.",
    fix=Applicability.SAFE,
)

_NO_LIST = {
    Kind.TEXT: "a string",
    Kind.MAPPING: "a dict",
    Kind.ARRAY: "an array",
    Kind.TENSOR: "a tensor",
    Kind.FRAME: "a data frame",
    Kind.GENERATOR: "a generator",
    Kind.NUMBER: "a number",
}


def check(file: File) -> Iterator[Finding]:
    for made in file.model.each(TableMade):
        for name in ("columns", "data", "dataframe"):
            argument, what = made.arguments.find(name), misgiven(made, name)
            if argument is not None and what:
                wanted = "a data frame" if name == "dataframe" else "a list"
                told = f"`{name}` of a table takes {wanted}, and is given {what}"
                yield Finding(value_of(argument), told, fix=_fix(file, made, argument, what))
        count = width(made)
        for rows in lists_of_rows(made):
            wrong = next(((row, what) for row in rows.items if (what := misfit(row, count))), None)
            if wrong is not None:
                yield Finding(wrong[0].span or rows.span or made.callee, wrong[1])
    for call in file.model.each(TableCall):
        count = width_by_then(file.model, call)
        given = call.arguments.positional
        if (
            count is None
            or len(given) == count
            or call.arguments.splats
            or len(given) < len(call.arguments.items)
        ):
            continue
        yield _of_added(file, call, count)


def misgiven(made: TableMade, name: str) -> str:
    """What is given for columns, rows or a frame that certainly is none; empty where it may be."""
    if name != "dataframe":
        return no_list(made, name)
    known = only(made.get(name))
    if isinstance(known, Items):
        return _sequence(known)
    if isinstance(known, Unknown) and known.kind is Kind.FRAME:
        return "a frame of Polars" if known.name.startswith("polars.") else ""
    return _NO_LIST.get(kind_of(known) or Kind.ANY, "")


def _sequence(items: Items) -> str:
    return "a view of a dict" if items.kind in ("keys", "values", "items") else f"a {items.kind}"


def no_list(made: TableMade, name: str) -> str:
    """What is given as columns or rows that is certainly no list; empty where it may be, or is not read."""
    data = kind_of(made.get("data"))
    # A data frame brings its own columns, and what is not known may be one.
    is_read = name == "data" or data in (None, Kind.SEQUENCE, Kind.ARRAY)
    if not is_read or made.arguments.given("dataframe") is not Tri.NO:
        return ""
    known = only(made.get(name))
    if isinstance(known, Items):
        return _sequence(known) if known.kind != "list" else ""
    if isinstance(known, Unknown) and known.kind is Kind.OBJECT and known.name.endswith(_INDICES):
        return "an index"
    told = _NO_LIST.get(kind_of(known) or Kind.ANY, "")
    return "" if name == "data" and told in ("an array", "a data frame") else told


_INDICES = (".columns", ".index")


def misfit(row: AnyValue, count: int | None) -> str:
    """What is wrong with a row of a table of so many columns; empty where nothing is. Dicts are WB314's."""
    if isinstance(row, Number | Flag):
        return "a row of a table takes a list of values, and is given one value"
    if isinstance(row, Items) and not row.open and count is not None and len(row.items) != count:
        return f"a row of {counted(len(row.items), 'value')} in a table of {counted(count, 'column')}"
    if isinstance(row, Text) and row.constant is not None and count not in (None, len(row.constant)):
        return f"a row of a table takes a list of values, and is given the string {shown(row, 20)}"
    return ""


def width_by_then(model: Model, call: TableCall) -> int | None:
    """How many columns a table has when a row is added to it, where that is certain."""
    if call.method not in ADDS_ROWS or not call.sure or len(call.tables) != 1:
        return None
    table = call.tables[0]
    made = made_of(model, table)
    if made is None or calls_on(model, table, CHANGES - ADDS_ROWS) or is_handed_on(model, table):
        return None
    return width(made)


def is_handed_on(model: Model, table: int) -> bool:
    """Whether code that is not known may have changed a table."""
    return any(model.escapes_of(table, ObjectKind.TABLE, how=(EscapeKind.CALL,)))


def _of_added(file: File, call: TableCall, count: int) -> Finding:
    given = call.arguments.positional
    method = shown(call.callee_text, 26)
    rows = [row for row in options(given[0].value) if isinstance(row, Items)] if len(given) == 1 else []
    if not rows or len(rows) < len(options(given[0].value)):
        told = f"{method} is given {counted(len(given), 'value')} for {counted(count, 'column')}"
        return Finding(call.callee, told)
    fits = all(not row.open and len(row.items) == count and row.kind in ("list", "tuple") for row in rows)
    fix = file.fix("Unpack it", unpack, given[0]) if fits else None
    return Finding(given[0].span, f"{method} takes {count} values, and is given one {rows[0].kind}", fix=fix)


def unpack(text: str, argument: Argument) -> Edits | None:
    """``row`` to ``*row``."""
    if argument.spread or argument.keyword is not None:
        return None
    return wrap(text, argument.span, "*", "")


def _fix(file: File, made: TableMade, argument: Argument, what: str) -> Callable[[], Fix | None] | None:
    known = only(argument.value)
    if what == "an index":
        return file.fix("Make it a list", wrap, value_of(argument), "list(", ")")
    is_pandas = isinstance(known, Unknown) and not known.name.startswith("polars.")
    if what != "a data frame" or not is_pandas:
        return None
    if argument.position is None:
        return file.fix("Give it as `dataframe=`", rename_argument, argument, "dataframe")
    return file.fix("Give it as `dataframe=`", name_argument, made.arguments, argument, "dataframe")


EXAMPLES = (
    Bad(
        """
        import pandas as pd
        import wandb

        df = pd.DataFrame({"text": ["a text", "another"], "label": [1, 0]})
        with wandb.init(project="texts") as run:
            run.log({"predictions": wandb.Table(df)})
                                                ^^
            run.log({"first": wandb.Table(columns=df.head())})
                                                  ^^^^^^^^^
            run.log({"names": wandb.Table(columns=df.columns)})
                                                  ^^^^^^^^^^
        """,
        message=(
            "`columns` of a table takes a list, and is given a data frame",
            "`columns` of a table takes a list, and is given a data frame",
            "`columns` of a table takes a list, and is given an index",
        ),
        fixed="""
        import pandas as pd
        import wandb

        df = pd.DataFrame({"text": ["a text", "another"], "label": [1, 0]})
        with wandb.init(project="texts") as run:
            run.log({"predictions": wandb.Table(dataframe=df)})
            run.log({"first": wandb.Table(dataframe=df.head())})
            run.log({"names": wandb.Table(columns=list(df.columns))})
        """,
    ),
    Bad(
        """
        import pandas as pd
        import wandb

        def report(run: wandb.Run, df: pd.DataFrame):
            run.log({"predictions": wandb.Table(df)})
                                                ^^
            run.log({"first": wandb.Table(columns=df.columns, data=df.values.tolist())})
                                                  ^^^^^^^^^^
        """,
        message=(
            "`columns` of a table takes a list, and is given a data frame",
            "`columns` of a table takes a list, and is given an index",
        ),
        fixed="""
        import pandas as pd
        import wandb

        def report(run: wandb.Run, df: pd.DataFrame):
            run.log({"predictions": wandb.Table(dataframe=df)})
            run.log({"first": wandb.Table(columns=list(df.columns), data=df.values.tolist())})
        """,
    ),
    Bad(
        """
        import wandb

        def report(run: wandb.Run, texts, labels):
            table = wandb.Table(columns=["text", "label"])
            for text, label in zip(texts, labels):
                table.add_data([text, label])
                               ^^^^^^^^^^^^^
            run.log({"predictions": table})
        """,
        message="`table.add_data` takes 2 values, and is given one list",
        fixed="""
        import wandb

        def report(run: wandb.Run, texts, labels):
            table = wandb.Table(columns=["text", "label"])
            for text, label in zip(texts, labels):
                table.add_data(*[text, label])
            run.log({"predictions": table})
        """,
    ),
    Bad(
        """
        import wandb

        NAMES = ("text", "label")
                ^^^^^^^^^^^^^^^^^

        def tables(text, label, score):
            wandb.Table(columns=["text", "label"], data=[[text, label], [text, label, score]])
                                                                        ^^^^^^^^^^^^^^^^^^^^
            wandb.Table(columns=["text"], data=["a text", "another text"])
                                                ^^^^^^^^
            wandb.Table(columns=["label"], data=([1], [0]))
                                                ^^^^^^^^^^
            wandb.Table(columns=["score"], data=[0.1, 0.9])
                                                 ^^^
            wandb.Table(columns={"text": 1, "label": 0}.keys())
                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            wandb.Table(dataframe=[{"text": text}, {"text": "another"}])
                                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            table = wandb.Table(columns=NAMES)
            other = wandb.Table()
            other.add_data(text, label)
            ^^^^^^^^^^^^^^
            return table, other
        """,
        message=(
            "`columns` of a table takes a list, and is given a tuple",
            "a row of 3 values in a table of 2 columns",
            "a row of a table takes a list of values, and is given the string `a text`",
            "`data` of a table takes a list, and is given a tuple",
            "a row of a table takes a list of values, and is given one value",
            "`columns` of a table takes a list, and is given a view of a dict",
            "`dataframe` of a table takes a data frame, and is given a list",
            "`other.add_data` is given 2 values for 3 columns",
        ),
    ),
    Good(
        """
        import pandas as pd
        import wandb

        df = pd.DataFrame({"text": ["a text", "another"], "label": [1, 0]})
        with wandb.init(project="texts") as run:
            run.log({"predictions": wandb.Table(dataframe=df)})
            run.log({"first": wandb.Table(data=df.head(), columns=df.columns)})
            run.log({"names": wandb.Table(columns=df.columns.tolist(), data=df.values)})
            run.log({"empty": wandb.Table(columns=list(df.columns))})
        """
    ),
    Good(
        """
        import wandb

        def report(run: wandb.Run, texts, rows, columns, others):
            table = wandb.Table(columns=["text", "label"], data=[["a text", 1], ("another", 0)])
            for row in rows:
                table.add_data(*row)
            table.add_data("a third text", 1)
            other = wandb.Table(columns)
            other.add_data(texts)
            third = wandb.Table(columns=["text", *columns], data=others)
            third.add_data(texts, 1, 2)
            single = wandb.Table(columns=["words"])
            single.add_data(["a", "list"])
            run.log({"predictions": table, "others": other, "third": third, "single": single})
        """
    ),
    Good(
        """
        import wandb
        from rich.table import Table

        def report(run: wandb.Run, texts, scores, fill):
            table = wandb.Table(columns=["text"], data=[["a text"]])
            table.add_column("score", [0.1])
            table.add_data("another", 0.2)
            filled = wandb.Table(columns=["text"])
            fill(filled)
            filled.add_data("a text", 0.1)
            grown = wandb.Table(columns=["text"], data=[["a text"]] * len(texts))
            grown.columns.append("score")
            grown.add_data("another", 0.2)
            shown = Table("text", "score")
            shown.add_data([1])
            run.log({"predictions": table})
        """
    ),
)

PROOF = (
    Proof(
        bad=Raises("AssertionError", saying="columns argument expects a `list` object"),
        good=Runs(),
    ),
    Proof(
        bad=Raises("ValueError", saying="This table expects 2 columns"),
        bad_script="import wandb\nwandb.Table(columns=['a', 'b']).add_data([1, 2])",
        good=Runs(),
        good_script="import wandb\nwandb.Table(columns=['a', 'b']).add_data(*[1, 2])",
    ),
    Proof(
        bad=Raises("ValueError", saying="This table expects 2 columns"),
        bad_script="import wandb\nwandb.Table(columns=['a', 'b'], data=[[1, 2], [1, 2, 3]])",
    ),
    Proof(
        bad=Raises("AssertionError", saying="data argument expects a `list` object"),
        bad_script="import wandb\nwandb.Table(columns=['a'], data=([1],))",
    ),
    Proof(
        bad=Raises("AssertionError", saying="columns argument expects a `list` object"),
        bad_script="import wandb\nwandb.Table(columns=('a', 'b'))",
    ),
)
