"""Reports an artifact that is fetched through the public API while a run is active.

Why it matters: `wandb.Api().artifact(...)` knows nothing of the run: the files arrive, and the
lineage graph has no edge from the artifact to the run. `run.use_artifact` gives the same artifact
and draws that edge (guide, Establishing lineage).

When to ignore: where the artifact is no input, such as one that is only compared with.
"""

from __future__ import annotations

from collections.abc import Iterator

from wbcheck.rule import (
    ApiCall,
    Applicability,
    ArtifactCall,
    ArtifactUsed,
    Bad,
    Edits,
    File,
    Finding,
    Good,
    Model,
    ObjectKind,
    Preset,
    Ref,
    Rule,
    Text,
    Tri,
    exclusive,
    options,
    rename_argument,
    replace_callee,
    shown,
    texts,
    together,
)

from ._run import is_offline

RULE = Rule(
    code="WB504",
    name="api-artifact-in-run",
    preset=Preset.RECOMMENDED,
    since="0.1.0",
    why="The public API knows nothing of the run: the lineage graph gets no edge from its input.",
    how="Ask the run for it: `run.use_artifact(...)`.",
    fix=Applicability.UNSAFE,
)

_READS = frozenset({"download", "checkout", "file", "get", "get_path", "get_entry"})


def check(file: File) -> Iterator[Finding]:
    model = file.model
    for call in model.each(ApiCall):
        start = model.start_of(call.run)
        if call.method != "artifact" or call.active is not Tri.YES or start is None or is_offline(start):
            continue
        if is_read(model, call) and not any(declares(model, used, call) for used in model.each(ArtifactUsed)):
            name = next(texts(call.get("name")), None)
            what = "an artifact" if name is None else f"artifact {shown(name, 32)}"
            fix = file.fix("Ask the run for it", through_run, model, call)
            yield Finding(call.callee, f"{what} is fetched by `Api`, not by the run", fix=fix)


def through_run(text: str, model: Model, call: ApiCall) -> Edits | None:
    """The same call on a name that holds the run in this function."""
    start = model.start_of(call.run)
    argument = call.arguments.find("name")
    if start is None or argument is None or model.function_of(start) != model.function_of(call):
        return None
    name = next((name for name in model.runs[start.run].names if name.isidentifier()), None)
    if name is None:
        return None
    renamed = () if argument.keyword is None else rename_argument(text, argument, "artifact_or_name")
    return together(replace_callee(text, call.callee, call.arguments, f"{name}.use_artifact"), renamed)


def is_read(model: Model, call: ApiCall) -> bool:
    """Whether the artifact's files are fetched: to look at its metadata makes it no input."""
    result = call.result
    return (
        isinstance(result, Ref)
        and result.kind is ObjectKind.ARTIFACT
        and any(result.id in event.artifacts and event.method in _READS for event in model.each(ArtifactCall))
    )


def declares(model: Model, used: ArtifactUsed, call: ApiCall) -> bool:
    """Whether a `use_artifact` may be of the same artifact, or is what is done where this is not."""
    if exclusive(model, used, call):
        return True
    mine = {text.skeleton for text in texts(call.get("name"))}
    return any(
        not isinstance(each, Text) or each.skeleton in mine for each in options(used.get("artifact_or_name"))
    )


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts", job_type="eval") as run:
            path = wandb.Api().artifact("me/texts/head:v3").download()
                   ^^^^^^^^^^^^^^^^^^^^
        """,
        message="artifact `me/texts/head:v3` is fetched by `Api`, not by the run",
        fixed="""
        import wandb

        with wandb.init(project="texts", job_type="eval") as run:
            path = run.use_artifact("me/texts/head:v3").download()
        """,
    ),
    Bad(
        """
        import wandb

        def fetch(name):
            api = wandb.Api()
            return api.artifact(name, type="model").file()
                   ^^^^^^^^^^^^

        wandb.init(project="texts", job_type="eval")
        mails = wandb.run.use_artifact("mails:latest").download()
        weights = fetch(input())
        """,
        message="an artifact is fetched by `Api`, not by the run",
    ),
    Good(
        """
        import wandb

        path = wandb.Api().artifact("me/texts/head:v3").download()
        with wandb.init(project="texts", job_type="eval") as run:
            best = wandb.Api().artifact("me/texts/head:best").metadata["f1"]
            path = run.use_artifact("me/texts/head:v3").download()
        """
    ),
    Good(
        """
        import wandb as wb

        api = wb.Api()

        def fetch(name):
            return api.artifact(name).download()

        def main(args):
            run = wb.init(project="texts")
            if args.track:
                artifact = run.use_artifact(args.model)
            else:
                artifact = wb.Api().artifact(args.model)
            return artifact.download()

        def declared():
            run = wb.init(project="texts")
            artifact = api.artifact("me/texts/head:v3")
            run.use_artifact(artifact)
            return artifact.download()

        def offline():
            wb.init(project="texts", mode="offline")
            return api.artifact("me/texts/head:v3").download()
        """
    ),
)
