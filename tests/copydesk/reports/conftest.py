"""Reports to render: a plain one, and one in which every text is hostile."""

from __future__ import annotations

import pytest

from copydesk.report import ReviewReport
from copydesk.reports import Material
from tests.copydesk.reports.sample_reports import (
    make_hostile_material,
    make_hostile_report,
    make_material,
    make_report,
)


@pytest.fixture
def report() -> ReviewReport:
    return make_report()


@pytest.fixture
def hostile_report() -> ReviewReport:
    return make_hostile_report()


@pytest.fixture
def hostile_material() -> Material:
    return make_hostile_material()


@pytest.fixture
def material() -> Material:
    return make_material()
