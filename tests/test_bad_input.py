"""Whatever it is given, the installed command says what is wrong in a line, and checks everything else.

Each trial is made anew and checked with one worker and with two: they must say the same.
"""

from __future__ import annotations

import errno
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import chdir
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from conftest import RULE

from wbcheck.settings import CACHE

COMMAND = str(Path(sys.executable).with_name("wbcheck"))
BAD = 'import wandb\n\nrun = wandb.init(name="my_run")\nrun.finish()\n'
MENDED = BAD.replace("my_run", "my-run")
# So many that workers are worth it, on both sides of the others in the order of paths.
COMPANIONS = [f"{letter}{number}.py" for letter in "az" for number in range(4)]
CHOICE = ("--select", "WB101,WB001", "--output-format", "concise")
FINDING = re.compile(r".*?:\d+:\d+: WB\d{3} ")
FOUND = "3:24: WB101 run-name-underscore [*] run name `my_run` has underscores"


class Said(NamedTuple):
    status: int
    out: str
    err: str

    @property
    def findings(self) -> list[str]:
        """The lines about files that are not companions."""
        lines = [line for line in self.out.splitlines() if FINDING.match(line)]
        expected = [f"{name}:{FOUND}" for name in COMPANIONS]
        assert [line for line in lines if line in expected] == expected
        return [line for line in lines if line not in expected]


Trial = Callable[..., Said]


def tried(
    root: Path,
    make: Callable[[], object],
    *arguments: str,
    stdin: bytes | None = None,
    workers: tuple[str, ...] = ("1", "2"),
    redirection: str = "",
    **popen: Any,
) -> Said:
    """Makes a folder by calling ``make`` in it, and runs wbcheck there, once for each number of workers."""
    shell = ["/bin/sh", "-c", f'exec "$0" "$@" {redirection}'] if redirection else []
    answers = []
    for jobs in workers:
        folder = root / jobs / "project"
        folder.mkdir(parents=True)
        with chdir(folder):
            for name in COMPANIONS:
                Path(name).write_text(BAD)
            make()
            done = subprocess.run(
                [*shell, COMMAND, "check", "-j", jobs, *arguments],
                **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "input": stdin, **popen},
                check=False,
            )
        out, err = (
            (text or b"").decode("utf-8", "surrogateescape").replace(str(folder), "HERE")
            for text in (done.stdout, done.stderr)
        )
        answers.append(Said(done.returncode, out, err))
        assert "Traceback" not in out + err
        assert "bug in wbcheck" not in out + err
    assert answers[0] == answers[-1]
    return answers[0]


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    """Makes a folder of this test's own and runs wbcheck there; see ``tried``."""
    return partial(tried, tmp_path)


def apart(makers: Mapping[str, Callable[[], object]]) -> Callable[[], object]:
    """Makes each thing in a folder of its own, which bears its name."""

    def make() -> None:
        for kind, one in makers.items():
            Path(kind).mkdir()
            with chdir(kind):
                one()

    return make


@pytest.fixture
def folders(tmp_path: Path) -> Callable[[], list[Path]]:
    """The folders of the trials so far."""
    return lambda: sorted(tmp_path.glob("[12]/project"))


def writer(name: str, data: bytes | str) -> Callable[[], object]:
    return lambda: Path(name).write_bytes(data.encode() if isinstance(data, str) else data)


def notebook(*cells: object) -> str:
    listed = [
        {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None}
        for source in cells
    ]
    return json.dumps({"cells": listed, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)


# Files

BLOCKS = "".join(" " * depth + "if x:\n" for depth in range(3000)) + " " * 3000 + "pass\n"
ELIFS = "if a: pass\n" + "".join(f"elif a == {number}: pass\n" for number in range(2000))
FILES: dict[str, tuple[str, bytes | str, str]] = {
    "undecodable bytes": (
        "m.py", BAD.encode() + b'x = "\xff"\n', "m.py:5:6: WB001 unparsable-file not utf-8: byte 0xff at",
    ),
    "an unknown codec": ("m.py", "# coding: nonsense\n" + BAD, "m.py:1:1: WB001 unparsable-file unknown enc"),
    "no Python": ("m.py", BAD + "def (:\n", "m.py:5:5: WB001 unparsable-file cannot be parsed"),
    "3,000 brackets": (
        "m.py", BAD + "x = " + "(" * 3000 + ")" * 3000 + "\n", "m.py:5:65: WB001 unparsable-file brackets",
    ),
    "3,000 blocks": ("m.py", BAD + BLOCKS, "m.py:56:52: WB001 unparsable-file blocks nested deeper"),
    "3,000 calls": (
        "m.py", BAD + "x = a" + ".b()" * 3000 + "\n", "m.py:5:605: WB001 unparsable-file an expression",
    ),
    "2,000 elifs": ("m.py", BAD + ELIFS, "m.py:206:1: WB001 unparsable-file a chain of more than 200 elif"),
    "more than 5 MB": (
        "m.py", BAD + "#" * 5_000_000, "m.py:1:1: WB001 unparsable-file the file is larger than 5 MB",
    ),
    "just below 5 MB of code": (
        "m.py", BAD + "x = 1\n" * 833_000, "m.py:1:1: WB001 unparsable-file more code than can be analysed",
    ),
    "a NUL": ("m.py", BAD + 'x = "\0"\n', "m.py:5:6: WB001 unparsable-file source text cannot hold a NUL"),
    "no JSON": ("m.ipynb", "import wandb", "m.ipynb:1:1: WB001 unparsable-file not a notebook: invalid JSON"),
    "no notebook": ("m.ipynb", '[1, "wandb"]', "m.ipynb:1:1: WB001 unparsable-file not a notebook: the file"),
    "cells that are none": (
        "m.ipynb", '{"cells": ["wandb"]}', "m.ipynb:1:1: WB001 unparsable-file not a notebook: cell 1 is no",
    ),
    "sources that are none": (
        "m.ipynb", notebook(3, "import wandb"), "m.ipynb:1:1: WB001 unparsable-file not a notebook: cell 1",
    ),
    "half a notebook": (
        "m.ipynb", notebook(BAD)[:120], "m.ipynb:5:14: WB001 unparsable-file not a notebook: invalid JSON",
    ),
    "a deep notebook": (
        "m.ipynb", '{"wandb":' + "[" * 100_000, "m.ipynb:1:1: WB001 unparsable-file not a notebook: its JSON",
    ),
    "a notebook that is no UTF-8": (
        "m.ipynb", notebook(BAD).encode() + b"\xff", "m.ipynb:14:1: WB001 unparsable-file not a notebook",
    ),
    "a cell that is no Python": (
        "m.ipynb", notebook("import wandb", "def (:", "x = 1"), "m.ipynb:cell 2:1:5: WB001 unparsable-file",
    ),
    # What is odd and yet can be read is checked as any other file.
    "a BOM": ("m.py", b"\xef\xbb\xbf" + BAD.encode(), f"m.py:{FOUND}"),
    "lone carriage returns": ("m.py", BAD.replace("\n", "\r"), f"m.py:{FOUND}"),
    "no last line feed": ("m.py", BAD.rstrip("\n"), f"m.py:{FOUND}"),
    "one comment of nearly 5 MB": ("m.py", BAD + "#" * 4_999_000, f"m.py:{FOUND}"),
    "integers of any size": ("m.py", BAD + f"run.log({{'a': {10**30}}}, step={2**70})\n", f"m.py:{FOUND}"),
    "half of a surrogate pair": (
        "m.py", BAD.replace("my_run", r"my_\ud800"), r"m.py:3:24: WB101 run-name-underscore run name `my_\u",
    ),
    "escapes that Python refuses": ("m.py", BAD + r'x = "\x1", "\N{no such}", "\d"' + "\n", f"m.py:{FOUND}"),
    "a name of odd bytes": ("m\udce9.py", BAD, rf"m\udce9.py:{FOUND}"),
    "a name of two lines": ("m\n.py", BAD, rf"m\n.py:{FOUND}"),
}  # fmt: skip


@pytest.fixture(scope="module")
def bad_files(tmp_path_factory: pytest.TempPathFactory) -> Said:
    """What is said of all of them, checked in one go."""
    makers = {kind: writer(name, data) for kind, (name, data, _) in FILES.items()}
    return tried(tmp_path_factory.mktemp("files"), apart(makers), *CHOICE)


@pytest.mark.parametrize("kind", FILES)
def test_a_file_is_one_finding(bad_files: Said, kind: str) -> None:
    (line,) = (line for line in bad_files.findings if line.startswith(f"{kind}/"))
    assert line.startswith(f"{kind}/{FILES[kind][2]}")


def test_bad_files_are_findings_and_nothing_else(bad_files: Said) -> None:
    assert len(bad_files.findings) == len(FILES)
    assert (bad_files.status, bad_files.err) == (1, "")


def test_an_empty_file_is_none(trial: Trial) -> None:
    said = trial(lambda: [Path(name).write_bytes(b"") for name in ("m.py", "m.ipynb")], *CHOICE)
    assert (said.status, said.findings, said.err) == (1, [], "")


def test_nothing_but_a_bad_file(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text(BAD + "def (:\n")
    done = subprocess.run([COMMAND, "m.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("m.py:5:5: WB001 unparsable-file cannot be parsed")


# What is no file


def test_a_folder_called_like_a_file_is_searched(trial: Trial) -> None:
    def make() -> None:
        Path("m.py").mkdir()
        Path("m.py/inner.py").write_text(BAD)

    assert trial(make, *CHOICE).findings == [f"m.py/inner.py:{FOUND}"]


def bind_socket() -> None:
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("m.py")


def make_unreadable() -> None:
    file = Path("m.py")
    file.write_text(BAD)
    file.chmod(0)
    if os.access(file, os.R_OK):
        # The superuser may read everything but this.
        file.unlink()
        file.symlink_to("/proc/self/mem")


UNREADABLE: dict[str, tuple[Callable[[], object], str]] = {
    "dangling link": (
        lambda: Path("m.py").symlink_to("nowhere.py"),
        "is a symbolic link that leads nowhere",
    ),
    "looping link": (lambda: Path("m.py").symlink_to("m.py"), "is a symbolic link that leads to itself"),
    "FIFO": (lambda: os.mkfifo("m.py"), "is not a regular file"),
    "socket": (bind_socket, "is not a regular file"),
    "unreadable": (make_unreadable, "cannot be read: "),
}


@pytest.mark.parametrize("named", [False, True], ids=["found", "named"])
def test_what_cannot_be_read_is_one_finding(trial: Trial, named: bool) -> None:
    make = apart({kind: one for kind, (one, _) in UNREADABLE.items()})
    names = [f"{kind}/m.py" for kind in UNREADABLE]
    said = trial(make, *CHOICE, *([*names, *COMPANIONS] if named else []))
    for line, (kind, (_, says)) in zip(said.findings, sorted(UNREADABLE.items()), strict=True):
        assert line.startswith(f"{kind}/m.py:1:1: WB001 unparsable-file {says}")
    assert (said.status, said.err) == (1, "")


def remarks(text: str) -> list[str]:
    """The lines of standard error, but for those that say what was fixed in a file, or would be."""
    return [line for line in text.splitlines() if not re.match(r"wbcheck: \S+: (?:would fix|fixed) \d", line)]


def house(body: str, before: str = "") -> None:
    """Puts the rule HSE101 into a plug-in of the project."""
    Path("house").mkdir()
    Path("house/__init__.py").touch()
    code = RULE.format(code="HSE101", name="house-rule", body=body, preset="RECOMMENDED")
    Path("house/house_rule.py").write_text(code.replace("\nRULE", f"\n{before}\n\nRULE", 1))
    # A rule with options is imported before any file is read.
    Path("wbcheck.toml").write_text('plugins = ["./house"]\n[rules.house-rule]\nword = "x"\n')


def test_a_file_that_vanishes_before_it_is_read(trial: Trial) -> None:
    def make() -> None:
        Path("m.py").write_text(BAD)
        house("return ()", before='import os; os.unlink("m.py")')

    said = trial(make, *CHOICE)
    assert said.findings == ["m.py:1:1: WB001 unparsable-file cannot be read: no such file or directory"]
    assert (said.status, said.err) == (1, "")


def test_a_file_that_vanishes_before_it_is_mended(trial: Trial) -> None:
    def make() -> None:
        Path("m.py").write_text(BAD)
        house('import os; file.path == "m.py" and os.path.exists("m.py") and os.unlink("m.py"); return ()')

    said = trial(make, "--select", "WB101,WB001,HSE", "--fix", "--output-format", "concise")
    assert said.out.startswith(f"m.py:{FOUND}\n")
    assert remarks(said.err) == [
        "wbcheck: m.py: left alone: it cannot be replaced: no such file or directory"
    ]
    assert said.status == 1


# Configuration


def test_a_rule_that_raises_is_one_finding_a_file(trial: Trial) -> None:
    said = trial(lambda: house('raise SystemExit("no\\nmore")'), *CHOICE, "--extend-select", "HSE", "a0.py")
    assert said.status == 2
    assert said.out.splitlines()[:2] == [
        "a0.py:1:1: HSE101 house-rule rule house-rule failed: SystemExit: no",
        f"a0.py:{FOUND}",
    ]
    assert said.err == ""


CONFIGURATIONS: dict[str, tuple[bytes | str, str]] = {
    "no TOML": ("select = [\n", "wbcheck.toml:1:11: not TOML: "),
    "an unknown key": ('selct = ["WB1"]\n', "wbcheck.toml:1:1: unknown key `selct`; did you mean `select`?"),
    "a wrong type": ('fix = "yes"\n', "wbcheck.toml:1:7: `fix` must be true or false, not a string"),
    "an unknown selector": ('select = ["WB987"]\n', "wbcheck.toml:1:11: no rule, category or preset"),
    "an unknown rule": ("[rules.nope]\nx = 1\n", "wbcheck.toml:1:8: no rule is called `nope`"),
    "an unknown option of a rule": (
        "[rules.metric-not-namespaced]\nnope = 3\n", "wbcheck.toml:2:1: unknown option `nope`",
    ),
    "no such file to extend": ('extend = "nope.toml"\n', "wbcheck.toml:1:10: there is no file `nope.toml`"),
    "a loop": ('extend = "wbcheck.toml"\n', "wbcheck.toml:1:10: `wbcheck.toml` extends this file again"),
    "a longer loop": ('extend = "other.toml"\n', "other.toml:1:10: `wbcheck.toml` extends this file again"),
    "a plug-in that is not there": (
        'plugins = ["no_such_pack"]\n', "wbcheck.toml:1:12: plugin `no_such_pack`: there is no package",
    ),
    "a plug-in without rules": (
        'plugins = ["./empty"]\n', "wbcheck.toml:1:12: plugin `HERE/empty`: there are no rules in it",
    ),
    "a plug-in that raises": (
        'plugins = ["./house"]\nselect = ["HSE"]\n',
        "wbcheck: rule HSE101 of `HERE/house` (HERE/house/house_rule.py) cannot be loaded: SystemExit: 3",
    ),
    "another version": ('required-version = ">=99"\n', "wbcheck.toml:1:20: this project asks for wbcheck"),
    "bytes that are no UTF-8": (b"\xff\xfe", "wbcheck.toml: not UTF-8 (byte 0)"),
    "a NUL": ('select = ["\0"]\n', "wbcheck.toml:1:12: not TOML: "),
    "a number of 5,000 digits": (f"fix = {'1' * 5000}\n", "wbcheck.toml: a number in it is too long"),
    "5,000 brackets": (f"select = {'[' * 5000}{']' * 5000}\n", "wbcheck.toml: nested too deeply"),
}  # fmt: skip


@pytest.mark.parametrize("kind", CONFIGURATIONS)
def test_wrong_configuration_is_said_and_nothing_is_checked(trial: Trial, kind: str) -> None:
    data, says = CONFIGURATIONS[kind]

    def make() -> None:
        house("return ()", before="raise SystemExit(3)")
        Path("empty").mkdir()
        Path("other.toml").write_text('extend = "wbcheck.toml"\n')
        writer("wbcheck.toml", data)()

    said = trial(make, workers=("2",))
    assert said.err.startswith(says)
    first, *frame = said.err.splitlines()
    assert len(frame) in (0, 3)
    assert all(character.isprintable() for character in first)
    assert not any(control in said.err for control in "\0\x1b")
    assert (said.status, said.out) == (2, "")


def test_configuration_behind_a_dangling_link_is_missed(trial: Trial) -> None:
    said = trial(lambda: Path("wbcheck.toml").symlink_to("nowhere.toml"), workers=("2",))
    assert said == (2, "", "wbcheck.toml: no such file or directory\n")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--select", "WB1O1"), "no rule, category or preset is called `WB1O1`; did you mean `WB"),
        (("--selct", "WB101"), "no such option"),
        (("nope.py", "a0.py"), "there is no file or folder `nope.py`"),
        (("--config", "nope.toml"), "nope.toml: no such file or directory"),
        (("--output-format", "nope"), "invalid value for '--output-format'"),
        (("-j", "-1"), "invalid value for '-j'"),
        (("-", "a0.py"), "`-` is standard input and stands alone"),
        (("-o", "no/folder/report"), "cannot write no/folder/report: no such file or directory"),
        (("-o", "."), "cannot write .: is a directory"),
        (("-o", "kept"), "cannot write kept: it is read-only"),
    ],
)
def test_wrong_usage_is_one_line(
    trial: Trial, folders: Callable[[], list[Path]], arguments: tuple[str, ...], says: str
) -> None:
    def make() -> None:
        Path("kept").write_text("kept")
        Path("kept").chmod(0o444)

    said = trial(make, *arguments, workers=("2",))
    assert (said.status, said.out) == (2, "")
    assert said.err.removeprefix("wbcheck: ").startswith(says)
    assert said.err.count("\n") == 1
    for folder in folders():
        assert {path.name for path in folder.iterdir()} - {CACHE} == {*COMPANIONS, "kept"}
        assert (folder / "kept").read_text() == "kept"


@pytest.mark.parametrize("kind", ["pipe", "folder", "loop", "bytes"])
def test_what_lies_beside_the_code_and_is_broken_says_nothing(trial: Trial, kind: str) -> None:
    makers: dict[str, Callable[[Path], object]] = {
        "pipe": os.mkfifo,
        "folder": Path.mkdir,
        "loop": lambda path: path.symlink_to(path.name),
        "bytes": lambda path: path.write_bytes(b"\xff\xfe\0[{("),
    }

    def make() -> None:
        Path("m.py").write_text(BAD.replace(")", ")  # noqa: WB102", 1))
        for name in (".gitignore", ".env", "Dockerfile", "sweep.yaml", "run.sh", "ruff.toml"):
            makers[kind](Path(name))

    said = trial(make, *CHOICE)
    assert (said.status, said.findings, said.err) == (1, [f"m.py:{FOUND}"], "")


# Standard streams

FULL = os.strerror(errno.ENOSPC).lower()


def test_standard_input_with_bad_bytes(trial: Trial) -> None:
    said = trial(lambda: None, "-", stdin=b'import wandb\nx = "\xff"\n')
    assert said.out.startswith("-:2:6: WB001 unparsable-file not utf-8: byte 0xff at 18")
    assert (said.status, said.err) == (1, "")


def test_standard_input_with_bad_bytes_is_given_back_as_it_was(trial: Trial) -> None:
    data = BAD.encode() + b'x = "\xff"\n'
    said = trial(lambda: None, "-", "--fix", stdin=data)
    assert said.out.encode("utf-8", "surrogateescape") == data
    assert said.status == 1
    assert said.err.startswith("-:5:6: WB001 unparsable-file")


@pytest.mark.parametrize(
    ("redirection", "arguments", "answer"),
    [
        ("<&-", ["-"], (2, "", "wbcheck: cannot read standard input: it is closed\n")),
        (">&-", CHOICE, (1, "", "")),
        ("2>&-", [*CHOICE, "--fix", "--diff", "a0.py"], (1, "--- a/a0.py\n", "")),
        (">/dev/full", CHOICE, (2, "", f"wbcheck: cannot write to standard output: {FULL}\n")),
        (">/dev/full", ["--help"], (2, "", f"wbcheck: cannot write to standard output: {FULL}\n")),
    ],
)
def test_streams_that_are_closed_or_full(
    trial: Trial, redirection: str, arguments: list[str], answer: tuple[int, str, str]
) -> None:
    said = trial(lambda: None, *arguments, redirection=redirection)
    assert (said.status, said.out[: len(answer[1]) or None], said.err) == answer


@pytest.mark.parametrize(
    "arguments", [["--output-format", "json"], ["--output-format", "full"], ["--show-files"], ["--diff"]]
)
def test_a_report_that_nobody_reads(trial: Trial, arguments: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        said = trial(lambda: None, *arguments, "--select", "WB101", stdout=writing)
    finally:
        os.close(writing)
    assert said.status == int("--show-files" not in arguments)
    assert remarks(said.err) in ([], ["wbcheck: 8 fixes in 8 files would be made"])


def test_a_pipe_is_written_to(project: Path) -> None:
    (project / "m.py").write_text(BAD)
    os.mkfifo("pipe")
    reading = os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        done = subprocess.run([COMMAND, "check", *CHOICE, "-o", "pipe"], capture_output=True, check=False)
        report = os.read(reading, 1 << 16).decode()
    finally:
        os.close(reading)
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"")
    assert report.startswith(f"m.py:{FOUND}\n")
    assert Path("pipe").is_fifo()


# Mending


def test_mending_loses_nothing(trial: Trial, folders: Callable[[], list[Path]]) -> None:
    kept = {
        kind: data.encode() if isinstance(data, str) else data
        for kind, (_, data, says) in FILES.items()
        if "unparsable-file" in says and "cell 2" not in says
    }
    names = {kind: f"m{number}{Path(FILES[kind][0]).suffix}" for number, kind in enumerate(kept)}

    def make() -> None:
        for kind, data in kept.items():
            Path(names[kind]).write_bytes(data)
        Path("read-only.py").write_text(BAD)
        Path("read-only.py").chmod(0o444)

    said = trial(make, *CHOICE, "--fix")
    assert said.status == 1
    assert remarks(said.err) == ["wbcheck: read-only.py: left alone: it is read-only"]
    reported = {line.split(":")[0] for line in said.out.splitlines() if FINDING.match(line)}
    assert reported == {*names.values(), "read-only.py"}
    for folder in folders():
        assert {name: (folder / name).read_bytes() for name in names.values()} == {
            names[kind]: data for kind, data in kept.items()
        }
        assert (folder / "read-only.py").read_text() == BAD
        assert (folder / "read-only.py").stat().st_mode & 0o777 == 0o444
        assert {(folder / name).read_text() for name in COMPANIONS} == {MENDED}
        assert len({path.name for path in folder.iterdir()} - {CACHE}) == len(names) + len(COMPANIONS) + 1


def test_a_notebook_is_mended_within_its_lines(trial: Trial, folders: Callable[[], list[Path]]) -> None:
    text = notebook("%matplotlib inline\n" + BAD, "def (:", BAD)
    said = trial(writer("m.ipynb", text), *CHOICE, "--fix")
    assert said.status == 1
    assert [line for line in said.out.splitlines() if FINDING.match(line)] == [
        "m.ipynb:cell 2:1:5: WB001 unparsable-file cannot be parsed: invalid syntax"
    ]
    mended = text.replace("my_run", "my-run")
    assert [(folder / "m.ipynb").read_text() for folder in folders()] == [mended, mended]


def test_the_changes_of_a_notebook_are_shown(trial: Trial, folders: Callable[[], list[Path]]) -> None:
    text = notebook(BAD, BAD)
    said = trial(writer("m.ipynb", text), *CHOICE, "--diff", "m.ipynb")
    assert (said.status, remarks(said.err)) == (1, ["wbcheck: 2 fixes in 1 file would be made"])
    changed = [line for line in said.out.splitlines() if line[0] in "+-"]
    assert changed[:2] == ["--- a/m.ipynb", "+++ b/m.ipynb"]
    assert [line[0] for line in changed[2:]] == ["-", "+", "-", "+"]
    assert [(folder / "m.ipynb").read_text() for folder in folders()] == [text] * 2


# Interruption


@pytest.mark.parametrize(
    ("body", "before"),
    [
        ("import os; os.killpg(0, 2); return ()", ""),
        (
            "return ()",
            "from wbcheck.engine import analysis as a; import os; a.analyse = lambda *given: os.killpg(0, 2)",
        ),
    ],
    ids=["while rules judge", "while files are read"],
)
def test_an_interrupt_is_quiet(trial: Trial, body: str, before: str) -> None:
    said = trial(lambda: house(body, before), *CHOICE, "--extend-select", "HSE", start_new_session=True)
    assert said == (130, "", "")
