"""The same requests from a bare httpx loop that reads the JSON, compares dictionaries and does no more.

`python -m benchmarks.replay FILE`: FILE holds the requests, how many at once, and what is declared.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx

from benchmarks.fleet import ATTRIBUTES, SETTINGS
from benchmarks.stand_in import Log

_DECLARED = {**ATTRIBUTES, **SETTINGS}


def write(log: Log, file: Path) -> None:
    """Write what `main` reads."""
    asked = [[one.method, one.path, one.query, one.body, one.status] for one in log.asked]
    file.write_text(json.dumps({"asked": asked, "at_once": log.most_at_once}), "utf-8")


async def main(given: Mapping[str, Any]) -> int:
    """Send the requests and return how many values differ from what is declared."""
    asked = iter(given["asked"])
    headers = {"Authorization": f"Bearer {os.environ['CANVAS_API_TOKEN']}"}
    async with httpx.AsyncClient(
        base_url=os.environ["CANVAS_API_URL"], headers=headers, timeout=70, trust_env=False
    ) as http:
        return sum(await asyncio.gather(*(_worker(http, asked) for _ in range(given["at_once"]))))


async def _worker(http: httpx.AsyncClient, asked: Iterator[Any]) -> int:
    different = 0
    for method, path, query, body, status in asked:
        answer = await http.request(method, path, params=query, json=body)
        if answer.status_code != status:
            raise RuntimeError(f"{method} {path} was answered {status}, and now {answer.status_code}")
        different += _compared(answer.json())
    return different


def _compared(value: Any) -> int:
    if isinstance(value, list):
        return sum(_compared(item) for item in value)
    if not isinstance(value, Mapping):
        return 0
    different = sum(bool(name in value and value[name] != wanted) for name, wanted in _DECLARED.items())
    return different + sum(_compared(item) for item in value.values() if isinstance(item, list | dict))


if __name__ == "__main__":
    found = asyncio.run(main(json.loads(Path(sys.argv[1]).read_text("utf-8"))))
    sys.stdout.write(f"{found}\n")
