"""Ask what courses are in the middle of, with as few requests as Canvas allows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from coursesync.canvas.bulk import Reader
from coursesync.canvas.circumstances import count_followers, courses_that_follow, follows_blueprint
from coursesync.canvas.client import Canvas
from coursesync.catalogue.field import Circumstance
from coursesync.model import Context, CoursePlan
from coursesync.model.preflight import ROOT
from coursesync.steps.context import runs
from coursesync.workflow.clock import Clock
from coursesync.workflow.preflight.each import each

# From so many courses on, one list of an account takes fewer requests than asking each course.
_FEW = 3
# Of a course that is still to be made.
_EMPTY = Context(students=False, followers=0, follows=False)


async def surroundings(
    wanted: Mapping[int, tuple[CoursePlan, Collection[Circumstance]]], reader: Reader, clock: Clock
) -> dict[int, Context]:
    """Return of each course what is wanted of its context, as far as Canvas tells it; a new one is empty."""
    new = {number: _EMPTY for number, (course, _) in wanted.items() if course.create}
    wanted = {number: item for number, item in wanted.items() if number not in new}

    def wanting(*names: Circumstance) -> list[CoursePlan]:
        return [course for course, needed in wanted.values() if set(needed) & set(names)]

    around = wanting(Circumstance.STUDENTS, Circumstance.TERM_RUNS)
    lives = await reader.circumstances([course.id for course in around]) if around else {}
    blueprints = [course.id for course in wanting(Circumstance.FOLLOWERS)]
    followers = await each(lambda number: count_followers(reader.canvas, number), blueprints)
    follows = await _follows(wanting(Circumstance.FOLLOWS), reader.canvas)
    now = clock.now()
    found: dict[int, Context] = {}
    for number in wanted:
        live = lives.get(number)
        students = live.students if live else None
        found[number] = Context(
            students=None if students is None else students > 0,
            term_runs=runs(live.term, now) if live else None,
            followers=followers.get(number),
            follows=follows.get(number),
        )
    return found | new


async def _follows(courses: Sequence[CoursePlan], canvas: Canvas) -> dict[int, bool]:
    """Tell which courses follow a blueprint: by lists of accounts where that takes fewer requests."""
    numbers = [course.id for course in courses]
    if len(courses) < _FEW:
        return await each(lambda number: follows_blueprint(canvas, number), numbers)
    everywhere = await courses_that_follow(canvas, ROOT)
    if everywhere is not None:
        return {number: number in everywhere for number in numbers}
    # Whoever may not list the root account may list the ones the courses are in.
    accounts = {course.account_id for course in courses if course.account_id is not None}
    lists = await each(lambda account: courses_that_follow(canvas, str(account)), sorted(accounts))
    known = {
        course.id: course.id in lists[course.account_id] for course in courses if course.account_id in lists
    }
    rest = [number for number in numbers if number not in known]
    return known | await each(lambda number: follows_blueprint(canvas, number), rest)
