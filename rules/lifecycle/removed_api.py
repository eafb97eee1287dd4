"""Reports a W&B function, argument or module that the project's version of wandb no longer has.

Why it matters: the program raises, at the import or when it gets there, and for `run.get_url` or
`finish(quiet=…)` that is after the training. What was removed is known release by release since 0.15; where
the project pins a version, or a range, that counts, else the newest.

When to ignore: never. Code that asks first (`hasattr`, a version, `except ImportError`) is left alone.
"""

import re
from collections.abc import Callable, Iterator

from wbcheck.rule import (
    Applicability,
    Argument,
    Arguments,
    Bad,
    Call,
    Change,
    DefineMetric,
    Edits,
    File,
    Finding,
    Fix,
    Good,
    Preset,
    Proof,
    Raises,
    Rule,
    RunStart,
    Span,
    constant,
    mentions,
    remove_argument,
    rename_argument,
    replace,
    sdk,
    set_argument,
    shown,
    together,
)

from ._sdk import (
    Name,
    because,
    broken,
    calls,
    failing_imports,
    in_place,
    in_words,
    misfits,
    names,
    settings_of,
    short,
    was_removed,
)

RULE = Rule(
    code="WB607",
    name="removed-api",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="It raises under the project's version of wandb.",
    how="Use what has taken its place, or pin a version that has it.",
    fix=Applicability.SAFE,
)


def check(file: File) -> Iterator[Finding]:
    yield from _imports(file)
    for name in names(file):
        versions = name.lacking(file)
        if versions:
            yield from _of_name(file, name, versions)
    for call in calls(file):
        yield from _arguments(file, call)
        if isinstance(call, RunStart):
            yield from _settings(file, call)
        elif call.name == "wandb.require":
            yield from _requirement(file, call)


def _imports(file: File) -> Iterator[Finding]:
    failing = failing_imports(file)
    for path, (missing, versions, span, guarded) in failing.items():
        if guarded or not was_removed(missing, versions):
            continue
        change = sdk.CHANGES.get(missing)
        new = change.rename if change is not None and change.rename.startswith("wandb.") else ""
        # The names of one statement move together, or not at all.
        together_with = [other for other, (_, _, where, _) in failing.items() if where == span]
        lost = [other for other in together_with if new and _is_lost(other, missing, new, versions)]
        fix = file.fix(f"Import `{new}`", _moved, span, missing, new, versions) if new and not lost else None
        if path in lost:
            change = sdk.CHANGES.get(f"{new}.{path.rpartition('.')[2]}", change)
        yield _finding(file, span, missing, versions, change, f"{shown(missing, 34)} is gone from", fix)


def _is_lost(path: str, missing: str, new: str, versions: tuple[str, ...]) -> bool:
    """Whether a package has moved, and what is imported of it is not in its new place."""
    last = path.rpartition(".")[2]
    return path != missing and any(
        not sdk.module_exists(new, version) or sdk.has(new, last, version) is False for version in versions
    )


def _moved(text: str, span: Span, old: str, new: str, versions: tuple[str, ...]) -> Edits | None:
    """The new path in the import, and wherever the module is used by its path (`wandb.keras.x`)."""
    start = text.find(old, span.start, span.end)
    if start < 0:
        return None
    places = [Span(start, start + len(old))]
    if text.startswith("import", span.start) and not re.match(r"\s+as\b", text[places[0].end : span.end]):
        places = list(mentions(text, old))
    for place in places:
        used = re.match(r"\.(\w+)", text[place.end :])
        if used and any(sdk.has(new, used[1], version) is False for version in versions):
            return None
    return together(*(replace(text, place, new) for place in places))


def _of_name(file: File, name: Name, versions: tuple[str, ...]) -> Iterator[Finding]:
    owner, last = name.place(versions[-1])
    key = f"{owner}.{last}"
    if not was_removed(key, versions):
        return
    change = sdk.CHANGES.get(key)
    inside = key if name.path.startswith(key) else name.path
    told = shown(f"run.{last}" if owner == "Run" else last if owner[0].isupper() else inside, 34)
    fix = in_place(file, name, change, last)
    yield _finding(file, name.span, key, versions, change, f"{told} is gone from", fix)


def _arguments(file: File, call: Call) -> Iterator[Finding]:
    for (argument, name), versions in misfits(file, call).items():
        key = f"{call.name}:{name}"
        if argument is not None and name and was_removed(key, versions):
            change = sdk.CHANGES.get(key)
            what = f"{short(call.name.rpartition('.')[2])} no longer takes {short(argument.name)} in"
            fix = _mended(file, call, argument, change)
            yield _finding(file, argument.keyword or argument.span, key, versions, change, what, fix)


def _mended(
    file: File, call: Call, argument: Argument, change: Change | None
) -> Callable[[], Fix | None] | None:
    arguments = call.arguments
    if isinstance(call, DefineMetric) and argument.name == "goal":
        best = {"minimize": "min", "maximize": "max"}.get(constant(argument.value) or "")
        given = constant(arguments.get("summary"))
        if best is None or (arguments.find("summary") is not None and given != "best"):
            return None
        return file.fix(f'Say `summary="{best}"`', _summary, arguments, argument, best)
    if change is not None and change.drop:
        return file.fix(f"Leave `{argument.name}` out", remove_argument, arguments, argument)
    if change is not None and change.rename:
        return file.fix(f"Call it `{change.rename}`", rename_argument, argument, change.rename)
    return None


def _summary(text: str, arguments: Arguments, goal: Argument, best: str) -> Edits | None:
    if arguments.find("summary") is None:
        return replace(text, goal.span, f'summary="{best}"')
    set_to = set_argument(text, arguments, "summary", f'"{best}"')
    return together(set_to, remove_argument(text, arguments, goal))


def _settings(file: File, start: RunStart) -> Iterator[Finding]:
    for given, whole, entry, name in settings_of(start):
        key = f"wandb.Settings:{name}"
        versions = broken(file, lambda version, key=key: _is_there(key, version))  # type: ignore[misc]
        if versions:
            change = sdk.CHANGES.get(key)
            alone = len(whole.entries) == 1 and change is not None and change.drop
            fix = file.fix("Leave the settings out", remove_argument, start.arguments, given)
            what = f"settings no longer have {short(name)} in"
            span = entry.key.span or start.callee
            yield _finding(file, span, key, versions, change, what, fix if alone else None)


def _is_there(key: str, version: str) -> bool | None:
    last = sdk.until(key)
    return None if not last else sdk.release(version) < sdk.release(last)


def _requirement(file: File, call: Call) -> Iterator[Finding]:
    """``wandb.require("legacy-service")``: it raises since 0.21 (facts section 3)."""
    versions = broken(file, lambda version: sdk.release(version) < (0, 21, 0, 0))
    if constant(call.get("requirement")) == "legacy-service" and versions:
        what = "`legacy-service` is gone from"
        yield _finding(file, call.callee, "", versions, sdk.Change("Leave the call out."), what, None)


def _finding(
    file: File,
    span: Span,
    key: str,
    versions: tuple[str, ...],
    change: Change | None,
    what: str,
    fix: Callable[[], Fix | None] | None,
) -> Finding:
    last = sdk.until(key) if key else "0.21.0"
    return Finding(
        span,
        f"{what} {in_words(file, versions)}",
        why=because(file, versions, f"It was removed in {last} and raises"),
        how=RULE.how if change is None else change.how,
        fix=fix,
    )


EXAMPLES = (
    Bad(
        """
        import wandb

        run = wandb.init(project="texts")
        print(run.get_url())
              ^^^^^^^^^^^
        run.finish()
        """,
        message="`run.get_url` is gone from wandb 0.31.0",
        wandb="0.31.0",
        fixed="""
        import wandb

        run = wandb.init(project="texts")
        print(run.url)
        run.finish()
        """,
    ),
    Bad(
        """
        import wandb

        settings = wandb.Settings(start_method="fork", console="off")
                                  ^^^^^^^^^^^^
        with wandb.init(project="texts", settings=settings) as run:
            for step in range(10):
                run.log({"train/loss": 0.1}, sync=False)
                                             ^^^^
        """,
        message=(
            "`Settings` no longer takes `start_method` in wandb 0.31.0",
            "`log` no longer takes `sync` in wandb 0.31.0",
        ),
        wandb="0.31.0",
        fixed="""
        import wandb

        settings = wandb.Settings(console="off")
        with wandb.init(project="texts", settings=settings) as run:
            for step in range(10):
                run.log({"train/loss": 0.1})
        """,
    ),
    Bad(
        """
        import wandb

        run = wandb.init(project="texts", save_code=True, settings={"start_method": "thread"})
                                                                    ^^^^^^^^^^^^^^
        run.define_metric("val/acc", summary="best", goal="maximize")
                                                     ^^^^
        run.finish(quiet=True)
                   ^^^^^
        """,
        message=(
            "settings no longer have `start_method` in wandb 0.31.0",
            "`define_metric` no longer takes `goal` in wandb 0.31.0",
            "`finish` no longer takes `quiet` in wandb 0.31.0",
        ),
        wandb="0.31.0",
        fixed="""
        import wandb

        run = wandb.init(project="texts", save_code=True)
        run.define_metric("val/acc", summary="max")
        run.finish()
        """,
    ),
    Bad(
        """
        import wandb
        from wandb.xgboost import WandbCallback
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

        with wandb.init(project="texts") as run:
            model.fit(inputs, labels, callbacks=[WandbCallback()])
        """,
        message="`wandb.xgboost` is gone from wandb 0.31.0",
        wandb="0.31.0",
        fixed="""
        import wandb
        from wandb.integration.xgboost import WandbCallback

        with wandb.init(project="texts") as run:
            model.fit(inputs, labels, callbacks=[WandbCallback()])
        """,
    ),
    Bad(
        """
        import wandb
        from wandb.keras import WandbMetricsLogger, WandbCallback
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

        with wandb.init(project="texts") as run:
            model.fit(inputs, labels, callbacks=[WandbCallback()])
        """,
        message="`wandb.keras` is gone from wandb 0.31.0",
        wandb="0.31.0",
    ),
    Bad(
        """
        import wandb as wb

        run = wb.init(project="texts")
        wb.log({"pr": wb.plots.precision_recall(labels, scores)})
                      ^^^^^^^^^^^^^^^^^^^^^^^^^
        run.finish()
        """,
        message="`wandb.plots` is gone from wandb 0.17.0–0.19.11",
        wandb=">=0.16.5,<0.20",
    ),
    Bad(
        """
        import wandb.keras
        ^^^^^^^^^^^^^^^^^^

        with wandb.init(project="texts"):
            callbacks = [wandb.keras.WandbMetricsLogger()]
        """,
        message="`wandb.keras` is gone from wandb 0.31.0",
        wandb="0.31.0",
        fixed="""
        import wandb.integration.keras

        with wandb.init(project="texts"):
            callbacks = [wandb.integration.keras.WandbMetricsLogger()]
        """,
    ),
    Good(
        """
        import wandb

        run = wandb.init(project="texts")
        print(run.url)
        run.finish()
        """
    ),
    Good(
        """
        import wandb

        run = wandb.init(project="texts")
        print(run.get_url())
        run.log({"train/loss": 0.1}, sync=False)
        """,
        wandb="0.18.7",
    ),
    Good(
        """
        import wandb

        try:
            from wandb.keras import WandbCallback
        except ImportError:
            WandbCallback = None

        run = wandb.init(project="texts")
        address = run.get_url() if hasattr(run, "get_url") else run.url
        """
    ),
    Good(
        """
        from mlops import session

        run = session.start()
        print(run.get_url())
        run.log({"train/loss": 0.1}, sync=False)
        """
    ),
)

PROOF = Proof(bad=Raises("AttributeError", "get_url"))
