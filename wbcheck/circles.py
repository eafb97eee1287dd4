"""Circles in a graph whose edges have an order: which edge closes one, and the way that it closes."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

K = TypeVar("K", bound=Hashable)

MOST_STEPS = 200_000
"""After so many steps on ways that lead nowhere the search is given up: it is quadratic in a large knot."""


def circles(edges: Sequence[tuple[K, K]]) -> Iterator[list[int]]:
    """The ways along edges that end where they began, as indices of edges, the one that closes it last.

    Edges are laid in their order; one that closes a circle is not laid, so that each is told of once.
    """
    knot = knots(edges)
    laid: dict[K, list[int]] = {}
    left = MOST_STEPS
    for number, (start, end) in enumerate(edges):
        if knot[start] != knot[end]:
            continue
        came: dict[K, int] = {}
        waiting = deque([end])
        while waiting and start not in came and start != end and left > 0:
            for edge in laid.get(waiting.popleft(), ()):
                left -= 1
                if edges[edge][1] not in came:
                    came[edges[edge][1]] = edge
                    waiting.append(edges[edge][1])
        if left <= 0:
            return
        if start in came or start == end:
            yield [*_way(came, edges, end, start), number]
        else:
            laid.setdefault(start, []).append(number)


def _way(came: Mapping[K, int], edges: Sequence[tuple[K, K]], start: K, end: K) -> list[int]:
    way: list[int] = []
    while end != start:
        way.append(came[end])
        end = edges[way[-1]][0]
    return way[::-1]


def knots(edges: Iterable[tuple[K, K]]) -> dict[K, int]:
    """The strongly connected component of each node, by a number (Tarjan's algorithm, without recursion)."""
    following: dict[K, list[K]] = {}
    for start, end in edges:
        following.setdefault(start, []).append(end)
        following.setdefault(end, [])
    order: dict[K, int] = {}
    lowest: dict[K, int] = {}
    knot: dict[K, int] = {}
    open_nodes: list[K] = []
    for root, nearest in following.items():
        if root in order:
            continue
        order[root] = lowest[root] = len(order)
        open_nodes.append(root)
        path = [(root, iter(nearest))]
        while path:
            node, rest = path[-1]
            other = next(rest, None)
            if other is None:
                path.pop()
                if path:
                    lowest[path[-1][0]] = min(lowest[path[-1][0]], lowest[node])
                if lowest[node] == order[node]:
                    while node not in knot:
                        knot[open_nodes.pop()] = order[node]
            elif other not in order:
                order[other] = lowest[other] = len(order)
                open_nodes.append(other)
                path.append((other, iter(following[other])))
            elif other not in knot:
                lowest[node] = min(lowest[node], order[other])
    return knot
