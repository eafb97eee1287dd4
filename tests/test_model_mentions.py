"""What the text says beside a run's config: reads of what it was given, literals that repeat its names."""

from __future__ import annotations

from textwrap import dedent

from wbcheck.lexer import fields, tokens
from wbcheck.model.events import GivenRead, LiteralArgument
from wbcheck.model.model import Model
from wbcheck.source import read_unit
from wbcheck.syntax import build


def model(source: str) -> tuple[Model, str]:
    code = dedent(source)
    return build(read_unit("example.py", code.encode())), code


def reads(source: str) -> list[tuple[str, tuple[str, ...]]]:
    found, code = model(source)
    return [(code[read.span.start : read.span.end], read.path) for read in found.each(GivenRead)]


HEAD = """
import wandb
config = {"lr": 0.1, "model": {"depth": 2}}
run = wandb.init(config=config)
"""


def test_values_are_read_by_their_keys() -> None:
    assert reads(HEAD + 'print(config["lr"], config["model"]["depth"], config.get("lr"))\n') == [
        ('config["lr"]', ("lr",)),
        ('config["model"]["depth"]', ("model", "depth")),
        ("config.get", ("lr",)),
    ]


def test_what_is_written_or_handed_on_is_not_read() -> None:
    assert reads(HEAD + 'config["lr"] = 1\nconfig["lr"] += 1\ndel config["lr"]\nprint(config)\n') == []


def test_texts_and_comments_are_no_code() -> None:
    source = """print("config['lr']")  # config['lr']\n"""
    assert reads(HEAD + source) == []


def test_fields_of_f_strings_are_code() -> None:
    source = (
        """print(f"{config['lr']} {run['config.lr']!r:>{config['model']['depth']}} {{config['lr']}}")\n"""
    )
    assert [path for _, path in reads(HEAD + source)] == [("lr",), ("model", "depth")]


def test_another_thing_of_that_name_is_not_read() -> None:
    assert reads(HEAD + 'def show(config):\n    print(config["lr"])\n') == []
    assert reads(HEAD + 'config = run.config\nprint(config["lr"])\n') == []
    assert reads(HEAD + 'print(other.config["lr"])\n') == []


def test_a_parameter_that_is_always_handed_the_config_is_read() -> None:
    source = 'def show(given):\n    print(given["lr"])\n\nshow(config)\n'
    assert reads(HEAD + source) == [('given["lr"]', ("lr",))]
    assert reads(HEAD + source + 'show({"lr": 1})\n') == []


def test_what_a_caller_holds_is_read() -> None:
    source = """
    import argparse
    import wandb

    def start(config):
        wandb.init(config=config)

    def main():
        parser = argparse.ArgumentParser()
        parser.add_argument("--lr")
        args = parser.parse_args()
        start(vars(args))
        print(args.lr)

    main()
    """
    assert reads(source) == [("args.lr", ("lr",))]


def test_literals_of_calls_that_repeat_a_name() -> None:
    source = 'def f(lr=1):\n    pass\n\nAdam(lr=1e-3, eps=1)\nBlock(\n    depth=-2)\nf(lr=x)\n"Adam(lr=1)"\n'
    found, _ = model(HEAD + source)
    assert [(each.taker, each.name) for each in found.each(LiteralArgument)] == [
        ("Adam", "lr"),
        ("Block", "depth"),
    ]


def test_the_arms_of_a_branch_are_told_apart() -> None:
    source = 'if run:\n    print(config["lr"])\nelse:\n    print(config["lr"])\n'
    found, _ = model(HEAD + source)
    first, second = found.each(GivenRead)
    assert first.block != second.block


def test_the_fields_of_a_string() -> None:
    text = """f"{a} {b:>{c}} {{d}}" 'e'"""
    formatted, _, plain = tokens(text)
    assert next(text[span.start : span.end] for span in fields(text, formatted)) == "a"
    assert fields(text, plain) == []
