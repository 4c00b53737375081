"""Which Canvas and which token: every mistake has its sentence, and none repeats a secret."""

from __future__ import annotations

import copy
import pickle
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, replace

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import InitError, KeyringError, KeyringLocked, NoKeyringError

from coursesync.canvas.credentials import Credentials, Site, Stored, Token, address, credentials, stored
from coursesync.errors import ExitCode, UnsafePlan, UsageProblem

SECRET = "7~abcDEF123"


def environment(**more: str) -> dict[str, str]:
    return {"CANVAS_API_URL": "https://school.example.edu", "CANVAS_API_TOKEN": SECRET, **more}


@pytest.mark.parametrize(
    ("given", "url"),
    [
        pytest.param("https://school.example.edu", "https://school.example.edu", id="plain"),
        pytest.param("  https://school.example.edu\n", "https://school.example.edu", id="blanks around"),
        pytest.param("https://school.example.edu/", "https://school.example.edu", id="slash"),
        pytest.param("https://school.example.edu/api/v1", "https://school.example.edu", id="api"),
        pytest.param("https://school.example.edu/api/v1/", "https://school.example.edu", id="api and slash"),
        pytest.param("https://School.Example.EDU", "https://school.example.edu", id="capitals"),
        pytest.param("HTTPS://school.example.edu:443", "https://school.example.edu", id="usual port"),
        pytest.param("https://school.example.edu:8443", "https://school.example.edu:8443", id="other port"),
        pytest.param("http://localhost:3000", "http://localhost:3000", id="localhost"),
        pytest.param("http://127.0.0.1:3000", "http://127.0.0.1:3000", id="loopback"),
        pytest.param("http://127.8.9.1", "http://127.8.9.1", id="other loopback"),
        pytest.param("http://[::1]:3000/", "http://[::1]:3000", id="loopback v6"),
        pytest.param("https://schüle.example.edu", "https://xn--schle-mva.example.edu", id="umlaut"),
    ],
)
def test_an_address_is_written_in_one_way(given: str, url: str) -> None:
    assert address(given) == url
    assert credentials(environment(CANVAS_API_URL=given)).url == url
    assert address(url) == url


@pytest.mark.parametrize(
    ("given", "message", "hint"),
    [
        pytest.param("", "CANVAS_API_URL is not set", "export CANVAS_API_URL=https://", id="empty"),
        pytest.param("   ", "CANVAS_API_URL is not set", "export CANVAS_API_URL=https://", id="blank"),
        pytest.param("http://school.example.edu", "unprotected", "https://school.example.edu", id="http"),
        pytest.param(
            "http://localhost.evil.edu", "unprotected", "https://localhost.evil.edu", id="like localhost"
        ),
        pytest.param("http://128.0.0.1", "unprotected", "https://128.0.0.1", id="no loopback"),
        pytest.param("ftp://school.example.edu", "must start with https://", "https://school", id="ftp"),
        pytest.param("school.example.edu", "no https://", "Write https://school.example.edu", id="no scheme"),
        pytest.param(
            "school.example.edu/api/v1",
            "no https://",
            "Write https://school.example.edu",
            id="no scheme, path",
        ),
        pytest.param(
            "localhost:3000", "no https://", "Write http://localhost:3000", id="localhost, no scheme"
        ),
        pytest.param("https://", "no web address", "For example", id="no host"),
        pytest.param("https://two words", "no web address", "Without blanks", id="blank inside"),
        pytest.param('"https://school.example.edu"', "no https://", "For example", id="quoted"),
        pytest.param("https://${SCHOOL}.edu", "no web address", "For example", id="shell syntax"),
        pytest.param("https://school.example.edu:99999", "no web address", "For example", id="no such port"),
        pytest.param("https://[::1", "no web address", "For example", id="half a bracket"),
        pytest.param("https://me:hunter2@school.edu", "user name or password", "only the address", id="user"),
        pytest.param(
            "https://school.edu?x=1", "more than the address", "Write https://school.edu", id="query"
        ),
        pytest.param(
            "https://school.edu/#top", "more than the address", "Write https://school.edu", id="fragment"
        ),
        pytest.param(
            "https://school.edu/courses/7", "more than", "Write https://school.edu", id="a course's page"
        ),
    ],
)
def test_a_wrong_address_is_explained(given: str, message: str, hint: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        credentials(environment(CANVAS_API_URL=given))
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert "hunter2" not in caught.value.message + caught.value.hint


def test_a_token_in_the_place_of_the_address_is_not_repeated() -> None:
    with pytest.raises(UsageProblem) as caught:
        credentials(environment(CANVAS_API_URL=SECRET))
    assert SECRET not in caught.value.message + caught.value.hint


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param("", "is not set", id="empty"),
        pytest.param(" \n", "is not set", id="blank"),
        pytest.param("Bearer abc", "a blank", id="with Bearer"),
        pytest.param("abc\n", "a line break", id="line break at the end"),
        pytest.param("abc\r\nX-Evil: 1", "a line break", id="a second header"),
        pytest.param("abcé", "another character", id="not ASCII"),
        pytest.param("“abc”", "another character", id="curly quotes"),
    ],
)
def test_a_wrong_token_is_explained_and_never_repeated(given: str, message: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        credentials(environment(CANVAS_API_TOKEN=given))
    assert "CANVAS_API_TOKEN" in caught.value.message
    assert message in caught.value.message
    assert "abc" not in caught.value.message + caught.value.hint
    assert caught.value.exit_code is ExitCode.ERROR


def test_a_missing_token_is_a_usage_problem() -> None:
    with pytest.raises(UsageProblem, match="CANVAS_API_TOKEN is not set"):
        credentials({"CANVAS_API_URL": "https://school.example.edu"})


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        pytest.param("https://school.edu", "school.edu", id="host"),
        pytest.param("https://school.edu", " other.edu , SCHOOL.edu ", id="one of several, any case"),
        pytest.param("https://school.edu:8443", "school.edu", id="host for any port"),
        pytest.param("https://school.edu:8443", "school.edu:8443", id="host and port"),
        pytest.param("https://school.edu", "school.edu:443", id="the usual port, written out"),
        pytest.param("http://127.0.0.1:3000", "127.0.0.1", id="loopback"),
        pytest.param("http://[::1]:3000", "::1", id="loopback v6"),
        pytest.param("http://[::1]:3000", "[::1]:3000", id="loopback v6 and port"),
        pytest.param("https://school.edu", "https://school.edu/", id="written as an address"),
        pytest.param("https://anything.edu", "  ", id="an empty list is no list"),
    ],
)
def test_a_listed_host_is_allowed(url: str, allowed: str) -> None:
    assert credentials(environment(CANVAS_API_URL=url, COURSESYNC_ALLOWED_HOSTS=allowed)).url == url


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        pytest.param("https://evil.edu", "school.edu", id="another host"),
        pytest.param("https://school.edu.evil.com", "school.edu", id="the name as a beginning"),
        pytest.param("https://notschool.edu", "school.edu", id="the name as an ending"),
        pytest.param("https://sub.school.edu", "school.edu", id="below the name"),
        pytest.param("https://school.edu:8443", "school.edu:9443", id="another port"),
        pytest.param("https://school.edu", "school.edu:8443", id="not on that port"),
        pytest.param("https://school.edu", ",", id="a list of nothing"),
    ],
)
def test_a_host_that_is_not_listed_is_refused(url: str, allowed: str) -> None:
    with pytest.raises(UnsafePlan) as caught:
        credentials(environment(CANVAS_API_URL=url, COURSESYNC_ALLOWED_HOSTS=allowed))
    assert caught.value.exit_code is ExitCode.BLOCKED
    assert "COURSESYNC_ALLOWED_HOSTS does not list" in caught.value.message
    assert SECRET not in caught.value.message + caught.value.hint


@pytest.mark.parametrize(
    "show", [repr, str, ascii, lambda t: f"{t}", lambda t: f"{t:>40}", lambda t: f"{t!r:>40}"]
)
def test_a_token_never_shows_itself(show: Callable[[object], str]) -> None:
    assert SECRET not in show(Token(SECRET))
    assert SECRET not in show(str(Credentials(url="https://a.edu", token=Token(SECRET))))
    assert SECRET not in show(repr(asdict(Credentials(url="https://a.edu", token=Token(SECRET)))))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_token_is_never_pickled(protocol: int) -> None:
    with pytest.raises(TypeError, match="never written"):
        pickle.dumps(Token(SECRET), protocol)


def test_a_copied_token_is_the_same_token() -> None:
    token = Token(SECRET)
    assert copy.copy(token) is token
    assert copy.deepcopy({"t": token})["t"] is token
    assert token.reveal() == SECRET


def test_a_token_is_blotted_out_of_texts() -> None:
    assert Token(SECRET).hide(f"a {SECRET} b") == "a [token] b"
    assert Token("").hide("text") == "text"


@pytest.mark.parametrize(
    ("variables", "proxy"),
    [
        pytest.param({}, None, id="none"),
        pytest.param({"HTTPS_PROXY": "http://p:3128"}, "http://p:3128", id="https"),
        pytest.param({"https_proxy": "http://p:3128"}, "http://p:3128", id="lower case"),
        pytest.param({"ALL_PROXY": "http://p:3128"}, "http://p:3128", id="all"),
        pytest.param({"HTTP_PROXY": "http://p:3128"}, None, id="for http only"),
        pytest.param(
            {"HTTPS_PROXY": "http://p", "NO_PROXY": "example.edu"}, None, id="excluded by its ending"
        ),
        pytest.param({"HTTPS_PROXY": "http://p", "NO_PROXY": " .example.edu"}, None, id="with a dot"),
        pytest.param({"HTTPS_PROXY": "http://p", "NO_PROXY": "*"}, None, id="everything excluded"),
        pytest.param({"HTTPS_PROXY": "http://p", "NO_PROXY": "ample.edu,"}, "http://p", id="others excluded"),
    ],
)
def test_a_proxy_of_the_environment_is_used(variables: dict[str, str], proxy: str | None) -> None:
    found = credentials(environment(**variables)).proxy
    assert (found.reveal() if found else None) == proxy


def test_this_machine_is_reached_without_a_proxy() -> None:
    found = credentials(environment(CANVAS_API_URL="http://localhost:3000", HTTPS_PROXY="http://p:1"))
    assert found.proxy is None


@pytest.mark.parametrize("proxy", ["socks5://u:hunter2@p:1", "p:3128", "http://[u:hunter2@"])
def test_a_proxy_that_cannot_be_used_is_explained_without_its_password(proxy: str) -> None:
    with pytest.raises(UsageProblem, match="HTTPS_PROXY") as caught:
        credentials(environment(HTTPS_PROXY=proxy))
    assert "hunter2" not in caught.value.message + caught.value.hint


def test_a_password_of_the_proxy_is_not_shown() -> None:
    found = credentials(environment(HTTPS_PROXY="http://u:hunter2@p:1"))
    assert "hunter2" not in repr(found)
    assert replace(found, proxy=None).proxy is None


PROD, BETA = "https://school.example.edu", "https://school.beta.example.edu"
EVIL = "https://evil.example"


def site(url: str = PROD, token_env: str | None = None, *, alone: bool = True) -> Site:
    return Site(name="production", url=url, token_env=token_env, alone=alone)


def no_keyring(_: str) -> Stored:
    return Stored()


def used(environ: Mapping[str, str], where: Site | None) -> str:
    """Return the token that would be sent."""
    return credentials(environ, where, keyring=no_keyring).token.reveal()


@pytest.mark.parametrize(
    ("environ", "where", "token"),
    [
        pytest.param({"CANVAS_PROD": "p"}, site(token_env="CANVAS_PROD"), "p", id="its own variable"),
        pytest.param(
            {"CANVAS_PROD": "p", "CANVAS_API_TOKEN": "t", "CANVAS_API_URL": PROD},
            site(token_env="CANVAS_PROD"),
            "p",
            id="its own before the usual one",
        ),
        pytest.param(
            {"CANVAS_PROD": " ", "CANVAS_API_TOKEN": "t"},
            site(token_env="CANVAS_PROD"),
            "t",
            id="the usual one where its own is blank",
        ),
        pytest.param({"CANVAS_API_TOKEN": "t"}, site(), "t", id="the only environment"),
        pytest.param(
            {"CANVAS_API_TOKEN": "t", "CANVAS_API_URL": PROD},
            site(alone=False),
            "t",
            id="one of several, named by its address",
        ),
        pytest.param(
            {"CANVAS_API_TOKEN": "t", "CI": "true", "COURSESYNC_ALLOWED_HOSTS": "school.example.edu"},
            site(),
            "t",
            id="in CI where the host is listed",
        ),
        pytest.param(
            {"CANVAS_API_TOKEN": "t", "CI": "1", "CANVAS_API_URL": PROD},
            site(),
            "t",
            id="in CI where it is named",
        ),
        pytest.param(
            {"CANVAS_API_TOKEN": "t", "CI": "true"},
            site("http://127.0.0.1:3000"),
            "t",
            id="in CI, this machine",
        ),
        pytest.param({"CANVAS_API_TOKEN": "t", "CI": "false"}, site(), "t", id="not in CI"),
    ],
)
def test_a_token_comes_from_a_variable_that_is_meant_for_this_canvas(
    environ: dict[str, str], where: Site, token: str
) -> None:
    assert used(environ, where) == token


@pytest.mark.parametrize(
    ("environ", "where", "message"),
    [
        pytest.param(
            {"CANVAS_API_TOKEN": SECRET},
            site(BETA, alone=False),
            "No variable is named for the token of school.beta.example.edu. CANVAS_API_TOKEN is, and may be "
            "the token of another environment.",
            id="none named",
        ),
        pytest.param(
            {"CANVAS_API_TOKEN": SECRET},
            site(BETA, "CANVAS_BETA", alone=False),
            "CANVAS_BETA is not set. CANVAS_API_TOKEN is, and may be the token of another environment.",
            id="the one named is not set",
        ),
        pytest.param(
            {},
            site(token_env="CANVAS_PROD"),
            "Neither CANVAS_PROD nor CANVAS_API_TOKEN is set.",
            id="neither",
        ),
    ],
)
def test_a_token_of_one_canvas_is_not_sent_to_another(
    environ: dict[str, str], where: Site, message: str
) -> None:
    with pytest.raises(UsageProblem) as caught:
        used(environ, where)
    assert caught.value.message == message
    assert "keyring set coursesync school." in caught.value.hint
    assert SECRET not in caught.value.message + caught.value.hint


@pytest.mark.parametrize(
    ("environ", "where", "message"),
    [
        pytest.param(
            {"CANVAS_API_URL": PROD}, site(EVIL), f"CANVAS_API_URL is {PROD}", id="the address is another"
        ),
        pytest.param(
            {"CANVAS_API_URL": PROD, "COURSESYNC_ALLOWED_HOSTS": "evil.example"},
            site(EVIL),
            f"CANVAS_API_URL is {PROD}",
            id="the address is another, though it is listed",
        ),
        pytest.param(
            {"COURSESYNC_ALLOWED_HOSTS": "school.example.edu"},
            site(EVIL),
            "COURSESYNC_ALLOWED_HOSTS does not list evil.example",
            id="not listed",
        ),
        pytest.param({"CI": "true"}, site(EVIL), "only the project file says", id="in CI, named by nobody"),
        pytest.param(
            {"CI": "true"}, site(EVIL, "CANVAS_API_TOKEN"), "only the project file says", id="with a variable"
        ),
        pytest.param(
            {"CANVAS_API_URL": "http://127.0.0.1:3000"},
            site("http://127.0.0.1:3001"),
            "CANVAS_API_URL is http://127.0.0.1:3000",
            id="another port of this machine",
        ),
    ],
)
def test_no_project_file_sends_a_token_where_the_environment_does_not(
    environ: dict[str, str], where: Site, message: str
) -> None:
    with pytest.raises(UnsafePlan) as caught:
        used({"CANVAS_API_TOKEN": SECRET, **environ}, where)
    assert message in caught.value.message
    assert caught.value.exit_code is ExitCode.BLOCKED
    assert SECRET not in caught.value.message + caught.value.hint


class Chain(KeyringBackend):
    """A keyring of this test; an error in place of a password is raised."""

    priority = 1

    def __init__(self, held: Mapping[tuple[str, str], str | Exception]) -> None:
        self.held = held

    def get_password(self, service: str, username: str) -> str | None:
        found = self.held.get((service, username))
        if isinstance(found, Exception):
            raise found
        return found

    def set_password(self, service: str, username: str, password: str) -> None:
        raise AssertionError("the keyring is only read")

    def delete_password(self, service: str, username: str) -> None:
        raise AssertionError("the keyring is only read")


@pytest.fixture
def chain() -> Iterator[Callable[..., None]]:
    """Put a keyring in the place of the system's."""
    before = keyring.get_keyring()
    yield lambda held: keyring.set_keyring(Chain(held))
    keyring.set_keyring(before)


def test_the_keyring_holds_a_token_for_a_host_and_no_other(chain: Callable[..., None]) -> None:
    chain({("coursesync", "school.example.edu"): SECRET, ("coursesync", "127.0.0.1:3000"): "local"})
    assert credentials({}, site()).token.reveal() == SECRET
    assert credentials({"CI": "true"}, site()).token.reveal() == SECRET
    assert credentials({"CANVAS_API_URL": PROD}).token.reveal() == SECRET
    assert credentials({"CANVAS_API_URL": "http://127.0.0.1:3000"}).token.reveal() == "local"
    assert SECRET not in repr(credentials({}, site()))
    with pytest.raises(UsageProblem):
        credentials({}, site(EVIL))


def test_a_variable_goes_before_the_keyring(chain: Callable[..., None]) -> None:
    chain({("coursesync", "school.example.edu"): RuntimeError("nobody asks")})
    assert credentials({"CANVAS_API_TOKEN": "t"}, site()).token.reveal() == "t"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        pytest.param(NoKeyringError(SECRET), "This system has no keyring.", id="none"),
        pytest.param(KeyringLocked(SECRET), "The system keyring is locked.", id="locked"),
        pytest.param(InitError(SECRET), "The system keyring cannot be read.", id="not to be opened"),
        pytest.param(KeyringError(SECRET), "The system keyring cannot be read.", id="another"),
        pytest.param(RuntimeError(SECRET), "The system keyring cannot be read.", id="of its backend"),
    ],
)
def test_a_keyring_that_fails_is_a_sentence(chain: Callable[..., None], error: Exception, said: str) -> None:
    chain({("coursesync", "school.example.edu"): error})
    with pytest.raises(UsageProblem) as caught:
        credentials({}, site())
    assert caught.value.message == f"CANVAS_API_TOKEN is not set. {said}"
    assert SECRET not in caught.value.message + caught.value.hint


def test_without_the_extra_the_keyring_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert stored("school.example.edu") == Stored()
    with pytest.raises(UsageProblem) as caught:
        credentials({}, site())
    assert caught.value.message == "CANVAS_API_TOKEN is not set."
    assert "coursesync[keyring]" in caught.value.hint


def test_a_wrong_password_of_the_keyring_is_explained_and_not_repeated(chain: Callable[..., None]) -> None:
    chain({("coursesync", "school.example.edu"): f"Bearer {SECRET}"})
    with pytest.raises(UsageProblem, match=r"for school\.example\.edu holds a blank") as caught:
        credentials({}, site())
    assert SECRET not in caught.value.message + caught.value.hint
