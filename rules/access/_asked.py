"""What a project asks W&B's public API for by name: filters, orders, keys of histories."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from wbcheck.rule import (
    AnyValue,
    ApiCall,
    ApiRecord,
    Dict,
    File,
    Items,
    Model,
    Project,
    options,
    spelled,
    texts,
)

# With these reports and workspaces are written, whose panels name metrics and keys of configs.
_REPORTS = ("wandb_workspaces", "wandb.apis.reports", "wandb_gql.reports")


def dependents(file: File, old: Mapping[str, tuple[str, ...]]) -> list[str]:
    """What else of the project goes by old names: queries of the API, and code that writes reports.

    ``old`` has for each name the forms in which it is asked for; each answer is a form and a file.
    """
    forms = {form for each in old.values() for form in each}
    found = {f"`{text}` in {path}" for path, text in asked(file) if text.lstrip("+-") in forms}
    for model in file.project.once(_reporting):
        text = file.text_of(model.path)
        for form in forms if text is not None else ():
            if spelled(text or "", rf"(?<=['\"]){re.escape(form)}(?=['\"])"):
                found.add(f"`{form}` in {model.path}")
    return first(found)


def of_entity(file: File, entity: str) -> list[str]:
    """What the API is asked for below an entity, each with its file."""
    return first(f"`{text}` in {path}" for path, text in asked(file) if text.startswith(f"{entity}/"))


def first(told: Iterable[str]) -> list[str]:
    """The first three of what is said, each once and in order, and how many more there are."""
    found = sorted(set(told))
    return found[:3] + ([f"{len(found) - 3} more"] if found[3:] else [])


def asked(file: File) -> tuple[tuple[str, str], ...]:
    """Every constant text that a call of the API is given, and `config.lr` for each key that is read of a run
    it gave, with the path of the file.
    """
    return file.project.once(_asked)


def _asked(project: Project) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    for model in project.models.values():
        for call in model.each(ApiCall):
            found += ((model.path, text) for each in call.arguments.items for text in _texts(each.value))
        for record in model.each(ApiRecord):
            names = [step.name for step in record.path]
            found += [(model.path, ".".join(name for name in names if name))] if None not in names else []
    return tuple(found)


def _reporting(project: Project) -> tuple[Model, ...]:
    return tuple(model for model in project.models.values() if model.imports_module(*_REPORTS))


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
