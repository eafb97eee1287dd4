"""Which statements and functions of a file can touch W&B: only those are worth a close look.

A name is *hot* when it may hold something of W&B's: what an import of it binds, what a statement that mentions a hot
name binds, and every function or class in which a hot name is mentioned. Names are taken without their scopes, so
the answer errs towards walking: a function that is not hot certainly does nothing to W&B.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

import libcst as cst

from wbcheck.syntax import vocabulary
from wbcheck.syntax.positions import Positions

_WORD = re.compile(r"[A-Za-z_]\w*")
_BOUND_AS = re.compile(r"\bas\s+\(?(\w+)")

# Names that are W&B's business without naming it.
_OWN = frozenset(
    "environ getenv putenv setenv load_dotenv init_trackers get_tracker Accelerator".split()
) | vocabulary.TRAINERS | vocabulary.TRAINING_ARGUMENTS

# Reads and writes of data: worth a walk where they stand, but nothing they touch becomes W&B's.
_DATA = frozenset(vocabulary.DATA_READ_METHODS) | frozenset(vocabulary.DATA_WRITE_METHODS) | frozenset(
    path.rsplit(".", 1)[-1] for path in (*vocabulary.DATA_READS, *vocabulary.DATA_WRITES)
) - {"load", "save", "dump"}
_DATA_CALL = re.compile(r"\b(?:torch|np|numpy|joblib|pickle)\s*\.\s*(?:load|save|dump)\b")


class Relevance:
    """The hot functions of a module, by the identity of their nodes."""

    def __init__(self, positions: Positions, code: str, houses: dict[str, str]) -> None:
        self._extra = {part for path in houses for part in path.split(".")}
        self._hot: set[str] = set()
        self._functions: list[tuple[int, int, cst.FunctionDef | cst.ClassDef]] = sorted(
            ((span.start, span.end, node) for node, span in positions.definitions()), key=lambda entry: entry[:2]
        )
        self._hot_nodes: set[int] = set()
        self._hot_anchors: set[int] = set()
        self._learning: set[int] = set()
        self._nodes: list[list[cst.CSTNode]] = []
        self._warm_nodes: set[int] = set()
        self._by_word: dict[str, list[int]] = defaultdict(list)
        self._bound: list[tuple[str, ...]] = []
        self._words: list[frozenset[str]] = []
        self._owners: list[tuple[cst.FunctionDef | cst.ClassDef, ...]] = []
        self._names = {node.name.value: node for _, _, node in self._functions}
        self._index(positions, code)
        self._spread()

    def touches(self, node: cst.FunctionDef) -> bool:
        """Whether a function may do something to W&B, or be handed something of it."""
        return id(node) in self._hot_nodes

    def counts(self, node: cst.FunctionDef) -> bool:
        """Whether a function is worth walking though nobody calls it."""
        return id(node) in self._hot_nodes or id(node) in self._warm_nodes

    def is_hot(self, anchor: cst.CSTNode) -> bool:
        """Whether a statement, or an expression of a header, may touch something of W&B's."""
        return id(anchor) in self._hot_anchors

    def teaches(self, node: cst.FunctionDef) -> bool:
        """Whether a method may give its instance an attribute that holds something of W&B's."""
        return id(node) in self._learning

    def _index(self, positions: Positions, code: str) -> None:
        open_: list[tuple[int, cst.FunctionDef | cst.ClassDef]] = []
        following = 0
        for start, end, nodes in positions.texts():
            while following < len(self._functions) and self._functions[following][0] <= start:
                open_.append((self._functions[following][1], self._functions[following][2]))
                following += 1
            open_ = [entry for entry in open_ if entry[0] > start]
            text = code[start:end]
            words = frozenset(_WORD.findall(text))
            number = len(self._words)
            self._words.append(words)
            self._nodes.append(nodes)
            self._owners.append(tuple(node for _, node in open_))
            self._bound.append(_bound_names(nodes, text))
            for word in words:
                self._by_word[word].append(number)
            if words & _DATA or _DATA_CALL.search(text):
                self._warm_nodes.update(id(node) for _, node in open_)

    def _spread(self) -> None:
        waiting = [word for word in self._by_word if "wandb" in word.lower() or word in _OWN or word in self._extra]
        done: set[int] = set()
        while waiting:
            word = waiting.pop()
            if word in self._hot:
                continue
            self._hot.add(word)
            for number in self._by_word.get(word, ()):
                if number in done:
                    continue
                done.add(number)
                self._hot_anchors.update(id(node) for node in self._nodes[number])
                if self._owners[number] and any(_sets_attribute(node) for node in self._nodes[number]):
                    self._learning.add(id(self._owners[number][-1]))
                waiting.extend(name for name in self._bound[number] if name not in self._hot)
                for node in self._owners[number]:
                    if id(node) not in self._hot_nodes:
                        self._hot_nodes.add(id(node))
                        waiting.append(node.name.value)
                for name in self._words[number]:
                    called = self._names.get(name)
                    if called is not None and id(called) not in self._hot_nodes:
                        self._hot_nodes.add(id(called))


def _sets_attribute(node: cst.CSTNode) -> bool:
    if isinstance(node, cst.Assign):
        return any(isinstance(target.target, cst.Attribute) for target in node.targets)
    return isinstance(node, cst.AnnAssign) and isinstance(node.target, cst.Attribute)


def _bound_names(nodes: list[Any], text: str) -> tuple[str, ...]:
    names: list[str] = []
    for node in nodes:
        if isinstance(node, cst.Assign):
            for target in node.targets:
                names.extend(_targets(target.target))
        elif isinstance(node, cst.AnnAssign | cst.AugAssign):
            names.extend(_targets(node.target))
        elif isinstance(node, cst.Import | cst.ImportFrom):
            names.extend(_imported(node))
    if " as " in text:
        names.extend(_BOUND_AS.findall(text))
    return tuple(names)


def _targets(node: cst.CSTNode) -> list[str]:
    if isinstance(node, cst.Name):
        return [node.value]
    if isinstance(node, cst.Attribute):
        return [node.attr.value]
    if isinstance(node, cst.Tuple | cst.List):
        return [name for element in node.elements for name in _targets(element.value)]
    return []


def _imported(node: cst.Import | cst.ImportFrom) -> list[str]:
    if isinstance(node.names, cst.ImportStar):
        return []
    found = []
    for alias in node.names:
        name = alias.name
        while isinstance(name, cst.Attribute):
            name = name.value
        found.append(name.value if isinstance(name, cst.Name) else "")
    return found
