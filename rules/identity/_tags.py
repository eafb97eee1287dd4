"""The tags that a run is given, one by one."""

from collections.abc import Iterator
from typing import NamedTuple

from wbcheck.rule import AnyValue, Event, Items, Model, Span, Text, options, texts

from ._given import given


class Tag(NamedTuple):
    """A tag: its text, its place, and the event that gives it, with its span.

    ``certain`` unless it is only one of several that may stand there.
    """

    text: Text
    span: Span
    within: Span
    certain: bool
    event: Event


def tags(model: Model) -> Iterator[Tag]:
    """Every tag of a list, tuple or set of tags that a run is given."""
    for place in given(model, "tags"):
        for option in options(place.value):
            for item in option.items if isinstance(option, Items) else ():
                for text in texts(item):
                    place_of = text.span or place.span
                    yield Tag(text, place_of, place.event.span, item is text, place.event)


def is_text(value: AnyValue) -> bool:
    """Whether a value is certainly a string."""
    return bool(options(value)) and all(isinstance(option, Text) for option in options(value))
