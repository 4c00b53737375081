"""What an answer of Canvas means: the JSON in it, or the error that says in a sentence what went wrong."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus

import httpx

from coursesync.canvas.tries import Kind, Trouble
from coursesync.catalogue.types import Value
from coursesync.errors import CanvasError, CanvasRefused, CanvasUnanswered, CanvasUnavailable, TokenRefused

# What stands in front of Canvas answers so when Canvas does not.
_GATEWAY = frozenset({502, 503, 504})

_LONGEST = 300
# An escape for half a character; as a rule the other half follows.
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
_SECRET = re.compile(
    r"\b(verifier|location|access_token|api_key|token|sig|signature)=[^&\s\"'<>]+", re.IGNORECASE
)

_NUMBER = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,20})?(e-[0-9]{1,2})?")

_NEW_TOKEN = "Put a valid token into CANVAS_API_TOKEN; CANVAS_API_URL must be the Canvas it was made in."  # noqa: S105 - it names the variable
_DOUBT, _LOOK = "Whether Canvas carried it out is not known.", "Plan again to see what Canvas holds now."
_ADDRESS = "Set CANVAS_API_URL to the address your browser shows when you are logged in to Canvas."


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The request an answer is about: its path as people read it; `hide` takes the token out of a text."""

    method: str
    path: str
    host: str
    writes: bool
    hide: Callable[[str], str]

    @property
    def what(self) -> str:
        """Return method and path, without the query."""
        return f"{self.method} {self.path}"

    def clean(self, text: str) -> str:
        """Return a text that came from outside as a message may show it: one line, short, no secret."""
        line = " ".join(_SECRET.sub(r"\1=[hidden]", self.hide(text)).split())
        shown = "".join(char if char.isprintable() else "\ufffd" for char in line)
        return shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"


def value_of(response: httpx.Response, asked: Asked) -> Value:
    """Return the JSON value of an answer.

    Raises Trouble where the request should be sent again, CanvasUnavailable where no request can succeed,
    CanvasRefused where Canvas said no, and CanvasUnanswered where a write was answered unintelligibly.
    """
    status = response.status_code
    if slowed(response):
        raise Trouble(Kind.THROTTLED, f"Canvas asks to slow down ({status})")
    if status in _GATEWAY:
        why = f"{asked.host} answers {status} {_phrase(status)}"
        raise Trouble(Kind.UNANSWERED, why, wait=asked_wait(response))
    if 300 <= status < 400:
        raise _redirected(response, asked)
    if status >= 400:
        raise _refusal(response, asked)
    return _json(response, asked)


def stored(response: httpx.Response, asked: Asked) -> httpx.Response:
    """Return the answer of a storage of files, which took one, or is known not to be Canvas.

    Raises Trouble where the file should be sent again, CanvasUnanswered where nobody knows whether it has
    the file, and CanvasRefused where it does not take it.
    """
    status = response.status_code
    if slowed(response):
        raise Trouble(Kind.THROTTLED, f"{asked.host} asks to slow down ({status})")
    if status in _GATEWAY or status >= 500:
        raise CanvasUnanswered(
            f"{asked.host} failed at the upload ({status} {_phrase(status)}), so it may have the file or not."
        )
    if status >= 400:
        raise CanvasRefused(
            f"{asked.host}, where Canvas sends files to, refused the upload: {status} {_phrase(status)}.",
            status=status,
        )
    return response


def slowed(response: httpx.Response) -> bool:
    """Tell whether Canvas refused to look at a request because too many came with this token."""
    if response.status_code == 429:
        return True
    # What it was before October 2025, and still is where Canvas is older.
    return response.status_code == 403 and b"Rate Limit Exceeded" in response.content


def asked_wait(response: httpx.Response) -> float:
    """Return for how many seconds Canvas, or what stands in front of it, asks to wait."""
    return number(response.headers.get("retry-after")) or 0.0


def number(text: str | None) -> float | None:
    """Return the number a header holds; None where there is none."""
    return float(text) if text is not None and _NUMBER.fullmatch(text.strip()) else None


def kind_of(asked: Asked) -> str:
    """Return a name that requests share which take about as long: method and path without the ids."""
    return asked.method + "/".join(part for part in asked.path.split("/") if part.replace("_", "").isalpha())


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _redirected(response: httpx.Response, asked: Asked) -> CanvasUnavailable:
    try:
        target = response.request.url.join(response.headers.get("location", ""))
    except httpx.InvalidURL:
        target = response.request.url
    there = target.netloc.decode("ascii")
    if there == asked.host:
        where, hint = "to another page, such as its login", f"{_NEW_TOKEN} {_ADDRESS}"
    else:
        where = asked.clean(f"to {there}")
        hint = asked.clean(f"Set CANVAS_API_URL to {target.scheme}://{there} if that is your Canvas.")
    return CanvasUnavailable(
        f"{asked.host} sends {asked.what} {where}. The token was not sent there.",
        hint=hint,
    )


def _json(response: httpx.Response, asked: Asked) -> Value:
    content = response.content
    if response.status_code == 204 or (asked.method == "HEAD" and not content):
        return None
    if content.startswith(b"while(1);"):
        raise _unusable(
            asked,
            f"{asked.host} answers {asked.what} as it answers a browser, so the token did not reach it.",
            hint="A proxy on the way may remove the Authorization header.",
            everywhere=True,
        )
    kind = _media_type(response)
    if _is_page(response):
        raise _unusable(
            asked,
            f"{asked.host} answers {asked.what} with a web page where Canvas answers with data.",
            hint=_ADDRESS,
            everywhere=True,
        )
    if kind != "application/json" and not kind.endswith("+json"):
        named = asked.clean(kind) or "nothing that says what it is"
        raise _unusable(
            asked, f"{asked.host} answers {asked.what} with {named} where Canvas answers with JSON."
        )
    try:
        return _parsed(content)
    except (ValueError, RecursionError) as error:
        raise _unusable(
            asked,
            f"The answer to {asked.what} is cut off or damaged: {len(content):,} bytes that are not JSON.",
            hint="Try again; a proxy on the way may shorten answers.",
        ) from error


def _media_type(response: httpx.Response) -> str:
    kind: str = response.headers.get("content-type", "")
    return kind.split(";")[0].strip().lower()


def _is_page(response: httpx.Response) -> bool:
    if _media_type(response) in {"text/html", "application/xhtml+xml"}:
        return True
    return response.content.lstrip()[:1] == b"<"


def _parsed(content: bytes) -> Value:
    # Of bytes, it would take more for UTF-8 than is.
    text = content.decode(json.detect_encoding(content))
    value: Value = json.loads(text, parse_float=_finite, parse_constant=_finite)
    if _HALF.search(content):
        # Halves of characters, which no file, terminal or database takes.
        whole = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
        value = json.loads(whole)
    return value


def _finite(source: str) -> float:
    number = float(source)
    if not math.isfinite(number):
        raise ValueError("JSON has no infinity, and no number that is none")
    return number


def _unusable(asked: Asked, message: str, *, hint: str = "", everywhere: bool = False) -> CanvasError:
    """Make the error for an answer nobody can use; `everywhere`: no other request would fare better."""
    if asked.writes:
        return CanvasUnanswered(f"{message} {_DOUBT}", hint=_LOOK)
    return CanvasUnavailable(message, hint=hint) if everywhere else CanvasError(message, hint=hint)


def _refusal(response: httpx.Response, asked: Asked) -> CanvasError:
    status = response.status_code
    body = _body(response)
    complaints = [asked.clean(text) for text in _complaints(body)]
    said = "; ".join(complaints[:8])
    if status == 401 and "www-authenticate" in response.headers:
        return _token_refused(body, said, asked)
    if status in {401, 403}:
        return _not_allowed(status, body, said, asked)
    if status == 404:
        message = f"Canvas has nothing at {asked.path}, or hides it from this token."
        hint = "Check the id, and that the token's user may see it."
        return CanvasRefused(message, status=404, hint=_ADDRESS if _is_page(response) else hint)
    report = body.get("error_report_id") if isinstance(body, Mapping) else None
    if report is not None:
        said += f" (error report {asked.clean(str(report))})"
    if status >= 500:
        message = _sentence(f"Canvas failed at {asked.what} ({status}): {said.strip() or _phrase(status)}")
        if asked.writes:
            # What it stored before it failed stays: a request of Canvas is not one transaction.
            return CanvasUnanswered(f"{message} {_DOUBT}", hint=_LOOK)
        return CanvasRefused(message, status=status, hint="Canvas's own logs say more; try again later.")
    message = (
        f"Canvas refused {asked.what} ({status}): {said.strip() or _phrase(status) or 'no reason given'}"
    )
    return CanvasRefused(_sentence(message), status=status)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _body(response: httpx.Response) -> Value:
    try:
        return _parsed(response.content)
    except (ValueError, RecursionError):
        return None


def _complaints(body: Value, field: str = "") -> Iterator[str]:
    """Find what Canvas says is wrong, in each of the shapes it says it in."""
    if isinstance(body, str):
        yield f"{field}: {body}" if field else body
    elif isinstance(body, list):
        for item in body:
            yield from _complaints(item, field)
    elif isinstance(body, Mapping):
        errors = body.get("errors")
        if isinstance(errors, Mapping) and not isinstance(errors.get("message"), str):
            for name, problem in errors.items():
                yield from _complaints(problem, name)
        elif errors:
            yield from _complaints(errors, field)
        elif isinstance(message := body.get("message") or body.get("error"), str):
            yield f"{field}: {message}" if field else message


def _token_refused(body: Value, said: str, asked: Asked) -> TokenRefused:
    words = said.lower()
    if "expired" in words:
        when = _find(body, "expired_at")
        message = f"The token expired{f' at {asked.clean(when)}' if when else ''}."
    elif "revoked" in words:
        message = "The token was revoked."
    elif "invalid access token" in words:
        message = f"{asked.host} does not know this token."
    elif "authorization required" in words:
        message = f"No token reached {asked.host}; something on the way removes it."
    else:
        message = f"{asked.host} does not accept the token{f': {said}' if said else ''}"
    return TokenRefused(_sentence(message), hint=_NEW_TOKEN)


def _find(value: Value, key: str) -> str:
    """Return the text under a key, however deep it stands."""
    if isinstance(value, Mapping):
        found = value.get(key)
        return found if isinstance(found, str) else _find(list(value.values()), key)
    if isinstance(value, list):
        return next((found for item in value if (found := _find(item, key))), "")
    return ""


def _not_allowed(status: int, body: Value, said: str, asked: Asked) -> CanvasError:
    words = said.lower()
    verb = "change" if asked.writes else "read"
    if "user agent" in words:
        return CanvasUnavailable(
            f"{asked.host} refuses programs that do not give their name, and ours did not arrive.",
            hint="A proxy on the way may remove the User-Agent header.",
        )
    if "insufficient scopes" in words:
        message, hint = f"The token's scopes do not cover {asked.what}.", "Use a token with more scopes."
    elif isinstance(body, Mapping) and body.get("status") == "unverified":
        message = "The token's user has not confirmed an e-mail address, which this account demands."
        hint = "Confirm it in Canvas under Account > Notifications."
    else:
        because = "" if not said or "not authorized" in words else f" Canvas says: {said}"
        message = _sentence(f"The token's user may not {verb} {asked.path}.{because}")
        hint = "Ask for the right in Canvas, or use the token of somebody who has it."
    return CanvasRefused(message, status=status, hint=hint)
