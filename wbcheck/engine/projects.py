"""The projects that files belong to, and what each says as a whole: facts of one are none of another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import msgspec

from wbcheck.engine.tasks import Subject, Task
from wbcheck.imports import Resolver
from wbcheck.source import CODE, language_of

if TYPE_CHECKING:
    from wbcheck.engine.analysis import Analysis
    from wbcheck.model.model import Model
    from wbcheck.pins import Pins
    from wbcheck.project import Project
    from wbcheck.sdk import Versions
    from wbcheck.surroundings import Beside


class Part(msgspec.Struct, frozen=True):
    """One of the projects that were checked: what it says, and the models of its files.

    ``beside`` are those of files that were only read for the others.
    """

    project: Project
    models: tuple[Model, ...]
    beside: tuple[Model, ...]


class Projects:
    """What has been read, by project. ``asked`` are the releases of wandb that the command line asks for.

    ``words_below`` gives the words of a project's code, as ``Search`` does.
    """

    def __init__(
        self,
        resolver: Resolver,
        asked: str,
        words_below: Callable[[str], dict[str, dict[str, int]] | None],
    ) -> None:
        self._resolver = resolver
        self._words_below = words_below
        self._asked = asked
        self._read: Mapping[str, tuple[Task, Analysis]] = {}
        self._whole = False
        self._roots: dict[str, str] = {}
        self._made: dict[str, Project] = {}
        self._beside: dict[Beside, Model | None] = {}
        self._wandb: dict[tuple[str, str], Versions] = {}

    def put(self, read: Mapping[str, tuple[Task, Analysis]], whole: bool) -> None:
        """These files (by shown path) have been read, and are ``whole`` projects or some files of theirs."""
        self._read, self._whole = read, whole
        self._roots = self._resolver.projects_of(
            {path: task.subject.found.absolute for path, (task, _) in read.items()}
        )
        self._made = {}

    def of(self, path: str) -> Project:
        """What the project says that a file (by shown path) belongs to."""
        return self._at(self._roots[path])

    def parts(self, given: set[str]) -> list[Part]:
        """The projects in the order of their roots; ``given`` are the files that are checked."""
        parts = []
        for root in sorted(set(self._roots.values())):
            models = [
                (path, analysis.model)
                for path, (_, analysis) in self._read.items()
                if self._roots[path] == root and analysis.model is not None
            ]
            parts.append(
                Part(
                    self._at(root),
                    tuple(model for path, model in models if path in given),
                    tuple(model for path, model in models if path not in given),
                )
            )
        return parts

    def versions(self, subject: Subject) -> Versions:
        """The releases of wandb that count for a file: those asked for, configured or pinned."""
        configured = subject.settings.wandb_version
        wanted, source = (self._asked, "--wandb-version") if self._asked else (configured, "wandb-version")
        if not wanted:
            return self._pins.of(subject.found.absolute)
        if (wanted, source) not in self._wandb:
            from wbcheck.sdk import known_versions

            self._wandb[wanted, source] = known_versions(wanted, source)
        return self._wandb[wanted, source]

    @cached_property
    def _pins(self) -> Pins:
        from wbcheck.pins import Pins

        return Pins()

    def _at(self, root: str) -> Project:
        if root not in self._made:
            self._made[root] = self._facts_of(root)
        return self._made[root]

    def _facts_of(self, root: str) -> Project:
        from wbcheck.project import Project
        from wbcheck.surroundings import around

        models: list[Model] = []
        setting: dict[str, Model] = {}
        binding: list[tuple[str, str]] = []
        tests: set[str] = set()
        for path, (task, analysis) in self._read.items():
            found, model = task.subject.found, analysis.model
            if model is None or self._roots[path] != root:
                continue
            if language_of(path) not in CODE:
                setting[path] = model
                continue
            models.append(model)
            binding += [(path, found.absolute)] if model.binds_wandb else []
            tests |= {path} if str(found.role) == "test" else set()
        beside = around(binding)
        for each in beside.setting:
            read = None if each.path in setting else self._model_of(each)
            setting |= {} if read is None else {each.path: read}
        return Project.of(
            models,
            beside,
            setting.values(),
            tests=frozenset(tests),
            whole=self._whole,
            spelled=self._spelling(root),
        )

    def _spelling(self, root: str) -> Callable[[str], dict[str, int] | None]:
        """Where words stand in the code of a project, which is read when the first one is asked for."""
        words_of = lru_cache(maxsize=1)(self._words_below)

        def spelled(word: str) -> dict[str, int] | None:
            words = words_of(root)
            return None if words is None else words.get(word, {})

        return spelled

    def _model_of(self, beside: Beside) -> Model | None:
        from wbcheck.engine.analysis import analyse

        if beside not in self._beside:
            self._beside[beside] = analyse(beside.path, beside.data, (), {}).model
        return self._beside[beside]
