"""A team's own pack of rules, installed or lying in a folder: it can do what the built-in one can."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sites import Command, command_beside, installed

from wbcheck import registry
from wbcheck.diagnostic import Span
from wbcheck.engine import Request, check
from wbcheck.files import discover
from wbcheck.registry import load_rule
from wbcheck.settings import load
from wbcheck.source import SourceError, read_unit

PACK = Path(__file__).parent / "pack"
Write = Callable[[str, str], Path]
RUN = """
    import wandb

    run = wandb.init(project="text")
    name = "exp-%d" % 3
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site directory into which the pack is installed, as pip does it."""
    return installed((PACK,), tmp_path_factory.mktemp("installed"))


@pytest.fixture
def wbcheck(project: Path, site: Path) -> Command:
    """Runs the command in the project, with the site directory on the path."""
    return command_beside(site, project)


@pytest.fixture(params=["installed", "folder"])
def plugged(request: pytest.FixtureRequest, project: Path, write: Write) -> str:
    """A project that names the pack, in one way or the other."""
    plugin = "acme_wandb_rules" if request.param == "installed" else "./house"
    if request.param == "folder":
        shutil.copytree(
            PACK / "acme_wandb_rules", project / "house", ignore=shutil.ignore_patterns("__pycache__")
        )
    write("wbcheck.toml", f'plugins = ["{plugin}"]\nselect = ["AC", "WB002"]\n')
    write("run.py", RUN)
    return plugin


def test_a_pack_finds_mends_and_is_silenced(plugged: str, wbcheck: Command, write: Write) -> None:
    said = wbcheck("check", "run.py", "--output-format", "json")
    found = json.loads(said.stdout)
    assert (said.returncode, said.stderr) == (1, "")
    assert [(one["code"], one["location"]["row"], one["severity"]) for one in found] == [
        ("AC101", 3, "warning"),
        ("AC201", 4, "warning"),
    ]
    assert found[0]["fix"]["applicability"] == "unsafe"
    assert wbcheck("check", "run.py", "--fix", "--unsafe-fixes", "--ignore", "AC201").returncode == 0
    silenced = write(
        "run.py",
        """
        import wandb

        run = wandb.init(project="text")  # wbcheck: ignore[project-known] on trial
        name = (  # wbcheck: ignore[AC201]
            "exp-%d"
            % 3
        )
        ok = 1  # wbcheck: ignore[AC201]
        """,
    )
    said = wbcheck("check", "run.py", "--output-format", "concise")
    assert [line.split(" ")[:2] for line in said.stdout.splitlines() if line.startswith("run.py")] == [
        ["run.py:8:9:", "WB002"]
    ]
    assert silenced.read_text(encoding="utf-8").count("ignore") == 3


def test_the_options_of_a_pack(plugged: str, wbcheck: Command, write: Write) -> None:
    config = Path("wbcheck.toml").read_text(encoding="utf-8")
    write("wbcheck.toml", config + '[rules.project-known]\nknown-projects = ["text"]\n')
    assert "AC101" not in wbcheck("check", "run.py").stdout
    write("wbcheck.toml", config + "[rules.project-known]\nknown-project = []\n")
    said = wbcheck("check", "run.py")
    assert said.returncode == 2
    assert "unknown option `known-project`; did you mean `known-projects`?" in said.stderr


def test_a_pack_is_listed_explained_and_tried(plugged: str, wbcheck: Command) -> None:
    listed = wbcheck("rules", "--select", "AC")
    assert [line.split()[:3] for line in listed.stdout.splitlines() if line.startswith(" ")] == [
        ["AC101", "project-known", "recommended"],
        ["AC201", "no-percent-format", "guide"],
    ]
    page = wbcheck("rule", "project-known").stdout
    assert page.startswith("# project-known (AC101)")
    assert "category: naming" in page
    option = '`known-projects` (list of texts): The projects that there are. Default: `["texts", "images"]`'
    assert option in page
    assert wbcheck("rule", "AC201").stdout.startswith("# no-percent-format (AC201)")
    tried = wbcheck("test-rules", plugged)
    assert (tried.returncode, tried.stderr) == (0, "wbcheck: 2 rules, 7 examples: all is well\n")


def test_a_pack_is_left_alone_in_isolation(plugged: str, wbcheck: Command, write: Write) -> None:
    write("acme_wandb_rules/__init__.py", "raise SystemExit('imported')\n")
    write("house/project_known.py", "raise SystemExit('imported')\n")
    said = wbcheck("check", "run.py", "--isolated", "--select", "WB118")
    assert (said.returncode, said.stdout, said.stderr) == (0, "No findings in 1 file.\n", "")
    assert "AC101" not in wbcheck("rules", "--isolated").stdout


@pytest.mark.parametrize("command", [("check", "run.py"), ("rules",), ("rule", "WB101")])
def test_a_pack_that_is_not_there_is_told_at_its_place(
    wbcheck: Command, write: Write, command: tuple[str, ...]
) -> None:
    write("run.py", RUN)
    write("wbcheck.toml", 'plugins = [\n  "acme_wandb_rule",\n]\n')
    said = wbcheck(*command)
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr.startswith(
        "wbcheck.toml:2:3: plugin `acme_wandb_rule`: there is no package of this name\n"
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (('code="AC201"', 'code="AC101"'), "AC101 is defined twice: "),
        (('name="no-percent-format"', 'name="project-known"'), "project-known is defined twice: "),
        (('code="AC201"', 'code="WB101"'), "WB101 is defined twice: "),
        (
            ('name="no-percent-format"', 'name="run-name-underscore"'),
            "run-name-underscore is defined twice: ",
        ),
        (('code="AC201"', 'code="WB990"'), "`WB990`: the letters WB are the built-in rules'"),
        (("import libcst", "import libcs"), "rule AC201 of "),
        (("def check_tree(", "def checks("), "there is no function `check` or `check_tree`"),
    ],
)
def test_a_rule_that_cannot_be_used_names_its_file(
    project: Path, write: Write, wbcheck: Command, change: tuple[str, str], says: str
) -> None:
    shutil.copytree(PACK / "acme_wandb_rules", project / "house")
    file = project / "house" / "no_percent_format.py"
    text = file.read_text(encoding="utf-8")
    assert change[0] in text
    file.write_text(text.replace(*change), encoding="utf-8")
    write("wbcheck.toml", 'plugins = ["./house"]\nextend-select = ["AC"]\n')
    write("run.py", RUN)
    said = wbcheck("check", "run.py")
    assert (said.returncode, said.stdout, said.stderr.count("\n")) == (2, "", 1)
    assert says in said.stderr
    assert "no_percent_format.py" in said.stderr


def test_a_rule_that_raises_costs_one_finding(plugged: str, wbcheck: Command, project: Path) -> None:
    if plugged != "./house":
        shutil.copytree(PACK / "acme_wandb_rules", project / "house")
        (project / "wbcheck.toml").write_text('plugins = ["./house"]\nselect = ["AC"]\n', encoding="utf-8")
    file = project / "house" / "no_percent_format.py"
    file.write_text(
        file.read_text(encoding="utf-8").replace("tree.span(node)", "tree.span(cst.Name('x'))"),
        encoding="utf-8",
    )
    said = wbcheck("check", "run.py", "--output-format", "concise")
    assert said.returncode == 2
    assert (
        "AC201 no-percent-format rule no-percent-format failed: ValueError: this Name is no node"
        in said.stdout
    )
    assert "AC101" in said.stdout


# The tree


def test_no_built_in_rule_asks_for_the_tree() -> None:
    loaded = [load_rule(info) for info in registry.codes().values()]
    assert [one.rule.code for one in loaded if one.check_tree is not None] == []


TEXT = """\
import wandb
@decorated
def main(args):
    if args.track: wandb.init(name=("a %s" % (args.name)))
    elif (args):
        try:
            x = [
                1
            ]
        finally:
            pass
    match args:
        case 1:
            y = 2
"""


def test_where_nodes_of_the_tree_stand() -> None:
    import libcst as cst

    from wbcheck.syntax.tree import Tree

    tree = Tree(read_unit("a.py", TEXT.encode()))
    assert tree.module.code == TEXT
    texts: list[str] = []

    def of(span: Span) -> str:
        return TEXT[span.start : span.end]

    class All(cst.CSTVisitor):
        def visit_BinaryOperation(self, node: cst.BinaryOperation) -> None:  # noqa: N802 - LibCST's name
            texts.append(of(tree.span(node)))

        def visit_Call(self, node: cst.Call) -> None:  # noqa: N802 - LibCST's name
            texts.append(of(tree.span(node)))

    tree.module.visit(All())
    assert texts == ['wandb.init(name=("a %s" % (args.name)))', '"a %s" % (args.name)']
    assert [of(span).strip() for span in tree.statements()] == [
        "import wandb",
        "def main(args):",
        "if args.track:",
        'wandb.init(name=("a %s" % (args.name)))',
        "elif (args):",
        "try:",
        "x = [\n                1\n            ]",
        "pass",
        "match args:",
        "y = 2",
    ]
    with pytest.raises(ValueError, match="this Name is no node"):
        tree.span(cst.Name("x"))


def test_the_bound_comes_before_the_tree() -> None:
    from wbcheck.syntax.tree import Tree

    with pytest.raises(SourceError):
        Tree(read_unit("a.py", b"import wandb\nx = " + b"(" * 5000 + b")" * 5000))


@pytest.mark.parametrize(("select", "parses"), [("AC101", 0), ("AC", 1)])
def test_a_file_is_parsed_again_for_those_that_ask_and_once(
    project: Path, write: Write, monkeypatch: pytest.MonkeyPatch, select: str, parses: int
) -> None:
    from wbcheck.syntax import tree

    shutil.copytree(PACK / "acme_wandb_rules", project / "house")
    text = (project / "house" / "no_percent_format.py").read_text(encoding="utf-8")
    write("house/no_percent.py", text.replace("AC201", "AC202").replace("no-percent-format", "no-percent"))
    write("wbcheck.toml", f'plugins = ["./house"]\nselect = ["{select}"]\n')
    write("run.py", RUN)
    write("other.py", "x = '%s' % 3  # wandb\n")
    made: list[str] = []
    real = tree.Tree.__init__

    def counting(self: tree.Tree, unit: object) -> None:
        made.append("tree")
        real(self, unit)  # type: ignore[arg-type]

    monkeypatch.setattr(tree.Tree, "__init__", counting)
    settings_for = load().for_file
    files = discover(["."], settings_for, force_exclude=False).files
    outcome = check(Request(files=files, settings_for=settings_for, jobs=1))
    assert len(made) == parses
    assert len(outcome.diagnostics) == 1 + 2 * parses
