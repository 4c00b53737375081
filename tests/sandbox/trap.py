"""One trap of PUT course or PUT settings: what is sent, and what Canvas makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.sandbox.desk import COURSE, Desk

END = "2026-12-18T07:00:00Z"
START = "2026-08-24T06:00:00Z"
DATED = {"restrict_enrollments_to_course_dates": True, "start_at": START, "conclude_at": END}
LEFT_OVER = {"start_at": START, "conclude_at": END}
OPEN = {"workflow_state": "available"}
GENERAL = {"blueprint": True, "blueprint_restrictions": {"content": True}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trap:
    """One request and what comes of it; `sees` is GET course, `reads` GET settings, `stores` the columns."""

    name: str
    put: Mapping[str, Any] | None = None
    settings: Mapping[str, Any] | None = None
    form: Mapping[str, Any] | None = None
    top: Mapping[str, Any] = field(default_factory=dict)
    course: Mapping[str, Any] = field(default_factory=dict)
    account: Mapping[str, Any] = field(default_factory=dict)
    root: Mapping[str, Any] = field(default_factory=dict)
    enrolled: str = ""
    graded: bool = False
    token: str = "sandbox-admin"
    denied: tuple[str, ...] = ()
    status: int = 200
    error: str = ""
    sees: Mapping[str, Any] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    reads: Mapping[str, Any] = field(default_factory=dict)
    stores: Mapping[str, Any] = field(default_factory=dict)


def locked(name: str, value: object) -> dict[str, Any]:
    return {"settings": {name: {"value": value, "locked": True}}}


def _set_up(trap: Trap) -> tuple[Desk, int]:
    number = trap.course.get("id", COURSE)
    desk = Desk({} if number != COURSE else {"account_id": 2, **trap.course}, token=trap.token)
    if "account_id" not in trap.course and not trap.account and not trap.root:
        desk.sandbox.edit(COURSE, account_id=1)
    if trap.account:
        desk.sandbox.edit_account(2, **trap.account)
    if trap.root:
        desk.sandbox.edit_account(1, **trap.root)
    if trap.enrolled:
        desk.sandbox.enroll(COURSE, kind=trap.enrolled, graded=trap.graded)
    if trap.denied:
        desk.sandbox.edit_user(2, denied=list(trap.denied))
    return desk, number


def _send(desk: Desk, trap: Trap, number: int) -> Any:
    path = f"/api/v1/courses/{number}"
    if trap.settings is not None:
        return desk.ask("PUT", f"{path}/settings", json={**trap.settings, **trap.top})
    if trap.form is not None:
        return desk.ask("PUT", path, data={**trap.form, **trap.top})
    return desk.ask("PUT", path, json={**({} if trap.put is None else {"course": trap.put}), **trap.top})


def spring(trap: Trap) -> None:
    """Send what a trap sends, and compare what comes of it."""
    desk, number = _set_up(trap)
    answer = _send(desk, trap, number)
    assert answer.status_code == trap.status, answer.text
    if trap.error:
        assert list(answer.json()["errors"]) == [trap.error]
    desk.token = "sandbox-admin"
    path = f"/api/v1/courses/{number}"
    course = desk.get(path, params={"include[]": "all_courses"}).json()
    assert {name: course[name] for name in trap.sees} == trap.sees
    assert not set(trap.absent) & set(course)
    settings = desk.get(f"{path}/settings").json()
    assert {name: settings[name] for name in trap.reads} == trap.reads
    stored = desk.sandbox.course(number)
    assert {name: stored[name] for name in trap.stores} == trap.stores
