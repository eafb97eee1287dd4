"""A file's LibCST tree, for rules that ask for it: packs of a team's own may, the built-in rules do not.

The model is all that is kept and sent between processes, so whoever wants the tree has the file parsed once
more, in the main process, when its first such rule comes to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import libcst as cst

from wbcheck.diagnostic import Span
from wbcheck.source import Unit
from wbcheck.syntax.measure import Recorder
from wbcheck.syntax.parsing import parse, room


class Tree:
    """The tree of one unit, and where its nodes stand in the unit's text.

    What IPython adds to Python, and a notebook's cells that do not parse, are blank in it. Making one raises
    ``SourceError`` where the text exceeds the bound or LibCST refuses it.
    """

    def __init__(self, unit: Unit) -> None:
        with room():
            self.module: cst.Module = parse(unit)[1]

    def span(self, node: cst.CSTNode) -> Span:
        """Where a node of ``module`` stands, without its parentheses. Raises ``ValueError`` for any other."""
        found = self._recorded.inner.get(id(node)) or self._recorded.outer.get(id(node))
        if found is None:
            raise ValueError(f"this {type(node).__name__} is no node of the file's tree")
        return Span(*found)

    def statements(self) -> tuple[Span, ...]:
        """The spans of all statements, those of compound ones up to their bodies, sorted."""
        return tuple(sorted(self._spans(self.module)))

    def _spans(self, node: cst.CSTNode) -> Iterator[Span]:
        for child in node.children:
            if isinstance(child, cst.BaseSmallStatement):
                yield self.span(child)
            elif isinstance(child, cst.BaseCompoundStatement):
                body = getattr(child, "body", None) or getattr(child, "cases", [child])[0]
                yield Span(self.span(child).start, self.span(body).start)
                yield from self._spans(child)
            elif isinstance(child, _HOLDING):
                yield from self._spans(child)

    @cached_property
    def _recorded(self) -> Recorder:
        recorder = Recorder(self.module.default_indent, self.module.default_newline, ())
        with room():
            self.module._codegen(recorder)
        return recorder


# What lies between a statement and the statements in it.
_HOLDING = (
    cst.BaseSuite,
    cst.SimpleStatementLine,
    cst.If,
    cst.Else,
    cst.ExceptHandler,
    cst.ExceptStarHandler,
    cst.Finally,
    cst.MatchCase,
)
