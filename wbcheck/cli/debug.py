"""`wbcheck debug`: what wbcheck understands of a file."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from wbcheck.cli.options import GroupedCommand, configuration, emit

if TYPE_CHECKING:
    from wbcheck.model.model import Model
    from wbcheck.source import Unit

_LENGTH = 200


@click.group("debug")
def command() -> None:
    """Show what wbcheck understands of a file."""


@command.command("model", cls=GroupedCommand)
@click.argument("file", metavar="FILE")
@configuration
def model(file: str, config: str | None, isolated: bool) -> int:
    """Print a file's semantic model: its blocks with the events in them, then runs and artifacts."""
    from wbcheck import settings
    from wbcheck.analysis import analyse
    from wbcheck.source import read_unit

    known = settings.load(config, isolated).for_file(file)
    try:
        with open(file, "rb") as stream:
            data = stream.read()
    except OSError as error:
        raise click.ClickException(f"{file}: {(error.strerror or str(error)).lower()}") from None
    analysis = analyse(file, data, known.extra_modules, known.wrappers)
    for problem in analysis.problems:
        place = problem.range.start
        emit(f"{file}:{place.row}:{place.column}: {problem.message}\n{problem.trace}", sys.stdout)
    if analysis.model is not None:
        emit("".join(f"{line}\n" for line in outline(analysis.model, read_unit(file, data))), sys.stdout)
    return int(bool(analysis.problems))


def outline(model: Model, unit: Unit) -> Iterator[str]:
    """A model as an indented list."""
    if not model.binds_wandb:
        yield "nothing in this file is bound to W&B"
        return
    depths: dict[int, int] = {}
    inside: dict[int, list[Any]] = {block.id: [] for block in model.blocks}
    for event in model.events:
        inside[event.block].append(event)
    for block in model.blocks:
        inside.setdefault(block.id, [])
        if block.parent is not None:
            inside[block.parent].append(block)
        depths[block.id] = 0 if block.parent is None else depths[block.parent] + 1
    roots = [block for block in model.blocks if block.parent is None]
    for root in roots:
        yield from _block(root, inside, unit, 0)
    for title, items in (
        ("runs", model.runs),
        ("artifacts", model.artifacts),
        ("tables", model.tables),
        ("functions", model.functions),
        ("classes", model.classes),
        ("imports", model.imports),
    ):
        if items:
            yield f"{title}:"
            yield from (f"  {_words(item)}" for item in items)


def _block(block: Any, inside: dict[int, list[Any]], unit: Unit, depth: int) -> Iterator[str]:
    words = _words(block, skip=("id", "kind", "span"), bare=True)
    yield f"{'  ' * depth}{_row(block, unit)} {block.kind}{words}"
    for item in sorted(inside[block.id], key=lambda item: item.span):
        if type(item).__name__ == "Block":
            yield from _block(item, inside, unit, depth + 1)
        else:
            yield f"{'  ' * (depth + 1)}{_row(item, unit)} {_words(item, skip=('span', 'block'))}"


def _row(item: Any, unit: Unit) -> str:
    place = unit.locate(item.span).start
    cell = f"{place.cell}/" if place.cell else ""
    return f"{cell}{place.row}:{place.column}"


def _words(item: Any, skip: tuple[str, ...] = (), bare: bool = False) -> str:
    """A struct without the fields that have their defaults."""
    import msgspec

    fields = []
    for field in msgspec.structs.fields(item):
        value = getattr(item, field.name)
        if field.name in skip or (not field.required and value == field.default):
            continue
        text = repr(value)
        fields.append(f"{field.name}={text if len(text) <= _LENGTH else text[: _LENGTH - 1] + '…'}")
    listed = ", ".join(fields)
    if bare:
        return f" ({listed})" if listed else ""
    return f"{type(item).__name__}({listed})"
