"""Which files of a project are understood with the help of which others, and in which order.

It knows files, their imports (from the text alone) and the names that they import; what these stand
for is found out by a walk of the file that has them. The files that mention W&B are modelled after those
that they import. Any other file is read only if a model holds one of its names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from typing import NamedTuple

import msgspec

from wbcheck.imports import Import, Resolver, imports_of, joined
from wbcheck.model.exports import MOST_ASIDE, Context, Export, Exports

MOST_LEVELS = 6
MOST_STEPS = 5
MOST_FILES = 400
MOST_BYTES = 512 * 1024
STAR = "*"

_ATTRIBUTE = re.compile(r"\.\s*+(?!\d)(\w++)")
# What stands in a notebook's JSON between two lines of code.
_QUOTE = re.compile(r"^[ \t]*+(?>(?:\",[ \t]*+\n?+[ \t]*+)*)\"?+", re.MULTILINE)
# A search for a line end is five times as fast as one for where a line begins.
_DEFINITION = re.compile(
    r"\n[ \t]*+(?:(?:async[ \t]++)?(?:def|class)[ \t]++(\w++)|(\w++)[ \t]*+(?::[^=\n]++)?=(?!=))"
)
# Where a name is mostly written that W&B is told something by: given by keyword or unpacked, handed to one
# of its functions, in a text; with a run, as a key. A constant is worth a look wherever it stands. That they
# never go back over a word makes these patterns twice as fast.
_TOLD = (
    re.compile(
        r"[=*{(](?:(?<=\w=)|(?<=\*\*)|(?<=\{)|(?:(?<=\blog\()|(?<=\bupdate\()|(?<=\binit\()"
        r"|(?<=\bdefine_metric\()|(?<=\bTable\()|(?<=[Aa]rtifact\())\s*)(?:\w++\.)*+(\w++)"
    ),
    re.compile(r"\b(\w++)(?:\((?:self\.)?(?:\w+_)?run\b|[ \t]*+:[ \t]*+[^\s=])"),
    re.compile(r"([A-Z](?<!\w[A-Z])[A-Z0-9_]++)(?!\w)"),
)


class Link(NamedTuple):
    """A name that a file imports, by the dotted path that it imports it by: where it is, and called what.

    With ``star`` the file has it under its own name, by ``from module import *``.
    """

    path: str
    file: str
    name: str
    star: bool = False


class Outline(msgspec.Struct, array_like=True):
    """What a file's text says at a glance, each part once it has been asked for; a text's is always the same.

    ``defined`` are the names that it defines itself, wherever: more than the module's. ``told`` are those
    that stand where W&B is mostly told something, ``attributes`` those that follow a dot.
    """

    imports: tuple[Import, ...] | None = None
    defined: frozenset[str] | None = None
    told: frozenset[str] | None = None
    attributes: frozenset[str] | None = None


class _File:
    """A file's text, looked at when it is asked for."""

    def __init__(self, path: str, data: bytes, is_ours: bool, outline: Outline) -> None:
        self.path = path
        self.is_ours = is_ours
        self._data = data
        self._outline = outline

    @property
    def size(self) -> int:
        return len(self._data)

    @property
    def text(self) -> str:
        text = self._data.decode("utf-8-sig", "replace")
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        return _QUOTE.sub("", text.replace("\\n", "\n")) if self.path.endswith(".ipynb") else text

    @property
    def imports(self) -> tuple[Import, ...]:
        known = self._outline.imports
        if known is None:
            known = self._outline.imports = imports_of(self.text) if b"import" in self._data else ()
        return known

    @property
    def defined(self) -> frozenset[str]:
        known = self._outline.defined
        if known is None:
            found = (made or set_ for made, set_ in _DEFINITION.findall(f"\n{self.text}"))
            known = self._outline.defined = frozenset(found)
        return known

    @property
    def told(self) -> frozenset[str]:
        known = self._outline.told
        if known is None:
            text = self.text
            found = (name for pattern in _TOLD for name in pattern.findall(text))
            known = self._outline.told = frozenset(found)
        return known

    @property
    def attributes(self) -> frozenset[str]:
        known = self._outline.attributes
        if known is None:
            known = self._outline.attributes = frozenset(_ATTRIBUTE.findall(self.text))
        return known


class Linking:
    """The links between the files of a project, and what is known of their names so far.

    ``read`` gives the bytes of a file (absolute), ``None`` where it cannot be read; ``is_ours`` says
    whether it mentions W&B. ``outline`` gives the outline of a file with these bytes, and is filled in here.
    Whoever analyses a file puts what it holds into ``exports``.
    """

    def __init__(
        self,
        read: Callable[[str], bytes | None],
        is_ours: Callable[[str], bool],
        outline: Callable[[str, bytes], Outline] = lambda path, data: Outline(),
    ) -> None:
        self.exports: dict[str, Exports] = {}
        self._outline = outline
        self._read = read
        self._is_ours = is_ours
        self._resolver = Resolver()
        self._files: dict[str, _File | None] = {}
        self._links: dict[str, tuple[Link, ...]] = {}
        # The modules that a file imports, whether it uses a name of them or not.
        self._homes: dict[str, list[str]] = {}
        self._near: dict[str, tuple[Link, ...]] = {}
        self._origins: dict[tuple[str, str], tuple[str, str] | None] = {}
        self._ranks: dict[str, int] = {}
        self._wanted: dict[str, set[str]] = {}
        self._asked: dict[str, set[str]] = {}
        self._left = MOST_FILES

    def add(self, path: str, data: bytes) -> None:
        """A file that mentions W&B, or is to be understood as if it did."""
        self._files[path] = _File(path, data, True, self._outline(path, data))
        self._links.pop(path, None)
        self._near.clear()
        self._origins.clear()

    def order(self) -> list[list[str]]:
        """All files that mention W&B, those first that others import; from here on nothing is known of any.

        These are the added ones and those of the project that they import, directly or by way of others.
        """
        self.exports = {}
        self._asked = {}
        self._ranks = {}
        for path in [path for path, file in self._files.items() if file is not None and file.is_ours]:
            self._rank(path, set())
        self._wanted = {}
        levels: list[list[str]] = [[] for _ in range(max(self._ranks.values(), default=-1) + 1)]
        for path, rank in self._ranks.items():
            levels[rank].append(path)
            for link in self._near_to(path):
                self._wanted.setdefault(link.file, set()).add(link.name)
        return levels

    def _near_to(self, path: str) -> tuple[Link, ...]:
        """The links of a file, and those of the files between it and others that mention W&B."""
        if path not in self._near:
            links = self.links_of(path)
            between = dict.fromkeys(link.file for link in links if not self._is_of_ours(link.file))
            inner = (link for file in between for link in self.links_of(file) if self._is_of_ours(link.file))
            self._near[path] = (*links, *inner)
        return self._near[path]

    def _rank(self, path: str, open_: set[str]) -> int:
        if path in self._ranks:
            return self._ranks[path]
        open_.add(path)
        rank = 0
        near = [link.file for link in self._near_to(path)]
        for inner in dict.fromkeys((*self._homes.get(path, ()), *near)):
            if self._is_of_ours(inner) and inner not in open_ and len(open_) < MOST_LEVELS:
                rank = max(rank, self._rank(inner, open_) + 1)
        open_.discard(path)
        self._ranks[path] = rank
        return rank

    def context(self, path: str) -> Context:
        """What a file that mentions W&B is analysed with: all that is known of those ranked before it."""
        return Context(self._linked(path), frozenset(self._wanted.get(path, ())))

    def explored(self, path: str, names: Iterable[str]) -> Context:
        """What a file that is none of W&B's is read for: these names, and those asked for before."""
        asked = self._asked.setdefault(path, set())
        asked.update(names)
        return Context(self._linked(path), frozenset(asked), anyway=True)

    def _linked(self, path: str) -> dict[str, Export]:
        rank = self._ranks.get(path, MOST_LEVELS)
        linked: dict[str, Export] = {}
        for link in self.links_of(path):
            if self._ranks.get(link.file, -1) < rank and self.is_known(link):
                linked[link.path] = self.exports[link.file][link.name]
        return linked

    def likely(self, path: str) -> list[Link]:
        """The links to files that are none of W&B's, by whose names the text seems to tell W&B something."""
        file = self._file(path)
        foreign = self._foreign(path)
        told = file.told if foreign and file is not None else frozenset()
        return [link for link in foreign if link.path.rpartition(".")[2] in told]

    def asked(self, path: str, names: Iterable[str]) -> list[Link]:
        """The links of a file to those that are none of W&B's, of what it calls by these names."""
        foreign = self._foreign(path)
        whole = {prefix for name in names for prefix in _prefixes(name)} if foreign else ()
        return [
            link for link in foreign if (link.path.rpartition(".")[2] if link.star else link.path) in whole
        ]

    def _foreign(self, path: str) -> list[Link]:
        return [
            link
            for link in self.links_of(path)
            if (file := self._file(link.file)) is not None and not file.is_ours and file.size <= MOST_ASIDE
        ]

    def is_known(self, link: Link) -> bool:
        """Whether it is known by now what a name is."""
        return link.name in self.exports.get(link.file, ())

    def is_explored(self, link: Link) -> bool:
        """Whether a file that is none of W&B's has been read for a name."""
        return link.name in self._asked.get(link.file, ())

    def imports(self, path: str, names: Mapping[str, Container[str]]) -> set[str]:
        """The names of these files that a file, which is to be added, imports, and what it calls them."""
        found = {
            each.path.rpartition(".")[2]
            for each in self.links_of(path)
            if each.name in names.get(each.file, ())
        }
        file = self._file(path)
        pairs = (pair for each in file.imports for pair in each.names) if file is not None and found else ()
        return found | {bound for name, bound in pairs if name in found}

    def links_of(self, path: str) -> tuple[Link, ...]:
        """The names that a file imports from others of the project."""
        if path not in self._links:
            file = self._file(path)
            self._links[path] = () if file is None else tuple(self._found(file))
        return self._links[path]

    def _is_of_ours(self, path: str) -> bool:
        file = self._file(path)
        return file is not None and file.is_ours

    def _found(self, file: _File) -> Iterator[Link]:
        homes = self._homes[file.path] = []
        for each in file.imports:
            home = self._resolver.file_of(file.path, each.module)
            homes += [] if home is None else [home]
            if not each.names:
                yield from self._of_module(file, each.module, home)
            for name, _ in each.names:
                whole = joined(each.module, name)
                inner = None if name == STAR else self._resolver.file_of(file.path, whole)
                homes += [] if inner is None else [inner]
                if name == STAR:
                    yield from self._of_module(file, each.module, home, every=True)
                elif inner is not None and not self._defines(home, name):
                    yield from self._of_module(file, whole, inner)
                elif home is not None:
                    yield from self._of_name(whole, home, name)

    def _of_module(self, file: _File, path: str, home: str | None, every: bool = False) -> Iterator[Link]:
        """The names of a module that a file may use as its attributes, or under their own names."""
        if home is None or home == file.path or (inner := self._file(home)) is None:
            return
        bound = {name for each in inner.imports for _, name in each.names}
        used = set(re.findall(r"\w+", file.text)) if every else file.attributes
        for name in sorted((inner.defined | bound) & used):
            if not (every and name.startswith("_")):
                for link in self._of_name(joined(path, name), home, name):
                    yield link._replace(star=every)

    def _of_name(self, path: str, home: str, name: str) -> Iterator[Link]:
        if (home, name) not in self._origins:
            self._origins[home, name] = self._follow(home, name, MOST_STEPS)
        found = self._origins[home, name]
        if found is not None:
            yield Link(path, *found)

    def _follow(self, home: str, name: str, steps: int) -> tuple[str, str] | None:
        """Where a name of a module comes from, through modules that only hand it on."""
        file = self._file(home)
        if file is None or steps == 0:
            return None
        if name in file.defined:
            return home, name
        for each in file.imports:
            for imported, bound in each.names:
                if bound == name or (imported == STAR and self._defines_star(home, each.module, name)):
                    inner = self._resolver.file_of(home, each.module)
                    wanted = name if imported == STAR else imported
                    if inner is None:
                        return (home, name) if each.module.partition(".")[0] == "wandb" else None
                    return self._follow(inner, wanted, steps - 1)
        return (home, name) if any(each.module == name for each in file.imports) else None

    def _defines_star(self, home: str, module: str, name: str) -> bool:
        inner = self._resolver.file_of(home, module)
        return inner is not None and inner != home and self._defines(inner, name)

    def _defines(self, path: str | None, name: str) -> bool:
        file = None if path is None else self._file(path)
        return file is not None and name in file.defined

    def _file(self, path: str) -> _File | None:
        if path not in self._files:
            data = None
            if self._left:
                self._left -= 1
                data = self._read(path)
            usable = data is not None and len(data) <= MOST_BYTES
            self._files[path] = (
                _File(path, data, self._is_ours(path), self._outline(path, data)) if data and usable else None
            )
        return self._files[path]


def _prefixes(name: str) -> Iterator[str]:
    while name:
        yield name
        name = name.rpartition(".")[0]
