"""The image and visibility switches of PUT course, which work outside its permitted list."""

from __future__ import annotations

from typing import Any

from coursesync.sandbox.casts import rails_integer, value_to_boolean
from coursesync.sandbox.draft import Draft
from coursesync.sandbox.errors import Refusal, message
from coursesync.sandbox.parameters import Params

_LEVELS = ("course", "institution", "public")


def change_images(draft: Draft, sent: Params) -> Refusal | None:
    """Change image and banner; return what Canvas answers to a bad one, although it saves the rest."""
    problems = [_change_image(draft, sent, name) for name in ("image", "banner_image")]
    return next((problem for problem in problems if problem), None)


def _change_image(draft: Draft, sent: Params, name: str) -> Refusal | None:
    url, number = sent.get(f"{name}_url"), sent.get(f"{name}_id")
    if url is not None and number is not None:
        return message(400, f"You cannot provide both {name}_id and {name}_url.")
    if url is not None:
        _set_image(draft, name, url=url or None, number=None)
    if number is not None:
        if not _is_file_of(draft, number):
            return message(400, f"The {name}_id is not a valid course file id.")
        _set_image(draft, name, url=None, number=str(rails_integer(number)))
    # Ruby's truth: every text is true, "false" and "" too.
    if sent.get(f"remove_{name}") not in (None, False):
        _set_image(draft, name, url=None, number=None)
    return None


def _set_image(draft: Draft, name: str, *, url: Any, number: str | None) -> None:
    for key, value in ((f"{name}_url", url), (f"{name}_id", number)):
        draft.settings.pop(key, None)
        if value is not None:
            draft.settings[key] = str(value)


def _is_file_of(draft: Draft, number: Any) -> bool:
    known = draft.world.store.row("files", rails_integer(number) or 0)
    return bool(known and known["course_id"] == draft.before["id"] and known["state"] != "deleted")


def change_visibility(draft: Draft, sent: Params) -> None:
    """Apply course_visibility and the options that only count beside it."""
    if "course_visibility" not in sent or "manage_course_visibility" not in draft.rights:
        return
    level = sent["course_visibility"] if sent["course_visibility"] in _LEVELS else "course"
    draft.columns["is_public"] = level == "public"
    if level != "public":
        draft.settings["is_public_to_auth_users"] = level == "institution"
    if "custom_course_visibility" in sent and not value_to_boolean(sent["custom_course_visibility"]):
        for key in ("public_syllabus", "public_syllabus_to_auth", "files_visibility"):
            draft.settings.pop(key, None)
        return
    _change_parts(draft, sent, level)


def _change_parts(draft: Draft, sent: Params, level: str) -> None:
    syllabus, files = sent.get("syllabus_visibility_option"), sent.get("files_visibility_option")
    for option, keys in (
        (syllabus, ("public_syllabus", "public_syllabus_to_auth")),
        (files, ("files_visibility",)),
    ):
        if option == "inherit":
            for key in keys:
                draft.settings.pop(key, None)
    if syllabus in _LEVELS:
        loosest = _loosest(syllabus, level)
        draft.settings["public_syllabus"] = loosest == "public"
        draft.settings["public_syllabus_to_auth"] = loosest != "course"
    if files in _LEVELS:
        draft.settings["files_visibility"] = _loosest(files, level)


def _loosest(option: str, level: str) -> str:
    return max(option, level, key=_LEVELS.index)
