"""Which statements and functions of a file can touch W&B: only those are worth a close look.

A name *holds* when it may hold something of W&B's: what an import of it binds, and what a statement
that mentions a holding name binds. A function in which a holding name is mentioned *acts*; so does one
that calls it. A statement is hot when it mentions either. Names are taken without their scopes, so the
answer errs towards looking: what is not hot certainly does nothing to W&B.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

import libcst as cst

from wbcheck.syntax import vocabulary
from wbcheck.syntax.positions import Positions

_WORD = re.compile(r"[A-Za-z_]\w*")
_CLASS = re.compile(r"\bWand[bB]\w*")
_ANNOTATED = re.compile(r"(\w+)\s*:\s*([^,=()]+)")
_BOUND_AS = re.compile(r"\bas\s+\(?(\w+)")

# Names that are W&B's business without naming it.
_OWN = frozenset("environ getenv putenv setenv load_dotenv init_trackers get_tracker Accelerator".split())
_TRAINERS = vocabulary.TRAINERS | vocabulary.TRAINING_ARGUMENTS

# Reads and writes of data: worth a look where they stand, but nothing they touch becomes W&B's.
_DATA = frozenset(
    {*vocabulary.DATA_READ_METHODS, *vocabulary.DATA_WRITE_METHODS}
    | {path.rsplit(".", 1)[-1] for path in (*vocabulary.DATA_READS, *vocabulary.DATA_WRITES)}
    - {"load", "save", "dump"}
    | {
        f"{module}.{verb}"
        for module in ("torch", "np", "numpy", "joblib", "pickle")
        for verb in ("load", "save", "dump")
    }
)

_Definition = cst.FunctionDef | cst.ClassDef


class Relevance:
    """The hot statements and functions of a module, by the identity of their nodes."""

    def __init__(
        self, positions: Positions, code: str, houses: dict[str, str], stores: dict[str, str]
    ) -> None:
        self._code = code
        self._texts = positions.texts()
        self._starts = [start for start, _, _ in self._texts]
        self._definitions = positions.definitions()
        self._definition_starts = [span.start for _, span in self._definitions]
        self._by_name: dict[str, list[_Definition]] = {}
        self._method_of: dict[int, str] = {}
        for node, span in self._definitions:
            self._by_name.setdefault(node.name.value, []).append(node)
            for around in self._around(span.start)[1:2] if isinstance(node, cst.FunctionDef) else ():
                if isinstance(around, cst.ClassDef):
                    self._method_of[id(node)] = around.name.value
                    if node.name.value.startswith("__"):
                        self._by_name.setdefault(around.name.value, []).append(node)
        self._made = {name for name in set(self._method_of.values()) if len(list(self._uses(name))) > 1}
        self._hot_functions: set[int] = set()
        self._warm_functions: set[int] = set()
        self._hot_anchors: set[int] = set()
        self._learning: set[int] = set()
        self._reached: set[str] = set()
        self._spread(_OWN | {part for path in houses for part in path.split(".")})
        for word in _DATA.union(path.rpartition(".")[2] for path in stores):
            for offset in self._uses(word):
                self._warm_functions.update(id(node) for node in self._around(offset))
                number = bisect_right(self._starts, offset) - 1
                if number >= 0:
                    self._hot_anchors.update(id(node) for node in self._texts[number][2])

    def is_hot(self, anchor: cst.CSTNode) -> bool:
        """Whether a statement, or an expression of a header, may touch something of W&B's."""
        return id(anchor) in self._hot_anchors

    def touches(self, node: cst.FunctionDef) -> bool:
        """Whether a function may do something to W&B, or be handed something of it."""
        return id(node) in self._hot_functions

    def counts(self, node: cst.FunctionDef) -> bool:
        """Whether a function is worth walking though nobody calls it."""
        return id(node) in self._hot_functions or id(node) in self._warm_functions

    def teaches(self, node: cst.FunctionDef) -> bool:
        """Whether a method may give its instance an attribute that holds something of W&B's."""
        return id(node) in self._learning

    def _uses(self, word: str) -> Iterator[int]:
        """Where a word stands by itself. A plain search for each is far cheaper than one pattern of all."""
        code, size = self._code, len(word)
        offset = code.find(word)
        while offset >= 0:
            end = offset + size
            if not (offset and _is_part(code[offset - 1])) and not (end < len(code) and _is_part(code[end])):
                yield offset
            offset = code.find(word, end)

    def _integration_words(self) -> set[str]:
        """Classes that are named for W&B (``WandbLogger``, ``WandBCallback``), and trainers."""
        code = self._code
        found = set(_CLASS.findall(code)) if "Wand" in code else set()
        roots = vocabulary.TRAINER_ROOTS | vocabulary.LIGHTNING_ROOTS
        return found | _TRAINERS if any(root in code for root in roots) else found

    def _around(self, offset: int) -> list[_Definition]:
        """The functions and classes that an offset lies in, innermost first."""
        found: list[_Definition] = []
        index = bisect_right(self._definition_starts, offset) - 1
        while index >= 0:
            node, span = self._definitions[index]
            if span.end > offset:
                found.append(node)
            index = index - 1 if not found or span.end <= offset else self._parent(index)
        return found

    def _parent(self, index: int) -> int:
        own = self._definitions[index][1]
        index -= 1
        while index >= 0 and self._definitions[index][1].end < own.end:
            index -= 1
        return index

    def _spread(self, own: frozenset[str] | set[str]) -> None:
        holding: set[str] = set()
        acting: set[str] = set()
        new_holding = {"wandb", *own, *self._integration_words()}
        new_acting: set[str] = set()
        heated: dict[int, bool] = {}
        while new_holding or new_acting:
            holding |= new_holding
            acting |= new_acting
            held: set[str] = set()
            acted: set[str] = set()
            for words, holds in ((new_holding, True), (new_acting, False)):
                for word in words:
                    for offset in self._uses(word):
                        number = bisect_right(self._starts, offset) - 1
                        if number < 0 or self._texts[number][1] <= offset:
                            continue
                        if heated.get(number) in (holds, True):
                            continue
                        if not holds and not self._may_call(word, offset):
                            continue
                        heated[number] = holds
                        self._heat(number, holds, holding, held, acted)
            new_holding, new_acting = held - holding - {"_"}, acted - acting - holding

    def _may_call(self, name: str, offset: int) -> bool:
        """Whether a function's name, mentioned here, may be a call of it that the walk would follow.

        A method is only followed on ``self`` and its kin, or on an instance made where its class is named.
        """
        code = self._code
        for node in self._by_name.get(name, ()):
            owner = self._method_of.get(id(node))
            if owner is None or owner in self._made:
                return True
            if code.endswith(("self.", "cls.", "super()."), 0, offset):
                return True
        return False

    def _heat(self, number: int, holds: bool, holding: set[str], held: set[str], acted: set[str]) -> None:
        """A statement is hot: so are the functions around it; if it holds, also what it binds and calls."""
        start, end, nodes = self._texts[number]
        if type(nodes[0]) is cst.Expr and isinstance(
            nodes[0].value, cst.SimpleString | cst.ConcatenatedString
        ):
            return
        around = self._around(start)
        self._hot_anchors.update(id(node) for node in nodes)
        for definition in around:
            if id(definition) not in self._hot_functions:
                self._hot_functions.add(id(definition))
                name = definition.name.value
                # Python calls these itself: whoever names the class may run them.
                acted.add(self._method_of.get(id(definition), name) if name.startswith("__") else name)
        if not holds:
            return
        text = self._code[start:end]
        for node in nodes:
            held.update(_bound_names(node, holding))
            if around and _sets_attribute(node):
                self._learning.add(id(around[0]))
            if around and type(node) is cst.Return:
                held.add(around[0].name.value)
        if type(nodes[0]) is cst.Name:
            for name, annotation in _ANNOTATED.findall(text):
                if not holding.isdisjoint(_WORD.findall(annotation)):
                    held.add(name)
        if " as " in text and not isinstance(nodes[0], cst.Import | cst.ImportFrom):
            held.update(_BOUND_AS.findall(text))
        for word in set(_WORD.findall(text)) - self._reached:
            if word in self._by_name:
                self._reached.add(word)
                self._hot_functions.update(id(called) for called in self._by_name[word])


def _is_part(character: str) -> bool:
    return character.isalnum() or character == "_"


def _sets_attribute(node: cst.CSTNode) -> bool:
    if type(node) is cst.Assign:
        return any(type(target.target) is cst.Attribute for target in node.targets)
    return type(node) is cst.AnnAssign and type(node.target) is cst.Attribute


def _bound_names(node: cst.CSTNode, holding: set[str]) -> list[str]:
    if type(node) is cst.Assign:
        names = [name for target in node.targets for name in _targets(target.target)]
        if type(node.value) is cst.Call and _path(node.value.func).endswith("Artifact"):
            # A dict of artifacts; what else is put into dicts is a value most of the time.
            into = [target.target for target in node.targets if type(target.target) is cst.Subscript]
            names.extend(name for target in into for name in _targets(target.value))
        return names
    if isinstance(node, cst.AnnAssign | cst.AugAssign):
        return _targets(node.target)
    if isinstance(node, cst.Import | cst.ImportFrom) and type(node.names) is not cst.ImportStar:
        return _imported(node, holding)
    return []


def _targets(node: cst.CSTNode) -> list[str]:
    if type(node) is cst.Name:
        return [node.value]
    if type(node) is cst.Attribute:
        return [node.attr.value]
    if isinstance(node, cst.Tuple | cst.List):
        return [name for element in node.elements for name in _targets(element.value)]
    return []


def _imported(node: cst.Import | cst.ImportFrom, holding: set[str]) -> list[str]:
    """The names that an import binds: all of them if the module holds, else those that hold themselves."""
    names: list[str] = []
    module = _path(node.module) if type(node) is cst.ImportFrom and node.module is not None else ""
    whole = any(part in holding for part in module.split("."))
    if isinstance(node.names, cst.ImportStar):
        return []
    for alias in node.names:
        path = _path(alias.name)
        if whole or any(part in holding for part in path.split(".")):
            names.append(
                alias.asname.name.value if alias.asname and type(alias.asname.name) is cst.Name else path
            )
    return names


def _path(node: cst.BaseExpression) -> str:
    if type(node) is cst.Attribute:
        return f"{_path(node.value)}.{node.attr.value}"
    return node.value if type(node) is cst.Name else ""
