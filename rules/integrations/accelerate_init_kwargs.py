"""Reports arguments of `wandb.init` that accelerate's `init_trackers` does not hand on.

Why it matters: `init_kwargs` holds a dict for each tracker, under the tracker's name. What does not lie under
`"wandb"` is left out without a word: the run has none of the name, group, job type and tags that it
was given.

When to ignore: where a tracker of your own is registered under that name.
"""

from collections.abc import Iterator
from typing import Annotated

from wbcheck.rule import (
    Applicability,
    Bad,
    Call,
    Dict,
    Edits,
    File,
    Finding,
    Good,
    Model,
    Options,
    Preset,
    Ref,
    Rule,
    Span,
    Unproven,
    constant,
    doc,
    listed,
    nest_value,
    options,
    rename_key,
    value_span,
)


class Trackers(Options, frozen=True):
    trackers: Annotated[
        tuple[str, ...], doc("Names of trackers that have been registered with accelerate.")
    ] = ()


RULE = Rule(
    code="WB709",
    name="accelerate-init-kwargs",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="Accelerate hands on only what is under the tracker's name: these never get to `wandb.init`.",
    how='Put them under the tracker: `init_kwargs={"wandb": {...}}`.',
    fix=Applicability.SAFE,
    changes=("name", "group", "job_type"),
    options=Trackers,
)

# The arguments of `wandb.init` that name, sort and describe a run; none is the name of a tracker.
_OURS = frozenset(
    "entity dir id name notes tags config group job_type mode reinit resume resume_from fork_from save_code "
    "sync_tensorboard monitor_gym settings anonymous".split()
)


def check(file: File) -> Iterator[Finding]:
    for call in file.model.each(Call):
        given = call.arguments.find("init_kwargs") if _tracks(file.model, call) else None
        for value in options(given.value) if given is not None else ():
            if given is None or not isinstance(value, Dict):
                continue
            lost = _lost(value, file.options.trackers)
            if lost:
                is_here = value.span is not None and given.span.contains(value.span)
                span = value.span if is_here and value.span is not None else given.span
                kind = Applicability.SAFE if _has_tracker(call) else Applicability.UNSAFE
                held = span if is_here else value_span(file.text, given)
                fix = file.fix_as(kind, "Put it under `wandb`", _under_wandb, held, value, lost)
                verb = "are" if len(lost) > 1 else "is"
                yield Finding(
                    span,
                    f"{listed(lost, 40)} in `init_kwargs` {verb} not under `wandb`",
                    fix=fix,
                )
            yield from _twice(value, given.span)


def _tracks(model: Model, call: Call) -> bool:
    """Whether a call starts the trackers of an accelerator that has W&B's, or where it is asked for W&B's."""
    if call.name != "Accelerator.init_trackers" or _has_tracker(call):
        return call.name == "Accelerator.init_trackers"
    asked = (block.condition for block in model.enclosing(call.block) if block.condition is not None)
    is_asked = any("wandb" in test.text.lower() and not test.negated for test in asked)
    return isinstance(call.receiver, Ref) and not call.receiver.name and is_asked


def _has_tracker(call: Call) -> bool:
    return isinstance(call.receiver, Ref) and call.receiver.name == "wandb"


def _twice(value: Dict, given: Span) -> Iterator[Finding]:
    """The project, which `init_trackers` gives to `wandb.init` already."""
    own = value.find("wandb")
    entry = own.value.find("project") if own is not None and isinstance(own.value, Dict) else None
    if entry is not None:
        span = entry.span if entry.span is not None and given.contains(entry.span) else given
        why = (
            "`init_trackers` gives `wandb.init` its first argument as `project`: with a second one it raises."
        )
        how = "Leave it out, and name the project in the first argument."
        yield Finding(span, "`project` is given to `wandb.init` twice", why=why, how=how)


def _under_wandb(text: str, held: Span | None, value: Dict, lost: list[str]) -> Edits | None:
    """All of a dict that is ``held`` by the call, if all of it is lost."""
    if len(value.entries) != len(lost) or value.open or held is None:
        return None
    if _is_misspelt(lost[0]):
        return rename_key(text, value.entries[0], "wandb") if len(lost) == 1 else None
    return nest_value(text, held, ["wandb"])


def _lost(value: Dict, trackers: tuple[str, ...]) -> list[str]:
    """What lies beside the trackers' dicts: arguments of `wandb.init`, or W&B's name misspelt."""
    names = [name for entry in value.entries if (name := constant(entry.key)) is not None]
    return [name for name in names if name not in trackers and (name in _OURS or _is_misspelt(name))]


def _is_misspelt(name: str) -> bool:
    return name != "wandb" and name.lower().strip() in (
        "wandb",
        "wandb_kwargs",
        "wandb_init",
        "wandb_init_kwargs",
    )


EXAMPLES = (
    Bad(
        """
        from accelerate import Accelerator

        accelerator = Accelerator(log_with="wandb")
        accelerator.init_trackers(
            "texts",
            config={"params": {"lr": 0.1}},
            init_kwargs={"name": "exp-003-train-20250102T1030Z", "job_type": "train"},
                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        )
        """,
        message="`name`, `job_type` in `init_kwargs` are not under `wandb`",
        fixed="""
        from accelerate import Accelerator

        accelerator = Accelerator(log_with="wandb")
        accelerator.init_trackers(
            "texts",
            config={"params": {"lr": 0.1}},
            init_kwargs={
                "wandb": {"name": "exp-003-train-20250102T1030Z", "job_type": "train"},
            },
        )
        """,
    ),
    Bad(
        """
        import accelerate

        tracking = {"wandb": {"group": "exp-003"}, "tags": ["baseline"]}
        accelerator = accelerate.Accelerator(log_with=["wandb", "tensorboard"])
        accelerator.init_trackers("texts", init_kwargs=tracking)
                                           ^^^^^^^^^^^^^^^^^^^^
        """,
        message="`tags` in `init_kwargs` is not under `wandb`",
    ),
    Bad(
        """
        from accelerate import Accelerator

        accelerator = Accelerator(log_with="wandb")
        accelerator.init_trackers("texts", init_kwargs={"WandB": {"group": "exp-003"}})
                                                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
        message="`WandB` in `init_kwargs` is not under `wandb`",
        fixed="""
        from accelerate import Accelerator

        accelerator = Accelerator(log_with="wandb")
        accelerator.init_trackers("texts", init_kwargs={"wandb": {"group": "exp-003"}})
        """,
    ),
    Bad(
        """
        from accelerate import Accelerator
        from settings import args

        accelerator = Accelerator(log_with=args.tracker)
        if args.tracker == "wandb":
            accelerator.init_trackers("texts", init_kwargs={"name": args.name})
                                                           ^^^^^^^^^^^^^^^^^^^
        """,
        message="`name` in `init_kwargs` is not under `wandb`",
        fixed="""
        from accelerate import Accelerator
        from settings import args

        accelerator = Accelerator(log_with=args.tracker)
        if args.tracker == "wandb":
            accelerator.init_trackers("texts", init_kwargs={"wandb": {"name": args.name}})
        """,
    ),
    Bad(
        """
        from accelerate import Accelerator

        accelerator = Accelerator(log_with="wandb")
        accelerator.init_trackers("texts", init_kwargs={"wandb": {"project": "texts", "group": "exp-003"}})
                                                                  ^^^^^^^^^^^^^^^^^^
        """,
        message="`project` is given to `wandb.init` twice",
    ),
    Good(
        """
        from accelerate import Accelerator as Launcher

        launcher = Launcher(log_with="all")
        launcher.init_trackers(
            "texts", init_kwargs={"wandb": {"name": "exp-003-train"}, "tensorboard": {"flush_secs": 60}}
        )
        """
    ),
    Good(
        """
        from accelerate import Accelerator
        from settings import tracking

        accelerator = Accelerator(log_with="wandb")
        accelerator.init_trackers("texts", init_kwargs=tracking)
        accelerator.init_trackers("texts", init_kwargs={**tracking, "wandb": {"name": "exp-003-train"}})
        """
    ),
    Good(
        """
        import wandb
        from trackers import Launcher

        Launcher(log_with="wandb").init_trackers("texts", init_kwargs={"name": "exp-003-train"})
        wandb.init(project="texts", name="exp-003-train")
        """
    ),
    Good(
        """
        import wandb
        from accelerate import Accelerator
        from settings import args

        Accelerator(log_with="tensorboard").init_trackers("texts", init_kwargs={"name": "exp-003-train"})
        Accelerator(log_with=args.tracker).init_trackers("texts", init_kwargs={"name": "exp-003-train"})
        """
    ),
    Good(
        """
        from accelerate import Accelerator
        from trackers import Notes

        accelerator = Accelerator(log_with=["wandb", Notes()])
        accelerator.init_trackers("texts", init_kwargs={"notes": {"title": "exp-003-train"}})
        """,
        options={"trackers": ["notes"]},
    ),
)

PROOF = Unproven("needs accelerate; read in its `init_trackers`")
