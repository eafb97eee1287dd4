"""Reports a password, a token or a key that is recorded in a config, in metadata, in tags or in notes.

Why it matters: a config is shown to everybody who can see the run, it can be searched for, and it stays in
W&B after the code has been mended.

When to ignore: where the value is no secret, whatever it is called.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, NamedTuple

from wbcheck.rule import (
    AnyValue,
    ArtifactChanged,
    ArtifactMade,
    Bad,
    ConfigWrite,
    Dict,
    File,
    Finding,
    Good,
    Items,
    Model,
    Options,
    Preset,
    Rule,
    RunAttribute,
    RunStart,
    Span,
    Step,
    Text,
    Unknown,
    Why,
    constant,
    doc,
    options,
    shown,
    words,
)


class SecretOptions(Options, frozen=True):
    names: Annotated[tuple[str, ...], doc("What secrets are called, in whole words.")] = (
        "password",
        "passwd",
        "passphrase",
        "secret",
        "client secret",
        "api key",
        "apikey",
        "secret key",
        "access key",
        "private key",
        "auth key",
        "signing key",
        "encryption key",
        "api token",
        "access token",
        "auth token",
        "refresh token",
        "bearer token",
        "hf token",
        "hub token",
        "github token",
        "gitlab token",
        "slack token",
        "bot token",
    )


RULE = Rule(
    code="WB902",
    name="secret-in-config",
    preset=Preset.RECOMMENDED,
    since="0.1.0",
    why="Whoever can see the run can read it, and it stays in W&B after the code has been mended.",
    how="Leave it out, and revoke it if it was recorded already.",
    options=SecretOptions,
)


class Recorded(NamedTuple):
    """A value that is recorded: where, under which name, and what it is."""

    place: str
    name: str
    value: AnyValue
    span: Span


def check(file: File) -> Iterator[Finding]:
    names = file.options.names
    for each in recorded(file.model):
        for value in options(each.value):
            what = secret_of(each.name, value, names)
            if what is not None:
                span = value.span or each.span
                yield Finding(
                    span, f"secret {shown(what, 30)} is recorded in {each.place}", label="the secret"
                )


def secret_of(name: str, value: AnyValue, names: tuple[str, ...]) -> str | None:
    """What a secret is called: by its own name, or by the environment variable that holds it."""
    held = [hole.value for hole in value.holes] if isinstance(value, Text) else [value]
    for each in held:
        if isinstance(each, Unknown) and each.why is Why.ENVIRONMENT:
            variable = each.name.partition(".")[0]
            if is_called(variable, (*names, "token")):
                return variable
    text = constant(value)
    return name if text is not None and is_called(name, names) and is_secret(text) else None


_PLACEHOLDER = re.compile(
    r"[<{$*]|your|example|placeholder|change|dummy|redacted|xxx|^(?:none|null|empty|todo|test|fake|password|secret)$",
    re.IGNORECASE,
)
_POINTER = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|(?:~|\.{0,2}/).*|.*\.(?:pem|key|json|txt|ya?ml|env)")


def is_called(name: str, names: tuple[str, ...]) -> bool:
    """Whether a name ends in one of the names of secrets, in whole words: `max_tokens` does not."""
    said = [word for word in words(name) if not word.isdigit()]
    return any(said[-len(wanted) :] == wanted for wanted in map(str.split, names))


def is_secret(text: str) -> bool:
    """Whether a text may be a secret: no placeholder, and not where the secret is to be found."""
    return len(set(text)) > 2 and not _PLACEHOLDER.search(text) and not _POINTER.fullmatch(text)


def recorded(model: Model) -> Iterator[Recorded]:
    """Everything that is recorded under a name, and tags and notes."""
    for event in model.events:
        if isinstance(event, RunStart):
            yield from inside("the config", "", event.get("config"), event.callee)
            for parameter in ("tags", "notes"):
                yield from inside(f"the {parameter}", "", event.get(parameter), event.callee)
        elif isinstance(event, ConfigWrite):
            yield from inside("the config", name_of(event.path), event.value, event.span)
        elif isinstance(event, ArtifactMade):
            yield from inside("the metadata", "", event.get("metadata"), event.callee)
        elif isinstance(event, ArtifactChanged) and event.attribute == "metadata":
            yield from inside("the metadata", name_of(event.path), event.value, event.span)
        elif isinstance(event, RunAttribute) and event.write and event.attribute in ("tags", "notes"):
            yield from inside(f"the {event.attribute}", "", event.value, event.span)


def name_of(path: tuple[Step, ...]) -> str:
    return (path[-1].name or "") if path else ""


def inside(place: str, name: str, value: AnyValue | None, span: Span) -> Iterator[Recorded]:
    """A value, and what a dict or a list holds of others."""
    for option in options(value):
        if isinstance(option, Dict):
            for entry in option.entries:
                yield from inside(place, constant(entry.key) or "", entry.value, entry.span or span)
        elif isinstance(option, Items):
            for item in option.items:
                yield from inside(place, name, item, span)
        else:
            yield Recorded(place, name, option, span)


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(
            project="texts",
            job_type="train",
            config={"params": {"lr": 0.1}, "meta": {"db_password": "hunter2"}},
                                                                   ^^^^^^^^^
        ) as run:
            run.log({"train/loss": 0.3})
        """,
        message="secret `db_password` is recorded in the config",
    ),
    Bad(
        """
        import os
        import wandb as wb

        def report(run: wb.Run, account):
            run.config.update({"hub": os.environ["HF_TOKEN"]})
                                      ^^^^^^^^^^^^^^^^^^^^^^
            head = wb.Artifact("head", type="model", metadata={"apiKey": "k3-92fd-11"})
                                                                         ^^^^^^^^^^^^
            head.metadata["access_key"] = os.getenv("AWS_SECRET_ACCESS_KEY")
                                          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            run.notes = f"{account}: {os.environ['SERVICE_API_KEY']}"
                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
        message=(
            "secret `HF_TOKEN` is recorded in the config",
            "secret `apiKey` is recorded in the metadata",
            "secret `AWS_SECRET_ACCESS_KEY` is recorded in the metadata",
            "secret `SERVICE_API_KEY` is recorded in the notes",
        ),
    ),
    Bad(
        """
        import wandb

        run = wandb.init(project="texts", config={"params": {}, "meta": {"pin": "90-41-7"}})
                                                                                ^^^^^^^^^
        """,
        message="secret `pin` is recorded in the config",
        options={"names": ["pin"]},
    ),
    Good(
        """
        import wandb

        config = {
            "params": {"max_tokens": 512, "tokenizer": "bert", "pad_token": "[PAD]", "sort_key": "length"},
            "meta": {"api_key": None, "password": "", "api_key_env": "SERVICE_API_KEY", "secret": "<yours>"},
        }
        run = wandb.init(project="texts", config=config)
        """
    ),
    Good(
        """
        import os
        import wandb
        from service import Client

        client = Client(config={"api_key": "k3-92fd-11"})
        run = wandb.init(
            project="texts",
            config={"meta": {"region": os.environ["AWS_REGION"], "signed": bool(os.environ.get("HF_TOKEN"))}},
        )
        run.config.update({"private_key": "~/.ssh/id_ed25519", "api_key": "SERVICE_API_KEY"})
        """
    ),
    Good(
        """
        import argparse
        import wandb

        def start(password, **settings):
            parser = argparse.ArgumentParser()
            parser.add_argument("--api_key", default="")
            wandb.init(project="texts", config={"meta": {"password": password}, **settings})
            wandb.config.update(parser.parse_args())
        """
    ),
)
