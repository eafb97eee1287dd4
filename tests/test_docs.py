"""The documents say what is true: their commands parse, examples run, the picture shows a real run."""

from __future__ import annotations

import html
import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import click
import msgspec
import pytest
from docs_hooks import rule_pages
from ruamel.yaml import YAML
from test_layering import LAYERS
from walkthrough import WIDTH, changed, played

from wbcheck import cli, harness, settings
from wbcheck.model.describe import describe
from wbcheck.recipes import RECIPES
from wbcheck.registry import codes
from wbcheck.report import FORMATS, FRAMES_AT_MOST
from wbcheck.rule import Preset
from wbcheck.ruleset import Ruleset, Wish
from wbcheck.selection import DEFAULT_PRESET, PRESETS, find
from wbcheck.settings_file import SettingsError, Table
from wbcheck.source import read_unit
from wbcheck.syntax.build import build

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
ARCHITECTURE = ROOT / "docs" / "architecture.md"
CONFIGURATION = ROOT / "docs" / "configuration.md"
WRITING = ROOT / "docs" / "writing-rules.md"
LINEAGE = ROOT / "docs" / "lineage.md"
ADOPTING = ROOT / "docs" / "adopting.md"
CI = ROOT / "docs" / "ci.md"
INDEX = ROOT / "docs" / "index.md"
TUTORIAL = ROOT / "docs" / "tutorial.md"
MIGRATING = ROOT / "docs" / "migrating.md"
COMPARISON = ROOT / "docs" / "comparison.md"
PAGES = (
    *(README, INDEX, TUTORIAL, ARCHITECTURE, CONFIGURATION, WRITING, LINEAGE, ADOPTING, MIGRATING),
    *(COMPARISON, CI, ROOT / "CHANGELOG.md"),
)
# Commands of others that the documents name.
FOREIGN = {"pip", "python", "python3"}


class Fence(NamedTuple):
    """A fenced block: its language, what follows it on the opening line, its text."""

    language: str
    info: str
    text: str


def fences(page: Path, language: str) -> list[Fence]:
    text = page.read_text(encoding="utf-8")
    found = [
        Fence(*match.groups())
        for match in re.finditer(r"^```(\w+) ?([^\n]*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    ]
    return [fence for fence in found if fence.language == language]


def prose(page: Path) -> str:
    return re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def spoken(page: Path) -> set[str]:
    """What stands in backticks in running text."""
    return set(re.findall(r"`([^`\n]+)`", prose(page)))


def table(page: Path, heading: str) -> list[list[str]]:
    """The rows of the table whose header starts with ``heading``."""
    body = page.read_text(encoding="utf-8").partition(f"| {heading} |")[2].split("\n\n")[0]
    return [
        [cell.strip() for cell in row.strip("|").split(" | ")]
        for row in body.splitlines()[2:]
        if row.startswith("|")
    ]


# Links and places


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)\)", page.read_text(encoding="utf-8"))
    # Rules' pages are made while the site is built.
    missing = [
        target
        for target in targets
        if "://" not in target and target not in rule_pages() and not (page.parent / target).exists()
    ]
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_are_named_exist(page: Path) -> None:
    files = {word for word in spoken(page) if re.match(r"(wbcheck|tests|benchmarks|fixtures|docs)/", word)}
    assert not [file for file in files if not (ROOT / file).exists()]


def test_the_architecture_names_modules_that_there_are() -> None:
    folders = ("wbcheck", "rules", "tests", "benchmarks", "tools", "docs")
    names = {path.name for folder in folders for path in (ROOT / folder).rglob("*.py")}
    named = {word for word in spoken(ARCHITECTURE) if re.fullmatch(r"[\w/]+\.py", word)}
    assert {word.rpartition("/")[2] for word in named} <= names | {"setup.py"}


def test_the_architecture_has_every_module_of_syntax() -> None:
    listed = {name for row in table(ARCHITECTURE, "module") for name in re.findall(r"`(\w+)`", row[0])}
    there = {path.stem for path in (ROOT / "wbcheck" / "syntax").glob("*.py")}
    assert listed == there - {"__init__"}


def test_the_architecture_has_every_layer_in_order() -> None:
    listed = [re.findall(r"`(\w+)`", row[0]) for row in table(ARCHITECTURE, "layer")]
    flat = [name for row in listed for name in row]
    there = {path.name.removesuffix(".py") for path in (ROOT / "wbcheck").iterdir()}
    levels = {name: level for level, layer in enumerate(LAYERS) for name in layer}
    assert set(flat) == set(levels) & there
    assert [levels[name] for name in flat] == sorted(levels[name] for name in flat)


# Commands


def commands(page: Path) -> Iterator[list[str]]:
    """The words of each command that a page shows: after a prompt, in YAML, in running text."""
    for fence in fences(page, "console"):
        lines = (
            re.split(r" [|>] ", line[2:])[0] for line in fence.text.splitlines() if line.startswith("$ ")
        )
        yield from map(shlex.split, lines)
    for fence in fences(page, "yaml"):
        found = re.findall(r"^ *(?:entry|- run): (.+)", fence.text, re.MULTILINE)
        yield from map(shlex.split, found)
    for words in sorted(spoken(page)):
        if re.match(r"(wbcheck|make) ", words):
            yield shlex.split(words)


def parse(arguments: list[str]) -> dict[str, Any]:
    """What a command line says, without running it. Raises ``click.UsageError``."""
    command: click.Command = cli.commands
    name, rest = "wbcheck", cli.with_command(arguments)
    while isinstance(command, click.Group) and not rest[0].startswith("-"):
        name, *rest = rest
        found = command.get_command(click.Context(command), name)
        assert found is not None, name
        command = found
    return command.make_context(name, rest).params


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_are_such_as_can_be_typed(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for words in commands(page):
        program, *arguments = words
        if program == "make":
            assert set(arguments) <= targets
        elif program not in FOREIGN:
            assert program == "wbcheck", words
            # Running text may leave out what a command needs, and ask for help.
            with suppress(click.MissingParameter, click.exceptions.Exit):
                check_selectors(parse(arguments))


def check_selectors(given: Mapping[str, Any]) -> None:
    for option in ("select", "extend_select", "ignore", "fixable", "unfixable"):
        for selector in given.get(option) or ():
            find(codes(), selector)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_options_that_are_named_exist(page: Path) -> None:
    options = {
        word
        for name in cli.COMMANDS
        for parameter in parse_parameters(name)
        for word in (*parameter.opts, *parameter.secondary_opts)
    }
    named = {word for text in spoken(page) for word in re.findall(r"(?<![\w-])--[a-z][a-z-]*", text)}
    assert named <= options | {"--help"}


def parse_parameters(name: str) -> list[click.Parameter]:
    command = cli.commands.get_command(click.Context(cli.commands), name)
    assert command is not None
    return command.params


def test_every_command_of_the_readme_is_there_to_be_demonstrated() -> None:
    typed = {tuple(words[:2]) for words in commands(README)}
    assert {("make", "demo"), ("make", "test"), ("pip", "install"), ("wbcheck", "check")} <= typed


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_rules_that_are_named_exist(page: Path) -> None:
    named = set(re.findall(r"\bWB\d{3}\b", page.read_text(encoding="utf-8")))
    assert named <= set(codes())


# Tables


def test_presets_are_told_as_they_are() -> None:
    rows = table(README, "preset")
    severity = {preset.value: preset.severity.value.replace("info", "note") for preset in Preset}
    assert [row[0].strip("`") for row in rows] == list(PRESETS)
    assert {row[0].strip("`"): row[2] for row in rows} == severity
    assert [row[0].strip("`") for row in rows if "the default" in row[1]] == [DEFAULT_PRESET]


def test_categories_are_told_as_they_are() -> None:
    known = codes()
    rows = table(README, "category")
    assert [(row[0].strip("`"), row[1]) for row in rows] == list(
        dict.fromkeys((known[code].category, code[:3]) for code in sorted(known))
    )
    for page in (README, ROOT / "CHANGELOG.md"):
        assert f"{len(known)} rules" in page.read_text(encoding="utf-8")


def test_formats_are_told_as_they_are() -> None:
    assert {row[0].strip("`") for row in table(README, "`--output-format`")} == set(FORMATS)
    assert f"up to {FRAMES_AT_MOST} findings" in README.read_text(encoding="utf-8")
    assert f"up to {FRAMES_AT_MOST} findings" in CONFIGURATION.read_text(encoding="utf-8")


# Configuration


def load(text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> settings.Settings:
    """The settings of a project that has what the examples name."""
    package = folder / "site" / "acme_standards"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(package.parent))
    shared = folder / "shared"
    project = folder / "project"
    for place in (package, shared, project):
        place.mkdir(exist_ok=True)
        (place / "wbcheck.toml").write_text('ignore = ["WB102"]\n', encoding="utf-8")
    (project / "wbcheck.toml").unlink()
    rule = next(fence for fence in fences(README, "python") if fence.info.startswith("rules/"))
    file = project / rule.info
    file.parent.mkdir(parents=True)
    file.write_text(rule.text, encoding="utf-8")
    (project / "pyproject.toml").write_text(text, encoding="utf-8")
    return settings.load().for_directory(str(project))


EXAMPLES = [
    pytest.param(fence.text, id=f"{page.stem}-{number}")
    for page in (README, CONFIGURATION, ADOPTING)
    for number, fence in enumerate(fences(page, "toml"), 1)
    if "[tool.wbcheck" in fence.text
]


@pytest.mark.parametrize("text", EXAMPLES)
def test_configuration_examples_load(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = load(text, tmp_path, monkeypatch)
    assert known.sources[0].raw
    assert Ruleset(known, Wish()).codes


def test_every_key_has_a_heading_and_an_example() -> None:
    keys = {field.encode_name for field in msgspec.structs.fields(Table)}
    sections = dict(
        re.findall(
            r"^### `([\w-]+)`\n(.*?)(?=^##|\Z)",
            CONFIGURATION.read_text(encoding="utf-8"),
            re.MULTILINE | re.DOTALL,
        )
    )
    assert set(sections) == keys
    for key, section in sections.items():
        example = re.search(r"^```toml\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
        assert example is not None, key
        assert re.search(rf"^{key} = |^\[tool\.wbcheck\.{key}[.\]]", example[1], re.MULTILINE), key


def test_the_error_in_the_documentation_is_the_real_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (fence,) = fences(CONFIGURATION, "text")
    wrong = fence.text.splitlines()[2].partition("| ")[2]
    (tmp_path / "pyproject.toml").write_text(f"[tool.wbcheck]\n{wrong}\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError) as error:
        settings.load().for_directory(str(tmp_path))
    assert str(error.value) == fence.text.rstrip("\n")


def test_what_is_included_by_default_is_told() -> None:
    section = CONFIGURATION.read_text(encoding="utf-8").partition("### `include`")[2].partition("###")[0]
    assert set(settings.DEFAULT_INCLUDE) <= set(re.findall(r"`([^`]+)`", section))
    named = {".venv", "build", "node_modules", "wandb/*run-*"}
    assert named <= set(settings.DEFAULT_EXCLUDE) & spoken(CONFIGURATION)


# YAML


def test_the_hooks_are_there_and_their_keys_are_read() -> None:
    shown = (YAML(typ="safe").load(fence.text) for fence in fences(CI, "yaml") if "pre-commit" in fence.info)
    hooks = [hook for document in shown for hook in document["repos"][0]["hooks"]]
    published = YAML(typ="safe").load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    (local,) = (hook for hook in hooks if "entry" in hook)
    (own,) = (hook for hook in published if hook["id"] == local["id"])
    same = ("id", "entry", "types_or", "require_serial")
    assert {key: local[key] for key in same} == {key: own[key] for key in same}
    assert {hook["id"] for hook in published} <= spoken(README)
    (arguments,) = (hook["args"] for hook in hooks if "args" in hook)
    assert parse([*shlex.split(own["entry"])[1:], *arguments])["paths"] == (".",)


# Rules


def test_the_readmes_rule_keeps_the_laws(tmp_path: Path) -> None:
    (fence,) = (fence for fence in fences(README, "python") if fence.info.startswith("rules/"))
    file = tmp_path / fence.info
    file.parent.mkdir(parents=True)
    file.write_text(fence.text, encoding="utf-8")
    report = harness.test_rules(str(tmp_path / "rules"))
    assert list(map(str, report.breaches)) == []
    assert report.rules == ("AC101",)
    assert f"1 rule, {report.examples} examples: all is well" in README.read_text(encoding="utf-8")
    logic = fence.text.partition("RULE = ")[2].partition("EXAMPLES = ")[0]
    assert len([line for line in logic.splitlines() if line.strip()]) <= 15


def check(source: str, capsys: pytest.CaptureFixture[str], folder: Path, *options: str) -> list[str]:
    """The names of the rules that speak about a source."""
    file = folder / "train.py"
    file.write_text(source, encoding="utf-8")
    cli.run(["check", "--isolated", "--output-format", "json", *options, str(file)])
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return [each["name"] for each in found]


def test_the_suppression_is_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (fence,) = (fence for fence in fences(README, "python") if fence.info == "suppressed")
    assert check(fence.text, capsys, tmp_path) == []
    bare = re.sub(r"  # wbcheck.*", "", fence.text)
    assert bare != fence.text
    assert check(bare, capsys, tmp_path) == ["tag-underscore"]


# The tutorial and the migrations


def test_the_tutorial_shows_what_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", WIDTH)
    monkeypatch.setenv("NO_COLOR", "1")
    page = TUTORIAL.read_text(encoding="utf-8")
    assert len(fences(TUTORIAL, "console")) > 10
    assert played(page, tmp_path) == page, "`make tutorial` writes down what is printed now"


def test_a_change_of_the_tutorial_has_one_place() -> None:
    assert changed("a\nb\nc\n", " a\n-b\n+d\n@@\n-c\n") == "a\nd\n"
    for text in ("b\n", "a\na\n"):
        with pytest.raises(ValueError, match="times"):
            changed(text, "-a\n")


@pytest.mark.parametrize("fence", fences(MIGRATING, "diff"), ids=lambda fence: fence.info)
def test_migrations_do_what_is_shown(
    fence: Fence, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = fence.text.splitlines(keepends=True)
    before, after = ("".join(line[1:] for line in lines if line[0] in signs) for signs in (" -", " +"))
    file = tmp_path / "train.py"
    file.write_text(before, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert cli.run(["migrate", fence.info, ".", "--isolated"]) == 0, capsys.readouterr()
    assert file.read_text(encoding="utf-8") == after


def test_every_migration_is_shown() -> None:
    assert {fence.info for fence in fences(MIGRATING, "diff")} == set(RECIPES)


# The worked example


def test_the_model_in_the_documentation_is_the_real_one() -> None:
    (program,) = fences(ARCHITECTURE, "python")
    assert len(program.text.splitlines()) == 10
    unit = read_unit(program.info, program.text.encode())

    def place(span: Any) -> str:
        start = unit.locate(span).start
        return f"{start.row}:{start.column}"

    (printed,) = fences(ARCHITECTURE, "text")
    assert describe(build(unit), place) == printed.text


def test_every_line_of_the_model_is_explained() -> None:
    (printed,) = fences(ARCHITECTURE, "text")
    words = re.findall(r"^ *(?:\d+:\d+ )?([A-Za-z]\w+(?: #\d+)?)", printed.text, re.MULTILINE)
    explained = prose(ARCHITECTURE).partition("Line by line:")[2].partition("\n## ")[0]
    heads = " ".join(re.findall(r"\*\*([^*]+)\*\*", explained))
    assert words[0] == "train"  # the file's name
    assert [word for word in words[1:] if word not in heads] == []


# The picture


def drawing() -> Any:
    spec = importlib.util.spec_from_file_location("picture", ROOT / "docs" / "picture.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def lines_of(svg: str) -> list[str]:
    """The text of a picture, line by line as it is laid out, blank lines left out."""
    rows: dict[float, list[tuple[float, str]]] = {}
    for x, y, text in re.findall(r'<text class="wbcheck-r\d+" x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)<', svg):
        rows.setdefault(float(y), []).append((float(x), html.unescape(text).replace("\xa0", " ")))
    cell = 12.2
    lines = []
    for _, parts in sorted(rows.items()):
        line = ""
        for x, text in sorted(parts):
            line = line.ljust(round(x / cell)) + text
        lines.append(line.rstrip())
    return [line for line in lines if line]


def test_the_picture_is_of_a_true_run() -> None:
    module = drawing()
    done = subprocess.run(
        [sys.executable, "-m", *module.COMMAND, "--output-format", "full"],
        cwd=module.FOLDER,
        env={**os.environ, "COLUMNS": str(module.WIDTH), "PYTHONUTF8": "1", "NO_COLOR": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.stderr == ""
    printed = [line.rstrip() for line in done.stdout.splitlines() if line.strip()]
    shown = lines_of((ROOT / "docs" / "picture.svg").read_text(encoding="utf-8"))
    assert shown == printed, "`make picture` draws it anew"


def test_the_picture_can_be_drawn_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    module = drawing()
    monkeypatch.chdir(ROOT)
    assert lines_of(module.picture()) == lines_of((ROOT / "docs" / "picture.svg").read_text(encoding="utf-8"))


def test_the_picture_is_sound_xml_and_asks_no_server() -> None:
    from xml.etree import ElementTree

    text = (ROOT / "docs" / "picture.svg").read_text(encoding="utf-8")
    ElementTree.parse(StringIO(text))
    assert "url(http" not in text
    assert "@font-face" not in text


# The lineage graph


def test_the_graph_in_the_documentation_is_the_real_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "100")
    (mermaid,) = fences(LINEAGE, "mermaid")
    assert cli.run(["lineage", "fixtures/phishing-pipeline", "--no-cache", "--format", "mermaid"]) == 0
    assert mermaid.text == capsys.readouterr().out
    shown = [fence.text for fence in fences(LINEAGE, "console") if "\n" in fence.text.rstrip()]
    assert len(shown) == 2
    for text in shown:
        command, _, printed = text.partition("\n")
        assert cli.run([*shlex.split(command)[2:], "--no-cache"]) == 0
        assert printed == capsys.readouterr().out
