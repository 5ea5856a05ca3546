"""`copydesk schema`: the JSON Schemas that editors and programs rely on."""

from __future__ import annotations

import json

import click


@click.command(name="schema")
@click.argument("name", type=click.Choice(["workflow", "report"]))
def command(name: str) -> None:
    """Print the JSON Schema of the workflow file (`workflow`) or of a JSON report (`report`)."""
    if name == "workflow":
        from copydesk.workflow import workflow_schema

        schema = workflow_schema()
    else:
        from copydesk.reports.json_report import report_schema

        schema = report_schema()
    click.echo(json.dumps(schema, indent=2))
