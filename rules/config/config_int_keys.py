"""Reports keys that are numbers in a nested dict of a config, or in an artifact's metadata.

Why it matters: both are recorded as JSON, whose keys are texts. `{0: "ham"}` is read back as `{"0":
"ham"}`, so a label that was found under `0` while training is missing when the model is used, and nothing
says why. Keys that are texts from the beginning are the same everywhere (What to Include asks for
`id2label`).

When to ignore: where whoever reads the record turns the keys back into numbers.
"""

import re
from collections.abc import Iterator

from wbcheck.rule import (
    AnyValue,
    Applicability,
    ArtifactChanged,
    ArtifactMade,
    Bad,
    ConfigRead,
    ConfigWrite,
    Dict,
    Edits,
    Event,
    File,
    Finding,
    Good,
    Kind,
    Label,
    Mended,
    Model,
    Number,
    Origin,
    Preset,
    Rule,
    RunStart,
    Span,
    Stuck,
    Unknown,
    constant,
    quote,
    replace,
    shown,
    source_of,
    together,
    wrap,
)

RULE = Rule(
    code="WB214",
    name="config-int-keys",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="Configs and metadata are recorded as JSON, where every key is a text: `0` comes back as `'0'`.",
    how="Make the keys texts, and look values up by them.",
    fix=Applicability.UNSAFE,
)

_WRITTEN = re.compile(r"0|[1-9]\d*")


def check(file: File) -> Iterator[Finding]:
    seen: set[Span] = set()
    for value, nested, what, event in recorded(file.model):
        for config in dicts(value) if nested else inner(value):
            found = numbered(config)
            if not found or found[0] in seen:
                continue
            seen.update(found)
            related = tuple(Label(place, "this one, too") for place in found[1:])
            # Written elsewhere, other code may look things up by the numbers.
            statement = file.model.statement_at(event.span)
            is_here = all(file.model.statement_at(place) == statement for place in found)
            fix = file.fix_across(texted, event, found) if is_here else None
            yield Finding(found[0], f"{named(config)} recorded as text in {what}", related=related, fix=fix)


def texted(file: File, event: Event, found: list[Span]) -> Mended | None:
    """The keys as texts. Raises ``Stuck`` where the run looks something up by a key that may be a number."""
    for read in file.model.each(ConfigRead) if isinstance(event, RunStart | ConfigWrite) else ():
        if any(constant(step.key) is None for step in read.path[1:]):
            raise Stuck("a value is looked up here by a key that may be a number", read.span)
    edits = as_texts(file.text, found)
    return None if edits is None else Mended("Make the keys texts, as they are in the record", edits)


def recorded(model: Model) -> Iterator[tuple[AnyValue, bool, str, Event]]:
    """What becomes JSON, whether it lies in a dict already, where it goes, and by what."""
    for event in model.events:
        if isinstance(event, RunStart):
            value, nested, what = event.get("config"), False, "the config"
        elif isinstance(event, ConfigWrite):
            value, nested, what = event.value, bool(event.path), "the config"
        elif isinstance(event, ArtifactMade):
            value, nested, what = event.get("metadata"), True, "the metadata"
        elif isinstance(event, ArtifactChanged) and event.attribute == "metadata":
            value, nested, what = event.value, True, "the metadata"
        else:
            continue
        if value is not None:
            yield value, nested, what, event


def inner(value: AnyValue) -> Iterator[Dict]:
    """The dicts inside of a config; a number as a key of the config itself raises (WB210)."""
    for entry in value.entries if isinstance(value, Dict) else ():
        yield from dicts(entry.value)


def dicts(value: AnyValue) -> Iterator[Dict]:
    """A dict and those inside of it."""
    if isinstance(value, Dict):
        yield value
        yield from inner(value)


def numbered(config: Dict) -> list[Span]:
    """Where the keys that are numbers stand: each in its own entry, a comprehension's counter as its key."""
    if config.origin is Origin.COMPREHENSION:
        return [entry.span for entry in config.entries if entry.span and is_number(entry.key)]
    return [
        entry.key.span
        for entry in config.entries
        if isinstance(entry.key, Number)
        and entry.key.span
        and entry.span
        and entry.span.contains(entry.key.span)
    ]


def named(config: Dict) -> str:
    keys = [shown(str(entry.key.value), 12) for entry in config.entries if isinstance(entry.key, Number)]
    if not keys:
        return "keys that are numbers are"
    word, verb = ("key", "is") if len(keys) == 1 else ("keys", "are")
    return f"{word} {', '.join(keys[:3])}{'…' if len(keys) > 3 else ''} {verb}"


def is_number(key: AnyValue) -> bool:
    return isinstance(key, Number) or (isinstance(key, Unknown) and key.kind is Kind.NUMBER)


def as_texts(text: str, places: list[Span]) -> Edits | None:
    """Each number in quotes, a counter in ``str(…)``."""
    return together(*(as_text(text, place) for place in places))


def as_text(text: str, place: Span) -> Edits | None:
    source = source_of(text, place)
    if source.isidentifier():
        return wrap(text, place, "str(", ")")
    quoted = quote(text, source, place.start) if _WRITTEN.fullmatch(source) else None
    return None if quoted is None else replace(text, place, quoted)


EXAMPLES = (
    Bad(
        """
        import wandb

        labels = {0: "ham", 1: "spam"}
                  ^
        run = wandb.init(config={"params": {"lr": 0.1}, "meta": {"labels": labels}})
        """,
        message="keys `0`, `1` are recorded as text in the config",
    ),
    Bad(
        """
        import wandb

        labels = ["ham", "spam"]
        model = wandb.Artifact(
            "spam-classifier",
            type="model",
            metadata={
                "id2label": {number: label for number, label in enumerate(labels)},
                             ^^^^^^
                "label2id": {label: number for number, label in enumerate(labels)},
            },
        )
        model.metadata["thresholds"] = {1: 0.5}
                                        ^
        """,
        message=(
            "keys that are numbers are recorded as text in the metadata",
            "key `1` is recorded as text in the metadata",
        ),
        fixed="""
        import wandb

        labels = ["ham", "spam"]
        model = wandb.Artifact(
            "spam-classifier",
            type="model",
            metadata={
                "id2label": {str(number): label for number, label in enumerate(labels)},
                "label2id": {label: number for number, label in enumerate(labels)},
            },
        )
        model.metadata["thresholds"] = {"1": 0.5}
        """,
    ),
    Good(
        """
        import wandb as wb

        labels = {"0": "ham", "1": "spam"}
        with wb.init(config={"meta": {"labels": labels}, "params": {"sizes": [1, 2]}}) as run:
            model = wb.Artifact("spam-classifier", type="model", metadata={"id2label": labels})
        """
    ),
    Good(
        """
        import wandb

        colours = {0: "red", 1: "green"}
        run = wandb.init(config={"params": {"lr": 0.1}})
        run.log({"samples": wandb.Image("a.png", masks={"truth": {"class_labels": colours}})})
        """
    ),
    Good(
        """
        import wandb

        def describe(labels, pairs):
            metadata = {"id2label": labels, "named": {key: value for key, value in pairs}}
            return wandb.Artifact("spam-classifier", type="model", metadata=metadata)
        """
    ),
)
