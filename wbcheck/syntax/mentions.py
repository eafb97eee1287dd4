"""What a program says beside a run's config: values read from what the run was given, settings typed anew.

The walk passes over most of a training script, as it touches nothing of W&B's. What it reads from the dict
or the arguments that a run was started with is found in the text instead, after the walk and only in files
that start a run with a config whose keys are known.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import islice
from keyword import iskeyword
from typing import TYPE_CHECKING, Any, NamedTuple

import libcst as cst

from wbcheck.diagnostic import Span
from wbcheck.lexer import Token, fields, tokens
from wbcheck.model.blocks import BlockKind, Guard
from wbcheck.model.events import Event, GivenRead, LiteralArgument, LocalCall
from wbcheck.model.values import Mapping, ObjectKind, Piece, Ref, Text, constant, known_number
from wbcheck.syntax.drafts import RunDraft
from wbcheck.syntax.state import DictObject, Scope, single

if TYPE_CHECKING:
    from wbcheck.syntax.walker import Walker

# A text may mention a name as often as it likes.
MAX_MENTIONS = 2000
MAX_RUNS = 20

_LINK = r"""\s*(?:\.\s*(?P<attribute>\w+)|\[\s*(?P<quote>["'])(?P<key>[^"'\\\n]*)(?P=quote)\s*\])"""
_NEXT = re.compile(_LINK)
_GET = re.compile(r"""\s*\(\s*(["'])(?P<key>[^"'\\\n]*)\1""")
_WRITES = re.compile(r"\s*(?:=(?!=)|(?:[-+*/%&|^@]|//|\*\*|<<|>>)=)")
_CALLED = re.compile(r"\s*\(")
_DELETES = re.compile(r"\bdel\s+$")
_SPREADS = re.compile(r"\*\*\s*$")
_ENDS = re.compile(r"\s*[,)}]")
_GOES_ON = re.compile(r"\s*[.\[,)}]")
_PART = re.compile(r"\w")
_BINDS = re.compile(r"\s*(?::[^=\n]+)?=(?!=)")
_BOUND = re.compile(r"\b(?:as\s+|for\s+[\w, ]*)$")
_DEFINES = re.compile(r"\b(?:def|class)\s+$")
_LITERAL = (
    r"(?P<number>[-+]?(?:\d[\d_]{0,20}(?:\.\d{0,20})?|\.\d{1,20})(?:[eE][-+]?\d{1,3})?)"
    r"""|(?P<quoted>"[^"\\\n]*"|'[^'\\\n]*')"""
)
_CALLEE = re.compile(r"(?<!\w)([A-Za-z_][\w.]*)\s*$")
_TYPED = re.compile(rf"[(,]\s*(?P<name>[^\W\d]\w*)\s*=\s*(?:{_LITERAL})(?=\s*[,)])")


class Holder(NamedTuple):
    """A name that holds what a run is given, or a part of it, and the function whose name it is.

    ``way`` leads to it in the config.
    """

    name: str
    function: int | None
    way: tuple[str, ...]
    value: Any


def holders(walker: Walker, config: Any) -> list[Holder]:
    """The names that hold the dict or the arguments that a run's config is made of: the module's, and those
    of the functions that are being called.
    """
    given = single(config) if config is not None else None
    if not isinstance(given, DictObject):
        return []
    parts = dict(_parts(given, (), 0))
    scopes = [(each.function, each.scope) for each in walker._activations if each.scope is not None]
    scope: Scope | None = walker.scope
    while scope is not None and scope.parent is not None:
        scope = scope.parent
    found: list[Holder] = []
    for function, names in ((None, scope), *scopes):
        for name, value in names.names.items() if names is not None else ():
            known = _identity(single(value))
            if known in parts and known is not None:
                found.append(Holder(name, function, parts[known], single(value)))
    return found


def _parts(given: DictObject, way: tuple[str, ...], depth: int) -> Iterator[tuple[Any, tuple[str, ...]]]:
    """A dict, those inside of it, and the objects that they were made of: each with the way to it."""
    yield _identity(given), way
    if given.source is not None:
        yield _identity(given.source), way
    for key, value, _, _ in given.writes if depth < 3 else ():
        name, inner = constant(key), single(value)
        if name is not None and isinstance(inner, DictObject):
            yield from _parts(inner, (*way, name), depth + 1)


def _identity(value: Any) -> Any:
    if isinstance(value, DictObject | Mapping):
        return ("dict", value.id)
    if isinstance(value, Ref) and value.kind in (ObjectKind.ARGUMENTS, ObjectKind.INSTANCE):
        return (value.kind, value.id)
    return None


def note(walker: Walker) -> None:
    """Note what the text reads from what runs were given, and what it types anew."""
    told = [run for run in walker.runs if run.holders or isinstance(single(run.config), DictObject)]
    if not told or not walker.positions.aligned:
        return
    page = _Page(walker)
    for run in told[:MAX_RUNS]:
        if run.start >= 0:
            page.reads(run)
            page.literals(run)


class _Page:
    """The text of a file, with where its statements and blocks stand."""

    def __init__(self, walker: Walker) -> None:
        self.walker = walker
        self.code = walker.unit.code
        self.lines = walker.positions.lines()
        self.starts = [line.start for line in self.lines]
        self._blocks: list[tuple[int, int, int]] | None = None
        self._owners: list[tuple[int, int | None]] = []
        self._rebound: dict[tuple[str, int | None], bool] = {}
        self._string: tuple[int, list[Span]] = (-1, [])
        self._scanned: tuple[int, list[Token]] = (-1, [])

    def reads(self, run: RunDraft) -> None:
        """Every value read from what a run was given, through a name that holds it."""
        reach = self._reach(run)
        for holder in self._all_holders(run):
            for offset in islice(self._mentions(holder.name, reach), MAX_MENTIONS):
                end = offset + len(holder.name)
                read = self._read(holder, offset, end) if _GOES_ON.match(self.code, end) else None
                if read is None or not self._is_of(holder, offset):
                    continue
                way, end, spread = read
                attribute = not spread and isinstance(holder.value, Ref)
                held = len(holder.way)
                self._emit(GivenRead, offset, end, run.id, holder.name, way, spread, attribute, held)

    def literals(self, run: RunDraft) -> None:
        """Every literal given by a keyword that is the name of one of the config's parameters."""
        config = single(run.config)
        names = set(_leaves(config, 0)) if isinstance(config, DictObject) else set()
        if not names:
            return
        reach = self._reach(run)
        for match in islice(_TYPED.finditer(self.code, reach.start, reach.end), MAX_MENTIONS):
            if match.group("name") not in names:
                continue
            start = match.start("name")
            if not self._is_code(start):
                continue
            taker = self._taker(start)
            if not taker:
                continue
            value = self._literal(match)
            self._emit(LiteralArgument, start, match.end(), run.id, match.group("name"), taker, value)

    def _mentions(self, name: str, reach: Span) -> Iterator[int]:
        """Where a name stands by itself, and is no attribute: a plain search is cheaper than a pattern."""
        code, size = self.code, len(name)
        offset = code.find(name, reach.start, reach.end)
        while offset >= 0:
            end = offset + size
            if not _PART.match(code, offset - 1) and not _PART.match(code, end):
                if offset == 0 or code[offset - 1] != ".":
                    yield offset
            offset = code.find(name, end, reach.end)

    def _reach(self, run: RunDraft) -> Span:
        """Where the run may certainly have been started: one that a branch starts is only in that branch."""
        walker = self.walker
        block: int | None = walker.events[run.start].block
        while block is not None:
            draft = walker.blocks[block]
            if draft.kind is BlockKind.BRANCH and draft.guard is not Guard.MAIN and draft.node is not None:
                return walker.positions.body(draft.node)
            block = draft.parent
        return Span(0, len(self.code))

    def _literal(self, match: re.Match[str]) -> Any:
        written, quoted = match.group("number"), match.group("quoted")
        if quoted is not None:
            start, end = match.span("quoted")
            return Text(Span(start, end), (Piece(quoted[1:-1], Span(start + 1, end - 1)),))
        value = float(written) if re.search(r"[.eE]", written) else int(written)
        return known_number(Span(*match.span("number")), value)

    def _all_holders(self, run: RunDraft) -> list[Holder]:
        """The names known at the start, and the parameters that are always handed the same thing."""
        found = list(run.holders)
        parts = {_identity(holder.value): holder for holder in found}
        known_names = {(holder.name, holder.function) for holder in found}
        for function in self.walker.functions:
            calls = [self.walker.events[caller] for caller in function.callers]
            if not calls or function.escapes:
                continue
            for name in _parameters(function.node):
                given = [call.get(name) for call in calls if isinstance(call, LocalCall)]
                same = {_identity(single(value)) if value is not None else None for value in given}
                known = parts.get(same.pop()) if len(same) == 1 else None
                if known is not None and (name, function.id) not in known_names:
                    found.append(Holder(name, function.id, known.way, known.value))
        return found

    def _read(self, holder: Holder, start: int, end: int) -> tuple[tuple[str, ...], int, bool] | None:
        """The way into the config that a mention of a name takes, where it ends, and whether it is spread."""
        code = self.code
        if _SPREADS.search(code, max(0, start - 12), start) and _ENDS.match(code, end):
            return (holder.way, end, True) if self._is_code(start) else None
        by_attribute = isinstance(holder.value, Ref)
        way = list(holder.way)
        at = end
        while (link := _NEXT.match(code, at)) is not None:
            attribute = link.group("attribute")
            if attribute is not None and not by_attribute:
                get = _GET.match(code, link.end()) if attribute == "get" else None
                if get is None:
                    return None
                way.append(get.group("key"))
                at = link.end()
                break
            if attribute is None and by_attribute:
                break
            way.append(attribute if attribute is not None else link.group("key"))
            at = link.end()
            if by_attribute:
                break
        if at == end or _WRITES.match(code, at) or _DELETES.search(code, max(0, start - 8), start):
            return None
        if by_attribute and (_CALLED.match(code, at) or way[-1].startswith("__")):
            return None
        return (tuple(way), at, False) if self._is_code(start) else None

    def _statement(self, offset: int) -> int:
        """The number of the statement that an offset lies in, -1 for none."""
        number = bisect_right(self.starts, offset) - 1
        return number if number >= 0 and self.lines[number].end > offset else -1

    def _is_code(self, offset: int) -> bool:
        """Whether an offset lies in no comment, and in no string but for the fields of an f-string."""
        number = self._statement(offset)
        if number < 0:
            return False
        found = self._tokens(number)
        token = found[bisect_right(found, offset, key=lambda token: token.start) - 1]
        while token.kind == "string":
            field = next((span for span in self._fields(token) if span.start <= offset < span.end), None)
            if field is None:
                return False
            inner = tokens(self.code, field.start, field.end)
            token = next(token for token in inner if token.end > offset)
        return token.kind == "name" and token.start == offset

    def _fields(self, token: Token) -> list[Span]:
        """The fields of a string; those of the last one asked for are kept."""
        if self._string[0] != token.start:
            self._string = (token.start, fields(self.code, token))
        return self._string[1]

    def _tokens(self, number: int) -> list[Token]:
        """The tokens of a statement; those of the last one asked for are kept."""
        if self._scanned[0] != number:
            start, end = self.lines[number][:2]
            self._scanned = (number, list(tokens(self.code, start, end)))
        return self._scanned[1]

    def _taker(self, offset: int) -> str:
        """The dotted name of what is called with an argument that begins here; empty where that has none."""
        number = self._statement(offset)
        open_at: list[int] = []
        start = self.lines[number].start
        for token in self._tokens(number):
            if token.start >= offset:
                break
            if token.kind == "open":
                open_at.append(token.start)
            elif token.kind == "close" and open_at:
                open_at.pop()
        if not open_at or self.code[open_at[-1]] != "(":
            return ""
        found = _CALLEE.search(self.code, start, open_at[-1])
        if found is None or iskeyword(found.group(1)) or _DEFINES.search(self.code, start, found.start(1)):
            return ""
        return found.group(1)

    def _is_of(self, holder: Holder, offset: int) -> bool:
        """Whether a name, mentioned here, is the holder's: no function in between has one of its own, and it
        is not bound to something else before.
        """
        function = self._function_at(offset)
        while function is not None and function != holder.function:
            if self._binds(function, holder.name):
                return False
            parent = self.walker.blocks[self.walker.functions[function].block].parent
            function = self.walker.blocks[parent].function if parent is not None else None
        if function != holder.function:
            return False
        key = (holder.name, holder.function)
        if key not in self._rebound:
            self._rebound[key] = self._is_rebound(holder)
        return not self._rebound[key]

    def _is_rebound(self, holder: Holder) -> bool:
        """Whether the name is bound more than once where it lives: then it may be something else by now."""
        whole = self._span_of(holder.function)
        places = [
            offset
            for offset in islice(self._mentions(holder.name, whole), MAX_MENTIONS)
            if self._is_bound(offset, offset + len(holder.name)) and self._starts_statement(offset, holder)
        ]
        is_parameter = holder.function is not None and holder.name in _parameters(
            self.walker.functions[holder.function].node
        )
        return len(places) + is_parameter > 1

    def _is_bound(self, start: int, end: int) -> bool:
        """Whether a name that stands here is bound: by ``=``, ``as`` or ``for``."""
        return _BINDS.match(self.code, end) is not None or self._is_target(start)

    def _is_target(self, offset: int) -> bool:
        """Whether ``as`` or ``for`` stands before a name, on its line."""
        line = self.code.rfind("\n", 0, offset) + 1
        return _BOUND.search(self.code, max(line, offset - 200), offset) is not None

    def _starts_statement(self, offset: int, holder: Holder) -> bool:
        """Whether a binding is one of the holder's own: a statement, not a keyword argument."""
        number = self._statement(offset)
        if number < 0 or self._function_at(offset) != holder.function:
            return False
        start = self.lines[number].start
        return "(" not in self.code[start:offset] or self._is_target(offset)

    def _binds(self, function: int, name: str) -> bool:
        node = self.walker.functions[function].node
        if name in _parameters(node):
            return True
        span = self._span_of(function)
        bound = rf"^\s*{re.escape(name)}\s*(?::[^=\n]+)?=(?!=)|\bas\s+{re.escape(name)}\b"
        return re.search(bound, self.code[span.start : span.end], re.MULTILINE) is not None

    def _span_of(self, function: int | None) -> Span:
        if function is None:
            return Span(0, len(self.code))
        return self.walker.positions.body(self.walker.functions[function].node)

    def _function_at(self, offset: int) -> int | None:
        """The innermost function that an offset lies in."""
        if not self._owners:
            self._owners = list(_owners(self.walker))
        return self._owners[bisect_right(self._owners, offset, key=lambda owner: owner[0]) - 1][1]

    def _emit(self, kind: type[Event], start: int, end: int, *fields: Any) -> None:
        walker = self.walker
        statement = self._statement(start)
        if statement >= 0:
            walker.positions.statement(self.lines[statement].anchors[0])
            walker.events.append(kind(len(walker.events), self._block_at(start), Span(start, end), *fields))

    def _block_at(self, offset: int) -> int:
        """The innermost block that an offset lies in."""
        if self._blocks is None:
            self._blocks = sorted(self._spans())
        best = 0
        for start, end, block in self._blocks:
            if start > offset:
                break
            if offset < end:
                best = block
        return best

    def _spans(self) -> Iterator[tuple[int, int, int]]:
        """Where each block's own statements stand: the arms of one statement apart."""
        for (_, arm), number in self.walker._block_ids.items():
            draft = self.walker.blocks[number]
            if draft.kind is BlockKind.CELL and draft.node is not None:
                node: Any = draft.node
                yield node.span.start, node.span.end, number
                continue
            suite = _suite(draft.node, arm)
            if suite is not None and suite.body:
                first, last = suite.body[0], suite.body[-1]
                yield self._span(first).start, self._span(last).end, number

    def _span(self, statement: cst.CSTNode) -> Span:
        if isinstance(statement, cst.SimpleStatementLine):
            first, last = statement.body[0], statement.body[-1]
            return Span(self._span(first).start, self._span(last).end)
        if isinstance(statement, cst.BaseCompoundStatement):
            return self.walker.positions.body(statement)
        return self.walker.positions.statement(statement)


def _owners(walker: Walker) -> Iterator[tuple[int, int | None]]:
    """From which offset on the code belongs to which function, in order."""
    spans = [(walker.positions.body(function.node), function.id) for function in walker.functions]
    around: list[tuple[int, int | None]] = [(len(walker.unit.code) + 1, None)]
    yield 0, None
    for span, function in sorted(spans):
        while around[-1][0] <= span.start:
            end = around.pop()[0]
            yield end, around[-1][1]
        around.append((span.end, function))
        yield span.start, function
    while len(around) > 1:
        end = around.pop()[0]
        yield end, around[-1][1]


def _suite(node: Any, arm: str) -> cst.BaseSuite | None:
    """The statements of a block."""
    if arm == "else":
        orelse = getattr(node, "orelse", None)
        return orelse.body if isinstance(orelse, cst.Else) else None
    if arm == "finally":
        return node.finalbody.body if node.finalbody is not None else None
    body = getattr(node, "body", None)
    return body if isinstance(body, cst.BaseSuite) else None


def _leaves(config: DictObject, depth: int) -> Iterator[str]:
    """The names of the values that a config holds, at any depth."""
    for key, value, _, _ in config.writes:
        name, inner = constant(key), single(value)
        if isinstance(inner, DictObject) and depth < 3:
            yield from _leaves(inner, depth + 1)
        elif name is not None and name.isidentifier():
            yield name


def _parameters(node: cst.FunctionDef) -> set[str]:
    params = node.params
    return {param.name.value for param in (*params.posonly_params, *params.params, *params.kwonly_params)}
