"""The source frames: what is drawn where, in cells, at any width, for any source."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reporting import Code, notebook, without_colours
from rich.cells import cell_len

from wbcheck.diagnostic import Applicability, Diagnostic, Edit, Fix, Label, Severity, Span
from wbcheck.report.context import Terminal
from wbcheck.report.full import export_svg

TRAIN = """\
import wandb

run = wandb.init(project="mnist", name="my_run")
for step in range(10):
    loss = step / 10
    run.log({"loss": loss}, step=step)
print("done")
"""


def drawn(code: Code, *found: Any, width: int = 80, **rest: Any) -> str:
    """The picture without its summary."""
    return code.render("full", *found, summary=False, terminal=Terminal(width=width, **rest))


def test_a_finding_has_a_frame_with_labels_a_why_a_how_and_a_fix() -> None:
    code = Code(src__train_py=TRAIN)
    found = code.found(
        "wandb.init",
        "WB501",
        "unmanaged-run",
        message="`wandb.init()` is never finished",
        label="run opened here",
        why="W&B shows the run as crashed.",
        how="Use `with wandb.init(...) as run:`.",
        url="https://example.org/WB501",
        related=(code.label("run.log", "last use"),),
        fix=code.fix(
            code.edit('print("done")', 'run.finish()\nprint("done")'), safe=False, message="Finish the run"
        ),
    )
    assert drawn(code, found) == (
        """\
WB501 unmanaged-run [~]  `wandb.init()` is never finished
  ╭─ src/train.py:3:7
3 │ run = wandb.init(project="mnist", name="my_run")
  │       ^^^^^^^^^^ run opened here
…
6 │     run.log({"loss": loss}, step=step)
  │     ------- last use
  = why: W&B shows the run as crashed.
  = how: Use `with wandb.init(...) as run:`.
  = fix: Finish the run (unsafe)
      + run.finish()
  = see: https://example.org/WB501

"""
    )


def test_the_summary_stands_below() -> None:
    code = Code(train_py=TRAIN)
    text = code.render("full", code.found("step", fix=code.fix(code.edit("10)", "11)"))))
    assert text.endswith("\nFound 1 warning in 1 of 3 files.\n[*] 1 fixable: wbcheck check --fix\n")


def test_a_safe_fix_is_shown_as_a_small_diff() -> None:
    code = Code(train_py=TRAIN)
    found = code.found('"my_run"', fix=code.fix(code.edit("my_run", "my-run"), message="Write `my-run`"))
    assert drawn(code, found) == (
        """\
WB101 some-rule [*]  something is wrong
  ╭─ train.py:3:40
3 │ run = wandb.init(project="mnist", name="my_run")
  │                                        ^^^^^^^^
  = fix: Write `my-run`
      - run = wandb.init(project="mnist", name="my_run")
      + run = wandb.init(project="mnist", name="my-run")

"""
    )


def test_a_safe_fix_needs_no_advice_beside_it() -> None:
    code = Code(train_py=TRAIN)
    edit = code.edit("my_run", "my-run")
    assert "Do it." not in drawn(code, code.found("my_run", how="Do it.", fix=code.fix(edit)))
    assert "Do it." in drawn(code, code.found("my_run", how="Do it.", fix=code.fix(edit, safe=False)))


def test_findings_at_one_place_share_a_frame() -> None:
    code = Code(train_py=TRAIN)
    one = code.found('"my_run"', "WB101", "one", message="first", label="this", why="Because.", how="Do it.")
    two = code.found('"my_run"', "WB103", "two", message="second", label="that", why="For this.")
    assert drawn(code, two, one) == (
        """\
WB101 one  first
WB103 two  second
  ╭─ train.py:3:40
3 │ run = wandb.init(project="mnist", name="my_run")
  │                                        ^^^^^^^^ this; that
  = WB101 why: Because.
  = WB101 how: Do it.
  = WB103 why: For this.

"""
    )


def test_labels_on_one_line_hang_below_each_other() -> None:
    code = Code(train_py=TRAIN)
    found = code.found(
        '{"loss": loss}',
        label="logged",
        related=(code.label("step=step", "at"), code.label("run.log", "here")),
    )
    assert drawn(code, found) == (
        """\
WB101 some-rule  something is wrong
  ╭─ train.py:6:13
6 │     run.log({"loss": loss}, step=step)
  │     ------- ^^^^^^^^^^^^^^  --------- at
  │     │       │
  │     │       logged
  │     here

"""
    )


def test_a_gap_of_one_line_is_not_elided() -> None:
    code = Code(train_py=TRAIN)
    text = drawn(code, code.found("for step", related=(code.label("run.log", "here"),)))
    assert "5 │     loss = step / 10\n" in text
    assert "…" not in text


def test_a_span_over_several_lines_has_a_rail() -> None:
    code = Code(a_py="x = f(\n    1,\n    2,\n)\n")
    found = code.found("f(\n    1,\n    2,\n)", label="all of it", related=(code.label("2", "two"),))
    assert drawn(code, found) == (
        """\
WB101 some-rule  something is wrong
  ╭─ a.py:1:5
1 │ ╭ x = f(
2 │ │     1,
3 │ │     2,
  │ │     - two
4 │ │ )
  │ ╰─^ all of it

"""
    )


def test_a_long_span_is_shown_by_its_ends() -> None:
    lines = "".join(f"    {number},\n" for number in range(40))
    code = Code(a_py=f"f(\n{lines})\n")
    text = drawn(code, code.found(f"f(\n{lines})"))
    assert len(text.splitlines()) < 14
    assert "42 │ │ )" in text
    assert "39," in text
    assert "20," not in text


def test_other_files_and_cells_have_their_own_heading() -> None:
    code = Code(a_py="x = 1\n", b_py="y = 2\n")
    text = drawn(code, code.found("x", related=(code.label("y", "there", "b.py"),)))
    assert "  ├─ b.py:1:1\n1 │ y = 2\n  │ - there\n" in text
    cells = Code(n_ipynb=notebook("x = 1", "y = 2"))
    text = drawn(cells, cells.found("y", related=(cells.label("x", "there"),)))
    assert (
        "  ╭─ n.ipynb:cell 2:1:1\n1 │ y = 2\n  │ ^\n  ├─ n.ipynb:cell 1:1:1\n1 │ x = 1\n  │ - there\n" in text
    )


def test_a_fix_in_another_file_says_which() -> None:
    code = Code(a_py="x = 1\n", b_py="y = 2\n")
    text = drawn(code, code.found("x", fix=code.fix(code.edit("x", "z"), code.edit("y", "z", "b.py"))))
    assert "      - x = 1\n      + z = 1\n      b.py\n      - y = 2\n      + z = 2\n" in text


def test_a_large_fix_is_cut() -> None:
    code = Code(a_py="x\n" + "y\n" * 30)
    fix = Fix(
        "Indent",
        Applicability.SAFE,
        tuple(Edit(Span(2 + 2 * n, 2 + 2 * n), " ") for n in range(30)),
    )
    text = drawn(code, code.found("x", fix=fix))
    assert text.count("      - y\n") == 14
    assert "      … 46 more lines\n" in text


def test_a_single_line_that_is_cut_is_one() -> None:
    code = Code(a_py="x\n" * 8)
    edits = tuple(Edit(Span(2 * n, 2 * n + 1), "z\nz" if n == 6 else "z") for n in range(7))
    text = drawn(code, code.found("x", fix=Fix("Rename", Applicability.SAFE, edits)))
    assert "      … 1 more line\n" in text


def test_what_was_explained_is_not_explained_again() -> None:
    code = Code(train_py=TRAIN)
    rule = {"why": "Because.", "how": "Do it.", "url": "https://example.org"}
    text = drawn(code, code.found("run", **rule), code.found("step", **rule))
    assert (text.count("Because."), text.count("https://example.org"), text.count("Do it.")) == (1, 1, 2)


def test_a_source_that_is_gone_leaves_the_heading() -> None:
    code = Code(a_py="x = 1\n")
    found = code.found("x", fix=code.fix(code.edit("x", "y")), why="Because.")
    code.units.clear()
    assert drawn(code, found) == (
        "WB101 some-rule [*]  something is wrong\n  ╭─ a.py:1:1\n  = why: Because.\n  = fix: Mend it\n\n"
    )


# Any source


def underlined(text: str, row: int = 1) -> tuple[str, str]:
    """A shown source line and the underline below it, without the gutter."""
    lines = text.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith(f"{row} │ "))
    return lines[at][4:], lines[at + 1][4:]


def under(text: str) -> str:
    """What stands above the underline, by cells."""
    source, line = underlined(text)
    start, end = len(line) - len(line.lstrip(" ")), len(line.rstrip())
    found, column = "", 0
    for each in source:
        if start <= column < end:
            found += each
        column += cell_len(each)
    return found


@pytest.mark.parametrize(
    "before", ["", "漢字", "🔥🔥", "e\u0301", "\t", "a\tb\t", "é漢\t🔥", "\x1b[31m", "\u202e", "\ufeff"]
)
def test_the_underline_is_beneath_what_it_means(before: str) -> None:
    code = Code(a_py=f"'{before}', target = 1\n")
    assert under(drawn(code, code.found("target"))) == "target"


def test_wide_characters_are_underlined_in_full() -> None:
    code = Code(a_py="x = '漢字🔥'\n")
    assert underlined(drawn(code, code.found("漢字🔥"))) == ("x = '漢字🔥'", "     ^^^^^^")


def test_markup_stays_text() -> None:
    code = Code(a_py='x[0] = "[red]bold[/red] :smile: [*] [WB101] [link=x]"\n')
    found = code.found(
        "x[0]",
        message="`x[0]` is [bold]odd[/bold] :fire:",
        label="[i]label[/i] x[0]",
        why="[red]why[/red]",
        how=":smile: [0]",
        fix=code.fix(code.edit("x[0]", "[/]x[1]"), safe=False, message="Write [b]x[1][/b]"),
    )
    for color in (False, True):
        text = without_colours(drawn(code, found, color=color))
        for words in (
            'x[0] = "[red]bold[/red] :smile: [*] [WB101] [link=x]"',
            "`x[0]` is [bold]odd[/bold] :fire:",
            "[i]label[/i] x[0]",
            "[red]why[/red]",
            ":smile: [0]",
            "Write [b]x[1][/b]",
            "+ [/]x[1] =",
        ):
            assert words in text


def test_control_characters_are_shown_and_not_sent() -> None:
    code = Code(a_py="x = '\x1b[31m\x07\x00\u202e\x9b'  # \x1b]8;;http://evil\x07\n")
    found = code.found(
        "x",
        message="\x1b[2J",
        label="\x07",
        why="a\rb",
        how="\x1b",
        fix=code.fix(code.edit("x", "\x1b[31m")),
        url="\x1b",
    )
    text = drawn(code, found)
    assert "x = '\\x1b[31m\\x07\\x00\\u202e\\x9b'  # \\x1b]8;;http://evil\\x07" in text
    assert not set(text) & {chr(number) for number in [*range(10), *range(11, 32), 0x7F, 0x9B, 0x202E]}


def test_colours_change_nothing_but_colours() -> None:
    code = Code(train_py=TRAIN)
    found = [
        code.found(
            "wandb.init", severity=Severity.ERROR, related=(code.label("run.log", "here"),), why="Because."
        ),
        code.found("step", severity=Severity.INFO, fix=code.fix(code.edit("step", "i"), safe=False)),
    ]
    colored = drawn(code, *found, color=True)
    assert without_colours(colored) == drawn(code, *found) != colored


def test_links_are_for_terminals_and_replace_the_address() -> None:
    code = Code(a_py="x\n")
    found = code.found("x", url="https://example.org/WB101")
    assert "see: https://example.org/WB101" in without_colours(drawn(code, found, color=True))
    linked = drawn(code, found, color=True, links=True)
    assert "see:" not in linked
    assert re.search(r"\x1b\]8;[^;]*;https://example.org/WB101\x1b\\", linked)


def test_without_box_drawing_it_is_plain() -> None:
    code = Code(a_py="x = '漢' + 'é'\nf(\n)\n" + "y\n" * 5 + "z\n")
    found = [code.found("x", message="漢", related=(code.label("z", "there"),)), code.found("f(\n)")]
    for encoding in ("ascii", "latin-1"):
        text = drawn(code, *found, encoding=encoding)
        assert text.encode(encoding)
        assert "  --> a.py:1:1\n" in text
        assert "1 | x = '\\u6f22' + '" in text
        assert "...\n" in text


LONG = "x = f('" + "a" * 100 + "', target, '" + "b" * 100 + "')\n"


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_long_lines_are_cut_around_the_place(width: int) -> None:
    code = Code(a_py=LONG)
    found = code.found(
        "target",
        label="a label of some length that has to wrap",
        fix=code.fix(code.edit("target", "goal")),
        why="w " * 80,
    )
    text = drawn(code, found, width=width)
    assert under(text) == "target"
    source, _ = underlined(text)
    assert source.startswith("…")
    assert source.endswith("…")
    assert all(cell_len(line) <= width for line in text.splitlines())
    assert re.search(r"- …a+', target, 'b+…", text)
    assert re.search(r"\+ …a+', goal, 'b+…", text)


def test_a_place_wider_than_the_screen_is_underlined_as_far_as_it_is_seen() -> None:
    code = Code(a_py="x = '" + "a" * 300 + "'\n")
    source, line = underlined(drawn(code, code.found("'" + "a" * 300 + "'", label="here"), width=60))
    assert cell_len(source) <= 56
    assert set(line.strip()) == {"^"}
    assert len(line.strip()) > 30


def test_the_end_of_a_file_can_be_pointed_at() -> None:
    code = Code(a_py="x = (\n")
    at = len("x = (\n")
    span = Span(at, at)
    found = Diagnostic(
        path="a.py",
        span=span,
        range=code.units["a.py"].locate(span),
        code="WB001",
        name="unparsable-file",
        severity=Severity.ERROR,
        message="the file ends here",
    )
    text = drawn(code, found)
    assert "╭─ a.py:2:1" in text
    assert "2 │\n  │ ^\n" in text


ANYTHING = st.text(
    alphabet=st.one_of(
        st.sampled_from("ab \t\n\r\x0c'\"[]漢🔥é\u0301\u200d\u202e\x1b"), st.characters(codec="utf-8")
    ),
    max_size=60,
)


@settings(max_examples=150)
@given(ANYTHING, st.data(), st.integers(40, 90), st.sampled_from(["utf-8", "ascii"]))
def test_anything_can_be_drawn(text: str, data: st.DataObject, width: int, encoding: str) -> None:
    code = Code(a_py=text.encode())
    unit = code.units["a.py"]

    def span() -> Span:
        ends = sorted(data.draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
        return Span(*ends)

    where = span()
    found = Diagnostic(
        path="a.py",
        span=where,
        range=unit.locate(where),
        code="WB101",
        name="some-rule",
        severity=Severity.WARNING,
        message=data.draw(ANYTHING),
        label=data.draw(ANYTHING),
        related=tuple(Label(span(), data.draw(ANYTHING)) for _ in range(data.draw(st.integers(0, 3)))),
        fix=code.fix(code.edit("", data.draw(ANYTHING))),
    )
    picture = drawn(code, found, width=width, encoding=encoding)
    assert picture.encode(encoding)
    assert all(each.isprintable() or each in "\n\u200d" for each in picture)


def test_the_picture_can_be_exported() -> None:
    code = Code(train_py=TRAIN)
    found = code.found("wandb.init", label="run <opened> & here", url="https://example.org")
    picture = export_svg([found], code.context(terminal=Terminal(width=90)), "wbcheck check")
    root = ElementTree.fromstring(picture)
    words = "".join(root.itertext()).replace("\xa0", " ")
    assert "run <opened> & here" in words
    assert "wbcheck check" in words
    assert "@font-face" not in picture
    assert "http://" not in picture.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in picture.replace("https://www.textualize.io", "").replace(
        "https://example.org", ""
    )
    assert picture == export_svg([found], code.context(terminal=Terminal(width=90)), "wbcheck check")
