"""Data and models that a run reads and writes by other means than artifacts."""

from __future__ import annotations

from wbcheck.rule import (
    AnyValue,
    Call,
    DataRead,
    DataWritten,
    Event,
    Model,
    Run,
    Text,
    Tri,
    Unknown,
    Why,
    options,
    partings,
    paths,
    precedes,
    shown,
    surely_runs,
    texts,
)

_HUBS = ("from_pretrained",)
# Where a path begins like this, it is one, and no name on a hub.
_LOCAL = ("./", "../", "/", "~")
_BUFFERS = ("io.BytesIO", "io.StringIO", "BytesIO", "StringIO")
_TARGETS = (
    "path_or_buf",
    "path",
    "file",
    "fname",
    "filename",
    "save_directory",
    "dataset_path",
    "filepath",
    "f",
)


def run_of(model: Model, event: Event) -> Run | None:
    """The run that is certainly active where something happens; ``None`` where none is or several may be."""
    active = [run for run in model.runs if run.start >= 0 and is_within(model, run, event)]
    return active[-1] if active else None


def is_within(model: Model, run: Run, event: Event) -> bool:
    """Whether a run has started by then, if it is wanted at all, and has not ended."""
    if run.with_block is not None:
        return all(any(place.block == run.with_block for place in way) for way in paths(model, event))
    start = model.events[run.start]
    ways = list(partings(model, start, event))
    own = model.function_of(start)
    if own is not None and own == model.function_of(event):
        # Of a function that is called several times, what one call starts is not what another one is in.
        ways = [way for way in ways if any(block.id == own.block for block in way.shared)]
    if not ways or not all(way.ordered and surely_runs(way.first, way.second) for way in ways):
        return False
    return not any(precedes(model, model.events[end], event) is Tri.YES for end in run.finishes)


def is_input(read: DataRead) -> bool:
    """Whether something is read that could be an artifact: neither from a hub nor from a buffer."""
    last = read.name.rpartition(".")[2]
    if last in _HUBS:
        return bool(list(texts(read.source))) and all(_is_local(each) for each in options(read.source))
    return not _is_buffer(read.source) and not any(
        _is_download(each) or _is_resumed(each) for each in options(read.source)
    )


def is_output(written: DataWritten) -> bool:
    """Whether something is written to a file."""
    if written.target is None:
        return any(written.arguments.find(name) is not None for name in _TARGETS)
    return not _is_buffer(written.target)


def _is_local(value: AnyValue) -> bool:
    return isinstance(value, Text) and value.skeleton.startswith(_LOCAL)


def _is_download(value: AnyValue) -> bool:
    """Whether a path lies in what an artifact's download gave, which makes its run an input or WB504's."""
    parts = [hole.value for hole in value.holes] if isinstance(value, Text) else [value]
    return any(isinstance(part, Unknown) and part.why is Why.DOWNLOAD for part in parts)


def _is_resumed(value: AnyValue) -> bool:
    """Whether it is the run's own checkpoint that is read: `args.resume`."""
    return isinstance(value, Unknown) and "resume" in value.name.lower()


def _is_buffer(value: AnyValue | None) -> bool:
    return any(isinstance(each, Unknown) and each.name in _BUFFERS for each in options(value))


def named(call: Call, path: AnyValue | None) -> str:
    """What is read or written, for a headline: the path where it says something, else the call."""
    text = next(texts(path), None)
    return shown(text, 32) if text is not None and text.is_telling else f"with {shown(call.callee_text, 32)}"
