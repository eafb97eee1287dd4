"""Reports a sweep's parameter that does not reach the config of the program that the sweep runs.

Why it matters: a sweep writes each parameter into the run's config under its own name. Where the config has
`params` with `learning_rate` inside, a flat `learning_rate` (or `params.learning_rate` with a dot) becomes a
new key that nothing reads: the program trains with its default in every trial, and the sweep compares noise.
The sweep has to be nested exactly as the config is (The params / meta pattern, Cons).

When to ignore: for what only other code reads from the run's config.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from wbcheck.rule import (
    Applicability,
    Bad,
    ConfigRead,
    ConfigWrite,
    Dict,
    Edits,
    Entry,
    File,
    Finding,
    Flag,
    Good,
    Items,
    Label,
    Mended,
    Nothing,
    Number,
    Preset,
    Proof,
    Ran,
    Rule,
    RunStart,
    Shows,
    Stuck,
    Text,
    Tri,
    constant,
    listed,
    nest_parameters,
    shown,
)

from ..config._configs import is_rebound
from ..config._declared import is_handed_on
from ._asked import dependents
from ._options import refused
from ._trials import Swept, Trial, is_plain, passes_arguments, reads_arguments, swept_by, trials

RULE = Rule(
    code="WB804",
    name="sweep-parameter-mismatch",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="The sweep adds a key of its own that nothing reads, and every trial runs with the same value.",
    how="Nest the sweep exactly as the config is: `parameters` within `params`.",
    fix=Applicability.UNSAFE,
    changes=("config", "history", "summary"),
)


def check(file: File) -> Iterator[Finding]:
    for trial in trials(file):
        if passes_arguments(trial) and reads_arguments(trial.file):
            yield from refused(trial)
            continue
        is_closed = is_plain(trial.file)
        config = _config(trial)
        reads = _reads(trial)
        if config is None or reads is None:
            continue
        lost: dict[tuple[str, ...], list[tuple[Swept, Entry]]] = {}
        for swept in swept_by(trial.sweep):
            if _is_held(config, swept.way) or _is_read(reads, swept.way):
                continue
            place = _meant(config, swept.way)
            if place is not None:
                lost.setdefault(place[0], []).append((swept, place[1]))
            elif is_closed and "value" not in _fields(swept.entry) and not _is_named(config, swept.way[-1]):
                yield from _unread(trial, swept, config, reads)
        for parent, pairs in lost.items():
            yield _misplaced(file, trial, parent, pairs)


def _misplaced(
    file: File, trial: Trial, parent: tuple[str, ...], pairs: list[tuple[Swept, Entry]]
) -> Finding:
    first, held = pairs[0]
    names = [swept.entry.key for swept, _ in pairs if isinstance(swept.entry.key, Text)]
    path = None if trial.file.path == file.path else trial.file.path
    related = [Label(held.key.span, "what is meant", path)] if held.key.span is not None else []
    own = [Label(swept.top.key.span, "nor does this") for swept, _ in pairs[1:20] if swept.top.key.span]
    where = f"{shown('.'.join(parent), 24)} of the config" if parent else "the top of the config"
    verb = "does" if len(pairs) == 1 else "do"
    fix = None
    if len(parent) == 1 and all(
        len(swept.way) == 1 and swept.way[0] == constant(e.key) for swept, e in pairs
    ):
        fix = file.fix_across(_moved, trial, parent[0], [swept.way[0] for swept, _ in pairs])
    return Finding(
        first.entry.key.span or trial.made.callee,
        f"{listed(names, 32)} {verb} not reach {where}",
        related=(*related, *own),
        fix=fix,
    )


def _unread(trial: Trial, swept: Swept, config: Dict, reads: list[tuple[str, ...]]) -> Iterator[Finding]:
    """A parameter that the config does not have and that nobody reads."""
    if not reads and not config.entries:
        return  # what the program does with its config is not to be seen
    name = swept.way[-1]
    known = {way[-1] for way in reads if way} | {
        key for entry in config.entries if (key := constant(entry.key))
    }
    close = next(iter(get_close_matches(name, sorted(known), 1, 0.6)), "")
    how = f"Did you mean {shown(close)}?" if close else "Name it as the config has it, or read it from there."
    where = swept.entry.key.span or trial.made.callee
    yield Finding(where, f"nothing reads {shown(name, 36)} from the config", how=how)


def _fields(entry: Entry) -> set[str]:
    fields = entry.value.entries if isinstance(entry.value, Dict) else ()
    return {constant(field.key) or "" for field in fields}


# The config


def _config(trial: Trial) -> Dict | None:
    """What the trials' runs are certainly given, with what is written; ``None`` where that is not known."""
    model = trial.file.model
    if is_rebound(model) or any(not _is_own(trial, start) for start in trial.starts):
        return None
    entries: list[Entry] = []
    for start in trial.starts:
        given = start.get("config")
        if isinstance(given, Dict) and not given.open:
            entries.extend(given.entries)
        elif given is not None and not isinstance(given, Nothing):
            return None
    for write in model.each(ConfigWrite):
        if write.path:
            entries.append(Entry(write.path[0].key, write.value or Nothing(None), write.span))
        elif isinstance(write.value, Dict) and not write.value.open:
            entries.extend(write.value.entries)
        else:
            return None
    if any(constant(entry.key) is None for entry in entries):
        return None
    return Dict(None, -1, tuple(entries), False)


def _is_own(trial: Trial, start: RunStart) -> bool:
    """Whether nothing but this file gives the run its config."""
    elsewhere = (
        "resume",
        "resume_from",
        "fork_from",
        "config_include_keys",
        "config_exclude_keys",
        "settings",
    )
    return (
        start.starter == "wandb.init"
        and not start.forwards
        and not start.arguments.splats
        and all(start.arguments.given(name) is Tri.NO for name in elsewhere)
        and not set(trial.file.project.config_writers) - {trial.file.path}
        and trial.file.project.sets("WANDB_CONFIG_PATHS", trial.file.path) is Tri.NO
    )


def _reads(trial: Trial) -> list[tuple[str, ...]] | None:
    """The ways by which the config is read; ``None`` where some of it is read in a way that is not known."""
    model = trial.file.model
    if any(is_handed_on(model, start.run) for start in trial.starts):
        return None
    ways = []
    for read in model.each(ConfigRead):
        names = [step.name for step in read.path]
        if not names or names[0] is None:
            return None
        known = names[: names.index(None)] if None in names else names
        ways.append(tuple(name for name in known if name is not None))
    return ways


def _is_read(reads: list[tuple[str, ...]], way: tuple[str, ...]) -> bool:
    """Whether a value, what it lies in, or something in it is read."""
    return any(read == way[: len(read)] or read[: len(way)] == way for read in reads)


def _is_held(config: Dict, way: tuple[str, ...]) -> bool:
    """Whether the config has the parameter there, or may."""
    for number, name in enumerate(way):
        found = [entry.value for entry in config.entries if constant(entry.key) == name]
        if not found:
            return config.open
        inner = [value for value in found if isinstance(value, Dict)]
        if not inner:
            return True
        if number == len(way) - 1:
            return True
        config = inner[0]
    return True


def _meant(config: Dict, way: tuple[str, ...]) -> tuple[tuple[str, ...], Entry] | None:
    """Where the config has a constant that the parameter is meant for: the way to what it lies in, and it."""
    dotted = ".".join(way)
    found = [
        (path[:-1], entry)
        for path, entry in _leaves(config, ())
        if path[-1] == way[-1] or ".".join(path) == dotted or path[-1] == dotted.rpartition(".")[2]
    ]
    found = [pair for pair in found if (*pair[0], constant(pair[1].key)) != way]
    return found[0] if len(found) == 1 else None


def _is_named(config: Dict, name: str) -> bool:
    """Whether anything in a config has this name: its value may come from the sweep in another way."""
    return any(
        constant(entry.key) == name or (isinstance(entry.value, Dict) and _is_named(entry.value, name))
        for entry in config.entries
    )


def _leaves(config: Dict, way: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Entry]]:
    for entry in config.entries:
        name = constant(entry.key)
        if name is None or len(way) > 5:
            continue
        if isinstance(entry.value, Dict):
            yield from _leaves(entry.value, (*way, name))
        elif isinstance(entry.value, Number | Flag | Items | Nothing) or constant(entry.value) is not None:
            yield (*way, name), entry


# The fix


def _moved(file: File, trial: Trial, parent: str, names: list[str]) -> Mended | None:
    """The nested parameters; says which queries ask for the flat ones.

    Raises ``Stuck`` where the program may take them as arguments of its own.
    """
    if passes_arguments(trial) and (not is_plain(trial.file) or "argv" in trial.file.text):
        raise Stuck("the program may read them from its command line", path=trial.file.path)
    edits = _nested(file.text, trial, parent, len(names))
    left = dependents(file, {name: (f"config.{name}",) for name in names})
    said = f"Nest them in `{parent}`" + (f"; left to ask for the old keys: {', '.join(left)}" if left else "")
    return Mended(said, edits) if edits else None


def _nested(text: str, trial: Trial, parent: str, count: int) -> Edits | None:
    """All parameters nested, if all of them belong there."""
    parameters = trial.sweep.get("parameters")
    if not isinstance(parameters, Dict) or len(parameters.entries) != count or parameters.span is None:
        return None
    return nest_parameters(text, parameters, parent, trial.made.file)


def _recorded(value: dict[str, object]) -> Shows:
    def that(ran: Ran) -> bool:
        return ran.run.config == value

    return Shows(f"the config on record is {value}", that)


_ARGUMENTS = """
    import argparse
    import wandb

    parser = argparse.ArgumentParser()
    parser.add_argument("-r", "--learning-rate", type=float, default=0.001)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--amp", action="store_true")
    args = parser.parse_args()
    with wandb.init(config=vars(args)) as run:
        run.log({"train/loss": run.config["learning_rate"]})
    """

EXAMPLES = (
    Bad(
        """
        program: train.py
        method: random
        parameters:
          learning_rate:
          ^^^^^^^^^^^^^
            min: 0.0001
            max: 0.01

          epochs: {values: [1, 3]}  # few
        """,
        message="`learning_rate`, `epochs` do not reach `params` of the config",
        path="sweep.yaml",
        beside={
            "train.py": """
            import wandb

            config = {"params": {"learning_rate": 0.001, "epochs": 3}, "meta": {"task": "spam"}}
            with wandb.init(config=config) as run:
                params = run.config["params"]
                run.log({"train/loss": params["learning_rate"] / params["epochs"]})
            """
        },
        fixed="""
        program: train.py
        method: random
        parameters:
          params:
            parameters:
              learning_rate:
                min: 0.0001
                max: 0.01

              epochs: {values: [1, 3]}  # few
        """,
    ),
    Bad(
        """
        import wandb

        def trial():
            with wandb.init(config={"params": {"learning_rate": 0.001}}) as run:
                run.log({"train/loss": run.config["params"]["learning_rate"]})

        space = {"learning_rate": {"min": 0.0001, "max": 0.01}}
                 ^^^^^^^^^^^^^^^
        wandb.agent(wandb.sweep({"method": "random", "parameters": space}), function=trial)
        """,
        message="`learning_rate` does not reach `params` of the config",
        fixed="""
        import wandb

        def trial():
            with wandb.init(config={"params": {"learning_rate": 0.001}}) as run:
                run.log({"train/loss": run.config["params"]["learning_rate"]})

        space = {"params": {"parameters": {"learning_rate": {"min": 0.0001, "max": 0.01}}}}
        wandb.agent(wandb.sweep({"method": "random", "parameters": space}), function=trial)
        """,
    ),
    Bad(
        """
        program: train.py
        method: random
        parameters:
          params.learning_rate:
          ^^^^^^^^^^^^^^^^^^^^
            min: 0.0001
            max: 0.01
        """,
        message="`params.learning_rate` does not reach `params` of the config",
        path="sweep.yaml",
        beside={
            "train.py": """
            import wandb

            with wandb.init(config={"params": {"learning_rate": 0.001}}) as run:
                run.log({"train/loss": run.config["params"]["learning_rate"]})
            """
        },
    ),
    Bad(
        """
        program: train.py
        method: random
        parameters:
          learning_rate: {min: 0.0001, max: 0.01}
          ^^^^^^^^^^^^^
        """,
        message="`learning_rate` does not reach `params` of the config",
        path="sweep.yaml",
        beside={
            "train.py": """
            import wandb
            from house.options import rest_of_command_line

            with wandb.init(config={"params": {"learning_rate": 0.001}}) as run:
                rest = rest_of_command_line()
                run.log({"train/loss": run.config["params"]["learning_rate"]})
            """
        },
    ),
    Bad(
        """
        import wandb

        def trial():
            with wandb.init() as run:
                run.log({"train/loss": run.config["learning_rate"]})

        space = {"learning_rte": {"min": 0.0001, "max": 0.01}}
                 ^^^^^^^^^^^^^^
        wandb.agent(wandb.sweep({"method": "random", "parameters": space}), function=trial)
        """,
        message="nothing reads `learning_rte` from the config",
    ),
    Bad(
        """
        program: train.py
        method: random
        parameters:
          learning_rate: {min: 0.0001, max: 0.01}
          ^^^^^^^^^^^^^
          epochs: {values: [1, 3]}
          amp: {values: [true, false]}
          ^^^
        """,
        message=(
            "the program takes no `--learning_rate`, but `--learning-rate`",
            "`--amp` takes no value from a sweep",
        ),
        path="sweep.yaml",
        beside={"train.py": _ARGUMENTS},
    ),
    Good(
        """
        program: train.py
        method: random
        command: ["${env}", "${interpreter}", "${program}", "${args_no_boolean_flags}"]
        parameters:
          learning-rate: {min: 0.0001, max: 0.01}
          epoch: {value: 3}
          amp: {values: [true, false]}
        """,
        path="sweep.yaml",
        beside={"train.py": _ARGUMENTS},
    ),
    Good(
        """
        program: train.py
        method: random
        parameters:
          params:
            parameters:
              learning_rate: {min: 0.0001, max: 0.01}
        """,
        path="sweep.yaml",
        beside={
            "train.py": """
            import wandb

            with wandb.init(config={"params": {"learning_rate": 0.001}}) as run:
                run.log({"train/loss": run.config["params"]["learning_rate"]})
            """
        },
    ),
    Good(
        """
        # The agent calls the program with `--learning_rate=…`, and its arguments are nested by itself.
        program: train.py
        method: random
        parameters:
          learning_rate: {min: 0.0001, max: 0.01}
        """,
        path="sweep.yaml",
        beside={
            "train.py": """
            import argparse
            import wandb

            parser = argparse.ArgumentParser()
            parser.add_argument("--learning_rate", type=float, default=0.001)
            args = parser.parse_args()
            with wandb.init(config={"params": {"learning_rate": args.learning_rate}}) as run:
                run.log({"train/loss": run.config["params"]["learning_rate"]})
            """
        },
    ),
    Good(
        """
        import wandb

        def trial():
            with wandb.init() as run:
                train(**run.config)

        space = {"learning_rate": {"min": 0.0001, "max": 0.01}}
        wandb.agent(wandb.sweep({"method": "random", "parameters": space}), function=trial)
        """
    ),
    Good(
        """
        import wandb
        from settings import CONFIG

        def trial():
            with wandb.init(config=CONFIG) as run:
                run.log({"train/loss": run.config["params"]["learning_rate"]})

        space = {"learning_rate": {"min": 0.0001, "max": 0.01}}
        wandb.agent(wandb.sweep({"method": "random", "parameters": space}), function=trial)
        """
    ),
)

_SWEPT = """
import os
import wandb

with open("swept.yaml", "w") as file:
    file.write("wandb_version: 1\\n" + SWEPT)
os.environ["WANDB_SWEEP_ID"] = "s1"
os.environ["WANDB_SWEEP_PARAM_PATH"] = os.path.abspath("swept.yaml")
with wandb.init(config={"params": {"learning_rate": 0.001, "epochs": 3}}) as run:
    pass
"""

PROOF = Proof(
    bad=_recorded({"params": {"learning_rate": 0.001, "epochs": 3}, "learning_rate": 0.5}),
    good=_recorded({"params": {"learning_rate": 0.5, "epochs": 3}}),
    bad_script='SWEPT = "learning_rate:\\n  value: 0.5\\n"\n' + _SWEPT,
    good_script='SWEPT = "params:\\n  value:\\n    learning_rate: 0.5\\n"\n' + _SWEPT,
)
