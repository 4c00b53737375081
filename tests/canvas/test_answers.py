"""What Canvas, or something in front of it, can answer, and the sentence it becomes."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from coursesync.canvas.answers import Asked, kind_of, number
from coursesync.canvas.client import Canvas
from coursesync.errors import (
    CanvasError,
    CanvasRefused,
    CanvasUnanswered,
    CanvasUnavailable,
    CourseSyncError,
    ExitCode,
)

from .fake import SECRET, Fake, json, page

PATH = "/api/v1/courses/7"
BEARER = {"WWW-Authenticate": 'Bearer realm="canvas-lms"'}


async def read(canvas: Canvas) -> object:
    return await canvas.get(PATH)


async def write(canvas: Canvas) -> object:
    return await canvas.send("PUT", PATH, {"course": {"name": "Biology"}})


def failure(answer: httpx.Response, work: Any = read) -> CourseSyncError:
    fake = Fake([answer])
    with pytest.raises(CourseSyncError) as caught:
        fake.run(work)
    assert len(fake.requests) == 1
    return caught.value


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(
            {"errors": [{"message": "Invalid access token."}]},
            "school.example.edu does not know this token.",
            id="unknown",
        ),
        pytest.param(
            {"errors": [{"message": "Expired access token.", "expired_at": "2026-01-31T00:00:00Z"}]},
            "The token expired at 2026-01-31T00:00:00Z.",
            id="expired",
        ),
        pytest.param(
            {"errors": [{"message": "Expired access token."}], "expired_at": "2026-01-31T00:00:00Z"},
            "The token expired at 2026-01-31T00:00:00Z.",
            id="expired, said outside",
        ),
        pytest.param(
            {"errors": [{"message": "Expired access token."}]}, "The token expired.", id="expired, no date"
        ),
        pytest.param(
            {"errors": [{"message": "Revoked access token."}]}, "The token was revoked.", id="revoked"
        ),
        pytest.param(
            {"status": "unauthenticated", "errors": [{"message": "user authorization required"}]},
            "No token reached school.example.edu; something on the way removes it.",
            id="none",
        ),
        pytest.param(
            {"errors": [{"message": "Strange access token"}]},
            "school.example.edu does not accept the token: Strange access token.",
            id="another reason",
        ),
        pytest.param("gibberish", "school.example.edu does not accept the token: gibberish.", id="a string"),
        pytest.param(None, "school.example.edu does not accept the token.", id="no reason"),
    ],
)
@pytest.mark.parametrize("work", [read, write])
def test_a_refused_token_ends_the_run(body: Any, message: str, work: Any) -> None:
    error = failure(json(body, 401, BEARER), work)
    assert isinstance(error, CanvasUnavailable)
    assert error.exit_code is ExitCode.UNAVAILABLE
    assert error.message == message
    assert "CANVAS_API_TOKEN" in error.hint


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize(
    ("work", "verb"), [pytest.param(read, "read", id="read"), pytest.param(write, "change", id="write")]
)
def test_a_missing_right_concerns_this_request_only(status: int, work: Any, verb: str) -> None:
    body = {"status": "unauthorized", "errors": [{"message": "user not authorized to perform that action"}]}
    error = failure(json(body, status), work)
    assert isinstance(error, CanvasRefused)
    assert error.status == status
    assert error.message == f"The token's user may not {verb} /api/v1/courses/7."


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        pytest.param(
            401,
            {"errors": [{"message": "Insufficient scopes on access token."}]},
            "The token's scopes do not cover GET /api/v1/courses/7.",
            id="scopes",
        ),
        pytest.param(
            401,
            {"status": "unverified", "errors": [{"message": "user authorization required"}]},
            "The token's user has not confirmed an e-mail address, which this account demands.",
            id="unconfirmed e-mail",
        ),
        pytest.param(
            401,
            {"errors": "Invalid as_user_id"},
            "The token's user may not read /api/v1/courses/7. Canvas says: Invalid as_user_id.",
            id="errors as a string",
        ),
        pytest.param(
            403,
            {"message": "higher account disallows setting feature flag"},
            "The token's user may not read /api/v1/courses/7."
            " Canvas says: higher account disallows setting feature flag.",
            id="403 with a reason",
        ),
        pytest.param(
            404,
            {"errors": [{"message": "The specified resource does not exist."}]},
            "Canvas has nothing at /api/v1/courses/7, or hides it from this token.",
            id="404",
        ),
        pytest.param(
            400,
            {"errors": {"name": [{"attribute": "name", "type": "too_long", "message": "is too long"}]}},
            "Canvas refused GET /api/v1/courses/7 (400): name: is too long.",
            id="one field",
        ),
        pytest.param(
            400,
            {"errors": {"name": [{"message": "a"}, {"message": "b"}], "locale": ["c"], "image": "d"}},
            "Canvas refused GET /api/v1/courses/7 (400): name: a; name: b; locale: c; image: d.",
            id="several fields in several shapes",
        ),
        pytest.param(
            400,
            {"errors": {"unparsable_content": "The text could not be parsed!"}},
            "Canvas refused GET /api/v1/courses/7 (400): unparsable_content: The text could not be parsed!",
            id="a text under a field",
        ),
        pytest.param(
            400,
            {"errors": {"message": "all in one"}},
            "Canvas refused GET /api/v1/courses/7 (400): all in one.",
            id="one object",
        ),
        pytest.param(
            400,
            {"message": "bad image"},
            "Canvas refused GET /api/v1/courses/7 (400): bad image.",
            id="message",
        ),
        pytest.param(400, {"error": "bad"}, "Canvas refused GET /api/v1/courses/7 (400): bad.", id="error"),
        pytest.param(
            400,
            {"errors": [{"message": "term is missing"}]},
            "Canvas refused GET /api/v1/courses/7 (400): term is missing.",
            id="list",
        ),
        pytest.param(400, [], "Canvas refused GET /api/v1/courses/7 (400): Bad Request.", id="no reason"),
        pytest.param(422, {"errors": ["x"]}, "Canvas refused GET /api/v1/courses/7 (422): x.", id="422"),
        pytest.param(
            499, {}, "Canvas refused GET /api/v1/courses/7 (499): no reason given.", id="no such status"
        ),
        pytest.param(
            500,
            {
                "errors": [{"message": "An error occurred.", "error_code": "internal_server_error"}],
                "error_report_id": 812,
            },
            "Canvas failed at GET /api/v1/courses/7 (500): An error occurred. (error report 812).",
            id="500 with its report",
        ),
    ],
)
def test_a_refusal_becomes_a_sentence(status: int, body: Any, message: str) -> None:
    error = failure(json(body, status))
    assert isinstance(error, CanvasRefused)
    assert error.status == status
    assert error.message == message


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500])
def test_a_refusal_with_a_web_page_is_a_refusal_without_html(status: int) -> None:
    error = failure(page(status))
    assert isinstance(error, CanvasRefused)
    assert "<" not in error.message


def test_a_web_page_that_knows_no_such_path_points_at_the_address() -> None:
    assert "CANVAS_API_URL" in failure(page(404)).hint
    assert "CANVAS_API_URL" not in failure(json({}, 404)).hint


def test_the_three_meanings_of_403_are_told_apart() -> None:
    nameless = {
        "error": "Forbidden",
        "message": "You are not authorized to access this site because you have not"
        " provided a valid user agent.",
    }
    assert failure(json(nameless, 403)).message == (
        "school.example.edu refuses programs that do not give their name, and ours did not arrive."
    )
    assert isinstance(failure(json(nameless, 403)), CanvasUnavailable)
    assert isinstance(
        failure(json({"message": "course batch size limit (500) exceeded"}, 403)), CanvasRefused
    )
    fake = Fake([httpx.Response(403, text="403 Forbidden (Rate Limit Exceeded)\n"), json({})])
    fake.run(read)
    assert len(fake.requests) == 2


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("work", [read, write])
def test_a_redirect_elsewhere_is_named_and_never_followed(status: int, work: Any) -> None:
    answer = httpx.Response(
        status, headers={"Location": f"https://u:p@sso.evil.com/login?token={SECRET}&x=1"}
    )
    error = failure(answer, work)
    assert isinstance(error, CanvasUnavailable)
    assert "to sso.evil.com. The token was not sent there." in error.message
    assert "CANVAS_API_URL" in error.hint
    text = error.message + error.hint
    assert SECRET not in text
    assert "u:p" not in text
    assert "/login" not in text


def test_a_redirect_to_a_login_page_of_the_same_host_is_explained() -> None:
    error = failure(httpx.Response(302, headers={"Location": "/login/canvas"}))
    assert isinstance(error, CanvasUnavailable)
    assert error.message == (
        "school.example.edu sends GET /api/v1/courses/7 to another page, such as its login."
        " The token was not sent there."
    )


@pytest.mark.parametrize("location", ["", "http://[", "https://"], ids=["none", "broken", "no host"])
def test_a_redirect_to_nowhere_is_still_a_sentence(location: str) -> None:
    error = failure(httpx.Response(302, headers={"Location": location}))
    assert isinstance(error, CanvasUnavailable)


HTML = [
    pytest.param(page(), id="a login page"),
    pytest.param(
        httpx.Response(200, content=b"  <html>", headers={"Content-Type": "application/json"}),
        id="mislabelled",
    ),
]


@pytest.mark.parametrize("answer", HTML)
def test_a_web_page_instead_of_data_ends_the_run(answer: httpx.Response) -> None:
    error = failure(answer)
    assert isinstance(error, CanvasUnavailable)
    assert error.message == (
        "school.example.edu answers GET /api/v1/courses/7 with a web page where Canvas answers with data."
    )
    assert "CANVAS_API_URL" in error.hint


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        pytest.param(
            httpx.Response(200, content=b'{"id": 7, "na', headers={"Content-Type": "application/json"}),
            "The answer to GET /api/v1/courses/7 is cut off or damaged: 13 bytes that are not JSON.",
            id="cut off",
        ),
        pytest.param(
            httpx.Response(200, content=b"", headers={"Content-Type": "application/json"}),
            "The answer to GET /api/v1/courses/7 is cut off or damaged: 0 bytes that are not JSON.",
            id="empty",
        ),
        pytest.param(
            httpx.Response(200, content=b'"\xff"', headers={"Content-Type": "application/json"}),
            "The answer to GET /api/v1/courses/7 is cut off or damaged: 3 bytes that are not JSON.",
            id="no UTF-8",
        ),
        pytest.param(
            httpx.Response(200, content=b"[" * 100_000, headers={"Content-Type": "application/json"}),
            "The answer to GET /api/v1/courses/7 is cut off or damaged: 100,000 bytes that are not JSON.",
            id="too deep",
        ),
        pytest.param(
            httpx.Response(200, text="OK"),
            "school.example.edu answers GET /api/v1/courses/7 with text/plain"
            " where Canvas answers with JSON.",
            id="plain text",
        ),
        pytest.param(
            httpx.Response(200, content=b"{}"),
            "school.example.edu answers GET /api/v1/courses/7 with nothing that says what it is"
            " where Canvas answers with JSON.",
            id="no type",
        ),
    ],
)
def test_a_damaged_answer_concerns_this_request_only(answer: httpx.Response, message: str) -> None:
    error = failure(answer)
    assert type(error) is CanvasError
    assert error.message == message


def test_an_answer_for_browsers_means_that_the_token_was_lost() -> None:
    error = failure(
        httpx.Response(200, content=b'while(1);{"id":7}', headers={"Content-Type": "application/json"})
    )
    assert isinstance(error, CanvasUnavailable)
    assert "the token did not reach it" in error.message


@pytest.mark.parametrize(
    "answer",
    [
        *HTML,
        pytest.param(
            httpx.Response(200, content=b'{"id', headers={"Content-Type": "application/json"}), id="cut off"
        ),
        pytest.param(httpx.Response(200, text="OK"), id="plain text"),
        pytest.param(
            httpx.Response(200, content=b"while(1);{}", headers={"Content-Type": "application/json"}),
            id="for browsers",
        ),
    ],
)
def test_a_write_that_is_answered_unintelligibly_may_have_happened(answer: httpx.Response) -> None:
    error = failure(answer, write)
    assert isinstance(error, CanvasUnanswered)
    assert "Whether Canvas carried it out is not known." in error.message


@pytest.mark.parametrize(
    "kind",
    ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON", "application/problem+json"],
)
def test_json_is_taken_by_any_of_its_names(kind: str) -> None:
    fake = Fake([httpx.Response(200, content=b'{"id": 9007199254740993}', headers={"Content-Type": kind})])
    assert fake.run(read) == {"id": 9007199254740993}


def test_an_answer_without_content_is_nothing() -> None:
    assert Fake([httpx.Response(204)]).run(write) is None


def test_what_canvas_says_is_shown_short_in_one_line_and_without_secrets() -> None:
    text = f"bad\n\x1b[31m token {SECRET} in https://x/files/1?verifier=abc123&a=1 " + "x" * 500
    error = failure(json({"message": text}, 400))
    assert SECRET not in str(error)
    assert "abc123" not in str(error)
    assert "verifier=[hidden]&a=1" in error.message
    assert "\x1b" not in error.message
    assert "\n" not in error.message
    assert len(error.message) < 400


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.25", 0.25),
        ("700", 700.0),
        (" 13.67 ", 13.67),
        ("-3.5", -3.5),
        ("6.0e-05", 6e-05),
        ("nan", None),
        ("inf", None),
        ("1e99", None),
        ("1,5", None),
        ("٣", None),
        ("", None),
        (None, None),
    ],
)
def test_a_header_holds_a_number_or_nothing(text: str | None, value: float | None) -> None:
    assert number(text) == value


@pytest.mark.parametrize(
    ("method", "path", "other"),
    [
        ("GET", "/api/v1/courses/7/settings", "/api/v1/courses/sis_course_id:a%2Fb/settings"),
        ("PUT", "/api/v1/courses/7", "/api/v1/courses/1~8"),
    ],
)
def test_requests_that_differ_in_their_ids_are_of_one_kind(method: str, path: str, other: str) -> None:
    def kind(method: str, path: str) -> str:
        return kind_of(Asked(method=method, path=path, host="x", writes=False, hide=str))

    assert kind(method, path) == kind(method, other)
    assert kind(method, path) != kind("HEAD", path)
    assert kind(method, path) != kind(method, "/api/v1/accounts/7")
