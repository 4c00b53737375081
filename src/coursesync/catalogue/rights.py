"""The rights Canvas asks for: what they are called, where they are held, what stands in for them, and what
happens without them.

Canvas: app/models/course.rb and account.rb, set_policy; app/models/permissions; courses_controller.rb.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Where(StrEnum):
    """Whose rights Canvas looks at: those in the course, in its account, or in the root account."""

    COURSE = "course"
    ACCOUNT = "account"
    ROOT = "root account"


class Without(StrEnum):
    """What Canvas does with a field when the right is missing.

    IGNORED: answers 200 and changes nothing. REFUSED: the whole request fails, whatever else it carries.
    """

    IGNORED = "ignored"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """A right that a change needs.

    names: as Canvas calls it; any one of them is enough, those of older installations last. words: to be
    read after "the right to". where: who is asked. without: what a change meets without it. from_account:
    rights held in the account that bring it in every course there; by default its own names.
    """

    names: tuple[str, ...]
    words: str
    where: Where = Where.COURSE
    without: Without = Without.IGNORED
    from_account: tuple[str, ...] = ()

    @property
    def account_names(self) -> tuple[str, ...]:
        """Return the rights of an account any of which is enough."""
        return self.from_account or self.names

    @property
    def label(self) -> str:
        """Return the right as people and as Canvas call it."""
        return f"{self.words} ({self.names[0]})"

    @property
    def missed(self) -> str:
        """Say what Canvas does without it, of a field that is only dropped."""
        return f"Canvas ignores it without the right to {self.words}."


_MANAGE = ("manage_courses_admin", "manage_courses")
_EDIT = ("manage_course_content_edit", "manage_content")

# The course policy gives `update` to whoever may manage courses in the account, in every state of the course.
UPDATE = Right(names=("update",), words="update the course", from_account=_MANAGE)
# Asked before anything else: of a PUT of the course, and of its settings.
CONTENT_OR_UPDATE = Right(
    names=(*_EDIT, "update"),
    words="edit the course's content",
    without=Without.REFUSED,
    from_account=(*_EDIT, *_MANAGE),
)
CONTENT = Right(names=_EDIT, words="edit the course's content", without=Without.REFUSED)
AVAILABILITY = Right(
    names=("edit_course_availability",),
    words="edit the course's availability",
    without=Without.REFUSED,
    from_account=_MANAGE,
)
FILES = Right(
    names=("manage_files_add", "manage_files"), words="add files to the course", without=Without.REFUSED
)
GRADES = Right(names=("manage_grades",), words="edit grades", without=Without.REFUSED)
VISIBILITY = Right(names=("manage_course_visibility",), words="manage course visibility")
ADD_TEMPLATE = Right(names=("add_course_template",), words="add course templates")
DELETE_TEMPLATE = Right(names=("delete_course_template",), words="delete course templates")
PUBLISH = Right(
    names=("manage_courses_publish", "change_course_state"), words="publish courses", without=Without.REFUSED
)
CONCLUSION = Right(
    names=("manage_courses_conclude", "change_course_state"),
    words="conclude courses",
    without=Without.REFUSED,
)
DELETION = Right(
    names=("delete",),
    words="delete the course",
    without=Without.REFUSED,
    from_account=("manage_courses_delete",),
)

QUOTAS = Right(names=("manage_storage_quotas",), words="manage storage quotas", where=Where.ACCOUNT)
MANAGE_COURSES = Right(names=_MANAGE, words="manage courses in the account", where=Where.ACCOUNT)
SIS = Right(names=("manage_sis",), words="manage SIS data in the root account", where=Where.ROOT)
ADD_COURSES = Right(
    names=("manage_courses_add", "manage_courses", "create_courses"),
    words="add courses to the account",
    where=Where.ACCOUNT,
    without=Without.REFUSED,
)
BLUEPRINTS = Right(
    names=("manage_master_courses",),
    words="manage blueprint courses in the account",
    where=Where.ACCOUNT,
    without=Without.REFUSED,
)

ALL = (
    UPDATE,
    CONTENT,
    AVAILABILITY,
    FILES,
    GRADES,
    VISIBILITY,
    PUBLISH,
    CONCLUSION,
    DELETION,
    ADD_TEMPLATE,
    DELETE_TEMPLATE,
    QUOTAS,
    MANAGE_COURSES,
    SIS,
    ADD_COURSES,
    BLUEPRINTS,
)
