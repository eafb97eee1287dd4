"""Which files are found, and which are told as problems."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wbcheck.files import Discovery, Role, beside, discover, role_of
from wbcheck.settings import Resolver, load


def search(*paths: str | Path, force_exclude: bool = False, resolver: Resolver | None = None) -> Discovery:
    known = resolver or load(None, False)
    return discover([str(path) for path in paths], known.for_file, force_exclude)


def names(found: Discovery) -> list[str]:
    return [file.path for file in found.files]


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(root: Path, *paths: str, text: str = "") -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def test_a_folder_gives_its_sources_in_order(tree: Path) -> None:
    write(tree, "b.py", "a/z.ipynb", "a/b.pyi", "a/readme.md", ".venv/lib/c.py", "a/__pycache__/d.py")
    assert names(search(".")) == ["a/b.pyi", "a/z.ipynb", "b.py"]
    assert names(search()) == []


def test_paths_are_shown_from_the_working_directory(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tree, "inside/a.py", "outside/b.py")
    monkeypatch.chdir(tree / "inside")
    assert names(search(tree / "inside")) == ["a.py"]
    assert names(search("../outside")) == [str(tree / "outside" / "b.py")]


def test_each_file_once(tree: Path) -> None:
    write(tree, "a.py")
    found = search(".", "a.py", "./a.py", tree)
    assert names(found) == ["a.py"]
    assert found.files[0].explicit


def test_what_is_named_is_checked_unless_exclusion_is_forced(tree: Path) -> None:
    write(tree, "build/a.py", "script", "b.py")
    assert names(search("build/a.py", "script")) == ["build/a.py", "script"]
    assert names(search("build/a.py", "b.py", force_exclude=True)) == ["b.py"]


def test_excludes_and_includes_of_the_configuration(tree: Path) -> None:
    write(tree, "a.py", "old/b.py", "gen/x_pb2.py", "tool.txt", "deep/gen/y.py")
    (tree / "pyproject.toml").write_text('[tool.wbcheck]\nextend-exclude = ["old", "*_pb2.py", "deep/gen"]\n')
    assert names(search(".")) == ["a.py"]
    (tree / "pyproject.toml").write_text('[tool.wbcheck]\ninclude = ["*.txt", "old/*.py"]\n')
    assert names(search(".")) == ["old/b.py", "tool.txt"]


def test_git_is_heard_as_git_is(tree: Path) -> None:
    write(
        tree,
        "a.py",
        "skip/b.py",
        "keep/skip.py",
        "sub/c.py",
        "sub/d.py",
        "sub/deep/c.py",
        "local.py",
        "x.log.py",
    )
    (tree / ".gitignore").write_text("/skip/\n*.log.py\nd.py\n# comment\n")
    (tree / "sub" / ".gitignore").write_text("/c.py\n!d.py\n")
    subprocess.run(["git", "init", "-q", "."], check=True)
    (tree / ".git" / "info").mkdir(exist_ok=True)
    (tree / ".git" / "info" / "exclude").write_text("local.py\n")
    listed = subprocess.run(
        ["git", "ls-files", "--others", "--exclude-standard", "*.py"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert names(search(".")) == sorted(listed.stdout.split())
    assert names(search("sub")) == ["sub/d.py", "sub/deep/c.py"]


PATTERNS = (
    *("a", "a/", "/a", "b.py", "*.py", "!a.py", "a/*", "**/b", "a/**", "!a/", "a/**/b.py", "[ab].py", "# c"),
    *(
        "!b/",
        "*",
        "!*/",
        "c?d.py",
        "c\\ d.py",
        "é.py",
        "/*/a.py",
        "b/a.py",
        "!/b/a.py",
        " ",
        "a.py  ",
        "**",
        "\\!x",
    ),
)
FOLDERS = (".", "a", "b", "a/b", "b/a")
rules_of_a_folder = st.lists(st.sampled_from(PATTERNS), max_size=4)


@given(st.tuples(*[rules_of_a_folder for _ in FOLDERS]))
@settings(max_examples=60, deadline=None)
def test_whatever_the_rules_git_lists_the_same_files(rules: tuple[list[str], ...]) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        subprocess.run(["git", "init", "-q", "."], check=True)
        for below, lines in zip(FOLDERS, rules, strict=True):
            write(Path(), *(f"{below}/{name}" for name in ("a.py", "b.py", "c d.py", "é.py")))
            if lines:
                write(Path(), f"{below}/.gitignore", text="\n".join(lines) + "\n")
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--others", "--exclude-standard", "*.py"],
            check=True,
            capture_output=True,
            text=True,
        )
        assert names(search(".", resolver=load(None, True))) == sorted(listed.stdout.split("\0")[:-1])


def test_an_ignored_folder_is_searched_if_it_is_named(tree: Path) -> None:
    write(tree, "gen/a.py", "gen/deep/b.py", "gen/deep/skip/c.py", "d.py")
    (tree / ".gitignore").write_text("gen/\n")
    (tree / "gen" / ".gitignore").write_text("skip\n")
    subprocess.run(["git", "init", "-q", "."], check=True)
    assert names(search(".")) == ["d.py"]
    assert names(search("gen")) == ["gen/a.py", "gen/deep/b.py"]
    assert names(search("gen/deep")) == ["gen/deep/b.py", "gen/deep/skip/c.py"]


@pytest.mark.parametrize(
    ("exclude", "wanted"),
    [
        ("data/", ["pkg/a.py"]),
        ("data/raw", ["data/b.py", "pkg/a.py", "pkg/data/d.py"]),
        ("/pkg/data/", ["data/b.py", "data/raw/c.py", "pkg/a.py"]),
        ("**/raw/*.py", ["data/b.py", "pkg/a.py", "pkg/data/d.py"]),
        ("p*/data", ["data/b.py", "data/raw/c.py", "pkg/a.py"]),
    ],
)
def test_excludes_with_folders(tree: Path, exclude: str, wanted: list[str]) -> None:
    write(tree, "data/b.py", "data/raw/c.py", "pkg/a.py", "pkg/data/d.py")
    (tree / "pyproject.toml").write_text(f'[tool.wbcheck]\nextend-exclude = ["{exclude}"]\n')
    assert names(search(".")) == wanted


def test_a_tree_without_git_rules_needs_no_pathspec(tree: Path) -> None:
    write(tree, "a.py", "pkg/b.py", ".venv/c.py")
    probe = (
        "import sys\nfrom wbcheck.files import discover\nfrom wbcheck.settings import load\n"
        "found = discover(['.'], load(None, True).for_file)\n"
        "print([file.path for file in found.files], 'pathspec' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", probe], check=True, capture_output=True, text=True)
    assert done.stdout == "['a.py', 'pkg/b.py'] False\n"


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("train.py", Role.SCRIPT),
        ("notebooks/a.ipynb", Role.NOTEBOOK),
        ("tests/helper.py", Role.TEST),
        ("pkg/test/helper.py", Role.TEST),
        ("test_train.py", Role.TEST),
        ("train_test.py", Role.TEST),
        ("conftest.py", Role.TEST),
        ("tests/a.ipynb", Role.TEST),
        ("components/test_regression_model/run.py", Role.SCRIPT),
        ("testing/run.py", Role.SCRIPT),
        ("latest.py", Role.SCRIPT),
    ],
)
def test_roles(tree: Path, path: str, role: Role) -> None:
    write(tree, "pyproject.toml", path)
    assert [file.role for file in search(".").files] == [role]
    assert role_of(path) is role


def test_a_checkout_below_a_folder_called_tests_is_no_test(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "tests" / "project"
    write(root, "pyproject.toml", "train.py", "tests/a.py")
    monkeypatch.chdir(root)
    assert {file.path: file.role for file in search(".").files} == {
        "tests/a.py": Role.TEST,
        "train.py": Role.SCRIPT,
    }
    assert [file.role for file in search("tests").files] == [Role.TEST]
    assert [file.role for file in search("train.py").files] == [Role.SCRIPT]


def test_what_is_no_file_is_told_and_the_rest_goes_on(tree: Path) -> None:
    write(tree, "good.py", "dir.py/inner.py")
    (tree / "dangling.py").symlink_to("nowhere.py")
    (tree / "loop.py").symlink_to("loop.py")
    os.mkfifo(tree / "pipe.py")
    plug = socket.socket(socket.AF_UNIX)
    plug.bind("plug.py")
    (tree / "again").symlink_to(".")
    (tree / "alias.py").symlink_to("good.py")
    found = search(".")
    plug.close()
    assert names(found) == ["alias.py", "dir.py/inner.py", "good.py"]
    assert dict(found.problems) == {
        "dangling.py": "is a symbolic link that leads nowhere",
        "loop.py": "is a symbolic link that leads to itself",
        "pipe.py": "is not a regular file",
        "plug.py": "is not a regular file",
    }


def test_named_paths_that_cannot_be_searched(tree: Path) -> None:
    os.mkfifo(tree / "pipe.py")
    assert dict(search("missing.py", "pipe.py").problems) == {
        "missing.py": "does not exist",
        "pipe.py": "is not a regular file",
    }


def test_an_unreadable_folder(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tree, "closed/a.py", "b.py")
    scan = os.scandir

    def refuse(path: str) -> object:
        if path.endswith("closed"):
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    # As root no folder is closed.
    monkeypatch.setattr(os, "scandir", refuse)
    found = search(".")
    assert names(found) == ["b.py"]
    assert dict(found.problems) == {"closed": "cannot be read: permission denied"}


def test_rules_of_git_after_a_byte_order_mark(tree: Path) -> None:
    write(tree, "a/b.py", "c.py", ".git/HEAD")
    write(tree, ".gitignore", text="\ufeffa/\n")
    assert names(search(".")) == ["c.py"]


def test_what_stands_beside_files_comes_the_nearest_first(tree: Path) -> None:
    write(tree, "x/a/given.py", "x/a/z.py", "x/a/b/c.py", "x/b/a.py", "x/y.py", "a.py", "far/off/b.py")
    write(tree, "far/given.py")
    resolver = load(None, False)
    given = [str(tree / "x" / "a" / "given.py"), str(tree / "far" / "given.py")]
    found, whole = beside(given, [str(tree)], resolver.for_file)
    assert [each.path for each in found] == [
        "x/a/z.py",
        "a.py",
        "far/off/b.py",
        "x/a/b/c.py",
        "x/y.py",
        "x/b/a.py",
    ]
    assert whole


def test_names_with_odd_bytes(tree: Path) -> None:
    write(tree, "ünï côde.py", "[x].py")
    (tree / "pyproject.toml").write_text('[tool.wbcheck]\nextend-exclude = ["x.py"]\n')
    assert names(search(".")) == ["[x].py", "ünï côde.py"]
