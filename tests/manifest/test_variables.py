"""Variables: what `${name}` comes to, where it may stand, and what manifests with them mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coursesync.catalogue import FIELDS
from coursesync.catalogue.types import Invalid, Literal
from coursesync.diagnostics import Diagnostic
from coursesync.manifest.entries import Loaded
from coursesync.manifest.environments import chosen
from coursesync.manifest.given import flag_value, for_environment, overridden
from coursesync.manifest.layout.files import lay_out_text
from coursesync.manifest.load import find_project, load
from coursesync.manifest.models import MANIFEST, check
from coursesync.manifest.resolve import Resolved, resolve
from coursesync.manifest.variables import NO_OVERRIDES, Filling, Given, Overrides, Variable, filled
from coursesync.manifest.yaml import parse
from coursesync.model import State
from tests.manifest.reading import TODAY, project
from tests.manifest.test_schema import VALUES, include

PROJECT = """\
environments:
  production: {url: https://school.example.edu}
  beta: {url: https://beta.example.edu, variables: {home: syllabus, banner: Practice copy}}
default_environment: production
variables: {home: modules, limit: 3, text: "3", nothing: null, shown: true, term: 2026FA, right: "$${x}"}
"""


def read(
    root: Path,
    manifest: str,
    *,
    environment: str | None = None,
    overrides: Overrides = NO_OVERRIDES,
    project_file: str = PROJECT,
) -> tuple[Loaded, tuple[Diagnostic, ...]]:
    found, problems = find_project(project(root, {"coursesync.yaml": project_file, "a.yaml": manifest}))
    assert problems == ()
    base = for_environment(found, chosen(found, name=environment, url=None))
    known, wrong = overridden(base, overrides, root=found.root)
    loaded = load(found, given=known)
    return loaded, (*wrong, *loaded.diagnostics)


def resolved(root: Path, manifest: str, *, environment: str | None = None) -> Resolved:
    loaded, wrong = read(root, manifest, environment=environment)
    assert wrong == ()
    return resolve(loaded.manifest, today=TODAY, account="1")


def course(root: Path, body: str, *, environment: str | None = None) -> State:
    (found,) = resolved(root, f"courses: [{{id: 1, {body}}}]\n", environment=environment).courses
    return found.state


def flags(**values: str) -> Overrides:
    return Overrides(values=tuple((name, flag_value(name, text)) for name, text in values.items()))


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("settings: {home_page_announcement_limit: '${limit}'}", 3),
        ('settings: {home_page_announcement_limit: "${limit}"}', 3),
        ("settings: {hide_final_grades: '${shown}'}", True),
        ("attributes: {name: '${text}'}", "3"),
        ("attributes: {name: 'Week ${limit}'}", "Week 3"),
        ("attributes: {name: '${limit}${limit}'}", "33"),
        ("attributes: {name: '$${limit} ${limit}'}", "${limit} 3"),
        ("attributes: {name: '$$${limit}'}", "$${limit}"),
        ("attributes: {name: '${right} $${right}'}", "${x} ${right}"),
        ("attributes: {name: 'US$ {5}'}", "US$ {5}"),
        ("attributes: {end_at: '${nothing}'}", None),
        ("attributes: {start_at: '202${limit}-08-24T08:00:00Z'}", "2023-08-24T08:00:00Z"),
        ("attributes: {enrollment_term_id: 'sis_term_id:${term}'}", "sis_term_id:2026FA"),
        ("attributes: {enrollment_term_id: '${limit}'}", 3),
        ("blueprint: {restrictions: {content: '${shown}'}}", {"content": True}),
    ],
)
def test_a_variable_alone_keeps_its_type_and_inside_a_text_it_is_text(
    tmp_path: Path, written: str, value: object
) -> None:
    assert list(course(tmp_path, written).values()) == [value]


def test_a_block_of_text_takes_variables(tmp_path: Path) -> None:
    manifest = "courses:\n  - id: 1\n    attributes:\n      syllabus_body: |\n        <p>${term}</p>\n"
    (found,) = resolved(tmp_path, manifest).courses
    assert found.state == {"attributes.syllabus_body": "<p>2026FA</p>\n"}


def test_a_variable_needs_no_quotes_where_yaml_needs_none(tmp_path: Path) -> None:
    manifest = "courses:\n  - id: sis_course_id:BIO-${term}\n    attributes:\n      default_view: ${home}\n"
    (found,) = resolved(tmp_path, manifest).courses
    assert (found.id, found.state) == ("sis_course_id:BIO-2026FA", {"attributes.default_view": "modules"})


def test_the_environment_wins_over_the_project_then_files_then_flags(tmp_path: Path) -> None:
    root = project(
        tmp_path, {"one.yaml": "{home: feed, banner: One}\n", "two.yaml": "{home: wiki, term: X}\n"}
    )
    both = (root / "one.yaml", root / "two.yaml")

    def home(overrides: Overrides = NO_OVERRIDES, environment: str | None = None) -> object:
        loaded, wrong = read(
            tmp_path,
            "courses: [{id: 1, attributes: {default_view: '${home}'}}]\n",
            environment=environment,
            overrides=overrides,
        )
        assert wrong == ()
        return loaded.manifest.courses[0].declared.state["attributes.default_view"]

    assert home() == "modules"
    assert home(environment="beta") == "syllabus"
    assert home(Overrides(files=both), "beta") == "wiki"
    assert home(Overrides(files=both[::-1]), "beta") == "feed"
    assert home(Overrides(files=both, values=flags(home="feed").values), "beta") == "feed"
    twice = (*flags(home="feed").values, *flags(home="assignments").values)
    assert home(Overrides(values=twice)) == "assignments"


def test_conditions_of_policies_take_variables(tmp_path: Path) -> None:
    manifest = """\
policies:
  - name: all
    select:
      account: ${limit}
      term: sis_term_id:${term}
      workflow_state: ["${state}"]
      name: "*${term}*"
"""
    loaded, wrong = read(tmp_path, manifest, overrides=flags(state="available"))
    assert wrong == ()
    selector = loaded.manifest.policies[0].selector
    assert (selector.account, selector.term) == ("3", "sis_term_id:2026FA")
    assert (selector.workflow_state, selector.name) == (("available",), "*2026FA*")


def test_the_place_is_the_line_of_the_manifest_and_the_layer_names_the_variable(tmp_path: Path) -> None:
    manifest = """\
profiles:
  p: {attributes: {default_view: "${home}"}}
courses:
  - id: 1
    profiles: [p]
    attributes:
      name: ${term} of ${text}
"""
    (found,) = resolved(tmp_path, manifest, environment="beta").courses
    (view,), (name,) = found.origins["attributes.default_view"], found.origins["attributes.name"]
    assert (view.line, view.layer) == (2, "profile p (${home} from coursesync.yaml:3:53)")
    assert (name.file, name.line) == ("a.yaml", 7)
    assert name.layer == "course (${term} from coursesync.yaml:5:77, ${text} from coursesync.yaml:5:38)"


def test_a_plan_rests_on_the_files_that_set_variables(tmp_path: Path) -> None:
    root = project(tmp_path, {"vars/one.yaml": "home: feed\n"})
    manifest = "courses: [{id: 1, attributes: {default_view: '${home}'}}]\n"
    loaded, _ = read(tmp_path, manifest)
    assert [file.path for file in loaded.files] == ["a.yaml", "coursesync.yaml"]
    loaded, _ = read(tmp_path, manifest, overrides=Overrides(files=(root / "vars" / "one.yaml",)))
    assert [file.path for file in loaded.files] == ["a.yaml", "coursesync.yaml", "vars/one.yaml"]
    plain, _ = read(tmp_path, "courses: []\n", project_file="manifests: [a.yaml]\n")
    assert [file.path for file in plain.files] == ["a.yaml"]


def test_a_file_of_variables_is_no_manifest_whatever_they_are_called(tmp_path: Path) -> None:
    root = project(tmp_path, {"b.yaml": "courses: 3\n"})
    manifest = "courses: [{id: 1, settings: {home_page_announcement_limit: '${courses}'}}]\n"
    _, wrong = read(tmp_path, manifest, overrides=Overrides(files=(root / "b.yaml",)))
    assert wrong == ()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "missing-file: There is no file v.yaml."),
        ("- a\n", "wrong-type: Variables are a mapping of names to values."),
        ("a: [1]\n", "wrong-type: The variable a is one value: a text, a number, true, false or null."),
        ("a: ${b}\n", "wrong-type: The variable a refers to a variable; its value must stand by itself."),
        ("a: 1\na: 2\n", 'duplicate-key: "a" stands at v.yaml:1:1 and again at v.yaml:2:1;'),
        ("a: 'b\n", "yaml-syntax: "),
        (b"\xff\xfea", "unreadable-file: "),
        ("", "empty-file: v.yaml declares nothing."),
    ],
)
def test_what_is_wrong_with_a_file_of_variables_is_told(
    tmp_path: Path, content: str | bytes | None, said: str
) -> None:
    root = project(tmp_path, {"v.yaml": content} if content is not None else {})
    _, wrong = read(tmp_path, "courses: [{id: 1}]\n", overrides=Overrides(files=(root / "v.yaml",)))
    assert f"{wrong[0].code}: {wrong[0].detail}".startswith(said)
    assert len(wrong) == 1


@pytest.mark.parametrize("link", [False, True], ids=["by its path", "by a link"])
def test_a_file_of_variables_may_not_lie_outside(tmp_path: Path, *, link: bool) -> None:
    outside = project(tmp_path, {"v.yaml": "home: feed\n"}) / "v.yaml"
    inside = tmp_path / "inside"
    inside.mkdir()
    if link:
        (inside / "v.yaml").symlink_to(outside)
        outside = inside / "v.yaml"
    _, wrong = read(inside, "courses: [{id: 1}]\n", overrides=Overrides(files=(outside,)))
    assert [item.code for item in wrong] == ["outside-project"]


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("3", Literal(text="3")),
        ('"3"', Literal(text="3", quoted=True)),
        ("true", Literal(text="true")),
        ("null", Literal(text="null")),
        ('""', Literal(text="", quoted=True)),
        ("two words", Literal(text="two words")),
        ("$${x}", Literal(text="${x}")),
    ],
)
def test_a_flag_is_read_as_yaml(text: str, literal: Literal) -> None:
    assert flag_value("a", text) == literal


@pytest.mark.parametrize("text", ["", "# x", "a: b", "[1]", "${b}", "'a", "a\n---\nb", "\udcff", "!t x"])
def test_what_yaml_does_not_read_as_one_value_is_no_flag(text: str) -> None:
    with pytest.raises(Invalid):
        flag_value("a", text)


def test_one_wrong_variable_is_told_once_and_not_wherever_it_is_missing(tmp_path: Path) -> None:
    files = {
        "coursesync.yaml": "variables: {home: [a], limit: 3}\n",
        "a.yaml": "courses: [{id: 1, attributes: {default_view: '${home}', name: '${home}'}}]\n",
    }
    found, problems = find_project(project(tmp_path, files))
    assert [item.code for item in problems] == ["wrong-type"]
    assert load(found).diagnostics == ()


def test_texts_that_grow_without_end_are_refused(tmp_path: Path) -> None:
    large = "x" * 4_000_000
    uses = "".join(f"  - {{id: {number}, attributes: {{name: 'a${{v}}'}}}}\n" for number in range(1, 30))
    loaded, wrong = read(tmp_path, f"courses:\n{uses}", overrides=flags(v=f'"{large}"'))
    assert {item.code for item in wrong} == {"invalid-value", "too-large"}
    assert loaded.manifest.courses


def test_a_value_without_variables_stays_the_same_object() -> None:
    node = Literal(text="plain")
    assert filled(node, Filling()) is node


def test_fmt_keeps_variables_and_ids_by_environment(tmp_path: Path) -> None:
    found, _ = find_project(project(tmp_path, {"coursesync.yaml": PROJECT}))
    text = (
        "courses:\n"
        "  - id: {production: 1, beta: sis_course_id:X}\n"
        "    missing: skip\n"
        "    attributes:\n"
        "      name: ${term}\n"
        "      default_view: ${home} # Why.\n"
    )
    laid = lay_out_text(text.encode(), "a.yaml", found)
    assert laid.diagnostics == ()
    (patch,) = laid.patches
    assert patch.after is not None
    assert patch.after.decode() == text


def test_an_id_by_environment_is_the_one_of_the_environment(tmp_path: Path) -> None:
    manifest = """\
courses:
  - id: {production: 1, beta: "sis_course_id:${term}"}
  - id: {beta: 7}
  - id: 3
"""
    production = resolved(tmp_path, manifest)
    assert [course.id for course in production.courses] == ["1", "3"]
    assert production.elsewhere == 1
    beta = resolved(tmp_path, manifest, environment="beta")
    assert [course.id for course in beta.courses] == ["sis_course_id:2026FA", "7", "3"]
    assert beta.elsewhere == 0


def _scalars(text: str) -> tuple[str, dict[str, str]]:
    """Return a document of one field with every value moved into a variable, and the variables."""
    known: dict[str, str] = {}

    def moved(found: re.Match[str]) -> str:
        name = f"v{len(known)}"
        known[name] = found[2]
        return f'{found[1]}"${{{name}}}"'

    return re.sub(
        r"(: )((?:\"[^\"]*\"|'[^']*'|[^{}\[\],\s]+(?: [^{}\[\],\s]+)*))(?=[,}]|$)", moved, text
    ), known


# Values of one line; a file to include takes no variables.
WRITTEN = [value for value in VALUES if "\n" not in value and "file:" not in value and "${" not in value]


@pytest.mark.parametrize("address", FIELDS)
def test_a_field_means_the_same_with_every_value_in_a_variable(address: str) -> None:
    row = FIELDS[address]
    compared = 0
    for value in [*WRITTEN, *(f'"{choice}"' for choice in row.type.choices)]:
        moved, known = _scalars(f"{row.name}: {value}")
        plain = _declared(row.group, f"{row.name}: {value}", {})
        assert _declared(row.group, moved, known) == plain, (value, moved)
        compared += plain is not None
    assert compared


def _declared(group: str, body: str, texts: Mapping[str, str]) -> object:
    """Return what a course declares of a group, or None where that is an error."""
    try:
        known = {name: flag_value(name, text) for name, text in texts.items()}
    except Invalid:
        return None
    variables = {name: Variable(name=name, literal=item, where="--var") for name, item in known.items()}
    parsed = parse(f"courses:\n  - id: 1\n    {group}:\n      {body}\n".encode(), file="a.yaml")
    if parsed.tree is None:
        return None
    checked = check(MANIFEST, parsed.tree, include, Given(variables=variables))
    wrong = parsed.diagnostics or checked.diagnostics
    return None if wrong else checked.content["courses"][0][group]


@given(st.text(st.sampled_from("a${}x \n"), max_size=12), st.text(st.sampled_from("a${}"), max_size=4))
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_written_is_filled_in_once_or_refused(text: str, value: str) -> None:
    known = Given(
        variables={"a": Variable(name="a", literal=Literal(text=value, quoted=True), where="--var")}
    )
    try:
        found = filled(Literal(text=text, quoted=True), Filling(given=known))
    except Invalid:
        assert re.search(r"\$\{(?!a\})", text.replace("$${", ""))
        return
    pieces = re.split(r"(\$\$\{|\$\{a\})", text)
    assert found == Literal(
        text="".join({"$${": "${", "${a}": value}.get(piece, piece) for piece in pieces), quoted=True
    )
