"""Reports a change inside of a nested value of a run's config.

Why it matters: the config notices only what is written at its own top level. A change inside of a nested
value is seen by the process and never by the record, without a warning: the run says `lr: 0.1` and trained
with `0.2`. That breaks what the guide calls Config as a Contract in the one way that nobody can find later.

When to ignore: never; write the value into the dict before `wandb.init`.
"""

from collections.abc import Iterator

from wbcheck.rule import Bad, ConfigWrite, File, Finding, Good, Preset, Proof, Ran, Rule, Shows, shown

from ._configs import dotted, is_rebound

RULE = Rule(
    code="WB205",
    name="config-nested-mutation",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="The process sees the new value, the record of the run never does.",
    how="Set the value in the dict before it is given to `wandb.init`.",
)


def check(file: File) -> Iterator[Finding]:
    for write in file.model.each(ConfigWrite):
        is_call = bool(write.path) and write.how.isidentifier() and write.how not in _ASSIGNED
        if not (len(write.path) > 1 or is_call) or is_rebound(file.model):
            continue
        if any(step.attribute for step in write.path[1:]):
            continue  # raises: WB209
        way = dotted(write) + (f".{write.how}" if is_call else "")
        done = "changes the config" if is_call else "is deleted" if write.how == "delete" else "is set"
        yield Finding(write.span, f"{shown(way, 40)} {done} where the record never sees it")


_ASSIGNED = ("item", "attribute", "delete", "rebind")


def _recorded(learning_rate: float, layers: list[int]) -> Shows:
    def that(ran: Ran) -> bool:
        return ran.run.config == {"params": {"lr": learning_rate, "layers": layers}}

    return Shows(f"the record says lr {learning_rate} and layers {layers}", that)


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(config={"params": {"lr": 0.1, "layers": [8]}}) as run:
            run.config["params"]["lr"] = 0.2
            ^^^^^^^^^^^^^^^^^^^^^^^^^^
            run.config["params"]["layers"].append(4)
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            assert run.config["params"] == {"lr": 0.2, "layers": [8, 4]}
        """,
        message=(
            "`config.params.lr` is set where the record never sees it",
            "`config.params.layers.append` changes the config where the record never sees it",
        ),
    ),
    Bad(
        """
        import wandb

        wandb.init(config={"params": {"lr": 0.1}})
        params = wandb.config.params
        params.update(lr=0.2)
        ^^^^^^^^^^^^^^^^^^^^^
        params["lr"] *= 2
        ^^^^^^^^^^^^
        """,
        message=(
            "`config.params.update` changes the config where the record never sees it",
            "`config.params.lr` is set where the record never sees it",
        ),
    ),
    Good(
        """
        import wandb

        params = {"lr": 0.1, "layers": [8]}
        params["lr"] = 0.2
        params["layers"].append(4)
        with wandb.init(config={"params": params}) as run:
            assert run.config["params"] == {"lr": 0.2, "layers": [8, 4]}
        """
    ),
    Good(
        """
        import wandb

        run = wandb.init(config={"params": {"lr": 0.1}})
        params = dict(run.config["params"])
        params["lr"] = 0.2
        optimizer = {**run.config["params"]}
        optimizer.update(lr=0.3)
        """
    ),
    Good(
        """
        import copy
        import wandb

        def with_defaults(optimizer):
            optimizer = copy.deepcopy(optimizer)
            optimizer.setdefault("eps", 1e-8)
            return optimizer

        run = wandb.init(config={"params": {"optimizer": {"lr": 0.1}}})
        optimizer = with_defaults(run.config["params"]["optimizer"])
        optimizer.pop("lr")
        """
    ),
    Good(
        """
        import wandb

        run = wandb.init(config={"params": {"lr": 0.1}})
        run.config["seed"] = 0
        run.config.update({"params": {"lr": 0.2}}, allow_val_change=True)
        """
    ),
)

PROOF = Proof(bad=_recorded(0.1, [8]), good=_recorded(0.2, [8, 4]))
