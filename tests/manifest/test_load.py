"""Finding the project, its manifests, and the files they include."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from coursesync.diagnostics import Position
from coursesync.errors import UsageProblem
from coursesync.manifest.environments import chosen
from coursesync.manifest.load import find_project, load
from coursesync.model import Selector
from coursesync.model.barriers import Barriers, Limit, Limits, Protection
from tests.manifest.reading import loaded, project

COURSE = "courses:\n  - id: 1\n"
SYLLABUS = "courses:\n  - id: 1\n    attributes:\n      syllabus_body: {file: %s}\n"


def codes(root: Path, files: dict[str, str | bytes]) -> list[str]:
    return [item.code for item in loaded(root, files).diagnostics]


def test_the_project_file_is_found_by_walking_up(tmp_path: Path) -> None:
    root = project(tmp_path, {"coursesync.yaml": "manifests: [a.yaml]\n", "a.yaml": COURSE, "x/y/z": ""})
    found, problems = find_project(root / "x" / "y")
    assert (found.root, found.file, problems) == (root.resolve(), "coursesync.yaml", ())


def test_without_a_project_file_the_folder_is_the_root(tmp_path: Path) -> None:
    found, problems = find_project(tmp_path)
    assert (found.root, found.file, found.manifests, problems) == (tmp_path.resolve(), None, None, ())


def test_a_project_file_may_be_named(tmp_path: Path) -> None:
    root = project(tmp_path, {"sub/other.yaml": "manifests: [a.yaml]\n", "sub/a.yaml": COURSE})
    found, problems = find_project(root, Path("sub/other.yaml"))
    assert (found.root, found.file, problems) == (root.resolve() / "sub", "other.yaml", ())
    assert [course.id for course in load(found).manifest.courses] == ["1"]


def test_environments_are_known_by_their_address(tmp_path: Path) -> None:
    text = """\
environments:
  production: {url: https://School.example:443/, account: 1}
  beta:
    url: https://school.beta.example
"""
    found, problems = find_project(project(tmp_path, {"coursesync.yaml": text}))
    assert problems == ()
    assert [(one.name, one.url, one.account, str(one.position)) for one in found.environments] == [
        ("production", "https://school.example", "1", "coursesync.yaml:2:3"),
        ("beta", "https://school.beta.example", None, "coursesync.yaml:3:3"),
    ]


def test_limits_and_protections_are_known_with_their_places(tmp_path: Path) -> None:
    text = """\
limits: {courses: 200, risky_percent: 0}
protect:
  - {field: attributes.workflow_state, value: unpublished, courses: "BIO-*", reason: no unpublishing}
  - field: attributes.*_at
    while: term-runs
  - {field: attributes.name, value: null}
"""
    found, problems = find_project(project(tmp_path, {"coursesync.yaml": text}))
    assert problems == ()
    file = "coursesync.yaml"
    assert found.barriers == Barriers(
        limits=Limits(
            courses=Limit(allowed=200, position=Position(file=file, line=1, column=10)),
            risky_percent=Limit(allowed=0, position=Position(file=file, line=1, column=24)),
        ),
        protections=(
            Protection(
                pattern="attributes.workflow_state",
                position=Position(file=file, line=3, column=5),
                courses="BIO-*",
                values={"attributes.workflow_state": "unpublished"},
                reason="no unpublishing",
            ),
            Protection(
                pattern="attributes.*_at",
                position=Position(file=file, line=4, column=5),
                term_runs=True,
            ),
            Protection(
                pattern="attributes.name",
                position=Position(file=file, line=6, column=5),
                values={"attributes.name": None},
            ),
        ),
    )


def test_a_protected_value_is_read_as_each_field_of_its_pattern_takes_it(tmp_path: Path) -> None:
    text = "protect: [{field: attributes.*_at, value: 2026-08-24T08:00:00-06:00}]\n"
    found, problems = find_project(project(tmp_path, {"coursesync.yaml": text}))
    assert problems == ()
    moment = "2026-08-24T14:00:00Z"
    assert found.barriers.protections[0].values == {
        "attributes.start_at": moment,
        "attributes.end_at": moment,
    }


PLACES = """\
environments:
  production: {url: https://school.example, account: 1, token_env: CANVAS_TOKEN_PROD}
  beta: {url: https://school.beta.example}
  arts: {url: https://school.example, account: 7}
"""


@pytest.mark.parametrize(
    ("more", "name", "url", "expected"),
    [
        pytest.param("", "beta", None, "beta", id="by name"),
        pytest.param("", "beta", "https://school.example", "beta", id="a name before an address"),
        pytest.param("", None, "https://school.beta.example", "beta", id="by address"),
        pytest.param("", None, "https://school.example", "production", id="the first at an address"),
        pytest.param(
            "default_environment: arts\n", None, "https://school.example", "arts", id="the default of two"
        ),
        pytest.param("default_environment: beta\n", None, None, "beta", id="the default"),
        pytest.param(
            "default_environment: beta\n", None, "https://other.example", None, id="an address of none"
        ),
        pytest.param("", None, None, None, id="one of several"),
    ],
)
def test_a_run_is_about_one_environment(
    tmp_path: Path, more: str, name: str | None, url: str | None, expected: str | None
) -> None:
    found, problems = find_project(project(tmp_path, {"coursesync.yaml": PLACES + more}))
    assert problems == ()
    one = chosen(found, name=name, url=url)
    assert (one.name if one else None) == expected


def test_the_only_environment_needs_no_name(tmp_path: Path) -> None:
    text = "environments: {only: {url: https://school.example, token_env: CANVAS_TOKEN}}\n"
    found, _ = find_project(project(tmp_path, {"coursesync.yaml": text}))
    one = chosen(found, name=None, url=None)
    assert one is not None
    assert (one.name, one.token_env) == ("only", "CANVAS_TOKEN")


@pytest.mark.parametrize(
    ("text", "name", "hint"),
    [
        pytest.param(PLACES, "prodction", 'Did you mean "production"?', id="near"),
        pytest.param(PLACES, "x", "Its environments: production, beta, arts", id="far"),
        pytest.param("manifests: [a.yaml]\n", "beta", "Name one under environments.", id="none at all"),
    ],
)
def test_a_name_of_no_environment_is_said(tmp_path: Path, text: str, name: str, hint: str) -> None:
    found, _ = find_project(project(tmp_path, {"coursesync.yaml": text}))
    with pytest.raises(UsageProblem, match="no environment called") as caught:
        chosen(found, name=name, url=None)
    assert caught.value.hint == hint


def test_a_policy_is_known_with_all_it_says(tmp_path: Path) -> None:
    text = """\
policies:
  - name: fall
    select:
      account: sis_account_id:ARTS
      term: 7
      workflow_state: [available, unpublished, available]
      blueprint: false
      name: "Intro*"
      starts_after: 2026-08-24T00:00:00-06:00
    except: ["SANDBOX-*", "4123"]
    enforce: true
    profiles: [online]
    settings: {hide_final_grades: true}
    ignore: [attributes.name]
"""
    (policy,) = loaded(tmp_path, {"a.yaml": text}).manifest.policies
    assert (policy.name, str(policy.position), policy.enforce) == ("fall", "a.yaml:2:5", True)
    assert policy.selector == Selector(
        account="sis_account_id:ARTS",
        term="7",
        workflow_state=("available", "unpublished"),
        blueprint=False,
        name="Intro*",
        starts_after="2026-08-24T06:00:00Z",
    )
    assert policy.excepts == ("SANDBOX-*", "4123")
    assert [name.text for name in policy.profiles] == ["online"]
    assert dict(policy.declared.state) == {"settings.hide_final_grades": True}
    assert [rule.pattern for rule in policy.declared.ignores] == ["attributes.name"]


def test_what_is_left_of_a_select_with_a_fault_does_not_make_a_wider_policy(tmp_path: Path) -> None:
    text = """\
policies:
  - {name: fall, select: {account: 1, term: "sis_trm_id:X"}}
  - {name: spring, select: {account: 1, term: 7}}
"""
    read = loaded(tmp_path, {"a.yaml": text})
    assert [item.code for item in read.diagnostics] == ["wrong-type"]
    assert [policy.name for policy in read.manifest.policies] == ["spring"]


def test_a_project_file_that_is_missing_is_an_error(tmp_path: Path) -> None:
    _, problems = find_project(tmp_path, Path("no.yaml"))
    assert [item.code for item in problems] == ["missing-file"]


def test_every_file_with_a_key_of_a_manifest_counts_and_no_other(tmp_path: Path) -> None:
    read = loaded(
        tmp_path,
        {
            "z.yaml": "courses:\n  - id: 26\n",
            "a/b.yml": "courses:\n  - id: 2\n",
            "a.yaml": "profiles: {}\n",
            "values.yaml": "replicas: 3\n",
            "chart.yaml": "name: {{ template }}\n",
            "prose.yaml": "the courses we teach: [\n",
            "empty.yaml": "",
            "big.yaml": "x" * 17_000_000,
            "notes.txt": COURSE,
            ".hidden.yaml": COURSE,
            ".github/workflows/ci.yml": COURSE,
            ".coursesync/runs/a.yaml": COURSE,
            "node_modules/a.yaml": COURSE,
        },
    )
    assert read.diagnostics == ()
    assert [item.path for item in read.files] == ["a.yaml", "a/b.yml", "z.yaml"]
    assert [course.id for course in read.manifest.courses] == ["2", "26"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("courses:\n  - {\n", "yaml-syntax"),
        ('{"courses": [}', "yaml-syntax"),
        (b"courses:\n  - \xff\n", "unreadable-file"),
        ("courses: []\n".encode("utf-16"), "unreadable-file"),
        ("courses: [\n" + "{id: 1},\n" * 1_900_000, "too-large"),
    ],
    ids=["syntax", "json", "binary", "utf-16", "large"],
)
def test_a_file_that_would_be_a_manifest_is_not_skipped_for_its_faults(
    tmp_path: Path, content: str | bytes, code: str
) -> None:
    assert codes(tmp_path, {"a.yaml": content}) == [code]


def test_a_file_named_on_the_command_line_must_be_a_manifest(tmp_path: Path) -> None:
    root = project(tmp_path, {"a.yaml": COURSE, "values.yaml": "replicas: 3\n", "empty.yaml": ""})
    found, _ = find_project(root)
    assert load(found).diagnostics == ()
    named = load(found, paths=[root / "values.yaml", root / "empty.yaml"])
    assert [(str(item.position), item.code) for item in named.diagnostics] == [
        ("empty.yaml", "empty-file"),
        ("values.yaml:1:1", "unknown-key"),
    ]


def test_files_of_folders_count_once_and_in_the_order_of_their_paths(tmp_path: Path) -> None:
    read = loaded(
        tmp_path,
        {
            "coursesync.yaml": "manifests: [z, a.yaml, z/b.yaml]\n",
            "z/b.yaml": "courses: [{id: 2}]\n",
            "z/a.yaml": "courses: [{id: 1}]\n",
            "a.yaml": "courses: [{id: 3}]\n",
            "other.yaml": "courses: [{id: 9}]\n",
        },
    )
    assert read.diagnostics == ()
    assert [course.id for course in read.manifest.courses] == ["3", "1", "2"]


def test_links_that_lead_out_of_the_project_are_not_followed(tmp_path: Path) -> None:
    outside = project(tmp_path / "outside", {"a.yaml": COURSE})
    root = project(tmp_path / "root", {"b.yaml": "courses: [{id: 2}]\n"})
    (root / "a.yaml").symlink_to(outside / "a.yaml")
    (root / "folder").symlink_to(outside)
    found, _ = find_project(root)
    assert [item.path for item in load(found).files] == ["b.yaml"]


def test_markdown_is_rendered_with_tables_and_html_is_taken_as_it_is(tmp_path: Path) -> None:
    read = loaded(
        tmp_path,
        {
            "courses/a.yaml": SYLLABUS % "../content/a.md" + "  - id: 2\n    attributes:\n"
            "      syllabus_body: {file: b.html}\n      public_description: {file: ../content/a.md}\n",
            "content/a.md": "# One <b>two</b>\n\n| a |\n|---|\n| 1 |\n",
            "courses/b.html": "\ufeff<p>As &amp; is\r\n",
        },
    )
    assert [item.code for item in read.diagnostics] == ["wrong-type"]
    one, two = read.manifest.courses
    assert one.declared.state["attributes.syllabus_body"] == (
        "<h1>One <b>two</b></h1>\n<table>\n<thead>\n<tr>\n<th>a</th>\n</tr>\n</thead>\n"
        "<tbody>\n<tr>\n<td>1</td>\n</tr>\n</tbody>\n</table>\n"
    )
    assert two.declared.state == {"attributes.syllabus_body": "<p>As &amp; is\r\n"}


def test_included_files_count_with_their_content(tmp_path: Path) -> None:
    read = loaded(tmp_path, {"a.yaml": SYLLABUS % "b.md", "b.md": "*b*\n"})
    assert {item.path: item.sha256 for item in read.files} == {
        "a.yaml": hashlib.sha256((SYLLABUS % "b.md").encode()).hexdigest(),
        "b.md": hashlib.sha256(b"*b*\n").hexdigest(),
    }


def test_an_included_link_may_not_lead_out_of_the_project(tmp_path: Path) -> None:
    outside = project(tmp_path / "outside", {"secret.md": "secret\n"})
    root = project(tmp_path / "root", {"a.yaml": SYLLABUS % "link.md"})
    (root / "link.md").symlink_to(outside / "secret.md")
    found, _ = find_project(root)
    read = load(found)
    assert [item.code for item in read.diagnostics] == ["outside-project"]
    assert [item.path for item in read.files] == ["a.yaml"]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("b.md", b"x" * 5_000_000, "too-large"),
        ("b.html", b"x" * (500 * 1024 + 1), "too-large"),
        ("b.html", "é".encode() * (250 * 1024) + b"x", "too-large"),
        ("b.md", b"\x89PNG\xff", "unreadable-file"),
        ("b.md", b"a\0b", "unreadable-file"),
    ],
    ids=["5-megabytes", "one-byte-too-many", "bytes-not-characters", "binary", "nul"],
)
def test_a_syllabus_canvas_would_not_take_is_refused(
    tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    assert codes(tmp_path, {"a.yaml": SYLLABUS % name, name: content}) == [code]


def test_a_loop_of_links_is_a_missing_file(tmp_path: Path) -> None:
    root = project(tmp_path, {"a.yaml": SYLLABUS % "loop.md"})
    (root / "loop.md").symlink_to(root / "loop.md")
    found, _ = find_project(root)
    assert [item.code for item in load(found).diagnostics] == ["missing-file"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes")
def test_a_pipe_is_no_manifest_and_no_syllabus(tmp_path: Path) -> None:
    root = project(tmp_path, {"a.yaml": SYLLABUS % "pipe.md"})
    os.mkfifo(root / "pipe.md")
    os.mkfifo(root / "pipe.yaml")
    found, _ = find_project(root)
    assert [item.code for item in load(found).diagnostics] == ["missing-file"]


def test_the_good_part_of_a_file_with_faults_is_still_known(tmp_path: Path) -> None:
    """A wrong value must not make every use of its profile an unknown profile."""
    read = loaded(
        tmp_path,
        {
            "a.yaml": "profiles:\n  p: {attributes: {name: 3, license: cc_by}}\n  q: 4\n"
            "courses:\n  - id: x\n  - id: 7\n"
        },
    )
    assert [item.code for item in read.diagnostics] == ["wrong-type"] * 3
    assert [(one.name, dict(one.declared.state)) for one in read.manifest.profiles] == [
        ("p", {"attributes.license": "cc_by"}),
        ("q", {}),
    ]
    assert [course.id for course in read.manifest.courses] == ["7"]


def test_a_file_with_endless_faults_is_told_in_part(tmp_path: Path) -> None:
    lines = "".join(f"      hide_final_grade_{number}: true\n" for number in range(20_000))
    found = loaded(tmp_path, {"a.yaml": f"courses:\n  - id: 1\n    settings:\n{lines}"}).diagnostics
    assert len(found) == 201
    assert sorted({item.code for item in found}) == ["more-problems", "unknown-field"]


@pytest.mark.parametrize(
    ("written", "declared"),
    [
        ("4123", "4123"),
        ('"4123"', "4123"),
        ("1~123", "1~123"),
        ("sis_course_id:BIO/101.A", "sis_course_id:BIO/101.A"),
        ("sis_course_id:a b", "sis_course_id:a b"),
        ("sis_integration_id:X", "sis_integration_id:X"),
        ("uuid:abc", "uuid:abc"),
        ("lti_context_id:abc", "lti_context_id:abc"),
    ],
)
def test_an_id_is_what_canvas_takes_in_a_path(tmp_path: Path, written: str, declared: str) -> None:
    read = loaded(tmp_path, {"a.yaml": f"courses:\n  - id: {written}\n"})
    assert read.diagnostics == ()
    assert [course.id for course in read.manifest.courses] == [declared]


def test_an_escaped_variable_is_literal_text(tmp_path: Path) -> None:
    text = "courses:\n  - id: 1\n    attributes: {name: 'costs $${5} or $5', course_code: $x}\n"
    read = loaded(tmp_path, {"a.yaml": text})
    assert read.diagnostics == ()
    assert dict(read.manifest.courses[0].declared.state) == {
        "attributes.name": "costs ${5} or $5",
        "attributes.course_code": "$x",
    }
