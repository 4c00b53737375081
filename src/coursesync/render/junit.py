"""JUnit XML for what shows tests: a case for each course or file, a failure for each thing wrong with it.

Counts are of cases, and one with an error is no failure besides, so that the numbers add up.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from junitparser import Element, Error, Failure, JUnitXml, SystemOut, TestCase, TestSuite

from coursesync.diagnostics import Diagnostic, Severity
from coursesync.render.document import Document, Look
from coursesync.render.items import Item, Subject, Told
from coursesync.render.told import told
from coursesync.render.told.problems import details
from coursesync.render.values import visible

_RUN = "coursesync"
# What XML cannot hold and `visible` leaves: it knows no such characters.
_NO_CHARACTERS = re.compile("[\ufffe\uffff]")


def render(document: Document, look: Look) -> str:  # noqa: ARG001 - the shape of a renderer
    """Return the JUnit document that stands for a plan, a report, a comparison or problems."""
    found = told(document)
    cases = list(_cases(found)) or [TestCase(name=_safe(found.closing), classname=_RUN)]
    errored = sum(case.is_error for case in cases)
    suite = TestSuite(f"{_RUN} {found.family or 'validate'}")
    _put(suite, *cases, _output(_besides(found)))
    root = JUnitXml(_RUN)
    _put(root, suite)
    for each in (suite, root):
        each.tests = len(cases)
        each.failures = sum(case.is_failure and not case.is_error for case in cases)
        each.errors = errored
    _timed(suite, found)
    written = io.BytesIO()
    root.write(written, pretty=True)
    return written.getvalue().decode()


def _cases(found: Told) -> Iterator[TestCase]:
    stops = [item for item in found.remarks if item.severity is Severity.ERROR]
    known = {subject.known_as for subject in found.subjects} - {""}
    for subject in found.subjects:
        own = [item for item in stops if subject.known_as and item.course == subject.known_as]
        yield _case(subject, own)
    others: dict[tuple[str, str], list[Diagnostic]] = {}
    for item in stops:
        if item.course not in known:
            file = item.position.file if item.position else _RUN
            others.setdefault((file, item.course or item.code), []).append(item)
    for (group, name), same in others.items():
        yield _case(Subject(name=visible(name), group=visible(group), items=()), same)
    if found.failures:
        case = TestCase(name="run", classname=_RUN)
        _put(case, *(_error(said, "run") for said in found.failures))
        yield case


def _case(subject: Subject, stops: Sequence[Diagnostic]) -> TestCase:
    """Return the case of a course or a file; stops: errors of the run that are about it."""
    results: list[Error | Failure | SystemOut] = [_of_diagnostic(item) for item in stops]
    results += [_error(subject.error, "course")] if subject.error else []
    results += [_failure(item) for item in subject.items if item.bad]
    if quiet := [line for item in subject.items if not item.bad for line in _unfailing(item)]:
        results.append(_output(quiet))
    case = TestCase(name=_safe(subject.name), classname=_safe(subject.group))
    _put(case, *results)
    return case


def _put(parent: Element, *children: Element) -> None:
    """Put elements into another; what the library counts on its own is another thing than we count."""
    for child in children:
        parent.append(child)  # type: ignore[no-untyped-call]


def _output(lines: Iterable[str]) -> SystemOut:
    return SystemOut("\n".join(map(_safe, lines)))


def _failure(item: Item) -> Failure:
    failure = Failure(_safe(item.title), _safe(item.class_ or item.kind))
    failure.text = "\n".join(map(_safe, (item.title, *_declared(item), *item.lines)))
    return failure


def _declared(item: Item) -> Iterator[str]:
    """Say where it stands, the strongest place first."""
    for number, origin in enumerate(reversed(item.origin)):
        layer = f" ({visible(origin.layer)})" if origin.layer else ""
        yield f"{'over' if number else 'at'} {visible(str(origin.position))}{layer}"


def _error(said: str, type_: str) -> Error:
    error = Error(_safe(said), type_)
    error.text = _safe(said)
    return error


def _of_diagnostic(item: Diagnostic) -> Error:
    where = [f"at {visible(str(item.position))}"] if item.position else []
    error = Error(_safe(item.summary), _safe(item.code))
    error.text = "\n".join(map(_safe, (item.summary, *where, *details(item))))
    return error


def _unfailing(item: Item) -> list[str]:
    return [f"{item.kind}: {item.title}", *(f"    {line}" for line in item.lines)]


def _besides(found: Told) -> Iterator[str]:
    """Yield what is said of the whole run and is no reason to fail."""
    for item in found.remarks:
        if item.severity is not Severity.ERROR:
            where = f"{visible(str(item.position))}: " if item.position else ""
            yield f"{where}{item.severity.value}[{item.code}]: {visible(item.summary)}"
            yield from (f"    {line}" for line in details(item))
    yield from found.notes
    yield found.closing


def _timed(suite: TestSuite, found: Told) -> None:
    """Fill in when it was and how long it took, as far as the document knows."""
    started, finished = _moment(found.started), _moment(found.finished)
    if started:
        # The schema of this format has no place for a zone; all moments are UTC.
        suite.timestamp = started.strftime("%Y-%m-%dT%H:%M:%S")
    if started and finished and started <= finished:
        suite.time = (finished - started).total_seconds()


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text) else None


def _safe(text: str) -> str:
    shown = "\n".join(map(visible, text.split("\n")))
    return _NO_CHARACTERS.sub(lambda found: f"\\u{ord(found[0]):04x}", shown)
