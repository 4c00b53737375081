"""Whatever Canvas, or what stands in front of it, answers: a whole run ends in a document or a sentence."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import strategies as st

from coursesync.canvas.audit import read_audit
from coursesync.canvas.batch import failures
from coursesync.canvas.bulk import Reader
from coursesync.canvas.circumstances import (
    count_followers,
    courses_that_follow,
    follows_blueprint,
    has_enrolments,
    has_observers,
    lacks_front_page,
)
from coursesync.canvas.client import Canvas
from coursesync.canvas.permissions import (
    account_flag,
    account_rights,
    course_flag,
    course_rights,
    read_user,
)
from coursesync.canvas.read import may_change_states, preview_html, read_account, read_head, read_settings
from coursesync.canvas.terms import read_term
from coursesync.catalogue.field import Risk
from coursesync.documents import dump_drift, dump_plan, dump_report, load_drift, load_plan, load_report
from coursesync.errors import CanvasUnavailable, CourseSyncError
from coursesync.model import Drift, Plan, Report
from coursesync.render import RENDERERS, Look
from coursesync.workflow import Choice
from coursesync.workflow.adopt import Layout, Place, Style, Wanted, adopt
from tests.effort import Tally
from tests.trust.college import FEW, laboratory
from tests.trust.edits import LEAVES
from tests.trust.fuzzing import fuzz
from tests.trust.lying import Lies, Lying, lies

pytestmark = pytest.mark.trust

READERS = {Plan: (dump_plan, load_plan), Drift: (dump_drift, load_drift), Report: (dump_report, load_report)}


def _told(error: CourseSyncError) -> None:
    assert error.message.replace("\n", "").isprintable(), error.message
    assert len(error.message + error.hint) < 3_000


def _shown(document: Any) -> None:
    """Show a document in every format, and read it back from what was written of it."""
    for render in RENDERERS.values():
        render(document, Look(verbose=True, colour=True))
    dump, load = READERS[type(document)]
    assert load(dump(document), name="file") is not None


@pytest.mark.parametrize("manifest", [None, FEW], ids=["lists", "single"])
def test_a_plan_of_spoilt_answers_is_a_plan_or_a_sentence(manifest: str | None, tally: Tally) -> None:
    def one(told: Lies) -> None:
        with laboratory(manifest, wrap=lambda inner: Lying(inner, told)) as lab:
            try:
                _shown(lab.plan())
            except CourseSyncError as error:
                _told(error)

    fuzz(lies(10), one, tally=tally, usual=250, soak=6_000)


def test_a_comparison_with_spoilt_answers_is_one_or_a_sentence(tally: Tally) -> None:
    def one(told: Lies) -> None:
        with laboratory(FEW, wrap=lambda inner: Lying(inner, told)) as lab:
            lab.sandbox.edit(4101, name="Edited by hand")
            try:
                _shown(lab.drift(blame=True, coverage=True))
            except CourseSyncError as error:
                _told(error)

    fuzz(lies(14), one, tally=tally, usual=150, soak=4_000)


def test_an_apply_with_spoilt_answers_leaves_a_report_or_a_sentence(tally: Tally) -> None:
    def one(told: Lies) -> None:
        with laboratory(FEW) as lab:
            plan = lab.plan()
            lab.wrap = lambda inner: Lying(inner, told)
            try:
                _shown(lab.apply(plan, choice=Choice(allow=Risk.DESTRUCTIVE, send_unverified=True)))
            except CourseSyncError as error:
                _told(error)

    fuzz(lies(14), one, tally=tally, usual=200, soak=5_000)


def test_an_import_of_spoilt_answers_gives_files_or_a_sentence(tally: Tally) -> None:
    def one(told: Lies) -> None:
        with laboratory("", wrap=lambda inner: Lying(inner, told)) as lab:
            _, known, _ = lab.resolved()
            place = Place(root=lab.root, into=lab.root, profiles=frozenset())

            async def work() -> None:
                async with lab.canvas(read_only=True) as canvas:
                    wanted = Wanted(account="1")
                    style = Style(layout=Layout.PER_COURSE, full=True, profiles=True)
                    await adopt(wanted, style, Reader(canvas), known, place)

            try:
                asyncio.run(work())
            except CourseSyncError as error:
                _told(error)

    fuzz(lies(6), one, tally=tally, usual=150, soak=4_000)


SINGLE = {
    "course": lambda canvas: read_head(canvas, "4101", frozenset({"syllabus_body", "term"})),
    "settings": lambda canvas: read_settings(canvas, 4101),
    "account": lambda canvas: read_account(canvas, 1),
    "permissions": lambda canvas: may_change_states(canvas, 1),
    "term": lambda canvas: read_term(canvas, "sis_term_id:2026FA"),
    "preview": lambda canvas: preview_html(canvas, 4101, "<p>x</p>"),
    "audit": lambda canvas: read_audit(canvas, 4101),
}


# Questions of which "Canvas does not tell" is an answer.
RIGHTS = ("manage_sis", "manage_courses_admin", "update")
FEATURE = "final_grades_override"
ASKING = {
    "user": read_user,
    "rights in an account": lambda canvas: account_rights(canvas, "self", RIGHTS),
    "rights in a course": lambda canvas: course_rights(canvas, 4101, RIGHTS),
    "flag of an account": lambda canvas: account_flag(canvas, 1, FEATURE),
    "flag of a course": lambda canvas: course_flag(canvas, 4101, FEATURE),
    "front page": lambda canvas: lacks_front_page(canvas, 4101),
    "enrolments": lambda canvas: has_enrolments(canvas, 4101),
    "observers": lambda canvas: has_observers(canvas, 4101),
    "followers": lambda canvas: count_followers(canvas, 4109),
    "blueprint": lambda canvas: follows_blueprint(canvas, 4101),
    "all that follow one": lambda canvas: courses_that_follow(canvas, "1"),
}


def _asked(ask: Callable[[Canvas], Awaitable[object]], told: Lies) -> None:
    """Ask a college whose first answer is spoilt."""
    with laboratory("", wrap=lambda inner: Lying(inner, [(0, how) for _, how in told])) as lab:
        lab.sandbox.edit(4101, name="Edited by hand")

        async def work() -> None:
            async with lab.canvas() as canvas:
                await ask(canvas)

        asyncio.run(work())


@pytest.mark.parametrize("what", SINGLE)
def test_one_spoilt_answer_is_a_value_or_a_sentence(what: str, tally: Tally) -> None:
    def one(told: Lies) -> None:
        try:
            _asked(SINGLE[what], told)
        except CourseSyncError as error:
            _told(error)

    fuzz(lies(0), one, tally=tally, usual=120, soak=2_500)


@pytest.mark.parametrize("what", ASKING)
def test_a_question_with_a_spoilt_answer_ends_only_with_a_canvas_that_is_lost(
    what: str, tally: Tally
) -> None:
    def one(told: Lies) -> None:
        try:
            _asked(ASKING[what], told)
        except CanvasUnavailable as error:
            _told(error)

    fuzz(lies(0), one, tally=tally, usual=60, soak=2_500)


def test_any_message_of_a_batch_is_read(tally: Tally) -> None:
    words = st.one_of(st.text(), st.sampled_from([leaf for leaf in LEAVES if isinstance(leaf, str)]))
    messages = st.lists(st.tuples(words, words), max_size=4).map(
        lambda lines: "\n".join(f"{why}: {ids}" for why, ids in lines)
    )
    fuzz(messages, failures, tally=tally, usual=300, soak=5_000)
