"""Fixes in memory: which go together, how rounds come to rest, what becomes of our own mistakes."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wbcheck.diagnostic import Applicability, Diagnostic, Edit, Fix, Severity, Span
from wbcheck.fixes import FixOutcome, mend, plan
from wbcheck.source import Unit, read_unit


def finding(
    *edits: Edit,
    code: str = "WB101",
    path: str = "a.py",
    unit: Unit | None = None,
    applicability: Applicability = Applicability.SAFE,
) -> Diagnostic:
    """A finding at the place of its first edit."""
    span = edits[0].span
    unit = unit or read_unit(path, b" " * 2000)
    return Diagnostic(
        path=path,
        span=span,
        range=unit.locate(span),
        code=code,
        name=code.lower(),
        severity=Severity.WARNING,
        message="a message",
        fix=Fix("mend it", applicability, edits),
    )


def edit(start: int, end: int, content: str, path: str | None = None) -> Edit:
    return Edit(Span(start, end), content, path)


def always(_: Diagnostic) -> bool:
    return True


SAFE = Applicability.SAFE


# One round


def taken(*found: Diagnostic) -> list[tuple[str, ...]]:
    """The contents of each fix that one round takes."""
    return [tuple(each.content for each in one.fix.edits) for one in plan(found, always).mended if one.fix]


def test_fixes_that_do_not_meet_go_together() -> None:
    assert taken(finding(edit(5, 8, "b")), finding(edit(0, 5, "a"))) == [("a",), ("b",)]


def test_of_fixes_that_overlap_the_later_one_waits() -> None:
    first, second = finding(edit(0, 5, "a")), finding(edit(4, 8, "b"))
    result = plan([second, first], always)
    assert result.mended == (first,)
    assert result.waiting == (second,)
    assert result.edits == {"a.py": ((Span(0, 5), "a"),)}


@pytest.mark.parametrize("first", [0, 40])
def test_a_fix_waits_for_one_that_changes_what_it_takes_for_granted(first: int) -> None:
    builds = finding(edit(20, 21, "b"))
    assert builds.fix is not None
    builds = msgspec.structs.replace(builds, fix=msgspec.structs.replace(builds.fix, kept=(Span(0, 60),)))
    assert len(taken(finding(edit(first, first + 2, "a")), builds)) == 1
    assert len(taken(finding(edit(70, 72, "a")), builds)) == 2


@pytest.mark.parametrize("place", [0, 3, 5])
def test_an_insertion_that_touches_a_replacement_waits(place: int) -> None:
    assert len(taken(finding(edit(0, 5, "a")), finding(edit(place, place, "b")))) == 1


def test_different_insertions_at_one_place_wait_for_each_other() -> None:
    assert taken(finding(edit(3, 3, "b")), finding(edit(3, 3, "a"))) == [("a",)]


def test_the_same_import_is_inserted_once() -> None:
    first = finding(edit(0, 0, "import time\n"), edit(20, 24, "a"))
    second = finding(edit(0, 0, "import time\n"), edit(40, 44, "b"))
    result = plan([first, second], always)
    assert result.mended == (first, second)
    assert result.edits["a.py"] == (
        (Span(0, 0), "import time\n"),
        (Span(20, 24), "a"),
        (Span(40, 44), "b"),
    )


def test_the_same_bracket_is_not_inserted_once_for_two() -> None:
    first = finding(edit(2, 2, "("), edit(9, 9, ")"))
    second = finding(edit(20, 20, "("), edit(9, 9, ")"))
    assert len(taken(first, second)) == 1


def test_a_fix_within_the_reach_of_another_waits() -> None:
    around = finding(edit(0, 0, "    "), edit(30, 30, "    "))
    assert taken(around, finding(edit(10, 12, "x"))) == [("    ", "    ")]


def test_insertions_of_one_fix_at_one_place_keep_their_order() -> None:
    result = plan([finding(edit(3, 3, "z"), edit(3, 3, "a"))], always)
    assert result.edits["a.py"] == ((Span(3, 3), "z"), (Span(3, 3), "a"))


def test_what_is_not_allowed_is_not_planned() -> None:
    unsafe = finding(edit(0, 1, "a"), applicability=Applicability.UNSAFE)
    result = plan([unsafe], lambda each: each.fix is not None and each.fix.applicability == "safe")
    assert (result.edits, result.mended, result.waiting) == ({}, (), ())


def test_a_fix_over_two_files_is_planned_whole_or_not_at_all() -> None:
    both = finding(edit(10, 12, "x"), edit(0, 2, "y", "b.py"))
    blocker = finding(edit(0, 11, "first"))
    assert plan([both, blocker], always).edits == {"a.py": ((Span(0, 11), "first"),)}
    assert set(plan([both], always).edits) == {"a.py", "b.py"}


spans = st.tuples(st.integers(0, 60), st.integers(0, 6)).map(lambda pair: Span(pair[0], sum(pair)))
contents = st.text(alphabet="abc\n", max_size=4)


@st.composite
def findings(draw: st.DrawFn) -> Diagnostic:
    """A finding with one to three edits that do not meet."""
    edits: list[Edit] = []
    for span in draw(st.lists(spans, min_size=1, max_size=3)):
        if not any(span.overlaps(other.span) for other in edits):
            edits.append(Edit(span, draw(contents), draw(st.sampled_from([None, None, "b.py"]))))
    return finding(*edits, code=draw(st.sampled_from(["WB101", "WB102"])))


@given(st.lists(findings(), max_size=8), st.randoms())
def test_the_order_of_findings_does_not_matter(found: list[Diagnostic], random: object) -> None:
    shuffled = found[:]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    first, second = plan(found, always), plan(shuffled, always)
    assert first.edits == second.edits
    assert first.mended == second.mended


@given(st.lists(findings(), max_size=10))
def test_fixes_are_taken_whole_and_never_interleave(found: list[Diagnostic]) -> None:
    result = plan(found, always)
    assert len(result.mended) + len(result.waiting) == len(found)
    for path, changes in result.edits.items():
        wanted = [
            (each.span, each.content)
            for one in result.mended
            if one.fix
            for each in one.fix.edits
            if (each.path or one.path) == path
        ]
        assert set(changes) == set(wanted)
        for number, (span, content) in enumerate(changes):
            for other, other_content in changes[number + 1 :]:
                owners = [
                    one
                    for one in result.mended
                    if one.fix
                    and {(span, content), (other, other_content)}
                    <= {(each.span, each.content) for each in one.fix.edits}
                ]
                assert owners or not span.overlaps(other)
    assert result.mended or not found


@given(st.text(alphabet="ab \n", min_size=70, max_size=90), st.lists(findings(), max_size=10))
def test_only_the_edited_ranges_differ(text: str, found: list[Diagnostic]) -> None:
    unit = read_unit("a.py", text.encode())
    changes = plan(found, always).edits.get("a.py", ())
    new = unit.apply(changes).decode()
    position = reached = 0
    for span, content in changes:
        kept = text[reached : span.start]
        assert new[position : position + len(kept)] == kept
        assert new[position + len(kept) :].startswith(content)
        position += len(kept) + len(content)
        reached = span.end
    assert new[position:] == text[reached:]


# Rounds, against a small linter of our own

Rule = Callable[[Unit], Iterable[Diagnostic]]


def words(rule_code: str, old: str, new: str, applicability: Applicability = Applicability.SAFE) -> Rule:
    """A rule that reports each ``old`` and would write ``new``."""

    def rule(unit: Unit) -> Iterable[Diagnostic]:
        at = unit.text.find(old)
        while at >= 0:
            yield finding(
                edit(at, at + len(old), new),
                code=rule_code,
                path=unit.path,
                unit=unit,
                applicability=applicability,
            )
            at = unit.text.find(old, at + len(old))

    return rule


def parses(path: str, data: bytes) -> bool:
    try:
        ast.parse(read_unit(path, data).code)
    except SyntaxError:
        return False
    return True


def run(
    files: dict[str, bytes],
    *rules: Rule,
    allowed: Callable[[Diagnostic], bool] = always,
    refused: dict[str, str] | None = None,
) -> FixOutcome:
    now = dict(files)

    def recheck(changed: Mapping[str, bytes]) -> list[Diagnostic]:
        now.update(changed)
        found = [read_unit(path, data) for path, data in now.items()]
        return [each for unit in found for rule in rules for each in rule(unit)]

    return mend(
        recheck({}),
        units=lambda path: read_unit(path, files[path]) if path in files else None,
        allowed=allowed,
        recheck=recheck,
        parses=parses,
        read=read_unit,
        refusal=lambda path, data: (refused or {}).get(path),
    )


def test_rounds_go_on_until_nothing_changes() -> None:
    outcome = run(
        {"a.py": b"one = one\r\n"},
        words("WB101", "one", "two"),
        words("WB102", "two", "three"),
        words("WB9", "x", "y"),
    )
    assert outcome.files["a.py"].new == b"three = three\r\n"
    assert outcome.files["a.py"].counts == {"WB101": 2, "WB102": 2}
    assert (outcome.rounds, outcome.mended, outcome.counts) == (2, 4, {"WB101": 2, "WB102": 2})
    assert outcome.remaining == ()


def test_a_second_run_changes_nothing() -> None:
    rules = words("WB101", "one", "two"), words("WB102", "two", "three")
    first = run({"a.py": b"one\n"}, *rules)
    second = run({"a.py": first.files["a.py"].new}, *rules)
    assert (second.files, second.rounds) == ({}, 0)


def test_what_is_left_is_reported_where_it_is_now() -> None:
    unsafe = words("WB102", "end", "END", Applicability.UNSAFE)
    outcome = run(
        {"a.py": b"one; end\n"},
        words("WB101", "one", "longer"),
        unsafe,
        allowed=lambda each: each.fix is not None and each.fix.applicability is Applicability.SAFE,
    )
    ((left),) = outcome.remaining
    assert (left.code, left.range.start.column) == ("WB102", 9)
    assert outcome.before["a.py"][-1].range.start.column == 6


def test_only_fixable_rules_are_applied() -> None:
    rules = words("WB101", "one", "two"), words("WB102", "three", "four")
    outcome = run({"a.py": b"one; three\n"}, *rules, allowed=lambda each: each.code != "WB101")
    assert outcome.files["a.py"].new == b"one; four\n"


def test_a_fix_that_breaks_a_file_is_undone_and_is_our_fault() -> None:
    outcome = run(
        {"a.py": b"one = 1\n", "b.py": b"fine = 1\n"},
        words("WB101", "one", "(("),
        words("WB102", "fine", "good"),
    )
    assert set(outcome.files) == {"b.py"}
    ((fault),) = outcome.faults
    assert (fault.path, fault.codes) == ("a.py", ("WB101",))
    assert [each.code for each in outcome.remaining] == ["WB101"]


def test_the_other_rules_go_on_mending_a_file_that_one_breaks() -> None:
    outcome = run({"a.py": b"one = fine\n"}, words("WB101", "one", "(("), words("WB102", "fine", "good"))
    assert outcome.files["a.py"].new == b"one = good\n"
    assert outcome.files["a.py"].counts == {"WB102": 1}
    assert [(fault.path, fault.codes) for fault in outcome.faults] == [("a.py", ("WB101",))]


def test_fixes_that_break_a_file_only_together_are_both_undone() -> None:
    outcome = run({"a.py": b"if x:\n    p\n    q\n"}, words("WB101", "p", ""), words("WB102", "q", ""))
    assert outcome.files == {}
    assert [fault.codes for fault in outcome.faults] == [("WB101", "WB102")]


def test_what_earlier_rounds_did_to_a_file_stays() -> None:
    outcome = run({"a.py": b"one = 1\n"}, words("WB101", "one", "two"), words("WB102", "two", "(("))
    assert outcome.files["a.py"].new == b"two = 1\n"
    assert outcome.faults[0].codes == ("WB102",)


def test_fixes_that_chase_each_other_are_undone_and_are_our_fault() -> None:
    outcome = run(
        {"a.py": b"ping\n", "b.py": b"once\n"},
        words("WB101", "ping", "pong"),
        words("WB102", "pong", "ping"),
        words("WB103", "once", "done"),
    )
    assert {path: file.new for path, file in outcome.files.items()} == {"b.py": b"done\n"}
    ((fault),) = outcome.faults
    assert fault.path == "a.py"
    assert "20 rounds" in fault.message
    assert [(each.path, each.code) for each in outcome.remaining] == [("a.py", "WB101")]
    assert outcome.rounds == 1 + 20  # the first one mended b.py


def test_fixes_that_wait_for_each_other_all_get_their_turn() -> None:
    """Each of these reaches over the whole file, so that a round has room for one."""

    def wide(unit: Unit) -> Iterable[Diagnostic]:
        for at in [at for at, letter in enumerate(unit.text) if letter == "a"]:
            edits = edit(at, at + 1, "b"), edit(len(unit.text) - 1, len(unit.text), "\n")
            yield finding(*edits, code="WB101", path=unit.path, unit=unit)

    outcome = run({"a.py": b"a" * 30 + b"\n"}, wide)
    assert (outcome.faults, outcome.rounds) == ((), 30)
    assert outcome.files["a.py"].new == b"b" * 30 + b"\n"


def test_a_fix_that_changes_nothing_is_our_fault() -> None:
    outcome = run({"a.py": b"one\n"}, words("WB101", "one", "one"))
    assert (outcome.files, len(outcome.faults), outcome.rounds) == ({}, 1, 0)


def test_a_fix_that_cannot_be_encoded_is_our_fault() -> None:
    outcome = run({"a.py": b"# coding: latin-1\none\n"}, words("WB101", "one", "漢"))
    assert outcome.files == {}
    assert "encoding" in outcome.faults[0].message


def test_a_fix_whose_edits_overlap_is_our_fault() -> None:
    def rule(unit: Unit) -> Iterable[Diagnostic]:
        yield finding(edit(0, 5, "a"), edit(3, 8, "b"), path=unit.path, unit=unit)

    outcome = run({"a.py": b"0123456789\n"}, rule)
    assert (outcome.files, len(outcome.faults)) == ({}, 1)


def both(unit: Unit) -> Iterable[Diagnostic]:
    """A fix that renames `old` in a.py and in b.py."""
    at = unit.text.find("old")
    if unit.path == "a.py" and at >= 0:
        yield finding(edit(at, at + 3, "new"), edit(0, 3, "new", "b.py"), path="a.py", unit=unit)


def test_a_fix_over_two_files_changes_both() -> None:
    outcome = run({"a.py": b"x = old\n", "b.py": b"old = 1\n"}, both)
    assert {path: file.new for path, file in outcome.files.items()} == {
        "a.py": b"x = new\n",
        "b.py": b"new = 1\n",
    }
    assert outcome.together == (frozenset({"a.py", "b.py"}),)
    assert outcome.files["a.py"].counts == {"WB101": 1}
    assert outcome.files["b.py"].counts == {}


@pytest.mark.parametrize("broken", [b"old old\n", b"old(\n"])
def test_a_fix_over_two_files_that_breaks_one_changes_none(broken: bytes) -> None:
    outcome = run({"a.py": b"x = old\n", "b.py": broken}, both)
    assert outcome.files == {}
    assert {fault.path for fault in outcome.faults} == {"a.py", "b.py"}


def test_a_fix_that_changes_only_another_file_counts_there() -> None:
    def rule(unit: Unit) -> Iterable[Diagnostic]:
        if unit.path == "a.py" and not done:
            done.append(True)
            yield msgspec.structs.replace(
                finding(edit(0, 1, ""), path="a.py", unit=unit),
                fix=Fix("m", SAFE, (edit(0, 3, "new", "b.py"),)),
            )

    done: list[bool] = []
    outcome = run({"a.py": b"x\n", "b.py": b"old\n"}, rule)
    assert {path: file.counts for path, file in outcome.files.items()} == {"b.py": {"WB101": 1}}


def test_a_file_left_alone_keeps_the_other_one_as_it_is_too() -> None:
    outcome = run({"a.py": b"x = old\n", "b.py": b"old = 1\n"}, both, refused={"b.py": "it is read-only"})
    assert outcome.files == {}
    assert [(each.path, each.reason) for each in outcome.left_alone] == [("b.py", "it is read-only")]
    assert [each.code for each in outcome.remaining] == ["WB101"]


def test_a_file_that_is_not_at_hand_is_left_alone() -> None:
    outcome = run({"a.py": b"x = old\n"}, both)
    assert outcome.files == {}
    assert [each.path for each in outcome.left_alone] == ["b.py"]


def test_a_fix_into_a_file_that_changed_is_made_afresh() -> None:
    files = {"b.py": b"w = old\n", "z.py": b"x = old\n"}

    def recheck(changed: Mapping[str, bytes]) -> Iterator[Diagnostic]:
        files.update(changed)
        first, last = (read_unit(path, data) for path, data in files.items())
        if first.text.startswith("w "):
            yield finding(edit(0, 4, "longer = "), path=first.path, unit=first)
        at, to = last.text.find("old"), first.text.find("= old")
        if at >= 0:
            yield finding(edit(at, at + 3, "new"), edit(to, to + 5, "= new", "b.py"), path="z.py", unit=last)

    outcome = mend(
        list(recheck({})),
        units=lambda path: read_unit(path, files[path]),
        allowed=always,
        recheck=recheck,
        parses=parses,
        read=read_unit,
    )
    assert outcome.faults == ()
    assert files == {"b.py": b"longer = new\n", "z.py": b"x = new\n"}
    assert {path: file.new for path, file in outcome.files.items()} == files


def test_a_notebook_keeps_its_json_byte_for_byte() -> None:
    document = json.dumps(
        {
            "cells": [
                {"cell_type": "code", "source": ["one = 1\n", "two"], "outputs": [], "metadata": {}},
                {"cell_type": "code", "source": "%env X=one\none", "outputs": [], "metadata": {}},
            ],
            "metadata": {"n": 1.50},
            "nbformat": 4,
            "nbformat_minor": 5,
        },
        indent=3,
    ).encode()
    outcome = run({"n.ipynb": document}, words("WB101", "two", "dos"), words("WB102", "one = 1", "uno = 1"))
    assert outcome.files["n.ipynb"].new == document.replace(b'"two"', b'"dos"').replace(
        b"one = 1", b"uno = 1"
    )


alphabet = st.text(alphabet="abc\n", max_size=30)


@given(alphabet, st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("ABCx")), max_size=4))
def test_any_linter_comes_to_rest(text: str, pairs: list[tuple[str, str]]) -> None:
    rules = [words(f"WB{number}", old, new) for number, (old, new) in enumerate(pairs)]
    files = {"a.py": text.encode()}
    outcome = run(files, *rules)
    assert outcome.faults == ()
    after = outcome.files["a.py"].new if outcome.files else files["a.py"]
    again = run({"a.py": after}, *rules)
    assert again.files == {}
    assert outcome.remaining == ()


@given(
    st.text(alphabet="abc\n", max_size=20),
    st.dictionaries(st.sampled_from("abc"), st.sampled_from(["X", "((", "{", "Y"]), max_size=3),
)
def test_a_fix_that_would_not_parse_is_rolled_back_and_no_other(text: str, pairs: dict[str, str]) -> None:
    rules = [words(f"WB{number}", old, new) for number, (old, new) in enumerate(pairs.items())]
    outcome = run({"a.py": text.encode()}, *rules)
    wanted = text
    for old, new in pairs.items():
        wanted = wanted.replace(old, new) if new.isalpha() else wanted
    new_text = outcome.files["a.py"].new.decode() if outcome.files else text
    assert new_text == wanted
    ast.parse(new_text)
    broken = {f"WB{at}" for at, (old, new) in enumerate(pairs.items()) if not new.isalpha() and old in text}
    assert {code for fault in outcome.faults for code in fault.codes} == broken
    assert {each.code for each in outcome.remaining} == broken
