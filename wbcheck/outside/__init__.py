"""From files outside Python to the semantic model, without LibCST: sweeps, YAML, scripts of a shell."""

from __future__ import annotations

from wbcheck.model.model import Model
from wbcheck.outside import settings, sweep
from wbcheck.source.plain import PlainUnit
from wbcheck.source.yaml import YamlUnit

__all__ = ["model_of"]


def model_of(unit: PlainUnit) -> Model:
    """The model of such a file; a silent one where it does nothing to W&B.

    Raises ``SourceError`` for a sweep that cannot be read.
    """
    if isinstance(unit, YamlUnit) and unit.sweep is not None:
        return sweep.model_of(unit)
    return settings.model_of(unit)
