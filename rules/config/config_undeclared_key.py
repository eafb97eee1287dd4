"""Reports a read of a config key that the run's config does not have.

Why it matters: the config says what the code is going to do (Config as a Contract). A key that it does not
have raises when it is read, often deep in the training; most are misspelt, or have moved into `params`
since. Read with `get` it is `None`, and the run goes on with another setting than its record says.

When to ignore: where code in another place, which wbcheck cannot see, writes the key into the config.
"""

from collections.abc import Iterator

from wbcheck.rule import (
    Bad,
    ConfigRead,
    File,
    Finding,
    Good,
    Nothing,
    Preset,
    Rule,
    RunStart,
    shown,
)

from ._declared import declared, is_asked, missing, nearest

RULE = Rule(
    code="WB207",
    name="config-undeclared-key",
    preset=Preset.RECOMMENDED,
    since="0.1.0",
    why="The key is not in the config that the run is started with, so reading it raises or gives `None`.",
    how="Declare the key in the config before `wandb.init`, or read the one that is there.",
)


def check(file: File) -> Iterator[Finding]:
    configs = {start.run: declared(file, start) for start in file.model.each(RunStart)}
    for read in file.model.each(ConfigRead):
        config = configs.get(read.run) if read.run is not None else None
        lacks = missing(config, read) if config is not None else None
        if config is None or lacks is None or is_asked(file.model, read):
            continue
        number, inner = lacks
        step = read.path[number]
        meant = nearest(config, inner, step.name or "")
        if not is_optional(read, number, meant) and not is_own(step.name or "", step.attribute):
            key = step.key.span
            is_here = key is not None and read.span.start <= key.start and key.end <= read.span.end
            yield Finding(key if key and is_here else step.span, headline(read, number, meant))


def is_optional(read: ConfigRead, number: int, meant: str) -> bool:
    """Whether a key may well be absent: it is asked for by ``get``, and is not just misspelt."""
    is_got = read.how == "get" and number == len(read.path) - 1
    return is_got and (not isinstance(read.default, Nothing) or not meant)


def is_own(name: str, attribute: bool) -> bool:
    """Whether this is the config's own: a method, or one of the SDK's keys."""
    return name.startswith("_") or (attribute and name in METHODS)


METHODS = tuple("as_dict get items keys merge_locked persist setdefaults update update_locked".split())


def headline(read: ConfigRead, number: int, meant: str) -> str:
    """The way to the missing key, and the key that may have been meant."""
    way = ".".join(["config", *(step.name or "" for step in read.path[:number])])
    but = f", but {shown(meant, 22)}" if meant else ""
    return f"{shown(way, 22)} has no {shown(read.path[number].name or '', 20)}{but}"


EXAMPLES = (
    Bad(
        """
        import wandb

        config = {"params": {"lr": 0.1, "batch_size": 32}, "meta": {"task": "spam"}}
        with wandb.init(project="texts", config=config) as run:
            rate = run.config["params"]["learning_rate"]
                                        ^^^^^^^^^^^^^^^
            size = run.config["params"]["batchsize"]
                                        ^^^^^^^^^^^
        """,
        message=(
            "`config.params` has no `learning_rate`",
            "`config.params` has no `batchsize`, but `batch_size`",
        ),
    ),
    Bad(
        """
        import wandb

        params = {"lr": 0.1}
        wandb.init(config={"params": params})
        config = wandb.config
        print(config.lr, config.get("parms"))
                    ^^^
                                    ^^^^^^^
        """,
        message=(
            "`config` has no `lr`, but `params.lr`",
            "`config` has no `parms`, but `params`",
        ),
    ),
    Bad(
        """
        import wandb

        wandb.init(project="texts")
        config = wandb.config
        config.batch_size = 32
        config.update({"lr": 0.1})
        print(config.lr, config.batchsize)
                               ^^^^^^^^^^
        """,
        message="`config` has no `batchsize`, but `batch_size`",
    ),
    Good(
        """
        import wandb as wb

        with wb.init(project="texts", config={"params": {"lr": 0.1}}) as run:
            run.config["seed"] = 0
            print(run.config["params"]["lr"], run.config.seed, run.config.items())
            print(run.config.get("device", "cpu"), run.config["params"].get("warmup"))
            if "epochs" in run.config:
                print(run.config["epochs"])
        """
    ),
    Good(
        """
        import wandb
        from settings import load

        run = wandb.init(config={"params": {"lr": 0.1, **load("train.yaml")}})
        print(run.config["params"]["epochs"])
        """
    ),
    Good(
        """
        import wandb

        def train():
            with wandb.init(config={"lr": 0.1}) as run:
                print(run.config["epochs"])

        sweep = {"method": "random", "parameters": {"epochs": {"values": [1, 2]}}}
        wandb.agent(wandb.sweep(sweep), function=train)
        """
    ),
    Good(
        """
        import wandb
        from training import prepare

        run = wandb.init(config={"params": {"lr": 0.1}})
        prepare(run)
        print(run.config["num_labels"])
        """
    ),
    Good(
        """
        from transformers import Trainer, TrainingArguments
        import wandb

        run = wandb.init(config={"params": {"lr": 0.1}})
        Trainer(args=TrainingArguments("out", report_to=["wandb"])).train()
        print(run.config["per_device_train_batch_size"])
        """
    ),
    Good(
        """
        import wandb

        def launch():
            run = wandb.init(project="texts", job_type="train")
            print(run.config["params"]["lr"])
            other = wandb.init(config={"lr": 0.1}, id="1a2b3c4d", resume="must", reinit="create_new")
            print(other.config["epochs"])
        """
    ),
)
