"""States of many courses in one call: what is shown, what is sent, and what is believed afterwards."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from coursesync.catalogue.field import Risk
from coursesync.errors import PlanFileError
from coursesync.model import FieldOutcome, Plan, Report, Verdict
from coursesync.runs import read_journal
from coursesync.workflow import Choice, Stop
from tests.lab import Lab

FIRST = 9001
LOSSY = Choice(allow=Risk.LOSSY)


def fleet(root: Path, count: int, manifest: str = "", *, state: str = "claimed", **options: Any) -> Lab:
    """Return a lab with courses in account 2, and a manifest with the same fields for each."""
    lab = Lab(root=root, **options)
    fields = manifest or "attributes: {workflow_state: available}"
    for number in range(FIRST, FIRST + count):
        lab.sandbox.add_course(
            id=number, name="Old", course_code="X", account_id=2, enrollment_term_id=2, workflow_state=state
        )
    ids = "".join(f"  - {{id: {FIRST + number}, {fields}}}\n" for number in range(count))
    lab.write(f"courses:\n{ids}")
    return lab


def sent(lab: Lab) -> list[tuple[str, Any]]:
    return [(path, body) for _, path, body in lab.sent()]


def verdicts(report: Report) -> dict[int, Verdict]:
    return {course.id: state_of(course.fields).verdict for course in report.courses}


def state_of(fields: tuple[FieldOutcome, ...]) -> FieldOutcome:
    return next(item for item in fields if item.field == "attributes.workflow_state")


def test_publishing_goes_in_one_call_that_is_followed_and_read_back(tmp_path: Path) -> None:
    lab = fleet(tmp_path, 3)
    plan = lab.plan()
    (request,) = plan.requests
    assert (request.path, request.courses) == ("/api/v1/accounts/2/courses", (9001, 9002, 9003))
    assert all(course.requests == (request.id,) for course in plan.courses)
    report = lab.apply(plan)
    assert sent(lab) == [(request.path, {"course_ids": [9001, 9002, 9003], "event": "offer"})]
    assert set(verdicts(report).values()) == {Verdict.APPLIED}
    assert any(entry.path.startswith("/api/v1/progress/") for entry in lab.sandbox.log)
    assert lab.plan().summary.changes == 0


def test_concluding_goes_in_one_call_and_shows_the_end_it_enters(tmp_path: Path) -> None:
    lab = fleet(tmp_path, 2, "attributes: {workflow_state: completed}", state="available")
    plan = lab.plan()
    assert [request.body["event"] for request in plan.requests] == ["conclude"]
    assert [course.side_effects[0].field for course in plan.courses] == ["attributes.end_at"] * 2
    report = lab.apply(plan, choice=LOSSY)
    assert set(verdicts(report).values()) == {Verdict.APPLIED}
    assert not [item for course in report.courses for item in course.fields if not item.verdict.good]


def test_a_single_course_is_published_by_itself(tmp_path: Path) -> None:
    lab = fleet(tmp_path, 1)
    assert [request.path for request in lab.plan().requests] == ["/api/v1/courses/9001"]


def test_a_call_takes_five_hundred_courses_and_one_that_is_left_goes_alone(tmp_path: Path) -> None:
    lab = fleet(tmp_path, 501)
    plan = lab.plan()
    assert sorted(len(request.courses) for request in plan.requests) == [1, 500]
    assert set(verdicts(lab.apply(plan)).values()) == {Verdict.APPLIED}


def test_each_account_has_a_call_of_its_own(tmp_path: Path) -> None:
    lab = fleet(tmp_path, 5)
    lab.sandbox.edit(9001, account_id=3)
    lab.sandbox.edit(9002, account_id=3)
    lab.sandbox.edit(9003, account_id=4)
    assert {request.path: request.courses for request in lab.plan().requests} == {
        "/api/v1/accounts/3/courses": (9001, 9002),
        "/api/v1/courses/9003": (9003,),
        "/api/v1/accounts/2/courses": (9004, 9005),
    }


@pytest.mark.parametrize(
    ("state", "wanted"), [("completed", "available"), ("available", "unpublished"), ("available", "deleted")]
)
def test_events_that_do_something_else_in_a_call_for_many_are_sent_one_by_one(
    tmp_path: Path, state: str, wanted: str
) -> None:
    lab = fleet(tmp_path, 2, f"attributes: {{workflow_state: {wanted}}}", state=state)
    assert [request.courses for request in lab.plan().requests] == [(9001,), (9002,)]


def test_a_token_without_the_right_for_the_account_sends_them_one_by_one(tmp_path: Path) -> None:
    lab = fleet(tmp_path, 2, token="sandbox-teacher")
    plan = lab.plan()
    assert [request.path for request in plan.requests] == ["/api/v1/courses/9001", "/api/v1/courses/9002"]
    assert set(verdicts(lab.apply(plan)).values()) == {Verdict.APPLIED}


def test_other_fields_go_before_the_call(tmp_path: Path) -> None:
    lab = fleet(
        tmp_path, 2, "attributes: {workflow_state: available, name: New}, settings: {hide_final_grades: true}"
    )
    report = lab.apply(lab.plan())
    assert [path for path, _ in sent(lab)][-1] == "/api/v1/accounts/2/courses"
    assert len(sent(lab)) == 5
    assert {item.verdict for course in report.courses for item in course.fields} == {Verdict.APPLIED}


def test_a_course_whose_earlier_request_failed_is_left_out_of_the_call(tmp_path: Path) -> None:
    lab = fleet(tmp_path, 3, "attributes: {workflow_state: available, default_view: wiki}")
    for number in (9002, 9003):
        lab.sandbox.edit(number, has_front_page=True)
    report = lab.apply(lab.plan())
    assert sent(lab)[-1][1]["course_ids"] == [9002, 9003]
    assert verdicts(report) == {9001: Verdict.SKIPPED, 9002: Verdict.APPLIED, 9003: Verdict.APPLIED}
    assert lab.sandbox.course(9001)["workflow_state"] == "claimed"


def test_who_canvas_leaves_out_has_failed_with_its_words(tmp_path: Path) -> None:
    lab = fleet(tmp_path, 3)
    plan = lab.plan()
    lab.sandbox.edit(9002, account_id=3)
    report = lab.apply(plan)
    # The account was a precondition, so that the course is stale and not sent at all.
    assert verdicts(report)[9002] is Verdict.STALE
    assert sent(lab)[-1][1]["course_ids"] == [9001, 9003]


def test_a_course_canvas_denies_in_the_call_has_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = fleet(tmp_path, 3)
    plan = lab.plan()
    _answer_progress(lab, monkeypatch, "completed", "2 courses processed\nAccess was denied: 9002", {9002})
    report = lab.apply(plan)
    assert verdicts(report) == {9001: Verdict.APPLIED, 9002: Verdict.FAILED, 9003: Verdict.APPLIED}
    assert state_of(report.courses[1].fields).message == "Access was denied."


def test_a_call_that_canvas_ends_as_failed_fails_all_with_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = fleet(tmp_path, 2)
    plan = lab.plan()
    _answer_progress(lab, monkeypatch, "failed", "Something went wrong", {9001, 9002})
    report = lab.apply(plan)
    assert set(verdicts(report).values()) == {Verdict.FAILED}
    assert state_of(report.courses[0].fields).message == "Something went wrong"


def test_a_call_that_never_ends_is_judged_by_what_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = fleet(tmp_path, 2)
    plan = lab.plan()
    _answer_progress(lab, monkeypatch, "running", "", {9002})
    report = lab.apply(plan)
    assert verdicts(report) == {9001: Verdict.APPLIED, 9002: Verdict.FAILED}
    assert "has not finished" in state_of(report.courses[1].fields).message
    assert lab.time.passed > 900


def _answer_progress(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, state: str, message: str, left_out: set[int]
) -> None:
    """Let Canvas carry out a batch for all but some courses, and say so."""
    from coursesync.canvas.client import Canvas

    send, get = Canvas.send, Canvas.get

    async def partly(canvas: Canvas, method: str, path: str, body: Any, **options: Any) -> Any:
        ids = [number for number in body.get("course_ids", []) if number not in left_out]
        if "course_ids" in body and not ids:
            return {"id": 77, "workflow_state": "queued"}
        return await send(canvas, method, path, {**body, "course_ids": ids} if ids else body, **options)

    async def said(canvas: Canvas, path: str, params: Any = ()) -> Any:
        if "/progress/" in path:
            return {"id": 77, "workflow_state": state, "message": message}
        return await get(canvas, path, params)

    monkeypatch.setattr(Canvas, "send", partly)
    monkeypatch.setattr(Canvas, "get", said)


@pytest.mark.parametrize("status", [401, 403])
def test_a_call_that_is_refused_publishes_nobody(tmp_path: Path, status: int) -> None:
    lab = fleet(tmp_path, 2)
    plan = lab.plan()
    lab.sandbox.fail_next(method="PUT", path_contains="accounts", status=status, body='{"message": "no"}')
    report = lab.apply(plan)
    assert set(verdicts(report).values()) == {Verdict.FAILED}


def test_a_change_that_is_left_out_is_no_part_of_the_call(tmp_path: Path) -> None:
    lab = fleet(tmp_path, 3)
    plan = lab.plan()
    left_out = frozenset({plan.courses[0].changes[0].id})
    report = lab.apply(plan, choice=Choice(left_out=left_out))
    assert sent(lab)[-1][1]["course_ids"] == [9002, 9003]
    assert [item.course for item in report.left_out] == [9001]


def test_a_course_that_is_published_by_now_is_no_part_of_the_call(tmp_path: Path) -> None:
    lab = fleet(tmp_path, 3)
    plan = lab.plan()
    lab.sandbox.edit(9003, workflow_state="available")
    assert verdicts(lab.apply(plan))[9003] is Verdict.SKIPPED
    assert sent(lab)[-1][1]["course_ids"] == [9001, 9002]


def test_after_an_interrupt_the_call_is_not_sent(tmp_path: Path) -> None:
    lab = fleet(tmp_path, 2)
    stop = Stop()
    stop.set("Interrupted.", interrupted=True)
    report = lab.apply(lab.plan(), stop=stop)
    assert sent(lab) == []
    assert report.interrupted


def test_a_replica_that_lags_is_given_time_after_the_call_too(tmp_path: Path) -> None:
    lab = fleet(tmp_path, 2, options={"replica_lag": 5.0})
    assert set(verdicts(lab.apply(lab.plan())).values()) == {Verdict.APPLIED}


def test_the_journal_names_every_course_of_the_call_before_it_is_sent(tmp_path: Path) -> None:
    lab = fleet(tmp_path, 2)
    lab.apply(lab.plan())
    (run,) = (tmp_path / ".coursesync" / "runs").iterdir()
    events = read_journal(run / "journal.jsonl")
    assert [event["event"] for event in events][:4] == ["begun", "intent", "sent", "answered"]
    assert events[1]["courses"] == [9001, 9002]


@pytest.mark.parametrize("forged", ["another id", "another event", "another account", "fewer", "split"])
def test_a_call_that_is_not_what_the_changes_lead_to_is_refused(tmp_path: Path, forged: str) -> None:
    lab = fleet(tmp_path, 3)
    plan = lab.plan()
    (request,) = plan.requests
    wrong = {
        "another id": replace(request, body={**request.body, "course_ids": [9001, 9002, 4101]}),
        "another event": replace(request, body={**request.body, "event": "conclude"}),
        "another account": replace(request, path="/api/v1/accounts/3/courses"),
        "fewer": replace(request, body={**request.body, "course_ids": [9001, 9002]}, courses=(9001, 9002)),
        "split": replace(request, courses=(9001,)),
    }[forged]
    with pytest.raises(PlanFileError, match="altered"):
        lab.apply(_with(plan, wrong))
    assert sent(lab) == []


def _with(plan: Plan, request: Any) -> Plan:
    return replace(plan, requests=(request,))


def test_groups_that_do_not_say_what_the_courses_do_are_refused(tmp_path: Path) -> None:
    lab = fleet(tmp_path, 3)
    plan = lab.plan()
    (group,) = plan.groups
    forged = replace(plan, groups=(replace(group, after="completed"),))
    with pytest.raises(PlanFileError, match="altered"):
        lab.apply(forged)
