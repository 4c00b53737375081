"""The courses of an account: what Canvas is to filter by, and all pages at once where it counts them.

Canvas: accounts_controller.rb courses_api; pages are numbered, ordered by id, and not counted unless asked.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from coursesync.canvas.client import PAGE_SIZE, Canvas, ListPage
from coursesync.canvas.decode import decode_course
from coursesync.canvas.parallel import in_parallel
from coursesync.canvas.paths import course_path
from coursesync.catalogue.types import Value, shown
from coursesync.errors import CanvasRefused
from coursesync.model import LiveCourse

_COURSES = "/api/v1/accounts/{id}/courses"
# In no documentation: lets Canvas count, so that the first page tells the number of the last one. A Canvas
# that does not know it ignores it, and pages are then asked for ahead until an empty one.
_COUNTED = ("include[]", "ui_invoked")
# How many pages are asked for ahead where nobody knows how many there are.
_AHEAD = 8
_MOST_PAGES = 10_000

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What Canvas itself filters an account's courses by; what is None or empty filters nothing.

    account: an id as a path takes it. states: as Canvas stores them. term: its Canvas id.
    starts_before, ends_after: instants; courses without a date are among the answers.
    """

    account: str
    term: int | None = None
    states: frozenset[str] = frozenset()
    blueprint: bool | None = None
    blueprint_associated: bool | None = None
    with_enrollments: bool | None = None
    starts_before: str | None = None
    ends_after: str | None = None

    def of_any_state(self) -> Query:
        """Return the same query without its filter by state."""
        return replace(self, states=frozenset())

    def parameters(self, includes: frozenset[str]) -> Pairs:
        """Return the query string of the list, in one order."""
        flags = {
            "blueprint": self.blueprint,
            "blueprint_associated": self.blueprint_associated,
            "with_enrollments": self.with_enrollments,
        }
        texts = {
            "enrollment_term_id": None if self.term is None else str(self.term),
            **{name: None if flag is None else str(flag).lower() for name, flag in flags.items()},
            "starts_before": self.starts_before,
            "ends_after": self.ends_after,
        }
        return (
            *((name, text) for name, text in texts.items() if text is not None),
            *(("state[]", state) for state in sorted(self.states)),
            *(("include[]", name) for name in sorted(includes)),
        )


class Listing:
    """The list a query asks for, under way: the first page is read, the others when they are wanted.

    query: what was asked for. courses: those read so far, each once. pages: how many the list has, None where
    Canvas did not say.
    """

    def __init__(
        self, canvas: Canvas, query: Query, includes: frozenset[str], pages: Sequence[ListPage]
    ) -> None:
        self._canvas, self.query, self._includes = canvas, query, includes
        self._parameters = query.parameters(includes)
        self._seen = _last(pages)
        self._number = len(pages)
        self._found: dict[int, LiveCourse] = {}
        self.pages = pages[0].last or (1 if _ends(pages[0]) else None)
        self._take(pages)

    @classmethod
    async def begin(
        cls, canvas: Canvas, query: Query, includes: frozenset[str], *, expected: int = 1
    ) -> Listing:
        """Read the first page, and at the same time as many as are expected to be there.

        Raises CanvasRefused where the token may not list the account.
        """
        path, parameters = course_path(_COURSES, query.account), query.parameters(includes)

        async def read(number: int) -> ListPage:
            counted = (_COUNTED,) if number == 1 else ()
            return await canvas.page(path, (*parameters, *counted), number)

        return cls(canvas, query, includes, await in_parallel(read, range(1, expected + 1)))

    @property
    def courses(self) -> Sequence[LiveCourse]:
        """Return the courses read so far, by id."""
        return [self._found[number] for number in sorted(self._found)]

    @property
    def complete(self) -> bool:
        """Tell whether the end of the list was reached, which Canvas counted or the last page shows."""
        return self._number >= self.pages if self.pages else _ends(self._seen)

    async def rest(self, advance: Callable[[int], None] = lambda _: None) -> Sequence[LiveCourse]:
        """Read all other pages, and return every course.

        Pages are asked for by number, several at once, up to the last one Canvas counted, or else until one
        is empty or says it is the last.
        """
        path = course_path(_COURSES, self.query.account)

        async def read(number: int) -> ListPage:
            page = await self._canvas.page(path, self._parameters, number)
            advance(1)
            return page

        ahead = self.pages - self._number if self.pages else _AHEAD
        while not self.complete and self._number < _MOST_PAGES:
            numbers = range(self._number + 1, self._number + 1 + max(1, ahead))
            pages = await in_parallel(read, numbers)
            self._take(pages)
            self._number = numbers[-1]
            self._seen = _last(pages)
        return self.courses

    def _take(self, pages: Sequence[ListPage]) -> None:
        for page in pages:
            for item in page.items:
                with contextlib.suppress(CanvasRefused):
                    # One that is hidden from the token is not on the list; asked for by itself, it says why.
                    course = decode_course(
                        item, _named(item), includes=self._includes, host=self._canvas.host
                    )
                    # Between two pages a course may move to the next one, and would be there twice.
                    self._found[course.id] = course


def _named(item: Value) -> str:
    if not isinstance(item, dict):
        return "a list of courses"
    return f"course {shown(str(item.get('id')))} of a list"


def _last(pages: Sequence[ListPage]) -> ListPage:
    """Return the page that tells whether the list goes on: the first empty one, else the last."""
    return next((page for page in pages if not page.items), pages[-1])


def _ends(page: ListPage) -> bool:
    """Tell whether a page is the last one: empty, or without a next.

    An empty page beyond the end links to a next one all the same; and where the links outgrew their 6 KB,
    Canvas dropped them, so that a full page without them proves nothing.
    """
    if not page.items:
        return True
    return len(page.items) < PAGE_SIZE if page.following is None else not page.following
