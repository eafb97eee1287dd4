"""The language server, as an editor sees it: over its standard input and output."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from conftest import RULE
from lsprotocol import types
from pytest_lsp import LanguageClient, client_capabilities, make_test_lsp_client

from wbcheck.diagnostic import Span
from wbcheck.server.documents import path_of, text_bytes, uri_of
from wbcheck.server.places import Point, offset, points
from wbcheck.source import read_unit

Write = Callable[[str, str], Path]
BAD = 'import wandb\n\nrun = wandb.init(name="my_run", project="texts")\nrun.finish()\n'
EMOJI = 'import wandb\n\n"😋é"; run = wandb.init(project="texts", name="my_run"); run.finish()\n'
HOUSE = RULE.format(
    code="HSE101", name="house-rule", preset="RECOMMENDED", body='raise ValueError("no\\nmore")'
)


class Editor:
    """A client, and what it has open."""

    def __init__(self, client: LanguageClient, folder: Path) -> None:
        self.client = client
        self.folder = folder
        self.versions: dict[str, int] = {}

    def uri(self, name: str) -> str:
        return uri_of(str(self.folder / name))

    def open(self, name: str, text: str) -> None:
        self.versions[name] = 1
        item = types.TextDocumentItem(self.uri(name), types.LanguageKind.Python, 1, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def type(self, name: str, text: str) -> None:
        self.versions[name] += 1
        document = types.VersionedTextDocumentIdentifier(uri=self.uri(name), version=self.versions[name])
        change = types.TextDocumentContentChangeWholeDocument(text)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, [change]))

    def save(self, name: str) -> None:
        document = types.TextDocumentIdentifier(self.uri(name))
        self.client.text_document_did_save(types.DidSaveTextDocumentParams(document))

    def close(self, name: str) -> None:
        document = types.TextDocumentIdentifier(self.uri(name))
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(document))

    def codes(self, name: str) -> list[str]:
        return [str(each.code) for each in self.client.diagnostics.get(self.uri(name), [])]

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something is so; the test ends by itself where it never is."""
        for _ in range(1200):
            if holds():
                return
            await asyncio.sleep(0.05)
        raise AssertionError(
            {uri: [each.code for each in found] for uri, found in self.client.diagnostics.items()}
        )

    async def actions(self, name: str, line: int, only: list[str] | None = None) -> list[types.CodeAction]:
        asked = types.CodeActionParams(
            types.TextDocumentIdentifier(self.uri(name)),
            types.Range(types.Position(line, 0), types.Position(line, 80)),
            types.CodeActionContext([], only=only),
        )
        found = await self.client.text_document_code_action_async(asked)
        return [each for each in found or [] if isinstance(each, types.CodeAction)]

    async def hover(self, name: str, line: int, character: int) -> str | None:
        asked = types.HoverParams(
            types.TextDocumentIdentifier(self.uri(name)), types.Position(line, character)
        )
        found = await self.client.text_document_hover_async(asked)
        return found.contents.value if found and isinstance(found.contents, types.MarkupContent) else None


Start = Callable[..., Any]


@pytest.fixture
def editor(project: Path) -> Start:
    """Starts a server in the project's folder, as an editor would: `async with editor() as one:`."""

    @asynccontextmanager
    async def start(
        *arguments: str, encodings: tuple[str, ...] = (), pulls: bool = False, **options: Any
    ) -> AsyncIterator[Editor]:
        client = make_test_lsp_client()
        await client.start_io(sys.executable, "-m", "wbcheck", "server", *arguments)
        capabilities = client_capabilities("visual-studio-code")
        assert capabilities.text_document
        capabilities.text_document.diagnostic = types.DiagnosticClientCapabilities() if pulls else None
        capabilities.general = types.GeneralClientCapabilities(
            position_encodings=[types.PositionEncodingKind(each) for each in encodings] or None
        )
        if capabilities.workspace:
            capabilities.workspace.did_change_watched_files = None
        root = uri_of(str(project))
        await client.initialize_session(
            types.InitializeParams(
                capabilities,
                root_uri=root,
                workspace_folders=[types.WorkspaceFolder(root, "project")],
                initialization_options={"wholeProject": False, **options},
            )
        )
        try:
            yield Editor(client, project)
        finally:
            await client.shutdown_session()
            await client.stop()  # type: ignore[no-untyped-call]

    return start


def run(work: Any) -> None:
    asyncio.run(asyncio.wait_for(work, 300))


def test_findings_come_as_people_type_and_go_when_they_close(editor: Start) -> None:
    async def session() -> None:
        async with editor() as one:
            one.open("a.py", BAD)
            await one.until(lambda: "WB101" in one.codes("a.py"))
            (found,) = (each for each in one.client.diagnostics[one.uri("a.py")] if each.code == "WB101")
            assert found.source == "wbcheck"
            assert found.severity == types.DiagnosticSeverity.Warning
            assert (found.range.start.line, found.range.start.character) == (2, 23)
            assert "my_run" in found.message
            for name in ("my-r", "my-ru", "my-run"):
                one.type("a.py", BAD.replace("my_run", name))
            await one.until(lambda: "WB101" not in one.codes("a.py"))
            one.close("a.py")
            await one.until(lambda: one.codes("a.py") == [])

    run(session())


@pytest.mark.parametrize(("encoding", "column"), [("utf-8", 50), ("utf-16", 47), ("utf-32", 46)])
def test_columns_are_counted_as_agreed_on(editor: Start, encoding: str, column: int) -> None:
    async def session() -> None:
        async with editor(encodings=(encoding,)) as one:
            one.open("a.py", EMOJI)
            await one.until(lambda: "WB101" in one.codes("a.py"))
            (found,) = (each for each in one.client.diagnostics[one.uri("a.py")] if each.code == "WB101")
            assert found.range.start.character == column

    run(session())


def test_editors_that_ask_are_told(editor: Start) -> None:
    async def session() -> None:
        async with editor(pulls=True) as one:
            one.open("a.py", BAD)
            asked = types.DocumentDiagnosticParams(types.TextDocumentIdentifier(one.uri("a.py")))
            told = await one.client.text_document_diagnostic_async(asked)
            assert "WB101" in [each.code for each in told.items]
            one.type("a.py", BAD.replace("my_run", "my-run"))
            told = await one.client.text_document_diagnostic_async(asked)
            assert "WB101" not in [each.code for each in told.items]
            assert one.client.diagnostics == {}

    run(session())


def test_fixes_and_comments_are_offered(editor: Start) -> None:
    async def session() -> None:
        async with editor() as one:
            one.open("a.py", BAD)
            await one.until(lambda: "WB101" in one.codes("a.py"))
            offered = await one.actions("a.py", 2, ["quickfix"])
            (fix,) = (each for each in offered if each.is_preferred)
            assert fix.title.startswith("WB101: ")
            assert fix.diagnostics is not None
            assert fix.diagnostics[0].code == "WB101"
            assert fix.edit is not None
            ((edit,),) = (fix.edit.changes or {}).values()
            assert (edit.new_text, edit.range.start.character) == ("-", 25)
            (comment,) = (each for each in offered if each.title == "WB101: silence it here")
            assert comment.edit is not None
            ((edit,),) = (comment.edit.changes or {}).values()
            assert edit.new_text == "  # wbcheck: ignore[WB101]"

    run(session())


def test_all_safe_fixes_are_one_action_for_saving(editor: Start) -> None:
    async def session() -> None:
        async with editor() as one:
            one.open("a.py", BAD)
            await one.until(lambda: "WB101" in one.codes("a.py"))
            (whole,) = await one.actions("a.py", 0, ["source.fixAll"])
            assert whole.kind == "source.fixAll.wbcheck"
            assert whole.edit is not None
            (edits,) = (whole.edit.changes or {}).values()
            assert [each.range.start.line for each in edits] == [2]
            assert await one.actions("a.py", 0, ["refactor"]) == []

    run(session())


def test_a_rules_page_is_shown_at_findings_and_in_comments(editor: Start) -> None:
    async def session() -> None:
        async with editor() as one:
            one.open(
                "a.py", BAD.replace("\nrun.finish", "  # wbcheck: ignore[config-flat, WB102]\nrun.finish")
            )
            await one.until(lambda: "WB101" in one.codes("a.py"))
            at_finding = await one.hover("a.py", 2, 25)
            assert at_finding
            assert "# run-name-underscore (WB101)" in at_finding
            at_comment = await one.hover("a.py", 2, 74)
            assert at_comment
            assert "# config-flat (WB202)" in at_comment
            assert await one.hover("a.py", 0, 2) is None

    run(session())


def test_an_artifact_leads_to_where_it_is_logged(editor: Start, write: Write) -> None:
    async def session() -> None:
        async with editor() as one:
            start = 'import wandb\n\nwith wandb.init(project="p") as run:\n'
            make = start + '    run.log_artifact("a.csv", name="raw", type="dataset")\n'
            use = start + '    run.use_artifact("raw:v0")\n'
            one.open("make.py", make)
            one.open("use.py", use)
            await one.until(lambda: bool(one.codes("use.py")) and bool(one.codes("make.py")))
            asked = types.DefinitionParams(
                types.TextDocumentIdentifier(one.uri("use.py")), types.Position(3, 24)
            )
            (place,) = await one.client.text_document_definition_async(asked)
            assert isinstance(place, types.Location)
            assert place.uri == one.uri("make.py")
            assert place.range.start.line == 3

    run(session())


def test_notebooks_have_their_findings_in_their_cells(editor: Start) -> None:
    async def session() -> None:
        async with editor() as one:
            uri = one.uri("a.ipynb")
            cells = [
                types.NotebookCell(types.NotebookCellKind.Markup, f"{uri}#words"),
                types.NotebookCell(types.NotebookCellKind.Code, f"{uri}#first"),
                types.NotebookCell(types.NotebookCellKind.Code, f"{uri}#second"),
            ]
            texts = [
                "# Words",
                "%pip install wandb\nimport wandb",
                'run = wandb.init(name="my_run")\nrun.finish()',
            ]
            documents = [
                types.TextDocumentItem(cell.document, types.LanguageKind.Python, 1, text)
                for cell, text in zip(cells, texts, strict=True)
            ]
            one.client.notebook_document_did_open(
                types.DidOpenNotebookDocumentParams(
                    types.NotebookDocument(uri, "jupyter-notebook", 1, cells), documents
                )
            )
            second = f"{uri}#second"
            await one.until(lambda: "WB101" in [each.code for each in one.client.diagnostics.get(second, [])])
            (found,) = (each for each in one.client.diagnostics[second] if each.code == "WB101")
            assert (found.range.start.line, found.range.start.character) == (0, 23)
            assert not one.client.diagnostics.get(f"{uri}#first")

    run(session())


def test_a_rule_that_raises_is_a_finding(editor: Start, write: Write) -> None:
    write("rules/loud.py", HOUSE)
    write("wbcheck.toml", 'plugins = ["./rules"]\n')

    async def session() -> None:
        async with editor() as one:
            one.open("a.py", BAD)
            await one.until(lambda: {"HSE101", "WB101"} <= set(one.codes("a.py")))
            one.type("a.py", BAD.replace("my_run", "my-run"))
            await one.until(lambda: "WB101" not in one.codes("a.py"))
            assert "HSE101" in one.codes("a.py")

    run(session())


@pytest.mark.parametrize("how", [{"arguments": ["--untrusted"]}, {"trusted": False}])
def test_nobody_elses_code_runs_where_nobody_is_trusted(
    editor: Start, write: Write, how: dict[str, Any]
) -> None:
    write("rules/loud.py", HOUSE)
    write("wbcheck.toml", 'plugins = ["./rules"]\n')

    async def session() -> None:
        async with editor(*how.pop("arguments", ()), **how) as one:
            one.open("a.py", BAD)
            await one.until(lambda: "WB101" in one.codes("a.py"))
            assert "HSE101" not in one.codes("a.py")

    run(session())


def test_a_configuration_that_changes_counts_and_a_wrong_one_is_told(editor: Start, write: Write) -> None:
    async def session() -> None:
        async with editor() as one:
            one.open("a.py", BAD)
            await one.until(lambda: "WB101" in one.codes("a.py"))
            write("wbcheck.toml", 'ignore = ["WB101"]\n')
            one.save("a.py")
            await one.until(lambda: "WB101" not in one.codes("a.py"))
            write("wbcheck.toml", 'ignor = ["WB101"]\n')
            one.save("a.py")
            await one.until(lambda: any("unknown key" in each.message for each in one.client.messages))

    run(session())


def test_files_that_are_not_open_are_checked_when_something_is_saved(editor: Start, write: Write) -> None:
    write("b.py", BAD)

    async def session() -> None:
        async with editor(wholeProject=True) as one:
            await one.until(lambda: "WB101" in one.codes("b.py"))
            write("b.py", BAD.replace("my_run", "my-run"))
            one.open("a.py", BAD)
            one.save("a.py")
            await one.until(lambda: "WB101" not in one.codes("b.py") and "WB101" in one.codes("a.py"))

    run(session())


def test_a_long_file_is_followed_through_many_changes(editor: Start) -> None:
    body = "".join(f"def function_{number}(x):\n    return x + {number}\n\n\n" for number in range(250))

    async def session() -> None:
        async with editor() as one:
            one.open("a.py", body + BAD)
            for number in range(30):
                one.type("a.py", body + BAD.replace("my_run", f"my_run_{number}"))
            await one.until(
                lambda: any(
                    "my_run_29" in each.message for each in one.client.diagnostics.get(one.uri("a.py"), [])
                )
            )

    run(session())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_places_go_both_ways(encoding: str) -> None:
    unit = read_unit("a.py", "x = '😋é'\r\ny = 'ä'\n".encode())
    for at in range(len(unit.text)):
        if unit.text[at] == "\n" and unit.text[at - 1] == "\r":
            continue
        start, _ = points(unit, Span(at, at), encoding)
        assert offset(unit, start, encoding) == at
    with pytest.raises(IndexError):
        offset(unit, Point(0, 9, 0), encoding)


def test_addresses_are_paths_and_back() -> None:
    for path in ("/home/me/a b/ä#1.py", "/tmp/100%.py"):
        assert path_of(uri_of(path)) == path
    assert path_of("untitled:Untitled-1") is None


def test_text_is_spelled_as_the_file_would_be() -> None:
    assert text_bytes("# coding: latin-1\nx = 'ä'\n") == "# coding: latin-1\nx = 'ä'\n".encode("latin-1")
    assert text_bytes("x = 'ä'\n") == "x = 'ä'\n".encode()
    assert text_bytes("# coding: latin-1\nx = '😋'\n") == "# coding: latin-1\nx = '😋'\n".encode()
