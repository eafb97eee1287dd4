"""The code that the benchmarks run on: files of published wheels, and generated programs.

Run by itself it only makes the corpora: ``python benchmarks/corpora.py FOLDER``. They are made in a
process of their own so that reading wheels does not raise the memory that the measuring one hands on.
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import dense
import linked

PINS = Path(__file__).with_name("wheels.txt")
LARGE_TREE = "transformers"
PROGRAMS = 12
# Outside any checkout: linters skip what git ignores.
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "wbcheck-benchmarks")


@dataclass(frozen=True)
class Corpora:
    """The folders: ``tree`` is corpus A, ``binding`` B (every file in it imports wandb), ``linked`` C."""

    tree: Path
    binding: Path
    linked: Path

    @classmethod
    def under(cls, cache: Path) -> Corpora:
        """Where the corpora are, or will be, in the folder ``cache``."""
        return cls(tree=cache / "corpus-a", binding=cache / "corpus-b", linked=cache / "corpus-c")


def prepare(cache: Path, extra: Sequence[Path] = ()) -> None:
    """Make all corpora in ``cache``; wheels already there are not fetched again.

    ``extra`` are folders whose wandb-importing Python files join corpus B.
    Raises ``subprocess.CalledProcessError`` when the index does not give the pinned wheels.
    """
    wheels = cache / "wheels"
    wheels.mkdir(parents=True, exist_ok=True)
    download(wheels)
    corpora = Corpora.under(cache)
    for folder in (corpora.tree, corpora.binding, corpora.linked):
        shutil.rmtree(folder, ignore_errors=True)
    for name, data in sources(wheels):
        if name.startswith(f"{LARGE_TREE}/"):
            write(corpora.tree / name, data)
        if binds_wandb(data):
            write(corpora.binding / name, data)
    for folder in extra:
        for path in sorted(folder.rglob("*.py")):
            if path.is_file() and binds_wandb(data := path.read_bytes()):
                write(corpora.binding / folder.name / path.relative_to(folder), data)
    for name, text in dense.programs(PROGRAMS):
        write(corpora.binding / "generated" / name, text.encode())
    for name, text in linked.files():
        write(corpora.linked / name, text.encode())


def download(wheels: Path) -> None:
    """Fetch the pinned wheels that are not in ``wheels`` yet; wheels only, so nothing of theirs is run."""
    if len(list(wheels.glob("*.whl"))) == len(pins()):
        return
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--only-binary", ":all:", "--no-deps", "--require-hashes"]
    command += ["--dest", str(wheels), "--requirement", str(PINS)]
    subprocess.run(command, check=True)


def pins() -> list[str]:
    """The requirement lines of ``wheels.txt``."""
    return [line for line in PINS.read_text().splitlines() if line.strip() and not line.startswith("#")]


def sources(wheels: Path) -> Iterator[tuple[str, bytes]]:
    """Every Python file of the wheels, as ``distribution/path/in/wheel`` and its bytes, in order."""
    for wheel in sorted(wheels.glob("*.whl")):
        distribution = wheel.name.split("-")[0]
        with zipfile.ZipFile(wheel) as archive:
            for name in sorted(archive.namelist()):
                parts = name.split("/")
                if name.endswith(".py") and ".." not in parts and not name.startswith("/"):
                    yield f"{distribution}/{name}", archive.read(name)


def binds_wandb(data: bytes) -> bool:
    """Whether some ``import`` statement anywhere in the file binds wandb or a part of it.

    False for what this interpreter's grammar refuses.
    """
    if b"wandb" not in data:
        return False
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError):
        return False
    return any(imports_wandb(node) for node in ast.walk(tree))


def imports_wandb(node: ast.AST) -> bool:
    """Whether this node is an import of wandb or of one of its modules."""
    if isinstance(node, ast.Import):
        return any(alias.name.split(".")[0] == "wandb" for alias in node.names)
    return (
        isinstance(node, ast.ImportFrom) and not node.level and (node.module or "").split(".")[0] == "wandb"
    )


def write(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path``, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def python_files(folder: Path) -> list[Path]:
    """The ``.py`` files under ``folder``, in order."""
    return sorted(
        Path(root, name) for root, _, names in os.walk(folder) for name in names if name.endswith(".py")
    )


if __name__ == "__main__":
    prepare(Path(sys.argv[1]), [Path(folder) for folder in sys.argv[2:]])
