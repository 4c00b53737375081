"""Ask what the token may do, which features are on, and what else Canvas refuses a value for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from coursesync.canvas.circumstances import has_enrolments, has_observers, lacks_front_page
from coursesync.canvas.client import Canvas
from coursesync.canvas.permissions import (
    Flag,
    account_flag,
    account_rights,
    course_flag,
    course_rights,
    read_user,
)
from coursesync.catalogue.field import Feature, Obstacle
from coursesync.model import Context, CoursePlan
from coursesync.model.preflight import ROOT, Asked, Told
from coursesync.steps.preflight import (
    account_questions,
    course_questions,
    feature_questions,
    obstacle_questions,
)
from coursesync.workflow.preflight.each import each

# What to ask about the obstacles that the context does not tell.
_QUESTIONS: Mapping[Obstacle, Callable[[Canvas, int], Awaitable[bool | None]]] = {
    Obstacle.NO_FRONT_PAGE: lacks_front_page,
    Obstacle.HAS_ENROLMENTS: has_enrolments,
    Obstacle.HAS_LEARNERS: has_observers,
}


async def tell(asked: Sequence[Asked], around: Mapping[int, Context], canvas: Canvas) -> Told:
    """Return what Canvas tells of everything the changes depend on; around: the contexts, known already."""
    told = await _rights(asked, canvas)
    answers = await _obstacles(asked, around, canvas)
    return replace(
        told,
        off=await _features_off(feature_questions(asked), canvas),
        obstacles=_answered(answers, there=True),
        clear=_answered(answers, there=False),
        contexts=around,
    )


async def _rights(asked: Sequence[Asked], canvas: Canvas) -> Told:
    by_account = account_questions(asked)
    accounts = await each(lambda one: account_rights(canvas, one, by_account[one]), by_account)
    told = Told(accounts=accounts)
    by_course = course_questions(asked, told)
    courses = await each(lambda number: course_rights(canvas, number, by_course[number]), by_course)
    return replace(told, courses=courses)


async def _features_off(
    wanted: Mapping[Feature, Sequence[CoursePlan]], canvas: Canvas
) -> dict[int, frozenset[str]]:
    """Return the features that are off, by course."""
    off: dict[int, set[str]] = {}
    for feature, courses in wanted.items():
        for number in await _without(feature, courses, canvas):
            off.setdefault(number, set()).add(feature.name)
    return {number: frozenset(names) for number, names in off.items()}


async def _without(feature: Feature, courses: Sequence[CoursePlan], canvas: Canvas) -> set[int]:
    """Return the courses in which a feature is off; asked themselves only where their account lets them."""
    places = {course.id: _place(feature, course) for course in courses}

    async def by_account(place: str) -> Flag | None:
        return await account_flag(canvas, place, feature.name)

    async def by_course(number: int) -> Flag | None:
        return await course_flag(canvas, number, feature.name)

    flags = await each(by_account, sorted({place for place in places.values() if place}))
    there = {} if feature.of_root else {one: places[one] for one in places if one > 0}
    free = [one for one, place in there.items() if flags.get(place) is Flag.OPEN]
    own = await each(by_course, free)
    return {one for one, place in places.items() if Flag.OFF in {flags.get(place), own.get(one)}}


def _place(feature: Feature, course: CoursePlan) -> str:
    if feature.of_root:
        return ROOT
    return "" if course.account_id is None else str(course.account_id)


async def _obstacles(
    asked: Sequence[Asked], around: Mapping[int, Context], canvas: Canvas
) -> dict[int, dict[Obstacle, bool]]:
    """Return what was answered about each course, and of that obstacle only."""
    found: dict[int, dict[Obstacle, bool]] = {}
    for obstacle, question in _QUESTIONS.items():
        # Where there are students, nobody needs to know about observers.
        numbers = [
            number
            for number in obstacle_questions(asked, obstacle)
            if obstacle is not Obstacle.HAS_LEARNERS or not around[number].students
        ]
        for number, there in (await _asked_each(question, numbers, canvas)).items():
            found.setdefault(number, {})[obstacle] = there
    return found


def _answered(
    answers: Mapping[int, Mapping[Obstacle, bool]], *, there: bool
) -> dict[int, frozenset[Obstacle]]:
    return {
        number: frozenset(obstacle for obstacle, answer in items.items() if answer is there)
        for number, items in answers.items()
    }


async def _asked_each(
    question: Callable[[Canvas, int], Awaitable[bool | None]], numbers: Sequence[int], canvas: Canvas
) -> dict[int, bool]:
    return await each(lambda number: question(canvas, number), numbers)


async def name_user(canvas: Canvas) -> str:
    """Return what the token's user is called in a sentence."""
    found = await read_user(canvas)
    return "The token's user" if found is None else f"{found[1] or 'User'} (user {found[0]})"
