"""API keys that stand in a text: in a comment, in a line for a shell, in what becomes a `.env` file.

Who has a file can read all of these, whatever the program does with them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wbcheck.diagnostic import Span

# What comes just before a key. Plain searches for these words are far cheaper than one for the key's form.
_WORDS = ("WANDB_API_KEY", "wandb login", "wandb.login", '"login"', "'login'")
_KEY = re.compile(
    r"""[^\n]{0,24}?(?<![\w-])(?P<key>(?:[a-z0-9-]+-)?[0-9a-f]{40}|wandb_v\d+_\w{16,})(?!\w)""", re.IGNORECASE
)


def keys_in(text: str) -> Iterator[Span]:
    """The places of what has the form of an API key and follows a word that says that it is one."""
    for word in _WORDS:
        at = text.find(word)
        while at >= 0:
            at += len(word)
            found = _KEY.match(text, at)
            if found is not None:
                yield Span(found.start("key"), found.end("key"))
            at = text.find(word, at)
