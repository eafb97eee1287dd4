"""Reports a run's config used as the dict that it is not.

Why it matters: `run.config` reads like a dict, but is an object of its own. It has no length, no `copy` or
`pop`, cannot be merged with `|` or dumped as JSON; all of these raise, often at the end of a long run when
its artifacts are described. Put whole into an artifact's metadata, which the guide recommends (Artifact
Metadata), it has to be made a dict first: else that raises, too, or the config is recorded as one long
text.

When to ignore: never; `dict(run.config)` is what is meant.
"""

import re
from collections.abc import Iterator

from wbcheck.rule import (
    AnyValue,
    Applicability,
    ArtifactChanged,
    ArtifactMade,
    Bad,
    ConfigRead,
    ConfigWrite,
    Dict,
    Edits,
    Entry,
    File,
    Finding,
    Good,
    Model,
    ObjectKind,
    Preset,
    Proof,
    Raises,
    Ref,
    Rule,
    Span,
    replace,
    shown,
    source_of,
    wrap,
)

from ._configs import is_rebound

RULE = Rule(
    code="WB212",
    name="config-not-a-dict",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="A run's config is no dict: this raises, or records the config as one text.",
    how="Make it a dict first, as in `dict(run.config)`.",
    fix=Applicability.SAFE,
)

_TAKERS = {
    "builtins.len": "has no `len`",
    "builtins.reversed": "cannot be `reversed`",
    "copy.copy": "cannot be copied by `copy.copy`",
    "copy.deepcopy": "cannot be copied by `copy.deepcopy`",
    "json.dump": "cannot be dumped by `json.dump`",
    "json.dumps": "cannot be dumped by `json.dumps`",
    "yaml.safe_dump": "cannot be dumped by `yaml.safe_dump`",
    "|": "cannot be merged by `|`",
}
_METHODS = ("clear", "copy", "fromkeys", "pop", "popitem", "setdefault", "values")
_WHOLE = re.compile(r"""\s*(?:\w+\s*=\s*|(?:"[^"]*"|'[^']*')\s*:\s*)?([\w.]+)\s*""")


def check(file: File) -> Iterator[Finding]:
    if is_rebound(file.model):
        return
    for event in file.model.events:
        if isinstance(event, ConfigRead) and not event.path and event.to in _TAKERS:
            fix = file.fix("Make it a dict", wrap, event.span, "dict(", ")")
            yield Finding(event.span, f"the config of a run {_TAKERS[event.to]}", fix=fix)
        elif isinstance(event, ConfigRead) and not event.path and event.how in _METHODS:
            mend = file.fix("Make it a dict", as_copy, event.span)
            yield Finding(event.span, f"the config of a run has no {shown(event.how)}", fix=mend)
        elif isinstance(event, ConfigWrite) and event.how == "delete" and len(event.path) == 1:
            yield Finding(event.span, "a key of a run's config cannot be deleted")
        elif isinstance(event, ArtifactMade | ArtifactChanged):
            for place, headline in of_metadata(file.model, event):
                yield Finding(place, headline, fix=file.fix("Make it a dict", as_dict, place))


def of_metadata(model: Model, event: ArtifactMade | ArtifactChanged) -> Iterator[tuple[Span, str]]:
    """Where a config stands as metadata, or in it, and what becomes of it."""
    value, place, raises = metadata_of(model, event)
    if is_config(value):
        yield place, "the config of a run cannot be metadata as it is" if raises else RECORDED
    for entry in entries(value):
        if is_config(entry.value):
            yield entry.span or place, RECORDED


def entries(value: AnyValue | None) -> Iterator[Entry]:
    """The entries of a dict, and of those inside of it."""
    for entry in value.entries if isinstance(value, Dict) else ():
        yield entry
        yield from entries(entry.value)


RECORDED = "the config of a run is recorded as one text"


def metadata_of(model: Model, event: ArtifactMade | ArtifactChanged) -> tuple[AnyValue | None, Span, bool]:
    """What becomes metadata, or a part of it, where it stands, and whether it is the whole."""
    if isinstance(event, ArtifactMade):
        argument = event.arguments.find("metadata")
        return (argument.value, argument.span, True) if argument else (None, event.span, True)
    value = event.value
    if event.attribute != "metadata" or (event.how == "update" and is_config(value)):
        return None, event.span, False  # a dict can be updated with a config
    place = event.span
    if value is not None and value.span and model.statement_at(value.span) == model.statement_at(place):
        place = value.span
    return value, place, event.how == "assign" and not event.path


def is_config(value: AnyValue | None) -> bool:
    return isinstance(value, Ref) and value.kind is ObjectKind.CONFIG


def as_dict(text: str, span: Span) -> Edits | None:
    """``metadata=config``, ``"config": config`` or ``config`` with ``dict(…)`` around the config."""
    found = _WHOLE.fullmatch(source_of(text, span))
    if found is None:
        return None
    inner = Span(span.start + found.start(1), span.start + found.end(1))
    return wrap(text, inner, "dict(", ")")


def as_copy(text: str, span: Span) -> Edits | None:
    """``config.copy()`` as ``dict(config)``; what changes the config cannot be meant for a copy of it."""
    source = source_of(text, span)
    config, _, method = source.rpartition(".")
    if method == "copy()":
        return replace(text, span, f"dict({config})")
    return replace(text, span, f"dict({config}).values()") if method == "values()" else None


EXAMPLES = (
    Bad(
        """
        import json
        import wandb

        with wandb.init(mode="offline", config={"params": {"lr": 0.1}}) as run:
            with open("config.json", "w") as file:
                file.write(json.dumps(run.config))
                                      ^^^^^^^^^^
        """,
        message="the config of a run cannot be dumped by `json.dumps`",
        fixed="""
        import json
        import wandb

        with wandb.init(mode="offline", config={"params": {"lr": 0.1}}) as run:
            with open("config.json", "w") as file:
                file.write(json.dumps(dict(run.config)))
        """,
    ),
    Bad(
        """
        import wandb

        run = wandb.init(config={"params": {"lr": 0.1}})
        config = wandb.config
        print(len(config), "values")
                  ^^^^^^
        defaults = {"seed": 0} | config
                                 ^^^^^^
        settings = config.copy()
                   ^^^^^^^^^^^^^
        """,
        message=(
            "the config of a run has no `len`",
            "the config of a run cannot be merged by `|`",
            "the config of a run has no `copy`",
        ),
        fixed="""
        import wandb

        run = wandb.init(config={"params": {"lr": 0.1}})
        config = wandb.config
        print(len(dict(config)), "values")
        defaults = {"seed": 0} | dict(config)
        settings = dict(config)
        """,
    ),
    Bad(
        """
        import wandb

        run = wandb.init(config={"meta": {"task": "spam"}})
        model = wandb.Artifact("spam", type="model", metadata=run.config)
                                                     ^^^^^^^^^^^^^^^^^^^
        data = wandb.Artifact("texts", type="dataset", metadata={"config": wandb.config, "rows": 12})
                                                                 ^^^^^^^^^^^^^^^^^^^^^^
        data.metadata["settings"] = run.config
                                    ^^^^^^^^^^
        data.metadata["made"] = {"by": {"config": run.config}}
                                        ^^^^^^^^^^^^^^^^^^^^
        """,
        message=(
            "the config of a run cannot be metadata as it is",
            "the config of a run is recorded as one text",
            "the config of a run is recorded as one text",
            "the config of a run is recorded as one text",
        ),
        fixed="""
        import wandb

        run = wandb.init(config={"meta": {"task": "spam"}})
        model = wandb.Artifact("spam", type="model", metadata=dict(run.config))
        data = wandb.Artifact("texts", type="dataset", metadata={"config": dict(wandb.config), "rows": 12})
        data.metadata["settings"] = dict(run.config)
        data.metadata["made"] = {"by": {"config": dict(run.config)}}
        """,
    ),
    Bad(
        """
        import wandb

        run = wandb.init(config={"params": {"lr": 0.1}, "token": "none"})
        run.config.pop("token")
        ^^^^^^^^^^^^^^^^^^^^^^^
        del run.config["params"]
            ^^^^^^^^^^^^^^^^^^^^
        """,
        message=(
            "the config of a run has no `pop`",
            "a key of a run's config cannot be deleted",
        ),
    ),
    Good(
        """
        import json
        import wandb as wb

        with wb.init(mode="offline", config={"params": {"lr": 0.1}}) as run:
            print(json.dumps(dict(run.config)), len(run.config["params"]), "params" in run.config)
            for key, value in run.config.items():
                print(key, value)
            copy = {**run.config, "rows": 12}
            data = wb.Artifact("texts", type="dataset", metadata={"config": dict(run.config)})
            data.metadata.update(run.config)
        """
    ),
    Good(
        """
        import json
        import wandb

        run = wandb.init(config={"params": {"lr": 0.1}})
        print(json.dumps(run.config, default=str))
        params = run.config["params"].copy()
        params.pop("lr")
        """
    ),
    Good(
        """
        import wandb
        from settings import load

        def train(config=None):
            if config is None:
                config = load("train.yaml")
            wandb.init(config=config)
            print(len(config), config.copy())
        """
    ),
    Good(
        """
        import json
        import wandb

        run = wandb.Api().run("team/texts/1a2b3c4d")
        print(json.dumps(run.config), len(run.config), run.config.copy())
        """
    ),
    Good(
        """
        import json
        import wandb

        config = {"params": {"lr": 0.1}}
        run = wandb.init(config=config) if wandb.api.api_key else None
        settings = run.config if run else config
        print(json.dumps(settings), len(settings))
        """
    ),
)

PROOF = Proof(bad=Raises("TypeError", saying="Object of type Config is not JSON serializable"))
