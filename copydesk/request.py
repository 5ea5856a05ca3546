"""What a run of the review flow is asked for: the form in the Prefect UI, and the parameters of a deployment."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from copydesk.workflow import Priority


class ReviewRequest(BaseModel):
    """Which posts to review, and how."""

    model_config = ConfigDict(extra="forbid", title="Review request")

    paths: list[str] = Field(
        default_factory=lambda: ["."],
        min_length=1,
        title="Posts",
        description="Files and folders with the posts, one a line.",
    )
    config: str | None = Field(
        None,
        title="Workflow file",
        description="A copydesk.yaml; left empty, the nearest one above the posts is taken.",
    )
    priority: Priority = Field(
        Priority.MEDIUM, title="Priority", description="How urgent this review is: critical, high, medium or low."
    )
    gate: bool = Field(
        False,
        title="Fail unless approved",
        description="On: the run fails when a post is not approved, so that a build can depend on it.",
    )
    context: dict[str, Any] = Field(
        default_factory=dict, title="Context", description="Anything that your own steps should know about this run."
    )
