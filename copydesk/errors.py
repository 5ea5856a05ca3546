"""The errors that copydesk raises.

CopydeskError
├── UsageError               bad usage: nothing was reviewed (exit code 2)
│   ├── WorkflowError        the workflow file is wrong; carries every problem at once
│   └── NoPostsError         no file to review at the paths given
├── EngineUnreachable        Prefect cannot be reached and no review took place (exit code 4)
├── StoreError               the monitor's store refuses or cannot be opened
├── StepError                a step as a whole went wrong
│   ├── StepTimeout          over its `timeout_seconds`; retriable
│   └── ToolMissing          a checker is missing or broken; not retriable
└── RetriableError           base for a step's own errors that deserve another attempt
"""

from __future__ import annotations

from dataclasses import dataclass


class CopydeskError(Exception):
    """Something that copydesk can say in one clear message."""

    retriable = False

    def __str__(self) -> str:
        return super().__str__() or (self.__doc__ or "").strip()


class UsageError(CopydeskError, ValueError):
    """The command cannot be carried out as given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake in a file: where it is and what to do."""

    file: str
    line: int
    field: str  # dotted path, as in `workflow.steps[2].retry.max_retries`
    message: str
    advice: str = ""

    def __str__(self) -> str:
        advice = f" {self.advice}" if self.advice else ""
        return f"{self.file}:{self.line}: {self.field}: {self.message}{advice}"


class WorkflowError(UsageError):
    """The workflow file is wrong."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(p) for p in problems))
        self.problems = problems


class NoPostsError(UsageError):
    """No posts were found."""


class EngineUnreachable(CopydeskError, ConnectionError):
    """Prefect cannot be reached."""


class StoreError(CopydeskError):
    """The store cannot be used."""


class StepError(CopydeskError, RuntimeError):
    """A step went wrong as a whole."""


class StepTimeout(StepError, TimeoutError):
    """A step was over its time."""

    retriable = True


class ToolMissing(StepError):
    """A checker is missing or broken."""


class RetriableError(CopydeskError):
    """A passing fault: the step may be tried again."""

    retriable = True
