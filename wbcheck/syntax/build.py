"""From a source unit to its semantic model: parse, walk, place, prune."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import libcst as cst
import msgspec

from wbcheck.diagnostic import Span
from wbcheck.model.blocks import Block, BlockKind, Class, Condition, Function, Parameter
from wbcheck.model.events import (
    AnyEvent,
    EnvironmentSet,
    Escape,
    Event,
    HelperCall,
    KeySpelled,
    LocalCall,
    RunCall,
    ShellRun,
)
from wbcheck.model.exports import MOST_ASIDE, Context, Exports
from wbcheck.model.model import Artifact, Model, Run, Runless, Table
from wbcheck.model.values import AnyValue, ObjectKind, Piece, Ref, Text, Unknown, Why, constant, options
from wbcheck.settings import READS, WRITES
from wbcheck.source import SourceError, Unit
from wbcheck.source.keys import keys_in
from wbcheck.source.unit import Language
from wbcheck.source.variables import handed_in
from wbcheck.syntax import binding, dispatch, links, mentions, parsing, vocabulary
from wbcheck.syntax.beyond import with_beyond
from wbcheck.syntax.drafts import BlockDraft, FunctionDraft
from wbcheck.syntax.exports import exports_of
from wbcheck.syntax.needed import narrowed
from wbcheck.syntax.positions import Positions
from wbcheck.syntax.walker import Walker

dispatch.fill()


# Libraries whose presence alone binds a file to W&B: their own integrations are what it uses.
INTEGRATIONS = (
    "wandb",
    "WandbLogger",
    "Accelerator",
    "accelerate",
    "transformers",
    "trl",
    "sentence_transformers",
    "unsloth",
)

# Magics that start another program with the environment of this one.
_SHELLS = frozenset({"bash", "sh", "script", "system", "sx", "run"})
_PROGRAM = re.compile(
    r"^(?!(?:pip3?|uv|conda|mamba|poetry|apt|apt-get|git|ls|cat)\b).*?"
    r"(?:\b(?:python[\d.]*|torchrun|accelerate|deepspeed|mpirun|bash|sh|make|mlflow|papermill|dvc)\b|\.sh\b"
    r"|\bwandb\s+(?:agent|launch|local|server|controller)\b)"
)
_CONSTANT = re.compile(r"^([A-Z][A-Z0-9_]*)[ \t]*(?::[^=\n]+)?=(?!=)", re.MULTILINE)
# The key that a shell line of a notebook gives to W&B's own command.
_LOGIN = re.compile(r"(?:^|[;&|\s])wandb\s+login(?:\s+--[\w-]+(?:=\S+)?)*\s+[\"']?(?P<key>[\w-]+)")


def build(unit: Unit, extra_modules: tuple[str, ...] = (), wrappers: dict[str, str] | None = None) -> Model:
    """The model of one unit, as ``build_in`` makes it without any other file."""
    return build_in(Context(), unit, extra_modules, wrappers)[0]


class Parsed(NamedTuple):
    """A unit with its tree, and where things stand in it: what of a model no other file has a say in.

    ``opaque`` are its cells that do not parse, which are blank in ``unit``. It is good for one walk.
    """

    unit: Unit
    module: cst.Module
    opaque: list[tuple[int, SourceError]]
    positions: Positions


def prepare(unit: Unit, extra_modules: tuple[str, ...], wrappers: dict[str, str]) -> Parsed | None:
    """What ``build_in`` can do for a unit beforehand, ``None`` if it need not be parsed for its own sake.

    The arguments are those of ``build_in``, and so is what is raised.
    """
    return _parsed(unit) if binding.may_bind(unit, _houses(extra_modules, wrappers)[0]) else None


def build_in(
    context: Context,
    unit: Unit,
    extra_modules: tuple[str, ...] = (),
    wrappers: dict[str, str] | None = None,
    parsed: Parsed | None = None,
) -> tuple[Model, Exports]:
    """The model of one unit (Python or a notebook) among others, and what it holds ready for them.

    ``extra_modules`` stand for ``wandb`` itself; ``wrappers`` (``Settings.houses``) maps the dotted path of a
    house function, or the name of a method, to ``READS`` or ``WRITES``, or the dotted path to the
    W&B function that it is. ``parsed`` is what ``prepare`` made of the unit, if it did. Raises
    ``SourceError`` (with the offset) where the text exceeds the bound or LibCST refuses it. A notebook's cell
    that does not parse becomes an opaque block, and the rest is modelled.
    """
    houses, stores = _houses(extra_modules, wrappers or {})
    ours = bool(context.linked) and bool(links.words_of_ours(context.linked))
    if not (ours or context.anyway or binding.may_bind(unit, houses)):
        # It may still hold what others tell W&B: `WANDB_PROJECT = "texts"`.
        return _silent(unit), _held(context, unit)
    if context.anyway and not ours and not binding.may_bind(unit, houses):
        unit = narrowed(unit, context.wanted)
    with parsing.deep():
        unit, module, opaque, positions = parsed or _parsed(unit)
        walker = Walker(unit, module, positions, houses, stores, context.linked)
        walker.walk()
        mentions.note(walker)
        model = _Assembly(walker, opaque).model()
        return model, exports_of(walker, context.wanted) if context.wanted else {}


def _held(context: Context, unit: Unit) -> Exports:
    """The constants of a file that binds nothing of W&B's; nothing where it cannot be read."""
    if not context.wanted or len(unit.text) > MOST_ASIDE:
        return {}
    wanted = context.wanted.intersection(_CONSTANT.findall(unit.code))
    try:
        told = Context(context.linked, wanted, anyway=True)
        return build_in(told, unit)[1] if wanted else {}
    except SourceError:
        return {}


def _parsed(unit: Unit) -> Parsed:
    with parsing.deep():
        unit, module, opaque = parsing.parse(unit)
        return Parsed(unit, module, opaque, Positions(module, unit.code))


def _houses(
    extra_modules: tuple[str, ...], wrappers: dict[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """What stands for something of W&B's, and what reads or writes data."""
    houses = dict.fromkeys(extra_modules, "wandb")
    houses.update({path: _through_module(name) for path, name in wrappers.items()})
    stores = {path: what for path, what in houses.items() if what in (READS, WRITES)}
    return {path: what for path, what in houses.items() if path not in stores}, stores


def _through_module(name: str) -> str:
    """A method of the run as the module has it: ``wandb.Run.log`` is ``wandb.log``."""
    head, _, last = name.rpartition(".")
    return (
        f"wandb.{last}" if head in ("wandb.Run", "wandb.run") and last in vocabulary.RUN_FUNCTIONS else name
    )


def _silent(unit: Unit) -> Model:
    """The model of a file that does nothing to W&B."""
    whole = Block(0, BlockKind.MODULE, None, Span(0, len(unit.text)), 0)
    notebook = unit.language is Language.NOTEBOOK
    keys = _keys(unit.text, [whole], 0)
    events: tuple[AnyEvent, ...] = (*keys, *_handed(unit.text, len(keys), ()))
    asks = _asks(unit)
    return Model(
        unit.path,
        notebook,
        bool(keys),
        (whole,),
        *((), (), (), (), (), ()),
        events,
        (),
        asks=asks,
        stands_in=binding.stands_in(unit.code),
    )


def _asks(unit: Unit) -> int:
    """How often a text calls ``use_artifact`` or ``use_model``."""
    return unit.code.count(".use_artifact(") + unit.code.count(".use_model(")


def _keys(text: str, blocks: list[Block], first: int) -> tuple[KeySpelled, ...]:
    """The API keys that a text spells out; ``first`` is the id of the first such event."""
    cells = [block for block in blocks if block.kind is BlockKind.CELL]
    return tuple(
        KeySpelled(
            first + number,
            next((cell.id for cell in cells if cell.span.start <= span.start < cell.span.end), 0),
            span,
            Text(span, (Piece(text[span.start : span.end], span),)),
        )
        for number, span in enumerate(keys_in(text))
    )


def _handed(text: str, first: int, events: Sequence[Event]) -> Iterator[EnvironmentSet]:
    """The variables that a text may set for other programs, but for those that the program itself sets."""
    own = {
        constant(name)
        for event in events
        if isinstance(event, EnvironmentSet) and event.how != "delete"
        for name in options(event.name)
    }
    for name, span in handed_in(text):
        if name not in own:
            own.add(name)
            what = Text(span, (Piece(name, span),))
            yield EnvironmentSet(first, 0, span, what, Unknown(None, Why.ENVIRONMENT), "load")
            first += 1


class _Assembly:
    """Makes the walker's drafts into a model: spans found, ids in source order, the silent left out."""

    def __init__(self, walker: Walker, opaque: list[tuple[int, SourceError]]) -> None:
        self.walker = walker
        self.unit = walker.unit
        self.opaque = opaque

    def model(self) -> Model:
        walker = self.walker
        binds = self._binds()
        events = self._kept() if binds else []
        self._place(events)
        self._place(walker.imports if binds else [])
        order = sorted(range(len(events)), key=lambda index: (events[index].span, index))
        number = {events[old].id: new for new, old in enumerate(order)}
        final = tuple(self._renumbered(events[old], number) for old in order)
        telling = self._telling(final)
        blocks, handed = self._blocks(telling), self._handed(final)
        magics = self._magics(blocks, final) if binds or self.unit.cells else []
        keys = _keys(self.unit.text, blocks, len(final) + len(magics))
        before = (*final, *magics, *keys)
        model = Model(
            path=self.unit.path,
            notebook=self.unit.language is Language.NOTEBOOK,
            binds_wandb=binds or bool(magics) or bool(keys),
            blocks=tuple(blocks),
            functions=tuple(
                self._function(function, number, function.block in telling) for function in walker.functions
            )
            if binds
            else (),
            classes=tuple(Class(c.id, c.name, c.block, c.bases, c.decorators) for c in walker.classes)
            if binds
            else (),
            runs=tuple(
                Run(
                    run.id,
                    number.get(run.start, -1),
                    run.with_block,
                    tuple(run.names),
                    tuple(number[f] for f in run.finishes if f in number),
                    run.elsewhere,
                )
                for run in walker.runs
            ),
            artifacts=tuple(
                Artifact(index, number.get(made, -1), used, tuple(handed.get(index, ())))
                for index, (made, used) in enumerate(walker.artifacts)
            ),
            tables=tuple(Table(index, number.get(made, -1)) for index, made in enumerate(walker.tables)),
            imports=tuple(sorted(walker.imports, key=lambda entry: entry.span)) if binds else (),
            events=(*before, *_handed(self.unit.text, len(before), before)),
            statements=self.walker.positions.statements() if binds else (),
            refusals=tuple((number, error.message, error.offset) for number, error in self.opaque),
            runless=tuple(self._runless(number)),
            asks=_asks(self.unit),
        )
        return with_beyond(model, self.unit.code)

    def _binds(self) -> bool:
        for entry in self.walker.imports:
            root = entry.target.split(".")[0]
            if root in INTEGRATIONS or entry.target in INTEGRATIONS or "wandb" in entry.target.lower():
                return True
        if self.walker.houses and any(
            entry.target == path or path.startswith(entry.target + ".") or entry.target.startswith(path + ".")
            for entry in self.walker.imports
            for path in self.walker.houses
        ):
            return True
        if self.walker.linked and self._binds_elsewhere():
            return True
        return any(isinstance(event, EnvironmentSet) for event in self.walker.events)

    def _binds_elsewhere(self) -> bool:
        """Whether something of W&B's is imported from another file of the project."""
        imported = {entry.written.rstrip("*") for entry in self.walker.imports}
        return any(
            path in imported or any(path.startswith(f"{each.rstrip('.')}.") for each in imported)
            for path in links.of_ours(self.walker.linked)
        )

    def _kept(self) -> list[Event]:
        """All events but the calls of local functions in which, as deep as one looks, nothing happens."""
        walker = self.walker
        inside: dict[int, set[int]] = {function.id: set() for function in walker.functions}
        telling: set[int] = set()
        for event in walker.events:
            owner = walker.blocks[event.block].function
            if isinstance(event, LocalCall):
                if owner is not None:
                    inside[owner].add(event.function)
            else:
                while owner is not None:
                    telling.add(owner)
                    block = walker.blocks[walker.functions[owner].block].parent
                    owner = walker.blocks[block].function if block is not None else None
        changed = True
        while changed:
            changed = False
            for function, called in inside.items():
                if function not in telling and called & telling:
                    telling.add(function)
                    changed = True
        # What an object is made with may be what its methods tell W&B.
        classes = {walker.functions[function].class_id for function in telling} - {None}
        telling.update(
            function.id
            for function in walker.functions
            if function.class_id in classes and function.qualname.endswith(".__init__")
        )
        return [e for e in walker.events if not isinstance(e, LocalCall) or e.function in telling]

    def _place(self, values: Any) -> None:
        """Fill in the spans of everything that is kept."""
        seen: set[int] = set()
        for span in _spans(values, seen):
            if span.start == -1:
                start, end = self._found(span.end)
                msgspec.structs.force_setattr(span, "end", end)
                msgspec.structs.force_setattr(span, "start", start)

    def _found(self, handle: int) -> tuple[int, int]:
        anchor, node, mode, first, last = self.walker.pending[handle]
        positions = self.walker.positions
        if mode == "statement":
            whole = positions.statement(anchor)
            return whole.start, whole.end
        if not positions.has(anchor):
            body = positions.body(anchor)
            return body.start, body.start
        span = positions.span(anchor, node, mode == "outer")
        if mode == "content" and isinstance(node, cst.SimpleString):
            opening, closing = len(node.prefix) + len(node.quote), len(node.quote)
            content = (span.start + opening, span.end - closing)
            literal = content[1] - content[0]
            if "\\" in node.value or (literal != last - first and literal < last):
                return content
            if (first, last) != (0, literal):
                return content[0] + first, min(content[0] + last, content[1])
            return content
        if mode == "step" and isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
            # A key that `get` is asked for: `.get("lr", 1)`.
            value = positions.span(anchor, node.func.value, outer=True)
            return value.end, span.end
        if mode == "step" and isinstance(node, cst.Attribute | cst.Subscript):
            value = positions.span(anchor, node.value, outer=True)
            return value.end, span.end
        if mode == "close" and isinstance(node, cst.Call):
            return span.end - 1, span.end - 1
        return span.start, span.end

    def _runless(self, number: dict[int, int]) -> Iterator[Runless]:
        found = [each for each in self.walker.runless.values() if each is not None and each.event in number]
        for each in sorted(found, key=lambda one: number[one.event]):
            start = None if each.start is None else number.get(each.start)
            yield msgspec.structs.replace(each, event=number[each.event], start=start)

    def _renumbered(self, event: Event, number: dict[int, int]) -> Any:
        changes: dict[str, Any] = {"id": number[event.id]}
        for name in ("finish", "logged_by"):
            old = getattr(event, name, None)
            if old is not None:
                changes[name] = number.get(old)
        if isinstance(event, HelperCall):
            changes["does"] = tuple(
                msgspec.structs.replace(deed, finish=number.get(deed.finish))
                if isinstance(deed, RunCall) and deed.finish is not None
                else deed
                for deed in event.does
            )
        return msgspec.structs.replace(event, **changes)

    def _handed(self, events: tuple[Any, ...]) -> dict[int | None, list[int]]:
        """The escapes of each artifact."""
        found: dict[int | None, list[int]] = {}
        for event in events:
            if isinstance(event, Escape) and isinstance(event.object, Ref):
                if event.object.kind is ObjectKind.ARTIFACT:
                    found.setdefault(event.object.id, []).append(event.id)
        return found

    # --- blocks and functions -------------------------------------------------------------------

    def _telling(self, events: tuple[Any, ...]) -> set[int]:
        """The blocks in which something happens, or something of W&B's is imported, at any depth."""
        telling: set[int] = set()
        imports = (entry for entry in self.walker.imports if entry.target.startswith("wandb"))
        for found in (*events, *imports):
            current: int | None = found.block
            while current is not None and current not in telling:
                telling.add(current)
                current = self.walker.blocks[current].parent
        return telling

    def _blocks(self, telling: set[int]) -> list[Block]:
        walker = self.walker
        blocks = [self._block(draft, draft.id in telling) for draft in walker.blocks]
        cells = {cell.number: cell for cell in self.unit.cells}
        for cell_number, _ in self.opaque:
            blocks.append(
                Block(
                    len(blocks), BlockKind.OPAQUE, 0, cells[cell_number].span, len(blocks), cell=cell_number
                )
            )
        return blocks

    def _block(self, draft: BlockDraft, telling: bool) -> Block:
        condition = None
        if draft.test is not None and (telling or draft.kind is BlockKind.EXCEPT):
            condition = Condition(
                self.walker.positions.text(draft.test) or self.walker.code(draft.test),
                draft.negated,
                draft.guard,
            )
        loop = draft.loop if telling else None
        if loop is not None:
            self._place([loop])
        return Block(
            draft.id,
            draft.kind,
            draft.parent,
            self._block_span(draft),
            draft.group,
            draft.function,
            draft.owner,
            condition,
            loop,
            draft.end,
            draft.cell,
            self._begins(draft) if telling else None,
        )

    def _begins(self, draft: BlockDraft) -> int | None:
        """Where the statements of a ``with`` or of a loop begin."""
        if draft.kind not in (BlockKind.WITH, BlockKind.LOOP):
            return None
        node: Any = draft.node
        first = node.body.body[0]
        if isinstance(first, cst.SimpleStatementLine):
            first = first.body[0]
        return self.walker.positions.start(first)

    def _block_span(self, draft: BlockDraft) -> Span:
        node: Any = draft.node
        if draft.kind is BlockKind.MODULE:
            return Span(0, len(self.unit.text))
        if draft.kind is BlockKind.CELL:
            span: Span = node.span
            return span
        return self.walker.positions.body(node)

    def _function(self, draft: FunctionDraft, number: dict[int, int], telling: bool) -> Function:
        node = draft.node
        positions = self.walker.positions
        parameters: list[Parameter] = []
        params = node.params
        plain = [(p, "") for p in (*params.posonly_params, *params.params)]
        if isinstance(params.star_arg, cst.Param):
            plain.append((params.star_arg, "*"))
        plain.extend((p, "") for p in params.kwonly_params)
        if params.star_kwarg is not None:
            plain.append((params.star_kwarg, "**"))
        for param, star in plain:
            default = draft.defaults.get(param.name.value) if telling else None
            frozen = None if default is None else self.walker.frozen(default)
            self._place([frozen])
            annotation = self.walker.code(param.annotation.annotation) if telling and param.annotation else ""
            parameters.append(
                Parameter(param.name.value, frozen, annotation, star, positions.name(param.name))
            )
        return Function(
            draft.id,
            node.name.value,
            draft.qualname,
            draft.block,
            positions.body(node),
            positions.name(node.name),
            tuple(parameters),
            draft.decorators,
            draft.class_id,
            node.asynchronous is not None,
            draft.is_generator,
            tuple(sorted(number[caller] for caller in draft.callers if caller in number)),
            draft.escapes,
        )

    def _magics(self, blocks: list[Block], events: tuple[Event, ...]) -> list[EnvironmentSet | ShellRun]:
        """``%env NAME=value``, ``%env NAME value``, ``!wandb login key``: what a notebook sets."""
        found: list[EnvironmentSet | ShellRun] = []
        shells: list[tuple[int, Span]] = []
        first = len(events)
        for magic in self.unit.magics:
            variable, span, how = magic.variable, magic.span, "magic"
            if magic.name in _SHELLS or (magic.sigil in ("!", "!!") and _PROGRAM.search(magic.argument)):
                shells.append((magic.cell, magic.span))
            if magic.sigil == "!" and (key := _LOGIN.search(magic.argument)) is not None:
                start = magic.argument_span.start
                variable, how = ("WANDB_API_KEY", key["key"]), "login"
                span = Span(start + key.start("key"), start + key.end("key"))
            if variable is None or not variable[0].startswith("WANDB"):
                continue
            block = next((b.id for b in blocks if b.kind is BlockKind.CELL and b.cell == magic.cell), 0)
            name = Text(magic.span, (Piece(variable[0], None),))
            value: AnyValue = Unknown(span, Why.ENVIRONMENT)
            if variable[1] is not None:
                value = Text(span, (Piece(variable[1], None),))
            found.append(EnvironmentSet(first + len(found), block, magic.span, name, value, how))
        if found or any(isinstance(event, EnvironmentSet) for event in events):
            for cell, span in shells:
                block = next((b.id for b in blocks if b.kind is BlockKind.CELL and b.cell == cell), 0)
                found.append(ShellRun(first + len(found), block, span))
        return found


def _spans(value: Any, seen: set[int]) -> Iterator[Span]:
    """Every span inside plain data."""
    stack = [value]
    while stack:
        current = stack.pop()
        if isinstance(current, Span):
            yield current
        elif isinstance(current, list | tuple):
            stack.extend(current)
        elif isinstance(current, msgspec.Struct):
            if id(current) in seen:
                continue
            seen.add(id(current))
            stack.extend(getattr(current, name) for name in current.__struct_fields__)
