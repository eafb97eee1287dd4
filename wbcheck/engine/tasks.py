"""What is analysed: a file, what it holds, and what it is to know of others."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec

from wbcheck.settings import Settings

if TYPE_CHECKING:
    from wbcheck.model.exports import Context


class Found(Protocol):
    """A file: as shown to the user, where it is, and its role."""

    @property
    def path(self) -> str: ...
    @property
    def absolute(self) -> str: ...
    @property
    def role(self) -> str: ...


class Subject(msgspec.Struct, frozen=True):
    """A file that is analysed, with what it holds."""

    found: Found
    settings: Settings
    data: bytes


class Task(NamedTuple):
    """A file to analyse, and what is known to it of others, if anything: all that its model hangs on."""

    subject: Subject
    context: Context | None = None
