"""Releases of wandb from the package index: the Python sources of their wheels, nothing of which is run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "wbcheck-sdk"
FIRST = (0, 15, 0)
# Not listed any more, but in people's lock files.
WITHDRAWN = ("0.24.0",)
# Large, and nothing that people import.
_LEFT_OUT = ("wandb/vendor/", "wandb/proto/", "wandb/bin/", "wandb/automations/_generated/")
# From wheels without platform, where there are some: they are a tenth of the size.
_ANYWHERE = ("--platform", "any", "--python-version", "3.11", "--implementation", "py", "--abi", "none")


def release(version: str) -> tuple[int, ...]:
    """A version as numbers that sort: ``0.19.10`` comes after ``0.19.9``."""
    return tuple(int(part) for part in version.split("."))


def releases() -> list[str]:
    """All final releases from ``FIRST`` on, oldest first, as the package index lists them."""
    told = _pip("index", "versions", "wandb")
    listed = re.search(r"Available versions: (.*)", told)
    if listed is None:
        raise SystemExit(f"pip does not say which versions there are:\n{told}")
    found = [version.strip() for version in listed.group(1).split(",")]
    plain = [version for version in {*found, *WITHDRAWN} if re.fullmatch(r"\d+(\.\d+)+", version)]
    return sorted((version for version in plain if release(version) >= FIRST), key=release)


def sources(version: str) -> dict[str, str]:
    """The Python sources of a release by their path in the wheel; downloaded once, kept in ``CACHE``."""
    kept = CACHE / f"wandb-{version}.zip"
    if not kept.exists():
        _fetch(version, kept)
    with zipfile.ZipFile(kept) as archive:
        return {name: archive.read(name).decode("utf-8") for name in archive.namelist()}


def _fetch(version: str, kept: Path) -> None:
    kept.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        wanted = (
            "download",
            "--quiet",
            "--no-deps",
            "--only-binary",
            ":all:",
            "-d",
            folder,
            f"wandb=={version}",
        )
        try:
            _pip(*wanted, *_ANYWHERE)
        except subprocess.CalledProcessError:
            _pip(*wanted)
        (wheel,) = Path(folder).glob("*.whl")
        unfinished = kept.with_suffix(".part")
        with (
            zipfile.ZipFile(wheel) as archive,
            zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as slim,
        ):
            for name in _wanted(archive):
                slim.writestr(name, archive.read(name))
        unfinished.replace(kept)


def _wanted(archive: zipfile.ZipFile) -> Iterator[str]:
    for name in sorted(archive.namelist()):
        if name.startswith("wandb/") and name.endswith((".py", ".pyi")) and not name.startswith(_LEFT_OUT):
            yield name


def _pip(*words: str) -> str:
    command = [sys.executable, "-m", "pip", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
