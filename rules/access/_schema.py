"""The form of a sweep: which keys there are, what they take, and what each distribution asks for.

After the JSON schema of the `sweeps` package, by which W&B judges a sweep (facts, section 5), and the checks
that its searches make themselves: `bayes` without a metric, `grid` over what has no list of values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import NamedTuple

from wbcheck.rule import (
    AnyValue,
    Dict,
    Entry,
    Flag,
    Items,
    Nothing,
    Number,
    Piece,
    Span,
    Text,
    Tri,
    constant,
    shown,
)

TOP = tuple(
    """
    method parameters metric metrics early_terminate program command name description project entity run_cap
    job image_uri scheduler controller kind apiVersion
    """.split()
)
MACROS = tuple(
    """
    env interpreter program args args_no_equals args_no_hyphens args_no_boolean_flags args_json args_json_file
    args_dict args_append_hydra args_override_hydra
    """.split()
)
METHODS = ("bayes", "random", "grid", "custom")
GOALS = ("minimize", "maximize")
METRIC = ("name", "goal", "target", "impute")
IMPUTE = ("latest", "best", "worst")
STOPPING = ("type", "min_iter", "max_iter", "s", "eta")
FIELDS = tuple("value values probabilities min max distribution q mu sigma a b parameters".split())

# What each distribution needs, and what it takes beside.
_DISTRIBUTIONS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "constant": (("value",), ()),
    "categorical": (("values",), ()),
    "categorical_w_probabilities": (("values", "probabilities"), ()),
    "uniform": (("min", "max"), ()),
    "int_uniform": (("min", "max"), ()),
    "q_uniform": (("min", "max"), ("q",)),
    "log_uniform": (("min", "max"), ()),
    "log_uniform_values": (("min", "max"), ()),
    "q_log_uniform": (("min", "max"), ("q",)),
    "q_log_uniform_values": (("min", "max"), ("q",)),
    "inv_log_uniform": (("min", "max"), ()),
    "inv_log_uniform_values": (("min", "max"), ()),
    "normal": ((), ("mu", "sigma")),
    "q_normal": ((), ("mu", "sigma", "q")),
    "log_normal": ((), ("mu", "sigma")),
    "q_log_normal": ((), ("mu", "sigma", "q")),
    "beta": ((), ("a", "b")),
    "q_beta": ((), ("a", "b", "q")),
}
_NEEDING = {"mu": "normal", "sigma": "normal", "q": "q_uniform"}
_LISTED = ("constant", "categorical", "int_uniform", "q_uniform")
_NUMBERS = ("min", "max", "mu", "sigma", "q", "a", "b")
_NUMERIC = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")


class Fault(NamedTuple):
    """What is wrong, where, and how to mend it; ``piece`` is a text that should be ``instead``."""

    span: Span | None
    message: str
    how: str = ""
    piece: Piece | None = None
    instead: str = ""


def faults(sweep: Dict) -> Iterator[Fault]:
    """All that is wrong with a sweep. A fault without a place is about what is missing from all of it."""
    yield from _keys(sweep, TOP, "a sweep has no key {}")
    launched = any(sweep.has(name) is not Tri.NO for name in ("job", "image_uri", "scheduler"))
    for name in ("method", "parameters"):
        if sweep.has(name) is Tri.NO and not launched and not _is_misspelled(sweep, name):
            yield Fault(None, f"the sweep has no {shown(name)}", f"Every sweep has to have a {shown(name)}.")
    yield from _choice(sweep, "method", METHODS, "{} is no method of a sweep")
    command = sweep.get("command")
    if isinstance(command, Text | Number | Dict):
        yield Fault(
            command.span, "the sweep's `command` is not a list", "Write each word as an item of a list."
        )
    yield from _macros(command)
    yield from _metric(sweep)
    yield from _stopping(sweep)
    parameters = sweep.get("parameters")
    if isinstance(parameters, Dict):
        if not parameters.entries and not parameters.open:
            yield Fault(parameters.span, "the sweep's `parameters` are empty", "Name what is to be varied.")
        yield from _parameters(parameters, constant(sweep.get("method")) or "")
    elif _is_plain(parameters) or isinstance(parameters, Items):
        what = "Write each parameter as a key, with its `values`, or its `min` and `max`, below it."
        yield Fault(_at(parameters), "the sweep's `parameters` are not a mapping", what)


def _macros(command: AnyValue | None) -> Iterator[Fault]:
    """What an agent leaves out of the command: words in braces that stand for nothing."""
    for item in command.items if isinstance(command, Items) else ():
        word = constant(item) or ""
        name = word[2:-1]
        if not (word.startswith("${") and word.endswith("}")) or name in MACROS or name.startswith("envvar:"):
            continue
        close = next(iter(get_close_matches(name.lower(), MACROS, 1, 0.6)), "")
        told = f"Did you mean `${{{close}}}`?" if close else "An environment variable is `${envvar:NAME}`."
        yield Fault(item.span, f"{shown(word, 30)} is left out of the sweep's command", told)


def _metric(sweep: Dict) -> Iterator[Fault]:
    metric = sweep.get("metric")
    method = sweep.find("method")
    if method is not None and constant(method.value) == "bayes" and sweep.has("metric") is Tri.NO:
        if sweep.has("metrics") is Tri.NO and not _is_misspelled(sweep, "metric"):
            how = "Add `metric` with the `name` of what is logged, and a `goal`."
            yield Fault(_place(method.value), "a `bayes` sweep has to have a `metric`", how)
    if _is_plain(metric) or isinstance(metric, Items):
        how = "Write it as a mapping with a `name` and a `goal`."
        yield Fault(_at(metric), "the sweep's `metric` is not a mapping", how)
    if not isinstance(metric, Dict):
        return
    yield from _keys(metric, METRIC, "a sweep's `metric` has no key {}")
    if metric.has("name") is Tri.NO and not _is_misspelled(metric, "name"):
        entry = sweep.find("metric")
        place = entry.key.span if entry is not None else metric.span
        yield Fault(place, "the sweep's `metric` has no `name`", "Name the metric as it is logged.")
    yield from _choice(metric, "goal", GOALS, "{} is no goal of a sweep")
    yield from _choice(metric, "impute", IMPUTE, "{} is no way to impute a metric")
    yield from _number(metric, "target", "the metric")


def _stopping(sweep: Dict) -> Iterator[Fault]:
    stopping = sweep.get("early_terminate")
    entry = sweep.find("early_terminate")
    if not isinstance(stopping, Dict) or entry is None:
        if _is_plain(stopping) and stopping is not None and not isinstance(stopping, Nothing):
            how = "Write it as a mapping with `type: hyperband` and `min_iter`."
            yield Fault(stopping.span, "the sweep's `early_terminate` is not a mapping", how)
        return
    yield from _keys(stopping, STOPPING, "`early_terminate` has no key {}")
    yield from _choice(stopping, "type", ("hyperband",), "{} is no type of `early_terminate`")
    if stopping.has("type") is Tri.NO and not _is_misspelled(stopping, "type"):
        yield Fault(entry.key.span, "`early_terminate` has no `type`", "The only one is `hyperband`.")
    has = {name: stopping.has(name) for name in ("min_iter", "max_iter", "s")}
    if has["min_iter"] is Tri.NO and Tri.NO in (has["max_iter"], has["s"]):
        how = (
            "Give the first iteration at which a run may be stopped, or the last one and how many there are."
        )
        yield Fault(entry.key.span, "`early_terminate` needs `min_iter`, or `max_iter` and `s`", how)


def _parameters(parameters: Dict, method: str) -> Iterator[Fault]:
    for entry in parameters.entries:
        name = constant(entry.key)
        if name is None:
            continue
        if isinstance(entry.value, Dict):
            yield from _parameter(entry, entry.value, name, method)
        elif _is_plain(entry.value) or isinstance(entry.value, Items):
            word = "values" if isinstance(entry.value, Items) else "value"
            how = f"Write it below the name, as `{word}`."
            yield Fault(entry.value.span, f"the parameter {shown(name)} has no {shown(word)} key", how)


def _parameter(entry: Entry, parameter: Dict, name: str, method: str) -> Iterator[Fault]:
    yield from _keys(parameter, FIELDS, f"a parameter has no key {{}} (that of {shown(name, 24)})")
    inner = parameter.get("parameters")
    if isinstance(inner, Dict):
        yield from _parameters(inner, method)
    for field in _NUMBERS:
        yield from _number(parameter, field, shown(name))
    yield from _values(parameter, name)
    yield from _range(parameter, name)
    yield from _choice(parameter, "distribution", tuple(_DISTRIBUTIONS), "{} is no distribution of a sweep")
    fields = [constant(field.key) or "" for field in parameter.entries]
    if parameter.open or not all(field in FIELDS for field in fields):
        return
    if not fields:
        yield Fault(entry.key.span, f"the parameter {shown(name)} has no values", "Give it `values`.")
        return
    distribution = _distribution(parameter, fields)
    if not distribution and "distribution" not in fields and not {"min", "max"} & set(fields):
        how = f"{shown(fields[0])} belongs to a `distribution` such as `{_NEEDING.get(fields[0], 'beta')}`."
        yield Fault(entry.key.span, f"the parameter {shown(name)} has no `distribution`", how)
    if distribution not in _DISTRIBUTIONS and distribution != "parameters":
        return
    needed, beside = _DISTRIBUTIONS.get(distribution, (("parameters",), ()))
    lacking = [field for field in needed if field not in fields]
    if lacking:
        told = " and ".join(shown(field) for field in lacking)
        yield Fault(
            entry.key.span,
            f"the parameter {shown(name, 24)} has no {told}",
            f"{shown(distribution)} needs {' and '.join(shown(field) for field in needed)}.",
        )
    for each in parameter.entries:
        word = constant(each.key) or ""
        if word not in (*needed, *beside, "distribution") or (
            distribution == "parameters" and word == "distribution"
        ):
            is_given = parameter.find("distribution") is not None
            told = f"{shown(distribution, 24)} takes" if is_given else f"beside {shown(needed[0])} there is"
            yield Fault(
                each.key.span,
                f"{told} no {shown(word)} (that of {shown(name, 24)})",
                "Take out one of the two, or choose the distribution that takes both.",
            )
    if method == "grid" and not lacking and (distribution not in (*_LISTED, "parameters")):
        yield Fault(
            entry.key.span,
            f"a `grid` sweep cannot go through {shown(name)}: it has no list of values",
            "Give it `values`, or search at `random`.",
        )


def _distribution(parameter: Dict, fields: list[str]) -> str:
    """Which distribution a parameter has, as it says or as its fields tell."""
    if "distribution" in fields:
        return constant(parameter.get("distribution")) or ""
    if "parameters" in fields:
        return "parameters"
    if "probabilities" in fields:
        return "categorical_w_probabilities"
    if "values" in fields:
        return "categorical"
    if "value" in fields:
        return "constant"
    if "min" in fields or "max" in fields:
        ends = [parameter.get(field) for field in ("min", "max")]
        if any(end is not None and not isinstance(end, Number) for end in ends):
            return "" if None not in ends else "uniform"
        whole = all(isinstance(end, Number) and isinstance(end.value, int) for end in ends)
        return "int_uniform" if whole else "uniform"
    return ""


def _values(parameter: Dict, name: str) -> Iterator[Fault]:
    values, chances = parameter.get("values"), parameter.get("probabilities")
    for field, value in (("values", values), ("probabilities", chances)):
        if _is_plain(value) or isinstance(value, Dict):
            how = "Write a list, or `value` for a single one."
            yield Fault(_at(value), f"{shown(field)} of {shown(name)} is not a list", how)
        elif isinstance(value, Items) and not value.items and not value.open:
            yield Fault(value.span, f"{shown(field)} of {shown(name)} is an empty list", "Give one at least.")
    if not isinstance(values, Items) or not isinstance(chances, Items) or values.open or chances.open:
        return
    numbers = [chance.value for chance in chances.items if isinstance(chance, Number)]
    if len(values.items) != len(chances.items):
        told = f"{shown(name, 24)} has {len(values.items)} values and {len(chances.items)} probabilities"
        yield Fault(chances.span, told, "Give each value its probability.")
    elif len(numbers) == len(chances.items) and abs(sum(numbers) - 1) > 1e-5:
        yield Fault(
            chances.span, f"the probabilities of {shown(name, 24)} do not add up to 1", "Make them so."
        )


def _range(parameter: Dict, name: str) -> Iterator[Fault]:
    low, high = parameter.get("min"), parameter.get("max")
    kind = constant(parameter.get("distribution")) or ""
    for field, end in (("min", low), ("max", high)):
        if kind == "int_uniform" and isinstance(end, Number) and end.value != int(end.value):
            how = "Take whole numbers, or another distribution."
            yield Fault(end.span, f"{shown(field)} of {shown(name)} is no whole number", how)
    if isinstance(low, Number) and kind.endswith("log_uniform_values") and low.value <= 0:
        yield Fault(low.span, f"`min` of {shown(name)} has to be above 0", "A logarithm has no such limit.")
    if not isinstance(low, Number) or not isinstance(high, Number):
        return
    if low.value >= high.value:
        yield Fault(
            low.span, f"`min` of {shown(name)} is not less than its `max`", "Give the lower one first."
        )
    elif kind.endswith("log_uniform") and 0 < low.value < 1 and high.value <= 1:
        entry = parameter.find("distribution")
        yield Fault(
            None if entry is None else _place(entry.value),
            f"{shown(kind)} takes exponents: {shown(name, 24)} gets values from 1 to 2.7",
            f"To give the limits themselves, say {shown(kind + '_values')}.",
        )


def _number(mapping: Dict, field: str, owner: str) -> Iterator[Fault]:
    value = mapping.get(field)
    if value is None or not _is_plain(value) or isinstance(value, Number):
        return
    word = constant(value)
    if word is not None and _NUMERIC.fullmatch(word) and isinstance(value, Text):
        piece = next(value.constants, None)
        if piece is not None and piece.span == value.span:
            how = "PyYAML, with which W&B reads it, wants a point and a sign: `1.0e-5`."
            told = f"{shown(word)} is a text in YAML, not a number"
            yield Fault(value.span, told, how, piece, _with_point(word))
            return
    yield Fault(value.span, f"{shown(field)} of {owner} is not a number", "Write a number.")


def _with_point(word: str) -> str:
    """A number as YAML 1.1 knows it: with a point, and with a sign in its exponent."""
    mantissa, e, exponent = word.lower().partition("e")
    mantissa = mantissa if "." in mantissa else mantissa + ".0"
    mantissa = mantissa + "0" if mantissa.endswith(".") else mantissa
    return mantissa + (f"e{exponent if exponent[:1] in '+-' else '+' + exponent}" if e else "")


def _keys(mapping: Dict, known: tuple[str, ...], message: str) -> Iterator[Fault]:
    for entry in mapping.entries:
        name = constant(entry.key)
        if name is None or name in known:
            continue
        slip = next((each for each in known if _folded(each) == _folded(name)), "")
        close = slip or next(iter(get_close_matches(name.lower(), known, 1, 0.7)), "")
        how = f"Did you mean {shown(close)}?" if close else f"There are {', '.join(map(shown, known))}."
        is_free = bool(slip) and mapping.find(slip) is None
        piece = _piece(entry.key) if is_free else None
        yield Fault(entry.key.span, message.format(shown(name, 24)), how, piece, slip)


def _choice(mapping: Dict, field: str, words: tuple[str, ...], message: str) -> Iterator[Fault]:
    value = mapping.get(field)
    word = constant(value)
    if value is None or word in words or (word is None and not _is_plain(value)):
        return
    told = word if word is not None else str(value.value) if isinstance(value, Number | Flag) else "null"
    slip = next((each for each in words if _folded(each) == _folded(told)), "")
    close = slip or next(iter(get_close_matches(told.lower(), words, 1, 0.5)), "")
    how = f"Did you mean {shown(close)}?" if close else f"It is one of {', '.join(map(shown, words))}."
    yield Fault(_place(value), message.format(shown(told)), how, _piece(value) if slip else None, slip)


def _folded(word: str) -> str:
    return word.strip().lower().replace("-", "_")


def _is_misspelled(mapping: Dict, name: str) -> bool:
    """Whether a key is there under a name that is told of as unknown, and is near enough."""
    known = {*TOP, *METRIC, *STOPPING}
    others = [word for entry in mapping.entries if (word := constant(entry.key)) and word not in known]
    return bool(get_close_matches(name, [other.lower() for other in others], 1, 0.7))


def _is_plain(value: AnyValue | None) -> bool:
    """Whether a value is known, and is one alone."""
    return isinstance(value, Number | Flag | Nothing) or constant(value) is not None


def _piece(value: AnyValue) -> Piece | None:
    pieces = list(value.constants) if isinstance(value, Text) else []
    return pieces[0] if len(pieces) == 1 and pieces[0].span is not None else None


def _at(value: AnyValue | None) -> Span | None:
    return None if value is None else value.span


def _place(value: AnyValue) -> Span | None:
    piece = _piece(value)
    return piece.span if piece is not None else value.span
