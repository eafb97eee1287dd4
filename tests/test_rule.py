"""What a rule is given: its file, its options, its fixes, the words of the model, facts of the project."""

from __future__ import annotations

import msgspec
import pytest

import wbcheck.model.blocks
import wbcheck.model.events
import wbcheck.model.flow
import wbcheck.model.model
import wbcheck.model.values
from wbcheck import edits, rule
from wbcheck.diagnostic import Edit, Fix
from wbcheck.rule import (
    AnyValue,
    Applicability,
    EnvironmentSet,
    File,
    Finding,
    Hole,
    Import,
    LoadedRule,
    Model,
    Options,
    Page,
    Piece,
    Preset,
    Project,
    Rule,
    Severity,
    Span,
    Text,
    Tri,
    Unknown,
    Versions,
    Why,
    listed,
    shown,
)

HERE = Span(0, 0)


class Words(Options, frozen=True):
    bad_words: tuple[str, ...] = ("bad",)
    most: int = 3


def model_of(*events: EnvironmentSet, binds: bool = True, imports: tuple[str, ...] = ()) -> Model:
    return Model(
        path="a.py",
        notebook=False,
        binds_wandb=binds,
        blocks=(),
        functions=(),
        classes=(),
        runs=(),
        artifacts=(),
        tables=(),
        imports=tuple(Import(name, name, HERE, 0) for name in imports),
        events=events,
        statements=(),
    )


def rule_of(options: type[Options] | None = None, preset: Preset = Preset.GUIDE) -> LoadedRule:
    def check(file: File) -> tuple[Finding, ...]:
        return (Finding(HERE, f"{file.path} {file.options} {file.role}"),)

    made = Rule(
        code="AC101",
        name="x",
        preset=preset,
        since="1",
        why="So.",
        how="So.",
        options=options,
        fix=Applicability.SAFE,
    )
    page = Page("", "", "", "")
    return LoadedRule(
        rule=made, check=check, examples=(), proofs=(), page=page, module="x", path="x.py", category="x"
    )


def test_everything_of_the_model_and_the_edits_is_at_hand() -> None:
    modules = (
        wbcheck.model.blocks,
        wbcheck.model.events,
        wbcheck.model.flow,
        wbcheck.model.model,
        wbcheck.model.values,
        edits,
    )
    renamed = {"Mapping": "Dict"}
    words = {
        name
        for module in modules
        for name, value in vars(module).items()
        if getattr(value, "__module__", "") == module.__name__ and not name.startswith("_")
    }
    missing = {renamed.get(word, word) for word in words} - set(rule.__all__)
    assert missing <= {"encode", "decode", "E", "T", "known_number"}  # for those who make models
    assert all(hasattr(rule, name) for name in rule.__all__)


def test_a_fix_is_built_when_it_is_asked_for() -> None:
    read: list[str] = []

    def text(path: str) -> str | None:
        read.append(path)
        return {"a.py": "x = 1", "b.py": "yy = 1"}.get(path)

    file = File(model=model_of(), read=text, applicability=Applicability.SAFE)
    build = file.fix("Make it two", edits.replace, Span(4, 5), "2")
    refused = file.fix_as(Applicability.UNSAFE, "Never", lambda text: None)
    nothing = file.fix("Nothing", edits.replace, Span(4, 5), "1")
    assert read == []
    assert build() == Fix("Make it two", Applicability.SAFE, (Edit(Span(4, 5), "2"),))
    assert refused() is None
    assert nothing() is None
    assert read == ["a.py"] * 3
    assert (file.text_of("b.py"), file.text_of("c.py")) == ("yy = 1", None)
    unsafe = file.fix_as(Applicability.UNSAFE, "Make it two", edits.replace, Span(4, 5), "2")()
    assert unsafe is not None
    assert unsafe.applicability is Applicability.UNSAFE


def test_options_are_converted_and_checked() -> None:
    loaded = rule_of(Words)
    assert loaded.options_of({}) == Words()
    assert loaded.options_of({"bad-words": ["a", "b"]}) == Words(bad_words=("a", "b"))
    with pytest.raises(msgspec.ValidationError, match="bad_words"):
        loaded.options_of({"bad_words": ["a"]})
    with pytest.raises(msgspec.ValidationError, match=r"most"):
        loaded.options_of({"most": "3"})
    assert rule_of().options_of({}) is None
    with pytest.raises(msgspec.ValidationError, match="most"):
        rule_of().options_of({"most": 3})


def test_a_check_gets_its_file_and_its_options() -> None:
    (finding,) = rule_of(Words).findings(model_of(), role="test")
    assert finding.message == f"a.py {Words()} test"
    (finding,) = rule_of(Words).findings(model_of(), options=Words(most=1))
    assert "most=1" in finding.message
    (finding,) = rule_of().findings(model_of())
    assert finding.message == "a.py None script"


def test_a_rule_is_silent_under_releases_that_it_does_not_hold_for() -> None:
    loaded = rule_of()
    newer = msgspec.structs.replace(loaded, rule=msgspec.structs.replace(loaded.rule, wandb=">=0.21"))
    told = {
        versions: len(list(newer.findings(model_of(), versions=lambda: Versions(versions))))  # noqa: B023
        for versions in (("0.20.1",), ("0.20.1", "0.21.0"), ("0.31.0",))
    }
    assert told == {("0.20.1",): 0, ("0.20.1", "0.21.0"): 1, ("0.31.0",): 1}
    assert len(list(newer.findings(model_of()))) == 1


def test_nothing_is_judged_where_nothing_is_bound_to_wandb() -> None:
    assert list(rule_of().findings(model_of(binds=False))) == []
    by_engine = msgspec.structs.replace(rule_of(), check=None)
    assert list(by_engine.findings(model_of())) == []


def test_only_essential_rules_speak_in_tests() -> None:
    assert rule_of(preset=Preset.ESSENTIAL).judges("test")
    assert not rule_of(preset=Preset.RECOMMENDED).judges("test")
    assert rule_of(preset=Preset.RECOMMENDED).judges("notebook")


def test_how_bad_a_preset_is() -> None:
    assert [preset.severity for preset in Preset] == [
        Severity.ERROR,
        Severity.WARNING,
        Severity.WARNING,
        Severity.INFO,
    ]


def text_of(*parts: str | None) -> Text:
    hole = Hole(Unknown(None, Why.CALL), None)
    return Text(None, tuple(hole if part is None else Piece(part, None) for part in parts))


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("a_b", "`a_b`"),
        (text_of("a-", None, "-b"), "`a-{}-b`"),
        ("a`b", "`a'b`"),
        ("a\nb", "`a\\nb`"),
        ("x" * 50, f"`{'x' * 19}…{'x' * 19}`"),
    ],
)
def test_a_users_text_fits_into_a_headline(value: Text | str, wanted: str) -> None:
    assert shown(value) == wanted


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (["lr"], "`lr`"),
        (["a", "b", "c", "d"], "`a`, `b`, `c`, `d`"),
        (["a", "b", "c", "d", "e"], "`a`, `b`, `c` and 2 more"),
        (["lr", "epochs", "batch_size", "num_workers"], "`lr`, `epochs`, `batch_size` and 1 more"),
        (["learning_rate", "gradient_accumulation", "seed"], "`learning_rate` and 2 more"),
        (["x" * 40, "y"], f"`{'x' * 13}…{'x' * 13}` and 1 more"),
    ],
)
def test_several_names_fit_into_a_headline(names: list[str], wanted: str) -> None:
    assert listed(names, 40) == wanted
    assert len(wanted) <= 40


# Facts of the project


def setting(name: AnyValue, value: AnyValue, how: str = "item") -> EnvironmentSet:
    return EnvironmentSet(0, 0, HERE, name, value, how)


UNKNOWN = Unknown(None, Why.CALL)


def test_variables_of_all_files_count_together() -> None:
    project = Project.of(
        [
            model_of(setting(text_of("WANDB_PROJECT"), text_of("b")), setting(text_of("HOME"), text_of("c"))),
            model_of(setting(text_of("WANDB_PROJECT"), text_of("a"), "setdefault")),
            model_of(
                setting(text_of("WANDB_NAME"), UNKNOWN), setting(text_of("WANDB_MODE"), UNKNOWN, "delete")
            ),
        ]
    )
    assert project.sets("WANDB_PROJECT") is Tri.YES
    assert project.variables["WANDB_PROJECT"].values == ("a", "b")
    assert not project.variables["WANDB_PROJECT"].open
    assert project.variables["WANDB_NAME"].values == ()
    assert project.variables["WANDB_NAME"].open
    assert project.sets("WANDB_MODE") is Tri.NO
    assert not project.open
    assert set(project.variables) == {"WANDB_PROJECT", "WANDB_NAME"}


@pytest.mark.parametrize(
    ("name", "is_open"),
    [
        (UNKNOWN, True),
        (text_of("WANDB_", None), True),
        (text_of("WAN", None), True),
        (text_of(None, "_PROJECT"), True),
        (text_of("AWS_", None), False),
    ],
)
def test_a_name_that_is_not_known_may_be_any(name: AnyValue, is_open: bool) -> None:
    project = Project.of([model_of(setting(name, text_of("x")))])
    assert project.open is is_open
    assert project.sets("WANDB_GROUP") is (Tri.UNKNOWN if is_open else Tri.NO)


def test_what_loads_the_environment_from_a_file_may_set_any() -> None:
    assert Project.of([model_of(imports=("dotenv.load_dotenv",))]).sets("WANDB_GROUP") is Tri.UNKNOWN
    assert Project.of([model_of(imports=("os",))]).sets("WANDB_GROUP") is Tri.NO
    assert Project.of([]).sets("WANDB_GROUP") is Tri.NO
