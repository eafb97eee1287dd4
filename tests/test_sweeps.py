"""Sweeps in YAML files: which are found, what is read of them, how they are mended, and what cannot hurt."""

from __future__ import annotations

import time

import pytest
from checked import Tree, session

from wbcheck.engine import Outcome
from wbcheck.engine.analysis import model_of as modelled
from wbcheck.files import Role, discover
from wbcheck.model.describe import describe
from wbcheck.model.events import SweepMade
from wbcheck.model.model import Model, decode, encode
from wbcheck.model.values import Mapping
from wbcheck.settings import default_settings
from wbcheck.source import SourceError, may_be_sweep, read_unit

HEAD = "program: train.py\nmethod: random\n"
SOUND = HEAD + "parameters:\n  lr: {min: 0.1, max: 0.2}\n"


def model_of(text: str | bytes, path: str = "sweep.yaml") -> Model:
    return modelled(read_unit(path, text.encode() if isinstance(text, str) else text))[0]


def sweep_of(text: str) -> Mapping:
    (made,) = model_of(text).each(SweepMade)
    sweep = made.get("sweep")
    assert isinstance(sweep, Mapping)
    return sweep


def shown(text: str) -> str:
    return describe(model_of(text), lambda span: f"{span.start}-{span.end}")


def told(outcome: Outcome) -> list[str]:
    return [
        f"{each.path}:{each.range.start.row}:{each.range.start.column} {each.code} {each.message}"
        for each in outcome.diagnostics
    ]


# Which files


def test_only_sweeps_are_found_among_yaml_files(tree: Tree) -> None:
    folder = tree(
        {
            "sweep.yaml": SOUND,
            "more/sweep.yml": SOUND,
            "tests/sweep.yaml": SOUND,
            "config.yaml": "lr: 0.1\n",
            "huge.yaml": SOUND + "#" * 70_000,
            "a.py": "import wandb\n",
        }
    )
    found = discover([str(folder)], lambda path: default_settings(str(folder)))
    assert [(file.path, file.role) for file in found.files] == [
        ("a.py", Role.SCRIPT),
        ("more/sweep.yml", Role.SETTINGS),
        ("sweep.yaml", Role.SETTINGS),
        ("tests/sweep.yaml", Role.TEST),
    ]


@pytest.mark.parametrize(
    "text",
    [
        SOUND,
        "method: grid\nparameters:\n  lr:\n    values: [1]\n",
        "method: Bayesian\nparameters:\n  lr:\n    values: [1]\n",
        "program: a.py\nparameters:\n  lr: {values: [1]}\n",
        '"method": "grid"\n"parameters": {"lr": {"values": [1]}}\n',
        "\ufeff" + SOUND,
    ],
)
def test_what_is_a_sweep(text: str) -> None:
    assert may_be_sweep(text.encode())
    assert model_of(text).binds_wandb


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- a\n- b\n",
        "method: POST\nparameters:\n  id: {type: int}\n",
        "method: POST\nparameters:\n  id: {value: 3}\n",
        "method: grid\nparameters: 3\n",
        "parameters:\n  lr: {values: [1]}\n",
        "method: x\nparameters:\n{{ if }}\n",
        "method: grid\nparameters:\n\tlr: 1\n",
    ],
)
def test_what_is_none(text: str) -> None:
    assert not model_of(text).binds_wandb


# What is read


def test_the_same_words_as_of_a_dict() -> None:
    given = {
        "method": "random",
        "program": "a.py",
        "parameters": {"lr": {"values": [1, 0.5, True, None, "x"]}},
    }
    text = "method: random\nprogram: a.py\nparameters:\n  lr:\n    values: [1, 0.5, yes, ~, x]\n"
    script, _ = modelled(read_unit("a.py", f"import wandb\nwandb.sweep({given!r})\n".encode()))
    of_dict = describe(script, lambda span: "").splitlines()[-1].strip()
    assert shown(text).splitlines()[-1].strip().partition(" ")[2] == f"{of_dict} file=True"


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("1", "Number"),
        ("0.1", "Number"),
        ("1.0e-5", "Number"),
        ("!!float 1e-5", "Number"),
        ("1e-5", "Text"),
        ("'1'", "Text"),
        ("|\n      1", "Text"),
        ("&a 3", "Number"),
        ("&a '3'", "Text"),
        ("on", "Flag"),
        ("", "Nothing"),
        ("0x1f", "Unknown"),
        ("9" * 5000, "Unknown"),
        ("2020-01-01", "Unknown"),
        ("!!python/object/apply:os.system ['true']", "Unknown"),
        ("!mine {a: 1}", "Unknown"),
    ],
)
def test_values_are_what_pyyaml_reads(written: str, kind: str) -> None:
    sweep = sweep_of(HEAD + f"parameters:\n  lr:\n    value: {written}\n")
    found = sweep.find("parameters")
    assert found is not None
    assert isinstance(found.value, Mapping)
    inner = found.value.find("lr")
    assert inner is not None
    assert isinstance(inner.value, Mapping)
    value = inner.value.find("value")
    assert value is not None
    assert type(value.value).__name__ == kind


def test_aliases_and_merges_are_looked_into() -> None:
    text = HEAD + "base: &b {min: 1, max: 3}\nparameters:\n  a: *b\n  b:\n    <<: *b\n    max: 9\n"
    assert "{'a': {'min': 1, 'max': 3}, 'b': {'min': 1, 'max': 9}}" in shown(text)


def test_of_keys_that_are_written_twice_both_are_kept() -> None:
    text = HEAD + "parameters:\n  a: {value: 1}\n  a: {min: 1, min: 2}\n"
    assert "{'a': {'value': 1}, 'a': {'min': 1, 'min': 2}}" in shown(text)


def test_the_model_survives_the_way() -> None:
    model = model_of(SOUND)
    assert decode(encode(model)) == model


# Findings, comments, fixes


FAULTY = """\
program: it's.py  # wbcheck: ignore[WB101] as it's idle
method: Random # é
metric:
  # wbcheck: ignore[WB806] on purpose
  goal: Minimize
  name: "a # wbcheck: ignore[WB806]"
parameters:
  lr:
    min: 1e-5
    max: .5
  k: {values: [1,  # wbcheck: ignore[WB806]
    2], dist: 3}
"""


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_places_comments_and_fixes(end: str, bom: str, tree: Tree) -> None:
    folder = tree({})
    (folder / "s.yaml").write_bytes((bom + FAULTY).replace("\n", end).encode())
    checked = session(folder, "WB806", "WB101", "WB002")
    outcome = checked.run()
    assert told(outcome) == [
        "s.yaml:1:19 WB002 this comment silences `WB101` where nothing is reported",
        "s.yaml:2:9 WB806 `Random` is no method of a sweep",
        "s.yaml:9:10 WB806 `1e-5` is a text in YAML, not a number",
    ]
    assert len(outcome.suppressed) == 2
    fixed = checked.mend(lambda each: True)
    new = FAULTY.replace("Random", "random").replace("1e-5", "1.0e-5")
    new = new.replace("  # wbcheck: ignore[WB101] as it's idle", "")
    assert fixed.files["s.yaml"].new == (bom + new).replace("\n", end).encode()
    assert fixed.remaining == ()


def test_a_key_is_told_in_every_yaml_file(tree: Tree) -> None:
    key = "0123456789abcdef" * 2 + "01234567"
    line = f"command: [env, WANDB_API_KEY={key}, python, train.py]\n"
    folder = tree({"s.yaml": SOUND + line, "other.yaml": "parameters: 1\n" + line})
    assert told(session(folder, "WB901").run()) == [
        "other.yaml:2:30 WB901 an API key is written into the code",
        "s.yaml:5:30 WB901 an API key is written into the code",
    ]


# What cannot hurt

BOMB = "".join(
    f"  a{i}: &a{i} {{parameters: {{{','.join(f'x{j}: *a{i - 1}' for j in range(9))}}}}}\n"
    for i in range(1, 12)
)
HOSTILE = {
    "aliases": "parameters:\n  a0: &a0 {values: [1]}\n" + BOMB,
    "brackets": "parameters: " + "[" * 20_000 + "]" * 20_000,
    "indents": "parameters:\n" + "".join(" " * (i + 1) + "a:\n" for i in range(300)),
    "dashes": "parameters:\n  " + "- " * 20_000,
    "questions": "parameters:\n  " + "? " * 20_000,
    "tabs": "parameters:\n\tlr: 1\n",
    "unclosed": "parameters:\n  x: '" + "a" * 60_000,
    "quotes": "parameters:\n  x: 1\n" + " '\"-" * 15_000,
    "nul": "parameters:\n  x: \0\n",
    "two documents": "parameters:\n  x: {value: 1}\n---\nb: 1\n",
    "no such alias": "parameters:\n  x: *nope\n",
    "odd directive": "parameters:\n  x: {value: 1}\n...\n%YAML 9.9\n---\n",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_refused_in_time(text: str) -> None:
    begun = time.monotonic()
    with pytest.raises(SourceError) as refused:
        model_of(HEAD + text)
    assert "\n" not in refused.value.message
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize(
    "text",
    [
        "parameters: &p\n  lr: {value: 1}\n  <<: *p\n",
        "parameters:\n  a: &a [*a]\n  b: {value: *a}\n",
        "method: grid\nparameters:\n  lr: {value: 1}\n  lr: {value: 2}\n",
        "parameters:\n  ? [a, b]\n  : {value: 1}\n  ? {x: y}\n  : 1\n  3: {value: 1}\n",
        "parameters:\n  x: {value: 1}\n" + " " * 60_000 + "\n",
        "parameters:\n" + "".join(f"  x{i}: {{value: 1}}\n" for i in range(1000)),
    ],
)
def test_odd_text_is_read(text: str) -> None:
    assert model_of(HEAD + text).binds_wandb


def test_what_is_not_utf8_is_refused() -> None:
    with pytest.raises(SourceError, match="not utf-8: byte 0xff"):
        model_of(HEAD.encode() + b"parameters:\n  x: \xff\n")


# What runs it

TRIAL = (
    "import wandb\n\nwith wandb.init(config={'params': {'lr': 0.1}}) as run:\n    run.log({'val/f1': 0.9})\n"
)
NAMED = "method: bayes\nmetric: {{name: val_f1}}\n{}\nparameters:\n  lr: {{min: 0.1, max: 0.2}}\n"
BOTH = [
    "WB805 the sweep's program never logs `val_f1`, but `val/f1`",
    "WB804 `lr` does not reach `params` of the config",
]


@pytest.mark.parametrize(
    ("sweep", "script", "program", "is_found"),
    [
        ("sweep.yaml", "train.py", "program: train.py", True),
        ("sweeps/a.yaml", "train.py", "program: train.py", True),
        ("sweeps/a.yaml", "sweeps/train.py", "program: ./train.py", True),
        ("sweeps/a.yaml", "src/train.py", "program: src/train.py", True),
        ("sweeps/a.yaml", "src/train.py", "program: train.py", False),
        ("sweep.yaml", "train.py", "command: [python, train.py]", True),
        ("sweep.yaml", "train.py", "program: train.py\ncommand: [python, '${program}', '${args}']", True),
        ("sweep.yaml", "train.py", "program: other.py\ncommand: [python, '${program}']", False),
        ("sweep.yaml", "train.py", "command: [bash, run.sh]", False),
        ("sweep.yaml", "train.py", "command: [python, -m, train]", True),
        ("sweep.yaml", "texts/train.py", "command: [python, -m, texts.train, '${args}']", True),
        ("sweep.yaml", "train.py", "command: [python, -m]", False),
    ],
)
def test_the_script_is_found(sweep: str, script: str, program: str, is_found: bool, tree: Tree) -> None:
    folder = tree({sweep: NAMED.format(program), script: TRIAL})
    found = [line.partition(" ")[2] for line in told(session(folder, "WB804", "WB805").run())]
    assert found == (BOTH if is_found else [])


def test_of_two_scripts_none_is_meant(tree: Tree) -> None:
    sweep = NAMED.format("program: train.py")
    folder = tree({"sweeps/a.yaml": sweep, "sweeps/train.py": TRIAL, "train.py": TRIAL})
    assert told(session(folder, "WB804", "WB805").run()) == []


@pytest.mark.parametrize(
    "more",
    [
        "from helpers import fit\nfit(run)\n",
        "from wandb.keras import WandbCallback\nmodel.fit(callbacks=[WandbCallback()])\n",
        "run.log(scores())\n",
        "run.log({name(): 1})\n",
    ],
)
def test_what_may_log_silences(more: str, tree: Tree) -> None:
    text = TRIAL.replace("    run.log", more.replace("\n", "\n    ").join(["    ", "run.log"]))
    folder = tree({"s.yaml": NAMED.format("program: train.py"), "train.py": text})
    assert told(session(folder, "WB805").run()) == []


@pytest.mark.parametrize(
    "text",
    [
        TRIAL.replace("import wandb", "import wandb, argparse"),
        TRIAL.replace("    run.log", "    train(run.config)\n    run.log"),
        TRIAL.replace("    run.log", "    print(run.config['lr'])\n    run.log"),
        TRIAL.replace("{'lr': 0.1}", "{'lr': read()}"),
        TRIAL.replace("{'params'", "{**more(), 'params'"),
        TRIAL.replace("    run.log", "    run.config.update(more())\n    run.log"),
    ],
)
def test_what_may_reach_the_config_silences(text: str, tree: Tree) -> None:
    folder = tree({"s.yaml": NAMED.format("program: train.py"), "train.py": text})
    assert told(session(folder, "WB804").run()) == []


PROGRAM = """
import argparse
import wandb

parser = argparse.ArgumentParser()
parser.add_argument("--rate", type=float)
parser.add_argument("--amp", action=argparse.BooleanOptionalAction)
args = parser.parse_args()
wandb.init(config=vars(args))
"""
OPTIONS = (
    "program: train.py\nmethod: random\nparameters:\n  lr: {min: 0.1, max: 0.2}\n  amp: {values: [true]}\n"
)
REFUSED = [
    "s.yaml:4:3 WB804 the program takes no `--lr`",
    "s.yaml:5:3 WB804 `--amp` takes no value from a sweep",
]


@pytest.mark.parametrize(
    ("command", "script", "expected"),
    [
        ("", PROGRAM, REFUSED),
        ("command: [python, '${program}', '${args_no_equals}']", PROGRAM, REFUSED),
        ("command: [python, '${program}', '${args_no_boolean_flags}']", PROGRAM, REFUSED[:1]),
        ("command: [python, '${program}', '${args_no_hyphens}']", PROGRAM, []),
        ("command: [python, '${program}', --config, '${args_json}']", PROGRAM, []),
        ("", PROGRAM.replace('"--rate"', '"--lr_max"'), REFUSED[1:]),
        ("", PROGRAM.replace("args = parser.parse_args", "args, rest = parser.parse_known_args"), []),
        ("", PROGRAM.replace("parse_args()", "parse_args(['--rate', '1'])"), []),
        ("", PROGRAM.replace('"--rate"', "NAME"), []),
        ("", PROGRAM.replace('"--rate"', "*NAMES"), []),
        ("", PROGRAM.replace("args =", "extend(parser)\nargs ="), []),
        ("", PROGRAM.replace("args =", "parts = parser.add_subparsers()\nargs ="), []),
        ("", PROGRAM.replace("ArgumentParser()", "ArgumentParser(parents=[common])"), []),
        ("", PROGRAM.replace("args =", "for n in 'ab':\n    parser.add_argument(f'--{n}')\nargs ="), []),
        ("", PROGRAM.replace("args = parser", "def unused():\n    parser").replace("vars(args)", "{}"), []),
    ],
)
def test_what_argparse_refuses(command: str, script: str, expected: list[str], tree: Tree) -> None:
    folder = tree({"s.yaml": f"{OPTIONS}{command}\n", "train.py": script})
    assert told(session(folder, "WB804").run()) == expected


@pytest.mark.parametrize("digits", [19, 20, 25, 400])
def test_long_numbers_are_sent_too(digits: int) -> None:
    found = model_of(
        HEAD + f"parameters:\n  seed: {{value: {'9' * digits}}}\n  n: {{value: -{'9' * digits}}}\n"
    )
    assert decode(encode(found)) == found
