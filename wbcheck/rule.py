"""All that a rule's author imports: the form of a rule, what a check is given, and the words of the model.

A rule is one file: its docstring, ``RULE``, ``check``, ``EXAMPLES`` and, where it is essential, ``PROOF``.
``docs/writing-rules.md`` walks through one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any, Concatenate, ParamSpec, Protocol

import msgspec

from wbcheck import sdk, setup
from wbcheck.diagnostic import Applicability, Edit, Finding, Fix, Label, Refusal, Severity, Span
from wbcheck.edits import (
    Edits,
    append_step,
    append_to_text,
    append_to_tuple,
    as_tuple,
    assigned_name,
    attribute_to_subscript,
    bound_to,
    drop_import,
    elsewhere,
    ensure_import,
    gather,
    import_beside,
    insert_after,
    insert_after_block,
    insert_before,
    keep,
    mentions,
    merge_calls,
    name_argument,
    nest_parameters,
    nest_value,
    prepend_entry,
    quote,
    remove_argument,
    remove_statement,
    rename_argument,
    rename_key,
    replace,
    replace_callee,
    replace_in_text,
    set_argument,
    set_text,
    source_of,
    spelled,
    step_in_target,
    step_into,
    together,
    value_span,
    wrap,
    wrap_rest_of_block,
)
from wbcheck.examples import (
    Bad,
    Example,
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
from wbcheck.facts import Facts, Input, Namespace, Output, Pieces, are_apart, fits, folded, pieces_of
from wbcheck.model.blocks import (
    Block,
    BlockKind,
    Class,
    Condition,
    End,
    Function,
    Guard,
    Loop,
    Parameter,
)
from wbcheck.model.events import (
    AgentStarted,
    AnyEvent,
    ApiCall,
    ApiItem,
    ApiRecord,
    Argument,
    Arguments,
    ArtifactCall,
    ArtifactChanged,
    ArtifactLinked,
    ArtifactLogged,
    ArtifactMade,
    ArtifactUsed,
    Asked,
    AttributeUse,
    Call,
    CommandLine,
    ConfigChanged,
    ConfigRead,
    ConfigWrite,
    DataRead,
    DataWritten,
    DefineMetric,
    EnvironmentRead,
    EnvironmentSet,
    Escape,
    EscapeKind,
    Event,
    Finish,
    GivenRead,
    HelperCall,
    KeySpelled,
    LiteralArgument,
    LocalCall,
    Log,
    Login,
    MediaMade,
    ReferenceGiven,
    RunAttribute,
    RunCall,
    RunStart,
    SettingsGiven,
    ShellRun,
    Starter,
    SummaryRead,
    SummaryWrite,
    SweepMade,
    TableCall,
    TableMade,
    TrainerCall,
    TrainerMade,
    TrainingArguments,
    TrainingArgumentsSet,
    Via,
)
from wbcheck.model.flow import (
    Parting,
    Path,
    Place,
    Stretch,
    calls_of,
    comes_true,
    conditional_between,
    contradict,
    exclusive,
    falls_to,
    is_reached,
    lies_in,
    may_leave,
    of_one_start,
    partings,
    paths,
    precedes,
    repeats_more,
    same_pass,
    surely_runs,
)
from wbcheck.model.model import Artifact, Import, Model, Run, Runless, Table
from wbcheck.model.values import (
    AnyValue,
    Entry,
    Flag,
    Hole,
    Items,
    Kind,
    Nothing,
    Number,
    ObjectKind,
    OneOf,
    Origin,
    Part,
    Piece,
    Ref,
    Step,
    Text,
    Tri,
    Unknown,
    Value,
    Why,
    constant,
    is_given,
    is_written,
    options,
    texts,
    varies,
)
from wbcheck.model.values import (
    Mapping as Dict,
)
from wbcheck.project import Project, Variable, program_of
from wbcheck.sdk import Change, Versions, every
from wbcheck.words import counted, words

__all__ = [
    "AgentStarted",
    "Annotated",
    "AnyEvent",
    "AnyValue",
    "ApiCall",
    "ApiItem",
    "ApiRecord",
    "Applicability",
    "Argument",
    "Arguments",
    "Artifact",
    "ArtifactCall",
    "ArtifactChanged",
    "ArtifactLinked",
    "ArtifactLogged",
    "ArtifactMade",
    "ArtifactUsed",
    "Asked",
    "AttributeUse",
    "Bad",
    "Block",
    "BlockKind",
    "Call",
    "Change",
    "Check",
    "Class",
    "CommandLine",
    "Condition",
    "ConfigChanged",
    "ConfigRead",
    "ConfigWrite",
    "DataRead",
    "DataWritten",
    "DefineMetric",
    "Dict",
    "Edit",
    "Edits",
    "End",
    "Entry",
    "EnvironmentRead",
    "EnvironmentSet",
    "Escape",
    "EscapeKind",
    "Event",
    "Example",
    "Facts",
    "File",
    "Finding",
    "Finish",
    "Fix",
    "Flag",
    "Function",
    "GivenRead",
    "Good",
    "Guard",
    "HelperCall",
    "Hole",
    "Import",
    "Input",
    "Items",
    "Iterator",
    "KeySpelled",
    "Kind",
    "Label",
    "LiteralArgument",
    "LoadedRule",
    "LocalCall",
    "Log",
    "Login",
    "Loop",
    "MediaMade",
    "Mended",
    "Model",
    "Namespace",
    "Nothing",
    "Number",
    "ObjectKind",
    "OneOf",
    "Options",
    "Origin",
    "Outcome",
    "Output",
    "Page",
    "Parameter",
    "Part",
    "Parting",
    "Path",
    "Piece",
    "Pieces",
    "Place",
    "Preset",
    "Project",
    "Proof",
    "Raises",
    "Ran",
    "Recorded",
    "Ref",
    "ReferenceGiven",
    "Refusal",
    "Rule",
    "Run",
    "RunAttribute",
    "RunCall",
    "RunStart",
    "Runless",
    "Runs",
    "SettingsGiven",
    "Severity",
    "ShellRun",
    "Shows",
    "Span",
    "Starter",
    "Step",
    "Stretch",
    "Stuck",
    "SummaryRead",
    "SummaryWrite",
    "SweepMade",
    "Table",
    "TableCall",
    "TableMade",
    "Text",
    "TrainerCall",
    "TrainerMade",
    "TrainingArguments",
    "TrainingArgumentsSet",
    "Tree",
    "Tri",
    "Unknown",
    "Unproven",
    "Value",
    "Variable",
    "Versions",
    "Via",
    "Why",
    "append_step",
    "append_to_text",
    "append_to_tuple",
    "are_apart",
    "as_tuple",
    "assigned_name",
    "attribute_to_subscript",
    "bound_to",
    "calls_of",
    "comes_true",
    "conditional_between",
    "constant",
    "contradict",
    "counted",
    "doc",
    "drop_import",
    "elsewhere",
    "ensure_import",
    "exclusive",
    "falls_to",
    "fits",
    "folded",
    "gather",
    "import_beside",
    "insert_after",
    "insert_after_block",
    "insert_before",
    "is_given",
    "is_reached",
    "is_written",
    "keep",
    "lies_in",
    "listed",
    "may_leave",
    "mentions",
    "merge_calls",
    "name_argument",
    "nest_parameters",
    "nest_value",
    "of_one_start",
    "options",
    "partings",
    "paths",
    "pieces_of",
    "precedes",
    "prepend_entry",
    "program_of",
    "quote",
    "remove_argument",
    "remove_statement",
    "rename_argument",
    "rename_key",
    "repeats_more",
    "replace",
    "replace_callee",
    "replace_in_text",
    "same_pass",
    "sdk",
    "set_argument",
    "set_text",
    "setup",
    "shown",
    "source_of",
    "spelled",
    "step_in_target",
    "step_into",
    "surely_runs",
    "texts",
    "together",
    "value_span",
    "varies",
    "words",
    "wrap",
    "wrap_rest_of_block",
]

P = ParamSpec("P")


class Preset(StrEnum):
    """The presets, each inside the next."""

    ESSENTIAL = "essential"
    RECOMMENDED = "recommended"
    GUIDE = "guide"
    ALL = "all"

    @property
    def severity(self) -> Severity:
        """How bad a finding of a rule in this preset is."""
        if self is Preset.ESSENTIAL:
            return Severity.ERROR
        return Severity.INFO if self is Preset.ALL else Severity.WARNING


class Options(msgspec.Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """The base of a rule's options: fields with types, defaults and ``doc("…")``.

    In the configuration file a field's underscores are dashes.
    """


def doc(text: str) -> msgspec.Meta:
    """What an option does: ``words: Annotated[tuple[str, ...], doc("…")] = ()``."""
    return msgspec.Meta(description=text)


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule is called and what it may do.

    ``why`` is one sentence shown under a finding in the terminal, ``how`` another that says how to
    mend it. ``fix`` is the safest kind of fix that it offers. ``wandb`` the versions it holds for, as
    a version specifier; empty for all. ``aliases`` are names that it had before. ``changes`` is what its fix
    changes in what a run leaves behind (fields of ``Recorded``, or ``runs`` for how many there are); all
    else stays as it was.
    One in ``preview`` is only asked where it is selected by its own code or name, or with ``--preview``.
    ``made_by_engine`` marks a rule without ``check``: the engine itself makes its findings.
    """

    code: str
    name: str
    preset: Preset
    since: str
    why: str
    how: str
    fix: Applicability | None = None
    changes: tuple[str, ...] = ()
    wandb: str = ""
    aliases: tuple[str, ...] = ()
    options: type[Options] | None = None
    preview: bool = False
    made_by_engine: bool = False


def nothing(path: str) -> str | None:
    """The text of a file where none is at hand."""
    return None


class Mended(msgspec.Struct, frozen=True):
    """What a fix over several places does, in one line without a full stop, and all of its edits."""

    message: str
    edits: Edits


class Stuck(Exception):
    """What stands in the way of a fix over several places: see ``Refusal``."""

    def __init__(self, why: str, span: Span | None = None, path: str | None = None) -> None:
        super().__init__(why)
        self.refusal = Refusal(why, span, path)


class File(msgspec.Struct, frozen=True, kw_only=True):
    """What a check is given: one file, and what is known around it.

    ``options`` is an instance of the rule's own ``Options``. ``role`` is ``script``, ``notebook``,
    ``settings`` (what is outside Python: sweeps, YAML, scripts of a shell) or ``test``. ``read`` gives the
    code of a file of the project by its path (as long as its text, magics masked), ``None`` where it cannot
    be read; only fixes may ask for it.
    """

    model: Model
    project: Project = Project()
    options: Any = None
    role: str = "script"
    find_versions: Callable[[], Versions] = every
    applicability: Applicability | None = None
    read: Callable[[str], str | None] = nothing

    @property
    def versions(self) -> Versions:
        """The releases of wandb that the project may run with; where nothing says so, the newest."""
        return self.find_versions()

    @property
    def path(self) -> str:
        """The file as the user would write it."""
        return self.model.path

    @property
    def text(self) -> str:
        """The unit's code, read now. For fixes: a check that looks at it defeats the cache."""
        return self.read(self.path) or ""

    def text_of(self, path: str) -> str | None:
        """The code of another file of the project, for a fix that changes it, too; see ``elsewhere``.

        ``None`` where it cannot be read: then the fix has to refuse.
        """
        return self.read(path)

    def script(self, sweep: Dict) -> File | None:
        """The file that a sweep runs as its program, if that is one of those that are checked."""
        program = program_of(sweep)
        model = None if program is None else self.project.script(self.path, program)
        return None if model is None else msgspec.structs.replace(self, model=model, role="script")

    def fix(
        self,
        message: str,
        make: Callable[Concatenate[str, P], Edits | None],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Callable[[], Fix | None]:
        """A fix that is built when it is wanted: ``make(text, *args)``, as safe as the rule's metadata says.

        ``None`` from ``make`` refuses: then the finding has no fix.
        """
        return self.fix_as(self.applicability or Applicability.UNSAFE, message, make, *args, **kwargs)

    def fix_as(
        self,
        applicability: Applicability,
        message: str,
        make: Callable[Concatenate[str, P], Edits | None],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Callable[[], Fix | None]:
        """``fix`` for one that is less safe than the rule's fixes mostly are."""

        def build() -> Fix | None:
            text = self.text
            return _fix(text, message, applicability, make(text, *args, **kwargs))

        return build

    def fix_across(
        self, make: Callable[Concatenate[File, P], Mended | None], *args: P.args, **kwargs: P.kwargs
    ) -> Callable[[], Fix | Refusal | None]:
        """A fix over several places or files: ``make(file, *args)`` gives the edits and what they do.

        ``file.text_of(path)`` is a file's code, ``elsewhere(path, edits)`` makes edits those of another file.
        Where ``make`` raises ``Stuck``, nothing is mended and the finding names the place that stands in the
        way.
        """

        def build() -> Fix | Refusal | None:
            try:
                made = make(self, *args, **kwargs)
            except Stuck as stuck:
                return stuck.refusal
            applicability = self.applicability or Applicability.UNSAFE
            return None if made is None else _fix(self.text, made.message, applicability, made.edits)

        return build


def _fix(text: str, message: str, applicability: Applicability, edits: Edits | None) -> Fix | None:
    """A fix of what its maker gave: edits that change nothing are places that it takes for granted."""
    kept = [each for each in edits or () if each.path is None and source_of(text, each.span) == each.content]
    changing = tuple(each for each in edits or () if each not in kept)
    spans = tuple(each.span for each in kept if each.content)
    return Fix(message, applicability, changing, spans) if changing else None


def shown(value: Text | str, limit: int = 40) -> str:
    """A user's text in backticks, fit for a headline: holes as ``{}``, one line, cut in the middle.

    A time is one hole, of however many parts: ``%Y-%m-%d`` is ``{}``.
    """
    text = _skeleton(value) if isinstance(value, Text) else value
    text = "".join(
        letter if letter.isprintable() else repr(letter)[1:-1] for letter in text.replace("`", "'")
    )
    if len(text) > limit:
        half = (limit - 1) // 2
        text = f"{text[:half]}…{text[-half:]}"
    return f"`{text}`"


def _skeleton(text: Text) -> str:
    told: list[str] = []
    was_clock = False
    for piece in text.pieces:
        if not isinstance(piece, Hole):
            told.append(piece.text)
            continue
        is_clock = isinstance(piece.value, Unknown) and piece.value.why is Why.CLOCK
        if is_clock and was_clock and (told[-1] == "{}" or _IN_TIMES.fullmatch(told[-1])):
            told = told if told[-1] == "{}" else told[:-1]
        else:
            told.append("{}")
        was_clock = is_clock
    return "".join(told)


# What stands between the parts of a time, and is no mistake of its own.
_IN_TIMES = re.compile(r"[-.T]")


def listed(names: Sequence[Text | str], room: int) -> str:
    """A user's names in ``room`` characters of a headline: three at most, or all four, and how many more.

    Only the first is ever cut, where there is no room for all of it.
    """
    for count in range(min(4 if len(names) == 4 else 3, len(names)), 0, -1):
        more = f" and {len(names) - count} more" if len(names) > count else ""
        limit = room - len(more) - 2 if count == 1 else room
        told = ", ".join(shown(name, limit) for name in names[:count]) + more
        if len(told) <= room:
            return told
    return ""


class Tree(Protocol):
    """A file's LibCST tree: ``module`` is its ``libcst.Module``.

    ``span`` gives the place of a node of it in the text, without parentheses around it; it raises
    ``ValueError`` for a node that is none of this very tree.
    """

    module: Any

    def span(self, node: Any) -> Span: ...


Check = Callable[[File], Iterable[Finding]]
TreeCheck = Callable[[File, Tree], Iterable[Finding]]


class Page(msgspec.Struct, frozen=True):
    """A rule's docstring in its parts; ``whole`` is all of it as written."""

    summary: str
    why: str
    ignore: str
    whole: str


class LoadedRule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as found in its file: ``module`` is its import name, ``category`` its folder.

    ``check_tree`` is there where the rule asks for the file's LibCST tree.
    """

    rule: Rule
    check: Check | None
    check_tree: TreeCheck | None = None
    examples: tuple[Bad | Good, ...]
    proofs: tuple[Proof | Unproven, ...]
    page: Page
    module: str
    path: str
    category: str

    def options_of(self, given: Mapping[str, Any]) -> Options | None:
        """The rule's options as configured, defaults filled in.

        Raises ``msgspec.ValidationError`` for unknown keys and wrong types; its text names the key.
        """
        if self.rule.options is None:
            if given:
                key = next(iter(given))
                raise msgspec.ValidationError(f"Object contains unknown field `{key}`")
            return None
        return msgspec.convert(given, self.rule.options)

    def judges(self, role: str) -> bool:
        """Whether the rule speaks in files of this role: outside ``essential``, never in tests."""
        return role != "test" or self.rule.preset is Preset.ESSENTIAL

    def findings(
        self,
        model: Model,
        *,
        project: Project = Project(),  # noqa: B008 - it is frozen
        options: Options | None = None,
        role: str = "script",
        versions: Callable[[], Versions] = every,
        read: Callable[[str], str | None] = nothing,
        tree: Callable[[], Tree] | None = None,
    ) -> Iterator[Finding]:
        """What the rule finds in a file; ``options`` as from ``options_of``, else the defaults.

        Nothing where ``versions`` has none that the rule holds for, nor in tests that call no W&B; without
        ``tree``, what the model alone tells.
        """
        if not model.binds_wandb or (role == "test" and project.is_stood_in(model.path)):
            return
        if self.rule.wandb and not versions().within(self.rule.wandb).releases:
            return
        given = options if options is not None or self.rule.options is None else self.rule.options()
        file = File(
            model=model,
            project=project,
            options=given,
            role=role,
            find_versions=versions,
            applicability=self.rule.fix,
            read=read,
        )
        if self.check is not None:
            yield from self.check(file)
        if self.check_tree is not None and tree is not None:
            yield from self.check_tree(file, tree())
