"""Variables of W&B's that a text sets for other programs: `env={**os.environ, "WANDB_PROJECT": "texts"}`.

What a parent hands to those that it starts may go through dicts, helpers and command lines. That it does so
is told from the text alone; to what it sets them is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wbcheck.diagnostic import Span

_NAME = r"WANDB_[A-Z0-9_]*[A-Z0-9]"
_HANDED = re.compile(
    rf"""["'](?P<key>{_NAME})["']\s*(?::|\]\s*=(?!=))   # a key of a dict, displayed or assigned
       | \bdict\([^()]*?\b(?P<word>{_NAME})\s*=(?!=)    # dict(os.environ, WANDB_PROJECT=…)
       | ["'](?P<pair>{_NAME})=                          # a line for a shell, an argument of docker
    """,
    re.VERBOSE,
)


def handed_in(text: str) -> Iterator[tuple[str, Span]]:
    """Each variable that a text may set for another program, with the place of its name."""
    if "WANDB_" in text:
        for match in _HANDED.finditer(text):
            group = match.lastgroup or "key"
            yield match[group], Span(*match.span(group))
