"""A run that was killed, interrupted or cut off goes on where it was, and neither repeats nor skips."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from coursesync.canvas.bulk import Reader
from coursesync.catalogue.field import Risk
from coursesync.errors import PlanFileError, UsageProblem
from coursesync.model import Plan, Report, Verdict
from coursesync.runs import Run, find_run, read_journal, read_past
from coursesync.steps.report import exit_code
from coursesync.workflow import Choice, Stop, apply_plan, pending
from tests.lab import Lab, Time

FIRST = 9001
EVERYTHING = Choice(allow=Risk.DESTRUCTIVE, send_unverified=True)
# Undeleting to publish takes two events; the second course loses its end date to the rename; two are offered
# in one call; and one sends a field that Canvas never shows.
MANIFEST = f"""courses:
  - id: {FIRST}
    attributes: {{name: New, workflow_state: available}}
    settings: {{hide_final_grades: true}}
  - id: {FIRST + 1}
    attributes: {{name: New, default_view: modules}}
    settings: {{hide_final_grades: true}}
  - id: {FIRST + 2}
    attributes: {{name: New, workflow_state: available}}
    settings: {{hide_final_grades: true}}
  - id: {FIRST + 3}
    attributes: {{workflow_state: available}}
  - id: {FIRST + 4}
    attributes: {{organize_epub_by_content_type: true, name: New}}
    settings: {{hide_final_grades: true}}
"""


class Killed(SystemExit):
    """What a kill looks like from inside: nothing catches it, and nothing is written any more."""


def college(root: Path) -> Lab:
    lab = Lab(root=root)
    columns: dict[str, Any] = {"name": "Old", "course_code": "X", "account_id": 2, "default_view": "feed"}
    states = ["deleted", "available", "claimed", "claimed", "available"]
    for number, state in enumerate(states):
        end = {"conclude_at": "2026-12-18T07:00:00Z"} if number == 1 else {}
        lab.sandbox.add_course(id=FIRST + number, **columns, workflow_state=state, **end)
    lab.write(MANIFEST)
    return lab


def stored(lab: Lab) -> dict[int, dict[str, Any]]:
    found = {}
    for number in range(FIRST, FIRST + 5):
        course = lab.sandbox.course(number)
        found[number] = {key: value for key, value in course.items() if key != "updated_at"}
    return found


def verdicts(report: Report) -> dict[tuple[int, str], tuple[Verdict, Any, Any]]:
    return {
        (course.id, item.field): (item.verdict, item.before, item.read)
        for course in report.courses
        for item in course.fields
    }


@dataclass
class DyingRun:
    """A run whose process dies at its n-th write to the journal: before it, in the middle of it, or after."""

    run: Run
    at: int
    how: str
    count: int = 0

    def write(self, lines: str) -> None:
        self.count += 1
        if self.count > self.at:
            raise Killed
        if self.count == self.at and self.how == "torn":
            with self.run.journal.open("a") as file:
                file.write(lines[: len(lines) // 2])
            raise Killed
        self.run.write(lines)
        if self.count == self.at and self.how == "whole":
            raise Killed

    def __getattr__(self, name: str) -> Any:
        return getattr(self.run, name)


def apply_until_killed(lab: Lab, plan: Plan, *, at: int, how: str) -> bool:
    """Apply a plan with a process that dies; tell whether it did."""

    async def work() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        async with lab.canvas() as canvas:
            run = Run.create(lab.root, now=lab.time.now(), token_hex="dead00")
            dying: Any = DyingRun(run, at, how)
            await apply_plan(plan, Reader(canvas), dying, choice=EVERYTHING, stop=Stop(), clock=lab.clock)

    try:
        asyncio.run(work())
    except Killed:
        return True
    return False


def journal_of(lab: Lab, name: str = "last") -> list[dict[str, Any]]:
    return [dict(event) for event in read_journal(find_run(lab.root, name).journal)]


def answered_before(lab: Lab) -> list[tuple[str, str]]:
    past = read_past(find_run(lab.root, "last").journal)
    return [
        (attempt.request.path, json.dumps(attempt.request.body, sort_keys=True))
        for attempt in past.attempts
        if attempt.known
    ]


@pytest.mark.parametrize("how", ["torn", "whole"])
def test_whenever_a_run_is_killed_it_goes_on_to_the_same_end(tmp_path: Path, how: str) -> None:
    whole = college(_folder(tmp_path, "whole"))
    expected = whole.apply(whole.plan(), choice=EVERYTHING)
    assert exit_code(expected) == 0, expected
    for at in range(1, 200):
        lab = college(_folder(tmp_path, f"{how}{at}"))
        if not apply_until_killed(lab, lab.plan(), at=at, how=how):
            break
        if not find_run(lab.root, "last").plan.exists():
            with pytest.raises(UsageProblem, match="nothing was sent"):
                lab.resume()
            assert lab.sent() == []
            continue
        _goes_on(lab, expected, stored(whole), at)
    assert at > 12


def _goes_on(lab: Lab, expected: Report, end: dict[int, dict[str, Any]], at: int) -> None:
    find_run(lab.root, "last").mend()
    done, sent = answered_before(lab), len(lab.sent())
    report = lab.resume()
    later = [(path, json.dumps(body, sort_keys=True)) for _, path, body in lab.sent()[sent:]]
    assert not {*done} & {*later}, f"killed at {at}: repeated what was answered"
    told = verdicts(report)
    hidden = FIRST + 4, "attributes.organize_epub_by_content_type"
    if told[hidden][0] is Verdict.UNKNOWN:
        # It had left, and nobody can look whether it came through.
        told[hidden] = verdicts(expected)[hidden]
    else:
        assert stored(lab) == end, f"killed at {at}"
    assert told == verdicts(expected), f"killed at {at}"
    assert report.requests_sent == read_past(find_run(lab.root, "last").journal).departed
    assert report.resumed
    assert lab.plan().summary.changes == 0
    before = len(lab.sandbox.log)
    assert lab.resume() == report
    assert len(lab.sandbox.log) == before


def _folder(root: Path, name: str) -> Path:
    folder = root / name
    folder.mkdir()
    return folder


def test_a_run_that_is_resumed_and_killed_again_can_be_resumed_again(tmp_path: Path) -> None:
    lab = college(tmp_path)
    assert apply_until_killed(lab, lab.plan(), at=6, how="whole")
    stop = Stop()
    stop.set("Interrupted.", interrupted=True)
    assert lab.resume(stop=stop).interrupted
    report = lab.resume()
    assert exit_code(report) in {0, 4}
    assert len(report.resumed) == 2
    assert lab.plan().summary.changes == 0


# A run that ended early by itself


def test_an_interrupted_run_is_finished_by_resuming_it(tmp_path: Path) -> None:
    lab = college(tmp_path)
    stop = Stop()
    stop.set("Interrupted.", interrupted=True)
    first = lab.apply(lab.plan(), choice=EVERYTHING, stop=stop)
    assert (first.interrupted, lab.sent()) == (True, [])
    report = lab.resume()
    assert (report.interrupted, report.errors, report.left_out) == (False, (), ())
    assert exit_code(report) == 0
    assert lab.plan().summary.changes == 0


def test_courses_that_were_concluded_are_neither_read_nor_sent_again(tmp_path: Path) -> None:
    lab = college(tmp_path)
    lab.sandbox.fail_next(method="PUT", path_contains=f"/courses/{FIRST + 1}", status=400)
    lab.apply(lab.plan(), choice=Choice(allow=Risk.DESTRUCTIVE, fail_fast=True))
    concluded = read_past(find_run(lab.root, "last").journal).concluded
    assert {*concluded} == {FIRST, FIRST + 1}
    seen = len(lab.sandbox.log)
    report = lab.resume()
    again = [entry.path for entry in lab.sandbox.log[seen:]]
    assert again
    assert not [path for path in again for number in concluded if f"/courses/{number}" in path]
    told = verdicts(report)
    assert told[FIRST + 1, "attributes.name"][0] is Verdict.FAILED
    assert told[FIRST + 2, "attributes.workflow_state"][0] is Verdict.APPLIED


@pytest.mark.parametrize("status", [401, 503])
@pytest.mark.parametrize("method", ["PUT", "GET"])
def test_a_canvas_that_was_lost_is_taken_up_again(tmp_path: Path, status: int, method: str) -> None:
    lab = college(tmp_path)
    plan = lab.plan()
    headers = {"WWW-Authenticate": 'Bearer realm="canvas-lms"'} if status == 401 else {}
    lab.sandbox.fail_next(
        method=method, path_contains="/api/v1/courses/", status=status, times=60, headers=headers
    )
    first = lab.apply(plan, choice=EVERYTHING)
    assert exit_code(first) in {4, 6}, first
    lab.sandbox.faults.clear()
    report = lab.resume()
    if first.unavailable:
        assert exit_code(report) == 0, report
        assert lab.plan().summary.changes == 0
    else:
        assert report == first


def test_a_disk_that_was_full_is_a_run_that_goes_on(tmp_path: Path) -> None:
    whole = college(_folder(tmp_path, "whole"))
    whole.apply(whole.plan(), choice=EVERYTHING)
    for at in range(2, 30):
        lab = college(_folder(tmp_path, str(at)))
        plan = lab.plan()
        report = _apply_with_full_disk(lab, plan, at=at)
        if not report.errors:
            break
        assert exit_code(report) == 4
        again = lab.resume()
        hidden = [item for item in verdicts(again).values() if item[0] is Verdict.UNKNOWN]
        assert hidden or stored(lab) == stored(whole)
        assert lab.plan().summary.changes == 0
    assert at > 5


def _apply_with_full_disk(lab: Lab, plan: Plan, *, at: int) -> Report:
    @dataclass
    class Full(DyingRun):
        def write(self, lines: str) -> None:
            self.count += 1
            if self.count >= self.at:
                raise UsageProblem("The disk is full.")
            self.run.write(lines)

        def outcome(self, text: str) -> None:
            if self.count >= self.at:
                raise UsageProblem("The disk is full.")
            self.run.outcome(text)

    async def work() -> Report:
        async with lab.canvas() as canvas:
            run = Run.create(lab.root, now=lab.time.now(), token_hex="f00000")
            full: Any = Full(run, at, "")
            return await apply_plan(
                plan, Reader(canvas), full, choice=EVERYTHING, stop=Stop(), clock=lab.clock
            )

    return asyncio.run(work())


# What others did meanwhile


def single(root: Path, manifest: str, **columns: Any) -> Lab:
    lab = Lab(root=root)
    lab.sandbox.add_course(id=FIRST, name="Old", course_code="X", default_view="feed", **columns)
    lab.write(f"courses:\n  - id: {FIRST}\n{manifest}")
    return lab


TWO = """    attributes: {name: New}
    settings: {hide_final_grades: true}
"""


HIDDEN = "    attributes: {organize_epub_by_content_type: true}\n"


def kill_single(lab: Lab, *, answered: int) -> None:
    """Kill the apply of one course right after its n-th answer was noted: two writes for each request."""
    assert apply_until_killed(lab, lab.plan(), at=1 + 2 * answered, how="whole")
    assert [event["event"] for event in journal_of(lab)].count("answered") == answered


def test_a_course_that_somebody_moved_is_stale_and_what_was_sent_is_read_back(
    tmp_path: Path,
) -> None:
    lab = single(tmp_path, TWO, workflow_state="available")
    kill_single(lab, answered=1)
    lab.sandbox.edit(FIRST, workflow_state="completed")
    sent = len(lab.sent())
    told = verdicts(lab.resume())
    assert len(lab.sent()) == sent
    assert told[FIRST, "attributes.name"][0] is Verdict.APPLIED
    assert told[FIRST, "settings.hide_final_grades"][0] is Verdict.STALE


def test_what_the_first_request_erased_does_not_make_the_rest_stale(tmp_path: Path) -> None:
    lab = single(tmp_path, TWO, workflow_state="available", conclude_at="2026-12-18T07:00:00Z")
    kill_single(lab, answered=1)
    assert lab.sandbox.course(FIRST)["conclude_at"] is None
    told = verdicts(lab.resume())
    assert {verdict for verdict, _, _ in told.values()} == {Verdict.APPLIED}
    assert told[FIRST, "attributes.end_at"][1:] == ("2026-12-18T07:00:00Z", None)


def test_what_somebody_undid_meanwhile_is_not_sent_again_and_is_told(tmp_path: Path) -> None:
    lab = single(tmp_path, TWO, workflow_state="available")
    kill_single(lab, answered=1)
    lab.sandbox.edit(FIRST, name="Old")
    told = verdicts(lab.resume())
    assert told[FIRST, "attributes.name"][0] is Verdict.IGNORED
    assert told[FIRST, "settings.hide_final_grades"][0] is Verdict.APPLIED


def test_a_request_that_was_refused_before_the_kill_is_not_tried_again(tmp_path: Path) -> None:
    lab = single(tmp_path, TWO, workflow_state="available")
    lab.sandbox.fail_next(method="PUT", path_contains=f"/courses/{FIRST}", status=400)
    assert apply_until_killed(lab, lab.plan(), at=3, how="whole")
    sent = len(lab.sent())
    report = lab.resume()
    told = verdicts(report)
    assert len(lab.sent()) == sent
    assert told[FIRST, "attributes.name"][0] is Verdict.FAILED
    assert told[FIRST, "settings.hide_final_grades"][0] is Verdict.SKIPPED


def test_a_course_that_is_gone_leaves_what_was_sent_unknown(tmp_path: Path) -> None:
    lab = single(tmp_path, TWO, workflow_state="available")
    kill_single(lab, answered=1)
    lab.sandbox.fail_next(method="GET", path_contains=f"/courses/{FIRST}", status=404, times=9)
    report = lab.resume()
    assert verdicts(report)[FIRST, "attributes.name"][0] is Verdict.UNKNOWN
    assert verdicts(report)[FIRST, "settings.hide_final_grades"][0] is Verdict.SKIPPED
    assert exit_code(report) == 4


def test_a_field_canvas_never_shows_is_sent_once_and_called_unknown_where_nobody_answered(
    tmp_path: Path,
) -> None:
    lab = single(
        tmp_path, "    attributes: {organize_epub_by_content_type: true}\n", workflow_state="claimed"
    )
    assert apply_until_killed(lab, lab.plan(), at=2, how="whole")
    report = lab.resume()
    assert lab.sent() == []
    assert verdicts(report)[FIRST, "attributes.organize_epub_by_content_type"][0] is Verdict.UNKNOWN
    assert exit_code(report) == 4


def test_a_field_canvas_never_shows_is_sent_where_it_never_left(tmp_path: Path) -> None:
    lab = single(
        tmp_path, "    attributes: {organize_epub_by_content_type: true}\n", workflow_state="claimed"
    )
    assert apply_until_killed(lab, lab.plan(), at=1, how="whole") is True
    # The process died between its first line and the plan.
    find_run(lab.root, "last").save_plan(_saved(lab))
    report = lab.resume()
    assert len(lab.sent()) == 1
    assert verdicts(report)[FIRST, "attributes.organize_epub_by_content_type"][0] is Verdict.UNVERIFIED


def _saved(lab: Lab) -> str:
    from coursesync.documents import dump_plan

    return dump_plan(lab.plan())


# Records that cannot be trusted


def _plan_of_another(run: Run) -> None:
    run.journal.write_text(run.journal.read_text().replace(f"/courses/{FIRST}", "/courses/4101"))


def _no_choice(run: Run) -> None:
    run.journal.write_text("\n".join(run.journal.read_text().split("\n")[1:]))


def _odd_choice(run: Run) -> None:
    run.journal.write_text(run.journal.read_text().replace('"allow": "destructive"', '"allow": "all"'))


def _forged_plan(run: Run) -> None:
    run.plan.write_text(run.plan.read_text().replace("New", "Newer"))


def _forged_body(run: Run) -> None:
    run.journal.write_text(run.journal.read_text().replace('"name": "New"', '"name": "Bad"'))


@pytest.mark.parametrize("harm", [_plan_of_another, _no_choice, _odd_choice, _forged_plan, _forged_body])
def test_a_record_that_was_tampered_with_is_not_gone_on_with(
    tmp_path: Path, harm: Callable[[Run], None]
) -> None:
    lab = single(tmp_path, TWO, workflow_state="available")
    kill_single(lab, answered=1)
    sent = len(lab.sent())
    harm(find_run(lab.root, "last"))
    with pytest.raises((UsageProblem, PlanFileError)):
        lab.resume()
    assert len(lab.sent()) == sent


def test_a_run_that_was_through_is_its_report(tmp_path: Path) -> None:
    lab = single(tmp_path, TWO, workflow_state="available")
    report = lab.apply(lab.plan(), choice=EVERYTHING)
    assert pending(find_run(lab.root, "last")) == report


class Interrupted(Time):
    """A clock for somebody who loses patience at the first wait."""

    def __init__(self, stop: Stop, passed: float) -> None:
        super().__init__(passed)
        self.stop = stop

    async def sleep(self, seconds: float) -> None:
        self.stop.set("Interrupted.", interrupted=True)
        await super().sleep(seconds)


def test_a_run_that_is_stopped_again_still_tells_what_it_did_before(tmp_path: Path) -> None:
    """What Canvas fills in when a blueprint begins is no value that the plan could know."""
    lab = Lab(root=tmp_path)
    lab.sandbox.add_course(id=FIRST, name="Old", course_code="X", account_id=2)
    lab.write(f"courses:\n  - id: {FIRST}\n    blueprint: {{enabled: true}}\n")
    # It is answered for, and not yet read back.
    assert apply_until_killed(lab, lab.plan(), at=3, how="whole")
    assert lab.sandbox.course(FIRST)["blueprint"]
    stop = Stop()
    # The second look at the course comes after a wait.
    lab.time = Interrupted(stop, lab.time.passed)
    report = lab.resume(stop=stop)
    assert exit_code(report) == 130
    locks = verdicts(report)[FIRST, "blueprint.restrictions"]
    assert locks[:2] == (Verdict.APPLIED, None)
    assert locks[2]["content"] is True
