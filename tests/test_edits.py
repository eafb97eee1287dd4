"""Every maker of edits: what it writes, byte for byte, what it refuses, and that its result is Python."""

from __future__ import annotations

import ast
import json
from textwrap import dedent

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from wbcheck import edits
from wbcheck.diagnostic import Span
from wbcheck.edits import Edits
from wbcheck.model.events import Argument, Arguments
from wbcheck.model.values import (
    AnyValue,
    Entry,
    Mapping,
    Nothing,
    Number,
    Piece,
    Step,
    Text,
    Unknown,
    Why,
)
from wbcheck.source import read_unit


def applied(text: str, made: Edits | None) -> str:
    """The text after the edits; ``None`` (a refusal) is a failure here."""
    assert made is not None
    for edit in sorted(made, key=lambda edit: edit.span, reverse=True):
        text = text[: edit.span.start] + edit.content + text[edit.span.end :]
    return text


def at(text: str, part: str) -> Span:
    """The span of the first ``part`` in a text."""
    start = text.index(part)
    return Span(start, start + len(part))


def piece_of(text: str, part: str) -> Piece:
    return Piece(part, at(text, part))


def call_in(text: str) -> Arguments:
    """The arguments of the first call in a text of ASCII characters, as the model would give them."""
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    call = min(calls, key=lambda node: (node.lineno, node.col_offset))

    def span(node: ast.expr | ast.keyword) -> Span:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return Span(
            starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset
        )

    items: list[Argument] = []
    splats: list[Argument] = []
    unknown: AnyValue = Unknown(None, Why.CALL)
    for index, node in enumerate(call.args):
        where = span(node)
        if isinstance(node, ast.GeneratorExp) and where.end == span(call).end:
            where = Span(where.start + 1, where.end - 1)  # `ast` counts the call's own brackets to it
        made = Argument("", unknown, where, None, index)
        (splats if isinstance(node, ast.Starred) else items).append(made)
    for word in call.keywords:
        where = span(word)
        if word.arg is None:
            splats.append(Argument("", unknown, where))
        else:
            items.append(Argument(word.arg, unknown, where, Span(where.start, where.start + len(word.arg))))
    end = span(call).end - 1
    return Arguments(tuple(items), tuple(splats), Span(end, end))


# Strings


@pytest.mark.parametrize(
    ("text", "part", "wanted"),
    [
        ('name = "a_b_c"', "a_b_c", 'name = "a-b-c"'),
        ("name = f'a_b{x_y}'", "a_b", "name = f'a-b{x_y}'"),
        ("name = f'{x_y}_b{x_y}'", "_b", "name = f'{x_y}-b{x_y}'"),
        ('name = """a_b"""', "a_b", 'name = """a-b"""'),
        ('name = ("x" "a_b")', "a_b", 'name = ("x" "a-b")'),
    ],
)
def test_replaces_in_a_literal(text: str, part: str, wanted: str) -> None:
    assert applied(text, edits.replace_in_text(text, piece_of(text, part), "_", "-")) == wanted


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        (r"name = 'a\x5fb'", Piece("a_b", Span(8, 14))),
        ("name = f'{{a_b}}'", Piece("{a_b}", Span(9, 16))),
        ("name = 'a_' 'b'", Piece("a_b", Span(8, 14))),
        ("name = a_b", Piece("a_b", Span(7, 10))),
        ("name = 'x'", Piece("a_b", None)),
    ],
    ids=["escape", "braces", "several literals", "no literal", "elsewhere"],
)
def test_refuses_where_the_source_is_not_the_value(text: str, piece: Piece) -> None:
    assert edits.replace_in_text(text, piece, "_", "-") is None
    assert edits.set_text(text, piece, "c") is None


@pytest.mark.parametrize("new", ["a'b", 'a"b', "a\\b", "a{b", "a}b", "a\nb", "a\x00b"])
def test_refuses_what_would_need_an_escape(new: str) -> None:
    text = "name = 'a_b'"
    assert edits.set_text(text, piece_of(text, "a_b"), new) is None
    assert edits.replace_in_text(text, piece_of(text, "a_b"), "_", new) is None


def test_nothing_to_replace_is_no_refusal() -> None:
    text = "name = 'ab'"
    assert edits.replace_in_text(text, piece_of(text, "ab"), "_", "-") == ()
    assert edits.set_text(text, piece_of(text, "ab"), "ab") == ()


@given(st.text(max_size=20))
def test_a_quoted_value_is_read_back_as_it_was(value: str) -> None:
    for text in ("x = 'a'", 'x = "a"', ""):
        literal = edits.quote(text, value)
        assert literal is not None
        assert ast.literal_eval(literal) == value
        assert literal.isprintable()


def test_quotes_as_the_text_mostly_does() -> None:
    assert edits.quote("x = 'a' + 'b' + \"c\"", "k") == "'k'"
    assert edits.quote('x = "a"', "k") == '"k"'
    assert edits.quote("", "k") == '"k"'


def test_avoids_the_quotes_of_an_f_string_around() -> None:
    text = 'x = f"{config.lr}"'
    place = text.index(".lr")
    assert edits.quote(text, "lr", place) == "'lr'"
    assert edits.quote(text, "l\\r", place) is None
    nested = "x = f\"{f'{config.lr}'}\""
    assert edits.quote(nested, "lr", nested.index(".lr")) is None


# Calls


LAYOUTS = [
    ("f()", "f(n=1)"),
    ("f( )", "f( n=1)"),
    ("f(a=2)", "f(a=2, n=1)"),
    ("f(a=2,)", "f(a=2, n=1,)"),
    ("f(a=2, )", "f(a=2, n=1, )"),
    ("f((a))", "f((a), n=1)"),
    ("f(a, **k)", "f(a, **k, n=1)"),
    ("f(\n    a=2,\n    b=3,\n)", "f(\n    a=2,\n    b=3,\n    n=1,\n)"),
    ("f(\n    a=2,\n    b=3\n)", "f(\n    a=2,\n    b=3,\n    n=1\n)"),
    ("f(\n    a=2,\n    b=3,  # three\n)", "f(\n    a=2,\n    b=3,  # three\n    n=1,\n)"),
    ("f(\n    a=2,\n    b=3  # three\n)", "f(\n    a=2,\n    b=3,  # three\n    n=1\n)"),
    ("f(\n    a=2,\n    # no b\n)", "f(\n    a=2,\n    # no b\n    n=1,\n)"),
    ("f(a=2,\n  b=3)", "f(a=2,\n  b=3,\n  n=1)"),
    ("f(a=2,\n  b=3,)", "f(a=2,\n  b=3,\n  n=1,)"),
    ("f(a=2, b={\n    'x': 1,\n})", "f(a=2, b={\n    'x': 1,\n}, n=1)"),
    ("f(\n    a=2, b=3,\n)", "f(\n    a=2, b=3, n=1,\n)"),
    ("f(\n    {\n        'x': 1,\n    },\n)", "f(\n    {\n        'x': 1,\n    },\n    n=1,\n)"),
    ("f(\n    a=[\n        1,\n    ])", "f(\n    a=[\n        1,\n    ],\n    n=1)"),
    ("f(  # why\n)", "f(  # why\nn=1)"),
    ("f(a=2  # why\n  )", "f(a=2, n=1  # why\n  )"),
]


@pytest.mark.parametrize(("text", "wanted"), LAYOUTS)
def test_adds_an_argument_in_the_manner_of_the_call(text: str, wanted: str) -> None:
    arguments = call_in(text)
    known = Arguments(arguments.items, (), arguments.close)
    if arguments.splats:
        closed = Mapping(None, 0, (), open=False)
        known = Arguments(
            arguments.items,
            tuple(Argument("", closed, splat.span) for splat in arguments.splats),
            arguments.close,
        )
    assert applied(text, edits.set_argument(text, known, "n", "1")) == wanted
    ast.parse(wanted)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("f(n=2)", "f(n=1)"),
        ("f(a, n = g(2), b=3)", "f(a, n = 1, b=3)"),
        ("f(n=(\n    2\n), b=3)", "f(n=1, b=3)"),
    ],
)
def test_sets_an_argument_that_is_there(text: str, wanted: str) -> None:
    assert applied(text, edits.set_argument(text, call_in(text), "n", "1")) == wanted


LONG = f"x{'x' * 80}"


@pytest.mark.parametrize(
    ("call", "wanted"),
    [
        (f"f(a='{LONG}')", f"f(\n    a='{LONG}',\n    n=1234,\n)"),
        (f"f(a='{LONG}', )", f"f(\n    a='{LONG}',\n    n=1234,\n)"),
        (f"f('{LONG}{LONG}')", f"f(\n    '{LONG}{LONG}',\n    n=1234,\n)"),
        (f"f(a='{LONG}', b={{\n}})", f"f(a='{LONG}', b={{\n}}, n=1234)"),
        (f"f(a='{LONG}')  # {LONG}", f"f(\n    a='{LONG}',\n    n=1234,\n)  # {LONG}"),
    ],
)
def test_a_call_whose_line_gets_too_long_has_a_line_for_each_argument(call: str, wanted: str) -> None:
    assert applied(call, edits.set_argument(call, call_in(call), "n", "1234")) == wanted
    ast.parse(wanted)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("{'x': 1}", "f(a=2, n={'x': 1})"),
        ("{\n    'x': 1,\n}", "f(\n    a=2,\n    n={\n        'x': 1,\n    },\n)"),
        ("dict(x=1,\n       y=2)", "f(\n    a=2,\n    n=dict(x=1,\n           y=2),\n)"),
        ("['''\n  x''',\n 1]", "f(\n    a=2,\n    n=['''\n  x''',\n     1],\n)"),
    ],
)
def test_an_expression_that_moves_into_a_call_is_laid_out_anew(value: str, wanted: str) -> None:
    text = f"f(a=2)\ng({value})\n"
    made = edits.set_argument(text, call_in(text), "n", at(text, value))
    assert applied(text, made) == f"{wanted}\ng({value})\n"
    ast.parse(wanted)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("m.f(a,\n    b)", "run.f(a,\n      b)"),
        ("m.f(\n    a,\n)", "run.f(\n    a,\n)"),
        ("m.f({'a': 1,\n     'b': 2})", "run.f({'a': 1,\n       'b': 2})"),
    ],
)
def test_arguments_stay_aligned_when_something_else_is_called(text: str, wanted: str) -> None:
    assert applied(text, edits.replace_callee(text, at(text, "m.f"), call_in(text), "run.f")) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{}", "{'n': 1}"),
        ("{'a': 2}", "{'n': 1, 'a': 2}"),
        ("{\n    'a': 2,\n}", "{\n    'n': 1,\n    'a': 2,\n}"),
        ("{'a': 2,\n 'b': 3}", "{'n': 1,\n 'a': 2,\n 'b': 3}"),
        ("{'a': [\n    2]}", "{'n': 1, 'a': [\n    2]}"),
        (f"{{'a': f(1, 2), 'b': '{LONG}'}}", f"{{\n    'n': 1,\n    'a': f(1, 2),\n    'b': '{LONG}',\n}}"),
        ("dict(a=2)", None),
    ],
)
def test_an_entry_is_put_in_front(text: str, wanted: str | None) -> None:
    made = edits.prepend_entry(text, Span(0, len(text)), "'n': 1")
    assert wanted is None if made is None else applied(text, made) == wanted


def test_sets_an_argument_that_is_given_by_position() -> None:
    text = "f(2, b=3)"
    arguments = Arguments((Argument("n", Number(at(text, "2"), 2), at(text, "2"), None, 0),), (), Span(8, 8))
    assert applied(text, edits.set_argument(text, arguments, "n", "1")) == "f(1, b=3)"


@pytest.mark.parametrize("text", ["f(**k)", "f(*a)", "f(a, *b, c=1, **k)"])
def test_adds_no_argument_that_a_splat_may_hold(text: str) -> None:
    assert edits.set_argument(text, call_in(text), "n", "1") is None


def test_adds_nothing_beside_a_bare_generator() -> None:
    text = "f(x for x in y)"
    assert edits.set_argument(text, call_in(text), "n", "1") is None
    assert edits.set_argument("f([x for x in y])", call_in("f([x for x in y])"), "n", "1") is not None


def test_touches_no_argument_that_a_dict_gives() -> None:
    text = "k = {'n': 2}\nf(**k)"
    spread = Argument("n", Number(at(text, "2"), 2), at(text, "'n': 2"), spread=True)
    arguments = Arguments(
        (spread,), (Argument("", Mapping(None, 0, (), open=False), at(text, "**k")),), Span(18, 18)
    )
    assert edits.set_argument(text, arguments, "n", "1") is None
    assert edits.remove_argument(text, arguments, spread) is None
    assert edits.rename_argument(text, spread, "m") is None
    assert edits.name_argument(text, arguments, spread, "m") is None


REMOVALS = [
    ("f(n=1)", "f()"),
    ("f(n=1,)", "f()"),
    ("f( n=1 )", "f()"),
    ("f(\n    n=1,\n)", "f()"),
    ("f(\n    # one\n    n=1,\n)", "f(\n    # one\n)"),
    ("f(n=1, a=2)", "f(a=2)"),
    ("f(a=2, n=1)", "f(a=2)"),
    ("f(a=2, n=1,)", "f(a=2,)"),
    ("f(a=2, n=1, b=3)", "f(a=2, b=3)"),
    ("f(a=2, n=(1), b=3)", "f(a=2, b=3)"),
    ("f(a=2, n=1, **k)", "f(a=2, **k)"),
    ("f(\n    a=2,\n    n=1,  # one\n    b=3,\n)", "f(\n    a=2,\n    b=3,\n)"),
    ("f(\n    n=1,\n    # bee\n    b=3,\n)", "f(\n    # bee\n    b=3,\n)"),
    ("f(\n    a=2,\n    n=1\n)", "f(\n    a=2,\n)"),
    ("f(\n    a=2,\n    n=1)", "f(\n    a=2)"),
    ("f(\n    a=2,  # two\n    n=1)", "f(\n    a=2,  # two\n    )"),
    ("f(n=1,\n  a=2)", "f(\n  a=2)"),
    ("f(a=2,\n  n=1)", "f(a=2)"),
    ("f(\n    n={\n        'x': 1,\n    },\n    a=2,\n)", "f(\n    a=2,\n)"),
]


@pytest.mark.parametrize(("text", "wanted"), REMOVALS)
def test_removes_an_argument(text: str, wanted: str) -> None:
    arguments = call_in(text)
    argument = arguments.find("n")
    assert argument is not None
    assert applied(text, edits.remove_argument(text, arguments, argument)) == wanted
    ast.parse(wanted)


def test_removes_the_last_positional_argument_but_no_other() -> None:
    text = "f(a, b, c=1)"
    arguments = call_in(text)
    assert edits.remove_argument(text, arguments, arguments.items[0]) is None
    assert applied(text, edits.remove_argument(text, arguments, arguments.items[1])) == "f(a, c=1)"
    starred = "f(a, *b)"
    assert edits.remove_argument(starred, call_in(starred), call_in(starred).items[0]) is None


NAMES = st.sampled_from(["a", "b", "c"])
VALUES = st.sampled_from(
    ["1", "(2)", "'x,)'", "g(3, z=4)", "[\n  5,\n]", "{'k': 6}", "lambda q: q", "f'{a}'"]
)
GAPS = st.sampled_from(["", " ", "\n", "\n    ", "  # a, (comment\n    "])


@st.composite
def calls(draw: st.DrawFn) -> str:
    """A call of keyword arguments in some layout, comments and trailing comma among it."""
    names: list[str] = draw(st.lists(NAMES, unique=True, max_size=3))
    parts = [f"{draw(GAPS)}{name}={draw(VALUES)}{draw(GAPS)}" for name in names]
    trailing = draw(st.sampled_from(["", ","])) if parts else ""
    return f"f({','.join(parts)}{trailing}{draw(GAPS)})\n"


def keywords(text: str) -> dict[str | None, str]:
    call = ast.parse(text).body[0]
    assert isinstance(call, ast.Expr)
    assert isinstance(call.value, ast.Call)
    return {word.arg: ast.dump(word.value) for word in call.value.keywords}


@given(calls())
def test_adding_and_taking_away_change_that_argument_alone(text: str) -> None:
    arguments = call_in(text)
    before = keywords(text)
    longer = applied(text, edits.set_argument(text, arguments, "n", "'v'"))
    assert keywords(longer) == {**before, "n": ast.dump(ast.Constant("v"))}
    assert longer.count("# a, (comment") == text.count("# a, (comment")
    added = call_in(longer)
    argument = added.find("n")
    assert argument is not None
    assert keywords(applied(longer, edits.remove_argument(longer, added, argument))) == before


@given(calls(), NAMES)
def test_any_argument_can_be_taken_away(text: str, name: str) -> None:
    arguments = call_in(text)
    argument = arguments.find(name)
    assume(argument is not None)
    assert argument is not None
    before = keywords(text)
    before.pop(name)
    assert keywords(applied(text, edits.remove_argument(text, arguments, argument))) == before


@given(calls(), NAMES)
def test_an_argument_can_be_set_where_it_is(text: str, name: str) -> None:
    arguments = call_in(text)
    assume(arguments.find(name) is not None)
    changed = applied(text, edits.set_argument(text, arguments, name, "7"))
    assert keywords(changed) == {**keywords(text), name: ast.dump(ast.Constant(7))}


def test_renames_a_keyword() -> None:
    text = "init(run_name = 'a')"
    argument = call_in(text).items[0]
    assert applied(text, edits.rename_argument(text, argument, "name")) == "init(name = 'a')"
    assert edits.rename_argument(text, argument, "class") is None
    assert edits.rename_argument(text, argument, "a b") is None


def test_names_a_positional_argument() -> None:
    text = "init('p', config=c)"
    arguments = call_in(text)
    named = edits.name_argument(text, arguments, arguments.items[0], "project")
    assert applied(text, named) == "init(project='p', config=c)"
    assert edits.name_argument(text, arguments, arguments.items[0], "config") is None
    bracketed = "init((p))"
    arguments = call_in(bracketed)
    named = edits.name_argument(bracketed, arguments, arguments.items[0], "project")
    assert applied(bracketed, named) == "init(project=(p))"


@pytest.mark.parametrize("text", ["init(a, b)", "init(a, *b)", "init(x for x in y)"])
def test_names_no_argument_that_must_stay_positional(text: str) -> None:
    arguments = call_in(text)
    assert edits.name_argument(text, arguments, arguments.items[0], "project") is None


def test_adds_an_argument_behind_what_is_spread() -> None:
    text = "init(**known)"
    call = Arguments((), (), Span(len(text) - 1, len(text) - 1))
    assert applied(text, edits.set_argument(text, call, "project", "p")) == "init(**known, project=p)"
    inside = 'f"{init(a)}"'
    call = Arguments((), (), Span(9, 9))
    assert applied(inside, edits.set_argument(inside, call, "project", "p")) == 'f"{init(a, project=p)}"'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"a"', 'f"a{b}"'),
        ('r"""a"""', 'fr"""a{b}"""'),
        ("f'{x}a'", "f'{x}a{b}'"),
        ('"a" f"{x}"', '"a" f"{x}{b}"'),
        ('"a" "c"', '"a" f"c{b}"'),
        ('x + "a"', 'x + f"a{b}"'),
        ("x.y", "f'{x.y}{b}'"),
        ("(\n  'a'\n  'c'\n)", "(\n  'a'\n  f'c{b}'\n)"),
        ('"{a"', None),
        ('b"a"', None),
        ('"a" % x', None),
        ('"a".strip()', None),
        ('"a" if x else "c"', None),
        ('"a" or "c"', None),
        ("f(x)", None),
    ],
)
def test_appends_to_a_text(text: str, expected: str | None) -> None:
    code = f"z = ''\nn = {text}\n"
    changed = edits.append_to_text(code, at(code, text), "{b}")
    assert (None if changed is None else applied(code, changed)) == (expected and f"z = ''\nn = {expected}\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x.append(a)", "x += (a,)"),
        ("x.y.append((a, b),)", "x.y += ((a, b),)"),
        ("x.append(f(a)[0])", "x += (f(a)[0],)"),
        ("x.append()", None),
        ("x.append(*a)", None),
        ("x.append(a for a in b)", None),
    ],
)
def test_appends_to_a_tuple(text: str, expected: str | None) -> None:
    changed = edits.append_to_tuple(text, Span(0, len(text)))
    assert (None if changed is None else applied(text, changed)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('["a"]', '("a",)'),
        ('["a",]', '("a",)'),
        ("[a, b]", "(a, b)"),
        ("[]", "()"),
        ("x + [a[0]]", "x + (a[0],)"),
        ('"a"', '("a",)'),
        ("[a for a in b]", None),
    ],
)
def test_makes_a_tuple(text: str, expected: str | None) -> None:
    changed = edits.as_tuple(text, Span(0, len(text)))
    assert (None if changed is None else applied(text, changed)) == expected


# Keys and attributes


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("x = c.lr + 1", 'x = c["lr"] + 1'),
        ("x = c.lr + 'a'", "x = c['lr'] + 'a'"),
        ('x = f"{c.lr}"', "x = f\"{c['lr']}\""),
        ("x = (c\n     .lr)", 'x = (c\n     ["lr"])'),
    ],
)
def test_an_attribute_becomes_a_subscript(text: str, wanted: str) -> None:
    step = Step(Text(None, (Piece("lr", None),)), attribute=True, span=at(text, ".lr"))
    assert applied(text, edits.attribute_to_subscript(text, step)) == wanted
    ast.parse(wanted)


def test_what_is_no_plain_attribute_stays() -> None:
    text = "x = c. lr + c['lr']"
    key = Text(None, (Piece("lr", None),))
    assert edits.attribute_to_subscript(text, Step(key, True, at(text, ". lr"))) is None
    assert edits.attribute_to_subscript(text, Step(key, False, at(text, "['lr']"))) is None


@pytest.mark.parametrize(
    ("text", "entry", "wanted"),
    [
        ("d = {'a_b': 1}", "'a_b': 1", "d = {'c': 1}"),
        ("d = dict(a_b=1)", "a_b=1", "d = dict(c=1)"),
        ("d['a_b'] = 1", "d['a_b'] = 1", "d['c'] = 1"),
    ],
)
def test_renames_a_key(text: str, entry: str, wanted: str) -> None:
    key = Text(at(text, "a_b"), (piece_of(text, "a_b"),))
    made = Entry(key, Number(None, 1), at(text, entry))
    assert applied(text, edits.rename_key(text, made, "c")) == wanted


def test_a_keyword_can_only_become_a_name() -> None:
    text = "d = dict(a_b=1)"
    made = Entry(Text(None, (piece_of(text, "a_b"),)), Number(None, 1), at(text, "a_b=1"))
    assert edits.rename_key(text, made, "train/loss") is None
    assert edits.rename_key(text, made, "class") is None


def test_a_key_that_stands_elsewhere_is_left_alone() -> None:
    text = "K = 'a_b'\nd = {K: 1}"
    made = Entry(Text(None, (piece_of(text, "a_b"),)), Number(None, 1), at(text, "K: 1"))
    assert edits.rename_key(text, made, "c") is None
    assert edits.rename_key(text, Entry(Nothing(None), Number(None, 1), None), "c") is None


def test_wraps_an_expression_and_nothing_that_is_half_of_one() -> None:
    text = "x = g(a.b)"
    assert applied(text, edits.wrap(text, at(text, "a.b"), "dict(", ")")) == "x = g(dict(a.b))"
    assert edits.wrap(text, at(text, "(a"), "dict(", ")") is None
    assert edits.wrap(text, at(text, "b)"), "dict(", ")") is None


def test_together_is_all_or_nothing() -> None:
    text = "x = 1"
    one = edits.replace(text, Span(4, 5), "2")
    assert edits.together(one, one, ()) == one
    assert edits.together(one, None) is None
    assert edits.replace(text, Span(4, 5), "1") == ()


# Statements


def block(text: str) -> str:
    return dedent(text).lstrip("\n")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a()\nS()\nb()\n", "a()\nb()\n"),
        ("a()\nS()  # why\nb()\n", "a()\nb()\n"),
        ("a()\nS()", "a()\n"),
        ("a()\n\n\nS()\n\n", "a()\n\n"),
        ("a()\n\nS()\n\nb()\n", "a()\n\n\nb()\n"),
        ("S(); b()\n", "b()\n"),
        ("a(); S()\n", "a()\n"),
        ("a(); S(); b()\n", "a(); b()\n"),
        ("S();\nb()\n", "b()\n"),
        ("if x: S()\n", "if x: pass\n"),
        ("if x: S(); b()\n", "if x: b()\n"),
        ("if x:\n    S()\nb()\n", "if x:\n    pass\nb()\n"),
        ("if x:\n    S()\n    # more\n", "if x:\n    pass\n    # more\n"),
        ("if x:\n    a()\n    S()\n", "if x:\n    a()\n"),
        ("if x:\n    S()\n    b()\n", "if x:\n    b()\n"),
        ("if x:\n    S(\n    )\nelse:\n    b()\n", "if x:\n    pass\nelse:\n    b()\n"),
        ("if x:  # why\n\n    S()\n", "if x:  # why\n\n    pass\n"),
    ],
)
def test_removes_a_statement(text: str, wanted: str) -> None:
    statement = at(text, "S(\n    )" if "S(\n" in text else "S()")
    assert applied(text, edits.remove_statement(text, statement)) == wanted
    ast.parse(wanted)


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        ("a()\nS()\n", "a()\nn()\nS()\n", "a()\nS()\nn()\n"),
        ("S()", "n()\nS()", "S()\nn()"),
        ("S()  # why\n", "n()\nS()  # why\n", "S()  # why\nn()\n"),
        ("if x:\n\tS()\nb()\n", "if x:\n\tn()\n\tS()\nb()\n", "if x:\n\tS()\n\tn()\nb()\n"),
        ("if x: S()\n", "if x: n(); S()\n", "if x: S(); n()\n"),
        ("a(); S(); b()\n", "a(); n(); S(); b()\n", "a(); S(); n(); b()\n"),
    ],
)
def test_inserts_beside_a_statement(text: str, before: str, after: str) -> None:
    assert applied(text, edits.insert_before(text, at(text, "S()"), "n()")) == before
    assert applied(text, edits.insert_after(text, at(text, "S()"), "n()")) == after
    ast.parse(before)
    ast.parse(after)


def test_inserts_several_lines_indented_as_the_statement_is() -> None:
    text = block(
        """
        def f():
            S()
        """
    )
    wanted = block(
        """
        def f():
            with x:
                y()

            z()
            S()
        """
    )
    made = edits.insert_before(text, at(text, "S()"), "with x:\n    y()\n\nz()\n")
    assert applied(text, made) == wanted


@pytest.mark.parametrize(
    ("text", "statement"),
    [
        ("if x:\n    a()\nelse:\n    b()\n", "else:"),
        ("if x:\n    a()\nelif y:\n    b()\n", "elif y:"),
        ("@deco\ndef f():\n    pass\n", "def f():"),
        ("try:\n    a()\nexcept E:\n    b()\n", "except E:"),
    ],
)
def test_inserts_nothing_where_no_statement_can_stand(text: str, statement: str) -> None:
    assert edits.insert_before(text, at(text, statement), "n()") is None


def test_headers_are_neither_removed_nor_followed() -> None:
    text = "with x as y:\n    a()\n"
    assert edits.remove_statement(text, at(text, "with x as y:")) is None
    assert edits.insert_after(text, at(text, "with x as y:"), "n()") is None
    assert applied(text, edits.insert_before(text, at(text, "with x as y:"), "n()")) == "n()\n" + text


def test_blank_lines_at_the_end_of_a_cell_go_with_its_last_statement() -> None:
    text = "\na()\n\n# why\nS()\n\nb()\n"
    cell = Span(1, text.index("\nb()"))
    statement = at(text, "S()")
    assert applied(text, edits.remove_statement(text, statement, "why", cell)) == "\na()\n\nb()\n"
    alone = Span(statement.start, cell.end)
    assert applied(text, edits.remove_statement(text, statement, "", alone)) == text.replace("S()\n", "")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a()\n# Use core\nS()\nb()\n", "a()\nb()\n"),
        ("a()\r\n  # use CORE\r\nS()\r\n", "a()\r\n"),
        ("# core\nS()\n", ""),
        ("# use core and more\nS()\n", "# use core and more\n"),
        ("a()  # use core\nS()\n", "a()  # use core\n"),
    ],
)
def test_a_remark_goes_with_what_it_is_about(text: str, wanted: str) -> None:
    assert applied(text, edits.remove_statement(text, at(text, "S()"), "(?:use )?core")) == wanted


def test_several_lines_do_not_fit_beside_others_on_a_line() -> None:
    text = "if x: S()\n"
    assert edits.insert_before(text, at(text, "S()"), "a()\nb()") is None
    assert edits.insert_after(text, at(text, "S()"), "a()\nb()") is None


# Imports


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("import os\nimport wandb\n", "import os\nimport time\nimport wandb\n"),
        ("import os\nimport sys\n\nimport wandb\n", "import os\nimport sys\nimport time\n\nimport wandb\n"),
        ("import wandb\n", "import time\n\nimport wandb\n"),
        ("import json\nimport wandb\n\nimport os\n", "import json\nimport time\nimport wandb\n\nimport os\n"),
        ("import wandb\n\nimport os\n", "import wandb\n\nimport os\nimport time\n"),
        ("from .a import b\n", "import time\n\nfrom .a import b\n"),
        ("import os\nfrom a import b\n", "import os\nimport time\nfrom a import b\n"),
        ("from a import b\n", "import time\n\nfrom a import b\n"),
        ("from a import (\n    b,\n)\nimport os\n", "from a import (\n    b,\n)\nimport os\nimport time\n"),
        (
            '"""Doc."""\n\nfrom __future__ import annotations\n\nimport wandb\n',
            '"""Doc."""\n\nfrom __future__ import annotations\n\nimport time\n\nimport wandb\n',
        ),
        ('"""Doc."""\nx = 1\n', '"""Doc."""\n\nimport time\n\nx = 1\n'),
        ('"""Doc."""', '"""Doc."""\n\nimport time'),
        (
            "from __future__ import annotations\n\ndef f():\n    import wandb\n",
            "from __future__ import annotations\n\nimport time\n\ndef f():\n    import wandb\n",
        ),
        ("#!/usr/bin/env python\n# Ours.\nx = 1\n", "#!/usr/bin/env python\n# Ours.\nimport time\n\nx = 1\n"),
        ("import wandb", "import time\n\nimport wandb"),
        ("import os", "import os\nimport time"),
        (
            "try:\n    import wandb\nexcept E:\n    pass\n",
            "import time\n\ntry:\n    import wandb\nexcept E:\n    pass\n",
        ),
        ("from time import sleep\n", "import time\nfrom time import sleep\n"),
        ("import os\nf(time=3)\nx.time = 4\n", "import os\nimport time\nf(time=3)\nx.time = 4\n"),
    ],
)
def test_puts_an_import_in_its_place_once(text: str, wanted: str) -> None:
    result = applied(text, edits.ensure_import(text, "time"))
    assert result == wanted
    ast.parse(result)
    assert edits.ensure_import(result, "time") == ()


@pytest.mark.parametrize(
    "text",
    [
        "import time\n",
        "import os, time\n",
        "import os; import time\n",
        "import wandb\nimport time  # for names\n",
    ],
)
def test_an_import_that_is_there_is_enough(text: str) -> None:
    assert edits.ensure_import(text, "time") == ()


@pytest.mark.parametrize(
    "text",
    [
        "from time import time\n",
        "import datetime as time\n",
        "time = 3\n",
        "def f(time):\n    pass\n",
        "for time in x:\n    pass\n",
        "if (time := 3):\n    pass\n",
        "class time:\n    pass\n",
        "with x as time:\n    pass\n",
        "from a import (\n    b,\n    time,\n)\n",
        "time, space = 1, 2\n",
    ],
)
def test_a_name_that_is_taken_is_left_alone(text: str) -> None:
    assert edits.ensure_import(text, "time") is None


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("import os\nimport time\n\nx = 1\n", "import os\n\nx = 1\n"),
        ("import time\nprint(x.time, f(time=1), 'a time')\n", "print(x.time, f(time=1), 'a time')\n"),
        ("import os, time\n", "import os\n"),
        ("import time, os\n", "import os\n"),
        ("from a import b as time, c\n", "from a import c\n"),
        ("from a import (\n    b,\n    time,\n)\n", "from a import (\n    b,\n)\n"),
        ("import a.b as time\r\nx\r\n", "x\r\n"),
        # Used, or kept on purpose.
        ("import time\ntime.time()\n", None),
        ("import time\nprint(f'{time.time()}')\n", None),
        ("import time  # noqa\n", None),
        ("import time\n__all__ = ['time']\n", None),
        ("try:\n    import time\nexcept E:\n    time = None\n", None),
        ("import time\nimport a as time\n", None),
        ("import a\n", None),
    ],
)
def test_an_import_goes_when_nothing_uses_it(text: str, wanted: str | None) -> None:
    assert applied(text, edits.drop_import(text, "time")) == (text if wanted is None else wanted)


def test_what_goes_with_an_import_does_not_use_it() -> None:
    text = "import time\nx = time.time()\n"
    assert edits.drop_import(text, "time") == ()
    assert applied(text, edits.drop_import(text, "time", [at(text, "time.time")])) == "x = time.time()\n"


# Notebooks


def in_notebook(cells: list[str], made: Edits | None) -> list[str]:
    """The cells of a notebook after the edits."""
    assert made is not None
    unit = read_unit("a.ipynb", notebook_of(cells))
    data = unit.apply(tuple((edit.span, edit.content) for edit in made))
    return ["".join(cell["source"]) for cell in json.loads(data)["cells"]]


def notebook_of(cells: list[str]) -> bytes:
    made = [{"cell_type": "code", "metadata": {}, "source": cell.splitlines(keepends=True)} for cell in cells]
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}).encode()


def test_edits_at_the_end_of_a_cell_stay_in_it() -> None:
    cells = ["import os", "a()\nS()", "b()"]
    code = read_unit("a.ipynb", notebook_of(cells)).code
    statement = at(code, "S()")
    assert in_notebook(cells, edits.insert_after(code, statement, "n()")) == [
        "import os",
        "a()\nS()\nn()",
        "b()",
    ]
    assert in_notebook(cells, edits.insert_before(code, statement, "n()")) == [
        "import os",
        "a()\nn()\nS()",
        "b()",
    ]
    assert in_notebook(cells, edits.remove_statement(code, statement)) == ["import os", "a()", "b()"]
    assert in_notebook(cells, edits.ensure_import(code, "time")) == ["import os\nimport time", *cells[1:]]


@pytest.mark.parametrize(
    ("text", "before", "after", "expected"),
    [
        ("x", "dict(", ")", "dict(x)"),
        ("(a or b)", "dict(", ")", "dict(a or b)"),
        ("(a for a in b)", "list(", ")", "list(a for a in b)"),
        ("(a, b)", "list(", ")", "list((a, b))"),
        ("(yield a)", "list(", ")", "list((yield a))"),
        ("(a) + (b)", "list(", ")", "list((a) + (b))"),
        ("()", "list(", ")", "list(())"),
        ("('a')", "[", "]", "['a']"),
        ("(a for a in b)", "[", "]", "[(a for a in b)]"),
        ("(a)", "(", ",)", "((a),)"),
    ],
)
def test_brackets_that_are_there_serve(text: str, before: str, after: str, expected: str) -> None:
    assert applied(text, edits.wrap(text, Span(0, len(text)), before, after)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from d import b\n", "from d import a, b\n"),
        ("from d import Z, b\n", "from d import Z, b, a\n"),
        ("x = 1\nfrom d import A, b\n", "x = 1\nfrom d import A, a, b\n"),
        ("from d import c, b\n", "from d import c, b, a\n"),
        ("from d import b, a\n", ""),
        ("from d import b as e\n", None),
        ("from d import (b, c)\n", None),
        ("from d import b\na = 1\n", None),
        ("def f():\n    from d import b\n", None),
        ("import d\n", None),
    ],
)
def test_a_name_is_imported_beside_others(text: str, expected: str | None) -> None:
    made = edits.import_beside(text, "d", "a")
    assert (None if made is None else applied(text, made) if made else "") == expected


def test_an_import_that_an_annotation_names_stays() -> None:
    text = 'import wandb\n\n\ndef f(run: "wandb.Run"):\n    pass\n'
    assert edits.drop_import(text, "wandb") == ()
    assert edits.drop_import(text.replace("wandb.Run", "about wandb.Run"), "wandb") != ()


def test_blank_lines_below_what_comes_first_in_a_block_go_with_it() -> None:
    text = "with a:\n    b\n\n    c\n    d\n"
    assert applied(text, edits.remove_statement(text, at(text, "b"))) == "with a:\n    c\n    d\n"
    remarked = "a\n# one\n# two\nb\nc\n"
    assert applied(remarked, edits.remove_statement(remarked, at(remarked, "b"), ".*")) == "a\nc\n"


def test_a_step_takes_the_quotes_of_the_next_one() -> None:
    text = "x = \"\"\ny = c['lr']\n"
    step = Step(Text(None, (Piece("lr", None),)), attribute=False, span=at(text, "['lr']"))
    assert applied(text, edits.step_into(text, step, "params")) == "x = \"\"\ny = c['params']['lr']\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\nfor x in y:\n    b\nc\n", "a\nfor x in y:\n    b\nz\nc\n"),
        ("a\nif x:\n    b\nelse:\n    d\n", "a\nif x:\n    b\nelse:\n    d\nz\n"),
        ("if u:\n\ta\n\tif x: b\n\t# c\nd\n", "if u:\n\ta\n\tif x: b\n\tz\n\t# c\nd\n"),
        ("a\ntry:\n  b\nfinally:\n  d\n\ne\n", "a\ntry:\n  b\nfinally:\n  d\nz\n\ne\n"),
    ],
)
def test_inserts_after_a_block(text: str, expected: str) -> None:
    made = edits.insert_after_block(text, at(text, "a"), at(text, "b"), "z")
    assert applied(text, made) == expected
