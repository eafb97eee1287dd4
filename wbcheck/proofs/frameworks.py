"""Stand-ins for what Accelerate and transformers do to W&B, as read in their sources (facts, section 5).

Neither is installed for the tests: both need PyTorch. Here are the few of their calls that reach the SDK,
which is the real one; all else of them is a stand-in that does nothing.
"""

from __future__ import annotations

import importlib
import os
from types import ModuleType
from typing import Any

_MODELS = ("end", "checkpoint")


def fill(module: ModuleType) -> None:
    """Put what is known of a framework into a module that stands in for it."""
    for name, value in _KNOWN.get(module.__name__, {}).items():
        setattr(module, name, value)


def _sdk() -> Any:
    return importlib.import_module("wandb")


def _has_wandb(reporters: Any) -> bool:
    named = [reporters] if isinstance(reporters, str) else reporters or []
    return any(each in ("wandb", "all") for each in named)


class Accelerator:
    """``init_trackers`` starts a run where W&B is asked for; its tracker takes what is under its name."""

    def __init__(self, log_with: Any = None, **_: Any) -> None:
        self.log_with = log_with

    def init_trackers(self, project_name: str, config: Any = None, init_kwargs: Any = None) -> None:
        if _has_wandb(self.log_with):
            run = _sdk().init(project=project_name, **(init_kwargs or {}).get("wandb", {}))
            if config:
                run.config.update(config, allow_val_change=True)

    def end_training(self) -> None:
        _sdk().finish()


class TrainingArguments:
    """Those that reach W&B."""

    def __init__(
        self, output_dir: str = "", *, report_to: Any = None, run_name: Any = None, **_: Any
    ) -> None:
        self.output_dir, self.report_to, self.run_name = output_dir, report_to, run_name


class Trainer:
    """``WandbCallback``: a training's run, and its model, if ``WANDB_LOG_MODEL`` was a word that it takes."""

    def __init__(self, model: Any = None, args: Any = None, **_: Any) -> None:
        self.args = args
        self.uploads = os.environ.get("WANDB_LOG_MODEL", "false") in _MODELS

    def train(self) -> None:
        if not _has_wandb(self.args.report_to):
            return
        sdk = _sdk()
        named = {"name": self.args.run_name} if self.args.run_name else {}
        run = sdk.run or sdk.init(project=os.environ.get("WANDB_PROJECT", "huggingface"), **named)
        run.log({"train/loss": 0.5, "train/global_step": 1})
        if self.uploads:
            model = sdk.Artifact(f"model-{run.name if self.args.run_name else run.id}", type="model")
            with model.new_file("model.safetensors") as file:
                file.write("0.5")
            run.log_artifact(model)


_KNOWN: dict[str, dict[str, Any]] = {
    "accelerate": {"Accelerator": Accelerator},
    "transformers": {"Trainer": Trainer, "TrainingArguments": TrainingArguments},
}
