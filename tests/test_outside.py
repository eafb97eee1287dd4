"""Files outside Python: which are found, what they set, where it is reported, and what cannot hurt."""

from __future__ import annotations

import io
import re
import shlex

import pytest
from checked import Tree, session
from dotenv.parser import parse_stream
from hypothesis import given
from hypothesis import strategies as st

from wbcheck.diagnostic import Diagnostic, Severity, Span
from wbcheck.engine import Outcome
from wbcheck.engine.analysis import analyse, model_of
from wbcheck.fixes import mend
from wbcheck.model.events import EnvironmentRead, EnvironmentSet, SettingsGiven, ShellRun, TrainingArguments
from wbcheck.model.model import Model, decode, encode
from wbcheck.model.values import AnyValue, Piece, Text, constant
from wbcheck.project import Project
from wbcheck.source import may_matter, read_unit
from wbcheck.suppressions.adding import additions

KEY = "0123456789abcdef" * 2 + "01234567"


def read(path: str, text: str | bytes) -> Model:
    return model_of(read_unit(path, text.encode() if isinstance(text, str) else text))[0]


def sets(path: str, text: str) -> list[tuple[str, str, str]]:
    """What a file sets: name, value with its holes as ``{}`` (``?`` for none), how. All places hold."""
    model = read(path, text)
    assert decode(encode(model)) == model
    found = []
    for event in model.each(EnvironmentSet):
        name = constant(event.name) or "?"
        assert text[event.span.start : event.span.end] == name
        found.append((name, said(event.value, text), event.how))
    return found


def said(value: AnyValue, text: str) -> str:
    if not isinstance(value, Text):
        return "?"
    for piece in value.pieces:
        if isinstance(piece, Piece) and piece.span is not None:
            assert text[piece.span.start : piece.span.end] == piece.text
    return value.skeleton


# Scripts of a shell


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("export WANDB_MODE=offline\n", "offline"),
        ("WANDB_MODE=offline python train.py\n", "offline"),
        ("A=1 WANDB_MODE='offline' B=\"$X\" python train.py\n", "offline"),
        ("cd x && WANDB_MODE=offline python train.py\n", "offline"),
        ("if true; then export WANDB_MODE=offline; fi\n", "offline"),
        ("declare -x WANDB_MODE=offline\n", "offline"),
        ("env -u A WANDB_MODE=offline true\n", "{}"),
        ("docker run -e WANDB_MODE=offline image\n", "offline"),
        ('docker run --env "WANDB_MODE=offline" image\n', "offline"),
        ("docker run --env=WANDB_MODE=offline image\n", "offline"),
        ("export WANDB_MODE=off\\\nline\n", "offline"),
        ("python a.py \\\n  && WANDB_MODE=offline \\\n  python b.py\n", "offline"),
        ("setenv WANDB_MODE offline\n", "offline"),
        ("#SBATCH --export=ALL,WANDB_MODE=offline\n", "offline"),
        ('export WANDB_MODE="off"line\n', "offline"),
        ('export WANDB_MODE="$MODE-x"\n', "{}-x"),
        ("export WANDB_MODE=${MODE:-online}\n", "{}"),
        ("export WANDB_MODE=a-$(date +%s)\n", "a-{}"),
        ("export WANDB_MODE=`cat mode`\n", "{}"),
        ("export WANDB_MODE=\n", ""),
        ("cat <<EOF > .env\nWANDB_MODE=offline\nEOF\n", "offline"),
        ("sbatch <<-'EOF'\n\texport WANDB_MODE=offline\n\tEOF\n", "offline"),
        ("export WANDB_MODE=<your mode>\n", "?"),
        ("export WANDB_MODE=your_mode\n", "?"),
    ],
)
def test_what_a_shell_sets(text: str, expected: str) -> None:
    found = sets("run.sh", text)
    if expected == "{}" and "env -u" in text:
        # What an option takes is not known.
        assert found == [("WANDB_MODE", "?", "load")]
    else:
        assert found == [("WANDB_MODE", expected, "file")]


@pytest.mark.parametrize(
    "text",
    [
        "# export WANDB_MODE=offline\n",
        "python a.py  # WANDB_MODE=offline\n",
        "echo $WANDB_MODE ${WANDB_MODE:-x} ${WANDB_MODE}=x\n",
        "[ -z $WANDB_MODE ] && exit\n",
        'if [ "$WANDB_MODE" = offline ]; then\n',
        "export NOT_WANDB_MODE=offline\n",
        "export WANDB_MODE\n",
    ],
)
def test_what_a_shell_only_reads_is_not_set(text: str) -> None:
    assert sets("run.sh", text) == []


@pytest.mark.parametrize(
    "text",
    [
        'echo "set WANDB_MODE=offline first"\n',
        "echo WANDB_MODE=offline >> .env\n",
        "ssh host 'WANDB_MODE=offline python train.py'\n",
        "cat <<EOF\nsay WANDB_MODE=offline\nEOF\n",
        "make WANDB_MODE=offline train\n",
    ],
)
def test_what_may_never_be_run_is_set_to_nothing_known(text: str) -> None:
    assert sets("run.sh", text) == [("WANDB_MODE", "?", "load")]


def test_taken_back_and_given_by_default() -> None:
    text = "unset WANDB_MODE\n: ${WANDB_NAME:=first}\n"
    assert sets("run.sh", text) == [("WANDB_MODE", "?", "delete"), ("WANDB_NAME", "first", "setdefault")]


def test_scripts_that_are_started_and_variables_that_are_read() -> None:
    model = read("run.sh", "export WANDB_GROUP=a\npython src/train.py --group $WANDB_GROUP  # not.py\n")
    assert [event.program for event in model.each(ShellRun)] == ["src/train.py"]
    assert [constant(event.name) for event in model.each(EnvironmentRead)] == ["WANDB_GROUP"]


@given(st.text("ab_ \t'\"\\=#;$<>\n-(){}`", max_size=30))
def test_a_shells_words_are_those_of_shlex(word: str) -> None:
    text = f"WANDB_X={word}"
    try:
        expected = shlex.split(text, comments=True)[0].removeprefix("WANDB_X=")
    except (ValueError, IndexError):
        expected = None
    found = sets("run.sh", text)
    plain = not set(word) & set("$`;<>(){}\n\\")
    if expected is not None and plain and "#" not in word:
        assert found == [("WANDB_X", expected, "file")] or found == [("WANDB_X", "?", "file")]


# .env


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("WANDB_MODE=offline", "offline"),
        ("export WANDB_MODE = offline", "offline"),
        ("WANDB_MODE='offline' # so", "offline"),
        ("WANDB_MODE=offline # so", "offline"),
        ("WANDB_MODE=a b#c", "a b#c"),
        ("WANDB_MODE=${MODE}-x", "{}-x"),
        ("WANDB_MODE=", ""),
        ('WANDB_MODE="a\\nb"', "?"),
    ],
)
def test_what_an_environment_file_sets(line: str, expected: str) -> None:
    assert sets(".env", f"A=1\n{line}\nB=2\n") == [("WANDB_MODE", expected, "file")]


def test_a_text_of_several_lines_sets_nothing_else() -> None:
    assert sets("prod.env", 'NOTE="one\nWANDB_MODE=offline\n"\nWANDB_NAME=a\n') == [
        ("WANDB_NAME", "a", "file")
    ]


PIECES = ["WANDB_A", "WANDB_B=", "=", "'", '"', " ", "#", "\n", "x", "export ", "\\n", "$", "{", "}"]


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_environment_files_are_read_as_python_dotenv_does(text: str) -> None:
    theirs = [
        (each.key, each.value)
        for each in parse_stream(io.StringIO(text))
        if not each.error and re.fullmatch("WANDB_[A-Z_]*[A-Z]", each.key or "") and each.value is not None
    ]
    ours = [(name, value) for name, value, _ in sets(".env", text)]
    assert [name for name, _ in ours] == [name for name, _ in theirs]
    for (_, known), (_, value) in zip(ours, theirs, strict=True):
        assert known in (value, "?") or "$" in str(value)


# Docker, make, YAML


def test_what_a_docker_file_sets() -> None:
    text = (
        'FROM x\nENV WANDB_MODE=offline \\\n    WANDB_NAME="a b"\n'
        "ENV WANDB_DIR /tmp # no comment\nARG WANDB_PROJECT=p\n"
    )
    assert sets("Dockerfile", text) == [
        ("WANDB_MODE", "offline", "file"),
        ("WANDB_NAME", "a b", "file"),
        ("WANDB_DIR", "?", "file"),
        ("WANDB_PROJECT", "p", "setdefault"),
    ]


def test_what_a_make_file_sets() -> None:
    text = (
        "export WANDB_PROJECT = texts  # the project\nWANDB_MODE ?= offline\n"
        "run: export WANDB_NAME := $(NAME)\nrun:\n\tWANDB_DIR=$$HOME/x python train.py\n"
    )
    assert sets("Makefile", text) == [
        ("WANDB_PROJECT", "texts", "file"),
        ("WANDB_MODE", "offline", "setdefault"),
        ("WANDB_NAME", "{}", "file"),
        ("WANDB_DIR", "{}/x", "file"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("env:\n  WANDB_MODE: offline\n", "offline"),
        ("env: {WANDB_MODE: 'offline'}\n", "offline"),
        ("environment:\n  - WANDB_MODE=offline\n", "offline"),
        ('environment:\n  - "WANDB_MODE=offline"\n', "offline"),
        ("environment:\n  - WANDB_MODE\n", "?"),
        ("env:\n  - name: WANDB_MODE\n    value: offline\n", "offline"),
        ("env:\n  - name: WANDB_MODE\n    valueFrom: {secretKeyRef: {key: a}}\n", "?"),
        ("variables:\n  WANDB_MODE:\n    value: offline\n    description: d\n", "offline"),
        ('docker_env:\n  environment: [["WANDB_MODE", "offline"]]\n', "offline"),
        ("env:\n  WANDB_MODE: true\n", "true"),
        ("env:\n  WANDB_MODE: ${{ vars.MODE }}-x\n", "{}-x"),
        ("env:\n  WANDB_MODE: ${MODE:-online}\n", "{}"),
        ("env:\n  WANDB_MODE:\n", "?"),
        ("steps:\n  - run: |\n      cd x\n      WANDB_MODE=offline python a.py\n", "offline"),
        ("steps:\n  - run: WANDB_MODE=offline python a.py\n", "offline"),
        ("script:\n  - export WANDB_MODE=offline\n  - python a.py\n", "offline"),
        ("a: 1\n---\nenv:\n  WANDB_MODE: offline\n", "offline"),
        ("x: &e {WANDB_MODE: offline}\na: *e\nb:\n  <<: *e\n", "offline"),
    ],
)
def test_what_a_yaml_file_sets(text: str, expected: str) -> None:
    assert [(name, value) for name, value, _ in sets("ci.yml", text)] == [("WANDB_MODE", expected)]


@pytest.mark.parametrize(
    "text",
    [
        "description: set WANDB_MODE=offline\n",
        "# WANDB_MODE: offline\na: 1\n",
        "env:\n\tWANDB_MODE: offline\n",
        "{% if x %}\nWANDB_MODE: offline\n{% endif %}\n",
    ],
)
def test_what_yaml_does_not_set(text: str) -> None:
    assert sets("ci.yml", text) == []


def test_a_template_says_that_something_is_given_and_not_what() -> None:
    assert sets(".env.example", "WANDB_NAME=my_run\n") == [("WANDB_NAME", "?", "file")]


# Which files


@pytest.mark.parametrize(
    ("name", "text", "matters"),
    [
        (".env", "WANDB_MODE=offline", True),
        ("run.sh", "python train.py --logger wandb", False),
        ("run.sh", f"wandb login {KEY}", True),
        ("a.yml", "dependencies:\n  - wandb==0.19\n", False),
        ("a.yml", "wandb:\n  project: x\n", True),
        ("a.yml", "WANDB_MODE: x\n" + "#" * 70_000, False),
        ("a.yml", "a: 1\rwandb:\r  project: x\r", True),
        ("a.yml", f"{chr(10) * 60_000}# wandb", False),
        ("a.txt", "WANDB_MODE=offline", True),
    ],
)
def test_which_files_matter(name: str, text: str, matters: bool) -> None:
    assert may_matter(name, text.encode()) is matters


def told(outcome: Outcome) -> list[str]:
    return [
        f"{each.path}:{each.range.start.row}:{each.range.start.column} {each.code}"
        for each in outcome.diagnostics
    ]


def test_what_is_found_and_what_git_ignores(tree: Tree) -> None:
    folder = tree(
        {
            ".gitignore": ".env\n",
            ".env": f"WANDB_API_KEY={KEY}\nWANDB_PROJECT=texts\n",
            "prod.env": f"WANDB_API_KEY={KEY}\n",
            "scripts/run.sh": f"wandb login {KEY}\n",
            "scripts/other.sh": "python train.py\n",
            "Dockerfile.gpu": f"ENV WANDB_API_KEY {KEY}\n",
            ".github/workflows/ci.yml": f"env:\n  WANDB_API_KEY: {KEY}\n",
            "train.py": "import wandb\nwandb.init(name='a', job_type='train', config={'params': {}})\n",
        }
    )
    outcome = session(folder, "WB901", "WB102").run()
    assert told(outcome) == [
        ".github/workflows/ci.yml:2:18 WB901",
        "Dockerfile.gpu:1:19 WB901",
        "prod.env:1:15 WB901",
        "scripts/run.sh:1:13 WB901",
    ]
    assert outcome.checked == 5


def test_an_environment_file_is_none_of_ours_where_no_git_keeps_it(tree: Tree) -> None:
    folder = tree({".env": f"WANDB_API_KEY={KEY}\n", "run.sh": f"wandb login {KEY}\n"})
    (folder / ".git" / "HEAD").unlink()
    (folder / ".git").rmdir()
    assert told(session(folder, "WB901").run()) == ["run.sh:1:13 WB901"]


@pytest.mark.parametrize(
    ("requirements", "expected"),
    [
        ("wandb\nnumpy\n", ["run.sh:1:8 WB613"]),
        ("wandb\ntransformers>=4\n", []),
        ("numpy\n", []),
    ],
)
def test_a_switch_that_old_trainers_take_is_idle_where_there_are_none(
    requirements: str, expected: list[str], tree: Tree
) -> None:
    folder = tree(
        {
            "requirements.txt": requirements,
            "run.sh": "export WANDB_DISABLED=true\n",
            "train.py": "import wandb\nwandb.init()\n",
        }
    )
    assert told(session(folder, "WB613").run()) == expected


def test_comments_are_added_where_they_are_none_of_the_value() -> None:
    lines = {
        ".env": "WANDB_NAME=a_b\n",
        "Dockerfile": "ENV WANDB_NAME=a_b\n",
        "Makefile": "export WANDB_NAME = a_b\n",
        "run.sh": "export WANDB_NAME=a_b\n",
        "ci.yml": "env: {WANDB_NAME: a_b}\n",
    }
    for path, line in lines.items():
        unit = read_unit(path, line.encode())
        (event,) = read(path, line).each(EnvironmentSet)
        found = Diagnostic(
            path, event.span, unit.locate(event.span), "WB101", "x", Severity.ERROR, "x", statement=event.span
        )
        again = unit.apply(additions(unit, [found]).edits).decode()
        comment = "# wbcheck: ignore[WB101]"
        is_above = path in (".env", "Dockerfile", "Makefile")
        assert again == (f"{comment}\n{line}" if is_above else f"{line.rstrip()}  {comment}\n")


def test_comments_silence_and_fixes_mend(tree: Tree) -> None:
    files = {
        "run.sh": "export WANDB_NAME=exp_003\r\nexport WANDB_RUN_GROUP=a_b  # wbcheck: ignore[WB107] so\r\n",
        "Makefile": "# wbcheck: ignore[WB101]\nexport WANDB_NAME = exp_003\n",
        "ci.yml": "env:\n  WANDB_NAME: 'exp_003'\n  WANDB_RUN_GROUP: exp_1 # wbcheck: ignore[WB101]\n",
    }
    checked = session(tree(files), "WB101", "WB107", "WB002")
    outcome = checked.run()
    assert told(outcome) == [
        "ci.yml:2:16 WB101",
        "ci.yml:3:20 WB107",
        "ci.yml:3:26 WB002",
        "run.sh:1:19 WB101",
    ]
    fixed = mend(
        outcome.diagnostics,
        units=outcome.sources,
        allowed=lambda each: each.fix is not None,
        recheck=lambda changed: checked.recheck(changed).diagnostics,
        parses=checked.parses,
        read=read_unit,
    ).files
    assert fixed["run.sh"].new == files["run.sh"].replace("NAME=exp_003", "NAME=exp-003").encode()
    assert fixed["ci.yml"].new == b"env:\n  WANDB_NAME: 'exp-003'\n  WANDB_RUN_GROUP: exp-1\n"


def test_a_variable_of_ci_counts_for_what_it_starts_and_for_what_lies_about_it() -> None:
    started = read("tools/deep/run.sh", "export WANDB_PROJECT=a\npython jobs/train.py\n")
    project = Project.of((), setting=[started, read(".github/workflows/ci.yml", "env: {WANDB_NAME: b}\n")])
    assert project.sets("WANDB_PROJECT", "src/jobs/train.py").value == "yes"
    assert project.sets("WANDB_PROJECT", "src/jobs/other.py").value == "no"
    assert project.sets("WANDB_NAME", "src/jobs/other.py").value == "yes"


def test_a_parent_that_uses_mlflow_sets_variables_for_the_entry_points_of_mlprojects() -> None:
    entry = read("components/get/MLproject", "entry_points:\n  main:\n    command: python run.py --x {x}\n")
    text = 'import os, mlflow\nos.environ["WANDB_PROJECT"] = "p"\nmlflow.run("x")\n'
    parent = read("flow/main/main.py", text)
    project = Project.of([parent], setting=[entry])
    assert project.sets("WANDB_PROJECT", "components/get/run.py").value == "yes"
    assert project.sets("WANDB_PROJECT", "components/get/other.py").value == "no"


# What cannot hurt

HOSTILE = {
    "nul": b"WANDB_MODE=a\0b\n",
    "latin": "WANDB_MODE=é\n".encode("latin-1"),
    "open quote": b"WANDB_MODE='abc\nWANDB_NAME=\"",
    "open document": b"cat <<EOF\nWANDB_MODE=a",
    "documents": b"a <<A <<B\nWANDB_MODE=a\n",
    "brackets": b"WANDB_MODE=" + b"$(" * 20_000,
    "words": b"WANDB_MODE=a " * 4_000,
    "assignments": b"A=1 " * 10_000 + b"WANDB_MODE=a",
    "bomb": b"a: &a [x,x,x,x,x,x,x,x,x]\n"
    + b"".join(
        f"{name}: &{name} [{','.join([f'*{last}'] * 9)}]\n".encode()
        for last, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + b"WANDB_MODE: *i\n",
    "itself": b"WANDB_MODE: &a [*a]\n",
    "object": b"WANDB_MODE: !!python/object/apply:os.system ['true']\n",
    "twice": b"WANDB_MODE: a\nWANDB_MODE: b\n",
    "tab": b"env:\n\tWANDB_MODE: a\n",
    "scripts": b"run: WANDB_MODE=a\n" * 2_000,
}


@pytest.mark.parametrize("name", [".env", "run.sh", "Dockerfile", "Makefile", "a.yml"])
@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_nothing_raises(name: str, data: bytes) -> None:
    found = analyse(name, data, (), {})
    assert not any(problem.trace for problem in found.problems)


@given(
    st.sampled_from([".env", "run.sh", "Dockerfile", "Makefile", "a.yml"]),
    st.lists(
        st.sampled_from("WANDB_MODE|<<E\n|E\n|: |- |run: >\n|  |export |wandb:|project: a_b|\r\n".split("|"))
        | st.sampled_from("=a \n'\"\\$(){}#`é\t|"),
        max_size=25,
    ).map("".join),
)
def test_every_place_lies_in_the_text(name: str, text: str) -> None:
    unit = read_unit(name, text.encode())
    model = model_of(unit)[0]
    assert len(unit.code) == len(text)
    for event in model.events:
        assert Span(0, len(text)).contains(event.span)
        assert any(line.contains(event.span) for line in model.statements)


# What the configuration files of programs give


def gives(text: str) -> list[str]:
    found = []
    for event in read("conf.yaml", text).each(SettingsGiven):
        told = [f"{each.name}={said(each.value, text)}" for each in event.arguments.items]
        found.append(" ".join([*told, "certain"] if event.certain else told))
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("wandb:\n  project: a\n  run_name: b\n  group: null\n", "project=a name=b"),
        ("logging: {wandb: {entity: e, name: '${x}-b', tags: [c]}}\n", "entity=e name={}-b tags=?"),
        (
            "logger:\n  _target_: pl.loggers.WandbLogger\n  project: a\n  mode: m\n",
            "project=a mode=m certain",
        ),
        ("logger:\n- class_path: x.WandbLogger\n  init_args: {name: n}\n", "name=n certain"),
        ("run:\n  _target_: wandb.init\n  job_type: train\n", "job_type=train certain"),
        ("trainer: {tracker: {type: wandb, project: a}}\n", "project=a"),
        ("wandb_project: a\nwandb_run_name: b\nlr: 0.1\n", "project=a name=b"),
        ("wandb: {project: team/a, name: b}\n", "project=? name=b"),
        ("wandb: {project: your-project}\n", "project=?"),
    ],
)
def test_what_configurations_give(text: str, expected: str) -> None:
    assert gives(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "wandb: true\n",
        "wandb: {enabled: false, dir: x}\n",
        "wandb: {project: ???, name: ''}\n",
        "logger:\n  _target_: pl.loggers.CSVLogger\n  name: a_b\n",
        "dependencies: [wandb]\nname: a_b\n",
        "project: a_b\nname: wandb\n",
    ],
)
def test_what_gives_nothing(text: str) -> None:
    assert gives(text) == []


def test_training_arguments_that_report_to_wandb() -> None:
    (event,) = read("args.yaml", "report_to: [wandb]\nrun_name: a_b\nlr: 1.0\n").each(TrainingArguments)
    assert constant(event.get("run_name")) == "a_b"
    assert not list(read("args.yaml", "report_to: none # not wandb\nrun_name: a_b\n").each(TrainingArguments))


def test_axolotl_makes_variables_of_its_keys() -> None:
    text = "base_model: m\ndatasets: []\nwandb_project: a\nwandb_name:\nwandb_mode: true\n"
    found = read("a.yml", text)
    assert [(constant(each.name), constant(each.value)) for each in found.each(EnvironmentSet)] == [
        ("WANDB_PROJECT", "a")
    ]
    # It is axolotl that is given it, and no program of the project's.
    assert Project.of((), setting=[found]).sets("WANDB_PROJECT", "train.py").value == "no"


@pytest.mark.parametrize(
    "line",
    [
        'subprocess.run(command, env={**os.environ, "WANDB_NAME": "a"})',
        'env["WANDB_NAME"] = "a"',
        'subprocess.run(command, env=dict(os.environ, WANDB_NAME="a"))',
        'ray.init(runtime_env={"env_vars": {"WANDB_NAME": "a"}})',
        'os.system("WANDB_NAME=a python train.py")',
        'os.environ["WANDB_NAME"] = "a"',
    ],
)
def test_what_a_parent_hands_to_its_children_counts(line: str) -> None:
    parent = read("main.py", f"import os, ray, subprocess\nenv = os.environ.copy()\n{line}\n")
    assert len(list(parent.each(EnvironmentSet))) == 1
    assert Project.of([parent]).sets("WANDB_NAME", "steps/a.py").value == "yes"


@pytest.mark.parametrize(
    "line", ['WANDB_NAME = "a"', 'os.environ["WANDB_NAME"] == "a"', 'names = ["WANDB_NAME"]']
)
def test_what_only_names_a_variable_hands_nothing_on(line: str) -> None:
    parent = read("main.py", f"import os\n{line}\n")
    assert Project.of([parent]).sets("WANDB_NAME", "steps/a.py").value == "no"
