"""Reports a run's config that is changed after the run was started.

Why it matters: the config is the contract that says what the code is going to do. Values that arrive later
are missing while the run starts, surprise who reads the record, and a sweep or a launch job cannot set
them. The guide says: use the config to tell the code what to do, do not let the code surprise the config
(Config as a Contract).

When to ignore: where a value that the run is compared by is only known later and has to be a config column.
"""

import re
from collections.abc import Callable, Iterator

from wbcheck.rule import (
    Applicability,
    Bad,
    BlockKind,
    ConfigWrite,
    Edits,
    Event,
    File,
    Finding,
    Fix,
    Flag,
    Good,
    Label,
    Model,
    Number,
    Preset,
    Rule,
    RunStart,
    Span,
    Text,
    Tri,
    Unknown,
    Why,
    insert_before,
    remove_statement,
    set_argument,
    shown,
    source_of,
    together,
    wrap,
)

from ._configs import dotted, is_rebound

RULE = Rule(
    code="WB204",
    name="config-mutation",
    preset=Preset.RECOMMENDED,
    since="0.1.0",
    fix=Applicability.UNSAFE,
    why="A config that changes after the start no longer says what the run set out to do.",
    how="Put it into the config before `wandb.init`, or, where it is only known later, into `run.summary`.",
)

_NOT_WRITES = ("rebind", "delete")


def check(file: File) -> Iterator[Finding]:
    together: dict[object, list[ConfigWrite]] = {}
    for write in file.model.each(ConfigWrite):
        if len(write.path) > 1 or write.how in _NOT_WRITES or is_handed_on(file.model, write):
            continue
        if is_before_the_run(file.model, write):
            continue  # it raises, which use-before-init tells
        if write.path and write.how not in ("item", "attribute") and not write.how.endswith("="):
            continue  # a change inside of a nested value is WB205
        if not is_rebound(file.model):
            # Keys that one block sets on one run, line after line, are one mistake.
            key = (write.block, write.runs) if write.path else write.id
            together.setdefault(key, []).append(write)
    for first, *others in together.values():
        related = tuple(Label(other.span, "set, too") for other in others)
        yield Finding(first.span, headline(first, len(others)), related=related, fix=fix_of(file, first))


def is_before_the_run(model: Model, write: ConfigWrite) -> bool:
    """Whether there certainly is no run yet: none at all, or none of the function that starts one later."""
    function = model.blocks[write.block].function
    starts = [start for start in model.each(RunStart) if model.blocks[start.block].function == function]
    return any(
        each.event == write.id
        and each.start is None
        and (not each.own or any(start.span.start > write.span.start for start in starts))
        for each in model.runless
    )


def fix_of(file: File, write: ConfigWrite) -> Callable[[], Fix | None] | None:
    """``config=x`` for ``config.update(x)`` right after a start without a config."""
    start = file.model.start_of(write.run)
    given = write.arguments.find("d") if write.arguments else None
    if start is None or given is None or given.keyword or write.how != "update" or write.path:
        return None
    if start.arguments.given("config") is not Tri.NO:
        return None
    model = file.model
    if any(of(model, start) != of(model, write) for of in (Model.function_of, cell_of)):
        return None
    names = model.runs[start.run].names
    statement = model.statement_at(start.span) or start.span
    return file.fix("Give it to the start of the run", at_start, start, statement, write, given.span, names)


def cell_of(model: Model, event: Event) -> int | None:
    """The block of the notebook's cell that an event is in."""
    cells = (block.id for block in model.enclosing(event.block) if block.kind is BlockKind.CELL)
    return next(cells, None)


def at_start(
    text: str, start: RunStart, statement: Span, write: ConfigWrite, given: Span, names: tuple[str, ...]
) -> Edits | None:
    """The value as the argument of the start, with the comments on it.

    Refuses where something lies between, or the value needs the run.
    """
    between = text[start.span.end : write.span.start]
    value = source_of(text, given)
    if _NEXT.fullmatch(between) is None or set(_WORDS.findall(value)) & {"wandb", *names}:
        return None
    behind = _REMARK.match(text, write.span.end)
    if behind is not None and _ENDS.match(between) is None:
        return None
    above = _REMARKS.search(between)
    lines = "".join(f"{line.strip()}\n" for line in above[1].splitlines()) if above else ""
    return together(
        insert_before(text, statement, lines) if lines else (),
        set_argument(text, start.arguments, "config", given),
        wrap(text, start.span, "", behind[0]) if behind else (),
        remove_statement(text, write.span, ".*" if lines else ""),
    )


# Nothing between the two but the name in a `with`, comments and blank lines.
_NEXT = re.compile(r"\)?[ \t]*(?:as[ \t]+\w+[ \t]*)?:?(?:[ \t]*(?:#[^\n]*)?\r?\n)+[ \t]*")
_ENDS = re.compile(r"\r?\n")
_REMARK = re.compile(r"[ \t]*#[^\r\n]*")
_REMARKS = re.compile(r"(?<=\n)((?:[ \t]*#[^\n]*\n)+)[ \t]*$")
_WORDS = re.compile(r"\w+")


def headline(write: ConfigWrite, others: int) -> str:
    """What is said of a write: the key that is set, or the method that changes several."""
    if not write.path:
        return f"`config.{write.how}` changes the config of a run that has started"
    if others:
        return f"{shown(dotted(write), 32)} and {others} more are set on a run that has started"
    return f"{shown(dotted(write), 40)} is set on a run that has started"


def is_handed_on(model: Model, write: ConfigWrite) -> bool:
    """Whether a logger integration writes: it cannot know before the start what it is handed later."""
    start = model.start_of(write.run)
    if isinstance(write.value, Text | Number | Flag) and write.path:
        return False  # a value that is written out was known before
    if start is not None:
        return start.forwards
    is_parameter = isinstance(write.value, Unknown) and write.value.why is Why.PARAMETER
    return is_parameter or any(start.forwards for start in model.each(RunStart))


EXAMPLES = (
    Bad(
        """
        import wandb

        run = wandb.init(config={"params": {"lr": 0.1}})
        run.config["num_features"] = 12
        ^^^^^^^^^^^^^^^^^^^^^^^^^^
        run.config.seed = 0
        if run.config["num_features"] > 10:
            run.config.wide = True
            ^^^^^^^^^^^^^^^
        """,
        message=(
            "`config.num_features` and 1 more are set on a run that has started",
            "`config.wide` is set on a run that has started",
        ),
    ),
    Bad(
        """
        import argparse
        import wandb

        args = argparse.ArgumentParser().parse_args()
        wandb.init(project="texts")
        wandb.config.update(args)
        ^^^^^^^^^^^^^^^^^^^^^^^^^
        print(args)
        """,
        message="`config.update` changes the config of a run that has started",
        fixed="""
        import argparse
        import wandb

        args = argparse.ArgumentParser().parse_args()
        wandb.init(project="texts", config=args)
        print(args)
        """,
    ),
    Bad(
        """
        import wandb
        from training import params, train

        with wandb.init(
            project="texts",
            job_type="train",
        ) as run:
            # what the code is told to do
            run.config.update({"params": params}, allow_val_change=True)
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            train(run)
        """,
        message="`config.update` changes the config of a run that has started",
        fixed="""
        import wandb
        from training import params, train

        # what the code is told to do
        with wandb.init(
            project="texts",
            job_type="train",
            config={"params": params},
        ) as run:
            train(run)
        """,
    ),
    Bad(
        """
        import wandb
        from training import count

        with wandb.init(project="texts") as run:
            run.config.update({"meta": {"id": run.id}})
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            run.config.update({"num_samples": count()})
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
        message="`config.update` changes the config of a run that has started",
    ),
    Bad(
        """
        # %%
        import wandb

        run = wandb.init(project="texts")

        # %%
        # Storing hyperparameters
        run.config.update({"params": {"lr": 0.1}})
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
        notebook=True,
        message="`config.update` changes the config of a run that has started",
    ),
    Bad(
        """
        import wandb

        config = wandb.init(config={"params": {"lr": 0.1}}).config
        config.setdefaults({"seed": 0})
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
        message="`config.setdefaults` changes the config of a run that has started",
    ),
    Bad(
        """
        import wandb

        def train(defaults):
            with wandb.init(config=defaults):
                wandb.config.architecture = "cnn"
                ^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
        message="`config.architecture` is set on a run that has started",
    ),
    Good(
        """
        import wandb

        config = {"params": {"lr": 0.1}}
        config["params"]["seed"] = 0
        config.update(meta={"task": "spam"})
        with wandb.init(config=config) as run:
            run.summary["num_features"] = 12
        """
    ),
    Good(
        """
        import wandb

        class Tracker:
            def __init__(self, name, **settings):
                self.run = wandb.init(name=name, **settings)

            def store(self, values):
                self.run.config.update(values)
        """
    ),
    Good(
        """
        import wandb

        wandb.config.update({"params": {"lr": 0.1}})
        run = wandb.init(project="texts")
        """
    ),
    Good(
        """
        from transformers import AutoConfig
        import wandb

        wandb.init(project="texts")
        config = AutoConfig.for_model("bert")
        config.update({"num_labels": 2})
        config.hidden_size = 12
        """
    ),
)
