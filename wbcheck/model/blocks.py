"""Where things happen: blocks, functions, classes, and the conditions between them."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from wbcheck.diagnostic import Span
from wbcheck.model.values import AnyValue


class BlockKind(StrEnum):
    """The kinds of block. ``BRANCH`` is one arm of an ``if`` or ``match``."""

    MODULE = "module"
    CELL = "cell"
    OPAQUE = "opaque"  # a notebook cell that does not parse
    FUNCTION = "function"
    LAMBDA = "lambda"
    CLASS = "class"
    LOOP = "loop"
    LOOP_ELSE = "loop-else"
    COMPREHENSION = "comprehension"
    BRANCH = "branch"
    WITH = "with"
    TRY = "try"
    EXCEPT = "except"
    TRY_ELSE = "try-else"
    FINALLY = "finally"


class End(StrEnum):
    """How a block's last reachable statement leaves it."""

    FALLS = "falls"
    RETURNS = "returns"
    RAISES = "raises"
    BREAKS = "breaks"
    CONTINUES = "continues"


class Guard(StrEnum):
    """What a condition asks about, where that is known."""

    MAIN = "main"  # __name__ == "__main__"
    RANK = "rank"  # rank == 0, is_main_process
    TYPE_CHECKING = "type-checking"
    NONE = "none"  # x is None, not x
    OTHER = "other"


class Condition(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The test of a branch as written (white space folded), and which way this branch lies.

    Of a handler it is what is caught.

    An ``else`` has its ``if``'s test, negated. Two branches with equal conditions run together
    as long as nothing in between changes what they ask.
    """

    text: str
    negated: bool
    guard: Guard = Guard.OTHER


class Loop(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A loop: its variables, what it runs over, and how often where that is known.

    ``form`` is ``while``, ``range``, ``enumerate`` or ``for``; ``counter`` is the name that
    counts by one, where one does; ``count`` the number of passes where it is a literal; ``start`` what
    the counter begins with, where that is a literal and so the same each time that the loop is run.
    ``limit`` is what it counts through as written (``range(num_layers)``).
    """

    form: str
    targets: tuple[str, ...]
    counter: str = ""
    count: int | None = None
    iterable: AnyValue | None = None
    start: int | None = None
    limit: str = ""


class Block(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A stretch of statements that run together.

    ``span`` is from the first character of its statement (its header) to the end of its
    body. Arms of one ``if``/``match``, and the ``try``/``except`` parts of one statement,
    share ``group``. ``function`` is the function whose body it lies in. ``owner`` is the
    function or class whose body it is. ``cell`` is a notebook's 1-based cell, else 0. ``body`` is where the
    statements of a ``with`` or a loop begin: what its header does comes before them.
    """

    id: int
    kind: BlockKind
    parent: int | None
    span: Span
    group: int
    function: int | None = None
    owner: int | None = None
    condition: Condition | None = None
    loop: Loop | None = None
    end: End = End.FALLS
    cell: int = 0
    body: int | None = None

    @property
    def begins(self) -> int:
        """The offset from which on its statements run."""
        return self.span.start if self.body is None else self.body


class Parameter(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A parameter. ``star`` is ``*`` or ``**`` for the collecting ones, else empty.

    ``default`` and ``annotation`` are kept only for functions in which something happens.
    """

    name: str
    default: AnyValue | None
    annotation: str
    star: str
    span: Span


class Function(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A function of the file.

    ``callers`` are the ``LocalCall`` events that call it. ``escapes`` when it is mentioned
    other than by a call (passed on, stored, decorated), so that others may call it.
    ``decorators`` are dotted names as resolved.
    """

    id: int
    name: str
    qualname: str
    block: int
    span: Span
    name_span: Span
    parameters: tuple[Parameter, ...]
    decorators: tuple[str, ...]
    class_id: int | None
    is_async: bool
    is_generator: bool
    callers: tuple[int, ...] = ()
    escapes: bool = False


class Class(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A class of the file; ``bases`` are dotted names as resolved."""

    id: int
    name: str
    block: int
    bases: tuple[str, ...]
    decorators: tuple[str, ...]
