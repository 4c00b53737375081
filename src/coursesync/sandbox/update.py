"""PUT /courses/:id and its settings: what is kept, dropped, refused (Canvas: courses_controller.rb)."""

from __future__ import annotations

import re
from typing import Any

from coursesync.sandbox.assign import COURSE, SETTINGS
from coursesync.sandbox.audit import moved
from coursesync.sandbox.blueprint import change_blueprint
from coursesync.sandbox.casts import (
    rails_boolean,
    rails_instant,
    rails_integer,
    rails_string,
    value_to_boolean,
)
from coursesync.sandbox.draft import Draft
from coursesync.sandbox.errors import add_error, invalid, not_allowed
from coursesync.sandbox.events import need_right_for, process
from coursesync.sandbox.inheritance import account_setting, chain, is_elementary, request_zone, root_of
from coursesync.sandbox.lookups import find_account, find_term
from coursesync.sandbox.parameters import Params
from coursesync.sandbox.validate import fill_in, validate
from coursesync.sandbox.visibility import change_images, change_visibility

_CONTENT_RIGHTS = ("manage_course_content_edit", "manage_content", "update")
_DATES = ("start_at", "conclude_at", "restrict_enrollments_to_course_dates")
_HEX_COLOR = re.compile(r"#?(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")


def update_settings(draft: Draft, params: Params) -> None:
    """Change the settings from the top-level parameters; nested ones are not looked at."""
    draft.need("manage_course_content_edit", "manage_content")
    for name, value in params.items():
        if name in SETTINGS and not isinstance(value, dict | list):
            SETTINGS[name](draft, value)
    locked = account_setting(draft.world.store, draft.columns["account_id"], "conditional_release")[1]
    if "conditional_release" in params and locked:
        draft.settings["conditional_release"] = False
    _save(draft)


def update_course(draft: Draft, params: Params) -> None:
    """Change the attributes in `course`; an event alone goes its own way."""
    sent = params.get("course") or {}
    if params.get("offer"):
        sent = {**sent, "event": "offer"}
    if set(sent) == {"event"} and sent["event"]:
        need_right_for(draft, sent["event"])
        process(draft, sent["event"])
        if draft.errors:
            raise invalid(draft.errors)
        return
    draft.need(*_CONTENT_RIGHTS)
    if params.get("for_reload"):
        return
    if sent.get("event"):
        need_right_for(draft, sent["event"])
        process(draft, sent["event"])
    _update_attributes(draft, sent, params)


def _update_attributes(draft: Draft, sent: Params, params: Params) -> None:
    permitted = _permitted(draft, sent)
    _change_grading(draft, sent)
    _change_places(draft, sent)
    # Of the account that the course is in by now.
    if "grading_standard_id" in sent and "update" in draft.rights:
        _change_scheme(draft, sent["grading_standard_id"])
    _change_flags(draft, sent)
    image_problem = change_images(draft, sent)
    _drop_dates_of_the_term(draft, permitted)
    _color(draft, sent)
    _homeroom_or_paces(draft, permitted)
    change_blueprint(draft, sent)
    for name in _protected(draft, params):
        permitted.pop(name, None)
    for name, value in permitted.items():
        COURSE[name](draft, value)
    change_visibility(draft, sent)
    if params.get("update_default_pages") is not None:
        draft.columns["pages_rewritten"] += 1
    _save(draft)
    _follow_homeroom(draft)
    if image_problem:
        raise image_problem


def _permitted(draft: Draft, sent: Params) -> dict[str, Any]:
    """Return the parameters that may be assigned; the others are dropped without a word."""
    found = {
        name: value for name, value in sent.items() if name in COURSE and not isinstance(value, dict | list)
    }
    if "update" not in draft.rights:
        found = {name: value for name, value in found.items() if name == "syllabus_body"}
    if "end_at" in sent:
        found["conclude_at"] = sent["end_at"]
    root = root_of(draft.world.store, draft.before["account_id"])
    fixed_names = (root["settings"] or {}).get("prevent_course_renaming_by_teachers")
    dropped: set[str] = set()
    if fixed_names and not draft.rights & {"manage_courses", "manage_courses_admin"}:
        dropped |= {"name", "course_code"}
    if "manage_storage_quotas" not in draft.rights:
        dropped |= {"storage_quota", "storage_quota_mb"}
    if "manage_course_visibility" not in draft.rights:
        dropped |= {"indexed"}
    return {name: value for name, value in found.items() if name not in dropped}


def _change_grading(draft: Draft, sent: Params) -> None:
    if "grade_passback_setting" in sent:
        draft.need("manage_grades")
        draft.columns["grade_passback_setting"] = rails_string(sent["grade_passback_setting"]) or None
    if "apply_assignment_group_weights" in sent:
        weighted = value_to_boolean(sent["apply_assignment_group_weights"])
        draft.columns["group_weighting_scheme"] = "percent" if weighted else "equal"
    if "group_weighting_scheme" in sent:
        draft.columns["group_weighting_scheme"] = rails_string(sent["group_weighting_scheme"])


def _change_scheme(draft: Draft, value: Any) -> None:
    if value is None or value == "":
        draft.columns["grading_standard_id"] = None
        return
    store = draft.world.store
    found = store.row("grading_standards", rails_integer(value) or 0)
    accounts = {row["id"] for row in chain(store, draft.columns["account_id"])}
    if found and (found["course_id"] == draft.before["id"] or found["account_id"] in accounts):
        draft.columns["grading_standard_id"] = found["id"]


def _change_places(draft: Draft, sent: Params) -> None:
    """Change SIS id, account and term, each only with its right; without it they are dropped."""
    store = draft.world.store
    # A null is not seen at all; "" clears.
    if sent.get("sis_course_id") is not None and "manage_sis" in draft.rights:
        draft.columns["sis_source_id"] = rails_string(sent["sis_course_id"]) or None
    if not draft.rights & {"manage_courses", "manage_courses_admin"}:
        return
    if sent.get("account_id"):
        draft.columns["account_id"] = find_account(store, str(sent["account_id"]))["id"]
    term = sent.get("enrollment_term_id") or sent.get("term_id")
    if term:
        draft.columns["enrollment_term_id"] = find_term(store, str(term), draft.world.options.now())["id"]


def _change_flags(draft: Draft, sent: Params) -> None:
    """Change what is handled outside the permitted list and so needs no right to update."""
    if "template" in sent:
        template = value_to_boolean(sent["template"])
        if ("add_course_template" if template else "delete_course_template") in draft.rights:
            draft.columns["template"] = template
    if "usage_rights_required" in sent:
        draft.settings["usage_rights_required"] = value_to_boolean(sent["usage_rights_required"])
    if value_to_boolean(sent.get("lock_all_announcements")):
        # Canvas: Announcement.lock_from_course, each time it is sent; nothing unlocks them again.
        draft.columns["announcements_locked"] += 1


def _drop_dates_of_the_term(draft: Draft, permitted: dict[str, Any]) -> None:
    """Empty the dates of a course that follows its term, sent or not; other changes of dates need a right."""
    restrict = bool(draft.before["restrict_enrollments_to_course_dates"])
    if _DATES[2] in permitted:
        # This cast is not the one of the column: "no" is false here and is stored as true.
        restrict = value_to_boolean(permitted[_DATES[2]])
    dropped: set[str] = set()
    if not restrict:
        dropped = {"conclude_at"} | ({"start_at"} if _is_unpublished(draft) else set())
        permitted.update(dict.fromkeys(sorted(dropped)))
    changed = {name for name in _DATES if name in permitted and _date_changes(draft, name, permitted[name])}
    if changed - dropped and "edit_course_availability" not in draft.rights:
        raise not_allowed(draft.world.options.permission_status)


def _is_unpublished(draft: Draft) -> bool:
    return draft.columns["workflow_state"] in {"created", "claimed"}


def _date_changes(draft: Draft, name: str, value: Any) -> bool:
    if name == _DATES[2]:
        return bool(rails_boolean(value)) != bool(draft.before[name])
    zone = request_zone(draft.world.store, draft.before["account_id"])
    return bool(rails_instant(value, zone) != draft.before[name])


def _color(draft: Draft, sent: Params) -> None:
    if "course_color" not in sent:
        return
    text = (rails_string(sent["course_color"]) or "").strip()
    if len(text) > 1 and not _HEX_COLOR.fullmatch(text):
        add_error(draft.errors, "course_color", "Invalid hexcode provided")
        return
    draft.settings.pop("course_color", None)
    if len(text) > 1:
        draft.settings["course_color"] = f"#{text.removeprefix('#')}"


def _homeroom_or_paces(draft: Draft, permitted: dict[str, Any]) -> None:
    """Refuse a homeroom with course paces; PUT settings does not look at this."""
    paces = value_to_boolean(permitted.get("enable_course_paces", draft.settings.get("enable_course_paces")))
    homeroom = value_to_boolean(permitted.get("homeroom_course", draft.columns["homeroom_course"]))
    if paces and homeroom:
        for name in ("homeroom_course", "enable_course_paces"):
            if value_to_boolean(permitted.get(name)):
                add_error(draft.errors, name, "Homeroom courses cannot use course pacing")


def _protected(draft: Draft, params: Params) -> list[str]:
    """Return the columns SIS imports no longer touch, where the request wants to respect that."""
    override = params.get("override_sis_stickiness")
    # Canvas tests the value itself for truth first, so a JSON false is the same as not sending it.
    if override is None or override is False or value_to_boolean(override):
        return []
    return list(draft.before["stuck_sis_fields"])


def _save(draft: Draft) -> None:
    # Canvas: courses_controller.rb changed_settings; what it fills in later is not in the log.
    changes = moved(draft.before, draft.columns)
    fill_in(draft.columns)
    validate(draft)
    if draft.errors:
        raise invalid(draft.errors)
    draft.save()
    if changes:
        draft.record("updated", changes)


def _follow_homeroom(draft: Draft) -> None:
    """Copy dates and term from the homeroom, as Canvas's job does after every PUT course."""
    course, store = draft.columns, draft.world.store
    homeroom = store.row("courses", course["homeroom_course_id"] or 0)
    wanted = course["sync_enrollments_from_homeroom"] and not course["sis_batch_id"]
    if not wanted or homeroom is None or not is_elementary(store, course):
        return
    copied = {name: homeroom[name] for name in (*_DATES, "enrollment_term_id")}
    draft.write_now({**copied, "homeroom_syncs": course["homeroom_syncs"] + 1})
