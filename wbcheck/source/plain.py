"""A file that is read as it stands, and neither Python nor a notebook."""

from __future__ import annotations

from wbcheck.diagnostic import Span
from wbcheck.source.unit import Language, SourceError, Unit, native_ends, ordered

_BOM = b"\xef\xbb\xbf"


class PlainUnit(Unit):
    """A text file. Of ``code`` only the comments are as written, and the lines."""

    def __init__(
        self, path: str, language: Language, text: str, code: str, bom: bool = False, encoding: str = "utf-8"
    ) -> None:
        super().__init__(path, language, text, code)
        self._bom = bom
        self._encoding = encoding

    def is_sound(self) -> bool:
        """Whether the text is what its language takes; of most nothing is said."""
        return True

    def apply(self, edits: tuple[tuple[Span, str], ...]) -> bytes:
        """The file's bytes after the edits; see ``Unit.apply``."""
        parts = []
        reached = 0
        for span, content in ordered(edits, len(self.text)):
            parts += [self.text[reached : span.start], native_ends(content, self.text)]
            reached = span.end
        parts.append(self.text[reached:])
        try:
            return (_BOM if self._bom else b"") + "".join(parts).encode(self._encoding)
        except UnicodeEncodeError as error:
            character = error.object[error.start]
            raise SourceError(f"{character!r} cannot be written in {self._encoding.upper()}") from None


def decoded(data: bytes) -> tuple[str, bool]:
    """The text of UTF-8 bytes, and whether a byte order mark stands before it. Raises ``SourceError``."""
    try:
        return data.removeprefix(_BOM).decode(), data.startswith(_BOM)
    except UnicodeDecodeError as error:
        raise SourceError(f"not utf-8: byte 0x{data[error.start]:02x} at {error.start}") from None
