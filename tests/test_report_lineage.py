"""The formats of the graph, its command, and its page in a real browser."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from browser import opened

from wbcheck import cli
from wbcheck.report.context import Terminal
from wbcheck.report.lineage import FORMATS, render
from wbcheck.report.lineage.picture import Arrow, Mark, Node, Picture, Place

Write = Callable[[str, str], Path]
ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "wbcheck" / "report" / "templates"
PIPELINE = """
    import wandb

    CONFIG = {"params": {"seed": 1}}
    with wandb.init(project="texts", name="clean-raw", job_type="clean", config=CONFIG) as run:
        folder = run.use_artifact("raw:v2").download()
        clean = wandb.Artifact("clean_mails", type="dataset", metadata={"rows": 3, "source": "raw"})
        clean.add_dir(folder)
        run.log_artifact(clean)

    with wandb.init(project="texts", name="split-clean", job_type="split", config=CONFIG) as run:
        folder = run.use_artifact("clean_mails:latest").download()
        run.log_artifact(folder, name=f"part-{run.id}", type="dataset")

    wandb.Api().artifact("acme/other/words:v1").download()
    """


@pytest.fixture
def pipeline(write: Write) -> Path:
    write("pyproject.toml", "")
    return write("steps.py", PIPELINE)


def drawn(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    status = cli.run(["lineage", "--isolated", "--no-cache", "-q", *words])
    out, err = capsys.readouterr()
    assert (status, err) == (0, "")
    return out


def test_the_format_is_asked_for_as_elsewhere(pipeline: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert drawn(capsys, "--output-format", "dot") == drawn(capsys, "--format", "dot")


def node(
    number: int, title: str, tag: str = "run", note: str = "a.py:1", marks: tuple[Mark, ...] = ()
) -> Node:
    prefix = "r" if tag in ("run", "reader") else "a"
    return Node(
        f"{prefix}{number}", tag, title, note, (("name", title),), (), (Place("a.py", 0, 1, 1),), marks
    )


# Text


def test_the_tree(pipeline: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert drawn(capsys).splitlines() == [
        "raw  nothing here logs it  WB507",
        "└── clean  steps.py:4  uses :v2",
        "    └── clean_mails  dataset  WB401",
        "        └── split  steps.py:10  uses :latest",
        "            └── part-{}  dataset",
        "acme/other/words",
        "└── (not recorded) steps.py  steps.py:14  uses :v1",
        "3 runs, 4 artifacts, 5 edges; 2 findings",
    ]


def test_mermaid(pipeline: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = drawn(capsys, "--format", "mermaid").splitlines()
    assert lines[0] == "flowchart LR"
    assert '  a0(["clean_mails<br>dataset<br>WB401"]):::artifact' in lines
    assert '  r0["clean<br>steps.py:4"]:::run' in lines
    assert '  a2 -->|"v2"| r0' in lines
    assert '  a3 -.->|"v1"| r2' in lines
    assert "  class a0,a2 found" in lines


@pytest.mark.parametrize(
    ("arrows", "title", "said"),
    [(500, "a", ""), (501, "a", "501 arrows"), (1, "a" * 51_000, "1 arrows, 51")],
)
def test_a_graph_that_github_does_not_draw_says_so(arrows: int, title: str, said: str) -> None:
    nodes = (node(0, title), node(1, "b", "artifact"))
    edges = tuple(Arrow("r0", "a1", "log", (), True, ()) for _ in range(arrows))
    lines = render("mermaid", Picture(nodes, edges, ()), Terminal()).splitlines()
    comments = [line.strip() for line in lines if line.strip().startswith("%%")]
    assert lines[0] == "flowchart LR"
    assert len(comments) == bool(said)
    assert all(f"%% {said}" in line and "500 and 50000" in line for line in comments)


def test_dot(pipeline: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = drawn(capsys, "--format", "dot")
    assert text.startswith("digraph lineage {\n")
    assert text.endswith("}\n")
    assert '  a3 -> r2 [label="v1", style=dashed];' in text
    assert '  r0 [label="clean\\nsteps.py:4"' in text


def test_json(pipeline: Path, capsys: pytest.CaptureFixture[str]) -> None:
    graph = json.loads(drawn(capsys, "--format", "json"))
    assert graph["version"] == 1
    assert [run["title"] for run in graph["runs"]] == ["clean", "split", "steps.py"]
    (clean,) = (each for each in graph["artifacts"] if each["title"] == "clean_mails")
    assert (clean["type"], clean["metadata"]) == ("dataset", ["rows", "source"])
    assert [found["code"] for found in clean["findings"]] == ["WB401"]
    assert clean["findings"][0]["location"] == {"filename": "steps.py", "row": 6, "column": 29}
    assert graph["runs"][0]["locations"] == [{"filename": "steps.py", "row": 4, "column": 6}]
    ids = {each["id"] for each in (*graph["runs"], *graph["artifacts"])}
    assert all({edge["from"], edge["to"]} <= ids for edge in graph["edges"])
    kinds = sorted((edge["kind"], edge["recorded"]) for edge in graph["edges"])
    assert kinds == [("log", True), ("log", True), ("read", False), ("use", True), ("use", True)]


NASTY = '[bold]x[/] "q" <script>alert(1)</script> `#; \\ {a|b} --> %% \u202e\x1b[31m\n\ud800 </script>'


@pytest.mark.parametrize("output_format", FORMATS)
def test_no_name_is_read_as_anything_else(output_format: str) -> None:
    picture = Picture(
        (node(0, NASTY), node(0, NASTY, "artifact", NASTY)),
        (Arrow("r0", "a0", "log", (NASTY,), True, ()),),
        (Mark("WB101", "x", "warning", NASTY, Place("a.py", 0, 1, 1)),),
    )
    text = render(output_format, picture, Terminal(encoding="utf-8"))
    text.encode()
    assert "\x1b" not in text
    if output_format in ("mermaid", "html"):
        assert "<script>alert" not in text
    if output_format == "mermaid":
        assert len(text.splitlines()) == 6
        labels = re.findall(r'"([^"]*)"', text)
        assert not [each for each in labels if set(each.replace("<br>", "")) & set('<>[]{}()|`\\"')]
    if output_format == "dot":
        assert len(text.splitlines()) == 7


def test_colours_only_where_they_are_wanted() -> None:
    picture = Picture((node(0, "clean"),), ())
    assert "\x1b[1;34m" in render("tree", picture, Terminal(color=True))
    assert render("tree", picture, Terminal()) == "clean  a.py:1\n1 run, 0 artifacts, 0 edges; 0 findings\n"


def test_a_tree_without_box_drawing() -> None:
    picture = Picture(
        (node(0, "clean"), node(0, "mails", "artifact", "")), (Arrow("r0", "a0", "log", (), True, ()),)
    )
    text = render("tree", picture, Terminal(encoding="ascii"))
    text.encode("ascii")
    assert "+-- mails" in text


def test_what_goes_round_is_shown_once() -> None:
    nodes = (node(0, "one"), node(1, "two"), node(0, "a", "artifact", ""), node(1, "b", "artifact", ""))
    ways = (("r0", "a0"), ("a0", "r1"), ("r1", "a1"), ("a1", "r0"))
    arrows = tuple(Arrow(*way, "use" if way[0][0] == "a" else "log", (), True, ()) for way in ways)
    lines = render("tree", Picture(nodes, arrows), Terminal()).splitlines()
    assert [line.strip("│└├─ ") for line in lines[:-1]] == [
        "one  a.py:1",
        "a",
        "two  a.py:1",
        "b",
        "one  a.py:1  (above)",
    ]


def test_a_long_way_goes_on_below() -> None:
    nodes = [node(number, f"run-{number}") for number in range(30)]
    nodes += [node(number, f"data-{number}", "artifact", "") for number in range(30)]
    arrows = [Arrow(f"r{number}", f"a{number}", "log", (), True, ()) for number in range(30)]
    arrows += [Arrow(f"a{number}", f"r{number + 1}", "use", (), True, ()) for number in range(29)]
    text = render("tree", Picture(tuple(nodes), tuple(arrows)), Terminal())
    assert max(map(len, text.splitlines())) < 100
    assert {f"run-{number}" for number in range(30)} <= set(re.findall(r"run-\d+", text))


def test_secrets_are_masked(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    key = "0123456789abcdef" * 2 + "01234567"
    write(
        "a.py",
        f"""
        import wandb

        with wandb.init(project="texts", name="{key}") as run:
            run.use_artifact("{key}:v1")
            run.log_artifact("x", name="{key}", type="{key}", aliases=["{key}"])
        """,
    )
    for output_format in FORMATS:
        assert key not in drawn(capsys, "--format", output_format)


# The command


def test_check_fails_on_a_broken_lineage(pipeline: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = cli.run(["lineage", "--isolated", "--no-cache", "-q", "--check", "."])
    out, err = capsys.readouterr()
    assert status == 1
    assert "clean_mails" in out
    assert err.splitlines() == ["steps.py:5:31: WB507 dangling-artifact nothing logs an artifact `raw`"]


def test_check_is_content_with_a_whole_lineage(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write("steps.py", PIPELINE.replace('"raw:v2"', '"wandb-registry-dataset/raw:v2"'))
    assert "words" in drawn(capsys, "--check", ".")


def test_check_hears_of_circles_and_of_outputs(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    for file, source, result in (("a.py", "x", "y"), ("b.py", "y", "x")):
        write(
            file,
            f"""
            import wandb

            with wandb.init(project="texts", job_type="clean") as run:
                folder = run.use_artifact("{source}:latest").download()
                run.log_artifact(folder, name="{result}", type="dataset")
            """,
        )
    write(
        "c.py",
        """
        import torch
        import wandb

        with wandb.init(project="texts", job_type="train") as run:
            head = wandb.Artifact("head", type="model")
            head.add_file("head.pt")
        """,
    )
    write(
        "d.py",
        """
        import torch
        import wandb

        with wandb.init(project="texts", job_type="train") as run:
            torch.save({}, "tail.pt")
        """,
    )
    assert cli.run(["lineage", "--isolated", "--no-cache", "--check"]) == 1
    codes = re.findall(r"WB\d+", capsys.readouterr().err)
    assert sorted(codes) == ["WB410", "WB503", "WB510"]


def test_a_path_that_is_not_there(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["lineage", "nowhere"]) == 2
    assert "there is no file or folder `nowhere`" in capsys.readouterr().err


def test_an_empty_project_has_an_empty_graph(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["lineage", "--isolated"]) == 0
    out, err = capsys.readouterr()
    assert out == "0 runs, 0 artifacts, 0 edges; 0 findings\n"
    assert "there is no file to check here" in err


def test_a_broken_file_is_told_of_and_the_rest_is_drawn(
    write: Write, pipeline: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write("broken.py", "import wandb\nwandb.init(\n")
    graph = json.loads(drawn(capsys, "--format", "json"))
    assert len(graph["runs"]) == 3
    assert [(found["code"], found["location"]["filename"]) for found in graph["findings"]] == [
        ("WB001", "broken.py")
    ]


def test_the_formats_are_those_of_the_command() -> None:
    from wbcheck.cli.lineage import FORMATS as OFFERED

    assert tuple(FORMATS) == OFFERED


# The page


@pytest.fixture
def page(pipeline: Path, project: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    drawn(capsys, "--format", "html", "-o", "graph.html")
    return project / "graph.html"


def test_the_page_stands_alone(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    outside = re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    assert "http" not in outside.replace("http-equiv", "")
    assert "default-src 'none'" in outside
    assert not re.search(r"<(?:link|img|iframe)\b|\bsrc=", outside)


def test_the_bundle_bears_its_licences() -> None:
    bundle = (TEMPLATES / "graph.js").read_text(encoding="utf-8")
    licences = (TEMPLATES / "graph.licenses.txt").read_text(encoding="utf-8")
    assert licences in bundle
    wanted = json.loads((ROOT / "tools" / "graph" / "package.json").read_text(encoding="utf-8"))
    locked = json.loads((ROOT / "tools" / "graph" / "package-lock.json").read_text(encoding="utf-8"))
    for name in wanted["dependencies"]:
        assert f"{name} {locked['packages'][f'node_modules/{name}']['version']}, http" in licences


def test_the_page_in_a_browser(page: Path) -> None:
    with opened(page) as browsing:
        shown = browsing.page
        assert browsing.requests == [page.as_uri()]
        assert browsing.complaints == []
        assert shown.evaluate("[graph.nodes().length, graph.edges().length]") == [7, 5]
        assert "WB401" in shown.inner_text(".detail")

        # Layers run from left to right: what is made lies right of what makes it.
        ahead: list[bool] = shown.evaluate(
            "graph.edges().map((edge) => edge.source().position('x') < edge.target().position('x'))"
        )
        assert all(ahead)

        at: Any = shown.evaluate("graph.getElementById('a0').renderedPosition()")
        box = shown.locator(".canvas").bounding_box()
        assert box is not None
        shown.mouse.click(box["x"] + at["x"], box["y"] + at["y"])
        shown.wait_for_selector("[data-selected=a0]")
        told = shown.inner_text(".detail")
        for words in ("clean_mails", "dataset", "rows", "source", "steps.py:6:13", "WB401", "clean (log)"):
            assert words in told
        assert shown.evaluate("graph.getElementById('a3').hasClass('faded')")
        assert not shown.evaluate("graph.getElementById('a2').hasClass('faded')")

        before = shown.evaluate("graph.zoom()")
        shown.mouse.wheel(0, -300)
        shown.wait_for_function(f"graph.zoom() > {before}")
        shown.click("[data-fit]")

        pan = shown.evaluate("graph.pan().x")
        shown.mouse.move(box["x"] + 5, box["y"] + 5)
        shown.mouse.down()
        shown.mouse.move(box["x"] + 105, box["y"] + 5, steps=5)
        shown.mouse.up()
        assert shown.evaluate("graph.pan().x") == pytest.approx(pan + 100, abs=2)

        shown.fill("[data-search]", "part-")
        shown.click(".detail li button")
        assert "part-{}" in shown.inner_text(".detail h2")
        assert browsing.complaints == []


def test_hostile_names_are_only_text_in_the_browser(project: Path) -> None:
    picture = Picture(
        (node(0, NASTY), node(0, NASTY, "artifact")), (Arrow("r0", "a0", "log", (NASTY,), True, ()),)
    )
    file = project / "graph.html"
    file.write_text(render("html", picture, Terminal()), encoding="utf-8")
    with opened(file) as browsing:
        browsing.page.evaluate("() => void graph.getElementById('a0').emit('tap')")
        assert "<script>alert(1)</script>" in browsing.page.inner_text(".detail h2")
        assert browsing.complaints == []
