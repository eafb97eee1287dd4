"""What needs a run, and asks the module for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from wbcheck.rule import (
    AnyEvent,
    ConfigRead,
    ConfigWrite,
    Import,
    Model,
    RunAttribute,
    RunCall,
    Runless,
    RunStart,
    Span,
    SummaryRead,
    SummaryWrite,
    Via,
    is_reached,
    shown,
)

# What the module has as functions that raise without a run; `finish` and `restore` do not.
FUNCTIONS = frozenset(
    "log save watch unwatch define_metric log_artifact use_artifact log_model use_model link_model alert "
    "mark_preempting pin_config_keys".split()
)


class Ask(NamedTuple):
    """Something that raises for want of a run: where, and in what words."""

    runless: Runless
    event: AnyEvent
    span: Span
    what: str


def asks(model: Model) -> Iterator[Ask]:
    """All that raises as the module has no run, in source order."""
    for runless in model.runless:
        event = model.events[runless.event]
        match event:
            case RunCall() if event.via is Via.GLOBAL or event.method in FUNCTIONS:
                span, what = event.callee, f"{shown(event.callee_text, 28)} is called"
            case RunAttribute() if event.write:
                span, what = event.span, f"`wandb.run.{event.attribute}` is set"
            case RunAttribute():
                span, what = event.span, f"`wandb.run.{event.attribute}` is read"
            case ConfigRead() if event.how != "whole":
                span, what = event.span, "`wandb.config` is read"
            case ConfigWrite():
                span, what = event.span, "`wandb.config` is written"
            case SummaryRead():
                span, what = event.span, "`wandb.summary` is read"
            case SummaryWrite():
                span, what = event.span, "`wandb.summary` is written"
            case _:
                continue
        yield Ask(runless, event, span, what)


def stand_ins(model: Model) -> dict[str, Import]:
    """The names that an import binds to what raises for ever, as no run can have been started by then."""
    first = min(
        (start.span.start for start in model.each(RunStart) if is_reached(model, start)), default=None
    )
    return {
        entry.name: entry
        for entry in model.imports
        if entry.target.removeprefix("wandb.") in {*FUNCTIONS, "config", "summary", "run"}
        and entry.target.startswith("wandb.")
        and model.blocks[entry.block].function is None
        and (first is None or entry.span.start < first)
    }


def stand_in_of(event: AnyEvent, names: dict[str, Import], module_imported: bool) -> str:
    """Which of those names an event makes use of, empty for none."""
    match event:
        case RunCall():
            head = event.callee_text.partition(".")[0]
            return head if head in names else ""
        case RunAttribute():
            target = "wandb.run" if event.via is Via.MODULE else ""
        case ConfigRead() | ConfigWrite():
            target = "wandb.config" if event.via is Via.MODULE else ""
        case SummaryRead() | SummaryWrite():
            target = "wandb.summary"
        case _:
            return ""
    for name, entry in names.items():
        if entry.target == target:
            steps = getattr(event, "path", ())
            length = steps[0].span.start - event.span.start if steps else 0
            if length == len(name) or (not steps and not module_imported):
                return name
    return ""
