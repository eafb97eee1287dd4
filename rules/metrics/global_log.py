"""Reports `wandb.log` and its kin where the run is at hand in a name.

Why it matters: `wandb.log` goes to whichever run is active by then. Once a second run is started, or a helper
finishes one, it silently goes elsewhere, or raises. The run that `wandb.init` gave says where it goes, and is
what the guide uses throughout (Basic Usage).

When to ignore: in code that is meant to log to whichever run its caller has started.
"""

from collections.abc import Iterator, Sequence

from wbcheck.rule import (
    Applicability,
    Bad,
    Edits,
    File,
    Finding,
    Good,
    Model,
    Preset,
    Rule,
    RunCall,
    Via,
    drop_import,
    replace_callee,
    shown,
    together,
)

RULE = Rule(
    code="WB305",
    name="global-log",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="The module's functions go to whichever run is active by then, which need not be this one.",
    how="Call the method of the run.",
    fix=Applicability.SAFE,
)

# Both the module and a run have these, and mean the same by them.
_FUNCTIONS = frozenset(
    """
    log finish save watch unwatch define_metric log_artifact use_artifact log_model use_model link_model alert
    mark_preempting restore
    """.split()
)


def check(file: File) -> Iterator[Finding]:
    found = [call for call in file.model.each(RunCall) if is_beside_run(file.model, call)]
    for call in found:
        method = f"{call.at_hand}.{call.method}"
        yield Finding(
            call.callee,
            f"{shown(call.callee_text, 30)} is called, not {shown(method, 30)}",
            fix=file.fix(f"Call `{method}`", called_on_run, call, found),
        )


def is_beside_run(model: Model, call: RunCall) -> bool:
    """Whether a function of the module's is called where the run that it goes to is at hand."""
    is_whole = call.callee_text.endswith(f".{call.method}")
    if call.via is not Via.MODULE or not call.at_hand or is_house(model, call):
        return False
    return call.method in _FUNCTIONS and is_whole


def called_on_run(text: str, call: RunCall, found: Sequence[RunCall]) -> Edits | None:
    """The run's method in the place of the module's, at every call where nothing else uses the import."""
    module = call.callee_text.partition(".")[0]
    unused = drop_import(text, module, [each.callee for each in found])
    changed = found if unused else [call]
    calls = ((each, f"{each.at_hand}.{each.method}") for each in changed)
    return together(unused, *(replace_callee(text, each.callee, each.arguments, new) for each, new in calls))


def is_house(model: Model, call: RunCall) -> bool:
    """Whether this is a function of a team's own, which may do more than W&B's."""
    first = call.callee_text.partition(".")[0]
    return any(entry.name == first and entry.target.split(".")[0] != "wandb" for entry in model.imports)


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts") as run:
            wandb.log({"train/loss": 0.1})
            ^^^^^^^^^
            wandb.define_metric("train/*", step_metric="epoch")
            ^^^^^^^^^^^^^^^^^^^
        """,
        message=(
            "`wandb.log` is called, not `run.log`",
            "`wandb.define_metric` is called, not `run.define_metric`",
        ),
        fixed="""
        import wandb

        with wandb.init(project="texts") as run:
            run.log({"train/loss": 0.1})
            run.define_metric("train/*", step_metric="epoch")
        """,
    ),
    Bad(
        """
        import numpy as np
        import wandb
        from wandb import init

        run = init(project="texts")
        for loss in np.ones(3):
            wandb.log({"train/loss": loss})
            ^^^^^^^^^
        wandb.finish()
        ^^^^^^^^^^^^
        """,
        message=(
            "`wandb.log` is called, not `run.log`",
            "`wandb.finish` is called, not `run.finish`",
        ),
        fixed="""
        import numpy as np
        from wandb import init

        run = init(project="texts")
        for loss in np.ones(3):
            run.log({"train/loss": loss})
        run.finish()
        """,
    ),
    Bad(
        """
        import wandb as wb

        class Tracker:
            def __init__(self):
                self.run = wb.init(project="texts")
                wb.watch(self)
                ^^^^^^^^
        """,
        message="`wb.watch` is called, not `self.run.watch`",
        fixed="""
        import wandb as wb

        class Tracker:
            def __init__(self):
                self.run = wb.init(project="texts")
                self.run.watch(self)
        """,
    ),
    Good(
        """
        import wandb

        wandb.init(project="texts")
        wandb.log({"train/loss": 0.1})
        wandb.finish()
        run = wandb.init(project="texts")
        run.log({"train/loss": 0.1})
        """
    ),
    Good(
        """
        import wandb

        def report(run):
            wandb.log({"train/loss": 0.1})

        run = wandb.init(project="texts")
        report(None)
        other = wandb.init(project="texts", reinit="create_new")
        """
    ),
    Good(
        """
        import wandb

        def train(resumed):
            run = wandb.init(project="texts")
            if resumed:
                wandb.finish
                run = None
            wandb.log({"train/loss": 0.1})
        """
    ),
)
