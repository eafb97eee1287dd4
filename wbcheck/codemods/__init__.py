"""The migrations as commands of LibCST.

``python -m libcst.tool codemod -x wbcheck.codemods.RunHandle --no-format src/`` runs one; without
``--no-format`` LibCST wants ``black``, and formats what was changed. They make the same fixes as
``wbcheck migrate``. LibCST hands over one file at a time, so a fix that has to change several files at once
is refused here, with a warning; ``wbcheck migrate`` makes it.
"""

from __future__ import annotations

import os
from typing import ClassVar

import libcst
from libcst.codemod import CodemodCommand

from wbcheck import settings
from wbcheck.diagnostic import Diagnostic
from wbcheck.engine import Request, Session
from wbcheck.files import FoundFile, role_of
from wbcheck.fixes import targets
from wbcheck.recipes import RECIPES, Recipe
from wbcheck.ruleset import Wish
from wbcheck.selection import Layer


class Migration(CodemodCommand):
    """One file's part of a migration."""

    RECIPE: ClassVar[Recipe]

    def __init_subclass__(cls, recipe: str) -> None:
        cls.RECIPE = RECIPES[recipe]
        cls.DESCRIPTION = cls.RECIPE.words

    def transform_module_impl(self, tree: libcst.Module) -> libcst.Module:
        """The module after the fixes; warns of what is left and why."""
        path = self.context.filename or "stdin.py"
        absolute = os.path.abspath(path)
        session = Session(
            Request(
                files=(FoundFile(path, absolute, role_of(absolute), True),),
                settings_for=settings.load().for_file,
                wish=Wish(layer=Layer(select=self.RECIPE.codes)),
                overlay={path: tree.bytes},
                jobs=1,
            )
        )
        session.run()
        fixed = session.mend(lambda each: targets(each) == {path})
        for each in fixed.remaining:
            self.warn(f"line {each.range.start.row}: {each.message} ({each.code}): {_why(each, path)}")
        for fault in fixed.faults:
            self.warn(f"{fault.message} (a bug in {', '.join(fault.codes)})")
        return libcst.parse_module(fixed.files[path].new) if path in fixed.files else tree


def _why(left: Diagnostic, path: str) -> str:
    """Why a finding is not mended."""
    others = sorted(targets(left) - {path})
    if others:
        return f"its fix changes {', '.join(others)}, too: `wbcheck migrate` makes it"
    if left.fix is not None:
        return "its fix was undone"  # a fault of ours, which has a warning of its own
    return left.refused or "no fix is known"


class NestConfig(Migration, recipe="nest-config"):
    """Nested configs."""


class NamespaceMetrics(Migration, recipe="namespace-metrics"):
    """Metrics in namespaces."""


class RunHandle(Migration, recipe="run-handle"):
    """The run's handle in place of the module."""


class ContextManager(Migration, recipe="context-manager"):
    """Runs in `with`."""
