"""Sum up an apply: totals counted from verdicts, and the exit code that follows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from coursesync.errors import ExitCode, strongest
from coursesync.model import CourseOutcome, Report, Verdict


def totals(courses: Sequence[CourseOutcome]) -> Mapping[str, int]:
    """Count the verdicts of declared changes, and those of side effects and unasked moves apart."""
    changes = Counter(
        outcome.verdict.value for course in courses for outcome in course.fields if not outcome.side_effect
    )
    effects = sum(outcome.side_effect for course in courses for outcome in course.fields)
    counted = {verdict.value: changes[verdict.value] for verdict in Verdict}
    return {"courses": len(courses), **counted, "side_effects": effects}


def exit_code(report: Report) -> ExitCode:
    """Return the code an apply ends with, apart from errors that ended the run."""
    codes = [ExitCode.DONE]
    verdicts = {outcome.verdict for course in report.courses for outcome in course.fields}
    if report.interrupted:
        codes.append(ExitCode.INTERRUPTED)
    if report.unavailable:
        codes.append(ExitCode.UNAVAILABLE)
    if Verdict.STALE in verdicts:
        codes.append(ExitCode.STALE)
    if any(course.error for course in report.courses) or verdicts & _PARTIAL or report.errors:
        codes.append(ExitCode.PARTIAL)
    return strongest(*codes)


_PARTIAL = {Verdict.IGNORED, Verdict.ALTERED, Verdict.UNEXPECTED, Verdict.FAILED, Verdict.UNKNOWN}
