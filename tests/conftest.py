"""Options and fixtures that all tests share."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator
from typing import TypeVar

import pytest

#: where CI has every tool (.ci/run), a skipped test is a mistake; this reason is not
MAY_SKIP_IN_CI = ("../shared",)
Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # what a shell starts in its background ignores SIGINT; tests of Ctrl-C need what a terminal gives
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite the expected files of the golden tests")


@pytest.fixture(autouse=True, scope="session")
def _quick_builds(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep out of the user's cache, and choose kernels by their order where a test does not ask for more."""
    os.environ["TOOLCHAIN_CACHE_DIR"] = str(tmp_path_factory.mktemp("cache"))
    os.environ["TOOLCHAIN_MEASURE"] = "0"


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Tell whether golden files are to be rewritten instead of compared."""
    return bool(request.config.getoption("--update-golden"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test that is skipped in CI."""
    report = yield
    return _without_skip(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Fail a file that is skipped in CI."""
    report = yield
    return _without_skip(report)


def _without_skip(report: Report) -> Report:
    if not (os.environ.get("CI") and report.skipped) or hasattr(report, "wasxfail"):
        return report
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if not any(text in reason for text in MAY_SKIP_IN_CI):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI, where nothing may be missing: {reason}"
    return report
