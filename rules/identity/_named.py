"""The names that runs really get, each with the job type that says what kind of run it is."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from wbcheck.rule import Event, Model, RunAttribute, RunStart, Span, Text, options, setup, texts

from .job_type_vocabulary import MEANT, VOCABULARY, plain

EXPERIMENTS = frozenset({"pre-train", "train", "fine-tune", "eval", "test", "inference"})
DATA_OPERATIONS = frozenset({"ingest", "clean", "encode", "transform", "split"})

# A date (`2025-12-13`, `20241217T1430Z`) or the seconds since 1970 typed into a text.
_MOMENT = re.compile(
    r"(?<!\d)(?:19|20)\d\d[-_.]?(?:0[1-9]|1[0-2])[-_.]?(?:0[1-9]|[12]\d|3[01])(?!\d)"
    r"|(?<!\d)1[4-9]\d{8}(?:\d{3})?(?!\d)"
)


class Named(NamedTuple):
    """A text that names a run: the run's start, the event that gives the name, and the span that does.

    ``job_types`` are the words of the vocabulary that the run's job type means, empty where
    it is not fully known, and ``said`` the same as written. ``alone`` when no other text may be the name.
    """

    start: RunStart
    event: Event
    span: Span
    text: Text
    job_types: frozenset[str]
    said: frozenset[str]
    alone: bool


def named(model: Model) -> Iterator[Named]:
    """Every name that a known run gets and keeps."""
    for place in setup.given(model, "name"):
        is_start = isinstance(place.event, RunStart)
        start = place.event if is_start else _start_of(model, place.event)
        if not isinstance(start, RunStart) or (is_start and _is_renamed(model, start)):
            continue
        said = frozenset(option.constant or "" for option in texts(start.get("job_type")))
        if len(said) < len(options(start.get("job_type"))):
            said = frozenset()
        words = frozenset(map(meant, said))
        kinds = words if words <= _KNOWN else frozenset()
        found = tuple(texts(place.value))
        for text in found:
            yield Named(start, place.event, place.span, text, kinds, said, len(found) == 1)


def has_typed_moment(text: Text) -> bool:
    """Whether a timestamp is typed into the constant parts of a text."""
    return any(_MOMENT.search(piece.text) for piece in text.constants)


_KNOWN = frozenset(VOCABULARY)


def meant(said: str) -> str:
    """The word of the vocabulary that a job type means; itself, where there is none."""
    return MEANT.get(plain(said), plain(said))


def _start_of(model: Model, event: Event) -> RunStart | None:
    return model.start_of(event.run) if isinstance(event, RunAttribute) else None


def _is_renamed(model: Model, start: RunStart) -> bool:
    """Whether the run may get another name later on."""
    return any(
        event.write and event.attribute == "name" and (start.run in event.runs or not event.sure)
        for event in model.each(RunAttribute)
    )
