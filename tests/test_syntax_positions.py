"""Spans by alignment are the spans that rendering the whole module gives."""

from __future__ import annotations

from pathlib import Path

import libcst as cst
import pytest

import wbcheck.syntax.positions as positions_module
from wbcheck.syntax.positions import Positions

TRICKY = """\
x = (a)
(b); (c)
if (d):
  y = [1,
   2]
elif é(1): f("ü", z)
@dec(1)
def g(a, *, b=1, **k):
\twith (open(a)) as b, w as (r): pass
\ttry:
\t  1
\texcept (E, F) as z: 2
\telse: 3
\tfinally:
\t   t({1:2,
  **d})
class C(B, metaclass=M):
    async def h(self):
        async for i in (j for j in k): await q(i)
        match p:
            case [1, *rest] if rest: f(rest)
        return 1, 2
\x0c
s = 'a' "b" f"{c!r:>{w}}"
"""


def spans(code: str, aligned: bool, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int, int]]:
    """Every expression in an anchor: its class and its span."""
    module = cst.parse_module(code)
    known = Positions(module, code)
    assert known.aligned
    anchors = known._places
    if not aligned:

        def refuse(self: object) -> None:
            raise SyntaxError

        monkeypatch.setattr(positions_module._Aligner, "run", refuse)
        known = Positions(module, code)
        monkeypatch.undo()
        assert not known.aligned
    found: list[tuple[str, int, int]] = []

    class Visitor(cst.CSTVisitor):
        def __init__(self) -> None:
            self.anchors: list[cst.CSTNode] = []

        def on_visit(self, node: cst.CSTNode) -> bool:
            if id(node) in anchors:
                self.anchors.append(node)
            if self.anchors and isinstance(node, cst.BaseExpression | cst.Arg | cst.DictElement):
                span = known.span(self.anchors[-1], node)
                found.append((type(node).__name__, span.start, span.end))
            return True

        def on_leave(self, original_node: cst.CSTNode) -> None:
            if self.anchors and self.anchors[-1] is original_node:
                self.anchors.pop()

    module.visit(Visitor())
    return found


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_both_ways_agree_on_a_tricky_text(newline: str, monkeypatch: pytest.MonkeyPatch) -> None:
    code = TRICKY.replace("\n", newline)
    aligned = spans(code, True, monkeypatch)
    assert len(aligned) > 60
    assert aligned == spans(code, False, monkeypatch)


def test_both_ways_agree_on_real_code(monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(cst.__file__).parent
    for path in [root / "_nodes" / "internal.py", root / "helpers" / "expression.py", root / "_tabs.py"]:
        code = path.read_text(encoding="utf-8")
        assert spans(code, True, monkeypatch) == spans(code, False, monkeypatch)


def test_spans_hold_the_text_of_their_nodes() -> None:
    code = 'name = f"exp-{group}"\nrun = wandb.init(project="é-p", name=name)\n'
    module = cst.parse_module(code)
    known = Positions(module, code)
    line = module.body[1]
    assert isinstance(line, cst.SimpleStatementLine)
    small = line.body[0]
    assert isinstance(small, cst.Assign)
    call = small.value
    assert isinstance(call, cst.Call)
    texts = [code[known.span(small, arg).start : known.span(small, arg).end] for arg in call.args]
    assert texts == ['project="é-p"', "name=name"]
