"""Secrets kept out of everything that is printed.

A key is masked by asterisks of the same length, so that columns and underlines still
hold. This stands at the bottom of the house: reports and diffs both need it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from wbcheck.diagnostic import Diagnostic
from wbcheck.source.unit import Unit

# What `wandb` itself takes for a key (0.31: at least 40 word characters, on-prem ones after a
# prefix and a dash; or a JWT), narrowed to the forms its servers give out, so that prose,
# paths and identifiers stay readable.
_KEY = re.compile(
    r"(?<![0-9A-Za-z_])"
    r"(?:[0-9a-fA-F]{40}(?:[0-9a-fA-F]{24})?|wandb_v\d+_\w{16,}"
    r"|eyJ[\w-]{8,4000}+\.[\w-]{8,4000}+\.[\w-]{8,})"
    r"(?![0-9A-Za-z_])"
)
_LITERAL = re.compile(
    r"""(?P<quote>['"])(?P<body>(?:\\.|(?!(?P=quote))[^\\\r\n])*)(?P=quote)(?P<after>\s*[:\]])?"""
)
# Where a password or a key may be written out, in whatever form: more than the rules about secrets report.
_SECRET = re.compile(
    rb"(?:api_?key|passw(?:or)?d|secret)\w{0,80}+[\"']?\s*+(?:\]\s*+)?[:=,]\s*+\w{0,2}[\"']"
    rb"|login\(\s*+(?:\w{1,80}+\s*+=\s*+)?\w{0,2}[\"']",
    re.IGNORECASE,
)
# After a slash it is a commit in an address, after `#diff-` a place in one.
_KEY_BYTES = re.compile(rb"(?<!/)(?<!#diff-)" + _KEY.pattern.encode())
# What stands before a commit in the address of a forge.
_FORGE = re.compile(
    r"https?://(?:[\w-]+\.)*(?:(?:github|gitlab|bitbucket|huggingface)\.\w+/[\w./-]*"
    r"(?:/(?:blob|tree|raw|commits?|resolve|archive)/|\.git@)|githubusercontent\.com/[\w.-]+/[\w.-]+/)$"
)
# A variable's name, which says where a secret is and not what it is.
_NAMED = re.compile(r"env(?:iron)?(?:\.\w+)?\s*\(\s*$")
_SECRET_KEY, _SECRET_VALUE = SECRETS = ("WB901", "WB902")


def mask_keys(text: str) -> str:
    """``text`` with everything that has the form of an API key replaced by asterisks of the same length.

    A commit in an address of a forge is none.
    """
    if len(text) < 24:
        return text
    return _KEY.sub(lambda match: match[0] if _is_commit(match) else "*" * len(match[0]), text)


def _is_commit(match: re.Match[str]) -> bool:
    """Whether what has a key's form is the commit in an address, as in `…/blob/<commit>/setup.py`."""
    return _FORGE.search(match.string, max(0, match.start() - 300), match.start()) is not None


def may_hold_secret(data: bytes) -> bool:
    """Whether a file may have a secret written in it, so that nothing of it is to be kept elsewhere."""
    return _KEY_BYTES.search(data) is not None or _SECRET.search(data) is not None


def masker(diagnostics: Iterable[Diagnostic], sources: Callable[[str], Unit | None]) -> Callable[[str], str]:
    """A function that masks keys, and also every literal that these diagnostics call a secret.

    The rules about secrets may report what no pattern knows (a short password, a key of an
    on-prem server), so the literals they point at are hidden wherever they are printed.
    """
    hidden: set[str] = set()
    for diagnostic in diagnostics:
        if diagnostic.code in SECRETS:
            unit = sources(diagnostic.path)
            if unit is not None:
                hidden.update(_literals(diagnostic, unit.text))
    if not hidden:
        return mask_keys
    known = re.compile("|".join(re.escape(text) for text in sorted(hidden, key=len, reverse=True)))

    def mask(text: str) -> str:
        return mask_keys(known.sub(lambda match: "*" * len(match[0]), text))

    return mask


def _literals(diagnostic: Diagnostic, text: str) -> set[str]:
    """The secret texts a diagnostic points at: values, never dict keys, names of variables or addresses."""
    start, end = diagnostic.span.start, diagnostic.span.end
    line_end = min((at for at in (text.find("\n", end), text.find("\r", end)) if at >= 0), default=len(text))
    for stop in (end, line_end):
        bodies = {
            match["body"]
            for match in _LITERAL.finditer(text, start, stop)
            if not match["after"] and len(match["body"]) >= 3 and "://" not in match["body"]
            if not _NAMED.search(text[max(start, match.start() - 30) : match.start()])
        }
        if diagnostic.code == _SECRET_KEY:
            bodies = {body for body in bodies if len(body) >= 16}
        if bodies:
            return bodies
    return set()
