"""The server itself: LSP's requests and notifications, and when documents are looked at.

All analysis runs on one thread of its own, so that messages are answered while it works; what has been
overtaken by another change is never begun. What the rest of the project says is found out by the command
line in a process of its own, after something was saved.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from wbcheck import __version__
from wbcheck.registry import RegistryError
from wbcheck.selection import SelectorError
from wbcheck.server.checker import Checker
from wbcheck.server.documents import Document, path_of
from wbcheck.server.messages import Messages
from wbcheck.settings_file import SettingsError

DELAY = 0.15
"""Seconds without a change before what was typed is looked at."""
_SYNC = types.NotebookDocumentSyncOptions(
    notebook_selector=[
        types.NotebookDocumentFilterWithCells(
            notebook="jupyter-notebook", cells=[types.NotebookCellLanguage("python")]
        )
    ],
    save=True,
)
T = TypeVar("T")


class Server(LanguageServer):
    """One editor's server: its open documents, and what has been said about them."""

    def __init__(self, trusted: bool = True) -> None:
        super().__init__(
            "wbcheck",
            __version__,
            text_document_sync_kind=types.TextDocumentSyncKind.Full,
            notebook_document_sync=_SYNC,
        )
        self.checker = Checker(trusted)
        self.documents: dict[str, Document] = {}
        self.whole_project = True
        self.pulls = False
        self._cells: dict[str, tuple[str, int]] = {}
        self._waiting: dict[str, asyncio.Task[None]] = {}
        self._elsewhere: set[str] = set()
        self._project: asyncio.Task[None] | None = None
        self._said: set[str] = set()
        self._engine = ThreadPoolExecutor(max_workers=1, thread_name_prefix="wbcheck")

    @property
    def messages(self) -> Messages:
        """What turns findings into LSP's types, in the encoding agreed on."""
        encoding = str(getattr(self.workspace.position_encoding, "value", self.workspace.position_encoding))
        return Messages(self.checker, self.documents, encoding or "utf-16")

    def located(self, uri: str) -> tuple[Document, int] | None:
        """The open document that an address belongs to, and the cell's number (0 outside of notebooks)."""
        path, cell = self._cells.get(uri) or (path_of(uri), 0)
        document = None if path is None else self.documents.get(path)
        return None if document is None else (document, cell)

    async def analyse(self, work: Callable[[], T]) -> T:
        """Have something done by the thread that analyses."""
        return await asyncio.get_running_loop().run_in_executor(self._engine, work)

    async def put(self, document: Document) -> None:
        """A document is open, or has changed."""
        before = self.documents.get(document.path)
        self.documents[document.path] = document
        for gone in set(before.cells if before else ()) - set(document.cells):
            self._cells.pop(gone, None)
            self._publish(gone, [], None)
        for number, address in enumerate(document.cells, 1):
            self._cells[address] = (document.path, number)
        self._later(document.path, DELAY if before else 0)

    async def drop(self, path: str) -> None:
        """A document is no longer open."""
        document = self.documents.pop(path, None)
        waiting = self._waiting.pop(path, None)
        if waiting is not None:
            waiting.cancel()
        if document is None:
            return
        for address in document.cells:
            self._cells.pop(address, None)
        await self.analyse(lambda: self.checker.drop(path))
        for address in document.cells or (document.uri,):
            self._publish(address, [], None)

    async def refresh(self) -> None:
        """Files on the disk have changed, or how they are to be checked."""
        await self.analyse(self.checker.forget)
        for path in list(self.documents):
            self._later(path, 0)
        if self.pulls and self.documents:
            self.workspace_diagnostic_refresh(None)
        self.look_elsewhere()

    async def fresh(self, document: Document) -> dict[str, list[types.Diagnostic]]:
        """The findings of a document as it is now. Says so once where the configuration cannot be used."""

        def work() -> dict[str, list[types.Diagnostic]]:
            self.checker.put(document.path, document.data)
            return self.messages.diagnostics(document)

        try:
            return await self.analyse(work)
        except (SettingsError, SelectorError, RegistryError) as error:
            self.complain(str(error))
        return {address: [] for address in document.cells or (document.uri,)}

    def complain(self, words: str) -> None:
        """Show a message, the same one once."""
        if words not in self._said:
            self._said.add(words)
            self.window_show_message(types.ShowMessageParams(types.MessageType.Error, f"wbcheck: {words}"))

    def _later(self, path: str, delay: float) -> None:
        waiting = self._waiting.pop(path, None)
        if waiting is not None:
            waiting.cancel()
        self._waiting[path] = asyncio.ensure_future(self._look(path, delay))

    async def _look(self, path: str, delay: float) -> None:
        await asyncio.sleep(delay)
        document = self.documents.get(path)
        if document is None or self.pulls:
            return
        said = await self.fresh(document)
        if self.documents.get(path) is document:
            for address, found in said.items():
                self._publish(address, found, None if document.cells else document.version)

    def _publish(self, uri: str, found: list[types.Diagnostic], version: int | None) -> None:
        if not self.pulls or not found:
            self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, found, version))

    def is_cell(self, uri: str) -> bool:
        """Whether an address is that of a notebook's cell."""
        return uri in self._cells

    def look_elsewhere(self) -> None:
        """Find out what the files say that are not open; what was begun before is given up."""
        if self._project is not None:
            self._project.cancel()
        if self.whole_project and self.checker.trusted:
            self._project = asyncio.ensure_future(self._check_folders())

    async def _check_folders(self) -> None:
        """What the files say that are not open, as they are on the disk."""
        folders = [path for folder in self.workspace.folders.values() if (path := path_of(folder.uri))]
        folders = [folder for folder in folders if os.path.isdir(folder)]
        if not folders:
            return
        command = (
            sys.executable,
            "-m",
            "wbcheck",
            "check",
            "--output-format",
            "lsp",
            "--exit-zero",
            "--quiet",
        )
        process = await asyncio.create_subprocess_exec(
            *command,
            *folders,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=folders[0],
        )
        try:
            printed, _ = await process.communicate()
        except asyncio.CancelledError:
            process.kill()
            raise
        found = {each["uri"]: each["diagnostics"] for each in map(json.loads, printed.splitlines())}
        for uri in self._elsewhere - found.keys():
            self._say_of_closed(uri, [])
        for uri, said in found.items():
            self._say_of_closed(uri, said)
        self._elsewhere = set(found)

    def _say_of_closed(self, uri: str, said: list[dict[str, Any]]) -> None:
        path = path_of(uri)
        if path in self.documents:
            return
        convert = self.protocol._converter.structure  # noqa: SLF001 - pygls offers no other way
        found = [
            convert({key: each[key] for key in each if key != "data"}, types.Diagnostic) for each in said
        ]
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, found))
