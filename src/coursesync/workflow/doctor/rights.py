"""Examine which rights a token's user has, and which fields will be ignored or refused without them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from coursesync.canvas.client import Canvas
from coursesync.canvas.decode import as_id
from coursesync.canvas.permissions import account_rights, course_rights, told
from coursesync.catalogue import FIELDS
from coursesync.catalogue.field import Field
from coursesync.catalogue.rights import ALL, CONTENT, CONTENT_OR_UPDATE, Right, Where, Without
from coursesync.model.doctor import Health, Sign

_ACCOUNT = "/api/v1/accounts/self"
_MOST_NAMED = 4
_ASK = "Ask for the right in Canvas, or use the token of somebody who has it."


async def rights_in_account(canvas: Canvas) -> list[Sign]:
    """Return a line for the root account, and one for each right that is missing there or may be."""
    account = await told(canvas, _ACCOUNT)
    names = {name for right in ALL for name in right.account_names}
    held = await account_rights(canvas, "self", names)
    signs = [_root(account)]
    if held is None:
        why = "Canvas does not show them; rights in courses are asked course by course."
        return [*signs, Sign(what="Account rights", health=Health.UNKNOWN, told=why)]
    missing = [right for right in ALL if not any(held.get(name) for name in right.account_names)]
    have = dict.fromkeys(name for right in ALL for name in right.account_names if held.get(name))
    if have:
        signs.append(Sign(what="Account rights", health=Health.WORKS, told=f"{', '.join(have)}."))
    signs += [_missing(right) for right in missing if right.where is not Where.COURSE]
    own = [right for right in missing if right.where is Where.COURSE]
    if own:
        signs.append(_course_by_course(own))
    return signs


def _root(account: object) -> Sign:
    number = as_id(account.get("id")) if isinstance(account, Mapping) else None
    if number is None or not isinstance(account, Mapping):
        why = "The token's user may not see it: policies need lists of courses, which may be missing too."
        return Sign(what="Root account", health=Health.UNKNOWN, told=why)
    return Sign(what="Root account", health=Health.WORKS, told=f"{account.get('name')} (account {number})")


def _course_by_course(rights: Sequence[Right]) -> Sign:
    names = ", ".join(dict.fromkeys(right.names[0] for right in rights))
    return Sign(
        what="Rights in courses",
        health=Health.UNKNOWN,
        told=f"Not held in the account, so they depend on the course: {names}.",
        todo="Look at one with --course ID; a plan looks at each course it changes.",
    )


async def rights_in_course(canvas: Canvas, course: str) -> list[Sign]:
    """Return a line for each right that is missing in a course, or one that all are there."""
    what = f"Rights in {course}"
    rights = [right for right in ALL if right.where is Where.COURSE]
    held = await course_rights(canvas, course, {name for right in rights for name in right.names})
    if held is None:
        why = "Canvas does not show them: the course is not there, or hidden from the token's user."
        return [Sign(what=what, health=Health.UNKNOWN, told=why, todo="Check the id.")]
    missing = [right for right in rights if all(held.get(name) is False for name in right.names)]
    there = [right.names[0] for right in rights if any(held.get(name) for name in right.names)]
    signs = [Sign(what=what, health=Health.WORKS, told=f"{', '.join(there)}.")] if there else []
    return signs + [_missing(right) for right in missing]


def _missing(right: Right) -> Sign:
    fields = [row.address for row in FIELDS.values() if right in _rights_of(row)]
    some = ", ".join(fields[:_MOST_NAMED])
    more = f" and {len(fields) - _MOST_NAMED} more" if len(fields) > _MOST_NAMED else ""
    verb = "refused" if right.without is Without.REFUSED else "ignored"
    return Sign(
        what=right.names[0],
        health=Health.LIMITED,
        told=f"No right to {right.words}: {some}{more} would be {verb}.",
        todo=_ASK,
    )


def _rights_of(row: Field) -> Iterator[Right]:
    """Yield every right some change of a field may need."""
    for needed in (*row.needs(None, None), *row.rights, *(one for t in row.transitions for one in t.rights)):
        yield CONTENT if needed is CONTENT_OR_UPDATE else needed
