"""Whether a partly known text may follow a name's pattern, whatever its holes turn out to be."""

import re
from collections.abc import Iterable, Iterator
from itertools import product

from wbcheck.rule import Hole, Kind, Text, Unknown, Why

# What may stand at one place: these letters, or any (``None``).
Letters = frozenset[str] | None

_DIGITS = frozenset("0123456789")
_MOMENT = _DIGITS | frozenset("TZtz-:.+ ")
_NUMBER = _DIGITS | frozenset("+-.e")
# The directives of a time's format that give digits alone.
_NUMERIC = frozenset(f"%{letter}" for letter in "YymdHIMSfjsUWV")
_SLOT = re.compile(r"(\{[^{}]*\})(-?)")


def may_follow(text: Text, pattern: str, job_types: Iterable[str]) -> bool:
    """Whether some filling of the text's holes follows a pattern (``exp-{00X}-{job_type}-{timestamp}``).

    ``{00X}`` is a number of three digits and more, ``{job_type}`` one of ``job_types``, ``{timestamp}`` a
    moment as typed or whatever varies, and may be missing from the end. ``{more-info}`` may be left out, and
    any other slot is text that is not empty. Underscores are read as dashes.
    """
    words = tuple(job_types)
    forms = (pattern, pattern.removesuffix("-{timestamp}"))
    return any(_fits(text, places) for form in forms for places in _written_out(form, words))


# A place of the pattern: the letters that it takes, and whether it takes any number of them.
_Place = tuple[Letters, bool]


def _written_out(pattern: str, job_types: tuple[str, ...]) -> Iterator[list[_Place]]:
    """Every way to fill the slots that have several."""
    first, *rest = _SLOT.split(pattern)
    choices = [[_literal(first)]]
    for slot, dash, constant in zip(rest[::3], rest[1::3], rest[2::3], strict=True):
        choices += [_slot(slot, _literal(dash), job_types), [_literal(constant)]]
    for chosen in product(*choices):
        yield [place for choice in chosen for place in choice]


def _literal(text: str) -> list[_Place]:
    return [(frozenset(letter), False) for letter in text.replace("_", "-")]


def _slot(name: str, dash: list[_Place], job_types: tuple[str, ...]) -> list[list[_Place]]:
    if name == "{00X}":
        return [[(_DIGITS, False)] * 3 + [(_DIGITS, True)] + dash]
    if name == "{job_type}":
        return [_literal(word) + dash for word in job_types]
    if name == "{timestamp}":
        return [[(_MOMENT, False), (_MOMENT, True), *dash]]
    filled: list[_Place] = [(None, False), (None, True), *dash]
    return [filled, []] if name == "{more-info}" else [filled]


def _fits(text: Text, places: list[_Place]) -> bool:
    """Walk through the text with every place of the pattern at which one may stand by then."""
    at = _onward({0}, places)
    for piece in text.pieces:
        if isinstance(piece, Hole):
            at = _fill(at, places, _letters(piece))
        else:
            for letter in piece.text.replace("_", "-"):
                at = _onward(_step(at, places, letter), places)
    return len(places) in at


def _onward(at: set[int], places: list[_Place]) -> set[int]:
    """The places reached from these with no letter at all."""
    reached = set(at)
    for index in sorted(at):
        while index < len(places) and places[index][1]:
            index += 1
            reached.add(index)
    return reached


def _step(at: set[int], places: list[_Place], letter: str) -> set[int]:
    taking = (i for i in at if i < len(places) and (places[i][0] is None or letter in (places[i][0] or ())))
    return {i if places[i][1] else i + 1 for i in taking}


def _fill(at: set[int], places: list[_Place], letters: Letters) -> set[int]:
    """The places reached by any text of these letters."""
    reached = set(at)
    for index in sorted(at):
        while index < len(places) and (places[index][1] or _meet(places[index][0], letters)):
            index += 1
            reached.add(index)
    return reached


def _meet(one: Letters, other: Letters) -> bool:
    return one is None or other is None or bool(one & other)


def _letters(hole: Hole) -> Letters:
    """What a hole may hold, where its value's kind says so: a number's digits, a moment's parts."""
    value = hole.value
    if not isinstance(value, Unknown):
        return None
    if value.why is Why.CLOCK:
        if value.kind is Kind.NUMBER or value.name in _NUMERIC:
            return _DIGITS | {"."}
        return _MOMENT if value.kind is Kind.MOMENT else None
    return _NUMBER if value.kind is Kind.NUMBER else None
