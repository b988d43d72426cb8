"""Options and fixtures that all tests share."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Generator
from typing import TypeVar

import pytest

from tests import shared

#: where CI has every tool (.ci/run), a skipped test is a mistake; this reason is not
MAY_SKIP_IN_CI = ("../shared",)
Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # what a shell starts in its background ignores SIGINT; tests of Ctrl-C need what a terminal gives
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite the expected files of the golden tests")


def pytest_configure(config: pytest.Config) -> None:
    """Keep out of the user's cache, and choose kernels by their order where a test does not ask for more."""
    if not hasattr(config, "workerinput"):  # workers inherit it
        os.environ[shared.VARIABLE] = tempfile.mkdtemp(prefix="toolchain-tests-")
    os.environ["TOOLCHAIN_CACHE_DIR"] = str(shared.folder() / "cache")
    os.environ["TOOLCHAIN_MEASURE"] = "0"


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove what the workers shared."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(shared.folder(), ignore_errors=True)


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
