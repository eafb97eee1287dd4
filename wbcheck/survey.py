"""Which words some code really uses for its runs, metrics and artifacts, and how often.

A word is counted once for each place in the code that writes it. What is not constant is counted, too, as
nothing is known of it; tests are left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum

import msgspec

from wbcheck import setup
from wbcheck.diagnostic import Span
from wbcheck.facts import folded
from wbcheck.files import Role, role_of
from wbcheck.model.events import RunStart
from wbcheck.model.model import Model
from wbcheck.model.values import Text, Tri, texts
from wbcheck.project import Project


class Topic(StrEnum):
    """What words are for."""

    JOB_TYPES = "job types"
    ARTIFACT_TYPES = "artifact types"
    NAMESPACES = "namespaces"
    GROUPS = "groups"
    TAGS = "tags"


PARTS = ("project", "name", "job_type", "config", "group", "tags")
"""The parts of a run's set-up that are asked about."""


class Survey(msgspec.Struct, frozen=True):
    """What the code of one project, or of several, uses.

    ``words`` has the words of each topic with the number of places that write them, and ``starts`` the
    number of places that start runs. ``given`` counts those that certainly give a part of the set-up.
    """

    words: Mapping[Topic, Counter[str]]
    starts: int
    given: Counter[str]

    def share(self, part: str) -> float:
        """Which share (0 to 1) of the places that start runs gives a part of the set-up."""
        return self.given[part] / self.starts if self.starts else 0.0

    def masked(self, mask: Callable[[str], str]) -> Survey:
        """The same without words that have a secret in them."""
        words = {
            topic: Counter({word: count for word, count in counts.items() if mask(word) == word})
            for topic, counts in self.words.items()
        }
        return Survey(words, self.starts, self.given)


def survey(parts: Iterable[tuple[Project, Iterable[Model]]]) -> Survey:
    """What projects use, each with the models of its files."""
    words: dict[Topic, Counter[str]] = {topic: Counter() for topic in Topic}
    given: Counter[str] = Counter()
    starts = 0
    for project, models in parts:
        kept = [model for model in models if role_of(model.path) is not Role.TEST]
        paths = {model.path for model in kept}
        for topic, word in _written(project, kept, paths):
            words[topic][word] += 1
        for model in kept:
            for start in model.each(RunStart):
                starts += 1
                given.update(part for part in PARTS if setup.has(model, project, start, part) is Tri.YES)
    return Survey(words, starts, given)


def total(surveys: Iterable[Survey]) -> Survey:
    """Several surveys as one."""
    words: dict[Topic, Counter[str]] = {topic: Counter() for topic in Topic}
    given: Counter[str] = Counter()
    starts = 0
    for each in surveys:
        starts += each.starts
        given += each.given
        for topic, counts in each.words.items():
            words[topic] += counts
    return Survey(words, starts, given)


def _written(project: Project, models: Sequence[Model], paths: set[str]) -> Iterator[tuple[Topic, str]]:
    seen: set[tuple[Topic, str, Span]] = set()
    for topic, word, path, span in _places(project, models):
        if word and word.isprintable() and path in paths and (topic, path, span) not in seen:
            seen.add((topic, path, span))
            yield topic, word


def _places(project: Project, models: Sequence[Model]) -> Iterator[tuple[Topic, str, str, Span]]:
    for model in models:
        for what, topic in (("job_type", Topic.JOB_TYPES), ("group", Topic.GROUPS)):
            for place in setup.given(model, what):
                for text in texts(place.value):
                    yield topic, text.constant or "", model.path, _span(text, place.span)
        for tag in setup.tags(model):
            yield Topic.TAGS, tag.text.constant or "", model.path, tag.span
    for output in project.facts.outputs:
        if output.kind_span is not None:
            yield Topic.ARTIFACT_TYPES, output.kind or "", output.path, output.kind_span
    for namespace in project.facts.namespaces:
        yield Topic.NAMESPACES, namespace.name, namespace.path, namespace.span


def _span(text: Text, otherwise: Span) -> Span:
    return text.span or otherwise


# What is put behind a word for the same thing: `train` and `training`, `val` and `validation`.
_ENDINGS = tuple(
    "s es e er ed ing ning ting ion ions tion ation ations uate uation id idate idation set sets".split()
)
_LEAST = 3


class Words:
    """Words, found again by what is written in another way."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        self._known: dict[str, str] = {}
        for word in words:
            self.add(word)

    def add(self, word: str) -> None:
        """Know one more; the first of those that are the same but for case and marks stands for them."""
        self._known.setdefault(folded(word), word)

    def meant(self, word: str) -> str:
        """The other word that is written in ``word`` in another way; empty if there is none.

        The two are the same but for case and marks, or but for an ending.
        """
        found = (self._known.get(form, "") for form in _forms(folded(word)) if form)
        return next((other for other in found if other and other != word), "")


def _forms(plain: str) -> Iterator[str]:
    """What a folded word may be written as: itself, without an ending, with one."""
    yield plain
    for ending in _ENDINGS:
        stem = plain.removesuffix(ending)
        if stem != plain and len(stem) >= _LEAST:
            yield from (stem, f"{stem}e")
    for stem in dict.fromkeys((plain, plain.removesuffix("e"))):
        if len(stem) >= _LEAST:
            yield from (stem + ending for ending in _ENDINGS)
