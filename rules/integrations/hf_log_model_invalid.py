"""Reports a `WANDB_LOG_MODEL` that transformers does not take.

Why it matters: transformers knows `end`, `checkpoint` and `false`, in small letters. At anything else,
`true` above all, version 5 switches the upload off with a warning in the log, and version 4 raises: no
model is uploaded, which is noticed when it is looked for (Integrations, Setup).

When to ignore: where the variable is read by code of your own that takes other words.
"""

from collections.abc import Iterator

from wbcheck.rule import (
    AnyValue,
    Applicability,
    Bad,
    EnvironmentSet,
    File,
    Finding,
    Flag,
    Good,
    Mended,
    Number,
    Piece,
    Preset,
    Rule,
    Text,
    Unproven,
    constant,
    options,
    set_text,
    shown,
)

from ..lifecycle._environment import depending

RULE = Rule(
    code="WB704",
    name="hf-log-model-invalid",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="The Trainer uploads no model: version 5 warns and goes on without, version 4 raises.",
    how="Set it to `end`, `checkpoint` or `false`.",
    fix=Applicability.UNSAFE,
    changes=("artifacts",),
)

TAKEN = ("end", "checkpoint", "false")
_ON = frozenset({"true", "1", "yes", "on", "y", "best", "final", "all", "model"})
_OFF = frozenset({"0", "no", "off", "none", "n", "disabled", "never"})


def check(file: File) -> Iterator[Finding]:
    for event in file.model.each(EnvironmentSet):
        if constant(event.name) != "WANDB_LOG_MODEL" or event.how == "delete":
            continue
        for value in options(event.value):
            told = _told(value)
            if told is None or told in TAKEN:
                continue
            piece = value.pieces[0] if isinstance(value, Text) and len(value.pieces) == 1 else None
            meant = _meant(told)
            fix = None
            if isinstance(piece, Piece) and meant:
                fix = file.fix_across(_set, piece, meant)
            yield Finding(value.span or event.span, f"`WANDB_LOG_MODEL` does not take {shown(told)}", fix=fix)


def _set(file: File, piece: Piece, meant: str) -> Mended | None:
    """The word that is taken; says which code reads the variable itself."""
    edits = set_text(file.text, piece, meant)
    said = "; ".join((f"Set it to `{meant}`", *depending(file, "WANDB_LOG_MODEL")))
    return Mended(said, edits) if edits else None


def _told(value: AnyValue) -> str | None:
    """What the variable is set to, if that is known."""
    if isinstance(value, Flag | Number):
        return str(value.value)
    return value.constant if isinstance(value, Text) else None


def _meant(told: str) -> str:
    """The word that was meant, if that is clear."""
    word = told.strip().lower()
    if word in TAKEN:
        return word
    return "end" if word in _ON else "false" if word in _OFF else ""


EXAMPLES = (
    Bad(
        """
        import os
        from transformers import Trainer, TrainingArguments

        os.environ["WANDB_LOG_MODEL"] = "true"
                                        ^^^^^^
        arguments = TrainingArguments("out", report_to=["wandb"])
        Trainer(model=model, args=arguments).train()
        """,
        message="`WANDB_LOG_MODEL` does not take `true`",
        fixed="""
        import os
        from transformers import Trainer, TrainingArguments

        os.environ["WANDB_LOG_MODEL"] = "end"
        arguments = TrainingArguments("out", report_to=["wandb"])
        Trainer(model=model, args=arguments).train()
        """,
    ),
    Bad(
        """
        import os

        os.environ.update({"WANDB_PROJECT": "texts", "WANDB_LOG_MODEL": "Checkpoint"})
                                                                        ^^^^^^^^^^^^
        """,
        message="`WANDB_LOG_MODEL` does not take `Checkpoint`",
        fixed="""
        import os

        os.environ.update({"WANDB_PROJECT": "texts", "WANDB_LOG_MODEL": "checkpoint"})
        """,
    ),
    Bad(
        """
        # %%
        %env WANDB_LOG_MODEL=1
        ^^^^^^^^^^^^^^^^^^^^^^

        # %%
        import wandb
        """,
        notebook=True,
        message="`WANDB_LOG_MODEL` does not take `1`",
    ),
    Bad(
        """
        import os

        os.environ["WANDB_LOG_MODEL"] = True
                                        ^^^^
        """,
        message="`WANDB_LOG_MODEL` does not take `True`",
    ),
    Good(
        """
        import os

        os.environ["WANDB_LOG_MODEL"] = "end"
        os.environ.setdefault("WANDB_LOG_MODEL", "checkpoint")
        os.environ["WANDB_WATCH"] = "all"
        """
    ),
    Good(
        """
        import os
        import wandb

        def train(log_model: str = "true"):
            if log_model:
                os.environ["WANDB_LOG_MODEL"] = log_model

        del os.environ["WANDB_LOG_MODEL"]
        """
    ),
    Good(
        """
        import os as system

        kept = "false" if system.environ.get("CI") else "end"
        system.environ["WANDB_LOG_MODEL"] = kept
        settings = {"WANDB_LOG_MODEL": "true"}
        """
    ),
)

PROOF = Unproven("needs transformers; read in its `WandbCallback` and `WandbLogModel`")
