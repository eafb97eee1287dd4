"""What is kept between runs changes how long the second one takes, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from wbcheck.engine import cache as caches
from wbcheck.engine.cache import Cache, clean, digest, key_of, times_of
from wbcheck.model.exports import Constant, Context, Exports
from wbcheck.model.values import Unknown, Why

Write = Callable[[str, str], Path]
RUN = 'import wandb\n\nwith wandb.init(name="{}", project="texts") as run:\n    run.log({{"loss": 1}})\n'
HELPED = "import wandb\nfrom names import NAME\n\nrun = wandb.init(name=NAME)\nrun.finish()\n"


def wbcheck(*arguments: str) -> tuple[str, set[str]]:
    """What `wbcheck` prints, and which modules and files it took for that."""
    code = (
        "import os, sys\n"
        "opened = []\n"
        "sys.addaudithook(lambda name, data: opened.append(str(data[0])) if name == 'open' else None)\n"
        "from wbcheck.engine import cache\n"
        "cache.SETTLED = -10**18\n"
        "from wbcheck.cli import run\n"
        "status = run(sys.argv[1:])\n"
        "sys.stdout.flush()\n"
        "names = {os.path.basename(each) for each in opened} | set(sys.modules)\n"
        "print('\\n'.join(names), file=sys.stderr)\n"
    )
    command = [sys.executable, "-c", code, "check", "--output-format", "concise", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout, set(done.stderr.splitlines())


def test_the_second_run_parses_nothing_and_says_the_same(write: Write) -> None:
    write("a.py", RUN.format("my_run"))
    write("quiet.py", "print(1)\n")
    first, took = wbcheck()
    assert "WB101" in first
    assert {"libcst", "quiet.py"} <= took
    second, took = wbcheck()
    assert second == first
    assert "libcst" not in took
    assert "quiet.py" not in took
    assert "a.py" in took


def test_many_files_come_from_workers_and_are_kept_too(write: Write) -> None:
    for number in range(10):
        write(f"{number}.py", RUN.format(f"my_run_{number}"))
    first, _ = wbcheck("-j", "2")
    second, took = wbcheck("-j", "2")
    assert second == first
    assert "libcst" not in took


def test_without_a_cache_nothing_is_written(write: Write, project: Path) -> None:
    write("a.py", RUN.format("my_run"))
    wbcheck("--no-cache")
    assert not (project / ".wbcheck_cache").exists()


def test_what_changes_is_looked_at_again(write: Write) -> None:
    write("a.py", RUN.format("my_run"))
    write("quiet.py", "print(1)\n")
    wbcheck()
    write("a.py", RUN.format("my-run"))
    write("quiet.py", RUN.format("other_run"))
    told, _ = wbcheck()
    assert [line.split(":")[0] for line in told.splitlines() if "WB101" in line] == ["quiet.py"]


def test_what_an_import_holds_counts(write: Write) -> None:
    write("a.py", HELPED)
    write("names.py", 'NAME = "my_run"\n')
    assert "WB101" in wbcheck()[0]
    assert "WB101" in wbcheck()[0]
    write("names.py", 'NAME = "my-run"\n')
    assert "WB101" not in wbcheck()[0]


def test_settings_that_reach_the_model_count(write: Write) -> None:
    write("a.py", 'import acme\n\nacme.start(name="my_run").finish()\n')
    write("wbcheck.toml", 'cache-dir = "kept"\n')
    assert "WB101" not in wbcheck()[0]
    write("wbcheck.toml", 'cache-dir = "kept"\nwrappers = { "acme.start" = "wandb.init" }\n')
    assert "WB101" in wbcheck()[0]


def test_the_folder_is_where_the_configuration_says(write: Write, project: Path) -> None:
    write("wbcheck.toml", 'cache-dir = "build/kept"\n')
    write("a.py", RUN.format("my_run"))
    wbcheck()
    assert {".gitignore", "CACHEDIR.TAG"} <= {path.name for path in (project / "build" / "kept").iterdir()}
    assert not (project / ".wbcheck_cache").exists()


def test_damage_costs_nothing(write: Write, project: Path) -> None:
    write("a.py", RUN.format("my_run"))
    write("quiet.py", "print(1)\n")
    first, _ = wbcheck()
    for file in (project / ".wbcheck_cache").rglob("*"):
        if file.is_file():
            file.write_bytes(b"\x93\x01" + file.read_bytes()[: file.stat().st_size // 2])
    assert wbcheck()[0] == first
    assert wbcheck()[0] == first


def test_a_folder_that_cannot_be_made_costs_nothing(write: Write) -> None:
    write(".wbcheck_cache", "a file is in the way")
    write("a.py", RUN.format("my_run"))
    assert "WB101" in wbcheck()[0]


@pytest.mark.parametrize(
    "secret",
    [
        'wandb.login(key="hunter2")',
        'wandb.init(config={"params": {"password": "hunter2"}})',
        'import os; os.environ["WANDB_API_KEY"] = "hunter2"',
        f'wandb.log({{"hunter2": "{"0123456789" * 4}"}})',
    ],
)
def test_no_secret_is_kept(write: Write, project: Path, secret: str) -> None:
    write("a.py", f"import wandb\n\n{secret}\n")
    wbcheck()
    kept = b"".join(path.read_bytes() for path in (project / ".wbcheck_cache").rglob("*") if path.is_file())
    assert b"hunter2" not in kept
    assert b"0123456789" not in kept


def test_a_file_that_has_just_changed_is_not_trusted(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text("print(1)\n")
    cache = Cache(str(tmp_path / "kept"))
    cache.note_lack(str(file), times_of(file.stat()), ())
    assert not cache.lacks(str(file), times_of(file.stat()), ())


def test_a_file_is_known_by_its_times_and_by_what_was_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caches, "SETTLED", -(10**18))
    file = tmp_path / "a.py"
    file.write_text("print(1)\n")
    times = times_of(file.stat())
    cache = Cache(str(tmp_path / "kept"))
    cache.note_lack(str(file), times, (b"acme",))
    cache.save()
    again = Cache(str(tmp_path / "kept"))
    assert again.lacks(str(file), times, (b"acme",))
    assert not again.lacks(str(file), times, (b"other",))
    assert not again.lacks(str(file), (times[0], times[1] + 1, times[2]), (b"acme",))
    assert not again.lacks(str(tmp_path / "b.py"), times, (b"acme",))


def test_only_what_the_last_run_asked_for_stays(tmp_path: Path) -> None:
    for keys in ((b"1", b"2"), (b"2", b"3")):
        cache = Cache(str(tmp_path))
        for key in keys:
            if cache.analysis("a.py", key) is None:
                cache.keep("a.py", key, b"model " + key)
        cache.save()
    last = Cache(str(tmp_path))
    assert last.analysis("a.py", b"1") is None
    assert last.analysis("a.py", b"2") == b"model 2"
    assert last.analysis("a.py", b"3") == b"model 3"


def test_keys_tell_contexts_apart_whatever_the_order_of_sets() -> None:
    def key(context: Context | None) -> bytes | None:
        return key_of("a.py", b"x", (), {}, context)

    names = [f"name{number}" for number in range(50)]
    linked: Exports = {"names.NAME": Constant(Unknown(None, Why.PARAMETER, "x"))}
    assert key(Context(wanted=frozenset(names))) == key(Context(wanted=frozenset(reversed(names))))
    assert len({key(None), key(Context(linked)), key(Context(wanted=frozenset(names)))}) == 3
    assert digest(b"a", b"bc") != digest(b"ab", b"c")


def test_cleaning_deletes_a_cache_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    cache = Cache(str(folder))
    cache.keep("a.py", b"key", b"model")
    cache.save()
    assert clean(str(folder))
    assert not folder.exists()
    (tmp_path / "precious").mkdir()
    assert not clean(str(tmp_path / "precious"))
    assert (tmp_path / "precious").is_dir()


def test_a_folder_that_holds_other_things_keeps_them(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "train.py").write_text("print(1)\n")
    os.utime(tmp_path / "src", (0, 0))
    before = sorted(tmp_path.rglob("*"))
    for _ in range(2):
        cache = Cache(str(tmp_path))
        cache.keep("a.py", b"key", b"model")
        cache.save()
        assert set(before) < set(tmp_path.rglob("*"))
        assert not (tmp_path / ".gitignore").exists()
        assert clean(str(tmp_path))
        assert sorted(tmp_path.rglob("*")) == before
    assert not clean(str(tmp_path))


def test_what_another_wbcheck_left_is_deleted_when_it_is_old(tmp_path: Path) -> None:
    old, new = tmp_path / ("0" * 32), tmp_path / ("1" * 32)
    for folder in (old, new):
        (folder / "analyses").mkdir(parents=True)
    os.utime(old, (0, 0))
    cache = Cache(str(tmp_path))
    cache.keep("a.py", b"key", b"model")
    cache.save()
    assert not old.exists()
    assert new.exists()


@pytest.mark.skipif(os.name == "nt" or sys.platform == "darwin", reason="names are texts there")
def test_a_name_that_is_no_text_is_kept_as_any_other(write: Write, project: Path) -> None:
    for name in (b"quiet\xff.py", b"other\xfe.py"):
        (project / os.fsdecode(name)).write_text("print(1)\n")
    (project / os.fsdecode(b"a\xff.py")).write_text(RUN.format("my_run"))
    done = [
        subprocess.run([sys.executable, "-m", "wbcheck", "check"], capture_output=True, check=False)
        for _ in range(2)
    ]
    assert [each.returncode for each in done] == [1, 1], done[0].stderr
    assert b"WB101" in done[0].stdout == done[1].stdout
    cache = Cache(str(project / "kept"))
    cache.note_lack(os.fsdecode(b"quiet\xff.py"), (1, 1, 1), ())
    cache.save()
    assert Cache(str(project / "kept")).lacks(os.fsdecode(b"quiet\xff.py"), (1, 1, 1), ())


def test_the_command_cleans(write: Write, project: Path) -> None:
    write("a.py", RUN.format("my_run"))
    wbcheck()
    for words in ("deleted", "there is nothing in"):
        done = subprocess.run(
            [sys.executable, "-m", "wbcheck", "clean"], capture_output=True, text=True, check=True
        )
        assert words in done.stderr
        assert not (project / ".wbcheck_cache").exists()


def test_the_outline_of_a_text_is_known_again_and_that_of_another_is_not(tmp_path: Path) -> None:
    cache = Cache(str(tmp_path))
    cache.outline("a.py", b"x = 1").defined = frozenset({"x"})
    cache.save()
    again = Cache(str(tmp_path))
    assert again.outline("b.py", b"x = 1").defined == frozenset({"x"})
    assert again.outline("a.py", b"y = 1").defined is None
    assert again.outline("a.ipynb", b"x = 1").defined is None
    again.save()
    assert Cache(str(tmp_path)).outline("a.py", b"x = 1").defined == frozenset({"x"})
