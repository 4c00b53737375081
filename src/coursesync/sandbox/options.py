"""What a stand-in Canvas is told when it is made: where it keeps state, how it behaves, what time it is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from coursesync.sandbox.faults import Fault

GraphQL = Literal["current", "old", "off"]
"""What a Canvas knows of GraphQL: everything, all but the settings of courses, or no such endpoint."""

Stored = Literal["redirect", "created", "body"]
"""How the storage of files tells that it has one: in each of the ways Canvas's documentation allows."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How one stand-in behaves.

    Attributes:
        db: ":memory:" or a file; with a file the state outlives the process.
        seed: the JSON file with accounts and courses; None is the built-in college.
        fleet: how many made-up courses there are besides.
        latency_ms: the mean time an answer takes, in milliseconds.
        throttle: whether the leaky bucket refuses requests.
        hwm: the bucket level at which requests are refused: 600 in the code, 700 in Instructure's cloud.
        refusal_status: 429, or 403 as Canvas answered before October 2025.
        permission_status: 401, or 403 as newer Canvas answers when a right is missing.
        replica_lag: seconds by which GET course and the account list lag behind a write.
        undocumented_includes: whether include[] takes the name of a database column.
        graphql: "current", "old" without the settings of courses, or "off".
        unordered: whether a connection in GraphQL changes its order between two pages.
        batch_seconds: how long the job of a batch takes for one course.
        audit: whether this server keeps an audit log of courses.
        audit_by_source: whether that log follows the source of Canvas where its reference reads otherwise:
            unpublishing is called `claimed`, a deleted course still has its log, and a time that is none is
            passed over.
        storage: scheme and host that files are uploaded to; its own where there is none.
        canvas: scheme and host that the storage sends uploaders back to; its own where there is none.
        stored: how the storage answers: "redirect" back to Canvas, "created" with an address there, or "body"
            with the file itself.
        faults: what goes wrong, and to which requests.
        fault_seed: what is drawn for them follows from it.
        clock: monotonic seconds.
        now: the time of day, with a zone.
        sleep: waits for seconds.

    """

    db: str = ":memory:"
    seed: Path | None = None
    fleet: int = 0
    latency_ms: int = 0
    throttle: bool = True
    hwm: int = 700
    refusal_status: int = 429
    permission_status: int = 401
    replica_lag: float = 0.0
    undocumented_includes: bool = True
    graphql: GraphQL = "current"
    unordered: bool = False
    batch_seconds: float = 0.002
    audit: bool = True
    audit_by_source: bool = False
    storage: str = ""
    canvas: str = ""
    stored: Stored = "redirect"
    faults: tuple[Fault, ...] = ()
    fault_seed: int = 0
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = _utc_now
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
