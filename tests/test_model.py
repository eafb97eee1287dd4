"""What the walk makes of code: the model's words, held against small programs."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

import wbcheck.syntax.walker as walker_module
from wbcheck.model.blocks import BlockKind
from wbcheck.model.describe import describe, show
from wbcheck.model.events import (
    ApiCall,
    ArtifactCall,
    ArtifactChanged,
    ArtifactLogged,
    ArtifactMade,
    ArtifactUsed,
    ConfigRead,
    ConfigWrite,
    EnvironmentSet,
    Escape,
    Finish,
    LocalCall,
    Log,
    MediaMade,
    RunAttribute,
    RunStart,
    ShellRun,
    SummaryWrite,
    TableCall,
    TableMade,
    TrainerCall,
    TrainerMade,
    TrainingArguments,
    TrainingArgumentsSet,
    Via,
)
from wbcheck.model.flow import exclusive, precedes, same_pass
from wbcheck.model.model import Model, decode, encode
from wbcheck.model.values import Items, Kind, Mapping, ObjectKind, Ref, Text, Tri, Unknown, Why
from wbcheck.source import SourceError, read_unit
from wbcheck.syntax import build

FIXTURES = Path(__file__).parent.parent / "fixtures"


def model(code: str, path: str = "a.py") -> Model:
    return build(read_unit(path, dedent(code).encode()))


def notebook(*cells: str) -> Model:
    document = {
        "cells": [
            {
                "cell_type": "code",
                "metadata": {},
                "outputs": [],
                "execution_count": None,
                "source": dedent(cell),
            }
            for cell in cells
        ],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return build(read_unit("a.ipynb", json.dumps(document).encode()))


def start(found: Model) -> RunStart:
    return next(found.each(RunStart))


def log(found: Model, number: int = 0) -> Log:
    return list(found.each(Log))[number]


def keys(event: Log) -> list[str]:
    assert isinstance(event.data, Mapping)
    return [show(entry.key) for entry in event.data.entries]


# --- binding ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    [
        "import wandb\nwandb.init()",
        "import wandb as wb\nwb.init()",
        "from wandb import init\ninit()",
        "from wandb import init as begin\nbegin()",
        "import wandb.sdk\nwandb.init()",
        "try:\n    import wandb\nexcept ImportError:\n    wandb = None\nif wandb:\n    wandb.init()",
        "def f():\n    import wandb\n    wandb.init()",
        "wandb = None\ndef f():\n    global wandb\n    import wandb\nf()\nwandb.init()",
        "import wandb\nstart = wandb.init\nstart()",
        "\fimport wandb\nwandb.init()",
        "try: import wandb\nexcept ImportError: wandb = None\nwandb.init()",
        "x = 1; import wandb; wandb.init()",
        "import functools, wandb\nstart = functools.partial(wandb.init, project='p')\nstart()",
        (
            "class T:\n    def __init__(self):\n        import wandb\n        self.wandb = wandb\n"
            "    def go(self):\n        self.wandb.init()"
        ),
        "import os, \\\n    wandb as wb\nwb.init()",
        "from wandb import (\n    Table,\n    init,\n)\ninit()",
        "import wandb\nwanted and wandb.init()",
    ],
)
def test_a_run_starts_however_wandb_is_bound(code: str) -> None:
    assert len(list(model(code).each(RunStart))) == 1


@pytest.mark.parametrize(
    "code",
    [
        "wandb.init()",
        "def f(wandb):\n    wandb.init()",
        "from volcengine import wandb\nwandb.init()",
        "import wandb\nclass wandb:\n    @staticmethod\n    def init(): ...\nwandb.init()",
        "text = 'wandb.init()'",
        "import mlflow as run\nrun.log({'a': 1})",
        "import wandb\nimport neptune\nrun = neptune.init_run()\nrun.log({'a': 1})",
        "import wandb\nwandb.init = lambda *a: None",
    ],
)
def test_what_is_not_wandb_says_nothing(code: str) -> None:
    found = model(code)
    assert not list(found.each(RunStart))
    assert not list(found.each(Log))


# --- runs ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    [
        "run = wandb.init()\nrun.log({'a': 1})",
        "wandb.init()\nwandb.log({'a': 1})",
        "wandb.init()\nwandb.run.log({'a': 1})",
        "with wandb.init() as run:\n    run.log({'a': 1})",
        "with wandb.init():\n    wandb.log({'a': 1})",
        "run = wandb.init() if x else None\nrun.log({'a': 1})",
        "run = wandb.run or wandb.init()\nwandb.init()\nwandb.log({'a': 1})",
        "def go(r):\n    r.log({'a': 1})\ngo(wandb.init())",
        "def make():\n    return wandb.init()\nmake().log({'a': 1})",
        "def main():\n    wandb.init()\n    inner()\ndef inner():\n    wandb.log({'a': 1})\nmain()",
        (
            "class T:\n    def __init__(self):\n        self.run = wandb.init()\n"
            "    def go(self):\n        self.run.log({'a': 1})"
        ),
        (
            "class T:\n    def go(self):\n        self.run.log({'a': 1})\n"
            "    def setup(self):\n        self.run = wandb.init()"
        ),
        "run = wandb.init()\nemit = run.log\nemit({'a': 1})",
        "if (run := wandb.init()):\n    run.log({'a': 1})",
        "from lightning.pytorch.loggers import WandbLogger\nx = WandbLogger()\nx.experiment.log({'a': 1})",
    ],
)
def test_a_log_knows_its_run(code: str) -> None:
    found = model("import wandb\n" + code)
    event = log(found)
    assert event.run is not None
    assert found.runs[event.run].start >= 0


@pytest.mark.parametrize("other", ["wandb", "Quiet()"])
def test_a_call_of_one_of_two_is_not_certain(other: str) -> None:
    code = """
        import wandb

        class Quiet:
            def __init__(self):
                self.log = print

        first = wandb.init(project="p")
        second = wandb.init(project="p", reinit="create_new")
        run = OTHER if input() else second
        run.log({"a": 1})
    """
    event = log(model(code.replace("OTHER", other)))
    assert not event.sure
    assert 1 in event.runs


@pytest.mark.parametrize(
    "line",
    [
        "self.log = functools.partial(self.log, 3)",
        "self.log = self.log",
        "self.log = wrap(self.log) if input() else self.log",
        "Tracker.__call__ = self",
    ],
)
def test_an_attribute_that_leads_to_itself(line: str) -> None:
    code = f"""
        import functools
        import wandb

        class Tracker:
            def __init__(self):
                self.run = wandb.init(project="p")
                {line}

            def log(self, step, data=None):
                self.run.log({{"loss": step}})

        tracker = Tracker()
        tracker.log(3)
        tracker()
    """
    assert show(log(model(code)).data) == "{'loss': 3}"


def test_a_run_that_a_caller_may_hold_is_not_told() -> None:
    found = model(
        """
        import wandb
        def train(run: "wandb.Run"):
            run.log({"a": 1})
            wandb.log({"b": 1})
        """
    )
    assert [event.run for event in found.each(Log)] == [None, None]


def test_two_runs_by_branch_are_both_possible() -> None:
    found = model("import wandb\nif x:\n    r = wandb.init()\nelse:\n    r = wandb.init()\nr.log({'a': 1})")
    assert log(found).runs == (0, 1)
    assert log(found).run is None


def test_the_life_of_a_run() -> None:
    found = model(
        """
        import wandb
        run = wandb.init()
        run.log({"a": 1})
        if x:
            run.finish()
        run.log({"b": 1})
        run.finish()
        run.log({"c": 1})
        """
    )
    assert [event.finished for event in found.each(Log)] == [Tri.NO, Tri.UNKNOWN, Tri.YES]


def test_what_a_helper_makes_anew_is_another_object() -> None:
    found = model(
        """
        import wandb
        def make():
            return wandb.Table(columns=["a"])
        def pair():
            return wandb.Table(columns=["b"])
        def main():
            one = make()
            two = make()
            wandb.log({"two": two})
            one.add_data(1)
            two.add_data(2)
            left, right = pair(), pair()
            wandb.log({"left": left})
            right.add_data(3)
        main()
        """
    )
    logged = [(call.receiver, call.logged) for call in found.each(TableCall)]
    assert logged == [
        (Ref(None, ObjectKind.TABLE), Tri.UNKNOWN),
        (Ref(None, ObjectKind.TABLE, 0), Tri.YES),
        (Ref(None, ObjectKind.TABLE), Tri.UNKNOWN),
    ]


def test_leaving_the_with_finishes_the_run() -> None:
    found = model("import wandb\nwith wandb.init() as run:\n    pass\nrun.log({'a': 1})")
    assert log(found).finished is Tri.YES
    assert next(found.each(Finish)).with_exit


def test_a_second_start_knows_the_first() -> None:
    found = model("import wandb\nwandb.init()\nwandb.init()\nwandb.finish()\nwandb.init()")
    assert [(event.active, event.previous) for event in found.each(RunStart)] == [
        (Tri.NO, None),
        (Tri.YES, 0),
        (Tri.NO, None),
    ]


STARTERS = """
import wandb
from contextlib import closing
from functools import cache
def go():
    wandb.init()
@cache
def kept():
    return wandb.init()
class Held:
    def __init__(self):
        self.run = wandb.init()
    def close(self):
        self.run.finish()
"""


@pytest.mark.parametrize(
    ("body", "again"),
    [
        ("    run = wandb.init()\n    run.log({})", True),
        ("    go()", True),
        ("    run = wandb.init()\n    run.finish()", False),
        ("    with wandb.init() as run:\n        pass", False),
        ("    run = wandb.init()\n    break", False),
        ("    if i == 0:\n        wandb.init()", False),
        ("    if i:\n        run.finish()\n    run = wandb.init()", False),
        ("    try:\n        run.join()\n    except NameError:\n        pass\n    run = wandb.init()", False),
        ("    run = wandb.init(name='-'.join(parts))", True),
        ("    run = wandb.init()\n    bar.finish()", True),
        ("    with closing(Held()) as held:\n        held.run.log({})", False),
        ("    Held().run.log({})", True),
        ("    kept().log({})", False),
        ("    run = wandb.init().__enter__()\n    run.__exit__(None, None, None)", False),
        ("    run = wandb.init()\n    getattr(run, 'finish')()", False),
        ("    run = wandb.init()\n    getattr(run, 'sweep_id', None)", True),
        ("    run = wandb.init()\n    try:\n        work()\n    finally:\n        run.finish()", False),
    ],
)
def test_a_start_that_repeats_unfinished(body: str, again: bool) -> None:
    found = model(f"{STARTERS}for i in range(3):\n{body}\n")
    assert any(event.again is not None for event in found.each(RunStart)) is again


def test_a_name_at_hand() -> None:
    found = model(
        "import wandb\nrun = wandb.init()\nwandb.log({'a': 1})\ndef f():\n    wandb.log({'b': 1})\nf()"
    )
    assert [event.at_hand for event in found.each(Log)] == ["run", "run"]


def test_a_start_that_only_forwards() -> None:
    assert start(model("import wandb\ndef f(**kw):\n    wandb.init(**kw)")).forwards
    assert start(
        model("import wandb\nclass L:\n    def s(self):\n        wandb.init(project=self.project)")
    ).forwards
    assert not start(
        model("import wandb\ndef f(lr):\n    wandb.init(project='p', config={'lr': lr})")
    ).forwards
    assert not start(model("import wandb\ndef f(p):\n    wandb.init(project=p)\nf('x')")).forwards


def test_an_accelerator_without_trackers_starts_no_run() -> None:
    found = model(
        """
        from accelerate import Accelerator

        def start(settings):
            silent = Accelerator(cpu=True)
            silent.init_trackers("texts", init_kwargs={"wandb": {"name": "a"}})
            told = Accelerator(**settings)
            told.init_trackers("texts", init_kwargs={"wandb": {"name": "b"}})
        """
    )
    assert [show(start.get("name")) for start in found.each(RunStart)] == ["'b'"]


def test_tables_in_pieces_are_media() -> None:
    made = list(model("import wandb\nwandb.data_types.PartitionedTable('parts')\n").each(MediaMade))
    assert [event.media for event in made] == ["partitionedtable"]


# --- values -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ("'a' 'b'", "'ab'"),
        ("'a-' + kind", "'a-train'"),
        ("f'a-{kind}'", "'a-train'"),
        ("f'a-{args.seed}'", "'a-{?argument args.seed}'"),
        ("'a-%s-%d' % (kind, 3)", "'a-train-3'"),
        ("'a-{}-{x}'.format(kind, x=1)", "'a-train-1'"),
        ("'-'.join(['a', kind, str(4)])", "'a-train-4'"),
        ("f'a-{time.time()}'", "'a-{?clock time.time}'"),
        ("f'a-{datetime.now():%Y_%m}'", "'a-{?clock %Y}_{?clock %m}'"),
        ("datetime.now().strftime('x_%Y')", "'x_{?clock %Y}'"),
        ("f'a_{kind}'.replace('_', '-')", "'a-train'"),
        ("f'a-{uuid.uuid4()}'", "'a-{?random uuid.uuid4}'"),
        ("os.environ['X']", "?environment X"),
        ("kind if x else 'b'", "'train' | 'b'"),
        ("None", "None"),
        ("other", "?undefined other"),
    ],
)
def test_texts_keep_what_is_known(expression: str, shown: str) -> None:
    found = model(
        f"""
        import argparse, os, time, uuid, wandb
        from datetime import datetime
        args = argparse.ArgumentParser().parse_args()
        kind = "train"
        wandb.init(name={expression})
        """
    )
    value = start(found).get("name")
    assert show(value) == shown


def test_a_piece_knows_where_it_was_written() -> None:
    code = 'import wandb\nGROUP = "my_group"\nwandb.init(name=GROUP + f"_{x}_run")\n'
    found = model(code)
    value = start(found).get("name")
    assert isinstance(value, Text)
    placed = [code[p.span.start : p.span.end] for p in value.constants if p.span is not None]
    assert placed == ["my_group", "_", "_run"]


FLATTENER = """
def flat(d):
    out = {}
    for k, v in d.items():
        if isinstance(v, dict):
            out.update({f"{k}/{q}": w for q, w in v.items()})
        else:
            out[k] = v
    return out
"""


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        ("d = {'a': 1}", "{'a': 1}"),
        ("d = {}\nd['a'] = 1\nd.update({'b': 2}, c=3)", "{'a': 1, 'b': 2, 'c': 3}"),
        ("d = dict(a=1)\nd |= {'b': 2}", "{'a': 1, 'b': 2}"),
        ("e = {'a': 1}\nd = {**e, 'b': 2}", "{'a': 1, 'b': 2}"),
        ("d = {'a': 1}\nif x:\n    d['b'] = 2", "{'a': 1, 'b'?: 2}"),
        ("d = {'a': 1}\nif x:\n    d['b'] = 2\n    raise E", "{'a': 1}"),
        ("d = {**unknown(), 'a': 1}", "{'a': 1, …}"),
        ("d = {'a': 1}\nfill(d)", "{'a': 1, …}"),
        ("d = {'a': 1}\nprint(d)", "{'a': 1}"),
        ("d = {f'val/{k}': v for k, v in m.items()}", "{'val/{?branch k}'?: ?branch v}"),
        ("def h():\n    return {'a': 1}\nd = h()", "{'a': 1}"),
        ("def h():\n    if x:\n        return {'a': 1}\n    return {'b': 2}\nd = h()", "{'a': 1} | {'b': 2}"),
        ("if x:\n    d = {'a': 1}\n    d['b'] = 2\nelse:\n    d = {}", "{'a': 1, 'b': 2} | {}"),
        ("if x:\n    e = {'a': 1}\n    if y:\n        e['b'] = 2\nd = {**e}", "{'a': 1, 'b'?: 2}"),
        ("for x in y:\n    d = {'a': 1}\n    for z in x:\n        d['b'] = z", "{'a': 1, 'b'?: ?branch z}"),
        ("d = {'a': 1} if x else {}", "{'a': 1} | {}"),
        ("def h(p):\n    return {f'{p}/a': 1}\nd = h('train')", "{'train/a': 1}"),
        ("def h(q):\n    q['b'] = 2\nd = {'a': 1}\nh(d)", "{'a': 1, 'b': 2}"),
        ("d = {'a': 1}\nd = {**d, 'b': 2}", "{'a': 1, 'b': 2}"),
        ("d = {}\nd['self'] = d", "{'self': ?operation}"),
        ("d = {'a': 1, 'b': 2}\ndel d['a']", "{'b': 2}"),
        ("from collections import OrderedDict\nd = OrderedDict(a=1)\nd['b'] = 2", "{'a': 1, 'b': 2}"),
        ("from collections import defaultdict\nd = defaultdict(float)\nd['a'] = 1", "{'a': 1, …}"),
        ("d = dict([('a', 1), ('b', 2)])\nd.update([('c', 3)])", "{'a': 1, 'b': 2, 'c': 3}"),
        ("d = dict([('a', x) for x in y])", "{'a'?: ?branch x, …}"),
        ("d = dict(pairs)", "{…}"),
        (f"{FLATTENER}d = flat({{'a': {{'b': 1}}}})", "{'a/b'?: 1}"),
        (f"{FLATTENER}d = flat({{'a': {{'b': 1}}, 'c': 2}})", "{'{?branch k}/b'?: 1, ?branch k?: 2}"),
        ("e = {'a': {'b': 1}}\nd = {k: v for k, v in e.items() if not isinstance(v, (dict, list))}", "{}"),
        ("e = 1\nd = {'a': e if isinstance(e, int) else 0}", "{'a': 1}"),
        (
            "e = 1 if x else 'b'\nd = {'a': None}\nif isinstance(e, (str, bytes)):\n    d = {'a': e}",
            "{'a': 'b'} | {'a': None}",
        ),
    ],
)
def test_dicts_as_they_are_when_logged(lines: str, shown: str) -> None:
    found = model(f"import wandb\nwandb.init()\n{lines}\nwandb.log(d)\n")
    assert show(log(found).data) == shown


def test_what_a_loop_changes_is_not_guessed() -> None:
    found = model(
        "import wandb\nwandb.init()\nn = 0\nfor x in xs:\n    wandb.log({'a': n}, step=n)\n    n += 1"
    )
    step = log(found).step
    assert isinstance(step, Unknown)
    assert step.why is Why.COUNTER


def test_exec_makes_constants_defaults() -> None:
    found = model("import wandb\nname = 'gpt_2'\nexec(open('c.py').read())\nwandb.init(name=name)")
    value = start(found).get("name")
    assert isinstance(value, Unknown)
    assert value.why is Why.ARGUMENT


def test_arguments_become_a_config() -> None:
    found = model(
        """
        import argparse, wandb
        parser = argparse.ArgumentParser()
        parser.add_argument("--learning-rate", type=float, default=0.1)
        args = parser.parse_args()
        wandb.init(config=args)
        """
    )
    config = start(found).get("config")
    assert isinstance(config, Mapping)
    assert [show(entry.key) for entry in config.entries] == ["'learning_rate'"]


def test_splats_known_and_unknown() -> None:
    known = start(model("import wandb\nkw = dict(project='p')\nwandb.init(**kw)"))
    assert known.arguments.given("project") is Tri.YES
    assert known.arguments.given("name") is Tri.NO
    unknown = start(model("import wandb\nwandb.init(**load())"))
    assert unknown.arguments.given("project") is Tri.UNKNOWN
    assert start(model("import wandb\nwandb.init(project=None)")).arguments.given("project") is Tri.NO


# --- config, summary, artifacts, tables, environment -------------------------------------------------


def test_config_reads_and_writes() -> None:
    found = model(
        """
        import wandb
        run = wandb.init(config={"params": {"lr": 1}})
        config = run.config
        a = config.params.lr
        b = config["params"]["lr"]
        c = config.get("seed", 1)
        params = config["params"]
        d = params["lr"]
        f(**config)
        config.update({"x": 1})
        config.y = 2
        config["params"]["lr"] = 3
        wandb.config.z = 4
        """
    )
    reads = [("".join(map(show, event.path)), event.how) for event in found.each(ConfigRead)]
    assert reads == [
        (".params.lr", "chain"),
        ("['params']['lr']", "chain"),
        ("['seed']", "get"),
        ("['params']", "chain"),
        ("['params']['lr']", "chain"),
        ("", "whole"),
    ]
    writes = [("".join(map(show, event.path)), event.how) for event in found.each(ConfigWrite)]
    assert writes == [("", "update"), (".y", "attribute"), ("['params']['lr']", "item"), (".z", "attribute")]
    assert all(event.run == 0 for event in found.each(ConfigRead))


def test_summary_and_attributes() -> None:
    found = model(
        "import wandb\nrun = wandb.init()\nrun.summary['f1'] = 1\nrun.summary.update({'a': 1})\n"
        "run.name = 'x'\nrun.tags.append('y')\nrun.tags += ['z']"
    )
    assert [event.how for event in found.each(SummaryWrite)] == ["item", "update"]
    changes = [
        (event.attribute, event.write, event.calls, event.operator) for event in found.each(RunAttribute)
    ]
    assert changes == [("name", True, "", ""), ("tags", False, "append", ""), ("tags", True, "", "+=")]


def test_an_artifact_from_making_to_change() -> None:
    found = model(
        """
        import wandb
        def save(run, artifact):
            run.log_artifact(artifact)
        run = wandb.init()
        art = wandb.Artifact("a", type="dataset")
        art.add_file("x")
        art.metadata["n"] = 1
        save(run, art)
        art.metadata.update({"m": 1})
        art.add_file("y")
        """
    )
    assert next(found.each(ArtifactMade)).artifact == 0
    assert [event.logged for event in found.each(ArtifactCall)] == [Tri.NO, Tri.YES]
    assert [event.logged for event in found.each(ArtifactChanged)] == [Tri.NO, Tri.YES]
    assert next(found.each(ArtifactLogged)).artifacts == (0,)


def test_lineage_and_the_api() -> None:
    found = model(
        "import wandb\nrun = wandb.init()\nused = run.use_artifact('a:v1')\npath = used.download()\n"
        "other = wandb.Api().artifact('b:v1')\nrun.finish()\nwandb.Api().run('e/p/r')"
    )
    assert next(found.each(ArtifactUsed)).run == 0
    assert [event.active for event in found.each(ApiCall)] == [Tri.YES, Tri.YES, Tri.NO, Tri.NO]


def test_a_table_knows_that_it_was_logged() -> None:
    found = model(
        "import wandb\nwandb.init()\nt = wandb.Table(columns=['a'])\nt.add_data(1)\n"
        "wandb.log({'t': t})\nt.add_data(2)"
    )
    assert [event.logged for event in found.each(TableCall)] == [Tri.NO, Tri.YES]


def test_the_environment() -> None:
    found = model(
        "import os\nos.environ['WANDB_PROJECT'] = 'p'\nos.environ.setdefault('WANDB_MODE', 'offline')\n"
        "os.environ.update({'WANDB_NAME': 'n'})\nos.environ['CUDA'] = '1'"
    )
    assert [(show(event.name), event.how) for event in found.each(EnvironmentSet)] == [
        ("'WANDB_PROJECT'", "item"),
        ("'WANDB_MODE'", "setdefault"),
        ("'WANDB_NAME'", "update"),
    ]


def test_a_trainer_knows_its_arguments_and_the_run_around_it() -> None:
    found = model(
        "import wandb\nfrom transformers import AutoModel, Trainer, TrainingArguments\n"
        "model = AutoModel.from_pretrained('m')\n"
        "with wandb.init() as run:\n"
        "    args = TrainingArguments('out', report_to='wandb')\n"
        "    args.run_name = 'n'\n"
        "    trainer = Trainer(model, args)\n"
        "    trainer.train()\n"
        "model.save_pretrained('out')\ntrainer.evaluate()\ntrainer.predict([])"
    )
    made, given = next(found.each(TrainerMade)), next(found.each(TrainingArguments))
    assert given.result in [argument.value for argument in made.arguments.items]
    assert [(set_.attribute, set_.of) for set_ in found.each(TrainingArgumentsSet)] == [
        ("run_name", given.result)
    ]
    calls = list(found.each(TrainerCall))
    assert {call.receiver for call in calls} == {made.result}
    assert made.active is Tri.YES
    assert [call.active for call in calls] == [Tri.YES, Tri.NO, Tri.UNKNOWN]
    assert [call.finish for call in calls] == [None, found.runs[0].finishes[0], None]


def test_trainers_and_their_arguments_that_the_file_derives() -> None:
    found = model(
        "from trl import SFTConfig, SFTTrainer\n"
        "class Trainer(SFTTrainer):\n    def __init__(self, *rest, **more):\n"
        "        super().__init__(*rest, **more)\n"
        "class Quiet(Trainer):\n    pass\n"
        "class Config(SFTConfig):\n    report_to: str = 'none'\n"
        "trainer = Quiet(args=Config('out'))\ntrainer.add_callback(c)\ntrainer.train()"
    )
    assert show(next(found.each(TrainingArguments)).get("report_to")) == "'none'"
    made: Any = next(found.each(TrainerMade))
    assert made.family == "transformers"
    assert [call.method for call in found.each(TrainerCall)] == ["add_callback", "train"]
    objects: list[Any] = [made.result, *(call.receiver for call in found.each(TrainerCall))]
    same = {(each.kind, each.id) for each in objects}
    assert len(same) == 1


def test_shell_lines_that_take_over_the_environment() -> None:
    found = notebook(
        "import os\nos.environ['WANDB_NAME'] = 'n'", "!pip install accelerate", "!python train.py"
    )
    assert [found.blocks[event.block].cell for event in found.each(ShellRun)] == [3]
    assert not list(notebook("import wandb\nwandb.init()", "!python train.py").each(ShellRun))


def test_objects_that_are_handed_on() -> None:
    found = model(
        "import wandb\nrun = wandb.init()\na = wandb.Artifact('a', 't')\nstore(a)\nkeep = [a]\nuse(keep)"
    )
    assert [event.to for event in found.each(Escape)] == ["store", "use"]


# --- flow -----------------------------------------------------------------------------------------


def test_order_and_passes() -> None:
    found = model(
        """
        import wandb
        run = wandb.init()
        for epoch in range(3):
            for batch in data:
                run.log({"a": 1})
            if epoch:
                run.log({"b": 1})
            else:
                run.log({"c": 1})
            run.log({"d": 1})
        run.log({"e": 1})
        """
    )
    a, b, c, d, e = found.each(Log)
    assert same_pass(found, b, d)
    assert not same_pass(found, a, d)
    assert exclusive(found, b, c)
    assert not same_pass(found, b, c)
    assert precedes(found, d, e) is Tri.UNKNOWN
    assert precedes(found, e, d) is Tri.NO


def test_order_through_calls() -> None:
    found = model(
        """
        import wandb
        def begin():
            wandb.init()
        def work():
            wandb.log({"a": 1})
        def main():
            begin()
            work()
        if __name__ == "__main__":
            main()
        """
    )
    assert log(found).run == 0
    assert len(list(found.each(LocalCall))) == 3


def test_code_that_is_not_reached_says_nothing() -> None:
    found = model("import wandb\ndef f():\n    return\n    wandb.init()\nf()")
    assert not list(found.each(RunStart))


@pytest.mark.parametrize(
    "line", ["wandb.init() if rank == 0 else None", "rank == 0 and wandb.init()", "rank > 0 or wandb.init()"]
)
def test_a_start_on_one_side_of_an_operator_is_guarded(line: str) -> None:
    found = model(f"import wandb\n{line}\n")
    block = found.blocks[start(found).block]
    assert block.condition is not None
    assert block.condition.guard == "rank"
    assert block.condition.negated is (" or " in line)


def test_a_guard_on_rank_is_told() -> None:
    found = model("import wandb\nif rank == 0:\n    wandb.init()")
    block = found.blocks[start(found).block]
    assert block.kind is BlockKind.BRANCH
    assert block.condition is not None
    assert block.condition.guard == "rank"


# --- notebooks and bad input -----------------------------------------------------------------------


def test_cells_are_one_flow() -> None:
    found = notebook("import wandb\nrun = wandb.init()", "!pip install x\nrun.log({'a': 1})")
    event = log(found)
    assert event.run == 0
    assert found.blocks[event.block].cell == 2
    assert found.notebook


def test_a_cell_that_does_not_parse_is_opaque() -> None:
    found = notebook("import wandb\nrun = wandb.init()", "def (", "run.log({'a': 1})")
    assert log(found).run == 0
    assert [number for number, _, _ in found.refusals] == [2]
    assert any(block.kind is BlockKind.OPAQUE and block.cell == 2 for block in found.blocks)


def test_magics_set_the_environment() -> None:
    found = notebook("%env WANDB_PROJECT=p", "import wandb\nwandb.init()")
    assert [show(event.value) for event in found.each(EnvironmentSet)] == ["'p'"]


def test_top_level_await() -> None:
    assert len(list(notebook("import wandb\nwandb.init()\nawait f()").each(RunStart))) == 1


def test_a_refusal_says_where() -> None:
    with pytest.raises(SourceError) as caught:
        model("import wandb\nwandb.init(\n")
    assert "cannot be parsed" in caught.value.message
    with pytest.raises(SourceError) as caught:
        model("import wandb\nx = = 1\n")
    assert caught.value.offset == len("import wandb\nx = ")


# --- the whole ----------------------------------------------------------------------------------------


def fixture_files() -> list[Path]:
    return sorted(path for path in FIXTURES.rglob("*") if path.suffix in (".py", ".ipynb"))


@pytest.mark.parametrize("path", fixture_files(), ids=lambda path: str(path.relative_to(FIXTURES)))
def test_models_survive_the_way_between_processes(path: Path) -> None:
    try:
        found = build(read_unit(path.name, path.read_bytes()))
    except SourceError:
        return
    assert decode(encode(found)) == found
    assert describe(found, lambda span: str(span.start))


def test_looking_closely_only_where_it_matters_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def events(path: Path) -> set[tuple[str, object]]:
        found = build(read_unit(path.name, path.read_bytes()))
        kept = (event for event in found.events if not isinstance(event, LocalCall | Escape))
        return {(type(event).__name__, event.span) for event in kept}

    compared = 0
    for path in fixture_files():
        try:
            quick = events(path)
        except SourceError:
            continue
        with monkeypatch.context() as patch:
            patch.setattr(walker_module, "Relevance", lambda *_: None)
            assert events(path) == quick, path
        compared += len(quick)
    assert compared > 500


@pytest.mark.parametrize(
    ("guard", "active"),
    [
        ("wandb.run is None", Tri.NO),
        ("not wandb.run", Tri.NO),
        ("wandb.run is None and args.track", Tri.NO),
        ("args.track", Tri.UNKNOWN),
        ("wandb.run is not None", Tri.UNKNOWN),
    ],
)
def test_what_a_condition_says_of_the_active_run(guard: str, active: Tri) -> None:
    found = model(f"import wandb\ndef f(args):\n    if {guard}:\n        wandb.init()\n")
    assert start(found).active is active


def test_a_condition_tells_a_run_from_none() -> None:
    found = model(
        """
        import wandb
        run = None
        if x:
            run = wandb.init()
        if run is not None and y:
            run.log({"a": 1})
        """
    )
    assert log(found).run == 0


def test_what_another_method_may_have_changed_is_not_guessed() -> None:
    found = model(
        """
        import wandb
        class T:
            def __init__(self):
                self.step = 0
                self.kind = "train"
            def go(self):
                wandb.log({f"{self.kind}/a": 1}, step=self.step)
                self.step += 1
        """
    )
    assert keys(log(found)) == ["'train/a'"]
    assert show(log(found).step) == "0 | ?counter self.step"


def test_what_a_string_hides_from_the_bound_is_bounded_all_the_same() -> None:
    found = notebook("x = '''", "y = " + "[" * 3000 + "]" * 3000, "import wandb\nwandb.init()")
    assert [number for number, _, _ in found.refusals] == [1, 2]
    assert len(list(found.each(RunStart))) == 1


@pytest.mark.parametrize("code", ["x = b'a' 'b'", "x = f'f't'f'"])
def test_what_only_libcst_refuses_is_a_refusal(code: str) -> None:
    with pytest.raises(SourceError):
        model(f"import wandb\n{code}\n")


@pytest.mark.parametrize(
    ("code", "parsed"),
    [
        ("import wandb\n(", True),
        ("x = 'report_to wandb'\n(", False),
        ("# WANDB_PROJECT\n(", False),
        ("import os\nos.environ['WANDB_MODE'] = 'x'\n(", True),
        ("from transformers import Trainer\nTrainer(model)\n(", True),
        ("from lightning.pytorch.loggers import (\n    WandbLogger,\n)\n(", True),
    ],
)
def test_what_cannot_be_bound_to_wandb_is_not_parsed(code: str, parsed: bool) -> None:
    if not parsed:
        assert not model(code).binds_wandb
        return
    with pytest.raises(SourceError):
        model(code)


def test_what_asks_the_module_for_a_run_that_it_has_not() -> None:
    found = model(
        "import wandb\nfrom shop import open_till\n"
        "def main(lr):\n    wandb.log({'a': lr})\n    wandb.config['lr'] = lr\n"
        "    start()\n    wandb.log({'b': 1})\n"
        "def start():\n    wandb.init()\n"
        "def own():\n    rate = wandb.config.lr\n    run = wandb.init(reinit='create_new')\n"
        "    wandb.log({'c': rate})\n"
        "def trial():\n    wandb.summary['d'] = 1\n"
        "def unseen():\n    open_till()\n    wandb.log({'e': 1})\n    wandb.init()\n"
        "main(1)\nwandb.agent('me/p/1', function=trial)"
    )
    told = [(type(found.events[each.event]), each.start is not None, each.own) for each in found.runless]
    assert told == [
        (Log, False, False),
        (ConfigWrite, False, False),
        (ConfigRead, False, True),
        (Log, True, False),
        (SummaryWrite, False, False),
    ]
    assert [each.at_hand for each in found.runless if each.start is not None] == ["run"]


@pytest.mark.parametrize(
    ("step", "is_fraction"),
    [
        ("i / 2", True),
        ("k / len(xs) + 1", True),
        ("float(k)", True),
        ("time.time() - 3", True),
        ("int(time.time())", False),
        ("i // 2", False),
        ("k / xs", False),
        ("round(k / 2)", False),
    ],
)
def test_numbers_that_are_certainly_no_integers(step: str, is_fraction: bool) -> None:
    found = model(
        "import time\nimport wandb\nrun = wandb.init()\n"
        f"def f(xs, k):\n    for i in range(3):\n        run.log({{'a': 1}}, step={step})"
    )
    (log,) = found.each(Log)
    assert isinstance(log.step, Unknown)
    assert log.step.fraction is is_fraction


def test_which_lists_a_table_is_made_of() -> None:
    found = model(
        "import pandas as pd\nimport wandb\n"
        "def f(xs, path):\n    frame = pd.read_csv(path)\n"
        "    for rows in (1,):\n"
        "        wandb.Table(data=[[i] for i in range(7)])\n"
        "        wandb.Table(data=[[x] for x in xs])\n"
        "        wandb.Table(data=[[1]] * 3)\n"
        "        wandb.Table(data=frame.to_dict('records'))\n"
        "        wandb.Table(data=frame.head(3), columns=frame.columns)"
    )
    made = list(found.each(TableMade))
    lists = [event.get("data") for event in made[:4]]
    assert all(isinstance(rows, Items) and rows.open for rows in lists)
    assert [getattr(rows, "count", None) for rows in lists] == [7, None, None, None]
    assert isinstance(lists[3], Items)
    assert isinstance(lists[3].items[0], Mapping)
    kinds = [getattr(made[4].get(name), "kind", None) for name in ("data", "columns")]
    assert kinds == [Kind.FRAME, Kind.OBJECT]


def test_what_a_loop_counts_through_is_known_as_written() -> None:
    read = model(
        """
        import wandb

        run = wandb.init()
        for layer in range(num_layers):
            run.log({f"norm/{layer}": 1})
        for batch in loader:
            run.log({"loss": batch})
        """
    )
    limits = [block.loop.limit for block in read.blocks if block.loop is not None]
    assert limits == ["range(num_layers)", ""]


def test_a_table_that_is_copied_or_made_anew_in_a_loop_is_another_one() -> None:
    found = model(
        "import copy\nimport wandb\nrun = wandb.init()\n"
        "table = wandb.Table(columns=['a'])\n"
        "other = wandb.Table(columns=['a'])\n"
        "for i in range(3):\n"
        "    table.add_data(i)\n    other.add_data(i)\n"
        "    run.log({'t': copy.copy(table)})\n"
        "    if i == 1:\n        other = wandb.Table(columns=['a'])"
    )
    first, second = found.each(TableCall)
    assert (first.tables, first.sure, second.sure) == ((0,), True, False)
    (log,) = found.each(Log)
    assert isinstance(log.data, Mapping)
    assert log.data.entries[0].value == Ref(None, ObjectKind.TABLE)


def test_statements_on_the_line_of_their_header_are_walked() -> None:
    found = model(
        """
        import wandb

        def start(): return wandb.init(project="texts")

        run = start()
        for epoch in range(3): run.log({"train/loss": 1 / (epoch + 1)}); print(epoch)
        if run: run.finish()
        else: run.log({"never": 1})
        """
    )
    assert len(list(found.each(RunStart))) == 1
    assert [log.run for log in found.each(Log)] == [0, 0]
    assert [found.blocks[finish.block].kind for finish in found.each(Finish)] == [BlockKind.BRANCH]


def test_artifacts_know_what_is_done_to_them_out_of_sight() -> None:
    found = model(
        """
        import wandb

        def publish(run: wandb.Run, names, last):
            parts = {}
            for name in names:
                parts[name] = wandb.Artifact(name, "dataset")
            parts[last].add_file("a.csv")
            more = wandb.Artifact("more", "dataset")
            list(map(more.add_file, names))
            more.aliases.append("best")
        """
    )
    assert [bool(artifact.handed) for artifact in found.artifacts] == [True, True]
    (change,) = found.each(ArtifactChanged)
    assert (change.attribute, change.how, show(change.value)) == ("aliases", "append", "'best'")


@pytest.mark.parametrize(
    ("written", "name", "kind", "size"),
    [
        ("float('-inf')", "math.inf", Kind.NUMBER, None),
        ("-np.inf", "math.inf", Kind.NUMBER, None),
        ("float('nan')", "math.nan", Kind.NUMBER, None),
        ("1 / float('inf')", "math.inf", Kind.NUMBER, None),
        ("np.zeros((10, 10))", "numpy.zeros", Kind.ARRAY, 100),
        ("2 * np.array([[a, 1], [b, 2]])", "numpy.array", Kind.ARRAY, 4),
        ("np.array(a)", "numpy.array", Kind.ARRAY, None),
        ("torch.ones(2, 3)", "torch.ones", Kind.TENSOR, 6),
    ],
)
def test_numbers_and_arrays_that_json_cannot_hold(
    written: str, name: str, kind: Kind, size: int | None
) -> None:
    found = model(
        f"""
        import numpy as np
        import torch
        import wandb

        def log(run: wandb.Run, a, b):
            run.log({{"x": {written}}})
        """
    )
    (log,) = found.each(Log)
    assert isinstance(log.data, Mapping)
    value = log.data.entries[0].value
    assert isinstance(value, Unknown)
    assert (value.name, value.kind, value.size) == (name, kind, size)
    assert (value.why is Why.CALL) is not ("/" in written or "*" in written)


def test_a_dict_that_a_helper_leaves_as_it_is_stays_known() -> None:
    found = model(
        """
        import wandb

        def loader(data, options):
            return data.batch(options["batch_size"])

        options = {"batch_size": 2, "lr": 0.1}
        train, val, test = loader(a, options), loader(b, options), loader(c, options)
        wandb.init(config=options)
        """
    )
    assert show(start(found).get("config")) == "{'batch_size': 2, 'lr': 0.1}"


def test_a_dict_that_a_helper_changes_is_open_after_calls_that_are_not_walked() -> None:
    found = model(
        """
        import wandb

        def put(options, key):
            options[key] = 1

        options = {"lr": 0.1}
        put(options, "a")
        put(options, "b")
        wandb.init(config=options)
        """
    )
    assert show(start(found).get("config")) == "{'lr': 0.1, 'a': 1, …}"


def test_the_module_held_by_an_attribute_is_the_module() -> None:
    found = model(
        """
        class Tracker:
            def __init__(self):
                import wandb

                self._wandb = wandb
                if self._wandb.run is None:
                    self._wandb.init(project="texts")

            def report(self):
                self._wandb.run.summary["f1"] = 1
                print(self._wandb.run.id, self._wandb.config.get("lr"))
        """
    )
    assert start(found).active is Tri.NO
    assert next(found.each(SummaryWrite)).via is Via.GLOBAL
    assert next(found.each(RunAttribute)).via is Via.GLOBAL
    assert next(found.each(ConfigRead)).via is Via.MODULE


def test_what_is_read_of_a_config_is_read_where_it_stands() -> None:
    found = model(
        """
        import wandb

        class Task:
            def __init__(self, run):
                self.lr = run.config.lr

            def go(self):
                return self.lr

        def rate():
            return run.config["rate"]

        run = wandb.init(config={"lr": 1, "rate": 2})
        Task(run).go()
        x = rate() + (y := run.config.lr)
        """
    )
    assert [show(read.path) for read in found.each(ConfigRead)] == [".lr", "['rate']", ".lr"]


def test_a_config_that_may_be_of_one_of_several_runs_is_read() -> None:
    found = model(
        """
        import wandb

        class Task:
            def __init__(self):
                self.run = wandb.run if wandb.run is not None else wandb.init(config={"lr": 1})

            def go(self):
                return self.run.config.lr
        """
    )
    read = next(found.each(ConfigRead))
    assert (read.runs, read.sure) == ((0,), False)


def test_a_function_that_the_command_line_calls_is_called() -> None:
    made = model("""
        import wandb
        from absl import app
        from fire import Fire
        import typer

        def train(lr: float = 0.1):
            wandb.init(project="texts", config={"params": {"lr": lr}})

        def main(argv):
            wandb.finish()

        typer.run(train)
        Fire(train)
        app.run(main=main)
    """)
    (start,) = made.each(RunStart)
    assert start.active is Tri.UNKNOWN  # `Fire` calls it again
    assert [call.function for call in made.each(LocalCall)] == [0, 0, 1]
    config = start.get("config")
    assert isinstance(config, Mapping)
    params = config.entries[0].value
    assert isinstance(params, Mapping)
    rate = params.entries[0].value
    assert isinstance(rate, Unknown)
    assert (rate.why, rate.name) == (Why.ARGUMENT, "lr")


def test_a_helper_is_known_by_its_calls_though_nothing_calls_its_caller() -> None:
    found = model(
        """
        import wandb

        def report(run, loss):
            wandb.log({"loss": loss})

        def train():
            run = wandb.init(project="texts")
            report(run, 1)

        wandb.agent(sweep_id, train)
        """
    )
    assert (log(found).runs, log(found).sure, log(found).finished) == ((0,), True, Tri.NO)


def test_a_run_held_by_a_class() -> None:
    found = model(
        """
        import wandb

        class Tracker:
            run = None

            def start(self):
                Tracker.run = wandb.init(project="texts")

            def report(self):
                self.run.log({"loss": 1})

        tracker = Tracker()
        tracker.start()
        tracker.report()
        Tracker.run.finish()
        """
    )
    assert (log(found).run, next(found.each(Finish)).run) == (0, 0)


def test_the_module_that_a_callback_of_transformers_holds() -> None:
    found = model(
        """
        import wandb
        from transformers.integrations import WandbCallback

        class Samples(WandbCallback):
            def on_evaluate(self, args, state, control, **kwargs):
                self._wandb.log({"samples": wandb.Table(columns=["prompt"])})
        """
    )
    assert log(found).via is Via.MODULE


def test_a_partial_and_a_table_of_functions_are_followed() -> None:
    found = model(
        """
        from functools import partial

        import wandb

        def report(run, key, value):
            run.log({key: value})

        def stop(code):
            run.finish(code)

        run = wandb.init(project="texts")
        send = partial(report, run, "loss")
        send(1)
        steps = {"stop": stop}
        steps["stop"](0)
        """
    )
    assert (show(log(found).data), log(found).run) == ("{'loss': 1}", 0)
    assert next(found.each(Finish)).run == 0


def test_methods_of_a_parent_in_the_file_are_followed() -> None:
    found = model(
        """
        import wandb

        class Base:
            def __init__(self):
                self.run = wandb.init(project="texts")

            def report(self, loss):
                self.run.log({"loss": loss})

        class Middle(Base):
            def __init__(self):
                super().__init__()

        class Task(Middle):
            def __init__(self):
                super().__init__()

            def report(self, loss):
                super().report(loss)

        task = Task()
        task.report(1)
        task.run.finish()
        """
    )
    assert (show(log(found).data), log(found).run, log(found).finished) == ("{'loss': 1}", 0, Tri.NO)
    assert next(found.each(Finish)).run == 0


def test_a_with_of_a_class_of_the_file_starts_and_ends_its_run() -> None:
    found = model(
        """
        import wandb

        class Tracking:
            def __enter__(self):
                self.run = wandb.init(project="texts")
                return self.run

            def __exit__(self, *error):
                self.run.finish()

        with Tracking() as run:
            run.log({"loss": 1})
        run.log({"loss": 2})
        """
    )
    assert [(each.run, each.finished) for each in found.each(Log)] == [(0, Tri.NO), (0, Tri.YES)]


def test_a_list_that_is_walked_twice_is_one_list() -> None:
    found = model(
        """
        import wandb

        def report(run, name):
            run.log({name: wandb.Table(columns=["prompt", "answer"])})

        run = wandb.init(project="texts")
        report(run, "train")
        report(run, "val")
        """
    )
    assert show(next(found.each(TableMade)).get("columns")) == "['prompt', 'answer']"


def test_many_blank_lines_of_a_notebook() -> None:
    found = notebook("import wandb\nrun = wandb.init()" + "\n" * 20_000, "run.finish()")
    assert start(found).active is Tri.NO


@pytest.mark.parametrize("made", ["TEMPLATE.format(kind)", "TEMPLATE.format(kind=kind)", "TEMPLATE % kind"])
def test_a_template_of_another_statement(made: str) -> None:
    template = {"TEMPLATE.format(kind)": "a_{}", "TEMPLATE % kind": "a_%s"}.get(made, "a_{kind}")
    code = f"import wandb\n\nTEMPLATE = '{template}_z'\n\ndef go(kind):\n    wandb.init(name={made})\n"
    name = start(model(code)).get("name")
    assert isinstance(name, Text)
    assert [code[p.span.start : p.span.end] for p in name.constants if p.span] == ["a_", "_z"]


@pytest.mark.parametrize("taken", ["del d['a']", "d.pop('a')"])
def test_a_key_that_is_written_again_is_there(taken: str) -> None:
    lines = f"d = {{'a': 1, 'b': 2}}\n{taken}\nrun.log(d)\nd['a'] = 3\nrun.log(d)\n"
    found = model(f"import wandb\nrun = wandb.init()\n{lines}")
    assert [show(log(found, number).data) for number in (0, 1)] == ["{'b': 2}", "{'a': 3, 'b': 2}"]


def test_a_dict_that_grows_with_each_log_is_taken_down_so_often() -> None:
    lines = "".join(f'd["train/k{number}"] = {number}\nrun.log(d)\n' for number in range(1500))
    made = model(f"import wandb\n\nrun = wandb.init()\nd = {{}}\n{lines}")
    logged = [event.data for event in made.each(Log)]
    entries = [len(data.entries) if isinstance(data, Mapping) else None for data in logged]
    assert entries[:3] == [1, 2, 3]
    assert entries[-1] is None
    assert sum(count or 0 for count in entries) < 500_000
