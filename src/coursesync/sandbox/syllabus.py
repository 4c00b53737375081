"""What Canvas makes of a syllabus: what is sent, what is stored, and what is read back are three texts.

Canvas: lib/api.rb process_incoming_html_content and api_user_content, lib/api/html/.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from coursesync.sandbox.inheritance import chain
from coursesync.sandbox.markup import Attributes, Tag, rewritten, start_tag
from coursesync.sandbox.sanitise import sanitised
from coursesync.sandbox.store import Columns, Store

LONGEST = 500 * 1024
_LINKS = ("href", "src")
_URLS = (*_LINKS, "data", "poster")
_FILE = re.compile(
    r"(?:/(?P<context>courses|groups|accounts)/\d+)?/files/(?P<id>\d+)(?P<rest>/(?:download|preview))?"
)
_QUOTED_FILES = re.compile(r"""['"][^'"]*/files""")
_MEDIA_CLASS = "instructure_inline_media_comment"
# Canvas: lib/api/html/url_proxy.rb, the pages of a course that have an endpoint in the API.
_ROUTES = (
    (re.compile(r"/courses/(\d+)/(?:pages|wiki)/([^/?#]+)"), "courses/{}/pages/{}", "Page"),
    (re.compile(r"/courses/(\d+)/(?:pages|wiki)"), "courses/{}/pages", "[Page]"),
    (re.compile(r"/courses/(\d+)/assignments/(\d+)"), "courses/{}/assignments/{}", "Assignment"),
    (re.compile(r"/courses/(\d+)/assignments"), "courses/{}/assignments", "[Assignment]"),
    (re.compile(r"/courses/(\d+)/discussion_topics/(\d+)"), "courses/{}/discussion_topics/{}", "Discussion"),
    (re.compile(r"/courses/(\d+)/discussion_topics"), "courses/{}/discussion_topics", "[Discussion]"),
    (re.compile(r"/courses/(\d+)/quizzes/(\d+)"), "courses/{}/quizzes/{}", "Quiz"),
    (re.compile(r"/courses/(\d+)/quizzes"), "courses/{}/quizzes", "[Quiz]"),
    (re.compile(r"/courses/(\d+)/modules/(\d+)"), "courses/{}/modules/{}", "Module"),
    (re.compile(r"/courses/(\d+)/modules"), "courses/{}/modules", "[Module]"),
    (re.compile(r"/courses/(\d+)/files/(\d+)(?:/download|/preview)?"), "courses/{}/files/{}", "File"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Where a text is read or written.

    Attributes:
        store: holds the files the text links to.
        course: whose syllabus it is.
        base: scheme and host of this Canvas.

    """

    store: Store
    course: Columns
    base: str

    @property
    def host(self) -> str:
        """The host as it stands in links."""
        return urlsplit(self.base).netloc


def stored(page: Page, html: str) -> str:
    """Return what Canvas stores of what was sent."""
    return sanitised(_incoming(page, html))


def shown(page: Page, html: str | None) -> str | None:
    """Return what Canvas answers when a stored text is read."""
    if not html:
        return html
    return _with_account_files(page, rewritten(html, lambda tag: _outgoing(page, tag)))


def _incoming(page: Page, html: str) -> str:
    watched = "verifier=" in html or _MEDIA_CLASS in html or page.host in html or _QUOTED_FILES.search(html)
    return rewritten(html, lambda tag: _received(page, tag)) if watched else html


def _received(page: Page, tag: Tag) -> Tag:
    attributes = tag.attributes
    if tag.name in {"video", "audio"} and _MEDIA_CLASS in attributes.get("class", ""):
        media = attributes.get("data-media_comment_id", "")
        classes = f"{_MEDIA_CLASS} {tag.name}_comment"
        return Tag(
            name="a",
            attributes={"id": f"media_comment_{media}", "class": classes, "href": f"/media_objects/{media}"},
        )
    urls: Attributes = {name: _local(page, attributes[name]) for name in _LINKS if name in attributes}
    return replace(tag, attributes={**attributes, **urls})


def _local(page: Page, url: str) -> str:
    """Return a link without this host; one to a file gets its owner and loses its verifier."""
    parts = urlsplit(url)
    if parts.netloc and parts.netloc != page.host:
        return url
    found = _FILE.fullmatch(parts.path)
    if found is None:
        return urlunsplit(("", "", *parts[2:])) if parts.netloc else url
    known = page.store.row("files", int(found["id"]))
    if known is not None and known["course_id"] is None:
        return url
    owner = "" if found["context"] or known is None else f"/courses/{known['course_id']}"
    query = urlencode([pair for pair in parse_qsl(parts.query) if pair[0] != "verifier"])
    return urlunsplit(("", "", owner + parts.path, query, parts.fragment))


def _outgoing(page: Page, tag: Tag) -> Tag:
    attributes = dict(tag.attributes)
    if tag.name == "a" and _MEDIA_CLASS in attributes.get("class", ""):
        return _player(page, attributes)
    _add_endpoint(page, attributes)
    for name in _URLS:
        if name in attributes:
            attributes[name] = _absolute(page, attributes[name])
    if tag.name in {"object", "embed"}:
        attributes |= _guarded(attributes)
    if tag.name == "img" and "equation_image" in attributes.get("class", "").split():
        formula = attributes.get("data-equation-content") or attributes.get("alt", "").removeprefix("LaTeX: ")
        attributes["data-mathml"] = (
            f'<math xmlns="http://www.w3.org/1998/Math/MathML"><mtext>{formula}</mtext></math>'
        )
    return Tag(name=tag.name, attributes=attributes)


def _add_endpoint(page: Page, attributes: Attributes) -> None:
    path = attributes.get("href") or attributes.get("src") or ""
    parts = urlsplit(path)
    if parts.netloc not in {"", page.host}:
        return
    for pattern, endpoint, kind in _ROUTES:
        found = pattern.fullmatch(parts.path)
        if found:
            attributes["data-api-endpoint"] = f"{page.base}/api/v1/{endpoint.format(*found.groups())}"
            attributes["data-api-returntype"] = kind
            return


def _absolute(page: Page, url: str) -> str:
    parts = urlsplit(url)
    if parts.netloc not in {"", page.host} or not parts.path.startswith("/"):
        return url
    query = parse_qsl(parts.query, keep_blank_values=True)
    found = _FILE.fullmatch(parts.path)
    if found:
        query += _file_access(page, int(found["id"]))
    scheme, host = urlsplit(page.base)[:2]
    return urlunsplit((scheme, host, parts.path, urlencode(query), parts.fragment))


def _file_access(page: Page, number: int) -> list[tuple[str, str]]:
    known = page.store.row("files", number)
    if known is None or known["state"] == "deleted":
        return [("no_preview", "1")]
    return [("hidden", "1")] if known["state"] == "hidden" else [("verifier", known["uuid"])]


def _player(page: Page, attributes: Attributes) -> Tag:
    """Return the player that stands for a link to recorded sound or film."""
    media = attributes.get("id", "").removeprefix("media_comment_")
    kind = "audio" if "audio_comment" in attributes.get("class", "") else "video"
    source = (
        f"{page.base}/courses/{page.course['id']}/media_download?entryId={media}&media_type={kind}&redirect=1"
    )
    return Tag(
        name=kind,
        attributes={
            "preload": "none",
            "class": _MEDIA_CLASS,
            "data-media_comment_id": media,
            "data-media_comment_type": kind,
            "controls": "controls",
            "src": source,
        },
    )


def _guarded(attributes: Attributes) -> Attributes:
    classes = f"{attributes.get('class', '')} instructure_user_content".strip()
    snippet = "".join(f"{name}={value}" for name, value in attributes.items())
    signature = hashlib.sha256(snippet.encode()).hexdigest()[:40]
    return {"class": classes, "data-uc_sig": signature, "data-uc_snippet": snippet}


def _with_account_files(page: Page, html: str) -> str:
    """Return a text with the style sheet and script of the account's mobile theme at its ends."""
    accounts = chain(page.store, page.course["account_id"])
    style = next((row["mobile_css_url"] for row in accounts if row["mobile_css_url"]), None)
    script = next((row["mobile_js_url"] for row in accounts if row["mobile_js_url"]), None)
    before = start_tag(Tag(name="link", attributes={"rel": "stylesheet", "href": style})) if style else ""
    after = f"{start_tag(Tag(name='script', attributes={'src': script}))}</script>" if script else ""
    return before + html + after
