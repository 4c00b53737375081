"""The JSON Schema of a manifest and the validator accept and reject the same documents.

A schema sees values as YAML's core schema reads them, one document at a time. So it cannot say what
CANNOT_SAY lists, each with an example that the schema accepts and the validator rejects:
how a value is written (`0123`, `1.0`, an escape nothing can store, a field with nothing after it), keys that
stand twice, other documents (unknown profiles, cycles, what is declared twice, the account of an
environment), what exists in the world (files, time zones, dates), what is set elsewhere (variables),
lengths in bytes, and fields that contradict each other. The first four the validator alone finds;
contradictions and what is between documents is found by resolving.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from coursesync.catalogue import DECLARABLE, RESOURCES
from coursesync.catalogue.course import WORKFLOW_STATE
from coursesync.catalogue.types import Flaw, Invalid
from coursesync.diagnostics import Diagnostic
from coursesync.manifest.load import find_project, load
from coursesync.manifest.models import MANIFEST, PROJECT, check
from coursesync.manifest.resolve import resolve
from coursesync.manifest.schema import manifest_schema, project_schema
from coursesync.manifest.selectors import CONDITIONS
from coursesync.manifest.yaml import parse
from coursesync.model import Selector
from tests.manifest.reading import TODAY, core, project


def _pattern(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Any:
    """Match as ECMAScript does, where $ is the very end; in Python a last line feed may follow it."""
    if isinstance(instance, str) and not re.search(re.sub(r"(?<!\\)\$$", r"\\Z", pattern), instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


_Ecma = extend(Draft202012Validator, {"pattern": _pattern})
SCHEMA = _Ecma(manifest_schema())
PROJECT_SCHEMA = _Ecma(project_schema())


def include(path: str) -> str:
    if path not in {"a.md", "a.html"}:
        raise Invalid(Flaw(message="There is no such file.", path=("file",), code="missing-file"))
    return "<p>A</p>"


def validator_says(text: str, model: Any = MANIFEST) -> tuple[Diagnostic, ...]:
    parsed = parse(text.encode(), file="m.yaml")
    if parsed.tree is None:
        return parsed.diagnostics
    return (*parsed.diagnostics, *check(model, parsed.tree, include).diagnostics)


def schema_accepts(text: str, schema: Any = SCHEMA) -> bool:
    tree = parse(text.encode(), file="m.yaml").tree
    return tree is not None and bool(schema.is_valid(core(tree)))


def course(body: str) -> str:
    return f"courses:\n  - id: 1\n    {body}\n"


def policy(select: str, body: str = "ignore: []") -> str:
    return f"policies:\n  - name: p\n    select: {select}\n    {body}\n"


CANNOT_SAY: Mapping[str, str] = {
    "how a number is written": course("settings: {home_page_announcement_limit: 03}"),
    "that a number has no decimal point": course("settings: {home_page_announcement_limit: 3.0}"),
    "that a text is not read as a number by others": "courses:\n  - id: 0123\n",
    "whether a field is cleared or forgotten": course("attributes: {end_at: }"),
    "characters that nothing can store": course('attributes: {name: "a\\0b"}'),
    "tags": course("attributes: {name: !secret x}"),
    "merge keys": course("<<: {profiles: [p]}"),
    "keys that stand twice": course("attributes: {name: One, name: Two}"),
    "a second document": "courses: []\n---\ncourses: []\n",
    "whether a file exists": course("attributes: {syllabus_body: {file: b.md}}"),
    "names of time zones": course("attributes: {time_zone: Denver/America}"),
    "policies declared twice": policy("{account: 1}") + "  - {name: p, select: {account: 1}}\n",
    "whether a policy has an account": policy("{}"),
    "dates of policies that do not exist": policy("{starts_after: 2026-02-30T00:00:00Z}"),
    "dates that do not exist": course("attributes: {end_at: 2026-02-30T00:00:00}"),
    "times that do not exist": course("attributes: {end_at: 2026-02-20T25:00:00}"),
    "last days that do not exist": course("ignore: [{field: attributes.name, until: 2026-02-30}]"),
    "whether a variable is set": course("attributes: {name: 'a ${x} b'}"),
    "a variable in an id": "courses: [{id: 'sis_course_id:${x}'}, {id: {beta: '${x}'}}]\n",
    "a variable in a policy": policy("{account: 'sis_account_id:${x}', workflow_state: ['${x}']}"),
    "a variable in a reference": course("attributes: {enrollment_term_id: 'sis_term_id:${x}'}"),
    "a variable in a map": course("blueprint: {restrictions: {content: '${x}'}}"),
    "patterns that match no field": course("ignore: [attributes.nam]"),
    "lengths in bytes": course(f"attributes: {{syllabus_body: {'é' * 260_000}}}"),
    "unknown profiles": course("profiles: [p]"),
    "profiles that extend each other": "profiles: {p: {extends: [q]}, q: {extends: [p]}}\n",
    "a course declared twice": "courses: [{id: 1}, {id: 1}]\n",
    "fields that contradict each other": course('attributes: {image_id: 1, image_url: "https://a.b/c"}'),
    "both restriction maps": course("blueprint: {restrictions: {}, restrictions_by_object_type: {}}"),
    "restrictions of a course that is no blueprint": course("blueprint: {enabled: false, restrictions: {}}"),
}

ACCEPTED: Mapping[str, str] = {
    "nothing": "{}",
    "empty groups": "profiles: {}\ncourses: []\n",
    "empty profile": "profiles: {p: {}}\n",
    "upper-case booleans": course("settings: {hide_final_grades: TRUE}"),
    "quoted number as name": course('attributes: {name: "101"}'),
    "yes as text": course("attributes: {name: yes}"),
    "null of every spelling": course("attributes: {end_at: ~, start_at: NULL, syllabus_body: null}"),
    "empty text": course("attributes: {sis_course_id: '', syllabus_body: ''}"),
    "choice that may be empty": course("attributes: {grade_passback_setting: ''}"),
    "local instant": course("attributes: {end_at: 2026-08-24T08:00}"),
    "instant with a space": course("attributes: {end_at: 2026-08-24 08:00:00.5 -06:00}"),
    "reference by number": course("attributes: {enrollment_term_id: 7, account_id: 'sis_account_id:a b'}"),
    "markdown": course("attributes: {syllabus_body: {file: a.md}}"),
    "escaped variable": course("attributes: {name: '$${x}'}"),
    "dollar": course("attributes: {name: 'US$ {5}'}"),
    "id as text": 'courses: [{id: "4123"}, {id: 1~2}, {id: "uuid:x"}]\n',
    "empty maps": course("blueprint: {enabled: true, restrictions: {}}"),
    "rules": course("ignore: ['*', settings.*, {field: attributes.name, until: 2026-12-31}]"),
    "names of 255": course(f"attributes: {{name: {'x' * 255}}}"),
    "no policies": "policies: []\n",
    "id map": "courses: [{id: {beta: 1, test: sis_course_id:X}, missing: skip}]\n",
    "policy for every course": policy("{}"),
    "policy for an account": policy("{account: self}", "except: ['SANDBOX-*', '4123']"),
    "policy for a term": policy("{account: 1, term: 7}", "settings: {hide_final_grades: true}"),
    "policy that is enforced": policy("{term: sis_term_id:2026FA}", "enforce: true"),
    "policy with profiles": policy("{blueprint: false, template: true}", "profiles: [p]"),
    "wide characters count once": course(f"attributes: {{name: {'😀' * 255}}}"),
}

REJECTED: Mapping[str, str] = {
    "null document": "null",
    "list": "[]",
    "text": "courses",
    "null groups": "profiles:\ncourses:\n",
    "policies without names": "policies: [{select: {}}]\n",
    "policies without select": "policies: [{name: p}]\n",
    "policies by name": "policies: {p: {select: {}}}\n",
    "null policies": "policies:\n",
    "select as text": policy("self"),
    "nothing selected by": policy(""),
    "unknown condition": policy("{state: available}"),
    "policy that extends": policy("{}", "extends: [p]"),
    "policy with id": policy("{}", "id: 1"),
    "except as text": policy("{}", "except: SANDBOX-*"),
    "except with numbers": policy("{}", "except: [4123]"),
    "enforce as text": policy("{}", "enforce: yes"),
    "variable for excepted courses": policy("{}", "except: ['${x}']"),
    "null profile": "profiles: {p: }\n",
    "profile with id": "profiles: {p: {id: 1}}\n",
    "course without id": "courses: [{}]\n",
    "id zero": "courses: [{id: 0}]\n",
    "id negative": "courses: [{id: -1}]\n",
    "id with a line feed": 'courses: [{id: "sis_course_id:X\\n"}]\n',
    "id with spaces around": "courses: [{id: 'sis_course_id:X '}]\n",
    "id without prefix": "courses: [{id: BIO-101}]\n",
    "id too large": "courses: [{id: 1000000000000000000}]\n",
    "id map without environments": "courses: [{id: {}}]\n",
    "id map of maps": "courses: [{id: {beta: {a: 1}}}]\n",
    "missing course that is no matter": course("missing: ignore"),
    "variable without an end": course("attributes: {name: 'a ${x'}"),
    "variable without a name": course("attributes: {name: '${} ${x}'}"),
    "variable as a profile": course("profiles: ['${x}']"),
    "variable in a file": course("attributes: {syllabus_body: {file: '${x}.md'}}"),
    "blank name": course("attributes: {name: ' '}"),
    "name of 256": course(f"attributes: {{name: {'x' * 256}}}"),
    "bare date": course("attributes: {end_at: 2026-08-24}"),
    "time zone as number": course("attributes: {time_zone: 5}"),
    "time with letters of other scripts": course("settings: {default_due_time: '٢٣:٥٩'}"),
    "null in a list": course("profiles: [null]"),
    "null in a map": course("blueprint: {restrictions: {content: null}}"),
    "number as profile": course("profiles: [2026]"),
    "address as key": course("attributes: {attributes.name: x}"),
    "file of another kind": course("attributes: {syllabus_body: {file: a.txt}}"),
    "file with more keys": course("attributes: {syllabus_body: {file: a.md, as: html}}"),
    "rule without field": course("ignore: [{reason: x}]"),
    "empty pattern": course("ignore: ['']"),
    "until with a time": course("ignore: [{field: attributes.name, until: 2026-12-31T00:00:00}]"),
    "prototype": course("__proto__: {}"),
}


@pytest.mark.parametrize("schema", [manifest_schema(), project_schema()], ids=["manifest", "project"])
def test_a_schema_is_valid_and_names_no_host(schema: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(schema)
    assert "://" not in schema["$id"]


@pytest.mark.parametrize("text", ACCEPTED.values(), ids=ACCEPTED)
def test_both_accept(text: str) -> None:
    assert validator_says(text) == ()
    assert schema_accepts(text)


@pytest.mark.parametrize("text", REJECTED.values(), ids=REJECTED)
def test_both_reject(text: str) -> None:
    assert validator_says(text)
    assert not schema_accepts(text)


@pytest.mark.parametrize("text", CANNOT_SAY.values(), ids=CANNOT_SAY)
def test_what_a_schema_cannot_say_is_said_by_the_validator_alone(text: str, tmp_path: Path) -> None:
    assert schema_accepts(text)
    root = project(tmp_path, {"a.yaml": text})
    found, _ = find_project(root)
    read = load(found)
    contradictions = resolve(read.manifest, today=TODAY).diagnostics
    assert read.diagnostics or contradictions


PROJECTS = [
    "manifests: [a, b.yaml]",
    "manifests: []",
    "{}",
    "manifests: [3]",
    "manifests: ['']",
    "manifests: a",
]
PROJECTS += [
    f"environments: {{a: {{{body}}}}}"
    for body in (
        "url: https://a.example",
        "url: https://A.example:8443/",
        "url: http://localhost:3000",
        "url: http://127.0.0.1",
        "url: 'https://[::1]'",
        "url: http://a.example",
        "url: https://a.example/x",
        "url: https://u:p@a.example",
        "url: https://a.example:0",
        "url: '${x}'",
        "url: 'https://a.example\\n'",
        "url: 3",
        "url: null",
        "",
        "account: 1",
        "url: https://a.example, account: 1",
        "url: https://a.example, account: sis_account_id:X",
        "url: https://a.example, account: 'sis_account_id:${x}'",
        "url: https://a.example, account: 0",
        "url: https://a.example, account: null",
        "url: https://a.example, account: self",
        "url: https://a.example, token_env: T",
        "url: https://a.example, token_env: CANVAS_TOKEN_PROD",
        "url: https://a.example, token_env: PROD_CANVAS",
        "url: https://a.example, token_env: COURSESYNC_TOKEN",
        "url: https://a.example, token_env: AWS_SECRET_ACCESS_KEY",
        "url: https://a.example, token_env: canvas_token",
        "url: https://a.example, token_env: null",
    )
]
PROJECTS += [
    f"limits: {text}"
    for text in (
        "{}",
        "[]",
        "null",
        "{courses: 200, changes: 500, per_field: 300, risky_percent: 30}",
        "{courses: 0}",
        "{courses: -1}",
        "{courses: '3'}",
        "{changes: 1.5}",
        "{risky_percent: 100}",
        "{risky_percent: 101}",
        "{per_field: null}",
        "{per_fields: 3}",
    )
]
PROJECTS += [
    f"protect: {text}"
    for text in (
        "[]",
        "{}",
        "null",
        "[settings.*]",
        "[{field: settings.*}]",
        "[{value: true}]",
        "[{field: ''}]",
        "[{field: blueprint.enabled, value: false, courses: 'BIO-*', reason: why, while: term-runs}]",
        "[{field: attributes.name, value: null}]",
        "[{field: attributes.name, courses: null}]",
        "[{field: attributes.name, while: always}]",
        "[{field: attributes.name, until: 2026-12-31}]",
    )
]
PROJECTS += ["default_environment: null", "default_environment: '${x}'"]
PROJECTS += ["environments: {}", "environments: []", "environments: {a: }", "environments: null"]
PROJECTS += [
    f"variables: {text}"
    for text in ("{a: 1, b: x, c: true, d: null, e-f_9: '$${x}'}", "{'9': x}", "{a b: x}", "[]", "x", "null")
]
PROJECTS += [f"variables: {{a: {text}}}" for text in ("[]", "{}", "'${x}'", "''", "1.5")]
PROJECTS += ["environments: {a: {url: https://a.example, variables: {a: 1}}}"]
PROJECTS += ["manifest: [a]", "[]", "manifests: null", "manifests: ['${x}']"]


@pytest.mark.parametrize("text", PROJECTS)
def test_schema_and_validator_agree_on_a_project_file(text: str) -> None:
    assert schema_accepts(text, PROJECT_SCHEMA) is (validator_says(text, PROJECT) == ())


# Values that some field takes and most do not; each row adds its choices.
VALUES = [
    *("true", "false", "'true'", "yes", "null", "~", "''", "' '", "text", "'text'", "|-\n            block"),
    *("0", "1", "-1", "500", "'500'", "1e30", ".inf", ".nan", "999999999999999999", "1000000000000000000"),
    *("2026-08-24T08:00:00-06:00", "2026-08-24T08:00Z", "'2026-08-24 08:00:00'", "2026-08-24", "08:00"),
    *(
        '"23:59"',
        "23:59:00",
        "inherit",
        "'#0055a4'",
        "'#FFF'",
        "'#ff'",
        "https://example.edu/a.png",
        "ftp://a",
    ),
    *(
        "America/Denver",
        "Mountain Time (US & Canada)",
        "sis_term_id:X",
        "'sis_account_id:a b'",
        "sis_term_id:",
    ),
    *("{}", "[]", "[a]", "{file: a.md}", "{file: a.html}", "{file: a.txt}", "{file: 3}", "{}", "{fle: a.md}"),
    *("{content: true}", "{content: yes}", "{points: true, state: false}", "{quiz: {content: true}}"),
    *(
        "{quiz: {}, assignment: {nope: true}}",
        "{wiki_page: true}",
        "'${x}'",
        "$${x}",
        "a${b",
        "'line\n\n  feed'",
    ),
    *(
        "x" * 255,
        "x" * 256,
        "'" + "é" * 255 + "'",
        '"a\\nb"',
        '"sis_term_id:a\\nb"',
        '"#fff\\n"',
        '"23:59\\n"',
    ),
]

# Of what the validator alone can reject, all that VALUES can bring about.
ALONE = [r"is no time zone\. ", r"^No variable is called "]

# Values that some condition of a policy takes.
CONDITION_VALUES = [
    *VALUES,
    *WORKFLOW_STATE.type.choices,
    "self",
    "'self'",
    "sis_account_id:",
    '"BIO-*"',
    "7",
]
CONDITION_VALUES += [
    "[available]",
    "[available, completed]",
    "[deleted]",
    "[[available]]",
    "[available, null]",
]
CONDITION_VALUES += ["2026-08-24T08:00:00", "2026-08-24T08:00", "'2026-08-24 08:00:00 +0100'", "default"]


@st.composite
def _bodies(draw: st.DrawFn) -> str:
    lines = []
    for resource in draw(st.lists(st.sampled_from(RESOURCES), max_size=3, unique_by=lambda row: row.name)):
        keys = [row for row in DECLARABLE.values() if row.group == resource.name]
        rows = draw(
            st.lists(st.sampled_from(keys), min_size=1, max_size=4, unique_by=lambda row: row.address)
        )
        lines.append(f"    {resource.name}:")
        for row in rows:
            value = draw(st.sampled_from([*VALUES, *(f'"{choice}"' for choice in row.type.choices)]))
            lines.append(f"      {row.name}: {value}")
    if draw(st.booleans()):
        stray = draw(
            st.sampled_from(
                ["profiles: [p]", "extends: [p]", "ignore: [settings.*]", "name: x", "ignore: [3]"]
            )
        )
        lines.append(f"    {stray}")
    return "\n".join(lines) + "\n"


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Draw a document of a course, a profile and a policy whose values fit their fields more or less."""
    name = draw(st.sampled_from(["id: 4", "id: 'sis_course_id:X'", "id: x", "id: 0"]))
    return (
        f"courses:\n  - {name}\n{draw(_bodies())}profiles:\n  p:\n    extends: []\n{draw(_bodies())}"
        f"policies:\n  - name: p\n    select: {{}}\n{draw(_bodies())}"
    )


@given(documents())
@settings(max_examples=600, deadline=None)
def test_schema_and_validator_agree_on_documents_of_the_catalogue(text: str) -> None:
    said = validator_says(text)
    if "duplicate-key" in {item.code for item in said}:
        return
    sayable = [item for item in said if not any(re.search(alone, item.detail) for alone in ALONE)]
    assert schema_accepts(text) is (sayable == []), (text, said)


@pytest.mark.parametrize("path", DECLARABLE)
def test_schema_and_validator_agree_on_every_value_of_a_field(path: str) -> None:
    row = DECLARABLE[path]
    accepted = 0
    for value in [*VALUES, *(f'"{choice}"' for choice in row.type.choices)]:
        text = f"courses:\n  - id: 1\n    {row.group}:\n      {row.name}: {value}\n"
        said = validator_says(text)
        sayable = [item for item in said if not any(re.search(alone, item.detail) for alone in ALONE)]
        assert schema_accepts(text) is (sayable == []), (value, said)
        accepted += not said
    assert accepted


@pytest.mark.parametrize("name", CONDITIONS)
def test_schema_and_validator_agree_on_every_value_of_a_condition(name: str) -> None:
    accepted = 0
    for value in CONDITION_VALUES:
        text = f"policies:\n  - name: p\n    select:\n      {name}: {value}\n"
        said = validator_says(text)
        sayable = [item for item in said if not any(re.search(alone, item.detail) for alone in ALONE)]
        assert schema_accepts(text) is (sayable == []), (value, said)
        accepted += not said
    assert accepted


def test_a_policy_selects_by_what_a_selector_knows_and_every_key_says_what_it_means() -> None:
    assert list(CONDITIONS) == [field.name for field in dataclasses.fields(Selector)]
    for schema in (manifest_schema(), project_schema()):
        for part in (schema, *schema["$defs"].values()):
            assert all(
                "description" in item or "$ref" in item for item in part.get("properties", {}).values()
            )
