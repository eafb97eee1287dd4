"""Reports a tag or a group that the project mostly spells in another way.

Why it matters: filters match tags and groups letter by letter. Where one script tags its runs `NLP` and the
next one `nlp`, each filter finds half of them, and the group `exp-003` folds without the runs of `Exp-003`
(guide, Tags and Groups). What has an underscore is told of by the rules for these.

When to ignore: where the two mean different things.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from wbcheck.rule import (
    Bad,
    Event,
    File,
    Finding,
    Good,
    Label,
    Model,
    Preset,
    Project,
    Rule,
    RunAttribute,
    RunStart,
    Span,
    setup,
    shown,
    texts,
)

RULE = Rule(
    code="WB121",
    name="identity-drift",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="Filters match letter by letter, so that each spelling finds only some of the runs.",
    how="Spell it in one way everywhere.",
)

_BETWEEN_LETTERS = re.compile(r"(?<=[a-z])[-_ .]+(?=[a-z])")
_OTHER = re.compile(r"[-_ .]+")


class Word(NamedTuple):
    """A tag or a group as it is spelt at some place, for runs of a project of W&B's."""

    what: str
    text: str
    path: str
    span: Span
    home: str


def check(file: File) -> Iterator[Finding]:
    told: set[tuple[str, str, str]] = set()
    for word in words(file.project, file.model):
        same = file.project.once(spellings).get((word.home, word.what, plain(word.text)), {})
        usual = max(same.values(), key=len, default=[])
        key = (word.home, word.what, word.text)
        # What has an underscore or a blank is told of by WB107, WB111 and WB120.
        if key in told or len(usual) <= len(same.get(word.text, ())) or re.search(r"[_\s]", word.text):
            continue
        if sum(len(each) == len(usual) for each in same.values()) > 1:
            continue
        told.add(key)
        other = usual[0]
        message = f"{word.what} {shown(word.text, 20)} is mostly spelt {shown(other.text, 20)}"
        related = (Label(other.span, f"spelt {shown(other.text, 20)} here", other.path),)
        yield Finding(word.span, message, related=related)


Spellings = dict[tuple[str, str, str], dict[str, list[Word]]]


def spellings(project: Project) -> Spellings:
    """The places of all words, by what is left of them without case and marks, and by how they are spelt."""
    found: Spellings = {}
    for path in project.facts.homes:
        for word in words(project, project.models[path]):
            same = found.setdefault((word.home, word.what, plain(word.text)), {})
            same.setdefault(word.text, []).append(word)
    return found


def words(project: Project, model: Model) -> Iterator[Word]:
    """The constant tags and groups of runs whose project is known."""
    for place in setup.given(model, "group"):
        home = _home(project, model, place.event)
        for text in texts(place.value):
            if home and text.constant:
                yield Word("group", text.constant, model.path, text.span or place.span, home)
    for tag in setup.tags(model):
        home = _home(project, model, tag.event)
        if home and tag.text.constant:
            yield Word("tag", tag.text.constant, model.path, tag.span, home)


def _home(project: Project, model: Model, event: Event) -> str:
    if not isinstance(event, RunStart | RunAttribute) or event.run is None:
        return ""
    return project.facts.home_of(model.path, (event.run,))


def plain(text: str) -> str:
    """A word as it is compared: `Bug_Fix` is `bugfix`, but `v1-1` is not `v11`."""
    return _OTHER.sub("-", _BETWEEN_LETTERS.sub("", text.strip().lower()))


_EVAL = """
    import wandb

    with wandb.init(project="texts", group="exp-003", tags=["nlp", "baseline"]) as run:
        run.log({"eval/f1": 1})
    with wandb.init(project="texts", group="exp-003", tags=["nlp", "bugfix"]) as run:
        run.log({"eval/f1": 2})
    """

EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts", group="Exp-003", tags=["NLP", "bert", "bugfix"]) as run:
                                               ^^^^^^^^^
                                                                ^^^^^
            run.log({"train/loss": 1})
        """,
        message=("group `Exp-003` is mostly spelt `exp-003`", "tag `NLP` is mostly spelt `nlp`"),
        beside={"evaluate.py": _EVAL},
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts", group="exp-03", tags=["nlp", "bug-fix", "fast"]) as run:
            run.log({"train/loss": 1})
        """,
        beside={"evaluate.py": _EVAL},
    ),
    Good(
        """
        import wandb

        with wandb.init(project="images", group="Exp-003", tags=["NLP"]) as run:
            run.log({"train/loss": 1})
        """,
        beside={"evaluate.py": _EVAL},
    ),
    Good(
        """
        import wandb

        def start(group, tags):
            return wandb.init(project="texts", group=group, tags=tags)
        """,
        beside={"evaluate.py": _EVAL},
    ),
)
