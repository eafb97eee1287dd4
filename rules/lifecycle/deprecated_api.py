"""Reports what still works and will go: deprecated functions, arguments and values of W&B.

Why it matters: W&B says so with a warning that few read among a training's output, and some releases later it
raises. `reinit=True`, `run.get_url()` and `finish(quiet=True)` went that way; the last two are gone.

When to ignore: seldom. What has no replacement in some release that the project allows is not reported.
"""

from collections.abc import Callable, Iterator

from wbcheck.rule import (
    Applicability,
    Argument,
    Bad,
    BlockKind,
    Call,
    Change,
    DefineMetric,
    File,
    Finding,
    Fix,
    Flag,
    Good,
    Preset,
    Rule,
    RunStart,
    Span,
    Tri,
    constant,
    is_given,
    remove_argument,
    remove_statement,
    rename_argument,
    sdk,
    set_argument,
)

from ._sdk import Name, calls, has_replacement, in_place, names, prefixes, short

RULE = Rule(
    code="WB608",
    name="deprecated-api",
    preset=Preset.RECOMMENDED,
    since="0.1.0",
    why="A later release of wandb will drop it, and the call will raise.",
    how="Use what has taken its place.",
    fix=Applicability.SAFE,
)

# Values: since when, and what to say instead (facts, section 3).
_REINIT = ("0.19.9", {True: "finish_previous", False: "return_previous"})
_COPY = "0.17.9"
_REQUIREMENTS = ("0.21.0", frozenset({"service", "core"}))


def check(file: File) -> Iterator[Finding]:
    for name in names(file):
        if not name.lacking(file):
            yield from _of_name(file, name)
    for call in calls(file):
        for argument in call.arguments.items:
            if is_given(argument.value) is Tri.YES:
                yield from _of_argument(file, call, argument)
        if isinstance(call, RunStart):
            yield from _booleans(file, call)
        elif isinstance(call, DefineMetric):
            yield from _copy(file, call)
        elif call.name == "wandb.require":
            yield from _requirement(file, call)


def _of_name(file: File, name: Name) -> Iterator[Finding]:
    owner, last = name.place(file.versions.releases[-1])
    for key in (f"{owner}.{last}", *prefixes(name.path)):
        change = sdk.CHANGES.get(key)
        if change is not None and (
            change.rename.startswith("wandb.") or not has_replacement(file, name, change)
        ):
            continue
        if _since(file, key, change):
            shown = short(f"run.{last}" if owner == "Run" else last if owner[:1].isupper() else key)
            fix = in_place(file, name, change, last) if key == f"{owner}.{last}" else None
            yield _finding(file, name.span, shown, _since(file, key, change), change, fix)
            return


def _since(file: File, key: str, change: Change | None) -> str:
    """Since when something is deprecated that a release of the project's still has; empty where it is not."""
    since = sdk.deprecated(key) or (change.since if change is not None else "")
    last = sdk.until(key)
    still = (v for v in file.versions.releases if not last or sdk.release(v) < sdk.release(last))
    return since if since and any(sdk.release(v) >= sdk.release(since) for v in still) else ""


def _of_argument(file: File, call: Call, argument: Argument) -> Iterator[Finding]:
    key = f"{call.name}:{argument.name}"
    change = sdk.CHANGES.get(key)
    since = _since(file, key, change)
    if not since or any(not _takes(call.name, argument.name, version) for version in file.versions.releases):
        return
    fix: Callable[[], Fix | None] | None = None
    if change is not None and change.drop:
        fix = file.fix(f"Leave `{argument.name}` out", remove_argument, call.arguments, argument)
    elif change is not None and change.rename:
        fix = file.fix(f"Call it `{change.rename}`", rename_argument, argument, change.rename)
    what = f"{short(argument.name)} of {short(call.name.rpartition('.')[2])}"
    yield _finding(file, argument.keyword or argument.span, what, since, change, fix)


def _takes(function: str, name: str, version: str) -> bool:
    return any(one.name == name for one in sdk.parameters(function, version) or ())


def _booleans(file: File, start: RunStart) -> Iterator[Finding]:
    """``reinit=True`` and ``resume=True``: both have words for it."""
    reinit, resume = start.arguments.find("reinit"), start.arguments.find("resume")
    since, words = _REINIT
    if reinit is not None and isinstance(reinit.value, Flag):
        word = words[reinit.value.value]
        # Where some release does not know the word, there is nothing else to write.
        if all(word in sdk.choices("wandb.init", "reinit", version) for version in file.versions.releases):
            change = Change(f'Say `reinit="{word}"`.')
            fix = file.fix(f'Say `"{word}"`', set_argument, start.arguments, "reinit", f'"{word}"')
            place = reinit.value.span or reinit.span
            yield _finding(file, place, f"`reinit={reinit.value.value}`", since, change, fix)
    if resume is not None and isinstance(resume.value, Flag):
        place, value = resume.value.span or resume.span, resume.value.value
        change = Change('Say `resume="auto"`.' if value else "Leave it out.")
        if value:
            fix = file.fix('Say `"auto"`', set_argument, start.arguments, "resume", '"auto"')
        else:
            fix = file.fix("Leave `resume` out", remove_argument, start.arguments, resume)
        yield _finding(file, place, f"`resume={value}`", "", change, fix)


def _is_after(file: File, since: str) -> bool:
    return any(sdk.release(version) >= sdk.release(since) for version in file.versions.releases)


def _copy(file: File, call: Call) -> Iterator[Finding]:
    summary = call.arguments.find("summary")
    if summary is not None and constant(summary.value) == "copy" and _is_after(file, _COPY):
        fix = file.fix("Leave `summary` out", remove_argument, call.arguments, summary)
        yield _finding(
            file, summary.value.span or summary.span, '`summary="copy"`', _COPY, Change("Leave it out."), fix
        )


def _requirement(file: File, call: Call) -> Iterator[Finding]:
    since, words = _REQUIREMENTS
    word = constant(call.get("requirement"))
    if word in words and _is_after(file, since):
        statement = file.model.statement_at(call.span)
        alone = statement is not None and statement == call.span
        remark = rf".*\b(?:require|wandb.?{word})\b.*"
        cells = (each.span for each in file.model.enclosing(call.block) if each.kind is BlockKind.CELL)
        cell = next(cells, None)
        fix = file.fix("Leave the call out", remove_statement, call.span, remark, cell) if alone else None
        yield _finding(file, call.callee, f'`require("{word}")`', since, Change("Leave the call out."), fix)


def _finding(
    file: File,
    span: Span,
    what: str,
    since: str,
    change: Change | None,
    fix: Callable[[], Fix | None] | None,
) -> Finding:
    when = f" since wandb {since}" if since and since != sdk.releases()[0] else ""
    return Finding(
        span,
        f"{what} is deprecated{when}",
        how=RULE.how if change is None else change.how,
        fix=fix,
    )


EXAMPLES = (
    Bad(
        """
        import wandb

        for fold in range(5):
            run = wandb.init(project="texts", group="exp-003", reinit=True)
                                                                      ^^^^
            run.log({"val/f1": evaluate(fold)})
            run.finish()
        """,
        message="`reinit=True` is deprecated since wandb 0.19.9",
        fixed="""
        import wandb

        for fold in range(5):
            run = wandb.init(project="texts", group="exp-003", reinit="finish_previous")
            run.log({"val/f1": evaluate(fold)})
            run.finish()
        """,
    ),
    Bad(
        """
        import wandb as wb

        wb.require("core")
        ^^^^^^^^^^
        wb.login(anonymous="allow")
                 ^^^^^^^^^
        run = wb.init(project="texts", id="a1b2c3", resume=True, tensorboard=True)
                                                           ^^^^
                                                                 ^^^^^^^^^^^
        run.define_metric("epoch", summary="copy")
                                           ^^^^^^
        """,
        message=(
            '`require("core")` is deprecated since wandb 0.21.0',
            "`anonymous` of `login` is deprecated since wandb 0.23.1",
            "`resume=True` is deprecated",
            "`tensorboard` of `init` is deprecated since wandb 0.19.1",
            '`summary="copy"` is deprecated since wandb 0.17.9',
        ),
        fixed="""
        import wandb as wb

        wb.login()
        run = wb.init(project="texts", id="a1b2c3", resume="auto", sync_tensorboard=True)
        run.define_metric("epoch")
        """,
    ),
    Bad(
        """
        import wandb

        run = wandb.init(project="texts")
        table = wandb.Table(columns=["text", "label"])
        table.add_row("hello", "ham")
        ^^^^^^^^^^^^^
        artifact = run.use_artifact("texts-clean:v3")
        path = artifact.get_path("texts.csv").download()
               ^^^^^^^^^^^^^^^^^
        """,
        message=("`add_row` is deprecated", "`get_path` is deprecated since wandb 0.16.1"),
        fixed="""
        import wandb

        run = wandb.init(project="texts")
        table = wandb.Table(columns=["text", "label"])
        table.add_data("hello", "ham")
        artifact = run.use_artifact("texts-clean:v3")
        path = artifact.get_entry("texts.csv").download()
        """,
    ),
    Bad(
        """
        import wandb

        run = wandb.init(project="texts")
        print(run.get_url(), wandb.api.api_key is None)
              ^^^^^^^^^^^
        """,
        message="`run.get_url` is deprecated since wandb 0.19.10",
        wandb="0.28.2",
        fixed="""
        import wandb

        run = wandb.init(project="texts")
        print(run.url, wandb.api.api_key is None)
        """,
    ),
    Bad(
        """
        import wandb

        api = wandb.Api()
        newest = api.artifact_versions("dataset", "texts-clean", 10)
                 ^^^^^^^^^^^^^^^^^^^^^
        """,
        message="`artifact_versions` is deprecated since wandb 0.16.2",
    ),
    Good(
        """
        import wandb

        run = wandb.init(project="texts", reinit="finish_previous", resume="auto", id="a1b2c3")
        run.define_metric("epoch", summary="max")
        """
    ),
    Good(
        """
        import wandb

        run = wandb.init(project="texts", reinit=True)
        """,
        wandb=">=0.18.7",
    ),
    Good(
        """
        import wandb

        def start(reinit, resume):
            return wandb.init(project="texts", reinit=reinit, resume=resume, anonymous=None)
        """
    ),
    Good(
        """
        import csv

        table = csv.writer(open("texts.csv", "w"))
        table.add_row("hello", "ham")
        """
    ),
)
