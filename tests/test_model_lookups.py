"""What a model keeps for questions that are asked once a run, or once an artifact: the same as a search."""

from __future__ import annotations

from wbcheck.engine.analysis import analyse
from wbcheck.model.events import ArtifactCall, ArtifactChanged, Escape, EscapeKind, Log, RunStart, Starter
from wbcheck.model.model import Model
from wbcheck.model.values import ObjectKind, Ref

CODE = b"""
import wandb

def report(run, loss):
    run.log({"train/loss": loss})

def publish(artifact):
    artifact.add_file("notes.txt")

first = wandb.init(project="texts")
second = wandb.init(project="texts", reinit="create_new")
either = first if first.name else second
first.log({"train/acc": 1})
second.log({"train/acc": 2})
either.log({"train/acc": 3})
report(first, 0.1)
report(unknown(), 0.2)
fit(first)
fit(either)

head = wandb.Artifact("head", type="model")
tail = wandb.Artifact("tail", type="model")
head.add_file("head.pt")
head.metadata["rows"] = 3
tail.add_file("tail.pt")
publish(head)
publish(tail)
fit(head)
"""


def model() -> Model:
    found = analyse("train.py", CODE, (), {}).model
    assert found is not None
    return found


def test_the_events_of_a_run_are_its_own_and_those_of_unknown_runs() -> None:
    code = model()
    logs = list(code.each(Log))
    for start in code.each(RunStart):
        wanted = [log for log in logs if not (log.sure and log.runs) or start.run in log.runs]
        assert 2 <= len(wanted) < len(logs)
        assert list(code.of_run(Log, start.run)) == list(code.done_to(Log, start.run)) == wanted


def test_the_events_of_an_artifact_are_found_in_their_order() -> None:
    code = model()
    for artifact in range(len(code.artifacts)):
        calls = [call for call in code.each(ArtifactCall) if artifact in call.artifacts]
        changes = [change for change in code.each(ArtifactChanged) if artifact in change.artifacts]
        assert list(code.of_artifact(ArtifactCall, artifact)) == calls
        assert list(code.of_artifact(ArtifactChanged, artifact)) == changes
    assert len(list(code.of_artifact(ArtifactCall, 0))) == 2


def test_escapes_are_found_by_what_goes() -> None:
    code = model()
    for kind, number in ((ObjectKind.RUN, 0), (ObjectKind.RUN, 1), (ObjectKind.ARTIFACT, 0)):
        wanted = [
            escape
            for escape in code.each(Escape)
            if isinstance(escape.object, Ref) and (escape.object.kind, escape.object.id) == (kind, number)
        ]
        assert list(code.escapes_of(number, kind)) == wanted != []
    first, head = (list(code.escapes_of(0, kind)) for kind in (ObjectKind.RUN, ObjectKind.ARTIFACT))
    assert list(code.escapes_of(0, ObjectKind.RUN, ObjectKind.ARTIFACT)) == first + head
    assert list(code.escapes_of(0, ObjectKind.RUN, how=(EscapeKind.CALL,))) == first
    assert not list(code.escapes_of(0, ObjectKind.RUN, how=(EscapeKind.STORE,)))


def test_a_run_that_is_not_known_may_be_each() -> None:
    code = b"import wandb\n\ndef go(run: wandb.Run):\n    fit(run)\n\nrun = wandb.init()\nfit(run)\n"
    found = analyse("train.py", code, (), {}).model
    assert found is not None
    unknown, own = (
        [escape for escape in found.each(Escape) if escape.object == Ref(None, ObjectKind.RUN, number)]
        for number in (None, 0)
    )
    assert len(unknown) == len(own) == 1
    assert list(found.escapes_of(0, ObjectKind.RUN)) == own
    assert list(found.escapes_of(0, ObjectKind.RUN, maybe=True)) == unknown + own


def test_what_is_worked_out_of_a_file_is_worked_out_once() -> None:
    asked: list[str] = []

    def count(each: Model) -> int:
        asked.append(each.path)
        return len(each.events)

    code = model()
    assert code.once(count) == code.once(count) == len(code.events)
    assert asked == ["train.py"]
    assert code.starters == {Starter.INIT}
    assert code.calls("wandb.init")
    assert not code.calls("wandb.sweep")
