"""Where the comments and the logical lines of Python source are: one linear scan that never raises.

The standard tokenizer stops at the first broken line, and a suppression must hold in a file
that does not parse, too. So this reads nothing but strings, comments and brackets. Python 3.12's
f-strings (PEP 701) may hold strings, and over several lines even comments, in their
replacement fields.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from wbcheck.diagnostic import Span

# One set of characters is what a search finds quickest: what stands before a quote is looked at then.
_CODE = re.compile(r"""[][(){}#"'\\\r\n]""")
_REST = {
    "#": re.compile(r"#[^\r\n]*"),
    "\\": re.compile(r"\\(?:\r\n|\r|\n)?"),
    "\r": re.compile(r"\r\n?"),
    '"': re.compile(r'"(?:"")?'),
    "'": re.compile(r"'(?:'')?"),
}
_PREFIX = re.compile(r"(?<!\w)[A-Za-z]{1,3}\Z")
_FIELD = re.compile(
    r"""(?P<comment>\#[^\r\n]*) | (?P<prefix>\b[A-Za-z]{1,3})?(?P<quote>\"{3}|'{3}|"|')
    | \w+ | [][(){}:\r\n]""",
    re.VERBOSE,
)
_PLAIN_END = {
    '"""': re.compile(r'(?>(?:[^"\\]++|\\[\s\S]|"(?!""))*)(?:"""|\\?\Z)'),
    "'''": re.compile(r"(?>(?:[^'\\]++|\\[\s\S]|'(?!''))*)(?:'''|\\?\Z)"),
    '"': re.compile(r'(?>(?:[^"\\\r\n]++|\\(?:\r\n|[\s\S]))*)(?:"|(?=[\r\n])|\\?\Z)'),
    "'": re.compile(r"(?>(?:[^'\\\r\n]++|\\(?:\r\n|[\s\S]))*)(?:'|(?=[\r\n])|\\?\Z)"),
}
# What matters in the text of an f-string. A backslash takes the next character with it, but not a
# brace: only `\N{...}` is a name and no replacement field.
_TEXT = re.compile(r"\\N\{[^}\r\n]*\}|\\(?:\r\n|[^{}])|\{\{|\{|\}|\"{3}|'{3}|[\"'\r\n]")


class Scan(NamedTuple):
    """The comments, from their ``#`` to the end of their line, and where each logical line begins.

    Blank lines and those with nothing but a comment count as logical lines of their own.
    """

    comments: tuple[Span, ...]
    lines: tuple[int, ...]


@lru_cache(maxsize=4)
def scan(code: str) -> Scan:
    """Go over a text once. A bracket that is never closed makes one logical line of the rest."""
    comments: list[Span] = []
    lines = [0]
    # The strings and replacement fields that are open: a quote for text, "{" for a field's code, one
    # "(" for every bracket in it, ":" for its format specification. Empty is the file's own code.
    open_: list[str] = []
    at = depth = 0
    while at < len(code):
        if open_ and open_[-1] not in "{(":
            at = _text(code, at, open_)
            continue
        if open_:
            at = _field(code, at, open_, comments)
            continue
        found = _CODE.search(code, at)
        if found is None:
            break
        sign, begin = found[0], found.start()
        end = rest.end() if sign in _REST and (rest := _REST[sign].match(code, begin)) else found.end()
        if sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth = max(0, depth - 1)
        elif sign in "\r\n":
            if not depth:
                lines.append(end)
        elif sign == "#":
            comments.append(Span(begin, end))
        elif sign != "\\":
            prefix = _PREFIX.search(code[max(at, begin - 4) : begin])
            end = _string(code, end, prefix[0] if prefix else "", code[begin:end], open_)
        at = end
    return Scan(tuple(comments), tuple(lines))


def _field(code: str, at: int, open_: list[str], comments: list[Span]) -> int:
    """Go over the code of a replacement field to what changes the state, and past that."""
    found = _FIELD.search(code, at)
    if found is None:
        return len(code)
    if found["comment"] is not None:
        comments.append(Span(*found.span()))
    elif found["quote"]:
        return _string(code, found.end(), found["prefix"] or "", found["quote"], open_)
    else:
        _bracket(found[0], open_)
    return found.end()


def _string(code: str, at: int, prefix: str, quote: str, open_: list[str]) -> int:
    """Go past a string whose text begins at ``at``, or into it if it may have replacement fields."""
    if set(prefix.lower()) & {"f", "t"}:
        open_.append(quote)
        return at
    plain = _PLAIN_END[quote].match(code, at)
    return plain.end() if plain else len(code)


def _bracket(sign: str, open_: list[str]) -> None:
    """Follow the brackets of a replacement field's code; its own end closes it."""
    if sign in ("(", "[", "{"):
        open_.append("(")
    elif sign in (")", "]", "}"):
        open_.pop()
    elif sign == ":" and open_[-1] == "{":
        open_[-1] = ":"
    elif sign in ("\r", "\n") and not any(len(each) == 3 for each in open_):
        # A field of a one-line string that goes over the line end: far more often a broken line.
        open_.clear()


def _text(code: str, at: int, open_: list[str]) -> int:
    """Go over the text of an f-string (or a format specification) to what changes the state."""
    quote = next(each for each in reversed(open_) if each[0] in "\"'")
    found = _TEXT.search(code, at)
    if found is None:
        return len(code)
    sign, specification = found[0], open_[-1] == ":"
    if sign == "{":
        open_.append("{")
    elif sign == "}" and specification:
        open_.pop()
    elif sign == "{{" and specification:
        open_.append("{")
        return found.start() + 1
    elif sign in ("\r", "\n") and len(quote) == 1:
        open_.clear()
    elif sign.startswith(quote) and sign[0] in "\"'":
        while open_.pop() != quote:
            pass
        return found.start() + len(quote)
    elif sign[0] in "\"'":
        return found.start() + 1
    return found.end()
