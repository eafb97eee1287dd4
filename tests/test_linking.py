"""Models of a project linked: what imported names hold and do, from the files that they are in."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from projects import found

from wbcheck.engine import Request, check, search
from wbcheck.engine.analysis import Analysis, pack, unpack
from wbcheck.files import discover
from wbcheck.model.exports import Constant, Context, Export, Exports, Fields, Helper, Taken
from wbcheck.model.values import Mapping, Number, ObjectKind, Ref, Text, Unknown, Why
from wbcheck.ruleset import Wish
from wbcheck.selection import Layer
from wbcheck.settings import load
from wbcheck.source import read_unit
from wbcheck.syntax.build import build_in

Write = Callable[[str, str], Path]


def exports(code: str, *wanted: str) -> Exports:
    unit = read_unit("a.py", code.encode())
    return build_in(Context(wanted=frozenset(wanted or {"*"}), anyway=True), unit)[1]


@pytest.fixture(autouse=True)
def root(write: Write, project: Path) -> Path:
    write("pyproject.toml", "")
    return project


# What a file holds


def test_constants_are_exported_without_places() -> None:
    held = exports("A = 'x'\nB = {'lr': 0.1}\nC = f'{A}-y'\n")
    first, second, third = held["A"], held["B"], held["C"]
    assert isinstance(first, Constant)
    assert isinstance(first.value, Text)
    assert first.value.constant == "x"
    assert first.value.span is None
    assert all(piece.span is None for piece in first.value.pieces)
    assert isinstance(second, Constant)
    assert isinstance(second.value, Mapping)
    entry = second.value.find("lr")
    assert entry is not None
    assert isinstance(entry.value, Number)
    assert entry.span is None
    assert isinstance(third, Constant)
    assert isinstance(third.value, Text)
    assert third.value.constant == "x-y"


@pytest.mark.parametrize(
    "code",
    [
        "A = compute()",
        "A = 'x'\ndef f():\n    global A\n    A = 'y'",
        "for A in things: pass",
        "import numpy as A",
    ],
)
def test_what_is_not_certain_is_not_exported(code: str) -> None:
    assert "A" not in exports(code)


def test_a_name_set_under_a_condition_may_be_either() -> None:
    held = exports("import sys\nif sys.argv:\n    A = 'x'\nelse:\n    A = 'y'\n")["A"]
    assert isinstance(held, Constant)
    assert type(held.value).__name__ == "OneOf"


def test_a_helper_gives_back_what_it_is_given() -> None:
    helper = exports("def f(prefix, loss, n=3):\n    return {f'{prefix}/loss': loss, 'n': n}\n")["f"]
    assert isinstance(helper, Helper)
    assert isinstance(helper.result, Mapping)
    key, _ = (entry.key for entry in helper.result.entries)
    assert isinstance(key, Text)
    assert key.skeleton == "{}/loss"
    hole = next(key.holes).value
    assert isinstance(hole, Unknown)
    assert (hole.why, hole.name) == (Why.PARAMETER, "prefix")
    assert [parameter.name for parameter in helper.parameters] == ["prefix", "loss", "n"]
    assert isinstance(helper.parameters[2].default, Number)


def test_a_helper_that_starts_a_run() -> None:
    helper = exports("import wandb\ndef start(cfg):\n    return wandb.init(config=cfg)\n")["start"]
    assert isinstance(helper, Helper)
    assert helper.runs == ("no",)
    assert helper.result == helper.active == Ref(None, ObjectKind.RUN, 0)


def test_helpers_of_helpers() -> None:
    helper = exports(
        "import wandb\ndef inner(p):\n    return wandb.init(project=p)\ndef outer():\n    run = inner('x')\n"
        "    run.config.update({})\n    return run\n",
        "outer",
    )["outer"]
    assert isinstance(helper, Helper)
    assert helper.runs == ("no",)


@pytest.mark.parametrize(
    "code",
    ["def f(n):\n    return f(n - 1)", "async def f():\n    return {}", "@odd\ndef f():\n    return {}"],
)
def test_what_cannot_be_told_is_no_helper(code: str) -> None:
    assert "f" not in exports(code)


def test_a_dataclass_is_its_fields() -> None:
    code = "from dataclasses import dataclass\n@dataclass\nclass C:\n    lr: float = 0.1\n    n: int\n"
    fields = exports(code)["C"]
    assert isinstance(fields, Fields)
    assert [name for name, _ in fields.fields] == ["lr", "n"]


# What it means to those that import


CONFIG = 'PROJECT = "my_project"\nBASE = {"lr": 0.1, "bs": 3}\ndef build(n):\n    return {**BASE, "n": n}\n'
TRACKING = """
    import wandb

    def start_run(config, job_type="train"):
        run = wandb.init(project="texts", job_type=job_type, config=config)
        return run

    def prefixed(prefix, loss):
        return {f"{prefix}_loss": loss}
"""


@pytest.mark.parametrize(
    ("imported", "name"),
    [
        ("from config import PROJECT", "PROJECT"),
        ("from config import PROJECT as P", "P"),
        ("import config", "config.PROJECT"),
        ("import config as c", "c.PROJECT"),
        ("from config import *", "PROJECT"),
        ("def f():\n    pass\nfrom config import (\n    PROJECT,\n)", "PROJECT"),
    ],
)
def test_constants_of_other_files(write: Write, imported: str, name: str) -> None:
    write("config.py", CONFIG)
    write("train.py", f"import wandb\n{imported}\nwandb.init(project={name})\n")
    rows = len(imported.split("\n")) + 2
    assert found(select="WB113") == [f"train.py:{rows} WB113"]
    assert found(select="WB113", project=False) == []


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_and_marks_do_not_matter(project: Path, mark: str, end: str) -> None:
    text = f"{mark}from config import OTHER, \\\n    PROJECT\nimport wandb\nwandb.init(project=PROJECT)\n"
    for name, content in (("config.py", CONFIG), ("train.py", text)):
        (project / name).write_bytes(content.replace("\n", end).encode())
    assert found(select="WB113") == ["train.py:4 WB113"]


def test_a_name_that_a_package_hands_on(write: Write) -> None:
    write("lib/__init__.py", "from .deep import *\nfrom .names import PROJECT\n")
    write("lib/names.py", "from .base import PROJECT\n")
    write("lib/base.py", 'PROJECT = "my_project"\n')
    write("lib/deep/__init__.py", "")
    write("train.py", "import wandb\nfrom lib import PROJECT\nwandb.init(project=PROJECT)\n")
    assert found(select="WB113") == ["train.py:3 WB113"]


def test_only_the_given_files_are_reported_on(write: Write) -> None:
    write("tracking.py", 'import wandb\nPROJECT = "my_project"\nwandb.init(project=PROJECT)\n')
    write("train.py", "import wandb\nfrom tracking import PROJECT\nwandb.init(project=PROJECT)\n")
    assert found("train.py", select="WB113") == ["train.py:3 WB113"]


def test_what_given_files_import_counts_among_the_facts(write: Write) -> None:
    write("settings.py", "import os\nos.environ['WANDB_PROJECT'] = 'texts'\nos.environ['WANDB_TAGS'] = 'a'\n")
    write("train.py", "import wandb\nimport settings\nwandb.init(name='exp-3')\n")
    assert found("train.py", select="WB110") == found("train.py", "settings.py", select="WB110") == []
    assert found("train.py", select="WB110", project=False) == ["train.py:3 WB110"]


def test_constants_of_a_file_that_names_it_and_imports_nothing_of_it(write: Write) -> None:
    write("settings.py", "WANDB_PROJECT = 'my_texts'\nNAME = 'my_run'\n")
    write("train.py", "import settings\nimport wandb\nrun = wandb.init(name=settings.NAME)\n")
    write("broken.py", "WANDB = (\n")
    write("other.py", "import wandb\nfrom broken import WANDB\nrun = wandb.init(name=WANDB)\n")
    assert found(select="WB101,WB001") == ["train.py:3 WB101"]


def test_dicts_that_helpers_build(write: Write) -> None:
    write("config.py", CONFIG)
    write("train.py", "import wandb\nfrom config import build\nwandb.init(config=build(3))\n")
    assert found(select="WB202") == ["train.py:3 WB202"]


def test_a_run_that_a_helper_starts(write: Write) -> None:
    write("tracking.py", TRACKING)
    write(
        "train.py",
        """
        import wandb
        from tracking import prefixed, start_run

        run = start_run({"a": 1})
        run.log(prefixed("train", 0.3))
        run.finish()
        run.log({"train/loss": 0.1})
        """,
    )
    assert found("train.py", select="WB301,WB605,WB102") == ["train.py:5 WB301", "train.py:7 WB605"]


def test_a_run_that_a_helper_starts_for_a_file_of_its_own_level(write: Write) -> None:
    write("tracking.py", TRACKING)
    write("more.py", "import wandb\nfrom tracking import start_run\ndef begin():\n    return start_run({})\n")
    write("train.py", "import wandb\nimport more\nrun = more.begin()\nrun.finish()\nrun.log({'a/b': 1})\n")
    assert found("train.py", select="WB605") == ["train.py:5 WB605"]


def test_a_run_that_is_left_active(write: Write) -> None:
    write("tracking.py", "import wandb\ndef setup():\n    wandb.init(project='a')\n")
    write("train.py", "import wandb\nfrom tracking import setup\nsetup()\nwandb.log({'a/b': 1})\n")
    assert found("train.py", select="WB601,WB602,WB603") == []


def test_wandb_itself_is_imported_through_another_file(write: Write) -> None:
    write("tracking.py", "import wandb\n\ndef helper(): ...\n")
    write("train.py", "from tracking import (\n    helper,\n    wandb,\n)\nwandb.init(project='my_texts')\n")
    assert found(select="WB113") == ["train.py:5 WB113"]


def test_what_tests_call_where_something_stands_in_for_wandb(write: Write) -> None:
    test = "import wandb\n\ndef test_it():\n    wandb.init(project='a/b')\n"
    write("tests/unit/test_a.py", test)
    write("other/test_b.py", test)
    write(
        "tests/conftest.py",
        "import wandb\n\ndef off(monkeypatch):\n    monkeypatch.setattr(wandb, 'init', print)\n",
    )
    assert found(select="WB117") == ["other/test_b.py:4 WB117"]


HELPERS = """
    import contextlib
    import wandb

    @contextlib.contextmanager
    def session(name):
        with wandb.init(project="texts", name=name) as run:
            yield run

    def quiet():
        return wandb.init(mode="disabled")

    def stop():
        wandb.finish()

    def whole():
        run = wandb.init(project="texts")
        run.finish()
        return run

    def maybe(flag):
        return wandb.init(project="texts") if flag else None
"""


@pytest.mark.parametrize(
    ("code", "is_used_after_its_end"),
    [
        ("with helpers.session('a') as run:\n    run.log({'a/b': 1})\nrun.log({'a/b': 1})", True),
        ("with helpers.session('a') as run:\n    run.log({'a/b': 1})", False),
        ("run = helpers.whole()\nrun.log({'a/b': 1})", True),
        ("run = helpers.quiet()\nrun.finish()\nrun.log({'a/b': 1})", False),
        ("run = wandb.init()\nhelpers.stop()\nrun.log({'a/b': 1})", False),
        ("run = helpers.maybe(3)\nif run:\n    run.finish()\n    run.log({'a/b': 1})", True),
        ("run = helpers.session\nrun.log({'a/b': 1})", False),
    ],
)
def test_what_has_become_of_a_run(write: Write, code: str, is_used_after_its_end: bool) -> None:
    write("helpers.py", HELPERS)
    write("train.py", f"import wandb\nimport helpers\n{code}\n")
    assert bool(found("train.py", select="WB605")) is is_used_after_its_end


def test_what_stands_elsewhere_is_not_mended_here(write: Write) -> None:
    write("config.py", CONFIG)
    write("train.py", "import wandb\nfrom config import PROJECT\nwandb.init(project=PROJECT)\n")
    resolver = load(None, isolated=True)
    files = discover(("train.py",), resolver.for_file).files
    wish = Wish(layer=Layer(("WB113",), (), ()))
    (only,) = check(Request(files=files, settings_for=resolver.for_file, wish=wish)).diagnostics
    assert only.fix is None


def test_imports_in_a_circle_end(write: Write) -> None:
    write(
        "one.py",
        "import wandb\nfrom two import B, f\nA = 'a'\ndef g():\n    f()\nwandb.init(project=B)\n",
    )
    write("two.py", "import wandb\nfrom one import A, g\nB = 'b_c'\ndef f():\n    return g()\n")
    assert found(select="WB113") == ["one.py:6 WB113"]


def test_a_name_that_may_not_be_there_is_unknown(write: Write) -> None:
    write("config.py", CONFIG)
    write(
        "train.py",
        """
        import wandb

        try:
            from config import PROJECT
        except ImportError:
            PROJECT = "texts"
        wandb.init(project=PROJECT, name=MISSING)
        """,
    )
    assert found(select="WB101") == []


def test_imports_of_what_is_nowhere_are_unknown(write: Write) -> None:
    write(
        "train.py",
        """
        import wandb
        from . import gone
        from .....far import PROJECT
        from nowhere import *
        from gone.deeper import start

        run = start()
        wandb.init(project=PROJECT, name=gone.NAME, config=MISSING)
        gone.log(run, "train_loss")
        wandb.init(project="my_project")
        """,
    )
    assert found(select="WB101,WB113,WB202,WB301") == ["train.py:10 WB113"]


def test_a_wrong_configuration_beside_what_is_checked(write: Write) -> None:
    write("lib/wbcheck.toml", "nonsense = 3\n")
    write("lib/names.py", 'PROJECT = "my_project"\n')
    write("train.py", "import wandb\nfrom lib.names import PROJECT\nwandb.init(project=PROJECT)\n")
    resolver = load(None)
    files = discover(("train.py",), resolver.for_file).files
    wish = Wish(layer=Layer(("WB113",), (), ()))
    assert check(Request(files=files, settings_for=resolver.for_file, wish=wish)).diagnostics


def test_a_file_that_cannot_be_parsed_says_nothing(write: Write) -> None:
    write("config.py", 'PROJECT = "my_project"\ndef (\n')
    write("train.py", "import wandb\nfrom config import PROJECT\nwandb.init(project=PROJECT)\n")
    assert found(select="all") == found(select="all", project=False)


def test_the_answer_does_not_depend_on_the_workers(write: Write) -> None:
    write("config.py", CONFIG)
    write("tracking.py", TRACKING)
    for number in range(12):
        write(
            f"train{number}.py",
            """
            import wandb
            from config import PROJECT
            from tracking import start_run

            run = start_run({})
            run.finish()
            run.log({PROJECT: 1})
            """,
        )
    assert found(jobs=1) == found(jobs=3)
    assert sum(each.endswith("WB605") for each in found(jobs=3)) == 12


def test_a_notebook_imports_too(write: Write) -> None:
    write("config.py", CONFIG)
    write(
        "a.ipynb",
        '{"cells": [{"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": null, "source": '
        '["import wandb\\n", "from config import PROJECT\\n", "wandb.init(project=PROJECT)"]}], '
        '"metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
    )
    assert found(select="WB113") == ["a.ipynb:3 WB113"]


def test_by_itself_a_file_is_all_that_is_read(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write("train.py", "import wandb\nimport config\nwandb.init(project=config.PROJECT)\n")
    write("config.py", CONFIG)
    read: list[str] = []
    real = os.open

    def opened(path: str, *rest: int) -> int:
        read.append(str(path))
        return real(path, *rest)

    monkeypatch.setattr(os, "open", opened)
    found("train.py", project=False)
    assert not any("config.py" in path for path in read)


# Files that do not mention W&B


STARTER = """
    import wandb

    def start_run(**more):
        return wandb.init(project="texts", **more)

    RUN = wandb.init(project="texts")
"""
ENDED = "run.finish()\nrun.log({'a/b': 1})\n"


@pytest.mark.parametrize(
    "imported",
    [
        "from acme.track import start_run\nrun = start_run()\n",
        "from acme.track import start_run as begin\nrun = begin(name='a')\n",
        "import acme.track\nrun = acme.track.start_run()\n",
        "from acme import track\nrun = track.start_run()\n",
        "from acme.track import *\nrun = start_run()\n",
        "from acme import start_run\nrun = start_run()\n",
        "from acme import begin\nrun = begin()\n",
    ],
)
def test_a_run_in_a_file_that_does_not_mention_it(write: Write, imported: str) -> None:
    write("acme/__init__.py", "from .track import start_run, start_run as begin\n")
    write("acme/track.py", STARTER)
    write("train.py", f"{imported}{ENDED}")
    assert found(select="WB605") == ["train.py:4 WB605"]
    assert found(select="WB605", project=False) == []


def test_a_named_file_that_does_not_mention_it(write: Write) -> None:
    write("acme/__init__.py", "from .track import start_run\n")
    write("acme/track.py", STARTER)
    write("train.py", f"from acme import start_run\nrun = start_run()\n{ENDED}")
    assert found("train.py", select="WB605") == ["train.py:4 WB605"]


def test_a_run_that_another_file_holds(write: Write) -> None:
    write("track.py", STARTER)
    write("train.py", "import track\ntrack.RUN.log({'train_loss': 1})\n")
    assert found(select="WB301") == ["train.py:2 WB301"]


@pytest.mark.parametrize(
    "code",
    [
        "from acme.other import start_run\nrun = start_run()\n",
        "from elsewhere.track import start_run\nrun = start_run()\n",
        "from acme.track import name\nrun = name()\n",
        "# from acme.track import start_run\nrun = start_run()\n",
    ],
)
def test_files_that_have_no_run_from_others(write: Write, code: str) -> None:
    write("acme/track.py", STARTER + "    def name():\n        return 'a'\n")
    write("acme/other.py", "def start_run():\n    return None\n")
    write("train.py", f"{code}{ENDED}")
    assert found(select="WB605") == []


def test_what_several_files_ask_of_one(write: Write) -> None:
    write("config.py", CONFIG)
    for name in "abc":
        write(
            f"{name}.py",
            "import wandb\nimport config\nproject = config.PROJECT\nwandb.init(project=project)\n",
        )
    assert found(select="WB113") == ["a.py:4 WB113", "b.py:4 WB113", "c.py:4 WB113"]


# The rest of the project


USES = "import wandb\nwith wandb.init() as run:\n    run.use_artifact('mails:v1')\n"
LOGS = (
    "import wandb\nwith wandb.init() as run:\n    run.log_artifact('a.csv', name='mails', type='dataset')\n"
)


def test_the_rest_of_the_project_counts_where_files_are_named(write: Write) -> None:
    write("steps/uses.py", USES)
    assert found("steps/uses.py", select="WB507") == ["steps/uses.py:3 WB507"]
    assert found("steps/uses.py", select="WB507", project=False) == []
    write("data/logs.py", LOGS)
    assert found("steps/uses.py", select="WB507") == []
    assert found("steps/uses.py", select="all") == [
        each for each in found(select="all") if each.startswith("steps/")
    ]


def test_what_is_excluded_is_no_rest(write: Write) -> None:
    write("uses.py", USES)
    write("build/logs.py", LOGS)
    assert found("uses.py", select="WB507") == ["uses.py:3 WB507"]


def test_of_a_large_project_the_nearest_files_are_read(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write("a/b/near.py", "import os\nos.environ['WANDB_PROJECT'] = 'texts'\n")
    write("c/d/far.py", LOGS)
    write("a/b/uses.py", USES)
    monkeypatch.setattr(search, "MOST_AROUND", len(LOGS))
    assert found("a/b/uses.py", select="WB110,WB507", project=True) == ["a/b/uses.py:2 WB110"]


def test_facts_of_one_project_are_none_of_another(write: Write) -> None:
    write("one/pyproject.toml", "")
    write("two/setup.py", "")
    write("pyproject.toml", "").unlink()
    write("one/a.py", "import os\nos.environ['WANDB_RUN_GROUP'] = 'a'\n")
    write("two/b.py", "import wandb\nwandb.init(project='a', name='exp-3')\n")
    assert found(select="WB106") == ["two/b.py:2 WB106"]
    write("two/a.py", "import os\nos.environ['WANDB_RUN_GROUP'] = 'a'\n")
    assert found(select="WB106") == []


def test_what_lies_below_files_of_no_project_belongs_to_them(write: Write) -> None:
    write("pyproject.toml", "").unlink()
    write("steps/setup.py", "")
    write("steps/train.py", "import wandb\nwandb.init(project='a', name='exp-3')\n")
    write("main.py", "import os\nos.environ['WANDB_RUN_GROUP'] = 'a'\n")
    assert found(select="WB106") == []


# Runs that other files are given


TRACK = """
    import wandb

    def report(run, prefix, values, step=None):
        run.log({f"{prefix}/loss": values, "own_key": 1}, step=step)

    def log(values):
        wandb.log(values)

    def keep(run: wandb.Run, name, kind, path):
        artifact = wandb.Artifact(name, type=kind)
        artifact.add_file(path)
        run.log_artifact(artifact)

    def fetch(run, reference):
        return run.use_artifact(reference).download()

    def stop(run):
        run.finish()

    def maybe_stop(run, flag):
        if flag:
            run.finish()

    def both(run, values):
        report(run, "train", values)
        run.define_metric("epoch")

    def hand_on(run):
        elsewhere(run)
"""
PLAIN = """
    from track import stop

    def tell(run, prefix, value):
        run.log({f"{prefix}": value})

    def end(run):
        stop(run)
"""


def deeds(helper: Export) -> list[str]:
    assert isinstance(helper, Helper)
    return [type(each).__name__ for each in helper.does]


def test_what_a_function_does_to_the_run_that_it_is_given() -> None:
    held = exports(textwrap.dedent(TRACK))
    told = {name: deeds(helper) for name, helper in held.items() if name != "wandb"}
    assert told["report"] == ["Log"]
    assert told["keep"] == ["ArtifactMade", "ArtifactLogged"]
    assert told["both"] == ["Log", "DefineMetric"]
    assert told["hand_on"] == ["Escape"]
    stop, maybe = held["stop"], held["maybe_stop"]
    assert isinstance(stop, Helper)
    assert isinstance(maybe, Helper)
    assert stop.takes == (Taken("run", "yes"),)
    assert maybe.takes == (Taken("run", "unknown"),)


def test_exports_are_sent_between_processes() -> None:
    held = exports(textwrap.dedent(TRACK))
    assert unpack(pack(Analysis(None, (), held))).exports == held


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("track.stop(run)\nrun.log({'a/b': 1})", "train.py:6 WB605"),
        ("track.stop(run)\ntrack.report(run, 'train', 1)", "train.py:6 WB605"),
        ("track.stop(run=run)\ntrack.report(run, 'train', 1)", "train.py:6 WB605"),
        ("plain.end(run)\nrun.log({'a/b': 1})", "train.py:6 WB605"),
        ("track.log({'train_loss': 1})", "train.py:5 WB301"),
        ("plain.tell(run, 'train_loss', 1)", "train.py:5 WB301"),
        ("track.keep(run, 'my_data', 'dataset', 'a.csv')", "train.py:5 WB401"),
    ],
)
def test_what_is_told_at_the_call(write: Write, code: str, expected: str) -> None:
    write("track.py", TRACK)
    write("plain.py", PLAIN)
    write("train.py", f"import plain\nimport track\nimport wandb\nrun = wandb.init()\n{code}\n")
    assert [each for each in found(select="WB605,WB301,WB401") if each.startswith("train")] == [expected]
    assert not any("train" in each for each in found(select="WB605,WB301,WB401", project=False))


@pytest.mark.parametrize(
    "code",
    [
        "track.maybe_stop(run, 1)\nrun.log({'a/b': 1})",
        "track.stop(other)\nrun.log({'a/b': 1})",
        "track.stop(*runs)\nrun.log({'a/b': 1})",
        "track.report(run, 'train', 1)",
        "track.report(logger, 'train_x', 1)",
        "track.log(values)",
        "track.keep(run, name, 'dataset', 'a.csv')",
        "track.keep(run, f'data-{name}', 'dataset', 'a.csv')",
    ],
)
def test_what_others_do_and_is_none_of_the_callers_faults(write: Write, code: str) -> None:
    write("track.py", TRACK)
    write("train.py", f"import track\nimport wandb\nrun = wandb.init()\n{code}\n")
    assert not any(each.startswith("train") for each in found(select="WB605,WB301,WB401"))


@pytest.mark.parametrize(
    ("call", "lacks"),
    [
        ("track.report(run, 'train', 1)", True),
        ("track.fetch(run, 'mails:v1')", False),
        ("track.hand_on(run)", False),
    ],
)
def test_inputs_that_others_declare(write: Write, call: str, lacks: bool) -> None:
    write("track.py", TRACK)
    name = call.partition("(")[0].partition(".")[2]
    write(
        "train.py",
        f"""
        import wandb
        from track import {name}

        run = wandb.init(project="a", job_type="train")
        {call.partition(".")[2]}
        run.log_artifact("a.csv", name="a", type="dataset")
        """,
    )
    assert found("train.py", select="WB501") == (["train.py:6 WB501"] if lacks else [])


def test_namespaces_that_others_are_given(write: Write) -> None:
    write("track.py", TRACK)
    for name, prefix in (("a", "val"), ("b", "val"), ("c", "validation")):
        write(
            f"{name}.py",
            f"""
            import track
            import wandb

            run = wandb.init(project="a")
            track.report(run, "{prefix}", 1)
            """,
        )
    assert found(select="WB304") == ["c.py:5 WB304"]


STARTERS = """
import wandb

def start(name=None, job_type=None, project="texts"):
    return wandb.init(project=project, name=name, job_type=job_type, config={"params": {"lr": 1}})

def renamed(name=None):
    run = wandb.init(project="texts", name=name, job_type="train", config={"params": {"lr": 1}})
    if name is None:
        run.name = f"train-{run.id}"
    return run

def chosen(name=None):
    name = name or draw()
    return wandb.init(project="texts", name=name, job_type="train", config={"params": {"lr": 1}})

def prefixed(name):
    return wandb.init(project="texts", name=f"my_{name}", job_type="train", config={"params": {"lr": 1}})
"""


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("start('my_run', 'train')", ["train.py:3 WB101"]),
        ("start('a-b', 'train', project='my_texts')", ["train.py:3 WB113"]),
        ("start(job_type='train')", ["train.py:3 WB102"]),
        ("start('a-b', None)", ["train.py:3 WB102"]),
        ("start('a-b', 'train')", []),
        ("start(**options)", []),
        ("start(*words)", []),
        ("renamed()", []),
        ("chosen()", []),
        ("chosen('my_run')", ["train.py:3 WB101"]),
        ("prefixed('a-b')", []),
    ],
)
def test_what_a_run_is_told_that_another_file_starts(write: Write, call: str, expected: list[str]) -> None:
    write("track.py", STARTERS)
    write(
        "train.py", f"from options import options, words\nfrom track import *\nrun = {call}\nrun.finish()\n"
    )
    asked = "WB101,WB102,WB113"
    assert [each for each in found(select=asked) if each.startswith("train")] == expected


def test_a_name_that_is_given_to_a_run_afterwards(write: Write) -> None:
    write("track.py", STARTERS)
    write("train.py", "from track import start\nrun = start(None, 'train')\nrun.name = 'a-b'\nrun.finish()\n")
    assert found(select="WB102") == []


def test_types_that_others_are_given(write: Write) -> None:
    write("track.py", TRACK)
    for name, kind in (("a", "dataset"), ("b", "dataset"), ("c", "data")):
        write(
            f"{name}.py",
            f"""
            import track
            import wandb

            run = wandb.init(project="a")
            track.keep(run, "mails", "{kind}", "mails.csv")
            """,
        )
    assert found(select="WB412") == ["c.py:5 WB412"]


def test_an_axis_that_another_file_logs(write: Write) -> None:
    write("track.py", "import wandb\ndef tick(run, name, n):\n    run.log({name: n})\n")
    code = """
        import wandb
        from track import tick

        run = wandb.init(project="a")
        run.define_metric("train/*", step_metric="epoch")
        run.log({{"train/loss": 1}})
        tick(run, "{name}", 1)
        """
    write("train.py", code.format(name="epoch"))
    assert found("train.py", select="WB317") == []
    write("train.py", code.format(name="epochs"))
    assert found("train.py", select="WB317") == ["train.py:5 WB317"]


CONFIGS = """
    import wandb

    def defaults():
        return {"params": {"lr": 0.1, "batch_size": 32}}

    def start():
        return wandb.init(project="texts", config=defaults())

    def rate(run):
        return run.config["params"]["lr"]

    def wrong(run):
        return run.config.params.lr
    """


def test_keys_of_a_config_that_another_file_makes(write: Write) -> None:
    write("configs.py", CONFIGS)
    write(
        "train.py",
        """
        import wandb
        from configs import defaults

        with wandb.init(project="texts", config=defaults()) as run:
            print(run.config["params"]["batchsize"])
            print(run.config["params"]["batch_size"])
            print(run.config.params.lr)
        """,
    )
    assert found("train.py", select="WB207,WB209") == ["train.py:5 WB207", "train.py:7 WB209"]
    assert found("train.py", select="WB207,WB209", project=False) == ["train.py:7 WB209"]


def test_a_nested_value_that_another_file_reads_as_an_attribute(write: Write) -> None:
    write("configs.py", CONFIGS)
    write(
        "train.py",
        """
        import wandb
        from configs import rate, wrong

        with wandb.init(project="texts", config={"params": {"lr": 0.1}}) as run:
            print(rate(run), wrong(run))
        """,
    )
    assert found("train.py", select="WB207,WB209") == []


def test_a_variable_that_is_set_when_another_file_has_started_the_run(write: Write) -> None:
    write("configs.py", CONFIGS)
    code = """
        import os
        from configs import start

        {before}
        run = start()
        {after}
        run.log({{"train/loss": 1}})
        """
    setting = 'os.environ["WANDB_PROJECT"] = "texts"'
    write("train.py", code.format(before="", after=setting))
    late = found("train.py", select="WB612")
    write("train.py", code.format(before=setting, after=""))
    assert (late, found("train.py", select="WB612")) == (["train.py:6 WB612"], [])


def test_a_key_that_begins_at_the_caller(write: Write) -> None:
    write("report.py", "def report(run, prefix, loss):\n    run.log({f'{prefix}loss': loss})\n")
    write(
        "train.py",
        """
        import wandb
        from names import PREFIX
        from report import report

        with wandb.init(project="texts", job_type="train") as run:
            report(run, "train_", 0.1)
            report(run, "train/", 0.1)
            report(run, "", 0.1)
            report(run, PREFIX, 0.1)
        """,
    )
    write("names.py", "PREFIX = 'eval_'\n")
    assert found("train.py", select="WB301") == ["train.py:6 WB301"]
    assert found("train.py", select="WB301", project=False) == []
