"""Says at the end of a run what was left out and why: nobody should take a short run for a whole one.

Where every engine is required, nothing is left out: a test that would be has failed.
"""

import os
import re
from collections import Counter
from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("ZHILU_REQUIRE_ENGINES") == "1":
        report.outcome = "failed"
        why = call.excinfo.value if call.excinfo else ""
        report.longrepr = f"{item.nodeid} was left out, where every engine is required: {why}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reasons: Counter[str] = Counter()
    for report in terminalreporter.getreports("skipped"):
        why = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reasons[re.sub(r"^Skipped: ", "", why)] += 1
    if not reasons:
        return
    terminalreporter.section("left out")
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"{count:5} tests: {reason}")
