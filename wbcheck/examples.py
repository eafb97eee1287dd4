"""What a rule shows for itself: bad and good examples, and the proof under the real SDK.

Plain data; ``wbcheck.harness`` and ``wbcheck.proofs`` judge it, the documentation prints it.

In a bad example a line that holds nothing but carets marks the line above it::

    run = wandb.init(name="my_run")
                           ^^^^^^

Each row of carets is one finding; several findings on a line have their carets side by
side, or, where they overlap, on marker lines of their own. A finding that runs over several lines starts
with carets and goes on with ``~~~~`` under its last line.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from wbcheck.diagnostic import Span

_MARKER = re.compile(r"[ \t]*[\^~]+(?:[ \t]+[\^~]+)*[ \t]*")
_RUN = re.compile(r"\^+|~+")
CELL = "# %%"


class ExampleError(ValueError):
    """An example whose markers make no sense: says which and why."""


class Marked(msgspec.Struct, frozen=True):
    """An example's text without its markers, and the spans that they mark, in order."""

    text: str
    spans: tuple[Span, ...]


def unmark(source: str) -> Marked:
    """Take the marker lines out of ``source``. Raises ``ExampleError`` for a marker without a line."""
    kept: list[str] = []
    spans: list[Span] = []
    offset = 0
    for line in source.splitlines(keepends=True):
        if _MARKER.fullmatch(line.rstrip("\n")) is None:
            kept.append(line)
            offset += len(line)
            continue
        if not kept:
            raise ExampleError("a marker line has no line above it")
        start, width = offset - len(kept[-1]), len(kept[-1].rstrip("\n"))
        for run in _RUN.finditer(line):
            # One caret may stand after the line's last character: for an empty span there.
            if run.end() > width + (len(run.group()) == 1):
                raise ExampleError(f"a marker reaches beyond its line: {kept[-1].strip()!r}")
            if run.group().startswith("^"):
                spans.append(Span(start + run.start(), start + run.end()))
            elif not spans:
                raise ExampleError("a marker of `~` goes on from no `^`")
            else:
                spans[-1] = Span(spans[-1].start, start + run.end())
    return Marked("".join(kept), tuple(sorted(spans)))


def mark(text: str, spans: Iterable[Span]) -> str:
    """The text with carets under its spans: what ``unmark`` reads. An empty span gets one caret."""
    out: list[str] = []
    offset = 0
    places = sorted(spans)
    for line in text.splitlines(keepends=True):
        end = offset + len(line.rstrip("\n"))
        out.append(line if line.endswith("\n") else line + "\n")
        for span in places:
            stop = max(span.end, span.start + 1)
            if offset <= span.start <= end:
                width = max(1, min(stop, end) - span.start)
                out.append(" " * (span.start - offset) + "^" * width + "\n")
            elif offset < stop <= end + 1 and span.start < offset:
                code = line.rstrip("\n")
                indent = len(code) - len(code.lstrip())
                out.append(" " * indent + "~" * max(1, stop - offset - indent) + "\n")
        offset += len(line)
    return "".join(out)


def clean(source: str) -> str:
    """Source as written in a rule's file, without the indentation and blank lines around it."""
    text = textwrap.dedent(source).strip("\n").rstrip()
    return text + "\n" if text else ""


def cells(source: str) -> tuple[str, ...]:
    """The cells of a notebook example, each ending in a line feed: what lies between ``# %%`` lines."""
    parts: list[list[str]] = [[]]
    for line in source.splitlines(keepends=True):
        if line.rstrip() == CELL:
            parts.append([])
        else:
            parts[-1].append(line)
    if not parts[0]:
        del parts[0]
    return tuple("".join(part) for part in parts)


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of code that a rule is tried on.

    ``options`` are those of the rule, as in the configuration file. ``notebook`` makes each stretch
    between ``# %%`` lines a code cell. ``beside`` are other files of the project: path to source. ``wandb``
    is the version of wandb that the project has, or a range of them; the newest where it is empty.
    """

    options: Mapping[str, Any] = {}
    path: str = ""
    notebook: bool = False
    beside: Mapping[str, str] = {}
    wandb: str = ""


class Bad(Example, frozen=True, kw_only=False):
    """Code on which the rule speaks, exactly where the carets are.

    ``message`` is the headline (a tuple of them where the findings differ, in the order of their places);
    ending in ``…`` it is only how the headline begins.
    ``fixed`` is the whole text after all fixes; ``None`` says that no fix is offered here. ``fixed_beside``
    are those of the other files that the fix changes.
    """

    source: str
    message: str | tuple[str, ...]
    fixed: str | None = None
    fixed_beside: Mapping[str, str] = {}

    @property
    def marked(self) -> Marked:
        """The text to check and the places of its findings (offsets into the unit's text)."""
        return unmark("".join(cells(clean(self.source))) if self.notebook else clean(self.source))

    @property
    def code(self) -> str:
        """The example as it is shown: without its markers, cells parted by ``# %%``."""
        return unmark(clean(self.source)).text

    @property
    def messages(self) -> tuple[str, ...]:
        """The headline of each finding, in the order of their places."""
        if isinstance(self.message, tuple):
            return self.message
        return (self.message,) * max(1, len(self.marked.spans))


class Good(Example, frozen=True, kw_only=False):
    """Code on which the rule is silent: what is right, and the near misses."""

    source: str

    @property
    def code(self) -> str:
        """The example as it is shown."""
        return clean(self.source)


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """What one run left in its ``.wandb`` file, values decoded from their JSON.

    ``history`` are the rows of ``run.log``; ``config`` and ``summary`` what they held in the end, all
    without W&B's own keys other than ``_step``. ``metrics`` are the ``define_metric`` records as dicts with
    ``name``, ``glob_name``, ``step_metric``; ``artifacts`` dicts with ``name``, ``type``,
    ``description``, ``metadata`` and ``aliases``, ``inputs`` those that were used, dicts with ``name`` and
    ``type``. ``started`` is in seconds of the epoch; ``exit_code``
    is ``None`` where the run never ended.
    """

    id: str = ""
    project: str = ""
    entity: str = ""
    name: str = ""
    group: str = ""
    job_type: str = ""
    tags: tuple[str, ...] = ()
    config: dict[str, Any] = {}
    history: tuple[dict[str, Any], ...] = ()
    summary: dict[str, Any] = {}
    metrics: tuple[dict[str, Any], ...] = ()
    artifacts: tuple[dict[str, Any], ...] = ()
    inputs: tuple[dict[str, Any], ...] = ()
    started: float = 0.0
    exit_code: int | None = None


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """How a script ended under the real SDK, and what it recorded.

    ``errors`` are the class names of the exception that ended it, its own first and then its bases', and
    ``text`` is its text; both empty where it ran through. ``output`` is everything that was
    printed. ``runs`` are in the order in which they were started.
    """

    errors: tuple[str, ...] = ()
    text: str = ""
    output: str = ""
    runs: tuple[Recorded, ...] = ()

    @property
    def run(self) -> Recorded:
        """The first run. Raises ``LookupError`` where nothing was recorded."""
        if not self.runs:
            raise LookupError("no run was recorded")
        return self.runs[0]


class Runs(msgspec.Struct, frozen=True):
    """The script runs to its end."""


class Raises(msgspec.Struct, frozen=True):
    """The script ends in an exception of this class, or a subclass; ``saying`` is in its text."""

    error: str
    saying: str = ""


class Shows(msgspec.Struct, frozen=True):
    """The script runs to its end, and ``that`` holds of what it left. ``what`` says it in words."""

    what: str
    that: Callable[[Ran], bool]


Outcome = Runs | Raises | Shows


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What happens under the real SDK, offline: to the bad example, and to the good one.

    The scripts are the rule's first bad and first good example unless ``bad_script`` and
    ``good_script`` say otherwise; ``setup`` is put before both. ``environment`` is set around them.
    """

    bad: Outcome
    good: Outcome = Runs()
    setup: str = ""
    bad_script: str = ""
    good_script: str = ""
    environment: Mapping[str, str] = {}


class Unproven(msgspec.Struct, frozen=True):
    """Why a rule cannot be proven here: it can only be seen online, or with a framework that tests lack."""

    reason: str
