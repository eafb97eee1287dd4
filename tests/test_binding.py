"""What can be bound to W&B, told from the text alone."""

import pytest

from wbcheck.source import read_unit
from wbcheck.syntax.binding import may_bind


def binds(code: str) -> bool:
    return may_bind(read_unit("m.py", code.encode()), {})


@pytest.mark.parametrize(
    "code",
    [
        "import wandb",
        "import os, wandb as w",
        "import os, \\\n  wandb",
        "from wandb import init",
        "from x import (\n    a,\n    wandb,\n)",
        "from x \\\n  import wandb",
        "a = 1; import wandb",
        "if a: import wandb",
        "import wandb \\\n",
        "wandb = 1\nimport wandb",
        "x = wandb; import wandb",
        "logger = WandbLogger()",
    ],
)
def test_an_import_is_seen_however_it_is_written(code: str) -> None:
    assert binds(code)


@pytest.mark.parametrize(
    "code",
    [
        "wandb = 1",
        "import xwandb",
        "import os  \nwandb.init()",
        "x = 'wandb'\nimport os",
        "from x import (a)\nwandb",
    ],
)
def test_the_word_alone_binds_nothing(code: str) -> None:
    assert not binds(code)


@pytest.mark.parametrize(
    "line",
    [
        "from x import (\n",
        "import a, \\\n",
        ";from \\\n",
        "x wandb\\\n",
        "x.wandb ",
        "\nfrom x (",
        ";import a",
    ],
)
def test_hostile_text_is_gone_through_once(line: str) -> None:
    """A search that begins anew at each of these lines does not come to an end."""
    assert not binds("# wandb\n" + line * 100_000)
