"""The allow-list through which Canvas passes HTML when it is saved (Canvas: gems/canvas_sanitize)."""

from __future__ import annotations

import nh3

_TAGS = frozenset(
    """
    a abbr acronym address area article aside audio b bdi bdo big blockquote br caption cite code col
    colgroup dd del details dfn div dl dt em embed figcaption figure font footer h1 h2 h3 h4 h5 h6
    header hr i iframe img ins kbd legend li map mark nav object ol p param picture pre q rp rt ruby s
    samp section small source span strike strong sub summary sup table tbody td tfoot th thead time tr
    track tt u ul var video
    """.split()
)
_EVERYWHERE = frozenset("align class dir height id lang name role style tabindex title valign width".split())
_ATTRIBUTES: dict[str, frozenset[str]] = {
    "a": frozenset("href target rel".split()),
    "area": frozenset("alt coords href shape target".split()),
    "audio": frozenset("controls muted preload src".split()),
    "blockquote": frozenset({"cite"}),
    "col": frozenset({"span"}),
    "colgroup": frozenset({"span"}),
    "del": frozenset("cite datetime".split()),
    "embed": frozenset("allowfullscreen flashvars src type wmode".split()),
    "font": frozenset("color face size".split()),
    "iframe": frozenset("allow allowfullscreen frameborder loading scrolling src".split()),
    "img": frozenset("alt border loading src usemap".split()),
    "ins": frozenset("cite datetime".split()),
    "object": frozenset("classid codebase data type".split()),
    "ol": frozenset("reversed start type".split()),
    "param": frozenset({"value"}),
    "q": frozenset({"cite"}),
    "source": frozenset("media src srcset type".split()),
    "table": frozenset("border cellpadding cellspacing summary".split()),
    "td": frozenset("abbr axis colspan headers rowspan scope".split()),
    "th": frozenset("abbr axis colspan headers rowspan scope".split()),
    "time": frozenset({"datetime"}),
    "track": frozenset("default kind label src srclang".split()),
    "ul": frozenset({"type"}),
    "video": frozenset("controls muted playsinline poster preload src".split()),
}
_SCHEMES = frozenset({"data", "ftp", "http", "https", "mailto", "skype", "tel"})
_STYLES = frozenset(
    """
    align-content align-items align-self background border border-radius bottom clear clip color cursor
    direction display flex flex-basis flex-direction flex-flow flex-grow flex-shrink flex-wrap float
    font font-family font-size font-style font-variant font-weight gap grid height justify-content
    justify-items justify-self left line-height list-style list-style-type margin max-height max-width
    min-height min-width order overflow overflow-x overflow-y padding position right table-layout
    text-align text-decoration text-indent text-transform top user-select vertical-align visibility
    white-space width z-index zoom
    """.split()
)
_STYLE_FAMILIES = ("background-", "border-", "grid-", "margin-", "padding-")


def sanitised(html: str) -> str:
    """Return HTML as Canvas stores it: what is not on the list goes, styles are written anew."""
    return nh3.clean(
        html,
        tags=set(_TAGS),
        clean_content_tags={"script", "style"},
        attributes={"*": set(_EVERYWHERE)} | {tag: set(names) for tag, names in _ATTRIBUTES.items()},
        attribute_filter=_attribute,
        generic_attribute_prefixes={"data-", "aria-"},
        url_schemes=set(_SCHEMES),
        link_rel=None,
        strip_comments=True,
    )


def _attribute(_tag: str, name: str, value: str) -> str | None:
    if name != "style":
        return value
    return _style(value) or None


def _style(text: str) -> str:
    """Return declarations as `prop: value; prop: value;`, the unknown ones left out."""
    kept = []
    for declaration in text.split(";"):
        name, colon, value = declaration.partition(":")
        prop, content = name.strip().lower(), value.strip()
        known = prop in _STYLES or prop.startswith(_STYLE_FAMILIES)
        if colon and content and known and "expression(" not in content.lower():
            kept.append(f"{prop}: {content};")
    return " ".join(kept)
