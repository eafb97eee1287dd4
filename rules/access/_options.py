"""A sweep's parameters against the options of the program that its agent calls."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from wbcheck.rule import (
    CommandLine,
    Dict,
    Entry,
    Finding,
    Flag,
    Items,
    Label,
    constant,
    folded,
    listed,
    options,
    shown,
)

from ._trials import Trial, entry_of, words_of

_AS_OPTIONS = ("${args}", "${args_no_equals}", "${args_no_boolean_flags}")


def refused(trial: Trial) -> Iterator[Finding]:
    """The parameters at which `argparse` ends every trial, as the program has no such options."""
    words = words_of(trial)
    style = next((word for word in words if word in _AS_OPTIONS), None)
    line = command_line(trial)
    if style is None or line is None or None in words:
        return
    flags = dict(line.flags)
    unknown, without = [], []
    for entry in _parameters(trial):
        option = f"--{constant(entry.key)}"
        if not any(flag.startswith(option) for flag in flags):
            unknown.append(entry)
        elif not flags.get(option, True) and (style != "${args_no_boolean_flags}" or not _is_boolean(entry)):
            without.append(entry)
    if unknown:
        close = _closest(f"--{constant(unknown[0].key)}", sorted(flags)) if len(unknown) == 1 else ""
        but = f", but {shown(close, 20)}" if close else ""
        nested = any(
            entry_of(entry.value, "parameters") for entry in unknown if isinstance(entry.value, Dict)
        )
        how = (
            "Give the sweep a `command` without `${args}`: the values are in `run.config`."
            if nested
            else "Call the parameter as the program's option is called: a dash is no underscore there."
        )
        yield _finding(trial, line, unknown, f"the program takes no {_named(unknown, 28)}{but}", how)
    if without:
        verb = "take" if len(without) > 1 else "takes"
        how = "Take `${args_no_boolean_flags}` for `${args}` in `command`, and true and false as values."
        yield _finding(trial, line, without, f"{_named(without, 36)} {verb} no value from a sweep", how)


def command_line(trial: Trial) -> CommandLine | None:
    """The only place where the program parses its command line, if all of its options are known."""
    model = trial.file.model
    lines = list(model.each(CommandLine))
    if len(lines) != 1 or lines[0].open or not lines[0].flags:
        return None
    function = model.function_of(lines[0])
    return lines[0] if function is None or function.callers else None


def _finding(trial: Trial, line: CommandLine, entries: list[Entry], message: str, how: str) -> Finding:
    first, *others = [entry.key.span or trial.made.callee for entry in entries]
    own = [Label(place, "this one, too") for place in others[:20]]
    path = None if trial.path == trial.file.path else trial.file.path
    return Finding(first, message, how=how, related=(Label(line.span, "it is parsed here", path), *own))


def _parameters(trial: Trial) -> list[Entry]:
    """The parameters that the agent makes options of: those at the top."""
    parameters = trial.sweep.get("parameters")
    entries = parameters.entries if isinstance(parameters, Dict) else ()
    return [each for each in entries if constant(each.key)]


def _named(entries: list[Entry], room: int) -> str:
    return listed([f"--{constant(entry.key)}" for entry in entries], room)


def _is_boolean(entry: Entry) -> bool:
    """Whether a parameter is true or false, as far as its values are written."""
    fields = entry.value if isinstance(entry.value, Dict) else None
    found = [fields.find(name) for name in ("value", "values")] if fields is not None else []
    values = [option for field in found if field is not None for option in options(field.value)]
    plain = [item for value in values for item in (value.items if isinstance(value, Items) else (value,))]
    return all(isinstance(each, Flag) for each in plain)


def _closest(option: str, flags: list[str]) -> str:
    plain = {folded(flag): flag for flag in flags}
    return plain.get(folded(option)) or next(iter(get_close_matches(option, flags, 1, 0.75)), "")
