"""Which statements and functions of a file can touch W&B: only those are worth a close look.

A name *holds* when it may hold something of W&B's: what an import of it binds, and what is assigned from an
expression whose value may be of such a name. It does so in its scope; attributes do so everywhere. A
statement is *hot* when it mentions a holding name. A function with a hot statement *acts*; so does one that
calls it, and the calls are hot. Where it is not known what an expression gives, the answer errs towards
looking.
"""

from __future__ import annotations

import ast
import builtins
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from typing import Any, NamedTuple

import libcst as cst

from wbcheck.diagnostic import Span
from wbcheck.syntax import symbols, vocabulary
from wbcheck.syntax.positions import Line, Positions

_CLASS = re.compile(r"\bWand[bB]\w*")
_NAMED = re.compile(r"\b(\w+)\s*:=")
_GIVES_BACK = ("get_tracker",)
_FILLING = frozenset("add append appendleft extend insert put setdefault update".split())

# Names that are W&B's business without naming it: what touches them is, what comes of them is not.
_OWN = vocabulary.ARTIFACT_METHODS | frozenset(
    "environ getenv putenv setenv load_dotenv init_trackers get_tracker Accelerator".split()
)
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

# Calls that may give back what they are given, or something made of it.
_MAKING = frozenset(
    {
        *dir(builtins),
        "partial",
        *(name for kind in (str, dict, list) for name in dir(kind) if not name.startswith("_")),
        *(path.rpartition(".")[2] for path in symbols.SYMBOLS),
    }
)

_Definition = cst.FunctionDef | cst.ClassDef
_MODULE = -1
_ANYWHERE = -2


class Strength(IntEnum):
    """What a mention says: a call of a function that acts; W&B's business; something of W&B's."""

    CALLED = 0
    WEAK = 1
    STRONG = 2


class _Holder(NamedTuple):
    """A name that holds: in a function (by number), the module, or anywhere; or an attribute of that name."""

    word: str
    scope: int
    strength: Strength
    attribute: bool = False


class Relevance:
    """The hot statements and functions of a module, by the identity of their nodes."""

    def __init__(
        self,
        positions: Positions,
        code: str,
        houses: dict[str, str],
        stores: dict[str, str],
        ours: Iterable[str] = (),
    ) -> None:
        self._code = code
        self._lines = positions.lines()
        self._starts = [line.start for line in self._lines]
        self._definitions = positions.definitions()
        self._definition_starts = [span.start for _, span in self._definitions]
        self._parents = self._nesting()
        self._by_name: dict[str, list[int]] = {}
        self._method_of: dict[int, str] = {}
        for number, (node, _) in enumerate(self._definitions):
            self._by_name.setdefault(node.name.value, []).append(number)
            parent = self._parents[number]
            around = None if parent < 0 else self._definitions[parent][0]
            if isinstance(node, cst.FunctionDef) and isinstance(around, cst.ClassDef):
                self._method_of[number] = around.name.value
                if node.name.value.startswith("__"):
                    self._by_name.setdefault(around.name.value, []).append(number)
        self._made = {name for name in set(self._method_of.values()) if len(list(self._uses(name))) > 1}
        self._globals: dict[int, set[str]] = {}
        for line in self._lines:
            if isinstance(line.tree, ast.Global | ast.Nonlocal):
                self._globals.setdefault(self._function_at(line.start), set()).update(line.tree.names)
        self._bound: dict[tuple[int, str], bool] = {}
        self._calls: dict[int, list[ast.Call]] = {}
        self._hot_functions: set[int] = set()
        self._warm_functions: set[int] = set()
        self._hot_anchors: set[int] = set()
        self._learning: set[int] = set()
        self._heated: dict[tuple[int, str], Strength] = {}
        self._known: dict[tuple[str, int, bool], Strength] = {}
        self._new: list[_Holder] = []
        self._acting: set[str] = set()
        self._seed(houses, ours)
        while self._new:
            self._spread(self._new.pop())
        for word in _DATA.union(path.rpartition(".")[2] for path in stores):
            for offset in self._uses(word):
                self._warm_functions.update(
                    id(self._definitions[number][0]) for number in self._around(offset)
                )
                at = self._line_at(offset)
                if at is not None:
                    self._hot_anchors.update(id(node) for node in self._lines[at].anchors)

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

    # --- where things stand ---------------------------------------------------------------------

    def _uses(self, word: str, start: int = 0, end: int | None = None) -> Iterator[int]:
        """Where a word stands by itself. A search for each is far cheaper than an index of all."""
        code, size = self._code, len(word)
        stop = len(code) if end is None else end
        offset = code.find(word, start, stop)
        while offset >= 0:
            after = offset + size
            if not (offset and _is_part(code[offset - 1])) and not (
                after < len(code) and _is_part(code[after])
            ):
                yield offset
            offset = code.find(word, after, stop)

    def _line_at(self, offset: int) -> int | None:
        number = bisect_right(self._starts, offset) - 1
        return number if number >= 0 and offset < self._lines[number].end else None

    def _nesting(self) -> list[int]:
        """For each definition the number of the one around it."""
        parents: list[int] = []
        open_: list[int] = []
        for number, (_, span) in enumerate(self._definitions):
            while open_ and self._definitions[open_[-1]][1].end <= span.start:
                open_.pop()
            parents.append(open_[-1] if open_ else _MODULE)
            open_.append(number)
        return parents

    def _around(self, offset: int) -> list[int]:
        """The numbers of the functions and classes that an offset lies in, innermost first."""
        found: list[int] = []
        number = bisect_right(self._definition_starts, offset) - 1
        while number >= 0:
            if self._definitions[number][1].end > offset:
                found.append(number)
            number = self._parents[number]
        return found

    def _function_at(self, offset: int) -> int:
        """The function whose code an offset lies in; the module's, too, is outside of any."""
        for number in self._around(offset):
            if isinstance(self._definitions[number][0], cst.FunctionDef):
                return number
        return _MODULE

    def _in_class(self, offset: int) -> bool:
        around = self._around(offset)
        return bool(around) and isinstance(self._definitions[around[0]][0], cst.ClassDef)

    def _scope_of(self, word: str, offset: int) -> int:
        """The function whose name a word is that stands here."""
        for number in self._around(offset):
            if isinstance(self._definitions[number][0], cst.FunctionDef) and self._binds(number, word):
                return number
        return _MODULE

    def _binds(self, function: int, word: str) -> bool:
        """Whether a name is a function's own."""
        known = self._bound.get((function, word))
        if known is None:
            known = self._bound[(function, word)] = self._finds_binding(function, word)
        return known

    def _finds_binding(self, function: int, word: str) -> bool:
        if word in self._globals.get(function, ()):
            return False
        node, span = self._definitions[function]
        if isinstance(node, cst.FunctionDef) and any(param.name.value == word for param in _parameters(node)):
            return True
        for offset in self._uses(word, span.start, span.end):
            at = self._line_at(offset)
            if self._code[offset - 1] == "." or at is None or self._function_at(offset) != function:
                continue
            line = self._lines[at]
            if word in _binding_names(line) or self._code.startswith(":=", offset + len(word) + 1):
                return True
        return False

    # --- what holds -----------------------------------------------------------------------------

    def _seed(self, houses: dict[str, str], ours: Iterable[str]) -> None:
        code = self._code
        strong = {"wandb", *ours, *(part for path in houses for part in path.split("."))}
        strong.update(_CLASS.findall(code) if "Wand" in code else ())
        roots = vocabulary.TRAINER_ROOTS | vocabulary.LIGHTNING_ROOTS
        weak = _OWN | _TRAINERS if any(root in code for root in roots) else _OWN
        if "tracker" not in code and "log_with" not in code:
            weak -= {"Accelerator"}
        for word in strong:
            self._hold(word, _ANYWHERE, Strength.STRONG)
        for word in weak - strong:
            self._hold(word, _ANYWHERE, Strength.WEAK)

    def _hold(self, word: str, scope: int, strength: Strength, attribute: bool = False) -> None:
        if word == "_":
            return
        key = (word, scope, attribute)
        known = self._known.get(key, self._known.get((word, _ANYWHERE, False)))
        if known is None or known < strength:
            self._known[key] = strength
            self._new.append(_Holder(word, scope, strength, attribute))

    def _spread(self, holder: _Holder) -> None:
        """Heat every line that mentions a name that holds."""
        word, scope, strength, attribute = holder
        span = Span(0, len(self._code)) if scope < 0 else self._definitions[scope][1]
        for offset in self._uses(word, span.start, span.end):
            at = self._line_at(offset)
            if at is None:
                continue
            if scope != _ANYWHERE:
                dotted = offset > 0 and self._code[offset - 1] == "."
                if dotted is not attribute and not (attribute and self._in_class(offset)):
                    continue
                if not attribute and self._scope_of(word, offset) != scope:
                    continue
                if not dotted and self._is_keyword(offset + len(word), self._lines[at], word):
                    continue
            if strength is Strength.CALLED and not self._may_call(word, offset):
                continue
            self._heat(at, offset, word, strength)

    def _is_keyword(self, end: int, line: Line, word: str) -> bool:
        """Whether a word is the name of an argument."""
        rest = self._code[end : end + 3].lstrip()
        return rest[:1] == "=" and rest[:2] != "==" and word not in _binding_names(line)

    def _may_call(self, name: str, offset: int) -> bool:
        """Whether a function's name, mentioned here, may be a call of it that the walk would follow.

        A method is only followed on ``self`` and its kin, or on an instance made where its class is named.
        """
        code = self._code
        if name == "super":
            return self._has_acting_parent(offset)
        for number in self._by_name.get(name, ()):
            owner = self._method_of.get(number)
            if owner is None or owner in self._made:
                return True
            if code.endswith(("self.", "cls.", "super()."), 0, offset):
                return True
        return False

    def _has_acting_parent(self, offset: int) -> bool:
        """Whether the class around derives from one of this file that acts when it is made."""
        for number in self._around(offset):
            node = self._definitions[number][0]
            if isinstance(node, cst.ClassDef):
                return any(getattr(base.value, "value", "") in self._acting for base in node.bases)
        return False

    def _act(self, number: int) -> None:
        """A function acts: whoever calls it does so, too."""
        node = self._definitions[number][0]
        if id(node) in self._hot_functions:
            return
        self._hot_functions.add(id(node))
        name = node.name.value
        # Python calls these itself: whoever names the class may run them.
        if name.startswith("__"):
            name = self._method_of.get(number, name)
        if name not in self._acting:
            self._acting.add(name)
            self._new.append(_Holder(name, _ANYWHERE, Strength.CALLED))
            if name != node.name.value:
                self._new.append(_Holder("super", _ANYWHERE, Strength.CALLED))

    def _heat(self, at: int, offset: int, word: str, strength: Strength) -> None:
        """A line is hot: so are the functions around it; what it binds may hold, what it calls acts."""
        if self._heated.get((at, word), -1) >= strength:
            return
        self._heated[(at, word)] = strength
        line = self._lines[at]
        tree = line.tree
        if isinstance(tree, ast.Expr) and isinstance(tree.value, ast.Constant | ast.JoinedStr):
            return
        self._hot_anchors.update(id(node) for node in line.anchors)
        around = self._around(line.start)
        for number in around:
            self._act(number)
        if strength is Strength.CALLED:
            return
        self._bind(line, around, word, strength)
        calls = self._calls.get(at)
        if calls is None:
            within = self._code.find("(", line.start, line.end) >= 0
            calls = self._calls[at] = _calls(tree) if within else []
        for call in calls:
            name = _called(call)
            if name == "partial" and call.args:
                call = ast.Call(call.args[0], call.args[1:], call.keywords)
                name = _called(call)
            for number in self._by_name.get(name, ()):
                self._hot_functions.add(id(self._definitions[number][0]))
                self._pass(call, number, word, strength)
            if name in _FILLING and any(self._gives(argument, word, strength) for argument in call.args):
                # What is put into a container is held by it.
                self._targets(getattr(call.func, "value", None), line.start, strength)

    def _pass(self, call: ast.Call, number: int, word: str, strength: Strength) -> None:
        """The parameters of a function that are given something that holds."""
        node = self._definitions[number][0]
        if not isinstance(node, cst.FunctionDef):
            return
        parameters = _parameters(node)
        names = [param.name.value for param in parameters]
        if number in self._method_of and names:
            names = names[1:]
        for place, argument in enumerate(call.args):
            if not self._gives(argument, word, strength):
                continue
            starred = isinstance(argument, ast.Starred)
            for name in names[place:] if starred else names[place : place + 1] or names[-1:]:
                self._hold(name, number, strength)
        for keyword in call.keywords:
            if self._gives(keyword.value, word, strength):
                taken = [keyword.arg] if keyword.arg in names else names[-1:] if keyword.arg else names
                for name in taken:
                    self._hold(str(name), number, strength)

    def _bind(self, line: Line, around: Sequence[int], word: str, strength: Strength) -> None:
        tree, start = line.tree, line.start
        if isinstance(tree, ast.Import | ast.ImportFrom):
            for name in _imported(tree, word):
                self._hold(name, self._scope_of(name, start), strength)
            return
        if isinstance(tree, ast.Assign):
            if self._gives(tree.value, word, strength):
                for target in tree.targets:
                    self._targets(target, start, strength)
                if around and any(isinstance(target, ast.Attribute) for target in tree.targets):
                    self._learning.add(id(self._definitions[around[0]][0]))
        elif isinstance(tree, ast.AnnAssign | ast.AugAssign):
            annotated = isinstance(tree, ast.AnnAssign) and strength is Strength.STRONG
            if annotated or self._gives(tree.value, word, strength):
                self._targets(tree.target, start, strength)
                if around and isinstance(tree.target, ast.Attribute):
                    self._learning.add(id(self._definitions[around[0]][0]))
        elif isinstance(tree, ast.For | ast.AsyncFor):
            if self._gives(tree.iter, word, strength):
                self._targets(tree.target, start, strength)
        elif isinstance(tree, ast.With | ast.AsyncWith):
            for item in tree.items:
                if item.optional_vars is not None and self._gives(item.context_expr, word, strength):
                    self._targets(item.optional_vars, start, strength)
        elif isinstance(tree, ast.FunctionDef | ast.AsyncFunctionDef) and around:
            self._bind_parameters(tree, around[0], word, strength)
        elif isinstance(tree, ast.Match) and self._gives(tree.subject, word, strength):
            for inner in ast.walk(tree):
                if isinstance(inner, ast.MatchAs | ast.MatchStar) and inner.name:
                    self._hold(inner.name, self._scope_of(inner.name, start), strength)
        gives_back = isinstance(tree, ast.Return) and self._gives(tree.value, word, strength)
        text = self._code[start : line.end]
        function = self._function_at(start)
        if function >= 0 and (gives_back or "yield" in text):
            name = self._definitions[function][0].name.value
            if function in self._method_of or isinstance(self._definitions[function][0], cst.ClassDef):
                self._hold(name, _MODULE, strength, attribute=True)
            else:
                self._hold(name, self._scope_of(name, self._definitions[function][1].start - 1), strength)
        if ":=" in text:
            for name in _NAMED.findall(text):
                self._hold(name, self._scope_of(name, start), strength)

    def _bind_parameters(self, tree: Any, function: int, word: str, strength: Strength) -> None:
        arguments = tree.args
        plain = [*arguments.posonlyargs, *arguments.args]
        given = [*[None] * (len(plain) - len(arguments.defaults)), *arguments.defaults]
        pairs = [
            *zip(plain, given, strict=True),
            *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
        ]
        for parameter, default in pairs:
            promised = parameter.annotation is not None and strength is Strength.STRONG
            if (promised and _mentions(parameter.annotation, word)) or self._gives(default, word, strength):
                self._hold(parameter.arg, function, strength)

    def _targets(self, target: Any, offset: int, strength: Strength) -> None:
        """What an assignment to this makes hold."""
        while isinstance(target, ast.Subscript | ast.Starred):
            target = target.value
        if isinstance(target, ast.Name):
            if self._in_class(offset):
                self._hold(target.id, _MODULE, strength, attribute=True)
            self._hold(target.id, self._scope_of(target.id, offset), strength)
        elif isinstance(target, ast.Attribute):
            self._hold(target.attr, _MODULE, strength, attribute=True)
        elif isinstance(target, ast.Tuple | ast.List):
            for element in target.elts:
                self._targets(element, offset, strength)

    def _gives(self, root: Any, word: str, strength: Strength) -> bool:
        """Whether the value of an expression that mentions a word may be, or hold, what the word holds."""
        stack = [root]
        while stack:
            node = stack.pop()
            if isinstance(node, ast.Name):
                if node.id == word:
                    return True
            elif isinstance(node, ast.Attribute):
                if node.attr == word:
                    return True
                if strength is Strength.STRONG:
                    stack.append(node.value)
            elif isinstance(node, ast.Call):
                if self._call_gives(node, word, strength):
                    return True
            elif isinstance(node, ast.Compare | ast.Constant) or node is None:
                continue
            elif strength is Strength.STRONG or isinstance(node, _HANDING_ON):
                stack.extend(ast.iter_child_nodes(node))
        return False

    def _call_gives(self, node: ast.Call, word: str, strength: Strength) -> bool:
        func = node.func
        last = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
        if strength is Strength.WEAK:
            if last == word:
                return word not in _OWN or word == "Accelerator"
            return last in _GIVES_BACK and _mentions(func, word)
        if self._gives(func, word, strength):
            return True
        if last not in _MAKING:
            return False
        return any(
            self._gives(argument, word, strength)
            for argument in (*node.args, *(keyword.value for keyword in node.keywords))
        )


def _is_part(character: str) -> bool:
    return character.isalnum() or character == "_"


_HANDING_ON = (
    ast.IfExp,
    ast.BoolOp,
    ast.Tuple,
    ast.List,
    ast.Dict,
    ast.Set,
    ast.Await,
    ast.Starred,
    ast.NamedExpr,
)


def _mentions(root: ast.AST, word: str) -> bool:
    for node in ast.walk(root):
        if word in (getattr(node, "id", ""), getattr(node, "attr", "")):
            return True
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and word in node.value:
            return True
    return False


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _calls(tree: ast.AST) -> list[ast.Call]:
    """The calls in a statement, or in the header of a compound one."""
    found: list[ast.Call] = []
    stack: list[Any] = [tree]
    first = True
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Call):
            found.append(node)
        for name in node._fields:
            # The statements inside are lines of their own.
            if first and name in ("body", "orelse", "handlers", "finalbody", "cases"):
                if not isinstance(node, ast.IfExp | ast.Lambda):
                    continue
            value = getattr(node, name, None)
            if type(value) is list:
                stack.extend(each for each in value if isinstance(each, ast.AST))
            elif isinstance(value, ast.AST):
                stack.append(value)
        first = False
    return found


def _parameters(node: cst.FunctionDef) -> list[cst.Param]:
    params = node.params
    found = [*params.posonly_params, *params.params]
    if isinstance(params.star_arg, cst.Param):
        found.append(params.star_arg)
    found.extend(params.kwonly_params)
    if params.star_kwarg is not None:
        found.append(params.star_kwarg)
    return found


def _binding_names(line: Line) -> set[str]:
    """The names that a statement, or a header, binds itself."""
    tree = line.tree
    if isinstance(tree, ast.Assign):
        return {name for target in tree.targets for name in _names(target)}
    if isinstance(tree, ast.AnnAssign | ast.AugAssign | ast.For | ast.AsyncFor):
        return set(_names(tree.target))
    if isinstance(tree, ast.With | ast.AsyncWith):
        return {name for item in tree.items if item.optional_vars for name in _names(item.optional_vars)}
    if isinstance(tree, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name.partition(".")[0] for alias in tree.names}
    if isinstance(tree, ast.ExceptHandler) and tree.name:
        return {tree.name}
    if isinstance(tree, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {tree.name}
    return set()


def _names(target: Any) -> Iterator[str]:
    if isinstance(target, ast.Name):
        yield target.id
    elif isinstance(target, ast.Starred):
        yield from _names(target.value)
    elif isinstance(target, ast.Tuple | ast.List):
        for element in target.elts:
            yield from _names(element)


def _imported(tree: ast.Import | ast.ImportFrom, word: str) -> Iterator[str]:
    """The names that an import binds: all of them if the module holds, else those that hold themselves."""
    whole = isinstance(tree, ast.ImportFrom) and word in (tree.module or "").split(".")
    for alias in tree.names:
        if alias.name != "*" and (whole or word in alias.name.split(".")):
            yield alias.asname or alias.name.partition(".")[0]
