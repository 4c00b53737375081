"""Talk to the API of a forge over HTTP: JSON in, JSON out, one kind of error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, ClassVar, Self

import httpx

from coursesync.errors import UsageProblem
from coursesync.forge.nouns import ForgeError

_SECONDS = 30
_PAGE, _MOST_PAGES = 100, 100
_LARGEST = 200_000_000
_MISSING = {404, 410}

Params = Mapping[str, str | int]


class Wire:
    """A connection to the API of a forge, as a context manager; the token travels to no other address."""

    def __init__(self, name: str, api: str, *, headers: Mapping[str, str]) -> None:
        self._name = name
        self._client = httpx.Client(
            base_url=api,
            headers={"User-Agent": "coursesync", **headers},
            timeout=_SECONDS,
            follow_redirects=False,
        )

    def __enter__(self) -> Self:
        self._client.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def get(self, path: str, params: Params | None = None) -> Any:
        """Return the JSON at a path. Raises ForgeError."""
        return self._json(self._exchange("GET", path, params=params))

    def send(self, method: str, path: str, body: Mapping[str, str]) -> Any:
        """Send a write and return its answer. Raises ForgeError."""
        return self._json(self._exchange(method, path, body=body))

    def items(self, path: str, params: Params | None = None, *, key: str | None = None) -> Iterator[Any]:
        """Yield the items of a list, page after page; key: where they are in an answer. Raises ForgeError."""
        for page in range(1, _MOST_PAGES + 1):
            answer = self._exchange("GET", path, params={**(params or {}), "per_page": _PAGE, "page": page})
            found = self._json(answer)
            items = found.get(key) if key and isinstance(found, dict) else found
            yield from items if isinstance(items, list) else ()
            if "next" not in answer.links:
                return

    def download(self, path: str, params: Params | None = None) -> bytes | None:
        """Return a file, or None where it is not there (any more). Raises ForgeError.

        Forges answer with the address of a store, which must not get the token.
        """
        try:
            answer = self._exchange("GET", path, params=params)
        except ForgeError as error:
            if error.status in _MISSING:
                return None
            raise
        if answer.is_redirect:
            answer = self._from_store(answer)
        if len(answer.content) > _LARGEST:
            raise ForgeError(f"{self._name} sent more than {_LARGEST:,} bytes for {path}.")
        return answer.content

    def _from_store(self, answer: httpx.Response) -> httpx.Response:
        where = answer.url.join(answer.headers.get("Location", ""))
        try:
            return httpx.get(where, timeout=_SECONDS, follow_redirects=True).raise_for_status()
        except httpx.HTTPError as error:
            raise ForgeError(
                f"The store of {self._name} did not hand out a file: {type(error).__name__}."
            ) from error

    def _exchange(
        self, method: str, path: str, *, params: Params | None = None, body: Mapping[str, str] | None = None
    ) -> httpx.Response:
        try:
            answer = self._client.request(method, path, params=params, json=body)
        except httpx.HTTPError as error:
            raise ForgeError(f"{self._name} cannot be reached: {type(error).__name__}.") from error
        if answer.is_error:
            raise self._refused(answer, f"{method} {path}")
        return answer

    def _refused(self, answer: httpx.Response, what: str) -> ForgeError:
        hints = {
            401: "Check the token.",
            403: "Give the job the permission, as docs/how-to/run-in-ci.md lists them.",
        }
        return ForgeError(
            f"{self._name} answered {answer.status_code} to {what}.",
            hint=hints.get(answer.status_code, ""),
            status=answer.status_code,
        )

    def _json(self, answer: httpx.Response) -> Any:
        if answer.is_redirect:
            raise self._refused(answer, "a question, and what moved is not looked for")
        try:
            return answer.json()
        except ValueError as error:
            raise ForgeError(f"{self._name} answered with something that is not JSON.") from error


class Connected:
    """What forges have in common: the environment of a job, and a connection, open while in the context."""

    name: ClassVar[str]
    _wire: Wire

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def __enter__(self) -> Self:
        self._wire.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._wire.__exit__(kind, error, trace)

    def _named(self, variable: str) -> str:
        value = self._environ.get(variable, "")
        if not value:
            raise UsageProblem(f"{variable} is not set, which {self.name} sets for every job.")
        return value
