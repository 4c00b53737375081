"""The one comment: found by its first line only, never longer than a forge takes."""

from __future__ import annotations

import pytest

from coursesync.forge.comment import composed, digest_in, is_ours

DIGEST = "a" * 64
LINK = "https://forge.example/runs/77"


def test_a_comment_begins_with_the_mark_and_ends_with_the_link() -> None:
    text = composed(["### Plan", "", "Courses"], digest=DIGEST, link=LINK, most=65_536)
    assert text.startswith(f"<!-- coursesync plan={DIGEST} -->\n\n### Plan\n\nCourses\n\n")
    assert text.endswith(f"{LINK}\n")
    assert is_ours(text)
    assert digest_in(text) == DIGEST


def test_a_comment_without_a_plan_has_no_digest() -> None:
    text = composed(["No plan"], digest="", link=LINK, most=65_536)
    assert is_ours(text)
    assert digest_in(text) == ""


def test_the_comments_of_two_environments_are_told_apart() -> None:
    text = composed(["Plan"], label="beta", digest=DIGEST, link=LINK, most=65_536)
    assert text.startswith(f"<!-- coursesync for=beta plan={DIGEST} -->\n")
    assert is_ours(text, "beta")
    assert not is_ours(text)
    assert not is_ours(text, "production")
    assert digest_in(text) == DIGEST


def test_what_is_too_long_is_left_out_whole_and_linked() -> None:
    text = composed(["é" * 65_536], digest=DIGEST, link=LINK, most=65_536)
    assert len(text) < 300
    assert LINK in text
    assert digest_in(text) == DIGEST


def test_what_just_fits_is_kept() -> None:
    bare = len(composed([], digest="", link=LINK, most=1_000))
    kept = composed(["x" * (1_000 - bare - 2)], digest="", link=LINK, most=1_000)
    assert len(kept) == 1_000
    assert "xxx" in kept
    assert "xxx" not in composed(["x" * (1_000 - bare - 1)], digest="", link=LINK, most=1_000)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Nice plan",
        f"> <!-- coursesync plan={DIGEST} -->",
        f"Look:\n<!-- coursesync plan={DIGEST} -->",
        "<!-- coursesync plan=zz -->",
        f"<!-- coursesync plan={DIGEST} --> and more",
        "<!-- coursesync-other -->",
    ],
)
def test_a_mark_anywhere_else_is_not_ours(text: str) -> None:
    assert not is_ours(text)
    assert digest_in(text) == ""


def test_a_forge_that_rewrites_line_ends_still_shows_our_comment() -> None:
    assert digest_in(f"<!-- coursesync plan={DIGEST} -->\r\n\r\n### Plan") == DIGEST
