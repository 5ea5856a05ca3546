"""What a check is: its id, its severity and why, with texts that must be flagged and texts that must pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from copydesk.report import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A post to try a rule on, where a plain text is not enough."""

    text: str
    path: str = "post.md"
    files: Mapping[str, str] = field(default_factory=dict)  # the site around it: path -> text
    options: Mapping[str, object] = field(default_factory=dict)  # the step's `with`
    rejected: Mapping[str, str] = field(default_factory=dict)  # `checks.rejected` of the workflow file
    match: str | None = None  # the text that the finding must be on; None: any


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One check. `id` is `step.rule`; `source` names where the rule or its threshold comes from."""

    id: str
    severity: Severity
    summary: str  # what it finds, one sentence
    reason: str  # why a reader is better off without it
    source: str
    flagged: tuple[str | Example, ...]
    passes: tuple[str | Example, ...]
    enabled: bool = True  # False: only where the workflow file sets its severity
    fixable: bool = False  # True: a finding with one suggestion may be applied unseen (`copydesk check --fix`)

    @property
    def step(self) -> str:
        """The step that the rule belongs to."""
        return self.id.partition(".")[0]
