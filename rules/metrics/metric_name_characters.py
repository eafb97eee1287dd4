"""Reports characters in a metric's name that GraphQL names do not have.

Why it matters: by GraphQL's rules a metric's name is letters, digits and underscores. W&B works around
others, and slashes are worth it, yet a name with spaces, dashes or dots has to be escaped in filters, chart
expressions and sweeps, and some places refuse it (Metric Names).

When to ignore: where dashboards of a running project read the metric by its old name.
"""

import re
from collections.abc import Callable, Iterator

from wbcheck.rule import (
    Applicability,
    Bad,
    File,
    Finding,
    Fix,
    Good,
    Piece,
    Preset,
    Refusal,
    Rule,
    Span,
    Text,
    constant,
    shown,
)

from ._logged import Row, is_scalar, keys, may_be_scalar, place_of, rows
from ._renaming import has_split, namespaced, rename

RULE = Rule(
    code="WB302",
    name="metric-name-characters",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="Such a name has to be escaped in filters, chart expressions and sweeps, and some places refuse it.",
    how="Keep to letters, digits and `_`, with `/` after the namespace.",
    fix=Applicability.UNSAFE,
    changes=("history", "summary", "metrics"),
)

_BAD = re.compile(r"[^A-Za-z0-9_/]")
_BAD_WORDS = re.compile(r"[^A-Za-z0-9_]+")


def check(file: File) -> Iterator[Finding]:
    seen: set[Span] = set()
    for row in rows(file.model):
        for entry in row.data.entries:
            wrong = [key for key in keys(entry) if fault(key)]
            place = place_of(entry, row)
            if wrong and place not in seen and is_scalar(entry):
                seen.add(place)
                told = f"metric name {shown(wrong[0], 30)} has {fault(wrong[0])}"
                yield Finding(place, told, fix=_fix(file, row))


def _fix(file: File, row: Row) -> Callable[[], Fix | Refusal | None] | None:
    """All names of a row that are at fault, or none: half of them would leave it in two styles."""
    found: dict[str, str] = {}
    for entry in row.data.entries:
        if not any(fault(key) for key in keys(entry)) or not may_be_scalar(entry):
            continue
        name = constant(entry.key)
        # With its split as the namespace it is right in every way.
        new = ((namespaced(name, None) if has_split(name) else None) or plain(name)) if name else ""
        if not name or not new or new in found.values():
            return None
        found[name] = new
    return file.fix_across(rename, found)


def plain(name: str) -> str:
    """A name with `_` in the place of all that should not be there; empty where nothing is left of a part."""
    parts = [_BAD_WORDS.sub("_", part).strip("_") for part in name.split("/")]
    if not all(parts):
        return ""
    return "/".join(f"_{part}" if part[0].isdigit() else part for part in parts)


def fault(name: Text) -> str:
    """What a name should not have; empty where nothing is wrong."""
    strange = [letter for piece in name.constants for letter in _BAD.findall(piece.text)]
    if strange:
        return "a space in it" if strange[0] == " " else f"{shown(strange[0].replace('`', 'backtick'))} in it"
    # A hole before a digit, or at the end of a piece, hides what a segment begins with.
    segments = (
        segment
        for index, piece in enumerate(name.pieces)
        if isinstance(piece, Piece)
        for number, segment in enumerate(piece.text.split("/"))
        if number or not index
    )
    return "a segment that begins with a digit" if any(s[:1].isdigit() for s in segments) else ""


EXAMPLES = (
    Bad(
        """
        import wandb

        run = wandb.init(project="texts")
        run.log({"val/f1 score": 0.9, "val/top-1": 0.8, "val/2nd": 0.7, "val/loss": 0.1})
                 ^^^^^^^^^^^^^^
                                      ^^^^^^^^^^^
                                                        ^^^^^^^^^
        """,
        message=(
            "metric name `val/f1 score` has a space in it",
            "metric name `val/top-1` has `-` in it",
            "metric name `val/2nd` has a segment that begins with a digit",
        ),
        fixed="""
        import wandb

        run = wandb.init(project="texts")
        run.log({"val/f1_score": 0.9, "val/top_1": 0.8, "val/_2nd": 0.7, "val/loss": 0.1})
        """,
    ),
    Bad(
        """
        import wandb

        wandb.init(project="texts")
        for layer in range(3):
            wandb.log({f"norm/layer.{layer}": 0.1})
                       ^^^^^^^^^^^^^^^^^^^^^
        """,
        message="metric name `norm/layer.{}` has `.` in it",
    ),
    Bad(
        """
        import wandb

        run = wandb.init(project="texts")
        for name in ("f1", "recall"):
            run.log({"val/top-1": 0.8, f"val/{name} score": 0.7})
                     ^^^^^^^^^^^
                                       ^^^^^^^^^^^^^^^^^^^
        """,
        message=(
            "metric name `val/top-1` has `-` in it",
            "metric name `val/{} score` has a space in it",
        ),
    ),
    Bad(
        """
        import wandb
        from training import step

        run = wandb.init(project="texts")
        for length in step():
            run.log({"train/step time": 0.7, "train/Path Length": length, "val loss": 0.1})
                     ^^^^^^^^^^^^^^^^^
                                                                          ^^^^^^^^^^
        """,
        message=(
            "metric name `train/step time` has a space in it",
            "metric name `val loss` has a space in it",
        ),
        fixed="""
        import wandb
        from training import step

        run = wandb.init(project="texts")
        for length in step():
            run.log({"train/step_time": 0.7, "train/Path_Length": length, "val/loss": 0.1})
        """,
    ),
    Bad(
        """
        import torch
        import wandb

        run = wandb.init(project="texts")
        length = 0
        for batch in range(3):
            run.log({"train/mean length": length, "train/path length": 0.7})
                     ^^^^^^^^^^^^^^^^^^^
                                                  ^^^^^^^^^^^^^^^^^^^
            length = torch.zeros(3)
        """,
        message=(
            "metric name `train/mean length` has a space in it",
            "metric name `train/path length` has a space in it",
        ),
        fixed="""
        import torch
        import wandb

        run = wandb.init(project="texts")
        length = 0
        for batch in range(3):
            run.log({"train/mean_length": length, "train/path_length": 0.7})
            length = torch.zeros(3)
        """,
    ),
    Good(
        """
        import wandb

        run = wandb.init(project="texts")
        for k in range(3):
            run.log({"val/f1_score": 0.9, f"val/top_{k}": 0.8, f"fold/{k}2": 0.7, "Val/_x": 0.1})
        """
    ),
    Good(
        """
        import wandb

        def report(run: wandb.Run, name, picture, make):
            run.log({"Input image": wandb.Image(picture), "Confusion Matrix": make(), name: 1, f"{name}": 2})
            print({"val f1": 0.9})
        """
    ),
)
