"""Reports a run's name that does not follow the pattern of its kind.

Why it matters: runs are found by their names, in the runs table and at the nodes of the lineage graph. Names
of one form sort together and say by themselves which experiment a run belongs to and what it did. The
guide has a pattern for experiments and evaluations, and one for data operations (Run Names); the kind
is told by the job type.

When to ignore: where a name has to be another system's, such as a job's number; a team that has
patterns of its own gives them by the options.
"""

from collections.abc import Iterator
from typing import Annotated

from wbcheck.rule import Bad, File, Finding, Good, Options, Preset, Rule, doc, shown, varies

from ._named import DATA_OPERATIONS, EXPERIMENTS, has_typed_moment, named
from ._pattern import may_follow


class Patterns(Options, frozen=True):
    """How runs are named."""

    experiments: Annotated[str, doc("The pattern of training's and evaluation's names.")] = (
        "exp-{00X}-{job_type}-{timestamp}"
    )
    data_operations: Annotated[str, doc("The pattern of data operations' names.")] = (
        "{job_type}-{more-info}-{dataset}"
    )


RULE = Rule(
    code="WB103",
    name="run-name-format",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="Names of one form sort together and say which experiment or which data a run is about.",
    how="Name it by the pattern of its kind.",
    options=Patterns,
)


def check(file: File) -> Iterator[Finding]:
    for name in named(file.model):
        for kind, pattern in (
            (EXPERIMENTS, file.options.experiments),
            (DATA_OPERATIONS, file.options.data_operations),
        ):
            is_kind = bool(name.job_types) and name.job_types <= kind
            # Another job type's word in its place is WB114's; `run` stands there in the guide's own example.
            if not is_kind or may_follow(name.text, pattern, kind | name.said | {"run"}):
                continue
            # An experiment's name that never differs is WB104's alone.
            if kind is DATA_OPERATIONS or varies(name.text) or has_typed_moment(name.text):
                yield Finding(
                    name.text.span or name.span,
                    f"run name {shown(name.text)} does not follow the pattern",
                    how=f"Name it by `{pattern}`.",
                )


EXAMPLES = (
    Bad(
        """
        import time
        import wandb

        with wandb.init(project="texts", name=f"big-eval-{int(time.time())}", job_type="eval") as run:
                                              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            run.log({"eval/f1": 0.9})
        """,
        message="run name `big-eval-{}` does not follow the pattern",
    ),
    Bad(
        """
        import wandb

        run = wandb.init(project="texts", name="phishing-texts-cleaned", job_type="clean")
                                               ^^^^^^^^^^^^^^^^^^^^^^^^
        """,
        message="run name `phishing-texts-cleaned` does not follow the pattern",
    ),
    Bad(
        """
        import time
        import wandb

        run = wandb.init(name=f"exp-003-eval-{int(time.time())}", job_type="eval")
                              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
        message="run name `exp-003-eval-{}` does not follow the pattern",
        options={"experiments": "{job_type}-{model}-{timestamp}"},
    ),
    Bad(
        """
        import wandb

        run = wandb.init(name="clean-phishing-texts", job_type="clean")
                              ^^^^^^^^^^^^^^^^^^^^^^
        """,
        message="run name `clean-phishing-texts` does not follow the pattern",
        options={"data-operations": "data-{job_type}-{dataset}"},
    ),
    Bad(
        """
        from datetime import datetime
        import wandb

        run = wandb.init(name=f"exp-003-{datetime.now():%Y%m%d}", job_type="train")
                              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
        message="run name `exp-003-{}` does not follow the pattern",
    ),
    Good(
        """
        import time
        import wandb as wb

        wb.init(name="exp-003-train-2025-12-13T07-30-22Z ", job_type="train")
        wb.init(name="exp-001-fine-tune-20241217T1430Z", job_type="fine-tune")
        wb.init(name=f"exp-001-run-{int(time.time())}", job_type="train")
        wb.init(name="encode-head-tail-phishing-texts", job_type="encode")
        wb.init(name="clean_texts", job_type="cleaning")
        """
    ),
    Good(
        """
        import time
        import wandb
        from names import GROUP, kind

        def start(prefix, step):
            wandb.init(name=f"{GROUP}-train-{int(time.time())}", job_type="train")
            wandb.init(name=f"{prefix}-{time.time()}", job_type="eval")
            wandb.init(name=f"my-{time.time()}", job_type=kind)
            wandb.init(name=f"my-{time.time()}")
            step.init(name=f"my-{time.time()}", job_type="eval")
        """
    ),
    Good(
        """
        import wandb

        run = wandb.init(name="bert-large", job_type="train")
        """
    ),
)
