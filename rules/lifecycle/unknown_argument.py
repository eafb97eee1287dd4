"""Reports an argument that a W&B function does not have, or one that it needs and is not given.

Why it matters: the call raises TypeError (`wandb.Settings` a ValidationError), and often late:
`log_artifact` and `finish` come at the end of a training. What functions take is known for each release
since 0.15; where the project pins one, or a range, that counts, else the newest.

When to ignore: never. Code that asks first (`hasattr`, a version, `except TypeError`) is left alone.
"""

from collections.abc import Iterator

from wbcheck.rule import (
    Applicability,
    Argument,
    Bad,
    Call,
    File,
    Finding,
    Good,
    Log,
    Preset,
    Proof,
    Raises,
    Rule,
    RunStart,
    rename_argument,
    rename_key,
    sdk,
)

from ._sdk import (
    SETTINGS,
    because,
    broken,
    calls,
    in_words,
    misfits,
    nearest,
    settings_of,
    short,
    was_removed,
)

RULE = Rule(
    code="WB606",
    name="unknown-argument",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="The call raises TypeError.",
    how="Give the arguments that the function has in the project's version of wandb.",
    fix=Applicability.UNSAFE,
)


def check(file: File) -> Iterator[Finding]:
    for call in calls(file):
        if not isinstance(call, Log):  # WB310 says what is wrong with those
            yield from _of_call(file, call)
        if isinstance(call, RunStart):
            yield from _of_settings(file, call)


def _of_call(file: File, call: Call) -> Iterator[Finding]:
    called = short(call.name.rpartition(".")[2])
    for (argument, name), versions in misfits(file, call).items():
        if was_removed(f"{call.name}:{name}", versions) or name.startswith("_"):
            continue
        why, where = because(file, versions, "It raises"), in_words(file, versions)
        if argument is None:
            yield Finding(call.callee, f"{called} requires {short(name)} in {where}", why=why)
        elif not name:
            count = sum(one.kind in ("", "/") for one in sdk.parameters(call.name, versions[-1]) or ())
            many = f"{count} argument{'' if count == 1 else 's'}"
            yield Finding(argument.span, f"{called} takes {many} by position in {where}", why=why)
        else:
            yield _unknown(file, call, argument, versions)


def _unknown(file: File, call: Call, argument: Argument, versions: tuple[str, ...]) -> Finding:
    called, name = short(call.name.rpartition(".")[2]), argument.name
    taken = {other.name for other in call.arguments.items}
    known = {one.name for one in sdk.parameters(call.name, versions[-1]) or () if one.kind in ("", "=")}
    new = SETTINGS.get(name, "") if call.name == "wandb.Settings" else ""
    new = new or nearest(name, known - taken)
    since = sdk.since(f"{call.name}:{name}")
    later = f"It is there since wandb {since}: pin that or a later one." if since else RULE.how
    how = f"Did you mean `{new}`?" if new else later
    return Finding(
        argument.keyword or argument.span,
        f"{called} has no argument {short(name)} in {in_words(file, versions)}",
        why=because(file, versions, "It raises"),
        how=how,
        fix=file.fix(f"Call it `{new}`", rename_argument, argument, new) if new else None,
    )


def _of_settings(file: File, start: RunStart) -> Iterator[Finding]:
    for _, _, entry, name in settings_of(start):
        versions = broken(file, lambda version, name=name: _has_field(name, version))  # type: ignore[misc]
        if versions and not name.startswith("_") and not was_removed(f"wandb.Settings:{name}", versions):
            new = SETTINGS.get(name, "")
            yield Finding(
                entry.key.span or entry.span or start.callee,
                f"settings have no field {short(name)} in {in_words(file, versions)}",
                why=because(file, versions, "It raises"),
                how=f"Did you mean `{new}`?" if new else RULE.how,
                fix=file.fix(f"Call it `{new}`", rename_key, entry, new) if new else None,
            )


def _has_field(name: str, version: str) -> bool | None:
    fields = sdk.parameters("wandb.Settings", version)
    if fields is None or any(one.kind == "**" for one in fields):
        return None
    return any(one.name == name for one in fields)


EXAMPLES = (
    Bad(
        """
        import wandb

        run = wandb.init(project="texts", run_name="exp-003-train")
                                          ^^^^^^^^
        run.finish()
        """,
        message="`init` has no argument `run_name` in wandb 0.31.0",
        wandb="0.31.0",
        fixed="""
        import wandb

        run = wandb.init(project="texts", name="exp-003-train")
        run.finish()
        """,
    ),
    Bad(
        """
        import wandb as wb

        with wb.init(project="texts", settings=wb.Settings(name="exp-003-train")) as run:
                                                           ^^^^
            run.log({"train/loss": 0.1})
        """,
        message="`Settings` has no argument `name` in wandb 0.31.0",
        wandb="0.31.0",
        fixed="""
        import wandb as wb

        with wb.init(project="texts", settings=wb.Settings(run_name="exp-003-train")) as run:
            run.log({"train/loss": 0.1})
        """,
    ),
    Bad(
        """
        import wandb

        run = wandb.init(project="texts", settings={"tags": ["baseline"]})
                                                    ^^^^^^
        run.finish()
        """,
        message="settings have no field `tags` in wandb 0.31.0",
        wandb="0.31.0",
        fixed="""
        import wandb

        run = wandb.init(project="texts", settings={"run_tags": ["baseline"]})
        run.finish()
        """,
    ),
    Bad(
        """
        import wandb

        run = wandb.init(project="texts")
        run.log_artifact("model.pt", type="model", metadata={"f1": 0.9})
                                                   ^^^^^^^^
        run.alert("the loss is not a number")
        ^^^^^^^^^
        run.finish(0, True)
                      ^^^^
        """,
        message=(
            "`log_artifact` has no argument `metadata` in wandb 0.31.0",
            "`alert` requires `text` in wandb 0.31.0",
            "`finish` takes 1 argument by position in wandb 0.31.0",
        ),
        wandb="0.31.0",
    ),
    Bad(
        """
        import wandb

        runs = wandb.Api().runs("team/texts", lazy=False)
                                              ^^^^
        """,
        message="`runs` has no argument `lazy` in wandb 0.22.0",
        wandb="0.22.0",
    ),
    Good(
        """
        import wandb

        run = wandb.init(project="texts", name="exp-003-train", settings=wandb.Settings(run_notes="a try"))
        run.finish(exit_code=0)
        """
    ),
    Good(
        """
        import wandb

        runs = wandb.Api().runs("team/texts", lazy=False)
        """
    ),
    Good(
        """
        import wandb

        def start(**settings):
            return wandb.init(project="texts", **settings)

        def report(run, files):
            run.save(*files)
        """
    ),
    Good(
        """
        import wandb

        run = wandb.init(project="texts")
        try:
            run.log_artifact("model.pt", type="model", storage="eu")
        except TypeError:
            run.log_artifact("model.pt", type="model")
        """
    ),
    Good(
        """
        from tracking import wandb

        run = wandb.init(run_name="exp-003-train")
        """
    ),
    Good(
        """
        import wandb

        run = wandb.init(project="texts")
        run.log({"train/loss": 0.1}, sync=False)
        """
    ),
)

PROOF = Proof(bad=Raises("TypeError", "unexpected keyword argument 'run_name'"))
