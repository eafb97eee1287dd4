"""What LibCST cannot take is refused before it sees it, and real code never is."""

from __future__ import annotations

import json
import subprocess
import sys

import libcst
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wbcheck.source import SourceError
from wbcheck.source.bound import bound

limits = sys.modules["wbcheck.source.bound"]

# Each of these ends, hangs or starves the process if LibCST gets it.
BOMBS = {
    "brackets": "x = " + "(" * 3000 + "1" + ")" * 3000,
    "lists": "x = " + "[" * 3000 + "]" * 3000,
    "calls in calls": "x = " + "f(" * 3000 + ")" * 3000,
    "brackets never closed": "x = " + "(" * 3000,
    "brackets on lines": "x = " + "(\n" * 3000 + ")\n" * 3000,
    "f-strings": "x = " + "f'{" * 3000 + "}'" * 3000,
    "brackets in an f-string": f"x = f'{{{'(' * 3000}1{')' * 3000}}}'",
    "calls of calls": "x = f" + "()" * 3000,
    "methods": "x = a" + ".b()" * 3000,
    "items": "x = a" + "[0]" * 3000,
    "sum": "x = 1" + " + 1" * 3000,
    "power": "x = 1" + " ** 1" * 3000,
    "not": "x = " + "not " * 3000 + "1",
    "minus": "x = " + "-" * 3000 + "1",
    "ternaries": "x = " + "1 if a else " * 3000 + "1",
    "lambdas": "x = " + "lambda: " * 3000 + "1",
    "strings": "x = " + '"a" ' * 3000,
    "comprehension": "x = [1 " + "for a in b " * 3000 + "]",
    "joined lines": "x = 1" + " + \\\n 1" * 3000,
    "elif": "if a:\n    b\n" + "elif a:\n    b\n" * 2000,
    "elif in elif": (
        "".join(" " * n + "if a:\n" + (" " * n + " b\n" + " " * n + "elif a:\n") * 20 for n in range(90))
    ),
    "pattern": "match a:\n  case " + "[" * 30 + "]" * 30 + ":\n    pass\n",
    "del": "del " + "(" * 30 + "a" + ")" * 30,
    "del after a colon": "if a: del " + "(" * 30 + "a" + ")" * 30,
    "del over lines": "del b[0], [a,\n" + "(" * 30 + "a" + ")" * 30 + "]",
    "sums in sums": "x = " + "(" * 90 + "1" + (" + 1" * 50 + ")") * 90,
    "often deep": ("[" * 60 + "]" * 60 + "\n") * 300,
    "often long": ("a" + "()" * 400 + "\n") * 300,
    "long": "x = 1  #\n" * 600_000,
    "dense": "a,b\n" * 250_000,
    "NUL": "x = 1\n\0",
    "half a character": "x = '\ud800'\n",
}

BOMBS["blocks"] = "".join(" " * n + "if a:\n" for n in range(500)) + " " * 500 + "pass\n"
BOMBS["functions"] = "".join(" " * n + "def f():\n" for n in range(500)) + " " * 500 + "pass\n"


def all_at_once() -> str:
    """Blocks, in the innermost a chain of elifs, in the last of them brackets and a chain."""
    depth = limits.MOST_BLOCKS - 1
    blocks = "".join(" " * n + ("class A:\n" if n % 2 else "def f():\n") for n in range(depth))
    margin = " " * depth
    elifs = f"{margin}if a: b\n" + f"{margin}elif a: b\n" * (limits.MOST_ELIFS - 1) + f"{margin}elif a:\n"
    inner = "a"
    for _ in range(limits.MOST_BRACKETS // 2):
        inner = f"f'{{a.f({inner})}}'"
    return f"{blocks}{elifs}{margin} x = {'lambda: ' * 20}{'not ' * 60}{inner}\n"


def notebook(*sources: str) -> str:
    """A notebook of these code cells."""
    return json.dumps({"cells": [{"cell_type": "code", "source": source} for source in sources]})


HARMLESS = {
    "hidden in a string": notebook("import wandb\nx = '''", BOMBS["brackets"], "''')"),
    "all at once": all_at_once(),
    "commas": "x = [" + "1, " * 3000 + "]",
    "table": "x = {\n" + "    'a': [1 + 2, f(3)],\n" * 3000 + "}\n",
    "template": 'x = f"""' + "<td>{a}</td>\n" * 900 + '"""\n',
    "apart": "if a:\n    b\nelif a:\n    c\n" * 2000,
    "brackets in strings": "x = '" + "(" * 3000 + "'  # " + "[" * 3000 + '\ny = """' + "{" * 3000 + '"""\n',
    "braces in an f-string": "x = f'" + "{{" * 3000 + "'\n",
    "a name": "case = " + "(" * 30 + "1" + ")" * 30 + "\ncase.x = " + "(" * 30 + ")" * 30,
    "after del": "del a; x = " + "(" * 30 + "1" + ")" * 30 + "\ndel a[(b)], (c)\nx = " + "[" * 30 + "]" * 30,
    "message": "x = (\n" + "    'a line of the text'\n" * 250 + ")\n",
    "at the bounds": "\n".join(
        (
            "x = a" + ".b" * (limits.MOST_LINKS - 1),
            "y = " + "[" * limits.MOST_BRACKETS + "]" * limits.MOST_BRACKETS,
            "if a: b\n" + "elif a: b\n" * limits.MOST_ELIFS,
            "match a:\n  case "
            + "[" * limits.MOST_PATTERN_BRACKETS
            + "]" * limits.MOST_PATTERN_BRACKETS
            + ": b",
            "del " + "(" * limits.MOST_TARGET_BRACKETS + "a" + ")" * limits.MOST_TARGET_BRACKETS,
            "".join(" " * n + "if a:\n" for n in range(limits.MOST_BLOCKS))
            + " " * limits.MOST_BLOCKS
            + "pass\n",
        )
    ),
}

BUILD = r"""
import json, sys
from wbcheck.source import SourceError, read_unit
from wbcheck.syntax import build
told = {}
for name, code in json.load(sys.stdin).items():
    notebook = code.startswith('{"cells"')
    # What binds nothing to W&B is not even parsed.
    code = code if notebook else "import wandb\n" + code
    try:
        build(read_unit("a.ipynb" if notebook else "a.py", code.encode("utf-8", "surrogatepass")))
        told[name] = "modelled"
    except SourceError:
        told[name] = "refused"
json.dump(told, sys.stdout)
"""


def built_elsewhere(texts: dict[str, str]) -> dict[str, str]:
    """What comes of each text in a process of its own, which must survive them all."""
    done = subprocess.run(
        [sys.executable, "-c", BUILD], input=json.dumps(texts), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, str] = json.loads(done.stdout)
    return told


@pytest.mark.parametrize("name", BOMBS)
def test_bomb_is_refused(name: str) -> None:
    with pytest.raises(SourceError) as caught:
        bound(BOMBS[name])
    assert 0 <= caught.value.offset < len(BOMBS[name])
    assert caught.value.message
    assert "\n" not in caught.value.message


def test_bombs_and_what_is_harmless_leave_the_process_alive() -> None:
    told = built_elsewhere(BOMBS | HARMLESS)
    assert {name for name, what in told.items() if what != "refused"} == set(HARMLESS)
    assert {name: told[name] for name in HARMLESS} == dict.fromkeys(HARMLESS, "modelled")


def test_place_is_where_it_goes_too_far() -> None:
    deep, long, elifs = limits.MOST_BRACKETS, limits.MOST_LINKS, limits.MOST_ELIFS
    for code, place in (
        ("x = 1\ny = " + "(" * (deep + 1) + ")" * (deep + 1), 10 + deep),
        ("x = a" + ".b" * (long + 9), 5 + 2 * (long - 1)),
        ("if a: b\n" + "elif a: b\n" * (elifs + 1), 8 + 10 * elifs),
        ("x = '\ud800'", 5),
        ("x = 1\0", 5),
    ):
        with pytest.raises(SourceError) as caught:
            bound(code)
        assert caught.value.offset == place


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_make_no_difference(end: str) -> None:
    bound(HARMLESS["apart"].replace("\n", end))
    for name in ("brackets on lines", "joined lines", "elif", "pattern"):
        with pytest.raises(SourceError):
            bound(BOMBS[name].replace("\n", end))


@pytest.mark.parametrize(
    "literal",
    [
        'f"{a}"',
        'f"{{a"',
        'f"{a["b"]}"',
        """f"{'}' + a["b"]}\"""",
        """f'it{"'"}s'""",
        'f"{a:{b}}"',
        'f"{a:{b["c"]}>{d}}"',
        'f"{a!r:>{b}}"',
        'f"{ {1: 2}[1] }"',
        'f"{(lambda x: {1})}"',
        'f"""{a} "b" {c["d"]} """',
        'f"""{\na\n}"""',
        'rf"\\{a}"',
        'f"\\"{a}"',
        'f"\\N{DASH} {a}"',
        'f"{f\'{f"{1}"}\'}"',
        'f"{a:%H:%M}"',
        "f'{a:{{}}}'",
    ],
)
def test_end_of_an_f_string_is_found(literal: str) -> None:
    """Whatever follows an f-string is code again, wherever quotes stand in its holes."""
    bound(f"x = {literal} + (a)\n")
    for deep in ("(" * 3000 + "1" + ")" * 3000, "f" + "()" * 3000):
        with pytest.raises(SourceError):
            bound(f"x = {literal} + {deep}\n")
    bound(f"x = {literal} + '{'(' * 3000}'\n")


PIECES = [
    *("f'", 'f"', "'", '"', "f'''", "'''", '"""', "rf'", 'fr"', "b'", "r'", "t'", "{{", "}}", "{", "}"),
    *("{a}", "{a!r}", "{a:>{w}}", "{a['b']}", '{a["b"]}', " f'{a}b'", ' f"{a(b)}"', ":", "=", "!r"),
    *("\\", "\\N{DASH}", "\\'", '\\"', "\\{", "\n", "\r\n", "\r", "\\\n", "(", ")", "[", "]", "a", " "),
    *("1", "1.", "0x1f", "1e5", "1if a else ", ".b", "+", "lambda: ", "not ", ",", "#", "é", "..."),
    *(" for b in c", "x = 'a'", "f(a, b)"),
]
FRAMES = [
    *("{}", "x = {}", "({})", "f'{}'", "f'''{}'''", "f'{{{}}}'", "f'{{a:{}}}'", "rf'{{a:{}}}'"),
    "f'''{{{}\n}}'''",
]
REFUSALS = (libcst.ParserSyntaxError, libcst.CSTValidationError, libcst.CSTLogicError)
texts = st.builds(
    lambda frame, parts: frame.format("".join(parts)) + "\n",
    st.sampled_from(FRAMES),
    st.lists(st.sampled_from(PIECES), max_size=12),
)


class Counter(libcst.CSTVisitor):
    """How many strings, fields of strings and links a tree has."""

    def __init__(self) -> None:
        super().__init__()
        self.strings = self.fields = self.links = 0

    def on_visit(self, node: libcst.CSTNode) -> bool:
        kind = type(node).__name__
        self.strings += kind in ("SimpleString", "FormattedString", "TemplatedString")
        self.fields += kind in ("FormattedStringExpression", "TemplatedStringExpression")
        self.links += kind in ("Attribute", "Lambda", "UnaryOperation", "BinaryOperation", "IfExp", "CompFor")
        return True


@given(texts)
@settings(max_examples=500, deadline=None)
def test_tokens_are_those_of_libcst(code: str) -> None:
    try:
        module = libcst.parse_module(code)
    except REFUSALS:
        return
    found = list(limits._tokens(code, 0))
    kinds = [kind for kind, _ in found]
    tree = Counter()
    module.visit(tree)
    assert kinds[-1] == limits.END
    assert kinds.count(limits.STRING) == tree.strings
    assert kinds.count(limits.OPEN) == kinds.count(limits.CLOSE)
    assert sum(kind == limits.OPEN and code[at] == "{" for kind, at in found) >= tree.fields
    assert sum(kind in (limits.LINK, limits.WORD) for kind in kinds) >= tree.links


@given(texts | st.lists(texts, max_size=4).map("".join))
@settings(max_examples=500, deadline=None)
def test_lines_that_are_passed_over_are_whole(code: str) -> None:
    """What follows them is read as if all had been read."""
    try:
        libcst.parse_module(code)
    except REFUSALS:
        return
    passed = limits._HARMLESS.match(code)
    assert passed is not None
    after = [
        token for token in limits._tokens(code, 0) if token[1] >= passed.end() and token[0] != limits.NEWLINE
    ]
    assert after == [token for token in limits._tokens(code, passed.end()) if token[0] != limits.NEWLINE]


def test_a_bracket_left_open_is_what_is_told() -> None:
    with pytest.raises(SourceError, match="'\\(' was never closed") as caught:
        bound("a = 1\nx = (\n" + "b.c = d.e\n" * 300)
    assert caught.value.offset == 10


@pytest.mark.parametrize("rest", ["'", "]", "?"])
def test_what_libcst_has_no_token_for_is_left_to_it(rest: str) -> None:
    code = "x = (" + "a + " * 400 + rest
    bound(code)
    with pytest.raises(libcst.ParserSyntaxError):
        libcst.parse_module(code)


@pytest.mark.parametrize(
    "code",
    [
        "x = [" + "lambda a, b: (a, b), " * 300 + "]",
        "for a, b in c: d\n" * 300,
        "x = " + "[[a for a, b in c], " * 20 + "]" * 20,
        "x = {" + "'a': -1 + b.c, " * 500 + "}",
    ],
)
def test_commas_end_chains(code: str) -> None:
    bound(code)
    libcst.parse_module(code)


@pytest.mark.parametrize(
    "code", ["x = " + "lambda a, b=" * 80 + "1" + ": 1" * 80, "[a " + "for a, b in c " * 400 + "]"]
)
def test_commas_in_targets_end_none(code: str) -> None:
    with pytest.raises(SourceError, match="chained too long"):
        bound(code)
