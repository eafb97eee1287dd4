"""Whether anything in a text can be bound to W&B, by plain search: if not, it need not be parsed."""

from __future__ import annotations

import re

from wbcheck.source import Unit
from wbcheck.syntax import vocabulary

_TRAINERS = "|".join(sorted(vocabulary.TRAINERS | vocabulary.TRAINING_ARGUMENTS))


_WANDB = re.compile(r"\bwandb\b")
_IMPORT = re.compile(r"(?:^|[;:])[ \t\f]*+(?:from|import)\b", re.MULTILINE)
# Imports in brackets, and classes named for W&B.
_BINDING = re.compile(
    r"(?:^|[;:])[ \t\f]*+from[^\S\n][^\n;:()]*+\([^()]*\bwandb\b|\bWand[bB]\w*[ \t]*[(.,)]", re.MULTILINE
)


# What integrations do without naming it: where each comes from, and what of it matters.
_INTEGRATIONS = (
    (
        re.compile(r"(?:^|[;:])[ \t\f]*+(?:from|import)[ \t]+accelerate\b", re.MULTILINE),
        re.compile(r"\b(?:init_trackers|get_tracker)\b"),
    ),
    (
        re.compile(
            r"(?:^|[;:])[ \t\f]*+(?:from|import)[ \t]+(?:transformers|trl|sentence_transformers|unsloth)\b",
            re.MULTILINE,
        ),
        re.compile(rf"\b(?:{_TRAINERS})\s*\(|\([\w.]*\b(?:{_TRAINERS})\)\s*:"),
    ),
)


_REPLACING = ("patch", "setattr", "sys.modules")


# What tests put in the place of W&B: then nothing says what a call of it does.
_STAND_IN = re.compile(
    r"""\bpatch(?:\.object)?\(\s*(?:["'](?:[\w.]+\.)?wandb\b|wandb\b)"""
    r"""|\bsetattr\(\s*["']?wandb\b"""
    r"""|\bsys\.modules["']?\s*,[^()]{0,40}["']wandb["']"""
    r"""|\bsys\.modules\[["']wandb["']\]\s*=[^=]"""
)


_ENVIRONMENT = re.compile(r"environ|getenv|putenv|dotenv|(?:set_)?env\b")


def may_bind(unit: Unit, houses: dict[str, str]) -> bool:
    """Whether anything in a text can be bound to W&B: if not, it need not be parsed.

    Two files in five that mention W&B only do so in a comment, an option or a string. Where a text puts
    something else in its place (``patch("wandb.init")``), what it then calls is not W&B.
    """
    code = unit.code
    binds = (
        _imports_wandb(code)
        or _BINDING.search(code) is not None
        or any(imported.search(code) and used.search(code) for imported, used in _INTEGRATIONS)
        or ("WANDB_" in unit.text and _ENVIRONMENT.search(unit.text) is not None)
        or any(path.rpartition(".")[2] in code for path in houses)
    )
    return binds and not stands_in(code)


def stands_in(code: str) -> bool:
    """Whether code puts something else in the place of W&B, as tests do."""
    return any(word in code for word in _REPLACING) and _STAND_IN.search(code) is not None


def _imports_wandb(code: str) -> bool:
    """Whether an import stands before the word on one of its logical lines.

    No stretch of the text is gone through twice, however many words or continued lines there are.
    """
    done = 0
    for found in _WANDB.finditer(code):
        start = found.start()
        while (start := code.rfind("\n", done, start)) > done and code[start - 1] == "\\":
            pass
        if _IMPORT.search(code, max(done, start), found.start()):
            return True
        done = found.end()
    return False
