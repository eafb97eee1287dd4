"""Selectors: what they name, and which of them decides."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from wbcheck.selection import Layer, SelectorError, choose, codes_of


class Rule(NamedTuple):
    code: str
    name: str
    preset: str
    category: str
    aliases: tuple[str, ...] = ()
    preview: bool = False


CATALOGUE = {
    rule.code: rule
    for rule in (
        Rule("WB101", "run-name-underscore", "recommended", "identity"),
        Rule("WB102", "run-setup-incomplete", "recommended", "identity", ("run-incomplete", "WB199")),
        Rule("WB106", "group-missing", "guide", "identity"),
        Rule("WB201", "config-lost", "essential", "config"),
        Rule("WB209", "config-taste", "all", "config"),
        Rule("WBX1", "house-wbx", "recommended", "house"),
        Rule("ACM001", "acme", "recommended", "acme-pack"),
    )
}


def chosen(*layers: Layer) -> str:
    return " ".join(sorted(choose(CATALOGUE, layers)))


def test_recommended_is_the_default() -> None:
    assert chosen() == "ACM001 WB101 WB102 WB201 WBX1"


@pytest.mark.parametrize(
    ("selector", "codes"),
    [
        ("essential", "WB201"),
        ("guide", "ACM001 WB101 WB102 WB106 WB201 WBX1"),
        ("all", "ACM001 WB101 WB102 WB106 WB201 WB209 WBX1"),
        ("ALL", "ACM001 WB101 WB102 WB106 WB201 WB209 WBX1"),
        ("WB", "WB101 WB102 WB106 WB201 WB209"),
        ("WB1", "WB101 WB102 WB106"),
        ("wb10", "WB101 WB102 WB106"),
        ("WB101", "WB101"),
        ("run-name-underscore", "WB101"),
        ("Run-Incomplete", "WB102"),
        ("WB199", "WB102"),
        ("config", "WB201 WB209"),
        ("ACM", "ACM001"),
    ],
)
def test_what_a_selector_names(selector: str, codes: str) -> None:
    assert " ".join(sorted(codes_of(CATALOGUE, [selector]))) == codes


@pytest.mark.parametrize(
    ("selector", "hint"),
    [
        ("run-name-underscor", "; did you mean `run-name-underscore`?"),
        ("recomended", "; did you mean `recommended`?"),
        ("WB10I", "; did you mean `WB101`?"),
        ("wb1o2", "; did you mean `WB102`?"),
        ("W", ""),
        ("", ""),
        ("zzz", ""),
    ],
)
def test_what_names_nothing(selector: str, hint: str) -> None:
    with pytest.raises(SelectorError) as caught:
        choose(CATALOGUE, [Layer(select=(selector,))])
    assert caught.value.selector == selector
    assert hint in str(caught.value)


@pytest.mark.parametrize(
    ("layer", "codes"),
    [
        (Layer(select=("WB1",)), "WB101 WB102 WB106"),
        (Layer(select=()), ""),
        (Layer(extend_select=("WB106",)), "ACM001 WB101 WB102 WB106 WB201 WBX1"),
        (Layer(ignore=("WB1",)), "ACM001 WB201 WBX1"),
        (Layer(select=("all",), ignore=("WB", "ACM001")), "WBX1"),
        (Layer(select=("WB101", "WB2"), ignore=("WB1", "WB209")), "WB101 WB201"),
        (Layer(select=("WB1",), ignore=("WB1",)), ""),
        (Layer(select=("identity",), ignore=("guide",)), "WB101 WB102 WB106"),
        (Layer(select=("guide",), ignore=("essential",)), "ACM001 WB101 WB102 WB106 WBX1"),
        (Layer(select=("run-name-underscore",), ignore=("identity",)), "WB101"),
    ],
)
def test_the_most_specific_selector_decides(layer: Layer, codes: str) -> None:
    assert chosen(layer) == codes


def test_the_command_line_replaces_the_selection_of_the_file() -> None:
    file = Layer(select=("config",), extend_select=("ACM001",), ignore=("WB101",))
    assert chosen(file, Layer(select=("WB1",))) == "WB102 WB106"
    assert chosen(file, Layer(select=("WB101",))) == "WB101"
    assert chosen(file, Layer(extend_select=("WB101",))) == "ACM001 WB101 WB201 WB209"
    assert chosen(file, Layer(ignore=("WB201",))) == "ACM001 WB209"


@pytest.mark.parametrize(
    ("layer", "is_on"),
    [
        (Layer(), False),
        (Layer(select=("all",)), False),
        (Layer(extend_select=("WB2", "config")), False),
        (Layer(extend_select=("WB299",)), True),
        (Layer(select=("config-new",)), True),
        (Layer(preview=True), True),
        (Layer(preview=True, ignore=("WB2",)), False),
    ],
)
def test_a_rule_in_preview_is_asked_for_by_itself(layer: Layer, is_on: bool) -> None:
    new = Rule("WB299", "config-new", "essential", "config", preview=True)
    assert ("WB299" in choose({**CATALOGUE, "WB299": new}, [layer])) is is_on
