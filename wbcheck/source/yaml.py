"""A YAML file as a source unit, and what it holds as values with places.

Whether a YAML file is a sweep's is told from its bytes first, then from the form of what it holds. It is
composed into nodes and no further: no tag makes an object, an alias is the node that it names, and ``<<`` is
looked into without a copy. Sizes and depths are bounded before the parser sees the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING

from wbcheck.diagnostic import Span
from wbcheck.model.values import (
    AnyValue,
    Entry,
    Flag,
    Items,
    Kind,
    Mapping,
    Nothing,
    Number,
    Piece,
    Text,
    Unknown,
    Why,
    constant,
    known_number,
)
from wbcheck.source.plain import PlainUnit, decoded
from wbcheck.source.prefilter import BESIDE, is_likely_sweep
from wbcheck.source.unit import Language, SourceError

if TYPE_CHECKING:
    from ruamel.yaml.nodes import Node, ScalarNode

MOST_DEPTH = 40
MOST_NODES = 20_000
METHODS = ("bayes", "random", "grid", "custom")

_FIELDS = ("value", "values", "min", "max", "distribution", "parameters")

# Where a comment or a quoted text may begin: a quote within plain text is a letter like any other.
_COMMENT = re.compile(
    r"""(?P<comment>(?<!\S)\#[^\r\n]*)
      | (?:(?<=[\[{,])|(?<=[:\-?,\[{][ \t])|(?<![^\r\n])[ \t]*)
        (?: "(?:[^"\\]|\\[\s\S])*+" | '(?:[^']|'')*+' )""",
    re.VERBOSE,
)
_NOT_INERT = re.compile(r"""["'()\[\]{}\\#@]""")

# How PyYAML, with which W&B reads the file, tells plain scalars apart: YAML 1.1, and a float has a point.
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9_]*)")
_OTHER_INTEGER = re.compile(r"[-+]?(?:0b[01_]+|0[0-7_]+|0x[0-9a-fA-F_]+|[1-9][0-9_]*(?::[0-5]?[0-9])+)")
_FLOAT = re.compile(r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?)")
_OTHER_FLOAT = re.compile(
    r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_FLAG = re.compile(r"(?P<yes>yes|Yes|YES|true|True|TRUE|on|On|ON)|no|No|NO|false|False|FALSE|off|Off|OFF")
_NOTHING = re.compile(r"~|null|Null|NULL|")
_DATE = re.compile(r"\d{4}-\d\d?-\d\d?(?:[Tt \t].*)?")


class YamlUnit(PlainUnit):
    """A YAML file: a sweep's, a program's settings, what starts programs."""

    @cached_property
    def sweep(self) -> Mapping | None:
        """What the file holds, if that is a sweep. Raises ``SourceError`` where one cannot be read."""
        try:
            values = self.documents
        except SourceError:
            if is_likely_sweep(self.text.encode()):
                raise
            return None
        if len(values) > 1 and is_likely_sweep(self.text.encode()):
            raise SourceError(
                "a sweep is one document, and here are several", (values[1].span or Span(0, 0)).start
            )
        value = values[0] if len(values) == 1 else None
        return value if isinstance(value, Mapping) and _is_sweep(value) else None

    @cached_property
    def documents(self) -> tuple[AnyValue, ...]:
        """The value of each document. Raises ``SourceError``."""
        return _values_of(self.text)

    def is_sound(self) -> bool:
        """Whether the text is YAML."""
        try:
            self.documents  # noqa: B018 - read for what it raises
        except SourceError:
            return False
        return True


def read_yaml(path: str, data: bytes) -> YamlUnit:
    """The unit of a YAML file's bytes. Raises ``SourceError`` for what is not UTF-8."""
    text, bom = decoded(data)
    return YamlUnit(path, Language.YAML, text, _inert(text), bom)


def _inert(text: str) -> str:
    """The text as a scan for Python's comments reads it rightly: what is no comment opens nothing."""
    parts = []
    reached = 0
    for found in _COMMENT.finditer(text):
        if found["comment"] is not None:
            parts += [_NOT_INERT.sub("_", text[reached : found.start()]), found[0]]
            reached = found.end()
    parts.append(_NOT_INERT.sub("_", text[reached:]))
    return "".join(parts)


def _is_sweep(value: Mapping) -> bool:
    """Whether a mapping has the form of a sweep, be it a faulty one."""
    names = {constant(entry.key) for entry in value.entries}
    method, parameters = value.find("method"), value.find("parameters")
    if parameters is None or not isinstance(parameters.value, Mapping):
        return False
    word = constant(method.value) if method is not None else None
    is_known = bool(word) and bool(get_close_matches((word or "").lower(), METHODS, 1, 0.6))
    has_beside = bool(names.intersection(BESIDE))
    inner = [entry.value for entry in parameters.value.entries]
    has_fields = any(isinstance(each, Mapping) and any(map(each.find, _FIELDS)) for each in inner)
    if method is None:
        return has_beside and has_fields
    return (is_known or has_beside) and (has_fields or (is_known and has_beside))


def _values_of(text: str) -> tuple[AnyValue, ...]:
    """The values of a text's documents. Raises ``SourceError``."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    _bound(text)
    try:
        nodes = [node for node in YAML(typ="rt", pure=True).compose_all(text) if node is not None]
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        told = " ".join(str(error.problem or error.context or "").split())
        told = told if 0 < len(told) <= 60 else "unexpected syntax"
        raise SourceError(f"not YAML: {told}", min(mark.index, len(text)) if mark else 0) from None
    except YAMLError:
        raise SourceError("not YAML: it holds a character that YAML does not allow") from None
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError, AssertionError):
        # The parser trips over odd directives and tags.
        raise SourceError("not YAML that can be read") from None
    reader = _Reader(text)
    return tuple(map(reader.value, nodes))


def _bound(text: str) -> None:
    """Refuse what would cost the parser too much. Raises ``SourceError``."""
    depth = 0
    for found in re.finditer(r"[\[{\]}]|(?<![^\r\n])[ \t]*(?:[-?][ \t]+){3,}", text):
        sign = found[0]
        depth = depth + 1 if sign in "[{" else max(0, depth - 1) if sign in "]}" else depth
        if depth > MOST_DEPTH or (len(sign) > 1 and len(sign.split()) > MOST_DEPTH):
            raise SourceError("too deeply nested to be analysed", found.start())


class _Reader:
    """Nodes to values."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._left = MOST_NODES
        self._open: list[int] = []

    def value(self, node: Node) -> AnyValue:
        """What a node is worth; an alias's node has its place at its anchor. Raises ``SourceError``."""
        from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

        span = Span(node.start_mark.index, self._end(node))
        self._left -= 1
        if self._left < 0 or len(self._open) > MOST_DEPTH:
            raise SourceError("too deeply nested to be analysed", span.start)
        if id(node) in self._open:
            return Unknown(span, Why.OPERATION)
        self._open.append(id(node))
        try:
            if isinstance(node, ScalarNode):
                return self._scalar(node, span)
            if node.tag not in _COLLECTIONS:
                return Unknown(span, Why.OPERATION)
            if isinstance(node, SequenceNode):
                return Items(span, "list", tuple(map(self.value, node.value)))
            if isinstance(node, MappingNode):
                return Mapping(span, self._left, tuple(self._entries(node)), False)
            return Unknown(span, Why.OPERATION)
        finally:
            self._open.pop()

    def _end(self, node: Node) -> int:
        """Where a node ends: a block's goes on to the next one, over comments and blank lines."""
        start, end = int(node.start_mark.index), int(node.end_mark.index)
        lines = self._text[start:end].splitlines(keepends=True)
        while lines and (not lines[-1].strip() or lines[-1].lstrip().startswith("#")):
            end -= len(lines.pop())
        return start + len(self._text[start:end].rstrip())

    def _entries(self, node: Node) -> Iterator[Entry]:
        """A mapping's entries; what is merged in comes first, as what is written counts for more."""
        own = {key.value for key, _ in node.value if isinstance(key.value, str)}
        for key, value in node.value:
            if key.tag == "tag:yaml.org,2002:merge":
                merged = self.value(value)
                for one in merged.items if isinstance(merged, Items) else (merged,):
                    if isinstance(one, Mapping):
                        yield from (entry for entry in one.entries if constant(entry.key) not in own)
        for key, value in node.value:
            if key.tag != "tag:yaml.org,2002:merge":
                yield self._entry(self.value(key), self.value(value))

    def _entry(self, key: AnyValue, value: AnyValue) -> Entry:
        assert key.span is not None
        inside = value.span is not None and value.span.start >= key.span.end
        end = value.span.end if inside and value.span is not None else key.span.end
        return Entry(key, value, Span(key.span.start, end))

    def _scalar(self, node: ScalarNode, span: Span) -> AnyValue:
        word: str = node.value
        written = self._text[span.start : span.end]
        if written[:1] in ("!", "&"):
            return self._tagged(node, span)
        if node.style is not None:
            quoted = 1 if node.style in ("'", '"') else 0
            inner = Span(span.start + quoted, span.end - quoted)
            return Text(span, (Piece(word, inner, bare=True),))
        return _plain(word, span)

    def _tagged(self, node: ScalarNode, span: Span) -> AnyValue:
        """A scalar with a tag or an anchor before it: the tag says what it is, where it is a known one."""
        written = self._text[span.start : span.end]
        is_plain = node.style is None and "!" not in written.partition(node.value)[0]
        if is_plain:
            return _plain(node.value, span)
        if written.startswith("!!float") and _NUMBER.fullmatch(node.value):
            return Number(span, float(node.value))
        if node.style is not None and "!" not in written[: written.find(node.style)]:
            return Text(span, (Piece(node.value, None),))
        return Unknown(span, Why.OPERATION)


_COLLECTIONS = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


def _plain(word: str, span: Span) -> AnyValue:
    """A scalar without quotes, as PyYAML reads it."""
    if _NOTHING.fullmatch(word):
        return Nothing(span)
    flag = _FLAG.fullmatch(word)
    if flag is not None:
        return Flag(span, flag["yes"] is not None)
    if _INTEGER.fullmatch(word):
        # Those of more digits are as unknown as those of so many.
        return known_number(span, int(word.replace("_", "")[:30]))
    if _FLOAT.fullmatch(word):
        return Number(span, float(word.replace("_", "")))
    if _OTHER_INTEGER.fullmatch(word) or _OTHER_FLOAT.fullmatch(word):
        return Unknown(span, Why.OPERATION, kind=Kind.NUMBER)
    if _DATE.fullmatch(word):
        return Unknown(span, Why.OPERATION, kind=Kind.MOMENT)
    return Text(span, (Piece(word, span, bare=True),))
