"""What fixing promises, whatever the rules and whatever the file: for made-up programs and real ones."""

from __future__ import annotations

import codecs
import textwrap
import warnings
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wbcheck import registry
from wbcheck.diagnostic import Span
from wbcheck.engine import Request, Session
from wbcheck.files import FoundFile, Role
from wbcheck.fixes import FixOutcome
from wbcheck.ruleset import Wish
from wbcheck.selection import Layer
from wbcheck.settings import Settings, default_settings
from wbcheck.source import SourceError, read_unit

EVERY_RULE = Wish(layer=Layer(select=("all",)))
SETTINGS = default_settings("/nowhere")


def settings_for(_: str) -> Settings:
    return SETTINGS


def session_of(files: Mapping[str, bytes], backwards: bool = False) -> Session:
    names = sorted(files, reverse=backwards)
    found = tuple(FoundFile(name, f"/nowhere/{name}", Role.SCRIPT, False) for name in names)
    session = Session(
        Request(files=found, settings_for=settings_for, wish=EVERY_RULE, overlay=dict(files), jobs=1)
    )
    session.run()
    return session


def mended(files: Mapping[str, bytes], backwards: bool = False) -> tuple[dict[str, bytes], FixOutcome]:
    """The files after all fixes, the unsafe ones too."""
    fixed = session_of(files, backwards).mend(lambda each: each.fix is not None)
    return {**files, **{path: file.new for path, file in fixed.files.items()}}, fixed


def compiles(path: str, data: bytes) -> bool:
    """As Python itself reads the file's bytes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(data, path, "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            return False
    return True


def assert_kept(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Every promise that can be held against these files; what they are in the end."""
    new, fixed = mended(files)
    assert fixed.faults == ()
    assert [
        path for path, data in files.items() if compiles(path, data) and not compiles(path, new[path])
    ] == []
    assert mended(files, backwards=True)[0] == new
    again = mended(new)[0]
    assert again == new
    return new


# Programs of rules' own examples, in all the forms that a file can have


@cache
def pieces() -> list[str]:
    """The examples of all rules that are scripts."""
    found = [example for code in registry.codes() for example in registry.load(code).examples]
    return [
        each.code
        for each in found
        if not each.notebook and each.path[-3:] in ("", ".py")
        if compiles("example.py", each.code.encode())
    ]


BETWEEN = st.sampled_from(
    ["", "\n\n", "# Überblick: ü, 漢, 🚀\n", "\x0c\n", "x = 1; y = 2\n", "'''\nlong\n  text'''\n", "\\\n\n"]
)


@st.composite
def programs(draw: st.DrawFn) -> str:
    """One to three examples one after the other, some within a block, with this and that between them."""
    parts = []
    for piece in draw(st.lists(st.sampled_from(pieces()), min_size=1, max_size=3)):
        header = draw(
            st.sampled_from(["", "", "", "def main():\n", "if True:\n", "class House:\n  def go(self):\n"])
        )
        indent = draw(st.sampled_from(["\t", "  ", "    "])) if header else ""
        body = textwrap.indent(piece, ("  " if header.startswith("class") else "") + indent)
        parts += [draw(BETWEEN), header, body]
    text = "".join(parts)
    if not compiles("program.py", text.encode()):
        text = parts[2] if not parts[1] else pieces()[0]
    return draw(st.sampled_from([text, text.rstrip("\n")]))


@st.composite
def forms(draw: st.DrawFn) -> tuple[str, str, bytes]:
    """How a file may be written: its line end, its encoding (``""``: undeclared), its byte order mark."""
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    encoding = draw(st.sampled_from(["", "utf-8", "latin-1", "cp1252", "shift_jis"]))
    bom = codecs.BOM_UTF8 if encoding in ("", "utf-8") and draw(st.booleans()) else b""
    return end, encoding, bom


def written(text: str, form: tuple[str, str, bytes]) -> bytes | None:
    """A text's bytes in a form; nothing where they cannot be had."""
    end, encoding, bom = form
    cookie = f"# -*- coding: {encoding} -*-\n" if encoding else ""
    try:
        return bom + (cookie + text).replace("\n", end).encode(encoding or "utf-8")
    except UnicodeEncodeError:
        return None


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs())
def test_the_promises_hold_for_programs(text: str) -> None:
    assert_kept({"a.py": text.encode()})


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs(), forms())
def test_a_file_keeps_its_form(text: str, form: tuple[str, str, bytes]) -> None:
    """Fixing a file in any form gives what its plain form becomes, written in that form."""
    data = written(text, form)
    plain = written(text, ("\n", form[1] and "utf-8", b""))
    if data is None or plain is None or not compiles("a.py", data):
        return
    wanted = mended({"a.py": plain})[0]["a.py"].decode()
    body = wanted.partition("\n")[2] if form[1] else wanted
    assert mended({"a.py": data})[0]["a.py"] == written(body, form)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(programs(), min_size=2, max_size=3))
def test_the_promises_hold_for_projects(texts: list[str]) -> None:
    assert_kept({f"m{number}.py": text.encode() for number, text in enumerate(texts)})


# Real files, from the package index: those of wandb itself


@cache
def real() -> list[Path]:
    import importlib.util

    found = importlib.util.find_spec("wandb")
    assert found is not None
    assert found.submodule_search_locations
    (home,) = found.submodule_search_locations
    files = [path for path in sorted(Path(home).rglob("*.py")) if 500 < path.stat().st_size < 30_000]
    return [path for path in files if b"wandb.init" in path.read_bytes() or b"wandb.log" in path.read_bytes()]


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), forms())
def test_the_promises_hold_for_real_files(data: st.DataObject, form: tuple[str, str, bytes]) -> None:
    file = data.draw(st.sampled_from(real()))
    given_ = written(file.read_text(encoding="utf-8"), form)
    if given_ is not None:
        assert_kept({"real.py": given_})


@cache
def surroundings() -> list[Path]:
    """Modules of all kinds of packages: what a team's own code may look like."""
    names = ("click", "rich", "hypothesis", "numpy", "pandas", "ruamel", "jsonschema", "wandb")
    homes = [Path(home) for name in names for home in paths_of(name)]
    files = [path for home in homes for path in sorted(home.rglob("*.py"))]
    return [path for path in files if 200 < path.stat().st_size < 8_000]


def paths_of(package: str) -> list[str]:
    import importlib.util

    found = importlib.util.find_spec(package)
    return list(found.submodule_search_locations or ()) if found else []


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), programs(), forms())
def test_the_promises_hold_amid_real_code(
    data: st.DataObject, text: str, form: tuple[str, str, bytes]
) -> None:
    """Docstrings, imports from the future, classes, whatever stands at the top: a program comes below it."""
    file = data.draw(st.sampled_from(surroundings()))
    whole = written(file.read_text(encoding="utf-8") + "\n\n" + text, form)
    if whole is not None and compiles("real.py", whole):
        assert_kept({"real.py": whole})


# Edits alone

texts_ = st.text(alphabet="ab \t\x0c#'\n\rü漢🚀", max_size=60)


places_ = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 9)), max_size=4)


@given(texts_, forms(), places_, st.text("xyz", max_size=3))
def test_only_edited_ranges_differ(
    text: str, form: tuple[str, str, bytes], places: list[tuple[int, int]], content: str
) -> None:
    """The bytes of everything around edits are those that were there."""
    data = written(text, form)
    if data is None:
        return
    unit = read_unit("a.py", data)
    spans: list[Span] = []
    for start, length in places:
        span = Span(min(start, len(unit.text)), min(start + length, len(unit.text)))
        if not any(span.overlaps(other) for other in spans):
            spans.append(span)
    try:
        new = unit.apply(tuple((span, content) for span in spans))
    except SourceError:
        # The first lines name the encoding: an edit there may be refused, and nothing is changed.
        assert spans
        assert min(spans).start <= len("# -*- coding: shift_jis -*-\r\n")
        return
    encoding = form[1] or "utf-8"
    wanted, reached = form[2], 0
    for span in sorted(spans):
        wanted += (unit.text[reached : span.start] + content).encode(encoding)
        reached = span.end
    assert new == wanted + unit.text[reached:].encode(encoding)
