"""Plan one course after the other: compare, encode, predict, with nothing that could write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from coursesync.catalogue.course import ACCOUNT, GRADING_STANDARD_ID
from coursesync.diagnostics import Diagnostic
from coursesync.model import Address, Change, CoursePlan, Policy, Request, SideEffect
from coursesync.steps import diff as compare
from coursesync.steps.creation import born
from coursesync.steps.encode import (
    ORDER_RESTS_ON,
    batch_event,
    batched,
    encode,
    encode_unverified,
    with_unverified,
)
from coursesync.steps.plan import course_plan, flagged
from coursesync.steps.rules import annotated, consequences, held, impossible, preconditions, unkept
from coursesync.workflow.creation import as_shown, changes_of_new, encode_new
from coursesync.workflow.policies import deciding
from coursesync.workflow.reading import Pair


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """The plan of one course with its requests; `course` is None where a problem takes the course out.

    batch: the account and the event of a last request that may go with those of other courses. unkept: the
    fields that took it out, as Canvas would not keep them, and why.
    """

    course: CoursePlan | None
    requests: tuple[Request, ...]
    diagnostics: tuple[Diagnostic, ...]
    batch: tuple[int, str] | None = None
    unkept: Mapping[Address, str] = field(default_factory=dict)


def plan_course(pair: Pair, *, host: str, chosen_by: frozenset[Address] = frozenset()) -> Planned:
    """Plan one course: what differs, the requests that mend it, and what Canvas will do besides.

    chosen_by: the fields for which policies matched it, on whose values the plan rests too.
    """
    desired, live = pair.desired, pair.live
    managed = compare.managed(desired)
    found = compare.diff(desired, live, host=host)
    changes = _all_changes(pair, found, host=host)
    new = pair.new
    if not changes and not found.unverified:
        return _unchanged(pair, found)
    requests = (encode_new if new else encode)(live.id, changes, live.state)
    extra = encode_unverified(live.id, found.unverified)
    # The request that makes a new course has happened when the others are played.
    start, played = (born(live.state, changes), requests[1:]) if new else (live.state, requests)
    usual = consequences(start, changes, played)
    problems = impossible(desired, usual, managed)
    if problems:
        return Planned(
            course=None,
            requests=(),
            diagnostics=(*found.diagnostics, *problems),
            unkept=unkept(usual, managed),
        )
    more = consequences(start, changes, with_unverified(played, extra)) if extra else usual
    effects: tuple[SideEffect, ...] = (*usual.side_effects, *flagged(more.side_effects, usual.side_effects))
    rests_on = usual.rests_on | more.rests_on | set(ORDER_RESTS_ON) if requests or extra else frozenset()
    event = None if new else batch_event(changes, live.state)
    if event:
        rests_on |= {ACCOUNT.address}
    if requests or extra:
        # A new course is what it is foretold to be, or nothing of this holds.
        rests_on |= frozenset(managed) if new else chosen_by
    course = course_plan(
        desired,
        live,
        changes=changes,
        side_effects=effects,
        preconditions=preconditions(live.state, changes, rests_on),
        unverified=found.unverified,
        unverified_requests=extra,
        ignored=found.ignored,
        requests=requests,
    )
    if new:
        course, requests = as_shown(course, requests)
    batch = (live.account_id, event) if event and live.account_id is not None else None
    return Planned(course=course, requests=requests, diagnostics=found.diagnostics, batch=batch)


def _unchanged(pair: Pair, found: compare.Difference) -> Planned:
    course = course_plan(
        pair.desired,
        pair.live,
        changes=(),
        side_effects=(),
        preconditions=(),
        unverified=(),
        unverified_requests=(),
        ignored=found.ignored,
        requests=(),
    )
    return Planned(course=course, requests=(), diagnostics=found.diagnostics)


def _all_changes(pair: Pair, found: compare.Difference, *, host: str) -> tuple[Change, ...]:
    """Return the changes found and those needed to hold other declared fields, in catalogue order."""
    live = pair.live
    if pair.new:
        new = changes_of_new(pair.desired, live, found.changes, host=host)
        return tuple(_spoken(change, pair) for change in new)
    managed = compare.managed(pair.desired)
    more = tuple(
        replace(change, id=compare.change_id(host, live.id, change.field))
        for change in held(pair.desired, managed, live.state, found.changes)
    )
    both = compare.in_order((*found.changes, *more))
    said = tuple(annotated(change, live.state, sis_course_id=live.sis_course_id) for change in both)
    return tuple(_spoken(change, pair) for change in said) if pair.spoken else said


def _spoken(change: Change, pair: Pair) -> Change:
    """Say of a change which id the name is that it was declared by."""
    said = pair.spoken.get(change.field)
    return replace(change, notes=(said, *change.notes)) if said else change


def plan_all(pairs: Sequence[Pair], policies: Sequence[Policy], *, host: str) -> list[Planned]:
    """Plan every course by itself, each event with a request of its own; policies: all there are."""
    fields = {policy.name: deciding(policy) for policy in policies}
    together = {
        names: frozenset(field for name in names for field in fields[name])
        for names in {pair.policies for pair in pairs}
    }
    return [
        plan_course(
            pair,
            host=host,
            chosen_by=together[pair.policies] | _named_in(pair) if pair.spoken else together[pair.policies],
        )
        for pair in pairs
    ]


def _named_in(pair: Pair) -> frozenset[Address]:
    """Return the account of a course where that decided which grading scheme is meant by a name."""
    return frozenset({ACCOUNT.address} if GRADING_STANDARD_ID.address in pair.spoken else ())


def with_batches(planned: Sequence[Planned], accounts: Iterable[int]) -> list[Planned]:
    """Let events go together in the accounts where the token may do that."""
    allowed = frozenset(accounts)
    by_id = {item.course.id: item for item in planned if item.course is not None}
    events = {number: item.batch for number, item in by_id.items() if item.batch and item.batch[0] in allowed}
    together = batched({number: item.requests for number, item in by_id.items() if number in events}, events)
    return [_rejoined(item, together) for item in planned]


def _rejoined(item: Planned, together: Mapping[int, tuple[Request, ...]]) -> Planned:
    if item.course is None or item.course.id not in together:
        return item
    requests = together[item.course.id]
    course = replace(item.course, requests=tuple(request.id for request in requests))
    return replace(item, course=course, requests=requests)


def all_requests(planned: Iterable[Planned]) -> tuple[Request, ...]:
    """Return every request once; one for several courses comes after all others."""
    unique = {request.id: request for item in planned for request in item.requests}
    return tuple(sorted(unique.values(), key=lambda request: (len(request.courses) > 1, request.courses)))
