"""Reports values that `run.log` or the summary cannot write down.

Why it matters: W&B records numbers, texts, lists, dicts, arrays and its own media. An object of a class of
yours, a list in which media and other things are mixed, a run's config, or a Namespace of arguments
raises TypeError in the middle of the run. A method that makes JSON of it does not help: of your own classes
only dataclasses, enums and what derives from a built-in type can be written down.

When to ignore: never.
"""

from collections.abc import Iterator
from typing import NamedTuple

from wbcheck.rule import (
    AnyValue,
    Bad,
    Dict,
    File,
    Finding,
    Good,
    Items,
    Kind,
    Model,
    ObjectKind,
    Preset,
    Proof,
    Raises,
    Ref,
    Rule,
    Shows,
    Span,
    Unknown,
    Why,
    options,
    shown,
    texts,
)

from ._logged import rows
from ._summary import kept

RULE = Rule(
    code="WB323",
    name="value-unserializable",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="The call raises TypeError: W&B records numbers, texts, lists, dicts, arrays and its own media.",
    how="Log a number or a text of it, or a dict of its fields.",
)


def check(file: File) -> Iterator[Finding]:
    found: dict[Span, Finding] = {}
    for row in rows(file.model):
        for entry in row.data.entries:
            span = entry.span or entry.key.span or row.log.callee
            fault = fault_of(file.model, entry.value, in_summary=False)
            if fault:
                found.setdefault(span, Finding(span, _headline(entry.key, fault)))
    for value in kept(file.model):
        fault = fault_of(file.model, value.value, in_summary=True)
        if fault:
            found.setdefault(value.span, Finding(value.span, _headline(value.key, fault)))
    yield from found.values()


class Fault(NamedTuple):
    """What a value is, or what lies somewhere within it (then ``inside``), that cannot be written down."""

    what: str
    inside: bool = False


def _headline(key: AnyValue, fault: Fault) -> str:
    text = next(texts(key), None)
    told = "a value" if text is None else shown(text, 18)
    return f"{told} {'holds' if fault.inside else 'is'} {fault.what} and cannot be recorded"


def fault_of(model: Model, value: AnyValue | None, *, in_summary: bool) -> Fault | None:
    """What is wrong with a value, whichever of several it may be."""
    found = [_fault_in(model, option, in_summary) for option in options(value)]
    return found[0] if found and all(found) else None


def _fault_in(model: Model, value: AnyValue, in_summary: bool) -> Fault | None:
    if isinstance(value, Ref):
        what = _of_object(model, value)
        return Fault(what) if what else None
    if isinstance(value, Unknown):
        is_range = value.why is Why.COUNTER and value.name == "range" and value.kind is Kind.SEQUENCE
        if is_range or (in_summary and _is_chart(value)):
            return Fault("a range" if is_range else "a custom chart")
    if isinstance(value, Items):
        if any(map(_is_media, value.items)) and any(map(_is_simple, value.items)):
            return Fault("a list of media and other things")
        if any(map(_is_chart, value.items)):
            return Fault("a custom chart", inside=True)
    within: Iterator[AnyValue] = iter(())
    if isinstance(value, Items):
        within = iter(value.items)
    elif isinstance(value, Dict):
        within = (entry.value for entry in value.entries if entry.certain)
    found = (fault_of(model, item, in_summary=in_summary) for item in within)
    return next((Fault(fault.what, inside=True) for fault in found if fault), None)


_OBJECTS = {
    ObjectKind.RUN: "the run itself",
    ObjectKind.CONFIG: "the run's config",
    ObjectKind.SUMMARY: "the run's summary",
    ObjectKind.ARTIFACT: "an artifact",
    ObjectKind.ARGUMENTS: "a Namespace",
    ObjectKind.PARSER: "a parser",
}


def _of_object(model: Model, value: Ref) -> str:
    if value.kind is ObjectKind.INSTANCE and value.id is not None and _is_plain(model, value.id, 0):
        return f"an object of {shown(model.classes[value.id].name, 16)}"
    return _OBJECTS.get(value.kind, "")


# Bases from which an object learns nothing that JSON knows.
_PLAIN = ("object", "builtins.object", "abc.ABC", "Exception", "builtins.Exception")


def _is_plain(model: Model, class_id: int, depth: int) -> bool:
    """Whether objects of a class are certainly no dataclasses, enums, dicts, numbers, or callables."""
    made = model.classes[class_id]
    methods = {function.name for function in model.functions if function.class_id == class_id}
    if made.decorators or methods & {"__call__", "__new__"} or depth > 5:
        return False
    local = {each.name: each.id for each in model.classes}
    return all(
        base in _PLAIN or (base in local and _is_plain(model, local[base], depth + 1)) for base in made.bases
    )


def _is_chart(value: AnyValue) -> bool:
    """Whether a value is one of `wandb.plot`'s charts, which only `log` knows, and only by themselves."""
    return isinstance(value, Unknown) and value.kind is Kind.PLOT and value.name.startswith("wandb.plot")


def _is_media(value: AnyValue) -> bool:
    is_table = isinstance(value, Ref) and value.kind is ObjectKind.TABLE
    return is_table or (isinstance(value, Unknown) and value.kind is Kind.MEDIA)


def _is_simple(value: AnyValue) -> bool:
    """Whether a value is certainly no media."""
    if isinstance(value, Unknown):
        return value.kind in (Kind.NUMBER, Kind.TEXT, Kind.FLAG, Kind.SEQUENCE, Kind.MAPPING)
    return not isinstance(value, Ref) and bool(options(value)) and options(value) == (value,)


EXAMPLES = (
    Bad(
        """
        import wandb

        class Meter:
            def __init__(self):
                self.total = 0.0

        meter = Meter()
        with wandb.init(project="texts") as run:
            run.log({"train/loss": meter})
                     ^^^^^^^^^^^^^^^^^^^
        """,
        message="`train/loss` is an object of `Meter` and cannot be recorded",
    ),
    Bad(
        """
        import argparse
        import wandb

        parser = argparse.ArgumentParser()
        args = parser.parse_args()
        wandb.init(project="texts", config=vars(args))
        wandb.log({"arguments": args, "epochs": range(3)})
                   ^^^^^^^^^^^^^^^^^
                                      ^^^^^^^^^^^^^^^^^^
        wandb.run.summary["settings"] = {"run": wandb.config}
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
        message=(
            "`arguments` is a Namespace and cannot be recorded",
            "`epochs` is a range and cannot be recorded",
            "`settings` holds the run's config and cannot be recorded",
        ),
    ),
    Bad(
        """
        import wandb

        def report(run: wandb.Run, weights, table):
            run.log({"weights": [wandb.Histogram(weights), 1]})
                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            run.log({"charts": [wandb.plot.line(table, "epoch", "loss")]})
                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            run.summary["losses"] = wandb.plot.line(table, "epoch", "loss")
            ^^^^^^^^^^^^^^^^^^^^^
        """,
        message=(
            "`weights` is a list of media and other things and cannot be recorded",
            "`charts` holds a custom chart and cannot be recorded",
            "`losses` is a custom chart and cannot be recorded",
        ),
    ),
    Good(
        """
        import wandb
        from dataclasses import dataclass

        @dataclass
        class Meter:
            total: float = 0.0

        meter = Meter()
        with wandb.init(project="texts") as run:
            run.log({"train/loss": meter.total, "train/meter": meter})
        """
    ),
    Good(
        """
        import enum
        import wandb
        from metrics import Meter
        from torch import nn

        class Phase(enum.Enum):
            TRAIN = "train"

        class Loss(float):
            pass

        class Net(nn.Module):
            pass

        class Scale:
            def __call__(self, value):
                return 2 * value

        def report(run: wandb.Run, images, meter):
            run.log({"phase": Phase.TRAIN, "train/loss": Loss(0.1), "net": Net(), "scale": Scale()})
            run.log({"meter": Meter(), "other": meter, "config": dict(run.config)})
            run.log({"images": [wandb.Image(image) for image in images]})
            run.log({"both": [wandb.Histogram([1, 2]), wandb.Html("<b>2</b>")], "unknown": [meter, 1]})
            run.summary["table"] = wandb.Table(columns=["loss"], data=[[0.1]])
        """
    ),
    Good(
        """
        import mlflow
        from tracking import run as other
        import wandb

        class Meter:
            def __init__(self, total):
                self.total = total

            def value(self):
                return self.total

        def report(run: wandb.Run):
            meter = Meter(0.1)
            other.log({"train/loss": meter})
            mlflow.log_dict({"train/loss": meter}, "losses.json")
            run.log({"train/loss": meter.value(), "train/total": meter.total, "train/meter": str(meter)})
        """
    ),
)

_EACH = """
import argparse
import wandb

class Meter: ...

run = wandb.init()
table = wandb.Table(["a", "b"], [[1, 2]])
chart = wandb.plot.line(table, "a", "b")
artifact = wandb.Artifact("texts", "dataset")
values = [{"loss": [Meter()]}, [wandb.Histogram([1]), 1], range(3), argparse.Namespace(), [chart]]
values += [argparse.ArgumentParser(), run, run.config, run.summary, artifact]
for number, value in enumerate(values):
    for record in (lambda: run.log({"value": value}), lambda: run.summary.update({"value": value})):
        try:
            record()
        except TypeError as error:
            print(number, "is not JSON serializable" in str(error))
try:
    run.summary["chart"] = chart
except TypeError as error:
    print("chart", True)
"""

PROOF = (
    Proof(bad=Raises("TypeError", "is not JSON serializable")),
    Proof(
        bad=Shows("each of them raises, in both places", lambda ran: ran.output.count(" True\n") == 21),
        bad_script=_EACH,
    ),
)
