"""Runs: what starts them, what is called on them, what ends them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import libcst as cst
import msgspec

from wbcheck.model.events import (
    AgentStarted,
    Argument,
    Arguments,
    ArtifactLinked,
    Call,
    DefineMetric,
    Finish,
    Log,
    Login,
    RunCall,
    RunStart,
    Starter,
    SweepMade,
    Via,
)
from wbcheck.model.model import Runless
from wbcheck.model.values import (
    Flag,
    Kind,
    Nothing,
    ObjectKind,
    Ref,
    Text,
    Tri,
    Unknown,
    Why,
    constant,
)
from wbcheck.syntax import artifacts, calls, drafts, functions, mentions, vocabulary
from wbcheck.syntax.state import (
    BEFORE,
    OWN,
    DictObject,
    Life,
    ListObject,
    Partial,
    Scope,
    State,
    candidates,
    join,
    refs,
    single,
)

if TYPE_CHECKING:
    from wbcheck.syntax.walker import Walker


def run_method(site: calls.Site, receiver: Ref, name: str) -> Any:
    return run_call(site, receiver, name)


def run_call(site: calls.Site, run: Any, name: str) -> Any:
    """A call of a run's method, through a handle, the module or ``wandb.run``."""
    walker = site.walker
    whole = active_run(walker) if site.via in (Via.MODULE, Via.GLOBAL) else site.receiver
    ids, sure = refs(run if whole is None else whole, ObjectKind.RUN)
    over, by = walker.life(ObjectKind.RUN, ids, sure)
    ended = _end(walker)
    if not ids and site.via is not Via.HANDLE and ended is not None:
        over, by = Tri.YES, ended
    fields: dict[str, Any] = {
        "method": name,
        "via": site.via,
        "runs": ids,
        "sure": sure,
        "finished": over,
        "finish": by,
        "at_hand": _at_hand(walker, ids) if sure and site.via is not Via.HANDLE else "",
    }
    full = f"Run.{name}"
    if name == "log":
        event = site.note("log", Log, full, **fields)
        _mark_tables(walker, site.value("data", 0), event)
        return Nothing(None)
    if name == "define_metric":
        site.note("define-metric", DefineMetric, full, **fields)
        return site.unknown()
    if name == "__enter__":
        return site.receiver
    if name in ("finish", "join", "__exit__"):
        event = site.note("finish", Finish, full, **fields)
        end_run(walker, ids, sure, event)
        return Nothing(None)
    if name in vocabulary.LOGGING:
        return artifacts.log_artifact(site, full, fields)
    if name in vocabulary.USING:
        return artifacts.use_artifact(site, full, fields)
    if name in vocabulary.LINKING:
        linked, _ = refs(site.value("artifact", 0) or Nothing(None), ObjectKind.ARTIFACT)
        event = site.note("artifact-linked", ArtifactLinked, full, **fields, artifacts=linked)
        artifacts.mark_logged(walker, linked, True, event)
        return site.unknown()
    site.note("run-call", RunCall, full, **fields)
    calls.store_in(site)
    return site.unknown(Why.RUN_ID if name in vocabulary.RUN_IDENTITY else Why.CALL)


def _at_hand(walker: Walker, ids: tuple[int, ...]) -> str:
    """A name in reach that certainly holds the one run."""
    if len(ids) != 1:
        return ""
    scope: Scope | None = walker.scope
    while scope is not None:
        for name, value in scope.names.items():
            if walker.lookup(name) is not value:
                continue  # an inner name hides it
            if isinstance(value, Ref) and value.kind is ObjectKind.RUN and value.id == ids[0]:
                return name
            if (
                isinstance(value, Ref)
                and value.kind is ObjectKind.INSTANCE
                and name == "self"
                and value.id is not None
            ):
                for attribute, inner in walker.classes[value.id].attributes.items():
                    if isinstance(inner, Ref) and inner.kind is ObjectKind.RUN and inner.id == ids[0]:
                        return f"self.{attribute}"
        scope = scope.parent
    return ""


def note_runless(walker: Walker, event: int, via: Via) -> None:
    """Note that what is done through the module, or through ``wandb.run``, certainly finds no run there."""
    if event < 0 or via is Via.HANDLE:
        return
    state, found = walker.state, None
    if state.ended in (BEFORE, OWN):
        found = Runless(event, own=state.ended == OWN)
    elif state.aside is not None:
        start = walker.runs[state.aside].start
        found = Runless(event, start, at_hand=_at_hand(walker, (state.aside,)))
    if found != walker.runless.get(event, found):
        found = None
    if found is not None or event in walker.runless:
        walker.runless[event] = found


def _mark_tables(walker: Walker, data: Any, event: int) -> None:
    for option in candidates(data) if data is not None else ():
        if isinstance(option, DictObject):
            for _, value, _, _ in option.writes:
                ids, sure = refs(value, ObjectKind.TABLE)
                for number in ids:
                    walker.set_life(
                        ObjectKind.TABLE, number, Tri.YES if sure and len(ids) == 1 else Tri.UNKNOWN, event
                    )


def activity(walker: Walker) -> tuple[Tri, int | None]:
    """Whether a run is active here, and which."""
    run = walker.state.run
    if isinstance(run, Nothing):
        return Tri.NO, None
    if isinstance(run, Ref) and run.id is not None:
        life = walker.state.lives.get((ObjectKind.RUN, run.id))
        if life is None or life.over is Tri.UNKNOWN:
            return Tri.UNKNOWN, run.id
        return (Tri.YES, run.id) if life.over is Tri.NO else (Tri.NO, None)
    return Tri.UNKNOWN, None


def standing_run(walker: Walker) -> dict[str, Any]:
    """Whether a run is active here, which, and by which event the last one has ended."""
    active, run = activity(walker)
    return {"active": active, "run": run, "finish": _end(walker)}


def _end(walker: Walker) -> int | None:
    """The event after which ``wandb.run`` is certainly none, if a run has ended."""
    ended = walker.state.ended
    return None if ended is None or ended < 0 else ended


def may_start(walker: Walker, may_finish: bool) -> None:
    """A trainer's call may start a run where none is active; a hyperparameter search ends the active one."""
    active, run = activity(walker)
    if may_finish and run is not None:
        walker.set_life(ObjectKind.RUN, run, Tri.UNKNOWN)
    walker.state.ended = None
    if active is Tri.NO:
        walker.state.run = Unknown(None, Why.CALL, "wandb.run")


def logger_method(site: calls.Site, receiver: Ref, name: str) -> Any:
    if name == "log":
        # Accelerate's tracker, which hands it on to its run.
        site.receiver = Ref(None, ObjectKind.RUN, receiver.id)
        return run_call(site, site.receiver, name)
    site.note("call", Call, f"WandbLogger.{name}")
    return site.unknown()


def accelerator_method(site: calls.Site, receiver: Ref, name: str) -> Any:
    if name == "init_trackers":
        return _init_trackers(site, receiver)
    if name == "get_tracker" and constant(single(site.value("name", 0) or Nothing(None))) == "wandb":
        unwrapped = single(site.value("unwrap", 1))
        kind = ObjectKind.RUN if isinstance(unwrapped, Flag) and unwrapped.value else ObjectKind.LOGGER
        return Ref(None, kind)
    site.hand_over()
    return site.unknown()


def init(site: calls.Site) -> Any:
    """``wandb.init``."""
    walker = site.walker
    config = site.value("config", vocabulary.SIGNATURES["wandb.init"].index("config"))
    replaced: dict[str, Any] = {}
    for given in site.given:
        if given.keyword == "config":
            replaced["config"] = functions.as_config(walker, given.value, given.node.value)
            config = replaced["config"]
    arguments = site.arguments("wandb.init", replaced)
    detached = constant(single(site.value("reinit") or Nothing(None))) == "create_new"
    return start_run(site, Starter.INIT, "wandb.init", arguments, config, detached)


def start_run(
    site: calls.Site, starter: Starter, name: str, arguments: Arguments, config: Any, detached: bool = False
) -> Any:
    """Note that a run starts, and make it the active one."""
    walker = site.walker
    active, previous = activity(walker)

    def make() -> int:
        walker.runs.append(drafts.RunDraft(len(walker.runs), -1))
        return len(walker.runs) - 1

    number, _ = walker.made_object(site.node, ObjectKind.RUN, make)
    draft = walker.runs[number]
    again = None
    once = _runs_once(walker)
    if previous == number and active is Tri.YES and starter is Starter.INIT and not once:
        again = walker.blocks[walker.frame.block].id
    event = site.note(
        "run-start",
        RunStart,
        name,
        result=Ref(None, ObjectKind.RUN, number),
        arguments=arguments,
        run=number,
        starter=starter,
        forwards=_forwards(arguments),
        active=active,
        previous=previous if previous != number else None,
        again=again,
    )
    if event >= 0:
        draft.start = event
    draft.config = config
    draft.holders = mentions.holders(walker, config)
    lazily = starter is not Starter.INIT
    walker.set_life(ObjectKind.RUN, number, Tri.UNKNOWN if lazily else Tri.NO)
    run = Ref(None, ObjectKind.RUN, number)
    walker.state.ended = walker.state.aside = None
    if not detached:
        walker.state.run = run
    elif starter is Starter.INIT and active is not Tri.YES:
        walker.state.aside = number
    if walker._loops and not once:
        walker._loops[-1].start([number])
    return run


_CACHES = ("cache", "lru_cache", "cached_property", "cache_resource", "cache_data")


def _runs_once(walker: Walker) -> bool:
    """Whether a function that is being walked keeps its result, and does not run when it is called again."""
    decorators = (name for number in walker._stack for name in walker.functions[number].decorators)
    return any(name.rpartition(".")[2] in _CACHES for name in decorators)


_IDENTITY = ("project", "name", "group", "job_type", "tags", "config", "id", "entity")


def _forwards(arguments: Arguments) -> bool:
    """Whether a run start only hands on what its function was given."""
    if any(_is_handed(splat.value) for splat in arguments.splats):
        return True
    return any(_is_handed(value) for name in _IDENTITY if (value := arguments.get(name)) is not None)


def _is_handed(value: Any) -> bool:
    if isinstance(value, Text):
        return any(_is_handed(hole.value) for hole in value.holes)
    for option in candidates(value):
        if isinstance(option, Unknown):
            if option.why is Why.PARAMETER:
                return True
            if option.why is Why.ATTRIBUTE and option.name.split(".")[0] in ("self", "cls"):
                return True
    return False


def login(site: calls.Site) -> Any:
    site.note("login", Login, "wandb.login")
    return site.unknown()


def make_sweep(site: calls.Site) -> Any:
    site.note("sweep", SweepMade, "wandb.sweep")
    return site.unknown(Why.CALL, "wandb.sweep", Kind.TEXT)


def start_agent(site: calls.Site) -> Any:
    function = single(site.value("function", 1) or Nothing(None))
    if isinstance(function, Partial):
        function = single(function.function)
    number = function.id if isinstance(function, Ref) and function.kind is ObjectKind.FUNCTION else None
    site.note("agent", AgentStarted, "wandb.agent", function=number)
    if number is not None:
        site.walker.functions[number].escapes = site.walker.functions[number].trial = True
    return Nothing(None)


def wandb_logger(site: calls.Site) -> Any:
    experiment = single(site.value("experiment") or Nothing(None))
    if isinstance(experiment, Ref) and experiment.kind is ObjectKind.RUN:
        site.note("call", Call, "WandbLogger")
        return Ref(None, ObjectKind.LOGGER, experiment.id)
    run = start_run(
        site,
        Starter.LIGHTNING,
        "WandbLogger",
        site.arguments("WandbLogger"),
        site.value("config"),
        detached=True,
    )
    if isinstance(site.walker.state.run, Nothing):
        site.walker.state.run = run
    return Ref(None, ObjectKind.LOGGER, run.id)


def make_accelerator(site: calls.Site) -> Any:
    wanted = site.value("log_with")
    names = [wanted] if wanted is not None else []
    known = single(wanted) if wanted is not None else None
    if isinstance(known, ListObject):
        names = known.items
    reports = any(constant(single(name)) in ("wandb", "all") for name in names)
    # Trackers that are all named, with W&B's not among them, start no run of its.
    is_silent = wanted is None and not any(given.star for given in site.given)
    is_open = isinstance(known, ListObject) and known.open
    is_silent = is_silent or (bool(names) and not is_open and all(constant(single(n)) for n in names))
    return Ref(None, ObjectKind.ACCELERATOR, None, "wandb" if reports else _NO_TRACKER if is_silent else "")


_INIT = frozenset(vocabulary.SIGNATURES["wandb.init"])
# An accelerator made without `log_with` starts no tracker, whatever `init_trackers` is given.
_NO_TRACKER = "none"


def _init_trackers(site: calls.Site, accelerator: Ref) -> Any:
    walker = site.walker
    extra = single(site.value("init_kwargs", 2) or Nothing(None))
    own = extra.get("wandb", walker.frame) if isinstance(extra, DictObject) else None
    whole = site.arguments("Accelerator.init_trackers")
    site.note("call", Call, "Accelerator.init_trackers", arguments=whole)
    if accelerator.name == _NO_TRACKER or (accelerator.name != "wandb" and own is None):
        site.hand_over()
        return site.unknown()
    items = [
        Argument("project" if a.name == "project_name" else a.name, a.value, a.span, a.keyword, a.position)
        for a in whole.items
        if a.name in ("project_name", "config")
    ]
    splats = list(whole.splats)
    inner = single(own) if own is not None else extra
    if isinstance(inner, DictObject):
        snapshot = walker.frozen(inner)
        known = None if own is not None else _INIT
        for entry in getattr(snapshot, "entries", ()):
            name = constant(entry.key)
            # What was not put under "wandb" is meant for the run all the same.
            if name is not None and entry.span is not None and (known is None or name in known):
                items.append(Argument(name, entry.value, entry.span, entry.key.span, None, True))
    elif own is not None or (extra is not None and not isinstance(extra, DictObject)):
        splats.append(Argument("", walker.frozen(own if own is not None else extra), walker.at(site.node)))
    arguments = Arguments(tuple(items), tuple(splats), whole.close)
    start_run(site, Starter.ACCELERATE, "Accelerator.init_trackers", arguments, site.value("config", 1), True)
    return Nothing(None)


def active_run(walker: Walker) -> Any:
    """What ``wandb.run`` is here: a run that can be told, or some run."""
    found: Any = None
    for option in candidates(walker.state.run):
        known = option if isinstance(option, Ref) else Ref(None, ObjectKind.RUN)
        found = known if found is None else join(found, known)
    return Ref(None, ObjectKind.RUN) if found is None else found


def part_of_run(run: Any, kind: ObjectKind) -> Any:
    found: Any = None
    for option in candidates(run):
        part = Ref(None, kind, option.id if isinstance(option, Ref) else None)
        found = part if found is None else join(found, part)
    return Ref(None, kind) if found is None else found


def named(walker: Walker, name: str, value: Any) -> None:
    """Note that a run is held by a name."""
    if walker.muted:
        return
    for option in candidates(value):
        if isinstance(option, Ref) and option.kind is ObjectKind.RUN and option.id is not None:
            held = walker.runs[option.id].names
            if name not in held:
                held.append(name)


def run_started_by(walker: Walker, node: cst.CSTNode, value: Any) -> int | None:
    """The run that a ``with`` item manages: one started there, or a run held by a name."""
    known = single(value)
    if isinstance(known, Ref) and known.kind is ObjectKind.RUN:
        return known.id
    return None


def entered(value: Any) -> Any:
    """What ``with value as name`` binds: a run is itself; of other managers nothing is known."""
    known = single(value)
    if isinstance(known, Ref) and known.kind in (ObjectKind.RUN, ObjectKind.ARTIFACT, ObjectKind.INSTANCE):
        return value
    if isinstance(known, Unknown):
        return Unknown(None, known.why, known.name)
    return Unknown(None, Why.CALL)


def leave_run(walker: Walker, node: cst.CSTNode, run: int) -> None:
    """The ``with`` of a run ends: it is finished."""
    span = walker.at(node)
    empty = Arguments((), (), span)
    number = walker.emit(
        node,
        "with-exit",
        lambda i, b, s: Finish(
            i,
            b,
            s,
            "Run.finish",
            s,
            "",
            empty,
            None,
            None,
            (),
            "finish",
            Via.HANDLE,
            (run,),
            True,
            Tri.NO,
            None,
            "",
            True,
        ),
    )
    end_run(walker, (run,), True, number)


def end_run(walker: Walker, ids: tuple[int, ...], sure: bool, event: int) -> None:
    """Runs have ended, or may have."""
    if walker._loops:
        walker._loops[-1].ended = True
    for number in ids:
        certain = sure and len(ids) == 1
        walker.set_life(ObjectKind.RUN, number, Tri.YES if certain else Tri.UNKNOWN, event)
        is_new = not walker.muted and event >= 0 and event not in walker.runs[number].finishes
        if is_new and isinstance(walker.events[event], Finish):
            walker.runs[number].finishes.append(event)
    if walker.state.aside in ids:
        walker.state.aside = None
    active = single(walker.state.run)
    if not ids or (isinstance(active, Ref) and active.id in ids):
        walker.state.run = Nothing(None)
        walker.state.ended = event if sure and len(ids) == 1 else None


def may_end(walker: Walker) -> None:
    """The active run, or that of a loop's earlier pass, may have ended."""
    if walker._loops:
        walker._loops[-1].ended = True
    run = activity(walker)[1]
    if run is not None:
        walker.set_life(ObjectKind.RUN, run, Tri.UNKNOWN)


def note_restarts(walker: Walker, started: list[int], after: State, block: int) -> None:
    """Runs that a loop's pass starts and leaves active: the next pass starts them again."""
    if walker.muted or after.dead != "falls":
        return
    for run in started:
        life = after.lives.get((ObjectKind.RUN, run))
        active = after.run
        if life is None or life.over is not Tri.NO:
            continue
        if isinstance(active, Ref) and active.id == run:
            start = walker.events[walker.runs[run].start]
            if isinstance(start, RunStart) and start.again is None:
                walker.events[start.id] = msgspec.structs.replace(start, again=block)


def standing(state: State) -> tuple[Any, dict[Any, Tri]]:
    """The active run and what has become of every object: to be compared with a later point."""
    return state.run, {key: life.over for key, life in state.lives.items()}


def generator_result(
    walker: Walker, function: drafts.FunctionDraft, yields: list[Any], before: tuple[Any, dict[Any, Tri]]
) -> Any:
    """What calling a generator gives: the values it yields if it is a context manager.

    Its code after the ``yield`` runs later than the call: if it does anything to a run or another object
    (``before`` is how these stood), nothing is certain of any of them.
    """
    value = yields[0]
    for other in yields[1:]:
        value = join(value, other)
    if standing(walker.state) != before:
        for key in list(walker.state.lives):
            walker.state.lives[key] = Life(Tri.UNKNOWN)
        walker.state.run = Unknown(None, Why.CALL, "wandb.run")
        walker.state.ended = None
    if any(name.endswith("contextmanager") for name in function.decorators):
        return value
    return Unknown(None, Why.CALL, function.qualname, Kind.GENERATOR)
