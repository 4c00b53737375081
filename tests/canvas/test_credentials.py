"""Which Canvas and which token: every mistake has its sentence, and none repeats a secret."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from dataclasses import asdict, replace

import pytest

from coursesync.canvas.credentials import Credentials, Token, address, credentials
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
