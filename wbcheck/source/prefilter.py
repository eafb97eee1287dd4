"""Which files can have to do with W&B at all, told from their bytes."""

from __future__ import annotations

# What starts a run without naming wandb: it is the default or the "all" of an integration.
INTEGRATIONS = (b"report_to", b"init_trackers")


def mentions_wandb(data: bytes, extra: tuple[bytes, ...] = ()) -> bool:
    """Whether a file's bytes name wandb in any case, an integration's own words, or one of ``extra``.

    A file that does not is never parsed. In a notebook's JSON these names are never escaped. Folding the
    case of everything and searching plainly is nine times as fast as one pattern.
    """
    return b"wandb" in data.lower() or any(word in data for word in (*INTEGRATIONS, *extra))
