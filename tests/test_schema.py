"""The JSON Schema: it has every key and every option, and says of configurations what reading them says."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from commandline import Run, Write

from wbcheck.registry import codes, load_rule
from wbcheck.rule import Bad, Good
from wbcheck.schema import PAGES, schema, selectors
from wbcheck.selection import codes_of
from wbcheck.settings_file import NewFiles, Table

ROOT = Path(__file__).resolve().parent.parent
COMMITTED = ROOT / "wbcheck.schema.json"
SCHEMA: dict[str, Any] = schema(codes())
CONFIGURED = [load_rule(info) for info in codes().values() if load_rule(info).rule.options is not None]


def complaints(configuration: object, known: dict[str, Any] = SCHEMA) -> list[str]:
    """The places of a configuration that the schema does not let through."""
    found = jsonschema.Draft7Validator(known).iter_errors(configuration)
    return sorted("/".join(map(str, error.absolute_path)) for error in found)


def test_it_is_a_schema() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)


def test_the_committed_copy_is_the_newest(wbcheck: Run) -> None:
    said = wbcheck("config", "--isolated", "--schema")
    assert (said.status, said.err) == (0, "")
    assert said.out == COMMITTED.read_text(encoding="utf-8"), "`make schema` writes it anew"


def test_every_key_is_in_it_with_what_it_does() -> None:
    keys = {field.encode_name for field in msgspec.structs.fields(Table)}
    inner = {field.encode_name for field in msgspec.structs.fields(NewFiles)}
    assert set(SCHEMA["properties"]) == keys
    assert set(SCHEMA["properties"]["new-files"]["properties"]) == inner
    assert set(PAGES) == keys | inner
    for key in keys:
        assert SCHEMA["properties"][key]["description"] == PAGES[key]


@pytest.mark.parametrize("loaded", CONFIGURED, ids=lambda loaded: loaded.rule.name)
def test_every_option_is_in_it(loaded: Any) -> None:
    table = SCHEMA["properties"]["rules"]["properties"][loaded.rule.name]
    fields = msgspec.structs.fields(loaded.rule.options)
    assert set(table["properties"]) == {field.encode_name for field in fields}
    for field in fields:
        page = table["properties"][field.encode_name]
        assert page["description"]
        assert page["default"] == msgspec.to_builtins(getattr(loaded.rule.options(), field.name))
    for example in loaded.examples:
        assert isinstance(example, Bad | Good)
        if example.options:
            assert complaints({"rules": {loaded.rule.name: dict(example.options)}}) == []
    assert complaints({"rules": {loaded.rule.name: {"nonsense": 1}}}) == [f"rules/{loaded.rule.name}"]


def test_nothing_else_has_options() -> None:
    assert set(SCHEMA["properties"]["rules"]["properties"]) == {loaded.rule.name for loaded in CONFIGURED}
    assert complaints({"rules": {"run-name-underscore": {}}}) == ["rules"]
    assert complaints({"rules": {"WB109": {}, "job-type-vocabulary": {}}}) == []


@pytest.mark.parametrize("selector", selectors(codes().values()))
def test_each_selector_that_it_knows_selects(selector: str) -> None:
    assert codes_of(codes(), (selector,))


@pytest.mark.parametrize(
    ("configuration", "places"),
    [
        ({"select": ["gide"]}, ["select/0"]),
        ({"select": "guide"}, ["select"]),
        ({"selct": []}, [""]),
        ({"per-file-ignores": {"a": ["WB999"]}}, ["per-file-ignores/a/0"]),
        ({"new-files": {"extend-select": ["guide"]}}, ["new-files"]),
        ({"new-files": {"since": "main", "extend-select": ["gide"]}}, ["new-files/extend-select/0"]),
        ({"output-format": "sariff"}, ["output-format"]),
        ({"rules": {"run-setup-incomplete": {"required": ["projct"]}}}, [
            "rules/run-setup-incomplete/required/0"
        ]),
        ({"rules": {"job-type": {}}}, ["rules"]),
        # Rules of others are not known here.
        ({"select": ["AC"], "plugins": ["acme"], "rules": {"project-known": {"known": ["a"]}}}, []),
        ({"select": ["AC"], "extend": "acme:wbcheck.toml"}, []),
        ({"selct": [], "plugins": ["acme"]}, [""]),
    ],
)  # fmt: skip
def test_it_says_where_a_configuration_is_wrong(configuration: object, places: list[str]) -> None:
    assert complaints(configuration) == places


def test_one_for_pyproject_looks_at_our_table_alone(wbcheck: Run) -> None:
    said = wbcheck("config", "--isolated", "--schema", "--pyproject")
    made = json.loads(said.out)
    jsonschema.Draft7Validator.check_schema(made)
    assert complaints({"project": {"name": 1}, "tool": {"ruff": {"selct": 1}}}, made) == []
    assert complaints({"tool": {"wbcheck": {"select": ["guide"]}}}, made) == []
    assert complaints({"tool": {"wbcheck": {"select": ["gide"]}}}, made) == ["tool/wbcheck/select/0"]
    assert complaints({"tool": {"wbcheck": {"selct": 1}}}, made) == ["tool/wbcheck"]
    assert wbcheck("config", "--pyproject").status == 2


def examples() -> Iterator[Any]:
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        text = page.read_text(encoding="utf-8")
        for number, body in enumerate(re.findall(r"^```toml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)):
            table = tomllib.loads(body)
            if "wbcheck" in table.get("tool", {}):
                yield pytest.param(table["tool"]["wbcheck"], id=f"{page.stem}-{number}")


@pytest.mark.parametrize("configuration", list(examples()))
def test_the_examples_in_the_documents_are_valid(configuration: object) -> None:
    assert complaints(configuration) == []


def test_the_rules_of_plug_ins_are_in_the_projects_own(wbcheck: Run, write: Write, house_rule: Any) -> None:
    house_rule("AC101", "house-thing", "pass")
    write("wbcheck.toml", 'plugins = ["./house"]\n')
    own = json.loads(wbcheck("config", "--schema").out)
    assert own["properties"]["rules"]["properties"]["house-thing"]["properties"]["word"]["default"] == "run"
    assert complaints({"plugins": ["./house"], "rules": {"house-thing": {"word": 1}}}, own) == [
        "rules/house-thing/word"
    ]
