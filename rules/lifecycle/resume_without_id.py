"""Reports `resume="allow"` or `resume="must"` where nothing says which run is to be resumed.

Why it matters: the id is what W&B knows a run by. Without one it makes up a new one each time, so there is
never anything to resume: after a crash the curves begin anew in another run, and the one that was to be
continued stays as it broke off. The run's name is no id.

When to ignore: where `WANDB_RUN_ID` is set by what starts the program, outside of the project.
"""

from __future__ import annotations

from collections.abc import Iterator

from wbcheck.rule import (
    Bad,
    File,
    Finding,
    Good,
    Preset,
    Proof,
    Rule,
    RunStart,
    Shows,
    Starter,
    Tri,
    texts,
)

from ..identity._setup import is_trial

RULE = Rule(
    code="WB610",
    name="resume-without-id",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="Unless `WANDB_RUN_ID` is set, W&B makes up a new id each time: a new run, never the old one.",
    how="Keep the id of the first run and give it: `id=run_id`, or set `WANDB_RUN_ID`.",
)

_OTHERS = ("id", "settings", "resume_from", "fork_from")


def check(file: File) -> Iterator[Finding]:
    for start in file.model.each(RunStart):
        if start.starter is not Starter.INIT or is_trial(file, start):
            continue
        if any(start.arguments.given(name) is not Tri.NO for name in _OTHERS):
            continue
        if file.project.sets("WANDB_RUN_ID", file.path) is not Tri.NO or "WANDB_RUN_ID" in file.project.reads:
            continue
        for text in texts(start.get("resume")):
            if text.constant in ("allow", "must"):
                message = f'`resume="{text.constant}"` is given no id of a run to resume'
                yield Finding(text.span or start.callee, message)


EXAMPLES = (
    Bad(
        """
        import wandb

        run = wandb.init(project="texts", name="exp-003-train", resume="allow")
                                                                       ^^^^^^^
        run.log({"train/loss": 0.3})
        """,
        message='`resume="allow"` is given no id of a run to resume',
    ),
    Bad(
        """
        import wandb

        settings = {"project": "texts", "resume": "must", "id": None}
                                                  ^^^^^^
        run = wandb.init(**settings)
        """,
        message='`resume="must"` is given no id of a run to resume',
    ),
    Good(
        """
        import wandb as wb

        with open("run-id.txt") as file:
            run = wb.init(project="texts", id=file.read().strip(), resume="must")
        """
    ),
    Good(
        """
        import os
        import wandb

        os.environ["WANDB_RUN_ID"] = "texts-003"
        run = wandb.init(project="texts", resume="allow")
        """
    ),
    Good(
        """
        import os
        import wandb

        goes_on = os.environ.get("WANDB_RUN_ID") is not None
        run = wandb.init(project="texts", resume="must" if goes_on else None)
        """
    ),
    Good(
        """
        import argparse
        import wandb

        parser = argparse.ArgumentParser()
        parser.add_argument("--run-id")
        args = parser.parse_args()
        known = {"id": args.run_id} if args.run_id else {}
        wandb.init(project="texts", resume="allow", **known)
        wandb.finish()
        wandb.init(project="texts", resume="never")
        wandb.finish()
        wandb.init(project="texts", resume="auto")
        """
    ),
    Good(
        """
        import wandb

        def go_on(resume, **more):
            run = wandb.init(project="texts", resume=resume)
            other = wandb.init(project="texts", resume="allow", **more)
            return run, other

        def trial():
            with wandb.init(resume="allow") as run:
                run.log({"train/loss": 1 - run.config["params"]["lr"]})

        wandb.agent("me/texts/abc123", function=trial)
        """
    ),
)

_TWICE = """
import wandb

for _ in range(2):
    with wandb.init(project="texts", name="exp-003-train", {}resume="allow") as run:
        run.log({{"train/loss": 0.3}})
"""

PROOF = Proof(
    bad_script=_TWICE.format(""),
    good_script=_TWICE.format('id="texts-003", '),
    bad=Shows("each start makes a run of its own", lambda ran: len({run.id for run in ran.runs}) == 2),
    good=Shows("both starts are of one run", lambda ran: {run.id for run in ran.runs} == {"texts-003"}),
)
