"""Bounds on text before LibCST sees it: what it would not survive, or not finish, is refused here.

LibCST parses, copies and frees its trees by recursion on the C stack, repeats work for every bracket
around a token, and tries a ``case`` pattern again and again at every bracket in it. Each bound below
lies far above what people write (the largest value found in 10,600 real files stands beside it), and
all of them reached at once are no more than what LibCST 1.9 takes on a stack of 2 MB; each alone, on
one of 1 MB. What is at the bound of work costs up to 10 seconds and 1.3 GB.

The text is cut into tokens as LibCST's own tokeniser cuts it, down to the braces of f-strings, for
what one side takes for a string must not be code to the other. Where a text has no next token, LibCST
refuses it before it parses anything, and so the scan may stop there.

Groups are repeated within atomic ones, ``(?>(?:...)*)``, not possessively, ``(?:...)*+``: up to Python
3.11.4 the latter goes on from wherever a repetition that failed had come to (CPython issue 106052).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NoReturn

from wbcheck.source.unit import SourceError

MOST_BYTES = 5_000_000
MOST_BRACKETS = 60  # of 17
MOST_BLOCKS = 50  # of 14
MOST_ELIFS = 200  # of 36
MOST_LINKS = 300  # operators, calls, attributes, ... on the way into one expression
MOST_PATTERN_BRACKETS = 6  # each one makes LibCST about three times as slow
MOST_TARGET_BRACKETS = 10  # after `del`: each one makes LibCST about twice as slow
MOST_WORK = 600_000  # of 353,000, in a generated file

# How much of the stack one element of an expression takes, in strings that stand side by side.
_LINK = 3
_LAMBDA = 20
_HEIGHT = MOST_LINKS * _LINK

LINK, COMMA, OPEN, CLOSE, STRING, COLON, WORD, NEWLINE, _INDENT, _FSTRING, END, _BAD = range(1, 13)

_NAME = r"[A-Za-z_\x80-\U0010ffff][0-9A-Za-z_\x80-\U0010ffff]*+"
_END = r"(?![0-9A-Za-z_\x80-\U0010ffff])"
_BREAK = r"(?:\r\n?|\n)"
_PLAIN = r"(?:[rR][bB]?|[bB][rR]?|[uU])?"
_FORMATTED = r"(?:[fFtT][rR]?|[rR][fFtT])"
_TOKEN = re.compile(
    rf"""
    (?>(?:   # what counts for nothing: names, numbers, space
        [ \t\f]++
      | (?!(?:and|as|async|await|case|del|elif|else|for|from|if|in|is|lambda|not|or|yield){_END}
          |(?:[bB][rR]?|[rR][bBfFtT]?|[fFtT][rR]?|[uU])["']
        ){_NAME}
      | 0[xX][0-9a-fA-F_]*+ | 0[oO][0-7_]*+ | 0[bB][01_]*+
      | (?:[0-9][0-9_]*+(?>(?:\.[0-9_]*+)?) | \.[0-9][0-9_]*+)(?>(?:[eE][+-]?+[0-9][0-9_]*+)?)[jJ]?+
      | \#[^\r\n]*+
      | \\{_BREAK}
    )*)
    (?:
        ((?:and|as|async|await|else|from|in|is|not|or|yield){_END}
          | \.\.\. | \.(?![0-9]) | \*\*=?+ | //=?+ | <<=?+ | >>=?+ | -> | <> | [-+*/%&|^<>=!@]=?+ | ~)
      | ([,;])
      | ([(\[{{])
      | ([)\]}}])
      | ({_PLAIN}(?:
            \"\"\"[^"\\]*+(?>(?:(?:\\.|"(?!""))[^"\\]*+)*)\"\"\"
          | '''[^'\\]*+(?>(?:(?:\\.|'(?!''))[^'\\]*+)*)'''
          | "(?!"")[^"\\\r\n]*+(?>(?:\\(?:\r\n|.)[^"\\\r\n]*+)*)"
          | '(?!'')[^'\\\r\n]*+(?>(?:\\(?:\r\n|.)[^'\\\r\n]*+)*)'
        ))
      | (:=?+)
      | ((?:case|del|elif|for|if|lambda){_END})
      | ({_BREAK}(?>(?:[ \t\f]*+(?>(?:\#[^\r\n]*+)?){_BREAK})*)([ \t\f]*+))
      | ({_FORMATTED}(?:\"\"\"|'''|"|'))
      | (\Z)
      | (.)
    )
    """,
    re.VERBOSE | re.DOTALL,
)


def _harmless() -> re.Pattern[str]:
    """Lines that are statements, or parts of a compound one, without anything to bound in them.

    They are short (but for a multi-line string at the end), nest brackets to a depth of four, and have
    no backslashes outside of strings. An f-string may be there if its fields are simple: no quotes of
    its own kind, one level of brackets.
    """
    parts = [r"""[^\r\n'"\#\\()\[\]{}]++"""]
    for quote, other in ("\"'", "'\""):
        parts += [
            rf"(?<![fFtTrR]){quote}[^{quote}\\\r\n]*+(?>(?:\\[^\r\n][^{quote}\\\r\n]*+)*){quote}(?!{quote})",
            rf"""(?<=[^0-9A-Za-z_\x80-\U0010ffff][fF]){quote}(?!{quote})(?>(?:[^{quote}\\{{}}\r\n]++|\{{\{{|\}}\}}
                |\{{(?>(?:[^{{}}()\[\]"'\\\#\r\n]++|[(\[][^{{}}()\[\]"'\\\#\r\n]*+[)\]]|\{{[\w.]*+\}}
                    |{other}[^"'{{}}\\\r\n]*+{other})*)\}}
            )*){quote}""",
        ]
    flat = part = "|".join(parts)
    for _ in range(4):
        part = rf"{flat}|[(\[{{](?>(?:{part})*)[)\]}}]"
    tripled = [
        rf"{quote * 3}[^{quote}\\]*+(?>(?:(?:\\.|{quote}(?!{quote}{quote}))[^{quote}\\]*+)*){quote * 3}"
        for quote in "\"'"
    ]
    end = rf"(?>(?:(?<![fFtTrR])(?:{'|'.join(tripled)})[ \t]*+)?)(?>(?:\#[^\r\n]*+)?){_BREAK}"
    line = rf"(?=[^\r\n]{{0,{MOST_LINKS}}}+[\r\n])(?>(?:{part})*){end}"
    return re.compile(rf"(?>(?:{line})*)", re.VERBOSE | re.DOTALL)


_HARMLESS = _harmless()
_IS_NAME = re.compile(r"case[ \t]*+[=.,:)\]]")
_SMALL = 200_000  # characters that cannot be too much work


def _deep(code: str) -> bool:
    """Whether a line is indented so far that it can be in too many blocks."""
    if "\t" in code or "\f" in code:
        return bool(re.search(rf"[\r\n][ \t\f]{{{MOST_BLOCKS + 1}}}", code))
    return " " * (MOST_BLOCKS + 1) in code


def bound(code: str) -> None:
    """Refuse text that LibCST cannot take: raises ``SourceError`` with the place and the reason.

    ``code`` is one file's text (of a notebook: the code cells' text, or one cell's). What passes may
    still be no Python. It takes some two hundredths of the time that parsing takes.
    """
    try:
        size = len(code) if code.isascii() else len(code.encode())
    except UnicodeEncodeError as error:
        raise SourceError("source text cannot hold half of a surrogate pair", error.start) from None
    if size > MOST_BYTES:
        raise SourceError(f"the file is larger than {MOST_BYTES // 1_000_000} MB")
    nul = code.find("\0")
    if nul >= 0:
        raise SourceError("source text cannot hold a NUL character", nul)
    _Measure(code).run()


class _Measure:
    """The measures of one file's text, taken line by line.

    ``work`` estimates what LibCST does: 3 for each token here, 1 for each physical line and for each
    bracket around a token, more in patterns, and the squares of chains. One costs some 15 microseconds
    and 2 kB. ``exact`` is whether lines that cannot do harm are looked at, too.
    """

    def __init__(self, code: str) -> None:
        self.code = code
        self.exact = len(code) > _SMALL or code.count("elif") > MOST_ELIFS or _deep(code)
        self.work = code.count("\n") + code.count("\r")
        self.blocks = _Blocks(code)

    def run(self) -> None:
        """Measure all: raises ``SourceError`` where something exceeds its bound."""
        after: int | None = 0
        while after is not None:
            at = after
            try:
                if self.exact:
                    self.blocks.line(at)
                else:
                    found = _HARMLESS.match(self.code, at)
                    at = found.end() if found else at
                after = self._line(at)
            except SourceError:
                if _torn(self.code, at):
                    return
                raise

    def _line(self, start: int) -> int | None:  # noqa: C901 - a call for each token would double the cost
        """Measure the logical line at ``start``; where the next one begins, if there is one.

        For each open bracket ``stack`` keeps the expression around it: ``links`` is how much has been
        chained in it since the last comma, ``tall`` the height of the tallest bracketed expression in
        that, ``top`` the greatest sum of both before the comma. ``held`` commas end nothing: those of
        a lambda's parameters and of the targets in a comprehension.
        """
        code = self.code
        stack: list[tuple[int, int, int, int, int]] = []
        links = tall = top = held = count = work = 0
        pattern = target = False
        at = start
        after = None
        for kind, at in _tokens(code, start):
            count += 1
            if kind == LINK:
                links += _LINK
                if links + tall > _HEIGHT:
                    _refuse_height(at)
            elif kind == COMMA:
                target = target and code[at] == ","
                if not held:
                    work += links * links >> 5
                    top = max(top, links + tall)
                    links = tall = 0
            elif kind == OPEN:
                # No brace goes on with an expression: it begins a set, a dict or an f-string's field.
                stack.append((links if code[at] == "{" else links + _LINK, tall, top, held, count))
                if len(stack) > MOST_BRACKETS:
                    raise SourceError(f"brackets nested deeper than {MOST_BRACKETS}", at)
                if pattern and len(stack) > MOST_PATTERN_BRACKETS and "match" in code:
                    raise SourceError(f"patterns nested deeper than {MOST_PATTERN_BRACKETS}", at)
                if target and len(stack) > MOST_TARGET_BRACKETS:
                    raise SourceError(f"brackets nested deeper than {MOST_TARGET_BRACKETS} after `del`", at)
                links = tall = top = held = 0
            elif kind == CLOSE:
                if not stack:
                    return None
                inner = max(top, links + tall)
                work += links * links >> 5
                depth = len(stack)
                links, tall, top, held, opened = stack.pop()
                work += (count - opened) * (3**depth if pattern else 2**depth if target else 1)
                tall = max(tall, inner)
                if links + tall > _HEIGHT:
                    _refuse_height(at)
            elif kind == STRING:
                links += 1
                if links + tall > _HEIGHT:
                    _refuse_height(at)
            elif kind == NEWLINE:
                if not stack:
                    after = at
                    break
            elif kind == COLON:
                if held:
                    held -= 1
                elif not stack:
                    pattern = False
            elif kind == WORD:
                letter = code[at]
                links += _LAMBDA if letter == "l" else _LINK
                if links + tall > _HEIGHT:
                    _refuse_height(at)
                if letter == "l" or (letter == "f" and stack):
                    held += 1
                elif letter == "e":
                    self.blocks.elif_(at)
                elif letter == "d":
                    target = True
                elif not stack:
                    pattern = letter == "c" and not _IS_NAME.match(code, at)
        while stack:  # brackets that nothing closes
            inner = max(top, links + tall)
            work += links * links >> 5
            links, tall, top, _, opened = stack.pop()
            work += count - opened
            tall = max(tall, inner)
            if links + tall > _HEIGHT:
                _refuse_height(at)
        self.work += work + 3 * count + (links * links >> 5)
        if self.work > MOST_WORK:
            raise SourceError("more code than can be analysed in one file", start)
        return after


def _torn(code: str, start: int) -> bool:
    """Whether LibCST finds no token somewhere after ``start`` or brackets that do not match.

    Then it refuses the text by itself, and says so better. Raises ``SourceError`` for a bracket that
    nothing closes: all that follows looks like one expression.
    """
    brackets = []
    for kind, at in _tokens(code, start):
        if kind == OPEN:
            brackets.append(at)
        elif kind == CLOSE:
            if not brackets or code[brackets.pop()] + code[at] not in ("()", "[]", "{}"):
                return True
        elif kind == END:
            if brackets:
                raise SourceError(f"'{code[brackets[-1]]}' was never closed", brackets[-1])
            return False
    return True


def _refuse_height(at: int) -> NoReturn:
    what = f"{MOST_LINKS} operators, calls and attributes, or {_HEIGHT} strings"
    raise SourceError(f"an expression chained too long: more than {what}", at)


class _Blocks:
    """The blocks that are open, by their indentation, and the ``elif``s that each one's last ``if`` has."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.open = [(0, 0)]
        self.elifs = 0

    def line(self, at: int) -> None:
        """Take in the logical line whose indentation begins at ``at``."""
        code = self.code
        found = _SPACE.match(code, at)
        start = found.end() if found else at
        if start == len(code) or code[start] == "\\":
            return
        width = len(code[at:start].rpartition("\f")[2].expandtabs())
        indent, elifs = self.open[-1]
        while indent > width:
            self.elifs -= elifs
            self.open.pop()
            indent, elifs = self.open[-1]
        if indent < width:
            self.open.append((width, 0))
            if len(self.open) > MOST_BLOCKS + 1:
                raise SourceError(f"blocks nested deeper than {MOST_BLOCKS}", start)
        elif elifs and not code.startswith(("elif", "else"), start):
            self.elifs -= elifs
            self.open[-1] = (indent, 0)

    def elif_(self, at: int) -> None:
        """Take in an ``elif`` at ``at``."""
        indent, elifs = self.open[-1]
        self.open[-1] = (indent, elifs + 1)
        self.elifs += 1
        if self.elifs > MOST_ELIFS:
            raise SourceError(f"a chain of more than {MOST_ELIFS} elif", at)


_SPACE = re.compile(r"[ \t\f]*")


class _Formatted:
    """An f-string or t-string that is being read: how its text goes on, and where in it one is.

    ``brackets`` counts those open in it, braces included, and ``specs`` the fields whose format
    specification has begun: while there are as many, what comes next is text, not code.
    """

    def __init__(self, opening: str) -> None:
        quotes = opening.lstrip("rRfFtT")
        raw = "r" in opening.lower()
        self.text, self.spec = _TEXTS[quotes, raw]
        self.quotes = quotes
        self.brackets = 0
        self.specs = 0

    def read(self, code: str, at: int) -> tuple[int, int]:
        """What ends the text at ``at``: the string (``STRING`` and where what follows it begins), a
        field's brace (``OPEN`` or ``CLOSE`` and its place) or, which cannot be, something else (``_BAD``).
        """
        text = (self.spec if self.specs else self.text).match(code, at)
        assert text is not None
        at = text.end()
        if code.startswith(self.quotes, at):
            return STRING, at + len(self.quotes)
        if code.startswith("{", at):
            self.brackets += 1
            return OPEN, at
        if self.specs and code.startswith("}", at):
            self.brackets -= 1
            self.specs -= 1
            return CLOSE, at
        return _BAD, at


def _texts(quotes: str, raw: bool) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What a string in these quotes may have between its fields, and within their specifications."""
    quote = quotes[0]
    other = rf"[^\\{{}}{quote}]|{quote}(?!{quote}{quote})" if len(quotes) == 3 else rf"[^\\{{}}{quote}\r\n]"
    if raw:
        escape = spec_escape = r"""\\["'\\]?+"""
    else:
        escape = r"""\\(?>(?:N\{?+|\r\n|[\r\n\\'"abfnrtvxuU0-9])?)"""
        spec_escape = r"\\(?>(?:\r\n|[^{}])?)"
    return (
        re.compile(rf"(?>(?:{other}|{escape}|\{{\{{|\}})*)", re.DOTALL),
        re.compile(rf"(?>(?:{other}|{spec_escape})*)", re.DOTALL),
    )


_TEXTS = {(quotes, raw): _texts(quotes, raw) for quotes in ('"""', "'''", '"', "'") for raw in (False, True)}


def _tokens(code: str, start: int) -> Iterator[tuple[int, int]]:
    """The tokens that count from ``start`` on, with their offsets.

    Ends without an ``END`` where LibCST finds no token. Of a ``NEWLINE`` the offset is where the next
    line that has code begins, at its indentation.
    """
    strings: list[_Formatted] = []
    at: int | None = start
    while at is not None:
        again: int | None = None
        for found in _TOKEN.finditer(code, at):
            kind = found.lastindex
            assert kind is not None
            if kind < NEWLINE:
                place = found.start(kind)
                yield kind, place
                if strings:
                    again = _text_after(strings[-1], kind, place)
                    if again is not None:
                        break
            elif kind == NEWLINE:
                yield NEWLINE, found.start(_INDENT)
            elif kind == _FSTRING:
                strings.append(_Formatted(found[kind]))
                yield STRING, found.start(kind)
                again = found.end()
                break
            else:
                if kind == END:
                    yield END, found.start(kind)
                return
        at = again
        while at is not None and strings and strings[-1].brackets == strings[-1].specs:
            kind, at = strings[-1].read(code, at)
            if kind == STRING:
                strings.pop()
                break
            if kind == _BAD:
                return
            yield kind, at
            at += 1


def _text_after(string: _Formatted, kind: int, start: int) -> int | None:
    """Note a token within a field; where the string's text goes on, if it does after this token."""
    if kind == OPEN:
        string.brackets += 1
    elif kind == CLOSE:
        string.brackets -= 1
    elif kind == COLON and string.brackets - string.specs == 1:
        string.specs += 1
    return start + 1 if string.brackets == string.specs else None
