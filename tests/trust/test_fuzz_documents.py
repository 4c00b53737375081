"""A plan, receipt, comparison or snapshot that others wrote is shown, or refused in a sentence."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import strategies as st

from coursesync.documents import (
    load_drift,
    load_plan,
    load_report,
    load_snapshot,
    looks_like_plan,
)
from coursesync.documents.text import digest_of
from coursesync.documents.wire import DRIFT, PLAN, REPORT, SNAPSHOT, to_text
from coursesync.errors import CourseSyncError
from coursesync.model import Drift, Plan, Report, Snapshot
from coursesync.render import RENDERERS, Look
from coursesync.workflow import Choice, not_applied, ready
from tests.effort import Tally
from tests.render.samples import SAMPLES
from tests.trust.college import planned_from, snapshot_text
from tests.trust.edits import byte_edits, edited_bytes, edited_text, edited_value, text_edits, value_edits
from tests.trust.fuzzing import fuzz

pytestmark = pytest.mark.trust

READERS: Mapping[str, Callable[..., Any]] = {
    PLAN.word: load_plan,
    REPORT.word: load_report,
    DRIFT.word: load_drift,
    SNAPSHOT.word: load_snapshot,
}
FORMATS = {PLAN.word: PLAN, REPORT.word: REPORT, DRIFT.word: DRIFT, SNAPSHOT.word: SNAPSHOT}
LOOKS = (Look(), Look(colour=True, verbose=True, width=40), Look(quiet=True))


def _texts() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {word: [] for word in READERS}
    for sample in SAMPLES.values():
        if isinstance(sample, (Plan, Report, Drift)):
            form = FORMATS[type(sample).__name__.lower()]
            found[form.word].append(to_text(form, sample))
    found[SNAPSHOT.word].append(snapshot_text())
    return found


TEXTS = _texts()


def _shown(document: Any) -> None:
    if isinstance(document, Snapshot):
        document = planned_from(document)
    if isinstance(document, Report):
        not_applied(document)
    for render in RENDERERS.values():
        for look in LOOKS:
            render(document, look)


def _read(word: str, text: str) -> Any:
    looks_like_plan(text)
    try:
        return READERS[word](text, name=f"{word}.json")
    except CourseSyncError as error:
        _sentence(error)
        return None


def _sentence(error: CourseSyncError) -> None:
    assert error.message.isprintable()
    assert len(error.message + error.hint) < 2_000


@pytest.mark.parametrize("word", READERS)
def test_an_edited_document_is_shown_or_refused(word: str, tally: Tally) -> None:
    """Cut, spliced and damaged, as a transfer or an editor does."""

    def one(given: tuple[str, list[Any], list[Any]]) -> None:
        text, edits, spoiled = given
        changed = edited_bytes(edited_text(text, edits).encode("utf-8", "surrogatepass"), spoiled)
        document = _read(word, changed.decode("utf-8", "replace"))
        if document is not None:
            _shown(document)

    inputs = st.tuples(st.sampled_from(TEXTS[word]), text_edits, st.one_of(st.just([]), byte_edits))
    fuzz(inputs, one, tally=tally, usual=150, soak=4_000)


@pytest.mark.parametrize("word", READERS)
def test_a_forged_document_is_shown_or_refused(word: str, tally: Tally) -> None:
    """Another value at any place, with a digest that fits, as somebody who forges one would."""

    def one(given: tuple[str, list[Any]]) -> None:
        text, edits = given
        value = edited_value(json.loads(text), edits)
        with contextlib.suppress(ValueError, RecursionError):
            if isinstance(value, dict) and "digest" in value:
                value["digest"] = digest_of(value)
        document = _read(word, json.dumps(value))
        if document is None:
            return
        if isinstance(document, Plan):
            _ready(document)
        _shown(document)

    inputs = st.tuples(st.sampled_from(TEXTS[word]), value_edits)
    fuzz(inputs, one, tally=tally, usual=250, soak=6_000)


def _ready(plan: Plan) -> None:
    try:
        ready(plan, url=plan.canvas.url, choice=Choice(send_unverified=True))
    except CourseSyncError as error:
        _sentence(error)
