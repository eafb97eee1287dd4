"""What the rules of this folder share."""

PROJECTS = ("texts", "images")
