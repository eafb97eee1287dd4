"""Reports a model or a dataset that is saved as a file of the run, and not as an artifact.

Why it matters: `wandb.save` puts a file beside the run's logs. It has no version, no metadata and no place in
the lineage graph, and no other run can declare it as its input (guide, Lineage and Traceability).

When to ignore: where an artifact of the same file is logged by code that cannot be seen from here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from wbcheck.rule import (
    ArtifactCall,
    ArtifactLogged,
    Bad,
    Call,
    File,
    Finding,
    Good,
    Hole,
    Model,
    Options,
    Preset,
    Rule,
    RunCall,
    Text,
    doc,
    shown,
    texts,
)

_MODELS = (
    ".pt .pth .pth.tar .ckpt .safetensors .onnx .h5 .hdf5 .keras .pb .tflite .gguf .joblib .pkl .pickle .pmml"
)
_DATA = ".npy .npz .csv .tsv .parquet .arrow .feather .jsonl .tfrecord .zarr .xlsx"


class SaveOptions(Options, frozen=True):
    suffixes: Annotated[tuple[str, ...], doc("How the names of models and datasets end.")] = tuple(
        f"{_MODELS} {_DATA}".split()
    )


RULE = Rule(
    code="WB505",
    name="save-instead-of-artifact",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="A file of the run has no version, no metadata and no place in the lineage graph.",
    how="Add it to a `wandb.Artifact`, and log that.",
    options=SaveOptions,
)


def check(file: File) -> Iterator[Finding]:
    logged = set(in_artifacts(file.model))
    for call in file.model.each(RunCall):
        for name in texts(call.get("glob_str")) if call.method == "save" else ():
            suffix = ending(name).lower()
            if suffix.endswith(file.options.suffixes) and told(name) not in logged:
                yield Finding(
                    name.span or call.callee, f"{shown(name)} is saved beside the run, not as an artifact"
                )


def ending(name: Text) -> str:
    """The constant end of a text."""
    last = name.pieces[-1] if name.pieces else None
    return "" if last is None or isinstance(last, Hole) else last.text


def in_artifacts(model: Model) -> Iterator[str]:
    """What becomes part of an artifact, too."""
    for call in model.each(Call):
        if isinstance(call, ArtifactCall | ArtifactLogged):
            for parameter in ("local_path", "path", "artifact_or_path"):
                yield from (told(name) for name in texts(call.get(parameter)))


def told(path: Text) -> str:
    return path.skeleton.removeprefix("./")


EXAMPLES = (
    Bad(
        """
        import torch
        import wandb

        with wandb.init(project="texts", job_type="train") as run:
            model = torch.nn.Linear(8, 2)
            torch.save(model.state_dict(), "head.pt")
            wandb.save("head.pt")
                       ^^^^^^^^^
        """,
        message="`head.pt` is saved beside the run, not as an artifact",
    ),
    Bad(
        """
        import wandb as wb

        def keep(run: wb.Run, epoch, folder):
            run.save(f"{folder}/head-{epoch}.ckpt", policy="now")
                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            run.save("scores.csv")
                     ^^^^^^^^^^^^
        """,
        message=(
            "`{}/head-{}.ckpt` is saved beside the run, not as an artifact",
            "`scores.csv` is saved beside the run, not as an artifact",
        ),
    ),
    Bad(
        """
        import wandb

        run = wandb.init(project="texts")
        run.save("head.bin")
                 ^^^^^^^^^^
        run.save("scores.csv")
        run.finish()
        """,
        message="`head.bin` is saved beside the run, not as an artifact",
        options={"suffixes": [".bin"]},
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts", job_type="train") as run:
            run.save("params.yaml")
            run.save("logs/*.txt")
            run.log_artifact("head.pt", name="head", type="model")
            run.save("./head.pt")
        """
    ),
    Good(
        """
        import wandb
        from transformers import AutoModel

        def keep(path, canvas):
            model = AutoModel.from_pretrained("bert-base-uncased")
            model.save("head.pt")
            canvas.save("scores.csv")
            wandb.init(project="texts")
            wandb.save(path)
            wandb.run.save("notes.md")
        """
    ),
)
