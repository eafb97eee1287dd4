"""The tags that a run is given, one by one."""

from collections.abc import Iterator
from typing import NamedTuple

from wbcheck.rule import AnyValue, Items, Model, Span, Text, options, texts

from ._given import given


class Tag(NamedTuple):
    """A tag: its text, its place, and the span of the event that gives it.

    ``certain`` unless it is only one of several that may stand there.
    """

    text: Text
    span: Span
    within: Span
    certain: bool


def tags(model: Model) -> Iterator[Tag]:
    """Every tag of a list, tuple or set of tags that a run is given."""
    for place in given(model, "tags"):
        for option in options(place.value):
            for item in option.items if isinstance(option, Items) else ():
                for text in texts(item):
                    yield Tag(text, text.span or place.span, place.event.span, item is text)


def is_text(value: AnyValue) -> bool:
    """Whether a value is certainly a string."""
    return bool(options(value)) and all(isinstance(option, Text) for option in options(value))
