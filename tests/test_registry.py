"""Rules read without being imported, loaded by code, from the built-in pack and from others."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from wbcheck import registry
from wbcheck.registry import RegistryError

RULE = '''"""Reports a thing.

Why it matters: it does.

When to ignore: never.
"""

from wbcheck.rule import Applicability, Preset, Rule

RULE = Rule(
    code="{code}",
    name="{name}",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="So.",
    how="So.",
    {extra}
)

def check(file):
    return ()
'''


def write(folder: Path, name: str, code: str, extra: str = "", text: str = RULE) -> Path:
    path = folder / f"{name.replace('-', '_')}.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.format(code=code, name=name, extra=extra), encoding="utf-8")
    return path


def test_what_is_read_is_what_is_loaded() -> None:
    infos = registry.codes()
    assert infos
    for code, info in infos.items():
        rule = registry.load(code).rule
        fix = rule.fix.value if rule.fix else ""
        assert (info.code, info.name, info.preset) == (rule.code, rule.name, rule.preset)
        assert (info.fix, info.since, info.aliases) == (fix, rule.since, rule.aliases)
        assert (info.preview, info.made_by_engine) == (rule.preview, rule.made_by_engine)
        assert info.category == Path(info.path).parent.name
    assert list(infos) == sorted(infos)


def test_reading_imports_neither_rules_nor_what_they_need() -> None:
    code = (
        "import sys; from wbcheck import registry; registry.codes();"
        "names = ('wbcheck_rules.', 'wbcheck.rule', 'wbcheck.model', 'wbcheck.edits');"
        "print([name for name in sys.modules if name.startswith(names)])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_local_folder_is_a_pack(tmp_path: Path) -> None:
    folder = tmp_path / "json" / "naming"
    write(
        folder,
        "house-name",
        "AC101",
        'fix=Applicability.UNSAFE,\n    aliases=("old-name", "older"),\n    preview=True,',
    )
    (folder / "helper.py").write_text("WORDS = ()\n", encoding="utf-8")
    plugins = (str(tmp_path / "json"),)
    info = registry.codes(plugins)["AC101"]
    assert (info.name, info.category, info.preset) == ("house-name", "naming", "guide")
    assert (info.fix, info.aliases, info.preview) == ("unsafe", ("old-name", "older"), True)
    loaded = registry.load("AC101", plugins)
    assert loaded.rule.name == "house-name"
    assert loaded.page.summary == "Reports a thing."
    assert (loaded.page.why, loaded.page.ignore) == ("it does.", "never.")
    assert loaded.module.startswith("_wbcheck_pack_")
    assert "AC101" not in registry.codes()


def test_rules_of_a_local_folder_import_each_other_relatively(tmp_path: Path) -> None:
    folder = tmp_path / "pack" / "inner"
    text = RULE.replace("from wbcheck", "from ..words import WORDS\nfrom .near import NEAR\nfrom wbcheck")
    write(folder, "house-name", "AC102", text=text)
    (folder / "near.py").write_text("NEAR = 1\n", encoding="utf-8")
    (tmp_path / "pack" / "words.py").write_text("WORDS = ()\n", encoding="utf-8")
    assert registry.load("AC102", (str(tmp_path / "pack"),)).rule.code == "AC102"


def test_an_installed_package_is_a_pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "acme_wandb_rules"
    write(folder / "naming", "house-name", "AC103")
    (folder / "__init__.py").write_text("", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    loaded = registry.load("AC103", ("acme_wandb_rules",))
    assert loaded.module == "acme_wandb_rules.naming.house_name"


@pytest.mark.parametrize(
    "layout",
    [
        'RULE = Rule(code="{code}", name="{name}", preset=Preset.ALL, since="1", why="So.", how="So.")\n',
        'RULE: Rule = Rule(\n  name="{name}", preset=Preset.ALL,\n  code="{code}", since="1", why="S.")\n',
        "RULE = Rule(\n    code='{code}',\n    name='{name}',\n    since='1', preset=Preset('all'),\n)\n",
    ],
    ids=["one line", "two lines", "single quotes"],
)
def test_other_layouts_are_read_too(tmp_path: Path, layout: str) -> None:
    write(tmp_path, "house-name", "AC104", text=layout)
    (info,) = registry.read_pack(registry.find_pack(str(tmp_path)))
    assert (info.code, info.name, info.preset) == ("AC104", "house-name", "all")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            'CODE = "AC1"\nRULE = Rule(code=CODE + "05", name="x", preset=Preset.ALL, since="1")\n',
            "`code` must be written",
        ),
        ('RULE = Rule(code="AC101", name="x", preset=Preset.SOME, since="1")\n', "one of essential"),
        ('RULE = Rule(code="ac1", name="x", preset=Preset.ALL, since="1")\n', "'ac1' is no code"),
        ('RULE = Rule(code="AC101", name="x_y", preset=Preset.ALL, since="1")\n', "'x_y' is no name"),
        ("RULE = make()\n", "`code` must be written"),
        ("RULE = Rule(\n", "never closed"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "house_name.py"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RegistryError, match=says) as caught:
        registry.codes((str(tmp_path),))
    assert str(path) in caught.value.message


def test_a_code_or_name_of_two_rules_is_an_error_naming_both_files(tmp_path: Path) -> None:
    one = write(tmp_path / "a", "house-name", "AC106")
    two = write(tmp_path / "b", "other-name", "AC106")
    with pytest.raises(RegistryError, match="AC106 is defined twice") as caught:
        registry.codes((str(tmp_path),))
    assert str(one) in caught.value.message
    assert str(two) in caught.value.message
    write(tmp_path / "b", "other-name", "AC107", 'aliases=("house-name",),')
    with pytest.raises(RegistryError, match="house-name is defined twice"):
        registry.codes((str(tmp_path / "b"), str(tmp_path / "a")))


def test_a_built_in_code_cannot_be_taken(tmp_path: Path) -> None:
    write(tmp_path, "house-name", "WB101")
    with pytest.raises(RegistryError, match="WB101 is defined twice"):
        registry.codes((str(tmp_path),))


def test_the_rules_of_another_wbcheck_are_told_as_that(tmp_path: Path) -> None:
    own = registry.find_pack(registry.BUILT_IN).directory
    copy = shutil.copytree(own, tmp_path / "rules", ignore=shutil.ignore_patterns("__pycache__"))
    with pytest.raises(RegistryError, match="holds the rules of another wbcheck") as caught:
        registry.codes((str(copy),))
    assert own in caught.value.message
    assert caught.value.plugin == str(copy)


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ("raise RuntimeError('no luck')", "RuntimeError: no luck"),
        ("import no_such_module_at_all", "ModuleNotFoundError"),
        ("del check", "no function `check`"),
        ("RULE = 3", "RULE is no Rule"),
    ],
)
def test_a_broken_plugin_names_itself(tmp_path: Path, broken: str, says: str) -> None:
    path = write(tmp_path, "house-name", "AC108", text=RULE + f"\n{broken}\n")
    with pytest.raises(RegistryError, match=says) as caught:
        registry.load("AC108", (str(tmp_path),))
    assert str(path) in caught.value.message


@pytest.mark.parametrize("plugin", ["no_such_package_of_rules", "./no/such/folder", "os.path"])
def test_a_plugin_that_is_not_there(plugin: str) -> None:
    with pytest.raises(RegistryError, match="plugin"):
        registry.codes((plugin,))


def test_an_unknown_code() -> None:
    with pytest.raises(RegistryError, match="WB999"):
        registry.load("WB999")


def test_the_built_in_folder_is_the_built_in_pack() -> None:
    rules = Path(registry.codes()["WB101"].path).parent.parent
    assert registry.find_pack(str(rules)).package == "wbcheck_rules"
    assert registry.find_pack(str(rules / "identity")).package == "wbcheck_rules"
    assert registry.codes((str(rules),)) == registry.codes()


def test_a_folder_inside_of_a_package_is_that_package(tmp_path: Path) -> None:
    write(tmp_path / "pack" / "inner", "house-name", "AC109")
    for folder in ("pack", "pack/inner"):
        (tmp_path / folder / "__init__.py").write_text("", encoding="utf-8")
    pack = registry.find_pack(str(tmp_path / "pack" / "inner"))
    assert pack.directory == str((tmp_path / "pack").resolve())
