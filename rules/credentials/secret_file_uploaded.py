"""Reports a file of secrets that is added to an artifact or saved with the run.

Why it matters: everybody who can see the project can download what a run has saved and what its artifacts
hold, and versions of an artifact stay after the file is gone from the disk.

When to ignore: for a certificate without its private key.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
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
    Options,
    Preset,
    Rule,
    RunCall,
    Text,
    doc,
    shown,
    texts,
)


class SecretOptions(Options, frozen=True):
    files: Annotated[tuple[str, ...], doc("Patterns of the names of files that hold secrets.")] = (
        ".env",
        ".env.*",
        "*.env",
        "*.pem",
        "*.p12",
        "*.pfx",
        "*.keystore",
        "*.jks",
        "id_rsa",
        "id_dsa",
        "id_ecdsa",
        "id_ed25519",
        ".netrc",
        "_netrc",
        ".pypirc",
        ".npmrc",
        ".git-credentials",
        "credentials",
        "credentials.*",
        "*-credentials.json",
        "*_credentials.json",
        "client_secret*.json",
        "service-account*.json",
        "service_account*.json",
        "secrets.*",
        "kaggle.json",
    )


RULE = Rule(
    code="WB903",
    name="secret-file-uploaded",
    preset=Preset.RECOMMENDED,
    since="0.1.0",
    why="Whoever can see the project can download it, and it stays in every version that was logged.",
    how="Leave it out, and revoke what it holds if it was uploaded already.",
    options=SecretOptions,
)

_UPLOADS = ("local_path", "uri", "glob_str", "artifact_or_path", "path")
# What shows which secrets there are, without any.
_SAMPLES = (".example", ".sample", ".template", ".dist", ".tmpl")


def check(file: File) -> Iterator[Finding]:
    for call in file.model.each(Call):
        for path in uploaded(call):
            name = base_name(path)
            if any(fnmatchcase(name, pattern) for pattern in file.options.files):
                yield Finding(path.span or call.callee, f"secrets in {shown(path)} are uploaded")


def uploaded(call: Call) -> Iterator[Text]:
    """The paths of what a call uploads."""
    if isinstance(call, ArtifactCall):
        uploads = call.method in ("add_file", "add_reference")
    else:
        uploads = isinstance(call, ArtifactLogged) or (isinstance(call, RunCall) and call.method == "save")
    for parameter in _UPLOADS if uploads else ():
        yield from texts(call.get(parameter))


def base_name(path: Text) -> str:
    """The last part of a path where that is constant, in lower case; nothing for a sample."""
    last = path.pieces[-1] if path.pieces else None
    if last is None or isinstance(last, Hole):
        return ""
    _, slash, name = last.text.lower().replace("\\", "/").rpartition("/")
    if name.endswith(_SAMPLES):
        return ""
    # Without a slash the name begins with what a hole stands for.
    return name if slash or len(path.pieces) == 1 else f"x{name}"


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts", job_type="ingest") as run:
            mails = wandb.Artifact("mails", type="dataset")
            mails.add_dir("data/mails")
            mails.add_file(".env")
                           ^^^^^^
            run.log_artifact(mails)
        """,
        message="secrets in `.env` are uploaded",
    ),
    Bad(
        """
        import wandb as wb

        KEY = "keys/server.pem"
              ^^^^^^^^^^^^^^^^^

        def keep(run: wb.Run, home):
            run.save(KEY)
            run.save(f"{home}/.aws/credentials", policy="now")
                     ^^^^^^^^^^^^^^^^^^^^^^^^^^
            wb.log_artifact("service-account-texts.json", name="account", type="code")
                            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
        message=(
            "secrets in `keys/server.pem` are uploaded",
            "secrets in `{}/.aws/credentials` are uploaded",
            "secrets in `service-account-texts.json` are uploaded",
        ),
    ),
    Bad(
        """
        import wandb

        run = wandb.init(project="texts")
        run.save("vault.yaml")
                 ^^^^^^^^^^^^
        run.save("server.pem")
        run.finish()
        """,
        message="secrets in `vault.yaml` are uploaded",
        options={"files": ["vault.*"]},
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts", job_type="ingest") as run:
            run.save(".env.example")
            run.save("environment.yaml")
            mails = wandb.Artifact("mails", type="dataset")
            mails.add_file("data/mails.csv", name="credentials.csv")
            run.log_artifact(mails)
        """
    ),
    Good(
        """
        import wandb
        from dotenv import load_dotenv
        from vault import Artifact

        load_dotenv(".env")
        box = Artifact("keys")
        box.add_file("server.pem")

        def keep(path, split):
            wandb.save(path)
            wandb.save(f"scores-{split}.env.csv")
            wandb.save(f"{split}credentials")
        """
    ),
)
