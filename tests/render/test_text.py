"""Text keeps to its width, shows what is hidden, and says only what is true."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from coursesync.catalogue.field import Risk
from coursesync.model import Plan, Report, Verdict
from coursesync.render import Document, Look, Problems
from coursesync.render.lines import Comparison, Row, compare
from coursesync.render.text import render
from coursesync.render.text.pieces import comparison_lines
from coursesync.render.values import Delta, arrow, pieces, shown, visible
from tests.render.generated import diagnostics, drifts, fleets, plans, reports, texts, tuples, values
from tests.render.samples import BIOLOGY, CHEMISTRY, CLEAN_REPORT, MIXED_REPORT, SAMPLES, plan

# What may stand before a word that is too long: a mark, a sign, an arrow, a bar.
_MARKS = {"~", "-", "+", "!", "=", "?", "·", "✓", "≈", "✗", "↺", "≠", "->", "|", "…"}


def _too_long(text: str, width: int) -> list[str]:
    """Return the lines that are too wide although they could have been broken."""
    found = []
    for line in text.splitlines():
        if cell_len(line) <= width:
            continue
        words = line.split()
        while len(words) > 1 and words[0] in _MARKS:
            words.pop(0)
        if len(words) > 1:
            found.append(line)
    return found


documents: st.SearchStrategy[Document] = st.one_of(
    plans,
    fleets(),
    reports,
    drifts,
    st.builds(Problems, diagnostics=tuples(diagnostics), strict=st.booleans()),
)
looks = st.builds(
    Look, width=st.integers(min_value=30, max_value=130), verbose=st.booleans(), quiet=st.booleans()
)


@given(documents, looks)
@settings(max_examples=150, deadline=None)
def test_no_line_is_wider_than_the_page_unless_a_word_is(document: Document, look: Look) -> None:
    assert _too_long(render(document, look), look.width) == []


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_fit_eighty_columns(name: str) -> None:
    assert _too_long(render(SAMPLES[name], Look()), 80) == []


@given(documents, looks)
@settings(max_examples=100, deadline=None)
def test_nothing_can_steer_a_terminal(document: Document, look: Look) -> None:
    text = render(document, look)
    assert {char for char in text if unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp", "Cs"}} <= {"\n"}


@given(documents, looks)
@settings(max_examples=50, deadline=None)
def test_colour_changes_nothing_but_the_colour(document: Document, look: Look) -> None:
    coloured = render(document, replace(look, colour=True))
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == render(document, look)


def test_colour_is_used_only_where_asked() -> None:
    assert "\x1b[" not in render(SAMPLES["plan-hostile"], Look())
    assert "\x1b[" in render(SAMPLES["plan-hostile"], Look(colour=True))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "none"),
        (True, "true"),
        (False, "false"),
        (3, "3"),
        (1.5, "1.5"),
        ("modules", "modules"),
        ("", '""'),
        (" x", '" x"'),
        ("0123", '"0123"'),
        ("-1.5e3", '"-1.5e3"'),
        ("true", '"true"'),
        ("none", '"none"'),
        ("a -> b", '"a -> b"'),
        ("[x]", '"[x]"'),
        ('"x"', r'"\"x\""'),
        ("a\tb", r"a\tb"),
        ("a\u202eb", r"a\u202eb"),
        ("a\U000e0041b", r"a\U000e0041b"),
        ("a\xa0b", r"a\xa0b"),
        ("2026-12-18T07:00:00Z", "2026-12-18 07:00Z"),
        ("2026-12-18T23:59:59Z", "2026-12-18 23:59:59Z"),
        ({"a": True, "b": ["x", None]}, "{a: true, b: [x, none]}"),
    ],
    ids=repr,
)
def test_a_value_reads_well_and_as_nothing_else(value: object, text: str) -> None:
    assert shown(value) == text  # type: ignore[arg-type]


@given(values, values)
def test_values_of_other_kinds_never_look_alike(one: object, other: object) -> None:
    if type(one) is not type(other) and not {type(one), type(other)} <= {int, float}:
        assert shown(one) != shown(other)  # type: ignore[arg-type]


@given(texts)
def test_plain_ascii_stays_as_it_is(text: str) -> None:
    if text.isascii() and text.isprintable():
        assert visible(text) == text


def test_a_difference_shows_context_folds_the_rest_and_counts() -> None:
    before = [f"line {number}" for number in range(30)]
    after = [*before[:10], "new", *before[11:20], *before[22:]]
    said = compare(Delta(before="\n".join(before), after="\n".join(after)))
    assert said.label == "1 line changed, 2 removed"
    assert [f"{row.sign} {row.text}" for row in said.rows] == [
        "… 8 lines unchanged",
        "  line 8",
        "  line 9",
        "- line 10",
        "+ new",
        "  line 11",
        "  line 12",
        "… 5 lines unchanged",
        "  line 18",
        "  line 19",
        "- line 20",
        "- line 21",
        "  line 22",
        "  line 23",
        "… 6 lines unchanged",
    ]


def test_html_without_line_breaks_is_compared_block_by_block() -> None:
    said = compare(Delta(before="<p>one</p><p>two</p>", after="<p>one</p><p>three</p>"))
    assert [f"{row.sign}{row.text}" for row in said.rows] == [" one", "-two", "+three"]


def test_what_no_reader_of_html_sees_is_said() -> None:
    said = compare(Delta(before="<p>a</p><p>b</p>", after="<p>a</p>\n<p>b</p>"))
    assert said.label == "only what no reader sees differs"
    assert [f"{row.sign}{row.text}" for row in said.rows] == ["-<p>a</p><p>b</p>", "+<p>a</p>", "+<p>b</p>"]


@pytest.mark.parametrize(
    ("before", "after", "rows"),
    [
        # The words say it all.
        ("<p>On <b>Monday</b></p>", "<p>On <b>Friday</b></p>", ["-On Monday", "+On Friday"]),
        ("<ul><li>a</ul>", "<ul><li>a<li>b</ul>", [" • a", "+• b"]),
        ("<table><tr><td>1<td>Mon</table>", "<table><tr><td>1<td>Tue</table>", ["-1 | Mon", "+1 | Tue"]),
        # The tags say something else.
        ("<p>On <b>Monday</b></p>", "<p>On Monday</p>", ["-<p>On <b>Monday</b></p>", "+<p>On Monday</p>"]),
        ("<b>a</b> c", "a <b>c</b>", ["-<b>a</b> c", "+a <b>c</b>"]),
        ('<a href="/x">go</a>', '<a href="/y">go</a>', ['-<a href="/x">go</a>', '+<a href="/y">go</a>']),
        ('<a href="/x">go</a>', '<a href="/y">on</a>', ['-<a href="/x">go</a>', '+<a href="/y">on</a>']),
        ("<p>a</p>", '<p>a</p><p><a href="/x">b</a></p>', [" a", '+<p><a href="/x">b</a></p>']),
        ("<p>a</p>", "<p>a</p><script>x()</script>", ["-<p>a</p>", "+<p>a</p><script>x()</script>"]),
        ("<p>a</p>", '<p hidden="">a</p>', ["-<p>a</p>", '+<p hidden="">a</p>']),
    ],
)
def test_tags_are_shown_where_they_matter(before: str, after: str, rows: list[str]) -> None:
    assert [f"{row.sign}{row.text}" for row in compare(Delta(before=before, after=after)).rows] == rows


def test_the_words_of_a_changed_line_that_differ_are_known() -> None:
    gone, come = compare(Delta(before="<p>Exam: 12 December</p>", after="<p>Exam: 14 December</p>")).rows
    assert [row.text[start:end] for row in (gone, come) for start, end in row.words] == ["12", "14"]
    assert all(not row.words for row in compare(Delta(before="<p>abc</p>", after="<p>xyz</p>")).rows)


def test_the_words_that_differ_stand_out_in_colour_on_whatever_line_they_are_broken_to() -> None:
    words = " ".join(f"word{number}" for number in range(9))
    row = Row(sign="+", text=words, words=((words.index("word7"), words.index("word8") - 1),))
    said = comparison_lines(Comparison(label="", rows=(row,)), 40)
    marked = [
        line.plain[span.start : span.end] for line in said for span in line.spans if "bold" in span.style
    ]
    assert marked == ["word7"]


def test_blanks_at_the_end_of_a_line_can_be_seen() -> None:
    said = compare(Delta(before="a\nb", after="a  \nb"))
    assert [row.text for row in said.rows] == ["a", "a··", "b"]


def test_a_text_of_many_lines_is_cut_unless_all_is_wanted() -> None:
    delta = Delta(before="", after="\n".join(map(str, range(500))))
    assert len(compare(delta, most=10).rows) == 11
    assert "490 more lines" in compare(delta, most=10).rows[-1].text
    assert len(compare(delta, most=None).rows) == 500


def test_two_huge_texts_are_compared_in_reasonable_time() -> None:
    before, after = ("\n".join(f"{word} {n % 7}" for n in range(60_000)) for word in ("a", "b"))
    assert compare(Delta(before=before, after=after)).label == "60,000 lines changed"


@given(texts, texts)
@settings(deadline=None)
def test_texts_that_differ_show_a_difference(one: str, other: str) -> None:
    said = compare(Delta(before=one, after=other), most=None)
    gone = [row.text for row in said.rows if row.sign == "-"]
    come = [row.text for row in said.rows if row.sign == "+"]
    if one == other:
        assert (gone, come) == ([], [])
    else:
        assert gone != come


@given(
    st.lists(texts, min_size=1, max_size=9).map(" ".join),
    st.lists(texts, min_size=1, max_size=9).map(" ".join),
)
@settings(deadline=None)
def test_what_is_left_out_of_a_long_line_is_never_the_difference(one: str, other: str) -> None:
    said = compare(
        Delta(before=f"{'head ' * 30}{one}{' tail' * 30}", after=f"{'head ' * 30}{other}{' tail' * 30}")
    )
    if len(said.rows) == 2:
        assert said.rows[0].text != said.rows[1].text


def test_maps_are_shown_key_by_key_down_to_the_values() -> None:
    delta = Delta(before={"a": {"x": True, "y": True}}, after={"a": {"x": False, "y": True}, "b": True})
    found = [(part.key, arrow(Delta(before=part.before, after=part.after))) for part in pieces(delta)]
    assert found == [("a.x", "true -> false"), ("b", "false -> true")]


@pytest.mark.parametrize(
    ("document", "last"),
    [
        (SAMPLES["plan-varied"], "Plan: 8 changes in 2 courses (3 requests). 198 courses unchanged."),
        (SAMPLES["plan-nothing"], "No changes. No course was compared."),
        (plan(compared=12), "No changes. 12 courses are as declared."),
        (plan(compared=1), "No changes. 1 course is as declared."),
        (CLEAN_REPORT, "Applied 3 of 3 changes in 2 courses, every one read back."),
        (MIXED_REPORT, "Applied 3 of 10 changes in 1 course. 7 results need attention."),
        (SAMPLES["problems"], "2 errors, 2 warnings and 1 note."),
        (SAMPLES["problems-none"], "No problems found."),
    ],
    ids=["plan", "nothing", "in sync", "one in sync", "applied", "mixed", "problems", "no problems"],
)
def test_the_last_line_says_it_all(document: Document, last: str) -> None:
    assert render(document, Look()).splitlines()[-1] == last
    assert render(document, Look(quiet=True)).splitlines()[-1] == last


def _spoilt(verdict: Verdict) -> Report:
    first, *others = CLEAN_REPORT.courses
    fields = (replace(first.fields[0], verdict=verdict), *first.fields[1:])
    return replace(CLEAN_REPORT, courses=(replace(first, fields=fields), *others))


@pytest.mark.parametrize(
    "report",
    [
        *(_spoilt(verdict) for verdict in Verdict if verdict not in {Verdict.APPLIED, Verdict.NORMALISED}),
        replace(CLEAN_REPORT, interrupted=True),
        replace(CLEAN_REPORT, unavailable=True),
        replace(CLEAN_REPORT, errors=("Canvas is gone.",)),
        replace(CLEAN_REPORT, left_out=MIXED_REPORT.left_out),
        replace(CLEAN_REPORT, courses=(replace(CLEAN_REPORT.courses[0], error="No."),)),
    ],
)
def test_read_back_is_said_only_when_all_of_it_was(report: Report) -> None:
    assert "every one read back" not in render(report, Look())


@pytest.mark.parametrize(
    ("risk", "effect", "said"),
    [
        (Risk.SAFE, Risk.SAFE, None),
        (Risk.SAFE, Risk.LOSSY, "1 lossy side effect: apply needs --allow lossy."),
        (Risk.LOSSY, Risk.SAFE, "1 lossy change: apply needs --allow lossy."),
        (
            Risk.LOSSY,
            Risk.DESTRUCTIVE,
            "1 destructive side effect and 1 lossy change: apply needs --allow destructive.",
        ),
    ],
    ids=["safe", "effect", "change", "both"],
)
def test_a_risk_says_what_allows_it(risk: Risk, effect: Risk, said: str | None) -> None:
    course = replace(
        BIOLOGY,
        changes=(replace(BIOLOGY.changes[0], risk=risk),),
        side_effects=(replace(BIOLOGY.side_effects[0], risk=effect),),
    )
    lines = render(plan(course, compared=1), Look()).splitlines()
    assert [line for line in lines if "--allow" in line] == ([said] if said else [])


def test_a_risk_of_write_only_fields_is_told_apart() -> None:
    course = replace(BIOLOGY, side_effects=(replace(BIOLOGY.side_effects[0], unverified=True),))
    text = render(plan(course, compared=1), Look())
    assert "With --send-unverified also 1 lossy side effect: apply needs --allow lossy." in text.replace(
        "\n", " "
    )
    assert "lossy side effect of --send-unverified" in text


def test_what_is_ignored_or_not_verifiable_is_told_once_for_all_courses() -> None:
    many: list = [replace(BIOLOGY, id=number, sis_course_id=f"BIO-{number}") for number in range(9)]
    text = render(plan(*many, compared=9), Look())
    assert text.count("settings.enable_offline_web_export") == 1
    assert "      BIO-0, BIO-1, BIO-2 and 6 more\n" in text


def test_verbose_shows_every_request_as_it_will_be_sent() -> None:
    sample = SAMPLES["plan-varied"]
    assert isinstance(sample, Plan)
    text = render(sample, Look(verbose=True))
    assert all(f"  {item.method} {item.path}\n" in text for item in sample.requests)
    assert '"default_view": "modules"' in text
    assert "PUT" not in render(sample, Look())


def test_errors_come_before_warnings_and_say_where() -> None:
    lines = render(SAMPLES["problems"], Look()).splitlines()
    assert lines[:3] == [
        "policies/fall.yaml:12:5: error[unknown-field]: Unknown field",
        '  "hide_total" is not a setting coursesync knows.',
        '  Did you mean "hide_final_grades"?',
    ]
    kinds = [found[1] for line in lines if (found := re.search(r": (error|warning|note)\[", line))]
    assert kinds == sorted(kinds, key=["error", "warning", "note"].index)


def test_a_course_declared_by_number_is_not_named_twice() -> None:
    assert render(plan(CHEMISTRY, compared=1), Look()).splitlines()[0].startswith("course 4124  化学入门")
