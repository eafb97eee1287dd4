"""How long it takes from a keystroke to what the editor shows.

``python benchmarks/keystrokes.py`` makes a project, opens a file of each size in it as an editor would, over
the standard input and output of `wbcheck server`, types into it one character at a time, and waits after
each for the findings of just that text. It prints percentiles in milliseconds; ``README.md`` beside this
file explains them. Exit status 2 when the server ends early.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime
import os
import platform
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import NamedTuple

import dense
import linked
from lsprotocol import types
from pygls.lsp.client import BaseLanguageClient

FILES, WITH_WANDB = 300, 60
SIZES = (100, 300, 1000)
TYPED = "abcdefghijklmnopqrstuvwxyz"
# What is typed into: a text that W&B gets, and one that has nothing to do with it.
OURS, PLAIN = 'notes="', '"""The values of `x'


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print a table, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "-n", "--keystrokes", type=int, default=50, help="of each size and place (default: 50)"
    )
    parser.add_argument("--files", type=int, default=FILES, help=f"of the project (default: {FILES})")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="lines of the file typed into")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, text in linked.files(given.files, WITH_WANDB):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        try:
            rows = asyncio.run(measured(root, given.sizes, given.keystrokes))
        except ConnectionError as error:
            print(f"keystrokes: {error}", file=sys.stderr)
            return 2
    print(table(rows, given.files))
    return 0


class Row(NamedTuple):
    """What was waited for, for how many seconds each time, and the server's CPU seconds over all of them."""

    name: str
    times: list[float]
    cpu: float


async def measured(root: Path, sizes: Sequence[int], keystrokes: int) -> list[Row]:
    """What was waited for, size by size."""
    rows = []
    for lines in sizes:
        editor = Editor(root)
        await editor.start()
        text = program(lines)
        name = f"src/acme/team_0/typed_{lines}.py"
        rows.append(Row(f"{lines} lines, opened", [await editor.open(name, text)], editor.cpu()))
        for place, mark in (("in a call of W&B", OURS), ("elsewhere", PLAIN)):
            times, before = [], editor.cpu()
            for number in range(keystrokes):
                at = text.index(mark) + len(mark)
                text = text[:at] + TYPED[number % len(TYPED)] + text[at:]
                times.append(await editor.type(name, text))
            rows.append(Row(f"{lines} lines, {place}", times, editor.cpu() - before))
        await editor.stop()
    return rows


def program(lines: int) -> str:
    """A program of this many lines: parts that are full of W&B calls, then plain functions."""
    random_ = random.Random(lines)
    parts = max(1, lines // 100)
    text = dense.program(random_, min(parts, 4), min(parts, 9)).replace(
        "wandb.init(", f'wandb.init({OURS}", ', 1
    )
    rest = iter(linked.plain(random_, lines))
    while text.count("\n") < lines - 16:
        text += next(rest)
    return text + "# The end.\n" * (lines - text.count("\n"))


class Editor:
    """A client that keeps what it is told, and waits for it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.version = 0
        self.client = BaseLanguageClient("keystrokes", "1")
        self.said = asyncio.Event()

        @self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def told(params: types.PublishDiagnosticsParams) -> None:
            if params.version == self.version:
                self.said.set()

    async def start(self) -> None:
        """Start the server."""
        await self.client.start_io(sys.executable, "-m", "wbcheck", "server")
        folder = types.WorkspaceFolder(self.root.as_uri(), "project")
        await self.client.initialize_async(
            types.InitializeParams(
                types.ClientCapabilities(), root_uri=folder.uri, workspace_folders=[folder],
                initialization_options={"wholeProject": False},
            )
        )  # fmt: skip
        self.client.initialized(types.InitializedParams())

    async def open(self, name: str, text: str) -> float:
        """Open a document; seconds until its findings are there."""
        item = types.TextDocumentItem(self.uri(name), types.LanguageKind.Python, self.expect(), text)
        return await self.seconds(
            lambda: self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        )

    async def type(self, name: str, text: str) -> float:
        """Change a document; seconds until the findings of this text are there."""
        document = types.VersionedTextDocumentIdentifier(self.expect(), self.uri(name))
        change = types.DidChangeTextDocumentParams(
            document, [types.TextDocumentContentChangeWholeDocument(text)]
        )
        return await self.seconds(lambda: self.client.text_document_did_change(change))

    def expect(self) -> int:
        """The next version, whose findings are waited for."""
        self.version += 1
        self.said.clear()
        return self.version

    async def seconds(self, work: Callable[[], object]) -> float:
        """How long it takes until what is expected has come."""
        started = time.perf_counter()
        work()
        while not self.said.is_set():
            try:
                await asyncio.wait_for(self.said.wait(), 1)
            except TimeoutError:
                if self.client._server is None or self.client._server.returncode is not None:  # noqa: SLF001
                    raise ConnectionError("the server ended early") from None
        return time.perf_counter() - started

    def cpu(self) -> float:
        """CPU seconds of the server up to now, as Linux accounts for them; elsewhere 0."""
        server = self.client._server  # noqa: SLF001
        try:
            stat = Path(f"/proc/{server.pid if server else 0}/stat").read_text(encoding="utf-8")
        except OSError:
            return 0.0
        fields = stat.rpartition(")")[2].split()
        return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")

    async def stop(self) -> None:
        """End the server."""
        await self.client.shutdown_async(None)
        self.client.exit(None)
        await self.client.stop()

    def uri(self, name: str) -> str:
        """The address of a file of the project."""
        return (self.root / name).as_uri()


def table(rows: Sequence[Row], files: int) -> str:
    """The results in Markdown."""
    head = f"- {datetime.datetime.now(datetime.UTC).date()}, {os.cpu_count()} cores, {platform.system()} "
    head += f"{platform.machine()}, CPython {platform.python_version()}"
    head += f", load {os.getloadavg()[0]:.0f}\n" if hasattr(os, "getloadavg") else "\n"
    head += f"- a project of {files} files, {WITH_WANDB} of which use W&B\n\n"
    lines = ["what | times | p50 ms | p95 ms | CPU ms each", "---|--:|--:|--:|--:"]
    for name, times, cpu in rows:
        high = quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
        figures = (median(times), high, cpu / len(times))
        lines.append(" | ".join([name, str(len(times)), *(f"{each * 1000:.0f}" for each in figures)]))
    return head + "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
