"""Reports calls of `run.log` that raise, or whose values W&B overwrites.

Why it matters: `log` takes one dict with strings as keys. `log(loss=0.1)`, two dicts, or a number raise
TypeError, in the middle of a training. Values under `_step`, `_timestamp` and `_runtime` are replaced by
W&B's own, without a warning.

When to ignore: never.
"""

from collections.abc import Iterator

from wbcheck.rule import (
    AnyValue,
    Argument,
    Bad,
    Dict,
    File,
    Finding,
    Flag,
    Good,
    Items,
    Kind,
    Log,
    Nothing,
    Number,
    Preset,
    Proof,
    Raises,
    Ran,
    Rule,
    Shows,
    Span,
    Text,
    Tri,
    Unknown,
    Why,
    constant,
    options,
    shown,
)

from ._logged import RESERVED

RULE = Rule(
    code="WB310",
    name="log-bad-call",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="`log` takes one dict with strings as keys, and W&B writes `_step`, `_timestamp`, `_runtime` itself.",
    how='Log one dict, as in `run.log({"train/loss": loss})`.',
)

# `sync` was one once: that is WB607's to say.
_PARAMETERS = ("data", "step", "commit", "sync", "")
_NO_DICT = {
    Kind.NUMBER: "a number",
    Kind.TEXT: "a string",
    Kind.FLAG: "a flag",
    Kind.SEQUENCE: "a list",
    Kind.ARRAY: "an array",
    Kind.TENSOR: "a tensor",
    Kind.FRAME: "a data frame",
    Kind.MEDIA: "a media object",
    Kind.PLOT: "a plot",
}
_KNOWN = {Number: "a number", Text: "a string", Flag: "a flag", Items: "a list", Nothing: "`None`"}


def check(file: File) -> Iterator[Finding]:
    seen: set[Span] = set()
    for log in file.model.each(Log):
        for span, what in faults(log):
            if span not in seen:
                seen.add(span)
                yield Finding(span, what)
                break


def faults(log: Log) -> Iterator[tuple[Span, str]]:
    """What is wrong with a call, and where."""
    for argument in log.arguments.items:
        if argument.name not in _PARAMETERS and argument.keyword is not None:
            yield argument.span, f"`log` takes a dict, and has no argument {shown(argument.name)}"
    data, step = log.arguments.find("data"), log.arguments.find("step")
    if step is not None and any(isinstance(value, Dict) for value in options(step.value)):
        yield step.span, "`log` takes one dict, and here the second is taken for the step"
    if data is None:
        if log.arguments.given("data") is Tri.NO:
            yield log.callee, "`log` is called without a dict"
        return
    yield from _of_data(data)


def _of_data(data: Argument) -> Iterator[tuple[Span, str]]:
    kinds = [_no_dict(value) for value in options(data.value)]
    if kinds and all(kinds):
        yield data.span, f"`log` takes a dict, and is given {kinds[0]}"
    for value in options(data.value):
        for entry in value.entries if isinstance(value, Dict) else ():
            place = (None if _is_counter(entry.key) else entry.key.span) or entry.span or data.span
            if isinstance(entry.key, Number | Flag | Nothing | Items) or _is_counter(entry.key):
                yield place, "`log` takes strings as keys, and one of these is not a string"
            elif constant(entry.key) in RESERVED:
                yield place, f"what is logged as `{constant(entry.key)}` is overwritten by W&B"


def _is_counter(key: AnyValue) -> bool:
    """Whether a key is the number of the pass of a loop."""
    is_counted = isinstance(key, Unknown) and key.why is Why.COUNTER and key.kind is Kind.NUMBER
    return is_counted and isinstance(key, Unknown) and key.span is not None and key.offset is not None


def _no_dict(value: AnyValue) -> str:
    """What a value is that is certainly no dict; empty for what may be one."""
    if isinstance(value, Unknown):
        return _NO_DICT.get(value.kind, "")
    return _KNOWN.get(type(value), "")


def _is_overwritten(ran: Ran) -> bool:
    return [row["_step"] for row in ran.run.history] == [0]


EXAMPLES = (
    Bad(
        """
        import wandb

        run = wandb.init(mode="offline")
        run.log(loss=0.1)
                ^^^^^^^^
        """,
        message="`log` takes a dict, and has no argument `loss`",
    ),
    Bad(
        """
        import wandb

        wandb.init()
        wandb.log({"train/loss": 0.1}, {"train/acc": 0.9})
                                       ^^^^^^^^^^^^^^^^^^
        wandb.log("loss", 0.1)
                  ^^^^^^
        wandb.log()
        ^^^^^^^^^
        wandb.log(wandb.Image("cat.png"))
                  ^^^^^^^^^^^^^^^^^^^^^^
        """,
        message=(
            "`log` takes one dict, and here the second is taken for the step",
            "`log` takes a dict, and is given a string",
            "`log` is called without a dict",
            "`log` takes a dict, and is given a media object",
        ),
    ),
    Bad(
        """
        import wandb

        def report(run: wandb.Run, loss, step):
            run.log({0: loss})
                     ^
            for number in range(3):
                run.log({number: loss})
                         ^^^^^^^^^^^^
            run.log({"train/loss": loss, "_step": step})
                                         ^^^^^^^
        """,
        message=(
            "`log` takes strings as keys, and one of these is not a string",
            "`log` takes strings as keys, and one of these is not a string",
            "what is logged as `_step` is overwritten by W&B",
        ),
    ),
    Good(
        """
        import wandb

        run = wandb.init(mode="offline")
        run.log({"train/loss": 0.1}, step=3)
        run.log(data={"train/loss": 0.1}, commit=False)
        """
    ),
    Good(
        """
        import math

        import wandb
        from tracking import run as other

        def report(run: wandb.Run, metrics, *args, **kwargs):
            run.log(metrics)
            run.log(*args)
            run.log(**kwargs)
            run.log({**metrics, "train/steps": 1})
            other.log(loss=0.1)
            math.log(2.0)
        """
    ),
)

PROOF = (
    Proof(bad=Raises("TypeError", saying="loss")),
    Proof(
        bad=Raises("TypeError", saying="must be passed a dictionary"),
        bad_script="import wandb\nwandb.init().log('loss')",
    ),
    Proof(
        bad=Raises("TypeError", saying="cannot be interpreted as an integer"),
        bad_script="import wandb\nwandb.init().log({'a': 1}, {'b': 2})",
    ),
    Proof(
        bad=Raises("TypeError", saying="must be strings"),
        bad_script="import wandb\nwandb.init().log({0: 1})",
    ),
    Proof(
        bad=Shows("the record has W&B's own step", _is_overwritten),
        bad_script="import wandb\nwandb.init().log({'_step': 7, 'a': 1})",
    ),
)
