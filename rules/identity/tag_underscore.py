"""Reports underscores in the constant parts of a run's tags.

Why it matters: tags are for filtering, and a filter for `bug-fix` passes over the runs that are tagged
`bug_fix`. The guide asks for dashes in every name but those of metrics (Naming Conventions, General Rule
and Tags).

When to ignore: where a tag is the name of something else, such as a file or a dataset column.
"""

from collections.abc import Iterator

from wbcheck.rule import Applicability, Bad, File, Finding, Good, Preset, Rule, setup

from ._dashes import underscores

RULE = Rule(
    code="WB111",
    name="tag-underscore",
    preset=Preset.RECOMMENDED,
    since="0.1.0",
    why="A filter matches a tag exactly: one that is spelt in two ways is found half the time.",
    how="Write `-` for `_`, in all runs that bear the tag.",
    fix=Applicability.UNSAFE,
)


def check(file: File) -> Iterator[Finding]:
    for tag in setup.tags(file.model):
        found = underscores(file, tag.text, tag.within, "tag", Applicability.UNSAFE)
        if found is not None:
            yield found


EXAMPLES = (
    Bad(
        """
        import wandb

        wandb.init(project="texts", tags=["nlp", "bug_fix"])
                                                  ^^^^^^^
        """,
        message="tag `bug_fix` has underscores",
        fixed="""
        import wandb

        wandb.init(project="texts", tags=["nlp", "bug-fix"])
        """,
    ),
    Bad(
        """
        import wandb

        run = wandb.init(project="texts")
        run.tags = ("full_dataset",)
                     ^^^^^^^^^^^^
        """,
        message="tag `full_dataset` has underscores",
        fixed="""
        import wandb

        run = wandb.init(project="texts")
        run.tags = ("full-dataset",)
        """,
    ),
    Good(
        """
        import wandb as wb

        wb.init(tags=["full-dataset", "p4d.24xlarge", kind_of_machine()])
        """
    ),
    Good(
        """
        import wandb
        from registry import init

        init(tags=["my_tag"])
        wandb.init(tags=load_tags("my_tags"))
        """
    ),
)
