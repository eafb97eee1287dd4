"""Records Neovim with `wbcheck server`, and draws the recording: `make recording`.

A real Neovim runs in a real pseudo-terminal, set up by the lines that `docs/editors.md` gives, and is
typed to. What it writes to the terminal, and when, is kept as an asciicast, with a marker where each step
begins (`docs/editor.cast`; docs.asciinema.org/manual/asciicast/v2). The picture (`docs/editor.svg`) is drawn
from that file alone, screen by screen; only long waits are shortened.
"""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pexpect
import pyte

DOCS = Path(__file__).resolve().parent
CAST, PICTURE = DOCS / "editor.cast", DOCS / "editor.svg"
PROJECT = DOCS.parent / "fixtures" / "messy-project"
FILE = "train_seeds.py"
COLUMNS, ROWS = 100, 22
PATIENCE = 120.0
"""Seconds to wait for a screen: a bound on a recording that fails, not on one that is slow."""

# What a person would have set, besides the lines from the documentation.
COMFORT = """
vim.o.termguicolors = true
vim.o.background = "dark"
vim.o.signcolumn = "yes"
vim.o.ruler = false
vim.o.wrap = false
vim.cmd("highlight SignColumn guibg=NONE")
vim.cmd("highlight NormalFloat guibg=#2b2e37")
vim.cmd("highlight NonText guifg=#4b505c")
vim.cmd("highlight StatusLine gui=NONE guifg=#d6d9e0 guibg=#2b2e37")
vim.cmd("highlight MsgSeparator gui=NONE guifg=#d6d9e0 guibg=#2b2e37")
vim.cmd("highlight DiagnosticError guifg=#f0717a")
vim.cmd("highlight DiagnosticWarn guifg=#e5c07b")
vim.diagnostic.config({ virtual_text = true })
vim.o.shortmess = vim.o.shortmess .. "I"
vim.keymap.set("n", "]d", vim.diagnostic.goto_next)
vim.keymap.set("n", "ga", vim.lsp.buf.code_action)
"""


class Step(NamedTuple):
    """What is typed, in words and in keys, and what the screen shows when it has been done."""

    words: str
    keys: str
    shows: Callable[[str], bool]


STEPS = (
    Step(
        "The file is opened. wbcheck says what it found beside the lines.",
        "",
        lambda screen: "init-in-loop" in screen and "\nW " in screen,
    ),
    Step(
        "To the next finding: what it is, why it matters, what to do about it.",
        "]d",
        lambda screen: "Diagnostics:" in screen,
    ),
    Step("What can be done here?", "ga", lambda screen: "Type number" in screen),
    Step(
        "The first: each pass of the loop has its own run now.",
        "1<Enter>",
        lambda screen: "with wandb.init(" in screen and "init-in-loop" not in screen,
    ),
    Step("The file is saved.", ":w<Enter>", lambda screen: "written" in screen),
)
KEYS = {"<Enter>": "\r", "<Esc>": "\x1b"}


def setup() -> str:
    """The Lua that `docs/editors.md` gives for this Neovim. Raises ``LookupError`` where it gives none."""
    said = subprocess.run(["nvim", "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"NVIM v(\d+)\.(\d+)", said)
    is_new = found is not None and (int(found[1]), int(found[2])) >= (0, 11)
    page = (DOCS / "editors.md").read_text(encoding="utf-8")
    for lines in re.findall(r"^```lua\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        if ("vim.lsp.enable" in lines) is is_new and "wbcheck" in lines:
            return str(lines)
    raise LookupError("docs/editors.md says nothing for this Neovim")


def record(steps: tuple[Step, ...] = STEPS) -> tuple[str, str]:
    """A recording of the steps on a copy of the project: the asciicast, and the file as it is in the end.

    Raises ``TimeoutError`` where a screen does not come to show what it should.
    """
    with tempfile.TemporaryDirectory() as folder:
        project = Path(shutil.copytree(PROJECT, Path(folder) / "phishing"))
        lua = Path(folder) / "init.lua"
        lua.write_text(COMFORT + setup(), encoding="utf-8")
        here = os.pathsep.join((os.path.dirname(sys.executable), os.environ.get("PATH", "")))
        state = {f"XDG_{name}_HOME": folder for name in ("DATA", "STATE", "CACHE", "CONFIG")}
        editor = pexpect.spawn(
            "nvim",
            ["-n", "-i", "NONE", "-u", str(lua), FILE],
            cwd=str(project),
            env={**os.environ, **state, "PATH": here, "TERM": "xterm-256color", "LANG": "C.UTF-8"},
            dimensions=(ROWS, COLUMNS),
        )
        try:
            events = list(_events(editor, steps))
        finally:
            editor.close(force=True)
        head = {"version": 2, "width": COLUMNS, "height": ROWS, "title": f"nvim {FILE}"}
        cast = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in (head, *events))
        return cast, (project / FILE).read_text(encoding="utf-8")


def _events(editor: Any, steps: tuple[Step, ...]) -> Iterator[tuple[float, str, str]]:
    """What the terminal is sent, with the steps as markers, typing as a person does."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(screen)
    began = time.monotonic()
    pending = b""

    def now() -> float:
        return round(time.monotonic() - began, 3)

    def heard() -> Iterator[tuple[float, str, str]]:
        nonlocal pending
        try:
            data = editor.read_nonblocking(65536, timeout=0.05)
        except pexpect.TIMEOUT:
            return
        stream.feed(data)
        text = (pending + data).decode("utf-8", "ignore")
        pending = (pending + data)[len(text.encode()) :]
        yield now(), "o", text

    for step in steps:
        yield now(), "m", step.words
        for key in re.findall(r"<[^>]+>|.", step.keys):
            editor.send(KEYS.get(key, key))
            until = time.monotonic() + 0.25
            while time.monotonic() < until:
                yield from heard()
        end = time.monotonic() + PATIENCE
        while not step.shows("\n".join(screen.display)):
            if time.monotonic() > end:
                raise TimeoutError(f"{step.words}\n" + "\n".join(screen.display))
            yield from heard()
        until = time.monotonic() + 1.0
        while time.monotonic() < until:
            yield from heard()


# Drawing it

CELL, LINE, SIZE, EDGE, BAR = 8.4, 18, 14, 12, 34
"""In the picture's units: a character's width, a line's height, the size of letters, the margin, the bars."""
LONGEST, READING = 1.0, 3.5
"""Seconds: no screen stays longer than that, but for the last of a step, which is there to be read."""
PAPER, INK, QUIET = "#1b1d23", "#d6d9e0", "#9aa0ad"
NAMED = {
    "black": "#000000", "red": "#e06c75", "green": "#98c379", "brown": "#e5c07b", "blue": "#61afef",
    "magenta": "#c678dd", "cyan": "#56b6c2", "white": "#d6d9e0", "brightblack": "#7f848e",
}  # fmt: skip


class Run(NamedTuple):
    """Characters of one line that look alike: where they begin, and how they look."""

    column: int
    text: str
    color: str
    ground: str
    bold: bool


class Frame(NamedTuple):
    """One screen: its lines, the words of its step, and for how many seconds it is shown."""

    lines: tuple[tuple[Run, ...], ...]
    words: str
    seconds: float


def frames(cast: str) -> list[Frame]:
    """The screens of a recording, one after the other; what nobody could have seen is left out."""
    head, *events = map(json.loads, cast.splitlines())
    screen = pyte.Screen(head["width"], head["height"])
    stream = pyte.Stream(screen)
    found: list[Frame] = []
    words = ""
    end = (events[-1][0], "m", "")
    for (at, kind, data), (later, following, _) in pairwise([*events, end]):
        if kind == "m":
            words = data
            continue
        stream.feed(data)
        seconds = READING if following == "m" else min(later - at, LONGEST)
        lines = tuple(_runs(screen, row) for row in range(screen.lines))
        if found and (found[-1].lines, found[-1].words) == (lines, words):
            found[-1] = found[-1]._replace(seconds=max(seconds, found[-1].seconds))
        elif seconds >= 0.03:
            found.append(Frame(lines, words, round(seconds, 2)))
    return found


def _runs(screen: Any, row: int) -> tuple[Run, ...]:
    runs: list[Run] = []
    for column in range(screen.columns):
        cell = screen.buffer[row][column]
        color, ground = _color(cell.fg, INK), _color(cell.bg, PAPER)
        is_cursor = (screen.cursor.y, screen.cursor.x) == (row, column) and not screen.cursor.hidden
        if cell.reverse is not is_cursor:
            color, ground = ground, color
        run = Run(column, cell.data, color, ground, cell.bold)
        if runs and runs[-1][2:] == run[2:]:
            runs[-1] = runs[-1]._replace(text=runs[-1].text + cell.data)
        else:
            runs.append(run)
    return tuple(run for run in runs if run.text.strip() or run.ground != PAPER)


def _color(name: str, default: str) -> str:
    return default if name == "default" else NAMED.get(name.lower()) or f"#{name}"


def picture(cast: str) -> str:
    """The recording as an SVG that plays by itself; its last screen where motion is not wanted."""
    shown = frames(cast)
    head = json.loads(cast.partition("\n")[0])
    width, height = head["width"] * CELL + 2 * EDGE, head["height"] * LINE + 2 * BAR
    different = dict.fromkeys(line for each in shown for line in each.lines)
    names = {line: f"l{number}" for number, line in enumerate(different)}
    last = -(len(shown) - 1) * height
    whole = sum(each.seconds for each in shown)
    moments, passed = [], 0.0
    for number, each in enumerate(shown):
        moments.append(f"{passed / whole:.4%}{{transform:translateY({-number * height}px)}}")
        passed += each.seconds
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height}" role="img">',
        f"<title>{html.escape(head['title'])}</title>",
        "<style>",
        f"text{{font:{SIZE}px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;white-space:pre}}",
        "rect{shape-rendering:crispEdges}",
        ".b{font-weight:bold}",
        ".w{font-family:system-ui,sans-serif}",
        f"@keyframes play{{{''.join(moments)}}}",
        f".f{{animation:play {whole:.2f}s step-end infinite}}",
        f"@media(prefers-reduced-motion:reduce){{.f{{animation:none;transform:translateY({last}px)}}}}",
        "</style>",
        f'<rect width="{width:g}" height="{height}" rx="8" fill="{PAPER}"/>',
        "<defs>",
        *(f'<g id="{name}">{"".join(map(_drawn, line))}</g>' for line, name in names.items()),
        "</defs>",
        '<g class="f">',
    ]
    for number, each in enumerate(shown):
        top = number * height
        parts += [
            f'<g transform="translate(0 {top})">',
            f'<text class="w" x="{EDGE}" y="{BAR - 12}" fill="{QUIET}">{html.escape(head["title"])}</text>',
            *(
                f'<use href="#{names[line]}" x="{EDGE}" y="{BAR + row * LINE}"/>'
                for row, line in enumerate(each.lines)
                if line
            ),
            f'<text class="w" x="{EDGE}" y="{height - 11}" fill="{INK}">{html.escape(each.words)}</text>',
            "</g>",
        ]
    return "\n".join([*parts, "</g>", "</svg>", ""])


def _drawn(run: Run) -> str:
    """Characters of a line, at the height 0."""
    x, wide = run.column * CELL, len(run.text) * CELL
    ground = f'<rect x="{x:g}" width="{wide:g}" height="{LINE}" fill="{run.ground}"/>'
    ground = ground if run.ground != PAPER else ""
    if not run.text.strip():
        return ground
    weight = ' class="b"' if run.bold else ""
    # Whatever the font: each run has the width that it has in a terminal.
    place = f'x="{x:g}" y="{LINE - 4}" textLength="{wide:g}" lengthAdjust="spacingAndGlyphs"'
    return f'{ground}<text {place} fill="{run.color}"{weight}>{html.escape(run.text)}</text>'


if __name__ == "__main__":
    made, _ = record()
    CAST.write_text(made, encoding="utf-8")
    PICTURE.write_text(picture(made), encoding="utf-8")
