"""Reports parameters of a config that nothing in the project reads.

Why it matters: a parameter in the config promises that to change it is to change the run (Config as a
Contract). One that no code reads changes nothing: a sweep over it searches in vain, and the record says
what the run never did. Notes for people belong into `meta`.

When to ignore: where code that wbcheck does not see reads it. It is told only of literals in a dict
that a run is given, whose names stand nowhere else in the code of the project, comments included, and only
while it is known what becomes of the dict and of the config as a whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from wbcheck.rule import (
    Bad,
    Dict,
    Entry,
    File,
    Finding,
    Flag,
    Good,
    Items,
    Label,
    Number,
    Preset,
    Project,
    Rule,
    RunStart,
    Span,
    Starter,
    Text,
    constant,
)

from ._configs import is_rebound, names_of
from ._declared import is_swept
from ._handed import Handed, is_shared

RULE = Rule(
    code="WB208",
    name="config-unused-param",
    preset=Preset.ALL,
    since="0.1.0",
    why="A parameter that nothing reads can be changed, or swept over, without any effect.",
    how="Read it from `run.config`, or move it to `meta`.",
)


def check(file: File) -> Iterator[Finding]:
    unread: dict[Span, list[tuple[RunStart, Entry]]] = {}
    for start in file.model.each(RunStart):
        for entry in params(start):
            if entry.key.span is not None and is_unread(file.project, constant(entry.key) or ""):
                unread.setdefault(entry.key.span, []).append((start, entry))
    if not unread or is_rebound(file.model):
        return
    handed = Handed(file)
    silent = {
        start.run
        for start in {start.run: start for given in unread.values() for start, _ in given}.values()
        if start.starter is not Starter.INIT
        or start.forwards
        or is_swept(file, start)
        or is_shared(file, start)
        or handed.may_be_read(start)
    }
    told: dict[int, list[Entry]] = {}
    for given in unread.values():
        if not any(start.run in silent for start, _ in given):
            start, entry = given[0]
            told.setdefault(start.run, []).append(entry)
    for entries in told.values():
        places = [entry.key.span for entry in entries if entry.key.span is not None]
        related = tuple(Label(place, "this one, too") for place in places[1:])
        word = "params" if len(entries) > 1 else "param"
        yield Finding(places[0], f"nothing reads {word} {names_of(entries, 48)}", related=related)


def params(start: RunStart) -> Iterator[Entry]:
    """The parameters that a run is given as literals of one dict: those of ``params``, else its numbers and
    flags, as a text beside them may be a note.
    """
    config = start.get("config")
    inner = config.find("params") if isinstance(config, Dict) else None
    held = config if inner is None else inner.value
    if not isinstance(config, Dict) or not isinstance(held, Dict) or config.span is None:
        return
    for entry in held.entries:
        name, value = constant(entry.key), entry.value
        is_setting = isinstance(value, Number | Flag) or (
            inner is not None
            and (isinstance(value, Items) or (isinstance(value, Text) and value.constant is not None))
        )
        spans = (entry.key.span, value.span)
        if name and name != "meta" and is_setting and all(s and config.span.contains(s) for s in spans):
            yield entry


def is_unread(project: Project, name: str) -> bool:
    """Whether a name stands nowhere in the project but where configs are given."""
    places = project.spelled(name) if name.isidentifier() else None
    return places is not None and sum(places.values()) <= project.once(declared)[name]


def declared(project: Project) -> Counter[str]:
    """How often each name is written as a parameter of a dict that a run is given."""
    places = {
        (constant(entry.key) or "", model.path, entry.key.span)
        for model in project.models.values()
        for start in model.each(RunStart)
        for entry in params(start)
    }
    return Counter(name for name, _, _ in places)


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(
            project="texts", config={"params": {"lr": 0.1, "warmup": 100}, "meta": {"task": "spam"}}
                                                           ^^^^^^^^
        ) as run:
            print(run.config["params"]["lr"])
            head = wandb.Artifact("head", type="model", metadata={"config": dict(run.config)})
            head.add_file("head.pt")
            run.log_artifact(head)
        """,
        message="nothing reads param `warmup`",
    ),
    Bad(
        """
        import wandb

        run = wandb.init(project="texts", config={"lr": 0.1, "epochs": 3, "depth": 2, "net": "small"})
                                                             ^^^^^^^^
        params = run.config
        run.log({"train/lr": params["lr"]})
        """,
        message="nothing reads params `epochs`, `depth`",
    ),
    Bad(
        """
        import wandb

        def train(run):
            params = run.config["params"]
            print(params["lr"], params.get("depth"))

        with wandb.init(
            project="texts", config={"params": {"lr": 0.1, "depth": 2, "optimizer": "adam", "sizes": [8, 8]}}
                                                                       ^^^^^^^^^^^
        ) as run:
            train(run)
        """,
        message="nothing reads params `optimizer`, `sizes`",
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts", config={"params": {"lr": 0.1, "epochs": 3}}) as run:
            params = run.config["params"]
            print(params["lr"], run.config["params"].get("epochs"))
        """
    ),
    Good(
        """
        import wandb
        from training import fit

        with wandb.init(project="texts", config={"params": {"lr": 0.1, "epochs": 3}}) as run:
            fit(**run.config["params"])
        """
    ),
    Good(
        """
        import wandb
        from training import fit

        with wandb.init(project="texts", config={"params": {"lr": 0.1, "epochs": 3}}) as run:
            fit(run)
        """
    ),
    Good(
        """
        import wandb

        wandb.init(project="texts", config={"lr": 0.1, "epochs": 3})
        print(wandb.config.lr)
        """,
        beside={
            "loop.py": """
                def limit(settings):
                    return settings.epochs
                """,
        },
    ),
    Good(
        """
        import wandb

        wandb.init(project="texts", config={"lr": 0.1, "epochs": 3})
        """,
        beside={
            "loop.py": """
                import wandb
                from training import fit

                def train():
                    fit({**wandb.config, "device": "cpu"})
                """,
        },
    ),
    Good(
        """
        import wandb
        from training import fit

        run = wandb.init(project="texts", config={"lr": 0.1, "epochs": 3})
        match run.config:
            case {"lr": rate, **rest}:
                fit(rate, **rest)
        """
    ),
    Good(
        """
        import wandb

        def start(rate, more, name):
            with wandb.init(project="texts", config={"lr": rate, "depth": 2, **more}) as run:
                return run.config[name]
        """
    ),
)
