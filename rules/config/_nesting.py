"""Nesting a config under `params` and `meta`, with every read of it, or not at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from wbcheck.rule import (
    ConfigRead,
    ConfigWrite,
    Dict,
    Edits,
    Escape,
    EscapeKind,
    File,
    GivenRead,
    Items,
    Mended,
    Model,
    ObjectKind,
    Origin,
    Project,
    Ref,
    RunStart,
    Span,
    Starter,
    Stuck,
    SweepMade,
    Tri,
    append_step,
    constant,
    counted,
    elsewhere,
    ensure_import,
    gather,
    import_beside,
    mentions,
    nest_parameters,
    nest_value,
    options,
    program_of,
    source_of,
    step_in_target,
    step_into,
    together,
    value_span,
)

from ..access._asked import dependents
from ._configs import strays
from ._declared import is_swept
from ._followed import aliases, in_metadata, unfollowed

PARAMS, META = "params", "meta"


def nest(file: File, start: RunStart, meta: Sequence[str]) -> Mended | None:
    """Put the keys of a run's config under `params`, those that ``meta`` lists under `meta`, and read them
    there, in all files and sweeps of the project. Raises ``Stuck`` where that cannot be done.
    """
    return _Nesting(file, start, meta).mended()


class _Nesting:
    """One config, or several that the same code reads, on the way to being nested."""

    def __init__(self, file: File, start: RunStart, meta: Sequence[str]) -> None:
        self.file, self.model, self.meta = file, file.model, meta
        self.starts = [start]
        self.keys: dict[str, str] = {}
        self.edits: list[Edits | None] = []
        self.reads = 0
        self.touched: dict[str, None] = {}

    def mended(self) -> Mended | None:
        self._take_in()
        for start in self.starts:
            self._declared(start)
        for model, sweep in self._sweeps():
            self._sweep(model, sweep)
        self._writes()
        self._handed()
        for event in self.model.each(ConfigRead):
            if self._is_ours(event):
                self._read(self.model, event)
        self._all_seen(self.model)
        for model, foreign in self.file.project.once(_foreign):
            if model.path != self.file.path:
                self._other(model, foreign)
        edits = together(*self.edits)
        return None if edits is None else Mended(self._told(), edits)

    # What is nested

    def _take_in(self) -> None:
        """All configs that have to be nested together, as one place reads them both."""
        for start in self.starts:
            self._fit(start)
            for event in self.model.each(ConfigRead):
                if start.run in event.runs:
                    known = {each.run for each in self.starts}
                    for run in event.runs:
                        other = self.model.start_of(run)
                        if run not in known and other is not None:
                            self.starts.append(other)

    def _fit(self, start: RunStart) -> None:
        """Note the keys of a config. Raises ``Stuck`` where it is not one that can be nested."""
        argument = start.arguments.find("config")
        found = [option for option in options(start.get("config")) if isinstance(option, Dict)]
        if start.starter is not Starter.INIT or argument is None or argument.spread or start.forwards:
            raise Stuck("the config is not given to `wandb.init` itself", start.callee)
        if not found or len(found) != len(options(start.get("config"))):
            raise Stuck("what is read here may be of another config", start.callee)
        for name in ("config_exclude_keys", "config_include_keys"):
            if start.arguments.given(name) is not Tri.NO:
                raise Stuck(f"`{name}` names its keys", start.callee)
        if is_swept(self.file, start) and not self._sweeps():
            raise Stuck("a sweep that is not here sets its keys", start.callee)
        for config in found:
            for entry in strays(config):
                key = constant(entry.key) or ""
                self.keys[key] = META if key in self.meta else PARAMS

    def _sweeps(self) -> list[tuple[Model, SweepMade]]:
        functions = {function.name for function in self.model.functions}
        return list(self.file.project.sweeps_of(self.file.path, functions))

    def _declared(self, start: RunStart) -> None:
        """The config itself: all of it where it is given, or entry by entry where it is written."""
        argument = start.arguments.find("config")
        assert argument is not None
        configs = [option for option in options(argument.value) if isinstance(option, Dict)]
        span = value_span(self.file.text, argument)
        moved = {self.keys[constant(entry.key) or ""] for config in configs for entry in strays(config)}
        is_flat = all(
            config.has(PARAMS) is Tri.NO and config.has(META) is Tri.NO and not config.open
            for config in configs
        )
        if is_flat and moved == {PARAMS} and span is not None:
            self.edits.append(self._wrapped(span, configs))
        elif len(configs) == 1:
            self._regrouped(start, configs[0])
        else:
            raise Stuck("it is one of several dicts", span)

    def _wrapped(self, span: Span, configs: list[Dict]) -> Edits | None:
        text = self.file.text
        # What `wandb.init` itself takes apart is no dict yet; inside of one it would be recorded as a text.
        is_object = any(config.implied for config in configs)
        if is_object and len(configs) > 1:
            raise Stuck("it is one of several objects", span)
        if is_object and configs[0].origin is Origin.DATACLASS:
            if any(entry.target == "dataclasses.asdict" for entry in self.model.imports):
                return nest_value(text, span, [PARAMS], "asdict")
            beside = import_beside(text, "dataclasses", "asdict")
            if beside is not None:
                return together(beside, nest_value(text, span, [PARAMS], "asdict"))
            return together(
                ensure_import(text, "dataclasses"), nest_value(text, span, [PARAMS], "dataclasses.asdict")
            )
        convert = "vars" if is_object and configs[0].origin is Origin.ARGUMENTS else ""
        return nest_value(text, span, [PARAMS], convert)

    def _regrouped(self, start: RunStart, config: Dict) -> None:
        """Entries moved where the dict is written, and the reads of the dict with them."""
        text = self.file.text
        groups = {
            group: [e for e in strays(config) if self.keys[constant(e.key) or ""] == group]
            for group in (PARAMS, META)
        }
        groups = {group: entries for group, entries in groups.items() if entries}
        for event in self.model.each(ConfigRead):
            if self._is_ours(event) and [step.name for step in event.path] == [PARAMS] and PARAMS in groups:
                raise Stuck("all of `params` is handed on", event.span)
        inside = [e for e in strays(config) if config.span and e.span and config.span.contains(e.span)]
        written = [e for e in strays(config) if e not in inside]
        if inside:
            grouped = {g: [e for e in found if e in inside] for g, found in groups.items()}
            whole = Dict(
                config.span, config.id, tuple(e for e in config.entries if e not in written), config.open
            )
            edits = gather(text, whole, {g: found for g, found in grouped.items() if found})
            if edits is None:
                raise Stuck("its entries cannot be moved apart from what stands beside them", config.span)
            self.edits.append(edits)
        for entry in written:
            group = self.keys[constant(entry.key) or ""]
            held = config.find(group)
            if held is None or entry.key.span is None or entry.span is None or not held.certain:
                raise Stuck("the key is set by a statement of its own", entry.span)
            self.edits.append(step_in_target(text, entry.span, entry.key.span, group))
        self._given(start, config)

    def _given(self, start: RunStart, config: Dict) -> None:
        """The reads of the dict by the names that hold it."""
        text, names, seen = self.file.text, set(), [start.span]
        for read in self.model.each(GivenRead):
            if read.run != start.run or read.held:
                continue
            names.add(read.name)
            seen.append(read.span)
            if read.spread or read.attribute or not read.path:
                raise Stuck("all of the dict is handed on", read.span)
            if read.path[0] in self.keys:
                end = Span(read.span.start, read.span.start + len(read.name))
                self.edits.append(append_step(text, end, self.keys[read.path[0]]))
                self.reads += 1
        argument = start.arguments.find("config")
        span = None if argument is None else value_span(text, argument)
        if span is not None and source_of(text, span).isidentifier():
            names.add(source_of(text, span))
        seen += [entry.span for entry in config.entries if entry.span is not None]
        for name in sorted(names):
            for place in mentions(text, name):
                if not any(span.contains(place) for span in seen) and not self._binds(place, name, config):
                    raise Stuck(f"what becomes of `{name}` cannot be followed", place)

    def _binds(self, place: Span, name: str, config: Dict) -> bool:
        """Whether a mention is where the dict is bound to the name, or one after the name is another's."""
        statement = self.model.statement_at(place)
        if statement is None:
            # Nothing of W&B's is done there, but the dict may be read.
            return False
        is_first = statement.start == place.start
        if is_first and config.span is not None and statement.contains(config.span):
            return True
        # `config = run.config`: from here on the name holds what the run has.
        return any(
            isinstance(event, ConfigRead | Escape) and event.span.contains(place)
            for event in self.model.events
        ) or any(alias == name for alias, _ in aliases(self.file.text, self.model))

    # What reads it

    def _is_ours(self, event: ConfigRead | ConfigWrite) -> bool:
        return any(start.run in event.runs for start in self.starts)

    def _read(self, model: Model, read: ConfigRead) -> None:
        path = None if model is self.model else model.path
        text = self.file.text_of(model.path)
        if text is None:
            raise Stuck("the file cannot be read", read.span, path)
        if not read.sure or not set(read.runs) <= {start.run for start in self.starts}:
            if path is None:
                raise Stuck("what is read here may be of another config", read.span)
        if not read.path:
            self._whole(text, read, path)
            return
        first = read.path[0]
        if first.name is None:
            raise Stuck("the key that is read is not known", read.span, path)
        group = self.keys.get(first.name or "")
        if group is not None:
            self._edit(path, step_into(text, first, group))

    def _edit(self, path: str | None, edits: Edits | None) -> None:
        if path is not None:
            edits = elsewhere(path, edits)
            self.touched[path] = None
        self.edits.append(edits)
        self.reads += 1

    def _whole(self, text: str, read: ConfigRead, path: str | None) -> None:
        if read.how == "whole" and read.form in ("followed", "shown"):
            return
        if read.how == "whole" and read.form == "splat":
            if META in self.keys.values() or self._has_others():
                raise Stuck("all of the config is handed on", read.span, path)
            self._edit(path, append_step(text, read.span, PARAMS))
            return
        if read.how == "whole" and read.form == "copy" and read.span in in_metadata(self.model):
            self._unread()
            return
        raise Stuck("all of the config is read", read.span, path)

    def _unread(self) -> None:
        """No code may read a config that is copied into metadata: it has another form there."""
        for model in self.file.project.models.values():
            path = None if model is self.model else model.path
            for found in _METADATA_READ.finditer(self.file.text_of(model.path) or ""):
                raise Stuck("what is read from metadata here may be a config", Span(*found.span()), path)

    def _has_others(self) -> bool:
        """Whether a config has keys that stay where they are."""
        held = [option for start in self.starts for option in options(start.get("config"))]
        kept = any(
            isinstance(config, Dict) and any(constant(e.key) not in self.keys for e in config.entries)
            for config in held
        )
        return kept or any(self._is_ours(write) for write in self.model.each(ConfigWrite))

    def _writes(self) -> None:
        """Nothing else may write the keys that move."""
        for write in self.model.each(ConfigWrite):
            if not self._is_ours(write):
                continue
            if write.how == "rebind":
                raise Stuck("`wandb.config` is another object from here on", write.span)
            names = _written(write)
            if names is None or names & self.keys.keys():
                raise Stuck("the config is written here, too", write.span)

    def _handed(self) -> None:
        """No code that is not known may read the config of the run."""
        runs = {start.run for start in self.starts}
        for escape in self.model.each(Escape):
            thing = escape.object
            if not isinstance(thing, Ref) or thing.id not in runs:
                continue
            if thing.kind is ObjectKind.CONFIG:
                if escape.how is not EscapeKind.CLOSURE and not self._is_seen(escape):
                    raise Stuck("what becomes of the config here cannot be followed", escape.span)
            elif thing.kind is ObjectKind.RUN and self._may_read(escape):
                raise Stuck("what the run is handed to may read its config", escape.span)

    def _is_seen(self, escape: Escape) -> bool:
        """Whether it is an argument, of which a read says more, or is returned to where it is read."""
        if escape.how is EscapeKind.RETURN:
            function = self.model.function_of(escape)
            return function is not None and bool(function.callers) and not function.escapes
        return escape.how is EscapeKind.CALL and any(
            read.span.overlaps(escape.span) for read in self.model.each(ConfigRead)
        )

    def _may_read(self, escape: Escape) -> bool:
        if escape.how is EscapeKind.RETURN:
            function = self.model.function_of(escape)
            return function is None or not function.callers
        if escape.how is EscapeKind.CLOSURE:
            return False
        if escape.to.partition(".")[0] in _KNOWN:
            return False
        homes = [self.file.text_of(path) for path in self.file.project.files_of(escape.to)]
        return not homes or any(text is None or ".config" in text for text in homes)

    def _all_seen(self, model: Model) -> None:
        """Every mention of the config of a run is one that the model tells of."""
        path = None if model is self.model else model.path
        for name, place in unfollowed(model, self.file.text_of(model.path) or ""):
            raise Stuck(f"what becomes of `{name}` cannot be followed", place, path)

    # Other files

    def _other(self, model: Model, foreign: _Foreign) -> None:
        """What another file reads from the config of the run that is active, if that is ours."""
        for write in foreign.writes:
            names = _written(write)
            if names is None or names & self.keys.keys():
                raise Stuck("the config is written here, too", write.span, model.path)
        reads = foreign.reads
        mine = [read for read in reads if not read.path or (read.path[0].name in (None, *self.keys))]
        if not mine:
            return
        rivals = [
            other.path
            for other in self.file.project.models.values()
            for start in other.each(RunStart)
            if other is not self.model or start not in self.starts
        ]
        if rivals:
            raise Stuck("what is read here may be of another run", mine[0].span, model.path)
        for read in mine:
            self._read(model, read)
        self._all_seen(model)

    # Sweeps

    def _sweep(self, model: Model, made: SweepMade) -> None:
        path = None if model is self.model else model.path
        text = self.file.text_of(model.path)
        for sweep in options(made.get("sweep")):
            held = sweep.find("parameters") if isinstance(sweep, Dict) else None
            if held is None or not isinstance(held.value, Dict) or held.value.open:
                raise Stuck("the parameters of its sweep are not known", made.callee, path)
            names = {constant(entry.key) for entry in held.value.entries}
            if None in names:
                raise Stuck("the parameters of its sweep are not known", held.span, path)
            flat = [name for name in names if name not in (None, PARAMS, META)]
            if not flat:
                continue
            if isinstance(sweep, Dict) and _is_parsed(self.model, sweep):
                raise Stuck("its sweep gives parameters on the command line, by their names", held.span, path)
            if len(flat) != len(names) or any(self.keys.get(name or "") == META for name in flat):
                raise Stuck("its sweep has parameters of several kinds", held.span, path)
            if text is None or (made.file is False and held.value.span is None):
                raise Stuck("the parameters of its sweep are not known", held.span, path)
            for name in flat:
                self.keys.setdefault(name or "", PARAMS)
            edits = nest_parameters(text, held.value, PARAMS, made.file)
            if edits is None:
                raise Stuck("the parameters of its sweep cannot be nested", held.span, path)
            self._edit(path, edits)
            self.reads -= 1

    # What is said

    def _told(self) -> str:
        groups = sorted(set(self.keys.values()), reverse=True)
        told = f"Nest it under {' and '.join(f'`{group}`' for group in groups)}"
        if self.reads:
            told += f", and read it there ({counted(self.reads, 'place')})"
        if self.touched:
            told += f", also in {_listed(list(self.touched))}"
        left = dependents(self.file, {key: (f"config.{key}",) for key in self.keys})
        return told + (f"; left to ask for the old keys: {', '.join(left)}" if left else "")


_METADATA_READ = re.compile(r"\.metadata\b(?!\s*(?:\[[^\]\n]*\]\s*)?=(?!=)|\.update\()")

# What reads the command line, which W&B's agent fills with a sweep's parameters.
_PARSERS = "absl argparse click docopt fire hydra jsonargparse simple_parsing typer tyro".split()

# What a run may be handed to: it reads nothing of what a program has put into the config.
_KNOWN = frozenset(
    "wandb transformers lightning pytorch_lightning torch keras tensorflow builtins print setattr".split()
)


def _is_parsed(program: Model, sweep: Dict) -> bool:
    """Whether an agent gives the parameters to a program that reads its command line."""
    if program_of(sweep) is None:
        return False
    command = sweep.find("command")
    given = command.value.items if command is not None and isinstance(command.value, Items) else None
    if given is not None and not any((constant(word) or "${args").startswith("${args") for word in given):
        return False
    named = any(entry.target.endswith(("ArgumentParser", "sys.argv")) for entry in program.imports)
    return named or program.imports_module(*_PARSERS)


def _listed(names: list[str]) -> str:
    known = list(dict.fromkeys(names))
    return ", ".join(known[:3]) + (f" and {len(known) - 3} more" if len(known) > 3 else "")


def _written(write: ConfigWrite) -> set[str] | None:
    """The top-level keys that are written, or ``None`` where they are not all known."""
    if write.path:
        return None if write.path[0].name is None else {write.path[0].name}
    found: set[str] = set()
    for value in options(write.value):
        if not isinstance(value, Dict) or value.open:
            return None
        names = [constant(entry.key) for entry in value.entries]
        if None in names:
            return None
        found.update(name for name in names if name)
    return found


class _Foreign(NamedTuple):
    """What a file writes to, and reads from, the configs of runs that it does not start."""

    writes: list[ConfigWrite]
    reads: list[ConfigRead]


def _foreign(project: Project) -> list[tuple[Model, _Foreign]]:
    """The files that have to do with configs of runs of others."""
    found = []
    for model in project.models.values():
        own = {start.run for start in model.each(RunStart)}
        writes = [
            write for write in model.each(ConfigWrite) if not (write.runs and own.issuperset(write.runs))
        ]
        reads = [read for read in model.each(ConfigRead) if not read.runs]
        if writes or reads:
            found.append((model, _Foreign(writes, reads)))
    return found
