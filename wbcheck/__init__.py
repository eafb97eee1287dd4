"""wbcheck: a linter for code that uses Weights & Biases."""

__version__ = "0.1.0"
