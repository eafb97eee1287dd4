"""Reports a data operation that logs single values instead of writing them into the summary.

Why it matters: a run that ingests, cleans or splits data has no curves: it has statistics, of which each is
one number. Logged, they are charts of a single point; in the summary they are columns of the runs table,
which is where runs are compared (When to Use Summary vs. Logged Metrics; Data Ops Example).

When to ignore: where charts of a single point, as bars over several runs, are what people look at.
"""

from collections.abc import Callable, Iterator
from typing import Annotated

from wbcheck.rule import (
    Applicability,
    Bad,
    Dict,
    Entry,
    File,
    Finding,
    Fix,
    Good,
    Log,
    Mended,
    Model,
    Options,
    Preset,
    Refusal,
    Rule,
    RunStart,
    Span,
    constant,
    doc,
    listed,
    options,
    replace_callee,
    source_of,
    texts,
)

from ..access._asked import dependents
from ..identity._named import meant
from ..identity.job_type_vocabulary import plain
from ._axes import logged, may_be
from ._logged import is_scalar, keys, place_of, rows
from ._summary import is_once, kept, writes_unknown


class Operations(Options, frozen=True):
    """Which runs are asked."""

    data_operations: Annotated[tuple[str, ...], doc("The job types of runs without curves.")] = (
        "ingest",
        "clean",
        "encode",
        "transform",
        "split",
    )


RULE = Rule(
    code="WB321",
    name="single-value-logged",
    preset=Preset.GUIDE,
    since="0.1.0",
    why="A statistic of the data is one number: logged, it is a chart of a single point.",
    how="Write it into `run.summary`, and into the artifact's metadata.",
    fix=Applicability.UNSAFE,
    changes=("history",),
    options=Operations,
)


def check(file: File) -> Iterator[Finding]:
    model = file.model
    for row in rows(model):
        start = model.start_of(row.log.run)
        if start is None or not _is_data_operation(start, file.options.data_operations):
            continue
        is_asked = is_once(model, row.log) and not writes_unknown(model, start.run)
        if (
            is_asked
            and row.data.entries
            and all(_is_single(model, start, entry) for entry in row.data.entries)
        ):
            names = listed([keys(entry)[0] for entry in row.data.entries], 34)
            fix = _fix(file, row.log, row.data)
            place = place_of(row.data.entries[0], row)
            told = f"value {names} is" if len(row.data.entries) == 1 else f"values {names} are"
            yield Finding(place, f"single {told} logged as a curve", fix=fix)


def _is_data_operation(start: RunStart, wanted: tuple[str, ...]) -> bool:
    values = options(start.get("job_type"))
    said = [text.constant or "" for text in texts(start.get("job_type"))]
    return len(said) == len(values) > 0 and all(
        plain(each) in wanted or meant(each) in wanted for each in said
    )


def _is_single(model: Model, start: RunStart, entry: Entry) -> bool:
    """Whether a number is logged by this call alone, and is not in the summary by itself."""
    names = [key.constant for key in keys(entry)]
    rows = logged(model, start.run)
    if len(names) != 1 or not names[0] or not is_scalar(entry) or rows is None:
        return False
    others = [other for other in rows if other.span != entry.span]
    in_summary = any(value.key.constant == names[0] for value in kept(model))
    return not in_summary and not any(may_be(other, names[0]) for other in others)


def _fix(file: File, log: Log, data: Dict) -> Callable[[], Fix | Refusal | None] | None:
    is_alone = [item.name for item in log.arguments.items] == ["data"] and not log.arguments.splats
    is_plain = data.span is not None and log.span.contains(data.span) and not data.open
    if not is_alone or not is_plain or not log.callee_text.endswith(".log"):
        return None
    return file.fix_across(_written, log, data)


def _written(file: File, log: Log, data: Dict) -> Mended | None:
    """The values in the summary; says which queries ask for their history, which there is none of then."""
    end = Span(log.callee.end - len("log"), log.callee.end)
    if source_of(file.text, end) != "log":
        return None
    names = [name for entry in data.entries if (name := constant(entry.key))]
    left = dependents(file, {name: (name,) for name in names})
    told = f"; left to ask for its history: {', '.join(left)}" if left else ""
    edits = replace_callee(file.text, end, log.arguments, "summary.update")
    return Mended(f"Write it into the summary{told}", edits)


EXAMPLES = (
    Bad(
        """
        import wandb

        with wandb.init(project="texts", job_type="clean") as run:
            texts = clean("raw")
            run.log({"clean/texts": len(texts), "clean/share": len(texts) / 1000})
                     ^^^^^^^^^^^^^
        """,
        message="single values `clean/texts`, `clean/share` are logged as a curve",
        fixed="""
        import wandb

        with wandb.init(project="texts", job_type="clean") as run:
            texts = clean("raw")
            run.summary.update({"clean/texts": len(texts), "clean/share": len(texts) / 1000})
        """,
    ),
    Bad(
        """
        import wandb

        def split(texts, share):
            run = wandb.init(project="texts", job_type="train_test_split")
            sizes = {"split/train": int(share * len(texts))}
                     ^^^^^^^^^^^^^
            wandb.log(sizes)
        """,
        message="single value `split/train` is logged as a curve",
    ),
    Bad(
        """
        import wandb

        with wandb.init(project="texts", job_type="label") as run:
            run.log({"label/texts": 100}, step=0)
                     ^^^^^^^^^^^^^
        """,
        message="single value `label/texts` is logged as a curve",
        options={"data-operations": ["label"]},
    ),
    Good(
        """
        import wandb as wb

        with wb.init(project="texts", job_type="clean") as run:
            run.summary["clean/texts"] = 100
            run.log({"clean/texts": 100})
            run.log({"examples": wb.Table(columns=["text"], data=[["a"]])})
        """
    ),
    Good(
        """
        import wandb

        with wandb.init(project="texts", job_type="encode") as run:
            for shard in range(3):
                run.log({"encode/texts": encode(shard)})

        with wandb.init(project="texts", job_type="clean") as run:
            run.log({"clean/texts": 100})
            run.log({"clean/texts": 90})
        """
    ),
    Good(
        """
        import wandb

        def evaluate(kind, metrics):
            with wandb.init(project="texts", job_type=kind) as run:
                run.log({"eval/f1": 0.9})
            with wandb.init(project="texts", job_type="eval") as run:
                run.log({"eval/f1": 0.9})
            with wandb.init(project="texts", job_type="split") as run:
                run.log({"split/texts": 100, **metrics})
        """
    ),
)
