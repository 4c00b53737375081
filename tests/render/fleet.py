"""A fleet made by hand: policies over some hundred courses, with groups, outliers and losses."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

from coursesync.catalogue.field import Risk
from coursesync.diagnostics import Diagnostic, Position, problem
from coursesync.documents import sealed
from coursesync.model import (
    Action,
    Change,
    CourseOutcome,
    CoursePlan,
    FieldOutcome,
    Ignored,
    LeftOut,
    Origin,
    Plan,
    PolicyMatch,
    Report,
    Request,
    SideEffect,
    Unverified,
    Verdict,
)
from coursesync.render import Document
from coursesync.steps.plan import grouped
from coursesync.steps.report import totals
from tests.render.drifts import FLEET
from tests.render.samples import ERASED, plan, report

FALL, DATES = "policies/fall.yaml", "policies/dates.yaml"
SUBJECTS = ["BIO", "CHEM", "ENGL", "HIST", "MATH", "PHYS"]
WELCOME = "<h2>Welcome</h2>\n<p>Office hours are in the calendar.</p>\n<p>Help: the library desk.</p>"
STICKY = "SIS imports stop updating this field once it is changed here."


def _origin(file: str, line: int, layer: str) -> Origin:
    return Origin(file=file, line=line, column=7, layer=layer)


def _change(number: int, field: str, before, after, origin: Origin, **more) -> Change:
    action = Action.CLEAR if after is None else Action.SET
    name = sha256(f"{number} {field}".encode()).hexdigest()[:10]
    return Change(id=name, field=field, action=action, before=before, after=after, origin=(origin,), **more)


def _changes(n: int) -> list[Change]:
    everywhere, dates = "policy fall-2026-everywhere", "policy own-dates"
    found = []
    if n % 10 < 7:
        found += [
            _change(
                n,
                "settings.hide_distribution_graphs",
                False,
                True,
                _origin(FALL, 8, everywhere),
            ),
            _change(n, "settings.hide_final_grades", False, True, _origin(FALL, 9, everywhere)),
        ]
    if n % 6 == 0:
        notes = (STICKY,) if n % 12 == 0 else ()
        before = "wiki" if n in {36, 96} else "feed"
        found.append(
            _change(
                n, "attributes.default_view", before, "modules", _origin(FALL, 10, everywhere), notes=notes
            )
        )
    if n % 15 == 0:
        place = _origin(DATES, 5, dates) if n % 30 else _origin("courses/biology.yaml", n, "course")
        found.append(_change(n, "attributes.syllabus_body", "", WELCOME, place))
    if n in {7, 41}:
        found.append(
            _change(
                n, "attributes.name", f"Course {n}", f"Seminar {n}", _origin("courses/own.yaml", n, "course")
            )
        )
    return sorted(found, key=lambda change: change.field)


def _effects(n: int) -> list[SideEffect]:
    if n % 18:
        return []
    same = n % 36 == 0
    day = 18 if same else 1 + n % 20
    return [
        SideEffect(
            field="attributes.end_at",
            before=f"2026-12-{day:02}T07:00:00Z",
            after=None,
            after_known=True,
            risk=Risk.LOSSY,
            reason=ERASED,
        )
    ]


def course(n: int) -> CoursePlan:
    """Return the n-th course of the fleet."""
    name = f"{SUBJECTS[n % 6]}-{100 + n}-2026FA"
    changes = _changes(n)
    return CoursePlan(
        id=4000 + n,
        name=f"Course {n}",
        workflow_state="available" if n % 5 else "unpublished",
        declared_id=str(4000 + n),
        sis_course_id=None if n % 50 == 4 else name,
        changes=tuple(changes),
        side_effects=tuple(_effects(n)),
        ignored=(
            Ignored(field="attributes.course_code", pattern="attributes.*", reason="the registrar owns it"),
        )
        if n % 3 == 0
        else (),
        unverified=(
            Unverified(
                id=f"ff{n:08x}",
                field="settings.enable_offline_web_export",
                value=True,
                origin=(_origin(FALL, 12, "policy fall-2026-everywhere"),),
            ),
        )
        if n % 4 == 0
        else (),
        requests=tuple(item.id for item in _requests(n, changes)),
    )


def _requests(n: int, changes: list[Change]) -> list[Request]:
    found = []
    for endpoint, prefix in (("", "attributes."), ("/settings", "settings.")):
        mine = [change for change in changes if change.field.startswith(prefix)]
        values = {change.field.removeprefix(prefix): change.after for change in mine}
        if mine:
            found.append(
                Request(
                    id=f"r{n}{endpoint}",
                    method="PUT",
                    path=f"/api/v1/courses/{4000 + n}{endpoint}",
                    body=values if endpoint else {"course": values},
                    courses=(4000 + n,),
                    changes=tuple(change.id for change in mine),
                )
            )
    return found


def _diagnostics() -> tuple[Diagnostic, ...]:
    lost = [
        problem(
            "unverifiable",
            "This Canvas does not show settings.usage_rights_required: it cannot be compared nor verified.",
            at=Position(file=FALL, line=14, column=5),
            course=str(4000 + n),
        )
        for n in range(60)
    ]
    odd = [
        problem(
            "left-alone",
            f"blueprint.enabled is true in {4000 + n} and not declared.",
            course=str(4000 + n),
        )
        for n in (3, 11, 12, 13)
    ]
    return (*lost, *odd, problem("empty-file", at=Position(file="courses/empty.yaml")))


POLICIES = (
    PolicyMatch(name="fall-2026-everywhere", file=FALL, line=3, column=5, courses=300),
    PolicyMatch(name="own-dates", file=DATES, line=2, column=5, courses=20),
    PolicyMatch(name="spring-2027", file="policies/spring.yaml", line=2, column=5, courses=0),
)


def fleet(number: int) -> Plan:
    """Return the plan of a fleet of so many courses."""
    courses = tuple(map(course, range(number)))
    telling = tuple(item for item in courses if item.changes or item.ignored or item.unverified)
    made = plan(
        *telling,
        compared=number,
        requests=tuple(item for n in range(number) for item in _requests(n, _changes(n))),
        diagnostics=_diagnostics(),
    )
    summary = replace(made.summary, reads=61, apply_reads=20, seconds=16)
    return sealed(replace(made, summary=summary, policies=POLICIES, groups=grouped(telling)))


def _outcome(change: Change, n: int) -> FieldOutcome:
    verdict, read, message = Verdict.APPLIED, change.after, ""
    if n % 9 == 4 and change.field.startswith("settings."):
        verdict, read, message = (
            Verdict.FAILED,
            change.before,
            "Canvas said no (403): user not authorised to perform that action.",
        )
    elif n % 9 == 4 or n in {10, 20}:
        verdict, read, message = Verdict.SKIPPED, change.before, "An earlier request of this course failed."
    elif n in {5, 6} and change.field == "settings.hide_final_grades":
        verdict, read, message = Verdict.IGNORED, False, "Canvas answered as if it had worked."
    elif n in {15, 42, 75, 105}:
        verdict, read, message = (
            Verdict.UNKNOWN,
            None,
            f"No answer came in {n if n == 15 else 60} s. It could not be read back.",
        )
    elif change.field == "attributes.syllabus_body":
        verdict, read, message = (
            Verdict.NORMALISED,
            f"{change.after}\n",
            "Canvas keeps it in another form.",
        )
    return FieldOutcome(
        change_id=change.id,
        field=change.field,
        verdict=verdict,
        before=change.before,
        after=change.after,
        read=read,
        message=message,
    )


def _landed(effect: SideEffect) -> FieldOutcome:
    return FieldOutcome(
        change_id=None,
        field=effect.field,
        verdict=Verdict.APPLIED,
        before=effect.before,
        after=effect.after,
        read=effect.after,
        message=effect.reason,
        side_effect=True,
    )


def fleet_report(number: int) -> Report:
    """Return what applying the plan of a fleet came to."""
    outcomes = [
        CourseOutcome(
            id=item.id,
            name=item.name,
            sis_course_id=item.sis_course_id,
            fields=(
                *(_outcome(change, item.id - 4000) for change in item.changes),
                *map(_landed, item.side_effects),
            ),
            error="Stopped after a request was refused." if (item.id - 4000) % 9 == 4 else "",
        )
        for item in map(course, range(number))
        if item.changes
    ]
    left = [
        *(
            LeftOut(
                course=4000 + n,
                field="settings.hide_final_grades",
                change_id=f"{n:010x}",
                reason="Not among --only.",
            )
            for n in range(60)
        ),
        LeftOut(course=4001, field="attributes.name", change_id="1a1b2c3d4e", reason="Not among --only."),
    ]
    return report(
        *outcomes,
        totals=dict(totals(outcomes)),
        left_out=tuple(left),
        requests_sent=272,
    )


FLEETS: dict[str, Document] = {
    "plan-fleet": fleet(300),
    "report-fleet": fleet_report(300),
    "drift-fleet": FLEET,
}
