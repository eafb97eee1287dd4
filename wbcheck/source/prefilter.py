"""Which files can have to do with W&B at all, told from their bytes."""

from __future__ import annotations

import re

YAML = (".yaml", ".yml")
MOST_BYTES = 64 * 1024
"""No sweep is longer, and a text of this size is read in a few seconds at the worst."""
BESIDE = ("program", "metric", "command", "early_terminate")
_TOP_KEY = re.compile(
    rb"""^(?:\xef\xbb\xbf)?["']?(method|parameters|program|metric|command|early_terminate)["']?[ \t]*:""",
    re.MULTILINE,
)


def mentions_wandb(data: bytes, extra: tuple[bytes, ...] = ()) -> bool:
    """Whether a file's bytes hold ``wandb`` in any case, or one of ``extra`` (the configured house names).

    A file that does not is never parsed. Integrations need no words of their own: nothing is proven of
    ``report_to="all"`` unless W&B is named somewhere in the file. A lowered copy takes half of the time
    of a pattern for both cases.
    """
    return b"wandb" in data.lower() or any(word in data for word in extra)


def may_be_sweep(data: bytes) -> bool:
    """Whether a YAML file's bytes may be a sweep's: nearly all others are told here."""
    if b"parameters" not in data or len(data) > MOST_BYTES:
        return False
    found = _top_keys(data)
    return "parameters" in found and ("method" in found or bool(found.intersection(BESIDE)))


def is_likely_sweep(data: bytes) -> bool:
    """Whether a YAML file that cannot be read was most likely meant to be a sweep's."""
    found = _top_keys(data)
    return found >= {"method", "parameters"} and bool(found.intersection(BESIDE))


def _top_keys(data: bytes) -> set[str]:
    return {match[1].decode() for match in _TOP_KEY.finditer(data)}
