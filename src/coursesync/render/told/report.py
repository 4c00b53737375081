"""A report, item by item: what became of every field."""

from __future__ import annotations

from coursesync.model import CourseOutcome, FieldOutcome, Report, Verdict
from coursesync.render.items import Item, Subject, Told
from coursesync.render.kinds import KINDS
from coursesync.render.labels import label
from coursesync.render.lineage import past_lines
from coursesync.render.sentences import moved, report_closing
from coursesync.render.told.pieces import group_of, moving, numbered
from coursesync.render.values import Delta, is_prose, shown, visible

_NOT_READ = {Verdict.UNKNOWN, Verdict.SKIPPED, Verdict.UNEXPECTED, Verdict.UNVERIFIED}


def of_report(report: Report) -> Told:
    """Return what a report has to say."""
    failures = [visible(error) for error in report.errors]
    if report.interrupted or report.unavailable:
        failures.append(report_closing(report))
    return Told(
        family="apply",
        subjects=tuple(_applied(course, report.canvas.url) for course in report.courses),
        closing=report_closing(report),
        failures=tuple(failures),
        notes=(
            *past_lines(report),
            *(
                f"left out: course {item.course} {visible(item.field)} {visible(item.reason)}".rstrip()
                for item in report.left_out
            ),
        ),
        started=report.started_at,
        finished=report.finished_at,
    )


def _applied(course: CourseOutcome, host: str) -> Subject:
    return Subject(
        name=f"{label('', course.sis_course_id, course.id)} {visible(course.name)}".strip(),
        group=group_of(course.account_id),
        items=tuple(_outcome(item, host, course.id) for item in course.fields),
        id=course.id,
        error=visible(course.error),
    )


def _outcome(item: FieldOutcome, host: str, course: int) -> Item:
    kind, bad = item.verdict.value, not item.verdict.good
    title, lines = moving(item.field, moved(item))
    if item.verdict is Verdict.UNVERIFIED:
        title, lines = f"{visible(item.field)} {shown(item.after)}", []
    read = Delta(before=item.read, after=None)
    if item.verdict not in _NOT_READ and shown(item.read) != shown(item.after) and not is_prose(read):
        title = f"{title}, read back: {shown(item.read)}"
    return Item(
        kind=kind,
        severity=KINDS["apply"][kind].severity if bad else None,
        bad=bad,
        title=f"{title} (side effect)" if item.side_effect else title,
        lines=(*lines, *([visible(item.message)] if item.message else [])),
        number=item.change_id or numbered(host, course, item.field, kind),
        field=item.field,
    )
