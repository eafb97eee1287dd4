"""Fixed files onto the disk: each replaced in one step or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable

from wbcheck.files import is_inside
from wbcheck.fixes.outcome import FixOutcome, LeftAlone


def refusal(path: str, expected: bytes, root: str) -> str | None:
    """Why a file must be left alone, in a few words, or ``None``.

    ``expected`` are its bytes when it was read; ``root`` is the folder of the tree that is checked.
    """
    try:
        if _leads_out(path, root):
            return "it is reached through a link that leads out of the tree"
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            return "it is not a regular file"
        # The mode is looked at, too: for the superuser every file is writable.
        if not status.st_mode & 0o222 or not os.access(path, os.W_OK):
            return "it is read-only"
        with open(path, "rb") as file:
            if file.read() != expected:
                return "it changed on disk since it was read"
    except OSError as error:
        return _reason(error)
    return None


def write(outcome: FixOutcome, root: str) -> FixOutcome:
    """Replace the changed files on disk, and give back what really came of it.

    A link inside the tree stays one, its target is replaced. Mode and owner are kept. Files that
    one fix changed together are replaced all or none; what cannot be replaced stays byte for byte
    as it was, no temporary file is left behind, and its findings count as unmended.
    """
    left = list(outcome.left_alone)
    files, after = dict(outcome.files), dict(outcome.after)
    grouped = {path for group in outcome.together for path in group}
    alone = [frozenset((path,)) for path in outcome.files if path not in grouped]
    for group in sorted((*outcome.together, *alone), key=min):
        failure = _replace(
            [(path, files[path].old, files[path].new) for path in sorted(group & files.keys())], root
        )
        if failure is None:
            continue
        culprit, reason = failure
        for path in sorted(group):
            files.pop(path, None)
            after[path] = outcome.before.get(path, ())
            together = (
                reason if path == culprit else f"a fix changes it together with {culprit}, and {reason}"
            )
            left.append(LeftAlone(path, together))
    return FixOutcome(
        files=files,
        faults=outcome.faults,
        left_alone=tuple(sorted(left, key=lambda each: each.path)),
        before=outcome.before,
        after=after,
        together=outcome.together,
        rounds=outcome.rounds,
    )


def _replace(changes: list[tuple[str, bytes, bytes]], root: str) -> tuple[str, str] | None:
    """Replace all of these files (path, old and new bytes) or none; else the path that failed, and why.

    Where there are several, what takes a file back lies beside it before the first is replaced: it must not
    hang on room on the disk by then.
    """
    prepared: list[tuple[str, str, str, str]] = []
    done: list[tuple[str, str]] = []
    path = ""
    try:
        for path, old, new in changes:
            reason = refusal(path, old, root)
            if reason is not None:
                return path, reason
            real = os.path.realpath(path)
            temporary = _prepare(real, new)
            prepared.append((path, real, temporary, ""))
            if len(changes) > 1:
                prepared[-1] = (path, real, temporary, _prepare(real, old))
        for path, real, temporary, backup in prepared:  # noqa: B007 - told of if it fails
            os.replace(temporary, real)
            done.append((real, backup))
    except OSError as error:
        for real, backup in done:
            os.replace(backup, real)
        return path, _reason(error)
    finally:
        _remove(each for _, _, *both in prepared for each in both if each)
    return None


def _prepare(real: str, data: bytes) -> str:
    """A new file beside ``real`` with these bytes and its mode, owner and attributes; its path.

    Raises ``OSError``, and then leaves nothing behind.
    """
    import shutil
    import tempfile

    handle, temporary = tempfile.mkstemp(prefix=".wbcheck-", suffix=".tmp", dir=os.path.dirname(real))
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            _own(file.fileno(), os.stat(real))
            os.fsync(file.fileno())
        shutil.copystat(real, temporary)
        os.utime(temporary)
    except BaseException:
        _remove((temporary,))
        raise
    return temporary


def _own(handle: int, status: os.stat_result) -> None:
    mine = os.fstat(handle)
    if hasattr(os, "fchown") and (mine.st_uid, mine.st_gid) != (status.st_uid, status.st_gid):
        os.fchown(handle, status.st_uid, status.st_gid)


def _remove(paths: Iterable[str]) -> None:
    for path in paths:
        try:
            os.unlink(path)
        except FileNotFoundError:
            pass


def _leads_out(path: str, root: str) -> bool:
    """Whether a link on the way to a file, below ``root``, takes it out of ``root``.

    A path that was given outside of the tree may itself not be a link.
    """
    lexical, top = os.path.abspath(path), os.path.abspath(root)
    real, real_top = os.path.realpath(path), os.path.realpath(root)
    if is_inside(lexical, top):
        return not is_inside(real, real_top)
    return os.path.islink(lexical) and not is_inside(real, os.path.realpath(os.path.dirname(lexical)))


def _reason(error: OSError) -> str:
    text = error.strerror or type(error).__name__
    return f"it cannot be replaced: {text[:1].lower()}{text[1:]}"
