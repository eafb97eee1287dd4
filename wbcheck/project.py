"""What the files of a project say together: the environment they set, the inputs they declare, their sweeps.

A parent script may set ``WANDB_PROJECT`` for the scripts that it starts, and a module for those that
import it, so a variable that a script sets counts in all files about it. So does one in a shell script, a
Docker or a CI file, which counts for the scripts that it names, too, wherever they lie. What an MLproject
names as its entry points is started by whoever uses mlflow.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

import msgspec

from wbcheck.facts import Facts
from wbcheck.imports import module_of
from wbcheck.model.events import (
    AgentStarted,
    ArtifactLogged,
    ArtifactUsed,
    ConfigWrite,
    DefineMetric,
    EnvironmentRead,
    EnvironmentSet,
    Log,
    RunStart,
    ShellRun,
    Starter,
    SweepMade,
)
from wbcheck.model.model import Model
from wbcheck.model.values import Items, Mapping, ObjectKind, Ref, Text, Tri, constant, options
from wbcheck.surroundings import Given, Surroundings

T = TypeVar("T")

PREFIX = "WANDB_"
_TRAINERS = (
    "transformers",
    "trl",
    "sentence_transformers",
    "unsloth",
    "simpletransformers",
    "setfit",
    "adapters",
)
_SECRET = "WANDB_API_KEY"
# These fill os.environ from a file whose content is not ours to read.
_LOADERS = ("dotenv", "environs", "decouple")


def _unknown(word: str) -> dict[str, int] | None:
    """Where a word stands in code that is not at hand."""
    return None


class Variable(msgspec.Struct, frozen=True):
    """A ``WANDB_*`` variable that the code sets: its constant values, if there are others, who sets it."""

    values: tuple[str, ...]
    open: bool
    files: tuple[str, ...] = ()


class Project(msgspec.Struct, frozen=True, dict=True, kw_only=True):
    """Facts of the whole of the checked code; paths are as shown, dotted paths are those of files."""

    variables: dict[str, Variable] = {}
    """The ``WANDB_*`` variables that the code sets, by those of their names that are constant."""
    openers: tuple[str, ...] = ()
    """The files that set one whose name is not known: ``os.environ.update(settings)``, ``load_dotenv()``."""
    reads: tuple[str, ...] = ()
    """The ``WANDB_*`` variables that the code itself reads."""
    modules: dict[str, bool] = {}
    """The dotted paths, each with whether the file declares inputs for runs that are not its own."""
    publishers: tuple[str, ...] = ()
    """The dotted paths of files that log artifacts for runs that are not their own."""
    loggers: tuple[str, ...] = ()
    """The dotted paths of files that log to a run that is not their own, or define its metrics."""
    starters: tuple[str, ...] = ()
    """The dotted paths of files that start runs."""
    config_writers: tuple[str, ...] = ()
    """The files that write into the config of a run that is not their own."""
    trials: tuple[str, ...] = ()
    """The dotted paths of the functions of other files that a sweep's agent calls."""
    programs: tuple[str, ...] = ()
    """The paths at which the programs that sweeps name may lie."""
    scripts: dict[str, Model] = {}
    """The models of the files that sweeps name as their programs, by their paths."""
    yaml: tuple[tuple[str, bool], ...] = ()
    """The YAML files beside the code, each with whether it is certainly not in the form of W&B's configs."""
    started: dict[str, tuple[str, ...]] = {}
    """The scripts that files outside Python start, by those files' paths."""
    entries: tuple[str, ...] = ()
    """The entry points of MLprojects."""
    parents: tuple[str, ...] = ()
    """The files that use mlflow, which may start those."""
    trains: Tri = Tri.UNKNOWN
    """Whether a Trainer of transformers, or of what builds on it, may be used: by an import, or by the
    dependencies."""
    facts: Facts = Facts()
    """What the files, but for tests, do with the same names."""
    models: dict[str, Model] = {}
    """The models of all files, by their paths: for what must change with a file."""
    whole: bool = False
    """Whether folders were checked, and not only files that were named one by one: what none of those does
    may else be done by another."""
    spelled: Callable[[str], dict[str, int] | None] = _unknown
    """In which files a word stands, and how often, those that do not mention W&B and comments included;
    ``None`` where not all code of the project is at hand."""

    @classmethod
    def of(
        cls,
        models: Iterable[Model],
        around: Surroundings = Surroundings(),  # noqa: B008 - frozen
        setting: Iterable[Model] = (),
        *,
        tests: frozenset[str] = frozenset(),
        whole: bool = True,
        spelled: Callable[[str], dict[str, int] | None] = _unknown,
    ) -> Project:
        """The facts of these files, taken together with what stands around them; some of them are tests.

        ``setting`` are the models of files outside Python, checked or not.
        """
        models, setting = tuple(models), tuple(setting)
        everything = (*setting, *models)
        given = [each for model in everything for each in _given(model) if each is not None]
        programs = {place for file, program in around.sweeps for place in _places(file, program)}
        programs.update(place for model in everything for place in _programs(model))

        def paths(does: Callable[[Model], bool]) -> tuple[str, ...]:
            return tuple(sorted({model.path for model in models if does(model)}))

        def dotted(does: Callable[[Model], bool]) -> tuple[str, ...]:
            return tuple(sorted(set(map(module_of, paths(does)))))

        return cls(
            variables=_variables(given),
            openers=paths(lambda model: None in _given(model)),
            reads=tuple(sorted({name for model in everything for name in _reads(model)})),
            modules={module_of(model.path): _declares_for_others(model) for model in models},
            publishers=dotted(_publishes),
            loggers=dotted(_logs_for_others),
            starters=dotted(_starts_runs),
            config_writers=paths(_configures_others),
            trials=tuple(sorted({name for model in models for name in _trials(model)})),
            programs=tuple(sorted(programs)),
            scripts={
                path: model
                for model in models
                if (path := posixpath.normpath(model.path.replace("\\", "/"))) in programs
            },
            yaml=around.yaml,
            started={model.path: found for model in setting if (found := _started(model))},
            entries=tuple(sorted(entry for model in setting for entry in _entries(model))),
            parents=paths(lambda model: model.imports_module("mlflow")),
            trains=Tri.YES if any(model.imports_module(*_TRAINERS) for model in models) else around.trains,
            facts=Facts.of((model for model in everything if model.path not in tests), _projects(given)),
            models={model.path: model for model in sorted(everything, key=lambda model: model.path)},
            whole=whole,
            spelled=spelled,
        )

    @property
    def open(self) -> bool:
        """Whether some variable is set whose name is not known."""
        return bool(self.openers)

    def is_stood_in(self, path: str) -> bool:
        """Whether a ``conftest.py`` in a test's folder, or above it, puts something else in W&B's place."""
        folder = posixpath.dirname(path.replace("\\", "/"))
        return any(not above or f"{folder}/".startswith(f"{above}/") for above in self._stand_ins)

    @cached_property
    def _stand_ins(self) -> tuple[str, ...]:
        found = (path.replace("\\", "/") for path, model in self.models.items() if model.stands_in)
        return tuple(posixpath.dirname(path) for path in found if posixpath.basename(path) == "conftest.py")

    def once(self, make: Callable[[Project], T]) -> T:
        """What a rule works out of all files, for the first one that asks: kept for the others."""
        if make not in self._made:
            self._made[make] = make(self)
        made: T = self._made[make]
        return made

    @cached_property
    def _made(self) -> dict[Callable[[Project], Any], Any]:
        return {}

    def others(self, path: str) -> Iterator[Model]:
        """The models of the other files, in the order of their paths."""
        return (model for model in self.models.values() if model.path != path)

    def files_of(self, target: str) -> list[str]:
        """The files that what is imported from a dotted path may come from, as shown."""
        homes = set(self._homes(target))
        return [path for path in self.models if module_of(path) in homes]

    def sweeps_of(self, path: str, functions: set[str]) -> Iterator[tuple[Model, SweepMade]]:
        """The sweeps, each with the model of its file, whose trials a file or one of its functions is."""
        place = posixpath.normpath(path.replace("\\", "/"))
        module = f".{module_of(path)}"
        for each in self._sweeps:
            if each.model.path == path:
                is_trial = each.has_agents
            else:
                is_trial = any(module.endswith(home) for home, name in each.trials if name in functions)
            if is_trial or place in each.places:
                yield each.model, each.sweep

    @cached_property
    def _sweeps(self) -> list[_Sweep]:
        return [_Sweep.of(model, sweep) for model in self.models.values() for sweep in model.each(SweepMade)]

    def sets(self, name: str, path: str | None = None) -> Tri:
        """Whether the code sets this environment variable; with ``path``, for what this file runs."""
        variable = self.variables.get(name)
        if variable is not None and (
            path is None or any(self._reaches(file, path) for file in variable.files)
        ):
            return Tri.YES
        is_open = self.open if path is None else any(self._reaches(file, path) for file in self.openers)
        return Tri.UNKNOWN if is_open else Tri.NO

    def _reaches(self, setter: str, path: str) -> bool:
        """Whether what a file sets may hold for another: for those about it, and those that it starts."""
        if _is_about(setter, path) or any(
            _is_named(path, program) for program in self.started.get(setter, ())
        ):
            return True
        return setter in self.parents and posixpath.normpath(path.replace("\\", "/")) in self.entries

    def logs(self, target: str) -> bool:
        """Whether what is imported from this dotted path comes from a file that logs to its caller's run."""
        if target.partition(".")[0] == "wandb":
            return False  # the SDK's own, whatever a file of the project is called
        return any(module in self.loggers for module in self._homes(target))

    def others_log(self, path: str) -> bool:
        """Whether another file logs to runs that are not its own, or may, as not all files are known."""
        return not self.whole or any(module != module_of(path) for module in self.loggers)

    def is_plain_yaml(self, path: str, named: str) -> bool:
        """Whether the only YAML file that a file can mean by a name is not in the form of W&B's configs."""
        places = set(_places(path, named))
        found = [plain for file, plain in self.yaml if posixpath.normpath(file.replace("\\", "/")) in places]
        return found == [True]

    def is_trial(self, path: str, functions: set[str]) -> bool:
        """Whether what these functions of a file do is, as far as other files say, a sweep's trial."""
        if path.replace("\\", "/") in self.programs:
            return True
        module = f".{module_of(path)}"
        for trial in self.trials:
            home, _, name = trial.rpartition(".")
            if name in functions and module.endswith(f".{home.strip('.')}"):
                return True
        return False

    def script(self, path: str, program: str) -> Model | None:
        """The model of the only checked file that a sweep in the file ``path`` can mean by its program."""
        found = [self.scripts[place] for place in set(_places(path, program)) if place in self.scripts]
        return found[0] if len(found) == 1 else None

    def declares_inputs(self, target: str) -> Tri:
        """Whether what is imported from this dotted path may call ``use_artifact`` for its caller's run.

        ``UNKNOWN`` where it comes from no file that was checked.
        """
        return self._any_home(target, lambda module: self.modules[module])

    def logs_artifacts(self, target: str) -> Tri:
        """Whether what is imported from this dotted path may log artifacts for its caller's run.

        ``UNKNOWN`` where it comes from no file that was checked.
        """
        return self._any_home(target, lambda module: module in self.publishers)

    def starts_run(self, target: str) -> bool:
        """Whether what is imported from this dotted path comes from a file that starts runs."""
        return any(module in self.starters for module in self._homes(target))

    def _any_home(self, target: str, does: Callable[[str], bool]) -> Tri:
        """Whether one of the files that a dotted path may come from does something; unknown without any."""
        if target.partition(".")[0] == "wandb":
            return Tri.NO  # the SDK's own, whatever a file of the project is called
        homes = self._homes(target)
        if not homes:
            return Tri.UNKNOWN
        return Tri.YES if any(map(does, homes)) else Tri.NO

    def _homes(self, target: str) -> list[str]:
        """The files that what is imported from this dotted path may come from."""
        parts = target.strip(".").split(".")
        for length in range(len(parts), 0, -1):
            found = self._by_part.get(".".join(parts[:length]))
            if found:
                return found
        return []

    @cached_property
    def _by_part(self) -> dict[str, list[str]]:
        """The dotted paths of the files, by every stretch of them."""
        found: dict[str, list[str]] = {}
        for module in self.modules:
            parts = module.split(".")
            for start in range(len(parts)):
                for end in range(start + 1, len(parts) + 1):
                    found.setdefault(".".join(parts[start:end]), []).append(module)
        return found

    @cached_property
    def hands_over(self) -> bool:
        """Whether code that is not known is handed a run, and may log artifacts to it."""
        return any(self.logs_artifacts(target) is Tri.UNKNOWN for target in self.facts.handed)


def _given(model: Model) -> Iterator[Given | None]:
    """Every variable of W&B's that a file sets; ``None`` where it may be one, its name not being known."""
    if model.imports_module(*_LOADERS):
        yield None
    for event in model.each(EnvironmentSet):
        for name in options(event.name) if event.how not in ("delete", "program") else ():
            if not isinstance(name, Text) or name.constant is None:
                if _may_be_ours(name):
                    yield None
            elif name.constant.startswith(PREFIX):
                for value in options(event.value) or (None,):
                    known = None if name.constant == _SECRET else constant(value)
                    yield Given(name.constant, known, model.path)


def _variables(given: Iterable[Given]) -> dict[str, Variable]:
    found: dict[str, list[Given]] = {}
    for each in given:
        found.setdefault(each.name, []).append(each)
    return {
        name: Variable(
            tuple(sorted({each.value for each in found[name] if each.value is not None})),
            any(each.value is None for each in found[name]),
            tuple(sorted({each.file for each in found[name]})),
        )
        for name in sorted(found)
    }


def _projects(given: Iterable[Given]) -> dict[str, tuple[str, ...]]:
    """The files that set the project of runs, each with the values."""
    found: dict[str, set[str]] = {}
    for each in given:
        if each.name == "WANDB_PROJECT":
            found.setdefault(each.file.replace("\\", "/"), set()).add(each.value or "")
    return {file: tuple(sorted(values)) for file, values in found.items()}


# Folders that hold what starts programs, and not the programs.
_STARTING = frozenset(
    ".github workflows .gitlab .circleci .azure .buildkite .devcontainer .docker scripts script bin slurm "
    "jobs docker deploy deployment k8s kubernetes helm ci config configs conf env envs infra ops sweeps "
    "cloud".split()
)


def _is_about(setter: str, path: str) -> bool:
    """Whether a file may count for another by its place: a notebook for itself, others about their folder."""
    if setter == path or setter.endswith(".ipynb"):
        return setter == path
    folder = posixpath.dirname(setter.replace("\\", "/"))
    while not setter.endswith(".py") and posixpath.basename(folder) in _STARTING:
        folder = posixpath.dirname(folder)
    around = posixpath.dirname(folder)
    return not around or path.replace("\\", "/").startswith(f"{around}/")


class _Sweep(NamedTuple):
    """A sweep and whose trials it runs.

    ``places`` are the paths at which its program may lie. ``trials`` are the functions of other files that
    agents of its file call, each as the end of its module's dotted path and its name; ``has_agents`` is
    whether there are agents that call any function.
    """

    model: Model
    sweep: SweepMade
    places: frozenset[str]
    trials: tuple[tuple[str, str], ...]
    has_agents: bool

    @classmethod
    def of(cls, model: Model, sweep: SweepMade) -> _Sweep:
        programs = (program_of(each) for each in options(sweep.get("sweep")) if isinstance(each, Mapping))
        places = frozenset(place for program in programs if program for place in _places(model.path, program))
        trials = (trial.rpartition(".") for trial in _trials(model))
        return cls(
            model,
            sweep,
            places,
            tuple((f".{home.strip('.')}", name) for home, _, name in trials),
            any(agent.function is not None for agent in model.each(AgentStarted)),
        )


def _started(model: Model) -> tuple[str, ...]:
    """The scripts that a file outside Python starts, as it names them."""
    return tuple(dict.fromkeys(each.program for each in model.each(ShellRun) if each.program))


def _entries(model: Model) -> Iterator[str]:
    """The entry points of an MLproject: their paths are seen from its folder."""
    folder, name = posixpath.split(model.path.replace("\\", "/"))
    if name == "MLproject":
        yield from (posixpath.normpath(posixpath.join(folder, program)) for program in _started(model))


def _is_named(path: str, program: str) -> bool:
    """Whether a script that is named from somewhere may be this file."""
    steps = [step for step in program.split("/") if step not in ("", ".", "..")]
    return f"/{path.replace(chr(92), '/')}".endswith(f"/{'/'.join(steps)}")


def _trials(model: Model) -> Iterator[str]:
    for agent in model.each(AgentStarted):
        for value in options(agent.get("function")):
            if isinstance(value, Ref) and value.kind is ObjectKind.SYMBOL:
                yield value.name


def _programs(model: Model) -> Iterator[str]:
    for sweep in model.each(SweepMade):
        for value in options(sweep.get("sweep")):
            program = program_of(value) if isinstance(value, Mapping) else None
            if program:
                yield from _places(model.path, program)


def program_of(sweep: Mapping) -> str | None:
    """The script that a sweep runs, as it names it: ``program``, or the script in its ``command``."""
    program, command = sweep.find("program"), sweep.find("command")
    named = None if program is None else constant(program.value)
    if command is None:
        return named
    words = command.value.items if isinstance(command.value, Items) and not command.value.open else ()
    texts = [constant(word) or "" for word in words]
    if "${program}" in texts:
        return named
    scripts = [word for word in texts if word.endswith(".py")]
    if "-m" in texts[:-1]:
        scripts.append(texts[texts.index("-m") + 1].replace(".", "/") + ".py")
    return scripts[0] if len(scripts) == 1 and "" not in texts else None


def _reads(model: Model) -> Iterator[str]:
    """The variables that a file reads, by those of their names that are constant."""
    return (name for read in model.each(EnvironmentRead) if (name := constant(read.name)))


def _declares_for_others(model: Model) -> bool:
    """Whether a file declares inputs for runs that are not its own.

    What is asked of an object that is not known may be asked of a run that is handed to it.
    """
    used = list(model.each(ArtifactUsed))
    return len(used) < model.asks or any(not each.sure for each in used)


def _logs_for_others(model: Model) -> bool:
    """Whether a file logs to a run that is not its own, or defines its metrics."""
    return any(not log.runs for log in (*model.each(Log), *model.each(DefineMetric)))


def _starts_runs(model: Model) -> bool:
    return any(start.starter is Starter.INIT for start in model.each(RunStart))


def _configures_others(model: Model) -> bool:
    """Whether a file writes into the config of a run that is not its own."""
    return any(not write.runs for write in model.each(ConfigWrite))


def _publishes(model: Model) -> bool:
    """Whether a file logs artifacts for runs that are not its own, or hands them to what may."""
    return any(not logged.sure for logged in model.each(ArtifactLogged)) or any(
        artifact.handed and not artifact.used for artifact in model.artifacts
    )


def _places(sweep: str, program: str) -> Iterator[str]:
    """Where a program may lie: it is named as seen from the sweep's own folder, or from one above."""
    folder = posixpath.dirname(sweep.replace("\\", "/"))
    while True:
        yield posixpath.normpath(posixpath.join(folder, program.replace("\\", "/")))
        if folder == posixpath.dirname(folder):
            return
        folder = posixpath.dirname(folder)


def _may_be_ours(name: object) -> bool:
    """A text with holes may still be known not to begin like W&B's variables do."""
    if not isinstance(name, Text):
        return True
    known = name.skeleton.partition("{}")[0]
    return known.startswith(PREFIX) or PREFIX.startswith(known)
