"""Reports tables whose rows are dicts.

Why it matters: a row of `wandb.Table` is a list of values. A dict is taken for the list of its keys, so
that `data=[{"text": …, "label": …}]` fills every row with `text` and `label`, without a word: the predictions
are lost (Tables).

When to ignore: never.
"""

from collections.abc import Iterator

from wbcheck.rule import (
    AnyValue,
    Applicability,
    Argument,
    Arguments,
    Bad,
    Dict,
    Edits,
    File,
    Finding,
    Good,
    Items,
    Model,
    Nothing,
    Preset,
    Proof,
    Ran,
    Rule,
    Shows,
    TableCall,
    TableMade,
    Tri,
    ensure_import,
    options,
    remove_argument,
    replace,
    shown,
    source_of,
    together,
)

from ._tables import ADDS_ROWS

RULE = Rule(
    code="WB314",
    name="table-dict-rows",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="A row is a list of values, and of a dict it takes the keys: the values are not recorded.",
    how="Give the values in the order of the columns, or `dataframe=pd.DataFrame(rows)`.",
    fix=Applicability.UNSAFE,
    changes=("history", "summary"),
)


def check(file: File) -> Iterator[Finding]:
    for made in file.model.each(TableMade):
        if made.arguments.given("dataframe") is not Tri.NO:
            continue
        for name in ("data", "rows"):
            argument = made.arguments.find(name)
            if argument is not None and has_dict_rows(argument.value):
                fix = file.fix("Give it as a data frame", as_frame, file.model, made.arguments, argument)
                told = "rows of this table are dicts, and only their keys are recorded"
                yield Finding(argument.span, told, fix=fix)
    for call in file.model.each(TableCall):
        for splat in call.arguments.splats if call.method in ADDS_ROWS else ():
            if is_dict(splat.value):
                yield Finding(
                    splat.span, f"{shown(call.callee_text, 26)} is given the keys of a dict for a row"
                )


def has_dict_rows(value: AnyValue) -> bool:
    """Whether all rows that are known, and there are some, are dicts."""
    found = [option for option in options(value) if not isinstance(option, Nothing)]
    return bool(found) and all(
        isinstance(rows, Items) and bool(rows.items) and all(map(is_dict, rows.items)) for rows in found
    )


def is_dict(value: AnyValue) -> bool:
    """Whether a value is certainly a dict."""
    return all(isinstance(option, Dict) for option in options(value))


def as_frame(text: str, model: Model, arguments: Arguments, data: Argument) -> Edits | None:
    """``data=rows`` to ``dataframe=pd.DataFrame(rows)``, with the columns that the table had."""
    columns = arguments.find("columns")
    if data.spread or data.keyword is None or (columns is not None and columns.keyword is None):
        return None
    name = next((found.name for found in model.imports if found.target == "pandas"), "pandas")
    rows = source_of(text, data.span).partition("=")[2].strip()
    if columns is not None:
        rows += f", columns={source_of(text, columns.span).partition('=')[2].strip()}"
    return together(
        replace(text, data.span, f"dataframe={name}.DataFrame({rows})"),
        () if columns is None else remove_argument(text, arguments, columns),
        ensure_import(text, "pandas") if name == "pandas" else (),
    )


def _rows(expected: object) -> Shows:
    def that(ran: Ran) -> bool:
        return ran.run.summary.get("row") == expected

    return Shows(f"the first row is {expected}", that)


EXAMPLES = (
    Bad(
        """
        import pandas as pd
        import wandb

        with wandb.init(project="texts") as run:
            rows = [{"text": "a text", "label": 1}, {"text": "another", "label": 0}]
            table = wandb.Table(columns=["text", "label"], data=rows)
                                                           ^^^^^^^^^
            run.log({"predictions": table})
        """,
        message="rows of this table are dicts, and only their keys are recorded",
        fixed="""
        import pandas as pd
        import wandb

        with wandb.init(project="texts") as run:
            rows = [{"text": "a text", "label": 1}, {"text": "another", "label": 0}]
            table = wandb.Table(dataframe=pd.DataFrame(rows, columns=["text", "label"]))
            run.log({"predictions": table})
        """,
    ),
    Bad(
        """
        import wandb

        def report(run: wandb.Run, texts, predict):
            rows = []
            for text in texts:
                rows.append({"text": text, "label": predict(text)})
            run.log({"predictions": wandb.Table(data=rows)})
                                                ^^^^^^^^^
            run.log({"others": wandb.Table(data=texts.to_dict(orient="records"))})
                                           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
        message="rows of this table are dicts, and only their keys are recorded",
        fixed="""
        import pandas
        import wandb

        def report(run: wandb.Run, texts, predict):
            rows = []
            for text in texts:
                rows.append({"text": text, "label": predict(text)})
            run.log({"predictions": wandb.Table(dataframe=pandas.DataFrame(rows))})
            run.log({"others": wandb.Table(dataframe=pandas.DataFrame(texts.to_dict(orient="records")))})
        """,
    ),
    Bad(
        """
        import wandb

        def report(run: wandb.Run, texts, predict):
            table = wandb.Table(["text", "label"], [{"text": text, "label": 1} for text in texts])
                                                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            for text in texts:
                row = {"text": text, "label": predict(text)}
                table.add_data(*row)
                               ^^^^
            run.log({"predictions": table})
        """,
        message=(
            "rows of this table are dicts, and only their keys are recorded",
            "`table.add_data` is given the keys of a dict for a row",
        ),
    ),
    Good(
        """
        import pandas as pd
        import wandb

        with wandb.init(project="texts") as run:
            rows = [{"text": "a text", "label": 1}, {"text": "another", "label": 0}]
            table = wandb.Table(dataframe=pd.DataFrame(rows))
            run.log({"predictions": table})
        """
    ),
    Good(
        """
        import wandb

        def report(run: wandb.Run, texts, predict, rows):
            table = wandb.Table(columns=["text", "scores"], data=[["a text", {"spam": 0.9, "ham": 0.1}]])
            for row in rows:
                table.add_data(*row.values())
            named = [{"text": text, "label": predict(text)} for text in texts]
            run.log({"predictions": wandb.Table(data=[list(row.values()) for row in named])})
            run.log({"others": wandb.Table(columns=["text"], data=rows), "first": table})
        """
    ),
    Good(
        """
        import plotly.graph_objects as go
        from rich.table import Table
        import wandb

        def report(run: wandb.Run, row):
            table = Table(data=[{"text": "a text"}])
            run.log({"plot": go.Figure(data=[{"type": "bar", "y": [1, 2]}])})
            cells = wandb.Table(columns=["raw"])
            cells.add_data({"text": "a text"})
            return table
        """
    ),
)

_SCRIPT = """
import pandas as pd
import wandb

rows = [{"text": "a text", "label": 1}]
with wandb.init(project="texts") as run:
    table = wandb.Table(%s)
    run.log({"predictions": table})
    run.summary["row"] = [str(value) for value in table.data[0]]
"""

PROOF = Proof(
    bad=_rows(["text", "label"]),
    bad_script=_SCRIPT % 'columns=["text", "label"], data=rows',
    good=_rows(["a text", "1"]),
    good_script=_SCRIPT % "dataframe=pd.DataFrame(rows)",
)
