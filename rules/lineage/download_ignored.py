"""Reports a path into `artifacts/` that is written out where `download()` has just given it.

Why it matters: where an artifact is put depends on its name, its version and `WANDB_ARTIFACT_DIR`. A path
that is written out goes on naming the old version when `:latest` has become another one, and nothing fails:
the old files are still there.

When to ignore: where other programs read the folder under this name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wbcheck.rule import (
    Applicability,
    ArtifactCall,
    Bad,
    DataRead,
    Edits,
    File,
    Finding,
    Good,
    Model,
    Preset,
    Rule,
    Text,
    Tri,
    precedes,
    replace,
    shown,
    source_of,
    texts,
    together,
    wrap,
)

RULE = Rule(
    code="WB511",
    name="download-ignored",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="Where files are put depends on the version: a path that is written out goes on naming an old one.",
    how="Keep what `download()` gives, and begin the path with it.",
    fix=Applicability.UNSAFE,
)

_PATH = re.compile(r"(?:\./)?artifacts/[^/]+(?P<rest>/[^{}\\]+)?")
_NAME = "folder"


def check(file: File) -> Iterator[Finding]:
    model = file.model
    ignored = [call for call in model.each(ArtifactCall) if is_ignored(model, call)]
    for read in model.each(DataRead) if ignored else ():
        downloads = [call for call in ignored if precedes(model, call, read) is not Tri.NO]
        for path in texts(read.source) if downloads else ():
            if path.skeleton.startswith(("artifacts/", "./artifacts/")):
                span = path.span or read.callee
                fix = file.fix("Keep the folder that `download()` gives", kept, model, downloads, read, path)
                yield Finding(span, f"{shown(path, 30)} is read, not what `download()` gave", fix=fix)


def is_ignored(model: Model, call: ArtifactCall) -> bool:
    """Whether files are downloaded to where W&B puts them, and nobody keeps where that is."""
    is_statement = model.statement_at(call.span) == call.span
    return call.method == "download" and is_statement and call.arguments.given("root") is Tri.NO


def kept(text: str, model: Model, downloads: list[ArtifactCall], read: DataRead, path: Text) -> Edits | None:
    """Bind the only download's folder to a new name, and begin a constant path with it."""
    call, match = downloads[0], _PATH.fullmatch(path.constant or "")
    source = "" if path.span is None else source_of(text, path.span)
    if match is None or len(downloads) > 1 or source[:1] not in "\"'" or re.search(rf"\b{_NAME}\b", text):
        return None
    if model.function_of(call) != model.function_of(read) or precedes(model, call, read) is not Tri.YES:
        return None
    rest = match["rest"]
    value = _NAME if rest is None else f"f{source[0]}{{{_NAME}}}{rest}{source[0]}"
    assert path.span is not None, "it has a source"
    return together(wrap(text, call.span, f"{_NAME} = ", ""), replace(text, path.span, value))


EXAMPLES = (
    Bad(
        """
        import pandas as pd
        import wandb

        with wandb.init(project="texts", job_type="train") as run:
            run.use_artifact("mails:v3").download()
            mails = pd.read_csv("artifacts/mails:v3/mails.csv")
                                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
        message="`artifacts/mails:v3/mails.csv` is read, not what `download()` gave",
        fixed="""
        import pandas as pd
        import wandb

        with wandb.init(project="texts", job_type="train") as run:
            folder = run.use_artifact("mails:v3").download()
            mails = pd.read_csv(f"{folder}/mails.csv")
        """,
    ),
    Bad(
        """
        import torch
        import wandb as wb

        NAME = input()

        def fetch():
            head = wb.use_artifact(NAME)
            head.download()

        def main():
            wb.init(project="texts", job_type="eval")
            fetch()
            return torch.load(f"./artifacts/{NAME}/head.pt")
                              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

        main()
        """,
        message="`./artifacts/{}/head.pt` is read, not what `download()` gave",
    ),
    Good(
        """
        import pandas as pd
        import wandb

        with wandb.init(project="texts", job_type="train") as run:
            folder = run.use_artifact("mails:v3").download()
            mails = pd.read_csv(f"{folder}/mails.csv")
            run.use_artifact("words:v1").download(root="artifacts/words")
            words = pd.read_csv("artifacts/words/words.csv")
            run.use_artifact("labels:v0").file()
        """
    ),
    Good(
        """
        import pandas as pd
        import wandb
        from store import bucket

        bucket.download()
        mails = pd.read_csv("artifacts/mails/mails.csv")

        with wandb.init(project="texts", job_type="train") as run:
            run.use_artifact("mails:v3").download()
            spam = pd.read_csv("data/spam.csv")
        """
    ),
)
