"""What the files of a project say together: the environment they set, the inputs they declare, their sweeps.

A parent script may set ``WANDB_PROJECT`` for the scripts that it starts, and a module for those that
import it, so a variable that a script sets counts in all files about it.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator

import msgspec

from wbcheck.model.events import AgentStarted, ArtifactUsed, EnvironmentSet, SweepMade
from wbcheck.model.model import Model
from wbcheck.model.values import Mapping, ObjectKind, Ref, Text, Tri, constant, options, texts

PREFIX = "WANDB_"
# These fill os.environ from a file whose content is not ours to read.
_LOADERS = ("dotenv", "environs", "decouple")


class Variable(msgspec.Struct, frozen=True):
    """A ``WANDB_*`` variable that the code sets: its constant values, if there are others, who sets it."""

    values: tuple[str, ...]
    open: bool
    files: tuple[str, ...] = ()


class Project(msgspec.Struct, frozen=True):
    """Facts of the whole of the checked code.

    ``variables`` are those whose names are constant. ``open`` when some variable is set whose name
    is not known (``os.environ.update(settings)``, ``load_dotenv()``), by one of ``openers``. ``modules``
    are the dotted paths of the files, each with whether it declares inputs for runs that are not
    its own. ``trials`` are the dotted paths of the functions of other files that a sweep's agent
    calls, ``programs`` the files that a sweep names as its program.
    """

    variables: dict[str, Variable] = {}
    open: bool = False
    modules: dict[str, bool] = {}
    trials: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    openers: tuple[str, ...] = ()

    @classmethod
    def of(cls, models: Iterable[Model]) -> Project:
        """The facts of these files, taken together."""
        values: dict[str, dict[str, None]] = {}
        unknown: set[str] = set()
        files: dict[str, set[str]] = {}
        openers: set[str] = set()
        modules: dict[str, bool] = {}
        trials: set[str] = set()
        programs: set[str] = set()
        for model in models:
            trials.update(_trials(model))
            programs.update(_programs(model))
            modules[_module(model.path)] = any(not used.sure for used in model.each(ArtifactUsed))
            if model.imports_module(*_LOADERS):
                openers.add(model.path)
            for event in model.each(EnvironmentSet):
                if event.how == "delete":
                    continue
                for name in options(event.name):
                    if not isinstance(name, Text) or name.constant is None:
                        if _may_be_ours(name):
                            openers.add(model.path)
                    elif name.constant.startswith(PREFIX):
                        given = values.setdefault(name.constant, {})
                        files.setdefault(name.constant, set()).add(model.path)
                        known = [text.constant for text in texts(event.value) if text.constant is not None]
                        given.update(dict.fromkeys(known))
                        if len(known) < max(1, len(options(event.value))):
                            unknown.add(name.constant)
        return cls(
            {
                name: Variable(tuple(sorted(values[name])), name in unknown, tuple(sorted(files[name])))
                for name in sorted(values)
            },
            bool(openers),
            modules,
            tuple(sorted(trials)),
            tuple(sorted(programs)),
            tuple(sorted(openers)),
        )

    def sets(self, name: str, path: str | None = None) -> Tri:
        """Whether the code sets this environment variable; with ``path``, for what this file runs."""
        variable = self.variables.get(name)
        if variable is not None and (path is None or any(_reaches(file, path) for file in variable.files)):
            return Tri.YES
        is_open = self.open if path is None else any(_reaches(file, path) for file in self.openers)
        return Tri.UNKNOWN if is_open else Tri.NO

    def is_trial(self, path: str, functions: set[str]) -> bool:
        """Whether what these functions of a file do is, as far as other files say, a sweep's trial."""
        if any(f"/{path}".endswith(f"/{program}") for program in self.programs):
            return True
        module = f".{_module(path)}"
        for trial in self.trials:
            home, _, name = trial.rpartition(".")
            if name in functions and module.endswith(f".{home.strip('.')}"):
                return True
        return False

    def declares_inputs(self, target: str) -> Tri:
        """Whether what is imported from this dotted path may call ``use_artifact`` for its caller's run.

        ``UNKNOWN`` where it comes from no file that was checked.
        """
        parts = target.strip(".").split(".")
        for length in range(len(parts), 0, -1):
            path = f".{'.'.join(parts[:length])}."
            found = [declares for module, declares in self.modules.items() if path in f".{module}."]
            if found:
                return Tri.YES if any(found) else Tri.NO
        return Tri.UNKNOWN


def _reaches(setter: str, path: str) -> bool:
    """Whether what a file sets may hold for another: a notebook's for itself, a script's about its folder."""
    if setter == path or setter.endswith(".ipynb"):
        return setter == path
    around = posixpath.dirname(posixpath.dirname(setter.replace("\\", "/")))
    return not around or path.replace("\\", "/").startswith(f"{around}/")


def _trials(model: Model) -> Iterator[str]:
    for agent in model.each(AgentStarted):
        for value in options(agent.get("function")):
            if isinstance(value, Ref) and value.kind is ObjectKind.SYMBOL:
                yield value.name


def _programs(model: Model) -> Iterator[str]:
    for sweep in model.each(SweepMade):
        for value in options(sweep.get("sweep")):
            entry = value.find("program") if isinstance(value, Mapping) else None
            program = constant(entry.value) if entry is not None else None
            if program:
                yield program.replace("\\", "/").removeprefix("./")


def _module(path: str) -> str:
    """A file's dotted path; a package's is its folder's."""
    stem = path.rpartition(".")[0].replace("\\", "/")
    return stem.removesuffix("/__init__").strip("./").replace("/", ".")


def _may_be_ours(name: object) -> bool:
    """A text with holes may still be known not to begin like W&B's variables do."""
    if not isinstance(name, Text):
        return True
    known = name.skeleton.partition("{}")[0]
    return known.startswith(PREFIX) or PREFIX.startswith(known)
