"""The engine: what goes in comes out judged, whatever goes wrong with a single file."""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from wbcheck.diagnostic import Applicability, Diagnostic
from wbcheck.engine import Outcome, Request, Session, analysis, check
from wbcheck.engine.workers import Order, Pool
from wbcheck.model.exports import Context, Exports
from wbcheck.model.model import Model
from wbcheck.ruleset import Wish
from wbcheck.selection import Layer, SelectorError
from wbcheck.settings import load
from wbcheck.settings_file import SettingsError
from wbcheck.source import Unit
from wbcheck.syntax.build import build_in

Write = Callable[[str, str], Path]
RUN = 'import wandb\n\nrun = wandb.init(name="{}")\nrun.finish()\n'
BAD = RUN.format("my_run")
ONLY_NAMES = Wish(layer=Layer(select=("WB101", "WB001")))


class Found(NamedTuple):
    path: str
    absolute: str
    role: str = "script"


def request(
    *paths: str,
    jobs: int = 1,
    wish: Wish = ONLY_NAMES,
    roles: Sequence[str] = (),
    overlay: dict[str, bytes] | None = None,
) -> Request:
    names = [*roles, *["script"] * len(paths)]
    files = tuple(Found(path, os.path.abspath(path), role) for path, role in zip(paths, names, strict=False))
    return Request(files=files, settings_for=load().for_file, jobs=jobs, wish=wish, overlay=overlay or {})


def told(diagnostics: Sequence[Diagnostic]) -> list[str]:
    return [f"{one.path}:{one.range.start.row}:{one.range.start.column} {one.code}" for one in diagnostics]


def test_findings_have_their_place_and_the_words_of_their_rule(write: Write) -> None:
    write("a.py", BAD)
    (one,) = check(request("a.py")).diagnostics
    assert told([one]) == ["a.py:3:24 WB101"]
    assert (one.name, one.severity) == ("run-name-underscore", "warning")
    assert "`my_run`" in one.message
    assert one.why
    assert one.how
    assert one.statement is not None
    assert one.fix is not None
    assert one.fix.applicability is Applicability.SAFE


def test_the_outcome_counts(write: Write) -> None:
    write("a.py", BAD)
    write("b.py", "import os\n")
    write("c.py", BAD.replace(")\nrun.f", ")  # wbcheck: ignore[WB101]\nrun.f"))
    outcome = check(request("a.py", "b.py", "c.py"))
    counts = (outcome.checked, outcome.with_wandb, len(outcome.suppressed), outcome.faults)
    assert counts == (3, 2, 1, 0)
    assert told(outcome.diagnostics) == ["a.py:3:24 WB101"]


def test_a_file_without_wandb_is_never_analysed(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write("a.py", "import os\nthis is not Python\n")
    monkeypatch.setattr(analysis, "analyse", lambda *given: pytest.fail("analysed"))
    assert check(request("a.py")).diagnostics == ()


def test_order_and_content_do_not_depend_on_workers(write: Write) -> None:
    names = [f"{'x' * (number % 3)}{number}.py" for number in range(20)]
    for number, name in enumerate(names):
        write(name, "pad = 1\n" * (200 - number * 10) + RUN.format(f"a_{number}") + RUN.format("b_c"))
    write(names[5], "import wandb\n(\n")
    alone = check(request(*names, jobs=1))
    together = check(request(*reversed(names), jobs=3))
    assert alone.diagnostics == together.diagnostics
    assert list(alone.diagnostics) == sorted(alone.diagnostics, key=lambda one: one.order)
    assert len(alone.diagnostics) == 39


def test_a_worker_that_dies_costs_one_file(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"{number}.py" for number in range(12)]
    for name in names:
        write(name, BAD)
    real = analysis.analyse

    def deadly(path: str, *given: Any) -> analysis.Analysis:
        if path in ("3.py", "4.py"):
            os.kill(os.getpid(), signal.SIGSEGV)
        return real(path, *given)

    monkeypatch.setattr(analysis, "analyse", deadly)
    outcome = check(request(*names, jobs=2))
    by_path = {one.path: one.code for one in outcome.diagnostics}
    assert by_path == {name: "WB001" if name in ("3.py", "4.py") else "WB101" for name in names}
    assert "crashed" in next(one.message for one in outcome.diagnostics if one.path == "3.py")


def orders(number: int) -> list[Order]:
    return [Order(bytes([index]), 1, str(index)) for index in range(number)]


@pytest.fixture
def pool() -> Iterator[Callable[..., Pool]]:
    """Makes pools that are closed in the end, and leave no process."""
    made: list[Pool] = []

    def make(work: Callable[[bytes], bytes], jobs: int, ahead: Sequence[Order] = ()) -> Pool:
        made.append(Pool(work, jobs, ahead))
        return made[-1]

    yield make
    for each in made:
        each.close()
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_workers_give_every_result_and_some_may_die(pool: Callable[..., Pool]) -> None:
    def work(data: bytes) -> bytes:
        if data[0] == 7:
            os._exit(0)
        if data[0] == 9:
            raise RuntimeError
        return data * (data[0] * 20_000)

    workers = pool(work, 3)
    expected = {index: None if index in (7, 9) else bytes([index]) * (index * 20_000) for index in range(12)}
    assert dict(workers.answers(orders(12))) == expected
    assert dict(workers.answers([])) == {}
    assert dict(workers.answers(orders(12))) == expected


def test_a_worker_that_dies_with_nothing_to_do_costs_nothing(pool: Callable[..., Pool]) -> None:
    workers = pool(lambda data: str(os.getpid()).encode(), 2)
    for _ in range(2):
        found = list(workers.answers(orders(6)))
        assert sorted(index for index, _ in found) == list(range(6))
        for process in {int(result or b"0") for _, result in found}:
            os.kill(process, signal.SIGKILL)
            os.waitid(os.P_PID, process, os.WEXITED | os.WNOWAIT)


def test_workers_of_which_the_system_keeps_no_account(pool: Callable[..., Pool]) -> None:
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        workers = pool(lambda data: data, 2)
        assert dict(workers.answers(orders(6))) == {index: bytes([index]) for index in range(6)}
        workers.close()
    finally:
        signal.signal(signal.SIGCHLD, before)


def test_whoever_is_done_takes_the_next_order(pool: Callable[..., Pool]) -> None:
    """One order waits for all others: dealt out beforehand, some of them would wait behind it."""
    reading, writing = os.pipe()

    def work(data: bytes) -> bytes:
        if data[0]:
            os.write(writing, b"x")
            return b"done"
        heard = 0
        while heard < 5 and select.select([reading], [], [], 10)[0]:
            heard += len(os.read(reading, 1))
        return bytes([heard])

    assert dict(pool(work, 2).answers(orders(6))) == {0: b"\5", **dict.fromkeys(range(1, 6), b"done")}
    os.close(reading)
    os.close(writing)


def test_who_has_prepared_something_does_the_rest(pool: Callable[..., Pool]) -> None:
    prepared: set[bytes] = set()

    def work(data: bytes) -> bytes:
        if data.startswith(b"ahead"):
            prepared.add(data[5:])
            return b""
        return b"prepared" if data in prepared else b"from the start"

    ahead = [Order(b"ahead" + bytes([number]), 1, str(number)) for number in (3, 4)]
    workers = pool(work, 2, ahead)
    first = dict(workers.answers(orders(1)))
    later = dict(workers.answers(orders(6)))
    assert first == {0: b"from the start"}
    assert {index for index, result in later.items() if result == b"prepared"} == {3, 4}


def test_a_worker_that_dies_of_what_it_prepares_is_missed_by_nobody(pool: Callable[..., Pool]) -> None:
    def work(data: bytes) -> bytes:
        if data.startswith(b"ahead"):
            os._exit(1)
        return data

    workers = pool(work, 2, [Order(b"ahead", 1, str(number)) for number in range(4)])
    for _ in range(2):
        assert dict(workers.answers(orders(3))) == {index: bytes([index]) for index in range(3)}


def test_what_is_done_while_workers_are_at_it_may_fail(pool: Callable[..., Pool]) -> None:
    def fail() -> None:
        raise ValueError("no such rule")

    with pytest.raises(ValueError, match="no such rule"):
        dict(pool(lambda data: data, 2).answers(orders(2), fail))


def test_workers_that_are_not_waited_for_end_with_the_pool(pool: Callable[..., Pool]) -> None:
    next(pool(lambda data: data, 2).answers(orders(4)))


def test_what_cannot_be_read_is_one_finding(write: Write, project: Path) -> None:
    write("a.py", BAD)
    os.mkfifo(project / "pipe.py")
    (project / "folder.py").mkdir()
    outcome = check(request("gone.py", "pipe.py", "folder.py", "a.py"))
    assert told(outcome.diagnostics) == [
        "a.py:3:24 WB101", "folder.py:1:1 WB001", "gone.py:1:1 WB001", "pipe.py:1:1 WB001",
    ]  # fmt: skip
    assert outcome.faults == 0


def test_problems_of_the_search_are_reported(write: Write) -> None:
    given = msgspec.structs.replace(
        request(), problems=(("locked", "cannot be searched: permission denied"),)
    )
    assert told(check(given).diagnostics) == ["locked:1:1 WB001"]


def test_what_does_not_parse_says_where(write: Write) -> None:
    write("a.py", "import wandb\n\n\ny = = 2\n")
    Path("b.py").write_bytes(b"import wandb\nname = '\xff'\n")
    first, second = check(request("a.py", "b.py")).diagnostics
    assert (first.code, first.range.start.row) == ("WB001", 4)
    assert (second.code, second.range.start.row) == ("WB001", 2)
    assert first.severity == "error"


def test_one_broken_cell_leaves_the_rest_judged(write: Write) -> None:
    cells = ["import wandb\n", "x = = 1\n", 'run = wandb.init(name="my_run")\n']
    notebook = {
        "cells": [
            {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": [cell]}
            for cell in cells
        ],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    write("n.ipynb", json.dumps(notebook))
    found = check(request("n.ipynb", roles=["notebook"])).diagnostics
    assert [(one.code, one.range.start.cell) for one in found] == [("WB001", 2), ("WB101", 3)]


def test_essential_rules_alone_speak_in_tests(write: Write, house_rule: Callable[..., Path]) -> None:
    write("pyproject.toml", '[tool.wbcheck]\nplugins = ["./house"]\nselect = ["HSE", "WB101"]\n')
    house_rule("HSE001", "grave", "yield Finding(event.callee, 'grave')", preset="ESSENTIAL")
    house_rule("HSE002", "light", "yield Finding(event.callee, 'light')", preset="ALL")
    write("a.py", BAD)
    given = request("a.py", wish=Wish())
    assert [(one.code, one.severity) for one in check(given).diagnostics] == [
        ("HSE001", "error"),
        ("HSE002", "info"),
        ("WB101", "warning"),
    ]
    in_test = request("a.py", wish=Wish(), roles=["test"])
    assert [one.code for one in check(in_test).diagnostics] == ["HSE001"]


def test_a_rule_that_raises_costs_one_finding_of_ours(write: Write, house_rule: Callable[..., Path]) -> None:
    write("pyproject.toml", '[tool.wbcheck]\nplugins = ["./house"]\nselect = ["HSE", "WB101"]\n')
    house_rule("HSE001", "broken", "yield Finding(event.callee, 'one'); 1 / 0")
    house_rule("HSE002", "lost", "yield Finding(Span(10**9, 10**9 + 1), 'nowhere')")
    house_rule("HSE003", "bad-fix", "yield Finding(event.callee, 'two', fix=lambda: 1 / 0)")
    write("a.py", BAD)
    session = Session(request("a.py", wish=Wish()))
    outcome = session.run()
    ours = [one for one in outcome.diagnostics if one.fault]
    assert [(one.code, one.path) for one in ours] == [
        ("HSE001", "a.py"),
        ("HSE002", "a.py"),
        ("HSE003", "a.py"),
    ]
    assert ours[0].message == "rule broken failed: ZeroDivisionError: division by zero"
    assert [one.code for one in outcome.diagnostics if not one.fault] == ["HSE001", "HSE003", "WB101"]
    assert outcome.faults == 3
    assert "ZeroDivisionError" in session.traces[0]


def test_a_failure_of_the_analysis_is_ours_too(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(context: Context, unit: Unit, *rest: Any) -> tuple[Model, Exports]:
        if unit.path == "a.py":
            raise LookupError("mistake")
        return build_in(context, unit, *rest)

    monkeypatch.setattr(sys.modules["wbcheck.syntax.build"], "build_in", failing)
    write("a.py", BAD)
    write("b.py", BAD)
    first, second = check(request("a.py", "b.py")).diagnostics
    assert first.fault
    assert first.message == "wbcheck failed on this file: LookupError: mistake"
    assert told([second]) == ["b.py:3:24 WB101"]


def test_rule_options_reach_the_rule(write: Write, house_rule: Callable[..., Path]) -> None:
    house_rule("HSE001", "wordy", "yield Finding(event.callee, file.options.word)")
    base = '[tool.wbcheck]\nplugins = ["./house"]\nselect = ["HSE"]\n'
    write("a.py", BAD)
    for table, message in (("", "run"), ("[tool.wbcheck.rules.wordy]\nword = 'other'\n", "other")):
        write("pyproject.toml", base + table)
        (one,) = check(request("a.py", wish=Wish())).diagnostics
        assert one.message == message


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("rules.wordy.word = 3", "pyproject.toml:4:20: `word` must be a string, not a whole number"),
        ("rules.wordy.wrd = 'x'", "pyproject.toml:4:13: unknown option `wrd`; did you mean `word`?"),
        ("rules.wody.word = 'x'", "pyproject.toml:4:7: no rule is called `wody`; did you mean `wordy`?"),
        ("rules.HSE.word = 'x'", "pyproject.toml:4:7: options belong to one rule, and `HSE` names several"),
        ("rules.run-name-underscore.word = 'x'", "pyproject.toml:4:7: `run-name-underscore` has no options"),
        ("ignore = ['wordy', 'wrdy']", "pyproject.toml:4:20: no rule, category or preset is called `wrdy`"),
        ("per-file-ignores = {'*' = ['nil']}", "pyproject.toml:4:28: no rule, category or preset is called"),
    ],
)
def test_what_the_configuration_names_is_checked_even_if_no_file_uses_wandb(
    write: Write, house_rule: Callable[..., Path], line: str, error: str
) -> None:
    house_rule("HSE001", "wordy", "yield Finding(event.callee, file.options.word)")
    write("pyproject.toml", f'[tool.wbcheck]\nplugins = ["./house"]\nselect = ["HSE"]\n{line}\n')
    write("a.py", "import os\n")
    with pytest.raises(SettingsError) as caught:
        check(request("a.py", wish=Wish()))
    assert str(caught.value).startswith(error)


def test_what_the_command_line_names_is_checked(write: Write) -> None:
    write("a.py", "import os\n")
    for wish in (Wish(layer=Layer(select=("nil",))), Wish(fixable=("nil",)), Wish(unfixable=("nil",))):
        with pytest.raises(SelectorError, match="`nil`"):
            check(request("a.py", wish=wish))


def test_a_plugin_that_is_not_there(write: Write) -> None:
    write("pyproject.toml", '[tool.wbcheck]\nplugins = ["no_such_pack_here"]\n')
    write("a.py", "import os\n")
    with pytest.raises(SettingsError, match="plugin `no_such_pack_here`: there is no package"):
        check(request("a.py"))


def test_per_file_ignores(write: Write) -> None:
    write(
        "pyproject.toml", '[tool.wbcheck]\nper-file-ignores = {"old/*" = ["identity"], "b.py" = ["WB101"]}\n'
    )
    for path in ("a.py", "b.py", "old/deep/c.py", "new/b.py"):
        write(path, BAD)
    found = check(request("a.py", "b.py", "old/deep/c.py", "new/b.py"))
    assert told(found.diagnostics) == ["a.py:3:24 WB101"]


@pytest.mark.parametrize(
    ("line", "wish", "applicability"),
    [
        ("", Wish(), "safe"),
        ('extend-unsafe-fixes = ["WB101"]', Wish(), "unsafe"),
        ("", Wish(fixable=("WB101",)), "safe"),
        ("", Wish(fixable=("WB001",)), None),
        ("", Wish(unfixable=("WB1",)), None),
    ],
)
def test_how_fixes_may_be_applied(write: Write, line: str, wish: Wish, applicability: str | None) -> None:
    write("pyproject.toml", f'[tool.wbcheck]\nselect = ["WB101"]\n{line}\n')
    write("a.py", BAD)
    (one,) = check(request("a.py", wish=wish)).diagnostics
    assert (one.fix and one.fix.applicability) == applicability


def test_extra_modules_and_wrappers_stand_for_wandb(write: Write) -> None:
    write("a.py", 'from acme import track\n\nrun = track.start(name="my_run")\nrun.finish()\n')
    write("b.py", 'from acme import tracking\n\nrun = tracking.init(name="my_run")\nrun.finish()\n')
    assert told(check(request("a.py", "b.py")).diagnostics) == []
    write(
        "pyproject.toml",
        """
        [tool.wbcheck]
        extra-modules = ["acme.tracking"]
        wrappers = {"acme.track.start" = "wandb.init"}
        """,
    )
    assert told(check(request("a.py", "b.py")).diagnostics) == ["a.py:3:25 WB101", "b.py:3:27 WB101"]


def test_loaders_and_savers_read_and_write_data(write: Write) -> None:
    write(
        "acme/a.py",
        """
        import wandb
        from .data import load_mails, save_mails

        def main(shards):
            with wandb.init(job_type="train") as run:
                mails = load_mails("mails")
                shards.write_shard(mails)
        """,
    )
    write("b.py", "from acme.data import load_mails\n\nmails = load_mails('mails')\n")
    wish = Wish(layer=Layer(select=("WB502", "WB503")))
    assert told(check(request("acme/a.py", "b.py", wish=wish)).diagnostics) == []
    write(
        "pyproject.toml",
        """
        [tool.wbcheck]
        loaders = ["acme.data.load_mails"]
        savers = ["acme.data.save_mails", "write_shard"]
        """,
    )
    outcome = check(request("acme/a.py", "b.py", wish=wish))
    assert told(outcome.diagnostics) == ["acme/a.py:6:17 WB502", "acme/a.py:7:9 WB503"]
    assert outcome.with_wandb == 1


def test_bytes_may_stand_for_a_file(write: Write) -> None:
    write("a.py", "import os\n")
    given = request("a.py", "new.py", overlay={"a.py": BAD.encode(), "new.py": BAD.encode()})
    outcome = check(given)
    assert told(outcome.diagnostics) == ["a.py:3:24 WB101", "new.py:3:24 WB101"]
    unit = outcome.sources("new.py")
    assert unit is not None
    assert unit.text == BAD


def test_a_file_can_be_checked_again(write: Write) -> None:
    write("a.py", BAD)
    session = Session(request("a.py"))
    session.run()
    good = BAD.replace("my_run", "my-run").encode()
    assert session.parses("a.py", good)
    assert not session.parses("a.py", b"import wandb\n(\n")
    assert told(session.recheck({"a.py": good}).diagnostics) == []
    unit = session.sources("a.py")
    assert unit is not None
    assert "my-run" in unit.text
    assert told(session.recheck({"a.py": b"\n" + BAD.encode()}).diagnostics) == ["a.py:4:24 WB101"]


def test_the_environment_set_in_one_file_holds_for_all(write: Write, house_rule: Callable[..., Path]) -> None:
    write("pyproject.toml", '[tool.wbcheck]\nplugins = ["./house"]\nselect = ["HSE"]\n')
    house_rule("HSE001", "asking", "yield Finding(event.callee, file.project.sets('WANDB_PROJECT').value)")
    write("run.py", BAD)
    write("main.py", 'import os\n\nos.environ["WANDB_PROJECT"] = "texts"\n')
    for names, answer in ((["run.py"], "no"), (["main.py", "run.py"], "yes")):
        (one,) = check(request(*names, wish=Wish())).diagnostics
        assert one.message == answer


def test_the_collector_is_as_it_was(write: Write) -> None:
    write("a.py", BAD)
    assert gc.isenabled()
    check(request("a.py"))
    assert gc.isenabled()


def test_progress_counts_to_the_end(write: Write) -> None:
    names = [f"{number}.py" for number in range(9)]
    for name in names:
        write(name, BAD)
    for jobs in (1, 2):
        steps: list[tuple[int, int]] = []
        given = msgspec.structs.replace(
            request(*names, jobs=jobs),
            progress=lambda done, total: steps.append((done, total)),  # noqa: B023
        )
        outcome: Outcome = check(given)
        assert outcome.with_wandb == 9
        assert steps == [(number, 9) for number in range(1, 10)]
