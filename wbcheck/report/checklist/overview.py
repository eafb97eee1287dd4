"""What every format of the checklist shows: a row for each run, with the graph that the runs are part of."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from wbcheck.checklist import ITEMS, SECTIONS, Answer, Item, Sheet
from wbcheck.report.lineage.picture import Mark, Node, Picture, place_of


class Cell(msgspec.Struct, frozen=True):
    """The answer to one item for one run, with the findings that make it a no."""

    item: Item
    answer: Answer
    marks: tuple[Mark, ...]


class Row(msgspec.Struct, frozen=True):
    """A run: its node in the graph, and its answers in the order of the checklist.

    ``counts`` are, section by section, how many items hold and of how many that is known.
    """

    node: Node
    cells: tuple[Cell, ...]
    counts: dict[str, tuple[int, int]]

    @property
    def name(self) -> str:
        """The run's name, as far as it is known and more than its title."""
        known = dict(self.node.facts).get("name", "")
        return known if known != self.node.title else ""

    def those(self, answer: Answer) -> list[str]:
        """The names of the items with an answer."""
        return [cell.item.name for cell in self.cells if cell.answer is answer]


class Overview(msgspec.Struct, frozen=True):
    """All runs, and the graph."""

    rows: tuple[Row, ...]
    picture: Picture

    def total(self, item: Item) -> tuple[int, int]:
        """For how many runs an item holds, and of how many that is known."""
        number = ITEMS.index(item)
        answers = [row.cells[number].answer for row in self.rows]
        yes = answers.count(Answer.YES)
        return yes, yes + answers.count(Answer.NO)


def overview_of(sheets: Iterable[Sheet], picture: Picture) -> Overview:
    """The sheets of a graph's runs, with that graph's picture."""
    nodes = {node.id: node for node in picture.nodes}
    marks = {(mark.code, mark.place): mark for node in picture.nodes for mark in node.marks}
    rows = []
    for sheet in sheets:
        cells = tuple(
            Cell(
                reply.item,
                reply.answer,
                tuple(marks[found.code, place_of(found)] for found in reply.findings),
            )
            for reply in sheet.replies
        )
        counts = {section: sheet.counted(section) for section in SECTIONS}
        rows.append(Row(nodes[f"r{sheet.run}"], cells, counts))
    return Overview(tuple(rows), picture)
