"""The obvious script: course by course with canvasapi, compare what is declared, update what differs.

`python -m benchmarks.obvious plan|apply FILE` with Canvas in the environment; prints how many fields differ.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from canvasapi import Canvas

Declared = Mapping[str, Mapping[str, Any]]


def main(verb: str, file: Path) -> int:
    """Compare every course, update it where that is the verb, and return how many fields differed."""
    with warnings.catch_warnings():
        # It speaks of http:// addresses.
        warnings.simplefilter("ignore")
        canvas = Canvas(os.environ["CANVAS_API_URL"], os.environ["CANVAS_API_TOKEN"])
    different = 0
    for number, declared in json.loads(file.read_text("utf-8")).items():
        different += _course(canvas, int(number), declared, update=verb == "apply")
    return different


def _course(canvas: Canvas, number: int, declared: Declared, *, update: bool) -> int:
    course = canvas.get_course(number)
    live = vars(course)
    attributes = {name: value for name, value in declared["attributes"].items() if live.get(name) != value}
    live = course.get_settings()
    settings = {name: value for name, value in declared["settings"].items() if live.get(name) != value}
    if update and attributes:
        course.update(course=attributes)
    if update and settings:
        course.update_settings(**settings)
    return len(attributes) + len(settings)


if __name__ == "__main__":
    sys.stdout.write(f"{main(sys.argv[1], Path(sys.argv[2]))}\n")
