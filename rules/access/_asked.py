"""What a project asks W&B's public API for by name: filters, orders, keys of histories."""

from __future__ import annotations

from collections.abc import Iterator

from wbcheck.rule import AnyValue, ApiCall, Dict, File, Items, options, texts


def asked(file: File) -> Iterator[tuple[str, str]]:
    """Every constant text that a call of the API is given, with the path of its file."""
    for model in file.project.models.values():
        for call in model.each(ApiCall):
            for argument in call.arguments.items:
                for text in _texts(argument.value):
                    yield model.path, text


def _texts(value: AnyValue) -> Iterator[str]:
    for option in options(value):
        if isinstance(option, Items):
            for item in option.items:
                yield from _texts(item)
        elif isinstance(option, Dict):
            for entry in option.entries:
                yield from _texts(entry.key)
                yield from _texts(entry.value)
        else:
            yield from (text.constant for text in texts(option) if text.constant)
