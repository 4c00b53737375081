"""Where live state comes from: Canvas itself, or a snapshot saved earlier; a plan cannot tell which."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

from coursesync.canvas.client import Canvas
from coursesync.canvas.read import preview_html, read_account, read_course, read_reference
from coursesync.errors import CanvasRefused, UsageProblem
from coursesync.model import Address, LiveCourse, Snapshot, State


class Source(Protocol):
    """What planning asks about live state; each answer comes as if from Canvas, errors included."""

    @property
    def reads(self) -> int:
        """Return how many requests were made so far."""

    async def course(self, declared_id: str, addresses: Iterable[Address]) -> LiveCourse:
        """Return a course with the fields at `addresses`, and whatever comes with them."""

    async def reference(self, text: str) -> int:
        """Return the Canvas id behind `sis_term_id:X` or `sis_account_id:X`."""

    async def account(self, account_id: int) -> State:
        """Return the values of an account that courses fall back to."""

    async def preview(self, course_id: int, html: str) -> str | None:
        """Return what Canvas would make of an HTML text, or None where nobody can be asked."""


class LiveSource:
    """Canvas; each account, reference and course is read once, a course again only for more of its fields."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._once: dict[object, asyncio.Task[object]] = {}
        self._courses: dict[str, tuple[frozenset[Address], LiveCourse]] = {}

    @property
    def reads(self) -> int:
        """Return how many requests were made so far."""
        return self._canvas.reads

    async def course(self, declared_id: str, addresses: Iterable[Address]) -> LiveCourse:
        """Read a course with at most two requests."""
        wanted = frozenset(addresses)
        known, live = self._courses.get(declared_id, (frozenset(), None))
        if live is None or not wanted <= known:
            live = await read_course(self._canvas, declared_id, wanted)
            self._courses[declared_id] = (wanted, live)
        return live

    async def reference(self, text: str) -> int:
        """Read the id behind a SIS id, once a run."""
        found = await self._remembered(text, lambda: read_reference(self._canvas, text))
        assert isinstance(found, int)  # noqa: S101 - what read_reference returns
        return found

    async def account(self, account_id: int) -> State:
        """Read an account, once a run; nothing is told where the token may not see it."""
        found = await self._remembered(account_id, lambda: self._readable_account(account_id))
        assert isinstance(found, dict)  # noqa: S101 - what _readable_account returns
        return found

    async def preview(self, course_id: int, html: str) -> str | None:
        """Ask Canvas what it would make of a text."""
        return await preview_html(self._canvas, course_id, html)

    async def _readable_account(self, account_id: int) -> dict[str, object]:
        try:
            return dict(await read_account(self._canvas, account_id))
        except CanvasRefused:
            return {}

    async def _remembered(self, key: object, read: Callable[[], Awaitable[object]]) -> object:
        if key not in self._once:
            self._once[key] = asyncio.ensure_future(_finished(read))
        return await asyncio.shield(self._once[key])


async def _finished(read: Callable[[], Awaitable[object]]) -> object:
    return await read()


class SavedSource:
    """A snapshot; what it does not hold is an error that says so."""

    reads = 0

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    async def course(self, declared_id: str, addresses: Iterable[Address]) -> LiveCourse:  # noqa: ARG002
        """Return a course as saved."""
        if declared_id not in self._snapshot.courses:
            raise UsageProblem(
                f"The snapshot does not hold the course {declared_id}.",
                hint="Save a new one with: coursesync plan --save-live FILE",
            )
        return self._snapshot.courses[declared_id]

    async def reference(self, text: str) -> int:
        """Return an id as saved."""
        if text not in self._snapshot.references:
            raise UsageProblem(
                f"The snapshot does not hold {text}.",
                hint="Save a new one with: coursesync plan --save-live FILE",
            )
        return self._snapshot.references[text]

    async def account(self, account_id: int) -> State:  # noqa: ARG002
        """Return nothing: a saved course holds its account's values itself."""
        return {}

    async def preview(self, course_id: int, html: str) -> str | None:  # noqa: ARG002
        """Return None: a snapshot cannot be asked."""
        return None
