"""Reports the first run that a query gives, taken without saying how runs are ordered.

Why it matters: until wandb 0.21 `api.runs(...)` began with the newest run, since then it begins with the
oldest one. Code that takes `[0]` for the latest run goes on without an error, with the very first run of the
project.

When to ignore: where it does not matter which run it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wbcheck.rule import (
    AnyValue,
    ApiCall,
    ApiItem,
    Applicability,
    Bad,
    Dict,
    File,
    Finding,
    Good,
    Mended,
    Number,
    Preset,
    Rule,
    Tri,
    assigned_name,
    constant,
    mentions,
    options,
    set_argument,
    varies,
)

RULE = Rule(
    code="WB808",
    name="api-run-order",
    preset=Preset.RECOMMENDED,
    since="0.1.0",
    why="Since wandb 0.21 runs come oldest first, so that the first one is no longer the latest.",
    how='Say which one is meant: `order="-created_at"` puts the newest first.',
    fix=Applicability.UNSAFE,
)

# What a filter asks of one run alone, or of one that was marked: a run's id is called `name` there.
_PINS = ("name", "display_name", "displayName", "id", "tags")


def check(file: File) -> Iterator[Finding]:
    taken = [item.of for item in file.model.each(ApiItem) if is_first(item.index)]
    for call in file.model.each(ApiCall):
        if call.name != "Api.runs" or call.result not in taken:
            continue
        if call.arguments.given("order") is Tri.NO and not may_pin(call):
            fix = file.fix_across(_newest_first, call)
            yield Finding(call.callee, "the first of these runs is the oldest, not the newest", fix=fix)


def _newest_first(file: File, call: ApiCall) -> Mended | None:
    """The order given; says where else the runs are used by it."""
    edits = set_argument(file.text, call.arguments, "order", '"-created_at"')
    statement = file.model.statement_at(call.span)
    name = assigned_name(file.text, statement) if statement and statement.end == call.span.end else ""
    firsts = [item.span for item in file.model.each(ApiItem) if is_first(item.index)]
    others = [
        place
        for place in (mentions(file.text, name) if name else ())
        if statement and not statement.contains(place) and not any(one.contains(place) for one in firsts)
        if not _COUNTED.search(file.text, max(0, place.start - 20), place.start)
    ]
    said = f"; `{name}` is in that order wherever it is used ({len(others)} more)" if others else ""
    return Mended(f"Begin with the newest{said}", edits) if edits else None


_COUNTED = re.compile(r"\blen\(\s*\Z")


def is_first(index: AnyValue) -> bool:
    return isinstance(index, Number) and index.value == 0


def may_pin(call: ApiCall) -> bool:
    """Whether the filters may leave one run alone."""
    if call.arguments.given("filters") is Tri.NO:
        return False
    return any(not isinstance(each, Dict) or pins(each) for each in options(call.get("filters")))


def pins(filters: Dict) -> bool:
    """Whether a filter asks for a name, or for a value that the code was given: a commit, somebody's tag."""
    keys = [constant(entry.key) for entry in filters.entries]
    return filters.open or any(
        key is None or key.startswith("$") or key.rpartition(".")[2].endswith(_PINS) or is_given(entry.value)
        for key, entry in zip(keys, filters.entries, strict=True)
    )


def is_given(value: AnyValue) -> bool:
    """Whether a value, or what an operator such as ``$lt`` compares with, is not written in the code."""
    if isinstance(value, Dict):
        return value.open or any(is_given(entry.value) for entry in value.entries)
    return varies(value)


EXAMPLES = (
    Bad(
        """
        import wandb

        api = wandb.Api()
        runs = api.runs("me/texts", filters={"jobType": "train"})
               ^^^^^^^^
        latest = runs[0]
        print(latest.name, len(runs))
        """,
        message="the first of these runs is the oldest, not the newest",
        fixed="""
        import wandb

        api = wandb.Api()
        runs = api.runs("me/texts", filters={"jobType": "train"}, order="-created_at")
        latest = runs[0]
        print(latest.name, len(runs))
        """,
    ),
    Bad(
        """
        import wandb as wb

        def latest(team):
            return wb.Api().runs(f"{team}/texts", {"config.lr": {"$lt": 1e-4}})[0]
                   ^^^^^^^^^^^^^
        """,
        message="the first of these runs is the oldest, not the newest",
        fixed="""
        import wandb as wb

        def latest(team):
            return wb.Api().runs(
                f"{team}/texts",
                {"config.lr": {"$lt": 1e-4}},
                order="-created_at",
            )[0]
        """,
    ),
    Good(
        """
        import wandb

        api = wandb.Api()
        latest = api.runs("me/texts", order="-created_at")[0]
        best = api.runs("me/texts", None, "-summary_metrics.eval/f1")[0]
        for run in api.runs("me/texts"):
            print(run.name)
        """
    ),
    Good(
        """
        import wandb

        def find(name, commit, filters, **query):
            api = wandb.Api()
            yield api.runs("me/texts", {"config.meta.commit": commit})[0]
            yield api.runs("me/texts", {"config.meta.commit": {"$eq": commit}})[0]
            yield api.runs("me/texts", {"tags": "baseline"})[0]
            yield api.runs("me/texts", filters={"display_name": name})[0]
            yield api.runs("me/texts", filters={"$and": [{"config.meta.task": "spam"}]})[0]
            yield api.runs("me/texts", filters=filters)[0]
            yield api.runs("me/texts", **query)[0]
        """
    ),
    Good(
        """
        import wandb
        from cluster import api

        newest = api.runs("me/texts")[0]
        files = wandb.Api().run("me/texts/1x2y3z4a").files()[0]
        """
    ),
)
