"""Read many courses with as few requests as this Canvas allows, and say which way was taken and why."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from coursesync.canvas.client import Canvas
from coursesync.canvas.decode import Asking, asking, with_settings
from coursesync.canvas.graphql import ALIASES, settings_fields, settings_of
from coursesync.canvas.listing import Listing, Query
from coursesync.canvas.parallel import in_parallel
from coursesync.canvas.read import read_head, read_settings
from coursesync.errors import CanvasError, CanvasRefused, CanvasUnavailable
from coursesync.model import Address, LiveCourse, State
from coursesync.progress import Progress, Silent

_log = logging.getLogger("coursesync.canvas")
_Read = TypeVar("_Read")

# A course as it was read, or why it could not be.
Found = LiveCourse | CanvasError
Wants = Mapping[str, frozenset[Address]]

# Asking in vain whether there is a list, or GraphQL, costs a request. Where an account is known that is
# little; where every course is asked for by itself, it is asked only if the answer could save hundreds.
_FEW, _MANY = 3, 200


class Reader:
    """Reads the courses of one Canvas, and remembers for the run what it learned about it.

    account: an account whose list may hold the courses, as a path takes it; without one, each course is
    asked for by itself unless it was on a list before.
    """

    def __init__(
        self, canvas: Canvas, *, account: str | None = None, progress: Progress | None = None
    ) -> None:
        self.canvas = canvas
        self.progress: Progress = progress or Silent()
        self._account = account
        # Of the whole list, once it was asked for; and the most of one that was filtered.
        self._pages: int | None = None
        self._seen_pages = 0
        self._graphql: frozenset[str] | None = None

    async def listed(
        self, queries: Sequence[Query], includes: frozenset[str]
    ) -> dict[Query, Sequence[LiveCourse] | CanvasError]:
        """Return by query every course it finds, without settings, or why that account cannot be listed."""
        begun = await in_parallel(lambda query: self._begin(query, includes), queries)
        listings = [listing for listing in begun if isinstance(listing, Listing)]
        self.progress.begin("Listing courses", sum(listing.pages or 1 for listing in listings))
        self.progress.advance(len(listings))
        await in_parallel(lambda listing: listing.rest(self.progress.advance), listings)
        self.progress.end()
        for listing in listings:
            account = listing.query.account
            self._account = self._account or account
            self._seen_pages = max(self._seen_pages, listing.pages or 1)
            _log.info("%d courses of account %s are read by list", len(listing.courses), account)
        return {
            query: one.courses if isinstance(one, Listing) else one
            for query, one in zip(queries, begun, strict=True)
        }

    async def _begin(self, query: Query, includes: frozenset[str]) -> Listing | CanvasError:
        return await _or_error(lambda: Listing.begin(self.canvas, query, includes))

    async def courses(self, wants: Wants, known: Mapping[str, LiveCourse] | None = None) -> dict[str, Found]:
        """Read courses, each with the fields at its addresses and whatever comes with them.

        wants: by id as a path takes it. known: those read before, to which only settings are added. A course
        that is not there, or hidden, is an error in the result; only CanvasUnavailable is raised.
        """
        found: dict[str, Found] = {key: known[key] for key in wants if key in known} if known else {}
        lacking = {key: asking(addresses) for key, addresses in wants.items() if key not in found}
        self.progress.begin("Reading courses", len(wants))
        found |= await self._heads(lacking)
        settings = {
            live.id: asked
            for key, addresses in wants.items()
            if (asked := asking(addresses)).settings and isinstance(live := found[key], LiveCourse)
        }
        self.progress.advance(len(wants) - len(settings))
        told = await self._settings(settings)
        self.progress.end()
        return {key: _complete(live, told) for key, live in found.items()}

    def foresee(self, wants: Wants) -> int:
        """Return about how many requests reading these courses would take, by what is known so far."""
        settings = sum(bool(asking(addresses).settings) for addresses in wants.values())
        heads = min(len(wants), self._pages or self._seen_pages or len(wants))
        return heads + (-(-settings // ALIASES) if self._graphql else settings)

    async def _heads(self, lacking: Mapping[str, Asking]) -> dict[str, Found]:
        found: dict[str, Found] = {**await self._from_list(lacking)}
        alone = [(key, asked.single) for key, asked in lacking.items() if key not in found]

        async def one(item: tuple[str, frozenset[str]]) -> Found:
            key, includes = item
            return await _or_error(lambda: read_head(self.canvas, key, includes))

        if alone:
            _log.info("%d courses are asked for one by one", len(alone))
        heads = await in_parallel(one, alone)
        return found | {key: head for (key, _), head in zip(alone, heads, strict=True)}

    async def _from_list(self, lacking: Mapping[str, Asking]) -> dict[str, LiveCourse]:
        """Look for courses on the list of the account, as far as that takes fewer requests."""
        count = len(lacking)
        if self._account is None or count < _FEW or (self._pages is not None and self._pages >= count):
            return {}
        includes = frozenset(name for asked in lacking.values() for name in asked.includes)
        try:
            listing = await Listing.begin(self.canvas, Query(account=self._account), includes)
        except CanvasRefused as error:
            _log.info("account %s cannot be listed: %s", self._account, error.message)
            self._account = None
            return {}
        self._pages = listing.pages
        found = _by_id(listing.courses, lacking)
        left = count - len(found)
        if listing.pages is None or listing.pages - 1 > left:
            pages = "an unknown number of" if listing.pages is None else f"{listing.pages:,}"
            _log.info("%d courses are not worth %s list pages", left, pages)
            return found
        _log.info("%d list pages of account %s instead of %d GETs", listing.pages, self._account, count)
        return _by_id(await listing.rest(), lacking)

    async def _settings(self, wanted: Mapping[int, Asking]) -> dict[int, State | CanvasError]:
        """Read settings by course number: by GraphQL where that takes fewer requests, the rest one by one."""
        told: dict[int, State | CanvasError] = {**await self._by_graphql(wanted)}
        alone = [number for number in wanted if number not in told]

        async def one(number: int) -> State | CanvasError:
            state = await _or_error(lambda: read_settings(self.canvas, number))
            self.progress.advance()
            return state

        if alone:
            _log.info("settings of %d courses are asked for one by one", len(alone))
        return told | dict(zip(alone, await in_parallel(one, alone), strict=True))

    async def _by_graphql(self, wanted: Mapping[int, Asking]) -> dict[int, State]:
        names = await self._graphql_names(len(wanted))
        able = {
            number: asked.graphql
            for number, asked in wanted.items()
            if asked.graphql is not None and asked.graphql.keys() <= names
        }
        if not able:
            return {}
        rows = {name: row for asked in able.values() for name, row in asked.items()}
        batches = list(_batches(list(able), ALIASES))
        _log.info("settings of %d courses by %d GraphQL queries", len(able), len(batches))

        async def one(numbers: Sequence[int]) -> dict[int, State]:
            found = await settings_of(self.canvas, numbers, rows)
            self.progress.advance(len(found))
            return found

        # The first query goes alone: where it tells nothing, the others would not either.
        first = await one(batches[0])
        if not first:
            _log.info("GraphQL does not show these settings to this token")
            self._graphql = frozenset()
            return {}
        others = await in_parallel(one, batches[1:])
        return {number: state for part in (first, *others) for number, state in part.items()}

    async def _graphql_names(self, count: int) -> frozenset[str]:
        """Return the settings GraphQL shows, asking once a run, and only where it can save requests."""
        if self._graphql is None:
            if count < (_MANY if self._account is None else _FEW):
                return frozenset()
            self._graphql = await settings_fields(self.canvas)
            _log.info("GraphQL shows %d settings here", len(self._graphql))
        return self._graphql


def _complete(live: Found, told: Mapping[int, State | CanvasError]) -> Found:
    if not isinstance(live, LiveCourse) or live.id not in told:
        return live
    settings = told[live.id]
    return settings if isinstance(settings, CanvasError) else with_settings(live, settings)


def _by_id(courses: Sequence[LiveCourse], wanted: Mapping[str, Asking]) -> dict[str, LiveCourse]:
    """Return those that are wanted, under the id they are wanted by."""
    found: dict[str, LiveCourse] = {}
    for course in courses:
        for key in ids_of(course):
            if key in wanted:
                found[key] = course
    return found


def ids_of(course: LiveCourse) -> tuple[str, ...]:
    """Return the ids a manifest may call a course by that a list tells: its number, and its SIS id."""
    number = str(course.id)
    return (number,) if course.sis_course_id is None else (number, f"{SIS_PREFIX}{course.sis_course_id}")


SIS_PREFIX = "sis_course_id:"


async def _or_error(read: Callable[[], Awaitable[_Read]]) -> _Read | CanvasError:
    """Return what is read, or the error of this one course; a Canvas that is lost ends the run."""
    try:
        return await read()
    except CanvasUnavailable:
        raise
    except CanvasError as error:
        return error


def _batches(numbers: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(numbers), size):
        yield numbers[start : start + size]
