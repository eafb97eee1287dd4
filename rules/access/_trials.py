"""What a sweep's trials do: the runs that they start, as far as one file decides, and what they may hide."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import NamedTuple

from wbcheck.rule import (
    AgentStarted,
    Call,
    Dict,
    Entry,
    File,
    GivenRead,
    Import,
    Items,
    Model,
    RunStart,
    SweepMade,
    constant,
    options,
    program_of,
    setup,
)

from ..identity._setup import is_trial

# Libraries that neither log to W&B by themselves nor read its config, unless one of ours tells otherwise.
_KNOWN = frozenset(
    """
    wandb numpy np pandas torch torchvision torchaudio tensorflow keras sklearn scipy matplotlib seaborn tqdm
    yaml PIL cv2 datasets tokenizers jax flax optax xgboost lightgbm catboost evaluate nltk einops requests
    joblib plotly rich dotenv
    """.split()
)


class Trial(NamedTuple):
    """A sweep and what runs it: ``file`` is where its runs start. ``by_function`` when an agent calls it.

    ``path`` is where the sweep is made.
    """

    made: SweepMade
    sweep: Dict
    file: File
    starts: tuple[RunStart, ...]
    by_function: bool
    path: str


def trials(file: File) -> Iterator[Trial]:
    """The sweeps of a file whose trials are known to be in one file, with the runs that these start."""
    for made in file.model.each(SweepMade):
        for sweep in options(made.get("sweep")):
            if isinstance(sweep, Dict):
                by_function = not made.file and program_of(sweep) is None and _is_called(file)
                home = file if by_function else file.script(sweep)
                if home is not None:
                    all_starts = home.model.each(RunStart)
                    starts = [start for start in all_starts if not by_function or is_trial(home, start)]
                    if starts:
                        yield Trial(made, sweep, home, tuple(starts), by_function, file.path)


def trials_of(file: File, start: RunStart) -> list[Trial]:
    """The sweeps whose trials start a run of this file, as far as all of them are known."""
    if not is_trial(file, start):
        return []
    own = [trial for trial in trials(file) if trial.by_function and start in trial.starts]
    return own or [
        Trial(made, sweep, file, (start,), program_of(sweep) is None, model.path)
        for model, made in file.project.sweeps_of(file.path, setup.functions_around(file.model, start))
        if model.path != file.path and (made.file or _is_only(model))
        for sweep in options(made.get("sweep"))
        if isinstance(sweep, Dict)
    ]


def _is_only(model: Model) -> bool:
    return len(list(model.each(SweepMade))) == 1


def _is_called(file: File) -> bool:
    """Whether every agent of a file calls a function of that file, and there is but one sweep for them."""
    agents = list(file.model.each(AgentStarted))
    sweeps = list(file.model.each(SweepMade))
    return len(sweeps) == 1 and bool(agents) and all(agent.function is not None for agent in agents)


def is_plain(file: File) -> bool:
    """Whether a file imports nothing but well-known libraries: no other code does what it lacks."""
    return all(_is_known(file, entry) for entry in file.model.imports)


def _is_known(file: File, entry: Import) -> bool:
    root = (entry.written or entry.target).partition(".")[0]
    if entry.level:
        return False
    return root in _KNOWN or root in sys.stdlib_module_names


def uses_integrations(file: File) -> bool:
    """Whether the SDK's own helpers for other libraries are called: they log by themselves."""
    helpers = ("wandb.sklearn", "wandb.integration", "wandb.keras", "wandb.xgboost", "wandb.lightgbm")
    return any(call.name.startswith(helpers) for call in file.model.each(Call))


def entry_of(sweep: Dict, *names: str) -> Entry | None:
    """The entry that a way of keys leads to."""
    found: Entry | None = None
    inner: object = sweep
    for name in names:
        found = inner.find(name) if isinstance(inner, Dict) else None
        if found is None:
            return None
        inner = found.value
    return found


def text_of(sweep: Dict, *names: str) -> str | None:
    """The constant text that a way of keys leads to."""
    entry = entry_of(sweep, *names)
    return None if entry is None else constant(entry.value)


# What reads the command line for a program.
_PARSERS = (
    "argparse",
    "click",
    "typer",
    "fire",
    "hydra",
    "omegaconf",
    "absl",
    "tyro",
    "simple_parsing",
    "jsonargparse",
    "configargparse",
    "docopt",
    "draccus",
    "pyrallis",
    "ml_collections",
    "pydantic_settings",
    "getopt",
    "optparse",
    "tap",
    "chz",
    "gin",
)


def words_of(trial: Trial) -> list[str | None]:
    """The words of the command by which an agent calls the program; ``None`` for one that is not known."""
    command = entry_of(trial.sweep, "command")
    if command is None:
        return ["${env}", "${interpreter}", "${program}", "${args}"]
    if not isinstance(command.value, Items) or command.value.open:
        return [None]
    return [constant(word) for word in command.value.items]


def passes_arguments(trial: Trial) -> bool:
    """Whether the agent may hand the parameters to the program as arguments of its command line."""
    return not trial.by_function and any(word is None or "${args" in word for word in words_of(trial))


def reads_arguments(file: File) -> bool:
    """Whether a program reads its command line, and so may put arguments into its config."""
    return file.model.imports_module(*_PARSERS)


class Swept(NamedTuple):
    """A parameter: the way to it, its entry, and the entry at the top under which it stands."""

    way: tuple[str, ...]
    entry: Entry
    top: Entry


def swept_by(sweep: Dict, way: tuple[str, ...] = (), top: Entry | None = None) -> Iterator[Swept]:
    """Every parameter of a sweep whose name is known, also those within others."""
    parameters = sweep.find("parameters")
    if parameters is None or not isinstance(parameters.value, Dict):
        return
    for entry in parameters.value.entries:
        name = constant(entry.key)
        if name is None or not isinstance(entry.value, Dict):
            continue
        if entry.value.find("parameters") is not None:
            yield from swept_by(entry.value, (*way, name), top or entry)
        else:
            yield Swept((*way, name), entry, top or entry)


def is_swept(trial: Trial, read: GivenRead) -> bool:
    """Whether what is read is a parameter of a sweep, or has one in it."""
    ways = (swept.way for swept in swept_by(trial.sweep))
    return any(read.path[: len(way)] == way or way[: len(read.path)] == read.path for way in ways)
