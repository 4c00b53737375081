"""The wire formats: plan, report and snapshot as JSON text and back, their digest, and their JSON Schemas.

What is read here was written by others too: every way a document can be wrong is said in a sentence.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace

from coursesync.catalogue.types import shown
from coursesync.diagnostics import Diagnostic, errors
from coursesync.documents.schema import schema
from coursesync.documents.text import Json, digest_in, digest_of, parsed, pretty, twice
from coursesync.documents.wire import DRIFT, PLAN, REPORT, SNAPSHOT, diagnostics_json, read, to_json, to_text
from coursesync.errors import PlanFileError
from coursesync.model import FORMAT_VERSION, Drift, Plan, Report, Snapshot


def plan_json(plan: Plan) -> Json:
    """Return a plan as a JSON document, keys in the order of the dataclasses."""
    return to_json(PLAN, plan)


def dump_plan(plan: Plan) -> str:
    """Return a plan as the text of a plan file."""
    return to_text(PLAN, plan)


def digest(plan: Plan) -> str:
    """Return the sha256, in hex, of the RFC 8785 form of a plan without its digest."""
    return digest_of(plan_json(plan))


def sealed(plan: Plan) -> Plan:
    """Return a plan with its digest filled in."""
    return replace(plan, digest=digest(plan))


def load_plan(text: str, *, name: str) -> Plan:
    """Return the plan in the text of a plan file; raise PlanFileError if it cannot be trusted.

    name: what to call the file in messages.
    """
    document = parsed(text, name=name, word=PLAN.word)
    plan = read(PLAN, document, text, name)
    if document.get("digest") != digest_in(document, name=name):
        raise PlanFileError(
            f"{name} was edited or damaged: its content does not match its digest.",
            hint="Make the plan again with: coursesync plan --out FILE",
        )
    _refuse_duplicates(plan, name)
    return plan


def looks_like_plan(text: str) -> bool:
    """Tell whether a text is meant to be a document of ours: a JSON object with a format_version."""
    start = text.removeprefix("\ufeff").lstrip()
    if not start.startswith("{") or '"format_version"' not in start:
        return False
    try:
        document = json.loads(start)
    except (ValueError, RecursionError):
        # Cut off or damaged: `load_plan` says so better than a YAML parser would.
        return True
    return "format_version" in document


def dump_report(report: Report) -> str:
    """Return a report as JSON text."""
    return to_text(REPORT, report)


def load_report(text: str, *, name: str) -> Report:
    """Return the report in a text; raise PlanFileError if it is none, or of a format we do not read."""
    return read(REPORT, parsed(text, name=name, word=REPORT.word), text, name)


def dump_drift(drift: Drift) -> str:
    """Return a comparison as JSON text."""
    return to_text(DRIFT, drift)


def load_drift(text: str, *, name: str) -> Drift:
    """Return the comparison in a text; raise PlanFileError if it is none, or of a format we do not read."""
    return read(DRIFT, parsed(text, name=name, word=DRIFT.word), text, name)


def drift_schema() -> Json:
    """Return the JSON Schema of a comparison of this format version."""
    return schema(DRIFT)


def dump_snapshot(snapshot: Snapshot) -> str:
    """Return saved live state as JSON text."""
    return to_text(SNAPSHOT, snapshot)


def load_snapshot(text: str, *, name: str) -> Snapshot:
    """Return the live state in a text; raise PlanFileError if it is none, or of a format we do not read."""
    return read(SNAPSHOT, parsed(text, name=name, word=SNAPSHOT.word), text, name)


def validation_json(diagnostics: tuple[Diagnostic, ...], *, strict: bool = False) -> Json:
    """Return what `validate` found as a JSON document; under `strict` a warning makes it invalid."""
    return {
        "format_version": FORMAT_VERSION,
        "valid": not errors(diagnostics, strict=strict),
        "diagnostics": diagnostics_json(diagnostics),
    }


def dump_validation(diagnostics: tuple[Diagnostic, ...], *, strict: bool = False) -> str:
    """Return what `validate` found as JSON text."""
    return pretty(validation_json(diagnostics, strict=strict))


def plan_schema() -> Json:
    """Return the JSON Schema of a plan of this format version."""
    return schema(PLAN)


def report_schema() -> Json:
    """Return the JSON Schema of a report of this format version."""
    return schema(REPORT)


def _refuse_duplicates(plan: Plan, name: str) -> None:
    unverified = [item for course in plan.courses for item in course.unverified]
    extra = [item for course in plan.courses for item in course.unverified_requests]
    ids: Mapping[str, Iterable[str | int]] = {
        "course": [course.id for course in plan.courses],
        "change": [item.id for course in plan.courses for item in course.changes]
        + [item.id for item in unverified],
        "request": [item.id for item in (*plan.requests, *extra)],
    }
    for word, each in ids.items():
        if repeated := twice(each):
            raise PlanFileError(
                f"{name} cannot be trusted: it has the {word} {shown(str(repeated[0]))} twice.",
                hint="Make the plan again with: coursesync plan --out FILE",
            )
