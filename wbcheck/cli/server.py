"""`wbcheck server`: the language server, for editors."""

from __future__ import annotations

import click

from wbcheck.cli.options import GroupedCommand, option


@click.command("server", cls=GroupedCommand)
@option("Trust", "--untrusted", is_flag=True, help="Import no plug-ins, whatever a configuration names.")
def command(untrusted: bool) -> int:
    """Serve an editor over standard input and output (LSP 3.17).

    Needs the extra `lsp`: pip install 'wbcheck[lsp]'.
    """
    try:
        from wbcheck.server.features import serve
    except ImportError as error:
        raise click.ClickException(
            f"the language server needs {error.name}: pip install 'wbcheck[lsp]'"
        ) from None
    serve(trusted=not untrusted)
    return 0
