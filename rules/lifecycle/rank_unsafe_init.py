"""Reports a run started by every process of a distributed program.

Why it matters: each process executes the script, so eight GPUs make eight runs of the same name, seven of
them noise, and each uploads its own curves and artifacts.

When to ignore: where a run for each process is meant; then a `group` holds them together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wbcheck.rule import (
    Bad,
    BlockKind,
    End,
    File,
    Finding,
    Flag,
    Good,
    Guard,
    Model,
    Nothing,
    Path,
    Preset,
    Rule,
    RunStart,
    Starter,
    Text,
    Tri,
    paths,
)

RULE = Rule(
    code="WB614",
    name="rank-unsafe-init",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="Every process starts a run of its own: as many runs of one name as there are GPUs.",
    how="Start the run in the main process alone: `if rank == 0:`.",
)

_DISTRIBUTED = ("torch.distributed", "deepspeed", "horovod", "torch.nn.parallel.DistributedDataParallel")
_PER_PROCESS = ("group", "settings", "mode", "id")


def check(file: File) -> Iterator[Finding]:
    model = file.model
    if model.notebook or not model.imports_module(*_DISTRIBUTED):
        return
    for start in model.each(RunStart):
        if start.starter is not Starter.INIT or start.forwards or is_meant(start):
            continue
        ways = paths(model, start)
        if any(is_entry(model, way) for way in ways) and not any(is_guarded(model, way) for way in ways):
            yield Finding(start.callee, f"every process of the program calls `{start.callee_text}`")


def is_meant(start: RunStart) -> bool:
    """Whether the processes' runs are told apart, or those of all but one may be silent."""
    for name in _PER_PROCESS:
        value = start.get(name)
        if start.arguments.given(name) is Tri.UNKNOWN or (name != "mode" and value is not None):
            return True
        if value is not None and not isinstance(value, Text | Nothing | Flag):
            return True
    return False


def is_entry(model: Model, way: Path) -> bool:
    """Whether the file itself runs what a way leads to, rather than a caller that may ask for the rank."""
    return model.blocks[way[0].block].kind is BlockKind.MODULE


def is_guarded(model: Model, way: Path) -> bool:
    """Whether a way to a run start goes through a test that only some processes may pass."""
    gone = {place.block for place in way}
    for place in way:
        asked = model.blocks[place.block].condition
        if asked is not None and not _FLAG.fullmatch(asked.text) and asked.guard is not Guard.MAIN:
            return True
    return any(
        block.kind is BlockKind.BRANCH
        and block.end is not End.FALLS
        and block.id not in gone
        and any(block.parent == place.block and block.span.start < place.at for place in way)
        for block in model.blocks
    )


# A switch of the command line is the same in all processes; anything else may ask for the rank.
_FLAG = re.compile(
    r"(?:not )?(?:args|cfg|config|opt|options|FLAGS|hparams)\.(?:\w+\.)*(?!\w*(?:rank|main|master))\w+"
)


EXAMPLES = (
    Bad(
        """
        import torch.distributed as dist
        import wandb

        def main():
            dist.init_process_group("nccl")
            run = wandb.init(project="texts", name="exp-003-train")
                  ^^^^^^^^^^
            run.finish()

        if __name__ == "__main__":
            main()
        """,
        message="every process of the program calls `wandb.init`",
    ),
    Bad(
        """
        import argparse
        import deepspeed
        import wandb as wb

        args = argparse.ArgumentParser().parse_args()
        if args.track:
            wb.init(project="texts", config={"params": vars(args)})
            ^^^^^^^
        """,
        message="every process of the program calls `wb.init`",
    ),
    Good(
        """
        import torch.distributed as dist
        import wandb

        dist.init_process_group("nccl")
        rank = dist.get_rank()
        if rank == 0:
            wandb.init(project="texts")
        """
    ),
    Good(
        """
        import os
        import horovod.torch as hvd
        import wandb

        def main():
            hvd.init()
            if hvd.rank() != 0:
                return
            wandb.init(project="texts")

        def each(rank):
            wandb.init(project="texts", group="exp-003", name=f"exp-003-train-{rank}")
            wandb.init(project="texts", mode="online" if rank == 0 else "disabled")

        main()
        each(int(os.environ["LOCAL_RANK"]))
        """
    ),
    Good(
        """
        import wandb
        from accelerate import Accelerator
        from torch.distributed import get_rank

        accelerator = Accelerator(log_with="wandb")
        accelerator.init_trackers("texts")

        def start(logging):
            if logging:
                wandb.init(project="texts")

        def start_here():
            wandb.init(project="texts")

        start(get_rank() == 0)
        """
    ),
)
