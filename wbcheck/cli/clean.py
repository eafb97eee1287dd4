"""`wbcheck clean`: delete what is kept between runs."""

from __future__ import annotations

import click

from wbcheck import settings
from wbcheck.cli.options import GroupedCommand, configuration, say, working_directory
from wbcheck.engine.cache import clean


@click.command("clean", cls=GroupedCommand)
@configuration
def command(config: str | None, isolated: bool) -> int:
    """Delete what is kept between runs for the project that the current folder lies in."""
    folder = settings.load(config, isolated).for_directory(working_directory()).cache_dir
    try:
        was_there = clean(folder)
    except OSError as error:
        raise click.ClickException(
            f"cannot delete {folder}: {(error.strerror or str(error)).lower()}"
        ) from None
    say(f"deleted {folder}" if was_there else f"there is nothing in {folder}")
    return 0
