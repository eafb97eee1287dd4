"""Reports a sweep that varies what lies in `meta`.

Why it matters: `params` are what changes the behaviour of the code, `meta` describes what is so anyway: the
task, the labels, the license. A sweep over a description spends runs on what changes nothing, or the value
is a parameter and misplaced in `meta`, where nobody looks for it (The params / meta pattern).

When to ignore: never; a `meta` with a single `value` is a note, and not reported.
"""

from __future__ import annotations

from collections.abc import Iterator

from wbcheck.rule import (
    Bad,
    Dict,
    File,
    Finding,
    Good,
    Items,
    Label,
    Preset,
    Rule,
    SweepMade,
    listed,
    options,
)

from ._trials import Swept, swept_by

RULE = Rule(
    code="WB809",
    name="sweep-tunes-meta",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="What is in `meta` describes the run, and a sweep over it compares runs that do the same.",
    how="Move it to `params` if the code acts on it, else take it out of the sweep.",
)


def check(file: File) -> Iterator[Finding]:
    for made in file.model.each(SweepMade):
        for sweep in options(made.get("sweep")):
            found = [swept for swept in swept_by(sweep) if is_tuned(swept)] if isinstance(sweep, Dict) else []
            if found:
                places = [swept.entry.key.span for swept in found if swept.entry.key.span is not None]
                names = listed([".".join(swept.way) for swept in found], 40)
                related = tuple(Label(place, "and this") for place in places[1:])
                yield Finding(
                    places[0] if places else made.callee, f"the sweep tunes {names}", related=related
                )


def is_tuned(swept: Swept) -> bool:
    """Whether a parameter is one of `meta`, and gets more than one value."""
    fields = swept.entry.value
    if ".".join(swept.way).partition(".")[0] != "meta" or not isinstance(fields, Dict):
        return False
    values = fields.find("values")
    if values is not None:
        return not isinstance(values.value, Items) or len(values.value.items) > 1
    return fields.find("value") is None and bool(fields.entries)


EXAMPLES = (
    Bad(
        """
        program: train.py
        method: random
        parameters:
          params:
            parameters:
              lr: {min: 0.0001, max: 0.01}
          meta:
            parameters:
              task:
              ^^^^
                values: [spam, ham]
              license: {value: MIT}
        """,
        message="the sweep tunes `meta.task`",
        path="sweep.yaml",
    ),
    Bad(
        """
        import wandb

        space = {"params.lr": {"min": 0.001, "max": 0.1}, "meta.host": {"values": ["a", "b"]}}
                                                          ^^^^^^^^^^^
        sweep = wandb.sweep({"method": "grid", "parameters": space}, project="texts")
        """,
        message="the sweep tunes `meta.host`",
    ),
    Bad(
        """
        import wandb

        space = {"lr": {"min": 0.001, "max": 0.1}}

        # %%
        space["meta"] = {"parameters": {"seed": {"min": 1, "max": 9}}}
                                        ^^^^^^
        wandb.sweep({"method": "random", "parameters": space}, project="texts")
        """,
        message="the sweep tunes `meta.seed`",
        notebook=True,
    ),
    Good(
        """
        program: train.py
        method: random
        parameters:
          params:
            parameters:
              lr: {min: 0.0001, max: 0.01}
          meta:
            value: {task: spam}
        """,
        path="sweep.yaml",
    ),
    Good(
        """
        import wandb

        def search(space):
            fixed = {"meta.task": {"values": ["spam"]}, "metadata": {"values": [1, 2]}}
            return wandb.sweep({"method": "grid", "parameters": {**fixed, **space}}, project="texts")
        """
    ),
)
