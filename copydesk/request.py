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

BASE = REF.replace("@-", "@~^-")  # a commit before one, too: `HEAD~1`

Ref = Annotated[str, StringConstraints(pattern=REF, max_length=200)]
Base = Annotated[str, StringConstraints(pattern=BASE, max_length=200)]


class ReviewRequest(BaseModel):
    """Which posts to review, and how."""

    # What was given is not repeated in errors: it may hold a password that belongs elsewhere.
    model_config = ConfigDict(extra="forbid", title="Review request", hide_input_in_errors=True)

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
    base: Base | None = Field(
        None,
        title="Compared with",
        description="A branch, tag or commit: only what changed since then is reported. Empty: everything.",
    )
    diff: str | None = Field(
        None,
        title="Diff",
        description="A file with a unified diff, in place of a base: only what it changes is reported.",
    )
    baseline: str | None = Field(
        None,
        title="Baseline",
        description="A file of known findings; left empty, the one beside the workflow file; `none` for none.",
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
    external: bool = Field(
        False,
        title="Look up external links",
        description="On: links to other sites are looked up on the network, whether the workflow lists that or not.",
    )
    approval: bool = Field(
        True,
        title="Ask for a decision",
        description="Off: nobody is asked where the workflow has the step `approval`; the findings alone decide.",
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
            given = [name for name in ("ref", "credentials") if getattr(self, name) is not None]
            if given:
                raise ValueError(f"{' and '.join(given)} need a repository: fill in `repository`")
            if self.base is not None and self.diff is not None:
                raise ValueError("give a base or a diff, not both")
            return self
        if self.diff is not None:
            raise ValueError("a diff is compared with files of the worker: leave `repository` empty, or name a base")
        named = (("config", self.config), ("baseline", self.baseline))
        for name, path in [("paths", path) for path in self.paths] + [(name, path or ".") for name, path in named]:
            if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
                raise ValueError(f"{name}: {path!r} leaves the repository; give a path inside it")
        return self

    def at(self, ref: str | None, base: str | None) -> ReviewRequest:
        """The request for another ref and base; None keeps its own. Raises `ValidationError`, a `ValueError`."""
        given = {name: value for name, value in (("ref", ref), ("base", base)) if value}
        return ReviewRequest.model_validate(self.model_dump() | given) if given else self
