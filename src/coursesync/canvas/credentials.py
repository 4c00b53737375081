"""Which Canvas, and with which token; both come from the environment and the token is never shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from coursesync.errors import UnsafePlan, UsageProblem

URL_VARIABLE = "CANVAS_API_URL"
TOKEN_VARIABLE = "CANVAS_API_TOKEN"  # noqa: S105 - a name, not a token
HOSTS_VARIABLE = "COURSESYNC_ALLOWED_HOSTS"


class Token:
    """A secret that shows itself to nobody but the client."""

    __slots__ = ("_secret",)

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def reveal(self) -> str:
        """Return the secret, for the Authorization header alone."""
        return self._secret

    def __repr__(self) -> str:
        return "Token(…)"

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a token is never pickled or copied")


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A Canvas by its base URL (scheme and host, no path), and the token for it."""

    url: str
    token: Token


def credentials(environ: Mapping[str, str]) -> Credentials:
    """Return the credentials that the environment names.

    Raises UsageProblem for a URL or token that cannot work, UnsafePlan for a host that is not allowed.
    """
    url = address(environ.get(URL_VARIABLE, ""))
    _check_allowed(url, environ.get(HOSTS_VARIABLE))
    token = environ.get(TOKEN_VARIABLE, "").strip()
    if not token:
        raise UsageProblem(
            f"{TOKEN_VARIABLE} is not set.",
            hint=f"Make a token in your Canvas profile, then: export {TOKEN_VARIABLE}=...",
        )
    if not token.isascii() or not token.isprintable() or " " in token:
        raise UsageProblem(
            f"{TOKEN_VARIABLE} holds characters that no token has.",
            hint="Copy it again, without line breaks.",
        )
    return Credentials(url=url, token=Token(token))


def address(text: str) -> str:
    """Return the base URL of a Canvas as plans are bound to it: scheme://host[:port], in lower case.

    Raises UsageProblem where the text is no such address.
    """
    hint = f"For example: export {URL_VARIABLE}=https://school.instructure.com"
    if not text.strip():
        raise UsageProblem(f"{URL_VARIABLE} is not set.", hint=hint)
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        raise UsageProblem(f"{URL_VARIABLE} is not a web address.", hint=hint) from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise UsageProblem(f"{URL_VARIABLE} is not a web address that starts with https://.", hint=hint)
    if parts.username or parts.password or parts.query or parts.fragment:
        raise UsageProblem(f"{URL_VARIABLE} may hold nothing but the host.", hint=hint)
    if parts.path.rstrip("/") not in {"", "/api/v1"}:
        raise UsageProblem(f"{URL_VARIABLE} has a path; only the host is wanted.", hint=hint)
    if parts.scheme == "http" and not _loopback(parts):
        raise UsageProblem(
            f"{URL_VARIABLE} begins with http://, which would send the token in the clear.", hint=hint
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    usual = {"https": 443, "http": 80}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in {None, usual} else "")


def _loopback(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_allowed(url: str, allowed: str | None) -> None:
    if allowed is None:
        return
    hosts = {host.strip().lower() for host in allowed.split(",") if host.strip()}
    parts = urlsplit(url)
    if not hosts & {parts.netloc, parts.hostname or ""}:
        raise UnsafePlan(
            f"The host {parts.netloc} is not one of {HOSTS_VARIABLE}, so the token is not sent there.",
            hint=f"Correct {URL_VARIABLE}, or add the host to {HOSTS_VARIABLE}.",
        )
