"""Renaming an artifact wherever the project speaks of it, or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wbcheck.rule import (
    ApiCall,
    ArtifactLogged,
    ArtifactMade,
    ArtifactUsed,
    Edits,
    Event,
    File,
    LocalCall,
    Mended,
    Model,
    Project,
    ReferenceGiven,
    RunStart,
    Span,
    Stuck,
    Text,
    constant,
    elsewhere,
    mentions,
    replace,
    replace_in_text,
    set_text,
    source_of,
    spelled,
    together,
)

from ._names import names
from ._references import BY_NAME, references

_YAML = (".yaml", ".yml")


def rename(file: File, name: Text) -> Mended | None:
    """Dashes for the underscores of an artifact's name, and of every reference to it.

    Raises ``Stuck`` at the place that may mean the artifact, or may not.
    """
    return _Renaming(file, name).mended()


class _Renaming:
    def __init__(self, file: File, name: Text) -> None:
        self.file, self.name = file, name
        self.old, self.new = name.skeleton, name.skeleton.replace("_", "-")
        self.edits: list[Edits | None] = []
        self.places = 0
        self.files: dict[str, None] = {}
        self.pinned: dict[str, None] = {}
        self.taken: dict[str, list[Span]] = {}
        self.known: dict[str, list[Span]] = {}

    def mended(self) -> Mended | None:
        for model in self.file.project.models.values():
            self._named(model)
            self._asked(model)
        if name := self.name.constant:
            for path in self._texts():
                self._spelled(path, name)
        edits = together(*self.edits)
        return None if edits is None else Mended(self._told(), edits)

    # Where it is made and asked for

    def _named(self, model: Model) -> None:
        for text, place in names(model):
            if text.skeleton == self.new:
                raise Stuck(f"another artifact is called `{self.new}`", place, self._other(model.path))
            if text.skeleton == self.old:
                if any(piece.span is None for piece in text.constants):
                    raise Stuck("the name is not written here", place, self._other(model.path))
                self._rename(model, text, 0)

    def _asked(self, model: Model) -> None:
        for _, text, place in references(model, ("artifact", *BY_NAME)):
            home, slash, rest = text.skeleton.rpartition("/")
            bare, _, _ = rest.partition(":")
            if bare != self.old or self._is_of_others(home, place, model.path):
                if text.constant is not None and self.name.constant is None and self._may_be(bare):
                    raise Stuck("this may be the artifact", place, self._other(model.path))
                self.known.setdefault(model.path, []).append(place)
                continue
            self._note_version(rest)
            self._rename(model, text, len(home) + len(slash))

    def _may_be(self, name: str) -> bool:
        """Whether a name that is known may be this one, whose holes are filled when the program runs."""
        parts = (re.escape(part) for part in self.old.split("{}"))
        return "_" in name and re.fullmatch(".*".join(parts), name) is not None

    def _is_of_others(self, home: str, place: Span, path: str) -> bool:
        """Whether what a name stands behind certainly says that another project's artifact is meant.

        Raises ``Stuck`` where that cannot be told.
        """
        project = home.rpartition("/")[2]
        known = self.file.project.once(_projects)
        if not project or "{}" in project or project == "artifacts" or project in known:
            return False
        if None in known or not known:
            raise Stuck("this may be another project's artifact", place, self._other(path))
        return True

    def _rename(self, model: Model, text: Text, skipped: int) -> None:
        """Change the pieces of a text, from an offset in its skeleton on, up to a version."""
        code = self.file.text_of(model.path)
        if code is None:
            raise Stuck("the file cannot be read", text.span, self._other(model.path))
        at, end = 0, skipped + len(self.old)
        before = len(self.edits)
        for piece in text.pieces:
            size = len(getattr(piece, "text", "{}"))
            inside = getattr(piece, "text", "")[max(0, skipped - at) : max(0, end - at)]
            span = piece.span
            if "_" in inside and span is not None and span not in self.taken.get(model.path, ()):
                self._checked(model, code, span)
                if inside == getattr(piece, "text", ""):
                    edits = replace_in_text(code, piece, "_", "-")  # type: ignore[arg-type]
                else:
                    whole = getattr(piece, "text", "")
                    edits = set_text(code, piece, whole.replace(inside, inside.replace("_", "-"), 1))  # type: ignore[arg-type]
                self._take(model.path, span, edits)
            at += size
        self.places += len(self.edits) > before

    def _checked(self, model: Model, code: str, span: Span) -> None:
        """A literal that a name holds may serve for something else, too."""
        users = [e.span for e in _users(model)]
        if any(user.contains(span) for user in users):
            return
        statement = model.statement_at(span)
        if statement is None:
            raise Stuck("the name is written here, and may serve for more", span, self._other(model.path))
        calls = [call for call in model.each(LocalCall) if call.span.contains(span)]
        if calls:
            # It is an argument: the function's own uses of the parameter were followed.
            call = min(calls, key=lambda each: each.span.end - each.span.start)
            given = next((a for a in call.arguments.items if a.span.contains(span)), None)
            block = model.blocks[model.functions[call.function].block].span
            held, within = (given.name if given else ""), block
            header = block.start
        else:
            held = source_of(code, Span(statement.start, span.start)).rstrip("\"'fFrR").rstrip()
            is_bound = held.endswith("=") and held[:-1].rstrip().isidentifier()
            held, within = (held[:-1].rstrip() if is_bound else ""), Span(0, len(code))
            header = statement.start
        if not held:
            raise Stuck("the name is written here, and may serve for more", span, self._other(model.path))
        bound = model.statement_at(Span(header, header))
        for place in mentions(code, held):
            own = within.contains(place) and model.statement_at(place) != bound
            if own and not any(user.contains(place) for user in users):
                raise Stuck(f"`{held}` serves for more than the name", place, self._other(model.path))

    # Where it is spelled

    def _texts(self) -> Iterator[str]:
        yield from self.file.project.models
        yield from (path for path, _ in self.file.project.yaml if path not in self.file.project.models)

    def _spelled(self, path: str, name: str) -> None:
        """References in other texts: with a version it is one for certain, alone it may be anything."""
        text = self.file.text_of(path)
        if text is None or name not in text:
            return
        known = [*self.taken.get(path, ()), *self.known.get(path, ())]
        is_yaml = path.lower().endswith(_YAML)
        for span in spelled(text, rf"(?<![\w.-]){re.escape(name)}:[A-Za-z][\w.-]*", is_yaml):
            home = re.search(r"(?:[\w.{}-]+/)*$", text[max(0, span.start - 200) : span.start])
            if any(each.overlaps(span) for each in known) or (
                home is not None and self._is_of_others(home.group().rstrip("/"), span, path)
            ):
                continue
            self._note_version(source_of(text, span))
            bare = Span(span.start, span.start + len(name))
            self._take(path, bare, replace(text, bare, self.new))
            self.places += 1
        quoted = rf"(?<=[\"']){re.escape(name)}(?=[\"'])"
        alone = rf"(?<![^\s\"']){re.escape(name)}(?![^\s\"'])" if is_yaml else quoted
        for span in spelled(text, alone, is_yaml):
            if not any(each.contains(span) for each in known):
                raise Stuck(f"`{name}` may mean the artifact here, or not", span, self._other(path))

    def _note_version(self, reference: str) -> None:
        version = reference.partition(":")[2]
        if version not in ("", "latest", "{}"):
            self.pinned[f"`:{version}`"] = None

    def _take(self, path: str, span: Span, edits: Edits | None) -> None:
        other = self._other(path)
        self.edits.append(edits if other is None else elsewhere(other, edits))
        self.taken.setdefault(path, []).append(span)
        if other is not None:
            self.files[other] = None

    def _other(self, path: str) -> str | None:
        return None if path == self.file.path else path

    def _told(self) -> str:
        told = f"Call it `{self.new}`"
        if self.places > 1:
            told += f", in all {self.places} places"
        if self.files:
            shown = list(self.files)
            told += f", also in {', '.join(shown[:3])}" + (f" and {len(shown) - 3} more" if shown[3:] else "")
        if self.pinned:
            told += f"; {', '.join(self.pinned)} must be logged anew under this name"
        return told


def _users(model: Model) -> Iterator[Event]:
    """What takes an artifact's name."""
    for event in model.events:
        if isinstance(event, ArtifactMade | ArtifactLogged | ArtifactUsed | ApiCall | ReferenceGiven):
            yield event


def _projects(project: Project) -> set[str | None]:
    """The projects of W&B that runs are started in; ``None`` is one that is not known."""
    return {
        constant(start.get("project")) for model in project.models.values() for start in model.each(RunStart)
    }
