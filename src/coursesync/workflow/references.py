"""SIS ids of terms and accounts in manifests: each is read once, and replaced by the Canvas id behind it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from coursesync.catalogue import FIELDS
from coursesync.diagnostics import Diagnostic, Position, problem
from coursesync.errors import CanvasError, CanvasUnavailable, UsageProblem
from coursesync.manifest.resolve import Resolved
from coursesync.model import DesiredCourse
from coursesync.steps.diff import managed
from coursesync.workflow.policies import References
from coursesync.workflow.sources import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class _Use:
    """A place that names a reference: what it is called there, and the course entry it belongs to, if any."""

    text: str
    what: str
    at: Position
    course: str | None


async def resolve_references(fleet: Resolved, source: Source) -> tuple[References, tuple[Diagnostic, ...]]:
    """Resolve each distinct reference once; one that fails is a problem wherever it is declared."""
    uses = dict.fromkeys(_uses(fleet))
    found: dict[str, int] = {}
    failed: dict[str, CanvasError | UsageProblem] = {}
    for text in dict.fromkeys(use.text for use in uses):
        try:
            found[text] = await source.reference(text)
        except CanvasUnavailable:
            raise
        except (CanvasError, UsageProblem) as error:
            failed[text] = error
    problems = [
        problem(
            "reference-not-found",
            f"{use.what}: {use.text} leads nowhere. {failed[use.text].message}",
            at=use.at,
            hint=failed[use.text].hint or "Check the SIS id, and whether the token may see it.",
            course=use.course,
        )
        for use in uses
        if use.text in failed
    ]
    return found, tuple(problems)


def _uses(fleet: Resolved) -> Iterator[_Use]:
    for entry in fleet.courses:
        yield from _values(entry, course=entry.id)
    for policy in fleet.policies:
        if policy.selector.term and not policy.selector.term.isdigit():
            yield _Use(
                text=policy.selector.term, what=f"policy {policy.name}", at=policy.position, course=None
            )
        yield from _values(fleet.layered([policy.name], None, id="")[0], course=None)


def _values(desired: DesiredCourse, *, course: str | None) -> Iterator[_Use]:
    for address, value in managed(desired).items():
        if FIELDS[address].type.is_reference and isinstance(value, str):
            yield _Use(text=value, what=address, at=desired.origins[address][-1].position, course=course)


def prepared(desired: DesiredCourse, references: References) -> DesiredCourse | None:
    """Return a course with its references replaced, itself where it has none; None where one is unknown."""
    given = {
        address: value
        for address, value in desired.state.items()
        if isinstance(value, str) and FIELDS[address].type.is_reference
    }
    if not given:
        return desired
    if any(value not in references for value in given.values()):
        return None
    resolved = {address: references[value] for address, value in given.items()}
    return replace(desired, state={**desired.state, **resolved})
