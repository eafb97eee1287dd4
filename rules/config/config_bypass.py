"""Reports values that are read from what a run was given as its config, and not from the run's config.

Why it matters: a sweep, or a launch job, writes its own values into the run's config and nowhere else.
Code that goes on reading `args.lr`, or the dict that it gave to `wandb.init`, trains with the old value
while the record says the new one. Read from `run.config`, the value is always the one on record (Quick
Reference: access values from `run.config`, not `raw_config`).

When to ignore: for what no sweep will ever set, such as the folder to write to.
"""

import re
from collections.abc import Iterator
from typing import Annotated

from wbcheck.rule import (
    Applicability,
    Bad,
    Dict,
    Edits,
    File,
    Finding,
    GivenRead,
    Good,
    Label,
    Mended,
    Options,
    Preset,
    Rule,
    RunStart,
    Span,
    Stuck,
    Tri,
    constant,
    doc,
    mentions,
    options,
    shown,
    source_of,
    together,
)

from ..access._trials import is_swept, trials_of
from ..identity._setup import is_trial
from ._configs import Handle, as_read, handle_at, is_rebound, is_running


class Bypass(Options, frozen=True):
    ignored: Annotated[tuple[str, ...], doc("Keys that may be read from anywhere.")] = ()


RULE = Rule(
    code="WB206",
    name="config-bypass",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="What a sweep or a launch job sets is in `run.config` alone, so the old value is used here.",
    how="Read it from `run.config`, which holds what is on record.",
    fix=Applicability.UNSAFE,
    options=Bypass,
)


def check(file: File) -> Iterator[Finding]:
    for start in file.model.each(RunStart):
        if start.forwards or is_rebound(file.model):
            continue
        reads = [read for read in file.model.each(GivenRead) if is_bypass(file, start, read)]
        if reads and is_trial(file, start):
            found = trials_of(file, start)
            # What the sweep proposes is WB807's; where that is not known, it may be anything.
            reads = [read for read in reads if found and not any(is_swept(trial, read) for trial in found)]
        if reads:
            first, *others = reads
            more = f" and {len(others)} more" if others else ""
            verb = "bypass" if others else "bypasses"
            related = tuple(Label(read.span, "read here, too") for read in others[:20])
            fix = file.fix_across(from_config, start, handle_at(file.model, start, reads), reads)
            headline = f"{shown(way_of(first), 34)}{more} {verb} `run.config`"
            yield Finding(first.span, headline, related=related, fix=fix)


def is_bypass(file: File, start: RunStart, read: GivenRead) -> bool:
    """Whether a value that the run's config has is read elsewhere once the run has certainly started."""
    if read.run != start.run or set(read.path) & set(file.options.ignored) or not is_setting(read):
        return False
    if start.span.start <= read.span.start < start.span.end or not is_held(start, read):
        return False
    return is_running(file.model, start, read)


def is_setting(read: GivenRead) -> bool:
    """Whether it is not about W&B itself: whether, where and by whom something is tracked."""
    last = read.path[-1] if read.path else ""
    return not any(word in last.lower() for word in ("wandb", "track", "entity"))


def is_held(start: RunStart, read: GivenRead) -> bool:
    """Whether the config that the run was given certainly has the value."""
    found = [option for option in options(start.get("config")) if isinstance(option, Dict)]
    for key in read.path:
        if len(found) != 1 or found[0].has(key) is not Tri.YES:
            return False
        inner = [entry.value for entry in found[0].entries if constant(entry.key) == key]
        found = [value for value in inner if isinstance(value, Dict)]
        if not found:
            return True
    return bool(found)


def way_of(read: GivenRead) -> str:
    """What is read, as it is written: by an attribute, or by a key."""
    if read.spread:
        return f"**{read.name}"
    key = read.path[-1]
    return (
        f"{read.name}.{key}" if read.attribute else f'{read.name}[{"…" if len(read.path) > 1 else ""}"{key}"]'
    )


def from_config(file: File, start: RunStart, run: Handle | None, reads: list[GivenRead]) -> Mended | None:
    """Reads of what the run was given made reads of its config.

    Raises ``Stuck`` where the program changes the one after it has given it to the run: it would read the
    value that it had before.
    """
    text = file.text
    for name in sorted({read.name for read in reads}):
        for place in mentions(text, name):
            if place.start > start.span.end and _CHANGES.match(text, place.end):
                raise Stuck(f"`{name}` is changed here", place)
    edits = together(*(of_config(text, run, read) for read in reads))
    return Mended("Read from the run's config", edits) if edits else None


_CHANGES = re.compile(
    r"(?:\[[^\]\n]*\]|\.\w+)*(?:\s*(?:[-+*/|%&^]|//|\*\*)?=(?!=)|\.(?:update|pop|popitem|setdefault|clear)\()"
)


def of_config(text: str, run: Handle | None, read: GivenRead) -> Edits | None:
    """What is read, from the run's config; ``get`` stays the last step, with what it is given."""
    if source_of(text, read.span).endswith(".get"):
        return as_read(text, run, read.path[:-1], Span(read.span.start, read.span.end - len(".get")))
    return as_read(text, run, read.path, read.span)


EXAMPLES = (
    Bad(
        """
        import wandb
        from training import fit

        raw_config = {"params": {"learning_rate": 1e-4, "epochs": 10}, "meta": {"task": "spam"}}

        with wandb.init(project="texts", config=raw_config) as run:
            epochs = raw_config["params"]["epochs"]
                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            fit(epochs, rate=raw_config["params"]["learning_rate"])
        """,
        message='`raw_config[…"epochs"]` and 1 more bypass `run.config`',
        fixed="""
        import wandb
        from training import fit

        raw_config = {"params": {"learning_rate": 1e-4, "epochs": 10}, "meta": {"task": "spam"}}

        with wandb.init(project="texts", config=raw_config) as run:
            epochs = run.config["params"]["epochs"]
            fit(epochs, rate=run.config["params"]["learning_rate"])
        """,
    ),
    Bad(
        """
        import argparse
        import wandb
        from training import AdamW

        def train(args, model):
            optimizer = AdamW(model.parameters(), lr=args.lr)
                                                     ^^^^^^^
            return optimizer

        def main(model):
            parser = argparse.ArgumentParser()
            parser.add_argument("--lr", type=float, default=0.1)
            args = parser.parse_args()
            run = wandb.init(project=f"texts-{args.lr}", config={"params": vars(args)})
            train(args, model)
            run.finish()
        """,
        message="`args.lr` bypasses `run.config`",
    ),
    Bad(
        """
        import wandb
        from training import Model

        params = {"depth": 2, "width": 64}
        run = wandb.init(config={"params": params})
        model = Model(**params)
                        ^^^^^^
        print(params.get("depth", 1))
        """,
        message="`**params` and 1 more bypass `run.config`",
        fixed="""
        import wandb
        from training import Model

        params = {"depth": 2, "width": 64}
        run = wandb.init(config={"params": params})
        model = Model(**run.config["params"])
        print(run.config["params"].get("depth", 1))
        """,
    ),
    Bad(
        """
        import wandb

        config = {"params": {"lr": 0.1, "epochs": 3}}
        with wandb.init(config=config) as run:
            for epoch in range(config["params"]["epochs"]):
                               ^^^^^^^^^^^^^^^^^^^^^^^^^^
                run.log({"train/loss": run.config["params"]["lr"]})
        """,
        message='`config[…"epochs"]` bypasses `run.config`',
        fixed="""
        import wandb

        config = {"params": {"lr": 0.1, "epochs": 3}}
        with wandb.init(config=config) as run:
            for epoch in range(run.config["params"]["epochs"]):
                run.log({"train/loss": run.config["params"]["lr"]})
        """,
        beside={
            "sweep.yaml": """
            program: example.py
            method: random
            parameters:
              params:
                parameters:
                  lr: {min: 0.001, max: 0.1}
            """
        },
    ),
    Good(
        """
        import wandb as wb

        raw_config = {"params": {"lr": 1e-4}}
        print("starting with", raw_config["params"]["lr"])
        with wb.init(project="texts", name=f"exp-{raw_config['params']['lr']}", config=raw_config) as run:
            print(run.config["params"]["lr"])
        """
    ),
    Good(
        """
        import wandb

        config = {"params": {"lr": 1e-4}}
        wandb.init(config=config)
        config = wandb.config
        print(config["params"]["lr"])
        """
    ),
    Good(
        """
        import argparse
        import wandb

        parser = argparse.ArgumentParser()
        parser.add_argument("--lr", type=float, default=0.1)
        parser.add_argument("--track", action="store_true")
        args = parser.parse_args()
        if args.track:
            wandb.init(project="texts", config=vars(args))
        print(args.lr)
        """
    ),
    Good(
        """
        import wandb

        config = {"lr": 1e-4}

        def train():
            with wandb.init(config=config) as run:
                print(config["lr"])

        wandb.agent("1a2b3c4d", function=train)
        """
    ),
    Good(
        """
        import wandb

        config = {"params": {"lr": 1e-4, "output_dir": "out"}}
        run = wandb.init(config=config)
        print(config["params"]["output_dir"])
        """,
        options={"ignored": ["output_dir"]},
    ),
)
