"""The semantic model: what a file does to W&B, in W&B's words and in program order."""
