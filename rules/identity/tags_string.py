"""Reports tags that are given as one string, and lists joined to the tuple that tags are.

Why it matters: a string is taken letter by letter: `tags="base"` records the tags `b`, `a`, `s` and `e`.
After the start `run.tags` is a tuple, which has no `append` and takes no list: both raise.

When to ignore: never.
"""

from collections.abc import Iterator

from wbcheck.rule import (
    AnyValue,
    Applicability,
    Bad,
    Edits,
    Event,
    File,
    Finding,
    Good,
    Items,
    Model,
    Preset,
    Proof,
    Raises,
    Rule,
    RunAttribute,
    RunStart,
    Shows,
    Span,
    Text,
    Via,
    append_to_tuple,
    as_tuple,
    options,
    setup,
    shown,
    texts,
    value_span,
    wrap,
)

RULE = Rule(
    code="WB115",
    name="tags-string",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="Tags are a sequence: a string is taken letter by letter, each letter a tag.",
    how="Give a list of tags.",
    fix=Applicability.SAFE,
    changes=("tags",),
)

_LIST_METHODS = frozenset({"append", "extend", "insert", "remove"})


def check(file: File) -> Iterator[Finding]:
    for place in setup.given(file.model, "tags"):
        for text in texts(place.value) if is_text(place.value) else ():
            span = text.span or place.span
            is_here = place.event.span.contains(span)
            yield Finding(
                span,
                f"tags {shown(text)} are one string",
                fix=file.fix("Make it a list", listed, span if is_here else None, place.event),
            )
    for event in file.model.each(RunAttribute):
        if event.attribute != "tags" or not event.runs or event.via is Via.MODULE:
            continue
        if event.calls in _LIST_METHODS:
            is_statement = event.calls == "append" and file.model.statement_at(event.span) == event.span
            yield Finding(
                event.span,
                f"`run.tags` is a tuple and has no `{event.calls}`",
                how="Use `+= (tag,)`.",
                fix=file.fix("Add it as a tuple", append_to_tuple, event.span) if is_statement else None,
            )
        elif event.value is not None and _is_joined(file.model, event):
            span = event.value.span or event.span
            statement = file.model.statement_at(event.span)
            is_here = statement is not None and statement.contains(span)
            yield Finding(
                span,
                "a list is added to `run.tags`, which is a tuple"
                if isinstance(event.value, Items)
                else "a string is added to `run.tags`, which is a tuple",
                how="Add a tuple: `run.tags += (tag,)`.",
                fix=file.fix("Make it a tuple", as_tuple, span) if is_here else None,
            )


def _is_joined(model: Model, event: RunAttribute) -> bool:
    """Whether something else than a tuple is added to the tags: by `+=`, or as `run.tags + [tag]`."""
    value = event.value
    if event.operator == "+=":
        return isinstance(value, Text) or (isinstance(value, Items) and value.kind == "list")
    if not isinstance(value, Items) or value.kind != "list" or not value.open or value.span is None:
        return False
    first = value.span.start
    return any(
        read.attribute == "tags" and not read.write and not read.calls and read.span.start == first
        for read in model.each(RunAttribute)
        if read.id != event.id
    )


def listed(text: str, span: Span | None, event: Event) -> Edits | None:
    """What stands in the call, or else the name that holds it, in a list."""
    given = event.arguments.find("tags") if isinstance(event, RunStart) else None
    held = value_span(text, given) if given is not None else None
    span = span or held
    return None if span is None else wrap(text, span, "[", "]")


def is_text(value: AnyValue) -> bool:
    """Whether a value is certainly a string."""
    return bool(options(value)) and all(isinstance(option, Text) for option in options(value))


EXAMPLES = (
    Bad(
        """
        import wandb

        wandb.init(project="texts", tags="baseline")
                                         ^^^^^^^^^^
        """,
        message="tags `baseline` are one string",
        fixed="""
        import wandb

        wandb.init(project="texts", tags=["baseline"])
        """,
    ),
    Bad(
        """
        import wandb

        TAGS = "baseline"
               ^^^^^^^^^^
        wandb.init(project="texts", tags=TAGS)
        """,
        message="tags `baseline` are one string",
        fixed="""
        import wandb

        TAGS = "baseline"
        wandb.init(project="texts", tags=[TAGS])
        """,
    ),
    Bad(
        """
        import wandb

        run = wandb.init(tags=["nlp"])
        run.tags.append("best")
        ^^^^^^^^^^^^^^^^^^^^^^^
        run.tags += ["done"]
                    ^^^^^^^^
        run.tags = run.tags + ["done"]
                   ^^^^^^^^^^^^^^^^^^^
        run.tags += "done"
                    ^^^^^^
        """,
        message=(
            "`run.tags` is a tuple and has no `append`",
            "a list is added to `run.tags`, which is a tuple",
            "a list is added to `run.tags`, which is a tuple",
            "a string is added to `run.tags`, which is a tuple",
        ),
        fixed="""
        import wandb

        run = wandb.init(tags=["nlp"])
        run.tags += ("best",)
        run.tags += ("done",)
        run.tags = run.tags + ("done",)
        run.tags += ("done",)
        """,
    ),
    Good(
        """
        import wandb

        wandb.init(settings=wandb.Settings(run_tags="baseline"))
        """
    ),
    Good(
        """
        import wandb as wb

        run = wb.init(tags=["baseline"])
        run.tags += ("best",)
        run.tags = [*run.tags, "done"]
        run.tags = list(run.tags) + ["done"]
        run.tags = run.tags + ("done",)
        """
    ),
    Good(
        """
        import wandb

        def start(tags):
            wandb.init(tags=tags)

        class Board:
            tags = []

        board = Board()
        board.tags.append("x")
        """
    ),
)

PROOF = (
    Proof(bad=Shows("the tags are single letters", lambda ran: ran.run.tags == tuple("baseline"))),
    *(
        Proof(bad=Raises(error, saying), bad_script=f"import wandb\nrun = wandb.init(tags=['a'])\n{script}")
        for script, error, saying in (
            ("run.tags.append('b')", "AttributeError", "append"),
            ("run.tags = run.tags + ['b']", "TypeError", "concatenate"),
            ("run.tags += 'b'", "TypeError", "concatenate"),
        )
    ),
)
