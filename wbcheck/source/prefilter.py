"""Which files can have to do with W&B at all, told from their bytes."""

from __future__ import annotations

import re
from functools import lru_cache

_WANDB = re.compile(rb"[wW][aA][nN][dD][bB]")
# What starts a run without naming wandb: it is the default or the "all" of an integration.
INTEGRATIONS = (b"report_to", b"init_trackers")


def mentions_wandb(data: bytes, extra: tuple[bytes, ...] = ()) -> bool:
    """Whether a file's bytes name wandb in any case, an integration's own words, or one of ``extra``.

    A file that does not is never parsed. In a notebook's JSON these names are never escaped.
    """
    return _needles(extra).search(data) is not None


@lru_cache(maxsize=64)
def _needles(extra: tuple[bytes, ...]) -> re.Pattern[bytes]:
    return re.compile(b"|".join((_WANDB.pattern, *map(re.escape, INTEGRATIONS + extra))))
