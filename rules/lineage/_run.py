"""What a run takes in and gives out, as far as a file shows it."""

from __future__ import annotations

from collections.abc import Iterator

from wbcheck.rule import (
    Annotated,
    AnyValue,
    ArtifactCall,
    ArtifactLinked,
    ArtifactLogged,
    ArtifactMade,
    ArtifactUsed,
    Call,
    DataRead,
    Dict,
    Escape,
    EscapeKind,
    File,
    Flag,
    Kind,
    Log,
    Model,
    ObjectKind,
    Options,
    Ref,
    RunCall,
    RunStart,
    Text,
    TrainerMade,
    Tri,
    Unknown,
    constant,
    doc,
    options,
    shown,
    texts,
)

from ..artifacts._made import FILLS
from ..identity.job_type_vocabulary import plain
from ._data import is_input, is_within

_LAUNCH = ("wandb.launch", "wandb.sdk.launch")
_MADE = frozenset("model models checkpoint checkpoints train training eval evaluation predictions".split())
# What says how a run went, and is made of nothing.
_BESIDE = ("code", "config", "log", "profile", "report", "trace")
_DATA = frozenset("data dataset datasets raw".split())
_LOGGER_INPUTS = ("WandbLogger.use_artifact", "WandbLogger.download_artifact")


# The guide's own word, and what people write for it: that those are outside of its vocabulary is WB109's.
SOURCES = (
    "ingest",
    "ingestion",
    "download",
    "fetch",
    "scrape",
    "crawl",
    "upload",
    "raw-data",
    "load-data",
    "load-dataset",
    "create-dataset",
    "log-data",
    "log-dataset",
    "log-datasets",
    "dataset-logging",
    "register-data",
    "register-dataset",
    "data-collection",
)


class InputOptions(Options, frozen=True):
    source_job_types: Annotated[
        tuple[str, ...],
        doc("What job types say whose runs begin a lineage: `upload` is in `upload-mails`, too."),
    ] = SOURCES


def lacks_inputs(file: File, run: int) -> bool:
    """Whether a run certainly declares no input, and is none that begins a lineage (by ``InputOptions``)."""
    start = file.model.start_of(run)
    if start is None or is_source(file, start, file.options.source_job_types):
        return False
    return not may_have_inputs(file, start)


def only_uploads(model: Model, start: RunStart) -> bool:
    """Whether the run does nothing but log data that it has not read anywhere, and has no job type.

    It brings in what no run has made; that nothing says so is WB102's.
    """
    if start.arguments.given("job_type") is not Tri.NO or any(model.of_run(Log, start.run)):
        return False
    logged = list(model.of_run(ArtifactLogged, start.run))
    return all(_holds_data(model, event) for event in logged) and not any(
        is_input(read) and is_within(model, model.runs[start.run], read) for read in model.each(DataRead)
    )


def _holds_data(model: Model, event: ArtifactLogged) -> bool:
    """Whether what is logged is data, by the words of its type."""
    made = [model.events[model.artifacts[number].made] for number in event.artifacts]
    given = [each.get("type") for each in made if isinstance(each, ArtifactMade)] or [event.get("type")]
    return all(not _DATA.isdisjoint(plain(constant(kind) or "").split("-")) for kind in given)


def is_output(model: Model, event: ArtifactLogged) -> bool:
    """Whether what is logged is certainly more than code, traces, tables and media."""
    if event.method == "log_model":
        return True
    if event.artifacts:
        return event.sure_artifact and not any(_is_aside(model, number) for number in event.artifacts)
    kind = constant(event.get("type"))
    paths = options(event.get("artifact_or_path"))
    return kind not in _BESIDE and all(isinstance(path, Text) or kind is not None for path in paths)


def output_name(model: Model, event: ArtifactLogged) -> str:
    """What is logged, for a headline: with its name, as far as that is known."""
    made = [model.events[model.artifacts[number].made] for number in event.artifacts]
    given = [each.get("name") for each in made if isinstance(each, ArtifactMade)] or [event.get("name")]
    text = next(texts(given[0]), None)
    return f"artifact {shown(text, 30)}" if text is not None and text.is_telling else "an artifact"


def _is_aside(model: Model, artifact: int) -> bool:
    """Whether an artifact is, or may be, one of code and the like, or of nothing but tables.

    Used ones are no output.
    """
    made = model.events[model.artifacts[artifact].made]
    if not isinstance(made, ArtifactMade):
        return True
    if any(text.constant in _BESIDE for text in texts(made.get("type"))):
        return True
    fills = [call for call in model.of_artifact(ArtifactCall, artifact) if call.method in FILLS]
    return bool(fills) and all(call.method == "add" and _is_table(call.get("obj")) for call in fills)


def _is_table(value: AnyValue | None) -> bool:
    return any(
        (isinstance(each, Ref) and each.kind is ObjectKind.TABLE)
        or (isinstance(each, Unknown) and each.kind is Kind.MEDIA)
        for each in options(value)
    )


def is_source(file: File, start: RunStart, source_job_types: tuple[str, ...]) -> bool:
    """Whether the run begins a lineage, or may: by the words of its job type, or where that is not known."""
    if start.forwards:
        return True
    given = start.arguments.given("job_type")
    if given is Tri.NO:
        variable = file.project.variables.get("WANDB_JOB_TYPE")
        if variable is None:
            return False
        return variable.open or any(_says(value, source_job_types) for value in variable.values)
    known = {constant(option) for option in options(start.get("job_type"))}
    return given is Tri.UNKNOWN or any(said is None or _says(said, source_job_types) for said in known)


def _says(job_type: str, sources: tuple[str, ...]) -> bool:
    """Whether a job type says, in whole words, that it brings in something which no run has made."""
    said = plain(job_type)
    if said in sources:
        return True
    if not _MADE.isdisjoint(said.split("-")):
        return False
    return any(f"-{source}-" in f"-{said}-" for source in sources)


def may_have_inputs(file: File, start: RunStart) -> bool:
    """Whether the run declares an input, or may: also where it is handed to code that is not known."""
    model = file.model
    followed = model.followed()
    return (
        bool(model.refusals)
        or any(start.run in event.runs or not event.sure for event in model.done_to(ArtifactUsed, start.run))
        or model.calls(*_LOGGER_INPUTS)
        or any(
            entry.target not in followed and file.project.declares_inputs(entry.target) is Tri.YES
            for entry in model.imports
        )
        or any(
            event.to not in followed and file.project.declares_inputs(event.to) is not Tri.NO
            for event in _handed(model, start.run)
        )
        or _goes_on(start)
        or _is_launched(model, start)
    )


def may_have_outputs(file: File, start: RunStart) -> bool:
    """Whether the run logs an artifact or saves files, or may: also where it is handed to unknown code."""
    model, project = file.model, file.project
    kinds = (ArtifactLogged, ArtifactLinked)
    followed = model.followed()
    logged = {number for event in model.each(ArtifactLogged) for number in event.artifacts}
    return (
        bool(model.refusals)
        or start.arguments.given("log_model") is not Tri.NO
        or any(
            start.run in event.runs or not event.sure
            for kind in kinds
            for event in model.done_to(kind, start.run)
        )
        or any(_uploads(event) for event in model.each(Call))
        # An artifact that is made and never logged is WB410's.
        or any(made.artifact not in logged for made in model.each(ArtifactMade))
        or any(
            entry.target not in followed and project.logs_artifacts(entry.target) is Tri.YES
            for entry in model.imports
        )
        or any(
            event.to not in followed and project.logs_artifacts(event.to) is not Tri.NO
            for event in _handed(model, start.run)
        )
        or (any(model.each(TrainerMade)) and project.sets("WANDB_LOG_MODEL", file.path) is not Tri.NO)
    )


def _uploads(event: Call) -> bool:
    """A file that is saved with the run (WB505), or one of W&B's callbacks that log models."""
    if isinstance(event, RunCall):
        return event.method == "save" and bool(event.arguments.items)
    return event.name.startswith("wandb.") and event.name.endswith(("Callback", "Checkpoint"))


def _handed(model: Model, run: int) -> Iterator[Escape]:
    """The escapes that take the run to code that is not known."""
    return model.escapes_of(run, ObjectKind.RUN, ObjectKind.LOGGER, how=(EscapeKind.CALL,))


def _goes_on(start: RunStart) -> bool:
    """A run that is resumed may have declared its inputs before; one without a server can declare none."""
    names = ("id", "resume", "resume_from", "fork_from")
    resumed = any(start.arguments.given(name) is not Tri.NO for name in names if not _is_refused(start, name))
    return resumed or is_offline(start)


def _is_refused(start: RunStart, name: str) -> bool:
    """``resume=False``, which is not to resume."""
    values = options(start.get(name))
    return bool(values) and all(isinstance(value, Flag) and not value.value for value in values)


def is_offline(start: RunStart) -> bool:
    """Whether the run is one, or may be one, that cannot use artifacts: offline or disabled."""
    return any(text.constant in ("offline", "dryrun", "disabled") for text in texts(start.get("mode")))


def _is_launched(model: Model, start: RunStart) -> bool:
    """A launch job is given its inputs in the config, and using the config declares them."""
    config = options(start.get("config"))
    return model.imports_module(*_LAUNCH) or any(_holds_artifact(each) for each in config)


def _holds_artifact(value: AnyValue) -> bool:
    if isinstance(value, Dict):
        return any(_holds_artifact(each) for entry in value.entries for each in options(entry.value))
    if isinstance(value, Text):
        return value.skeleton.startswith("wandb-artifact:")
    return isinstance(value, Ref) and value.kind is ObjectKind.ARTIFACT
