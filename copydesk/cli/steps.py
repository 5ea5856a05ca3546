"""`copydesk steps`: what a review consists of here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from copydesk.cli.reporting import config_option
from copydesk.plan import Plan, PlannedStep, load_plan
from copydesk.retry import delays
from copydesk.steps import rules_of


@click.command(name="steps")
@click.argument("path", default=".", type=click.Path(path_type=Path))
@config_option
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(path: Path, config: Path | None, format_: str) -> None:
    """List the steps in charge of PATH: what they check, their priority, retry policy and queue."""
    plan = load_plan(config, path)
    rows = [_row(step) for step in (plan.load, *plan.steps)]
    if format_ == "json":
        click.echo(json.dumps(rows, indent=2))
        return
    _print(plan, rows)


def _row(planned: PlannedStep) -> dict[str, Any]:
    waits = delays(planned.retry)
    return {
        "step": planned.name,
        "description": planned.description,
        "depends_on": list(planned.depends_on),
        "priority": planned.priority.value,
        "queue": f"{'copydesk-steps' if planned.runs_on == 'queue' else 'copydesk'}/{planned.priority.value}",
        "retries": planned.retry.max_retries,
        "retry_delays_seconds": waits,
        "timeout_seconds": planned.timeout_seconds,
        "post_timeout_seconds": planned.post_timeout_seconds,
        "required": planned.required,
        "checks": [
            {"id": rule.id, "severity": rule.severity.value, "summary": rule.summary, "enabled": rule.enabled}
            for rule in rules_of(planned.step, planned.options)
        ],
    }


def _print(plan: Plan, rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(
        "Step", "What it checks", "Checks", "Priority", "Queue", "Retries", "Limits", box=None, pad_edge=False
    )
    for row in rows:
        waits = ", ".join(f"{wait:g}" for wait in row["retry_delays_seconds"])
        on = sum(check["enabled"] for check in row["checks"])
        table.add_row(
            row["step"],
            row["description"],
            str(on),
            row["priority"],
            row["queue"],
            f"{row['retries']} ({waits} s)" if waits else "none",
            f"{row['post_timeout_seconds']:g} s a post, {row['timeout_seconds']:g} s in all",
        )
    console = Console()
    console.print(
        f"Workflow {plan.config.workflow.name} ({plan.file or 'built in: there is no copydesk.yaml'})\n",
        highlight=False,
    )
    console.print(table)
    console.print("\n`copydesk steps --format json` lists every check.", highlight=False)
