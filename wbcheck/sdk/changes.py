"""What to write in place of what is gone or deprecated: kept by hand, where the table cannot tell.

When a thing was removed the table says. What is here was tried under the SDK, or is said by its own warnings,
docstrings and CHANGELOG.
"""

from __future__ import annotations

import msgspec


class Change(msgspec.Struct, frozen=True):
    """How to mend the use of a name (``Run.get_url``) or parameter (``Run.log:sync``).

    ``how`` is one sentence. ``rename`` is the name to write instead, ``attribute`` that of an attribute that
    takes the place of a call, and ``drop`` says that the argument does nothing and can go; where the
    replacement is exact, one of the three is given. ``since`` is the release that deprecated it, where the
    table cannot tell.
    """

    how: str
    rename: str = ""
    attribute: str = ""
    drop: bool = False
    since: str = ""


_NOTHING = "It does nothing; leave it out."

CHANGES: dict[str, Change] = {
    # Arguments that are gone.
    "wandb.init:magic": Change(_NOTHING, drop=True),
    "Run.log:sync": Change("Leave it out; W&B has always uploaded in the background.", drop=True),
    "Run.finish:quiet": Change("Leave it out, or start the run with `Settings(quiet=True)`.", drop=True),
    "Run.define_metric:goal": Change('Say `summary="min"` or `summary="max"`.'),
    "wandb.Settings:start_method": Change(_NOTHING, drop=True),
    "wandb.Settings:disabled": Change('Start the run with `mode="disabled"`.'),
    "wandb.Image:normalize": Change("Scale the values before they are given to `Image`."),
    # Arguments that are deprecated.
    "wandb.init:anonymous": Change(_NOTHING, drop=True, since="0.23.1"),
    "wandb.login:anonymous": Change(_NOTHING, drop=True, since="0.23.1"),
    "wandb.Settings:anonymous": Change(_NOTHING, drop=True, since="0.23.1"),
    "wandb.init:tensorboard": Change("Call it `sync_tensorboard`.", rename="sync_tensorboard"),
    "wandb.init:config_exclude_keys": Change(
        "Choose the keys before: `config=wandb.helper.parse_config(config, exclude=…)`.", since="0.15.0"
    ),
    "wandb.init:config_include_keys": Change(
        "Choose the keys before: `config=wandb.helper.parse_config(config, include=…)`.", since="0.15.0"
    ),
    "wandb.Artifact:use_as": Change(_NOTHING, drop=True, since="0.20.0"),
    "Run.use_artifact:use_as": Change(_NOTHING, drop=True, since="0.20.0"),
    # Names of a run.
    "Run.join": Change("Call `finish`.", rename="finish"),
    "Run.project_name": Change("Read `project`.", attribute="project"),
    "Run.get_url": Change("Read `url`.", attribute="url"),
    "Run.get_project_url": Change("Read `project_url`.", attribute="project_url"),
    "Run.get_sweep_url": Change("Read `sweep_url`.", attribute="sweep_url"),
    "Run.plot_table": Change("Call `wandb.plot_table`."),
    "Run.mode": Change("Ask `run.offline` or `run.disabled`."),
    "Run._metadata": Change("Set the `x_stats_…` fields of `wandb.Settings`."),
    # Names of artifacts, tables and the public API.
    "Artifact.get_path": Change("Call `get_entry`.", rename="get_entry"),
    "Artifact.use_as": Change("It has no effect; nothing takes its place."),
    "Table.add_row": Change("Call `add_data`.", rename="add_data"),
    "Api.artifact_versions": Change("Call `artifacts`.", rename="artifacts"),
    "Api.artifact_collection.change_type": Change("Set `type` and call `save`."),
    "Api.run.beta_scan_history": Change("Call `scan_history`.", rename="scan_history", since="0.29.0"),
    "Api.sweep.username": Change("Read `entity`.", rename="entity"),
    # Names of the module.
    "wandb.plots": Change("Use `wandb.plot`."),
    "wandb.PublicApi": Change("Use `wandb.Api`.", rename="Api"),
    "wandb.apis.PublicApi": Change("Use `wandb.Api`."),
    "wandb.InternalApi": Change("Use `wandb.Api`."),
    "wandb.api": Change("Use `wandb.Api()`, or `wandb.login(prompt=False)`.", since="0.30.0"),
    "wandb.ensure_configured": Change("Leave it out; it does nothing."),
    "wandb.magic": Change("Log what you want to see."),
    "wandb.set_trace": Change("Call `breakpoint()`."),
    "wandb.fastai": Change("Import `wandb.integration.fastai`."),
    "wandb.integration.keras.WandbCallback": Change(
        "Use `WandbMetricsLogger`, `WandbModelCheckpoint` and `WandbEvalCallback`."
    ),
    "wandb.integration.tensorboard.log": Change("Call `run.log`."),
    "wandb.integration.tensorflow.log": Change("Call `run.log`."),
    "wandb.beta.workflows.log_model": Change("Call `run.log_artifact`."),
    "wandb.beta.workflows.use_model": Change("Call `run.use_artifact`."),
    "wandb.beta.workflows.link_model": Change("Call `run.link_artifact`."),
    "wandb.sdk.internal.datastore": Change("Read runs through `wandb.Api`."),
    # Packages that have moved: `rename` is the whole new path.
    **{
        f"wandb.{name}": Change(f"Import `wandb.integration.{name}`.", rename=f"wandb.integration.{name}")
        for name in ("keras", "xgboost", "lightgbm", "catboost", "sacred", "sb3", "gym")
    },
}
