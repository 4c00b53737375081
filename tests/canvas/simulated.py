"""Canvas's bucket behind a network, and clients that fill it, in virtual time."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from coursesync.canvas.bucket import DRAIN, RESERVED
from coursesync.canvas.credit import Credit
from coursesync.canvas.throttle import Throttle
from coursesync.sandbox.bucket import Throttle as Bucket
from tests import virtual

TOKEN = "the token"


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    cost: float | None = None
    remaining: float | None = None


@dataclass(slots=True, kw_only=True)
class Server:
    """Answers from the exact bucket.

    takes, costs: seconds of one request in front of the application, and what they cost the bucket.
    way: seconds that a request, or an answer, is under way. chance: where they come from. told: whether
    there are headers. listed: whether the token has no limit. workers: how many requests are worked on at
    once. refuses, fails: the part of requests that is, whatever the bucket holds. broken: whether all fail.
    """

    hwm: int = 700
    takes: Callable[[random.Random], float] = lambda chance: chance.uniform(0.3, 0.7)
    costs: Callable[[float], float] = lambda seconds: 0.6 * seconds
    way: Callable[[random.Random], float] = lambda chance: chance.uniform(0.01, 0.05)
    chance: random.Random = field(default_factory=lambda: random.Random(1))
    told: bool = True
    listed: bool = False
    broken: bool = False
    refuses: float = 0.0
    fails: float = 0.0
    workers: int = 1000
    in_flight: int = 0
    most_in_flight: int = 0
    highest: float = 0.0
    bucket: Bucket = field(init=False)
    at_work: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self.at_work = asyncio.Semaphore(self.workers)
        self.bucket = Bucket(hwm=self.hwm, clock=virtual.now)

    def fill(self, level: float) -> None:
        """Let somebody have been at work before."""
        self.bucket.admit(TOKEN)
        self.bucket.settle(TOKEN, level)

    async def send(self) -> Reply:
        await asyncio.sleep(self.way(self.chance))
        if self.broken or self.chance.random() < self.fails:
            reply = Reply(503)
        elif self.chance.random() < self.refuses:
            reply = Reply(429)
        elif self.listed or self.bucket.admit(TOKEN):
            reply = await self._answer()
        else:
            reply = Reply(429, remaining=self.bucket.remaining(TOKEN))
        await asyncio.sleep(self.way(self.chance))
        return reply

    async def _answer(self) -> Reply:
        self.in_flight += 1
        self.most_in_flight = max(self.in_flight, self.most_in_flight)
        seconds = self.takes(self.chance)
        cost = self.costs(seconds)
        if not self.listed:
            self.highest = max(self.highest, self.hwm - self.bucket.remaining(TOKEN))
        try:
            async with self.at_work:
                await asyncio.sleep(seconds)
        finally:
            if not self.listed:
                self.bucket.settle(TOKEN, cost)
            self.in_flight -= 1
        if not self.told:
            return Reply(200)
        return Reply(200, cost, self.hwm if self.listed else self.bucket.remaining(TOKEN))


@dataclass(slots=True, kw_only=True)
class Worker:
    """A client of ours: the real gate, and the retry loop as the client has it."""

    server: Server
    most: int | None = None
    seed: int = 2
    chance: random.Random = field(init=False)
    throttle: Throttle = field(init=False)
    sent: int = 0
    times: list[float] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.throttle = Throttle(Credit(most=self.most), clock=virtual.now, sleep=asyncio.sleep)

    @property
    def refusals(self) -> int:
        return self.throttle.credit.refusals

    async def one(self) -> None:
        tries = 0
        while True:
            slot = await self.throttle.enter(again=tries > 0)
            self.sent += 1
            tries += 1
            ended = False
            try:
                reply = await self.server.send()
                ended = True
            finally:
                if not ended:
                    self.throttle.lost()
            spread = 1 + self.chance.random() / 2
            if reply.status == 429:
                self.throttle.refused(slot, remaining=reply.remaining, asked=0.0, chance=self.chance.random())
            elif reply.status == 503:
                self.throttle.failed(slot, arrived=True)
                await self.throttle.rest(0.5 * 2 ** min(tries - 1, 4) * spread)
            else:
                self.throttle.answered(slot, kind="GET", cost=reply.cost, remaining=reply.remaining)
                self.times.append(virtual.now())
                self.latencies.append(virtual.now() - slot.started)
                self.costs.append(reply.cost or 0.0)
                return

    async def work(self, requests: int) -> float:
        """Send so many requests and return the seconds they took."""
        started = virtual.now()
        await asyncio.gather(*(self.one() for _ in range(requests)))
        return virtual.now() - started


def bound(worker: Worker, hwm: int) -> float:
    """Return the seconds that as many requests take at least, by what they took and cost."""
    count = len(worker.latencies)
    wall, cost = sum(worker.latencies) / count, sum(worker.costs) / count
    most = math.ceil(hwm / RESERVED) - 1
    return max(count * wall / most, (count * cost - (hwm - RESERVED * most)) / DRAIN)


@dataclass(slots=True, kw_only=True)
class Naive:
    """Somebody else's client: so many requests at once whatever happens, again after a second if refused."""

    server: Server
    at_once: int
    refusals: int = 0
    sent: int = 0
    times: list[float] = field(default_factory=list)

    async def work(self, requests: int) -> float:
        started = virtual.now()
        left = iter(range(requests))

        async def one() -> None:
            for _ in left:
                self.sent += 1
                while (await self.server.send()).status == 429:
                    self.refusals += 1
                    self.sent += 1
                    await asyncio.sleep(1.0)
                self.times.append(virtual.now())

        await asyncio.gather(*(one() for _ in range(self.at_once)))
        return virtual.now() - started
