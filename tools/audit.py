"""Hold what coursesync is installed with, as the lock pins it, against the known vulnerabilities.

Ends with 1 only where one is found that is not in IGNORED; where the data cannot be reached, it says so.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements-dev.lock"
EXTRAS = ("", "keyring", "sandbox")
# The id of a vulnerability -> why it does not concern us. Look again whenever the lock changes.
IGNORED: Mapping[str, str] = {}
_SECONDS = 120


def installed_with(name: str, extras: Iterable[str] = EXTRAS) -> frozenset[str]:
    """Return the names of all packages that come along with one, on this system or another."""
    found: set[str] = set()
    waiting = [(name, frozenset(extras))]
    while waiting:
        package, wanted = waiting.pop()
        for requirement in _required(package, wanted):
            other = _plain(requirement.name)
            if other not in found:
                found.add(other)
                waiting.append((other, frozenset({"", *requirement.extras})))
    return frozenset(found)


def _required(package: str, extras: frozenset[str]) -> Iterator[Requirement]:
    try:
        texts = requires(package) or []
    except PackageNotFoundError:
        # Locked for another system only.
        return
    for text in texts:
        requirement = Requirement(text)
        asked = re.search(r"extra == ['\"]([^'\"]+)", str(requirement.marker or ""))
        if (asked.group(1) if asked else "") in extras:
            yield requirement


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(lock: str, names: Iterable[str]) -> str:
    """Return the part of a lock that is about some packages."""
    wanted = frozenset(names)
    blocks = re.split(r"\n(?=\S)", lock)
    return "\n".join(block for block in blocks if _plain(re.split(r"[=\[ ;]", block)[0]) in wanted) + "\n"


def found_in(report: Mapping[str, Any]) -> list[str]:
    """Return the vulnerabilities of a report, one line each, without the ignored ones."""
    return [
        f"{package['name']} {package.get('version', '')}: {item['id']}, fixed in "
        f"{', '.join(item.get('fix_versions') or ['no version yet'])}"
        for package in report["dependencies"]
        for item in package.get("vulns", ())
        if item["id"] not in IGNORED and not IGNORED.keys() & set(item.get("aliases", ()))
    ]


def audited(requirements: str) -> Mapping[str, Any] | None:
    """Return what pip-audit says of pinned packages, or None where it could not ask."""
    with tempfile.TemporaryDirectory() as folder:
        path, report = Path(folder) / "requirements.txt", Path(folder) / "report.json"
        path.write_text(requirements, encoding="utf-8")
        words = ["--requirement", str(path), "--disable-pip", "--require-hashes", "--progress-spinner=off"]
        words += ["--timeout=10", "--format=json", f"--output={report}"]
        try:
            subprocess.run(
                [sys.executable, "-m", "pip_audit", *words],
                capture_output=True,
                check=False,
                timeout=_SECONDS,
            )
            said: Mapping[str, Any] = json.loads(report.read_text("utf-8"))
        except (OSError, ValueError, subprocess.TimeoutExpired):
            return None
        return said


def main() -> int:
    """Say what was found, and return the exit code."""
    requirements = pinned(LOCK.read_text("utf-8"), installed_with("coursesync"))
    count = len(re.findall(r"^\S", requirements, re.MULTILINE))
    report = audited(requirements)
    if report is None:
        print(f"audit: skipped, the data about vulnerabilities cannot be reached ({count} packages)")
        return 0
    wrong = found_in(report)
    print("\n".join([*wrong, f"audit: {len(wrong)} known vulnerabilities in {count} packages"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
