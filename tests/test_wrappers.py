"""House functions and modules that stand for W&B's are what they stand for, however they are imported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from wbcheck.engine import Request, check
from wbcheck.engine.analysis import analyse
from wbcheck.files import discover
from wbcheck.model.events import Event
from wbcheck.ruleset import Wish
from wbcheck.selection import Layer
from wbcheck.settings import load
from wbcheck.settings_file import SettingsError

Write = Callable[[str, str], Path]

# What a house calls it, what that stands for, and a call of it.
WRAPPED = {
    "start": ("wandb.init", 'project="texts", config={"params": {"lr": 0.1}}'),
    "write": ("wandb.log", '{"train/loss": 0.3}, step=3'),
    "record": ("wandb.run.log", '{"train/loss": 0.3}'),
    "measure": ("wandb.Run.define_metric", '"train/*", step_metric="epoch"'),
    "end": ("wandb.finish", "exit_code=1"),
    "sign_in": ("wandb.login", 'key="k"'),
    "Thing": ("wandb.Artifact", '"texts", type="dataset"'),
    "keep": ("wandb.log_artifact", '"texts.csv", name="texts"'),
    "take": ("wandb.use_artifact", '"texts:latest"'),
    "join_to": ("wandb.Run.link_artifact", 'art, "registry/texts"'),
    "Grid": ("wandb.Table", 'columns=["a"]'),
    "Picture": ("wandb.Image", "pixels"),
    "look": ("wandb.watch", "model, log_freq=5"),
    "hold": ("wandb.save", '"model.pt"'),
    "warn": ("wandb.Run.alert", '"title", "text"'),
    "Door": ("wandb.Api", "timeout=5"),
    "line": ("wandb.plot.line", 'table, "x", "y"'),
    "search": ("wandb.sweep", '{"method": "grid"}'),
    "work": ("wandb.agent", '"id", count=3'),
    "Options": ("wandb.Settings", "quiet=True"),
}
WRAPPERS = {f"acme.track.{name}": target for name, (target, _) in WRAPPED.items()}
IMPORTS = {
    "the function": ("from acme.track import {name}", "{name}"),
    "the function under another name": ("from acme.track import {name} as other", "other"),
    "its module": ("from acme import track", "track.{name}"),
    "its module under another name": ("import acme.track as house", "house.{name}"),
    "the whole path": ("import acme.track", "acme.track.{name}"),
    "from beside it": ("from .track import {name}", "{name}"),
    "its module from below": ("from ... import track", "track.{name}"),
}


def events(code: str, path: str = "acme/run.py", extra: tuple[str, ...] = ()) -> list[Event]:
    found = analyse(path, code.encode(), extra, WRAPPERS)
    assert not found.problems
    assert found.model is not None
    return list(found.model.events)


def told(event: Event) -> tuple[object, ...]:
    """What an event says, without where it is and how it is written."""
    fields = ("name", "method", "runs", "sure", "via", "media", "active")
    arguments = getattr(event, "arguments", None)
    given = [] if arguments is None else [(one.name, type(one.value)) for one in arguments.items]
    return type(event), given, *(getattr(event, field, None) for field in fields)


@pytest.mark.parametrize("way", IMPORTS)
@pytest.mark.parametrize("name", WRAPPED)
def test_a_wrapper_is_what_it_stands_for(name: str, way: str) -> None:
    target, arguments = WRAPPED[name]
    imported, called = (text.format(name=name) for text in IMPORTS[way])
    path = "acme/deep/er/run.py" if way == "its module from below" else "acme/run.py"
    (mine,) = events(f"{imported}\nwith something():\n    x = {called}({arguments})\n", path)
    plain = target.replace("wandb.run.", "wandb.").replace("wandb.Run.", "wandb.")
    (own,) = events(f"import wandb\nwith something():\n    x = {plain}({arguments})\n")
    assert told(mine) == told(own)


@pytest.mark.parametrize(
    "code",
    [
        "from acme import track\ntrack.begin(project='texts')\n",
        "from other.track import start\nstart(project='texts')\n",
        "from .trick import start\nstart(project='texts')\n",
        "from ..track import start\nstart(project='texts')\n",
        "def start(**given): ...\nstart(project='texts')\n",
        "import acme\nacme.start(project='texts')\n",
    ],
)
def test_what_only_looks_like_a_wrapper_is_none(code: str) -> None:
    assert events(code) == []


@pytest.mark.parametrize(
    ("imported", "module"),
    [
        ("import acme.wb", "acme.wb"),
        ("import acme.wb as w", "w"),
        ("from acme import wb", "wb"),
        ("from .wb import *\nfrom . import wb as house", "house"),
    ],
)
def test_a_module_that_stands_for_wandb_has_all_of_it(imported: str, module: str) -> None:
    code = (
        "{imported}\nrun = {module}.init(project='texts')\n{module}.log({{'train/loss': 1}})\n"
        "lr = {module}.config['lr']\n{module}.summary['f1'] = 1\n{module}.run.name = 'exp-003'\n"
        "art = {module}.Artifact('texts', type='dataset')\n{module}.plot.line(1, 'x', 'y')\nrun.finish()\n"
    )
    mine = events(code.format(imported=imported, module=module), extra=("acme.wb",))
    own = events(code.format(imported="import wandb", module="wandb"))
    assert [told(one) for one in mine] == [told(one) for one in own]


def test_files_that_never_say_wandb_are_read_for_their_wrappers(project: Path, write: Write) -> None:
    write("run.py", 'from acme.track import start\n\nrun = start(name="my_run")\n')
    write("handed.py", 'import acme.wb\n\nrun = acme.wb.init(name="my_run")\n')
    write("other.py", "import acme\n\nacme.thing()\n")

    def found() -> list[str]:
        settings_for = load().for_file
        files = discover(["."], settings_for, force_exclude=False).files
        wish = Wish(layer=Layer(select=("WB101",)))
        outcome = check(Request(files=files, settings_for=settings_for, wish=wish, jobs=1))
        return [one.path for one in outcome.diagnostics]

    assert found() == []
    write("wbcheck.toml", 'extra-modules = ["acme.wb"]\n[wrappers]\n"acme.track.start" = "wandb.init"\n')
    assert found() == ["handed.py", "run.py"]


def test_calls_of_wrappers_are_not_turned_into_calls_of_the_run(project: Path, write: Write) -> None:
    write("wbcheck.toml", '[wrappers]\n"acme.track.log" = "wandb.log"\n')
    body = "import wandb as wb\n\nrun = wb.init()\n{call}({{'a': 1}})\n"
    write("house.py", "from acme import track\n" + body.format(call="track.log"))
    write("plain.py", body.format(call="wb.log"))
    settings_for = load().for_file
    files = discover(["."], settings_for, force_exclude=False).files
    wish = Wish(layer=Layer(select=("WB305",)))
    outcome = check(Request(files=files, settings_for=settings_for, wish=wish, jobs=1))
    assert [one.path for one in outcome.diagnostics] == ["plain.py"]


def test_calls_of_wrappers_keep_their_name_where_a_run_is_detached(project: Path, write: Write) -> None:
    write("wbcheck.toml", '[wrappers]\n"acme.track.log" = "wandb.log"\n')
    body = 'import wandb as wb\n\nrun = wb.init(reinit="create_new")\n{call}({{"a": 1}})\n'
    write("house.py", "from acme import track\n" + body.format(call="track.log"))
    write("plain.py", body.format(call="wb.log"))
    settings_for = load().for_file
    files = discover(["."], settings_for, force_exclude=False).files
    wish = Wish(layer=Layer(select=("WB615",)))
    outcome = check(Request(files=files, settings_for=settings_for, wish=wish, jobs=1))
    assert [(one.path, one.fix is not None) for one in outcome.diagnostics] == [
        ("house.py", False),
        ("plain.py", True),
    ]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('"acme.start" = "wandb.int"', "2:16: W&B has no `wandb.int`; did you mean `wandb.init`?"),
        ('"acme.start" = "wandb.Run.lgo"', "2:16: W&B has no `wandb.Run.lgo`; did you mean `wandb.Run.log`?"),
        ('"acme.code" = "wandb.log_code"', "did you mean `wandb.Run.log_code`?"),
        ('"acme.nope" = "wandb.zzz"', "2:15: W&B has no `wandb.zzz`\n"),
        ('"acme.plots" = "wandb.plot"', "`wandb.plot` is a module: what stands for one is named in"),
        ('"wandb.init" = "wandb.log"', "2:1: `wandb.init` is W&B's own and stands for itself"),
        ('"acme.start" = "mlflow.start_run"', "a wrapper stands for a W&B function"),
        ('"start" = "wandb.init"', "2:1: `start` is not the dotted name of a function"),
    ],
)
def test_a_wrapper_of_nothing_is_an_error_at_its_place(write: Write, line: str, says: str) -> None:
    write("wbcheck.toml", f"[wrappers]\n{line}\n")
    with pytest.raises(SettingsError) as caught:
        load().for_file("run.py")
    assert says in str(caught.value)
    assert str(caught.value).startswith("wbcheck.toml:2:")
