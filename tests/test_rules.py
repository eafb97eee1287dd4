"""Every built-in rule against the laws that third-party rules are held to, too."""

from __future__ import annotations

import pytest

from wbcheck import harness, registry

RULES = list(registry.codes().values())


@pytest.mark.parametrize("info", RULES, ids=lambda info: info.code)
def test_keeps_the_laws(info: registry.RuleInfo) -> None:
    loaded = registry.load_rule(info)
    assert [str(breach) for breach in harness.breaches(info, loaded)] == []


@pytest.mark.parametrize("info", RULES, ids=lambda info: info.code)
def test_lies_in_the_folder_of_its_category(info: registry.RuleInfo) -> None:
    folders = {
        "WB0": "checker",
        "WB1": "identity",
        "WB2": "config",
        "WB3": "metrics",
        "WB4": "artifacts",
        "WB5": "lineage",
        "WB6": "lifecycle",
        "WB7": "integrations",
        "WB8": "access",
        "WB9": "credentials",
    }
    assert info.category == folders[info.code[:3]]
