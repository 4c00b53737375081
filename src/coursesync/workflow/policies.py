"""Which live courses a policy is about: what Canvas is asked for, and what is decided from the answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from coursesync.canvas.listing import Query
from coursesync.catalogue.blueprint import ENABLED
from coursesync.catalogue.course import (
    ACCOUNT,
    END_AT,
    NAME,
    SIS_COURSE_ID,
    START_AT,
    STORED_STATES,
    TEMPLATE,
    TERM,
    WORKFLOW_STATE,
)
from coursesync.catalogue.field import Field
from coursesync.catalogue.names import Name
from coursesync.diagnostics import Diagnostic, Severity, problem
from coursesync.manifest.select import glob_match
from coursesync.model import Address, CoursePlan, LiveCourse, Policy, Selector

# Ids by the references that were resolved, such as `sis_term_id:2026FA`.
References = Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What a policy matched; `but_for_state` are courses that only their workflow_state keeps out."""

    courses: tuple[LiveCourse, ...]
    but_for_state: bool = False


def queries(policies: Sequence[Policy], references: References) -> Mapping[Query, tuple[Policy, ...]]:
    """Return the lists to ask Canvas for, with the policies each serves.

    Policies of one account share a list where one of them wants every term; those of different terms do
    not overlap. What only some of a list's policies filter by is left to `fits`.
    """
    groups: dict[tuple[str, bool | None], list[Policy]] = {}
    for policy in policies:
        key = (_account(policy.selector, references) or "", policy.selector.with_enrollments)
        groups.setdefault(key, []).append(policy)
    found: dict[Query, tuple[Policy, ...]] = {}
    for (account, _), same in groups.items():
        # By number: a term may be written as its Canvas id or as its SIS id, and is one list all the same.
        terms = dict.fromkeys(term_id(policy.selector, references) for policy in same)
        for term in terms if None not in terms else [None]:
            sharing = [policy for policy in same if term in {None, term_id(policy.selector, references)}]
            found[_shared([policy.selector for policy in sharing], account, term)] = tuple(sharing)
    return found


def _shared(selectors: Sequence[Selector], account: str, term: int | None) -> Query:
    """Return the list of a term that holds what each of these selectors of one account wants."""
    first = selectors[0]
    states = [selector.workflow_state for selector in selectors]
    stored = {name for given in states for state in given for name in STORED_STATES[state]}

    def common(name: str) -> Any:
        values = {getattr(selector, name) for selector in selectors}
        return getattr(first, name) if len(values) == 1 else None

    return Query(
        account=account,
        term=term,
        states=frozenset(stored) if all(states) else frozenset(),
        blueprint=common("blueprint"),
        with_enrollments=first.with_enrollments,
        starts_before=common("starts_before"),
        ends_after=common("ends_after"),
    )


def resolvable(policy: Policy, references: References) -> bool:
    """Tell whether it is known which account and term a policy is about."""
    term = policy.selector.term
    known = term is None or term.isdigit() or term in references
    return known and _account(policy.selector, references) is not None


def _account(selector: Selector, references: References) -> str | None:
    """Return the account a selector names as a path takes it; None where there is none, or none so called."""
    if Name.of(selector.account):
        number = references.get(selector.account or "")
        return None if number is None else str(number)
    return selector.account


def term_id(selector: Selector, references: References) -> int | None:
    """Return the Canvas id of the term a selector names, if it names one."""
    if selector.term is None:
        return None
    return int(selector.term) if selector.term.isdigit() else references[selector.term]


def needs_term(policies: Iterable[Policy]) -> bool:
    """Tell whether the dates of terms decide what one of the policies matches."""
    return any(
        value is not None
        for policy in policies
        for value in (
            policy.selector.starts_before,
            policy.selector.starts_after,
            policy.selector.ends_before,
            policy.selector.ends_after,
        )
    )


def matched(policy: Policy, listed: Iterable[LiveCourse], references: References) -> tuple[LiveCourse, ...]:
    """Return the courses of its list that a policy matches."""
    term = term_id(policy.selector, references)
    return tuple(course for course in listed if fits(policy, course, term=term))


def fits(policy: Policy, course: LiveCourse, *, term: int | None, any_state: bool = False) -> bool:
    """Tell whether a course of the policy's account fits its selector and none of its exceptions.

    Whether anybody is enrolled only Canvas knows, so that this part is left to the list. term: the id the
    selector names. any_state: leave the workflow_state aside.
    """
    selector = policy.selector
    state = course.state
    if not any_state and selector.workflow_state and course.workflow_state not in selector.workflow_state:
        return False
    if term is not None and state.get(TERM.address) != term:
        return False
    flags = ((selector.blueprint, ENABLED), (selector.template, TEMPLATE))
    # A Canvas without the feature of templates does not show the flag.
    if any(wanted is not None and bool(state.get(row.address)) != wanted for wanted, row in flags):
        return False
    if not (_globbed(selector.name, course.name) and _globbed(selector.sis_course_id, course.sis_course_id)):
        return False
    return _in_time(selector, course) and not glob_match(policy.excepts, names(course))


def names(course: LiveCourse) -> tuple[str, ...]:
    """Return what a glob may call a live course."""
    return tuple(name for name in (str(course.id), course.sis_course_id, course.name) if name)


def _globbed(glob: str | None, text: str | None) -> bool:
    return glob is None or (text is not None and glob_match([glob], [text]))


def _in_time(selector: Selector, course: LiveCourse) -> bool:
    """Hold the dates of a course against the bounds: from `after` on, and earlier than `before`."""
    start, end = _date(course, START_AT), _date(course, END_AT)
    bounds = (
        (start, selector.starts_after, selector.starts_before),
        (end, selector.ends_after, selector.ends_before),
    )
    for at, after, before in bounds:
        if after is not None and (at is None or at < after):
            return False
        if before is not None and (at is None or at >= before):
            return False
    return True


def _date(course: LiveCourse, row: Field) -> str | None:
    own = course.state.get(row.address) or course.term.get(row.name)
    return own if isinstance(own, str) else None


def selector_key(policy: Policy) -> str:
    """Return a short text that is the same for policies which select the same."""
    content = json.dumps([asdict(policy.selector), policy.excepts])
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def deciding(policy: Policy) -> frozenset[Address]:
    """Return the fields of a course that decide whether a policy matches it.

    Where one has moved between plan and apply, the course is no longer one the plan spoke of.
    """
    selector = policy.selector
    dated = (
        (START_AT, selector.starts_before or selector.starts_after),
        (END_AT, selector.ends_before or selector.ends_after),
    )
    given = (
        (ACCOUNT, selector.account),
        (TERM, selector.term),
        (WORKFLOW_STATE, selector.workflow_state or None),
        (ENABLED, selector.blueprint),
        (TEMPLATE, selector.template),
        (NAME, selector.name or policy.excepts or None),
        (SIS_COURSE_ID, selector.sis_course_id or policy.excepts or None),
        *dated,
    )
    return frozenset(row.address for row, wanted in given if wanted is not None)


# The fields that decide what a selector matches, besides the account.
_DECIDING = frozenset(
    row.address for row in (NAME, SIS_COURSE_ID, WORKFLOW_STATE, TERM, TEMPLATE, START_AT, END_AT, ENABLED)
)


def altered_matches(
    policies: Sequence[Policy],
    courses: Iterable[tuple[LiveCourse, Sequence[str], CoursePlan]],
    references: References,
) -> list[Diagnostic]:
    """Say where the changes of a plan take courses out of a policy, or may bring them under one.

    courses: each with the names of the policies that match it, and its plan. A course that only changes its
    state is what a policy about states is for, so that this is a note.
    """
    leaving: dict[tuple[str, bool], list[LiveCourse]] = {}
    joining: dict[str, list[LiveCourse]] = {}
    usable = [policy for policy in policies if resolvable(policy, references)]
    for live, matching, plan in courses:
        if _DECIDING.isdisjoint(change.field for change in plan.changes):
            continue
        after = _afterwards(live, plan)
        for policy in usable:
            term = term_id(policy.selector, references)
            fit_now, fit_then = fits(policy, live, term=term), fits(policy, after, term=term)
            if policy.name in matching and not fit_then:
                only_state = fits(policy, after, term=term, any_state=True)
                leaving.setdefault((policy.name, only_state), []).append(live)
            elif policy.name not in matching and fit_then and not fit_now:
                joining.setdefault(policy.name, []).append(live)
    by_name = {policy.name: policy for policy in policies}
    return [
        *(
            _altered(by_name[name], found, f'will leave "{name}"', usual=only_state)
            for (name, only_state), found in leaving.items()
        ),
        *(
            _altered(by_name[name], found, f'may come under "{name}"', usual=False)
            for name, found in joining.items()
        ),
    ]


def _afterwards(live: LiveCourse, plan: CoursePlan) -> LiveCourse:
    """Return a course as it will read once its plan is carried out."""
    moved = {
        change.field: change.after if change.expected is None else change.expected for change in plan.changes
    }
    moved |= {effect.field: effect.after for effect in plan.side_effects if effect.after_known}

    def text(row: Field, before: str | None) -> str | None:
        value = moved.get(row.address, before)
        return value if isinstance(value, str) else None

    return replace(
        live,
        name=text(NAME, live.name) or "",
        sis_course_id=text(SIS_COURSE_ID, live.sis_course_id),
        workflow_state=text(WORKFLOW_STATE, live.workflow_state) or "",
        state={**live.state, **moved},
    )


def _altered(policy: Policy, courses: Sequence[LiveCourse], what: str, *, usual: bool) -> Diagnostic:
    said = ", ".join(course.sis_course_id or course.name for course in courses[:3])
    more = f" and {len(courses) - 3:,} more" if len(courses) > 3 else ""
    many = f"{len(courses):,} course{'s' if len(courses) > 1 else ''} ({said}{more})"
    return problem(
        "policy-match-changes",
        f"By the changes of this plan {many} {what}, so that the next plan will differ.",
        at=policy.position,
        severity=Severity.NOTE if usual else None,
    )
