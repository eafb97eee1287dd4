"""Reports attribute access to a value inside of a run's config.

Why it matters: only the config itself can be read by attribute. What lies in it are plain dicts, so
`run.config.params.lr` raises AttributeError, often hours after the run began. The guide nests the config into
`params` and `meta` (The params / meta pattern), and such values are read as `run.config["params"]["lr"]`.

When to ignore: never; it raises.
"""

from collections.abc import Iterator

from wbcheck.rule import (
    Applicability,
    Bad,
    ConfigRead,
    ConfigWrite,
    Edits,
    File,
    Finding,
    Good,
    Preset,
    Proof,
    Raises,
    Rule,
    Step,
    attribute_to_subscript,
    shown,
    together,
)

from ._configs import dotted, is_rebound

RULE = Rule(
    code="WB209",
    name="config-attribute-on-nested",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="Values inside of a config are plain dicts, lists and numbers: the attribute does not exist.",
    how='Read what is nested by its key, as in `run.config["params"]["lr"]`.',
    fix=Applicability.SAFE,
)

# A config holds nothing but these, whatever was put into it.
_ATTRIBUTES = frozenset(name for kind in (dict, list, str, int, float, bool) for name in dir(kind))


def check(file: File) -> Iterator[Finding]:
    if is_rebound(file.model):
        return
    for event in file.model.events:
        if not isinstance(event, ConfigRead | ConfigWrite):
            continue
        wrong = [step for step in event.path[1:] if step.attribute and step.name not in _ATTRIBUTES]
        if wrong:
            # A write would not raise any more once it is mended, and still be lost (WB205).
            mend = file.fix("Read it by its key", by_key, wrong) if isinstance(event, ConfigRead) else None
            yield Finding(event.span, f"{shown(dotted(event), 47)} cannot be read as an attribute", fix=mend)


def by_key(text: str, steps: list[Step]) -> Edits | None:
    return together(*(attribute_to_subscript(text, step) for step in steps))


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(mode="offline", config={"params": {"lr": 0.1}}) as run:
            print(run.config.params.lr)
                  ^^^^^^^^^^^^^^^^^^^^
        """,
        message="`config.params.lr` cannot be read as an attribute",
        fixed="""
        import wandb

        with wandb.init(mode="offline", config={"params": {"lr": 0.1}}) as run:
            print(run.config.params["lr"])
        """,
    ),
    Bad(
        """
        import wandb

        wandb.init(config={"params": {"model": {"depth": 2}}})
        config = wandb.config
        name = f"depth-{config['params'].model.depth}"
                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
        message="`config.params.model.depth` cannot be read as an attribute",
        fixed="""
        import wandb

        wandb.init(config={"params": {"model": {"depth": 2}}})
        config = wandb.config
        name = f"depth-{config['params']['model']['depth']}"
        """,
    ),
    Bad(
        """
        import wandb

        run = wandb.init(config={"params": {"lr": 0.1}})
        run.config.params.lr = 0.2
        ^^^^^^^^^^^^^^^^^^^^
        """,
        message="`config.params.lr` cannot be read as an attribute",
    ),
    Good(
        """
        import wandb

        with wandb.init(mode="offline", config={"params": {"lr": 0.1}}) as run:
            print(run.config["params"]["lr"], run.config.params.items(), run.config.params.keys)
        """
    ),
    Good(
        """
        import wandb
        from omegaconf import OmegaConf

        cfg = OmegaConf.load("train.yaml")
        run = wandb.init(config=OmegaConf.to_container(cfg))
        print(cfg.params.lr, run.config.lr)
        """
    ),
    Good(
        """
        import wandb
        from settings import load

        wandb.init()
        wandb.config = load("train.yaml")
        config = wandb.config
        print(config.params.lr, wandb.config.params.lr)
        """
    ),
)

PROOF = Proof(bad=Raises("AttributeError", saying="'dict' object has no attribute 'lr'"))
