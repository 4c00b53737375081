"""What a person does with the page: look, filter, search, open, walk with the keyboard, print, share."""

from __future__ import annotations

from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from coursesync.model import CanvasAddress, Drift
from coursesync.render import Problems
from coursesync.render.html.legend import SIGNS
from coursesync.render.sheet import Mark, rows
from tests.browser import pages
from tests.browser.conftest import Open

pytestmark = pytest.mark.browser

SCHOOL = pages.drift(400)
PLAN = pages.plan(300)
APPLY = pages.report(300)
FEW = pages.drift(14)
PHONE = {"width": 390, "height": 844}


def cells(document: Drift, *, mark: Mark | None = None, field: str = "", department: str = "") -> int:
    """Count what there is to look at."""
    return sum(
        (cell.mark is mark or (mark is None and not SIGNS[cell.mark].quiet))
        and field in {"", cell.field}
        and department in {"", row.department}
        for row in rows(document)
        for cell in row.cells
    )


def found(page: Page) -> Locator:
    return page.locator("#found")


def begins(number: int) -> str:
    return f"{number:,} field{'' if number == 1 else 's'} in "


def fragment(page: Page) -> str:
    return page.evaluate("decodeURIComponent(location.hash).replaceAll('+', ' ')")


def first_hit(page: Page) -> Locator:
    return page.locator("#matrix td.hit").first


def details(page: Page) -> Locator:
    return page.locator("dialog.details[open]")


def test_at_first_only_what_there_is_to_look_at_is_shown(open_page: Open) -> None:
    page = open_page(SCHOOL)
    expect(found(page)).to_contain_text(begins(cells(SCHOOL)))
    expect(page.locator("#matrix table")).to_have_attribute(
        "aria-rowcount",
        str(1 + sum(any(not SIGNS[cell.mark].quiet for cell in row.cells) for row in rows(SCHOOL))),
    )
    page.get_by_label("Show all").check()
    expect(page.locator("#matrix table")).to_have_attribute("aria-rowcount", "401")
    expect(page.locator("#matrix table")).to_have_attribute(
        "aria-colcount", str(1 + len({cell.field for row in rows(SCHOOL) for cell in row.cells}))
    )
    assert fragment(page) == "#all=1"


def test_only_the_rows_in_sight_are_in_the_page(open_page: Open) -> None:
    page = open_page(SCHOOL, "#all=1")
    page.locator("#results").evaluate("(node) => node.scrollIntoView()")
    drawn = page.locator("#matrix tr[data-row]")
    assert drawn.count() < 60
    page.locator(".matrix-scroll").evaluate("(node) => { node.scrollTop = node.scrollHeight; }")
    expect(page.locator('#matrix tr[data-row="399"]')).to_be_visible()
    assert drawn.count() < 60
    expect(page.locator('#matrix tr[data-row="399"] th')).to_contain_text(rows(SCHOOL)[399].label)
    # The names of the fields and of the courses stay in sight.
    expect(page.locator("#matrix thead th.corner")).to_be_in_viewport()


@pytest.mark.parametrize("place", ["#cards button", "#legend button"])
def test_a_class_is_a_filter(open_page: Open, place: str) -> None:
    page = open_page(SCHOOL)
    page.locator(f"{place}.mark-conflict").click()
    expect(found(page)).to_contain_text(begins(cells(SCHOOL, mark=Mark.CONFLICT)))
    assert fragment(page) == "#class=conflict"
    for button in ("#cards button.mark-conflict", "#legend button.mark-conflict"):
        expect(page.locator(button)).to_have_attribute("aria-pressed", "true")
    page.locator(f"{place}.mark-live-changed").click()
    both = cells(SCHOOL, mark=Mark.CONFLICT) + cells(SCHOOL, mark=Mark.LIVE_CHANGED)
    expect(found(page)).to_contain_text(begins(both))
    page.locator(f"{place}.mark-conflict").click()
    expect(found(page)).to_contain_text(begins(cells(SCHOOL, mark=Mark.LIVE_CHANGED)))


def test_what_is_equal_can_be_asked_for(open_page: Open) -> None:
    page = open_page(SCHOOL)
    page.locator("#legend button.mark-in-sync").click()
    expect(found(page)).to_contain_text(begins(cells(SCHOOL, mark=Mark.IN_SYNC)))


def test_a_department_a_field_a_risk_and_a_person_are_filters(open_page: Open) -> None:
    page = open_page(SCHOOL)
    size = cells(SCHOOL, department="Chemistry")
    page.locator("#department").select_option(label=f"Chemistry ({size})")
    expect(found(page)).to_contain_text(begins(size))
    assert fragment(page) == "#department=Chemistry"
    syllabus = cells(SCHOOL, department="Chemistry", field="attributes.syllabus_body")
    page.locator("#field").select_option(label=f"attributes.syllabus_body ({syllabus})")
    expect(found(page)).to_contain_text(begins(syllabus))
    expect(page.locator("#matrix thead th[data-field]")).to_have_count(1)
    page.get_by_role("button", name="Clear filters").click()
    expect(found(page)).to_contain_text(begins(cells(SCHOOL)))
    lossy = sum(cell.risk == "lossy" for row in rows(SCHOOL) for cell in row.cells)
    page.locator("#risk").select_option(label=f"lossy ({lossy})")
    expect(found(page)).to_contain_text(begins(lossy))
    page.locator("#risk").select_option("-1")
    person = pages.PEOPLE[0][1]
    by_person = sum(
        cell.blame is not None and cell.blame.user == person for row in rows(SCHOOL) for cell in row.cells
    )
    page.locator("#person").select_option(label=f"{person} ({by_person})")
    expect(found(page)).to_contain_text(begins(by_person))
    assert fragment(page) == f"#person={person}"


def test_a_panel_ends_after_the_first_some_dozen(open_page: Open) -> None:
    courses = [
        replace(
            course,
            fields=tuple(
                replace(item, blame=replace(item.blame, user=f"Person {course.id}"))
                for item in course.fields
                if item.blame
            ),
        )
        for course in SCHOOL.courses
    ]
    page = open_page(replace(SCHOOL, courses=tuple(courses)))
    panel = page.get_by_role("region", name="By person")
    expect(panel.locator("tbody tr")).to_have_count(60)
    expect(panel).to_contain_text("more, in the filters below")


def test_the_panels_filter_and_are_let_go_again(open_page: Open) -> None:
    page = open_page(SCHOOL)
    button = page.locator("#panels section").first.get_by_role("button", name="hide_final_grades")
    button.click()
    expect(found(page)).to_contain_text(begins(cells(SCHOOL, field="settings.hide_final_grades")))
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(button).to_be_focused()
    button.click()
    expect(found(page)).to_contain_text(begins(cells(SCHOOL)))


@pytest.mark.parametrize("part", ["label", "name", "id"])
def test_search_finds_a_course_by_its_sis_id_its_name_and_its_number(open_page: Open, part: str) -> None:
    page = open_page(SCHOOL)
    row = next(row for row in rows(SCHOOL) if any(cell.mark is Mark.CONFLICT for cell in row.cells))
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type(str(getattr(row, part)).lower())
    expect(page.locator("#matrix .course-label").first).to_be_visible()
    expect(page.locator("#matrix tbody")).to_contain_text(row.label)
    assert "search=" in fragment(page)


def test_where_nothing_matches_the_page_says_so(open_page: Open) -> None:
    page = open_page(SCHOOL)
    page.locator("#search").fill("no such course")
    expect(found(page)).to_have_text("0 fields in 0 of 400 courses match.")
    expect(page.locator("#matrix")).to_contain_text("Nothing matches these filters.")
    page.get_by_role("button", name="Clear filters").click()
    expect(page.locator("#search")).to_have_value("")
    expect(found(page)).to_contain_text(begins(cells(SCHOOL)))


def test_a_school_in_sync_is_told_so(open_page: Open) -> None:
    calm = [course for course in SCHOOL.courses if not course.fields and not course.released]
    page = open_page(replace(SCHOOL, courses=tuple(calm)))
    expect(found(page)).to_have_text(f"Nothing to look at in {len(calm)} courses.")
    expect(page.locator("#matrix")).to_contain_text("“Show all” shows what is in sync.")
    expect(page.locator("#cards")).to_contain_text("in sync")


def test_the_address_brings_the_same_view_back(open_page: Open) -> None:
    page = open_page(SCHOOL)
    page.locator("#legend button.mark-conflict").click()
    page.locator("#department").select_option(index=2)
    page.get_by_label("Order").select_option("most")
    page.locator("#search").fill("2026FA")
    before, address = found(page).text_content(), page.url
    page.reload()
    expect(found(page)).to_have_text(before or "")
    expect(page.locator("#search")).to_have_value("2026FA")
    expect(page.get_by_label("Order")).to_have_value("most")
    assert page.url == address
    page.evaluate("location.hash = '#class=live-changed'")
    expect(found(page)).to_contain_text(begins(cells(SCHOOL, mark=Mark.LIVE_CHANGED)))


def test_an_address_of_another_report_does_no_harm(open_page: Open) -> None:
    page = open_page(
        SCHOOL, "#class=nothing,conflict&department=%00&field=__proto__&order=toString&open=1/x&view=q"
    )
    expect(found(page)).to_contain_text(begins(cells(SCHOOL, mark=Mark.CONFLICT)))
    expect(details(page)).to_have_count(0)


def test_a_click_opens_the_details_and_escape_closes_them(open_page: Open) -> None:
    page = open_page(SCHOOL, "#field=settings.hide_final_grades&class=live-changed")
    cell = first_hit(page)
    cell.click()
    expect(details(page)).to_contain_text("hide_final_grades")
    for text in ("At the base", "In the manifests", "In Canvas", "Declared at", "policies/fall-2026.yaml"):
        expect(details(page)).to_contain_text(text)
    assert "open=" in fragment(page)
    page.keyboard.press("Escape")
    expect(details(page)).to_have_count(0)
    expect(cell).to_be_focused()
    assert "open=" not in fragment(page)


def test_the_keyboard_walks_through_the_matrix_and_opens_a_cell(open_page: Open) -> None:
    page = open_page(SCHOOL, "#all=1")
    page.locator("#skip").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#results")).to_be_focused()
    page.locator("#matrix [tabindex='0']").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    focused = page.locator("#matrix :focus")
    expect(focused).to_have_attribute("aria-label", "name: not managed")
    page.keyboard.press("Control+End")
    expect(page.locator('#matrix tr[data-row="399"] :focus')).to_be_in_viewport()
    page.keyboard.press("PageUp")
    page.keyboard.press("Home")
    expect(focused).to_have_class("course")
    page.keyboard.press("Control+Home")
    expect(page.locator('#matrix tr[data-row="0"] :focus')).to_be_visible()
    page.keyboard.press("Enter")
    expect(details(page)).to_contain_text(rows(SCHOOL)[0].label)
    page.keyboard.press("Escape")
    expect(page.locator('#matrix tr[data-row="0"] th')).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert "field=attributes.name" in fragment(page)


def test_focus_stays_in_the_matrix_when_its_row_is_scrolled_away(open_page: Open) -> None:
    page = open_page(SCHOOL, "#all=1")
    page.locator('#matrix tr[data-row="0"] th').focus()
    page.locator(".matrix-scroll").evaluate("(node) => { node.scrollTop = 9000; }")
    expect(page.locator(".matrix-scroll")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator('#matrix tr[data-row="1"] th')).to_be_focused()


def test_one_walks_from_difference_to_difference_in_the_details(open_page: Open) -> None:
    page = open_page(SCHOOL, "#class=conflict")
    first_hit(page).click()
    size = cells(SCHOOL, mark=Mark.CONFLICT)
    expect(details(page)).to_contain_text(f"1 of {size}")
    page.get_by_role("button", name="Next").click()
    expect(details(page)).to_contain_text(f"2 of {size}")
    page.keyboard.press("ArrowRight")
    expect(details(page)).to_contain_text(f"3 of {size}")
    page.keyboard.press("ArrowLeft")
    expect(details(page)).to_contain_text(f"2 of {size}")


def test_a_link_to_one_cell_opens_it(open_page: Open) -> None:
    row = next(
        row for row in rows(SCHOOL) if any(cell.field == "blueprint.restrictions" for cell in row.cells)
    )
    page = open_page(SCHOOL, f"#open={row.id}/blueprint.restrictions")
    expect(details(page)).to_contain_text(row.label)
    page.get_by_role("button", name="Close").click()
    expect(details(page)).to_have_count(0)


def test_a_map_is_shown_key_by_key(open_page: Open) -> None:
    page = open_page(SCHOOL, "#field=blueprint.restrictions&class=live-changed")
    first_hit(page).click()
    expect(details(page).locator(".parts tbody tr")).to_have_text(["pointsfalsetrue", "due_datesfalsetrue"])


def test_html_is_compared_word_by_word_as_text_and_as_source(open_page: Open) -> None:
    page = open_page(SCHOOL, "#field=attributes.syllabus_body&class=live-changed")
    first_hit(page).click()
    words = details(page).locator(".words")
    expect(words.locator("del").last).to_have_text("one week")
    expect(words.locator("ins").last).to_have_text("three days")
    expect(words).not_to_contain_text("<p>")
    details(page).get_by_role("button", name="Source").click()
    expect(words).to_contain_text("<p>")
    expect(details(page).get_by_role("button", name="Source")).to_be_focused()
    details(page).get_by_role("button", name="At the base → In Canvas").click()
    expect(words.locator("ins").last).to_have_text("one week")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a b c d e f. " * 40, "a c x d f e. y " * 38),
        ("one two three four " * 6, None),
        (" ".join(map(str, range(3000))), " ".join(map(str, range(3000, 6000)))),
        ("第一周 读第一章。" * 9, "第二周 读第二章。" * 9),
    ],
    ids=["alike", "nothing", "strangers", "chinese"],
)
def test_the_comparison_of_words_is_right(open_page: Open, one: str, other: str | None) -> None:
    """What stays and goes is the first text, what stays and comes the second, whatever the two are."""
    field = replace(SCHOOL.courses[5].fields[0], field="attributes.public_description", read=one, after=other)
    page = open_page(replace(SCHOOL, courses=(replace(SCHOOL.courses[5], fields=(field,)),)))
    page.locator("#matrix td.hit").first.click()
    words = details(page).locator(".words")
    runs = words.evaluate("(node) => [...node.childNodes].map((each) => [each.nodeName, each.textContent])")
    said = [(kind, text) for kind, text in runs if kind != "P"]
    assert "".join(text for kind, text in said if kind != "INS") == one
    assert "".join(text for kind, text in said if kind != "DEL") == (other or "")


def test_who_changed_it_is_told_and_how_sure_that_is(open_page: Open) -> None:
    page = open_page(SCHOOL, f"#person={pages.PEOPLE[0][1]}")
    first_hit(page).click()
    expect(details(page)).to_contain_text("Who changed it in Canvas")
    expect(details(page)).to_contain_text(pages.PEOPLE[0][1])
    expect(details(page).locator(".blame")).to_contain_text("in the web pages")


def test_a_course_opens_in_canvas_in_a_page_that_knows_nothing_of_this_one(open_page: Open) -> None:
    page = open_page(SCHOOL)
    first_hit(page).click()
    link = details(page).get_by_role("link", name="Open in Canvas")
    assert (link.get_attribute("href") or "").startswith("https://canvas.northfield.example/courses/4")
    assert link.get_attribute("rel") == "noopener noreferrer"


def test_what_is_the_same_elsewhere_is_one_click_away(open_page: Open) -> None:
    page = open_page(SCHOOL, "#field=settings.hide_final_grades&class=live-changed&search=nurs")
    first_hit(page).click()
    page.get_by_role("button", name="Show all with this mark on this field").click()
    expect(details(page)).to_have_count(0)
    assert fragment(page) == "#class=live-changed&field=settings.hide_final_grades"


def test_the_list_shows_the_same_and_grows(open_page: Open) -> None:
    page = open_page(SCHOOL)
    page.get_by_role("button", name="List", exact=True).click()
    expect(page.locator("#list tbody tr")).to_have_count(50)
    page.get_by_role("button", name="Show 50 more").click()
    expect(page.locator("#list tbody tr")).to_have_count(100)
    page.locator("#list .list-field button").nth(3).click()
    expect(details(page)).to_be_visible()
    assert fragment(page).startswith("#view=list&open=")


def test_an_apply_tells_what_failed_and_where_it_ended(open_page: Open) -> None:
    page = open_page(APPLY, "#class=failed")
    first_hit(page).click()
    expect(details(page).locator(".entry-head")).to_contain_text("failed")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Clear filters").click()
    expect(page.locator("#matrix th.ended").first).to_be_visible()


def test_hostile_names_are_text(open_page: Open) -> None:
    name = "<img src=x onerror=alert(1)></script><script>alert(2)</script><!--\u2028\u202e"
    course = replace(SCHOOL.courses[5], name=name, sis_course_id=name, file=name)
    hostile = replace(
        SCHOOL, courses=(course,), accounts={"106": name}, canvas=CanvasAddress(url="javascript:alert(3)")
    )
    page = open_page(hostile)
    expect(page.locator("#matrix .course-label")).to_contain_text("<img src=x onerror=alert(1)></script>")
    page.locator("#matrix th.course").click()
    expect(details(page)).to_contain_text("<script>alert(2)</script>")
    expect(details(page).get_by_role("link")).to_have_count(0)
    assert page.locator("img").count() == 0
    page.keyboard.press("Escape")
    page.get_by_role("button", name="List", exact=True).click()
    expect(page.locator("#list")).to_contain_text("<img src=x onerror=alert(1)>")


def test_a_very_long_name_stays_in_its_place(open_page: Open) -> None:
    course = replace(SCHOOL.courses[5], name="x" * 10_000, sis_course_id="y" * 10_000)
    for options in ({}, {"viewport": PHONE}):
        page = open_page(replace(SCHOOL, courses=(course,)), **options)
        assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


@pytest.mark.parametrize("document", [SCHOOL, PLAN, APPLY, Problems(diagnostics=pages.DIAGNOSTICS)])
def test_a_phone_has_no_sideways_scrolling(open_page: Open, document: Drift) -> None:
    page = open_page(document, viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    if not isinstance(document, Problems):
        expect(page.locator("#list tbody tr").first).to_be_visible()
        page.get_by_role("button", name="Matrix").click()
        expect(first_hit(page)).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_paper_gets_the_sum_and_every_difference_of_the_view(open_page: Open) -> None:
    page = open_page(SCHOOL, "#class=conflict")
    page.emulate_media(media="print")
    expect(page.locator("#matrix")).to_be_hidden()
    expect(page.locator("#filters")).to_be_hidden()
    expect(page.locator("#cards")).to_be_visible()
    expect(page.locator("#list tbody tr")).to_have_count(cells(SCHOOL, mark=Mark.CONFLICT))
    page.emulate_media(media="screen")
    expect(page.locator("#matrix")).to_be_visible()
    expect(page.locator("#list")).to_be_hidden()


def test_without_a_script_the_differences_can_be_read(open_page: Open) -> None:
    page = open_page(SCHOOL, java_script_enabled=False)
    table = page.locator("#list table")
    expect(table).to_be_visible()
    expect(table.locator("tbody tr")).to_have_count(300)
    expect(page.locator("#filters")).to_be_hidden()
    expect(page.locator("#cards")).to_contain_text("conflict")


def test_a_script_that_fails_leaves_the_plain_list(browser, written) -> None:
    page = browser.new_page()
    page.add_init_script("delete window.Intl;")
    page.goto(written(SCHOOL).as_uri())
    expect(page.locator("#list table")).to_be_visible()
    expect(page.locator("#filters")).to_be_hidden()
    page.close()


def test_light_and_dark_follow_the_system_until_one_is_chosen(open_page: Open) -> None:
    page = open_page(SCHOOL, color_scheme="dark")
    colour = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(colour)
    button = page.get_by_role("button", name="Theme")
    button.click()
    expect(button).to_have_text("Theme: dark")
    assert page.evaluate(colour) == dark
    button.click()
    expect(button).to_have_text("Theme: light")
    assert page.evaluate(colour) != dark
    page.reload()
    expect(button).to_have_text("Theme: light")
    assert page.evaluate(colour) != dark


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("document", "view"),
    [
        (FEW, "#view=matrix"),
        (FEW, "#view=list&class=conflict"),
        (FEW, "#all=1&view=matrix"),
        (FEW, "#open=4009/attributes.syllabus_body"),
        (FEW, "#open=4013/settings.hide_final_grades"),
        (FEW, "#search=nothing"),
        (pages.plan(14), "#view=matrix"),
        (pages.report(14), "#view=matrix"),
        (Problems(diagnostics=pages.DIAGNOSTICS), ""),
    ],
    ids=["matrix", "list", "all", "text", "values", "empty", "plan", "apply", "problems"],
)
def test_a_screen_reader_can_use_it(
    open_page: Open, document: Drift, view: str, theme: str, width: int
) -> None:
    page = open_page(document, view, color_scheme=theme, viewport={"width": width, "height": 900})
    violations = Axe().run(page).response["violations"]
    assert [
        (each["id"], each["impact"], each["nodes"][0]["html"])
        for each in violations
        if each["impact"] in {"serious", "critical"}
    ] == []
