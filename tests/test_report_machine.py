"""The formats for programs: held against their schemas, read by real consumers, escapes read back."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import jsonschema
import pytest
import xmlschema
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import converters, types
from reporting import Code, notebook

from wbcheck import registry, report
from wbcheck.diagnostic import Diagnostic, Label, Severity, Silenced, Silencer
from wbcheck.masking import mask_keys
from wbcheck.registry import codes
from wbcheck.report.context import Context, Terminal, repository
from wbcheck.report.page import page
from wbcheck.rule import LoadedRule

SCHEMAS = Path(__file__).parent / "schemas"
# What breaks formats: their own separators, quotes, line ends, control characters, wide and odd ones.
NASTY = st.text(
    st.sampled_from("%,:;[]#<>&\"'\\|\r\n\t\x00\x1b\x7f\u0085\u2028\u202eé漢🔥\ud800 abc/=@!"), max_size=30
)
SEVERITIES = st.sampled_from(list(Severity))


@cache
def schema(name: str) -> Any:
    return json.loads((SCHEMAS / name).read_text(encoding="utf-8"))


def loaded(*wanted: str) -> list[LoadedRule]:
    return [registry.load(code) for code in wanted]


def many(code: Code) -> list[Diagnostic]:
    """Findings of every severity, with related places, fixes over two files, and one in a notebook."""
    return [
        code.found(
            "f(\n  1)",
            "WB205",
            "config-after-log",
            severity=Severity.ERROR,
            message="late `é` 100%",
            why="It costs data.",
            how="Move it up.",
            related=(code.label("use", "used here"), code.label("other", "and there", "src/b.py")),
            fix=code.fix(code.edit("1", "2"), code.edit("other", "new", "src/b.py"), safe=False),
        ),
        code.found("use", "WB101", "run-name-underscore", fix=code.fix(code.edit("use", "take"))),
        code.found("other", "WB301", "metric-not-namespaced", path="src/b.py", severity=Severity.INFO),
        code.found("b = 2", "WB102", "run-setup-incomplete", path="n.ipynb"),
    ]


def example() -> Code:
    return Code(
        src__a_py="é = f(\n  1)\nuse(é)\n",
        src__b_py="other\n",
        n_ipynb=notebook("import wandb", "a = 1\nb = 2"),
    )


def fault(code: Code) -> Diagnostic:
    return code.found(
        "use", "WB301", "metric-not-namespaced", message="the rule failed: KeyError", fault=True
    )


# SARIF


def sarif(code: Code, *found: Diagnostic, **rest: Any) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(code.render("sarif", *found, **rest))
    jsonschema.Draft4Validator(schema("sarif-2.1.0.json")).validate(log)
    (run,) = log["runs"]
    return dict(run)


def test_sarif_is_valid_and_says_all_that_is_known() -> None:
    code = example()
    rules = loaded("WB101", "WB102", "WB205", "WB301", "WB302")
    run = sarif(code, *many(code), fault(code), rules=lambda: rules)
    driver, results = run["tool"]["driver"], run["results"]
    assert [rule["id"] for rule in driver["rules"]] == ["WB101", "WB102", "WB205", "WB301", "WB302"]
    assert [driver["rules"][result["ruleIndex"]]["id"] for result in results] == [
        result["ruleId"] for result in results
    ]
    assert driver["rules"][0]["help"]["markdown"] == page(rules[0])
    assert run["columnKind"] == "unicodeCodePoints"
    (late,) = (result for result in results if result["ruleId"] == "WB205")
    place = {"uri": "src/a.py", "uriBaseId": "%SRCROOT%"}
    assert late["level"] == "error"
    assert late["locations"][0]["physicalLocation"] == {
        "artifactLocation": place,
        "region": {"startLine": 1, "startColumn": 5, "endLine": 2, "endColumn": 5},
    }
    assert [each["message"]["text"] for each in late["relatedLocations"]] == ["used here", "and there"]
    changes = late["fixes"][0]["artifactChanges"]
    assert [change["artifactLocation"]["uri"] for change in changes] == ["src/a.py", "src/b.py"]
    assert changes[0]["replacements"] == [
        {
            "deletedRegion": {"startLine": 2, "startColumn": 3, "endLine": 2, "endColumn": 4},
            "insertedContent": {"text": "2"},
        }
    ]
    assert not run["invocations"][0]["executionSuccessful"]
    assert "KeyError" in run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]


def test_every_rule_can_be_listed_in_sarif() -> None:
    rules = loaded(*codes())
    run = sarif(Code(a_py=""), rules=lambda: rules)
    assert len(run["tool"]["driver"]["rules"]) == len(rules)
    assert run["invocations"][0]["executionSuccessful"]


def test_what_is_silenced_is_a_suppressed_result() -> None:
    code = Code(a_py="a b c\n")
    silenced = (
        Silenced(code.found("a"), Silencer.COMMENT, "the dataset is called that"),
        Silenced(code.found("c"), Silencer.BASELINE),
    )
    results = sarif(code, code.found("b"), silenced=silenced)["results"]
    assert [result["suppressions"] for result in results] == [
        [{"kind": "inSource", "status": "accepted", "justification": "the dataset is called that"}],
        [],
        [{"kind": "external", "status": "accepted"}],
    ]


def test_sarifs_fingerprints_survive_moved_lines_and_tell_repetitions_apart() -> None:
    before, after = Code(a_py="x = f(1)\nx = f(1)\n"), Code(a_py="# new\n\nx  = f(1)\n\nx = f(1)\n")
    (old,) = sarif(before, before.found("x"))["results"]
    (new,) = sarif(after, after.found("x"))["results"]
    assert old["partialFingerprints"] == new["partialFingerprints"]
    again = before.found("x")
    marks = [result["partialFingerprints"] for result in sarif(before, again, again)["results"]]
    assert len({mark["primaryLocationLineHash"] for mark in marks}) == 2
    assert len({mark["wbcheck/v1"] for mark in marks}) == 2


@pytest.mark.parametrize(
    ("path", "uri"),
    [("a b#?.py", "a%20b%23%3F.py"), ("ü/漢.py", "%C3%BC/%E6%BC%A2.py"), ("a:b%.py", "a%3Ab%25.py")],
)
def test_sarifs_addresses_are_relative_and_escaped(path: str, uri: str) -> None:
    code = Code(a_py="x\n")
    code.units[path] = code.units.pop("a.py")
    (result,) = sarif(code, code.found("x", path=path))["results"]
    artifact = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": uri, "uriBaseId": "%SRCROOT%"}
    assert unquote(uri) == path


def test_sarif_of_a_file_outside_of_the_repository_has_its_whole_address() -> None:
    code = Code(a_py="x\n")
    (result,) = sarif(code, code.found("x"), cwd="/else where")["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {
        "uri": "file:///else%20where/a.py"
    }


def test_sarif_tools_reads_it(tmp_path: Path) -> None:
    code = example()
    silenced = (Silenced(code.found("é"), Silencer.BASELINE),)
    rules = loaded("WB101", "WB102", "WB205", "WB301")
    log = tmp_path / "wbcheck.sarif"
    log.write_text(
        code.render("sarif", *many(code), silenced=silenced, rules=lambda: rules), encoding="utf-8"
    )
    out = tmp_path / "out.csv"
    command = [sys.executable, "-m", "sarif", "csv", "--output", str(out), str(log)]
    subprocess.run(command, check=True, capture_output=True)
    rows = out.read_text(encoding="utf-8")
    assert "src/a.py" in rows
    assert "late `é` 100%" in rows
    command = [sys.executable, "-m", "sarif", "--check", "error", "summary", str(log)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert re.search(r"error: +1$", done.stdout, re.MULTILINE)
    assert done.returncode == 1


@given(NASTY, NASTY, SEVERITIES)
def test_sarif_holds_any_text(message: str, name: str, severity: Severity) -> None:
    code = Code(a_py="x\n")
    path = f"{name.replace(chr(0), '').replace(chr(0xD800), '')}.py".lstrip("/")
    code.units[path] = code.units["a.py"]
    found = code.found("x", path=path, message=message, severity=severity)
    (result,) = sarif(code, found)["results"]
    assert result["message"]["text"] == f"{mask_keys(message)}. ".removesuffix(". ")
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert re.fullmatch(r"[A-Za-z0-9._~/%-]+", uri)
    assert unquote(uri, errors="strict") == code.context().relative(path)


# GitHub and Azure: what their runners do to read a command


def read_github(line: str) -> tuple[str, dict[str, str], str]:
    """A workflow command as GitHub's runner reads it (``ActionCommand.TryParseV2``)."""
    head, _, data = line[2:].partition("::")
    command, _, given = head.partition(" ")
    properties = dict(each.split("=", 1) for each in given.split(","))

    def decoded(text: str, *signs: tuple[str, str]) -> str:
        for sign, escape in (*signs, ("\r", "%0D"), ("\n", "%0A"), ("%", "%25")):
            text = text.replace(escape, sign)
        return text

    more = ((":", "%3A"), (",", "%2C"))
    return command, {name: decoded(text, *more) for name, text in properties.items()}, decoded(data)


def read_azure(line: str) -> tuple[str, dict[str, str], str]:
    """A logging command as the agent reads it (``Command.TryParse``)."""
    start = line.index("##vso[")
    head, _, data = line[start + 6 :].partition("]")
    command, _, given = head.partition(" ")
    properties = dict(each.split("=", 1) for each in given.split(";") if each)

    def decoded(text: str, *signs: tuple[str, str]) -> str:
        for sign, escape in (*signs, ("\r", "%0D"), ("\n", "%0A"), ("%", "%AZP25")):
            text = text.replace(escape, sign)
        return text

    more = ((";", "%3B"), ("]", "%5D"))
    return command, {name: decoded(text, *more) for name, text in properties.items()}, decoded(data)


def nasty(message: str, name: str, severity: Severity) -> tuple[Code, Diagnostic]:
    code = Code(a_py="x\n")
    path = f"{name}.py".lstrip("/")
    code.units[path] = code.units["a.py"]
    return code, code.found("x", path=path, message=message, how="Mend it.", severity=severity)


@given(NASTY, NASTY, SEVERITIES)
def test_github_reads_back_what_was_written(message: str, name: str, severity: Severity) -> None:
    code, found = nasty(message, name, severity)
    context = code.context()
    (line, end) = code.render("github", found).split("\n")
    command, properties, data = read_github(line)
    shown = context.terminal.visible
    assert end == ""
    assert command == {"error": "error", "warning": "warning", "info": "notice"}[severity]
    assert properties["file"] == shown(context.relative(found.path))
    assert properties["title"] == "wbcheck (WB101)"
    assert (properties["line"], properties["col"]) == ("1", "1")
    head, said, how = data.partition("WB101 some-rule")
    assert head.endswith(":1:1: ")
    assert (said + how).rstrip() == "WB101 some-rule" + f" {shown(message)}" * bool(message) + "\nMend it."


@given(NASTY, NASTY, SEVERITIES)
def test_azure_reads_back_what_was_written(message: str, name: str, severity: Severity) -> None:
    code, found = nasty(message, name, severity)
    context = code.context()
    (line, end) = code.render("azure", found).split("\n")
    command, properties, data = read_azure(line)
    shown = context.terminal.visible
    assert (end, command) == ("", "task.logissue")
    assert properties == {
        "type": "error" if severity is Severity.ERROR else "warning",
        "sourcepath": shown(context.relative(found.path)),
        "linenumber": "1",
        "columnnumber": "1",
        "code": "WB101",
    }
    assert data == f"some-rule: {shown(message)}"


def test_annotations_over_several_lines_have_no_columns_and_errors_come_first() -> None:
    code = example()
    lines = [read_github(line) for line in code.render("github", *many(code)).splitlines()]
    assert [command for command, _, _ in lines] == ["error", "warning", "warning", "notice"]
    properties = lines[0][1]
    assert (properties["line"], properties["endLine"]) == ("1", "2")
    assert not {"col", "endColumn"} & set(properties)
    kinds = [read_azure(line)[1]["type"] for line in code.render("azure", *many(code)).splitlines()]
    assert kinds == ["error", "warning", "warning", "warning"]


# GitLab, reviewdog, JUnit


def test_gitlabs_entries_are_valid_and_unique() -> None:
    code = example()
    rows = json.loads(code.render("gitlab", *many(code), code.found("use", "WB101", message="again")))
    for row in rows:
        jsonschema.Draft7Validator(schema("gitlab-codequality.json")).validate(row)
    assert {row["severity"] for row in rows} == {"major", "minor", "info"}
    assert len({row["fingerprint"] for row in rows}) == len(rows)
    assert [row["location"]["path"] for row in rows] == [
        "n.ipynb",
        "src/a.py",
        "src/a.py",
        "src/a.py",
        "src/b.py",
    ]
    assert code.render("gitlab") == "[]\n"


def test_gitlabs_entries_and_json_have_the_same_fingerprints() -> None:
    code = example()
    rows = (json.loads(code.render(name, *many(code))) for name in ("gitlab", "json"))
    assert len({tuple(row["fingerprint"] for row in each) for each in rows}) == 1


def test_rdjson_is_valid_and_counts_bytes() -> None:
    code = Code(a_py="é漢🔥 = x; y\n")
    found = code.found("x", fix=code.fix(code.edit("x", "z")), related=(code.label("y", "and here"),))
    result = json.loads(code.render("rdjson", found, found))
    jsonschema.Draft4Validator(schema("rdjson.json")).validate(result)
    row = result["diagnostics"][0]
    place = {"start": {"line": 1, "column": 13}, "end": {"line": 1, "column": 14}}
    assert row["location"] == {"path": "a.py", "range": place}
    assert row["suggestions"] == [{"range": place, "text": "z"}]
    assert row["related_locations"][0]["location"]["range"]["start"]["column"] == 16
    assert row["code"] == {"value": "WB101"}


def test_rdjson_suggests_nothing_that_reaches_into_another_file() -> None:
    code = example()
    rows = json.loads(code.render("rdjson", *many(code)))["diagnostics"]
    assert [row["code"]["value"] for row in rows if "suggestions" in row] == ["WB101"]


def junit(text: str) -> ElementTree.Element:
    xmlschema.XMLSchema(SCHEMAS / "junit-10.xsd").validate(
        ElementTree.ElementTree(ElementTree.fromstring(text))
    )
    return ElementTree.fromstring(text)


def test_junit_is_valid_and_counts() -> None:
    code = example()
    root = junit(code.render("junit", *many(code), fault(code)))
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("5", "4", "1")
    assert [suite.get("name") for suite in root] == ["n.ipynb", "src/a.py", "src/b.py"]
    assert [case.get("name") for case in root.iter("testcase")][1] == "WB205 config-after-log (1:5)"
    assert "It costs data.\nMove it up." in "".join(root.itertext())


def test_junit_of_nothing_is_a_case_that_passes() -> None:
    root = junit(Code(a_py="").render("junit"))
    assert (root.get("tests"), root.get("failures")) == ("1", "0")
    assert [len(case) for case in root.iter("testcase")] == [0]


@given(NASTY, NASTY)
def test_junit_holds_any_text(message: str, name: str) -> None:
    code, found = nasty(message, name, Severity.WARNING)
    root = ElementTree.fromstring(code.render("junit", found))
    (failure,) = root.iter("failure")

    def readable(text: str) -> str:
        return "".join(
            each
            if each in "\t\r\n" or " " <= each <= "\ud7ff" or each >= "\ue000"
            else each.encode("unicode_escape").decode()
            for each in text
        )

    assert failure.get("message") == readable(message)
    assert root[0].get("name") == readable(code.context().relative(found.path))


# Editors and lines


def test_lsp_has_one_object_a_file_in_utf16() -> None:
    code = Code(a_py="é漢🔥 = x; y\n", b_py="z\n")
    found = code.found(
        "x",
        severity=Severity.ERROR,
        fix=code.fix(code.edit("x", "z")),
        related=(code.label("y", "and here"),),
    )
    lines = code.render("lsp", found, code.found("z", path="b.py"), code.found("y")).splitlines()
    params = [
        converters.get_converter().structure(json.loads(line), types.PublishDiagnosticsParams)
        for line in lines
    ]
    assert [each.uri for each in params] == ["file:///project/a.py", "file:///project/b.py"]
    first, second = params[0].diagnostics
    assert first.range == types.Range(types.Position(0, 7), types.Position(0, 8))
    assert (first.severity, first.code, first.source) == (types.DiagnosticSeverity.Error, "WB101", "wbcheck")
    assert second.range.start == types.Position(0, 10)
    assert first.related_information is not None
    assert first.related_information[0].message == "and here"
    edit = json.loads(lines[0])["diagnostics"][0]["data"]["fix"]["edit"]
    changed = converters.get_converter().structure(edit, types.WorkspaceEdit)
    assert changed.changes is not None
    assert changed.changes["file:///project/a.py"][0].new_text == "z"


def test_json_lines_are_the_objects_of_json() -> None:
    code = example()
    lines = [json.loads(line) for line in code.render("json-lines", *many(code)).splitlines()]
    assert lines == json.loads(code.render("json", *many(code)))
    assert Code(a_py="").render("json-lines") == ""


def test_groups_are_aligned() -> None:
    code = Code(a_py="x\nyy = 1\n", b_py="z\n")
    found = [code.found("x"), code.found("1", "WB2", "longer-name", fix=code.fix(code.edit("1", "2")))]
    assert code.render("grouped", *found, code.found("z", path="b.py"), summary=False) == (
        "a.py:\n"
        "  1:1  WB101 some-rule    something is wrong\n"
        "  2:6  WB2   longer-name  [*] something is wrong\n"
        "\n"
        "b.py:\n"
        "  1:1  WB101 some-rule  something is wrong\n"
        "\n"
    )


# Notebooks lie on disk as JSON


@pytest.mark.parametrize("layout", [None, 1])
def test_a_notebooks_places_are_those_of_its_json(layout: int | None) -> None:
    document = json.loads(notebook("import wandb", 'a = "é\\"q"\nb = 2\n'))
    document["cells"][3]["source"] = document["cells"][3]["source"].splitlines(keepends=True)
    raw = json.dumps(document, indent=layout)
    code = Code(n_ipynb=raw)
    rows = raw.splitlines()
    result: dict[str, Any] = {}
    for text, written in (("b = 2", "b = 2"), ('"é\\"q"', json.dumps('"é\\"q"')[1:-1])):
        (result,) = sarif(code, code.found(text))["results"]
        region = result["locations"][0]["physicalLocation"]["region"]
        assert region["startLine"] == region["endLine"]
        assert rows[region["startLine"] - 1][region["startColumn"] - 1 : region["endColumn"] - 1] == written
    assert result["properties"] == {"cell": 2, "row": 1, "column": 5}


def test_a_notebooks_fix_is_not_offered_where_it_would_be_written_into_json() -> None:
    code = Code(n_ipynb=notebook("x = 1"))
    found = code.found("x", fix=code.fix(code.edit("x", "y")))
    assert "fixes" not in sarif(code, found)["results"][0]
    assert "suggestions" not in json.loads(code.render("rdjson", found))["diagnostics"][0]
    assert json.loads(code.render("lsp", found))["diagnostics"][0]["data"]["fix"] is None


# HTML


class Page(HTMLParser):
    """What a page holds: its text, its elements, and those that are open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href", "action")]
        if tag not in ("meta", "br", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_a_page_holds_all_and_asks_for_nothing() -> None:
    code = example()
    silenced = (Silenced(code.found("é"), Silencer.COMMENT, "<known>"),)
    text = code.render("html", *many(code), silenced=silenced)
    seen = Page(text)
    words = "".join(seen.words)
    for part in (
        "late `é` 100%",
        "It costs data.",
        "Move it up.",
        "used here",
        "src/b.py",
        "<known>",
        "use(é)",
    ):
        assert part in words
    assert not {"script", "img", "link", "iframe", "object"} & set(seen.tags)
    assert all(link.startswith("#") for link in seen.links)
    assert not re.search(r"https?://|url\(|@import", text)
    assert "default-src 'none'" in text
    assert seen.open == []


def test_a_page_names_the_cell_of_what_belongs_to_a_finding() -> None:
    code = Code(n_ipynb=notebook("run.finish()", "run.log(1)"))
    found = code.found("run.log", related=(code.label("run.finish", "it ends here"),))
    assert "<li><code>n.ipynb:cell 1:1:1</code> it ends here</li>" in code.render("html", found)


@given(NASTY, NASTY)
def test_a_page_shows_any_text_as_text(message: str, line: str) -> None:
    before = Page(Code(a_py="x\n").render("html", Code(a_py="x\n").found("x"))).tags
    code = Code(a_py="x\n")
    found = code.found("x", message=f"<b>{message}", label=f"<i>{line}")
    seen = Page(code.render("html", found))
    assert seen.tags == before
    assert f"<b>{code.context().terminal.visible(message)}" in "".join(seen.words)


# All of them


@pytest.mark.parametrize("output_format", [name for name in report.FORMATS if name != "full"])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "cp1252"])
def test_every_format_can_be_written_in_every_encoding(output_format: str, encoding: str) -> None:
    code = example()
    found = [*many(code), code.found("use", message="漢 \ud800 🔥")]
    code.render(output_format, *found, terminal=Terminal(encoding=encoding)).encode(encoding)


@pytest.mark.parametrize("output_format", [name for name in report.FORMATS if name != "full"])
def test_formats_but_full_do_not_load_rich(output_format: str) -> None:
    script = (
        "import sys\n"
        "from wbcheck import report\n"
        "from wbcheck.report.context import Context\n"
        "context = Context(sources=lambda path: None, root='/', cwd='/')\n"
        f"report.render({output_format!r}, [], context)\n"
        "assert not {'rich', 'libcst', 'wandb', 'click'} & {name.split('.')[0] for name in sys.modules}\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=Path(__file__).parent.parent)


@pytest.mark.parametrize("output_format", report.FORMATS)
def test_a_finding_in_a_file_that_is_not_at_hand_is_reported(output_format: str) -> None:
    code = example()
    found = code.found("use", related=(Label(code.span("use"), "there", "gone.py"),))
    context = Context(sources=lambda path: None, root="/project", cwd="/project")
    assert "something is wrong" in report.render(output_format, [found], context)


def test_the_repository_is_the_nearest_folder_with_git_in_it(tmp_path: Path) -> None:
    inner = tmp_path / "repo" / "src"
    inner.mkdir(parents=True)
    assert repository(str(inner)) != str(tmp_path / "repo")
    (tmp_path / "repo" / ".git").mkdir()
    assert repository(str(inner)) == str(tmp_path / "repo")
