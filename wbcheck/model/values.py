"""What a value is known to be: abstract values, each with the span it was written at.

A value is known (a number, a text without holes), partly known (a text with holes, a
dict with some unknown keys, one of several) or unknown, with why. Nothing here is ever
a guess: what two branches set differently is ``OneOf``, what a loop changes is unknown.

A model is a tree of a great many small values. None of them refers back, so none is made for the garbage
collector to follow (``gc=False``).
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

import msgspec

from wbcheck.diagnostic import Span


class Tri(StrEnum):
    """A three-valued answer; only ``YES`` and ``NO`` may be spoken of."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Why(StrEnum):
    """Why a value is not known, which is also why a hole in a text varies."""

    PARAMETER = "parameter"
    ARGUMENT = "argument"  # of the command line: argparse, click, a tyro or HfArgumentParser dataclass
    ENVIRONMENT = "environment"
    CLOCK = "clock"
    RANDOM = "random"  # uuid, secrets, random
    COUNTER = "counter"  # a loop's own variable
    CONFIG = "config"  # read from a run's config
    RUN_ID = "run-id"  # run.id, run.name: given by W&B
    DOWNLOAD = "download"  # a path that artifact.download() gave
    INPUT = "input"  # what DataRead gave
    IMPORT = "import"
    CALL = "call"
    ATTRIBUTE = "attribute"
    OPERATION = "operation"
    BRANCH = "branch"  # set differently on several paths, or changed in a loop
    UNDEFINED = "undefined"


class Kind(StrEnum):
    """What sort of thing a value is, as far as that is certain."""

    ANY = "any"
    NUMBER = "number"
    TEXT = "text"
    FLAG = "flag"
    SEQUENCE = "sequence"
    MAPPING = "mapping"
    ARRAY = "array"
    TENSOR = "tensor"
    FRAME = "frame"
    GENERATOR = "generator"
    MOMENT = "moment"  # datetime, date
    CALLABLE = "callable"
    OBJECT = "object"  # an instance of a class of the file
    MEDIA = "media"  # wandb.Image, Histogram, Html, ...
    PLOT = "plot"  # wandb.plot.*, a matplotlib or plotly figure


class ObjectKind(StrEnum):
    """The objects that a reference may name."""

    RUN = "run"
    CONFIG = "config"  # id: the run's
    SUMMARY = "summary"  # id: the run's
    ARTIFACT = "artifact"
    METADATA = "metadata"  # an artifact's; id: the artifact's
    TABLE = "table"
    API = "api"
    API_OBJECT = "api-object"
    LOGGER = "logger"  # WandbLogger; id: the run's
    ACCELERATOR = "accelerator"
    TRAINER = "trainer"
    TRAINING_ARGUMENTS = "training-arguments"
    PARSER = "parser"
    ARGUMENTS = "arguments"  # argparse.Namespace; id: the parser's
    ENVIRONMENT = "environment"  # os.environ
    FUNCTION = "function"  # of this file
    CLASS = "class"
    INSTANCE = "instance"  # of a class of this file; id: the class's
    SYMBOL = "symbol"  # imported; name: its dotted path


class Value(msgspec.Struct, frozen=True, array_like=True, gc=False, tag=True):
    """Anything an expression may be. ``span`` is where it was written, if in this file."""

    span: Span | None


class Piece(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="p"):
    """A constant part of a text. ``span`` covers the characters between the quotes.

    ``bare`` where a text needs no quotes: in YAML, in a shell.
    """

    text: str
    span: Span | None
    bare: bool = False


class Hole(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="h"):
    """A part of a text that varies or is not known. ``format`` is an f-string's format spec."""

    value: AnyValue
    span: Span | None
    format: str = ""


class Text(Value, frozen=True, tag="text"):
    """A string: constant pieces and holes, in order."""

    pieces: tuple[Piece | Hole, ...]

    @property
    def constant(self) -> str | None:
        """The whole text if it has no hole, else ``None``."""
        parts = []
        for piece in self.pieces:
            if isinstance(piece, Hole):
                return None
            parts.append(piece.text)
        return "".join(parts)

    @property
    def constants(self) -> Iterator[Piece]:
        """The constant pieces, in order."""
        return (piece for piece in self.pieces if isinstance(piece, Piece))

    @property
    def holes(self) -> Iterator[Hole]:
        """The holes, in order."""
        return (piece for piece in self.pieces if isinstance(piece, Hole))

    @property
    def skeleton(self) -> str:
        """The text with each hole shown as ``{}``: for messages."""
        return "".join(piece.text if isinstance(piece, Piece) else "{}" for piece in self.pieces)

    @property
    def is_telling(self) -> bool:
        """Whether what is constant of it says something: holds a letter or a digit."""
        return any(letter.isalnum() for piece in self.constants for letter in piece.text)

    @property
    def known_length(self) -> int:
        """How many characters it has at the least."""
        return sum(len(piece.text) for piece in self.pieces if isinstance(piece, Piece))


class Number(Value, frozen=True, tag="number"):
    """A number that is known. Integers have 64 bits: see ``known_number``."""

    value: int | float


class Flag(Value, frozen=True, tag="flag"):
    """``True`` or ``False``."""

    value: bool


class Nothing(Value, frozen=True, tag="none"):
    """``None``, given literally: the same as not given."""


class Items(Value, frozen=True, tag="items"):
    """A list, tuple, set or frozenset, or a dict's view (``kind`` is ``keys``, ``values`` or ``items``).

    ``open`` when it may hold more than is listed; ``count`` is how many there are of a comprehension over a
    literal range.
    """

    kind: str
    items: tuple[AnyValue, ...]
    open: bool = False
    count: int | None = None


class Entry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One key of a mapping. ``span`` covers what was written for it: ``key: value``,
    ``key=value``, or the whole assignment ``d[key] = value``.

    ``certain`` is false where only some paths write it.
    """

    key: AnyValue
    value: AnyValue
    span: Span | None
    certain: bool = True


class Origin(StrEnum):
    """How a mapping came to be."""

    LITERAL = "literal"
    CALL = "call"  # dict(a=1)
    ARGUMENTS = "arguments"  # vars(args), args.__dict__
    DATACLASS = "dataclass"
    COMPREHENSION = "comprehension"
    COPY = "copy"


class Mapping(Value, frozen=True, tag="mapping"):
    """A dict as it is at this point of the program.

    Two values with one ``id`` are the same dict at two points in time. ``open`` when it
    may hold keys that are not listed: a splat, an unknown call, a key that is not known. ``implied`` where
    the program has an object instead, of which W&B makes a dict (``config=args``).
    """

    id: int
    entries: tuple[Entry, ...]
    open: bool
    origin: Origin = Origin.LITERAL
    implied: bool = False

    def find(self, key: str) -> Entry | None:
        """The last entry with this constant key."""
        for entry in reversed(self.entries):
            if isinstance(entry.key, Text) and entry.key.constant == key:
                return entry
        return None

    def get(self, key: str) -> AnyValue | None:
        """The value of that entry."""
        entry = self.find(key)
        return None if entry is None else entry.value

    def has(self, key: str) -> Tri:
        """Whether the key is there: ``NO`` only when every key is known."""
        entry = self.find(key)
        if entry is not None:
            return Tri.YES if entry.certain else Tri.UNKNOWN
        if self.open or any(not isinstance(e.key, Text) or e.key.constant is None for e in self.entries):
            return Tri.UNKNOWN
        return Tri.NO


class Ref(Value, frozen=True, tag="ref"):
    """An object of W&B's (or one that matters to it): which, or ``id=None`` for one we cannot tell.

    ``name`` is a symbol's dotted path, or a function's or class's name.
    """

    kind: ObjectKind
    id: int | None = None
    name: str = ""


class Step(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One step into an object: ``.lr`` or ``["lr"]``; ``span`` covers the dot or the brackets too."""

    key: AnyValue
    attribute: bool
    span: Span

    @property
    def name(self) -> str | None:
        """The constant key, if known."""
        return self.key.constant if isinstance(self.key, Text) else None


class Part(Value, frozen=True, tag="part"):
    """A value that lies inside an object: ``run.config["params"]``, ``args.lr``, ``run.summary["f1"]``.

    ``value`` is what it is known to be, if anything.
    """

    of: Ref
    path: tuple[Step, ...]
    value: AnyValue | None = None


class OneOf(Value, frozen=True, tag="one-of"):
    """One of several: two branches set it differently."""

    options: tuple[AnyValue, ...]


class Unknown(Value, frozen=True, tag="unknown"):
    """Not known, with why. ``name`` is the dotted text of what it is (``args.lr``, ``time.time``).

    ``default`` is a hint for messages (an argument's default), never a value. ``offset`` is what has been
    added to a counter: 0 for the counter itself, ``None`` where it has been changed in any other way. The
    ``span`` of a loop's counter is where the loop binds it. ``fraction`` is of a number that is certainly no
    integer: what a division, ``float()`` or a clock gives. ``size`` is how many elements an array or a tensor
    has, or how many values a comprehension's counter takes, where that is known.
    """

    why: Why
    name: str = ""
    kind: Kind = Kind.ANY
    default: AnyValue | None = None
    offset: int | None = 0
    fraction: bool = False
    size: int | None = None


AnyValue = Text | Number | Flag | Nothing | Items | Mapping | Ref | Part | OneOf | Unknown


def options(value: AnyValue | None) -> tuple[AnyValue, ...]:
    """The values it may be: those of a ``OneOf``, else itself; nothing for ``None``."""
    if value is None:
        return ()
    return value.options if isinstance(value, OneOf) else (value,)


def known_number(span: Span | None, value: int | float) -> Number | Unknown:
    """A number that is known, if it is one that a model can hold, which is sent with integers of 64 bits."""
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return Unknown(span, Why.OPERATION, kind=Kind.NUMBER)
    return Number(span, value)


def texts(value: AnyValue | None) -> Iterator[Text]:
    """Every text that a value may be."""
    return (option for option in options(value) if isinstance(option, Text))


def is_written(text: Text) -> bool:
    """Whether all that is constant of a text is written in the file, and none of it in another one."""
    return text.span is not None and all(piece.span is not None for piece in text.constants)


def constant(value: AnyValue | None) -> str | None:
    """The constant string a value is, if it is one."""
    return value.constant if isinstance(value, Text) else None


def is_given(value: AnyValue | None) -> Tri:
    """Whether an argument counts as given: ``None`` given literally is not."""
    kinds = {isinstance(option, Nothing) for option in options(value)}
    if not kinds or kinds == {True}:
        return Tri.NO
    return Tri.UNKNOWN if True in kinds else Tri.YES


def varies(value: AnyValue) -> bool:
    """Whether a value is known to differ from one run to the next, or may well do.

    An argument of the command line, a clock, an id, a counter, the environment: all differ
    from run to run. Only a value that is fully constant does not.
    """
    if isinstance(value, Text):
        return any(varies(hole.value) for hole in value.holes)
    if isinstance(value, OneOf):
        return True
    return not isinstance(value, Number | Flag | Nothing)
