"""Reports a filter of `api.runs` that asks for a config key that the project's runs do not have.

Why it matters: a filter for a key that no run has matches nothing. `api.runs` gives an empty list without a
word, and what is made of it is empty, too. Where the config is nested, the filter has to say so:
`config.params.lr` (The params / meta pattern, Programmatic Access).

When to ignore: where runs of other code are in the same project of W&B's. It is told only where a folder is
checked that starts runs in the very project that is asked, and while the configs of all of them are known.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from wbcheck.rule import (
    AnyValue,
    ApiCall,
    Applicability,
    Bad,
    Dict,
    Edits,
    File,
    Finding,
    Good,
    Items,
    Preset,
    Rule,
    Span,
    Text,
    Tri,
    constant,
    options,
    set_text,
    shown,
)

from ._records import configs, homes_of, is_same

RULE = Rule(
    code="WB801",
    name="api-filter-key",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="No run has the key, so the filter leaves none of them, without an error.",
    how="Name the key as the config has it, with what it lies in: `config.params.lr`.",
    fix=Applicability.UNSAFE,
)

_PREFIX = "config."


def check(file: File) -> Iterator[Finding]:
    for call in file.model.each(ApiCall):
        filters = call.get("filters") if call.name == "Api.runs" else None
        asked = list(_asked(filters))
        held = _configs(file, call) if asked else []
        for text in asked:
            way = way_of(text.constant or "")
            if held and not any(may_have(config, way) for config in held):
                yield _finding(file, text, way, held, call.callee)


def _finding(file: File, text: Text, way: tuple[str, ...], held: list[Dict], callee: Span) -> Finding:
    meant = _meant(way, held)
    message = f"no run's config has {shown('.'.join(way), 24)}"
    if meant:
        message = f"{shown('.'.join(way), 22)} is in no run's config, but {shown('.'.join(meant), 22)} is"
    piece = next(text.constants, None)
    fix = None
    if meant and meant[-1] == way[-1] and piece is not None:
        new = _PREFIX + ".".join(meant)
        fix = file.fix(f"Ask for `{new}`", _renamed, text, new)
    return Finding(text.span or callee, message, fix=fix)


def _renamed(source: str, text: Text, new: str) -> Edits | None:
    pieces = list(text.constants)
    return set_text(source, pieces[0], new) if len(pieces) == 1 else None


def _asked(filters: AnyValue | None) -> Iterator[Text]:
    """The keys of configs that a filter names, also below `$and` and `$or`."""
    for option in options(filters):
        if isinstance(option, Items):
            for item in option.items:
                yield from _asked(item)
        for entry in option.entries if isinstance(option, Dict) else ():
            name = constant(entry.key) or ""
            if name.startswith("$"):
                yield from _asked(entry.value)
            elif name.startswith(_PREFIX) and isinstance(entry.key, Text) and _is_present(entry.value):
                yield entry.key


def _is_present(value: AnyValue) -> bool:
    """Whether the filter asks for runs that have the key, and not also for those that lack it."""
    for option in options(value):
        if isinstance(option, Dict):
            names = [constant(entry.key) for entry in option.entries]
            if option.open or any(name in (None, "$exists", "$ne", "$nin", "$not") for name in names):
                return False
    return True


def way_of(name: str) -> tuple[str, ...]:
    """The keys that a filter names; W&B keeps each value of a config below `value`, which may be named."""
    first, *others = name.removeprefix(_PREFIX).split(".")
    return (first, *(others[1:] if others[:1] == ["value"] else others))


def _configs(file: File, call: ApiCall) -> list[Dict]:
    """The configs of the runs that a call asks for, if those are all known."""
    homes = homes_of(call)
    if None in homes or not file.project.whole:
        return []
    known = file.project.once(configs)
    near = [config for config in known if any(home and is_near(config.home, home) for home in homes)]
    if not any(is_same(config.home, home) for config in near for home in homes if home):
        return []
    held = [config.config for config in near if config.config is not None]
    return held if len(held) == len(near) else []


def is_near(home: str, asked: str) -> bool:
    """Whether a run may be in the project that is asked."""
    return is_same(home, asked) or not home or home.startswith("?")


def may_have(config: Dict, way: tuple[str, ...]) -> bool:
    """Whether a config has a key, or may have it."""
    if way[0].startswith("_") or config.has(".".join(way)) is not Tri.NO:
        return True
    answer = config.has(way[0])
    if answer is not Tri.YES or len(way) == 1:
        return answer is not Tri.NO
    inner = [entry.value for entry in config.entries if constant(entry.key) == way[0]]
    for value in (option for each in inner for option in options(each)):
        if not isinstance(value, Dict) or may_have(value, way[1:]):
            return True
    return False


def _meant(way: tuple[str, ...], held: list[Dict]) -> tuple[str, ...]:
    """The key that was probably meant: the same one elsewhere, or one that is spelt almost like it."""
    known = sorted({each for config in held for each in _ways(config)})
    same = [each for each in known if each[-1] == way[-1]]
    if same:
        return same[0] if len(same) == 1 else ()
    names = {".".join(each): each for each in known}
    close = get_close_matches(".".join(way), names, 1, 0.75)
    return names[close[0]] if close else ()


def _ways(config: Dict) -> Iterator[tuple[str, ...]]:
    for entry in config.entries:
        name = constant(entry.key)
        if name is not None:
            yield (name,)
            for value in options(entry.value):
                if isinstance(value, Dict):
                    yield from ((name, *rest) for rest in _ways(value))


_TRAIN = """
    import wandb

    config = {"params": {"lr": 0.001, "encoder": "head_tail"}, "meta": {"task": "spam"}}
    with wandb.init(entity="acme", project="texts", config=config) as run:
        run.log({"train/loss": run.config["params"]["lr"]})
    """

EXAMPLES = (
    Bad(
        """
        import wandb

        api = wandb.Api()
        for run in api.runs("acme/texts", {"config.encoder": "head_tail", "state": "crashed"}):
                                           ^^^^^^^^^^^^^^^^
            print(run.name)
        """,
        message="`encoder` is in no run's config, but `params.encoder` is",
        beside={"train.py": _TRAIN},
        fixed="""
        import wandb

        api = wandb.Api()
        for run in api.runs("acme/texts", {"config.params.encoder": "head_tail", "state": "crashed"}):
            print(run.name)
        """,
    ),
    Bad(
        """
        import wandb

        team = "acme"
        runs = wandb.Api().runs(
            f"{team}/texts",
            {"$and": [{"config.params.lr": {"$gt": 0.01}}, {"config.params.momentum.value": 0.9}]},
                                                            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        )
        """,
        message="no run's config has `params.momentum.value`",
        beside={"train.py": _TRAIN},
    ),
    Good(
        """
        import wandb

        api = wandb.Api()
        api.runs("acme/texts", filters={"config.params.encoder": "head_tail"})
        api.runs("acme/texts", filters={"config.params.value.lr": 0.1, "tags": "baseline"})
        api.runs("acme/texts", filters={"config.lr": {"$exists": False}})
        api.runs("acme/images", filters={"config.lr": 0.1})
        """,
        beside={"train.py": _TRAIN},
    ),
    Good(
        """
        import wandb

        runs = wandb.Api().runs("acme/texts", filters={"config.lr": 0.1})
        """,
        beside={
            "train.py": """
            import wandb
            from settings import load

            with wandb.init(entity="acme", project="texts", config=load()) as run:
                run.log({"train/loss": 1})
            """
        },
    ),
    Good(
        """
        import wandb

        def table(path, lr):
            return wandb.Api().runs(path, filters={"config.lr": lr})
        """,
        beside={"train.py": _TRAIN},
    ),
)
