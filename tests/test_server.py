"""The language server, as an editor sees it: over its standard input and output."""

from __future__ import annotations

import asyncio
import random
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from checked import session as checked_session
from conftest import RULE
from lsprotocol import types
from pygls.exceptions import JsonRpcRequestCancelled
from pygls.protocol import default_converter
from pytest_lsp import LanguageClient, client_capabilities

from wbcheck.diagnostic import Applicability, Diagnostic, Span
from wbcheck.server.documents import path_of, text_bytes, uri_of
from wbcheck.server.places import Point, offset, points
from wbcheck.source import read_unit

Write = Callable[[str, str], Path]
FIXTURES = Path(__file__).parent.parent / "fixtures"
BAD = 'import wandb\n\nrun = wandb.init(name="my_run", project="texts")\nrun.finish()\n'
EMOJI = 'import wandb\n\n"😋é"; run = wandb.init(project="texts", name="my_run"); run.finish()\n'
LONG = "".join(f"def function_{number}(x):\n    return x + {number}\n\n\n" for number in range(250))
HOUSE = RULE.format(
    code="HSE101", name="house-rule", preset="RECOMMENDED", body='raise ValueError("no\\nmore")'
)


class Editor:
    """A client, and what it has open."""

    def __init__(self, client: LanguageClient, folder: Path) -> None:
        self.client = client
        self.folder = folder
        self.versions: dict[str, int] = {}
        self.heard: list[types.PublishDiagnosticsParams] = []

    def uri(self, name: str) -> str:
        file, hash_, cell = name.partition("#")
        return uri_of(str(self.folder / file)) + hash_ + cell

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

    def changed(self, *names: str) -> None:
        """Say that files on the disk have changed."""
        kind = types.FileChangeType.Changed
        changes = [types.FileEvent(self.uri(name), kind) for name in names]
        self.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams(changes))

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
            types.Range(types.Position(line, 0), types.Position(line, 400)),
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


def applied(text: str, edits: Sequence[types.TextEdit]) -> str:
    """The text with edits made, whose columns are code units of UTF-16."""
    lines = text.splitlines(keepends=True)

    def at(place: types.Position) -> int:
        before = lines[place.line].encode("utf-16-le")[: 2 * place.character].decode("utf-16-le")
        return sum(len(line) for line in lines[: place.line]) + len(before)

    places = [(at(edit.range.start), at(edit.range.end), edit.new_text) for edit in edits]
    for start, end, new in sorted(places, key=lambda each: each[0])[::-1]:
        text = text[:start] + new + text[end:]
    return text


def edits_of(action: types.CodeAction) -> Sequence[types.TextEdit]:
    """The edits of an action that changes one document."""
    assert action.edit
    ((edits),) = (action.edit.changes or {}).values()
    return edits


Start = Callable[..., Any]


@pytest.fixture
def editor(project: Path) -> Start:
    """Starts a server in the project's folder, as an editor would: `async with editor() as one:`."""

    @asynccontextmanager
    async def start(
        *arguments: str,
        encodings: tuple[str, ...] = (),
        pulls: bool = False,
        watches: bool = False,
        **options: Any,
    ) -> AsyncIterator[Editor]:
        client = LanguageClient(converter_factory=default_converter)
        one = Editor(client, project)

        def told(params: types.PublishDiagnosticsParams) -> None:
            one.heard.append(params)
            client.diagnostics[params.uri] = list(params.diagnostics)

        def shown(params: types.ShowMessageParams) -> None:
            client.messages.append(params)

        def registered(params: types.RegistrationParams) -> None:
            assert watches

        client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(told)
        client.feature(types.WINDOW_SHOW_MESSAGE)(shown)
        client.feature(types.CLIENT_REGISTER_CAPABILITY)(registered)
        await client.start_io(sys.executable, "-P", "-m", "wbcheck", "server", *arguments)
        capabilities = client_capabilities("visual-studio-code")
        assert capabilities.text_document
        capabilities.text_document.diagnostic = types.DiagnosticClientCapabilities() if pulls else None
        capabilities.general = types.GeneralClientCapabilities(
            position_encodings=[types.PositionEncodingKind(each) for each in encodings] or None
        )
        assert capabilities.workspace
        capabilities.workspace.did_change_watched_files = (
            types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True) if watches else None
        )
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
            yield one
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
            one.open("a.py", EMOJI)
            await one.until(lambda: "WB101" in one.codes("a.py"))
            offered = await one.actions("a.py", 2, ["quickfix"])
            (fix,) = (each for each in offered if each.is_preferred)
            assert fix.title.startswith("WB101: ")
            assert fix.diagnostics is not None
            assert fix.diagnostics[0].code == "WB101"
            assert applied(EMOJI, edits_of(fix)) == EMOJI.replace("my_run", "my-run")
            (comment,) = (each for each in offered if each.title == "WB101: silence it here")
            assert not comment.is_preferred
            silent = applied(EMOJI, edits_of(comment))
            assert silent == EMOJI.replace("finish()", "finish()  # wbcheck: ignore[WB101]")
            one.type("a.py", silent)
            await one.until(lambda: "WB101" not in one.codes("a.py"))

    run(session())


def test_unsafe_fixes_say_so_and_are_not_preferred(editor: Start) -> None:
    async def session() -> None:
        async with editor() as one:
            flat = 'import wandb\n\nwith wandb.init(project="p", config={"lr": 0.1}) as run:\n    pass\n'
            one.open("a.py", flat)
            await one.until(lambda: "WB202" in one.codes("a.py"))
            offered = await one.actions("a.py", 2, ["quickfix"])
            (fix,) = (each for each in offered if each.title.endswith("(unsafe)"))
            assert fix.title.startswith("WB202: ")
            assert not fix.is_preferred
            assert not [each for each in offered if each.is_preferred]
            assert await one.actions("a.py", 2, ["source.fixAll"]) == []

    run(session())


def test_all_safe_fixes_are_one_action_for_saving(editor: Start) -> None:
    async def session() -> None:
        async with editor() as one:
            text = BAD + BAD.replace("my_run", "your_run").partition("\n\n")[2]
            one.open("a.py", text)
            await one.until(lambda: one.codes("a.py").count("WB101") == 2)
            (whole,) = await one.actions("a.py", 0, ["source.fixAll"])
            assert whole.kind == "source.fixAll.wbcheck"
            mended = applied(text, edits_of(whole))
            assert mended == text.replace("my_run", "my-run").replace("your_run", "your-run")
            one.type("a.py", mended)
            assert await one.actions("a.py", 0, ["source.fixAll"]) == []
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
            write("pyproject.toml", "[project]\nname = 'steps'\n")
            write("make.py", make)
            one.open("use.py", f"# 😋\n{use}")
            await one.until(lambda: bool(one.codes("use.py")))
            asked = types.DefinitionParams(
                types.TextDocumentIdentifier(one.uri("use.py")), types.Position(4, 24)
            )
            (place,) = await one.client.text_document_definition_async(asked)
            assert isinstance(place, types.Location)
            assert (place.uri, place.range.start.line) == (one.uri("make.py"), 3)
            one.open("make.py", f"# It moved, and nobody has saved it.\n{make}")
            (place,) = await one.client.text_document_definition_async(asked)
            assert (place.uri, place.range.start.line) == (one.uri("make.py"), 4)

    run(session())


class Notebook:
    """A notebook that is open: its code cells by name, after one of words."""

    def __init__(self, editor: Editor, name: str, **cells: str) -> None:
        self.editor = editor
        self.uri = editor.uri(name)
        made = [types.NotebookCell(types.NotebookCellKind.Markup, self.address("words"))]
        made += [types.NotebookCell(types.NotebookCellKind.Code, self.address(each)) for each in cells]
        documents = [
            types.TextDocumentItem(cell.document, types.LanguageKind.Python, 1, text)
            for cell, text in zip(made, ("# Words", *cells.values()), strict=True)
        ]
        self.version = 1
        editor.client.notebook_document_did_open(
            types.DidOpenNotebookDocumentParams(
                types.NotebookDocument(self.uri, "jupyter-notebook", 1, made), documents
            )
        )

    def address(self, cell: str) -> str:
        return f"{self.uri}#{cell}"

    def found(self, cell: str) -> list[types.Diagnostic]:
        return list(self.editor.client.diagnostics.get(self.address(cell), ()))

    def codes(self, cell: str) -> list[str]:
        return [str(each.code) for each in self.found(cell)]

    def type(self, cell: str, text: str) -> None:
        self.version += 1
        document = types.VersionedTextDocumentIdentifier(uri=self.address(cell), version=self.version)
        content = types.NotebookDocumentCellContentChanges(
            document, [types.TextDocumentContentChangeWholeDocument(text)]
        )
        self.change(types.NotebookDocumentCellChanges(text_content=[content]))

    def remove(self, index: int, cell: str) -> None:
        self.version += 1
        structure = types.NotebookDocumentCellChangeStructure(
            types.NotebookCellArrayChange(index, 1),
            did_close=[types.TextDocumentIdentifier(self.address(cell))],
        )
        self.change(types.NotebookDocumentCellChanges(structure=structure))

    def change(self, cells: types.NotebookDocumentCellChanges) -> None:
        self.editor.client.notebook_document_did_change(
            types.DidChangeNotebookDocumentParams(
                types.VersionedNotebookDocumentIdentifier(self.version, self.uri),
                types.NotebookDocumentChangeEvent(cells=cells),
            )
        )


def test_notebooks_have_their_findings_in_their_cells(editor: Start) -> None:
    async def session() -> None:
        async with editor() as one:
            book = Notebook(
                one,
                "a.ipynb",
                first="%pip install wandb\nimport wandb",
                second='run = wandb.init(name="my_run")\nrun.finish()',
            )
            await one.until(lambda: "WB101" in book.codes("second"))
            (found,) = (each for each in book.found("second") if each.code == "WB101")
            assert (found.range.start.line, found.range.start.character) == (0, 23)
            assert not book.codes("first")

    run(session())


def test_cells_are_typed_in_mended_and_removed(editor: Start) -> None:
    async def session() -> None:
        async with editor() as one:
            begin = 'run = wandb.init(name="my_run")'
            book = Notebook(one, "a.ipynb", first="import wandb", second=begin, third="run.finish()")
            await one.until(lambda: "WB101" in book.codes("second"))
            book.type("second", f"# 😋\n{begin}")
            await one.until(lambda: [each.range.start.line for each in book.found("second")][:1] == [1])
            for asked, kind in (
                ("source.fixAll", "source.fixAll.wbcheck"),
                ("notebook.source.fixAll.wbcheck", "notebook.source.fixAll.wbcheck"),
            ):
                (action,) = await one.actions("a.ipynb#second", 1, [asked])
                assert action.kind == kind
                assert action.edit
                assert list(action.edit.changes or {}) == [book.address("second")]
                assert "my-run" in applied(f"# 😋\n{begin}", edits_of(action))
            book.remove(2, "second")
            await one.until(lambda: not book.codes("second"))
            book.type("first", f"import wandb\n{begin}")
            await one.until(lambda: "WB101" in book.codes("first"))
            one.client.notebook_document_did_close(
                types.DidCloseNotebookDocumentParams(types.NotebookDocumentIdentifier(book.uri), [])
            )
            await one.until(lambda: not book.codes("first"))

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
    write("click.py", "raise SystemExit('code of the folder ran')\n")
    write(
        "wbcheck.toml",
        """
        plugins = ["./rules"]
        extend-select = ["HSE"]
        ignore = ["house-rule", "WB102"]
        per-file-ignores = { "*.py" = ["HSE101"] }
        new-files = { since = "main", extend-select = ["HSE101"] }
        rules = { house-rule = { level = 3 } }
        """,
    )
    write("b.py", BAD.replace("finish()", "finish()  # wbcheck: ignore[HSE101]"))

    async def session() -> None:
        async with editor(*how.pop("arguments", ()), wholeProject=True, **how) as one:
            one.open("a.py", BAD)
            await one.until(lambda: "WB101" in one.codes("a.py") and "WB101" in one.codes("b.py"))
            assert not {"HSE101", "WB102"} & {*one.codes("a.py"), *one.codes("b.py")}
            assert "WB003" not in one.codes("b.py")
            assert not one.client.messages

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
            assert await one.actions("a.py", 2) == []
            assert await one.hover("a.py", 2, 24) is None
            assert len(one.client.messages) == 1, "it is said once"
            write("wbcheck.toml", "")
            one.save("a.py")
            await one.until(lambda: "WB101" in one.codes("a.py"))

    run(session())


def test_what_a_baseline_knows_is_not_shown(editor: Start, write: Write) -> None:
    write("a.py", BAD)
    write("wbcheck.toml", 'baseline = "known.toml"\n')
    subprocess.run(
        [sys.executable, "-m", "wbcheck", "baseline"], cwd=write("known.toml", "").parent, check=True
    )

    async def session() -> None:
        async with editor(wholeProject=True, watches=True) as one:
            one.open("a.py", f"# Moved.\n{BAD}x = wandb.init(name='an_other', project='texts')\nx.finish()\n")
            await one.until(lambda: "WB101" in one.codes("a.py"))
            assert [each.range.start.line for each in one.client.diagnostics[one.uri("a.py")]] == [5, 5]
            (whole,) = await one.actions("a.py", 0, ["source.fixAll"])
            assert [each.range.start.line for each in edits_of(whole)] == [5]
            one.close("a.py")
            await one.until(lambda: not one.codes("a.py"))
            write("known.toml", "version = 9\n")
            one.changed("known.toml")
            one.open("a.py", BAD)
            await one.until(lambda: any("not a baseline" in each.message for each in one.client.messages))
            assert one.codes("a.py") == []

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


@pytest.mark.parametrize(("encoding", "column"), [("utf-8", 50), ("utf-16", 47), ("utf-32", 46)])
def test_a_file_is_spoken_of_in_one_way_whether_it_is_open_or_not(
    editor: Start, write: Write, encoding: str, column: int
) -> None:
    write("a.py", EMOJI)
    write("b.py", "# This one says nothing.\n")

    async def session() -> None:
        async with editor(wholeProject=True, watches=True, encodings=(encoding,)) as one:

            def said() -> list[tuple[types.Range, str]]:
                return [(each.range, each.message) for each in one.client.diagnostics[one.uri("a.py")]]

            await one.until(lambda: "WB101" in one.codes("a.py"))
            closed = said()
            (found,) = (each for each in one.client.diagnostics[one.uri("a.py")] if each.code == "WB101")
            assert found.range.start.character == column
            one.open("a.py", EMOJI.replace("my_run", "my-run"))
            await one.until(lambda: "WB101" not in one.codes("a.py"))
            one.type("a.py", EMOJI)
            await one.until(lambda: "WB101" in one.codes("a.py"))
            assert said() == closed
            one.type("a.py", "")
            await one.until(lambda: one.codes("a.py") == [])
            one.close("a.py")
            await one.until(lambda: "WB101" in one.codes("a.py"))
            assert said() == closed
            (one.folder / "a.py").unlink()
            one.changed("a.py")
            await one.until(lambda: one.codes("a.py") == [])

    run(session())


def test_editors_that_ask_are_not_told_twice(editor: Start, write: Write) -> None:
    write("a.py", BAD)

    async def session() -> None:
        async with editor(pulls=True, wholeProject=True) as one:
            await one.until(lambda: "WB101" in one.codes("a.py"))
            one.open("a.py", BAD)
            await one.until(lambda: one.codes("a.py") == [])
            one.close("a.py")
            await one.until(lambda: "WB101" in one.codes("a.py"))

    run(session())


def test_folders_come_and_go(editor: Start, write: Write, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "b.py").write_text(BAD)
    (other / "wbcheck.toml").write_text('ignore = ["WB102"]\n')
    write("a.py", BAD)
    folder = types.WorkspaceFolder(uri_of(str(other)), "other")

    async def session() -> None:
        async with editor(wholeProject=True) as one:
            b = uri_of(str(other / "b.py"))

            def codes() -> list[str]:
                return [str(each.code) for each in one.client.diagnostics.get(b, [])]

            def change(added: list[types.WorkspaceFolder], removed: list[types.WorkspaceFolder]) -> None:
                event = types.WorkspaceFoldersChangeEvent(added=added, removed=removed)
                one.client.workspace_did_change_workspace_folders(
                    types.DidChangeWorkspaceFoldersParams(event)
                )

            await one.until(lambda: "WB102" in one.codes("a.py"))
            assert codes() == []
            change([folder], [])
            await one.until(lambda: codes() == ["WB101"])
            change([], [folder])
            await one.until(lambda: codes() == [])
            assert "WB102" in one.codes("a.py")

    run(session())


def test_files_that_change_on_the_disk_count(editor: Start, write: Write) -> None:
    write("names.py", 'NAME = "my-run"\n')
    text = "import wandb\nfrom names import NAME\n\nrun = wandb.init(name=NAME, project='p')\nrun.finish()\n"

    async def session() -> None:
        async with editor(watches=True) as one:
            one.open("a.py", text)
            await one.until(lambda: "WB102" in one.codes("a.py"))
            assert "WB101" not in one.codes("a.py")
            write("names.py", 'NAME = "my_run"\n')
            one.changed("names.py")
            await one.until(lambda: "WB101" in one.codes("a.py"))
            write("wbcheck.toml", 'ignore = ["WB101"]\n')
            one.changed("wbcheck.toml")
            await one.until(lambda: "WB101" not in one.codes("a.py"))

    run(session())


def test_what_is_not_wanted_any_more_is_not_done(editor: Start) -> None:
    async def session() -> None:
        async with editor() as one:
            one.open("a.py", LONG + BAD)
            asked = types.HoverParams(
                types.TextDocumentIdentifier(one.uri("a.py")),
                types.Position(LONG.count("\n") + 2, 24),
            )
            protocol = one.client.protocol
            answers = [
                protocol.send_request("textDocument/hover", asked, msg_id=number) for number in range(1, 21)
            ]
            for number in range(1, 20):
                protocol.notify("$/cancelRequest", types.CancelParams(id=number))
            page = await asyncio.wrap_future(answers[-1])
            assert "run-name-underscore" in page.contents.value
            ended = await asyncio.gather(*map(asyncio.wrap_future, answers), return_exceptions=True)
            assert any(isinstance(each, JsonRpcRequestCancelled) for each in ended)

    run(session())


def test_secrets_are_not_spelt_out(editor: Start, write: Write) -> None:
    key = "0123456789abcdef0123456789abcdef01234567"
    text = f'import wandb\n\nwandb.login(key="{key}")\n'
    write("b.py", text)

    async def session() -> None:
        async with editor(wholeProject=True) as one:
            one.open("a.py", text)
            await one.until(lambda: "WB901" in one.codes("a.py") and "WB901" in one.codes("b.py"))
            assert key not in repr(one.client.diagnostics)
            assert key not in repr(await one.actions("a.py", 2))

    run(session())


def test_a_long_file_is_followed_through_many_changes(editor: Start) -> None:
    async def session() -> None:
        async with editor() as one:
            one.open("a.py", LONG + BAD)
            for number in range(30):
                one.type("a.py", LONG + BAD.replace("my_run", f"my_run_{number}"))
            await one.until(lambda: bool(one.heard) and one.heard[-1].version == one.versions["a.py"])
            (found,) = (each for each in one.client.diagnostics[one.uri("a.py")] if each.code == "WB101")
            assert "my_run_29" in found.message
            assert len(one.heard) < 30, "what was overtaken is left out"

    run(session())


PIECES = (
    *(
        "😋",
        "é",
        "\n",
        "\r\n",
        "\r",
        "\x0c",
        "\x00",
        "\t",
        "'",
        '"""',
        'f"{',
        "(" * 40,
        ")",
        "]",
        "}",
        "\\",
        "#",
        ":",
        "@",
    ),
    *("%time ", "!ls\n", "def f(:\n", "with ", "lambda: ", "await ", "# wbcheck: ignore[", "# noqa: WB101\n"),
    *("run.log({", "wandb.init(", "\nimport wandb\n", "config=", "**", "use_artifact('a:v0')"),
)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_typed_and_whatever_becomes_of_files_it_goes_on(
    editor: Start, write: Write, seed: int
) -> None:
    chance = random.Random(seed)

    def typed(text: str) -> str:
        at = chance.randint(0, len(text))
        return text[:at] + chance.choice(PIECES) + text[at + chance.choice((0, 0, 1, 30)) :]

    def on_the_disk() -> None:
        name = chance.choice(("b.py", "c.ipynb", "sub/d.py", "sweep.yaml"))
        file = write(name, chance.choice((BAD, '{"cells": [', "method: [", "import sub.d\n")))
        if chance.random() < 0.3:
            file.unlink()
        elif chance.random() < 0.3:
            file.write_bytes(b"\xff\xfe\x00")
        one_of_them.append(name)

    one_of_them: list[str] = []

    async def session() -> None:
        async with editor(wholeProject=True, watches=True) as one:
            texts = {
                "a.py": BAD,
                "sub/d.py": EMOJI,
                "sweep.yaml": "method: grid\nparameters:\n  lr: {value: 1}\n",
            }
            for name, text in texts.items():
                one.open(name, text)
            book = Notebook(one, "e.ipynb", first="import wandb", second="wandb.init(name='a_b')")
            for number in range(80):
                name = chance.choice(list(texts))
                texts[name] = typed(texts[name])
                one.type(name, texts[name])
                book.type("second", typed("run = wandb.init(name='a_b')"))
                if number % 8 == 0:
                    on_the_disk()
                    one.changed(*one_of_them)
                    one.close(name)
                    one.open(name, texts[name])
                    await one.hover(name, chance.randint(0, 9), chance.randint(0, 99))
                    await one.actions(name, chance.randint(0, 9))
            one.type("a.py", BAD)
            await one.until(lambda: "WB101" in one.codes("a.py"))
            book.type("second", "run = wandb.init(name='a_b')")
            await one.until(lambda: "WB101" in book.codes("second"))
            assert not one.client.messages

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


def test_quick_fixes_make_the_edits_of_the_command_line(editor: Start, project: Path) -> None:
    shutil.copytree(FIXTURES / "messy-project", project, dirs_exist_ok=True)
    (project / "wbcheck.toml").write_text('select = ["all"]\n')
    check = checked_session(project, "all")
    found = [(each, each.fix) for each in check.run().diagnostics if each.path.endswith(".py")]
    fixed = [(each, fix) for each, fix in found if fix is not None]

    async def session() -> None:
        async with editor() as one:
            names = {each.path for each, _ in fixed}
            for name in names:
                one.open(name, (project / name).read_text(encoding="utf-8"))
            await one.until(lambda: all(one.codes(name) for name in names))
            for each, fix in fixed:
                offered = await one.actions(each.path, each.range.start.row - 1, ["quickfix"])
                own = [action for action in offered if is_for(each, action)]
                assert [action.is_preferred for action in own] == [fix.applicability is Applicability.SAFE], (
                    each
                )
                (action,) = own
                assert action.edit
                assert fix.message.partition(";")[0] in action.title
                made = {path_of(uri): edits for uri, edits in (action.edit.changes or {}).items()}
                targets = {edit.path or each.path for edit in fix.edits}
                assert made.keys() == {str(project / path) for path in targets}
                for path in targets:
                    unit = check.sources(path)
                    assert unit
                    own_edits = (edit for edit in fix.edits if (edit.path or each.path) == path)
                    changes = tuple((edit.span, edit.content) for edit in own_edits)
                    assert applied(unit.text, made[str(project / path)]).encode() == unit.apply(changes)

    run(session())
    assert len(fixed) > 40


def is_for(each: Diagnostic, action: types.CodeAction) -> bool:
    """Whether an action is about this very finding."""
    if not action.diagnostics:
        return False
    (told,) = action.diagnostics
    start = (told.range.start.line + 1, told.range.start.character + 1)
    return str(told.code) == each.code and start == (each.range.start.row, each.range.start.column)
