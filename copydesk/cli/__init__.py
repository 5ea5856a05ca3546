"""The command line. Each command is a file of this folder, imported when it is called: `--help` answers at once."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click

from copydesk import __version__
from copydesk.errors import CopydeskError, EngineUnreachable, UsageError

BAD_USAGE, NO_ENGINE, INCOMPLETE = 2, 4, 3

# name -> (file of this folder, what the list of commands says)
COMMANDS = {
    "review": ("review", "Review posts as a recorded Prefect flow."),
    "check": ("check", "Review posts at once: no server, no record."),
    "baseline": ("baseline", "Record today's findings as known, so that only new ones count."),
    "calibrate": ("calibrate", "Take the limits of length and style from the blog's own posts."),
    "cancel": ("cancel", "End a run that is under way."),
    "resume": ("resume", "Go on with a run that failed, was cancelled or died."),
    "runs": ("runs", "List the recorded runs."),
    "show": ("show", "Show a run with its steps, or a post with its history."),
    "stats": ("stats", "Count runs and steps: percentiles, success, trend; compare with the past."),
    "graph": ("graph", "Draw the workflow, a run of it, or its past."),
    "timeline": ("timeline", "Draw a run as time went by."),
    "dashboard": ("dashboard", "Show the blog at a glance, from the record."),
    "reconcile": ("reconcile", "Close the records of runs that died."),
    "cleanup": ("cleanup", "Delete old records."),
    "steps": ("steps", "List the steps: what they check, priority, retries, queue."),
    "report": ("report", "Print the report of a recorded run in any format."),
    "up": ("up", "Keep a Prefect server in the background, for later reviews."),
    "setup": ("setup", "Prepare a Prefect server: work pools, queues, watch for dead runs."),
    "init": ("init", "Write a commented copydesk.yaml."),
    "doctor": ("doctor", "Say what is missing or unsafe, and what to do."),
    "schema": ("schema", "Print the JSON Schema of the workflow file or of a report."),
    "cache": ("cache", "Show or clear the cache of results."),
}


class _Commands(click.Group):
    """A group that knows its commands by name and imports one when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"copydesk.cli.{COMMANDS[cmd_name][0]}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from copydesk.config_file import ConfigDocument

            raise click.UsageError(
                f"{error.message} {ConfigDocument.suggest(args[0], COMMANDS)}".strip(), ctx
            ) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="copydesk")
def cli() -> None:
    """Editorial review of Markdown blog posts.

    Begin with `copydesk check PATH`; `copydesk review PATH` records the review in Prefect.
    """


def main(arguments: list[str] | None = None) -> Any:
    """Run the command line and exit with the code that `docs/exit-codes.md` lists."""
    from copydesk.logs import configure
    from copydesk.visible import visible

    configure()
    try:
        code = cli.main(arguments, prog_name="copydesk", standalone_mode=False)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except CopydeskError as error:
        for line in str(error).splitlines():
            click.echo(f"copydesk: {visible(line)}", err=True)
        sys.exit(
            BAD_USAGE
            if isinstance(error, UsageError)
            else NO_ENGINE
            if isinstance(error, EngineUnreachable)
            else INCOMPLETE
        )
    except BrokenPipeError:
        # The reader went away (`| head`): say nothing more, also not at exit.
        sys.stderr.close()
        sys.exit(141)
    sys.exit(code if isinstance(code, int) else 0)
