"""The essential rules' claims under the real SDK, and the machinery that they rest on."""

from __future__ import annotations

import json
import struct
from contextlib import suppress
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wbcheck import proofs, registry
from wbcheck.examples import (
    Bad,
    ExampleError,
    Good,
    Outcome,
    Proof,
    Raises,
    Ran,
    Recorded,
    Runs,
    Shows,
    Unproven,
)
from wbcheck.harness.trial import sound
from wbcheck.proofs import Script, Trial, record
from wbcheck.rule import Applicability, LoadedRule, Page, Preset, Rule

OWN = {
    "records": Script(
        dedent(
            """
            import wandb

            config = {"params": {"lr": 0.1}, "gone": 1}
            with wandb.init(
                project="p", name="first", group="g", job_type="train", tags=["a", "b"], config=config
            ) as run:
                run.define_metric("train/*", step_metric="epoch")
                run.config.update({"late": [1, 2]})
                run.log({"train/loss": 0.5, "epoch": 0})
                run.log({"train/loss": 0.25, "epoch": 1}, step=7)
                run.summary["best"] = 0.25
                made = wandb.Artifact("texts", "dataset", description="Texts", metadata={"n": 3})
                with made.new_file("a.txt") as file:
                    file.write("a")
                run.log_artifact(made, aliases=["small"])
            with wandb.init(project="q", config={"text": "é" * 50_000}) as run:
                run.name = "second"
            """
        )
    ),
    "raises": Script(
        dedent(
            """
            import os
            import wandb

            with wandb.init(config={"params": {"lr": 1}}) as run:
                run.log({"loss": 1})
                print("mode", os.environ["WANDB_MODE"], os.environ["HOUSE"])
                run.config.params.lr
            """
        ),
        {"HOUSE": "ours"},
    ),
    "exits": Script("import sys\nsys.exit(0)\n"),
    "fails": Script("import sys\nsys.exit('no')\n"),
}


def trials() -> list[Trial]:
    found: list[Trial] = []
    for code in sound(()):
        # A rule that cannot be loaded, or whose examples make no sense, breaks the laws: it fails there.
        with suppress(ExampleError):
            found += proofs.trials(registry.load(code))
    return found


TRIALS = trials()
SCRIPTS = [*OWN.values(), *(trial.script for trial in TRIALS)]


@pytest.fixture(scope="module")
def ran() -> dict[str, Ran]:
    """What came of every script, all run at one go; by the script's text and environment."""
    return dict(zip(map(repr, SCRIPTS), proofs.run(SCRIPTS), strict=True))


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: f"{trial.code}-{trial.label}")
def test_a_rule_is_right_about_the_sdk(trial: Trial, ran: dict[str, Ran]) -> None:
    assert list(proofs.failures(trial, ran[repr(trial.script)])) == []


def test_what_a_run_recorded_is_read_back(ran: dict[str, Ran]) -> None:
    first, second = ran[repr(OWN["records"])].runs
    assert (first.project, first.name, first.group, first.job_type) == ("p", "first", "g", "train")
    assert first.tags == ("a", "b")
    assert first.config == {"params": {"lr": 0.1}, "gone": 1, "late": [1, 2]}
    assert first.history == (
        {"train/loss": 0.5, "epoch": 0, "_step": 0},
        {"train/loss": 0.25, "epoch": 1, "_step": 7},
    )
    assert first.summary == {"train/loss": 0.25, "epoch": 1, "best": 0.25, "_step": 7}
    assert first.metrics == ({"name": "", "glob_name": "train/*", "step_metric": "epoch"},)
    (artifact,) = first.artifacts
    assert artifact["name"] == "texts"
    assert artifact["type"] == "dataset"
    assert artifact["description"] == "Texts"
    assert artifact["metadata"] == {"n": 3}
    assert "small" in artifact["aliases"]
    assert first.exit_code == 0
    assert second.name == "second"
    assert second.config == {"text": "é" * 50_000}


def test_an_exception_is_kept_with_what_was_printed_and_recorded(ran: dict[str, Ran]) -> None:
    outcome = ran[repr(OWN["raises"])]
    assert outcome.errors[:2] == ("AttributeError", "Exception")
    assert "has no attribute 'lr'" in outcome.text
    assert "mode offline ours" in outcome.output
    assert outcome.run.history[0]["loss"] == 1


def test_leaving_is_no_error_unless_it_says_so(ran: dict[str, Ran]) -> None:
    assert ran[repr(OWN["exits"])] == Ran()
    assert ran[repr(OWN["fails"])].errors[0] == "SystemExit"
    with pytest.raises(LookupError):
        _ = ran[repr(OWN["exits"])].run


FINE = Ran(runs=(Recorded(name="a"),))
BROKEN = Ran(errors=("UsageError", "Error", "Exception"), text="no such thing")


@pytest.mark.parametrize(
    ("claim", "ran", "holds"),
    [
        (Runs(), FINE, True),
        (Runs(), BROKEN, False),
        (Raises("UsageError"), BROKEN, True),
        (Raises("Error", "such"), BROKEN, True),
        (Raises("Error", "other"), BROKEN, False),
        (Raises("TypeError"), BROKEN, False),
        (Raises("Error"), FINE, False),
        (Shows("it is called a", lambda ran: ran.run.name == "a"), FINE, True),
        (Shows("it is called b", lambda ran: ran.run.name == "b"), FINE, False),
        (Shows("it is called a", lambda ran: True), BROKEN, False),
    ],
)
def test_a_claim_that_is_not_so_fails(claim: Outcome, ran: Ran, holds: bool) -> None:
    trial = Trial("WB999", "bad", Script(""), claim)
    assert (not list(proofs.failures(trial, ran))) is holds


def rule_with(*parts: Proof | Unproven, examples: tuple[Bad | Good, ...]) -> LoadedRule:
    return LoadedRule(
        rule=Rule(
            code="WB999",
            name="x",
            preset=Preset.ESSENTIAL,
            since="0.1.0",
            why="So.",
            how="So.",
            fix=Applicability.SAFE,
        ),
        check=None,
        examples=examples,
        proofs=parts,
        page=Page("", "", "", ""),
        module="x",
        path="x.py",
        category="x",
    )


def test_the_first_examples_are_proven_unless_a_script_is_given() -> None:
    examples = (Good("g = 1"), Bad("b = 1\n^", message="m"), Bad("b = 2\n^", message="m"))
    own = Proof(bad=Raises("A"), setup="s = 0", good_script="own = 1", environment={"A": "1"})
    bad, good = proofs.trials(rule_with(own, Unproven("why"), examples=examples))
    assert bad.script == Script("s = 0\nb = 1\n", {"A": "1"})
    assert good.script == Script("s = 0\nown = 1\n", {"A": "1"})
    assert (bad.claim, good.claim) == (Raises("A"), Runs())
    with pytest.raises(ValueError, match="no bad example"):
        proofs.trials(rule_with(Proof(bad=Runs()), examples=(Good("g = 1"),)))


# The reader


def block(payload: bytes, kind: int) -> bytes:
    return struct.pack("<IHB", 0, len(payload), kind) + payload


def log(*payloads: bytes) -> bytes:
    """A log of these entries, each cut where a block ends."""
    data = struct.pack("<4sHB", b":W&B", 0xBEE1, 0)
    for payload in payloads:
        first, rest = True, payload
        while first or rest:
            left = 32768 - len(data) % 32768
            if left < 7:
                data += bytes(left)
                continue
            part, rest = rest[: left - 7], rest[left - 7 :]
            data += block(part, {(1, 0): 1, (1, 1): 2, (0, 1): 3, (0, 0): 4}[first, bool(rest)])
            first = False
    return data


@given(st.lists(st.binary(max_size=40) | st.integers(32_700, 99_000).map(bytes), max_size=5))
def test_entries_are_put_together_across_blocks(payloads: list[bytes]) -> None:
    assert list(record.entries(log(*payloads))) == payloads


def test_a_log_that_was_cut_off_is_read_as_far_as_it_goes() -> None:
    whole = log(b"one", b"two")
    assert list(record.entries(whole[:-1])) == [b"one"]


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04....", b":W&B\x00\x00\x00"])
def test_what_is_no_record_is_refused(data: bytes) -> None:
    with pytest.raises(record.RecordError):
        list(record.entries(data))


def varint(number: int) -> bytes:
    out = b""
    while number >= 0x80:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


@given(st.lists(st.tuples(st.integers(1, 300), st.integers(0, 2**63) | st.binary(max_size=200)), max_size=6))
def test_fields_of_a_message_by_their_numbers(fields: list[tuple[int, int | bytes]]) -> None:
    data = b""
    wanted: dict[int, list[int | bytes]] = {}
    for number, value in fields:
        if isinstance(value, int):
            data += varint(number << 3) + varint(value)
        else:
            data += varint(number << 3 | 2) + varint(len(value)) + value
        wanted.setdefault(number, []).append(value)
    data += varint(301 << 3 | 5) + b"abcd" + varint(302 << 3 | 1) + b"abcdefgh"
    assert record.message(data) == {**wanted, 301: [b"abcd"], 302: [b"abcdefgh"]}


@pytest.mark.parametrize("data", [b"\x80", b"\x0b"])
def test_a_broken_message_is_refused(data: bytes) -> None:
    with pytest.raises(record.RecordError):
        record.message(data)


def test_nothing_of_this_process_reaches_a_script(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_PROJECT", "mine")
    (outcome,) = proofs.run(
        [
            Script(
                "import json, os\nprint(json.dumps([os.environ.get('WANDB_PROJECT'), os.environ['HOME']]))\n"
            )
        ]
    )
    project, home = json.loads(outcome.output)
    assert project is None
    assert "wbcheck-proof-" in home
