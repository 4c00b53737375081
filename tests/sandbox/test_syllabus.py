"""The three texts of a syllabus: what is sent, what is stored, and what is read."""

from __future__ import annotations

import pytest

from tests.sandbox.desk import COURSE, PATH, URL, Desk

API = f"{URL}/api/v1"


def stored(html: str, desk: Desk | None = None) -> str:
    place = desk or Desk()
    assert place.put(syllabus_body=html).status_code == 200
    found = place.stored["syllabus_body"]
    assert isinstance(found, str)
    return found


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("<p>a<script>alert(1)</script>b</p>", "<p>ab</p>"),
        ("<style>p{color:red}</style><p>a</p>", "<p>a</p>"),
        ('<p onclick="x()">a</p>', "<p>a</p>"),
        ("<p><!-- note -->a</p>", "<p>a</p>"),
        ("<form><p>a</p></form>", "<p>a</p>"),
        ('<a href="javascript:x()">a</a>', "<a>a</a>"),
        ('<a href="https://x.example" target="_blank" rel="noopener">a</a>',) * 2,
        (
            '<p style="COLOR:red;margin-left:1px;evil:1">a</p>',
            '<p style="color: red; margin-left: 1px;">a</p>',
        ),
        ('<p style="evil:1">a</p>', "<p>a</p>"),
        ('<p data-x="1" aria-label="l" class="c">a</p>',) * 2,
        ("<p>a", "<p>a</p>"),
        ("<table><tr><td>a</table>", "<table><tbody><tr><td>a</td></tr></tbody></table>"),
    ],
    ids=lambda text: str(text)[:30],
)
def test_saving_passes_the_allow_list(sent: str, kept: str) -> None:
    assert stored(sent) == kept


def test_what_was_kept_once_is_kept_again() -> None:
    once = stored('<h2 style="color:red">A &amp; B</h2><p>x<br>y&nbsp;<b>z</b><img src="/a.png"></p>')
    assert stored(once) == once


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (f'<a href="{URL}/courses/1/pages/a">a</a>', '<a href="/courses/1/pages/a">a</a>'),
        ('<a href="/files/501/download?verifier=x&amp;wrap=1">a</a>',
         '<a href="/courses/4101/files/501/download?wrap=1">a</a>'),
        ('<img src="/courses/1/files/501/preview?verifier=x">', '<img src="/courses/1/files/501/preview">'),
        ('<a href="/files/504/download?verifier=x">a</a>',) * 2,
        ('<a href="https://x.example/files/1?verifier=x">a</a>',) * 2,
    ],
    ids=["own host", "file without its course", "verifier", "file of a user", "another host"],
)  # fmt: skip
def test_links_to_this_canvas_are_made_local(sent: str, kept: str) -> None:
    assert stored(sent) == kept


def read(html: str, desk: Desk | None = None) -> str:
    place = desk or Desk()
    place.sandbox.edit(COURSE, syllabus_body=html)
    found = place.see("syllabus_body")["syllabus_body"]
    assert isinstance(found, str)
    return found


@pytest.mark.parametrize(
    ("kept", "shown"),
    [
        ('<img src="/x.png">', f'<img src="{URL}/x.png">'),
        ('<a href="#top">a</a>',) * 2,
        ('<a href="/courses/7/pages/read">a</a>',
         f'<a href="{URL}/courses/7/pages/read" data-api-endpoint="{API}/courses/7/pages/read"'
         ' data-api-returntype="Page">a</a>'),
        ('<a href="/courses/7/assignments">a</a>',
         f'<a href="{URL}/courses/7/assignments" data-api-endpoint="{API}/courses/7/assignments"'
         ' data-api-returntype="[Assignment]">a</a>'),
        ('<a href="/courses/4101/files/501/download?wrap=1">a</a>',
         f'<a href="{URL}/courses/4101/files/501/download?wrap=1&amp;verifier=kQ7microscope4101"'
         f' data-api-endpoint="{API}/courses/4101/files/501" data-api-returntype="File">a</a>'),
        ('<img src="/courses/4101/files/502">',
         f'<img src="{URL}/courses/4101/files/502?no_preview=1" data-api-endpoint='
         f'"{API}/courses/4101/files/502" data-api-returntype="File">'),
        ('<img src="/files/505">', f'<img src="{URL}/files/505?hidden=1">'),
    ],
    ids=["relative", "anchor", "page", "list", "file", "deleted file", "hidden file"],
)  # fmt: skip
def test_reading_adds_what_a_client_needs(kept: str, shown: str) -> None:
    assert read(kept) == shown


def test_an_equation_gains_its_mathml() -> None:
    assert 'data-mathml="&lt;math' in read('<img class="equation_image" src="/e" alt="LaTeX: x^2">')


def test_a_recording_becomes_a_player_and_back() -> None:
    desk = Desk()
    shown = read(
        '<a id="media_comment_m-1" class="instructure_inline_media_comment audio_comment">a</a>', desk
    )
    assert shown.startswith('<audio preload="none"')
    assert 'data-media_comment_id="m-1"' in shown
    assert stored(shown, desk).startswith('<a id="media_comment_m-1"')


def test_embedded_content_is_signed() -> None:
    assert 'class="instructure_user_content" data-uc_sig="' in read('<embed src="https://x.example/a.swf">')


def test_the_accounts_mobile_files_are_added_at_both_ends() -> None:
    desk = Desk()
    desk.sandbox.edit_account(
        1, mobile_css_url="https://x.example/a.css", mobile_js_url="https://x.example/a.js"
    )
    shown = read("<p>a</p>", desk)
    assert shown == (
        '<link rel="stylesheet" href="https://x.example/a.css"><p>a</p>'
        '<script src="https://x.example/a.js"></script>'
    )


@pytest.mark.parametrize("html", [None, ""])
def test_null_and_empty_are_not_the_same(html: str | None) -> None:
    desk = Desk({"syllabus_body": "<p>a</p>"})
    desk.put(syllabus_body=html)
    assert desk.see("syllabus_body")["syllabus_body"] == html


SAMPLES = [
    "<p>plain",
    f'<p style="color:red"><a href="{URL}/files/501/download?verifier=x">f</a></p>',
    '<a href="/courses/1/quizzes/2">q</a><script>1</script>',
    str(Desk().sandbox.course(4104)["syllabus_body"]),
]


@pytest.mark.parametrize("html", SAMPLES, ids=["plain", "file", "quiz", "seed"])
def test_a_preview_is_what_would_be_read_and_stores_nothing(html: str) -> None:
    desk = Desk()
    desk.sandbox.edit_account(1, mobile_css_url="https://x.example/a.css")
    preview = desk.ask("POST", f"{PATH}/preview_html", json={"html": html}).json()["html"]
    assert desk.stored["syllabus_body"] is None
    desk.put(syllabus_body=html)
    assert desk.see("syllabus_body")["syllabus_body"] == preview


def test_a_reader_may_preview() -> None:
    desk = Desk({"workflow_state": "available"}, token="sandbox-student")
    assert desk.ask("POST", f"{PATH}/preview_html", data={"html": "a"}).json() == {"html": "a"}
