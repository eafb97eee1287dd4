"""The one thing that pyproject.toml cannot say: `rules/` installs as the import package `wbcheck_rules`."""

from setuptools import find_packages, setup

ENGINE = find_packages(include=["wbcheck", "wbcheck.*"])
RULES = ["wbcheck_rules", *(f"wbcheck_rules.{name}" for name in find_packages("rules"))]

setup(
    packages=[*ENGINE, *RULES],
    package_dir={"wbcheck_rules": "rules"},
    package_data={
        "wbcheck": ["py.typed"],
        "wbcheck.sdk": ["*.json", "*.msgpack", "*.toml", "data/*"],
        "wbcheck.report": ["templates/*"],
        "wbcheck_rules": ["py.typed"],
    },
)
