"""What fixes do to programs: examples before and after them under the real SDK, record by record."""

from __future__ import annotations

import pytest

from wbcheck import proofs, registry
from wbcheck.examples import Ran, Recorded
from wbcheck.proofs import Script, behaviour
from wbcheck.proofs.behaviour import Pair, differences

RULES = {code: registry.load(code) for code in registry.codes()}
PAIRS = {code: pairs for code, loaded in RULES.items() if (pairs := behaviour.pairs(loaded))}

# Rules whose fixes show only where the tests cannot go.
UNSEEN = {
    "WB806": "only the server judges a sweep, and none of its trials is in these examples",
}

USES = """
import wandb

with wandb.init(project="p") as run:
    made = wandb.Artifact("texts", "dataset", metadata={"n": 1})
    with made.new_file("texts.csv") as file:
        file.write("a,b")
    run.log_artifact(made, aliases=["small"])
    used = run.use_artifact("acme/p/texts:small", type="dataset")
    with open(f"{used.download()}/texts.csv") as file:
        run.log({"rows": len(file.read()), "version": used.version})
    with open(wandb.use_artifact("texts").file()) as file:
        run.summary["read"] = file.read()
    run.use_artifact("labels:v3").wait()
"""
LACKS = """
import wandb
from house.training import Model, fit

class Small(Model):
    pass

def main(run, epochs):
    for batch in load(epochs):
        with timer() as took:
            run.log({"loss": fit(Small(), batch).loss, "took": float(took)})
"""
OWN = {"uses": Script(USES, aided=True), "lacks": Script(LACKS, aided=True)}


@pytest.fixture(scope="module")
def ran() -> dict[str, Ran]:
    """What came of every script, all run at one go."""
    scripts = [
        *OWN.values(),
        *(one for pairs in PAIRS.values() for pair in pairs for one in scripts_of(pair)),
    ]
    return dict(zip(map(repr, scripts), proofs.run(scripts), strict=True))


def scripts_of(pair: Pair) -> tuple[Script, Script]:
    return pair.before, pair.after


@pytest.mark.parametrize("code", PAIRS)
def test_a_fix_changes_what_the_rule_says_and_nothing_else(code: str, ran: dict[str, Ran]) -> None:
    seen: dict[str, object] = {}
    for pair in PAIRS[code]:
        seen |= differences(ran[repr(pair.before)], ran[repr(pair.after)])
    assert sorted(seen) == sorted(RULES[code].rule.changes), seen


@pytest.mark.parametrize("code", PAIRS)
def test_the_pairs_of_a_rule_tell_something(code: str, ran: dict[str, Ran]) -> None:
    telling = [pair for pair in PAIRS[code] if behaviour.tells(ran[repr(pair.before)], ran[repr(pair.after)])]
    assert bool(telling) is (code not in UNSEEN), [ran[repr(pair.after)].text for pair in PAIRS[code]]


def test_artifacts_that_were_logged_can_be_used_without_a_server(ran: dict[str, Ran]) -> None:
    outcome = ran[repr(OWN["uses"])]
    assert outcome.errors == ()
    assert outcome.run.history[0] == {"rows": 3, "version": "v0", "_step": 0}
    assert outcome.run.summary["read"] == "a,b"
    assert [each["name"] for each in outcome.run.inputs] == ["texts:v0", "texts:v0", "labels:v3"]
    assert "use_artifact('acme/p/texts:small') is answered with texts:v0, without a server" in outcome.output


def test_what_an_example_leaves_out_is_stood_in_for(ran: dict[str, Ran]) -> None:
    outcome = ran[repr(OWN["lacks"])]
    assert outcome.errors == ()
    assert [row["loss"] for row in outcome.run.history] == [0.5, 0.5]


# What counts as a difference

RAN = Ran(runs=(Recorded(id="x1", name="a", config={"lr": 1}, history=({"at": "x1 1700000000.5"},)),))


def changed(**fields: object) -> Ran:
    (run,) = RAN.runs
    values = {name: getattr(run, name) for name in run.__struct_fields__} | {"id": "y2", "started": 2.0}
    return Ran(runs=(Recorded(**{**values, "history": ({"at": "y2 1800000000"},), **fields}),))


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        (RAN, changed(), {}),
        (RAN, changed(name="b", config={}), {"name": ("a", "b"), "config": ({"lr": 1}, {})}),
        (RAN, Ran(runs=RAN.runs * 2), {"runs": (1, 2)}),
        (RAN, Ran(errors=("TypeError",), text="no", runs=RAN.runs), {"errors": ("", "TypeError: no")}),
        (Ran(errors=("E",)), Ran(errors=("F",)), {}),
        (Ran(errors=("E",)), RAN, {}),
        (Ran(errors=("E",), runs=RAN.runs), Ran(), {"runs": (1, 0)}),
        (Ran(errors=("E",), runs=RAN.runs), changed(config={"lr": 2, "k": 1}, tags=("t",)), {}),
        (Ran(errors=("E",), runs=RAN.runs), changed(config={"k": 1}), {"config": ({"lr": 1}, {"k": 1})}),
        (Ran(errors=("E",), runs=RAN.runs), changed(name="b"), {"name": ("a", "b")}),
        (
            Ran(errors=("E",), runs=RAN.runs),
            changed(history=()),
            {"history": ([{"at": "0 0"}], [])},
        ),
    ],
)
def test_what_counts_as_a_difference(before: Ran, after: Ran, wanted: dict[str, object]) -> None:
    assert differences(before, after) == wanted
