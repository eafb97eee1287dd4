"""Fixed files on the disk: whole or not at all, and nothing about them lost."""

from __future__ import annotations

import errno
import os
import resource
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wbcheck.diagnostic import Diagnostic, Position, Range, Severity, Span
from wbcheck.fixes import FileOutcome, FixOutcome, diff, refusal, write

MARK = Position(0, 1, 1)


def outcome(*files: tuple[Path, bytes, bytes], together: bool = False) -> FixOutcome:
    """What `mend` would give for these files (path, old and new bytes), one finding mended in each."""
    paths = [str(path) for path, _, _ in files]
    return FixOutcome(
        files={str(path): FileOutcome(str(path), old, new, {"WB101": 1}) for path, old, new in files},
        faults=(),
        left_alone=(),
        before={
            path: (Diagnostic(path, Span(0, 1), Range(MARK, MARK), "WB101", "n", Severity.ERROR, "m"),)
            for path in paths
        },
        after=dict.fromkeys(paths, ()),
        together=(frozenset(paths),) if together else (),
        rounds=1,
    )


def entries(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "a.py"
    path.write_bytes(b"old\n")
    return path


def test_a_file_is_replaced_with_its_mode_and_a_new_time(script: Path, tmp_path: Path) -> None:
    script.chmod(0o751)
    os.utime(script, (1, 1))
    result = write(outcome((script, b"old\n", b"new\n")), str(tmp_path))
    assert script.read_bytes() == b"new\n"
    assert stat.S_IMODE(script.stat().st_mode) == 0o751
    assert script.stat().st_mtime > 1
    assert entries(tmp_path) == {"a.py"}
    assert (result.mended, result.left_alone) == (1, ())


@pytest.mark.skipif(os.geteuid() != 0, reason="only the superuser can give files away")
def test_the_owner_is_kept(script: Path, tmp_path: Path) -> None:
    os.chown(script, 1234, 4321)
    script.chmod(0o640)
    write(outcome((script, b"old\n", b"new\n")), str(tmp_path))
    status = script.stat()
    assert (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)) == (1234, 4321, 0o640)


def test_a_link_inside_the_tree_stays_one(script: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.py"
    link.symlink_to("a.py")
    write(outcome((link, b"old\n", b"new\n")), str(tmp_path))
    assert link.is_symlink()
    assert script.read_bytes() == b"new\n"


def test_a_link_out_of_the_tree_is_left_alone(script: Path, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "link.py").symlink_to(script)
    (tree / "folder").symlink_to(tmp_path, target_is_directory=True)
    for path in (tree / "link.py", tree / "folder" / "a.py"):
        result = write(outcome((path, b"old\n", b"new\n")), str(tree))
        assert "leads out of the tree" in result.left_alone[0].reason
        assert (result.files, result.mended) == ({}, 0)
        assert [each.code for each in result.remaining] == ["WB101"]
    assert script.read_bytes() == b"old\n"


def test_a_tree_that_is_itself_reached_through_a_link_is_no_way_out(script: Path, tmp_path: Path) -> None:
    alias = tmp_path / "alias"
    alias.symlink_to(tmp_path, target_is_directory=True)
    assert refusal(str(alias / "a.py"), b"old\n", str(alias)) is None


def test_a_file_that_was_named_outside_of_the_tree_may_be_fixed(script: Path, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    assert refusal(str(script), b"old\n", str(tree)) is None
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "link.py"
    link.symlink_to(script)
    assert refusal(str(link), b"old\n", str(tree)) is not None


def test_a_file_that_changed_on_disk_is_left_alone(script: Path, tmp_path: Path) -> None:
    script.write_bytes(b"edited meanwhile\n")
    result = write(outcome((script, b"old\n", b"new\n")), str(tmp_path))
    assert "changed on disk" in result.left_alone[0].reason
    assert script.read_bytes() == b"edited meanwhile\n"


def test_a_read_only_file_is_left_alone(script: Path, tmp_path: Path) -> None:
    script.chmod(0o444)
    result = write(outcome((script, b"old\n", b"new\n")), str(tmp_path))
    assert "read-only" in result.left_alone[0].reason
    assert script.read_bytes() == b"old\n"


def test_what_is_no_regular_file_or_gone_is_left_alone(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.py")
    assert "regular" in (refusal(str(tmp_path / "fifo.py"), b"", str(tmp_path)) or "")
    assert "no such file" in (refusal(str(tmp_path / "gone.py"), b"", str(tmp_path)) or "")


@contextmanager
def full_disk() -> Iterator[None]:
    """No file can grow beyond a kilobyte: the system's own refusal, as a full disk's.

    It holds for what pytest itself writes, too, so it must end with the call that is tested.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_loses_nothing_and_leaves_nothing_behind(script: Path, tmp_path: Path) -> None:
    with full_disk():
        result = write(outcome((script, b"old\n", b"x" * 5000)), str(tmp_path))
    assert "cannot be replaced" in result.left_alone[0].reason
    assert script.read_bytes() == b"old\n"
    assert entries(tmp_path) == {"a.py"}


def test_files_of_one_fix_are_written_all_or_none(script: Path, tmp_path: Path) -> None:
    other = tmp_path / "b.py"
    other.write_bytes(b"old\n")
    alone = tmp_path / "c.py"
    alone.write_bytes(b"old\n")
    pair = outcome((script, b"old\n", b"new\n"), (other, b"old\n", b"x" * 5000), together=True)
    pair = FixOutcome(
        **{name: getattr(pair, name) for name in pair.__struct_fields__}
        | {"files": {**pair.files, str(alone): FileOutcome(str(alone), b"old\n", b"new\n", {})}}
    )
    with full_disk():
        result = write(pair, str(tmp_path))
    assert (script.read_bytes(), other.read_bytes(), alone.read_bytes()) == (b"old\n", b"old\n", b"new\n")
    assert [each.path for each in result.left_alone] == [str(script), str(other)]
    assert str(other) in result.left_alone[0].reason
    assert entries(tmp_path) == {"a.py", "b.py", "c.py"}


def test_a_replacement_that_fails_late_puts_the_first_file_back(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "b.py"
    other.write_bytes(b"old\n")
    really = os.replace

    def replace(source: str, target: str) -> None:
        if target == str(other):
            raise OSError(errno.EIO, "Input/output error")
        really(source, target)

    monkeypatch.setattr(os, "replace", replace)
    result = write(
        outcome((script, b"old\n", b"new\n"), (other, b"old\n", b"new\n"), together=True), str(tmp_path)
    )
    assert (script.read_bytes(), other.read_bytes()) == (b"old\n", b"old\n")
    assert result.files == {}
    assert entries(tmp_path) == {"a.py", "b.py"}


# What may be written is, and nothing else is touched

HUGE = b"x" * 5000  # more than `full_disk` has room for
STATES = {
    "sound": None,
    "linked": None,
    "edited": "changed on disk",
    "gone": "no such file",
    "read-only": "read-only",
    "led out": "leads out of the tree",
    "no room": "cannot be replaced",
}


def put(tree: Path, name: str, state: str, mode: int) -> tuple[Path, Path, bytes]:
    """A file in some state; its path, where its bytes really are, and what they are."""
    path = tree / name
    real = path
    if state in ("linked", "led out"):
        folder = tree / "real" if state == "linked" else tree.parent / "elsewhere"
        folder.mkdir(exist_ok=True)
        real = folder / name
        path.symlink_to(real)
    data = b"edited meanwhile\n" if state == "edited" else b"old\n"
    if state != "gone":
        real.write_bytes(data)
        real.chmod(0o444 if state == "read-only" else mode)
    return path, real, data


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(STATES)), st.sampled_from([0o600, 0o640, 0o755]), st.integers(0, 3)),
        min_size=1,
        max_size=6,
    )
)
def test_what_may_be_written_is_and_nothing_else_is_touched(
    tmp_path_factory: pytest.TempPathFactory, files: list[tuple[str, int, int]]
) -> None:
    """Files in all states; those with one number are changed by one fix, number 0 stands for one each."""
    tree = tmp_path_factory.mktemp("any") / "tree"
    tree.mkdir()
    laid = [put(tree, f"{at}.py", state, mode) for at, (state, mode, _) in enumerate(files)]
    numbers = [(number or -at) for at, (_, _, number) in enumerate(files)]
    changed = [
        (path, b"old\n", HUGE if state == "no room" else b"new\n")
        for (path, _, _), (state, _, _) in zip(laid, files, strict=True)
    ]
    whole = outcome(*changed)
    groups = [
        frozenset(str(path) for (path, _, _), each in zip(laid, numbers, strict=True) if each == number)
        for number in sorted(set(numbers))
    ]
    given_ = FixOutcome(
        **{name: getattr(whole, name) for name in whole.__struct_fields__}
        | {"together": tuple(group for group in groups if len(group) > 1)}
    )
    with full_disk():
        result = write(given_, str(tree))
    bad = {number for (state, _, _), number in zip(files, numbers, strict=True) if STATES[state]}
    for (path, real, data), (state, mode, _), number in zip(laid, files, numbers, strict=True):
        is_written = number not in bad
        if state == "gone":
            assert not real.exists()
            continue
        assert real.read_bytes() == (b"new\n" if is_written else data)
        assert stat.S_IMODE(real.stat().st_mode) == (0o444 if state == "read-only" else mode)
        assert path.is_symlink() is (state in ("linked", "led out"))
        assert (str(path) in result.files) is is_written
    reasons = {each.path: each.reason for each in result.left_alone}
    assert sorted(reasons) == sorted(
        str(path) for (path, _, _), number in zip(laid, numbers, strict=True) if number in bad
    )
    told = [why for state, _, _ in files if (why := STATES[state])]
    assert all(any(why in reason for why in told) for reason in reasons.values())
    left = {path.name for path in tree.parent.rglob("*") if path.is_file() or path.is_symlink()}
    assert left == {f"{at}.py" for at, (state, _, _) in enumerate(files) if state != "gone"}


# Diffs


def applied(folder: Path, name: str, old: bytes, patch: bytes) -> bytes:
    """What `git apply` makes of a file."""
    (folder / name).write_bytes(old)
    subprocess.run(
        ["git", "-c", "core.autocrlf=false", "apply", "--whitespace=nowarn", "-"],
        input=patch,
        cwd=folder,
        check=True,
    )
    return (folder / name).read_bytes()


line = st.binary(max_size=6).map(lambda data: data.replace(b"\n", b""))
texts = st.lists(st.tuples(line, st.sampled_from([b"\n", b"\r\n"])).map(b"".join), max_size=12).map(b"".join)


@settings(max_examples=40)
@given(texts, texts, st.booleans(), st.booleans())
def test_git_takes_the_diff(
    tmp_path_factory: pytest.TempPathFactory, old: bytes, new: bytes, cut_old: bool, cut_new: bool
) -> None:
    old = old.removesuffix(b"\n") if cut_old else old
    new = new.removesuffix(b"\n") if cut_new else new
    patch = diff("a b.py", old, new)
    if old == new:
        assert patch == b""
    elif old and new:
        assert applied(tmp_path_factory.mktemp("repo"), "a b.py", old, patch) == new


@pytest.mark.parametrize(
    "name", ["a.py", "a b.py", 'qu"ote.py', "back\\slash.py", "tab\there.py", "é漢.py", "-.py"]
)
def test_git_takes_the_name(tmp_path: Path, name: str) -> None:
    assert applied(tmp_path, name, b"a\nb\n", diff(name, b"a\nb\n", b"a\nc\n")) == b"a\nc\n"


def test_a_diff_looks_as_people_know_it() -> None:
    assert diff("./src/a.py", b"a\r\nb", b"a\r\nc\n").decode() == (
        "--- a/src/a.py\n+++ b/src/a.py\n@@ -1,2 +1,2 @@\n a\r\n-b\n\\ No newline at end of file\n+c\n"
    )


def test_a_key_is_never_in_a_diff() -> None:
    key = "0123456789abcdef" * 2 + "01234567"
    patch = diff("a.py", f'login("{key}")\nx\n'.encode(), f'login("{key}")\ny\n'.encode())
    assert key.encode() not in patch
    assert b'login("' + b"*" * 40 in patch
