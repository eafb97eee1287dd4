"""The server itself: LSP's requests and notifications, and when documents are looked at.

All analysis runs on one thread of its own, so that messages are answered while it works; what has been
overtaken by another change is never begun. What files say that are not open is found out in a process of its
own (``elsewhere``), when the server starts and whenever something on the disk has changed.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TypeVar

from cattrs import Converter
from lsprotocol import types
from lsprotocol.converters import get_converter
from pygls.lsp.server import LanguageServer

from wbcheck import __version__
from wbcheck.registry import RegistryError
from wbcheck.selection import SelectorError
from wbcheck.server.checker import Checker
from wbcheck.server.documents import Document, path_of
from wbcheck.server.elsewhere import FailedError, Published, look
from wbcheck.server.messages import Messages
from wbcheck.settings_file import SettingsError

DELAY = 0.15
"""Seconds without a change before what was typed is looked at."""
PAUSE = 0.3
"""Seconds in which changes on the disk are gathered before files are looked at that are not open."""
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
        self.watches = False
        self._cells: dict[str, tuple[str, int]] = {}
        self._waiting: dict[str, asyncio.Task[None]] = {}
        self._elsewhere: dict[str, Published] = {}
        self._looking: asyncio.Task[None] | None = None
        self._changed = False
        self._said: set[str] = set()
        self._engine = ThreadPoolExecutor(max_workers=1, thread_name_prefix="wbcheck")

    @property
    def encoding(self) -> str:
        """The units in which columns are counted, as agreed on."""
        encoding = self.workspace.position_encoding
        return str(getattr(encoding, "value", encoding) or "utf-16")

    @property
    def messages(self) -> Messages:
        """What turns findings into LSP's types."""
        return Messages(self.checker, self.documents, self.encoding)

    def located(self, uri: str) -> tuple[str, int] | None:
        """The path of the open document that an address belongs to, and the cell's number (0 for none)."""
        path, cell = self._cells.get(uri) or (path_of(uri), 0)
        return (path, cell) if path in self.documents and path is not None else None

    async def analyse(self, work: Callable[[], T]) -> T:
        """Have something done by the thread that analyses."""
        return await asyncio.get_running_loop().run_in_executor(self._engine, work)

    async def put(self, document: Document) -> None:
        """A document is open, or has changed."""
        before = self.documents.get(document.path)
        self.documents[document.path] = document
        if before is None and document.uri in self._elsewhere:
            # From now on what is said of it comes another way.
            self._say_elsewhere(Published(document.uri))
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
        if path not in self.documents and document.uri in self._elsewhere:
            self._say_elsewhere(self._elsewhere[document.uri])

    async def refresh(self) -> None:
        """Files on the disk have changed, or how they are to be checked: all is looked at anew."""
        await self.analyse(self.checker.forget)
        for path in list(self.documents):
            self._later(path, 0)
        if self.pulls and self.documents:
            self.workspace_diagnostic_refresh(None)
        self.look_elsewhere()

    async def ask(self, path: str, question: Callable[[Document], T]) -> T | None:
        """The answer to a question about an open document, as it is when its turn comes.

        ``None`` if it has been closed, or if the configuration cannot be used, which is said once.
        """

        def work() -> T | SettingsError | SelectorError | RegistryError | None:
            document = self.documents.get(path)
            if document is None:
                return None
            try:
                self.checker.put(path, document.data)
                return question(document)
            except (SettingsError, SelectorError, RegistryError) as error:
                return error

        answer = await self.analyse(work)
        if isinstance(answer, (SettingsError, SelectorError, RegistryError)):
            self.complain(str(answer))
            return None
        return answer

    async def findings(self, path: str) -> dict[str, list[types.Diagnostic]]:
        """What an open document says, by the address that it is shown at: a notebook's cells, or its own."""
        return await self.ask(path, self.messages.diagnostics) or {}

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
        said = await self.findings(path)
        if self.documents.get(path) is document:
            for address in document.cells or (document.uri,):
                self._publish(address, said.get(address, []), None if document.cells else document.version)

    def _publish(self, uri: str, found: list[types.Diagnostic], version: int | None) -> None:
        if not self.pulls or not found:
            self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, found, version))

    def is_cell(self, uri: str) -> bool:
        """Whether an address is that of a notebook's cell."""
        return uri in self._cells

    def look_elsewhere(self) -> None:
        """Find out what the files say that are not open; while that is being done, once more after it."""
        self._changed = True
        if self.whole_project and (self._looking is None or self._looking.done()):
            self._looking = asyncio.ensure_future(self._look_elsewhere())

    def stop_looking(self) -> None:
        """Nobody wants to know any more."""
        self.whole_project = False
        if self._looking is not None:
            self._looking.cancel()

    async def _look_elsewhere(self) -> None:
        while self._changed:
            await asyncio.sleep(PAUSE)
            self._changed = False
            found: dict[str, Published] = {}
            for folder in self._folders():
                try:
                    said = await look(folder, self.encoding, self.checker.trusted)
                except (FailedError, OSError, ValueError) as error:
                    self.complain(str(error))
                    continue
                found.update((each.uri, each) for each in said)
            before, self._elsewhere = self._elsewhere, found
            for uri in before.keys() | found.keys():
                if path_of(uri) not in self.documents:
                    self._say_elsewhere(found.get(uri) or Published(uri))

    def _folders(self) -> list[str]:
        folders = [path_of(folder.uri) for folder in self.workspace.folders.values()]
        return [folder for folder in folders if folder is not None and os.path.isdir(folder)]

    def _say_elsewhere(self, said: Published) -> None:
        found = [self._converter.structure(each, types.Diagnostic) for each in said.diagnostics]
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(said.uri, found))

    @cached_property
    def _converter(self) -> Converter:
        return get_converter()
