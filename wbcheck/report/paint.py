"""Colours and links for the formats that write lines, without rich: its import costs more than they do."""

from __future__ import annotations

from wbcheck.diagnostic import Diagnostic, Severity
from wbcheck.report.context import Context, Terminal
from wbcheck.report.summary import SAFE, UNSAFE, mark

_RESET, _BOLD, _CYAN = "\x1b[0m", "\x1b[1m", "\x1b[36m"
_FIXABLE = {SAFE: "\x1b[32m", UNSAFE: "\x1b[33m"}
_SEVERITY = {Severity.ERROR: "\x1b[1;31m", Severity.WARNING: "\x1b[1;33m", Severity.INFO: "\x1b[1;34m"}


def place(text: str, terminal: Terminal) -> str:
    """A path or a place, with the colon that follows it."""
    return f"{_BOLD}{text}{_RESET}{_CYAN}:{_RESET}" if terminal.color else f"{text}:"


def code(diagnostic: Diagnostic, context: Context) -> str:
    """A rule's code, which leads to the rule's page where the terminal has links (OSC 8)."""
    shown, address = diagnostic.code, address_of(diagnostic, context)
    if context.terminal.links and address:
        shown = f"\x1b]8;;{address}\x1b\\{shown}\x1b]8;;\x1b\\"
    return f"{_SEVERITY[diagnostic.severity]}{shown}{_RESET}" if context.terminal.color else shown


def sign(diagnostic: Diagnostic, terminal: Terminal) -> str:
    """``[*]``, ``[~]`` or nothing."""
    text = mark(diagnostic)
    return f"{_FIXABLE[text]}{text}{_RESET}" if text and terminal.color else text


def address_of(diagnostic: Diagnostic, context: Context) -> str:
    """Where a click on a finding's code leads."""
    return diagnostic.url or context.page(diagnostic.code)
