"""What every test may rely on: nobody else's Canvas, and golden files rewritten with `pytest --update`."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from hypothesis import settings

from tests.effort import Tally, counted, tally_of

# In CI the same examples every time, so that a red run is about the change; elsewhere new ones are sought.
settings.register_profile("everywhere", deadline=None)
settings.register_profile("ci", settings.get_profile("everywhere"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "everywhere")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="rewrite golden files; then read the diff")


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be rewritten."""
    return bool(request.config.getoption("--update"))


@pytest.fixture(autouse=True)
def _nobody_elses_canvas(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test may see the Canvas, the token, the keyring or the proxy of the person who runs it."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    for name in list(os.environ):
        if name.startswith(("CANVAS_", "COURSESYNC_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture
def tally(record_property: Callable[[str, object], None]) -> Tally:
    """Count what was tried: `tally("kills survived", 1)`; the sums are printed at the end of the run."""
    return tally_of(record_property)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was tried, one line each."""
    passed = [report for report in terminalreporter.stats.get("passed", []) if report.when == "call"]
    for what, count in sorted(counted(passed).items()):
        terminalreporter.write_line(f"{count:>9,} {what}")
