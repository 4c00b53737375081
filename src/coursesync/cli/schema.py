"""`coursesync schema`: the JSON Schema of what people and programs write and read."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import click

from coursesync.documents import drift_schema, plan_schema, report_schema
from coursesync.errors import ExitCode
from coursesync.manifest.schema import manifest_schema, project_schema

SCHEMAS: Mapping[str, Callable[[], Mapping[str, Any]]] = {
    "manifest": manifest_schema,
    "project": project_schema,
    "plan": plan_schema,
    "report": report_schema,
    "drift": drift_schema,
}


@click.command()
@click.argument("name", type=click.Choice(list(SCHEMAS)), default="manifest")
def schema(name: str) -> int:
    """Print the JSON Schema of a manifest, project file, plan, report or drift report."""
    click.echo(schema_text(name), nl=False)
    return ExitCode.DONE


def schema_text(name: str) -> str:
    """Return one of SCHEMAS as it stands in `schemas/`."""
    return json.dumps(SCHEMAS[name](), indent=2, ensure_ascii=False) + "\n"
