"""The versions of wandb that a project may run with, as far as anything says so."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

PYTHON = "python"


def release(version: str) -> tuple[int, ...]:
    """A version's numbers, padded to four, for comparing; what follows them (``rc1``) is left out."""
    numbers = re.match(r"v?(\d+(?:\.\d+)*)", version.strip())
    found = [int(part) for part in numbers.group(1).split(".")[:4]] if numbers else []
    return tuple(found + [0] * (4 - len(found)))


_CLAUSE = re.compile(r"\s*(===|==|!=|>=|<=|~=|>|<|\^|~|=)?\s*v?(\d+(?:\.\d+)*)(\.\*)?[\w.+!-]*\s*")


def fits(version: str, wanted: str) -> bool:
    """Whether a version meets a specifier: ``>=0.17,<0.20``, ``==0.19.*``, ``~=0.16.1``, Poetry's ``^0.15``.

    A bare version is exact; nothing, and ``*``, is met by all. Raises ``ValueError`` where ``wanted`` is
    no specifier.
    """
    have = release(version)
    for clause in re.split(r"[,\s]+(?=[^\d\s*.])|,", wanted.strip()):
        if clause.strip() in ("", "*"):
            continue
        match = _CLAUSE.fullmatch(clause)
        if match is None:
            raise ValueError(f"`{clause.strip()}` is not a version clause such as `>=0.19`")
        if not _meets(have, match.group(1) or "==", match.group(2), bool(match.group(3))):
            return False
    return True


def _meets(have: tuple[int, ...], operator: str, text: str, wild: bool) -> bool:
    want, length = release(text), text.count(".") + 1
    if operator in ("==", "=", "==="):
        return have[:length] == want[:length] if wild else have == want
    if operator == "!=":
        return have[:length] != want[:length] if wild else have != want
    if operator == "^":
        # Poetry: up to the next change of the first number that is not 0.
        kept = next((i for i in range(length) if want[i]), length - 1) + 1
        return have >= want and have[:kept] == want[:kept]
    if operator in ("~", "~="):
        kept = max(1, length - 1) if operator == "~=" or length > 2 else length
        return have >= want and have[:kept] == want[:kept]
    return {">=": have >= want, "<=": have <= want, ">": have > want, "<": have < want}[operator]


class Versions(msgspec.Struct, frozen=True):
    """The releases that a project may run with, oldest first, and who says so.

    ``source`` is a file, an option or a setting; empty where nothing says so, and then the newest release
    that is known counts alone.
    """

    releases: tuple[str, ...]
    source: str = ""

    def within(self, wanted: str) -> Versions:
        """Those of them that meet a specifier. Raises ``ValueError`` as ``fits`` does."""
        if not wanted:
            return self
        return Versions(tuple(one for one in self.releases if fits(one, wanted)), self.source)

    def named(self, some: Sequence[str]) -> str:
        """Some of them in words: ``wandb 0.31.0``, ``wandb 0.15.0 to 0.18.7``."""
        return f"wandb {some[0]}" if len(some) == 1 else f"wandb {some[0]} to {some[-1]}"

    @property
    def said(self) -> str:
        """Who says so, in words that follow the versions."""
        if not self.source:
            return "the newest release"
        return f"as {self.source} {'allows' if len(self.releases) > 1 else 'says'}"


def chosen(known: Sequence[str], wanted: str, source: str) -> Versions:
    """The versions that a specifier leaves of those known (oldest first).

    An exact version that is not known stands for the newest known one before it: it is newer than this table,
    or was never there. One older than all stands for itself. Raises ``ValueError`` where ``wanted`` is no
    specifier.
    """
    found = tuple(one for one in known if fits(one, wanted))
    if found or not known:
        return Versions(found, source)
    exact = re.fullmatch(r"\s*(?:==|===|=)?\s*v?(\d+(?:\.\d+)*)[\w.+!-]*\s*", wanted)
    if exact is None:
        least = re.search(r"(?:>=|>|~=|\^|~)\s*(\d+(?:\.\d+)*)", wanted)
        if least is not None and release(least.group(1)) > release(known[-1]):
            return Versions((known[-1],), source)
        return Versions((), source)
    before = [one for one in known if release(one) <= release(exact.group(1))]
    return Versions((before[-1] if before else exact.group(1),), source)
