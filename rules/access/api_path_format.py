"""Reports a path of a run, a project or an artifact that the SDK cannot read, or reads as something else.

Why it matters: `wandb.Api` takes paths apart by their slashes. An address copied from the browser, an empty
piece or one too many raises, or the first pieces are taken for an entity and a project that do not exist.
`entity/project/run_id`, `entity/project/runs/run_id`, `project/run_id` and a bare id are fine, and so is
`entity/project/name:version` for an artifact.

When to ignore: never.
"""

from __future__ import annotations

from collections.abc import Iterator

from wbcheck.rule import (
    Bad,
    Call,
    File,
    Finding,
    Good,
    Preset,
    Proof,
    Raises,
    Rule,
    Text,
    options,
    shown,
)

from ._paths import (
    Parser,
    fault,
    of_anything,
    of_artifact,
    of_project,
    of_reports,
    of_run,
    of_sweep,
    of_trials,
)

RULE = Rule(
    code="WB803",
    name="api-path-format",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="The SDK splits paths at their slashes: it raises, or looks for what does not exist.",
    how="Write `entity/project/run_id` for a run, `entity/project/name:version` for an artifact.",
)

_RUN, _SWEEP, _PROJECT, _ARTIFACT = "a run", "a sweep", "a project", "an artifact"

# Each call that takes a path: the parameter, the parser, and what it is the path of.
_TAKES: dict[str, tuple[str, Parser, str]] = {
    "Api.run": ("path", of_run, _RUN),
    "Api.sweep": ("path", of_sweep, _SWEEP),
    "Api.runs": ("path", of_project, _PROJECT),
    "Api.reports": ("path", of_reports, _PROJECT),
    "Api.from_path": ("path", of_anything, "anything"),
    "Api.artifact": ("name", of_artifact, _ARTIFACT),
    "Api.artifact_exists": ("name", of_artifact, _ARTIFACT),
    "Api.artifacts": ("name", of_artifact, _ARTIFACT),
    "Api.artifact_versions": ("name", of_artifact, _ARTIFACT),
    "Api.artifact_collection": ("name", of_artifact, _ARTIFACT),
    "Api.artifact_collection_exists": ("name", of_artifact, _ARTIFACT),
    "Api.artifact_type": ("project", of_project, _PROJECT),
    "Api.artifact_types": ("project", of_project, _PROJECT),
    "Api.artifact_collections": ("project_name", of_project, _PROJECT),
    "Run.use_artifact": ("artifact_or_name", of_artifact, _ARTIFACT),
    "Run.use_model": ("name", of_artifact, _ARTIFACT),
    "Run.link_artifact": ("target_path", of_artifact, "a collection"),
    "Artifact.link": ("target_path", of_artifact, "a collection"),
    "wandb.agent": ("sweep_id", of_trials, _SWEEP),
}
_ROOM = 26


def check(file: File) -> Iterator[Finding]:
    for call in file.model.each(Call):
        if call.name not in _TAKES:
            continue
        parameter, parse, what = _TAKES[call.name]
        for path in options(call.get(parameter)):
            if isinstance(path, Text) and (wrong := fault(parse, path)) is not None:
                yield Finding(path.span or call.callee, wrong.format(shown(path, _ROOM), what))


EXAMPLES = (
    Bad(
        """
        import wandb

        api = wandb.Api()
        run = api.run("https://wandb.ai/me/texts/runs/1x2y3z4a")
                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
        message="`https://wand…uns/1x2y3z4a` is the address of a page, not the path of a run",
    ),
    Bad(
        """
        import wandb

        ENTITY, PROJECT = "me", "texts"
        api = wandb.Api()

        overview = api.run(f"{ENTITY}/{PROJECT}/1x2y3z4a/overview")
                           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        newest = api.run("me//1x2y3z4a")
                         ^^^^^^^^^^^^^^
        trial = api.run("me/texts/sweeps/9z8y7x6w")
                        ^^^^^^^^^^^^^^^^^^^^^^^^^^
        page = api.run("me/texts/runs/")
                       ^^^^^^^^^^^^^^^^
        shared = api.run("me/texts/runs/1x2y3z4a?nw=nwuserme")
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        runs = api.runs("me/texts/runs", filters={"state": "finished"})
                        ^^^^^^^^^^^^^^^
        """,
        message=(
            "`me/texts/1x2y3z4a/overview` has too many pieces for the path of a run",
            "`me//1x2y3z4a` has an empty piece, and is no path of a run",
            "`me/texts/sweeps/9z8y7x6w` is the path of a sweep, not of a run",
            "`me/texts/runs/` is the path of a project's runs, not of a run",
            "`me/texts/run…?nw=nwuserme` holds a `?` or `#`, which no path of a run does",
            "`me/texts/runs` has too many pieces for the path of a project",
        ),
    ),
    Bad(
        """
        import wandb

        def head_of(api, team):
            return api.artifact(f"{team}/texts/model/head:v3")
                                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

        with wandb.init(project="texts", job_type="eval") as run:
            mails = run.use_artifact("me/texts/dataset/mails:v3")
                                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^
            weights = head_of(wandb.Api(), input())
        """,
        message=(
            "`{}/texts/model/head:v3` has too many pieces for the path of an artifact",
            "`me/texts/dataset/mails:v3` has too many pieces for the path of an artifact",
        ),
    ),
    Good(
        """
        import wandb

        api = wandb.Api()
        runs = api.runs("me/texts", filters={"config.params.lr": 0.1})
        every = api.runs()
        run = api.run("me/texts/1x2y3z4a")
        same = api.run("/me/texts/runs/1x2y3z4a")
        mine = api.run("texts/1x2y3z4a")
        bare = api.run("1x2y3z4a")
        trial = api.sweep("me/texts/sweeps/9z8y7x6w")
        mails = api.artifact("me/texts/mails:v3")
        head = api.artifact("wandb-registry-model/head:production", type="model")
        """
    ),
    Good(
        """
        import wandb as wb

        def collect(path, team, kind, number, ids):
            api = wb.Api(overrides={"entity": team})
            yield api.run(f"{path}/{number}").summary
            yield api.run(f"{team}/texts/{kind}/{number}").summary
            yield api.run(path).summary
            for key in ids:
                yield api.run(f"{team}/texts/runs/{key}").summary
                yield api.artifact(f"{team}/texts/{key}:v0").metadata
        """
    ),
    Good(
        """
        import wandb
        from github import Api

        api = Api()
        job = api.run("https://github.com/me/texts/actions/runs/7512")
        page = wandb.Api().run("me/texts/1x2y3z4a").url + "/overview"
        """
    ),
)

PROOF = Proof(
    # The path is read before anything is asked of the server, which is not there to believe the key.
    setup="""
import wandb
from wandb.sdk import wandb_login

wandb_login._verify_login = lambda *args, **kwargs: None
key = "0123456789abcdef0123456789abcdef01234567"
wandb.Api = lambda api=wandb.Api: api(overrides={"entity": "me"}, api_key=key)
""",
    bad=Raises("CommError", "Invalid path"),
    good_script="""
import wandb

runs = wandb.Api().runs("me/texts")
assert (runs.entity, runs.project) == ("me", "texts")
""",
)
