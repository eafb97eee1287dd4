"""The graph as a tree for the terminal: what comes out of what, from the sources on.

Rich draws the branches and paints the words, and never reads them as markup.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from wbcheck.report.context import Terminal
from wbcheck.report.lineage.picture import Arrow, Node, Picture

_DEEPEST = 12
"""Below this many steps a branch goes on as one of its own: it would not fit on a terminal."""
_STYLES = {
    "run": "bold blue",
    "reader": "dim",
    "artifact": "bold green",
    "unknown": "green",
    "external": "magenta",
    "unlogged": "yellow",
}
_SEVERITY = {"error": "bold red", "warning": "bold yellow", "info": "bold blue"}
_WIDEST = 1000
_PLAIN = str.maketrans("│├└─", "|++-")


def render(picture: Picture, terminal: Terminal) -> str:
    """The trees one under the other, and a last line that counts."""
    out = io.StringIO()
    console = Console(
        file=out,
        force_terminal=terminal.color,
        color_system="standard" if terminal.color else None,
        width=_WIDEST,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
        _environ={},
    )
    for tree in _Gardener(picture, terminal).trees():
        console.print(tree, no_wrap=True, crop=False)
    text = out.getvalue()
    if not terminal.box:
        # Only the branches are left to be spelled: words are escaped already.
        text = text.translate(_PLAIN)
    lines = [line.rstrip() for line in text.splitlines()]
    return "\n".join([*lines, picture.counted]) + "\n"


class _Gardener:
    def __init__(self, picture: Picture, terminal: Terminal) -> None:
        self.picture = picture
        self.terminal = terminal
        self.nodes = {node.id: node for node in picture.nodes}
        self.after: dict[str, list[Arrow]] = {node.id: [] for node in picture.nodes}
        self.before: dict[str, int] = dict.fromkeys(self.nodes, 0)
        for arrow in picture.arrows:
            self.after[arrow.source].append(arrow)
            self.before[arrow.target] += 1
        self.shown: set[str] = set()
        self.waiting: list[str] = []

    def trees(self) -> Iterator[Tree]:
        """One tree for each source, then those of what goes round in a circle."""
        roots = [node.id for node in self.picture.nodes if not self.before[node.id]]
        # What leads on comes first; single nodes are listed last.
        roots.sort(key=lambda name: not self.after[name])
        for name in (*roots, *self.nodes):
            if name not in self.shown:
                yield self._grown(name)
            while self.waiting:
                later = self.waiting.pop(0)
                if later not in self.shown:
                    yield self._grown(later)

    def _grown(self, root: str) -> Tree:
        tree = Tree(self._label(self.nodes[root], None), guide_style="dim")
        self.shown.add(root)
        stack = [(tree, arrow, 1) for arrow in reversed(self.after[root])]
        while stack:
            parent, arrow, depth = stack.pop()
            node = self.nodes[arrow.target]
            label = self._label(node, arrow)
            if node.id in self.shown or (depth >= _DEEPEST and self.after[node.id]):
                if self.after[node.id]:
                    label.append("  (above)" if node.id in self.shown else "  (below)", "dim")
                if node.id not in self.shown:
                    self.waiting.append(node.id)
                parent.add(label)
                continue
            self.shown.add(node.id)
            branch = parent.add(label)
            stack += [(branch, further, depth + 1) for further in reversed(self.after[node.id])]
        return tree

    def _label(self, node: Node, arrow: Arrow | None) -> Text:
        text = Text(no_wrap=True, overflow="ignore")
        if arrow is not None and not (arrow.is_recorded and arrow.is_certain):
            text.append("(not recorded) " if not arrow.is_recorded else "(perhaps) ", "dim")
        text.append(self._visible(node.title), _STYLES[node.tag])
        if arrow is not None and arrow.versions:
            text.append(self._visible(f":{','.join(arrow.versions)}" if not node.is_run else ""), "cyan")
        if node.note:
            text.append(f"  {self._visible(node.note)}", "dim")
        if node.is_run and arrow is not None and arrow.versions:
            text.append(f"  uses :{self._visible(','.join(arrow.versions))}", "cyan")
        if node.tag == "unlogged":
            text.append("  nothing here logs it", "yellow")
        for code, severity in dict.fromkeys((mark.code, mark.severity) for mark in node.marks):
            text.append(f"  {code}", _SEVERITY[severity])
        return text

    def _visible(self, text: str) -> str:
        return self.terminal.visible(text)
