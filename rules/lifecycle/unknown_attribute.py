"""Reports a name that W&B, a run, an artifact or a table does not have, and a call of what cannot be called.

Why it matters: `wandb.logg(...)` and `run.log_artifacts(...)` raise AttributeError when the program gets
there, which may be after hours. Which names there are is known for each release since 0.15; where the project
pins one, or a range, that counts, else the newest.

When to ignore: never. Code that asks first (`hasattr`, a version, `except AttributeError`) is left alone, and
so are names that the code itself sets (`wandb.mine = …`) and those that begin with an underscore.
"""

from collections.abc import Iterator

from wbcheck.rule import (
    Applicability,
    Bad,
    File,
    Finding,
    Good,
    Preset,
    Proof,
    Raises,
    Rule,
    Span,
    sdk,
    shown,
)

from ._sdk import Name, because, broken, failing_imports, in_words, names, nearest, put, short, was_removed

RULE = Rule(
    code="WB619",
    name="unknown-attribute",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="It raises AttributeError.",
    how="Use a name that the project's version of wandb has.",
    fix=Applicability.UNSAFE,
)

_OWNERS = {"Run": "a run", "Artifact": "an artifact", "Table": "a table", "Api": "the public API"}


def check(file: File) -> Iterator[Finding]:
    for path, (missing, versions, span, guarded) in failing_imports(file).items():
        if path == missing and not guarded and not was_removed(missing, versions):
            owner, _, last = path.rpartition(".")
            yield _missing(file, span, shown(owner, 24), f"{owner}.{last}", versions, owner, None)
    for name in names(file):
        if name.name.startswith("_"):
            continue
        versions = name.lacking(file)
        if versions:
            owner, last = name.place(versions[-1])
            if not was_removed(f"{owner}.{last}", versions):
                told = _OWNERS.get(
                    owner, shown(owner, 24) if owner.startswith("wandb") else "the public API's answer"
                )
                yield _missing(file, name.span, told, f"{owner}.{last}", versions, owner, name)
        else:
            yield from _not_callable(file, name)


def _missing(
    file: File, span: Span, told: str, key: str, versions: tuple[str, ...], owner: str, name: Name | None
) -> Finding:
    last = key.rpartition(".")[2]
    since = sdk.since(key)
    new = "" if since else nearest(last, set(sdk.names(owner, versions[-1])))
    fits = name is not None and name.name == last and name.path.count(".") == 1
    known = f"It is there since wandb {since}: pin that or a later one." if since else RULE.how
    return Finding(
        span,
        f"{told} has no {short(last)} in {in_words(file, versions)}",
        why=because(file, versions, "It raises"),
        how=f"Did you mean `{new}`?" if new else known,
        fix=file.fix(f"Say `{new}`", put, name, last, new) if new and fits and name is not None else None,
    )


def _not_callable(file: File, name: Name) -> Iterator[Finding]:
    """A module that is called, or what a property gives."""
    if name.call is None:
        return
    versions = broken(file, lambda version: _can_be_called(name, version))
    if versions:
        owner, last = name.place(versions[-1])
        kind = sdk.kind(owner, last, versions[-1])
        told = f"{short(f'{owner}.{last}')} is a module" if kind == "M" else f"{short(last)} is a property"
        yield Finding(
            name.span,
            f"{told} and cannot be called in {in_words(file, versions)}",
            why=because(file, versions, "It raises TypeError"),
            how="Call a function of it." if kind == "M" else "Read it without brackets.",
        )


def _can_be_called(name: Name, version: str) -> bool | None:
    owner, last = name.place(version)
    kind = sdk.kind(owner, last, version) if owner else ""
    return None if not kind else kind not in ("M", "s")


EXAMPLES = (
    Bad(
        """
        import wandb

        run = wandb.init(project="texts")
        wandb.logg({"train/loss": 0.1})
        ^^^^^^^^^^
        run.finish()
        """,
        message="`wandb` has no `logg` in wandb 0.31.0",
        wandb="0.31.0",
        fixed="""
        import wandb

        run = wandb.init(project="texts")
        wandb.log({"train/loss": 0.1})
        run.finish()
        """,
    ),
    Bad(
        """
        import wandb as wb

        with wb.init(project="texts") as run:
            artifact = wb.Artifact("texts-clean", type="dataset")
            artifact.add_files("texts.csv")
            ^^^^^^^^^^^^^^^^^^
            run.log_artifacts(artifact)
            ^^^^^^^^^^^^^^^^^
        """,
        message=(
            "an artifact has no `add_files` in wandb 0.31.0",
            "a run has no `log_artifacts` in wandb 0.31.0",
        ),
        wandb="0.31.0",
        fixed="""
        import wandb as wb

        with wb.init(project="texts") as run:
            artifact = wb.Artifact("texts-clean", type="dataset")
            artifact.add_file("texts.csv")
            run.log_artifact(artifact)
        """,
    ),
    Bad(
        """
        import wandb

        run = wandb.init(project="texts")
        chart = wandb.plot(run.summary, "loss")
                ^^^^^^^^^^
        print(run.url())
              ^^^^^^^
        """,
        message=(
            "`wandb.plot` is a module and cannot be called in wandb 0.31.0",
            "`url` is a property and cannot be called in wandb 0.31.0",
        ),
        wandb="0.31.0",
    ),
    Bad(
        """
        import wandb
        from wandb import WandbCallback
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

        api = wandb.Api()
        for run in api.runs("team/texts"):
            run.scan_histories()
            ^^^^^^^^^^^^^^^^^^
        """,
        message=(
            "`wandb` has no `WandbCallback` in wandb 0.31.0",
            "the public API's answer has no `scan_histories` in wandb 0.31.0",
        ),
        wandb="0.31.0",
    ),
    Bad(
        """
        import wandb

        run = wandb.init(project="texts")
        run.link_model(path="model.pt", registered_model_name="texts")
        ^^^^^^^^^^^^^^
        run.finish()
        """,
        message="a run has no `link_model` in wandb 0.15.4–0.15.12",
        wandb=">=0.15.4",
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts") as run:
            run.log({"train/loss": 0.1})
        """
    ),
    Good(
        """
        import wandb

        run = wandb.init(project="texts")
        run.link_model(path="model.pt", registered_model_name="texts")
        run.finish()
        """
    ),
    Good(
        """
        import wandb

        wandb.started = wandb.run is not None
        if hasattr(wandb, "beam"):
            wandb.beam({"train/loss": 0.1})
        if wandb.started:
            print(wandb.started)
        """
    ),
    Good(
        """
        import wandb

        class Tracker:
            def logg(self, values):
                wandb.log(values)

        wandb.init(project="texts")
        Tracker().logg({"train/loss": 0.1})
        """
    ),
    Good(
        """
        from accelerate import Accelerator

        accelerator = Accelerator(log_with="wandb")
        accelerator.init_trackers("texts", config={"params": {"lr": 0.1}})
        tracker = accelerator.get_tracker("wandb")
        tracker.log_images({"val/mails": []}, step=1)
        tracker.run.log_model("head.pt", name="head")
        accelerator.get_tracker("wandb", unwrap=True).log({"val/loss": 0.2})
        """
    ),
    Good(
        """
        import wandb

        for run in wandb.Api().runs("team/texts"):
            print(run.state, run.createdAt, run.summary.get("f1"))
        """
    ),
)

PROOF = Proof(bad=Raises("AttributeError", "logg"))
