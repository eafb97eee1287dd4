"""Which files can have to do with W&B at all, told from their bytes."""

from __future__ import annotations


def mentions_wandb(data: bytes, extra: tuple[bytes, ...] = ()) -> bool:
    """Whether a file's bytes hold ``wandb`` in any case, or one of ``extra`` (the configured house names).

    A file that does not is never parsed. Integrations need no words of their own: nothing is proven of
    ``report_to="all"`` unless W&B is named somewhere in the file. A lowered copy takes half of the time
    of a pattern for both cases.
    """
    return b"wandb" in data.lower() or any(word in data for word in extra)
