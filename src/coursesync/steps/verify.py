"""Decide what became of each field, from what was sent and what was read back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from coursesync.catalogue import FIELDS
from coursesync.catalogue.field import Field
from coursesync.catalogue.types import Value
from coursesync.model import Address, Change, CoursePlan, FieldOutcome, SideEffect, State, Verdict
from coursesync.model.upload import upload_in


class Sending(Enum):
    """How far the request that carried a field got."""

    ANSWERED = "answered"
    REFUSED = "refused"
    UNANSWERED = "unanswered"
    NOT_SENT = "not sent"
    STALE = "stale"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What happened to one change on its way: how far it got, and why no further."""

    sending: Sending
    message: str = ""


_MISSING = object()
_UNTOUCHED = {Sending.NOT_SENT: Verdict.SKIPPED, Sending.STALE: Verdict.STALE}


def verify(
    course: CoursePlan, fates: Mapping[str, Fate], *, before: State, after: State
) -> tuple[FieldOutcome, ...]:
    """Return the outcome of every change, side effect and unasked move of a course.

    fates: by change id. before: live state read just before the first write. after: what was read back;
    a field that could not be read is absent.
    """
    outcomes = [
        _of_change(change, fates[change.id], before, after) for change in course.changes if change.id in fates
    ]
    outcomes += [
        FieldOutcome(
            change_id=item.id,
            field=item.field,
            verdict=_unverified(fates[item.id]),
            before=None,
            after=item.value,
            read=None,
            message=fates[item.id].message or "Sent; Canvas never shows this field.",
        )
        for item in course.unverified
        if item.id in fates
    ]
    sent = any(fate.sending not in _UNTOUCHED for fate in fates.values())
    if sent:
        # What a refused request would have moved along stays where it is.
        done = any(fate.sending in {Sending.ANSWERED, Sending.UNANSWERED} for fate in fates.values())
        outcomes += _of_side_effects(course, before, after, done=done)
        outcomes += _unasked(course, before, after)
    return tuple(outcomes)


def _unverified(fate: Fate) -> Verdict:
    if fate.sending is Sending.ANSWERED:
        return Verdict.UNVERIFIED
    return _UNTOUCHED.get(
        fate.sending, Verdict.FAILED if fate.sending is Sending.REFUSED else Verdict.UNKNOWN
    )


def _of_change(change: Change, fate: Fate, before: State, after: State) -> FieldOutcome:
    row = FIELDS[change.field]
    started: Value = before.get(change.field, change.before)
    read = after.get(change.field, _MISSING) if fate.sending not in _UNTOUCHED else _MISSING
    if fate.sending in _UNTOUCHED:
        verdict, message = _UNTOUCHED[fate.sending], fate.message
    elif read is _MISSING:
        verdict, message = _unread(fate)
    else:
        verdict, message = _judged(row, change, fate, started, after[change.field])
    return FieldOutcome(
        change_id=change.id,
        field=change.field,
        verdict=verdict,
        before=started,
        after=change.expected if upload_in(change.after) and change.expected else change.after,
        read=after.get(change.field) if fate.sending not in _UNTOUCHED else started,
        message=message,
    )


def _unread(fate: Fate) -> tuple[Verdict, str]:
    if fate.sending is Sending.REFUSED:
        return Verdict.FAILED, fate.message
    return Verdict.UNKNOWN, f"{fate.message} It could not be read back.".strip()


def _judged(row: Field, change: Change, fate: Fate, started: Value, read: Value) -> tuple[Verdict, str]:
    wanted = change.after if change.expected is None else change.expected
    if row.same(read, wanted):
        if change.after is None and wanted is not None:
            return Verdict.APPLIED, "Empty now, so it shows the account's value."
        exact = read == change.after or row.type.is_map or upload_in(change.after) is not None
        return (Verdict.APPLIED, "") if exact else (Verdict.NORMALISED, "Canvas keeps it in another form.")
    if fate.sending is Sending.REFUSED:
        return Verdict.FAILED, fate.message
    if row.same(read, started):
        if fate.sending is Sending.UNANSWERED:
            return Verdict.FAILED, f"{fate.message} The value is unchanged."
        return (
            Verdict.IGNORED,
            f"Canvas answered as if it had worked and changed nothing. {row.ignored}".strip(),
        )
    return Verdict.ALTERED, f"Canvas made something else of it. {row.ignored}".strip()


def _of_side_effects(
    course: CoursePlan, before: State, after: State, *, done: bool
) -> Iterator[FieldOutcome]:
    for effect in course.side_effects:
        if effect.field in before and effect.field not in after and done:
            yield _unseen(effect, before[effect.field])
        elif effect.field in after and effect.field in before:
            happened = not FIELDS[effect.field].same(before[effect.field], after[effect.field])
            # One that was only possible and did not happen is no news.
            if happened or effect.after_known:
                yield _of_side_effect(effect, before[effect.field], after[effect.field])


def _unseen(effect: SideEffect, started: Value) -> FieldOutcome:
    return FieldOutcome(
        change_id=None,
        field=effect.field,
        verdict=Verdict.UNKNOWN,
        before=started,
        after=effect.after if effect.after_known else None,
        read=None,
        message=f"It could not be read back. {effect.reason}",
        side_effect=True,
    )


def _of_side_effect(effect: SideEffect, started: Value, read: Value) -> FieldOutcome:
    row = FIELDS[effect.field]
    if row.same(read, started):
        verdict, message = Verdict.SKIPPED, "The side effect did not happen."
    elif not effect.after_known or row.same(read, effect.after):
        verdict, message = Verdict.APPLIED, effect.reason
    else:
        verdict, message = Verdict.UNEXPECTED, f"Another value than the plan said. {effect.reason}"
    return FieldOutcome(
        change_id=None,
        field=effect.field,
        verdict=verdict,
        before=started,
        after=effect.after if effect.after_known else read,
        read=read,
        message=message,
        side_effect=True,
    )


def _unasked(course: CoursePlan, before: State, after: State) -> Iterator[FieldOutcome]:
    spoken_for: set[Address] = {change.field for change in course.changes}
    spoken_for |= {effect.field for effect in course.side_effects}
    for address, row in FIELDS.items():
        if address in spoken_for or address not in before or address not in after:
            continue
        if not row.same(before[address], after[address]):
            yield FieldOutcome(
                change_id=None,
                field=address,
                verdict=Verdict.UNEXPECTED,
                before=before[address],
                after=before[address],
                read=after[address],
                message="It moved although nobody asked: Canvas did it, or somebody else at the same time.",
            )
