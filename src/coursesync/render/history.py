"""Earlier runs, as text for people and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from coursesync.model import FORMAT_VERSION
from coursesync.model.history import PastRun, RunState
from coursesync.render.sentences import count, listed
from coursesync.render.values import visible

_STATES = {
    RunState.UNDER_WAY: "under way",
    RunState.FINISHED: "finished",
    RunState.WITH_FAILURES: "finished with failures",
    RunState.INTERRUPTED: "interrupted",
    RunState.UNFINISHED: "unfinished: its process was killed",
    RunState.EMPTY: "nothing was sent",
    RunState.DAMAGED: "damaged",
}


def history_text(runs: Sequence[PastRun]) -> str:
    """Return earlier runs as text, a paragraph for each."""
    if not runs:
        return "No runs yet.\n"
    return "\n".join("\n".join(_lines(run)) + "\n" for run in runs)


def history_json(runs: Sequence[PastRun]) -> str:
    """Return earlier runs as a JSON document."""
    document = {"format_version": FORMAT_VERSION, "runs": [asdict(run) for run in runs]}
    return json.dumps(document, indent=2, ensure_ascii=True) + "\n"


def _lines(run: PastRun) -> Iterator[str]:
    state = f"undone by {visible(run.undone_by)}" if run.undone_by else _STATES[run.state]
    yield f"{visible(run.id)}  {state}"
    said = [_moment(run.started)] if run.started else []
    said += [visible(run.canvas)] if run.canvas else []
    if said:
        yield f"  {'  '.join(said)}"
    if run.changes:
        counts = listed([f"{number:,} {word}" for word, number in run.verdicts.items()])
        became = f": {counts}" if counts else ""
        yield f"  {count(run.changes, 'change')} in {count(run.courses, 'course')}{became}"
    if run.undoes:
        yield f"  puts back {visible(run.undoes)}"
    if run.why:
        yield f"  {visible(run.why)}"
    if run.next:
        yield f"  next: {visible(run.next)}"


def _moment(stamp: str) -> str:
    return visible(stamp.replace("T", " ")[:16]) + "Z" if len(stamp) >= 16 else visible(stamp)
