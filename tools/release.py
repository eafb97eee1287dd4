"""What one release of wandb has, read from its sources: modules, names, classes, their members, signatures.

Nothing is imported or run. A name that is set in a way that cannot be followed counts as there, and a class
that makes attributes up (``__getattr__``) or inherits from elsewhere is *open*: what is not found may exist.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

MAX_DEPTH = 20


class Thing(NamedTuple):
    """What a name stands for: ``kind`` is ``module``, ``class``, ``function`` or ``value``."""

    kind: str
    module: str
    node: ast.AST | None = None


class Parameter(NamedTuple):
    """A parameter: ``kind`` is ``/`` (by position alone), ``""``, ``=`` (by keyword alone), ``*`` or ``**``.

    ``default`` is its source, ``None`` where there is none.
    """

    name: str
    kind: str
    default: str | None
    choices: tuple[str, ...] | None
    doc: str


class Member(NamedTuple):
    """An attribute of a class: ``kind`` is ``m`` (method), ``p`` (property), ``s`` (one that is plainly not
    callable) or ``v`` (anything else)."""

    kind: str
    module: str
    node: ast.AST | None


class Release:
    """One release's sources."""

    def __init__(self, files: dict[str, str]) -> None:
        self.files = files
        self._trees: dict[str, ast.Module] = {}
        self._spaces: dict[str, dict[str, ast.AST | Thing]] = {}

    @cached_property
    def modules(self) -> dict[str, str]:
        """Every module's dotted name, with its path."""
        found = {}
        for path in self.files:
            if path.endswith(".py"):
                found[path[:-3].replace("/", ".").removesuffix(".__init__")] = path
        return found

    def tree(self, module: str) -> ast.Module:
        """A module's syntax tree."""
        if module not in self._trees:
            self._trees[module] = ast.parse(self.files[self.modules[module]])
        return self._trees[module]

    @cached_property
    def _children(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for module in self.modules:
            parent, _, last = module.rpartition(".")
            found.setdefault(parent, []).append(last)
        return found

    def names(self, module: str) -> dict[str, ast.AST | Thing]:
        """The names of a module: what it binds, and the modules inside it."""
        if module in self._spaces:
            return self._spaces[module]
        names: dict[str, ast.AST | Thing] = {}
        self._spaces[module] = names
        for child in (*self._children.get(module, ()), *(_LEFT_OUT if module == "wandb" else ())):
            names[child] = Thing("module", f"{module}.{child}")
        for statement in _flat(self.tree(module).body):
            self._bind(module, statement, names)
        return names

    def _bind(self, module: str, node: ast.stmt, names: dict[str, ast.AST | Thing]) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if node.name == "__getattr__":
                # Names given on demand: each compared with there, or imported.
                for inner in ast.walk(node):
                    if isinstance(inner, ast.ImportFrom):
                        self._bind(module, inner, names)
                    elif isinstance(inner, ast.Compare):
                        for word in ast.walk(inner):
                            if isinstance(word, ast.Constant) and isinstance(word.value, str):
                                names.setdefault(word.value, Thing("value", module))
            names[node.name] = Thing("function", module, node)
        elif isinstance(node, ast.ClassDef):
            names[node.name] = Thing("class", module, node)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("wandb") and alias.asname is None:
                    names.setdefault("wandb", Thing("module", "wandb"))
                else:
                    path = alias.name if alias.asname else alias.name.split(".")[0]
                    names[alias.asname or path] = Thing("module", path)
        elif isinstance(node, ast.ImportFrom):
            source = self._absolute(module, node)
            for alias in node.names:
                if alias.name != "*":
                    names[alias.asname or alias.name] = Thing("import", f"{source}:{alias.name}")
                elif source in self.modules:
                    names.update({n: t for n, t in self.names(source).items() if not n.startswith("_")})
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Attribute) and ast.unparse(target.value) == module:
                    names[target.attr] = Thing("assigned", module, node.value)
                several = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
                for one in several:
                    if isinstance(one, ast.Name):
                        names[one.id] = Thing("assigned", module, node.value)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names[node.target.id] = Thing("assigned", module, node.value)

    def _absolute(self, module: str, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        package = self.modules.get(module, "").endswith("__init__.py")
        parts = module.split(".")
        parts = parts[: len(parts) - node.level + package]
        return ".".join([*parts, *([node.module] if node.module else [])])

    def find(self, path: str) -> Thing | None:
        """What a dotted path stands for; ``None`` where it does not exist."""
        thing: Thing | None = Thing("module", "wandb")
        for name in path.split(".")[1:]:
            if thing is None or thing.kind != "module" or thing.module not in self.modules:
                return None if thing is None or thing.kind in ("module", "class") else Thing("value", "")
            thing = self.resolve(self.names(thing.module).get(name))
        return thing

    def resolve(self, thing: ast.AST | Thing | None, depth: int = 0) -> Thing | None:
        """What a name stands for in the end, imports and plain assignments followed."""
        if not isinstance(thing, Thing) or depth > MAX_DEPTH:
            return None
        if thing.kind == "import":
            source, _, name = thing.module.partition(":")
            if source not in self.modules:
                return Thing("value", source)
            inner = self.names(source).get(name)
            if f"{source}.{name}" in self.modules and (inner is None or inner is thing):
                return Thing("module", f"{source}.{name}")
            if inner is None or inner is thing:
                return Thing("value", source)
            return self.resolve(inner, depth + 1)
        if thing.kind == "assigned":
            return self._of_value(thing.module, thing.node, depth)
        return thing

    def _of_value(self, module: str, node: ast.AST | None, depth: int) -> Thing:
        other = Thing("value", module, node)
        if isinstance(node, ast.Name):
            return self.resolve(self.names(module).get(node.id), depth + 1) or other
        if isinstance(node, ast.Attribute):
            base = self._of_value(module, node.value, depth + 1)
            if base.kind == "module" and base.module in self.modules:
                return self.resolve(self.names(base.module).get(node.attr), depth + 1) or other
            if base.kind == "class":
                member = self.members(base).get(node.attr)
                if member is not None and member.kind == "m":
                    return Thing("function", member.module, member.node)
        if isinstance(node, ast.Call):
            made = ast.unparse(node.func).rpartition(".")[2]
            texts = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            if made == "LazyLoader" and len(texts) > 1:
                return Thing("module", texts[1])
            if made == "PreInitCallable":
                return self._of_value(module, node.args[1], depth + 1)
        return other

    # --- classes ----------------------------------------------------------------------------------

    def lineage(self, thing: Thing) -> Iterator[Thing | None]:
        """A class and its bases, nearest first; ``None`` for a base that lies elsewhere."""
        seen: list[ast.AST] = []
        waiting: list[Thing | None] = [thing]
        while waiting:
            current = waiting.pop(0)
            if current is None or not isinstance(current.node, ast.ClassDef):
                yield None
                continue
            if current.node in seen:
                continue
            seen.append(current.node)
            yield current
            for base in current.node.bases:
                plain = base.value if isinstance(base, ast.Subscript) else base
                if ast.unparse(plain).rpartition(".")[2] in _PLAIN_BASES:
                    continue
                found = self._of_value(current.module, plain, 0)
                waiting.append(found if found.kind == "class" else None)

    def is_open(self, thing: Thing) -> bool:
        """Whether instances may have attributes that are not seen here."""
        for current in self.lineage(thing):
            if current is None:
                return True
            assert isinstance(current.node, ast.ClassDef)
            if any(
                getattr(item, "name", "") in ("__getattr__", "__getattribute__") for item in current.node.body
            ):
                return True
        return False

    def members(self, thing: Thing) -> dict[str, Member]:
        """The attributes of a class's instances."""
        found: dict[str, Member] = {}
        for current in self.lineage(thing):
            if current is not None:
                for name, member in self._own(current).items():
                    found.setdefault(name, member)
        return found

    def _own(self, thing: Thing) -> dict[str, Member]:
        assert isinstance(thing.node, ast.ClassDef)
        found: dict[str, Member] = {}
        for node in _flat(thing.node.body):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                kind = _kind(node)
                if kind and not (node.name in found and kind == "m" and _is_overload(node)):
                    found[node.name] = Member(kind, thing.module, node)
                for inner in ast.walk(node):
                    for name in _set_on_self(inner):
                        found.setdefault(name, Member("v", thing.module, None))
            elif isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        alias = node.value.id if isinstance(node.value, ast.Name) else ""
                        own = Member("v", thing.module, node.value)
                        found[target.id] = found.get(alias, own)
                        if target.id == "__slots__":
                            for inner in ast.walk(node.value):
                                if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                                    found.setdefault(inner.value, Member("v", thing.module, None))
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                found[node.target.id] = Member("v", thing.module, node)
            elif isinstance(node, ast.ClassDef):
                found[node.name] = Member("v", thing.module, node)
        return found

    def constructor(self, thing: Thing) -> Member | None:
        """The ``__init__`` of a class, if it is written out."""
        for current in self.lineage(thing):
            if current is None:
                return None
            own = self._own(current).get("__init__")
            if own is not None:
                return own
            if any("dataclass" in ast.unparse(d) for d in current.node.decorator_list):  # type: ignore[union-attr]
                return None
        return None

    # --- signatures -------------------------------------------------------------------------------

    def parameters(self, module: str, node: ast.AST | None, bound: bool) -> list[Parameter]:
        """A function's parameters, without the first one where that is bound."""
        assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        spec = node.args
        docs = _documented(ast.get_docstring(node) or "")
        plain = [*spec.posonlyargs, *spec.args]
        missing = len(plain) - len(spec.defaults)
        found: list[Parameter] = []

        def add(argument: ast.arg, kind: str, default: ast.expr | None) -> None:
            source = None if default is None else ast.unparse(default)
            choices = self.choices(module, argument.annotation) if argument.annotation else None
            found.append(Parameter(argument.arg, kind, source, choices, docs.get(argument.arg, "")))

        for index, argument in enumerate(plain):
            kind = "/" if index < len(spec.posonlyargs) else ""
            add(argument, kind, spec.defaults[index - missing] if index >= missing else None)
        static = any(ast.unparse(d) == "staticmethod" for d in node.decorator_list)
        if bound and not static and found:
            del found[0]
        if spec.vararg:
            add(spec.vararg, "*", None)
        for argument, default in zip(spec.kwonlyargs, spec.kw_defaults, strict=True):
            add(argument, "=", default)
        if spec.kwarg:
            add(spec.kwarg, "**", None)
        return found

    def choices(self, module: str, annotation: ast.expr, depth: int = 0) -> tuple[str, ...] | None:
        """The texts that an annotation allows, if texts are allowed by ``Literal`` alone."""
        found: list[str] = []
        for option in _options(annotation):
            if isinstance(option, ast.Subscript) and ast.unparse(option.value).endswith("Literal"):
                items = option.slice.elts if isinstance(option.slice, ast.Tuple) else [option.slice]
                found += [
                    item.value
                    for item in items
                    if isinstance(item, ast.Constant) and isinstance(item.value, str)
                ]
            elif isinstance(option, ast.Name | ast.Attribute) and depth < 4:
                if ast.unparse(option) in _TEXTS:
                    return None
                alias = self._of_value(module, option, 0)
                if (
                    alias.kind == "value"
                    and isinstance(alias.node, ast.expr)
                    and alias.module in self.modules
                ):
                    if ast.unparse(alias.node) == ast.unparse(option):
                        continue
                    found += self.choices(alias.module, alias.node, depth + 1) or ()
            elif not isinstance(option, ast.Constant):
                text = ast.unparse(option)
                if any(word in text for word in _TEXTS):
                    return None
        return tuple(dict.fromkeys(found)) or None


# Packages whose sources are not kept.
_LEFT_OUT = ("proto", "vendor")
_TEXTS = ("str", "StrPath", "Any", "object", "PathLike", "FilePathStr")
# Of these only dunder methods are inherited.
_PLAIN_BASES = frozenset(
    "object ABC Generic Protocol Sized Iterable Iterator Hashable Enum Exception Callable Collection "
    "Container".split()
)


def _options(node: ast.expr) -> Iterator[ast.expr]:
    """The parts of a union."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        try:
            node = ast.parse(node.value, mode="eval").body
        except SyntaxError:
            return
    if isinstance(node, ast.BinOp):
        yield from _options(node.left)
        yield from _options(node.right)
    elif isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith(
        ("Optional", "Union", "Annotated")
    ):
        items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        for item in items:
            yield from _options(item)
    else:
        yield node


def _flat(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements, with those inside ``if``, ``try`` and ``with``."""
    for statement in body:
        if isinstance(statement, ast.If):
            yield from _flat(statement.body)
            yield from _flat(statement.orelse)
        elif isinstance(statement, ast.Try):
            yield from _flat(statement.body)
            for handler in statement.handlers:
                yield from _flat(handler.body)
            yield from _flat([*statement.orelse, *statement.finalbody])
        elif isinstance(statement, ast.With):
            yield from _flat(statement.body)
        else:
            yield statement


def _kind(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    decorators = [ast.unparse(d) for d in node.decorator_list]
    if any(d.endswith((".setter", ".deleter")) for d in decorators):
        return ""
    if any(d.rpartition(".")[2] in ("property", "cached_property", "computed_field") for d in decorators):
        plain = node.returns is not None and all(_is_plain(part) for part in _options(node.returns))
        return "s" if plain else "p"
    return "m"


def _is_plain(node: ast.expr) -> bool:
    text = ast.unparse(node)
    return text.partition("[")[0] in (
        "str",
        "int",
        "float",
        "bool",
        "None",
        "list",
        "tuple",
        "dict",
        "StrPath",
    )


def _is_overload(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(ast.unparse(d).endswith("overload") for d in node.decorator_list)


def _set_on_self(node: ast.AST) -> Iterator[str]:
    targets = (
        node.targets
        if isinstance(node, ast.Assign)
        else [node.target]
        if isinstance(node, ast.AnnAssign)
        else []
    )
    for target in targets:
        for inner in ast.walk(target):
            if (
                isinstance(inner, ast.Attribute)
                and isinstance(inner.value, ast.Name)
                and inner.value.id == "self"
            ):
                yield inner.attr


def _documented(text: str) -> dict[str, str]:
    """What a docstring in Google's manner says of each parameter, white space folded."""
    found: dict[str, list[str]] = {}
    inside, name, margin = False, "", 0
    for line in text.splitlines():
        bare = line.strip()
        indent = len(line) - len(line.lstrip())
        if bare in ("Args:", "Arguments:"):
            inside, margin = True, indent
            continue
        if inside and bare and indent <= margin:
            inside = False
        if not inside or not bare:
            continue
        head, colon, rest = bare.partition(":")
        first = head.split(" ")[0].lstrip("*")
        if colon and first.isidentifier() and indent <= margin + 4 and (head == first or "(" in head):
            name = first
            found[name] = [rest.strip()]
        elif name:
            found[name].append(bare)
    return {key: " ".join(words).strip() for key, words in found.items()}
