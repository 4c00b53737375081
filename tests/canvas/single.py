"""One course in the plain way, by itself and then its settings: what bulk reads are held against."""

from __future__ import annotations

from collections.abc import Iterable

from coursesync.canvas.client import Canvas
from coursesync.canvas.decode import asking, with_settings
from coursesync.canvas.read import read_head, read_settings
from coursesync.model import Address, LiveCourse


async def read_course(canvas: Canvas, declared_id: str, addresses: Iterable[Address]) -> LiveCourse:
    """Read a course with the fields at `addresses`, and whatever comes with them, in at most two requests.

    Raises CanvasRefused for a course that is not there or hidden from the token.
    """
    asked = asking(frozenset(addresses))
    course = await read_head(canvas, declared_id, asked.single)
    if not asked.settings:
        return course
    return with_settings(course, await read_settings(canvas, course.id))
