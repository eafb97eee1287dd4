"""Reports a `WANDB_*` variable that nothing reads.

Why it matters: the run goes on as if it were not set. `WANDB_DISABLED=true` is the one that hurts: neither
the SDK nor transformers 5 knows it, so what was to stay private is uploaded. Others are gone
(`WANDB_START_METHOD`), or are slips of those that there are (`WANDB_GROUP` for `WANDB_RUN_GROUP`).

When to ignore: where a program of your own reads the variable. `WANDB_DISABLED` is not reported where it may
be for a Trainer of transformers 4, which still takes it: outside Python only where the project's dependencies
name no library that has one.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated

from wbcheck.rule import (
    AnyValue,
    Applicability,
    Bad,
    Edits,
    EnvironmentSet,
    File,
    Finding,
    Good,
    Mended,
    Options,
    Piece,
    Preset,
    Rule,
    RunStart,
    Text,
    Tri,
    constant,
    doc,
    drop_import,
    precedes,
    remove_statement,
    set_text,
    together,
)

from ..integrations._trainers import reporting, trainings
from ._environment import depending, is_read, place


class Ineffective(Options, frozen=True):
    ineffective: Annotated[
        Mapping[str, str], doc("More variables that nothing reads, with what is meant.")
    ] = {}
    read: Annotated[tuple[str, ...], doc("Variables that programs outside of the project read.")] = ()


RULE = Rule(
    code="WB613",
    name="env-ineffective",
    preset=Preset.RECOMMENDED,
    since="0.1.0",
    why="Neither the SDK nor an integration reads it: the run is as it would be without.",
    how="Leave it out, or set the one that is meant.",
    fix=Applicability.UNSAFE,
    options=Ineffective,
)

# What is no longer read (to be left out), what is meant by others; a value where it has to change, too.
_MEANT: dict[str, str] = {
    "WANDB_DISABLED": "WANDB_MODE",
    "WANDB_DISABLE": "WANDB_MODE",
    "WANDB_OFFLINE": "WANDB_MODE",
    "WANDB_DRYRUN": "WANDB_MODE",
    "WANDB_START_METHOD": "",
    "WANDB_DISABLE_SERVICE": "",
    "WANDB_REQUIRE_SERVICE": "",
    "WANDB_MAGIC": "",
    "WANDB_DESCRIPTION": "WANDB_NOTES",
    "WANDB_NOTE": "WANDB_NOTES",
    "WANDB_GROUP": "WANDB_RUN_GROUP",
    "WANDB_GROUP_NAME": "WANDB_RUN_GROUP",
    "WANDB_TAG": "WANDB_TAGS",
    "WANDB_PROJECT_NAME": "WANDB_PROJECT",
    "WANDB_EXP_NAME": "WANDB_NAME",
    "WANDB_EXPERIMENT_NAME": "WANDB_NAME",
    "WANDB_TEAM": "WANDB_ENTITY",
    "WANDB_JOBTYPE": "WANDB_JOB_TYPE",
    "WANDB_ID": "WANDB_RUN_ID",
    "WANDB_KEY": "WANDB_API_KEY",
    "WANDB_APIKEY": "WANDB_API_KEY",
    "WANDB_API_TOKEN": "WANDB_API_KEY",
    "WANDB_TOKEN": "WANDB_API_KEY",
    "WANDB_LOG_MODELS": "WANDB_LOG_MODEL",
    "WANDB_LOGDIR": "WANDB_DIR",
    "WANDB_LOG_DIR": "WANDB_DIR",
}
_SWITCHES = {"WANDB_DISABLED": "disabled", "WANDB_DISABLE": "disabled"}
_SWITCHES |= {"WANDB_OFFLINE": "offline", "WANDB_DRYRUN": "offline"}


def check(file: File) -> Iterator[Finding]:
    meant = {**_MEANT, **file.options.ineffective}
    for event in file.model.each(EnvironmentSet):
        name = constant(event.name) or ""
        if name not in meant or event.how in ("delete", "load") or name in file.options.read:
            continue
        is_read_here = is_read(file.model, name) or name in file.project.reads
        if not is_read_here and not (name == "WANDB_DISABLED" and _may_be_taken(file, event)):
            fix = file.fix_across(_mended, event, name, meant[name])
            how = _how(name, meant[name])
            yield Finding(place(event), f"nothing reads `{name}`", how=how, fix=fix)


def _may_be_taken(file: File, event: EnvironmentSet) -> bool:
    """Whether it may be for a Trainer of transformers 4: it is, where nothing else would report anyway."""
    model = file.model
    if event.how == "file":
        return file.project.trains is not Tri.NO
    if any(precedes(model, event, start) is not Tri.NO for start in model.each(RunStart)):
        return False
    if any(reporting(model, training) is Tri.YES for training in trainings(model)):
        return False
    return not model.imports_module("wandb") or model.imports_module(*_TRAINERS)


_TRAINERS = (
    "transformers",
    "trl",
    "sentence_transformers",
    "unsloth",
    "simpletransformers",
    "setfit",
    "adapters",
)


def _how(name: str, meant: str) -> str:
    if name in _SWITCHES:
        trainer = ', and `report_to="none"` of a Trainer' if _SWITCHES[name] == "disabled" else ""
        return f"Set `{meant}` to `{_SWITCHES[name]}`{trainer}."
    return f"`{meant}` is the one that is read." if meant else "Leave it out."


def _mended(file: File, event: EnvironmentSet, old: str, new: str) -> Mended | None:
    """The one that is meant, or none; says who goes by the old one."""
    edits = _rename(file.text, event.name, event.value, old, new) if new else _without(file, event)
    told = f"Set `{new}`" if new else "Leave it out"
    return Mended("; ".join((told, *depending(file, old))), edits) if edits else None


def _without(file: File, event: EnvironmentSet) -> Edits | None:
    """The statement taken out, if all that it does is to set the variable to a text.

    The comment above it goes, too, where it is about no more than that.
    """
    text, statement, value = file.text, file.model.statement_at(event.span), event.value
    if statement is None or statement.start != event.span.start or constant(value) is None:
        return None
    given = value.span if isinstance(value, Text) else None
    if event.how == "item":
        is_all = given is not None and given.end == statement.end
        is_all = is_all and given is not None and text[event.span.end : given.start].strip() == "="
    else:
        is_all = event.how in ("setdefault", "putenv") and statement == event.span
    if not is_all:
        return None
    stands_alone = re.match(r"[^\n]*(?:\n[ \t]*(?=\n)|\Z)", text[statement.end :]) is not None
    gone = remove_statement(text, statement, ".*" if stands_alone else "")
    return together(gone, drop_import(text, "os", [statement]))


def _rename(text: str, name: AnyValue, value: AnyValue, old: str, new: str) -> Edits | None:
    """Another name, and for a switch that is on the mode that it stands for."""
    edits = _set(text, name, new)
    if old not in _SWITCHES:
        return edits
    is_on = (constant(value) or "").lower() in ("true", "1", "yes", "on")
    return together(edits, _set(text, value, _SWITCHES[old])) if is_on else None


def _set(text: str, value: AnyValue, new: str) -> Edits | None:
    piece = value.pieces[0] if isinstance(value, Text) and len(value.pieces) == 1 else None
    return set_text(text, piece, new) if isinstance(piece, Piece) else None


EXAMPLES = (
    Bad(
        """
        import os
        import wandb

        os.environ["WANDB_DISABLED"] = "true"
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        wandb.init(project="texts")
        """,
        message="nothing reads `WANDB_DISABLED`",
        fixed="""
        import os
        import wandb

        os.environ["WANDB_MODE"] = "disabled"
        wandb.init(project="texts")
        """,
    ),
    Bad(
        """
        import os

        os.environ.update({"WANDB_GROUP": "exp-003", "WANDB_TAG": "baseline"})
                           ^^^^^^^^^^^^^             ^^^^^^^^^^^
        """,
        message=("nothing reads `WANDB_GROUP`", "nothing reads `WANDB_TAG`"),
        fixed="""
        import os

        os.environ.update({"WANDB_RUN_GROUP": "exp-003", "WANDB_TAGS": "baseline"})
        """,
    ),
    Bad(
        """
        # %%
        %env WANDB_DISABLED=true
        ^^^^^^^^^^^^^^^^^^^^^^^^

        # %%
        import wandb
        """,
        notebook=True,
        message="nothing reads `WANDB_DISABLED`",
    ),
    Bad(
        """
        import os

        os.environ["WANDB_EXPERIMENT"] = "exp-003"
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
        message="nothing reads `WANDB_EXPERIMENT`",
        options={"ineffective": {"WANDB_EXPERIMENT": "WANDB_RUN_GROUP"}},
        fixed="""
        import os

        os.environ["WANDB_RUN_GROUP"] = "exp-003"
        """,
    ),
    Bad(
        """
        import os
        import wandb

        os.environ["WANDB_START_METHOD"] = "thread"
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        wandb.init(project="texts")
        """,
        message="nothing reads `WANDB_START_METHOD`",
        fixed="""
        import wandb

        wandb.init(project="texts")
        """,
    ),
    Bad(
        """
        import os
        from transformers import Trainer, TrainingArguments

        os.environ["WANDB_DISABLED"] = "true"
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        Trainer(model=model, args=TrainingArguments("out", report_to=["wandb"])).train()
        """,
        message="nothing reads `WANDB_DISABLED`",
        fixed="""
        import os
        from transformers import Trainer, TrainingArguments

        os.environ["WANDB_MODE"] = "disabled"
        Trainer(model=model, args=TrainingArguments("out", report_to=["wandb"])).train()
        """,
    ),
    Bad(
        """
        WANDB_PROJECT=texts
        WANDB_GROUP=exp-003
        ^^^^^^^^^^^
        """,
        path="prod.env",
        message="nothing reads `WANDB_GROUP`",
        fixed="""
        WANDB_PROJECT=texts
        WANDB_RUN_GROUP=exp-003
        """,
    ),
    Good(
        """
        export WANDB_DISABLED=true
        export WANDB_GROUP=exp-003
        python train.py --group "$WANDB_GROUP"
        """,
        path="train.sh",
    ),
    Good(
        """
        import os
        import wandb
        from transformers import Trainer, TrainingArguments

        def main(track):
            if track:
                wandb.init(project="texts")
            else:
                os.environ["WANDB_DISABLED"] = "true"
            Trainer(model=model, args=TrainingArguments("out")).train()
        """
    ),
    Good(
        """
        import os
        import wandb

        os.environ["WANDB_MODE"] = "disabled"
        os.environ["WANDB_RUN_GROUP"] = "exp-003"
        os.environ["WANDB_RUN_NAME"] = "exp-003-train-20250102T1030Z"
        os.environ["TRACKING_DISABLED"] = "true"
        wandb.init(project="texts")
        """
    ),
    Good(
        """
        import os
        import wandb

        os.environ.setdefault("WANDB_TEAM", "acme")
        del os.environ["WANDB_DISABLED"]
        wandb.init(project="texts", entity=os.environ["WANDB_TEAM"])
        """
    ),
    Good(
        """
        import os
        import launcher

        os.environ["WANDB_KEY"] = launcher.secret("wandb")
        os.environ[launcher.variable] = "true"
        """,
        options={"read": ["WANDB_KEY"]},
    ),
    Good(
        """
        import os

        os.environ["WANDB_TOKEN"] = open("token").read()
        """,
        path="main.py",
        beside={
            "train.py": """
            import os
            import wandb

            wandb.login(key=os.environ["WANDB_TOKEN"])
            """
        },
    ),
)
