"""What the model says of attributes that are read, of imports as they are written, and of what is caught."""

from __future__ import annotations

from textwrap import dedent

import pytest

from wbcheck.model.blocks import BlockKind
from wbcheck.model.events import ApiCall, AttributeUse
from wbcheck.model.model import Model, decode, encode
from wbcheck.source import read_unit
from wbcheck.syntax import build


def model(code: str) -> Model:
    made = build(read_unit("a.py", dedent(code).encode()))
    assert decode(encode(made)) == made
    return made


def uses(code: str) -> list[tuple[str, str, str, bool]]:
    """Owner, attribute, the source, and whether it is written."""
    text = dedent(code)
    return [
        (use.owner, use.attribute, text[use.span.start : use.span.end], use.write)
        for use in model(code).each(AttributeUse)
    ]


def test_paths_into_the_package_are_noted_where_they_end() -> None:
    assert uses("""
        import wandb as wb
        print(wb.plots, wb.keras.WandbCallback)
        wb.log({"a": 1})
    """) == [
        ("wandb", "plots", "wb.plots", False),
        ("wandb.keras", "WandbCallback", "wb.keras.WandbCallback", False),
    ]


def test_attributes_of_objects_are_noted_unless_they_are_called() -> None:
    assert uses("""
        import wandb
        artifact = wandb.Artifact("a", "b")
        table = wandb.Table()
        api = wandb.Api()
        print(artifact.name, table.columns, api.viewer.email)
        artifact.add_file("a")
        for run in api.runs("a/b"):
            print(run.state)
    """) == [
        ("Artifact", "name", "artifact.name", False),
        ("Table", "columns", "table.columns", False),
        ("Api", "viewer", "api.viewer", False),
        ("Api.run", "state", "run.state", False),
    ]


def test_names_that_are_set_are_noted() -> None:
    assert uses("""
        import wandb
        wandb.mine = 1
        wandb.util.mine = 2
    """) == [("wandb", "mine", "wandb.mine", True), ("wandb.util", "mine", "wandb.util.mine", True)]


@pytest.mark.parametrize("base", ["wandb.keras.WandbCallback", "wandb.keras.WandbCallback, metaclass=M"])
def test_bases_of_classes_are_noted(base: str) -> None:
    assert uses(f"""
        import wandb
        class M(type): ...
        @register
        class Mine(Base, {base}):
            pass
    """) == [("wandb.keras", "WandbCallback", "wandb.keras.WandbCallback", False)]


@pytest.mark.parametrize(
    "code",
    [
        "wandb = mock()\nwandb.plots",
        "import tracker\ntracker.plots",
        "def f(run: wandb.Run): ...\nimport wandb",
    ],
)
def test_what_is_not_certainly_of_the_package_is_not_noted(code: str) -> None:
    assert uses(f"import os, wandb.env\n{code}\n") == []


def test_what_a_loop_goes_through_is_one_of_the_runs() -> None:
    calls = model("""
        import wandb
        for run in wandb.Api().runs("a/b"):
            run.history(samples=3)
    """).each(ApiCall)
    assert [call.name for call in calls] == ["wandb.Api", "Api.runs", "Api.run.history"]


def test_imports_are_told_as_they_are_written() -> None:
    made = model("""
        import wandb.keras
        import wandb.apis.public as public
        from wandb.apis import PublicApi
        from wandb.sdk.wandb_run import Run as R
        from .wandb import init
    """)
    assert [(entry.target, entry.module, entry.written) for entry in made.imports] == [
        ("wandb.keras", "wandb.keras", "wandb.keras"),
        ("wandb.apis.public", "wandb.apis.public", "wandb.apis.public"),
        ("wandb.Api", "wandb.apis", "wandb.apis.PublicApi"),
        ("wandb.Run", "wandb.sdk.wandb_run", "wandb.sdk.wandb_run.Run"),
        (".wandb.init", ".wandb", ".wandb.init"),
    ]


def test_handlers_say_what_they_catch() -> None:
    made = model("""
        import wandb
        try:
            wandb.init()
        except (AttributeError, TypeError):
            pass
        except:
            pass
    """)
    caught = [
        block.condition.text if block.condition else ""
        for block in made.blocks
        if block.kind is BlockKind.EXCEPT
    ]
    assert caught == ["(AttributeError, TypeError)", ""]
