"""Notebooks as source units: cells, magics, and edits that keep the JSON as it was."""

from __future__ import annotations

import glob
import json
import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wbcheck.diagnostic import Position, Range, Span
from wbcheck.source import Language, SourceError, Unit, blank, read_unit
from wbcheck.source.mask import mask

BOM = b"\xef\xbb\xbf"
TOP_LEVEL_AWAIT = 0x2000


def code_cell(source: str | list[str]) -> dict[str, Any]:
    return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": source}


def notebook(*cells: str | list[str] | dict[str, Any], **more: Any) -> bytes:
    made = [cell if isinstance(cell, dict) else code_cell(cell) for cell in cells]
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5} | more).encode()


def unit_of(*cells: str | list[str] | dict[str, Any], **more: Any) -> Unit:
    return read_unit("a.ipynb", notebook(*cells, **more))


def masked(source: str) -> str:
    return mask(source, 1, 0)[0]


# --- cells and positions ---------------------------------------------------------------------------------


def test_code_cells_follow_one_another() -> None:
    markdown = {"cell_type": "markdown", "metadata": {}, "source": ["# %env A=b"]}
    unit = unit_of(["a = 1\n", "b = 2"], markdown, "c\n", [], "d")
    assert unit.language is Language.NOTEBOOK
    assert unit.text == unit.code == "a = 1\nb = 2\nc\n\n\nd\n"
    assert [cell.number for cell in unit.cells] == [1, 2, 3, 4]
    assert [unit.text[cell.span.start : cell.span.end] for cell in unit.cells] == [
        "a = 1\nb = 2\n",
        "c\n\n",
        "\n",
        "d\n",
    ]
    assert [unit.row_count(cell) for cell in (1, 2, 3, 4)] == [2, 2, 1, 1]
    assert unit.row_count() == 6


def test_positions_count_within_the_cell() -> None:
    unit = unit_of("a = 1\nb = 2", "c = 3\nd = 4")
    at = unit.text.index
    assert unit.locate(Span(at("b"), at("b") + 5)) == Range(Position(1, 2, 1), Position(1, 2, 6))
    assert unit.locate(Span(at("d"), at("d") + 1)) == Range(Position(2, 2, 1), Position(2, 2, 2))
    assert unit.locate(Span(at("b"), at("c"))) == Range(Position(1, 2, 1), Position(1, 3, 1))
    assert unit.locate(Span(at("c"), at("c"))).start == Position(2, 1, 1)
    assert unit.line_span(2, cell=2) == Span(at("d"), at("d") + 5)
    assert unit.offset(2, 5, cell=2) == at("4")
    with pytest.raises(IndexError):
        unit.line_span(4, cell=1)
    with pytest.raises(IndexError):
        unit.row_count(3)


def test_older_formats_are_read() -> None:
    cells = [
        {"cell_type": "code", "input": ["a = 1\n", "%matplotlib inline"], "language": "python"},
        {"cell_type": "heading", "source": "x"},
        {"cell_type": "code", "input": "puts 1", "language": "ruby"},
    ]
    data = json.dumps({"worksheets": [{"cells": cells}, {"cells": cells[:1]}], "nbformat": 3}).encode()
    unit = read_unit("a.ipynb", data)
    assert unit.text == "a = 1\n%matplotlib inline\nputs 1\na = 1\n%matplotlib inline\n"
    assert unit.code == "a = 1\npass              \n      \na = 1\npass              \n"
    assert b'"a = 2\\n"' in unit.apply(((Span(4, 5), "2"),))


@pytest.mark.parametrize(
    ("metadata", "cells"),
    [
        ({}, 1),
        ({"kernelspec": {"language": "python"}}, 1),
        ({"kernelspec": {"name": "python3"}}, 1),
        ({"language_info": {"name": "ipython"}}, 1),
        ({"kernelspec": {"language": "R"}, "language_info": {"name": "R"}}, 0),
        ({"kernelspec": {"name": "ir"}}, 0),
        ({"kernelspec": {"name": "julia-1.9"}}, 0),
        ({"language_info": {"name": "julia"}}, 0),
        ({"kernelspec": 3, "language_info": []}, 1),
    ],
)
def test_other_languages_have_no_cells(metadata: dict[str, Any], cells: int) -> None:
    unit = unit_of("x <- 1", metadata=metadata)
    assert len(unit.cells) == cells
    assert bool(unit.text) == bool(cells)


def test_a_cell_in_another_language_is_masked() -> None:
    sql = code_cell("select 1") | {"metadata": {"vscode": {"languageId": "sql"}}}
    unit = unit_of("a", sql, "b")
    assert unit.code == "a\n        \nb\n"
    assert [cell.number for cell in unit.cells] == [1, 2, 3]


def test_half_characters_do_not_reach_the_text() -> None:
    data = b'{"cells": [{"cell_type": "code", "source": ["x = \'\\ud800\\ud83d\\ude00\'"]}]}'
    unit = read_unit("a.ipynb", data)
    assert unit.text == "x = '\ufffd😀'\n"
    assert unit.apply(((Span(0, 1), "y"),)) == data.replace(b"x =", b"y =")


def test_blank_takes_a_cell_out_of_the_code() -> None:
    unit = unit_of("a = (\n", "b = 1")
    left = blank(unit, [unit.cells[0].span])
    assert left.code == "     \n\nb = 1\n"
    assert left.text == unit.text
    assert left.apply(((Span(0, 1), "c"),)) == unit.apply(((Span(0, 1), "c"),))


BROKEN = {
    "nothing": (b"", "invalid JSON"),
    "no JSON": (b'{"cells": [}', "invalid JSON, expecting value"),
    "cut off": (notebook("a = 1")[:60], "invalid JSON"),
    "a list": (b"[1]", "no JSON object"),
    "no cells": (b'{"nbformat": 4}', "no `cells`"),
    "cells of a wrong kind": (b'{"cells": {"a": 1}}', "`cells` are no list"),
    "sheets of a wrong kind": (b'{"worksheets": [3]}', "`cells` are no list"),
    "a cell of a wrong kind": (b'{"cells": [7]}', "cell 1 is no object"),
    "no source": (b'{"cells": [{"cell_type": "raw"}, {"cell_type": "code"}]}', "cell 2 has no source"),
    "source of numbers": (b'{"cells": [{"cell_type": "code", "source": [1]}]}', "cell 1 has no source"),
    "latin-1": (b'{"cells":\n ["\xe9"]}', "not UTF-8"),
    "utf-16": ('{"cells": []}'.encode("utf-16"), "not UTF-8"),
    "deep": (b"[" * 200_000, "nested too deeply"),
    "a long number": (b'{"cells": [], "nbformat": ' + b"4" * 5_000 + b"}", "number in it is too long"),
    "Python": (b"import wandb\n", "invalid JSON"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_notebooks_say_why_in_one_line(name: str) -> None:
    data, message = BROKEN[name]
    with pytest.raises(SourceError, match=re.escape(message)) as caught:
        read_unit("a.ipynb", data)
    assert caught.value.message.startswith("not a notebook: ")
    assert "\n" not in caught.value.message
    assert caught.value.position is not None


def test_broken_json_is_located() -> None:
    with pytest.raises(SourceError) as caught:
        read_unit("a.ipynb", b'{\n "cells": [}')
    assert (caught.value.offset, caught.value.position) == (13, Position(0, 2, 12))


# --- magics ----------------------------------------------------------------------------------------------

MASKED = {
    # what is written: what Python gets
    "%matplotlib inline": "pass              ",
    "!pip install wandb": "pass              ",
    "!!ls -la": "pass    ",
    "!ls": "...",
    "%x": "0 ",
    "?": "0",
    "if a:\n    !pip install wandb\n    b\n": "if a:\n    pass              \n    b\n",
    "for a in b:\n\t%cd {a}\n": "for a in b:\n\tpass   \n",
    "x = !ls -la": "x = _______",
    "x = !a": "x = __",
    "x: int = %env A": "x: int = ______",
    "a, b = %sql select 1": "a, b = _____________",
    "x = %time f(1)": "x =       f(1)",
    "x = %timeit -o f(1)": "x = _______________",
    "%time run = wandb.init()": "pass; run = wandb.init()",
    "  %time f(a, '(')\n": "  pass; f(a, '(')\n",
    "%timeit -n 10 -r3 f(a)": "pass;             f(a)",
    "%time for a in b: c": "pass               ",
    "%time f(a,": "pass      ",
    "%time": "pass ",
    "%time f'": "pass    ",
    "%prun f(a)": "pass      ",
    "!pip install \\\n  wandb \\\n  torch\nx = 1": "pass          \n         \n       \nx = 1",
    "x = !ls \\\n  -la\ny": "x = ___  \n     \ny",
    "!echo \"it's\nx = '1'": "pass       \nx = '1'",
    "?wandb.init": "pass       ",
    "wandb.init?": "pass       ",
    "wandb.init??  # why": "pass          # why",
    "if a:\n    b?\n": "if a:\n    0 \n",
    "%env?": "pass ",
    "f(a)?": "pass ",
    "/f a b": "pass  ",
    ",f a b": "pass  ",
    ";f a b": "pass  ",
    "pip install wandb": "pass             ",
    "cd ../content\n": "pass         \n",
    "env WANDB_MODE=offline": "pass                  ",
    "%%time\nx = 1": "      \nx = 1",
    "%%capture out --no-stderr\n!ls\nx = 1": "                         \n...\nx = 1",
    "\n# a title\n%%wandb\nx = 1": "\n         \n       \nx = 1",
    "%%timeit x = 1\nf(x)": "              \nf(x)",
    "%%bash\nfor i in *; do\n  echo 'a\ndone": "      \n              \n         \n    ",
    "%%html\n<b>": "      \n   ",
    "%%writefile a.py\nimport wandb": "                \n            ",
    "%%unheard_of\nx = 1": "            \n     ",
    "x = 1\n%%time\ny": "x = 1\npass  \ny",
    "!a\r\nb\r!c\n": "0 \r\nb\r0 \n",
}

LEFT = [
    "x = '''\n%matplotlib inline\n!ls\n'''",
    'x = """a\n\\"""\n%env A=b\n"""',
    "x = (a\n% b\n! = c)".replace("! = ", "!= "),
    "x = [\n    a,\n    b\n    % c,\n]",
    "x = a \\\n% b",
    "x = a % b",
    "x = 'a?'",
    "x  # really?",
    "x = a != b",
    "x = f(a=1)[b]  # = !ls",
    "plt.plot();",
    "await f()",
    "async for a in b: pass",
    "x = 'it''s' \\\n    '%d' % 3",
    "def f():\n    '''%s\n    !no\n    '''\n    return 1",
    "x = {'a': 1,\n     # %env\n     'b': 2 %\n 3}",
    "ls = 1\nls\nls -la",
    "cat = dog = rm = 1\ncat is dog\nrm if cat else dog\nenv = {}\nenv['A']\npip.main()\ncd (1)",
    "x = f'{a!r}' % b",
    "print('%s' % a, b'!', rb'\\')",
    "a = b = c\na == b\na <= c",
    "# %%time\n# !ls\nx = '%'",
    "x = 5 ; y = 6",
]


@pytest.mark.parametrize("source", MASKED)
def test_what_is_not_python_is_masked(source: str) -> None:
    assert masked(source) == MASKED[source]
    wrapped = MASKED[source] if not source.startswith("  ") else "if 1:\n" + MASKED[source]
    compile(wrapped.replace("f'", "f  "), "cell", "exec", TOP_LEVEL_AWAIT)


@pytest.mark.parametrize("source", [source.replace("rb'\\'", "rb'x'") for source in LEFT])
def test_what_is_python_is_left_alone(source: str) -> None:
    assert masked(source) == source
    compile(source.replace("cd (1)", "cd"), "cell", "exec", TOP_LEVEL_AWAIT)


def test_our_own_code_is_left_alone() -> None:
    paths = glob.glob("wbcheck/**/*.py", recursive=True) + glob.glob("tests/*.py")
    assert len(paths) > 20
    for path in paths:
        with open(path, encoding="utf-8") as file:
            code = file.read()
        assert masked(code) == code, path


pieces = st.sampled_from(
    [
        *MASKED,
        *LEFT,
        "'",
        '"""',
        "(",
        "]",
        "\\",
        "\n",
        "\r\n",
        " ",
        "%",
        "!",
        "?",
        "=",
        "x",
        "%%",
        "#",
        "é",
        "😀",
    ]
)


@given(st.lists(pieces, max_size=8).map("".join))
@settings(max_examples=300)
def test_masking_moves_no_column_and_no_line(source: str) -> None:
    code, magics = mask(source, 3, 100)
    assert len(code) == len(source)
    assert [at for at, letter in enumerate(code) if letter in "\r\n"] == [
        at for at, letter in enumerate(source) if letter in "\r\n"
    ]
    reached = 100
    for magic in magics:
        assert reached <= magic.span.start < magic.span.end <= 100 + len(source)
        assert magic.span.contains(magic.argument_span)
        assert source[magic.argument_span.start - 100 : magic.argument_span.end - 100] == magic.argument
        assert (
            source[magic.span.start - 100 :].startswith(magic.sigil + magic.name)
            or not magic.name
            or (source[magic.span.start - 100 :].startswith(magic.name))
        )
        assert magic.cell == 3
        reached = magic.span.end


statements = st.sampled_from(
    [
        *(
            source
            for source in MASKED
            if source[0] not in " \n" and "%%" not in source and "\r" not in source
        ),
        *LEFT,
    ]
)


@given(st.lists(statements, max_size=6))
def test_cells_of_sound_statements_are_python(sources: list[str]) -> None:
    cell = "\n".join(source.replace("rb'\\'", "''").replace("cd (1)", "cd") for source in sources) + "\n"
    code, _ = mask(cell, 1, 0)
    compile(code, "cell", "exec", TOP_LEVEL_AWAIT)


def test_magics_are_offered_as_data() -> None:
    unit = unit_of(
        "x = 1",
        "%env WANDB_PROJECT=foo\nif x:\n  %set_env WANDB_MODE  offline \n!wandb login \\\n abc\n",
        "%%wandb -h 400\ny = !nvidia-smi -L\nz?\nenv A=b",
    )
    shown = [(magic.sigil, magic.name, magic.argument, magic.variable, magic.cell) for magic in unit.magics]
    assert shown == [
        ("%", "env", "WANDB_PROJECT=foo", ("WANDB_PROJECT", "foo"), 2),
        ("%", "set_env", "WANDB_MODE  offline", ("WANDB_MODE", "offline"), 2),
        ("!", "", "wandb login \\\n abc", None, 2),
        ("%%", "wandb", "-h 400", None, 3),
        ("!", "", "nvidia-smi -L", None, 3),
        ("?", "", "z", None, 3),
        ("%", "env", "A=b", ("A", "b"), 3),
    ]
    spans = [unit.text[magic.span.start : magic.span.end] for magic in unit.magics]
    assert spans[1] == "%set_env WANDB_MODE  offline "
    assert spans[3:6] == ["%%wandb -h 400", "!nvidia-smi -L", "z?"]


@pytest.mark.parametrize(
    ("line", "variable"),
    [
        ("%env A=b", ("A", "b")),
        ("%env A = b c", ("A", "b c")),
        ("%env A b=c", ("A b", "c")),
        ("%env A='b'", ("A", "'b'")),
        ("%env A=$HOME/x", ("A", None)),
        ("%env A={name}", ("A", None)),
        ("%env A=5$", ("A", "5$")),
        ("%env A=", ("A", "")),
        ("%env A", None),
        ("%env", None),
        ("%cd A=b", None),
        ("!env A=b", None),
    ],
)
def test_variables_are_cut_as_ipython_cuts_them(line: str, variable: tuple[str, str | None] | None) -> None:
    assert unit_of(line).magics[0].variable == variable


# --- edits -----------------------------------------------------------------------------------------------


def sources_of(data: bytes) -> list[str | list[str]]:
    cells = json.loads(data.removeprefix(BOM))["cells"]
    return [cell["source"] for cell in cells if cell["cell_type"] == "code"]


@pytest.mark.parametrize(
    ("cut", "new", "wanted"),
    [
        ("a = 1\n", "", ["b = 2\n", "c = 3"]),
        ("b = 2\n", "", ["a = 1\n", "c = 3"]),
        ("c = 3\n", "", ["a = 1\n", "b = 2"]),
        ("c = 3", "c = 4\nd", ["a = 1\n", "b = 2\n", "c = 4\n", "d"]),
        ("\nb", "b", ["a = 1b = 2\n", "c = 3"]),
        ("a = 1\nb = 2\nc = 3\n", "", []),
        ("2", "'\"\\\t\x01é'", ["a = 1\n", "b = '\"\\\t\x01é'\n", "c = 3"]),
        ("2\nc", "x\ny\nz", ["a = 1\n", "b = x\n", "y\n", "z = 3"]),
    ],
)
def test_lines_stay_a_list_of_lines(cut: str, new: str, wanted: list[str]) -> None:
    unit = unit_of(["a = 1\n", "b = 2\n", "c = 3"], "x")
    start = unit.text.index(cut)
    assert sources_of(unit.apply(((Span(start, start + len(cut)), new),))) == [wanted, "x"]


def test_new_lines_are_laid_out_as_the_notebooks_own() -> None:
    cells = [code_cell(["a"]), code_cell([]), code_cell(["b\n", "c"])]
    data = (json.dumps({"cells": cells}, indent=1) + "\n").encode()
    unit = read_unit("a.ipynb", data)
    ends = [cell.span.end - 1 for cell in unit.cells]
    changed = unit.apply(((Span(ends[0], ends[0]), "\nx\ny"), (Span(ends[2], ends[2]), "\nz")))
    cells[0]["source"] = ["a\n", "x\n", "y"]
    cells[2]["source"] = ["b\n", "c\n", "z"]
    assert changed == (json.dumps({"cells": cells}, indent=1) + "\n").encode()


def test_an_only_line_shows_how_lines_are_laid_out() -> None:
    cells = {"cells": [code_cell(["a"])]}
    unit = read_unit("a.ipynb", json.dumps(cells, indent=2).encode())
    cells["cells"][0]["source"] = ["a\n", "b"]
    assert unit.apply(((Span(1, 1), "\nb"),)) == json.dumps(cells, indent=2).encode()


@pytest.mark.parametrize(
    ("habit", "wanted"),
    [
        (r"x = 'é'", r"y = '<é/>'"),
        (r"x = '\u00e9'", r"y = '<\u00e9/>'"),
        (r"x = '\u00E9'", r"y = '<\u00E9/>'"),
        (r"x = '\u003cb\u003e'", r"y = '\u003cé/\u003e'"),
        (r"x = '\/'", r"y = '<é\/>'"),
        (r"x = '\\u00e9\\/'", r"y = '<é/>'"),
        (r"x = 'plain'", r"y = '<é/>'"),
    ],
)
def test_new_text_is_escaped_as_the_file_escapes(habit: str, wanted: str) -> None:
    cells = f'{{"cell_type": "code", "source": "{habit}"}}, {{"cell_type": "code", "source": ["z"]}}'
    data = f'{{"cells": [{cells}]}}'.encode()
    unit = read_unit("a.ipynb", data)
    start = unit.cells[1].span.start
    changed = unit.apply(((Span(start, start + 1), "y = '<é/>'"),))
    assert changed == data.replace(b'"z"', f'"{wanted}"'.encode())


def test_characters_beyond_the_plane_are_escaped_in_pairs() -> None:
    unit = read_unit("a.ipynb", b'{"cells": [{"cell_type": "code", "source": ["\\u00e9\\ud83d\\ude00a"]}]}')
    assert unit.text == "é😀a\n"
    assert b'"\\u00e9\\ud83d\\ude00\\ud83d\\ude01"' in unit.apply(((Span(2, 3), "😁"),))


def test_an_insertion_between_cells_opens_the_second() -> None:
    unit = unit_of("a", "b")
    assert sources_of(unit.apply(((Span(2, 2), "x\n"),))) == ["a", "x\nb"]
    assert sources_of(unit.apply(((Span(4, 4), "x\n"),))) == ["a", "b\nx"]


def test_an_edit_across_cells_is_refused() -> None:
    unit = unit_of("a", "b")
    with pytest.raises(SourceError, match="crosses"):
        unit.apply(((Span(0, 3), "x"),))


def test_line_ends_of_a_cell_are_kept() -> None:
    unit = unit_of("a\r\nb", "c\nd")
    changed = unit.apply(((Span(0, 1), "x\ny"), (Span(5, 6), "x\ny")))
    assert sources_of(changed) == ["x\r\ny\r\nb", "x\ny\nd"]


def test_of_keys_that_repeat_the_last_one_counts() -> None:
    data = (
        b'{"cells": [], "cells": [{"cell_type": "raw", "cell_type": "code", "source": 5, "source": ["a"]}]}'
    )
    unit = read_unit("a.ipynb", data)
    assert unit.apply(((Span(0, 1), "b"),)) == data.replace(b'["a"]', b'["b"]')


def test_large_outputs_are_passed_over() -> None:
    output = {"output_type": "display_data", "data": {"image/png": "iVBORw0KGgo" * 400_000}}
    cell = code_cell(["a\n"]) | {"outputs": [output]}
    data = notebook(cell, ["b"])
    unit = read_unit("a.ipynb", data)
    assert unit.apply(((Span(0, 1), "c"),)) == data.replace(b'"a\\n"', b'"c\\n"')


letters = st.sampled_from([*'ab(é😀"\\/<\t\x01\u2028', "\n", "\n", "\r\n"])
lines = st.lists(letters, max_size=12).map("".join)


@st.composite
def raw_string(draw: st.DrawFn, text: str) -> str:
    """A JSON string in which each character is written in any of the ways there are."""
    short = {"\n": "\\n", "\t": "\\t", '"': '\\"', "\\": "\\\\", "\r": "\\r", "/": "\\/"}
    parts = []
    for letter in text:
        units = letter.encode("utf-16-be")
        ways = ["".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))]
        if letter in short:
            ways.append(short[letter])
        if letter >= " " and letter not in '"\\':
            ways.append(letter)
        parts.append(draw(st.sampled_from(ways)))
    return '"' + "".join(parts) + '"'


@st.composite
def raw_notebook(draw: st.DrawFn) -> bytes:
    """A notebook in any layout: blanks anywhere, lists of lines and strings, odd splits, any key order."""
    space = st.sampled_from(["", " ", "\n  ", "\t", "\r\n"])
    cells = []
    for _ in range(draw(st.integers(1, 3))):
        text = draw(lines)
        odd = draw(st.booleans())
        if draw(st.booleans()):
            source = draw(raw_string(text))
        else:
            items: list[str] = re.findall(r"[^\n]*\n|[^\n]+", text)
            if items and odd:
                items = [items[0][:1], items[0][1:] or "a", *items[1:]]
            blanks = draw(space)
            source = (
                f"[{blanks}" + f"{blanks},{blanks}".join(draw(raw_string(i)) for i in items) + f"{blanks}]"
            )
        kind = '"cell_type"' + draw(space) + ":" + draw(space) + '"code"'
        keys = [
            kind,
            '"source":' + draw(space) + source,
            '"outputs": [{"source": ["no"], "x": [1, null, "}"]}]',
        ]
        cells.append("{" + ("," + draw(space)).join(draw(st.permutations(keys))) + "}")
    cells.insert(draw(st.integers(0, len(cells))), '{"cell_type": "markdown", "source": ["%x"]}')
    body = '{"metadata": {"cells": []}, "cells": [' + draw(space) + ("," + draw(space)).join(cells) + "]}"
    return draw(st.sampled_from([b"", BOM])) + body.encode() + draw(st.sampled_from([b"", b"\n"]))


def written(data: bytes) -> list[tuple[list[tuple[str, str]], bool]]:
    """Each code cell's characters with the way they are written, and whether in a list: by another road
    than the product's, through the standard library's hooks."""
    text = data.removeprefix(BOM).decode()
    literal = re.compile(r'"(?:[^"\\]|\\.)*"')
    found: list[tuple[list[tuple[str, str]], bool]] = []
    marked = literal.sub(lambda m: json.dumps(m.group()) if m.group() != '"\\"' else m.group(), text)
    for cell in json.loads(marked)['"cells"']:
        if json.loads(cell['"cell_type"']) != "code":
            continue
        source = cell['"source"']
        pairs = []
        for item in source if isinstance(source, list) else [source]:
            for way in re.findall(
                r"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u....|\\.|[^\\]", item[1:-1], re.DOTALL
            ):
                pairs.append((json.loads(f'"{way}"'), way))  # noqa: PERF401 - two loops in one line are hard to read
        found.append((pairs, isinstance(source, list)))
    return found


@given(raw_notebook(), st.data())
@settings(max_examples=400, deadline=None)
@example(b'{"cells": [{"cell_type": "code", "source": [""]}]}', None)
def test_edits_change_nothing_but_their_characters(data: bytes, draw: st.DataObject | None) -> None:
    unit = read_unit("a.ipynb", data)
    assert unit.apply(()) == data
    edits: list[tuple[Span, str]] = []
    wanted: list[list[tuple[str, str | None]]] = []
    for cell, (pairs, _) in zip(unit.cells, written(data), strict=True):
        size = cell.span.end - cell.span.start
        cuts = sorted(draw.draw(st.lists(st.integers(0, size - 1), max_size=4)) if draw else [0, 0])
        kept: list[tuple[str, str | None]] = []
        reached = 0
        whole = [*pairs, ("\n", "\\n")]
        for start, end in zip(cuts[::2], cuts[1::2], strict=False):
            new = draw.draw(st.text('x"\\ 😀é', max_size=3) | st.just("a\nb\n")) if draw else "x"
            if "\r\n" in unit.text:
                new = new.replace("\n", "")
            edits.append((Span(cell.span.start + start, cell.span.start + end), new))
            kept += [*whole[reached:start], *((letter, None) for letter in new)]
            reached = end
        wanted.append([*kept, *whole[reached:]][:-1])
    changed = unit.apply(tuple(edits))
    assert json.loads(changed.removeprefix(BOM)).keys() == json.loads(data.removeprefix(BOM)).keys()
    for new_cell, old_cell, cell_wanted in zip(written(changed), written(data), wanted, strict=True):
        assert new_cell[1] == old_cell[1]
        assert [letter for letter, _ in new_cell[0]] == [letter for letter, _ in cell_wanted]
        assert all(way == old for (_, way), (_, old) in zip(new_cell[0], cell_wanted, strict=True) if old)
    place = re.compile(rb'"source":\s*(?:\[[^\]]*\]|"(?:[^"\\]|\\.)*")')
    assert place.sub(b"", changed) == place.sub(b"", data)
