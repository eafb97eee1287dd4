"""What imports bind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import libcst as cst

from wbcheck.model.model import Import
from wbcheck.model.values import ObjectKind, Ref
from wbcheck.syntax import calls, links, vocabulary

if TYPE_CHECKING:
    from wbcheck.syntax.walker import Walker


def import_statement(walker: Walker, node: cst.Import) -> None:
    for alias in node.names:
        path = _path(alias.name)
        if alias.asname is not None and type(alias.asname.name) is cst.Name:
            bound = Ref(None, ObjectKind.SYMBOL, None, path)
            _import(walker, alias, path, alias.asname.name.value, bound, module=path)
        else:
            root = path.split(".")[0]
            _import(walker, alias, path, root, Ref(None, ObjectKind.SYMBOL, None, root), module=path)


def import_from(walker: Walker, node: cst.ImportFrom) -> None:
    base = "." * len(node.relative) + ("" if node.module is None else _path(node.module))
    if isinstance(node.names, cst.ImportStar):
        _import(walker, node.names, f"{base}.*", "*", None, len(node.relative))
        if not calls.is_plain(base):
            walker.state.ended = None
        links.bind_all(walker, base)
        return
    for alias in node.names:
        name = alias.name.value if type(alias.name) is cst.Name else _path(alias.name)
        path = f"{base}{'' if base.endswith('.') else '.'}{name}"
        bound = name
        if alias.asname is not None and type(alias.asname.name) is cst.Name:
            bound = alias.asname.name.value
        known = vocabulary.ALIASES.get(path, path)
        if walker.houses and node.relative:
            known = _of_the_house(walker, path, len(node.relative))
        reference = Ref(None, ObjectKind.SYMBOL, None, known)
        _import(walker, alias, known, bound, reference, len(node.relative), base, path)


def _of_the_house(walker: Walker, path: str, level: int) -> str:
    """A relative import as the configuration names it, if it is of what stands for something of W&B's."""
    folders = walker.unit.path.replace("\\", "/").split("/")[:-level]
    rest = path.lstrip(".")
    for first in range(len(folders)):
        whole = ".".join([*folders[first:], rest])
        for house in walker.houses:
            if house == whole or house.startswith(f"{whole}.") or whole.startswith(f"{house}."):
                return whole
    return path


def _import(
    walker: Walker,
    node: cst.CSTNode,
    path: str,
    name: str,
    value: Any,
    level: int = 0,
    module: str = "",
    written: str = "",
) -> None:
    if id(node) not in walker._imported and not walker.muted:
        walker._imported.add(id(node))
        where = walker.at(node, "statement")
        walker.imports.append(Import(path, name, where, walker.frame.block, level, module, written or path))
    if value is not None:
        walker.bind(name, value)


def _path(node: cst.BaseExpression) -> str:
    if type(node) is cst.Attribute:
        return f"{_path(node.value)}.{node.attr.value}"
    return node.value if type(node) is cst.Name else ""
