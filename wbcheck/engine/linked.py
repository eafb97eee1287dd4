"""The analyses of the files of a project, each made with what it imports from others.

Nothing is kept between two readings: whoever analyses may remember what came of a task, as a task is all
that an analysis depends on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from wbcheck.engine.tasks import Subject, Task
from wbcheck.linking import Link, Linking, Outline
from wbcheck.model.exports import Context, gives_runs, named_by, named_in

if TYPE_CHECKING:
    from wbcheck.engine.analysis import Analysis

MOST_STEPS = 3
"""How far names are followed through files that do not mention W&B."""
MOST_ROUNDS = 3
"""How many files may hand on a run, one to another, without mentioning W&B."""


_CLASS = re.compile(r"_*[A-Z]+[a-z]")


class Reading:
    """The files of a project that are read together.

    ``given`` are those that mention W&B. ``beside`` gives any other file of the project (absolute), ``None``
    where it cannot be read; ``is_ours`` says whether one mentions W&B. ``holding`` gives files that do not,
    but have one of some words in them: they may have a run from one that does. ``outline`` gives the outline
    of a file (absolute) with these bytes. ``analyse`` makes analyses, in the order of the tasks.
    """

    def __init__(
        self,
        given: Iterable[Subject],
        *,
        beside: Callable[[str], Subject | None],
        is_ours: Callable[[Subject], bool],
        holding: Callable[[frozenset[str]], Iterable[Subject]],
        outline: Callable[[str, bytes], Outline],
        analyse: Callable[[Sequence[Task]], list[Analysis]],
    ) -> None:
        self.results: dict[str, Analysis] = {}
        self.tasks: dict[str, Task] = {}
        # The names by which a run can be had from a file.
        self._givers: dict[str, set[str]] = {}
        self._subjects: dict[str, Subject | None] = {subject.found.absolute: subject for subject in given}
        self._read = beside
        self._holding = holding
        self._analyse = analyse
        self._linking = Linking(
            lambda path: None if (subject := self._beside(path)) is None else subject.data,
            lambda path: (subject := self._beside(path)) is not None and is_ours(subject),
            outline,
        )
        for path, known in self._subjects.items():
            if known is not None:
                self._linking.add(path, known.data)

    def run(self) -> None:
        """Read them all: ``results`` and ``tasks`` have each analysed file, by its absolute path."""
        for _ in range(MOST_ROUNDS):
            for level in self._linking.order():
                self._read_level(level)
            if not self._add_users():
                return

    def _beside(self, path: str) -> Subject | None:
        if path not in self._subjects:
            self._subjects[path] = self._read(path)
        return self._subjects[path]

    def _read_level(self, paths: Sequence[str]) -> None:
        """Analyse files that do not import each other."""
        linking = self._linking
        self._explore([link for path in paths for link in linking.likely(path)])
        self._understand(paths)
        asked = {path: self._asked(path) for path in paths}
        self._explore([link for links in asked.values() for link in links if not linking.is_explored(link)])
        self._understand([path for path, links in asked.items() if any(map(linking.is_known, links))])

    def _asked(self, path: str) -> list[Link]:
        """The names that a model was made without, and holds where they would tell it more."""
        model, context = self.results[path].model, self.tasks[path].context
        asked = [] if model is None else self._linking.asked(path, model.once(named_in))
        return [link for link in asked if context is None or link.path not in context.linked]

    def _understand(self, paths: Iterable[str]) -> None:
        """Analyse files with what is known of others by now, and note what they hold for those to come."""
        self._make({path: self._linking.context(path) for path in paths})

    def _explore(self, links: Iterable[Link], step: int = 0) -> None:
        """Read files that are none of W&B's for what is asked of them, and what they take that from."""
        linking = self._linking
        wanted: dict[str, set[str]] = {}
        for link in links:
            wanted.setdefault(link.file, set()).add(link.name)
        if not wanted or step == MOST_STEPS:
            return
        self._make({path: linking.explored(path, names) for path, names in sorted(wanted.items())})
        more = {
            path: [
                link for link in linking.asked(path, named_by(linking.exports[path])) if not _is_class(link)
            ]
            for path in sorted(wanted)
        }
        self._explore((link for links in more.values() for link in links), step + 1)
        self._make(
            {
                path: linking.explored(path, ())
                for path, links in more.items()
                if any(map(linking.is_known, links))
            }
        )

    def _make(self, contexts: Mapping[str, Context]) -> None:
        tasks = {
            path: Task(subject, context)
            for path, context in contexts.items()
            if (subject := self._beside(path)) is not None
        }
        for (path, task), analysis in zip(tasks.items(), self._analyse(list(tasks.values())), strict=True):
            self._linking.exports[path] = analysis.exports
            self.tasks[path] = task
            self.results[path] = analysis

    def _add_users(self) -> bool:
        """Add the files that have a run from another without mentioning W&B; whether there are any."""
        for path in self.results.keys() - self._givers.keys():
            model = self.results[path].model
            self._givers[path] = set() if model is None else gives_runs(model)
        givers = {path: names for path, names in self._givers.items() if names}
        words = frozenset(name for names in givers.values() for name in names)
        added = False
        for subject in self._holding(words) if words else ():
            path = subject.found.absolute
            if path not in givers and (names := self._linking.imports(path, givers)):
                self._subjects[path] = subject
                self._givers[path] = names
                self._linking.add(path, subject.data)
                added = True
        return added


def _is_class(link: Link) -> bool:
    """Whether a name is written as those of classes are: in a table of them, each stands for itself."""
    return _CLASS.match(link.name) is not None
