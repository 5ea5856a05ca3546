"""`copydesk init`: a workflow file to begin with."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import click

from copydesk.errors import UsageError
from copydesk.workflow import FILE_NAME


@click.command(name="init")
@click.argument("folder", default=".", type=click.Path(path_type=Path))
def command(folder: Path) -> None:
    """Write a commented copydesk.yaml into FOLDER; one that is there stays."""
    target = folder / FILE_NAME
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder. Make it first, or name another.")
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(files("copydesk").joinpath("starter.yaml").read_text("utf-8"))
    except FileExistsError:
        raise UsageError(f"{target} is there already; it was not changed.") from None
    click.echo(
        f"Wrote {target}. `copydesk steps {folder}` shows what it means; `copydesk check {folder}` reviews the posts."
    )
