"""The harness catches every law that is broken, in packs that are not our own."""

from __future__ import annotations

import re
from itertools import count
from pathlib import Path
from textwrap import dedent

import pytest

from wbcheck import harness, registry, rule
from wbcheck.examples import Bad, ExampleError, Good, cells, mark, unmark
from wbcheck.harness import laws
from wbcheck.registry import RegistryError

KEEPS = '''"""Reports a project called wrong.

Why it matters: it is wrong.

When to ignore: never.
"""

from collections.abc import Iterator
from typing import Annotated

from wbcheck.rule import (
    Applicability,
    Bad,
    File,
    Finding,
    Good,
    Options,
    Preset,
    RunStart,
    Rule,
    constant,
    doc,
    set_argument,
)


class WrongOptions(Options, frozen=True):
    wrong_words: Annotated[tuple[str, ...], doc("What no project may be called.")] = ("wrong",)


RULE = Rule(
    code="AC101",
    name="project-wrong",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="Wrong is wrong.",
    how="Call it right.",
    fix=Applicability.SAFE,
    options=WrongOptions,
)


def check(file: File) -> Iterator[Finding]:
    for start in file.model.each(RunStart):
        argument = start.arguments.find("project")
        if argument and constant(argument.value) in file.options.wrong_words:
            fix = file.fix("Call it right", set_argument, start.arguments, "project", '"right"')
            yield Finding(argument.span, "project is wrong", fix=fix)


EXAMPLES = (
    Bad(
        """
        import wandb

        wandb.init(project="wrong")
                   ^^^^^^^^^^^^^^^
        """,
        message="project is wrong",
        fixed="""
        import wandb

        wandb.init(project="right")
        """,
    ),
    Bad(
        """
        # %%
        import wandb

        # %%
        wandb.init(
            project="bad"
            ^^^^^^^^^^^^^
        )
        """,
        message="project is wrong",
        options={"wrong-words": ["bad"]},
        notebook=True,
        fixed="""
        # %%
        import wandb

        # %%
        wandb.init(
            project="right"
        )
        """,
    ),
    Good("import wandb\\nwandb.init(project='right')"),
    Good("import other as wandb\\nwandb.init(project='wrong')"),
)
'''
NUMBERS = count()


def pack_of(folder: Path, text: str, name: str = "project_wrong") -> Path:
    """A folder of its own with one rule; module names are never used twice."""
    folder = folder / f"pack{next(NUMBERS)}"
    (folder / "naming").mkdir(parents=True)
    (folder / "naming" / f"{name}.py").write_text(text, encoding="utf-8")
    return folder


def said(folder: Path) -> str:
    return "\n".join(str(breach) for breach in harness.test_rules(str(folder)).breaches)


def test_a_rule_that_keeps_the_laws(tmp_path: Path) -> None:
    report = harness.test_rules(str(pack_of(tmp_path, KEEPS)))
    assert report == harness.Report(("AC101",), 4, ())


BROKEN = {
    "docstring": ('"""Reports a', '"""Says a', "goes on from `Reports`"),
    "heading": ("When to ignore: never.", "Ignore: never.", "no `When to ignore:`"),
    "why": ('why="Wrong is wrong."', 'why="Wrong. It is."', "`why` is one sentence"),
    "how": ('how="Call it right."', 'how="Call it right"', "`how` is one sentence"),
    "option shown": ('options={"wrong-words": ["bad"]},', "", "no example shows the option `wrong-words`"),
    "option described": ('doc("What no project may be called.")', "None", "`wrong-words` is not described"),
    "option default": (' = ("wrong",)', "", "option `wrong-words` has no default"),
    "option known": ('"wrong-words": ["bad"]', '"words": ["bad"]', "unknown field `words`"),
    "good examples": (
        "    Good(\"import other as wandb\\nwandb.init(project='wrong')\"),\n",
        "",
        "1 good examples",
    ),
    "same examples": (
        "import other as wandb\\nwandb.init(project='wrong')",
        "import wandb\\nwandb.init(project='right')",
        "examples 3 and 4 are the same",
    ),
    "essential": ("Preset.GUIDE", "Preset.ESSENTIAL", "PROOF"),
    "place": ("^^^^^^^^^^^^^^^\n", "^^^^^^^\n", "reported elsewhere than marked"),
    "no marks": ("                   ^^^^^^^^^^^^^^^\n", "", "marks with carets"),
    "marker": ("^^^^^^^^^^^^^^^\n", "^^^^^^^^^^^^^^^^^^^^\n", "reaches beyond its line"),
    "message": (
        'message="project is wrong",\n        fixed',
        'message="it is",\n        fixed',
        "the message is",
    ),
    "no message": ('"project is wrong", fix', '"", fix', "one line"),
    "long": ('"project is wrong", fix', '"w" * 81, fix', "at most 80"),
    "sentences": ('"project is wrong", fix', '"It is. Mend it", fix', "full stop"),
    "stop": ('"project is wrong", fix', '"it is wrong.", fix', "full stop"),
    "address": ('"project is wrong", fix', '"see https://x.y", fix', "no address"),
    "backtick": ('"project is wrong", fix', '"`wrong is wrong", fix', "backtick"),
    "fixed": (
        '        wandb.init(project="right")\n        """',
        '        wandb.init(project="rihgt")\n        """',
        "gives",
    ),
    "not clean": ("'\"right\"'", '\'"" or "wrong"\'', "gives"),
    "no fix": (", fix=fix)", ")", "no fix is offered"),
    "no fix shown": ("    fix=Applicability.SAFE,\n", "", "RULE says `fix=None`"),
    "fix message": ('"Call it right", set', '"Call it right.", set', "in one line without a full stop"),
    "fix breaks": ("'\"right\"'", "'(('", "unreadable"),
    "good": ("wandb.init(project='right')\")", "wandb.init(project='wrong')\")", "a good example is silent"),
    "raises": ("for start in", "1 / 0\n    for start in", "ZeroDivisionError"),
    "not Python": ("import other as wandb\\n", "import other as wandb wandb\\n", "cannot be analysed"),
    "import": ("from typing", "import no_such_module\nfrom typing", "cannot be loaded"),
    "no examples": ("EXAMPLES = (", "MORE = (", "0 bad and 0 good"),
}
"""What is changed in a rule that keeps the laws, and what is then said."""


@pytest.mark.parametrize("name", BROKEN)
def test_a_law_that_is_broken_is_named(tmp_path: Path, name: str) -> None:
    old, new, says = BROKEN[name]
    assert old in KEEPS
    assert says in said(pack_of(tmp_path, KEEPS.replace(old, new, 1 if name == "fixed" else -1)))


def without_fixed(text: str) -> str:
    """The rule's text without what its bad examples are after the fix."""
    return re.sub(r' {8}fixed=""".*?""",\n', "", text, flags=re.DOTALL)


def test_a_fix_without_an_example(tmp_path: Path) -> None:
    text = without_fixed(KEEPS).replace(", fix=fix)", ")")
    assert "no example shows one" in said(pack_of(tmp_path, text))


def test_a_fix_that_no_example_states(tmp_path: Path) -> None:
    assert "a fix is offered where none is stated" in said(pack_of(tmp_path, without_fixed(KEEPS)))


def test_a_safe_fix_brings_about_nothing_else(tmp_path: Path) -> None:
    text = KEEPS.replace("right", "ri_ght").replace('"project"', '"name"').replace("project=", "name=")
    text = text.replace("   ^^^^^^^^^^^^^^^\n", "   ^^^^^^^^^^^^\n").replace(
        "   ^^^^^^^^^^^^^\n", "   ^^^^^^^^^^\n"
    )
    assert said(pack_of(tmp_path, text)).count("brings about a WB101") == 2
    assert said(pack_of(tmp_path, text.replace("Applicability.SAFE", "Applicability.UNSAFE"))) == ""


def test_a_name_and_its_file_agree(tmp_path: Path) -> None:
    assert "belongs into project_wrong.py" in said(pack_of(tmp_path, KEEPS, "wrong_project"))


def test_fields_that_read_otherwise_than_they_are(tmp_path: Path) -> None:
    text = KEEPS.replace('    since="0.1.0",\n', '    since="0.1.0",\n    **{"preview": True},\n')
    assert "`preview` reads as False and is True" in said(pack_of(tmp_path, text))


def test_one_file_or_folder_of_a_pack_can_be_tried(tmp_path: Path) -> None:
    folder = pack_of(tmp_path, KEEPS)
    (folder / "more").mkdir()
    other = KEEPS.replace("AC101", "AC102").replace("project-wrong", "project-bad")
    (folder / "more" / "project_bad.py").write_text(other, encoding="utf-8")
    assert harness.test_rules(str(folder)).rules == ("AC101", "AC102")
    assert harness.test_rules(str(folder / "more")).rules == ("AC102",)
    assert harness.test_rules(str(folder / "more" / "project_bad.py")).rules == ("AC102",)
    (folder / "empty").mkdir()
    with pytest.raises(RegistryError, match="no rules in"):
        harness.test_rules(str(folder / "empty"))
    assert harness.test_rules(registry.codes()["WB101"].path).rules == ("WB101",)


def test_other_files_of_the_project_are_part_of_an_example(tmp_path: Path) -> None:
    good = "import wandb\\nwandb.init(project='right')\""
    beside = good.replace("right", "wrong")
    text = KEEPS.replace(f'Good("{good})', f'Good("{good}, beside={{"b.py": "{beside}}})')
    assert text != KEEPS
    assert "b.py: project is wrong" in said(pack_of(tmp_path, text))


# Markers


def test_markers_are_taken_out_and_put_back() -> None:
    text = dedent(
        """
        run = f(a_b, c_d)
                ^^^  ^^^
        x = g(
            ^^
            1)
        ~~~~~~
        y = 2
        """
    ).lstrip()
    marked = unmark(text)
    assert marked.text == "run = f(a_b, c_d)\nx = g(\n    1)\ny = 2\n"
    assert [marked.text[span.start : span.end] for span in marked.spans] == ["a_b", "c_d", "g(\n    1)"]
    assert unmark(mark(marked.text, marked.spans)) == marked


def test_markers_that_overlap_stand_on_lines_of_their_own() -> None:
    marked = unmark("f(a_b)\n^^^^^^\n  ^^^\n")
    assert [marked.text[span.start : span.end] for span in marked.spans] == ["f(a_b)", "a_b"]


@pytest.mark.parametrize("source", ["^^^\n", "x\n  ^^\n", "x = 1\n~~~\n"])
def test_markers_without_a_place(source: str) -> None:
    with pytest.raises(ExampleError):
        unmark(source)


def test_code_with_carets_is_no_marker() -> None:
    source = "x = a ^ b\ny = ~x\n"
    assert unmark(source).text == source


def test_an_example_is_dedented_and_its_cells_parted() -> None:
    bad = Bad("\n    # %%\n    a = 1\n    # %%\n\n    b = 2\n    ^\n    ", message="m", notebook=True)
    assert bad.code == "# %%\na = 1\n# %%\n\nb = 2\n"
    assert cells(bad.code) == ("a = 1\n", "\nb = 2\n")
    assert bad.marked.text == "a = 1\n\nb = 2\n"
    assert [bad.marked.text[span.start : span.end] for span in bad.marked.spans] == ["b"]
    assert Good("  a\n").code == "a\n"
    assert bad.messages == ("m",)
    assert Bad("a\n^", message=("m", "n")).messages == ("m", "n")


@pytest.mark.parametrize("message", ["run name `a. b` has blanks", "`x` is `https://y`", "a.py reads `b`"])
def test_the_users_own_names_may_hold_anything(message: str) -> None:
    assert list(laws.headline(message)) == []


# The page about writing rules

PAGE = Path(__file__).parent.parent / "docs" / "writing-rules.md"


def test_the_rule_in_the_documentation_keeps_the_laws(tmp_path: Path) -> None:
    blocks = re.findall(
        r"^```python rules/(\S+)\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert blocks
    for path, source in blocks:
        file = tmp_path / "rules" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source, encoding="utf-8")
    report = harness.test_rules(str(tmp_path / "rules"))
    assert list(map(str, report.breaches)) == []
    assert report.rules == ("AC101", "AC201")
    first = harness.test_rules(str(tmp_path / "rules" / "naming"))
    assert f"1 rule, {first.examples} examples" in PAGE.read_text(encoding="utf-8")


def makes_edits(thing: object) -> bool:
    is_ours = str(getattr(thing, "__module__", "")).startswith("wbcheck.edits.")
    return is_ours and "Edits" in str(getattr(thing, "__annotations__", {}).get("return", ""))


def test_the_documentation_names_only_what_there_is() -> None:
    text = PAGE.read_text(encoding="utf-8")
    makers = text.partition("The makers are ")[2].partition(". They know")[0]
    named = re.findall(r"`(\w+)`", makers)
    assert set(named) <= set(rule.__all__)
    made = {name for name in rule.__all__ if makes_edits(getattr(rule, name))}
    assert made - set(named) == {"elsewhere", "keep"}
    helpers = re.findall(r"^\|.*\| `(\w+)\(", text, re.MULTILINE)
    assert set(helpers) <= set(rule.__all__)
