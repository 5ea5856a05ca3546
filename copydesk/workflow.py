"""The workflow file, `copydesk.yaml`: its model, and how it is read.

Everything wrong with a file is reported at once, each problem with file, line and field (`WorkflowError`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from copydesk.errors import UsageError, WorkflowError
from copydesk.priority import Priority as Priority

FILE_NAME = "copydesk.yaml"

# Task-run names, tags and file names are made of a step's name.
STEP_NAME = r"^[a-z][a-z0-9_]{0,63}$"
StepName = Annotated[str, StringConstraints(pattern=STEP_NAME)]
USES = r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$"
CheckId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*\.[a-z0-9_]+$")]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class RetryPolicy(_Model):
    """How often and how patiently a failed attempt is repeated (Temporal's words).

    The delay before attempt n + 1 is `min(base_delay * backoff_multiplier ** n, max_delay)` seconds, then jitter.
    """

    # Prefect refuses more than 50 delays.
    max_retries: int = Field(3, ge=0, le=50, description="Attempts after the first.")
    base_delay: float = Field(1.0, ge=0, le=86_400, description="Seconds; the formula multiplies it.")
    backoff_multiplier: float = Field(2.0, ge=1, le=100, description="How fast the delays grow.")
    max_delay: float = Field(60.0, ge=0, le=86_400, description="No delay is longer, in seconds.")
    jitter: float = Field(0.2, ge=0, le=1, description="Share of a delay by which it is spread at random.")


class StepConfig(_Model):
    """One step of the workflow. What is left out is taken from the step's registration, then from the workflow."""

    name: StepName = Field(description="Name of a built-in step, or of your own.")
    description: str = Field("", max_length=500, description="For people: what the step is for.")
    uses: str | None = Field(
        None,
        pattern=USES,
        description="Your own step as `package.module:function`; not needed for built-in and registered steps.",
    )
    depends_on: tuple[StepName, ...] = Field((), description="Steps that must be done before this one starts.")
    priority: Priority | None = Field(
        None, description="Orders the ready steps; names the queue with `runs_on: queue`."
    )
    timeout_seconds: float | None = Field(None, gt=0, le=86_400, description="Limit of one attempt over all posts.")
    post_timeout_seconds: float | None = Field(None, gt=0, le=3_600, description="Limit of one post in this step.")
    retry: RetryPolicy | None = Field(None, description="What differs from the workflow's retry policy.")
    with_: dict[str, Any] = Field(default_factory=dict, alias="with", description="Options of the step.")
    enabled: bool = Field(True, description="False leaves the step out.")
    runs_on: Literal["process", "queue"] = Field(
        "process", description="`queue` sends the step to the queue of its priority in the pool `copydesk-steps`."
    )
    required: bool = Field(
        False, description="True: the run fails when the step fails, and what depends on it is skipped."
    )


class Workflow(_Model):
    """The steps of a review and how they are run."""

    name: str = Field(
        "blog-review", min_length=1, max_length=100, description="Shown in the Prefect UI and in reports."
    )
    description: str = Field("", max_length=2_000, description="For people: what is reviewed and why.")
    timeout_seconds: float = Field(3_600, gt=0, le=7 * 86_400, description="Limit of the whole run.")
    max_concurrent_tasks: int = Field(4, ge=1, le=64, description="Steps that run at once.")
    batch_size: int = Field(200, ge=1, le=10_000, description="Posts a run; more become several runs.")
    metadata: dict[str, Any] = Field(
        default_factory=dict, description="Kept with the run and shown by `copydesk show`."
    )
    retry: RetryPolicy = Field(default=RetryPolicy(), description="Default of every step.")
    steps: tuple[StepConfig, ...] | None = Field(
        None, min_length=1, description="The whole list: what is not listed does not run. Left out: the built-in steps."
    )


class Posts(_Model):
    """Where the posts are."""

    root: str | None = Field(None, description="Folder of the posts, relative to this file; links may not leave it.")
    include: tuple[str, ...] = Field(("**/*.md", "**/*.mdx", "**/*.markdown"), description="Patterns of posts.")
    exclude: tuple[str, ...] = Field(("**/_index.md",), description="Patterns of files that are no posts.")
    site_root: str | None = Field(None, description="Folder that `/image.png` is looked up in, relative to this file.")
    keys: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="Front-matter names, as in `description: [description, excerpt]`."
    )


def _switched_off(value: Any) -> Any:
    return "off" if value is False else value  # what YAML makes of a bare `off`


SeverityChoice = Annotated[Literal["error", "warning", "suggestion", "off"], BeforeValidator(_switched_off)]


def _a_list(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


def _a_text(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else str(value) if isinstance(value, int | float) else value


Severities = dict[CheckId, SeverityChoice]
Thresholds = dict[CheckId, float]
Patterns = Annotated[tuple[str, ...], BeforeValidator(_a_list)]
FrontMatterValues = Annotated[tuple[Annotated[str, BeforeValidator(_a_text)], ...], BeforeValidator(_a_list)]


class Override(_Model):
    """What is different in some folders."""

    paths: Patterns = Field(min_length=1, description="Patterns of posts, from the folder of this file.")
    severity: Severities = Field(default_factory=dict, description="Severity by check; `off` silences it.")
    thresholds: Thresholds = Field(default_factory=dict, description="Limits by check.")


class Checks(_Model):
    """What the team changes about the checks."""

    severity: Severities = Field(default_factory=dict, description="Severity by check; `off` silences it.")
    vocabulary: tuple[str, ...] = Field((), description="Words that are right here: names, products, jargon.")
    vocabulary_file: str | None = Field(None, description="A file with more of them, one a line; `#` begins a comment.")
    rejected: dict[str, str] = Field(
        default_factory=dict, description="Words that are wrong here, each with the better one, or with an empty text."
    )
    rejected_file: str | None = Field(None, description="A file with more of them, as in `utilise -> use`.")
    thresholds: Thresholds = Field(default_factory=dict, description="Limits by check.")
    overrides: tuple[Override, ...] = Field((), description="What is different by folder; the later one wins.")
    suppress_in_text: bool = Field(
        True, description="False: `<!-- copydesk off -->` and its kin in the posts are not obeyed."
    )


class WordLimits(_Model):
    """How long a post may be."""

    min: int | None = Field(None, ge=0, description="Fewer words are `seo.short_post`.")
    max: int | None = Field(None, ge=1, description="More words are `seo.long_post`.")


class PostType(_Model):
    """A kind of post, with its own measure. A post is of the first type of which one of the conditions holds."""

    paths: Patterns = Field((), description="Condition: patterns of posts, from the folder of this file.")
    front_matter: dict[str, FrontMatterValues] = Field(
        default_factory=dict, description="Condition: each of these keys has one of the values given."
    )
    title: Patterns = Field((), description="Condition: patterns of titles, as in `Release *`; case does not matter.")
    weights: dict[StepName, Annotated[float, Field(ge=0, le=10)]] = Field(
        default_factory=dict, description="By step: what its findings cost, times this."
    )
    required: tuple[str, ...] | None = Field(
        None, description="Front-matter keys that such a post must have, in place of the option of `seo`."
    )
    words: WordLimits = Field(default=WordLimits(), description="How long such a post may be.")
    severity: Severities = Field(default_factory=dict, description="Severity by check; `off` silences it.")
    thresholds: Thresholds = Field(default_factory=dict, description="Limits by check.")
    approve_at: float | None = Field(None, ge=0, le=100, description="In place of the verdict's.")


class VerdictRules(_Model):
    """What a post must reach."""

    approve_at: float = Field(80, ge=0, le=100, description="The lowest score that is approved.")


class WorkflowConfig(_Model):
    """The whole of `copydesk.yaml`."""

    workflow: Workflow = Field(default=Workflow())
    posts: Posts = Field(default=Posts())
    checks: Checks = Field(default=Checks())
    types: dict[StepName, PostType] = Field(
        default_factory=dict, description="Kinds of posts; `copydesk: {type: NAME}` in a front matter names one."
    )
    verdict: VerdictRules = Field(default=VerdictRules())


def workflow_schema() -> dict[str, Any]:
    """The JSON Schema of `copydesk.yaml`, for editors."""
    schema = WorkflowConfig.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def find_workflow(start: Path) -> Path | None:
    """The workflow file that is in charge of `start`: in its folder or the nearest above; None without one."""
    folder = start if start.is_dir() else start.parent
    for candidate in (folder.resolve(), *folder.resolve().parents):
        if (candidate / FILE_NAME).is_file():
            return candidate / FILE_NAME
    return None


def posts_folders(root: object, file: Path, paths: Sequence[Path]) -> tuple[Path, ...]:
    """The folders whose content is under review, resolved: nothing in them may be loaded as code.

    That is `posts.root` of the workflow file (`root`) and the folders among `paths`, but for those that merely hold
    the root; of a file the folder around it, unless the workflow file is in charge from there.
    """
    base = file.resolve().parent
    declared = (base / root).resolve() if isinstance(root, str) and "\0" not in root else None
    folders = [declared] if declared else []
    for path in paths:
        folder = path.resolve()
        if not folder.is_dir():
            folder = folder.parent
            if base.is_relative_to(folder):
                continue
        if declared is None or not declared.is_relative_to(folder):
            folders.append(folder)
    return tuple(dict.fromkeys(folders))


def load_workflow(path: Path, posts: Sequence[Path] = ()) -> WorkflowConfig:
    """Read and validate a workflow file; `posts` are the paths under review, from which no code is loaded.

    Raises `UsageError` when it cannot be read and `WorkflowError`, with all problems, when it is wrong.
    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UsageError(f"{path}: cannot read the workflow file: {reason}.") from None
    return parse_workflow(text, str(path), posts)


def parse_workflow(text: str, file: str = FILE_NAME, posts: Sequence[Path] = ()) -> WorkflowConfig:
    """Validate the text of a workflow file; `file` is named in the problems.

    Raises `WorkflowError` with every problem: syntax, unknown keys, values, duplicate steps, unknown dependencies,
    cycles, steps that cannot be used and checks that do not exist.
    """
    from copydesk.config_file import ConfigDocument
    from copydesk.workflow_problems import problems_of

    document = ConfigDocument.parse(text, file)
    where = document.data.get("posts")
    folders = posts_folders(where.get("root") if isinstance(where, dict) else None, Path(file), posts)
    try:
        config = WorkflowConfig.model_validate(document.data)
    except ValidationError as error:
        problems = document.problems + document.explain(error, WorkflowConfig) + problems_of(document, folders)
        raise WorkflowError(sorted(problems, key=lambda problem: problem.line)) from None
    problems = document.problems + problems_of(document, folders)
    if problems:
        raise WorkflowError(sorted(problems, key=lambda problem: problem.line))
    return config
