"""Which files can have to do with W&B at all, told from their bytes."""

from __future__ import annotations

import re

from wbcheck.source.unit import Language

YAML = (".yaml", ".yml")
MOST_BYTES = 64 * 1024
"""No sweep is longer, and a text of this size is read in a few seconds at the worst."""
_SHELL = re.compile(
    r"\.env(?:\..+)?|.+\.env|.+\.(?:sh|bash|zsh|slurm|sbatch)|(?:docker|container)file(?:[.-].+)?|.+\.dockerfile"
    r"|(?:gnu)?makefile|.+\.mk|justfile"
)
# What gives W&B something: a variable, a login, a block or keys of a configuration.
_GIVEN = re.compile(
    rb"""WANDB_[A-Z]|wandb\s+(?:login|artifact|sync|launch|sweep|init)\b|[-.+\s]wandb[-_.][\w.-]+[ =]
       |\bWandbLogger\b|\bwandb\.init\b|report_to
       |(?:^|\r)[ \t{,-]*+["']?(?:wandb|WandB|WANDB|wandb_\w+)["']?[ \t]*:
       |\b(?:type|tracker|logger|loggers)["']?[ \t]*:[ \t\[]*["']?wandb\b""",
    re.MULTILINE | re.VERBOSE,
)
# An artifact with its version, for a program that asks for it.
_REFERENCE = re.compile(
    rb"""artifacts?(?:_\w+)?["']?[ \t]*:[\s-]*["']?(?:[\w.-]+/){0,2}[\w.-]+:(?:latest|v\d+)\b""",
    re.IGNORECASE,
)
CODE = frozenset({Language.PYTHON, Language.NOTEBOOK})
"""What is parsed; of all else only what it gives W&B is read."""
BESIDE = ("program", "metric", "command", "early_terminate")
_TOP_KEY = re.compile(
    rb"""^(?:\xef\xbb\xbf)?["']?(method|parameters|program|metric|command|early_terminate)["']?[ \t]*:""",
    re.MULTILINE,
)


def language_of(path: str) -> Language:
    """The language that a file's name says it is written in; Python where it says nothing."""
    if path.endswith(".py"):
        return Language.PYTHON
    name = re.split(r"[/\\]", path)[-1]
    lower = name.lower()
    if lower.endswith(YAML) or name == "MLproject":
        return Language.YAML
    if lower.endswith(".ipynb"):
        return Language.NOTEBOOK
    if not lower.endswith((".py", ".pyi")) and _SHELL.fullmatch(lower):
        return Language.SHELL
    return Language.PYTHON


def is_environment(name: str) -> bool:
    """Whether a file's name says that it holds an environment: ``.env``, ``.env.local``, ``prod.env``."""
    return name == ".env" or name.startswith(".env.") or name.endswith(".env")


def may_matter(path: str, data: bytes, extra: tuple[bytes, ...] = ()) -> bool:
    """Whether a file can have to do with W&B at all, told from its name and its bytes.

    Of Python it is enough that they hold ``wandb`` in any case, or one of ``extra`` (the configured house
    names). What does not is never parsed. Integrations need no words of their own: nothing is proven of
    ``report_to="all"`` unless W&B is named somewhere in the file. A lowered copy takes half of the time
    of a pattern for both cases. Of other files only what W&B is given there counts, and none that is
    longer than ``MOST_BYTES``.
    """
    language = language_of(path)
    if language is Language.YAML and may_be_sweep(data):
        return True
    if language in CODE:
        return b"wandb" in data.lower() or any(word in data for word in extra)
    if len(data) > MOST_BYTES:
        return False
    if language is Language.YAML and b"rtifact" in data and _REFERENCE.search(data):
        return True
    return b"wandb" in data.lower() and _GIVEN.search(data) is not None


def may_be_sweep(data: bytes) -> bool:
    """Whether a YAML file's bytes may be a sweep's: nearly all others are told here."""
    if b"parameters" not in data or len(data) > MOST_BYTES:
        return False
    found = _top_keys(data)
    return "parameters" in found and ("method" in found or bool(found.intersection(BESIDE)))


def is_likely_sweep(data: bytes) -> bool:
    """Whether a YAML file that cannot be read was most likely meant to be a sweep's."""
    found = _top_keys(data)
    return found >= {"method", "parameters"} and bool(found.intersection(BESIDE))


def _top_keys(data: bytes) -> set[str]:
    return {match[1].decode() for match in _TOP_KEY.finditer(data)}
