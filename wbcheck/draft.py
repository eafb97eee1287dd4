"""The configuration that `wbcheck init` writes: settings that fit some code, each with why it is there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from wbcheck.registry import RuleInfo
from wbcheck.selection import DEFAULT_PRESET, PRESETS
from wbcheck.survey import PARTS, Survey, Topic, Words, total
from wbcheck.toml_text import as_toml

FEW = 20
"""With up to as many findings a preset is one that can be worked through at once."""
MOST = 12
"""How many words of a topic are listed in a line."""
VOCABULARIES = {
    Topic.JOB_TYPES: "job-type-vocabulary",
    Topic.ARTIFACT_TYPES: "artifact-type-vocabulary",
}
"""The rules that hold the words of a topic to a vocabulary, by the options ``vocabulary`` and
``extend-vocabulary``."""
_USUAL = 0.8
"""The share of run starts that have to give a part for it to be asked of all."""
_RARE = 0.05
"""A word that is used once, and for less than this share of a topic's places, is no vocabulary yet."""


class Word(msgspec.Struct, frozen=True):
    """A word that is not in a rule's vocabulary: where it is used how often, and which word it stands for.

    ``is_kept`` where it is to be one of the vocabulary.
    """

    text: str
    counts: Mapping[str, int]
    meant: str = ""
    is_kept: bool = True


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the code that a configuration is for.

    ``surveys`` are those of each repository, by its name; ``found`` counts the findings of all rules
    under ``learned``, by repository and code. ``version`` is which version of wandb counts, and who says so.
    """

    surveys: Mapping[str, Survey]
    learned: Mapping[str, tuple[Word, ...]]
    found: Mapping[str, Counter[str]]
    rules: Mapping[str, RuleInfo]
    preset: str
    version: str = ""

    @property
    def whole(self) -> Survey:
        """All repositories together."""
        return total(self.surveys.values())

    def counts(self, preset: str) -> Mapping[str, int]:
        """How much a preset finds in each repository."""
        return {
            name: sum(count for code, count in found.items() if self._is_in(code, preset))
            for name, found in self.found.items()
        }

    def by_rule(self) -> Counter[str]:
        """The findings of the chosen preset, by code."""
        every = sum(self.found.values(), Counter[str]())
        return Counter({code: count for code, count in every.items() if self._is_in(code, self.preset)})

    def _is_in(self, code: str, preset: str) -> bool:
        info = self.rules.get(code)
        return info is not None and PRESETS.index(info.preset) <= PRESETS.index(preset)


def learn(surveys: Mapping[str, Survey], vocabulary: Iterable[str], topic: Topic) -> tuple[Word, ...]:
    """The words of a topic that are not in a vocabulary, the most frequent first.

    Of two that mean the same, the one that is written more often is taken for the word. What is written
    once among many is not kept.
    """
    vocabulary = tuple(vocabulary)
    known = Words(vocabulary)
    words = total(surveys.values()).words[topic]
    found = []
    for text, count in _ordered(words):
        if text in vocabulary:
            continue
        meant = known.meant(text)
        is_rare = count < 2 and count < _RARE * words.total()
        found.append(Word(text, _where(surveys, topic, text), meant, not meant and not is_rare))
        if not meant:
            known.add(text)
    return tuple(found)


def options(learned: Mapping[str, tuple[Word, ...]]) -> dict[str, dict[str, list[str]]]:
    """What is learned as options of rules, as a configuration file has them."""
    found = {rule: [word.text for word in words if word.is_kept] for rule, words in learned.items()}
    return {rule: {"extend-vocabulary": words} for rule, words in found.items() if words}


def fitting(starts: int, counts: Mapping[str, int]) -> str:
    """The preset to begin with: the strictest one with few findings, else the usual one."""
    return "guide" if starts and counts["guide"] <= FEW else DEFAULT_PRESET


def draft(plan: Plan, prefix: str) -> str:
    """The text of a configuration; ``prefix`` (``tool.wbcheck``, or nothing) is what tables begin with."""
    parts = [_head(plan, prefix), _version(plan), _suggestions(prefix)]
    parts += [_vocabulary(plan, topic, prefix) for topic in VOCABULARIES]
    parts.append(_required(plan, prefix))
    return "\n".join(part for part in parts if part)


def _table(prefix: str, *names: str) -> str:
    return f"[{'.'.join(filter(None, (prefix, *names)))}]"


def _head(plan: Plan, prefix: str) -> str:
    numbers = ", ".join(f"{preset} {sum(plan.counts(preset).values())}" for preset in PRESETS)
    found = f" Found when this was written: {numbers}." if any(plan.counts("all").values()) else ""
    lines = [
        "# wbcheck reads code that uses Weights & Biases. `wbcheck config` shows what is set, and where;",
        "# `wbcheck rule NAME` explains a rule.",
        *([_table(prefix)] if prefix else [""]),
        f"# The rules to check.{found}",
        f'select = ["{plan.preset}"]',
        "",
        "# Rules not to check.",
    ]
    most = [f"{code} ({plan.rules[code].name}) {count}" for code, count in _ordered(plan.by_rule())[:3]]
    lines += [f"# Most is found by {', '.join(most)}."] if most else []
    lines.append(f'# ignore = ["{most[0][:5] if most else "WB004"}"]')
    return _text(lines)


def _version(plan: Plan) -> str:
    if not plan.version:
        return ""
    return _text(
        [
            f"# The version of wandb that the code runs with. Without it: {plan.version}.",
            '# wandb-version = ">=0.19"',
        ]
    )


def _suggestions(prefix: str) -> str:
    return _text(
        [
            "# Rules that only new files have to keep: those that a git revision does not have.",
            f"# {_table(prefix, 'new-files')}",
            '# since = "origin/main"',
            '# extend-select = ["guide"]',
            "",
            "# Rules that are silent in some files.",
            f"# {_table(prefix, 'per-file-ignores')}",
            '# "scratch/" = ["all"]',
        ]
    )


def _vocabulary(plan: Plan, topic: Topic, prefix: str) -> str:
    """The words of a topic that are the project's own; those that mean another one are only mentioned."""
    rule = VOCABULARIES[topic]
    words = plan.learned[rule]
    if not words:
        return ""
    ours = {word.text for word in words}
    usual = Counter({text: count for text, count in plan.whole.words[topic].items() if text not in ours})
    head = [f"# {str(topic).capitalize()} that are used beside the guide's, and how often."]
    head += [f"# Of the guide's: {listed(usual)}."] if usual else []
    kept = [
        f"    {as_toml(word.text)},  # {_counted(plan, word.counts)}{_dashes(word, topic)}"
        for word in words
        if word.is_kept
    ]
    others = [
        f"# {as_toml(word.text)},  # {_counted(plan, word.counts)}{_doubt(word)}"
        for word in words
        if not word.is_kept
    ]
    table = [_table(prefix, "rules", rule), "extend-vocabulary = ["]
    if not kept:
        return _text([*head, *(f"# {line}" for line in table), *others, "# ]"])
    return _text([*head, *table, *kept, *(f"    {other}" for other in others), "]"])


def _doubt(word: Word) -> str:
    return f": `{word.meant}`?" if word.meant else ""


def _dashes(word: Word, topic: Topic) -> str:
    """What another rule says of a word that is kept: to that, no vocabulary is a reason."""
    if topic is not Topic.ARTIFACT_TYPES or "_" not in word.text:
        return ""
    return f"; to WB417 it is `{word.text.replace('_', '-')}`"


def _required(plan: Plan, prefix: str) -> str:
    """What runs are given by now, as a suggestion."""
    survey = plan.whole
    if not survey.starts:
        return ""
    shares = ", ".join(f"{part} {survey.given[part]}" for part in PARTS)
    usual = [part for part in PARTS if survey.share(part) >= _USUAL]
    return _text(
        [
            f"# What every run's start gives. Of {survey.starts} here: {shares}.",
            f"# {_table(prefix, 'rules', 'run-setup-incomplete')}",
            f"# required = {as_toml(usual or ['project', 'config'])}",
        ]
    )


def told(plan: Plan) -> str:
    """What was found, for the one who asked: words with their counts, where repositories differ, presets."""
    survey = plan.whole
    if not survey.starts and not any(plan.counts("all").values()):
        return f"nothing starts a run here; the preset `{plan.preset}` is selected\n"
    parts = [f"{survey.starts} {'place starts a run' if survey.starts == 1 else 'places start runs'}"]
    parts[0] += f", giving: {listed(survey.given)}" if survey.given else ""
    others = [topic for topic in Topic if topic not in VOCABULARIES]
    for topic in (*VOCABULARIES, *others):
        if topic == others[0] and any(survey.words[each] for each in others):
            parts.append("to compare, as no rule has a list of these:")
        if survey.words[topic]:
            parts.append(f"{topic}: {listed(survey.words[topic])}")
            parts += [f"  {line}" for line in differences(plan, topic)]
    parts.append("findings under each preset:")
    for preset in PRESETS:
        counts = plan.counts(preset)
        mark = " <- selected" if preset == plan.preset else ""
        parts.append(f"  {preset:<12}{sum(counts.values()):>6}{mark}{_shares(plan, counts)}")
    return _text(parts)


def differences(plan: Plan, topic: Topic) -> Iterator[str]:
    """Where words of a topic differ: those that are written in several ways, and where each way is used."""
    surveys = plan.surveys
    known = Words()
    ways: dict[str, list[str]] = {}
    for text, _ in _ordered(plan.whole.words[topic]):
        first = known.meant(text) or text
        if first == text:
            known.add(text)
        ways.setdefault(first, []).append(text)
    for same in ways.values():
        if len(same) > 1:
            counts = (f"{shown(text)} {_counted(plan, _where(surveys, topic, text))}" for text in same)
            yield f"several ways: {', '.join(counts)}"
    for name in surveys if len(surveys) > 1 else ():
        homes = {
            same[0]: {each for text in same for each in _where(surveys, topic, text)}
            for same in ways.values()
        }
        alone = [text for text, home in homes.items() if home == {name}]
        if alone:
            yield f"only in {name}: {_some(map(shown, alone))}"


def _where(surveys: Mapping[str, Survey], topic: Topic, text: str) -> dict[str, int]:
    return {name: count for name, survey in surveys.items() if (count := survey.words[topic][text])}


def listed(words: Counter[str]) -> str:
    """Words with their counts, the most frequent first, not all of them."""
    return _some(f"{shown(text)} {count}" for text, count in _ordered(words))


def _some(texts: Iterable[str]) -> str:
    known = list(texts)
    more = f" and {len(known) - MOST} more" if len(known) > MOST else ""
    return ", ".join(known[:MOST]) + more


def shown(word: str) -> str:
    """A word as it is, in quotes where it would not be told from what is around it."""
    plain = word.replace("-", "").replace("_", "").replace("/", "").replace(".", "")
    return word if plain.isalnum() else as_toml(word)


def _counted(plan: Plan, counts: Mapping[str, int]) -> str:
    """A count; of several repositories, which one has how much."""
    return f"{sum(counts.values())}{_shares(plan, counts)}"


def _shares(plan: Plan, counts: Mapping[str, int]) -> str:
    known = {name: count for name, count in counts.items() if count}
    if len(plan.surveys) < 2 or not known:
        return ""
    parts = known if len(known) == 1 else (f"{name} {count}" for name, count in known.items())
    return f" ({', '.join(parts)})"


def _ordered(words: Counter[str]) -> list[tuple[str, int]]:
    return sorted(words.items(), key=lambda item: (-item[1], item[0]))


def _text(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
