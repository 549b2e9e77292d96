"""What all tests share: here, a skipped test is a failed one (in CI)."""

from __future__ import annotations

import os
import signal

import pytest
from hypothesis import settings

# How long an example takes tells of the machine's load, not of the code.
settings.register_profile("porter", deadline=None)
settings.load_profile("porter")

# A shell without job control starts what goes into the background deaf to Ctrl-C, which tests press
# on themselves and on what they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A skip hides a missing engine; where CI is set it fails the run."""
    reporter = session.config.pluginmanager.getplugin("terminalreporter")
    if reporter is None or not os.environ.get("CI") or exitstatus != 0:
        return
    if reporter.stats.get("skipped"):
        reporter.write_line("error: tests were skipped, and in CI a skip is a failure", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
