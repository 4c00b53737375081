"""The check of known vulnerabilities is about what coursesync installs, and fails only for a find."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[1] / "tools" / "audit.py"


@pytest.fixture
def audit() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_is_installed_with_coursesync_is_looked_at_and_no_tool(audit: ModuleType) -> None:
    pinned = audit.pinned(audit.LOCK.read_text("utf-8"), audit.installed_with("coursesync"))
    names = {line.split("==")[0] for line in pinned.splitlines() if line and not line.startswith(" ")}
    assert {"httpx", "h11", "pydantic-core", "ruamel-yaml", "keyring", "uvicorn", "markupsafe"} <= names
    assert not {"pytest", "mypy", "ruff", "playwright", "pip-audit"} & names
    assert pinned.count("--hash=") > len(names)


def test_what_is_found_is_named_unless_it_was_judged_before(
    audit: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    vulnerabilities = [
        {"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["2.0"]},
        {"id": "PYSEC-2", "aliases": ["CVE-2"], "fix_versions": []},
    ]
    report = {"dependencies": [{"name": "h11", "version": "1.0", "vulns": vulnerabilities}]}
    assert audit.found_in(report) == [
        "h11 1.0: PYSEC-1, fixed in 2.0",
        "h11 1.0: PYSEC-2, fixed in no version yet",
    ]
    monkeypatch.setattr(audit, "IGNORED", {"CVE-1": "not reached", "PYSEC-2": "not reached"})
    assert audit.found_in(report) == []


def test_every_ignored_one_has_a_reason(audit: ModuleType) -> None:
    assert all(len(reason) > 20 for reason in audit.IGNORED.values())


def test_where_nobody_can_be_asked_that_is_said_and_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.setenv(name.lower(), "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    done = subprocess.run([sys.executable, str(SCRIPT)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout[:14]) == (0, "audit: skipped"), done.stdout + done.stderr
