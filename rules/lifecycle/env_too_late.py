"""Reports a `WANDB_*` variable that is set when W&B has read its variables already.

Why it matters: the SDK reads them once, when its session starts: at the first `wandb.init`, `wandb.login`,
`wandb.Api` or `wandb.setup`. What is set later is ignored, with a warning at the next start: the run lands in
another project, under another name, or online. Variables that other programs read are not meant:
transformers has its own times (WB711), and a child process gets what is set before it starts.

When to ignore: where it is meant for a program that this one starts in a way that is not to be seen.
"""

from collections.abc import Iterator

from wbcheck.rule import (
    ApiCall,
    Bad,
    Call,
    EnvironmentSet,
    Event,
    File,
    Finding,
    Good,
    HelperCall,
    Label,
    Login,
    Model,
    ObjectKind,
    Part,
    Preset,
    Proof,
    Ref,
    Rule,
    RunStart,
    Shows,
    Span,
    Starter,
    TrainerMade,
    Tri,
    Unknown,
    Why,
    constant,
    options,
    precedes,
)

from ._environment import hands_on, is_read, place

RULE = Rule(
    code="WB612",
    name="env-too-late",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="The SDK has read its variables by then, and does not look again: this one is ignored.",
    how="Set it before the first call of W&B, or give the value to `wandb.init`.",
)

# What a session reads when it starts. The key, and the folders of caches and artifacts, are read when needed.
READ_ONCE = frozenset(
    f"WANDB_{name}"
    for name in (
        "PROJECT ENTITY NAME RUN_NAME RUN_GROUP JOB_TYPE RUN_JOB_TYPE TAGS RUN_TAGS NOTES RUN_NOTES RUN_ID "
        "RESUME MODE DIR CONSOLE SILENT QUIET BASE_URL DISABLE_CODE DISABLE_GIT SAVE_CODE IGNORE_GLOBS HOST "
        "USERNAME REINIT CONFIG_PATHS INIT_TIMEOUT NOTEBOOK_NAME SYNC_TENSORBOARD HTTP_TIMEOUT"
    ).split()
)


def check(file: File) -> Iterator[Finding]:
    model = file.model
    if any(call.name == "wandb.teardown" for call in model.each(Call)):
        return  # the session ends there, and the next one reads them anew
    for event in model.each(EnvironmentSet):
        name = constant(event.name)
        if name not in READ_ONCE or event.how in ("delete", "load", "putenv") or _is_of_run(event):
            continue
        begun = next(
            (span for before, span in _sessions(model) if precedes(model, before, event) is Tri.YES), None
        )
        if begun is None or hands_on(model, event) or is_read(model, name):
            continue
        if name != "WANDB_PROJECT" or not _asks_for_project(model, event):
            message = f"`{name}` is set after the W&B session has started"
            yield Finding(place(event), message, related=(Label(begun, "it starts here at the latest"),))


def _sessions(model: Model) -> Iterator[tuple[Event, Span]]:
    """What starts the session, if it has not yet begun, and where."""
    for event in model.events:
        is_setup = isinstance(event, Login) or (isinstance(event, ApiCall) and not event.method)
        is_setup = is_setup or (isinstance(event, RunStart) and event.starter is Starter.INIT)
        is_setup = is_setup or (isinstance(event, HelperCall) and _gives_own(event))
        if isinstance(event, Call) and (is_setup or event.name == "wandb.setup"):
            yield event, event.callee


def _gives_own(call: HelperCall) -> bool:
    """Whether a function of another file certainly starts a run, as it gives that and nothing else."""
    given = call.result
    return isinstance(given, Ref) and given.kind is ObjectKind.RUN and given.id in call.runs


def _is_of_run(event: EnvironmentSet) -> bool:
    """Whether the value is what W&B gave: a run's id, kept for whoever goes on with it."""
    values = options(event.value)
    return any(
        isinstance(value, Part) or (isinstance(value, Unknown) and value.why is Why.RUN_ID)
        for value in values
    )


def _asks_for_project(model: Model, event: EnvironmentSet) -> bool:
    """Whether an integration that hands the variable on to `wandb.init` may come after it."""
    others = [start for start in model.each(RunStart) if start.starter is not Starter.INIT]
    return any(precedes(model, event, each) is not Tri.NO for each in (*others, *model.each(TrainerMade)))


EXAMPLES = (
    Bad(
        """
        import os
        import wandb

        with wandb.init(project="texts", name="clean-texts", job_type="clean") as run:
            run.log({"clean/rows": 1200})

        os.environ["WANDB_NAME"] = "exp-003-train-20250102T1030Z"
        ^^^^^^^^^^^^^^^^^^^^^^^^
        with wandb.init(project="texts", job_type="train") as run:
            run.log({"train/loss": 0.3})
        """,
        message="`WANDB_NAME` is set after the W&B session has started",
    ),
    Bad(
        """
        import os
        import wandb

        wandb.login()
        os.environ["WANDB_PROJECT"] = "texts"
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^
        run = wandb.init(job_type="train")
        """,
        message="`WANDB_PROJECT` is set after the W&B session has started",
    ),
    Bad(
        """
        # %%
        import wandb
        wandb.login()

        # %%
        %env WANDB_MODE=offline
        ^^^^^^^^^^^^^^^^^^^^^^^
        run = wandb.init(project="texts")
        """,
        notebook=True,
        message="`WANDB_MODE` is set after the W&B session has started",
    ),
    Good(
        """
        import os
        import wandb

        os.environ["WANDB_NAME"] = "exp-003-train-20250102T1030Z"
        with wandb.init(project="texts", job_type="train") as run:
            run.log({"train/loss": 0.3})
        os.environ["TOKENIZERS_PARALLELISM"] = "false"
        """
    ),
    Good(
        """
        import os
        import subprocess
        import wandb as wb

        wb.login()
        os.environ["WANDB_RUN_GROUP"] = "exp-003"
        subprocess.run(["python", "train.py"], check=True)
        """
    ),
    Good(
        """
        import os
        import wandb
        from transformers import Trainer, TrainingArguments

        wandb.login()
        os.environ["WANDB_PROJECT"] = "texts"
        os.environ["WANDB_LOG_MODEL"] = "end"
        Trainer(model=model, args=TrainingArguments("out", report_to=["wandb"])).train()
        """
    ),
    Good(
        """
        import os
        import wandb

        def main(dry):
            if dry:
                os.environ["WANDB_MODE"] = "offline"
            run = wandb.init(project="texts")
            os.environ["WANDB_RUN_ID"] = run.id
            os.environ["WANDB_CACHE_DIR"] = "/scratch/wandb"
            if dry:
                del os.environ["WANDB_MODE"]

        def login():
            os.environ["WANDB_ENTITY"] = "team"
            wandb.login()
        """
    ),
    Good(
        """
        import os
        import wandb

        with wandb.init(project="texts") as run:
            run.log({"train/loss": 0.3})
        wandb.teardown()
        os.environ["WANDB_PROJECT"] = "text-models"
        run = wandb.init()
        """
    ),
    Good(
        """
        # %%
        import wandb
        wandb.login()

        # %%
        %env WANDB_PROJECT=texts
        !python train.py
        """,
        notebook=True,
    ),
)

PROOF = Proof(
    bad=Shows(
        "the second run has no name",
        lambda ran: ran.runs[0].name == "clean-texts" and not _named(ran.runs[1].name),
    ),
    good=Shows("the run has its name", lambda ran: _named(ran.run.name)),
)


def _named(name: str) -> bool:
    return name == "exp-003-train-20250102T1030Z"
