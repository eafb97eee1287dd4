"""Bigger migrations, each a few rules whose fixes belong together."""

from __future__ import annotations

import msgspec


class Recipe(msgspec.Struct, frozen=True):
    """What a migration is called, what it does in one sentence, and the codes of its rules."""

    name: str
    words: str
    codes: tuple[str, ...]


RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            "nest-config",
            "Nest flat configs under `params` and `meta`, with every read of their keys.",
            ("WB202", "WB203", "WB204"),
        ),
        Recipe(
            "namespace-metrics",
            "Put metrics into namespaces: `loss` becomes `train/loss`.",
            ("WB301", "WB302", "WB303"),
        ),
        Recipe(
            "run-handle", "Call the run that a name holds, in place of `wandb.log` and its kin.", ("WB305",)
        ),
        Recipe("context-manager", "Start runs in `with`, one for each pass of a loop.", ("WB601", "WB602")),
    )
}
