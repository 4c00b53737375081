"""POST /accounts/:id/courses: what a new course is given (Canvas: courses_controller.rb, create)."""

from __future__ import annotations

from coursesync.sandbox.assign import COURSE
from coursesync.sandbox.call import Answer, Call
from coursesync.sandbox.casts import instant_text, rails_string, value_to_boolean
from coursesync.sandbox.draft import Draft
from coursesync.sandbox.errors import invalid
from coursesync.sandbox.lookups import find_account, find_term
from coursesync.sandbox.parameters import Params
from coursesync.sandbox.rights import account_rights
from coursesync.sandbox.seed import new_course
from coursesync.sandbox.serialise import course_json
from coursesync.sandbox.tables import TABLES
from coursesync.sandbox.validate import fill_in, validate

# Any one of them lets an administrator add a course (Canvas: account.rb, set_policy).
_ANY_OF = ("manage_courses_add", "manage_courses", "create_courses")


async def post_course(call: Call, text: str) -> Answer:
    """Answer POST /accounts/:id/courses with the new course; a SIS id that is taken is refused."""
    account = find_account(call.store, text)
    await call.world.pause()
    call.need_account_right(*_ANY_OF)
    sent = call.params.get("course")
    draft = _draft(call, account["id"], sent if isinstance(sent, dict) else {})
    fill_in(draft.columns)
    validate(draft)
    if draft.errors:
        raise invalid(draft.errors)
    if value_to_boolean(call.params.get("offer")):
        draft.columns["workflow_state"] = "available"
    number = call.world.add_course(
        **{name: value for name, value in draft.columns.items() if value is not None}
    )
    return Answer(body=course_json(call.store, call.user, call.world.course(number), base=call.base))


def _draft(call: Call, account: int, sent: Params) -> Draft:
    """Return the new course with what may be set; without the right to manage SIS data it gets no SIS id."""
    rights, now = account_rights(call.user), call.world.options.now()
    fresh = {
        **dict.fromkeys(TABLES["courses"]),
        **new_course(call.store, call.store.next_id("courses"), instant_text(now)),
        "account_id": account,
    }
    draft = Draft(world=call.world, user=call.user, base=call.base, before=fresh)
    for name, value in sent.items():
        if name in COURSE and not isinstance(value, dict | list):
            COURSE[name](draft, value)
    term = sent.get("enrollment_term_id") or sent.get("term_id")
    if term and rights & {"manage_courses", "manage_courses_admin"}:
        draft.columns["enrollment_term_id"] = find_term(call.store, str(term), now)["id"]
    if sent.get("sis_course_id") is not None and "manage_sis" in rights:
        draft.columns["sis_source_id"] = rails_string(sent["sis_course_id"]) or None
    return draft
