"""Where live state comes from: Canvas itself, or a snapshot saved earlier; a plan cannot tell which."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol, cast

from coursesync.canvas.bulk import Found, Reader, Wants
from coursesync.canvas.decode import TERM_INCLUDE, asking
from coursesync.canvas.listing import Query
from coursesync.canvas.names import Named, list_accounts, list_schemes, list_terms, parent_of, unique
from coursesync.canvas.read import may_change_states, preview_html, read_account, read_file, read_reference
from coursesync.catalogue.names import Kind, Name
from coursesync.errors import CanvasError, CanvasRefused, CourseSyncError, UsageProblem
from coursesync.model import Address, LiveCourse, Policy, Snapshot, State
from coursesync.model.upload import LiveFile
from coursesync.workflow.names import chosen
from coursesync.workflow.policies import (
    Match,
    References,
    fits,
    matched,
    needs_term,
    queries,
    selector_key,
    term_id,
)

_SAVE = "Save a new one with: coursesync plan --save-live FILE"


class Source(Protocol):
    """What planning asks about live state; each answer comes as if from Canvas, errors included."""

    @property
    def reads(self) -> int:
        """Return how many requests were made so far."""

    @property
    def reader(self) -> Reader | None:
        """Return whom to ask what a plan depends on besides; None where nobody can be asked."""

    async def matches(
        self, policies: Sequence[Policy], addresses: frozenset[Address], references: References
    ) -> Mapping[str, Match | CourseSyncError]:
        """Return by name what each policy matches, with those fields at `addresses` that a list has."""

    async def courses(self, wants: Wants) -> Mapping[str, LiveCourse | CourseSyncError]:
        """Return courses by the ids asked for, each with its fields, or why it could not be read."""

    async def reference(self, text: str) -> int:
        """Return the Canvas id behind `sis_term_id:X`, `sis_account_id:X`, or the text of a name."""

    def spoken(self) -> References:
        """Return the ids behind all names that were listed while looking for one, where they are unique."""

    async def account(self, account_id: int) -> State:
        """Return the values of an account that courses fall back to."""

    def refused(self, account_id: int) -> CanvasRefused | None:
        """Return why Canvas did not tell the values of an account, if it was asked and refused."""

    async def preview(self, course_id: int, html: str) -> str | None:
        """Return what Canvas would make of an HTML text, or None where nobody can be asked."""

    async def file(self, course_id: int, number: int) -> LiveFile | None:
        """Return what is known of a file of a course, or None where nobody can be asked."""

    async def may_batch(self, account_id: int) -> bool:
        """Tell whether the token may cause events of many courses of an account at once."""

    def foresee(self, wants: Wants) -> int:
        """Return about how many requests reading these courses again would take."""

    def seconds(self, requests: int) -> int | None:
        """Return about how long so many requests would take; None where nobody knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """A course read before, the includes asked for then, and the settings that are among its fields."""

    live: LiveCourse
    includes: frozenset[str]
    settings: frozenset[Address]


class LiveSource:
    """Canvas; each account and reference is read once, a course again only for more of its fields.

    brought: returns what earlier runs brought to it, the sha256 of files by course and id.
    """

    def __init__(
        self, reader: Reader, *, brought: Callable[[], Mapping[tuple[int, int], str]] = dict
    ) -> None:
        self._reader = reader
        self._brought = brought
        self._canvas = reader.canvas
        self._once: dict[object, asyncio.Task[object]] = {}
        self._names: dict[Name, tuple[Named, ...]] = {}
        self._courses: dict[str, _Known] = {}
        self._listed: dict[Query, tuple[frozenset[str], Sequence[LiveCourse]]] = {}
        self._refused: dict[int, CanvasRefused] = {}

    @property
    def reads(self) -> int:
        """Return how many requests were made so far."""
        return self._canvas.reads

    @property
    def reader(self) -> Reader:
        """Return the reader of this Canvas."""
        return self._reader

    async def matches(
        self, policies: Sequence[Policy], addresses: frozenset[Address], references: References
    ) -> Mapping[str, Match | CourseSyncError]:
        """List the accounts of the policies, with filters that Canvas applies, and match what comes back."""
        includes = asking(addresses).includes | ({TERM_INCLUDE} if needs_term(policies) else frozenset())
        found: dict[str, Match | CourseSyncError] = {}
        asked = queries(policies, references)
        lists = await self._lists(list(asked), includes, settings=bool(asking(addresses).settings))
        for query, served in asked.items():
            listed = lists[query]
            if isinstance(listed, CanvasError):
                found |= dict.fromkeys((policy.name for policy in served), listed)
                continue
            for policy in served:
                courses = matched(policy, listed, references)
                beyond = not courses and await self._but_for_state(policy, query, includes, references)
                found[policy.name] = Match(courses=courses, but_for_state=beyond)
        return found

    async def _lists(
        self, asked: Sequence[Query], includes: frozenset[str], *, settings: bool
    ) -> Mapping[Query, Sequence[LiveCourse] | CanvasError]:
        """List what was not listed before with these includes, and remember every course on it."""
        lacking = [
            query for query in asked if query not in self._listed or not includes <= self._listed[query][0]
        ]
        lists = await self._reader.listed(lacking, includes, settings=settings) if lacking else {}
        for query, courses in lists.items():
            if not isinstance(courses, CanvasError):
                self._listed[query] = includes, courses
                for course in courses:
                    self._meet(course, includes)
        return {query: lists[query] if query in lists else self._listed[query][1] for query in asked}

    def _meet(self, course: LiveCourse, includes: frozenset[str]) -> None:
        """Remember a course from a list, beside what was read of it before."""
        known = self._courses.get(str(course.id))
        if known is None:
            self._courses[str(course.id)] = _Known(live=course, includes=includes, settings=frozenset())
        elif not includes <= known.includes:
            live = replace(known.live, state={**known.live.state, **course.state}, term=course.term)
            self._courses[str(course.id)] = replace(known, live=live, includes=known.includes | includes)

    async def _but_for_state(
        self, policy: Policy, query: Query, includes: frozenset[str], references: References
    ) -> bool:
        """Tell whether a policy that matches nothing would match a course in another state."""
        if not policy.selector.workflow_state:
            return False
        term, wider = term_id(policy.selector, references), query.of_any_state()
        listed = (await self._reader.listed([wider], includes))[wider]
        return not isinstance(listed, CanvasError) and any(
            fits(policy, course, term=term, any_state=True) for course in listed
        )

    async def courses(self, wants: Wants) -> Mapping[str, LiveCourse | CourseSyncError]:
        """Read what is not known yet, with as few requests as possible."""
        heads: dict[str, LiveCourse] = {}
        lacking: dict[str, frozenset[Address]] = {}
        found: dict[str, LiveCourse | CourseSyncError] = {}
        for key, addresses in wants.items():
            asked, known = asking(addresses), self._courses.get(key)
            if known is None or not asked.includes <= known.includes:
                lacking[key] = addresses
            elif not {row.address for row in asked.settings} <= known.settings:
                lacking[key] = addresses
                heads[key] = known.live
            else:
                found[key] = known.live
        read = await self._reader.courses(lacking, heads) if lacking else {}
        for key, live in read.items():
            self._remember(key, live, lacking[key], onto=self._courses[key] if key in heads else None)
        return {**found, **read}

    def _remember(self, key: str, live: Found, addresses: frozenset[Address], *, onto: _Known | None) -> None:
        """Keep what was read; `onto`: what was known before, where only settings were added to it."""
        if isinstance(live, CanvasError):
            return
        asked = asking(addresses)
        known = _Known(
            live=live,
            includes=onto.includes if onto else asked.includes,
            settings=frozenset(row.address for row in asked.settings),
        )
        self._courses[key] = self._courses[str(live.id)] = known

    async def reference(self, text: str) -> int:
        """Read the id behind a SIS id or a name; each of them, and each list of names, once a run."""
        name = Name.of(text)
        if name:
            return chosen(name, await self._named(name))
        found = await self._remembered(text, lambda: read_reference(self._canvas, text))
        assert isinstance(found, int)  # noqa: S101 - what read_reference returns
        return found

    def spoken(self) -> References:
        """Return what the lists that were read tell."""
        return {
            replace(of, text=name).reference: number
            for of, listed in self._names.items()
            for name, number in unique(listed).items()
        }

    async def _named(self, of: Name) -> tuple[Named, ...]:
        """Return all that a name may be one of; grading schemes are those of an account and of all above."""
        of = replace(of, text="")
        if of not in self._names:
            self._names[of] = await self._remembered_names(of)
        return self._names[of]

    async def _remembered_names(self, of: Name) -> tuple[Named, ...]:
        if of.account is None:
            read = list_terms if of.kind is Kind.TERM else list_accounts
            return cast(tuple[Named, ...], await self._remembered(of, lambda: read(self._canvas)))
        found: dict[int, Named] = {}
        seen: set[int] = set()
        account: int | None = of.account
        while account is not None and account not in seen:
            seen.add(account)
            own = await self._remembered(("schemes", account), partial(list_schemes, self._canvas, account))
            found |= {item.id: item for item in cast(tuple[Named, ...], own)}
            above = await self._remembered(("parent", account), partial(parent_of, self._canvas, account))
            account = cast(int | None, above)
        return tuple(found.values())

    async def account(self, account_id: int) -> State:
        """Read an account, once a run; nothing is told where the token may not see it."""
        found = await self._remembered(account_id, lambda: self._readable_account(account_id))
        assert isinstance(found, dict)  # noqa: S101 - what _readable_account returns
        return found

    def refused(self, account_id: int) -> CanvasRefused | None:
        """Return what Canvas answered instead."""
        return self._refused.get(account_id)

    async def preview(self, course_id: int, html: str) -> str | None:
        """Ask Canvas what it would make of a text."""
        return await preview_html(self._canvas, course_id, html)

    async def file(self, course_id: int, number: int) -> LiveFile:
        """Return what we know of a file that we brought there ourselves; else ask for it, once a run."""
        if sha256 := self._brought().get((course_id, number)):
            return LiveFile(id=number, sha256=sha256)
        found = await self._remembered(
            ("file", course_id, number), lambda: read_file(self._canvas, course_id, number)
        )
        assert isinstance(found, LiveFile)  # noqa: S101 - what read_file returns
        return found

    async def may_batch(self, account_id: int) -> bool:
        """Ask for the rights of the token's user in the account, once a run."""
        found = await self._remembered(
            ("may batch", account_id), lambda: may_change_states(self._canvas, account_id)
        )
        return bool(found)

    def foresee(self, wants: Wants) -> int:
        """Count by what was learned about this Canvas while reading."""
        return self._reader.foresee(wants)

    def seconds(self, requests: int) -> int | None:
        """Estimate by what the headers said so far."""
        seconds = self._canvas.estimate(requests)
        return None if seconds is None else round(seconds)

    async def _readable_account(self, account_id: int) -> dict[str, object]:
        try:
            return dict(await read_account(self._canvas, account_id))
        except CanvasRefused as refused:
            self._refused[account_id] = refused
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
    reader = None

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._courses = {str(live.id): live for live in snapshot.courses.values()} | dict(snapshot.courses)

    async def matches(
        self,
        policies: Sequence[Policy],
        addresses: frozenset[Address],  # noqa: ARG002
        references: References,  # noqa: ARG002
    ) -> Mapping[str, Match | CourseSyncError]:
        """Return what each policy matched when the snapshot was made, if it selected the same then."""
        return {policy.name: self._match(policy) for policy in policies}

    def _match(self, policy: Policy) -> Match | CourseSyncError:
        keys = self._snapshot.policies.get(selector_key(policy))
        if keys is None or not self._courses.keys() >= set(keys):
            return UsageProblem(f'The snapshot does not hold what "{policy.name}" selects.', hint=_SAVE)
        return Match(courses=tuple(self._courses[key] for key in keys), but_for_state=not keys)

    async def courses(self, wants: Wants) -> Mapping[str, LiveCourse | CourseSyncError]:
        """Return courses as saved."""
        missing = {
            key: UsageProblem(f"The snapshot does not hold the course {key}.", hint=_SAVE) for key in wants
        }
        return {key: self._courses.get(key, missing[key]) for key in wants}

    async def reference(self, text: str) -> int:
        """Return an id as saved."""
        if text not in self._snapshot.references:
            raise UsageProblem(f"The snapshot does not hold {text}.", hint=_SAVE)
        return self._snapshot.references[text]

    def spoken(self) -> References:
        """Return the references that were saved."""
        return self._snapshot.references

    async def account(self, account_id: int) -> State:  # noqa: ARG002
        """Return nothing: a saved course holds its account's values itself."""
        return {}

    def refused(self, account_id: int) -> None:
        """Return None: nobody was asked."""

    async def preview(self, course_id: int, html: str) -> str | None:  # noqa: ARG002
        """Return None: a snapshot cannot be asked."""
        return None

    async def file(self, course_id: int, number: int) -> None:
        """Return None: a course that was saved holds what is known of its files itself."""

    async def may_batch(self, account_id: int) -> bool:  # noqa: ARG002
        """Return False: nobody can be asked, and events one by one are always right."""
        return False

    def foresee(self, wants: Wants) -> int:
        """Count two requests for each course, the most it takes."""
        return 2 * len(wants)

    def seconds(self, requests: int) -> None:
        """Return None: nothing was asked."""
