"""A place to ask one stand-in something, in this process, and a course to ask about."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from coursesync.sandbox import Options, Sandbox, create_app

URL = "https://canvas.example.edu"
COURSE = 9001
PATH = f"/api/v1/courses/{COURSE}"


class Desk:
    """One stand-in with course 9001 in it, and a client that speaks for a token."""

    def __init__(
        self, course: dict[str, Any] | None = None, *, token: str | None = "sandbox-admin", **options: Any
    ) -> None:
        self.app = create_app(Options(**{"throttle": False, **options}))
        self.token = token
        self.sandbox.add_course(id=COURSE, **{"name": "Biology", "course_code": "BIO", **(course or {})})

    @property
    def sandbox(self) -> Sandbox:
        found = self.app.state.sandbox
        assert isinstance(found, Sandbox)
        return found

    @property
    def stored(self) -> dict[str, Any]:
        return self.sandbox.course(COURSE)

    def client(self) -> httpx.AsyncClient:
        """Return a client for requests that overlap."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=URL, headers=headers)

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            async with self.client() as client:
                return await client.request(method, path, **options)

        return asyncio.run(send())

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.ask("GET", path, **options)

    def see(self, *includes: str) -> dict[str, Any]:
        """Return course 9001 as GET shows it."""
        found = self.get(PATH, params={"include[]": ["all_courses", *includes]}).json()
        assert isinstance(found, dict)
        return found

    def settings(self) -> dict[str, Any]:
        found = self.get(f"{PATH}/settings").json()
        assert isinstance(found, dict)
        return found

    def put(self, path: str = PATH, **course: Any) -> httpx.Response:
        return self.ask("PUT", path, json={"course": course})

    def put_settings(self, **settings: Any) -> httpx.Response:
        return self.ask("PUT", f"{PATH}/settings", json=settings)
