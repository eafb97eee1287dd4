"""Reports an artifact that is used, or linked, by a run that is offline.

Why it matters: only the server knows which artifacts there are, so `use_artifact` and `use_model` raise in
a run with `mode="offline"`, and so do `link_artifact` and `link_model`. In a run with `mode="disabled"` they
do nothing.

When to ignore: never.
"""

from __future__ import annotations

from collections.abc import Iterator

from wbcheck.rule import (
    ArtifactLinked,
    ArtifactUsed,
    Bad,
    BlockKind,
    EnvironmentSet,
    File,
    Finding,
    Good,
    Model,
    Preset,
    Proof,
    Raises,
    Rule,
    RunCall,
    RunStart,
    Tri,
    constant,
    options,
    precedes,
)

RULE = Rule(
    code="WB509",
    name="offline-use-artifact",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="Only the server knows which artifacts there are: without it the call raises.",
    how="Run it online, or read the files from where they lie and declare them in a run that is.",
)

_OFFLINE = frozenset({"offline", "dryrun"})


def check(file: File) -> Iterator[Finding]:
    model = file.model
    for call in model.each(RunCall):
        start = model.start_of(call.run)
        if start is None or not isinstance(call, ArtifactUsed | ArtifactLinked):
            continue
        if call.finished is Tri.NO and is_offline(model, start) and not is_caught(model, call):
            yield Finding(call.callee, f"`{call.method}` raises in a run that is offline")


def is_offline(model: Model, start: RunStart) -> bool:
    """Whether a run is certainly offline: it says so, or the file has said so in the environment before."""
    if start.arguments.given("mode") is not Tri.NO:
        modes = {constant(mode) for mode in options(start.get("mode"))}
        return bool(modes) and modes <= _OFFLINE
    said = [
        event
        for event in model.each(EnvironmentSet)
        if any(constant(name) in ("WANDB_MODE", None) for name in options(event.name))
    ]
    return (
        len(said) == 1
        and constant(said[0].name) == "WANDB_MODE"
        and constant(said[0].value) in _OFFLINE
        and said[0].how != "setdefault"
        and not start.arguments.splats
        and start.arguments.given("settings") is Tri.NO
        and precedes(model, said[0], start) is Tri.YES
    )


def is_caught(model: Model, call: RunCall) -> bool:
    """Whether a handler may take what the call raises."""
    tries = {block.group for block in model.enclosing(call.block) if block.kind is BlockKind.TRY}
    return any(block.kind is BlockKind.EXCEPT and block.group in tries for block in model.blocks)


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts", job_type="eval", mode="offline") as run:
            mails = run.use_artifact("mails:latest")
                    ^^^^^^^^^^^^^^^^
        """,
        message="`use_artifact` raises in a run that is offline",
    ),
    Bad(
        """
        import os
        import wandb

        os.environ["WANDB_MODE"] = "offline"

        def publish(run, path):
            run.link_model(path, "head", name="head")
            ^^^^^^^^^^^^^^

        def main():
            run = wandb.init(project="texts", job_type="train")
            publish(run, "head.pt")
            head = wandb.use_model("head:best")
                   ^^^^^^^^^^^^^^^
            run.finish()

        main()
        """,
        message=(
            "`link_model` raises in a run that is offline",
            "`use_model` raises in a run that is offline",
        ),
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts", job_type="eval", mode="disabled") as run:
            mails = run.use_artifact("mails:latest")
        """
    ),
    Good(
        """
        import argparse
        import wandb as wb

        parser = argparse.ArgumentParser()
        parser.add_argument("--mode", default="offline")
        args = parser.parse_args()

        with wb.init(project="texts", job_type="eval", mode=args.mode) as run:
            run.use_artifact("mails:latest")

        with wb.init(project="texts", mode="online" if args.mode == "best" else "offline") as run:
            run.use_artifact("mails:latest")
        """
    ),
    Good(
        """
        import os
        import wandb
        from store import run as till

        os.environ["WANDB_MODE"] = "offline"

        with wandb.init(project="texts", job_type="eval", mode="online") as run:
            run.use_artifact("mails:latest")
        till.use_artifact("mails:latest")

        run = wandb.init(project="texts", job_type="train", mode="offline")
        try:
            path = run.use_artifact("mails:latest").download()
        except TypeError:
            path = "data/mails"
        run.log_artifact("head.pt", name="head", type="model")
        run.finish()
        """
    ),
    Good(
        """
        import wandb

        def evaluate(run: wandb.Run):
            return run.use_artifact("mails:latest").download()

        def rehearse():
            run = wandb.init(project="texts", mode="offline")
            run.log({"eval/f1": 0.9})
            run.finish()
        """
    ),
)

PROOF = Proof(bad=Raises("TypeError", "offline mode"))
