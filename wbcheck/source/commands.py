"""Commands in lines of a shell that may tell W&B something: its own command line, and Python programs.

Only what stands where a command does is one: a text in quotes, a comment or what ``echo`` prints is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from wbcheck.diagnostic import Span
from wbcheck.model.values import AnyValue, Piece, Text, constant
from wbcheck.source.shell import BEFORE, Dialect, begun, plain_of, word_at

MOST_WORDS = 200


class Word(NamedTuple):
    """A word of a command as a value, at its place."""

    value: AnyValue
    span: Span

    @property
    def text(self) -> str:
        """The word where it is known, else what is known of it, with its holes as ``{}``."""
        return self.value.skeleton if isinstance(self.value, Text) else "{}"


class Command(NamedTuple):
    """What is started (``wandb``, or the path or module of a Python program), its place, what it is given."""

    name: str
    span: Span
    words: tuple[Word, ...]


_STARTED = re.compile(
    r"(?<![\w./$=-])(?:(?P<ours>wandb)(?=[ \t])|(?P<script>(?:\./)?[\w./-]*\w\.py)(?![\w./-])"
    r"|-m[ \t]+(?P<module>[\w.]+))"
)
# What runs the command that follows it, beside what may stand before a variable.
_RUNNER = re.compile(r"(?:(?:uv|poetry|pdm|pipenv|hatch|rye|conda|mamba)[ \t]+run|srun|python[\d.]*)\b")
_TOLD = re.compile(r"(?:^|[ \t])(?:echo|printf|cat|ls|rm|cp|mv|vim|git|grep)[ \t]")
_BLANK = re.compile(r"[ \t]*")


def commands(text: str, within: Span, dialect: Dialect = Dialect.SHELL) -> Iterator[Command]:
    """The commands of shell lines within a text that start W&B's command line or a Python program."""
    if text.find("wandb", within.start, within.end) < 0:
        return
    plain = plain_of(text, within, dialect)
    reached = within.start
    for match in _STARTED.finditer(plain, within.start):
        if match.start() < reached:
            continue
        lead = plain[begun(plain, match.start(), within.start) : match.start()]
        if _TOLD.search(lead) or (match["ours"] and not _is_command(lead)):
            continue
        kind = next(kind for kind in ("ours", "script", "module") if match[kind] is not None)
        words = tuple(_words(text, plain, match.end()))
        reached = words[-1].span.end if words else match.end()
        yield Command(match[kind], Span(*match.span(kind)), words)


def _is_command(lead: str) -> bool:
    """Whether what follows these words is a command, and no argument of one."""
    found = _RUNNER.search(lead)
    return BEFORE.fullmatch(lead[: found.start()] if found is not None else lead) is not None


def _words(text: str, plain: str, at: int) -> Iterator[Word]:
    """The words from a place on to the end of the command."""
    for _ in range(MOST_WORDS):
        gap = _BLANK.match(plain, at)
        assert gap is not None  # it may be empty
        value, end = word_at(text, gap.end(), len(plain))
        if end == gap.end() or plain[gap.end()] in "#;&|<>()":
            return
        at = end
        yield Word(value, Span(gap.end(), end))


class Options(NamedTuple):
    """The options of a command, each with its values in their order, and what stands beside them."""

    given: dict[str, list[Word]]
    beside: list[Word]

    def last(self, *names: str) -> Word | None:
        """What an option is given under one of its names, at last."""
        found = [word for name in names for word in self.given.get(name, ())]
        return max(found, key=lambda word: word.span, default=None)


def options_of(words: tuple[Word, ...], flags: frozenset[str] = frozenset()) -> Options | None:
    """The words of a command as options with values and ``flags`` without; ``None`` where one is not known.

    A word that is not known where an option may stand might be any number of them.
    """
    given: dict[str, list[Word]] = {}
    beside: list[Word] = []
    waiting = iter(words)
    for word in waiting:
        name, sign, _ = word.text.partition("=")
        if not word.text.startswith("-") or word.text == "-":
            if word.text == "{}" and constant(word.value) is None and not _is_quoted(word):
                return None
            beside.append(word)
        elif "{}" in name:
            return None
        elif name in flags:
            continue
        elif sign:
            given.setdefault(name, []).append(after(word, len(name) + 1))
        elif (value := next(waiting, None)) is not None:
            given.setdefault(name, []).append(value)
    return Options(given, beside)


def _is_quoted(word: Word) -> bool:
    """Whether a variable stands in quotes, so that it is one word whatever it holds."""
    pieces = word.value.pieces if isinstance(word.value, Text) else ()
    first = pieces[0].span if pieces else None
    return first is not None and first.start > word.span.start


def after(word: Word, count: int) -> Word:
    """A word without its first characters, which are known."""
    if not isinstance(word.value, Text):
        return word
    return Word(rest_of(word.value, count), Span(min(word.span.start + count, word.span.end), word.span.end))


def rest_of(text: Text, count: int) -> Text:
    """A text without as many characters of its skeleton, which cut no hole."""
    pieces = []
    for piece in text.pieces:
        size = len(piece.text) if isinstance(piece, Piece) else 2
        if count >= size:
            count -= size
            continue
        if count and isinstance(piece, Piece):
            span = None if piece.span is None else Span(piece.span.start + count, piece.span.end)
            piece, count = Piece(piece.text[count:], span, bare=True), 0
        pieces.append(piece)
    places = [piece.span for piece in pieces if piece.span is not None]
    span = Span(places[0].start, places[-1].end) if places else text.span
    return Text(span, tuple(pieces))
