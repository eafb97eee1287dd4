"""What is certain of a run that another `wandb.init` meets."""

from __future__ import annotations

from wbcheck.rule import (
    EscapeKind,
    File,
    Finish,
    Model,
    ObjectKind,
    RunStart,
    Starter,
    Tri,
    constant,
    options,
    texts,
)


def gives_active_run(file: File, start: RunStart) -> bool:
    """Whether this `wandb.init`, met by an active run, certainly gives that one back.

    A script's does so unless told otherwise. A notebook's ends the active run first, unless it is told to
    return it.
    """
    if start.starter is not Starter.INIT or is_disabled(start):
        return False
    if file.model.notebook:
        return any(text.constant == "return_previous" for text in texts(start.get("reinit")))
    told = any(start.arguments.given(name) is not Tri.NO for name in ("reinit", "settings"))
    return not told and file.project.sets("WANDB_REINIT") is not Tri.YES


def is_disabled(start: RunStart | None) -> bool:
    """Whether the run may be one that records nothing: each of those is new, and takes every call."""
    return start is not None and any(constant(each) == "disabled" for each in options(start.get("mode")))


def may_end_unseen(model: Model, run: int) -> bool:
    """Whether code that is not known may have ended the run: it got hold of it, or ends some run or other."""
    return (
        bool(model.refusals)
        or any(model.escapes_of(run, ObjectKind.RUN, how=(EscapeKind.CALL,)))
        or any(not event.sure for event in model.each(Finish))
    )
