"""From what runs do to the graph: which names are one artifact, and which acts are one edge.

A constant name is one artifact in a project for each type that it is logged with. A name that varies, or is
not known, stands for itself alone: two places may mean the same, and nobody knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from wbcheck.facts import are_apart
from wbcheck.lineage.acts import Act, Metadata, Named, RunKey, metadata_of
from wbcheck.lineage.graph import UNKNOWN, Artifact, Edge, EdgeKind, Lineage, Run, Site
from wbcheck.model.model import Model

_Key = tuple[object, ...]


def joined(
    models: Iterable[Model],
    runs: Mapping[RunKey, Run],
    acts: Iterable[Act],
    idle: Iterable[tuple[str, Named]] = (),
) -> Lineage:
    """The graph, each part of it in the order of files and places.

    ``idle`` are artifacts that are made and with which nothing is done, each with the project of its file.
    """
    return _Join(models, runs, acts, idle).lineage()


class _Draft(msgspec.Struct):
    """An artifact while it is put together."""

    named: Named
    home: str
    kind: str
    is_external: bool
    sites: dict[Site, None]
    told: list[Metadata]


class _Join:
    def __init__(
        self,
        models: Iterable[Model],
        runs: Mapping[RunKey, Run],
        acts: Iterable[Act],
        idle: Iterable[tuple[str, Named]],
    ) -> None:
        self.models = {model.path: model for model in models}
        self.runs = runs
        self.acts = tuple(acts)
        self.idle = tuple(idle)
        self.known = {run.home for run in runs.values()}
        self.drafts: dict[_Key, _Draft] = {}
        self.by_name: dict[tuple[str, str], list[_Key]] = {}
        self.told: set[tuple[_Key, tuple[str, int]]] = set()

    def lineage(self) -> Lineage:
        """The graph."""
        keys = {}
        # What is logged says which types there are; what is used takes what is there.
        for index, act in enumerate(self.acts):
            if act.kind is EdgeKind.LOG:
                keys[index] = self._logged(act)
        for index, act in enumerate(self.acts):
            if act.kind is not EdgeKind.LOG:
                keys[index] = self._used(act)
        for home, named in self.idle:
            self._add_idle(home, named)
        order = sorted(
            self.drafts, key=lambda key: (self.drafts[key].named.name.text, min(self.drafts[key].sites))
        )
        artifacts = {key: number for number, key in enumerate(order)}
        placed = sorted(self.runs, key=lambda key: (self.runs[key].site, str(key[1])))
        numbers = {key: number for number, key in enumerate(placed)}
        edges: dict[tuple[int, int, EdgeKind], Edge] = {}
        for index, act in enumerate(self.acts):
            for key in keys[index]:
                place = (numbers[act.run], artifacts[key], act.kind)
                is_certain = act.is_certain and len(keys[index]) == 1
                edges[place] = _merged(edges.get(place), Edge(*place, act.versions, (act.site,), is_certain))
        return Lineage(
            tuple(self.runs[key] for key in placed),
            tuple(self._artifact(self.drafts[key]) for key in order),
            tuple(
                edges[place]
                for place in sorted(edges, key=lambda place: (place[0], place[1], place[2].value))
            ),
        )

    def _logged(self, act: Act) -> tuple[_Key, ...]:
        named, home = act.named, self._home(act)
        key: _Key = (home, named.name.text, named.kind)
        if not named.name.is_known:
            key = (named.place, act.run, named.name.text)
        draft = self._draft(key, act, home)
        if named.made is not None and (key, named.made) not in self.told:
            self.told.add((key, named.made))
            path, number = named.made
            draft.told.append(metadata_of(self.models[path], number))
        return (key,)

    def _used(self, act: Act) -> tuple[_Key, ...]:
        named, home = act.named, self._home(act)
        if not named.name.is_known:
            key: _Key = (named.place, act.run, named.name.text)
            self._draft(key, act, home)
            return (key,)
        there = self.by_name.get((home, named.name.text), [])
        fitting = [key for key in there if named.kind in ("", self.drafts[key].kind)] or there
        if not fitting:
            fitting = [(home, named.name.text, named.kind)]
        for key in fitting:
            self._draft(key, act, home)
        return tuple(fitting)

    def _draft(self, key: _Key, act: Act, home: str) -> _Draft:
        named = act.named
        draft = self.drafts.get(key)
        if draft is None:
            is_external = bool(home) and home not in self.known
            draft = self.drafts[key] = _Draft(named, home, named.kind, is_external, {}, [])
            if named.name.is_known:
                self.by_name.setdefault((home, named.name.text), []).append(key)
        draft.sites[act.site] = None
        if named.made is not None:
            draft.sites[named.place] = None
        return draft

    def _home(self, act: Act) -> str:
        """The project of an artifact: the one that its name says, or that of the run."""
        own = self.runs[act.run].home
        said = act.named.home
        if said is None:
            return own
        if not said:
            return ""
        full = said if "/" in said else f"/{said}"
        same = [
            home
            for home in (own, *sorted(self.known))
            if home and home[0] != "?" and not are_apart(home, full)
        ]
        return same[0] if same else full

    def _add_idle(self, home: str, named: Named) -> None:
        """An artifact that is made, and that nothing is known to log."""
        if named.name.is_known and self.by_name.get((home, named.name.text)):
            return
        key = (home, named.name.text, named.kind) if named.name.is_known else (named.place,)
        draft = self.drafts.setdefault(key, _Draft(named, home, named.kind, False, {}, []))
        draft.sites[named.place] = None
        if named.made is not None:
            draft.told.append(metadata_of(self.models[named.made[0]], named.made[1]))

    def _artifact(self, draft: _Draft) -> Artifact:
        name = draft.named.name
        keys = dict.fromkeys(key for told in draft.told for key in told.keys)
        return Artifact(
            name=UNKNOWN if name.text == "{}" else name.text,
            kind=draft.kind,
            home=draft.home,
            is_known=name.is_known,
            is_external=draft.is_external,
            is_automatic=draft.named.is_automatic,
            hint=name.hint,
            metadata=tuple(keys),
            is_open=any(told.is_open for told in draft.told),
            is_described=any(told.is_described for told in draft.told),
            sites=tuple(sorted(draft.sites)),
        )


def _merged(old: Edge | None, new: Edge) -> Edge:
    if old is None:
        return new
    return msgspec.structs.replace(
        old,
        versions=tuple(dict.fromkeys((*old.versions, *new.versions))),
        sites=tuple(dict.fromkeys((*old.sites, *new.sites))),
        is_certain=old.is_certain or new.is_certain,
    )
