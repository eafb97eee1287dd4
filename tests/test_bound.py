"""What LibCST cannot take is refused before it sees it, and real code never is."""

from __future__ import annotations

import json
import subprocess
import sys

import libcst
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wbcheck.source import SourceError, bound

limits = sys.modules["wbcheck.source.bound"]

# Each of these ends, hangs or starves the process if LibCST gets it.
BOMBS = {
    "brackets": ("x = " + "(" * 3000 + "1" + ")" * 3000, "brackets nested deeper than 100"),
    "lists": ("x = " + "[" * 3000 + "]" * 3000, "brackets nested deeper than 100"),
    "calls in calls": ("x = " + "f(" * 3000 + ")" * 3000, "brackets nested deeper than 100"),
    "brackets never closed": ("x = " + "(" * 3000, "brackets nested deeper than 100"),
    "brackets on lines": ("x = " + "(\n" * 3000 + ")\n" * 3000, "brackets nested deeper than 100"),
    "f-strings": ("x = " + "f'{" * 3000 + "}'" * 3000, "brackets nested deeper than 100"),
    "brackets in an f-string": (f"x = f'{{{'(' * 3000}1{')' * 3000}}}'", "brackets nested deeper than 100"),
    "calls of calls": ("x = f" + "()" * 3000, "a chain of more than 500"),
    "methods": ("x = a" + ".b()" * 3000, "a chain of more than 500"),
    "items": ("x = a" + "[0]" * 3000, "a chain of more than 500"),
    "sum": ("x = 1" + " + 1" * 3000, "a chain of more than 500"),
    "power": ("x = 1" + " ** 1" * 3000, "a chain of more than 500"),
    "not": ("x = " + "not " * 3000 + "1", "a chain of more than 500"),
    "minus": ("x = " + "-" * 3000 + "1", "a chain of more than 500"),
    "ternaries": ("x = " + "1 if a else " * 3000 + "1", "a chain of more than 500"),
    "lambdas": ("x = " + "lambda: " * 3000 + "1", "a chain of more than 500"),
    "strings": ("x = " + '"a" ' * 3000, "a chain of more than 500"),
    "comprehension": ("x = [1 " + "for a in b " * 3000 + "]", "a chain of more than 500"),
    "joined lines": ("x = 1" + " + \\\n 1" * 3000, "a chain of more than 500"),
    "elif": ("if a:\n    b\n" + "elif a:\n    b\n" * 2000, "more than 500 `elif`"),
    "elif in elif": (
        "".join(" " * n + "if a:\n" + (" " * n + " b\n" + " " * n + "elif a:\n") * 20 for n in range(90)),
        "more than 500 `elif`",
    ),
    "pattern": ("match a:\n  case " + "[" * 30 + "]" * 30 + ":\n    pass\n", "deeper than 7 in a pattern"),
    "del": ("del " + "(" * 30 + "a" + ")" * 30, "deeper than 12 after `del`"),
    "del after a colon": ("if a: del " + "(" * 30 + "a" + ")" * 30, "deeper than 12 after `del`"),
    "del over lines": ("del b[0], [a,\n" + "(" * 30 + "a" + ")" * 30 + "]", "deeper than 12 after `del`"),
    "sums in sums": ("x = " + "(" * 90 + "1" + (" + 1" * 50 + ")") * 90, "nested deeper than 600 levels"),
    "often deep": (("[" * 60 + "]" * 60 + "\n") * 300, "too much deep nesting"),
    "often long": (("a" + "()" * 400 + "\n") * 300, "too much deep nesting"),
    "long": ("x = 1  #\n" * 600_000, "longer than 5,000,000 characters"),
    "dense": ("a,b\n" * 250_000, "more than 500,000 operators"),
    "NUL": ("x = 1\n\0", "NUL"),
    "half a character": ("x = '\ud800'\n", "half of a surrogate pair"),
}

HARMLESS = {
    "blocks": "".join(" " * depth + "if a:\n" for depth in range(500)) + " " * 500 + "pass\n",
    "functions": "".join(" " * depth + "def f():\n" for depth in range(500)) + " " * 500 + "pass\n",
    "comparison": "x = 1" + " < 1" * 3000,
    "commas": "x = [" + "1, " * 3000 + "]",
    "table": "x = {\n" + "    'a': [1 + 2, f(3)],\n" * 3000 + "}\n",
    "template": 'x = f"""' + "<td>{a}</td>\n" * 900 + '"""\n',
    "apart": "if a:\n    b\nelif a:\n    c\n" * 2000,
    "brackets in strings": "x = '" + "(" * 3000 + "'  # " + "[" * 3000 + '\ny = """' + "{" * 3000 + '"""\n',
    "braces in an f-string": "x = f'" + "{{" * 3000 + "'\n",
    "a name": "case = " + "(" * 30 + "1" + ")" * 30 + "\ncase.x = " + "(" * 30 + ")" * 30,
    "at the bounds": "x = a"
    + ".b" * 490
    + "\ny = "
    + "[" * 98
    + "]" * 98
    + "\nif a: b\n"
    + "elif a: b\n" * 499,
}

PARSE = """
import json, sys
import libcst
from wbcheck.source import SourceError, bound
sys.setrecursionlimit(6000)
told = {}
for name, code in json.load(sys.stdin).items():
    try:
        bound(code)
    except SourceError as error:
        told[name] = error.message
        continue
    try:
        told[name] = "parsed" if libcst.parse_module(code).code == code else "changed"
    except libcst.ParserSyntaxError:
        told[name] = "no Python"
json.dump(told, sys.stdout)
"""


def parsed_elsewhere(texts: dict[str, str]) -> dict[str, str]:
    """What comes of each text in a process of its own, which must survive them all."""
    done = subprocess.run(
        [sys.executable, "-c", PARSE], input=json.dumps(texts), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, str] = json.loads(done.stdout)
    return told


@pytest.mark.parametrize("name", BOMBS)
def test_bomb_is_refused(name: str) -> None:
    code, message = BOMBS[name]
    with pytest.raises(SourceError, match=message.replace("(", r"\(")) as caught:
        bound(code)
    assert 0 <= caught.value.offset < len(code)
    assert "\n" not in caught.value.message


def test_bombs_and_what_is_harmless_leave_the_process_alive() -> None:
    told = parsed_elsewhere({name: code for name, (code, _) in BOMBS.items()} | HARMLESS)
    assert all(BOMBS[name][1] in told[name] for name in BOMBS)
    assert {name: told[name] for name in HARMLESS} == {
        name: "no Python" if name in ("blocks", "functions") else "parsed" for name in HARMLESS
    }


def test_place_is_where_it_goes_too_far() -> None:
    for code, place in (
        ("x = 1\ny = " + "(" * 101 + ")" * 101, 6 + 4 + 100),
        ("x = a" + ".b" * 501, 5 + 2 * 500),
        ("if a: b\n" + "elif a: b\n" * 501, 8 + 10 * 500),
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
        with pytest.raises(SourceError, match=BOMBS[name][1]):
            bound(BOMBS[name][0].replace("\n", end))


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


atoms = st.sampled_from(["a", "1", "1.5e-3", "'s'", '"""("""', "...", "u'[' 'x'", "r'\\''", "None"])


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    several = st.lists(inner, min_size=1, max_size=4)
    return st.one_of(
        st.tuples(
            inner, st.sampled_from([" + ", " and ", "**", " if a else ", " < ", " or\t", "\\\n- "]), inner
        ).map("".join),
        several.map(lambda parts: "[" + ",\n ".join(parts) + "]"),
        several.map(lambda parts: "f(" + ", x=".join(parts) + ")"),
        several.map(lambda parts: "{" + ": 1, ".join(parts) + ": 2}"),
        inner.map(lambda part: f"({part}  # ((\n)"),
        st.tuples(inner, st.sampled_from([".b", "()", "[0]", "(a).c"])).map(
            lambda pair: f"({pair[0]}){pair[1]}"
        ),
        st.tuples(st.sampled_from(["not ", "-", "lambda: "]), inner).map(lambda pair: f"({''.join(pair)})"),
        inner.map(lambda part: f"[{part} for a in b if c]"),
        several.map(lambda parts: 'f"' + " ".join(f"{{({part})}}" for part in parts) + '"'),
        inner.map(lambda part: f'f"""{{{{ {{({part}):>{{w}}}} "("\n"""'),
    )


expressions = st.recursive(atoms, larger, max_leaves=25)
statements = st.one_of(
    expressions.map("x = {}".format),
    expressions.map("if {}:\n    a\nelif b:\n    c\nelif d: e".format),
    expressions.map("del a[{}], b".format),
    expressions.map("match a:\n    case [b, (c)] if {}: pass".format),
)
programs = st.lists(statements, max_size=6).map("\n".join)

SMALL = {
    "MOST_BRACKETS": 9,
    "MOST_IN_PATTERN": 3,
    "MOST_IN_TARGET": 4,
    "LONGEST_CHAIN": 10,
    "TALLEST": 12,
    "MOST_ELIF": 4,
    "MOST_EFFORT": 700,
    "MOST_PARTS": 120,
    "_EASY_DEPTH": 2,
    "_EASY_CHAIN": 3,
    "_SAFE_CHAIN": 10,
    "_SAFE_DEPTH": 4,
    "_SAFE_INSIDE": 5,
    "_FEW_BRACKETS": 2,
}


@given(programs)
@settings(max_examples=300, deadline=None)
def test_what_is_waved_through_would_pass_the_exact_scan(code: str) -> None:
    """With bounds so small that generated programs reach them."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SMALL.items():
            patch.setattr(limits, name, value)
        if limits._harmless(code):
            limits._Scan(code).run()


def depth(node: libcst.CSTNode) -> int:
    return 1 + max((depth(child) for child in node.children), default=0)


@given(expressions)
@settings(max_examples=150, deadline=None)
def test_scan_bounds_the_height_of_the_tree(code: str) -> None:
    """A level of the scan is at most four of LibCST's, and the statement around it has six."""
    scan = limits._Scan(f"x = {code}\n")
    scan.run()
    assert depth(libcst.parse_module(f"x = {code}\n")) <= 6 + 4 * (scan.levels[0].height + 1)
