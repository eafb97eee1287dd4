"""Values as TOML spells them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def as_toml(value: object) -> str:
    """A value as it stands in a configuration file, on one line."""
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{key_as_toml(key)} = {as_toml(one)}" for key, one in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(as_toml, value))}]"
    # The escapes of a basic string are those of JSON, and one more.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def key_as_toml(key: str) -> str:
    """A key, quoted where it has to be."""
    return key if _BARE.fullmatch(key) else as_toml(key)
