"""What the configuration files of programs give for runs: hydra, OmegaConf, axolotl, Hugging Face."""

from __future__ import annotations

from collections.abc import Iterator

from wbcheck.model.events import AnyEvent
from wbcheck.model.values import AnyValue


def events_of(value: AnyValue, text: str) -> Iterator[AnyEvent]:
    """What a YAML file's value gives for runs."""
    return iter(())
