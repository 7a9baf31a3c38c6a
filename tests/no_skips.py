"""An option of pytest that counts a skipped test as a failure, for .ci/run.

A green run could else hide that a program is missing, such as a browser.
"""

import pytest


def pytest_addoption(parser):
    parser.addoption(
        "--no-skips", action="store_true", help="Count a skipped test as a failure."
    )


def _failed_if_skipped(report, config):
    if config.getoption("--no-skips") and report.skipped:
        reason = report.longrepr[-1]  # Of path, line and reason.
        report.outcome, report.longrepr = "failed", f"not to be skipped: {reason}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    return _failed_if_skipped((yield), item.config)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    return _failed_if_skipped((yield), collector.config)
