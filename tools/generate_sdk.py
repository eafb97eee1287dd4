"""Writes wbcheck/sdk/table.json: what each release of wandb has, from 0.15 to the newest one.

Run by ``make sdk``. The wheels of the package index are read, never imported (``wheels.py``, ``release.py``);
what they say is folded into spans of releases, so that the table stays small.
``wbcheck/sdk/__init__.py`` reads it, and describes it.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from release import Member, Parameter, Release, Thing
from wheels import releases, sources

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "wbcheck" / "sdk" / "table.json"
NEWEST = ROOT / "wbcheck" / "sdk" / "newest.py"

# The classes whose attributes are told, by the word that the model has for them.
CLASSES = {
    "Run": ("wandb.sdk.wandb_run.Run",),
    # What was used was of a class of its own, up to 0.15.4.
    "Artifact": (
        "wandb.Artifact",
        "wandb.apis.public.Artifact",
        "wandb.sdk.artifacts.public_artifact.Artifact",
    ),
    "Table": ("wandb.Table",),
    "Config": ("wandb.Config",),
    "Summary": ("wandb.sdk.wandb_summary.Summary",),
    "Api": ("wandb.Api",),
    "Api.run": ("wandb.apis.public.Run",),
    "Api.runs": ("wandb.apis.public.Runs",),
    "Api.sweep": ("wandb.apis.public.Sweep",),
    "Api.project": ("wandb.apis.public.Project",),
    "Api.projects": ("wandb.apis.public.Projects",),
    "Api.artifacts": ("wandb.apis.public.Artifacts",),
    "Api.artifact_type": ("wandb.apis.public.ArtifactType",),
    "Api.artifact_types": ("wandb.apis.public.ArtifactTypes",),
    "Api.artifact_collection": ("wandb.apis.public.ArtifactCollection",),
    "Api.artifact_collections": ("wandb.apis.public.ProjectArtifactCollections",),
    "Api.reports": ("wandb.apis.public.Reports",),
    "Api.user": ("wandb.apis.public.User",),
    "Api.team": ("wandb.apis.public.Team",),
    "Api.job": ("wandb.apis.public.Job",),
    "Api.file": ("wandb.apis.public.File",),
    "Api.files": ("wandb.apis.public.Files",),
    "Api.registry": ("wandb.apis.public.Registry",),
    "Api.registries": ("wandb.apis.public.Registries",),
}
# Modules whose names are told, and whose functions and classes have their parameters told.
SPACES = (
    "wandb",
    "wandb.plot",
    "wandb.sklearn",
    "wandb.apis",
    "wandb.apis.public",
    "wandb.data_types",
    "wandb.errors",
    "wandb.util",
    "wandb.env",
    "wandb.integration.keras",
    "wandb.integration.lightgbm",
    "wandb.integration.xgboost",
    "wandb.integration.catboost",
    "wandb.integration.sacred",
    "wandb.integration.sb3",
    "wandb.integration.gym",
    "wandb.integration.fastai",
    "wandb.integration.tensorboard",
    "wandb.integration.tensorflow",
    "wandb.integration.langchain",
    "wandb.integration.openai",
    "wandb.integration.cohere",
    "wandb.integration.huggingface",
    "wandb.integration.diffusers",
    "wandb.integration.ultralytics",
    "wandb.integration.kfp",
    "wandb.integration.metaflow",
    "wandb.integration.prodigy",
    "wandb.beta.workflows",
)
_SIGNED = ("wandb.plot", "wandb.sklearn", "wandb.integration.", "wandb:")
# Private names that people have used, and that are gone.
_KEPT = ("_metadata", "__version__")
_SAYS_DEPRECATED = re.compile(
    r"(\(?deprecated|\*\*deprecated|this (argument|parameter) is deprecated)", re.IGNORECASE
)
# Public packages of old, which are real modules in some releases only.
_SKIPPED = re.compile(
    r"wandb\.(cli|proto|vendor|agents|filesync|sdk\.(internal|launch|interface|service|backend|integration_utils"
    r"|mailbox|verify|sweeps|lib\.(service|printer|import_hooks).*|data_types\._|artifacts\._)|apis\.reports\."
    r"|automations\._|_|testing|wandb_sdk|integration\.\w+\._|sandbox\._|jupyter\.)"
)


class Spans:
    """What holds in which releases: for each key, stretches of releases with one value."""

    def __init__(self) -> None:
        self._found: dict[str, list[list[Any]]] = {}

    def add(self, key: str, number: int, value: Any) -> None:
        """``value`` holds for ``key`` in release ``number``; releases come in order."""
        stretches = self._found.setdefault(key, [])
        if stretches and stretches[-1][1] == number and stretches[-1][2] == value:
            stretches[-1][1] = number + 1
        else:
            stretches.append([number, number + 1, value])

    def told(self, count: int) -> dict[str, list[list[Any]]]:
        """The stretches as ``[since, until, value]``; ``until`` is -1 where it still holds."""
        return {
            key: [[since, -1 if until == count else until, value] for since, until, value in stretches]
            for key, stretches in sorted(self._found.items())
        }


class Reader:
    """Reads release after release into spans."""

    def __init__(self) -> None:
        self.signatures, self.choices, self.modules = Spans(), Spans(), Spans()
        self.names: dict[str, Spans] = {}
        self.open, self.deprecated = Spans(), Spans()

    def read(self, number: int, release: Release) -> None:
        """Add what a release has."""
        for module in release.modules:
            if not _SKIPPED.match(module) or module == "wandb.sdk.internal.datastore":
                self.modules.add(module, number, 1)
        for space in SPACES:
            if space in release.modules:
                self._space(number, release, space)
        for word, paths in CLASSES.items():
            found = [thing for path in paths if (thing := release.find(path)) and thing.kind == "class"]
            if found:
                self._class(number, release, word, found)
        self._settings(number, release)

    def _space(self, number: int, release: Release, space: str) -> None:
        names = self.names.setdefault(space, Spans())
        for name in release.names(space):
            thing = release.resolve(release.names(space)[name])
            if thing is None or (name.startswith("_") and name not in _KEPT):
                continue
            if thing.kind == "module" and not thing.module.startswith("wandb"):
                names.add(name, number, "v")
                continue
            letter = {"module": "M", "class": "c", "function": "f"}.get(thing.kind, "v")
            if space == "wandb" and letter == "f" and _is_run_method(release, name):
                letter = "r"
            elif thing.kind == "module" and thing.module != f"{space}.{name}":
                letter = f"M:{thing.module}"
            names.add(name, number, letter)
            if name.startswith("_") or letter == "r" or not f"{space}:".startswith(_SIGNED):
                continue
            if thing.kind == "function":
                own = thing.node.args.args if isinstance(thing.node, ast.FunctionDef) else []
                bound = bool(own) and own[0].arg == "self"
                self._function(
                    number, f"{space}.{name}", release.parameters(thing.module, thing.node, bound), thing.node
                )
            elif thing.kind == "class" and f"{space}.{name}" != "wandb.Settings":
                made = release.constructor(thing)
                if made is not None:
                    found = release.parameters(made.module, made.node, True)
                    self._function(number, f"{space}.{name}", found, made.node)

    def _class(self, number: int, release: Release, word: str, things: list[Thing]) -> None:
        names = self.names.setdefault(word, Spans())
        members: dict[str, Member] = {}
        for thing in things:
            if release.is_open(thing):
                self.open.add(word, number, 1)
            members = release.members(thing) | members
        for name, member in members.items():
            if name.startswith("_") and name not in _KEPT:
                continue
            names.add(name, number, member.kind)
            if member.kind == "m" and not name.startswith("_"):
                found = release.parameters(member.module, member.node, True)
                self._function(number, f"{word}.{name}", found, member.node)
            elif not name.startswith("_") and isinstance(member.node, ast.FunctionDef):
                self._note_deprecation(number, f"{word}.{name}", member.node)

    def _function(self, number: int, key: str, found: list[Parameter], node: ast.AST | None) -> None:
        self.signatures.add(key, number, [[one.name, one.kind, _shown(one.default)] for one in found])
        for one in found:
            if one.choices:
                self.choices.add(f"{key}:{one.name}", number, sorted(one.choices))
            if _SAYS_DEPRECATED.match(one.doc):
                self.deprecated.add(f"{key}:{one.name}", number, 1)
        if isinstance(node, ast.FunctionDef):
            self._note_deprecation(number, key, node)

    def _note_deprecation(self, number: int, key: str, node: ast.FunctionDef) -> None:
        """A function is deprecated if its docstring or its body begins by saying so, or a decorator does."""
        told = (ast.get_docstring(node) or "").lower().lstrip(" [(.!*")
        marked = told.startswith(("deprecated", "this method is deprecated", "this attribute is deprecated"))
        marked = marked or any("deprecated" in ast.unparse(d) for d in node.decorator_list)
        for statement in node.body[:3]:
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
                callee = ast.unparse(statement.value.func)
                marked = marked or callee.rpartition(".")[2] in ("deprecate", "warn_and_record_deprecation")
        if marked:
            self.deprecated.add(key, number, 1)

    def _settings(self, number: int, release: Release) -> None:
        thing = release.find("wandb.Settings")
        if thing is None or not isinstance(thing.node, ast.ClassDef):
            raise SystemExit("a release has no Settings")
        fields: dict[str, str | None] = {}
        validators: dict[str, list[str]] = {}
        for current in release.lineage(thing):
            if current is None or not isinstance(current.node, ast.ClassDef):
                continue
            for node in current.node.body:
                if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                    if node.target.id == "model_config" or "ClassVar" in ast.unparse(node.annotation):
                        continue
                    fields.setdefault(node.target.id, None if node.value is None else "...")
                    found = release.choices(current.module, node.annotation)
                    if found:
                        self.choices.add(f"wandb.Settings:{node.target.id}", number, sorted(found))
        # Before they were annotated, choices stood in functions that check them.
        for check in ast.walk(release.tree(thing.module)):
            if isinstance(check, ast.FunctionDef) and check.name.startswith("_validate_"):
                for inner in ast.walk(check):
                    if _assigns_choices(inner):
                        words = (word.value for word in ast.walk(inner) if isinstance(word, ast.Constant))
                        validators[check.name[10:]] = sorted(word for word in words if isinstance(word, str))
        for name, items in validators.items():
            if name in fields and items:
                self.choices.add(f"wandb.Settings:{name}", number, items)
        shown = [
            [name, "=", "..."] for name in fields if not name.startswith("_") or name[1:] in _OLD_PRIVATE
        ]
        is_model = any("BaseModel" in ast.unparse(base) for base in thing.node.bases)
        extra = [] if is_model else [["kwargs", "**", None]]
        self.signatures.add("wandb.Settings", number, sorted(shown) + extra)

    def table(self, versions: list[str]) -> dict[str, Any]:
        """All of it, as it is written."""
        count = len(versions)
        return {
            "versions": versions,
            "signatures": self.signatures.told(count),
            "names": {space: spans.told(count) for space, spans in sorted(self.names.items())},
            "open": self.open.told(count),
            "choices": self.choices.told(count),
            "modules": self.modules.told(count),
            "deprecated": self.deprecated.told(count),
        }


_OLD_PRIVATE = (
    "disable_service",
    "disable_stats",
    "disable_meta",
    "service_wait",
    "stats_sample_rate_seconds",
)


def _shown(default: str | None) -> str | None:
    """A default as it is kept: literals as they are written, anything else as ``...``."""
    if default is None:
        return None
    try:
        ast.literal_eval(default)
    except ValueError:
        return "..."
    return default if len(default) <= 40 else "..."


def _assigns_choices(node: ast.AST) -> bool:
    targets = (
        node.targets
        if isinstance(node, ast.Assign)
        else [node.target]
        if isinstance(node, ast.AnnAssign)
        else []
    )
    return any(isinstance(target, ast.Name) and target.id == "choices" for target in targets)


def _is_run_method(release: Release, name: str) -> bool:
    """Whether a name of the module is bound to the run's method once there is a run."""
    for statement in release.tree("wandb").body:
        if isinstance(statement, ast.Assign) and any(ast.unparse(t) == name for t in statement.targets):
            return "PreInitCallable" in ast.unparse(statement.value)
    return False


def _newest(table: dict[str, Any]) -> Iterator[str]:
    """The source of the module that says how positional arguments of the newest release are bound."""
    yield '"""How the newest release binds arguments to parameters; written by tools/generate_sdk.py."""\n'
    yield f'VERSION = "{table["versions"][-1]}"\n'
    yield "# The parameters of each function and class that can be given by position, in their order."
    yield "PARAMETERS = {"
    for key, stretches in table["signatures"].items():
        _, until, found = stretches[-1]
        if until == -1 and key != "wandb.Settings":
            names = " ".join(name for name, kind, _ in found if kind in ("", "/"))
            yield f'    "{key}": "{names}",'
    yield "}"


def main() -> None:
    """Read all releases and write the table."""
    versions = releases()
    reader = Reader()
    for number, version in enumerate(versions):
        print(f"\r{version:10}", end="", file=sys.stderr, flush=True)
        reader.read(number, Release(sources(version)))
    table = reader.table(versions)
    TABLE.write_text(json.dumps(table, separators=(",", ":")) + "\n", encoding="utf-8")
    NEWEST.write_text("\n".join(_newest(table)) + "\n", encoding="utf-8")
    print(f"\r{len(versions)} releases, {TABLE.stat().st_size} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
