"""Upload a file in Canvas's three steps: announce it, bring it to where Canvas says, and complete it.

The second step goes to another service, as a rule on another host: it gets the file and what Canvas gave for
it, and never the token (Canvas: doc/api/file_uploads.md).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from coursesync.canvas.credentials import is_loopback
from coursesync.canvas.decode import as_id
from coursesync.canvas.wire import FilePart, Leaving, Wire
from coursesync.catalogue.types import Value
from coursesync.errors import CanvasError, CanvasRefused, CanvasUnanswered, CanvasUnavailable

_log = logging.getLogger("coursesync.canvas")

# How often an upload is begun; each time that a step is not answered may leave a file that nobody shows.
BEGINNINGS = 3
_PARAMETER = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What is uploaded: its name, its content, and the type of that."""

    name: str
    content: bytes
    content_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A file as Canvas has it after an upload; leftovers: how many more it may have, begun in vain."""

    id: int
    name: str
    size: int
    leftovers: int = 0


async def upload(
    wire: Wire, target: httpx.URL, body: Mapping[str, Value], parcel: Parcel, leaving: Leaving
) -> Stored:
    """Upload a file and return what Canvas made of it.

    target, body: of the first step. leaving: called once, before that leaves. A step that is not answered is
    no reason to give up, as a file without a use harms nobody: the upload begins again.
    Raises CanvasError in one of its kinds; CanvasUnanswered after the last beginning.
    """
    for number in range(BEGINNINGS):
        try:
            stored = await _once(wire, target, body, parcel, leaving if number == 0 else _already_left)
        except CanvasUnanswered as error:
            _log.info("%s: %s; beginning again", target.path, error.message)
            if number == BEGINNINGS - 1:
                raise
        else:
            return Stored(id=stored.id, name=stored.name, size=stored.size, leftovers=number)
    raise AssertionError("a loop that ends by itself")


async def _already_left() -> None:
    """Note nothing."""


async def _once(
    wire: Wire, target: httpx.URL, body: Mapping[str, Value], parcel: Parcel, leaving: Leaving
) -> Stored:
    told, _ = await wire.exchange("POST", target, writes=True, body=body, leaving=leaving, harmless=True)
    place, form, parameter = _ticket(wire, target, told)
    part: FilePart = (parameter, (parcel.name, parcel.content, parcel.content_type))
    try:
        answer = await wire.hand_over(place, form, part)
    except CanvasUnavailable as error:
        # Canvas is there; only this file cannot be brought.
        message = f"The file cannot be brought to {place.host}, where Canvas sends it: {error.message}"
        raise CanvasRefused(message, status=0) from error
    return _checked(await _completed(wire, answer), parcel)


def _ticket(wire: Wire, target: httpx.URL, told: Value) -> tuple[httpx.URL, dict[str, str], str]:
    """Return where the file goes, and what goes with it. Raises CanvasRefused for no place for a file."""
    known = told if isinstance(told, Mapping) else {}
    url, params = known.get("upload_url"), known.get("upload_params", {})
    if not isinstance(url, str) or not url or not isinstance(params, Mapping):
        raise CanvasRefused(
            f"Canvas answers POST {target.path} without saying where the file goes.", status=0
        )
    try:
        place = target.join(url)
    except httpx.InvalidURL as error:
        raise CanvasRefused("Canvas sends the file to an address that is none.", status=0) from error
    safe = place.scheme == "https" or (place.scheme == "http" and is_loopback(place.host))
    if not safe or place.userinfo or (is_loopback(place.host) and not is_loopback(wire.target("/api/").host)):
        raise CanvasRefused(
            f"Canvas sends the file to {place.scheme}://{place.host}, where it may not go.",
            status=0,
            hint="A file leaves over https only. Whoever runs this Canvas can mend its address for files.",
        )
    named = known.get("file_param")
    form = {key: _text(value) for key, value in params.items()}
    return place, form, named if isinstance(named, str) and named else _PARAMETER


def _text(value: Value) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float | None):
        return json.dumps(value)
    return "" if value is None else str(value)


async def _completed(wire: Wire, answer: httpx.Response) -> Value:
    """Return the file as Canvas has it, from where the storage points, if that is this Canvas."""
    location = answer.headers.get("location")
    if location:
        try:
            there = answer.request.url.join(location)
        except httpx.InvalidURL:
            there = answer.request.url
        if wire.ours(there) and there.path.startswith("/api/"):
            told, _ = await wire.exchange("GET", there, writes=True)
            return told
        if answer.status_code != httpx.codes.CREATED:
            where = f"{there.scheme}://{there.host}"
            raise CanvasRefused(
                f"The upload is to be completed at {where}, where the token may not go.",
                status=0,
                hint="CANVAS_API_URL must be the address that Canvas gives itself.",
            )
    try:
        found: Value = json.loads(answer.content)
    except (ValueError, RecursionError):
        return None
    return found


def _checked(told: Value, parcel: Parcel) -> Stored:
    """Return what Canvas has. Raises CanvasUnanswered where it says nothing of the kind."""
    known = told if isinstance(told, Mapping) else {}
    number, size = as_id(known.get("id")), known.get("size")
    if number is None:
        raise CanvasUnanswered("Canvas does not say which file it made of the upload.")
    if isinstance(size, int) and size != len(parcel.content):
        raise CanvasError(
            f"Canvas has {size:,} bytes of the file, of {len(parcel.content):,} that were sent."
        )
    name = known.get("display_name")
    return Stored(id=number, name=name if isinstance(name, str) else parcel.name, size=len(parcel.content))
