"""Ids, tokens, refusals, bodies and faults: everything around the handlers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.desk import COURSE, PATH, Desk

NOT_FOUND = {"errors": [{"message": "The specified resource does not exist."}]}
WHO = 'Bearer realm="canvas-lms"'
UUID_4101 = Desk().sandbox.course(4101)["uuid"]


@pytest.mark.parametrize(
    ("path", "number"),
    [
        ("4115", 4115),
        ("sis_course_id:MATH%2F151.A-2026FA", 4115),
        ("sis_integration_id:math-151-a", 4115),
        (f"uuid:{UUID_4101}", 4101),
        ("hex:sis_course_id:4d4154482f3135312e412d323032364641", 4115),
        ("%204115%20", 4115),
        ("4115.json", 4115),
        ("sis_course_id:BIO-101-2026FA.json", 4101),
    ],
)
def test_an_id_of_any_form_finds_its_course(path: str, number: int) -> None:
    assert Desk().get(f"/api/v1/courses/{path}").json()["id"] == number


@pytest.mark.parametrize(
    "path",
    [
        "courses/77",
        "courses/99999999999999999999",
        "courses/1~4101",
        "courses/sis_course_id:",
        "courses/sis_course_id:bio-101-2026fa",
        "courses/sis_course_id:MATH/151.A-2026FA",
        "courses/uuid:short",
        "courses/hex:sis_course_id:zz",
        "courses/name:Biology",
        "accounts/sis_account_id:NONE",
        "accounts/self/terms/sis_term_id:1999",
        "no/such/thing",
    ],
)
def test_what_names_nothing_is_not_found(path: str) -> None:
    answer = Desk().get(f"/api/v1/{path}")
    assert (answer.status_code, answer.json()) == (404, NOT_FOUND)


def test_a_sis_id_that_ends_in_json_cannot_be_reached_at_the_end_of_a_path() -> None:
    desk = Desk({"sis_source_id": "A.json"})
    assert desk.get("/api/v1/courses/sis_course_id:A.json").status_code == 404
    assert desk.get("/api/v1/courses/sis_course_id:A.json/settings").status_code == 200


@pytest.mark.parametrize(
    ("path", "number"),
    [("self", 1), ("default", 1), ("sis_account_id:NURS", 4), ("3", 3), ("sis_account_id:RIDGEWAY", 1)],
)
def test_an_account_has_several_ids(path: str, number: int) -> None:
    assert Desk().get(f"/api/v1/accounts/{path}").json()["id"] == number


def test_ids_are_text_when_asked_for() -> None:
    headers = {"Accept": "application/json+canvas-string-ids, application/json"}
    course = Desk().get("/api/v1/courses/4103", headers=headers, params={"include[]": "term"}).json()
    assert (course["id"], course["grading_standard_id"], course["term"]["id"]) == ("4103", "11", "2")
    assert course["storage_quota_mb"] == 1000


@pytest.mark.parametrize(
    ("token", "body", "header"),
    [
        ("unknown", {"errors": [{"message": "Invalid access token."}]}, WHO),
        ("sandbox-revoked", {"errors": [{"message": "Revoked access token."}]}, WHO),
        (
            "sandbox-expired",
            {"errors": [{"message": "Expired access token.", "expired_at": "2026-01-01T00:00:00Z"}]},
            WHO,
        ),
        (None, {"status": "unauthenticated", "errors": [{"message": "user authorization required"}]}, WHO),
        (
            "sandbox-student",
            {
                "status": "unauthorized",
                "errors": [{"message": "user not authorized to perform that action"}],
            },
            None,
        ),
    ],
)
def test_a_bad_token_is_told_apart_from_a_missing_right(
    token: str | None, body: dict[str, Any], header: str | None
) -> None:
    answer = Desk(token=token).get("/api/v1/courses/4101")
    assert (answer.status_code, answer.json(), answer.headers.get("www-authenticate")) == (401, body, header)


def test_newer_canvas_answers_403_to_a_missing_right() -> None:
    assert Desk(token="sandbox-student", permission_status=403).get("/api/v1/courses/4101").status_code == 403


def test_a_token_may_be_in_the_query() -> None:
    assert (
        Desk(token=None).get("/api/v1/users/self", params={"access_token": "sandbox-admin"}).json()["id"] == 1
    )


def test_a_restricted_student_sees_a_stub() -> None:
    stub = {"id": COURSE, "access_restricted_by_date": True}
    desk = Desk(token="sandbox-restricted")
    assert desk.get(PATH).json() == stub
    assert desk.put(name="X").status_code == 401


def test_a_request_without_a_user_agent_is_refused() -> None:
    answer = Desk().get(PATH, headers={"User-Agent": ""})
    assert answer.status_code == 403
    assert answer.json()["error"] == "Forbidden"


def test_a_broken_request_is_an_error_500_with_a_report() -> None:
    answer = Desk().ask("PUT", PATH, json={"course": "name"})
    assert answer.status_code == 500
    assert answer.json()["errors"] == [
        {"message": "An error occurred.", "error_code": "internal_server_error"}
    ]
    assert answer.json()["error_report_id"] > 0


@pytest.mark.parametrize(
    ("content", "kind"), [(b"{", "application/json"), (b"a=1&a[]=2", "application/x-www-form-urlencoded")]
)
def test_a_body_that_cannot_be_read_is_refused(content: bytes, kind: str) -> None:
    assert Desk().ask("PUT", PATH, content=content, headers={"Content-Type": kind}).status_code == 400


def test_a_model_error_names_its_attribute_three_times() -> None:
    error = Desk().put(locale="xx").json()["errors"]["locale"][0]
    assert error == {"attribute": "locale", "type": "inclusion", "message": "is not included in the list"}


def test_every_course_key_is_there() -> None:
    always = """id name account_id root_account_id uuid created_at course_code start_at end_at default_view
        enrollment_term_id grading_standard_id grade_passback_setting license is_public
        is_public_to_auth_users
        public_syllabus public_syllabus_to_auth storage_quota_mb homeroom_course course_color friendly_name
        apply_assignment_group_weights calendar time_zone blueprint hide_final_grades workflow_state
        restrict_enrollments_to_course_dates"""
    sometimes = "template sis_course_id integration_id sis_import_id".split()
    desk = Desk()
    assert sorted(desk.put(name="X").json()) == sorted([*always.split(), *sometimes])
    assert sorted(desk.see()) == sorted([*always.split(), *sometimes, "enrollments"])


def test_the_answer_to_put_settings_has_every_setting() -> None:
    desk = Desk()
    answer = desk.put_settings(hide_final_grades=True).json()
    assert len(answer) == 33
    assert answer == desk.settings()


def test_sis_ids_are_absent_without_the_right_to_see_them() -> None:
    assert not {"sis_course_id", "integration_id"} & set(Desk(token="sandbox-designer").see())
    assert "sis_import_id" not in Desk(token="sandbox-teacher").see()


def test_a_nickname_hides_the_name() -> None:
    course = Desk().get("/api/v1/courses/4107").json()
    assert (course["name"], course["original_name"]) == ("Art studio (mine)", "Drawing I")


def test_a_course_is_found_only_in_its_own_account_tree() -> None:
    desk = Desk()
    assert desk.get("/api/v1/accounts/3/courses/4101").json()["id"] == 4101
    assert desk.get("/api/v1/accounts/2/courses/4101").status_code == 404


def test_a_deleted_course_is_found_only_when_asked_for() -> None:
    desk = Desk({"workflow_state": "deleted"})
    assert desk.get(PATH).status_code == 404
    assert desk.get(PATH, params={"include[]": "all_courses"}).json()["workflow_state"] == "deleted"
    assert desk.get(f"{PATH}/settings").status_code == 200


def test_permissions_are_booleans_and_unknown_ones_are_false() -> None:
    names = {"permissions[]": ["update", "manage_master_courses", "fly"]}
    found = Desk(token="sandbox-teacher").get(f"{PATH}/permissions", params=names).json()
    assert found == {"update": True, "manage_master_courses": False, "fly": False}
    account = Desk().get("/api/v1/accounts/self/permissions", params={"permissions[]": "manage_sis"}).json()
    assert account == {"manage_sis": True}


def test_includes_add_what_they_name() -> None:
    desk = Desk({"public_description": "D", "settings": {"image_url": "https://a.example/i.png"}})
    names = "public_description course_image term account concluded post_manually total_students".split()
    found = desk.see(*names)
    assert found["public_description"] == "D"
    assert found[
        "course_image_download_url" if "course_image_download_url" in found else "image_download_url"
    ]
    assert (found["term"]["id"], found["account"]["name"], found["total_students"]) == (
        1,
        "Ridgeway College",
        0,
    )
    assert (found["concluded"], found["post_manually"]) == (False, False)


def test_a_null_description_leaves_no_key_even_when_included() -> None:
    assert "public_description" not in Desk().see("public_description")


def test_a_database_column_can_be_included() -> None:
    desk = Desk({"settings": {"hide_final_grade": True}, "open_enrollment": None})
    found = desk.see("settings", "open_enrollment", "storage_quota", "announcements_locked", "nonsense")
    assert (found["settings"], found["open_enrollment"]) == ({"hide_final_grade": True}, None)
    assert found["storage_quota"] == 500 << 20
    assert not {"announcements_locked", "nonsense"} & set(found)


def test_another_canvas_does_not_serve_columns() -> None:
    assert "settings" not in Desk(undocumented_includes=False).see("settings")


def test_a_fault_is_answered_as_often_as_told_and_changes_nothing() -> None:
    desk = Desk()
    desk.sandbox.fail_next(
        method="put",
        path_contains=str(COURSE),
        status=502,
        body="<h1>Bad gateway</h1>",
        content_type="text/html",
        times=2,
        headers={"Retry-After": "1"},
    )
    answers = [desk.put(name="X") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [502, 502]
    assert (answers[0].text, answers[0].headers["retry-after"]) == ("<h1>Bad gateway</h1>", "1")
    assert desk.stored["name"] == "Biology"
    assert desk.put(name="X").status_code == 200


def test_the_log_holds_what_was_sent() -> None:
    desk = Desk()
    desk.ask(
        "PUT",
        "/api/v1/courses/sis_course_id:MATH%2F151.A-2026FA",
        data={"course[name]": "X"},
        params={"a": "1"},
    )
    entry = desk.sandbox.log[-1]
    assert entry.path == "/api/v1/courses/sis_course_id:MATH/151.A-2026FA"
    assert entry.raw_path == "/api/v1/courses/sis_course_id:MATH%2F151.A-2026FA"
    assert (entry.method, entry.status, entry.token) == ("PUT", 200, "sandbox-admin")
    assert (entry.query, entry.body) == ([("a", "1")], {"course": {"name": "X"}})


def test_a_preview_is_not_a_write() -> None:
    desk = Desk()
    desk.ask("POST", f"{PATH}/preview_html", data={"html": "<p>a</p>"})
    desk.put(name="X")
    assert [entry.method for entry in desk.sandbox.writes()] == ["PUT"]
