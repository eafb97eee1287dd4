"""LSP's requests and notifications, and what the server does about each."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from wbcheck.server.app import Server
from wbcheck.server.checker import Checker
from wbcheck.server.documents import Document, notebook_bytes, path_of, text_bytes
from wbcheck.server.messages import FIX_ALL, NOTEBOOK_FIX_ALL
from wbcheck.server.pages import hover

T = TypeVar("T")
CONFIGURATION = frozenset(("pyproject.toml", "wbcheck.toml"))
WATCHED = tuple(
    f"**/{name}"
    for name in """
    *.py *.pyi *.ipynb *.yaml *.yml *.toml *.sh *.bash *.zsh *.slurm *.sbatch *.env .env .env.* *.lock *.mk
    requirements*.txt Dockerfile* Makefile MLproject justfile .gitignore
    """.split()
)
"""What is read beside the open documents: code, configuration, what sets variables, what pins wandb."""


def make(trusted: bool = True) -> Server:
    """A server, ready to be started."""
    server = Server(trusted)
    _begin(server, trusted)
    _follow(server)
    _answer(server)
    return server


def serve(trusted: bool) -> None:
    """Serve an editor over standard input and output until it says that it is done."""
    make(trusted).start_io()


def _begin(server: Server, trusted: bool) -> None:
    """What is agreed on at the start, and what is watched."""

    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        options = params.initialization_options
        given: dict[str, Any] = options if isinstance(options, dict) else {}
        server.checker = Checker(trusted and given.get("trusted", True) is not False)
        server.whole_project = given.get("wholeProject", True) is not False
        document = params.capabilities.text_document
        server.pulls = document is not None and document.diagnostic is not None

    @server.feature(types.INITIALIZED)
    async def initialized(params: types.InitializedParams) -> None:
        workspace = server.client_capabilities.workspace
        watching = workspace.did_change_watched_files if workspace else None
        server.look_elsewhere()
        if watching and watching.dynamic_registration:
            watchers = [types.FileSystemWatcher(glob_pattern=glob) for glob in WATCHED]
            options = types.DidChangeWatchedFilesRegistrationOptions(watchers=watchers)
            registration = types.Registration(
                id="wbcheck-files", method=types.WORKSPACE_DID_CHANGE_WATCHED_FILES, register_options=options
            )
            try:
                await server.client_register_capability_async(types.RegistrationParams([registration]))
            except JsonRpcException:
                return  # then what is saved has to do
            server.watches = True

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    async def files_changed(params: types.DidChangeWatchedFilesParams) -> None:
        if any(_matters(server, change.uri) for change in params.changes):
            await server.refresh()
        else:
            server.look_elsewhere()

    @server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    async def folders_changed(params: types.DidChangeWorkspaceFoldersParams) -> None:
        await server.refresh()

    @server.feature(types.SHUTDOWN)
    def ending(params: None) -> None:
        server.stop_looking()


def _matters(server: Server, uri: str) -> bool:
    """Whether a file on the disk counts for open documents: what is open counts as it is in the editor."""
    path = path_of(uri)
    return path not in server.documents or os.path.basename(path) in CONFIGURATION


def _follow(server: Server) -> None:
    """Documents that are opened, changed, saved and closed: texts, and notebooks by their cells."""

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    async def changed(params: types.DidOpenTextDocumentParams | types.DidChangeTextDocumentParams) -> None:
        await _changed(server, params.text_document.uri)

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_OPEN)
    @server.feature(types.NOTEBOOK_DOCUMENT_DID_CHANGE)
    async def notebook_changed(
        params: types.DidOpenNotebookDocumentParams | types.DidChangeNotebookDocumentParams,
    ) -> None:
        await _notebook_changed(server, params.notebook_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    async def closed(params: types.DidCloseTextDocumentParams) -> None:
        await _closed(server, params.text_document.uri)

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_CLOSE)
    async def notebook_closed(params: types.DidCloseNotebookDocumentParams) -> None:
        await _closed(server, params.notebook_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    @server.feature(types.NOTEBOOK_DOCUMENT_DID_SAVE)
    async def saved(params: types.DidSaveTextDocumentParams | types.DidSaveNotebookDocumentParams) -> None:
        if server.watches:
            server.look_elsewhere()
        else:
            await server.refresh()


def _answer(server: Server) -> None:
    """What editors ask about a place."""

    @server.feature(
        types.TEXT_DOCUMENT_DIAGNOSTIC,
        types.DiagnosticOptions(
            inter_file_dependencies=True, workspace_diagnostics=False, identifier="wbcheck"
        ),
    )
    async def pulled(params: types.DocumentDiagnosticParams) -> types.RelatedFullDocumentDiagnosticReport:
        uri = params.text_document.uri
        place = server.located(uri)
        said = await server.findings(place[0]) if place else {}
        return types.RelatedFullDocumentDiagnosticReport(items=said.get(uri, []))

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix, FIX_ALL, NOTEBOOK_FIX_ALL]),
    )
    async def actions(params: types.CodeActionParams) -> list[types.CodeAction]:
        only = params.context.only
        kinds = None if only is None else [str(getattr(kind, "value", kind)) for kind in only]

        def offered(document: Document, cell: int) -> list[types.CodeAction]:
            return server.messages.actions(document, cell, params.range, kinds)

        return await _asked(server, params.text_document.uri, offered) or []

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hovered(params: types.HoverParams) -> types.Hover | None:
        def said(document: Document, cell: int) -> str | None:
            at = server.messages.offset(document, cell, params.position)
            return None if at is None else hover(server.checker, document.path, at)

        text = await _asked(server, params.text_document.uri, said)
        return None if text is None else types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text))

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    async def defined(params: types.DefinitionParams) -> list[types.Location]:
        def found(document: Document, cell: int) -> list[types.Location]:
            at = server.messages.offset(document, cell, params.position)
            return [] if at is None else server.messages.loggers(document.path, at)

        return await _asked(server, params.text_document.uri, found) or []


async def _asked(server: Server, uri: str, question: Callable[[Document, int], T]) -> T | None:
    """The answer to a question about the document, and the cell of it, that an address belongs to."""
    place = server.located(uri)
    return (
        None if place is None else await server.ask(place[0], lambda document: question(document, place[1]))
    )


async def _changed(server: Server, uri: str) -> None:
    path = path_of(uri)
    if path is not None and not server.is_cell(uri):
        text = server.workspace.get_text_document(uri)
        await server.put(Document(uri, path, text.version or 0, text_bytes(text.source)))


async def _closed(server: Server, uri: str) -> None:
    path = path_of(uri)
    if path is not None and not server.is_cell(uri):
        await server.drop(path)


async def _notebook_changed(server: Server, uri: str) -> None:
    path = path_of(uri)
    notebook = server.workspace.get_notebook_document(notebook_uri=uri)
    if path is None or notebook is None:
        return
    cells = [(cell.kind == types.NotebookCellKind.Code, cell.document) for cell in notebook.cells]
    texts = [(is_code, server.workspace.get_text_document(address).source) for is_code, address in cells]
    code = tuple(address for is_code, address in cells if is_code)
    await server.put(Document(uri, path, notebook.version, notebook_bytes(texts), code))
