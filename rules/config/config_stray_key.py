"""Reports keys that lie beside `params` and `meta` at the top level of a run's config.

Why it matters: with everything in its place, a reader knows that `params` changes what the code does and
`meta` does not. A key beside them says neither, and it is where integrations write: a Trainer overwrites a
top-level `seed` with its own (The params / meta pattern).

When to ignore: where another tool looks for the key at the top level.
"""

from collections.abc import Iterator
from typing import Annotated

from wbcheck.rule import Applicability, Bad, File, Finding, Good, Options, Preset, Rule, Tri, doc

from ._configs import configs, names_of, strays
from ._nesting import nest


class Strays(Options, frozen=True):
    meta: Annotated[
        tuple[str, ...], doc("Keys that the fix puts under `meta`; all others go under `params`.")
    ] = ()


RULE = Rule(
    code="WB203",
    name="config-stray-key",
    preset=Preset.RECOMMENDED,
    since="0.1.0",
    why="A key beside `params` does not say whether it changes behaviour, and integrations may overwrite it.",
    how="Move it into `params` if it changes behaviour, into `meta` if it only describes the run.",
    fix=Applicability.UNSAFE,
    changes=("config",),
    options=Strays,
)


def check(file: File) -> Iterator[Finding]:
    for start, config in configs(file.model):
        stray = strays(config)
        # Without `params` the whole config is flat, which is WB202's to say.
        if stray and config.has("params") is Tri.YES:
            word = "lies" if len(stray) == 1 else "lie"
            span = stray[0].key.span or stray[0].span or config.span or start.callee
            headline = f"{names_of(stray, 46)} {word} beside `params` in the config"
            yield Finding(span, headline, fix=file.fix_across(nest, start, file.options.meta))


EXAMPLES = (
    Bad(
        """
        import wandb

        params = {"lr": 0.1}
        run = wandb.init(config={"params": params, "seed": 0, "meta": {}, "device": "cuda"})
                                                   ^^^^^^
        """,
        message="`seed`, `device` lie beside `params` in the config",
        fixed="""
        import wandb

        params = {"lr": 0.1}
        run = wandb.init(config={"params": {**params, "seed": 0, "device": "cuda"}, "meta": {}})
        """,
    ),
    Bad(
        """
        import wandb

        config = dict(params={"lr": 0.1})
        config["host"] = "gpu-3"
               ^^^^^^
        run = wandb.init(config=config)
        """,
        message="`host` lies beside `params` in the config",
        fixed="""
        import wandb

        config = dict(params={"lr": 0.1})
        config["params"]["host"] = "gpu-3"
        run = wandb.init(config=config)
        """,
    ),
    Bad(
        """
        import wandb

        raw_config = {
            "params": {"lr": 0.1},
            "seed": 0,
            ^^^^^^
            "host": "gpu-3",
        }
        print(raw_config["seed"])
        with wandb.init(project="texts", config=raw_config) as run:
            print(run.config["seed"], run.config.host)
        """,
        message="`seed`, `host` lie beside `params` in the config",
        options={"meta": ["host"]},
        fixed="""
        import wandb

        raw_config = {
            "params": {"lr": 0.1, "seed": 0},
            "meta": {
                "host": "gpu-3",
            },
        }
        print(raw_config["params"]["seed"])
        with wandb.init(project="texts", config=raw_config) as run:
            print(run.config["params"]["seed"], run.config["meta"]["host"])
        """,
    ),
    Bad(
        """
        import wandb
        from training import Model

        with wandb.init(project="texts", config={"params": {"depth": 2}, "seed": 0}) as run:
                                                                         ^^^^^^
            model = Model(**run.config["params"])
        """,
        message="`seed` lies beside `params` in the config",
    ),
    Good(
        """
        import wandb

        run = wandb.init(config={"params": {"lr": 0.1, "seed": 0}, "meta": {"host": "gpu-3"}})
        """
    ),
    Good(
        """
        import wandb

        def start(more, key):
            run = wandb.init(config={"params": {"lr": 0.1}, **more, key: 1})
            return {"params": 1, "seed": 0}
        """
    ),
    Good(
        """
        import wandb

        run = wandb.init(config={"meta": {"task": "spam"}, "lr": 0.1})
        """
    ),
)
