"""From LibCST to the semantic model. Nothing outside this package knows LibCST."""

from wbcheck.syntax.build import build, parse_problem

__all__ = ["build", "parse_problem"]
