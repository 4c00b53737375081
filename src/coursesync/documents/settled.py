"""What a journal keeps of a course that was carried out: as a JSON value, and back."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from coursesync.errors import PlanFileError
from coursesync.model import Settled


@cache
def _adapter() -> TypeAdapter[Settled]:
    return TypeAdapter(Settled)


def settled_json(settled: Settled) -> Any:
    """Return what became of a course as a JSON value."""
    return _adapter().dump_python(settled, mode="json")


def load_settled(value: Any, *, name: str) -> Settled:
    """Return what became of a course; raise PlanFileError where the file `name` holds something else."""
    # Half a character, which a value of Canvas may hold, is no text to pydantic.
    text = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
    try:
        return _adapter().validate_json(text, strict=True)
    except ValidationError as error:
        raise PlanFileError(f"{name} holds an outcome that coursesync did not write.") from error
