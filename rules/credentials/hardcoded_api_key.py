"""Reports an API key that is written into the code.

Why it matters: whoever can read the repository, its history or the notebook can write to the account and read
all of its projects. No output of wbcheck ever shows the key.

When to ignore: never; revoke the key at wandb.ai/authorize, and take it out of the history too.
"""

import re
from collections.abc import Iterator

from wbcheck.rule import (
    AnyValue,
    Bad,
    Call,
    Dict,
    EnvironmentSet,
    Event,
    File,
    Finding,
    Good,
    KeySpelled,
    Preset,
    Rule,
    Span,
    Unproven,
    constant,
    options,
    texts,
)

RULE = Rule(
    code="WB901",
    name="hardcoded-api-key",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="Whoever can read this file can write to the account and read all of its projects.",
    how="Revoke the key, and give the new one by `wandb login` or the environment.",
)

# The forms that W&B gives out: 40 hexadecimal digits (behind a prefix, on one's own server), or a version
# and more.
_FORM = re.compile(r"(?:[a-z0-9-]+-)?[0-9a-f]{40}|wandb_v\d+_\w{16,}", re.IGNORECASE)
_FEW = 6


def check(file: File) -> Iterator[Finding]:
    told: list[Span] = []
    for event, value in keys(file):
        for text in texts(value):
            span = text.span or event.span
            if text.constant is None or not is_key(text.constant):
                continue
            # What a call is given is spelled in the text, too.
            if not any(other.start <= span.start and span.end <= other.end for other in told):
                told.append(span)
                yield Finding(span, "an API key is written into the code", label="the key")


def keys(file: File) -> Iterator[tuple[Event, AnyValue]]:
    """Every value that is given as an API key, and every text that is spelled out as one."""
    for event in file.model.events:
        if isinstance(event, EnvironmentSet):
            if any(constant(name) == "WANDB_API_KEY" for name in options(event.name)):
                yield event, event.value
        elif isinstance(event, Call):
            for name in ("key", "api_key"):
                value = event.arguments.get(name)
                if value is not None:
                    yield event, value
            for settings in options(event.arguments.get("settings")):
                entry = settings.find("api_key") if isinstance(settings, Dict) else None
                if entry is not None:
                    yield event, entry.value
    for spelled in file.model.each(KeySpelled):
        yield spelled, spelled.value


def is_key(text: str) -> bool:
    """Whether a text has a key's form and is no placeholder, which repeats a few characters."""
    return _FORM.fullmatch(text.strip()) is not None and len(set(text.strip().lower())) > _FEW


EXAMPLES = (
    Bad(
        """
        import wandb

        wandb.login(key="0123456789abcdef0123456789abcdef01234567")
                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
        message="an API key is written into the code",
    ),
    Bad(
        """
        import os

        os.environ["WANDB_API_KEY"] = "0123456789abcdef0123456789abcdef01234567"
                                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
        message="an API key is written into the code",
    ),
    Bad(
        """
        import wandb

        KEY = "0123456789abcdef0123456789abcdef01234567"
              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        api = wandb.Api(api_key=KEY)
        """,
        message="an API key is written into the code",
    ),
    Bad(
        """
        %env WANDB_API_KEY=0123456789abcdef0123456789abcdef01234567
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        # %%
        import wandb
        """,
        message="an API key is written into the code",
        notebook=True,
    ),
    Bad(
        """
        !pip install wandb -q && wandb login --relogin 0123456789abcdef0123456789abcdef01234567
                                                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        # %%
        import wandb
        """,
        message="an API key is written into the code",
        notebook=True,
    ),
    Bad(
        """
        import wandb

        run = wandb.init(settings={"api_key": "0123456789abcdef0123456789abcdef01234567"})
                                              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
        message="an API key is written into the code",
    ),
    Bad(
        """
        import subprocess

        KEYS = "WANDB_API_KEY=0123456789abcdef0123456789abcdef01234567"
                              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        with open(".env", "w") as file:
            file.write(KEYS)
        # subprocess.run("wandb login 89abcdef0123456789abcdef0123456701234567", shell=True)
                                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        subprocess.run(["wandb", "login", "--relogin", "456789abcdef0123456789abcdef012301234567"])
                                                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
        message="an API key is written into the code",
    ),
    Bad(
        """
        jobs:
          train:
            env:
              WANDB_API_KEY: 0123456789abcdef0123456789abcdef01234567
                             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
        path=".github/workflows/train.yml",
        message="an API key is written into the code",
    ),
    Good(
        """
        env:
          WANDB_API_KEY: ${{ secrets.WANDB_API_KEY }}
        """,
        path=".github/workflows/test.yml",
    ),
    Good(
        """
        !wandb login
        !wandb login $WANDB_API_KEY
        # %%
        import wandb

        run = wandb.init(settings={"silent": "true"})
        """,
        notebook=True,
    ),
    Good(
        """
        import os
        import wandb

        wandb.login(key=os.environ["WANDB_API_KEY"])
        wandb.login(key="YOUR_API_KEY")
        wandb.login(key="x" * 40)
        """
    ),
    Good(
        """
        import wandb
        from vault import login

        login(key="0123456789abcdef0123456789abcdef01234567")
        note = "WANDB_API_KEY=YOUR_API_KEY, or run: wandb login"
        commit = "0123456789abcdef0123456789abcdef01234567"
        wandb.init(project="texts", notes=commit, key="0000000000000000000000000000000000000000")
        """
    ),
)

PROOF = Unproven("nothing is lost while the program runs: what is lost is the account")
