"""How Canvas and Rails turn what a client sent into what a column or a setting holds."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

_TRUE_WORDS = frozenset({"yes", "y", "true", "t", "on", "1"})
_FALSE_WORDS = frozenset({"no", "n", "false", "f", "off", "0"})
_RAILS_FALSE = frozenset({"0", "f", "F", "false", "FALSE", "off", "OFF"})
_LEADING_INTEGER = re.compile(r"\s*([+-]?\d+)")
_TIME_OF_DAY = re.compile(r"(\d{1,2})(?::(\d{2}))?(?::(\d{2}))?\s*([ap]m)?", re.IGNORECASE)
_INSTANT = "%Y-%m-%dT%H:%M:%SZ"


def _leading_integer(text: str) -> int:
    found = _LEADING_INTEGER.match(text)
    return int(found.group(1)) if found else 0


def value_to_boolean(value: Any) -> bool:
    """Return what Canvas's settings make of a value; an unknown word is false, never an error."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return int(value) != 0
    if not isinstance(value, str):
        return False
    word = value.lower()
    if word in _TRUE_WORDS:
        return True
    return word not in _FALSE_WORDS and _leading_integer(value) != 0


def rails_boolean(value: Any) -> bool | None:
    """Return what a boolean column makes of a value: here "no" is true, and "" is null."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value not in _RAILS_FALSE
    return bool(value)


def rails_integer(value: Any) -> int | None:
    """Return what an integer column makes of a value: a word is 0, "" is null, a fraction is cut off."""
    if value is None or value == "":
        return None
    if isinstance(value, bool | int | float):
        return int(value)
    return _leading_integer(str(value))


def rails_string(value: Any) -> str | None:
    """Return what a text column makes of a scalar."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "t" if value else "f"
    return str(value)


def rails_instant(value: Any, zone: str) -> str | None:
    """Return a time as UTC in whole seconds; a time without an offset is read in `zone`, nonsense is null."""
    if not isinstance(value, str) or not value.strip():
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    return instant_text(moment)


def instant_text(moment: datetime) -> str:
    """Return a moment as Canvas writes it."""
    return moment.astimezone(UTC).strftime(_INSTANT)


def time_of_day(value: str) -> str | None:
    """Return "9pm" as "21:00:00"; None where no time of day can be read."""
    found = _TIME_OF_DAY.fullmatch(value.strip())
    if not found:
        return None
    hour, minute, second = (int(found.group(number) or 0) for number in (1, 2, 3))
    half = (found.group(4) or "").lower()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    elif found.group(2) is None:
        return None
    if hour > 23 or minute > 59 or second > 59:
        return None
    return f"{hour:02}:{minute:02}:{second:02}"
