"""Reports names of W&B that are its own affair: `wandb.sdk`, `wandb.util`, and what begins with `_`.

Why it matters: they move and vanish with any release: `wandb.util.generate_id` went with 0.28.2,
`wandb.sdk.internal.datastore` with 0.30.0. The code then fails on the day that somebody upgrades.

When to ignore: where nothing public does it; then pin the version, and allow the name in the configuration.
"""

from __future__ import annotations

from collections.abc import Iterator

from wbcheck.rule import (
    Annotated,
    Bad,
    BlockKind,
    Call,
    File,
    Finding,
    Good,
    Guard,
    Import,
    Options,
    Preset,
    Rule,
    doc,
    sdk,
    shown,
)

from ._sdk import Name, failing_imports, is_guarded, names, was_removed


class Private(Options, frozen=True):
    allowed: Annotated[
        tuple[str, ...], doc("Private names that are fine, with all that is in them: `wandb.util`.")
    ] = ("Run._label",)  # by which W&B's own integrations, and those written beside them, say who they are


RULE = Rule(
    code="WB611",
    name="private-api",
    preset=Preset.RECOMMENDED,
    since="0.1.0",
    why="Private names move and vanish with any release, and the code fails on the day of the upgrade.",
    how="Take what `wandb` itself, a run or `wandb.Api()` offers.",
    options=Private,
)

_PRIVATE = frozenset(
    "sdk util wandb_sdk wandb_run wandb_config wandb_agent vendor proto filesync old cli agents analytics "
    "mpmain trigger docker".split()
)


def check(file: File) -> Iterator[Finding]:
    failing = failing_imports(file)
    taken: set[str] = set()
    for entry in file.model.imports:
        if entry.level or not entry.written.startswith("wandb.") or not is_private(file, entry.written):
            continue
        taken.add(entry.written)
        if entry.written not in failing and is_used(file, entry):
            yield Finding(
                entry.span, f"{shown(entry.written, 50)} is private to W&B", how=advice(entry.written)
            )
    for name in names(file):
        path = name.path
        if not is_private(file, path) or is_through(name, taken):
            continue
        missing = name.lacking(file)
        if missing and was_removed(".".join(name.place(missing[-1])), missing):
            continue
        written = path if name.call is None else name.call.callee_text
        yield Finding(name.span, f"{shown(written, 50)} is private to W&B", how=advice(path))


def is_private(file: File, path: str) -> bool:
    """Whether a name of W&B's is its own affair, and nobody has allowed it."""
    if any(path == allowed or path.startswith(f"{allowed}.") for allowed in file.options.allowed):
        return False
    head, *parts = path.split(".")
    hidden = any(part.startswith("_") and not part.startswith("__") for part in parts)
    return hidden or (head == "wandb" and bool(parts) and parts[0] in _PRIVATE)


def is_used(file: File, entry: Import) -> bool:
    """Whether an import is more than a word for annotations: no class, or one that is called."""
    model = file.model
    for around in model.enclosing(entry.block):
        if around.kind is BlockKind.BRANCH and around.condition is not None:
            if around.condition.guard is Guard.TYPE_CHECKING:
                return False
    if is_guarded(model, entry.block):
        return False
    if not entry.name[:1].isupper():
        return True
    return any(call.callee_text.partition(".")[0] == entry.name for call in model.each(Call))


def is_through(name: Name, taken: set[str]) -> bool:
    """Whether a name is reached through an import of something private, which is told there."""
    return any(name.path == path or name.path.startswith(f"{path}.") for path in taken)


def advice(path: str) -> str:
    """What to write instead, in a sentence, where that is known."""
    last = path.rpartition(".")[2]
    if last == "generate_id":
        return "Make an id yourself: `uuid.uuid4().hex[:8]`."
    if not last.startswith("_") and last[:1].isupper() and sdk.has("wandb", last, sdk.latest()):
        return f"Write `wandb.{last}`."
    return ""


EXAMPLES = (
    Bad(
        """
        import wandb

        run = wandb.init(project="texts")
        name = wandb.util.make_artifact_name_safe("texts, cleaned")
               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        run._set_console(use_redirect=True)
        ^^^^^^^^^^^^^^^^
        run._label(repo="texts")
        """,
        message=(
            "`wandb.util.make_artifact_name_safe` is private to W&B",
            "`run._set_console` is private to W&B",
        ),
    ),
    Bad(
        """
        from wandb.sdk.lib.runid import generate_id
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        import wandb

        run = wandb.init(project="texts", id=generate_id())
        """,
        message="`wandb.sdk.lib.runid.generate_id` is private to W&B",
    ),
    Good(
        """
        import uuid
        import wandb as wb
        from wandb.errors import CommError

        run = wb.init(project="texts", id=uuid.uuid4().hex[:8])
        try:
            wb.Api().run("me/texts/abc123")
        except CommError:
            print(run.__class__)
        """
    ),
    Good(
        """
        from typing import TYPE_CHECKING
        import wandb
        from wandb.sdk.wandb_run import Run

        if TYPE_CHECKING:
            from wandb.sdk.lib import telemetry

        def report(run: Run, loss: float) -> None:
            run.log({"train/loss": loss})
        """
    ),
    Good(
        """
        import wandb
        from shop._till import Till

        try:
            from wandb.sdk.lib import filesystem
        except ImportError:
            filesystem = None

        run = wandb.init(project="texts")
        till = Till()
        till._label(run)
        """
    ),
    Good(
        """
        import wandb

        run = wandb.init(project="texts", name=wandb.util.make_artifact_name_safe("exp 3"))
        """,
        options={"allowed": ["wandb.util"]},
    ),
)
