"""Configuration: what is read, what wins, and how errors point into the TOML."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wbcheck.settings import DEFAULT_EXCLUDE, READS, WRITES, Pattern, Settings, load, matches
from wbcheck.settings_file import SettingsError, version_fits
from wbcheck.toml_places import find_places


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def configure(folder: Path, body: str, name: str = "pyproject.toml") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    head = "[tool.wbcheck]\n" if name == "pyproject.toml" else ""
    file = folder / name
    file.write_text(head + body, encoding="utf-8")
    return file


def settings_of(path: Path) -> Settings:
    return load().for_file(str(path))


def error_of(folder: Path, body: str, name: str = "pyproject.toml") -> str:
    configure(folder, body, name)
    with pytest.raises(SettingsError) as caught:
        settings_of(folder / "train.py")
    return str(caught.value)


def test_without_a_file_the_defaults_hold(project: Path) -> None:
    settings = settings_of(project / "train.py")
    assert settings.select is None
    assert settings.ignore == ()
    assert settings.sources == ()
    assert [pattern.glob for pattern in settings.exclude] == list(DEFAULT_EXCLUDE)


def test_every_key_is_read(project: Path) -> None:
    configure(
        project,
        """
required-version = ">=0.1"
select = ["guide"]
ignore = ["WB101"]
extend-select = ["WB9"]
extend-safe-fixes = ["WB107"]
extend-unsafe-fixes = ["WB101"]
include = ["*.py"]
exclude = ["old"]
extend-exclude = ["older"]
plugins = ["acme_rules", "./house"]
extra-modules = ["acme.track"]
loaders = ["acme.data.load", "read_shard"]
savers = ["acme.data.save"]
wandb-version = ">=0.19,<0.22"
output-format = "concise"
fix = true
unsafe-fixes = true
[tool.wbcheck.per-file-ignores]
"notebooks/*" = ["metrics"]
[tool.wbcheck.extend-per-file-ignores]
"scripts/*" = ["WB3"]
[tool.wbcheck.wrappers]
"acme.track.start" = "wandb.init"
[tool.wbcheck.rules.run-name-format]
pattern = "x"
""",
    )
    settings = settings_of(project / "a.py")
    root = str(project)
    assert settings.root == root
    assert settings.select == ("guide",)
    assert settings.ignore == ("WB101",)
    assert settings.extend_select == ("WB9",)
    assert settings.extend_safe_fixes == ("WB107",)
    assert settings.extend_unsafe_fixes == ("WB101",)
    assert settings.include == (Pattern(root, "*.py"),)
    assert settings.exclude == (Pattern(root, "old"), Pattern(root, "older"))
    assert settings.plugins == ("acme_rules", os.path.join(root, "house"))
    assert settings.extra_modules == ("acme.track",)
    assert settings.wandb_version == ">=0.19,<0.22"
    assert settings.output_format == "concise"
    assert settings.fix
    assert settings.unsafe_fixes
    silences = [(one.pattern.glob, one.selectors) for one in settings.per_file_ignores]
    assert silences == [("notebooks/*", ("metrics",)), ("scripts/*", ("WB3",))]
    assert settings.wrappers == {"acme.track.start": "wandb.init"}
    stores = {"acme.data.load": READS, "read_shard": READS, "acme.data.save": WRITES}
    assert settings.houses == {**stores, **settings.wrappers}
    assert settings.rules == {"run-name-format": {"pattern": "x"}}


def test_the_nearest_file_with_the_table_counts_alone(project: Path) -> None:
    configure(project, 'select = ["guide"]\nignore = ["WB101"]\n')
    configure(project / "inner", 'ignore = ["WB202"]\n', "wbcheck.toml")
    (project / "other").mkdir()
    (project / "other" / "pyproject.toml").write_text('[project]\nname = "uses-wbcheck"\n')
    resolver = load()
    assert resolver.for_file("inner/deep/a.py").select is None
    assert resolver.for_file("inner/deep/a.py").ignore == ("WB202",)
    assert resolver.for_file("other/a.py").select == ("guide",)


def test_the_same_settings_are_the_same_object(project: Path) -> None:
    resolver = load()
    assert resolver.for_file("a.py") is resolver.for_file("deep/b.py")
    configure(project / "inner", "fix = true\n")
    assert resolver.for_file("inner/a.py") is resolver.for_file("inner/deep/b.py")
    assert resolver.for_file("inner/a.py").fix


def test_wbcheck_toml_wins_over_pyproject_beside_it(project: Path) -> None:
    configure(project, 'ignore = ["WB101"]\n')
    configure(project, 'ignore = ["WB202"]\n', "wbcheck.toml")
    assert settings_of(project / "a.py").ignore == ("WB202",)


def test_a_given_file_counts_for_every_path(project: Path) -> None:
    configure(project, 'ignore = ["WB101"]\n')
    file = configure(project / "etc", 'ignore = ["WB202"]\n', "team.toml")
    assert load(str(file)).for_file("a.py").ignore == ("WB202",)


def test_a_given_file_must_have_the_table(project: Path) -> None:
    (project / "pyproject.toml").write_text("[tool.ruff]\n")
    with pytest.raises(SettingsError, match=r"no \[tool\.wbcheck\]"):
        load("pyproject.toml")
    with pytest.raises(SettingsError, match=r"nowhere\.toml: no such file"):
        load("nowhere.toml")


def test_isolated_reads_no_file(project: Path) -> None:
    configure(project, "this is not TOML")
    assert load(isolated=True).for_file("a.py").sources == ()


def test_extend_by_path_overrides_and_appends(project: Path) -> None:
    configure(
        project / "base",
        'select = ["guide"]\nignore = ["WB101"]\nextend-select = ["WB9"]\nextend-exclude = ["a/*"]\n'
        "[rules.run-name-format]\npattern = 'p'\nother = 1\n",
        "team.toml",
    )
    configure(
        project / "work",
        'extend = "../base/team.toml"\nignore = ["WB202"]\n'
        'extend-select = ["WB8"]\nextend-exclude = ["b/*"]\n'
        "[tool.wbcheck.rules.run-name-format]\npattern = 'q'\n",
    )
    settings = settings_of(project / "work" / "a.py")
    assert settings.select == ("guide",)
    assert settings.ignore == ("WB202",)
    assert settings.extend_select == ("WB9", "WB8")
    assert settings.rules == {"run-name-format": {"pattern": "q", "other": 1}}
    # A glob is relative to the file that has it.
    assert matches(settings.exclude, str(project / "base" / "a" / "x.py"))
    assert matches(settings.exclude, str(project / "work" / "b" / "x.py"))
    assert not matches(settings.exclude, str(project / "work" / "a" / "x.py"))


def test_extend_from_an_installed_package(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    profile = configure(project / "lib" / "acme_profile" / "data", 'exclude = ["gen/*"]\n', "team.toml")
    (project / "lib" / "acme_profile" / "__init__.py").write_text("raise RuntimeError('imported')\n")
    monkeypatch.syspath_prepend(str(project / "lib"))
    configure(project / "work", 'extend = "acme_profile.data:team.toml"\n')
    settings = settings_of(project / "work" / "a.py")
    assert [source.file for source in settings.sources][1] == str(profile)
    # A profile has no files of its own: its globs are the project's.
    assert settings.exclude == (Pattern(str(project / "work"), "gen/*"),)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("gone.toml", "there is no file `gone.toml`"),
        ("pyprojet.toml", "there is no file `pyprojet.toml`; did you mean `pyproject.toml`?"),
        ("no_such_package_here:a.toml", "no package `no_such_package_here` is installed here"),
        ("msgspec:a.toml", "the package `msgspec` has no file `a.toml`"),
        ("pyproject.toml", "extends this file again"),
    ],
)
def test_a_bad_extend_points_at_itself(project: Path, target: str, message: str) -> None:
    text = error_of(project, f'extend = "{target}"\n')
    assert text.startswith("pyproject.toml:2:10: ")
    assert message in text


def test_extend_in_a_circle_ends(project: Path) -> None:
    configure(project, 'extend = "b.toml"\n', "a.toml")
    configure(project, 'extend = "a.toml"\n', "b.toml")
    assert "extends this file again" in error_of(project, 'extend = "a.toml"\n')


def test_an_unknown_key_is_shown_with_a_suggestion(project: Path) -> None:
    assert error_of(project, 'selct = ["WB1"]\n') == (
        'pyproject.toml:2:1: unknown key `selct`; did you mean `select`?\n  |\n2 | selct = ["WB1"]\n  | ^^^^^'
    )


def test_a_wrong_item_is_underlined_in_its_line(project: Path) -> None:
    assert error_of(project, 'select = [\n\t"WB1",\n\t22, # two\n]\n') == (
        "pyproject.toml:4:2: an item of `select` must be a string, not a whole number\n"
        "  |\n"
        "4 | \t22, # two\n"
        "  | \t^^"
    )


@pytest.mark.parametrize(
    ("body", "where", "message"),
    [
        ('select = "WB1"\n', "2:10", "`select` must be a list of strings, not a string"),
        ("fix = 1\n", "2:7", "`fix` must be true or false, not a whole number"),
        ('output-format = "jsn"\n', "2:17", "not `jsn`; did you mean `json`?"),
        ("per-file-ignores = { 'a/*' = 'WB1' }\n", "2:30", "must be a list of strings, not a string"),
        ("[tool.wbcheck.per-file-ignores]\n'a/*' = ['x', true]\n", "3:15", "must be a string, not true"),
        ("rules.run-name-format = 3\n", "2:25", "`rules.run-name-format` must be a table"),
        ("[tool.wbcheck.wrappers]\n'acme.start' = 'mlflow.start'\n", "3:16", "stands for a W&B function"),
        ("[tool.wbcheck.wrappers]\nstart = 'wandb.init'\n", "3:1", "not the dotted name of a function"),
        ("extra-modules = ['a.b', 'a-b']\n", "2:25", "`a-b` is not the dotted name"),
        ("loaders = ['a.b', 'a-b']\n", "2:19", "`a-b` is not the name of a function or method"),
        ("exclude = ['a', '!']\n", "2:17", "not a pattern"),
        ("required-version = '>=99'\n", "2:20", "this project asks for wbcheck >=99"),
        ("required-version = 'soon'\n", "2:20", "not a version clause"),
        ("select = [\n", "2:11", "not TOML"),
        ("fix = tru\n", "2:7", "not TOML"),
        ("[[tool.other]]\na = 1\n[[tool.other]]\n[tool.wbcheck.rulez]\n", "5:15", "did you mean `rules`?"),
    ],
)
def test_errors_say_where(project: Path, body: str, where: str, message: str) -> None:
    text = error_of(project, body)
    assert text.startswith(f"pyproject.toml:{where}: ")
    assert message in text.splitlines()[0]


def test_a_table_where_none_belongs(project: Path) -> None:
    text = error_of(project, '[tool.wbcheck]\nselect = ["all"]\n', "wbcheck.toml")
    assert text.startswith("wbcheck.toml:1:2: in this file the keys stand at the top")


def test_a_tool_entry_that_is_no_table(project: Path) -> None:
    (project / "pyproject.toml").write_text("[tool]\nwbcheck = 3\n")
    with pytest.raises(SettingsError, match=r"pyproject\.toml:2:11: `tool\.wbcheck` must be a table"):
        settings_of(project / "a.py")


def test_the_place_of_a_list_item_is_found_again(project: Path) -> None:
    configure(project, 'select = ["WB1", "nonsense"]\n')
    settings = settings_of(project / "a.py")
    found = settings.find(("select",), "nonsense")
    assert found is not None
    source, path = found
    assert str(source.error(path, "what is this")).startswith("pyproject.toml:2:18: what is this\n")


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        ("1.2.3", True), ("==1.2", False), (">=1.2", True), (">1.2.3", False), ("<2,>=1.3", False),
        ("~=1.2", True), ("~=1.3", False), ("!=1.2.3", False), ("<=1.2.3", True), ("< 1.2.4, > 1", True),
    ],
)  # fmt: skip
def test_versions(wanted: str, fits: bool) -> None:
    assert version_fits("1.2.3", wanted) is fits


KEYS = st.sampled_from(["a", "b-c", "'d e'", '"f.g"', '"h\\"i"', "1"])
SCALARS = st.sampled_from(
    ["1", "true", "'x # y'", '"a\\"]"', '"""m\n"q" ]"""', "'''l\n{'''", "1979-05-27", "-2.5e3"]
)


@st.composite
def toml_values(draw: st.DrawFn, depth: int = 2) -> str:
    if depth == 0 or draw(st.booleans()):
        return draw(SCALARS)
    if draw(st.booleans()):
        items = draw(st.lists(toml_values(depth=depth - 1), max_size=3))
        return "[" + ", # c ]\n ".join(items) + "]"
    keys = draw(st.lists(KEYS, max_size=3, unique=True))
    return "{" + ", ".join(f"{key} = {draw(toml_values(depth=depth - 1))}" for key in keys) + "}"


@given(st.lists(st.tuples(KEYS, toml_values()), max_size=4, unique_by=lambda pair: pair[0]))
def test_places_cut_out_exactly_the_values(pairs: list[tuple[str, str]]) -> None:
    text = "# head\n[t.u]\n" + "".join(f"{key} = {value}  # tail\n" for key, value in pairs)
    table = tomllib.loads(text)["t"]["u"]
    places = find_places(text)
    for key, value in table.items():
        place = places[("t", "u", key)]
        cut = text[slice(*place.value)]
        assert tomllib.loads(f"v = {cut}")["v"] == value
        for index in range(len(value) if isinstance(value, list) else 0):
            item = text[slice(*places[("t", "u", key, index)].value)]
            assert tomllib.loads(f"v = {item}")["v"] == value[index]
