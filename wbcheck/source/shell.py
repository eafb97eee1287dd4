"""Files that set variables line by line as source units: scripts of a shell, ``.env``, Docker and make files.

They are read for two things: which ``WANDB_*`` variables are set and to what, and which Python scripts are
started. A shell's grammar is followed as far as that needs: quotes, comments, here-documents, lines that go
on, what stands before a command. Nothing raises; what is not understood is a *mention*.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from wbcheck.diagnostic import Span
from wbcheck.lexer import line_start
from wbcheck.model.values import AnyValue, Hole, Piece, Text, Unknown, Why
from wbcheck.source.plain import PlainUnit, decoded
from wbcheck.source.unit import Language, SourceError


class Dialect(StrEnum):
    """How a file is written."""

    SHELL = "shell"
    DOTENV = "dotenv"
    DOCKER = "docker"
    MAKE = "make"


class Assignment(NamedTuple):
    """A variable that is set: its name, the places of the name and of the whole, its value, and how.

    ``how`` is ``file``, ``setdefault``, ``delete``, or ``load`` where a text says so which may never
    be run: what is set there is not known.
    """

    name: str
    name_span: Span
    span: Span
    value: AnyValue
    how: str


class ShellUnit(PlainUnit):
    """A file that sets variables line by line, in its ``dialect``."""

    def __init__(self, path: str, text: str, bom: bool, encoding: str, dialect: Dialect) -> None:
        self.dialect = dialect
        super().__init__(path, Language.SHELL, text, _inert(text, dialect), bom, encoding)
        # In Docker files it would be part of the value, in make files the blanks before it; of .env files
        # not all readers know them there.
        self.ends_in_comments = dialect is Dialect.SHELL

    @cached_property
    def assignments(self) -> tuple[Assignment, ...]:
        """The ``WANDB_*`` variables that are set, in their order."""
        if "\0" in self.text:
            return ()
        if self.dialect is Dialect.DOTENV:
            return tuple(_of_dotenv(self.text))
        return tuple(assignments(self.text, Span(0, len(self.text)), self.dialect))

    @cached_property
    def programs(self) -> tuple[Span, ...]:
        """The Python scripts that are started, each at the place of its path."""
        if "\0" in self.text or self.dialect is Dialect.DOTENV:
            return ()
        return tuple(programs(self.text, Span(0, len(self.text)), self.dialect))


def read_shell(path: str, data: bytes) -> ShellUnit:
    """The unit of such a file's bytes; what is not UTF-8 is read byte by byte, as a shell does."""
    dialect = _dialect(path)
    try:
        text, bom = decoded(data)
        return ShellUnit(path, text, bom, "utf-8", dialect)
    except SourceError:
        return ShellUnit(path, data.decode("latin-1"), False, "latin-1", dialect)


def _dialect(path: str) -> Dialect:
    name = re.split(r"[/\\]", path)[-1].lower()
    if name.endswith((".sh", ".bash", ".zsh", ".slurm", ".sbatch")):
        return Dialect.SHELL
    if name.startswith(".env") or name.endswith(".env"):
        return Dialect.DOTENV
    if name.startswith(("dockerfile", "containerfile")) or name.endswith(".dockerfile"):
        return Dialect.DOCKER
    return Dialect.MAKE


# Of shell scripts, and of texts that a shell reads

_NAME = r"WANDB_[A-Z0-9_]*[A-Z0-9]"
_NEXT = re.compile(
    r"""(?P<escape>\\[\s\S])
      | (?P<comment>(?<![^\s;&|()])\#(?!SBATCH|PBS|BSUB)[^\r\n]*)
      | (?P<string>'[^']*' | "(?:[^"\\]|\\[\s\S])*+")
      | (?<!<)<<-?(?!<)[ \t]*["'\\]?(?P<tag>[A-Za-z_]\w*)["']?
      | (?P<line>\r\n|\r|\n)""",
    re.VERBOSE,
)
_DOCKER_COMMENT = re.compile(r"^[ \t]*\#[^\r\n]*", re.MULTILINE)


class _Regions(NamedTuple):
    """What is not plain in a text: comments, texts in quotes, here-documents."""

    comments: list[Span]
    strings: list[Span]
    documents: list[Span]


def _regions(text: str, within: Span, dialect: Dialect) -> _Regions:
    found = _Regions([], [], [])
    waiting: list[str] = []
    at = within.start
    while (match := _NEXT.search(text, at, within.end)) is not None:
        at = match.end()
        if match["comment"] is not None:
            if dialect is not Dialect.DOCKER or _DOCKER_COMMENT.match(text, line_start(text, match.start())):
                found.comments.append(Span(match.start(), at))
        elif match["string"] is not None:
            found.strings.append(Span(match.start(), at))
        elif match["tag"] is not None:
            waiting.append(match["tag"])
        elif match["line"] is not None and waiting:
            for tag in waiting:
                end = re.compile(rf"^[ \t]*{tag}[ \t]*$", re.MULTILINE).search(text, at, within.end)
                stop = within.end if end is None else end.start()
                found.documents.append(Span(at, stop))
                at = stop if end is None else end.end()
            waiting.clear()
    return found


_INK = re.compile(r"[^\r\n]")
_GOES_ON = re.compile(r"\\\r?\n")


def plain_of(text: str, within: Span, dialect: Dialect) -> str:
    """The text up to ``within.end`` with nothing but commands: texts in quotes are ``x``, all else blank."""
    return _plain(text, within, _regions(text, within, dialect))


def _plain(text: str, within: Span, regions: _Regions) -> str:
    """The text up to ``within.end`` with nothing but commands: texts in quotes are ``x``, all else blank."""
    parts = [" " * within.start]
    reached = within.start
    spans = [(span, " ") for span in (*regions.comments, *regions.documents)]
    spans += [(span, "x") for span in regions.strings]
    for span, sign in sorted(spans):
        inside = text[span.start : span.end]
        parts += [text[reached : span.start], "x" * len(inside) if sign == "x" else _INK.sub(sign, inside)]
        reached = span.end
    parts.append(text[reached : within.end])
    plain = "".join(parts)
    return _GOES_ON.sub(lambda match: " " * len(match[0]), plain)


# What may stand before a variable in a command that sets it.
BEFORE = re.compile(
    r"""[ \t@+-]* (?:(?:then|do|else|if|while|!)[ \t]+)*
        (?:(?P<sets>(?i:export|declare|typeset|local|readonly|env|sudo|setenv|unset|run|time|nohup|exec|command|ENV|ARG|set)
            (?:[ \t]+-[\w-]+(?:=\S*)?)*)[ \t]+)*
        (?:[A-Za-z_]\w*=\S*[ \t]+)*""",
    re.VERBOSE,
)
_HANDED = re.compile(
    r"(?:(?:^|\s)(?:-e|--env|--build-arg|--set-env-vars)(?:[ \t]+|=)|--export=(?:[^\s,]+,)*)$"
)
_GAP = re.compile(r"[ \t]+(?=\S)")
_SEPARATOR = re.compile(r"[;&|({\r\n`]")
_SET_NAME = re.compile(rf"(?<![\w$}}{{.-]){_NAME}(?!\w)")
_DEFAULTED = re.compile(rf"\$\{{(?P<name>{_NAME}):?=(?P<value>[^}}\s]*)\}}")
_TARGET = re.compile(r"[^\s:=#][^:=#]*:[ \t]*(?:(?:export|override|private)[ \t]+)*")
MOST_LINE = 4_000


def assignments(text: str, within: Span, dialect: Dialect = Dialect.SHELL) -> Iterator[Assignment]:
    """The variables that shell lines within a text set."""
    regions = _regions(text, within, dialect)
    plain = _plain(text, within, regions)
    found = [*_of_commands(text, plain, within, dialect)]
    for span in regions.strings:
        found += _of_string(text, plain, span)
    for span in regions.documents:
        found += _of_document(text, span)
    return iter(sorted(found, key=lambda each: each.span))


def _of_commands(text: str, plain: str, within: Span, dialect: Dialect) -> Iterator[Assignment]:
    for match in _SET_NAME.finditer(plain, within.start):
        span = Span(*match.span())
        lead = plain[begun(plain, span.start, within.start) : span.start]
        made = _of_make(text, plain, span) if dialect is Dialect.MAKE else None
        found = made or _of_command(text, plain, span, lead, dialect)
        if found is not None:
            yield found
    for match in _DEFAULTED.finditer(plain, within.start):
        place = Span(*match.span("value"))
        value = with_holes(text[place.start : place.end], place)
        yield Assignment(match["name"], Span(*match.span("name")), Span(*match.span()), value, "setdefault")


def _of_command(text: str, plain: str, span: Span, lead: str, dialect: Dialect) -> Assignment | None:
    """What a command says of a variable that it names; ``lead`` is what stands before it there."""
    name = plain[span.start : span.end]
    head = BEFORE.fullmatch(lead)
    words = (head["sets"] or "").lower().split() if head is not None else []
    if "unset" in words:
        return Assignment(name, span, span, Unknown(None, Why.ENVIRONMENT), "delete")
    if plain.startswith("=", span.end):
        handed = None if head is not None else _HANDED.search(lead)
        if head is None and handed is None:
            return _mentioned(name, span)
        value, end = word_at(text, span.end + 1, len(plain))
        if handed is not None and "," in text[span.end : end]:
            value = Unknown(value.span, Why.ENVIRONMENT)
        how = "setdefault" if words[:1] == ["arg"] else "file"
        return Assignment(name, span, Span(span.start, end), value, how)
    gap = _GAP.match(plain, span.end)
    if gap is not None and words[-1:] == (["env"] if dialect is Dialect.DOCKER else ["setenv"]):
        value, end = word_at(text, gap.end(), len(plain))
        if _GAP.match(plain, end) is not None:
            value = Unknown(value.span, Why.ENVIRONMENT)
        return Assignment(name, span, Span(span.start, end), value, "file")
    return None


def begun(plain: str, at: int, start: int) -> int:
    """Where the command begins that a place lies in."""
    begin = max(start, at - MOST_LINE)
    ends = [match.end() for match in _SEPARATOR.finditer(plain, begin, at)]
    return ends[-1] if ends else begin


def _mentioned(name: str, span: Span) -> Assignment:
    return Assignment(name, span, span, Unknown(None, Why.ENVIRONMENT), "load")


_MADE = re.compile(r"[ \t]*(?P<sign>::?:?=|\?=|\+=|!=|=)[ \t]*(?P<value>[^\r\n]*)")


def _of_make(text: str, plain: str, span: Span) -> Assignment | None:
    """A variable of make's own: ``export NAME ?= value``, for all targets or for one."""
    line = line_start(text, span.start)
    if text.startswith("\t", line):
        return None
    lead = plain[line : span.start]
    bare = re.fullmatch(r"[ \t]*(?:(?:export|override|private|define)[ \t]+)*", lead)
    if bare is None and _TARGET.fullmatch(lead.lstrip()) is None:
        return None
    match = _MADE.match(text, span.end)
    if match is None:
        return None
    end = match.end("value")
    comment = re.search(r"(?:^|[ \t])#", text[match.start("value") : end])
    end = match.start("value") + comment.start() if comment else end
    written = text[match.start("value") : end].rstrip()
    place = Span(match.start("value"), match.start("value") + len(written))
    value: AnyValue = Unknown(place, Why.ENVIRONMENT)
    if match["sign"] not in ("+=", "!=") and not written.endswith("\\"):
        value = with_holes(written, place)
    how = "setdefault" if match["sign"] == "?=" else "file"
    return Assignment(text[span.start : span.end], span, Span(span.start, place.end), value, how)


def _of_string(text: str, plain: str, string: Span) -> Iterator[Assignment]:
    """What a text in quotes sets: all of it where it is handed on as one, else it is but mentioned."""
    inner = text[string.start + 1 : string.end - 1]
    for match in re.finditer(rf"(?<![\w$}}{{.-])({_NAME})=", inner):
        name = match[1]
        start = string.start + 1 + match.start()
        span = Span(start, start + len(name))
        before = plain[line_start(plain, string.start) : string.start]
        if match.start() == 0 and (_HANDED.search(before) or re.search(r"\bexport[ \t]+$", before)):
            place = Span(span.end + 1, string.end - 1)
            value: AnyValue = with_holes(text[place.start : place.end], place)
            if text[string.start] == "'":
                value = _known(text[place.start : place.end], place)
            yield Assignment(name, span, Span(span.start, place.end), value, "file")
        else:
            yield _mentioned(name, span)


def _of_document(text: str, document: Span) -> Iterator[Assignment]:
    """What a here-document sets: a script for another shell or machine, or an environment file."""
    for match in re.finditer(
        rf"^[ \t]*(?:export[ \t]+)?(?P<name>{_NAME})=|(?<![\w$}}{{.-])(?P<other>{_NAME})=",
        text[document.start : document.end],
        re.MULTILINE,
    ):
        group = "name" if match["name"] else "other"
        span = Span(document.start + match.start(group), document.start + match.end(group))
        if group == "other":
            yield _mentioned(match["other"], span)
            continue
        value, end = word_at(text, span.end + 1, document.end)
        yield Assignment(match["name"], span, Span(span.start, end), value, "file")


_HOLE = (
    r"\$\{\{.*?\}\}|\{\{.*?\}\}|\$\$?\{[^}\r\n]*\}|\$\$?\((?:[^()\r\n]|\([^()\r\n]*\))*\)"
    r"|\$\$?\w+|\$[@*#?!$-]|`[^`]*`|%\w+%"
)
_HOLES = re.compile(_HOLE)
_PART = re.compile(
    rf"""(?P<single>'[^']*')
       | (?P<double>"(?:[^"\\]|\\[\s\S])*+")
       | (?P<escape>\\[\s\S])
       | (?P<hole>{_HOLE})
       | (?P<bare>[^\s;&|()<>'"\\$`{{}}%]+|[{{}}%$])""",
    re.VERBOSE,
)


def word_at(text: str, at: int, end: int) -> tuple[AnyValue, int]:
    """The word that begins at a place, as a value, and where it ends."""
    start = at
    pieces: list[Piece | Hole] = []
    while (match := _PART.match(text, at, end)) is not None:
        at = match.end()
        if match["single"] is not None:
            pieces.append(Piece(match[0][1:-1], Span(match.start() + 1, at - 1), bare=True))
        elif match["double"] is not None:
            pieces += _parted(match[0][1:-1], match.start() + 1)
        elif match["escape"] is not None:
            pieces.append(Piece("" if match[0][1] in "\r\n" else match[0][1], None))
        elif match["hole"] is not None:
            pieces += _parted(match[0], match.start())
        else:
            pieces.append(Piece(match[0], Span(match.start(), at), bare=True))
    value = Text(Span(start, at), tuple(pieces))
    if text.startswith("<", at) or _PLACEHOLDER.search(value.skeleton) is not None:
        return Unknown(Span(start, at), Why.ENVIRONMENT), at
    return value, at


def with_holes(written: str, place: Span) -> AnyValue:
    """A text in which variables and expressions of a shell, of CI or of templates may stand."""
    if len(written) != place.end - place.start or "\\" in written:
        return _known(written, place) if _HOLES.search(written) is None else Unknown(place, Why.ENVIRONMENT)
    if _PLACEHOLDER.search(written) is not None:
        return Unknown(place, Why.ENVIRONMENT)
    return Text(place, tuple(_parted(written, place.start)))


def _known(written: str, place: Span) -> AnyValue:
    if _PLACEHOLDER.search(written) is not None:
        return Unknown(place, Why.ENVIRONMENT)
    fits = len(written) == place.end - place.start and "\\" not in written
    return Text(place, (Piece(written, place if fits else None, bare=True),))


def _parted(written: str, start: int) -> Iterator[Piece | Hole]:
    """A text's constant pieces and its holes; what a hole falls back to is a hint."""
    reached = 0
    for hole in (*_HOLES.finditer(written), None):
        stop = len(written) if hole is None else hole.start()
        if stop > reached or (hole is None and not written):
            piece = written[reached:stop]
            span = Span(start + reached, start + stop)
            yield Piece(piece, None if "\\" in piece else span, bare=True)
        if hole is not None:
            span = Span(start + hole.start(), start + hole.end())
            is_call = hole[0].startswith(("$(", "`"))
            yield Hole(Unknown(span, Why.CALL if is_call else Why.ENVIRONMENT, name=_named(hole[0])), span)
            reached = hole.end()


def _named(hole: str) -> str:
    found = re.search(r"[A-Za-z_]\w*", hole)
    return found[0] if found is not None and not hole.startswith(("$(", "`")) else ""


# What stands in a template for what one has to fill in.
_PLACEHOLDER = re.compile(
    r"^(?:<.*>|\[.*\]|x{3,}|\.{3}|\*+|_+|change[-_ ]?me|todo|tbd|fixme|placeholder|replace[-_ ]?me.*)$"
    r"|(?<![a-z])your(?![a-z])",
    re.IGNORECASE,
)

_PROGRAM = re.compile(r"(?<![\w./$-])(?:\./)?([\w./-]*\w\.py)(?![\w./-])")


def programs(text: str, within: Span, dialect: Dialect = Dialect.SHELL) -> Iterator[Span]:
    """The paths of the Python scripts that shell lines within a text name."""
    plain = plain_of(text, within, dialect)
    for match in _PROGRAM.finditer(plain, within.start):
        yield Span(*match.span(1))


# Of .env files, as python-dotenv reads them

_BINDING = re.compile(
    r"""^[^\S\r\n]*(?:export[^\S\r\n]+)?+(?P<name>'[^']+'|(?!')[^=\#\s]+)
        (?:[^\S\r\n]*=[^\S\r\n]*+
          (?P<value>'(?:[^'\\]|\\[\s\S])*+'|"(?:[^"\\]|\\[\s\S])*+"|(?!['"])[^\r\n]*)
        )?(?P<rest>[^\r\n]*)$""",
    re.VERBOSE | re.MULTILINE,
)
_OURS = re.compile(_NAME)


def _of_dotenv(text: str) -> Iterator[Assignment]:
    for match in _BINDING.finditer(text):
        quoted = match["name"].startswith("'")
        name = match["name"][quoted : -1 if quoted else None]
        written = match["value"]
        if written is None or not _OURS.fullmatch(name):
            continue
        if match["rest"].strip() and not match["rest"].lstrip().startswith("#"):
            continue
        start = match.start("name") + quoted
        span = Span(start, start + len(name))
        yield Assignment(name, span, Span(span.start, match.end("value")), *_bound_to(match, written))


def _bound_to(match: re.Match[str], written: str) -> tuple[AnyValue, str]:
    start = match.start("value")
    if written[:1] in ("'", '"'):
        start, written = start + 1, written[1:-1]
    else:
        written = re.sub(r"\s+#.*", "", written).rstrip()
    place = Span(start, start + len(written))
    if "\\" in written:
        return Unknown(place, Why.ENVIRONMENT), "file"
    return with_holes(written, place), "file"


# Comments

_DOTENV_COMMENT = re.compile(r"(?:^[^\S\r\n]*|(?<=\s))\#[^\r\n]*", re.MULTILINE)
_NOT_INERT = re.compile(r"""["'()\[\]{}\\#@]""")


def _inert(text: str, dialect: Dialect) -> str:
    """The text as a scan for Python's comments reads it rightly: what is no comment opens nothing."""
    if "\0" in text:
        return _NOT_INERT.sub("_", text)
    if dialect is Dialect.DOTENV:
        comments = [Span(*match.span()) for match in _DOTENV_COMMENT.finditer(text)]
    else:
        comments = _regions(text, Span(0, len(text)), dialect).comments
    parts = []
    reached = 0
    for span in comments:
        parts += [_NOT_INERT.sub("_", text[reached : span.start]), text[span.start : span.end]]
        reached = span.end
    parts.append(_NOT_INERT.sub("_", text[reached:]))
    return "".join(parts)
