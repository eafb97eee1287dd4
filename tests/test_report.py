"""Reports in lines and in JSON, their summary, fingerprints and what they never show."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reporting import Code, notebook, without_colours

from wbcheck import report
from wbcheck.diagnostic import Applicability, Diagnostic, Edit, Severity, Silenced, Silencer, Span
from wbcheck.fingerprint import content, fingerprints
from wbcheck.masking import mask_keys, may_hold_secret
from wbcheck.report import statistics
from wbcheck.report.context import Terminal, terminal

KEY = "0123456789abcdef" * 2 + "01234567"
SAFE, UNSAFE = Applicability.SAFE, Applicability.UNSAFE


# Lines


def test_a_finding_is_one_line() -> None:
    code = Code(src__a_py="x = 1\n  y = 2\n")
    found = code.found("y", "WB205", "config-after-log", message="`y` comes late")
    assert (
        code.render("concise", found, summary=False)
        == "src/a.py:2:3: WB205 config-after-log `y` comes late\n"
    )


def test_what_can_be_fixed_is_marked() -> None:
    code = Code(a_py="x = 1\n")
    safe = code.found("x", fix=code.fix(code.edit("x", "y")))
    unsafe = code.found("1", fix=code.fix(code.edit("1", "2"), safe=False))
    assert code.render("concise", unsafe, safe, summary=False).splitlines() == [
        "a.py:1:1: WB101 some-rule [*] something is wrong",
        "a.py:1:5: WB101 some-rule [~] something is wrong",
    ]


def test_a_notebooks_cell_is_named() -> None:
    code = Code(n_ipynb=notebook("x = 1", "\ny = 2"))
    assert code.render("concise", code.found("y"), summary=False).startswith("n.ipynb:cell 2:2:1: WB101 ")


def test_lines_are_in_order_of_path_place_and_code() -> None:
    code = Code(b_py="x y\n", a_py="z\n")
    found = [code.found("y"), code.found("x", "WB2"), code.found("x", "WB1"), code.found("z", path="a.py")]
    lines = code.render("concise", *found, summary=False).splitlines()
    assert [line.split(" ")[:2] for line in lines] == [
        ["a.py:1:1:", "WB101"],
        ["b.py:1:1:", "WB1"],
        ["b.py:1:1:", "WB2"],
        ["b.py:1:3:", "WB101"],
    ]


def test_colours_change_nothing_but_colours() -> None:
    code = Code(a_py="x = 1\n")
    found = code.found("x", fix=code.fix(code.edit("x", "y")), message="see [red] x[0] :smile:")
    plain = code.render("concise", found)
    colored = code.render("concise", found, terminal=Terminal(color=True))
    assert colored != plain
    assert without_colours(colored) == plain


def test_control_characters_of_a_name_or_message_are_escaped() -> None:
    code = Code(a_py="x\n")
    found = code.found("x", message="a\x1b[31mb\nc\u202ed\x00 é 漢 👩‍👩‍👧")
    (line,) = code.render("concise", found, summary=False).splitlines()
    assert line.endswith("a\\x1b[31mb\\nc\\u202ed\\x00 é 漢 👩‍👩‍👧")


def test_what_the_encoding_lacks_is_escaped() -> None:
    code = Code(a_py="x\n")
    text = code.render(
        "concise", code.found("x", message="漢é"), terminal=Terminal(encoding="latin-1"), summary=False
    )
    assert text.endswith(" \\u6f22é\n")


# The summary


def summary(*found: Diagnostic, **rest: Any) -> list[str]:
    code = Code(a_py="x\n")
    text = report.render("concise", found, code.context(**rest))
    return text.splitlines()[len(found) :]


def test_nothing_found_is_said() -> None:
    assert summary() == ["No findings in 3 files."]
    code = Code(a_py="a\n")
    comments = [Silenced(code.found("a"), Silencer.COMMENT)] * 2
    known = [Silenced(code.found("a"), Silencer.BASELINE)] * 4
    assert summary(checked=1, silenced=[*comments, *known], seconds=0.5) == [
        "No findings in 1 file (2 suppressed, 4 in the baseline) in 0.50 s."
    ]


def test_findings_are_counted_and_the_next_command_is_named() -> None:
    code = Code(a_py="a b c d e\n", b_py="f\n")
    found = [
        code.found("a", severity=Severity.ERROR, fix=code.fix(code.edit("a", "A"))),
        code.found("b", fix=code.fix(code.edit("b", "B"))),
        code.found("c", fix=code.fix(code.edit("c", "C"), safe=False)),
        code.found("d", severity=Severity.INFO),
        code.found("f", path="b.py"),
    ]
    assert summary(*found, fixed=2, command=("wbcheck", "check", "--select", "WB1", "my dir")) == [
        "Found 1 error, 3 warnings and 1 note in 2 of 3 files (2 fixed).",
        "[*] 2 fixable: wbcheck check --fix --select WB1 'my dir'",
        "[~] 1 more fixable: wbcheck check --fix --unsafe-fixes --select WB1 'my dir'",
    ]


def test_findings_in_all_files_are_in_so_many_files() -> None:
    code = Code(a_py="a\n")
    assert summary(code.found("a"), checked=1) == ["Found 1 warning in 1 file."]


def test_what_cannot_be_read_is_among_the_files_that_findings_are_in() -> None:
    code = Code(a_py="a\n")
    assert summary(code.found("a"), checked=0) == ["Found 1 warning in 1 file."]


def test_unsafe_fixes_alone_are_not_more() -> None:
    code = Code(a_py="a\n")
    lines = summary(code.found("a", fix=code.fix(code.edit("a", "A"), safe=False)))
    assert lines[1:] == ["[~] 1 fixable: wbcheck check --fix --unsafe-fixes"]


def test_our_own_failures_are_counted_apart() -> None:
    code = Code(a_py="a b\n")
    lines = summary(code.found("a", fault=True), code.found("b"))
    assert lines == ["Found 1 warning and 1 failure of wbcheck itself in 1 of 3 files."]


# Statistics


def test_statistics_count_each_rule() -> None:
    code = Code(a_py="a b c\n")
    found = [
        code.found("a", "WB2", "two", fix=code.fix(code.edit("a", "A"))),
        code.found("b", "WB2", "two", fix=code.fix(code.edit("b", "B"), safe=False)),
        code.found("c", "WB101", "longer-name"),
    ]
    assert statistics.render(found, code.context()).splitlines()[:2] == [
        "2  WB2    two          [*] 1  [~] 1",
        "1  WB101  longer-name",
    ]


# JSON


def objects(code: Code, *found: Diagnostic, **rest: Any) -> list[dict[str, Any]]:
    result: list[dict[str, Any]] = json.loads(code.render("json", *found, **rest))
    return result


def test_json_has_the_shape_that_ruffs_consumers_read() -> None:
    code = Code(src__a_py="é = f(\n  1)\nuse(é)\n", src__b_py="other\n")
    found = code.found(
        "f(\n  1)",
        "WB205",
        "config-after-log",
        severity=Severity.ERROR,
        message="late",
        url="https://example.org/WB205",
        related=(code.label("use", "used here"), code.label("other", "and there", "src/b.py")),
        fix=code.fix(
            code.edit("1", "2"), code.edit("other", "new", "src/b.py"), safe=False, message="Write 2"
        ),
        statement=code.span("é = f(\n  1)"),
    )
    (row,) = objects(code, found)
    fingerprint = row.pop("fingerprint")
    assert len(fingerprint) == 32
    assert row == {
        "code": "WB205",
        "name": "config-after-log",
        "message": "late",
        "severity": "error",
        "filename": "/project/src/a.py",
        "cell": None,
        "location": {"row": 1, "column": 5},
        "end_location": {"row": 2, "column": 5},
        "related": [
            {
                "message": "used here",
                "filename": "/project/src/a.py",
                "location": {"row": 3, "column": 1},
                "end_location": {"row": 3, "column": 4},
            },
            {
                "message": "and there",
                "filename": "/project/src/b.py",
                "location": {"row": 1, "column": 1},
                "end_location": {"row": 1, "column": 6},
            },
        ],
        "fix": {
            "applicability": "unsafe",
            "message": "Write 2",
            "edits": [
                {
                    "filename": "/project/src/a.py",
                    "content": "2",
                    "location": {"row": 2, "column": 3},
                    "end_location": {"row": 2, "column": 4},
                },
                {
                    "filename": "/project/src/b.py",
                    "content": "new",
                    "location": {"row": 1, "column": 1},
                    "end_location": {"row": 1, "column": 6},
                },
            ],
        },
        "url": "https://example.org/WB205",
        "noqa_row": 2,
    }


def test_json_of_a_notebook_counts_within_the_cell() -> None:
    code = Code(n_ipynb=notebook("import wandb", "a = 1\nb = 2"))
    found = code.found(
        "b =", fix=code.fix(code.edit("import wandb", "import wandb as w"), code.edit("2", "3"))
    )
    (row,) = objects(code, found)
    assert (row["cell"], row["location"], row["noqa_row"]) == (2, {"row": 2, "column": 1}, 2)
    assert [(edit["cell"], edit["location"]["row"]) for edit in row["fix"]["edits"]] == [(1, 1), (2, 2)]


def test_json_of_nothing_is_an_empty_list() -> None:
    assert Code(a_py="").render("json") == "[]\n"


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "cp1252"])
def test_json_is_json_in_every_encoding(encoding: str) -> None:
    code = Code(a_py="x\n")
    message = '漢 "quoted" \\ \x1b \u2028 🔥 \ud800'
    text = code.render("json", code.found("x", message=message), terminal=Terminal(encoding=encoding))
    (row,) = json.loads(text.encode(encoding))
    assert row["message"] == message


def test_json_leaves_out_a_fix_whose_file_is_not_at_hand() -> None:
    code = Code(a_py="x\n")
    assert objects(code, code.found("x", fix=code.fix(Edit(Span(0, 1), "y", "gone.py"))))[0]["fix"] is None


@given(st.text(max_size=40))
def test_json_reads_back_any_message(message: str) -> None:
    code = Code(a_py="x\n")
    assert objects(code, code.found("x", message=message))[0]["message"] == mask_keys(message)


# Fingerprints


def marks(code: Code, *found: Diagnostic, root: str = "/project") -> list[str]:
    return [each.whole for each in fingerprints(found, code.units.get, code.context(root=root).relative)]


def test_a_fingerprint_outlives_moves_and_blanks() -> None:
    before, after = Code(a_py="x = f( 1 )\n"), Code(a_py="# new\n\nif y:\n\tx  =  f( 1 )  \n")
    assert marks(before, before.found("f(")) == marks(after, after.found("f("))


def test_a_fingerprint_tells_rule_path_line_and_repetition_apart() -> None:
    code = Code(a_py="x = 1; y = 2\nx = 3\n", b_py="x = 1; y = 2\n")
    found = [
        code.found("x"),
        code.found("y"),
        code.found("x", "WB102"),
        code.found("3"),
        code.found("x", path="b.py"),
    ]
    assert len(set(marks(code, *found))) == len(found)
    assert marks(code, *reversed(found)) == marks(code, *found)[::-1]


def test_a_fingerprint_does_not_depend_on_where_one_stands() -> None:
    code = Code(a_py="x\n")
    inside = [code.found("x")]
    here = fingerprints(inside, code.units.get, code.context(cwd="/project/src").relative)
    there = fingerprints(
        inside, code.units.get, code.context(root="/elsewhere", cwd="/elsewhere/src").relative
    )
    assert here == there
    assert [each.whole for each in here] != marks(code, *inside)


def test_the_content_of_a_fingerprint_is_the_same_in_another_file() -> None:
    code = Code(a_py="x = f( 1 )\n", b_py="if y:\n    x = f(1)\n", c_py="if y:\n    x = f( 1 )\n")
    one, other, same = (content(code.found("x", path=path), code.units.get) for path in code.units)
    assert one == same != other


def test_a_fingerprint_of_what_cannot_be_read_is_its_place() -> None:
    code = Code(a_py="x\n")
    found = code.found("x")
    assert len(fingerprints([found], lambda path: None, lambda path: path)) == 1


# Secrets


@pytest.mark.parametrize("output_format", report.FORMATS)
@pytest.mark.parametrize("color", [False, True])
def test_no_format_ever_shows_a_key(output_format: str, color: bool) -> None:
    code = Code(a_py=f'wandb.login(key="{KEY}")\nwandb.init(config={{"password": "hunter22", "b": 2}})\n')
    found = [
        code.found("wandb.login", "WB901", label=f"{KEY} here"),
        code.found(
            "wandb", "WB101", message=f"about {KEY}", why=KEY, how=KEY, related=(code.label("key", KEY),)
        ),
        code.found(
            '"password": "hunter22"',
            "WB902",
            "secret-in-config",
            fix=code.fix(code.edit('"b"', f'"{KEY}"'), message=f"Write {KEY}"),
        ),
        code.found(
            "b", fix=code.fix(code.edit('{"password": "hunter22"', '{"password": "hunter22", "c": 1'))
        ),
    ]
    text = code.render(output_format, *found, terminal=Terminal(color=color))
    assert KEY not in text
    assert "hunter22" not in text
    assert "password" in text or output_format != "full"
    # A secret that is held back is still one.
    silenced = (Silenced(found[2], Silencer.BASELINE, f"{KEY}, hunter22"),)
    text = code.render(output_format, found[3], silenced=silenced, terminal=Terminal(color=color))
    assert KEY not in text
    assert "hunter22" not in text


@pytest.mark.parametrize(
    "read", ['os.getenv("HF_TOKEN")', 'os.environ.get("HF_TOKEN")', 'environ["HF_TOKEN"]']
)
def test_the_variable_that_holds_a_secret_is_shown(read: str) -> None:
    code = Code(a_py=f'wandb.init(config={{"token": {read}}})\n')
    found = code.found(read, "WB902", "secret-in-config", message="secret `HF_TOKEN` is recorded")
    assert "secret `HF_TOKEN` is recorded" in code.render("concise", found)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("login(key = f'a')", True),
        ('api_key="a"', True),
        ("d['secret'] = b'x'", True),
        ("password: rb'x'", True),
        ("log_in('a')", False),
        ("secret" + " " * 300_000, False),
        ("secret" * 30_000, False),
        ("eyJ-" * 20_000, False),
    ],
)
def test_files_that_may_hold_a_secret(text: str, holds: bool) -> None:
    assert may_hold_secret(text.encode()) is holds


def test_masking_keeps_columns_and_leaves_prose_alone() -> None:
    assert mask_keys(f"a {KEY} b") == f"a {'*' * 40} b"
    assert mask_keys(f"a eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.{KEY} b") == f"a {'*' * 81} b"
    assert mask_keys(f"local-{KEY}") == "local-" + "*" * 40
    assert "v1" not in mask_keys("wandb_v1_" + "Ab3_" * 12)
    for text in ("deadbeef", "a" * 39, "g" * 40, "f" * 41, "my_rather_long_identifier_that_is_no_key_at_all"):
        assert mask_keys(text) == text


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        (f"https://github.com/a/b/blob/{KEY}/x.py#L1", False),
        (f"git+https://github.com/a/b.git@{KEY}", False),
        (f"https://raw.githubusercontent.com/a/b/{KEY}/x", False),
        (f"https://huggingface.co/a/b/resolve/{KEY}/config.json", False),
        (f"https://wandb.ai/authorize/{KEY}", True),
        (f"https://user:{KEY}@github.com/a", True),
        (f"/blob/{KEY}", True),
    ],
)
def test_commits_in_addresses_of_forges_are_no_keys(address: str, masked: bool) -> None:
    assert (KEY not in mask_keys(address)) is masked
    assert mask_keys(f"{KEY} {address}").startswith("*" * 40)


# What a terminal can show


class Stream(io.StringIO):
    def __init__(self, tty: bool, encoding: str = "utf-8") -> None:
        super().__init__()
        self._tty, self._encoding = tty, encoding

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding

    def isatty(self) -> bool:
        return self._tty


@pytest.mark.parametrize(
    ("tty", "environ", "choice", "color"),
    [
        (True, {}, "auto", True),
        (False, {}, "auto", False),
        (True, {"NO_COLOR": "1"}, "auto", False),
        (True, {"NO_COLOR": ""}, "auto", True),
        (False, {"FORCE_COLOR": "1"}, "auto", True),
        (True, {"FORCE_COLOR": "0"}, "auto", False),
        (False, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, "auto", False),
        (True, {"TERM": "dumb"}, "auto", False),
        (False, {"NO_COLOR": "1"}, "always", True),
        (True, {"FORCE_COLOR": "1"}, "never", False),
    ],
)
def test_colour(tty: bool, environ: dict[str, str], choice: str, color: bool) -> None:
    found = terminal(Stream(tty), environ, choice)
    assert (found.color, found.links, found.interactive) == (color, color and tty, tty)


@pytest.mark.parametrize(
    ("environ", "width"),
    [({"COLUMNS": "72"}, 72), ({"COLUMNS": "7"}, 40), ({"COLUMNS": "x"}, 100), ({}, 100)],
)
def test_width_without_a_terminal(environ: dict[str, str], width: int) -> None:
    assert terminal(Stream(False), environ).width == width


@pytest.mark.parametrize(
    ("encoding", "box"), [("utf-8", True), ("ascii", False), ("cp1252", False), ("nope", False)]
)
def test_box_drawing_needs_an_encoding_that_has_it(encoding: str, box: bool) -> None:
    assert terminal(Stream(False, encoding), {}).box is box


def test_frames_are_for_terminals_and_few_findings() -> None:
    context = Code(a_py="").context
    screen = Terminal(interactive=True)
    assert report.default_format(20, context(terminal=screen)) == "full"
    assert report.default_format(21, context(terminal=screen)) == "concise"
    assert report.default_format(1, context()) == "concise"


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(KeyError):
        Code(a_py="").render("nope")


def test_lines_and_json_do_not_load_rich() -> None:
    script = (
        "import sys\n"
        "from wbcheck import report\n"
        "from wbcheck.report.context import Context\n"
        "context = Context(sources=lambda path: None, root='/', cwd='/')\n"
        "for name in ('concise', 'json'):\n"
        "    report.render(name, [], context)\n"
        "assert not {'rich', 'libcst', 'wandb', 'click'} & {name.split('.')[0] for name in sys.modules}\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=Path(__file__).parent.parent)


# Links


@pytest.mark.parametrize("output_format", ["full", "concise", "grouped"])
def test_a_code_leads_to_its_rule_where_the_terminal_has_links(output_format: str) -> None:
    code = Code(a_py="x = 1\n")

    def page(rule: str) -> str:
        return f"file:///rules/{rule}.py"

    text = code.render(output_format, code.found("x"), terminal=Terminal(color=True, links=True), page=page)
    assert re.search(r"\x1b\]8;[^;]*;file:///rules/WB101\.py\x1b\\(?:\x1b\[[\d;]*m)?WB101", text)
    for shown in (Terminal(color=True), Terminal()):
        assert "\x1b]8" not in code.render(output_format, code.found("x"), terminal=shown, page=page)
    plain = code.render(output_format, code.found("x"), page=page)
    assert without_colours(re.sub(r"\x1b\]8;[^\x1b]*\x1b\\", "", text)) == plain


@pytest.mark.parametrize("choice", ["auto", "always"])
def test_a_dumb_terminal_never_gets_links(choice: str) -> None:
    assert not terminal(Stream(True), {"TERM": "dumb"}, choice).links
    assert terminal(Stream(True), {"TERM": "xterm"}, choice).links
