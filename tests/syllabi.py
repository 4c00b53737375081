# ruff: noqa: E501
"""A hundred syllabi as teachers and their editors write them: tables, embeds, equations, links to files."""

from __future__ import annotations

from random import Random
from urllib.parse import quote

_SUBJECTS = (
    "Introduction to Biology", "Algèbre linéaire", "Organic Chemistry II", "Welt &amp; Wirtschaft",
    "Creative Writing", "統計学入門", "Музыка XX века", "Nursing Practice <em>(clinical)</em>",
)  # fmt: skip
_OPENINGS = (
    "<h2>{subject}</h2>\n<p>Welcome to <strong>{subject}</strong>! Please read this page before week&nbsp;1.</p>",
    '<h2 style="text-align: center;"><span style="color: #2d3b45;">{subject}</span></h2>\n<hr />',
    '<div class="syllabus-banner" style="background-color:#f5f5f5;padding:10px"><h1>{subject}</h1></div>',
    '<p><span style="font-size: 18pt;"><b>{subject}</b></span><br />Section {n}, Fall 2026</p>',
    "<P ALIGN=center><FONT size='5'>{subject}</FONT><BR>Room {n}</P>",
    "{subject}: everything you need, on one page.",
)
_TABLES = (
    '<table style="border-collapse: collapse; width: 100%;" border="1"><caption>Schedule</caption><thead><tr>'
    '<th scope="col">Week</th><th scope="col">Topic</th></tr></thead><tbody><tr><td>1</td><td>Cells &lt; '
    "organs</td></tr><tr><td>2</td><td>DNA &ndash; RNA</td></tr></tbody></table>",
    "<table><tr><th>Part<th>Weight<tr><td>Exams<td>{n}&nbsp;%<tr><td>Homework<td>40&nbsp;%</table>",
    '<table class="ic-Table" width="80%" cellpadding="4"><colgroup><col span="2" /></colgroup><tbody><tr>'
    '<td colspan="2" valign="top"><p>Office hours:</p><ul><li>Mon 10&ndash;11</li><li>by appointment</li>'
    "</ul></td></tr></tbody></table>",
)
_EMBEDS = (
    '<p><iframe style="width: 640px; height: 360px;" title="Lecture {n}" src="https://video.example.org/embed/{n}'
    '?rel=0&amp;start=5" allowfullscreen="allowfullscreen" allow="autoplay *"></iframe></p>',
    '<iframe src="https://maps.example.org/embed?pb=!1m18!2d{n}" width="400" height="300" loading="lazy"></iframe>',
    '<video controls="controls" poster="/courses/9001/files/71/download"><source src="https://cdn.example.org/'
    '{n}.mp4" type="video/mp4" /><track kind="captions" src="https://cdn.example.org/{n}.vtt" srclang="en" />'
    "</video>",
    '<p><a id="media_comment_m-{n}" class="instructure_inline_media_comment video_comment" href="/media_objects/'
    'm-{n}">Introduction</a></p>',
)
_EQUATIONS = ("x^2+y^2=r^2", r"\frac{1}{2}\int_0^1 f(t)\,dt", r"a<b \Rightarrow a\ne b", r"\sum_{i=1}^{n} i")
_LINKS = (
    '<p>Text: <a class="instructure_file_link instructure_scribd_file" title="reader.pdf" href="/courses/9001/'
    'files/{n}?wrap=1" target="_blank" rel="noopener">Reader</a></p>',
    '<p><img src="/courses/9001/files/{n}/preview" alt="A leaf, 30 % enlarged" width="300" height="200" '
    'data-decorative="true" /></p>',
    '<p>See the <a href="/courses/9001/pages/week-{n}">page of the week</a>, <a href="/courses/9001/assignments/'
    '{n}">the first task</a> and <a href="/courses/9001/modules">all modules</a>.</p>',
    '<p>Write to <a href="mailto:teacher{n}@example.edu?subject=Hello&amp;body=Hi">me</a> or call '
    '<a href="tel:+15550100">+1 555 0100</a>.</p>',
    "<p>External: <a href='https://library.example.edu/search?q=a&amp;b=c#top'>the library</a></p>",
)
_POLICIES = (
    "<h3>Late work</h3><ol><li>One day: 10&nbsp;%</li><li>Two days: 20&nbsp;%<ul><li>unless agreed</li></ul></li></ol>",
    "<h3>Accommodation</h3>\n\n<blockquote>Tell us by week 2 &mdash; we will find a way.</blockquote>",
    "<p>&ldquo;Honesty&rdquo; isn't a <s>rule</s> <u>habit</u>; it&#39;s <sup>the</sup> one.&hellip;</p>",
    "<dl><dt>A<dd>90 and above<dt>B<dd>80 &le; x &lt; 90</dl>",
    "<pre>def f(x):\n    return x  # two  blanks\n</pre>",
    '<p style="margin-left:40px">Indented</p><p>&nbsp;</p><p dir="rtl" lang="ar">مرحبا</p>',
    "<div>\n  <div>\n    <p>Deep <span>in <span>spans</span></span></p>\n  </div>\n</div>",
)  # fmt: skip


def _equation(source: str) -> str:
    return (
        f'<p>Remember <img class="equation_image" title="{source.replace("<", "&lt;")}" src="/equation_images/'
        f'{quote(quote(source))}" alt="LaTeX: {source.replace("<", "&lt;")}" '
        f'data-equation-content="{source.replace("<", "&lt;")}" />.</p>'
    )


def _syllabus(number: int) -> str:
    chance = Random(number)
    parts = [chance.choice(_OPENINGS)]
    parts += chance.sample(_TABLES, chance.randint(0, 2)) + chance.sample(_EMBEDS, chance.randint(0, 2))
    parts += chance.sample(_LINKS, chance.randint(1, 4)) + chance.sample(_POLICIES, chance.randint(1, 5))
    body = [
        part.replace("{subject}", _SUBJECTS[number % 8]).replace("{n}", str(number + 20)) for part in parts
    ]
    body += [_equation(source) for source in chance.sample(_EQUATIONS, chance.randint(0, 2))]
    opening, *others = body
    chance.shuffle(others)
    return chance.choice(("\n", "", "\r\n", "\n\n  ")).join((opening, *others))


SYLLABI: tuple[str, ...] = tuple(_syllabus(number) for number in range(100))
