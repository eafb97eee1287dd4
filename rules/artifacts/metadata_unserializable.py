"""Reports artifact metadata that cannot be written as JSON, or that is written as something else.

Why it matters: metadata is kept as JSON. Infinite numbers, frozen sets, generators, views of dicts and
tuples for keys raise when the artifact is made or logged, which is mostly at the end of a run. Arrays of
more than 32 elements, data frames and objects of your own classes are worse: what is
recorded is their printed text, NaN becomes null, and nobody is told (guide, JSON Safety). NumPy's single
numbers, dates, paths, sets, enums and dataclasses are fine.

When to ignore: where the printed text is what you want; then say so with `str(...)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from wbcheck.rule import (
    AnyValue,
    Applicability,
    Bad,
    Dict,
    Edits,
    Entry,
    File,
    Finding,
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
    Ref,
    Rule,
    Shows,
    Span,
    Text,
    Unknown,
    Why,
    options,
    shown,
    source_of,
    texts,
    wrap,
)

from ._metadata import Single, singles, wholes

RULE = Rule(
    code="WB406",
    name="metadata-unserializable",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="Metadata is JSON: the call raises, and the artifact is not logged.",
    how="Convert it to plain numbers, texts, lists and dicts first.",
    fix=Applicability.SAFE,
    changes=("artifacts",),
)

SILENT = "Nobody is told: what is recorded is not the value, and cannot be read back."
AS_TEXT = "recorded as text"
REFUSED = "which W&B refuses"
LARGEST = 32


class Fault(NamedTuple):
    """What is wrong with a value, and what becomes of it; ``convert`` goes around it to mend it."""

    what: str
    becomes: str = REFUSED
    convert: tuple[str, str] | None = None


class Place(NamedTuple):
    """Where a value stands: what it is called, the span of what was written for it, and of its key."""

    key: Text | None
    span: Span
    after: Span | None = None


def check(file: File) -> Iterator[Finding]:
    model = file.model
    found: dict[Span, Finding] = {}
    for whole in wholes(model):
        place = Place(None, whole.place)
        faults = [_of_whole(option) for option in options(whole.value)]
        if faults and all(faults):
            finding = _finding(file, place, whole.value, faults[0] or Fault(""))
            found.setdefault(finding.span, finding)
        else:
            for one, value, fault in _within(model, whole.value, place):
                finding = _finding(file, one, value, fault)
                found.setdefault(finding.span, finding)
    for single in singles(model):
        for one, value, fault in _faults(model, single.value, _place_of_single(model, single)):
            finding = _finding(file, one, value, fault)
            found.setdefault(finding.span, finding)
    yield from found.values()


def _place_of_single(model: Model, single: Single) -> Place:
    text, target = next(texts(single.key), None), single.place
    statement = model.statement_at(target)
    if statement is None or statement.start != target.start:
        return Place(text, target)
    return Place(text, statement, target)


def _finding(file: File, place: Place, value: AnyValue, fault: Fault) -> Finding:
    statement = file.model.statement_at(place.span)
    inline = _is_in(statement, value) or _is_in(place.span, value)
    span = value.span if inline and value.span is not None else place.span
    name = "artifact metadata" if place.key is None else f"metadata {shown(place.key, 20)}"
    fix = None
    if fault.convert is not None and (place.after is not None or inline):
        fix = file.fix("Make a list of it", _convert, place, span, fault.convert)
    why = "" if fault.becomes == REFUSED else SILENT
    return Finding(span, f"{name} is {fault.what}, {fault.becomes}", why=why, fix=fix)


def _is_in(around: Span | None, value: AnyValue) -> bool:
    """Whether a value is written there; of what a builtin makes of a list, only the list has a place."""
    if around is None or value.span is None or (isinstance(value, Items) and value.kind not in _DISPLAYS):
        return False
    return around.contains(value.span)


def _of_whole(value: AnyValue) -> Fault | None:
    """Why something is no metadata at all; of the run's config, here and below, config-not-a-dict tells."""
    if isinstance(value, Ref):
        if value.kind in (ObjectKind.SUMMARY, ObjectKind.ARGUMENTS):
            return Fault(f"{_OBJECTS[value.kind]}, no dict")
    if isinstance(value, Items):
        return Fault(f"{'a view' if value.kind in _VIEWS else f'a {value.kind}'}, no dict")
    return Fault("a number, no dict") if isinstance(value, Number | Flag) else None


def _within(model: Model, value: AnyValue, place: Place) -> Iterator[tuple[Place, AnyValue, Fault]]:
    for option in options(value):
        if isinstance(option, Dict):
            yield from _faults(model, option, place)


def _faults(model: Model, value: AnyValue, place: Place) -> Iterator[tuple[Place, AnyValue, Fault]]:
    """Each fault in a value, with the place it stands at and the value that has it."""
    if isinstance(value, Dict):
        for entry in value.entries:
            here = _place_of(entry, place)
            if isinstance(entry.key, Items):
                yield here, entry.key, Fault(f"a dict with a {entry.key.kind} for a key")
            yield from _faults(model, entry.value, here)
        return
    found = [_of_leaf(model, option) for option in options(value)]
    if found and all(found):
        yield place, value, found[0] or Fault("")
    elif isinstance(value, Items):
        for item in value.items:
            yield from _faults(model, item, place._replace(after=None))


def _place_of(entry: Entry, around: Place) -> Place:
    text = next(texts(entry.key), None)
    key = text if text is not None and text.known_length else around.key
    return Place(key, entry.span or around.span, text.span if text is not None and entry.span else None)


_VIEWS = ("keys", "values", "items")
_DISPLAYS = ("list", "tuple", "set")
_INFINITE = frozenset({"math.inf", "numpy.inf", "numpy.Inf", "numpy.infty", "torch.inf"})
_NO_NUMBER = frozenset({"math.nan", "numpy.nan", "numpy.NaN", "torch.nan"})
_ITERATORS = ("builtins.map", "builtins.filter", "builtins.zip", "builtins.iter")
_OBJECTS = {
    ObjectKind.SUMMARY: "the run's summary",
    ObjectKind.ARGUMENTS: "a Namespace",
    ObjectKind.RUN: "a run",
    ObjectKind.ARTIFACT: "an artifact",
    ObjectKind.TABLE: "a table",
}
_LIST = ("list(", ")")
_TO_LIST = ("", ".tolist()")


def _of_leaf(model: Model, value: AnyValue) -> Fault | None:
    if isinstance(value, Items):
        if value.kind in _VIEWS:
            return Fault(f"a dict's {value.kind}", convert=_LIST)
        return Fault("a frozenset", convert=_LIST) if value.kind == "frozenset" else None
    if isinstance(value, Ref):
        return _of_object(model, value)
    if not isinstance(value, Unknown):
        return None
    if value.why is Why.CALL and value.kind is Kind.NUMBER:
        if value.name in _INFINITE:
            return Fault("infinite")
        if value.name in _NO_NUMBER:
            return Fault("NaN", "recorded as null")
        if value.name == "builtins.complex":
            return Fault("a complex number")
    if value.kind is Kind.GENERATOR:
        is_map = value.name in _ITERATORS
        return Fault(f"a {value.name[9:]}" if is_map else "a generator", convert=_LIST)
    return _of_data(value)


def _of_data(value: Unknown) -> Fault | None:
    if value.kind in (Kind.ARRAY, Kind.TENSOR):
        convert = _TO_LIST if value.kind is Kind.ARRAY else None
        what = "an array" if value.kind is Kind.ARRAY else "a tensor"
        if value.size is None:
            return Fault(what, f"{AS_TEXT} if over {LARGEST} elements", convert)
        return Fault(f"{what} of {value.size} elements", AS_TEXT, convert) if value.size > LARGEST else None
    if value.kind is Kind.FRAME:
        return Fault("a data frame", AS_TEXT)
    if value.kind is Kind.OBJECT and value.name.startswith("pandas."):
        part = value.name.rpartition(".")[2]
        return Fault(f"a data frame's {part}", AS_TEXT, _LIST) if part in ("columns", "index") else None
    if value.kind in (Kind.MEDIA, Kind.PLOT):
        return Fault("media" if value.kind is Kind.MEDIA else "a chart", AS_TEXT)
    return None


def _of_object(model: Model, value: Ref) -> Fault | None:
    if value.kind is ObjectKind.SYMBOL:
        if value.name in _INFINITE:
            return Fault("infinite")
        return Fault("NaN", "recorded as null") if value.name in _NO_NUMBER else None
    if value.kind is ObjectKind.INSTANCE and value.id is not None and _is_plain(model, value.id):
        return Fault(f"an object of {shown(model.classes[value.id].name, 16)}", AS_TEXT)
    what = _OBJECTS.get(value.kind)
    return Fault(what, AS_TEXT) if what is not None else None


def _is_plain(model: Model, class_id: int) -> bool:
    """Whether a class says nothing of how its objects are to be written down."""
    known = model.classes[class_id]
    tells = ("__str__", "__repr__")
    methods = [function.name for function in model.functions if function.class_id == class_id]
    return not known.bases and not known.decorators and not any(name in tells for name in methods)


def _convert(text: str, place: Place, span: Span, convert: tuple[str, str]) -> Edits | None:
    """Put a conversion around the value at a place."""
    if place.after is not None and place.span.contains(place.after):
        written = re.compile(r"\s*(?::|=|\]\s*=)\s*").match(text, place.after.end, place.span.end)
        if written is None:
            return None
        span = Span(written.end(), place.span.end)
    before, after = convert
    if not before and re.fullmatch(r"[\w.]+(\([^()]*\))?", source_of(text, span)) is None:
        before, after = "(", f"){after}"
    return wrap(text, span, before, after)


EXAMPLES = (
    Bad(
        """
        import wandb

        best = {"loss": float("inf"), "epoch": 0}
                        ^^^^^^^^^^^^
        with wandb.init(project="texts") as run:
            model = wandb.Artifact("head", type="model", metadata={"best": best, "framework": "torch"})
            run.log_artifact(model)
        """,
        message="metadata `loss` is infinite, which W&B refuses",
    ),
    Good(
        """
        import wandb

        best = {"loss": 0.3, "epoch": 4}
        with wandb.init(project="texts") as run:
            model = wandb.Artifact("head", type="model", metadata={"best": best, "framework": "torch"})
            run.log_artifact(model)
        """
    ),
    Bad(
        """
        import pandas as pd
        import wandb

        LABELS = {"ham": 0, "phishing": 1}

        def publish(run: wandb.Run, rows):
            lengths = dict(lengths=(len(row) for row in rows))
                                    ^^^^^^^^^^^^^^^^^^^^^^^^
            mails = wandb.Artifact("mails", "dataset", metadata=lengths)
            mails.metadata["labels"] = LABELS.keys()
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            mails.metadata["columns"] = pd.read_csv("mails.csv").columns
                                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            mails.metadata.update({"seen": frozenset(LABELS), "pairs": map(len, rows)})
                                   ^^^^^^^^^^^^^^^^^^^^^^^^^
                                                                       ^^^^^^^^^^^^^^
            run.log_artifact(mails)
        """,
        message=(
            "metadata `lengths` is a generator, which W&B refuses",
            "metadata `labels` is a dict's keys, which W&B refuses",
            "metadata `columns` is a data frame's columns, recorded as text",
            "metadata `seen` is a frozenset, which W&B refuses",
            "metadata `pairs` is a map, which W&B refuses",
        ),
        fixed="""
        import pandas as pd
        import wandb

        LABELS = {"ham": 0, "phishing": 1}

        def publish(run: wandb.Run, rows):
            lengths = dict(lengths=list(len(row) for row in rows))
            mails = wandb.Artifact("mails", "dataset", metadata=lengths)
            mails.metadata["labels"] = list(LABELS.keys())
            mails.metadata["columns"] = list(pd.read_csv("mails.csv").columns)
            mails.metadata.update({"seen": list(frozenset(LABELS)), "pairs": list(map(len, rows))})
            run.log_artifact(mails)
        """,
    ),
    Bad(
        """
        import numpy as np
        import wandb
        from training import losses

        centre = np.zeros(768)
        run = wandb.init(project="texts", config={"params": {"lr": 0.1}})
        model = wandb.Artifact("head", type="model")
        model.metadata["centre"] = centre
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        model.metadata["weights"] = 2 * np.ones(64)
                                    ^^^^^^^^^^^^^^^
        run.log_artifact(model)
        more = {"config": dict(run.config), "losses": np.array(losses)}
                                                      ^^^^^^^^^^^^^^^^
        run.log_artifact(wandb.Artifact("tail", type="model", metadata=more))
        """,
        message=(
            "metadata `centre` is an array of 768 elements, recorded as text",
            "metadata `weights` is an array of 64 elements, recorded as text",
            "metadata `losses` is an array, recorded as text if over 32 elements",
        ),
        fixed="""
        import numpy as np
        import wandb
        from training import losses

        centre = np.zeros(768)
        run = wandb.init(project="texts", config={"params": {"lr": 0.1}})
        model = wandb.Artifact("head", type="model")
        model.metadata["centre"] = centre.tolist()
        model.metadata["weights"] = (2 * np.ones(64)).tolist()
        run.log_artifact(model)
        more = {"config": dict(run.config), "losses": np.array(losses).tolist()}
        run.log_artifact(wandb.Artifact("tail", type="model", metadata=more))
        """,
    ),
    Bad(
        """
        import numpy as np
        import pandas as pd
        import wandb

        class Vocabulary:
            def __init__(self, words):
                self.words = words

        with wandb.init(project="texts") as run:
            model = wandb.Artifact("head", type="model", metadata={
                "vocabulary": Vocabulary(["win", "prize"]),
                              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
                "threshold": np.nan,
                ^^^^^^^^^^^^^^^^^^^
                "errors": {"table": pd.read_csv("errors.csv")},
                                    ^^^^^^^^^^^^^^^^^^^^^^^^^
                "confusion": {("ham", "phishing"): 3},
                              ^^^^^^^^^^^^^^^^^^^
            })
            run.log_artifact(model)
            run.log_artifact(wandb.Artifact("tail", type="model", metadata=[("lr", 0.1)]))
                                                                           ^^^^^^^^^^^^^
        """,
        message=(
            "metadata `vocabulary` is an object of `Vocabulary`, recorded as text",
            "metadata `threshold` is NaN, recorded as null",
            "metadata `table` is a data frame, recorded as text",
            "metadata `confusion` is a dict with a tuple for a key, which W&B refuses",
            "artifact metadata is a list, no dict, which W&B refuses",
        ),
    ),
    Good(
        """
        import datetime
        import numpy as np
        import wandb as wb
        from dataclasses import dataclass
        from pathlib import Path

        @dataclass
        class Split:
            train: int = 800

        LABELS = {"ham": 0, "phishing": 1}
        run = wb.init(project="texts", config={"params": {"lr": 0.1}})
        model = wb.Artifact("head", type="model", metadata={
            "f1": np.float64(0.9),
            "weights": np.array([0.3, 0.7]),
            "centre": np.zeros(768).tolist(),
            "labels": list(LABELS.keys()),
            "seen": {"ham", "phishing"},
            "split": Split(),
            "made": datetime.datetime.now(),
            "path": Path("head.pt"),
            "config": dict(run.config),
        })
        """
    ),
    Good(
        """
        import wandb

        def publish(run: wandb.Run, losses, stats, model):
            best = float("inf")
            for loss in losses:
                best = min(best, loss)
            artifact = wandb.Artifact("head", type="model", metadata={"best": best, "model": model, **stats})
            artifact.metadata["mean"] = stats["lengths"].mean()
            run.log_artifact(artifact)
        """
    ),
)

PROOF = (
    Proof(
        bad=Raises("ValueError", "Out of range float values are not JSON compliant"),
        good=Shows(
            "all of the metadata is recorded",
            lambda ran: ran.run.artifacts[0]["metadata"]["best"] == {"loss": 0.3, "epoch": 4},
        ),
    ),
    Proof(
        setup="""
        import numpy as np
        import wandb

        run = wandb.init(project="texts")
        """,
        bad_script='run.log_artifact(wandb.Artifact("head", "model", metadata={"a": np.zeros(33)}))',
        good_script='run.log_artifact(wandb.Artifact("head", "model", metadata={"a": np.zeros(32)}))',
        bad=Shows("a text", lambda ran: isinstance(ran.run.artifacts[0]["metadata"]["a"], str)),
        good=Shows("a list", lambda ran: ran.run.artifacts[0]["metadata"]["a"] == [0.0] * 32),
    ),
)
