"""What the tests of whole projects share: what is found in the files of the working directory."""

from __future__ import annotations

from wbcheck.diagnostic import Diagnostic
from wbcheck.engine import Request, check
from wbcheck.files import discover
from wbcheck.ruleset import Wish
from wbcheck.selection import Layer
from wbcheck.settings import load


def found(*paths: str, select: str = "all", project: bool = True, jobs: int = 1) -> list[str]:
    """What is found in these paths, as `file:row code`, of the codes in `select`."""
    resolver = load(None, isolated=True)
    files = discover(paths or (".",), resolver.for_file).files
    wish = Wish(layer=Layer(tuple(select.split(",")), (), ()))
    outcome = check(
        Request(files=files, settings_for=resolver.for_file, wish=wish, jobs=jobs, project=project)
    )
    return [told(each) for each in outcome.diagnostics]


def told(each: Diagnostic) -> str:
    return f"{each.path}:{each.range.start.row} {each.code}"
