"""Hold what would be sent against the limits and protections of a project; what is blocked comes out.

Neither needs a manifest: a rule of the project holds whatever declares a change, or no longer declares it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from coursesync.catalogue import FIELDS
from coursesync.catalogue.addresses import matches
from coursesync.catalogue.field import Risk
from coursesync.catalogue.types import Value, harmless, shown
from coursesync.diagnostics import Position
from coursesync.model import Address, Barrier, Block, CoursePlan
from coursesync.model.barriers import Limit, Limits, Protection

# Below so many courses one of them is a large share, and says nothing.
_ENOUGH_COURSES = 10
_USUAL_RISKY_PERCENT = Limit(allowed=30)
_MOST_NAMED = 3

# Tells whether a course goes by a name that a glob fits.
Takes = Callable[[str, CoursePlan], bool]


def carried(
    courses: Iterable[CoursePlan], chosen: Collection[str] | None = None, *, unverified: bool
) -> tuple[CoursePlan, ...]:
    """Return the courses with only what would be sent and happen; those of which nothing is left are out.

    chosen: ids of changes and write-only fields, None for all. unverified: whether write-only fields are
    sent.
    """
    kept = (_carried(course, chosen, unverified=unverified) for course in courses)
    return tuple(course for course in kept if course.changes or course.unverified)


def _carried(course: CoursePlan, chosen: Collection[str] | None, *, unverified: bool) -> CoursePlan:
    changes = tuple(item for item in course.changes if chosen is None or item.id in chosen)
    written = tuple(
        item for item in course.unverified if unverified and (chosen is None or item.id in chosen)
    )
    effects = tuple(item for item in course.side_effects if (written if item.unverified else changes))
    return replace(course, changes=changes, unverified=written, side_effects=effects)


def over_limits(courses: Sequence[CoursePlan], limits: Limits, *, managed: int) -> tuple[Block, ...]:
    """Return the limits that what is carried out goes beyond.

    managed: how many courses the plan looked at.
    """
    per_field = Counter(address for course in courses for address in course.carried.values())
    return tuple(
        filter(
            None,
            (
                _block("courses", len(courses), limits.courses, "The plan changes {} course{s}"),
                _block("changes", per_field.total(), limits.changes, "The plan makes {} change{s}"),
                _fields(per_field, limits.per_field),
                _risky(courses, limits.risky_percent, managed),
            ),
        )
    )


def _fields(per_field: Mapping[Address, int], limit: Limit | None) -> Block | None:
    if not per_field or limit is None:
        return None
    field, most = max(per_field.items(), key=lambda item: item[1])
    found = _block("per_field", most, limit, f"The plan changes {field} in {{}} course{{s}}")
    others = sum(count > limit.allowed for count in per_field.values()) - 1
    if found is None or not others:
        return found
    more = "one more field is" if others == 1 else f"{others} more fields are"
    return replace(found, reason=f"{found.reason} So {more} beyond it.")


def _risky(courses: Sequence[CoursePlan], limit: Limit | None, managed: int) -> Block | None:
    if limit is None:
        limit = _USUAL_RISKY_PERCENT if managed >= _ENOUGH_COURSES else None
    risky = sum(_is_risky(course) for course in courses)
    # Rounded up, so that the number that is shown is also the one that allows it.
    percent = min(100, -(-100 * risky // max(1, managed)))
    said = (
        f"{risky:,} of {managed:,} managed courses ({{}}%) have a lossy or destructive change or side effect"
    )
    return _block("risky_percent", percent, limit, said, unit="%")


def _is_risky(course: CoursePlan) -> bool:
    risks = {change.risk for change in course.changes} | {effect.risk for effect in course.side_effects}
    return bool(risks - {Risk.SAFE})


def _block(what: str, found: int, limit: Limit | None, said: str, *, unit: str = "") -> Block | None:
    if limit is None or found <= limit.allowed:
        return None
    counted = said.format(f"{found:,}", s="" if found == 1 else "s")
    are = "is" if limit.allowed == 1 else "are"
    block = Block(
        barrier=Barrier.LIMIT,
        what=what,
        reason=f"{counted}, and at most {limit.allowed:,}{unit} {are} allowed.",
        hint=f"Apply with --max-{what.replace('_', '-')} {found} to allow it.",
        found=found,
        allowed=limit.allowed,
    )
    return _at(block, limit.position) if limit.position else block


def _at(block: Block, at: Position) -> Block:
    return replace(block, file=at.file, line=at.line, column=at.column)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Move:
    """A field of a course that would get another value.

    values: what it may be found as then, None where nobody knows. how: in words, where it is no plain change.
    ids: of what brings it about.
    """

    course: CoursePlan
    field: Address
    values: tuple[Value, ...] | None
    ids: tuple[str, ...]
    how: str = ""


def protected(
    courses: Sequence[CoursePlan], protections: Sequence[Protection], *, takes: Takes
) -> tuple[Block, ...]:
    """Return the protections that what is carried out would break, each field of a rule by itself."""
    if not protections:
        return ()
    moves = [move for course in courses for move in _moves(course)]
    found = []
    for rule in protections:
        broken: dict[Address, list[_Move]] = {}
        for move in moves:
            if _breaks(move, rule) and takes(rule.courses, move.course):
                broken.setdefault(move.field, []).append(move)
        found += [_broken(rule, broken[address]) for address in FIELDS if address in broken]
    return tuple(found)


def _moves(course: CoursePlan) -> Iterator[_Move]:
    for change in course.changes:
        # What is equal is sent to hold it where it is.
        if not FIELDS[change.field].same(change.before, change.after):
            values = (change.after,) if change.expected is None else (change.after, change.expected)
            known = values if change.after_known else None
            yield _Move(course=course, field=change.field, values=known, ids=(change.id,))
    changes = tuple(change.id for change in course.changes)
    written = tuple(item.id for item in course.unverified)
    for effect in course.side_effects:
        yield _Move(
            course=course,
            field=effect.field,
            values=(effect.after,) if effect.after_known else None,
            ids=written if effect.unverified else changes,
            how=_UNVERIFIED_EFFECT if effect.unverified else _EFFECT,
        )
    for item in course.unverified:
        yield _Move(course=course, field=item.field, values=(item.value,), ids=(item.id,), how=_UNVERIFIED)


_EFFECT, _UNVERIFIED = "as a side effect", "with --send-unverified"
_UNVERIFIED_EFFECT = f"{_EFFECT} of --send-unverified"


def _breaks(move: _Move, rule: Protection) -> bool:
    context = move.course.context
    if not matches(rule.pattern, move.field) or (rule.term_runs and context and context.term_runs is False):
        return False
    if rule.values is None or move.values is None:
        return True
    refused, row = rule.values[move.field], FIELDS[move.field]
    return any(row.same(refused, value) for value in move.values)


def _broken(rule: Protection, moves: Sequence[_Move]) -> Block:
    field = moves[0].field
    at = rule.position
    block = Block(
        barrier=Barrier.PROTECTION,
        what=field,
        reason=" ".join(_sentences(rule, moves)),
        hint=f"No flag lifts a protection: change the rule at {at.file}:{at.line}, or leave the change out.",
        changes=tuple(number for move in moves for number in move.ids),
    )
    return _at(block, at)


def _sentences(rule: Protection, moves: Sequence[_Move]) -> Iterator[str]:
    because = f": {harmless(rule.reason)}" if rule.reason else ""
    yield f"{moves[0].field} may not {_what(rule, moves[0].field)}{because}."
    ways: dict[str, list[str]] = {}
    for move in moves:
        ways.setdefault(move.how, []).append(_name(move.course))
    said = [" ".join(filter(None, (how, f"in {_some(names)}"))) for how, names in ways.items()]
    yield f"This plan would change it {', and '.join(said)}."
    if any(move.values is None for move in moves) and rule.values is not None:
        yield "To which value is not known, so the rule holds."
    if rule.term_runs:
        unknown = [
            move.course for move in moves if not move.course.context or not move.course.context.term_runs
        ]
        if unknown:
            names = _some([_name(course) for course in unknown])
            yield f"Whether the term of {names} runs is not known, so the rule holds."


def _what(rule: Protection, field: Address) -> str:
    only = " while the term runs" if rule.term_runs else ""
    if rule.values is None:
        return f"change{only}"
    value = rule.values[field]
    if value is None:
        return f"be cleared{only}"
    return f"become {shown(value if isinstance(value, str) else json.dumps(value))}{only}"


def _name(course: CoursePlan) -> str:
    name = course.sis_course_id or course.declared_id
    return f"course {course.id}" if name in {"", str(course.id)} else shown(name)


def _some(names: Sequence[str]) -> str:
    """Return some of the names, each once, and how many more there are."""
    unique = list(dict.fromkeys(names))
    if len(unique) <= _MOST_NAMED + 1:
        *most, last = unique
        return f"{', '.join(most)} and {last}" if most else last
    return f"{', '.join(unique[:_MOST_NAMED])} and {len(unique) - _MOST_NAMED:,} more"
