"""Reports `wandb.log` and its kin where the run is at hand in a name.

Why it matters: `wandb.log` goes to whichever run is active by then. Once a second run is started, or a helper
finishes one, it silently goes elsewhere, or raises. The run that `wandb.init` gave says where it goes, and is
what the guide uses throughout (Basic Usage).

When to ignore: in code that is meant to log to whichever run its caller has started.
"""

from collections.abc import Iterator

from wbcheck.rule import (
    Applicability,
    Bad,
    File,
    Finding,
    Good,
    Model,
    Preset,
    Rule,
    RunCall,
    Via,
    replace,
    shown,
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
    for call in file.model.each(RunCall):
        is_whole = call.callee_text.endswith(f".{call.method}")
        if call.via is not Via.MODULE or not call.at_hand or is_house(file.model, call):
            continue
        if call.method in _FUNCTIONS and is_whole:
            method = f"{call.at_hand}.{call.method}"
            yield Finding(
                call.callee,
                f"{shown(call.callee_text, 30)} is called, not {shown(method, 30)}",
                fix=file.fix(f"Call `{method}`", replace, call.callee, method),
            )


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
