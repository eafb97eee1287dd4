"""What wbcheck knows of wandb's releases, held against the one that is installed."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from wbcheck import sdk
from wbcheck.pins import Pins
from wbcheck.sdk import newest

TABLE = msgspec.json.decode((Path(sdk.__file__).parent / "table.json").read_bytes())
LATEST = sdk.latest()
# What the model calls the objects of the public API.
CLASSES = {
    "Run": "wandb.Run",
    "Artifact": "wandb.Artifact",
    "Table": "wandb.Table",
    "Config": "wandb.Config",
    "Summary": "wandb.sdk.wandb_summary.Summary",
    "Api": "wandb.Api",
    "Api.artifact_collections": "wandb.apis.public.ProjectArtifactCollections",
}
KINDS = {
    inspect.Parameter.POSITIONAL_ONLY: "/",
    inspect.Parameter.POSITIONAL_OR_KEYWORD: "",
    inspect.Parameter.VAR_POSITIONAL: "*",
    inspect.Parameter.KEYWORD_ONLY: "=",
    inspect.Parameter.VAR_KEYWORD: "**",
}


def owner(word: str) -> Any:
    """The class or module whose names the table has under a word."""
    if word in CLASSES or word.startswith("wandb"):
        return walk(CLASSES.get(word, word))
    camel = "".join(part.title() for part in word.removeprefix("Api.").split("_"))
    return walk(f"wandb.apis.public.{camel}")


def real(key: str) -> Any:
    """The function or class that has the parameters that the table has under a key."""
    head, _, name = key.rpartition(".")
    return walk(key) if key.startswith("wandb.") else getattr(owner(head), name)


def walk(path: str) -> Any:
    found: Any = importlib.import_module("wandb")
    done = "wandb"
    for name in path.split(".")[1:]:
        done = f"{done}.{name}"
        try:
            found = getattr(found, name)
        except AttributeError:
            found = importlib.import_module(done)
    return found


def newest_signatures() -> Iterator[str]:
    for key, stretches in TABLE["signatures"].items():
        # Pydantic makes the constructor of Settings; the integrations need their frameworks.
        if stretches[-1][1] == -1 and not key.startswith(
            ("wandb.Settings", "wandb.integration.", "wandb.sklearn.")
        ):
            yield key


def test_the_table_is_of_the_installed_release() -> None:
    assert LATEST == newest.VERSION == importlib.import_module("wandb").__version__


def test_the_newest_signatures_are_the_real_ones() -> None:
    wrong = {}
    keys = list(newest_signatures())
    for key in keys:
        found = real(key)
        spec = list(inspect.signature(found).parameters.values())
        if spec and spec[0].name == "self" and not inspect.isclass(found):
            del spec[0]
        told = [(one.name, one.kind, one.default is None) for one in sdk.parameters(key, LATEST) or ()]
        there = [(one.name, KINDS[one.kind], one.default is inspect.Parameter.empty) for one in spec]
        if told != there:
            wrong[key] = (told, there)
    assert not wrong
    assert len(keys) > 250


def test_literal_defaults_are_the_real_ones() -> None:
    import ast

    compared = 0
    for key in newest_signatures():
        spec = inspect.signature(real(key)).parameters
        for one in sdk.parameters(key, LATEST) or ():
            if one.default not in (None, "..."):
                assert ast.literal_eval(one.default) == spec[one.name].default, (key, one.name)
                compared += 1
    assert compared > 200


def test_the_newest_settings_are_the_real_ones() -> None:
    settings: Any = importlib.import_module("wandb").Settings
    told = {one.name for one in sdk.parameters("wandb.Settings", LATEST) or ()}
    assert told == set(settings.model_fields)


def test_names_of_objects_are_the_real_ones() -> None:
    unknown = {}
    for word in TABLE["names"]:
        if not word[0].isupper():
            continue
        there = {name for name in dir(owner(word)) if not name.startswith("_")}
        told = set(sdk.names(word, LATEST))
        if not there <= told:
            unknown[word] = there - told
    assert not unknown


@pytest.mark.parametrize(
    "space", ["wandb", "wandb.plot", "wandb.data_types", "wandb.apis.public", "wandb.util"]
)
def test_names_of_modules_are_the_real_ones(space: str) -> None:
    module = importlib.import_module(space)
    there = {name for name in dir(module) if not name.startswith("_")}
    missing = {name for name in there if sdk.has(space, name, LATEST) is False}
    assert not missing
    if space == "wandb":
        told = {name for name in sdk.names(space, LATEST) if sdk.kind(space, name, LATEST) in "cfr"}
        assert not {name for name in told if not hasattr(module, name)}


@pytest.mark.parametrize(
    ("key", "since", "until"),
    [
        # Facts section 1.3.
        ("wandb.init:magic", "", "0.19.0"),
        ("wandb.init:fork_from", "0.16.5", ""),
        ("Run.log:sync", "", "0.20.0"),
        ("Run.finish:quiet", "", "0.29.0"),
        ("Run.join", "", "0.20.0"),
        ("Run.get_url", "", "0.29.0"),
        ("Run.plot_table", "", "0.19.0"),
        ("Run.define_metric:goal", "", "0.29.0"),
        ("Api.runs:lazy", "0.22.1", ""),
        ("wandb.Settings:start_method", "", "0.29.0"),
        ("wandb.plots", "", "0.17.0"),
        ("wandb.keras", "", "0.17.0"),
        ("wandb.integration.keras.WandbCallback", "", "0.27.1"),
        ("wandb.PublicApi", "", "0.30.0"),
        ("Run.log:data", "", ""),
        ("Run.nothing", "", ""),
    ],
)
def test_when_things_came_and_went(key: str, since: str, until: str) -> None:
    assert (sdk.since(key), sdk.until(key)) == (since, until)


def test_positions_change_from_release_to_release() -> None:
    orders = {
        version: (sdk.parameters("wandb.init", version) or ())[0].name for version in ("0.19.0", "0.19.1")
    }
    assert orders == {"0.19.0": "job_type", "0.19.1": "entity"}


def test_what_was_used_was_once_of_a_class_of_its_own() -> None:
    for version in ("0.15.0", "0.15.3", "0.15.4", "0.15.5"):
        assert sdk.has("Artifact", "file", version)
        assert sdk.has("Artifact", "add_file", version)


def test_choices_are_those_of_the_release() -> None:
    assert "shared" in sdk.choices("wandb.init", "mode", LATEST)
    assert "shared" not in sdk.choices("wandb.init", "mode", "0.19.1")
    assert sdk.choices("wandb.init", "name", LATEST) == ()


def test_what_is_not_known_is_not_told() -> None:
    assert sdk.has("Run", "nothing", LATEST) is False
    assert sdk.has("Run", "nothing", "0.12.0") is None
    assert sdk.has("Api.run", "nothing", LATEST) is None
    assert sdk.has("Nobody", "nothing", LATEST) is None
    assert sdk.parameters("Run.log", "0.12.0") is None
    assert sdk.module_exists("wandb.sdk.internal.anything", LATEST) is None
    assert sdk.module_exists("wandb.keras", "0.16.6") is True
    assert sdk.module_exists("wandb.keras", LATEST) is False


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [
        (">=0.17,<0.20", "0.17.0", "0.19.11"),
        (">=0.17 <0.20", "0.17.0", "0.19.11"),
        ("==0.19.*", "0.19.0", "0.19.11"),
        ("!=0.31.0,>0.29", "0.30.0", "0.30.0"),
        ("~=0.16.1", "0.16.1", "0.16.6"),
        ("~=0.30", "0.30.0", "0.31.0"),
        ("^0.15.3", "0.15.3", "0.15.12"),
        ("~0.15.3", "0.15.3", "0.15.12"),
        ("0.30.0", "0.30.0", "0.30.0"),
        ("<=0.15", "0.15.0", "0.15.0"),
        ("*", "0.15.0", LATEST),
        # Withdrawn; never there; too new, too old.
        ("==0.24.0", "0.24.0", "0.24.0"),
        ("==0.24.9", "0.24.2", "0.24.2"),
        ("==99.1rc1", LATEST, LATEST),
        (">=99", LATEST, LATEST),
        ("==0.13.1", "0.13.1", "0.13.1"),
    ],
)
def test_specifiers(wanted: str, first: str, last: str) -> None:
    found = sdk.versions_of(wanted, "x").releases
    assert (found[0], found[-1]) == (first, last)


def test_specifiers_of_what_is_older_than_the_table_leave_nothing() -> None:
    assert sdk.versions_of("<0.14", "x").releases == ()


@pytest.mark.parametrize("wanted", ["soon", ">=", ">=0.1,newest"])
def test_nonsense_is_refused(wanted: str) -> None:
    with pytest.raises(ValueError, match="is not a version clause"):
        sdk.known_versions(wanted, "x")


@pytest.mark.parametrize(
    ("wanted", "told"), [("", "is wanted"), ("==0.13.1", "known from 0.15.0"), ("<0.1", "known")]
)
def test_what_leaves_no_known_release_is_refused(wanted: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        sdk.known_versions(wanted, "x")


LOCK = '[[package]]\nname = "wandb"\nversion = "0.19.1"\n'


@pytest.mark.parametrize(
    ("files", "first", "last", "source"),
    [
        ({}, LATEST, LATEST, ""),
        ({"uv.lock": LOCK}, "0.19.1", "0.19.1", "uv.lock"),
        ({"poetry.lock": LOCK, "pyproject.toml": '[project]\ndependencies = ["wandb>=0.15"]'}, "0.19.1", "0.19.1", "poetry.lock"),
        ({"pdm.lock": '[[package]]\nname = "wandbx"\nversion = "0.19.1"\n'}, LATEST, LATEST, ""),
        ({"Pipfile.lock": '{"default": {"wandb": {"hashes": ["a"], "version": "==0.18.1"}}}'}, "0.18.1", "0.18.1", "Pipfile.lock"),
        ({"requirements.txt": "numpy\nwandb==0.16.3  # as on the cluster\n"}, "0.16.3", "0.16.3", "requirements.txt"),
        ({"requirements.txt": "wandb[media] >= 0.16, < 0.17 ; python_version > '3'\n"}, "0.16.0", "0.16.6", "requirements.txt"),
        ({"requirements-dev.txt": "wandb==0.16.3 --hash=sha256:aa\n"}, "0.16.3", "0.16.3", "requirements-dev.txt"),
        ({"requirements/gpu.txt": "wandb==0.16.3\n"}, "0.16.3", "0.16.3", "requirements/gpu.txt"),
        ({"requirements.txt": "wandb-workspaces==0.1\n"}, LATEST, LATEST, ""),
        ({"requirements.txt": "wandb @ git+https://example.com/wandb@v0.16.3\n"}, LATEST, LATEST, ""),
        ({"pyproject.toml": '[project.optional-dependencies]\nlog = ["wandb~=0.17.0"]'}, "0.17.0", "0.17.9", "pyproject.toml"),
        ({"pyproject.toml": '[dependency-groups]\ndev = ["wandb<0.15.2", {include-group = "x"}]'}, "0.15.0", "0.15.1", "pyproject.toml"),
        ({"pyproject.toml": '[tool.poetry.group.dev.dependencies]\nwandb = {version = "^0.16.0", optional = true}'}, "0.16.0", "0.16.6", "pyproject.toml"),
        ({"pyproject.toml": '[tool.poetry.dependencies]\nwandb = "0.16.2"'}, "0.16.2", "0.16.2", "pyproject.toml"),
        ({"pyproject.toml": '[tool.mypy]\nmodule = ["wandb>=1"]'}, LATEST, LATEST, ""),
        ({"pyproject.toml": "wandb = [", "setup.cfg": "[options]\ninstall_requires =\n    wandb>=0.30\n"}, "0.30.0", LATEST, "setup.cfg"),
        ({"pyproject.toml": f"wandb = {'9' * 5000}", "setup.py": "'wandb==0.16.3'"}, "0.16.3", "0.16.3", "setup.py"),
        ({"setup.py": 'setup(install_requires=["wandb<=0.15.1"])'}, "0.15.0", "0.15.1", "setup.py"),
        ({"environment.yml": "dependencies:\n  - conda-forge::wandb=0.15.3\n"}, "0.15.3", "0.15.3", "environment.yml"),
        ({"conda.yaml": "\n" * 40_000 + "  -  'wandb >=0.30'  # why\n"}, "0.30.0", LATEST, "conda.yaml"),
        ({"conda.yaml": "dependencies:\n  - pip:\n    - wandb==0.15.3\n"}, "0.15.3", "0.15.3", "conda.yaml"),
    ],
)  # fmt: skip
def test_pins(files: dict[str, str], first: str, last: str, source: str, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "src").mkdir()
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = Pins().of(str(tmp_path / "src" / "train.py"))
    assert (found.releases[0], found.releases[-1], found.source) == (first, last, source)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_pins_in_whatever_a_shell_writes(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_bytes("wandb==0.16.3\r\nzipp\r\n".encode(encoding))
    assert Pins().of(str(tmp_path / "train.py")).releases == ("0.16.3",)


def test_the_nearest_folder_that_names_wandb_decides(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("wandb==0.16.3\n", encoding="utf-8")
    for name, text in (("a", "wandb==0.17.0\n"), ("b", "numpy\n"), ("c", "wandb\n")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "requirements.txt").write_text(text, encoding="utf-8")
    pins = Pins()
    found = {name: pins.of(str(tmp_path / name / "train.py")).releases for name in "abc"}
    assert found == {"a": ("0.17.0",), "b": ("0.16.3",), "c": (LATEST,)}


def test_a_pin_older_than_the_table_is_nothing_to_speak_of(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("wandb<0.13\n", encoding="utf-8")
    found = Pins().of(str(tmp_path / "train.py"))
    assert sdk.has("Run", "nothing", found.releases[0]) is None


def test_nothing_above_the_repository_counts(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("wandb==0.16.3\n", encoding="utf-8")
    (tmp_path / "mine" / ".git").mkdir(parents=True)
    assert Pins().of(str(tmp_path / "mine" / "train.py")).releases == (LATEST,)
