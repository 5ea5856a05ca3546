"""Retries: the delays of a policy, and which errors deserve another attempt. Prefect is told; it is not imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # pydantic takes a quarter of a second, and children import this module for `is_retriable`
    from copydesk.workflow import RetryPolicy

_TOO_MANY_REQUESTS = 429
_SERVER_ERRORS = range(500, 600)


def delays(policy: RetryPolicy) -> list[float]:
    """Seconds before each retry, without jitter: `min(base_delay * backoff_multiplier ** n, max_delay)`, n from 1.

    A base of 1, a multiplier of 2 and a maximum of 60 give 2, 4, 8, 16, 32, 60, 60 ...
    """
    waits: list[float] = []
    delay = policy.base_delay
    for _ in range(policy.max_retries):
        # Step by step and capped, since the power of a large multiplier overflows long before the 50th retry.
        delay = min(delay * policy.backoff_multiplier, policy.max_delay)
        waits.append(delay)
    return waits


def is_retriable(error: BaseException) -> bool:
    """True for a fault that may pass: an error that says so, no connection, no answer in time, HTTP 429 and 5xx.

    An error's own `retriable` (True or False) goes before its type. Never raises.
    """
    try:
        declared = getattr(error, "retriable", None)
        if isinstance(declared, bool):
            return declared
        status = _http_status(error)
        if status is not None:
            return status == _TOO_MANY_REQUESTS or status in _SERVER_ERRORS
        return isinstance(error, (ConnectionError, TimeoutError))
    except Exception:  # noqa: BLE001 - an error may carry anything, a property that raises too
        return False


def _http_status(error: BaseException) -> int | None:
    # httpx and requests keep it in `response.status_code`, urllib in `code`, aiohttp in `status`.
    for found in (
        getattr(getattr(error, "response", None), "status_code", None),
        getattr(error, "code", None),
        getattr(error, "status", None),
    ):
        if isinstance(found, int) and not isinstance(found, bool) and 100 <= found < 600:
            return found
    return None


def retry_condition(task: Any, task_run: Any, state: Any) -> bool:
    """Prefect's `retry_condition_fn`: whether the failed state's error deserves another attempt. Never raises.

    Prefect logs an error in this function and gives up the retry, hence the guard.
    """
    try:
        error = state.data
        error = getattr(error, "result", error)  # a persisted result holds the error inside
        return isinstance(error, BaseException) and is_retriable(error)
    except Exception:  # noqa: BLE001 - as the docstring says
        return False


def prefect_options(policy: RetryPolicy) -> dict[str, Any]:
    """The policy as keyword arguments of `prefect.task` or `Task.with_options`."""
    if policy.max_retries == 0:
        return {"retries": 0}
    return {
        "retries": policy.max_retries,
        "retry_delay_seconds": delays(policy),
        "retry_jitter_factor": policy.jitter or None,
        "retry_condition_fn": retry_condition,
    }
