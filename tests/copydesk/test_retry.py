from __future__ import annotations

import subprocess
import sys
import urllib.error
from email.message import Message
from types import SimpleNamespace

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.errors import RetriableError, StepTimeout, ToolMissing
from copydesk.retry import delays, is_retriable, prefect_options, retry_condition
from copydesk.workflow import RetryPolicy


def test_the_delays_of_the_designs_example():
    policy = RetryPolicy(max_retries=8, base_delay=1, backoff_multiplier=2, max_delay=60)
    assert delays(policy) == [2, 4, 8, 16, 32, 60, 60, 60]


def test_no_retries_no_delays():
    assert delays(RetryPolicy(max_retries=0)) == []


@given(st.integers(0, 50), st.floats(0, 86_400), st.floats(1, 100), st.floats(0, 86_400))
def test_the_delays_follow_the_formula(retries, base, multiplier, maximum):
    policy = RetryPolicy(max_retries=retries, base_delay=base, backoff_multiplier=multiplier, max_delay=maximum)
    expected = [min(base * multiplier**n, maximum) for n in range(1, retries + 1)]
    assert delays(policy) == pytest.approx(expected)


def http_error(status):
    request = httpx.Request("GET", "https://example.org")
    return httpx.HTTPStatusError("no", request=request, response=httpx.Response(status, request=request))


def url_error(status):
    return urllib.error.HTTPError("https://example.org", status, "no", Message(), None)


class Declared(ValueError):
    retriable = True


class Refused(ConnectionError):
    retriable = False


class Hostile(Exception):
    @property
    def retriable(self):
        raise RuntimeError("hostile")


@pytest.mark.parametrize(
    "error",
    [
        ConnectionError(),
        ConnectionRefusedError(),
        BrokenPipeError(),
        TimeoutError(),
        http_error(429),
        http_error(500),
        http_error(503),
        http_error(599),
        url_error(429),
        url_error(502),
        type("ClientResponseError", (Exception,), {"status": 503})(),
        Declared(),
        RetriableError(),
        StepTimeout(),
    ],
    ids=repr,
)
def test_what_may_pass_is_retriable(error):
    assert is_retriable(error)


@pytest.mark.parametrize(
    "error",
    [
        ValueError("bad input"),
        TypeError(),
        FileNotFoundError(),
        MemoryError(),
        KeyboardInterrupt(),
        SystemExit(500.0),
        http_error(404),
        http_error(400),
        url_error(403),
        Refused(),
        ToolMissing(),
        Hostile(),
        type("Odd", (Exception,), {"code": True})(),
        type("Odd", (Exception,), {"code": "500"})(),
        type("Odd", (Exception,), {"retriable": "yes"})(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_will_not_pass_is_not(error):
    assert not is_retriable(error)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (ConnectionError(), True),
        (ValueError(), False),
        (SimpleNamespace(result=TimeoutError()), True),
        ("no error", False),
        (None, False),
    ],
)
def test_the_condition_reads_the_error_of_the_state(data, expected):
    assert retry_condition(None, None, SimpleNamespace(data=data)) is expected


def test_the_condition_never_raises():
    class State:
        @property
        def data(self):
            raise RuntimeError("gone")

    assert retry_condition(None, None, State()) is False
    assert retry_condition(None, None, None) is False


def test_prefect_takes_the_options_and_keeps_to_them():
    from prefect import task

    options = prefect_options(RetryPolicy(max_retries=50, base_delay=1, backoff_multiplier=2, max_delay=60, jitter=0.5))
    made = task(lambda: None).with_options(**options)
    assert made.retries == 50
    assert made.retry_delay_seconds[:6] == [2, 4, 8, 16, 32, 60]
    assert made.retry_jitter_factor == 0.5
    assert made.retry_condition_fn is retry_condition


def test_a_policy_without_retries_gives_prefect_none():
    assert prefect_options(RetryPolicy(max_retries=0)) == {"retries": 0}


def test_the_module_needs_neither_prefect_nor_pydantic():
    code = "import sys, copydesk.retry; print({'prefect', 'pydantic'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "set()\n", done.stderr
