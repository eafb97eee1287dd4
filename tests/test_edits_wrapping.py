"""The rest of a block put under a header: each line as a careful person would move it."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wbcheck import edits
from wbcheck.diagnostic import Span


def wrapped(text: str, **more: object) -> str | None:
    """The text with ``run = S(…)``, or ``S(…)``, made a ``with``.

    ``last`` and each of ``needless`` are given as source, ``end`` as the source it lies before.
    """
    call = next(
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "S"
    )
    rows = [0]
    for line in text.splitlines(keepends=True):
        rows.append(rows[-1] + len(line))
    assert call.end_lineno is not None
    assert call.end_col_offset is not None
    start = rows[call.lineno - 1]
    expression = Span(start + call.col_offset, rows[call.end_lineno - 1] + call.end_col_offset)
    before = text[start : expression.start].lstrip()
    name = before.rpartition("=")[0].strip()
    statement = Span(expression.start - len(before) if name else expression.start, expression.end)

    def place(source: object) -> Span:
        assert isinstance(source, str)
        return Span(text.index(source), text.index(source) + len(source))

    last, end, needless = more.get("last"), more.get("end"), more.get("needless", ())
    assert isinstance(needless, tuple)
    made = edits.wrap_rest_of_block(
        text,
        statement,
        expression,
        "with ",
        f" as {name}:" if name else ":",
        end=None if end is None else place(end).start,
        last=None if last is None else place(last),
        needless=tuple(place(each) for each in needless),
    )
    if made is None:
        return None
    for edit in sorted(made, key=lambda edit: edit.span, reverse=True):
        text = text[: edit.span.start] + edit.content + text[edit.span.end :]
    ast.parse(text)
    return text


def block(text: str) -> str:
    return dedent(text).lstrip("\n")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        # Comments, decorators, what returns early.
        (
            "run = S()  # why\n# the rest\nif x:\n    go(1)\n# the end\n\n\nc()\n",
            "with S() as run:  # why\n    # the rest\n    if x:\n        go(1)\n    # the end\n\n\n    c()\n",
        ),
        (
            "S()\n@cache\ndef g():\n    return run\n# left\na()\n",
            "with S():\n    @cache\n    def g():\n        return run\n    # left\n    a()\n",
        ),
        ("if x:\n    S()\n# far left\n    a()\n", "if x:\n    with S():\n    # far left\n        a()\n"),
        # Lines within texts stay, those that go on do not.
        (
            "S()\ns = '''\n one\n  two'''\nb(f'''{x}\n  {y}''')\n",
            "with S():\n    s = '''\n one\n  two'''\n    b(f'''{x}\n  {y}''')\n",
        ),
        (
            'S()\ndef g():\n    """Doc.\n\n    More.\n    """\n',
            'with S():\n    def g():\n        """Doc.\n\n    More.\n    """\n',
        ),
        ("S()\na(\n    1, [\n  2],\n)\n", "with S():\n    a(\n        1, [\n      2],\n    )\n"),
        ("S()\ny = 1 + \\\n    2\n", "with S():\n    y = 1 + \\\n        2\n"),
        # Blank lines after the header go; the file's own indentation is taken.
        ("def f():\n  S()\n\n \n  a()\n\n  b()\n", "def f():\n  with S():\n    a()\n\n    b()\n"),
        ("if x:\n\tS()\n\ta()\nb()", "if x:\n\twith S():\n\t\ta()\nb()"),
        ("S()\ndef f():\n\treturn 1\n", "with S():\n\tdef f():\n\t\treturn 1\n"),
        ("S()\ndef f():\n  return 1", "with S():\n  def f():\n    return 1"),
        # What is aligned with a bracket stays so.
        (
            "run = S(a=1,\n        b='''\nx''',\n        c=[\n            2])\ng(run)\n",
            "with S(a=1,\n       b='''\nx''',\n       c=[\n           2]) as run:\n    g(run)\n",
        ),
        ("S(a,\n  b)\nc()\n", "with S(a,\n       b):\n    c()\n"),
        (
            "if x:\n\trun = S(a,\n\t        b)\n\tc()\n",
            "if x:\n\twith S(a,\n\t       b) as run:\n\t\tc()\n",
        ),
        ("S(\n  a,\n)\nc()\n", "with S(\n  a,\n):\n    c()\n"),
        # Comments below belong to what they stand with.
        ("S()\na()\n# of a\n\n# end\n", "with S():\n    a()\n    # of a\n\n# end\n"),
        (
            "if x:\n    S()\n    a()\n\n    # here\n  # there\nb()\n",
            "if x:\n    with S():\n        a()\n\n        # here\n  # there\nb()\n",
        ),
        ("S()\r\na('''\r\nb''')\r\n", "with S():\r\n    a('''\r\nb''')\r\n"),
        # Refused.
        ("if x:\n  S()\nelse:\n  a()\n", None),
        ("if x: S()\na()\n", None),
        ("S(); a()\nb()\n", None),
        ("S()\n", None),
        ("S()\n# only this\n", None),
    ],
)
def test_moves_the_rest_of_a_block(text: str, wanted: str | None) -> None:
    assert wrapped(block(text)) == (None if wanted is None else block(wanted))


@pytest.mark.parametrize(
    ("text", "more", "wanted"),
    [
        # The block ends before a statement of its own, which goes with the remark on it.
        ("run = S()\na()\nrun.end()\nb()\n", {"last": "run.end()"}, "with S() as run:\n    a()\nb()\n"),
        (
            "S()\na()\n\n# Finish the run\nE()  # done\n\nb()\n",
            {"last": "E()"},
            "with S():\n    a()\n\nb()\n",
        ),
        (
            "S()\na()\n\n# of both\nE()\nb()\n",
            {"last": "E()"},
            "with S():\n    a()\n\n    # of both\nb()\n",
        ),
        ("S()\na()\n\nE()\n", {"last": "E()"}, "with S():\n    a()\n"),
        ("S()\r\na()\r\n\r\n# finish\r\nE()\r\n", {"last": "E()"}, "with S():\r\n    a()\r\n"),
        ("S()\nE()\n", {"last": "E()"}, None),
        ("S()\nif x:\n    E()\na()\n", {"last": "E()"}, None),
        # What would only end it once more goes.
        (
            "def f():\n    S()\n    a()\n    if x:\n        E()\n\n\nb()\n",
            {"needless": ("E()",)},
            "def f():\n    with S():\n        a()\n\n\nb()\n",
        ),
        (
            "S()\nif x:\n    a()\n    E()\nelse:\n    b()\n",
            {"needless": ("E()",)},
            "with S():\n    if x:\n        a()\n    else:\n        b()\n",
        ),
        (
            "S()\ntry:\n    a()\nexcept B:\n    c()\nelse:\n    E()\n",
            {"needless": ("E()",)},
            "with S():\n    try:\n        a()\n    except B:\n        c()\n",
        ),
        # What it does not end stays, as does a branch that asks something.
        (
            "S()\nif x:\n    a()\n    E()\nb()\n",
            {"needless": ("E()",)},
            "with S():\n    if x:\n        a()\n        E()\n    b()\n",
        ),
        (
            "S()\na()\nif x():\n    E()\n",
            {"needless": ("E()",)},
            "with S():\n    a()\n    if x():\n        E()\n",
        ),
        (
            "S()\nif x:\n    E()\nelse:\n    b()\n",
            {"needless": ("E()",)},
            "with S():\n    if x:\n        E()\n    else:\n        b()\n",
        ),
        ("S()\nif x:\n    E()\n", {"needless": ("E()",)}, None),
        # Another start, or the end of a notebook's cell: a comment on what comes next stays there.
        ("S()\na()\n# of b\nb()\n", {"end": "b()"}, "with S():\n    a()\n# of b\nb()\n"),
        (
            "S()\na()\n# of a\n\n# next\nb()\n",
            {"end": "\n\n# next"},
            "with S():\n    a()\n    # of a\n\n# next\nb()\n",
        ),
    ],
)
def test_ends_where_it_is_told_to(text: str, more: dict[str, object], wanted: str | None) -> None:
    assert wrapped(text, **more) == wanted


STATEMENTS = st.sampled_from(
    (
        "a()",
        "a(  # why\n{indent}  b,\n{indent})",
        "x = '''\n one\n{indent}two\n'''",
        'x = f"""\n{{a}}\n  {{b}}"""',
        "# a comment",
        "",
        "if a:\n{indent}    b()\n{indent}else:\n\n{indent}    c('''\n''')",
        "@a\n{indent}def f():\n{indent}    '''Doc.\n\n    More.'''\n{indent}    return 1",
        "for a in b: c(); d()",
        "x = a + \\\n  b",
        "try:\n{indent}    a()\n{indent}finally:\n{indent}    b()  # why",
    )
)


@given(
    st.lists(STATEMENTS, min_size=1, max_size=8), st.sampled_from(("", "    ", "\t")), st.sampled_from("\n\r")
)
def test_only_moves_statements_into_the_block(statements: list[str], indent: str, ends: str) -> None:
    body = "\n".join(f"{indent}{each.format(indent=indent)}" if each else "" for each in statements)
    head = "def f():\n" if indent else ""
    text = f"{head}{indent}run = S(1)\n{body}\n{indent}z()\nq()\n"
    if indent == "\t":
        text = text.replace("    ", "\t").replace("\t  ", "\t\t")
    if ends == "\r":
        text = text.replace("\n", "\r\n")
    new = wrapped(text)
    assert new is not None
    moved, made = _statements(text, bool(indent)), _statements(new, bool(indent))
    assert isinstance(made[0], ast.With)
    inside = [ast.dump(each) for each in made[0].body]
    outside = [ast.dump(each) for each in made[1:]]
    assert inside + outside == [ast.dump(each) for each in moved[1:]]
    assert outside == []


def _statements(text: str, inner: bool) -> list[ast.stmt]:
    tree = ast.parse(text)
    if not inner:
        return tree.body
    assert isinstance(tree.body[0], ast.FunctionDef)
    return tree.body[0].body
