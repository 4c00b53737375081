"""Ask what a course is in the middle of: who is in it, what it follows and who follows it, its front page.

Everything is None where Canvas does not tell this token. Canvas: wiki_pages_api_controller.rb,
show_front_page; enrollments_api_controller.rb, index; master_templates_controller.rb, show and
subscriptions_index.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from coursesync.canvas.client import Canvas
from coursesync.canvas.listing import Listing, Query
from coursesync.canvas.paths import course_path
from coursesync.canvas.permissions import told
from coursesync.errors import CanvasError, CanvasRefused, CanvasUnavailable

_COURSE = "/api/v1/courses/{id}"
# Every state of an enrolment but deleted.
_KEPT = ("active", "invited", "creation_pending", "rejected", "completed", "inactive")
# Those in which a student or an observer keeps a course from becoming a blueprint.
_PRESENT = ("active", "invited", "creation_pending")
OBSERVER = "ObserverEnrollment"


async def lacks_front_page(canvas: Canvas, course: int) -> bool | None:
    """Tell whether a course has no front page."""
    try:
        answer = await canvas.get(course_path(f"{_COURSE}/front_page", course))
    except CanvasUnavailable:
        raise
    except CanvasRefused as refused:
        return True if refused.not_found else None
    except CanvasError:
        return None
    return False if isinstance(answer, Mapping) else None


async def has_observers(canvas: Canvas, course: int) -> bool | None:
    """Tell whether observers are enrolled in a course."""
    return await _has_enrolments(canvas, course, [("type[]", OBSERVER)], _PRESENT)


async def has_enrolments(canvas: Canvas, course: int) -> bool | None:
    """Tell whether anybody was ever enrolled in a course and not removed from it."""
    return await _has_enrolments(canvas, course, (), _KEPT)


async def _has_enrolments(
    canvas: Canvas, course: int, kinds: Iterable[tuple[str, str]], states: Iterable[str]
) -> bool | None:
    query = [*kinds, *(("state[]", state) for state in states), ("per_page", "1")]
    answer = await told(canvas, course_path(f"{_COURSE}/enrollments", course), query)
    return bool(answer) if isinstance(answer, list) else None


async def count_followers(canvas: Canvas, course: int) -> int | None:
    """Return how many courses follow a blueprint."""
    answer = await told(canvas, course_path(f"{_COURSE}/blueprint_templates/default", course))
    number = answer.get("associated_course_count") if isinstance(answer, Mapping) else None
    return number if isinstance(number, int) and not isinstance(number, bool) else None


async def follows_blueprint(canvas: Canvas, course: int) -> bool | None:
    """Tell whether a course follows a blueprint, which one who may manage it may see."""
    answer = await told(canvas, course_path(f"{_COURSE}/blueprint_subscriptions", course))
    return bool(answer) if isinstance(answer, list) else None


async def courses_that_follow(canvas: Canvas, account: str) -> frozenset[int] | None:
    """Return the courses of an account, and of those below it, that follow some blueprint."""
    try:
        query = Query(account=account, blueprint_associated=True)
        listing = await Listing.begin(canvas, query, frozenset())
        return frozenset(course.id for course in await listing.rest())
    except CanvasUnavailable:
        raise
    except CanvasError:
        return None
