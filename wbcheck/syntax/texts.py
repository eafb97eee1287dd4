"""Texts: their constant pieces with their places, through every way to put a text together."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import libcst as cst

from wbcheck.model.values import (
    Flag,
    Hole,
    Kind,
    Nothing,
    Number,
    Piece,
    Text,
    Unknown,
    Why,
    constant,
)
from wbcheck.syntax import calls
from wbcheck.syntax.state import (
    DictObject,
    ListObject,
    single,
)

if TYPE_CHECKING:
    from wbcheck.syntax.walker import Walker


def text_method(site: calls.Site, text: Text, name: str) -> Any:
    walker, node = site.walker, site.node
    if name == "format":
        named = {given.keyword: given.value for given in site.given if given.keyword}
        return format_text(walker, node, text, site.values, named)
    if name == "join" and site.values:
        return join_text(walker, node, text, site.values[0])
    if name in ("replace", "lower", "upper", "strip", "lstrip", "rstrip", "title", "capitalize"):
        return _transformed(site, text, name)
    kind = Kind.FLAG if name in ("startswith", "endswith", "isdigit") else Kind.ANY
    return site.unknown(Why.OPERATION, kind=kind)


def _transformed(site: calls.Site, text: Text, name: str) -> Any:
    """A text through ``replace``, ``lower`` and their kin: each constant piece; holes stay holes."""
    given = [constant(single(value)) for value in site.values]
    if any(value is None for value in given):
        return site.unknown(Why.OPERATION, kind=Kind.TEXT)
    pieces: list[Piece | Hole] = []
    for piece in text.pieces:
        if isinstance(piece, Hole):
            pieces.append(_through(piece, name))
            continue
        changed = getattr(piece.text, name)(*given[:2]) if name == "replace" or not given else piece.text
        pieces.append(piece if changed == piece.text else Piece(changed, None))
    return Text(site.walker.at(site.node), tuple(pieces))


def _through(hole: Hole, method: str) -> Hole:
    """A hole after a text method: a moment as text is no longer written as the clock writes it."""
    value = hole.value
    if isinstance(value, Unknown) and value.why is Why.CLOCK and not value.name.startswith("%"):
        return Hole(
            Unknown(value.span, value.why, f"{value.name}.{method}", Kind.TEXT), hole.span, hole.format
        )
    return hole


def strftime(site: calls.Site, position: int) -> Any:
    template = single(site.value("format", position) or Nothing(None))
    if not isinstance(template, Text) or template.constant is None:
        return site.unknown(Why.CLOCK, kind=Kind.TEXT)
    pieces: list[Piece | Hole] = []
    for piece in template.constants:
        pieces.extend(_moment(piece.text, piece, None))
    return Text(site.walker.at(site.node), tuple(pieces))


def time_strftime(site: calls.Site) -> Any:
    return strftime(site, 0)


def in_text(walker: Walker, value: Any, node: cst.CSTNode, spec: str = "") -> list[Piece | Hole]:
    """What a value becomes inside a text."""
    known = single(value)
    if isinstance(known, Text) and not spec:
        return list(known.pieces)
    if isinstance(known, Number) and not spec:
        return [Piece(str(known.value), None)]
    if isinstance(known, Flag):
        return [Piece(str(known.value), None)]
    if "%" in spec and isinstance(known, Unknown):
        return _moment(spec, None, known)
    return [Hole(walker.frozen(value), walker.at(node), spec)]


def unescape(text: str) -> str:
    try:
        return text.encode("latin-1", "backslashreplace").decode("unicode_escape")
    except UnicodeDecodeError:
        return text


INFINITE = frozenset({"math.inf", "numpy.inf", "torch.inf"})


def unusual(text: Text) -> str:
    """What ``float`` makes of a text, where that is no number to count with: ``math.inf``, ``math.nan``."""
    written = (text.constant or "").strip().lower().lstrip("+-")
    return {"inf": "math.inf", "infinity": "math.inf", "nan": "math.nan"}.get(written, "")


def _moment(spec: str, piece: Piece | None, value: Any) -> list[Piece | Hole]:
    """The pieces of a ``strftime`` format: its constant characters, and a hole for each directive."""
    found: list[Piece | Hole] = []
    for match in re.finditer(r"%[-#]?[A-Za-z]|%%|[^%]+|%", spec):
        text = match.group()
        if text.startswith("%") and text not in ("%%", "%"):
            found.append(Hole(Unknown(None, Why.CLOCK, text, Kind.TEXT), None, text))
        else:
            found.append(Piece(text[0] if text == "%%" else text, None if piece is None else piece.span))
    return found


def percent(walker: Walker, node: cst.CSTNode, template: Text, right: Any) -> Any:
    """``"a-%s" % x``."""
    known = single(right)
    values: list[Any] | None = None
    if isinstance(known, ListObject) and known.kind == "tuple" and not known.open:
        values = list(known.items)
    elif not isinstance(known, DictObject):
        values = [right]
    pieces: list[Piece | Hole] = []
    for piece in template.pieces:
        if isinstance(piece, Hole):
            pieces.append(piece)
            continue
        for match in re.finditer(
            r"%(?:\((\w+)\))?[#0\- +]*(?:\d+|\*)?(?:\.\d+)?[diouxXeEfFgGcrsa]|%%|[^%]+|%", piece.text
        ):
            text = match.group()
            if not text.startswith("%") or text == "%":
                pieces.append(part_of(walker, piece, match.start(), match.end(), text))
            elif text == "%%":
                pieces.append(Piece("%", piece.span))
            elif match.group(1) and isinstance(known, DictObject):
                inner = known.get(match.group(1), walker.frame)
                pieces.extend(in_text(walker, inner or Unknown(None, Why.OPERATION), node, ""))
            elif values:
                spec = text[1:] if text not in ("%s", "%d") else ""
                pieces.extend(in_text(walker, values.pop(0), node, spec))
            else:
                pieces.append(Hole(Unknown(None, Why.OPERATION), None))
    return Text(walker.at(node), tuple(pieces))


def part_of(walker: Walker, piece: Piece, start: int, end: int, text: str) -> Piece:
    """A part of a constant piece, with its own place where the piece has one."""
    span = piece.span
    if span is None or (start == 0 and end == len(piece.text)):
        return Piece(text, span)
    anchor, node, mode, first, _ = walker.pending[span.end] if span.start == -1 else (None, None, "", 0, 0)
    if mode != "content" or anchor is None or node is None:
        return Piece(text, span)
    # It is written where the template is, which may be another statement.
    before, walker.anchor = walker.anchor, anchor
    place = walker.at(node, "content", first + start, first + end)
    walker.anchor = before
    return Piece(text, place)


def format_text(
    walker: Walker, node: cst.CSTNode, template: Text, positional: list[Any], named: dict[str, Any]
) -> Any:
    """``"a-{}".format(x)``."""
    pieces: list[Piece | Hole] = []
    counter = 0
    for piece in template.pieces:
        if isinstance(piece, Hole):
            pieces.append(piece)
            continue
        for match in re.finditer(
            r"\{\{|\}\}|\{([^{}!:.\[]*)([^{}!:]*)(?:!\w)?(?::([^{}]*))?\}|[^{}]+|[{}]", piece.text
        ):
            text = match.group()
            if text in ("{{", "}}"):
                pieces.append(Piece(text[0], piece.span))
            elif match.group(1) is None:
                pieces.append(part_of(walker, piece, match.start(), match.end(), text))
            else:
                field, spec = match.group(1), match.group(3) or ""
                value: Any = Unknown(None, Why.OPERATION)
                if not match.group(2):
                    if field == "":
                        value = positional[counter] if counter < len(positional) else value
                        counter += 1
                    elif field.isdigit():
                        value = positional[int(field)] if int(field) < len(positional) else value
                    else:
                        value = named.get(field, value)
                pieces.extend(in_text(walker, value, node, spec))
    return Text(walker.at(node), tuple(pieces))


def join_text(walker: Walker, node: cst.CSTNode, separator: Text, value: Any) -> Any:
    """``"-".join([a, b])``."""
    known = single(value)
    if not isinstance(known, ListObject) or known.open:
        return Text(walker.at(node), (Hole(walker.frozen(value), walker.at(node)),))
    pieces: list[Piece | Hole] = []
    for number, item in enumerate(known.items):
        if number:
            pieces.extend(separator.pieces)
        pieces.extend(in_text(walker, item, node))
    return Text(walker.at(node), tuple(pieces))
