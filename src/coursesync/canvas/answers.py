"""Turn what Canvas answered into JSON, or into a sentence that says what went wrong.

Sources: Canvas: app/controllers/application_controller.rb; lib/authentication_methods.rb;
app/middleware/request_throttle.rb.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import httpx

from coursesync.catalogue.types import Value
from coursesync.errors import CanvasError, CanvasRefused, CanvasUnanswered, CanvasUnavailable

_NEW_TOKEN = "Make a new token in your Canvas profile and set CANVAS_API_TOKEN."  # noqa: S105
_GATEWAY = frozenset({502, 503, 504})


def throttled(response: httpx.Response) -> bool:
    """Tell whether Canvas refused a request only because there were too many; nothing was done then."""
    return response.status_code == 429 or (
        response.status_code == 403 and "Rate Limit Exceeded" in response.text
    )


def passing(response: httpx.Response) -> bool:
    """Tell whether the same request may well succeed a moment later."""
    return throttled(response) or response.status_code in _GATEWAY


def content(response: httpx.Response, *, writing: bool) -> Value:
    """Return the JSON of an answer.

    Raises CanvasRefused for a no, CanvasUnavailable where the token or the address is wrong,
    CanvasUnanswered where a write may or may not have happened.
    """
    if response.is_redirect:
        raise _redirected(response)
    if response.is_success:
        return _json(response, writing=writing)
    if throttled(response):
        raise CanvasUnavailable(
            "Canvas keeps refusing because too many requests use this token.",
            hint="Wait a minute, or lower --parallelism; other programs may be using the same token.",
        )
    if response.status_code in _GATEWAY:
        raise _gateway(response, writing=writing)
    if response.status_code == 401 and "www-authenticate" in response.headers:
        raise _token_refused(response)
    raise refused(response)


def _redirected(response: httpx.Response) -> CanvasError:
    target = urlsplit(response.headers.get("location", ""))
    where = target.netloc or response.request.url.netloc.decode()
    return CanvasUnavailable(
        f"Canvas redirects to {where}{target.path}. The token is not sent there.",
        hint=f"If that is your Canvas, set CANVAS_API_URL=https://{where}",
    )


def _gateway(response: httpx.Response, *, writing: bool) -> CanvasError:
    message = f"Canvas is overloaded or under maintenance (HTTP {response.status_code})."
    if writing:
        return CanvasUnanswered(message)
    return CanvasUnavailable(message, hint="Try again in a few minutes.")


def _json(response: httpx.Response, *, writing: bool) -> Value:
    problem = ""
    if "json" not in response.headers.get("content-type", ""):
        problem = "Canvas answered with a web page instead of data; the address may be wrong."
    else:
        try:
            value: Value = json.loads(response.text.removeprefix("while(1);"))
        except ValueError:
            problem = "Canvas's answer was cut off or is not JSON."
        else:
            return value
    if writing:
        raise CanvasUnanswered(problem)
    raise CanvasUnavailable(problem, hint="Check CANVAS_API_URL; a proxy or login page may be in between.")


def _token_refused(response: httpx.Response) -> CanvasError:
    said = " ".join(_messages(_body(response)))
    for word, sentence in (
        ("Expired", "The token has expired."),
        ("Revoked", "The token was revoked."),
        ("Invalid", "Canvas does not know the token."),
        ("scopes", "The token lacks a scope for this request."),
    ):
        if word in said:
            return CanvasUnavailable(sentence, hint=_NEW_TOKEN)
    return CanvasUnavailable("Canvas does not accept the token.", hint=_NEW_TOKEN)


def refused(response: httpx.Response) -> CanvasRefused:
    """Return Canvas's no as a sentence."""
    status = response.status_code
    body = _body(response)
    said = "; ".join(_messages(body))
    if status == 401 or (status == 403 and "not authorized" in said):
        if "user agent" in said:
            return CanvasRefused("Canvas refuses the program's User-Agent.", status=status)
        return CanvasRefused("The token's user has no right to do this.", status=status)
    if status == 404:
        return CanvasRefused("Canvas does not know it, or the token may not see it.", status=status)
    if status >= 500:
        number = body.get("error_report_id") if isinstance(body, Mapping) else None
        report = f", error report {number}" if number else ""
        return CanvasRefused(f"Canvas failed (HTTP {status}{report}).", status=status)
    return CanvasRefused(f"Canvas refused: {said or f'HTTP {status}'}", status=status)


def _body(response: httpx.Response) -> Value:
    try:
        value: Value = json.loads(response.text)
    except ValueError:
        return None
    return value


def _messages(body: Value) -> Iterator[str]:
    """Yield every message of an error body, whichever of Canvas's shapes it has."""
    if isinstance(body, str):
        yield body
    elif isinstance(body, list):
        for item in body:
            yield from _messages(item)
    elif isinstance(body, Mapping):
        for key, value in body.items():
            if key in {"message", "error"} and isinstance(value, str):
                yield value
            elif key == "errors" and isinstance(value, Mapping):
                for field, problem in value.items():
                    yield f"{field}: " + ", ".join(_messages(problem))
            elif key in {"errors", "error"}:
                yield from _messages(value)


def unanswered(error: httpx.TransportError, *, writing: bool) -> CanvasError:
    """Return what a failure below HTTP means for a request, never with an address or a header in it."""
    connecting = isinstance(
        error,
        httpx.ConnectError
        | httpx.ConnectTimeout
        | httpx.PoolTimeout
        | httpx.ProxyError
        | httpx.UnsupportedProtocol,
    )
    slow = isinstance(error, httpx.TimeoutException)
    if connecting:
        return CanvasUnavailable(
            "Canvas cannot be reached.", hint="Check CANVAS_API_URL and the network, then try again."
        )
    message = "Canvas did not answer in time." if slow else "The connection to Canvas broke."
    if writing:
        return CanvasUnanswered(message)
    return CanvasUnavailable(message, hint="Try again in a few minutes.")


def retryable(error: httpx.TransportError) -> bool:
    """Tell whether a failure below HTTP may pass; every request we send may be repeated."""
    return not isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError)
