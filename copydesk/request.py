"""What a run of the review flow is asked for: the form in the Prefect UI, and the parameters of a deployment."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from copydesk.workflow import Priority

# What starts with a dash would be an option of git; what is not listed here has no business in the name of a ref.
REF = r"^[A-Za-z0-9][A-Za-z0-9._/+@-]*$"
# No `ext::command`, nothing that git could take for an option.
REPOSITORY = r"^(https://|ssh://|file:///|[A-Za-z0-9_.-]+@[A-Za-z0-9.-]+:|/|\.)[^\s\x00-\x1f\x7f]*$"

Ref = Annotated[str, StringConstraints(pattern=REF, max_length=200)]


class ReviewRequest(BaseModel):
    """Which posts to review, and how."""

    model_config = ConfigDict(extra="forbid", title="Review request")

    paths: list[str] = Field(
        default_factory=lambda: ["."],
        min_length=1,
        title="Posts",
        description="Files and folders with the posts, one a line; inside the repository when one is named.",
    )
    repository: Annotated[str, StringConstraints(pattern=REPOSITORY, max_length=1_000)] | None = Field(
        None,
        title="Git repository",
        description="Address or folder of a git repository; left empty, the posts are files of the worker.",
    )
    ref: Ref | None = Field(
        None,
        title="Branch, tag or commit",
        description="What to review of the repository; left empty, its default branch.",
    )
    base: Ref | None = Field(
        None,
        title="Compared with",
        description="A branch, tag or commit: only posts that changed since then are reviewed. Empty: all posts.",
    )
    credentials: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=100)] | None = Field(
        None,
        title="Credentials",
        description="Name of the Prefect Secret block with a read-only token for the repository; never the token.",
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

    @field_validator("ref", "base")
    @classmethod
    def _no_range(cls, value: str | None) -> str | None:
        if value is not None and (".." in value or "@{" in value):
            raise ValueError("name one branch, tag or commit, not a range")
        return value

    @field_validator("repository")
    @classmethod
    def _no_password(cls, value: str | None) -> str | None:
        if value is not None and value.startswith("https://") and "@" in value.partition("//")[2].partition("/")[0]:
            raise ValueError("an address holds no user or password here; put the token in a Secret block (credentials)")
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> ReviewRequest:
        if self.repository is None:
            given = [name for name in ("ref", "base", "credentials") if getattr(self, name) is not None]
            if given:
                raise ValueError(f"{' and '.join(given)} need a repository: fill in `repository`")
            return self
        for name, path in [("paths", path) for path in self.paths] + [("config", self.config or ".")]:
            if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
                raise ValueError(f"{name}: {path!r} leaves the repository; give a path inside it")
        return self

    def at(self, ref: str | None, base: str | None) -> ReviewRequest:
        """The request for another ref and base; None keeps its own. Raises `ValidationError`, a `ValueError`."""
        given = {name: value for name, value in (("ref", ref), ("base", base)) if value}
        return ReviewRequest.model_validate(self.model_dump() | given) if given else self
