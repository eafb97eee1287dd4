"""What the language server starts to check the files that nobody has open: no command for people.

Its arguments are the folder, which it is started in, the encoding whose units columns are counted in, and
``--untrusted``. It prints a line of JSON for each file that has findings, or one that says why nothing could
be found out.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence

from click import ClickException

from wbcheck.cli.checking import Checking, Options
from wbcheck.registry import RegistryError
from wbcheck.report.lsp import published
from wbcheck.ruleset import restricted
from wbcheck.selection import SelectorError
from wbcheck.server.places import columns_in
from wbcheck.settings import load
from wbcheck.settings_file import SettingsError


def main(arguments: Sequence[str]) -> int:
    """Check the folder that the process was started in."""
    _, encoding, *untrusted = arguments
    if hasattr(os, "nice"):
        os.nice(10)
    jobs = max(1, (os.cpu_count() or 1) // 2)
    try:
        checking = Checking(
            Options(paths=(".",), quiet=True, jobs=jobs), load(adapt=restricted if untrusted else None)
        )
        _, outcome = checking.examine()
    except ClickException as error:
        print(json.dumps({"error": error.format_message()}))
        return 0
    except (SettingsError, SelectorError, RegistryError) as error:
        print(json.dumps({"error": str(error)}))
        return 0
    context = checking.context(outcome, sys.stdout)
    width = columns_in(encoding)
    for each in published(outcome.diagnostics, context, lambda point: width(point.before) + 1):
        for row in each["diagnostics"]:
            del row["data"]
        print(json.dumps(each))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
