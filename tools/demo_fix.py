"""A small messy project before its fixes, what they change, and the fixed project at work, offline.

``python tools/demo_fix.py PROJECT`` copies a project to a temporary folder, applies every fix to the copy,
the unsafe ones too, and runs its scripts in their order under the real SDK, which writes to disk and
reaches no server. What only a server knows, which artifacts were logged before, a double tells
(``wbcheck.proofs.double``), and says so.
"""

from __future__ import annotations

import glob
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence

from wbcheck.examples import Recorded
from wbcheck.proofs.record import read

# In the order of the project's README.
STEPS = (
    ("download_data.py",),
    ("clean_data.py", "--lowercase"),
    ("encode_data.py",),
    ("train.py", "--epochs", "3"),
    ("train_seeds.py",),
    ("finetune.py",),
    ("evaluate.py", "--model_ref", "phishing-model:latest"),
    ("grid.py",),
)


def main(project: str) -> int:
    """Show all of it; 1 if a step of the fixed project fails."""
    with tempfile.TemporaryDirectory(prefix="wbcheck-demo-") as folder:
        return show(shutil.copytree(project, os.path.join(folder, os.path.basename(project))))


def show(copy: str) -> int:
    title("Before: what wbcheck finds")
    wbcheck(copy, "--statistics")
    title("What the fixes change")
    wbcheck(copy, "--diff", "--unsafe-fixes")
    title("The fixes are applied")
    wbcheck(copy, "--fix-only", "--unsafe-fixes")
    title("After: what is left to a person")
    wbcheck(copy, "--output-format", "concise")
    title("The fixed project at work, from end to end, offline")
    return run_steps(copy)


def title(words: str) -> None:
    print(f"\n=== {words}\n", flush=True)


def wbcheck(folder: str, *arguments: str) -> None:
    command = [sys.executable, "-m", "wbcheck", "check", "--no-cache", *arguments]
    subprocess.run(command, cwd=folder, check=False)


def run_steps(folder: str, steps: Sequence[Sequence[str]] = STEPS) -> int:
    """Run every script, and say what its runs recorded; 1 if one fails."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WANDB_")}
    environment |= {"WANDB_MODE": "offline", "WANDB_SILENT": "true", "PYTHONPATH": folder}
    failed = 0
    seen: set[str] = set()
    for step in steps:
        print(f"$ python {' '.join(step)}", flush=True)
        command = [sys.executable, "-m", "wbcheck.proofs.double", "store", *step]
        failed += subprocess.run(command, cwd=folder, env=environment, check=False).returncode != 0
        new = set(glob.glob(f"{folder}/wandb/offline-run-*/*.wandb")) - seen
        for recorded in sorted(map(read, new), key=lambda run: run.started):
            print(f"    {told(recorded)}", flush=True)
        seen |= new
    print(f"\n{len(steps) - failed} of {len(steps)} scripts ran to their end, {len(seen)} runs were recorded")
    return int(failed > 0)


def told(run: Recorded) -> str:
    """A run in one line."""
    # A table's key stands for its size, its file and so on.
    metrics = sorted({key.partition(".")[0] for row in run.history for key in row if key[0] != "_"})
    parts = [
        f"run {run.name or '(unnamed)'}",
        run.job_type and f"job {run.job_type}",
        run.inputs and "uses " + ", ".join(each["name"] for each in run.inputs),
        f"config {', '.join(run.config) or '-'}",
        metrics and f"{len(run.history)} rows of {', '.join(metrics)}",
        run.artifacts and "makes " + ", ".join(each["name"] for each in run.artifacts),
    ]
    return "; ".join(part for part in parts if part)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1].rstrip("/")))
