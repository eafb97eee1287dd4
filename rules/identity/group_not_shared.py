"""Reports a group that keeps a run from those it belongs to: one that each run makes anew, or another one.

Why it matters: a group puts runs together, such as the training and the evaluation of one experiment or the
stages of a pipeline (Groups). One that is made anew by every run is a group of one, and the dashboard
folds each run by itself: a timestamp, a random part or the run's id belong into the name. So it does where
an evaluation is in another group than the only training that makes the model it uses.

When to ignore: where other programs are handed the group that this one makes, or where an experiment of its
own evaluates the model of another one.
"""

from collections.abc import Iterator

from wbcheck.rule import (
    AnyValue,
    Bad,
    BlockKind,
    File,
    Finding,
    Good,
    Input,
    Label,
    Model,
    Preset,
    Rule,
    RunStart,
    Span,
    Text,
    Unknown,
    Why,
    constant,
    options,
    shown,
)

from ._named import EXPERIMENTS, meant

RULE = Rule(
    code="WB119",
    name="group-not-shared",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="A group that every run makes anew has one run in it, and puts nothing together.",
    how='Name what the runs have in common, such as `"exp-003"`, and put the rest into the run\'s name.',
)


def check(file: File) -> Iterator[Finding]:
    model = file.model
    for start in model.each(RunStart):
        argument = start.arguments.find("group")
        values = [] if argument is None else list(options(argument.value))
        parts = [_own_part(value) for value in values]
        if argument is None or not parts or None in parts:
            continue
        what, made = next(part for part in parts if part is not None)
        is_id = any(made == _made(value) for value in options(start.get("id")))
        if not _is_shared(model, start, made):
            told = "the run's own id" if is_id else what
            yield Finding(made, f"{_called(values[0])} holds {told}, so that no other run shares it")
    for used in file.project.facts.inputs_of(file.path):
        parted = _training(file, used)
        if parted is not None:
            own, (path, other) = parted
            message = f"group {shown(own, 18)} is not that of the training of {shown(used.name, 22)}"
            label = Label(other.span or used.span, f"{shown(other, 18)} here", path)
            how = "Put the training of a model and its evaluation into one group."
            yield Finding(own.span or used.span, message, how=how, related=(label,))


def _called(value: AnyValue) -> str:
    return f"group {shown(value, 18)}" if isinstance(value, Text) and value.is_telling else "the group"


def _training(file: File, used: Input) -> tuple[Text, tuple[str, Text]] | None:
    """The group of an evaluation, and that of the only training of what it uses: where they differ."""
    own = _group(file.model, used.run, _EVALUATIONS)
    made = file.project.facts.called(used.name, used.home)
    if own is None or not used.relative or not used.home or len(made) != 1 or len(made[0].runs) != 1:
        return None
    other = _group(file.project.models[made[0].path], made[0].runs[0], _TRAININGS)
    return None if other is None or other.constant == own.constant else (own, (made[0].path, other))


_TRAININGS = frozenset({"pre-train", "train", "fine-tune"})
_EVALUATIONS = EXPERIMENTS - _TRAININGS


def _group(model: Model, run: int | None, job_types: frozenset[str]) -> Text | None:
    """The constant group of a run that is of one of these job types."""
    start = model.start_of(run)
    group = None if start is None else start.get("group")
    if start is None or not isinstance(group, Text) or group.constant is None:
        return None
    said = constant(start.get("job_type"))
    return group if said is not None and meant(said) in job_types else None


# Parts of a moment that are the same for all runs of a day.
_DATES = frozenset("%Y %y %m %d %b %B %j %U %W %V %G %a %A %h %e %-d %-m datetime.date.today".split())
_DATE_ENDS = (".date", ".year", ".month", ".day", ".isocalendar", ".weekday")


def _own_part(value: AnyValue) -> tuple[str, Span] | None:
    """What a group holds that is another one in every run: in words, and where it is made."""
    for part in [hole.value for hole in value.holes] if isinstance(value, Text) else [value]:
        if isinstance(part, Unknown) and part.span is not None:
            if part.why is Why.RANDOM or part.name in _GENERATED:
                return "a random part", part.span
            is_date = part.name in _DATES or part.name.endswith(_DATE_ENDS)
            if part.why is Why.CLOCK and not is_date:
                return "a timestamp", part.span
    return None


_GENERATED = ("wandb.util.generate_id", "wandb.sdk.lib.runid.generate_id")


def _made(value: AnyValue) -> Span | None:
    part = _own_part(value)
    return None if part is None else part[1]


def _is_shared(model: Model, start: RunStart, made: Span) -> bool:
    """Whether several runs may get what is made there: it is made elsewhere than each run starts."""
    if any(other.id != start.id and _is_given(other, made) for other in model.each(RunStart)):
        return True
    for block in model.enclosing(start.block):
        if block.kind in (BlockKind.FUNCTION, BlockKind.LOOP, BlockKind.COMPREHENSION):
            return not block.span.contains(made)
    return any(
        block.kind in (BlockKind.FUNCTION, BlockKind.LAMBDA) and block.span.contains(made)
        for block in model.blocks
    )


def _is_given(start: RunStart, made: Span) -> bool:
    return any(_made(value) == made for value in options(start.get("group")))


_TRAIN = """
    import wandb

    with wandb.init(project="texts", group="exp-003", job_type="train") as run:
        run.log_artifact("head.pt", name="head", type="model")
    """

EXAMPLES = (
    Bad(
        """
        import time
        import wandb

        run = wandb.init(project="texts", group=f"exp-{int(time.time())}", job_type="train")
                                                       ^^^^^^^^^^^^^^^^
        """,
        message="group `exp-{}` holds a timestamp, so that no other run shares it",
    ),
    Bad(
        """
        import uuid
        import wandb as wb

        def train(rank):
            group = f"ddp-{uuid.uuid4()}"
                           ^^^^^^^^^^^^
            return wb.init(project="texts", group=group, name=f"{group}-{rank}")
        """,
        message="group `ddp-{}` holds a random part, so that no other run shares it",
    ),
    Bad(
        """
        import wandb

        run_id = wandb.util.generate_id()
                 ^^^^^^^^^^^^^^^^^^^^^^^^
        run = wandb.init(project="texts", id=run_id, group=run_id)
        """,
        message="the group holds the run's own id, so that no other run shares it",
    ),
    Bad(
        """
        import wandb

        run = wandb.init(project="texts", group="exp-004", job_type="eval")
                                                ^^^^^^^^^
        path = run.use_artifact("head:latest").download()
        run.finish()
        """,
        message="group `exp-004` is not that of the training of `head`",
        beside={"train.py": _TRAIN},
    ),
    Good(
        """
        import wandb

        run = wandb.init(project="texts", group="exp-003", job_type="eval")
        path = run.use_artifact("head:latest").download()
        run.finish()
        run = wandb.init(project="texts", group="exp-004", job_type="fine-tune")
        path = run.use_artifact("head:latest").download()
        run.finish()
        """,
        beside={"train.py": _TRAIN},
    ),
    Good(
        """
        import time
        import wandb

        run = wandb.init(group="exp-003", name=f"exp-003-train-{int(time.time())}", job_type="train")
        """
    ),
    Good(
        """
        import time
        import wandb

        group = f"cross-validation-{int(time.time())}"
        for fold in range(5):
            with wandb.init(project="texts", group=group, name=f"{group}-{fold}") as run:
                run.log({"eval/f1": evaluate(fold)})
        """
    ),
    Good(
        """
        import uuid
        import wandb

        group = str(uuid.uuid4())
        with wandb.init(project="texts", group=group, job_type="train") as run:
            train(run)
        with wandb.init(project="texts", group=group, job_type="eval") as run:
            evaluate(run)
        """
    ),
    Good(
        """
        from datetime import datetime
        import wandb

        first = wandb.init(project="texts", group=f"nightly-{datetime.now():%Y-%m-%d}")
        second = wandb.init(project="texts", group=first.id, reinit="create_new")
        """
    ),
    Good(
        """
        import os
        import uuid
        import wandb

        GROUP = os.environ.get("GROUP") or str(uuid.uuid4())

        def start(group):
            return wandb.init(project="texts", group=group)

        def start_fold(fold):
            return wandb.init(project="texts", group=GROUP, name=f"fold-{fold}")
        """
    ),
)
