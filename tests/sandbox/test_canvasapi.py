"""The public client canvasapi works against a running stand-in."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from canvasapi import Canvas
from canvasapi.exceptions import InvalidAccessToken, ResourceDoesNotExist, Unauthorized

from coursesync.sandbox import Options, RunningSandbox, running


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running(Options()) as found:
        yield found


def client(sandbox: RunningSandbox, token: str = "sandbox-admin") -> Canvas:
    with pytest.warns(UserWarning, match="HTTP URLs"):
        return Canvas(sandbox.url, token)


def test_the_caller_is_shown(sandbox: RunningSandbox) -> None:
    assert client(sandbox).get_user("self").name == "Alex Admin"


def test_a_course_is_read_by_id_and_by_sis_id(sandbox: RunningSandbox) -> None:
    canvas = client(sandbox)
    assert canvas.get_course(4101).sis_course_id == "BIO-101-2026FA"
    assert canvas.get_course("CHEM-110-2026FA", use_sis_id=True).id == 4103


def test_a_course_is_updated(sandbox: RunningSandbox) -> None:
    course = client(sandbox).get_course(4105)
    course.update(course={"name": "Novels", "is_public": True})
    assert (course.name, sandbox.sandbox.course(4105)["is_public"]) == ("Novels", True)


def test_settings_are_read_and_updated(sandbox: RunningSandbox) -> None:
    course = client(sandbox).get_course(4105)
    assert len(course.get_settings()) == 33
    assert course.update_settings(hide_distribution_graphs=True)["hide_distribution_graphs"] is True


def test_the_courses_of_an_account_come_page_by_page(sandbox: RunningSandbox) -> None:
    canvas = client(sandbox)
    everything = [course.id for course in canvas.get_account(1).get_courses(state=["all"])]
    assert everything == sandbox.sandbox.course_ids()
    assert sum(entry.path == "/api/v1/accounts/1/courses" for entry in sandbox.sandbox.log) >= 1


def test_terms_are_read_through_their_wrapper(sandbox: RunningSandbox) -> None:
    terms = client(sandbox).get_account(1).get_enrollment_terms()
    assert [term.sis_term_id for term in terms] == [None, "2026FA", "2027SP", "2026SU"]


@pytest.mark.parametrize(
    ("token", "course", "error"),
    [
        ("sandbox-revoked", 4101, InvalidAccessToken),
        ("sandbox-student", 4101, Unauthorized),
        ("sandbox-admin", 7, ResourceDoesNotExist),
    ],
)
def test_refusals_are_what_the_client_expects(
    sandbox: RunningSandbox, token: str, course: int, error: type[Exception]
) -> None:
    with pytest.raises(error):
        client(sandbox, token).get_course(course)


def test_nothing_is_left_running() -> None:
    before = set(threading.enumerate())
    with running() as found:
        assert found.url.startswith("http://127.0.0.1:")
    assert set(threading.enumerate()) <= before
