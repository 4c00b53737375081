"""What the results were measured on, and with."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

_PACKAGES = ("coursesync", "canvasapi", "click", "httpx", "pydantic", "pyyaml", "ruamel.yaml", "uvicorn")


def machine() -> str:
    """Return the machine, the versions and the day, a line each."""
    lines = {
        "day": datetime.now(UTC).date().isoformat(),
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "packages": ", ".join(f"{name} {version(name)}" for name in _PACKAGES),
    }
    return "".join(f"- {name}: {value}\n" for name, value in lines.items())


def _processor() -> str:
    found = Path("/proc/cpuinfo")
    names = [
        line.partition(":")[2].strip()
        for line in (found.read_text("utf-8").splitlines() if found.is_file() else [])
        if line.startswith("model name")
    ]
    return names[0] if names else platform.processor() or platform.machine()
