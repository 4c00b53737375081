"""Read many courses with as few requests as this Canvas allows, and say which way was taken and why."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from coursesync.canvas.client import Canvas
from coursesync.canvas.decode import AROUND, Asking, asking, with_settings
from coursesync.canvas.graphql import ALIASES, settings_fields, settings_of
from coursesync.canvas.listing import Listing, Query
from coursesync.canvas.parallel import both, in_parallel
from coursesync.canvas.read import read_head, read_settings
from coursesync.errors import CanvasError, CanvasUnavailable
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


@dataclass(slots=True, kw_only=True)
class Learned:
    """What reading taught about a Canvas, for those who read it next.

    account: one whose list may hold the courses, as a path takes it. asked_root: whether that was looked for.
    pages: of its whole list; seen_pages: the most of a filtered one. graphql: the settings it shows, None
    before it was asked. graphql_tells: whether it told the settings of a course.
    """

    account: str | None = None
    asked_root: bool = False
    pages: int | None = None
    seen_pages: int = 0
    graphql: frozenset[str] | None = None
    graphql_tells: bool = False


class Reader:
    """Reads the courses of one Canvas, and remembers for the run what it learned about it.

    account: an account whose list may hold the courses, as a path takes it; without one, each course is
    asked for by itself unless it was on a list before. learned: instead, what another reader learned.
    """

    def __init__(
        self,
        canvas: Canvas,
        *,
        account: str | None = None,
        learned: Learned | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.canvas = canvas
        self.progress: Progress = progress or Silent()
        self.learned = learned or Learned(account=account)

    async def listed(
        self, queries: Sequence[Query], includes: frozenset[str], *, settings: bool = False
    ) -> dict[Query, Sequence[LiveCourse] | CanvasError]:
        """Return by query every course it finds, without settings, or why that account cannot be listed.

        settings: whether some will be asked for next, so that GraphQL is asked meanwhile what it shows.
        """
        begun = await in_parallel(lambda query: self._begin(query, includes), queries)
        listings = [listing for listing in begun if isinstance(listing, Listing)]
        self.progress.begin("Listing courses", sum(listing.pages or 1 for listing in listings))
        self.progress.advance(len(listings))
        many = settings and sum(len(listing.courses) for listing in listings) >= _FEW
        rest = in_parallel(lambda listing: _rest(listing, self.progress.advance), listings)
        names = self._graphql_names(_MANY if many else 0)
        read, _ = await both(rest, names)
        self.progress.end()
        told = dict(zip(listings, read, strict=True))
        for listing in listings:
            account = listing.query.account
            self.learned.account = self.learned.account or account
            self.learned.seen_pages = max(self.learned.seen_pages, listing.pages or 1)
            _log.info("%d courses of account %s are read by list", len(listing.courses), account)
        return {
            query: told[one] if isinstance(one, Listing) else one
            for query, one in zip(queries, begun, strict=True)
        }

    async def _begin(self, query: Query, includes: frozenset[str]) -> Listing | CanvasError:
        return await _or_error(lambda: Listing.begin(self.canvas, query, includes))

    async def courses(self, wants: Wants, known: Mapping[str, LiveCourse] | None = None) -> dict[str, Found]:
        """Read courses, each with the fields at its addresses and whatever comes with them.

        wants: by id as a path takes it. known: those read before, to which only settings are added. A course
        that is not there, or hidden, is an error in the result; only CanvasUnavailable is raised.
        """
        found = {key: known[key] for key in wants if key in known} if known else {}
        lacking = {key: asking(addresses) for key, addresses in wants.items() if key not in found}
        self.progress.begin("Reading courses", len(wants))
        if all(key.isdigit() for key in lacking):
            # Settings are asked for by number: where it is known, nothing has to be read before.
            numbers = {key: found[key].id if key in found else int(key) for key in wants}
            heads, told = await both(self._heads(lacking), self._settings_of(wants, numbers))
        else:
            heads = await self._heads(lacking)
            live = {**found, **heads}
            numbers = {key: course.id for key, course in live.items() if isinstance(course, LiveCourse)}
            told = await self._settings_of(wants, numbers)
        self.progress.end()
        return {key: _complete(live, told) for key, live in {**found, **heads}.items()}

    async def circumstances(self, courses: Iterable[int]) -> dict[int, LiveCourse]:
        """Read of some courses how many students they have and when their term runs, as far as told."""
        asked = Asking(includes=AROUND, single=AROUND, settings=(), graphql=None)
        heads = await self._heads({str(number): asked for number in courses})
        return {int(key): live for key, live in heads.items() if isinstance(live, LiveCourse)}

    async def _settings_of(self, wants: Wants, numbers: Mapping[str, int]) -> dict[int, State | CanvasError]:
        """Read the settings of those courses of which one is wanted, by their numbers."""
        wanted = {number: asking(wants[key]) for key, number in numbers.items()}
        wanted = {number: asked for number, asked in wanted.items() if asked.settings}
        self.progress.advance(len(wants) - len(wanted))
        return await self._settings(wanted)

    def foresee(self, wants: Wants) -> int:
        """Return about how many requests reading these courses would take, by what is known so far."""
        settings = sum(bool(asking(addresses).settings) for addresses in wants.values())
        heads = min(len(wants), self.learned.pages or self.learned.seen_pages or len(wants))
        return heads + (-(-settings // ALIASES) if self.learned.graphql else settings)

    async def _heads(self, lacking: Mapping[str, Asking]) -> dict[str, Found]:
        found: dict[str, Found] = {**await self._first_of_many(lacking)}
        found |= await self._from_list({key: asked for key, asked in lacking.items() if key not in found})
        alone = [(key, asked.single) for key, asked in lacking.items() if key not in found]

        async def one(item: tuple[str, frozenset[str]]) -> Found:
            key, includes = item
            return await _or_error(lambda: read_head(self.canvas, key, includes))

        if alone:
            _log.info("%d courses are asked for one by one", len(alone))
        heads = await in_parallel(one, alone)
        return found | {key: head for (key, _), head in zip(alone, heads, strict=True)}

    async def _first_of_many(self, lacking: Mapping[str, Asking]) -> dict[str, Found]:
        """Read one course to learn its root account, whose list may hold all the others."""
        learned = self.learned
        if learned.account is not None or learned.asked_root or len(lacking) < _MANY:
            return {}
        key, asked = next(iter(lacking.items()))
        head = await _or_error(lambda: read_head(self.canvas, key, asked.single))
        if isinstance(head, LiveCourse) and head.root_account_id is not None:
            learned.account, learned.asked_root = str(head.root_account_id), True
        return {key: head}

    async def _from_list(self, lacking: Mapping[str, Asking]) -> dict[str, LiveCourse]:
        """Look for courses on the list of the account, as far as that takes fewer requests."""
        learned, count = self.learned, len(lacking)
        expected = max(1, learned.pages or learned.seen_pages)
        if learned.account is None or count < _FEW or (expected > 1 and expected >= count):
            return {}
        includes = frozenset(name for asked in lacking.values() for name in asked.includes)
        try:
            query = Query(account=learned.account)
            listing = await Listing.begin(self.canvas, query, includes, expected=expected)
        except CanvasUnavailable:
            raise
        except CanvasError as error:
            _log.info("account %s cannot be listed: %s", learned.account, error.message)
            learned.account = None
            return {}
        learned.pages = listing.pages
        found = _by_id(listing.courses, lacking)
        left = count - len(found)
        if listing.pages is None or listing.pages - expected > left:
            pages = "an unknown number of" if listing.pages is None else f"{listing.pages:,}"
            _log.info("%d courses are not worth %s list pages", left, pages)
            return found
        _log.info("%d list pages of account %s instead of %d GETs", listing.pages, learned.account, count)
        await _rest(listing)
        # Where a page failed, those that are missing are asked for by themselves.
        return _by_id(listing.courses, lacking)

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
            if not self.learned.graphql:
                return {}
            found = await settings_of(self.canvas, numbers, rows)
            self.progress.advance(len(found))
            self.learned.graphql_tells |= bool(found)
            if not self.learned.graphql_tells:
                # Where the first query tells nothing, those that wait would not either.
                self.learned.graphql = frozenset()
            return found

        found = await in_parallel(one, batches)
        if not self.learned.graphql_tells:
            _log.info("GraphQL does not show these settings to this token")
        return {number: state for part in found for number, state in part.items()}

    async def _graphql_names(self, count: int) -> frozenset[str]:
        """Return the settings GraphQL shows, asking once a run, and only where it can save requests."""
        if self.learned.graphql is None:
            if count < (_MANY if self.learned.account is None else _FEW):
                return frozenset()
            self.learned.graphql = await settings_fields(self.canvas)
            _log.info("GraphQL shows %d settings here", len(self.learned.graphql))
        return self.learned.graphql


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


async def _rest(
    listing: Listing, advance: Callable[[int], None] = lambda _: None
) -> Sequence[LiveCourse] | CanvasError:
    return await _or_error(lambda: listing.rest(advance))


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
