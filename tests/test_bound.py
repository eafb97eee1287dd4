"""What LibCST cannot take is refused before it sees it, and real code never is."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from wbcheck.source import SourceError, bound

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

HARMLESS = {
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

PARSE = """
import json, sys
import libcst
from wbcheck.source import SourceError, bound
sys.setrecursionlimit(6000)
told = {}
for name, code in json.load(sys.stdin).items():
    try:
        bound(code)
    except SourceError:
        told[name] = "refused"
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
    with pytest.raises(SourceError) as caught:
        bound(BOMBS[name])
    assert 0 <= caught.value.offset < len(BOMBS[name])
    assert caught.value.message
    assert "\n" not in caught.value.message


def test_bombs_and_what_is_harmless_leave_the_process_alive() -> None:
    told = parsed_elsewhere(BOMBS | HARMLESS)
    assert {name for name, what in told.items() if what != "refused"} == set(HARMLESS)
    assert {name: told[name] for name in HARMLESS} == dict.fromkeys(HARMLESS, "parsed")


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
