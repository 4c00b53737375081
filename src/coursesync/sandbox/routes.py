"""Which handler answers which path; paths are split before they are decoded, so an id may hold a slash."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import unquote

from coursesync.sandbox import (
    account_api,
    around_api,
    audit_api,
    batch_api,
    course_api,
    create,
    files_api,
    graphql_api,
)
from coursesync.sandbox.call import Answer

Handler = Callable[..., Awaitable[Answer]]

_PREFIX = "/api/v1/"

# The parts of a path below /api/v1; ":id" stands for whatever is there.
ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "users/:id", account_api.get_user),
    ("GET", "accounts", account_api.get_accounts),
    ("GET", "accounts/:id", account_api.get_account),
    ("GET", "accounts/:id/permissions", account_api.get_account_permissions),
    ("GET", "accounts/:id/features/flags/:id", around_api.get_account_flag),
    ("GET", "accounts/:id/sub_accounts", account_api.get_sub_accounts),
    ("GET", "accounts/:id/grading_standards", account_api.get_grading_standards),
    ("GET", "accounts/:id/terms", account_api.get_terms),
    ("GET", "accounts/:id/terms/:id", account_api.get_term),
    ("GET", "accounts/:id/courses", account_api.get_account_courses),
    ("POST", "accounts/:id/courses", create.post_course),
    ("PUT", "accounts/:id/courses", batch_api.put_courses),
    ("GET", "accounts/:id/courses/:id", course_api.get_course_of_account),
    ("GET", "courses", course_api.get_own_courses),
    ("GET", "courses/:id", course_api.get_course),
    ("PUT", "courses/:id", course_api.put_course),
    ("DELETE", "courses/:id", course_api.delete_course),
    ("GET", "courses/:id/settings", course_api.get_settings),
    ("PUT", "courses/:id/settings", course_api.put_settings),
    ("GET", "courses/:id/permissions", course_api.get_permissions),
    ("GET", "courses/:id/front_page", around_api.get_front_page),
    ("GET", "courses/:id/enrollments", around_api.get_enrollments),
    ("GET", "courses/:id/blueprint_templates/default", around_api.get_blueprint_template),
    ("GET", "courses/:id/blueprint_subscriptions", around_api.get_blueprint_subscriptions),
    ("GET", "courses/:id/features/flags/:id", around_api.get_course_flag),
    ("POST", "courses/:id/files", files_api.post_file),
    ("GET", "courses/:id/files/:id", files_api.get_course_file),
    ("GET", "files/:id", files_api.get_file),
    ("GET", "files/:id/create_success", files_api.get_success),
    ("POST", "courses/:id/preview_html", course_api.preview_html),
    ("GET", "audit/course/courses/:id", audit_api.get_course_events),
    ("GET", "progress/:id", batch_api.get_progress),
)


def _by_shape() -> dict[tuple[str, int], list[tuple[list[str], Handler]]]:
    found: dict[tuple[str, int], list[tuple[list[str], Handler]]] = {}
    for verb, pattern, handler in ROUTES:
        parts = pattern.split("/")
        found.setdefault((verb, len(parts)), []).append((parts, handler))
    return found


_BY_SHAPE = _by_shape()


def route(method: str, raw_path: str) -> tuple[Handler, list[str]] | None:
    """Return the handler of a path and the ids in it, decoded; None where there is none."""
    if (method, raw_path) == ("POST", "/api/graphql"):
        return graphql_api.post_graphql, []
    if not raw_path.startswith(_PREFIX):
        return None
    # Rails takes ".json" at the end for the format, also when it belongs to a SIS id.
    parts = raw_path.removeprefix(_PREFIX).removesuffix("/").removesuffix(".json").split("/")
    for pattern, handler in _BY_SHAPE.get((method, len(parts)), ()):
        pairs = list(zip(pattern, parts, strict=True))
        if all(wanted in {":id", part} for wanted, part in pairs):
            return handler, [unquote(part) for wanted, part in pairs if wanted == ":id"]
    return None
