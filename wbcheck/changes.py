"""What has changed since a git revision: only findings on those lines count under ``--diff-from``.

Git says which files differ and what was in them; the lines are compared here, in the text that is
analysed, so a notebook's are its cells' and not its JSON's. Compared is what the files hold now with the
point at which the current branch left the revision, which is what a pull request shows.
"""

from __future__ import annotations

import os
import subprocess
from bisect import bisect_left
from difflib import SequenceMatcher

import msgspec

from wbcheck.diagnostic import Diagnostic, Span
from wbcheck.lexer import line_start
from wbcheck.source import SourceError, Unit, read_unit
from wbcheck.source.unit import LINE_END
from wbcheck.words import suggestion


class ChangesError(Exception):
    """Why nothing can be compared, in one sentence."""


class Changed(msgspec.Struct, frozen=True):
    """The lines of a text that are new: whole lines as ``spans``, and where lines were taken out as offsets.

    ``cuts`` are starts of lines before which something was deleted.
    """

    spans: tuple[Span, ...]
    cuts: tuple[int, ...]

    def touches(self, diagnostic: Diagnostic, text: str) -> bool:
        """Whether a finding, or the statement it is about, lies on changed lines, or was cut into."""
        own = diagnostic.span
        whole = diagnostic.statement or own
        low, high = min(own.start, whole.start), max(own.end, whole.end, own.start + 1)
        near = bisect_left(self.spans, low, key=lambda span: span.end - 1)
        if near < len(self.spans) and self.spans[near].start < high:
            return True
        first = line_start(text, low)
        return any(first < cut < high for cut in self.cuts)


def changed_lines(old: str, new: str) -> Changed:
    """Which lines of ``new`` are not those of ``old``; line ends do not count."""
    before, after = (LINE_END.split(text) for text in (old, new))
    starts = [0, *(found.end() for found in LINE_END.finditer(new)), len(new)]
    spans, cuts = [], []
    for tag, _, _, first, last in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "delete":
            cuts.append(starts[first])
        elif tag != "equal":
            spans.append(Span(starts[first], max(starts[last], starts[first] + 1)))
    return Changed(tuple(spans), tuple(cuts))


def _is_on_disk(unit: Unit, absolute: str) -> bool:
    """Whether a unit is its file as it lies there, not an editor's buffer or the work of a fix."""
    try:
        with open(absolute, "rb") as file:
            return file.read() == unit.apply(())
    except OSError:
        return False


class Revision:
    """A point in a repository's history to compare files with."""

    def __init__(self, name: str, folder: str) -> None:
        """The revision that ``name`` stands for in the repository of ``folder``. Raises ``ChangesError``."""
        self._folder = folder
        self._name = name
        if name.startswith("-"):
            raise ChangesError(f"`{name}` is no git revision")
        self._top = os.path.realpath(os.fsdecode(self._git("rev-parse", "--show-toplevel")).rstrip("\n"))
        self._folder = self._top
        commit = (
            self._git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}", empty=True).decode().strip()
        )
        if not commit:
            known = self._git("for-each-ref", "--format=%(refname:short)", empty=True).decode(
                "utf-8", "replace"
            )
            raise ChangesError(f"git knows no revision `{name}`{suggestion(name, known.split())}")
        # Where history has no common point (a shallow clone), the revision itself has to do.
        base = self._git("merge-base", commit, "HEAD", empty=True).decode().strip()
        self._base = base or commit
        self._old = self._renamed()
        self._known: dict[str, tuple[str, Changed | None]] = {}
        self._tracked = frozenset(os.fsdecode(self._git("ls-files", "-z")).split("\0"))

    def keeps(self, diagnostic: Diagnostic, unit: Unit | None, absolute: str) -> bool:
        """Whether a finding in the file at ``absolute`` lies on lines that are new since then.

        A file that cannot be analysed counts as a whole, and failures of our own always count.
        """
        if diagnostic.fault:
            return True
        path = os.path.relpath(os.path.realpath(absolute), self._top).replace(os.sep, "/")
        if path in self._tracked and path not in self._old:
            if unit is None or _is_on_disk(unit, absolute):
                return False
            self._old[path] = path
        old = self._old.get(path)
        if unit is None or old is None:
            return True
        known = self._known.get(path)
        if known is None or known[0] != unit.text:
            known = self._known[path] = (unit.text, self._changed(old, unit))
        changed = known[1]
        return changed is None or changed.touches(diagnostic, unit.text)

    def is_new(self, absolute: str) -> bool:
        """Whether the revision has no such file, not even under another name; files of others are not new."""
        path = os.path.relpath(os.path.realpath(absolute), self._top).replace(os.sep, "/")
        if path in self._old:
            return self._old[path] is None
        parts = path.split("/")
        # A repository within this one is tracked as a whole.
        return parts[0] != os.pardir and not any(
            "/".join(parts[:length]) in self._tracked for length in range(1, len(parts) + 1)
        )

    def _changed(self, old: str, unit: Unit) -> Changed | None:
        """The new lines of a file that was called ``old`` then; ``None`` where it could not be read then."""
        try:
            before = read_unit(unit.path, self._git("cat-file", "blob", f"{self._base}:{old}"))
        except SourceError:
            return None
        return changed_lines(before.text, unit.text)

    def _renamed(self) -> dict[str, str | None]:
        """The files that differ, by what they are called now: their old names, ``None`` for new files."""
        said = self._git("diff", "--name-status", "-z", "--find-renames", "--no-ext-diff", self._base, "--")
        fields = os.fsdecode(said).split("\0")
        found: dict[str, str | None] = {}
        at = 0
        while at + 1 < len(fields):
            status = fields[at][:1]
            if status in ("R", "C"):
                found[fields[at + 2]] = fields[at + 1]
                at += 3
            else:
                found[fields[at + 1]] = None if status == "A" else fields[at + 1]
                at += 2
        return found

    def _git(self, *arguments: str, empty: bool = False) -> bytes:
        """What git prints; nothing where it fails and ``empty`` is set. Raises ``ChangesError``."""
        command = ["git", "-C", self._folder, "-c", "core.fsmonitor=false", "-c", "core.quotePath=false"]
        try:
            done = subprocess.run([*command, *arguments], capture_output=True, check=False)
        except OSError as error:
            raise ChangesError(f"git cannot be run: {(error.strerror or str(error)).lower()}") from None
        if done.returncode and not empty:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            reason = said[0].removeprefix("fatal: ") if said else f"it exited with {done.returncode}"
            raise ChangesError(f"git says: {reason}")
        return b"" if done.returncode else done.stdout
