"""From LibCST to the semantic model. Nothing outside this package knows LibCST."""

from wbcheck.syntax.build import build

__all__ = ["build"]
