"""Programs that are full of W&B calls, written by a seeded generator.

Published wheels hold mostly integrations: long files with a few calls each. What people run wbcheck on are
training scripts and pipeline steps, so corpus B has such programs too. They are parsed and checked,
never run. One seed gives the same bytes every time.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from textwrap import dedent, indent

METRICS = (
    "loss",
    "accuracy",
    "f1",
    "recall",
    "precision",
    "lr",
    "grad_norm",
    "perplexity",
    "reward",
    "epoch_time",
)
SPLITS = ("train", "val", "test", "eval", "valid")
KINDS = ("dataset", "model", "predictions", "checkpoint", "raw_data", "report")
MODELS = ("resnet", "unet", "gpt", "ppo", "xgb", "vit", "lstm")
HYPER = (
    "lr",
    "batch_size",
    "epochs",
    "dropout",
    "weight_decay",
    "seed",
    "hidden_dim",
    "warmup",
    "gamma",
    "layers",
)


def programs(count: int, seed: int = 2026) -> Iterator[tuple[str, str]]:
    """``count`` file names and program texts."""
    random_ = random.Random(seed)
    for number in range(count):
        yield f"program_{number:03}.py", program(random_)


def program(random_: random.Random, least: int = 4, most: int = 9) -> str:
    """One program: imports, arguments, ``least`` to ``most`` parts in random order, a ``__main__`` guard."""
    model = random_.choice(MODELS)
    parts = random_.sample(PARTS, k=random_.randint(least, min(most, len(PARTS))))
    texts = [HEADER.replace("MODEL", model), arguments(random_)]
    texts += [part(random_, number) for number, part in enumerate(parts)]
    calls = "\n".join(f"    {part.__name__}_{number}(args)" for number, part in enumerate(parts))
    texts.append(f'if __name__ == "__main__":\n    args = parse_args()\n{calls}')
    return "\n\n\n".join(text.strip("\n") for text in texts) + "\n"


HEADER = '''
"""Train and evaluate a MODEL."""

import argparse
import logging
import os
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import wandb
from torch import nn
from torch.utils.data import DataLoader

logger = logging.getLogger(__name__)
ROOT = Path(__file__).parent
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
PROJECT = os.environ.get("WANDB_PROJECT", "MODEL-baselines")
'''


def arguments(random_: random.Random) -> str:
    """An argument parser with some hyperparameters."""
    lines = "\n".join(
        f'    parser.add_argument("--{name}", type={random_.choice(("int", "float"))},'
        f" default={random_.randint(1, 512)})"
        for name in random_.sample(HYPER, k=6)
    )
    return f"""
def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
{lines}
    parser.add_argument("--data", default="data/train.csv", help="where the table is")
    parser.add_argument("--tags", nargs="*", default=[])
    return parser.parse_args()
"""


def config(random_: random.Random) -> str:
    """A dict of hyperparameters: literals, arguments and nested ones."""
    entries = [
        f'"{name}": args.{name}' if random_.random() < 0.5 else f'"{name}": {random_.random():.4f}'
        for name in random_.sample(HYPER, k=5)
    ]
    entries.append(f'"optimizer": {{"name": "adamw", "betas": (0.9, 0.{random_.randint(900, 999)})}}')
    return "{\n" + indent(",\n".join(entries), "        ") + ",\n    }"


def metric(random_: random.Random) -> str:
    """A key as people write them: with a slash, with an underscore, or bare."""
    return random_.choice((f"{random_.choice(SPLITS)}{random_.choice('/_/')}", "")) + random_.choice(METRICS)


def logged(random_: random.Random, count: int) -> str:
    """The inside of a logged dict."""
    return ", ".join(f'"{metric(random_)}": {random_.choice(METRICS)}' for _ in range(count))


def train(random_: random.Random, number: int) -> str:
    """A training loop with a run as a context manager."""
    name = random_.choice(('f"{args.seed}-train"', '"baseline_run"', "None", 'f"run_{args.seed}"'))
    kind = random_.choice(KINDS)
    return f"""
def train_{number}(args):
    config = {config(random_)}
    with wandb.init(project=PROJECT, name={name}, job_type="train", config=config, tags=args.tags) as run:
        model = nn.Sequential(nn.Linear(32, run.config["hidden_dim"]), nn.ReLU(), nn.Linear(64, 1)).to(DEVICE)
        optimizer = torch.optim.AdamW(model.parameters(), lr=wandb.config.lr)
        run.watch(model, log="all", log_freq={random_.randint(10, 500)})
        run.define_metric("{metric(random_)}", step_metric="epoch", summary="min")
        best = float("inf")
        for epoch in range(run.config.epochs):
            for step, (inputs, targets) in enumerate(DataLoader(args.data, batch_size=config["batch_size"])):
                loss = nn.functional.mse_loss(model(inputs.to(DEVICE)), targets.to(DEVICE))
                optimizer.zero_grad()
                loss.backward()
                grad_norm = nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
                lr = optimizer.param_groups[0]["lr"]
                if step % 50 == 0:
                    run.log({{"{metric(random_)}": loss.item(), "lr": lr, "grad_norm": grad_norm}}, step=step)
                    wandb.log({{f"layer_{{step}}/{random_.choice(METRICS)}": loss.item()}})
            run.log({{"{metric(random_)}": loss, "epoch": epoch}})
            if loss < best:
                best = loss
                torch.save(model.state_dict(), ROOT / "model.pt")
                artifact = wandb.Artifact(f"model-{{run.id}}", type="{kind}", metadata=config)
                artifact.add_file(str(ROOT / "model.pt"))
                run.log_artifact(artifact, aliases=["latest", "best"])
        run.summary["best_{random_.choice(METRICS)}"] = best
"""


def evaluate(random_: random.Random, number: int) -> str:
    """An evaluation that uses an artifact and logs tables and images."""
    kind = random_.choice(KINDS)
    return f"""
def evaluate_{number}(args):
    run = wandb.init(project="{random_.choice(MODELS)}-eval", job_type="evaluation", config=vars(args))
    artifact = run.use_artifact("{kind}:{random_.choice(("latest", "v3", "prod"))}", type="{kind}")
    directory = Path(artifact.download())
    frame = pd.read_csv(directory / "{kind}.csv")
    table = wandb.Table(columns=["id", "label", "prediction", "{random_.choice(METRICS)}"])
    for index, row in frame.iterrows():
        try:
            score = float(row["score"]) / max(1, len(frame))
        except (KeyError, ValueError) as error:
            logger.warning("row %s is broken: %s", index, error)
            continue
        table.add_data(index, row["label"], score > 0.5, score)
    accuracy = float(np.mean([row["label"] == (row["score"] > 0.5) for _, row in frame.iterrows()]))
    f1 = recall = precision = loss = lr = grad_norm = perplexity = reward = epoch_time = accuracy
    run.log({{"{kind}_table": table, {logged(random_, 3)}}})
    matrix = wandb.plot.confusion_matrix(y_true=frame.label, preds=frame.score)
    wandb.log({{"confusion": matrix, "n": len(frame)}})
    images = [wandb.Image(image, caption=f"{{at}}: {{accuracy:.2f}}") for at, image in enumerate(frame.image)]
    run.log({{"examples/{random_.choice(SPLITS)}": images}}, commit=False)
    wandb.summary.update({{{logged(random_, 2)}}})
    wandb.run.summary["{metric(random_)}"] = accuracy
    wandb.finish()
"""


def pipeline(random_: random.Random, number: int) -> str:
    """A pipeline step: data in, data out, lineage between."""
    source, target = random_.sample(KINDS, k=2)
    job = random_.choice(("preprocess", "upload", "split"))
    value = f"{random_.random():.3f}"
    return f"""
def pipeline_{number}(args):
    run = wandb.init(project=PROJECT, group="prepare", job_type="{job}")
    run.config.update(args)
    path = run.use_artifact("{source}:latest").file()
    frame = pd.read_parquet(path).drop_duplicates().dropna(subset=["label", "score"])
    low, high = frame.score.quantile(0.01), frame.score.quantile(0.99)
    frame = frame[frame.score.between(low, high)]
    for split in ("train", "val", "test"):
        part = frame.sample(frac=0.{random_.randint(1, 9)}, random_state=args.seed)
        part.to_csv(f"{{split}}.csv", index=False)
        output = wandb.Artifact(
            name=f"{target}_{{split}}",
            type="{target}",
            description="The rows of {source} that are neither duplicates nor outliers",
            metadata={{"rows": len(part), "low": low, "high": high, "{random_.choice(HYPER)}": {value}}},
        )
        output.add_file(f"{{split}}.csv", name="{target}.csv")
        run.log_artifact(output)
        output.wait()
        logger.info("%s: %d rows", split, len(part))
    run.log({{{", ".join(f'"{metric(random_)}": len(frame)' for _ in range(2))}}})
    run.finish()
"""


def trainer(random_: random.Random, number: int) -> str:
    """A class that keeps its run, with helpers that log."""
    model = random_.choice(MODELS)
    depth = random_.randint(2, 48)
    return f"""
class Trainer{number}:
    def __init__(self, args):
        self.args = args
        self.run = wandb.init(
            entity="{random_.choice(MODELS)}-team",
            project=PROJECT,
            name=f"{random_.choice(MODELS)}_{{args.seed}}_{{os.getpid()}}",
            config={{**vars(args), "arch": "{model}", "params": {{"depth": {depth}}}}},
            mode="{random_.choice(("online", "offline", "disabled"))}",
            reinit=True,
        )
        self.step = 0
        self.history = {{}}

    def log(self, prefix, **values):
        self.run.log({{f"{{prefix}}/{{key}}": value for key, value in values.items()}}, step=self.step)

    def epoch(self, split):
        for batch in range({random_.randint(10, 2000)}):
            loss = np.exp(-batch / 100) + np.random.rand() * 0.01
            self.history.setdefault(split, []).append(loss)
            if batch % 10 == 0 and self.run is not None:
                self.log(split, {random_.choice(METRICS)}=loss, {random_.choice(SPLITS)}_batches=batch)
            self.step += 1
        metrics = {{"{metric(random_)}": np.mean(self.history[split])}}
        metrics["{metric(random_)}"] = np.min(self.history[split])
        metrics.update({{"{metric(random_)}": self.step}})
        wandb.log(metrics)

    def close(self):
        self.run.alert(title="done", text=f"{{self.step}} steps")
        wandb.save("*.pt")
        self.run.finish(exit_code=0)


def trainer_{number}(args):
    instance = Trainer{number}(args)
    try:
        for split in {random_.sample(SPLITS, k=2)!r}:
            instance.epoch(split)
    finally:
        instance.close()
"""


def sweep(random_: random.Random, number: int) -> str:
    """A sweep with its agent."""
    names = random_.sample(HYPER, k=3)
    parameters = "\n".join(
        f'            "{name}": {{"min": {random_.random():.3f}, "max": {random_.randint(1, 9)}.0}},'
        for name in names
    )
    return f"""
def sweep_{number}(args):
    goal = "{metric(random_)}"
    configuration = {{
        "method": "{random_.choice(("bayes", "random", "grid"))}",
        "metric": {{"name": goal, "goal": "{random_.choice(("minimize", "maximize"))}"}},
        "parameters": {{
{parameters}
            "optimizer": {{"values": ["adam", "sgd", "lion"]}},
        }},
        "early_terminate": {{"type": "hyperband", "min_iter": {random_.randint(2, 9)}}},
    }}

    def objective():
        with wandb.init() as run:
            value = sum(run.config[name] for name in {names!r})
            for step in range({random_.randint(10, 90)}):
                value *= 0.99
                wandb.log({{"{metric(random_)}": value, "step": step}})
            run.summary["{metric(random_)}"] = value

    identifier = wandb.sweep(configuration, project=PROJECT)
    wandb.agent(identifier, function=objective, count={random_.randint(5, 50)})
"""


def report(random_: random.Random, number: int) -> str:
    """A script over the public API."""
    keys = [metric(random_), metric(random_)]
    return f"""
def report_{number}(args):
    api = wandb.Api(timeout={random_.randint(5, 60)})
    rows = []
    for run in api.runs(f"{random_.choice(MODELS)}-team/{{PROJECT}}", filters={{"state": "finished"}}):
        if "{random_.choice(HYPER)}" not in run.config:
            continue
        row = {{"name": run.name, "created": run.created_at, **run.config}}
        row["{random_.choice(METRICS)}"] = run.summary.get("{metric(random_)}")
        history = run.history(keys={keys}, samples={random_.randint(100, 1000)})
        row["last"] = history.iloc[-1].to_dict() if len(history) else None
        rows.append(row)
    frame = pd.DataFrame(rows).sort_values("{random_.choice(METRICS)}", ascending=False)
    best = api.artifact(f"{{PROJECT}}/model:{random_.choice(("best", "latest", "v0"))}")
    print(frame.head({random_.randint(5, 50)}).to_string(), best.metadata, best.version)
"""


def numerics(random_: random.Random, number: int) -> str:
    """Code beside the W&B calls, as every program has: it is parsed too."""
    body = "\n".join(
        dedent(
            f"""\
            gate_{i} = torch.sigmoid(x @ weights[{i}] + biases[{i}])
            x = gate_{i} * torch.tanh(x @ weights[{i + 1}]) + (1 - gate_{i}) * x
            if x.isnan().any() or x.abs().max() > {random_.randint(10, 999)}:
                raise FloatingPointError(f"layer {i} left the range: {{x.abs().max():.3f}}")
            """
        )
        for i in range(random_.randint(3, 12))
    )
    return f"""
def numerics_{number}(args):
    x = torch.randn({random_.randint(1, 64)}, 32)
    weights = [torch.randn(32, 32) / 32**0.5 for _ in range(16)]
    biases = [torch.zeros(32) for _ in range(16)]
{indent(body, "    ")}
    wandb.log({{"activations": wandb.Histogram(x.numpy()), "{metric(random_)}": x.mean().item()}})
    return x
"""


PARTS: tuple[Callable[[random.Random, int], str], ...] = (
    train,
    evaluate,
    pipeline,
    trainer,
    sweep,
    report,
    numerics,
    train,
    evaluate,
)
