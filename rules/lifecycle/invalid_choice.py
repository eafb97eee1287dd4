"""Reports a word that W&B does not take in its place: `mode="Offline"`, `resume="always"`, `policy="later"`.

Why it matters: the call raises, `wandb.init` and `wandb.Settings` with a ValidationError before anything is
recorded (also for what `WANDB_MODE` and the like say), `save`, `watch` and `add_file` in the midst of the
program. `resume` beside `fork_from` or `resume_from` raises as well. Which words there are is known for each
release since 0.15.

When to ignore: never.
"""

from collections.abc import Iterator

from wbcheck.rule import (
    Applicability,
    Bad,
    Call,
    Edits,
    EnvironmentSet,
    File,
    Finding,
    Good,
    Piece,
    Preset,
    Proof,
    Raises,
    Rule,
    RunStart,
    SettingsGiven,
    Span,
    Text,
    Tri,
    constant,
    is_given,
    sdk,
    set_text,
    texts,
)

from ._sdk import because, broken, calls, in_words, settings_of, short

RULE = Rule(
    code="WB609",
    name="invalid-choice",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="W&B refuses the value, and the call raises.",
    how="Use one of the values that W&B takes.",
    fix=Applicability.SAFE,
)

# Where the SDK looks at what it is given; tried for each one, as an annotation alone promises nothing.
_CHECKED = frozenset(
    {
        "wandb.init:mode",
        "wandb.init:resume",
        "wandb.Settings:mode",
        "wandb.Settings:resume",
        "wandb.Settings:console",
        "Run.save:policy",
        "Run.watch:log",
        "wandb.init:reinit",
        "wandb.Settings:reinit",
        "wandb.Settings:job_source",
        "Artifact.add_file:policy",
        "Artifact.add_dir:policy",
        "wandb.Video:format",
        "wandb.Table:log_mode",
    }
)


def check(file: File) -> Iterator[Finding]:
    for call in calls(file):
        for argument in call.arguments.items:
            if f"{call.name}:{argument.name}" in _CHECKED:
                for text in texts(argument.value):
                    yield from _judged(file, call.name, argument.name, text, argument.span)
        if isinstance(call, RunStart):
            yield from _of_settings(file, call)
            yield from _contradiction(file, call)
    yield from _of_variables(file)
    yield from _of_files(file)


# The variables that are the settings of the same name.
_VARIABLES = {"WANDB_MODE": "mode", "WANDB_RESUME": "resume", "WANDB_CONSOLE": "console"}


def _of_variables(file: File) -> Iterator[Finding]:
    for event in file.model.each(EnvironmentSet):
        variable = constant(event.name) or ""
        name = _VARIABLES.get(variable)
        if name is not None and event.how not in ("delete", "load"):
            for text in texts(event.value):
                yield from _judged(file, "wandb.Settings", name, text, event.span, variable)


def _of_files(file: File) -> Iterator[Finding]:
    """What a configuration file gives for a logger, which hands it to W&B as it is."""
    for event in file.model.each(SettingsGiven):
        for argument in event.arguments.items if event.certain else ():
            if f"wandb.init:{argument.name}" in _CHECKED:
                for text in texts(argument.value):
                    yield from _judged(file, "wandb.init", argument.name, text, argument.span)


def _of_settings(file: File, start: RunStart) -> Iterator[Finding]:
    for given, _, entry, name in settings_of(start):
        if f"wandb.Settings:{name}" in _CHECKED:
            for text in texts(entry.value):
                yield from _judged(file, "wandb.Settings", name, text, given.span)


def _judged(
    file: File, function: str, name: str, text: Text, place: Span, said: str = ""
) -> Iterator[Finding]:
    """``said`` is what the user writes for the name, if that is another word."""
    word = text.constant
    if word is None:
        return
    versions = broken(file, lambda version: _takes(function, name, word, version))
    if not versions:
        return
    words = _words(function, name, versions[-1])
    slip = next((one for one in words if one.lower() == word.strip().lower()), "")
    pieces = [piece.span for piece in text.constants]
    yield Finding(
        (pieces[0] if len(pieces) == 1 else text.span) or text.span or place,
        f"{short(said or name)} cannot be {short(word)} in {in_words(file, versions)}",
        why=because(file, versions, "It raises"),
        how=f"Use one of {', '.join(f'`{one}`' for one in words)}.",
        fix=file.fix(f"Say `{slip}`", _reworded, text, slip) if slip else None,
    )


def _reworded(text: str, value: Text, new: str) -> Edits | None:
    pieces = [piece for piece in value.pieces if isinstance(piece, Piece)]
    return set_text(text, pieces[0], new) if len(pieces) == 1 else None


def _words(function: str, name: str, version: str) -> tuple[str, ...]:
    """What is taken: `wandb.init` hands these on to the settings, which know more words of old."""
    own = sdk.choices(function, name, version)
    if function == "wandb.init":
        own = (*own, *sdk.choices("wandb.Settings", name, version))
    return tuple(dict.fromkeys(own))


def _takes(function: str, name: str, word: str, version: str) -> bool:
    """Whether a word is taken; pydantic takes many for a boolean."""
    words = _words(function, name, version)
    return not words or word in words or (name == "reinit" and word.lower() in _BOOLEAN)


_BOOLEAN = frozenset("true false yes no on off t f y n 1 0".split())


def _contradiction(file: File, start: Call) -> Iterator[Finding]:
    """One run cannot be resumed and be made of another one at once."""
    given = [
        argument
        for name in ("resume", "fork_from", "resume_from")
        if (argument := start.arguments.find(name)) is not None and is_given(argument.value) is Tri.YES
    ]
    versions = broken(file, lambda version: sdk.release(version) < (0, 19, 1, 0))
    if len(given) > 1 and versions:
        both = f"{short(given[0].name)} and {short(given[1].name)}"
        yield Finding(
            given[1].span,
            f"{both} cannot both be given in {in_words(file, versions)}",
            why=because(file, versions, "It raises"),
            how="Resume the run, or make a new one of it.",
        )


EXAMPLES = (
    Bad(
        """
        import wandb

        run = wandb.init(project="texts", id="a1b2c3", resume="Allow")
                                                               ^^^^^
        run.finish()
        """,
        message="`resume` cannot be `Allow` in wandb 0.31.0",
        wandb="0.31.0",
        fixed="""
        import wandb

        run = wandb.init(project="texts", id="a1b2c3", resume="allow")
        run.finish()
        """,
    ),
    Bad(
        """
        import wandb

        run = wandb.init(project="texts", mode="Online")
                                                ^^^^^^
        run.finish()
        """,
        message="`mode` cannot be `Online` in wandb 0.31.0",
        wandb="0.31.0",
        fixed="""
        import wandb

        run = wandb.init(project="texts", mode="online")
        run.finish()
        """,
    ),
    Bad(
        """
        import wandb

        run = wandb.init(project="texts", id="a1b2c3", resume="always")
                                                               ^^^^^^
        run.watch(model, log="weights")
                              ^^^^^^^
        run.save("model.pt", policy="later")
                                     ^^^^^
        artifact = wandb.Artifact("texts-clean", type="dataset")
        artifact.add_file("texts.csv", policy="copy")
                                               ^^^^
        """,
        message=(
            "`resume` cannot be `always` in wandb 0.31.0",
            "`log` cannot be `weights` in wandb 0.31.0",
            "`policy` cannot be `later` in wandb 0.31.0",
            "`policy` cannot be `copy` in wandb 0.31.0",
        ),
        wandb="0.31.0",
    ),
    Bad(
        """
        import wandb as wb

        settings = wb.Settings(console="None")
                                        ^^^^
        run = wb.init(project="texts", resume="must", fork_from="d4e5f6?_step=100", settings=settings)
                                                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
        message=(
            "`console` cannot be `None` in wandb 0.31.0",
            "`resume` and `fork_from` cannot both be given in wandb 0.31.0",
        ),
        wandb="0.31.0",
    ),
    Bad(
        """
        import wandb

        run = wandb.init(project="texts", mode="shared")
                                                ^^^^^^
        """,
        message="`mode` cannot be `shared` in wandb 0.16.2",
        wandb="0.16.2",
    ),
    Bad(
        """
        # what all of us run with
        WANDB_MODE=Offline
                   ^^^^^^^
        WANDB_PROJECT=texts
        """,
        path=".env",
        message="`WANDB_MODE` cannot be `Offline` in wandb 0.31.0",
        wandb="0.31.0",
        fixed="""
        # what all of us run with
        WANDB_MODE=offline
        WANDB_PROJECT=texts
        """,
    ),
    Bad(
        """
        logger:
          _target_: lightning.pytorch.loggers.WandbLogger
          project: texts
          mode: Offline
                ^^^^^^^
        """,
        path="configs/logger/wandb.yaml",
        message="`mode` cannot be `Offline` in wandb 0.31.0",
        wandb="0.31.0",
        fixed="""
        logger:
          _target_: lightning.pytorch.loggers.WandbLogger
          project: texts
          mode: offline
        """,
    ),
    Bad(
        """
        import os
        import wandb

        os.environ["WANDB_RESUME"] = "true"
                                      ^^^^
        run = wandb.init(project="texts", id="a1b2c3")
        """,
        message="`WANDB_RESUME` cannot be `true` in wandb 0.31.0",
        wandb="0.31.0",
    ),
    Good(
        """
        export WANDB_MODE=${MODE:-online}
        export WANDB_CONSOLE=off
        echo "WANDB_MODE=Offline is none"
        """,
        path="run.sh",
    ),
    Good(
        """
        import wandb

        run = wandb.init(project="texts", mode="offline")
        run.finish()
        """
    ),
    Good(
        """
        import wandb

        run = wandb.init(project="texts", mode="dryrun", resume=None, fork_from="d4e5f6?_step=100")
        run.watch(model, log=None)
        """
    ),
    Good(
        """
        import argparse
        import wandb

        parser = argparse.ArgumentParser()
        parser.add_argument("--mode", default="Offline")
        args = parser.parse_args()
        run = wandb.init(project="texts", mode=args.mode)
        """
    ),
    Good(
        """
        import wandb

        # Booleans are deprecated, and that is another rule's to say.
        run = wandb.init(project="texts", resume=True, reinit=True)
        """
    ),
    Good(
        """
        import tracker

        run = tracker.init(project="texts", mode="Offline")
        """
    ),
)

PROOF = Proof(bad=Raises("ValidationError", "Input should be 'allow', 'must'"))
