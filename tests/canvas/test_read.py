"""Courses, accounts, references and previews as Canvas sends them, and the state they become."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import httpx
import pytest

from coursesync.canvas.decode import decode_answer
from coursesync.canvas.read import preview_html, read_account, read_reference
from coursesync.catalogue import FIELDS
from coursesync.catalogue.field import Absence, Endpoint, Field
from coursesync.errors import CanvasError, CanvasRefused, UsageProblem
from coursesync.model import LiveCourse
from tests.canvas.single import read_course

from .fake import Fake, json

COURSE: dict[str, Any] = {
    "id": 7,
    "name": "Biology",
    "course_code": "BIO",
    "account_id": 3,
    "root_account_id": 1,
    "sis_course_id": "BIO-101",
    "workflow_state": "available",
    "start_at": "2026-08-24T06:00:00Z",
    "time_zone": "America/Denver",
    "default_view": "modules",
    "blueprint": False,
    "is_public": None,
    "hide_final_grades": True,
}
SETTINGS: dict[str, Any] = {"hide_final_grades": False, "image_id": "99", "course_color": "#AABBCC"}

READABLE = [row for row in FIELDS.values() if row.read]
ON_COURSE = [row for row in READABLE if row.read and row.read.endpoint is Endpoint.COURSE]
INCLUDES = sorted({row.read.include for row in ON_COURSE if row.read and row.read.include})


def answering(course: Any = COURSE, settings: Any = SETTINGS) -> Fake:
    def handle(request: httpx.Request) -> httpx.Response:
        return json(settings if request.url.path.endswith("/settings") else course)

    return Fake([handle])


def read(fake: Fake, *addresses: str, declared: str = "7") -> LiveCourse:
    return fake.run(lambda canvas: read_course(canvas, declared, addresses))


def included(path: str) -> list[str]:
    return [value for key, value in httpx.URL(path).params.multi_items() if key == "include[]"]


def test_a_course_alone_takes_one_request_without_includes() -> None:
    fake = answering()
    live = read(fake, "attributes.name", "blueprint.enabled")
    assert fake.paths == ["/api/v1/courses/7"]
    assert (live.id, live.name, live.sis_course_id, live.workflow_state) == (
        7,
        "Biology",
        "BIO-101",
        "available",
    )
    assert (live.account_id, live.root_account_id) == (3, 1)


def test_settings_are_read_only_where_a_field_is_read_there_and_by_the_number() -> None:
    fake = answering()
    live = read(fake, "settings.hide_final_grades", declared="sis_course_id:BIO-101")
    assert fake.paths == ["/api/v1/courses/sis_course_id%3ABIO-101", "/api/v1/courses/7/settings"]
    assert live.state["settings.hide_final_grades"] is False


def test_an_attribute_that_only_the_settings_show_is_read_there() -> None:
    fake = answering()
    assert read(fake, "attributes.image_id").state["attributes.image_id"] == 99
    assert fake.paths == ["/api/v1/courses/7", "/api/v1/courses/7/settings"]


@pytest.mark.parametrize("row", READABLE, ids=lambda row: row.address)
def test_a_field_asks_for_what_its_row_needs_and_no_more(row: Field) -> None:
    fake = answering()
    read(fake, row.address)
    assert row.read is not None
    needed = [row.read.include] if row.read.include else []
    if row.address == "attributes.workflow_state":
        needed = ["all_courses"]
    assert included(fake.paths[0]) == needed
    assert len(fake.paths) == (2 if row.read.endpoint is Endpoint.SETTINGS else 1)


def test_every_field_at_once_takes_two_requests() -> None:
    fake = answering()
    read(fake, *FIELDS)
    assert len(fake.paths) == 2
    assert included(fake.paths[0]) == sorted([*INCLUDES, "all_courses"])


def test_the_same_fields_are_asked_for_in_the_same_way_whatever_their_order() -> None:
    one, other = answering(), answering()
    read(one, *FIELDS)
    read(other, *reversed(list(FIELDS)))
    assert one.paths == other.paths


def test_a_write_only_field_asks_for_nothing() -> None:
    fake = answering()
    read(fake, *(row.address for row in FIELDS.values() if row.read is None))
    assert fake.paths == ["/api/v1/courses/7"]


def test_fields_that_come_along_are_told_too() -> None:
    state = read(answering(), "attributes.name").state
    assert state["attributes.default_view"] == "modules"
    assert state["attributes.is_public"] is None
    # The course shows it as well, but the settings are where it is read.
    assert "settings.hide_final_grades" not in state


def told(course: dict[str, Any], includes: Iterable[str] = (), endpoint: Endpoint = Endpoint.COURSE) -> Any:
    return decode_answer(endpoint, course, includes=frozenset(includes), host="school.example.edu")


def test_the_real_name_wins_over_a_nickname() -> None:
    course = {**COURSE, "name": "My favourite", "original_name": "Biology"}
    assert told(course)["attributes.name"] == "Biology"
    assert read(answering(course), "attributes.name").name == "Biology"


@pytest.mark.parametrize("row", READABLE, ids=lambda row: row.address)
def test_what_an_absent_key_means_is_what_its_row_says(row: Field) -> None:
    assert row.read is not None
    asked = told({}, [row.read.include] if row.read.include else [], row.read.endpoint)
    if row.read.absent is Absence.NULL:
        assert asked[row.address] is None
    else:
        assert row.address not in asked
    if row.read.include:
        assert row.address not in told({}, [], row.read.endpoint)
    other = Endpoint.SETTINGS if row.read.endpoint is Endpoint.COURSE else Endpoint.COURSE
    assert row.address not in told({}, INCLUDES, other)


@pytest.mark.parametrize("row", READABLE, ids=lambda row: row.address)
def test_a_null_is_told_as_a_null(row: Field) -> None:
    assert row.read is not None
    assert told({row.read.keys[0]: None}, [], row.read.endpoint)[row.address] is None


def test_values_are_decoded_by_their_type() -> None:
    state = told({"start_at": "2026-08-24T00:00:00-06:00", "time_zone": "Mountain Time (US & Canada)"})
    assert state["attributes.start_at"] == "2026-08-24T06:00:00Z"
    assert state["attributes.time_zone"] == "America/Denver"


def test_html_loses_what_is_secret_or_injected() -> None:
    html = (
        '<link rel="stylesheet" href="https://x/m.css"><p><a href="https://school.example.edu/courses/7/files/1'
        '?verifier=abc&amp;wrap=1">a</a></p><script src="https://x/m.js"></script>'
    )
    seen = told({"syllabus_body": html}, ["syllabus_body"])["attributes.syllabus_body"]
    assert seen == '<p><a href="/courses/7/files/1?wrap=1">a</a></p>'


def test_a_put_answer_is_decoded_like_a_read() -> None:
    state = told({**COURSE, "locale": "de"})
    assert state["attributes.locale"] == "de"
    assert state["attributes.course_format"] is None
    assert state["blueprint.restrictions"] is None
    assert "attributes.syllabus_body" not in state
    assert "attributes.public_description" not in state


def test_a_course_without_its_sis_id_is_one_whose_sis_id_is_not_told() -> None:
    course = {key: value for key, value in COURSE.items() if key != "sis_course_id"}
    live = read(answering(course), "attributes.sis_course_id")
    assert live.sis_course_id is None
    assert "attributes.sis_course_id" not in live.state


def test_ids_may_be_written_as_text() -> None:
    live = read(
        answering({**COURSE, "id": "7", "account_id": "3", "root_account_id": "1"}), "attributes.name"
    )
    assert (live.id, live.root_account_id) == (7, 1)


def test_a_restricted_stub_is_explained_and_the_settings_are_not_asked_for() -> None:
    fake = answering({"id": 7, "access_restricted_by_date": True})
    with pytest.raises(CanvasRefused, match="Canvas hides this course") as caught:
        read(fake, "settings.hide_final_grades")
    assert caught.value.status == 403
    assert len(fake.paths) == 1


@pytest.mark.parametrize("course", [[], "x", None, 7], ids=repr)
def test_an_answer_that_is_no_course_is_an_error(course: Any) -> None:
    with pytest.raises(CanvasError, match="no course"):
        read(answering(course), "attributes.name")


@pytest.mark.parametrize("number", [None, "x", True, 1.5, []], ids=repr)
def test_a_course_without_a_number_is_an_error(number: Any) -> None:
    with pytest.raises(CanvasError, match="without its id"):
        read(answering({**COURSE, "id": number}), "attributes.name")


def test_settings_that_are_none_are_an_error() -> None:
    with pytest.raises(CanvasError, match="neither a course nor its settings"):
        read(answering(settings=[]), "settings.hide_final_grades")


@pytest.mark.parametrize("row", READABLE, ids=lambda row: row.address)
@pytest.mark.parametrize("value", [1, True, "x", "", [], {}, {"a": [1]}, 1.5], ids=repr)
def test_a_value_of_an_unexpected_shape_never_stops_the_reading(row: Field, value: Any) -> None:
    assert row.read is not None
    assert row.address in told({row.read.keys[0]: value}, [], row.read.endpoint)


# Accounts, references, previews


def test_an_account_tells_the_values_courses_fall_back_to() -> None:
    answer = {
        "id": 3,
        "name": "Arts",
        "default_storage_quota_mb": 500,
        "default_time_zone": "Mountain Time (US & Canada)",
    }
    fake = Fake([json(answer)])
    state = fake.run(lambda canvas: read_account(canvas, 3))
    assert state == {
        "name": "Arts",
        "default_storage_quota_mb": 500,
        "default_time_zone": "America/Denver",
    }
    assert fake.paths == ["/api/v1/accounts/3"]


def test_an_account_that_does_not_tell_a_value_is_not_guessed() -> None:
    assert Fake([json({"id": 3})]).run(lambda canvas: read_account(canvas, 3)) == {}


def test_an_answer_that_is_no_account_is_an_error() -> None:
    with pytest.raises(CanvasError, match="no account"):
        Fake([json([])]).run(lambda canvas: read_account(canvas, 3))


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("sis_term_id:2026FA", "/api/v1/accounts/self/terms/sis_term_id%3A2026FA"),
        ("sis_term_id:a/b c", "/api/v1/accounts/self/terms/sis_term_id%3Aa%2Fb%20c"),
        ("sis_account_id:ARTS", "/api/v1/accounts/sis_account_id%3AARTS"),
        ("sis_account_id:x.json", "/api/v1/accounts/hex%3Asis_account_id%3A782e6a736f6e"),
    ],
)
def test_a_reference_leads_to_its_number(text: str, path: str) -> None:
    fake = Fake([json({"id": 12})])
    assert fake.run(lambda canvas: read_reference(canvas, text)) == 12
    assert fake.paths == [path]


@pytest.mark.parametrize(
    "row", [row for row in FIELDS.values() if row.type.is_reference], ids=lambda row: row.address
)
def test_every_kind_of_reference_of_the_catalogue_can_be_read(row: Field) -> None:
    prefix = row.type.name.removeprefix("id or ").removesuffix(":…")
    assert Fake([json({"id": 12})]).run(lambda canvas: read_reference(canvas, f"{prefix}:X")) == 12


def test_a_reference_of_another_kind_is_refused_without_asking() -> None:
    fake = Fake([json({"id": 12})])
    with pytest.raises(UsageProblem, match="sis_user_id:9 is no reference"):
        fake.run(lambda canvas: read_reference(canvas, "sis_user_id:9"))
    assert fake.requests == []


def test_a_reference_that_leads_nowhere_is_refused() -> None:
    with pytest.raises(CanvasRefused) as caught:
        Fake([json({"errors": []}, 404)]).run(lambda canvas: read_reference(canvas, "sis_term_id:X"))
    assert caught.value.status == 404


@pytest.mark.parametrize("answer", [[], {}, {"id": None}], ids=repr)
def test_a_reference_without_a_number_is_an_error(answer: Any) -> None:
    with pytest.raises(CanvasError):
        Fake([json(answer)]).run(lambda canvas: read_reference(canvas, "sis_term_id:X"))


def test_a_preview_is_what_canvas_would_show_without_secrets() -> None:
    fake = Fake([json({"html": '<p><img src="https://school.example.edu/files/1?verifier=abc"></p>'})])
    assert (
        fake.run(lambda canvas: preview_html(canvas, 7, "<p>x"), read_only=True)
        == '<p><img src="/files/1"></p>'
    )
    (request,) = fake.requests
    assert (request.method, request.url.path) == ("POST", "/api/v1/courses/7/preview_html")
    assert request.content == b'{"html":"<p>x"}'


@pytest.mark.parametrize("answer", [[], {}, {"html": None}], ids=repr)
def test_a_preview_without_a_text_is_an_error(answer: Any) -> None:
    with pytest.raises(CanvasError, match="without the text"):
        Fake([json(answer)]).run(lambda canvas: preview_html(canvas, 7, "x"))
