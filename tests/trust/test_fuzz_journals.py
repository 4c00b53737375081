"""A journal that was damaged or edited is read as far as it tells, or refused in a sentence."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import strategies as st

from coursesync.catalogue.field import Risk
from coursesync.documents import dump_plan
from coursesync.errors import CourseSyncError
from coursesync.render.history import history_json, history_text
from coursesync.runs import find_run
from coursesync.workflow import Choice
from coursesync.workflow.history import history
from coursesync.workflow.resume import pending
from tests.effort import Tally
from tests.trust.college import FEW, laboratory
from tests.trust.edits import byte_edits, edited_bytes, edited_text, edited_value, text_edits, value_edits
from tests.trust.fuzzing import fuzz

pytestmark = pytest.mark.trust


@cache
def _left_behind() -> tuple[str, dict[str, bytes]]:
    """Return the id of a run, and the files it left."""
    with laboratory(FEW) as lab:
        plan = lab.plan()
        report = lab.apply(plan, choice=Choice(allow=Risk.DESTRUCTIVE, send_unverified=True))
        folder = lab.root / ".coursesync" / "runs" / report.run
        files = {path.name: path.read_bytes() for path in folder.iterdir()}
    return report.run, {"plan.json": dump_plan(plan).encode(), **files}


def _look(changed: bytes, *, whole: bool) -> None:
    run, files = _left_behind()
    files = {**files, "journal.jsonl": changed}
    if not whole:
        files.pop("outcome.json", None)
    with TemporaryDirectory() as place:
        root = Path(place).resolve()
        folder = root / ".coursesync" / "runs" / run
        folder.mkdir(parents=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
        listed = history(root, last=5)
        assert "\x1b" not in history_text(listed) + history_json(listed)
        try:
            pending(find_run(root, run))
        except CourseSyncError as error:
            assert len(error.message) < 2_000  # noqa: PT017 - what is said, if anything is


def test_a_damaged_journal_is_read_or_refused(tally: Tally) -> None:
    def one(given: tuple[list[Any], list[Any], bool]) -> None:
        edits, spoiled, whole = given
        text = edited_text(_left_behind()[1]["journal.jsonl"].decode(), edits)
        _look(edited_bytes(text.encode("utf-8", "surrogatepass"), spoiled), whole=whole)

    inputs = st.tuples(text_edits, st.one_of(st.just([]), byte_edits), st.booleans())
    fuzz(inputs, one, tally=tally, usual=300, soak=6_000)


def test_a_forged_journal_is_read_or_refused(tally: Tally) -> None:
    def one(given: tuple[list[Any], bool]) -> None:
        edits, whole = given
        events = [json.loads(line) for line in _left_behind()[1]["journal.jsonl"].splitlines()]
        changed = edited_value(events, edits)
        lines = changed if isinstance(changed, list) else [changed]
        _look("".join(json.dumps(line) + "\n" for line in lines).encode(), whole=whole)

    fuzz(st.tuples(value_edits, st.booleans()), one, tally=tally, usual=400, soak=8_000)
