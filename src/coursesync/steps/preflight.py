"""Tell what of a course Canvas would ignore or refuse, from what it says of rights, features and the course.

Only what is certain is a finding: where Canvas did not tell, there is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from coursesync.catalogue import FIELDS
from coursesync.catalogue.course import ACCOUNT, COMPLETED, DELETED, TEMPLATE, WORKFLOW_STATE
from coursesync.catalogue.field import Feature, Obstacle
from coursesync.catalogue.rights import ADD_COURSES, DELETION, FILES, UPDATE, Right, Where, Without
from coursesync.model import Address, Context, CoursePlan
from coursesync.model.preflight import ROOT, Asked, Finding, Told
from coursesync.model.upload import upload_in

_LEFT_FIRST = frozenset({COMPLETED, DELETED})


def account_questions(asked: Iterable[Asked]) -> dict[str, frozenset[str]]:
    """Return which rights to ask for in which account; the course's own, whose roles may differ."""
    found: dict[str, set[str]] = {}
    for one in asked:
        for right, account, _ in _needed(one):
            if account is not None:
                found.setdefault(account, set()).update(right.account_names)
    return {account: frozenset(names) for account, names in found.items()}


def course_questions(asked: Iterable[Asked], told: Told) -> dict[int, frozenset[str]]:
    """Return which rights to ask for in which course: those that its account does not bring already."""
    found: dict[int, set[str]] = {}
    for one in asked:
        for right, account, _ in () if one.course.create else _needed(one):
            if right.where is Where.COURSE and not _brought(right, account, told):
                found.setdefault(one.course.id, set()).update(right.names)
    return {course: frozenset(names) for course, names in found.items()}


def feature_questions(asked: Iterable[Asked]) -> dict[Feature, tuple[CoursePlan, ...]]:
    """Return which features to ask for, and in which courses they must be on."""
    found: dict[Feature, list[CoursePlan]] = {}
    for one in asked:
        for address, _, after in one.values:
            feature = FIELDS[address].feature
            if feature and after not in (False, None):
                found.setdefault(feature, []).append(one.course)
    return {feature: tuple(courses) for feature, courses in found.items()}


def obstacle_questions(asked: Iterable[Asked], obstacle: Obstacle) -> tuple[int, ...]:
    """Return the courses for which an obstacle would matter."""
    return tuple(
        one.course.id
        for one in asked
        if not one.course.create and any(item is obstacle for _, item in _obstacles(one))
    )


def findings(asked: Iterable[Asked], told: Told) -> tuple[Finding, ...]:
    """Return every field that Canvas would surely ignore or refuse."""
    found: list[Finding] = []
    for one in asked:
        found += _without_right(one, told)
        found += _without_feature(one, told)
        found += _refused(one, told)
    return tuple(found)


def _needed(one: Asked) -> Iterator[tuple[Right, str | None, Address]]:
    """Yield each right a course needs, the account to ask, and the field it is for."""
    account = None if one.course.account_id is None else str(one.course.account_id)
    for address, before, after in one.values:
        if one.course.create and address == ACCOUNT.address:
            # It moves from nowhere.
            yield ADD_COURSES, account, address
            continue
        event = address == WORKFLOW_STATE.address
        rights = (UPDATE,) if event and one.together else FIELDS[address].needs(before, after)
        if upload_in(after):
            rights = (*rights, FILES)
        for right in rights:
            if _tells(one, right, event=event):
                yield right, ROOT if right.where is Where.ROOT else account, address
                if address == ACCOUNT.address and right.where is Where.ACCOUNT:
                    # Canvas looks at the account it leaves and at the one it goes to.
                    yield right, str(after), address


def _tells(one: Asked, right: Right, *, event: bool) -> bool:
    """Tell whether the right as it is now says what it will be when its request is sent.

    An event that goes first changes what may be done, and a template becomes deletable by ending to be one.
    """
    fields = {change.field for change in one.changes}
    if right is DELETION and TEMPLATE.address in fields:
        return False
    moves_first = WORKFLOW_STATE.address in fields and one.course.workflow_state in _LEFT_FIRST
    return event or right.where is not Where.COURSE or not moves_first


def _brought(right: Right, account: str | None, told: Told) -> bool:
    """Tell whether the rights held in an account bring this one in every course of it."""
    held = told.accounts.get(account or "", {})
    return any(held.get(name) is True for name in right.account_names)


def _without_right(one: Asked, told: Told) -> Iterator[Finding]:
    seen: set[tuple[str, Address]] = set()
    for right, account, address in _needed(one):
        if (right.words, address) in seen or not _lacks(one, right, account, told):
            continue
        seen.add((right.words, address))
        yield Finding(
            course=one.course, field=address, code="right-missing", cause=right.label, without=right.without
        )


def _lacks(one: Asked, right: Right, account: str | None, told: Told) -> bool:
    """Tell whether Canvas said no to every name of a right."""
    if _brought(right, account, told):
        return False
    in_course = right.where is Where.COURSE
    held = told.courses.get(one.course.id, {}) if in_course else told.accounts.get(account or "", {})
    return all(held.get(name) is False for name in right.names)


def _without_feature(one: Asked, told: Told) -> Iterator[Finding]:
    off = told.off.get(one.course.id, frozenset())
    for address, _, after in one.values:
        feature = FIELDS[address].feature
        if feature and feature.name in off and after not in (False, None):
            yield Finding(
                course=one.course,
                field=address,
                code="feature-off",
                cause=feature.name,
                without=Without.IGNORED,
            )


def _obstacles(one: Asked) -> Iterator[tuple[Address, Obstacle]]:
    for address, before, after in one.values:
        for obstacle in FIELDS[address].transition(before, after).obstacles:
            yield address, obstacle


def _refused(one: Asked, told: Told) -> Iterator[Finding]:
    there = set(told.obstacles.get(one.course.id, frozenset()))
    there |= {Obstacle.NO_FRONT_PAGE} if one.course.create else set()
    context = told.contexts.get(one.course.id, Context())
    there |= {Obstacle.HAS_LEARNERS} if context.students else set()
    there |= {Obstacle.FOLLOWS_BLUEPRINT} if context.follows else set()
    for address, obstacle in _obstacles(one):
        if obstacle in there:
            yield Finding(
                course=one.course,
                field=address,
                code="would-be-refused",
                cause=obstacle.value,
                without=Without.REFUSED,
            )
