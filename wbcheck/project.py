"""What the files of a project say together: for now, which environment variables its code sets.

A parent script may set ``WANDB_PROJECT`` for the scripts that it starts, so a variable that is set
anywhere in the checked code counts as given everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from wbcheck.model.events import EnvironmentSet
from wbcheck.model.model import Model
from wbcheck.model.values import Text, Tri, options, texts

PREFIX = "WANDB_"
# These fill os.environ from a file whose content is not ours to read.
_LOADERS = ("dotenv", "environs", "decouple")


class Variable(msgspec.Struct, frozen=True):
    """A ``WANDB_*`` variable that the code sets: its constant values, and whether there are others."""

    values: tuple[str, ...]
    open: bool


class Project(msgspec.Struct, frozen=True):
    """Facts of the whole of the checked code.

    ``variables`` are those whose names are constant. ``open`` when some variable is set whose name
    is not known (``os.environ.update(settings)``, ``load_dotenv()``).
    """

    variables: dict[str, Variable] = {}
    open: bool = False

    @classmethod
    def of(cls, models: Iterable[Model]) -> Project:
        """The facts of these files, taken together."""
        values: dict[str, dict[str, None]] = {}
        unknown: set[str] = set()
        is_open = False
        for model in models:
            is_open = is_open or model.imports_module(*_LOADERS)
            for event in model.each(EnvironmentSet):
                if event.how == "delete":
                    continue
                for name in options(event.name):
                    if not isinstance(name, Text) or name.constant is None:
                        is_open = is_open or _may_be_ours(name)
                    elif name.constant.startswith(PREFIX):
                        given = values.setdefault(name.constant, {})
                        known = [text.constant for text in texts(event.value) if text.constant is not None]
                        given.update(dict.fromkeys(known))
                        if len(known) < max(1, len(options(event.value))):
                            unknown.add(name.constant)
        return cls(
            {name: Variable(tuple(sorted(values[name])), name in unknown) for name in sorted(values)}, is_open
        )

    def sets(self, name: str) -> Tri:
        """Whether the code sets this environment variable."""
        if name in self.variables:
            return Tri.YES
        return Tri.UNKNOWN if self.open else Tri.NO


def _may_be_ours(name: object) -> bool:
    """A text with holes may still be known not to begin like W&B's variables do."""
    if not isinstance(name, Text):
        return True
    known = name.skeleton.partition("{}")[0]
    return known.startswith(PREFIX) or PREFIX.startswith(known)
