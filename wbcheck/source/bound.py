"""Bounds on a text before LibCST sees it, as LibCST can take the whole process with it.

Measured with LibCST 1.9 on a stack of 8 MB: 1,000 nested brackets cost seconds and gigabytes (both grow
with the square of the depth) and 3,000 end the process; 3,000 calls in a row take a minute; patterns after
``case`` and targets after ``del`` multiply the time by four and two with each bracket; and a tree of some
thousand levels is more than Python's recursion takes. Blocks need no bound: LibCST itself refuses more than
a hundred of them. Memory grows by up to 4 KB with each operator, bracket or line, so that 5 MB of such text
are too many even where it is flat.

Nearly every text is told harmless by ``_harmless``, which counts at the speed of C and errs to the safe
side. What it cannot vouch for, ``_Scan`` reads token by token.
"""

from __future__ import annotations

import re

from wbcheck.source.unit import SourceError

MOST_CHARACTERS = 5_000_000
# Operators, brackets, commas, strings, and lines (which count twice); each may cost LibCST 4 KB.
MOST_PARTS = 500_000
# Nested brackets (an f-string and a hole in it count as one each); Python itself refuses 200.
MOST_BRACKETS = 100
# Nested brackets after ``case`` and after ``del``.
MOST_IN_PATTERN = 7
MOST_IN_TARGET = 12
# Operators, strings, calls, attributes and the like in a row, no comma between.
LONGEST_CHAIN = 500
# Chains inside brackets inside chains: the height of the syntax tree, in such steps.
TALLEST = 600
# ``elif`` in a row, or inside one another.
MOST_ELIF = 500
# What nesting and chains may cost beside a text's length: about the microseconds that LibCST takes.
MOST_EFFORT = 4_000_000

# Below these, `_harmless` does not count.
_EASY_DEPTH = 10
_EASY_CHAIN = 30

_TOKEN = re.compile(
    r"""
      (?P<skip>(?:[ \t\f\ufeff]|\#[^\r\n]*|\\(?:\r\n|\r|\n))+)
    | (?P<formatted>(?:[fFtT][rR]?|[rR][fFtT])(?P<quote>\"\"\"|'''|["']))
    | (?P<string>(?:[rR]?[bB]?|[bB][rR]|[uU])(?:
          \"\"\"[^"\\]*+(?:(?:\\[\s\S]|"(?!""))[^"\\]*+)*+(?:\"\"\"|\Z)
        | '''[^'\\]*+(?:(?:\\[\s\S]|'(?!''))[^'\\]*+)*+(?:'''|\Z)
        | "[^"\\\r\n]*+(?:\\(?:\r\n|[\s\S])[^"\\\r\n]*+)*+"?
        | '[^'\\\r\n]*+(?:\\(?:\r\n|[\s\S])[^'\\\r\n]*+)*+'?
      ))
    | (?P<end>\r\n|\r|\n)
    | (?P<case>case\b(?![ \t]*[=.,:)\]]))
    | (?P<elif>elif\b)
    | (?P<del>del\b)
    | (?P<linking>(?:and|await|else|for|from|if|lambda|not|or|yield)\b|\*\*(?!=)|//(?!=)|<<(?!=)|>>(?!=)
        |[-+*/%@&|^](?!=|>)|~|\.(?!\d))
    | (?P<word>\.?\d(?:[eE][-+](?=\d)|[\w.])*|\w+)
    | (?P<open>[(\[{])
    | (?P<close>[)\]}])
    | (?P<comma>,)
    | (?P<semicolon>;)
    | (?P<colon>:)
    | (?P<other>[-+*/%@&|^]?=|->|.)
    """,
    re.VERBOSE,
)
# The text of an f-string; a backslash takes no brace with it.
_TEXT = re.compile(r"(?:[^{}\\'\"\r\n]|\\(?:\r\n|[^{}]|(?=[{}])))+")


def bound(code: str) -> None:
    """Refuse text that LibCST cannot take.

    Raises ``SourceError`` with the place and the reason: more than 5,000,000 characters, a NUL or half of a
    surrogate pair, or nesting and chains beyond the bounds above.
    """
    if len(code) > MOST_CHARACTERS:
        raise SourceError(f"the file is longer than {MOST_CHARACTERS:,} characters")
    nul = code.find("\0")
    if nul >= 0:
        raise SourceError("source text cannot hold a NUL character", nul)
    try:
        code.encode()
    except UnicodeEncodeError as error:
        raise SourceError("half of a surrogate pair is no character", error.start) from None
    if not _harmless(code):
        _Scan(code).run()


class _Level:
    """What is open: the file, a bracket, an f-string or a hole in one.

    ``chain`` counts the links since the last comma, ``inner`` is the tallest bracket among them and
    ``height`` the tallest element before that comma.
    """

    __slots__ = ("chain", "height", "inner", "quote", "sort")

    def __init__(self, sort: str, quote: str = "") -> None:
        self.sort = sort
        self.quote = quote
        self.chain = 0
        self.inner = 0
        self.height = 0


class _Scan:
    """An exact pass over the tokens of a text."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.levels = [_Level("file")]
        self.effort = 0
        self.parts = 0
        self.deepest = 0
        self.statement = ""
        self.begun = False
        # The open ``elif`` chains: their indentation and how many there are in each.
        self.elifs: list[tuple[int, int]] = []

    def run(self, at: int = 0, depth: int = 0) -> int:
        """Read on from ``at`` until no more than ``depth`` levels are open; where that is."""
        code, levels = self.code, self.levels
        while at < len(code) and len(levels) > depth:
            level = levels[-1]
            if level.sort in ("text", "format"):
                at = self._formatted(at, level)
                continue
            found = _TOKEN.match(code, at)
            if found is None:  # pragma: no cover - the last alternative takes what no other takes
                raise AssertionError("the tokens cover every text")
            at = self._token(found.lastgroup or "", found, level)
        return at

    def _token(self, kind: str, found: re.Match[str], level: _Level) -> int:
        """Count one token; where the next one begins."""
        at, end = found.span()
        if kind in ("skip", "end"):
            if kind == "end" and level.sort == "file":
                self._cut(level, at)
                self.begun, self.statement = False, ""
            self._part(2 * (kind == "end"), at)
            return end
        self._part(kind != "word", at)
        if not self.begun:
            self._begin(kind, at)
        if kind == "open":
            self._open("bracket", at)
        elif kind == "close":
            self._close(at)
        elif kind == "formatted":
            self._open("text", at, found["quote"])
        elif kind in ("linking", "string"):
            self._link(level, at)
        elif kind in ("comma", "semicolon"):
            self._cut(level, at)
        if kind in ("del", "semicolon") and self.statement != "case":
            self.statement = "del" if kind == "del" else ""
        if kind == "colon" and level.sort == "hole":
            self.levels.append(_Level("format", self._quote()))
        return end

    def _begin(self, kind: str, at: int) -> None:
        """Note what a logical line begins with: ``case``, or another link in a chain of ``elif``."""
        self.begun = True
        if kind == "case":
            self.statement = "case"
        if kind != "elif" and not self.elifs:
            return
        line = self.code[max(self.code.rfind("\n", 0, at), self.code.rfind("\r", 0, at)) + 1 : at]
        indent = len(line.expandtabs())
        while self.elifs and (self.elifs[-1][0] > indent or (self.elifs[-1][0] == indent and kind != "elif")):
            self.elifs.pop()
        if kind == "elif":
            before = self.elifs.pop()[1] if self.elifs and self.elifs[-1][0] == indent else 0
            self.elifs.append((indent, before + 1))
            if sum(count for _, count in self.elifs) > MOST_ELIF:
                raise SourceError(f"more than {MOST_ELIF} `elif` in a row", at)

    def _open(self, sort: str, at: int, quote: str = "") -> None:
        if sort != "hole":
            self._link(self.levels[-1], at)
        self.levels.append(_Level(sort, quote))
        depth = len(self.levels) - 1
        self.deepest = max(self.deepest, depth)
        if depth > MOST_BRACKETS:
            raise SourceError(f"brackets nested deeper than {MOST_BRACKETS}", at)
        if self.statement == "case" and depth > MOST_IN_PATTERN:
            raise SourceError(f"brackets nested deeper than {MOST_IN_PATTERN} in a pattern", at)
        if self.statement == "del" and depth > MOST_IN_TARGET:
            raise SourceError(f"brackets nested deeper than {MOST_IN_TARGET} after `del`", at)
        growth = {"case": 20 * 4**depth, "del": 5 * 2**depth}.get(self.statement, 0)
        self._spend(max(growth, 30 * (depth - _EASY_DEPTH)), at)

    def _close(self, at: int) -> None:
        if len(self.levels) == 1:
            return
        level = self.levels.pop()
        self._cut(level, at)
        outer = self.levels[-1]
        outer.inner = max(outer.inner, level.height + 1)

    def _part(self, weight: int, at: int) -> None:
        self.parts += weight
        if self.parts > MOST_PARTS:
            raise SourceError(f"more than {MOST_PARTS:,} operators, brackets, commas and lines", at)

    def _link(self, level: _Level, at: int) -> None:
        level.chain += 1
        if level.chain > LONGEST_CHAIN:
            raise SourceError(f"a chain of more than {LONGEST_CHAIN} operators, strings or calls", at)

    def _cut(self, level: _Level, at: int) -> None:
        level.height = max(level.height, level.chain + level.inner)
        if level.height > TALLEST:
            raise SourceError(f"an expression nested deeper than {TALLEST} levels", at)
        if level.chain > _EASY_CHAIN:
            self._spend(level.chain**2, at)
        level.chain = level.inner = 0

    def _spend(self, effort: int, at: int) -> None:
        if effort > 0:
            self.effort += effort
            if self.effort > MOST_EFFORT:
                raise SourceError("too much deep nesting and too many long chains in one file", at)

    def _quote(self) -> str:
        return next(level.quote for level in reversed(self.levels) if level.sort == "text")

    def _formatted(self, at: int, level: _Level) -> int:
        """Pass over text of an f-string, or over the format of a hole, to what ends it or opens a hole."""
        code = self.code
        found = _TEXT.match(code, at)
        if found:
            return found.end()
        plain = level.sort == "text"
        if code.startswith(level.quote, at):
            self._end_formatted(at)
            return at + len(level.quote)
        here = code[at]
        if here in "\r\n" and len(level.quote) == 1:
            self._end_formatted(at)
            return at
        if plain and code.startswith(("{{", "}}"), at):
            return at + 2
        if here == "{":
            self._open("hole", at)
        elif here == "}" and not plain:
            self._close(at)
            self._close(at)
        return at + 1

    def _end_formatted(self, at: int) -> None:
        """Close the f-string, and the formats and holes that it leaves open."""
        while self.levels[-1].sort != "text":
            self._close(at)
        self._close(at)


_LITERAL = re.compile(
    r"""
      \#[^\n]*+
    | \"\"\"[^"\\]*+(?:(?:\\[\s\S]|"(?!""))[^"\\]*+)*+\"\"\"
    | '''[^'\\]*+(?:(?:\\[\s\S]|'(?!''))[^'\\]*+)*+'''
    | "[^"\\\n]*+(?:\\[\s\S][^"\\\n]*+)*+"
    | '[^'\\\n]*+(?:\\[\s\S][^'\\\n]*+)*+'
    """,
    re.VERBOSE,
)
# An f-string whose holes hold no string, so that its braces alone tell text from hole.
_PLAIN_HOLES = re.compile(
    r"""(?P<quote>"(?!"")|'(?!''))(?>[^{}"'\\]+|\{\{|\}\}|\{(?!\{)[^{}"'\\]*(?>\{[^{}"'\\]*\}[^{}"'\\]*)*\})*(?P=quote)"""
)
# What stands for the brackets in an f-string, and for what else must not be taken for code.
_INNER_OPEN = "~"
_FLAT = str.maketrans(dict.fromkeys(")]},\n\"'#", "+") | dict.fromkeys("([{", _INNER_OPEN))
_PIECE = re.compile(rb"[^()\[\]{}]*[()\[\]{}]")
_COUNTED = b'()[]{},\n"+-*/%@&|^~.'
_UNCOUNTED = bytes(set(range(256)) - set(_COUNTED))
_LINKING_WORDS = (b"and", b"await", b"else", b"from", b"if", b"lambda", b"not", b"or", b"yield")
# A `case` that may begin a pattern, and a `del` of more than names, attributes and items.
_CASE = re.compile(r"case\b(?![ \t]*[=.,:)\]])")
_DELETED = r"[ \t]*[\w.]+(?:\[[^()\[\]{}\n]*\])*"
_DEL = re.compile(rf"del(?<!\wdel)\b(?!{_DELETED}(?:,{_DELETED})*[ \t]*(?:[;#\n]|\Z))")
# Levels inside an f-string beyond which it is left to the scan; one with few brackets cannot have more.
_SAFE_INSIDE = 9
_FEW_BRACKETS = 4
_SAFE_DEPTH = 80
_SAFE_CHAIN = 250


class _Unsure(Exception):
    """Where an f-string ends takes more than a pattern to tell."""


def _harmless(code: str) -> bool:
    """Whether a text is surely within the bounds: false only says that it may not be.

    What is counted are the characters that can make a link of a chain or a bracket, after strings have
    become one such character each; an element between two commas counts with all that is inside of it.
    """
    if "\r" in code:
        code = code.replace("\r\n", "\n").replace("\r", "\n")
    if code.count("elif") > MOST_ELIF or _DEL.search(code) or _has_case(code):
        return False
    try:
        bare = _LITERAL.sub(_bared, code).replace("\\\n", " ").encode()
    except _Unsure:
        return False
    for word in _LINKING_WORDS:
        bare = bare.replace(word, b"+")
    marks = bare.translate(None, _UNCOUNTED)
    uncounted = sum(bare.count(mark) for mark in b"=:;<>!")
    if len(marks) + marks.count(b"\n") + uncounted > MOST_PARTS:
        return False
    return _shallow(marks)


def _has_case(code: str) -> bool:
    """Whether a line begins with what may be the ``case`` of a ``match``."""
    return any(
        not code[code.rfind("\n", 0, found.start()) + 1 : found.start()].strip()
        for found in _CASE.finditer(code)
    )


def _bared(found: re.Match[str]) -> str:
    """What stands for a comment or a string: one mark, and for an f-string all that may count in it."""
    literal = found.group()
    if "{" not in literal or literal[0] == "#":
        return '"'
    start = found.start()
    prefix = found.string[max(start - 2, 0) : start].lower()
    if not prefix.endswith(("f", "t", "fr", "tr")):
        return '"'
    if sum(map(literal.count, "([{")) > _FEW_BRACKETS or not _PLAIN_HOLES.fullmatch(literal):
        end, deepest = _extent(found.string, start)
        if end != found.end() or deepest > _SAFE_INSIDE:
            raise _Unsure
    return '"' + literal.translate(_FLAT)


def _extent(code: str, start: int) -> tuple[int, int]:
    """Where the f-string whose quote is at ``start`` ends, and how many levels are open inside it at most."""
    scan = _Scan(code)
    quote = code[start] * 3 if code.startswith(code[start] * 3, start) else code[start]
    scan.levels.append(_Level("text", quote))
    scan.begun = True
    try:
        return scan.run(start + len(quote), depth=1), scan.deepest
    except SourceError:
        raise _Unsure from None


def _shallow(marks: bytes) -> bool:
    """Whether brackets, commas, line ends and links are within the bounds.

    ``links`` are those of the element at hand, with all that is in its brackets; ``most`` those of the
    largest element before it at this level.
    """
    outer: list[tuple[int, int]] = []
    links = most = effort = deepest = 0
    for piece in _PIECE.findall(marks + b"\n("):
        cut = piece.rfind(b",") if outer else max(piece.rfind(b","), piece.rfind(b"\n"))
        if cut < 0:
            links += len(piece)
        else:
            if links + cut > _EASY_CHAIN:
                sizes = [len(part) for part in re.split(rb"," if outer else rb"[,\n]", piece[:cut])]
                sizes[0] += links
                links = max(sizes)
                effort += sum(size * size for size in sizes)
            else:
                links += cut
            if links > most:
                most = links
            links = len(piece) - cut
        if links > _SAFE_CHAIN or most > _SAFE_CHAIN:
            return False
        if piece[-1] in b"([{":
            outer.append((links, most))
            links = most = 0
            if len(outer) > deepest:
                deepest = len(outer)
            if len(outer) > _EASY_DEPTH:
                effort += 30 * (len(outer) - _EASY_DEPTH)
        elif outer:
            inner = max(most, links)
            links, most = outer.pop()
            links += inner
            if links > _EASY_CHAIN:
                effort += links * links
    inside = 30 * max(0, deepest + _SAFE_INSIDE - _EASY_DEPTH) * marks.count(_INNER_OPEN.encode())
    return len(outer) == 1 and deepest <= _SAFE_DEPTH and effort + inside <= MOST_EFFORT
