"""Reports text that is put together with `%` in a file that uses W&B.

Why it matters: our style guide asks for f-strings, and names of runs are read from them.

When to ignore: in the arguments of `logging`.
"""

from collections.abc import Iterator

import libcst as cst

from wbcheck.rule import Bad, File, Finding, Good, Preset, Rule, Tree

RULE = Rule(
    code="AC201",
    name="no-percent-format",
    preset=Preset.GUIDE,
    since="1.0.0",
    why="Names that are put together in two ways are hard to search for.",
    how="Write an f-string.",
)


def check_tree(file: File, tree: Tree) -> Iterator[Finding]:
    found: list[cst.BinaryOperation] = []

    class Search(cst.CSTVisitor):
        def visit_BinaryOperation(self, node: cst.BinaryOperation) -> None:  # noqa: N802 - LibCST's name
            if isinstance(node.operator, cst.Modulo) and isinstance(node.left, cst.SimpleString):
                found.append(node)

    tree.module.visit(Search())
    for node in found:
        yield Finding(tree.span(node), "this text is put together with `%`")


EXAMPLES = (
    Bad(
        """
        import wandb

        for fold in range(5):
            wandb.init(name=("exp-%d" % fold))
                             ^^^^^^^^^^^^^^^
        """,
        message="this text is put together with `%`",
    ),
    Bad(
        """
        # %%
        !pip install wandb
        import wandb

        # %%
        name = "exp-%d" % 3
               ^^^^^^^^^^^^
        """,
        notebook=True,
        message="this text is put together with `%`",
    ),
    Good(
        """
        import wandb

        left = 7 % 3
        wandb.init(name=f"exp-{left}")
        """
    ),
    Good(
        """
        name = "exp-%d" % 3
        """
    ),
)
