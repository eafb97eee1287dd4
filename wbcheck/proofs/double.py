"""A stand-in for the server: artifacts that runs log offline can be used later, and sweeps have trials.

The SDK refuses ``use_artifact`` offline, as only a server knows what was logged. Here it is answered from
the artifacts that runs under this stand-in have logged before, kept in a folder; every answer is told on
standard error. A sweep's agent calls its function as the real one does, for a few trials whose values are
drawn here. All else is the real SDK. ``python -m wbcheck.proofs.double STORE SCRIPT [ARGUMENT]...``
runs a script under it.
"""

from __future__ import annotations

import importlib
import json
import os
import runpy
import shutil
import sys
from typing import Any

ABOUT, FILES = "artifact.json", "files"


def install(store: str, always: bool = False) -> None:
    """Let ``use_artifact`` of this process answer from the folder ``store``, and ``log_artifact`` fill it.

    ``always`` answers with an empty artifact where nothing of the name was logged; else that is a
    ``ValueError``.
    """
    sdk: Any = importlib.import_module("wandb")
    run_class = importlib.import_module("wandb.sdk.wandb_run").Run
    answer = _answers(sdk.Artifact)
    real_log = run_class.log_artifact

    def log_artifact(run: Any, *arguments: Any, **named: Any) -> Any:
        artifact = real_log(run, *arguments, **named)
        aliases = named.get("aliases") or ()
        _keep(store, artifact, [aliases] if isinstance(aliases, str) else [*aliases])
        return artifact

    def use_artifact(run: Any, artifact_or_name: Any, type: Any = None, **named: Any) -> Any:  # noqa: A002
        if not isinstance(artifact_or_name, str):
            log_artifact(run, artifact_or_name)
            artifact_or_name = f"{artifact_or_name.name.partition(':')[0]}:latest"
        folder = _find(store, artifact_or_name)
        if folder is None and not always:
            raise ValueError(f"no run has logged the artifact {artifact_or_name} before this one")
        used = answer(artifact_or_name, folder, type)
        _tell(f"use_artifact({artifact_or_name!r}) is answered with {used.name}, without a server")
        run._interface.publish_use_artifact(used)  # noqa: SLF001 - how the SDK records an input
        return used

    run_class.log_artifact, run_class.use_artifact = log_artifact, use_artifact
    sdk.sweep, sdk.agent = _sweep, _agent


# Sweeps

_TRIALS = 2
_sweeps: dict[str, Any] = {}


def _sweep(sweep: Any, *_: Any, **__: Any) -> str:
    number = f"double{len(_sweeps)}"
    _sweeps[number] = sweep() if callable(sweep) else sweep
    return number


def _agent(sweep_id: str, function: Any = None, *_: Any, count: int | None = None, **__: Any) -> None:
    """Call a function once for each trial, with the values where `wandb.init` looks for them."""
    sdk: Any = importlib.import_module("wandb")
    for trial in range(min(count or _TRIALS, _TRIALS) if callable(function) else 0):
        drawn = {name: {"value": _drawn(of, trial)} for name, of in _sweeps[sweep_id]["parameters"].items()}
        path = os.path.abspath(f"trial-{sweep_id}-{trial}.yaml")
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"wandb_version": 1, **drawn}, file)
        _tell(f"the agent of {sweep_id} calls {function.__name__} with {json.dumps(drawn)}, without a server")
        around = {"WANDB_SWEEP_ID": sweep_id, "WANDB_SWEEP_PARAM_PATH": path}
        os.environ.update(around)
        try:
            function()
            sdk.finish()
        finally:
            for name in around:
                del os.environ[name]


def _drawn(parameter: dict[str, Any], trial: int) -> Any:
    """One of the values of a sweep's parameter: another one for each trial, if it has several."""
    if "parameters" in parameter:
        return {name: _drawn(of, trial) for name, of in parameter["parameters"].items()}
    if "values" in parameter:
        return parameter["values"][-1 - trial % len(parameter["values"])]
    if "min" in parameter:
        return parameter["max" if trial % 2 == 0 else "min"]
    return parameter.get("value", parameter.get("mu"))


def _tell(message: str) -> None:
    print(f"double: {message}", file=sys.stderr)


def _keep(store: str, artifact: Any, aliases: list[str]) -> None:
    """Copy a logged artifact's files into the store, as its next version."""
    home = os.path.join(store, artifact.name.partition(":")[0])
    number = len(os.listdir(home)) if os.path.isdir(home) else 0
    folder = os.path.join(home, f"v{number}")
    os.makedirs(os.path.join(folder, FILES))
    for name, entry in artifact.manifest.entries.items():
        if entry.local_path:
            target = os.path.join(folder, FILES, name)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copyfile(entry.local_path, target)
    about = {
        "type": artifact.type,
        "description": artifact.description,
        "metadata": artifact.metadata,
        "aliases": aliases,
    }
    with open(os.path.join(folder, ABOUT), "w", encoding="utf-8") as file:
        json.dump(about, file)


def _find(store: str, reference: str) -> str | None:
    """The folder of the version that a reference means: by its number, by an alias, or the latest."""
    name, _, alias = reference.rpartition("/")[2].partition(":")
    home = os.path.join(store, name)
    versions = os.listdir(home) if os.path.isdir(home) else []
    for version in sorted(versions, key=lambda each: int(each[1:]), reverse=True):
        folder = os.path.join(home, version)
        if alias in ("", "latest", version) or alias in _about(folder)["aliases"]:
            return folder
    return None


def _about(folder: str | None) -> dict[str, Any]:
    if folder is None:
        return {"type": "dataset", "description": None, "metadata": {}, "aliases": []}
    with open(os.path.join(folder, ABOUT), encoding="utf-8") as file:
        about: dict[str, Any] = json.load(file)
    return about


def _answers(artifact_class: Any) -> Any:
    """What makes the artifacts that are given out: they have been logged, and lie in a folder."""

    class Answer(artifact_class):  # type: ignore[misc]
        def __init__(self, reference: str, folder: str | None, kind: str | None) -> None:
            about = _about(folder)
            path, _, alias = reference.partition(":")
            super().__init__(
                path.rpartition("/")[2],
                kind or about["type"],
                description=about["description"],
                metadata=about["metadata"],
            )
            self._folder = folder
            self._known = os.path.basename(folder) if folder else alias or "v0"
            self._home = path.rpartition("/")[0]
            self._names = about["aliases"]

        id = property(lambda self: f"double/{self.name}")
        version = property(lambda self: self._known)
        name = property(lambda self: f"{super().name}:{self._known}")
        source_name = name
        qualified_name = property(lambda self: f"{self._home}/{self.name}".lstrip("/"))
        aliases = property(lambda self: [self._known, *self._names])

        def is_draft(self) -> bool:
            return False

        def wait(self, timeout: int | None = None) -> Any:
            return self

        def download(self, root: str | None = None, *_: Any, **__: Any) -> str:
            target = root or os.path.join("artifacts", self.name)
            os.makedirs(target, exist_ok=True)
            if self._folder is not None:
                shutil.copytree(os.path.join(self._folder, FILES), target, dirs_exist_ok=True)
            return target

        def file(self, root: str | None = None) -> str:
            (only,) = os.listdir(os.path.join(self._folder or "", FILES))
            return os.path.join(self.download(root), only)

    return Answer


def main() -> None:
    """Run a script as Python would, with the stand-in at its side."""
    store, script, *arguments = sys.argv[1:]
    install(os.path.abspath(store))
    sys.argv = [script, *arguments]
    sys.path[0] = os.path.dirname(os.path.abspath(script))
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    main()
