"""Reports an artifact name that W&B refuses.

Why it matters: `wandb.Artifact` raises `ValueError` for a name with any other characters than
letters, digits, `-`, `_` and `.`, and for one of more than 128. That mostly happens at the end of
a run, when there is a model to log, and the model is lost with it. Tables are logged as artifacts
too, under `run-<id>-<key>`: a key of more than 115 characters raises in the same way.

When to ignore: never.
"""

from __future__ import annotations

from collections.abc import Iterator

from wbcheck.rule import (
    Bad,
    Dict,
    File,
    Finding,
    Good,
    Log,
    Model,
    ObjectKind,
    Preset,
    Proof,
    Raises,
    Ref,
    Rule,
    Span,
    Text,
    Tri,
    options,
    shown,
)

from ._names import fault_of, names

RULE = Rule(
    code="WB402",
    name="artifact-name-invalid",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="It raises `ValueError`, and the artifact is not logged.",
    how="Use letters, digits, `-`, `_` and `.` alone, at most 128; the version is no part of a name.",
)

# `run-`, eight characters of id, `-` and the key make a name of at most 128; an id given may be shorter.
LONGEST_KEY, LONGEST_KEY_OF_SHORT_ID = 115, 122


def check(file: File) -> Iterator[Finding]:
    for text, place in names(file.model):
        fault = fault_of(text)
        if fault is not None:
            yield Finding(fault.span or place, f"artifact name {shown(text, 30)} {fault.what}")
    for span, key in long_table_keys(file.model):
        yield Finding(span, f"table key {shown(key, 30)} makes too long an artifact name")


def long_table_keys(model: Model) -> Iterator[tuple[Span, Text]]:
    """The keys of logged tables that are too long for the names of the artifacts that hold them."""
    for log in model.each(Log):
        start = model.start_of(log.run)
        is_own_id = start is not None and start.arguments.given("id") is Tri.NO
        limit = LONGEST_KEY if is_own_id else LONGEST_KEY_OF_SHORT_ID
        for data in options(log.data):
            for entry in data.entries if isinstance(data, Dict) else ():
                is_table = isinstance(entry.value, Ref) and entry.value.kind is ObjectKind.TABLE
                if is_table and isinstance(entry.key, Text) and entry.key.known_length > limit:
                    yield entry.key.span or log.span, entry.key


EXAMPLES = (
    Bad(
        """
        import wandb

        artifact = wandb.Artifact("phishing-texts:v3", type="dataset")
                                   ^^^^^^^^^^^^^^^^^
        """,
        message="artifact name `phishing-texts:v3` has `:` in it",
    ),
    Bad(
        """
        from datetime import datetime
        import wandb

        BASE = "google/bert-base"
                ^^^^^^^^^^^^^^^^
        run = wandb.init(project="texts")
        mails = wandb.Artifact(name=f"mails-{datetime.now()}", type="dataset")
                                    ^^^^^^^^^^^^^^^^^^^^^^^^^
        run.log_model("head.pt", name=f"{BASE}-{run.id}")
        """,
        message=(
            "artifact name `google/bert-base-{}` has `/` in it",
            "artifact name `mails-{}` has a time in it that is written with colons",
        ),
    ),
    Bad(
        """
        import wandb

        artifact = wandb.Artifact(
            "distilbert-base-uncased-on-the-phishing-texts-of-all-customers-"
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            "without-those-that-were-reported-by-mistake-or-by-people-who-have-left-the-company",
            ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
            type="model",
        )
        """,
        message="artifact name `distilbert-bas…ft-the-company` is longer than 128 characters",
    ),
    Bad(
        """
        import wandb

        KEY = "predictions-of-the-big-model-on-all-of-the-mails-of-the-second-half-of-2023"
        run = wandb.init(project="texts")
        table = wandb.Table(columns=["text", "score"])
        run.log({f"{KEY}-without-those-that-the-filter-had-caught": table, "n": 3})
                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
        message="table key `predictions-of…ter-had-caught` makes too long an artifact name",
    ),
    Good(
        """
        import wandb

        artifact = wandb.Artifact("phishing-texts_v3.1", type="dataset")
        """
    ),
    Good(
        """
        import time
        from datetime import date, datetime
        import wandb as wb
        from shop import Artifact

        def upload(run, name, model):
            run.use_artifact("me/texts/mails:latest")
            wb.Artifact(name, "model")
            wb.Artifact(f"mails-{datetime.now():%Y-%m-%d}", "dataset")
            wb.Artifact(f"mails-{datetime.now()}".replace(" ", "-").replace(":", "-"), "dataset")
            wb.Artifact(f"mails-{date.today()}-{int(time.time())}", "dataset")
            wb.Artifact(model.replace("/", "-"), "model")
            Artifact("a vase: blue")
        """
    ),
)

PROOF = (
    Proof(bad=Raises("ValueError", "may only contain alphanumeric characters")),
    Proof(
        setup="""
        import wandb

        run = wandb.init(project="texts")
        table = wandb.Table(columns=["text", "score"], data=[["win a prize", 0.9]])
        """,
        bad_script='run.log({"k" * 116: table})',
        good_script='run.log({"k" * 115: table})',
        bad=Raises("ValueError", "longer than 128 characters"),
    ),
)
