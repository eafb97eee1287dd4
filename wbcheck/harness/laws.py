"""The laws, one function for each thing that they are about; every law broken is one text."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from wbcheck.diagnostic import Applicability, Diagnostic, Label, Span
from wbcheck.engine import UNPARSABLE
from wbcheck.examples import Bad, ExampleError, Good, clean
from wbcheck.harness.trial import Trial
from wbcheck.model.model import Model, decode, encode
from wbcheck.registry import RuleInfo
from wbcheck.rule import LoadedRule, Preset, Rule
from wbcheck.source import SourceError, read_unit

LONGEST_HEADLINE = 80

# The rule as a whole


def of_rule(info: RuleInfo, loaded: LoadedRule) -> Iterator[str]:
    """What the rule as a whole breaks: its names, its words, its options, how many examples it has."""
    rule = loaded.rule
    yield from _of_names(info, rule)
    yield from _of_words(loaded)
    yield from _of_options(loaded)
    bad = [example for example in loaded.examples if isinstance(example, Bad)]
    good = [example for example in loaded.examples if isinstance(example, Good)]
    if not bad or len(good) < 2:
        yield f"it has {len(bad)} bad and {len(good)} good examples; at least 1 and 2 are asked for"
    if rule.fix is not None and all(example.fixed is None for example in bad):
        yield "it says that it has a fix, and no example shows one"
    if rule.preset is Preset.ESSENTIAL and not loaded.proofs and not rule.made_by_engine:
        yield "an essential rule has a PROOF, or says why there can be none (Unproven)"
    seen: dict[Any, int] = {}
    for number, example in enumerate(loaded.examples, start=1):
        key = (
            clean(example.source),
            example.path,
            example.notebook,
            repr(example.options),
            repr(example.beside),
        )
        first = seen.setdefault(key, number)
        if first != number:
            yield f"examples {first} and {number} are the same"


def _of_names(info: RuleInfo, rule: Rule) -> Iterator[str]:
    real = {
        "code": rule.code,
        "name": rule.name,
        "preset": rule.preset.value,
        "fix": rule.fix.value if rule.fix else "",
        "since": rule.since,
        "aliases": rule.aliases,
        "preview": rule.preview,
        "made_by_engine": rule.made_by_engine,
    }
    for field, value in real.items():
        if getattr(info, field) != value:
            read = getattr(info, field)
            yield f"`{field}` reads as {read!r} and is {value!r}: write it out, one field a line"
    stem = os.path.basename(info.path).removesuffix(".py")
    if stem != rule.name.replace("-", "_"):
        yield f"`{rule.name}` belongs into {rule.name.replace('-', '_')}.py"


def _of_words(loaded: LoadedRule) -> Iterator[str]:
    page = loaded.page
    if not re.fullmatch(r"Reports [^\n]+\.", page.summary):
        yield "the docstring's first line goes on from `Reports` and ends in a full stop"
    for heading, text in (("Why it matters", page.why), ("When to ignore", page.ignore)):
        if not text.endswith("."):
            yield f"the docstring has no `{heading}:` that ends in a full stop"
    for field, text in (("why", loaded.rule.why), ("how", loaded.rule.how)):
        if not text.endswith(".") or ". " in text or "\n" in text:
            yield f"`{field}` is one sentence on one line"


def _of_options(loaded: LoadedRule) -> Iterator[str]:
    kind = loaded.rule.options
    if kind is None:
        return
    shown = {name for example in loaded.examples for name in example.options}
    for field in msgspec.structs.fields(kind):
        if field.required:
            yield f"the option `{field.encode_name}` has no default"
        if field.encode_name not in shown:
            yield f"no example shows the option `{field.encode_name}`"
        described = msgspec.json.schema(kind)["$defs"][kind.__name__]["properties"][field.encode_name]
        if not described.get("description"):
            yield f'the option `{field.encode_name}` is not described: Annotated[..., doc("…")]'


# One example


def of_example(loaded: LoadedRule, example: Bad | Good, plugins: tuple[str, ...]) -> Iterator[str]:
    """What one example breaks; ``plugins`` is the setting under which the rule is found."""
    try:
        trial = Trial(loaded, example, plugins)
    except (ExampleError, msgspec.ValidationError) as error:
        yield str(error)
        return
    faults = [f"{each.path}: {each.message}" for each in trial.outcome.diagnostics if each.fault]
    if faults:
        yield from faults
        return
    yield from _of_models(trial)
    found = [each for each in trial.findings if each.path == trial.path]
    yield from (f"{each.path}: {each.message}" for each in trial.findings if each.path != trial.path)
    if isinstance(example, Bad):
        yield from _of_findings(trial, example, found)
        yield from _of_fix(trial, example, found)
    elif found:
        yield f"a good example is silent, and here it says {found[0].message!r}:\n{trial.shown(found)}"


def _of_models(trial: Trial) -> Iterator[str]:
    """Every file can be analysed, and findings are the same from a model that has been encoded."""
    from wbcheck.engine.analysis import model_of

    for path, data in trial.data.items():
        try:
            model, _ = model_of(read_unit(path, data))
        except SourceError as error:
            if trial.loaded.rule.code != UNPARSABLE[0]:
                yield f"{path} cannot be analysed: {error.message}"
            continue
        if _places(trial, decode(encode(model))) != _places(trial, model):
            yield f"{path}: the findings are other ones after encoding and decoding the model"


def _places(trial: Trial, model: Model) -> list[tuple[Span, str, tuple[Label, ...]]]:
    findings = trial.loaded.findings(model, options=trial.options)
    return [(each.span, each.message, each.related) for each in findings]


def _of_findings(trial: Trial, example: Bad, found: list[Diagnostic]) -> Iterator[str]:
    if not trial.marks:
        yield "a bad example marks with carets where it is reported"
    if [_visible(each.span) for each in found] != [_visible(span) for span in trial.marks]:
        yield f"it is reported elsewhere than marked:\n{trial.shown(found)}"
    elif not all(map(_says, found, example.messages)) or len(found) != len(example.messages):
        yield "the message is " + "\n".join(repr(each.message) for each in found)
    for each in found:
        yield from headline(each.message)


def _says(found: Diagnostic, message: str) -> bool:
    """A stated message that ends in `…` is only how the real one begins."""
    if message.endswith("…"):
        return found.message.startswith(message[:-1])
    return found.message == message


def _visible(span: Span) -> Span:
    """An empty span is marked by one caret."""
    return Span(span.start, max(span.end, span.start + 1))


def headline(message: str) -> Iterator[str]:
    """What is wrong with a headline: its length, its form. The user's own names may hold anything."""
    words = re.sub(r"`[^`]*`", "", message)
    if len(message) > LONGEST_HEADLINE:
        yield f"a headline has at most {LONGEST_HEADLINE} characters, this one {len(message)}: {message!r}"
    if not message or "\n" in message or ". " in words or message.endswith("."):
        yield f"a headline is one line and no sentence with a full stop: {message!r}"
    if "://" in words:
        yield f"a headline has no address in it: {message!r}"
    if message.count("`") % 2:
        yield f"a backtick is not closed: {message!r}"


def _of_fix(trial: Trial, example: Bad, found: list[Diagnostic]) -> Iterator[str]:
    fixes = [each.fix for each in found if each.fix is not None]
    safe = [fix for fix in fixes if fix.applicability is Applicability.SAFE]
    if example.fixed is None or not fixes:
        if fixes:
            yield f"a fix is offered where none is stated:\n{trial.mended(trial.fix())[trial.path]}"
        elif example.fixed is not None:
            yield "no fix is offered"
        return
    kind = trial.loaded.rule.fix
    if kind is None or (safe and kind is not Applicability.SAFE):
        yield f"RULE says `fix={kind}`, and one that is {fixes[0].applicability} is offered"
    for fix in fixes:
        if "\n" in fix.message or fix.message.endswith("."):
            yield f"a fix says what it does in one line without a full stop: {fix.message!r}"
    fixed = trial.fix()
    yield from (f"{fault.path}: {fault.message}" for fault in fixed.faults)
    wanted = trial.texts | {path: clean(text) for path, text in example.fixed_beside.items()}
    wanted[trial.path] = clean(example.fixed)
    for path, text in trial.mended(fixed).items():
        if text != wanted[path]:
            yield f"the fix of {path} gives\n{text}"
    left = [each for each in fixed.remaining if each.code == trial.loaded.rule.code]
    if left:
        yield f"after the fix it still says {left[0].message!r}"
    if len(safe) == len(fixes):
        yield from (f"the safe fix brings about a {code}" for code in trial.brought_about(fixed))
