"""What IPython adds to Python, masked: magics, shell lines, help and autocall.

A masked statement is replaced by one of the same length that is Python, so that no column and no
line moves and the block that holds it stays valid. Which lines IPython transforms, and how far they
reach, follows IPython's documented input syntax: an escape counts only where a statement begins, or
right after an assignment's ``=``, and only backslashes carry it on to the next line.
"""

from __future__ import annotations

import re

from wbcheck.diagnostic import Span
from wbcheck.source.unit import Magic, blanked

# Cell magics that run the cell's body as Python in the notebook's own namespace.
PYTHON_BODIES = frozenset(
    {
        *("capture", "debug", "ipytest", "lprun", "memit", "mprun", "notify", "prun", "scalene"),
        *("snakeviz", "time", "timeit", "wandb"),
    }
)
# Line magics that run their argument as a Python statement.
_RUNS_LINE = frozenset({"time", "timeit"})
_COMPOUND = re.compile(r"(?:async|class|def|for|if|match|try|while|with|@)\b|@")
_OPTIONS = re.compile(r"(?:(?:-[a-z](?:[ \t]*\d+)?|--[a-z-]+)[ \t]+)*")

_PREFIX = r"(?:[rR]?[bBfFtT]?|[bBfFtT][rR]|[uU])"
_TOKEN = re.compile(
    rf"""
      (?P<blank>[ \t\f]+)
    | (?P<comment>\#[^\r\n]*)
    | (?P<string>{_PREFIX}(?:
          \"\"\"[^"\\]*(?:(?:\\[\s\S]|"(?!""))[^"\\]*)*(?:\"\"\"|\Z)
        | '''[^'\\]*(?:(?:\\[\s\S]|'(?!''))[^'\\]*)*(?:'''|\Z)
        | "[^"\\\r\n]*(?:\\(?:\r\n|[\s\S])[^"\\\r\n]*)*"?
        | '[^'\\\r\n]*(?:\\(?:\r\n|[\s\S])[^'\\\r\n]*)*'?
      ))
    | (?P<join>\\(?:\r\n|\r|\n))
    | (?P<end>\r\n|\r|\n)
    | (?P<name>\w+)
    | (?P<open>[(\[{{])
    | (?P<close>[)\]}}])
    | (?P<assign>=(?!=)[ \t]*(?=!(?!=)|%[A-Za-z_]))
    | (?P<operator>[=!<>+\-*/%&|^@:]=|\*\*=?|//=?|<<=?|>>=?|->)
    | (?P<other>.)
    """,
    re.VERBOSE,
)
_CONTINUED = re.compile(r"(?>(?:[^\\\r\n]|\\(?:\r\n|[\r\n])?)*)")
_SIGIL = re.compile(r"%%?|!!?|\?\??|/(?=[\w.])|,(?=[\w.])|;(?=[A-Za-z_])")
_NAME = re.compile(r"[A-Za-z_][\w.]*")
# Line magics that IPython also takes without the %, where no Python statement can read like that.
_AUTOMAGIC = re.compile(
    r"(?:cat|cd|conda|cp|env|ll|ls|mamba|mkdir|mv|pip|rm|rmdir|set_env|uv)[ \t]+(?=[\w~$\"']|\.\.)"
    r"(?!(?:and|as|else|if|in|is|not|or)\b)"
)
_OTHER_START = re.compile(rf"^[ \t]*(?:[/,;]|{_AUTOMAGIC.pattern})", re.MULTILINE)
_CELL_MAGIC = re.compile(
    r"(?:[ \t]*(?:\#[^\r\n]*)?(?:\r\n|\r|\n))*(?P<magic>%%(?P<name>[A-Za-z_][\w.]*)[^\r\n]*)"
)


def mask(text: str, cell: int, base: int) -> tuple[str, tuple[Magic, ...]]:
    """One code cell's text as Python of the same length, and the magics in it.

    ``cell`` is the cell's number and ``base`` the offset of its text in the unit, which the spans of
    the magics count from.
    """
    if not any(sigil in text for sigil in "%!?") and not _OTHER_START.search(text):
        return text, ()
    head = _CELL_MAGIC.match(text)
    if head is None:
        return _Masker(text, cell, base).run(0)
    start, end = head.span("magic")
    name = head["name"]
    magic = _magic(text, start, end, "%%", cell, base)
    if name not in PYTHON_BODIES:
        return blanked(text), (magic,)
    code, magics = _Masker(text, cell, base).run(end)
    return blanked(code[:end]) + code[end:], (magic, *magics)


class _Masker:
    """A pass over one cell: statements are found by brackets, strings and line joins."""

    def __init__(self, text: str, cell: int, base: int) -> None:
        self.text = text
        self.cell = cell
        self.base = base
        self.parts: list[str] = []
        self.kept = 0
        self.magics: list[Magic] = []

    def run(self, at: int) -> tuple[str, tuple[Magic, ...]]:
        text = self.text
        while at < len(text):
            at = self._statement(at)
        self.parts.append(text[self.kept :])
        return "".join(self.parts), tuple(self.magics)

    def _statement(self, at: int) -> int:
        """Pass over one logical line that begins at ``at``; where the next one begins."""
        text = self.text
        start = stop = at
        depth = 0
        begun = False
        last = ""
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:  # pragma: no cover - the last alternative takes any character
                raise AssertionError("the tokens cover every text")
            kind = found.lastgroup
            if kind in ("blank", "comment", "join"):
                at = found.end()
                continue
            if not begun and kind != "end":
                begun = True
                start = at
                if _SIGIL.match(text, at) or _AUTOMAGIC.match(text, at):
                    return self._line(at)
            if kind == "end":
                at = found.end()
                if depth == 0:
                    break
                continue
            if kind == "assign" and depth == 0:
                return self._right_side(found.end())
            if kind == "open":
                depth += 1
            elif kind == "close":
                depth = max(0, depth - 1)
            last = found.group()
            at = found.end()
            stop = at
        if begun and last == "?" and depth == 0:
            self._help(start, stop)
        return at

    def _line(self, start: int) -> int:
        """Mask the escaped statement at ``start``; returns where its last line ends."""
        text = self.text
        found = _SIGIL.match(text, start)
        sigil = found.group() if found else ""
        end = _line_end(text, start)
        magic = _magic(text, start, end, sigil, self.cell, self.base)
        self.magics.append(magic)
        code = _runs(text[start:end], magic.name, "pass;") if sigil == "%" else None
        self._replace(start, end, code or statement(text[start:end]))
        return end

    def _right_side(self, start: int) -> int:
        """Mask ``%magic`` or ``!command`` after an assignment's ``=``."""
        text = self.text
        sigil = "%" if text[start] == "%" else "!!" if text.startswith("!!", start) else "!"
        end = _line_end(text, start)
        magic = _magic(text, start, end, sigil, self.cell, self.base)
        self.magics.append(magic)
        code = _runs(text[start:end], magic.name, "") if sigil == "%" and magic.name == "time" else None
        self._replace(start, end, code or expression(text[start:end]))
        return end

    def _help(self, start: int, end: int) -> None:
        written = self.text[start:end]
        subject = written.rstrip("?")
        place = Span(self.base + start, self.base + start + len(subject))
        self.magics.append(
            Magic("?", "", subject, Span(self.base + start, self.base + end), place, self.cell)
        )
        self._replace(start, end, statement(written))

    def _replace(self, start: int, end: int, code: str) -> None:
        self.parts += (self.text[self.kept : start], code)
        self.kept = end


def _line_end(text: str, start: int) -> int:
    """Where the line at ``start`` ends, with the lines that backslashes join to it."""
    found = _CONTINUED.match(text, start)
    return found.end() if found else start


def statement(text: str) -> str:
    """A statement without effect that is as long as ``text`` and has its line ends."""
    first = re.split(r"[\r\n]", text, maxsplit=1)[0]
    room = len(first)
    word = "pass" if room >= 4 else "..." if room == 3 else "0"
    return word + blanked(text[len(word) :])


def expression(text: str) -> str:
    """An expression of unknown value that is as long as ``text`` and has its line ends.

    It is a name of underscores: nothing may be concluded from it, as could be from ``None``.
    """
    first = re.split(r"[\r\n]", text, maxsplit=1)[0].rstrip("\\").rstrip()
    return "_" * len(first) + blanked(text[len(first) :])


def _runs(text: str, name: str, word: str) -> str | None:
    """``%time f()`` with the magic's name replaced by ``word``, if what it runs can stand there."""
    head = 1 + len(name)
    if name not in _RUNS_LINE or re.search(r"[\r\n]", text):
        return None
    options = _OPTIONS.match(text, head + len(text[head:]) - len(text[head:].lstrip()))
    assert options is not None
    body = text[options.end() :]
    if not body or _COMPOUND.match(body) or not _closed(body):
        return None
    return word + " " * (options.end() - len(word)) + body


def _closed(line: str) -> bool:
    """Whether the brackets and strings of one line end in it."""
    depth = 0
    for found in _TOKEN.finditer(line):
        kind = found.lastgroup
        if kind == "open":
            depth += 1
        elif kind == "close":
            depth -= 1
        elif kind == "string":
            quote = found.group().lstrip("rRbBuUfFtT")
            mark = quote[:3] if quote[:3] in ('"""', "'''") else quote[0]
            if len(quote) < 2 * len(mark) or not quote.endswith(mark):
                return False
        elif kind == "join" or found.group() in ("?", "!"):
            return False
        if depth < 0:
            return False
    return depth == 0


def _magic(text: str, start: int, end: int, sigil: str, cell: int, base: int) -> Magic:
    at = start + len(sigil)
    name = ""
    if "%" in sigil or not sigil:
        named = _NAME.match(text, at)
        name = named.group() if named else ""
        at += len(name)
    rest = text[at:end]
    first = at + len(rest) - len(rest.lstrip())
    argument = rest.strip()
    place = Span(base + first, base + first + len(argument))
    return Magic(sigil or "%", name, argument, Span(base + start, base + end), place, cell)
