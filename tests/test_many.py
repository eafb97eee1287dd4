"""A project with ten thousand artifacts: all of them survive, and every format of the graph answers."""

from __future__ import annotations

import json
import re

import pytest
from checked import session

from wbcheck.circles import circles
from wbcheck.lineage import lineage_of, marks_of
from wbcheck.report.context import Context, Terminal
from wbcheck.report.lineage import FORMATS, render
from wbcheck.report.lineage.picture import Picture, picture_of

FILES, EACH = 50, 200
USED = (FILES - 1) * EACH
ARTIFACTS = FILES * EACH + 4


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Picture:
    """Of a chain of files, each of which uses what the one before it has logged, and of one with mistakes."""
    folder = tmp_path_factory.mktemp("many")
    (folder / ".git").mkdir()
    for step in range(FILES):
        lines = ["import wandb", f'with wandb.init(project="many", job_type="step-{step}") as run:']
        for number in range(EACH):
            if step:
                lines.append(f'    run.use_artifact("data-{step - 1}-{number}:latest")')
            lines.append(f'    run.log_artifact("x", name="data-{step}-{number}", type="dataset")')
        (folder / f"step{step}.py").write_text("\n".join(lines) + "\n")
    (folder / "late.py").write_text(
        "import wandb\n"
        'with wandb.init(project="many", job_type="late") as run:\n'
        '    run.use_artifact("data-lost:v0")\n'
        '    run.log_artifact("x", name="data-0-0", type="model")\n'
        'with wandb.init(project="many", job_type="there") as run:\n'
        '    run.use_artifact("one:latest")\n'
        '    run.log_artifact("x", name="other", type="dataset")\n'
        'with wandb.init(project="many", job_type="back") as run:\n'
        '    run.use_artifact("other:latest")\n'
        '    run.log_artifact("x", name="one", type="dataset")\n'
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        asked = session(folder, "WB412", "WB507", "WB510")
        diagnostics = asked.run().diagnostics
        assert [(each.path, each.code) for each in diagnostics] == [
            ("late.py", "WB507"),
            ("late.py", "WB510"),
            ("step0.py", "WB412"),
        ]
        (part,) = asked.parts()
        lineage = lineage_of(part.models, part.project)
        marks = marks_of(lineage, part.models, diagnostics)
        return picture_of(lineage, marks, Context(sources=asked.sources, root=str(folder), cwd=str(folder)))


def test_all_survive(picture: Picture) -> None:
    assert len(picture.arrows) == FILES * EACH + USED + 7  # what has two types may be used with either
    assert len(picture.nodes) == ARTIFACTS + FILES + 3


def test_the_text_and_the_graph_name_each(picture: Picture) -> None:
    lines = render("tree", picture, Terminal()).splitlines()
    assert lines[-1].startswith(f"{FILES + 3} runs, {ARTIFACTS} artifacts, ")
    dot = render("dot", picture, Terminal())
    assert dot.count(" -> ") == len(picture.arrows)
    assert all(name in dot for name in (f'"data-{FILES - 1}-{EACH - 1}', '"data-0-0', '"data-lost'))


def test_json_and_the_page_hold_all(picture: Picture) -> None:
    told = json.loads(render("json", picture, Terminal()))
    assert (len(told["artifacts"]), len(told["edges"])) == (ARTIFACTS, len(picture.arrows))
    page = render("html", picture, Terminal())
    assert len(set(re.findall(r"data-\d+-\d+", page))) == FILES * EACH


def test_mermaid_says_that_it_is_too_large_to_be_drawn(picture: Picture) -> None:
    lines = render("mermaid", picture, Terminal()).splitlines()
    assert re.fullmatch(
        rf"  %% {len(picture.arrows)} arrows, \d+ characters: GitHub draws up to .*", lines[1]
    )
    assert sum("-->" in line or "-.->" in line for line in lines) == len(picture.arrows)


def test_the_search_for_circles_in_a_large_knot_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    edges = [("hub", f"leaf {number}") for number in range(50)]
    edges += [(end, start) for start, end in edges]
    assert len(list(circles(edges))) == 50
    monkeypatch.setattr("wbcheck.circles.MOST_STEPS", 10)
    assert list(circles(edges)) == []


def test_every_format_is_asked() -> None:
    assert set(FORMATS) == {"tree", "dot", "json", "html", "mermaid"}
