"""What a file does to W&B: events, in W&B's words.

Every event says where it is (``block`` and ``span``); those that are calls carry the call as it
was written (callee, arguments bound to parameter names). An event whose object is a run says which
runs it may be: exactly one when ``run`` is not ``None``.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from wbcheck.diagnostic import Span
from wbcheck.model.values import AnyValue, Mapping, Step, Tri, is_given, options


def _only(ids: tuple[int, ...], sure: bool) -> int | None:
    """The one object of several possible ones, if there is no other and it is certainly that one."""
    return ids[0] if sure and len(ids) == 1 else None


class Argument(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One argument of a call.

    ``name`` is the parameter that it binds (``""`` when that is not known), ``span`` the whole argument
    as written, ``keyword`` the span of its keyword. ``position`` is its 0-based place
    when it was given by position. ``spread`` when it comes from a fully known ``**dict``: then
    ``span`` lies in that dict.
    """

    name: str
    value: AnyValue
    span: Span
    keyword: Span | None = None
    position: int | None = None
    spread: bool = False


class Arguments(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The arguments of a call, in order.

    ``splats`` are the ``*`` and ``**`` whose content is not fully known. ``close`` is the empty span just
    before the closing parenthesis.
    """

    items: tuple[Argument, ...]
    splats: tuple[Argument, ...]
    close: Span

    def find(self, name: str) -> Argument | None:
        """The argument that binds this parameter."""
        for argument in self.items:
            if argument.name == name:
                return argument
        return None

    def get(self, name: str) -> AnyValue | None:
        """The value given for this parameter, if it was given."""
        argument = self.find(name)
        return None if argument is None else argument.value

    def given(self, name: str) -> Tri:
        """Whether the parameter is given: unknown where a splat may hold it; a literal ``None`` is not."""
        argument = self.find(name)
        if argument is not None:
            return is_given(argument.value)
        for splat in self.splats:
            for option in options(splat.value):
                if not isinstance(option, Mapping) or option.has(name) is not Tri.NO:
                    return Tri.UNKNOWN
        return Tri.NO

    @property
    def positional(self) -> tuple[Argument, ...]:
        """Those given by position."""
        return tuple(argument for argument in self.items if argument.position is not None)


class Event(msgspec.Struct, frozen=True, array_like=True, gc=False, tag=True):
    """Something that happens at ``span`` in ``block``. Ids count in source order."""

    id: int
    block: int
    span: Span


class Via(StrEnum):
    """How a run function is reached."""

    MODULE = "module"  # wandb.log
    GLOBAL = "global"  # wandb.run.log
    HANDLE = "handle"  # run.log


class Call(Event, frozen=True, tag="call"):
    """Any call that matters. ``name`` is canonical (``wandb.init``, ``Run.log``, ``numpy.load``).

    ``callee`` spans what is called as written (``wandb.log``); ``receiver`` is the object whose
    method it is; ``result`` the value that it gives; ``bound`` the names the result is assigned to
    by the very statement (``run``, ``self.run``).
    """

    name: str
    callee: Span
    callee_text: str
    arguments: Arguments
    receiver: AnyValue | None = None
    result: AnyValue | None = None
    bound: tuple[str, ...] = ()

    def get(self, name: str) -> AnyValue | None:
        """The value given for this parameter, if it was given."""
        return self.arguments.get(name)


class Starter(StrEnum):
    """What starts a run."""

    INIT = "wandb.init"
    LIGHTNING = "WandbLogger"
    ACCELERATE = "init_trackers"
    TRAINER = "Trainer"
    COMMAND = "wandb artifact put"


class RunStart(Call, frozen=True, tag="run-start"):
    """A run begins. ``run`` is its id.

    ``forwards`` when it only hands on what it is given (a splat, parameters, attributes of ``self``):
    a logger integration. ``active`` says whether another run is active at this point, and ``previous``
    which. ``again`` is the loop block (or the function block) in which it starts anew while its
    own earlier run is certainly still active.
    """

    run: int = -1
    starter: Starter = Starter.INIT
    forwards: bool = False
    active: Tri = Tri.UNKNOWN
    previous: int | None = None
    again: int | None = None


class RunCall(Call, frozen=True, tag="run-call"):
    """A call on a run: ``run.watch``, ``wandb.save``. ``method`` is the run's method.

    ``runs`` are the runs it may be; ``sure`` when it is certainly one of them. ``finished`` says
    whether the run has ended by then and ``finish`` by which event. ``at_hand`` is a name that
    certainly holds the same run where the call goes through the module.
    """

    method: str = ""
    via: Via = Via.HANDLE
    runs: tuple[int, ...] = ()
    sure: bool = False
    finished: Tri = Tri.UNKNOWN
    finish: int | None = None
    at_hand: str = ""

    @property
    def run(self) -> int | None:
        """The one run it certainly is, if that is known."""
        return _only(self.runs, self.sure)


class Log(RunCall, frozen=True, tag="log"):
    """``run.log(data, step=, commit=)``."""

    @property
    def data(self) -> AnyValue | None:
        """What is logged."""
        return self.arguments.get("data")

    @property
    def step(self) -> AnyValue | None:
        """The explicit step, if given."""
        return self.arguments.get("step")

    @property
    def commit(self) -> AnyValue | None:
        """The commit flag, if given."""
        return self.arguments.get("commit")


class DefineMetric(RunCall, frozen=True, tag="define-metric"):
    """``run.define_metric(name, step_metric=)``."""


class Finish(RunCall, frozen=True, tag="finish"):
    """A run ends: ``finish()``, ``join()``, or leaving its ``with`` (then ``with_exit``)."""

    with_exit: bool = False


class ArtifactLogged(RunCall, frozen=True, tag="artifact-logged"):
    """``log_artifact``, ``log_model``, ``upsert_artifact``; ``artifacts`` are those it may be."""

    artifacts: tuple[int, ...] = ()
    sure_artifact: bool = False


class ArtifactUsed(RunCall, frozen=True, tag="artifact-used"):
    """``use_artifact``, ``use_model``; ``artifact`` is the id of what it gives."""

    artifact: int | None = None


class Asked(Call, frozen=True, tag="asked"):
    """A method of runs that uses or logs artifacts, called on a parameter of which nothing is known here.

    That it is a run, only a caller in another file can say. ``receiver`` is the parameter.
    """

    method: str = ""


class ArtifactLinked(RunCall, frozen=True, tag="artifact-linked"):
    """``link_artifact``, ``link_model``, ``artifact.link``."""

    artifacts: tuple[int, ...] = ()


class RunAttribute(Event, frozen=True, tag="run-attribute"):
    """An attribute of a run read or written: ``run.name = …``, ``run.tags``.

    ``calls`` is the method called on it (``run.tags.append`` → ``append``), ``operator`` that of an
    augmented assignment.
    """

    attribute: str
    write: bool
    value: AnyValue | None = None
    via: Via = Via.HANDLE
    runs: tuple[int, ...] = ()
    sure: bool = False
    finished: Tri = Tri.UNKNOWN
    finish: int | None = None
    calls: str = ""
    operator: str = ""

    @property
    def run(self) -> int | None:
        """The one run it certainly is, if that is known."""
        return _only(self.runs, self.sure)


class ConfigRead(Event, frozen=True, tag="config-read"):
    """A value read from a run's config: ``run.config["params"]["lr"]``.

    ``path`` is every step; ``how`` is ``chain`` (steps only), ``get``, ``whole`` (the config itself
    handed on or spread), ``iterate``, or the method called on the value (``items``). ``bound`` are
    the names that it is assigned to. ``to`` is what takes the whole, where that is certainly a config: the
    dotted name of a function whose first argument it is, or the operator ``|``. ``form`` says how the whole
    is taken: ``argument``, ``followed`` (by a function of the file, whose own reads are events), ``shown``
    (printed, or a text made of it), ``splat`` (``f(**config)``), ``copy`` (``dict(config)``,
    ``{**config}``), ``element`` (of a list) or ``operand``.
    """

    path: tuple[Step, ...]
    how: str
    via: Via = Via.HANDLE
    runs: tuple[int, ...] = ()
    sure: bool = False
    default: AnyValue | None = None
    bound: tuple[str, ...] = ()
    to: str = ""
    form: str = ""

    @property
    def run(self) -> int | None:
        """The one run whose config it certainly is, if that is known."""
        return _only(self.runs, self.sure)


class GivenRead(Event, frozen=True, tag="given-read"):
    """A value read not from a run's config but from the dict or the arguments that the run was given.

    ``name`` is what it is read through (``args``, ``params``), ``path`` the keys by which the config has
    it; ``spread`` where all of it is handed on (``**params``), ``attribute`` where it is read as one.
    The first ``held`` of the keys lead to what the name itself holds.
    """

    run: int
    name: str
    path: tuple[str, ...]
    spread: bool = False
    attribute: bool = False
    held: int = 0


class ConfigChanged(Event, frozen=True, tag="config-changed"):
    """A value that was read from a run's config is changed by the program: ``lr *= 2``.

    ``path`` is where the config has it, ``name`` the variable that holds it.
    """

    path: tuple[Step, ...]
    name: str
    runs: tuple[int, ...] = ()
    sure: bool = False


class LiteralArgument(Event, frozen=True, tag="literal-argument"):
    """A literal given to a call by a keyword that is the name of a parameter of a run's config.

    ``taker`` is what is called, as written. The span covers the keyword and the value.
    """

    run: int
    name: str
    taker: str
    value: AnyValue


class ConfigWrite(Event, frozen=True, tag="config-write"):
    """A run's config written: ``how`` is ``item``, ``attribute``, ``update``, ``setdefaults``,
    ``rebind`` (``wandb.config = x``), ``delete``, an operator (``+=``), or the method called on a nested
    value (``append``).

    ``path`` is where; a path of two steps and more changes a nested value.
    """

    path: tuple[Step, ...]
    how: str
    value: AnyValue | None = None
    via: Via = Via.HANDLE
    runs: tuple[int, ...] = ()
    sure: bool = False
    arguments: Arguments | None = None
    finished: Tri = Tri.UNKNOWN
    finish: int | None = None

    @property
    def run(self) -> int | None:
        """The one run whose config it certainly is, if that is known."""
        return _only(self.runs, self.sure)


class SummaryWrite(Event, frozen=True, tag="summary-write"):
    """A summary key written; ``how`` as for ``ConfigWrite``."""

    path: tuple[Step, ...]
    how: str
    value: AnyValue | None = None
    via: Via = Via.HANDLE
    runs: tuple[int, ...] = ()
    sure: bool = False
    finished: Tri = Tri.UNKNOWN
    finish: int | None = None

    @property
    def run(self) -> int | None:
        """The one run whose summary it certainly is, if that is known."""
        return _only(self.runs, self.sure)


class SummaryRead(Event, frozen=True, tag="summary-read"):
    """A summary key read."""

    path: tuple[Step, ...]
    runs: tuple[int, ...] = ()
    sure: bool = False


class ArtifactMade(Call, frozen=True, tag="artifact-made"):
    """``wandb.Artifact(name, type, …)``."""

    artifact: int = -1


class ArtifactCall(Call, frozen=True, tag="artifact-call"):
    """A method of an artifact: ``add_file``, ``download``, ``save``, ``wait``.

    ``logged`` says whether the artifact has been logged by then.
    """

    method: str = ""
    artifacts: tuple[int, ...] = ()
    sure: bool = False
    logged: Tri = Tri.UNKNOWN
    logged_by: int | None = None

    @property
    def artifact(self) -> int | None:
        """The one artifact it certainly is, if that is known."""
        return _only(self.artifacts, self.sure)


class ArtifactChanged(Event, frozen=True, tag="artifact-changed"):
    """An artifact's attribute written: ``artifact.metadata["k"] = …``, ``artifact.description = …``."""

    attribute: str
    path: tuple[Step, ...]
    how: str
    value: AnyValue | None = None
    artifacts: tuple[int, ...] = ()
    sure: bool = False
    logged: Tri = Tri.UNKNOWN
    logged_by: int | None = None

    @property
    def artifact(self) -> int | None:
        """The one artifact it certainly is, if that is known."""
        return _only(self.artifacts, self.sure)


class TableMade(Call, frozen=True, tag="table-made"):
    """``wandb.Table(columns=, data=, dataframe=)``."""

    table: int = -1


class TableCall(Call, frozen=True, tag="table-call"):
    """A method of a table: ``add_data``, ``add_column``."""

    method: str = ""
    tables: tuple[int, ...] = ()
    sure: bool = False
    logged: Tri = Tri.UNKNOWN
    logged_by: int | None = None


class MediaMade(Call, frozen=True, tag="media-made"):
    """``wandb.Image(…)``, ``wandb.plot.line(…)``: ``media`` is ``image``, ``html``, …, or ``plot``."""

    media: str = ""


class ApiCall(Call, frozen=True, tag="api-call"):
    """A call on the public API. ``method`` is ``""`` for ``wandb.Api()`` itself.

    ``active`` says whether a run is active at this point, and ``run`` which.
    """

    method: str = ""
    active: Tri = Tri.UNKNOWN
    run: int | None = None


class ApiItem(Event, frozen=True, tag="api-item"):
    """One of what a call of the public API gave: ``runs[0]``; ``of`` is that call's ``result``."""

    of: AnyValue
    index: AnyValue


class ApiRecord(Event, frozen=True, tag="api-record"):
    """What is read or written of the record of a run that the public API gave: ``run.summary["eval/f1"]``.

    ``of`` is that run; its id is that of the ``result`` of the call that it, or the runs it is one of, came
    from. ``path`` begins with ``summary`` or ``config``. ``how`` is as for ``ConfigRead``, or ``write``.
    """

    of: AnyValue
    path: tuple[Step, ...]
    how: str


class AttributeUse(Event, frozen=True, tag="attribute-use"):
    """An attribute of a W&B module or object that is read but not called, or written.

    ``owner`` is a module's dotted path or the object's class as calls name it (``Artifact``, ``Api.run``).
    A run's attributes are ``RunAttribute``.
    """

    owner: str
    attribute: str
    write: bool = False


class EnvironmentSet(Event, frozen=True, tag="environment-set"):
    """An environment variable set.

    ``how`` is ``item``, ``setdefault``, ``update``, ``putenv``, ``magic``, ``login`` (in a notebook's
    shell line), ``load`` (a file is loaded, or a text says so that may never be run), ``delete``, or
    ``file``: in a file outside Python; then the span is the name's. ``program`` is the same for a program
    that is none of the project's.
    """

    name: AnyValue
    value: AnyValue
    how: str


class SettingsGiven(Event, frozen=True, tag="settings-given"):
    """What a program's configuration file gives for its runs, at the key that says so.

    ``arguments`` are named as those of ``wandb.init``, and there may be others. ``certain`` where the file
    says that W&B is given them: then a program has no hand in it.
    """

    arguments: Arguments
    certain: bool = False


class ReferenceGiven(Event, frozen=True, tag="reference-given"):
    """An artifact that a configuration file names with its version, for a program that asks for it."""

    value: AnyValue


class KeySpelled(Event, frozen=True, tag="key-spelled"):
    """What has the form of an API key, in any text or comment."""

    value: AnyValue


class EnvironmentRead(Event, frozen=True, tag="environment-read"):
    """An environment variable read."""

    name: AnyValue


class CommandLine(Event, frozen=True, tag="command-line"):
    """The command line parsed by ``argparse``, which ends the program at what it does not know.

    ``flags`` are the options that there are, each with whether it takes a value, as ``store_true`` does not.
    ``open`` where there may be others.
    """

    flags: tuple[tuple[str, bool], ...]
    open: bool


class Login(Call, frozen=True, tag="login"):
    """``wandb.login(key=)``."""


class SweepMade(Call, frozen=True, tag="sweep"):
    """``wandb.sweep(sweep)``, or a YAML file that holds a sweep: ``file``.

    Then the ``sweep`` that is given is all of the file, and ``callee`` is its first key.
    """

    file: bool = False


class AgentStarted(Call, frozen=True, tag="agent"):
    """``wandb.agent(sweep_id, function=)``; ``function`` is the function's id where it is of this file."""

    function: int | None = None


class TrainerMade(Call, frozen=True, tag="trainer"):
    """A Hugging Face, TRL or Lightning trainer is built; ``family`` is ``transformers`` or ``lightning``.

    ``result`` is the trainer that it gives. ``active`` says whether a run is active at this point, ``run``
    which, and ``finish`` by which event the last one has ended, where certainly none has begun since.
    """

    family: str = ""
    active: Tri = Tri.UNKNOWN
    run: int | None = None
    finish: int | None = None


class TrainingArguments(Call, frozen=True, tag="training-arguments"):
    """``TrainingArguments(…)`` or one of the configurations that derive from it.

    ``result`` is what it gives. The defaults of a class of the file are among the arguments, ``spread``.
    """


class TrainingArgumentsSet(Event, frozen=True, tag="training-arguments-set"):
    """An attribute of training arguments written: ``args.report_to = []``; ``of`` is what they are."""

    attribute: str
    value: AnyValue
    of: AnyValue


class TrainerCall(Call, frozen=True, tag="trainer-call"):
    """``trainer.train()``, ``.evaluate()``, ``.fit()``, ``.add_callback()``; ``receiver`` is the trainer.

    ``active``, ``run`` and ``finish`` are as those of ``TrainerMade``.
    """

    method: str = ""
    active: Tri = Tri.UNKNOWN
    run: int | None = None
    finish: int | None = None


class ShellRun(Event, frozen=True, tag="shell-run"):
    """A shell's line that starts a program, which takes over the environment.

    In a notebook a shell line or cell, or ``%run``. Outside Python it is at the path of a Python script,
    its ``program``.
    """

    program: str = ""


class DataRead(Call, frozen=True, tag="data-read"):
    """Data or a model read: ``what`` is ``data`` or ``model``; ``source`` is the path or name."""

    what: str = "data"
    source: AnyValue | None = None


class DataWritten(Call, frozen=True, tag="data-written"):
    """Data or a model written; ``target`` is the path."""

    what: str = "data"
    target: AnyValue | None = None


class LocalCall(Call, frozen=True, tag="local-call"):
    """A function of this file called (``function`` is its id)."""

    function: int = -1


class HelperCall(Call, frozen=True, tag="helper-call"):
    """A function of another file called that starts runs, uses or logs artifacts, or does something to a run.

    ``name`` is its dotted path, as it is imported here. ``runs`` are those of this file that it starts.
    ``active`` says whether a run is active when it is called, and ``run`` which. ``does`` is what it does to
    this file's runs, in the order of its text: events without ids in the place of the call, with the values
    that it is given. These have their places, what the function itself adds to them has none. ``result`` is
    the run that it certainly gives, if it is one that it starts.
    """

    runs: tuple[int, ...] = ()
    active: Tri = Tri.UNKNOWN
    run: int | None = None
    does: tuple[AnyEvent, ...] = ()


class EscapeKind(StrEnum):
    """Where an object goes."""

    CALL = "call"  # handed to code that is not known
    RETURN = "return"
    YIELD = "yield"
    STORE = "store"  # into an attribute, a container, a global
    CLOSURE = "closure"


class Escape(Event, frozen=True, tag="escape"):
    """An object handed on; ``to`` is the dotted text of what takes it.

    Where a call takes a run or an artifact, ``arguments`` are all that it is given: a name is bound only to
    those that are given by keyword.
    """

    object: AnyValue
    how: EscapeKind
    to: str = ""
    arguments: Arguments | None = None

    @property
    def to_builtin(self) -> bool:
        """Whether Python's own takes it, which does nothing to W&B: ``print``."""
        return self.to.startswith("builtins.") or self.to == "print"


AnyEvent = (
    Call
    | RunStart
    | RunCall
    | Log
    | DefineMetric
    | Finish
    | ArtifactLogged
    | ArtifactUsed
    | ArtifactLinked
    | Asked
    | RunAttribute
    | ConfigRead
    | ConfigWrite
    | GivenRead
    | ConfigChanged
    | LiteralArgument
    | SummaryWrite
    | SummaryRead
    | ArtifactMade
    | ArtifactCall
    | ArtifactChanged
    | TableMade
    | TableCall
    | MediaMade
    | ApiCall
    | ApiItem
    | ApiRecord
    | AttributeUse
    | EnvironmentSet
    | EnvironmentRead
    | KeySpelled
    | ReferenceGiven
    | SettingsGiven
    | CommandLine
    | Login
    | SweepMade
    | AgentStarted
    | HelperCall
    | TrainerMade
    | TrainingArguments
    | TrainingArgumentsSet
    | TrainerCall
    | ShellRun
    | DataRead
    | DataWritten
    | LocalCall
    | Escape
)
