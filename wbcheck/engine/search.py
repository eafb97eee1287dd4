"""Which files a check reads: those given that mention W&B, and what stands beside them in their project."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cached_property, partial
from typing import TYPE_CHECKING

import msgspec

from wbcheck.engine.request import STDIN, Request
from wbcheck.engine.sources import Sources, unit_of
from wbcheck.engine.tasks import Found, Subject
from wbcheck.imports import Resolver
from wbcheck.settings import Settings
from wbcheck.settings_file import SettingsError
from wbcheck.source import CODE, language_of, may_matter

if TYPE_CHECKING:
    from wbcheck.engine.cache import Cache, Times

_WORD = re.compile(r"\w+")
MOST_AROUND = 1024 * 1024
"""How much of a project is read where only some files are given, in bytes of those that mention W&B."""
MOST_SPELLED = 32 * 1024 * 1024
"""How many bytes of a project's code are searched for words, all of which are held at once."""


class Search:
    """The files of a request.

    ``used`` is told of all settings that count for a file given, ``unread`` of files given that cannot be
    read, and why.
    """

    def __init__(
        self,
        request: Request,
        sources: Sources,
        cache: Cache | None,
        used: Callable[[Settings], None],
        unread: Callable[[Found, str], None],
    ) -> None:
        self._request = request
        self._sources = sources
        self._cache = cache
        self._used = used
        self._unread = unread
        # Of the files given, those that do not mention W&B.
        self._others: list[Found] = []
        self._mentioning: set[str] = set()
        self._holders: dict[frozenset[str], list[str]] = {}
        self._settings: dict[int, Settings] = {}

    def mentioning(self) -> Iterator[Subject]:
        """The files given that mention W&B."""
        for found in self._request.files:
            settings = self._request.settings_for(found.absolute)
            if id(settings) not in self._settings:
                self._settings[id(settings)] = settings
                self._used(settings)
            words = _words_of(settings)
            try:
                data = self._read(found, words, partial(may_matter, extra=words))
            except OSError as error:
                self._unread(found, f"cannot be read: {(error.strerror or str(error)).lower()}")
                continue
            if data is None:
                self._others.append(found)
                continue
            self._sources.keep(found.path, data)
            self._mentioning.add(found.path)
            yield Subject(found, settings, data)

    def is_ours(self, subject: Subject) -> bool:
        """Whether a file mentions W&B."""
        return may_matter(subject.found.path, subject.data, _words_of(subject.settings))

    def changed(self, found: Found, data: bytes) -> Subject | None:
        """One of the files given with these bytes, if it mentions W&B or did so before."""
        subject = Subject(found, self._request.settings_for(found.absolute), data)
        if found.path not in self._mentioning and not self.is_ours(subject):
            return None
        self._mentioning.add(found.path)
        return subject

    def around(self, resolver: Resolver) -> tuple[list[Subject], bool]:
        """The files of the project about those given that mention W&B; whether these are all.

        They tell what the project does. Nothing is reported on them.
        """
        from wbcheck.files import beside

        given = [found.absolute for found in self._request.files if found.path != STDIN]
        roots = {resolver.project_of(path) for path in given}
        files, whole = beside(given, roots - {""}, self._settings_beside)
        subjects: list[Subject] = []
        left = MOST_AROUND
        for each in files:
            subject = self.beside(each.absolute)
            if subject is None or not may_matter(each.path, subject.data, _words_of(subject.settings)):
                continue
            left -= len(subject.data)
            if left < 0:
                return subjects, False
            subjects.append(msgspec.structs.replace(subject, found=each))
        return subjects, whole and bool(roots) and "" not in roots

    def holding(self, words: frozenset[str]) -> list[Subject]:
        """Those of the files given that do not mention W&B, but have one of these words in them."""
        if words not in self._holders:
            self._holders[words] = list(self._search(words))
        found = [self.beside(path) for path in self._holders[words]]
        return [subject for subject in found if subject is not None]

    def beside(self, path: str) -> Subject | None:
        """A file of the project (absolute) that need not be among those given."""
        shown = os.path.relpath(path) if path.startswith(os.getcwd().rstrip(os.sep) + os.sep) else path
        try:
            data = self._sources.read(shown, path)
        except (OSError, ValueError):
            return None
        known = self._others_by_path.get(path)
        return Subject(known or _Beside(shown, path), self._settings_beside(path), data)

    def words_below(self, root: str) -> dict[str, dict[str, int]] | None:
        """The words of all code of a project, each with how often it stands in which files (by shown path).

        ``root`` is empty for files of no project. ``None`` where not all of the code can be read, or where it
        is too much.
        """
        from wbcheck.files import beside

        inside = root.rstrip(os.sep) + os.sep if root else ""
        paths = {found.absolute: found.path for found in self._request.files}
        if root:
            more, whole = beside(list(paths), {root}, self._settings_beside)
            paths |= {found.absolute: found.path for found in more}
        else:
            whole = not any(getattr(found, "explicit", False) for found in self._request.files)
        if not whole:
            return None
        words: dict[str, dict[str, int]] = {}
        left = MOST_SPELLED
        for absolute, path in paths.items():
            if absolute.startswith(inside) and language_of(absolute) in CODE:
                try:
                    data = self._sources.read(path, absolute)
                except OSError:
                    return None
                left -= len(data)
                if left < 0:
                    return None
                unit = unit_of(path, data)
                text = data.decode("utf-8", "replace") if unit is None else unit.text
                for word, times in Counter(_WORD.findall(text)).items():
                    words.setdefault(word, {})[path] = times
        return words

    @cached_property
    def _others_by_path(self) -> dict[str, Found]:
        return {found.absolute: found for found in self._others}

    def _search(self, words: frozenset[str]) -> Iterator[str]:
        from wbcheck.engine.cache import digest

        needles = tuple(sorted(word.encode() for word in words))
        known = (digest(*needles),)

        def has_one(path: str, data: bytes) -> bool:
            return any(needle in data for needle in needles)

        for found in self._others:
            if found.path in self._mentioning or language_of(found.path) not in CODE:
                continue
            try:
                data = self._read(found, known, has_one)
            except OSError:
                continue
            if data is not None:
                yield found.absolute

    def _read(
        self, found: Found, words: tuple[bytes, ...], has: Callable[[str, bytes], bool]
    ) -> bytes | None:
        """The bytes of a file if it ``has`` what the ``words`` stand for. Raises ``OSError``.

        That a file as it lies on the disk has not is kept from one run to the next.
        """
        cache, times = self._cache, self._times(found)
        if cache is not None and times is not None and cache.lacks(found.absolute, times, words):
            return None
        data = self._sources.read(found.path, found.absolute)
        if has(found.path, data):
            return data
        if cache is not None and times is not None:
            cache.note_lack(found.absolute, times, words)
        return None

    def _times(self, found: Found) -> Times | None:
        """The size and times of a file that is read from the disk, for the cache. Raises ``OSError``."""
        if self._cache is None or self._sources.stands_for(found.path):
            return None
        from wbcheck.engine.cache import times_of

        return times_of(os.stat(found.absolute))

    def _settings_beside(self, path: str) -> Settings:
        """The settings of a file that is not checked: a configuration that is wrong there is none of ours."""
        try:
            return self._request.settings_for(path)
        except SettingsError:
            return next(iter(self._settings.values()))


class _Beside(msgspec.Struct, frozen=True):
    """A file that is read for others."""

    path: str
    absolute: str
    role: str = "script"


def _words_of(settings: Settings) -> tuple[bytes, ...]:
    """The last word of every name that stands for W&B: whoever uses it has to write it."""
    names = (*settings.extra_modules, *settings.wrappers)
    return tuple(dict.fromkeys(name.rpartition(".")[2].encode() for name in names))
