"""Which Canvas and which token; the token is held so that nothing shows it, and goes to no host unasked."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NoReturn

import httpx

from coursesync.errors import UnsafePlan, UsageProblem

URL_VARIABLE = "CANVAS_API_URL"
TOKEN_VARIABLE = "CANVAS_API_TOKEN"  # noqa: S105 - the name, not the secret
HOSTS_VARIABLE = "COURSESYNC_ALLOWED_HOSTS"
_CI_VARIABLE = "CI"
_SERVICE = "coursesync"

_EXAMPLE = f"For example: export {URL_VARIABLE}=https://school.instructure.com"


class Token:
    """A secret that shows itself nowhere: not in a repr, a message, a pickle."""

    __slots__ = ("_secret",)

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def reveal(self) -> str:
        """Return the secret; only the client may ask, when it builds a header."""
        return self._secret

    def hide(self, text: str) -> str:
        """Return a text with the secret blotted out, wherever it stands."""
        return text.replace(self._secret, "[token]") if self._secret else text

    def __repr__(self) -> str:
        return "Token(hidden)"

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def __copy__(self) -> Token:
        return self

    def __deepcopy__(self, memo: object) -> Token:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a token is never written anywhere")


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Where Canvas is and who we are there.

    url: the base URL as `address` writes it. proxy: what to go through, hidden as it may hold a
    password.
    """

    url: str
    token: Token
    proxy: Token | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A Canvas as the project file names it, which whoever may change that file may have written.

    url: as `address` writes it. token_env: the variable that holds its token, if it says. alone: whether it
    is the only Canvas the file names.
    """

    name: str
    url: str
    token_env: str | None = None
    alone: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What the system keyring holds for a host; trouble: why it holds nothing, where that is not just so."""

    secret: str | None = None
    trouble: str = ""


def stored(host: str) -> Stored:
    """Return the token that the system keyring holds for a host; nothing is ever written there."""
    try:
        import keyring
        from keyring.errors import KeyringError, KeyringLocked, NoKeyringError
    except (ImportError, ValueError, AttributeError) as error:
        missing = isinstance(error, ImportError) and error.name == "keyring"
        return Stored(trouble="" if missing else "The system keyring cannot be used.")
    try:
        return Stored(secret=keyring.get_password(_SERVICE, host))
    except NoKeyringError:
        return Stored(trouble="This system has no keyring.")
    except KeyringLocked:
        return Stored(trouble="The system keyring is locked.")
    except (KeyringError, OSError, RuntimeError):
        return Stored(trouble="The system keyring cannot be read.")


def credentials(
    environ: Mapping[str, str], site: Site | None = None, *, keyring: Callable[[str], Stored] = stored
) -> Credentials:
    """Return which Canvas to use and as whom.

    site: the Canvas the project file means, if it means one. keyring: looks a host up in it. Raises
    UsageProblem where the address or the token is missing or cannot be right, UnsafePlan where the token
    would go to a host that the environment does not allow.
    """
    given = environ.get(URL_VARIABLE, "").strip()
    if not given and site is None:
        raise UsageProblem(
            f"{URL_VARIABLE} is not set, so it is not known which Canvas to use.", hint=_EXAMPLE
        )
    url = address(given) if given else site.url if site else ""
    if site and site.url != url:
        raise UnsafePlan(
            f"{URL_VARIABLE} is {url}, so the token is not sent to {site.url}.",
            hint=f"Unset {URL_VARIABLE}, or set it to the Canvas that is meant.",
        )
    _check_allowed(url, environ.get(HOSTS_VARIABLE, ""))
    return Credentials(
        url=url, token=_token(environ, site, url, keyring), proxy=_proxy(environ, httpx.URL(url))
    )


def address(url: str) -> str:
    """Return the base URL of a Canvas in the one form plans are bound to: scheme://host[:port], lower case.

    Blanks, a trailing slash and a trailing /api/v1 do not count. Raises UsageProblem for anything but https
    (http only to this machine), and never repeats the text, which may be a token in the wrong variable.
    """
    bare = re.sub(r"(/api(/v1)?)?/*$", "", url.strip(), flags=re.IGNORECASE)
    if not re.match(r"[a-z][a-z0-9+.-]*://", bare, re.IGNORECASE):
        raise UsageProblem(f"{URL_VARIABLE} is no web address: it has no https://.", hint=_with_scheme(bare))
    parts = _parsed(bare)
    if parts.userinfo:
        raise UsageProblem(
            f"{URL_VARIABLE} holds a user name or password.", hint=f"Write only the address. {_EXAMPLE}"
        )
    if parts.query or parts.fragment or "?" in bare or "#" in bare or parts.path not in {"", "/"}:
        raise UsageProblem(
            f"{URL_VARIABLE} holds more than the address of a Canvas.", hint=f"Write {_base(parts)}"
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.host)):
        raise UsageProblem(
            f"{URL_VARIABLE} must start with https://, or the token would travel unprotected.",
            hint=f"Write https://{parts.netloc.decode('ascii')}",
        )
    return _base(parts)


def is_loopback(host: str) -> bool:
    """Tell whether a host is this very machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _parsed(bare: str) -> httpx.URL:
    wrong = UsageProblem(
        f"{URL_VARIABLE} is no web address.", hint=f"Without blanks, quotes or brackets. {_EXAMPLE}"
    )
    scheme, _, rest = bare.partition("://")
    try:
        # The usual port is only recognised behind a scheme in lower case.
        parts = httpx.URL(f"{scheme.lower()}://{rest}")
    except httpx.InvalidURL as error:
        raise wrong from error
    # What urls allow in a host and no host has: a mistyped address, or shell syntax that was never replaced.
    if not re.fullmatch(r"[a-z0-9._-]+|[0-9a-f:.]+", parts.raw_host.decode("ascii"), re.IGNORECASE):
        raise wrong
    if parts.port is not None and not 0 < parts.port < 65536:
        raise wrong
    return parts


def _base(parts: httpx.URL) -> str:
    return f"{parts.scheme}://{parts.netloc.decode('ascii')}".lower()


def _with_scheme(bare: str) -> str:
    """Suggest the address with its scheme, where the text looks like a host at all."""
    found = re.match(
        r"(localhost|127\.0\.0\.1|([a-z0-9-]+\.)+[a-z]{2,24})(:[0-9]+)?(?=/|$)", bare, re.IGNORECASE
    )
    if not found:
        return _EXAMPLE
    return f"Write {'http' if is_loopback(found[1].lower()) else 'https'}://{found[0]}"


def _token(
    environ: Mapping[str, str], site: Site | None, url: str, keyring: Callable[[str], Stored]
) -> Token:
    """Return the token for an address: of the environment, else of the keyring."""
    for variable in _variables(environ, site):
        secret = environ.get(variable, "")
        if secret.strip():
            _check_named(environ, url)
            return _checked(secret, variable)
    host = _netloc(url)
    found = keyring(host)
    if found.secret:
        return _checked(found.secret, f"The keyring's password of {_SERVICE} for {host}")
    raise _no_token(environ, site, host, found.trouble)


def _variables(environ: Mapping[str, str], site: Site | None) -> Iterator[str]:
    """Yield the variables that may hold the token for a Canvas, the strongest first.

    The usual one is for the Canvas that is named beside it, or for the only one there is: with several, it
    may be the token of another.
    """
    if site and site.token_env:
        yield site.token_env
    if site is None or site.alone or environ.get(URL_VARIABLE, "").strip():
        yield TOKEN_VARIABLE


def _check_named(environ: Mapping[str, str], url: str) -> None:
    """Refuse to send a secret of a build server to a host that only a file of the repository names."""
    named = environ.get(URL_VARIABLE, "").strip() or environ.get(HOSTS_VARIABLE, "").strip()
    building = environ.get(_CI_VARIABLE, "").strip().lower() not in {"", "0", "false"}
    if building and not named and not is_loopback(httpx.URL(url).host):
        host = _netloc(url)
        raise UnsafePlan(
            f"{_CI_VARIABLE} is set, and only the project file says that the token goes to {host}.",
            hint=f"Set {HOSTS_VARIABLE}={host} where the secret is set, out of reach of a pull request.",
        )


def _checked(secret: str, source: str) -> Token:
    if not re.fullmatch(r"[!-~]+", secret):
        raise UsageProblem(
            f"{source} holds a blank, a line break or another character that no token has.",
            hint="Set it to the token alone, without quotes or the word Bearer.",
        )
    return Token(secret)


def _no_token(environ: Mapping[str, str], site: Site | None, host: str, trouble: str) -> UsageProblem:
    usable = list(_variables(environ, site))
    said = f"{usable[0]} is not set." if len(usable) == 1 else f"Neither {' nor '.join(usable)} is set."
    if not usable:
        said = f"No variable is named for the token of {host}."
    if TOKEN_VARIABLE not in usable and environ.get(TOKEN_VARIABLE, "").strip():
        said += f" {TOKEN_VARIABLE} is, and may be the token of another environment."
    ways = f"put it into {usable[0]}" if usable else "name its variable by token_env"
    hint = (
        f"Make one in Canvas under Account > Settings > New Access Token, and {ways}, or with "
        f"coursesync[keyring] installed into the keyring: keyring set {_SERVICE} {host}"
    )
    return UsageProblem(" ".join(filter(None, (said, trouble))), hint=hint)


def _netloc(url: str) -> str:
    return httpx.URL(url).netloc.decode("ascii")


def _check_allowed(url: str, allowed: str) -> None:
    """Refuse a host that is not listed; a variable that is set and lists nothing allows nothing."""
    if not allowed.strip():
        return
    parts = httpx.URL(url)
    netloc = parts.netloc.decode("ascii")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    host = netloc.removesuffix(f":{parts.port}") if parts.port else netloc
    names = {host, host.strip("[]"), parts.host, f"{host}:{port}"}
    listed = {entry.strip().lower().removeprefix("https://").rstrip("/") for entry in allowed.split(",")}
    if not names & listed:
        raise UnsafePlan(
            f"{HOSTS_VARIABLE} does not list {netloc}, so the token is not sent there.",
            hint=f"Correct the address, or add {host} to {HOSTS_VARIABLE}.",
        )


def _proxy(environ: Mapping[str, str], parts: httpx.URL) -> Token | None:
    """Return the proxy for https addresses; this machine is always reached directly."""
    named = {key.lower(): value.strip() for key, value in environ.items() if key.lower().endswith("_proxy")}
    proxy = named.get("https_proxy") or named.get("all_proxy")
    if not proxy or parts.scheme != "https" or _direct(parts.host, named.get("no_proxy", "")):
        return None
    try:
        parsed = httpx.URL(proxy)
        usable = parsed.scheme in {"http", "https"} and bool(parsed.host)
    except httpx.InvalidURL:
        usable = False
    if not usable:
        raise UsageProblem(
            "HTTPS_PROXY names no proxy that can be used.", hint="Write it like http://proxy.school.edu:3128"
        )
    return Token(proxy)


def _direct(host: str, excluded: str) -> bool:
    """Tell whether a host is reached without a proxy: this machine, or one under a name in NO_PROXY."""
    endings = [entry.strip().lower().lstrip(".") for entry in excluded.split(",")]
    listed = (ending == "*" or host == ending or host.endswith(f".{ending}") for ending in endings if ending)
    return is_loopback(host) or any(listed)
